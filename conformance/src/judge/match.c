/* Values against expectations: spec/README.md, "Expectations", and spec/protocol.md §2. */
#include "base/base64.h"
#include "base/memory.h"
#include "base/number.h"
#include "judge/parts.h"

#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct matcher {
    const struct judge_scope *scope;
    struct text path; /* where we are */
    char *why;        /* the first difference, and where it was */
    char *where;
    bool literal; /* what came over the wire has no operators */
};

/* The first difference is what is told. */
static bool differ(struct matcher *matcher, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool differ(struct matcher *matcher, const char *format, ...)
{
    if (matcher->why == NULL) {
        va_list arguments;
        va_start(arguments, format);
        matcher->why = memory_vformat(format, arguments);
        va_end(arguments);
        matcher->where = memory_copy(text_get(&matcher->path));
    }
    return false;
}

static bool differ_values(struct matcher *matcher, const json_t *expected, const json_t *actual)
{
    char *wanted = judge_words(expected), *got = judge_words(actual);
    differ(matcher, "expected %s, got %s", wanted, got);
    free(wanted);
    free(got);
    return false;
}

/* Enters a key or an item; gives the length to return to. */
static size_t enter_key(struct matcher *matcher, const char *key)
{
    size_t before = matcher->path.length;
    size_t plain = strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
    if (plain > 0 && key[plain] == '\0') {
        text_format(&matcher->path, ".%s", key);
    } else {
        text_format(&matcher->path, "[\"%s\"]", key);
    }
    return before;
}

static size_t enter_item(struct matcher *matcher, size_t index)
{
    size_t before = matcher->path.length;
    text_format(&matcher->path, "[%zu]", index);
    return before;
}

static void leave(struct matcher *matcher, size_t length)
{
    matcher->path.length = length;
    matcher->path.data[length] = '\0';
}

enum kind {
    NOTHING,
    NULL_VALUE,
    BOOLEAN,
    INTEGER,
    FLOAT,
    TEXT,
    DATETIME,
    DATE,
    JSON,
    BYTES,
    OBJECT,
    LIST,
    MAP,
    BARE_NUMBER,
    UNKNOWN
};

static enum kind kind_of(const json_t *value)
{
    static const struct {
        const char *tag;
        enum kind kind;
    } tags[] = {{"int", INTEGER}, {"float", FLOAT}, {"datetime", DATETIME}, {"date", DATE},
                {"bytes", BYTES}, {"text", TEXT},   {"json", JSON},         {"obj", OBJECT}};
    if (value == NULL) {
        return NOTHING;
    }
    switch (json_typeof(value)) {
    case JSON_NULL:
        return NULL_VALUE;
    case JSON_TRUE:
    case JSON_FALSE:
        return BOOLEAN;
    case JSON_INTEGER:
        return INTEGER;
    case JSON_REAL:
        return BARE_NUMBER;
    case JSON_STRING:
        return TEXT;
    case JSON_ARRAY:
        return LIST;
    case JSON_OBJECT:
        break;
    }
    if (json_object_get(value, "$") == NULL) {
        return MAP;
    }
    const char *tag = judge_tag(value);
    for (size_t i = 0; tag != NULL && i < sizeof tags / sizeof *tags; i++) {
        if (strcmp(tags[i].tag, tag) == 0) {
            return tags[i].kind;
        }
    }
    return UNKNOWN;
}

static const char *inner_text(const json_t *value)
{
    const char *text = json_string_value(json_object_get(value, "v"));
    return text != NULL ? text : "";
}

/* Decimal digits of an integer, tagged or not, without leading zeros. */
static void integer_text(const json_t *value, char *out, size_t size)
{
    if (json_is_integer(value)) {
        snprintf(out, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        return;
    }
    const char *text = inner_text(value), *digits = text + (*text == '-');
    digits += strspn(digits, "0");
    snprintf(out, size, "%s%s", *text == '-' && *digits != '\0' ? "-" : "", *digits != '\0' ? digits : "0");
}

static bool same_integers(const json_t *left, const json_t *right)
{
    char a[80], b[80];
    integer_text(left, a, sizeof a);
    integer_text(right, b, sizeof b);
    return strcmp(a, b) == 0;
}

static bool same_doubles(double left, double right)
{
    return (isnan(left) && isnan(right)) || (left <= right && left >= right);
}

static bool same_floats(const json_t *expected, const json_t *actual)
{
    double wanted, got;
    if (!number_parse_float(inner_text(expected), &wanted) || !number_parse_float(inner_text(actual), &got)) {
        return false;
    }
    bool negative_zero = same_doubles(wanted, 0) && signbit(wanted);
    return same_doubles(wanted, got) && (!negative_zero || signbit(got));
}

static bool same_bytes(const json_t *left, const json_t *right)
{
    const json_t *sides[2] = {left, right};
    unsigned char *bytes[2];
    size_t lengths[2] = {0, 0};
    for (int i = 0; i < 2; i++) {
        if (json_is_string(sides[i])) {
            lengths[i] = json_string_length(sides[i]);
            bytes[i] = (unsigned char *)memory_copy_bytes(json_string_value(sides[i]), lengths[i]);
        } else {
            bytes[i] = base64_decode(inner_text(sides[i]), &lengths[i]);
        }
    }
    bool same =
        bytes[0] != NULL && bytes[1] != NULL && lengths[0] == lengths[1] && memcmp(bytes[0], bytes[1], lengths[0]) == 0;
    free(bytes[0]);
    free(bytes[1]);
    return same;
}

static bool same_moments(const json_t *left, const json_t *right)
{
    int64_t a, b;
    return number_parse_datetime(inner_text(left), &a) && number_parse_datetime(inner_text(right), &b) && a == b;
}

static bool match_documents(struct matcher *matcher, const json_t *expected, const json_t *actual)
{
    if (json_is_number(expected) && json_is_number(actual)) {
        bool whole = json_is_integer(expected) && json_is_integer(actual);
        bool same = whole ? json_integer_value(expected) == json_integer_value(actual)
                          : same_doubles(json_number_value(expected), json_number_value(actual));
        return same || differ_values(matcher, expected, actual);
    }
    if (json_is_array(expected) && json_is_array(actual)) {
        size_t count = json_array_size(expected), got = json_array_size(actual);
        for (size_t i = 0; i < count && i < got; i++) {
            size_t before = enter_item(matcher, i);
            bool same = match_documents(matcher, json_array_get(expected, i), json_array_get(actual, i));
            leave(matcher, before);
            if (!same) {
                return false;
            }
        }
        return count == got || differ(matcher, "expected %zu item%s, got %zu", count, count == 1 ? "" : "s", got);
    }
    if (!json_is_object(expected) || !json_is_object(actual)) {
        return json_equal((json_t *)expected, (json_t *)actual) || differ_values(matcher, expected, actual);
    }
    for (void *at = json_object_iter((json_t *)expected); at != NULL;
         at = json_object_iter_next((json_t *)expected, at)) {
        const json_t *other = json_object_get(actual, json_object_iter_key(at));
        size_t before = enter_key(matcher, json_object_iter_key(at));
        bool same = other != NULL ? match_documents(matcher, json_object_iter_value(at), other)
                                  : differ(matcher, "expected in the document, but missing");
        leave(matcher, before);
        if (!same) {
            return false;
        }
    }
    for (void *at = json_object_iter((json_t *)actual); at != NULL; at = json_object_iter_next((json_t *)actual, at)) {
        if (json_object_get(expected, json_object_iter_key(at)) == NULL) {
            size_t before = enter_key(matcher, json_object_iter_key(at));
            differ(matcher, "not expected in the document");
            leave(matcher, before);
            return false;
        }
    }
    return true;
}

static bool match(struct matcher *matcher, const json_t *expected, const json_t *actual);

static bool match_lists(struct matcher *matcher, const json_t *expected, const json_t *actual)
{
    size_t count = json_array_size(expected), got = json_array_size(actual);
    if (count != got) {
        char *wanted = judge_words(expected), *words = judge_words(actual);
        differ(matcher, "expected %zu item%s, got %zu: expected %s, got %s", count, count == 1 ? "" : "s", got, wanted,
               words);
        free(wanted);
        free(words);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        size_t before = enter_item(matcher, i);
        bool same = match(matcher, json_array_get(expected, i), json_array_get(actual, i));
        leave(matcher, before);
        if (!same) {
            return false;
        }
    }
    return true;
}

static bool match_maps(struct matcher *matcher, const json_t *expected, const json_t *actual)
{
    for (void *at = json_object_iter((json_t *)expected); at != NULL;
         at = json_object_iter_next((json_t *)expected, at)) {
        const char *key = json_object_iter_key(at);
        const json_t *wanted = json_object_iter_value(at), *got = json_object_get(actual, key);
        size_t before = enter_key(matcher, key);
        bool same;
        if (got == NULL) {
            char *words = judge_words(wanted);
            same = differ(matcher, "expected %s, but the key is missing", words);
            free(words);
        } else {
            same = match(matcher, wanted, got);
        }
        leave(matcher, before);
        if (!same) {
            return false;
        }
    }
    return true;
}

/* Both have the same kind. */
static bool match_kind(struct matcher *matcher, enum kind kind, const json_t *expected, const json_t *actual)
{
    bool same = false;
    switch (kind) {
    case LIST:
        return match_lists(matcher, expected, actual);
    case MAP:
        return match_maps(matcher, expected, actual);
    case JSON:
        return match_documents(matcher, json_object_get(expected, "v"), json_object_get(actual, "v"));
    case NULL_VALUE:
        same = true;
        break;
    case BOOLEAN:
    case DATE:
    case UNKNOWN:
    case BARE_NUMBER:
        same = json_equal((json_t *)expected, (json_t *)actual);
        break;
    case INTEGER:
        same = same_integers(expected, actual);
        break;
    case FLOAT:
        same = same_floats(expected, actual);
        break;
    case TEXT:
    case BYTES:
        same = same_bytes(expected, actual);
        break;
    case DATETIME:
        same = same_moments(expected, actual);
        break;
    case OBJECT:
        same = json_equal(json_object_get(expected, "v"), json_object_get(actual, "v"));
        break;
    case NOTHING:
        break;
    }
    return same || differ_values(matcher, expected, actual);
}

/* Tries without telling a difference. */
static bool would_match(struct matcher *matcher, const json_t *expected, const json_t *actual)
{
    struct matcher trial = {.scope = matcher->scope, .literal = matcher->literal};
    text_add(&trial.path, "$");
    bool met = match(&trial, expected, actual);
    text_free(&trial.path);
    free(trial.why);
    free(trial.where);
    return met;
}

static bool match_type(struct matcher *matcher, const json_t *expected, const json_t *actual)
{
    static const char *const names[] = {
        [NULL_VALUE] = "null", [BOOLEAN] = "boolean",   [INTEGER] = "integer", [FLOAT] = "float",
        [TEXT] = "text",       [DATETIME] = "datetime", [DATE] = "date",       [JSON] = "json",
        [BYTES] = "bytes",     [OBJECT] = "object",     [LIST] = "list",       [MAP] = "map"};
    const char *wanted = inner_text(expected);
    enum kind kind = kind_of(actual);
    if (kind != NOTHING && kind < BARE_NUMBER && strcmp(names[kind], wanted) == 0) {
        return true;
    }
    char *got = judge_words(actual);
    differ(matcher, "expected a value of the type %s, got %s", wanted, got);
    free(got);
    return false;
}

static bool near_seconds(const json_t *value, double *seconds)
{
    if (json_is_number(value)) {
        *seconds = json_number_value(value);
        return true;
    }
    return number_parse_float(inner_text(value), seconds);
}

/* Follows `var`, `db` and `fact` to a plain value; a new reference, or NULL with the difference told. */
static json_t *plain_value(struct matcher *matcher, const json_t *value)
{
    char *problem = NULL;
    json_t *plain = judge_resolve(matcher->scope, value, &problem);
    if (plain == NULL) {
        differ(matcher, "%s", problem);
        free(problem);
    }
    return plain;
}

static bool match_near(struct matcher *matcher, const json_t *expected, const json_t *actual)
{
    json_t *centre = plain_value(matcher, json_object_get(expected, "v"));
    if (centre == NULL) {
        return false;
    }
    double seconds = 0, apart = HUGE_VAL, wanted, got;
    int64_t from = 0, to = 0;
    near_seconds(json_object_get(expected, "s"), &seconds);
    bool now = json_is_string(centre);
    if (kind_of(centre) == FLOAT && kind_of(actual) == FLOAT) {
        if (number_parse_float(inner_text(centre), &wanted) && number_parse_float(inner_text(actual), &got)) {
            apart = fabs(wanted - got);
        }
    } else if (kind_of(actual) == DATETIME && number_parse_datetime(inner_text(actual), &to)) {
        struct timespec clock;
        clock_gettime(CLOCK_REALTIME, &clock);
        from = (int64_t)clock.tv_sec * 1000000 + clock.tv_nsec / 1000;
        if (now || number_parse_datetime(inner_text(centre), &from)) {
            apart = fabs((double)(to - from)) / 1e6;
        }
    }
    if (!(apart <= seconds)) {
        char *wish = now ? memory_copy("now") : judge_words(centre), *words = judge_words(actual);
        differ(matcher, "expected %s within %g%s, got %s", wish, seconds, kind_of(centre) == FLOAT ? "" : " s", words);
        free(wish);
        free(words);
    }
    json_decref(centre);
    return apart <= seconds;
}

static bool match_identity(struct matcher *matcher, const char *operator, const json_t * expected, const json_t *actual)
{
    const char *name = inner_text(expected);
    const json_t *bound = json_object_get(matcher->scope->bound, name);
    if (bound == NULL || kind_of(bound) != OBJECT) {
        return differ(matcher, "`%s` is %s", name, bound == NULL ? "not bound" : "no object");
    }
    bool same = json_equal(json_object_get(bound, "v"), json_object_get(actual, "v"));
    bool wanted = strcmp(operator, "same") == 0;
    if (kind_of(actual) == OBJECT && same == wanted) {
        return true;
    }
    char *words = judge_words(bound), *got = judge_words(actual);
    differ(matcher,
           wanted ? "expected `%s`, which is %s, got %s" : "expected another object than `%s`, which is %s, got %s",
           name, words, got);
    free(words);
    free(got);
    return false;
}

/* Finds an augmenting path from one expected item; `taken[j]` is 1 + the expected item that actual item j serves. */
static bool place_item(struct matcher *matcher, const json_t *expected, const json_t *actual, size_t item,
                       size_t *taken, bool *seen)
{
    for (size_t j = 0; j < json_array_size(actual); j++) {
        if (seen[j] || !would_match(matcher, json_array_get(expected, item), json_array_get(actual, j))) {
            continue;
        }
        seen[j] = true;
        if (taken[j] == 0 || place_item(matcher, expected, actual, taken[j] - 1, taken, seen)) {
            taken[j] = item + 1;
            return true;
        }
    }
    return false;
}

static bool match_unordered(struct matcher *matcher, const json_t *expected, const json_t *actual)
{
    const json_t *wanted = json_object_get(expected, "v");
    if (!json_is_array(actual)) {
        return differ_values(matcher, expected, actual);
    }
    size_t count = json_array_size(wanted), got = json_array_size(actual);
    size_t *taken = memory_array(got, sizeof *taken);
    bool *seen = memory_array(got, sizeof *seen), all = true;
    for (size_t i = 0; i < count && all; i++) {
        memset(seen, 0, got * sizeof *seen);
        all = place_item(matcher, wanted, actual, i, taken, seen);
        if (!all) {
            char *words = judge_words(json_array_get(wanted, i)), *list = judge_words(actual);
            differ(matcher, "no item for %s in %s", words, list);
            free(words);
            free(list);
        }
    }
    for (size_t j = 0; j < got && all; j++) {
        if (taken[j] == 0) {
            char *words = judge_words(json_array_get(actual, j));
            size_t before = enter_item(matcher, j);
            all = differ(matcher, "%s is one too many: expected %zu, got %zu items", words, count, got);
            leave(matcher, before);
            free(words);
        }
    }
    free(seen);
    free(taken);
    return all;
}

static bool match_pattern(struct matcher *matcher, const json_t *expected, const json_t *actual)
{
    const char *source = inner_text(expected), *text = json_string_value(actual);
    regex_t pattern;
    if (regcomp(&pattern, source, REG_EXTENDED | REG_NOSUB) != 0) {
        return differ(matcher, "`%s` is no regular expression", source);
    }
    bool found = text != NULL && strlen(text) == json_string_length(actual) && regexec(&pattern, text, 0, NULL, 0) == 0;
    regfree(&pattern);
    if (!found) {
        char *got = judge_words(actual);
        differ(matcher, "expected text that matches %s, got %s", source, got);
        free(got);
    }
    return found;
}

static bool match_operator(struct matcher *matcher, const char *name, const json_t *expected, const json_t *actual)
{
    const json_t *value = json_object_get(expected, "v");
    if (strcmp(name, "any") == 0) {
        return !json_is_null(actual) || differ(matcher, "expected a value, got null");
    }
    if (strcmp(name, "type") == 0) {
        return match_type(matcher, expected, actual);
    }
    if (strcmp(name, "near") == 0) {
        return match_near(matcher, expected, actual);
    }
    if (strcmp(name, "same") == 0 || strcmp(name, "other") == 0) {
        return match_identity(matcher, name, expected, actual);
    }
    if (strcmp(name, "unordered") == 0) {
        return match_unordered(matcher, expected, actual);
    }
    if (strcmp(name, "match") == 0) {
        return match_pattern(matcher, expected, actual);
    }
    if (strcmp(name, "one_of") == 0) {
        for (size_t i = 0; i < json_array_size(value); i++) {
            if (would_match(matcher, json_array_get(value, i), actual)) {
                return true;
            }
        }
        return differ_values(matcher, expected, actual);
    }
    if (strcmp(name, "not") == 0) {
        return !would_match(matcher, value, actual) || differ_values(matcher, expected, actual);
    }
    char *problem = NULL;
    if (strcmp(name, "env") == 0) {
        json_t *text = judge_environment(matcher->scope, expected, &problem);
        bool met = text != NULL ? match(matcher, text, actual) : differ(matcher, "%s", problem);
        json_decref(text);
        free(problem);
        return met;
    }
    if (strcmp(name, "db") == 0 || strcmp(name, "fact") == 0) {
        const json_t *chosen = judge_choose(matcher->scope, expected, &problem);
        bool met = chosen != NULL ? match(matcher, chosen, actual) : differ(matcher, "%s", problem);
        free(problem);
        return met;
    }
    return differ(matcher, "unknown operator `%s`", name);
}

static bool match_bound(struct matcher *matcher, const json_t *expected, const json_t *actual)
{
    const char *name = inner_text(expected);
    const json_t *bound = json_object_get(matcher->scope->bound, name);
    if (bound == NULL) {
        return differ(matcher, "`%s` is not bound", name);
    }
    matcher->literal = true;
    bool met = match(matcher, bound, actual);
    matcher->literal = false;
    return met;
}

static bool match(struct matcher *matcher, const json_t *expected, const json_t *actual)
{
    const char *tag = judge_tag(expected), *name = judge_operator(expected);
    if (!matcher->literal && tag != NULL && strcmp(tag, "var") == 0) {
        return match_bound(matcher, expected, actual);
    }
    if (!matcher->literal && name != NULL) {
        return match_operator(matcher, name, expected, actual);
    }
    enum kind kind = kind_of(expected);
    if (kind != kind_of(actual)) {
        return differ_values(matcher, expected, actual);
    }
    return match_kind(matcher, kind, expected, actual);
}

bool judge_match(const struct judge_scope *scope, const json_t *expected, const json_t *actual, char **path, char **why)
{
    struct matcher matcher = {.scope = scope};
    text_add(&matcher.path, "$");
    bool met = match(&matcher, expected, actual);
    text_free(&matcher.path);
    if (met) {
        free(matcher.where);
        free(matcher.why);
        *path = *why = NULL;
    } else {
        *path = matcher.where;
        *why = matcher.why;
    }
    return met;
}
