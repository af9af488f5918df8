/* TAP 14. */
#include "base/memory.h"
#include "report/escape.h"
#include "report/results.h"

#include <stdlib.h>
#include <string.h>

/* The story as a block of YAML: no line begins with a tab, none is a document's mark. */
static void put_block(const struct results_item *item, struct text *out)
{
    struct text story = {0};
    results_print(item, false, &story);
    text_add(out, "  ---\n  story: |\n");
    for (const char *line = text_get(&story); *line != '\0';) {
        size_t length = strcspn(line, "\n");
        if (length > 0) {
            text_add(out, "    ");
            text_add_bytes(out, line, length);
            text_add_char(out, '\n');
        }
        line += length + (line[length] == '\n');
    }
    text_add(out, "  ...\n");
    text_free(&story);
}

static void put_item(const struct results_set *set, size_t index, const struct results_item *item, size_t number,
                     struct text *out)
{
    bool failed = judge_column(item->verdict) == 1;
    const char *message = results_text(item->json, "message");
    text_format(out, "%s %zu - ", failed || item->verdict == JUDGE_KNOWN ? "not ok" : "ok", number);
    escape_tap(out, item->id);
    text_add(out, " [");
    if (set->count > 1) {
        escape_tap(out, set->labels[index]);
        text_add_char(out, ' ');
    }
    text_format(out, "%s]", spec_database_name(item->database));
    if (item->verdict == JUDGE_KNOWN) {
        text_add(out, " # TODO ");
        escape_tap(out, message);
    } else if (judge_column(item->verdict) == 2) {
        text_format(out, " # SKIP %s: ", judge_verdict_name(item->verdict));
        escape_tap(out, message);
    }
    text_add_char(out, '\n');
    if (failed) {
        put_block(item, out);
    }
}

void results_tap(const struct results_set *set, struct text *out)
{
    size_t number = 0;
    for (size_t i = 0; i < set->count; i++) {
        number += set->items[i]->count;
    }
    text_format(out, "TAP version 14\n1..%zu\n", number);
    number = 0;
    for (size_t i = 0; i < set->count; i++) {
        for (size_t j = 0; j < set->items[i]->count; j++) {
            put_item(set, i, &set->items[i]->items[j], ++number, out);
        }
    }
}
