/* Sessions from end to end, on both databases, with typed and with run-time models. */
#include "support/world.h"
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define USERS "SELECT count(*) FROM \"user\""

static orm_object *user_with(world *w, const char *name, int64_t id)
{
    orm_object *user = fresh_user(w, name);
    put(user, "id", orm_int(id));
    return user;
}

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

/* ---- Writing
 * ------------------------------------------------------------------------------------------------------------ */

ALL(session, add_and_commit)
{
    orm_object *user = fresh_user(w, "haris");
    cr_assert_eq(orm_lifecycle_of(user), ORM_IS_PENDING);
    cr_assert_str_eq(stored(w, USERS), "0");
    OK(w, orm_flush(w->s));
    cr_assert_eq(orm_lifecycle_of(user), ORM_IS_PERSISTENT);
    cr_assert_eq(int_of(user, "id"), 1);
    cr_assert_eq(int_of(user, "active"), 1);
    cr_assert_not(null_in(user, "created_at"));
    cr_assert_str_eq(stored(w, USERS), "0", "a flush is no commit");
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(
        stored(w, "SELECT username FROM \"user\" WHERE id = 1 AND email IS NULL AND created_at IS NOT NULL"), "haris");
    cr_assert_str_eq(kinds(w), "INSERT");
}

ALL(session, objects_go_in_the_order_they_were_added)
{
    orm_object *objects[3];
    const char *const names[] = {"c", "a", "b"};
    for (size_t i = 0; i < 3; i++) {
        objects[i] = orm_new_object(w->s, w->user);
        put(objects[i], "username", orm_text(names[i]));
    }
    OK(w, orm_add_objects(w->s, objects, 3));
    OK(w, orm_add_object(w->s, objects[1]));
    OK(w, orm_add_objects(w->s, NULL, 0));
    OK(w, orm_commit(w->s));
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(int_of(objects[i], "id"), (int64_t)i + 1);
    }
    cr_assert_str_eq(stored(w, USERS), "3");
}

ALL(session, targets_of_foreign_keys_go_first)
{
    orm_object *post = post_with(w, "t");
    put(post, "user_id", orm_int(5));
    user_with(w, "a", 5);
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT user_id FROM post"), "5");
    orm_object *user = get(w, w->user, 5);
    OK(w, orm_delete_object(w->s, user));
    OK(w, orm_delete_object(w->s, post));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, USERS), "0");
}

ALL(session, defaults_are_made_at_the_flush)
{
    orm_object *first = post_with(w, "none given"), *second = post_with(w, "all given"),
               *third = post_with(w, "null given");
    put(second, "views", orm_int(5));
    put(second, "ticks", orm_int(50));
    put(second, "rank", orm_int(9));
    put(third, "views", orm_null());
    put(third, "rank", orm_null());
    cr_assert(null_in(first, "views"));
    cr_assert(null_in(first, "ticks"));
    OK(w, orm_flush(w->s));
    cr_assert_eq(int_of(first, "views"), 0);
    cr_assert_eq(int_of(first, "ticks"), 1);
    cr_assert_eq(int_of(first, "rank"), 7, "the database's own default is there after the flush");
    cr_assert_eq(int_of(second, "views"), 5);
    cr_assert_eq(int_of(second, "ticks"), 50);
    cr_assert_eq(int_of(second, "rank"), 9);
    cr_assert_eq(int_of(third, "views"), 0, "a NULL counts as not given");
    cr_assert_eq(int_of(third, "rank"), 7);
    cr_assert_str_eq(kinds(w), "INSERT INSERT INSERT");
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT views || '/' || ticks || '/' || rank FROM post WHERE id = 1"), "0/1/7");
}

ALL(session, onupdate_fires_for_changed_rows)
{
    orm_object *post = post_with(w, "a");
    OK(w, orm_commit(w->s));
    cr_assert_eq(int_of(post, "ticks"), 1, "not at the INSERT");
    OK(w, orm_commit(w->s));
    put(post, "title", orm_text("b"));
    put(post, "views", orm_int(3));
    OK(w, orm_flush(w->s));
    cr_assert_eq(int_of(post, "ticks"), 2);
    put(post, "title", orm_text("c"));
    put(post, "ticks", orm_int(70));
    OK(w, orm_flush(w->s));
    cr_assert_eq(int_of(post, "ticks"), 70, "what is given wins");
    put(post, "title", orm_text("d"));
    put(post, "ticks", orm_null());
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT ticks FROM post"), "NULL");
    cr_assert_eq(ticks, 2);
}

