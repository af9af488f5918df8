/* From a chosen case to its record. */
#include "base/memory.h"
#include "base/process.h"
#include "run/case.h"
#include "run/complain.h"
#include "run/parts.h"
#include "run/scratch.h"

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

/* Takes over what the ending holds. */
static struct report_result *record(struct worker *worker, const char *id, long order, struct ending *ending)
{
    struct slot *slot = worker->slot;
    struct report_result *result = memory_get(sizeof *result);
    const struct known_entry *known = known_find(&worker->suite->known, id, slot->lane->ground.kind);
    result->id = memory_copy(id);
    result->database = slot->lane->ground.kind;
    result->order = order;
    result->verdict = judge_decide(ending->outcome, known != NULL);
    result->step = ending->step;
    result->at = ending->at;
    result->expected = ending->expected;
    result->actual = ending->actual;
    result->path = ending->path;
    result->group = ending->group;
    result->message = ending->message;
    if (result->verdict == JUDGE_KNOWN || result->verdict == JUDGE_STALE) {
        free(ending->message);
        result->message = known_message(known, result->verdict);
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

/* ---- the case ---------------------------------------------------------------------------------------------------- */

static void judge_case(struct worker *worker)
{
    struct world *world = &worker->world;
    struct ending ending = {0}, after = {0};
    double begin = process_now();
    testee_mark(world->testee);
    case_run(world, worker->slot->item->test, &ending);
    bool met = ending.outcome == JUDGE_MET;
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
        free(wire);
        free(errors);
        return;
    }
    struct report_result *result = record_case(worker, &ending);
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
