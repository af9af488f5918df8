/* Each rule of lint: a chapter that breaks it, and what must be found. */
#include "lint/lint.h"
#include "world.h"

#include <criterion/criterion.h>

/* Uses every capability, fact, schema and row of the world, so that a finding is never about these. */
static const char user[] =
    "chapter: User of all\nbehaviours:\n"
    "  - id: all.used\n    level: may\n    rule: r\n    source: s\n"
    "    needs: [core, url, ddl, table_names, filter, not_found, uow, tx, repr, stats, refresh]\n"
    "    cases:\n      - name: c\n        schema: blog\n        rows: two\n        when: {fact: digits, is: 6}\n"
    "        steps:\n          - {stored: {table: user, count: true}, expect: {~: fact, name: keys, cases: {on: 2, "
    "off: 3}}}\n";

static int lint_world(struct world *world)
{
    struct spec *spec = world_load(world);
    cr_assert_not_null(spec, "%s", text_get(&world->told));
    int findings = lint_spec(spec, world_told, world);
    spec_free(spec);
    return findings;
}

/* Lines 1 to 9 are the head; the first step stands in line 11. */
#define CASE                                                                                                           \
    "chapter: C\nbehaviours:\n  - id: a.b\n    level: must\n    rule: r\n    source: s\n    cases:\n      - name: "    \
    "c\n        schema: blog\n"
#define STEPS CASE "        steps:\n"
#define STEP STEPS "          - "
#define NEW "          - {new: {model: User, values: {name: x}}, as: u}\n"

static void expect_findings(const struct world_refusal *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct world world = world_make();
        world_write(&world, "spec/used.yaml", user);
        world_write(&world, "spec/c.yaml", rows[i].text);
        int findings = lint_world(&world), lines = 0;
        struct text wanted = {0};
        for (const char *line = rows[i].told; *line != '\0'; lines++) {
            size_t length = strcspn(line, "\n");
            text_format(&wanted, "spec/c.yaml:%.*s\n", (int)length, line);
            line += length + (line[length] == '\n');
        }
        cr_expect_str_eq(text_get(&world.told), text_get(&wanted), "row %zu: %s\nand not:\n%s", i,
                         text_get(&world.told), text_get(&wanted));
        cr_expect_eq(findings, lines, "row %zu", i);
        text_free(&wanted);
        world_free(&world);
    }
}

#define EXPECT_FINDINGS(rows) expect_findings((rows), sizeof(rows) / sizeof *(rows))

Test(lint, cases_must_be_able_to_fail)
{
    static const struct world_refusal rows[] = {
        {"chapter: C\nbehaviours:\n  - {id: a.b, level: must, rule: r, source: s}\n  - {id: a.c, level: should, rule: "
         "r, source: s}\n"
         "  - {id: a.d, level: may, rule: r, source: s}\n  - {id: a.e, level: must, rule: r, source: s, untested: x}\n",
         "3:5: `a.b` is a must without a case: say why under `untested`\n4:5: `a.c` is a should without a case: say "
         "why under `untested`"},
        {STEP "{commit: {}}\n", "8:9: the case `a.b/c` judges nothing: no step has `expect` or `error`"},
        {STEP "{commit: {}, expect: {~: any}}\n", "8:9: the case `a.b/c` judges only that there is a value ({~: any})"},
        {STEP "{commit: {}, expect: {}}\n", "11:13: an empty map is met by every map: name the keys that matter"},
        {STEP "{commit: {}, expect: []}\n", ""},
        {STEP "{commit: {}, expect: {~: any}}\n          - {commit: {}, error: data}\n", ""},
        {STEP "{commit: {}, expect: {a: [{~: db, sqlite: 1, postgresql: 1}]}}\n",
         "11:13: both sides of a `db` are equal: write the value alone"},
        {STEP
         "{commit: {session: {~: db, sqlite: a, postgresql: a}}, error: {~: db, sqlite: data, postgresql: data}}\n          - {commit: {}}\n",
         "11:13: both sides of a `db` are equal: write the value alone"},
        {STEP "{commit: {}, expect: {~: db, sqlite: 1, postgresql: 2}}\n", ""},
        {STEP "{commit: {}, error: data}\n          - {stored: {table: user, count: true}, expect: 0}\n"
              "          - {rollback: {}, error: [data, not_found]}\n",
         "8:9: in the case `a.b/c` all that is sent expects an error, so who always raises it passes: let something "
         "succeed too"},
    };
    EXPECT_FINDINGS(rows);
}

