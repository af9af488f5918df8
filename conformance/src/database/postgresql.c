#include "base/memory.h"
#include "base/number.h"
#include "base/path.h"
#include "base/process.h"
#include "database/driver.h"

#include <errno.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How long the throwaway server may take to be there, and to be gone. */
#define START_SECONDS 120.0
#define STOP_SECONDS 20.0
#define SAVE_SECONDS 60.0

enum { FIRST_LINE_BYTES = 64 * 1024, SETTINGS = 48, SPARES = 8 };

/* A database that is as new, and the runner's connection to it. */
struct spare {
    PGconn *connection;
    char *name;
};

struct postgresql {
    struct process fixture;                    /* pid 0: the server is somebody else's */
    PQconninfoOption *options;                 /* how to connect */
    char *tcp_host, *password_user, *password; /* where a role is asked for its password; NULL: nowhere */
    char *secrets[3];     /* see database_server_secrets */
    int64_t number;       /* 150008 is version 15.8 */
    pthread_mutex_t lock; /* over what follows */
    PGconn *admin;
    struct spare spares[SPARES];
    size_t spare_count;
};

/* ---- statements -------------------------------------------------------------------------------------------------- */

static char *one_line(const char *text)
{
    char *copy = memory_copy(text);
    size_t length = strlen(copy);
    while (length > 0 && strchr("\n ", copy[length - 1]) != NULL) {
        copy[--length] = '\0';
    }
    for (char *c = copy; *c != '\0'; c++) {
        *c = *c == '\n' ? ' ' : *c;
    }
    return copy;
}

static enum database_status failed(PGconn *connection, const PGresult *result, char **problem)
{
    const char *state = result == NULL ? NULL : PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (state != NULL && strcmp(state, "55P03") == 0) {
        *problem = memory_format("the database is locked: somebody else held a transaction open for %d s",
                                 DATABASE_LOCK_SECONDS);
        return DATABASE_LOCKED;
    }
    char *text = one_line(PQerrorMessage(connection));
    *problem = memory_format("PostgreSQL: %s", text);
    free(text);
    if (state != NULL && strncmp(state, "23", 2) == 0) {
        return DATABASE_CONFLICT;
    }
    bool is_lost = state == NULL || PQstatus(connection) != CONNECTION_OK || strncmp(state, "57P", 3) == 0 ||
                   strncmp(state, "53", 2) == 0;
    return is_lost ? DATABASE_LOST : DATABASE_REFUSED;
}

static enum cell_kind kind_of(Oid type)
{
    /* The numbers are fixed in pg_type.dat. */
    switch (type) {
    case 16:
        return CELL_BOOLEAN;
    case 17:
        return CELL_BYTES;
    case 20:
    case 21:
    case 23:
    case 26:
        return CELL_INTEGER;
    case 700:
    case 701:
        return CELL_REAL;
    case 1082:
        return CELL_DATE;
    case 1114:
    case 1184:
        return CELL_DATETIME;
    case 114:
    case 3802:
        return CELL_JSON;
    default:
        return CELL_TEXT;
    }
}

/* `bytes` is what the cell refers to, when it is not the result itself. */
static struct cell read_cell(const PGresult *result, int row, int column, unsigned char **bytes)
{
    if (PQgetisnull(result, row, column)) {
        return (struct cell){.kind = CELL_NULL};
    }
    const char *text = PQgetvalue(result, row, column);
    struct cell cell = {
        .kind = kind_of(PQftype(result, column)), .bytes = text, .length = (size_t)PQgetlength(result, row, column)};
    bool good = true;
    if (cell.kind == CELL_INTEGER) {
        good = number_parse_int(text, &cell.integer);
    } else if (cell.kind == CELL_REAL) {
        good = number_parse_float(text, &cell.real);
    } else if (cell.kind == CELL_BOOLEAN) {
        cell.integer = text[0] == 't';
    } else if (cell.kind == CELL_BYTES) {
        *bytes = PQunescapeBytea((const unsigned char *)text, &cell.length);
        cell.bytes = (const char *)*bytes;
    }
    cell.kind = good ? cell.kind : CELL_TEXT;
    return cell;
}

