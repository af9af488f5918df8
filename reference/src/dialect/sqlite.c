#include "dialect/sqlite.h"
#include <jansson.h>
#include <limits.h>
#include <sqlite3.h>
#include <string.h>

struct orm__link {
    sqlite3 *db;
    bool broken;
};

struct orm__statement {
    sqlite3_stmt *stmt;
    bool has_row; /* run has stepped already: the next step answers from here */
    bool done;
    bool taken;
    uint64_t changes;
};

/* "UNIQUE constraint failed: user.username" and "…: x.a, x.b": the table, and the columns without it. */
static void name_columns(const char *list, orm_error *error)
{
    const char *dot = strchr(list, '.');
    if (dot == NULL || strncmp(list, "index '", 7) == 0) return;
    size_t table = (size_t)(dot - list), used = 0;
    if (table >= sizeof error->table) return;
    memcpy(error->table, list, table);
    for (const char *at = list; at != NULL && *at != '\0';) {
        const char *end = strstr(at, ", "), *name = strchr(at, '.');
        if (name == NULL || (end != NULL && name > end)) break;
        size_t size = end != NULL ? (size_t)(end - name - 1) : strlen(name + 1), comma = used > 0 ? 2 : 0;
        if (used + comma + size >= sizeof error->column) break;
        memcpy(error->column + used, ", ", comma);
        memcpy(error->column + used + comma, name + 1, size);
        used += comma + size;
        at = end != NULL ? end + 2 : NULL;
    }
}

static orm_status status_of_error(const char *message)
{
    if (strstr(message, "no such table") != NULL || strstr(message, "no such column") != NULL ||
        strstr(message, "has no column named") != NULL)
        return ORM_NO_TABLE;
    if (strstr(message, "no such function") != NULL) return ORM_ARGUMENT;
    return strstr(message, "already exists") != NULL ? ORM_EXISTS : ORM_FAILURE;
}

static orm_status status_of(int code, const char *message)
{
    switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_ROWID:
    case SQLITE_CONSTRAINT_PRIMARYKEY: return ORM_UNIQUE;
    case SQLITE_CONSTRAINT_NOTNULL: return ORM_NOT_NULL;
    case SQLITE_CONSTRAINT_FOREIGNKEY: return ORM_FOREIGN_KEY;
    case SQLITE_CONSTRAINT_DATATYPE: return ORM_DATA;
    }
    switch (code & 0xFF) {
    case SQLITE_CONSTRAINT: return ORM_CHECK;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return ORM_LOCKED;
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG: return ORM_DATA;
    case SQLITE_NOMEM: return ORM_NOMEM;
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH: return ORM_CONNECT;
    case SQLITE_RANGE: return ORM_ARGUMENT;
    case SQLITE_ERROR: return status_of_error(message);
    }
    return ORM_FAILURE;
}

static orm_status fail_with(orm__link *link, orm_error *error)
{
    int code = sqlite3_extended_errcode(link->db);
    const char *message = sqlite3_errmsg(link->db);
    int kind = code & 0xFF;
    if (kind == SQLITE_IOERR || kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB) link->broken = true;
    orm_status status = status_of(code, message);
    orm__fail(error, status, "%s", message);
    if (error == NULL) return status;
    const char *list = strstr(message, "constraint failed: "), *table = strstr(message, "no such table: ");
    if (status == ORM_UNIQUE || status == ORM_NOT_NULL) {
        if (list != NULL) name_columns(list + strlen("constraint failed: "), error);
    } else if (table != NULL && strlen(table + 15) < sizeof error->table) {
        strcpy(error->table, table + 15);
    }
    return status;
}

