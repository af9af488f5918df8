/* What a person reads. */
#include "base/memory.h"
#include "report/record.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN_BYTES = 2000, SHOWN_NAMES = 40 };

static const char *color(const struct report_run *run, enum judge_verdict verdict)
{
    static const char *const colors[JUDGE_VERDICTS] = {
        [JUDGE_PASS] = "\033[32m",        [JUDGE_FAIL] = "\033[31m",    [JUDGE_ERROR] = "\033[31m",
        [JUDGE_UNSUPPORTED] = "\033[33m", [JUDGE_SKIPPED] = "\033[33m", [JUDGE_KNOWN] = "\033[33m",
        [JUDGE_STALE] = "\033[31m",       [JUDGE_BROKEN] = "\033[35m",
    };
    return run->color ? colors[verdict] : "";
}

static const char *plain(const struct report_run *run)
{
    return run->color ? "\033[0m" : "";
}

/* A labelled text; its further lines are indented as far as the first. */
static void field(struct text *out, const char *label, const char *text)
{
    if (text == NULL || *text == '\0') {
        return;
    }
    text_format(out, "  %-9s ", label);
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == '\n') {
        length--;
    }
    for (size_t i = 0; i < length; i++) {
        text_add_char(out, text[i]);
        if (text[i] == '\n') {
            text_add(out, "            ");
        }
    }
    text_add_char(out, '\n');
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

static void place_field(struct text *out, const struct report_result *result)
{
    const struct spec_step *step = result->at;
    char *params = json_dumps(step->params, JSON_ENCODE_ANY | JSON_COMPACT);
    char *text = memory_format("%zu of %zu: %s %s (%s:%d:%d)", result->step, result->test->step_count,
                               step->operation->name, params, step->place.file, step->place.line, step->place.column);
    field(out, "step", text);
    free(text);
    free(params);
}

void report_print_result(const struct report_run *run, const struct report_result *result, struct text *out)
{
    text_format(out, "%s%s%s %s [%s]\n", color(run, result->verdict), judge_verdict_name(result->verdict), plain(run),
                result->id, spec_database_name(result->database));
    if (result->test != NULL) {
        field(out, "rule", result->test->behaviour->rule);
        field(out, "source", result->test->behaviour->source);
    }
    if (result->at != NULL) {
        place_field(out, result);
    }
    json_field(out, "expected", result->expected);
    json_field(out, "actual", result->actual);
    field(out, "at", result->path);
    field(out, "because", result->message);
    field(out, "wire", result->wire);
    field(out, "stderr", result->errors);
    if (result->test != NULL) {
        char *again = memory_format(
            "%s run%s%s --only '%s'", run->program, run->again == NULL ? "" : run->again,
            run->databases_again[result->database] == NULL ? "" : run->databases_again[result->database], result->id);
        field(out, "again", again);
        free(again);
    }
    text_add_char(out, '\n');
}

/* ---- the summary ------------------------------------------------------------------------------------------------- */

static const char *group_of(const struct report_result *result)
{
    return result->group != NULL ? result->group : result->message != NULL ? result->message : "";
}

/* The first result with that verdict and group stands for the group. */
static bool leads(const struct report_run *run, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (run->results[i]->verdict == run->results[index]->verdict &&
            strcmp(group_of(run->results[i]), group_of(run->results[index])) == 0) {
            return false;
        }
    }
    return true;
}

static void print_group(const struct report_run *run, size_t first, struct text *out)
{
    const struct report_result *leader = run->results[first];
    size_t members = 0;
    struct text names = {0};
    for (size_t i = first; i < run->count; i++) {
        const struct report_result *result = run->results[i];
        if (result->verdict == leader->verdict && strcmp(group_of(result), group_of(leader)) == 0) {
            if (members++ < SHOWN_NAMES) {
                text_format(&names, "    %s [%s]\n", result->id, spec_database_name(result->database));
            }
        }
    }
    if (members > SHOWN_NAMES) {
        text_format(&names, "    … and %zu more, which --json, --junit and --tap name\n", members - SHOWN_NAMES);
    }
    text_format(out, "  %s (%zu)\n%s", group_of(leader), members, text_get(&names));
    text_free(&names);
}

/* Skipped, unsupported and known: by reason. */
static void print_groups(const struct report_run *run, enum judge_verdict verdict, const char *title, struct text *out)
{
    bool titled = false;
    for (size_t i = 0; i < run->count; i++) {
        if (run->results[i]->verdict == verdict && leads(run, i)) {
            text_format(out, "%s", titled ? "" : title);
            titled = true;
            print_group(run, i, out);
        }
    }
}

static void print_names(const struct report_run *run, enum judge_verdict verdict, struct text *out)
{
    bool titled = false;
    for (size_t i = 0; i < run->count; i++) {
        if (run->results[i]->verdict == verdict) {
            if (!titled) {
                text_format(out, "%s%s%s:\n", color(run, verdict), judge_verdict_name(verdict), plain(run));
            }
            titled = true;
            text_format(out, "    %s [%s]\n", run->results[i]->id, spec_database_name(run->results[i]->database));
        }
    }
}

void report_print_summary(const struct report_run *run, struct text *out)
{
    print_groups(run, JUDGE_UNSUPPORTED, "unsupported, by what is not declared:\n", out);
    print_groups(run, JUDGE_SKIPPED, "skipped, by reason:\n", out);
    print_groups(run, JUDGE_KNOWN, "known failures, by reason:\n", out);
    static const enum judge_verdict failed[] = {JUDGE_BROKEN, JUDGE_STALE, JUDGE_ERROR, JUDGE_FAIL};
    for (size_t i = 0; i < sizeof failed / sizeof *failed; i++) {
        print_names(run, failed[i], out);
    }
    struct report_totals totals = report_count(run);
    if (run->implementation != NULL && run->count > 0) {
        const char *name = json_string_value(json_object_get(run->implementation, "name"));
        text_format(out, "%s %s", name, json_string_value(json_object_get(run->implementation, "version")));
        for (size_t i = 0; i < run->database_count; i++) {
            text_format(out, "%s %s %s", i == 0 ? " on" : ",", spec_database_name(run->databases[i].kind),
                        run->databases[i].version);
        }
        text_add(out, ":");
        for (int verdict = 0; verdict < JUDGE_VERDICTS; verdict++) {
            if (totals.verdicts[verdict] > 0) {
                text_format(out, " %zu %s", totals.verdicts[verdict], judge_verdict_name((enum judge_verdict)verdict));
            }
        }
        text_add_char(out, '\n');
    }
    if (run->selected < run->total) {
        text_format(out, "--only chose %zu of %zu cases\n", run->selected, run->total);
    }
    if (run->stopped != NULL) {
        text_format(out, "%s\n", run->stopped);
    }
    if (totals.judged == 0 && run->stopped == NULL) {
        text_add(out, "nothing was judged: that is a failure\n");
    }
    text_format(out, "%zu passed, %zu failed, %zu skipped\n", totals.passed, totals.failed, totals.skipped);
}
