/* Values travel as text, except text and documents, whose binary form is their bytes: no copy, and no NUL needed at
 * their end. */
#include "dialect/postgresql.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    OID_BOOL = 16,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_TEXT = 25,
    OID_JSON = 114,
    OID_FLOAT4 = 700,
    OID_FLOAT8 = 701,
    OID_DATE = 1082,
    OID_TIMESTAMP = 1114,
    OID_NUMERIC = 1700,
    OID_JSONB = 3802
};

typedef struct bound { /* one value, as libpq wants it */
    char text[32];
    char *document;
} bound;

struct orm__statement {
    char *sql;
    size_t count;
    uint64_t name; /* 0: the server does not know it yet */
    bool ran;      /* prepared at its second run: what runs once costs one round trip */
    bool outdated; /* the server's plan is of another schema */
    Oid *oids;
    const char **values;
    int *sizes, *formats;
    bound *bounds;
    PGresult *result;
    int row;        /* of the result; -1 before the first */
    uint64_t batch; /* rows of a result at most, of a cursor that the server holds; 0: there is none */
    bool last;      /* the result is the last one */
    uint64_t cursor;
};

static bool in_transaction(orm__link *link)
{
    PGTransactionStatusType status = PQtransactionStatus(link->connection);
    return status == PQTRANS_ACTIVE || status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

static orm_status execute(orm__link *link, const char *sql, orm_error *error)
{
    bool was_open = in_transaction(link);
    PGresult *result = PQexec(link->connection, sql);
    ExecStatusType status = PQresultStatus(result);
    orm_status rc = ORM_OK;
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) rc = orm__postgresql_fail(link, result, error);
    /* the server answers COMMIT of a spoiled transaction with a ROLLBACK, and calls that a success */
    else if (was_open && strcmp(sql, "COMMIT") == 0 && strcmp(PQcmdStatus(result), "ROLLBACK") == 0)
        rc = orm__fail(error, ORM_ABORTED,
                       "the transaction was spoiled by an earlier error: the database rolled it back");
    PQclear(result);
    return rc;
}

static orm_status describe(orm__link *link, char name[256], char user[64], orm_error *error)
{
    PGresult *result = PQexec(link->connection, "SELECT current_database(), current_user");
    orm_status rc = ORM_OK;
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        rc = orm__postgresql_fail(link, result, error);
    } else {
        snprintf(name, 256, "%s", PQgetvalue(result, 0, 0));
        snprintf(user, 64, "%s", PQgetvalue(result, 0, 1));
    }
    PQclear(result);
    return rc;
}

static void placeholder(orm__text *text, size_t number, orm_type type)
{
    (void)type;
    orm__text_format(text, "$%zu", number);
}

/* The type is declared, so that a comparison with a large integer is one of 64 bits. */
static Oid oid_of(orm_type type)
{
    switch (type) {
    case ORM_NULL: return 0; /* the server finds out */
    case ORM_INTEGER: return OID_INT8;
    case ORM_FLOAT: return OID_FLOAT8;
    case ORM_BOOLEAN: return OID_BOOL;
    case ORM_STRING: return OID_TEXT;
    case ORM_DATETIME: return OID_TIMESTAMP;
    case ORM_DATE: return OID_DATE;
    case ORM_JSON: return OID_JSON;
    }
    return 0;
}

static void free_statement(orm__statement *statement)
{
    PQclear(statement->result);
    orm__free(statement->sql);
    orm__free(statement->oids);
    orm__free(statement->values);
    orm__free(statement->sizes);
    orm__free(statement->formats);
    orm__free(statement->bounds);
    orm__free(statement);
}

