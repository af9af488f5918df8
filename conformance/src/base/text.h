/* A growing text. {0} is empty; `data` is NUL-ended, or NULL when nothing was ever added. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H
#include <stddef.h>

struct text {
    char *data;
    size_t length, capacity;
};

void text_add(struct text *text, const char *more);
void text_add_bytes(struct text *text, const void *bytes, size_t length);
void text_add_char(struct text *text, char c);
void text_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Keeps the memory. */
void text_clear(struct text *text);
/* Drops bytes at the front. */
void text_drop(struct text *text, size_t length);
/* Never NULL. */
const char *text_get(const struct text *text);
/* Gives the text away (to free), never NULL; the buffer is empty again. */
char *text_take(struct text *text);
void text_free(struct text *text);
#endif
