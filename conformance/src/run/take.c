/* From a chosen case to its record. */
#include "base/memory.h"
#include "base/process.h"
#include "run/case.h"
#include "run/complain.h"
#include "run/parts.h"
#include "run/scratch.h"
#include "spec/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A testee that cannot be started this often in a row is given up. */
enum { START_ATTEMPTS = 3, STDERR_LINES = 20 };

const char *const prerequisite_steps[] = {"open", "define", "create_all", "shape", NULL};

/* ---- the record -------------------------------------------------------------------------------------------------- */

static char *wire_of(const struct testee *testee)
{
    struct text text = {0};
    if (testee != NULL) {
        testee_print_wire(testee, &text);
    }
    return text_take(&text);
}

static char *errors_of(const struct testee *testee)
{
    struct text text = {0};
    if (testee != NULL) {
        testee_print_stderr(testee, STDERR_LINES, &text);
    }
    return text_take(&text);
}

static char *known_message(const struct known_entry *known, enum judge_verdict verdict)
{
    if (verdict == JUDGE_STALE) {
        return memory_format("it passes, but %s:%d expects it to fail: %s", known->place.file, known->place.line,
                             known->reason);
    }
    return memory_format("%s%s%s", known->reason, known->url != NULL ? " " : "", known->url != NULL ? known->url : "");
}

/* Takes over the message of a failure that was excused until a day that is over. */
static char *expired_message(const struct known_entry *known, char *message)
{
    char *text = memory_format("%s (%s:%d excused it until %s, which is over: %s)", message == NULL ? "" : message,
                               known->place.file, known->place.line, known->expires, known->reason);
    free(message);
    return text;
}

/* Takes over what the ending holds. */
static struct report_result *record(struct worker *worker, const char *id, long order, struct ending *ending)
{
    struct slot *slot = worker->slot;
    struct report_result *result = memory_get(sizeof *result);
    const struct known_entry *known = known_find(&worker->suite->known, id, slot->lane->ground.kind);
    result->id = memory_copy(id);
    result->database = slot->lane->ground.kind;
    result->order = order;
    bool excused = known != NULL && (!known->expired || ending->outcome == JUDGE_MET);
    result->verdict = judge_decide(ending->outcome, excused);
    result->step = ending->step;
    result->at = ending->at;
    result->expected = ending->expected;
    result->actual = ending->actual;
    result->path = ending->path;
    result->group = ending->group;
    result->message = ending->message;
    if (result->verdict == JUDGE_KNOWN || result->verdict == JUDGE_STALE) {
        result->happened = ending->message;
        result->message = known_message(known, result->verdict);
    } else if (known != NULL && judge_column(result->verdict) == 1) {
        result->message = expired_message(known, result->message);
    }
    *ending = (struct ending){0};
    slot->results = memory_resize(slot->results, slot->count + 1, sizeof(struct report_result *));
    slot->results[slot->count++] = result;
    return result;
}

static struct report_result *record_case(struct worker *worker, struct ending *ending)
{
    const struct selected *item = worker->slot->item;
    struct report_result *result = record(worker, item->test->id, item->order, ending);
    result->test = item->test;
    return result;
}

void suite_record_trouble(struct worker *worker, const char *id, struct ending *ending)
{
    struct report_result *result = record(worker, id, -1, ending);
    result->only = strncmp(id, "schema/", 7) == 0 ? worker->slot->item->test->id : NULL;
    if (judge_column(result->verdict) == 1) {
        result->wire = wire_of(worker->world.testee);
        result->errors = errors_of(worker->world.testee);
    }
}

void suite_record_skipped(struct worker *worker, char *reason)
{
    struct ending ending = {.outcome = JUDGE_NOT_RUN, .message = reason};
    record_case(worker, &ending);
}

/* ---- the testee -------------------------------------------------------------------------------------------------- */

static bool lane_is_lost(struct worker *worker)
{
    pthread_mutex_lock(&worker->suite->lock);
    bool lost = worker->lane->state == LANE_LOST;
    pthread_mutex_unlock(&worker->suite->lock);
    return lost;
}

static bool start(struct worker *worker, int attempts)
{
    char *problem = NULL;
    enum testee_failure failure = TESTEE_REFUSED;
    while (attempts-- > 0 && failure == TESTEE_REFUSED) {
        free(problem);
        failure = world_start(&worker->world, &problem);
    }
    if (failure == TESTEE_STARTED) {
        return true;
    }
    if (failure == TESTEE_REFUSED && !lane_is_lost(worker)) {
        struct ending ending = {.outcome = JUDGE_MISBEHAVED, .message = problem};
        suite_record_trouble(worker, "testee/hello", &ending);
        return false;
    }
    if (failure == TESTEE_UNUSABLE && !flow_stops(worker->suite)) {
        complain("%s", problem);
        flow_give_up(worker->suite, 2);
    }
    free(problem);
    return false;
}

bool suite_begin(struct worker *worker)
{
    return start(worker, 1);
}

/* ---- before a case ----------------------------------------------------------------------------------------------- */