static orm_status prepare(orm__link *link, const char *sql, size_t binds, const orm_type *types, orm__statement **out,
                          orm_error *error)
{
    (void)link;
    orm_status rc;
    orm__statement *statement = orm__alloc(sizeof *statement);
    if (statement == NULL) return orm__nomem(error);
    statement->count = binds;
    statement->sql = orm__strdup(sql);
    statement->oids = orm__alloc(binds * sizeof *statement->oids);
    statement->values = orm__alloc(binds * sizeof *statement->values);
    statement->sizes = orm__alloc(binds * sizeof *statement->sizes);
    statement->formats = orm__alloc(binds * sizeof *statement->formats);
    statement->bounds = orm__alloc(binds * sizeof *statement->bounds);
    if (statement->sql == NULL || statement->oids == NULL || statement->values == NULL || statement->sizes == NULL ||
        statement->formats == NULL || statement->bounds == NULL)
        ORM_TRY(orm__nomem(error));
    for (size_t i = 0; i < binds; i++) statement->oids[i] = types == NULL ? 0 : oid_of(types[i]);
    *out = statement;
    return ORM_OK;
fail:
    free_statement(statement);
    return rc;
}

static void name_of(uint64_t name, char out[32])
{
    snprintf(out, 32, "orm_%llu", (unsigned long long)name);
}

/* Gives names back to the server; in a spoiled transaction that has to wait. */
static void bury(orm__link *link)
{
    while (link->doomed_count > 0 && PQstatus(link->connection) == CONNECTION_OK &&
           PQtransactionStatus(link->connection) != PQTRANS_INERROR) {
        char name[32], sql[64];
        name_of(link->doomed[--link->doomed_count], name);
        snprintf(sql, sizeof sql, "DEALLOCATE %s", name);
        PQclear(PQexec(link->connection, sql));
    }
}

/* A name that finds no room here stays with the server until the connection ends. */
static void doom(orm__link *link, uint64_t name)
{
    if (name != 0 && orm__grow(&link->doomed, sizeof *link->doomed, link->doomed_count, &link->doomed_capacity))
        link->doomed[link->doomed_count++] = name;
    bury(link);
}

static void cursor_name(uint64_t cursor, char out[32])
{
    snprintf(out, 32, "orm_rows_%llu", (unsigned long long)cursor);
}

/* A cursor ends with its transaction: one that failed takes no more statements, and needs none. */
static void close_cursor(orm__link *link, orm__statement *statement)
{
    if (statement->batch != 0 && PQtransactionStatus(link->connection) == PQTRANS_INTRANS) {
        char name[32], sql[48];
        cursor_name(statement->cursor, name);
        snprintf(sql, sizeof sql, "CLOSE %s", name);
        PQclear(PQexec(link->connection, sql));
    }
    statement->batch = 0;
}

static void reset(orm__link *link, orm__statement *statement)
{
    close_cursor(link, statement);
    PQclear(statement->result);
    statement->result = NULL;
    statement->row = -1;
}

static void finalize(orm__link *link, orm__statement *statement)
{
    close_cursor(link, statement);
    doom(link, statement->name);
    free_statement(statement);
}

static orm_status bind(orm__statement *statement, size_t i, const orm_value *value, orm_error *error)
{
    orm_status rc = orm__bind_check(value, i + 1, error);
    if (rc != ORM_OK) return rc;
    bound *b = &statement->bounds[i];
    const char **to = &statement->values[i];
    statement->formats[i] = 0;
    statement->sizes[i] = 0;
    switch (value->type) {
    case ORM_NULL: *to = NULL; break;
    case ORM_INTEGER:
        snprintf(b->text, sizeof b->text, "%lld", (long long)value->u.i);
        *to = b->text;
        break;
    case ORM_BOOLEAN: *to = value->u.i != 0 ? "t" : "f"; break;
    case ORM_FLOAT: *to = orm__float_text(value->u.r, b->text); break;
    case ORM_DATETIME: *to = orm_datetime_text(value->u.t, b->text); break;
    case ORM_DATE: *to = orm_date_text(value->u.d, b->text); break;
    case ORM_STRING:
        if (memchr(value->u.s, '\0', value->u.size) != NULL)
            return orm__fail(error, ORM_DATA, "value %zu is text with U+0000, which PostgreSQL cannot hold", i + 1);
        if (value->u.size > INT32_MAX) return orm__fail(error, ORM_DATA, "value %zu is text of more than 2 GiB", i + 1);
        *to = value->u.size > 0 ? value->u.s : "";
        statement->formats[i] = 1;
        statement->sizes[i] = (int)value->u.size;
        break;
    case ORM_JSON:
        b->document = orm__json_text(value->u.j);
        if (b->document == NULL) return orm__nomem(error);
        *to = b->document;
        break;
    }
    return ORM_OK;
}

