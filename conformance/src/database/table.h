/* A schema's tables as the database is to have them. */
#ifndef DATABASE_TABLE_H
#define DATABASE_TABLE_H
#include "base/arena.h"
#include "spec/spec.h"

#include <stdint.h>

enum column_type {
    COLUMN_UNKNOWN,
    COLUMN_INTEGER,
    COLUMN_STRING,
    COLUMN_TEXT,
    COLUMN_BOOLEAN,
    COLUMN_FLOAT,
    COLUMN_DATETIME,
    COLUMN_DATE,
    COLUMN_JSON
};
enum { COLUMN_TYPES = COLUMN_JSON + 1 };
/* As the protocol calls it; "other" for COLUMN_UNKNOWN. */
const char *column_type_name(enum column_type type);

struct column {
    const char *name;
    enum column_type type;
    int64_t length; /* 0: none */
    bool primary_key, nullable, unique, index;
    bool generated;             /* the database may give the key */
    const char *server_default; /* SQL, or NULL */
    const char *table, *to;     /* of the foreign key, or NULL */
    const char *on_delete, *on_update;
};

/* A foreign key of several columns; lists of names are NULL-ended. */
struct foreign_key {
    const char **columns, *table, **to;
    const char *on_delete, *on_update;
};

struct table {
    const char *name;
    struct column *columns;
    size_t column_count;
    const char ***uniques; /* composite ones, as lists of columns; both NULL-ended */
    struct foreign_key *foreign_keys;
    size_t foreign_key_count;
};

struct tables {
    struct table *items; /* a table comes after those that its foreign keys name, as far as cycles allow */
    size_t count;
};

/* `names` is {model: table name} as `define` answered, or NULL: it names the tables of a schema that leaves them to the
 * implementation. */
struct tables tables_read(struct arena *arena, const json_t *schema, const json_t *names);
const struct table *tables_find(const struct tables *tables, const char *name);
const struct column *table_find(const struct table *table, const char *column);
#endif
