#include "run/world.h"

#include "base/memory.h"
#include "testee/result.h"

#include <stdlib.h>
#include <string.h>

void ending_clear(struct ending *ending)
{
    json_decref(ending->expected);
    json_decref(ending->actual);
    free(ending->path);
    free(ending->message);
    free(ending->group);
    *ending = (struct ending){0};
}

/* ---- testee and database ----------------------------------------------------------------------------------------- */

enum testee_failure world_start(struct world *world, char **problem)
{
    *problem = NULL;
    if (testee_alive(world->testee)) {
        return TESTEE_STARTED;
    }
    world_close(world);
    return testee_start(world->options, world->spec, &world->testee, &world->hello, problem);
}

static void close_database(struct world *world)
{
    database_drop(world->database);
    world->database = NULL;
    world->schema = NULL;
    json_decref(world->tables);
    world->tables = NULL;
    transcript_forget(&world->transcript);
}

void world_close(struct world *world)
{
    if (testee_alive(world->testee)) {
        char *problem;
        testee_stop(world->testee, &problem);
        free(problem);
    } else {
        testee_kill(world->testee);
    }
    world->testee = NULL;
    testee_hello_clear(&world->hello);
    close_database(world);
}

void world_free(struct world *world)
{
    world_close(world);
    transcript_free(&world->transcript);
    json_decref(world->environment);
    *world = (struct world){0};
}

/* ---- the ground -------------------------------------------------------------------------------------------------- */

void ground_begin(struct ground *ground, enum spec_database kind)
{
    *ground = (struct ground){.kind = kind};
    pthread_mutex_init(&ground->lock, NULL);
}

void ground_end(struct ground *ground)
{
    while (ground->obstacles != NULL) {
        struct obstacle *next = ground->obstacles->next;
        free(ground->obstacles->id);
        free(ground->obstacles);
        ground->obstacles = next;
    }
    free(ground->compared);
    pthread_mutex_destroy(&ground->lock);
}

static const struct obstacle *find_obstacle(const struct ground *ground, const struct spec_schema *schema)
{
    for (const struct obstacle *obstacle = ground->obstacles; obstacle != NULL; obstacle = obstacle->next) {
        if (obstacle->schema == schema) {
            return obstacle;
        }
    }
    return NULL;
}

const struct obstacle *world_obstacle(const struct world *world, const struct spec_schema *schema)
{
    pthread_mutex_lock(&world->ground->lock);
    const struct obstacle *found = find_obstacle(world->ground, schema);
    pthread_mutex_unlock(&world->ground->lock);
    return found;
}

const struct obstacle *world_add_obstacle(struct world *world, const struct spec_schema *schema, const char *id)
{
    struct obstacle *obstacle = memory_get(sizeof *obstacle);
    pthread_mutex_lock(&world->ground->lock);
    *obstacle = (struct obstacle){
        .schema = schema, .id = id == NULL ? NULL : memory_copy(id), .next = world->ground->obstacles};
    world->ground->obstacles = obstacle;
    pthread_mutex_unlock(&world->ground->lock);
    return obstacle;
}

bool world_knows(const struct world *world, const struct spec_schema *schema)
{
    struct ground *ground = world->ground;
    bool known = false;
    pthread_mutex_lock(&ground->lock);
    for (size_t i = 0; i < ground->compared_count && !known; i++) {
        known = ground->compared[i] == schema;
    }
    pthread_mutex_unlock(&ground->lock);
    return known;
}

static void note_compared(struct ground *ground, const struct spec_schema *schema)
{
    pthread_mutex_lock(&ground->lock);
    ground->compared = memory_resize(ground->compared, ground->compared_count + 1, sizeof *ground->compared);
    ground->compared[ground->compared_count++] = schema;
    pthread_mutex_unlock(&ground->lock);
}

/* ---- requests ---------------------------------------------------------------------------------------------------- */

void world_call(struct world *world, const char *method, const json_t *params, struct testee_answer *answer)
{
    testee_call(world->testee, method, params, 0, answer);
    transcript_call(&world->transcript, method, params, answer);
}

bool world_request(struct world *world, const char *method, const json_t *params, json_t **result,
                   struct ending *ending)
{
    struct testee_answer answer;
    *result = NULL;
    world_call(world, method, params, &answer);
    char *wrong = answer.status == TESTEE_RESULT ? testee_check_result(method, params, answer.result) : NULL;
    switch (answer.status) {
    case TESTEE_RESULT:
        if (wrong == NULL) {
            *result = json_incref(answer.result);
        } else {
            ending->outcome = JUDGE_MISBEHAVED;
            ending->message = memory_format("`%s` was answered with %s", method, wrong);
        }
        break;
    case TESTEE_RAISED:
        ending->outcome = JUDGE_NOT_MET;
        ending->message = memory_format("`%s` raised %s: %s", method, answer.kind, answer.message);
        break;
    case TESTEE_ABSENT:
        ending->outcome = JUDGE_NOT_MET;
        ending->absent = true;
        ending->message = memory_format("`%s` was answered with -32601, so a declared capability is missing: %s",
                                        method, answer.message);
        break;
    case TESTEE_FAILED:
        ending->outcome = JUDGE_MISBEHAVED;
        ending->message = memory_format("`%s` failed in the testee itself: %s", method, answer.message);
        break;
    case TESTEE_BROKEN:
        ending->outcome = JUDGE_MISBEHAVED;
        ending->message = memory_copy(answer.message);
        break;
    case TESTEE_INTERRUPTED:
        ending->interrupted = true;
        break;
    }
    free(wrong);
    testee_answer_clear(&answer);
    return *result != NULL;
}

