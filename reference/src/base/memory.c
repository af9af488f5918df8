#include "base/memory.h"
#include <orm.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The size stands before each block, so that the hook always learns how large the old one was. */
typedef union header {
    size_t size;
    max_align_t align;
} header;

static void *from_malloc(void *context, void *old, size_t old_size, size_t new_size)
{
    (void)context;
    (void)old_size;
    if (new_size == 0) {
        free(old);
        return NULL;
    }
    return realloc(old, new_size);
}

static orm_allocate_fn *hook = from_malloc;
static void *hook_context;

void orm_set_allocator(orm_allocate_fn *allocate, void *context)
{
    hook = allocate != NULL ? allocate : from_malloc;
    hook_context = allocate != NULL ? context : NULL;
}

static void *resize(void *old, size_t size)
{
    header *before = old == NULL ? NULL : (header *)old - 1;
    if (size > SIZE_MAX - sizeof(header)) return NULL;
    header *after =
        hook(hook_context, before, before == NULL ? 0 : before->size + sizeof(header), size + sizeof(header));
    if (after == NULL) return NULL;
    after->size = size;
    return after + 1;
}

void *orm__alloc(size_t size)
{
    void *block = resize(NULL, size);
    if (block != NULL) memset(block, 0, size);
    return block;
}

void *orm__realloc(void *old, size_t size)
{
    return resize(old, size);
}

void orm__free(void *block)
{
    if (block == NULL) return;
    header *before = (header *)block - 1;
    hook(hook_context, before, before->size + sizeof(header), 0);
}

char *orm__strdup(const char *text)
{
    return orm__strndup(text, strlen(text));
}

char *orm__strndup(const char *text, size_t size)
{
    char *copy = size == SIZE_MAX ? NULL : resize(NULL, size + 1);
    if (copy == NULL) return NULL;
    if (size > 0) memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

_Bool orm__grow(void *array_pointer, size_t item_size, size_t count, size_t *capacity)
{
    if (count < *capacity) return 1;
    size_t wanted = *capacity < 4 ? 8 : *capacity * 2;
    if (wanted < *capacity || wanted > SIZE_MAX / item_size) return 0;
    void *array;
    memcpy(&array, array_pointer, sizeof array); /* the array is of any type, and so is the pointer to it */
    void *grown = resize(array, wanted * item_size);
    if (grown == NULL) return 0;
    memcpy(array_pointer, &grown, sizeof grown);
    *capacity = wanted;
    return 1;
}

struct orm__arena_block {
    struct orm__arena_block *next;
    size_t used, size;
    max_align_t data[];
};

enum { SMALLEST_BLOCK = 1024, LARGEST_BLOCK = 64 * 1024 };

static struct orm__arena_block *new_block(size_t size)
{
    if (size > SIZE_MAX - sizeof(struct orm__arena_block)) return NULL;
    struct orm__arena_block *block = resize(NULL, sizeof *block + size);
    if (block != NULL) *block = (struct orm__arena_block){ .size = size };
    return block;
}

static void *take(struct orm__arena_block *block, size_t size)
{
    void *piece = (char *)block->data + block->used;
    block->used += size;
    memset(piece, 0, size);
    return piece;
}

void *orm__arena_alloc(orm__arena *arena, size_t size)
{
    const size_t unit = _Alignof(max_align_t);
    if (size > SIZE_MAX - unit) return NULL;
    size = size == 0 ? unit : (size + unit - 1) / unit * unit;
    struct orm__arena_block *head = arena->head;
    if (head != NULL && head->size - head->used >= size) return take(head, size);
    size_t block_size = head == NULL ? SMALLEST_BLOCK : head->size * 2;
    if (block_size > LARGEST_BLOCK) block_size = LARGEST_BLOCK;
    if (size > block_size / 4) { /* a block of its own, behind the head, whose room is not lost */
        struct orm__arena_block *own = new_block(size);
        if (own == NULL) return NULL;
        if (head == NULL) {
            arena->head = own;
        } else {
            own->next = head->next;
            head->next = own;
        }
        return take(own, size);
    }
    struct orm__arena_block *block = new_block(block_size);
    if (block == NULL) return NULL;
    block->next = head;
    arena->head = block;
    return take(block, size);
}

char *orm__arena_copy(orm__arena *arena, const void *text, size_t size)
{
    char *copy = size == SIZE_MAX ? NULL : orm__arena_alloc(arena, size + 1);
    if (copy != NULL && size > 0) memcpy(copy, text, size);
    return copy;
}

static void free_blocks(struct orm__arena_block *block)
{
    while (block != NULL) {
        struct orm__arena_block *next = block->next;
        orm__free(block);
        block = next;
    }
}

void orm__arena_reset(orm__arena *arena)
{
    if (arena->head == NULL) return;
    free_blocks(arena->head->next);
    arena->head->next = NULL;
    arena->head->used = 0;
}

void orm__arena_free(orm__arena *arena)
{
    free_blocks(arena->head);
    arena->head = NULL;
}

void orm__arena_wipe(orm__arena *arena)
{
    for (struct orm__arena_block *block = arena->head; block != NULL; block = block->next)
        explicit_bzero(block->data, block->used);
    orm__arena_free(arena);
}
