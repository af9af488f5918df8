/* fixtures/schemas: what models and tables a case's world has. */
#include "spec/source.h"

#include "base/hash.h"
#include "base/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const types[] = {"integer", "string", "text", "boolean", "float", "datetime", "date", "json", NULL};
static const char *const actions[] = {"cascade", "set null", "restrict", "set default", "no action", NULL};

static const struct yaml_key column_keys[] = {
    {"name", true},           {"type", true},       {"length", false},         {"primary_key", false},
    {"autoincrement", false}, {"nullable", false},  {"unique", false},         {"index", false},
    {"default", false},       {"onupdate", false},  {"server_default", false}, {"foreign_key", false},
    {"on_delete", false},     {"on_update", false}, {"column", false},         {"version", false},
    {NULL, false}};

static const char *tag_of(const json_t *value)
{
    const char *tag = json_string_value(json_object_get(value, "$"));
    return tag != NULL ? tag : "";
}

const char *load_misfit(const char *type, const json_t *value)
{
    const char *tag = tag_of(value);
    if (strcmp(type, "integer") == 0) {
        return json_is_integer(value) || strcmp(tag, "int") == 0 ? NULL : "an integer";
    }
    if (strcmp(type, "string") == 0 || strcmp(type, "text") == 0) {
        return json_is_string(value) || strcmp(tag, "text") == 0 ? NULL : "text";
    }
    if (strcmp(type, "boolean") == 0) {
        return json_is_boolean(value) ? NULL : "true or false";
    }
    if (strcmp(type, "float") == 0) {
        return strcmp(tag, "float") == 0 ? NULL : "a number with a fraction or exponent (1.0)";
    }
    if (strcmp(type, "datetime") == 0) {
        return strcmp(tag, "datetime") == 0 ? NULL : "{$: datetime, v: …}";
    }
    if (strcmp(type, "date") == 0) {
        return strcmp(tag, "date") == 0 ? NULL : "{$: date, v: …}";
    }
    return strcmp(tag, "json") == 0 ? NULL : "{$: json, v: …}";
}

/* The described system's rule: an underscore before a capital that follows a small letter or digit, or that stands
 * inside and is followed by a small letter; then all in lower case, without underscores at the front. */
static char *derive_name(struct arena *arena, const char *model)
{
    size_t length = strlen(model), made = 0;
    char *name = arena_get(arena, 2 * length + 1);
    for (size_t i = 0; i < length; i++) {
        char c = model[i], before = i > 0 ? model[i - 1] : '\0', after = model[i + 1];
        bool capital = c >= 'A' && c <= 'Z';
        bool follows = (before >= 'a' && before <= 'z') || (before >= '0' && before <= '9');
        bool leads = i > 0 && after >= 'a' && after <= 'z';
        if (capital && (follows || leads)) {
            name[made++] = '_';
        }
        if (capital) {
            c = (char)(c - 'A' + 'a');
        }
        /* U+00C0 to U+00DE but the multiplication sign: the small letters lie 0x20 higher. */
        unsigned char byte = (unsigned char)c;
        if (i > 0 && (unsigned char)before == 0xC3 && byte >= 0x80 && byte <= 0x9E && byte != 0x97) {
            c = (char)(byte + 0x20);
        }
        name[made++] = c;
    }
    name[made] = '\0';
    return name + strspn(name, "_");
}

static bool is_model_name(const char *name)
{
    for (const unsigned char *at = (const unsigned char *)name; *at != '\0'; at++) {
        bool letter = (*at >= 'A' && *at <= 'Z') || (*at >= 'a' && *at <= 'z') || *at == '_' || *at >= 0x80;
        if (!letter && !(*at >= '0' && *at <= '9' && at != (const unsigned char *)name)) {
            return false;
        }
    }
    return *name != '\0';
}

/* Only ASCII and the letters of Latin-1 have a lower case here. */
static bool is_derivable(const char *name)
{
    for (const unsigned char *at = (const unsigned char *)name; *at != '\0'; at++) {
        if (*at >= 0x80 && *at != 0xC3 && (at == (const unsigned char *)name || at[-1] != 0xC3)) {
            return false;
        }
    }
    return true;
}

