/* The files of run/templates, in the program: adapters to begin with. */
#ifndef RUN_TEMPLATES_H
#define RUN_TEMPLATES_H
#include <stdbool.h>

struct template_file {
    const char *language; /* "python" */
    const char *path;     /* in the new folder */
    const char *text;     /* @NAME@ stands for the adapter's name */
    bool executable;
};
/* Ends with a NULL language. */
extern const struct template_file template_files[];
#endif