static PGresult *send(orm__link *link, orm__statement *statement)
{
    const int count = (int)statement->count;
    if (statement->outdated) {
        doom(link, statement->name);
        statement->name = 0;
        statement->outdated = false;
    }
    if (!statement->ran) {
        statement->ran = true;
        return PQexecParams(link->connection, statement->sql, count, statement->oids, statement->values,
                            statement->sizes, statement->formats, 0);
    }
    char name[32];
    if (statement->name == 0) {
        bury(link);
        name_of(link->last_name + 1, name);
        PGresult *prepared = PQprepare(link->connection, name, statement->sql, count, statement->oids);
        if (PQresultStatus(prepared) != PGRES_COMMAND_OK) return prepared;
        PQclear(prepared);
        statement->name = ++link->last_name;
    }
    name_of(statement->name, name);
    return PQexecPrepared(link->connection, name, count, statement->values, statement->sizes, statement->formats, 0);
}

/* "cached plan must not change result type", and a name that the server has forgotten (DISCARD ALL of a pooler) */
static bool is_outdated(const orm__statement *statement, const PGresult *result)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    return statement->name != 0 && sqlstate != NULL &&
           (strcmp(sqlstate, "0A000") == 0 || strcmp(sqlstate, "26000") == 0);
}

static orm_status bind_all(orm__link *link, orm__statement *statement, const orm_value *binds, size_t count,
                           orm_error *error)
{
    reset(link, statement);
    if (count != statement->count)
        return orm__fail(error, ORM_ARGUMENT, "the statement has %zu placeholders, and %zu values are given",
                         statement->count, count);
    for (size_t i = 0; i < count; i++) {
        orm_status rc = bind(statement, i, &binds[i], error);
        if (rc != ORM_OK) return rc;
    }
    return ORM_OK;
}

static void forget_documents(orm__statement *statement)
{
    for (size_t i = 0; i < statement->count; i++) {
        orm__free(statement->bounds[i].document);
        statement->bounds[i].document = NULL;
    }
}

/* The result is the statement's, if it is one. */
static orm_status take_result(orm__link *link, orm__statement *statement, PGresult *result, orm_error *error)
{
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
        PQclear(statement->result);
        statement->result = result;
        return ORM_OK;
    }
    orm_status rc = orm__postgresql_fail(link, result, error);
    PQclear(result);
    return rc;
}

static orm_status run(orm__link *link, orm__statement *statement, const orm_value *binds, size_t count,
                      orm_error *error)
{
    orm_status rc;
    ORM_TRY(bind_all(link, statement, binds, count, error));
    bool retry = !in_transaction(link); /* in a transaction the failure has spoiled it: the next run prepares anew */
    PGresult *result = send(link, statement);
    statement->outdated = is_outdated(statement, result);
    if (statement->outdated && retry) {
        PQclear(result);
        result = send(link, statement);
    }
    rc = take_result(link, statement, result, error);
fail:
    forget_documents(statement);
    return rc;
}

static orm_status fetch(orm__link *link, orm__statement *statement, orm_error *error)
{
    char name[32], sql[80];
    cursor_name(statement->cursor, name);
    snprintf(sql, sizeof sql, "FETCH %llu FROM %s", (unsigned long long)statement->batch, name);
    orm_status rc = take_result(link, statement, PQexec(link->connection, sql), error);
    if (rc != ORM_OK) return rc;
    statement->row = -1;
    statement->last = (uint64_t)PQntuples(statement->result) < statement->batch;
    return ORM_OK;
}

