#include "spec/written.h"

#include <string.h>

/* Double quotes with JSON's escapes are YAML too. */
static void quoted(const char *text, size_t length, struct text *out)
{
    static const char *const escapes[0x20] = {['\n'] = "\\n", ['\t'] = "\\t", ['\r'] = "\\r"};
    text_add_char(out, '"');
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\') {
            text_add_char(out, '\\');
            text_add_char(out, text[i]);
        } else if (c >= 0x20) {
            text_add_char(out, text[i]);
        } else if (escapes[c] != NULL) {
            text_add(out, escapes[c]);
        } else {
            text_format(out, "\\x%02x", c);
        }
    }
    text_add_char(out, '"');
}

/* What stands without quotes in block style may need them between brackets. */
static bool is_plain_in_flow(const struct yaml *node)
{
    return node->plain && strpbrk(node->text, ",[]{}\n") == NULL;
}

static void scalar(const struct yaml *node, bool flow, struct text *out)
{
    if (flow ? is_plain_in_flow(node) : node->plain && strchr(node->text, '\n') == NULL) {
        text_add_bytes(out, node->text, node->length);
    } else {
        quoted(node->text, node->length, out);
    }
}

static void write(const struct yaml *node, bool flow, struct text *out)
{
    if (node->kind != YAML_LIST && node->kind != YAML_MAP) {
        scalar(node, flow, out);
        return;
    }
    bool map = node->kind == YAML_MAP;
    text_add_char(out, map ? '{' : '[');
    for (size_t i = 0; i < node->count; i++) {
        text_add(out, i > 0 ? ", " : "");
        if (map) {
            scalar(node->keys[i], true, out);
            text_add(out, ": ");
        }
        write(node->items[i], true, out);
    }
    text_add_char(out, map ? '}' : ']');
}

void written_flow(const struct yaml *node, struct text *out)
{
    write(node, false, out);
}

void written_lines(const struct yaml *map, struct text *out)
{
    for (size_t i = 0; i < map->count; i++) {
        text_add(out, i > 0 ? "\n" : "");
        scalar(map->keys[i], false, out);
        text_add(out, ": ");
        write(map->items[i], false, out);
    }
}
