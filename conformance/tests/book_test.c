/* The book: prose, rules with their cases, lists, verdicts. */
#include "documents.h"
#include "report/book.h"
#include "report/prose.h"
#include "world.h"

#include <criterion/criterion.h>

#define EXPECT_PART(text, part) cr_expect_not_null(strstr(text_get(text), part), "lacks %s", part)
#define EXPECT_NO_PART(text, part) cr_expect_null(strstr(text_get(text), part), "has %s", part)

/* ---- prose --------------------------------------------------------------------------------------------------------
 */

static const struct {
    const char *markdown, *html;
} rows[] = {
    {"# Title\n\nText *so*.\n", "<p>Text <em>so</em>.</p>\n"},
    {"# T\n\n## One: two\n", "<h3><span id=\"p-one-two\"></span>One: two</h3>\n"},
    {"###### deep\ntext\n", "<p>text</p>\n"},
    {"text\n\n###### deep\n", "<p>text</p>\n<h6><span id=\"p-deep\"></span>deep</h6>\n"},
    {"[a](../spec/known.md) [b](other.md) [c](https://x.org) [`k`](known.md)\n",
     "<p><a href=\"#known\">a</a> b <a href=\"https://x.org\">c</a> <a href=\"#known\"><code>k</code></a></p>\n"},
    {"`file` `uow` `else`\n", "<p><a href=\"#file\"><code>file</code></a> <code>uow</code> <code>else</code></p>\n"},
    {"| a | needs |\n|---|---|\n| `uow` | `uow`, `else` |\n",
     "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>needs</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td><code>uow</code></"
     "td>\n<td><a "
     "href=\"#uow\"><code>uow</code></a>, <code>else</code></td>\n</tr>\n</tbody>\n</table>\n"},
    {"<script>x</script>\n\na <b>c</b>\n\n[x](javascript:alert(1))\n",
     "<!-- raw HTML omitted -->\n<p>a <!-- raw HTML omitted -->c<!-- raw HTML omitted --></p>\n<p>x</p>\n"},
    {"    code <b>\n", "<pre><code>code &lt;b&gt;\n</code></pre>\n"},
};

Test(prose, markdown_becomes_a_part)
{
    json_t *links = json_pack("{s:s}", "known.md", "#known"), *words = json_pack("{s:s}", "file", "#file"),
           *needs = json_pack("{s:s}", "uow", "#uow");
    struct prose prose = {.id = "p", .shift = 1, .links = links, .words = words, .needs = needs};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct text out = {0};
        json_t *headings = prose_add(rows[i].markdown, strlen(rows[i].markdown), &prose, &out);
        cr_expect_str_eq(text_get(&out), rows[i].html, "%s", text_get(&out));
        json_decref(headings);
        text_free(&out);
    }
    json_decref(links);
    json_decref(words);
    json_decref(needs);
}

Test(prose, headings_are_given)
{
    static const char markdown[] = "# The whole\n\n## First `part`\n\n### inner\n\n## Second\n";
    struct prose prose = {.id = "p"};
    struct text out = {0};
    json_t *headings = prose_add(markdown, strlen(markdown), &prose, &out);
    char *text = json_dumps(headings, JSON_COMPACT);
    cr_expect_str_eq(
        text, "[{\"id\":\"p-the-whole\",\"title\":\"The whole\"},{\"id\":\"p-first-part\",\"title\":\"First part\"},"
              "{\"id\":\"p-second\",\"title\":\"Second\"}]");
    free(text);
    json_decref(headings);
    text_free(&out);
}

/* ---- the book -----------------------------------------------------------------------------------------------------
 */

static const char chapter[] =
    "chapter: \"Rules & <rows>\"\nbehaviours:\n"
    "  - id: c.one\n    level: should\n    rule: \"Rows < 3 are kept.\"\n    source: \"seed, C\"\n    needs: [uow]\n   "
    " was: [c.old]\n"
    "    catalogue: [cat.a, cat.b]\n    cases:\n"
    "      - name: a\n        schema: blog\n        rows: two\n        steps:\n"
    "          - new: {model: User, values: {name: zoe}}\n            as: u\n"
    "          - commit: {}\n"
    "          - get: {obj: u, name: name}\n            expect: \"zoe, no\"\n"
    "      - name: t\n        fresh: true\n        when: <db>\n        needs: [tx]\n        steps:\n"
    "          - files: {}\n            expect: <n>\n"
    "        table:\n          - [row, n, db]\n          - [x, [], sqlite]\n          - [y, [\"a, b\"], postgresql]\n"
    "  - {id: c.two, level: must, rule: R., source: s, untested: It belongs elsewhere.}\n";

