/* Values in words for failure texts. */
#include "base/text.h"
#include "judge/parts.h"

#include <stdlib.h>
#include <string.h>

enum { WORDS_LIMIT = 200 };

static void add_json(struct text *text, const json_t *value)
{
    char *json = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    text_add(text, json != NULL ? json : "?");
    free(json);
}

static void add_words(struct text *text, const json_t *value);

static void add_tagged(struct text *text, const char *tag, const json_t *value)
{
    const json_t *inner = json_object_get(value, "v");
    const char *plain = json_string_value(inner), *model = json_string_value(json_object_get(value, "model"));
    if (inner == NULL) {
        add_json(text, value);
    } else if (strcmp(tag, "obj") == 0) {
        text_add(text, "the object ");
        add_json(text, inner);
        text_format(text, model != NULL ? " (%s)" : "%s", model != NULL ? model : "");
    } else if (strcmp(tag, "json") == 0) {
        text_add(text, "the document ");
        add_json(text, inner);
    } else if (strcmp(tag, "var") == 0) {
        text_format(text, "what `%s` is bound to", plain != NULL ? plain : "");
    } else {
        text_format(text, "the %s ", strcmp(tag, "int") == 0 ? "integer" : tag);
        if (plain != NULL) {
            text_add(text, plain);
        } else {
            add_json(text, inner);
        }
    }
}

static void add_operator(struct text *text, const char *name, const json_t *value)
{
    static const struct {
        const char *name, *before, *key;
    } phrases[] = {{"any", "any value but null", NULL},
                   {"type", "a value of the type ", "v"},
                   {"same", "the object bound to ", "v"},
                   {"other", "another object than ", "v"},
                   {"unordered", "in any order ", "v"},
                   {"match", "text that matches ", "v"},
                   {"one_of", "one of ", "v"},
                   {"not", "anything but ", "v"},
                   {"near", "near ", "v"}};
    for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++) {
        if (strcmp(phrases[i].name, name) == 0) {
            text_add(text, phrases[i].before);
            if (phrases[i].key != NULL) {
                add_words(text, json_object_get(value, phrases[i].key));
            }
            return;
        }
    }
    add_json(text, value);
}

static void add_words(struct text *text, const json_t *value)
{
    const char *tag = judge_tag(value), *name = judge_operator(value);
    if (value == NULL) {
        text_add(text, "nothing");
    } else if (tag != NULL) {
        add_tagged(text, tag, value);
    } else if (name != NULL) {
        add_operator(text, name, value);
    } else if (json_is_array(value)) {
        text_add_char(text, '[');
        for (size_t i = 0; i < json_array_size(value); i++) {
            text_add(text, i ? ", " : "");
            add_words(text, json_array_get(value, i));
        }
        text_add_char(text, ']');
    } else if (json_is_object(value)) {
        const char *separator = "";
        text_add_char(text, '{');
        for (void *at = json_object_iter((json_t *)value); at != NULL;
             at = json_object_iter_next((json_t *)value, at)) {
            text_format(text, "%s%s: ", separator, json_object_iter_key(at));
            add_words(text, json_object_iter_value(at));
            separator = ", ";
        }
        text_add_char(text, '}');
    } else if (json_is_real(value)) {
        text_add(text, "the bare number ");
        add_json(text, value);
    } else {
        add_json(text, value);
    }
}

char *judge_words(const json_t *value)
{
    struct text text = {0};
    add_words(&text, value);
    if (text.length > WORDS_LIMIT) {
        size_t length = WORDS_LIMIT;
        /* Not within a character. */
        while (length > 0 && ((unsigned char)text.data[length] & 0xC0) == 0x80) {
            length--;
        }
        text.data[length] = '\0';
        text.length = length;
        text_add(&text, "…");
    }
    return text_take(&text);
}
