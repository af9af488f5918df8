/* What fails, and what is left of the session's work then; on both databases. */
#include "session/session.h"
#include "support/world.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define USERS "SELECT count(*) FROM \"user\""

static orm_object *post_with(world *w, const char *title)
{
    orm_object *post = orm_new_object(w->s, w->post);
    cr_assert_not_null(post);
    put(post, "title", orm_text(title));
    OK(w, orm_add_object(w->s, post));
    return post;
}

static void expect_error(world *w, orm_status got, orm_status wanted, const char *says)
{
    const orm_error *error = orm_session_error(w->s);
    cr_assert_eq(got, wanted, "status %d: %s", (int)got, error->message);
    cr_assert_eq(error->status, wanted);
    cr_assert_not_null(strstr(error->message, says), "%s", error->message);
}

ALL(failure, a_failed_flush_needs_a_rollback)
{
    orm_object *kept = fresh_user(w, "kept"), *found;
    OK(w, orm_commit(w->s));
    orm_object *before = fresh_user(w, "before");
    OK(w, orm_flush(w->s));
    put(kept, "email", orm_text("changed"));
    orm_object *twice = fresh_user(w, "kept");
    cr_assert_eq(orm_flush(w->s), ORM_UNIQUE);
    cr_assert_str_eq(orm_session_error(w->s)->table, "user");
    cr_assert_str_eq(orm_session_error(w->s)->column, "username");
    expect_error(w, orm_flush(w->s), ORM_NEEDS_ROLLBACK, "roll back first");
    expect_error(w, orm_commit(w->s), ORM_NEEDS_ROLLBACK, "constraint");
    cr_assert_str_eq(orm_session_error(w->s)->table, "user");
    int64_t count;
    void **list;
    size_t size;
    cr_assert_eq(orm_query_count(orm_query_open(w->s, w->user), &count), ORM_NEEDS_ROLLBACK);
    cr_assert_eq(orm_query_all(orm_query_open(w->s, w->user), &list, &size), ORM_NEEDS_ROLLBACK);
    cr_assert_eq(orm_get_object(w->s, w->user, (orm_value[]){orm_int(99)}, 1, &found), ORM_NEEDS_ROLLBACK);
    cr_assert_eq(orm_refresh_object(w->s, kept), ORM_NEEDS_ROLLBACK);
    cr_assert_eq(orm_delete_object(w->s, kept), ORM_NEEDS_ROLLBACK);
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM \"user\" WHERE email = 'changed' OR username = 'before'"), "0");
    behind(w, "UPDATE \"user\" SET age = 1"); /* the database's lock is gone already */
    OK(w, orm_rollback(w->s));
    cr_assert(null_in(kept, "email"));
    cr_assert_eq(orm_lifecycle_of(before), ORM_IS_TRANSIENT);
    cr_assert_eq(orm_lifecycle_of(twice), ORM_IS_TRANSIENT);
    OK(w, orm_add_object(w->s, before));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, USERS), "2");
}

ALL(failure, kinds_of_failures)
{
    orm_object *user = orm_new_object(w->s, w->user);
    OK(w, orm_add_object(w->s, user));
    cr_assert_eq(orm_commit(w->s), ORM_NOT_NULL);
    cr_assert_str_eq(orm_session_error(w->s)->column, "username");
    OK(w, orm_rollback(w->s));
    orm_object *post = post_with(w, "t");
    put(post, "user_id", orm_int(99));
    cr_assert_eq(orm_commit(w->s), ORM_FOREIGN_KEY);
    OK(w, orm_rollback(w->s));
    if (w->postgresql) {
        char name[100];
        memset(name, 'x', sizeof name - 1);
        name[sizeof name - 1] = '\0';
        fresh_user(w, name);
        cr_assert_eq(orm_commit(w->s), ORM_DATA);
        OK(w, orm_rollback(w->s));
    }
    behind(w, "DROP TABLE node");
    orm_object *node = orm_new_object(w->s, w->node);
    put(node, "id", orm_int(1));
    OK(w, orm_add_object(w->s, node));
    cr_assert_eq(orm_commit(w->s), ORM_NO_TABLE);
}

ALL(failure, rows_of_a_statement_that_has_none)
{
    orm_cursor *rows = NULL;
    fresh_user(w, "a");
    OK(w, orm_flush(w->s));
    expect_error(w, orm_execute_rows(w->s, "UPDATE \"user\" SET age = 1", NULL, 0, &rows), ORM_ARGUMENT, "gives no rows");
    cr_assert_null(rows);
    OK(w, orm_rollback(w->s));
    cr_assert_str_eq(stored(w, USERS), "0");
}

