/* One direction of a revision for one dialect: the statements and directives of its sections. */
#ifndef ORM_MIGRATE_STEPS_H
#define ORM_MIGRATE_STEPS_H
#include "dialect/dialect.h"

typedef struct orm__step {
    enum { ORM__STEP_SQL, ORM__STEP_ALTER } kind;
    const char *text;    /* the statement; of a directive: ALTER TABLE … as PostgreSQL has it */
    size_t line;
    const char *table;   /* of a directive: plain; and what stands behind it */
    const char *action;
} orm__step;

typedef struct orm__steps {
    orm__step *at;
    size_t count, capacity;
    orm__arena arena;
    bool irreversible;
    const char *decision;  /* an open one, or NULL */
    size_t decision_line;
} orm__steps;

/* Sections run in the order of the file; those of another dialect are passed by, but they must be well formed too. Errors name `path` and line: ORM_MIGRATION. */
orm_status orm__steps_read(orm__steps *, const char *path, const char *text, size_t, const orm__dialect *, bool down, orm_error *);
void orm__steps_free(orm__steps *);
#endif