/* One line of a column table as a map; a null cell leaves the option out. */
static const struct yaml *column_of_line(struct loader *loader, const struct yaml *header, const struct yaml *line)
{
    if (line->kind != YAML_LIST || line->count != header->count) {
        load_refuse(loader, &line->place, "a line of columns must be a list of %zu cells, like its header",
                    header->count);
        return NULL;
    }
    struct yaml *map = arena_get(loader->arena, sizeof *map);
    map->kind = YAML_MAP;
    map->place = line->place;
    map->keys = arena_array(loader->arena, line->count, sizeof *map->keys);
    map->items = arena_array(loader->arena, line->count, sizeof *map->items);
    for (size_t i = 0; i < line->count; i++) {
        if (line->items[i]->kind != YAML_NULL) {
            map->keys[map->count] = header->items[i];
            map->items[map->count++] = line->items[i];
        }
    }
    return map;
}

static bool check_column_header(struct loader *loader, const struct yaml *header)
{
    bool good = true;
    for (size_t i = 0; i < header->count; i++) {
        const struct yaml *name = header->items[i];
        const struct yaml_key *key = column_keys;
        while (key->name != NULL && strcmp(key->name, name->text) != 0) {
            key++;
        }
        if (name->kind != YAML_TEXT || key->name == NULL) {
            load_refuse(loader, &name->place, "unknown column option `%s`%s", name->text,
                        load_hint(loader, name->text, &column_keys[0].name, sizeof *column_keys));
            good = false;
        }
        for (size_t j = 0; j < i; j++) {
            if (strcmp(header->items[j]->text, name->text) == 0) {
                load_refuse(loader, &name->place, "the option `%s` is twice in the header", name->text);
                good = false;
            }
        }
    }
    return good;
}

static void read_columns(struct loader *loader, const struct yaml *list, struct source *source)
{
    if (list == NULL) {
        return;
    }
    if (list->kind != YAML_LIST || list->count == 0) {
        load_refuse(loader, &list->place, "`columns` must be a list with columns");
        return;
    }
    const struct yaml *header = list->items[0]->kind == YAML_LIST ? list->items[0] : NULL;
    if (header != NULL && !check_column_header(loader, header)) {
        return;
    }
    source->columns = arena_array(loader->arena, list->count, sizeof(struct yaml *));
    for (size_t i = header != NULL; i < list->count; i++) {
        const struct yaml *column = header != NULL ? column_of_line(loader, header, list->items[i]) : list->items[i];
        if (column != NULL && load_map(loader, column, "a column", column_keys)) {
            source->columns[source->column_count++] = column;
        }
    }
}

static const char *stored_name(const struct yaml *column)
{
    const struct yaml *own = yaml_get(column, "column");
    return own != NULL ? own->text : yaml_get(column, "name")->text;
}

static bool is_true(const struct yaml *column, const char *key)
{
    const struct yaml *node = yaml_get(column, key);
    return node != NULL && node->kind == YAML_BOOLEAN && node->text[0] == 't';
}

static void check_length(struct loader *loader, const struct yaml *column, const char *type)
{
    const struct yaml *length = yaml_get(column, "length");
    if (strcmp(type, "string") != 0) {
        if (length != NULL) {
            load_refuse(loader, &length->place, "only a string has a `length`, not %s", type);
        }
    } else if (length == NULL) {
        load_refuse(loader, &column->place, "the string `%s` needs a `length`", yaml_get(column, "name")->text);
    } else if (length->kind != YAML_INTEGER || strtol(length->text, NULL, 10) < 1) {
        load_refuse(loader, &length->place, "`length` must be an integer of at least 1");
    }
}

/* `default` and `onupdate`: a value of the column's type, or a function that makes one. */
static void check_default(struct loader *loader, const struct yaml *column, const char *type, const char *key)
{
    const struct yaml *node = yaml_get(column, key);
    if (node == NULL) {
        return;
    }
    json_t *value = load_value(loader, node, LOAD_FIXTURE);
    const char *misfit = NULL;
    if (strcmp(tag_of(value), "fn") == 0) {
        bool clock = strcmp(json_string_value(json_object_get(value, "v")), "utcnow") == 0;
        bool fits = clock ? strcmp(type, "datetime") == 0 || strcmp(type, "date") == 0 : strcmp(type, "integer") == 0;
        misfit = fits    ? NULL
                 : clock ? "a value of its type: utcnow is for datetime and date"
                         : "a value of its type: tick is for integer";
    } else {
        misfit = load_misfit(type, value);
    }
    if (misfit != NULL) {
        load_refuse(loader, &node->place, "`%s` of a %s column must be %s", key, type, misfit);
    }
    json_decref(value);
}