static void give_rows(const PGresult *result, driver_row *row, void *context)
{
    size_t count = (size_t)PQnfields(result);
    struct cell *cells = memory_array(count + 1, sizeof *cells);
    unsigned char **bytes = memory_array(count + 1, sizeof *bytes);
    for (int i = 0; i < PQntuples(result); i++) {
        for (size_t j = 0; j < count; j++) {
            cells[j] = read_cell(result, i, (int)j, &bytes[j]);
        }
        row(context, cells, count);
        for (size_t j = 0; j < count; j++) {
            PQfreemem(bytes[j]);
            bytes[j] = NULL;
        }
    }
    free(bytes);
    free(cells);
}

static enum database_status execute(PGconn *connection, const char *sql, driver_row *row, void *context, char **problem)
{
    PGresult *result = PQexec(connection, sql);
    ExecStatusType outcome = PQresultStatus(result);
    enum database_status status = DATABASE_FINE;
    if (outcome != PGRES_TUPLES_OK && outcome != PGRES_COMMAND_OK && outcome != PGRES_EMPTY_QUERY) {
        status = failed(connection, result, problem);
    } else if (row != NULL) {
        give_rows(result, row, context);
    }
    PQclear(result);
    return status;
}

/* Several statements in one string are one transaction. */
static enum database_status run(struct database *database, const char *sql, driver_row *row, void *context,
                                char **problem)
{
    enum database_status status = execute(database->connection, sql, row, context, problem);
    if (status != DATABASE_FINE && PQtransactionStatus(database->connection) != PQTRANS_IDLE) {
        PQclear(PQexec(database->connection, "ROLLBACK"));
    }
    return status;
}

static const char shape[] =
    "WITH c AS (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND "
    "relname = %s), "
    "named AS (SELECT o.contype, o.confrelid, o.confkey, o.confdeltype, o.confupdtype, (SELECT json_agg(a.attname "
    "ORDER BY k.n) "
    "   FROM unnest(o.conkey) WITH ORDINALITY k(number, n) JOIN pg_attribute a ON a.attrelid = o.conrelid AND a.attnum "
    "= k.number) AS names "
    "   FROM pg_constraint o JOIN c ON o.conrelid = c.oid), "
    "actions AS (SELECT json_build_object('a', 'no action', 'r', 'restrict', 'c', 'cascade', 'n', 'set null', 'd', "
    "'set default') AS name) "
    "SELECT json_build_object("
    "'columns', (SELECT coalesce(json_agg(json_build_object('name', a.attname, 'declared', format_type(a.atttypid, "
    "a.atttypmod), "
    "   'nullable', NOT a.attnotnull, 'default', coalesce(pg_get_expr(d.adbin, d.adrelid) NOT LIKE 'nextval(%' "
    "       AND pg_get_expr(d.adbin, d.adrelid) NOT LIKE 'NULL%', false)) ORDER BY a.attnum), '[]') "
    "   FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum "
    "   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), "
    "'primary_key', coalesce((SELECT names FROM named WHERE contype = 'p'), '[]'), "
    "'unique', (SELECT coalesce(json_agg(names), '[]') FROM named WHERE contype = 'u'), "
    "'foreign_keys', (SELECT coalesce(json_agg(json_build_object('columns', n.names, 'table', r.relname, "
    "   'to', (SELECT json_agg(a.attname ORDER BY k.n) FROM unnest(n.confkey) WITH ORDINALITY k(number, n) "
    "       JOIN pg_attribute a ON a.attrelid = n.confrelid AND a.attnum = k.number), "
    "   'on_delete', actions.name ->> n.confdeltype::text, 'on_update', actions.name ->> n.confupdtype::text)), '[]') "
    "   FROM named n JOIN pg_class r ON r.oid = n.confrelid, actions WHERE n.contype = 'f'), "
    "'indexes', (SELECT coalesce(json_agg(json_build_object('columns', "
    "   (SELECT json_agg(coalesce((SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = "
    "k.number), '(expression)') ORDER BY k.n) "
    "       FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(number, n) WHERE k.n <= i.indnkeyatts), "
    "   'unique', i.indisunique AND i.indpred IS NULL)), '[]') FROM pg_index i "
    "   WHERE i.indrelid = c.oid AND NOT EXISTS (SELECT 1 FROM pg_constraint o WHERE o.conindid = i.indexrelid AND "
    "o.contype IN ('p', 'u', 'x')))) "
    "FROM c";

/* ---- what counts keys -------------------------------------------------------------------------------------------- */

