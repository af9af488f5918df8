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

/* As run, with values in libpq's binary form. */
orm_status orm__postgresql_run_binary(orm__link *, orm__statement *, size_t count, const char *const *values, const int *sizes, orm_error *);

/* postgresql_many.c */
void orm__postgresql_array(orm__text *, size_t number, orm_type);
orm_status orm__postgresql_run_arrays(orm__link *, orm__statement *, const orm__grid *, size_t first, size_t *taken, orm_error *);
orm_status orm__postgresql_copy(orm__link *, const char *sql, const orm__grid *, orm_error *);

/* Every option is one of libpq's. ORM_CONFIG names the one that is not. */
orm_status orm__postgresql_resolve(orm__url *, const orm_options *, bool *in_memory, orm_error *);
orm_status orm__postgresql_connect(const orm__url *, const orm_options *, orm__link **, orm_error *);
void orm__postgresql_disconnect(orm__link *);
bool orm__postgresql_alive(orm__link *);
/* What a result or, where it is NULL, the connection says; `result` is still the caller's. */
orm_status orm__postgresql_fail(orm__link *, const PGresult *, orm_error *);
#endif
