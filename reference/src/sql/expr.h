/* Expressions: the tree behind orm_expr, and what may be wrong with one. Nothing here knows a database. */
#ifndef ORM_SQL_EXPR_H
#define ORM_SQL_EXPR_H
#include "model/mapper.h"
#include <orm.h>

enum orm__expr_kind {
    ORM__EXPR_BROKEN,   /* `error`, or out of memory where that is NULL */
    ORM__EXPR_COMPARE,  /* column op values[0] */
    ORM__EXPR_COLUMNS,  /* column op other */
    ORM__EXPR_IN,       /* column in values; `flag`: not in */
    ORM__EXPR_LIKE,     /* column like values[0]; `flag`: whatever the case */
    ORM__EXPR_NULL,     /* column is null; `flag`: is not null */
    ORM__EXPR_JUNCTION, /* children; `flag`: all of them */
    ORM__EXPR_NOT,      /* children[0] */
    ORM__EXPR_ORDER     /* column; `flag`: descending */
};

struct orm_expr {
    enum orm__expr_kind kind;
    bool flag;
    bool taken; /* handed over: a second owner would free it twice */
    orm_op op;
    const orm_model *model;
    const orm_column *column, *other;
    size_t count;
    union {
        orm_error *error;
        orm_expr **children; /* both point into the node's own memory */
        orm_value *values;
    };
};

/* Takes an expression over: NULL when it may not be (missing, or somebody's already), which *error tells. */
orm_expr *orm__expr_take(orm_expr *, orm_error *);
/* May it stand in a query of this mapper, as a condition or as a term of ORDER BY? The first fault from the left. */
orm_status orm__expr_check(const orm_expr *, const orm__mapper *, bool as_order, orm_error *);
const orm__field *orm__expr_field(const orm__mapper *, const orm_column *);
#endif
