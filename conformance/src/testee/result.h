/* Is a result of the form that the protocol gives it? */
#ifndef TESTEE_RESULT_H
#define TESTEE_RESULT_H
#include <jansson.h>
#include <stdbool.h>

/* NULL when it is; else what is wrong (to free). A result that is wrong in form is a protocol error: no expectation can
 * make it right. */
char *testee_check_result(const char *method, const json_t *params, const json_t *result);
/* A value of spec/protocol.md §2. */
bool testee_is_value(const json_t *value);
bool testee_is_handle(const json_t *value);
#endif
