/* Where results go: files in several forms. */
#ifndef RUN_OUTPUTS_H
#define RUN_OUTPUTS_H
#include "report/results.h"
#include "run/arguments.h"

#include <stdio.h>

/* The files asked for; NULL: not asked for. */
struct output_options {
    const char *json, *junit, *tap, *text, *html, *badge;
};

struct output {
    const char *option, *path;
    FILE *file;
};
enum { OUTPUTS = 6 };
struct outputs {
    struct output items[OUTPUTS];
};

/* Opens the files, so that a wrong path is told before the work is done. False: it was said. */
bool outputs_open(struct outputs *outputs, const struct output_options *options);
/* Writes and closes them. False: it was said. */
bool outputs_write(struct outputs *outputs, const struct results_set *set);
void outputs_close(struct outputs *outputs);

/* Reads results files and labels them. False: it was said. */
bool outputs_read(struct results_set *set, const struct strings *paths);

/* Is standard output a terminal that takes colours? NO_COLOR is honoured. */
bool outputs_colored(void);
/* Writes one file. False: it was said. */
bool output_text(const char *option, const char *path, const struct text *text);
#endif
