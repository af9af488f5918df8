/* Results files: what is refused, what flipped, what fits together. */
#include "base/memory.h"
#include "documents.h"
#include "report/compare.h"
#include "report/escape.h"
#include "report/merge.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- reading ------------------------------------------------------------------------------------------------------
 */

static void expect_refused(json_t *json, const char *message)
{
    char *problem = NULL, *wanted = memory_format("f.json: %s", message);
    struct results *results = results_take(json, "f.json", &problem);
    cr_expect_null(results, "not refused: %s", message);
    results_free(results);
    cr_expect_str_eq(problem == NULL ? "" : problem, wanted);
    free(problem);
    free(wanted);
}

Test(results, a_right_file_is_read)
{
    struct results *results = document_take(document(WHOLE("sqlite")), "f.json");
    cr_expect_eq(results->count, 6);
    cr_expect_eq(results->totals.passed, 3);
    cr_expect_eq(results->totals.judged, 5);
    cr_expect_eq(results_count_on(results, SPEC_POSTGRESQL).passed, 0);
    cr_expect_str_eq(results_text(results->items[4].behaviour, "id"), "c.two");
    cr_expect_str_eq(results_text(results->items[4].chapter, "title"), "C");
    cr_expect_str_eq(results_text(results->items[2].test, "id"), "c.one/t/x");
    cr_expect_null(results_lack(results));
    results_free(results);
    /* Unknown keys are of a later version. */
    results_free(document_take(document_with("results.0.mood", json_string("fine")), NULL));
    results_free(document_take(document_with("weather", json_array()), NULL));
    results_free(document_take(document("schema/blog/shape sqlite fail, schema/blog/shape sqlite pass"), NULL));
}

Test(results, what_is_wrong_is_named)
{
    static const char lies[] = "its totals are not those of its results: ";
    expect_refused(json_array(), "no results file that this ormspec reads: `format` is missing, not 2");
    expect_refused(document_with("format", json_integer(3)),
                   "no results file that this ormspec reads: `format` is 3, not 2");
    expect_refused(document_with("suite", NULL), "the file lacks `suite`");
    expect_refused(document_with("suite.sha256", json_integer(1)), "`suite`.sha256 is not text");
    expect_refused(document_with("seconds", json_integer(-1)), "the file.seconds is not a number");
    expect_refused(document_with("implementation", json_string("x")), "`implementation` is not a map");
    expect_refused(document_with("implementation.capabilities.core", json_true()),
                   "`implementation`.capabilities.core is not text");
    expect_refused(document_with("capabilities.core", json_null()), "`capabilities`.core is not text");
    expect_refused(document_with("databases.0.name", json_string("oracle")), "there is no database 'oracle'");
    expect_refused(document_with("databases", json_pack("[{s:s, s:s}, {s:s, s:s}]", "name", "sqlite", "version", "",
                                                        "name", "sqlite", "version", "")),
                   "`databases` names sqlite twice");
    expect_refused(document_with("chapters.0.behaviours.0.cases.0.id", json_string("c.two/a")),
                   "the case c.two/a stands under the behaviour c.one");
    expect_refused(document_with("chapters.0.behaviours.0.cases.0.id", json_string("c.one/b")),
                   "the case c.one/b is there twice");
    expect_refused(document_with("chapters.0.behaviours.0.cases.0.steps", json_pack("[i]", 1)),
                   "a case.steps is not a list of texts");
    expect_refused(
        document_with("chapters.0.behaviours.1", document_behaviour("c.one", 1, NULL, (const char *const[]){NULL})),
        "the behaviour c.one is there twice");
    expect_refused(document_with("results.0.database", json_string("postgresql")),
                   "the result of c.one/a is on postgresql, which `databases` does not name");
    expect_refused(document_with("results.0.verdict", json_string("fine")),
                   "the result of c.one/a on sqlite: there is no verdict 'fine'");
    expect_refused(document_with("results.0.id", json_string("c.nine/a")),
                   "there is a result of c.nine/a, but no such case in `chapters`");
    expect_refused(document_with("results.0.id", json_string("c.one/b")), "there are two results of c.one/b on sqlite");
    expect_refused(document_with("results.1.step", json_integer(2)),
                   "the result of c.one/b on sqlite ends at step 2, which the case does not have");
    expect_refused(document_with("results.1.wire", json_string("x")), "a result.wire is not a list of texts");
    expect_refused(document_with("selection.chosen", json_integer(5)),
                   "it has results of 6 cases on sqlite, but 5 were chosen");
    expect_refused(document_with("selection.cases", json_integer(5)),
                   "`selection` is impossible: shard 0 of 0, 6 of 5 cases");
    expect_refused(document_with("selection.shard", json_integer(2)),
                   "`selection` is impossible: shard 2 of 0, 6 of 6 cases");
    char *lie = memory_format("%s%s", lies, "`failed` is 0, and 1 results are");
    expect_refused(document_with("totals.failed", json_integer(0)), lie);
    free(lie);
    lie = memory_format("%s%s", lies, "`pass` is 4, and 3 results are");
    expect_refused(document_with("totals.verdicts.pass", json_integer(4)), lie);
    free(lie);
    lie = memory_format("%s%s", lies, "`pass` is 3, and 2 results are");
    expect_refused(document_with("results.0.verdict", json_string("fail")), lie);
    free(lie);
}

