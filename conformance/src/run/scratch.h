/* The run's folder, which is gone at its end, and the signals that may end the run early. */
#ifndef RUN_SCRATCH_H
#define RUN_SCRATCH_H
#include <jansson.h>
#include <stdbool.h>

/* A new folder, in memory (/dev/shm) where that can be written, else in TMPDIR or /tmp. NULL with *problem (to free).
 */
char *scratch_make(char **problem);
/* Deletes a folder with everything in it. */
void scratch_remove(const char *path);
/* The files below it as a sorted list of paths relative to it; `like` is a pattern of base/glob.h, or NULL. */
json_t *scratch_list(const char *path, const char *like);

/* Writes a file below it, with the folders that lead there. False with *problem (to free). */
bool scratch_write(const char *path, const char *file, const void *bytes, size_t size, char **problem);

/* From now on SIGINT, SIGTERM and SIGHUP only take note. */
void signals_watch(void);
/* The signal that came, or 0. */
int signals_came(void);
/* Readable as soon as one came. */
int signals_fd(void);
#endif
