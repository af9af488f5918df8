/* Rows per second of liborm, each beside a loop by hand over sqlite3 or libpq in the same run.
 *
 *   bench [--rows N] [--rounds N] [--json FILE] DIRECTORY
 *
 * SQLite files are made in DIRECTORY; PostgreSQL is measured where ORMSPEC_POSTGRES_URL names a server. A ratio above 1
 * says that liborm was faster. Exit: 0 all was done, 1 something failed, 2 usage. */
#include "bench.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const orm_column item_columns[] = {
    ORM_COLUMN(BenchItem, id, .primary_key = true),
    ORM_COLUMN(BenchItem, title, .length = 40, .not_null = true),
    ORM_COLUMN(BenchItem, views),
    ORM_COLUMN(BenchItem, score),
    ORM_COLUMN(BenchItem, created_at),
};
ORM_MODEL(BenchItem, .table = "bench_item", .columns = ORM_ARRAY(item_columns));
ORM_SCHEMA(bench_schema, &BenchItem_model);

const char *bench_title(size_t row, char buffer[40])
{
    snprintf(buffer, 40, "the title of item number %zu", row);
    return buffer;
}

BenchItem *bench_copy(int64_t id, const char *title, int64_t views, double score, const char *created_at)
{
    BenchItem *item = malloc(sizeof *item);
    if (item == NULL)
        return NULL;
    *item = (BenchItem){ .id = id, .title = strdup(title), .views = views, .score = score };
    if (!orm_datetime_parse(created_at, &item->created_at))
        item->created_at.us = 0;
    return item;
}

void bench_free(BenchItem *item)
{
    if (item != NULL)
        free((void *)(uintptr_t)item->title);
    free(item);
}

/* ---- by liborm ---- */

typedef struct bench {
    const char *url;
    size_t rows;
    orm_database *database;
    BenchItem *items;
    char (*titles)[40];
    orm_error error;
} bench;

static orm_status insert_rows(bench *b, orm_session *s, size_t *done)
{
    orm_status rc = orm_insert_rows(s, BenchItem, b->items, b->rows, NULL, title, views, score, created_at);
    *done = b->rows;
    return rc == ORM_OK ? orm_commit(s) : rc;
}

static orm_status flush_objects(bench *b, orm_session *s, size_t *done)
{
    orm_status rc = ORM_OK;
    for (*done = 0; *done < b->rows; ++*done) {
        BenchItem *item = orm_new(s, BenchItem);
        const BenchItem *from = &b->items[*done];
        ORM_TRY(orm_made(s, item));
        item->title = from->title;
        item->views = from->views;
        item->score = from->score;
        item->created_at = from->created_at;
        ORM_TRY(orm_add(s, item));
    }
    rc = orm_commit(s);
fail:
    return rc;
}

static orm_status read_objects(bench *b, orm_session *s, size_t *done)
{
    BenchItem_list items;
    (void)b;
    orm_status rc = orm_all(orm_query(s, BenchItem), &items);
    *done = items.count;
    return rc;
}

static orm_status read_pages(bench *b, orm_session *s, size_t *done)
{
    orm_status rc = ORM_OK;
    BenchItem_page page;
    *done = 0;
    for (size_t i = 0; i < MOST_PAGES && i * PAGE_SIZE < b->rows; i++) {
        BenchItem_query q = orm_query(s, BenchItem);
        orm_order_by(q, orm_asc(orm_col(q, id)));
        ORM_TRY(orm_paginate(q, (int64_t)i + 1, PAGE_SIZE, ORM_PAGE_STRICT, &page));
        *done += page.items.count;
    }
fail:
    return rc;
}

/* ---- measuring ---- */

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

typedef orm_status work_fn(bench *, orm_session *, size_t *done);

/* Rows per second; 0 is a failure. */
static double by_liborm(bench *b, work_fn *work)
{
    orm_session *s = NULL;
    size_t done = 0;
    const double begin = now();
    orm_status rc = orm_session_open(b->database, &s, &b->error);
    if (rc == ORM_OK && (rc = work(b, s, &done)) != ORM_OK)
        b->error = *orm_session_error(s);
    orm_session_close(&s);
    if (rc != ORM_OK)
        fprintf(stderr, "bench: liborm: %s\n", b->error.message);
    return rc == ORM_OK && done > 0 ? (double)done / (now() - begin) : 0;
}

static double by_hand_of(const by_hand *hand, void *connection, int which, size_t rows)
{
    const double begin = now();
    const size_t done = which == 0   ? hand->insert(connection, rows)
                        : which == 1 ? hand->insert_with_keys(connection, rows)
                        : which == 2 ? hand->read(connection)
                                     : hand->pages(connection, rows);
    return done > 0 ? (double)done / (now() - begin) : 0;
}

static const struct { const char *name; work_fn *work; bool fills; } works[] = {
    { "bulk_insert", insert_rows, true }, { "flush", flush_objects, true }, { "read", read_objects, false }, { "pages", read_pages, false },
};

