/* Relationships and keys of several columns in schemas: what is refused, and what goes over the wire. Lint and the
 * loader on the steps that speak of them. */
#include "lint/lint.h"
#include "testee/result.h"
#include "world.h"

#include <criterion/criterion.h>

/* The first relationship of User stands in line 7, that of Post in line 14, both after 8 characters. */
#define HEAD                                                                                                           \
    "models:\n  - name: User\n    columns:\n      - [name, type, length, primary_key]\n      - [id, integer, null, "   \
    "true]\n    relationships:\n"
#define POST                                                                                                           \
    "  - name: Post\n    columns:\n      - [name, type, primary_key, foreign_key]\n      - [id, integer, true, "       \
    "null]\n"                                                                                                          \
    "      - [user_id, integer, null, user.id]\n      - [tag_id, integer, null, tag.id]\n"
#define TAG                                                                                                            \
    "  - name: Tag\n    columns:\n      - {name: id, type: integer, primary_key: true}\n"                              \
    "tables:\n  - name: post_tags\n    columns:\n      - [name, type, primary_key, foreign_key]\n"                     \
    "      - [post_id, integer, true, post.id]\n      - [tag_id, integer, true, tag.id]\n"
#define USER(text) HEAD "      - {" text "}\n" POST TAG
#define POSTS "name: posts, target: Post, kind: one_to_many, foreign_key: post.user_id"
/* Of Post, in line 14. */
#define OF_POST(text)                                                                                                  \
    "models:\n  - name: User\n    columns:\n      - {name: id, type: integer, primary_key: true}\n" POST               \
    "    relationships:\n      - {" text "}\n" TAG
#define TAGS "name: tags, target: Tag, kind: many_to_many, secondary: post_tags"

Test(relationships, refusals_of_declarations)
{
    static const struct world_refusal rows[] = {
        {HEAD "      - x\n" POST TAG, "7:9: a relationship must be a map, not text"},
        {USER("name: posts, target: Post, kind: one_to_many"), "7:9: a relationship needs `foreign_key`"},
        {USER(POSTS ", remote: x"),
         "7:83: unknown key `remote` in a relationship (known: name, target, kind, foreign_key, target_key, secondary, "
         "backref, back_populates, lazy, cascade, passive_deletes, single_parent, post_update, order_by, viewonly, "
         "collection)"},
        {USER("name: posts, target: Pst, kind: one_to_many, foreign_key: post.user_id"),
         "7:31: the relationship `posts` leads to no model: there is no `Pst`"},
        {USER("name: posts, target: Post, kind: one_to_one_to_one, foreign_key: post.user_id"),
         "7:43: unknown `kind`: `one_to_one_to_one`"},
        {USER("name: id, target: Post, kind: one_to_many, foreign_key: post.user_id"),
         "7:16: `User` has a column `id` already"},
        {HEAD "      - {" POSTS "}\n      - {" POSTS "}\n" POST TAG, "8:16: `User` has a relationship `posts` already"},
    };
    WORLD_EXPECT_REFUSALS("fixtures/schemas/bad.yaml", rows);
}

Test(relationships, refusals_of_keys)
{
    static const struct world_refusal rows[] = {
        {USER("name: posts, target: Post, kind: one_to_many, foreign_key: user_id"),
         "7:69: a key of a relationship must be \"table.column\", or a list of these"},
        {USER("name: posts, target: Post, kind: one_to_many, foreign_key: []"),
         "7:69: a key of a relationship needs a column"},
        {USER("name: posts, target: Post, kind: one_to_many, foreign_key: post.no"),
         "7:69: the key `post.no` is no column of this schema"},
        {USER("name: posts, target: Post, kind: one_to_many, foreign_key: [post.user_id, user.id]"),
         "7:84: the columns of a key lie in one table, not in `post` and `user`"},
        {USER("name: posts, target: Post, kind: many_to_one, foreign_key: post.user_id"),
         "7:69: the key lies in the table `post`, but with this kind it must lie in `user`"},
        {USER("name: posts, target: Post, kind: one_to_many, foreign_key: post.tag_id"),
         "7:69: the key is no foreign key from `post` to `user`"},
        {USER("name: posts, target: Post, kind: one_to_many, foreign_key: [post.user_id, post.tag_id]"),
         "7:69: the key is no foreign key from `post` to `user`"},
        {USER(POSTS ", secondary: post_tags"), "7:94: `secondary` and `target_key` go with the kind many_to_many"},
        {USER(POSTS ", target_key: post.id"), "7:95: `secondary` and `target_key` go with the kind many_to_many"},
        {OF_POST(TAGS ", foreign_key: post_tags.post_id"), "12:9: a many_to_many needs `secondary` and `target_key`"},
        {OF_POST("name: tags, target: Tag, kind: many_to_many, secondary: no, foreign_key: post_tags.post_id, "
                 "target_key: post_tags.tag_id"),
         "12:66: `secondary` must be a table of this schema"},
        {OF_POST(TAGS ", foreign_key: post_tags.tag_id, target_key: post_tags.post_id"),
         "12:90: the key is no foreign key from `post_tags` to `post`\n12:120: the key is no foreign key from "
         "`post_tags` to `tag`"},
    };
    WORLD_EXPECT_REFUSALS("fixtures/schemas/bad.yaml", rows);
}

