/* Patterns over ids: `*` stands for any text (also with dots and slashes), `?` for one character. */
#ifndef BASE_GLOB_H
#define BASE_GLOB_H
#include <stdbool.h>

bool glob_match(const char *pattern, const char *text);
#endif
