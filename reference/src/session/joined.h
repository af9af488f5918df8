/* A query whose rows bring along what relationships lead to, by joins of its own making or by those that it has. */
#ifndef ORM_SESSION_JOINED_H
#define ORM_SESSION_JOINED_H
#include "session/eager.h"

typedef struct orm__joined {
    orm__select select;          /* what is to be run */
    orm__way root;               /* of the objects themselves */
    struct orm__join_node **at;  /* one for each relationship, owners first; none: run the query's own */
    size_t count, capacity;
    size_t width;                /* columns of a row so far */
    bool many;                   /* an object may have several rows */
    orm__slot **filling;         /* slots that the rows fill */
    size_t filling_count, filling_capacity;
} orm__joined;

/* Does anything come along by a join here? */
bool orm__joined_any(const orm__mapper *, const orm__choice *, const orm__way *);
/* Of a select without items, whose first source is the way's model. All zero before. */
orm_status orm__joined_make(orm_session *, const orm__select *, const orm__way *, const orm__choice *, orm__joined *);
orm_status orm__joined_row(orm_session *, orm__joined *, orm__cursor *, orm_object *root);
orm_status orm__joined_fill(orm_session *, orm__joined *); /* after the last row: the slots are loaded */
orm_status orm__joined_rest(orm_session *, orm__joined *); /* what else belongs to the objects that were brought along */
void orm__joined_free(orm__joined *);
#endif
