/* Sends what a transcript has again, to the same testee or to another one, and judges it anew. */
#include "base/memory.h"
#include "base/path.h"
#include "run/arguments.h"
#include "run/attach.h"
#include "run/case.h"
#include "run/commands.h"
#include "run/complain.h"
#include "run/replay.h"
#include "run/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct wishes {
    const char *impl, *db;
    double timeout;
    bool timed, trace, attach;
};

static void print_field(const char *label, const char *text)
{
    if (text != NULL) {
        printf("  %-9s %s\n", label, text);
    }
}

static void print_json(const char *label, const json_t *json)
{
    if (json != NULL) {
        char *text = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);
        print_field(label, text);
        free(text);
    }
}

static void print_lines(const char *title, char *lines)
{
    if (lines != NULL && *lines != '\0') {
        printf("%s\n", title);
        char *rest = lines;
        for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
            if (*line != '\0') {
                printf("  %s\n", line);
            }
        }
    }
}

/* Why it cannot be judged with this testee, or NULL. To free. */
static char *unfit(const struct world *world, const struct replay *replay)
{
    struct judge_scope scope = {.database = world->kind, .facts = world->hello.facts};
    if (!world->hello.speaks[world->kind]) {
        return memory_format("database %s is not declared", spec_database_name(world->kind));
    }
    for (size_t i = 0; replay->test.needs[i] != NULL; i++) {
        if (!testee_declares(&world->hello, replay->test.needs[i])) {
            return memory_format("%s is not declared", replay->test.needs[i]);
        }
    }
    return judge_when(&scope, replay->test.when) ? NULL : memory_copy("the case is not for its facts");
}

static enum judge_outcome run_case(struct world *world, const struct replay *replay, struct ending *ending)
{
    char *id = NULL;
    testee_mark(world->testee);
    if (!replay->test.fresh) {
        if (world_prepare(world, replay->test.schema, ending, &id) != WORLD_READY) {
            if (ending->message != NULL) {
                char *message = memory_format("%s failed: %s", id == NULL ? "the schema" : id, ending->message);
                free(ending->message);
                ending->message = message;
            }
            free(id);
            return ending->outcome;
        }
    }
    case_run(world, &replay->test, ending);
    return ending->outcome;
}

static int tell(struct world *world, const struct replay *replay, const struct ending *ending)
{
    enum judge_verdict verdict = judge_decide(ending->outcome, false);
    const char *name = json_string_value(json_object_get(world->hello.json, "name")),
               *version = json_string_value(json_object_get(world->hello.json, "version"));
    json_t *now = transcript_portable(world->transcript.lines, world->environment);
    char *differences = replay_differences(replay->lines, now);
    print_lines("answers that differ from the transcript:", differences);
    printf("%s %s [%s]: %s with %s %s; in the transcript %s with %s %s\n", judge_verdict_name(verdict), replay->test.id,
           spec_database_name(replay->database), judge_verdict_name(verdict), name, version, replay->verdict,
           replay->name == NULL ? "?" : replay->name, replay->version == NULL ? "" : replay->version);
    if (verdict != JUDGE_PASS) {
        print_field("rule", replay->behaviour.rule);
        if (ending->at != NULL) {
            printf("  %-9s %zu of %zu: %s\n", "step", ending->step, replay->test.step_count,
                   ending->at->operation->name);
        }
        print_json("expected", ending->expected);
        print_json("actual", ending->actual);
        print_field("at", ending->path);
        print_field("because", ending->message);
        struct text errors = {0};
        if (world->testee != NULL) {
            testee_print_stderr(world->testee, 20, &errors);
        }
        print_lines("  stderr", errors.data);
        text_free(&errors);
    }
    free(differences);
    json_decref(now);
    return verdict == JUDGE_PASS ? 0 : verdict == JUDGE_BROKEN ? 3 : 1;
}

/* Starts the testee and runs the case in a world of its own. */
static int perform(struct world *world, const struct replay *replay)
{
    char *problem = NULL;
    enum testee_failure failure = world_start(world, &problem);
    int status = 1;
    if (failure != TESTEE_STARTED) {
        if (signals_came() == 0) {
            complain("replay: %s", problem);
        }
        free(problem);
        return failure == TESTEE_UNUSABLE ? 2 : 1;
    }
    char *why = unfit(world, replay);
    if (why != NULL) {
        printf("unsupported %s [%s]: %s\n", replay->test.id, spec_database_name(world->kind), why);
        free(why);
    } else {
        struct ending ending = {0};
        run_case(world, replay, &ending);
        status = ending.interrupted ? 1 : tell(world, replay, &ending);
        ending_clear(&ending);
    }
    return status;
}

