#include "engine/cache.h"
#include "engine/engine.h"
#include "support/both.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Thing {
    orm_object orm;
    int64_t id;
} Thing;
extern const orm_model Thing_model;
static const orm_column thing_columns[] = { ORM_COLUMN(Thing, id, .primary_key = true) };
ORM_MODEL(Thing, .columns = ORM_ARRAY(thing_columns));
static const orm_model stranger = { .struct_name = "Stranger" };
ORM_SCHEMA(things, &Thing_model);

static orm_database *opened(const char *url, const orm_options *options)
{
    orm_database *database;
    orm_error error = { 0 };
    cr_assert_eq(orm_open(url, &things, options, &database, &error), ORM_OK, "%s", error.message);
    return database;
}

static orm__connection *acquired(orm_database *database)
{
    orm__connection *connection;
    orm_error error = { 0 };
    cr_assert_eq(orm__acquire(database, &connection, &error), ORM_OK, "%s", error.message);
    return connection;
}

static void run(orm__connection *connection, const char *sql)
{
    orm_error error = { 0 };
    cr_assert_eq(orm__execute(connection, sql, &error), ORM_OK, "%s: %s", sql, error.message);
}

static int64_t number(orm__connection *connection, const char *sql, bool cacheable)
{
    orm__cursor cursor;
    orm_error error = { 0 };
    orm_value value;
    bool has_row;
    cr_assert_eq(orm__start(connection, ORM__SELECT, sql, NULL, 0, cacheable, &cursor, &error), ORM_OK, "%s: %s", sql,
                 error.message);
    cr_assert_eq(orm__next(&cursor, &has_row, &error), ORM_OK);
    cr_assert(has_row);
    cr_assert_eq(orm__column(&cursor, 0, ORM_INTEGER, &value, &error), ORM_OK, "%s", error.message);
    orm__finish(&cursor);
    return value.u.i;
}

/* ---- opening --------------------------------------------------------------------------------------------------------
 */

