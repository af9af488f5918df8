/* Operations on sessions beyond add, flush and commit. */
#ifndef TESTEE_SESSIONS_H
#define TESTEE_SESSIONS_H
#include "world.h"

bool op_refresh(struct world *, struct call *);
bool op_expire(struct world *, struct call *);
bool op_expunge(struct world *, struct call *);
bool op_merge(struct world *, struct call *);
bool op_state(struct world *, struct call *);
bool op_contains(struct world *, struct call *);
bool op_work(struct world *, struct call *);
bool op_is_modified(struct world *, struct call *);
bool op_autoflush(struct world *, struct call *);
bool op_savepoint(struct world *, struct call *);
bool op_savepoint_commit(struct world *, struct call *);
bool op_savepoint_rollback(struct world *, struct call *);
#endif
