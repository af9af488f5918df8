/* Relationships on the wire. */
#ifndef TESTEE_RELATIONS_H
#define TESTEE_RELATIONS_H
#include "world.h"

/* Is the name, or its part before a dot, a relationship of the object? */
bool relation_is(orm_object *, const char *name);
/* Its value as `get` answers it: a handle, null, a list; through a path what the objects at its end hold. */
bool relation_get(struct call *, struct session *, orm_object *, const char *name, json_t **out);
bool relation_put(struct call *, struct session *, orm_object *, const char *name, const json_t *given);
bool op_rel(struct world *, struct call *);
/* The query over the collection that the parameters `obj` and `name` mean. */
bool relation_query(struct world *, struct call *, struct session **, orm_query **);
#endif
