/* Who runs what, and when it is told. Workers take units of cases as they come; the results are told in the order of
 * the suite, however many workers there are: a failure waits until all before it is known. */
#include "base/memory.h"
#include "base/path.h"
#include "base/process.h"
#include "run/complain.h"
#include "run/parts.h"
#include "run/scratch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* So many cases at once: few enough to spread, enough to be worth the making of the tables. */
enum { UNIT_CASES = 16 };

/* ---- telling ----------------------------------------------------------------------------------------------------- */

static void print_failure(struct suite *suite, const struct report_result *result)
{
    struct text text = {0};
    progress_hide(&suite->progress);
    report_print_result(&suite->record, result, &text);
    fputs(text_get(&text), stdout);
    fflush(stdout);
    text_free(&text);
}

static void tell(struct suite *suite, struct slot *slot)
{
    for (size_t i = 0; i < slot->count; i++) {
        struct report_result *result = slot->results[i];
        report_take(&suite->record, result);
        if (judge_column(result->verdict) == 1) {
            suite->failed++;
            if (!suite->options->quiet) {
                print_failure(suite, result);
            }
        }
    }
    slot->count = 0;
    if (suite->options->max_failed > 0 && suite->failed >= suite->options->max_failed && !suite->final) {
        suite->stop = suite->final = true;
        snprintf(suite->stopped, sizeof suite->stopped, "stopped after %s: the rest was not run",
                 suite->options->max_failed == 1 ? "the first failure (--fail-fast)" : "so many failures (--max-fail)");
        suite->record.stopped = suite->stopped;
        pthread_cond_broadcast(&suite->changed);
    }
}

/* Tells what can be told in order; with `all` also what comes behind a gap. */
static void tell_on(struct suite *suite, bool all)
{
    for (; suite->told < suite->slot_count && !suite->final; suite->told++) {
        struct slot *slot = &suite->slots[suite->told];
        if (!slot->done && !all) {
            return;
        }
        tell(suite, slot);
    }
}

static void finish(struct worker *worker)
{
    struct suite *suite = worker->suite;
    struct slot *slot = worker->slot;
    pthread_mutex_lock(&suite->lock);
    slot->done = slot->count > 0; /* else it was interrupted */
    suite->done++;
    for (size_t i = 0; i < slot->count; i++) {
        suite->failed_early += judge_column(slot->results[i]->verdict) == 1;
    }
    tell_on(suite, false);
    pthread_mutex_unlock(&suite->lock);
    worker->slot = NULL;
}

bool flow_stops(struct suite *suite)
{
    pthread_mutex_lock(&suite->lock);
    bool stops = suite->stop || signals_came() != 0;
    pthread_mutex_unlock(&suite->lock);
    return stops;
}

void flow_give_up(struct suite *suite, int status)
{
    pthread_mutex_lock(&suite->lock);
    suite->status = status > suite->status ? status : suite->status;
    suite->stop = true;
    pthread_cond_broadcast(&suite->changed);
    pthread_mutex_unlock(&suite->lock);
}

/* ---- lanes ------------------------------------------------------------------------------------------------------- */

static bool open_server(struct suite *suite, struct lane *lane, char **problem)
{
    struct database_settings settings = {.kind = lane->ground.kind,
                                         .root = suite->options->root,
                                         .scratch = lane->scratch,
                                         .url = lane->url,
                                         .interrupt_fd = signals_fd()};
    if (mkdir(lane->scratch, 0700) != 0) {
        *problem = memory_format("%s: %s", lane->scratch, strerror(errno));
        return false;
    }
    lane->server = database_server_start(&settings, problem);
    lane->ground.server = lane->server;
    return lane->server != NULL;
}

static bool enter(struct worker *worker, struct lane *lane, char **problem)
{
    world_free(&worker->world);
    free(worker->scratch);
    worker->lane = lane;
    worker->options.secrets = database_server_secrets(lane->server);
    worker->scratch = memory_format("%s/%u", lane->scratch, worker->number);
    worker->world = (struct world){.spec = worker->suite->spec,
                                   .options = &worker->options,
                                   .ground = &lane->ground,
                                   .kind = lane->ground.kind,
                                   .scratch = worker->scratch,
                                   .own_tables = worker->suite->options->own_tables,
                                   .transcript.on = worker->suite->options->transcripts != NULL};
    if (mkdir(worker->scratch, 0700) != 0 && errno != EEXIST) {
        *problem = memory_format("%s: %s", worker->scratch, strerror(errno));
        return false;
    }
    return true;
}