static void check_actions(struct loader *loader, const struct yaml *holder, bool has_key)
{
    static const char *const keys[] = {"on_delete", "on_update"};
    for (size_t i = 0; i < 2; i++) {
        const struct yaml *action = yaml_get(holder, keys[i]);
        if (action == NULL) {
            continue;
        }
        if (!has_key) {
            load_refuse(loader, &action->place, "`%s` goes with a `foreign_key`", keys[i]);
        } else if (action->kind != YAML_TEXT || !load_has_name(actions, action->text)) {
            load_refuse(loader, &action->place, "`%s` must be cascade, set null, restrict, set default or no action",
                        keys[i]);
        }
    }
}

static void check_column(struct loader *loader, const struct yaml *column)
{
    const char *name = load_text(loader, column, "name"), *type = load_text(loader, column, "type");
    static const char *const booleans[] = {"primary_key", "autoincrement", "nullable", "unique",
                                           "index",       "version",       NULL};
    for (const char *const *key = booleans; *key != NULL; key++) {
        load_boolean(loader, column, *key, false);
    }
    load_text(loader, column, "server_default");
    load_text(loader, column, "foreign_key");
    load_text(loader, column, "column");
    check_actions(loader, column, yaml_get(column, "foreign_key") != NULL);
    if (name == NULL || type == NULL) {
        return;
    }
    if (!load_has_name(types, type)) {
        load_refuse(loader, &yaml_get(column, "type")->place, "unknown type `%s`%s", type,
                    load_hint(loader, type, types, sizeof *types));
        return;
    }
    check_length(loader, column, type);
    check_default(loader, column, type, "default");
    check_default(loader, column, type, "onupdate");
    bool key = is_true(column, "primary_key");
    if (is_true(column, "version") && (key || strcmp(type, "integer") != 0)) {
        load_refuse(loader, &yaml_get(column, "version")->place, "`version` is for integers that are no primary key");
    }
    if (yaml_get(column, "autoincrement") != NULL && (!key || strcmp(type, "integer") != 0)) {
        load_refuse(loader, &yaml_get(column, "autoincrement")->place, "`autoincrement` is for integer primary keys");
    }
    if (key && is_true(column, "nullable")) {
        load_refuse(loader, &yaml_get(column, "nullable")->place, "a primary key is not nullable");
    }
}

const struct yaml *source_column(const struct source *source, const char *name, bool stored)
{
    for (size_t i = 0; i < source->column_count; i++) {
        const struct yaml *column = source->columns[i];
        if (strcmp(stored ? stored_name(column) : yaml_get(column, "name")->text, name) == 0) {
            return column;
        }
    }
    return NULL;
}

/* `repr` and `password` name a member. */
static void check_member(struct loader *loader, const struct source *source, const char *key, bool text)
{
    const struct yaml *node = yaml_get(source->node, key);
    const struct yaml *column = node != NULL ? source_column(source, node->text, false) : NULL;
    if (node != NULL && column == NULL) {
        load_refuse(loader, &node->place, "`%s` names the column `%s`, which is not there", key, node->text);
    } else if (text && column != NULL && !yaml_is_text(yaml_get(column, "type"), "string") &&
               !yaml_is_text(yaml_get(column, "type"), "text")) {
        load_refuse(loader, &node->place, "`%s` names the column `%s`, which holds no text", key, node->text);
    }
}

