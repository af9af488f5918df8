/* Many rows at a time, past the unit of work. */
#ifndef TESTEE_MANY_H
#define TESTEE_MANY_H
#include "world.h"

bool many_insert_rows(struct world *, struct call *);
bool many_insert_objects(struct world *, struct call *);
bool many_update_rows(struct world *, struct call *);
#endif
