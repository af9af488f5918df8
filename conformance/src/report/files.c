/* What machines read: the results file, JUnit XML, TAP 14. */
#include "base/memory.h"
#include "base/utf8.h"
#include "report/record.h"

#include <stdlib.h>
#include <string.h>

/* ---- the results file -------------------------------------------------------------------------------------------- */

static void put_text(json_t *map, const char *key, const char *text)
{
    if (text != NULL) {
        json_object_set_new(
            map, key, utf8_valid(text, strlen(text)) == strlen(text) ? json_string(text) : json_string("(not UTF-8)"));
    }
}

static json_t *result_json(const struct report_result *result)
{
    json_t *json = json_object();
    put_text(json, "id", result->id);
    put_text(json, "database", spec_database_name(result->database));
    put_text(json, "verdict", judge_verdict_name(result->verdict));
    json_object_set_new(json, "milliseconds", json_real((double)(long long)(result->milliseconds * 1000 + 0.5) / 1000));
    if (result->verdict == JUDGE_PASS) {
        return json;
    }
    if (result->step > 0) {
        json_object_set_new(json, "step", json_integer((json_int_t)result->step));
    }
    if (result->expected != NULL) {
        json_object_set(json, "expected", result->expected);
    }
    if (result->actual != NULL) {
        json_object_set(json, "actual", result->actual);
    }
    put_text(json, "path", result->path);
    put_text(json, "message", result->message);
    put_text(json, "capability", result->verdict == JUDGE_UNSUPPORTED ? result->group : NULL);
    return json;
}

json_t *report_json(const struct report_run *run)
{
    struct report_totals totals = report_count(run);
    json_t *databases = json_array(), *results = json_array(), *verdicts = json_object();
    for (size_t i = 0; i < run->database_count; i++) {
        json_array_append_new(databases, json_pack("{s:s, s:s}", "name", spec_database_name(run->databases[i].kind),
                                                   "version", run->databases[i].version));
    }
    for (size_t i = 0; i < run->count; i++) {
        json_array_append_new(results, result_json(run->results[i]));
    }
    for (int verdict = 0; verdict < JUDGE_VERDICTS; verdict++) {
        json_object_set_new(verdicts, judge_verdict_name((enum judge_verdict)verdict),
                            json_integer((json_int_t)totals.verdicts[verdict]));
    }
    return json_pack("{s:{s:s, s:s}, s:O?, s:o, s:o, s:{s:I, s:I, s:I, s:o}}", "suite", "version", run->spec->version,
                     "sha256", run->spec->sha256, "implementation", run->implementation, "databases", databases,
                     "results", results, "totals", "passed", (json_int_t)totals.passed, "failed",
                     (json_int_t)totals.failed, "skipped", (json_int_t)totals.skipped, "verdicts", verdicts);
}

/* ---- JUnit ------------------------------------------------------------------------------------------------------- */

/* XML 1.0 has no way to write most control characters, nor what is not UTF-8. In an attribute a line end needs its
 * number. */
static void xml(struct text *out, const char *text, bool attribute)
{
    for (size_t length = text == NULL ? 0 : strlen(text); length > 0;) {
        unsigned char c = (unsigned char)*text;
        size_t whole = 1;
        while (c >= 0x80 && whole < length && whole < 4 && ((unsigned char)text[whole] & 0xc0) == 0x80) {
            whole++;
        }
        if (c == '<') {
            text_add(out, "&lt;");
        } else if (c == '>') {
            text_add(out, "&gt;");
        } else if (c == '&') {
            text_add(out, "&amp;");
        } else if (c == '"') {
            text_add(out, "&quot;");
        } else if (c == '\n' && attribute) {
            text_add(out, "&#10;");
        } else if ((c < 0x20 && c != '\n' && c != '\t') || utf8_valid(text, whole) < whole) {
            text_add(out, "\xef\xbf\xbd");
        } else {
            text_add_bytes(out, text, whole);
        }
        text += whole;
        length -= whole;
    }
}

static void attribute(struct text *out, const char *name, const char *value)
{
    text_format(out, " %s=\"", name);
    xml(out, value, true);
    text_add_char(out, '"');
}

