#include "query/evaluate.h"
#include <math.h>

/* ---- What can be --------------------------------------------------------------------------------------------------- */

static bool is_number(orm_type type)
{
    return type == ORM_INTEGER || type == ORM_FLOAT;
}

static bool is_plain(const orm_expr *expr)
{
    return expr->kind == ORM__EXPR_VALUE || (expr->kind == ORM__EXPR_COLUMN && expr->column != NULL);
}

bool orm__evaluable_value(const orm_expr *expr)
{
    if (expr->kind == ORM__EXPR_ARITHMETIC) {
        const orm_expr *a = expr->children[0], *b = expr->children[1];
        return expr->arithmetic <= ORM_MULTIPLY && orm__evaluable_value(a) && orm__evaluable_value(b) &&
               (is_number(a->type) || a->type == ORM_NULL) && (is_number(b->type) || b->type == ORM_NULL);
    }
    return is_plain(expr);
}

/* Texts are equal or not whatever the collation; which comes first is the database's affair. */
static bool comparable(orm_op op, orm_type a, orm_type b)
{
    if (is_number(a) && is_number(b)) {
        return true;
    }
    return a == b && a != ORM_JSON && a != ORM_NULL && (a != ORM_STRING || op == ORM_EQ || op == ORM_NE);
}

static bool all(const orm_expr *expr)
{
    for (size_t i = 0; i < expr->count; i++) {
        if (!orm__evaluable(expr->children[i])) {
            return false;
        }
    }
    return true;
}

bool orm__evaluable(const orm_expr *expr)
{
    switch (expr->kind) {
    case ORM__EXPR_COMPARE:
        return is_plain(expr->children[0]) && is_plain(expr->children[1]) &&
               comparable(expr->op, expr->children[0]->type, expr->children[1]->type);
    case ORM__EXPR_IN:
        return is_plain(expr->children[0]) && expr->children[1]->kind == ORM__EXPR_LIST;
    case ORM__EXPR_NULL:
        return is_plain(expr->children[0]);
    case ORM__EXPR_JUNCTION:
    case ORM__EXPR_NOT:
        return all(expr);
    default:
        return false;
    }
}

/* ---- What is --------------------------------------------------------------------------------------------------------- */

static double real_of(const orm_value *value)
{
    return value->type == ORM_FLOAT ? value->u.r : (double)value->u.i;
}

/* A sum, difference or product; NULL of NULL. What 64 bits do not hold is the database's affair. */
static bool compute(const orm_expr *expr, const orm__state *state, orm_value *out)
{
    orm_value a, b;
    if (!orm__evaluate_value(expr->children[0], state, &a) || !orm__evaluate_value(expr->children[1], state, &b)) {
        return false;
    }
    *out = orm_null();
    if (a.type == ORM_NULL || b.type == ORM_NULL) {
        return true;
    }
    if (a.type == ORM_FLOAT || b.type == ORM_FLOAT) {
        const double x = real_of(&a), y = real_of(&b);
        *out = orm_real(expr->arithmetic == ORM_ADD ? x + y : expr->arithmetic == ORM_SUBTRACT ? x - y : x * y);
        return isfinite(out->u.r);
    }
    int64_t number;
    const bool beyond = expr->arithmetic == ORM_ADD        ? __builtin_add_overflow(a.u.i, b.u.i, &number)
                        : expr->arithmetic == ORM_SUBTRACT ? __builtin_sub_overflow(a.u.i, b.u.i, &number)
                                                           : __builtin_mul_overflow(a.u.i, b.u.i, &number);
    *out = orm_int(number);
    return !beyond;
}

bool orm__evaluate_value(const orm_expr *expr, const orm__state *state, orm_value *out)
{
    if (expr->kind == ORM__EXPR_ARITHMETIC) {
        return compute(expr, state, out);
    }
    if (expr->kind == ORM__EXPR_VALUE) {
        *out = expr->values[0];
        return true;
    }
    const orm__field *field = orm__expr_field(state->mapper, expr->column);
    *out = state->loaded[field - state->mapper->fields];
    return true;
}

