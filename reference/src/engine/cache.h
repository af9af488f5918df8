/* Prepared statements of one connection, by SQL text. Bounded: the least recently used one that is idle goes. */
#ifndef ORM_ENGINE_CACHE_H
#define ORM_ENGINE_CACHE_H
#include "dialect/dialect.h"

enum { ORM__CACHE_SIZE = 128 };

typedef struct orm__cached {
    uint64_t hash;
    char *sql;
    orm__statement *statement;
    bool busy;                                /* of a running cursor */
    struct orm__cached *newer, *older, *next; /* by use; in the bucket */
} orm__cached;

typedef struct orm__cache {
    orm__cached *buckets[ORM__CACHE_SIZE];
    orm__cached *newest, *oldest;
    size_t count;
} orm__cache;

orm__cached *orm__cache_find(orm__cache *, const char *sql); /* becomes the newest; NULL: none */
/* Takes the statement over. NULL: no memory, and the statement is still the caller's. What had to go is in *evicted, or
 * NULL. */
orm__cached *orm__cache_add(orm__cache *, const char *sql, orm__statement *, orm__statement **evicted);
orm__statement *orm__cache_pop(orm__cache *); /* any one, to be finalized; NULL: empty */
#endif
