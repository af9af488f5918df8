/* A testee's process and what it answers: every way of being wrong is told apart, and none stops the runner. */
#include "base/process.h"
#include "testee/result.h"
#include "testee/tail.h"
#include "testee/testee.h"
#include "world.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <unistd.h>

/* What main does before any testee. */
static void set_up(void)
{
    signal(SIGPIPE, SIG_IGN);
}
TestSuite(testee, .init = set_up);

static struct testee *launch(const char *script, double timeout, int interrupt_fd)
{
    char *command = memory_format("sh -c '%s'", script), *problem = NULL;
    struct testee_options options = {
        .root = "/nonexistent", .impl = command, .timeout = timeout, .interrupt_fd = interrupt_fd};
    struct testee *testee = testee_launch(&options, &problem);
    cr_assert_not_null(testee, "%s", problem == NULL ? "" : problem);
    free(command);
    return testee;
}

/* ---- answers ----------------------------------------------------------------------------------------------------- */

/* `script` answers the first request. `says` is in the message, or is the kind. */
static const struct {
    const char *name, *script;
    enum testee_status status;
    const char *says;
} answers[] = {
    {"result", "read x; echo \"{\\\"id\\\":1,\\\"result\\\":{}}\"; read x", TESTEE_RESULT, NULL},
    {"with jsonrpc", "read x; echo \"{\\\"jsonrpc\\\":\\\"2.0\\\",\\\"id\\\":1,\\\"result\\\":null}\"; read x",
     TESTEE_RESULT, NULL},
    {"raised",
     "read x; echo "
     "\"{\\\"id\\\":1,\\\"error\\\":{\\\"code\\\":-32000,\\\"message\\\":\\\"m\\\",\\\"data\\\":{\\\"kind\\\":"
     "\\\"data\\\"}}}\"; read x",
     TESTEE_RAISED, "data"},
    {"inner kind",
     "read x; echo "
     "\"{\\\"id\\\":1,\\\"error\\\":{\\\"code\\\":-32000,\\\"message\\\":\\\"m\\\",\\\"data\\\":{\\\"kind\\\":"
     "\\\"integrity\\\"}}}\"; read x",
     TESTEE_RAISED, "integrity"},
    {"unknown kind",
     "read x; echo "
     "\"{\\\"id\\\":1,\\\"error\\\":{\\\"code\\\":-32000,\\\"message\\\":\\\"m\\\",\\\"data\\\":{\\\"kind\\\":"
     "\\\"gloom\\\"}}}\"; read x",
     TESTEE_FAILED, "gloom"},
    {"no kind",
     "read x; echo \"{\\\"id\\\":1,\\\"error\\\":{\\\"code\\\":-32000,\\\"message\\\":\\\"TypeError\\\"}}\"; read x",
     TESTEE_FAILED, "TypeError"},
    {"absent",
     "read x; echo \"{\\\"id\\\":1,\\\"error\\\":{\\\"code\\\":-32601,\\\"message\\\":\\\"no such method\\\"}}\"; read "
     "x",
     TESTEE_ABSENT, "no such"},
    {"error without code", "read x; echo \"{\\\"id\\\":1,\\\"error\\\":{\\\"message\\\":\\\"m\\\"}}\"; read x",
     TESTEE_BROKEN, "not {code, message"},
    {"wrong id", "read x; echo \"{\\\"id\\\":7,\\\"result\\\":{}}\"; read x", TESTEE_BROKEN, "another id"},
    {"id of text", "read x; echo \"{\\\"id\\\":\\\"1\\\",\\\"result\\\":{}}\"; read x", TESTEE_BROKEN, "another id"},
    {"both", "read x; echo \"{\\\"id\\\":1,\\\"result\\\":{},\\\"error\\\":{}}\"; read x", TESTEE_BROKEN,
     "either `result` or `error`"},
    {"neither", "read x; echo \"{\\\"id\\\":1}\"; read x", TESTEE_BROKEN, "either `result` or `error`"},
    {"a list", "read x; echo \"[1]\"; read x", TESTEE_BROKEN, "no answer"},
    {"babble", "read x; echo Creating directory; read x", TESTEE_BROKEN, "\"Creating directory\""},
    {"control characters", "read x; printf \"a\\\\033b\\\\377\\\\n\"; read x", TESTEE_BROKEN, "\"a\\x1bb\\xff\""},
    {"double key", "read x; echo \"{\\\"id\\\":1,\\\"id\\\":1,\\\"result\\\":{}}\"; read x", TESTEE_BROKEN,
     "no answer"},
    {"two answers",
     "read x; printf \"{\\\"id\\\":1,\\\"result\\\":{}}\\\\n{\\\"id\\\":1,\\\"result\\\":{}}\\\\n\"; read x",
     TESTEE_BROKEN, "a second one"},
    {"chatter behind the answer", "read x; printf \"{\\\"id\\\":1,\\\"result\\\":{}}\\\\nbye\\\\n\"; read x",
     TESTEE_BROKEN, "\"bye\""},
    {"before the request", "echo Welcome; sleep 10", TESTEE_BROKEN, "\"Welcome\""},
    {"exit", "read x; exit 3", TESTEE_BROKEN, "exited with status 3 during `ping` (request 1)"},
    {"signal", "read x; kill -SEGV $$", TESTEE_BROKEN, "signal 11"},
    {"half a line", "read x; printf \"{\\\"id\\\"\"; exit 0", TESTEE_BROKEN, "half a line"},
    {"closed stdout", "read x; exec >&-; sleep 10", TESTEE_BROKEN, "closed its standard output"},
    {"hang", "read x; sleep 10", TESTEE_BROKEN, "no answer within 0.3 s"},
    {"deaf", "exec <&-; sleep 10", TESTEE_BROKEN, "no answer within 0.3 s"},
    {"flood on stderr", "read x; while :; do echo noise >&2; done", TESTEE_BROKEN, "no answer within 0.3 s"},
};

