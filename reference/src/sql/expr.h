/* Expressions: the tree behind orm_expr and orm_term, and what may be wrong with one. Nothing here knows a database.
 *
 * A node is handed over once and never changes then; it counts those who hold it, since copies of a query share it. A
 * fault is a node too (BROKEN), which takes the place of what could not be made. */
#ifndef ORM_SQL_EXPR_H
#define ORM_SQL_EXPR_H
#include "model/mapper.h"
#include <orm.h>

enum orm__expr_kind {
    ORM__EXPR_BROKEN,     /* `error`, or out of memory where that is NULL */
    ORM__EXPR_COLUMN,     /* `column` of `model`, or `label` of a query that stands for a table; in the source `alias`; `flag`:
                             of the query around this one */
    ORM__EXPR_VALUE,      /* values[0] */
    ORM__EXPR_LIST,       /* values, for IN */
    ORM__EXPR_CALL,       /* the function `label` of the children; `flag`: of distinct ones; without children: of the row */
    ORM__EXPR_QUERY,      /* `select`, of one item */
    ORM__EXPR_CASE,       /* where children[0] holds children[1], else children[2] */
    ORM__EXPR_RAW,        /* SQL of the user's: `label` has count + 1 pieces, each with its NUL, and values between them */
    ORM__EXPR_ARITHMETIC, /* children[0] arithmetic children[1] */
    ORM__EXPR_NEGATE,     /* minus children[0] */
    ORM__EXPR_CONCAT,     /* children, one after another */
    ORM__EXPR_COMPARE,    /* children[0] op children[1] */
    ORM__EXPR_DISTINCT,   /* children[0] is distinct from children[1]; `flag`: is not */
    ORM__EXPR_BETWEEN,    /* children[0] from children[1] to children[2] */
    ORM__EXPR_IN,         /* children[0] in children[1]; `flag`: not in */
    ORM__EXPR_EXISTS,     /* has children[0] a row? */
    ORM__EXPR_LIKE,       /* children[0] like children[1]; `flag`: whatever the case */
    ORM__EXPR_NULL,       /* children[0] is null; `flag`: is not null */
    ORM__EXPR_JUNCTION,   /* children; `flag`: all of them */
    ORM__EXPR_NOT,        /* children[0] */
    ORM__EXPR_ORDER       /* by children[0]; `flag`: descending */
};
enum orm__nulls { ORM__NULLS_ANYWHERE, ORM__NULLS_FIRST, ORM__NULLS_LAST };

struct orm_expr {
    enum orm__expr_kind kind;
    bool flag;
    bool taken;  /* handed over: a second owner would free it twice */
    char escape; /* of LIKE; NUL: none */
    orm_type type; /* of its value; ORM_NULL: only the database knows */
    union {
        orm_op op;
        orm_arithmetic arithmetic;
        enum orm__nulls nulls; /* of ORDER */
    };
    size_t holders;
    const orm_model *model;
    const orm_column *column;
    const char *alias, *label; /* in the node's own memory, as all that it points to; NULL: none */
    size_t count;              /* of children or values */
    union {
        orm_error *error;
        orm_expr **children;
        orm_value *values;
        struct orm__select *select;
    };
};

/* Takes an expression over: NULL when it may not be (missing, or somebody's already), which *error tells. orm_expr_free
 * frees what nobody took, and leaves the rest alone. */
orm_expr *orm__expr_take(orm_expr *, orm_error *);
orm_expr *orm__expr_hold(orm_expr *); /* one more holder of what is taken; NULL is fine */
void orm__expr_release(orm_expr *);   /* the last one frees it */
/* May it stand as a condition, as a term of ORDER BY, as a value? The first fault from the left. */
enum orm__place { ORM__PLACE_CONDITION, ORM__PLACE_ORDER, ORM__PLACE_VALUE };
orm_status orm__expr_check(const orm_expr *, enum orm__place, orm_error *);
const orm__field *orm__expr_field(const orm__mapper *, const orm_column *);

/* ---- Making nodes: each answers a node, a broken one when something is wrong with it. ---- */

orm_expr *orm__expr_broken(orm_status, const char *format, ...) __attribute__((format(printf, 2, 3)));
orm_expr *orm__expr_nomem(void);
/* The term's expression, or a column of its own making. */
orm_expr *orm__expr_of(orm_term);
/* A copy of the value. */
orm_expr *orm__expr_value(orm_value);
/* VALUE or LIST with `count` values, still to be put, and *room behind them for `bytes` of their text. */
orm_expr *orm__expr_values(enum orm__expr_kind, size_t count, size_t bytes, char **room);
size_t orm__expr_room(orm_value); /* bytes that its copy needs */
void orm__expr_put(orm_expr *, size_t i, orm_value, char **room);
/* The function of that name; of children as below. */
orm_expr *orm__expr_call(const char *name, orm_type, orm_expr *const *children, size_t count);
/* The query, which is moved into the node: *select is empty afterwards, in any case. */
orm_expr *orm__expr_select(struct orm__select *, orm_type);
/* A node over these children, which it takes; a broken one among them takes its place, and the others are freed. */
orm_expr *orm__expr_over(enum orm__expr_kind, orm_type, orm_expr *const *children, size_t count);
/* Column `label` of the source `alias`. */
orm_expr *orm__expr_label(const char *alias, const char *label, orm_type);
/* orm__value_of_int(1): what a typed family of functions was given. */
static inline orm_value orm__value_of_int(int64_t v)
{
    return orm_int(v);
}
static inline orm_value orm__value_of_real(double v)
{
    return orm_real(v);
}
static inline orm_value orm__value_of_bool(bool v)
{
    return orm_bool(v);
}
static inline orm_value orm__value_of_text(const char *v)
{
    return orm_text(v);
}
static inline orm_value orm__value_of_datetime(orm_datetime v)
{
    return orm_datetime_value(v);
}
static inline orm_value orm__value_of_date(orm_date v)
{
    return orm_date_value(v);
}
static inline orm_value orm__value_of_json(json_t *v)
{
    return orm_json(v);
}
static inline orm_value orm__value_of_any(orm_value v)
{
    return v;
}
bool orm__expr_has_children(const orm_expr *);
orm_expr *orm__expr_instead(orm_expr *why, orm_expr *left, orm_expr *right); /* frees operands that nobody took */
/* The node that says why not, or NULL; a value that needs it is converted. */
orm_expr *orm__expr_unfit(const orm_expr *operand, orm_value *);
orm_expr *orm__expr_uncomparable(const orm_expr *left, const orm_expr *right);
/* "User.age", for messages; in `buffer`, which is returned. */
const char *orm__expr_name(const orm_expr *, char buffer[96]);
#endif
