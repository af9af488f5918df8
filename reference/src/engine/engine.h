/* A database: its URL, its models, idle connections, statement caches, counts. Shared by threads; a connection belongs to one session at a time. */
#ifndef ORM_ENGINE_ENGINE_H
#define ORM_ENGINE_ENGINE_H
#include "dialect/dialect.h"
#include <pthread.h>

typedef struct orm__connection {
    orm_database *database;
    orm__link *link;
    struct orm__cache *cache;         /* prepared statements by SQL text, bounded, least recently used goes */
    struct orm__connection *next;     /* idle list */
    uint64_t generation;              /* of the database, when it was made: an older one is closed instead of kept */
} orm__connection;

struct orm_database {
    const orm__dialect *dialect;
    orm__url url;
    orm_options options;
    char *root;
    orm__registry registry;
    pthread_mutex_t lock;             /* what follows */
    pthread_cond_t returned;          /* a connection */
    orm__connection *idle;
    size_t idle_count, used_count;
    uint64_t generation;
    bool in_memory;
    orm__connection *anchor;          /* keeps a database in memory alive */
    orm_counts counts;
};

/* An idle connection or a new one. It comes outside of a transaction. */
orm_status orm__acquire(orm_database *, orm__connection **, orm_error *);
void orm__release(orm__connection *); /* rolls back what is open; closes a broken one */

enum orm__verb { ORM__SELECT, ORM__INSERT, ORM__UPDATE, ORM__DELETE, ORM__OTHER }; /* for counts */

/* A running statement. All zero is none; orm__finish it in any case. Two may run on one connection as long as their SQL differs or the first is finished;
 * a cached statement in use is prepared anew. */
typedef struct orm__cursor { orm__connection *connection; orm__statement *statement; struct orm__cached *entry; } orm__cursor;
/* Prepares (or finds) and runs; counts and logs. `cacheable` false: SQL of changing shape (lists). */
orm_status orm__start(orm__connection *, enum orm__verb, const char *sql, const orm_value *binds, size_t count, bool cacheable, orm__cursor *, orm_error *);
/* As orm__start, of a query in a transaction: rows come so many at a time (0: as the database likes), in constant memory. */
orm_status orm__start_batches(orm__connection *, const char *sql, const orm_value *binds, size_t count, size_t batch, orm__cursor *, orm_error *);
/* The same statement again, with other values; the cursor's last rows are gone. */
orm_status orm__again(orm__cursor *, enum orm__verb, const char *sql, const orm_value *binds, size_t count, orm_error *);
/* As orm__start with the arrays of a grid, for a dialect that has them. */
orm_status orm__start_arrays(orm__connection *, enum orm__verb, const char *sql, const orm__grid *, size_t first, size_t *taken, orm__cursor *, orm_error *);
orm_status orm__copy(orm__connection *, const char *sql, const orm__grid *, orm_error *); /* counted as an INSERT */
orm_status orm__next(orm__cursor *, bool *has_row, orm_error *);
orm_status orm__column(orm__cursor *, size_t i, orm_type, orm_value *, orm_error *);
size_t orm__width(orm__cursor *);                             /* columns of its rows */
const char *orm__column_name(orm__cursor *, size_t i);        /* NULL: no memory */
uint64_t orm__changes(orm__cursor *);
void orm__finish(orm__cursor *);
orm_status orm__execute(orm__connection *, const char *sql, orm_error *); /* BEGIN, COMMIT, DDL: logged, not counted */
#endif
