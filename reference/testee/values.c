#include "values.h"
#include "base64.h"
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLAIN_INTEGER_BITS = 53 }; /* larger ones travel as text */

const json_t *value_tagged(const json_t *value, const char *tag)
{
    const char *name = json_string_value(json_object_get(value, "$"));
    return name != NULL && strcmp(name, tag) == 0 ? json_object_get(value, "v") : NULL;
}

/* ---- from the wire ---- */

typedef bool decode_fn(struct call *, const json_t *v, const char *what, orm_value *);

static bool decode_int(struct call *c, const json_t *v, const char *what, orm_value *out)
{
    const char *text = json_string_value(v);
    char *end = NULL;
    errno = 0;
    long long number = text != NULL ? strtoll(text, &end, 10) : 0;
    if (text == NULL || end == text || *end != '\0')
        return call_bad(c, "%s: an int is decimal text", what);
    if (errno == ERANGE)
        return call_raised_text(c, ORM_DATA, "%s: %s does not fit into 64 bits", what, text);
    *out = orm_int(number);
    return true;
}

static bool decode_float(struct call *c, const json_t *v, const char *what, orm_value *out)
{
    const char *text = json_string_value(v);
    char *end = NULL;
    double number = text != NULL ? strtod(text, &end) : 0;
    if (text == NULL || end == text || *end != '\0')
        return call_bad(c, "%s: a float is decimal text", what);
    *out = orm_real(number);
    return true;
}

static bool decode_datetime(struct call *c, const json_t *v, const char *what, orm_value *out)
{
    orm_datetime moment;
    if (!json_is_string(v) || !orm_datetime_parse(json_string_value(v), &moment))
        return call_bad(c, "%s: no datetime", what);
    *out = orm_datetime_value(moment);
    return true;
}

static bool decode_date(struct call *c, const json_t *v, const char *what, orm_value *out)
{
    orm_date day;
    if (!json_is_string(v) || !orm_date_parse(json_string_value(v), &day))
        return call_bad(c, "%s: no date", what);
    *out = orm_date_value(day);
    return true;
}

static bool decode_text(struct call *c, const json_t *v, const char *what, orm_value *out)
{
    char *bytes;
    size_t size;
    if (!json_is_string(v) || !base64_decode(c, json_string_value(v), &bytes, &size))
        return call_bad(c, "%s: no base64", what);
    *out = orm_text_n(bytes, size);
    return true;
}

static bool decode_json(struct call *c, const json_t *v, const char *what, orm_value *out)
{
    (void)c, (void)what;
    *out = orm_json((json_t *)v); /* read only: liborm copies what it keeps */
    return true;
}

static const struct { const char *tag; decode_fn *decode; } tags[] = {
    { "int", decode_int }, { "float", decode_float }, { "datetime", decode_datetime },
    { "date", decode_date }, { "text", decode_text }, { "json", decode_json },
};

bool value_decode(struct call *c, const json_t *json, const char *what, orm_value *out)
{
    switch (json_typeof(json)) {
    case JSON_NULL:    *out = orm_null(); return true;
    case JSON_TRUE:    *out = orm_bool(true); return true;
    case JSON_FALSE:   *out = orm_bool(false); return true;
    case JSON_INTEGER: *out = orm_int(json_integer_value(json)); return true;
    case JSON_STRING:  *out = orm_text_n(json_string_value(json), json_string_length(json)); return true;
    case JSON_REAL:    return call_bad(c, "%s: a float travels tagged", what);
    case JSON_ARRAY:   return call_bad(c, "%s: a list where one value is meant", what);
    case JSON_OBJECT:  break;
    }
    const char *tag = json_string_value(json_object_get(json, "$"));
    const json_t *v = json_object_get(json, "v");
    if (tag == NULL || v == NULL)
        return call_bad(c, "%s: an object that is no tagged value", what);
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++)
        if (strcmp(tags[i].tag, tag) == 0)
            return tags[i].decode(c, v, what, out);
    return call_lacks(c, "%s: no values of the kind %s", what, tag);
}

/* ---- onto the wire ---- */

static json_t *tagged(const char *tag, json_t *v)
{
    return must(json_pack("{s:s, s:o}", "$", tag, "v", must(v)));
}

static json_t *encode_int(int64_t number)
{
    char text[32];
    int64_t limit = (int64_t)1 << PLAIN_INTEGER_BITS;
    if (number > -limit && number < limit)
        return must(json_integer(number));
    snprintf(text, sizeof text, "%lld", (long long)number);
    return tagged("int", json_string(text));
}

static json_t *encode_float(double number)
{
    char text[40];
    if (isnan(number))
        return tagged("float", json_string("NaN"));
    if (isinf(number))
        return tagged("float", json_string(number > 0 ? "Infinity" : "-Infinity"));
    for (int digits = DBL_DIG; digits <= DBL_DECIMAL_DIG; digits++) { /* the shortest text that reads back */
        snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    if (strpbrk(text, ".e") == NULL)
        strcat(text, ".0");
    return tagged("float", json_string(text));
}

static json_t *encode_text(const char *text, size_t size)
{
    json_t *plain = json_stringn(text, size);
    if (plain != NULL)
        return plain;
    char *coded = base64_encode(text, size); /* not UTF-8 */
    json_t *value = tagged("text", json_string(coded));
    free(coded);
    return value;
}

static json_t *encode_datetime(orm_datetime moment)
{
    char text[32];
    orm_datetime_text(moment, text);
    *strchr(text, ' ') = 'T';
    return tagged("datetime", json_string(text));
}

json_t *value_encode(const orm_value *value)
{
    char text[32];
    switch (value->type) {
    case ORM_NULL:     break;
    case ORM_INTEGER:  return encode_int(value->u.i);
    case ORM_BOOLEAN:  return json_boolean(value->u.i != 0);
    case ORM_FLOAT:    return encode_float(value->u.r);
    case ORM_STRING:   return encode_text(value->u.s, value->u.size);
    case ORM_DATETIME: return encode_datetime(value->u.t);
    case ORM_DATE:     return tagged("date", json_string(orm_date_text(value->u.d, text)));
    case ORM_JSON:     return tagged("json", json_incref(value->u.j));
    }
    return json_null();
}
