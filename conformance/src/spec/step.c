/* One step of a case: its operation, what it binds, and how it is judged. */
#include "base/number.h"
#include "spec/load.h"

#include <stdlib.h>
#include <string.h>

/* Longer than a testee waits for a lock makes no sense. */
enum { MOST_HELD = 4000 };

static const char *const step_keys[] = {"as", "expect", "error", "when", NULL};

static bool is_identifier(const char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
    return *text != '\0' && strchr("0123456789", *text) == NULL && text[strspn(text, letters)] == '\0';
}

json_t *load_when(struct loader *loader, const struct yaml *node)
{
    if (node == NULL) {
        return NULL;
    }
    if (yaml_is_text(node, "sqlite") || yaml_is_text(node, "postgresql")) {
        return load_keep(loader, json_string(node->text));
    }
    static const struct yaml_key keys[] = {{"fact", true}, {"is", true}, {NULL, false}};
    if (node->kind != YAML_MAP) {
        load_refuse(loader, &node->place, "`when` must be sqlite, postgresql, or {fact: name, is: value}");
        return NULL;
    }
    if (!load_map(loader, node, "`when`", keys)) {
        return NULL;
    }
    const struct yaml *name = yaml_get(node, "fact"), *value = yaml_get(node, "is");
    const struct spec_fact *fact = name->kind == YAML_TEXT ? spec_find_fact(loader->spec, name->text) : NULL;
    if (fact == NULL) {
        load_refuse(loader, &name->place, "unknown fact `%s`", name->text);
        return NULL;
    }
    json_t *json = load_keep(loader, load_value(loader, node, LOAD_FIXTURE)), *wanted = json_object_get(json, "is");
    bool known = fact->values == NULL && json_is_integer(wanted);
    for (size_t i = 0; i < json_array_size(fact->values); i++) {
        known = known || json_equal(json_array_get(fact->values, i), wanted);
    }
    if (!known) {
        load_refuse(loader, &value->place, "fact `%s` has no value `%s`", fact->name, value->text);
    }
    return json;
}

struct error_check {
    struct loader *loader;
    struct load_needs *needs;
};

static void check_kind(struct loader *loader, const struct yaml *node)
{
    if (node->kind != YAML_TEXT) {
        load_refuse(loader, &node->place, "an error kind must be text, not %s", yaml_kind_name(node));
    } else if (!spec_has_kind(loader->spec, node->text, true)) {
        load_refuse(loader, &node->place, "unknown error kind `%s`%s", node->text,
                    load_hint(loader, node->text, loader->spec->kinds, sizeof *loader->spec->kinds));
    }
}

static void check_kinds(void *context, const struct yaml *node)
{
    struct loader *loader = context;
    if (node->kind == YAML_LIST) {
        if (node->count == 0) {
            load_refuse(loader, &node->place, "an empty list of error kinds can never be met");
        }
        for (size_t i = 0; i < node->count; i++) {
            check_kind(loader, node->items[i]);
        }
    } else {
        check_kind(loader, node);
    }
}

/* {kind, table, column, sqlstate, without}: what is told with the kind. */
static void check_error(void *context, const struct yaml *node)
{
    static const struct yaml_key keys[] = {{"kind", true},      {"table", false},   {"column", false},
                                           {"sqlstate", false}, {"without", false}, {NULL, false}};
    struct error_check *check = context;
    struct loader *loader = check->loader;
    if (node->kind != YAML_MAP) {
        check_kinds(loader, node);
    } else if (load_map(loader, node, "`error`", keys)) {
        load_branches(yaml_get(node, "kind"), check_kinds, loader);
        if (yaml_get(node, "table") != NULL || yaml_get(node, "column") != NULL) {
            load_need(check->needs, "error_places");
        }
        if (yaml_get(node, "sqlstate") != NULL) {
            load_need(check->needs, "sqlstate");
        }
        if (node->count == 1) {
            load_refuse(loader, &node->place, "`error` that says no more than its kind: write the kind alone");
        }
    }
}

