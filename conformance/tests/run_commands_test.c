/* The commands beside `run`, and what each says to wrong words. */
#include "run/commands.h"
#include "world.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>

static const char chapter[] =
    "chapter: C\nbehaviours:\n"
    "  - {id: c.one, level: must, rule: Rows are counted., source: the seed, was: [c.old], catalogue: [a.b], cases: [\n"
    "      {name: a, schema: blog, rows: two, needs: [uow], steps: [{new: {model: User}, as: u, when: sqlite},\n"
    "          {store: {objs: [u]}, error: data, when: sqlite}, {query: {model: User, end: count}, expect: 2}]},\n"
    "      {name: b, fresh: true, when: {fact: digits, is: 6}, steps: [{open: {url: x}, error: data}, {files: {}, "
    "expect: []}]}]}\n"
    "  - {id: c.two, level: may, rule: R., source: s, untested: It belongs elsewhere.}\n";

static struct world make_world(void)
{
    struct world world = world_make();
    world_write(&world, "spec/c.yaml", chapter);
    world_write(&world, "spec/capabilities.yaml",
                "capabilities:\n  - {name: core, says: C.}\n  - {name: url, says: U.}\n  - {name: uow, says: W.}\n");
    world_write(&world, "spec/facts.yaml", "facts:\n  - {name: digits, type: integer, default: 6, says: D.}\n");
    world_write(&world, "spec/profiles.yaml", "profiles:\n  - {name: session, says: S., capabilities: [core, uow]}\n");
    return world;
}

typedef int command(const struct place_of_run *place, int count, char **words);

/* Runs the command with up to five words; both outputs, together, are what it gives. */
static char *call(command *called, struct world *world, int *status, const char *const *words)
{
    struct place_of_run place = {.program = "ormspec", .root = world->root};
    char *copies[6], *file = path_join(world->root, "output");
    int count = 0;
    for (; count < 5 && words[count] != NULL; count++) {
        copies[count] = memory_copy(words[count]);
    }
    fflush(stdout);
    fflush(stderr);
    int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
    FILE *output = fopen(file, "w");
    dup2(fileno(output), STDOUT_FILENO);
    dup2(fileno(output), STDERR_FILENO);
    fclose(output);
    *status = called(&place, count, copies);
    fflush(stdout);
    fflush(stderr);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    close(out);
    close(err);
    for (int i = 0; i < count; i++) {
        free(copies[i]);
    }
    size_t length;
    char *text = path_read(file, 1 << 20, &length);
    free(file);
    return text;
}

