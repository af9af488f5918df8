/* The operation `migrate`: revisions in a directory. */
#ifndef TESTEE_MIGRATE_H
#define TESTEE_MIGRATE_H
#include "world.h"

bool op_migrate(struct world *, struct call *);
#endif
