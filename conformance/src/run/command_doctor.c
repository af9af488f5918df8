/* Checks an adapter for what adapters get wrong first, and says how to put it right. */
#include "base/memory.h"
#include "judge/judge.h"
#include "run/arguments.h"
#include "run/commands.h"
#include "run/complain.h"
#include "run/scratch.h"
#include "testee/result.h"
#include "testee/testee.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct doctor {
    struct testee_options options;
    const struct spec *spec;
    struct testee *testee;
    struct testee_hello hello;
    size_t complaints;
};

static void good(const char *what)
{
    printf("ok    %s\n", what);
}

static void bad(struct doctor *doctor, const char *what, const char *why, const char *advice)
{
    printf("WRONG %s\n      %s\n      advice: %s\n", what, why, advice);
    doctor->complaints++;
}

/* One request that must succeed; NULL when it did not, which was told. */
static json_t *ask(struct doctor *doctor, const char *what, const char *method, const json_t *params,
                   const char *advice)
{
    struct testee_answer answer;
    testee_call(doctor->testee, method, params, 0, &answer);
    char *wrong = answer.status == TESTEE_RESULT ? testee_check_result(method, params, answer.result) : NULL;
    json_t *result = NULL;
    if (answer.status == TESTEE_INTERRUPTED) {
        bad(doctor, what, "interrupted", "run it again");
    } else if (answer.status != TESTEE_RESULT || wrong != NULL) {
        char *why = memory_format("`%s`: %s", method, wrong != NULL ? wrong : answer.message);
        bad(doctor, what, why, advice);
        free(why);
    } else {
        result = json_incref(answer.result);
    }
    free(wrong);
    testee_answer_clear(&answer);
    return result;
}

/* ---- the checks -------------------------------------------------------------------------------------------------- */

static bool check_hello(struct doctor *doctor)
{
    static const char what[] = "hello: the greeting fits the protocol and the closed lists";
    struct testee_answer answer;
    json_t *params = json_pack("{s:i, s:s}", "protocol", SPEC_PROTOCOL, "suite", doctor->spec->version);
    testee_call(doctor->testee, "hello", params, TESTEE_HELLO_TIMEOUT, &answer);
    json_decref(params);
    char *wrong = answer.status == TESTEE_RESULT ? testee_take_hello(doctor->spec, answer.result, &doctor->hello)
                                                 : memory_copy(answer.message != NULL ? answer.message : "interrupted");
    if (wrong == NULL) {
        good(what);
    } else {
        struct text errors = {0}, why = {0};
        text_add(&why, wrong);
        testee_print_stderr(doctor->testee, 10, &errors);
        if (errors.length > 0) {
            text_format(&why, "\n      stderr: %s", errors.data);
        }
        bad(doctor, what, text_get(&why),
            testee_not_executable(doctor->testee)
                ? "the command is not found or cannot be executed: chmod +x, and a first line such as #!/usr/bin/python3"
            : answer.status == TESTEE_BROKEN ? "one line of JSON per request, flushed at once; logs and prints belong on "
                                             "stderr: move the real stdout to a "
                                             "descriptor of its own at the start, and point 1 at 2"
                                           : "see spec/protocol.md, section 5");
        text_free(&errors);
        text_free(&why);
    }
    free(wrong);
    testee_answer_clear(&answer);
    return doctor->hello.json != NULL;
}

static void check_unknown(struct doctor *doctor)
{
    static const char what[] = "a method that does not exist is answered with -32601";
    struct testee_answer answer;
    testee_call(doctor->testee, "no_such_method", NULL, 0, &answer);
    if (answer.status == TESTEE_ABSENT) {
        good(what);
    } else {
        bad(doctor, what, answer.message != NULL ? answer.message : "it was answered with a result or a kind",
            "look the method up in a table, and answer what is not there with {\"code\": -32601}; go on serving");
    }
    testee_answer_clear(&answer);
}

static void check_quiet(struct doctor *doctor)
{
    static const char what[] = "standard output carries answers only";
    struct testee_answer answer = {0};
    if (testee_quiet(doctor->testee, 0.3, &answer)) {
        good(what);
    } else {
        bad(doctor, what, answer.message,
            "a library prints: point descriptor 1 at 2 and write answers to a copy of the real stdout");
    }
    testee_answer_clear(&answer);
}