Test(testee, answers)
{
    struct world world = world_make();
    struct spec *spec = world_load(&world);
    cr_assert_not_null(spec);
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct testee *testee = launch(answers[i].script, 0.3, -1);
        struct testee_answer answer;
        testee_know(testee, spec);
        if (strncmp(answers[i].name, "before", 6) == 0) {
            answer = (struct testee_answer){0};
            testee_quiet(testee, 5, &answer);
        } else {
            testee_call(testee, "ping", NULL, 0, &answer);
        }
        cr_expect_eq(answer.status, answers[i].status, "%s: status %d: %s", answers[i].name, answer.status,
                     answer.message == NULL ? "" : answer.message);
        const char *said = answer.status == TESTEE_RAISED ? answer.kind : answer.message;
        cr_expect(answers[i].says == NULL || (said != NULL && strstr(said, answers[i].says) != NULL), "%s: %s",
                  answers[i].name, said == NULL ? "" : said);
        cr_expect_eq(testee_alive(testee), answers[i].status != TESTEE_BROKEN, "%s", answers[i].name);
        testee_answer_clear(&answer);
        if (!testee_alive(testee)) {
            testee_call(testee, "ping", NULL, 0, &answer);
            cr_expect_eq(answer.status, TESTEE_BROKEN);
            testee_answer_clear(&answer);
        }
        testee_kill(testee);
    }
    spec_free(spec);
    world_free(&world);
}

Test(testee, a_line_without_end_is_cut_off)
{
    struct testee *testee = launch("read x; yes | tr -d \"\\\\n\"", 20, -1);
    struct testee_answer answer;
    testee_call(testee, "ping", NULL, 0, &answer);
    cr_expect_eq(answer.status, TESTEE_BROKEN);
    cr_expect(strstr(answer.message, "16 MiB") != NULL, "%s", answer.message);
    testee_answer_clear(&answer);
    testee_kill(testee);
}

Test(testee, a_long_request_and_a_long_answer)
{
    /* cat would answer with the request itself: sed makes an answer of it. More than a pipe holds goes both ways. */
    struct testee *testee = launch("sed -u \"s/\\\"method\\\":\\\"ping\\\",\\\"params\\\"/\\\"result\\\"/\"", 20, -1);
    char *long_text = memory_get(1000001);
    memset(long_text, 'x', 1000000);
    json_t *params = json_pack("{s:s}", "text", long_text);
    struct testee_answer answer;
    testee_call(testee, "ping", params, 0, &answer);
    cr_expect_eq(answer.status, TESTEE_RESULT, "%s", answer.message == NULL ? "" : answer.message);
    cr_expect(json_equal(answer.result, params));
    testee_answer_clear(&answer);
    testee_call(testee, "ping", params, 0, &answer);
    cr_expect_eq(answer.status, TESTEE_RESULT, "ids grow: %s", answer.message == NULL ? "" : answer.message);
    testee_answer_clear(&answer);
    json_decref(params);
    free(long_text);
    char *problem;
    cr_expect(testee_stop(testee, &problem), "%s", problem == NULL ? "" : problem);
}