static void check_columns(struct loader *loader, const struct source *source)
{
    bool has_key = false;
    for (size_t i = 0; i < source->column_count; i++) {
        const struct yaml *column = source->columns[i];
        check_column(loader, column);
        has_key = has_key || is_true(column, "primary_key");
        if (source_column(source, yaml_get(column, "name")->text, false) != column) {
            load_refuse(loader, &column->place, "the column `%s` is there twice", yaml_get(column, "name")->text);
        } else if (source_column(source, stored_name(column), true) != column) {
            load_refuse(loader, &column->place, "two columns are `%s` in the database", stored_name(column));
        }
    }
    if (source->is_model && !has_key && source->column_count != 0) {
        load_refuse(loader, &source->node->place, "the model `%s` has no primary key",
                    yaml_get(source->node, "name")->text);
    }
    const struct yaml *unique = load_list(loader, source->node, "unique");
    for (size_t i = 0; unique != NULL && i < unique->count; i++) {
        const struct yaml *set = unique->items[i];
        if (set->kind != YAML_LIST || set->count == 0) {
            load_refuse(loader, &set->place, "`unique` is a list of lists of columns");
            continue;
        }
        for (size_t j = 0; j < set->count; j++) {
            if (source_column(source, set->items[j]->text, false) == NULL) {
                load_refuse(loader, &set->items[j]->place, "`unique` names the column `%s`, which is not there",
                            set->items[j]->text);
            }
        }
    }
    check_member(loader, source, "repr", false);
    check_member(loader, source, "password", true);
}

bool source_split(struct loader *loader, const char *reference, const char **table, const char **column)
{
    const char *dot = strrchr(reference, '.');
    if (dot == NULL || dot == reference || dot[1] == '\0') {
        return false;
    }
    *table = arena_copy_bytes(loader->arena, reference, (size_t)(dot - reference));
    *column = dot + 1;
    return true;
}

const struct source *source_of_table(const struct sources *sources, const char *table)
{
    for (size_t i = 0; i < sources->count; i++) {
        if (sources->items[i].table != NULL && strcmp(sources->items[i].table, table) == 0) {
            return &sources->items[i];
        }
    }
    return NULL;
}

const struct source *source_of_model(const struct sources *sources, const char *name)
{
    for (size_t i = 0; i < sources->count; i++) {
        const struct source *source = &sources->items[i];
        if (source->node != NULL && source->is_model && strcmp(yaml_get(source->node, "name")->text, name) == 0) {
            return source;
        }
    }
    return NULL;
}

/* "user.id": a table of this schema and a column of it, by their names in the database. */
static void check_reference(struct loader *loader, const struct sources *sources, const struct yaml *reference)
{
    const char *table, *column;
    if (reference->kind != YAML_TEXT || !source_split(loader, reference->text, &table, &column)) {
        load_refuse(loader, &reference->place, "`foreign_key` must be \"table.column\"");
        return;
    }
    const struct source *to = source_of_table(sources, table);
    if (to == NULL) {
        load_refuse(loader, &reference->place, "the foreign key `%s` leads to no table: there is no `%s`",
                    reference->text, table);
    } else if (source_column(to, column, true) == NULL) {
        load_refuse(loader, &reference->place, "the foreign key `%s` leads to no column: `%s` has no `%s`",
                    reference->text, table, column);
    }
}

/* A list of names of columns of `source`, which may be NULL. */
static size_t check_names(struct loader *loader, const struct yaml *map, const char *key, const struct source *source,
                          bool stored)
{
    const struct yaml *list = load_list(loader, map, key);
    for (size_t i = 0; list != NULL && source != NULL && i < list->count; i++) {
        const struct yaml *name = list->items[i];
        if (name->kind != YAML_TEXT || source_column(source, name->text, stored) == NULL) {
            load_refuse(loader, &name->place, "`%s` names the column `%s`, which is not there", key, name->text);
        }
    }
    return list != NULL ? list->count : 0;
}

/* Foreign keys of several columns. */
static void check_foreign_keys(struct loader *loader, const struct sources *sources, const struct source *source)
{
    static const struct yaml_key keys[] = {{"columns", true},    {"table", true},      {"to", true},
                                           {"on_delete", false}, {"on_update", false}, {NULL, false}};
    const struct yaml *list = load_list(loader, source->node, "foreign_keys");
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        const struct yaml *key = list->items[i];
        if (!load_map(loader, key, "a foreign key", keys)) {
            continue;
        }
        const char *table = load_text(loader, key, "table");
        const struct source *to = table != NULL ? source_of_table(sources, table) : NULL;
        if (table != NULL && to == NULL) {
            load_refuse(loader, &yaml_get(key, "table")->place, "the foreign key leads to no table: there is no `%s`",
                        table);
        }
        size_t from = check_names(loader, key, "columns", source, false);
        if (from != check_names(loader, key, "to", to, true) || from == 0) {
            load_refuse(loader, &key->place, "a foreign key has as many `columns` as `to`, and at least one");
        }
        check_actions(loader, key, true);
    }
}

