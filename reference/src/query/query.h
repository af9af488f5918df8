/* A query while it is being built. */
#ifndef ORM_QUERY_QUERY_H
#define ORM_QUERY_QUERY_H
#include "session/session.h"
#include "sql/statement.h"

struct orm_query {
    orm_session *session;
    const orm__mapper *mapper; /* of the first source; NULL where there is an error */
    orm_error error;           /* the first one sticks */
    orm__select select;
    orm__assigned *assigned; /* of orm_assign */
    size_t assigned_count, assigned_capacity;
};

/* May a step be taken? Not after an error, which sticks, nor after a limit or offset, which is one. NULL is fine. */
bool orm__query_open(orm_query *, const char *step);
/* Takes an expression over for a step: true when the step may be taken and the expression stand there; it is the
 * caller's then. */
bool orm__query_take(orm_query *, orm_expr *, enum orm__place, const char *step);

/* execute.c: what the ends of a query do, without its end. */
orm_status orm__query_ready(orm_query *);  /* the builder's own error, or a session that refuses */
orm_status orm__query_fetch(orm_query *, void ***, size_t *); /* all objects */
orm_status orm__query_number(orm_query *, int64_t *);         /* of rows */

/* bulk.c */
bool orm__query_copy_assigned(const orm_query *from, orm_query *to); /* false: no memory */
void orm__query_drop_assigned(orm_query *);

/* `out` is a pointer to a pointer of the caller's own object type. */
void orm__give(void *out, const orm_object *);
#endif
