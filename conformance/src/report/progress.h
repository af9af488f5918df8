/* How far the run is: one line that changes on a terminal, elsewhere a line now and then. */
#ifndef REPORT_PROGRESS_H
#define REPORT_PROGRESS_H
#include <stdbool.h>
#include <stddef.h>

struct progress {
    enum { PROGRESS_OFF, PROGRESS_DRAWN, PROGRESS_LINES } form;
    double every; /* seconds between two of them */
    double begin, next;
    size_t total;
    bool drawn;
};

/* `every` seconds a line; 0: none; below 0: as it fits to stderr. `total` cases are to come. */
struct progress progress_start(double every, size_t total);
void progress_show(struct progress *progress, const char *database, size_t done, size_t failed, const char *id);
/* Takes the drawn line away, so that text can be printed. */
void progress_hide(struct progress *progress);
/* "about 2 min 5 s left" (to free), or NULL while nobody can tell. */
char *progress_left(double elapsed, size_t done, size_t total);
#endif
