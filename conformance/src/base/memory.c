#include "base/memory.h"

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static _Noreturn void out_of_memory(void)
{
    static const char message[] = "ormspec: out of memory\n";
    if (write(STDERR_FILENO, message, sizeof message - 1) < 0) {
        _exit(3);
    }
    exit(3);
}

void *memory_array(size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        out_of_memory();
    }
    void *got = calloc(count ? count : 1, size ? size : 1);
    if (got == NULL) {
        out_of_memory();
    }
    return got;
}

void *memory_get(size_t size)
{
    return memory_array(1, size);
}

void *memory_resize(void *old, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        out_of_memory();
    }
    size_t bytes = count * size;
    void *got = realloc(old, bytes ? bytes : 1);
    if (got == NULL) {
        out_of_memory();
    }
    return got;
}

char *memory_copy_bytes(const void *bytes, size_t length)
{
    char *got = memory_get(length + 1);
    if (length) {
        memcpy(got, bytes, length);
    }
    return got;
}

char *memory_copy(const char *text)
{
    return memory_copy_bytes(text, strlen(text));
}

char *memory_vformat(const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    size_t size = (size_t)(length > 0 ? length : 0) + 1;
    char *got = memory_get(size);
    vsnprintf(got, size, format, again);
    va_end(again);
    return got;
}

char *memory_format(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *got = memory_vformat(format, arguments);
    va_end(arguments);
    return got;
}

static void *json_get(size_t size)
{
    void *got = malloc(size ? size : 1);
    if (got == NULL) {
        out_of_memory();
    }
    return got;
}

void memory_guard_json(void)
{
    json_set_alloc_funcs(json_get, free);
}
