/* The closed lists and the schemas of the book. */
#include "base/memory.h"
#include "base/path.h"
#include "report/book.h"
#include "spec/written.h"

#include <stdlib.h>
#include <string.h>

/* ---- lists ------------------------------------------------------------------------------------------------------- */

static void keep_first(void *context, const struct spec_place *place, const char *message)
{
    char **problem = context;
    if (*problem == NULL) {
        *problem = memory_format("%s:%d:%d: %s", place->file, place->line, place->column, message);
    }
}

static json_t *written(const struct yaml *node)
{
    struct text text = {0};
    if (node != NULL && node->kind == YAML_LIST) {
        for (size_t i = 0; i < node->count; i++) {
            text_add(&text, i > 0 ? ", " : "");
            written_flow(node->items[i], &text);
        }
    } else if (node != NULL && node->kind != YAML_MAP) {
        text_add_bytes(&text, node->text, node->length);
    } else if (node != NULL) {
        written_flow(node, &text);
    }
    json_t *json = json_stringn(text_get(&text), text.length);
    text_free(&text);
    return json;
}

/* Columns are the keys of all rows, in the order in which they come. */
static json_t *columns_of(const struct yaml *list)
{
    json_t *columns = json_array();
    for (size_t i = 0; i < list->count; i++) {
        for (size_t j = 0; j < list->items[i]->count; j++) {
            const char *key = list->items[i]->keys[j]->text;
            bool known = false;
            for (size_t k = 0; k < json_array_size(columns); k++) {
                known = known || strcmp(json_string_value(json_array_get(columns, k)), key) == 0;
            }
            if (!known) {
                json_array_append_new(columns, json_string(key));
            }
        }
    }
    return columns;
}

static json_t *rows_of(const struct yaml *list, const json_t *columns)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < list->count; i++) {
        json_t *cells = json_array();
        for (size_t j = 1; j < json_array_size(columns); j++) {
            const char *column = json_string_value(json_array_get(columns, j));
            json_array_append_new(cells, json_pack("{s:o, s:s, s:b}", "text", written(yaml_get(list->items[i], column)),
                                                   "column", column, "prose", strcmp(column, "says") == 0));
        }
        json_array_append_new(rows, json_pack("{s:o, s:o}", "name", written(list->items[i]->items[0]), "cells", cells));
    }
    return rows;
}

json_t *book_list(const struct book *book, const char *name, char **problem)
{
    struct arena arena = {0};
    char *shown = memory_format("spec/%s.yaml", name), *path = path_join(book->root, shown);
    const struct yaml *root = yaml_read(&arena, path, shown, keep_first, problem);
    json_t *view = NULL;
    if (root != NULL && root->kind == YAML_MAP && root->count > 0 && root->items[0]->kind == YAML_LIST) {
        json_t *columns = columns_of(root->items[0]);
        json_t *rows = rows_of(root->items[0], columns);
        view = json_pack("{s:s, s:o, s:o}", "list", name, "columns", columns, "rows", rows);
    } else if (*problem == NULL) {
        *problem = memory_format("%s: it holds no list", shown);
    }
    arena_free(&arena);
    free(path);
    free(shown);
    return view;
}

/* ---- schemas ----------------------------------------------------------------------------------------------------- */

/* A value as a reader says it: text without quotes, `utcnow()` for a function, a tagged value without its tag. */
static char *value_words(const json_t *value)
{
    const char *tag = json_string_value(json_object_get(value, "$"));
    const json_t *inside = json_object_get(value, "v");
    if (tag != NULL && json_is_string(inside)) {
        return memory_format(strcmp(tag, "fn") == 0 ? "%s()" : "%s", json_string_value(inside));
    }
    return json_is_string(value) ? memory_copy(json_string_value(value))
                                 : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
}

