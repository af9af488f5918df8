/* fixtures/rows: what lies in the tables when a case begins. */
#include "base/memory.h"
#include "base/path.h"
#include "spec/load.h"

#include <stdlib.h>
#include <string.h>

const struct spec_rows *load_find_rows(const struct spec *spec, const struct spec_schema *schema, const char *name)
{
    for (size_t i = 0; i < spec->row_count; i++) {
        if (spec->rows[i].schema == schema && strcmp(spec->rows[i].name, name) == 0) {
            return &spec->rows[i];
        }
    }
    return NULL;
}

static bool is_true(const json_t *column, const char *key)
{
    return json_is_true(json_object_get(column, key));
}

static bool may_be_null(const json_t *column)
{
    return !is_true(column, "primary_key") && !json_is_false(json_object_get(column, "nullable"));
}

/* A key that the database generates when it is not given. */
static bool is_generated(const json_t *table, const json_t *column)
{
    size_t i, keys = 0;
    json_t *other;
    json_array_foreach(json_object_get(table, "columns"), i, other)
    {
        keys += is_true(other, "primary_key");
    }
    return keys == 1 && is_true(column, "primary_key") &&
           strcmp(json_string_value(json_object_get(column, "type")), "integer") == 0 &&
           !json_is_false(json_object_get(column, "autoincrement"));
}

static void check_missing(struct loader *loader, const struct yaml *header, const char *name, const json_t *table)
{
    size_t i;
    json_t *column;
    json_array_foreach(json_object_get(table, "columns"), i, column)
    {
        bool given = false;
        for (size_t j = 0; j < header->count && !given; j++) {
            given = strcmp(header->items[j]->text, spec_stored_name(column)) == 0;
        }
        if (!given && !may_be_null(column) && !is_generated(table, column) &&
            json_object_get(column, "server_default") == NULL) {
            load_refuse(loader, &header->place, "rows of `%s` need the column `%s`, which is not nullable", name,
                        spec_stored_name(column));
        }
    }
}

static void check_cell(struct loader *loader, const struct yaml *cell, const json_t *column)
{
    json_t *value = load_value(loader, cell, LOAD_FIXTURE);
    const char *type = json_string_value(json_object_get(column, "type"));
    if (cell->kind == YAML_NULL) {
        if (!may_be_null(column)) {
            load_refuse(loader, &cell->place, "the column `%s` is not nullable", spec_stored_name(column));
        }
    } else {
        const char *misfit = load_misfit(type, value);
        if (misfit != NULL) {
            load_refuse(loader, &cell->place, "the column `%s` is of the type %s: its value must be %s",
                        spec_stored_name(column), type, misfit);
        }
    }
    json_decref(value);
}

static void check_table(struct loader *loader, const struct yaml *lines, const char *name, const json_t *table)
{
    const struct yaml *header = lines->kind == YAML_LIST && lines->count > 0 ? lines->items[0] : NULL;
    if (header == NULL || header->kind != YAML_LIST || header->count == 0) {
        load_refuse(loader, &lines->place, "the rows of `%s` must be a list that begins with the column names", name);
        return;
    }
    const json_t **columns = memory_array(header->count, sizeof *columns);
    for (size_t i = 0; i < header->count; i++) {
        const struct yaml *cell = header->items[i];
        columns[i] = cell->kind == YAML_TEXT ? spec_find_stored(table, cell->text) : NULL;
        if (columns[i] == NULL) {
            load_refuse(loader, &cell->place, "the table `%s` has no column `%s`", name, cell->text);
        }
        for (size_t j = 0; j < i; j++) {
            if (columns[i] != NULL && columns[j] == columns[i]) {
                load_refuse(loader, &cell->place, "the column `%s` is twice in the header", cell->text);
            }
        }
    }
    check_missing(loader, header, name, table);
    for (size_t i = 1; i < lines->count; i++) {
        const struct yaml *row = lines->items[i];
        if (row->kind != YAML_LIST || row->count != header->count) {
            load_refuse(loader, &row->place, "a row of `%s` must be a list of %zu values, like the column names", name,
                        header->count);
            continue;
        }
        for (size_t j = 0; j < row->count; j++) {
            if (columns[j] != NULL) {
                check_cell(loader, row->items[j], columns[j]);
            }
        }
    }
    free(columns);
}

static void load_file(struct loader *loader, const char *path, const char *shown, struct spec_rows *rows)
{
    const struct yaml *root = load_yaml(loader, path, shown);
    if (root == NULL) {
        return;
    }
    if (root->kind != YAML_MAP || root->count == 0) {
        load_refuse(loader, &root->place, "rows must be a map of tables, not %s", yaml_kind_name(root));
        return;
    }
    for (size_t i = 0; i < root->count && rows->schema->json != NULL; i++) {
        const char *name = root->keys[i]->text;
        const json_t *table = json_object_get(rows->schema->tables, name);
        if (table == NULL) {
            load_refuse(loader, &root->keys[i]->place, "the schema `%s` has no table `%s`", rows->schema->name, name);
        } else {
            check_table(loader, root->items[i], name, table);
        }
    }
    rows->json = load_keep(loader, load_value(loader, root, LOAD_FIXTURE));
}

static struct spec_rows *add_rows(struct loader *loader, const struct spec_schema *schema, const char *file,
                                  const char *shown)
{
    struct spec *spec = loader->spec;
    struct spec_rows *grown = arena_array(loader->arena, spec->row_count + 1, sizeof *grown);
    if (spec->row_count != 0) {
        memcpy(grown, spec->rows, spec->row_count * sizeof *grown);
    }
    spec->rows = grown;
    struct spec_rows *rows = &spec->rows[spec->row_count++];
    rows->name = arena_copy_bytes(loader->arena, file, strlen(file) - strlen(".yaml"));
    rows->schema = schema;
    rows->place = (struct spec_place){arena_copy(loader->arena, shown), 1, 1};
    return rows;
}

static void load_folder(struct loader *loader, const char *folder, const char *shown, const char *schema_name)
{
    const struct spec_schema *schema = spec_find_schema(loader->spec, schema_name);
    if (schema == NULL) {
        struct spec_place place = {arena_copy(loader->arena, shown), 1, 1};
        load_refuse(loader, &place, "rows for a schema that is not there: `%s`", schema_name);
        return;
    }
    char **names = path_list(folder);
    for (char **name = names; name != NULL && *name != NULL; name++) {
        char *path = path_join(folder, *name), *display = path_join(shown, *name);
        if (load_is_yaml(loader, display)) {
            load_file(loader, path, display, add_rows(loader, schema, *name, display));
        }
        free(display);
        free(path);
    }
    path_list_free(names);
}

void load_rows(struct loader *loader)
{
    char *folder = path_join(loader->root, "fixtures/rows");
    char **names = path_list(folder);
    for (char **name = names; name != NULL && *name != NULL; name++) {
        char *path = path_join(folder, *name), *shown = path_join("fixtures/rows", *name);
        if (path_is_folder(path)) {
            load_folder(loader, path, shown, *name);
        } else if (load_is_yaml(loader, shown)) {
            struct spec_place place = {arena_copy(loader->arena, shown), 1, 1};
            load_refuse(loader, &place, "rows lie in a folder named for their schema: fixtures/rows/SCHEMA/%s", *name);
        }
        free(shown);
        free(path);
    }
    path_list_free(names);
    free(folder);
}
