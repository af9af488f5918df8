#include "run/case.h"

#include "base/base64.h"
#include "base/memory.h"
#include "run/scratch.h"
#include "testee/result.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- what a step came to ----------------------------------------------------------------------------------------- */

static bool end(struct ending *ending, enum judge_outcome outcome, char *message)
{
    ending->outcome = outcome;
    ending->message = message;
    return false;
}

static json_t *expected_error(const struct spec_step *step)
{
    return json_pack("{s:O}", "error", step->error);
}

static bool judge_result(const struct judge_scope *scope, const struct spec_step *step, json_t *result,
                         struct ending *ending)
{
    if (step->error != NULL) {
        ending->expected = expected_error(step);
        ending->actual = json_pack("{s:O}", "result", result);
        return end(ending, JUDGE_NOT_MET, memory_copy("it succeeded, but an error was expected"));
    }
    if (step->expect != NULL && !judge_match(scope, step->expect, result, &ending->path, &ending->message)) {
        ending->outcome = JUDGE_NOT_MET;
        ending->expected = json_incref(step->expect);
        ending->actual = json_incref(result);
        return false;
    }
    if (step->bind != NULL) {
        json_object_set(scope->bound, step->bind, result);
    }
    return true;
}

static bool judge_raised(const struct judge_scope *scope, const struct spec_step *step,
                         const struct testee_answer *answer, struct ending *ending)
{
    char *why = NULL;
    if (step->error != NULL && judge_error(scope, step->error, answer->data, answer->message, &why)) {
        return true;
    }
    ending->expected = step->error != NULL    ? expected_error(step)
                       : step->expect != NULL ? json_incref(step->expect)
                                              : NULL;
    ending->actual = json_pack("{s:O, s:s}", "error", answer->data, "message", answer->message);
    if (json_object_size(answer->data) == 1) {
        json_object_set_new(ending->actual, "error", json_string(answer->kind));
    }
    return end(ending, JUDGE_NOT_MET,
               why != NULL ? why : memory_format("it raised %s: %s", answer->kind, answer->message));
}

/* `got` is NULL, or gets the result, to be released with json_decref. */
static bool send_step(struct world *world, const struct judge_scope *scope, const struct spec_step *step,
                      const json_t *params, json_t **got, struct ending *ending)
{
    const struct spec_operation *operation = step->operation;
    struct testee_answer answer;
    bool good = false;
    world_call(world, operation->name, params, &answer);
    switch (answer.status) {
    case TESTEE_RESULT: {
        char *wrong = testee_check_result(operation->name, params, answer.result);
        if (wrong != NULL) {
            end(ending, JUDGE_MISBEHAVED, memory_format("`%s` was answered with %s", operation->name, wrong));
            free(wrong);
        } else {
            good = judge_result(scope, step, answer.result, ending);
            if (got != NULL) {
                *got = json_incref(answer.result);
            }
        }
        break;
    }
    case TESTEE_RAISED:
        good = judge_raised(scope, step, &answer, ending);
        break;
    case TESTEE_ABSENT:
        ending->absent = true;
        end(ending, JUDGE_NOT_MET,
            memory_format("`%s` was answered with -32601, but %s is declared: %s", operation->name,
                          operation->needs == NULL ? "core" : operation->needs, answer.message));
        break;
    case TESTEE_FAILED:
        end(ending, JUDGE_MISBEHAVED,
            memory_format("`%s` failed in the testee itself: %s", operation->name, answer.message));
        break;
    case TESTEE_BROKEN:
        end(ending, JUDGE_MISBEHAVED, memory_copy(answer.message));
        break;
    case TESTEE_INTERRUPTED:
        ending->interrupted = true;
        break;
    }
    testee_answer_clear(&answer);
    return good;
}

/* ---- the runner's own steps -------------------------------------------------------------------------------------- */

/* Text, or the bytes of {$: bytes, v: base64}. */
static bool write_file(const struct judge_scope *scope, const json_t *params, char **problem)
{
    const char *folder = json_string_value(json_object_get(scope->environment, "dir")),
               *file = json_string_value(json_object_get(params, "file"));
    const json_t *text = json_object_get(params, "text"), *coded = json_object_get(text, "v");
    if (coded == NULL) {
        return scratch_write(folder, file, json_string_value(text), json_string_length(text), problem);
    }
    size_t size;
    unsigned char *bytes = base64_decode(json_string_value(coded), &size);
    bool good = scratch_write(folder, file, bytes, size, problem);
    free(bytes);
    return good;
}

