/* Names in steps: variables are bound before they are used; models, columns and tables are in the case's schema.
 * A step that expects an error may name what is not there on purpose. */
#include "lint/parts.h"

#include <stdio.h>
#include <string.h>

struct scope {
    struct lint *lint;
    const struct spec_case *one;
    const struct spec_step *step;
    const struct spec_schema *schema; /* the case's, or that of the last `define` */
    json_t *bound;       /* {variable: the model's name, or null when it is no object} */
    bool foreign_tables; /* SQL of the case's own may have made tables that the schema does not have */
    const json_t *table; /* the model or table whose columns are looked at, or NULL */
    const char *label;   /* what it is called in messages */
    bool stored;         /* its columns go by their names in the database */
    const char *joined;  /* the model that the query in hand joined last */
    json_t *aliases;     /* of the query in hand: {alias: its model, or null where it is a query} */
};

static void check_variable(struct scope *scope, const char *name)
{
    if (name != NULL && json_object_get(scope->bound, name) == NULL) {
        lint_find(scope->lint, &scope->step->place, "`%s` is used, but no step before binds it with `as`", name);
    }
}

static void visit_variables(void *context, const json_t *value)
{
    const char *tag = lint_tag(value), *name = lint_operator(value);
    const char *operand = json_string_value(json_object_get(value, "v"));
    if ((tag != NULL && strcmp(tag, "var") == 0) ||
        (name != NULL && (strcmp(name, "same") == 0 || strcmp(name, "other") == 0))) {
        check_variable(context, operand);
    }
}

static bool has_column(const struct scope *scope, const char *name)
{
    return (scope->stored ? spec_find_stored(scope->table, name) : spec_find_column(scope->table, name)) != NULL;
}

/* Model.member, or the same of an alias: of the query in hand, or of one around it. */
static bool is_qualified(struct scope *scope, const char *name)
{
    const char *dot = name != NULL ? strchr(name, '.') : NULL;
    if (dot == NULL || scope->stored || scope->schema == NULL) {
        return false;
    }
    json_t *prefix = json_stringn(name, (size_t)(dot - name));
    const json_t *alias = json_object_get(scope->aliases, json_string_value(prefix));
    const char *model = json_is_string(alias) ? json_string_value(alias) : json_string_value(prefix);
    const json_t *table = spec_find_model(scope->schema, model);
    bool known = table != NULL || alias != NULL;
    if (table != NULL && spec_find_column(table, dot + 1) == NULL) {
        lint_find(scope->lint, &scope->step->place, "`%s` has no column `%s`", model, dot + 1);
    }
    json_decref(prefix);
    return known;
}

static bool has_relationships(const struct spec_schema *schema)
{
    const json_t *models = json_object_get(schema->json, "models");
    for (size_t i = 0; i < json_array_size(models); i++) {
        if (json_object_get(json_array_get(models, i), "relationships") != NULL) {
            return true;
        }
    }
    return false;
}

/* A member's name, or a path of relationships that ends in one: author.username. */
static void check_column(struct scope *scope, const char *name)
{
    const json_t *table = scope->table;
    const char *label = scope->label;
    if (table == NULL || name == NULL || has_column(scope, name) || is_qualified(scope, name)) {
        return;
    }
    while (!scope->stored) {
        size_t length = strcspn(name, ".");
        char part[128];
        bool many;
        snprintf(part, sizeof part, "%.*s", (int)length, name);
        const char *target = spec_find_target(scope->schema, table, part, &many);
        if (target == NULL || name[length] == '\0') {
            bool found = target != NULL || (name[length] == '\0' && spec_find_column(table, name) != NULL);
            const char *what = has_relationships(scope->schema) ? "column or relationship" : "column";
            if (!found) {
                lint_find(scope->lint, &scope->step->place, "`%s` has no %s `%s`", label, what, name);
            }
            return;
        }
        table = spec_find_model(scope->schema, target);
        label = target;
        name += length + 1;
    }
    lint_find(scope->lint, &scope->step->place, "`%s` has no column `%s`", label, name);
}

static void visit_column(void *context, const json_t *value)
{
    check_column(context, json_string_value(value));
}

