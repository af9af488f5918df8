/* What is loaded together with objects: by the relationships' own ways, and by what a query chose. */
#ifndef ORM_SESSION_EAGER_H
#define ORM_SESSION_EAGER_H
#include "session/session.h"
#include "sql/select.h"

/* What a query chose for one relationship, and for those of its target. */
typedef struct orm__choice {
    const orm__relation *relation;
    bool made; /* false: only a step on the way to others */
    bool kept; /* a copy, of which `inner` is what counts: the session's */
    orm_lazy how;
    struct orm__choice *next, *inner;
} orm__choice;

orm__choice *orm__choice_add(orm__choice **list, const orm__relation *); /* the one that is there, or a new one; NULL: no memory */
const orm__choice *orm__choice_find(const orm__choice *list, const orm__relation *); /* NULL: none */
bool orm__choices_copy(const orm__choice *from, orm__choice **to) __attribute__((warn_unused_result));
void orm__choices_free(orm__choice *);

/* The models on the way from the query's own, the newest first: what a model is by itself does not lead back into one of
 * them. */
typedef struct orm__way {
    const orm__mapper *mapper;
    const struct orm__way *outer;
} orm__way;
/* How the relationship is loaded here; ORM_LAZY_SELECT is not now. */
orm_lazy orm__eager_how(const orm__relation *, const orm__choice *, const orm__way *);
bool orm__eager_any(const orm__mapper *, const orm__choice *); /* is there anything to load, or to be told to objects? */

/* Loads what belongs to these objects of one model, a statement for each relationship and 500 keys. With `select`, which
 * has found the objects, SUBQUERY is one statement; without it the keys go in. What is loaded already stays. */
orm_status orm__eager_load(orm_session *, const orm__way *, const orm__choice *, const orm__list *objects,
                           const orm__select *select);
/* The same for one object, by the ways of its model alone. */
orm_status orm__eager_load_one(orm__state *);
orm_status orm__eager_load_state(orm__state *, const orm__way *, const orm__choice *);
#endif
