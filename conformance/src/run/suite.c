#include "run/suite.h"

#include "base/memory.h"
#include "base/path.h"
#include "lint/lint.h"
#include "run/complain.h"
#include "run/parts.h"
#include "run/scratch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- options to things ------------------------------------------------------------------------------------------- */

struct wanted {
    enum spec_database kind;
    const char *url; /* NULL: a throwaway server */
};

static bool wanted_parse(const char *text, struct wanted *wanted)
{
    const char *url = getenv("ORMSPEC_POSTGRES_URL");
    if (strcmp(text, "sqlite") == 0) {
        *wanted = (struct wanted){.kind = SPEC_SQLITE};
    } else if (strcmp(text, "postgresql") == 0) {
        *wanted = (struct wanted){.kind = SPEC_POSTGRESQL, .url = url != NULL && *url != '\0' ? url : NULL};
    } else if (strncmp(text, "postgresql://", 13) == 0 || strncmp(text, "postgres://", 11) == 0) {
        *wanted = (struct wanted){.kind = SPEC_POSTGRESQL, .url = text};
    } else {
        return false;
    }
    return true;
}

/* At most one of each kind; SQLite when nothing is said. */
static bool read_databases(const struct run_options *options, struct wanted *wanted, size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < options->databases.count; i++) {
        struct wanted one;
        if (!wanted_parse(options->databases.items[i], &one)) {
            complain("--db %s: it is sqlite, postgresql, or a URL postgresql://…", options->databases.items[i]);
            return false;
        }
        for (size_t j = 0; j < *count; j++) {
            if (wanted[j].kind == one.kind) {
                complain("--db names %s twice", spec_database_name(one.kind));
                return false;
            }
        }
        wanted[(*count)++] = one;
    }
    if (*count == 0) {
        wanted[(*count)++] = (struct wanted){.kind = SPEC_SQLITE};
    }
    return true;
}

static bool is_name(const char *impl)
{
    return strpbrk(impl, "/ ") == NULL;
}

static bool read_known(struct suite *suite)
{
    const struct run_options *options = suite->options;
    char *path = options->known != NULL ? memory_copy(options->known)
                 : is_name(options->impl)
                     ? memory_format("%s/conformance/adapters/%s/known.yaml", options->root, options->impl)
                     : NULL;
    size_t refused = 0;
    bool good = true;
    if (path != NULL && (options->known != NULL || access(path, F_OK) == 0)) {
        good = known_read(&suite->known, path, complain_place, &refused);
    }
    free(path);
    if (!good) {
        return false;
    }
    struct strings ids = {0};
    for (size_t i = 0; suite->selection.ids[i] != NULL; i++) {
        strings_add(&ids, suite->selection.ids[i]);
    }
    size_t extra = ids.count;
    for (size_t i = 0; i < suite->spec->schema_count; i++) {
        for (size_t j = 0; prerequisite_steps[j] != NULL; j++) {
            strings_add(&ids, memory_format("schema/%s/%s", suite->spec->schemas[i]->name, prerequisite_steps[j]));
        }
    }
    static const char *const none[] = {NULL};
    good = known_match(&suite->known, ids.count > 0 ? ids.items : none, complain_place, &refused);
    for (size_t i = extra; i < ids.count; i++) {
        free((char *)ids.items[i]);
    }
    strings_free(&ids);
    return good;
}

/* Everything that can be wrong before anything is started. */
static bool set_up(struct suite *suite)
{
    const struct run_options *options = suite->options;
    char *problem = NULL;
    size_t refused = 0;
    suite->testee = (struct testee_options){.root = options->root,
                                            .impl = options->impl,
                                            .timeout = options->timeout,
                                            .trace = options->trace,
                                            .interrupt_fd = signals_fd()};
    enum spec_level level;
    if (!testee_find(&suite->testee, &problem)) {
        complain("%s", problem);
        free(problem);
        return false;
    }
    if (options->level != NULL && !level_parse(options->level, &level)) {
        complain("--level %s: it is must, should or may", options->level);
        return false;
    }
    suite->spec = spec_load(options->root, options->specs.items, complain_place, &refused);
    if (suite->spec == NULL) {
        return false;
    }
    int findings = lint_spec(suite->spec, complain_place, &refused);
    if (findings > 0) {
        complain("the specification has %d lint errors: nothing was run", findings);
        return false;
    }
    if (options->profile != NULL && (suite->profile = spec_find_profile(suite->spec, options->profile)) == NULL) {
        complain("--profile %s: spec/profiles.yaml has no such profile", options->profile);
        return false;
    }
    if (!select_cases(suite->spec, &options->only, &options->skip, options->level == NULL ? NULL : &level,
                      options->shuffle, (unsigned long long)options->seed, &suite->selection, &problem)) {
        complain("%s", problem);
        free(problem);
        return false;
    }
    return read_known(suite);
}

