#include "report/escape.h"

#include "base/utf8.h"

#include <stdbool.h>
#include <string.h>

/* The next character: `c` for ASCII that may stand; else what is added in its place, "" for none. `room` may hold it.
 * Moves on. */
static const char *next(const char **text, const char *end, char room[5], char *c)
{
    static const char unknown[] = "\xef\xbf\xbd";
    unsigned char first = (unsigned char)**text;
    *c = '\0';
    if (first < 0x20 && first != '\n' && first != '\t') {
        memcpy(room, "\xe2\x90", 2);
        room[2] = (char)(0x80 + first);
        room[3] = '\0';
        ++*text;
        return room;
    }
    if (first == 0x7f) {
        ++*text;
        return "\xe2\x90\xa1";
    }
    if (first < 0x80) {
        *c = *(*text)++;
        return "";
    }
    size_t length = 1;
    while (length < 4 && *text + length < end && ((unsigned char)(*text)[length] & 0xc0) == 0x80) {
        length++;
    }
    length = utf8_valid(*text, length);
    if (length == 0) {
        ++*text;
        return unknown;
    }
    memcpy(room, *text, length);
    room[length] = '\0';
    *text += length;
    /* XML has no U+FFFE and U+FFFF. */
    return strcmp(room, "\xef\xbf\xbe") == 0 || strcmp(room, "\xef\xbf\xbf") == 0 ? unknown : room;
}

void escape_plain(struct text *out, const char *text)
{
    const char *end = text == NULL ? NULL : text + strlen(text);
    while (text < end) {
        char c, room[5];
        text_add(out, next(&text, end, room, &c));
        if (c != '\0') {
            text_add_char(out, c);
        }
    }
}

static void markup(struct text *out, const char *text, bool attribute)
{
    const char *end = text == NULL ? NULL : text + strlen(text);
    while (text < end) {
        /* Most text needs nothing. */
        size_t plain =
            strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _-.,:;/(){}[]=*+$~!?#%@|`");
        text_add_bytes(out, text, plain);
        text += plain;
        if (text == end) {
            return;
        }
        char c, room[5];
        text_add(out, next(&text, end, room, &c));
        switch (c) {
        case '\0':
            break;
        case '<':
            text_add(out, "&lt;");
            break;
        case '>':
            text_add(out, "&gt;");
            break;
        case '&':
            text_add(out, "&amp;");
            break;
        case '"':
            text_add(out, "&quot;");
            break;
        case '\'':
            text_add(out, "&#39;");
            break;
        default:
            if (attribute && (c == '\n' || c == '\t')) {
                text_format(out, "&#%d;", c);
            } else {
                text_add_char(out, c);
            }
        }
    }
}

void escape_markup(struct text *out, const char *text)
{
    markup(out, text, false);
}

void escape_attribute(struct text *out, const char *text)
{
    markup(out, text, true);
}

void escape_tap(struct text *out, const char *text)
{
    const char *end = text == NULL ? NULL : text + strlen(text);
    while (text < end) {
        char c, room[5];
        text_add(out, next(&text, end, room, &c));
        if (c == '#' || c == '\\') { /* a # would begin a directive */
            text_add_char(out, '\\');
        }
        if (c != '\0') {
            text_add_char(out, c == '\n' || c == '\t' ? ' ' : c);
        }
    }
}
