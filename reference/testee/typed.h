/* Models that are compiled in: what the generated sources are made of. */
#ifndef TESTEE_TYPED_H
#define TESTEE_TYPED_H
#include "world.h"

struct typed_put { struct call *call; orm_session *session; const char *member; const orm_value *value; };

struct typed_member {
    const char *name;
    bool key; /* an integer of the primary key: 0 is "not assigned" */
    orm_value (*get)(const void *object);
    bool (*put)(const struct typed_put *, void *object);
};

struct typed_model { const orm_model *model; const struct typed_member *members; size_t count; };

struct typed_schema {
    const char *name_and_hash; /* "blog@c8978e…" */
    const orm_schema *schema;
    const struct typed_model *models;
    size_t count;
};

extern const struct typed_schema *const typed_schemas[]; /* ends with NULL */

/* One for each type that a member may have. */
#define TYPED_EACH_(X) X(int, int64_t) X(real, double) X(bool, bool) X(datetime, orm_datetime) X(date, orm_date) X(text, const char *) \
    X(json, json_t *) X(opt_int, orm_opt_int) X(opt_real, orm_opt_real) X(opt_bool, orm_opt_bool) X(opt_datetime, orm_opt_datetime) \
    X(opt_date, orm_opt_date)
#define X(n, T) orm_value typed_get_##n(T); bool typed_put_##n(const struct typed_put *, T *);
TYPED_EACH_(X)
#undef X
#define TYPED_BY_TYPE_(m, fn) _Generic((m), int64_t: fn##int, double: fn##real, bool: fn##bool, orm_datetime: fn##datetime, \
    orm_date: fn##date, const char *: fn##text, json_t *: fn##json, orm_opt_int: fn##opt_int, orm_opt_real: fn##opt_real, \
    orm_opt_bool: fn##opt_bool, orm_opt_datetime: fn##opt_datetime, orm_opt_date: fn##opt_date)
#define TYPED_GET(m) TYPED_BY_TYPE_(m, typed_get_)(m)

/* Access to one member, as a program would write it; then its row in the table of accessors. */
#define TYPED_MEMBER(M, f) \
    static orm_value M##_get_##f(const void *object) { return TYPED_GET(((const M *)object)->f); } \
    static bool M##_put_##f(const struct typed_put *put, void *object) { M *o = object; return TYPED_BY_TYPE_(o->f, typed_put_)(put, &o->f); }
#define TYPED_ROW(M, f, key) { #f, key, M##_get_##f, M##_put_##f }

/* The text form "<Model value>", as snprintf does it. */
int typed_repr(const char *model, orm_value, char *buffer, size_t size);
#endif