Test(results, a_file_that_is_none)
{
    char *problem = NULL, path[] = "/tmp/ormspec-results-XXXXXX";
    cr_expect_null(results_read("/nonexistent/r.json", &problem));
    cr_expect_str_eq(problem, "/nonexistent/r.json: No such file or directory");
    free(problem);
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");
    fputs("{\n \"format\": 2,\n", file);
    fclose(file);
    problem = NULL;
    cr_expect_null(results_read(path, &problem));
    char *head = memory_format("%s:3:0: no results file: ", path);
    cr_expect_eq(strncmp(problem, head, strlen(head)), 0, "%s", problem);
    free(head);
    free(problem);
    remove(path);
}

static void expect_lack(json_t *json, const char *wanted)
{
    struct results *results = document_take(json, NULL);
    char *lack = results_lack(results);
    cr_expect_str_eq(lack, wanted);
    free(lack);
    results_free(results);
}

Test(results, what_is_lacking)
{
    json_t *json = document_with("selection.cases", json_integer(9));
    json_object_set_new(json_object_get(json, "selection"), "chosen", json_integer(7));
    expect_lack(json, "6 of 7 cases have a result on sqlite");
    json = document_with("selection.shard", json_integer(1));
    json_object_set_new(json_object_get(json, "selection"), "shards", json_integer(3));
    expect_lack(json, "shard 1 of 3");
    expect_lack(document_with("stopped", json_string("interrupted")), "interrupted");
}

Test(results, labels_tell_files_apart)
{
    static const char other[] = "ffff2233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    json_t *documents[] = {document(WHOLE("sqlite")),
                           document(WHOLE("postgresql")),
                           document_with("implementation.name", json_string("Else")),
                           document_with("implementation.version", json_string("1.1")),
                           document_with("suite.sha256", json_string(other)),
                           document(WHOLE("sqlite")),
                           document_with("implementation", json_null())};
    struct results_set set = documents_set(7, documents);
    cr_expect_str_eq(set.labels[0], "Thing 1.0 (suite 1.2.3, 00112233) (a)");
    cr_expect_str_eq(set.labels[1], "Thing", "another database is no other implementation");
    cr_expect_str_eq(set.labels[2], "Else");
    cr_expect_str_eq(set.labels[3], "Thing 1.1");
    cr_expect_str_eq(set.labels[4], "Thing 1.0 (suite 1.2.3, ffff2233)");
    cr_expect_str_eq(set.labels[5], "Thing 1.0 (suite 1.2.3, 00112233) (f)");
    cr_expect_str_eq(set.labels[6], "(no implementation)");
    struct text out = {0};
    results_tap(&set, &out);
    cr_expect_not_null(
        strstr(text_get(&out), "\n1..42\nok 1 - c.one/a [Thing 1.0 (suite 1.2.3, 00112233) (a) sqlite]\n"), "%s",
        text_get(&out));
    text_clear(&out);
    results_print_set(&set, false, &out);
    cr_expect_not_null(strstr(text_get(&out), "\n==> Else, suite 1.2.3 (00112233)\n"));
    cr_expect_not_null(strstr(text_get(&out), "\n21 passed, 7 failed, 14 skipped\n"), "%s", text_get(&out));
    text_free(&out);
    results_set_free(&set);
}

