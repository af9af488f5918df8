/* Many rows at a time: an array for each column, in the binary form, or COPY, in the text form. */
#include "dialect/postgresql.h"
#include <stdio.h>
#include <string.h>

enum {
    OID_BOOL = 16,
    OID_INT8 = 20,
    OID_TEXT = 25,
    OID_JSON = 114,
    OID_FLOAT8 = 701,
    OID_DATE = 1082,
    OID_TIMESTAMP = 1114
};
enum { EPOCH_DAYS = 10957 }; /* from 1970 to 2000, where PostgreSQL counts from */
#define EPOCH_US (EPOCH_DAYS * INT64_C(86400000000))

/* So much text goes into one statement, and into one message of a COPY. */
enum { MOST_BYTES = 8 << 20, MOST_ROWS = 8192, COPY_BYTES = 64 << 10 };

static const struct element {
    const char *name;
    uint32_t oid;
} elements[] = {
    [ORM_NULL] = {"text", OID_TEXT},          [ORM_INTEGER] = {"bigint", OID_INT8},
    [ORM_FLOAT] = {"float8", OID_FLOAT8},     [ORM_BOOLEAN] = {"boolean", OID_BOOL},
    [ORM_STRING] = {"text", OID_TEXT},        [ORM_DATETIME] = {"timestamp", OID_TIMESTAMP},
    [ORM_DATE] = {"date", OID_DATE},          [ORM_JSON] = {"json", OID_JSON},
};

void orm__postgresql_array(orm__text *text, size_t number, orm_type type)
{
    orm__text_format(text, "$%zu::%s[]", number, elements[type].name);
}

static orm_status check(const orm_value *value, size_t number, orm_error *error)
{
    orm_status rc = orm__bind_check(value, number, error);
    if (rc != ORM_OK || value->type != ORM_STRING || value->u.size == 0) return rc;
    if (memchr(value->u.s, '\0', value->u.size) != NULL)
        return orm__fail(error, ORM_DATA, "value %zu is text with U+0000, which PostgreSQL cannot hold", number);
    if (value->u.size > INT32_MAX) return orm__fail(error, ORM_DATA, "value %zu is text of more than 2 GiB", number);
    return ORM_OK;
}

/* ---- Arrays --------------------------------------------------------------------------------------------------------- */

static void put(orm__text *out, uint64_t number, size_t bytes)
{
    char big_endian[8];
    for (size_t i = 0; i < bytes; i++) big_endian[i] = (char)(number >> 8 * (bytes - 1 - i));
    orm__text_add_n(out, big_endian, bytes);
}

/* Length and value of one element. */
static orm_status put_element(orm__text *out, const orm_value *value, orm_error *error)
{
    uint64_t bits;
    char *document;
    switch (value->type) {
    case ORM_NULL: put(out, UINT32_MAX, 4); break;
    case ORM_INTEGER: put(out, 8, 4), put(out, (uint64_t)value->u.i, 8); break;
    case ORM_BOOLEAN: put(out, 1, 4), put(out, value->u.i != 0, 1); break;
    case ORM_FLOAT:
        memcpy(&bits, &value->u.r, sizeof bits);
        put(out, 8, 4), put(out, bits, 8);
        break;
    case ORM_DATETIME: put(out, 8, 4), put(out, (uint64_t)(value->u.t.us - EPOCH_US), 8); break;
    case ORM_DATE: put(out, 4, 4), put(out, (uint64_t)(value->u.d.day - EPOCH_DAYS), 4); break;
    case ORM_STRING:
        put(out, value->u.size, 4);
        orm__text_add_n(out, value->u.s, value->u.size);
        break;
    case ORM_JSON:
        document = orm__json_text(value->u.j);
        if (document == NULL) return orm__nomem(error);
        put(out, strlen(document), 4);
        orm__text_add(out, document);
        orm__free(document);
        break;
    }
    return ORM_OK;
}

static orm_status put_array(orm__text *out, const orm__grid *grid, size_t column, size_t first, size_t rows,
                            orm_error *error)
{
    put(out, 1, 4); /* dimension */
    put(out, 1, 4); /* there may be NULL */
    put(out, elements[grid->types[column]].oid, 4);
    put(out, rows, 4);
    put(out, 1, 4); /* where it begins */
    for (size_t row = first; row < first + rows; row++) {
        const orm_value *value = grid->cell(grid->context, row, column);
        orm_status rc = check(value, column + 1, error);
        if (rc == ORM_OK) rc = put_element(out, value, error);
        if (rc != ORM_OK) return rc;
    }
    return out->failed ? orm__nomem(error) : ORM_OK;
}

/* As many rows as make no more than a few megabytes of text, but at least one. */
static size_t rows_that_fit(const orm__grid *grid, size_t first)
{
    size_t bytes = 0, rows = 0;
    while (first + rows < grid->rows && rows < MOST_ROWS && (rows == 0 || bytes < MOST_BYTES)) {
        for (size_t column = 0; column < grid->columns; column++) {
            const orm_value *value = grid->cell(grid->context, first + rows, column);
            bytes += value->type == ORM_STRING ? value->u.size : 0;
        }
        rows++;
    }
    return rows;
}