/* A name, or a list of names. */
static void visit_columns(void *context, const json_t *value)
{
    visit_column(context, value);
    for (size_t i = 0; i < json_array_size(value); i++) {
        lint_branches(json_array_get(value, i), visit_column, context);
    }
}

static void visit_keys(void *context, const json_t *value)
{
    if (lint_operator(value) != NULL || lint_tag(value) != NULL) {
        return;
    }
    for (void *at = json_object_iter((json_t *)value); at != NULL; at = json_object_iter_next((json_t *)value, at)) {
        check_column(context, json_object_iter_key(at));
    }
}

static void visit_expression(void *context, const json_t *value);
static void visit_query(void *context, const json_t *value);

/* A query within a query: its names are its own, those of the query around it qualified. */
static void visit_inner(void *context, const json_t *value)
{
    struct scope *scope = context, inner = *scope;
    const char *name = json_string_value(json_object_get(value, "model"));
    if (name == NULL || scope->schema == NULL) {
        return;
    }
    inner.label = name;
    inner.table = spec_find_model(scope->schema, name);
    inner.joined = NULL;
    inner.aliases = json_copy(scope->aliases);
    if (inner.table == NULL) {
        lint_find(scope->lint, &scope->step->place, "the schema `%s` has no model `%s`", scope->schema->name, name);
    }
    lint_branches(json_object_get(value, "q"), visit_query, &inner);
    json_decref(inner.aliases);
}

/* What stands where a value could: {$: col}, {$: expr}, {$: query}. */
static void visit_value(void *context, const json_t *value)
{
    const char *tag = lint_tag(value);
    const json_t *inner = json_object_get(value, "v");
    if (tag != NULL && strcmp(tag, "col") == 0) {
        check_column(context, json_string_value(inner));
    } else if (tag != NULL && strcmp(tag, "expr") == 0) {
        lint_branches(inner, visit_expression, context);
    } else if (tag != NULL && strcmp(tag, "query") == 0) {
        lint_branches(inner, visit_inner, context);
    }
}

/* A name, or an expression. */
static void visit_operand(void *context, const json_t *value)
{
    if (json_is_array(value)) {
        visit_expression(context, value);
    } else {
        visit_column(context, value);
    }
}

static void visit_pairs(struct scope *scope, const json_t *pairs)
{
    for (size_t i = 0; i < json_array_size(pairs); i++) {
        lint_branches(json_array_get(json_array_get(pairs, i), 0), visit_expression, scope);
        lint_branches(json_array_get(json_array_get(pairs, i), 1), visit_value, scope);
    }
}

static void visit_expression(void *context, const json_t *value);

/* [any, relationship, e]: the expression speaks of the target's members. */
static void visit_related(struct scope *scope, const json_t *value)
{
    const struct scope before = *scope;
    const char *name = json_string_value(json_array_get(value, 1));
    bool many;
    check_column(scope, name);
    if (name == NULL || scope->table == NULL) {
        return;
    }
    scope->label = spec_find_target(scope->schema, scope->table, name, &many);
    scope->table = scope->label != NULL ? spec_find_model(scope->schema, scope->label) : NULL;
    lint_branches(json_array_get(value, 2), visit_expression, scope);
    scope->label = before.label;
    scope->table = before.table;
}

static void visit_expression(void *context, const json_t *value)
{
    const char *name = json_string_value(json_array_get(value, 0));
    if (name == NULL || strcmp(name, "sql") == 0) {
        return;
    }
    bool nested = strcmp(name, "and") == 0 || strcmp(name, "or") == 0 || strcmp(name, "not") == 0;
    bool query = strcmp(name, "exists") == 0 || strcmp(name, "scalar") == 0;
    size_t operand = strcmp(name, "func") == 0 ? 2 : 1; /* the first */
    bool values = strcmp(name, "value") == 0 || strcmp(name, "case") == 0;
    if (strcmp(name, "case") == 0) {
        visit_pairs(context, json_array_get(value, 1));
    }
    if (strcmp(name, "any") == 0 || strcmp(name, "has") == 0) {
        visit_related(context, value);
        return;
    }
    for (size_t i = operand; i < json_array_size(value); i++) {
        lint_visit *visit = nested                    ? visit_expression
                            : query                   ? visit_inner
                            : i == operand && !values ? visit_operand
                                                      : visit_value;
        lint_branches(json_array_get(value, i), visit, context);
    }
}

