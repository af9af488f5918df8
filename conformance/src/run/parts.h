/* What a run is made of. Private to this room. */
#ifndef RUN_PARTS_H
#define RUN_PARTS_H
#include "report/progress.h"
#include "report/record.h"
#include "run/known.h"
#include "run/select.h"
#include "run/suite.h"
#include "run/world.h"

#include <pthread.h>

enum lane_state { LANE_CLOSED, LANE_OPENING, LANE_OPEN, LANE_LOST };

/* One database of a run. */
struct lane {
    struct ground ground;
    const char *url; /* NULL: a throwaway server */
    char *scratch;
    struct database_server *server;
    json_t *hello; /* of its first testee */
    enum lane_state state;
    char *lost; /* why its cases cannot be run: "testee/hello failed" */
    size_t workers;
};

/* One case on one database, and what came of it: failed prerequisites, then the case. */
struct slot {
    struct lane *lane;
    const struct selected *item;
    struct report_result **results;
    size_t count;
    bool done;
};

/* Slots of one lane and schema in a row, which one worker takes as a whole. */
struct unit {
    struct lane *lane;
    const struct spec_schema *schema; /* whose tables its cases share; NULL: each has a database of its own */
    struct slot *slots;
    size_t count;
    bool taken;
};

/* The first unit of a schema goes alone: what stands against its tables is found, and told, once. */
struct trial {
    const struct lane *lane;
    const struct spec_schema *schema;
    size_t workers; /* at work on it now */
    bool over;
};

struct suite {
    const struct run_options *options;
    struct spec *spec;
    struct selection selection;
    struct known known;
    const struct spec_profile *profile;
    struct testee_options testee;
    char *scratch;
    double begin; /* by process_now */
    struct lane lanes[SPEC_DATABASES];
    size_t lane_count;

    pthread_mutex_t lock; /* over what follows */
    pthread_cond_t changed;
    struct report_run record;
    struct progress progress;
    char stopped[100];
    struct slot *slots; /* in the order in which they are told */
    size_t slot_count, told, done;
    struct unit *units;
    size_t unit_count;
    struct trial *trials;
    size_t trial_count;
    size_t failed;       /* as told */
    size_t failed_early; /* as found: for the progress line */
    bool known_applied, known_good;
    bool stop;  /* no further case */
    bool final; /* what is not told by now never will be */
    int status; /* to exit with, when it is not the record that decides */
};

/* Who runs cases: one testee, one database at a time. */
struct worker {
    struct suite *suite;
    unsigned number; /* from 1 */
    struct testee_options options;
    struct lane *lane; /* NULL: none yet */
    struct world world;
    char *scratch;     /* the world's */
    struct slot *slot; /* in hand */
};

/* The steps to a schema's tables: "schema/NAME/" and one of these is the id of what failed. NULL-ended. */
extern const char *const prerequisite_steps[];

/* take.c: starts the lane's first testee. False: it cannot be had; that was recorded or said, and no case can run. */
bool suite_begin(struct worker *worker);
/* One case, from its filters to its record. False: the testee cannot be had any more. */
bool suite_take(struct worker *worker);
/* Records something that is no case. */
void suite_record_trouble(struct worker *worker, const char *id, struct ending *ending);
void suite_record_skipped(struct worker *worker, char *reason);

/* suite_known.c: the list of known failures before a run, and after it. False: what is wrong was said. */
bool suite_read_known(struct suite *suite);
bool suite_write_known(const struct suite *suite);

/* flow.c: runs everything that was selected in the suite's lanes, and fills its record. */
void flow_run(struct suite *suite);
/* Is there to be no further case? */
bool flow_stops(struct suite *suite);
/* Ends the run with this status: what is wrong was said. */
void flow_give_up(struct suite *suite, int status);
#endif