/* The versions in the first greeting decide which entries hold. */
static bool apply_known(struct suite *suite, const json_t *hello)
{
    char today[16];
    time_t now = time(NULL);
    struct tm broken;
    size_t refused = 0;
    pthread_mutex_lock(&suite->lock);
    if (!suite->known_applied) {
        strftime(today, sizeof today, "%Y-%m-%d", gmtime_r(&now, &broken));
        suite->known_good =
            known_apply(&suite->known, json_object_get(hello, "versions"), today, complain_place, &refused);
        suite->known_applied = true;
    }
    bool good = suite->known_good;
    pthread_mutex_unlock(&suite->lock);
    return good;
}

/* Server and first testee. False, with the reason unless the run is to end, when they cannot be had. */
static bool open_lane(struct worker *worker, struct lane *lane, char **reason)
{
    struct suite *suite = worker->suite;
    char *problem = NULL;
    if (!open_server(suite, lane, &problem) || !enter(worker, lane, &problem)) {
        if (signals_came() == 0) {
            struct ending ending = {.outcome = JUDGE_SUITE_FAULT, .message = problem};
            char *id = memory_format("database/%s", spec_database_name(lane->ground.kind));
            complain("%s", problem);
            suite_record_trouble(worker, id, &ending);
            *reason = memory_format("%s failed", id);
            free(id);
        } else {
            free(problem);
        }
        return false;
    }
    if (!suite_begin(worker)) {
        *reason = flow_stops(suite) ? NULL : memory_copy("testee/hello failed");
        return false;
    }
    lane->hello = json_incref(worker->world.hello.json);
    if (!apply_known(suite, lane->hello)) {
        flow_give_up(suite, 2);
        return false;
    }
    return true;
}

static const char *lost_reason(struct suite *suite, const struct lane *lane)
{
    pthread_mutex_lock(&suite->lock);
    const char *reason = lane->state == LANE_LOST ? lane->lost : NULL;
    pthread_mutex_unlock(&suite->lock);
    return reason;
}

static enum lane_state state_of(struct suite *suite, const struct lane *lane)
{
    pthread_mutex_lock(&suite->lock);
    enum lane_state state = lane->state;
    pthread_mutex_unlock(&suite->lock);
    return state;
}

static void set_state(struct suite *suite, struct lane *lane, enum lane_state state)
{
    pthread_mutex_lock(&suite->lock);
    lane->state = state;
    pthread_cond_broadcast(&suite->changed);
    pthread_mutex_unlock(&suite->lock);
}

static void lose_lane(struct suite *suite, struct lane *lane, char *reason)
{
    pthread_mutex_lock(&suite->lock);
    lane->state = LANE_LOST;
    if (lane->lost == NULL) {
        lane->lost = reason;
    } else {
        free(reason);
    }
    pthread_cond_broadcast(&suite->changed);
    pthread_mutex_unlock(&suite->lock);
}

static void end_lane(struct lane *lane)
{
    database_server_stop(lane->server);
    ground_end(&lane->ground);
    json_decref(lane->hello);
    free(lane->scratch);
    free(lane->lost);
}

/* ---- units ------------------------------------------------------------------------------------------------------- */

static void add_unit(struct suite *suite, struct slot *slot)
{
    const struct spec_case *test = slot->item->test;
    const struct spec_schema *schema = test->fresh ? NULL : test->schema;
    struct unit *last = suite->unit_count > 0 ? &suite->units[suite->unit_count - 1] : NULL;
    if (last != NULL && last->lane == slot->lane && last->schema == schema && last->count < UNIT_CASES) {
        last->count++;
        return;
    }
    suite->units[suite->unit_count++] =
        (struct unit){.lane = slot->lane, .schema = schema, .slots = slot, .count = 1};
}

static void plan(struct suite *suite)
{
    suite->slot_count = suite->lane_count * suite->selection.count;
    suite->slots = memory_array(suite->slot_count + 1, sizeof *suite->slots);
    suite->units = memory_array(suite->slot_count + 1, sizeof *suite->units);
    suite->trials = memory_array(suite->lane_count * suite->spec->schema_count + 1, sizeof *suite->trials);
    for (size_t i = 0; i < suite->slot_count; i++) {
        suite->slots[i].lane = &suite->lanes[i / suite->selection.count];
        suite->slots[i].item = &suite->selection.items[i % suite->selection.count];
        add_unit(suite, &suite->slots[i]);
    }
}

