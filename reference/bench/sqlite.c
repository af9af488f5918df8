#include "bench.h"
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

static size_t failed(sqlite3 *db)
{
    fprintf(stderr, "bench: by hand, SQLite: %s\n", sqlite3_errmsg(db));
    return 0;
}

static void *open_file(const char *where)
{
    sqlite3 *db = NULL;
    if (sqlite3_open(where, &db) == SQLITE_OK)
        return db;
    failed(db);
    sqlite3_close(db);
    return NULL;
}

static void close_file(void *db)
{
    sqlite3_close(db);
}

static size_t insert(void *context, size_t rows)
{
    sqlite3 *db = context;
    sqlite3_stmt *statement = NULL;
    char title[40];
    size_t done = 0;
    if (sqlite3_exec(db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db, "INSERT INTO bench_item (title, views, score, created_at) VALUES (?, ?, ?, ?)", -1, &statement, NULL) != SQLITE_OK)
        return failed(db);
    for (; done < rows; done++) {
        sqlite3_bind_text(statement, 1, bench_title(done, title), -1, SQLITE_STATIC);
        sqlite3_bind_int64(statement, 2, (int64_t)done);
        sqlite3_bind_double(statement, 3, (double)done / 7);
        sqlite3_bind_text(statement, 4, "2024-02-29 12:00:00.000000", -1, SQLITE_STATIC);
        if (sqlite3_step(statement) != SQLITE_DONE || sqlite3_last_insert_rowid(db) == 0)
            break;
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    if (sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK || done < rows)
        return failed(db);
    return done;
}

static BenchItem *row_of(sqlite3_stmt *statement)
{
    return bench_copy(sqlite3_column_int64(statement, 0), (const char *)sqlite3_column_text(statement, 1), sqlite3_column_int64(statement, 2),
                      sqlite3_column_double(statement, 3), (const char *)sqlite3_column_text(statement, 4));
}

/* The rows of one statement; `keep` is for the objects, which are freed when all are there. */
static size_t take(sqlite3_stmt *statement, BenchItem ***keep)
{
    size_t count = 0, room = 0;
    BenchItem **items = NULL;
    while (sqlite3_step(statement) == SQLITE_ROW) {
        if (count == room) {
            room = room > 0 ? room * 2 : 64;
            BenchItem **more = realloc(items, room * sizeof *items);
            if (more == NULL)
                break;
            items = more;
        }
        items[count++] = row_of(statement);
    }
    *keep = items;
    return count;
}

static void let_go(BenchItem **items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        bench_free(items[i]);
    free(items);
}

static size_t read_all(void *context)
{
    sqlite3 *db = context;
    sqlite3_stmt *statement = NULL;
    BenchItem **items;
    if (sqlite3_prepare_v2(db, "SELECT id, title, views, score, created_at FROM bench_item", -1, &statement, NULL) != SQLITE_OK)
        return failed(db);
    const size_t count = take(statement, &items);
    sqlite3_finalize(statement);
    let_go(items, count);
    return count;
}

static size_t pages(void *context, size_t rows)
{
    sqlite3 *db = context;
    sqlite3_stmt *page = NULL, *total = NULL;
    size_t seen = 0;
    if (sqlite3_prepare_v2(db, "SELECT id, title, views, score, created_at FROM bench_item ORDER BY id LIMIT ? OFFSET ?", -1, &page, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db, "SELECT count(*) FROM bench_item", -1, &total, NULL) != SQLITE_OK)
        return failed(db);
    for (size_t i = 0; i < MOST_PAGES && i * PAGE_SIZE < rows; i++) {
        BenchItem **items;
        sqlite3_bind_int64(page, 1, PAGE_SIZE);
        sqlite3_bind_int64(page, 2, (int64_t)(i * PAGE_SIZE));
        const size_t count = take(page, &items);
        seen += count;
        let_go(items, count);
        sqlite3_reset(page);
        if (sqlite3_step(total) != SQLITE_ROW)
            return failed(db);
        sqlite3_reset(total);
    }
    sqlite3_finalize(page);
    sqlite3_finalize(total);
    return seen;
}

const by_hand sqlite_by_hand = { "SQLite", open_file, close_file, insert, insert, read_all, pages };
