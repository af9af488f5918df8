/* Statements about many rows: all of a query, or all that are given. */
#include "sql/statement.h"

static void add_names(orm__text *text, const orm__mapper *mapper, const size_t *fields, size_t count, const char *before)
{
    for (size_t i = 0; i < count; i++) {
        orm__text_add(text, i == 0 ? before : ", ");
        orm__quote(text, mapper->fields[fields[i]].name);
    }
}

orm_status orm__sql_update_all(orm__sql *sql, const orm__select *select, const orm__assigned *assigned, size_t count,
                               const size_t *returning, size_t returning_count, orm_error *error)
{
    const orm__mapper *mapper = select->sources[0].mapper;
    orm__text_add(&sql->text, "UPDATE ");
    orm__quote(&sql->text, mapper->table);
    for (size_t i = 0; i < count; i++) {
        orm__text_add(&sql->text, i == 0 ? " SET " : ", ");
        orm__quote(&sql->text, mapper->fields[assigned[i].field].name);
        orm__text_add(&sql->text, " = ");
        orm__sql_value(sql, select, assigned[i].value);
    }
    orm__sql_where(sql, select);
    add_names(&sql->text, mapper, returning, returning_count, " RETURNING ");
    return orm__sql_finish(sql, select, error);
}

orm_status orm__sql_delete_all(orm__sql *sql, const orm__select *select, const size_t *returning,
                               size_t returning_count, orm_error *error)
{
    orm__text_add(&sql->text, "DELETE FROM ");
    orm__quote(&sql->text, select->sources[0].mapper->table);
    orm__sql_where(sql, select);
    add_names(&sql->text, select->sources[0].mapper, returning, returning_count, " RETURNING ");
    return orm__sql_finish(sql, select, error);
}

void orm__sql_copy(orm__text *text, const orm__mapper *mapper, const size_t *fields, size_t count)
{
    orm__text_add(text, "COPY ");
    orm__quote(text, mapper->table);
    add_names(text, mapper, fields, count, " (");
    orm__text_add(text, ") FROM STDIN");
}

/* unnest($1::bigint[], $2::text[]), one column for each array. */
static void add_arrays(orm__text *text, const orm__dialect *dialect, const orm__mapper *mapper, const size_t *fields,
                       size_t count)
{
    orm__text_add(text, "unnest(");
    for (size_t i = 0; i < count; i++) {
        orm__text_add(text, i > 0 ? ", " : "");
        dialect->array(text, i + 1, mapper->fields[fields[i]].type);
    }
    orm__text_char(text, ')');
}

/* The names of what `unnest` gives: a column might be called like the place of a row. */
static void add_places(orm__text *text, size_t count, const char *before, const char *prefix)
{
    for (size_t i = 0; i < count; i++) {
        orm__text_format(text, "%s%sc%zu", i == 0 ? before : ", ", prefix, i);
    }
}

void orm__sql_insert_arrays(orm__text *text, const orm__dialect *dialect, const orm__mapper *mapper,
                            const size_t *fields, size_t count, const size_t *returning, size_t returning_count)
{
    orm__text_add(text, "INSERT INTO ");
    orm__quote(text, mapper->table);
    add_names(text, mapper, fields, count, " (");
    orm__text_add(text, ")");
    add_places(text, count, " SELECT ", "r.");
    orm__text_add(text, " FROM ");
    add_arrays(text, dialect, mapper, fields, count);
    orm__text_add(text, " WITH ORDINALITY AS r");
    add_places(text, count, "(", "");
    orm__text_add(text, ", place) ORDER BY r.place");
    add_names(text, mapper, returning, returning_count, " RETURNING ");
}

void orm__sql_update_row(orm__text *text, const orm__dialect *dialect, const orm__mapper *mapper, const size_t *fields,
                         size_t set_count, size_t count)
{
    orm__text_add(text, "UPDATE ");
    orm__quote(text, mapper->table);
    for (size_t i = 0; i < count; i++) {
        orm__text_add(text, i == 0 ? " SET " : i < set_count ? ", " : i == set_count ? " WHERE " : " AND ");
        orm__quote(text, mapper->fields[fields[i]].name);
        orm__text_add(text, " = ");
        dialect->placeholder(text, i + 1, mapper->fields[fields[i]].type);
    }
}

void orm__sql_update_arrays(orm__text *text, const orm__dialect *dialect, const orm__mapper *mapper,
                            const size_t *fields, size_t set_count, size_t count)
{
    orm__text_add(text, "UPDATE ");
    orm__quote(text, mapper->table);
    for (size_t i = 0; i < set_count; i++) {
        orm__text_add(text, i == 0 ? " SET " : ", ");
        orm__quote(text, mapper->fields[fields[i]].name);
        orm__text_format(text, " = r.c%zu", i);
    }
    orm__text_add(text, " FROM ");
    add_arrays(text, dialect, mapper, fields, count);
    orm__text_add(text, " AS r");
    add_places(text, count, "(", "");
    orm__text_add(text, ")");
    for (size_t i = set_count; i < count; i++) {
        orm__text_add(text, i == set_count ? " WHERE " : " AND ");
        orm__quote(text, mapper->table);
        orm__text_char(text, '.');
        orm__quote(text, mapper->fields[fields[i]].name);
        orm__text_format(text, " = r.c%zu", i);
    }
}