/* The key that consists of exactly these columns, among those of several columns. */
static const struct yaml *foreign_key_of(const struct source *source, const char *const *columns, size_t count)
{
    const struct yaml *list = yaml_get(source->node, "foreign_keys");
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        const struct yaml *names = yaml_get(list->items[i], "columns");
        bool same = names->count == count;
        for (size_t j = 0; same && j < count; j++) {
            const struct yaml *column = source_column(source, names->items[j]->text, false);
            same = column != NULL && strcmp(stored_name(column), columns[j]) == 0;
        }
        if (same) {
            return list->items[i];
        }
    }
    return NULL;
}

const char *source_leads_to(struct loader *loader, const struct source *source, const char *const *columns,
                            size_t count)
{
    const struct yaml *key = foreign_key_of(source, columns, count);
    if (key != NULL) {
        return yaml_get(key, "table")->text;
    }
    const struct yaml *column = count == 1 ? source_column(source, columns[0], true) : NULL;
    const struct yaml *reference = column != NULL ? yaml_get(column, "foreign_key") : NULL;
    const char *table = NULL, *to;
    return reference != NULL && source_split(loader, reference->text, &table, &to) ? table : NULL;
}

/* The description that goes over the wire: `name`, `table`, then the other keys as they stand in the file. */
static json_t *source_json(struct loader *loader, const struct source *source, bool with_table)
{
    json_t *json = json_object();
    json_object_set_new(json, "name", load_value(loader, yaml_get(source->node, "name"), LOAD_FIXTURE));
    if (with_table && source->table != NULL) {
        json_object_set_new(json, "table", json_string(source->table));
    }
    for (size_t i = 0; i < source->node->count; i++) {
        const char *key = source->node->keys[i]->text;
        if (strcmp(key, "name") == 0 || strcmp(key, "table") == 0) {
            continue;
        }
        if (strcmp(key, "relationships") == 0) {
            json_object_set_new(json, key, relationship_json(loader, source));
            continue;
        }
        if (strcmp(key, "columns") != 0) {
            json_object_set_new(json, key, load_value(loader, source->node->items[i], LOAD_FIXTURE));
            continue;
        }
        json_t *columns = json_array();
        for (size_t j = 0; j < source->column_count; j++) {
            json_array_append_new(columns, load_value(loader, source->columns[j], LOAD_FIXTURE));
        }
        json_object_set_new(json, key, columns);
    }
    return json;
}

static void read_source(struct loader *loader, const struct yaml *node, bool is_model, struct source *source)
{
    static const struct yaml_key model_keys[] = {
        {"name", true},  {"table", false},    {"columns", true},       {"unique", false},
        {"repr", false}, {"password", false}, {"foreign_keys", false}, {"relationships", false},
        {NULL, false}};
    static const struct yaml_key table_keys[] = {
        {"name", true}, {"columns", true}, {"unique", false}, {"foreign_keys", false}, {NULL, false}};
    *source = (struct source){.node = node, .is_model = is_model};
    if (!load_map(loader, node, is_model ? "a model" : "a table", is_model ? model_keys : table_keys)) {
        source->node = NULL;
        return;
    }
    const char *name = load_text(loader, node, "name");
    read_columns(loader, yaml_get(node, "columns"), source);
    relationship_read(loader, yaml_get(node, "relationships"), source);
    if (name == NULL) {
        source->node = NULL;
    } else if (!is_model) {
        source->table = name;
    } else if (!is_model_name(name)) {
        load_refuse(loader, &yaml_get(node, "name")->place, "`%s` is no name of a model: letters, digits and _", name);
    } else if (yaml_get(node, "table") != NULL) {
        source->table = load_text(loader, node, "table");
    } else if (is_derivable(name)) {
        source->table = derive_name(loader->arena, name);
    } else {
        load_refuse(loader, &yaml_get(node, "name")->place,
                    "the table's name cannot be derived from `%s`: give `table`", name);
    }
}