Test(lint, a_must_names_leaves)
{
    static const struct world_refusal rows[] = {
        {STEP "{commit: {}, error: integrity}\n          - {commit: {}}\n",
         "11:13: `integrity` is no leaf of the error kinds: a must names leaves"},
        {STEP "{commit: {}, error: [data, integrity]}\n          - {commit: {}}\n",
         "11:13: `integrity` is no leaf of the error kinds: a must names leaves"},
        {STEP "{commit: {}, error: {~: db, sqlite: data, postgresql: [integrity]}}\n          - {commit: {}}\n",
         "11:13: `integrity` is no leaf of the error kinds: a must names leaves"},
        {STEP "{commit: {}, error: {~: fact, name: keys, cases: {on: data, off: integrity}}}\n          - {commit: {}}\n",
         "11:13: `integrity` is no leaf of the error kinds: a must names leaves"},
        {"chapter: C\nbehaviours:\n  - id: a.b\n    level: should\n    rule: r\n    source: s\n    cases:\n"
         "      - {name: c, schema: blog, steps: [{commit: {}, error: integrity}, {commit: {}}]}\n",
         ""},
        {STEP "{commit: {}, error: integrity.unique}\n          - {commit: {}}\n", ""},
    };
    EXPECT_FINDINGS(rows);
}

Test(lint, variables_are_bound_before_they_are_used)
{
    static const struct world_refusal rows[] = {
        {STEP "{get: {obj: u, name: id}, expect: 1}\n" NEW,
         "11:13: `u` is used, but no step before binds it with `as`"},
        {STEPS NEW "          - {add_all: {objs: [u, w]}, error: data}\n",
         "12:13: `w` is used, but no step before binds it with `as`"},
        {STEPS NEW "          - {get: {obj: u, name: id}, expect: {$: var, v: n}}\n",
         "12:13: `n` is used, but no step before binds it with `as`"},
        {STEPS NEW "          - {query: {model: User, end: first}, expect: {~: same, v: x}}\n",
         "12:13: `x` is used, but no step before binds it with `as`"},
        {STEPS NEW "          - {query: {model: User, end: first}, expect: {~: one_of, v: [{~: other, v: x}, null]}}\n",
         "12:13: `x` is used, but no step before binds it with `as`"},
        {STEPS NEW "          - {query: {model: User, end: first}, expect: {~: same, v: u}}\n", ""},
        {STEP "{commit: {}, expect: {$: json, v: {$: var, v: x}}}\n", ""},
    };
    EXPECT_FINDINGS(rows);
}

