#include "base/error.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *kind, *text;
} statuses[] = {
#define X(name, kind, text) [name] = { kind, text },
    ORM_STATUS_MAP(X)
#undef X
};

static bool known(orm_status status)
{
    return (unsigned)status < ORM_STATUS_COUNT_;
}

const char *orm_status_text(orm_status status)
{
    return known(status) ? statuses[status].text : "no status of liborm";
}

const char *orm_status_kind(orm_status status)
{
    return known(status) ? statuses[status].kind : "";
}

int orm_http_status(orm_status status)
{
    switch (status) {
    case ORM_OK: return 200;
    case ORM_NOT_FOUND: return 404;
    default: return 500;
    }
}

/* Takes away a character that the end of the buffer has cut in two. */
static void trim_cut_character(char *text)
{
    size_t end = strlen(text), start = end;
    while (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0x80) start--;
    if (start == 0) return;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t wanted = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (end - (start - 1) < wanted) text[start - 1] = '\0';
}

orm_status orm__fail(orm_error *error, orm_status status, const char *format, ...)
{
    if (error == NULL) return status;
    orm__error_clear(error);
    error->status = status;
    va_list args;
    va_start(args, format);
    int size = vsnprintf(error->message, sizeof error->message, format, args);
    va_end(args);
    if (size < 0) error->message[0] = '\0';
    if (size >= (int)sizeof error->message) trim_cut_character(error->message);
    return status;
}

orm_status orm__nomem(orm_error *error)
{
    return orm__fail(error, ORM_NOMEM, "out of memory");
}

void orm__error_clear(orm_error *error)
{
    if (error != NULL) memset(error, 0, sizeof *error);
}
