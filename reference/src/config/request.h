/* The query string of a request, "page=2&per_page=7", and the numbers in it. */
#ifndef ORM_CONFIG_REQUEST_H
#define ORM_CONFIG_REQUEST_H
#include "base/memory.h"
#include <orm.h>

enum orm__argument { ORM__ARGUMENT_ABSENT, ORM__ARGUMENT_NUMBER, ORM__ARGUMENT_NO_NUMBER, ORM__ARGUMENT_NO_MEMORY };
/* The first argument of that name as an integer; one that 64 bits do not hold is the nearest that they do. */
enum orm__argument orm__request_number(const char *query_string, const char *name, int64_t *out);
#endif
