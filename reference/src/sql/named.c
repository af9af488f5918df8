#include "sql/named.h"
#include "base/error.h"
#include "base/memory.h"
#include <string.h>

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool begins_word(char c)
{
    return is_word(c) && !(c >= '0' && c <= '9');
}

static size_t word_size(const char *at)
{
    size_t size = 0;
    while (is_word(at[size])) {
        size++;
    }
    return size;
}

/* Bytes of what is quoted from `at` on, up to its closing quote or the end. `backslash`: \' is no end. */
static size_t quoted_size(const char *at, bool backslash)
{
    size_t i = 1;
    while (at[i] != '\0' && (at[i] != at[0] || at[i + 1] == at[0])) {
        i += at[i] == at[0] || (backslash && at[i] == '\\' && at[i + 1] != '\0') ? 2 : 1;
    }
    return at[i] == '\0' ? i : i + 1;
}

/* A comment in another does not end it. */
static size_t comment_size(const char *at)
{
    size_t i = 2, depth = 1;
    while (at[i] != '\0' && depth > 0) {
        const bool opens = at[i] == '/' && at[i + 1] == '*', closes = at[i] == '*' && at[i + 1] == '/';
        depth = depth + (opens ? 1 : 0) - (closes ? 1 : 0);
        i += opens || closes ? 2 : 1;
    }
    return i;
}

/* $tag$ … $tag$, or 0 where none begins. */
static size_t dollar_size(const char *at)
{
    const size_t tag = at[1] == '$' || begins_word(at[1]) ? word_size(at + 1) : 0;
    if (at[tag + 1] != '$') {
        return 0;
    }
    for (const char *end = at + tag + 2; (end = strchr(end, '$')) != NULL; end++) {
        if (strncmp(end, at, tag + 2) == 0) {
            return (size_t)(end - at) + tag + 2;
        }
    }
    return strlen(at);
}

/* Bytes that stand for themselves whatever is in them; 0: `at` is none of these. */
static size_t verbatim_size(const char *sql, const char *at)
{
    const bool escapes = at > sql && (at[-1] == 'E' || at[-1] == 'e') && (at - 1 == sql || !is_word(at[-2]));
    switch (*at) {
    case '\'':
        return quoted_size(at, escapes);
    case '"':
        return quoted_size(at, false);
    case '-':
        return at[1] == '-' ? strcspn(at, "\n") : 0;
    case '/':
        return at[1] == '*' ? comment_size(at) : 0;
    case '$':
        return at > sql && is_word(at[-1]) ? 0 : dollar_size(at);
    case ':':
        return at[1] == ':' ? strspn(at, ":") : 0;
    }
    return 0;
}

/* A colon after a backslash is one, wherever it stands. */
static void add_verbatim(orm__text *text, const char *at, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (at[i] != '\\' || i + 1 == size || at[i + 1] != ':') {
            orm__text_char(text, at[i]);
        }
    }
}

static orm_status add_value(orm__pieces *out, const char *name, size_t size, const orm_binding *bindings, size_t count,
                            orm_error *error)
{
    size_t i = 0;
    while (i < count && (bindings[i].name == NULL || strncmp(bindings[i].name, name, size) != 0 ||
                         bindings[i].name[size] != '\0')) {
        i++;
    }
    if (i == count) {
        return orm__fail(error, ORM_ARGUMENT, "SQL without a value for :%.*s", size > 64 ? 64 : (int)size, name);
    }
    if (out->count == out->capacity && !orm__grow(&out->values, sizeof(orm_value), out->count, &out->capacity)) {
        return orm__nomem(error);
    }
    out->values[out->count++] = bindings[i].value;
    orm__text_char(&out->text, '\0');
    return ORM_OK;
}

orm_status orm__pieces_make(const char *sql, const orm_binding *bindings, size_t count, orm__pieces *out,
                            orm_error *error)
{
    orm_status rc = ORM_OK;
    *out = (orm__pieces){0};
    if (sql == NULL || (bindings == NULL && count > 0)) {
        return orm__fail(error, ORM_ARGUMENT, "%s is missing (NULL)", sql == NULL ? "SQL" : "the list of its values");
    }
    for (const char *at = sql; *at != '\0';) {
        const size_t verbatim = verbatim_size(sql, at);
        if (verbatim > 0) {
            add_verbatim(&out->text, at, verbatim);
            at += verbatim;
        } else if (*at == ':' && begins_word(at[1])) {
            const size_t size = word_size(at + 1);
            ORM_TRY(add_value(out, at + 1, size, bindings, count, error));
            at += 1 + size;
        } else {
            at += *at == '\\' && at[1] == ':';
            orm__text_char(&out->text, *at++);
        }
    }
    orm__text_char(&out->text, '\0');
    if (out->text.failed) {
        ORM_TRY(orm__nomem(error));
    }
    return ORM_OK;
fail:
    orm__pieces_free(out);
    return rc;
}

void orm__pieces_free(orm__pieces *pieces)
{
    orm__text_free(&pieces->text);
    orm__free(pieces->values);
    *pieces = (orm__pieces){0};
}