orm_status orm__postgresql_run_arrays(orm__link *link, orm__statement *statement, const orm__grid *grid, size_t first,
                                      size_t *taken, orm_error *error)
{
    const size_t rows = rows_that_fit(grid, first);
    orm__text *arrays = orm__alloc(grid->columns * (sizeof *arrays + sizeof(char *) + sizeof(int)));
    orm_status rc;
    if (arrays == NULL) return orm__nomem(error);
    const char **values = (const char **)(void *)(arrays + grid->columns);
    int *sizes = (int *)(void *)(values + grid->columns);
    for (size_t i = 0; i < grid->columns; i++) {
        ORM_TRY(put_array(&arrays[i], grid, i, first, rows, error));
        if (arrays[i].size > INT32_MAX) ORM_TRY(orm__fail(error, ORM_DATA, "value %zu is text of more than 2 GiB", i + 1));
        values[i] = arrays[i].at;
        sizes[i] = (int)arrays[i].size;
    }
    ORM_TRY(orm__postgresql_run_binary(link, statement, grid->columns, values, sizes, error));
    *taken = rows;
fail:
    for (size_t i = 0; i < grid->columns; i++) orm__text_free(&arrays[i]);
    orm__free(arrays);
    return rc;
}

/* ---- COPY ----------------------------------------------------------------------------------------------------------- */

/* What separates columns and rows, and the backslash itself, goes escaped. */
static void put_escaped(orm__text *out, const char *text, size_t size)
{
    size_t done = 0;
    for (size_t i = 0; i < size; i++) {
        const char *escaped = text[i] == '\\' ? "\\\\" : text[i] == '\t' ? "\\t" : text[i] == '\n' ? "\\n"
                            : text[i] == '\r' ? "\\r" : NULL;
        if (escaped == NULL) continue;
        orm__text_add_n(out, text + done, i - done);
        orm__text_add_n(out, escaped, 2);
        done = i + 1;
    }
    orm__text_add_n(out, text + done, size - done);
}

static void put_integer(orm__text *out, int64_t number)
{
    char digits[24], *at = digits + sizeof digits;
    uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
    do *--at = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (number < 0) *--at = '-';
    orm__text_add_n(out, at, (size_t)(digits + sizeof digits - at));
}

static orm_status put_field(orm__text *out, const orm_value *value, orm_error *error)
{
    char text[32], *document;
    switch (value->type) {
    case ORM_NULL: orm__text_add_n(out, "\\N", 2); break;
    case ORM_INTEGER: put_integer(out, value->u.i); break;
    case ORM_BOOLEAN: orm__text_char(out, value->u.i != 0 ? 't' : 'f'); break;
    case ORM_FLOAT: orm__text_add(out, orm__float_text(value->u.r, text)); break;
    case ORM_DATETIME: orm__text_add(out, orm_datetime_text(value->u.t, text)); break;
    case ORM_DATE: orm__text_add(out, orm_date_text(value->u.d, text)); break;
    case ORM_STRING: put_escaped(out, value->u.s, value->u.size); break;
    case ORM_JSON:
        document = orm__json_text(value->u.j);
        if (document == NULL) return orm__nomem(error);
        put_escaped(out, document, strlen(document));
        orm__free(document);
        break;
    }
    return ORM_OK;
}

static orm_status check_all(const orm__grid *grid, orm_error *error)
{
    for (size_t row = 0; row < grid->rows; row++)
        for (size_t column = 0; column < grid->columns; column++) {
            orm_status rc = check(grid->cell(grid->context, row, column), column + 1, error);
            if (rc != ORM_OK) return rc;
        }
    return ORM_OK;
}

static orm_status send_rows(orm__link *link, const orm__grid *grid, orm_error *error)
{
    orm__text out = {0};
    orm_status rc = ORM_OK;
    for (size_t row = 0; row < grid->rows && rc == ORM_OK; row++) {
        for (size_t column = 0; column < grid->columns && rc == ORM_OK; column++) {
            if (column > 0) orm__text_char(&out, '\t');
            rc = put_field(&out, grid->cell(grid->context, row, column), error);
        }
        orm__text_char(&out, '\n');
        if (out.failed) rc = orm__nomem(error);
        if (rc == ORM_OK && (out.size >= COPY_BYTES || row + 1 == grid->rows)) {
            if (PQputCopyData(link->connection, out.at, (int)out.size) != 1) rc = orm__postgresql_fail(link, NULL, error);
            orm__text_clear(&out);
        }
    }
    orm__text_free(&out);
    return rc;
}

/* The last result says how the COPY ended; there may be several. */
static orm_status end_copy(orm__link *link, orm_status sent, orm_error *error)
{
    orm_status rc = sent;
    if (PQputCopyEnd(link->connection, sent == ORM_OK ? NULL : "the rows could not be written") != 1 && rc == ORM_OK)
        rc = orm__postgresql_fail(link, NULL, error);
    for (PGresult *result; (result = PQgetResult(link->connection)) != NULL; PQclear(result))
        if (rc == ORM_OK && PQresultStatus(result) != PGRES_COMMAND_OK) rc = orm__postgresql_fail(link, result, error);
    return rc;
}

orm_status orm__postgresql_copy(orm__link *link, const char *sql, const orm__grid *grid, orm_error *error)
{
    orm_status rc = check_all(grid, error);
    if (rc != ORM_OK) return rc;
    PGresult *result = PQexec(link->connection, sql);
    if (PQresultStatus(result) != PGRES_COPY_IN) {
        rc = PQresultStatus(result) == PGRES_FATAL_ERROR || result == NULL
                 ? orm__postgresql_fail(link, result, error)
                 : orm__fail(error, ORM_ARGUMENT, "the statement takes no rows");
        PQclear(result);
        return rc;
    }
    PQclear(result);
    return end_copy(link, send_rows(link, grid, error), error);
}
