/* From YAML to typed JSON: tagged values, operators, and what each may hold. */
#include "base/base64.h"
#include "base/number.h"
#include "spec/load.h"

#include <inttypes.h>
#include <math.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

enum { IN_PARAM = 1 << LOAD_PARAM, IN_EXPECT = 1 << LOAD_EXPECT, IN_FIXTURE = 1 << LOAD_FIXTURE };

struct operator
{
    const char *name;
    int uses;
    const struct yaml_key *keys;
};

#define KEYS(...)                                                                                                      \
    (const struct yaml_key[])                                                                                          \
    {                                                                                                                  \
        {"~", true}, __VA_ARGS__                                                                                       \
        {                                                                                                              \
            NULL, false                                                                                                \
        }                                                                                                              \
    }

static const struct operator operators[] = {
    {"any", IN_EXPECT, KEYS()},
    {"type", IN_EXPECT, KEYS({"v", true}, )},
    {"near", IN_EXPECT, KEYS({"v", true}, {"s", true}, )},
    {"same", IN_EXPECT, KEYS({"v", true}, )},
    {"other", IN_EXPECT, KEYS({"v", true}, )},
    {"unordered", IN_EXPECT, KEYS({"v", true}, )},
    {"match", IN_EXPECT, KEYS({"v", true}, )},
    {"one_of", IN_EXPECT, KEYS({"v", true}, )},
    {"not", IN_EXPECT, KEYS({"v", true}, )},
    {"db", IN_PARAM | IN_EXPECT, KEYS({"sqlite", true}, {"postgresql", true}, )},
    {"fact", IN_PARAM | IN_EXPECT, KEYS({"name", true}, {"cases", true}, )},
    {"env", IN_PARAM | IN_EXPECT, KEYS({"v", true}, )},
    {"omit", IN_PARAM, KEYS()},
    {"range", IN_PARAM | IN_EXPECT, KEYS({"from", true}, {"to", true}, )},
};

static const char *const types[] = {"null", "integer", "float",  "boolean", "text", "datetime", "date",
                                    "json", "bytes",   "object", "list",    "map",  NULL};
static const char *const environment[] = {"dir",     "url",       "pg.socket",        "pg.host",     "pg.port",
                                          "pg.user", "pg.dbname", "pg.password_user", "pg.password", NULL};

const char *load_operator_name(const struct yaml *node)
{
    const struct yaml *name = node->kind == YAML_MAP ? yaml_get(node, "~") : NULL;
    return name != NULL ? name->text : NULL;
}

bool load_is_var(const struct yaml *node)
{
    const struct yaml *tag = node->kind == YAML_MAP ? yaml_get(node, "$") : NULL;
    return tag != NULL && yaml_is_text(tag, "var");
}

void load_branches(const struct yaml *node, load_visit *visit, void *context)
{
    const char *name = load_operator_name(node);
    const struct yaml *cases = NULL;
    if (load_is_var(node)) {
        return;
    }
    if (name == NULL) {
        visit(context, node);
    } else if (strcmp(name, "db") == 0) {
        for (size_t i = 0; i < node->count; i++) {
            if (strcmp(node->keys[i]->text, "~") != 0) {
                load_branches(node->items[i], visit, context);
            }
        }
    } else if (strcmp(name, "fact") == 0 && (cases = yaml_get(node, "cases")) != NULL) {
        for (size_t i = 0; i < cases->count; i++) {
            load_branches(cases->items[i], visit, context);
        }
    }
}

static json_t *tagged(const char *tag, json_t *value)
{
    json_t *json = json_object();
    json_object_set_new(json, "$", json_string(tag));
    json_object_set_new(json, "v", value);
    return json;
}

static json_t *text_json(struct loader *loader, const struct yaml *node)
{
    json_t *json = json_stringn(node->text, node->length);
    if (json == NULL) {
        load_refuse(loader, &node->place, "not UTF-8: write {$: text, v: base64}");
        return json_null();
    }
    return json;
}

static void set_item(struct loader *loader, json_t *map, const struct yaml *key, json_t *item)
{
    if (json_object_set_new(map, key->text, item) != 0) {
        load_refuse(loader, &key->place, "a key must be UTF-8");
    }
}

static bool is_finite_real(struct loader *loader, const struct yaml *node, double *value)
{
    if (number_parse_float(node->text, value) && isfinite(*value)) {
        return true;
    }
    load_refuse(loader, &node->place, "%s is beyond binary64: write {$: float, v: Infinity} if that is meant",
                node->text);
    return false;
}

