#include "spec/yaml.h"

#include "base/memory.h"
#include "base/path.h"
#include "base/text.h"
#include "base/utf8.h"

#include <errno.h>
#include <libfyaml.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_LIMIT = 64, SIZE_LIMIT = 16 * 1024 * 1024 };

struct reader {
    struct arena *arena;
    struct fy_parser *parser;
    const char *file;
    struct spec_place last; /* of the last node: an empty one has no place of its own */
    spec_report *report;
    void *context;
    bool refused;
    bool stopped; /* a syntax error: no more events */
};

void yaml_refuse(spec_report *report, void *context, const struct spec_place *place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *message = memory_vformat(format, arguments);
    va_end(arguments);
    report(context, place, message);
    free(message);
}

#define REFUSE(reader, place, ...)                                                                                     \
    ((reader)->refused = true, yaml_refuse((reader)->report, (reader)->context, (place), __VA_ARGS__))

static struct spec_place place_of(struct reader *reader, const struct fy_mark *mark)
{
    if (mark != NULL) {
        reader->last.line = mark->line + 1;
        reader->last.column = mark->column + 1;
    }
    return reader->last;
}

static struct fy_event *next_event(struct reader *reader)
{
    struct fy_event *event = reader->stopped ? NULL : fy_parser_parse(reader->parser);
    if (event == NULL) {
        reader->stopped = true;
    }
    return event;
}

/* A number of JSON's grammar: YAML_INTEGER, YAML_REAL, or YAML_TEXT when it is none. */
static enum yaml_kind number_kind(const char *text)
{
    text += *text == '-';
    size_t whole = strspn(text, "0123456789");
    if (whole == 0 || (whole > 1 && text[0] == '0')) {
        return YAML_TEXT;
    }
    text += whole;
    enum yaml_kind kind = YAML_INTEGER;
    if (*text == '.') {
        size_t fraction = strspn(text + 1, "0123456789");
        if (fraction == 0) {
            return YAML_TEXT;
        }
        text += fraction + 1;
        kind = YAML_REAL;
    }
    if (*text == 'e' || *text == 'E') {
        text++;
        text += *text == '-' || *text == '+';
        size_t exponent = strspn(text, "0123456789");
        if (exponent == 0) {
            return YAML_TEXT;
        }
        text += exponent;
        kind = YAML_REAL;
    }
    return *text == '\0' ? kind : YAML_TEXT;
}

static enum yaml_kind scalar_kind(const struct yaml *node)
{
    if (!node->plain || strlen(node->text) != node->length) {
        return YAML_TEXT;
    }
    if (strcmp(node->text, "null") == 0) {
        return YAML_NULL;
    }
    if (strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0) {
        return YAML_BOOLEAN;
    }
    return number_kind(node->text);
}

static void refuse_properties(struct reader *reader, struct fy_event *event)
{
    struct fy_token *anchor = event->type != FYET_ALIAS ? fy_event_get_anchor_token(event) : NULL;
    if (anchor != NULL) {
        struct spec_place place = place_of(reader, fy_token_start_mark(anchor));
        place.column -= place.column > 1; /* the mark is behind the & */
        REFUSE(reader, &place, "an anchor (&) is not allowed: write the value out, or use a table");
    }
    struct fy_token *tag = fy_event_get_tag_token(event);
    if (tag != NULL) {
        struct spec_place place = place_of(reader, fy_token_start_mark(tag));
        REFUSE(reader, &place, "a tag (!) is not allowed: tagged values are written {$: type, v: value}");
    }
}

