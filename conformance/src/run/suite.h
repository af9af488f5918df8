/* A whole run: every chosen case on every chosen database. */
#ifndef RUN_SUITE_H
#define RUN_SUITE_H
#include "run/arguments.h"
#include "spec/spec.h"

struct run_options {
    const char *root, *program;
    const char *impl;
    struct strings databases; /* "sqlite", "postgresql", or a URL */
    struct strings only, skip, specs;
    const char *profile, *level, *known;
    double timeout, seed;
    bool shuffle, fail_fast, isolate, trace;
    const char *json, *junit, *tap;
};

/* The status to exit with; what went wrong was said on stderr. */
int suite_run(const struct run_options *options);
#endif