static json_t *error_json(struct loader *loader, const struct yaml *node, struct load_needs *needs)
{
    struct error_check check = {loader, needs};
    const char *operator= load_operator_name(node);
    if (operator!= NULL && strcmp(operator, "db") != 0 && strcmp(operator, "fact") != 0) {
        load_refuse(loader, &node->place,
                    "`error` takes a kind, a list of kinds, {kind: …, table: …}, or `db` or `fact` of these");
    } else {
        load_branches(node, check_error, &check);
    }
    return load_keep(loader, load_value(loader, node, LOAD_EXPECT));
}

struct param_check {
    struct loader *loader;
    const struct spec_operation *operation;
    const struct spec_param *param;
};

static void check_param(void *context, const struct yaml *node)
{
    const struct param_check *check = context;
    static const char *const wanted[] = {[SPEC_PARAM_ANY] = "anything",
                                         [SPEC_PARAM_TEXT] = "text",
                                         [SPEC_PARAM_BOOLEAN] = "true or false",
                                         [SPEC_PARAM_OBJECT] = "a bound name",
                                         [SPEC_PARAM_OBJECTS] = "a list of bound names",
                                         [SPEC_PARAM_MAP] = "a map",
                                         [SPEC_PARAM_LIST] = "a list",
                                         [SPEC_PARAM_CONTENT] = "text or {$: bytes, v: base64}"};
    bool good = true;
    switch (check->param->kind) {
    case SPEC_PARAM_ANY:
        break;
    case SPEC_PARAM_TEXT:
        good = node->kind == YAML_TEXT || (node->kind == YAML_NULL && !check->param->required);
        break;
    case SPEC_PARAM_OBJECT:
        good = node->kind == YAML_TEXT;
        break;
    case SPEC_PARAM_BOOLEAN:
        good = node->kind == YAML_BOOLEAN;
        break;
    case SPEC_PARAM_MAP:
        good = node->kind == YAML_MAP && yaml_get(node, "$") == NULL;
        break;
    case SPEC_PARAM_CONTENT:
        good = node->kind == YAML_TEXT ||
               (node->kind == YAML_MAP && yaml_get(node, "$") != NULL && yaml_is_text(yaml_get(node, "$"), "bytes"));
        break;
    case SPEC_PARAM_OBJECTS:
    case SPEC_PARAM_LIST:
        good = node->kind == YAML_LIST;
        break;
    }
    for (size_t i = 0; good && check->param->kind == SPEC_PARAM_OBJECTS && i < node->count; i++) {
        const struct yaml *item = node->items[i];
        good = item->kind == YAML_TEXT || load_is_var(item) || load_operator_name(item) != NULL;
    }
    if (!good) {
        load_refuse(check->loader, &node->place, "`%s` of `%s` must be %s, not %s", check->param->name,
                    check->operation->name, wanted[check->param->kind],
                    node->kind == YAML_LIST ? "this list" : yaml_kind_name(node));
    }
}

/* A bound name, where an object is wanted, stands for the variable: also in the branches of an operator. */
static void expand_names(json_t *holder, const char *key, bool many)
{
    json_t *value = json_object_get(holder, key);
    if (json_is_string(value)) {
        json_object_set_new(holder, key, json_pack("{s:s, s:O}", "$", "var", "v", value));
    } else if (many && json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++) {
            json_t *item = json_array_get(value, i);
            if (json_is_string(item)) {
                json_array_set_new(value, i, json_pack("{s:s, s:O}", "$", "var", "v", item));
            }
        }
    } else if (json_is_object(value) && json_object_get(value, "~") != NULL) {
        const char *name = json_string_value(json_object_get(value, "~"));
        if (name != NULL && strcmp(name, "db") == 0) {
            expand_names(value, "sqlite", many);
            expand_names(value, "postgresql", many);
        } else if (name != NULL && strcmp(name, "fact") == 0) {
            json_t *cases = json_object_get(value, "cases");
            for (void *at = json_object_iter(cases); at != NULL; at = json_object_iter_next(cases, at)) {
                expand_names(cases, json_object_iter_key(at), many);
            }
        }
    }
}

static size_t count_given(const struct yaml *params, const char *const *names)
{
    size_t count = 0;
    for (; *names != NULL; names++) {
        count += yaml_get(params, *names) != NULL;
    }
    return count;
}

