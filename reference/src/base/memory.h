/* All memory of the library comes through here, so that every allocation can be counted or made to fail. */
#ifndef ORM_BASE_MEMORY_H
#define ORM_BASE_MEMORY_H
#include <stddef.h>

void *orm__alloc(size_t size) __attribute__((malloc, warn_unused_result)); /* zeroed; NULL when there is none */
void *orm__realloc(void *old, size_t size) __attribute__((warn_unused_result));
void orm__free(void *); /* NULL is fine */
char *orm__strdup(const char *) __attribute__((warn_unused_result));
char *orm__strndup(const char *, size_t) __attribute__((warn_unused_result)); /* copies NULs, adds one */
/* Grows an array to hold one more: capacity doubles. False: no memory, nothing changed. */
_Bool orm__grow(void *array_pointer, size_t item_size, size_t count, size_t *capacity) __attribute__((warn_unused_result));

/* Many small pieces with one life. A piece is aligned for anything. */
typedef struct orm__arena { struct orm__arena_block *head; } orm__arena; /* all zero is an empty one */
void *orm__arena_alloc(orm__arena *, size_t size) __attribute__((warn_unused_result)); /* zeroed */
char *orm__arena_copy(orm__arena *, const void *text, size_t size) __attribute__((warn_unused_result)); /* adds a NUL */
void orm__arena_reset(orm__arena *); /* keeps one block */
void orm__arena_free(orm__arena *);
void orm__arena_wipe(orm__arena *); /* frees, and leaves nothing readable behind */
#endif
