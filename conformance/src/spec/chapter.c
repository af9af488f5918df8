/* Chapters: behaviours, their cases, and the cases' tables. */
#include "base/memory.h"
#include "base/path.h"
#include "spec/load.h"

#include <stdlib.h>
#include <string.h>

/* What a case's rows share while it is multiplied. */
struct case_source {
    struct yaml *node;
    struct spec_behaviour *behaviour;
    const char *name;
    const struct spec_schema *schema;
    bool fresh;
};

/* [a-z0-9_]+(\.[A-Za-z0-9_-]+)+ */
static bool is_id(const char *id)
{
    size_t first = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_");
    if (first == 0 || id[first] != '.') {
        return false;
    }
    id += first;
    while (*id == '.') {
        size_t part = strspn(id + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
        if (part == 0) {
            return false;
        }
        id += part + 1;
    }
    return *id == '\0';
}

/* An id, new or old, may be used once in all chapters. */
static void claim_id(struct loader *loader, const struct yaml *node)
{
    if (!is_id(node->text)) {
        load_refuse(loader, &node->place, "`%s` is no id: [a-z0-9_]+(\\.[A-Za-z0-9_-]+)+", node->text);
        return;
    }
    for (size_t i = 0; i < loader->id_count; i++) {
        const struct yaml *old = loader->id_nodes[i];
        if (strcmp(old->text, node->text) == 0) {
            load_refuse(loader, &node->place, "the id `%s` is taken already: %s:%d", node->text, old->place.file,
                        old->place.line);
            return;
        }
    }
    if (loader->id_count == loader->id_room) {
        loader->id_room = loader->id_room ? loader->id_room * 2 : 64;
        loader->id_nodes = memory_resize(loader->id_nodes, loader->id_room, sizeof *loader->id_nodes);
    }
    loader->id_nodes[loader->id_count++] = node;
}

static void add_needs(struct loader *loader, const struct yaml *list, struct load_needs *needs)
{
    if (list != NULL && list->kind != YAML_LIST) {
        load_refuse(loader, &list->place, "`needs` must be a list of capabilities, not %s", yaml_kind_name(list));
        return;
    }
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        const struct yaml *item = list->items[i];
        if (item->kind != YAML_TEXT || !spec_has_capability(loader->spec, item->text)) {
            const char *const *names = loader->spec->capabilities;
            load_refuse(loader, &item->place, "unknown capability `%s`%s", item->text,
                        load_hint(loader, item->text, names, sizeof *names));
            continue;
        }
        load_need(needs, item->text);
    }
}

/* Gives the names away to the arena. */
static const char **take_needs(struct loader *loader, struct load_needs *needs)
{
    const char **names = arena_array(loader->arena, needs->count + 1, sizeof *names);
    if (needs->count != 0) {
        memcpy(names, needs->names, needs->count * sizeof *names);
    }
    free(needs->names);
    return names;
}

static json_t *find_rows(struct loader *loader, const struct case_source *source, const struct yaml *node)
{
    if (node == NULL) {
        return NULL;
    }
    if (node->kind != YAML_TEXT) {
        load_refuse(loader, &node->place, "`rows` must be the name of a file in fixtures/rows, not %s",
                    yaml_kind_name(node));
        return NULL;
    }
    if (source->fresh || source->schema == NULL) {
        load_refuse(loader, &node->place,
                    source->fresh ? "a fresh case has no tables, so it has no rows" : "`rows` needs a schema");
        return NULL;
    }
    const struct spec_rows *rows = load_find_rows(loader->spec, source->schema, node->text);
    if (rows == NULL) {
        load_refuse(loader, &node->place, "no rows `%s` for the schema `%s` (fixtures/rows/%s/%s.yaml)", node->text,
                    source->schema->name, source->schema->name, node->text);
        return NULL;
    }
    return rows->json;
}

static void load_steps(struct loader *loader, const struct yaml *list, struct spec_case *made, struct load_needs *needs)
{
    if (list == NULL || list->kind != YAML_LIST || list->count == 0) {
        load_refuse(loader, list != NULL ? &list->place : &made->place, "`steps` must be a list with steps");
        return;
    }
    made->steps = arena_array(loader->arena, list->count, sizeof *made->steps);
    made->step_count = list->count;
    for (size_t i = 0; i < list->count; i++) {
        load_step(loader, list->items[i], &made->steps[i], needs);
    }
}

