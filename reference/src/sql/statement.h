/* SQL text with its binds, for a dialect and without a database. Identifiers are quoted, values
 * bound. */
#ifndef ORM_SQL_STATEMENT_H
#define ORM_SQL_STATEMENT_H
#include "dialect/dialect.h"
#include "sql/named.h"
#include "sql/select.h"

/* All zero but for the dialect is an empty one. Running out of memory sticks in `text`. */
typedef struct orm__sql {
    const orm__dialect *dialect;
    orm__text text;
    orm_value *binds; /* borrowed from the expressions and keys they come from */
    size_t count, capacity;
    bool changing; /* the text depends on the length of a list: not worth a cache */
    const struct orm__scope *scope; /* whose tables columns are looked for in, while one is written */
    orm_error fault;                /* the first */
} orm__sql;
void orm__sql_free(orm__sql *);

/* One row for each row of the query: its items one after another, an entity as all columns in the order of the mapper's
 * fields. ORM_ARGUMENT (a column of a model that the query does not join, more values than a statement takes),
 * ORM_NOMEM. */
orm_status orm__sql_select(orm__sql *, const orm__select *, orm_error *);
orm_status orm__sql_count(orm__sql *, const orm__select *, orm_error *); /* one row, one integer */
/* " WHERE …" of a statement that is about the first source alone, or nothing. A fault shows in orm__sql_finish. */
void orm__sql_where(orm__sql *, const orm__select *);
void orm__sql_value(orm__sql *, const orm__select *, const orm_expr *); /* an expression over its columns */
orm_status orm__sql_exists(orm__sql *, const orm__select *, orm_error *); /* one row, one boolean */
/* SQL of the user's. */
orm_status orm__sql_pieces(orm__sql *, const orm__pieces *, orm_error *);
/* ORM_OK, or why the statement cannot be sent; `select` may be NULL. */
orm_status orm__sql_finish(const orm__sql *, const orm__select *, orm_error *);

/* bulk.c: about all rows of a query of one source. */
typedef struct orm__assigned {
    size_t field;
    orm_expr *value;
} orm__assigned;
orm_status orm__sql_update_all(orm__sql *, const orm__select *, const orm__assigned *, size_t, const size_t *returning,
                               size_t returning_count, orm_error *);
orm_status orm__sql_delete_all(orm__sql *, const orm__select *, const size_t *returning, size_t returning_count,
                               orm_error *);

/* Text alone, about rows that are given; binds are one for each of `fields`. */
void orm__sql_copy(orm__text *, const orm__mapper *, const size_t *fields, size_t count); /* no binds */
void orm__sql_insert_arrays(orm__text *, const orm__dialect *, const orm__mapper *, const size_t *fields, size_t count,
                            const size_t *returning, size_t returning_count);
/* The first `set_count` of the fields are set, the others tell the rows. */
void orm__sql_update_row(orm__text *, const orm__dialect *, const orm__mapper *, const size_t *fields, size_t set_count,
                         size_t count);
void orm__sql_update_arrays(orm__text *, const orm__dialect *, const orm__mapper *, const size_t *fields,
                            size_t set_count, size_t count);

/* Text alone, since rows of one shape share it: binds go in the order of `fields`, then of the key, then the version
 * where the model has one. */
void orm__sql_get(orm__text *, const orm__dialect *, const orm__mapper *); /* all columns of one key */
void orm__sql_insert(orm__text *, const orm__dialect *, const orm__mapper *, const size_t *fields, size_t count,
                     const size_t *returning, size_t returning_count);
void orm__sql_update(orm__text *, const orm__dialect *, const orm__mapper *, const size_t *fields, size_t count);
void orm__sql_delete(orm__text *, const orm__dialect *, const orm__mapper *);
#endif
