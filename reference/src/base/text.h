/* A growing text. Running out of memory sticks: append freely, look once. */
#ifndef ORM_BASE_TEXT_H
#define ORM_BASE_TEXT_H
#include <stdbool.h>
#include <stddef.h>

typedef struct orm__text { char *at; size_t size, capacity; bool failed; } orm__text; /* all zero is an empty one; `at` ends with NUL once written to */
void orm__text_add(orm__text *, const char *);
void orm__text_add_n(orm__text *, const char *, size_t);
void orm__text_char(orm__text *, char);
void orm__text_format(orm__text *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void orm__text_clear(orm__text *); /* keeps the memory, forgets the failure */
void orm__text_free(orm__text *);
#endif
