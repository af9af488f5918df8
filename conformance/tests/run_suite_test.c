/* Whole runs with testees of a few lines of shell: what is recorded when a prerequisite, a greeting or an answer is
 * wrong. */
#include "run/scratch.h"
#include "run/suite.h"
#include "world.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <signal.h>

static const char chapter[] =
    "chapter: C\nbehaviours:\n"
    "  - {id: c.one, level: must, rule: R., source: s, cases: [\n"
    "      {name: a, schema: blog, steps: [{query: {model: User, end: count}, expect: 0}]},\n"
    "      {name: rows, schema: blog, rows: two, steps: [{stored: {table: user, columns: name}, expect: [zoe, abe]}, "
    "{query: {model: User, end: count}, expect: 0}]},\n"
    "      {name: clean, schema: blog, steps: [{stored: {table: user, count: true}, expect: 0}]}]}\n"
    "  - {id: c.two, level: should, rule: R., source: s, cases: [\n"
    "      {name: new, schema: blog, steps: [{new: {model: User}, as: u}, {store: {objs: [u]}, error: data}]},\n"
    "      {name: repr, schema: blog, needs: [uow], steps: [{query: {model: User, end: count}, expect: 0}]},\n"
    "      {name: fresh, fresh: true, steps: [{open: {url: {~: env, v: \"x${dir}\"}}}, {ping: {}, expect: {database: x}}, "
    "{files: {}, expect: []}]},\n"
    "      {name: fact, schema: blog, when: {fact: digits, is: 3}, steps: [{query: {model: User, end: count}, expect: "
    "0}]},\n"
    "      {name: server, schema: blog, when: postgresql, steps: [{query: {model: User, end: count}, expect: 0}]},\n"
    "      {name: tables, schema: blog, fresh: true, steps: [{create_all: {}}, {shape: {table: user}, expect: "
    "null}]}]}\n";

/* Lists in which everything is used. */
static struct world make_world(void)
{
    struct world world = world_make();
    world_write(&world, "spec/c.yaml", chapter);
    world_write(&world, "spec/capabilities.yaml",
                "capabilities:\n  - {name: core, says: C.}\n  - {name: url, says: U.}\n  - {name: ddl, says: D.}\n"
                "  - {name: uow, says: W.}\n");
    world_write(&world, "spec/facts.yaml", "facts:\n  - {name: digits, type: integer, default: 6, says: D.}\n");
    world_write(&world, "spec/profiles.yaml", "profiles:\n  - {name: session, says: S., capabilities: [core, uow]}\n");
    return world;
}

#define HELLO(capabilities, more)                                                                                      \
    "{\\\"protocol\\\":1,\\\"name\\\":\\\"T\\\",\\\"version\\\":\\\"1\\\",\\\"language\\\":\\\"sh\\\","                \
    "\\\"databases\\\":[\\\"sqlite\\\"],\\\"models\\\":\\\"dynamic\\\","                                               \
    "\\\"versions\\\":{\\\"t\\\":\\\"1\\\"},\\\"capabilities\\\":{" capabilities "}" more "}"
#define CORE "\\\"core\\\":\\\"native\\\""
#define RESULT(json) "\\\"result\\\":" json
#define KIND(kind)                                                                                                     \
    "\\\"error\\\":{\\\"code\\\":-32000,\\\"message\\\":\\\"said so\\\",\\\"data\\\":{\\\"kind\\\":\\\"" kind "\\\"}}"
#define ABSENT "\\\"error\\\":{\\\"code\\\":-32601,\\\"message\\\":\\\"no such\\\"}"

/* What one method answers, instead of what a testee answers that has no rows and stores nothing. */
struct answer {
    const char *method, *says; /* the rest of an answer, or a shell command after '!' */
};

static const struct answer right[] = {
    {"hello", RESULT(HELLO(CORE ",\\\"url\\\":\\\"native\\\"", ""))},
    {"define", RESULT("{\\\"tables\\\":{}}")},
    {"query", RESULT("0")},
    {"new", RESULT("{\\\"$\\\":\\\"obj\\\",\\\"v\\\":1}")},
    {"store", KIND("data")},
    {"ping", RESULT("{\\\"database\\\":\\\"x\\\",\\\"user\\\":null}")},
};

