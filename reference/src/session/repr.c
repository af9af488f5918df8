/* The text form of objects: "<User 1>". */
#include "session/session.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Writes what fits and counts all, as snprintf does. */
typedef struct sink {
    char *buffer;
    size_t size, length;
} sink;

static void emit_n(sink *to, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++, to->length++) {
        if (to->length + 1 < to->size) {
            to->buffer[to->length] = text[i];
        }
    }
    if (to->size > 0) {
        to->buffer[to->length < to->size ? to->length : to->size - 1] = '\0';
    }
}

static void emit(sink *to, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void emit(sink *to, const char *format, ...)
{
    char piece[64];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(piece, sizeof piece, format, arguments);
    va_end(arguments);
    emit_n(to, piece, length < 0 ? 0 : (size_t)length < sizeof piece ? (size_t)length : sizeof piece - 1);
}

static void emit_value(sink *to, const orm_value *value)
{
    char buffer[32];
    switch (value->type) {
    case ORM_NULL:
        emit(to, "None");
        break;
    case ORM_INTEGER:
        emit(to, "%" PRId64, value->u.i);
        break;
    case ORM_BOOLEAN:
        emit(to, "%s", value->u.i ? "True" : "False");
        break;
    case ORM_FLOAT:
        emit(to, "%s", orm__float_text(value->u.r, buffer));
        break;
    case ORM_DATETIME:
        emit(to, "%s", orm_datetime_text(value->u.t, buffer));
        break;
    case ORM_DATE:
        emit(to, "%s", orm_date_text(value->u.d, buffer));
        break;
    case ORM_STRING:
        emit_n(to, value->u.s, value->u.size);
        break;
    case ORM_JSON:
        emit(to, "json");
        break;
    }
}

static void emit_key(sink *to, const orm__mapper *mapper, const orm_value *key)
{
    for (size_t i = 0; i < mapper->key_count; i++) {
        emit(to, "%s", i > 0 ? ", " : "");
        emit_value(to, &key[i]);
    }
}

void orm__key_text(const orm__mapper *mapper, const orm_value *key, char *buffer, size_t size)
{
    sink to = {buffer, size, 0};
    emit_n(&to, "", 0);
    emit_key(&to, mapper, key);
}

void orm__state_key_text(const orm__state *state, char *buffer, size_t size)
{
    orm_value key[state->mapper->key_count];
    for (size_t i = 0; i < state->mapper->key_count; i++) {
        key[i] = state->loaded[state->mapper->key[i]];
    }
    orm__key_text(state->mapper, key, buffer, size);
}

int orm_repr_object(const orm_object *object, char *buffer, size_t size)
{
    sink to = {buffer, size, 0};
    emit_n(&to, "", 0);
    if (object == NULL || object->state == NULL) {
        emit(&to, "<NULL>");
        return (int)to.length;
    }
    if (object->model->repr != NULL) {
        return object->model->repr(object, buffer, size);
    }
    const orm__state *state = object->state;
    const orm__mapper *mapper = state->mapper;
    emit_n(&to, "<", 1);
    emit_n(&to, object->model->struct_name, strlen(object->model->struct_name));
    emit_n(&to, " ", 1);
    if (state->lifecycle == ORM_IS_TRANSIENT || state->lifecycle == ORM_IS_PENDING) {
        emit(&to, "(%s %" PRIuPTR ")", state->lifecycle == ORM_IS_PENDING ? "pending" : "transient", (uintptr_t)object);
    } else {
        orm_value key[mapper->key_count];
        for (size_t i = 0; i < mapper->key_count; i++) {
            key[i] = state->loaded[mapper->key[i]];
        }
        emit_key(&to, mapper, key);
    }
    emit_n(&to, ">", 1);
    return (int)to.length;
}
