/* What queries read with: expressions, orders, joins, columns, queries within queries, SQL. The loader's refusals, the
 * capabilities that come of it, and lint on the names. */
#include "lint/lint.h"
#include "world.h"

#include <criterion/criterion.h>

/* The first step stands in line 11. */
#define HEAD                                                                                                           \
    "chapter: C\nbehaviours:\n  - id: a.b\n    level: must\n    rule: r\n    source: s\n    cases:\n"                  \
    "      - name: c\n        schema: blog\n        steps:\n          - "
#define FILTER(e) HEAD "{query: {model: User, q: [[filter, " e "]], end: all}, expect: 1}\n"
#define Q(steps) HEAD "{query: {model: User, q: [" steps "], end: all}, expect: 1}\n"
#define END(end) HEAD "{query: {model: User, end: " end "}, expect: 1}\n"

Test(reading, refusals_of_expressions)
{
    static const struct world_refusal rows[] = {
        {FILTER("[eq, 1, 1]"), "11:53: `eq` names a column first, not an integer"},
        {FILTER("[eq, [lower, name], 1]"), "11:54: unknown expression `lower`"},
        {FILTER("[eq, [func], 1]"), "11:53: `func` takes a function and its operands"},
        {FILTER("[eq, [neg, id, 1], 1]"), "11:53: `neg` takes a name"},
        {FILTER("[eq, [concat, name], 1]"), "11:53: `concat` takes a name and values"},
        {FILTER("[eq, [value], 1]"), "11:53: `value` takes a value"},
        {FILTER("[eq, [case, [[eq, id, 1]], 1], 1]"), "11:61: `case` takes [[condition, value], …] and a value"},
        {FILTER("[eq, [case, [[x, 1]], 1], 1]"), "11:62: an expression must be a list [operator, …], not text"},
        {FILTER("[like, name, x, 1]"), "11:64: the options of a pattern must be a map, not an integer"},
        {FILTER("[like, name, x, {escap: x}]"),
         "11:65: unknown key `escap` in the options of a pattern (known: escape, autoescape)"},
        {FILTER("[like, name, x, {autoescape: x}]"), "11:77: `autoescape` must be true or false, not text"},
        {FILTER("[sql]"), "11:48: `sql` takes a text and a map of values"},
        {FILTER("[sql, 1]"), "11:54: `sql` takes a text and a map of values"},
        {FILTER("[exists, x]"), "11:57: a query within a query must be a map, not text"},
        {FILTER("[exists, {q: []}]"), "11:57: a query within a query needs `model`"},
        {FILTER("[exists, {model: User, q: [[sort]]}]"), "11:76: unknown query step `sort`"},
        {FILTER("[eq, id, {$: expr, v: [ad, id, 1]}]"), "11:71: unknown expression `ad` (did you mean `and`?)"},
        {FILTER("[in, id, {$: query, v: {model: User, p: 1}}]"),
         "11:85: unknown key `p` in a query within a query (known: model, q)"},
    };
    WORLD_EXPECT_REFUSALS("spec/c.yaml", rows);
}

Test(reading, refusals_of_steps)
{
    static const struct world_refusal rows[] = {
        {Q("[order_by, [id, desc, nulls]]"), "11:61: not nulls_first or nulls_last"},
        {Q("[order_by, 1]"), "11:50: order_by takes names, \"-name\", or [name, asc or desc]"},
        {Q("[join]"), "11:39: `join` takes one operand, not 0"},
        {Q("[join, {}]"), "11:46: a join takes either `model` or `query`"},
        {Q("[join, {model: User, query: {model: User}}]"),
         "11:46: a join of a query needs `as` and `on`\n11:46: a join takes either `model` or `query`"},
        {Q("[join, {query: {model: User}, as: u}]"), "11:46: a join of a query needs `as` and `on`"},
        {Q("[outer_join, {model: User, under: u}]"),
         "11:66: unknown key `under` in a join (known: model, query, as, on)"},
        {Q("[join, {model: User, on: x}]"), "11:64: an expression must be a list [operator, …], not text"},
        {Q("[columns]"), "11:39: `columns` with 0 operands"},
        {Q("[columns, {of: id}]"), "11:49: a column needs `as`"},
        {Q("[columns, {of: id, as: 1}]"), "11:62: `as` must be text, not an integer"},
        {Q("[columns, {of: [ad, id, 1], as: x}]"), "11:55: unknown expression `ad` (did you mean `and`?)"},
        {Q("[group_by]"), "11:39: `group_by` with 0 operands"},
        {Q("[group_by, 1]"), "11:50: `group_by` names a column first, not an integer"},
        {Q("[having, id]"), "11:48: an expression must be a list [operator, …], not text"},
        {Q("[union, x]"), "11:47: a query within a query must be a map, not text"},
        {Q("[union, {model: User}, {model: User}]"), "11:39: `union` takes one operand, not 2"},
        {Q("[for_update, 1]"), "11:39: `for_update` takes no operand"},
        {Q("[load_only, 1]"), "11:51: `load_only` takes names, not an integer"},
        {Q("[sql, a, {}, 1]"), "11:39: `sql` with 3 operands"},
    };
    WORLD_EXPECT_REFUSALS("spec/c.yaml", rows);
}

