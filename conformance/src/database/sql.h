/* The SQL text of what the runner does in a database by itself. Values are literals: they come from the specification,
 * never from a testee. */
#ifndef DATABASE_SQL_H
#define DATABASE_SQL_H
#include "base/text.h"
#include "database/table.h"

struct sql {
    enum spec_database dialect;
    const json_t *facts; /* {name: value}, complete */
    struct text out;
    char *problem; /* the first thing that cannot be written (to free) */
};

void sql_identifier(struct sql *sql, const char *name);
/* A value of the protocol, or for a column of a date, datetime, float or json type also the bare text, number or
 * document. */
void sql_literal(struct sql *sql, enum column_type type, const json_t *value);
/* " WHERE a = 1 AND b IS NULL"; nothing for NULL or {}. */
void sql_where(struct sql *sql, const struct table *table, const json_t *where);
/* `rows`: the first line names the columns. Without further lines nothing. `table` may be NULL. Ends with ";". */
void sql_insert(struct sql *sql, const struct table *table, const char *name, const json_t *rows);
/* `rows`: {table: rows}. On PostgreSQL one statement, so that no foreign key is looked at before all rows are there;
 * on SQLite they are off on our connection. */
void sql_load(struct sql *sql, const struct tables *tables, const json_t *rows);
void sql_update(struct sql *sql, const struct table *table, const char *name, const json_t *set, const json_t *where);
void sql_delete(struct sql *sql, const struct table *table, const char *name, const json_t *where);
/* CREATE TABLE, indexes and keys of all tables. */
void sql_create(struct sql *sql, const struct tables *tables);
#endif
