#include "expressions.h"
#include "values.h"
#include <string.h>

enum shape { JUNCTION, NOT, COMPARE, DISTINCT, IN, BETWEEN, NULLNESS, LIKE, EXISTS, SQL, RELATED };

static const struct operator {
    const char *name;
    enum shape shape;
    int which;
    size_t least, most; /* of the list */
} operators[] = {
    { "and", JUNCTION, true, 1, SIZE_MAX }, { "or", JUNCTION, false, 1, SIZE_MAX }, { "not", NOT, 0, 2, 2 },
    { "eq", COMPARE, ORM_EQ, 3, 3 }, { "ne", COMPARE, ORM_NE, 3, 3 }, { "lt", COMPARE, ORM_LT, 3, 3 },
    { "le", COMPARE, ORM_LE, 3, 3 }, { "gt", COMPARE, ORM_GT, 3, 3 }, { "ge", COMPARE, ORM_GE, 3, 3 },
    { "is", DISTINCT, false, 3, 3 }, { "is_not", DISTINCT, true, 3, 3 }, { "is_distinct", DISTINCT, true, 3, 3 },
    { "is_not_distinct", DISTINCT, false, 3, 3 }, { "in", IN, false, 3, 3 }, { "not_in", IN, true, 3, 3 },
    { "between", BETWEEN, 0, 4, 4 }, { "is_null", NULLNESS, true, 2, 2 }, { "is_not_null", NULLNESS, false, 2, 2 },
    { "like", LIKE, ORM_LIKE, 3, 4 }, { "ilike", LIKE, ORM_ILIKE, 3, 4 }, { "contains", LIKE, ORM_CONTAINS, 3, 4 },
    { "startswith", LIKE, ORM_STARTSWITH, 3, 4 }, { "endswith", LIKE, ORM_ENDSWITH, 3, 4 },
    { "exists", EXISTS, 0, 2, 2 }, { "sql", SQL, 0, 2, 3 }, { "any", RELATED, true, 2, 3 }, { "has", RELATED, false, 2, 3 },
};

static const struct operator *find(const char *name)
{
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
        if (strcmp(operators[i].name, name) == 0)
            return &operators[i];
    return NULL;
}

/* ---- values ---- */

bool expression_column(struct build *b, const char *name, orm_any_col *out)
{
    const char *dot = strrchr(name, '.'); /* a path of relationships has dots of its own */
    *out = orm_named(b->model, name);
    if (dot == NULL)
        return true;
    char *prefix = call_alloc(b->call, (size_t)(dot - name) + 1);
    memcpy(prefix, name, (size_t)(dot - name));
    for (const struct build *at = b; at != NULL; at = at->outer) {
        const json_t *model = json_object_get(at->aliases, prefix);
        if (json_is_null(model))
            return *out = orm_any_label(prefix, dot + 1), true;
        if (model != NULL) {
            const orm_model *aliased;
            if (!world_model(b->world, b->call, json_string_value(model), &aliased))
                return false;
            return *out = orm_any_of(prefix, orm_named(aliased, dot + 1)), true;
        }
    }
    const orm_model *model = orm_schema_find(b->world->models.schema, prefix);
    *out = model != NULL ? orm_named(model, dot + 1) : orm_named(b->model, name);
    return true;
}

/* What stands where a value could: a value, or a column. */
struct operand { bool is_column; orm_value value; orm_any_col column; };

static bool operand_of(struct build *b, const json_t *given, struct operand *out)
{
    const json_t *name = value_tagged(given, "col"), *inner = value_tagged(given, "expr");
    *out = (struct operand){ .is_column = name != NULL || inner != NULL };
    if (json_is_string(name))
        return expression_column(b, json_string_value(name), &out->column);
    if (inner != NULL)
        return expression_operand(b, inner, &out->column);
    return value_decode(b->call, given, "an operand", &out->value);
}

static orm_any_col as_column(const struct operand *operand)
{
    return operand->is_column ? operand->column : orm_any_literal(operand->value);
}

static void drop(orm_any_col column)
{
    orm_expr_free(column.term.expr);
}

static bool arithmetic(struct build *b, const json_t *e, orm_arithmetic op, orm_any_col *out)
{
    struct operand right;
    orm_any_col left;
    if (!expression_operand(b, json_array_get(e, 1), &left))
        return false;
    if (!operand_of(b, json_array_get(e, 2), &right))
        return drop(left), false;
    *out = right.is_column ? orm_arithmetic_any_cols(left, op, right.column) : orm_arithmetic_any(left, op, right.value);
    return true;
}