static void build_scalar(struct reader *reader, struct fy_event *event, struct yaml *node)
{
    struct fy_token *token = event->scalar.value;
    size_t length = 0;
    const char *text = token != NULL ? fy_token_get_text(token, &length) : NULL;
    enum fy_scalar_style style = fy_token_scalar_style(token);
    node->plain = style == FYSS_PLAIN;
    /* The mark is behind the quote. */
    node->place.column -= (style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED) && node->place.column > 1;
    node->text = arena_copy_bytes(reader->arena, text != NULL ? text : "", text != NULL ? length : 0);
    node->length = text != NULL ? length : 0;
    if (node->plain && node->length == 0) {
        REFUSE(reader, &node->place, "an empty value: write null, or '' for empty text");
    }
    node->kind = scalar_kind(node);
}

static struct yaml *build(struct reader *reader, struct fy_event *event, int depth);

struct pair_list {
    struct yaml **keys, **items;
    size_t count, room;
};

static void add_pair(struct pair_list *pairs, struct yaml *key, struct yaml *item)
{
    if (pairs->count == pairs->room) {
        pairs->room = pairs->room ? pairs->room * 2 : 8;
        pairs->keys = memory_resize(pairs->keys, pairs->room, sizeof *pairs->keys);
        pairs->items = memory_resize(pairs->items, pairs->room, sizeof *pairs->items);
    }
    pairs->keys[pairs->count] = key;
    pairs->items[pairs->count++] = item;
}

static void take_pairs(struct reader *reader, struct pair_list *pairs, struct yaml *node)
{
    size_t bytes = pairs->count * sizeof *node->items;
    node->count = pairs->count;
    node->items = arena_get(reader->arena, bytes);
    if (pairs->count != 0) {
        memcpy(node->items, pairs->items, bytes);
    }
    if (node->kind == YAML_MAP) {
        node->keys = arena_get(reader->arena, bytes);
        if (pairs->count != 0) {
            memcpy(node->keys, pairs->keys, bytes);
        }
    }
    free(pairs->keys);
    free(pairs->items);
}

/* A key that may stand here, or a refusal. */
static bool good_key(struct reader *reader, const struct pair_list *pairs, const struct yaml *key)
{
    if (key->kind == YAML_LIST || key->kind == YAML_MAP) {
        REFUSE(reader, &key->place, "a key must be a scalar, not %s", yaml_kind_name(key));
        return false;
    }
    if (strlen(key->text) != key->length) {
        REFUSE(reader, &key->place, "a key must not contain U+0000");
        return false;
    }
    if (key->plain && strcmp(key->text, "<<") == 0) {
        REFUSE(reader, &key->place, "a merge key (<<) is not allowed: write the keys out");
        return false;
    }
    for (size_t i = 0; i < pairs->count; i++) {
        if (strcmp(pairs->keys[i]->text, key->text) == 0) {
            REFUSE(reader, &key->place, "duplicate key `%s` (first in line %d)", key->text, pairs->keys[i]->place.line);
            return false;
        }
    }
    return true;
}

static void build_children(struct reader *reader, struct yaml *node, int depth)
{
    enum fy_event_type end = node->kind == YAML_MAP ? FYET_MAPPING_END : FYET_SEQUENCE_END;
    struct pair_list pairs = {0};
    for (struct fy_event *event; (event = next_event(reader)) != NULL;) {
        if (event->type == end) {
            fy_parser_event_free(reader->parser, event);
            break;
        }
        struct yaml *key = build(reader, event, depth + 1), *item = key;
        if (node->kind == YAML_MAP) {
            event = next_event(reader);
            if (event == NULL) {
                break;
            }
            item = build(reader, event, depth + 1);
            if (!good_key(reader, &pairs, key)) {
                continue;
            }
        }
        add_pair(&pairs, key, item);
    }
    take_pairs(reader, &pairs, node);
}