/* ---- diff ---------------------------------------------------------------------------------------------------------
 */

static void expect_diff(json_t *old, json_t *new, bool worse, const char *wanted)
{
    json_t *documents[] = {old, new};
    struct results_set set = documents_set(2, documents);
    struct text out = {0};
    char *problem = NULL;
    bool is_worse = false;
    cr_assert(compare_print(set.items[0], set.items[1], false, 2, &out, &is_worse, &problem), "%s", problem);
    cr_expect_eq(is_worse, worse);
    const char *told = strstr(strchr(text_get(&out), '\n') + 1, "\n") + 1; /* behind the two heads */
    cr_expect_str_eq(told, wanted, "%s", text_get(&out));
    text_free(&out);
    results_set_free(&set);
}

Test(diff, each_kind)
{
    expect_diff(document(WHOLE("sqlite")), document(WHOLE("sqlite")), false,
                "0 worse, 0 better, 0 otherwise changed, 0 new, 0 gone, 6 the same\n");
    expect_diff(document("c.one/a sqlite pass, c.one/b sqlite fail"),
                document("c.one/a sqlite error, c.one/b sqlite pass"), true,
                "fails now (1):\n    c.one/a [sqlite]  pass → error\n      why error\n"
                "passes now (1):\n    c.one/b [sqlite]  fail → pass\n"
                "1 worse, 1 better, 0 otherwise changed, 0 new, 0 gone, 0 the same\n");
    expect_diff(
        document("c.one/a sqlite pass, c.one/b sqlite fail"),
        document("c.one/a sqlite unsupported, c.one/b sqlite known"), true,
        "passed, and is not judged any more (1):\n    c.one/a [sqlite]  pass → unsupported\n      why unsupported\n"
        "another verdict (1):\n    c.one/b [sqlite]  fail → known\n      why known\n"
        "1 worse, 0 better, 1 otherwise changed, 0 new, 0 gone, 0 the same\n");
    expect_diff(document("c.one/a sqlite pass, c.one/b sqlite fail"),
                document("c.one/t/x sqlite pass, c.two/a sqlite fail"), true,
                "fails now (1):\n    c.two/a [sqlite]  none → fail\n      why fail\n"
                "passed, and has no result any more (1):\n    c.one/a [sqlite]  pass → none\n"
                "new (1):\n    c.one/t/x [sqlite]  none → pass\n"
                "gone (1):\n    c.one/b [sqlite]  fail → none\n"
                "2 worse, 0 better, 0 otherwise changed, 1 new, 1 gone, 0 the same\n");
    expect_diff(document("c.one/b sqlite known"), document("c.one/b sqlite pass"), false,
                "passes now (1):\n    c.one/b [sqlite]  known → pass\n"
                "0 worse, 1 better, 0 otherwise changed, 0 new, 0 gone, 0 the same\n");
}

Test(diff, another_message)
{
    json_t *other = document(WHOLE("sqlite"));
    json_object_set_new(json_array_get(json_object_get(other, "results"), 1), "message", json_string("otherwise"));
    /* The message of what does not fail is only a reason. */
    json_object_set_new(json_array_get(json_object_get(other, "results"), 3), "message", json_string("otherwise"));
    expect_diff(document(WHOLE("sqlite")), other, false,
                "fails in another way (1):\n    c.one/b [sqlite]  fail → fail\n      otherwise\n"
                "0 worse, 0 better, 1 otherwise changed, 0 new, 0 gone, 5 the same\n");
}

Test(diff, names_are_cut)
{
    expect_diff(document("c.one/a sqlite fail, c.one/b sqlite fail, c.two/a sqlite fail"),
                document("c.one/a sqlite pass, c.one/b sqlite pass, c.two/a sqlite pass"), false,
                "passes now (3):\n    c.one/a [sqlite]  fail → pass\n    c.one/b [sqlite]  fail → pass\n"
                "    … and 1 more, which --all names\n"
                "0 worse, 3 better, 0 otherwise changed, 0 new, 0 gone, 0 the same\n");
}

