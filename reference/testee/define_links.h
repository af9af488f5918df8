/* The parts of `define` that tell how models are related. */
#ifndef TESTEE_DEFINE_LINKS_H
#define TESTEE_DEFINE_LINKS_H
#include "call.h"

struct place { struct call *call; orm_builder *builder; const char *table; }; /* where we are */
struct word { const char *word; int value; };

bool define_relationships(struct place *, const json_t *list); /* NULL: none */
bool define_foreign_keys(struct place *, const json_t *list);
/* define.c */
bool define_key(struct place *, const char *key, const json_t *value, orm_key *out); /* "user.id" */
bool define_action(struct place *, const char *key, const json_t *value, orm_action *out); /* NULL: none */
#endif