/* Rows as a header of columns and lines of the same length. */
static void check_rows(struct loader *loader, const struct yaml *rows)
{
    const struct yaml *header = rows->kind == YAML_LIST && rows->count > 0 ? rows->items[0] : NULL;
    if (header == NULL || header->kind != YAML_LIST || rows->count < 2) {
        load_refuse(loader, &rows->place, "`rows` must be a list: the column names, then at least one row");
        return;
    }
    for (size_t i = 0; i < header->count; i++) {
        if (header->items[i]->kind != YAML_TEXT) {
            load_refuse(loader, &header->items[i]->place, "a column name must be text, not %s",
                        yaml_kind_name(header->items[i]));
        }
    }
    for (size_t i = 1; i < rows->count; i++) {
        const struct yaml *row = rows->items[i];
        if (row->kind != YAML_LIST || row->count != header->count) {
            load_refuse(loader, &row->place, "a row must be a list of %zu values, like the column names",
                        header->count);
        }
    }
}

/* So many rows: `number` names columns that count them, `cycle` gives others the values of a list in turn. */
static void check_fill(struct loader *loader, const struct yaml *params)
{
    enum { MOST = 100000 };
    const struct yaml *count = yaml_get(params, "count"), *number = yaml_get(params, "number"),
                      *cycle = yaml_get(params, "cycle");
    if (count != NULL &&
        (count->kind != YAML_INTEGER || strlen(count->text) > 6 || atoi(count->text) < 0 || atoi(count->text) > MOST)) {
        load_refuse(loader, &count->place, "`count` must be an integer from 0 to %d", MOST);
    }
    for (size_t i = 0; number != NULL && number->kind == YAML_LIST && i < number->count; i++) {
        if (number->items[i]->kind != YAML_TEXT) {
            load_refuse(loader, &number->items[i]->place, "`number` takes names of columns");
        }
    }
    for (size_t i = 0; cycle != NULL && cycle->kind == YAML_MAP && i < cycle->count; i++) {
        if (cycle->items[i]->kind != YAML_LIST || cycle->items[i]->count == 0) {
            load_refuse(loader, &cycle->items[i]->place, "`cycle` gives a column a list of values");
        }
    }
}

static bool is_true(const struct yaml *node)
{
    return node->kind == YAML_BOOLEAN && strcmp(node->text, "true") == 0;
}

static void check_true(struct loader *loader, const struct yaml *node)
{
    if (node != NULL && !is_true(node)) {
        load_refuse(loader, &node->place, "this is true, or is not there");
    }
}

/* `hold: true`, or the milliseconds. */
static void check_hold(struct loader *loader, const struct yaml *hold)
{
    int64_t milliseconds = 0;
    if (hold == NULL || is_true(hold)) {
        return;
    }
    if (hold->kind != YAML_INTEGER || !number_parse_int(hold->text, &milliseconds) || milliseconds < 1 ||
        milliseconds > MOST_HELD) {
        load_refuse(loader, &hold->place, "`hold` must be true, or 1 to %d milliseconds", MOST_HELD);
    }
}