static void check_sources(struct loader *loader, const struct source *sources, size_t count)
{
    const struct sources all = {sources, count};
    size_t before = loader->refusal_count;
    for (size_t i = 0; i < count; i++) {
        if (sources[i].node == NULL) {
            continue;
        }
        check_columns(loader, &sources[i]);
        const struct yaml *name = yaml_get(sources[i].node, "name");
        for (size_t j = 0; j < i; j++) {
            if (sources[j].node == NULL) {
                continue;
            }
            if (sources[i].is_model && sources[j].is_model &&
                strcmp(yaml_get(sources[j].node, "name")->text, name->text) == 0) {
                load_refuse(loader, &name->place, "the model `%s` is there twice", name->text);
            } else if (sources[i].table != NULL && sources[j].table != NULL &&
                       strcmp(sources[i].table, sources[j].table) == 0) {
                load_refuse(loader, &name->place, "the table `%s` is there twice", sources[i].table);
            }
        }
        for (size_t j = 0; j < sources[i].column_count; j++) {
            const struct yaml *reference = yaml_get(sources[i].columns[j], "foreign_key");
            if (reference != NULL) {
                check_reference(loader, &all, reference);
            }
        }
        check_foreign_keys(loader, &all, &sources[i]);
    }
    /* Relationships are told of when the tables that they speak of are in order. */
    if (loader->refusal_count == before) {
        relationship_check(loader, &all);
    }
}

static void build_schema(struct loader *loader, const struct source *sources, size_t count, struct spec_schema *schema)
{
    json_t *json = load_keep(loader, json_object()), *models = json_array(), *tables = json_array();
    schema->json = json;
    schema->tables = load_keep(loader, json_object());
    for (size_t i = 0; i < count; i++) {
        if (sources[i].node == NULL) {
            continue;
        }
        bool given = yaml_get(sources[i].node, "table") != NULL || !schema->derive_names;
        json_t *part = source_json(loader, &sources[i], sources[i].is_model && given);
        json_array_append_new(sources[i].is_model ? models : tables, part);
        if (sources[i].table != NULL) {
            json_object_set(schema->tables, sources[i].table, part);
        }
    }
    json_object_set_new(json, "name", json_string(schema->name));
    json_object_set_new(json, "models", models);
    if (json_array_size(tables) != 0) {
        json_object_set(json, "tables", tables);
    }
    json_decref(tables);
    char *text = json_dumps(json, JSON_COMPACT), *sum = arena_get(loader->arena, 65);
    hash_sha256(text, strlen(text), sum);
    free(text);
    schema->sha256 = sum;
    /* `sha256` travels second, where people look for it; it is not part of what it sums up. */
    json_t *whole = json_object(), *part;
    const char *key;
    json_object_set_new(whole, "name", json_string(schema->name));
    json_object_set_new(whole, "sha256", json_string(sum));
    json_object_foreach(json, key, part)
    {
        if (strcmp(key, "name") != 0) {
            json_object_set(whole, key, part);
        }
    }
    schema->json = load_keep(loader, whole);
}

static void load_schema(struct loader *loader, const char *path, const char *shown, struct spec_schema *schema)
{
    size_t before = loader->refusal_count;
    const struct yaml *root = load_yaml(loader, path, shown);
    static const struct yaml_key keys[] = {
        {"models", false}, {"tables", false}, {"derive_names", false}, {NULL, false}};
    if (root == NULL || !load_map(loader, root, "a schema", keys)) {
        return;
    }
    schema->place = root->place;
    schema->derive_names = load_boolean(loader, root, "derive_names", false);
    const struct yaml *models = load_list(loader, root, "models"), *tables = load_list(loader, root, "tables");
    size_t model_count = models != NULL ? models->count : 0, count = model_count + (tables != NULL ? tables->count : 0);
    if (count == 0) {
        load_refuse(loader, &root->place, "a schema needs models or tables");
    }
    struct source *sources = arena_array(loader->arena, count, sizeof *sources);
    loader->wrong_schema = schema->wrong;
    for (size_t i = 0; i < count; i++) {
        bool is_model = i < model_count;
        read_source(loader, is_model ? models->items[i] : tables->items[i - model_count], is_model, &sources[i]);
    }
    /* What is wrong on purpose is for the testee to refuse. */
    if (!schema->wrong) {
        check_sources(loader, sources, count);
    }
    /* Of a schema with a fault nothing is built, and nothing that needs it is looked at: one fault is told once. */
    if (loader->refusal_count == before) {
        build_schema(loader, sources, count, schema);
    }
}

