/* Nodes of expressions: made, held, let go of. */
#include "base/error.h"
#include "sql/select.h"
#include "base/value.h"
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Out of memory cannot carry a message of its own; nobody writes to this one, so all threads may share it. */
static orm_expr out_of_memory = {.kind = ORM__EXPR_BROKEN};

static const char *name_of(const orm_model *model)
{
    return model->struct_name != NULL ? model->struct_name : model->table != NULL ? model->table : "?";
}

static const char *member_of(const orm_column *column)
{
    return column->member != NULL ? column->member : column->name;
}

const char *orm__expr_name(const orm_expr *expr, char buffer[96])
{
    if (expr->kind == ORM__EXPR_CALL) {
        (void)snprintf(buffer, 96, "%s()", expr->label);
    } else if (expr->kind != ORM__EXPR_COLUMN) {
        (void)snprintf(buffer, 96, "an expression");
    } else if (expr->column != NULL) {
        (void)snprintf(buffer, 96, "%s.%s", name_of(expr->model), member_of(expr->column));
    } else {
        (void)snprintf(buffer, 96, "%s.%s", expr->alias, expr->label);
    }
    return buffer;
}

orm_expr *orm__expr_nomem(void)
{
    return &out_of_memory;
}

orm_expr *orm__expr_broken(orm_status status, const char *format, ...)
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

static bool has_values(const orm_expr *expr)
{
    return expr->kind == ORM__EXPR_VALUE || expr->kind == ORM__EXPR_LIST || expr->kind == ORM__EXPR_RAW;
}

bool orm__expr_has_children(const orm_expr *expr)
{
    return expr->kind == ORM__EXPR_CALL || expr->kind == ORM__EXPR_CASE || expr->kind >= ORM__EXPR_ARITHMETIC;
}

void orm__expr_release(orm_expr *expr)
{
    if (expr == NULL || expr == &out_of_memory) {
        return;
    }
    if (expr->holders > 1) {
        expr->holders--;
        return;
    }
    for (size_t i = 0; orm__expr_has_children(expr) && i < expr->count; i++) {
        orm__expr_release(expr->children[i]);
    }
    for (size_t i = 0; has_values(expr) && i < expr->count; i++) {
        if (expr->values[i].type == ORM_JSON) {
            json_decref(expr->values[i].u.j);
        }
    }
    if (expr->kind == ORM__EXPR_QUERY) {
        orm__select_free(expr->select);
    }
    orm__free(expr);
}

void orm_expr_free(orm_expr *expr)
{
    if (expr != NULL && !expr->taken) {
        orm__expr_release(expr);
    }
}

orm_expr *orm__expr_hold(orm_expr *expr)
{
    if (expr != NULL && expr != &out_of_memory) {
        expr->holders++;
    }
    return expr;
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
        expr->holders = 1;
    }
    return expr;
}

/* ---- Columns
 * ------------------------------------------------------------------------------------------------------------ */

const orm__field *orm__expr_field(const orm__mapper *mapper, const orm_column *column)
{
    for (size_t i = 0; i < mapper->count; i++) {
        if (mapper->fields[i].column == column) {
            return &mapper->fields[i];
        }
    }
    return orm__field_named(mapper, member_of(column));
}

/* A node with up to two texts of its own. */
static orm_expr *named(enum orm__expr_kind kind, const char *alias, const char *label)
{
    size_t alias_size = alias != NULL ? strlen(alias) + 1 : 0, label_size = label != NULL ? strlen(label) + 1 : 0;
    orm_expr *expr = orm__alloc(sizeof *expr + alias_size + label_size);
    if (expr == NULL) {
        return &out_of_memory;
    }
    char *room = (char *)(expr + 1);
    expr->kind = kind;
    expr->alias = alias != NULL ? memcpy(room, alias, alias_size) : NULL;
    expr->label = label != NULL ? memcpy(room + alias_size, label, label_size) : NULL;
    return expr;
}

/* The column of a term, or NULL. */
static const orm_column *resolve(orm_term term)
{
    for (size_t i = 0; i < term.model->columns.count; i++) {
        const orm_column *column = &term.model->columns.at[i];
        const char *member = member_of(column);
        if (term.name != NULL ? member != NULL && strcmp(member, term.name) == 0 : column->offset == term.offset) {
            return column;
        }
    }
    return NULL;
}

