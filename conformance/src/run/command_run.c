#include "run/arguments.h"
#include "run/commands.h"
#include "run/complain.h"
#include "run/suite.h"
#include "testee/testee.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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

/* What the options give, before it is checked. */
struct said {
    double jobs, max_failed;
    const char *shard;
    bool timed, limited, many, fail_fast;
};

static bool is_whole(double number)
{
    return number <= (double)(unsigned long long)number;
}

/* "2/5" */
static bool read_shard(const char *text, struct run_options *options)
{
    char *rest;
    unsigned long index = strtoul(text, &rest, 10);
    if (!isdigit((unsigned char)text[0]) || *rest != '/' || !isdigit((unsigned char)rest[1])) {
        return false;
    }
    unsigned long shards = strtoul(rest + 1, &rest, 10);
    if (*rest != '\0' || index < 1 || index > shards || shards > 100000) {
        return false;
    }
    options->shard = index;
    options->shards = shards;
    return true;
}

/* False: what is wrong was said. */
static bool check(const struct said *said, struct run_options *options)
{
    if (said->timed && options->timeout <= 0) {
        complain("run: --timeout must be more than 0");
    } else if (options->shuffle && !is_whole(options->seed)) {
        complain("run: --shuffle takes a whole number");
    } else if (said->many && (!is_whole(said->jobs) || said->jobs > 256)) {
        complain("run: --jobs takes a whole number up to 256");
    } else if (said->limited && (!is_whole(said->max_failed) || said->max_failed < 1)) {
        complain("run: --max-fail takes a whole number from 1");
    } else if (said->limited && said->fail_fast) {
        complain("run: --fail-fast is --max-fail 1: give one of them");
    } else if (options->attach && said->jobs > 1) {
        complain("run: --attach is for one testee at a time, not for --jobs");
    } else if (said->shard != NULL && !read_shard(said->shard, options)) {
        complain("run: --shard %s: it is I/N, such as 1/4 and up to 4/4", said->shard);
    } else {
        long processors = sysconf(_SC_NPROCESSORS_ONLN);
        options->jobs = said->many && said->jobs < 1 ? (size_t)(processors < 1 ? 1 : processors) : (size_t)said->jobs;
        options->max_failed = said->fail_fast ? 1 : (size_t)said->max_failed;
        return true;
    }
    return false;
}

int command_run(const struct place_of_run *place, int count, char **words)
{
    struct run_options options = {.root = place->root, .program = place->program, .progress = -1};
    struct said said = {0};
    bool help = false;
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
        {"--write-known", ARGUMENT_FLAG, &options.write_known, NULL, NULL,
         "afterwards put new failures into that file and take out what passes"},
        {"--timeout", ARGUMENT_NUMBER, &options.timeout, &said.timed, "SECONDS",
         "for one operation, `hello` apart (default: 10)"},
        {"--jobs", ARGUMENT_NUMBER, &said.jobs, &said.many, "N",
         "so many testees at the same time, each with a database of its own; 0: as many as processors (default: 1)"},
        {"--shard", ARGUMENT_TEXT, &said.shard, NULL, "I/N",
         "the I-th of N equal parts of the cases; `merge` joins the results"},
        {"--progress", ARGUMENT_NUMBER, &options.progress, NULL, "SECONDS",
         "a line on stderr so often; 0: never (default: on a terminal one that changes, else each 10 s)"},
        {"--fail-fast", ARGUMENT_FLAG, &said.fail_fast, NULL, NULL, "stop after the first failure"},
        {"--max-fail", ARGUMENT_NUMBER, &said.max_failed, &said.limited, "N", "stop after N failures"},
        {"--shuffle", ARGUMENT_NUMBER, &options.seed, &options.shuffle, "SEED",
         "another order, the same for the same seed"},
        {"--isolate", ARGUMENT_FLAG, &options.isolate, NULL, NULL, "a process and a database for each case"},
        {"--trace", ARGUMENT_FLAG, &options.trace, NULL, NULL, "show every line of the wire on stderr, with milliseconds since the case began"},
        {"--transcripts", ARGUMENT_TEXT, &options.transcripts, NULL, "DIR",
         "write what was said in each case to DIR/DATABASE/ID.jsonl, for `replay`"},
        {"--keep", ARGUMENT_TEXT, &options.keep, NULL, "DIR",
         "copy the database of each case that fails: a file for sqlite3, a script for psql"},
        {"--attach", ARGUMENT_FLAG, &options.attach, NULL, NULL,
         "name each testee's process and wait for Return before the first request; no timeouts"},
        {"--json", ARGUMENT_TEXT, &options.outputs.json, NULL, "FILE", "write the results as JSON"},
        {"--junit", ARGUMENT_TEXT, &options.outputs.junit, NULL, "FILE", "write the results as JUnit XML"},
        {"--tap", ARGUMENT_TEXT, &options.outputs.tap, NULL, "FILE", "write the results as TAP 14"},
        {"--html", ARGUMENT_TEXT, &options.outputs.html, NULL, "FILE", "write the results as one HTML page"},
        {"--badge", ARGUMENT_TEXT, &options.outputs.badge, NULL, "FILE", "write a badge: an SVG image"},
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
    } else if (others.count > 0) {
        complain("run: what is '%s'? Cases are chosen with --only", others.items[0]);
    } else if (check(&said, &options)) {
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
