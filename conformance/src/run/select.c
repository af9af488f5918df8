#include "run/select.h"

#include "base/glob.h"
#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool level_parse(const char *name, enum spec_level *level)
{
    static const enum spec_level levels[] = {SPEC_MUST, SPEC_SHOULD, SPEC_MAY};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        if (strcmp(name, spec_level_name(levels[i])) == 0) {
            *level = levels[i];
            return true;
        }
    }
    return false;
}

static bool matches(const char *pattern, const struct spec_case *test)
{
    return glob_match(pattern, test->id) || (strchr(pattern, '/') == NULL && glob_match(pattern, test->behaviour->id));
}

/* The first pattern that matches the case, or NULL. Notes in `used` which patterns did. */
static const char *match_any(const struct strings *patterns, const struct spec_case *test, bool *used)
{
    const char *first = NULL;
    for (size_t i = 0; i < patterns->count; i++) {
        if (matches(patterns->items[i], test)) {
            used[i] = true;
            first = first != NULL ? first : patterns->items[i];
        }
    }
    return first;
}

static char *find_unused(const char *option, const struct strings *patterns, const bool *used)
{
    for (size_t i = 0; i < patterns->count; i++) {
        if (!used[i]) {
            return memory_format("%s '%s' matches no case (try: list)", option, patterns->items[i]);
        }
    }
    return NULL;
}

/* ---- order ------------------------------------------------------------------------------------------------------- */

static uint64_t next_random(uint64_t *state)
{
    /* SplitMix64: any seed will do, also 0. */
    uint64_t mixed = *state += UINT64_C(0x9E3779B97F4A7C15);
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94D049BB133111EB);
    return mixed ^ (mixed >> 31);
}

struct place {
    struct selected item;
    uint64_t group, within;
};

static int compare_places(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    if (a->group != b->group) {
        return a->group < b->group ? -1 : 1;
    }
    if (a->within != b->within) {
        return a->within < b->within ? -1 : 1;
    }
    return a->item.order < b->item.order ? -1 : a->item.order > b->item.order;
}

static bool same_group(const struct spec_case *a, const struct spec_case *b)
{
    return a->schema == b->schema && a->fresh == b->fresh;
}

static void put_in_order(struct selection *selection, bool shuffle, uint64_t seed)
{
    struct place *places = memory_array(selection->count + 1, sizeof *places);
    uint64_t groups = 0;
    for (size_t i = 0; i < selection->count; i++) {
        struct place *place = &places[i];
        place->item = selection->items[i];
        place->within = shuffle ? next_random(&seed) : i;
        size_t twin = 0, kin = i;
        while (twin < i && !same_group(places[twin].item.test, place->item.test)) {
            kin = kin == i && places[twin].item.test->schema == place->item.test->schema ? twin : kin;
            twin++;
        }
        if (twin < i) {
            place->group = places[twin].group;
        } else if (shuffle) {
            place->group = next_random(&seed);
        } else if (kin < i) {
            place->group = places[kin].group ^ 1; /* beside the schema's other group */
        } else {
            groups += 2;
            place->group = groups + place->item.test->fresh;
        }
    }
    if (selection->count > 0) {
        qsort(places, selection->count, sizeof *places, compare_places);
    }
    for (size_t i = 0; i < selection->count; i++) {
        selection->items[i] = places[i].item;
    }
    free(places);
}

/* ---- choice ------------------------------------------------------------------------------------------------------ */

static const struct spec_case *case_at(const struct spec *spec, size_t *chapter, size_t *behaviour, size_t *number)
{
    for (; *chapter < spec->chapter_count; ++*chapter, *behaviour = 0) {
        const struct spec_chapter *in = &spec->chapters[*chapter];
        for (; *behaviour < in->behaviour_count; ++*behaviour, *number = 0) {
            if (*number < in->behaviours[*behaviour].case_count) {
                return &in->behaviours[*behaviour].cases[(*number)++];
            }
        }
    }
    return NULL;
}

bool select_cases(const struct spec *spec, const struct strings *only, const struct strings *skip,
                  const enum spec_level *level, bool shuffle, unsigned long long seed, struct selection *selection,
                  char **problem)
{
    *selection = (struct selection){0};
    size_t chapter = 0, behaviour = 0, number = 0;
    while (case_at(spec, &chapter, &behaviour, &number) != NULL) {
        selection->total++;
    }
    selection->items = memory_array(selection->total + 1, sizeof *selection->items);
    selection->ids = memory_array(selection->total + 1, sizeof *selection->ids);
    bool *only_used = memory_array(only->count + 1, sizeof *only_used),
         *skip_used = memory_array(skip->count + 1, sizeof *skip_used);
    chapter = behaviour = number = 0;
    const struct spec_case *test;
    for (long order = 0; (test = case_at(spec, &chapter, &behaviour, &number)) != NULL; order++) {
        selection->ids[order] = test->id;
        const char *skipped = match_any(skip, test, skip_used);
        if (match_any(only, test, only_used) == NULL && only->count > 0) {
            continue;
        }
        struct selected *item = &selection->items[selection->count++];
        *item = (struct selected){.test = test, .order = order};
        if (skipped != NULL) {
            item->reason = memory_format("--skip '%s'", skipped);
        } else if (level != NULL && test->behaviour->level > *level) {
            item->reason = memory_format("its level is %s, below --level %s", spec_level_name(test->behaviour->level),
                                         spec_level_name(*level));
        }
    }
    selection->chosen = selection->count;
    *problem = find_unused("--only", only, only_used);
    if (*problem == NULL) {
        *problem = find_unused("--skip", skip, skip_used);
    }
    free(only_used);
    free(skip_used);
    if (*problem != NULL) {
        selection_free(selection);
        return false;
    }
    put_in_order(selection, shuffle, seed);
    return true;
}

static int compare_orders(const void *left, const void *right)
{
    const long *a = left, *b = right;
    return *a < *b ? -1 : *a > *b;
}

void selection_shard(struct selection *selection, size_t index, size_t count)
{
    long *orders = memory_array(selection->count + 1, sizeof *orders);
    for (size_t i = 0; i < selection->count; i++) {
        orders[i] = selection->items[i].order;
    }
    if (selection->count > 0) {
        qsort(orders, selection->count, sizeof *orders, compare_orders);
    }
    size_t kept = 0, all = selection->count;
    for (size_t i = 0; i < all; i++) {
        const long *at = bsearch(&selection->items[i].order, orders, all, sizeof *orders, compare_orders);
        if ((size_t)(at - orders) % count == index - 1) {
            selection->items[kept++] = selection->items[i];
        } else {
            free(selection->items[i].reason);
        }
    }
    selection->count = kept;
    free(orders);
}

void selection_free(struct selection *selection)
{
    for (size_t i = 0; i < selection->count; i++) {
        free(selection->items[i].reason);
    }
    free(selection->items);
    free(selection->ids);
    *selection = (struct selection){0};
}