Test(open, what_is_wrong_is_told)
{
    static const orm_model bad = { .struct_name = "Bad" };
    static const orm_model *const models[] = { &bad };
    static const orm_schema bad_schema = { models, 1 };
    static const struct {
        const char *url;
        const orm_schema *schema;
        orm_status status;
        const char *message;
    } rows[] = {
        { NULL, &things, ORM_CONFIG, "there is no database URL" },
        { "", &things, ORM_CONFIG, "the database URL is empty" },
        { "foodb://h", &things, ORM_CONFIG, "unknown scheme 'foodb'" },
        { "sqlite://", &bad_schema, ORM_MAPPING, "Bad has no columns" },
        { "sqlite:///x.db?timeout=x", &things, ORM_CONFIG, "timeout" },
        { "postgresql://u:secret@h/d?nope=1", &things, ORM_CONFIG, "option 'nope'" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        orm_database *database = (orm_database *)&database;
        orm_error error = { 0 };
        cr_assert_eq(orm_open(rows[i].url, rows[i].schema, NULL, &database, &error), rows[i].status);
        cr_assert_eq(error.status, rows[i].status);
        cr_assert_not_null(strstr(error.message, rows[i].message), "%s", error.message);
        cr_assert_null(database);
        cr_assert_eq(orm_open(rows[i].url, rows[i].schema, NULL, &database, NULL), rows[i].status);
    }
    orm_database *none = NULL;
    orm_close(&none);
}

Test(open, connects_to_nothing)
{
    orm_error error = { .status = ORM_DATA };
    orm_database *database;
    cr_assert_eq(orm_open("postgresql://u:secret@127.0.0.1:1/x", NULL, NULL, &database, &error), ORM_OK);
    cr_assert_eq(error.status, ORM_OK);
    cr_assert_eq(orm_ping(database, NULL, NULL, &error), ORM_CONNECT);
    cr_assert_null(strstr(error.message, "secret"));
    orm_close(&database);
    cr_assert_null(database);
}

Test(open, names_of_tables)
{
    orm_database *database = opened("sqlite://", NULL);
    cr_assert_str_eq(orm_table_name(database, &Thing_model), "thing");
    cr_assert_null(orm_table_name(database, &stranger));
    orm_close(&database);
}

Test(open, makes_the_root_and_the_file, .fini = directory_done)
{
    char root[200], file[220], name[256], user[64];
    snprintf(root, sizeof root, "%s/instance", directory());
    snprintf(file, sizeof file, "%s/app.db", root);
    orm_options options = { .root = root };
    orm_database *database = opened("sqlite:///app.db", &options);
    strcpy(root, "/nowhere"); /* the options were copied */
    cr_assert_neq(access(file, F_OK), 0);
    cr_assert_eq(orm_ping(database, name, user, NULL), ORM_OK);
    cr_assert_str_eq(name, file);
    cr_assert_str_eq(user, "");
    cr_assert_eq(access(file, F_OK), 0);
    orm_close(&database);
}

BOTH(ping)
{
    orm_database *database = opened(place->url, NULL);
    char name[256] = "", user[64] = "x";
    cr_assert_eq(orm_ping(database, name, user, NULL), ORM_OK);
    cr_assert(*name != '\0');
    cr_assert_eq(*user == '\0', place->sqlite);
    cr_assert_eq(orm_ping(database, NULL, NULL, NULL), ORM_OK);
    cr_assert_eq(database->idle_count, 1);
    orm_close(&database);
}

/* ---- connections ----------------------------------------------------------------------------------------------------
 */

Test(pool, in_memory_is_one_database_for_all)
{
    orm_database *database = opened("sqlite://", NULL), *other = opened("sqlite://", NULL);
    orm__connection *one = acquired(database), *two = acquired(database), *far = acquired(other);
    run(one, "CREATE TABLE t (v INTEGER)");
    run(one, "INSERT INTO t VALUES (7)");
    cr_assert_eq(number(two, "SELECT v FROM t", true), 7);
    cr_assert_eq(number(far, "SELECT count(*) FROM sqlite_master", true), 0);
    orm__release(one);
    orm__release(two);
    orm__connection *many[9];
    for (size_t i = 0; i < COUNT(many); i++) many[i] = acquired(database);
    for (size_t i = 0; i < COUNT(many); i++) orm__release(many[i]);
    cr_assert_eq(database->idle_count, 5);
    one = acquired(database);
    cr_assert_eq(number(one, "SELECT v FROM t", true), 7, "it lives as long as the database is open");
    orm__release(one);
    orm__release(far);
    orm_close(&database);
    orm_close(&other);
    database = opened("sqlite://", NULL);
    one = acquired(database);
    cr_assert_eq(number(one, "SELECT count(*) FROM sqlite_master", true), 0, "and no longer");
    orm__release(one);
    orm_close(&database);
}

BOTH(release_rolls_back)
{
    orm_database *database = opened(place->url, NULL);
    orm__connection *connection = acquired(database);
    run(connection, "CREATE TABLE t (v INTEGER)");
    run(connection, place->dialect->begin);
    run(connection, "INSERT INTO t VALUES (1)");
    orm__release(connection);
    orm__connection *again = acquired(database);
    cr_assert_eq(again, connection, "an idle one is taken first");
    cr_assert_not(place->dialect->in_transaction(again->link));
    cr_assert_eq(number(again, "SELECT count(*) FROM t", true), 0);
    orm__release(again);
    orm__release(NULL);
    orm_close(&database);
}

Test(postgresql, dead_idle_connection_is_replaced, .fini = postgres_done)
{
    if (postgres_url() == NULL) cr_skip("ORMSPEC_POSTGRES_URL names no server");
    orm_database *database = opened(postgres_url(), NULL);
    orm__connection *one = acquired(database), *two = acquired(database);
    char sql[100];
    snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%lld)",
             (long long)number(one, "SELECT pg_backend_pid()", true));
    orm__release(one);
    run(two, sql);
    usleep(200000);
    orm__connection *fresh = acquired(database);
    cr_assert_eq(number(fresh, "SELECT 5", true), 5);
    run(two, "BEGIN");
    snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%lld)",
             (long long)number(two, "SELECT pg_backend_pid()", true));
    run(fresh, sql);
    usleep(200000);
    orm_error error = { 0 };
    orm__cursor cursor;
    cr_assert_eq(orm__start(two, ORM__SELECT, "SELECT 1", NULL, 0, true, &cursor, &error), ORM_FAILURE);
    orm__release(two);
    cr_assert_eq(database->idle_count, 0, "a broken one is closed");
    orm__release(fresh);
    orm_close(&database);
}

static void *use_many_times(void *database)
{
    for (int i = 0; i < 20; i++) {
        orm__connection *connection = acquired(database);
        number(connection, "SELECT 1", true);
        orm__release(connection);
    }
    return NULL;
}

Test(pool, threads_share_a_database)
{
    orm_database *database = opened("sqlite://", NULL);
    pthread_t threads[8];
    for (size_t i = 0; i < COUNT(threads); i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, use_many_times, database), 0);
    for (size_t i = 0; i < COUNT(threads); i++) pthread_join(threads[i], NULL);
    cr_assert_eq(orm_statement_counts(database).select, 160);
    cr_assert_leq(database->idle_count, 5);
    orm_close(&database);
}

