/* How much of the specification does a testee pass that does nothing? */
#include "base/memory.h"
#include "run/commands.h"
#include "run/complain.h"
#include "run/null_testee.h"
#include "run/select.h"
#include "run/suite.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the testee -------------------------------------------------------------------------------------------------- */

/* null-testee CAPABILITIES KIND [ERROR] */
int command_null_testee(const struct place_of_run *place, int count, char **words)
{
    (void)place;
    for (int kind = 0; count >= 2 && kind < NULL_KINDS; kind++) {
        if (strcmp(words[1], null_kind_name((enum null_kind)kind)) == 0 && (kind != NULL_ERROR || count >= 3)) {
            null_testee_serve(words[0], (enum null_kind)kind, count >= 3 ? words[2] : NULL);
            return 0;
        }
    }
    complain("null-testee: `vacuity` runs it");
    return 2;
}

/* ---- the score --------------------------------------------------------------------------------------------------- */

struct score {
    enum null_kind kind;
    size_t judged;
    json_t *passed; /* {case id: how: "empty", "error not_found"} */
};

struct vacuity {
    struct run_options options; /* of each run */
    const struct spec *spec;
    char *self;
    struct score scores[NULL_KINDS], *score;
    const char *how;
    json_t *any; /* {case id: true}: passed by any of them */
    struct selection selection;
};

static void take_results(void *context, const struct report_run *record)
{
    struct vacuity *vacuity = context;
    for (size_t i = 0; i < record->count; i++) {
        const struct report_result *result = record->results[i];
        if (result->test == NULL || judge_column(result->verdict) == 2) {
            continue;
        }
        vacuity->score->judged++;
        if (result->verdict == JUDGE_PASS) {
            json_object_set_new(vacuity->score->passed, result->id, json_string(vacuity->how));
            json_object_set_new(vacuity->any, result->id, json_true());
        }
    }
}

static int run_kind(struct vacuity *vacuity, enum null_kind kind, const char *error, const struct strings *only)
{
    struct run_options options = vacuity->options;
    char *impl = memory_format("%s %s%s%s", vacuity->self, null_kind_name(kind), error == NULL ? "" : " ",
                               error == NULL ? "" : error);
    char *how = error == NULL ? memory_copy(null_kind_name(kind)) : memory_format("error %s", error);
    options.impl = impl;
    if (only != NULL) {
        options.only = *only;
        options.skip = (struct strings){0};
    }
    vacuity->score = &vacuity->scores[kind];
    vacuity->how = how;
    int status = suite_run(&options);
    free(impl);
    free(how);
    return status <= 1 ? 0 : status;
}

/* Does the step's `error` name the kind, on either database? */
static bool names_kind(const json_t *error, const char *kind)
{
    if (json_is_string(error)) {
        return strcmp(json_string_value(error), kind) == 0 ||
               (strncmp(json_string_value(error), kind, strlen(json_string_value(error))) == 0 &&
                kind[strlen(json_string_value(error))] == '.');
    }
    bool found = false;
    for (size_t i = 0; i < json_array_size(error); i++) {
        found = found || names_kind(json_array_get(error, i), kind);
    }
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)error, key, value)
    {
        found = found || (strcmp(key, "~") != 0 && names_kind(value, kind));
    }
    return found;
}

/* Nobody reaches these who makes no tables, which a run finds out before the first case of a schema. Here, where the
 * runner makes them so that all other cases are reached, they would only look at the runner's own work. */
static bool is_reached(const struct spec_case *test)
{
    bool made = false;
    for (size_t i = 0; test->needs[i] != NULL; i++) {
        made = made || strcmp(test->needs[i], "ddl") == 0;
    }
    return test->fresh || !made;
}

/* One that always raises this kind can pass only where some step expects it. */
static void add_cases(const struct vacuity *vacuity, const char *kind, struct strings *only)
{
    for (size_t i = 0; i < vacuity->selection.count; i++) {
        const struct spec_case *test = vacuity->selection.items[i].test;
        bool expected = false;
        for (size_t j = 0; j < test->step_count && !expected && is_reached(test); j++) {
            expected = names_kind(test->steps[j].error, kind);
        }
        if (expected) {
            strings_add(only, test->id);
        }
    }
}

