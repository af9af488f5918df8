/* A blog whose users, posts, tags and profiles are related: one to many, many to many, one to one. `blog [URL]` takes
 * sqlite:///app.db or postgresql://user:password@localhost/dbname; without a URL the database is in memory. */
#include <orm.h>
#include <stdio.h>

/* ---- The models: in a program of several files the structs stand in headers, in any order ---- */

ORM_DECLARE(User);
ORM_DECLARE(Post);
ORM_DECLARE(Tag);
ORM_DECLARE(UserProfile);
extern const orm_model post_tags_model;

struct User {
    orm_object  orm;
    int64_t     id;
    const char *username;
    ORM_MANY(Post) posts;
    ORM_ONE(UserProfile) profile;
};
struct Post {
    orm_object  orm;
    int64_t     id;
    const char *title;
    int64_t     user_id; /* filled in from `author` */
    ORM_ONE(User) author;
    ORM_MANY(Tag) tags;
};
struct Tag {
    orm_object  orm;
    int64_t     id;
    const char *name;
    ORM_MANY(Post) posts;
};
struct UserProfile {
    orm_object  orm;
    int64_t     id;
    orm_opt_int user_id;
    const char *avatar, *website;
    ORM_ONE(User) user;
};

/* One to many: the foreign key is the post's. Who deletes a user deletes what it wrote. */
static const orm_column user_columns[] = {
    ORM_COLUMN(User, id,       .primary_key = true),
    ORM_COLUMN(User, username, .length = 80, .not_null = true),
};
static const orm_relationship user_relationships[] = {
    ORM_ONE_TO_MANY(User, posts, Post, author, .order_by = { "id" }, .cascade = ORM_CASCADE_ALL | ORM_CASCADE_DELETE_ORPHAN),
};
ORM_MODEL(User, .columns = ORM_ARRAY(user_columns), .relationships = ORM_ARRAY(user_relationships));

/* Many to many: a table between the two, which no program code touches. */
static const orm_column post_columns[] = {
    ORM_COLUMN(Post, id,      .primary_key = true),
    ORM_COLUMN(Post, title,   .length = 200, .not_null = true),
    ORM_COLUMN(Post, user_id, .foreign_key = ORM_KEY(User, id)),
};
static const orm_relationship post_relationships[] = {
    ORM_MANY_TO_MANY(Post, tags, Tag, posts, .secondary = &post_tags_model, .order_by = { "name" }, .back.order_by = { "id" }),
};
ORM_MODEL(Post, .columns = ORM_ARRAY(post_columns), .relationships = ORM_ARRAY(post_relationships));

static const orm_column tag_columns[] = {
    ORM_COLUMN(Tag, id,   .primary_key = true),
    ORM_COLUMN(Tag, name, .length = 50, .not_null = true),
};
ORM_MODEL(Tag, .columns = ORM_ARRAY(tag_columns));

static const orm_column post_tags_columns[] = {
    ORM_TABLE_COLUMN("post_id", ORM_INTEGER, .primary_key = true, .foreign_key = ORM_KEY(Post, id)),
    ORM_TABLE_COLUMN("tag_id",  ORM_INTEGER, .primary_key = true, .foreign_key = ORM_KEY(Tag, id)),
};
ORM_TABLE(post_tags, .columns = ORM_ARRAY(post_tags_columns));

/* One to one: the profile has the key, and no two the same. */
static const orm_column profile_columns[] = {
    ORM_COLUMN(UserProfile, id,      .primary_key = true),
    ORM_COLUMN(UserProfile, user_id, .unique = true, .foreign_key = ORM_KEY(User, id)),
    ORM_COLUMN(UserProfile, avatar,  .length = 200),
    ORM_COLUMN(UserProfile, website, .length = 200),
};
static const orm_relationship profile_relationships[] = { ORM_ONE_TO_ONE(UserProfile, user, User, profile) };
ORM_MODEL(UserProfile, .columns = ORM_ARRAY(profile_columns), .relationships = ORM_ARRAY(profile_relationships));

ORM_SCHEMA(blog, &User_model, &Post_model, &Tag_model, &UserProfile_model, &post_tags_model);

/* ---- One to many ---- */

static orm_status write_posts(orm_session *s)
{
    static const char *const titles[] = { "Hello", "Models", "Queries" };
    orm_status rc;
    User *haris = orm_new(s, User), *ada = orm_new(s, User), *author = NULL;
    ORM_TRY(orm_made(s, haris, ada));
    haris->username = "haris";
    ada->username = "ada";
    for (size_t i = 0; i < 3; i++) {
        Post *post = orm_new(s, Post);
        ORM_TRY(orm_made(s, post));
        post->title = titles[i];
        ORM_TRY(orm_append(haris->posts, post)); /* or orm_set(post->author, haris): both sides know at once */
        ORM_TRY(orm_follow(post->author, &author));
        printf("%s is by %s, key %lld\n", post->title, author->username, (long long)post->user_id);
    }
    ORM_TRY(orm_add_all(s, haris, ada)); /* the posts come along */
    ORM_TRY(orm_commit(s));

    ORM_EACH (post, haris->posts)
        printf("%lld: %s, key %lld\n", (long long)post->id, post->title, (long long)post->user_id);

    Post_list posts;
    ORM_TRY(orm_list(haris->posts, &posts));
    Post *moved = posts.at[2], *dropped = posts.at[0];
    ORM_TRY(orm_set(moved->author, ada));
    ORM_TRY(orm_remove(haris->posts, dropped)); /* nobody's post is no post: its row goes */
    ORM_TRY(orm_commit(s));
    ORM_EACH (post, haris->posts)
        printf("haris: %s\n", post->title);
    ORM_EACH (post, ada->posts)
        printf("ada: %s\n", post->title);
fail:
    return rc;
}