/* ---- how to run one case again ----------------------------------------------------------------------------------- */

static void add_quoted(struct text *out, const char *text)
{
    text_add_char(out, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            text_add(out, "'\\''");
        } else {
            text_add_char(out, *text);
        }
    }
    text_add_char(out, '\'');
}

static void add_option(struct text *out, const char *name, const char *value)
{
    if (value != NULL) {
        text_format(out, " %s ", name);
        add_quoted(out, value);
    }
}

static void describe_again(struct suite *suite, const struct wanted *wanted, size_t count)
{
    const struct run_options *options = suite->options;
    struct text out = {0};
    add_option(&out, "--impl", options->impl);
    add_option(&out, "--profile", options->profile);
    add_option(&out, "--known", options->known);
    for (size_t i = 0; i < options->specs.count; i++) {
        add_option(&out, "--spec", options->specs.items[i]);
    }
    if (options->timeout > 0) {
        text_format(&out, " --timeout %g", options->timeout);
    }
    suite->record.again = text_take(&out);
    for (size_t i = 0; i < count; i++) {
        const char *from_environment = getenv("ORMSPEC_POSTGRES_URL");
        bool named = wanted[i].url != NULL && wanted[i].url != from_environment;
        /* The URL may hold a password, and a report is for many eyes. */
        suite->record.databases_again[wanted[i].kind] =
            memory_copy(named                           ? " --db URL"
                        : wanted[i].kind == SPEC_SQLITE ? ""
                                                        : " --db postgresql");
    }
}

/* ---- the run ----------------------------------------------------------------------------------------------------- */

static bool apply_known(struct suite *suite, const struct world *world)
{
    char today[16];
    time_t now = time(NULL);
    struct tm broken;
    size_t refused = 0;
    strftime(today, sizeof today, "%Y-%m-%d", gmtime_r(&now, &broken));
    return known_apply(&suite->known, json_object_get(world->hello.json, "versions"), today, complain_place, &refused);
}

static void skip_from(struct suite *suite, const struct world *world, size_t first, const char *reason)
{
    for (size_t i = first; i < suite->selection.count; i++) {
        suite_record_skipped(suite, world, &suite->selection.items[i], memory_copy(reason));
    }
}

static void run_cases(struct suite *suite, struct world *world)
{
    const char *name = spec_database_name(world->kind);
    for (size_t i = 0; i < suite->selection.count && !suite->stop && signals_came() == 0; i++) {
        const struct selected *item = &suite->selection.items[i];
        progress_show(&suite->progress, name, i, suite->selection.count, suite->failed, item->test->id);
        if (!suite_take(suite, world, item)) {
            if (signals_came() == 0 && suite->status == 0) {
                skip_from(suite, world, i, "testee/hello failed");
            }
            return;
        }
    }
}

static void run_in(struct suite *suite, struct world *world)
{
    if (suite_begin(suite, world)) {
        if (suite->record.implementation == NULL) {
            suite->record.implementation = json_incref(world->hello.json);
        }
        if (apply_known(suite, world)) {
            run_cases(suite, world);
        } else {
            suite->status = 2;
            suite->stop = true;
        }
    } else if (signals_came() == 0 && suite->status == 0) {
        skip_from(suite, world, 0, "testee/hello failed");
    }
    progress_hide(&suite->progress);
}

/* Takes over the problem. */
static void go_without(struct suite *suite, struct world *world, char *problem)
{
    if (signals_came() != 0) {
        free(problem);
        return;
    }
    struct ending ending = {.outcome = JUDGE_SUITE_FAULT, .message = problem};
    complain("%s", problem);
    char *id = memory_format("database/%s", spec_database_name(world->kind)), *reason = memory_format("%s failed", id);
    suite_record_trouble(suite, world, id, &ending);
    skip_from(suite, world, 0, reason);
    free(reason);
    free(id);
}

static void run_on(struct suite *suite, const struct wanted *wanted)
{
    /* A folder for each database: what a testee does late for one must not meet the other. */
    char *scratch = path_join(suite->scratch, spec_database_name(wanted->kind)), *problem = NULL;
    struct database_settings settings = {.kind = wanted->kind,
                                         .root = suite->options->root,
                                         .scratch = scratch,
                                         .url = wanted->url,
                                         .interrupt_fd = signals_fd()};
    struct report_database *about = &suite->record.databases[suite->record.database_count++];
    *about = (struct report_database){.kind = wanted->kind};
    struct database_server *server = NULL;
    if (mkdir(scratch, 0700) != 0) {
        problem = memory_format("%s: %s", scratch, strerror(errno));
    } else {
        server = database_server_start(&settings, &problem);
    }
    struct world world = {
        .spec = suite->spec, .options = &suite->testee, .kind = wanted->kind, .scratch = scratch, .server = server};
    if (server == NULL) {
        go_without(suite, &world, problem);
    } else {
        memcpy(about->version, database_server_version(server), sizeof about->version);
        run_in(suite, &world);
    }
    world_free(&world);
    database_server_stop(server);
    free(scratch);
}