Test(lint, names_are_in_the_schema)
{
    static const struct world_refusal rows[] = {
        {STEP "{new: {model: Usr}, expect: 1}\n", "11:13: the schema `blog` has no model `Usr`"},
        {STEP "{new: {model: Usr, values: {x: 1}}, error: data}\n          - {commit: {}}\n", ""},
        {STEP "{new: {model: User, values: {nam: x}}, expect: 1}\n", "11:13: `User` has no column `nam`"},
        {STEP "{new: {model: BlogPost, values: {title: x}}, expect: 1}\n", ""},
        {STEP "{new: {model: BlogPost, values: {head_line: x}}, expect: 1}\n",
         "11:13: `BlogPost` has no column `head_line`"},
        {STEPS NEW "          - {get: {obj: u, name: nam}, expect: 1}\n", "12:13: `User` has no column `nam`"},
        {STEPS NEW "          - {get: {obj: u, names: [id, nam]}, expect: 1}\n", "12:13: `User` has no column `nam`"},
        {STEPS NEW "          - {set: {obj: u, values: {nam: 1}}, expect: 1}\n", "12:13: `User` has no column `nam`"},
        {STEP "{query: {model: User, end: first}, as: u}\n          - {get: {obj: u, name: nam}, expect: 1}\n",
         "12:13: `User` has no column `nam`"},
        {STEP "{query: {model: User, end: [get, 1]}, as: u}\n          - {get: {obj: u, name: nam}, expect: 1}\n",
         "12:13: `User` has no column `nam`"},
        {STEP
         "{query: {model: User, end: first, read: name}, as: u}\n          - {get: {obj: u, name: nam}, expect: 1}\n",
         ""},
        {STEP "{query: {model: User, end: all, read: [id, nam]}, expect: 1}\n", "11:13: `User` has no column `nam`"},
        {STEP "{query: {model: User, q: [[filter_by, {nam: 1}]], end: all}, expect: 1}\n",
         "11:13: `User` has no column `nam`"},
        {STEP "{query: {model: User, q: [[filter, [or, [eq, nam, 1], [not, [in, nim, [1]]]]]], end: all}, expect: 1}\n",
         "11:13: `User` has no column `nam`\n11:13: `User` has no column `nim`"},
        {STEP "{query: {model: User, q: [[filter, [eq, name, {$: col, v: nam}]]], end: all}, expect: 1}\n",
         "11:13: `User` has no column `nam`"},
        {STEP "{query: {model: User, q: [[order_by, name, -nam, [nim, desc], -id]], end: all}, expect: 1}\n",
         "11:13: `User` has no column `nam`\n11:13: `User` has no column `nim`"},
        {STEP "{query: {model: User, q: [{~: db, sqlite: [filter_by, {nam: 1}], postgresql: [limit, 1]}], end: all}, "
              "expect: 1}\n",
         "11:13: `User` has no column `nam`"},
        {STEP "{query: {model: User, q: [[filter_by, {nam: 1}]], end: all}, error: data}\n          - {commit: {}}\n", ""},
        {STEP "{stored: {table: users, columns: id}, expect: 1}\n", "11:13: the schema `blog` has no table `users`"},
        {STEP "{stored: {table: blog_post, columns: [id, title], where: {titel: 1}, order: [nam]}, expect: 1}\n",
         "11:13: `blog_post` has no column `nam`\n11:13: `blog_post` has no column `titel`\n11:13: `blog_post` has no "
         "column `title`"},
        {STEP "{stored: {table: blog_post, columns: head_line, order: [id]}, expect: 1}\n", ""},
        {STEP "{shape: {table: users}, expect: {columns: []}}\n", "11:13: the schema `blog` has no table `users`"},
        {STEP "{shape: {table: users}, expect: null}\n", ""},
        {STEP "{behind: {insert: user, rows: [[id, nam], [1, x]]}}\n          - {commit: {}, expect: 1}\n",
         "11:13: `user` has no column `nam`"},
        {STEP "{behind: {update: user, set: {nam: 1}, where: {nim: 1}}}\n          - {commit: {}, expect: 1}\n",
         "11:13: `user` has no column `nam`\n11:13: `user` has no column `nim`"},
        {STEP "{behind: {delete: users}}\n          - {commit: {}, expect: 1}\n",
         "11:13: the schema `blog` has no table `users`"},
        {STEP
         "{behind: {sql: {sqlite: x, postgresql: y}}}\n          - {stored: {table: made, columns: a}, expect: 1}\n",
         ""},
    };
    EXPECT_FINDINGS(rows);
}

Test(lint, what_changes_the_world_is_fresh)
{
    static const struct world_refusal rows[] = {
        {STEP "{open: {url: x}, error: data}\n", "11:13: `open` needs a database of its own: mark the case `fresh`"},
        {STEP "{drop_all: {}, error: data}\n", "11:13: `drop_all` needs a database of its own: mark the case `fresh`"},
        {CASE "        fresh: true\n        steps: [{create_all: {}, error: data}]\n", ""},
        {STEP "{define: {schema: blog}, error: data}\n", "11:13: `define` needs a database of its own: mark the case `fresh`"},
        {CASE "        fresh: true\n        steps: [{define: {schema: blgo}, error: data}]\n",
         "11:17: there is no fixtures/schemas/blgo.yaml"},
        {CASE "        fresh: true\n        steps: [{define: {schema: blog}, error: data}]\n", ""},
        {STEP "{behind: {sql: {sqlite: x}}}\n          - {commit: {}, expect: 1}\n",
         "11:13: `sql` has no text for postgresql, and no `when` keeps the step off it"},
        {STEP "{behind: {sql: {sqlite: x}}, when: sqlite}\n          - {commit: {}, expect: 1}\n", ""},
        {CASE "        when: postgresql\n        steps: [{behind: {sql: {postgresql: x}}}, {commit: {}, expect: 1}]\n",
         ""},
        {CASE "        when: sqlite\n        steps: [{behind: {sql: {postgresql: x}}}, {commit: {}, expect: 1}]\n",
         "11:17: `sql` has no text for sqlite, and no `when` keeps the step off it"},
        {STEP "{behind: {disconnect: true}}\n          - {commit: {}, expect: 1}\n",
         "11:13: `disconnect` is for postgresql, and no `when` keeps the step off sqlite"},
        {STEP "{behind: {disconnect: true}, when: postgresql}\n          - {commit: {}, expect: 1}\n", ""},
    };
    EXPECT_FINDINGS(rows);
}

