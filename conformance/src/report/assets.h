/* The files of report/html, in the program. */
#ifndef REPORT_ASSETS_H
#define REPORT_ASSETS_H
#include <stddef.h>

struct asset {
    const char *name;
    const char *begin, *end; /* there is a NUL at the end */
};
/* NULL: there is none of that name. */
const struct asset *asset_find(const char *name, size_t length);
#endif