/* ---- outputs ----------------------------------------------------------------------------------------------------- */

struct outputs {
    FILE *json, *junit, *tap;
};

static bool open_output(const char *option, const char *path, FILE **file)
{
    if (path != NULL && (*file = fopen(path, "we")) == NULL) {
        complain("%s %s: %s", option, path, strerror(errno));
        return false;
    }
    return true;
}

/* False when what was written did not get there. */
static bool write_output(const char *option, const char *path, FILE *file, const struct text *text)
{
    if (file == NULL) {
        return true;
    }
    bool good = fwrite(text_get(text), 1, text->length, file) == text->length;
    good = fclose(file) == 0 && good;
    if (!good) {
        complain("%s %s: %s", option, path, strerror(errno));
    }
    return good;
}

static int add_to_text(const char *bytes, size_t length, void *text)
{
    text_add_bytes(text, bytes, length);
    return 0;
}

static bool write_outputs(const struct suite *suite, const struct outputs *outputs)
{
    const struct run_options *options = suite->options;
    struct text text = {0};
    bool good = true;
    if (outputs->json != NULL) {
        json_t *json = report_json(&suite->record);
        json_dump_callback(json, add_to_text, &text, JSON_INDENT(1));
        text_add_char(&text, '\n');
        json_decref(json);
        good = write_output("--json", options->json, outputs->json, &text);
    }
    if (outputs->junit != NULL) {
        text_clear(&text);
        report_junit(&suite->record, &text);
        good = write_output("--junit", options->junit, outputs->junit, &text) && good;
    }
    if (outputs->tap != NULL) {
        text_clear(&text);
        report_tap(&suite->record, &text);
        good = write_output("--tap", options->tap, outputs->tap, &text) && good;
    }
    text_free(&text);
    return good;
}

static bool wants_color(void)
{
    const char *no_color = getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) == 1 && (no_color == NULL || *no_color == '\0');
}

/* Prints, writes and gives the status. */
static int conclude(struct suite *suite, const struct outputs *outputs)
{
    int number = signals_came();
    char *interrupted = NULL;
    if (number != 0) {
        interrupted = memory_format("interrupted by signal %d (%s): the rest was not run", number, strsignal(number));
        suite->record.stopped = interrupted;
    }
    report_sort(&suite->record);
    bool written = write_outputs(suite, outputs);
    struct text text = {0};
    report_print_summary(&suite->record, &text);
    fputs(text_get(&text), stdout);
    fflush(stdout);
    text_free(&text);
    free(interrupted);
    if (number != 0) {
        return 128 + number;
    }
    int status = report_status(&suite->record);
    return !written ? 3 : suite->status > status ? suite->status : status;
}

int suite_run(const struct run_options *options)
{
    struct suite suite = {.options = options};
    struct wanted wanted[SPEC_DATABASES];
    struct outputs outputs = {0};
    size_t count = 0;
    char *problem = NULL;
    int status = 2;
    signals_watch();
    if (read_databases(options, wanted, &count) && set_up(&suite) &&
        open_output("--json", options->json, &outputs.json) && open_output("--junit", options->junit, &outputs.junit) &&
        open_output("--tap", options->tap, &outputs.tap)) {
        suite.record.spec = suite.spec;
        suite.record.program = options->program;
        suite.record.total = suite.selection.total;
        suite.record.selected = suite.selection.count;
        suite.record.color = wants_color();
        suite.progress = progress_start();
        describe_again(&suite, wanted, count);
        suite.scratch = scratch_make(&problem);
        if (suite.scratch == NULL) {
            complain("%s", problem);
            status = 3;
        } else {
            for (size_t i = 0; i < count && !suite.stop && signals_came() == 0; i++) {
                run_on(&suite, &wanted[i]);
            }
            scratch_remove(suite.scratch);
            status = suite.status != 0 && suite.record.count == 0 ? suite.status : conclude(&suite, &outputs);
        }
    }
    free(problem);
    free(suite.scratch);
    report_clear(&suite.record);
    known_free(&suite.known);
    selection_free(&suite.selection);
    spec_free(suite.spec);
    return status;
}
