/* Database URLs, taken apart. */
#ifndef ORM_CONFIG_URL_H
#define ORM_CONFIG_URL_H
#include "base/memory.h"
#include <orm.h>

typedef struct orm__url {
    const char *scheme;                    /* "sqlite", "postgresql": a driver after + (sqlite+pysqlite, postgresql+psycopg2) is accepted and dropped */
    const char *user, *password, *host, *database; /* NULL: not given; decoded; database of SQLite: the path, NULL or "" or ":memory:" in memory */
    int port;                              /* 0: not given */
    const char *(*options)[2];             /* name, value; decoded; only PostgreSQL's `host` comes more than once */
    size_t option_count;
    orm__arena arena;
} orm__url;
/* ORM_CONFIG names the fault and its place in the URL, never the password. */
orm_status orm__url_parse(const char *url, orm__url *, orm_error *);
void orm__url_free(orm__url *);
const char *orm__url_option(const orm__url *, const char *name); /* NULL: not given */
#endif
