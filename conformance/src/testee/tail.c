#include "testee/tail.h"

#include "base/utf8.h"

void tail_lines_add(struct tail_lines *tail, const char *mark, const char *bytes, size_t length)
{
    struct text *line = &tail->lines[tail->count++ % TAIL_LINES];
    text_clear(line);
    text_add(line, mark);
    size_t kept = length;
    if (kept > TAIL_LINE_BYTES) {
        kept = utf8_valid(bytes, TAIL_LINE_BYTES);
        if (kept + 4 < TAIL_LINE_BYTES) /* not a character cut in two, but bytes that are no UTF-8 at all */
            kept = TAIL_LINE_BYTES;
    }
    text_add_bytes(line, bytes, kept);
    if (kept < length) text_format(line, " … (%zu bytes more)", length - kept);
}

void tail_lines_clear(struct tail_lines *tail)
{
    tail->count = 0;
}

void tail_lines_print(const struct tail_lines *tail, struct text *out)
{
    for (size_t i = tail->count > TAIL_LINES ? tail->count - TAIL_LINES : 0; i < tail->count; i++)
        text_format(out, "%s\n", text_get(&tail->lines[i % TAIL_LINES]));
}

void tail_lines_free(struct tail_lines *tail)
{
    for (size_t i = 0; i < TAIL_LINES; i++)
        text_free(&tail->lines[i]);
    tail->count = 0;
}

void tail_bytes_add(struct text *tail, const char *bytes, size_t length)
{
    text_add_bytes(tail, bytes, length);
    /* Dropping moves the rest, so it waits until there is as much to drop as to keep. */
    if (tail->length > 2 * (size_t)TAIL_BYTES) text_drop(tail, tail->length - TAIL_BYTES);
}
