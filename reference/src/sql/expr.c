#include "sql/expr.h"
#include "base/error.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Out of memory cannot carry a message of its own; nobody writes to this one, so all threads may share it. */
static orm_expr out_of_memory = {.kind = ORM__EXPR_BROKEN};

static const char *name_of(const orm_model *model)
{
    return model->struct_name != NULL ? model->struct_name : model->table != NULL ? model->table : "?";
}

/* ---- Nodes
 * -------------------------------------------------------------------------------------------------------------- */

static orm_expr *broken(orm_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));
static orm_expr *broken(orm_status status, const char *format, ...)
{
    orm_expr *expr = orm__alloc(sizeof *expr + sizeof(orm_error));
    if (expr == NULL) {
        return &out_of_memory;
    }
    expr->kind = ORM__EXPR_BROKEN;
    expr->error = (orm_error *)(expr + 1);
    char message[sizeof expr->error->message];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    (void)orm__fail(expr->error, status, "%s", message);
    return expr;
}

/* A node with `count` values, and room behind them for `bytes` of their text. */
static orm_expr *valued(enum orm__expr_kind kind, size_t count, size_t bytes, char **room)
{
    if (count > (SIZE_MAX / 2 - sizeof(orm_expr)) / sizeof(orm_value) ||
        bytes > SIZE_MAX / 2 - count * sizeof(orm_value)) {
        return &out_of_memory;
    }
    orm_expr *expr = orm__alloc(sizeof *expr + count * sizeof(orm_value) + bytes);
    if (expr == NULL) {
        return &out_of_memory;
    }
    expr->kind = kind;
    expr->count = count;
    expr->values = (orm_value *)(expr + 1);
    *room = (char *)(expr->values + count);
    return expr;
}

static size_t room_for(orm_value value)
{
    return value.type == ORM_STRING ? value.u.size + 1 : 0;
}

static void put(orm_expr *expr, size_t i, orm_value value, char **room)
{
    expr->values[i] = value;
    if (value.type == ORM_STRING) {
        if (value.u.size > 0) {
            memcpy(*room, value.u.s, value.u.size);
        }
        (*room)[value.u.size] = '\0';
        expr->values[i].u.s = *room;
        *room += value.u.size + 1;
    }
}

void orm_expr_free(orm_expr *expr)
{
    if (expr == NULL || expr == &out_of_memory) {
        return;
    }
    if (expr->kind == ORM__EXPR_JUNCTION || expr->kind == ORM__EXPR_NOT) {
        for (size_t i = 0; i < expr->count; i++) {
            orm_expr_free(expr->children[i]);
        }
    }
    orm__free(expr);
}

orm_expr *orm__expr_take(orm_expr *expr, orm_error *error)
{
    if (expr == NULL) {
        (void)orm__fail(error, ORM_ARGUMENT, "an expression is missing (NULL)");
        return NULL;
    }
    if (expr != &out_of_memory && expr->taken) {
        (void)orm__fail(error, ORM_ARGUMENT, "an expression was handed over twice");
        return NULL;
    }
    if (expr != &out_of_memory) {
        expr->taken = true;
    }
    return expr;
}

/* ---- Columns
 * ------------------------------------------------------------------------------------------------------------ */