static void junit_case(const struct report_run *run, const struct report_result *result, struct text *out)
{
    char *class = memory_format("%s.%s", spec_database_name(result->database),
                                result->test == NULL ? "prerequisites" : result->test->behaviour->chapter->name);
    text_add(out, "    <testcase");
    attribute(out, "classname", class);
    attribute(out, "name", result->id);
    text_format(out, " time=\"%.6f\"", result->milliseconds / 1000);
    free(class);
    static const char *const elements[JUDGE_VERDICTS] = {
        [JUDGE_FAIL] = "failure",  [JUDGE_STALE] = "failure",       [JUDGE_ERROR] = "error",
        [JUDGE_BROKEN] = "error",  [JUDGE_UNSUPPORTED] = "skipped", [JUDGE_SKIPPED] = "skipped",
        [JUDGE_KNOWN] = "skipped",
    };
    const char *element = elements[result->verdict];
    if (element == NULL) {
        text_add(out, "/>\n");
        return;
    }
    text_format(out, ">\n      <%s", element);
    attribute(out, "message", result->message);
    if (strcmp(element, "skipped") == 0) {
        text_add(out, "/>\n    </testcase>\n");
        return;
    }
    attribute(out, "type", judge_verdict_name(result->verdict));
    text_add(out, ">");
    struct report_run dull = *run;
    dull.color = false;
    struct text story = {0};
    report_print_result(&dull, result, &story);
    xml(out, text_get(&story), false);
    text_free(&story);
    text_format(out, "</%s>\n    </testcase>\n", element);
}

static void junit_suite(const struct report_run *run, enum spec_database database, struct text *out)
{
    size_t tests = 0, failures = 0, errors = 0, skipped = 0;
    double seconds = 0;
    struct text cases = {0};
    for (size_t i = 0; i < run->count; i++) {
        const struct report_result *result = run->results[i];
        if (result->database != database) {
            continue;
        }
        tests++;
        failures += result->verdict == JUDGE_FAIL || result->verdict == JUDGE_STALE;
        errors += result->verdict == JUDGE_ERROR || result->verdict == JUDGE_BROKEN;
        skipped += judge_column(result->verdict) == 2;
        seconds += result->milliseconds / 1000;
        junit_case(run, result, &cases);
    }
    text_add(out, "  <testsuite");
    attribute(out, "name", spec_database_name(database));
    text_format(out,
                " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.6f\">\n%s  </testsuite>\n",
                tests, failures, errors, skipped, seconds, text_get(&cases));
    text_free(&cases);
}

void report_junit(const struct report_run *run, struct text *out)
{
    text_add(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"ormspec\">\n");
    for (size_t i = 0; i < run->database_count; i++) {
        junit_suite(run, run->databases[i].kind, out);
    }
    text_add(out, "</testsuites>\n");
}

/* ---- TAP --------------------------------------------------------------------------------------------------------- */

/* A `#` would begin a directive. */
static void tap_text(struct text *out, const char *text)
{
    for (const char *c = text == NULL ? "" : text; *c != '\0'; c++) {
        if (*c == '#' || *c == '\\') {
            text_add_char(out, '\\');
        }
        text_add_char(out, *c == '\n' ? ' ' : *c);
    }
}

static void tap_block(const struct report_run *run, const struct report_result *result, struct text *out)
{
    struct report_run dull = *run;
    dull.color = false;
    struct text story = {0};
    report_print_result(&dull, result, &story);
    text_add(out, "  ---\n  story: |\n");
    for (char *line = story.data; line != NULL && *line != '\0';) {
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

void report_tap(const struct report_run *run, struct text *out)
{
    text_format(out, "TAP version 14\n1..%zu\n", run->count);
    for (size_t i = 0; i < run->count; i++) {
        const struct report_result *result = run->results[i];
        bool failed = judge_column(result->verdict) == 1;
        text_format(out, "%s %zu - ", failed || result->verdict == JUDGE_KNOWN ? "not ok" : "ok", i + 1);
        tap_text(out, result->id);
        text_format(out, " [%s]", spec_database_name(result->database));
        if (result->verdict == JUDGE_KNOWN) {
            text_add(out, " # TODO ");
            tap_text(out, result->message);
        } else if (judge_column(result->verdict) == 2) {
            text_format(out, " # SKIP %s: ", judge_verdict_name(result->verdict));
            tap_text(out, result->message);
        }
        text_add_char(out, '\n');
        if (failed) {
            tap_block(run, result, out);
        }
    }
}
