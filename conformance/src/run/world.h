/* A testee and its database: what a case runs in. */
#ifndef RUN_WORLD_H
#define RUN_WORLD_H
#include "database/database.h"
#include "judge/judge.h"
#include "run/transcript.h"
#include "testee/testee.h"

#include <pthread.h>

/* How something ended, with what the report needs to tell it. */
struct ending {
    enum judge_outcome outcome;
    size_t step; /* from 1; 0: before the first one, or none */
    const struct spec_step *at;
    json_t *expected, *actual;
    char *path, *message, *group;
    bool absent;      /* the testee answered that it has no such method or model */
    bool interrupted; /* the run is to end: nothing is known */
};
void ending_clear(struct ending *ending);

/* Why no case of a schema can run: a prerequisite that failed, or a schema that the testee was not compiled with. */
struct obstacle {
    const struct spec_schema *schema;
    char *id; /* "schema/blog/shape"; NULL: the testee does not have the schema */
    struct obstacle *next;
};

/* What all worlds on one database know of its schemas. */
struct ground {
    enum spec_database kind;
    struct database_server *server;
    pthread_mutex_t lock; /* over what follows */
    struct obstacle *obstacles;
    const struct spec_schema **compared; /* schemas whose tables were found right */
    size_t compared_count;
};
void ground_begin(struct ground *ground, enum spec_database kind);
/* Leaves the server alone. */
void ground_end(struct ground *ground);

struct world {
    const struct spec *spec;
    const struct testee_options *options;
    struct ground *ground;
    enum spec_database kind;

    struct testee *testee; /* NULL: none runs */
    struct testee_hello hello;
    const char *scratch; /* a folder of its own */
    bool own_tables;     /* the runner makes the tables, also of who declares `ddl` */

    struct database *database;        /* NULL: none is open */
    const struct spec_schema *schema; /* whose tables it has; NULL: it was made for one case */
    json_t *tables;                   /* as `define` answered */
    unsigned folders;                 /* of cases, so far */
    struct transcript transcript;
    json_t *environment; /* of the last case: what its texts may name, and the database's own names */
};

/* Starts the testee if none runs. Not TESTEE_STARTED: *problem (to free). */
enum testee_failure world_start(struct world *world, char **problem);
/* Ends the testee and drops the database: the next case starts anew. */
void world_close(struct world *world);
void world_free(struct world *world);

enum world_state {
    WORLD_READY,
    WORLD_FAILED,         /* the ending says why, and *id (to free) names the prerequisite */
    WORLD_WITHOUT_SCHEMA, /* a testee with fixed models does not have this one */
    WORLD_INTERRUPTED,
};
/* Makes the tables of the schema, unless they are there. */
enum world_state world_prepare(struct world *world, const struct spec_schema *schema, struct ending *ending, char **id);
/* Were its tables made and found right before, in any world of the ground? */
bool world_knows(const struct world *world, const struct spec_schema *schema);
/* The schema that the testee has from here on, and what `define` answered. */
void world_use(struct world *world, const struct spec_schema *schema, json_t *result);
/* A database of its own for one case, opened and defined, with tables only where the case says how foreign keys are
 * kept; `folder` is the case's. False: the ending says why. */
bool world_prepare_fresh(struct world *world, const struct spec_case *test, const char *folder, struct ending *ending);
/* After a case: sessions closed, rows deleted. False: the ending says what went wrong, and the world is to be
 * abandoned. */
bool world_tidy(struct world *world, struct ending *ending);
/* Kills the testee and drops the database. */
void world_abandon(struct world *world);

/* What stands between the database and the schema's cases, or NULL. It stays until the ground ends. */
const struct obstacle *world_obstacle(const struct world *world, const struct spec_schema *schema);
const struct obstacle *world_add_obstacle(struct world *world, const struct spec_schema *schema, const char *id);

/* Sends a request, and notes it. */
void world_call(struct world *world, const char *method, const json_t *params, struct testee_answer *answer);
/* Sends a request that must succeed. False: the ending says why; the result is to be
 * released with json_decref. */
bool world_request(struct world *world, const char *method, const json_t *params, json_t **result,
                   struct ending *ending);
#endif