Test(testee, an_interruption_ends_the_waiting)
{
    int fds[2];
    cr_assert_eq(pipe(fds), 0);
    cr_assert_eq(write(fds[1], "!", 1), 1);
    struct testee *testee = launch("read x; sleep 20", 20, fds[0]);
    struct testee_answer answer;
    double start = process_now();
    testee_call(testee, "ping", NULL, 0, &answer);
    cr_expect_eq(answer.status, TESTEE_INTERRUPTED);
    cr_expect_lt(process_now() - start, 5.0);
    testee_answer_clear(&answer);
    testee_kill(testee);
    close(fds[0]);
    close(fds[1]);
}

Test(testee, its_last_words)
{
    struct testee *testee = launch("echo before >&2; read x; echo \"{\\\"id\\\":1,\\\"result\\\":{}}\"; read x; echo "
                                   "one >&2; echo two >&2; echo three >&2; exit 1",
                                   5, -1);
    struct testee_answer answer;
    testee_call(testee, "first", NULL, 0, &answer);
    cr_assert_eq(answer.status, TESTEE_RESULT);
    testee_answer_clear(&answer);
    testee_mark(testee);
    testee_call(testee, "second", NULL, 0, &answer);
    cr_expect_eq(answer.status, TESTEE_BROKEN);
    testee_answer_clear(&answer);
    struct text said = {0};
    testee_print_stderr(testee, 2, &said);
    cr_expect_str_eq(text_get(&said), "two\nthree\n");
    text_clear(&said);
    testee_print_stderr(testee, 20, &said);
    cr_expect(strstr(text_get(&said), "one\ntwo\nthree\n") != NULL, "%s", text_get(&said));
    text_clear(&said);
    testee_print_wire(testee, &said);
    cr_expect_str_eq(text_get(&said), "→ {\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"second\",\"params\":{}}\n");
    text_free(&said);
    testee_kill(testee);
}

/* ---- its end ----------------------------------------------------------------------------------------------------- */

static const struct {
    const char *script, *problem; /* NULL: it ends well */
} ends[] = {
    {"cat > /dev/null", NULL},
    {"read x; exit 4", "exited with status 4"},
    {"read x; echo bye", "output after the end of input: \"bye"},
    {"while :; do sleep 1; done", "did not exit within 2 s"},
    {"trap \"\" TERM; while :; do sleep 1; done", "did not exit within 2 s"},
};

Test(testee, ends)
{
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct testee *testee = launch(ends[i].script, 5, -1);
        char *problem;
        double start = process_now();
        cr_expect_eq(testee_stop(testee, &problem), ends[i].problem == NULL, "%s", ends[i].script);
        cr_expect(ends[i].problem == NULL ? problem == NULL
                                          : problem != NULL && strstr(problem, ends[i].problem) != NULL,
                  "%s: %s", ends[i].script, problem == NULL ? "" : problem);
        cr_expect_lt(process_now() - start, 8.0);
        free(problem);
    }
}

Test(testee, its_children_end_with_it)
{
    struct world world = world_make();
    char *file = path_join(world.root, "pid"),
         *script = memory_format("sleep 100 & echo $! > %s; read x; sleep 100", file);
    struct testee *testee = launch(script, 0.5, -1);
    struct testee_answer answer;
    testee_call(testee, "ping", NULL, 0, &answer);
    cr_expect_eq(answer.status, TESTEE_BROKEN);
    testee_answer_clear(&answer);
    testee_kill(testee);
    size_t length;
    char *text = path_read(file, 100, &length);
    cr_assert_not_null(text);
    pid_t child = (pid_t)strtol(text, NULL, 10);
    double deadline = process_now() + 5;
    while (kill(child, 0) == 0 && process_now() < deadline) {
        /* Who adopts it takes a moment to bury it: a zombie still has its number. */
        char *state = memory_format("/proc/%d/stat", (int)child), *about = path_read(state, 4096, &length);
        bool zombie = about != NULL && strstr(about, ") Z ") != NULL;
        free(about);
        free(state);
        if (zombie) {
            break;
        }
        usleep(10000);
    }
    cr_expect_lt(process_now(), deadline, "the child is still there");
    free(text);
    free(script);
    free(file);
    world_free(&world);
}