static bool empty(bench *b)
{
    orm_session *s = NULL;
    orm_status rc = orm_session_open(b->database, &s, &b->error);
    if (rc == ORM_OK)
        rc = orm_delete_all(orm_query(s, BenchItem), NULL);
    if (rc == ORM_OK)
        rc = orm_commit(s);
    orm_session_close(&s);
    return rc == ORM_OK;
}

/* Alternately, so that both meet the same machine; the best round of each counts. */
static bool measure(bench *b, const by_hand *hand, const char *where, int rounds, json_t *results)
{
    void *connection = hand->open(where);
    bool good = connection != NULL;
    for (int i = 0; good && i < 4; i++) {
        double best = 0, best_by_hand = 0;
        for (int round = 0; good && round < rounds; round++) {
            good = !works[i].fills || empty(b);
            const double mine = good ? by_liborm(b, works[i].work) : 0;
            good = good && (!works[i].fills || empty(b));
            const double theirs = good ? by_hand_of(hand, connection, i, b->rows) : 0;
            good = mine > 0 && theirs > 0;
            best = mine > best ? mine : best;
            best_by_hand = theirs > best_by_hand ? theirs : best_by_hand;
        }
        if (!good)
            break;
        printf("%-12s %-12s %12.0f rows/s   by hand %12.0f   ratio %.2f\n", hand->name, works[i].name, best, best_by_hand, best / best_by_hand);
        json_array_append_new(results, json_pack("{s:s, s:s, s:f, s:f, s:f}", "database", hand->name, "name", works[i].name,
                                                 "rows_per_second", best, "by_hand", best_by_hand, "ratio", best / best_by_hand));
    }
    if (connection != NULL)
        hand->close(connection);
    return good;
}

static bool on(const char *url, const by_hand *hand, const char *where, bench *b, int rounds, json_t *results)
{
    bool good = orm_open(url, &bench_schema, NULL, &b->database, &b->error) == ORM_OK && orm_drop_all(b->database, &b->error) == ORM_OK &&
                orm_create_all(b->database, &b->error) == ORM_OK;
    if (!good)
        fprintf(stderr, "bench: %s: %s\n", hand->name, b->error.message);
    good = good && measure(b, hand, where, rounds, results);
    if (b->database != NULL && orm_drop_all(b->database, &b->error) != ORM_OK)
        fprintf(stderr, "bench: %s: %s\n", hand->name, b->error.message);
    orm_close(&b->database);
    return good;
}

static bool make_rows(bench *b)
{
    b->items = calloc(b->rows, sizeof *b->items);
    b->titles = calloc(b->rows, sizeof *b->titles);
    for (size_t i = 0; b->items != NULL && b->titles != NULL && i < b->rows; i++)
        b->items[i] = (BenchItem){ .title = bench_title(i, b->titles[i]), .views = (int64_t)i, .score = (double)i / 7,
                                   .created_at = orm_datetime_at(2024, 2, 29, 12, 0, 0, 0) };
    return b->items != NULL && b->titles != NULL;
}

static int usage(void)
{
    fputs("usage: bench [--rows N] [--rounds N] [--json FILE] DIRECTORY\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    bench b = { .rows = 50000 };
    int rounds = 3, passed = 0, failed = 0;
    const char *json = NULL, *directory = NULL, *server = getenv("ORMSPEC_POSTGRES_URL");
    for (int i = 1; i < argc; i++) {
        const bool more = i + 1 < argc;
        if (strcmp(argv[i], "--rows") == 0 && more)
            b.rows = strtoul(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--rounds") == 0 && more)
            rounds = (int)strtol(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--json") == 0 && more)
            json = argv[++i];
        else if (argv[i][0] != '-' && directory == NULL)
            directory = argv[i];
        else
            return usage();
    }
    if (directory == NULL || b.rows == 0 || rounds < 1)
        return usage();
    json_t *results = json_array();
    char file[1024], url[1100];
    snprintf(file, sizeof file, "%s/bench.db", directory);
    snprintf(url, sizeof url, "sqlite:///%s", file);
    unlink(file);
    const bool made = make_rows(&b);
    *(made && on(url, &sqlite_by_hand, file, &b, rounds, results) ? &passed : &failed) += 1;
    unlink(file);
    if (server != NULL)
        *(made && on(server, &postgresql_by_hand, server, &b, rounds, results) ? &passed : &failed) += 1;
    json_t *all = json_pack("{s:I, s:i, s:o}", "rows", (json_int_t)b.rows, "rounds", rounds, "results", results);
    if (json != NULL && json_dump_file(all, json, JSON_INDENT(2)) != 0) {
        fprintf(stderr, "bench: %s cannot be written\n", json);
        failed++;
    }
    json_decref(all);
    free(b.items);
    free(b.titles);
    printf("%d passed, %d failed, %d skipped\n", passed, failed, server == NULL);
    return failed > 0;
}
