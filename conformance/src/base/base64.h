/* Base64 with padding (RFC 4648, section 4). */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H
#include <stddef.h>

char *base64_encode(const void *bytes, size_t length);
/* NULL when the text is not base64; NUL-ended. */
unsigned char *base64_decode(const char *text, size_t *length);
#endif