/* ---- starting ---------------------------------------------------------------------------------------------------- */

static enum testee_failure try_start(const char *impl, char **problem)
{
    struct world world = world_make();
    struct spec *spec = world_load(&world);
    struct testee_options options = {.root = world.root, .impl = impl, .interrupt_fd = -1};
    struct testee *testee;
    struct testee_hello hello;
    *problem = NULL;
    enum testee_failure failure = testee_start(&options, spec, &testee, &hello, problem);
    testee_hello_clear(&hello);
    testee_kill(testee);
    spec_free(spec);
    world_free(&world);
    return failure;
}

static const struct {
    const char *impl;
    enum testee_failure failure;
    const char *says;
} starts[] = {
    {"", TESTEE_UNUSABLE, "an empty name"},
    {"no_such_adapter", TESTEE_UNUSABLE, "there is no adapter of that name"},
    {"/nonexistent/testee", TESTEE_UNUSABLE, "cannot be executed"},
    {"/dev/null", TESTEE_UNUSABLE, "cannot be executed"},
    {"sh -c 'echo because >&2; exit 1'", TESTEE_REFUSED, "(stderr: because)"},
    {"sh -c 'read x; echo hello'", TESTEE_REFUSED, "hello: a line on standard output that is no answer"},
    {"sh -c 'read x; echo \"{\\\"id\\\":1,\\\"result\\\":{}}\"; read x'", TESTEE_REFUSED,
     "hello: `protocol` is nothing"},
    {"sh -c 'read x; echo \"{\\\"id\\\":1,\\\"error\\\":{\\\"code\\\":-32601,\\\"message\\\":\\\"m\\\"}}\"; read x'",
     TESTEE_REFUSED, "no such method"},
    {"sh -c 'read x; echo \"{\\\"id\\\":1,\\\"error\\\":{\\\"code\\\":-32000,\\\"message\\\":\\\"oh\\\"}}\"; read x'",
     TESTEE_REFUSED, "an error: oh"},
};

Test(testee, starts)
{
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        char *problem;
        cr_expect_eq(try_start(starts[i].impl, &problem), starts[i].failure, "%s", starts[i].impl);
        cr_expect(problem != NULL && strstr(problem, starts[i].says) != NULL, "%s: %s", starts[i].impl,
                  problem == NULL ? "" : problem);
        free(problem);
    }
}

/* ---- hello ------------------------------------------------------------------------------------------------------- */

#define GREETING                                                                                                       \
    "\"protocol\":1,\"name\":\"n\",\"version\":\"v\",\"language\":\"l\",\"databases\":[\"sqlite\"],\"models\":"        \
    "\"dynamic\""
