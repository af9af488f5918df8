/* One record, and outputs that agree. */
#include "base/utf8.h"
#include "report/progress.h"
#include "report/record.h"
#include "report/results.h"
#include "world.h"

#include <criterion/criterion.h>

static const char chapter[] =
    "chapter: C\nbehaviours:\n"
    "  - id: c.one\n    level: must\n    rule: Rows are kept.\n    source: \"seed, C: a < b\"\n    cases:\n"
    "      - name: a\n        schema: blog\n        steps:\n"
    "          - new: {model: User, values: {name: zoe}}\n            as: u\n"
    "          - get: {obj: u, name: name}\n            expect: zoe\n"
    "      - name: t\n        schema: blog\n        steps:\n"
    "          - query: {model: User, end: count}\n            expect: <n>\n"
    "        table: [[row, n], [b, 0], [c, 1], [d, 2], [d2, 3], [e, 4], [f, 5], [g, 6], [h, 7], [z, 8]]\n";

struct made {
    struct world world;
    struct spec *spec;
    struct report_run run;
};

static struct made make_run(void)
{
    struct made made = {.world = world_make()};
    world_write(&made.world, "spec/c.yaml", chapter);
    made.spec = world_load(&made.world);
    cr_assert_not_null(made.spec, "%s", text_get(&made.world.told));
    made.run = (struct report_run){.spec = made.spec,
                                   .program = "ormspec",
                                   .again = memory_copy(" --impl 'x'"),
                                   .total = 20,
                                   .selected = 10,
                                   .database_count = 1};
    made.run.databases[0] = (struct report_database){SPEC_SQLITE, "3.40.1"};
    made.run.databases_again[SPEC_SQLITE] = memory_copy("");
    made.run.implementation =
        json_pack("{s:s, s:s, s:{s:s}}", "name", "Thing", "version", "1.0", "capabilities", "core", "native");
    return made;
}

static void free_run(struct made *made)
{
    report_clear(&made->run);
    spec_free(made->spec);
    world_free(&made->world);
}

static struct report_result *add(struct made *made, const char *id, enum judge_verdict verdict, const char *message)
{
    const struct spec_behaviour *behaviour = &made->spec->chapters[0].behaviours[0];
    struct report_result *result = report_add(&made->run, id, SPEC_SQLITE);
    result->verdict = verdict;
    result->message = message == NULL ? NULL : memory_copy(message);
    for (size_t i = 0; i < behaviour->case_count; i++) {
        if (strcmp(behaviour->cases[i].id, id) == 0) {
            result->test = &behaviour->cases[i];
        }
    }
    result->milliseconds = 1.23456;
    result->order = (long)made->run.count;
    return result;
}

/* The record as every output gets it: a set with one file. */
static struct results_set take(struct made *made)
{
    char *problem = NULL;
    struct results *results = results_take(report_json(&made->run), NULL, &problem);
    cr_assert_not_null(results, "%s", problem);
    struct results_set set = {0};
    results_set_add(&set, results);
    results_set_label(&set);
    return set;
}

static void expect_part(const struct text *text, const char *part)
{
    cr_expect(strstr(text_get(text), part) != NULL, "lacks\n%s\nhas\n%s", part, text_get(text));
}

Test(report, a_failure_tells_its_story)
{
    struct made made = make_run();
    struct report_result *result = add(&made, "c.one/a", JUDGE_FAIL, "expected the text \"zoe\", got null");
    result->step = 2;
    result->at = &result->test->steps[1];
    result->expected = json_string("zoe");
    result->actual = json_null();
    result->path = memory_copy("$");
    result->wire = memory_copy("→ one\n← two\n");
    result->errors = memory_copy("oops\n");
    struct text out = {0};
    report_print_result(&made.run, result, &out);
    char *wanted = memory_format("fail c.one/a [sqlite]\n"
                                 "  rule      Rows are kept.\n"
                                 "  source    seed, C: a < b\n"
                                 "  step      2 of 2 (%s:%d:%d)\n"
                                 "            get: {obj: u, name: name}\n"
                                 "            expect: zoe\n"
                                 "  expected  \"zoe\"\n"
                                 "  actual    null\n"
                                 "  at        $\n"
                                 "  because   expected the text \"zoe\", got null\n"
                                 "  wire      → one\n"
                                 "            ← two\n"
                                 "  stderr    oops\n"
                                 "  again     ormspec run --impl 'x' --only 'c.one/a'\n\n",
                                 result->at->place.file, result->at->place.line, result->at->place.column);
    cr_expect_str_eq(text_get(&out), wanted, "%s", text_get(&out));
    made.run.color = true;
    text_clear(&out);
    report_print_result(&made.run, result, &out);
    expect_part(&out, "\033[31mfail\033[0m c.one/a");
    free(wanted);
    text_free(&out);
    free_run(&made);
}

