#include "base/arena.h"

#include "base/memory.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 16 * 1024 };

struct arena_block {
    struct arena_block *next;
    size_t used, size;
    max_align_t data[];
};

void *arena_get(struct arena *arena, size_t size)
{
    size_t alignment = sizeof(max_align_t);
    if (size > SIZE_MAX - BLOCK) {
        return memory_array(SIZE_MAX, 2); /* ends the program */
    }
    size_t wanted = (size + alignment - 1) / alignment * alignment;
    struct arena_block *block = arena->blocks;
    if (block == NULL || block->size - block->used < wanted) {
        size_t bytes = wanted > BLOCK ? wanted : BLOCK;
        block = memory_get(sizeof *block + bytes);
        block->size = bytes;
        /* A block of its own for one large piece leaves the current one open. */
        if (wanted > BLOCK && arena->blocks != NULL) {
            block->next = arena->blocks->next;
            arena->blocks->next = block;
        } else {
            block->next = arena->blocks;
            arena->blocks = block;
        }
    }
    void *got = (char *)block->data + block->used;
    block->used += wanted;
    return got;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        return memory_array(count, size); /* ends the program */
    }
    return arena_get(arena, count * size);
}

char *arena_copy_bytes(struct arena *arena, const void *bytes, size_t length)
{
    char *got = arena_get(arena, length + 1);
    if (length) {
        memcpy(got, bytes, length);
    }
    return got;
}

char *arena_copy(struct arena *arena, const char *text)
{
    return arena_copy_bytes(arena, text, strlen(text));
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *made = memory_vformat(format, arguments), *got = arena_copy(arena, made);
    va_end(arguments);
    free(made);
    return got;
}

void arena_free(struct arena *arena)
{
    while (arena->blocks != NULL) {
        struct arena_block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
}
