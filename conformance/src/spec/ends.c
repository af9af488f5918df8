/* Ends of a query that take operands of their own: pages, and what changes all rows of the query at once. */
#include "spec/load.h"

#include <string.h>

static const struct yaml_key page_keys[] = {
    {"page", false},    {"per_page", false}, {"max_per_page", false}, {"error_out", false}, {"count", false},
    {"request", false}, {"window", false},   {"then", false},         {"statement", false}, {NULL, false}};
static const struct yaml_key window_keys[] = {
    {"left_edge", false}, {"left_current", false}, {"right_current", false}, {"right_edge", false}, {NULL, false}};
static const struct yaml_key walk_keys[] = {{"error_out", true}, {NULL, false}};

/* {~: db, …} and the like, which the run resolves. */
static bool is_operand(const struct yaml *node)
{
    return load_operator_name(node) != NULL;
}

static void check_number(struct loader *loader, const struct yaml *map, const char *name)
{
    const struct yaml *node = yaml_get(map, name);
    bool tagged = node != NULL && node->kind == YAML_MAP && yaml_get(node, "$") != NULL;
    if (node != NULL && node->kind != YAML_INTEGER && node->kind != YAML_NULL && !tagged && !is_operand(node)) {
        load_refuse(loader, &node->place, "`%s` must be an integer or null, not %s", name, yaml_kind_name(node));
    }
}

static void check_flag(struct loader *loader, const struct yaml *map, const char *name)
{
    const struct yaml *node = yaml_get(map, name);
    if (node != NULL && node->kind != YAML_BOOLEAN && !is_operand(node)) {
        load_refuse(loader, &node->place, "`%s` must be true or false, not %s", name, yaml_kind_name(node));
    }
}

/* "next", "prev", or one of them with error_out. */
static void check_walk(struct loader *loader, const struct yaml *node)
{
    const bool list = node->kind == YAML_LIST && node->count == 2;
    const struct yaml *name = list ? node->items[0] : node;
    if (!yaml_is_text(name, "next") && !yaml_is_text(name, "prev")) {
        load_refuse(loader, &node->place, "`then` takes next, prev, or [next, {error_out: true}]");
    } else if (list && load_map(loader, node->items[1], "a step of `then`", walk_keys)) {
        check_flag(loader, node->items[1], "error_out");
    }
}

static void check_page(struct loader *loader, const struct yaml *node, struct load_needs *needs)
{
    if (!load_map(loader, node, "`paginate`", page_keys)) {
        return;
    }
    const struct yaml *window = yaml_get(node, "window"), *then = yaml_get(node, "then");
    check_number(loader, node, "page");
    check_number(loader, node, "per_page");
    check_number(loader, node, "max_per_page");
    check_flag(loader, node, "error_out");
    check_flag(loader, node, "count");
    check_flag(loader, node, "statement");
    const struct yaml *request = yaml_get(node, "request");
    if (request != NULL) {
        load_need(needs, "paginate_request");
    }
    if (request != NULL && request->kind != YAML_TEXT && !is_operand(request)) {
        load_refuse(loader, &request->place, "`request` must be text, not %s", yaml_kind_name(request));
    }
    if (window != NULL) {
        load_need(needs, "page_window");
    }
    if (window != NULL && load_map(loader, window, "`window`", window_keys)) {
        for (const struct yaml_key *key = window_keys; key->name != NULL; key++) {
            check_number(loader, window, key->name);
        }
    }
    if (then != NULL) {
        load_need(needs, "page_walk");
        if (then->kind != YAML_LIST || then->count == 0) {
            load_refuse(loader, &then->place, "`then` must be a list with steps");
        }
        for (size_t i = 0; then->kind == YAML_LIST && i < then->count; i++) {
            check_walk(loader, then->items[i]);
        }
    }
}

static void check_mode(struct loader *loader, const struct yaml *node, struct load_needs *needs)
{
    load_need(needs, "bulk_sync");
    bool off = node->kind == YAML_BOOLEAN && strcmp(node->text, "false") == 0;
    if (node->kind != YAML_TEXT && !off && !is_operand(node)) {
        load_refuse(loader, &node->place, "how the session follows is text or false, not %s", yaml_kind_name(node));
    }
}

bool load_own_end(struct loader *loader, const struct yaml *node, const char *name, struct load_needs *needs)
{
    const size_t count = node->kind == YAML_LIST ? node->count : 1;
    if (strcmp(name, "paginate") == 0) {
        if (count > 2) {
            load_refuse(loader, &node->place, "`paginate` takes one map: [paginate, {…}]");
        } else if (count == 2) {
            check_page(loader, node->items[1], needs);
        }
        return true;
    }
    if (strcmp(name, "update") == 0) {
        if (count < 2 || count > 3 || node->items[1]->kind != YAML_MAP) {
            load_refuse(loader, &node->place, "`update` takes a map, and how the session follows: [update, {…}, fetch]");
            return true;
        }
        load_assigned(loader, node->items[1], needs);
        if (count == 3) {
            check_mode(loader, node->items[2], needs);
        }
        return true;
    }
    if (strcmp(name, "delete") == 0) {
        if (count > 2) {
            load_refuse(loader, &node->place, "`delete` takes how the session follows: [delete, fetch]");
        } else if (count == 2) {
            check_mode(loader, node->items[1], needs);
        }
        return true;
    }
    return false;
}
