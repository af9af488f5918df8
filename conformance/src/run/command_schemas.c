#include "base/memory.h"
#include "run/arguments.h"
#include "run/commands.h"
#include "run/complain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int name_all(const struct spec *spec)
{
    for (size_t i = 0; i < spec->schema_count; i++) {
        if (!spec->schemas[i]->wrong) {
            printf("%s@%s\n", spec->schemas[i]->name, spec->schemas[i]->sha256);
        }
    }
    return 0;
}

/* One schema as `define` sends it, all keys in the order of the file. */
static void print_schema(const struct spec_schema *schema)
{
    char *line = json_dumps(schema->json, JSON_COMPACT);
    printf("  %s", line);
    free(line);
}

static int print_all(const struct spec *spec, const struct strings *names)
{
    bool first = true;
    for (size_t i = 0; i < names->count; i++) {
        if (spec_find_schema(spec, names->items[i]) == NULL) {
            complain("schemas: there is no fixtures/schemas/%s.yaml", names->items[i]);
            return 2;
        }
    }
    puts("[");
    for (size_t i = 0; i < spec->schema_count; i++) {
        bool wanted = names->count == 0 && !spec->schemas[i]->wrong;
        for (size_t j = 0; j < names->count; j++) {
            wanted = wanted || strcmp(names->items[j], spec->schemas[i]->name) == 0;
        }
        if (wanted) {
            fputs(first ? "" : ",\n", stdout);
            print_schema(spec->schemas[i]);
            first = false;
        }
    }
    puts("\n]");
    return 0;
}

int command_schemas(const struct place_of_run *place, int count, char **words)
{
    struct strings names = {0};
    bool json = false, help = false;
    const struct argument table[] = {
        {"--json", ARGUMENT_FLAG, &json, NULL, NULL, "the schemas themselves, a list as `define` sends them, instead of their names"},
        {"--help", ARGUMENT_FLAG, &help, NULL, NULL, "this"},
        {NULL, ARGUMENT_FLAG, NULL, NULL, NULL, NULL},
    };
    char *problem = NULL;
    int status = 2;
    if (!arguments_parse(table, count, words, &names, &problem)) {
        complain("schemas: %s", problem);
    } else if (help) {
        printf("usage: %s schemas [--json [NAME…]]\n\nPrints the named schemas as NAME@SHA256, one a line: what a testee with compiled-in models says in `hello`.\n\n",
               place->program);
        arguments_print(table);
        status = 0;
    } else if (names.count > 0 && !json) {
        complain("schemas: names go with --json");
    } else {
        size_t refused = 0;
        struct spec *spec = spec_load(place->root, NULL, complain_place, &refused);
        if (spec != NULL) {
            status = json ? print_all(spec, &names) : name_all(spec);
        }
        spec_free(spec);
    }
    free(problem);
    strings_free(&names);
    return status;
}
