/* Rows that are written many at a time, past the unit of work. */
#ifndef ORM_SESSION_MANY_H
#define ORM_SESSION_MANY_H
#include "session/session.h"

/* Where they come from: `count` rows, each with the columns `fields`. */
typedef struct orm__rows {
    const orm__mapper *mapper;
    size_t count;
    const size_t *fields;
    size_t field_count;
    orm_value (*read)(const void *context, size_t row, size_t i); /* of fields[i]; borrowed */
    const void *context;
} orm__rows;

/* `keys`, which may be NULL, gets the integer key of each row. A failure needs a rollback, as a failed flush does. */
orm_status orm__insert_many(orm_session *, const orm__rows *, int64_t *keys);
/* Rows are found by their keys, which are among the columns. ORM_STALE where one is not there. */
orm_status orm__update_many(orm_session *, const orm__rows *);

/* So many new keys of a single generated key; *known is false where nothing counts them. */
orm_status orm__reserve_keys(orm_session *, orm__connection *, const orm__mapper *, int64_t *keys, size_t count, bool *known);
#endif
