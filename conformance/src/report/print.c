/* What a person reads on a terminal. */
#include "base/memory.h"
#include "report/escape.h"
#include "report/results.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN_BYTES = 2000, SHOWN_NAMES = 40, SHOWN_WIRE = 8 };

static const char *color_of(bool color, enum judge_verdict verdict)
{
    static const char *const colors[JUDGE_VERDICTS] = {
        [JUDGE_PASS] = "\033[32m",        [JUDGE_FAIL] = "\033[31m",    [JUDGE_ERROR] = "\033[31m",
        [JUDGE_UNSUPPORTED] = "\033[33m", [JUDGE_SKIPPED] = "\033[33m", [JUDGE_KNOWN] = "\033[33m",
        [JUDGE_STALE] = "\033[31m",       [JUDGE_BROKEN] = "\033[35m",
    };
    return color ? colors[verdict] : "";
}

static const char *plain(bool color)
{
    return color ? "\033[0m" : "";
}

/* ---- one result -------------------------------------------------------------------------------------------------- */

/* A labelled text; its further lines are indented as far as the first. */
static void field(struct text *out, const char *label, const char *text)
{
    if (text == NULL || *text == '\0') {
        return;
    }
    text_format(out, "  %-9s ", label);
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        char *line = memory_copy_bytes(text, length);
        escape_plain(out, line);
        free(line);
        text += length + (text[length] == '\n');
        text_add(out, *text != '\0' ? "\n            " : "\n");
    }
}

/* The last lines of a list. */
static void list_field(struct text *out, const char *label, const json_t *list, size_t shown)
{
    struct text lines = {0};
    size_t count = json_array_size(list);
    for (size_t i = count > shown ? count - shown : 0; i < count; i++) {
        text_format(&lines, "%s%s", lines.length > 0 ? "\n" : "", json_string_value(json_array_get(list, i)));
    }
    field(out, label, text_get(&lines));
    text_free(&lines);
}

static void json_field(struct text *out, const char *label, const json_t *json)
{
    if (json == NULL) {
        return;
    }
    char *text = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);
    if (strlen(text) > SHOWN_BYTES) {
        size_t end = SHOWN_BYTES;
        while (end > 0 && ((unsigned char)text[end] & 0xc0) == 0x80) {
            end--;
        }
        char *cut = memory_format("%.*s … (%zu bytes more)", (int)end, text, strlen(text) - end);
        free(text);
        text = cut;
    }
    field(out, label, text);
    free(text);
}

static void step_field(struct text *out, const struct results_item *item)
{
    const json_t *steps = json_object_get(item->test, "steps"), *number = json_object_get(item->json, "step");
    if (item->test == NULL || number == NULL) {
        return;
    }
    size_t step = (size_t)json_integer_value(number);
    const char *place = results_text(item->json, "place"),
               *written = json_string_value(json_array_get(steps, step - 1));
    char *text = memory_format("%zu of %zu%s%s%s\n%s", step, json_array_size(steps), place == NULL ? "" : " (",
                               place == NULL ? "" : place, place == NULL ? "" : ")", written == NULL ? "" : written);
    field(out, "step", text);
    free(text);
}

void results_print(const struct results_item *item, bool color, struct text *out)
{
    text_format(out, "%s%s%s ", color_of(color, item->verdict), judge_verdict_name(item->verdict), plain(color));
    escape_plain(out, item->id);
    text_format(out, " [%s]\n", spec_database_name(item->database));
    field(out, "rule", results_text(item->behaviour, "rule"));
    field(out, "source", results_text(item->behaviour, "source"));
    step_field(out, item);
    json_field(out, "expected", json_object_get(item->json, "expected"));
    json_field(out, "actual", json_object_get(item->json, "actual"));
    field(out, "at", results_text(item->json, "path"));
    field(out, "because", results_text(item->json, "message"));
    field(out, "happened", results_text(item->json, "happened"));
    list_field(out, "wire", json_object_get(item->json, "wire"), SHOWN_WIRE);
    list_field(out, "stderr", json_object_get(item->json, "stderr"), (size_t)-1);
    field(out, "transcript", results_text(item->json, "transcript"));
    field(out, "kept", results_text(item->json, "kept"));
    field(out, "again", results_text(item->json, "again"));
    text_add_char(out, '\n');
}

/* ---- the summary ------------------------------------------------------------------------------------------------- */

static const char *group_of(const struct results_item *item)
{
    const char *group = results_text(item->json, "capability"), *message = results_text(item->json, "message");
    return group != NULL ? group : message != NULL ? message : "";
}

static void print_name(const struct results_item *item, struct text *out)
{
    text_add(out, "    ");
    escape_plain(out, item->id);
    text_format(out, " [%s]\n", spec_database_name(item->database));
}

