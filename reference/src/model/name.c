/* The described system's rule for table names: _ before a capital that follows a small letter or digit, or that begins
 * a word (a small letter follows) inside the name; then small letters, without _ in front. */
#include "model/mapper.h"
#include <string.h>

static bool is_small(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Latin-1, Greek and Cyrillic letters of two bytes; others have no small form here. */
static unsigned small_form(unsigned code)
{
    if (code >= 0xC0 && code <= 0xDE && code != 0xD7) return code + 0x20;
    if (code >= 0x391 && code <= 0x3A9 && code != 0x3A2) return code + 0x20;
    if (code >= 0x410 && code <= 0x42F) return code + 0x20;
    if (code >= 0x400 && code <= 0x40F) return code + 0x50;
    return code;
}

bool orm__table_name_of(const char *name, char *out, size_t size)
{
    size_t used = 0;
    for (const char *at = name; *at != '\0'; at++) {
        bool word = is_capital(*at) && at > name && (is_small(at[-1]) || is_digit(at[-1]) || is_small(at[1]));
        char bytes[3] = { *at }; /* at most two of them are taken */
        size_t count = 1;
        if (is_capital(*at)) bytes[0] = (char)(*at - 'A' + 'a');
        unsigned char lead = (unsigned char)*at, next = (unsigned char)at[1];
        if (lead >= 0xC3 && lead <= 0xDF && (next & 0xC0) == 0x80) {
            unsigned code = small_form((unsigned)(lead & 0x1F) << 6 | (next & 0x3F));
            bytes[0] = (char)(0xC0 | code >> 6);
            bytes[1] = (char)(0x80 | (code & 0x3F));
            count = 2;
            at++;
        }
        if (used == 0 && *at == '_') continue;
        word = word && used > 0;
        if (used + word + count >= size) return false;
        if (word) out[used++] = '_';
        memcpy(out + used, bytes, count);
        used += count;
    }
    if (used >= size) return false;
    out[used] = '\0';
    return true;
}
