/* Tables as they are or should be, in one form for models and databases: what DDL is written from, and what is compared. */
#ifndef ORM_SCHEMA_SHAPE_H
#define ORM_SCHEMA_SHAPE_H
#include "dialect/dialect.h"

typedef struct orm__shape_type {
    orm_type type;       /* ORM_NULL: none of liborm's, see `text` */
    size_t length;
    const char *text;    /* as the database spells it; NULL from a model */
} orm__shape_type;

typedef struct orm__shape_column {
    const char *name;
    orm__shape_type type;
    bool nullable;
    bool generated;      /* a single integer key that the database counts up */
    const char *default_; /* SQL, or NULL */
    const char *elsewhere; /* of a live one: the same for another database, where it differs; else NULL */
    const char *kept;    /* of a model's: as the live database would keep the default; NULL: as it is */
    bool computed;       /* GENERATED ALWAYS AS: no model says it */
} orm__shape_column;

/* Columns that belong together: a unique constraint, an index, a foreign key. */
typedef struct orm__shape_set {
    const char *name;    /* NULL: it has none, on SQLite; a model's is given or by the convention */
    bool named;          /* the name was given, and counts when one is compared */
    const char **columns;
    size_t count;
    bool unique;         /* of an index */
    bool plain;          /* of an index: columns alone, nothing that a model cannot say */
    const char *target, **to; /* of a foreign key; as many columns */
    orm_action on_delete, on_update;
} orm__shape_set;

typedef struct orm__shape_sets { orm__shape_set *at; size_t count, capacity; } orm__shape_sets;
typedef struct orm__shape_table {
    const char *name;
    orm__shape_column *columns;
    size_t count, capacity;
    const char **key;    /* the primary key's columns, in order */
    size_t key_count;
    const char *key_name; /* NULL: none */
    orm__shape_sets uniques, indexes, keys;
    const char *sql;     /* SQLite: the statement that made it */
} orm__shape_table;

typedef struct orm__shape {
    orm__shape_table *at; /* of a model: in the order of foreign keys */
    size_t count, capacity;
    orm__arena arena;    /* all text and lists of columns */
} orm__shape; /* all zero is an empty one */

orm_status orm__shape_of_models(const orm__registry *, orm__shape *, orm_error *);
void orm__shape_free(orm__shape *);
orm__shape_table *orm__shape_table_named(const orm__shape *, const char *name);            /* NULL: none */
orm__shape_column *orm__shape_column_named(const orm__shape_table *, const char *name);    /* NULL: none */
orm__shape_table *orm__shape_add_table(orm__shape *, const char *name);                    /* copies the name; NULL: no memory */
orm__shape_column *orm__shape_add_column(orm__shape *, orm__shape_table *, const char *name);
orm__shape_set *orm__shape_add_set(orm__shape_sets *);                                     /* its text is the caller's */

/* The names that liborm gives where none is given: "user_pkey", "user_email_key", "post_user_id_fkey", "ix_post_slug", with all columns of a set in their
 * order; they are PostgreSQL's and the described system's. One of more than 63 bytes is cut, and ends in a hash of the whole. */
enum orm__named { ORM__NAME_OF_KEY, ORM__NAME_OF_UNIQUE, ORM__NAME_OF_FOREIGN_KEY, ORM__NAME_OF_INDEX, ORM__NAME_OF_CHECK };
void orm__conventional_name(orm__text *, enum orm__named, const char *table, const char *const *columns, size_t count);

/* ---- DDL ---- */

/* Pieces of statements: `"name" TYPE DEFAULT (…) NOT NULL`, `CONSTRAINT "name" UNIQUE ("a", "b")`, and so on. */
void orm__ddl_column(orm__text *, const orm__dialect *, const orm__shape_column *);
const char *orm__ddl_default(const orm__dialect *, const orm__shape_column *);              /* NULL: none */
void orm__ddl_type(orm__text *, const orm__dialect *, const orm__shape_column *);
void orm__ddl_unique(orm__text *, const orm__shape_table *, const orm__shape_set *);
void orm__ddl_references(orm__text *, const orm__shape_set *);                              /* REFERENCES "user" ("id") ON DELETE … */
void orm__ddl_foreign_key(orm__text *, const orm__shape_table *, const orm__shape_set *);
void orm__ddl_primary_key(orm__text *, const orm__shape_table *);
void orm__ddl_names(orm__text *, const char *const *columns, size_t count);                /* ("a", "b") */
/* What a set is called in the database: its name, or that of the convention. */
void orm__ddl_set_name(orm__text *, enum orm__named, const orm__shape_table *, const orm__shape_set *);
/* Whole statements without a semicolon. `later` answers for a foreign key whether it is added when all tables are there; NULL: none is. */
typedef bool orm__later_fn(void *context, const orm__shape_table *, const orm__shape_set *);
void orm__ddl_create_table(orm__text *, const orm__dialect *, const orm__shape_table *, orm__later_fn *later, void *context);
void orm__ddl_create_index(orm__text *, const orm__shape_table *, const orm__shape_set *);
void orm__ddl_add_foreign_key(orm__text *, const orm__shape_table *, const orm__shape_set *);
#endif
