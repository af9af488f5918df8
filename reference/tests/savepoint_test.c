/* Savepoints, on both databases: what each level takes back, and what is left when something fails. */
#include "support/support.h"
#include "support/world.h"
#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

#define USERS "SELECT count(*) FROM \"user\""

static orm_savepoint begin(world *w)
{
    orm_savepoint savepoint;
    OK(w, orm_savepoint_begin(w->s, &savepoint));
    return savepoint;
}

static orm_object *stored_user(world *w, const char *name)
{
    orm_object *user = fresh_user(w, name);
    put(user, "email", orm_text("first"));
    OK(w, orm_commit(w->s));
    OK(w, orm_refresh_object(w->s, user));
    return user;
}

static void refused(world *w, orm_status got, orm_status wanted, const char *says)
{
    const orm_error *error = orm_session_error(w->s);
    cr_assert_eq(got, wanted, "status %d: %s", (int)got, error->message);
    cr_assert_not_null(strstr(error->message, says), "%s", error->message);
}

static size_t sent(const world *w, const char *text)
{
    size_t count = 0;
    for (const char *at = w->log; (at = strstr(at, text)) != NULL; at++) {
        count++;
    }
    return count;
}

ALL(savepoint, a_refused_row_costs_no_more)
{
    fresh_user(w, "a");
    orm_savepoint before = begin(w);
    orm_object *within = fresh_user(w, "b"), *twice = fresh_user(w, "a");
    cr_assert_eq(orm_flush(w->s), ORM_UNIQUE);
    refused(w, orm_flush(w->s), ORM_NEEDS_ROLLBACK, "roll back first");
    orm_savepoint inner;
    cr_assert_eq(orm_savepoint_begin(w->s, &inner), ORM_NEEDS_ROLLBACK);
    cr_assert_eq(orm_savepoint_commit(w->s, before), ORM_NEEDS_ROLLBACK);
    OK(w, orm_savepoint_rollback(w->s, before));
    cr_assert_eq(orm_lifecycle_of(within), ORM_IS_TRANSIENT);
    cr_assert_eq(orm_lifecycle_of(twice), ORM_IS_TRANSIENT);
    OK(w, orm_add_object(w->s, within));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, USERS), "2");
}

ALL(savepoint, the_database_hears_of_it_when_it_is_needed)
{
    orm_savepoint unused = begin(w);
    OK(w, orm_savepoint_commit(w->s, unused));
    unused = begin(w);
    OK(w, orm_savepoint_rollback(w->s, unused));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(w->log, "");
    fresh_user(w, "a");
    orm_savepoint outer = begin(w), inner = begin(w);
    cr_assert_eq(sent(w, "SAVEPOINT"), 0);
    fresh_user(w, "b");
    OK(w, orm_flush(w->s));
    cr_assert_eq(sent(w, "SAVEPOINT orm_1"), 1);
    cr_assert_eq(sent(w, "SAVEPOINT orm_2"), 1);
    OK(w, orm_savepoint_commit(w->s, inner));
    cr_assert_eq(sent(w, "RELEASE SAVEPOINT orm_2"), 1);
    OK(w, orm_savepoint_rollback(w->s, outer));
    cr_assert_eq(sent(w, "ROLLBACK TO SAVEPOINT orm_1"), 1);
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, USERS), "1");
}

ALL(savepoint, each_level_has_its_members)
{
    static const char *const emails[] = {"first", "outer", "inner", "innermost"};
    orm_object *user = stored_user(w, "a");
    orm_savepoint levels[3];
    for (size_t i = 0; i < 3; i++) {
        put(user, "email", orm_text(emails[i]));
        put(user, "age", orm_int((int64_t)i));
        levels[i] = begin(w);
    }
    put(user, "email", orm_text(emails[3]));
    put(user, "username", orm_text("another"));
    OK(w, orm_flush(w->s));
    for (size_t i = 3; i-- > 0;) {
        OK(w, orm_savepoint_rollback(w->s, levels[i]));
        cr_assert_str_eq(text_of(user, "email"), emails[i]);
        cr_assert_eq(int_of(user, "age"), (int64_t)i);
        cr_assert_str_eq(text_of(user, "username"), "a");
    }
    OK(w, orm_rollback(w->s));
    cr_assert_str_eq(text_of(user, "email"), "first");
    cr_assert(null_in(user, "age"));
}