ALL(session, only_what_changed_is_written)
{
    orm_object *user = fresh_user(w, "ann");
    put(user, "email", orm_text("a@x"));
    put(user, "age", orm_int(30));
    OK(w, orm_commit(w->s));
    OK(w, orm_refresh_object(w->s, user));
    forget(w);
    put(user, "username", orm_text("ann"));
    put(user, "age", orm_int(31));
    put(user, "age", orm_int(30));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(kinds(w), "", "the same value is no change");
    OK(w, orm_refresh_object(w->s, user));
    behind(w, "UPDATE \"user\" SET email = 'behind'");
    forget(w);
    put(user, "age", orm_int(31));
    put(user, "age", orm_int(32));
    OK(w, orm_flush(w->s));
    cr_assert_not_null(strstr(w->log, "UPDATE \"user\" SET \"age\" = "), "%s", w->log);
    cr_assert_null(strstr(w->log, "email"), "%s", w->log);
    cr_assert_str_eq(kinds(w), "UPDATE");
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT age || email FROM \"user\""), "32behind");
}

ALL(session, zero_and_null_and_empty_are_different)
{
    static const struct {
        const char *member;
        orm_value from, to;
        const char *sql, *result;
    } rows[] = {
        {"age", ORM_INT(0), {.type = ORM_NULL}, "SELECT age FROM \"user\"", "NULL"},
        {"age", {.type = ORM_NULL}, ORM_INT(0), "SELECT age FROM \"user\"", "0"},
        {"score", {.type = ORM_NULL}, ORM_REAL(0.0), "SELECT score FROM \"user\" WHERE score = 0", NULL},
        {"email", ORM_TEXT(""), {.type = ORM_NULL}, "SELECT email FROM \"user\"", "NULL"},
        {"email", {.type = ORM_NULL}, ORM_TEXT(""), "SELECT email FROM \"user\"", ""},
        {"born", {.type = ORM_NULL}, {ORM_DATE, {.d = {0}}}, "SELECT count(born) FROM \"user\"", "1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        orm_object *user = user_with(w, "x", 1);
        put(user, rows[i].member, rows[i].from);
        OK(w, orm_commit(w->s));
        OK(w, orm_refresh_object(w->s, user));
        put(user, rows[i].member, rows[i].to);
        OK(w, orm_commit(w->s));
        if (rows[i].result != NULL) {
            cr_assert_str_eq(stored(w, rows[i].sql), rows[i].result, "row %zu", i);
        } else {
            cr_assert_str_neq(stored(w, rows[i].sql), "none", "row %zu", i);
        }
        OK(w, orm_delete_object(w->s, user));
        OK(w, orm_commit(w->s));
    }
}

ALL(session, a_key_that_changes_takes_the_object_along)
{
    orm_object *user = fresh_user(w, "a");
    OK(w, orm_commit(w->s));
    put(user, "id", orm_int(77));
    OK(w, orm_flush(w->s));
    cr_assert_eq(get(w, w->user, 77), user);
    cr_assert_null(get(w, w->user, 1));
    OK(w, orm_rollback(w->s));
    cr_assert_eq(get(w, w->user, 1), user);
    cr_assert_eq(int_of(user, "id"), 1);
    cr_assert_null(get(w, w->user, 77));
    put(user, "id", orm_int(5));
    OK(w, orm_commit(w->s));
    cr_assert_eq(get(w, w->user, 5), user);
    cr_assert_str_eq(stored(w, "SELECT id FROM \"user\""), "5");
}

ALL(session, keys_of_two_columns)
{
    orm_object *pair = orm_new_object(w->s, w->pair), *found;
    put(pair, "a", orm_int(0));
    put(pair, "b", orm_text("x"));
    put(pair, "label", orm_text("one"));
    OK(w, orm_add_object(w->s, pair));
    OK(w, orm_commit(w->s));
    OK(w, orm_get_object(w->s, w->pair, (orm_value[]){orm_int(0), orm_text("x")}, 2, &found));
    cr_assert_eq(found, pair);
    char text[40];
    cr_assert_eq(orm_repr_object(pair, text, sizeof text), 11);
    cr_assert_str_eq(text, "<Pair 0, x>");
    put(pair, "label", orm_text("two"));
    put(pair, "b", orm_text("y"));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT \"the label\" FROM pair WHERE a = 0 AND b = 'y'"), "two");
    OK(w, orm_get_object(w->s, w->pair, (orm_value[]){orm_int(0), orm_text("x")}, 2, &found));
    cr_assert_null(found);
    OK(w, orm_get_object(w->s, w->pair, (orm_value[]){orm_int(0), orm_null()}, 2, &found));
    cr_assert_null(found);
    expect_error(w, orm_get_object(w->s, w->pair, (orm_value[]){orm_int(0)}, 1, &found), ORM_ARGUMENT,
                 "the key of Pair has 2 columns");
    expect_error(w, orm_get_object(w->s, w->pair, (orm_value[]){orm_text("0"), orm_text("x")}, 2, &found), ORM_DATA,
                 "Pair.a is integer");
    expect_error(w, orm_get_object_or_404(w->s, w->pair, (orm_value[]){orm_int(4), orm_text("z")}, 2, &found),
                 ORM_NOT_FOUND, "no Pair with the key 4, z");
}