static void leave_out(struct vacuity *vacuity)
{
    for (size_t i = 0; i < vacuity->selection.count; i++) {
        if (!is_reached(vacuity->selection.items[i].test)) {
            strings_add(&vacuity->options.skip, vacuity->selection.items[i].test->id);
        }
    }
}

static int run_errors(struct vacuity *vacuity)
{
    int status = 0;
    for (size_t i = 0; vacuity->spec->kinds[i] != NULL && status == 0; i++) {
        struct strings only = {0};
        add_cases(vacuity, vacuity->spec->kinds[i], &only);
        if (only.count > 0) {
            status = run_kind(vacuity, NULL_ERROR, vacuity->spec->kinds[i], &only);
        }
        strings_free(&only);
    }
    vacuity->scores[NULL_ERROR].judged = vacuity->selection.count; /* all others fail at their first step */
    return status;
}

/* One that exits can pass only what is passed without an answer, and every case would cost it a process. */
static int run_exit(struct vacuity *vacuity)
{
    struct strings only = {0};
    const char *id;
    json_t *how;
    json_object_foreach(vacuity->scores[NULL_ABSENT].passed, id, how)
    {
        strings_add(&only, id);
    }
    int status = only.count > 0 ? run_kind(vacuity, NULL_EXIT, NULL, &only) : 0;
    vacuity->scores[NULL_EXIT].judged = vacuity->scores[NULL_ABSENT].judged;
    strings_free(&only);
    return status;
}

/* ---- what is told ------------------------------------------------------------------------------------------------ */

static double percent(size_t part, size_t whole)
{
    return whole == 0 ? 0 : 100.0 * (double)part / (double)whole;
}

static int print_scores(const struct vacuity *vacuity, double most)
{
    for (int kind = 0; kind < NULL_KINDS; kind++) {
        const struct score *score = &vacuity->scores[kind];
        const char *id;
        json_t *how;
        printf("%-7s %4zu of %zu passed (%.2f %%): it %s\n", null_kind_name((enum null_kind)kind),
               json_object_size(score->passed), score->judged, percent(json_object_size(score->passed), score->judged),
               null_kind_says((enum null_kind)kind));
        json_object_foreach(score->passed, id, how)
        {
            printf("    %s%s%s%s\n", id, kind == NULL_ERROR ? " (" : "", kind == NULL_ERROR ? json_string_value(how) : "",
                   kind == NULL_ERROR ? ")" : "");
        }
    }
    double score = percent(json_object_size(vacuity->any), vacuity->selection.count);
    bool good = score <= most;
    printf("vacuity: %zu of %zu cases (%.2f %%) are passed by a testee that does nothing; allowed are %g %%%s\n",
           json_object_size(vacuity->any), vacuity->selection.count, score, most, good ? "" : ": FAIL");
    return good ? 0 : 1;
}

/* False: it was said. */
static bool write_json(const struct vacuity *vacuity, const char *path)
{
    if (path == NULL) {
        return true;
    }
    json_t *testees = json_object(), *json;
    for (int kind = 0; kind < NULL_KINDS; kind++) {
        json_object_set_new(testees, null_kind_name((enum null_kind)kind),
                            json_pack("{s:I, s:O}", "judged", (json_int_t)vacuity->scores[kind].judged, "passed",
                                      vacuity->scores[kind].passed));
    }
    json = json_pack("{s:s, s:I, s:I, s:o}", "suite", vacuity->spec->version, "cases", (json_int_t)vacuity->selection.count,
                     "passed", (json_int_t)json_object_size(vacuity->any), "testees", testees);
    bool good = json_dump_file(json, path, JSON_INDENT(1)) == 0;
    if (!good) {
        complain("--json %s: %s", path, strerror(errno));
    }
    json_decref(json);
    return good;
}

/* The command line of a null testee, but for its kind. */
static char *command_of_self(const struct spec *spec)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0 || memchr(path, '\'', (size_t)length) != NULL) {
        return NULL;
    }
    struct text out = {0};
    text_format(&out, "'%.*s' null-testee ", (int)length, path);
    for (size_t i = 0; spec->capabilities[i] != NULL; i++) {
        text_format(&out, "%s%s", i > 0 ? "," : "", spec->capabilities[i]);
    }
    return text_take(&out);
}

