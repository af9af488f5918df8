#include "report/prose.h"

#include "base/memory.h"
#include "base/path.h"
#include "report/escape.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- headings ---------------------------------------------------------------------------------------------------- */

static void add_literals(cmark_node *node, struct text *out)
{
    const char *literal = cmark_node_get_literal(node);
    if (literal != NULL) {
        text_add(out, literal);
    } else if (cmark_node_get_type(node) == CMARK_NODE_SOFTBREAK) {
        text_add_char(out, ' ');
    }
    for (cmark_node *child = cmark_node_first_child(node); child != NULL; child = cmark_node_next(child)) {
        add_literals(child, out);
    }
}

/* "4.1 Stored passwords" of `protocol` is protocol-4-1-stored-passwords. */
static char *heading_id(const char *part, const char *title)
{
    struct text id = {0};
    bool gap = true;
    text_add(&id, part);
    for (; *title != '\0'; title++) {
        if (isalnum((unsigned char)*title)) {
            text_add(&id, gap ? "-" : "");
            text_add_char(&id, (char)tolower((unsigned char)*title));
            gap = false;
        } else {
            gap = true;
        }
    }
    return text_take(&id);
}

static void take_heading(cmark_node *node, const struct prose *prose, json_t *headings)
{
    struct text title = {0};
    add_literals(node, &title);
    int level = cmark_node_get_heading_level(node);
    char *id = heading_id(prose->id, text_get(&title)), *mark = memory_format("<span id=\"%s\"></span>", id);
    if (level <= 2) {
        json_array_append_new(headings, json_pack("{s:s, s:s}", "id", id, "title", text_get(&title)));
    }
    cmark_node *anchor = cmark_node_new(CMARK_NODE_CUSTOM_INLINE);
    cmark_node_set_on_enter(anchor, mark);
    cmark_node_prepend_child(node, anchor);
    level += prose->shift;
    cmark_node_set_heading_level(node, level > 6 ? 6 : level);
    free(mark);
    free(id);
    text_free(&title);
}

/* ---- links ------------------------------------------------------------------------------------------------------- */

static const char *find_link(const json_t *links, const char *url)
{
    const char *end;
    json_t *target;
    json_object_foreach((json_t *)links, end, target)
    {
        if (path_ends(url, end)) {
            return json_string_value(target);
        }
    }
    return NULL;
}

static void take_link(cmark_node *node, const struct prose *prose)
{
    const char *url = cmark_node_get_url(node), *target = find_link(prose->links, url);
    if (target != NULL) {
        cmark_node_set_url(node, target);
    } else if (strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0) {
        for (cmark_node *child; (child = cmark_node_first_child(node)) != NULL;) {
            cmark_node_insert_before(node, child);
        }
        cmark_node_unlink(node);
        cmark_node_free(node);
    }
}

static cmark_node *ancestor(cmark_node *node, const char *type)
{
    while (node != NULL && strcmp(cmark_node_get_type_string(node), type) != 0) {
        node = cmark_node_parent(node);
    }
    return node;
}

/* Does the node stand in a column that is headed `needs`? */
static bool in_needs(cmark_node *node)
{
    cmark_node *cell = ancestor(node, "table_cell"), *table = ancestor(node, "table");
    if (cell == NULL || table == NULL) {
        return false;
    }
    cmark_node *head = cmark_node_first_child(cmark_node_first_child(table));
    while ((cell = cmark_node_previous(cell)) != NULL && head != NULL) {
        head = cmark_node_next(head);
    }
    struct text title = {0};
    if (head != NULL) {
        add_literals(head, &title);
    }
    bool needs = strcmp(text_get(&title), "needs") == 0;
    text_free(&title);
    return needs;
}

/* A word that the page tells elsewhere leads there. */
static void take_code(cmark_node *node, const struct prose *prose)
{
    const char *word = cmark_node_get_literal(node), *target = json_string_value(json_object_get(prose->words, word)),
               *needed = json_string_value(json_object_get(prose->needs, word));
    if (needed != NULL && in_needs(node)) {
        target = needed;
    }
    if (target == NULL || ancestor(node, "link") != NULL) {
        return;
    }
    cmark_node *link = cmark_node_new(CMARK_NODE_LINK);
    cmark_node_set_url(link, target);
    cmark_node_insert_before(node, link);
    cmark_node_append_child(link, node);
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

/* Nodes of a kind are gathered before any is changed: an iterator does not like its tree to move. */
static void each(cmark_node *root, cmark_node_type type, const struct prose *prose, json_t *headings)
{
    cmark_node **nodes = NULL;
    size_t count = 0;
    cmark_iter *iterator = cmark_iter_new(root);
    for (cmark_event_type event; (event = cmark_iter_next(iterator)) != CMARK_EVENT_DONE;) {
        cmark_node *node = cmark_iter_get_node(iterator);
        if (event == CMARK_EVENT_ENTER && cmark_node_get_type(node) == type) {
            nodes = memory_resize(nodes, count + 1, sizeof(cmark_node *));
            nodes[count++] = node;
        }
    }
    cmark_iter_free(iterator);
    for (size_t i = 0; i < count; i++) {
        if (type == CMARK_NODE_HEADING) {
            take_heading(nodes[i], prose, headings);
        } else if (type == CMARK_NODE_LINK) {
            take_link(nodes[i], prose);
        } else {
            take_code(nodes[i], prose);
        }
    }
    free(nodes);
}

json_t *prose_add(const char *markdown, size_t length, const struct prose *prose, struct text *out)
{
    json_t *headings = json_array();
    cmark_gfm_core_extensions_ensure_registered();
    cmark_parser *parser = cmark_parser_new(CMARK_OPT_VALIDATE_UTF8);
    cmark_parser_attach_syntax_extension(parser, cmark_find_syntax_extension("table"));
    cmark_parser_feed(parser, markdown, length);
    cmark_node *root = cmark_parser_finish(parser);
    each(root, CMARK_NODE_LINK, prose, headings);
    each(root, CMARK_NODE_CODE, prose, headings);
    each(root, CMARK_NODE_HEADING, prose, headings);
    cmark_node *first = cmark_node_first_child(root);
    if (first != NULL && cmark_node_get_type(first) == CMARK_NODE_HEADING) {
        cmark_node_unlink(first);
        cmark_node_free(first);
    }
    char *html = cmark_render_html(root, CMARK_OPT_DEFAULT, cmark_parser_get_syntax_extensions(parser));
    text_add(out, html);
    free(html);
    cmark_node_free(root);
    cmark_parser_free(parser);
    return headings;
}
