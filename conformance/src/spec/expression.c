/* Expressions of queries: their names, their arity, and what they need. Operands may be wrong on purpose.
 *
 * The first operand is a name or an expression of its own, the others are values, {$: col} and {$: expr} among them. */
#include "spec/load.h"

#include <stdint.h>
#include <string.h>

struct walk {
    struct loader *loader;
    struct load_needs *needs;
};

enum form {
    EXPRESSIONS,     /* conditions */
    ONE_EXPRESSION,  /* a condition */
    NAME_VALUE,      /* [op, operand, value] */
    NAME_TEXT,       /* [op, operand, value] or [op, operand, value, {escape, autoescape}] */
    NAME_LIST,       /* [op, operand, list or query] */
    NAME_PAIR,       /* [op, operand, value, value] */
    NAME_ONLY,       /* [op, operand] */
    NAME_VALUES,     /* [op, operand, value, …] */
    A_VALUE,         /* [op, value] */
    A_CALL,          /* [op, function, operand, value, …] */
    A_CASE,          /* [op, [[condition, value], …], value] */
    A_RELATIONSHIP,  /* [op, relationship] or [op, relationship, condition] */
    A_QUERY,         /* [op, {model, q}] */
    AN_SQL           /* [op, text] or [op, text, {name: value}] */
};

static const struct expression {
    const char *name;
    enum form form;
    const char *needs;
} expressions[] = {
    {"and", EXPRESSIONS, "filter"},
    {"or", EXPRESSIONS, "filter"},
    {"not", ONE_EXPRESSION, "filter"},
    {"eq", NAME_VALUE, "filter"},
    {"ne", NAME_VALUE, "filter"},
    {"lt", NAME_VALUE, "filter"},
    {"le", NAME_VALUE, "filter"},
    {"gt", NAME_VALUE, "filter"},
    {"ge", NAME_VALUE, "filter"},
    {"in", NAME_LIST, "filter"},
    {"not_in", NAME_LIST, "filter"},
    {"between", NAME_PAIR, "filter"},
    {"is_null", NAME_ONLY, "filter"},
    {"is_not_null", NAME_ONLY, "filter"},
    {"like", NAME_TEXT, "filter"},
    {"ilike", NAME_TEXT, "filter"},
    {"contains", NAME_TEXT, "filter"},
    {"startswith", NAME_TEXT, "filter"},
    {"endswith", NAME_TEXT, "filter"},
    {"is", NAME_VALUE, "distinct_from"},
    {"is_not", NAME_VALUE, "distinct_from"},
    {"is_distinct", NAME_VALUE, "distinct_from"},
    {"is_not_distinct", NAME_VALUE, "distinct_from"},
    {"col", NAME_ONLY, "expressions"},
    {"value", A_VALUE, "expressions"},
    {"add", NAME_VALUE, "expressions"},
    {"sub", NAME_VALUE, "expressions"},
    {"mul", NAME_VALUE, "expressions"},
    {"mod", NAME_VALUE, "expressions"},
    {"neg", NAME_ONLY, "expressions"},
    {"concat", NAME_VALUES, "expressions"},
    {"func", A_CALL, "expressions"},
    {"distinct", NAME_ONLY, "expressions"},
    {"case", A_CASE, "expressions"},
    {"scalar", A_QUERY, "subqueries"},
    {"exists", A_QUERY, "subqueries"},
    {"sql", AN_SQL, "sql_text"},
    {"any", A_RELATIONSHIP, "rel.exists"},
    {"has", A_RELATIONSHIP, "rel.exists"},
    {NULL, NAME_ONLY, NULL},
};

static bool is_list_with_name(const struct yaml *node)
{
    return node->kind == YAML_LIST && node->count > 0 && node->items[0]->kind == YAML_TEXT;
}

static const struct expression *find(const char *name)
{
    const struct expression *found = expressions;
    while (found->name != NULL && strcmp(found->name, name) != 0) {
        found++;
    }
    return found->name != NULL ? found : NULL;
}

bool load_is_expression(const char *name)
{
    return find(name) != NULL;
}

static void check_query(void *context, const struct yaml *node)
{
    struct walk *walk = context;
    load_inner_query(walk->loader, node, walk->needs);
}

/* A value: expressions and queries among them go on. */
static void check_value(void *context, const struct yaml *node)
{
    struct walk *walk = context;
    const struct yaml *tag = node->kind == YAML_MAP ? yaml_get(node, "$") : NULL;
    const struct yaml *inner = tag != NULL ? yaml_get(node, "v") : NULL;
    if (inner != NULL && yaml_is_text(tag, "expr")) {
        load_expression(walk->loader, inner, walk->needs);
    } else if (inner != NULL && yaml_is_text(tag, "query")) {
        load_need(walk->needs, "subqueries");
        check_query(walk, inner);
    }
}

