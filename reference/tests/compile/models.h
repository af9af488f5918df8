/* What the cases work on. */
#ifndef COMPILE_MODELS_H
#define COMPILE_MODELS_H
#include <orm.h>

ORM_DECLARE(User);
ORM_DECLARE(Post);
ORM_DECLARE(Tag);
ORM_DECLARE(Profile);
extern const orm_model post_tags_model;
struct User {
    orm_object       orm;
    int64_t          id;
    const char      *username;
    const char      *bio;
    orm_opt_datetime created_at;
    float            handicap; /* of no type that a column can have */
    char             initials[4];
    ORM_MANY(Post)   posts;
    ORM_ONE(Profile) profile;
};

struct Post {
    orm_object       orm;
    int64_t          id;
    const char      *title;
    bool             is_published;
    double           score;
    orm_opt_int      likes;
    orm_opt_real     rating;
    orm_opt_bool     pinned;
    orm_date         day;
    orm_opt_date     until;
    json_t          *meta;
    orm_datetime     created_at;
    orm_opt_datetime updated_at;
    int64_t          user_id;
    ORM_ONE(User)    author;
    ORM_MANY(Tag)    tags;
};

struct Tag {
    orm_object       orm;
    int64_t          id;
    const char      *name;
    ORM_MANY(Post)   posts;
};

struct Profile {
    orm_object       orm;
    int64_t          id;
    orm_opt_int      user_id;
    ORM_ONE(User)    user;
};
extern const orm_schema blog;
#endif