#define X(n, T)                                                                                                        \
    orm_##n##_col orm_##n##_ref(const orm_model *model, size_t offset)                                                 \
    {                                                                                                                  \
        return (orm_##n##_col){{model, offset, NULL}};                                                                 \
    }
ORM_EACH_TYPE_(X)
#undef X

orm_any_col orm_named(const orm_model *model, const char *member)
{
    return (orm_any_col){{model, 0, member != NULL ? member : ""}};
}

orm_text_col orm_named_text(const orm_model *model, const char *member)
{
    return (orm_text_col){{model, 0, member != NULL ? member : ""}};
}

/* The column of a term, or NULL with the broken node that says why not. */
static const orm_column *resolve(orm_term term, orm_expr **why)
{
    if (term.model == NULL) {
        *why = broken(ORM_ARGUMENT, "a column of no model");
        return NULL;
    }
    for (size_t i = 0; i < term.model->columns.count; i++) {
        const orm_column *column = &term.model->columns.at[i];
        const char *member = column->member != NULL ? column->member : column->name;
        if (term.name != NULL ? member != NULL && strcmp(member, term.name) == 0 : column->offset == term.offset) {
            return column;
        }
    }
    if (term.name != NULL) {
        *why = broken(ORM_ARGUMENT, "%s has no column \"%.200s\"", name_of(term.model), term.name);
    } else {
        *why = broken(ORM_ARGUMENT, "%s has no column at offset %zu", name_of(term.model), term.offset);
    }
    return NULL;
}

static const char *member_of(const orm_column *column)
{
    return column->member != NULL ? column->member : column->name;
}

const orm__field *orm__expr_field(const orm__mapper *mapper, const orm_column *column)
{
    for (size_t i = 0; i < mapper->count; i++) {
        if (mapper->fields[i].column == column) {
            return &mapper->fields[i];
        }
    }
    return orm__field_named(mapper, member_of(column));
}

/* ---- Comparisons
 * -------------------------------------------------------------------------------------------------------- */

/* NULL when the value may stand beside the column; a value that needs it is converted. */
static orm_expr *unfit(orm_term term, const orm_column *column, orm_value *value)
{
    orm_type given = value->type;
    if (orm__value_fits(value, column->type)) {
        return NULL;
    }
    return broken(ORM_DATA, "%s.%s is %s, compared with %s", name_of(term.model), member_of(column),
                  orm__type_name(column->type), orm__type_name(given));
}

static orm_expr *json_refused(orm_term term, const orm_column *column)
{
    return broken(ORM_ARGUMENT, "%s.%s is JSON, which databases do not compare: only with NULL", name_of(term.model),
                  member_of(column));
}

static orm_expr *null_node(orm_term term, const orm_column *column, bool is)
{
    char *room = NULL;
    orm_expr *expr = valued(ORM__EXPR_NULL, 0, 0, &room);
    if (expr->kind != ORM__EXPR_BROKEN) {
        expr->flag = !is;
        expr->model = term.model;
        expr->column = column;
    }
    return expr;
}

static orm_expr *compare(orm_term term, orm_op op, orm_value value)
{
    orm_expr *why = NULL;
    const orm_column *column = resolve(term, &why);
    if (column == NULL) {
        return why;
    }
    if (value.type == ORM_NULL) {
        if (op == ORM_EQ || op == ORM_NE) {
            return null_node(term, column, op == ORM_EQ);
        }
        return broken(ORM_ARGUMENT, "%s.%s: NULL is neither less nor greater than anything", name_of(term.model),
                      member_of(column));
    }
    if (op > ORM_GE) {
        return broken(ORM_ARGUMENT, "%s.%s: no such operator (%d)", name_of(term.model), member_of(column), (int)op);
    }
    if ((why = unfit(term, column, &value)) != NULL) {
        return why;
    }
    if (column->type == ORM_JSON) {
        return json_refused(term, column);
    }
    char *room = NULL;
    orm_expr *expr = valued(ORM__EXPR_COMPARE, 1, room_for(value), &room);
    if (expr->kind != ORM__EXPR_BROKEN) {
        expr->op = op;
        expr->model = term.model;
        expr->column = column;
        put(expr, 0, value, &room);
    }
    return expr;
}

/* IN, made in two steps because the typed families know how to read their arrays: `open_list` gives the node (or a
 * broken one), then each value goes in by `put_list`, which may break it. */
static orm_expr *open_list(orm_term term, bool not_in, const void *values, size_t count, size_t bytes, char **room)
{
    orm_expr *why = NULL;
    const orm_column *column = resolve(term, &why);
    if (column == NULL) {
        return why;
    }
    if (values == NULL && count > 0) {
        return broken(ORM_ARGUMENT, "%s.%s: a list of %zu values is missing (NULL)", name_of(term.model),
                      member_of(column), count);
    }
    if (column->type == ORM_JSON) {
        return json_refused(term, column);
    }
    orm_expr *expr = valued(ORM__EXPR_IN, count, bytes, room);
    if (expr->kind != ORM__EXPR_BROKEN) {
        expr->flag = not_in;
        expr->model = term.model;
        expr->column = column;
    }
    return expr;
}

static orm_expr *put_list(orm_expr *expr, orm_term term, size_t i, orm_value value, char **room)
{
    if (expr->kind == ORM__EXPR_BROKEN) {
        return expr;
    }
    orm_expr *why = unfit(term, expr->column, &value);
    if (why != NULL) {
        orm_expr_free(expr);
        return why;
    }
    put(expr, i, value, room);
    return expr;
}

static orm_value value_of_int(int64_t v)
{
    return orm_int(v);
}
static orm_value value_of_real(double v)
{
    return orm_real(v);
}
static orm_value value_of_bool(bool v)
{
    return orm_bool(v);
}
static orm_value value_of_text(const char *v)
{
    return orm_text(v);
}
static orm_value value_of_datetime(orm_datetime v)
{
    return orm_datetime_value(v);
}
static orm_value value_of_date(orm_date v)
{
    return orm_date_value(v);
}
static orm_value value_of_json(json_t *v)
{
    return orm_json(v);
}
static orm_value value_of_any(orm_value v)
{
    return v;
}

#define X(n, T)                                                                                                        \
    orm_expr *orm_compare_##n(orm_##n##_col column, orm_op op, T value)                                                \
    {                                                                                                                  \
        return compare(column.term, op, value_of_##n(value));                                                          \
    }                                                                                                                  \
    orm_expr *orm_in_##n(orm_##n##_col column, bool not_in, T const *values, size_t count)                             \
    {                                                                                                                  \
        size_t bytes = 0;                                                                                              \
        for (size_t i = 0; values != NULL && i < count; i++) {                                                         \
            bytes += room_for(value_of_##n(values[i]));                                                                \
        }                                                                                                              \
        char *room = NULL;                                                                                             \
        orm_expr *expr = open_list(column.term, not_in, values, count, bytes, &room);                                  \
        for (size_t i = 0; values != NULL && i < count; i++) {                                                         \
            expr = put_list(expr, column.term, i, value_of_##n(values[i]), &room);                                     \
        }                                                                                                              \
        return expr;                                                                                                   \
    }
ORM_EACH_TYPE_(X)
#undef X

orm_expr *orm_compare_terms(orm_term left, orm_op op, orm_term right)
{
    orm_expr *why = NULL;
    const orm_column *column = resolve(left, &why);
    const orm_column *other = column != NULL ? resolve(right, &why) : NULL;
    if (other == NULL) {
        return why;
    }
    if (op > ORM_GE) {
        return broken(ORM_ARGUMENT, "%s.%s: no such operator (%d)", name_of(left.model), member_of(column), (int)op);
    }
    if (left.model != right.model) {
        return broken(ORM_ARGUMENT, "%s.%s and %s.%s: columns of two models are not compared", name_of(left.model),
                      member_of(column), name_of(right.model), member_of(other));
    }
    if (column->type == ORM_JSON || other->type == ORM_JSON) {
        return json_refused(column->type == ORM_JSON ? left : right, column->type == ORM_JSON ? column : other);
    }
    bool numbers = (column->type == ORM_INTEGER || column->type == ORM_FLOAT) &&
                   (other->type == ORM_INTEGER || other->type == ORM_FLOAT);
    bool times = (column->type == ORM_DATETIME || column->type == ORM_DATE) &&
                 (other->type == ORM_DATETIME || other->type == ORM_DATE);
    if (column->type != other->type && !numbers && !times) {
        return broken(ORM_ARGUMENT, "%s.%s is %s, compared with %s.%s, which is %s", name_of(left.model),
                      member_of(column), orm__type_name(column->type), name_of(right.model), member_of(other),
                      orm__type_name(other->type));
    }
    char *room = NULL;
    orm_expr *expr = valued(ORM__EXPR_COLUMNS, 0, 0, &room);
    if (expr->kind != ORM__EXPR_BROKEN) {
        expr->op = op;
        expr->model = left.model;
        expr->column = column;
        expr->other = other;
    }
    return expr;
}

orm_expr *orm_like_text(orm_text_col column_of_text, orm_like_kind kind, const char *text)
{
    orm_term term = column_of_text.term;
    orm_expr *why = NULL;
    const orm_column *column = resolve(term, &why);
    if (column == NULL) {
        return why;
    }
    if (column->type != ORM_STRING) {
        return broken(ORM_ARGUMENT, "%s.%s is %s: only text is searched by a pattern", name_of(term.model),
                      member_of(column), orm__type_name(column->type));
    }
    if (text == NULL || kind > ORM_ENDSWITH) {
        return broken(ORM_ARGUMENT, "%s.%s: a pattern is missing (NULL)", name_of(term.model), member_of(column));
    }
    bool open_left = kind == ORM_CONTAINS || kind == ORM_ENDSWITH,
         open_right = kind == ORM_CONTAINS || kind == ORM_STARTSWITH;
    size_t size = strlen(text);
    char *room = NULL;
    orm_expr *expr = valued(ORM__EXPR_LIKE, 1, size + 3, &room);
    if (expr->kind == ORM__EXPR_BROKEN) {
        return expr;
    }
    expr->flag = kind == ORM_ILIKE;
    expr->model = term.model;
    expr->column = column;
    char *at = room;
    if (open_left) {
        *at++ = '%';
    }
    memcpy(at, text, size);
    at += size;
    if (open_right) {
        *at++ = '%';
    }
    *at = '\0';
    expr->values[0] = orm_text_n(room, (size_t)(at - room));
    return expr;
}

orm_expr *orm_null_term(orm_term term, bool is)
{
    orm_expr *why = NULL;
    const orm_column *column = resolve(term, &why);
    return column != NULL ? null_node(term, column, is) : why;
}

orm_expr *orm_order_term(orm_term term, bool descending)
{
    orm_expr *why = NULL;
    const orm_column *column = resolve(term, &why);
    if (column == NULL) {
        return why;
    }
    char *room = NULL;
    orm_expr *expr = valued(ORM__EXPR_ORDER, 0, 0, &room);
    if (expr->kind != ORM__EXPR_BROKEN) {
        expr->flag = descending;
        expr->model = term.model;
        expr->column = column;
    }
    return expr;
}

/* ---- Junctions
 * ---------------------------------------------------------------------------------------------------------- */

/* Owns its children in any case: where it cannot be made they are freed, and the broken node says why. */
static orm_expr *parent(enum orm__expr_kind kind, bool flag, orm_expr *const *children, size_t count)
{
    orm_expr *expr = NULL;
    if (count <= (SIZE_MAX / 2 - sizeof *expr) / sizeof(orm_expr *)) {
        expr = orm__alloc(sizeof *expr + count * sizeof(orm_expr *));
    }
    orm_expr *why = expr == NULL ? &out_of_memory : NULL;
    if (expr != NULL) {
        expr->kind = kind;
        expr->flag = flag;
        expr->children = (orm_expr **)(expr + 1);
    }
    for (size_t i = 0; i < count; i++) {
        orm_error error;
        orm_expr *child = orm__expr_take(children[i], &error);
        if (child == NULL) {
            why = why != NULL ? why : broken(error.status, "%s", error.message);
        } else if (expr != NULL) {
            expr->children[expr->count++] = child;
        } else {
            orm_expr_free(child);
        }
    }
    if (why != NULL) {
        orm_expr_free(expr);
        return why;
    }
    return expr;
}

orm_expr *orm_junction(bool all, orm_expr *const *children, size_t count)
{
    if (children == NULL && count > 0) {
        return broken(ORM_ARGUMENT, "a list of %zu expressions is missing (NULL)", count);
    }
    return parent(ORM__EXPR_JUNCTION, all, children, count);
}

orm_expr *orm_not(orm_expr *expr)
{
    return parent(ORM__EXPR_NOT, false, &expr, 1);
}

/* ---- Faults
 * ------------------------------------------------------------------------------------------------------------- */

orm_status orm__expr_check(const orm_expr *expr, const orm__mapper *mapper, bool as_order, orm_error *error)
{
    switch (expr->kind) {
    case ORM__EXPR_BROKEN:
        return expr->error != NULL ? orm__fail(error, expr->error->status, "%s", expr->error->message)
                                   : orm__nomem(error);
    case ORM__EXPR_JUNCTION:
    case ORM__EXPR_NOT:
        if (as_order) {
            break;
        }
        for (size_t i = 0; i < expr->count; i++) {
            orm_status rc = orm__expr_check(expr->children[i], mapper, false, error);
            if (rc != ORM_OK) {
                return rc;
            }
        }
        return ORM_OK;
    default:
        if (as_order != (expr->kind == ORM__EXPR_ORDER)) {
            break;
        }
        if (expr->model != mapper->model) {
            return orm__fail(error, ORM_ARGUMENT, "%s.%s in a query of %s", name_of(expr->model),
                             member_of(expr->column), name_of(mapper->model));
        }
        return ORM_OK;
    }
    return orm__fail(error, ORM_ARGUMENT,
                     as_order ? "a condition where an order is wanted: use orm_asc or orm_desc"
                              : "an order where a condition is wanted");
}
