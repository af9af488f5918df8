#include "base/memory.h"
#include "run/arguments.h"
#include "run/commands.h"
#include "run/complain.h"
#include "run/outputs.h"

#include <stdio.h>
#include <stdlib.h>

static int report(const struct output_options *options, bool silent, const struct strings *paths)
{
    struct results_set set = {0};
    struct outputs outputs = {0};
    int status = 2;
    /* The files are read before one of the same name could be written over. */
    if (outputs_read(&set, paths) && outputs_open(&outputs, options)) {
        status = outputs_write(&outputs, &set) ? 0 : 3;
        if (!silent) {
            struct text text = {0};
            results_print_set(&set, outputs_colored(), &text);
            fputs(text_get(&text), stdout);
            text_free(&text);
        }
    }
    results_set_free(&set);
    return status;
}

int command_report(const struct place_of_run *place, int count, char **words)
{
    struct output_options options = {0};
    struct strings paths = {0};
    bool help = false;
    const struct argument table[] = {
        {"--html", ARGUMENT_TEXT, &options.html, NULL, "FILE", "write one HTML page: a matrix of all that was given"},
        {"--junit", ARGUMENT_TEXT, &options.junit, NULL, "FILE", "write JUnit XML"},
        {"--tap", ARGUMENT_TEXT, &options.tap, NULL, "FILE", "write TAP 14"},
        {"--text", ARGUMENT_TEXT, &options.text, NULL, "FILE", "write what is printed when no file is asked for"},
        {"--badge", ARGUMENT_TEXT, &options.badge, NULL, "FILE", "write a badge, an SVG image, of one implementation"},
        {"--help", ARGUMENT_FLAG, &help, NULL, NULL, "this"},
        {NULL, ARGUMENT_FLAG, NULL, NULL, NULL, NULL},
    };
    char *problem = NULL;
    int status = 2;
    if (!arguments_parse(table, count, words, &paths, &problem)) {
        complain("report: %s", problem);
    } else if (help) {
        printf("usage: %s report [OPTION]… RESULTS…\n\n"
               "Tells results files (`run --json`) again, side by side: several implementations, databases, versions, "
               "suites.\nA file whose totals are not those of its results is refused.\n\n",
               place->program);
        arguments_print(table);
        printf("\nExit status: 0 all was written, whatever the verdicts are; 2 wrong usage, or a file that is no "
               "results file;\n3 a file could not be written.\n");
        status = 0;
    } else if (paths.count == 0) {
        complain("report: which results files? `run --json FILE` writes one");
    } else {
        bool silent = options.html != NULL || options.junit != NULL || options.tap != NULL || options.text != NULL ||
                      options.badge != NULL;
        status = report(&options, silent, &paths);
    }
    free(problem);
    strings_free(&paths);
    return status;
}
