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

/* A foreign key, of one column or of several. */
typedef struct orm__reference {
    const orm__mapper *target;
    const size_t *fields, *to; /* of the referring model; of the target */
    size_t count;
    const orm_foreign_key *declared; /* NULL: the column's own */
    bool later;                      /* written after both rows (post_update): no reason for an order */
} orm__reference;

enum orm__direction { ORM__ONE_TO_MANY, ORM__MANY_TO_ONE, ORM__MANY_TO_MANY };

/* One side of a relationship, as its model sees it. */
typedef struct orm__relation {
    const orm_relationship *declared;
    const char *member;
    const orm__mapper *mapper, *target;
    const struct orm__relation *back; /* the other side, or NULL */
    size_t index;                     /* in the mapper: the place of its slot in each object */
    size_t number;                    /* in the registry */
    size_t offset;                    /* of the link in the object; 0: by name alone */
    enum orm__direction direction;    /* ONE_TO_MANY also of a single object whose row has the key */
    bool many;                        /* a collection */
    bool by_key;                      /* what it leads to is found by its primary key alone */
    bool leads;                       /* of two sides the one that was declared first */
    /* The columns that are equal: own[i] of this model and far[i] of the target. Through an association table
     * own[i] and near_key[i], far[i] and far_key[i]. */
    const size_t *own, *far, *near_key, *far_key;
    size_t own_count, far_count;
    const orm__mapper *secondary;
    const struct orm__order {
        size_t field;
        bool descending;
    } *order;
    size_t order_count;
    size_t parent; /* where an object has one parent here: its place among those that lead to the target; else SIZE_MAX */
    orm_lazy lazy;
    unsigned cascade;
    orm_passive passive_deletes;
    bool single_parent, post_update, viewonly, set;
} orm__relation;

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
    orm__reference *references;
    size_t reference_count;
    orm__relation *relations;
    size_t relation_count;
    const orm__relation **parents; /* those that lead here and let an object have one parent */
    size_t parent_count;
};

typedef struct orm__registry {
    orm__mapper *mappers; /* as the schema lists them */
    size_t count;
    size_t *order;        /* indexes, targets first */
    size_t relation_count;
    orm__arena arena;
} orm__registry;

/* Checks everything that can be wrong with models, one error for the first: table and column names (empty, twice,
 * with NUL), no primary key, nullable primary key, a type that does not fit its default, foreign keys to nothing or of another type, … ORM_MAPPING names model and member. */
orm_status orm__registry_make(const orm_schema *, orm__registry *, orm_error *);
void orm__registry_free(orm__registry *);
const orm__mapper *orm__mapper_of(const orm__registry *, const orm_model *); /* NULL: not of this schema */
const orm__field *orm__field_named(const orm__mapper *, const char *member); /* NULL: none */
const orm__field *orm__field_at(const orm__mapper *, size_t offset);         /* NULL: none */
const orm__relation *orm__relation_named(const orm__mapper *, const char *member); /* NULL: none */
/* The described system's rule: UserProfile → user_profile. Into `out`, cut never: false when it does not fit. */
bool orm__table_name_of(const char *struct_name, char *out, size_t size);

/* Members as values and back. A read borrows text and documents. A write of text stores the pointer; NULL into a scalar that cannot be
 * null writes 0. For ORM_STORE_TEXT_ a value with a NUL inside is refused: false. */
orm_value orm__member_read(const orm__field *, const void *object);
size_t orm__member_size(const orm__field *);
bool orm__member_write(const orm__field *, void *object, const orm_value *);
#endif
