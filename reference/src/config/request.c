#include "config/request.h"
#include "base/utf8.h"
#include <string.h>

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A part of the query string: + is a space, %2B a plus. What is no %XX stays. Into `out`, which is as long. */
static size_t decode(const char *at, size_t size, char *out)
{
    size_t used = 0;
    for (size_t i = 0; i < size; i++) {
        const int high = at[i] == '%' && i + 2 < size ? hex(at[i + 1]) : -1;
        const int low = high >= 0 ? hex(at[i + 2]) : -1;
        if (low >= 0) {
            out[used++] = (char)(high * 16 + low);
            i += 2;
        } else {
            out[used++] = at[i] == '+' ? ' ' : at[i];
        }
    }
    return used;
}

static const char *skip_space(const char *at, const char *end)
{
    for (size_t size; (size = orm__space_size(at, end)) > 0;) {
        at += size;
    }
    return at;
}

/* Digits of any script with single underscores between them, a sign before, white space around: what the described
 * system takes for an integer. */
static bool parse(const char *at, const char *end, int64_t *out)
{
    int64_t number = 0;
    int digit;
    bool underscore = true; /* none may come first */
    at = skip_space(at, end);
    const bool negative = at < end && *at == '-';
    at += at < end && (*at == '-' || *at == '+');
    for (size_t size; at < end; at += size) {
        if (*at == '_' && !underscore) {
            underscore = true;
            size = 1;
            continue;
        }
        size = orm__digit_size(at, end, &digit);
        if (size == 0) {
            break;
        }
        underscore = false;
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, negative ? -digit : digit, &number)) {
            number = negative ? INT64_MIN : INT64_MAX;
        }
    }
    *out = number;
    return !underscore && skip_space(at, end) == end;
}

enum orm__argument orm__request_number(const char *query_string, const char *name, int64_t *out)
{
    const size_t wanted = strlen(name);
    char *text = orm__alloc(strlen(query_string) + 1);
    enum orm__argument found = ORM__ARGUMENT_ABSENT;
    if (text == NULL) {
        return ORM__ARGUMENT_NO_MEMORY;
    }
    for (const char *at = query_string; *at != '\0' && found == ORM__ARGUMENT_ABSENT;) {
        const size_t size = strcspn(at, "&");
        const char *equals = memchr(at, '=', size);
        const size_t name_size = equals != NULL ? (size_t)(equals - at) : size;
        if (size > 0 && decode(at, name_size, text) == wanted && memcmp(text, name, wanted) == 0) {
            const size_t used = equals != NULL ? decode(equals + 1, size - name_size - 1, text) : 0;
            found = parse(text, text + used, out) ? ORM__ARGUMENT_NUMBER : ORM__ARGUMENT_NO_NUMBER;
        }
        at += size + (at[size] == '&');
    }
    orm__free(text);
    return found;
}

int64_t orm_request_int(const char *query_string, const char *name, int64_t fallback)
{
    int64_t number;
    const bool given = query_string != NULL && name != NULL &&
                       orm__request_number(query_string, name, &number) == ORM__ARGUMENT_NUMBER;
    return given ? number : fallback;
}
