#include "base/memory.h"
#include "run/arguments.h"
#include "run/commands.h"
#include "run/complain.h"
#include "run/select.h"

#include <stdio.h>
#include <stdlib.h>

static void print_coverage(const struct spec *spec)
{
    size_t all = 0, covered = 0, cases = 0;
    printf("%-20s %10s %10s %10s %10s\n", "chapter", "behaviours", "with cases", "untested", "cases");
    for (size_t i = 0; i < spec->chapter_count; i++) {
        const struct spec_chapter *chapter = &spec->chapters[i];
        size_t with = 0, number = 0;
        for (size_t j = 0; j < chapter->behaviour_count; j++) {
            with += chapter->behaviours[j].case_count > 0;
            number += chapter->behaviours[j].case_count;
        }
        printf("%-20s %10zu %10zu %10zu %10zu\n", chapter->name, chapter->behaviour_count, with,
               chapter->behaviour_count - with, number);
        all += chapter->behaviour_count;
        covered += with;
        cases += number;
    }
    printf("%-20s %10zu %10zu %10zu %10zu\n", "total", all, covered, all - covered, cases);
    for (size_t i = 0; i < spec->chapter_count; i++) {
        const struct spec_chapter *chapter = &spec->chapters[i];
        for (size_t j = 0; j < chapter->behaviour_count; j++) {
            const struct spec_behaviour *behaviour = &chapter->behaviours[j];
            if (behaviour->case_count == 0) {
                printf("untested %s: %s\n", behaviour->id,
                       behaviour->untested != NULL ? behaviour->untested : "no reason is given");
            }
        }
    }
}

static int compare_order(const void *left, const void *right)
{
    const struct selected *a = left, *b = right;
    return a->order < b->order ? -1 : a->order > b->order;
}

static int print_ids(const struct spec *spec, const struct strings *only, const struct strings *skip,
                     const char *level_name)
{
    struct selection selection;
    enum spec_level level;
    char *problem = NULL;
    int status = 2;
    if (level_name != NULL && !level_parse(level_name, &level)) {
        complain("--level %s: it is must, should or may", level_name);
        return 2;
    }
    if (select_cases(spec, only, skip, level_name == NULL ? NULL : &level, false, 0, &selection, &problem)) {
        qsort(selection.items, selection.count, sizeof *selection.items, compare_order);
        for (size_t i = 0; i < selection.count; i++) {
            if (selection.items[i].reason == NULL) {
                puts(selection.items[i].test->id);
            }
        }
        status = 0;
    } else {
        complain("list: %s", problem);
    }
    free(problem);
    selection_free(&selection);
    return status;
}

int command_list(const struct place_of_run *place, int count, char **words)
{
    struct strings only = {0}, skip = {0}, specs = {0}, others = {0};
    const char *level = NULL;
    bool coverage = false, help = false;
    const struct argument table[] = {
        {"--only", ARGUMENT_LIST, &only, NULL, "GLOB", "* these cases"},
        {"--skip", ARGUMENT_LIST, &skip, NULL, "GLOB", "* not these"},
        {"--level", ARGUMENT_TEXT, &level, NULL, "LEVEL", "must, should or may: not what is below"},
        {"--spec", ARGUMENT_LIST, &specs, NULL, "PATH", "* further chapters, a file or a folder"},
        {"--coverage", ARGUMENT_FLAG, &coverage, NULL, NULL,
         "behaviours with and without cases, by chapter, instead of ids"},
        {"--help", ARGUMENT_FLAG, &help, NULL, NULL, "this"},
        {NULL, ARGUMENT_FLAG, NULL, NULL, NULL, NULL},
    };
    char *problem = NULL;
    int status = 2;
    if (!arguments_parse(table, count, words, &others, &problem)) {
        complain("list: %s", problem);
    } else if (help) {
        printf("usage: %s list [OPTION]…\n\nPrints the ids of the cases, one a line.\n\n", place->program);
        arguments_print(table);
        status = 0;
    } else if (others.count > 0) {
        complain("list: what is '%s'? Cases are chosen with --only", others.items[0]);
    } else if (coverage && (only.count > 0 || skip.count > 0 || level != NULL)) {
        complain("list: --coverage is about all cases: it goes with --spec only");
    } else {
        size_t refused = 0;
        struct spec *spec = spec_load(place->root, specs.items, complain_place, &refused);
        if (spec != NULL && coverage) {
            print_coverage(spec);
            status = 0;
        } else if (spec != NULL) {
            status = print_ids(spec, &only, &skip, level);
        }
        spec_free(spec);
    }
    free(problem);
    strings_free(&only);
    strings_free(&skip);
    strings_free(&specs);
    strings_free(&others);
    return status;
}