static orm_status connect_to(const orm__url *url, const orm_options *options, orm__link **out, orm_error *error)
{
    orm__sqlite_set set;
    orm_status rc;
    orm__link *link = NULL;
    ORM_TRY(orm__sqlite_settings(url, options, &set, error));
    link = orm__alloc(sizeof *link);
    if (link == NULL) ORM_TRY(orm__nomem(error));
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    if (strncmp(url->database, "file:", 5) == 0) flags |= SQLITE_OPEN_URI;
    if (sqlite3_open_v2(url->database, &link->db, flags, NULL) != SQLITE_OK)
        ORM_TRY(link->db == NULL ? orm__nomem(error)
                                 : orm__fail(error, sqlite3_errcode(link->db) == SQLITE_NOMEM ? ORM_NOMEM : ORM_CONNECT,
                                             "%s: %s", sqlite3_errmsg(link->db), url->database));
    sqlite3_busy_timeout(link->db, set.timeout_ms);
    sqlite3_db_config(link->db, SQLITE_DBCONFIG_ENABLE_FKEY, (int)set.foreign_keys, NULL);
    /* else "a column that is not there" would be a text */
    sqlite3_db_config(link->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(link->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    *out = link;
    return ORM_OK;
fail:
    if (link != NULL) sqlite3_close(link->db);
    orm__free(link);
    return rc;
}

static void disconnect(orm__link *link)
{
    sqlite3_close_v2(link->db);
    orm__free(link);
}

static bool alive(orm__link *link)
{
    return !link->broken;
}

static bool in_transaction(orm__link *link)
{
    return sqlite3_get_autocommit(link->db) == 0;
}

static orm_status describe(orm__link *link, char name[256], char user[64], orm_error *error)
{
    /* reads the file: one that is no database is found out here */
    if (sqlite3_exec(link->db, "SELECT count(*) FROM sqlite_master", NULL, NULL, NULL) != SQLITE_OK)
        return fail_with(link, error);
    const char *file = sqlite3_db_filename(link->db, "main");
    bool in_memory =
        file == NULL || *file == '\0' || strncmp(file, ORM__SQLITE_MEMORY, strlen(ORM__SQLITE_MEMORY)) == 0;
    if (in_memory) file = ":memory:";
    if (strlen(file) >= 256)
        return orm__fail(error, ORM_FAILURE, "the database's path has more than 255 bytes: %s", file);
    strcpy(name, file);
    user[0] = '\0';
    return ORM_OK;
}

static orm_status execute(orm__link *link, const char *sql, orm_error *error)
{
    return sqlite3_exec(link->db, sql, NULL, NULL, NULL) == SQLITE_OK ? ORM_OK : fail_with(link, error);
}

static void placeholder(orm__text *text, size_t number, orm_type type)
{
    (void)number;
    (void)type;
    orm__text_char(text, '?');
}

static orm_status prepare(orm__link *link, const char *sql, size_t binds, const orm_type *types, orm__statement **out,
                          orm_error *error)
{
    (void)types;
    orm_status rc;
    const char *rest = NULL;
    orm__statement *statement = orm__alloc(sizeof *statement);
    if (statement == NULL) return orm__nomem(error);
    if (sqlite3_prepare_v3(link->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement->stmt, &rest) != SQLITE_OK)
        ORM_TRY(fail_with(link, error));
    if (statement->stmt == NULL) ORM_TRY(orm__fail(error, ORM_ARGUMENT, "there is no statement in the SQL text"));
    if (rest[strspn(rest, "; \t\r\n")] != '\0')
        ORM_TRY(orm__fail(error, ORM_ARGUMENT, "there is more than one statement in the SQL text"));
    if ((size_t)sqlite3_bind_parameter_count(statement->stmt) != binds)
        ORM_TRY(orm__fail(error, ORM_ARGUMENT, "the statement has %d placeholders, and %zu values are given",
                          sqlite3_bind_parameter_count(statement->stmt), binds));
    *out = statement;
    return ORM_OK;
fail:
    sqlite3_finalize(statement->stmt);
    orm__free(statement);
    return rc;
}

static void finalize(orm__link *link, orm__statement *statement)
{
    (void)link;
    sqlite3_finalize(statement->stmt);
    orm__free(statement);
}

/* `stays`: the statement is through when run returns, so that text need not be copied. */
static orm_status bind(orm__link *link, sqlite3_stmt *stmt, int at, const orm_value *value, bool stays,
                       orm_error *error)
{
    orm_status rc = orm__bind_check(value, (size_t)at, error);
    if (rc != ORM_OK) return rc;
    char text[32], *document = NULL;
    int code = SQLITE_OK;
    switch (value->type) {
    case ORM_NULL: code = sqlite3_bind_null(stmt, at); break;
    case ORM_INTEGER:
    case ORM_BOOLEAN: code = sqlite3_bind_int64(stmt, at, value->u.i); break;
    case ORM_FLOAT: code = sqlite3_bind_double(stmt, at, value->u.r); break;
    case ORM_STRING:
        code = sqlite3_bind_text64(stmt, at, value->u.s, value->u.size, stays ? SQLITE_STATIC : SQLITE_TRANSIENT,
                                   SQLITE_UTF8);
        break;
    case ORM_DATETIME:
        code = sqlite3_bind_text(stmt, at, orm_datetime_text(value->u.t, text), -1, SQLITE_TRANSIENT);
        break;
    case ORM_DATE: code = sqlite3_bind_text(stmt, at, orm_date_text(value->u.d, text), -1, SQLITE_TRANSIENT); break;
    case ORM_JSON:
        document = orm__json_text(value->u.j);
        if (document == NULL) return orm__nomem(error);
        code = sqlite3_bind_text64(stmt, at, document, strlen(document), SQLITE_TRANSIENT, SQLITE_UTF8);
        orm__free(document);
        break;
    }
    return code == SQLITE_OK ? ORM_OK : fail_with(link, error);
}

static void reset(orm__link *link, orm__statement *statement)
{
    (void)link;
    sqlite3_reset(statement->stmt);
    sqlite3_clear_bindings(statement->stmt);
    statement->has_row = statement->taken = false;
    statement->done = true;
}

/* To the next row. An error lets go of the locks that the statement holds. */
static orm_status advance(orm__link *link, orm__statement *statement, orm_error *error)
{
    int code = sqlite3_step(statement->stmt);
    statement->has_row = code == SQLITE_ROW;
    statement->done = code != SQLITE_ROW;
    if (code == SQLITE_ROW) return ORM_OK;
    if (code == SQLITE_DONE) {
        statement->changes = sqlite3_stmt_readonly(statement->stmt) ? 0 : (uint64_t)sqlite3_changes64(link->db);
        return ORM_OK;
    }
    orm_status status = fail_with(link, error);
    reset(link, statement);
    return status;
}

static orm_status run(orm__link *link, orm__statement *statement, const orm_value *binds, size_t count,
                      orm_error *error)
{
    orm_status rc;
    reset(link, statement);
    bool stays = sqlite3_column_count(statement->stmt) == 0;
    for (size_t i = 0; i < count; i++) ORM_TRY(bind(link, statement->stmt, (int)i + 1, &binds[i], stays, error));
    ORM_TRY(advance(link, statement, error));
    return ORM_OK;
fail:
    reset(link, statement);
    return rc;
}

static orm_status step(orm__link *link, orm__statement *statement, bool *has_row, orm_error *error)
{
    *has_row = false;
    if (statement->taken && !statement->done) {
        orm_status rc = advance(link, statement, error);
        if (rc != ORM_OK) return rc;
    }
    statement->taken = true;
    *has_row = statement->has_row && !statement->done;
    return ORM_OK;
}

/* What lies in the cell is of one of five storage classes, whatever the column was declared as. */
static orm_status column(orm__link *link, orm__statement *statement, size_t i, orm_type type, orm_value *out,
                         orm_error *error)
{
    (void)link;
    sqlite3_stmt *stmt = statement->stmt;
    int at = (int)i, class = sqlite3_column_type(stmt, at);
    const char *text = NULL;
    size_t size = 0;
    *out = orm_null();
    if (class == SQLITE_NULL) return ORM_OK;
    if (type == ORM_NULL) type = class == SQLITE_INTEGER ? ORM_INTEGER : class == SQLITE_FLOAT ? ORM_FLOAT : ORM_STRING;
    if (class == SQLITE_TEXT) {
        text = (const char *)sqlite3_column_text(stmt, at);
        if (text == NULL) return orm__nomem(error);
        size = (size_t)sqlite3_column_bytes(stmt, at);
        if (type == ORM_STRING && orm__utf8_valid(text, size)) *out = orm_text_n(text, size);
        if (type == ORM_DATETIME || type == ORM_DATE || type == ORM_JSON)
            return orm__decode_text(type, text, size, out, error);
    } else if (class == SQLITE_INTEGER) {
        int64_t number = sqlite3_column_int64(stmt, at);
        if (type == ORM_INTEGER) *out = orm_int(number);
        if (type == ORM_BOOLEAN) *out = orm_bool(number != 0);
        if (type == ORM_FLOAT) *out = orm_real((double)number);
        if (type == ORM_JSON) *out = orm_json(json_integer(number)); /* a JSON column has numeric affinity */
    } else if (class == SQLITE_FLOAT) {
        double number = sqlite3_column_double(stmt, at);
        if (type == ORM_FLOAT) *out = orm_real(number);
        if (type == ORM_JSON) *out = orm_json(json_real(number));
    }
    if (out->type == type) return ORM_OK;
    if (class != SQLITE_BLOB && text == NULL) {
        text = (const char *)sqlite3_column_text(stmt, at);
        size = text == NULL ? 0 : strlen(text);
    }
    return orm__not_of_type(type, text, size, error);
}

static size_t width(orm__link *link, orm__statement *statement)
{
    (void)link;
    return (size_t)sqlite3_column_count(statement->stmt);
}

static const char *column_name(orm__link *link, orm__statement *statement, size_t i)
{
    (void)link;
    return sqlite3_column_name(statement->stmt, (int)i);
}

static uint64_t changes(orm__link *link, orm__statement *statement)
{
    (void)link;
    return statement->changes;
}

static int64_t last_id(orm__link *link)
{
    return sqlite3_last_insert_rowid(link->db);
}

static void type_name(orm__text *text, orm_type type, size_t length, bool generated)
{
    (void)generated;
    switch (type) {
    case ORM_NULL: break;
    case ORM_INTEGER: orm__text_add(text, "INTEGER"); break;
    case ORM_FLOAT: orm__text_add(text, "FLOAT"); break;
    case ORM_BOOLEAN: orm__text_add(text, "BOOLEAN"); break;
    case ORM_STRING:
        if (length == 0)
            orm__text_add(text, "TEXT");
        else
            orm__text_format(text, "VARCHAR(%zu)", length);
        break;
    case ORM_DATETIME: orm__text_add(text, "DATETIME"); break;
    case ORM_DATE: orm__text_add(text, "DATE"); break;
    case ORM_JSON: orm__text_add(text, "JSON"); break;
    }
}

static void like(orm__text *text, const char *left, const char *right, bool ignore_case)
{
    orm__text_format(text, ignore_case ? "lower(%s) LIKE lower(%s)" : "%s LIKE %s", left, right);
}

static void limit(orm__text *text, bool has_limit, size_t limit_bind, bool has_offset, size_t offset_bind)
{
    (void)limit_bind;
    (void)offset_bind;
    if (has_limit)
        orm__text_add(text, " LIMIT ?");
    else if (has_offset)
        orm__text_add(text, " LIMIT -1"); /* there is no OFFSET without LIMIT */
    if (has_offset) orm__text_add(text, " OFFSET ?");
}

static void enforce(orm__link *link, bool on, bool *was)
{
    int before = 0;
    sqlite3_db_config(link->db, SQLITE_DBCONFIG_ENABLE_FKEY, -1, &before);
    sqlite3_db_config(link->db, SQLITE_DBCONFIG_ENABLE_FKEY, (int)on, NULL);
    *was = before != 0;
}

const orm__dialect orm__sqlite = {
    .name = "sqlite",
    .begins_at_write = true,
    .aborts = false,
    .begin = "BEGIN IMMEDIATE",
    .begin_schema = "BEGIN IMMEDIATE",
    /* rows of a cycle refer to each other until the last table is gone */
    .before_drop = "PRAGMA defer_foreign_keys = ON",
    .enforces_length = false,
    .alters_constraints = false,
    .max_binds = 32766,
    .resolve = orm__sqlite_resolve,
    .connect = connect_to,
    .disconnect = disconnect,
    .alive = alive,
    .in_transaction = in_transaction,
    .describe = describe,
    .execute = execute,
    .placeholder = placeholder,
    .prepare = prepare,
    .finalize = finalize,
    .run = run,
    .step = step,
    .column = column,
    .width = width,
    .column_name = column_name,
    .reset = reset,
    .changes = changes,
    .returns_key = false,
    .last_id = last_id,
    .type_name = type_name,
    .like = like,
    .is_distinct = " IS NOT ",
    .is_not_distinct = " IS ",
    .for_update = "", /* its writers wait for each other anyhow */
    .limit = limit,
    .empty_insert = "DEFAULT VALUES",
    .table_exists = "SELECT 1 FROM sqlite_master WHERE type IN ('table', 'view') AND name = ? COLLATE NOCASE",
    .syntax = { .backtick_names = true, .bracket_names = true },
    .catalog = &orm__sqlite_catalog,
    .rebuilds = true,
    .enforce = enforce,
    .violations = "SELECT \"table\", \"parent\" FROM pragma_foreign_key_check",
};
