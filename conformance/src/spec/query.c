/* The parts of a query: their names, their arity, and what they need. Orders and operands may be wrong on purpose. */
#include "base/memory.h"
#include "spec/load.h"

#include <stdint.h>
#include <string.h>

struct walk {
    struct loader *loader;
    struct load_needs *needs;
};

void load_need(struct load_needs *needs, const char *name)
{
    for (size_t i = 0; i < needs->count; i++) {
        if (strcmp(needs->names[i], name) == 0) {
            return;
        }
    }
    if (needs->count == needs->room) {
        needs->room = needs->room ? needs->room * 2 : 8;
        needs->names = memory_resize(needs->names, needs->room, sizeof *needs->names);
    }
    needs->names[needs->count++] = name;
}

struct expression {
    const char *name;
    enum { EXPRESSIONS, ONE_EXPRESSION, NAME_VALUE, NAME_LIST, NAME_PAIR, NAME_ONLY, NAME_EXPRESSION } form;
};

static const struct expression expressions[] = {
    {"and", EXPRESSIONS},     {"or", EXPRESSIONS},        {"not", ONE_EXPRESSION},  {"eq", NAME_VALUE},
    {"ne", NAME_VALUE},       {"lt", NAME_VALUE},         {"le", NAME_VALUE},       {"gt", NAME_VALUE},
    {"ge", NAME_VALUE},       {"in", NAME_LIST},          {"not_in", NAME_LIST},    {"between", NAME_PAIR},
    {"is_null", NAME_ONLY},   {"is_not_null", NAME_ONLY}, {"like", NAME_VALUE},     {"ilike", NAME_VALUE},
    {"contains", NAME_VALUE}, {"startswith", NAME_VALUE}, {"endswith", NAME_VALUE}, {"any", NAME_EXPRESSION},
    {"has", NAME_EXPRESSION}, {NULL, NAME_ONLY},
};

static bool is_list_with_name(const struct yaml *node)
{
    return node->kind == YAML_LIST && node->count > 0 && node->items[0]->kind == YAML_TEXT;
}

static void check_expression(void *context, const struct yaml *node)
{
    struct walk *walk = context;
    if (!is_list_with_name(node)) {
        load_refuse(walk->loader, &node->place, "an expression must be a list [operator, …], not %s",
                    yaml_kind_name(node));
        return;
    }
    const struct yaml *name = node->items[0];
    const struct expression *found = expressions;
    while (found->name != NULL && strcmp(found->name, name->text) != 0) {
        found++;
    }
    if (found->name == NULL) {
        load_refuse(walk->loader, &name->place, "unknown expression `%s`%s", name->text,
                    load_hint(walk->loader, name->text, &expressions[0].name, sizeof *expressions));
        return;
    }
    static const struct {
        size_t least, most;
        const char *form;
    } forms[] = {[EXPRESSIONS] = {2, SIZE_MAX, "expressions"},  [ONE_EXPRESSION] = {2, 2, "one expression"},
                 [NAME_VALUE] = {3, 3, "a name and a value"},   [NAME_LIST] = {3, 3, "a name and a list"},
                 [NAME_PAIR] = {4, 4, "a name and two values"}, [NAME_ONLY] = {2, 2, "a name"},
                 [NAME_EXPRESSION] = {2, 3, "a relationship and an expression"}};
    if (node->count < forms[found->form].least || node->count > forms[found->form].most) {
        load_refuse(walk->loader, &node->place, "`%s` takes %s", found->name, forms[found->form].form);
        return;
    }
    bool nested = found->form == EXPRESSIONS || found->form == ONE_EXPRESSION;
    for (size_t i = 1; i < node->count && nested; i++) {
        load_branches(node->items[i], check_expression, walk);
    }
    if (found->form == NAME_EXPRESSION) {
        load_need(walk->needs, "rel.exists");
        for (size_t i = 2; i < node->count; i++) {
            load_branches(node->items[i], check_expression, walk);
        }
    } else if (!nested && node->count > 2 && load_is_var(node->items[2])) {
        /* A column is compared to values: an object is for a relationship. */
        load_need(walk->needs, strcmp(found->name, "contains") == 0 ? "rel.exists" : "rel.compare");
    }
    if (!nested && node->items[1]->kind != YAML_TEXT && load_operator_name(node->items[1]) == NULL) {
        load_refuse(walk->loader, &node->items[1]->place, "`%s` names a column first, not %s", found->name,
                    yaml_kind_name(node->items[1]));
    }
}

static void check_order(void *context, const struct yaml *node)
{
    struct walk *walk = context;
    bool pair = node->kind == YAML_LIST && node->count == 2 && node->items[0]->kind == YAML_TEXT &&
                (yaml_is_text(node->items[1], "asc") || yaml_is_text(node->items[1], "desc"));
    if (node->kind != YAML_TEXT && !pair) {
        load_refuse(walk->loader, &node->place, "order_by takes names, \"-name\", or [name, asc or desc]");
    }
}

static void check_join(struct walk *walk, const struct yaml *node)
{
    if (node->count != 2 || node->items[1]->kind != YAML_TEXT) {
        load_refuse(walk->loader, &node->place, "`%s` takes the path of a relationship", node->items[0]->text);
    }
}

/* What a strategy needs, whatever is loaded. */
static const struct {
    const char *name, *needs;
} strategies[] = {
    {"joined", "rel.eager"},      {"selectin", "rel.eager"}, {"subquery", "rel.strategies"},
    {"select", "rel.strategies"}, {"raise", "rel.raise"},    {"noload", "rel.noload"},
    {"contains", "rel.strategies"}, {NULL, NULL},
};