struct made {
    struct world world;
    struct spec *spec;
    struct results_set set;
};

static struct made make(void)
{
    struct made made = {.world = world_make()};
    world_write(&made.world, "spec/c.yaml", chapter);
    made.spec = world_load(&made.world);
    cr_assert_not_null(made.spec, "%s", text_get(&made.world.told));
    return made;
}

static struct text write_book(struct made *made, const char *report)
{
    struct book book = {.spec = made->spec, .root = made->world.root, .set = &made->set, .report = report};
    struct text out = {0};
    char *problem = NULL;
    cr_assert(book_write(&book, &out, &problem), "%s", problem);
    return out;
}

static void free_made(struct made *made)
{
    results_set_free(&made->set);
    spec_free(made->spec);
    world_free(&made->world);
}

Test(book, rules_and_cases)
{
    struct made made = make();
    struct text out = write_book(&made, NULL);
    EXPECT_PART(&out, "Version 1.2.3 (");
    EXPECT_PART(&out, "): 1 chapter, 2 behaviours, 3 cases");
    EXPECT_PART(&out, "<h2 id=\"chapter-c\">Rules &amp; &lt;rows&gt; <small>2 behaviours, 3 cases</small></h2>");
    EXPECT_PART(&out, "<article class=\"rule-of\" id=\"c.one\">");
    EXPECT_PART(&out, "<span class=\"level should\">should</span>");
    EXPECT_PART(&out, "<p class=\"rule\">Rows &lt; 3 are kept.</p>");
    EXPECT_PART(&out, "<a href=\"#capability-uow\"><code>uow</code></a>");
    EXPECT_PART(&out, "; was c.old");
    EXPECT_PART(&out, "Covers cat.a, cat.b");
    EXPECT_PART(&out, "<section class=\"case-of\" id=\"c.one/a\">\n<h4><code>a</code> <a class=\"about\" "
                      "href=\"#schema-blog\">schema "
                      "blog</a> <span class=\"about\">rows two</span></h4>");
    EXPECT_PART(&out, "<li><b>new</b> {model: User, values: {name: zoe}}\n<i>as</i> u</li><li><b>commit</b></li>"
                      "<li><b>get</b> {obj: u, name: name}\n<i>expect</i> &quot;zoe, no&quot;</li>");
    EXPECT_PART(&out, "<section class=\"case-of\" id=\"c.one/t\">\n<h4><code>t</code> <span class=\"about\">own "
                      "database</span> <span "
                      "class=\"about\">when &lt;db&gt;</span> <span class=\"about\">needs [tx]</span></h4>");
    EXPECT_PART(&out, "<li><b>files</b>\n<i>expect</i> &lt;n&gt;</li>");
    EXPECT_PART(&out, "<tr id=\"c.one/t/y\"><th scope=\"row\"><code>y</code></th><td><code>[&quot;a, "
                      "b&quot;]</code></td><td><code>postgresql</code>"
                      "</td><td></td></tr>");
    EXPECT_PART(&out, "<p class=\"small\">Not tested: It belongs elsewhere.</p>");
    EXPECT_NO_PART(&out, "class=\"strip\"");
    EXPECT_NO_PART(&out, "{{");
    text_free(&out);
    free_made(&made);
}

Test(book, lists_and_schemas)
{
    struct made made = make();
    struct text out = write_book(&made, NULL);
    EXPECT_PART(
        &out,
        "<dt id=\"capability-uow\"><code>uow</code></dt>\n<dd>Unit of work.<details><summary>1 behaviour</summary>");
    EXPECT_PART(&out, "<th scope=\"col\">says</th><th scope=\"col\">capabilities</th><th scope=\"col\">includes</th>");
    EXPECT_PART(&out, "<tr><th scope=\"row\"><code>session</code></th><td class=\"says\">Sessions.</td><td><code>uow, "
                      "tx</code></td><td><code>record</code></td></tr>");
    EXPECT_PART(&out, "<th scope=\"row\"><code>keys</code></th>");
    EXPECT_PART(&out, "<code>IntegrityError</code>");
    EXPECT_PART(&out, "<div class=\"body\" id=\"schema-blog\">");
    EXPECT_PART(&out,
                "<p class=\"column\"><code><b>name</b></code> string(80)<span class=\"soft\">, not null</span></p>");
    EXPECT_PART(&out,
                "<p class=\"column\"><code><b>id</b></code> integer<span class=\"soft\">, primary key</span></p>");
    EXPECT_PART(&out, "on delete cascade");
    EXPECT_PART(&out, "<pre>[&quot;id&quot;,&quot;name&quot;]\n[1,&quot;zoe&quot;]\n[2,&quot;abe&quot;]</pre>");
    text_free(&out);
    free_made(&made);
}

