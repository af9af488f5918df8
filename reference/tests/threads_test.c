/* One database shared by threads, each with sessions of its own; the pool of connections; on both databases. */
#include "support/support.h"
#include "support/world.h"
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 6, ROUNDS = 8 };

/* The world's database again, with these options. */
static orm_database *database_with(world *w, const orm_options *options)
{
    orm_error error;
    orm_database *db = NULL;
    char url[sizeof w->url + 16];
    /* Many writers wait for one another on SQLite. */
    snprintf(url, sizeof url, "%s%s", w->url, w->postgresql ? "" : "?timeout=60");
    cr_assert_eq(orm_open(url, &blog, options, &db, &error), ORM_OK, "%s", error.message);
    return db;
}

static orm_session *session_of(orm_database *db)
{
    orm_error error;
    orm_session *s = NULL;
    cr_assert_eq(orm_session_open(db, &s, &error), ORM_OK);
    return s;
}

/* ---- Threads
 * ------------------------------------------------------------------------------------------------------------ */

/* Assertions are for the main thread: a worker tells what went wrong. */
typedef struct worker {
    pthread_t thread;
    orm_database *db;
    atomic_int *start;
    int number;
    orm_status status;
    char message[512];
} worker;

static orm_status round_of(orm_session *s, int number, int round)
{
    orm_status rc;
    User *user = orm_new(s, User), *found;
    Post *post;
    Post_list posts;
    int64_t count;
    ORM_TRY(orm_made(s, user));
    user->username = orm_format(s, "user %d of %d", round, number);
    orm_put(user->age, round);
    ORM_TRY(orm_add(s, user));
    ORM_TRY(orm_flush(s));
    post = orm_new(s, Post);
    ORM_TRY(orm_made(s, post));
    post->title = "of a thread";
    orm_put(post->ticks, round); /* the counter of the models is not for threads */
    orm_put(post->user_id, user->id);
    ORM_TRY(orm_add(s, post));
    ORM_TRY(orm_commit(s));
    user->email = "changed";
    ORM_TRY(orm_commit(s));
    User_query same = orm_query(s, User);
    orm_filter_by(same, username, orm_format(s, "user %d of %d", round, number));
    ORM_TRY(orm_one(same, &found));
    if (found != user) {
        return ORM_STATE;
    }
    Post_query own = orm_query(s, Post);
    orm_filter_by(own, user_id, user->id);
    ORM_TRY(orm_all(own, &posts));
    if (posts.count != 1 || posts.at[0] != post) {
        return ORM_STATE;
    }
    /* What is rolled back is nobody's. */
    user->email = "rolled back";
    ORM_TRY(orm_flush(s));
    ORM_TRY(orm_rollback(s));
    User_query none = orm_query(s, User);
    orm_filter_by(none, email, "rolled back");
    ORM_TRY(orm_count(none, &count));
    if (count != 0) {
        return ORM_STATE;
    }
    ORM_TRY(orm_commit(s));
fail:
    return rc;
}

static void *work(void *context)
{
    worker *me = context;
    orm_error error;
    atomic_fetch_sub(me->start, 1);
    while (atomic_load(me->start) > 0) {
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    }
    for (int round = 0; round < ROUNDS && me->status == ORM_OK; round++) {
        orm_session *s = NULL;
        me->status = orm_session_open(me->db, &s, &error);
        if (me->status == ORM_OK) {
            me->status = round_of(s, me->number, round);
            snprintf(me->message, sizeof me->message, "%s", orm_session_error(s)->message);
        }
        orm_session_close(&s);
        if (round % 4 == 3) {
            orm_dispose(me->db);
        }
    }
    return NULL;
}

static void run_threads(variant v, size_t pool_size)
{
    world w;
    worker workers[THREADS];
    atomic_int start = THREADS;
    char expected[16];
    world_open(&w, v);
    orm_database *db = database_with(&w, &(orm_options){.pool_size = pool_size, .pool_timeout_ms = 60000});
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (worker){.db = db, .start = &start, .number = i};
        cr_assert_eq(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        cr_expect_eq(workers[i].status, ORM_OK, "thread %d: %s: %s", i, orm_status_text(workers[i].status),
                     workers[i].message);
    }
    snprintf(expected, sizeof expected, "%d", THREADS * ROUNDS);
    cr_expect_str_eq(stored(&w, "SELECT count(*) FROM \"user\" WHERE email = 'changed'"), expected);
    cr_expect_str_eq(stored(&w, "SELECT count(*) FROM post JOIN \"user\" u ON u.id = user_id"), expected);
    const orm_counts counts = orm_statement_counts(db);
    cr_expect_eq(counts.insert, 2 * THREADS * ROUNDS);
    orm_close(&db);
    world_close(&w);
}

Test(threads, many_on_sqlite)
{
    run_threads(TYPED_SQLITE, 0);
}

Test(threads, many_on_postgresql)
{
    run_threads(TYPED_POSTGRESQL, 0);
}

Test(threads, few_connections_sqlite)
{
    run_threads(TYPED_SQLITE, 2);
}

Test(threads, few_connections_postgresql)
{
    run_threads(TYPED_POSTGRESQL, 2);
}

/* ---- The pool
 * ------------------------------------------------------------------------------------------------------------ */

static void write_user(orm_session *s, const char *name)
{
    User *user = orm_new(s, User);
    cr_assert_not_null(user);
    user->username = name;
    expect_ok(s, orm_add(s, user), __FILE__, __LINE__);
    expect_ok(s, orm_flush(s), __FILE__, __LINE__);
}