static void write_testee(struct world *world, const struct answer *answers, size_t count)
{
    struct text script = {0};
    text_add(&script, "n=0\nwhile read -r line; do n=$((n + 1)); case $line in\n");
    for (size_t i = 0; i < count + sizeof right / sizeof *right; i++) {
        const struct answer *answer = i < count ? &answers[i] : &right[i - count];
        if (answer->says[0] == '!') {
            text_format(&script, "*'\"method\":\"%s\"'*) %s;;\n", answer->method, answer->says + 1);
        } else {
            text_format(&script, "*'\"method\":\"%s\"'*) echo \"{\\\"id\\\":$n,%s}\";;\n", answer->method,
                        answer->says);
        }
    }
    text_add(&script, "*) echo \"{\\\"id\\\":$n,\\\"result\\\":{}}\";;\nesac; done\n");
    world_write(world, "testee", text_get(&script));
    text_free(&script);
}

/* "id=verdict" of all results in their order, and below the messages. */
static char *run(struct world *world, struct run_options *options, int *status)
{
    char *file = path_join(world->root, "results.json");
    remove(file);
    options->root = world->root;
    options->program = "ormspec";
    char *command = memory_format("sh %s/testee", world->root);
    options->impl = options->impl == NULL ? command : options->impl;
    options->timeout = 5;
    options->outputs.json = file;
    *status = suite_run(options);
    json_t *json = json_load_file(file, 0, NULL), *results = json_object_get(json, "results");
    struct text out = {0};
    for (size_t i = 0; i < json_array_size(results); i++) {
        json_t *result = json_array_get(results, i);
        text_format(&out, "%s=%s\n", json_string_value(json_object_get(result, "id")),
                    json_string_value(json_object_get(result, "verdict")));
    }
    for (size_t i = 0; i < json_array_size(results); i++) {
        const char *message = json_string_value(json_object_get(json_array_get(results, i), "message"));
        text_format(&out, "%s%s", message == NULL ? "" : message, message == NULL ? "" : "\n");
    }
    json_decref(json);
    free(command);
    free(file);
    return text_take(&out);
}

