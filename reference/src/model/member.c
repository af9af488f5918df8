/* Members as values and back. Members are read and written through pointers to their own types: ORM_COLUMN took the
 * storage from the member. */
#include "model/mapper.h"
#include <string.h>

orm_value orm__member_read(const orm__field *field, const void *object)
{
    const void *at = (const char *)object + field->offset;
    switch (field->storage) {
    case ORM_STORE_INT_: return orm_int(*(const int64_t *)at);
    case ORM_STORE_REAL_: return orm_real(*(const double *)at);
    case ORM_STORE_BOOL_: return orm_bool(*(const bool *)at);
    case ORM_STORE_DATETIME_: return orm_datetime_value(*(const orm_datetime *)at);
    case ORM_STORE_DATE_: return orm_date_value(*(const orm_date *)at);
    case ORM_STORE_OPT_INT_:
        return ((const orm_opt_int *)at)->has ? orm_int(((const orm_opt_int *)at)->value) : orm_null();
    case ORM_STORE_OPT_REAL_:
        return ((const orm_opt_real *)at)->has ? orm_real(((const orm_opt_real *)at)->value) : orm_null();
    case ORM_STORE_OPT_BOOL_:
        return ((const orm_opt_bool *)at)->has ? orm_bool(((const orm_opt_bool *)at)->value) : orm_null();
    case ORM_STORE_OPT_DATETIME_:
        return ((const orm_opt_datetime *)at)->has ? orm_datetime_value(((const orm_opt_datetime *)at)->value)
                                                   : orm_null();
    case ORM_STORE_OPT_DATE_:
        return ((const orm_opt_date *)at)->has ? orm_date_value(((const orm_opt_date *)at)->value) : orm_null();
    case ORM_STORE_TEXT_: return orm_text(*(const char *const *)at);
    case ORM_STORE_JSON_: return orm_json(*(json_t *const *)at);
    case ORM_STORE_VALUE_: return *(const orm_value *)at;
    }
    return orm_null();
}

bool orm__member_write(const orm__field *field, void *object, const orm_value *from)
{
    orm_value value = *from;
    if (!orm__value_fits(&value, field->type)) return false;
    bool has = value.type != ORM_NULL;
    if (!has) value.u = (__typeof__(value.u)){ 0 };
    void *at = (char *)object + field->offset;
    switch (field->storage) {
    case ORM_STORE_INT_: *(int64_t *)at = value.u.i; break;
    case ORM_STORE_REAL_: *(double *)at = has ? value.u.r : 0.0; break;
    case ORM_STORE_BOOL_: *(bool *)at = value.u.i != 0; break;
    case ORM_STORE_DATETIME_: *(orm_datetime *)at = value.u.t; break;
    case ORM_STORE_DATE_: *(orm_date *)at = value.u.d; break;
    case ORM_STORE_OPT_INT_: *(orm_opt_int *)at = (orm_opt_int){ has, value.u.i }; break;
    case ORM_STORE_OPT_REAL_: *(orm_opt_real *)at = (orm_opt_real){ has, has ? value.u.r : 0.0 }; break;
    case ORM_STORE_OPT_BOOL_: *(orm_opt_bool *)at = (orm_opt_bool){ has, value.u.i != 0 }; break;
    case ORM_STORE_OPT_DATETIME_: *(orm_opt_datetime *)at = (orm_opt_datetime){ has, value.u.t }; break;
    case ORM_STORE_OPT_DATE_: *(orm_opt_date *)at = (orm_opt_date){ has, value.u.d }; break;
    case ORM_STORE_TEXT_:
        if (has && memchr(value.u.s, '\0', value.u.size) != NULL) return false;
        *(const char **)at = has ? value.u.s : NULL;
        break;
    case ORM_STORE_JSON_: *(json_t **)at = has ? value.u.j : NULL; break;
    case ORM_STORE_VALUE_: *(orm_value *)at = value; break;
    default: return false;
    }
    return true;
}

size_t orm__member_size(const orm__field *field)
{
    switch (field->storage) {
    case ORM_STORE_INT_: return sizeof(int64_t);
    case ORM_STORE_REAL_: return sizeof(double);
    case ORM_STORE_BOOL_: return sizeof(bool);
    case ORM_STORE_DATETIME_: return sizeof(orm_datetime);
    case ORM_STORE_DATE_: return sizeof(orm_date);
    case ORM_STORE_OPT_INT_: return sizeof(orm_opt_int);
    case ORM_STORE_OPT_REAL_: return sizeof(orm_opt_real);
    case ORM_STORE_OPT_BOOL_: return sizeof(orm_opt_bool);
    case ORM_STORE_OPT_DATETIME_: return sizeof(orm_opt_datetime);
    case ORM_STORE_OPT_DATE_: return sizeof(orm_opt_date);
    case ORM_STORE_TEXT_: return sizeof(const char *);
    case ORM_STORE_JSON_: return sizeof(json_t *);
    case ORM_STORE_VALUE_: return sizeof(orm_value);
    }
    return 0;
}