static void check_behind(struct loader *loader, const struct yaml *params)
{
    static const struct {
        const char *name;
        struct yaml_key keys[5];
    } forms[] = {{"insert", {{"insert", true}, {"rows", true}, {"hold", false}, {NULL, false}}},
                 {"update", {{"update", true}, {"set", true}, {"where", false}, {"hold", false}, {NULL, false}}},
                 {"delete", {{"delete", true}, {"where", false}, {"hold", false}, {NULL, false}}},
                 {"fill", {{"fill", true}, {"count", true}, {"number", true}, {"cycle", false}, {NULL, false}}},
                 {"sql", {{"sql", true}, {"hold", false}, {NULL, false}}},
                 {"release", {{"release", true}, {NULL, false}}},
                 {"disconnect", {{"disconnect", true}, {NULL, false}}}};
    if (count_given(params, (const char *const[]){"insert", "update", "delete", "fill", "sql", "release", "disconnect",
                                                  NULL}) != 1) {
        load_refuse(loader, &params->place,
                    "`behind` takes exactly one of insert, update, delete, fill, sql, release, disconnect");
        return;
    }
    check_hold(loader, yaml_get(params, "hold"));
    check_true(loader, yaml_get(params, "release"));
    check_true(loader, yaml_get(params, "disconnect"));
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (yaml_get(params, forms[i].name) != NULL) {
            load_map(loader, params, arena_format(loader->arena, "`behind: {%s: …}`", forms[i].name), forms[i].keys);
        }
    }
    const struct yaml *rows = yaml_get(params, "rows"), *sql = yaml_get(params, "sql");
    if (rows != NULL) {
        check_rows(loader, rows);
    }
    if (yaml_get(params, "fill") != NULL) {
        check_fill(loader, params);
    }
    static const struct yaml_key databases[] = {{"sqlite", false}, {"postgresql", false}, {NULL, false}};
    if (sql != NULL && load_map(loader, sql, "`sql`", databases)) {
        load_text(loader, sql, "sqlite");
        load_text(loader, sql, "postgresql");
        if (sql->count == 0) {
            load_refuse(loader, &sql->place, "`sql` needs a text for sqlite, for postgresql, or for both");
        }
    }
}

static void check_stored(struct loader *loader, const struct yaml *params)
{
    const struct yaml *columns = yaml_get(params, "columns"), *order = yaml_get(params, "order");
    bool counts = load_boolean(loader, params, "count", false);
    if ((columns != NULL) == counts) {
        load_refuse(loader, &params->place, "`stored` takes either `columns` or `count: true`");
    }
    bool good = columns == NULL || columns->kind == YAML_TEXT || (columns->kind == YAML_LIST && columns->count > 0);
    for (size_t i = 0; good && columns != NULL && i < columns->count; i++) {
        good = columns->items[i]->kind == YAML_TEXT;
    }
    if (!good) {
        load_refuse(loader, &columns->place, "`columns` must be a name or a list of names");
    }
    for (size_t i = 0; order != NULL && i < order->count; i++) {
        if (order->items[i]->kind != YAML_TEXT) {
            load_refuse(loader, &order->items[i]->place, "`order` takes names of columns");
        }
    }
    if (counts && (order != NULL || yaml_get(params, "raw") != NULL)) {
        load_refuse(loader, &params->place, "`count: true` goes with `table` and `where` only");
    }
}

/* A file is written below the case's directory, nowhere else. */
static void check_file(struct loader *loader, const struct yaml *file)
{
    bool climbs = strncmp(file->text, "../", 3) == 0 || strstr(file->text, "/../") != NULL;
    if (file->kind != YAML_TEXT || *file->text == '/' || *file->text == '\0' || climbs) {
        load_refuse(loader, &file->place, "`file` of `write` must be a path below the case's directory");
    }
}

/* What is done with a collection: whether it takes objects, and a position. */
static void check_rel(struct loader *loader, const struct yaml *params, struct load_needs *needs)
{
    enum { NONE, ONE, SOME };
    static const struct {
        const char *name;
        int objects;
        bool at;
        const char *needs;
    } doings[] = {
        {"append", SOME, false, NULL},
        {"insert", SOME, true, "rel.positions"},
        {"remove", SOME, false, NULL},
        {"replace", ONE, true, "rel.positions"},
        {"pop", NONE, false, "rel.positions"},
        {"clear", NONE, false, NULL},
        {"contains", ONE, false, NULL},
        {"count", NONE, false, NULL},
        {"loaded", NONE, false, "rel.kept"},
        {NULL, NONE, false, NULL},
    };
    const struct yaml *what = yaml_get(params, "do"), *objects = yaml_get(params, "objs"), *at = yaml_get(params, "at");
    size_t i = 0;
    while (doings[i].name != NULL && !yaml_is_text(what, doings[i].name)) {
        i++;
    }
    if (doings[i].name == NULL) {
        load_refuse(loader, &what->place, "`rel` does not do `%s`%s", what->text,
                    what->text != NULL ? load_hint(loader, what->text, &doings[0].name, sizeof *doings) : "");
        return;
    }
    if (doings[i].needs != NULL) {
        load_need(needs, doings[i].needs);
    }
    size_t given = objects != NULL && objects->kind == YAML_LIST ? objects->count : 0;
    bool fits = doings[i].objects == NONE ? objects == NULL : doings[i].objects == ONE ? given == 1 : given > 0;
    if (!fits) {
        static const char *const wanted[] = {[NONE] = "no `objs`", [ONE] = "one object in `objs`", [SOME] = "`objs`"};
        load_refuse(loader, &params->place, "`%s` takes %s", doings[i].name, wanted[doings[i].objects]);
    }
    bool may = doings[i].at || strcmp(doings[i].name, "pop") == 0;
    if ((doings[i].at && at == NULL) || (at != NULL && (!may || at->kind != YAML_INTEGER))) {
        load_refuse(loader, &params->place, may ? "`%s` takes a position: `at`, an integer" : "`%s` takes no position",
                    doings[i].name);
    }
}

