#include "run/arguments.h"
#include "run/commands.h"
#include "run/complain.h"
#include "run/suite.h"
#include "testee/testee.h"

#include <stdio.h>
#include <stdlib.h>

static void print_help(const struct argument *table, const char *program)
{
    printf("usage: %s run [OPTION]…\n\n"
           "Judges an implementation by the specification. Patterns are globs over the ids that `list` prints; one "
           "without\n"
           "a slash is also tried on behaviours. The options marked * may be given several times.\n\n",
           program);
    arguments_print(table);
    printf("\nExit status: 0 all good, 1 judged failures or nothing judged, 2 wrong usage or a wrong specification, 3 "
           "the runner\n"
           "or its database could not do its work, 128+N ended by signal N.\n"
           "Environment: ORMSPEC_POSTGRES_URL names the server of `--db postgresql`; NO_COLOR; ORMSPEC_ROOT.\n");
}

int command_run(const struct place_of_run *place, int count, char **words)
{
    struct run_options options = {.root = place->root, .program = place->program, .timeout = 0};
    bool help = false, timed = false;
    const struct argument table[] = {
        {"--impl", ARGUMENT_TEXT, &options.impl, NULL, "NAME|COMMAND",
         "an adapter's name (default: reference), or a command when it holds a slash or a space"},
        {"--db", ARGUMENT_LIST, &options.databases, NULL, "DATABASE",
         "* sqlite (default), postgresql, or the URL of a PostgreSQL server"},
        {"--only", ARGUMENT_LIST, &options.only, NULL, "GLOB", "* judge these cases"},
        {"--skip", ARGUMENT_LIST, &options.skip, NULL, "GLOB", "* leave these out"},
        {"--profile", ARGUMENT_TEXT, &options.profile, NULL, "NAME",
         "what this profile needs and the implementation does not declare is a failure"},
        {"--level", ARGUMENT_TEXT, &options.level, NULL, "LEVEL", "must, should or may: leave out what is below"},
        {"--spec", ARGUMENT_LIST, &options.specs, NULL, "PATH",
         "* further chapters, a file or a folder; one of the same name replaces"},
        {"--known", ARGUMENT_TEXT, &options.known, NULL, "FILE",
         "known failures (default: known.yaml beside the adapter)"},
        {"--timeout", ARGUMENT_NUMBER, &options.timeout, &timed, "SECONDS", "for one operation (default: 10)"},
        {"--fail-fast", ARGUMENT_FLAG, &options.fail_fast, NULL, NULL, "stop after the first failure"},
        {"--shuffle", ARGUMENT_NUMBER, &options.seed, &options.shuffle, "SEED",
         "another order, the same for the same seed"},
        {"--isolate", ARGUMENT_FLAG, &options.isolate, NULL, NULL, "a process and a database for each case"},
        {"--trace", ARGUMENT_FLAG, &options.trace, NULL, NULL, "show every line of the wire on stderr"},
        {"--json", ARGUMENT_TEXT, &options.json, NULL, "FILE", "write the results as JSON"},
        {"--junit", ARGUMENT_TEXT, &options.junit, NULL, "FILE", "write the results as JUnit XML"},
        {"--tap", ARGUMENT_TEXT, &options.tap, NULL, "FILE", "write the results as TAP 14"},
        {"--help", ARGUMENT_FLAG, &help, NULL, NULL, "this"},
        {NULL, ARGUMENT_FLAG, NULL, NULL, NULL, NULL},
    };
    struct strings others = {0};
    char *problem = NULL;
    int status = 2;
    if (!arguments_parse(table, count, words, &others, &problem)) {
        complain("run: %s", problem);
    } else if (help) {
        print_help(table, place->program);
        status = 0;
    } else if (timed && options.timeout <= 0) {
        complain("run: --timeout must be more than 0");
    } else if (options.shuffle && options.seed > (double)(unsigned long long)options.seed) {
        complain("run: --shuffle takes a whole number");
    } else if (others.count > 0) {
        complain("run: what is '%s'? Cases are chosen with --only", others.items[0]);
    } else {
        options.impl = options.impl == NULL ? "reference" : options.impl;
        status = suite_run(&options);
    }
    free(problem);
    strings_free(&others);
    strings_free(&options.databases);
    strings_free(&options.only);
    strings_free(&options.skip);
    strings_free(&options.specs);
    return status;
}
