/* Conditions and values of a query, worked out on an object that the session holds instead of on its row. */
#ifndef ORM_QUERY_EVALUATE_H
#define ORM_QUERY_EVALUATE_H
#include "session/session.h"
#include "sql/expr.h"

/* What the database alone can tell (LIKE, the order of texts, functions, queries) is not evaluable. */
bool orm__evaluable(const orm_expr *condition);
bool orm__evaluable_value(const orm_expr *);

enum orm__truth { ORM__FALSE, ORM__TRUE, ORM__UNKNOWN };
enum orm__truth orm__evaluate(const orm_expr *condition, const orm__state *);
/* False: it is beyond what is worked out here, as a sum beyond 64 bits. The value borrows. */
bool orm__evaluate_value(const orm_expr *, const orm__state *, orm_value *out);
#endif