struct counting {
    struct sql restart, advance;
};

static char *cell_text(const struct cell *cell)
{
    return cell->kind == CELL_NULL ? NULL : memory_copy_bytes(cell->bytes, cell->length);
}

/* A row is: the sequence's name as SQL has it, its first value, the table and the column that own it or nulls. */
static void note_sequence(void *context, const struct cell *cells, size_t count)
{
    struct counting *counting = context;
    char *sequence = cell_text(&cells[0]), *first = cell_text(&cells[1]);
    char *table = count > 2 ? cell_text(&cells[2]) : NULL, *column = count > 3 ? cell_text(&cells[3]) : NULL;
    json_t *name = json_string(sequence);
    text_add(&counting->restart.out, "SELECT setval(");
    sql_literal(&counting->restart, COLUMN_TEXT, name);
    text_format(&counting->restart.out, ", %s, false);", first);
    if (table != NULL && column != NULL) {
        text_add(&counting->advance.out, "SELECT setval(");
        sql_literal(&counting->advance, COLUMN_TEXT, name);
        text_format(&counting->advance.out, ", greatest(%s, (SELECT max(", first);
        sql_identifier(&counting->advance, column);
        text_add(&counting->advance.out, ") + 1 FROM ");
        sql_identifier(&counting->advance, table);
        text_add(&counting->advance.out, ")), false);");
    }
    json_decref(name);
    free(sequence);
    free(first);
    free(table);
    free(column);
}

static enum database_status learn(struct database *database, char **problem)
{
    static const char sequences[] = "SELECT s.oid::regclass::text, q.seqstart::text, c.relname::text, a.attname::text "
                                    "FROM pg_class s JOIN pg_sequence q ON q.seqrelid = s.oid "
                                    "LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid AND "
                                    "d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') "
                                    "LEFT JOIN pg_class c ON c.oid = d.refobjid LEFT JOIN pg_attribute a ON a.attrelid "
                                    "= d.refobjid AND a.attnum = d.refobjsubid "
                                    "WHERE s.relnamespace = 'public'::regnamespace ORDER BY 1";
    struct counting counting = {driver_sql(database), driver_sql(database)};
    struct sql clear = driver_sql(database);
    /* One statement, so that no foreign key is looked at before all rows are gone. */
    for (size_t i = 0; i < database->tables.count; i++) {
        text_format(&clear.out, i == 0 ? "WITH d%zu AS (DELETE FROM " : ", d%zu AS (DELETE FROM ", i);
        sql_identifier(&clear, database->tables.items[i].name);
        text_add_char(&clear.out, ')');
    }
    text_add(&clear.out, clear.out.length > 0 ? " SELECT;" : "");
    enum database_status status = run(database, sequences, note_sequence, &counting, problem);
    text_add(&clear.out, text_get(&counting.restart.out));
    free(database->clear);
    free(database->advance);
    database->clear = text_take(&clear.out);
    database->advance = text_take(&counting.advance.out);
    text_free(&counting.restart.out);
    return status;
}

/* ---- connections ------------------------------------------------------------------------------------------------- */

static void ignore_notice(void *context, const char *message)
{
    (void)context;
    (void)message;
}

static const char *option(const struct postgresql *server, const char *keyword)
{
    for (const PQconninfoOption *item = server->options; item != NULL && item->keyword != NULL; item++) {
        if (strcmp(item->keyword, keyword) == 0) {
            return item->val;
        }
    }
    return NULL;
}

static PGconn *connect_to(const struct postgresql *server, const char *dbname, char **problem)
{
    static const char *const ours[] = {"dbname", "application_name", "options", "client_encoding", "connect_timeout"};
    const char *keywords[SETTINGS + 1] = {"dbname", "application_name", "client_encoding", "connect_timeout",
                                          "options"};
    const char *values[SETTINGS + 1] = {
        dbname, "ormspec", "UTF8", "10",
        "-c lock_timeout=5s -c statement_timeout=60s -c datestyle=ISO -c timezone=UTC -c extra_float_digits=1 "
        "-c bytea_output=hex -c standard_conforming_strings=on -c synchronous_commit=off -c search_path=public"};
    size_t count = 5;
    for (const PQconninfoOption *item = server->options; item->keyword != NULL && count < SETTINGS; item++) {
        bool own = item->val == NULL;
        for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
            own = own || strcmp(item->keyword, ours[i]) == 0;
        }
        if (!own) {
            keywords[count] = item->keyword;
            values[count++] = item->val;
        }
    }
    PGconn *connection = PQconnectdbParams(keywords, values, 0);
    if (PQstatus(connection) != CONNECTION_OK) {
        char *text = one_line(PQerrorMessage(connection));
        *problem = memory_format("PostgreSQL cannot be reached: %s", text);
        free(text);
        PQfinish(connection);
        return NULL;
    }
    PQsetNoticeProcessor(connection, ignore_notice, NULL);
    return connection;
}

