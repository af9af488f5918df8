#include "dialect/dialect.h"
#include <string.h>

static const orm__dialect *const dialects[] = { &orm__sqlite, &orm__postgresql };

const orm__dialect *orm__dialect_named(const char *name)
{
    for (size_t i = 0; i < sizeof dialects / sizeof dialects[0]; i++)
        if (strcmp(dialects[i]->name, name) == 0) return dialects[i];
    return NULL;
}

void orm__quote(orm__text *text, const char *identifier)
{
    orm__text_char(text, '"');
    for (const char *at = identifier; *at != '\0'; at++) {
        if (*at == '"') orm__text_char(text, '"');
        orm__text_char(text, *at);
    }
    orm__text_char(text, '"');
}

orm_status orm__bind_check(const orm_value *value, size_t number, orm_error *error)
{
    static const int64_t first_day = -719162, last_day = 2932896; /* 0001-01-01, 9999-12-31 */
    static const int64_t day_us = 86400000000;
    bool in_range = true;
    if (value->type == ORM_STRING && !orm__utf8_valid(value->u.s, value->u.size))
        return orm__fail(error, ORM_DATA, "value %zu is text that is not UTF-8", number);
    if (value->type == ORM_DATETIME)
        in_range = value->u.t.us >= first_day * day_us && value->u.t.us < (last_day + 1) * day_us;
    if (value->type == ORM_DATE) in_range = value->u.d.day >= first_day && value->u.d.day <= last_day;
    return in_range ? ORM_OK
                    : orm__fail(error, ORM_DATA, "value %zu is a %s outside of the years 1 to 9999", number,
                                orm__type_name(value->type));
}

orm_status orm__not_of_type(orm_type type, const char *text, size_t size, orm_error *error)
{
    enum { SHOWN = 60 };
    if (text == NULL) return orm__fail(error, ORM_DATA, "the column holds no %s", orm__type_name(type));
    return orm__fail(error, ORM_DATA, "the column holds no %s: '%.*s%s'", orm__type_name(type),
                     size > SHOWN ? SHOWN : (int)size, text, size > SHOWN ? "…" : "");
}

orm_status orm__decode_text(orm_type type, const char *text, size_t size, orm_value *out, orm_error *error)
{
    bool whole = memchr(text, '\0', size) == NULL;
    *out = orm_null();
    if (type == ORM_JSON) {
        json_t *document = orm__json_parse(text, size);
        if (document != NULL) *out = orm_json(document);
    } else if (type == ORM_DATETIME) {
        orm_datetime moment;
        if (whole && orm_datetime_parse(text, &moment)) *out = orm_datetime_value(moment);
    } else if (type == ORM_DATE) {
        orm_date date;
        if (whole && orm_date_parse(text, &date)) *out = orm_date_value(date);
    }
    return out->type == type ? ORM_OK : orm__not_of_type(type, text, size, error);
}
