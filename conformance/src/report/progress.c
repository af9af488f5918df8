#include "report/progress.h"

#include "base/process.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define REDRAW_SECONDS 0.1

struct progress progress_start(void)
{
    return (struct progress){.on = isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) == 1};
}

void progress_show(struct progress *progress, const char *database, size_t done, size_t total, size_t failed,
                   const char *id)
{
    if (!progress->on || process_now() < progress->next) {
        return;
    }
    progress->next = process_now() + REDRAW_SECONDS;
    fprintf(stderr, "\r\033[K%s %zu/%zu, %zu failed: %.60s", database, done, total, failed, id);
    fflush(stderr);
}

void progress_hide(struct progress *progress)
{
    if (progress->on) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
        progress->next = 0;
    }
}