static const struct {
    command *called;
    const char *words[5];
    int status;
    const char *parts[5]; /* "=…": the whole output */
} calls[] = {
    {command_list, {NULL}, 0, {"=c.one/a\nc.one/b\n"}},
    {command_list, {"--only", "*/b"}, 0, {"=c.one/b\n"}},
    {command_list, {"--skip", "*/b", "--level=must"}, 0, {"=c.one/a\n"}},
    {command_list,
     {"--coverage"},
     0,
     {"c                             2          1          1          2\n", "total ",
      "untested c.two: It belongs elsewhere.\n"}},
    {command_list,
     {"--coverage", "--only", "*"},
     2,
     {"=ormspec: list: --coverage is about all cases: it goes with --spec only\n"}},
    {command_list, {"--only", "x"}, 2, {"=ormspec: list: --only 'x' matches no case (try: list)\n"}},
    {command_list, {"--level", "x"}, 2, {"=ormspec: --level x: it is must, should or may\n"}},
    {command_list, {"c.one"}, 2, {"=ormspec: list: what is 'c.one'? Cases are chosen with --only\n"}},
    {command_list, {"--fast"}, 2, {"=ormspec: list: unknown option --fast\n"}},
    {command_list, {"--spec", "/nonexistent.yaml"}, 2, {"/nonexistent.yaml"}},
    {command_list, {"--help"}, 0, {"usage: ormspec list", "--coverage"}},
    {command_lint, {NULL}, 0, {"=suite 1.2.3: 1 chapters, 2 behaviours, 2 cases, nothing to complain of\n"}},
    {command_lint, {"c.one"}, 2, {"=ormspec: lint: what is 'c.one'? Further chapters are named with --spec\n"}},
    {command_lint, {"--fast"}, 2, {"unknown option --fast"}},
    {command_lint, {"--spec", "/nonexistent.yaml"}, 2, {"/nonexistent.yaml"}},
    {command_lint, {"--help"}, 0, {"usage: ormspec lint"}},
    {command_explain,
     {"c.one"},
     0,
     {"c.one (must; ", "  rule    Rows are counted.\n  source  the seed\n  was     c.old\n  covers  a.b\n",
      "case c.one/b (",
      "  in a database of its own, without a schema\n  needs core, url\n  when {\"fact\":\"digits\",\"is\":6}\n"
      "    open(url: \"x\")   raises \"data\"\n    look: files()   is []\n  as steps\n   1. "
      "open {\"url\":\"x\"}\n        error \"data\"\n"
      "   2. files (the runner's own) {}\n        expect []\n"}},
    {command_explain,
     {"c.one/a"},
     0,
     {"c.one (must; ", "  needs ", "  rows {\"user\":[[\"id\",\"name\"],[1,\"zoe\"],[2,\"abe\"]]}\n",
      "   1. new {\"model\":\"User\"}  as u\n        when \"sqlite\"\n",
      "   3. query {\"model\":\"User\",\"end\":\"count\"}\n        expect 2\n"}},
    {command_explain, {"c.old"}, 0, {"c.one (must; "}},
    {command_explain, {"c.two"}, 0, {"  untested: It belongs elsewhere.\n"}},
    {command_explain, {"c.three"}, 2, {"=ormspec: explain: there is no behaviour or case 'c.three' (try: list)\n"}},
    {command_explain, {NULL}, 2, {"=ormspec: explain: one id is needed\n"}},
    {command_explain, {"--fast", "x"}, 2, {"unknown option --fast"}},
    {command_explain, {"--help"}, 0, {"usage: ormspec explain"}},
    {command_new_adapter, {"--help"}, 0, {"usage: ormspec new-adapter"}},
    {command_new_adapter, {NULL}, 2, {"=ormspec: new-adapter: a name and --lang are needed\n"}},
    {command_new_adapter,
     {"A", "--lang", "c"},
     2,
     {"=ormspec: new-adapter: 'A': a name begins with a letter and has a-z, 0-9, _ and - only\n"}},
    {command_new_adapter, {"a", "--lang", "x"}, 2, {"=ormspec: new-adapter: --lang x: it is python, node or c\n"}},
    {command_next, {"--help"}, 0, {"usage: ormspec next"}},
    {command_next, {NULL}, 2, {"=ormspec: next: one adapter's name or command is needed\n"}},
    {command_next, {"--fast"}, 2, {"unknown option --fast"}},
    {command_replay, {"--help"}, 0, {"usage: ormspec replay"}},
    {command_replay, {NULL}, 2, {"=ormspec: replay: one transcript is needed\n"}},
    {command_replay, {"--timeout", "0", "x"}, 2, {"=ormspec: replay: --timeout must be more than 0\n"}},
    {command_replay, {"/nonexistent"}, 2, {"=ormspec: replay: /nonexistent: No such file or directory\n"}},
    {command_export, {"--help"}, 0, {"usage: ormspec export"}},
    {command_export, {"x"}, 2, {"=ormspec: export: what is 'x'? It prints all of it\n"}},
    {command_export, {"--compact"}, 0, {"{\"format\":1,\"suite\":{\"version\":\"1.2.3\"", "\"id\":\"c.one/a\""}},
    {command_vacuity, {"--help"}, 0, {"usage: ormspec vacuity"}},
    {command_vacuity, {"x"}, 2, {"=ormspec: vacuity: what is 'x'? It takes options alone\n"}},
    {command_vacuity, {"--jobs", "0"}, 2, {"=ormspec: vacuity: --jobs takes a whole number from 1 to 256\n"}},
    {command_vacuity, {"--only", "x"}, 2, {"=ormspec: vacuity: --only 'x' matches no case (try: list)\n"}},
    {command_null_testee, {"core", "x"}, 2, {"=ormspec: null-testee: `vacuity` runs it\n"}},
    {command_run, {"--help"}, 0, {"usage: ormspec run", "--shuffle SEED", "Exit status: 0 all good"}},
    {command_run, {"c.one"}, 2, {"=ormspec: run: what is 'c.one'? Cases are chosen with --only\n"}},
    {command_run, {"--jobs", "1.5"}, 2, {"=ormspec: run: --jobs takes a whole number up to 256\n"}},
    {command_run, {"--jobs", "257"}, 2, {"=ormspec: run: --jobs takes a whole number up to 256\n"}},
    {command_run, {"--max-fail", "0"}, 2, {"=ormspec: run: --max-fail takes a whole number from 1\n"}},
    {command_run,
     {"--max-fail", "2", "--fail-fast"},
     2,
     {"=ormspec: run: --fail-fast is --max-fail 1: give one of them\n"}},
    {command_run, {"--shard", "0/2"}, 2, {"=ormspec: run: --shard 0/2: it is I/N, such as 1/4 and up to 4/4\n"}},
    {command_run, {"--shard", "3/2"}, 2, {"=ormspec: run: --shard 3/2: it is I/N, such as 1/4 and up to 4/4\n"}},
    {command_run, {"--shard", "1/2x"}, 2, {"=ormspec: run: --shard 1/2x: it is I/N, such as 1/4 and up to 4/4\n"}},
    {command_run, {"--shard", "/2"}, 2, {"=ormspec: run: --shard /2: it is I/N, such as 1/4 and up to 4/4\n"}},
    {command_run, {"--timeout", "0"}, 2, {"=ormspec: run: --timeout must be more than 0\n"}},
    {command_run, {"--shuffle", "1.5"}, 2, {"=ormspec: run: --shuffle takes a whole number\n"}},
    {command_run, {NULL}, 2, {"=ormspec: --impl reference: there is no adapter of that name"}},
    {command_doctor, {"--help"}, 0, {"usage: ormspec doctor"}},
    {command_doctor, {NULL}, 2, {"=ormspec: doctor: one adapter's name or command is needed\n"}},
    {command_doctor, {"--fast", "x"}, 2, {"unknown option --fast"}},
    {command_doctor, {"--timeout", "0", "x"}, 2, {"=ormspec: doctor: --timeout must be more than 0\n"}},
    {command_doctor, {"no_such"}, 2, {"there is no adapter of that name"}},
    {command_doctor,
     {"sh -c 'read x; echo oh >&2; exit 1'"},
     1,
     {"WRONG hello", "exited with status 1 during `hello`", "stderr: oh", "1 complaints\n"}},
    {command_doctor, {"sh -c 'read x; echo Hello'"}, 1, {"WRONG hello", "no answer", "move the real stdout"}},
};

