#include "report/template.h"

#include "base/memory.h"
#include "report/assets.h"
#include "report/escape.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH = 32, FILES = 32 };

struct ready {
    const struct asset *asset;
    struct text text;
};

struct filling {
    const json_t *views[DEPTH]; /* the innermost last */
    size_t depth, nested;       /* of views, of templates in templates */
    struct ready ready[FILES];
    size_t ready_count;
    struct text *out;
    char *problem;
};

static bool bad(struct filling *filling, const char *what, const char *name, size_t length)
{
    if (filling->problem == NULL) {
        filling->problem = memory_format("template: %s %.*s", what, (int)length, name);
    }
    return false;
}

/* ---- marks ------------------------------------------------------------------------------------------------------- */

struct mark {
    const char *begin, *end; /* with its braces */
    char kind;               /* # ^ / > { or, for a plain name, ' ' */
    const char *name;
    size_t length;
};

/* The next mark from `text` on; false: none, or (problem) one that does not end. */
static bool find_mark(struct filling *filling, const char *text, const char *stop, struct mark *mark)
{
    const char *begin = strstr(text, "{{");
    if (begin == NULL || begin >= stop) {
        return false;
    }
    bool raw = begin[2] == '{';
    const char *inside = begin + (raw ? 3 : 2), *end = strstr(inside, raw ? "}}}" : "}}");
    if (end == NULL || end >= stop) {
        return bad(filling, "a mark does not end:", begin, strcspn(begin, "\n"));
    }
    *mark = (struct mark){.begin = begin, .end = end + (raw ? 3 : 2), .kind = raw ? '{' : ' ', .name = inside};
    if (!raw && strchr("#^/>", *inside) != NULL) {
        mark->kind = *inside;
        mark->name++;
    }
    mark->length = (size_t)(end - mark->name);
    return true;
}

/* The mark that ends a section. */
static bool find_end(struct filling *filling, const struct mark *section, const char *stop, struct mark *end)
{
    size_t depth = 1;
    for (const char *at = section->end; find_mark(filling, at, stop, end); at = end->end) {
        if (end->length != section->length || strncmp(end->name, section->name, end->length) != 0) {
            continue;
        }
        depth += end->kind == '#' || end->kind == '^';
        if (end->kind == '/' && --depth == 0) {
            return true;
        }
    }
    return bad(filling, "no end of the section", section->name, section->length);
}

/* ---- the view ---------------------------------------------------------------------------------------------------- */

static const json_t *look_up(const struct filling *filling, const char *name, size_t length)
{
    if (length == 1 && *name == '.') {
        return filling->views[filling->depth - 1];
    }
    for (size_t i = filling->depth; i-- > 0;) {
        const json_t *value = json_object_getn(filling->views[i], name, length);
        if (value != NULL) {
            return value;
        }
    }
    return NULL;
}

static bool counts(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return true;
    case JSON_ARRAY:
        return json_array_size(value) > 0;
    case JSON_STRING:
        return json_string_length(value) > 0;
    case JSON_INTEGER:
        return json_integer_value(value) != 0;
    case JSON_REAL:
        return json_real_value(value) != 0;
    case JSON_TRUE:
        return true;
    case JSON_FALSE:
    case JSON_NULL:
        break;
    }
    return false;
}

static bool put_value(struct filling *filling, const struct mark *mark)
{
    const json_t *value = look_up(filling, mark->name, mark->length);
    if (json_is_string(value)) {
        if (mark->kind == '{') {
            text_add_bytes(filling->out, json_string_value(value), json_string_length(value));
        } else {
            escape_markup(filling->out, json_string_value(value));
        }
        return true;
    }
    if (json_is_integer(value)) {
        text_format(filling->out, "%lld", (long long)json_integer_value(value));
        return true;
    }
    return bad(filling, value == NULL ? "the view has no" : "neither text nor a whole number:", mark->name,
               mark->length);
}

/* ---- making ready ------------------------------------------------------------------------------------------------ */

/* Does the line hold marks that steer, and nothing else? */
static bool only_steers(const char *line, const char *end)
{
    size_t marks = 0;
    while (line < end && *line != '\n') {
        const char *close = end - line > 2 && strncmp(line, "{{", 2) == 0 ? strstr(line, "}}") : NULL;
        if (close == NULL || close >= end || strchr("#^/>", line[2]) == NULL) {
            return false;
        }
        line = close + 2;
        marks++;
    }
    return marks > 0;
}

