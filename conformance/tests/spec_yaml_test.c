/* The strict form of YAML: spec/README.md, "YAML". */
#include "spec/yaml.h"
#include "world.h"

#include <criterion/criterion.h>
#include <stdint.h>

static struct yaml *parse(struct arena *arena, struct world *world, const char *text, size_t length)
{
    text_clear(&world->told);
    return yaml_parse(arena, text, length, "t", world_told, world);
}

Test(yaml, types_plain_scalars_by_the_grammar_of_json)
{
    static const struct {
        const char *text;
        enum yaml_kind kind;
    } rows[] = {
        {"null", YAML_NULL},       {"true", YAML_BOOLEAN},  {"false", YAML_BOOLEAN}, {"0", YAML_INTEGER},
        {"-12", YAML_INTEGER},     {"1.5", YAML_REAL},      {"1e5", YAML_REAL},      {"-0.5E-3", YAML_REAL},
        {"1.0", YAML_REAL},        {"no", YAML_TEXT},       {"Null", YAML_TEXT},     {"TRUE", YAML_TEXT},
        {"~", YAML_TEXT},          {"0x1F", YAML_TEXT},     {"0o7", YAML_TEXT},      {"01", YAML_TEXT},
        {"+1", YAML_TEXT},         {"1.", YAML_TEXT},       {".5", YAML_TEXT},       {"1e", YAML_TEXT},
        {"2024-01-02", YAML_TEXT}, {".inf", YAML_TEXT},     {"1_000", YAML_TEXT},    {"12:30:45", YAML_TEXT},
        {"'1'", YAML_TEXT},        {"\"null\"", YAML_TEXT}, {"''", YAML_TEXT},       {"|\n  true\n", YAML_TEXT},
        {"[1]", YAML_LIST},        {"{a: 1}", YAML_MAP},
    };
    struct world world = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena arena = {0};
        struct yaml *node = parse(&arena, &world, rows[i].text, strlen(rows[i].text));
        cr_assert_not_null(node, "%s: %s", rows[i].text, text_get(&world.told));
        cr_expect_eq(node->kind, rows[i].kind, "%s is %s", rows[i].text, yaml_kind_name(node));
        arena_free(&arena);
    }
    text_free(&world.told);
}

Test(yaml, keeps_texts_order_and_places)
{
    static const char text[] =
        "a: \"x\\0y\\u00e9\"\nb:\n  - [1,  z]\n  - {c: 'it''s', \"d e\": >\n     not folded here}\n";
    static const char good[] = "a: \"x\\0y\\u00e9\"\nb:\n  - [1,  z]\n  - {c: 'it''s'}\n";
    struct arena arena = {0};
    struct world world = {0};
    cr_expect_null(parse(&arena, &world, text, strlen(text)));
    struct yaml *root = parse(&arena, &world, good, strlen(good));
    cr_assert_not_null(root);
    const struct yaml *a = yaml_get(root, "a"), *b = yaml_get(root, "b");
    cr_expect_eq(a->length, 5);
    cr_expect_arr_eq(a->text, "x\0y\xC3\xA9", 6);
    cr_expect_not(a->plain);
    cr_expect_eq(b->count, 2);
    const struct yaml *z = b->items[0]->items[1];
    cr_expect(yaml_is_text(z, "z") && z->plain);
    cr_expect(z->place.line == 3 && z->place.column == 10, "%d:%d", z->place.line, z->place.column);
    cr_expect_str_eq(z->place.file, "t");
    cr_expect_str_eq(yaml_get(b->items[1], "c")->text, "it's");
    cr_expect_null(yaml_get(root, "c"));
    cr_expect_null(yaml_get(a, "c"));
    arena_free(&arena);
    text_free(&world.told);
}