void load_schemas(struct loader *loader)
{
    char *folder = path_join(loader->root, "fixtures/schemas");
    char **names = path_list(folder);
    size_t count = 0;
    for (char **name = names; name != NULL && *name != NULL; name++) {
        count++;
    }
    struct spec *spec = loader->spec;
    spec->schemas = arena_array(loader->arena, count, sizeof(struct spec_schema *));
    for (size_t i = 0; i < count; i++) {
        char *path = path_join(folder, names[i]), *shown = path_join("fixtures/schemas", names[i]);
        if (load_is_yaml(loader, shown)) {
            struct spec_schema *schema = arena_get(loader->arena, sizeof *schema);
            schema->name = arena_copy_bytes(loader->arena, names[i], strlen(names[i]) - strlen(".yaml"));
            schema->place = (struct spec_place){arena_copy(loader->arena, shown), 1, 1};
            schema->wrong = strncmp(schema->name, "wrong_", 6) == 0;
            if (load_is_word(schema->name)) {
                load_schema(loader, path, shown, schema);
            } else {
                load_refuse(loader, &schema->place, "`%s` is no name of a schema: [A-Za-z0-9_-]+", schema->name);
            }
            spec->schemas[spec->schema_count++] = schema;
        }
        free(shown);
        free(path);
    }
    path_list_free(names);
    free(folder);
}

const json_t *spec_find_model(const struct spec_schema *schema, const char *name)
{
    size_t i;
    json_t *model;
    json_array_foreach(json_object_get(schema->json, "models"), i, model)
    {
        if (strcmp(json_string_value(json_object_get(model, "name")), name) == 0) {
            return model;
        }
    }
    return NULL;
}

const char *spec_stored_name(const json_t *column)
{
    const char *own = json_string_value(json_object_get(column, "column"));
    return own != NULL ? own : json_string_value(json_object_get(column, "name"));
}

static const json_t *find_column(const json_t *table, const char *name, bool stored)
{
    size_t i;
    json_t *column;
    json_array_foreach(json_object_get(table, "columns"), i, column)
    {
        const char *own = stored ? spec_stored_name(column) : json_string_value(json_object_get(column, "name"));
        if (strcmp(own, name) == 0) {
            return column;
        }
    }
    return NULL;
}

const json_t *spec_find_column(const json_t *table, const char *name)
{
    return find_column(table, name, false);
}

const json_t *spec_find_stored(const json_t *table, const char *name)
{
    return find_column(table, name, true);
}

const char *spec_find_target(const struct spec_schema *schema, const json_t *model, const char *name, bool *many)
{
    const char *own = json_string_value(json_object_get(model, "name"));
    const json_t *models = json_object_get(schema->json, "models");
    for (size_t i = 0; i < json_array_size(models); i++) {
        const json_t *holder = json_array_get(models, i), *list = json_object_get(holder, "relationships");
        for (size_t j = 0; j < json_array_size(list); j++) {
            const json_t *one = json_array_get(list, j);
            const char *target = json_string_value(json_object_get(one, "target"));
            const char *kind = json_string_value(json_object_get(one, "kind"));
            const char *back = json_string_value(json_object_get(json_object_get(one, "backref"), "name"));
            if (holder == model && strcmp(json_string_value(json_object_get(one, "name")), name) == 0) {
                *many = strcmp(kind, "one_to_many") == 0 || strcmp(kind, "many_to_many") == 0;
                return target;
            }
            if (back != NULL && strcmp(target, own) == 0 && strcmp(back, name) == 0) {
                *many = strcmp(kind, "many_to_one") == 0 || strcmp(kind, "many_to_many") == 0;
                return json_string_value(json_object_get(holder, "name"));
            }
        }
    }
    return NULL;
}
