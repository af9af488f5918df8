/* Queries that the wire keeps between requests: handles with negative numbers. */
#ifndef TESTEE_KEPT_H
#define TESTEE_KEPT_H
#include "world.h"

struct kept_query {
    struct kept_query *next;
    int64_t number;
    orm_query *query; /* never executed: copies are */
    const orm_model *model;
    bool values; /* its rows are values, not objects */
};

json_t *kept_add(struct world *, orm_query *, const orm_model *, bool values);
bool kept_find(struct world *, struct call *, const json_t *handle, const struct kept_query **);
void kept_clear(struct world *);
#endif
