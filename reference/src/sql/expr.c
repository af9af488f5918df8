/* Conditions, as orm.h makes them. */
#include "sql/expr.h"
#include "base/error.h"
#include "base/value.h"

/* ---- Columns
 * ------------------------------------------------------------------------------------------------------------ */

#define X(n, T)                                                                                                        \
    orm_##n##_col orm_##n##_ref(const orm_model *model, size_t offset)                                                 \
    {                                                                                                                  \
        return (orm_##n##_col){{.model = model, .offset = offset}};                                                    \
    }                                                                                                                  \
    orm_##n##_col orm_##n##_of(const char *alias, orm_##n##_col column)                                                \
    {                                                                                                                  \
        column.term.alias = alias;                                                                                     \
        return column;                                                                                                 \
    }                                                                                                                  \
    orm_any_col orm_##n##_to_any(orm_##n##_col column)                                                                 \
    {                                                                                                                  \
        return (orm_any_col){column.term};                                                                             \
    }
ORM_EACH_TYPE_(X)
#undef X

orm_any_col orm_named(const orm_model *model, const char *member)
{
    return (orm_any_col){{.model = model, .name = member != NULL ? member : ""}};
}

orm_text_col orm_named_text(const orm_model *model, const char *member)
{
    return (orm_text_col){{.model = model, .name = member != NULL ? member : ""}};
}

/* ---- Comparisons
 * -------------------------------------------------------------------------------------------------------- */

/* Numbers compare with numbers, moments with dates; an unknown type with all. */
static bool comparable(orm_type a, orm_type b)
{
    const bool numbers = (a == ORM_INTEGER || a == ORM_FLOAT) && (b == ORM_INTEGER || b == ORM_FLOAT);
    const bool times = (a == ORM_DATETIME || a == ORM_DATE) && (b == ORM_DATETIME || b == ORM_DATE);
    return a == b || numbers || times || a == ORM_NULL || b == ORM_NULL;
}

/* Whatever the operator. */
orm_expr *orm__expr_uncomparable(const orm_expr *left, const orm_expr *right)
{
    char name[96], other[96];
    if (left->kind == ORM__EXPR_BROKEN || right->kind == ORM__EXPR_BROKEN) {
        return NULL; /* the fault goes up by itself */
    }
    if (!comparable(left->type, right->type)) {
        return orm__expr_broken(ORM_ARGUMENT, "%s is %s, compared with %s, which is %s", orm__expr_name(left, name),
                                orm__type_name(left->type), orm__expr_name(right, other), orm__type_name(right->type));
    }
    const orm_expr *document = left->type == ORM_JSON ? left : right->type == ORM_JSON ? right : NULL;
    if (document != NULL) {
        return orm__expr_broken(ORM_ARGUMENT, "%s is JSON, which databases do not compare: only with NULL",
                                orm__expr_name(document, name));
    }
    return NULL;
}

orm_expr *orm__expr_unfit(const orm_expr *operand, orm_value *value)
{
    char name[96];
    const orm_type given = value->type;
    if (operand->type == ORM_NULL || orm__value_fits(value, operand->type)) {
        return NULL;
    }
    return orm__expr_broken(ORM_DATA, "%s is %s, compared with %s", orm__expr_name(operand, name),
                            orm__type_name(operand->type), orm__type_name(given));
}

static orm_expr *op_is_known(const orm_expr *operand, orm_op op)
{
    char name[96];
    return op <= ORM_GE ? NULL
                        : orm__expr_broken(ORM_ARGUMENT, "%s: no such operator (%d)", orm__expr_name(operand, name),
                                           (int)op);
}

static orm_expr *null_node(orm_expr *operand, bool is)
{
    orm_expr *expr = orm__expr_over(ORM__EXPR_NULL, ORM_BOOLEAN, &operand, 1);
    if (expr->kind == ORM__EXPR_NULL) {
        expr->flag = !is;
    }
    return expr;
}

static orm_expr *no_order_of_null(const orm_expr *operand)
{
    char name[96];
    return orm__expr_broken(ORM_ARGUMENT, "%s: NULL is neither less nor greater than anything",
                            orm__expr_name(operand, name));
}

/* A comparison of the kinds COMPARE and DISTINCT, of operands that fit. */
static orm_expr *comparison(enum orm__expr_kind kind, orm_expr *left, orm_expr *right)
{
    return orm__expr_over(kind, ORM_BOOLEAN, (orm_expr *[]){left, right}, 2);
}

static orm_expr *with_op(orm_expr *expr, orm_op op)
{
    if (expr->kind == ORM__EXPR_COMPARE) {
        expr->op = op;
    }
    return expr;
}

static orm_expr *compare(orm_term term, orm_op op, orm_value value)
{
    orm_expr *left = orm__expr_of(term), *why = NULL;
    if (left->kind == ORM__EXPR_BROKEN) {
        return left;
    }
    if (value.type == ORM_NULL && (op == ORM_EQ || op == ORM_NE)) {
        return null_node(left, op == ORM_EQ);
    }
    if (value.type == ORM_NULL) {
        why = no_order_of_null(left);
    } else if ((why = op_is_known(left, op)) == NULL && (why = orm__expr_unfit(left, &value)) == NULL &&
               left->type == ORM_JSON) {
        why = orm__expr_uncomparable(left, left);
    }
    return why != NULL ? orm__expr_instead(why, left, NULL)
                       : with_op(comparison(ORM__EXPR_COMPARE, left, orm__expr_value(value)), op);
}

orm_expr *orm_compare_terms(orm_term left_term, orm_op op, orm_term right_term)
{
    orm_expr *left = orm__expr_of(left_term), *right = orm__expr_of(right_term);
    orm_expr *why = left->kind == ORM__EXPR_BROKEN ? NULL : op_is_known(left, op);
    if (why == NULL) {
        why = orm__expr_uncomparable(left, right);
    }
    return why != NULL ? orm__expr_instead(why, left, right)
                       : with_op(comparison(ORM__EXPR_COMPARE, left, right), op);
}

static orm_expr *distinct_from(orm_expr *left, bool is, orm_expr *right)
{
    orm_expr *why = orm__expr_uncomparable(left, right);
    if (why != NULL) {
        return orm__expr_instead(why, left, right);
    }
    orm_expr *expr = comparison(ORM__EXPR_DISTINCT, left, right);
    if (expr->kind == ORM__EXPR_DISTINCT) {
        expr->flag = !is;
    }
    return expr;
}

static orm_expr *distinct_from_value(orm_term term, bool is, orm_value value)
{
    orm_expr *left = orm__expr_of(term);
    orm_expr *why = left->kind == ORM__EXPR_BROKEN ? NULL : orm__expr_unfit(left, &value);
    return why != NULL ? orm__expr_instead(why, left, NULL) : distinct_from(left, is, orm__expr_value(value));
}

static orm_expr *between(orm_term term, orm_value low, orm_value high)
{
    orm_expr *operand = orm__expr_of(term), *why = NULL;
    if (operand->kind == ORM__EXPR_BROKEN) {
        return operand;
    }
    if (low.type == ORM_NULL || high.type == ORM_NULL) {
        why = no_order_of_null(operand);
    } else if ((why = orm__expr_unfit(operand, &low)) == NULL && (why = orm__expr_unfit(operand, &high)) == NULL) {
        why = orm__expr_uncomparable(operand, operand);
    }
    orm_expr *bounds[] = {operand, NULL, NULL};
    if (why != NULL) {
        return orm__expr_instead(why, operand, NULL);
    }
    bounds[1] = orm__expr_value(low);
    bounds[2] = orm__expr_value(high);
    return orm__expr_over(ORM__EXPR_BETWEEN, ORM_BOOLEAN, bounds, 3);
}

/* IN, made in steps because the typed families know how to read their arrays: `open_list` gives the list (or a broken
 * node), then each value goes in by `put_list`, which may break it, and `close_list` makes the condition. */
static orm_expr *open_list(const orm_expr *operand, const void *values, size_t count, size_t bytes, char **room)
{
    char name[96];
    if (operand->kind == ORM__EXPR_BROKEN) {
        return orm__expr_values(ORM__EXPR_LIST, 0, 0, room); /* the operand's own fault is told */
    }
    if (values == NULL && count > 0) {
        return orm__expr_broken(ORM_ARGUMENT, "%s: a list of %zu values is missing (NULL)",
                                orm__expr_name(operand, name), count);
    }
    orm_expr *why = orm__expr_uncomparable(operand, operand);
    return why != NULL ? why : orm__expr_values(ORM__EXPR_LIST, count, bytes, room);
}

static orm_expr *put_list(orm_expr *list, const orm_expr *operand, size_t i, orm_value value, char **room)
{
    if (list->kind == ORM__EXPR_BROKEN || i >= list->count) {
        return list;
    }
    orm_expr *why = orm__expr_unfit(operand, &value);
    if (why != NULL) {
        orm_expr_free(list);
        return why;
    }
    orm__expr_put(list, i, value, room);
    return list;
}

static orm_expr *close_list(orm_expr *operand, bool not_in, orm_expr *list)
{
    orm_expr *expr = orm__expr_over(ORM__EXPR_IN, ORM_BOOLEAN, (orm_expr *[]){operand, list}, 2);
    if (expr->kind == ORM__EXPR_IN) {
        expr->flag = not_in;
    }
    return expr;
}

#define X(n, T)                                                                                                        \
    orm_expr *orm_compare_##n(orm_##n##_col column, orm_op op, T value)                                                \
    {                                                                                                                  \
        return compare(column.term, op, orm__value_of_##n(value));                                                          \
    }                                                                                                                  \
    orm_expr *orm_compare_##n##_cols(orm_##n##_col left, orm_op op, orm_##n##_col right)                               \
    {                                                                                                                  \
        return orm_compare_terms(left.term, op, right.term);                                                           \
    }                                                                                                                  \
    orm_expr *orm_distinct_##n(orm_##n##_col column, bool is, T value)                                                 \
    {                                                                                                                  \
        return distinct_from_value(column.term, is, orm__value_of_##n(value));                                              \
    }                                                                                                                  \
    orm_expr *orm_distinct_##n##_cols(orm_##n##_col left, bool is, orm_##n##_col right)                                \
    {                                                                                                                  \
        return distinct_from(orm__expr_of(left.term), is, orm__expr_of(right.term));                                   \
    }                                                                                                                  \
    orm_expr *orm_between_##n(orm_##n##_col column, T low, T high)                                                     \
    {                                                                                                                  \
        return between(column.term, orm__value_of_##n(low), orm__value_of_##n(high));                                            \
    }                                                                                                                  \
    orm_expr *orm_in_##n(orm_##n##_col column, bool not_in, T const *values, size_t count)                             \
    {                                                                                                                  \
        size_t bytes = 0;                                                                                              \
        for (size_t i = 0; values != NULL && i < count; i++) {                                                         \
            bytes += orm__expr_room(orm__value_of_##n(values[i]));                                                          \
        }                                                                                                              \
        char *room = NULL;                                                                                             \
        orm_expr *operand = orm__expr_of(column.term);                                                                 \
        orm_expr *list = open_list(operand, values, count, bytes, &room);                                              \
        for (size_t i = 0; values != NULL && i < count; i++) {                                                         \
            list = put_list(list, operand, i, orm__value_of_##n(values[i]), &room);                                         \
        }                                                                                                              \
        return close_list(operand, not_in, list);                                                                      \
    }
ORM_EACH_TYPE_(X)
#undef X

orm_expr *orm_null_term(orm_term term, bool is)
{
    return null_node(orm__expr_of(term), is);
}

/* ---- Junctions and orders
 * ----------------------------------------------------------------------------------------------- */

orm_expr *orm_junction(bool all, orm_expr *const *children, size_t count)
{
    if (children == NULL && count > 0) {
        return orm__expr_broken(ORM_ARGUMENT, "a list of %zu expressions is missing (NULL)", count);
    }
    orm_expr *expr = orm__expr_over(ORM__EXPR_JUNCTION, ORM_BOOLEAN, children, count);
    if (expr->kind == ORM__EXPR_JUNCTION) {
        expr->flag = all;
    }
    return expr;
}

orm_expr *orm_condition(orm_term term)
{
    return orm__expr_of(term);
}

orm_expr *orm_not(orm_expr *expr)
{
    return orm__expr_over(ORM__EXPR_NOT, ORM_BOOLEAN, &expr, 1);
}

orm_expr *orm_order_term(orm_term term, bool descending)
{
    orm_expr *operand = orm__expr_of(term);
    orm_expr *expr = orm__expr_over(ORM__EXPR_ORDER, ORM_NULL, &operand, 1);
    if (expr->kind == ORM__EXPR_ORDER) {
        expr->flag = descending;
    }
    return expr;
}

orm_expr *orm_order_nulls(orm_expr *order, bool first)
{
    if (order != NULL && order->kind == ORM__EXPR_ORDER) {
        order->nulls = first ? ORM__NULLS_FIRST : ORM__NULLS_LAST;
        return order;
    }
    if (order != NULL && order->kind == ORM__EXPR_BROKEN) {
        return order;
    }
    orm_expr_free(order);
    return orm__expr_broken(ORM_ARGUMENT, "nulls first or last of what is no order: use orm_asc or orm_desc");
}

/* ---- Faults
 * ------------------------------------------------------------------------------------------------------------- */

static orm_status check_children(const orm_expr *expr, orm_error *error)
{
    const bool conditions = expr->kind == ORM__EXPR_JUNCTION || expr->kind == ORM__EXPR_NOT;
    for (size_t i = 0; orm__expr_has_children(expr) && i < expr->count; i++) {
        const bool condition = conditions || (expr->kind == ORM__EXPR_CASE && i == 0);
        orm_status rc =
            orm__expr_check(expr->children[i], condition ? ORM__PLACE_CONDITION : ORM__PLACE_VALUE, error);
        if (rc != ORM_OK) {
            return rc;
        }
    }
    return ORM_OK;
}

orm_status orm__expr_check(const orm_expr *expr, enum orm__place place, orm_error *error)
{
    char name[96];
    if (expr->kind == ORM__EXPR_BROKEN) {
        return expr->error != NULL ? orm__fail(error, expr->error->status, "%s", expr->error->message)
                                   : orm__nomem(error);
    }
    if (place == ORM__PLACE_ORDER && expr->kind != ORM__EXPR_ORDER) {
        return orm__fail(error, ORM_ARGUMENT, "a condition where an order is wanted: use orm_asc or orm_desc");
    }
    if (place != ORM__PLACE_ORDER && expr->kind == ORM__EXPR_ORDER) {
        return orm__fail(error, ORM_ARGUMENT, "an order where a %s is wanted",
                         place == ORM__PLACE_CONDITION ? "condition" : "value");
    }
    if (place == ORM__PLACE_CONDITION && expr->type != ORM_BOOLEAN && expr->type != ORM_NULL) {
        return orm__fail(error, ORM_ARGUMENT, "%s is %s, where a condition is wanted", orm__expr_name(expr, name),
                         orm__type_name(expr->type));
    }
    return check_children(expr, error);
}
