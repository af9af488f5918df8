/* Models that are related in every way, for a world of their own: family_open in the place of world_open. */
#ifndef ORM_TESTS_FAMILY_H
#define ORM_TESTS_FAMILY_H
#include "world.h"

ORM_DECLARE(Author); /* one to many, one to one; many to many with itself */
ORM_DECLARE(Book);   /* many to many */
ORM_DECLARE(Label);
ORM_DECLARE(Sheet);  /* the one of one to one that has the key, which is unique */
ORM_DECLARE(Branch); /* a tree; all goes with the parent */
ORM_DECLARE(Crate);  /* its items are nobody else's */
ORM_DECLARE(Item);
ORM_DECLARE(Place);  /* a key of two columns */
ORM_DECLARE(Visit);
extern const orm_model book_labels_model, follows_model;

struct Author {
    orm_object orm;
    int64_t id;
    const char *name;
    ORM_MANY(Book) books;
    ORM_ONE(Sheet) sheet;
    ORM_MANY(Author) follows, followers;
};
struct Book {
    orm_object orm;
    int64_t id;
    const char *title;
    orm_opt_int author_id;
    ORM_ONE(Author) author;
    ORM_MANY(Label) labels;
};
struct Label {
    orm_object orm;
    int64_t id;
    const char *name;
    ORM_MANY(Book) books;
};
struct Sheet {
    orm_object orm;
    int64_t id;
    orm_opt_int author_id;
    const char *text;
    ORM_ONE(Author) author;
};
struct Branch {
    orm_object orm;
    int64_t id;
    const char *name;
    orm_opt_int parent_id;
    ORM_MANY(Branch) children;
    ORM_ONE(Branch) parent;
};
struct Crate {
    orm_object orm;
    int64_t id;
    const char *name;
    ORM_MANY(Item) items;
};
struct Item {
    orm_object orm;
    int64_t id;
    const char *name;
    int64_t crate_id; /* cannot be NULL */
    ORM_ONE(Crate) crate;
};
struct Place {
    orm_object orm;
    int64_t x, y;
    ORM_MANY(Visit) visits;
};
struct Visit {
    orm_object orm;
    int64_t id;
    orm_opt_int place_x, place_y;
    ORM_ONE(Place) place;
};
extern const orm_schema family;

typedef struct kin { /* the models, typed or made at run time */
    const orm_model *author, *book, *label, *sheet, *branch, *crate, *item, *place, *visit;
} kin;

void family_open(world *, variant, kin *);

/* By name, whatever the models are. A new object is transient; `name` goes to the member that is its text, NULL to none. */
orm_object *make(world *, const orm_model *, const char *name);
orm_object *one_of(orm_object *, const char *name); /* fails the test when it cannot be read */
size_t many_of(orm_object *, const char *name, orm_object ***out);
size_t count_of(orm_object *, const char *name);
orm_status set_one(orm_object *, const char *name, orm_object *);
orm_status append(orm_object *, const char *name, orm_object *);
orm_status take_out(orm_object *, const char *name, orm_object *);
/* "a b c": the texts of a collection's objects, in its order. */
const char *texts_of(orm_object *, const char *name);

#define FAMILY_EACH_(suite, name, v, tail)                                                                             \
    Test(suite, name##tail)                                                                                            \
    {                                                                                                                  \
        run_##suite##_##name(v);                                                                                       \
    }
#define FAMILY(suite, name)                                                                                            \
    static void suite##_##name(world *w, const kin *k);                                                                \
    static void run_##suite##_##name(variant v)                                                                        \
    {                                                                                                                  \
        world w;                                                                                                       \
        kin k;                                                                                                         \
        family_open(&w, v, &k);                                                                                        \
        suite##_##name(&w, &k);                                                                                        \
        world_close(&w);                                                                                               \
    }                                                                                                                  \
    FAMILY_EACH_(suite, name, TYPED_SQLITE, _sqlite_typed)                                                             \
    FAMILY_EACH_(suite, name, RUN_TIME_SQLITE, _sqlite_run_time)                                                       \
    FAMILY_EACH_(suite, name, TYPED_POSTGRESQL, _postgresql_typed)                                                     \
    FAMILY_EACH_(suite, name, RUN_TIME_POSTGRESQL, _postgresql_run_time)                                               \
    static void suite##_##name(world *w, const kin *k)
#endif