Test(diff, a_case_that_was_renamed)
{
    static const char *const cases[] = {"c.three/a", "c.three/b", NULL};
    json_t *new = document_with("chapters.0.behaviours.1", document_behaviour("c.three", 20, "c.two", cases));
    json_object_set_new(json_array_get(json_object_get(new, "results"), 4), "id", json_string("c.three/a"));
    json_object_set_new(json_array_get(json_object_get(new, "results"), 5), "id", json_string("c.three/b"));
    json_t *old = document(WHOLE("sqlite"));
    json_object_set_new(json_array_get(json_object_get(old, "results"), 4), "verdict", json_string("fail"));
    json_object_set_new(json_object_get(old, "totals"), "failed", json_integer(2));
    json_object_set_new(json_object_get(old, "totals"), "skipped", json_integer(1));
    json_object_set_new(json_object_get(json_object_get(old, "totals"), "verdicts"), "fail", json_integer(2));
    json_object_set_new(json_object_get(json_object_get(old, "totals"), "verdicts"), "known", json_integer(0));
    expect_diff(old, new, false,
                "another verdict (1):\n    c.three/a [sqlite]  fail → known\n      was c.two/a\n      why known\n"
                "0 worse, 0 better, 1 otherwise changed, 0 new, 0 gone, 5 the same\n");
}

Test(diff, across_databases_and_not_at_all)
{
    expect_diff(document("c.one/a sqlite pass"), document("c.one/a postgresql fail"), true,
                "fails now (1):\n    c.one/a  pass → fail\n      why fail\n"
                "1 worse, 0 better, 0 otherwise changed, 0 new, 0 gone, 0 the same\n");
    json_t *documents[] = {document(""), document("c.one/a sqlite pass")};
    struct results_set set = documents_set(2, documents);
    struct text out = {0};
    char *problem = NULL;
    bool worse;
    cr_expect_not(compare_print(set.items[0], set.items[1], false, 2, &out, &worse, &problem));
    cr_expect_str_eq(problem, "the two files have no database in common");
    free(problem);
    text_free(&out);
    results_set_free(&set);
}

/* ---- merge --------------------------------------------------------------------------------------------------------
 */

static json_t *shard(const char *results, int number, int count)
{
    json_t *json = document(results), *selection = json_object_get(json, "selection");
    json_object_set_new(selection, "shard", json_integer(number));
    json_object_set_new(selection, "shards", json_integer(count));
    /* A file tells only the cases that it has. */
    json_t *chapters = json_object_get(json, "chapters"), *behaviours;
    behaviours = json_object_get(json_array_get(chapters, 0), "behaviours");
    for (size_t i = json_array_size(behaviours); i-- > 0;) {
        json_t *cases = json_object_get(json_array_get(behaviours, i), "cases");
        for (size_t j = json_array_size(cases); j-- > 0;) {
            char *mention = memory_format("%s ", results_text(json_array_get(cases, j), "id"));
            if (strstr(results, mention) == NULL) {
                json_array_remove(cases, j);
            }
            free(mention);
        }
        if (json_array_size(cases) == 0) {
            json_array_remove(behaviours, i);
        }
    }
    if (json_array_size(behaviours) == 0) {
        json_array_clear(chapters);
    }
    return json;
}

static struct results *merged(size_t count, json_t **documents, char **problem)
{
    struct results_set set = documents_set(count, documents);
    struct results *whole = merge(&set, problem);
    results_set_free(&set);
    return whole;
}

Test(merge, shards_make_the_whole)
{
    json_t *documents[] = {shard("schema/blog/shape sqlite fail, c.two/a sqlite known, c.one/t/x sqlite pass, c.one/a "
                                 "postgresql pass, c.one/b postgresql "
                                 "fail, c.one/t/x postgresql pass",
                                 2, 2),
                           shard("schema/blog/shape sqlite fail, c.one/b sqlite fail, c.one/a sqlite pass, c.two/b "
                                 "sqlite pass, c.one/t/y sqlite skipped, "
                                 "c.one/t/y postgresql skipped, c.two/a postgresql known, c.two/b postgresql pass",
                                 1, 2)};
    char *problem = NULL;
    struct results *whole = merged(2, documents, &problem);
    cr_assert_not_null(whole, "%s", problem);
    json_t *wanted = document("schema/blog/shape sqlite fail, " WHOLE("sqlite") ", " WHOLE("postgresql"));
    json_object_set_new(wanted, "seconds", json_real(3.0));
    char *have = json_dumps(whole->json, JSON_SORT_KEYS | JSON_INDENT(1)),
         *want = json_dumps(wanted, JSON_SORT_KEYS | JSON_INDENT(1));
    cr_expect_str_eq(have, want);
    free(have);
    free(want);
    json_decref(wanted);
    results_free(whole);
}

