/* What a flush has to do, worked out without a database: an ordered list of actions.
 * First the models in the order of foreign keys, targets first: each one's UPDATEs by key, then its INSERTs as they
 * were added. Then the DELETEs, with the models in the opposite order. */
#ifndef ORM_SESSION_PLAN_H
#define ORM_SESSION_PLAN_H
#include "session/session.h"

enum orm__action_kind { ORM__DO_UPDATE, ORM__DO_INSERT, ORM__DO_DELETE };

typedef struct orm__item { /* one column of an INSERT or UPDATE */
    size_t field;
    orm_value value;    /* borrowed until it is staged */
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
} orm__plan;

orm_status orm__plan_make(orm_session *, orm__plan *); /* no database; ORM_NOMEM. All zero is an empty plan */
/* Calls the functions of defaults and copies all values, so that nothing after it depends on the user's memory. */
orm_status orm__plan_stage(orm_session *, orm__plan *);
void orm__plan_free(orm__plan *);
#endif