ALL(savepoint, a_committed_one_is_a_part_of_what_is_around)
{
    orm_object *user = stored_user(w, "a");
    orm_savepoint outer = begin(w);
    put(user, "email", orm_text("outer"));
    orm_savepoint inner = begin(w);
    put(user, "email", orm_text("inner"));
    put(user, "age", orm_int(5));
    orm_object *within = fresh_user(w, "within");
    orm_savepoint innermost = begin(w);
    put(user, "score", orm_real(1.5));
    put(within, "email", orm_text("changed"));
    OK(w, orm_savepoint_commit(w->s, innermost));
    OK(w, orm_savepoint_commit(w->s, inner));
    cr_assert_str_eq(text_of(user, "email"), "inner");
    cr_assert_eq(orm_lifecycle_of(within), ORM_IS_PERSISTENT);
    OK(w, orm_savepoint_rollback(w->s, outer));
    cr_assert_str_eq(text_of(user, "email"), "first");
    cr_assert(null_in(user, "age"));
    cr_assert(null_in(user, "score"));
    cr_assert_eq(orm_lifecycle_of(within), ORM_IS_TRANSIENT);
    cr_assert_str_eq(text_of(within, "email"), "changed", "a new object keeps what its user gave it");
    OK(w, orm_rollback(w->s));
    cr_assert_str_eq(text_of(user, "email"), "first");
}

ALL(savepoint, the_outer_one_ends_the_inner)
{
    orm_object *user = stored_user(w, "a");
    orm_savepoint outer = begin(w);
    put(user, "email", orm_text("outer"));
    orm_savepoint inner = begin(w);
    put(user, "email", orm_text("inner"));
    OK(w, orm_flush(w->s));
    OK(w, orm_savepoint_rollback(w->s, outer));
    cr_assert_str_eq(text_of(user, "email"), "first");
    refused(w, orm_savepoint_commit(w->s, inner), ORM_STATE, "ended");
    refused(w, orm_savepoint_rollback(w->s, inner), ORM_STATE, "ended");
    refused(w, orm_savepoint_rollback(w->s, outer), ORM_STATE, "ended");
    outer = begin(w);
    inner = begin(w);
    put(user, "email", orm_text("kept"));
    OK(w, orm_savepoint_commit(w->s, outer));
    refused(w, orm_savepoint_commit(w->s, inner), ORM_STATE, "ended");
    outer = begin(w);
    OK(w, orm_commit(w->s));
    refused(w, orm_savepoint_rollback(w->s, outer), ORM_STATE, "ended");
    cr_assert_str_eq(stored(w, "SELECT email FROM \"user\""), "kept");
    outer = begin(w);
    OK(w, orm_rollback(w->s));
    refused(w, orm_savepoint_rollback(w->s, outer), ORM_STATE, "ended");
    outer = begin(w);
    OK(w, orm_session_clear(w->s));
    refused(w, orm_savepoint_commit(w->s, outer), ORM_STATE, "ended");
}

