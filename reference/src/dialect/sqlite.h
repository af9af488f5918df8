/* Between the two files of the SQLite dialect. */
#ifndef ORM_DIALECT_SQLITE_H
#define ORM_DIALECT_SQLITE_H
#include "dialect/dialect.h"

#define ORM__SQLITE_MEMORY "/liborm-memory-" /* how the name of a database in memory begins */

typedef struct orm__sqlite_set {
    bool foreign_keys, uri;
    int timeout_ms;
} orm__sqlite_set;
/* The options of URL and program together; ORM_CONFIG for one that has no meaning. */
orm_status orm__sqlite_settings(const orm__url *, const orm_options *, orm__sqlite_set *, orm_error *);
/* The URL's database becomes a file name or file: URI, absolute. */
orm_status orm__sqlite_resolve(orm__url *, const orm_options *, bool *in_memory, orm_error *);
#endif