/* NULL for a unit whose cases make their own tables. */
static struct trial *trial_of(struct suite *suite, const struct unit *unit)
{
    if (unit->schema == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < suite->trial_count; i++) {
        if (suite->trials[i].lane == unit->lane && suite->trials[i].schema == unit->schema) {
            return &suite->trials[i];
        }
    }
    struct trial *trial = &suite->trials[suite->trial_count++];
    *trial = (struct trial){.lane = unit->lane, .schema = unit->schema};
    return trial;
}

/* How well it suits the worker; below 0: not now. */
static int suits(struct suite *suite, const struct worker *worker, const struct unit *unit)
{
    const struct trial *trial = trial_of(suite, unit);
    if (unit->taken || unit->lane->state == LANE_OPENING ||
        (trial != NULL && !trial->over && trial->workers > 0 && unit->lane->state != LANE_LOST)) {
        return -1;
    }
    int crowd = unit->lane->workers < 50 ? (int)unit->lane->workers : 50;
    int score = unit->lane == worker->lane ? 200 : 100 - crowd;
    if (worker->lane == unit->lane && unit->schema != NULL && worker->world.schema == unit->schema) {
        score += 20;
    } else if (trial == NULL || trial->workers == 0) {
        score += 10;
    }
    return score;
}

/* With one worker the order is that of the suite. NULL: there is none to be had now; *left tells whether there are any.
 */
static struct unit *choose(struct suite *suite, const struct worker *worker, bool *left)
{
    struct unit *best = NULL;
    int score = -1;
    *left = false;
    for (size_t i = 0; i < suite->unit_count; i++) {
        struct unit *unit = &suite->units[i];
        *left = *left || !unit->taken;
        int here = suits(suite, worker, unit);
        if (here >= 0 && suite->options->jobs <= 1) {
            return unit;
        }
        if (here > score) {
            best = unit;
            score = here;
        }
    }
    return best;
}

static struct unit *claim(struct worker *worker)
{
    struct suite *suite = worker->suite;
    struct unit *unit = NULL;
    bool left = true;
    pthread_mutex_lock(&suite->lock);
    while (!suite->stop && signals_came() == 0 && (unit = choose(suite, worker, &left)) == NULL && left) {
        pthread_cond_wait(&suite->changed, &suite->lock);
    }
    if (unit != NULL) {
        struct trial *trial = trial_of(suite, unit);
        unit->taken = true;
        unit->lane->workers++;
        if (trial != NULL) {
            trial->workers++;
        }
        if (unit->lane->state == LANE_CLOSED) {
            unit->lane->state = LANE_OPENING;
        }
    }
    pthread_mutex_unlock(&suite->lock);
    return unit;
}

static void release(struct worker *worker, struct unit *unit)
{
    struct suite *suite = worker->suite;
    pthread_mutex_lock(&suite->lock);
    struct trial *trial = trial_of(suite, unit);
    unit->lane->workers--;
    if (trial != NULL) {
        trial->workers--;
    }
    pthread_cond_broadcast(&suite->changed);
    pthread_mutex_unlock(&suite->lock);
}

/* ---- workers ----------------------------------------------------------------------------------------------------- */

/* False: no further case. */
static bool begin(struct worker *worker, struct slot *slot)
{
    struct suite *suite = worker->suite;
    pthread_mutex_lock(&suite->lock);
    bool goes_on = !suite->stop && signals_came() == 0;
    if (goes_on) {
        worker->slot = slot;
        progress_show(&suite->progress, spec_database_name(slot->lane->ground.kind), suite->done,
                      suite->failed_early, slot->item->test->id);
    }
    pthread_mutex_unlock(&suite->lock);
    return goes_on;
}

/* The tables of the schema are there, or known not to be: others may come. */
static void end_trial(struct worker *worker, struct unit *unit)
{
    struct suite *suite = worker->suite;
    pthread_mutex_lock(&suite->lock);
    struct trial *trial = trial_of(suite, unit);
    if (trial != NULL && !trial->over && unit->lane->state == LANE_OPEN) {
        trial->over = world_knows(&worker->world, unit->schema) || world_obstacle(&worker->world, unit->schema) != NULL;
        pthread_cond_broadcast(&suite->changed);
    }
    pthread_mutex_unlock(&suite->lock);
}