/* "-name", null, [operand, desc], or an expression. */
static void visit_order(void *context, const json_t *value)
{
    const char *direction = json_string_value(json_array_get(value, 1)), *name = json_string_value(value);
    struct scope *scope = context;
    if (direction != NULL && (strcmp(direction, "asc") == 0 || strcmp(direction, "desc") == 0)) {
        visit_operand(context, json_array_get(value, 0));
    } else if (json_is_array(value)) {
        visit_expression(context, value);
    } else if (name != NULL) {
        bool down = *name == '-' && scope->table != NULL && !has_column(scope, name);
        check_column(scope, name + (down ? 1 : 0));
    }
}

static void visit_selected(void *context, const json_t *value)
{
    const json_t *of = json_object_get(value, "of");
    visit_operand(context, of != NULL ? of : value);
}

static void visit_join(void *context, const json_t *value)
{
    struct scope *scope = context;
    if (json_is_string(value)) { /* the path of a relationship */
        visit_column(context, value);
        return;
    }
    const json_t *query = json_object_get(value, "query");
    const char *model = json_string_value(json_object_get(value, "model"));
    if (query != NULL) {
        visit_inner(context, query);
    } else if (model != NULL && scope->schema != NULL && spec_find_model(scope->schema, model) == NULL) {
        lint_find(scope->lint, &scope->step->place, "the schema `%s` has no model `%s`", scope->schema->name, model);
    }
    lint_branches(json_object_get(value, "on"), visit_expression, context);
    scope->joined = model;
}

/* filter_by speaks of what was joined last. */
static void visit_filter_by(void *context, const json_t *value)
{
    struct scope *scope = context, joined = *scope;
    if (scope->joined != NULL) {
        joined.label = scope->joined;
        joined.table = spec_find_model(scope->schema, scope->joined);
    }
    visit_keys(&joined, value);
}

static void visit_query_step(void *context, const json_t *value)
{
    static const struct {
        const char *name;
        lint_visit *visit;
    } steps[] = {{"filter_by", visit_filter_by},  {"filter", visit_expression}, {"order_by", visit_order},
                 {"join", visit_join},         {"outer_join", visit_join},   {"columns", visit_selected},
                 {"group_by", visit_operand},  {"having", visit_expression}, {"union", visit_inner},
                 {"union_all", visit_inner},   {"intersect", visit_inner},   {"except", visit_inner},
                 {"load_only", visit_columns}, {"defer", visit_columns},     {"load", visit_column}};
    const char *name = json_string_value(json_array_get(value, 0));
    for (size_t i = 0; name != NULL && i < sizeof steps / sizeof *steps; i++) {
        const size_t end = strcmp(name, "load") == 0 ? 2 : json_array_size(value); /* then comes the strategy */
        for (size_t k = 1; k < end && strcmp(steps[i].name, name) == 0; k++) {
            lint_branches(json_array_get(value, k), steps[i].visit, context);
        }
    }
}

/* The names that joins give to what they join; a query is known by its labels, which are not looked at. */
static void visit_alias(void *context, const json_t *value)
{
    struct scope *scope = context;
    const json_t *join = json_array_get(value, 1);
    const char *alias = json_string_value(json_object_get(join, "as"));
    json_t *model = json_object_get(join, "model");
    if (alias != NULL && scope->aliases != NULL) {
        json_object_set(scope->aliases, alias, json_is_string(model) ? model : json_null());
    }
}

/* What an end changes or gives is of the query's model. */
static void visit_end(void *context, const json_t *value)
{
    const char *name = json_string_value(json_array_get(value, 0));
    if (name != NULL && strcmp(name, "update") == 0) {
        lint_branches(json_array_get(value, 1), visit_keys, context);
        lint_walk(value, visit_value, context);
    }
}

static void visit_rows(void *context, const json_t *value)
{
    for (size_t i = 0; i < json_array_size(value); i++) {
        lint_branches(json_array_get(value, i), visit_keys, context);
    }
}

static void visit_query(void *context, const json_t *value)
{
    for (size_t i = 0; i < json_array_size(value); i++) {
        lint_branches(json_array_get(value, i), visit_alias, context);
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        lint_branches(json_array_get(value, i), visit_query_step, context);
    }
}