static orm_expr *column_of(orm_term term)
{
    if (term.model == NULL) {
        return orm__expr_broken(ORM_ARGUMENT, "a column of no model");
    }
    const orm_column *column = resolve(term);
    if (column == NULL && term.name != NULL) {
        return orm__expr_broken(ORM_ARGUMENT, "%s has no column \"%.200s\"", name_of(term.model), term.name);
    }
    if (column == NULL) {
        return orm__expr_broken(ORM_ARGUMENT, "%s has no column at offset %zu", name_of(term.model), term.offset);
    }
    orm_expr *expr = named(ORM__EXPR_COLUMN, term.alias, NULL);
    if (expr->kind != ORM__EXPR_BROKEN) {
        expr->type = column->type;
        expr->model = term.model;
        expr->column = column;
    }
    return expr;
}

static orm_expr *apply(orm_function function, orm_expr *operand)
{
    static const struct {
        const char *name;
        bool text, number; /* is all that it takes */
        orm_type type;     /* ORM_NULL: that of its operand */
    } functions[] = {[ORM_LOWER] = {"lower", .text = true, .type = ORM_STRING},
                     [ORM_UPPER] = {"upper", .text = true, .type = ORM_STRING},
                     [ORM_TRIM] = {"trim", .text = true, .type = ORM_STRING},
                     [ORM_LENGTH] = {"length", .text = true, .type = ORM_INTEGER},
                     [ORM_NEGATE] = {"-", .number = true},
                     [ORM_COUNT] = {"count", .type = ORM_INTEGER},
                     [ORM_COUNT_DISTINCT] = {"count", .type = ORM_INTEGER},
                     [ORM_SUM] = {"sum", .number = true},
                     [ORM_AVG] = {"avg", .number = true, .type = ORM_FLOAT},
                     [ORM_MIN] = {"min"},
                     [ORM_MAX] = {"max"}};
    char name[96];
    if (operand != NULL && operand->kind == ORM__EXPR_BROKEN) {
        return operand;
    }
    if (function < ORM_LOWER || function > ORM_MAX) {
        return orm__expr_instead(orm__expr_broken(ORM_ARGUMENT, "no such function (%d)", (int)function), operand, NULL);
    }
    if (operand == NULL) {
        return orm__expr_call(functions[function].name, functions[function].type, NULL, 0);
    }
    const bool number = operand->type == ORM_INTEGER || operand->type == ORM_FLOAT;
    if (operand->type != ORM_NULL && ((functions[function].text && operand->type != ORM_STRING) ||
                                      (functions[function].number && !number))) {
        return orm__expr_instead(orm__expr_broken(ORM_ARGUMENT, "%s of %s, which is %s", functions[function].name,
                                                  orm__expr_name(operand, name), orm__type_name(operand->type)),
                                 operand, NULL);
    }
    const orm_type type = functions[function].type != ORM_NULL ? functions[function].type : operand->type;
    if (function == ORM_NEGATE) {
        return orm__expr_over(ORM__EXPR_NEGATE, type, &operand, 1);
    }
    orm_expr *expr = orm__expr_call(functions[function].name, type, &operand, 1);
    if (expr->kind == ORM__EXPR_CALL) {
        expr->flag = function == ORM_COUNT_DISTINCT;
    }
    return expr;
}

orm_expr *orm__expr_of(orm_term term)
{
    const bool of_the_row = term.expr == NULL && term.model == NULL && term.fn == ORM_COUNT;
    orm_expr *expr = of_the_row ? NULL : term.expr != NULL ? term.expr : column_of(term);
    for (unsigned fn = term.fn; fn != 0; fn >>= 8) {
        expr = apply((orm_function)(fn & 0xFF), expr);
    }
    return expr;
}

orm_expr *orm__expr_label(const char *alias, const char *label, orm_type type)
{
    if (alias == NULL || label == NULL) {
        return orm__expr_broken(ORM_ARGUMENT, "a column's label, or the name of its query, is missing (NULL)");
    }
    orm_expr *expr = named(ORM__EXPR_COLUMN, alias, label);
    if (expr->kind != ORM__EXPR_BROKEN) {
        expr->type = type;
    }
    return expr;
}