ALL(savepoint, rows_that_come_and_go)
{
    orm_object *old = stored_user(w, "old"), *gone = stored_user(w, "gone"), *before = fresh_user(w, "before");
    OK(w, orm_delete_object(w->s, gone));
    orm_savepoint savepoint = begin(w);
    OK(w, orm_delete_object(w->s, old));
    OK(w, orm_delete_object(w->s, before));
    orm_object *within = fresh_user(w, "within");
    OK(w, orm_flush(w->s));
    OK(w, orm_delete_object(w->s, within));
    OK(w, orm_flush(w->s));
    orm_object *pending = fresh_user(w, "pending");
    cr_assert_eq(orm_lifecycle_of(old), ORM_IS_DELETED);
    OK(w, orm_savepoint_rollback(w->s, savepoint));
    cr_assert_eq(orm_lifecycle_of(old), ORM_IS_PERSISTENT);
    cr_assert_eq(orm_lifecycle_of(before), ORM_IS_PERSISTENT);
    cr_assert_eq(orm_lifecycle_of(gone), ORM_IS_DELETED);
    cr_assert_eq(orm_lifecycle_of(within), ORM_IS_TRANSIENT);
    cr_assert_eq(orm_lifecycle_of(pending), ORM_IS_TRANSIENT);
    cr_assert_eq(get(w, w->user, int_of(old, "id")), old);
    put(old, "email", orm_text("changed"));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, USERS), "2");
    cr_assert_str_eq(stored(w, "SELECT email FROM \"user\" WHERE username = 'old'"), "changed");
    cr_assert_eq(orm_lifecycle_of(gone), ORM_IS_DETACHED);
}

ALL(savepoint, keys_come_back)
{
    orm_object *user = stored_user(w, "a");
    orm_savepoint outer = begin(w);
    put(user, "id", orm_int(77));
    orm_savepoint inner = begin(w);
    put(user, "id", orm_int(88));
    OK(w, orm_flush(w->s));
    OK(w, orm_savepoint_rollback(w->s, inner));
    cr_assert_eq(get(w, w->user, 77), user);
    cr_assert_null(get(w, w->user, 88));
    OK(w, orm_savepoint_rollback(w->s, outer));
    cr_assert_eq(get(w, w->user, 1), user);
    cr_assert_null(get(w, w->user, 77));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT id FROM \"user\""), "1");
}

ALL(savepoint, what_it_did_not_touch_stays)
{
    orm_object *user = stored_user(w, "a"), *doomed = stored_user(w, "b");
    OK(w, orm_refresh_object(w->s, user));
    OK(w, orm_refresh_object(w->s, doomed));
    orm_savepoint savepoint = begin(w);
    put(doomed, "age", orm_int(7));
    OK(w, orm_delete_object(w->s, doomed));
    OK(w, orm_savepoint_rollback(w->s, savepoint));
    forget(w);
    cr_assert_str_eq(text_of(user, "username"), "a");
    cr_assert_str_eq(kinds(w), "", "its row need not be read again");
    cr_assert(null_in(doomed, "age"));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, USERS), "2");
}

ALL(savepoint, nothing_was_sent_yet)
{
    orm_object *user = stored_user(w, "a");
    put(user, "email", orm_text("kept"));
    orm_savepoint savepoint = begin(w);
    orm_object *pair = orm_new_object(w->s, w->pair);
    OK(w, orm_add_object(w->s, pair));
    cr_assert_eq(orm_flush(w->s), ORM_NOT_NULL, "its key has no second part");
    cr_assert_eq(sent(w, "SAVEPOINT"), 0);
    OK(w, orm_savepoint_rollback(w->s, savepoint));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT email FROM \"user\""), "kept");
    savepoint = begin(w);
    OK(w, orm_add_object(w->s, pair));
    cr_assert_eq(orm_flush(w->s), ORM_NOT_NULL);
    OK(w, orm_savepoint_rollback(w->s, savepoint));
    OK(w, orm_commit(w->s));
}

ALL(savepoint, a_query_that_fails)
{
    int64_t count;
    fresh_user(w, "a");
    OK(w, orm_commit(w->s));
    behind(w, "ALTER TABLE post RENAME TO elsewhere");
    fresh_user(w, "b");
    orm_savepoint savepoint = begin(w);
    cr_assert_eq(orm_query_count(orm_query_open(w->s, w->post), &count), ORM_NO_TABLE);
    if (w->postgresql) {
        cr_assert_eq(orm_query_count(orm_query_open(w->s, w->user), &count), ORM_ABORTED);
    }
    OK(w, orm_savepoint_rollback(w->s, savepoint));
    OK(w, orm_query_count(orm_query_open(w->s, w->user), &count));
    cr_assert_eq(count, 2);
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, USERS), "2");
}

