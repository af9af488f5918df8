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

/* A relationship: one object has `set` and `follow`, a collection the others. */
struct typed_link {
    const char *name;
    orm_status (*set)(void *object, void *to);
    orm_status (*follow)(void *object, orm_object **);
    orm_status (*append)(void *object, void *item);
    orm_status (*insert)(void *object, size_t at, void *item);
    orm_status (*replace)(void *object, size_t at, void *item);
    orm_status (*remove)(void *object, void *item);
    orm_status (*pop)(void *object, size_t at, orm_object **);
    orm_status (*assign)(void *object, orm_object *const *, size_t);
    orm_status (*list)(void *object, orm_object ***, size_t *);
    orm_status (*count)(void *object, size_t *);
    orm_status (*contains)(void *object, void *item, bool *);
    orm_query *(*query)(void *object);
    bool (*loaded)(const void *object);
};

struct typed_model {
    const orm_model *model;
    const struct typed_member *members;
    size_t count;
    const struct typed_link *links;
    size_t link_count;
};
const struct typed_model *typed_model_of(const orm_model *); /* NULL: not a generated one */

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

/* The same for relationships. What an item really is, liborm finds out. */
#define TYPED_ONE(M, f, T) \
    static orm_status M##_set_##f(void *object, void *to) { M *o = object; T *t = to; return orm_set(o->f, t); } \
    static orm_status M##_follow_##f(void *object, orm_object **out) \
    { \
        M *o = object; \
        T *t = NULL; \
        orm_status rc = orm_follow(o->f, &t); \
        *out = t != NULL ? &t->orm : NULL; \
        return rc; \
    } \
    static bool M##_loaded_##f(const void *object) { const M *o = object; return orm_loaded(o->f); }
#define TYPED_ONE_ROW(M, f) { .name = #f, .set = M##_set_##f, .follow = M##_follow_##f, .loaded = M##_loaded_##f }
#define TYPED_MANY(M, f, T) \
    static orm_status M##_append_##f(void *object, void *item) { M *o = object; T *t = item; return orm_append(o->f, t); } \
    static orm_status M##_insert_##f(void *object, size_t at, void *item) { M *o = object; T *t = item; return orm_insert_at(o->f, at, t); } \
    static orm_status M##_replace_##f(void *object, size_t at, void *item) { M *o = object; T *t = item; return orm_replace_at(o->f, at, t); } \
    static orm_status M##_remove_##f(void *object, void *item) { M *o = object; T *t = item; return orm_remove(o->f, t); } \
    static orm_status M##_pop_##f(void *object, size_t at, orm_object **out) \
    { \
        M *o = object; \
        T *t = NULL; \
        orm_status rc = orm_pop(o->f, at, &t); \
        *out = t != NULL ? &t->orm : NULL; \
        return rc; \
    } \
    static orm_status M##_assign_##f(void *object, orm_object *const *items, size_t count) \
    { \
        M *o = object; \
        T##_list list = { .any = (void **)(uintptr_t)items, .count = count }; \
        return count > 0 ? orm_set_list(o->f, list) : orm_clear(o->f); \
    } \
    static orm_status M##_list_##f(void *object, orm_object ***out, size_t *count) \
    { \
        M *o = object; \
        T##_list list = { 0 }; \
        orm_status rc = orm_list(o->f, &list); \
        *out = (orm_object **)list.any; \
        *count = list.count; \
        return rc; \
    } \
    static orm_status M##_count_##f(void *object, size_t *out) { M *o = object; return orm_size(o->f, out); } \
    static orm_status M##_contains_##f(void *object, void *item, bool *out) { M *o = object; T *t = item; return orm_holds(o->f, t, out); } \
    static orm_query *M##_query_##f(void *object) { M *o = object; T##_query q = orm_query_of(o->f, T); return q.query; } \
    static bool M##_loaded_##f(const void *object) { const M *o = object; return orm_loaded(o->f); }
#define TYPED_MANY_ROW(M, f) { .name = #f, .append = M##_append_##f, .insert = M##_insert_##f, .replace = M##_replace_##f, \
    .remove = M##_remove_##f, .pop = M##_pop_##f, .assign = M##_assign_##f, .list = M##_list_##f, .count = M##_count_##f, \
    .contains = M##_contains_##f, .query = M##_query_##f, .loaded = M##_loaded_##f }

/* The text form "<Model value>", as snprintf does it. */
int typed_repr(const char *model, orm_value, char *buffer, size_t size);
#endif
