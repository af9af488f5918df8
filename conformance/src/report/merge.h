/* Parts of one run joined: its shards, or its databases. */
#ifndef REPORT_MERGE_H
#define REPORT_MERGE_H
#include "report/results.h"

/* Refuses parts of different suites, implementations or choices, parts that overlap, and gaps: NULL with *problem (to
 * free). But for times the result is what one run would have written. */
struct results *merge(const struct results_set *parts, char **problem);
#endif