/* ---- Many to many ---- */

static orm_status tag_posts(orm_session *s)
{
    orm_status rc;
    Post_list posts;
    Tag *c = orm_new(s, Tag), *sql = orm_new(s, Tag), *found = NULL;
    ORM_TRY(orm_made(s, c, sql));
    c->name = "c";
    sql->name = "sql";
    Post_query q = orm_query(s, Post);
    orm_order_by(q, orm_asc(orm_col(q, id)));
    ORM_TRY(orm_all(q, &posts));
    orm_each (post, posts)
        ORM_TRY(orm_append(post->tags, c)); /* the tag comes into the session with its first post */
    ORM_TRY(orm_append(sql->posts, posts.at[1])); /* from either side */
    ORM_TRY(orm_commit(s));

    orm_each (post, posts) {
        printf("%s:", post->title);
        ORM_EACH (tag, post->tags)
            printf(" %s", tag->name);
        printf("\n");
    }
    Tag_query named = orm_query(s, Tag);
    orm_filter_by(named, name, "c");
    ORM_TRY(orm_one(named, &found));
    printf("about %s:", found->name);
    ORM_EACH (post, found->posts)
        printf(" %s", post->title);
    printf("\n");

    ORM_TRY(orm_remove(posts.at[1]->tags, c)); /* the row between goes, the tag stays */
    ORM_TRY(orm_commit(s));
    size_t left;
    ORM_TRY(orm_size(c->posts, &left));
    printf("about c: %zu post\n", left);
fail:
    return rc;
}

/* ---- One to one ---- */

static orm_status make_profile(orm_session *s)
{
    orm_status rc;
    User *user = NULL;
    UserProfile *profile = orm_new(s, UserProfile), *other = orm_new(s, UserProfile), *now = NULL;
    ORM_TRY(orm_made(s, profile, other));
    ORM_TRY(orm_get_or_404(s, User, 1, &user));
    ORM_TRY(orm_follow(user->profile, &now));
    printf("%s has %s\n", user->username, now == NULL ? "no profile" : "a profile");
    profile->website = "https://example.com";
    ORM_TRY(orm_set(profile->user, user));
    ORM_TRY(orm_follow(user->profile, &now)); /* one object, no list */
    printf("%s has %s\n", user->username, now->website);
    ORM_TRY(orm_commit(s));

    other->website = "https://example.org";
    ORM_TRY(orm_set(user->profile, other)); /* the former one gives its place up */
    ORM_TRY(orm_commit(s));
    ORM_TRY(orm_follow(user->profile, &now));
    ORM_TRY(orm_fresh(profile));
    ORM_TRY(orm_fresh(now));
    printf("%s has %s, and %s is %s\n", user->username, now->website, profile->website,
           profile->user_id.has ? "somebody's" : "nobody's");
fail:
    return rc;
}

/* ---- How it is loaded ---- */

static orm_status list_all(orm_database *db, orm_session *s, const char *what, bool together)
{
    orm_status rc;
    User_list users;
    uint64_t before = orm_statement_counts(db).select;
    size_t posts = 0;
    ORM_TRY(orm_session_clear(s)); /* as if the program began anew */
    User_query q = orm_query(s, User);
    if (together)
        orm_eager(q, posts, ORM_LAZY_SELECTIN);
    ORM_TRY(orm_all(q, &users));
    orm_each (user, users)
        ORM_EACH (post, user->posts)
            posts++;
    printf("%s: %zu users, %zu posts, %llu statements\n", what, users.count, posts,
           (unsigned long long)(orm_statement_counts(db).select - before));
fail:
    return rc;
}

static orm_status remove_user(orm_session *s)
{
    orm_status rc;
    User *user = NULL;
    UserProfile *profile = NULL;
    int64_t posts;
    ORM_TRY(orm_get_or_404(s, User, 1, &user));
    ORM_TRY(orm_delete(s, user)); /* its posts and the rows of their tags too; the profile stays */
    ORM_TRY(orm_commit(s));
    ORM_TRY(orm_count(orm_query(s, Post), &posts));
    UserProfile_query q = orm_query(s, UserProfile);
    orm_filter_by(q, website, "https://example.org");
    ORM_TRY(orm_one(q, &profile));
    printf("%lld post left, and a profile of %s\n", (long long)posts, profile->user_id.has ? "somebody" : "nobody");
fail:
    return rc;
}

int main(int argc, char **argv)
{
    orm_error error = { 0 };
    orm_database *db = NULL;
    orm_session *s = NULL;
    orm_status rc;
    ORM_TRY(orm_open(argc > 1 ? argv[1] : "sqlite://", &blog, NULL, &db, &error));
    ORM_TRY(orm_create_all(db, &error));
    ORM_TRY(orm_session_open(db, &s, &error));
    ORM_TRY(write_posts(s));
    ORM_TRY(tag_posts(s));
    ORM_TRY(make_profile(s));
    ORM_TRY(list_all(db, s, "one by one", false));
    ORM_TRY(list_all(db, s, "together", true));
    ORM_TRY(remove_user(s));
fail:
    if (rc != ORM_OK)
        fprintf(stderr, "%s: %s\n", orm_status_text(rc), s != NULL ? orm_session_error(s)->message : error.message);
    orm_session_close(&s);
    orm_close(&db);
    return rc == ORM_OK ? 0 : 1;
}
