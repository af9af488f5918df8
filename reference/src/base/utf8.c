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

size_t orm__digit_size(const char *at, const char *end, int *value)
{
    /* Where the scripts have their zero: the nine others follow it. */
    static const uint32_t zeros[] = {
        0x30,    0x660,   0x6F0,   0x7C0,   0x966,   0x9E6,   0xA66,   0xAE6,   0xB66,   0xBE6,   0xC66,
        0xCE6,   0xD66,   0xDE6,   0xE50,   0xED0,   0xF20,   0x1040,  0x1090,  0x17E0,  0x1810,  0x1946,
        0x19D0,  0x1A80,  0x1A90,  0x1B50,  0x1BB0,  0x1C40,  0x1C50,  0xA620,  0xA8D0,  0xA900,  0xA9D0,
        0xA9F0,  0xAA50,  0xABF0,  0xFF10,  0x104A0, 0x10D30, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0,
        0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x16A60,
        0x16AC0, 0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E950, 0x1FBF0,
    };
    uint32_t point;
    size_t size = decode(at, end, &point);
    for (size_t i = 0; size > 0 && i < sizeof zeros / sizeof zeros[0] && point >= zeros[i]; i++)
        if (point < zeros[i] + 10) {
            *value = (int)(point - zeros[i]);
            return size;
        }
    return 0;
}