/* Inside `json` nothing is tagged and nothing is an operator. */
static json_t *document(struct loader *loader, const struct yaml *node)
{
    json_t *json = NULL;
    double real;
    int64_t whole;
    switch (node->kind) {
    case YAML_NULL:
        return json_null();
    case YAML_BOOLEAN:
        return json_boolean(node->text[0] == 't');
    case YAML_INTEGER:
        if (number_parse_int(node->text, &whole)) {
            return json_integer(whole);
        }
        load_refuse(loader, &node->place, "%s does not fit into 64 bits", node->text);
        return json_null();
    case YAML_REAL:
        return is_finite_real(loader, node, &real) ? json_real(real) : json_null();
    case YAML_TEXT:
        return text_json(loader, node);
    case YAML_LIST:
        json = json_array();
        for (size_t i = 0; i < node->count; i++) {
            json_array_append_new(json, document(loader, node->items[i]));
        }
        return json;
    case YAML_MAP:
        json = json_object();
        for (size_t i = 0; i < node->count; i++) {
            set_item(loader, json, node->keys[i], document(loader, node->items[i]));
        }
        return json;
    }
    return json_null();
}

static bool is_good_tag_text(const char *tag, const char *text)
{
    double real;
    int64_t number;
    size_t length;
    if (strcmp(tag, "int") == 0) {
        size_t digits = strspn(text + (*text == '-'), "0123456789");
        return digits > 0 && text[digits + (*text == '-')] == '\0';
    }
    if (strcmp(tag, "float") == 0) {
        return number_parse_float(text, &real);
    }
    if (strcmp(tag, "datetime") == 0) {
        return number_parse_datetime(text, &number);
    }
    if (strcmp(tag, "date") == 0) {
        return number_parse_date(text, &number);
    }
    if (strcmp(tag, "fn") == 0) {
        return strcmp(text, "utcnow") == 0 || strcmp(text, "tick") == 0;
    }
    if (strcmp(tag, "bytes") == 0 || strcmp(tag, "text") == 0) {
        unsigned char *bytes = base64_decode(text, &length);
        free(bytes);
        return bytes != NULL;
    }
    return *text != '\0'; /* var, col: a name */
}

static json_t *tagged_value(struct loader *loader, const struct yaml *node, enum load_use use)
{
    static const struct {
        const char *tag, *form;
        int uses;
    } tags[] = {
        {"int", "an integer in quotes", IN_PARAM | IN_EXPECT | IN_FIXTURE},
        {"float", "a number in quotes, NaN, Infinity or -Infinity", IN_PARAM | IN_EXPECT | IN_FIXTURE},
        {"datetime", "YYYY-MM-DDTHH:MM:SS with 0 to 6 digits of fraction", IN_PARAM | IN_EXPECT | IN_FIXTURE},
        {"date", "YYYY-MM-DD", IN_PARAM | IN_EXPECT | IN_FIXTURE},
        {"bytes", "base64", IN_PARAM | IN_EXPECT | IN_FIXTURE},
        {"text", "base64", IN_PARAM | IN_EXPECT | IN_FIXTURE},
        {"json", "a document", IN_PARAM | IN_EXPECT | IN_FIXTURE},
        {"fn", "utcnow or tick", IN_FIXTURE},
        {"var", "a name bound by `as`", IN_PARAM | IN_EXPECT},
        {"col", "a column's name", IN_PARAM},
        {"expr", "an expression", IN_PARAM},
        {"query", "a query", IN_PARAM},
    };
    static const struct yaml_key keys[] = {{"$", true}, {"v", true}, {NULL, false}};
    if (!load_map(loader, node, "a tagged value", keys)) {
        return json_null();
    }
    const struct yaml *tag = yaml_get(node, "$"), *value = yaml_get(node, "v");
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        if (!yaml_is_text(tag, tags[i].tag)) {
            continue;
        }
        if (!(tags[i].uses & 1 << use)) {
            load_refuse(loader, &tag->place, "a value of the tag `%s` cannot stand here", tag->text);
            return json_null();
        }
        if (strcmp(tag->text, "json") == 0) {
            return tagged("json", document(loader, value));
        }
        if (strcmp(tag->text, "expr") == 0 || strcmp(tag->text, "query") == 0) {
            const bool expr = *tag->text == 'e';
            if (value->kind != (expr ? YAML_LIST : YAML_MAP)) {
                load_refuse(loader, &value->place, "`v` of the tag `%s` must be %s", tag->text, tags[i].form);
                return json_null();
            }
            return tagged(tag->text, load_value(loader, value, use));
        }
        if (value->kind != YAML_TEXT || strlen(value->text) != value->length ||
            !is_good_tag_text(tag->text, value->text)) {
            load_refuse(loader, &value->place, "`v` of the tag `%s` must be %s", tag->text, tags[i].form);
            return json_null();
        }
        return tagged(tag->text, text_json(loader, value));
    }
    load_refuse(loader, &tag->place, "unknown tag `%s`%s", tag->text,
                load_hint(loader, tag->text,
                          (const char *const[]){"int", "float", "datetime", "date", "bytes", "text", "json", "fn",
                                                "var", "col", "expr", "query", NULL},
                          sizeof(char *)));
    return json_null();
}

