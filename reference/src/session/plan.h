/* What a flush has to do, worked out without a database: an ordered list of actions.
 * First the models in the order of foreign keys, targets first: each one's UPDATEs by key, then its INSERTs as they
 * were added, but none before a new row whose key it takes. Then keys that are written after both rows. Then the rows
 * between many and many: those that go, those that come. Then the DELETEs, with the models in the opposite order. */
#ifndef ORM_SESSION_PLAN_H
#define ORM_SESSION_PLAN_H
#include "session/session.h"

enum orm__action_kind { ORM__DO_UPDATE, ORM__DO_INSERT, ORM__DO_REFER /* an UPDATE after all INSERTs */, ORM__DO_DELETE };

/* A column that gets its value from another object, because the two are related. */
typedef struct orm__sync {
    struct orm__sync *next;  /* of the same object */
    struct orm__sync *chain; /* of the plan */
    orm__state *state;
    size_t field;
    const orm__state *source; /* NULL: it is to be NULL */
    size_t source_field;
    bool later; /* after both rows */
} orm__sync;

/* A row between many and many. */
typedef struct orm__pair {
    const orm__relation *relation; /* the leading side, of which `one` is */
    const orm__state *one, *other;
    bool out; /* it goes */
} orm__pair;

typedef struct orm__item { /* one column of an INSERT or UPDATE */
    size_t field;
    orm_value value;    /* borrowed until it is staged */
    const orm__state *source; /* the value is this object's, as it will be when the action is carried out; or NULL */
    size_t source_field;
    orm_value_fn *make; /* gives the value when it is staged */
    bool made;          /* by a default or onupdate, not by the user */
    bool owned;         /* staged: the value's text has its own allocation, else it lies in the action's block */
} orm__item;

typedef struct orm__action {
    enum orm__action_kind kind;
    orm__state *state;
    size_t first, count; /* of the plan's items */
    char *block;
} orm__action;

typedef struct orm__plan {
    orm__action *actions;
    size_t count, capacity;
    orm__item *items;
    size_t item_count, item_capacity;
    size_t staged; /* so many actions hold copies of their own */
    orm__arena arena;
    orm__sync *syncs;
    orm__pair *pairs;
    size_t pair_count, pair_capacity;
    size_t *pair_index, pair_index_size;
} orm__plan;

/* relate.c. With the database: what is deleted along is found and marked, and what it leads to loaded. */
orm_status orm__relate_prepare(orm_session *);
/* Without: the plan's syncs and pairs. */
orm_status orm__relate(orm_session *, orm__plan *);
void orm__relate_free(orm__plan *);
void orm__relate_flushed(orm_session *); /* after the plan was carried out */
/* pair.c: the rows between many and many, first those that go. ORM_STALE where one was gone already, or was there twice. */
orm_status orm__pairs_write(orm_session *, orm__connection *, const orm__plan *);
const orm__sync *orm__sync_of(const orm__state *, size_t field); /* NULL: none */

orm_status orm__plan_make(orm_session *, orm__plan *); /* no database; ORM_NOMEM. All zero is an empty plan */
/* Calls the functions of defaults and copies all values, so that nothing after it depends on the user's memory. */
orm_status orm__plan_stage(orm_session *, orm__plan *);
void orm__plan_free(orm__plan *);
#endif
