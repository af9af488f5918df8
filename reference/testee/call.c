#include "call.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct call_memory {
    struct call_memory *next;
    _Alignas(max_align_t) unsigned char bytes[];
};

void *must(void *memory)
{
    if (memory == NULL) {
        fputs("orm-testee: out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

void *call_alloc(struct call *c, size_t size)
{
    struct call_memory *piece = must(calloc(1, sizeof *piece + size));
    piece->next = c->memory;
    c->memory = piece;
    return piece->bytes;
}

void call_end(struct call *c)
{
    while (c->memory != NULL) {
        struct call_memory *next = c->memory->next;
        free(c->memory);
        c->memory = next;
    }
    json_decref(c->result);
    c->result = NULL;
}

static bool __attribute__((format(printf, 3, 0))) fail(struct call *c, int code, const char *format, va_list arguments)
{
    c->failure.code = code;
    vsnprintf(c->failure.message, sizeof c->failure.message, format, arguments);
    return false;
}

bool call_bad(struct call *c, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fail(c, CALL_PARAMS, format, arguments);
    va_end(arguments);
    return false;
}

bool call_lacks(struct call *c, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fail(c, CALL_NO_METHOD, format, arguments);
    va_end(arguments);
    return false;
}

bool call_raised_text(struct call *c, orm_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fail(c, CALL_ORM, format, arguments);
    va_end(arguments);
    c->failure.kind = orm_status_kind(status);
    return false;
}

bool call_raised(struct call *c, orm_status status, const orm_error *error)
{
    /* An error object that tells of another failure would explain nothing. */
    bool told = error != NULL && error->status == status;
    call_raised_text(c, status, "%s", told && error->message[0] != '\0' ? error->message : orm_status_text(status));
    if (told) {
        snprintf(c->failure.table, sizeof c->failure.table, "%s", error->table);
        snprintf(c->failure.column, sizeof c->failure.column, "%s", error->column);
        snprintf(c->failure.sqlstate, sizeof c->failure.sqlstate, "%s", error->sqlstate);
    }
    return false;
}

bool call_text(struct call *c, const char *name, bool required, const char **out)
{
    const json_t *value = json_object_get(c->params, name);
    *out = NULL;
    if (value == NULL || json_is_null(value))
        return required ? call_bad(c, "the parameter %s is missing", name) : true;
    if (!json_is_string(value))
        return call_bad(c, "the parameter %s is not text", name);
    *out = json_string_value(value);
    return true;
}

bool call_flag(struct call *c, const char *name, bool *out)
{
    const json_t *value = json_object_get(c->params, name);
    if (value == NULL)
        return true;
    if (!json_is_boolean(value))
        return call_bad(c, "the parameter %s is neither true nor false", name);
    *out = json_is_true(value);
    return true;
}

bool call_array(struct call *c, const char *name, json_t **out)
{
    *out = json_object_get(c->params, name);
    return json_is_array(*out) ? true : call_bad(c, "the parameter %s is missing or no list", name);
}

bool call_object(struct call *c, const char *name, json_t **out)
{
    *out = json_object_get(c->params, name);
    return *out == NULL || json_is_object(*out) ? true : call_bad(c, "the parameter %s is no object", name);
}
