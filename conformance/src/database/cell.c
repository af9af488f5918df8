#include "database/cell.h"

#include "base/base64.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static json_t *tagged(const char *tag, const char *text)
{
    return json_pack("{s:s, s:s}", "$", tag, "v", text);
}

static json_t *tagged_bytes(const char *tag, const char *bytes, size_t length)
{
    char *text = base64_encode(bytes, length);
    json_t *json = tagged(tag, text);
    free(text);
    return json;
}

static json_t *text_value(const struct cell *cell)
{
    if (utf8_valid(cell->bytes, cell->length) != cell->length) {
        return tagged_bytes("text", cell->bytes, cell->length);
    }
    return json_stringn(cell->bytes, cell->length);
}

static json_t *integer_value(int64_t value)
{
    if (value <= NUMBER_PLAIN_MAX && value >= -NUMBER_PLAIN_MAX) {
        return json_integer(value);
    }
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, value);
    return tagged("int", text);
}

static json_t *real_value(double value)
{
    char text[32];
    number_format_float(value, text);
    return tagged("float", text);
}

static json_t *moment_value(int64_t microseconds)
{
    char text[40];
    number_format_datetime(microseconds, text);
    return tagged("datetime", text);
}

/* "2024-01-02 03:04:05.678+00:00", with a blank or a T, with or without the zone UTC. */
static json_t *datetime_value(const struct cell *cell)
{
    char text[40];
    size_t length = cell->length;
    static const char *const utc[] = {"+00:00", "+00", "Z"};
    for (size_t i = 0; i < sizeof utc / sizeof *utc; i++) {
        size_t ending = strlen(utc[i]);
        if (length > ending && memcmp(cell->bytes + length - ending, utc[i], ending) == 0) {
            length -= ending;
            break;
        }
    }
    int64_t microseconds;
    if (length >= sizeof text || length < 11) {
        return text_value(cell);
    }
    memcpy(text, cell->bytes, length);
    text[length] = '\0';
    text[10] = text[10] == ' ' ? 'T' : text[10];
    return number_parse_datetime(text, &microseconds) ? moment_value(microseconds) : text_value(cell);
}

static json_t *date_value(const struct cell *cell)
{
    char text[16];
    int64_t days;
    if (cell->length >= sizeof text) {
        return text_value(cell);
    }
    memcpy(text, cell->bytes, cell->length);
    text[cell->length] = '\0';
    return number_parse_date(text, &days) ? tagged("date", text) : text_value(cell);
}

static json_t *document_value(const struct cell *cell)
{
    json_t *document = json_loadb(cell->bytes, cell->length, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    return document == NULL ? text_value(cell) : json_pack("{s:s, s:o}", "$", "json", "v", document);
}

json_t *cell_value(const struct cell *cell, enum column_type type, const json_t *facts)
{
    const char *datetimes = json_string_value(json_object_get(facts, "sqlite_datetime"));
    switch (cell->kind) {
    case CELL_NULL:
        return json_null();
    case CELL_BOOLEAN:
        return json_boolean(cell->integer);
    case CELL_INTEGER:
        if (type == COLUMN_JSON) { /* SQLite takes a document that is a bare number for a number */
            return json_pack("{s:s, s:I}", "$", "json", "v", (json_int_t)cell->integer);
        }
        if (type == COLUMN_BOOLEAN && (cell->integer == 0 || cell->integer == 1)) {
            return json_boolean(cell->integer);
        }
        if (type == COLUMN_DATETIME && datetimes != NULL && strcmp(datetimes, "epoch_ms") == 0) {
            return moment_value(cell->integer * 1000);
        }
        return integer_value(cell->integer);
    case CELL_REAL:
        if (type == COLUMN_JSON) {
            return json_pack("{s:s, s:f}", "$", "json", "v", cell->real);
        }
        return real_value(cell->real);
    case CELL_BYTES:
        return tagged_bytes("bytes", cell->bytes, cell->length);
    case CELL_DATETIME:
        return datetime_value(cell);
    case CELL_DATE:
        return date_value(cell);
    case CELL_JSON:
        return document_value(cell);
    case CELL_TEXT:
        switch (type) {
        case COLUMN_DATETIME:
            return datetime_value(cell);
        case COLUMN_DATE:
            return date_value(cell);
        case COLUMN_JSON:
            return document_value(cell);
        default:
            return text_value(cell);
        }
    }
    return json_null();
}