ALL(savepoint, a_lost_transaction)
{
    orm_object *user = stored_user(w, "a");
    put(user, "email", orm_text("lost"));
    orm_savepoint savepoint = begin(w);
    put(user, "email", orm_text("lost too"));
    OK(w, orm_flush(w->s));
    if (!w->postgresql) {
        OK(w, orm_rollback(w->s)); /* a file is not lost */
        return;
    }
    cr_assert_str_eq(stored(w, "SELECT bool_or(pg_terminate_backend(l.pid)) FROM pg_locks l JOIN pg_class c ON c.oid = "
                               "l.relation WHERE c.relname = 'user' AND c.relnamespace = (SELECT oid FROM pg_namespace "
                               "WHERE nspname = current_schema) AND l.pid <> pg_backend_pid()"),
                     "t");
    put(user, "age", orm_int(1));
    cr_assert_neq(orm_flush(w->s), ORM_OK);
    cr_assert_eq(orm_savepoint_rollback(w->s, savepoint), ORM_NEEDS_ROLLBACK);
    OK(w, orm_rollback(w->s));
    cr_assert_str_eq(text_of(user, "email"), "first");
    cr_assert(null_in(user, "age"));
    savepoint = begin(w);
    put(user, "email", orm_text("kept"));
    OK(w, orm_savepoint_commit(w->s, savepoint));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT email FROM \"user\""), "kept");
}

/* Found out by the rollback itself. */
ALL(savepoint, a_transaction_that_is_lost_unnoticed)
{
    fresh_user(w, "a");
    orm_savepoint savepoint = begin(w);
    fresh_user(w, "b");
    OK(w, orm_flush(w->s));
    if (!w->postgresql) {
        return;
    }
    cr_assert_str_eq(stored(w, "SELECT bool_or(pg_terminate_backend(l.pid)) FROM pg_locks l JOIN pg_class c ON c.oid = "
                               "l.relation WHERE c.relname = 'user' AND c.relnamespace = (SELECT oid FROM pg_namespace "
                               "WHERE nspname = current_schema) AND l.pid <> pg_backend_pid()"),
                     "t");
    cr_assert_neq(orm_savepoint_rollback(w->s, savepoint), ORM_OK);
    cr_assert_eq(orm_savepoint_rollback(w->s, savepoint), ORM_NEEDS_ROLLBACK);
    OK(w, orm_rollback(w->s));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, USERS), "0");
}

static orm_status within[3];

static orm_value savepoint_within(orm_session *session)
{
    orm_savepoint savepoint;
    within[0] = orm_savepoint_begin(session, &savepoint);
    within[1] = orm_savepoint_commit(session, savepoint);
    within[2] = orm_savepoint_rollback(session, savepoint);
    return orm_int(1);
}

