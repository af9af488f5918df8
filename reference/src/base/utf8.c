#include "base/utf8.h"
#include <stdint.h>

/* 0 where no character begins; the smallest code point of its length says whether the form is the shortest. */
static size_t decode(const char *at, const char *end, uint32_t *out)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (at == end) return 0;
    unsigned char lead = (unsigned char)*at;
    size_t size = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
    if (size == 0 || (size_t)(end - at) < size) return 0;
    uint32_t point = size == 1 ? lead : lead & (0x7Fu >> size);
    for (size_t i = 1; i < size; i++) {
        if (((unsigned char)at[i] & 0xC0) != 0x80) return 0;
        point = point << 6 | ((unsigned char)at[i] & 0x3F);
    }
    if (point < least[size] || (point >= 0xD800 && point <= 0xDFFF) || point > 0x10FFFF) return 0;
    *out = point;
    return size;
}

size_t orm__utf8_size(const char *at, const char *end)
{
    uint32_t point;
    return decode(at, end, &point);
}

size_t orm__space_size(const char *at, const char *end)
{
    static const struct {
        uint32_t first, last;
    } spaces[] = {
        {0x09, 0x0D},     {0x1C, 0x20},     {0x85, 0x85},     {0xA0, 0xA0},     {0x1680, 0x1680},
        {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000},
    };
    uint32_t point;
    size_t size = decode(at, end, &point);
    for (size_t i = 0; size > 0 && i < sizeof spaces / sizeof spaces[0]; i++)
        if (point >= spaces[i].first && point <= spaces[i].last) return size;
    return 0;
}
