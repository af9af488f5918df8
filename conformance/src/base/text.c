#include "base/text.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static void make_room(struct text *text, size_t more)
{
    size_t wanted = text->length + more + 1;
    if (wanted <= text->capacity) {
        return;
    }
    size_t capacity = text->capacity ? text->capacity : 64;
    while (capacity < wanted) {
        capacity *= 2;
    }
    text->data = memory_resize(text->data, capacity, 1);
    text->capacity = capacity;
}

void text_add_bytes(struct text *text, const void *bytes, size_t length)
{
    make_room(text, length);
    if (length) {
        memcpy(text->data + text->length, bytes, length);
    }
    text->length += length;
    text->data[text->length] = '\0';
}

void text_add(struct text *text, const char *more)
{
    text_add_bytes(text, more, strlen(more));
}

void text_add_char(struct text *text, char c)
{
    text_add_bytes(text, &c, 1);
}

void text_format(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *more = memory_vformat(format, arguments);
    va_end(arguments);
    text_add(text, more);
    free(more);
}

void text_clear(struct text *text)
{
    text->length = 0;
    if (text->data != NULL) {
        text->data[0] = '\0';
    }
}

void text_drop(struct text *text, size_t length)
{
    if (length >= text->length) {
        text_clear(text);
        return;
    }
    text->length -= length;
    memmove(text->data, text->data + length, text->length + 1);
}

const char *text_get(const struct text *text)
{
    return text->data != NULL ? text->data : "";
}

char *text_take(struct text *text)
{
    char *got = text->data != NULL ? text->data : memory_copy("");
    *text = (struct text){0};
    return got;
}

void text_free(struct text *text)
{
    free(text->data);
    *text = (struct text){0};
}