void load_operand(struct loader *loader, const struct yaml *node, struct load_needs *needs, const char *what)
{
    if (is_list_with_name(node)) {
        load_need(needs, "expressions");
        load_expression(loader, node, needs);
    } else if (node->kind != YAML_TEXT && load_operator_name(node) == NULL) {
        load_refuse(loader, &node->place, "`%s` names a column first, not %s", what, yaml_kind_name(node));
    }
}

static void check_options(struct walk *walk, const struct yaml *node)
{
    static const struct yaml_key keys[] = {{"escape", false}, {"autoescape", false}, {NULL, false}};
    load_need(walk->needs, "like_escape");
    if (load_map(walk->loader, node, "the options of a pattern", keys)) {
        (void)load_text(walk->loader, node, "escape");
        (void)load_boolean(walk->loader, node, "autoescape", false);
    }
}

static void check_case(struct walk *walk, const struct yaml *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct yaml *pair = list->items[i];
        if (pair->kind != YAML_LIST || pair->count != 2) {
            load_refuse(walk->loader, &pair->place, "`case` takes [[condition, value], …] and a value");
            return;
        }
        load_expression(walk->loader, pair->items[0], walk->needs);
        load_branches(pair->items[1], check_value, walk);
    }
}

static void check_operands(struct walk *walk, const struct expression *found, const struct yaml *node)
{
    size_t values = 2; /* from here on */
    switch (found->form) {
    case EXPRESSIONS:
    case ONE_EXPRESSION:
        for (size_t i = 1; i < node->count; i++) {
            load_expression(walk->loader, node->items[i], walk->needs);
        }
        return;
    case A_RELATIONSHIP:
        for (size_t i = 2; i < node->count; i++) {
            load_expression(walk->loader, node->items[i], walk->needs);
        }
        return;
    case A_QUERY:
        load_branches(node->items[1], check_query, walk);
        return;
    case AN_SQL:
        if (node->items[1]->kind != YAML_TEXT) {
            load_refuse(walk->loader, &node->items[1]->place, "`sql` takes a text and a map of values");
        }
        return;
    case A_VALUE:
        values = 1;
        break;
    case A_CASE:
        if (node->items[1]->kind == YAML_LIST) {
            check_case(walk, node->items[1]);
        }
        break;
    case A_CALL:
        if (node->count > 2) {
            load_operand(walk->loader, node->items[2], walk->needs, found->name);
        }
        values = 3;
        break;
    default:
        load_operand(walk->loader, node->items[1], walk->needs, found->name);
        break;
    }
    if (node->count > 2 && load_is_var(node->items[2])) {
        /* A column is compared to values: an object is for a relationship. */
        load_need(walk->needs, strcmp(found->name, "contains") == 0 ? "rel.exists" : "rel.compare");
    }
    if (found->form == NAME_TEXT && node->count == 4) {
        check_options(walk, node->items[3]);
    }
    for (size_t i = values; i < node->count; i++) {
        load_branches(node->items[i], check_value, walk);
    }
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
    const struct expression *found = find(name->text);
    if (found == NULL) {
        load_refuse(walk->loader, &name->place, "unknown expression `%s`%s", name->text,
                    load_hint(walk->loader, name->text, &expressions[0].name, sizeof *expressions));
        return;
    }
    static const struct {
        size_t least, most;
        const char *form;
    } forms[] = {[EXPRESSIONS] = {2, SIZE_MAX, "expressions"},
                 [ONE_EXPRESSION] = {2, 2, "one expression"},
                 [NAME_VALUE] = {3, 3, "a name and a value"},
                 [NAME_TEXT] = {3, 4, "a name and a value"},
                 [NAME_LIST] = {3, 3, "a name and a list"},
                 [NAME_PAIR] = {4, 4, "a name and two values"},
                 [NAME_ONLY] = {2, 2, "a name"},
                 [NAME_VALUES] = {3, SIZE_MAX, "a name and values"},
                 [A_VALUE] = {2, 2, "a value"},
                 [A_CALL] = {2, SIZE_MAX, "a function and its operands"},
                 [A_CASE] = {3, 3, "[[condition, value], …] and a value"},
                 [A_RELATIONSHIP] = {2, 3, "a relationship and an expression"},
                 [A_QUERY] = {2, 2, "a query"},
                 [AN_SQL] = {2, 3, "a text and a map of values"}};
    if (node->count < forms[found->form].least || node->count > forms[found->form].most) {
        load_refuse(walk->loader, &node->place, "`%s` takes %s", found->name, forms[found->form].form);
        return;
    }
    load_need(walk->needs, found->needs);
    check_operands(walk, found, node);
}

void load_expression(struct loader *loader, const struct yaml *node, struct load_needs *needs)
{
    struct walk walk = {loader, needs};
    load_branches(node, check_expression, &walk);
}

void load_assigned(struct loader *loader, const struct yaml *values, struct load_needs *needs)
{
    struct walk walk = {loader, needs};
    for (size_t i = 0; i < values->count; i++) {
        load_branches(values->items[i], check_value, &walk);
    }
}