/* The model that a step names becomes the one whose columns are looked at. */
static void visit_model(void *context, const json_t *value)
{
    struct scope *scope = context;
    const char *name = json_string_value(value);
    if (name == NULL || scope->schema == NULL) {
        return;
    }
    scope->label = name;
    scope->table = spec_find_model(scope->schema, name);
    if (scope->table == NULL) {
        lint_find(scope->lint, &scope->step->place, "the schema `%s` has no model `%s`", scope->schema->name,
                  name);
    }
}

/* What is wrong on purpose is not read further: nothing can be done with it. */
static void visit_schema(void *context, const json_t *value)
{
    struct scope *scope = context;
    const char *name = json_string_value(value);
    const struct spec_schema *schema = name != NULL ? spec_find_schema(scope->lint->spec, name) : NULL;
    if (schema == NULL) {
        lint_find(scope->lint, &scope->step->place, "there is no fixtures/schemas/%s.yaml", name != NULL ? name : "?");
        return;
    }
    lint_use(scope->lint, "schema", name);
    scope->schema = schema->wrong ? NULL : schema;
}

static void visit_table(void *context, const json_t *value)
{
    struct scope *scope = context;
    const char *name = json_string_value(value);
    if (name == NULL || scope->schema == NULL || scope->foreign_tables) {
        return;
    }
    scope->label = name;
    scope->stored = true;
    scope->table = json_object_get(scope->schema->tables, name);
    if (scope->table == NULL) {
        lint_find(scope->lint, &scope->step->place, "the schema `%s` has no table `%s`", scope->schema->name,
                  name);
    }
}

/* The object that a step names: its model is known where `new` or a query bound it. */
static void visit_object(void *context, const json_t *value)
{
    struct scope *scope = context;
    const char *name = json_string_value(json_object_get(value, "v"));
    const json_t *model = name != NULL ? json_object_get(scope->bound, name) : NULL;
    if (json_is_string(model)) {
        visit_model(context, model);
    }
}

/* The collection that a query is about: from here on its objects are spoken of. */
static void visit_collection(void *context, const json_t *value)
{
    struct scope *scope = context;
    const char *name = json_string_value(value);
    bool many;
    check_column(scope, name);
    if (name != NULL && scope->table != NULL) {
        scope->label = spec_find_target(scope->schema, scope->table, name, &many);
        scope->table = scope->label != NULL ? spec_find_model(scope->schema, scope->label) : NULL;
    }
}

static void check_part(struct scope *scope, const char *key, lint_visit *visit)
{
    const json_t *value = json_object_get(scope->step->params, key);
    if (value != NULL) {
        lint_branches(value, visit, scope);
    }
}

static void check_names(struct scope *scope)
{
    static const struct {
        const char *operation, *key;
        lint_visit *visit;
    } parts[] = {
        {"new", "model", visit_model},     {"new", "values", visit_keys},      {"query", "model", visit_model},
        {"query", "obj", visit_object},    {"query", "name", visit_collection}, {"rel", "obj", visit_object},
        {"rel", "name", visit_column},
        {"build", "model", visit_model},   {"build", "q", visit_query},        {"lookup", "model", visit_model},
        {"query", "base", visit_object},   {"build", "base", visit_object},
        {"query", "q", visit_query},       {"query", "read", visit_columns},   {"get", "obj", visit_object},
        {"get", "name", visit_column},     {"get", "names", visit_columns},    {"set", "obj", visit_object},
        {"set", "values", visit_keys},     {"stored", "table", visit_table},   {"stored", "columns", visit_columns},
        {"stored", "where", visit_keys},   {"stored", "order", visit_columns}, {"behind", "insert", visit_table},
        {"behind", "update", visit_table}, {"behind", "delete", visit_table},  {"behind", "set", visit_keys},
        {"behind", "where", visit_keys},   {"refresh", "obj", visit_object},   {"refresh", "names", visit_columns},
        {"expire", "obj", visit_object},   {"expire", "names", visit_columns},
        {"behind", "fill", visit_table},   {"behind", "number", visit_columns}, {"behind", "cycle", visit_keys},
        {"query", "end", visit_end},
        {"insert_rows", "model", visit_model}, {"insert_rows", "rows", visit_rows},
        {"update_rows", "model", visit_model}, {"update_rows", "rows", visit_rows},
    };
    scope->table = NULL;
    scope->stored = false;
    scope->joined = NULL;
    json_object_clear(scope->aliases);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (strcmp(parts[i].operation, scope->step->operation->name) == 0) {
            check_part(scope, parts[i].key, parts[i].visit);
        }
    }
    const json_t *header = json_array_get(json_object_get(scope->step->params, "rows"), 0);
    if (strcmp(scope->step->operation->name, "behind") == 0 && header != NULL) {
        visit_columns(scope, header);
    }
    /* A table that is expected to be missing may have any name. */
    if (strcmp(scope->step->operation->name, "shape") == 0 && !json_is_null(scope->step->expect)) {
        check_part(scope, "table", visit_table);
    }
}