Test(report, a_long_value_is_cut_between_characters)
{
    struct made made = make_run();
    struct report_result *result = add(&made, "c.one/a", JUDGE_FAIL, "m");
    struct text value = {0}, out = {0};
    for (int i = 0; i < 3000; i++) {
        text_add(&value, "é");
    }
    result->actual = json_string(text_get(&value));
    report_print_result(&made.run, result, &out);
    expect_part(&out, "é … (");
    cr_expect_lt(out.length, 3000);
    text_free(&value);
    text_free(&out);
    free_run(&made);
}

static struct made make_all(void)
{
    struct made made = make_run();
    add(&made, "c.one/t/g", JUDGE_BROKEN, "the suite's own");
    add(&made, "c.one/a", JUDGE_PASS, NULL);
    add(&made, "c.one/t/b", JUDGE_FAIL, "a < b & \"c\"\nsecond line # no directive");
    add(&made, "c.one/t/c", JUDGE_ERROR, "died");
    add(&made, "c.one/t/d", JUDGE_UNSUPPORTED, "uow is not declared")->group = memory_copy("uow");
    add(&made, "c.one/t/d2", JUDGE_UNSUPPORTED, "uow is not declared")->group = memory_copy("uow");
    add(&made, "c.one/t/e", JUDGE_SKIPPED, "--skip '*/e'");
    add(&made, "c.one/t/f", JUDGE_KNOWN, "since ever");
    add(&made, "c.one/t/h", JUDGE_STALE, "it passes");
    made.run.results[0]->order = 100;
    struct report_result *first = add(&made, "schema/blog/shape", JUDGE_FAIL, "table post is missing");
    first->test = NULL;
    first->order = -1;
    report_sort(&made.run);
    return made;
}

Test(report, the_summary_names_what_did_not_pass)
{
    struct made made = make_all();
    struct text out = {0};
    struct results_set set = take(&made);
    results_print_summary(set.items[0], false, &out);
    cr_expect_str_eq(
        text_get(&out),
        "unsupported, by what is not declared:\n  uow (2)\n    c.one/t/d [sqlite]\n    c.one/t/d2 [sqlite]\n"
        "skipped, by reason:\n  --skip '*/e' (1)\n    c.one/t/e [sqlite]\n"
        "known failures, by reason:\n  since ever (1)\n    c.one/t/f [sqlite]\n"
        "broken:\n    c.one/t/g [sqlite]\nstale:\n    c.one/t/h [sqlite]\nerror:\n    c.one/t/c [sqlite]\n"
        "fail:\n    schema/blog/shape [sqlite]\n    c.one/t/b [sqlite]\n"
        "Thing 1.0 on sqlite 3.40.1: 1 pass 2 fail 1 error 2 unsupported 1 skipped 1 known 1 stale 1 broken\n"
        "--only chose 10 of 20 cases\n"
        "9 of 10 cases have a result on sqlite\n"
        "1 passed, 5 failed, 4 skipped\n",
        "%s", text_get(&out));
    text_clear(&out);
    results_print_set(&set, false, &out);
    expect_part(&out, "because   a < b & \"c\"\n            second line");
    results_set_free(&set);
    text_free(&out);
    free_run(&made);
}

Test(report, the_results_file)
{
    struct made made = make_all();
    json_t *json = report_json(&made.run), *results = json_object_get(json, "results");
    cr_expect_eq(json_array_size(results), 10);
    json_t *first = json_array_get(results, 0), *pass = json_array_get(results, 1),
           *unsupported = json_array_get(results, 4);
    cr_expect_str_eq(json_string_value(json_object_get(first, "id")), "schema/blog/shape",
                     "what is no case comes first");
    cr_expect_eq(json_object_size(pass), 4, "a pass has no story");
    cr_expect_float_eq(json_real_value(json_object_get(pass, "milliseconds")), 1.235, 1e-9);
    cr_expect_str_eq(json_string_value(json_object_get(unsupported, "capability")), "uow");
    cr_expect_str_eq(json_string_value(json_object_get(json_object_get(json, "suite"), "version")), "1.2.3");
    cr_expect_str_eq(json_string_value(json_object_get(json_object_get(json, "implementation"), "name")), "Thing");
    cr_expect_str_eq(
        json_string_value(json_object_get(json_array_get(json_object_get(json, "databases"), 0), "version")), "3.40.1");
    json_t *totals = json_object_get(json, "totals");
    cr_expect_eq(json_integer_value(json_object_get(totals, "passed")), 1);
    cr_expect_eq(json_integer_value(json_object_get(totals, "failed")), 5);
    cr_expect_eq(json_integer_value(json_object_get(totals, "skipped")), 4);
    cr_expect_eq(json_integer_value(json_object_get(json_object_get(totals, "verdicts"), "unsupported")), 2);
    json_decref(json);
    free_run(&made);
}

