/* Expressions of the wire as liborm's. */
#ifndef TESTEE_EXPRESSIONS_H
#define TESTEE_EXPRESSIONS_H
#include "world.h"

/* A query that is being put together, within those that it is a part of. */
struct build {
    struct world *world;
    struct call *call;
    struct session *session;
    const orm_model *model;
    orm_query *query;
    bool values;     /* its rows are values, not objects */
    json_t *aliases; /* {alias: its model, or null where it is a query}; borrowed by those within */
    const struct build *outer;
};

/* "name", "Model.name" or "alias.name". */
bool expression_column(struct build *, const char *name, orm_any_col *out);
bool expression_condition(struct build *, const json_t *, orm_expr **out);
/* A name, or an expression that has a value. */
bool expression_operand(struct build *, const json_t *, orm_any_col *out);

/* {name: value}, which may be NULL, for SQL of one's own. */
bool expression_bindings(struct call *, json_t *, orm_binding **out, size_t *count);

/* query.c: {model, q} */
bool query_inner(const struct build *outer, const json_t *, orm_query **out);
#endif
