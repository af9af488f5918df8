#include "base/memory.h"
#include "database/driver.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum database_status status_of(int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_DONE:
    case SQLITE_ROW:
        return DATABASE_FINE;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return DATABASE_LOCKED;
    case SQLITE_CONSTRAINT:
        return DATABASE_CONFLICT;
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_CANTOPEN:
    case SQLITE_NOTADB:
    case SQLITE_FULL:
    case SQLITE_NOMEM:
        return DATABASE_LOST;
    default:
        return DATABASE_REFUSED;
    }
}

static enum database_status failed(sqlite3 *connection, char **problem)
{
    enum database_status status = status_of(sqlite3_extended_errcode(connection));
    if (status == DATABASE_LOCKED) {
        *problem = memory_format("the database is locked: somebody else held a transaction open for %d s",
                                 DATABASE_LOCK_SECONDS);
    } else {
        *problem = memory_format("SQLite: %s", sqlite3_errmsg(connection));
    }
    return status == DATABASE_FINE ? DATABASE_REFUSED : status;
}

static struct cell read_cell(sqlite3_stmt *statement, int i)
{
    struct cell cell = {.kind = CELL_NULL};
    switch (sqlite3_column_type(statement, i)) {
    case SQLITE_INTEGER:
        cell.kind = CELL_INTEGER;
        cell.integer = sqlite3_column_int64(statement, i);
        break;
    case SQLITE_FLOAT:
        cell.kind = CELL_REAL;
        cell.real = sqlite3_column_double(statement, i);
        break;
    case SQLITE_TEXT:
        cell.kind = CELL_TEXT;
        cell.bytes = (const char *)sqlite3_column_text(statement, i);
        cell.length = (size_t)sqlite3_column_bytes(statement, i);
        break;
    case SQLITE_BLOB:
        cell.kind = CELL_BYTES;
        cell.bytes = sqlite3_column_blob(statement, i);
        cell.length = (size_t)sqlite3_column_bytes(statement, i);
        break;
    default:
        break;
    }
    return cell;
}

static void give_row(sqlite3_stmt *statement, driver_row *row, void *context)
{
    int count = sqlite3_column_count(statement);
    struct cell *cells = memory_array((size_t)count, sizeof *cells);
    for (int i = 0; i < count; i++) {
        cells[i] = read_cell(statement, i);
    }
    row(context, cells, (size_t)count);
    free(cells);
}

static enum database_status run_all(sqlite3 *connection, const char *sql, driver_row *row, void *context,
                                    char **problem)
{
    while (*sql != '\0') {
        sqlite3_stmt *statement = NULL;
        if (sqlite3_prepare_v2(connection, sql, -1, &statement, &sql) != SQLITE_OK) {
            return failed(connection, problem);
        }
        int code = SQLITE_DONE;
        while (statement != NULL && (code = sqlite3_step(statement)) == SQLITE_ROW) {
            if (row != NULL) {
                give_row(statement, row, context);
            }
        }
        /* Finalized at once: a statement left open holds a lock against the testee's commit. */
        sqlite3_finalize(statement);
        if (code != SQLITE_DONE) {
            return failed(connection, problem);
        }
    }
    return DATABASE_FINE;
}

static enum database_status run(struct database *database, const char *sql, driver_row *row, void *context,
                                char **problem)
{
    sqlite3 *connection = database->connection;
    if (row != NULL) {
        return run_all(connection, sql, row, context, problem);
    }
    enum database_status status = run_all(connection, "BEGIN IMMEDIATE", NULL, NULL, problem);
    if (status != DATABASE_FINE) {
        return status;
    }
    status = run_all(connection, sql, NULL, NULL, problem);
    if (status == DATABASE_FINE) {
        status = run_all(connection, "COMMIT", NULL, NULL, problem);
    }
    if (status != DATABASE_FINE && !sqlite3_get_autocommit(connection)) {
        sqlite3_exec(connection, "ROLLBACK", NULL, NULL, NULL);
    }
    return status;
}

static const char shape[] =
    "SELECT json_object("
    "'columns', (SELECT json_group_array(json_object('name', name, 'declared', type, 'nullable', json(CASE WHEN "
    "\"notnull\" OR "
    "   (pk = 1 AND upper(type) = 'INTEGER' AND NOT EXISTS (SELECT 1 FROM pragma_table_info(m.name) WHERE pk > 1)) "
    "THEN 'false' ELSE 'true' END), "
    "   'default', json(CASE WHEN dflt_value IS NULL OR upper(dflt_value) = 'NULL' THEN 'false' ELSE 'true' END))) "
    "   FROM (SELECT * FROM pragma_table_info(m.name) ORDER BY cid)), "
    "'primary_key', (SELECT json_group_array(name) FROM (SELECT name FROM pragma_table_info(m.name) WHERE pk > 0 ORDER "
    "BY pk)), "
    "'unique', (SELECT json_group_array(json((SELECT json_group_array(name) FROM (SELECT name FROM "
    "pragma_index_info(l.name) ORDER BY seqno)))) "
    "   FROM pragma_index_list(m.name) l WHERE l.origin = 'u'), "
    "'foreign_keys', (SELECT json_group_array(json_object("
    "   'columns', json((SELECT json_group_array(c) FROM (SELECT \"from\" AS c FROM pragma_foreign_key_list(m.name) "
    "WHERE id = f.id ORDER BY seq))), "
    "   'table', f.\"table\", "
    "   'to', json((SELECT json_group_array(c) FROM (SELECT coalesce(k.\"to\", (SELECT name FROM "
    "pragma_table_info(k.\"table\") WHERE pk = k.seq + 1)) "
    "       AS c FROM pragma_foreign_key_list(m.name) k WHERE k.id = f.id ORDER BY k.seq))), "
    "   'on_delete', lower(f.on_delete), 'on_update', lower(f.on_update))) FROM pragma_foreign_key_list(m.name) f "
    "WHERE f.seq = 0), "
    "'indexes', (SELECT json_group_array(json_object("
    "   'columns', json((SELECT json_group_array(coalesce(name, '(expression)')) FROM (SELECT name FROM "
    "pragma_index_info(l.name) ORDER BY seqno))), "
    "   'unique', json(CASE WHEN l.\"unique\" AND NOT l.partial THEN 'true' ELSE 'false' END))) "
    "   FROM pragma_index_list(m.name) l WHERE l.origin = 'c')) "
    "FROM sqlite_master m WHERE m.type = 'table' AND m.name = %s";