static int measure(struct vacuity *vacuity, double most, const char *json)
{
    static const struct strings none;
    int status = 0;
    char *problem = NULL;
    if (!select_cases(vacuity->spec, &vacuity->options.only, &none, NULL, false, 0, &vacuity->selection, &problem)) {
        complain("vacuity: %s", problem);
        free(problem);
        return 2;
    }
    leave_out(vacuity);
    vacuity->any = json_object();
    for (int kind = 0; kind < NULL_KINDS; kind++) {
        vacuity->scores[kind].passed = json_object();
    }
    for (int kind = 0; kind < NULL_EXIT && status == 0; kind++) {
        status = run_kind(vacuity, (enum null_kind)kind, NULL, NULL);
    }
    status = status != 0 ? status : run_exit(vacuity);
    status = status != 0 ? status : run_errors(vacuity);
    if (status == 0) {
        status = print_scores(vacuity, most);
        status = write_json(vacuity, json) ? status : 3;
    }
    for (int kind = 0; kind < NULL_KINDS; kind++) {
        json_decref(vacuity->scores[kind].passed);
    }
    json_decref(vacuity->any);
    strings_free(&vacuity->options.skip);
    selection_free(&vacuity->selection);
    return status;
}

int command_vacuity(const struct place_of_run *place, int count, char **words)
{
    struct strings others = {0}, specs = {0}, only = {0};
    const char *json = NULL;
    bool help = false;
    double most = 1, jobs = 1;
    const struct argument table[] = {
        {"--max", ARGUMENT_NUMBER, &most, NULL, "PERCENT", "fail when more of the cases are passed (default: 1)"},
        {"--only", ARGUMENT_LIST, &only, NULL, "GLOB", "* these cases"},
        {"--json", ARGUMENT_TEXT, &json, NULL, "FILE", "write the scores and the cases as JSON"},
        {"--jobs", ARGUMENT_NUMBER, &jobs, NULL, "N", "so many testees at the same time (default: 1)"},
        {"--spec", ARGUMENT_LIST, &specs, NULL, "PATH", "* further chapters, a file or a folder"},
        {"--help", ARGUMENT_FLAG, &help, NULL, NULL, "this"},
        {NULL, ARGUMENT_FLAG, NULL, NULL, NULL, NULL},
    };
    char *problem = NULL;
    int status = 2;
    if (!arguments_parse(table, count, words, &others, &problem)) {
        complain("vacuity: %s", problem);
    } else if (help) {
        printf("usage: %s vacuity [OPTION]…\n\nRuns testees that do nothing on SQLite, and names the cases that they "
               "pass: such a case asks too little.\nExit status: 0 few enough, 1 too many, 2 wrong usage or a wrong "
               "specification, 3 the runner could not do its work.\n\n",
               place->program);
        arguments_print(table);
        status = 0;
    } else if (others.count > 0) {
        complain("vacuity: what is '%s'? It takes options alone", others.items[0]);
    } else if (jobs < 1 || jobs > 256) {
        complain("vacuity: --jobs takes a whole number from 1 to 256");
    } else {
        size_t refused = 0;
        struct spec *spec = spec_load(place->root, specs.items, complain_place, &refused);
        struct vacuity vacuity = {.options = {.root = place->root,
                                              .program = place->program,
                                              .specs = specs,
                                              .only = only,
                                              .jobs = (size_t)jobs,
                                              .progress = 0,
                                              .quiet = true,
                                              .own_tables = true,
                                              .take = take_results},
                                  .spec = spec,
                                  .self = spec == NULL ? NULL : command_of_self(spec)};
        vacuity.options.take_context = &vacuity;
        if (spec != NULL && vacuity.self == NULL) {
            complain("vacuity: the runner does not find itself, or has a quote in its path");
        } else if (spec != NULL) {
            setenv("ORMSPEC_ROOT", place->root, 1);
            status = measure(&vacuity, most, json);
        }
        free(vacuity.self);
        spec_free(spec);
    }
    free(problem);
    strings_free(&others);
    strings_free(&specs);
    strings_free(&only);
    return status;
}
