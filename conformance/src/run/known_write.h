/* The list of known failures after a run: entries that still fail stay as they were written, those that pass go, new
 * failures come. */
#ifndef RUN_KNOWN_WRITE_H
#define RUN_KNOWN_WRITE_H
#include "judge/judge.h"
#include "run/known.h"

/* A result of the run, as far as the list is concerned. */
struct known_news {
    const char *id;
    enum spec_database database;
    enum judge_verdict verdict;
    const char *message; /* of a failure; may be NULL */
};

struct known_rewrite {
    const struct known *known;
    const char *text;            /* of the file; NULL: there is none */
    const char *const *ids;      /* of all that an entry may name; NULL-ended */
    bool ran[SPEC_DATABASES];
    const struct known_news *news;
    size_t count;
    size_t added, removed, narrowed, expired; /* set by known_rewrite */
};

/* The new text (to free). Comments and reasons of what stays are kept. NULL with *problem (to free) when the file is
 * laid out in a way that cannot be changed line by line. */
char *known_rewrite(struct known_rewrite *rewrite, char **problem);
#endif
