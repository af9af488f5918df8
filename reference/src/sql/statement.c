/* Statements about one model's rows. */
#include "sql/statement.h"

/* Qualified, because SQLite takes a bare quoted name that is no column for a text. */
static void add_column(orm__text *text, const orm__mapper *mapper, const orm__field *field)
{
    orm__quote(text, mapper->table);
    orm__text_char(text, '.');
    orm__quote(text, field->name);
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
    for (size_t i = 0; i < mapper->count; i++) {
        orm__text_add(text, i > 0 ? ", " : "");
        add_column(text, mapper, &mapper->fields[i]);
    }
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

/* The row as it was read, and no later one. */
static void add_version(orm__text *text, const orm__dialect *dialect, const orm__mapper *mapper, size_t count)
{
    if (mapper->has_version) {
        orm__text_add(text, " AND ");
        orm__quote(text, mapper->fields[mapper->version].name);
        orm__text_add(text, " = ");
        dialect->placeholder(text, count + mapper->key_count + 1, ORM_INTEGER);
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
    add_version(text, dialect, mapper, count);
}

void orm__sql_delete(orm__text *text, const orm__dialect *dialect, const orm__mapper *mapper)
{
    orm__text_add(text, "DELETE FROM ");
    orm__quote(text, mapper->table);
    add_key(text, dialect, mapper, 0);
    add_version(text, dialect, mapper, 0);
}
