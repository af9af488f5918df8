/* Queries made of queries. */
#include "query/query.h"
#include <string.h>

void orm_query_combine(orm_query *query, orm_combination how, orm_query *other)
{
    orm__select second;
    orm_error error;
    const bool given = orm__query_give(other, &second, &error);
    if (!orm__query_open(query, NULL)) {
        orm__select_free(&second);
    } else if (!given) {
        query->error = error;
    } else if (how > ORM_EXCEPT) {
        (void)orm__fail(&query->error, ORM_ARGUMENT, "no such combination (%d)", (int)how);
        orm__select_free(&second);
    } else {
        (void)orm__select_combine(&query->select, how, &second, &query->error);
    }
}

void orm_query_join_query(orm_query *query, orm_query *other, const char *alias, orm_join_kind kind, orm_expr *on)
{
    orm__select derived;
    orm_error error;
    const bool given = orm__query_give(other, &derived, &error);
    const bool taken = orm__query_take(query, on, ORM__PLACE_CONDITION, "join");
    if (taken && !given) {
        query->error = error;
    } else if (taken && (alias == NULL || orm__select_names(&query->select, alias))) {
        (void)orm__fail(&query->error, ORM_ARGUMENT, "%s%.64s%s in a query of %s",
                        alias == NULL ? "a query is joined without a name" : "two joins are called \"",
                        alias == NULL ? "" : alias, alias == NULL ? "" : "\"", orm__query_of(query));
    }
    if (taken && query->error.status == ORM_OK) {
        (void)orm__select_derived(&query->select, &derived, alias, kind == ORM_LEFT_JOIN, on, &query->error);
        return;
    }
    orm__select_free(&derived);
    if (taken) {
        orm__expr_release(on);
    }
}

static orm_expr *fault(const orm_error *error)
{
    return error->status == ORM_NOMEM ? orm__expr_nomem() : orm__expr_broken(error->status, "%s", error->message);
}

/* The query as an expression; of one value, unless any will do. */
static orm_expr *within(orm_query *query, bool of_one_value)
{
    orm__select select;
    orm_error error;
    if (!orm__query_give(query, &select, &error)) {
        return fault(&error);
    }
    if (of_one_value && (select.item_count != 1 || select.items[0].expr == NULL)) {
        orm_expr *why = orm__expr_broken(ORM_ARGUMENT, "a query of \"%s\" within another has to select one value",
                                         orm__source_name(&select.sources[0]));
        orm__select_free(&select);
        return why;
    }
    return orm__expr_select(&select, of_one_value ? select.items[0].expr->type : ORM_NULL);
}

orm_expr *orm_in_query(orm_term term, bool not_in, orm_query *query)
{
    orm_expr *operand = orm__expr_of(term), *list = within(query, true);
    orm_expr *why = orm__expr_uncomparable(operand, list);
    if (why != NULL) {
        return orm__expr_instead(why, operand, list);
    }
    orm_expr *expr = orm__expr_over(ORM__EXPR_IN, ORM_BOOLEAN, (orm_expr *[]){operand, list}, 2);
    if (expr->kind == ORM__EXPR_IN) {
        expr->flag = not_in;
    }
    return expr;
}

orm_expr *orm_exists_query(orm_query *query)
{
    orm_expr *inner = within(query, false);
    return orm__expr_over(ORM__EXPR_EXISTS, ORM_BOOLEAN, &inner, 1);
}

orm_any_col orm_query_value(orm_query *query)
{
    return (orm_any_col){{.expr = within(query, true)}};
}
