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
    if (table == NULL || name == NULL || has_column(scope, name)) {
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

/* "-name" and [name, desc] too. */
static void visit_order(void *context, const json_t *value)
{
    const char *name = json_string_value(json_is_array(value) ? json_array_get(value, 0) : value);
    struct scope *scope = context;
    if (name != NULL && *name == '-' && scope->table != NULL && !has_column(scope, name)) {
        name++;
    }
    check_column(scope, name);
}

/* {"$": "col"} among the operands of an expression. */
static void visit_column_value(void *context, const json_t *value)
{
    const char *tag = lint_tag(value);
    if (tag != NULL && strcmp(tag, "col") == 0) {
        check_column(context, json_string_value(json_object_get(value, "v")));
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
    if (name == NULL) {
        return;
    }
    bool nested = strcmp(name, "and") == 0 || strcmp(name, "or") == 0 || strcmp(name, "not") == 0;
    for (size_t i = 1; i < json_array_size(value) && nested; i++) {
        lint_branches(json_array_get(value, i), visit_expression, context);
    }
    if (strcmp(name, "any") == 0 || strcmp(name, "has") == 0) {
        visit_related(context, value);
    } else if (!nested) {
        lint_branches(json_array_get(value, 1), visit_column, context);
        lint_walk(value, visit_column_value, context);
    }
}

static void visit_query_step(void *context, const json_t *value)
{
    const char *name = json_string_value(json_array_get(value, 0));
    lint_visit *visit = name == NULL                     ? NULL
                        : strcmp(name, "filter_by") == 0 ? visit_keys
                        : strcmp(name, "filter") == 0    ? visit_expression
                        : strcmp(name, "order_by") == 0  ? visit_order
                                                         : NULL;
    for (size_t i = 1; i < json_array_size(value) && visit != NULL; i++) {
        lint_branches(json_array_get(value, i), visit, context);
    }
    if (name != NULL && (strcmp(name, "join") == 0 || strcmp(name, "outer_join") == 0 || strcmp(name, "load") == 0)) {
        lint_branches(json_array_get(value, 1), visit_column, context);
    }
}

/* What an end changes or gives is of the query's model. */
static void visit_end(void *context, const json_t *value)
{
    const char *name = json_string_value(json_array_get(value, 0));
    if (name != NULL && strcmp(name, "update") == 0) {
        lint_branches(json_array_get(value, 1), visit_keys, context);
        lint_walk(value, visit_column_value, context);
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
        {"rel", "name", visit_column},     {"query", "q", visit_query},       {"query", "read", visit_columns},   {"get", "obj", visit_object},
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
    bool object = strcmp(operation, "new") == 0;
    if (strcmp(operation, "merge") == 0) {
        const char *name = json_string_value(json_object_get(json_object_get(step->params, "obj"), "v"));
        const json_t *merged = name != NULL ? json_object_get(scope->bound, name) : NULL;
        json_object_set_new(scope->bound, step->bind, merged != NULL ? json_copy((json_t *)merged) : json_null());
        return;
    }
    if (strcmp(operation, "query") == 0 && json_object_get(step->params, "read") == NULL) {
        const json_t *end = json_object_get(step->params, "end");
        const char *name = json_string_value(json_is_array(end) ? json_array_get(end, 0) : end);
        static const char *const others[] = {"all", "count", "paginate", "update", "delete"};
        object = name != NULL;
        for (size_t i = 0; i < sizeof others / sizeof *others && object; i++) {
            object = strcmp(name, others[i]) != 0;
        }
    }
    json_t *model = json_object_get(step->params, "model");
    const char *name = json_string_value(json_object_get(step->params, "name"));
    bool many = true;
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
    struct scope scope = {.lint = lint, .one = one, .schema = one->schema, .bound = json_object(), .foreign_tables = makes_tables(one)};
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
}