static struct yaml *expanded(struct loader *loader, const struct case_source *source, const char *key,
                             const struct load_row *row)
{
    struct yaml *node = yaml_get(source->node, key);
    return node != NULL ? load_expand(loader, node, row) : NULL;
}

/* Foreign keys enforced, or not, on SQLite: that is a property of a connection, so the case has a database of its own,
 * with its tables. */
static void enforce(struct loader *loader, const struct case_source *source, const struct yaml *node,
                    struct spec_case *made, struct load_needs *needs)
{
    if (node == NULL) {
        return;
    }
    if (node->kind != YAML_BOOLEAN) {
        load_refuse(loader, &node->place, "`foreign_keys` must be true or false, not %s", yaml_kind_name(node));
    } else if (source->fresh || source->schema == NULL) {
        load_refuse(loader, &node->place, "`foreign_keys` is for a case with tables: with a schema, and not fresh");
    }
    made->fresh = made->with_tables = true;
    made->foreign_keys = node->text[0] == 't';
    load_need(needs, made->foreign_keys ? "foreign_keys_on" : "foreign_keys_off");
}

/* One judged case: the case itself, or one row of its table. */
static void load_one(struct loader *loader, const struct case_source *source, const struct load_row *row,
                     struct spec_case *made)
{
    const char *behaviour = source->behaviour->id != NULL ? source->behaviour->id : "";
    struct load_needs needs = {0};
    made->behaviour = source->behaviour;
    made->source = source->node;
    made->schema = source->schema;
    made->fresh = source->fresh;
    enforce(loader, source, expanded(loader, source, "foreign_keys", row), made, &needs);
    made->place = row->cells != NULL ? row->cells->place : source->node->place;
    made->id = row->cells != NULL
                   ? arena_format(loader->arena, "%s/%s/%s", behaviour, source->name, row->cells->items[0]->text)
                   : arena_format(loader->arena, "%s/%s", behaviour, source->name);
    for (const char **need = source->behaviour->needs; *need != NULL; need++) {
        load_need(&needs, *need);
    }
    add_needs(loader, expanded(loader, source, "needs", row), &needs);
    made->when = load_when(loader, expanded(loader, source, "when", row));
    const struct yaml *rows = expanded(loader, source, "rows", row);
    made->rows = find_rows(loader, source, rows);
    made->rows_name = made->rows != NULL ? rows->text : NULL;
    load_steps(loader, expanded(loader, source, "steps", row), made, &needs);
    made->needs = take_needs(loader, &needs);
}

/* The header of a table, or NULL with refusals. */
static const struct yaml *check_header(struct loader *loader, const struct yaml *table, const struct yaml *node)
{
    const struct yaml *header = table->kind == YAML_LIST && table->count >= 2 ? table->items[0] : NULL;
    if (header == NULL || header->kind != YAML_LIST) {
        load_refuse(loader, &table->place,
                    "`table` must be a list: the header [row, column, …], then at least one row");
        return NULL;
    }
    if (header->count < 2 || !yaml_is_text(header->items[0], "row")) {
        load_refuse(loader, &header->place, "the header must begin with `row` and name at least one column");
        return NULL;
    }
    size_t *uses = memory_array(header->count, sizeof *uses);
    static const char *const places[] = {"steps", "when", "needs", "rows", "foreign_keys"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const struct yaml *part = yaml_get(node, places[i]);
        if (part != NULL) {
            load_count_uses(part, header, uses);
        }
    }
    for (size_t i = 1; i < header->count; i++) {
        const struct yaml *column = header->items[i];
        size_t word = strlen(column->text);
        word -= word > 1 && column->text[word - 1] == '?';
        char *name = arena_copy_bytes(loader->arena, column->text, word);
        if (column->kind != YAML_TEXT || !load_is_word(name)) {
            load_refuse(loader, &column->place,
                        "`%s` is no column name: [A-Za-z0-9_-]+, with one ? at its end if you like", column->text);
        } else if (uses[i] == 0) {
            load_refuse(loader, &column->place, "no placeholder <%s> uses this column", column->text);
        }
        for (size_t j = 0; j < i; j++) {
            if (strcmp(header->items[j]->text, column->text) == 0) {
                load_refuse(loader, &column->place, "the column `%s` is twice in the header", column->text);
            }
        }
    }
    free(uses);
    return header;
}

