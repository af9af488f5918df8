#include "base/glob.h"
#include "base/memory.h"
#include "run/arguments.h"
#include "run/commands.h"
#include "run/complain.h"
#include "run/pseudo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_json(const char *label, const json_t *json)
{
    if (json != NULL) {
        char *text = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);
        printf("%s%s\n", label, text);
        free(text);
    }
}

static void print_names(const char *label, const char *const *names)
{
    if (names != NULL && names[0] != NULL) {
        printf("%s", label);
        for (size_t i = 0; names[i] != NULL; i++) {
            printf("%s%s", i > 0 ? ", " : "", names[i]);
        }
        putchar('\n');
    }
}

static void print_step(size_t number, const struct spec_step *step)
{
    char *params = json_dumps(step->params, JSON_ENCODE_ANY | JSON_COMPACT);
    printf("  %2zu. %s%s %s", number, step->operation->name, step->operation->own ? " (the runner's own)" : "", params);
    free(params);
    if (step->bind != NULL) {
        printf("  as %s", step->bind);
    }
    putchar('\n');
    print_json("        when ", step->when);
    print_json("        expect ", step->expect);
    print_json("        error ", step->error);
}

static void print_case(const struct spec_case *test)
{
    printf("case %s (%s:%d:%d)\n", test->id, test->place.file, test->place.line, test->place.column);
    if (test->schema != NULL) {
        printf("  schema %s (%s)%s\n", test->schema->name, test->schema->sha256,
               test->with_tables && test->foreign_keys    ? ", in a database of its own that enforces foreign keys"
               : test->with_tables ? ", in a database of its own that does not enforce foreign keys"
               : test->fresh       ? ", in a database of its own, without tables"
                                   : "");
    } else {
        printf("  in a database of its own, without a schema\n");
    }
    print_names("  needs ", test->needs);
    print_json("  when ", test->when);
    print_json("  rows ", test->rows);
    for (size_t i = 0; i < test->step_count; i++) {
        struct text call = {0};
        pseudo_step(&test->steps[i], &call);
        printf("    %s\n", text_get(&call));
        text_free(&call);
    }
    puts("  as steps");
    for (size_t i = 0; i < test->step_count; i++) {
        print_step(i + 1, &test->steps[i]);
    }
}

static void print_behaviour(const struct spec_behaviour *behaviour)
{
    printf("%s (%s; %s:%d:%d)\n", behaviour->id, spec_level_name(behaviour->level), behaviour->place.file,
           behaviour->place.line, behaviour->place.column);
    printf("  rule    %s\n  source  %s\n", behaviour->rule, behaviour->source);
    print_names("  was     ", behaviour->was);
    print_names("  covers  ", behaviour->catalogue);
    if (behaviour->untested != NULL) {
        printf("  untested: %s\n", behaviour->untested);
    }
    putchar('\n');
}

static bool was(const struct spec_behaviour *behaviour, const char *id)
{
    for (size_t i = 0; behaviour->was != NULL && behaviour->was[i] != NULL; i++) {
        if (strcmp(behaviour->was[i], id) == 0) {
            return true;
        }
    }
    return false;
}

/* A behaviour with all its cases, or one case of it. */
static bool explain(const struct spec_behaviour *behaviour, const char *id)
{
    bool whole = strcmp(behaviour->id, id) == 0 || was(behaviour, id), printed = false;
    if (whole) {
        print_behaviour(behaviour);
    }
    for (size_t i = 0; i < behaviour->case_count; i++) {
        if (whole || glob_match(id, behaviour->cases[i].id)) {
            if (!whole && !printed) {
                print_behaviour(behaviour);
            }
            print_case(&behaviour->cases[i]);
            printed = true;
        }
    }
    return whole || printed;
}

static int explain_all(const struct place_of_run *place, const struct strings *specs, const char *id)
{
    size_t refused = 0;
    struct spec *spec = spec_load(place->root, specs->items, complain_place, &refused);
    if (spec == NULL) {
        return 2;
    }
    bool found = false;
    for (size_t i = 0; i < spec->chapter_count; i++) {
        for (size_t j = 0; j < spec->chapters[i].behaviour_count; j++) {
            found = explain(&spec->chapters[i].behaviours[j], id) || found;
        }
    }
    if (!found) {
        complain("explain: there is no behaviour or case '%s' (try: list)", id);
    }
    spec_free(spec);
    return found ? 0 : 2;
}

int command_explain(const struct place_of_run *place, int count, char **words)
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
        complain("explain: %s", problem);
    } else if (help) {
        printf("usage: %s explain [OPTION]… ID\n\nTells a behaviour or a case: its rule and source, what it needs, its "
               "steps as calls and as they are sent.\n\n",
               place->program);
        arguments_print(table);
        status = 0;
    } else if (others.count != 1) {
        complain("explain: one id is needed");
    } else {
        status = explain_all(place, &specs, others.items[0]);
    }
    free(problem);
    strings_free(&specs);
    strings_free(&others);
    return status;
}
