/* Inside of lint: what its parts share. */
#ifndef LINT_PARTS_H
#define LINT_PARTS_H
#include "base/text.h"
#include "lint/lint.h"

struct lint_finding {
    struct spec_place place;
    char *message;
};

struct lint {
    const struct spec *spec;
    json_t *used; /* capabilities, facts and schemas that a case uses, as "capability core" */
    struct lint_finding *findings;
    size_t count, room;
};

/* Notes a finding, once: rows of one table repeat themselves. */
void lint_find(struct lint *lint, const struct spec_place *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void lint_use(struct lint *lint, const char *what, const char *name);

/* The name of an operator ("db"), the tag of a tagged value ("var"), or NULL. */
const char *lint_operator(const json_t *value);
const char *lint_tag(const json_t *value);
/* Calls `visit` for a value and all values in it, but not for what lies inside of `json` documents. */
typedef void lint_visit(void *context, const json_t *value);
void lint_walk(const json_t *value, lint_visit *visit, void *context);
/* Calls `visit` for what a value may stand for: the branches of `db` and `fact`, or the value itself. */
void lint_branches(const json_t *value, lint_visit *visit, void *context);

/* names.c: models, columns, tables and variables that the steps of a case name. */
void lint_names(struct lint *lint, const struct spec_case *one);
#endif
