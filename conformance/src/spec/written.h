/* Parts of the specification as their authors wrote them: YAML again. */
#ifndef SPEC_WRITTEN_H
#define SPEC_WRITTEN_H
#include "base/text.h"
#include "spec/yaml.h"

/* On one line, in flow style: `{model: User, values: {bio: null}}`. */
void written_flow(const struct yaml *node, struct text *out);
/* A step, or any other map, with one line for each key: "new: {model: User}\nas: u". */
void written_lines(const struct yaml *map, struct text *out);
#endif
