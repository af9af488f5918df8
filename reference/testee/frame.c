#include "frame.h"
#include "call.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FIRST_CAPACITY = 64 * 1024 };

bool frame_open(struct frame *f)
{
    *f = (struct frame){ .input = STDIN_FILENO, .output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3) };
    return f->output >= 0 && dup2(STDERR_FILENO, STDOUT_FILENO) >= 0;
}

/* More bytes behind `end`; 0 at the end of input, -1 with errno. */
static ssize_t more(struct frame *f)
{
    ssize_t got;
    if (f->start > 0) {
        memmove(f->buffer, f->buffer + f->start, f->end - f->start);
        f->end -= f->start;
        f->start = 0;
    }
    if (f->end == f->capacity) {
        f->capacity = f->capacity == 0 ? FIRST_CAPACITY : f->capacity * 2;
        f->buffer = must(realloc(f->buffer, f->capacity));
    }
    do
        got = read(f->input, f->buffer + f->end, f->capacity - f->end);
    while (got < 0 && errno == EINTR);
    if (got > 0)
        f->end += (size_t)got;
    return got;
}

enum frame_event frame_read(struct frame *f, char **line, size_t *size)
{
    size_t looked = 0;
    bool skipping = false;
    for (;;) {
        size_t from = f->start + looked;
        char *stop = f->end > from ? memchr(f->buffer + from, '\n', f->end - from) : NULL;
        if (stop != NULL) {
            *line = f->buffer + f->start;
            *size = (size_t)(stop - *line);
            f->start += *size + 1;
            return skipping || *size > FRAME_LIMIT ? FRAME_TOO_LONG : FRAME_LINE;
        }
        looked = f->end - f->start;
        if (looked > FRAME_LIMIT) { /* keep no more of it */
            skipping = true;
            f->start = f->end = looked = 0;
        }
        ssize_t got = more(f);
        if (got <= 0)
            return got == 0 ? FRAME_END : FRAME_ERROR;
    }
}

bool frame_write(struct frame *f, const char *line, size_t size)
{
    struct iovec parts[2] = {
        { .iov_base = (void *)line, .iov_len = size }, { .iov_base = (void *)"\n", .iov_len = 1 },
    };
    size_t part = 0;
    while (part < 2) {
        ssize_t put = writev(f->output, parts + part, (int)(2 - part));
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        for (size_t left = (size_t)put; part < 2; part++) {
            size_t step = left < parts[part].iov_len ? left : parts[part].iov_len;
            parts[part].iov_base = (char *)parts[part].iov_base + step;
            parts[part].iov_len -= step;
            left -= step;
            if (parts[part].iov_len > 0)
                break;
        }
    }
    return true;
}

void frame_close(struct frame *f)
{
    free(f->buffer);
    if (f->output >= 0)
        close(f->output);
    *f = (struct frame){ .input = -1, .output = -1 };
}
