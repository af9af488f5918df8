/* Lines in, lines out. */
#ifndef TESTEE_FRAME_H
#define TESTEE_FRAME_H
#include <stdbool.h>
#include <stddef.h>

enum { FRAME_LIMIT = 16 * 1024 * 1024 };

struct frame { char *buffer; size_t start, end, capacity; int input, output; };

/* Takes over standard output: what else is printed there from now on goes to standard error. False: errno. */
bool frame_open(struct frame *);
enum frame_event { FRAME_LINE, FRAME_TOO_LONG, FRAME_END, FRAME_ERROR };
/* The line, without its end, is valid until the next call. One that is too long is skipped whole. */
enum frame_event frame_read(struct frame *, char **line, size_t *size);
bool frame_write(struct frame *, const char *line, size_t size); /* adds the line's end */
void frame_close(struct frame *);
#endif
