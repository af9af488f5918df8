/* Running revisions on a database, or writing them as a script. */
#ifndef ORM_MIGRATE_RUN_H
#define ORM_MIGRATE_RUN_H
#include "engine/engine.h"
#include "migrate/history.h"
#include "migrate/steps.h"

/* Where statements go: to a connection, to a script, or to both (SQLite's script is tried on a database in memory, so that the tables that it
 * rebuilds are there). */
typedef struct orm__runner {
    const orm__dialect *dialect;
    orm__connection *connection; /* NULL: a script alone */
    orm_write_fn *write;         /* NULL: no script */
    void *write_context;
    const char *path;            /* of the revision in hand, for messages */
    size_t line;
    orm_error *error;
} orm__runner;

orm_status orm__run_sql(const orm__runner *, const char *sql);
/* The same error, with the file and line in front. */
orm_status orm__run_failed(const orm__runner *, orm_status);
/* Rebuilds a table of SQLite by these directives, all of one table. */
orm_status orm__rebuild(orm__runner *, const orm__step *, size_t count);

/* The rows of the version table; none when there is no table. ORM_MIGRATION for one that the history does not have. */
orm_status orm__read_rows(orm__connection *, const orm_migrations *, orm__revision_set *rows, bool *has_table, orm_error *);
#endif
