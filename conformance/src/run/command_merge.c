#include "report/merge.h"
#include "run/arguments.h"
#include "run/commands.h"
#include "run/complain.h"
#include "run/outputs.h"

#include <stdio.h>
#include <stdlib.h>

static int join(const struct strings *paths, const char *target)
{
    struct results_set set = {0};
    struct results *whole = NULL;
    char *problem = NULL;
    int status = 2;
    if (outputs_read(&set, paths) && (whole = merge(&set, &problem)) == NULL) {
        complain("merge: %s", problem);
    } else if (whole != NULL) {
        struct text text = {0};
        results_write(whole, &text);
        status = output_text("-o", target, &text) ? 0 : 3;
        text_free(&text);
    }
    if (status == 0) {
        printf("%zu passed, %zu failed, %zu skipped\n", whole->totals.passed, whole->totals.failed,
               whole->totals.skipped);
    }
    free(problem);
    results_free(whole);
    results_set_free(&set);
    return status;
}

int command_merge(const struct place_of_run *place, int count, char **words)
{
    struct strings paths = {0};
    const char *target = NULL;
    bool help = false;
    const struct argument table[] = {
        {"-o", ARGUMENT_TEXT, &target, NULL, "FILE", "where the whole goes"},
        {"--help", ARGUMENT_FLAG, &help, NULL, NULL, "this"},
        {NULL, ARGUMENT_FLAG, NULL, NULL, NULL, NULL},
    };
    char *problem = NULL;
    int status = 2;
    if (!arguments_parse(table, count, words, &paths, &problem)) {
        complain("merge: %s", problem);
    } else if (help) {
        printf("usage: %s merge PART… -o FILE\n\n"
               "Joins the results files of one run's shards, or of its databases, to one. Refused are parts of "
               "different suites,\nimplementations or choices of cases, parts that overlap, and gaps.\n\n",
               place->program);
        arguments_print(table);
        printf("\nExit status: 0 joined, whatever the verdicts are; 2 wrong usage, or parts that do not fit; 3 the "
               "file could not\nbe written.\n");
        status = 0;
    } else if (paths.count == 0 || target == NULL) {
        complain("merge: which parts, and where to? PART… -o FILE");
    } else {
        status = join(&paths, target);
    }
    free(problem);
    strings_free(&paths);
    return status;
}
