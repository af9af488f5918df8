#include "base/text.h"
#include "base/memory.h"
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Room for `more` bytes and the NUL. */
static bool reserve(orm__text *text, size_t more)
{
    if (text->failed) return false;
    if (more < text->capacity - text->size) return true; /* capacity 0: 0 - 0, and no room */
    size_t needed = text->size + more + 1, capacity = text->capacity < 32 ? 64 : text->capacity;
    if (needed <= more) {
        text->failed = true;
        return false;
    }
    while (capacity < needed) capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
    char *at = orm__realloc(text->at, capacity);
    if (at == NULL) {
        text->failed = true;
        return false;
    }
    text->at = at;
    text->capacity = capacity;
    return true;
}

void orm__text_add_n(orm__text *text, const char *from, size_t size)
{
    if (!reserve(text, size)) return;
    if (size > 0) memcpy(text->at + text->size, from, size);
    text->size += size;
    text->at[text->size] = '\0';
}

void orm__text_add(orm__text *text, const char *from)
{
    orm__text_add_n(text, from, strlen(from));
}

void orm__text_char(orm__text *text, char c)
{
    orm__text_add_n(text, &c, 1);
}

void orm__text_format(orm__text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int size = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (size < 0) {
        text->failed = true;
        return;
    }
    if (!reserve(text, (size_t)size)) return;
    va_start(args, format);
    vsnprintf(text->at + text->size, (size_t)size + 1, format, args);
    va_end(args);
    text->size += (size_t)size;
}

void orm__text_clear(orm__text *text)
{
    text->size = 0;
    text->failed = false;
    if (text->at != NULL) text->at[0] = '\0';
}

void orm__text_free(orm__text *text)
{
    orm__free(text->at);
    *text = (orm__text){ 0 };
}