static bool concat(struct build *b, const json_t *e, orm_any_col *out)
{
    if (!expression_operand(b, json_array_get(e, 1), out))
        return false;
    for (size_t i = 2; i < json_array_size(e); i++) {
        struct operand next;
        if (!operand_of(b, json_array_get(e, i), &next))
            return drop(*out), false;
        *out = orm_any(orm_concat_cols((orm_text_col){ out->term }, (orm_text_col){ as_column(&next).term }));
    }
    return true;
}

static const struct { const char *name; orm_function function; } functions[] = {
    { "lower", ORM_LOWER }, { "upper", ORM_UPPER }, { "trim", ORM_TRIM }, { "length", ORM_LENGTH }, { "count", ORM_COUNT },
    { "sum", ORM_SUM }, { "avg", ORM_AVG }, { "min", ORM_MIN }, { "max", ORM_MAX },
};

/* ["func", name, operand, value, …] */
static bool function(struct build *b, const json_t *e, orm_any_col *out)
{
    const char *name = json_string_value(json_array_get(e, 1));
    const size_t count = json_array_size(e) - 2;
    const json_t *first = json_array_get(e, 2);
    if (name == NULL)
        return call_bad(b->call, "func lacks its name");
    if (count == 0 && strcmp(name, "count") == 0)
        return *out = orm_any(orm_count_rows()), true;
    const char *inner = json_string_value(json_array_get(first, 0));
    const bool distinct = inner != NULL && strcmp(inner, "distinct") == 0;
    orm_any_col *operands = call_alloc(b->call, (count + 1) * sizeof *operands);
    for (size_t i = 0; i < count; i++) {
        struct operand next = { .is_column = true };
        if (i == 0 ? !expression_operand(b, distinct ? json_array_get(first, 1) : first, &next.column)
                   : !operand_of(b, json_array_get(e, 2 + i), &next)) {
            while (i > 0)
                drop(operands[--i]);
            return false;
        }
        operands[i] = as_column(&next);
    }
    if (distinct && strcmp(name, "count") == 0)
        return *out = orm_any_apply(ORM_COUNT_DISTINCT, operands[0]), true;
    for (size_t i = 0; count == 1 && i < sizeof functions / sizeof functions[0]; i++)
        if (strcmp(functions[i].name, name) == 0)
            return *out = orm_any_apply(functions[i].function, operands[0]), true;
    *out = count == 2 && strcmp(name, "coalesce") == 0 ? orm_coalesce_any_cols(operands[0], operands[1])
                                                       : orm_call_any_list(name, operands, count);
    return true;
}

/* ["case", [[condition, value], …], else]: each within the else of the one before. */
static bool choice(struct build *b, const json_t *e, orm_any_col *out)
{
    const json_t *pairs = json_array_get(e, 1);
    struct operand value;
    if (!operand_of(b, json_array_get(e, 2), &value))
        return false;
    *out = as_column(&value);
    for (size_t i = json_array_size(pairs); i > 0; i--) {
        const json_t *pair = json_array_get(pairs, i - 1);
        orm_expr *when;
        if (!expression_condition(b, json_array_get(pair, 0), &when))
            return drop(*out), false;
        if (!operand_of(b, json_array_get(pair, 1), &value)) {
            orm_expr_free(when);
            return drop(*out), false;
        }
        *out = orm_case_any_cols(when, as_column(&value), *out);
    }
    return true;
}

static bool scalar(struct build *b, const json_t *e, orm_any_col *out)
{
    static const struct { const char *name; orm_arithmetic op; } calculations[] = {
        { "add", ORM_ADD }, { "sub", ORM_SUBTRACT }, { "mul", ORM_MULTIPLY }, { "mod", ORM_MODULO },
    };
    const char *name = json_string_value(json_array_get(e, 0));
    orm_query *inner;
    if (name == NULL)
        return call_bad(b->call, "an expression is a list that begins with its operator");
    for (size_t i = 0; i < sizeof calculations / sizeof calculations[0]; i++)
        if (strcmp(calculations[i].name, name) == 0)
            return arithmetic(b, e, calculations[i].op, out);
    if (strcmp(name, "col") == 0)
        return expression_operand(b, json_array_get(e, 1), out);
    if (strcmp(name, "value") == 0) {
        struct operand value;
        return operand_of(b, json_array_get(e, 1), &value) && (*out = as_column(&value), true);
    }
    if (strcmp(name, "neg") == 0)
        return expression_operand(b, json_array_get(e, 1), out) && (*out = orm_any_apply(ORM_NEGATE, *out), true);
    if (strcmp(name, "concat") == 0)
        return concat(b, e, out);
    if (strcmp(name, "func") == 0)
        return function(b, e, out);
    if (strcmp(name, "case") == 0)
        return choice(b, e, out);
    if (strcmp(name, "scalar") == 0)
        return query_inner(b, json_array_get(e, 1), &inner) && (*out = orm_query_value(inner), true);
    orm_expr *condition; /* which is a value too */
    if (!expression_condition(b, e, &condition))
        return false;
    *out = (orm_any_col){ { .expr = condition } };
    return true;
}

