#include "base/base64.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(const void *bytes, size_t length)
{
    const unsigned char *in = bytes;
    char *out = memory_get((length + 2) / 3 * 4 + 1), *end = out;
    for (size_t i = 0; i < length; i += 3) {
        size_t left = length - i;
        unsigned long group = (unsigned long)in[i] << 16;
        group |= left > 1 ? (unsigned long)in[i + 1] << 8 : 0;
        group |= left > 2 ? (unsigned long)in[i + 2] : 0;
        *end++ = letters[group >> 18];
        *end++ = letters[group >> 12 & 63];
        *end++ = left > 1 ? letters[group >> 6 & 63] : '=';
        *end++ = left > 2 ? letters[group & 63] : '=';
    }
    return out;
}

unsigned char *base64_decode(const char *text, size_t *length)
{
    size_t count = strlen(text);
    if (count % 4 != 0) {
        return NULL;
    }
    size_t padding = count == 0 ? 0 : text[count - 2] == '=' ? 2 : text[count - 1] == '=' ? 1 : 0;
    unsigned char *out = memory_get(count / 4 * 3 + 1);
    size_t made = 0;
    unsigned long group = 0;
    for (size_t i = 0; i < count; i++) {
        const char *letter = text[i] != '\0' ? strchr(letters, text[i]) : NULL;
        if (letter == NULL && (text[i] != '=' || i < count - padding)) {
            free(out);
            return NULL;
        }
        group = group << 6 | (letter != NULL ? (unsigned long)(letter - letters) : 0);
        if (i % 4 == 3) {
            out[made++] = (unsigned char)(group >> 16 & 255);
            out[made++] = (unsigned char)(group >> 8 & 255);
            out[made++] = (unsigned char)(group & 255);
        }
    }
    *length = made - padding;
    out[*length] = '\0';
    return out;
}
