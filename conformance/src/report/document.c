/* The record as the document that all outputs are made from. */
#include "base/memory.h"
#include "report/escape.h"
#include "report/record.h"
#include "report/results.h"
#include "spec/written.h"

#include <stdlib.h>
#include <string.h>

/* ---- values ------------------------------------------------------------------------------------------------------ */

static void put_text(json_t *map, const char *key, const char *text)
{
    if (text == NULL) {
        return;
    }
    json_t *json = json_string(text);
    if (json == NULL) { /* not UTF-8 */
        struct text clean = {0};
        escape_plain(&clean, text);
        json = json_string(text_get(&clean));
        text_free(&clean);
    }
    json_object_set_new(map, key, json);
}

static void put_texts(json_t *map, const char *key, const char *const *texts)
{
    if (texts == NULL || texts[0] == NULL) {
        return;
    }
    json_t *list = json_array();
    for (; *texts != NULL; texts++) {
        json_array_append_new(list, json_string(*texts));
    }
    json_object_set_new(map, key, list);
}

/* A line of text for each item. */
static void put_lines(json_t *map, const char *key, const char *text)
{
    if (text == NULL || *text == '\0') {
        return;
    }
    json_t *list = json_array(), *line = json_object();
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        char *copy = memory_copy_bytes(text, length);
        put_text(line, "", copy);
        json_array_append(list, json_object_get(line, ""));
        free(copy);
        text += length + (text[length] == '\n');
    }
    json_decref(line);
    json_object_set_new(map, key, list);
}

static void put_place(json_t *map, const struct spec_place *place)
{
    char *text = memory_format("%s:%d:%d", place->file, place->line, place->column);
    put_text(map, "place", text);
    free(text);
}

/* To the microsecond: the file holds no more than what was measured. */
static json_t *rounded(double value)
{
    return json_real((double)(long long)(value * 1000 + 0.5) / 1000);
}

/* ---- the specification ------------------------------------------------------------------------------------------- */

static json_t *case_json(const struct spec_case *test)
{
    json_t *json = json_object(), *steps = json_array();
    put_text(json, "id", test->id);
    put_place(json, &test->place);
    put_texts(json, "needs", test->needs);
    put_text(json, "schema", test->schema == NULL ? NULL : test->schema->name);
    put_text(json, "rows", test->rows_name);
    if (test->fresh) {
        json_object_set_new(json, "fresh", json_true());
    }
    if (test->when != NULL) {
        json_object_set(json, "when", test->when);
    }
    for (size_t i = 0; i < test->step_count; i++) {
        struct text text = {0};
        written_lines(test->steps[i].source, &text);
        json_array_append_new(steps, json_stringn(text_get(&text), text.length));
        text_free(&text);
    }
    json_object_set_new(json, "steps", steps);
    return json;
}

static json_t *behaviour_json(const struct spec_behaviour *behaviour, json_t *cases)
{
    json_t *json = json_object();
    put_text(json, "id", behaviour->id);
    put_text(json, "level", spec_level_name(behaviour->level));
    put_text(json, "rule", behaviour->rule);
    put_text(json, "source", behaviour->source);
    put_place(json, &behaviour->place);
    put_texts(json, "needs", behaviour->needs);
    put_texts(json, "was", behaviour->was);
    put_texts(json, "catalogue", behaviour->catalogue);
    put_text(json, "untested", behaviour->untested);
    json_object_set_new(json, "cases", cases);
    return json;
}

/* The chapters of those cases that have a result, and of a whole run also what is not tested. */
static json_t *chapters_json(const struct report_run *run)
{
    json_t *told = json_object(), *chapters = json_array();
    for (size_t i = 0; i < run->count; i++) {
        if (run->results[i]->test != NULL) {
            json_object_set_new(told, run->results[i]->id, json_true());
        }
    }
    for (size_t i = 0; i < run->spec->chapter_count; i++) {
        const struct spec_chapter *chapter = &run->spec->chapters[i];
        json_t *behaviours = json_array();
        for (size_t j = 0; j < chapter->behaviour_count; j++) {
            const struct spec_behaviour *behaviour = &chapter->behaviours[j];
            json_t *cases = json_array();
            for (size_t k = 0; k < behaviour->case_count; k++) {
                if (json_object_get(told, behaviour->cases[k].id) != NULL) {
                    json_array_append_new(cases, case_json(&behaviour->cases[k]));
                }
            }
            if (json_array_size(cases) > 0 || (behaviour->case_count == 0 && run->selected == run->total)) {
                json_array_append_new(behaviours, behaviour_json(behaviour, cases));
            } else {
                json_decref(cases);
            }
        }
        if (json_array_size(behaviours) > 0) {
            json_array_append_new(chapters, json_pack("{s:s, s:s, s:O}", "name", chapter->name, "title", chapter->title,
                                                      "behaviours", behaviours));
        }
        json_decref(behaviours);
    }
    json_decref(told);
    return chapters;
}

/* ---- results ----------------------------------------------------------------------------------------------------- */

