/* The specification as JSON, for other tools: what the loader made of it, with short forms expanded and tables
 * multiplied. */
#ifndef SPEC_EXPORT_H
#define SPEC_EXPORT_H
#include "spec/spec.h"

/* Raised when a reader that was right becomes wrong. New keys do not raise it. */
enum { SPEC_EXPORT_FORMAT = 1 };

/* New references. */
json_t *spec_json(const struct spec *spec);
/* {id, schema?, rows?, when?, needs, fresh?, steps: [{operation, params, as?, expect?, error?, when?}]}; `schema` is its
 * name, `rows` are the rows themselves. */
json_t *spec_case_json(const struct spec_case *test);
json_t *spec_step_json(const struct spec_step *step);
#endif