ALL(failure, rows_that_are_gone)
{
    orm_object *first = fresh_user(w, "a"), *second = fresh_user(w, "b"), *third = fresh_user(w, "c");
    OK(w, orm_commit(w->s));
    OK(w, orm_refresh_object(w->s, first));
    behind(w, "DELETE FROM \"user\" WHERE id < 3");
    put(first, "email", orm_text("x"));
    put(third, "email", orm_text("y"));
    expect_error(w, orm_flush(w->s), ORM_STALE, "User 1: its row is gone");
    OK(w, orm_rollback(w->s));
    orm_value value;
    expect_error(w, orm_read(second, "username", &value), ORM_STALE, "User 2");
    expect_error(w, orm_refresh_object(w->s, second), ORM_STALE, "User 2");
    expect_error(w, orm_fresh_object(second), ORM_STALE, "User 2");
    cr_assert_null(get(w, w->user, 2));
    OK(w, orm_delete_object(w->s, second));
    OK(w, orm_commit(w->s));
    cr_assert_eq(orm_lifecycle_of(second), ORM_IS_DETACHED, "a row that is gone already is as good as deleted");
    cr_assert_str_eq(stored(w, USERS), "1");
}

ALL(failure, a_statement_that_fails_outside_of_a_flush)
{
    int64_t count;
    fresh_user(w, "a");
    OK(w, orm_commit(w->s));
    behind(w, "ALTER TABLE post RENAME TO elsewhere");
    fresh_user(w, "b");
    OK(w, orm_flush(w->s));
    cr_assert_eq(orm_query_count(orm_query_open(w->s, w->post), &count), ORM_NO_TABLE);
    if (w->postgresql) {
        expect_error(w, orm_query_count(orm_query_open(w->s, w->user), &count), ORM_ABORTED, "roll back first");
        expect_error(w, orm_commit(w->s), ORM_ABORTED, "roll back first");
        OK(w, orm_rollback(w->s));
        OK(w, orm_query_count(orm_query_open(w->s, w->user), &count));
        cr_assert_eq(count, 1);
    } else {
        OK(w, orm_query_count(orm_query_open(w->s, w->user), &count));
        cr_assert_eq(count, 2);
        OK(w, orm_commit(w->s));
    }
}

ALL(failure, a_connection_that_is_lost)
{
    if (!w->postgresql) {
        return; /* a file is not lost */
    }
    fresh_user(w, "a");
    OK(w, orm_commit(w->s));
    orm_object *user = get(w, w->user, 1);
    /* Whoever holds a lock on our table is the session. */
    static const char sql[] = "SELECT count(pg_terminate_backend(l.pid)) FROM pg_locks l JOIN pg_class c ON c.oid = "
                              "l.relation WHERE c.relname = 'user'"
                              " AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema) AND "
                              "l.pid <> pg_backend_pid()";
    cr_assert_str_eq(stored(w, sql), "1");
    put(user, "email", orm_text("lost"));
    cr_assert_neq(orm_flush(w->s), ORM_OK);
    cr_assert_eq(orm_commit(w->s), ORM_NEEDS_ROLLBACK);
    OK(w, orm_rollback(w->s));
    cr_assert(null_in(user, "email"));
    cr_assert_str_eq(stored(w, sql), "1");
    int64_t count;
    cr_assert_neq(orm_query_count(orm_query_open(w->s, w->user), &count), ORM_OK);
    cr_assert_eq(orm_query_count(orm_query_open(w->s, w->user), &count), ORM_NEEDS_ROLLBACK);
    OK(w, orm_rollback(w->s));
    OK(w, orm_query_count(orm_query_open(w->s, w->user), &count));
    cr_assert_eq(count, 1);
}

/* Somebody else's write lock: a flush waits for it as long as the URL says, and reading goes on. */
Test(failure, a_locked_file)
{
    world w;
    world_open(&w, TYPED_SQLITE);
    char url[1100];
    orm_database *db = NULL;
    orm_session *s = NULL;
    orm_error error;
    int64_t count;
    snprintf(url, sizeof url, "%s?timeout=0.05", w.url);
    cr_assert_eq(orm_open(url, &blog, NULL, &db, &error), ORM_OK, "%s", error.message);
    cr_assert_eq(orm_session_open(db, &s, &error), ORM_OK);
    behind(&w, "BEGIN IMMEDIATE");
    User *u = orm_new(s, User);
    u->username = "a";
    expect_ok(s, orm_count(orm_query(s, User), &count), __FILE__, __LINE__);
    expect_ok(s, orm_add(s, u), __FILE__, __LINE__);
    cr_assert_eq(orm_commit(s), ORM_LOCKED);
    cr_assert_eq(orm_commit(s), ORM_NEEDS_ROLLBACK);
    expect_ok(s, orm_rollback(s), __FILE__, __LINE__);
    behind(&w, "COMMIT");
    expect_ok(s, orm_add(s, u), __FILE__, __LINE__);
    expect_ok(s, orm_commit(s), __FILE__, __LINE__);
    cr_assert_str_eq(stored(&w, USERS), "1");
    orm_session_close(&s);
    orm_close(&db);
    world_close(&w);
}