static int serve(const struct place_of_run *place, const struct wishes *wishes, const struct replay *replay)
{
    const char *from_environment = getenv("ORMSPEC_POSTGRES_URL");
    char *problem = NULL, *scratch = scratch_make(&problem);
    if (scratch == NULL) {
        complain("%s", problem);
        free(problem);
        return 3;
    }
    struct database_settings settings = {
        .kind = replay->database,
        .root = place->root,
        .scratch = scratch,
        .url = wishes->db != NULL                                      ? wishes->db
               : from_environment != NULL && *from_environment != '\0' ? from_environment
                                                                       : NULL,
        .interrupt_fd = signals_fd()};
    struct testee_options options = {.root = place->root,
                                     .impl = wishes->impl != NULL ? wishes->impl : replay->impl,
                                     .timeout = wishes->timeout,
                                     .trace = wishes->trace,
                                     .patient = wishes->attach,
                                     .started = wishes->attach ? attach_wait : NULL,
                                     .interrupt_fd = signals_fd()};
    struct ground ground;
    int status = 3;
    ground_begin(&ground, replay->database);
    ground.server = database_server_start(&settings, &problem);
    struct world world = {.spec = &replay->spec,
                          .options = &options,
                          .ground = &ground,
                          .kind = replay->database,
                          .scratch = scratch,
                          .transcript.on = true};
    if (ground.server == NULL) {
        complain("%s", problem);
        free(problem);
    } else {
        options.secrets = database_server_secrets(ground.server);
        status = perform(&world, replay);
    }
    world_free(&world);
    database_server_stop(ground.server);
    ground_end(&ground);
    scratch_remove(scratch);
    free(scratch);
    return signals_came() != 0 ? 128 + signals_came() : status;
}

static int replay_file(const struct place_of_run *place, const struct wishes *wishes, const char *path)
{
    size_t refused = 0;
    char *problem = NULL;
    struct spec *spec = spec_load(place->root, NULL, complain_place, &refused);
    struct replay replay;
    int status = 2;
    if (spec == NULL) {
        return 2;
    }
    if (!replay_read(&replay, path, spec, &problem)) {
        complain("replay: %s", problem);
        free(problem);
    } else if (wishes->db != NULL && (replay.database == SPEC_SQLITE || strncmp(wishes->db, "postgres", 8) != 0)) {
        complain("replay: --db %s: it is the URL of a PostgreSQL server, for a transcript from PostgreSQL", wishes->db);
    } else {
        signals_watch();
        status = serve(place, wishes, &replay);
    }
    replay_free(&replay);
    spec_free(spec);
    return status;
}

int command_replay(const struct place_of_run *place, int count, char **words)
{
    struct strings others = {0};
    struct wishes wishes = {0};
    bool help = false;
    const struct argument table[] = {
        {"--impl", ARGUMENT_TEXT, &wishes.impl, NULL, "NAME|COMMAND", "whom to send it to (default: who was recorded)"},
        {"--db", ARGUMENT_TEXT, &wishes.db, NULL, "URL", "a PostgreSQL server (default: a throwaway one)"},
        {"--timeout", ARGUMENT_NUMBER, &wishes.timeout, &wishes.timed, "SECONDS", "for one operation (default: 10)"},
        {"--trace", ARGUMENT_FLAG, &wishes.trace, NULL, NULL, "show every line of the wire on stderr"},
        {"--attach", ARGUMENT_FLAG, &wishes.attach, NULL, NULL,
         "name the testee's process and wait for Return before the first request; no timeouts"},
        {"--help", ARGUMENT_FLAG, &help, NULL, NULL, "this"},
        {NULL, ARGUMENT_FLAG, NULL, NULL, NULL, NULL},
    };
    char *problem = NULL;
    int status = 2;
    if (!arguments_parse(table, count, words, &others, &problem)) {
        complain("replay: %s", problem);
    } else if (help) {
        printf("usage: %s replay [OPTION]… FILE\n\nSends the case of a transcript (`run --transcripts DIR`) again, as it "
               "was recorded, and judges it anew.\nThe case comes from the file: the specification may have changed "
               "since. Exit status: 0 it passes, 1 it does not,\n2 wrong usage or file, 3 the runner or its database "
               "could not do its work.\n\n",
               place->program);
        arguments_print(table);
        status = 0;
    } else if (wishes.timed && wishes.timeout <= 0) {
        complain("replay: --timeout must be more than 0");
    } else if (others.count != 1) {
        complain("replay: one transcript is needed");
    } else {
        status = replay_file(place, &wishes, others.items[0]);
    }
    free(problem);
    strings_free(&others);
    return status;
}