static orm_status run_in_batches(orm__link *link, orm__statement *statement, const orm_value *binds, size_t count,
                                 size_t batch, orm_error *error)
{
    orm_status rc;
    orm__text sql = {0};
    char name[32];
    ORM_TRY(bind_all(link, statement, binds, count, error));
    cursor_name(link->last_cursor + 1, name);
    orm__text_format(&sql, "DECLARE %s NO SCROLL CURSOR FOR %s", name, statement->sql);
    if (sql.failed) ORM_TRY(orm__nomem(error));
    ORM_TRY(take_result(link, statement,
                        PQexecParams(link->connection, sql.at, (int)count, statement->oids, statement->values,
                                     statement->sizes, statement->formats, 0),
                        error));
    statement->cursor = ++link->last_cursor;
    statement->batch = batch < INT32_MAX ? batch : INT32_MAX;
    ORM_TRY(fetch(link, statement, error));
fail:
    forget_documents(statement);
    orm__text_free(&sql);
    return rc;
}

static orm_status step(orm__link *link, orm__statement *statement, bool *has_row, orm_error *error)
{
    int rows = statement->result == NULL ? 0 : PQntuples(statement->result);
    if (statement->row < rows) statement->row++;
    if (statement->row == rows && statement->batch != 0 && !statement->last) {
        orm_status rc = fetch(link, statement, error);
        if (rc != ORM_OK) return rc;
        rows = PQntuples(statement->result);
        statement->row = 0;
    }
    *has_row = statement->row < rows;
    return ORM_OK;
}

static size_t width(orm__link *link, orm__statement *statement)
{
    (void)link;
    return statement->result == NULL ? 0 : (size_t)PQnfields(statement->result);
}

static const char *column_name(orm__link *link, orm__statement *statement, size_t i)
{
    (void)link;
    return statement->result == NULL ? NULL : PQfname(statement->result, (int)i);
}

static orm_type type_of(Oid oid)
{
    switch (oid) {
    case OID_BOOL: return ORM_BOOLEAN;
    case OID_INT2:
    case OID_INT4:
    case OID_INT8: return ORM_INTEGER;
    case OID_FLOAT4:
    case OID_FLOAT8:
    case OID_NUMERIC: return ORM_FLOAT;
    case OID_TIMESTAMP: return ORM_DATETIME;
    case OID_DATE: return ORM_DATE;
    case OID_JSON:
    case OID_JSONB: return ORM_JSON;
    }
    return ORM_STRING;
}

static orm_status column(orm__link *link, orm__statement *statement, size_t i, orm_type type, orm_value *out,
                         orm_error *error)
{
    (void)link;
    const PGresult *result = statement->result;
    int at = (int)i;
    *out = orm_null();
    if (PQgetisnull(result, statement->row, at)) return ORM_OK;
    const char *text = PQgetvalue(result, statement->row, at);
    size_t size = (size_t)PQgetlength(result, statement->row, at);
    if (type == ORM_NULL) type = type_of(PQftype(result, at));
    char *end;
    double number;
    switch (type) {
    case ORM_NULL: break;
    case ORM_STRING: *out = orm_text_n(text, size); break;
    case ORM_BOOLEAN:
        if (strcmp(text, "t") == 0 || strcmp(text, "f") == 0) *out = orm_bool(*text == 't');
        break;
    case ORM_INTEGER:
        errno = 0;
        long long integer = strtoll(text, &end, 10);
        if (size > 0 && *end == '\0' && errno == 0) *out = orm_int(integer);
        break;
    case ORM_FLOAT:
        if (orm__float_parse(text, &number)) *out = orm_real(number);
        break;
    case ORM_DATETIME:
    case ORM_DATE:
    case ORM_JSON: return orm__decode_text(type, text, size, out, error);
    }
    return out->type == type ? ORM_OK : orm__not_of_type(type, text, size, error);
}

static uint64_t changes(orm__link *link, orm__statement *statement)
{
    (void)link;
    return statement->result == NULL ? 0 : strtoull(PQcmdTuples(statement->result), NULL, 10);
}

static int64_t last_id(orm__link *link)
{
    (void)link;
    return 0; /* returns_key */
}

