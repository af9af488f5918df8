/* Many rows at once, and a list of them in pages. `listing [URL]` as quickstart. */
#include <orm.h>
#include <stdio.h>

ORM_DECLARE(Post);
struct Post {
    orm_object  orm;
    int64_t     id;
    const char *title;
    bool        is_published;
    int64_t     views;
};

static const orm_column post_columns[] = {
    ORM_COLUMN(Post, id,           .primary_key = true),
    ORM_COLUMN(Post, title,        .length = 200, .not_null = true),
    ORM_COLUMN(Post, is_published, .not_null = true, .default_value = ORM_BOOL(true)),
    ORM_COLUMN(Post, views,        .not_null = true),
};
ORM_MODEL(Post, .columns = ORM_ARRAY(post_columns));

ORM_SCHEMA(blog, &Post_model);

enum { POSTS = 250 };

/* Rows need no objects: the members that are named are stored, the others have their defaults. */
static orm_status load(orm_session *s)
{
    static Post rows[POSTS];
    static char titles[POSTS][16];
    static int64_t keys[POSTS];
    orm_status rc;
    for (int i = 0; i < POSTS; i++) {
        snprintf(titles[i], sizeof titles[i], "Post %d", i + 1);
        rows[i].title = titles[i];
        rows[i].views = i % 10;
    }
    ORM_TRY(orm_insert_rows(s, Post, rows, POSTS, keys, title, views));
    ORM_TRY(orm_commit(s));
    printf("%d posts, the last has id %lld\n", POSTS, (long long)keys[POSTS - 1]);
fail:
    return rc;
}

/* What /posts?page=… shows. A page that is not there is a status of its own, 404 for a browser. */
static orm_status show(orm_session *s, const char *query_string)
{
    orm_status rc;
    Post_page posts;
    Post_query q = orm_query(s, Post);
    orm_filter_by(q, is_published, true);
    orm_order_by(q, orm_asc(orm_col(q, id)));
    rc = orm_paginate_with(q, &posts, .request = query_string, .max_per_page = ORM_SOME(50));
    if (rc == ORM_NOT_FOUND) {
        printf("/posts?%s is %d\n", query_string, orm_http_status(rc));
        return ORM_OK;
    }
    ORM_TRY(rc);
    printf("/posts?%s is page %lld of %lld:", query_string, (long long)posts.page, (long long)posts.pages);
    orm_each (post, posts.items)
        printf(" [%s]", post->title);
    printf("\n   ");
    if (posts.has_prev)
        printf(" < %lld", (long long)posts.prev_num);
    orm_each_page (number, posts) {
        if (number == ORM_PAGE_GAP)
            printf(" ...");
        else
            printf(number == posts.page ? " (%lld)" : " %lld", (long long)number);
    }
    if (posts.has_next)
        printf(" %lld >", (long long)posts.next_num);
    printf("\n");
fail:
    return rc;
}

/* One statement each, whatever the number of rows; an object that the session holds follows. */
static orm_status change(orm_session *s)
{
    orm_status rc;
    int64_t count;
    Post *tenth;
    ORM_TRY(orm_get_or_404(s, Post, 10, &tenth));

    Post_query popular = orm_query(s, Post);
    orm_filter(popular, orm_ge(orm_col(popular, views), 8));
    orm_assign(popular, views, orm_plus(orm_col(popular, views), 1));
    orm_assign(popular, title, orm_upper(orm_col(popular, title)));
    ORM_TRY(orm_update_all(popular, &count));
    printf("%lld are popular, as %s, seen %lld times\n", (long long)count, tenth->title, (long long)tenth->views);

    Post_query unseen = orm_query(s, Post);
    orm_filter(unseen, orm_eq(orm_col(unseen, views), 0));
    ORM_TRY(orm_delete_all(unseen, &count));
    ORM_TRY(orm_commit(s));
    printf("%lld nobody read\n", (long long)count);
fail:
    return rc;
}

int main(int argc, char **argv)
{
    const char *url = argc > 1 ? argv[1] : "sqlite://";
    orm_error error = { 0 };
    orm_database *database = NULL;
    orm_session *session = NULL;
    orm_status rc;
    ORM_TRY(orm_open(url, &blog, NULL, &database, &error));
    ORM_TRY(orm_create_all(database, &error));
    ORM_TRY(orm_session_open(database, &session, &error));
    if ((rc = load(session)) != ORM_OK || (rc = show(session, "page=7&per_page=5")) != ORM_OK || (rc = change(session)) != ORM_OK ||
        (rc = show(session, "page=2&per_page=3")) != ORM_OK || (rc = show(session, "page=99")) != ORM_OK)
        error = *orm_session_error(session);
fail:
    if (rc != ORM_OK)
        fprintf(stderr, "%s: %s\n", orm_status_text(rc), error.message);
    orm_session_close(&session);
    orm_close(&database);
    return rc == ORM_OK ? 0 : 1;
}
