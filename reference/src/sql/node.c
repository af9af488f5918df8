/* Nodes of expressions: made, held, let go of. */
#include "base/error.h"
#include "sql/expr.h"
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
    if (expr->kind != ORM__EXPR_COLUMN) {
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
    return expr->kind == ORM__EXPR_VALUE || expr->kind == ORM__EXPR_LIST;
}

static bool has_children(const orm_expr *expr)
{
    return expr->kind >= ORM__EXPR_COMPARE;
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
    for (size_t i = 0; has_children(expr) && i < expr->count; i++) {
        orm__expr_release(expr->children[i]);
    }
    for (size_t i = 0; has_values(expr) && i < expr->count; i++) {
        if (expr->values[i].type == ORM_JSON) {
            json_decref(expr->values[i].u.j);
        }
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

orm_expr *orm__expr_of(orm_term term)
{
    if (term.expr != NULL) {
        return term.expr;
    }
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

orm_expr *orm__expr_over(enum orm__expr_kind kind, orm_type type, orm_expr *const *children, size_t count)
{
    orm_expr *expr = NULL, *why = NULL;
    if (count <= (SIZE_MAX / 2 - sizeof *expr) / sizeof(orm_expr *)) {
        expr = orm__alloc(sizeof *expr + count * sizeof(orm_expr *));
    }
    if (expr == NULL) {
        why = &out_of_memory;
    } else {
        expr->kind = kind;
        expr->type = type;
        expr->children = (orm_expr **)(expr + 1);
    }
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
