/* Failures that are expected: a strict YAML list of {case, database?, versions?, reason, url?, expires?}. */
#ifndef RUN_KNOWN_H
#define RUN_KNOWN_H
#include "base/arena.h"
#include "spec/spec.h"

struct known_entry {
    const char *pattern; /* a glob over full ids */
    bool databases[SPEC_DATABASES];
    const char *versions;     /* "werkzeug < 2.3, python >= 3.11", or NULL */
    const char *reason, *url; /* url: may be NULL */
    const char *expires;      /* "2026-12-31", its last day; or NULL */
    struct spec_place place;
    bool holds, expired; /* known_apply: the versions are such; its last day is over */
};

struct known {
    struct known_entry *entries;
    size_t count;
    const char *path;
    struct arena arena;
};

/* False when the file was refused; each refusal was reported. */
bool known_read(struct known *known, const char *path, spec_report *report, void *context);
/* Decides which entries hold, by the versions in `hello` and today's date ("2026-11-22"). False when a version's
 * condition names a part that the testee does not name; reported. */
bool known_apply(struct known *known, const json_t *versions, const char *today, spec_report *report, void *context);
/* Does the pattern match any of these ids (NULL-ended)? Reports the entries whose pattern does not; false if there is
 * any. */
bool known_match(const struct known *known, const char *const *ids, spec_report *report, void *context);
/* The first entry that holds for it, or NULL. One that is expired holds too, when there is no other: it is told. */
const struct known_entry *known_find(const struct known *known, const char *id, enum spec_database database);
void known_free(struct known *known);

/* "<" 2.3 and such; parts are compared as numbers, what follows them as text. */
bool known_version_holds(const char *version, const char *operator, const char * wanted);
#endif