Test(lint, rows_of_a_table_are_told_once)
{
    static const struct world_refusal rows[] = {
        {STEP "{stored: {table: users, columns: id}, expect: <e>}\n        table: [[row, e], [a, 1], [b, 2]]\n",
         "11:13: the schema `blog` has no table `users`"},
        {STEP "{stored: {table: <t>, columns: id}, expect: 1}\n        table: [[row, t], [a, users], [b, user]]\n",
         "11:13: the schema `blog` has no table `users`"},
    };
    EXPECT_FINDINGS(rows);
}

Test(lint, derived_names_need_their_capability)
{
    struct world world = world_make();
    world_write(&world, "spec/used.yaml", user);
    world_write(&world, "fixtures/schemas/named.yaml",
                "derive_names: true\nmodels: [{name: M, columns: [{name: id, type: integer, primary_key: true}]}]\n");
    world_write(&world, "spec/c.yaml",
                "chapter: C\nbehaviours:\n  - id: a.b\n    level: must\n    rule: r\n    source: s\n    cases:\n"
                "      - {name: bad, schema: named, steps: [{stored: {table: m, count: true}, expect: 0}]}\n"
                "      - {name: good, schema: named, needs: [table_names], steps: [{stored: {table: m, count: true}, "
                "expect: 0}]}\n");
    cr_expect_eq(lint_world(&world), 1);
    cr_expect_str_eq(text_get(&world.told),
                     "spec/c.yaml:8:9: the schema `named` derives its table names: the case needs `table_names`\n");
    world_free(&world);
}

Test(lint, nothing_is_unused)
{
    struct world world = world_make();
    world_write(&world, "spec/c.yaml",
                "chapter: C\nbehaviours:\n  - {id: a.b, level: may, rule: r, source: s, needs: [core, url, ddl,"
                " table_names, filter, not_found, uow, tx, repr]}\n");
    cr_expect_eq(lint_world(&world), 6);
    cr_expect_str_eq(text_get(&world.told),
                     "fixtures/rows/blog/two.yaml:1:1: no case uses the rows `two` of the schema `blog`\n"
                     "fixtures/schemas/blog.yaml:1:1: no case uses the schema `blog`\n"
                     "spec/capabilities.yaml:11:12: no case needs the capability `stats`\n"
                     "spec/capabilities.yaml:12:12: no case needs the capability `refresh`\n"
                     "spec/facts.yaml:2:5: no case checks the fact `digits`\n"
                     "spec/facts.yaml:3:5: no case checks the fact `keys`\n");
    world_free(&world);
}

Test(lint, models_that_are_wrong_are_for_define)
{
    static const char wrong[] = "models:\n  - name: Loose\n    columns: [{name: label, type: text}]\n";
    static const struct {
        const char *name, *steps, *told;
    } rows[] = {
        {"wrong_x", "{define: {schema: wrong_x}, error: data}", ""},
        {"wrong_x", "{define: {schema: wrong_x}, error: data}, {new: {model: Any}}", ""},
        {"wrong_x", "{define: {schema: wrong_x}, error: data}, {define: {schema: blog}}, {new: {model: Any}}",
         "spec/c.yaml:11:85: the schema `blog` has no model `Any`\n"},
        {"loose", "{define: {schema: loose}, error: data}",
         "fixtures/schemas/loose.yaml:2:5: the model `Loose` has no primary key\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world world = world_make();
        struct text path = {0}, chapter = {0};
        text_format(&path, "fixtures/schemas/%s.yaml", rows[i].name);
        text_format(&chapter, CASE "        fresh: true\n        steps: [%s]\n", rows[i].steps);
        world_write(&world, "spec/used.yaml", user);
        world_write(&world, text_get(&path), wrong);
        world_write(&world, "spec/c.yaml", text_get(&chapter));
        struct spec *spec = world_load(&world);
        if (spec != NULL) {
            lint_spec(spec, world_told, &world);
        }
        cr_expect_str_eq(text_get(&world.told), rows[i].told, "row %zu: %s", i, text_get(&world.told));
        spec_free(spec);
        text_free(&path);
        text_free(&chapter);
        world_free(&world);
    }
    struct world world = world_make();
    world_write(&world, "spec/used.yaml", user);
    world_write(&world, "fixtures/schemas/wrong_x.yaml", wrong);
    world_write(&world, "spec/c.yaml", "chapter: C\nbehaviours:\n  - id: a.b\n    level: must\n    rule: r\n    source: s\n    cases:\n"
                                       "      - {name: c, schema: wrong_x, steps: [{commit: {}, error: data}, {commit: {}}]}\n");
    lint_world(&world);
    cr_expect_str_eq(text_get(&world.told),
                     "spec/c.yaml:8:9: the schema `wrong_x` is wrong on purpose: only a `define` step may name it\n", "%s",
                     text_get(&world.told));
    world_free(&world);
}
