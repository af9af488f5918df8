#include "base64.h"
#include <stdlib.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(const void *data, size_t size)
{
    const unsigned char *in = data;
    char *text = must(malloc((size + 2) / 3 * 4 + 1)), *out = text;
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        unsigned bits = (unsigned)in[i] << 16 | (left > 1 ? (unsigned)in[i + 1] << 8 : 0) | (left > 2 ? in[i + 2] : 0);
        *out++ = alphabet[bits >> 18];
        *out++ = alphabet[bits >> 12 & 63];
        *out++ = left > 1 ? alphabet[bits >> 6 & 63] : '=';
        *out++ = left > 2 ? alphabet[bits & 63] : '=';
    }
    *out = '\0';
    return text;
}

bool base64_decode(struct call *c, const char *text, char **out, size_t *size)
{
    size_t length = strlen(text), padding = 0;
    if (length % 4 != 0)
        return false;
    while (padding < 2 && padding < length && text[length - 1 - padding] == '=')
        padding++;
    char *to = *out = call_alloc(c, length / 4 * 3 + 1);
    *size = length / 4 * 3 - padding;
    for (size_t i = 0; i < length; i += 4) {
        unsigned bits = 0;
        for (size_t k = i; k < i + 4; k++) {
            const char *digit = k >= length - padding ? alphabet : memchr(alphabet, text[k], 64);
            if (digit == NULL)
                return false;
            bits = bits << 6 | (unsigned)(digit - alphabet);
        }
        *to++ = (char)(bits >> 16);
        *to++ = (char)(bits >> 8);
        *to++ = (char)bits;
    }
    return true;
}