static void run_slot(struct worker *worker, struct unit *unit)
{
    const char *lost = lost_reason(worker->suite, unit->lane);
    if (lost != NULL) {
        suite_record_skipped(worker, memory_copy(lost));
    } else if (!suite_take(worker) && !flow_stops(worker->suite)) {
        lose_lane(worker->suite, unit->lane, memory_copy("testee/hello failed"));
        suite_record_skipped(worker, memory_copy("testee/hello failed"));
    }
    finish(worker);
    end_trial(worker, unit);
}

/* False: nothing of the unit can be run, not even skipped. */
static bool open_for(struct worker *worker, struct unit *unit)
{
    struct suite *suite = worker->suite;
    struct lane *lane = unit->lane;
    char *problem = NULL, *reason = NULL;
    worker->slot = &unit->slots[0];
    switch (state_of(suite, lane)) {
    case LANE_CLOSED:
    case LANE_LOST:
        return true;
    case LANE_OPENING: /* by this worker: no other may look */
        if (!open_lane(worker, lane, &reason)) {
            bool told = reason != NULL;
            lose_lane(suite, lane, reason);
            return told;
        }
        set_state(suite, lane, LANE_OPEN);
        return true;
    case LANE_OPEN:
        if (lane != worker->lane && !enter(worker, lane, &problem)) {
            complain("%s", problem);
            free(problem);
            flow_give_up(suite, 3);
            return false;
        }
        return true;
    }
    return true;
}

static void *work(void *context)
{
    struct worker *worker = context;
    for (struct unit *unit; (unit = claim(worker)) != NULL;) {
        bool open = open_for(worker, unit);
        for (size_t i = 0; i < unit->count && open && begin(worker, &unit->slots[i]); i++) {
            run_slot(worker, unit);
        }
        release(worker, unit);
    }
    world_free(&worker->world);
    free(worker->scratch);
    return NULL;
}

/* ---- the run ----------------------------------------------------------------------------------------------------- */

static void note_lanes(struct suite *suite)
{
    for (size_t i = 0; i < suite->lane_count; i++) {
        const struct lane *lane = &suite->lanes[i];
        if (lane->state == LANE_CLOSED) {
            continue;
        }
        struct report_database *about = &suite->record.databases[suite->record.database_count++];
        *about = (struct report_database){.kind = lane->ground.kind};
        if (lane->server != NULL) {
            memcpy(about->version, database_server_version(lane->server), sizeof about->version);
        }
        if (suite->record.implementation == NULL && lane->hello != NULL) {
            suite->record.implementation = json_incref(lane->hello);
        }
    }
}

static void forget(struct suite *suite)
{
    for (size_t i = 0; i < suite->slot_count; i++) {
        for (size_t j = 0; j < suite->slots[i].count; j++) {
            report_free(suite->slots[i].results[j]);
        }
        free(suite->slots[i].results);
    }
    free(suite->slots);
    free(suite->units);
    free(suite->trials);
}

void flow_run(struct suite *suite)
{
    plan(suite);
    suite->progress = progress_start(suite->options->progress, suite->slot_count);
    size_t jobs = suite->options->jobs < 1 ? 1 : suite->options->jobs;
    jobs = jobs > suite->unit_count && suite->unit_count > 0 ? suite->unit_count : jobs;
    struct worker *workers = memory_array(jobs, sizeof *workers);
    pthread_t *threads = memory_array(jobs, sizeof *threads);
    size_t started = 1; /* the first is this thread */
    for (size_t i = 0; i < jobs; i++) {
        workers[i] = (struct worker){.suite = suite, .number = (unsigned)i + 1, .options = suite->testee};
        if (jobs > 1) {
            snprintf(workers[i].options.mark, sizeof workers[i].options.mark, "%zu| ", i + 1);
        }
    }
    while (started < jobs && pthread_create(&threads[started], NULL, work, &workers[started]) == 0) {
        started++;
    }
    work(&workers[0]);
    for (size_t i = 1; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    free(threads);
    free(workers);
    tell_on(suite, true);
    progress_hide(&suite->progress);
    note_lanes(suite);
    for (size_t i = 0; i < suite->lane_count; i++) {
        end_lane(&suite->lanes[i]);
    }
    forget(suite);
}
