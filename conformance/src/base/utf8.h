/* UTF-8. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H
#include <stddef.h>

/* How many bytes at the start are well-formed UTF-8: `length` when all are. */
size_t utf8_valid(const void *bytes, size_t length);
#endif
