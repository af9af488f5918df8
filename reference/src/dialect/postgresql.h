/* Between the files of the PostgreSQL dialect. */
#ifndef ORM_DIALECT_POSTGRESQL_H
#define ORM_DIALECT_POSTGRESQL_H
#include "dialect/dialect.h"
#include <libpq-fe.h>

struct orm__link {
    PGconn *connection;
    uint64_t last_cursor;
    uint64_t last_name; /* of prepared statements, which the server knows as orm_1, orm_2 … */
    uint64_t *doomed;   /* names to be given back when the transaction allows it */
    size_t doomed_count, doomed_capacity;
};

/* Every option is one of libpq's. ORM_CONFIG names the one that is not. */
orm_status orm__postgresql_resolve(orm__url *, const orm_options *, bool *in_memory, orm_error *);
orm_status orm__postgresql_connect(const orm__url *, const orm_options *, orm__link **, orm_error *);
void orm__postgresql_disconnect(orm__link *);
bool orm__postgresql_alive(orm__link *);
/* What a result or, where it is NULL, the connection says; `result` is still the caller's. */
orm_status orm__postgresql_fail(orm__link *, const PGresult *, orm_error *);
#endif
