/* A transcript, read back. */
#ifndef RUN_REPLAY_H
#define RUN_REPLAY_H
#include "spec/spec.h"

struct replay {
    const char *impl, *name, *version; /* who was recorded */
    enum spec_database database;
    const char *verdict; /* of the recorded run */
    struct spec_behaviour behaviour;
    struct spec_case test;
    struct spec spec; /* the present lists, with the transcript's own schemas */
    json_t *lines;    /* what was said in the steps: {step, request or own, params, answer or result …} */
    json_t *head;
};

/* False with *problem (to free): "FILE:LINE: …". Texts are borrowed from `spec` and the file's JSON, which the replay
 * keeps. */
bool replay_read(struct replay *replay, const char *path, const struct spec *spec, char **problem);
void replay_free(struct replay *replay);

/* How the answers differ: one line for each, to free; NULL when they do not. Handles are compared by when they first
 * came. */
char *replay_differences(const json_t *recorded, const json_t *now);
#endif
