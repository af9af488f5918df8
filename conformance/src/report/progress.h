/* One line on a terminal that says how far the run is. */
#ifndef REPORT_PROGRESS_H
#define REPORT_PROGRESS_H
#include <stdbool.h>
#include <stddef.h>

struct progress {
    bool on;
    double next; /* when it may be drawn again */
};

/* On when stderr is a terminal. */
struct progress progress_start(void);
void progress_show(struct progress *progress, const char *database, size_t done, size_t total, size_t failed,
                   const char *id);
/* Takes the line away, so that text can be printed. */
void progress_hide(struct progress *progress);
#endif