static bool has_placeholder(const struct yaml *node)
{
    bool found = load_is_placeholder(node);
    for (size_t i = 0; i < node->count && !found; i++) {
        found = has_placeholder(node->items[i]);
    }
    return found;
}

/* A row of the table: of the header's length, with a name of its own. */
static bool check_row(struct loader *loader, const struct yaml *table, size_t index, const struct yaml *header)
{
    const struct yaml *row = table->items[index];
    if (row->kind != YAML_LIST || row->count == 0) {
        load_refuse(loader, &row->place, "a row must be a list, not %s",
                    row->count == 0 && row->kind == YAML_LIST ? "empty" : yaml_kind_name(row));
        return false;
    }
    const struct yaml *name = row->items[0];
    if (row->count != header->count) {
        load_refuse(loader, &row->place, "the row `%s` has %zu cells, the header has %zu", name->text, row->count,
                    header->count);
        return false;
    }
    if (name->kind == YAML_LIST || name->kind == YAML_MAP || !load_is_word(name->text)) {
        load_refuse(loader, &name->place, "a row begins with its name: [A-Za-z0-9_-]+");
        return false;
    }
    for (size_t i = 1; i < index; i++) {
        const struct yaml *other = table->items[i];
        if (other->kind == YAML_LIST && other->count > 0 && strcmp(other->items[0]->text, name->text) == 0) {
            load_refuse(loader, &name->place, "the row `%s` is there already, in line %d", name->text,
                        other->place.line);
            return false;
        }
    }
    for (size_t i = 1; i < row->count; i++) {
        if (has_placeholder(row->items[i])) {
            load_refuse(loader, &row->items[i]->place,
                        "a cell holds no placeholder: quote it if the text itself is meant");
            return false;
        }
    }
    return true;
}

static void load_case(struct loader *loader, struct yaml *node, struct spec_behaviour *behaviour,
                      struct spec_case *made, size_t *count)
{
    static const struct yaml_key keys[] = {{"name", true},   {"schema", false}, {"rows", false},
                                           {"needs", false}, {"when", false},   {"fresh", false},
                                           {"steps", true},  {"table", false},  {"foreign_keys", false},
                                           {NULL, false}};
    if (!load_map(loader, node, "a case", keys)) {
        return;
    }
    struct case_source source = {.node = node, .behaviour = behaviour, .name = load_text(loader, node, "name")};
    if (source.name == NULL) {
        return;
    }
    if (!load_is_word(source.name)) {
        load_refuse(loader, &yaml_get(node, "name")->place, "`%s` is no name of a case: [A-Za-z0-9_-]+", source.name);
    }
    source.fresh = load_boolean(loader, node, "fresh", false);
    const char *schema = load_text(loader, node, "schema");
    if (schema != NULL) {
        source.schema = spec_find_schema(loader->spec, schema);
        if (source.schema == NULL) {
            load_refuse(loader, &yaml_get(node, "schema")->place, "no schema `%s` (fixtures/schemas/%s.yaml)", schema,
                        schema);
        }
    } else if (!source.fresh && yaml_get(node, "schema") == NULL) {
        load_refuse(loader, &node->place, "the case `%s` needs a `schema`: only a fresh case may leave it out",
                    source.name);
    }
    const struct yaml *table = yaml_get(node, "table");
    struct load_row row = {NULL, NULL};
    if (table == NULL) {
        load_one(loader, &source, &row, &made[(*count)++]);
        return;
    }
    row.header = check_header(loader, table, node);
    for (size_t i = 1; row.header != NULL && i < table->count; i++) {
        if (check_row(loader, table, i, row.header)) {
            row.cells = table->items[i];
            load_one(loader, &source, &row, &made[(*count)++]);
        }
    }
}

static void check_case_names(struct loader *loader, const struct yaml *cases)
{
    for (size_t i = 0; i < cases->count; i++) {
        const struct yaml *name = yaml_get(cases->items[i], "name");
        for (size_t j = 0; name != NULL && j < i; j++) {
            const struct yaml *other = yaml_get(cases->items[j], "name");
            if (other != NULL && strcmp(other->text, name->text) == 0) {
                load_refuse(loader, &name->place, "the case `%s` is there already, in line %d", name->text,
                            other->place.line);
            }
        }
    }
}