/* Names in ${…} must be known. */
static void check_environment(struct loader *loader, const struct yaml *node)
{
    for (const char *at = strstr(node->text, "${"); at != NULL; at = strstr(at + 2, "${")) {
        size_t length = strcspn(at + 2, "}");
        const char *name = arena_copy_bytes(loader->arena, at + 2, length);
        if (at[2 + length] != '}') {
            load_refuse(loader, &node->place, "`${` without its `}`");
            return;
        }
        if (!load_has_name(environment, name)) {
            load_refuse(loader, &node->place, "unknown value ${%s}%s", name,
                        load_hint(loader, name, environment, sizeof *environment));
        }
    }
}

static void check_match(struct loader *loader, const struct yaml *node)
{
    regex_t pattern;
    int code = regcomp(&pattern, node->text, REG_EXTENDED | REG_NOSUB);
    if (code != 0) {
        char why[128];
        regerror(code, &pattern, why, sizeof why);
        load_refuse(loader, &node->place, "not a POSIX extended regular expression: %s", why);
        return;
    }
    regfree(&pattern);
}

/* The cases of a fact: keys are values of the fact, and where the values are listed each has its case. */
static void check_fact(struct loader *loader, const struct yaml *name, const struct yaml *cases)
{
    const struct spec_fact *fact = name->kind == YAML_TEXT ? spec_find_fact(loader->spec, name->text) : NULL;
    if (fact == NULL) {
        load_refuse(loader, &name->place, "unknown fact `%s`", name->text);
        return;
    }
    if (cases->kind != YAML_MAP || cases->count == 0) {
        load_refuse(loader, &cases->place, "`cases` must be a map with a case for each value of the fact");
        return;
    }
    for (size_t i = 0; i < cases->count; i++) {
        const struct yaml *key = cases->keys[i];
        bool known = fact->values == NULL && key->kind == YAML_INTEGER;
        for (size_t j = 0; j < json_array_size(fact->values); j++) {
            known = known || strcmp(json_string_value(json_array_get(fact->values, j)), key->text) == 0;
        }
        if (!known) {
            load_refuse(loader, &key->place, "fact `%s` has no value `%s`", name->text, key->text);
        }
    }
    for (size_t j = 0; j < json_array_size(fact->values); j++) {
        const char *value = json_string_value(json_array_get(fact->values, j));
        if (yaml_get(cases, value) == NULL) {
            load_refuse(loader, &cases->place, "fact `%s` may be `%s`, which has no case here", name->text, value);
        }
    }
}

/* What the operands must be, beyond being there. */
static void check_operands(struct loader *loader, const char *name, const struct yaml *node)
{
    const struct yaml *value = yaml_get(node, "v");
    bool text = value != NULL && value->kind == YAML_TEXT && strlen(value->text) == value->length;
    if (strcmp(name, "type") == 0 && (value->kind > YAML_TEXT || !load_has_name(types, value->text))) {
        load_refuse(loader, &value->place, "unknown type `%s`%s", value->text,
                    load_hint(loader, value->text, types, sizeof *types));
    } else if (strcmp(name, "near") == 0) {
        const struct yaml *seconds = yaml_get(node, "s"), *tag = yaml_get(value, "$");
        bool moment =
            tag != NULL && (yaml_is_text(tag, "datetime") || yaml_is_text(tag, "float") || yaml_is_text(tag, "var"));
        if (!yaml_is_text(value, "now") && value->kind != YAML_REAL && !moment && load_operator_name(value) == NULL) {
            load_refuse(loader, &value->place, "`v` of `near` must be now, a datetime, a float, or a bound one");
        }
        if ((seconds->kind != YAML_INTEGER && seconds->kind != YAML_REAL) || seconds->text[0] == '-') {
            load_refuse(loader, &seconds->place, "`s` of `near` must be a number that is not negative");
        }
    } else if (strcmp(name, "unordered") == 0 || strcmp(name, "one_of") == 0) {
        if (value->kind != YAML_LIST || value->count == 0) {
            load_refuse(loader, &value->place, "`v` of `%s` must be a list with items", name);
        }
    } else if (strcmp(name, "same") == 0 || strcmp(name, "other") == 0 || strcmp(name, "match") == 0 ||
               strcmp(name, "env") == 0) {
        if (!text) {
            load_refuse(loader, &value->place, "`v` of `%s` must be text, not %s", name, yaml_kind_name(value));
        } else if (strcmp(name, "match") == 0) {
            check_match(loader, value);
        } else if (strcmp(name, "env") == 0) {
            check_environment(loader, value);
        }
    } else if (strcmp(name, "fact") == 0) {
        check_fact(loader, yaml_get(node, "name"), yaml_get(node, "cases"));
    }
}