static bool demands(const struct spec_profile *profile, const char *capability)
{
    for (size_t i = 0; profile != NULL && profile->capabilities[i] != NULL; i++) {
        if (strcmp(profile->capabilities[i], capability) == 0) {
            return true;
        }
    }
    return false;
}

/* Is there something that the case needs and the testee does not declare? */
static bool undeclared(const struct suite *suite, const struct world *world, const struct spec_case *test,
                       struct ending *ending)
{
    const char *name = spec_database_name(world->kind);
    if (!world->hello.speaks[world->kind]) {
        *ending = (struct ending){.outcome = JUDGE_UNDECLARED, .group = memory_format("database %s", name)};
    }
    for (size_t i = 0; test->needs[i] != NULL && ending->group == NULL; i++) {
        if (!testee_declares(&world->hello, test->needs[i])) {
            *ending = (struct ending){.outcome = JUDGE_UNDECLARED, .group = memory_copy(test->needs[i])};
        }
    }
    for (size_t i = 0; test->needs[i] != NULL; i++) {
        if (!testee_declares(&world->hello, test->needs[i]) && demands(suite->profile, test->needs[i])) {
            ending->outcome = JUDGE_DEMANDED;
            ending->message =
                memory_format("the profile %s demands %s, which is not declared", suite->profile->name, test->needs[i]);
            return true;
        }
    }
    if (ending->group != NULL) {
        ending->message = memory_format("%s is not declared", ending->group);
    }
    return ending->group != NULL;
}

/* A prerequisite that holds is no result, unless somebody expects it to fail. */
static void look_for_stale(struct worker *worker, const struct spec_schema *schema)
{
    for (size_t i = 0; prerequisite_steps[i] != NULL; i++) {
        char *id = memory_format("schema/%s/%s", schema->name, prerequisite_steps[i]);
        if (known_find(&worker->suite->known, id, worker->world.kind) != NULL) {
            struct ending ending = {.outcome = JUDGE_MET};
            suite_record_trouble(worker, id, &ending);
        }
        free(id);
    }
}

static void stand_aside(struct worker *worker, const struct obstacle *obstacle)
{
    if (obstacle->id != NULL) {
        suite_record_skipped(worker, memory_format("%s failed", obstacle->id));
        return;
    }
    const char *name = obstacle->schema->name;
    struct ending ending = {.outcome = JUDGE_UNDECLARED,
                            .group = memory_format("schema %s", name),
                            .message = memory_format("the testee was not compiled with the schema %s", name)};
    record_case(worker, &ending);
}

/* Makes the schema's tables unless they are there. What goes wrong is recorded once for all the schema's cases. */
static bool prepared(struct worker *worker)
{
    struct world *world = &worker->world;
    const struct spec_schema *schema = worker->slot->item->test->schema;
    const struct obstacle *obstacle = world_obstacle(world, schema);
    if (obstacle != NULL) {
        stand_aside(worker, obstacle);
        return false;
    }
    struct ending ending = {0};
    bool first = !world_knows(world, schema), good = false;
    char *id = NULL;
    switch (world_prepare(world, schema, &ending, &id)) {
    case WORLD_READY:
        if (first) {
            look_for_stale(worker, schema);
        }
        good = true;
        break;
    case WORLD_WITHOUT_SCHEMA:
        stand_aside(worker, world_add_obstacle(world, schema, NULL));
        break;
    case WORLD_FAILED:
        suite_record_trouble(worker, id, &ending);
        stand_aside(worker, world_add_obstacle(world, schema, id));
        world_close(world);
        break;
    case WORLD_INTERRUPTED:
        break;
    }
    ending_clear(&ending);
    free(id);
    return good;
}

/* ---- what is kept of a case -------------------------------------------------------------------------------------- */

/* An absolute path when DIR is one. The database as it was left, before anything is tidied. */
static char *keep_database(struct worker *worker)
{
    const struct spec_case *test = worker->slot->item->test;
    const char *folder = worker->suite->options->keep;
    enum spec_database kind = worker->world.kind;
    if (folder == NULL || worker->world.database == NULL) {
        return NULL;
    }
    char *path = memory_format("%s/%s-%s", folder, spec_database_name(kind), test->id), *problem = NULL;
    for (char *c = path + strlen(folder) + 1; *c != '\0'; c++) {
        *c = *c == '/' ? '~' : *c;
    }
    char *file = memory_format("%s.%s", path, kind == SPEC_SQLITE ? "sqlite" : "sql");
    free(path);
    if (!database_save(worker->world.database, file, &problem)) {
        complain("--keep: %s", problem);
        free(problem);
        free(file);
        file = NULL;
    }
    return file;
}

