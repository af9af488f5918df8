/* Expressions as text. Columns are qualified, because SQLite takes a bare quoted name that is no column for a text. */
#include "sql/render.h"
#include "base/error.h"
#include <string.h>

size_t orm__render_bind(orm__sql *sql, orm_value value)
{
    if (sql->count == sql->capacity && !orm__grow(&sql->binds, sizeof *sql->binds, sql->count, &sql->capacity)) {
        sql->text.failed = true;
        return 0;
    }
    sql->binds[sql->count++] = value;
    return sql->count;
}

static void add_bind(orm__sql *sql, orm_value value)
{
    sql->dialect->placeholder(&sql->text, orm__render_bind(sql, value), value.type);
}

/* ---- Columns
 * ------------------------------------------------------------------------------------------------------------ */

void orm__render_column(orm__sql *sql, const orm__source *source, const char *name)
{
    orm__quote(&sql->text, orm__source_name(source));
    orm__text_char(&sql->text, '.');
    orm__quote(&sql->text, name);
}

static void no_source(orm__sql *sql, const orm_expr *expr)
{
    char name[96];
    if (sql->fault.status != ORM_OK) {
        return;
    }
    const bool of_alias = expr->model != NULL && expr->alias != NULL;
    const orm_model *model = sql->scope->select->sources[0].mapper->model;
    (void)orm__fail(&sql->fault, ORM_ARGUMENT, "%s%s%.64s in a query of %s", orm__expr_name(expr, name),
                    of_alias ? " of " : "", of_alias ? expr->alias : "",
                    model->struct_name != NULL ? model->struct_name : model->table);
}

static void add_column(orm__sql *sql, const orm_expr *expr)
{
    const orm__scope *first = expr->flag && sql->scope != NULL ? sql->scope->outer : sql->scope;
    for (const orm__scope *scope = first; scope != NULL; scope = scope->outer) {
        const size_t i = orm__select_find_column(scope->select, expr);
        if (i != SIZE_MAX) {
            const orm__source *source = &scope->select->sources[i];
            orm__render_column(sql, source,
                               expr->column != NULL ? orm__expr_field(source->mapper, expr->column)->name : expr->label);
            return;
        }
    }
    no_source(sql, expr);
}

/* ---- Operators
 * ---------------------------------------------------------------------------------------------------------- */

/* What stands beside an operator: in parentheses where it has one itself. */
static void add_operand(orm__sql *sql, const orm_expr *expr)
{
    const bool whole = expr->kind <= ORM__EXPR_RAW || expr->kind == ORM__EXPR_JUNCTION;
    orm__text_add(&sql->text, whole ? "" : "(");
    orm__render_expr(sql, expr);
    orm__text_add(&sql->text, whole ? "" : ")");
}

static void add_infix(orm__sql *sql, const orm_expr *expr, const char *operator)
{
    for (size_t i = 0; i < expr->count; i++) {
        orm__text_add(&sql->text, i > 0 ? operator : "");
        add_operand(sql, expr->children[i]);
    }
}

/* The text of an expression by itself; false when there is no memory. Binds go where they always go. */
static bool apart(orm__sql *sql, const orm_expr *expr, orm__text *out)
{
    orm__text whole = sql->text;
    sql->text = (orm__text){0};
    add_operand(sql, expr);
    *out = sql->text;
    sql->text = whole;
    return !out->failed && out->at != NULL;
}

static void add_like(orm__sql *sql, const orm_expr *expr)
{
    orm__text left = {0}, right = {0};
    if (apart(sql, expr->children[0], &left) && apart(sql, expr->children[1], &right)) {
        sql->dialect->like(&sql->text, left.at, right.at, expr->flag);
    } else if (sql->fault.status == ORM_OK) {
        sql->text.failed = true;
    }
    orm__text_free(&left);
    orm__text_free(&right);
    if (expr->escape != '\0') {
        orm__text_format(&sql->text, " ESCAPE '%s%c'", expr->escape == '\'' ? "'" : "", expr->escape);
    }
}

static void add_in(orm__sql *sql, const orm_expr *expr)
{
    const orm_expr *list = expr->children[1];
    if (list->kind == ORM__EXPR_LIST && list->count == 0) {
        /* No value is in an empty list and every row is outside of it, those with NULL too. */
        orm__text_add(&sql->text, expr->flag ? "1 = 1" : "0 = 1");
        return;
    }
    add_operand(sql, expr->children[0]);
    orm__text_add(&sql->text, expr->flag ? " NOT IN " : " IN ");
    orm__render_expr(sql, list);
}

static void add_list(orm__sql *sql, const orm_expr *expr)
{
    sql->changing = true;
    for (size_t i = 0; i < expr->count; i++) {
        orm__text_add(&sql->text, i == 0 ? "(" : ", ");
        add_bind(sql, expr->values[i]);
    }
    orm__text_char(&sql->text, ')');
}

static void add_junction(orm__sql *sql, const orm_expr *expr)
{
    if (expr->count == 0) {
        orm__text_add(&sql->text, "1 = 1"); /* adds no condition, whichever it is */
        return;
    }
    for (size_t i = 0; i < expr->count; i++) {
        orm__text_add(&sql->text, i == 0 ? "(" : expr->flag ? " AND " : " OR ");
        orm__render_expr(sql, expr->children[i]);
    }
    orm__text_char(&sql->text, ')');
}

