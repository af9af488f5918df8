/* UTF-8, and the white space and digits that Unicode has. All answer a number of bytes, 0 where there is none. */
#ifndef ORM_BASE_UTF8_H
#define ORM_BASE_UTF8_H
#include <stddef.h>

size_t orm__utf8_size(const char *at,
                      const char *end); /* of the character here: shortest form, no surrogates, up to U+10FFFF */
size_t orm__space_size(const char *at, const char *end); /* of the white space character here, line ends included */
size_t orm__digit_size(const char *at, const char *end, int *value); /* of the decimal digit here, of any script */
#endif
