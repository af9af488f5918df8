/* Rules that need the whole specification: names that must exist, cases that must be able to fail, nothing unused. */
#ifndef LINT_LINT_H
#define LINT_LINT_H
#include "spec/spec.h"

/* Reports each finding; the number of findings. */
int lint_spec(const struct spec *spec, spec_report *report, void *context);
#endif