Test(report, junit)
{
    struct made made = make_all();
    struct text out = {0};
    add(&made, "c.one/t/z", JUDGE_ERROR, "bad bytes \xff\xc3 and a \033 bell, é stays");
    struct results_set set = take(&made);
    results_junit(&set, &out);
    results_set_free(&set);
    expect_part(&out, "<testsuite name=\"Thing on sqlite\" tests=\"11\" failures=\"3\" errors=\"3\" skipped=\"4\"");
    expect_part(&out, "<testcase classname=\"Thing.sqlite.c\" name=\"c.one/a\" time=\"0.001235\"/>");
    expect_part(&out, "<testcase classname=\"Thing.sqlite.prerequisites\" name=\"schema/blog/shape\"");
    expect_part(&out, "<failure message=\"a &lt; b &amp; &quot;c&quot;&#10;second line # no directive\" "
                      "type=\"fail\">fail c.one/t/b [sqlite]");
    expect_part(&out, "<skipped message=\"known: since ever\"/>");
    expect_part(&out, "bad bytes \xef\xbf\xbd\xef\xbf\xbd and a \xe2\x90\x9b bell, é stays\" type=\"error\"");
    cr_expect_eq(utf8_valid(out.data, out.length), out.length);
    text_free(&out);
    free_run(&made);
}

Test(report, tap)
{
    struct made made = make_all();
    struct text out = {0};
    struct results_set set = take(&made);
    results_tap(&set, &out);
    results_set_free(&set);
    expect_part(&out, "TAP version 14\n1..10\nnot ok 1 - schema/blog/shape [sqlite]\n  ---\n  story: |\n    fail "
                      "schema/blog/shape [sqlite]\n");
    expect_part(&out, "\nok 2 - c.one/a [sqlite]\n");
    expect_part(&out, "\nok 5 - c.one/t/d [sqlite] # SKIP unsupported: uow is not declared\n");
    expect_part(&out, "\nnot ok 8 - c.one/t/f [sqlite] # TO"
                      "DO since ever\n");
    expect_part(&out, "\n  ...\n");
    text_free(&out);
    free_run(&made);
}

Test(report, the_status)
{
    static const struct {
        enum judge_verdict verdict;
        int status;
    } rows[] = {{JUDGE_PASS, 0},    {JUDGE_FAIL, 1},  {JUDGE_ERROR, 1}, {JUDGE_UNSUPPORTED, 1},
                {JUDGE_SKIPPED, 1}, {JUDGE_KNOWN, 0}, {JUDGE_STALE, 1}, {JUDGE_BROKEN, 3}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct made made = make_run();
        add(&made, "c.one/a", rows[i].verdict, "m");
        cr_expect_eq(report_status(&made.run), rows[i].status, "alone: %s", judge_verdict_name(rows[i].verdict));
        add(&made, "c.one/t/b", JUDGE_PASS, NULL);
        bool nothing = rows[i].verdict == JUDGE_UNSUPPORTED || rows[i].verdict == JUDGE_SKIPPED;
        cr_expect_eq(report_status(&made.run), nothing ? 0 : rows[i].status, "beside a pass: %s",
                     judge_verdict_name(rows[i].verdict));
        struct text out = {0};
        struct results_set set = take(&made);
        results_print_summary(set.items[0], false, &out);
        results_set_free(&set);
        cr_expect_not(strstr(text_get(&out), "nothing was judged") != NULL);
        text_free(&out);
        free_run(&made);
    }
    struct made made = make_run();
    struct text out = {0};
    cr_expect_eq(report_status(&made.run), 1, "nothing at all");
    made.run.total = made.run.selected = 0;
    struct results_set set = take(&made);
    results_print_summary(set.items[0], false, &out);
    results_set_free(&set);
    cr_expect_str_eq(text_get(&out), "nothing was judged: that is a failure\n0 passed, 0 failed, 0 skipped\n");
    text_free(&out);
    free_run(&made);
}

Test(report, the_time_left_is_guessed_late_and_rounded)
{
    static const struct {
        double elapsed;
        size_t done, total;
        const char *says; /* NULL: nothing */
    } rows[] = {
        {0.5, 100, 1000, NULL},          {5, 10, 1000, NULL},
        {5, 1000, 1000, NULL},           {10, 500, 1000, "about 10 s left"},
        {10, 999, 1000, "about 1 s left"}, {10, 100, 1000, "about 1 min 30 s left"},
        {60, 20, 2000, "about 99 min 0 s left"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *left = progress_left(rows[i].elapsed, rows[i].done, rows[i].total);
        cr_expect(rows[i].says == NULL ? left == NULL : left != NULL && strcmp(left, rows[i].says) == 0,
                  "row %zu: %s", i, left == NULL ? "nothing" : left);
        free(left);
    }
}