Test(relationships, refusals_of_options)
{
    static const struct world_refusal rows[] = {
        {USER(POSTS ", lazy: slect"), "7:89: unknown `lazy`: `slect` (did you mean `select`?)"},
        {USER(POSTS ", collection: bag"), "7:95: unknown `collection`: `bag`"},
        {USER(POSTS ", cascade: all"), "7:92: `cascade` must be a list, not text"},
        {USER(POSTS ", cascade: [delet]"), "7:93: unknown cascade `delet` (did you mean `delete`?)"},
        {USER(POSTS ", passive_deletes: some"), "7:100: `passive_deletes` must be true, false or \"all\""},
        {USER(POSTS ", viewonly: 1"), "7:93: `viewonly` must be true or false, not an integer"},
        {USER(POSTS ", order_by: [-no]"), "7:94: `order_by` names the column `no`, which the target does not have"},
        {USER(POSTS ", backref: {name: author, cascade: [delete_orphan]}"),
         "7:117: delete_orphan on this side needs `single_parent: true`"},
        {USER(POSTS ", backref: {name: author, order_by: [id]}"), "7:117: `order_by` is for collections"},
        {USER(POSTS ", backref: {name: author, lazy: dynamic}"), "7:113: `lazy: dynamic` is for collections"},
    };
    WORLD_EXPECT_REFUSALS("fixtures/schemas/bad.yaml", rows);
}

Test(relationships, refusals_of_sides)
{
    static const struct world_refusal rows[] = {
        {USER(POSTS ", backref: id"), "7:92: `Post` has a column `id` already"},
        {USER(POSTS ", backref: {lazy: select}"), "7:92: a backref needs `name`"},
        {USER(POSTS ", backref: {name: author, target: User}"),
         "7:107: unknown key `target` in a backref (known: name, lazy, cascade, passive_deletes, single_parent, "
         "post_update, order_by, viewonly, collection)"},
        {USER(POSTS ", backref: a, back_populates: a"), "7:111: `back_populates` and `backref` exclude each other"},
        {USER(POSTS ", back_populates: author"), "7:99: `back_populates` names no relationship of `Post`"},
        {HEAD "      - {" POSTS ", back_populates: author}\n" POST
              "    relationships: [{name: author, target: User, kind: many_to_one, foreign_key: post.user_id}]\n" TAG,
         "7:99: `author` does not name `posts` as its other side"},
        {HEAD "      - {" POSTS ", back_populates: author}\n" POST
              "    relationships: [{name: author, target: User, kind: one_to_one, foreign_key: post.user_id, "
              "back_populates: posts}]\n" TAG,
         "7:99: `posts` and `author` are no two sides of one relationship: kind and keys\n14:111: `author` and "
         "`posts` are no two sides of one relationship: kind and keys"},
        {HEAD "      - {" POSTS ", backref: author}\n" POST
              "    relationships: [{name: author, target: User, kind: many_to_one, foreign_key: post.user_id}]\n" TAG,
         "14:28: `Post` has a relationship `author` already"},
    };
    WORLD_EXPECT_REFUSALS("fixtures/schemas/bad.yaml", rows);
}

#define KEY(text)                                                                                                      \
    "models:\n  - name: A\n    columns:\n      - [name, type, primary_key, column]\n      - [x, integer, true, "       \
    "null]\n"                                                                                                          \
    "      - [y, integer, true, why]\n  - name: B\n    columns:\n      - [name, type, primary_key]\n      - [id, "     \
    "integer, true]\n      - [ax, integer, null]\n      - [ay, integer, null]\n    foreign_keys: [" text "]\n"