Test(savepoint, wrong_calls)
{
    orm_builder *builder = NULL;
    const orm_schema *schema = NULL;
    orm_database *db = NULL;
    orm_session *s = NULL;
    orm_error error;
    orm_savepoint savepoint;
    cr_assert_eq(orm_builder_open(&builder), ORM_OK);
    orm_builder_model(builder, "Thing", NULL);
    orm_builder_column(builder, &(orm_column){.name = "id", .type = ORM_INTEGER, .primary_key = true});
    orm_builder_column(builder, &(orm_column){.name = "n", .type = ORM_INTEGER, .default_fn = savepoint_within});
    cr_assert_eq(orm_builder_finish(builder, &schema, &error), ORM_OK);
    cr_assert_eq(orm_open("sqlite://", schema, NULL, &db, &error), ORM_OK);
    cr_assert_eq(orm_create_all(db, &error), ORM_OK);
    cr_assert_eq(orm_session_open(db, &s, &error), ORM_OK);
    cr_assert_eq(orm_add_object(s, orm_new_object(s, orm_schema_find(schema, "Thing"))), ORM_OK);
    cr_assert_eq(orm_commit(s), ORM_OK, "%s", orm_session_error(s)->message);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(within[i], ORM_STATE, "within a flush, %zu", i);
    }
    cr_assert_eq(orm_savepoint_begin(NULL, &savepoint), ORM_ARGUMENT);
    cr_assert_eq(orm_savepoint_begin(s, NULL), ORM_ARGUMENT);
    cr_assert_eq(orm_savepoint_commit(NULL, savepoint), ORM_ARGUMENT);
    cr_assert_eq(orm_savepoint_rollback(NULL, savepoint), ORM_ARGUMENT);
    cr_assert_eq(orm_savepoint_commit(s, (orm_savepoint){0}), ORM_STATE);
    orm_session_close(&s);
    orm_close(&db);
    orm_builder_close(&builder);
}

/* ---- Out of memory
 * ------------------------------------------------------------------------------------------------------ */

static orm_status work(orm_session *s)
{
    orm_savepoint outer, inner;
    orm_status rc;
    User *user = orm_new(s, User), *other = orm_new(s, User);
    ORM_TRY(orm_made(s, user, other));
    user->username = "user";
    user->email = "a text of some length, first";
    other->username = "other";
    ORM_TRY(orm_add_all(s, user, other));
    ORM_TRY(orm_flush(s));
    user->email = "a text of some length, before";
    ORM_TRY(orm_savepoint_begin(s, &outer));
    user->email = "a text of some length, outer";
    json_t *document = json_pack("[s]", "outer");
    rc = orm_write(&user->orm, "meta", orm_json(document));
    json_decref(document);
    ORM_TRY(rc);
    ORM_TRY(orm_savepoint_begin(s, &inner));
    user->email = "a text of some length, inner";
    other->email = "inner";
    ORM_TRY(orm_savepoint_commit(s, inner));
    ORM_TRY(orm_savepoint_begin(s, &inner));
    user->email = "a text of some length, undone";
    ORM_TRY(orm_delete(s, other));
    ORM_TRY(orm_flush(s));
    ORM_TRY(orm_savepoint_rollback(s, inner));
    ORM_TRY(orm_savepoint_commit(s, outer));
    ORM_TRY(orm_commit(s));
fail:
    return rc;
}

static orm_status scenario(void *context)
{
    world *w = context;
    orm_session *s = NULL;
    orm_database *own = NULL;
    orm_error error;
    behind(w, "DELETE FROM \"user\"");
    orm_status rc;
    ORM_TRY(orm_open(w->url, &blog, NULL, &own, &error));
    ORM_TRY(orm_session_open(own, &s, &error));
    ORM_TRY(work(s));
fail:;
    if (s != NULL && rc == ORM_NOMEM && orm_rollback(s) != ORM_OK) {
        rc = ORM_FAILURE;
    }
    orm_session_close(&s);
    orm_close(&own);
    cr_assert_str_eq(
        stored(w, "SELECT count(*) FROM \"user\" WHERE email IN ('a text of some length, inner', 'inner')"),
        rc == ORM_OK ? "2" : "0");
    cr_assert_str_eq(stored(w, USERS), rc == ORM_OK ? "2" : "0");
    return rc;
}

static void sweep(variant v)
{
    world w;
    world_open(&w, v);
    orm_session_close(&w.s);
    orm_close(&w.db);
    faults_sweep(scenario, &w);
    world_close(&w);
}

Test(savepoint, no_memory_sqlite)
{
    sweep(TYPED_SQLITE);
}

Test(savepoint, no_memory_postgresql)
{
    sweep(TYPED_POSTGRESQL);
}