TYPED(pool, no_connection_is_free)
{
    int64_t count;
    orm_error error;
    orm_database *db = database_with(w, &(orm_options){.pool_size = 1, .pool_timeout_ms = 20});
    orm_session *s = session_of(db), *other = session_of(db);
    write_user(s, "a");
    cr_assert_eq(orm_count(orm_query(other, User), &count), ORM_BUSY);
    cr_assert_not_null(strstr(orm_session_error(other)->message, "all 1 connections are in use"));
    cr_assert_eq(orm_ping(db, NULL, NULL, &error), ORM_BUSY);
    User *user = orm_new(other, User);
    user->username = "b";
    expect_ok(other, orm_add(other, user), __FILE__, __LINE__);
    cr_assert_eq(orm_flush(other), ORM_BUSY);
    expect_ok(other, orm_rollback(other), __FILE__, __LINE__);
    expect_ok(s, orm_commit(s), __FILE__, __LINE__);
    expect_ok(other, orm_count(orm_query(other, User), &count), __FILE__, __LINE__);
    cr_assert_eq(count, 1);
    orm_session_close(&s);
    orm_session_close(&other);
    orm_close(&db);
}

TYPED(pool, without_waiting)
{
    int64_t count;
    orm_database *db = database_with(w, &(orm_options){.pool_size = 2, .pool_timeout_ms = -1});
    orm_session *sessions[3] = {session_of(db), session_of(db), session_of(db)};
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(orm_count(orm_query(sessions[i], User), &count), i < 2 ? ORM_OK : ORM_BUSY);
    }
    orm_session_close(&sessions[0]);
    expect_ok(sessions[2], orm_count(orm_query(sessions[2], User), &count), __FILE__, __LINE__);
    orm_session_close(&sessions[1]);
    orm_session_close(&sessions[2]);
    orm_close(&db);
}

typedef struct holder {
    orm_session *s;
    struct timespec time;
} holder;

static void *commit_later(void *context)
{
    holder *h = context;
    nanosleep(&h->time, NULL);
    return (void *)(uintptr_t)orm_commit(h->s);
}

TYPED(pool, one_comes_back)
{
    int64_t count;
    pthread_t thread;
    void *status = NULL;
    orm_database *db = database_with(w, &(orm_options){.pool_size = 1});
    holder h = {.s = session_of(db), .time = {.tv_nsec = 50000000}};
    orm_session *other = session_of(db);
    write_user(h.s, "a");
    cr_assert_eq(pthread_create(&thread, NULL, commit_later, &h), 0);
    expect_ok(other, orm_count(orm_query(other, User), &count), __FILE__, __LINE__);
    pthread_join(thread, &status);
    cr_assert_null(status);
    cr_assert_eq(count, 1);
    orm_session_close(&h.s);
    orm_session_close(&other);
    orm_close(&db);
}

/* With a name by which the server tells this test's connections. */
static orm_database *named_database(world *w)
{
    char url[sizeof w->url + 64];
    orm_error error;
    orm_database *db = NULL;
    snprintf(url, sizeof url, "%s&application_name=pool_%ld", w->url, (long)getpid());
    cr_assert_eq(orm_open(url, &blog, NULL, &db, &error), ORM_OK, "%s", error.message);
    return db;
}

static const char *of_connections(world *w, const char *what)
{
    char sql[200];
    snprintf(sql, sizeof sql, "SELECT count(%s) FROM pg_stat_activity WHERE application_name = 'pool_%ld'", what,
             (long)getpid());
    return stored(w, sql);
}

static const char *connections(world *w)
{
    return of_connections(w, "*");
}

Test(pool, disposed_connections_are_closed)
{
    world w;
    world_open(&w, TYPED_POSTGRESQL);
    orm_database *db = named_database(&w);
    orm_session *s = session_of(db), *other = session_of(db);
    write_user(s, "a");
    write_user(other, "b");
    expect_ok(other, orm_commit(other), __FILE__, __LINE__);
    cr_assert_str_eq(connections(&w), "2");
    orm_dispose(db);
    for (int i = 0; i < 500 && strcmp(connections(&w), "1") != 0; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    cr_assert_str_eq(connections(&w), "1", "the one in use stays");
    expect_ok(s, orm_commit(s), __FILE__, __LINE__);
    for (int i = 0; i < 500 && strcmp(connections(&w), "0") != 0; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    cr_assert_str_eq(connections(&w), "0", "and goes when it comes back");
    int64_t count;
    expect_ok(s, orm_count(orm_query(s, User), &count), __FILE__, __LINE__);
    cr_assert_eq(count, 2);
    orm_dispose(NULL);
    orm_session_close(&s);
    orm_session_close(&other);
    orm_close(&db);
    world_close(&w);
}

/* Connections that the server ended while nobody used them. */
Test(pool, dead_connections_are_replaced)
{
    world w;
    world_open(&w, TYPED_POSTGRESQL);
    orm_database *db;
    orm_session *sessions[4];
    int64_t count;
    db = named_database(&w);
    for (size_t i = 0; i < 4; i++) {
        sessions[i] = session_of(db);
        expect_ok(sessions[i], orm_count(orm_query(sessions[i], User), &count), __FILE__, __LINE__);
    }
    for (size_t i = 0; i < 4; i++) {
        expect_ok(sessions[i], orm_commit(sessions[i]), __FILE__, __LINE__);
    }
    cr_assert_str_eq(connections(&w), "4");
    cr_assert_str_eq(of_connections(&w, "pg_terminate_backend(pid)"), "4");
    for (size_t i = 0; i < 4; i++) {
        expect_ok(sessions[i], orm_count(orm_query(sessions[i], User), &count), __FILE__, __LINE__);
        orm_session_close(&sessions[i]);
    }
    orm_close(&db);
    world_close(&w);
}