/* ---- Values
 * ------------------------------------------------------------------------------------------------------------- */

orm_expr *orm__expr_values(enum orm__expr_kind kind, size_t count, size_t bytes, char **room)
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

size_t orm__expr_room(orm_value value)
{
    return value.type == ORM_STRING ? value.u.size + 1 : 0;
}

void orm__expr_put(orm_expr *expr, size_t i, orm_value value, char **room)
{
    expr->values[i] = value;
    if (value.type == ORM_JSON) {
        json_incref(value.u.j);
    }
    if (value.type == ORM_STRING) {
        if (value.u.size > 0) {
            memcpy(*room, value.u.s, value.u.size);
        }
        (*room)[value.u.size] = '\0';
        expr->values[i].u.s = *room;
        *room += value.u.size + 1;
    }
}

orm_expr *orm__expr_value(orm_value value)
{
    char *room = NULL;
    orm_expr *expr = orm__expr_values(ORM__EXPR_VALUE, 1, orm__expr_room(value), &room);
    if (expr->kind != ORM__EXPR_BROKEN) {
        expr->type = value.type;
        orm__expr_put(expr, 0, value, &room);
    }
    return expr;
}

/* ---- Trees
 * -------------------------------------------------------------------------------------------------------------- */

orm_expr *orm__expr_instead(orm_expr *why, orm_expr *left, orm_expr *right)
{
    orm_expr_free(left);
    if (right != left) {
        orm_expr_free(right);
    }
    return why;
}

/* A node with room for children, and for a text behind them. NULL: no memory. */
static orm_expr *parent(enum orm__expr_kind kind, orm_type type, size_t count, const char *text)
{
    const size_t size = text != NULL ? strlen(text) + 1 : 0;
    orm_expr *expr = NULL;
    if (count <= (SIZE_MAX / 2 - sizeof *expr) / sizeof(orm_expr *) - size) {
        expr = orm__alloc(sizeof *expr + count * sizeof(orm_expr *) + size);
    }
    if (expr != NULL) {
        expr->kind = kind;
        expr->type = type;
        expr->children = (orm_expr **)(expr + 1);
        expr->label = text != NULL ? memcpy(expr->children + count, text, size) : NULL;
    }
    return expr;
}

/* Gives the children to the node, which may be NULL. */
static orm_expr *adopt(orm_expr *expr, orm_expr *const *children, size_t count)
{
    orm_expr *why = expr == NULL ? &out_of_memory : NULL;
    for (size_t i = 0; i < count; i++) {
        orm_error error;
        orm_expr *child = orm__expr_take(children[i], &error);
        if (child == NULL) {
            why = why != NULL ? why : orm__expr_broken(error.status, "%s", error.message);
        } else if (child->kind == ORM__EXPR_BROKEN && why == NULL) {
            why = child;
        } else if (expr != NULL) {
            expr->children[expr->count++] = child;
        } else {
            orm__expr_release(child);
        }
    }
    if (why == NULL) {
        return expr;
    }
    orm__expr_release(expr);
    if (why != &out_of_memory) {
        why->taken = false; /* as it came, for the next to take */
    }
    return why;
}

orm_expr *orm__expr_over(enum orm__expr_kind kind, orm_type type, orm_expr *const *children, size_t count)
{
    return adopt(parent(kind, type, count, NULL), children, count);
}

orm_expr *orm__expr_call(const char *name, orm_type type, orm_expr *const *children, size_t count)
{
    return adopt(parent(ORM__EXPR_CALL, type, count, name), children, count);
}

orm_expr *orm__expr_select(struct orm__select *select, orm_type type)
{
    orm_expr *expr = orm__alloc(sizeof *expr + sizeof *select);
    if (expr == NULL) {
        orm__select_free(select);
        return &out_of_memory;
    }
    expr->kind = ORM__EXPR_QUERY;
    expr->type = type;
    expr->select = (struct orm__select *)(expr + 1);
    *expr->select = *select;
    *select = (struct orm__select){0};
    return expr;
}