static enum database_status own_result(struct world *world, const struct judge_scope *scope, const char *name,
                                       const json_t *params, json_t **result, char **problem)
{
    if (strcmp(name, "stored") == 0) {
        return database_stored(world->database, params, result, problem);
    }
    if (strcmp(name, "shape") == 0) {
        return database_shape(world->database, params, result, problem);
    }
    if (strcmp(name, "behind") == 0) {
        *result = json_object();
        return database_behind(world->database, params, problem);
    }
    if (strcmp(name, "files") == 0) {
        *result = scratch_list(json_string_value(json_object_get(scope->environment, "dir")),
                               json_string_value(json_object_get(params, "like")));
        return DATABASE_FINE;
    }
    if (strcmp(name, "write") == 0) {
        *result = json_object();
        return write_file(scope, params, problem) ? DATABASE_FINE : DATABASE_LOST;
    }
    *problem = memory_format("the runner has no step `%s`", name);
    return DATABASE_LOST;
}

/* Whose fault is it that a statement of the runner failed? The tables of a schema were found right before, so what does
 * not fit them is the suite's; those of a fresh case, the rows and the locks are the testee's doing. */
static enum judge_outcome blame(const struct spec_case *test, const char *name, enum database_status status)
{
    if (status == DATABASE_LOST || (status == DATABASE_REFUSED && strcmp(name, "behind") == 0 && !test->fresh)) {
        return JUDGE_SUITE_FAULT;
    }
    return JUDGE_NOT_MET;
}

static bool own_step(struct world *world, const struct judge_scope *scope, const struct spec_case *test,
                     const struct spec_step *step, const json_t *params, struct ending *ending)
{
    json_t *result = NULL;
    char *problem = NULL;
    enum database_status status = own_result(world, scope, step->operation->name, params, &result, &problem);
    transcript_own(&world->transcript, step->operation->name, params, result, problem);
    bool good = status == DATABASE_FINE && judge_result(scope, step, result, ending);
    if (status != DATABASE_FINE) {
        ending->expected = json_incref(step->expect);
        end(ending, blame(test, step->operation->name, status),
            memory_format("`%s`, through the runner's own connection: %s", step->operation->name, problem));
    }
    json_decref(result);
    free(problem);
    return good;
}

/* ---- what a case asks of the server ------------------------------------------------------------------------------ */

/* A name that `env` takes from the environment and that this server does not have ("pg.password"), or NULL. */
static const char *missing_in(const struct judge_scope *scope, const json_t *json)
{
    const char *operator= json_string_value(json_object_get(json, "~")),
               *text = json_string_value(json_object_get(json, "v"));
    if (operator!= NULL && strcmp(operator, "db") == 0) {
        return missing_in(scope, json_object_get(json, spec_database_name(scope->database)));
    }
    if (operator!= NULL && strcmp(operator, "env") == 0 && text != NULL) {
        static const char *const names[] = {"pg.socket", "pg.host",          "pg.port",    "pg.user",
                                            "pg.dbname", "pg.password_user", "pg.password"};
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            char *mention = memory_format("${%s}", names[i]);
            bool missing = strstr(text, mention) != NULL && json_object_get(scope->environment, names[i]) == NULL;
            free(mention);
            if (missing) {
                return names[i];
            }
        }
        return NULL;
    }
    const char *key, *found = NULL;
    json_t *value;
    size_t index;
    json_array_foreach((json_t *)json, index, value)
    {
        found = found != NULL ? found : missing_in(scope, value);
    }
    json_object_foreach((json_t *)json, key, value)
    {
        found = found != NULL ? found : missing_in(scope, value);
    }
    return found;
}

static const char *misses(const struct spec_case *test, const struct judge_scope *scope)
{
    for (size_t i = 0; i < test->step_count; i++) {
        const struct spec_step *step = &test->steps[i];
        const char *missing = judge_when(scope, step->when) ? missing_in(scope, step->params) : NULL;
        if (missing != NULL) {
            return missing;
        }
    }
    return NULL;
}

/* ---- the case ---------------------------------------------------------------------------------------------------- */

/* A testee with compiled-in models is not judged on those that it does not have. */
static void without_schema(const struct world *world, const char *schema, struct ending *ending)
{
    if (world->hello.fixed) {
        free(ending->message);
        ending->outcome = JUDGE_UNDECLARED;
        ending->group = memory_format("schema %s", schema);
        ending->message = memory_format("the testee was not compiled with the schema %s", schema);
    }
}