ALL(session, a_key_that_nothing_gives)
{
    orm_object *pair = orm_new_object(w->s, w->pair);
    put(pair, "a", orm_int(1));
    OK(w, orm_add_object(w->s, pair));
    expect_error(w, orm_flush(w->s), ORM_NOT_NULL, "Pair.b: a key needs a value");
    cr_assert_str_eq(orm_session_error(w->s)->table, "pair");
    cr_assert_str_eq(orm_session_error(w->s)->column, "b");
    OK(w, orm_rollback(w->s));
    orm_object *user = fresh_user(w, "a");
    OK(w, orm_commit(w->s));
    cr_assert_eq(orm_write(user, "id", w->builder != NULL ? orm_null() : orm_int(0)), ORM_OK);
    expect_error(w, orm_flush(w->s), ORM_NOT_NULL, "User.id: a key needs a value");
}

ALL(session, rows_that_refer_to_their_own_table)
{
    for (int64_t id = 1; id <= 4; id++) {
        orm_object *node = orm_new_object(w->s, w->node);
        put(node, "id", orm_int(id));
        put(node, "parent_id", id == 1 ? orm_null() : orm_int(id == 4 ? 1 : id - 1));
        OK(w, orm_add_object(w->s, node));
    }
    OK(w, orm_commit(w->s));
    for (int64_t id = 1; id <= 4; id++) {
        OK(w, orm_delete_object(w->s, get(w, w->node, id)));
    }
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM node"), "0");
}

/* ---- Rollback
 * ----------------------------------------------------------------------------------------------------------- */

ALL(session, rollback_brings_members_back)
{
    orm_object *user = fresh_user(w, "a");
    put(user, "email", orm_text("e"));
    OK(w, orm_commit(w->s));
    OK(w, orm_refresh_object(w->s, user));
    put(user, "email", orm_text("first"));
    OK(w, orm_flush(w->s));
    put(user, "email", orm_text("second"));
    put(user, "age", orm_int(3));
    OK(w, orm_flush(w->s));
    put(user, "username", orm_text("unflushed"));
    forget(w);
    OK(w, orm_rollback(w->s));
    cr_assert_str_eq(text_of(user, "email"), "e");
    cr_assert_str_eq(text_of(user, "username"), "a");
    cr_assert(null_in(user, "age"));
    cr_assert_str_eq(kinds(w), "SELECT", "the row is read again, once");
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT email FROM \"user\""), "e");
}

ALL(session, rollback_makes_new_objects_transient)
{
    orm_object *flushed = fresh_user(w, "a"), *post = post_with(w, "p");
    OK(w, orm_flush(w->s));
    orm_object *pending = fresh_user(w, "b");
    const int64_t id = int_of(flushed, "id");
    OK(w, orm_rollback(w->s));
    cr_assert_eq(orm_lifecycle_of(flushed), ORM_IS_TRANSIENT);
    cr_assert_eq(orm_lifecycle_of(pending), ORM_IS_TRANSIENT);
    cr_assert_str_eq(text_of(flushed, "username"), "a", "what the user gave stays");
    cr_assert(null_in(flushed, "created_at"), "what the INSERT gave goes");
    cr_assert(null_in(post, "views"));
    cr_assert(null_in(post, "rank"));
    cr_assert_null(get(w, w->user, id));
    OK(w, orm_add_object(w->s, flushed));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT username FROM \"user\""), "a");
    cr_assert_eq(get(w, w->user, int_of(flushed, "id")), flushed);
    OK(w, orm_rollback(w->s));
    cr_assert_str_eq(stored(w, USERS), "1", "a rollback does not undo a commit");
}

