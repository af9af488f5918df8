/* Connections of libpq, and what their errors mean. */
#include "dialect/postgresql.h"
#include <poll.h>
#include <stdio.h>
#include <string.h>

orm_status orm__postgresql_resolve(orm__url *url, const orm_options *options, bool *in_memory, orm_error *error)
{
    (void)options;
    *in_memory = false;
    PQconninfoOption *known = PQconndefaults();
    if (known == NULL) return orm__nomem(error);
    const char *unknown = NULL;
    for (size_t i = 0; i < url->option_count && unknown == NULL; i++) {
        unknown = url->options[i][0];
        for (const PQconninfoOption *at = known; at->keyword != NULL && unknown != NULL; at++)
            if (strcmp(at->keyword, url->options[i][0]) == 0) unknown = NULL;
    }
    PQconninfoFree(known);
    size_t hosts = 0;
    for (size_t i = 0; i < url->option_count; i++) hosts += strcmp(url->options[i][0], "host") == 0;
    if (hosts > 1 && (url->port > 0 || url->host != NULL || orm__url_option(url, "port") != NULL))
        return orm__fail(error, ORM_CONFIG, "the database URL names several hosts in two ways: write ?host=one:1&host=two:2 alone");
    return unknown == NULL
               ? ORM_OK
               : orm__fail(error, ORM_CONFIG,
                           "the database URL's option '%s' is none of PostgreSQL's connection options", unknown);
}

static void drop_notice(void *context, const PGresult *result)
{
    (void)context;
    (void)result;
}

/* Line breaks become spaces; one at the end goes. */
static void flatten(char *message)
{
    size_t size = strlen(message);
    while (size > 0 && (message[size - 1] == '\n' || message[size - 1] == ' ')) message[--size] = '\0';
    for (char *at = message; *at != '\0'; at++)
        if (*at == '\n' || *at == '\t') *at = ' ';
}

static orm_status fail_connect(const PGconn *connection, orm_error *error)
{
    orm__fail(error, ORM_CONNECT, "%s", PQerrorMessage(connection));
    if (error != NULL) flatten(error->message);
    return ORM_CONNECT;
}

/* Several options `host`, each name:port, become libpq's two lists; fewer leave both empty. */
static orm_status join_hosts(const orm__url *url, orm__text out[2], orm_error *error)
{
    size_t count = 0;
    for (size_t i = 0; i < url->option_count; i++) count += strcmp(url->options[i][0], "host") == 0;
    for (size_t i = 0, done = 0; count > 1 && i < url->option_count; i++) {
        if (strcmp(url->options[i][0], "host") != 0) continue;
        const char *host = url->options[i][1], *colon = strchr(host, ':');
        if (done++ > 0) {
            orm__text_char(&out[0], ',');
            orm__text_char(&out[1], ',');
        }
        orm__text_add_n(&out[0], host, colon != NULL ? (size_t)(colon - host) : strlen(host));
        orm__text_add(&out[1], colon != NULL ? colon + 1 : "");
    }
    return out[0].failed || out[1].failed ? orm__nomem(error) : ORM_OK;
}

orm_status orm__postgresql_connect(const orm__url *url, const orm_options *options, orm__link **out, orm_error *error)
{
    (void)options;
    enum { OWN = 6 };
    orm_status rc;
    char port[16] = "";
    const char **names = orm__alloc((OWN + url->option_count + 3) * sizeof *names),
               **values = orm__alloc((OWN + url->option_count + 3) * sizeof *values);
    orm__link *link = orm__alloc(sizeof *link);
    PGresult *result = NULL;
    orm__text hosts[2] = { 0 };
    if (names == NULL || values == NULL || link == NULL) ORM_TRY(orm__nomem(error));
    if (url->port > 0) snprintf(port, sizeof port, "%d", url->port);
    const char *const own[OWN][2] = {
        { "host", url->host },       { "port", port },
        { "user", url->user },       { "password", url->password },
        { "dbname", url->database }, { "client_encoding", "UTF8" },
    };
    size_t count = 0;
    ORM_TRY(join_hosts(url, hosts, error));
    for (size_t i = 0; i < url->option_count; i++) {
        if (hosts[0].size > 0 && strcmp(url->options[i][0], "host") == 0) continue;
        names[count] = url->options[i][0];
        values[count++] = url->options[i][1];
    }
    for (size_t i = 0; i < 2 && hosts[0].size > 0; i++) {
        names[count] = i == 0 ? "host" : "port";
        values[count++] = hosts[i].at;
    }
    /* a later one wins, but not with nothing: ?host=/socket is for a URL without a host */
    for (size_t i = 0; i < OWN; i++) {
        if (own[i][1] == NULL || *own[i][1] == '\0') continue;
        names[count] = own[i][0];
        values[count++] = own[i][1];
    }
    link->connection = PQconnectdbParams(names, values, 0);
    if (link->connection == NULL) ORM_TRY(orm__nomem(error));
    if (PQstatus(link->connection) != CONNECTION_OK) ORM_TRY(fail_connect(link->connection, error));
    PQsetNoticeReceiver(link->connection, drop_notice, NULL);
    /* what decides how values look as text */
    result = PQexec(link->connection, "SET DateStyle = 'ISO'; SET extra_float_digits = 3");
    if (PQresultStatus(result) != PGRES_COMMAND_OK) ORM_TRY(orm__postgresql_fail(link, result, error));
    *out = link;
    rc = ORM_OK;
fail:
    PQclear(result);
    orm__text_free(&hosts[0]);
    orm__text_free(&hosts[1]);
    orm__free(names);
    orm__free(values);
    if (rc != ORM_OK && link != NULL) orm__postgresql_disconnect(link);
    return rc;
}