Test(yaml, refuses_what_strict_yaml_does_not_have)
{
    static const struct world_refusal rows[] = {
        {"", "t:1:1: the file is empty\n"},
        {"# nothing\n", "t:1:1: the file is empty\n"},
        {"a: 1\n---\nb: 2\n", "t:2:1: a second document in the file: one file holds one\n"},
        {"%YAML 1.2\n---\na: 1\n", "t:2:1: a directive (%) is not allowed\n"},
        {"a: &x 1\nb: *x\n", "t:1:4: an anchor (&) is not allowed: write the value out, or use a table\n"
                             "t:2:4: an alias (*) is not allowed: write the value out, or use a table\n"},
        {"a: !!str 1\n", "t:1:4: a tag (!) is not allowed: tagged values are written {$: type, v: value}\n"},
        {"a: !x {b: 1}\n", "t:1:4: a tag (!) is not allowed: tagged values are written {$: type, v: value}\n"},
        {"a: {<<: 1}\n", "t:1:5: a merge key (<<) is not allowed: write the keys out\n"},
        {"a: 1\nb: 2\na: 3\n", "t:3:1: duplicate key `a` (first in line 1)\n"},
        {"a: 1\n\"a\": 3\n", "t:2:1: duplicate key `a` (first in line 1)\n"},
        {"? [a]\n: 1\n", "t:1:3: a key must be a scalar, not a list\n"},
        {"{a: 1}: 1\n", "t:1:1: a key must be a scalar, not a map\n"},
        {"\"a\\0\": 1\n", "t:1:1: a key must not contain U+0000\n"},
        {"a:\nb: 1\n", "t:1:1: an empty value: write null, or '' for empty text\n"},
        {"a: {b, c: 1}\n", "t:1:5: an empty value: write null, or '' for empty text\n"},
        {"a: [1\n", "t:2:1: YAML: "},
        {"a: b: c\n", "t:1:5: YAML: "},
        {"a:\n\tb: 2\n", "t:2:1: YAML: "},
        {"a: 1\nb\xff: 2\n", "t:2:2: not UTF-8\n"},
    };
    struct world world = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena arena = {0};
        cr_expect_null(parse(&arena, &world, rows[i].text, strlen(rows[i].text)), "%s", rows[i].text);
        /* The words after "YAML: " are the parser's own. */
        size_t length = path_ends(rows[i].told, "YAML: ") ? strlen(rows[i].told) : SIZE_MAX;
        cr_expect_eq(strncmp(text_get(&world.told), rows[i].told, length), 0, "%s: %s", rows[i].text,
                     text_get(&world.told));
        arena_free(&arena);
    }
    struct arena arena = {0};
    cr_expect_null(parse(&arena, &world, "a: 1\n\0", 6));
    cr_expect_str_eq(text_get(&world.told), "t:2:1: a NUL byte\n");
    text_free(&world.told);
    arena_free(&arena);
}

Test(yaml, refuses_depth_without_end)
{
    char text[2 * 200 + 1];
    memset(text, '[', 200);
    memset(text + 200, ']', 200);
    struct arena arena = {0};
    struct world world = {0};
    cr_expect_null(parse(&arena, &world, text, 400));
    cr_expect_str_eq(text_get(&world.told), "t:1:65: nested deeper than 64 levels\n");
    memset(text, '[', 64);
    memset(text + 64, ']', 64);
    cr_expect_not_null(parse(&arena, &world, text, 128));
    text_free(&world.told);
    arena_free(&arena);
}

Test(yaml, reads_files)
{
    struct world world = world_make();
    struct arena arena = {0};
    char *path = path_join(world.root, "spec/suite.yaml"), *missing = path_join(world.root, "spec/none.yaml");
    struct yaml *root = yaml_read(&arena, path, "suite", world_told, &world);
    cr_assert_not_null(root);
    cr_expect_str_eq(root->place.file, "suite");
    cr_expect_null(yaml_read(&arena, missing, "none", world_told, &world));
    cr_expect_str_eq(text_get(&world.told), "none:1:1: cannot be read: No such file or directory\n");
    free(missing);
    free(path);
    arena_free(&arena);
    world_free(&world);
}

Test(yaml, checks_the_keys_of_maps)
{
    static const struct yaml_key keys[] = {{"a", true}, {"b", false}, {NULL, false}};
    static const struct world_refusal rows[] = {
        {"{a: 1, b: 2}", ""},
        {"{b: 2}", "t:1:1: a thing needs `a`\n"},
        {"{a: 1, c: 2}", "t:1:8: unknown key `c` in a thing (known: a, b)\n"},
        {"[a]", "t:1:1: a thing must be a map, not a list\n"},
        {"1.5", "t:1:1: a thing must be a map, not a number\n"},
    };
    struct world world = {0};
    struct arena arena = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct yaml *node = parse(&arena, &world, rows[i].text, strlen(rows[i].text));
        cr_assert_not_null(node);
        cr_expect_eq(yaml_check_map(node, "a thing", keys, world_told, &world), *rows[i].told == '\0');
        cr_expect_str_eq(text_get(&world.told), rows[i].told);
    }
    arena_free(&arena);
    text_free(&world.told);
}
