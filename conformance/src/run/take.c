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
static struct report_result *record(struct suite *suite, const char *id, enum spec_database kind, long order,
                                    struct ending *ending)
{
    struct report_result *result = report_add(&suite->record, id, kind);
    const struct known_entry *known = known_find(&suite->known, id, kind);
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
    return result;
}

/* A failure is told at once. */
static void show(struct suite *suite, const struct report_result *result)
{
    if (judge_column(result->verdict) != 1) {
        return;
    }
    struct text text = {0};
    progress_hide(&suite->progress);
    report_print_result(&suite->record, result, &text);
    fputs(text_get(&text), stdout);
    fflush(stdout);
    text_free(&text);
    suite->failed++;
    if (suite->options->fail_fast) {
        suite->stop = true;
        suite->record.stopped = "stopped after the first failure (--fail-fast)";
    }
}

void suite_record_trouble(struct suite *suite, struct world *world, const char *id, struct ending *ending)
{
    struct report_result *result = record(suite, id, world->kind, -1, ending);
    if (judge_column(result->verdict) == 1) {
        result->wire = wire_of(world->testee);
        result->errors = errors_of(world->testee);
    }
    show(suite, result);
}

void suite_record_skipped(struct suite *suite, const struct world *world, const struct selected *item, char *reason)
{
    struct ending ending = {.outcome = JUDGE_NOT_RUN, .message = reason};
    record(suite, item->test->id, world->kind, item->order, &ending)->test = item->test;
}

/* ---- the testee -------------------------------------------------------------------------------------------------- */

static bool start(struct suite *suite, struct world *world, int attempts)
{
    char *problem = NULL;
    enum testee_failure failure = TESTEE_REFUSED;
    while (attempts-- > 0 && failure == TESTEE_REFUSED) {
        free(problem);
        failure = world_start(world, &problem);
    }
    if (failure == TESTEE_STARTED) {
        return true;
    }
    if (failure == TESTEE_REFUSED) {
        struct ending ending = {.outcome = JUDGE_MISBEHAVED, .message = problem};
        suite_record_trouble(suite, world, "testee/hello", &ending);
        return false;
    }
    if (failure == TESTEE_UNUSABLE) {
        complain("%s", problem);
        suite->status = 2;
        suite->stop = true;
    }
    free(problem);
    return false;
}

bool suite_begin(struct suite *suite, struct world *world)
{
    return start(suite, world, 1);
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
static void look_for_stale(struct suite *suite, struct world *world, const struct spec_schema *schema)
{
    for (size_t i = 0; prerequisite_steps[i] != NULL; i++) {
        char *id = memory_format("schema/%s/%s", schema->name, prerequisite_steps[i]);
        if (known_find(&suite->known, id, world->kind) != NULL) {
            struct ending ending = {.outcome = JUDGE_MET};
            suite_record_trouble(suite, world, id, &ending);
        }
        free(id);
    }
}

static void stand_aside(struct suite *suite, struct world *world, const struct selected *item,
                        const struct obstacle *obstacle)
{
    if (obstacle->id != NULL) {
        suite_record_skipped(suite, world, item, memory_format("%s failed", obstacle->id));
        return;
    }
    const char *name = obstacle->schema->name;
    struct ending ending = {.outcome = JUDGE_UNDECLARED,
                            .group = memory_format("schema %s", name),
                            .message = memory_format("the testee was not compiled with the schema %s", name)};
    record(suite, item->test->id, world->kind, item->order, &ending)->test = item->test;
}

/* Makes the schema's tables unless they are there. What goes wrong is recorded once for all the schema's cases. */
static bool prepared(struct suite *suite, struct world *world, const struct selected *item)
{
    const struct spec_schema *schema = item->test->schema;
    const struct obstacle *obstacle = world_obstacle(world, schema);
    if (obstacle != NULL) {
        stand_aside(suite, world, item, obstacle);
        return false;
    }
    struct ending ending = {0};
    bool first = !world_knows(world, schema), good = false;
    char *id = NULL;
    switch (world_prepare(world, schema, &ending, &id)) {
    case WORLD_READY:
        if (first) {
            look_for_stale(suite, world, schema);
        }
        good = true;
        break;
    case WORLD_WITHOUT_SCHEMA:
        stand_aside(suite, world, item, world_add_obstacle(world, schema, NULL));
        break;
    case WORLD_FAILED:
        suite_record_trouble(suite, world, id, &ending);
        stand_aside(suite, world, item, world_add_obstacle(world, schema, id));
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

static void judge_case(struct suite *suite, struct world *world, const struct selected *item)
{
    struct ending ending = {0}, after = {0};
    double begin = process_now();
    testee_mark(world->testee);
    case_run(world, item->test, &ending);
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
    struct report_result *result = record(suite, item->test->id, world->kind, item->order, &ending);
    result->test = item->test;
    result->milliseconds = (process_now() - begin) * 1000;
    result->wire = wire;
    result->errors = errors;
    show(suite, result);
}

bool suite_take(struct suite *suite, struct world *world, const struct selected *item)
{
    const struct spec_case *test = item->test;
    if (item->reason != NULL) {
        suite_record_skipped(suite, world, item, memory_copy(item->reason));
        return true;
    }
    if (!start(suite, world, START_ATTEMPTS)) {
        return false;
    }
    struct ending ending = {0};
    struct judge_scope scope = {.database = world->kind, .facts = world->hello.facts};
    if (!judge_when(&scope, test->when)) {
        char *when = json_dumps(test->when, JSON_ENCODE_ANY | JSON_COMPACT);
        suite_record_skipped(suite, world, item, memory_format("it is only for %s", when));
        free(when);
    } else if (undeclared(suite, world, test, &ending)) {
        struct report_result *result = record(suite, test->id, world->kind, item->order, &ending);
        result->test = test;
        show(suite, result);
    } else if (test->fresh || prepared(suite, world, item)) {
        judge_case(suite, world, item);
        if (suite->options->isolate) {
            world_close(world);
        }
    }
    return true;
}
