/* Which cases, and in which order. */
#ifndef RUN_SELECT_H
#define RUN_SELECT_H
#include "run/arguments.h"
#include "spec/spec.h"

struct selected {
    const struct spec_case *test;
    long order;   /* its place in the specification */
    char *reason; /* why it is skipped, or NULL */
};

struct selection {
    struct selected *items; /* in the order of the run: grouped by schema, the fresh ones of a schema last */
    size_t count, total;    /* total: cases in the specification */
    size_t chosen;          /* count before any shards */
    const char **ids;       /* of all cases of the specification, in its order; NULL-ended */
};

/* `only` chooses, `skip` and `level` (NULL: all) leave out with a reason. A pattern without a slash is also tried on
 * the behaviour's id. With `shuffle` the order is random, and the same for the same seed. False with *problem (to free)
 * and an empty selection when a pattern matches nothing. */
bool select_cases(const struct spec *spec, const struct strings *only, const struct strings *skip,
                  const enum spec_level *level, bool shuffle, unsigned long long seed, struct selection *selection,
                  char **problem);
/* Keeps the part of them that is the index-th (from 1) of so many parts: every count-th in the order of the
 * specification, so that each part has its share of every chapter, whatever the order of the run. */
void selection_shard(struct selection *selection, size_t index, size_t count);
void selection_free(struct selection *selection);
/* "must"; false when there is no such level. */
bool level_parse(const char *name, enum spec_level *level);
#endif