static const struct {
    const char *name;
    struct answer answers[2];
    int status;
    const char *known, *profile;
    bool isolate, fail_fast;
    const char *parts[5]; /* of what `run` gives */
} runs[] = {
    {"right",
     {{0}},
     0,
     NULL,
     NULL,
     false,
     false,
     {"c.one/a=pass\nc.one/rows=pass\nc.one/clean=pass\nc.two/new=pass\nc.two/repr=unsupported\nc.two/"
      "fresh=pass\nc.two/fact=skipped\nc.two/server=skipped\nc.two/tables=unsupported\n",
      "uow is not declared", "it is only for {\"fact\":\"digits\",\"is\":3}", "it is only for \"postgresql\""}},
    {"isolated",
     {{0}},
     0,
     NULL,
     NULL,
     true,
     false,
     {"c.one/a=pass\nc.one/rows=pass\nc.one/clean=pass\nc.two/new=pass\n", "c.two/fresh=pass"}},
    {"demanded",
     {{0}},
     1,
     NULL,
     "session",
     false,
     false,
     {"c.two/repr=fail", "the profile session demands uow, which is not declared"}},
    {"first failure", {{"query", RESULT("1")}}, 1, NULL, NULL, false, true, {"c.one/a=fail\n"}},
    {"wrong count",
     {{"query", RESULT("1")}},
     1,
     NULL,
     NULL,
     false,
     false,
     {"c.one/a=fail\nc.one/rows=fail\nc.one/clean=pass"}},
    {"wrong form",
     {{"query", RESULT("\\\"0\\\"")}},
     1,
     NULL,
     NULL,
     false,
     false,
     {"c.one/a=error\nc.one/rows=error\nc.one/clean=pass", "`query` was answered with a result"}},
    {"absent",
     {{"query", ABSENT}},
     1,
     NULL,
     NULL,
     false,
     false,
     {"c.one/a=fail", "`query` was answered with -32601, but core is declared: no such"}},
    {"raises",
     {{"query", KIND("not_found")}},
     1,
     NULL,
     NULL,
     false,
     false,
     {"c.one/a=fail", "it raised not_found: said so"}},
    {"another kind", {{"store", KIND("not_found")}}, 1, NULL, NULL, false, false, {"c.two/new=fail"}},
    {"no error",
     {{"store", RESULT("{}")}},
     1,
     NULL,
     NULL,
     false,
     false,
     {"c.two/new=fail", "it succeeded, but an error was expected"}},
    {"dies",
     {{"query", "!echo last words >&2; exit 3"}},
     1,
     NULL,
     NULL,
     false,
     false,
     {"c.one/a=error\nc.one/rows=error\nc.one/clean=pass", "exited with status 3 during `query`"}},
    {"dies at reset",
     {{"reset", "!exit 4"}},
     1,
     NULL,
     NULL,
     false,
     false,
     {"c.one/a=error", "exited with status 4 during `reset`"}},
    {"cannot reset",
     {{"reset", KIND("data")}},
     1,
     NULL,
     NULL,
     false,
     false,
     {"c.one/a=fail", "`reset` raised data: said so"}},
    {"cannot open",
     {{"open", KIND("data")}},
     1,
     NULL,
     NULL,
     false,
     false,
     {"schema/blog/open=fail\nc.one/a=skipped\nc.one/rows=skipped", "schema/blog/open failed", "c.two/fresh=fail"}},
    {"cannot define",
     {{"define", KIND("data")}},
     1,
     NULL,
     NULL,
     false,
     false,
     {"schema/blog/define=fail\nc.one/a=skipped", "`define` raised data: said so"}},
    {"defines not",
     {{"define", ABSENT}},
     1,
     NULL,
     NULL,
     false,
     false,
     {"schema/blog/define=fail\nc.one/a=skipped", "no such"}},
    {"fixed models",
     {{"define", ABSENT},
      {"hello", RESULT("{\\\"protocol\\\":1,\\\"name\\\":\\\"T\\\",\\\"version\\\":\\\"1\\\",\\\"language\\\":"
                       "\\\"sh\\\",\\\"databases\\\":[\\\"sqlite\\\"],"
                       "\\\"models\\\":\\\"static\\\",\\\"schemas\\\":[],\\\"capabilities\\\":{" CORE "}}")}},
     1,
     NULL,
     NULL,
     false,
     false,
     {"c.one/a=unsupported\nc.one/rows=unsupported", "the testee was not compiled with the schema blog"}},
    {"makes no tables",
     {{"hello", RESULT(HELLO(CORE ",\\\"ddl\\\":\\\"native\\\"", ""))}},
     1,
     NULL,
     NULL,
     false,
     false,
     {"schema/blog/shape=fail\nc.one/a=skipped", "table user is missing in the database"}},
    {"makes no tables, as known",
     {{"hello", RESULT(HELLO(CORE ",\\\"ddl\\\":\\\"native\\\"", ""))}},
     0,
     "- {case: schema/blog/shape, reason: since ever}\n",
     NULL,
     false,
     false,
     {"schema/blog/shape=known\nc.one/a=skipped", "since ever"}},
    {"known",
     {{"query", RESULT("1")}},
     0,
     "- {case: 'c.one/*', database: sqlite, versions: t < 2, reason: since ever}\n- {case: c.one/clean, versions: t > "
     "1, reason: r}\n",
     NULL,
     false,
     false,
     {"c.one/a=known\nc.one/rows=known\nc.one/clean=stale", "it passes, but"}},
    {"a known prerequisite that holds",
     {{0}},
     1,
     "- {case: schema/blog/define, reason: since ever}\n",
     NULL,
     false,
     false,
     {"schema/blog/define=stale\nc.one/a=pass"}},
    {"hello fails",
     {{"hello", "!echo sorry >&2; exit 1"}},
     1,
     NULL,
     NULL,
     false,
     false,
     {"testee/hello=error\nc.one/a=skipped", "exited with status 1 during `hello`", "testee/hello failed"}},
    {"another database",
     {{"hello", RESULT("{\\\"protocol\\\":1,\\\"name\\\":\\\"T\\\",\\\"version\\\":\\\"1\\\",\\\"language\\\":"
                       "\\\"sh\\\",\\\"databases\\\":[\\\"postgresql\\\"],"
                       "\\\"models\\\":\\\"dynamic\\\",\\\"capabilities\\\":{" CORE "}}")}},
     1,
     NULL,
     NULL,
     false,
     false,
     {"c.one/a=unsupported\nc.one/rows=unsupported", "database sqlite is not declared"}},
};

Test(run_suite, runs)
{
    cr_redirect_stdout();
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        struct world world = make_world();
        write_testee(&world, runs[i].answers,
                     runs[i].answers[0].method == NULL   ? 0
                     : runs[i].answers[1].method == NULL ? 1
                                                         : 2);
        char *known = path_join(world.root, "known.yaml");
        if (runs[i].known != NULL) {
            world_write(&world, "known.yaml", runs[i].known);
        }
        struct run_options options = {.isolate = runs[i].isolate,
                                      .max_failed = runs[i].fail_fast ? 1 : 0,
                                      .profile = runs[i].profile,
                                      .known = runs[i].known != NULL ? known : NULL};
        int status;
        char *found = run(&world, &options, &status);
        bool stale = strstr(found, "=stale") != NULL;
        cr_expect_eq(status, stale ? 1 : runs[i].status, "%s: status %d\n%s", runs[i].name, status, found);
        for (size_t j = 0; j < 5 && runs[i].parts[j] != NULL; j++) {
            cr_expect(strstr(found, runs[i].parts[j]) != NULL, "%s: lacks\n%s\nhas\n%s", runs[i].name, runs[i].parts[j],
                      found);
        }
        cr_expect(!runs[i].fail_fast || strstr(found, "c.one/rows") == NULL, "%s: it went on", runs[i].name);
        free(known);
        free(found);
        world_free(&world);
    }
}