/* Operations that take exactly one of two params. */
static void check_either(struct loader *loader, const char *operation, const struct yaml *params)
{
    static const char *const either[][3] = {{"get", "name", "names"},
                                            {"check_password", "obj", "hash"},
                                            {"parse_dotenv", "text", "path"},
                                            {"load_dotenv", "path", "dir"}};
    for (size_t i = 0; i < sizeof either / sizeof *either; i++) {
        if (strcmp(operation, either[i][0]) == 0 &&
            count_given(params, (const char *const[]){either[i][1], either[i][2], NULL}) != 1) {
            load_refuse(loader, &params->place, "`%s` takes either `%s` or `%s`", operation, either[i][1],
                        either[i][2]);
        }
    }
}

static void check_open(const struct yaml *params, struct load_needs *needs)
{
    static const char *const options[][2] = {{"pool_size", "pool"},
                                             {"pool_timeout_ms", "pool"},
                                             {"pre_ping", "pre_ping"},
                                             {"hide_values", "hidden_values"}};
    if (yaml_get(params, "dialect") == NULL) {
        load_need(needs, "url");
    }
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (yaml_get(params, options[i][0]) != NULL) {
            load_need(needs, options[i][1]);
        }
    }
}

/* What holds between params. */
static void check_together(struct loader *loader, const struct spec_operation *operation, const struct yaml *params,
                           struct load_needs *needs)
{
    check_either(loader, operation->name, params);
    if (strcmp(operation->name, "open") == 0) {
        check_open(params, needs);
    } else if (strcmp(operation->name, "query") == 0 || strcmp(operation->name, "build") == 0) {
        load_query(loader, params, needs);
    } else if (strcmp(operation->name, "refresh") == 0 && yaml_get(params, "names") != NULL) {
        load_need(needs, "refresh_members");
    } else if (strcmp(operation->name, "expire") == 0 && yaml_get(params, "names") != NULL &&
               yaml_get(params, "obj") == NULL) {
        load_refuse(loader, &params->place, "`names` of `expire` are an object's: `obj` is missing");
    } else if (strncmp(operation->name, "insert_", 7) == 0 && yaml_get(params, "keys") != NULL) {
        load_need(needs, "bulk_insert_keys");
    } else if (strcmp(operation->name, "rel") == 0) {
        check_rel(loader, params, needs);
    } else if (strcmp(operation->name, "stored") == 0) {
        check_stored(loader, params);
    } else if (strcmp(operation->name, "behind") == 0) {
        check_behind(loader, params);
    } else if (strcmp(operation->name, "write") == 0) {
        check_file(loader, yaml_get(params, "file"));
    } else if (strcmp(operation->name, "migrate") == 0) {
        load_migrate(loader, params, needs);
    }
}

