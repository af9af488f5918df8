/* The parts of a query: their names, their arity, and what they need. Orders and operands may be wrong on purpose. */
#include "base/memory.h"
#include "spec/load.h"

#include <stdint.h>
#include <string.h>

struct walk {
    struct loader *loader;
    struct load_needs *needs;
    const char *step; /* in hand */
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

static bool is_list_with_name(const struct yaml *node)
{
    return node->kind == YAML_LIST && node->count > 0 && node->items[0]->kind == YAML_TEXT;
}

static void check_expression(void *context, const struct yaml *node)
{
    struct walk *walk = context;
    load_expression(walk->loader, node, walk->needs);
}

static void check_operand(void *context, const struct yaml *node)
{
    struct walk *walk = context;
    load_operand(walk->loader, node, walk->needs, walk->step);
}

static bool is_direction(const struct yaml *node)
{
    return yaml_is_text(node, "asc") || yaml_is_text(node, "desc");
}

/* A name, -name, null, [operand, direction], [operand, direction, nulls], or an expression. */
static void check_order(void *context, const struct yaml *node)
{
    struct walk *walk = context;
    if (node->kind == YAML_NULL) {
        load_need(walk->needs, "order_reset");
        return;
    }
    if (node->kind == YAML_LIST && (node->count == 2 || node->count == 3) && is_direction(node->items[1])) {
        check_operand(walk, node->items[0]);
        if (node->count == 3) {
            load_need(walk->needs, "nulls_order");
            if (!yaml_is_text(node->items[2], "nulls_first") && !yaml_is_text(node->items[2], "nulls_last")) {
                load_refuse(walk->loader, &node->items[2]->place, "not nulls_first or nulls_last");
            }
        }
        return;
    }
    if (is_list_with_name(node) && load_is_expression(node->items[0]->text)) {
        check_operand(walk, node);
        return;
    }
    if (node->kind != YAML_TEXT) {
        load_refuse(walk->loader, &node->place, "order_by takes names, \"-name\", or [name, asc or desc]");
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
static void check_filter_by(void *context, const struct yaml *map)
{
    struct walk *walk = context;
    if (map->kind != YAML_MAP) {
        load_refuse(walk->loader, &map->place, "`filter_by` takes a map, not %s", yaml_kind_name(map));
    }
    for (size_t i = 0; map->kind == YAML_MAP && i < map->count; i++) {
        if (load_is_var(map->items[i])) {
            load_need(walk->needs, "rel.compare");
        }
    }
}

/* An operand, or {of: operand, as: label}. */
static void check_column(void *context, const struct yaml *node)
{
    static const struct yaml_key keys[] = {{"of", true}, {"as", true}, {NULL, false}};
    struct walk *walk = context;
    if (node->kind != YAML_MAP) {
        check_operand(walk, node);
    } else if (load_map(walk->loader, node, "a column", keys)) {
        check_operand(walk, yaml_get(node, "of"));
        (void)load_text(walk->loader, node, "as");
    }
}

/* A path, {model, as, on} or {query, as, on} */
static void check_join(void *context, const struct yaml *node)
{
    static const struct yaml_key keys[] = {{"model", false}, {"query", false}, {"as", false}, {"on", false}, {NULL, false}};
    struct walk *walk = context;
    if (node->kind == YAML_TEXT) { /* the path of a relationship */
        load_need(walk->needs, "rel.join");
        return;
    }
    load_need(walk->needs, "joins");
    if (!load_map(walk->loader, node, "a join", keys)) {
        return;
    }
    const struct yaml *query = yaml_get(node, "query"), *on = yaml_get(node, "on");
    if ((query == NULL) == (yaml_get(node, "model") == NULL)) {
        load_refuse(walk->loader, &node->place, "a join takes either `model` or `query`");
    } else if (query != NULL) {
        load_need(walk->needs, "derived");
        load_inner_query(walk->loader, query, walk->needs);
    }
    if (query != NULL && (on == NULL || yaml_get(node, "as") == NULL)) {
        load_refuse(walk->loader, &node->place, "a join of a query needs `as` and `on`");
    }
    if (on != NULL) {
        check_expression(walk, on);
    }
}

static void check_inner(void *context, const struct yaml *node)
{
    struct walk *walk = context;
    load_inner_query(walk->loader, node, walk->needs);
}

static void check_name(void *context, const struct yaml *node)
{
    struct walk *walk = context;
    if (node->kind != YAML_TEXT) {
        load_refuse(walk->loader, &node->place, "`%s` takes names, not %s", walk->step, yaml_kind_name(node));
    }
}

/* Operands of the steps: what each is, and how many there are. */
static const struct step_form {
    const char *name;
    load_visit *operand; /* NULL: anything */
    size_t least, most;
} step_forms[] = {
    {"filter_by", check_filter_by, 1, 1},     {"filter", check_expression, 0, SIZE_MAX},
    {"order_by", check_order, 0, SIZE_MAX}, {"limit", NULL, 1, 1},
    {"offset", NULL, 1, 1},               {"distinct", NULL, 0, 0},
    {"join", check_join, 1, 1},           {"outer_join", check_join, 1, 1},
    {"columns", check_column, 1, SIZE_MAX}, {"group_by", check_operand, 1, SIZE_MAX},
    {"having", check_expression, 1, SIZE_MAX}, {"union", check_inner, 1, 1},
    {"union_all", check_inner, 1, 1},     {"intersect", check_inner, 1, 1},
    {"except", check_inner, 1, 1},        {"for_update", NULL, 0, 0},
    {"load_only", check_name, 1, SIZE_MAX}, {"defer", check_name, 1, SIZE_MAX},
    {"sql", NULL, 1, 2},                  {"load", NULL, 2, 2},
    {NULL, NULL, 0, 0},
};

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
    const struct step_form *form = step_forms;
    while (form->name != NULL && strcmp(form->name, name) != 0) {
        form++;
    }
    if (part == NULL || form->name == NULL) {
        load_refuse(walk->loader, &node->items[0]->place, "unknown query step `%s`%s", name,
                    load_hint(walk->loader, name, &step_forms[0].name, sizeof *step_forms));
        return;
    }
    load_need(walk->needs, part->needs);
    if (form->most == 0 && node->count > 1) {
        load_refuse(walk->loader, &node->place, "`%s` takes no operand", name);
        return;
    }
    if (form->most == 1 && node->count != 2) {
        load_refuse(walk->loader, &node->place, "`%s` takes one operand, not %zu", name, node->count - 1);
        return;
    }
    if (node->count - 1 < form->least || node->count - 1 > form->most) {
        load_refuse(walk->loader, &node->place, "`%s` with %zu operands", name, node->count - 1);
        return;
    }
    if (strcmp(name, "load") == 0) {
        check_load(walk, node);
        return;
    }
    walk->step = name;
    for (size_t i = 1; i < node->count && form->operand != NULL; i++) {
        load_branches(node->items[i], form->operand, walk);
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
                                                    "exists", "scalar", "stream", "rows", "scalars", "named_rows",
                                                    "statement", NULL},
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

void load_inner_query(struct loader *loader, const struct yaml *node, struct load_needs *needs)
{
    static const struct yaml_key keys[] = {{"model", true}, {"q", false}, {NULL, false}};
    struct walk walk = {loader, needs, NULL};
    if (load_map(loader, node, "a query within a query", keys)) {
        (void)load_text(loader, node, "model");
        if (yaml_get(node, "q") != NULL) {
            load_branches(yaml_get(node, "q"), check_steps, &walk);
        }
    }
}

void load_query(struct loader *loader, const struct yaml *params, struct load_needs *needs)
{
    struct walk walk = {loader, needs, NULL};
    const struct yaml *obj = yaml_get(params, "obj"), *base = yaml_get(params, "base");
    const int given = (yaml_get(params, "model") != NULL) + (obj != NULL) + (base != NULL);
    if (given != 1 || (obj == NULL) != (yaml_get(params, "name") == NULL)) {
        load_refuse(loader, &params->place, "`query` takes either `model`, or `base`, or `obj` and `name`");
    } else if (obj != NULL) {
        load_need(needs, "rel.dynamic");
    } else if (base != NULL) {
        load_need(needs, "saved_queries");
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
