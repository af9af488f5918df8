/* A query while it is being built. */
#ifndef ORM_QUERY_QUERY_H
#define ORM_QUERY_QUERY_H
#include "session/eager.h"
#include "sql/statement.h"

struct orm_query {
    orm_session *session;
    const orm__mapper *mapper; /* of the first source; NULL where there is an error */
    orm_error error;           /* the first one sticks */
    orm__choice *choices; /* how relationships are loaded, where it says */
    size_t inner;         /* queries within it that follow relationships, for their aliases */
    orm__select select;
    orm__assigned *assigned; /* of orm_assign */
    size_t assigned_count, assigned_capacity;
    size_t batch; /* ORM_NO_LIMIT: not said */
};

/* May a step be taken? Not after an error, which sticks. After a limit or offset, or SQL of the user's, a step with a name
 * is one. NULL is fine. */
bool orm__query_open(orm_query *, const char *step);
/* Takes an expression over for a step: true when the step may be taken and the expression stand there; it is the
 * caller's then. */
bool orm__query_take(orm_query *, orm_expr *, enum orm__place, const char *step);
const char *orm__query_of(const orm_query *); /* "User", for messages */
/* The select of a query that goes into another, which is closed: false, with *error, when something is wrong with it. */
bool orm__query_give(orm_query *, orm__select *, orm_error *);

/* execute.c: what the ends of a query do, without its end. */
orm_status orm__query_ready(orm_query *);                     /* the builder's own error, or a session that refuses */
orm_status orm__query_prepare(orm_query *);                   /* the same, and changes are written first */
orm_status orm__query_fetch(orm_query *, void ***, size_t *); /* all objects */
orm_status orm__query_number(orm_query *, int64_t *);         /* of rows */
orm_status orm__query_start(orm_session *, const orm__sql *, size_t batch, orm__cursor *);
orm_status orm__query_step(orm_session *, orm__cursor *, bool *has_row);
/* Where the columns of an entity lie, whose first one is number `first`. *at, which orm__free frees, is for what is not
 * one after another. */
orm_status orm__query_entity(const orm_query *, size_t source, size_t first, orm__cursor *, orm__entity *, size_t **at);

/* rows.c */
/* A running statement as rows of its columns; it is the cursor's afterwards, and ended where there is none. */
orm_status orm__cursor_of(orm_session *, orm__cursor *, orm_cursor **);
void orm__cursor_bind(orm_cursor *, size_t item, void *variable, int storage);
orm_status orm__query_scalar(orm_query *, void *variable, int storage);

/* bulk.c */
bool orm__query_copy_assigned(const orm_query *from, orm_query *to); /* false: no memory */
void orm__query_drop_assigned(orm_query *);

/* eager.c: loads what belongs to the objects that the query has found. */
orm_status orm__query_eager(orm_query *, orm_object *const *, size_t);

/* `out` is a pointer to a pointer of the caller's own object type. */
void orm__give(void *out, const orm_object *);
#endif