Test(relationships, refusals_of_keys_of_several_columns)
{
    static const struct world_refusal rows[] = {
        {KEY("{columns: [ax, ay], table: no, to: [x, why]}"),
         "13:47: the foreign key leads to no table: there is no `no`"},
        {KEY("{columns: [ax, no], table: a, to: [x, why]}"),
         "13:35: `columns` names the column `no`, which is not there"},
        {KEY("{columns: [ax, ay], table: a, to: [x, y]}"), "13:58: `to` names the column `y`, which is not there"},
        {KEY("{columns: [ax], table: a, to: [x, why]}"),
         "13:20: a foreign key has as many `columns` as `to`, and at least one"},
        {KEY("{columns: [ax, ay], table: a, to: [x, why], on_delete: drop}"),
         "13:75: `on_delete` must be cascade, set null, restrict, set default or no action"},
    };
    WORLD_EXPECT_REFUSALS("fixtures/schemas/bad.yaml", rows);
}

static void expect_wire(const char *text, const char *model, const char *wanted)
{
    struct world world = world_make();
    world_write(&world, "fixtures/schemas/good.yaml", text);
    struct spec *spec = world_load(&world);
    cr_assert_not_null(spec, "%s", text_get(&world.told));
    const json_t *found = spec_find_model(spec_find_schema(spec, "good"), model);
    json_t *expected = json_loads(wanted, 0, NULL);
    char *said = json_dumps(json_object_get(found, "relationships"), JSON_COMPACT);
    cr_assert_not_null(expected);
    cr_expect(json_equal(expected, json_object_get(found, "relationships")), "%s", said);
    free(said);
    json_decref(expected);
    spec_free(spec);
    world_free(&world);
}

Test(relationships, short_forms_are_long_on_the_wire)
{
    expect_wire(USER(POSTS ", backref: author"), "User",
                "[{\"name\":\"posts\",\"target\":\"Post\",\"kind\":\"one_to_many\",\"foreign_key\":[\"post.user_id\"],"
                "\"backref\":{\"name\":\"author\"}}]");
    expect_wire(
        OF_POST(TAGS ", foreign_key: post_tags.post_id, target_key: [post_tags.tag_id], lazy: selectin"), "Post",
        "[{\"name\":\"tags\",\"target\":\"Tag\",\"kind\":\"many_to_many\",\"secondary\":\"post_tags\","
        "\"foreign_key\":[\"post_tags.post_id\"],\"target_key\":[\"post_tags.tag_id\"],\"lazy\":\"selectin\"}]");
    expect_wire(KEY("{columns: [ax, ay], table: a, to: [x, why]}") "    relationships: [{name: a, target: A, kind: "
                                                                   "many_to_one, foreign_key: [b.ax, b.ay]}]\n",
                "B",
                "[{\"name\":\"a\",\"target\":\"A\",\"kind\":\"many_to_one\",\"foreign_key\":[\"b.ax\",\"b.ay\"]}]");
}

Test(relationships, one_to_one_keys_lie_on_either_side)
{
    expect_wire(USER("name: post, target: Post, kind: one_to_one, foreign_key: post.user_id"), "User",
                "[{\"name\":\"post\",\"target\":\"Post\",\"kind\":\"one_to_one\",\"foreign_key\":[\"post.user_id\"]}]");
    expect_wire(OF_POST("name: user, target: User, kind: one_to_one, foreign_key: post.user_id"), "Post",
                "[{\"name\":\"user\",\"target\":\"User\",\"kind\":\"one_to_one\",\"foreign_key\":[\"post.user_id\"]}]");
}

Test(relationships, targets_are_found_from_both_sides)
{
    struct world world = world_make();
    world_write(&world, "fixtures/schemas/good.yaml", USER(POSTS ", backref: author"));
    struct spec *spec = world_load(&world);
    cr_assert_not_null(spec, "%s", text_get(&world.told));
    const struct spec_schema *schema = spec_find_schema(spec, "good");
    const json_t *user = spec_find_model(schema, "User"), *post = spec_find_model(schema, "Post");
    bool many = false;
    cr_expect_str_eq(spec_find_target(schema, user, "posts", &many), "Post");
    cr_expect(many);
    cr_expect_str_eq(spec_find_target(schema, post, "author", &many), "User");
    cr_expect_not(many);
    cr_expect_null(spec_find_target(schema, user, "author", &many));
    cr_expect_null(spec_find_target(schema, post, "user_id", &many));
    spec_free(spec);
    world_free(&world);
}

