/* Queries of the wire: steps, expressions, ends. */
#ifndef TESTEE_QUERY_H
#define TESTEE_QUERY_H
#include "world.h"

bool query_run(struct world *, struct call *);
/* The member's value, or with a list of names an object of them, read through the ORM. */
bool query_read(struct call *, struct session *, orm_object *, const json_t *names, json_t **out);
#endif
