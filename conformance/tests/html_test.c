/* The HTML report: what it tells, and that nothing of a stranger's text becomes markup. */
#include "base/memory.h"
#include "documents.h"
#include "report/html.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct text report_of(size_t count, json_t **documents)
{
    struct results_set set = documents_set(count, documents);
    struct text out = {0};
    html_report(&set, &out);
    results_set_free(&set);
    return out;
}

static size_t count_of(const struct text *text, const char *part)
{
    size_t count = 0;
    for (const char *at = text_get(text); (at = strstr(at, part)) != NULL; at += strlen(part)) {
        count++;
    }
    return count;
}

#define EXPECT_PART(text, part) cr_expect_not_null(strstr(text_get(text), part), "lacks %s", part)
#define EXPECT_NO_PART(text, part) cr_expect_null(strstr(text_get(text), part), "has %s", part)

Test(html, one_run)
{
    json_t *documents[] = {document(WHOLE("sqlite"))};
    struct text out = report_of(1, documents);
    EXPECT_PART(&out, "<title>Thing 1.0: conformance</title>");
    EXPECT_PART(&out, "Suite 1.2.3 (00112233), 2 behaviours, 6 cases, 1 run, 2026-11-22");
    EXPECT_PART(&out, "<p class=\"outcome fail-ground\">1 failed and 3 passed.</p>");
    EXPECT_PART(&out, "<li><span class=\"fail\">fail</span> <a href=\"#c.one/b@1\"><code>c.one/b</code></a>");
    EXPECT_PART(&out, "<section class=\"story fail\" id=\"c.one/b@1\">");
    EXPECT_PART(&out, "<section class=\"story known\" id=\"c.two/a@1\">");
    EXPECT_PART(&out, "<div class=\"inside\" id=\"c.one/t/x\">");
    EXPECT_PART(&out, "<li><span class=\"none\">skipped</span> in Thing on sqlite: why skipped</li>");
    EXPECT_PART(&out, " 1 query {model: User, end: count}\n   expect 0</pre>");
    EXPECT_PART(&out, "aria-label=\"core, Thing on sqlite: native, 3 of 5 judged cases pass\">3 of 5</a>");
    EXPECT_NO_PART(&out, "http://");
    EXPECT_NO_PART(&out, "https://");
    EXPECT_NO_PART(&out, "{{");
    text_free(&out);
}

Test(html, the_marks_of_a_behaviour_are_the_worst_of_its_cases)
{
    json_t *documents[] = {
        document("c.one/a sqlite pass, c.one/b sqlite unsupported, c.two/a sqlite known, c.two/b sqlite error")};
    struct text out = report_of(1, documents);
    EXPECT_PART(&out,
                "<i class=\"m u\" aria-hidden=\"true\">–</i></span></summary>\n<div class=\"body\" id=\"c.one\">");
    EXPECT_PART(&out, "<a class=\"m e\" href=\"#c.two/b@1\" title=\"error: Thing on sqlite\">!</a></span></summary>\n"
                      "<div class=\"body\" id=\"c.two\">");
    text_free(&out);
}

Test(html, a_story_has_all_that_is_known)
{
    json_t *json = document_with("results.1.happened", json_string("it raised data"));
    json_t *result = json_array_get(json_object_get(json, "results"), 1);
    json_object_set_new(result, "transcript", json_string("t/1.jsonl"));
    json_object_set_new(result, "kept", json_string("k/1.db"));
    json_object_set_new(result, "stderr", json_pack("[s]", "oops"));
    json_object_set_new(result, "again", json_string("ormspec run --only x"));
    json_t *documents[] = {json};
    struct text out = report_of(1, documents);
    EXPECT_PART(&out, "<p class=\"why\">why fail</p>\n<p>it raised data</p>");
    EXPECT_PART(&out, "<p class=\"label\">Transcript <code>t/1.jsonl</code></p>");
    EXPECT_PART(&out, "<p class=\"label\">Database <code>k/1.db</code></p>");
    EXPECT_PART(&out, "<summary>Standard error: 1 line</summary><pre>oops</pre>");
    EXPECT_PART(&out, "<div class=\"again\"><pre>ormspec run --only x</pre></div>");
    text_free(&out);
}

