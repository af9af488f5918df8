/* The protocol's operations by name. */
#ifndef TESTEE_OPERATIONS_H
#define TESTEE_OPERATIONS_H
#include "world.h"

/* False: the call's failure is set. */
bool operation_run(struct world *, struct call *, const char *method);
#endif
