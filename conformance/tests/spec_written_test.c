/* YAML written again reads as the same. */
#include "base/memory.h"
#include "spec/written.h"

#include <criterion/criterion.h>
#include <string.h>

static void never(void *context, const struct spec_place *place, const char *message)
{
    (void)context;
    cr_assert_fail("%d:%d: %s", place->line, place->column, message);
}

static bool same(const struct yaml *left, const struct yaml *right)
{
    bool good = left->kind == right->kind && left->count == right->count;
    if (good && left->kind != YAML_LIST && left->kind != YAML_MAP) {
        return left->length == right->length && memcmp(left->text, right->text, left->length) == 0;
    }
    for (size_t i = 0; good && i < left->count; i++) {
        good =
            same(left->items[i], right->items[i]) && (left->kind == YAML_LIST || same(left->keys[i], right->keys[i]));
    }
    return good;
}

static const struct {
    const char *text, *flow;
} rows[] = {
    {"a: 1\nb: [x, y]\n", "{a: 1, b: [x, y]}"},
    {"a: null\nb: \"null\"\nc: 'it''s'\n", "{a: null, b: \"null\", c: \"it's\"}"},
    {"- a, b\n- '[x]'\n- {y: no}\n", "[\"a, b\", \"[x]\", {y: no}]"},
    {"- |\n  one\n  two\n- \"\\t\\\\ \\u0001 \\\"q\\\"\"\n", "[\"one\\ntwo\\n\", \"\\t\\\\ \\x01 \\\"q\\\"\"]"},
    {"- <hole>\n- {~: any}\n- é\n- ''\n- []\n- {}\n", "[<hole>, {~: any}, é, \"\", [], {}]"},
    {"- a\n  b\n- \"1\"\n- 1.50\n", "[a b, \"1\", 1.50]"},
};

Test(written, flow)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena arena = {0};
        struct text out = {0};
        struct yaml *first = yaml_parse(&arena, rows[i].text, strlen(rows[i].text), "t", never, NULL);
        cr_assert_not_null(first);
        written_flow(first, &out);
        cr_expect_str_eq(text_get(&out), rows[i].flow);
        struct yaml *second = yaml_parse(&arena, text_get(&out), out.length, "t", never, NULL);
        cr_expect(same(first, second), "row %zu: %s", i, text_get(&out));
        text_free(&out);
        arena_free(&arena);
    }
}

Test(written, lines)
{
    static const char text[] = "query: {model: User, end: count}\nas: n\nexpect: [1, \"2\"]\n";
    struct arena arena = {0};
    struct text out = {0};
    written_lines(yaml_parse(&arena, text, strlen(text), "t", never, NULL), &out);
    text_add_char(&out, '\n');
    cr_expect_str_eq(text_get(&out), text);
    text_free(&out);
    arena_free(&arena);
}
