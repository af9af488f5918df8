/* Between the files that write a SELECT. */
#ifndef ORM_SQL_RENDER_H
#define ORM_SQL_RENDER_H
#include "sql/statement.h"

/* The query that is being written, within those that it is a part of. */
typedef struct orm__scope {
    const orm__select *select;
    const struct orm__scope *outer;
} orm__scope;

void orm__render_expr(orm__sql *, const orm_expr *);
void orm__render_raw(orm__sql *, const orm_expr *); /* SQL of the user's, as it is */
void orm__render_column(orm__sql *, const orm__source *, const char *name);
size_t orm__render_bind(orm__sql *, orm_value); /* the value's number, from 1; 0: no memory */
/* A query within another; `named`: its columns are known outside by their labels. */
void orm__render_query(orm__sql *, const orm__select *, bool named);
#endif