Test(reading, refusals_of_ends)
{
    static const struct world_refusal rows[] = {
        {END("[stream]"), "11:40: `stream` takes a key: [stream, key]"},
        {END("stream"), "11:40: `stream` takes a key: [stream, key]"},
        {END("[exists, 1]"), "11:40: `exists` takes no key: exists"},
        {END("[rows, 1]"), "11:40: `rows` takes no key: rows"},
        {HEAD "{query: {end: all}, expect: 1}\n",
         "11:21: `query` takes either `model`, or `base`, or `obj` and `name`"},
        {HEAD "{query: {model: User, base: {$: var, v: q}, end: all}, expect: 1}\n",
         "11:21: `query` takes either `model`, or `base`, or `obj` and `name`"},
        {HEAD "{build: {}, as: q}\n", "11:21: `query` takes either `model`, or `base`, or `obj` and `name`"},
        {HEAD "{lookup: {model: User}, expect: 1}\n", "11:22: the params of `lookup` needs `key`"},
        {HEAD "{execute: {binds: {}}, expect: 1}\n",
         "11:23: the params of `execute` needs `sql`\n"
         "11:24: unknown key `binds` in the params of `execute` (known: sql, values, rows, session)"},
        {HEAD "{execute: {sql: x, values: []}, expect: 1}\n",
         "11:40: `values` of `execute` must be a map, not this list"},
        {HEAD "{execute: {sql: x, binds: []}, expect: 1}\n",
         "11:32: unknown key `binds` in the params of `execute` (known: sql, values, rows, session)"},
    };
    WORLD_EXPECT_REFUSALS("spec/c.yaml", rows);
}

/* What the query of a case needs, all of it, and what lint finds in the chapter. */
static void expect_found(const char *query, const char *needed, const char *told)
{
    static const char *const names[] = {
        "core",           "ddl",         "uow",           "tx",         "filter",        "not_found",
        "expressions",    "joins",       "columns",       "subqueries", "derived",       "rows",
        "set_operations", "partial",     "exists",        "stream",     "saved_queries", "nulls_order",
        "order_reset",    "like_escape", "distinct_from", "sql_text",   "row_locks",     "aggregates",
    };
    struct world world = world_make();
    struct text capabilities = {0};
    text_format(&capabilities, "capabilities:\n");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        text_format(&capabilities, "  - {name: %s, says: x}\n", names[i]);
    }
    world_write(&world, "spec/capabilities.yaml", text_get(&capabilities));
    char *text = memory_format("%s{query: {model: User, %s}, expect: [1]}\n", HEAD, query);
    world_write(&world, "spec/c.yaml", text);
    struct spec *spec = world_load(&world);
    cr_assert_not_null(spec, "%s", text_get(&world.told));
    struct text needs = {0};
    for (const char **need = spec->chapters[0].behaviours[0].cases[0].needs; *need != NULL; need++) {
        text_format(&needs, "%s%s", needs.length > 0 ? " " : "", *need);
    }
    cr_expect(needed == NULL || strcmp(text_get(&needs), needed) == 0, "%s: %s", query, text_get(&needs));
    text_clear(&world.told);
    lint_spec(spec, world_told, &world);
    const char *found = strstr(text_get(&world.told), "spec/c.yaml:11:13: ");
    cr_expect(told == NULL ? found == NULL : found != NULL && strstr(found, told) != NULL, "%s: %s", query,
              text_get(&world.told));
    spec_free(spec);
    free(text);
    text_free(&needs);
    text_free(&capabilities);
    world_free(&world);
}