Test(run_commands, calls)
{
    struct world world = make_world();
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        int status;
        char *text = call(calls[i].called, &world, &status, calls[i].words);
        cr_expect_eq(status, calls[i].status, "row %zu: status %d\n%s", i, status, text);
        for (size_t j = 0; j < 5 && calls[i].parts[j] != NULL; j++) {
            const char *part = calls[i].parts[j];
            bool whole = part[0] == '=' && part[strlen(part) - 1] == '\n';
            cr_expect(whole ? strcmp(text, part + 1) == 0 : strstr(text, part + (part[0] == '=')) != NULL,
                      "row %zu: lacks\n%s\nhas\n%s", i, part, text);
        }
        free(text);
    }
    world_free(&world);
}

Test(run_commands, lint_tells_each_finding_with_its_place)
{
    struct world world = make_world();
    world_write(&world, "spec/d.yaml",
                "chapter: D\nbehaviours:\n  - {id: d.one, level: must, rule: R., source: s, cases: [\n"
                "      {name: a, schema: blog, steps: [{query: {model: Nobody, end: count}, expect: 0}]}]}\n");
    int status;
    char *text = call(command_lint, &world, &status, (const char *const[]){NULL});
    cr_expect_eq(status, 2);
    cr_expect(strstr(text, "spec/d.yaml:4:") != NULL && strstr(text, "Nobody") != NULL &&
                  strstr(text, "ormspec: lint: 1 findings\n") != NULL,
              "%s", text);
    free(text);
    world_free(&world);
}

/* ---- doctor ------------------------------------------------------------------------------------------------------ */

