/* Allocation that never returns NULL: out of memory ends the program with a message and status 3. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H
#include <stdarg.h>
#include <stddef.h>

/* Zeroed. */
void *memory_get(size_t size);
void *memory_array(size_t count, size_t size);
/* New bytes are not zeroed. */
void *memory_resize(void *old, size_t count, size_t size);
char *memory_copy(const char *text);
char *memory_copy_bytes(const void *bytes, size_t length); /* NUL-ended */
char *memory_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *memory_vformat(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));

/* Makes jansson allocate the same way. Call once, before any JSON. */
void memory_guard_json(void);
#endif