static const struct {
    const char *json, *problem;
} hellos[] = {
    {"{" GREETING ",\"capabilities\":{\"core\":\"native\",\"uow\":\"emulated\"},\"facts\":{\"digits\":3,\"keys\":"
     "\"off\"},\"versions\":{\"x\":\"1\"}}",
     NULL},
    {"{" GREETING ",\"capabilities\":{},\"schemas\":[\"blog@00\"]}", NULL},
    {"[]", "not an object"},
    {"{}", "`protocol` is nothing"},
    {"{\"protocol\":2}", "`protocol` is 2; this runner speaks 1"},
    {"{\"protocol\":1}", "`name`"},
    {"{" GREETING "}", "`capabilities` is no object"},
    {"{" GREETING ",\"capabilities\":[]}", "`capabilities` is no object"},
    {"{" GREETING ",\"capabilities\":{},\"facts\":[]}", "`facts` is no object"},
    {"{" GREETING ",\"capabilities\":{\"telepathy\":\"native\"}}", "'telepathy' is not in spec/capabilities.yaml"},
    {"{" GREETING ",\"capabilities\":{\"core\":true}}", "neither \"native\" nor \"emulated\""},
    {"{" GREETING ",\"capabilities\":{\"core\":\"mostly\"}}", "neither \"native\" nor \"emulated\""},
    {"{" GREETING ",\"capabilities\":{},\"facts\":{\"weather\":1}}", "'weather' is not in spec/facts.yaml"},
    {"{" GREETING ",\"capabilities\":{},\"facts\":{\"digits\":\"3\"}}", "'digits' has a value"},
    {"{" GREETING ",\"capabilities\":{},\"facts\":{\"keys\":\"maybe\"}}", "'keys' has a value"},
    {"{" GREETING ",\"capabilities\":{},\"versions\":{\"x\":1}}", "version of 'x' is not text"},
    {"{" GREETING ",\"capabilities\":{},\"mood\":\"good\"}", "the protocol has no `mood`"},
    {"{" GREETING ",\"capabilities\":{},\"schemas\":[1]}", "item 1 of `schemas`"},
    {"{\"protocol\":1,\"name\":\"n\",\"version\":\"v\",\"language\":\"l\",\"databases\":\"sqlite\",\"models\":"
     "\"dynamic\",\"capabilities\":{}}",
     "`databases` is not a list"},
    {"{\"protocol\":1,\"name\":\"n\",\"version\":\"v\",\"language\":\"l\",\"databases\":[\"oracle\"],\"models\":"
     "\"dynamic\",\"capabilities\":{}}",
     "item 1 of `databases`"},
    {"{\"protocol\":1,\"name\":\"n\",\"version\":\"v\",\"language\":\"l\",\"databases\":[],\"models\":\"plastic\","
     "\"capabilities\":{}}",
     "`models` is neither"},
};

Test(testee, hellos)
{
    struct world world = world_make();
    struct spec *spec = world_load(&world);
    for (size_t i = 0; i < sizeof hellos / sizeof *hellos; i++) {
        json_t *json = json_loads(hellos[i].json, 0, NULL);
        struct testee_hello hello = {0};
        char *problem = testee_take_hello(spec, json, &hello);
        cr_expect(hellos[i].problem == NULL ? problem == NULL
                                            : problem != NULL && strstr(problem, hellos[i].problem) != NULL,
                  "%s: %s", hellos[i].json, problem == NULL ? "" : problem);
        if (i == 0) {
            cr_expect(testee_declares(&hello, "uow") && !testee_declares(&hello, "tx") && hello.speaks[SPEC_SQLITE] &&
                      !hello.speaks[SPEC_POSTGRESQL]);
            cr_expect_eq(json_integer_value(json_object_get(hello.facts, "digits")), 3);
        } else if (i == 1) {
            cr_expect_eq(json_integer_value(json_object_get(hello.facts, "digits")), 6, "the default");
        }
        free(problem);
        testee_hello_clear(&hello);
        json_decref(json);
    }
    spec_free(spec);
    world_free(&world);
}

/* ---- the form of results ----------------------------------------------------------------------------------------- */

#define PAGE(items, total, next)                                                                                       \
    "{\"items\":" items ",\"total\":" total ",\"next_num\":" next ",\"prev_num\":null,\"page\":1,\"per_page\":2,\"pages\":2,"    \
    "\"first\":1,\"last\":2,\"has_prev\":false,\"has_next\":true}"