/* What adapters lose on the way: a name, a column, a value. */
static const struct {
    const char *what, *column, *json;
} awkward[] = {
    {"null", "t", "null"},
    {"the empty text", "t", "\"\""},
    {"quotes, a backslash and a line end", "t", "\"it's \\\"\\\\\\n\\t\""},
    {"letters beyond ASCII", "t", "\"Gr\\u00fc\\u00dfe \\u65e5\\u672c \\ud83d\\ude00\""},
    {"U+2028, which some JSON writers break lines at", "t", "\"a\\u2028b\""},
    {"U+0000 inside a text", "t", "\"a\\u0000b\""},
    {"the largest integer that travels as itself", "i", "9007199254740991"},
    {"an integer beyond 2^53", "i", "{\"$\": \"int\", \"v\": \"9223372036854775807\"}"},
    {"true", "b", "true"},
    {"false", "b", "false"},
    {"a float that needs 17 digits", "f", "{\"$\": \"float\", \"v\": \"0.30000000000000004\"}"},
    {"a float without a fraction", "f", "{\"$\": \"float\", \"v\": \"2.0\"}"},
    {"minus zero", "f", "{\"$\": \"float\", \"v\": \"-0.0\"}"},
    {"NaN", "f", "{\"$\": \"float\", \"v\": \"NaN\"}"},
    {"infinity", "f", "{\"$\": \"float\", \"v\": \"-Infinity\"}"},
    {"a datetime with microseconds", "m", "{\"$\": \"datetime\", \"v\": \"2024-02-29T23:59:59.000001\"}"},
    {"a date", "d", "{\"$\": \"date\", \"v\": \"2024-02-29\"}"},
    {"a document", "j", "{\"$\": \"json\", \"v\": {\"a\": [1, 2.5, null, {\"$\": \"x\"}], \"\": \"\"}}"},
};

static const char schema_text[] =
    "{\"name\":\"doctor\",\"models\":[{\"name\":\"Thing\",\"table\":\"thing\",\"columns\":["
    "{\"name\":\"id\",\"type\":\"integer\",\"primary_key\":true},{\"name\":\"t\",\"type\":\"text\"},{\"name\":\"i\","
    "\"type\":\"integer\"},"
    "{\"name\":\"b\",\"type\":\"boolean\"},{\"name\":\"f\",\"type\":\"float\"},{\"name\":\"m\",\"type\":\"datetime\"},"
    "{\"name\":\"d\",\"type\":\"date\"},{\"name\":\"j\",\"type\":\"json\"}]}],\"tables\":[],"
    "\"sha256\":\"0000000000000000000000000000000000000000000000000000000000000000\"}";