/* ---- statements -----------------------------------------------------------------------------------------------------
 */

static void remember(void *context, const char *sql)
{
    orm__text_add(context, sql);
    orm__text_char(context, '\n');
}

BOTH(counts_and_log)
{
    orm__text log = { 0 };
    const orm_options options = { .log = remember, .log_context = &log };
    orm_database *database = opened(place->url, &options);
    orm__connection *connection = acquired(database);
    run(connection, "CREATE TABLE t (v INTEGER)");
    static const struct {
        enum orm__verb verb;
        const char *sql;
    } rows[] = {
        { ORM__INSERT, "INSERT INTO t VALUES (1)" },
        { ORM__INSERT, "INSERT INTO t VALUES (2)" },
        { ORM__UPDATE, "UPDATE t SET v = v + 5" },
        { ORM__SELECT, "SELECT v FROM t" },
        { ORM__DELETE, "DELETE FROM t" },
        { ORM__OTHER, "SELECT 1" },
    };
    static const uint64_t touched[] = { 1, 1, 2, 0, 2, 0 };
    for (size_t i = 0; i < COUNT(rows); i++) {
        orm__cursor cursor;
        cr_assert_eq(orm__start(connection, rows[i].verb, rows[i].sql, NULL, 0, true, &cursor, NULL), ORM_OK);
        if (touched[i] > 0) cr_assert_eq(orm__changes(&cursor), touched[i]);
        orm__finish(&cursor);
        orm__finish(&cursor);
    }
    orm_counts counts = orm_statement_counts(database);
    cr_assert(counts.select == 1 && counts.insert == 2 && counts.update == 1 && counts.delete_ == 1);
    cr_assert_str_eq(
        log.at,
        "CREATE TABLE t (v INTEGER)\nINSERT INTO t VALUES (1)\nINSERT INTO t VALUES (2)\nUPDATE t SET v = v + 5\n"
        "SELECT v FROM t\nDELETE FROM t\nSELECT 1\n");
    orm__release(connection);
    orm_close(&database);
    orm__text_free(&log);
}

BOTH(two_cursors_of_the_same_text)
{
    static const char sql[] = "SELECT v FROM t ORDER BY v";
    orm_database *database = opened(place->url, NULL);
    orm__connection *connection = acquired(database);
    run(connection, "CREATE TABLE t (v INTEGER)");
    run(connection, "INSERT INTO t VALUES (1), (2), (3)");
    orm__cursor one, two;
    orm_value value;
    bool has_row;
    cr_assert_eq(orm__start(connection, ORM__SELECT, sql, NULL, 0, true, &one, NULL), ORM_OK);
    cr_assert_eq(orm__next(&one, &has_row, NULL), ORM_OK);
    cr_assert_eq(orm__start(connection, ORM__SELECT, sql, NULL, 0, true, &two, NULL), ORM_OK);
    cr_assert_neq(one.statement, two.statement);
    for (int64_t i = 1; i <= 3; i++) {
        cr_assert_eq(orm__next(&two, &has_row, NULL), ORM_OK);
        cr_assert_eq(orm__column(&two, 0, ORM_INTEGER, &value, NULL), ORM_OK);
        cr_assert(has_row && value.u.i == i);
    }
    orm__finish(&two);
    cr_assert_eq(orm__next(&one, &has_row, NULL), ORM_OK);
    cr_assert_eq(orm__column(&one, 0, ORM_INTEGER, &value, NULL), ORM_OK);
    cr_assert_eq(value.u.i, 2, "the first one goes on where it was");
    orm__statement *kept = one.statement;
    orm__finish(&one);
    cr_assert_eq(orm__start(connection, ORM__SELECT, sql, NULL, 0, true, &one, NULL), ORM_OK);
    cr_assert_eq(one.statement, kept, "a cached statement is used again");
    orm__finish(&one);
    cr_assert_eq(orm__start(connection, ORM__SELECT, "SELECT 1", NULL, 0, false, &one, NULL), ORM_OK);
    cr_assert_null(one.entry, "one that is not cacheable is not cached");
    orm__finish(&one);
    orm__release(connection);
    orm_close(&database);
}

