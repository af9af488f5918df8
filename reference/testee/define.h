/* A schema of the wire as run-time models. */
#ifndef TESTEE_DEFINE_H
#define TESTEE_DEFINE_H
#include "world.h"

bool define_models(struct call *, const json_t *schema, struct models *);
#endif
