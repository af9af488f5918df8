/* What differs between databases, as one table of functions and flags. Only this room knows the drivers.
 * A link is one connection; a statement belongs to its link. */
#ifndef ORM_DIALECT_DIALECT_H
#define ORM_DIALECT_DIALECT_H
#include "base/error.h"
#include "base/text.h"
#include "config/url.h"
#include "model/mapper.h"

typedef struct orm__link orm__link;           /* the driver's own */
typedef struct orm__statement orm__statement; /* prepared; the driver's own */

/* Values of many rows. */
typedef struct orm__grid {
    const void *context;
    size_t rows, columns;
    const orm_type *types; /* of the columns */
    const orm_value *(*cell)(const void *context, size_t row, size_t column);
} orm__grid;

/* What a text of SQL may hold, for those who cut it into statements. */
typedef struct orm__syntax {
    bool dollar_quotes, nested_comments, escape_strings; /* $$…$$; comments in comments; E'…\'…' */
    bool backtick_names, bracket_names;
} orm__syntax;

/* What the database has: queries without binds, whose rows have the columns named here, in the order of tables. */
typedef struct orm__catalog {
    const char *tables;  /* name, SQL that made it or NULL */
    const char *columns; /* table, name, type, not null, default or NULL, place in the primary key or 0, counts up, computed: 0 or 1 */
    /* table, kind ('p' primary key, 'u' unique, 'f' foreign key), name or NULL, number in its table and kind, column, target table, target column,
     * on delete, on update ('a' no action, 'r' restrict, 'c' cascade, 'n' set null, 'd' set default); the last four NULL but for foreign keys */
    const char *sets;
    const char *indexes; /* table, name, unique, plain, column or NULL; without those of constraints */
    const char *views;   /* name; NULL where the database itself keeps views and tables together */
    /* The type in the database's words as liborm's own, and its length; ORM_NULL for any other. */
    orm_type (*type_of)(const char *declared, size_t *length);
    /* The database rewrites a default as it keeps it: columns and defaults of the table orm__defaults, made for that; NULL: it keeps the text. */
    const char *defaults;
} orm__catalog;