static void check_value(struct doctor *doctor, size_t index)
{
    char *what = memory_format("there and back by `new` and `get`: %s", awkward[index].what);
    json_t *value = json_loads(awkward[index].json, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    json_t *params = json_pack("{s:s, s:{s:O}}", "model", "Thing", "values", awkward[index].column, value);
    json_t *object = ask(doctor, what, "new", params, "see spec/protocol.md, section 2");
    json_decref(params);
    if (object != NULL) {
        params = json_pack("{s:O, s:s}", "obj", object, "name", awkward[index].column);
        json_t *back = ask(doctor, what, "get", params, "see spec/protocol.md, section 2");
        struct judge_scope scope = {.database = SPEC_SQLITE, .facts = doctor->hello.facts};
        char *path = NULL, *why = NULL;
        if (back != NULL && judge_match(&scope, value, back, &path, &why)) {
            good(what);
        } else if (back != NULL) {
            bad(doctor, what, why,
                "decode each tagged value to the language's own type, and encode by the type when it goes back");
        }
        free(path);
        free(why);
        json_decref(back);
        json_decref(params);
    }
    json_decref(object);
    json_decref(value);
    free(what);
}

/* In memory only: `open` does not connect, and nothing is stored. */
static void check_values(struct doctor *doctor, const char *folder)
{
    if (doctor->hello.fixed || !testee_declares(&doctor->hello, "core")) {
        printf("--    values: not looked at (%s)\n",
               doctor->hello.fixed ? "the models are compiled in" : "core is not declared");
        return;
    }
    char *path = memory_format("%s/doctor.sqlite", folder), *url = memory_format("sqlite:///%s", path);
    json_t *params =
        doctor->hello.speaks[SPEC_SQLITE]
            ? json_pack("{s:s, s:s, s:s, s:s}", "url", url, "root", folder, "dialect", "sqlite", "path", path)
            : json_pack("{s:s, s:s, s:s, s:s, s:i, s:s, s:s}", "url", "postgresql://doctor@127.0.0.1:1/doctor", "root",
                        folder, "dialect", "postgresql", "host", "127.0.0.1", "port", 1, "user", "doctor", "dbname",
                        "doctor");
    json_t *result = ask(doctor, "open", "open", params, "`open` takes the URL and its parts, and does not connect");
    bool opened = result != NULL;
    json_decref(result);
    json_decref(params);
    free(url);
    free(path);
    if (!opened) {
        return;
    }
    params = json_pack("{s:o}", "schema", json_loads(schema_text, 0, NULL));
    result = ask(doctor, "define", "define", params,
                 "models are made from the schema's description: spec/protocol.md, section 6");
    for (size_t i = 0; result != NULL && testee_alive(doctor->testee) && i < sizeof awkward / sizeof *awkward; i++) {
        check_value(doctor, i);
    }
    json_decref(result);
    json_decref(params);
}

static void check_reset(struct doctor *doctor)
{
    json_t *result = ask(doctor, "reset", "reset", NULL, "`reset` rolls back and closes every session, and answers {}");
    if (result != NULL) {
        good("reset is answered with {}");
    }
    json_decref(result);
}

static void check_end(struct doctor *doctor)
{
    static const char what[] = "it exits with status 0 within 2 s of the end of its input";
    char *problem = NULL;
    if (!testee_alive(doctor->testee)) {
        testee_kill(doctor->testee);
        return;
    }
    if (testee_stop(doctor->testee, &problem)) {
        good(what);
    } else {
        bad(doctor, what, problem, "leave the loop when reading gives nothing, and do not wait for threads or pools");
    }
    free(problem);
}

/* ---- the command ------------------------------------------------------------------------------------------------- */

static int examine(struct doctor *doctor)
{
    char *problem = NULL;
    doctor->testee = testee_launch(&doctor->options, &problem);
    if (doctor->testee == NULL) {
        complain("%s", problem);
        free(problem);
        return 2;
    }
    testee_know(doctor->testee, doctor->spec);
    char *folder = scratch_make(&problem);
    if (folder == NULL) {
        complain("%s", problem);
        free(problem);
        testee_kill(doctor->testee);
        return 3;
    }
    if (check_hello(doctor)) {
        check_unknown(doctor);
    }
    if (testee_alive(doctor->testee) && doctor->hello.json != NULL) {
        check_values(doctor, folder);
    }
    if (testee_alive(doctor->testee) && doctor->hello.json != NULL) {
        check_reset(doctor);
    }
    if (testee_alive(doctor->testee)) {
        check_quiet(doctor);
    }
    check_end(doctor);
    scratch_remove(folder);
    free(folder);
    testee_hello_clear(&doctor->hello);
    if (signals_came() != 0) {
        return 128 + signals_came();
    }
    if (doctor->complaints == 0) {
        puts("nothing to complain of");
    } else {
        printf("%zu complaints\n", doctor->complaints);
    }
    return doctor->complaints == 0 ? 0 : 1;
}

int command_doctor(const struct place_of_run *place, int count, char **words)
{
    struct strings others = {0};
    bool help = false, timed = false;
    double timeout = TESTEE_TIMEOUT;
    const struct argument table[] = {
        {"--timeout", ARGUMENT_NUMBER, &timeout, &timed, "SECONDS", "for one operation (default: 10)"},
        {"--help", ARGUMENT_FLAG, &help, NULL, NULL, "this"},
        {NULL, ARGUMENT_FLAG, NULL, NULL, NULL, NULL},
    };
    char *problem = NULL;
    int status = 2;
    if (!arguments_parse(table, count, words, &others, &problem)) {
        complain("doctor: %s", problem);
    } else if (help) {
        printf("usage: %s doctor [OPTION]… NAME|COMMAND\n\nChecks an adapter for what adapters get wrong first: "
               "framing, the greeting, values on their way\n"
               "there and back, a clean standard output, the exit. Exit status: 0 nothing to complain of, 1 "
               "complaints.\n\n",
               place->program);
        arguments_print(table);
        status = 0;
    } else if (timed && timeout <= 0) {
        complain("doctor: --timeout must be more than 0");
    } else if (others.count != 1) {
        complain("doctor: one adapter's name or command is needed");
    } else {
        size_t refused = 0;
        struct spec *spec = spec_load(place->root, NULL, complain_place, &refused);
        signals_watch();
        struct doctor doctor = {
            .options = {.root = place->root, .impl = others.items[0], .timeout = timeout, .interrupt_fd = signals_fd()},
            .spec = spec};
        status = spec == NULL ? 2 : examine(&doctor);
        spec_free(spec);
    }
    free(problem);
    strings_free(&others);
    return status;
}
