/* Steps as calls that read like a program in no language: `u = User(name: "ann")`, `User.filter_by(age: 3).first()`. */
#ifndef RUN_PSEUDO_H
#define RUN_PSEUDO_H
#include "base/text.h"
#include "spec/spec.h"

/* One line, without its end: the call, and what is expected of it. */
void pseudo_step(const struct spec_step *step, struct text *out);
void pseudo_value(const json_t *value, struct text *out);
#endif
