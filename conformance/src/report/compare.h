/* What flipped between two results files. */
#ifndef REPORT_COMPARE_H
#define REPORT_COMPARE_H
#include "report/results.h"

/* Tells the differences by kind, at most `shown` names of each (0: all). Cases that got another id since are found by
 * what the new file's behaviours say they were. Two files of one database each, not the same one, are compared across
 * databases. False with *problem (to free) when there is nothing to compare; *worse says whether something that passed
 * does not, or something fails that did not. */
bool compare_print(const struct results *old, const struct results *new, bool color, size_t shown, struct text *out,
                   bool *worse, char **problem);
#endif