Test(html, nothing_failed)
{
    json_t *documents[] = {document("c.one/a sqlite pass"), document("c.one/a postgresql pass")};
    struct text out = report_of(2, documents);
    EXPECT_PART(&out, "<p class=\"outcome pass-ground\">Nothing failed: 2 passed.</p>");
    EXPECT_PART(&out, "<p class=\"known\">Thing is not whole: 1 of 6 cases have a result on sqlite.</p>");
    EXPECT_PART(&out, "<span class=\"same\">passes everywhere</span>");
    EXPECT_PART(&out, "<th scope=\"colgroup\" class=\"group\" colspan=\"2\">Thing</th>");
    EXPECT_NO_PART(&out, "id=\"failures\"");
    text_free(&out);
    json_t *nothing[] = {document("")};
    out = report_of(1, nothing);
    EXPECT_PART(&out, "<p class=\"outcome fail-ground\">Nothing was judged, which is a failure.</p>");
    text_free(&out);
}

Test(html, what_comes_before_the_cases)
{
    json_t *documents[] = {
        document("schema/blog/shape sqlite fail, schema/blog/shape sqlite broken, c.one/a sqlite pass")};
    struct text out = report_of(1, documents);
    EXPECT_PART(&out, "Before the cases");
    EXPECT_PART(&out, "<a href=\"#before-1-1\"><code>schema/blog/shape</code></a>");
    EXPECT_PART(&out, "<section class=\"story fail\" id=\"before-1-0\">");
    EXPECT_PART(&out, "<section class=\"story odd\" id=\"before-1-1\">");
    text_free(&out);
}

Test(html, suites_that_differ)
{
    static const char *const cases[] = {"c.three/a", "c.three/b", NULL};
    json_t *new = document_with("chapters.0.behaviours.1", document_behaviour("c.three", 20, "c.two", cases));
    json_object_set_new(json_array_get(json_object_get(new, "results"), 4), "id", json_string("c.three/a"));
    json_object_set_new(json_array_get(json_object_get(new, "results"), 5), "id", json_string("c.three/b"));
    json_t *suite = json_object_get(new, "suite"), *three = NULL;
    json_object_set_new(suite, "version", json_string("2.0.0"));
    json_object_set_new(suite, "sha256",
                        json_string("ffff2233445566778899aabbccddeeff00112233445566778899aabbccddeeff"));
    three = json_array_get(json_object_get(json_array_get(json_object_get(new, "chapters"), 0), "behaviours"), 1);
    json_object_set_new(three, "rule", json_string("Another rule."));
    json_object_set_new(json_array_get(json_object_get(three, "cases"), 0), "steps", json_pack("[s]", "commit: {}"));
    json_t *documents[] = {document(WHOLE("sqlite")), new};
    struct text out = report_of(2, documents);
    EXPECT_PART(&out, "Several suites, 2 behaviours, 6 cases, 2 runs");
    EXPECT_PART(&out, "a blank is a case that the run&#39;s suite does not have");
    EXPECT_PART(&out, "In suite 2.0.0 (ffff2233) the rule is: Another rule.");
    EXPECT_PART(&out, "<p class=\"label\">In suite 2.0.0 (ffff2233)</p>");
    EXPECT_PART(&out, " 1 commit</pre>");
    EXPECT_PART(&out, "<div class=\"inside\" id=\"c.three/a\">");
    EXPECT_NO_PART(&out, "id=\"c.two\"");
    EXPECT_PART(&out, "<strong>Thing (suite 1.2.3, 00112233)</strong>");
    text_free(&out);
}

