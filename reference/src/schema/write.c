/* Statements about tables, from their shapes. */
#include "schema/shape.h"

static const char *const actions[] = {
    [ORM_NO_ACTION] = NULL,      [ORM_RESTRICT] = "RESTRICT",       [ORM_CASCADE] = "CASCADE",
    [ORM_SET_NULL] = "SET NULL", [ORM_SET_DEFAULT] = "SET DEFAULT",
};

void orm__ddl_names(orm__text *out, const char *const *columns, size_t count)
{
    orm__text_char(out, '(');
    for (size_t i = 0; i < count; i++) {
        if (i > 0) orm__text_add(out, ", ");
        orm__quote(out, columns[i]);
    }
    orm__text_char(out, ')');
}

void orm__ddl_type(orm__text *out, const orm__dialect *dialect, const orm__shape_column *column)
{
    if (column->type.type == ORM_NULL)
        orm__text_add(out, column->type.text); /* what the other database calls it nobody knows */
    else
        dialect->type_name(out, column->type.type, column->type.length, column->generated);
}

const char *orm__ddl_default(const orm__dialect *dialect, const orm__shape_column *column)
{
    bool rewrites = dialect->catalog->defaults != NULL;
    return column->elsewhere != NULL && !rewrites ? column->elsewhere : column->default_;
}

void orm__ddl_column(orm__text *out, const orm__dialect *dialect, const orm__shape_column *column)
{
    orm__quote(out, column->name);
    orm__text_char(out, ' ');
    orm__ddl_type(out, dialect, column);
    /* in parentheses any expression will do, on both databases */
    if (column->default_ != NULL) orm__text_format(out, " DEFAULT (%s)", orm__ddl_default(dialect, column));
    if (!column->nullable) orm__text_add(out, " NOT NULL");
}

void orm__ddl_set_name(orm__text *out, enum orm__named named, const orm__shape_table *table, const orm__shape_set *set)
{
    orm__text name = { 0 };
    if (set->name != NULL) {
        orm__quote(out, set->name);
        return;
    }
    orm__conventional_name(&name, named, table->name, set->columns, set->count);
    if (name.failed)
        out->failed = true;
    else
        orm__quote(out, name.at);
    orm__text_free(&name);
}

void orm__ddl_primary_key(orm__text *out, const orm__shape_table *table)
{
    orm__text_add(out, "CONSTRAINT ");
    const orm__shape_set set = { .name = table->key_name };
    orm__ddl_set_name(out, ORM__NAME_OF_KEY, table, &set);
    orm__text_add(out, " PRIMARY KEY ");
    orm__ddl_names(out, table->key, table->key_count);
}

void orm__ddl_unique(orm__text *out, const orm__shape_table *table, const orm__shape_set *set)
{
    orm__text_add(out, "CONSTRAINT ");
    orm__ddl_set_name(out, ORM__NAME_OF_UNIQUE, table, set);
    orm__text_add(out, " UNIQUE ");
    orm__ddl_names(out, set->columns, set->count);
}

void orm__ddl_references(orm__text *out, const orm__shape_set *set)
{
    orm__text_add(out, "REFERENCES ");
    orm__quote(out, set->target);
    orm__text_char(out, ' ');
    orm__ddl_names(out, set->to, set->count);
    if (actions[set->on_delete] != NULL) orm__text_format(out, " ON DELETE %s", actions[set->on_delete]);
    if (actions[set->on_update] != NULL) orm__text_format(out, " ON UPDATE %s", actions[set->on_update]);
}

void orm__ddl_foreign_key(orm__text *out, const orm__shape_table *table, const orm__shape_set *set)
{
    orm__text_add(out, "CONSTRAINT ");
    orm__ddl_set_name(out, ORM__NAME_OF_FOREIGN_KEY, table, set);
    orm__text_add(out, " FOREIGN KEY ");
    orm__ddl_names(out, set->columns, set->count);
    orm__text_char(out, ' ');
    orm__ddl_references(out, set);
}

void orm__ddl_create_table(orm__text *out, const orm__dialect *dialect, const orm__shape_table *table,
                           orm__later_fn *later, void *context)
{
    orm__text_add(out, "CREATE TABLE ");
    orm__quote(out, table->name);
    orm__text_add(out, " (");
    for (size_t i = 0; i < table->count; i++) {
        orm__text_add(out, i > 0 ? ",\n    " : "\n    ");
        orm__ddl_column(out, dialect, &table->columns[i]);
    }
    if (table->key_count > 0) {
        orm__text_add(out, ",\n    ");
        orm__ddl_primary_key(out, table);
    }
    for (size_t i = 0; i < table->uniques.count; i++) {
        orm__text_add(out, ",\n    ");
        orm__ddl_unique(out, table, &table->uniques.at[i]);
    }
    for (size_t i = 0; i < table->keys.count; i++) {
        if (later != NULL && later(context, table, &table->keys.at[i])) continue;
        orm__text_add(out, ",\n    ");
        orm__ddl_foreign_key(out, table, &table->keys.at[i]);
    }
    orm__text_add(out, "\n)");
}

void orm__ddl_create_index(orm__text *out, const orm__shape_table *table, const orm__shape_set *set)
{
    orm__text_add(out, set->unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ");
    orm__ddl_set_name(out, ORM__NAME_OF_INDEX, table, set);
    orm__text_add(out, " ON ");
    orm__quote(out, table->name);
    orm__text_char(out, ' ');
    orm__ddl_names(out, set->columns, set->count);
}

void orm__ddl_add_foreign_key(orm__text *out, const orm__shape_table *table, const orm__shape_set *set)
{
    orm__text_add(out, "ALTER TABLE ");
    orm__quote(out, table->name);
    orm__text_add(out, " ADD ");
    orm__ddl_foreign_key(out, table, set);
}
