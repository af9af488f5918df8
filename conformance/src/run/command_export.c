#include "run/arguments.h"
#include "run/commands.h"
#include "run/complain.h"
#include "spec/export.h"

#include <stdio.h>
#include <stdlib.h>

int command_export(const struct place_of_run *place, int count, char **words)
{
    struct strings specs = {0}, others = {0};
    bool help = false, compact = false;
    const struct argument table[] = {
        {"--compact", ARGUMENT_FLAG, &compact, NULL, NULL, "in one line"},
        {"--spec", ARGUMENT_LIST, &specs, NULL, "PATH", "* further chapters, a file or a folder"},
        {"--help", ARGUMENT_FLAG, &help, NULL, NULL, "this"},
        {NULL, ARGUMENT_FLAG, NULL, NULL, NULL, NULL},
    };
    char *problem = NULL;
    int status = 2;
    if (!arguments_parse(table, count, words, &others, &problem)) {
        complain("export: %s", problem);
    } else if (help) {
        printf("usage: %s export [OPTION]…\n\nPrints the specification as one JSON object: the closed lists, the schemas, "
               "and each chapter with its\nbehaviours and cases, short forms expanded and tables multiplied, as a run "
               "takes them.\n\n",
               place->program);
        arguments_print(table);
        status = 0;
    } else if (others.count > 0) {
        complain("export: what is '%s'? It prints all of it", others.items[0]);
    } else {
        size_t refused = 0;
        struct spec *spec = spec_load(place->root, specs.items, complain_place, &refused);
        if (spec != NULL) {
            json_t *json = spec_json(spec);
            status = json_dumpf(json, stdout, compact ? JSON_COMPACT : JSON_INDENT(1)) == 0 ? 0 : 3;
            putchar('\n');
            json_decref(json);
        }
        spec_free(spec);
    }
    free(problem);
    strings_free(&specs);
    strings_free(&others);
    return status;
}