bool expression_operand(struct build *b, const json_t *given, orm_any_col *out)
{
    if (json_is_string(given))
        return expression_column(b, json_string_value(given), out);
    return json_is_array(given) ? scalar(b, given, out) : call_bad(b->call, "an operand is a name or an expression");
}

/* ---- conditions ---- */

/* All of `list` from `first` on, joined. */
static bool junction(struct build *b, const json_t *list, size_t first, bool all, orm_expr **out)
{
    size_t count = json_array_size(list) - first, made = 0;
    orm_expr **parts = call_alloc(b->call, (count + 1) * sizeof *parts);
    for (; made < count; made++)
        if (!expression_condition(b, json_array_get(list, first + made), &parts[made]))
            break;
    if (made == count) {
        *out = orm_junction(all, parts, count);
        return true;
    }
    while (made > 0)
        orm_expr_free(parts[--made]);
    return false;
}

static bool in(struct build *b, orm_any_col column, bool not_in, const json_t *list, orm_expr **out)
{
    const json_t *inner = value_tagged(list, "query");
    orm_query *query;
    if (inner != NULL) {
        if (!query_inner(b, inner, &query))
            return drop(column), false;
        return *out = orm_in_query(column.term, not_in, query), true;
    }
    if (!json_is_array(list))
        return drop(column), call_bad(b->call, "in takes a list");
    orm_value *values = call_alloc(b->call, (json_array_size(list) + 1) * sizeof *values);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!value_decode(b->call, json_array_get(list, i), "in", &values[i]))
            return drop(column), false;
    *out = orm_in_any(column, not_in, values, json_array_size(list));
    return true;
}

static bool between(struct build *b, orm_any_col column, const json_t *e, orm_expr **out)
{
    orm_value low, high;
    if (!value_decode(b->call, json_array_get(e, 2), "between", &low) || !value_decode(b->call, json_array_get(e, 3), "between", &high))
        return drop(column), false;
    return *out = orm_between(column, low, high), true;
}

static bool like(struct build *b, orm_any_col column, orm_like_kind kind, const json_t *e, orm_expr **out)
{
    const json_t *options = json_array_get(e, 3);
    const char *escape = json_string_value(json_object_get(options, "escape"));
    const orm_text_col text = { column.term };
    struct operand pattern;
    if (!operand_of(b, json_array_get(e, 2), &pattern))
        return drop(column), false;
    if (pattern.is_column)
        return *out = orm_like_cols(text, kind, (orm_text_col){ pattern.column.term }), true;
    if (pattern.value.type != ORM_STRING || strlen(pattern.value.u.s) != pattern.value.u.size)
        return drop(column), call_bad(b->call, "like and its kin take text");
    *out = json_is_true(json_object_get(options, "autoescape")) ? orm_like_literal(text, kind, pattern.value.u.s)
                                                                : orm_like_text(text, kind, pattern.value.u.s, escape != NULL ? *escape : '\0');
    return true;
}

bool expression_bindings(struct call *c, json_t *given, orm_binding **out, size_t *count)
{
    const char *name;
    json_t *value;
    *count = 0;
    *out = call_alloc(c, (json_object_size(given) + 1) * sizeof **out);
    json_object_foreach (given, name, value) {
        (*out)[*count].name = name;
        if (!value_decode(c, value, name, &(*out)[*count].value))
            return false;
        (*count)++;
    }
    return true;
}

static bool own_sql(struct build *b, const json_t *e, orm_expr **out)
{
    const char *sql = json_string_value(json_array_get(e, 1));
    orm_binding *bindings;
    size_t count;
    if (sql == NULL || !expression_bindings(b->call, json_array_get(e, 2), &bindings, &count))
        return sql == NULL ? call_bad(b->call, "sql lacks its text") : false;
    return *out = orm_sql(sql, bindings, count), true;
}

