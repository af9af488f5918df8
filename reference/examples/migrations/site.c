/* The models of a site that grows, for `orm db`: VERSION 1 has users, VERSION 2 gives them a bio and adds posts.
 *
 *     cc -fPIC -shared -DVERSION=1 -o site.so site.c $(pkg-config --cflags orm)
 *     export ORM_MODELS=./site.so DATABASE_URL=sqlite:///app.db
 *     orm db init
 *     orm db migrate -m "initial migration"
 *     orm db upgrade
 */
#include <orm.h>

ORM_DECLARE(User);
struct User {
    orm_object  orm;
    int64_t     id;
    const char *username;
#if VERSION >= 2
    const char *bio;
#endif
};
static const orm_column user_columns[] = {
    ORM_COLUMN(User, id,       .primary_key = true),
    ORM_COLUMN(User, username, .length = 80, .unique = true, .not_null = true),
#if VERSION >= 2
    ORM_COLUMN(User, bio),
#endif
};
ORM_MODEL(User, .columns = ORM_ARRAY(user_columns));

#if VERSION >= 2
ORM_DECLARE(Post);
struct Post {
    orm_object       orm;
    int64_t          id, user_id;
    const char      *title;
    orm_opt_datetime created_at;
};
static const orm_column post_columns[] = {
    ORM_COLUMN(Post, id,         .primary_key = true),
    ORM_COLUMN(Post, title,      .length = 200, .not_null = true),
    ORM_COLUMN(Post, created_at, .default_fn = orm_utcnow_value),
    ORM_COLUMN(Post, user_id,    .foreign_key = ORM_KEY(User, id), .on_delete = ORM_CASCADE),
};
ORM_MODEL(Post, .columns = ORM_ARRAY(post_columns));
ORM_SCHEMA(orm_models, &User_model, &Post_model);
#else
ORM_SCHEMA(orm_models, &User_model);
#endif