/* Takes the event over. Always gives a node: what was refused stands as null. */
static struct yaml *build(struct reader *reader, struct fy_event *event, int depth)
{
    struct yaml *node = arena_get(reader->arena, sizeof *node);
    node->place = place_of(reader, fy_event_start_mark(event));
    node->text = "";
    refuse_properties(reader, event);
    enum fy_event_type type = event->type;
    if (type == FYET_SCALAR) {
        build_scalar(reader, event, node);
    } else if (type == FYET_ALIAS) {
        node->place.column -= node->place.column > 1; /* the mark is behind the * */
        REFUSE(reader, &node->place, "an alias (*) is not allowed: write the value out, or use a table");
    }
    fy_parser_event_free(reader->parser, event);
    if (type == FYET_MAPPING_START || type == FYET_SEQUENCE_START) {
        node->kind = type == FYET_MAPPING_START ? YAML_MAP : YAML_LIST;
        if (depth >= DEPTH_LIMIT) {
            REFUSE(reader, &node->place, "nested deeper than %d levels", DEPTH_LIMIT);
            reader->stopped = true;
            return node;
        }
        build_children(reader, node, depth);
    }
    return node;
}

static void refuse_directives(struct reader *reader, struct fy_event *event)
{
    struct fy_document_state *state = event->document_start.document_state;
    if (fy_document_state_version_explicit(state) || fy_document_state_tags_explicit(state)) {
        struct spec_place place = place_of(reader, fy_document_state_start_mark(state));
        REFUSE(reader, &place, "a directive (%%) is not allowed");
    }
}

static struct yaml *read_document(struct reader *reader)
{
    struct yaml *root = NULL;
    int documents = 0;
    for (struct fy_event *event; (event = next_event(reader)) != NULL;) {
        struct spec_place place = place_of(reader, fy_event_start_mark(event));
        switch (event->type) {
        case FYET_DOCUMENT_START:
            refuse_directives(reader, event);
            if (++documents == 2) {
                REFUSE(reader, &place, "a second document in the file: one file holds one");
            }
            fy_parser_event_free(reader->parser, event);
            break;
        case FYET_SCALAR:
        case FYET_ALIAS:
        case FYET_MAPPING_START:
        case FYET_SEQUENCE_START: {
            struct yaml *node = build(reader, event, 0);
            root = root != NULL ? root : node;
            break;
        }
        case FYET_NONE:
        case FYET_STREAM_START:
        case FYET_STREAM_END:
        case FYET_DOCUMENT_END:
        case FYET_MAPPING_END:
        case FYET_SEQUENCE_END:
            fy_parser_event_free(reader->parser, event);
            break;
        }
    }
    return root;
}

static void report_syntax(struct reader *reader, struct fy_diag *diag)
{
    void *previous = NULL;
    bool any = false;
    for (struct fy_diag_error *error; (error = fy_diag_errors_iterate(diag, &previous)) != NULL;) {
        struct spec_place place = {reader->file, error->line > 0 ? error->line : 1,
                                   error->column > 0 ? error->column : 1};
        REFUSE(reader, &place, "YAML: %s", error->msg);
        any = true;
    }
    if (!any && fy_parser_get_stream_error(reader->parser)) {
        struct spec_place place = {reader->file, 1, 1};
        REFUSE(reader, &place, "YAML: the file cannot be parsed");
    }
}

static bool refuse_bytes(struct reader *reader, const char *text, size_t length)
{
    size_t valid = utf8_valid(text, length);
    const char *zero = memchr(text, '\0', length);
    if (valid == length && zero == NULL) {
        return false;
    }
    size_t at = zero != NULL && (size_t)(zero - text) < valid ? (size_t)(zero - text) : valid;
    struct spec_place place = {reader->file, 1, 1};
    for (size_t i = 0; i < at; i++) {
        place.line += text[i] == '\n';
        place.column = text[i] == '\n' ? 1 : place.column + 1;
    }
    REFUSE(reader, &place, at == valid ? "not UTF-8" : "a NUL byte");
    return true;
}

