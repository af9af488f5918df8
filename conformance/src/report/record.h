/* What a run found out: the one record that every output is made from. */
#ifndef REPORT_RECORD_H
#define REPORT_RECORD_H
#include "base/text.h"
#include "judge/judge.h"

struct report_result {
    char *id;
    enum spec_database database;
    enum judge_verdict verdict;
    double milliseconds;
    long order;                   /* place in the specification; what is no case comes before */
    const struct spec_case *test; /* NULL: a prerequisite */
    const struct spec_step *at;   /* where it ended, or NULL */
    size_t step;                  /* its number from 1, or 0 */
    json_t *expected, *actual;    /* or NULL */
    char *path;                   /* of the first difference, or NULL */
    char *message;                /* why, in one sentence; NULL when it passed */
    char *happened;               /* known, stale: the message that the reason stands in front of; may be NULL */
    char *group;                  /* unsupported: the capability */
    const char *only;             /* a case that repeats a failed prerequisite, or NULL */
    char *transcript, *kept;      /* files, or NULL: what was said, and a copy of the database */
    char *wire, *errors;          /* last lines on the wire and of stderr, each ended by LF; or NULL */
};

struct report_database {
    enum spec_database kind;
    char version[32];
};

struct report_run {
    const struct spec *spec;
    const char *program; /* argv[0] */
    char *setting;       /* variables that a reproduction needs, ready for a shell and before the program; NULL: none */
    char *doctor;        /* " doctor 'x'": what looks at a testee that cannot be started; may be NULL */
    char *again;         /* options that a reproduction needs, ready for a shell; begins with a blank or is empty */
    char *databases_again[SPEC_DATABASES]; /* " --db sqlite" */
    json_t *implementation;                /* hello; NULL when there was none */
    struct report_database databases[SPEC_DATABASES];
    size_t database_count;
    struct report_result **results;
    size_t count, capacity;
    size_t total, selected; /* cases in the specification; of these those that --only chose, before any shards */
    size_t shard, shards;   /* which part of them this is, from 1; 0: all */
    json_t *options;        /* what was asked, as far as it changes what is judged: {"only": […], …}; may be NULL */
    double seconds;         /* that the run took */
    char started[32];       /* "2026-11-22T10:00:00Z", or empty */
    const char *stopped;    /* why the rest was not run, or NULL */
    bool color;
};

/* Owned by the run; the id is copied. */
struct report_result *report_add(struct report_run *run, const char *id, enum spec_database database);
/* Takes over one that was made elsewhere, with what it holds. */
void report_take(struct report_run *run, struct report_result *result);
void report_free(struct report_result *result);
/* In the order of the databases and of the specification. Call it before any output. */
void report_sort(struct report_run *run);
void report_clear(struct report_run *run);

/* 0 all good, 1 judged failures or nothing judged, 3 the suite or its database failed. */
int report_status(const struct report_run *run);

/* The document that all outputs are made from (results.h). */
json_t *report_json(const struct report_run *run);
/* The story of one result that did not pass, while the run goes on. */
void report_print_result(const struct report_run *run, const struct report_result *result, struct text *out);
#endif