static json_t *params_json(struct loader *loader, const struct spec_operation *operation, const struct yaml *params,
                           struct load_needs *needs)
{
    size_t count = 0;
    while (operation->params[count].name != NULL) {
        count++;
    }
    struct yaml_key *keys = arena_array(loader->arena, count + 1, sizeof *keys);
    for (size_t i = 0; i < count; i++) {
        keys[i] = (struct yaml_key){operation->params[i].name, operation->params[i].required};
    }
    if (!load_map(loader, params, arena_format(loader->arena, "the params of `%s`", operation->name), keys)) {
        return NULL;
    }
    struct param_check check = {loader, operation, NULL};
    for (check.param = operation->params; check.param->name != NULL; check.param++) {
        const struct yaml *value = yaml_get(params, check.param->name);
        if (value != NULL) {
            load_branches(value, check_param, &check);
        }
    }
    check_together(loader, operation, params, needs);
    json_t *json = load_keep(loader, load_value(loader, params, LOAD_PARAM));
    for (const struct spec_param *param = operation->params; param->name != NULL; param++) {
        if (param->kind == SPEC_PARAM_OBJECT || param->kind == SPEC_PARAM_OBJECTS) {
            expand_names(json, param->name, param->kind == SPEC_PARAM_OBJECTS);
        }
    }
    return json;
}

static const char *operation_names(struct loader *loader, const char *name)
{
    size_t count, visible = 0;
    const struct spec_operation *all = spec_operations(&count);
    const char **names = arena_array(loader->arena, count + 1, sizeof *names);
    for (size_t i = 0; i < count; i++) {
        if (!all[i].hidden) {
            names[visible++] = all[i].name;
        }
    }
    return load_hint(loader, name, names, sizeof *names);
}

/* The operation of a step and its params: exactly one key that is not the runner's. */
static const struct spec_operation *find_operation(struct loader *loader, const struct yaml *node,
                                                   const struct yaml **params)
{
    const struct yaml *found = NULL;
    for (size_t i = 0; i < node->count; i++) {
        const struct yaml *key = node->keys[i];
        if (load_has_name(step_keys, key->text)) {
            continue;
        }
        if (found != NULL) {
            load_refuse(loader, &key->place, "a step has one operation: `%s` stands beside `%s`", key->text,
                        found->text);
            return NULL;
        }
        found = key;
        *params = node->items[i];
    }
    if (found == NULL) {
        load_refuse(loader, &node->place, "a step without an operation");
        return NULL;
    }
    const struct spec_operation *operation = spec_operation_find(found->text);
    if (operation == NULL) {
        load_refuse(loader, &found->place, "unknown operation `%s`%s", found->text,
                    operation_names(loader, found->text));
    } else if (operation->hidden) {
        load_refuse(loader, &found->place, "`%s` is the runner's own affair: no step may name it", found->text);
        return NULL;
    }
    return operation;
}

void load_step(struct loader *loader, const struct yaml *node, struct spec_step *step, struct load_needs *needs)
{
    step->place = node->place;
    step->source = node;
    if (node->kind != YAML_MAP) {
        load_refuse(loader, &node->place, "a step must be a map, not %s", yaml_kind_name(node));
        return;
    }
    const struct yaml *params = NULL, *expect = yaml_get(node, "expect"), *error = yaml_get(node, "error");
    step->operation = find_operation(loader, node, &params);
    if (step->operation != NULL) {
        if (step->operation->needs != NULL) {
            load_need(needs, step->operation->needs);
        }
        step->params = params_json(loader, step->operation, params, needs);
    }
    step->bind = load_text(loader, node, "as");
    if (step->bind != NULL && !is_identifier(step->bind)) {
        load_refuse(loader, &yaml_get(node, "as")->place, "`%s` is no name: [A-Za-z_][A-Za-z0-9_]*", step->bind);
    }
    if (expect != NULL && error != NULL) {
        load_refuse(loader, &error->place, "a step has either `expect` or `error`");
    } else if (expect != NULL) {
        step->expect = load_keep(loader, load_value(loader, expect, LOAD_EXPECT));
    } else if (error != NULL) {
        step->error = error_json(loader, error, needs);
        if (step->operation != NULL && step->operation->own) {
            load_refuse(loader, &error->place, "`%s` is the runner's own: its errors are no verdict on a testee",
                        step->operation->name);
        }
        if (step->bind != NULL) {
            load_refuse(loader, &yaml_get(node, "as")->place, "a step that must fail has no result to bind");
        }
    }
    step->when = load_when(loader, yaml_get(node, "when"));
}