/* ---- what is refused before anything starts ---------------------------------------------------------------------- */

static void expect_refusal(struct world *world, struct run_options *options, const char *why)
{
    int status;
    char *found = run(world, options, &status);
    cr_expect_eq(status, 2, "%s: %d", why, status);
    cr_expect_str_eq(found, "", "%s: %s", why, found);
    free(found);
}

Test(run_suite, refusals)
{
    cr_redirect_stderr();
    struct world world = make_world();
    write_testee(&world, NULL, 0);
    struct strings oracle = {0}, twice = {0}, nowhere = {0}, none = {0};
    strings_add(&oracle, "oracle");
    strings_add(&twice, "postgresql");
    strings_add(&twice, "postgres://x");
    strings_add(&nowhere, "/nonexistent.yaml");
    strings_add(&none, "no.such");
    expect_refusal(&world, &(struct run_options){.databases = oracle}, "no such database");
    expect_refusal(&world, &(struct run_options){.databases = twice}, "a database twice");
    expect_refusal(&world, &(struct run_options){.specs = nowhere}, "no such chapter");
    expect_refusal(&world, &(struct run_options){.only = none}, "no such case");
    expect_refusal(&world, &(struct run_options){.level = "could"}, "no such level");
    expect_refusal(&world, &(struct run_options){.profile = "hero"}, "no such profile");
    expect_refusal(&world, &(struct run_options){.impl = "no_such"}, "no such adapter");
    expect_refusal(&world, &(struct run_options){.known = "/nonexistent.yaml"}, "no such list");
    expect_refusal(&world, &(struct run_options){.impl = "/dev/null"}, "no program");
    expect_refusal(&world, &(struct run_options){.outputs.tap = "/nonexistent/r.tap"}, "no such folder");
    world_write(&world, "known.yaml", "- {case: c.one/a, versions: u < 1, reason: r}\n");
    char *known = path_join(world.root, "known.yaml");
    expect_refusal(&world, &(struct run_options){.known = known}, "a version that nobody names");
    /* A case that names a model that is not there: lint says so, and nothing runs. */
    world_write(&world, "spec/d.yaml",
                "chapter: D\nbehaviours:\n  - {id: d.one, level: must, rule: R., source: s, cases: [\n"
                "      {name: a, schema: blog, steps: [{query: {model: Nobody, end: count}, expect: 0}]}]}\n");
    expect_refusal(&world, &(struct run_options){0}, "lint");
    free(known);
    strings_free(&oracle);
    strings_free(&twice);
    strings_free(&nowhere);
    strings_free(&none);
    world_free(&world);
}

Test(run_suite, a_database_that_cannot_be_had)
{
    cr_redirect_stdout();
    cr_redirect_stderr();
    struct world world = make_world();
    write_testee(&world, NULL, 0);
    struct strings databases = {0};
    strings_add(&databases, "sqlite");
    strings_add(&databases, "postgresql://nobody:secret@127.0.0.1:1/nothing");
    struct run_options options = {.databases = databases};
    int status;
    char *found = run(&world, &options, &status);
    cr_expect_eq(status, 3);
    cr_expect(strstr(found, "c.one/a=pass") != NULL &&
                  strstr(found, "database/postgresql=broken\nc.one/a=skipped") != NULL,
              "%s", found);
    cr_expect_null(strstr(found, "secret"), "%s", found);
    free(found);
    strings_free(&databases);
    world_free(&world);
}

Test(run_suite, a_signal_ends_the_run)
{
    cr_redirect_stdout();
    signal(SIGINT, SIG_DFL); /* a shell's background job ignores it, and so would the run */
    struct world world = make_world();
    struct answer hang = {"query", "!kill -INT $PPID; sleep 20"};
    write_testee(&world, &hang, 1);
    struct run_options options = {0};
    int status;
    char *found = run(&world, &options, &status);
    cr_expect_eq(status, 128 + SIGINT);
    cr_expect_str_eq(found, "", "%s", found);
    free(found);
    world_free(&world);
}
