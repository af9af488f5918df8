/* SHA-256. */
#ifndef BASE_HASH_H
#define BASE_HASH_H
#include <stddef.h>

/* `out` of 65 bytes: lower-case hexadecimal. */
void hash_sha256(const void *bytes, size_t length, char *out);
#endif
