#include "lint/lint.h"
#include "run/arguments.h"
#include "run/commands.h"
#include "run/complain.h"

#include <stdio.h>
#include <stdlib.h>

static int lint(const struct place_of_run *place, const struct strings *specs)
{
    size_t refused = 0;
    struct spec *spec = spec_load(place->root, specs->items, complain_place, &refused);
    if (spec == NULL) {
        return 2;
    }
    size_t behaviours = 0, cases = 0;
    for (size_t i = 0; i < spec->chapter_count; i++) {
        behaviours += spec->chapters[i].behaviour_count;
        for (size_t j = 0; j < spec->chapters[i].behaviour_count; j++) {
            cases += spec->chapters[i].behaviours[j].case_count;
        }
    }
    int findings = lint_spec(spec, complain_place, &refused);
    if (findings > 0) {
        complain("lint: %d findings", findings);
    } else {
        printf("suite %s: %zu chapters, %zu behaviours, %zu cases, nothing to complain of\n", spec->version,
               spec->chapter_count, behaviours, cases);
    }
    spec_free(spec);
    return findings > 0 ? 2 : 0;
}

int command_lint(const struct place_of_run *place, int count, char **words)
{
    struct strings specs = {0}, others = {0};
    bool help = false;
    const struct argument table[] = {
        {"--spec", ARGUMENT_LIST, &specs, NULL, "PATH", "* further chapters, a file or a folder"},
        {"--help", ARGUMENT_FLAG, &help, NULL, NULL, "this"},
        {NULL, ARGUMENT_FLAG, NULL, NULL, NULL, NULL},
    };
    char *problem = NULL;
    int status = 2;
    if (!arguments_parse(table, count, words, &others, &problem)) {
        complain("lint: %s", problem);
    } else if (help) {
        printf("usage: %s lint [OPTION]…\n\nChecks the specification itself. Exit status: 0 nothing found, 2 findings, "
               "each with its place.\n\n",
               place->program);
        arguments_print(table);
        status = 0;
    } else if (others.count > 0) {
        complain("lint: what is '%s'? Further chapters are named with --spec", others.items[0]);
    } else {
        status = lint(place, &specs);
    }
    free(problem);
    strings_free(&specs);
    strings_free(&others);
    return status;
}
