/* Placeholders: each row of a case's table gives the case's tree with the row's cells put in. */
#include "spec/load.h"

#include <string.h>

bool load_is_placeholder(const struct yaml *node)
{
    if (node->kind != YAML_TEXT || !node->plain || node->length < 3 || node->text[0] != '<' ||
        node->text[node->length - 1] != '>') {
        return false;
    }
    size_t inside = node->length - 2;
    inside -= node->text[inside] == '?' && inside > 1;
    size_t word = strspn(node->text + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
    return word == inside;
}

bool load_is_omit(const struct yaml *node)
{
    return node->kind == YAML_MAP && node->count == 1 && strcmp(node->keys[0]->text, "~") == 0 &&
           yaml_is_text(node->items[0], "omit");
}

static bool names_column(const struct yaml *placeholder, const struct yaml *column)
{
    size_t length = placeholder->length - 2;
    return column->length == length && memcmp(column->text, placeholder->text + 1, length) == 0;
}

void load_count_uses(const struct yaml *node, const struct yaml *header, size_t *uses)
{
    for (size_t i = 0; i < node->count; i++) {
        load_count_uses(node->items[i], header, uses);
    }
    for (size_t i = 1; i < header->count && load_is_placeholder(node); i++) {
        uses[i] += names_column(node, header->items[i]);
    }
}

static struct yaml *cell_of(struct loader *loader, struct yaml *node, const struct load_row *row)
{
    for (size_t i = 1; row->header != NULL && i < row->header->count; i++) {
        if (names_column(node, row->header->items[i])) {
            return row->cells->items[i];
        }
    }
    load_refuse(loader, &node->place, "unknown placeholder %s: %s (quote it if the text itself is meant)", node->text,
                row->header != NULL ? "the table has no such column" : "the case has no table");
    return node;
}

struct yaml *load_expand(struct loader *loader, struct yaml *node, const struct load_row *row)
{
    if (load_is_placeholder(node)) {
        struct yaml *cell = cell_of(loader, node, row);
        return load_is_omit(cell) ? NULL : cell;
    }
    if (node->kind != YAML_LIST && node->kind != YAML_MAP) {
        return node;
    }
    struct yaml *copy = arena_get(loader->arena, sizeof *copy);
    *copy = *node;
    copy->count = 0;
    copy->items = arena_array(loader->arena, node->count, sizeof *copy->items);
    copy->keys = node->kind == YAML_MAP ? arena_array(loader->arena, node->count, sizeof *copy->keys) : NULL;
    for (size_t i = 0; i < node->count; i++) {
        struct yaml *item = load_expand(loader, node->items[i], row);
        if (item == NULL) {
            continue;
        }
        if (copy->keys != NULL) {
            copy->keys[copy->count] = node->keys[i];
        }
        copy->items[copy->count++] = item;
    }
    return copy;
}
