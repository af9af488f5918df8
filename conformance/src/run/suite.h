/* A whole run: every chosen case on every chosen database. */
#ifndef RUN_SUITE_H
#define RUN_SUITE_H
#include "report/record.h"
#include "run/arguments.h"
#include "run/outputs.h"
#include "spec/spec.h"

struct run_options {
    const char *root, *program;
    const char *impl;
    struct strings databases; /* "sqlite", "postgresql", or a URL */
    struct strings only, skip, specs;
    const char *profile, *level, *known;
    double timeout, seed;
    double progress;   /* seconds between two lines; 0: none; below 0: as it fits */
    size_t jobs;       /* testees at the same time; 0 and 1: one */
    size_t shard, shards; /* the shard-th (from 1) of so many; 0: all */
    size_t max_failed; /* stop after so many failures; 0: go on */
    bool shuffle, isolate, trace, attach, write_known;
    bool quiet;      /* nothing is printed */
    bool own_tables; /* the runner makes all tables */
    /* Gets the record before it is gone; NULL: nobody wants it. */
    void (*take)(void *context, const struct report_run *record);
    void *take_context;
    const char *transcripts, *keep; /* folders; NULL: not wanted */
    struct output_options outputs;
};

/* The status to exit with; what went wrong was said on stderr. */
int suite_run(const struct run_options *options);
#endif