typedef struct orm__dialect {
    const char *name;              /* "sqlite", "postgresql" */
    bool begins_at_write;          /* the transaction is opened by the first write, not by the first statement */
    bool aborts;                   /* an error inside a transaction spoils it until its rollback */
    const char *begin;             /* "BEGIN", "BEGIN IMMEDIATE" */
    bool enforces_length;
    size_t longest_name;           /* in bytes; what is longer the database would cut. 0: any length */
    bool alters_constraints;       /* ALTER TABLE … ADD CONSTRAINT exists: cycles of foreign keys can be made */
    size_t max_binds;

    const char *begin_schema;      /* for changes of the schema: two that come at the same time wait for each other */
    const char *before_drop;       /* run in the transaction that drops tables, or NULL */

    /* Once for a database, before any connect: checks the URL's options, makes the URL complete (a path absolute, its root made), so that every
     * connect of it means the same. *in_memory: the database lives as long as one of its links. `options` may be NULL. ORM_CONFIG, ORM_NOMEM. */
    orm_status (*resolve)(orm__url *, const orm_options *, bool *in_memory, orm_error *);
    /* `options` may be NULL. ORM_CONNECT, ORM_LOCKED, ORM_NOMEM, ORM_FAILURE. */
    orm_status (*connect)(const orm__url *, const orm_options *, orm__link **, orm_error *);
    void (*disconnect)(orm__link *);
    bool (*alive)(orm__link *);                       /* no round trip: what the driver knows */
    bool (*in_transaction)(orm__link *);
    orm_status (*describe)(orm__link *, char name[256], char user[64], orm_error *); /* runs one statement */

    /* Text without binds and rows: BEGIN, COMMIT, DDL. */
    orm_status (*execute)(orm__link *, const char *sql, orm_error *);

    /* A placeholder of SQL: "?" or "$3". `number` counts from 1. */
    void (*placeholder)(orm__text *, size_t number, orm_type);
    orm_status (*prepare)(orm__link *, const char *sql, size_t binds, const orm_type *types, orm__statement **, orm_error *);
    void (*finalize)(orm__link *, orm__statement *);
    /* Binds all and starts; the binds need not outlive the call. */
    orm_status (*run)(orm__link *, orm__statement *, const orm_value *binds, size_t count, orm_error *);
    /* As run, of a query in a transaction; then rows are fetched so many at a time, while other statements may run between. NULL: run does
     * it. The rows end with the transaction at the latest. */
    orm_status (*run_in_batches)(orm__link *, orm__statement *, const orm_value *binds, size_t count, size_t batch, orm_error *);
    /* ORM_OK with *has_row; on a database error as run. */
    orm_status (*step)(orm__link *, orm__statement *, bool *has_row, orm_error *);
    /* Column `i` of the current row, decoded as `type` (ORM_NULL: as what it is); text and JSON: text is borrowed until the next step, a document is new and owned by the caller. ORM_DATA when it is no such value. */
    orm_status (*column)(orm__link *, orm__statement *, size_t i, orm_type type, orm_value *, orm_error *);
    size_t (*width)(orm__link *, orm__statement *);   /* columns of the rows; 0: it has none. Known once it ran */
    const char *(*column_name)(orm__link *, orm__statement *, size_t i); /* borrowed until the reset; NULL: no memory */
    void (*reset)(orm__link *, orm__statement *);     /* after the last row that is wanted */
    uint64_t (*changes)(orm__link *, orm__statement *); /* rows that the last run touched */
    /* How the key of an INSERT is learnt: true, `RETURNING key` is appended and read as a row; false, last_id. */
    bool returns_key;
    int64_t (*last_id)(orm__link *);

    /* Many rows at a time; NULL where there is no such way. */
    void (*array)(orm__text *, size_t number, orm_type); /* a placeholder for an array of such values */
    /* As run, with one array for each column: rows from `first` on, as many as go well together, which *taken tells. */
    orm_status (*run_arrays)(orm__link *, orm__statement *, const orm__grid *, size_t first, size_t *taken, orm_error *);
    /* COPY of rows from here. Nothing is sent when one of the values is of no use. */
    orm_status (*copy)(orm__link *, const char *sql, const orm__grid *, orm_error *);
    /* SELECT with the binds table (quoted), column, number: so many keys, one a row, each NULL where nothing counts them. */
    const char *reserve_keys;

    /* SQL pieces. */
    void (*type_name)(orm__text *, orm_type, size_t length, bool generated);  /* of a column definition, serial keys included */
    void (*like)(orm__text *, const char *left, const char *right, bool ignore_case);
    const char *is_distinct, *is_not_distinct;           /* operators to which NULL is a value: " IS NOT " */
    const char *for_update;                              /* " FOR UPDATE", or "" where a reader locks nothing */
    void (*limit)(orm__text *, bool has_limit, size_t limit_bind, bool has_offset, size_t offset_bind); /* binds numbered from 1; 0: none */
    const char *empty_insert;                            /* "DEFAULT VALUES" */
    const char *table_exists;                            /* SELECT with one text bind, one row when there is one */
    orm__syntax syntax;
    const orm__catalog *catalog;

    /* Changes of tables. */
    bool rebuilds;                                       /* ALTER TABLE knows little: a table is copied into a new one */
    /* Switches the enforcement of foreign keys, outside of a transaction; NULL: it cannot be switched, and need not. */
    void (*enforce)(orm__link *, bool on, bool *was);
    const char *violations;                              /* rows that break foreign keys: table and target; NULL with `enforce` */
} orm__dialect;

extern const orm__dialect orm__sqlite, orm__postgresql;
const orm__dialect *orm__dialect_named(const char *name); /* NULL: none */
extern const orm__catalog orm__sqlite_catalog, orm__postgresql_catalog;
void orm__quote(orm__text *, const char *identifier); /* "user", with quotes inside doubled: both databases */
/* What neither database may be sent: text that is not UTF-8, a moment outside of the years 1 to 9999. ORM_DATA. `number` counts from 1. */
orm_status orm__bind_check(const orm_value *, size_t number, orm_error *);
/* ORM_DATA for a column that holds no such value. */
orm_status orm__not_of_type(orm_type, const char *text, size_t size, orm_error *);
/* A moment, date or document from its text; as above when it is none. */
orm_status orm__decode_text(orm_type, const char *text, size_t size, orm_value *, orm_error *);
#endif