#define GREETING                                                                                                       \
    "{\\\"protocol\\\":1,\\\"name\\\":\\\"T\\\",\\\"version\\\":\\\"1\\\",\\\"language\\\":\\\"sh\\\","                \
    "\\\"databases\\\":[\\\"%s\\\"],"                                                                                  \
    "\\\"models\\\":\\\"%s\\\",\\\"capabilities\\\":{%s}}"
#define CORE "\\\"core\\\":\\\"native\\\""

static const struct {
    const char *database, *models, *capabilities, *rest; /* of the cases of the script */
    int status;
    const char *parts[5];
} patients[] = {
    {"sqlite",
     "dynamic",
     "",
     "",
     1,
     {"ok    hello", "WRONG a method that does not exist", "--    values: not looked at (core is not declared)",
      "ok    reset", "1 complaints\n"}},
    {"sqlite",
     "static",
     CORE,
     "*no_such_method*) echo \"{\\\"id\\\":$n,\\\"error\\\":{\\\"code\\\":-32601,\\\"message\\\":\\\"m\\\"}}\";;",
     0,
     {"ok    a method that does not exist", "(the models are compiled in)", "ok    it exits with status 0",
      "nothing to complain of\n"}},
    {"postgresql",
     "dynamic",
     CORE,
     "*no_such_method*) echo \"{\\\"id\\\":$n,\\\"error\\\":{\\\"code\\\":-32601,\\\"message\\\":\\\"m\\\"}}\";;"
     "*'\"define\"'*) echo \"{\\\"id\\\":$n,\\\"result\\\":{\\\"tables\\\":{}}}\";;*'\"new\"'*) echo "
     "\"{\\\"id\\\":$n,\\\"result\\\":{\\\"$\\\":\\\"obj\\\",\\\"v\\\":1}}\";;"
     "*'\"get\"'*) echo \"{\\\"id\\\":$n,\\\"result\\\":null}\";;",
     1,
     {"ok    there and back by `new` and `get`: null",
      "WRONG there and back by `new` and `get`: the empty text\n      expected \"\", got null", "17 complaints\n"}},
    {"sqlite",
     "dynamic",
     CORE,
     "*'\"open\"'*) echo \"{\\\"id\\\":$n,\\\"result\\\":null}\";;",
     1,
     {"WRONG open\n      `open`: a result that is not {}: null\n      advice: "}},
    {"sqlite",
     "dynamic",
     "",
     "*'\"reset\"'*) echo \"{\\\"id\\\":$n,\\\"result\\\":{}}\"; echo chatter;;",
     1,
     {"WRONG ", "\"chatter\""}},
    {"sqlite",
     "dynamic",
     "",
     "*'\"reset\"'*) echo \"{\\\"id\\\":$n,\\\"result\\\":{}}\"; trap 'exit 5' EXIT;;",
     1,
     {"WRONG it exits with status 0 within 2 s of the end of its input\n      exited with status 5"}},
};

Test(run_commands, doctor)
{
    for (size_t i = 0; i < sizeof patients / sizeof *patients; i++) {
        struct world world = make_world();
        struct text script = {0};
        text_add(&script, "n=0\nwhile read -r line; do n=$((n + 1)); case $line in\n*'\"hello\"'*) echo "
                          "\"{\\\"id\\\":1,\\\"result\\\":");
        text_format(&script,
                    GREETING "}\";;\n%s\n*) echo \"{\\\"id\\\":$n,\\\"result\\\":{}}\";;\nesac; done\nexit 0\n",
                    patients[i].database, patients[i].models, patients[i].capabilities, patients[i].rest);
        world_write(&world, "testee", text_get(&script));
        char *patient = memory_format("sh %s/testee", world.root);
        int status;
        char *text = call(command_doctor, &world, &status, (const char *const[]){patient, NULL});
        cr_expect_eq(status, patients[i].status, "row %zu: status %d\n%s", i, status, text);
        for (size_t j = 0; j < 5 && patients[i].parts[j] != NULL; j++) {
            cr_expect(strstr(text, patients[i].parts[j]) != NULL, "row %zu: lacks\n%s\nhas\n%s", i,
                      patients[i].parts[j], text);
        }
        free(text);
        free(patient);
        text_free(&script);
        world_free(&world);
    }
}
