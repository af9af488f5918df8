/* SELECT as text. Columns are qualified, because SQLite takes a bare quoted name that is no column for a text. */
#include "sql/statement.h"
#include "base/error.h"
#include <string.h>

/* The query that is being written, within those that it is a part of. */
typedef struct orm__scope {
    const orm__select *select;
    const struct orm__scope *outer;
} orm__scope;

void orm__sql_free(orm__sql *sql)
{
    orm__text_free(&sql->text);
    orm__free(sql->binds);
    sql->binds = NULL;
    sql->count = sql->capacity = 0;
}

/* Remembers the value; its number, from 1. 0 when there is no memory. */
static size_t bind(orm__sql *sql, orm_value value)
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
    sql->dialect->placeholder(&sql->text, bind(sql, value), value.type);
}

/* ---- Columns
 * ------------------------------------------------------------------------------------------------------------ */

static const char *source_name(const orm__source *source)
{
    return source->alias != NULL ? source->alias : source->mapper->table;
}

static void add_column(orm__text *text, const orm__source *source, const orm__field *field)
{
    orm__quote(text, source_name(source));
    orm__text_char(text, '.');
    orm__quote(text, field->name);
}

static const char *model_name(const orm_model *model)
{
    return model->struct_name != NULL ? model->struct_name : model->table != NULL ? model->table : "?";
}

static void no_source(orm__sql *sql, const orm_expr *expr)
{
    char name[96];
    if (sql->fault.status != ORM_OK) {
        return;
    }
    const orm__mapper *mapper = sql->scope->select->sources[0].mapper;
    (void)orm__fail(&sql->fault, ORM_ARGUMENT, "%s%s%s in a query of %s", orm__expr_name(expr, name),
                    expr->alias != NULL ? " of " : "", expr->alias != NULL ? expr->alias : "",
                    model_name(mapper->model));
}

static void add_column_of(orm__sql *sql, const orm_expr *expr)
{
    for (const orm__scope *scope = sql->scope; scope != NULL; scope = scope->outer) {
        const size_t i = orm__select_find(scope->select, expr->model, expr->alias);
        if (i != SIZE_MAX) {
            const orm__source *source = &scope->select->sources[i];
            add_column(&sql->text, source, orm__expr_field(source->mapper, expr->column));
            return;
        }
    }
    no_source(sql, expr);
}

/* ---- Expressions
 * -------------------------------------------------------------------------------------------------------- */

static const char *const operators[] = {
    [ORM_EQ] = " = ", [ORM_NE] = " <> ", [ORM_LT] = " < ", [ORM_LE] = " <= ", [ORM_GT] = " > ", [ORM_GE] = " >= "};

static void add_expr(orm__sql *, const orm_expr *);

/* What stands beside an operator: in parentheses where it has one itself. */
static void add_operand(orm__sql *sql, const orm_expr *expr)
{
    const bool whole = expr->kind <= ORM__EXPR_LIST || expr->kind == ORM__EXPR_JUNCTION;
    orm__text_add(&sql->text, whole ? "" : "(");
    add_expr(sql, expr);
    orm__text_add(&sql->text, whole ? "" : ")");
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
}

static void add_in(orm__sql *sql, const orm_expr *expr)
{
    const orm_expr *list = expr->children[1];
    if (list->count == 0) {
        /* No value is in an empty list and every row is outside of it, those with NULL too. */
        orm__text_add(&sql->text, expr->flag ? "1 = 1" : "0 = 1");
        return;
    }
    sql->changing = true;
    add_operand(sql, expr->children[0]);
    orm__text_add(&sql->text, expr->flag ? " NOT IN " : " IN ");
    add_expr(sql, list);
}

static void add_list(orm__sql *sql, const orm_expr *expr)
{
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
        add_expr(sql, expr->children[i]);
    }
    orm__text_char(&sql->text, ')');
}

static void add_expr(orm__sql *sql, const orm_expr *expr)
{
    orm__text *text = &sql->text;
    switch (expr->kind) {
    case ORM__EXPR_COLUMN:
        add_column_of(sql, expr);
        break;
    case ORM__EXPR_VALUE:
        add_bind(sql, expr->values[0]);
        break;
    case ORM__EXPR_LIST:
        add_list(sql, expr);
        break;
    case ORM__EXPR_COMPARE:
        add_operand(sql, expr->children[0]);
        orm__text_add(text, operators[expr->op]);
        add_operand(sql, expr->children[1]);
        break;
    case ORM__EXPR_IN:
        add_in(sql, expr);
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
        add_expr(sql, expr->children[0]);
        orm__text_char(text, ')');
        break;
    case ORM__EXPR_ORDER:
        add_expr(sql, expr->children[0]);
        orm__text_add(text, expr->flag ? " DESC" : "");
        break;
    case ORM__EXPR_BROKEN:
        break; /* orm__expr_check keeps it out */
    }
}