/* ---- relationships ---- */

/* ["any" or "has", name, condition], whose condition speaks of the target. */
static bool any(struct build *b, const json_t *e, bool many, orm_expr **out)
{
    const char *name = json_string_value(json_array_get(e, 1));
    const json_t *condition = json_array_get(e, 2);
    orm_expr *inner = NULL;
    if (name == NULL)
        return call_bad(b->call, "any lacks its relationship");
    struct build within = *b;
    const struct relationship *r = world_relationship(b->world, b->model, name);
    within.model = r != NULL ? r->target : b->model;
    if (condition != NULL && r != NULL && !expression_condition(&within, condition, &inner))
        return false;
    return *out = orm_query_any(b->query, b->model, NULL, name, many, inner), true;
}

/* A comparison with an object, or with null. *is: it is one. */
static bool related(struct build *b, const struct operator *op, const json_t *e, bool *is, orm_expr **out)
{
    const char *name = json_string_value(json_array_get(e, 1));
    const json_t *given = json_array_get(e, 2);
    const bool object = value_tagged(given, "obj") != NULL;
    struct handle *h = NULL;
    *is = name != NULL && (object || (json_is_null(given) && world_relationship(b->world, b->model, name) != NULL));
    if (!*is)
        return true;
    if (object && !world_object(b->world, b->call, given, &h))
        return false;
    orm_object *to = h != NULL ? h->object : NULL;
    if (op->shape == LIKE)
        *out = orm_query_contains(b->query, b->model, NULL, name, to);
    else
        *out = orm_query_related(b->query, b->model, NULL, name, op->which == ORM_EQ, to);
    return true;
}

static bool of_column(struct build *b, const struct operator *op, const json_t *e, orm_expr **out)
{
    orm_any_col column;
    struct operand right;
    bool is = false;
    const bool may_be = (op->shape == COMPARE && op->which <= ORM_NE) || (op->shape == LIKE && op->which == ORM_CONTAINS);
    if (may_be && (!related(b, op, e, &is, out) || is))
        return is && *out != NULL;
    if (!expression_operand(b, json_array_get(e, 1), &column))
        return false;
    switch (op->shape) {
    case COMPARE:
    case DISTINCT:
        if (!operand_of(b, json_array_get(e, 2), &right))
            return drop(column), false;
        if (op->shape == COMPARE)
            *out = right.is_column ? orm_compare_any_cols(column, (orm_op)op->which, right.column)
                                   : orm_compare_any(column, (orm_op)op->which, right.value);
        else
            *out = right.is_column ? orm_distinct_any_cols(column, op->which, right.column)
                                   : orm_distinct_any(column, op->which, right.value);
        return true;
    case IN:       return in(b, column, op->which, json_array_get(e, 2), out);
    case BETWEEN:  return between(b, column, e, out);
    case LIKE:     return like(b, column, (orm_like_kind)op->which, e, out);
    case NULLNESS: break;
    case JUNCTION: case NOT: case EXISTS: case SQL: case RELATED: return false; /* not of a column */
    }
    *out = orm_null_term(column.term, op->which);
    return true;
}

bool expression_condition(struct build *b, const json_t *e, orm_expr **out)
{
    const char *name = json_string_value(json_array_get(e, 0));
    const struct operator *op = name != NULL ? find(name) : NULL;
    orm_query *inner;
    *out = NULL;
    if (name == NULL)
        return call_bad(b->call, "an expression is a list that begins with its operator");
    if (op == NULL && strcmp(name, "col") == 0) {
        orm_any_col column;
        return expression_operand(b, json_array_get(e, 1), &column) && (*out = orm_condition(column.term), true);
    }
    if (op == NULL)
        return call_lacks(b->call, "no operator %s", name);
    if (json_array_size(e) < op->least || json_array_size(e) > op->most)
        return call_bad(b->call, "%s with %zu operands", name, json_array_size(e) - 1);
    switch (op->shape) {
    case JUNCTION: return junction(b, e, 1, op->which, out);
    case EXISTS:   return query_inner(b, json_array_get(e, 1), &inner) && (*out = orm_exists_query(inner), true);
    case SQL:      return own_sql(b, e, out);
    case RELATED:  return any(b, e, op->which, out);
    case NOT:      return expression_condition(b, json_array_get(e, 1), out) && (*out = orm_not(*out), true);
    default:       return of_column(b, op, e, out);
    }
}
