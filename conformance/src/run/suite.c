#include "run/suite.h"

#include "base/memory.h"
#include "base/path.h"
#include "base/process.h"
#include "lint/lint.h"
#include "run/attach.h"
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

static bool parse_database(const char *text, struct lane *lane)
{
    const char *url = getenv("ORMSPEC_POSTGRES_URL");
    enum spec_database kind = SPEC_POSTGRESQL;
    const char *named = NULL;
    if (strcmp(text, "sqlite") == 0) {
        kind = SPEC_SQLITE;
    } else if (strcmp(text, "postgresql") == 0) {
        named = url != NULL && *url != '\0' ? url : NULL;
    } else if (strncmp(text, "postgresql://", 13) == 0 || strncmp(text, "postgres://", 11) == 0) {
        named = text;
    } else {
        return false;
    }
    *lane = (struct lane){.url = named};
    ground_begin(&lane->ground, kind);
    return true;
}

/* At most one of each kind; SQLite when nothing is said. */
static bool read_databases(struct suite *suite)
{
    const struct strings *databases = &suite->options->databases;
    for (size_t i = 0; i < databases->count; i++) {
        struct lane lane;
        if (!parse_database(databases->items[i], &lane)) {
            complain("--db %s: it is sqlite, postgresql, or a URL postgresql://…", databases->items[i]);
            return false;
        }
        for (size_t j = 0; j < suite->lane_count; j++) {
            if (suite->lanes[j].ground.kind == lane.ground.kind) {
                complain("--db names %s twice", spec_database_name(lane.ground.kind));
                return false;
            }
        }
        suite->lanes[suite->lane_count++] = lane;
    }
    if (suite->lane_count == 0) {
        parse_database("sqlite", &suite->lanes[suite->lane_count++]);
    }
    return true;
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
                                            .patient = options->attach,
                                            .started = options->attach ? attach_wait : NULL,
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
    if (options->shards > suite->selection.count) {
        complain("--shard %zu/%zu: only %zu cases are chosen", options->shard, options->shards,
                 suite->selection.count);
        return false;
    }
    if (options->shards > 0) {
        selection_shard(&suite->selection, options->shard, options->shards);
    }
    return suite_read_known(suite);
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

static void add_quoted_bytes(struct text *out, const char *bytes, size_t length)
{
    char *copy = memory_copy_bytes(bytes, length);
    add_quoted(out, copy);
    free(copy);
}

/* " --db 'postgresql://…'", without the password, for a report is for many eyes: libpq takes it from PGPASSWORD. */
static char *describe_url(const char *url, bool *password)
{
    struct text out = {0};
    const char *host = strstr(url, "://") + 3, *end = host + strcspn(host, "/?"), *at = memchr(host, '@', (size_t)(end - host));
    const char *colon = at == NULL ? NULL : memchr(host, ':', (size_t)(at - host));
    char *bare = colon == NULL ? memory_copy(url) : memory_format("%.*s%s", (int)(colon - url), url, at);
    char *option = strstr(bare, "password=");
    *password = *password || colon != NULL;
    if (option != NULL && (option[-1] == '?' || option[-1] == '&')) {
        char *rest = option + strcspn(option, "&");
        memmove(option, *rest == '&' ? rest + 1 : rest, strlen(*rest == '&' ? rest + 1 : rest) + 1);
        *password = true;
    }
    text_add(&out, " --db ");
    add_quoted_bytes(&out, bare, strlen(bare));
    free(bare);
    return text_take(&out);
}

/* What must stand before the program, so that the line does the same when it is pasted. */
static char *describe_setting(bool password)
{
    const char *root = getenv("ORMSPEC_ROOT");
    struct text out = {0};
    if (root != NULL && *root != '\0') {
        text_add(&out, "ORMSPEC_ROOT=");
        add_quoted(&out, root);
        text_add_char(&out, ' ');
    }
    text_add(&out, password ? "PGPASSWORD=\"$PGPASSWORD\" " : "");
    return text_take(&out);
}

static void describe_again(struct suite *suite)
{
    const struct run_options *options = suite->options;
    struct text out = {0};
    bool password = false;
    add_option(&out, "doctor", options->impl);
    suite->record.doctor = text_take(&out);
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
    for (size_t i = 0; i < suite->lane_count; i++) {
        const struct lane *lane = &suite->lanes[i];
        bool named = lane->url != NULL && lane->url != getenv("ORMSPEC_POSTGRES_URL");
        suite->record.databases_again[lane->ground.kind] =
            named                                ? describe_url(lane->url, &password)
            : lane->ground.kind == SPEC_SQLITE ? memory_copy("")
                                                 : memory_copy(" --db postgresql");
    }
    suite->record.setting = describe_setting(password);
}

/* ---- outputs ----------------------------------------------------------------------------------------------------- */

/* What was asked, as far as it changes what is judged. */
static json_t *options_json(const struct run_options *options)
{
    json_t *json = json_object();
    const struct {
        const char *name;
        const struct strings *list;
    } lists[] = {{"only", &options->only}, {"skip", &options->skip}};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        json_t *list = json_array();
        for (size_t j = 0; j < lists[i].list->count; j++) {
            json_array_append_new(list, json_string(lists[i].list->items[j]));
        }
        if (json_array_size(list) > 0) {
            json_object_set(json, lists[i].name, list);
        }
        json_decref(list);
    }
    if (options->level != NULL) {
        json_object_set_new(json, "level", json_string(options->level));
    }
    if (options->profile != NULL) {
        json_object_set_new(json, "profile", json_string(options->profile));
    }
    return json;
}