static void add_encoded(struct text *out, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (; *text != '\0'; text++) {
        if (strchr(plain, *text) != NULL) {
            text_add_char(out, *text);
        } else {
            text_format(out, "%%%02X", (unsigned char)*text);
        }
    }
}

static char *encoded(const char *text)
{
    struct text out = {0};
    add_encoded(&out, text);
    return text_take(&out);
}

static char *make_url(const struct postgresql *server, const char *dbname)
{
    const char *host = option(server, "host"), *port = option(server, "port"), *user = option(server, "user"),
               *password = option(server, "password");
    bool is_socket = host != NULL && host[0] == '/';
    struct text url = {0};
    text_add(&url, "postgresql://");
    if (user != NULL) {
        add_encoded(&url, user);
        if (password != NULL) {
            text_add_char(&url, ':');
            add_encoded(&url, password);
        }
        text_add_char(&url, '@');
    }
    if (!is_socket && host != NULL) {
        text_add(&url, host);
        if (port != NULL) {
            text_format(&url, ":%s", port);
        }
    }
    text_add_char(&url, '/');
    add_encoded(&url, dbname);
    if (is_socket) {
        text_add(&url, "?host=");
        add_encoded(&url, host);
        if (port != NULL) {
            text_format(&url, "&port=%s", port);
        }
    }
    return text_take(&url);
}

static void put(json_t *map, const char *key, const char *text)
{
    if (text != NULL) {
        json_object_set_new(map, key, json_string(text));
    }
}

static json_t *make_address(const struct postgresql *server, const char *dbname)
{
    const char *host = option(server, "host"), *port = option(server, "port");
    bool is_socket = host != NULL && host[0] == '/';
    json_t *address = json_object();
    char *url = make_url(server, dbname);
    put(address, "url", url);
    free(url);
    put(address, "dialect", "postgresql");
    put(address, is_socket ? "socket" : "host", host);
    if (port != NULL) {
        json_object_set_new(address, "port", json_integer(strtol(port, NULL, 10)));
    }
    put(address, "user", option(server, "user"));
    put(address, "password", option(server, "password"));
    put(address, "dbname", dbname);
    return address;
}

const char *const *postgresql_secrets(const struct database_server *server)
{
    return (const char *const *)server->postgresql->secrets;
}

void postgresql_environment(const struct database *database, json_t *environment)
{
    const struct postgresql *server = database->server->postgresql;
    const char *host = option(server, "host");
    bool is_socket = host != NULL && host[0] == '/';
    put(environment, "pg.socket", is_socket ? host : NULL);
    put(environment, "pg.host", is_socket ? server->tcp_host : host);
    put(environment, "pg.port", option(server, "port"));
    put(environment, "pg.user", option(server, "user"));
    put(environment, "pg.dbname", database->name);
    put(environment, "pg.password_user", server->password_user);
    if (server->password != NULL) {
        char *text = encoded(server->password);
        put(environment, "pg.password", text);
        free(text);
    }
}

/* ---- databases --------------------------------------------------------------------------------------------------- */

static bool quietly(PGconn *connection, const char *sql)
{
    char *problem = NULL;
    bool good = execute(connection, sql, NULL, NULL, &problem) == DATABASE_FINE;
    free(problem);
    return good;
}