static json_t *transcript_head(const struct worker *worker)
{
    const struct spec_case *test = worker->slot->item->test;
    const struct spec *spec = worker->suite->spec;
    json_t *schemas = json_object(), *hello = worker->world.hello.json;
    if (test->schema != NULL) {
        json_object_set(schemas, test->schema->name, test->schema->json);
    }
    for (size_t i = 0; i < test->step_count; i++) {
        const char *name = strcmp(test->steps[i].operation->name, "define") == 0
                               ? json_string_value(json_object_get(test->steps[i].params, "schema"))
                               : NULL;
        const struct spec_schema *schema = name == NULL ? NULL : spec_find_schema(spec, name);
        if (schema != NULL) {
            json_object_set(schemas, name, schema->json);
        }
    }
    return json_pack("{s:i, s:{s:s, s:s}, s:s, s:O?, s:O?, s:s, s:s, s:s, s:o, s:o}", "transcript", TRANSCRIPT_FORMAT,
                     "suite", "version", spec->version, "sha256", spec->sha256, "impl", worker->options.impl, "name",
                     json_object_get(hello, "name"), "version", json_object_get(hello, "version"), "database",
                     spec_database_name(worker->world.kind), "rule", test->behaviour->rule, "source",
                     test->behaviour->source, "case", spec_case_json(test), "schemas", schemas);
}

static json_t *transcript_verdict(const struct report_result *result)
{
    json_t *verdict = json_pack("{s:s, s:s*, s:s*}", "verdict", judge_verdict_name(result->verdict), "path",
                                result->path, "message", result->message);
    if (result->step > 0) {
        json_object_set_new(verdict, "step", json_integer((json_int_t)result->step));
    }
    if (result->expected != NULL) {
        json_object_set(verdict, "expected", result->expected);
    }
    if (result->actual != NULL) {
        json_object_set(verdict, "actual", result->actual);
    }
    return verdict;
}

/* Takes the head over. */
static void write_transcript(struct worker *worker, struct report_result *result, json_t *head)
{
    char *problem = NULL;
    result->transcript = transcript_write(&worker->world.transcript, worker->suite->options->transcripts,
                                          spec_database_name(worker->world.kind), result->id, head,
                                          transcript_verdict(result), worker->world.environment, &problem);
    if (problem != NULL && !flow_stops(worker->suite)) {
        complain("%s", problem);
        flow_give_up(worker->suite, 3);
    }
    free(problem);
}

static bool fails(const struct worker *worker, enum judge_outcome outcome)
{
    const struct known_entry *known =
        known_find(&worker->suite->known, worker->slot->item->test->id, worker->world.kind);
    return judge_column(judge_decide(outcome, known != NULL && !known->expired)) == 1;
}

/* ---- the case ---------------------------------------------------------------------------------------------------- */

static void judge_case(struct worker *worker)
{
    struct world *world = &worker->world;
    struct ending ending = {0}, after = {0};
    double begin = process_now();
    const struct run_options *options = worker->suite->options;
    json_t *head = options->transcripts != NULL ? transcript_head(worker) : NULL;
    char *kept = NULL;
    if (options->trace) {
        fprintf(stderr, "%s-- %s [%s]\n", worker->options.mark, worker->slot->item->test->id,
                spec_database_name(world->kind));
    }
    testee_mark(world->testee);
    case_run(world, worker->slot->item->test, &ending);
    bool met = ending.outcome == JUDGE_MET;
    if (!ending.interrupted && fails(worker, ending.outcome)) {
        kept = keep_database(worker);
    }
    char *wire = met ? NULL : wire_of(world->testee), *errors = met ? NULL : errors_of(world->testee);
    if (ending.interrupted || ending.outcome == JUDGE_MISBEHAVED || ending.outcome == JUDGE_SUITE_FAULT) {
        world_abandon(world);
    } else if (!world_tidy(world, &after)) {
        /* What tidying finds is this case's doing: a transaction left open, a testee that cannot be reset. */
        if (met) {
            ending = after;
            after = (struct ending){0};
            wire = wire_of(world->testee);
            errors = errors_of(world->testee);
        }
        world_abandon(world);
    }
    bool interrupted = ending.interrupted || after.interrupted;
    ending_clear(&after);
    if (interrupted) {
        ending_clear(&ending);
        transcript_end(&world->transcript);
        json_decref(head);
        free(kept);
        free(wire);
        free(errors);
        return;
    }
    struct report_result *result = record_case(worker, &ending);
    if (head != NULL) {
        write_transcript(worker, result, head);
    }
    transcript_end(&world->transcript);
    result->kept = kept;
    result->milliseconds = (process_now() - begin) * 1000;
    result->wire = wire;
    result->errors = errors;
}

bool suite_take(struct worker *worker)
{
    struct suite *suite = worker->suite;
    struct world *world = &worker->world;
    const struct spec_case *test = worker->slot->item->test;
    if (worker->slot->item->reason != NULL) {
        suite_record_skipped(worker, memory_copy(worker->slot->item->reason));
        return true;
    }
    if (!start(worker, START_ATTEMPTS)) {
        return false;
    }
    struct ending ending = {0};
    struct judge_scope scope = {.database = world->kind, .facts = world->hello.facts};
    if (!judge_when(&scope, test->when)) {
        char *when = json_dumps(test->when, JSON_ENCODE_ANY | JSON_COMPACT);
        suite_record_skipped(worker, memory_format("it is only for %s", when));
        free(when);
    } else if (undeclared(suite, world, test, &ending)) {
        record_case(worker, &ending);
    } else if (test->fresh || prepared(worker)) {
        judge_case(worker);
        if (suite->options->isolate) {
            world_close(world);
        }
    }
    return true;
}