static void add_words(struct text *out, const char *key, const json_t *value)
{
    char *name = memory_copy(key);
    for (char *c = name; *c != '\0'; c++) {
        *c = *c == '_' ? ' ' : *c;
    }
    text_add(out, out->length > 0 ? ", " : "");
    if (strcmp(key, "nullable") == 0) {
        text_add(out, json_is_true(value) ? "nullable" : "not null");
    } else if (json_is_true(value)) {
        text_add(out, name);
    } else {
        char *text = value_words(value);
        text_format(out, "%s %s", name, text);
        free(text);
    }
    free(name);
}

/* What a map holds beside some keys, in words. */
static json_t *others(const json_t *map, const char *const *but)
{
    struct text text = {0};
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)map, key, value)
    {
        bool told = false;
        for (size_t i = 0; but[i] != NULL; i++) {
            told = told || strcmp(but[i], key) == 0;
        }
        if (!told) {
            add_words(&text, key, value);
        }
    }
    json_t *json = json_string(text_get(&text));
    text_free(&text);
    return json;
}

static json_t *table_view(const json_t *table)
{
    static const char *const told[] = {"name", "type", "length", NULL}, *const known[] = {"name", "table", "columns",
                                                                                          NULL};
    json_t *columns = json_array(), *column;
    size_t i;
    json_array_foreach(json_object_get(table, "columns"), i, column)
    {
        const json_t *length = json_object_get(column, "length");
        const char *type = json_string_value(json_object_get(column, "type"));
        char *full = length == NULL ? memory_copy(type == NULL ? "" : type)
                                    : memory_format("%s(%lld)", type, (long long)json_integer_value(length));
        const char *name = json_string_value(json_object_get(column, "name"));
        json_array_append_new(columns, json_pack("{s:s, s:s, s:o}", "name", name == NULL ? "" : name, "type", full,
                                                 "options", others(column, told)));
        free(full);
    }
    const char *name = json_string_value(json_object_get(table, "name")),
               *stored = json_string_value(json_object_get(table, "table"));
    return json_pack("{s:s, s:s, s:o, s:o}", "model", name == NULL ? "" : name, "table", stored == NULL ? "" : stored,
                     "columns", columns, "more", others(table, known));
}

json_t *book_schemas(const struct spec *spec)
{
    static const char *const known[] = {"name", "sha256", "models", "tables", NULL};
    json_t *schemas = json_array(), *table;
    for (size_t i = 0; i < spec->schema_count; i++) {
        const struct spec_schema *schema = spec->schemas[i];
        json_t *models = json_array();
        size_t j;
        json_array_foreach(json_object_get(schema->json, "models"), j, table)
        {
            json_array_append_new(models, table_view(table));
        }
        json_array_foreach(json_object_get(schema->json, "tables"), j, table)
        {
            json_array_append_new(models, table_view(table));
        }
        json_array_append_new(schemas,
                              json_pack("{s:s, s:o, s:b, s:o, s:o}", "schema", schema->name, "tables", models, "wrong",
                                        (int)schema->wrong, "more", others(schema->json, known), "rows", json_array()));
    }
    for (size_t i = 0; i < spec->row_count; i++) {
        for (size_t j = 0; j < spec->schema_count; j++) {
            if (spec->schemas[j] == spec->rows[i].schema) {
                json_t *lines = json_array(), *rows, *row;
                const char *name;
                json_object_foreach(spec->rows[i].json, name, rows)
                {
                    size_t k;
                    struct text text = {0};
                    json_array_foreach(rows, k, row)
                    {
                        char *line = json_dumps(row, JSON_COMPACT);
                        text_format(&text, "%s%s", k > 0 ? "\n" : "", line);
                        free(line);
                    }
                    json_array_append_new(lines, json_pack("{s:s, s:s}", "table", name, "text", text_get(&text)));
                    text_free(&text);
                }
                json_array_append_new(json_object_get(json_array_get(schemas, j), "rows"),
                                      json_pack("{s:s, s:o}", "file", spec->rows[i].name, "tables", lines));
            }
        }
    }
    return schemas;
}