/* Makes a used database as new as template0: a hundred times quicker than a new one. */
static bool renew(const struct postgresql *server, PGconn *connection, const char *name)
{
    char *sql = memory_format(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
        "pg_backend_pid();"
        "DO 'DECLARE name text; BEGIN FOR name IN SELECT nspname FROM pg_namespace WHERE nspname !~ ''^pg_'' AND "
        "nspname <> ''information_schema'' "
        "LOOP EXECUTE format(''DROP SCHEMA %%I CASCADE'', name); END LOOP; END';"
        "%s; ALTER DATABASE \"%s\" RESET ALL; RESET ALL",
        server->number >= 150000
            ? "CREATE SCHEMA public AUTHORIZATION pg_database_owner; GRANT USAGE ON SCHEMA public TO PUBLIC"
            : "CREATE SCHEMA public; GRANT ALL ON SCHEMA public TO PUBLIC",
        name);
    bool good = quietly(connection, sql);
    free(sql);
    return good;
}

/* Also when others are still connected. On a server that is lost there is nothing left to delete. */
static void delete_database(struct postgresql *server, const char *name)
{
    char *sql = memory_format("DROP DATABASE IF EXISTS \"%s\" WITH (FORCE)", name);
    pthread_mutex_lock(&server->lock);
    if (server->admin != NULL) {
        quietly(server->admin, sql);
    }
    pthread_mutex_unlock(&server->lock);
    free(sql);
}

static void add_keyword(struct text *out, const char *keyword, const char *value)
{
    if (value == NULL) {
        return;
    }
    text_format(out, " %s='", keyword);
    for (; *value != '\0'; value++) {
        text_add(out, strchr("\\'", *value) != NULL ? "\\" : "");
        text_add_char(out, *value);
    }
    text_add_char(out, '\'');
}

/* How another program connects to the database. */
static char *connection_text(const struct database *database, const char *passwords)
{
    static const char *const keywords[] = {"host", "port", "user", "sslmode", "sslrootcert"};
    struct text out = {0};
    add_keyword(&out, "dbname", database->name);
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        add_keyword(&out, keywords[i], option(database->server->postgresql, keywords[i]));
    }
    add_keyword(&out, "passfile", passwords);
    return text_take(&out);
}

static bool put_aside(struct postgresql *server, struct spare spare)
{
    pthread_mutex_lock(&server->lock);
    bool room = server->spare_count < SPARES;
    if (room) {
        server->spares[server->spare_count++] = spare;
    }
    pthread_mutex_unlock(&server->lock);
    return room;
}

static struct spare take_spare(struct postgresql *server)
{
    pthread_mutex_lock(&server->lock);
    struct spare spare = server->spare_count > 0 ? server->spares[--server->spare_count] : (struct spare){0};
    pthread_mutex_unlock(&server->lock);
    return spare;
}

static void drop(struct database *database)
{
    struct postgresql *server = database->server->postgresql;
    if (database->connection != NULL && renew(server, database->connection, database->name) &&
        put_aside(server, (struct spare){database->connection, database->name})) {
        database->name = NULL;
        return;
    }
    PQfinish(database->connection);
    delete_database(server, database->name);
}

static enum database_status begin_second(struct database *database, const char *sql, void **out, char **problem)
{
    PGconn *connection = connect_to(database->server->postgresql, database->name, problem);
    if (connection == NULL) {
        return DATABASE_LOST;
    }
    enum database_status status = execute(connection, "BEGIN", NULL, NULL, problem);
    if (status == DATABASE_FINE) {
        status = execute(connection, sql, NULL, NULL, problem);
    }
    if (status != DATABASE_FINE) {
        PQfinish(connection);
        return status;
    }
    *out = connection;
    return DATABASE_FINE;
}

static enum database_status commit_second(void *connection, char **problem)
{
    enum database_status status = execute(connection, "COMMIT", NULL, NULL, problem);
    PQfinish(connection);
    return status;
}

/* Ours have a name of their own. The list of connections stays as it was within a transaction, unless it is renewed. */
#define STRANGERS                                                                                                      \
    "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name <> "    \
    "''ormspec''"
static const char disconnect[] = "DO 'BEGIN PERFORM pg_terminate_backend(pid) " STRANGERS "; "
                                 "WHILE EXISTS (SELECT 1 " STRANGERS ") LOOP PERFORM pg_sleep(0.005), "
                                 "pg_stat_clear_snapshot(); END LOOP; END'";

/* The password goes by a file: command lines are for all to see. NULL: there is none, or it cannot be written. */
static char *write_password(const struct database *database)
{
    const char *password = option(database->server->postgresql, "password");
    char *path = memory_format("%s/%s.password", database->server->scratch, database->name);
    int fd = password == NULL ? -1 : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (file == NULL) {
        process_close(&fd);
        free(path);
        return NULL;
    }
    fputs("*:*:*:*:", file);
    for (; *password != '\0'; password++) {
        fprintf(file, strchr(":\\", *password) != NULL ? "\\%c" : "%c", *password);
    }
    fputc('\n', file);
    fclose(file);
    return path;
}

