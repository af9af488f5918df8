/* Ends that answer rows, and SQL of one's own. */
#ifndef TESTEE_ROWS_H
#define TESTEE_ROWS_H
#include "ends.h"

end_fn *rows_find(const char *name); /* NULL: no such end here */
/* Rows of values as lists; with `first` the first one, or null. */
bool rows_values(struct answer *, orm_query *, bool first);

bool rows_execute(struct world *, struct call *); /* the operation */
#endif
