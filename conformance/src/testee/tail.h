/* The end of what was said: the last lines on the wire, the last bytes of stderr. */
#ifndef TESTEE_TAIL_H
#define TESTEE_TAIL_H
#include "base/text.h"

enum { TAIL_LINES = 60, TAIL_LINE_BYTES = 600, TAIL_BYTES = 64 * 1024 };

/* The last lines, oldest first from `next` on; each is cut to TAIL_LINE_BYTES. {0} is empty. */
struct tail_lines {
    struct text lines[TAIL_LINES];
    size_t count; /* of all lines ever added since the last clear */
};
void tail_lines_add(struct tail_lines *tail, const char *mark, const char *bytes, size_t length);
void tail_lines_clear(struct tail_lines *tail);
/* One line each, ended by LF. */
void tail_lines_print(const struct tail_lines *tail, struct text *out);
void tail_lines_free(struct tail_lines *tail);

/* Adds, and drops from the front what is more than TAIL_BYTES. */
void tail_bytes_add(struct text *tail, const char *bytes, size_t length);
#endif
