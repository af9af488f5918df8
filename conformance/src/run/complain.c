#include "run/complain.h"

#include <stdarg.h>
#include <stdio.h>

void complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("ormspec: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

void complain_place(void *context, const struct spec_place *place, const char *message)
{
    ++*(size_t *)context;
    if (place == NULL || place->file == NULL) {
        fprintf(stderr, "%s\n", message);
    } else if (place->line == 0) {
        fprintf(stderr, "%s: %s\n", place->file, message);
    } else {
        fprintf(stderr, "%s:%d:%d: %s\n", place->file, place->line, place->column, message);
    }
}