static const struct {
    const char *method, *params, *result;
    bool good;
} results[] = {
    {"open", "{}", "{}", true},
    {"open", "{}", "null", false},
    {"commit", "{}", "true", false},
    {"store", "{}", "{\"done\":1}", false},
    {"new", "{}", "{\"$\":\"obj\",\"v\":1,\"model\":\"User\"}", true},
    {"new", "{}", "1", false},
    {"new", "{}", "{\"$\":\"obj\",\"v\":\"1\"}", false},
    {"new", "{}", "null", false},
    {"repr", "{}", "\"<User zoe>\"", true},
    {"repr", "{}", "1", false},
    {"define", "{}", "{\"tables\":{\"User\":\"user\"}}", true},
    {"define", "{}", "{}", false},
    {"ping", "{}", "{\"database\":\"d\",\"user\":null}", true},
    {"ping", "{}", "{}", false},
    {"stats", "{}", "{\"select\":1,\"insert\":0,\"update\":0,\"delete\":0}", true},
    {"stats", "{}", "{\"select\":1}", false},
    {"merge", "{}", "{\"$\":\"obj\",\"v\":1}", true},
    {"merge", "{}", "null", false},
    {"state", "{}", "\"pending\"", true},
    {"state", "{}", "\"managed\"", false},
    {"state", "{}", "null", false},
    {"contains", "{}", "true", true},
    {"contains", "{}", "1", false},
    {"is_modified", "{}", "{}", false},
    {"work", "{}", "{\"new\":[{\"$\":\"obj\",\"v\":1}],\"dirty\":[],\"deleted\":[]}", true},
    {"work", "{}", "{\"new\":[1],\"dirty\":[],\"deleted\":[]}", false},
    {"work", "{}", "{\"new\":[],\"dirty\":[]}", false},
    {"savepoint", "{}", "null", false},
    {"hash_password", "{}", "\"a$b$c\"", true},
    {"hash_password", "{}", "null", false},
    {"check_password", "{}", "false", true},
    {"check_password", "{}", "0", false},
    {"parse_dotenv", "{}", "{\"values\":[[\"A\",\"1\"],[\"B\",null]],\"unparsed\":[3]}", true},
    {"parse_dotenv", "{}", "{\"values\":[[\"A\",1]],\"unparsed\":[]}", false},
    {"parse_dotenv", "{}", "{\"values\":[[\"A\"]],\"unparsed\":[]}", false},
    {"parse_dotenv", "{}", "{\"values\":{},\"unparsed\":[]}", false},
    {"parse_dotenv", "{}", "{\"values\":[],\"unparsed\":[\"3\"]}", false},
    {"load_dotenv", "{}", "{\"loaded\":true,\"values\":{}}", true},
    {"load_dotenv", "{}", "{\"loaded\":1,\"values\":{}}", false},
    {"find_dotenv", "{}", "null", true},
    {"find_dotenv", "{}", "false", false},
    {"getenv", "{}", "null", false},
    {"getenv", "{}", "\"\"", true},
    {"parse_url", "{}",
     "{\"dialect\":\"sqlite\",\"user\":null,\"password\":null,\"host\":null,\"port\":null,\"database\":\"\","
     "\"options\":{}}",
     true},
    {"parse_url", "{}",
     "{\"dialect\":\"sqlite\",\"user\":1,\"password\":null,\"host\":null,\"port\":null,\"database\":\"\",\"options\":{}"
     "}",
     false},
    {"parse_url", "{}",
     "{\"dialect\":null,\"user\":null,\"password\":null,\"host\":null,\"port\":null,\"database\":\"\",\"options\":{}}",
     false},
    {"migrate", "{\"do\":\"init\"}", "{}", true},
    {"migrate", "{\"do\":\"init\"}", "{\"revision\":\"a\"}", false},
    {"migrate", "{\"do\":\"revision\"}", "{\"revision\":\"a\"}", true},
    {"migrate", "{\"do\":\"revision\"}", "{\"revision\":null}", false},
    {"migrate", "{\"do\":\"migrate\"}", "{\"revision\":null,\"changes\":[]}", true},
    {"migrate", "{\"do\":\"migrate\"}",
     "{\"revision\":\"a\",\"changes\":[[\"add_index\",\"t\",[\"x\"]]]}", true},
    {"migrate", "{\"do\":\"migrate\"}", "{\"revision\":\"a\"}", false},
    {"migrate", "{\"do\":\"check\"}", "{\"changes\":[[\"add_table\"]]}", false},
    {"migrate", "{\"do\":\"check\"}", "{\"changes\":[[\"add_column\",\"t\",1]]}", false},
    {"migrate", "{\"do\":\"upgrade\"}", "{\"ran\":[\"a\"]}", true},
    {"migrate", "{\"do\":\"upgrade\"}", "{\"ran\":[1]}", false},
    {"migrate", "{\"do\":\"upgrade\",\"sql\":true}", "{\"script\":\"\"}", true},
    {"migrate", "{\"do\":\"upgrade\",\"sql\":true}", "{\"ran\":[]}", false},
    {"migrate", "{\"do\":\"current\"}", "{\"revisions\":[]}", true},
    {"migrate", "{\"do\":\"current\"}", "{\"revisions\":{}}", false},
    {"migrate", "{\"do\":\"history\"}",
     "{\"revisions\":[{\"revision\":\"b\",\"down\":[\"a\"],\"depends\":[],\"labels\":[],\"message\":\"\",\"head\":true,\"branchpoint\":false,\"mergepoint\":false}]}", true},
    {"migrate", "{\"do\":\"history\"}", "{\"revisions\":[\"a\"]}", false},
    {"migrate", "{\"do\":\"show\"}",
     "{\"revision\":\"b\",\"down\":[\"a\"],\"depends\":[],\"labels\":[],\"message\":\"\",\"head\":true,\"branchpoint\":false,\"mergepoint\":false}", true},
    {"migrate", "{\"do\":\"show\"}",
     "{\"revision\":\"b\",\"down\":[\"a\"],\"depends\":[],\"labels\":[],\"message\":\"\",\"head\":1,\"branchpoint\":false,\"mergepoint\":false}", false},
    {"migrate", "{\"do\":\"show\"}",
     "{\"revision\":\"b\",\"down\":[\"a\"],\"depends\":null,\"labels\":[],\"message\":\"\",\"head\":true,\"branchpoint\":false,\"mergepoint\":false}", false},
    {"get", "{\"name\":\"a\"}", "null", true},
    {"get", "{\"name\":\"a\"}", "1", true},
    {"get", "{\"name\":\"a\"}", "1.5", false},
    {"get", "{\"name\":\"a\"}", "9007199254740992", false},
    {"get", "{\"name\":\"a\"}", "{\"a\":1}", false},
    {"get", "{\"name\":\"a\"}", "{\"$\":\"int\",\"v\":\"9223372036854775808\"}", true},
    {"get", "{\"name\":\"a\"}", "{\"$\":\"int\",\"v\":\"x\"}", false},
    {"get", "{\"name\":\"a\"}", "{\"$\":\"float\",\"v\":\"1.5\"}", true},
    {"get", "{\"name\":\"a\"}", "{\"$\":\"float\",\"v\":1.5}", false},
    {"get", "{\"name\":\"a\"}", "{\"$\":\"datetime\",\"v\":\"2024-01-02T03:04:05\"}", true},
    {"get", "{\"name\":\"a\"}", "{\"$\":\"datetime\",\"v\":\"2024-01-02 03:04:05\"}", false},
    {"get", "{\"name\":\"a\"}", "{\"$\":\"date\",\"v\":\"2024-02-30\"}", false},
    {"get", "{\"name\":\"a\"}", "{\"$\":\"bytes\",\"v\":\"AAA=\"}", true},
    {"get", "{\"name\":\"a\"}", "{\"$\":\"bytes\",\"v\":\"?\"}", false},
    {"get", "{\"name\":\"a\"}", "{\"$\":\"json\",\"v\":{\"a\":1.5}}", true},
    {"get", "{\"name\":\"a\"}", "{\"$\":\"json\"}", false},
    {"get", "{\"name\":\"a\"}", "{\"$\":\"mystery\",\"v\":1}", false},
    {"get", "{\"names\":[\"a\",\"b\"]}", "{\"a\":1,\"b\":null}", true},
    {"get", "{\"names\":[\"a\",\"b\"]}", "{\"a\":1}", false},
    {"get", "{\"names\":[\"a\"]}", "{\"a\":1,\"b\":2}", false},
    {"get", "{\"names\":[\"a\"]}", "1", false},
    {"query", "{\"end\":\"count\"}", "3", true},
    {"query", "{\"end\":\"count\"}", "\"3\"", false},
    {"query", "{\"end\":\"all\"}", "[{\"$\":\"obj\",\"v\":1}]", true},
    {"query", "{\"end\":\"all\"}", "[1]", false},
    {"query", "{\"end\":\"all\"}", "{}", false},
    {"query", "{\"end\":\"all\",\"read\":\"a\"}", "[1,null]", true},
    {"query", "{\"end\":\"all\",\"read\":\"a\"}", "[1.5]", false},
    {"query", "{\"end\":\"all\",\"read\":[\"a\"]}", "[{\"a\":1}]", true},
    {"query", "{\"end\":\"all\",\"read\":[\"a\"]}", "[{\"b\":1}]", false},
    {"query", "{\"end\":\"first\"}", "null", true},
    {"query", "{\"end\":\"one\"}", "null", false},
    {"query", "{\"end\":[\"get\",1]}", "null", true},
    {"query", "{\"end\":[\"get_or_404\",1]}", "null", false},
    {"query", "{\"end\":\"first_or_404\"}", "{\"$\":\"obj\",\"v\":1}", true},
    {"query", "{\"end\":[\"update\",{}]}", "3", true},
    {"query", "{\"end\":[\"update\",{}]}", "null", false},
    {"query", "{\"end\":\"delete\"}", "{}", false},
    {"query", "{\"end\":\"paginate\",\"read\":\"a\"}", PAGE("[1]", "3", "2"), true},
    {"query", "{\"end\":\"paginate\",\"read\":\"a\"}", PAGE("[]", "null", "{\"$\":\"int\",\"v\":\"9007199254740993\"}"), true},
    {"query", "{\"end\":\"paginate\"}", PAGE("[1]", "3", "2"), false},
    {"query", "{\"end\":\"paginate\"}", PAGE("{}", "3", "2"), false},
    {"query", "{\"end\":\"paginate\"}", PAGE("[]", "\"3\"", "2"), false},
    {"query", "{\"end\":\"paginate\"}", PAGE("[]", "3", "2.5"), false},
    {"query", "{\"end\":\"paginate\"}", "[]", false},
    {"query", "{\"end\":[\"paginate\",{\"window\":{}}]}", PAGE("[]", "3", "2"), false},
    {"insert_rows", "{\"rows\":[{}]}", "{}", true},
    {"insert_rows", "{\"rows\":[{}]}", "[1]", false},
    {"insert_rows", "{\"rows\":[{}],\"keys\":true}", "[1]", true},
    {"insert_rows", "{\"rows\":[{}],\"keys\":true}", "[]", false},
    {"insert_objects", "{}", "{}", true},
    {"update_rows", "{}", "3", false},
    {"request_argument", "{}", "3", true},
    {"request_argument", "{}", "{}", false},
};

