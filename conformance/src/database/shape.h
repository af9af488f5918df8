/* The structure of tables in one normal form for both databases. */
#ifndef DATABASE_SHAPE_H
#define DATABASE_SHAPE_H
#include "database/table.h"

/* Puts `type` and `length` into each column, by its `declared`, and sorts what has no order. */
void shape_finish(json_t *shape);
/* In what the shape (or JSON null) is not the table; NULL when it is. To free. What has several right forms passes in
 * each: a document is text on SQLite, a unique constraint may be a unique index, other keys and indexes may be there.
 */
char *shape_difference(const struct table *table, const json_t *shape, enum spec_database dialect, const json_t *facts);
#endif
