/* One case: its rows, its steps, what came of them. */
#ifndef RUN_CASE_H
#define RUN_CASE_H
#include "run/world.h"

/* Runs it in a prepared world; a fresh case prepares its own. The first answer that is not expected ends it. */
void case_run(struct world *world, const struct spec_case *test, struct ending *ending);
#endif
