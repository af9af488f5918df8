/* A cell as a driver found it, and its value by the protocol. */
#ifndef DATABASE_CELL_H
#define DATABASE_CELL_H
#include "database/table.h"

enum cell_kind {
    CELL_NULL,
    CELL_INTEGER,
    CELL_REAL,
    CELL_BOOLEAN,
    CELL_TEXT,
    CELL_BYTES,
    CELL_DATETIME,
    CELL_DATE,
    CELL_JSON
};

struct cell {
    enum cell_kind kind;
    int64_t integer; /* also 0 or 1 of a boolean */
    double real;
    const char *bytes; /* of all others; not NUL-ended */
    size_t length;
};

/* `type` is what the schema says; where it says nothing (COLUMN_UNKNOWN) the database's own type counts. What does not
 * fit the type is shown as it lies there. */
json_t *cell_value(const struct cell *cell, enum column_type type, const json_t *facts);
#endif