static void type_name(orm__text *text, orm_type type, size_t length, bool generated)
{
    switch (type) {
    case ORM_NULL: break;
    case ORM_INTEGER: orm__text_add(text, generated ? "SERIAL" : "INTEGER"); break;
    case ORM_FLOAT: orm__text_add(text, "FLOAT"); break;
    case ORM_BOOLEAN: orm__text_add(text, "BOOLEAN"); break;
    case ORM_STRING:
        if (length == 0)
            orm__text_add(text, "TEXT");
        else
            orm__text_format(text, "VARCHAR(%zu)", length);
        break;
    case ORM_DATETIME: orm__text_add(text, "TIMESTAMP WITHOUT TIME ZONE"); break;
    case ORM_DATE: orm__text_add(text, "DATE"); break;
    case ORM_JSON: orm__text_add(text, "JSON"); break;
    }
}

static void like(orm__text *text, const char *left, const char *right, bool ignore_case)
{
    orm__text_format(text, "%s %s %s", left, ignore_case ? "ILIKE" : "LIKE", right);
}

static void limit(orm__text *text, bool has_limit, size_t limit_bind, bool has_offset, size_t offset_bind)
{
    if (has_limit) orm__text_format(text, " LIMIT $%zu", limit_bind);
    if (has_offset) orm__text_format(text, " OFFSET $%zu", offset_bind);
}

orm_status orm__postgresql_run_binary(orm__link *link, orm__statement *statement, size_t count,
                                      const char *const *values, const int *sizes, orm_error *error)
{
    reset(link, statement);
    for (size_t i = 0; i < count; i++) {
        statement->values[i] = values[i];
        statement->sizes[i] = sizes[i];
        statement->formats[i] = 1;
    }
    PGresult *result = send(link, statement);
    ExecStatusType status = PQresultStatus(result);
    statement->outdated = is_outdated(statement, result); /* the next run prepares anew */
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
        statement->result = result;
        return ORM_OK;
    }
    orm_status rc = orm__postgresql_fail(link, result, error);
    PQclear(result);
    return rc;
}

const orm__dialect orm__postgresql = {
    .name = "postgresql",
    .begins_at_write = false,
    .aborts = true,
    .begin = "BEGIN",
    /* the key is liborm's own: "orm" in ASCII */
    .begin_schema = "BEGIN; SELECT pg_advisory_xact_lock(7303789)",
    .enforces_length = true,
    .longest_name = 63,
    .alters_constraints = true,
    .max_binds = 65535,
    .resolve = orm__postgresql_resolve,
    .connect = orm__postgresql_connect,
    .disconnect = orm__postgresql_disconnect,
    .alive = orm__postgresql_alive,
    .in_transaction = in_transaction,
    .describe = describe,
    .execute = execute,
    .placeholder = placeholder,
    .prepare = prepare,
    .finalize = finalize,
    .run = run,
    .run_in_batches = run_in_batches,
    .step = step,
    .column = column,
    .width = width,
    .column_name = column_name,
    .reset = reset,
    .changes = changes,
    .returns_key = true,
    .last_id = last_id,
    .array = orm__postgresql_array,
    .run_arrays = orm__postgresql_run_arrays,
    .copy = orm__postgresql_copy,
    .reserve_keys = "SELECT nextval(s.name) FROM (SELECT pg_get_serial_sequence($1, $2)::regclass AS name OFFSET 0) AS s, "
                    "generate_series(1, $3)",
    .type_name = type_name,
    .like = like,
    .is_distinct = " IS DISTINCT FROM ",
    .is_not_distinct = " IS NOT DISTINCT FROM ",
    .for_update = " FOR UPDATE",
    .limit = limit,
    .empty_insert = "DEFAULT VALUES",
    .table_exists = "SELECT 1 FROM pg_catalog.pg_class WHERE relname = $1 AND relkind IN ('r', 'p', 'v', 'm', 'f') AND "
                    "pg_catalog.pg_table_is_visible(oid) "
                    "AND relnamespace <> 'pg_catalog'::regnamespace",
    .syntax = { .dollar_quotes = true, .nested_comments = true, .escape_strings = true },
    .catalog = &orm__postgresql_catalog,
};
