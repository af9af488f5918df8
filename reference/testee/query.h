/* Queries of the wire: steps, expressions, ends. */
#ifndef TESTEE_QUERY_H
#define TESTEE_QUERY_H
#include "world.h"

bool query_run(struct world *, struct call *);
bool query_build(struct world *, struct call *);
bool query_lookup(struct world *, struct call *);
/* The member's value, or with a list of names an object of them, read through the ORM. */
bool query_read(struct call *, struct session *, orm_object *, const json_t *names, json_t **out);

/* How an end answers objects: as handles, or as what `read` names of them. */
struct answer { struct world *world; struct call *call; struct session *session; const json_t *read; struct build *build; };
bool query_answer_object(struct answer *, orm_object *, json_t **out);
bool query_answer_list(struct answer *, void *const *objects, size_t count, json_t **out);
#endif
