#include "base/value.h"
#include "base/text.h"
#include <float.h>
#include <jansson.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

orm_value orm_null(void)
{
    return (orm_value){ .type = ORM_NULL };
}

orm_value orm_int(int64_t i)
{
    return (orm_value){ ORM_INTEGER, { .i = i } };
}

orm_value orm_real(double r)
{
    return (orm_value){ ORM_FLOAT, { .r = r } };
}

orm_value orm_bool(bool b)
{
    return (orm_value){ ORM_BOOLEAN, { .i = b } };
}

orm_value orm_text(const char *s)
{
    return s == NULL ? orm_null() : orm_text_n(s, strlen(s));
}

orm_value orm_text_n(const char *s, size_t size)
{
    return s == NULL ? orm_null() : (orm_value){ ORM_STRING, { .s = s, .size = size } };
}

orm_value orm_datetime_value(orm_datetime t)
{
    return (orm_value){ ORM_DATETIME, { .t = t } };
}

orm_value orm_date_value(orm_date d)
{
    return (orm_value){ ORM_DATE, { .d = d } };
}

orm_value orm_json(json_t *j)
{
    return j == NULL ? orm_null() : (orm_value){ ORM_JSON, { .j = j } };
}

orm_value orm_utcnow_value(orm_session *session)
{
    (void)session;
    return orm_datetime_value(orm_utcnow());
}

const char *orm__type_name(orm_type type)
{
    switch (type) {
    case ORM_NULL: return "null";
    case ORM_INTEGER: return "integer";
    case ORM_FLOAT: return "float";
    case ORM_BOOLEAN: return "boolean";
    case ORM_STRING: return "text";
    case ORM_DATETIME: return "datetime";
    case ORM_DATE: return "date";
    case ORM_JSON: return "json";
    }
    return "no type";
}

static uint64_t bits_of(double r)
{
    uint64_t bits;
    memcpy(&bits, &r, sizeof bits);
    return bits;
}

bool orm__value_equal(const orm_value *a, const orm_value *b)
{
    if (a->type != b->type) return false;
    switch (a->type) {
    case ORM_NULL: return true;
    case ORM_INTEGER:
    case ORM_BOOLEAN: return a->u.i == b->u.i;
    case ORM_FLOAT: return bits_of(a->u.r) == bits_of(b->u.r);
    case ORM_STRING: return a->u.size == b->u.size && (a->u.size == 0 || memcmp(a->u.s, b->u.s, a->u.size) == 0);
    case ORM_DATETIME: return a->u.t.us == b->u.t.us;
    case ORM_DATE: return a->u.d.day == b->u.d.day;
    case ORM_JSON: return a->u.j == b->u.j || json_equal(a->u.j, b->u.j);
    }
    return false;
}

static int compare_size(size_t a, size_t b)
{
    return a < b ? -1 : a > b;
}

int orm__value_compare(const orm_value *a, const orm_value *b)
{
    if (a->type != b->type) {
        return compare_size(a->type, b->type);
    }
    switch (a->type) {
    case ORM_INTEGER:
    case ORM_BOOLEAN:
        return a->u.i < b->u.i ? -1 : a->u.i > b->u.i;
    case ORM_FLOAT:
        return a->u.r < b->u.r ? -1 : a->u.r > b->u.r;
    case ORM_DATETIME:
        return a->u.t.us < b->u.t.us ? -1 : a->u.t.us > b->u.t.us;
    case ORM_DATE:
        return a->u.d.day < b->u.d.day ? -1 : a->u.d.day > b->u.d.day;
    case ORM_STRING: {
        size_t shorter = a->u.size < b->u.size ? a->u.size : b->u.size;
        int order = shorter > 0 ? memcmp(a->u.s, b->u.s, shorter) : 0;
        return order != 0 ? order : compare_size(a->u.size, b->u.size);
    }
    case ORM_NULL:
    case ORM_JSON:
        break;
    }
    return 0;
}