/* A step that names a schema sends it whole. */
static bool define_step(struct world *world, const struct judge_scope *scope, const struct spec_step *step,
                        const json_t *params, struct ending *ending)
{
    const char *name = json_string_value(json_object_get(params, "schema"));
    const struct spec_schema *schema = spec_find_schema(world->spec, name);
    if (schema == NULL) {
        return end(ending, JUDGE_SUITE_FAULT, memory_format("there is no schema %s", name));
    }
    json_t *whole = json_pack("{s:O}", "schema", schema->json), *result = NULL;
    bool good = send_step(world, scope, step, whole, &result, ending);
    if (ending->absent) {
        without_schema(world, name, ending);
    } else if (good && result != NULL) {
        world_use(world, schema, result);
    }
    json_decref(result);
    json_decref(whole);
    return good;
}

static bool run_step(struct world *world, const struct judge_scope *scope, const struct spec_case *test,
                     const struct spec_step *step, struct ending *ending)
{
    char *problem = NULL;
    json_t *params = judge_resolve(scope, step->params, &problem);
    if (params == NULL) {
        return end(ending, JUDGE_SUITE_FAULT, problem);
    }
    bool good = step->operation->own ? own_step(world, scope, test, step, params, ending)
                : strcmp(step->operation->name, "define") == 0 ? define_step(world, scope, step, params, ending)
                                                               : send_step(world, scope, step, params, NULL, ending);
    json_decref(params);
    return good;
}

static bool run_steps(struct world *world, const struct judge_scope *scope, const struct spec_case *test,
                      struct ending *ending)
{
    for (size_t i = 0; i < test->step_count; i++) {
        const struct spec_step *step = &test->steps[i];
        world->transcript.step = i + 1;
        if (judge_when(scope, step->when) && !run_step(world, scope, test, step, ending)) {
            ending->step = i + 1;
            ending->at = step;
            return false;
        }
    }
    return true;
}

static bool load_rows(struct world *world, const struct spec_case *test, struct ending *ending)
{
    char *problem = NULL;
    if (test->rows == NULL) {
        return true;
    }
    enum database_status status = database_load(world->database, test->rows, &problem);
    transcript_own(&world->transcript, "rows", test->rows, NULL, problem);
    if (status == DATABASE_FINE) {
        return true;
    }
    char *message = memory_format("loading the case's rows: %s", problem);
    free(problem);
    return end(ending, status == DATABASE_LOCKED ? JUDGE_MISBEHAVED : JUDGE_SUITE_FAULT, message);
}

/* What transcripts are to leave out: names of this run alone. */
static void note_environment(struct world *world, const json_t *environment)
{
    static const char *const parts[] = {"url", "path", "dbname", "password"};
    if (!world->transcript.on) {
        return;
    }
    json_decref(world->environment);
    world->environment = json_copy((json_t *)environment);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        json_t *part = json_object_get(database_address(world->database), parts[i]);
        if (part != NULL) {
            char *name = memory_format("database.%s", parts[i]);
            json_object_set(world->environment, name, part);
            free(name);
        }
    }
    json_object_set_new(world->environment, "root", json_string(world->scratch));
}

void case_run(struct world *world, const struct spec_case *test, struct ending *ending)
{
    char *folder = memory_format("%s/case-%u", world->scratch, ++world->folders);
    *ending = (struct ending){.outcome = JUDGE_MET};
    transcript_begin(&world->transcript);
    if (mkdir(folder, 0700) != 0) {
        end(ending, JUDGE_SUITE_FAULT, memory_format("%s: %s", folder, strerror(errno)));
        free(folder);
        return;
    }
    bool ready = !test->fresh || world_prepare_fresh(world, test, folder, ending);
    if (!ready && ending->absent && test->schema != NULL) {
        without_schema(world, test->schema->name, ending);
    }
    if (ready) {
        struct judge_scope scope = {
            .database = world->kind, .bound = json_object(), .facts = world->hello.facts, .environment = json_object()};
        json_object_set_new(scope.environment, "dir", json_string(folder));
        database_environment(world->database, scope.environment);
        note_environment(world, scope.environment);
        const char *missing = misses(test, &scope);
        world->transcript.step = 0;
        if (missing != NULL) {
            end(ending, JUDGE_NOT_RUN, memory_format("the server in use has no %s", missing));
        } else if (load_rows(world, test, ending)) {
            run_steps(world, &scope, test, ending);
        }
        world->transcript.step = 0;
        json_decref(scope.bound);
        json_decref(scope.environment);
    }
    scratch_remove(folder);
    free(folder);
}
