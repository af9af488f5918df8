/* What goes wrong, said in one line on stderr. */
#ifndef RUN_COMPLAIN_H
#define RUN_COMPLAIN_H
#include "spec/spec.h"

/* "ormspec: …" */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* "file:line:column: …"; the context is a size_t that counts. */
void complain_place(void *context, const struct spec_place *place, const char *message);
#endif