Test(book, prose_of_the_project)
{
    struct made made = make();
    world_write(
        &made.world, "spec/README.md",
        "# The specification\n\nSee `protocol.md` and [adapters](../conformance/adapters/README.md).\n\n## Chapter\n");
    world_write(&made.world, "spec/protocol.md", "# P\n\n| m | needs |\n|---|---|\n| x | `uow` |\n");
    struct text out = write_book(&made, NULL);
    EXPECT_PART(&out, "<h2 id=\"reading\">How the specification is written</h2>\n<p>See <a "
                      "href=\"#protocol\"><code>protocol.md</code></a> and <a "
                      "href=\"#adapters\">adapters</a>.</p>\n<h3><span id=\"reading-chapter\"></span>Chapter</h3>");
    EXPECT_PART(&out, "<td><a href=\"#capability-uow\"><code>uow</code></a></td>");
    EXPECT_NO_PART(&out, "id=\"adapters\"");
    text_free(&out);
    free_made(&made);
}

Test(book, verdicts_stand_beside_the_rules)
{
    struct made made = make();
    json_t *json = document("");
    static const char *const cases[] = {"c.one/a", "c.one/t/x", NULL};
    json_object_set_new(json, "databases", json_pack("[{s:s, s:s}]", "name", "sqlite", "version", "3"));
    json_object_set_new(json, "results",
                        json_pack("[{s:s, s:s, s:s, s:f}, {s:s, s:s, s:s, s:f, s:s}]", "id", "c.one/a", "database",
                                  "sqlite", "verdict", "pass", "milliseconds", 1.0, "id", "c.one/t/x", "database",
                                  "sqlite", "verdict", "fail", "milliseconds", 1.0, "message", "m"));
    json_t *behaviours = json_object_get(json_array_get(json_object_get(json, "chapters"), 0), "behaviours");
    json_array_set_new(behaviours, 0, document_behaviour("c.one", 1, NULL, cases));
    json_t *totals = json_object_get(json, "totals");
    json_object_set_new(totals, "passed", json_integer(1));
    json_object_set_new(totals, "failed", json_integer(1));
    json_object_set_new(json_object_get(totals, "verdicts"), "pass", json_integer(1));
    json_object_set_new(json_object_get(totals, "verdicts"), "fail", json_integer(1));
    json_t *documents[] = {json};
    made.set = documents_set(1, documents);
    struct text out = write_book(&made, "report.html");
    EXPECT_PART(&out, "<b>1</b> Thing on sqlite: 1 passed, 1 failed, 0 skipped <span class=\"known\">of another suite: "
                      "1.2.3, 00112233</span>");
    EXPECT_PART(
        &out,
        "<a class=\"m f\" href=\"report.html#c.one/t/x@1\" title=\"fail: Thing on sqlite\">✗</a></span></header>");
    EXPECT_PART(&out,
                "<a class=\"m p\" href=\"report.html#c.one/a\" title=\"pass: Thing on sqlite\">✓</a></span></h4>");
    text_free(&out);
    out = write_book(&made, NULL);
    EXPECT_PART(&out, "<i class=\"m f\" aria-hidden=\"true\">✗</i>");
    EXPECT_NO_PART(&out, "report.html");
    text_free(&out);
    free_made(&made);
}

Test(book, a_list_that_cannot_be_read)
{
    struct made made = make();
    world_write(&made.world, "spec/facts.yaml", "facts: none\n");
    struct book book = {.spec = made.spec, .root = made.world.root, .set = &made.set};
    struct text out = {0};
    char *problem = NULL;
    cr_expect_not(book_write(&book, &out, &problem));
    cr_expect_str_eq(problem, "spec/facts.yaml: it holds no list");
    free(problem);
    problem = NULL;
    world_write(&made.world, "spec/facts.yaml", "facts: [\n");
    cr_expect_not(book_write(&book, &out, &problem));
    cr_expect_eq(strncmp(problem, "spec/facts.yaml:", 16), 0, "%s", problem);
    free(problem);
    text_free(&out);
    free_made(&made);
}
