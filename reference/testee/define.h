/* The models of the world: made at run time from a schema of the wire (define.c), or compiled in (typed.c). */
#ifndef TESTEE_DEFINE_H
#define TESTEE_DEFINE_H
#include "world.h"

bool define_models(struct call *, const json_t *schema, struct models *);
/* Adds what `hello` says of them: `models`, and `schemas` where they are compiled in. */
void define_announce(json_t *hello);
bool define_offers(const char *capability); /* false: what liborm does cannot be seen through models of this kind */
#endif