static void add_call(orm__sql *sql, const orm_expr *expr)
{
    orm__text_add(&sql->text, expr->label);
    orm__text_add(&sql->text, expr->flag ? "(DISTINCT " : "(");
    orm__text_add(&sql->text, expr->count == 0 && strcmp(expr->label, "count") == 0 ? "*" : "");
    for (size_t i = 0; i < expr->count; i++) {
        orm__text_add(&sql->text, i > 0 ? ", " : "");
        orm__render_expr(sql, expr->children[i]);
    }
    orm__text_char(&sql->text, ')');
}

static void add_case(orm__sql *sql, const orm_expr *expr)
{
    static const char *const words[] = {"CASE WHEN ", " THEN ", " ELSE "};
    for (size_t i = 0; i < 3; i++) {
        orm__text_add(&sql->text, words[i]);
        orm__render_expr(sql, expr->children[i]);
    }
    orm__text_add(&sql->text, " END");
}

void orm__render_raw(orm__sql *sql, const orm_expr *expr)
{
    const char *piece = expr->label;
    orm__text_add(&sql->text, piece);
    for (size_t i = 0; i < expr->count; i++) {
        add_bind(sql, expr->values[i]);
        piece += strlen(piece) + 1;
        orm__text_add(&sql->text, piece);
    }
}

static void add_order(orm__sql *sql, const orm_expr *expr)
{
    orm__render_expr(sql, expr->children[0]);
    orm__text_add(&sql->text, expr->flag ? " DESC" : "");
    if (expr->nulls != ORM__NULLS_ANYWHERE) {
        orm__text_add(&sql->text, expr->nulls == ORM__NULLS_FIRST ? " NULLS FIRST" : " NULLS LAST");
    }
}

void orm__render_expr(orm__sql *sql, const orm_expr *expr)
{
    static const char *const compare[] = {[ORM_EQ] = " = ",  [ORM_NE] = " <> ", [ORM_LT] = " < ",
                                          [ORM_LE] = " <= ", [ORM_GT] = " > ",  [ORM_GE] = " >= "};
    static const char *const arithmetic[] = {
        [ORM_ADD] = " + ", [ORM_SUBTRACT] = " - ", [ORM_MULTIPLY] = " * ", [ORM_DIVIDE] = " / ", [ORM_MODULO] = " % "};
    orm__text *text = &sql->text;
    switch (expr->kind) {
    case ORM__EXPR_COLUMN:
        add_column(sql, expr);
        break;
    case ORM__EXPR_VALUE:
        add_bind(sql, expr->values[0]);
        break;
    case ORM__EXPR_LIST:
        add_list(sql, expr);
        break;
    case ORM__EXPR_CALL:
        add_call(sql, expr);
        break;
    case ORM__EXPR_QUERY:
        orm__text_char(text, '(');
        orm__render_query(sql, expr->select, false);
        orm__text_char(text, ')');
        break;
    case ORM__EXPR_CASE:
        add_case(sql, expr);
        break;
    case ORM__EXPR_RAW:
        orm__text_char(text, '('); /* what is around it is not in the user's hand */
        orm__render_raw(sql, expr);
        orm__text_char(text, ')');
        break;
    case ORM__EXPR_ARITHMETIC:
        add_infix(sql, expr, arithmetic[expr->arithmetic]);
        break;
    case ORM__EXPR_NEGATE:
        orm__text_add(text, "- ");
        add_operand(sql, expr->children[0]);
        break;
    case ORM__EXPR_CONCAT:
        add_infix(sql, expr, " || ");
        break;
    case ORM__EXPR_COMPARE:
        add_infix(sql, expr, compare[expr->op]);
        break;
    case ORM__EXPR_DISTINCT:
        add_infix(sql, expr, expr->flag ? sql->dialect->is_not_distinct : sql->dialect->is_distinct);
        break;
    case ORM__EXPR_BETWEEN:
        add_operand(sql, expr->children[0]);
        orm__text_add(text, " BETWEEN ");
        add_operand(sql, expr->children[1]);
        orm__text_add(text, " AND ");
        add_operand(sql, expr->children[2]);
        break;
    case ORM__EXPR_IN:
        add_in(sql, expr);
        break;
    case ORM__EXPR_EXISTS:
        orm__text_add(text, "EXISTS ");
        orm__render_expr(sql, expr->children[0]);
        break;
    case ORM__EXPR_LIKE:
        add_like(sql, expr);
        break;
    case ORM__EXPR_NULL:
        add_operand(sql, expr->children[0]);
        orm__text_add(text, expr->flag ? " IS NOT NULL" : " IS NULL");
        break;
    case ORM__EXPR_JUNCTION:
        add_junction(sql, expr);
        break;
    case ORM__EXPR_NOT:
        orm__text_add(text, "NOT (");
        orm__render_expr(sql, expr->children[0]);
        orm__text_char(text, ')');
        break;
    case ORM__EXPR_ORDER:
        add_order(sql, expr);
        break;
    case ORM__EXPR_BROKEN:
        break; /* orm__expr_check keeps it out */
    }
}