static bool save(struct database *database, const char *path, char **problem)
{
    char *passwords = write_password(database);
    char program[] = "pg_dump", owner[] = "--no-owner", *file = memory_format("--file=%s", path),
         *link = connection_text(database, passwords);
    char *words[] = {program, owner, file, link, NULL};
    struct process process;
    int reason = process_start(&process, words, STDERR_FILENO);
    bool ended = reason == 0 && process_wait(&process, SAVE_SECONDS);
    bool good = ended && process.status == 0;
    if (reason == 0) {
        process_stop(&process, 0, 1);
    }
    if (!good) {
        *problem = memory_format("%s: pg_dump: %s", path,
                                 reason != 0 ? strerror(reason)
                                 : ended     ? process_ending(process.status)
                                             : "does not end");
    }
    if (passwords != NULL) {
        unlink(passwords);
    }
    free(passwords);
    free(file);
    free(link);
    return good;
}

static const struct driver driver = {.run = run,
                                     .shape = shape,
                                     .learn = learn,
                                     .begin_second = begin_second,
                                     .commit_second = commit_second,
                                     .disconnect = disconnect,
                                     .save = save,
                                     .drop = drop};

static bool create_database(struct database_server *server, struct spare *made, char **problem)
{
    struct postgresql *own = server->postgresql;
    made->name = memory_format("ormspec_%ld_%u", (long)getpid(), atomic_fetch_add(&server->made, 1) + 1);
    char *sql = memory_format("CREATE DATABASE \"%s\" TEMPLATE template0", made->name);
    pthread_mutex_lock(&own->lock);
    enum database_status status = execute(own->admin, sql, NULL, NULL, problem);
    pthread_mutex_unlock(&own->lock);
    free(sql);
    if (status == DATABASE_FINE) {
        made->connection = connect_to(own, made->name, problem);
        if (made->connection == NULL) {
            delete_database(own, made->name);
        }
    }
    if (made->connection == NULL) {
        free(made->name);
    }
    return made->connection != NULL;
}

struct database *postgresql_make(struct database_server *server, char **problem)
{
    struct spare spare = take_spare(server->postgresql);
    if (spare.connection == NULL && !create_database(server, &spare, problem)) {
        return NULL;
    }
    struct database *database = memory_get(sizeof *database);
    database->server = server;
    database->driver = &driver;
    database->name = spare.name;
    database->address = make_address(server->postgresql, spare.name);
    database->connection = spare.connection;
    return database;
}

/* ---- servers ----------------------------------------------------------------------------------------------------- */

static bool use_url(struct postgresql *server, const char *url, char **problem)
{
    char *wrong = NULL;
    server->options = PQconninfoParse(url, &wrong);
    if (server->options == NULL) {
        char *text = one_line(wrong == NULL ? "out of memory" : wrong);
        *problem = memory_format("the URL of the PostgreSQL server: %s", text);
        free(text);
        PQfreemem(wrong);
        return false;
    }
    return true;
}

/* The first line of the fixture's stdout; NULL when it ended, took too long, or the run is to end. */
static json_t *first_line(int fd, int interrupt_fd)
{
    struct text line = {0};
    double deadline = process_now() + START_SECONDS, left;
    json_t *json = NULL;
    while ((left = deadline - process_now()) > 0 && line.length < FIRST_LINE_BYTES) {
        struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = interrupt_fd, .events = POLLIN}};
        if (poll(fds, 2, (int)(left * 1000) + 1) <= 0) {
            continue;
        }
        char chunk[4096];
        ssize_t got = fds[1].revents != 0 ? 0 : read(fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            break;
        }
        text_add_bytes(&line, chunk, (size_t)got);
        if (strchr(line.data, '\n') != NULL) {
            json = json_loads(line.data, JSON_DISABLE_EOF_CHECK, NULL);
            break;
        }
    }
    text_free(&line);
    return json;
}

