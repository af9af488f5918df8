/* The protocol's values as liborm's, and back. */
#ifndef TESTEE_VALUES_H
#define TESTEE_VALUES_H
#include "call.h"

/* The value borrows from the request and from the call's memory. `what` names the place for messages. */
bool value_decode(struct call *, const json_t *, const char *what, orm_value *);
json_t *value_encode(const orm_value *);
/* {"$": tag, "v": …}: the v, or NULL when it is no such object. */
const json_t *value_tagged(const json_t *, const char *tag);
#endif