Test(reading, queries_need_what_they_use)
{
    static const char *const rows[][2] = {
        {"q: [[filter, [eq, [add, id, 1], 2]]], end: all", "core filter expressions"},
        {"q: [[filter, [eq, id, {$: expr, v: [neg, id]}]]], end: all", "core filter expressions"},
        {"q: [[filter, [like, name, x, {escape: '!'}]]], end: all", "core filter like_escape"},
        {"q: [[filter, [is_distinct, name, null]]], end: all", "core filter distinct_from"},
        {"q: [[filter, [in, id, {$: query, v: {model: User, q: [[columns, id]]}}]]], end: all",
         "core filter subqueries columns"},
        {"q: [[filter, [exists, {model: User}]]], end: all", "core filter subqueries"},
        {"q: [[filter, [sql, 'id = :id', {id: 1}]]], end: all", "core filter sql_text"},
        {"q: [[order_by, null, [id, desc, nulls_last]]], end: all", "core order_reset nulls_order"},
        {"q: [[join, {model: BlogPost}]], end: all", "core joins"},
        {"q: [[join, {query: {model: User}, as: u, on: [eq, id, 1]}]], end: all", "core joins derived filter"},
        {"q: [[columns, {of: [func, upper, name], as: x}]], end: named_rows", "core columns expressions"},
        {"q: [[columns, name], [group_by, name], [having, [gt, [func, count], 1]]], end: rows",
         "core columns aggregates filter expressions rows"},
        {"q: [[union, {model: User}]], end: all", "core set_operations"},
        {"q: [[load_only, name]], end: all", "core partial"},
        {"q: [[for_update]], end: exists", "core row_locks exists"},
        {"end: [stream, 2]", "core stream"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        expect_found(rows[i][0], rows[i][1], NULL);
    }
}

Test(reading, names_are_those_of_the_query)
{
    static const char *const rows[][2] = {
        {"q: [[filter, [eq, [add, nam, 1], 2]]], end: all", "`User` has no column `nam`"},
        {"q: [[filter, [eq, id, {$: expr, v: [neg, nam]}]]], end: all", "`User` has no column `nam`"},
        {"q: [[filter, [eq, [func, lower, nam], x]]], end: all", "`User` has no column `nam`"},
        {"q: [[filter, [eq, [case, [[[eq, nam, 1], 1]], 2], 1]]], end: all", "`User` has no column `nam`"},
        {"q: [[order_by, [[neg, nam], desc]]], end: all", "`User` has no column `nam`"},
        {"q: [[columns, {of: nam, as: x}]], end: rows", "`User` has no column `nam`"},
        {"q: [[columns, id], [group_by, nam]], end: rows", "`User` has no column `nam`"},
        {"q: [[load_only, nam]], end: all", "`User` has no column `nam`"},
        {"q: [[join, {model: Post}]], end: all", "has no model `Post`"},
        {"q: [[join, {model: BlogPost, as: p}], [filter, [eq, p.titel, x]]], end: all",
         "`BlogPost` has no column `titel`"},
        {"q: [[join, {model: BlogPost}], [filter_by, {titel: x}]], end: all", "`BlogPost` has no column `titel`"},
        {"q: [[filter, [exists, {model: BlogPost, q: [[filter, [eq, user_id, {$: col, v: User.nam}]]]}]]], end: all",
         "`User` has no column `nam`"},
        {"q: [[union, {model: Usr}]], end: all", "has no model `Usr`"},
        {"q: [[join, {model: BlogPost, as: p}], [filter_by, {title: x}], [filter, [eq, p.title, name]]], end: all",
         NULL},
        {"q: [[join, {query: {model: User}, as: u, on: [eq, u.anything, 1]}]], end: all", NULL},
        {"q: [[filter, [sql, 'nam = 1']]], end: all", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        expect_found(rows[i][0], NULL, rows[i][1]);
    }
}