ALL(session, rollback_revives_deleted_objects)
{
    orm_object *user = fresh_user(w, "a");
    OK(w, orm_commit(w->s));
    OK(w, orm_delete_object(w->s, user));
    cr_assert_eq(orm_lifecycle_of(user), ORM_IS_PERSISTENT);
    cr_assert_eq(get(w, w->user, 1), user, "until the flush it is there");
    OK(w, orm_flush(w->s));
    cr_assert_eq(orm_lifecycle_of(user), ORM_IS_DELETED);
    cr_assert_null(get(w, w->user, 1));
    /* Another row takes its key meanwhile. */
    orm_object *other = user_with(w, "other", 1);
    OK(w, orm_flush(w->s));
    cr_assert_eq(get(w, w->user, 1), other);
    OK(w, orm_rollback(w->s));
    cr_assert_eq(orm_lifecycle_of(user), ORM_IS_PERSISTENT);
    cr_assert_eq(orm_lifecycle_of(other), ORM_IS_TRANSIENT);
    cr_assert_eq(get(w, w->user, 1), user);
    cr_assert_str_eq(text_of(user, "username"), "a");
    OK(w, orm_delete_object(w->s, user));
    OK(w, orm_add_object(w->s, user));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, USERS), "1", "add takes a delete back");
    OK(w, orm_delete_object(w->s, user));
    OK(w, orm_commit(w->s));
    cr_assert_eq(orm_lifecycle_of(user), ORM_IS_DETACHED);
    cr_assert_str_eq(text_of(user, "username"), "a", "it stays readable");
    cr_assert_str_eq(stored(w, USERS), "0");
}

ALL(session, a_row_that_comes_and_goes_in_one_transaction)
{
    orm_object *user = fresh_user(w, "a");
    OK(w, orm_flush(w->s));
    put(user, "username", orm_text("b"));
    OK(w, orm_flush(w->s));
    OK(w, orm_delete_object(w->s, user));
    OK(w, orm_flush(w->s));
    OK(w, orm_rollback(w->s));
    cr_assert_eq(orm_lifecycle_of(user), ORM_IS_TRANSIENT);
    cr_assert_str_eq(text_of(user, "username"), "b");
    OK(w, orm_add_object(w->s, user));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT username FROM \"user\""), "b");
}

/* ---- Expiry and identity
 * ------------------------------------------------------------------------------------------------ */

ALL(session, commit_expires)
{
    orm_object *user = fresh_user(w, "a");
    OK(w, orm_flush(w->s));
    forget(w);
    cr_assert_str_eq(text_of(user, "username"), "a");
    cr_assert_str_eq(kinds(w), "", "a flush does not");
    OK(w, orm_commit(w->s));
    behind(w, "UPDATE \"user\" SET email = 'behind', age = 4");
    cr_assert_str_eq(text_of(user, "email"), "behind");
    cr_assert_eq(int_of(user, "age"), 4);
    cr_assert_str_eq(kinds(w), "SELECT", "one for the whole row");
    OK(w, orm_commit(w->s));
    behind(w, "UPDATE \"user\" SET email = 'again'");
    cr_assert_eq(get(w, w->user, 1), user);
    cr_assert_str_eq(kinds(w), "SELECT");
    cr_assert_str_eq(text_of(user, "email"), "again");
    cr_assert_eq(get(w, w->user, 1), user);
    cr_assert_str_eq(kinds(w), "", "what is fresh costs nothing");
}

ALL(session, an_expired_object_is_changed)
{
    orm_object *user = fresh_user(w, "a");
    OK(w, orm_commit(w->s));
    behind(w, "UPDATE \"user\" SET email = 'behind', age = 4");
    put(user, "email", orm_null()); /* what was known last, but not what is there */
    cr_assert(null_in(user, "email"));
    cr_assert_str_eq(kinds(w), "INSERT", "what was just put in needs no row");
    cr_assert_eq(int_of(user, "age"), 4);
    cr_assert(null_in(user, "email"), "the reading keeps the change");
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT email FROM \"user\""), "NULL");
    put(user, "email", orm_text("known"));
    OK(w, orm_commit(w->s));
    behind(w, "UPDATE \"user\" SET email = 'behind'");
    put(user, "email", orm_text("known"));
    forget(w);
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(kinds(w), "UPDATE");
    cr_assert_str_eq(stored(w, "SELECT email FROM \"user\""), "known");
}