static void prepare(const char *text, size_t length, struct text *out)
{
    const char *stop = text + length;
    while (text < stop) {
        text += strspn(text, " \t");
        const char *line = memchr(text, '\n', (size_t)(stop - text)), *end = line == NULL ? stop : line + 1;
        text_add_bytes(out, text, (size_t)(end - text) - (line != NULL && only_steers(text, end)));
        text = end;
    }
}

/* ---- filling ----------------------------------------------------------------------------------------------------- */

static bool fill(struct filling *filling, const char *text, const char *stop);

static bool fill_with(struct filling *filling, const json_t *view, const char *text, const char *stop)
{
    if (filling->depth == DEPTH) {
        return bad(filling, "too deep", "", 0);
    }
    filling->views[filling->depth++] = view;
    bool good = fill(filling, text, stop);
    filling->depth--;
    return good;
}

static bool fill_section(struct filling *filling, const struct mark *section, const struct mark *end)
{
    const json_t *value = look_up(filling, section->name, section->length);
    if (value == NULL) {
        return bad(filling, "the view has no", section->name, section->length);
    }
    if (section->kind == '^') {
        return counts(value) || fill(filling, section->end, end->begin);
    }
    if (!counts(value)) {
        return true;
    }
    if (!json_is_array(value)) {
        return fill_with(filling, value, section->end, end->begin);
    }
    bool good = true;
    for (size_t i = 0; good && i < json_array_size(value); i++) {
        good = fill_with(filling, json_array_get(value, i), section->end, end->begin);
    }
    return good;
}

/* A template is made ready once for all its uses. */
static const struct text *ready_file(struct filling *filling, const struct asset *asset)
{
    for (size_t i = 0; i < filling->ready_count; i++) {
        if (filling->ready[i].asset == asset) {
            return &filling->ready[i].text;
        }
    }
    if (filling->ready_count == FILES) {
        return NULL;
    }
    struct ready *ready = &filling->ready[filling->ready_count++];
    *ready = (struct ready){.asset = asset};
    const char *end = asset->end > asset->begin && asset->end[-1] == '\n' ? asset->end - 1 : asset->end;
    prepare(asset->begin, (size_t)(end - asset->begin), &ready->text);
    return &ready->text;
}

static bool fill_file(struct filling *filling, const char *name, size_t length)
{
    const struct asset *asset = asset_find(name, length);
    if (asset == NULL) {
        return bad(filling, "there is no", name, length);
    }
    const struct text *text = ready_file(filling, asset);
    if (text == NULL || filling->nested == DEPTH) {
        return bad(filling, "templates go round in", name, length);
    }
    filling->nested++;
    bool good = fill(filling, text_get(text), text_get(text) + text->length);
    filling->nested--;
    return good;
}

static bool fill(struct filling *filling, const char *text, const char *stop)
{
    struct mark mark, end;
    while (find_mark(filling, text, stop, &mark)) {
        text_add_bytes(filling->out, text, (size_t)(mark.begin - text));
        text = mark.end;
        bool good = true;
        if (mark.kind == '#' || mark.kind == '^') {
            good = find_end(filling, &mark, stop, &end) && fill_section(filling, &mark, &end);
            text = end.end;
        } else if (mark.kind == '>') {
            good = fill_file(filling, mark.name, mark.length);
        } else if (mark.kind == '/') {
            good = bad(filling, "an end without its section:", mark.name, mark.length);
        } else {
            good = put_value(filling, &mark);
        }
        if (!good) {
            return false;
        }
    }
    text_add_bytes(filling->out, text, (size_t)(stop - text));
    return filling->problem == NULL;
}

bool template_fill_text(const char *text, const json_t *view, struct text *out, char **problem)
{
    struct filling filling = {.views = {view}, .depth = 1, .out = out};
    struct text ready = {0};
    prepare(text, strlen(text), &ready);
    bool good = fill(&filling, text_get(&ready), text_get(&ready) + ready.length);
    text_free(&ready);
    for (size_t i = 0; i < filling.ready_count; i++) {
        text_free(&filling.ready[i].text);
    }
    *problem = filling.problem;
    return good;
}

bool template_fill(const char *file, const json_t *view, struct text *out, char **problem)
{
    char *text = memory_format("{{>%s}}", file);
    bool good = template_fill_text(text, view, out, problem);
    free(text);
    return good;
}
