/* Which capability to declare next: what each undeclared one keeps from being judged. */
#include "base/memory.h"
#include "run/arguments.h"
#include "run/commands.h"
#include "run/complain.h"
#include "run/scratch.h"
#include "testee/testee.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct waiting {
    const char *name, *says;
    size_t alone, all; /* cases that need only it, and that need it among others */
};

struct count {
    const struct spec *spec;
    const struct testee_hello *hello;
    struct waiting *items; /* parallel to the capabilities */
    size_t cases, judged, declared;
};

static size_t place_of(const struct spec *spec, const char *name)
{
    size_t i = 0;
    while (spec->capabilities[i] != NULL && strcmp(spec->capabilities[i], name) != 0) {
        i++;
    }
    return i;
}

static void count_case(struct count *count, const struct spec_case *test)
{
    struct waiting *last = NULL;
    size_t missing = 0;
    for (size_t i = 0; test->needs[i] != NULL; i++) {
        if (!testee_declares(count->hello, test->needs[i])) {
            last = &count->items[place_of(count->spec, test->needs[i])];
            last->all++;
            missing++;
        }
    }
    count->cases++;
    count->judged += missing == 0;
    if (missing == 1) {
        last->alone++;
    }
}

static int compare(const void *left, const void *right)
{
    const struct waiting *a = left, *b = right;
    if (a->alone != b->alone) {
        return a->alone > b->alone ? -1 : 1;
    }
    return a->all > b->all ? -1 : a->all < b->all ? 1 : strcmp(a->name, b->name);
}

static void tell(struct count *count)
{
    size_t capabilities = 0;
    for (; count->spec->capabilities[capabilities] != NULL; capabilities++) {
        struct waiting *item = &count->items[capabilities];
        item->name = count->spec->capabilities[capabilities];
        item->says = count->spec->capability_says[capabilities];
        count->declared += testee_declares(count->hello, item->name);
    }
    for (size_t i = 0; i < count->spec->chapter_count; i++) {
        const struct spec_chapter *chapter = &count->spec->chapters[i];
        for (size_t j = 0; j < chapter->behaviour_count; j++) {
            for (size_t k = 0; k < chapter->behaviours[j].case_count; k++) {
                count_case(count, &chapter->behaviours[j].cases[k]);
            }
        }
    }
    printf("%s declares %zu of %zu capabilities: %zu of %zu cases can be judged\n",
           json_string_value(json_object_get(count->hello->json, "name")), count->declared, capabilities, count->judged,
           count->cases);
    qsort(count->items, capabilities, sizeof *count->items, compare);
    for (size_t i = 0; i < capabilities && count->items[i].all > 0; i++) {
        printf("  %-20s %5zu more with it alone, of %5zu that need it: %s\n", count->items[i].name,
               count->items[i].alone, count->items[i].all, count->items[i].says);
    }
}

static int ask(const struct place_of_run *place, const char *impl)
{
    size_t refused = 0, capabilities = 0;
    char *problem = NULL;
    struct spec *spec = spec_load(place->root, NULL, complain_place, &refused);
    if (spec == NULL) {
        return 2;
    }
    signals_watch();
    struct testee_options options = {.root = place->root, .impl = impl, .interrupt_fd = signals_fd()};
    struct testee *testee = NULL;
    struct testee_hello hello = {0};
    enum testee_failure failure = testee_start(&options, spec, &testee, &hello, &problem);
    if (failure == TESTEE_STARTED) {
        while (spec->capabilities[capabilities] != NULL) {
            capabilities++;
        }
        struct count count = {
            .spec = spec, .hello = &hello, .items = memory_array(capabilities + 1, sizeof(struct waiting))};
        tell(&count);
        free(count.items);
        testee_stop(testee, &problem);
    } else {
        complain("next: %s", problem);
    }
    free(problem);
    testee_hello_clear(&hello);
    spec_free(spec);
    return failure == TESTEE_STARTED ? 0 : failure == TESTEE_UNUSABLE ? 2 : 1;
}

int command_next(const struct place_of_run *place, int count, char **words)
{
    struct strings others = {0};
    bool help = false;
    const struct argument table[] = {
        {"--help", ARGUMENT_FLAG, &help, NULL, NULL, "this"},
        {NULL, ARGUMENT_FLAG, NULL, NULL, NULL, NULL},
    };
    char *problem = NULL;
    int status = 2;
    if (!arguments_parse(table, count, words, &others, &problem)) {
        complain("next: %s", problem);
    } else if (help) {
        printf("usage: %s next NAME|COMMAND\n\nAsks an adapter for its greeting and says which capability that it does "
               "not declare keeps most cases\nfrom being judged.\n\n",
               place->program);
        arguments_print(table);
        status = 0;
    } else if (others.count != 1) {
        complain("next: one adapter's name or command is needed");
    } else {
        status = ask(place, others.items[0]);
    }
    free(problem);
    strings_free(&others);
    return status;
}