BOTH(cache_is_bounded)
{
    orm_database *database = opened(place->url, NULL);
    orm__connection *connection = acquired(database);
    orm__cursor held;
    cr_assert_eq(orm__start(connection, ORM__SELECT, "SELECT 0", NULL, 0, true, &held, NULL), ORM_OK);
    for (int i = 1; i <= ORM__CACHE_SIZE + 20; i++) {
        char sql[40];
        snprintf(sql, sizeof sql, "SELECT %d", i);
        cr_assert_eq(number(connection, sql, true), i);
        cr_assert_leq(connection->cache->count, ORM__CACHE_SIZE);
    }
    cr_assert_eq(connection->cache->count, ORM__CACHE_SIZE);
    cr_assert_not_null(orm__cache_find(connection->cache, "SELECT 0"), "one that is in use stays");
    cr_assert_null(orm__cache_find(connection->cache, "SELECT 5"));
    orm__finish(&held);
    orm__release(connection);
    orm_close(&database);
}

Test(cache, least_recently_used_goes)
{
    orm__cache *cache = orm__alloc(sizeof *cache);
    orm__statement *evicted;
    char sql[40];
    static char statements[ORM__CACHE_SIZE + 3];
#define STATEMENT(i) ((orm__statement *)(void *)&statements[i])
    for (int i = 0; i < ORM__CACHE_SIZE; i++) {
        snprintf(sql, sizeof sql, "%d", i);
        cr_assert_not_null(orm__cache_add(cache, sql, STATEMENT(i), &evicted));
        cr_assert_null(evicted);
    }
    cr_assert_eq(orm__cache_find(cache, "0")->statement, STATEMENT(0));
    cr_assert_not_null(orm__cache_add(cache, "a", STATEMENT(ORM__CACHE_SIZE), &evicted));
    cr_assert_eq(evicted, STATEMENT(1));
    orm__cache_find(cache, "2")->busy = true;
    orm__cache_find(cache, "0");
    for (orm__cached *entry = cache->newest; entry != NULL; entry = entry->older) entry->busy = true;
    cr_assert_not_null(orm__cache_add(cache, "b", STATEMENT(ORM__CACHE_SIZE + 1), &evicted));
    cr_assert_null(evicted, "when all are in use none goes");
    cr_assert_eq(cache->count, ORM__CACHE_SIZE + 1);
    size_t count = 0;
    while (orm__cache_pop(cache) != NULL) count++;
    cr_assert_eq(count, ORM__CACHE_SIZE + 1);
    cr_assert(cache->newest == NULL && cache->oldest == NULL && cache->count == 0);
    orm__free(cache);
}

BOTH(errors_leave_nothing_behind)
{
    orm_database *database = opened(place->url, NULL);
    orm__connection *connection = acquired(database);
    orm_error error = { 0 };
    orm__cursor cursor;
    cr_assert_eq(orm__start(connection, ORM__SELECT, "SELECT * FROM nope", NULL, 0, true, &cursor, &error),
                 ORM_NO_TABLE);
    cr_assert(cursor.statement == NULL && cursor.connection == NULL);
    cr_assert_str_eq(error.table, "nope");
    run(connection, "CREATE TABLE nope (v INTEGER)");
    cr_assert_eq(number(connection, "SELECT count(*) FROM nope", true), 0);
    orm__release(connection);
    orm_close(&database);
}

/* ---- memory ---------------------------------------------------------------------------------------------------------
 */

static orm_status everything(void *context)
{
    const db_place *place = context;
    orm_database *database = NULL;
    orm__connection *one = NULL, *two = NULL;
    orm__cursor cursor = { 0 };
    orm_value many[20];
    orm__text sql = { 0 };
    orm_status rc;
    bool has_row;
    orm__text_add(&sql, "SELECT ");
    for (size_t i = 0; i < COUNT(many); i++) {
        many[i] = orm_text("some text");
        if (i > 0) orm__text_char(&sql, ',');
        place->dialect->placeholder(&sql, i + 1, ORM_STRING);
    }
    if (sql.failed) {
        orm__text_free(&sql);
        return ORM_NOMEM;
    }
    ORM_TRY(orm_open(place->url, &things, &(orm_options){ .root = "/tmp" }, &database, NULL));
    ORM_TRY(orm__acquire(database, &one, NULL));
    ORM_TRY(orm__acquire(database, &two, NULL));
    for (int i = 0; i < 3; i++) {
        ORM_TRY(orm__start(one, ORM__SELECT, sql.at, many, COUNT(many), true, &cursor, NULL));
        ORM_TRY(orm__next(&cursor, &has_row, NULL));
        orm__finish(&cursor);
    }
fail:
    orm__finish(&cursor);
    orm__release(one);
    orm__release(two);
    orm_close(&database);
    orm__text_free(&sql);
    return rc;
}

BOTH(every_allocation_may_fail)
{
    db_place here = *place;
    faults_sweep(everything, &here);
}