static bool request(struct world *world, const char *method, const json_t *params, struct ending *ending)
{
    json_t *result;
    bool good = world_request(world, method, params, &result, ending);
    json_decref(result);
    return good;
}

static bool database_did(enum database_status status, const char *what, char *problem, struct ending *ending)
{
    if (status == DATABASE_FINE) {
        return true;
    }
    ending->outcome = status == DATABASE_LOCKED ? JUDGE_MISBEHAVED : JUDGE_SUITE_FAULT;
    ending->message = memory_format("%s: %s", what, problem == NULL ? "unknown" : problem);
    free(problem);
    return false;
}

/* ---- schemas ----------------------------------------------------------------------------------------------------- */

/* `test` is NULL or a case that may ask for the enforcement of foreign keys, which PostgreSQL always has. */
static bool open_database(struct world *world, const char *root, const struct spec_case *test, struct ending *ending)
{
    char *problem = NULL;
    close_database(world);
    world->database = database_make(world->ground->server, &problem);
    if (!database_did(world->database == NULL ? DATABASE_LOST : DATABASE_FINE, "a new database", problem, ending)) {
        return false;
    }
    json_t *params = json_copy((json_t *)database_address(world->database));
    json_object_set_new(params, "root", json_string(root));
    if (test != NULL && test->with_tables && world->kind == SPEC_SQLITE) {
        json_object_set_new(params, "foreign_keys", json_boolean(test->foreign_keys));
    }
    bool good = request(world, "open", params, ending);
    json_decref(params);
    return good;
}

void world_use(struct world *world, const struct spec_schema *schema, json_t *result)
{
    json_decref(world->tables);
    world->tables = json_incref(json_object_get(result, "tables"));
    database_use(world->database, schema->json, world->tables, world->hello.facts);
}

static bool define(struct world *world, const struct spec_schema *schema, struct ending *ending)
{
    json_t *params = json_pack("{s:O}", "schema", schema->json), *result;
    bool good = world_request(world, "define", params, &result, ending);
    json_decref(params);
    if (good) {
        world_use(world, schema, result);
    }
    json_decref(result);
    return good;
}

static bool compare(struct world *world, const struct spec_schema *schema, struct ending *ending)
{
    char *difference = NULL, *problem = NULL;
    if (world_knows(world, schema)) {
        return true;
    }
    if (!database_did(database_compare(world->database, &difference, &problem), "reading the tables", problem,
                      ending)) {
        return false;
    }
    if (difference != NULL) {
        ending->outcome = testee_declares(&world->hello, "ddl") ? JUDGE_NOT_MET : JUDGE_SUITE_FAULT;
        ending->message = difference;
        return false;
    }
    note_compared(world->ground, schema);
    return true;
}

static bool make_tables(struct world *world, struct ending *ending)
{
    char *problem = NULL;
    if (testee_declares(&world->hello, "ddl") && !world->own_tables) {
        return request(world, "create_all", NULL, ending);
    }
    return database_did(database_create_tables(world->database, &problem), "making the tables", problem, ending);
}

static bool learn(struct world *world, struct ending *ending)
{
    char *problem = NULL;
    return database_did(database_learn(world->database, &problem), "reading the sequences", problem, ending);
}

/* The steps that lead to a schema's tables, by the names under which a failure is reported. */
static const char *prepare(struct world *world, const struct spec_schema *schema, struct ending *ending)
{
    if (!open_database(world, world->scratch, NULL, ending)) {
        return "open";
    }
    if (!define(world, schema, ending)) {
        return "define";
    }
    if (!make_tables(world, ending)) {
        return "create_all";
    }
    /* Tables first: what is missing there would only look strange in the statements on rows. */
    if (!compare(world, schema, ending) || !learn(world, ending)) {
        return "shape";
    }
    return NULL;
}

enum world_state world_prepare(struct world *world, const struct spec_schema *schema, struct ending *ending, char **id)
{
    *id = NULL;
    if (world->database != NULL && world->schema == schema) {
        return WORLD_READY;
    }
    const char *failed = prepare(world, schema, ending);
    if (failed == NULL) {
        world->schema = schema;
        return WORLD_READY;
    }
    if (ending->interrupted) {
        return WORLD_INTERRUPTED;
    }
    if (ending->absent && world->hello.fixed) {
        return WORLD_WITHOUT_SCHEMA;
    }
    *id = memory_format("schema/%s/%s", schema->name, failed);
    return WORLD_FAILED;
}

bool world_prepare_fresh(struct world *world, const struct spec_case *test, const char *folder, struct ending *ending)
{
    if (!open_database(world, folder, test, ending)) {
        return false;
    }
    if (test->schema != NULL && !define(world, test->schema, ending)) {
        return false;
    }
    if (test->with_tables) {
        return make_tables(world, ending) && learn(world, ending);
    }
    if (test->schema != NULL) {
        return true;
    }
    database_use(world->database, NULL, NULL, world->hello.facts);
    return true;
}

bool world_tidy(struct world *world, struct ending *ending)
{
    char *problem = NULL;
    if (!request(world, "reset", NULL, ending)) {
        return false;
    }
    if (world->schema == NULL) {
        close_database(world);
        return true;
    }
    return database_did(database_clear(world->database, &problem), "deleting the rows after the case", problem, ending);
}

void world_abandon(struct world *world)
{
    testee_kill(world->testee);
    world->testee = NULL;
    world_close(world);
}