ALL(session, refresh_discards)
{
    orm_object *user = fresh_user(w, "a");
    OK(w, orm_commit(w->s));
    OK(w, orm_refresh_object(w->s, user));
    if (w->postgresql) {
        behind(w, "UPDATE \"user\" SET age = 4");
    }
    forget(w);
    put(user, "email", orm_text("mine"));
    OK(w, orm_refresh_object(w->s, user));
    cr_assert_str_eq(kinds(w), "SELECT");
    cr_assert(null_in(user, "email"));
    cr_assert_eq(null_in(user, "age"), !w->postgresql);
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT email FROM \"user\""), "NULL");
}

ALL(session, a_query_keeps_what_the_session_knows)
{
    orm_object *user = fresh_user(w, "a"), *found;
    OK(w, orm_commit(w->s));
    OK(w, orm_fresh_object(user));
    behind(w, "UPDATE \"user\" SET email = 'behind'");
    OK(w, orm_query_first(orm_query_open(w->s, w->user), &found));
    cr_assert_eq(found, user);
    cr_assert(null_in(user, "email"), "one object for one row, and what it shows is not changed under your hands");
    OK(w, orm_commit(w->s));
    OK(w, orm_query_first(orm_query_open(w->s, w->user), &found));
    forget(w);
    cr_assert_str_eq(text_of(user, "email"), "behind");
    cr_assert_str_eq(kinds(w), "", "the query has refreshed what was expired");
}

ALL(session, sessions_are_isolated)
{
    orm_session *other = NULL;
    orm_error error;
    int64_t count = -1;
    cr_assert_eq(orm_session_open(w->db, &other, &error), ORM_OK);
    orm_object *user = fresh_user(w, "a"), *found;
    OK(w, orm_flush(w->s));
    expect_ok(other, orm_query_count(orm_query_open(other, w->user), &count), __FILE__, __LINE__);
    cr_assert_eq(count, 0);
    OK(w, orm_commit(w->s));
    expect_ok(other, orm_query_count(orm_query_open(other, w->user), &count), __FILE__, __LINE__);
    cr_assert_eq(count, 1);
    expect_ok(other, orm_query_first(orm_query_open(other, w->user), &found), __FILE__, __LINE__);
    cr_assert_neq(found, user);
    cr_assert_eq(orm_add_object(other, user), ORM_STATE);
    cr_assert_eq(orm_delete_object(other, user), ORM_STATE);
    cr_assert_eq(orm_refresh_object(other, user), ORM_STATE);
    cr_assert_eq(orm_free_object(other, user), ORM_STATE);
    cr_assert_not_null(strstr(orm_session_error(other)->message, "another session"));
    orm_session_close(&other);
    cr_assert_null(other);
    orm_session_close(&other);
    orm_session_close(NULL);
}

/* ---- States and calls that are wrong
 * ------------------------------------------------------------------------------------ */

ALL(session, states_refuse)
{
    orm_object *user = orm_new_object(w->s, w->user);
    put(user, "username", orm_text("a"));
    expect_error(w, orm_delete_object(w->s, user), ORM_STATE, "delete of a transient object");
    expect_error(w, orm_refresh_object(w->s, user), ORM_STATE, "refresh of a transient object");
    OK(w, orm_fresh_object(user));
    OK(w, orm_add_object(w->s, user));
    expect_error(w, orm_delete_object(w->s, user), ORM_STATE, "delete of a pending object");
    expect_error(w, orm_refresh_object(w->s, user), ORM_STATE, "refresh of a pending object");
    OK(w, orm_commit(w->s));
    OK(w, orm_delete_object(w->s, user));
    OK(w, orm_delete_object(w->s, user));
    OK(w, orm_flush(w->s));
    expect_error(w, orm_add_object(w->s, user), ORM_STATE, "add of a deleted object");
    expect_error(w, orm_delete_object(w->s, user), ORM_STATE, "delete of a deleted object");
    OK(w, orm_commit(w->s));
    expect_error(w, orm_add_object(w->s, user), ORM_STATE, "add of a detached object");
    expect_error(w, orm_refresh_object(w->s, user), ORM_STATE, "refresh of a detached object");
    OK(w, orm_free_object(w->s, user));
}

ALL(session, freed_objects_are_forgotten)
{
    orm_object *pending = fresh_user(w, "a"), *stays = fresh_user(w, "b");
    OK(w, orm_free_object(w->s, pending));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT username FROM \"user\""), "b");
    const int64_t id = int_of(stays, "id");
    put(stays, "email", orm_text("lost"));
    OK(w, orm_free_object(w->s, stays));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT email FROM \"user\""), "NULL");
    cr_assert_str_eq(text_of(get(w, w->user, id), "username"), "b");
}

