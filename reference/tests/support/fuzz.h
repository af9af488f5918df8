/* The parsers that read what others wrote, each as a function of bytes that must come back, whatever they are. */
#ifndef ORM_TESTS_FUZZ_H
#define ORM_TESTS_FUZZ_H
#include <stddef.h>
#include <stdint.h>

void fuzz_dotenv(const uint8_t *, size_t); /* the first byte chooses the options */
void fuzz_url(const uint8_t *, size_t);
void fuzz_password(const uint8_t *, size_t); /* a stored hash */
#endif