Test(merge, databases_make_the_whole)
{
    json_t *documents[] = {document(WHOLE("postgresql")), document(WHOLE("sqlite"))};
    char *problem = NULL;
    struct results *whole = merged(2, documents, &problem);
    cr_assert_not_null(whole, "%s", problem);
    cr_expect_eq(whole->count, 12);
    cr_expect_eq(whole->items[0].database, SPEC_SQLITE);
    cr_expect_str_eq(whole->databases[SPEC_POSTGRESQL], "15.8");
    results_free(whole);
}

static void expect_apart(json_t *first, json_t *second, const char *wanted)
{
    json_t *documents[] = {first, second};
    char *problem = NULL;
    struct results *whole = merged(2, documents, &problem);
    cr_expect_null(whole, "%s", wanted);
    results_free(whole);
    cr_expect_str_eq(problem == NULL ? "" : problem, wanted);
    free(problem);
}

Test(merge, what_does_not_fit_is_refused)
{
    static const char rest[] =
        "c.two/a sqlite known, c.two/b sqlite pass, c.one/t/x sqlite pass, c.one/t/y sqlite skipped",
                      some[] = "c.one/a sqlite pass, c.one/b sqlite fail";
    expect_apart(document(WHOLE("sqlite")), document_with("suite.version", json_string("2.0.0")),
                 "a.json and b.json are of two suites");
    expect_apart(document(WHOLE("sqlite")), document_with("implementation.version", json_string("2")),
                 "a.json and b.json are of two implementations, or what they say of themselves differs");
    expect_apart(document(WHOLE("sqlite")), document_with("options", json_pack("{s:s}", "level", "must")),
                 "a.json and b.json are of two choices of cases (`options`)");
    expect_apart(document(WHOLE("sqlite")), document_with("selection.cases", json_integer(7)),
                 "a.json and b.json chose another number of cases");
    expect_apart(shard(some, 1, 2), document_with("databases.0.version", json_string("3.41")),
                 "a.json and b.json have two versions of sqlite: 3.40.1 and 3.41");
    expect_apart(document(WHOLE("sqlite")), document_with("stopped", json_string("stopped after the first failure")),
                 "b.json is not whole: stopped after the first failure");
    expect_apart(document(WHOLE("sqlite")), document(WHOLE("sqlite")),
                 "a.json and b.json overlap: both have a result of c.one/a on sqlite");
    expect_apart(shard(some, 1, 2), shard("c.one/a sqlite pass", 2, 2),
                 "a.json and b.json overlap: both have a result of c.one/a on sqlite");
    expect_apart(shard(some, 1, 2), shard(rest, 2, 3), "a.json has 2 shards and b.json has 3");
    expect_apart(shard(some, 1, 3), shard(rest, 2, 3), "a gap: shard 3 of 3 is missing on sqlite");
    expect_apart(shard(some, 1, 2), shard("c.two/a sqlite known", 2, 2), "a gap: 3 of 6 cases have a result on sqlite");
    expect_apart(document(some), document(WHOLE("postgresql")), "a gap: 2 of 6 cases have a result on sqlite");
}

/* ---- a badge, and text of strangers --------------------------------------------------------------------------------
 */

static void expect_badge(size_t count, json_t **documents, const char *value, const char *color)
{
    struct results_set set = documents_set(count, documents);
    struct text out = {0};
    char *problem = NULL;
    cr_assert(results_badge(&set, &out, &problem), "%s", problem);
    char *text = memory_format(">%s</text>", value);
    cr_expect_not_null(strstr(text_get(&out), text), "lacks %s: %s", text, text_get(&out));
    cr_expect_not_null(strstr(text_get(&out), color), "lacks %s: %s", color, text_get(&out));
    free(text);
    text_free(&out);
    results_set_free(&set);
}