static json_t *map_json(struct loader *loader, const struct yaml *node, enum load_use use)
{
    json_t *json = json_object();
    for (size_t i = 0; i < node->count; i++) {
        set_item(loader, json, node->keys[i], load_value(loader, node->items[i], use));
    }
    return json;
}

/* The integers of a `range`, as the list that they are. */
static json_t *range_json(struct loader *loader, const struct yaml *node)
{
    enum { MOST = 10000 };
    const struct yaml *from = yaml_get(node, "from"), *to = yaml_get(node, "to");
    json_t *list = json_array();
    int64_t first = 0, last = -1;
    if (from->kind != YAML_INTEGER || to->kind != YAML_INTEGER || !number_parse_int(from->text, &first) ||
        !number_parse_int(to->text, &last) || first < -NUMBER_PLAIN_MAX || last > NUMBER_PLAIN_MAX ||
        last - first >= MOST) {
        load_refuse(loader, &node->place, "`range` needs two integers, and makes a list of at most %d", MOST);
        return list;
    }
    for (int64_t i = first; i <= last; i++) {
        json_array_append_new(list, json_integer(i));
    }
    return list;
}

static json_t *operator_json(struct loader *loader, const struct yaml *node, enum load_use use)
{
    const struct yaml *name = yaml_get(node, "~");
    const struct operator* operator= NULL;
    const char *names[sizeof operators / sizeof *operators + 1] = {NULL};
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        names[i] = operators[i].name;
        if (yaml_is_text(name, operators[i].name)) {
            operator= & operators[i];
        }
    }
    if (operator== NULL) {
        load_refuse(loader, &name->place, "unknown operator `%s`%s", name->text,
                    load_hint(loader, name->text, names, sizeof *names));
        return json_null();
    }
    if (!(operator->uses & 1 << use)) {
        static const char *const where[] = {
            [LOAD_PARAM] = "in params", [LOAD_EXPECT] = "in an expectation", [LOAD_FIXTURE] = "in a fixture"};
        load_refuse(loader, &name->place, "the operator `%s` cannot stand %s", operator->name, where[use]);
        return json_null();
    }
    const char *what = arena_format(loader->arena, "the operator `%s`", operator->name);
    if (!load_map(loader, node, what, operator->keys)) {
        return json_null();
    }
    if (strcmp(operator->name, "range") == 0) {
        return range_json(loader, node);
    }
    check_operands(loader, operator->name, node);
    return map_json(loader, node, use);
}

json_t *load_value(struct loader *loader, const struct yaml *node, enum load_use use)
{
    double real;
    int64_t whole;
    switch (node->kind) {
    case YAML_NULL:
    case YAML_BOOLEAN:
        return document(loader, node);
    case YAML_INTEGER:
        if (number_parse_int(node->text, &whole) && whole <= NUMBER_PLAIN_MAX && whole >= -NUMBER_PLAIN_MAX) {
            return json_integer(whole);
        }
        return tagged("int", json_string(node->text));
    case YAML_REAL:
        return is_finite_real(loader, node, &real) ? tagged("float", json_string(node->text)) : json_null();
    case YAML_TEXT:
        return text_json(loader, node);
    case YAML_LIST: {
        json_t *json = json_array();
        for (size_t i = 0; i < node->count; i++) {
            json_array_append_new(json, load_value(loader, node->items[i], use));
        }
        return json;
    }
    case YAML_MAP:
        if (yaml_get(node, "~") != NULL) {
            return operator_json(loader, node, use);
        }
        return yaml_get(node, "$") != NULL ? tagged_value(loader, node, use) : map_json(loader, node, use);
    }
    return json_null();
}
