/* A query while it is being built. */
#ifndef ORM_QUERY_QUERY_H
#define ORM_QUERY_QUERY_H
#include "session/session.h"
#include "sql/statement.h"

struct orm_query {
    orm_session *session;
    const orm__mapper *mapper;
    orm_error error; /* the first one sticks */
    orm_expr **conditions, **order;
    size_t condition_count, condition_capacity, order_count, order_capacity;
    size_t limit, offset; /* ORM_NO_LIMIT: none */
    bool distinct;
};

/* `out` is a pointer to a pointer of the caller's own object type. */
void orm__give(void *out, const orm_object *);
#endif