bool orm__value_copy(orm__arena *arena, const orm_value *from, orm_value *to)
{
    orm_value copy = *from;
    if (from->type == ORM_STRING) {
        copy.u.s = orm__arena_copy(arena, from->u.s, from->u.size);
        if (copy.u.s == NULL) return false;
    } else if (from->type == ORM_JSON) {
        copy.u.j = json_deep_copy(from->u.j);
        if (copy.u.j == NULL) return false;
    }
    *to = copy;
    return true;
}

void orm__value_drop(orm_value *value)
{
    if (value->type == ORM_JSON) json_decref(value->u.j);
    *value = orm_null();
}

bool orm__value_fits(orm_value *value, orm_type column)
{
    if (value->type == ORM_NULL || value->type == column) return true;
    if (value->type != ORM_INTEGER || column != ORM_FLOAT) return false;
    *value = orm_real((double)value->u.i);
    return true;
}

bool orm__utf8_valid(const char *text, size_t size)
{
    const unsigned char *at = (const unsigned char *)text, *end = at + size;
    while (at < end) {
        unsigned char lead = *at++;
        if (lead < 0x80) continue;
        size_t more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
        if (lead < 0xC2 || lead > 0xF4 || (size_t)(end - at) < more) return false;
        /* the second byte is what rules out overlong forms, surrogates, and what lies beyond U+10FFFF */
        unsigned char low = lead == 0xE0   ? 0xA0
                            : lead == 0xF0 ? 0x90
                                           : 0x80,
                      high = lead == 0xED   ? 0x9F
                             : lead == 0xF4 ? 0x8F
                                            : 0xBF;
        if (*at < low || *at > high) return false;
        at++;
        for (size_t i = 1; i < more; i++, at++)
            if ((*at & 0xC0) != 0x80) return false;
    }
    return true;
}

static int append_json(const char *piece, size_t size, void *text)
{
    orm__text_add_n(text, piece, size);
    return ((orm__text *)text)->failed ? -1 : 0;
}

char *orm__json_text(const json_t *document)
{
    orm__text text = { 0 };
    if (document == NULL || json_dump_callback(document, append_json, &text, JSON_COMPACT | JSON_ENCODE_ANY) != 0) {
        orm__text_free(&text);
        return NULL;
    }
    return text.at;
}

json_t *orm__json_parse(const char *text, size_t size)
{
    return json_loadb(text, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
}

char *orm__float_text(double r, char buffer[32])
{
    if (isnan(r)) return strcpy(buffer, "NaN");
    if (isinf(r)) return strcpy(buffer, r < 0 ? "-Infinity" : "Infinity");
    char text[64];
    /* what fifteen digits can say they say at their shortest, but for numbers that have fewer bits than others */
    for (int digits = fabs(r) >= DBL_MIN ? 15 : 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, r);
        if (strtod(text, NULL) == r) break;
    }
    size_t whole = strspn(text, "-0123456789");
    size_t point = text[whole] == 'e' ? 0 : strcspn(text + whole, "0123456789"); /* of the locale: any text */
    if (text[whole] != '\0' && point > 0) {
        text[whole] = '.';
        memmove(text + whole + 1, text + whole + point, strlen(text + whole + point) + 1);
    }
    strcpy(buffer, text);
    return buffer;
}

bool orm__float_parse(const char *text, double *out)
{
    char copy[400];
    const char *point = localeconv()->decimal_point, *dot = strchr(text, '.');
    if (text[0] == '\0' || strchr(" \t\n\v\f\r", text[0]) != NULL || text[strspn(text, "+-")] == '\0' ||
        strpbrk(text, "xX") != NULL)
        return false;
    if (dot != NULL && strcmp(point, ".") != 0) { /* strtod expects the locale's point */
        int size = snprintf(copy, sizeof copy, "%.*s%s%s", (int)(dot - text), text, point, dot + 1);
        if (size < 0 || (size_t)size >= sizeof copy) return false;
        text = copy;
    }
    char *end;
    double r = strtod(text, &end);
    if (*end != '\0') return false;
    *out = r;
    return true;
}