struct yaml *yaml_parse(struct arena *arena, const char *text, size_t length, const char *shown, spec_report *report,
                        void *context)
{
    struct reader reader = {.arena = arena, .file = arena_copy(arena, shown), .report = report, .context = context};
    reader.last = (struct spec_place){reader.file, 1, 1};
    if (refuse_bytes(&reader, text, length)) {
        return NULL;
    }
    struct fy_diag_cfg diag_config;
    fy_diag_cfg_default(&diag_config);
    diag_config.fp = NULL;
    struct fy_diag *diag = fy_diag_create(&diag_config);
    fy_diag_set_collect_errors(diag, true);
    struct fy_parse_cfg config = {
        .flags = FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE | FYPCF_DISABLE_MMAP_OPT, .diag = diag};
    reader.parser = fy_parser_create(&config);
    struct yaml *root = NULL;
    if (reader.parser != NULL && fy_parser_set_string(reader.parser, text, length) == 0) {
        root = read_document(&reader);
        report_syntax(&reader, diag);
    } else {
        struct spec_place place = {reader.file, 1, 1};
        REFUSE(&reader, &place, "the YAML parser cannot be started");
    }
    if (root == NULL && !reader.refused) {
        struct spec_place place = {reader.file, 1, 1};
        REFUSE(&reader, &place, "the file is empty");
    }
    fy_parser_destroy(reader.parser);
    fy_diag_destroy(diag);
    return reader.refused ? NULL : root;
}

struct yaml *yaml_read(struct arena *arena, const char *path, const char *shown, spec_report *report, void *context)
{
    size_t length = 0;
    char *text = path_read(path, SIZE_LIMIT, &length);
    if (text == NULL) {
        struct spec_place place = {arena_copy(arena, shown), 1, 1};
        yaml_refuse(report, context, &place, "cannot be read: %s", strerror(errno));
        return NULL;
    }
    struct yaml *root = yaml_parse(arena, text, length, shown, report, context);
    free(text);
    return root;
}

struct yaml *yaml_get(const struct yaml *map, const char *key)
{
    for (size_t i = 0; map->kind == YAML_MAP && i < map->count; i++) {
        if (strcmp(map->keys[i]->text, key) == 0) {
            return map->items[i];
        }
    }
    return NULL;
}

bool yaml_is_text(const struct yaml *node, const char *text)
{
    return node->kind == YAML_TEXT && strcmp(node->text, text) == 0 && strlen(text) == node->length;
}

const char *yaml_kind_name(const struct yaml *node)
{
    static const char *const names[] = {
        [YAML_NULL] = "null", [YAML_BOOLEAN] = "a boolean", [YAML_INTEGER] = "an integer", [YAML_REAL] = "a number",
        [YAML_TEXT] = "text", [YAML_LIST] = "a list",       [YAML_MAP] = "a map"};
    return names[node->kind];
}

static void add_names(struct text *text, const struct yaml_key *keys)
{
    for (const struct yaml_key *key = keys; key->name != NULL; key++) {
        text_format(text, "%s%s", key == keys ? "" : ", ", key->name);
    }
}

bool yaml_check_map(const struct yaml *node, const char *what, const struct yaml_key *keys, spec_report *report,
                    void *context)
{
    if (node->kind != YAML_MAP) {
        yaml_refuse(report, context, &node->place, "%s must be a map, not %s", what, yaml_kind_name(node));
        return false;
    }
    bool good = true;
    for (size_t i = 0; i < node->count; i++) {
        const struct yaml_key *key = keys;
        while (key->name != NULL && strcmp(key->name, node->keys[i]->text) != 0) {
            key++;
        }
        if (key->name == NULL) {
            struct text known = {0};
            add_names(&known, keys);
            yaml_refuse(report, context, &node->keys[i]->place, "unknown key `%s` in %s (known: %s)",
                        node->keys[i]->text, what, text_get(&known));
            text_free(&known);
            good = false;
        }
    }
    for (const struct yaml_key *key = keys; key->name != NULL; key++) {
        if (key->required && yaml_get(node, key->name) == NULL) {
            yaml_refuse(report, context, &node->place, "%s needs `%s`", what, key->name);
            good = false;
        }
    }
    return good;
}
