/* Templates: what they fill in, and what they refuse. */
#include "base/memory.h"
#include "report/template.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static const char view[] =
    "{\"name\": \"a<b>&'\\\"\", \"raw\": \"<b>\", \"n\": 7, \"no\": false, \"yes\": true, \"zero\": 0, \"empty\": "
    "\"\", "
    "\"none\": null, \"list\": [], \"texts\": [\"x\", \"<\"], \"map\": {\"name\": \"inner\", \"deep\": {\"k\": 1}}, "
    "\"rows\": [{\"n\": 1, \"cells\": [{\"v\": \"a\"}, {\"v\": \"b\"}]}, {\"n\": 2, \"cells\": []}]}";

static const struct {
    const char *text, *filled, *problem;
} rows[] = {
    {"plain", "plain", NULL},
    {"{{name}}|{{{name}}}|{{{raw}}}|{{n}}", "a&lt;b&gt;&amp;&#39;&quot;|a<b>&'\"|<b>|7", NULL},
    {"{{#yes}}a{{/yes}}{{#no}}b{{/no}}{{#zero}}c{{/zero}}{{#empty}}d{{/empty}}{{#none}}e{{/none}}{{#list}}f{{/"
     "list}}{{#name}}g{{/name}}",
     "ag", NULL},
    {"{{^yes}}a{{/yes}}{{^no}}b{{/no}}{{^zero}}c{{/zero}}{{^empty}}d{{/empty}}{{^none}}e{{/none}}{{^list}}f{{/list}}",
     "bcdef", NULL},
    {"{{#texts}}[{{.}}]{{/texts}}{{#name}}({{.}}){{/name}}", "[x][&lt;](a&lt;b&gt;&amp;&#39;&quot;)", NULL},
    {"{{#map}}{{name}} {{n}}{{#deep}} {{k}}{{/deep}}{{/map}}", "inner 7 1", NULL},
    {"{{#rows}}{{n}}:{{#cells}}{{v}}{{n}} {{/cells}}{{^cells}}-{{/cells}};{{/rows}}", "1:a1 b1 ;2:-;", NULL},
    {"  <ul>\n    {{#texts}}\n    <li>{{.}}</li>\n    {{/texts}}\n  </ul>\n",
     "<ul>\n<li>x</li>\n<li>&lt;</li>\n</ul>\n", NULL},
    {"{{#yes}}{{#no}}\nx\n{{/no}}{{/yes}}\ny {{#yes}}\n{{/yes}}z", "y \nz", NULL},
    {"a } { }} b", "a } { }} b", NULL},
    {"{{#map}}{{#map}}x{{/map}}{{/map}}", "x", NULL},
    {"{{missing}}", NULL, "template: the view has no missing"},
    {"{{#missing}}{{/missing}}", NULL, "template: the view has no missing"},
    {"{{map}}", NULL, "template: neither text nor a whole number: map"},
    {"{{#yes}}x", NULL, "template: no end of the section yes"},
    {"{{/yes}}", NULL, "template: an end without its section: yes"},
    {"a {{name", NULL, "template: a mark does not end: {{name"},
    {"{{>nothing.html}}", NULL, "template: there is no nothing.html"},
};

Test(template, each_mark)
{
    json_t *json = json_loads(view, 0, NULL);
    cr_assert_not_null(json);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct text out = {0};
        char *problem = NULL;
        bool good = template_fill_text(rows[i].text, json, &out, &problem);
        cr_expect_eq(good, rows[i].problem == NULL, "%s: %s", rows[i].text, problem == NULL ? "" : problem);
        if (rows[i].problem != NULL) {
            cr_expect_str_eq(problem == NULL ? "" : problem, rows[i].problem);
        } else if (good) {
            cr_expect_str_eq(text_get(&out), rows[i].filled, "%s: %s", rows[i].text, text_get(&out));
        }
        free(problem);
        text_free(&out);
    }
    json_decref(json);
}

Test(template, depth_has_an_end)
{
    struct text text = {0}, out = {0};
    char *problem = NULL;
    json_t *json = json_pack("{s:b}", "a", 1);
    for (int i = 0; i < 40; i++) {
        text_add(&text, "{{#a}}");
    }
    for (int i = 0; i < 40; i++) {
        text_add(&text, "{{/a}}");
    }
    cr_expect_not(template_fill_text(text_get(&text), json, &out, &problem));
    cr_expect_str_eq(problem, "template: too deep ");
    free(problem);
    json_decref(json);
    text_free(&text);
    text_free(&out);
}