static void put_again(json_t *json, const struct report_run *run, const struct report_result *result)
{
    const char *database = run->databases_again[result->database];
    const char *only = result->test != NULL ? result->id : result->only, *setting = run->setting;
    bool hello = strcmp(result->id, "testee/hello") == 0 && run->doctor != NULL;
    char *again = hello ? memory_format("%s%s%s", setting == NULL ? "" : setting, run->program, run->doctor)
                  : only != NULL
                      ? memory_format("%s%s run%s%s --only '%s'", setting == NULL ? "" : setting, run->program,
                                      run->again == NULL ? "" : run->again, database == NULL ? "" : database, only)
                      : NULL;
    put_text(json, "again", again);
    free(again);
}

static json_t *result_json(const struct report_run *run, const struct report_result *result)
{
    json_t *json = json_object();
    put_text(json, "id", result->id);
    put_text(json, "database", spec_database_name(result->database));
    put_text(json, "verdict", judge_verdict_name(result->verdict));
    json_object_set_new(json, "milliseconds", rounded(result->milliseconds));
    if (result->verdict == JUDGE_PASS) {
        return json;
    }
    if (result->at != NULL) {
        json_object_set_new(json, "step", json_integer((json_int_t)result->step));
        put_place(json, &result->at->place);
    }
    if (result->expected != NULL) {
        json_object_set(json, "expected", result->expected);
    }
    if (result->actual != NULL) {
        json_object_set(json, "actual", result->actual);
    }
    put_text(json, "path", result->path);
    put_text(json, "message", result->message);
    put_text(json, "happened", result->happened);
    put_text(json, "capability", result->verdict == JUDGE_UNSUPPORTED ? result->group : NULL);
    put_lines(json, "wire", result->wire);
    put_lines(json, "stderr", result->errors);
    put_text(json, "transcript", result->transcript);
    put_text(json, "kept", result->kept);
    if (judge_column(result->verdict) == 1) {
        put_again(json, run, result);
    }
    return json;
}

static json_t *totals_json(const struct report_run *run)
{
    size_t columns[3] = {0}, verdicts[JUDGE_VERDICTS] = {0};
    for (size_t i = 0; i < run->count; i++) {
        verdicts[run->results[i]->verdict]++;
        columns[judge_column(run->results[i]->verdict)]++;
    }
    json_t *json = json_object();
    for (int verdict = 0; verdict < JUDGE_VERDICTS; verdict++) {
        json_object_set_new(json, judge_verdict_name((enum judge_verdict)verdict),
                            json_integer((json_int_t)verdicts[verdict]));
    }
    return json_pack("{s:I, s:I, s:I, s:o}", "passed", (json_int_t)columns[0], "failed", (json_int_t)columns[1],
                     "skipped", (json_int_t)columns[2], "verdicts", json);
}

json_t *report_json(const struct report_run *run)
{
    json_t *json = json_object(), *capabilities = json_object(), *databases = json_array(), *results = json_array(),
           *selection = json_pack("{s:I, s:I}", "cases", (json_int_t)run->total, "chosen", (json_int_t)run->selected);
    for (size_t i = 0; run->spec->capabilities[i] != NULL; i++) {
        put_text(capabilities, run->spec->capabilities[i], run->spec->capability_says[i]);
    }
    for (size_t i = 0; i < run->database_count; i++) {
        json_array_append_new(databases, json_pack("{s:s, s:s}", "name", spec_database_name(run->databases[i].kind),
                                                   "version", run->databases[i].version));
    }
    for (size_t i = 0; i < run->count; i++) {
        json_array_append_new(results, result_json(run, run->results[i]));
    }
    if (run->shards > 0) {
        json_object_set_new(selection, "shard", json_integer((json_int_t)run->shard));
        json_object_set_new(selection, "shards", json_integer((json_int_t)run->shards));
    }
    json_object_set_new(json, "format", json_integer(RESULTS_FORMAT));
    json_object_set_new(json, "suite",
                        json_pack("{s:s, s:s}", "version", run->spec->version, "sha256", run->spec->sha256));
    json_object_set(json, "implementation", run->implementation != NULL ? run->implementation : json_null());
    json_object_set_new(json, "databases", databases);
    put_text(json, "started", *run->started == '\0' ? NULL : run->started);
    json_object_set_new(json, "seconds", rounded(run->seconds));
    json_object_set_new(json, "selection", selection);
    if (run->options != NULL && json_object_size(run->options) > 0) {
        json_object_set(json, "options", run->options);
    }
    put_text(json, "stopped", run->stopped);
    json_object_set_new(json, "totals", totals_json(run));
    json_object_set_new(json, "results", results);
    json_object_set_new(json, "capabilities", capabilities);
    json_object_set_new(json, "chapters", chapters_json(run));
    return json;
}

void report_print_result(const struct report_run *run, const struct report_result *result, struct text *out)
{
    json_t *json = result_json(run, result), *behaviour = NULL, *test = NULL;
    if (result->test != NULL) {
        behaviour = behaviour_json(result->test->behaviour, json_array());
        test = case_json(result->test);
    }
    struct results_item item = {.id = result->id,
                                .database = result->database,
                                .verdict = result->verdict,
                                .json = json,
                                .behaviour = behaviour,
                                .test = test};
    results_print(&item, run->color, out);
    json_decref(json);
    json_decref(behaviour);
    json_decref(test);
}
