#include "sql/statement.h"
#include "base/error.h"

static const char *const operators[] = {
    [ORM_EQ] = " = ", [ORM_NE] = " <> ", [ORM_LT] = " < ", [ORM_LE] = " <= ", [ORM_GT] = " > ", [ORM_GE] = " >= "};

void orm__sql_free(orm__sql *sql)
{
    orm__text_free(&sql->text);
    orm__free(sql->binds);
    sql->binds = NULL;
    sql->count = sql->capacity = 0;
}

/* Qualified, because SQLite takes a bare quoted name that is no column for a text. */
static void add_column(orm__text *text, const orm__mapper *mapper, const orm__field *field)
{
    orm__quote(text, mapper->table);
    orm__text_char(text, '.');
    orm__quote(text, field->name);
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

static void add_bind(orm__sql *sql, orm_value value, orm_type type)
{
    sql->dialect->placeholder(&sql->text, bind(sql, value), type);
}

static void add_like(orm__sql *sql, const orm__mapper *mapper, const orm_expr *expr, const orm__field *field)
{
    orm__text left = {0}, right = {0};
    add_column(&left, mapper, field);
    sql->dialect->placeholder(&right, bind(sql, expr->values[0]), ORM_STRING);
    if (left.failed || right.failed) {
        sql->text.failed = true;
    } else {
        sql->dialect->like(&sql->text, left.at, right.at, expr->flag);
    }
    orm__text_free(&left);
    orm__text_free(&right);
}

static void add_in(orm__sql *sql, const orm__mapper *mapper, const orm_expr *expr, const orm__field *field)
{
    if (expr->count == 0) {
        /* No value is in an empty list and every row is outside of it, those with NULL too. */
        orm__text_add(&sql->text, expr->flag ? "1 = 1" : "0 = 1");
        return;
    }
    sql->changing = true;
    add_column(&sql->text, mapper, field);
    orm__text_add(&sql->text, expr->flag ? " NOT IN (" : " IN (");
    for (size_t i = 0; i < expr->count; i++) {
        orm__text_add(&sql->text, i > 0 ? ", " : "");
        add_bind(sql, expr->values[i], field->type);
    }
    orm__text_char(&sql->text, ')');
}

static void add_condition(orm__sql *sql, const orm__mapper *mapper, const orm_expr *expr)
{
    orm__text *text = &sql->text;
    const orm__field *field = expr->column != NULL ? orm__expr_field(mapper, expr->column) : NULL;
    switch (expr->kind) {
    case ORM__EXPR_COMPARE:
        add_column(text, mapper, field);
        orm__text_add(text, operators[expr->op]);
        add_bind(sql, expr->values[0], field->type);
        break;
    case ORM__EXPR_COLUMNS:
        add_column(text, mapper, field);
        orm__text_add(text, operators[expr->op]);
        add_column(text, mapper, orm__expr_field(mapper, expr->other));
        break;
    case ORM__EXPR_IN:
        add_in(sql, mapper, expr, field);
        break;
    case ORM__EXPR_LIKE:
        add_like(sql, mapper, expr, field);
        break;
    case ORM__EXPR_NULL:
        add_column(text, mapper, field);
        orm__text_add(text, expr->flag ? " IS NOT NULL" : " IS NULL");
        break;
    case ORM__EXPR_JUNCTION:
        if (expr->count == 0) {
            orm__text_add(text, "1 = 1"); /* adds no condition, whichever it is */
        }
        for (size_t i = 0; i < expr->count; i++) {
            orm__text_add(text, i == 0 ? "(" : expr->flag ? " AND " : " OR ");
            add_condition(sql, mapper, expr->children[i]);
        }
        orm__text_add(text, expr->count > 0 ? ")" : "");
        break;
    case ORM__EXPR_NOT:
        orm__text_add(text, "NOT (");
        add_condition(sql, mapper, expr->children[0]);
        orm__text_char(text, ')');
        break;
    case ORM__EXPR_BROKEN:
    case ORM__EXPR_ORDER:
        break; /* orm__expr_check keeps them out */
    }
}

static void add_where(orm__sql *sql, const orm__select *select)
{
    orm__text_add(&sql->text, " FROM ");
    orm__quote(&sql->text, select->mapper->table);
    for (size_t i = 0; i < select->condition_count; i++) {
        orm__text_add(&sql->text, i == 0 ? " WHERE " : " AND ");
        add_condition(sql, select->mapper, select->conditions[i]);
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

static void add_columns(orm__text *text, const orm__mapper *mapper)
{
    for (size_t i = 0; i < mapper->count; i++) {
        orm__text_add(text, i > 0 ? ", " : "");
        add_column(text, mapper, &mapper->fields[i]);
    }
}

static orm_status finished(const orm__sql *sql, const orm__mapper *mapper, orm_error *error)
{
    if (sql->text.failed) {
        return orm__nomem(error);
    }
    if (sql->count > sql->dialect->max_binds) {
        return orm__fail(error, ORM_ARGUMENT, "a query of \"%s\" has %zu values: %s takes at most %zu", mapper->table,
                         sql->count, sql->dialect->name, sql->dialect->max_binds);
    }
    return ORM_OK;
}

orm_status orm__sql_select(orm__sql *sql, const orm__select *select, orm_error *error)
{
    orm__text_add(&sql->text, select->distinct ? "SELECT DISTINCT " : "SELECT ");
    add_columns(&sql->text, select->mapper);
    add_where(sql, select);
    for (size_t i = 0; i < select->order_count; i++) {
        const orm_expr *term = select->order[i];
        orm__text_add(&sql->text, i == 0 ? " ORDER BY " : ", ");
        add_column(&sql->text, select->mapper, orm__expr_field(select->mapper, term->column));
        orm__text_add(&sql->text, term->flag ? " DESC" : "");
    }
    add_limit(sql, select);
    return finished(sql, select->mapper, error);
}

orm_status orm__sql_count(orm__sql *sql, const orm__select *select, orm_error *error)
{
    if (!select->distinct && !select->has_limit && !select->has_offset) {
        orm__text_add(&sql->text, "SELECT count(*)");
        add_where(sql, select);
        return finished(sql, select->mapper, error);
    }
    /* What LIMIT and DISTINCT leave is counted from outside; the order of what is counted does not matter. */
    orm__text_add(&sql->text,
                  select->distinct ? "SELECT count(*) FROM (SELECT DISTINCT " : "SELECT count(*) FROM (SELECT ");
    add_columns(&sql->text, select->mapper);
    add_where(sql, select);
    add_limit(sql, select);
    orm__text_add(&sql->text, ") AS \"counted\"");
    return finished(sql, select->mapper, error);
}

static void add_key(orm__text *text, const orm__dialect *dialect, const orm__mapper *mapper, size_t binds_before)
{
    for (size_t i = 0; i < mapper->key_count; i++) {
        const orm__field *field = &mapper->fields[mapper->key[i]];
        orm__text_add(text, i == 0 ? " WHERE " : " AND ");
        add_column(text, mapper, field);
        orm__text_add(text, " = ");
        dialect->placeholder(text, binds_before + i + 1, field->type);
    }
}

void orm__sql_get(orm__text *text, const orm__dialect *dialect, const orm__mapper *mapper)
{
    orm__text_add(text, "SELECT ");
    add_columns(text, mapper);
    orm__text_add(text, " FROM ");
    orm__quote(text, mapper->table);
    add_key(text, dialect, mapper, 0);
}

void orm__sql_insert(orm__text *text, const orm__dialect *dialect, const orm__mapper *mapper, const size_t *fields,
                     size_t count, const size_t *returning, size_t returning_count)
{
    orm__text_add(text, "INSERT INTO ");
    orm__quote(text, mapper->table);
    orm__text_char(text, ' ');
    if (count == 0) {
        orm__text_add(text, dialect->empty_insert);
    } else {
        for (size_t i = 0; i < count; i++) {
            orm__text_add(text, i == 0 ? "(" : ", ");
            orm__quote(text, mapper->fields[fields[i]].name);
        }
        for (size_t i = 0; i < count; i++) {
            orm__text_add(text, i == 0 ? ") VALUES (" : ", ");
            dialect->placeholder(text, i + 1, mapper->fields[fields[i]].type);
        }
        orm__text_char(text, ')');
    }
    for (size_t i = 0; i < returning_count; i++) {
        orm__text_add(text, i == 0 ? " RETURNING " : ", ");
        orm__quote(text, mapper->fields[returning[i]].name);
    }
}

void orm__sql_update(orm__text *text, const orm__dialect *dialect, const orm__mapper *mapper, const size_t *fields,
                     size_t count)
{
    orm__text_add(text, "UPDATE ");
    orm__quote(text, mapper->table);
    for (size_t i = 0; i < count; i++) {
        orm__text_add(text, i == 0 ? " SET " : ", ");
        orm__quote(text, mapper->fields[fields[i]].name);
        orm__text_add(text, " = ");
        dialect->placeholder(text, i + 1, mapper->fields[fields[i]].type);
    }
    add_key(text, dialect, mapper, count);
}

void orm__sql_delete(orm__text *text, const orm__dialect *dialect, const orm__mapper *mapper)
{
    orm__text_add(text, "DELETE FROM ");
    orm__quote(text, mapper->table);
    add_key(text, dialect, mapper, 0);
}