/* What the step's name stands for from here on: the model of its object, or null when that is not known. */
static void bind(struct scope *scope)
{
    const struct spec_step *step = scope->step;
    if (step->bind == NULL) {
        return;
    }
    const char *operation = step->operation->name;
    bool object = strcmp(operation, "new") == 0 || strcmp(operation, "build") == 0 || strcmp(operation, "lookup") == 0;
    if (strcmp(operation, "merge") == 0) {
        const char *name = json_string_value(json_object_get(json_object_get(step->params, "obj"), "v"));
        const json_t *merged = name != NULL ? json_object_get(scope->bound, name) : NULL;
        json_object_set_new(scope->bound, step->bind, merged != NULL ? json_copy((json_t *)merged) : json_null());
        return;
    }
    if (strcmp(operation, "query") == 0 && json_object_get(step->params, "read") == NULL) {
        const json_t *end = json_object_get(step->params, "end");
        const char *name = json_string_value(json_is_array(end) ? json_array_get(end, 0) : end);
        static const char *const others[] = {"all",  "count",      "paginate",  "update",  "delete", "exists", "scalar",
                                             "rows", "named_rows", "statement", "scalars", "stream"};
        object = name != NULL;
        for (size_t i = 0; i < sizeof others / sizeof *others && object; i++) {
            object = strcmp(name, others[i]) != 0;
        }
    }
    json_t *model = json_object_get(step->params, "model");
    const char *name = json_string_value(json_object_get(step->params, "name"));
    bool many = true;
    const json_t *base = json_object_get(step->params, "base");
    if (base != NULL) { /* of the same model */
        const char *from = json_string_value(json_object_get(base, "v"));
        model = from != NULL ? json_object_get(scope->bound, from) : NULL;
    }
    if (strcmp(operation, "get") == 0 && name != NULL && scope->table != NULL) {
        const char *target = spec_find_target(scope->schema, scope->table, name, &many);
        json_object_set_new(scope->bound, step->bind, target != NULL && !many ? json_string(target) : json_null());
    } else if (object && model == NULL && scope->table != NULL) {
        json_object_set_new(scope->bound, step->bind, json_string(scope->label));
    } else if (object && json_is_string(model)) {
        json_object_set(scope->bound, step->bind, model);
    } else {
        json_object_set_new(scope->bound, step->bind, json_null());
    }
}

static bool makes_tables(const struct spec_case *one)
{
    for (size_t i = 0; i < one->step_count; i++) {
        if (json_object_get(one->steps[i].params, "sql") != NULL) {
            return true;
        }
    }
    return false;
}

void lint_names(struct lint *lint, const struct spec_case *one)
{
    struct scope scope = {.lint = lint, .one = one, .schema = one->schema, .bound = json_object(), .aliases = json_object(), .foreign_tables = makes_tables(one)};
    for (size_t i = 0; i < one->step_count; i++) {
        scope.step = &one->steps[i];
        lint_walk(scope.step->params, visit_variables, &scope);
        lint_walk(scope.step->expect, visit_variables, &scope);
        if (strcmp(scope.step->operation->name, "define") == 0) {
            check_part(&scope, "schema", visit_schema);
        } else if (scope.step->error == NULL) {
            check_names(&scope);
        }
        bind(&scope);
    }
    json_decref(scope.bound);
    json_decref(scope.aliases);
}
