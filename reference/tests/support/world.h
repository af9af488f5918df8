/* A database with a blog's models, typed and run-time, on either database, and a connection behind the library's back.
 */
#ifndef ORM_TESTS_WORLD_H
#define ORM_TESTS_WORLD_H
#include <orm.h>
#include <libpq-fe.h>
#include <sqlite3.h>

ORM_DECLARE(User);
struct User {
    orm_object orm;
    int64_t id;
    const char *username, *email;
    orm_opt_int age;
    orm_opt_real score;
    bool active; /* default true */
    orm_opt_date born;
    orm_opt_datetime created_at; /* default: now */
    json_t *meta;
    char note[16]; /* no column */
};
ORM_DECLARE(Post);
struct Post {
    orm_object orm;
    int64_t id;
    const char *title;
    orm_opt_int user_id;
    orm_opt_int views; /* default 0 */
    orm_opt_int ticks; /* default and onupdate: a counter */
    orm_opt_int rank;  /* server default 7 */
};
ORM_DECLARE(Node); /* refers to itself */
struct Node {
    orm_object orm;
    int64_t id;
    orm_opt_int parent_id;
};
ORM_DECLARE(Pair); /* a key of two columns, and a member whose column has another name */
struct Pair {
    orm_object orm;
    int64_t a;
    const char *b;
    const char *label;
};
extern const orm_schema blog;
extern int64_t ticks; /* what the counter gave last */
orm_value tick(orm_session *);

typedef enum variant { TYPED_SQLITE, RUN_TIME_SQLITE, TYPED_POSTGRESQL, RUN_TIME_POSTGRESQL } variant;

typedef struct world {
    orm_database *db;
    orm_session *s;
    orm_builder *builder; /* NULL when typed */
    const orm_schema *schema;
    const orm_model *user, *post, *node, *pair,
        *memo; /* memo: run-time alone, with the key a text and a default that is a function of text */
    bool postgresql;
    char url[1024];
    sqlite3 *lite;
    PGconn *pg;
    char log[16384]; /* statements since the last look, each ended by a newline */
} world;

/* Makes tables and a session. Skips the test when it is about PostgreSQL and ORMSPEC_POSTGRES_URL names no server. */
void world_open(world *, variant);
void world_open_with(world *, variant, const orm_schema *);      /* other models; run-time ones are made after them */
const orm_model *world_model(const world *, const char *name); /* NULL: none */
void world_close(world *);
/* Behind the library's back, in a transaction of its own. */
void behind(world *, const char *sql);
const char *stored(world *, const char *sql); /* one value as text, "NULL", or "none"; valid until the next call */
/* The kinds of statements since the last call: "SELECT UPDATE"; transaction statements are left out. */
const char *kinds(world *);
void forget(world *); /* of the log */

/* By member, whatever the model is. */
void put(orm_object *, const char *member, orm_value);
int64_t int_of(orm_object *, const char *member);      /* fails the test when NULL */
const char *text_of(orm_object *, const char *member); /* NULL for NULL */
bool null_in(orm_object *, const char *member);
orm_object *fresh_user(world *, const char *name); /* new, added */
orm_object *get(world *, const orm_model *, int64_t key);
void expect_ok(orm_session *, orm_status, const char *file, int line);
#define OK(w, call) expect_ok((w)->s, (call), __FILE__, __LINE__)

/* One test for each variant. */
#define EACH(suite, name, only)                                                                                        \
    static void suite##_##name(world *w);                                                                              \
    static void run_##suite##_##name(variant v)                                                                        \
    {                                                                                                                  \
        world w;                                                                                                       \
        world_open(&w, v);                                                                                             \
        suite##_##name(&w);                                                                                            \
        world_close(&w);                                                                                               \
    }                                                                                                                  \
    Test(suite, name##_sqlite_typed)                                                                                   \
    {                                                                                                                  \
        run_##suite##_##name(TYPED_SQLITE);                                                                            \
    }                                                                                                                  \
    Test(suite, name##_postgresql_typed)                                                                               \
    {                                                                                                                  \
        run_##suite##_##name(TYPED_POSTGRESQL);                                                                        \
    }                                                                                                                  \
    only(suite, name) static void suite##_##name(world *w)
#define RUN_TIME_TOO_(suite, name)                                                                                     \
    Test(suite, name##_sqlite_run_time)                                                                                \
    {                                                                                                                  \
        run_##suite##_##name(RUN_TIME_SQLITE);                                                                         \
    }                                                                                                                  \
    Test(suite, name##_postgresql_run_time)                                                                            \
    {                                                                                                                  \
        run_##suite##_##name(RUN_TIME_POSTGRESQL);                                                                     \
    }
#define TYPED_ALONE_(suite, name)
#define ALL(suite, name) EACH(suite, name, RUN_TIME_TOO_)
#define TYPED(suite, name) EACH(suite, name, TYPED_ALONE_)
#endif
