/* SELECT as text. */
#include "sql/render.h"
#include "base/error.h"
#include <string.h>

void orm__sql_free(orm__sql *sql)
{
    orm__text_free(&sql->text);
    orm__free(sql->binds);
    sql->binds = NULL;
    sql->count = sql->capacity = 0;
}

static void add_exprs(orm__sql *sql, const orm__exprs *list, const char *before, const char *between)
{
    for (size_t i = 0; i < list->count; i++) {
        orm__text_add(&sql->text, i == 0 ? before : between);
        orm__render_expr(sql, list->at[i]);
    }
}

/* ---- Clauses
 * ------------------------------------------------------------------------------------------------------------ */

static void add_name(orm__sql *sql, const char *name)
{
    orm__text_add(&sql->text, " AS ");
    orm__quote(&sql->text, name);
}

static void add_entity(orm__sql *sql, const orm__source *source, bool named)
{
    const char *between = "";
    for (size_t i = 0; i < source->mapper->count; i++) {
        if (source->deferred == NULL || !source->deferred[i]) {
            orm__text_add(&sql->text, between);
            orm__render_column(sql, source, source->mapper->fields[i].name);
            if (named) {
                add_name(sql, source->mapper->fields[i].name);
            }
            between = ", ";
        }
    }
}

static void add_items(orm__sql *sql, const orm__select *select, bool named)
{
    char buffer[32];
    if (select->item_count == 0) {
        add_entity(sql, &select->sources[0], named);
    }
    for (size_t i = 0; i < select->item_count; i++) {
        orm__text_add(&sql->text, i > 0 ? ", " : "");
        if (select->items[i].expr == NULL) {
            add_entity(sql, &select->sources[select->items[i].source], named);
            continue;
        }
        orm__render_expr(sql, select->items[i].expr);
        if (named) {
            add_name(sql, orm__select_label(select, i, buffer));
        }
    }
}

static void add_source(orm__sql *sql, const orm__source *source)
{
    if (source->derived == NULL) {
        orm__quote(&sql->text, source->mapper->table);
        if (source->alias != NULL) {
            add_name(sql, source->alias);
        }
        return;
    }
    orm__text_char(&sql->text, '(');
    orm__render_query(sql, source->derived, true);
    orm__text_char(&sql->text, ')');
    add_name(sql, orm__source_name(source));
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
        orm__render_expr(sql, source->on);
    }
}

static void add_limit(orm__sql *sql, const orm__select *select)
{
    if (!select->has_limit && !select->has_offset) {
        return;
    }
    size_t limit = select->has_limit ? orm__render_bind(sql, orm_int(select->limit)) : 0;
    size_t offset = select->has_offset ? orm__render_bind(sql, orm_int(select->offset)) : 0;
    sql->dialect->limit(&sql->text, select->has_limit, limit, select->has_offset, offset);
}

/* A part of a combination: SQLite takes neither parentheses nor an order or limit there, but all of it in a table. */
static void add_part(orm__sql *sql, const orm__select *part)
{
    const bool wrapped = part->order.count > 0 || part->has_limit || part->has_offset || part->raw != NULL;
    orm__text_add(&sql->text, wrapped ? "SELECT * FROM (" : "");
    orm__render_query(sql, part, true);
    orm__text_add(&sql->text, wrapped ? ") AS \"part\"" : "");
}

static void add_combination(orm__sql *sql, const orm__select *select)
{
    static const char *const words[] = {[ORM_UNION] = " UNION ",
                                        [ORM_UNION_ALL] = " UNION ALL ",
                                        [ORM_INTERSECT] = " INTERSECT ",
                                        [ORM_EXCEPT] = " EXCEPT "};
    add_part(sql, select->left);
    orm__text_add(&sql->text, words[select->combination]);
    add_part(sql, select->right);
}

enum form { WHOLE, NAMED, COUNTED }; /* the order of what is only counted does not matter */