static void check_load(struct walk *walk, const struct yaml *node)
{
    if (node->count != 3 || node->items[1]->kind != YAML_TEXT || node->items[2]->kind != YAML_TEXT) {
        load_refuse(walk->loader, &node->place, "`load` takes the path of a relationship and a strategy");
        return;
    }
    for (size_t i = 0; strategies[i].name != NULL; i++) {
        if (strcmp(strategies[i].name, node->items[2]->text) == 0) {
            load_need(walk->needs, strategies[i].needs);
            return;
        }
    }
    load_refuse(walk->loader, &node->items[2]->place, "unknown strategy `%s`%s", node->items[2]->text,
                load_hint(walk->loader, node->items[2]->text, &strategies[0].name, sizeof *strategies));
}

/* A relationship that is compared to an object. */
static void check_filter_by(struct walk *walk, const struct yaml *map)
{
    for (size_t i = 0; map->kind == YAML_MAP && i < map->count; i++) {
        if (load_is_var(map->items[i])) {
            load_need(walk->needs, "rel.compare");
        }
    }
}

static void check_step(void *context, const struct yaml *node)
{
    struct walk *walk = context;
    if (!is_list_with_name(node)) {
        load_refuse(walk->loader, &node->place, "a step of a query must be a list [name, …], not %s",
                    yaml_kind_name(node));
        return;
    }
    const char *name = node->items[0]->text;
    const struct spec_query_part *part = spec_query_step_find(name);
    if (part == NULL) {
        load_refuse(
            walk->loader, &node->items[0]->place, "unknown query step `%s`%s", name,
            load_hint(walk->loader, name,
                      (const char *const[]){"filter_by", "filter", "order_by", "limit", "offset", "distinct", "join",
                                            "outer_join", "load", NULL},
                      sizeof(char *)));
        return;
    }
    load_need(walk->needs, part->needs);
    load_visit *visit = strcmp(name, "filter") == 0     ? check_expression
                        : strcmp(name, "order_by") == 0 ? check_order
                                                        : NULL;
    for (size_t i = 1; i < node->count && visit != NULL; i++) {
        load_branches(node->items[i], visit, walk);
    }
    bool one = strcmp(name, "filter_by") == 0 || strcmp(name, "limit") == 0 || strcmp(name, "offset") == 0;
    if (one && node->count != 2) {
        load_refuse(walk->loader, &node->place, "`%s` takes one operand, not %zu", name, node->count - 1);
    } else if (strcmp(name, "distinct") == 0 && node->count != 1) {
        load_refuse(walk->loader, &node->place, "`distinct` takes no operand");
    } else if (strcmp(name, "filter_by") == 0 && node->items[1]->kind != YAML_MAP) {
        load_refuse(walk->loader, &node->items[1]->place, "`filter_by` takes a map, not %s",
                    yaml_kind_name(node->items[1]));
    } else if (strcmp(name, "filter_by") == 0) {
        check_filter_by(walk, node->items[1]);
    } else if (strcmp(name, "load") == 0) {
        check_load(walk, node);
    } else if (strcmp(name, "join") == 0 || strcmp(name, "outer_join") == 0) {
        check_join(walk, node);
    }
}

static void check_steps(void *context, const struct yaml *node)
{
    for (size_t i = 0; node->kind == YAML_LIST && i < node->count; i++) {
        load_branches(node->items[i], check_step, context);
    }
}

static void check_end(void *context, const struct yaml *node)
{
    struct walk *walk = context;
    bool list = is_list_with_name(node);
    if (!list && node->kind != YAML_TEXT) {
        load_refuse(walk->loader, &node->place, "`end` must be a name or [name, key], not %s", yaml_kind_name(node));
        return;
    }
    const struct yaml *name = list ? node->items[0] : node;
    const struct spec_query_part *part = spec_query_end_find(name->text);
    if (part == NULL) {
        load_refuse(walk->loader, &name->place, "unknown end `%s`%s", name->text,
                    load_hint(walk->loader, name->text,
                              (const char *const[]){"all", "first", "one", "one_or_none", "count", "get", "get_or_404",
                                                    "first_or_404", "one_or_404", "paginate", "update", "delete",
                                                    NULL},
                              sizeof(char *)));
        return;
    }
    load_need(walk->needs, part->needs);
    if (load_own_end(walk->loader, node, part->name, walk->needs)) {
        return;
    }
    if (part->key != list || (list && node->count != 2)) {
        load_refuse(walk->loader, &node->place, part->key ? "`%s` takes a key: [%s, key]" : "`%s` takes no key: %s",
                    part->name, part->name);
    }
}

static void check_read(void *context, const struct yaml *node)
{
    struct walk *walk = context;
    bool good = node->kind == YAML_TEXT || node->kind == YAML_LIST;
    for (size_t i = 0; i < node->count && good; i++) {
        good = node->items[i]->kind == YAML_TEXT;
    }
    if (!good) {
        load_refuse(walk->loader, &node->place, "`read` must be a name or a list of names");
    }
}

void load_query(struct loader *loader, const struct yaml *params, struct load_needs *needs)
{
    struct walk walk = {loader, needs};
    const struct yaml *model = yaml_get(params, "model"), *obj = yaml_get(params, "obj");
    if ((model == NULL) == (obj == NULL) || (obj == NULL) != (yaml_get(params, "name") == NULL)) {
        load_refuse(loader, &params->place, "`query` takes either `model`, or `obj` and `name`");
    } else if (obj != NULL) {
        load_need(needs, "rel.dynamic");
    }
    static const struct {
        const char *key;
        load_visit *visit;
    } parts[] = {{"q", check_steps}, {"end", check_end}, {"read", check_read}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const struct yaml *node = yaml_get(params, parts[i].key);
        if (node != NULL) {
            load_branches(node, parts[i].visit, &walk);
        }
    }
}
