#include "base/utf8.h"

size_t utf8_valid(const void *bytes, size_t length)
{
    const unsigned char *in = bytes;
    size_t at = 0;
    while (at < length) {
        unsigned char lead = in[at];
        size_t more = lead < 0x80 ? 0 : lead >= 0xC2 && lead < 0xE0 ? 1 : lead >= 0xE0 && lead < 0xF0 ? 2 : 3;
        if (lead >= 0x80 && (lead < 0xC2 || lead > 0xF4)) {
            return at;
        }
        if (length - at <= more) {
            return at;
        }
        for (size_t i = 1; i <= more; i++) {
            if ((in[at + i] & 0xC0) != 0x80) {
                return at;
            }
        }
        /* Overlong forms, surrogates, and what lies beyond U+10FFFF show in the second byte. */
        if ((lead == 0xE0 && in[at + 1] < 0xA0) || (lead == 0xED && in[at + 1] > 0x9F) ||
            (lead == 0xF0 && in[at + 1] < 0x90) || (lead == 0xF4 && in[at + 1] > 0x8F)) {
            return at;
        }
        at += more + 1;
    }
    return length;
}