static void load_cases(struct loader *loader, const struct yaml *cases, struct spec_behaviour *behaviour)
{
    if (cases->count == 0) {
        load_refuse(loader, &cases->place, "`cases` is empty: leave it out and say why under `untested`");
    }
    check_case_names(loader, cases);
    size_t room = 0;
    for (size_t i = 0; i < cases->count; i++) {
        const struct yaml *table = yaml_get(cases->items[i], "table");
        room += table != NULL ? table->count : 1;
    }
    behaviour->cases = arena_array(loader->arena, room, sizeof *behaviour->cases);
    for (size_t i = 0; i < cases->count; i++) {
        load_case(loader, cases->items[i], behaviour, behaviour->cases, &behaviour->case_count);
    }
}

static enum spec_level load_level(struct loader *loader, const struct yaml *node)
{
    for (enum spec_level level = SPEC_MUST; level <= SPEC_MAY; level++) {
        if (yaml_is_text(node, spec_level_name(level))) {
            return level;
        }
    }
    load_refuse(loader, &node->place, "`level` must be must, should or may");
    return SPEC_MUST;
}

static void load_behaviour(struct loader *loader, const struct yaml *node, const struct spec_chapter *chapter,
                           struct spec_behaviour *made)
{
    static const struct yaml_key keys[] = {{"id", true},        {"level", true},  {"rule", true}, {"source", true},
                                           {"needs", false},    {"cases", false}, {"was", false}, {"catalogue", false},
                                           {"untested", false}, {NULL, false}};
    if (!load_map(loader, node, "a behaviour", keys)) {
        return;
    }
    made->chapter = chapter;
    made->place = node->place;
    made->id = load_text(loader, node, "id");
    if (made->id != NULL) {
        claim_id(loader, yaml_get(node, "id"));
    }
    made->level = load_level(loader, yaml_get(node, "level"));
    made->rule = load_text(loader, node, "rule");
    made->source = load_text(loader, node, "source");
    made->untested = load_text(loader, node, "untested");
    made->was = load_texts(loader, node, "was");
    made->catalogue = load_texts(loader, node, "catalogue");
    const struct yaml *was = yaml_get(node, "was"), *cases = load_list(loader, node, "cases");
    for (size_t i = 0; was != NULL && was->kind == YAML_LIST && i < was->count; i++) {
        claim_id(loader, was->items[i]);
    }
    struct load_needs needs = {0};
    add_needs(loader, yaml_get(node, "needs"), &needs);
    made->needs = take_needs(loader, &needs);
    if (cases != NULL && made->untested != NULL) {
        load_refuse(loader, &yaml_get(node, "untested")->place, "a behaviour has either `cases` or `untested`");
    }
    if (cases != NULL) {
        load_cases(loader, cases, made);
    }
}

void load_chapter(struct loader *loader, const char *path, const char *shown, struct spec_chapter *chapter)
{
    char *name = arena_copy(loader->arena, path_name(path));
    if (path_ends(name, ".yaml")) {
        name[strlen(name) - strlen(".yaml")] = '\0';
    }
    chapter->name = name;
    const struct yaml *root = load_yaml(loader, path, shown);
    if (root == NULL) {
        return;
    }
    if (root->kind != YAML_MAP || root->count == 0 || strcmp(root->keys[0]->text, "chapter") != 0) {
        load_refuse(loader, &root->place, "not a chapter: its first key must be `chapter`");
        return;
    }
    static const struct yaml_key keys[] = {{"chapter", true}, {"behaviours", true}, {NULL, false}};
    if (!load_map(loader, root, "a chapter", keys)) {
        return;
    }
    chapter->title = load_text(loader, root, "chapter");
    const struct yaml *list = load_list(loader, root, "behaviours");
    if (list == NULL) {
        return;
    }
    if (list->count == 0) {
        load_refuse(loader, &list->place, "`behaviours` is empty");
    }
    chapter->behaviours = arena_array(loader->arena, list->count, sizeof *chapter->behaviours);
    chapter->behaviour_count = list->count;
    for (size_t i = 0; i < list->count; i++) {
        load_behaviour(loader, list->items[i], chapter, &chapter->behaviours[i]);
    }
}