void orm__postgresql_disconnect(orm__link *link)
{
    PQfinish(link->connection);
    orm__free(link->doomed);
    orm__free(link);
}

/* An idle connection has nothing to read but its end, or a message that the server sends on its own. */
bool orm__postgresql_alive(orm__link *link)
{
    if (PQstatus(link->connection) != CONNECTION_OK) return false;
    struct pollfd socket = { .fd = PQsocket(link->connection), .events = POLLIN };
    if (poll(&socket, 1, 0) <= 0) return true;
    return PQconsumeInput(link->connection) == 1 && PQstatus(link->connection) == CONNECTION_OK &&
           (socket.revents & (POLLHUP | POLLERR | POLLNVAL)) == 0;
}

static const struct {
    const char *sqlstate;
    orm_status status;
} states[] = {
    { "23505", ORM_UNIQUE },      { "23P01", ORM_UNIQUE },   { "23502", ORM_NOT_NULL }, { "23503", ORM_FOREIGN_KEY },
    { "23001", ORM_FOREIGN_KEY }, { "23", ORM_CHECK },       { "22", ORM_DATA },        { "42804", ORM_DATA },
    { "42P01", ORM_NO_TABLE },    { "42703", ORM_NO_TABLE }, { "3F000", ORM_NO_TABLE }, { "42P07", ORM_EXISTS },
    { "42883", ORM_ARGUMENT }, /* no such function, or none of these types */
    { "42701", ORM_EXISTS },      { "42710", ORM_EXISTS },   { "55P03", ORM_LOCKED },   { "40P01", ORM_LOCKED },
    { "40001", ORM_LOCKED },      { "25P02", ORM_ABORTED },  { "28", ORM_CONNECT },     { "3D000", ORM_CONNECT },
};

static orm_status status_of(const char *sqlstate)
{
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        if (strncmp(sqlstate, states[i].sqlstate, strlen(states[i].sqlstate)) == 0) return states[i].status;
    return ORM_FAILURE;
}

static void take(char *out, size_t size, const char *from, size_t length)
{
    if (length >= size) return;
    memcpy(out, from, length);
    out[length] = '\0';
}

/* Which columns a unique constraint is about stands only in the detail: Key (a, b)=(1, 2) already exists. */
static void take_key(const char *detail, orm_error *error)
{
    const char *open = strchr(detail, '('), *close = open == NULL ? NULL : strstr(open, ")=(");
    if (close != NULL) take(error->column, sizeof error->column, open + 1, (size_t)(close - open - 1));
}

/* The first name that a message has in quotes: relation "user" does not exist. */
static void take_quoted(const char *message, orm_error *error)
{
    const char *open = strchr(message, '"'), *close = open == NULL ? NULL : strchr(open + 1, '"');
    if (close != NULL) take(error->table, sizeof error->table, open + 1, (size_t)(close - open - 1));
}

orm_status orm__postgresql_fail(orm__link *link, const PGresult *result, orm_error *error)
{
    const char *sqlstate = result == NULL ? NULL : PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (sqlstate == NULL) {
        const char *message = PQerrorMessage(link->connection);
        if (PQstatus(link->connection) == CONNECTION_OK && strstr(message, "out of memory") != NULL)
            return orm__nomem(error);
        orm__fail(error, ORM_FAILURE, "%s", *message != '\0' ? message : "the connection to PostgreSQL failed");
        if (error != NULL) flatten(error->message);
        return ORM_FAILURE;
    }
    orm_status status = status_of(sqlstate);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY),
               *table = PQresultErrorField(result, PG_DIAG_TABLE_NAME);
    const char *column = PQresultErrorField(result, PG_DIAG_COLUMN_NAME),
               *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    orm__fail(error, status, "%s", message != NULL ? message : sqlstate);
    if (error == NULL) return status;
    take(error->sqlstate, sizeof error->sqlstate, sqlstate, strlen(sqlstate));
    if (table != NULL)
        take(error->table, sizeof error->table, table, strlen(table));
    else if (strcmp(sqlstate, "42P01") == 0 && message != NULL)
        take_quoted(message, error);
    if (column != NULL)
        take(error->column, sizeof error->column, column, strlen(column));
    else if (status == ORM_UNIQUE && detail != NULL)
        take_key(detail, error);
    return status;
}