ALL(session, calls_that_are_wrong)
{
    orm_object *user = fresh_user(w, "a"), *found = user;
    orm_value value;
    orm_object stranger = {0};
    expect_error(w, orm_add_object(w->s, NULL), ORM_ARGUMENT, "missing");
    expect_error(w, orm_add_objects(w->s, NULL, 2), ORM_ARGUMENT, "2 objects");
    expect_error(w, orm_add_object(w->s, &stranger), ORM_ARGUMENT, "orm_new");
    expect_error(w, orm_read(user, "nope", &value), ORM_ARGUMENT, "User has no column \"nope\"");
    expect_error(w, orm_write(user, "nope", orm_int(1)), ORM_ARGUMENT, "\"nope\"");
    expect_error(w, orm_write(user, NULL, orm_int(1)), ORM_ARGUMENT, "NULL");
    expect_error(w, orm_write(user, "age", orm_text("x")), ORM_DATA, "User.age is integer, not text");
    expect_error(w, orm_write(user, "email", orm_int(1)), ORM_DATA, "User.email is text, not integer");
    expect_error(w, orm_get_object(w->s, NULL, &value, 1, &found), ORM_ARGUMENT, "(NULL)");
    cr_assert_null(found);
    cr_assert_eq(orm_add_object(NULL, user), ORM_ARGUMENT);
    cr_assert_eq(orm_delete_object(NULL, user), ORM_ARGUMENT);
    cr_assert_eq(orm_refresh_object(NULL, user), ORM_ARGUMENT);
    cr_assert_eq(orm_free_object(NULL, user), ORM_ARGUMENT);
    cr_assert_eq(orm_get_object(NULL, w->user, &value, 1, &found), ORM_ARGUMENT);
    cr_assert_eq(orm_flush(NULL), ORM_ARGUMENT);
    cr_assert_eq(orm_commit(NULL), ORM_ARGUMENT);
    cr_assert_eq(orm_rollback(NULL), ORM_ARGUMENT);
    cr_assert_eq(orm_fresh_object(NULL), ORM_ARGUMENT);
    cr_assert_eq(orm_read(NULL, "id", &value), ORM_ARGUMENT);
    cr_assert_eq(orm_write(NULL, "id", orm_int(1)), ORM_ARGUMENT);
    cr_assert_null(orm_new_object(NULL, w->user));
    cr_assert_null(orm_new_object(w->s, NULL));
    const orm_model elsewhere = {.struct_name = "Elsewhere", .size = 64};
    cr_assert_null(orm_new_object(w->s, &elsewhere));
    cr_assert_not_null(strstr(orm_session_error(w->s)->message, "Elsewhere is no model of this database"));
    cr_assert_null(orm_str(NULL, "x"));
    cr_assert_null(orm_str(w->s, NULL));
    cr_assert_null(orm_format(NULL, "x"));
    cr_assert_null(orm_take_json(NULL, json_object()));
    cr_assert_eq(orm_session_error(NULL)->status, ORM_ARGUMENT);
    orm_session *none = (orm_session *)w;
    orm_error error;
    cr_assert_eq(orm_session_open(NULL, &none, &error), ORM_ARGUMENT);
    cr_assert_eq(orm_lifecycle_of(NULL), ORM_IS_TRANSIENT);
    OK(w, orm_commit(w->s));
}

ALL(session, text_forms)
{
    char text[64];
    orm_object *user = orm_new_object(w->s, w->user);
    cr_assert_gt(orm_repr_object(user, text, sizeof text), 0);
    cr_assert_eq(strncmp(text, "<User (transient ", 17), 0, "%s", text);
    put(user, "username", orm_text("a"));
    OK(w, orm_add_object(w->s, user));
    orm_repr_object(user, text, sizeof text);
    cr_assert_eq(strncmp(text, "<User (pending ", 15), 0, "%s", text);
    OK(w, orm_commit(w->s));
    cr_assert_eq(orm_repr_object(user, text, sizeof text), 8);
    cr_assert_str_eq(text, "<User 1>");
    cr_assert_eq(orm_repr_object(user, text, 5), 8);
    cr_assert_str_eq(text, "<Use");
    cr_assert_eq(orm_repr_object(user, NULL, 0), 8);
    cr_assert_eq(orm_repr_object(NULL, text, sizeof text), 6);
}
