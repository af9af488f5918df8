#include "bench.h"
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t failed(PGconn *connection)
{
    fprintf(stderr, "bench: by hand, PostgreSQL: %s", PQerrorMessage(connection));
    return 0;
}

static void *open_server(const char *where)
{
    PGconn *connection = PQconnectdb(where);
    if (PQstatus(connection) == CONNECTION_OK)
        return connection;
    failed(connection);
    PQfinish(connection);
    return NULL;
}

static void close_server(void *connection)
{
    PQfinish(connection);
}

static bool run(PGconn *connection, const char *sql)
{
    PGresult *result = PQexec(connection, sql);
    const bool good = PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    return good;
}

static bool prepare(PGconn *connection, const char *sql)
{
    PGresult *result = PQprepare(connection, "", sql, 0, NULL);
    const bool good = PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    return good;
}

static size_t insert_by(PGconn *connection, const char *sql, size_t rows)
{
    char title[40], views[24], score[32];
    size_t done = 0;
    if (!run(connection, "BEGIN") || !prepare(connection, sql))
        return failed(connection);
    for (; done < rows; done++) {
        snprintf(views, sizeof views, "%zu", done);
        snprintf(score, sizeof score, "%.17g", (double)done / 7);
        const char *values[] = { bench_title(done, title), views, score, "2024-02-29 12:00:00.000000" };
        PGresult *result = PQexecPrepared(connection, "", 4, values, NULL, NULL, 0);
        const ExecStatusType status = PQresultStatus(result);
        PQclear(result);
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
            break;
    }
    if (!run(connection, "COMMIT") || done < rows)
        return failed(connection);
    return done;
}

static size_t insert(void *connection, size_t rows)
{
    return insert_by(connection, "INSERT INTO bench_item (title, views, score, created_at) VALUES ($1, $2, $3, $4)", rows);
}

static size_t insert_with_keys(void *connection, size_t rows)
{
    return insert_by(connection, "INSERT INTO bench_item (title, views, score, created_at) VALUES ($1, $2, $3, $4) RETURNING id", rows);
}

static size_t take(const PGresult *result)
{
    const size_t count = (size_t)PQntuples(result);
    BenchItem **items = malloc((count + 1) * sizeof *items);
    for (size_t i = 0; items != NULL && i < count; i++)
        items[i] = bench_copy(strtoll(PQgetvalue(result, (int)i, 0), NULL, 10), PQgetvalue(result, (int)i, 1),
                              strtoll(PQgetvalue(result, (int)i, 2), NULL, 10), strtod(PQgetvalue(result, (int)i, 3), NULL),
                              PQgetvalue(result, (int)i, 4));
    for (size_t i = 0; items != NULL && i < count; i++)
        bench_free(items[i]);
    free(items);
    return count;
}

static size_t read_all(void *context)
{
    PGconn *connection = context;
    PGresult *result = PQexec(connection, "SELECT id, title, views, score, created_at FROM bench_item");
    const size_t count = PQresultStatus(result) == PGRES_TUPLES_OK ? take(result) : failed(connection);
    PQclear(result);
    return count;
}

static size_t pages(void *context, size_t rows)
{
    PGconn *connection = context;
    size_t seen = 0;
    PGresult *first = PQprepare(connection, "page", "SELECT id, title, views, score, created_at FROM bench_item ORDER BY id LIMIT $1 OFFSET $2", 0, NULL);
    PQclear(first);
    for (size_t i = 0; i < MOST_PAGES && i * PAGE_SIZE < rows; i++) {
        char size[24], offset[24];
        snprintf(size, sizeof size, "%d", PAGE_SIZE);
        snprintf(offset, sizeof offset, "%zu", i * PAGE_SIZE);
        PGresult *page = PQexecPrepared(connection, "page", 2, (const char *const[]){ size, offset }, NULL, NULL, 0);
        seen += PQresultStatus(page) == PGRES_TUPLES_OK ? take(page) : 0;
        PQclear(page);
        PGresult *total = PQexec(connection, "SELECT count(*) FROM bench_item");
        const bool counted = PQresultStatus(total) == PGRES_TUPLES_OK;
        PQclear(total);
        if (!counted)
            return failed(connection);
    }
    run(connection, "DEALLOCATE page");
    return seen;
}

const by_hand postgresql_by_hand = { "PostgreSQL", open_server, close_server, insert, insert_with_keys, read_all, pages };