static void add_exprs(orm__sql *sql, const orm__exprs *list, const char *before, const char *between)
{
    for (size_t i = 0; i < list->count; i++) {
        orm__text_add(&sql->text, i == 0 ? before : between);
        add_expr(sql, list->at[i]);
    }
}

/* ---- Clauses
 * ------------------------------------------------------------------------------------------------------------ */

static void add_entity(orm__sql *sql, const orm__source *source)
{
    for (size_t i = 0; i < source->mapper->count; i++) {
        orm__text_add(&sql->text, i > 0 ? ", " : "");
        add_column(&sql->text, source, &source->mapper->fields[i]);
    }
}

static void add_items(orm__sql *sql, const orm__select *select)
{
    if (select->item_count == 0) {
        add_entity(sql, &select->sources[0]);
    }
    for (size_t i = 0; i < select->item_count; i++) {
        orm__text_add(&sql->text, i > 0 ? ", " : "");
        if (select->items[i].expr != NULL) {
            add_expr(sql, select->items[i].expr);
        } else {
            add_entity(sql, &select->sources[select->items[i].source]);
        }
    }
}

static void add_source(orm__sql *sql, const orm__source *source)
{
    orm__quote(&sql->text, source->mapper->table);
    if (source->alias != NULL) {
        orm__text_add(&sql->text, " AS ");
        orm__quote(&sql->text, source->alias);
    }
}

static void add_from(orm__sql *sql, const orm__select *select)
{
    orm__text_add(&sql->text, " FROM ");
    add_source(sql, &select->sources[0]);
    for (size_t i = 1; i < select->source_count; i++) {
        const orm__source *source = &select->sources[i];
        orm__text_add(&sql->text, source->outer ? " LEFT OUTER JOIN " : " JOIN ");
        add_source(sql, source);
        orm__text_add(&sql->text, " ON ");
        add_expr(sql, source->on);
    }
}

static void add_limit(orm__sql *sql, const orm__select *select)
{
    if (!select->has_limit && !select->has_offset) {
        return;
    }
    size_t limit = select->has_limit ? bind(sql, orm_int(select->limit)) : 0;
    size_t offset = select->has_offset ? bind(sql, orm_int(select->offset)) : 0;
    sql->dialect->limit(&sql->text, select->has_limit, limit, select->has_offset, offset);
}

/* All after SELECT. The order of what is only counted does not matter. */
static void add_body(orm__sql *sql, const orm__select *select, bool counted)
{
    orm__text_add(&sql->text, select->distinct ? "SELECT DISTINCT " : "SELECT ");
    add_items(sql, select);
    add_from(sql, select);
    add_exprs(sql, &select->conditions, " WHERE ", " AND ");
    if (!counted) {
        add_exprs(sql, &select->order, " ORDER BY ", ", ");
    }
    add_limit(sql, select);
}

orm_status orm__sql_finish(const orm__sql *sql, const orm__select *select, orm_error *error)
{
    if (sql->fault.status != ORM_OK) {
        return orm__fail(error, sql->fault.status, "%s", sql->fault.message);
    }
    if (sql->text.failed) {
        return orm__nomem(error);
    }
    if (sql->count > sql->dialect->max_binds) {
        return orm__fail(error, ORM_ARGUMENT, "a query of \"%s\" has %zu values: %s takes at most %zu",
                         select->sources[0].mapper->table, sql->count, sql->dialect->name, sql->dialect->max_binds);
    }
    return ORM_OK;
}

void orm__sql_where(orm__sql *sql, const orm__select *select)
{
    const orm__scope scope = {select, sql->scope};
    sql->scope = &scope;
    add_exprs(sql, &select->conditions, " WHERE ", " AND ");
    sql->scope = scope.outer;
}

void orm__sql_value(orm__sql *sql, const orm__select *select, const orm_expr *expr)
{
    const orm__scope scope = {select, sql->scope};
    sql->scope = &scope;
    add_expr(sql, expr);
    sql->scope = scope.outer;
}

orm_status orm__sql_select(orm__sql *sql, const orm__select *select, orm_error *error)
{
    const orm__scope scope = {select, sql->scope};
    sql->scope = &scope;
    add_body(sql, select, false);
    sql->scope = scope.outer;
    return orm__sql_finish(sql, select, error);
}

orm_status orm__sql_count(orm__sql *sql, const orm__select *select, orm_error *error)
{
    const orm__scope scope = {select, sql->scope};
    sql->scope = &scope;
    if (!select->distinct && !select->has_limit && !select->has_offset && select->item_count == 0) {
        orm__text_add(&sql->text, "SELECT count(*)");
        add_from(sql, select);
        add_exprs(sql, &select->conditions, " WHERE ", " AND ");
    } else { /* what LIMIT and DISTINCT leave is counted from outside */
        orm__text_add(&sql->text, "SELECT count(*) FROM (");
        add_body(sql, select, true);
        orm__text_add(&sql->text, ") AS \"counted\"");
    }
    sql->scope = scope.outer;
    return orm__sql_finish(sql, select, error);
}