/* The record as results; it is refused only if the runner itself is wrong. */
static struct results *take_results(const struct suite *suite)
{
    char *problem = NULL;
    struct results *results = results_take(report_json(&suite->record), NULL, &problem);
    if (results == NULL) {
        complain("%s", problem);
        free(problem);
    }
    return results;
}

/* Prints, writes and gives the status. */
static int conclude(struct suite *suite, struct outputs *outputs)
{
    int number = signals_came();
    char *interrupted = NULL;
    if (number != 0) {
        interrupted = memory_format("interrupted by signal %d (%s): the rest was not run", number, strsignal(number));
        suite->record.stopped = interrupted;
    }
    report_sort(&suite->record);
    suite->record.seconds = process_now() - suite->begin;
    bool listed = !suite->options->write_known || number != 0 || suite_write_known(suite);
    if (suite->options->take != NULL) {
        suite->options->take(suite->options->take_context, &suite->record);
    }
    struct results *results = suite->options->quiet ? NULL : take_results(suite);
    bool written = suite->options->quiet;
    if (results != NULL) {
        struct results_set set = {0};
        struct text text = {0};
        results_set_add(&set, results);
        results_set_label(&set);
        written = outputs_write(outputs, &set) && listed;
        results_print_summary(results, suite->record.color, &text);
        fputs(text_get(&text), stdout);
        fflush(stdout);
        text_free(&text);
        results_set_free(&set);
    }
    free(interrupted);
    if (number != 0) {
        return 128 + number;
    }
    int status = report_status(&suite->record);
    return !written ? 3 : suite->status > status ? suite->status : status;
}

/* The folder of the run, with one for each database: what a testee does late for one must not meet the other. */
static bool make_scratch(struct suite *suite)
{
    char *problem = NULL;
    suite->scratch = scratch_make(&problem);
    if (suite->scratch == NULL) {
        complain("%s", problem);
        free(problem);
        return false;
    }
    for (size_t i = 0; i < suite->lane_count; i++) {
        suite->lanes[i].scratch = path_join(suite->scratch, spec_database_name(suite->lanes[i].ground.kind));
    }
    return true;
}

static void free_suite(struct suite *suite)
{
    free(suite->scratch);
    report_clear(&suite->record);
    known_free(&suite->known);
    selection_free(&suite->selection);
    spec_free(suite->spec);
    pthread_cond_destroy(&suite->changed);
    pthread_mutex_destroy(&suite->lock);
}

static void mark_start(struct report_run *record)
{
    struct tm broken;
    time_t now = time(NULL);
    strftime(record->started, sizeof record->started, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &broken));
}

/* A folder that is made when it is missing; it is told before the work is done that it cannot be. */
static bool make_folder(const char *option, const char *path)
{
    if (path != NULL && mkdir(path, 0777) != 0 && (errno != EEXIST || !path_is_folder(path))) {
        complain("%s %s: %s", option, path, strerror(errno));
        return false;
    }
    return true;
}

int suite_run(const struct run_options *options)
{
    struct suite suite = {.options = options};
    struct outputs outputs = {0};
    int status = 2;
    signals_watch();
    pthread_mutex_init(&suite.lock, NULL);
    pthread_cond_init(&suite.changed, NULL);
    if (read_databases(&suite) && set_up(&suite) && make_folder("--transcripts", options->transcripts) &&
        make_folder("--keep", options->keep) && outputs_open(&outputs, &options->outputs)) {
        suite.record.spec = suite.spec;
        suite.record.program = options->program;
        suite.record.shard = options->shard;
        suite.record.shards = options->shards;
        suite.record.total = suite.selection.total;
        suite.record.selected = suite.selection.chosen;
        suite.record.shard = options->shard;
        suite.record.shards = options->shards;
        suite.record.options = options_json(options);
        suite.record.color = outputs_colored();
        suite.begin = process_now();
        mark_start(&suite.record);
        describe_again(&suite);
        status = 3;
        if (make_scratch(&suite)) {
            flow_run(&suite);
            scratch_remove(suite.scratch);
            status = suite.status != 0 && suite.record.count == 0 ? suite.status : conclude(&suite, &outputs);
        }
    }
    outputs_close(&outputs);
    free_suite(&suite);
    return status;
}