/* Constraints that are checked when the transaction ends. */
ALL(failure, a_commit_that_fails)
{
    orm_object *user = fresh_user(w, "a");
    OK(w, orm_commit(w->s));
    if (w->postgresql) {
        behind(w, "ALTER TABLE post ALTER CONSTRAINT post_user_id_fkey DEFERRABLE INITIALLY DEFERRED");
    } else {
        behind(w, "DROP TABLE post; CREATE TABLE post (id INTEGER PRIMARY KEY, title TEXT, views INTEGER, ticks "
                  "INTEGER, rank INTEGER,"
                  " user_id INTEGER REFERENCES \"user\" (id) DEFERRABLE INITIALLY DEFERRED)");
    }
    put(user, "email", orm_text("lost"));
    orm_object *post = post_with(w, "t");
    put(post, "user_id", orm_int(99));
    OK(w, orm_flush(w->s));
    cr_assert_eq(orm_commit(w->s), ORM_FOREIGN_KEY);
    cr_assert_eq(orm_commit(w->s), ORM_NEEDS_ROLLBACK);
    OK(w, orm_rollback(w->s));
    cr_assert_eq(orm_lifecycle_of(post), ORM_IS_TRANSIENT);
    cr_assert(null_in(user, "email"));
    put(post, "user_id", orm_int(int_of(user, "id")));
    OK(w, orm_add_object(w->s, post));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM post"), "1");
}

ALL(failure, a_row_that_went_and_whose_key_came_again)
{
    orm_object *first = fresh_user(w, "a"), *second = fresh_user(w, "b");
    OK(w, orm_commit(w->s));
    behind(w, "DELETE FROM \"user\"");
    orm_object *again = fresh_user(w, "c");
    put(again, "id", orm_int(1));
    OK(w, orm_flush(w->s));
    cr_assert_eq(get(w, w->user, 1), again);
    cr_assert_eq(orm_lifecycle_of(first), ORM_IS_DETACHED, "its row is another's now");
    put(again, "id", orm_int(2));
    OK(w, orm_commit(w->s));
    cr_assert_eq(get(w, w->user, 2), again);
    cr_assert_eq(orm_lifecycle_of(second), ORM_IS_DETACHED);
    cr_assert_str_eq(stored(w, "SELECT username FROM \"user\" WHERE id = 2"), "c");
}

ALL(failure, an_insert_that_a_trigger_swallows)
{
    if (w->postgresql) {
        behind(w, "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
                  "CREATE TRIGGER swallow BEFORE INSERT ON \"user\" FOR EACH ROW EXECUTE FUNCTION nothing();"
                  "CREATE TRIGGER swallow BEFORE INSERT ON post FOR EACH ROW EXECUTE FUNCTION nothing()");
    } else {
        behind(w, "CREATE TRIGGER swallow_users BEFORE INSERT ON \"user\" BEGIN SELECT RAISE(IGNORE); END;"
                  "CREATE TRIGGER swallow_posts BEFORE INSERT ON post BEGIN SELECT RAISE(IGNORE); END");
    }
    orm_object *user = fresh_user(w, "a");
    expect_error(w, orm_flush(w->s), ORM_FAILURE, "User: the INSERT stored no row");
    OK(w, orm_rollback(w->s));
    cr_assert_eq(orm_lifecycle_of(user), ORM_IS_TRANSIENT);
    post_with(w, "t");
    expect_error(w, orm_flush(w->s), ORM_FAILURE, "Post: the INSERT stored no row");
}

/* SQLite takes a transaction back by itself when its disk fails; what comes next must not be stored outside of one. */
Test(failure, a_transaction_that_the_database_took_back)
{
    world w;
    world_open(&w, TYPED_SQLITE);
    int64_t count;
    orm_error error;
    fresh_user(&w, "a");
    OK(&w, orm_flush(w.s));
    cr_assert_eq(orm__execute(w.s->connection, "ROLLBACK", &error), ORM_OK);
    behind(&w, "DROP TABLE post");
    cr_assert_eq(orm_query_count(orm_query_open(w.s, w.post), &count), ORM_NO_TABLE);
    fresh_user(&w, "b");
    cr_assert_eq(orm_commit(w.s), ORM_NEEDS_ROLLBACK);
    OK(&w, orm_rollback(w.s));
    OK(&w, orm_commit(w.s));
    cr_assert_str_eq(stored(&w, USERS), "0");
    world_close(&w);
}