Test(html, what_a_stranger_writes_stays_text)
{
    static const char evil[] = "</pre></script><script>alert(1)</script>\" onx='&\033[31m\xe2\x80\xae";
    json_t *json = document_with("results.1.message", json_string(evil)), *one;
    json_t *result = json_array_get(json_object_get(json, "results"), 1);
    json_object_set_new(result, "step", json_integer(1));
    json_object_set_new(result, "place", json_string(evil));
    json_object_set_new(result, "expected", json_string(evil));
    json_object_set_new(result, "actual", json_pack("{s:s}", evil, evil));
    json_object_set_new(result, "path", json_string(evil));
    json_object_set_new(result, "again", json_string(evil));
    json_object_set_new(result, "wire", json_pack("[s]", evil));
    json_object_set_new(result, "stderr", json_pack("[s]", evil));
    json_object_set_new(json_object_get(json, "implementation"), "name", json_string(evil));
    json_object_set_new(json_object_get(json, "implementation"), "version", json_string(evil));
    json_object_set_new(json_array_get(json_object_get(json, "databases"), 0), "version", json_string(evil));
    json_object_set_new(json_object_get(json, "capabilities"), evil, json_string(evil));
    json_object_set_new(json_object_get(json, "suite"), "version", json_string(evil));
    json_object_set_new(json, "started", json_string(evil));
    json_object_set_new(json, "stopped", json_string(evil));
    one = json_array_get(json_object_get(json_array_get(json_object_get(json, "chapters"), 0), "behaviours"), 0);
    static const char *const keys[] = {"rule", "source", "place", "untested", "level"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        json_object_set_new(one, keys[i], json_string(evil));
    }
    json_object_set_new(one, "needs", json_pack("[s]", evil));
    json_object_set_new(json_array_get(json_object_get(json, "chapters"), 0), "title", json_string(evil));
    json_object_set_new(json_array_get(json_object_get(json, "chapters"), 0), "name", json_string(evil));
    json_object_set_new(json_array_get(json_object_get(one, "cases"), 0), "steps", json_pack("[s]", evil));
    json_object_set_new(json_array_get(json_object_get(one, "cases"), 0), "needs", json_pack("[s]", evil));
    json_object_set_new(json_array_get(json_object_get(one, "cases"), 0), "schema", json_string(evil));
    json_t *documents[] = {json};
    struct text out = report_of(1, documents);
    cr_expect_eq(count_of(&out, "<script"), 1);
    cr_expect_eq(count_of(&out, "</script"), 1);
    cr_expect_eq(count_of(&out, "alert(1)"), count_of(&out, "&lt;script&gt;alert(1)&lt;/script&gt;"));
    cr_expect_gt(count_of(&out, "alert(1)"), 20);
    EXPECT_NO_PART(&out, "\" onx");
    EXPECT_NO_PART(&out, "\033");
    text_free(&out);
}

Test(html, long_values_and_long_wires_are_cut)
{
    struct text long_text = {0};
    for (int i = 0; i < 5000; i++) {
        text_add(&long_text, "ééééé");
    }
    json_t *json = document_with("results.1.actual", json_string(text_get(&long_text)));
    json_t *documents[] = {json};
    struct text out = report_of(1, documents);
    EXPECT_PART(&out, "é … (");
    EXPECT_PART(&out, " bytes more)");
    text_free(&out);
    json_t *lines = json_array();
    for (int i = 0; i < 200; i++) {
        json_array_append_new(lines, json_string(text_get(&long_text)));
    }
    json_t *again[] = {document_with("results.1.wire", lines)};
    out = report_of(1, again);
    EXPECT_PART(&out, "left out, for this page would be too long: the results file has it");
    cr_expect_lt(out.length, 200000);
    text_free(&out);
    text_free(&long_text);
}

Test(html, a_report_is_the_same_twice)
{
    json_t *first[] = {document(WHOLE("sqlite")), document(WHOLE("postgresql"))},
           *second[] = {document(WHOLE("sqlite")), document(WHOLE("postgresql"))};
    struct text one = report_of(2, first), two = report_of(2, second);
    cr_expect_str_eq(text_get(&one), text_get(&two));
    text_free(&one);
    text_free(&two);
}