static void say_why(const char *errors, char **problem)
{
    size_t length;
    char *text = path_read(errors, FIRST_LINE_BYTES, &length);
    char *line = text == NULL ? NULL : one_line(text);
    *problem = memory_format("the throwaway PostgreSQL server did not start%s%s",
                             line != NULL && line[0] != '\0' ? ": " : "", line == NULL ? "" : line);
    free(line);
    free(text);
}

static bool start_fixture(struct postgresql *server, const struct database_settings *settings, char **problem)
{
    char *program = path_join(settings->root, "fixtures/postgres"), serve[] = "serve";
    char *errors = path_join(settings->scratch, "postgresql.stderr");
    char *argv[] = {program, serve, NULL};
    int fd = open(errors, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int reason = fd < 0 ? errno : process_start(&server->fixture, argv, fd);
    process_close(&fd);
    json_t *said = NULL;
    if (reason != 0) {
        *problem = memory_format("%s: cannot be started: %s", program, strerror(reason));
    } else if ((said = first_line(server->fixture.out, settings->interrupt_fd)) == NULL) {
        process_stop(&server->fixture, STOP_SECONDS, STOP_SECONDS);
        say_why(errors, problem);
    } else {
        const char *url = json_string_value(json_object_get(said, "url")),
                   *user = json_string_value(json_object_get(said, "password_user"));
        const char *host = json_string_value(json_object_get(said, "host")),
                   *password = json_string_value(json_object_get(said, "password"));
        if (use_url(server, url == NULL ? "" : url, problem)) {
            server->tcp_host = host == NULL ? NULL : memory_copy(host);
            server->password_user = user == NULL ? NULL : memory_copy(user);
            server->password = password == NULL ? NULL : memory_copy(password);
        }
    }
    json_decref(said);
    unlink(errors);
    free(errors);
    free(program);
    return *problem == NULL;
}

static void note_version(void *context, const struct cell *cells, size_t count)
{
    (void)count;
    *(int64_t *)context = cells[0].integer;
}

bool postgresql_server_start(struct database_server *server, const struct database_settings *settings, char **problem)
{
    struct postgresql *own = memory_get(sizeof *own);
    own->fixture = (struct process){.in = -1, .out = -1, .err = -1};
    pthread_mutex_init(&own->lock, NULL);
    server->postgresql = own;
    if (!(settings->url != NULL ? use_url(own, settings->url, problem) : start_fixture(own, settings, problem))) {
        return false;
    }
    const char *host = option(own, "host"), *password = option(own, "password"), *user = option(own, "user"),
               *dbname = option(own, "dbname");
    if (settings->url != NULL && password != NULL && user != NULL && host != NULL && host[0] != '/') {
        own->password_user = memory_copy(user);
        own->password = memory_copy(password);
    }
    if (settings->url != NULL && password != NULL && *password != '\0') {
        own->secrets[0] = memory_copy(password);
        own->secrets[1] = encoded(password);
    }
    own->admin = connect_to(own, dbname != NULL ? dbname : "postgres", problem);
    if (own->admin == NULL) {
        return false;
    }
    const char *version = PQparameterStatus(own->admin, "server_version");
    size_t length = version == NULL ? 0 : strcspn(version, " ");
    memcpy(server->version, version == NULL ? "" : version,
           length < sizeof server->version ? length : sizeof server->version - 1);
    enum database_status status = execute(own->admin, "SELECT current_setting('server_version_num')::integer",
                                          note_version, &own->number, problem);
    if (status == DATABASE_FINE && own->number < 130000) {
        *problem = memory_format("PostgreSQL %s is too old: 13 is needed", server->version);
        return false;
    }
    return status == DATABASE_FINE;
}

void postgresql_server_stop(struct database_server *server)
{
    struct postgresql *own = server->postgresql;
    if (own == NULL) {
        return;
    }
    for (struct spare spare; (spare = take_spare(own)).connection != NULL;) {
        PQfinish(spare.connection);
        delete_database(own, spare.name);
        free(spare.name);
    }
    PQfinish(own->admin);
    PQconninfoFree(own->options);
    if (own->fixture.pid != 0) {
        process_stop(&own->fixture, STOP_SECONDS, STOP_SECONDS);
    }
    process_close(&own->fixture.in);
    process_close(&own->fixture.out);
    free(own->tcp_host);
    free(own->password_user);
    free(own->password);
    free(own->secrets[0]);
    free(own->secrets[1]);
    pthread_mutex_destroy(&own->lock);
    free(own);
}
