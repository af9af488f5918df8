#include "database/table.h"

#include <string.h>

static const char *const type_names[COLUMN_TYPES] = {
    [COLUMN_UNKNOWN] = "other",     [COLUMN_INTEGER] = "integer", [COLUMN_STRING] = "string",
    [COLUMN_TEXT] = "text",         [COLUMN_BOOLEAN] = "boolean", [COLUMN_FLOAT] = "float",
    [COLUMN_DATETIME] = "datetime", [COLUMN_DATE] = "date",       [COLUMN_JSON] = "json",
};

const char *column_type_name(enum column_type type)
{
    return type_names[type];
}

static const char *get_text(const json_t *map, const char *key, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(map, key));
    return text != NULL ? text : otherwise;
}

static bool get_flag(const json_t *map, const char *key, bool otherwise)
{
    const json_t *flag = json_object_get(map, key);
    return json_is_boolean(flag) ? json_is_true(flag) : otherwise;
}

static struct column read_column(struct arena *arena, const json_t *json, bool key_is_single)
{
    const char *type = get_text(json, "type", "other");
    struct column column = {
        .name = get_text(json, "column", get_text(json, "name", "")),
        .length = json_integer_value(json_object_get(json, "length")),
        .primary_key = get_flag(json, "primary_key", false),
        .unique = get_flag(json, "unique", false),
        .index = get_flag(json, "index", false),
        .server_default = get_text(json, "server_default", NULL),
        .on_delete = get_text(json, "on_delete", "no action"),
        .on_update = get_text(json, "on_update", "no action"),
    };
    for (int i = 0; i < COLUMN_TYPES; i++) {
        if (strcmp(type_names[i], type) == 0) {
            column.type = (enum column_type)i;
        }
    }
    const char *target = get_text(json, "foreign_key", NULL), *dot = target == NULL ? NULL : strrchr(target, '.');
    if (dot != NULL) {
        column.table = arena_copy_bytes(arena, target, (size_t)(dot - target));
        column.to = dot + 1;
    }
    column.nullable = !column.primary_key && get_flag(json, "nullable", true);
    column.generated = column.primary_key && key_is_single && column.type == COLUMN_INTEGER && column.table == NULL &&
                       get_flag(json, "autoincrement", true);
    return column;
}

/* Members of a model by their names in the database; names that are none stay as they are. */
static const char **read_names(struct arena *arena, const json_t *model, const json_t *list)
{
    const char **names = arena_array(arena, json_array_size(list) + 1, sizeof *names);
    for (size_t i = 0; i < json_array_size(list); i++) {
        names[i] = json_string_value(json_array_get(list, i));
        const json_t *column = spec_find_column(model, names[i]);
        names[i] = column != NULL ? spec_stored_name(column) : names[i];
    }
    return names;
}

static const char ***read_uniques(struct arena *arena, const json_t *model)
{
    const json_t *lists = json_object_get(model, "unique");
    const char ***uniques = arena_array(arena, json_array_size(lists) + 1, sizeof *uniques);
    for (size_t i = 0; i < json_array_size(lists); i++) {
        uniques[i] = read_names(arena, model, json_array_get(lists, i));
    }
    return uniques;
}

static void read_foreign_keys(struct arena *arena, const json_t *model, struct table *table)
{
    const json_t *keys = json_object_get(model, "foreign_keys");
    table->foreign_key_count = json_array_size(keys);
    table->foreign_keys = arena_array(arena, table->foreign_key_count, sizeof *table->foreign_keys);
    for (size_t i = 0; i < table->foreign_key_count; i++) {
        const json_t *key = json_array_get(keys, i);
        table->foreign_keys[i] = (struct foreign_key){
            .columns = read_names(arena, model, json_object_get(key, "columns")),
            .table = get_text(key, "table", ""),
            .to = read_names(arena, NULL, json_object_get(key, "to")),
            .on_delete = get_text(key, "on_delete", "no action"),
            .on_update = get_text(key, "on_update", "no action"),
        };
    }
}

static struct table read_table(struct arena *arena, const json_t *json, const char *name)
{
    const json_t *columns = json_object_get(json, "columns");
    size_t count = json_array_size(columns), keys = 0;
    for (size_t i = 0; i < count; i++) {
        keys += get_flag(json_array_get(columns, i), "primary_key", false);
    }
    struct table table = {
        .name = name, .column_count = count, .columns = arena_array(arena, count, sizeof *table.columns)};
    for (size_t i = 0; i < count; i++) {
        table.columns[i] = read_column(arena, json_array_get(columns, i), keys == 1);
    }
    table.uniques = read_uniques(arena, json);
    read_foreign_keys(arena, json, &table);
    return table;
}

static bool refers(const struct table *from, const struct table *to)
{
    for (size_t i = 0; i < from->column_count; i++) {
        if (from != to && from->columns[i].table != NULL && strcmp(from->columns[i].table, to->name) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < from->foreign_key_count; i++) {
        if (from != to && strcmp(from->foreign_keys[i].table, to->name) == 0) {
            return true;
        }
    }
    return false;
}

/* Those that refer to nothing that is still to come go first; in a cycle the order of the schema stays. */
static void put_in_order(struct tables *tables)
{
    for (size_t done = 0; done < tables->count; done++) {
        size_t chosen = done;
        for (size_t i = done; i < tables->count; i++) {
            bool free = true;
            for (size_t j = done; j < tables->count && free; j++) {
                free = !refers(&tables->items[i], &tables->items[j]);
            }
            if (free) {
                chosen = i;
                break;
            }
        }
        struct table table = tables->items[chosen];
        memmove(&tables->items[done + 1], &tables->items[done], (chosen - done) * sizeof table);
        tables->items[done] = table;
    }
}

struct tables tables_read(struct arena *arena, const json_t *schema, const json_t *names)
{
    const json_t *models = json_object_get(schema, "models"), *plain = json_object_get(schema, "tables");
    struct tables tables = {
        .items = arena_array(arena, json_array_size(models) + json_array_size(plain) + 1, sizeof *tables.items)};
    for (size_t i = 0; i < json_array_size(models); i++) {
        const json_t *model = json_array_get(models, i);
        const char *answered = json_string_value(json_object_get(names, get_text(model, "name", "")));
        const char *name = get_text(model, "table", answered == NULL ? NULL : arena_copy(arena, answered));
        if (name != NULL) {
            tables.items[tables.count++] = read_table(arena, model, name);
        }
    }
    for (size_t i = 0; i < json_array_size(plain); i++) {
        const json_t *table = json_array_get(plain, i);
        tables.items[tables.count++] = read_table(arena, table, get_text(table, "name", ""));
    }
    put_in_order(&tables);
    return tables;
}

const struct table *tables_find(const struct tables *tables, const char *name)
{
    for (size_t i = 0; i < tables->count; i++) {
        if (strcmp(tables->items[i].name, name) == 0) {
            return &tables->items[i];
        }
    }
    return NULL;
}

const struct column *table_find(const struct table *table, const char *column)
{
    for (size_t i = 0; table != NULL && i < table->column_count; i++) {
        if (strcmp(table->columns[i].name, column) == 0) {
            return &table->columns[i];
        }
    }
    return NULL;
}
