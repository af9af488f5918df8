/* A badge: two words side by side, as an SVG image that needs nothing else. */
#include "base/memory.h"
#include "report/escape.h"
#include "report/results.h"

#include <stdlib.h>
#include <string.h>

enum { CHARACTER = 65, PAD = 60 }; /* tenths of a pixel: the mean width at 11 pixels, and the room on each side */

static size_t characters(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++) {
        count += ((unsigned char)*text & 0xc0) != 0x80;
    }
    return count;
}

/* What is a part says so: a badge must not pass it for the whole. */
static bool is_part(const struct results *results)
{
    const json_t *selection = json_object_get(results->json, "selection");
    char *lack = results_lack(results);
    bool part =
        lack != NULL || json_integer_value(json_object_get(selection, "cases")) > (json_int_t)results_chosen(results);
    free(lack);
    return part;
}

bool results_badge(const struct results_set *set, struct text *out, char **problem)
{
    struct results_totals sum = {0};
    bool part = false;
    for (size_t i = 0; i < set->count; i++) {
        const struct results *results = set->items[i];
        if (strcmp(results->name, set->items[0]->name) != 0 || strcmp(results->version, set->items[0]->version) != 0) {
            *problem = memory_format("a badge is for one implementation, and these are two: %s %s and %s %s",
                                     set->items[0]->name, set->items[0]->version, results->name, results->version);
            return false;
        }
        part = part || is_part(results);
        sum.passed += results->totals.passed;
        sum.failed += results->totals.failed;
        sum.judged += results->totals.judged;
        sum.verdicts[JUDGE_UNSUPPORTED] += results->totals.verdicts[JUDGE_UNSUPPORTED];
    }
    /* White on each of these has a contrast of more than 4.5. */
    const char *color = sum.failed > 0 || sum.judged == 0 ? "#b3261e"
                        : sum.passed < sum.judged || part ? "#7a5900"
                                                          : "#1a6b35";
    char *label = memory_format("ormspec %s", set->items[0]->suite);
    struct text value = {0};
    text_format(&value, "%zu of %zu pass", sum.passed, sum.judged);
    if (sum.verdicts[JUDGE_UNSUPPORTED] > 0) {
        text_format(&value, ", %zu unsupported", sum.verdicts[JUDGE_UNSUPPORTED]);
    }
    text_add(&value, part ? " (a part)" : "");
    size_t left = characters(label) * CHARACTER + 2 * PAD, right = characters(text_get(&value)) * CHARACTER + 2 * PAD;
    size_t whole = (left + right + 9) / 10;
    text_format(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%zu\" height=\"20\" role=\"img\" aria-label=\"",
                whole);
    escape_attribute(out, set->items[0]->name);
    text_add(out, " ");
    escape_attribute(out, set->items[0]->version);
    text_add(out, ": ");
    escape_attribute(out, text_get(&value));
    text_format(out,
                "\">\n<clipPath id=\"r\"><rect width=\"%zu\" height=\"20\" rx=\"3\"/></clipPath>\n"
                "<g clip-path=\"url(#r)\"><rect width=\"%zu\" height=\"20\" fill=\"#444\"/>"
                "<rect x=\"%zu.%zu\" width=\"%zu\" height=\"20\" fill=\"%s\"/></g>\n"
                "<g fill=\"#fff\" font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"110\" "
                "transform=\"scale(.1)\" text-rendering=\"geometricPrecision\">\n",
                whole, whole, left / 10, left % 10, whole, color);
    text_format(out, "<text x=\"%d\" y=\"140\" textLength=\"%zu\">", PAD, left - 2 * PAD);
    escape_markup(out, label);
    text_format(out, "</text>\n<text x=\"%zu\" y=\"140\" textLength=\"%zu\">", left + PAD, right - 2 * PAD);
    escape_markup(out, text_get(&value));
    text_add(out, "</text>\n</g>\n</svg>\n");
    text_free(&value);
    free(label);
    return true;
}
