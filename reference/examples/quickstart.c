/* A small blog: create, read, update, delete. `quickstart [URL]` takes sqlite:///app.db or
 * postgresql://user:password@localhost/dbname; without a URL the database is in memory. */
#include <orm.h>
#include <stdio.h>

ORM_DECLARE(User); /* in a program of several files these stand in headers */
struct User {
    orm_object       orm;
    int64_t          id;
    const char      *username, *email, *password_hash;
    const char      *bio; /* NULL is SQL NULL */
    orm_opt_datetime created_at;
};

static int user_repr(const void *object, char *buffer, size_t size)
{
    const User *user = object;
    return snprintf(buffer, size, "<User %s>", user->username);
}

static const orm_column user_columns[] = {
    ORM_COLUMN(User, id,            .primary_key = true),
    ORM_COLUMN(User, username,      .length = 80,  .unique = true, .not_null = true),
    ORM_COLUMN(User, email,         .length = 120, .unique = true, .not_null = true),
    ORM_COLUMN(User, password_hash, .length = 256, .not_null = true),
    ORM_COLUMN(User, bio),
    ORM_COLUMN(User, created_at,    .default_fn = orm_utcnow_value),
};
ORM_MODEL(User, .columns = ORM_ARRAY(user_columns), .repr = user_repr);

ORM_DECLARE(Post);
struct Post {
    orm_object       orm;
    int64_t          id;
    const char      *title, *content, *slug;
    bool             is_published;
    orm_opt_datetime created_at, updated_at;
};

static const orm_column post_columns[] = {
    ORM_COLUMN(Post, id,           .primary_key = true),
    ORM_COLUMN(Post, title,        .length = 200, .not_null = true),
    ORM_COLUMN(Post, content,      .not_null = true),
    ORM_COLUMN(Post, is_published, .default_value = ORM_BOOL(false)),
    ORM_COLUMN(Post, slug,         .length = 200, .unique = true),
    ORM_COLUMN(Post, created_at,   .default_fn = orm_utcnow_value, .not_null = true),
    ORM_COLUMN(Post, updated_at,   .default_fn = orm_utcnow_value, .onupdate_fn = orm_utcnow_value),
};
ORM_MODEL(Post, .columns = ORM_ARRAY(post_columns));

ORM_SCHEMA(blog, &User_model, &Post_model);

static orm_status create(orm_session *s)
{
    static const struct { const char *title, *content; bool is_published; } drafts[] = {
        { "Hello", "A first post.", true },           { "Why flask", "It is small.", true },
        { "Models", "As in flask, but in C.", false }, { "Queries", "They are typed.", true },
    };
    orm_status rc;
    User *user = orm_new(s, User), *ada = orm_new(s, User), *bob = orm_new(s, User);
    ORM_TRY(orm_made(s, user, ada, bob));
    user->username = "haris", user->email = "haris@example.com", user->password_hash = "hashed";
    ORM_TRY(orm_add(s, user));
    ORM_TRY(orm_commit(s));
    printf("%s has id %lld\n", user->username, (long long)user->id);

    ada->username = "ada", ada->email = "ada@example.com", ada->password_hash = "hashed";
    bob->username = "bob", bob->email = "bob@example.com", bob->password_hash = "hashed";
    ORM_TRY(orm_add_all(s, ada, bob)); /* several at once */
    for (int i = 0; i < 4; i++) {
        Post *post = orm_new(s, Post);
        ORM_TRY(orm_made(s, post));
        post->title = drafts[i].title, post->content = drafts[i].content, post->is_published = drafts[i].is_published;
        orm_put(post->created_at, orm_datetime_at(2024, 2, 1 + i, 12, 0, 0, 0)); /* wins over the default */
        ORM_TRY(orm_add(s, post));
    }
    rc = orm_commit(s);
fail:
    return rc;
}

static void print_posts(const char *what, const Post_list *posts)
{
    printf("%s:", what);
    orm_each (post, *posts)
        printf(" [%s]", post->title);
    printf("\n");
}

static orm_status read_back(orm_session *s)
{
    orm_status rc;
    User *user;
    User_list users;
    Post_list posts;
    char text[100];

    ORM_TRY(orm_all(orm_query(s, User), &users));
    printf("%zu users\n", users.count);

    ORM_TRY(orm_get(s, User, 99, &user)); /* NULL when there is none */
    printf("user 99: %s\n", user == NULL ? "none" : user->username);
    rc = orm_get_or_404(s, User, 99, &user); /* or a status that says so */
    printf("user 99: %d %s\n", orm_http_status(rc), orm_status_text(rc));

    User_query named = orm_query(s, User);
    orm_filter_by(named, username, "haris");
    ORM_TRY(orm_first(named, &user));
    if (user != NULL && orm_repr(user, text, sizeof text) > 0)
        printf("first haris: %s\n", text);

    Post_query about = orm_query(s, Post);
    orm_filter(about, orm_or(orm_contains(orm_col(about, title), "flask"),
                             orm_contains(orm_col(about, content), "flask")));
    orm_order_by(about, orm_asc(orm_col(about, id)));
    ORM_TRY(orm_all(about, &posts));
    print_posts("about flask", &posts);

    Post_query latest = orm_query(s, Post); /* steps chain; what executes the query uses it up */
    orm_filter_by(latest, is_published, true);
    orm_order_by(latest, orm_desc(orm_col(latest, created_at)));
    orm_limit(latest, 2);
    ORM_TRY(orm_all(latest, &posts));
    print_posts("latest", &posts);
fail:
    return rc;
}

static orm_status change(orm_session *s)
{
    orm_status rc;
    User *user;
    int64_t left;
    ORM_TRY(orm_get_or_404(s, User, 1, &user));
    user->username = "new_username";
    user->bio = "Updated bio";
    ORM_TRY(orm_commit(s)); /* no save: the session finds what changed */
    ORM_TRY(orm_refresh(s, user));
    printf("user 1 is %s: %s\n", user->username, user->bio);

    ORM_TRY(orm_delete(s, user));
    ORM_TRY(orm_commit(s));
    ORM_TRY(orm_count(orm_query(s, User), &left));
    printf("%lld users left\n", (long long)left);

    ORM_TRY(orm_get_or_404(s, User, 2, &user));
    user->username = "bob";
    rc = orm_commit(s);
    printf("a second bob: %s\n", orm_status_text(rc));
    rc = orm_rollback(s); /* ada is ada again */
fail:
    return rc;
}

int main(int argc, char **argv)
{
    const char *url = argc > 1 ? argv[1] : "sqlite://"; /* or getenv("DATABASE_URL") */
    orm_error error = { 0 };
    orm_database *database = NULL;
    orm_session *session = NULL;
    orm_status rc;
    ORM_TRY(orm_open(url, &blog, NULL, &database, &error));
    ORM_TRY(orm_create_all(database, &error));
    ORM_TRY(orm_session_open(database, &session, &error));
    if ((rc = create(session)) != ORM_OK || (rc = read_back(session)) != ORM_OK || (rc = change(session)) != ORM_OK)
        error = *orm_session_error(session);
fail:
    if (rc != ORM_OK)
        fprintf(stderr, "%s: %s\n", orm_status_text(rc), error.message);
    orm_session_close(&session);
    orm_close(&database);
    return rc == ORM_OK ? 0 : 1;
}