#define CASE                                                                                                           \
    "chapter: C\nbehaviours:\n  - id: a.b\n    level: may\n    rule: r\n    source: s\n    cases:\n      - name: "     \
    "c\n        schema: good\n        steps:\n"
#define STEP CASE "          - "

Test(relationships, refusals_of_steps)
{
    static const struct world_refusal rows[] = {
        {STEP "{rel: {obj: u, name: posts, do: apend, objs: [p]}}\n",
         "11:45: `rel` does not do `apend` (did you mean `append`?)"},
        {STEP "{rel: {obj: u, name: posts, do: append}}\n", "11:19: `append` takes `objs`"},
        {STEP "{rel: {obj: u, name: posts, do: count, objs: [p]}}\n", "11:19: `count` takes no `objs`"},
        {STEP "{rel: {obj: u, name: posts, do: contains, objs: [p, q]}}\n",
         "11:19: `contains` takes one object in `objs`"},
        {STEP "{rel: {obj: u, name: posts, do: insert, objs: [p]}}\n",
         "11:19: `insert` takes a position: `at`, an integer"},
        {STEP "{rel: {obj: u, name: posts, do: clear, at: 0}}\n", "11:19: `clear` takes no position"},
        {STEP "{rel: {obj: u, name: posts, do: pop, at: x}}\n", "11:19: `pop` takes a position: `at`, an integer"},
        {STEP "{query: {end: all}}\n", "11:21: `query` takes either `model`, or `base`, or `obj` and `name`"},
        {STEP "{query: {model: User, obj: u, name: posts, end: all}}\n",
         "11:21: `query` takes either `model`, or `base`, or `obj` and `name`"},
        {STEP "{query: {obj: u, end: all}}\n", "11:21: `query` takes either `model`, or `base`, or `obj` and `name`"},
        {STEP "{query: {model: User, q: [[join]], end: all}}\n", "11:39: `join` takes one operand, not 0"},
        {STEP "{query: {model: User, q: [[load, posts]], end: all}}\n",
         "11:39: `load` with 1 operands"},
        {STEP "{query: {model: User, q: [[load, posts, eager]], end: all}}\n", "11:53: unknown strategy `eager`"},
        {STEP "{query: {model: User, q: [[filter, [any]]], end: all}}\n",
         "11:48: `any` takes a relationship and an expression"},
        {STEP "{query: {model: User, q: [[filter, [any, posts, x]]], end: all}}\n",
         "11:61: an expression must be a list [operator, …], not text"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world world = world_make();
        world_write(&world, "fixtures/schemas/good.yaml", USER(POSTS ", backref: author"));
        world_write(&world, "spec/c.yaml", rows[i].text);
        cr_expect_null(world_load(&world), "row %zu", i);
        char *wanted = memory_format("spec/c.yaml:%s\n", rows[i].told);
        cr_expect_str_eq(text_get(&world.told), wanted, "row %zu: %s\nand not: %s", i, text_get(&world.told), wanted);
        free(wanted);
        world_free(&world);
    }
}

/* What a chapter's first case needs, or what lint finds in it. */
static void expect_found(const char *steps, const char *needed, const char *told)
{
    static const char capabilities[] =
        "capabilities:\n  - {name: core, says: c}\n  - {name: ddl, says: d}\n  - {name: uow, says: u}\n  - {name: tx, "
        "says: t}\n  - {name: filter, says: f}\n  - {name: rel.one_to_many, says: r}\n  - {name: rel.join, says: j}\n"
        "  - {name: rel.exists, says: e}\n  - {name: rel.compare, says: c}\n  - {name: rel.eager, says: e}\n"
        "  - {name: rel.strategies, says: s}\n  - {name: rel.dynamic, says: d}\n  - {name: rel.positions, says: p}\n"
        "  - {name: rel.kept, says: k}\n";
    struct world world = world_make();
    world_write(&world, "fixtures/schemas/good.yaml", USER(POSTS ", backref: author"));
    world_write(&world, "spec/capabilities.yaml", capabilities);
    char *text = memory_format("%s          - {new: {model: User}, as: u}\n          - {new: {model: Post}, as: p}\n%s",
                               CASE, steps);
    world_write(&world, "spec/c.yaml", text);
    struct spec *spec = world_load(&world);
    cr_assert_not_null(spec, "%s", text_get(&world.told));
    bool found = needed == NULL;
    for (const char **need = spec->chapters[0].behaviours[0].cases[0].needs; *need != NULL; need++) {
        found = found || strcmp(*need, needed) == 0;
    }
    cr_expect(found, "%s: %s is not needed", steps, needed);
    lint_spec(spec, world_told, &world);
    bool tells = told != NULL && strstr(text_get(&world.told), told) != NULL;
    cr_expect(told != NULL ? tells : strstr(text_get(&world.told), "spec/c.yaml") == NULL, "%s: %s", steps,
              text_get(&world.told));
    spec_free(spec);
    free(text);
    world_free(&world);
}

Test(relationships, steps_need_what_they_do)
{
    static const char *const rows[][2] = {
        {"rel: {obj: u, name: posts, do: append, objs: [p]}", "rel.one_to_many"},
        {"rel: {obj: u, name: posts, do: pop, at: 0}", "rel.positions"},
        {"rel: {obj: p, name: author, do: loaded}", "rel.kept"},
        {"query: {obj: u, name: posts, q: [[filter_by, {user_id: 1}]], end: all}", "rel.dynamic"},
        {"query: {model: Post, q: [[join, author], [order_by, author.id]], end: all, read: author.posts.id}",
         "rel.join"},
        {"query: {model: Post, q: [[load, author, joined]], end: all}", "rel.eager"},
        {"query: {model: Post, q: [[load, author.posts, subquery]], end: all}", "rel.strategies"},
        {"query: {model: User, q: [[filter, [any, posts, [eq, user_id, 1]]]], end: all}", "rel.exists"},
        {"query: {model: User, q: [[filter, [contains, posts, {$: var, v: p}]]], end: all}", "rel.exists"},
        {"query: {model: Post, q: [[filter, [eq, author, {$: var, v: u}]]], end: all}", "rel.compare"},
        {"query: {model: Post, q: [[filter_by, {author: {$: var, v: u}}]], end: all}", "rel.compare"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *steps = memory_format("          - %s\n            expect: [1]\n", rows[i][0]);
        expect_found(steps, rows[i][1], NULL);
        free(steps);
    }
}

Test(relationships, names_on_the_way_are_those_of_the_schema)
{
    static const char *const rows[][2] = {
        {"get: {obj: u, name: pots}", "`User` has no column or relationship `pots`"},
        {"get: {obj: p, name: author.nam}", "`User` has no column or relationship `nam`"},
        {"get: {obj: p, name: id.author}", "`Post` has no column or relationship `id.author`"},
        {"rel: {obj: p, name: writer, do: count}", "`Post` has no column or relationship `writer`"},
        {"set: {obj: p, values: {writer: null}}", "`Post` has no column or relationship `writer`"},
        {"query: {obj: u, name: posts, q: [[filter_by, {nam: 1}]], end: all}",
         "`Post` has no column or relationship `nam`"},
        {"query: {model: Post, q: [[join, writer]], end: all}", "`Post` has no column or relationship `writer`"},
        {"query: {model: User, q: [[filter, [any, posts, [eq, nam, 1]]]], end: all}",
         "`Post` has no column or relationship `nam`"},
        {"query: {model: User, q: [[filter, [has, post]]], end: all}", "`User` has no column or relationship `post`"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *steps = memory_format("          - %s\n            expect: [1]\n", rows[i][0]);
        expect_found(steps, NULL, rows[i][1]);
        free(steps);
    }
    expect_found("          - get: {obj: p, name: author}\n            as: a\n          - get: {obj: a, name: nam}\n"
                 "            expect: 1\n",
                 NULL, "`User` has no column or relationship `nam`");
}

Test(relationships, forms_of_results)
{
    static const char *const rows[][4] = {
        {"append", "{}", "3", "{\"a\":1}"},
        {"count", "3", "null", "\"3\""},
        {"contains", "true", "1", "null"},
        {"loaded", "false", "{}", "null"},
        {"pop", "{\"$\":\"obj\",\"v\":3}", "null", "{}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *params = json_pack("{s:s}", "do", rows[i][0]);
        for (size_t j = 1; j < 4; j++) {
            json_t *result = json_loads(rows[i][j], JSON_DECODE_ANY, NULL);
            char *wrong = testee_check_result("rel", params, result);
            cr_expect_eq(wrong == NULL, j == 1, "%s: %s", rows[i][0], rows[i][j]);
            free(wrong);
            json_decref(result);
        }
        json_decref(params);
    }
}

/* ---- foreign keys, enforced or not ------------------------------------------------------------------------------- */

#define KEYS                                                                                                           \
    "chapter: C\nbehaviours:\n  - id: a.b\n    level: may\n    rule: r\n    source: s\n    cases:\n      - name: "     \
    "c\n"
#define COUNT "        steps: [{stored: {table: user, count: true}, expect: 0}]\n"

static void write_keys(struct world *world, const char *text)
{
    world_write(
        world, "spec/capabilities.yaml",
        "capabilities:\n  - {name: core, says: c}\n  - {name: ddl, says: d}\n  - {name: uow, says: u}\n"
        "  - {name: tx, says: t}\n  - {name: foreign_keys_on, says: o}\n  - {name: foreign_keys_off, says: f}\n");
    world_write(world, "spec/c.yaml", text);
}

Test(relationships, refusals_of_foreign_keys)
{
    static const struct world_refusal rows[] = {
        {KEYS "        schema: blog\n        foreign_keys: 1\n" COUNT,
         "10:23: `foreign_keys` must be true or false, not an integer"},
        {KEYS "        schema: blog\n        fresh: true\n        foreign_keys: true\n" COUNT,
         "11:23: `foreign_keys` is for a case with tables: with a schema, and not fresh"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world world = world_make();
        write_keys(&world, rows[i].text);
        cr_expect_null(world_load(&world), "row %zu", i);
        char *wanted = memory_format("spec/c.yaml:%s\n", rows[i].told);
        cr_expect_str_eq(text_get(&world.told), wanted, "row %zu: %s\nand not: %s", i, text_get(&world.told), wanted);
        free(wanted);
        world_free(&world);
    }
}

Test(relationships, foreign_keys_of_cases)
{
    struct world world = world_make();
    write_keys(&world, KEYS "        schema: blog\n        rows: two\n        foreign_keys: <enforced?>\n" COUNT
                            "        table:\n          - [row, enforced?]\n          - [on, true]\n          - [off, "
                            "false]\n          - [open, {~: omit}]\n");
    struct spec *spec = world_load(&world);
    cr_assert_not_null(spec, "%s", text_get(&world.told));
    const struct spec_case *cases = spec->chapters[0].behaviours[0].cases;
    static const struct {
        bool fresh, with_tables, foreign_keys;
        const char *needs;
    } wanted[] = {
        {true, true, true, "foreign_keys_on"}, {true, true, false, "foreign_keys_off"}, {false, false, false, NULL}};
    for (size_t i = 0; i < 3; i++) {
        cr_expect_eq(cases[i].fresh, wanted[i].fresh, "%s", cases[i].id);
        cr_expect_eq(cases[i].with_tables, wanted[i].with_tables, "%s", cases[i].id);
        cr_expect_eq(cases[i].foreign_keys, wanted[i].foreign_keys, "%s", cases[i].id);
        cr_expect_not_null(cases[i].rows, "%s", cases[i].id);
        const char *last = NULL;
        for (const char **need = cases[i].needs; *need != NULL; need++) {
            last = *need;
        }
        cr_expect(wanted[i].needs == NULL ? last == NULL : last != NULL && strcmp(last, wanted[i].needs) == 0, "%s",
                  cases[i].id);
    }
    spec_free(spec);
    world_free(&world);
}

/* Such a case has its tables: what makes or drops them wants a fresh one. */
Test(relationships, foreign_keys_make_no_case_fresh)
{
    struct world world = world_make();
    write_keys(&world,
               KEYS "        schema: blog\n        foreign_keys: true\n        steps: [{create_all: {}}, {stored: "
                    "{table: user, count: true}, expect: 0}]\n");
    struct spec *spec = world_load(&world);
    cr_assert_not_null(spec, "%s", text_get(&world.told));
    lint_spec(spec, world_told, &world);
    cr_expect(strstr(text_get(&world.told), "`create_all` needs a database of its own: mark the case `fresh`") != NULL,
              "%s", text_get(&world.told));
    spec_free(spec);
    world_free(&world);
}
