/* SQL of what a relationship leads to. Text alone, as the statements of one row in statement.h. */
#ifndef ORM_SQL_RELATED_H
#define ORM_SQL_RELATED_H
#include "dialect/dialect.h"

/* The objects of one side: all columns of the target. Binds: the values of `own`. */
void orm__sql_related(orm__text *, const orm__dialect *, const orm__relation *);
/* The same for `count` objects at a time; the columns that tell whose each row is follow the target's. Binds: the values
 * of `own` of each. */
void orm__sql_related_many(orm__text *, const orm__dialect *, const orm__relation *, size_t count);
/* The columns of the row that have the values of `own`, by their place in it. */
size_t orm__sql_related_owner(const orm__relation *, size_t i);
/* A row between many and many. Binds: the values of `own`, then of `far`; then, in a new row, of `others`. */
void orm__sql_pair(orm__text *, const orm__dialect *, const orm__relation *, const size_t *others, size_t other_count);
void orm__sql_unpair(orm__text *, const orm__dialect *, const orm__relation *);
#endif
