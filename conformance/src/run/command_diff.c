#include "report/compare.h"
#include "run/arguments.h"
#include "run/commands.h"
#include "run/complain.h"
#include "run/outputs.h"

#include <stdio.h>
#include <stdlib.h>

enum { SHOWN = 40 };

static int diff(const struct strings *paths, bool all)
{
    struct results_set set = {0};
    struct text text = {0};
    char *problem = NULL;
    bool worse = false;
    int status = 2;
    if (!outputs_read(&set, paths)) {
        status = 2;
    } else if (!compare_print(set.items[0], set.items[1], outputs_colored(), all ? 0 : SHOWN, &text, &worse,
                              &problem)) {
        complain("diff: %s", problem);
    } else {
        fputs(text_get(&text), stdout);
        status = worse ? 1 : 0;
    }
    free(problem);
    text_free(&text);
    results_set_free(&set);
    return status;
}

int command_diff(const struct place_of_run *place, int count, char **words)
{
    struct strings paths = {0};
    bool help = false, all = false;
    const struct argument table[] = {
        {"--all", ARGUMENT_FLAG, &all, NULL, NULL, "name every case, not only the first 40 of a kind"},
        {"--help", ARGUMENT_FLAG, &help, NULL, NULL, "this"},
        {NULL, ARGUMENT_FLAG, NULL, NULL, NULL, NULL},
    };
    char *problem = NULL;
    int status = 2;
    if (!arguments_parse(table, count, words, &paths, &problem)) {
        complain("diff: %s", problem);
    } else if (help) {
        printf("usage: %s diff [OPTION]… OLD NEW\n\n"
               "Says what flipped between two results files (`run --json`): two runs, versions, implementations, "
               "suites, or,\nwhen each has one database only, two databases. Cases are matched by id and database; an "
               "id that changed is\nfound by the new suite's `was`.\n\n",
               place->program);
        arguments_print(table);
        printf("\nExit status: 0 nothing is worse; 1 something passed and does not any more, or fails that did not, "
               "new cases\nincluded; 2 wrong usage, or a file that is no results file.\n");
        status = 0;
    } else if (paths.count != 2) {
        complain("diff: two results files are needed, the old one and the new one");
    } else {
        status = diff(&paths, all);
    }
    free(problem);
    strings_free(&paths);
    return status;
}
