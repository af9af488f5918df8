/* JUnit XML, as Jenkins and its like read it. */
#include "base/memory.h"
#include "report/escape.h"
#include "report/results.h"

#include <stdlib.h>
#include <string.h>

static void attribute(struct text *out, const char *name, const char *value)
{
    text_format(out, " %s=\"", name);
    escape_attribute(out, value);
    text_add_char(out, '"');
}

/* Readers take the part before the last dot for a package: a name must not add dots. */
static char *class_of(const char *label, const struct results_item *item)
{
    struct text text = {0};
    text_add(&text, label);
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] == '.') {
            text.data[i] = '_';
        }
    }
    text_format(&text, ".%s.%s", spec_database_name(item->database),
                item->test == NULL ? "prerequisites" : results_text(item->chapter, "name"));
    return text_take(&text);
}

static void put_case(const char *label, const struct results_item *item, struct text *out)
{
    static const char *const elements[JUDGE_VERDICTS] = {
        [JUDGE_FAIL] = "failure",  [JUDGE_STALE] = "failure",       [JUDGE_ERROR] = "error",
        [JUDGE_BROKEN] = "error",  [JUDGE_UNSUPPORTED] = "skipped", [JUDGE_SKIPPED] = "skipped",
        [JUDGE_KNOWN] = "skipped",
    };
    const char *element = elements[item->verdict], *message = results_text(item->json, "message");
    char *class = class_of(label, item);
    text_add(out, "    <testcase");
    attribute(out, "classname", class);
    attribute(out, "name", item->id);
    text_format(out, " time=\"%.6f\"", item->milliseconds / 1000);
    free(class);
    if (element == NULL) {
        text_add(out, "/>\n");
        return;
    }
    text_format(out, ">\n      <%s", element);
    if (strcmp(element, "skipped") == 0) {
        char *why = memory_format("%s: %s", judge_verdict_name(item->verdict), message == NULL ? "" : message);
        attribute(out, "message", why);
        text_add(out, "/>\n    </testcase>\n");
        free(why);
        return;
    }
    attribute(out, "message", message);
    attribute(out, "type", judge_verdict_name(item->verdict));
    text_add(out, ">");
    struct text story = {0};
    results_print(item, false, &story);
    escape_markup(out, text_get(&story));
    text_free(&story);
    text_format(out, "</%s>\n    </testcase>\n", element);
}

static void property(struct text *out, const char *name, const char *value)
{
    text_add(out, "      <property");
    attribute(out, "name", name);
    attribute(out, "value", value);
    text_add(out, "/>\n");
}

static void put_suite(const struct results_set *set, size_t index, enum spec_database database, struct text *out)
{
    const struct results *results = set->items[index];
    size_t tests = 0, failures = 0, errors = 0, skipped = 0;
    double seconds = 0;
    struct text cases = {0};
    for (size_t i = 0; i < results->count; i++) {
        const struct results_item *item = &results->items[i];
        if (item->database != database) {
            continue;
        }
        tests++;
        failures += item->verdict == JUDGE_FAIL || item->verdict == JUDGE_STALE;
        errors += item->verdict == JUDGE_ERROR || item->verdict == JUDGE_BROKEN;
        skipped += judge_column(item->verdict) == 2;
        seconds += item->milliseconds / 1000;
        put_case(set->labels[index], item, &cases);
    }
    char *name = memory_format("%s on %s", set->labels[index], spec_database_name(database));
    text_add(out, "  <testsuite");
    attribute(out, "name", name);
    text_format(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.6f\"", tests, failures,
                errors, skipped, seconds);
    const char *started = results_text(results->json, "started");
    if (started != NULL && strlen(started) >= 19) { /* the schema's moment has no zone; ours are UTC */
        char *moment = memory_copy_bytes(started, 19);
        attribute(out, "timestamp", moment);
        free(moment);
    }
    text_add(out, ">\n    <properties>\n");
    property(out, "implementation", results->name);
    property(out, "version", results->version);
    property(out, spec_database_name(database), results->databases[database]);
    property(out, "suite", results->suite);
    property(out, "suite.sha256", results->sha256);
    text_format(out, "    </properties>\n%s  </testsuite>\n", text_get(&cases));
    text_free(&cases);
    free(name);
}

void results_junit(const struct results_set *set, struct text *out)
{
    text_add(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"ormspec\">\n");
    for (size_t i = 0; i < set->count; i++) {
        for (int j = 0; j < SPEC_DATABASES; j++) {
            if (set->items[i]->has[j]) {
                put_suite(set, i, (enum spec_database)j, out);
            }
        }
    }
    text_add(out, "</testsuites>\n");
}
