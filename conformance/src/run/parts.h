/* What a run is made of. Private to this room. */
#ifndef RUN_PARTS_H
#define RUN_PARTS_H
#include "report/progress.h"
#include "report/record.h"
#include "run/known.h"
#include "run/select.h"
#include "run/suite.h"
#include "run/world.h"

struct suite {
    const struct run_options *options;
    struct spec *spec;
    struct selection selection;
    struct known known;
    const struct spec_profile *profile;
    struct testee_options testee;
    struct report_run record;
    struct progress progress;
    char *scratch;
    size_t failed; /* so far */
    bool stop;     /* no further case */
    int status;    /* to exit with, when it is not the record that decides */
};

/* The steps to a schema's tables: "schema/NAME/" and one of these is the id of what failed. NULL-ended. */
extern const char *const prerequisite_steps[];

/* Starts the testee. False: it cannot be had; that was recorded or said, and no case can run. */
bool suite_begin(struct suite *suite, struct world *world);
/* One case, from its filters to its record. False: the testee cannot be had any more. */
bool suite_take(struct suite *suite, struct world *world, const struct selected *item);
/* Records something that is no case. */
void suite_record_trouble(struct suite *suite, struct world *world, const char *id, struct ending *ending);
void suite_record_skipped(struct suite *suite, const struct world *world, const struct selected *item, char *reason);
#endif
