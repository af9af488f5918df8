/* Ends of a query that take operands of their own: pages, updates and deletes of all rows. */
#ifndef TESTEE_ENDS_H
#define TESTEE_ENDS_H
#include "query.h"

/* Ends the query, with [name, operand, …] or NULL for the name alone. */
typedef bool end_fn(struct answer *, orm_query *, const json_t *end);
end_fn *ends_find(const char *name); /* NULL: no such end here */

bool ends_request_argument(struct world *, struct call *); /* the operation */
#endif