Test(badge, says_what_is_so)
{
    json_t *whole[] = {document(WHOLE("sqlite")), document(WHOLE("postgresql"))};
    expect_badge(2, whole, "6 of 10 pass", "#b3261e");
    json_t *good[] = {document("c.one/a sqlite pass, c.one/b sqlite pass, c.two/a sqlite pass, c.two/b sqlite pass, "
                               "c.one/t/x sqlite skipped, c.one/t/y sqlite unsupported")};
    expect_badge(1, good, "4 of 4 pass, 1 unsupported", "#1a6b35");
    json_t *part[] = {document("c.one/a sqlite pass")};
    expect_badge(1, part, "1 of 1 pass (a part)", "#7a5900");
    json_t *known[] = {document("c.one/a sqlite pass, c.one/b sqlite known, c.two/a sqlite pass, c.two/b sqlite pass, "
                                "c.one/t/x sqlite skipped, c.one/t/y sqlite skipped")};
    expect_badge(1, known, "3 of 4 pass", "#7a5900");
    json_t *nothing[] = {document("")};
    expect_badge(1, nothing, "0 of 0 pass", "#b3261e");
}

Test(badge, is_for_one_implementation)
{
    json_t *documents[] = {document(WHOLE("sqlite")), document_with("implementation.name", json_string("Else"))};
    struct results_set set = documents_set(2, documents);
    struct text out = {0};
    char *problem = NULL;
    cr_expect_not(results_badge(&set, &out, &problem));
    cr_expect_str_eq(problem, "a badge is for one implementation, and these are two: Thing 1.0 and Else 1.0");
    free(problem);
    text_free(&out);
    results_set_free(&set);
}

Test(escape, text_of_strangers)
{
    static const struct {
        const char *text, *plain, *markup, *attribute, *tap;
    } rows[] = {
        {"", "", "", "", ""},
        {"a<b>&\"'", "a<b>&\"'", "a&lt;b&gt;&amp;&quot;&#39;", "a&lt;b&gt;&amp;&quot;&#39;", "a<b>&\"'"},
        {"a\n\tb", "a\n\tb", "a\n\tb", "a&#10;&#9;b", "a  b"},
        {"\x1b[31m\r\x7f", "␛[31m␍␡", "␛[31m␍␡", "␛[31m␍␡", "␛[31m␍␡"},
        {"# a\\b", "# a\\b", "# a\\b", "# a\\b", "\\# a\\\\b"},
        {"é\x80\xff\xc3", "é\ufffd\ufffd\ufffd", "é\ufffd\ufffd\ufffd", "é\ufffd\ufffd\ufffd", "é\ufffd\ufffd\ufffd"},
        {"\xed\xa0\x80 \xef\xbf\xbe \xf0\x9f\x99\x82", "\ufffd\ufffd\ufffd \ufffd 🙂",
         "\ufffd\ufffd\ufffd \ufffd 🙂", "\ufffd\ufffd\ufffd \ufffd 🙂", "\ufffd\ufffd\ufffd \ufffd 🙂"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct text plain = {0}, markup = {0}, attribute = {0}, tap = {0};
        escape_plain(&plain, rows[i].text);
        escape_markup(&markup, rows[i].text);
        escape_attribute(&attribute, rows[i].text);
        escape_tap(&tap, rows[i].text);
        cr_expect_str_eq(text_get(&plain), rows[i].plain, "row %zu", i);
        cr_expect_str_eq(text_get(&markup), rows[i].markup, "row %zu", i);
        cr_expect_str_eq(text_get(&attribute), rows[i].attribute, "row %zu", i);
        cr_expect_str_eq(text_get(&tap), rows[i].tap, "row %zu", i);
        text_free(&plain);
        text_free(&markup);
        text_free(&attribute);
        text_free(&tap);
    }
    struct text none = {0};
    escape_plain(&none, NULL);
    escape_markup(&none, NULL);
    escape_tap(&none, NULL);
    cr_expect_eq(none.length, 0);
    text_free(&none);
}