/* -1, 0, 1; as numbers where one is a float. A NaN is equal to itself and comes last, as on PostgreSQL. */
static int compare_reals(double a, double b)
{
    if (isnan(a) || isnan(b)) {
        return isnan(a) - isnan(b);
    }
    return (a > b) - (a < b);
}

static int compare(const orm_value *a, const orm_value *b)
{
    if (a->type == ORM_FLOAT || b->type == ORM_FLOAT) {
        return compare_reals(real_of(a), real_of(b));
    }
    switch (a->type) {
    case ORM_DATETIME:
        return (a->u.t.us > b->u.t.us) - (a->u.t.us < b->u.t.us);
    case ORM_DATE:
        return (a->u.d.day > b->u.d.day) - (a->u.d.day < b->u.d.day);
    case ORM_STRING:
        return !orm__value_equal(a, b);
    default:
        return (a->u.i > b->u.i) - (a->u.i < b->u.i);
    }
}

static enum orm__truth is(bool truth)
{
    return truth ? ORM__TRUE : ORM__FALSE;
}

static enum orm__truth compared(const orm_expr *expr, const orm__state *state)
{
    orm_value a, b;
    if (!orm__evaluate_value(expr->children[0], state, &a) || !orm__evaluate_value(expr->children[1], state, &b) ||
        a.type == ORM_NULL || b.type == ORM_NULL) {
        return ORM__UNKNOWN;
    }
    const int order = compare(&a, &b);
    switch (expr->op) {
    case ORM_EQ:
        return is(order == 0);
    case ORM_NE:
        return is(order != 0);
    case ORM_LT:
        return is(order < 0);
    case ORM_LE:
        return is(order <= 0);
    case ORM_GT:
        return is(order > 0);
    case ORM_GE:
        break;
    }
    return is(order >= 0);
}

/* Nothing is in an empty list, not even NULL; else a NULL on either side may be anything. */
static enum orm__truth listed(const orm_expr *expr, const orm__state *state)
{
    const orm_expr *list = expr->children[1];
    orm_value value;
    bool unknown = false, found = false;
    if (!orm__evaluate_value(expr->children[0], state, &value)) {
        return ORM__UNKNOWN;
    }
    for (size_t i = 0; i < list->count; i++) {
        const orm_value *item = &list->values[i];
        unknown = unknown || value.type == ORM_NULL || item->type == ORM_NULL;
        found = found || (value.type != ORM_NULL && item->type != ORM_NULL && compare(&value, item) == 0);
    }
    return !found && unknown ? ORM__UNKNOWN : is(found != expr->flag);
}

/* All of them, or one: what is unknown only matters where the others leave it open. */
static enum orm__truth joined(const orm_expr *expr, const orm__state *state)
{
    const enum orm__truth decides = expr->flag ? ORM__FALSE : ORM__TRUE;
    enum orm__truth truth = is(expr->flag || expr->count == 0);
    for (size_t i = 0; i < expr->count; i++) {
        const enum orm__truth one = orm__evaluate(expr->children[i], state);
        if (one == decides) {
            return one;
        }
        truth = one == ORM__UNKNOWN ? one : truth;
    }
    return truth;
}

enum orm__truth orm__evaluate(const orm_expr *expr, const orm__state *state)
{
    static const enum orm__truth negated[] = {
        [ORM__FALSE] = ORM__TRUE, [ORM__TRUE] = ORM__FALSE, [ORM__UNKNOWN] = ORM__UNKNOWN};
    orm_value value;
    switch (expr->kind) {
    case ORM__EXPR_COMPARE:
        return compared(expr, state);
    case ORM__EXPR_IN:
        return listed(expr, state);
    case ORM__EXPR_NULL:
        return orm__evaluate_value(expr->children[0], state, &value) ? is((value.type == ORM_NULL) != expr->flag)
                                                                     : ORM__UNKNOWN;
    case ORM__EXPR_JUNCTION:
        return joined(expr, state);
    case ORM__EXPR_NOT:
        return negated[orm__evaluate(expr->children[0], state)];
    default:
        return ORM__UNKNOWN; /* orm__evaluable keeps the others out */
    }
}
