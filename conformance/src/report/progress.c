#include "report/progress.h"

#include "base/memory.h"
#include "base/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define REDRAW_SECONDS 0.1
#define LINE_SECONDS 10.0
/* Before that a guess at the time left is worth nothing. */
#define GUESS_SECONDS 1.0
enum { GUESS_CASES = 20, SHOWN_ID = 48 };

struct progress progress_start(double every, size_t total)
{
    struct progress progress = {.form = PROGRESS_LINES, .every = every, .begin = process_now(), .total = total};
    if (every < 0) {
        bool terminal = isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
        progress.form = terminal ? PROGRESS_DRAWN : PROGRESS_LINES;
        progress.every = terminal ? REDRAW_SECONDS : LINE_SECONDS;
    } else if (every == 0) {
        progress.form = PROGRESS_OFF;
    }
    progress.next = progress.begin + (progress.form == PROGRESS_LINES ? progress.every : 0);
    return progress;
}

char *progress_left(double elapsed, size_t done, size_t total)
{
    if (elapsed < GUESS_SECONDS || done < GUESS_CASES || done >= total) {
        return NULL;
    }
    double seconds = elapsed / (double)done * (double)(total - done) + 0.5;
    return seconds < 60 ? memory_format("about %.0f s left", seconds < 1 ? 1 : seconds)
                        : memory_format("about %d min %d s left", (int)(seconds / 60), (int)seconds % 60);
}

void progress_show(struct progress *progress, const char *database, size_t done, size_t failed, const char *id)
{
    double now = process_now();
    if (progress->form == PROGRESS_OFF || now < progress->next) {
        return;
    }
    progress->next = now + progress->every;
    char *left = progress_left(now - progress->begin, done, progress->total);
    if (progress->form == PROGRESS_DRAWN) {
        fprintf(stderr, "\r\033[K%zu of %zu, %zu failed%s%s: %.*s [%s]", done, progress->total, failed,
                left == NULL ? "" : ", ", left == NULL ? "" : left, SHOWN_ID, id, database);
        progress->drawn = true;
    } else {
        fprintf(stderr, "ormspec: %zu of %zu cases, %zu failed, %.0f s%s%s\n", done, progress->total, failed,
                now - progress->begin, left == NULL ? "" : ", ", left == NULL ? "" : left);
    }
    fflush(stderr);
    free(left);
}

void progress_hide(struct progress *progress)
{
    if (progress->drawn) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
        progress->drawn = false;
        progress->next = 0;
    }
}
