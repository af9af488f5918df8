/* Models, checked and resolved once for a database: what the floors above read instead of the user's tables. */
#ifndef ORM_MODEL_MAPPER_H
#define ORM_MODEL_MAPPER_H
#include "base/value.h"
#include <orm.h>

typedef struct orm__mapper orm__mapper;
typedef struct orm__field { /* a column */
    const orm_column *column;
    const char *member, *name; /* in C; in the database */
    orm_type type;
    int storage;
    size_t offset;             /* of the member in the object */
    bool nullable, primary_key, unique, index;
    bool generated;            /* a single integer key that the database counts up */
    const orm__mapper *target; /* of the foreign key, or NULL */
    size_t target_field;
} orm__field;

struct orm__mapper {
    const orm_model *model;
    const char *table;      /* derived where the model does not say */
    bool has_objects;       /* false: a plain table */
    bool run_time;          /* members are orm_value, of the builder's making */
    size_t size;            /* of an object */
    orm__field *fields;
    size_t count;
    size_t *key;            /* indexes of the primary key's fields, in order */
    size_t key_count;
    size_t order;           /* place in the order of foreign keys: targets first; those of one cycle share no promise */
    size_t index;           /* in the registry */
    bool has_version;
    size_t version;         /* the field that counts updates */
};

typedef struct orm__registry {
    orm__mapper *mappers; /* as the schema lists them */
    size_t count;
    size_t *order;        /* indexes, targets first */
    orm__arena arena;
} orm__registry;

/* Checks everything that can be wrong with models, one error for the first: table and column names (empty, twice,
 * with NUL), no primary key, nullable primary key, a type that does not fit its default, foreign keys to nothing or of another type, … ORM_MAPPING names model and member. */
orm_status orm__registry_make(const orm_schema *, orm__registry *, orm_error *);
void orm__registry_free(orm__registry *);
const orm__mapper *orm__mapper_of(const orm__registry *, const orm_model *); /* NULL: not of this schema */
const orm__field *orm__field_named(const orm__mapper *, const char *member); /* NULL: none */
const orm__field *orm__field_at(const orm__mapper *, size_t offset);         /* NULL: none */
/* The described system's rule: UserProfile → user_profile. Into `out`, cut never: false when it does not fit. */
bool orm__table_name_of(const char *struct_name, char *out, size_t size);

/* Members as values and back. A read borrows text and documents. A write of text stores the pointer; NULL into a scalar that cannot be
 * null writes 0. For ORM_STORE_TEXT_ a value with a NUL inside is refused: false. */
orm_value orm__member_read(const orm__field *, const void *object);
size_t orm__member_size(const orm__field *);
bool orm__member_write(const orm__field *, void *object, const orm_value *);
#endif