/* Skipped, unsupported and known: by reason, in the order in which the reasons come first. */
static void print_groups(const struct results *results, enum judge_verdict verdict, const char *title, struct text *out)
{
    json_t *groups = json_object();
    for (size_t i = 0; i < results->count; i++) {
        const struct results_item *item = &results->items[i];
        if (item->verdict != verdict) {
            continue;
        }
        json_t *members = json_object_get(groups, group_of(item));
        if (members == NULL) {
            members = json_array();
            json_object_set_new(groups, group_of(item), members);
        }
        json_array_append_new(members, json_integer((json_int_t)i));
    }
    const char *group;
    json_t *members;
    text_add(out, json_object_size(groups) > 0 ? title : "");
    json_object_foreach(groups, group, members)
    {
        size_t count = json_array_size(members);
        text_add(out, "  ");
        escape_plain(out, group);
        text_format(out, " (%zu)\n", count);
        for (size_t i = 0; i < count && i < SHOWN_NAMES; i++) {
            print_name(&results->items[json_integer_value(json_array_get(members, i))], out);
        }
        if (count > SHOWN_NAMES) {
            text_format(out, "    … and %zu more, which --json, --junit, --tap and --html name\n", count - SHOWN_NAMES);
        }
    }
    json_decref(groups);
}

static void print_names(const struct results *results, bool color, enum judge_verdict verdict, struct text *out)
{
    if (results->totals.verdicts[verdict] == 0) {
        return;
    }
    text_format(out, "%s%s%s:\n", color_of(color, verdict), judge_verdict_name(verdict), plain(color));
    for (size_t i = 0; i < results->count; i++) {
        if (results->items[i].verdict == verdict) {
            print_name(&results->items[i], out);
        }
    }
}

static void print_counts(const struct results *results, struct text *out)
{
    escape_plain(out, results->name);
    text_add_char(out, ' ');
    escape_plain(out, results->version);
    const char *separator = " on";
    for (int i = 0; i < SPEC_DATABASES; i++) {
        if (results->has[i]) {
            text_format(out, "%s %s ", separator, spec_database_name((enum spec_database)i));
            escape_plain(out, results->databases[i]);
            separator = ",";
        }
    }
    text_add_char(out, ':');
    for (int i = 0; i < JUDGE_VERDICTS; i++) {
        if (results->totals.verdicts[i] > 0) {
            text_format(out, " %zu %s", results->totals.verdicts[i], judge_verdict_name((enum judge_verdict)i));
        }
    }
    text_add_char(out, '\n');
}

void results_print_summary(const struct results *results, bool color, struct text *out)
{
    print_groups(results, JUDGE_UNSUPPORTED, "unsupported, by what is not declared:\n", out);
    print_groups(results, JUDGE_SKIPPED, "skipped, by reason:\n", out);
    print_groups(results, JUDGE_KNOWN, "known failures, by reason:\n", out);
    static const enum judge_verdict failed[] = {JUDGE_BROKEN, JUDGE_STALE, JUDGE_ERROR, JUDGE_FAIL};
    for (size_t i = 0; i < sizeof failed / sizeof *failed; i++) {
        print_names(results, color, failed[i], out);
    }
    if (*results->name != '\0' && results->count > 0) {
        print_counts(results, out);
    }
    json_int_t all = json_integer_value(json_object_get(json_object_get(results->json, "selection"), "cases"));
    if (results_chosen(results) < (size_t)all) {
        text_format(out, "--only chose %zu of %lld cases\n", results_chosen(results), (long long)all);
    }
    char *lack = results_lack(results);
    if (lack != NULL) {
        escape_plain(out, lack);
        text_add_char(out, '\n');
    }
    free(lack);
    if (results->totals.judged == 0 && results_text(results->json, "stopped") == NULL) {
        text_add(out, "nothing was judged: that is a failure\n");
    }
    text_format(out, "%zu passed, %zu failed, %zu skipped\n", results->totals.passed, results->totals.failed,
                results->totals.skipped);
}

void results_print_set(const struct results_set *set, bool color, struct text *out)
{
    size_t passed = 0, failed = 0, skipped = 0;
    for (size_t i = 0; i < set->count; i++) {
        const struct results *results = set->items[i];
        if (set->count > 1) {
            text_format(out, "%s==> ", i > 0 ? "\n" : "");
            escape_plain(out, set->labels[i]);
            text_format(out, ", suite %s (%.8s)\n", results->suite, results->sha256);
        }
        for (size_t j = 0; j < results->count; j++) {
            if (judge_column(results->items[j].verdict) == 1) {
                results_print(&results->items[j], color, out);
            }
        }
        results_print_summary(results, color, out);
        passed += results->totals.passed;
        failed += results->totals.failed;
        skipped += results->totals.skipped;
    }
    if (set->count > 1) {
        text_format(out, "\n%zu passed, %zu failed, %zu skipped\n", passed, failed, skipped);
    }
}