static void note_row(void *context, const struct cell *cells, size_t count)
{
    (void)cells;
    (void)count;
    *(bool *)context = true;
}

/* Foreign keys are off on our connection, so the order of the deletes does not matter. Keys start from the beginning in
 * an empty table by themselves, but for AUTOINCREMENT, whose counters also follow explicit keys by themselves. */
static enum database_status learn(struct database *database, char **problem)
{
    bool counters = false;
    enum database_status status =
        run(database, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'sqlite_sequence'", note_row,
            &counters, problem);
    if (status != DATABASE_FINE) {
        return status;
    }
    struct sql sql = driver_sql(database);
    for (size_t i = 0; i < database->tables.count; i++) {
        sql_delete(&sql, NULL, database->tables.items[i].name, NULL);
    }
    if (counters) {
        text_add(&sql.out, "DELETE FROM sqlite_sequence;");
    }
    free(database->clear);
    database->clear = text_take(&sql.out);
    return DATABASE_FINE;
}

static sqlite3 *connect_to(const char *name, char **problem)
{
    sqlite3 *connection = NULL;
    int code = sqlite3_open_v2(name, &connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    if (code == SQLITE_OK) {
        sqlite3_extended_result_codes(connection, 1);
        sqlite3_busy_timeout(connection, DATABASE_LOCK_SECONDS * 1000);
        code = sqlite3_exec(connection,
                            "PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA journal_mode = MEMORY", NULL,
                            NULL, NULL);
    }
    if (code != SQLITE_OK) {
        *problem = memory_format("%s: %s", name, connection == NULL ? "out of memory" : sqlite3_errmsg(connection));
        sqlite3_close(connection);
        return NULL;
    }
    return connection;
}

static enum database_status begin_second(struct database *database, const char *sql, void **out, char **problem)
{
    sqlite3 *connection = connect_to(database->name, problem);
    if (connection == NULL) {
        return DATABASE_LOST;
    }
    enum database_status status = run_all(connection, "BEGIN IMMEDIATE", NULL, NULL, problem);
    if (status == DATABASE_FINE) {
        status = run_all(connection, sql, NULL, NULL, problem);
    }
    if (status != DATABASE_FINE) {
        sqlite3_close(connection);
        return status;
    }
    *out = connection;
    return DATABASE_FINE;
}

static enum database_status commit_second(void *connection, char **problem)
{
    enum database_status status = run_all(connection, "COMMIT", NULL, NULL, problem);
    sqlite3_close(connection);
    return status;
}

static bool save(struct database *database, const char *path, char **problem)
{
    sqlite3 *copy = NULL;
    unlink(path);
    int code = sqlite3_open_v2(path, &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    sqlite3_backup *backup = code == SQLITE_OK ? sqlite3_backup_init(copy, "main", database->connection, "main") : NULL;
    if (backup != NULL) {
        sqlite3_backup_step(backup, -1);
    }
    code = backup != NULL ? sqlite3_backup_finish(backup) : sqlite3_errcode(copy);
    if (code != SQLITE_OK) {
        *problem = memory_format("%s: %s", path, sqlite3_errstr(code));
    }
    sqlite3_close(copy);
    return code == SQLITE_OK;
}

static void drop(struct database *database)
{
    sqlite3_close(database->connection);
    static const char *const endings[] = {"", "-journal", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        char *path = memory_format("%s%s", database->name, endings[i]);
        unlink(path);
        free(path);
    }
}

static const struct driver driver = {.run = run,
                                     .shape = shape,
                                     .learn = learn,
                                     .begin_second = begin_second,
                                     .commit_second = commit_second,
                                     .save = save,
                                     .drop = drop};

bool sqlite_server_start(struct database_server *server, const struct database_settings *settings, char **problem)
{
    (void)settings;
    (void)problem;
    strncpy(server->version, sqlite3_libversion(), sizeof server->version - 1);
    return true;
}

struct database *sqlite_make(struct database_server *server, char **problem)
{
    struct database *database = memory_get(sizeof *database);
    database->server = server;
    database->driver = &driver;
    database->name = memory_format("%s/database-%u.sqlite", server->scratch,
                                   atomic_fetch_add(&server->made, 1) + 1);
    database->address = json_pack("{s:s+, s:s, s:s, s:s}", "url", "sqlite:///", database->name, "dialect", "sqlite",
                                  "path", database->name, "root", server->scratch);
    database->connection = connect_to(database->name, problem);
    if (database->connection == NULL) {
        database_drop(database);
        return NULL;
    }
    return database;
}