static void add_select(orm__sql *sql, const orm__select *select, enum form form)
{
    if (select->left != NULL) {
        add_combination(sql, select);
        return;
    }
    if (select->raw != NULL) {
        orm__render_raw(sql, select->raw);
        return;
    }
    const orm__scope scope = {select, sql->scope};
    sql->scope = &scope;
    orm__text_add(&sql->text, select->distinct ? "SELECT DISTINCT " : "SELECT ");
    add_items(sql, select, form == NAMED);
    add_from(sql, select);
    add_exprs(sql, &select->conditions, " WHERE ", " AND ");
    add_exprs(sql, &select->groups, " GROUP BY ", ", ");
    add_exprs(sql, &select->having, " HAVING ", " AND ");
    if (form != COUNTED) {
        add_exprs(sql, &select->order, " ORDER BY ", ", ");
    }
    add_limit(sql, select);
    if (select->for_update && form == WHOLE) {
        orm__text_add(&sql->text, sql->dialect->for_update);
    }
    sql->scope = scope.outer;
}

void orm__render_query(orm__sql *sql, const orm__select *select, bool named)
{
    add_select(sql, select, named ? NAMED : WHOLE);
}

/* ---- Statements
 * --------------------------------------------------------------------------------------------------------- */

orm_status orm__sql_finish(const orm__sql *sql, const orm__select *select, orm_error *error)
{
    if (sql->fault.status != ORM_OK) {
        return orm__fail(error, sql->fault.status, "%s", sql->fault.message);
    }
    if (sql->text.failed) {
        return orm__nomem(error);
    }
    if (sql->count > sql->dialect->max_binds) {
        return orm__fail(error, ORM_ARGUMENT, "a query%s%s%s has %zu values: %s takes at most %zu",
                         select != NULL ? " of \"" : "", select != NULL ? orm__source_name(&select->sources[0]) : "",
                         select != NULL ? "\"" : "", sql->count, sql->dialect->name, sql->dialect->max_binds);
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
    orm__render_expr(sql, expr);
    sql->scope = scope.outer;
}

orm_status orm__sql_select(orm__sql *sql, const orm__select *select, orm_error *error)
{
    add_select(sql, select, WHOLE);
    return orm__sql_finish(sql, select, error);
}

orm_status orm__sql_count(orm__sql *sql, const orm__select *select, orm_error *error)
{
    const bool plain = !select->distinct && !select->has_limit && !select->has_offset && select->item_count == 0 &&
                       select->groups.count == 0 && select->having.count == 0 && select->raw == NULL;
    if (plain) {
        const orm__scope scope = {select, sql->scope};
        sql->scope = &scope;
        orm__text_add(&sql->text, "SELECT count(*)");
        add_from(sql, select);
        add_exprs(sql, &select->conditions, " WHERE ", " AND ");
        sql->scope = scope.outer;
    } else { /* what LIMIT, DISTINCT and GROUP BY leave is counted from outside */
        orm__text_add(&sql->text, "SELECT count(*) FROM (");
        add_select(sql, select, COUNTED);
        orm__text_add(&sql->text, ") AS \"counted\"");
    }
    return orm__sql_finish(sql, select, error);
}

orm_status orm__sql_exists(orm__sql *sql, const orm__select *select, orm_error *error)
{
    orm__text_add(&sql->text, "SELECT EXISTS (");
    add_select(sql, select, COUNTED);
    orm__text_char(&sql->text, ')');
    return orm__sql_finish(sql, select, error);
}

orm_status orm__sql_pieces(orm__sql *sql, const orm__pieces *pieces, orm_error *error)
{
    const char *piece = pieces->text.at;
    orm__text_add(&sql->text, piece);
    for (size_t i = 0; i < pieces->count; i++) {
        sql->dialect->placeholder(&sql->text, orm__render_bind(sql, pieces->values[i]), pieces->values[i].type);
        piece += strlen(piece) + 1;
        orm__text_add(&sql->text, piece);
    }
    return orm__sql_finish(sql, NULL, error);
}