Test(testee, results)
{
    for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
        json_t *params = json_loads(results[i].params, 0, NULL),
               *result = json_loads(results[i].result, JSON_DECODE_ANY, NULL);
        char *problem = testee_check_result(results[i].method, params, result);
        cr_expect_eq(problem == NULL, results[i].good, "%s %s: %s", results[i].method, results[i].result,
                     problem == NULL ? "" : problem);
        free(problem);
        json_decref(params);
        json_decref(result);
    }
}

/* ---- tails ------------------------------------------------------------------------------------------------------- */

Test(testee, tails_keep_the_end)
{
    struct tail_lines tail = {0};
    struct text out = {0}, bytes = {0};
    char line[1000];
    struct text wanted = {0};
    for (int i = 0; i < TAIL_LINES + 12; i++) {
        int length = snprintf(line, sizeof line, "line %d", i);
        tail_lines_add(&tail, "> ", line, (size_t)length);
        if (i >= 12) {
            text_format(&wanted, "> %s\n", line);
        }
    }
    tail_lines_print(&tail, &out);
    cr_expect_str_eq(text_get(&out), text_get(&wanted));
    text_free(&wanted);
    tail_lines_clear(&tail);
    text_clear(&out);
    memset(line, 'x', sizeof line);
    memcpy(line + TAIL_LINE_BYTES - 1, "é", 2);
    tail_lines_add(&tail, "", line, sizeof line);
    tail_lines_print(&tail, &out);
    cr_expect(strstr(text_get(&out), "x … (401 bytes more)\n") != NULL, "a character is not cut in two: %s",
              text_get(&out));
    for (int i = 0; i < 1000; i++) {
        tail_bytes_add(&bytes, line, sizeof line);
    }
    cr_expect(bytes.length >= TAIL_BYTES && bytes.length <= 2 * TAIL_BYTES);
    text_free(&bytes);
    text_free(&out);
    tail_lines_free(&tail);
}
