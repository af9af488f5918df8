/* Objects that are read anew, taken out and merged in, on both databases. */
#include "support/support.h"
#include "support/world.h"
#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

#define MEMBERS(...) (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)

static orm_object *stored_user(world *w, const char *name)
{
    orm_object *user = fresh_user(w, name);
    put(user, "email", orm_text("a@x"));
    put(user, "age", orm_int(30));
    OK(w, orm_commit(w->s));
    OK(w, orm_refresh_object(w->s, user));
    forget(w);
    return user;
}

static void refused(orm_session *session, orm_status got, orm_status wanted, const char *says)
{
    const orm_error *error = orm_session_error(session);
    cr_assert_eq(got, wanted, "status %d: %s", (int)got, error->message);
    cr_assert_not_null(strstr(error->message, says), "%s", error->message);
}

static orm_session *another(world *w)
{
    orm_session *session = NULL;
    orm_error error;
    cr_assert_eq(orm_session_open(w->db, &session, &error), ORM_OK);
    return session;
}

/* ---- Expiry
 * ------------------------------------------------------------------------------------------------------------- */

ALL(expire, the_whole_object)
{
    orm_object *user = stored_user(w, "ann");
    put(user, "email", orm_text("given up"));
    OK(w, orm_expire_object(w->s, user));
    behind(w, "UPDATE \"user\" SET username = 'behind'");
    cr_assert_str_eq(kinds(w), "");
    cr_assert_str_eq(text_of(user, "email"), "a@x");
    cr_assert_str_eq(text_of(user, "username"), "behind");
    cr_assert_str_eq(kinds(w), "SELECT");
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(kinds(w), "");
}

ALL(expire, some_members)
{
    orm_object *user = stored_user(w, "ann");
    put(user, "email", orm_text("given up"));
    put(user, "age", orm_int(99));
    OK(w, orm_expire_object_members(w->s, user, MEMBERS("email", "score")));
    behind(w, "UPDATE \"user\" SET email = 'behind', username = 'behind', score = 2.5");
    cr_assert_str_eq(text_of(user, "username"), "ann");
    cr_assert_eq(int_of(user, "age"), 99);
    cr_assert_str_eq(kinds(w), "");
    cr_assert_str_eq(text_of(user, "email"), "behind");
    cr_assert_not(null_in(user, "score"));
    cr_assert_str_eq(kinds(w), "SELECT");
    cr_assert_str_eq(text_of(user, "username"), "ann");
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(kinds(w), "UPDATE");
    cr_assert_str_eq(stored(w, "SELECT age FROM \"user\" WHERE username = 'behind'"), "99");
}

ALL(expire, a_member_that_is_put_in_meanwhile)
{
    orm_object *user = stored_user(w, "ann");
    OK(w, orm_expire_object_members(w->s, user, MEMBERS("email", "age")));
    put(user, "email", orm_text("a@x"));
    behind(w, "UPDATE \"user\" SET email = 'behind', age = 31");
    cr_assert_eq(int_of(user, "age"), 31);
    cr_assert_str_eq(text_of(user, "email"), "a@x", "what was put in stays");
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT email FROM \"user\""), "a@x", "and is written, the row was unknown");
}

ALL(expire, a_query_reads_what_is_due)
{
    orm_object *user = stored_user(w, "ann"), *found;
    OK(w, orm_expire_object_members(w->s, user, MEMBERS("email")));
    behind(w, "UPDATE \"user\" SET email = NULL, age = 31");
    orm_query *query = orm_query_open(w->s, w->user);
    OK(w, orm_query_first(query, &found));
    cr_assert_eq(found, user);
    forget(w);
    cr_assert(null_in(user, "email"));
    cr_assert_eq(int_of(user, "age"), 30);
    cr_assert_str_eq(kinds(w), "");
}

TYPED(expire, one_member_may_point_at_another)
{
    User *user = (User *)(void *)stored_user(w, "ann");
    user->username = user->email;
    OK(w, orm_expire_members(w->s, user, email));
    behind(w, "UPDATE \"user\" SET email = 'behind'");
    OK(w, orm_fresh(user));
    cr_assert_str_eq(user->email, "behind");
    cr_assert_str_eq(user->username, "a@x");
    OK(w, orm_refresh_members(w->s, user, username, email, age));
    cr_assert_str_eq(user->username, "ann");
}

ALL(expire, refresh_of_members)
{
    orm_object *user = stored_user(w, "ann");
    put(user, "email", orm_text("given up"));
    put(user, "age", orm_int(99));
    behind(w, "UPDATE \"user\" SET email = 'behind', username = 'behind'");
    OK(w, orm_refresh_object_members(w->s, user, MEMBERS("email")));
    cr_assert_str_eq(kinds(w), "SELECT");
    cr_assert_str_eq(text_of(user, "email"), "behind");
    cr_assert_str_eq(text_of(user, "username"), "ann");
    cr_assert_eq(int_of(user, "age"), 99);
    behind(w, "DELETE FROM \"user\"");
    cr_assert_eq(orm_refresh_object_members(w->s, user, MEMBERS("email")), ORM_STALE);
}

ALL(expire, all)
{
    orm_object *first = stored_user(w, "ann"), *second = stored_user(w, "bob"), *pending = fresh_user(w, "eve");
    put(first, "email", orm_text("given up"));
    OK(w, orm_expire_all(w->s));
    behind(w, "UPDATE \"user\" SET age = 31");
    cr_assert_eq(int_of(first, "age"), 31);
    cr_assert_eq(int_of(second, "age"), 31);
    cr_assert_str_eq(text_of(first, "email"), "a@x");
    cr_assert_str_eq(text_of(pending, "username"), "eve");
    cr_assert_str_eq(kinds(w), "SELECT SELECT");
}

ALL(expire, wrong_calls)
{
    orm_object *user = stored_user(w, "ann"), *fresh = orm_new_object(w->s, w->user);
    refused(w->s, orm_expire_object(w->s, fresh), ORM_STATE, "expire of a transient object");
    refused(w->s, orm_refresh_object_members(w->s, fresh, MEMBERS("email")), ORM_STATE, "refresh of a transient");
    refused(w->s, orm_expire_object_members(w->s, user, MEMBERS("age", "nope")), ORM_ARGUMENT, "\"nope\"");
    refused(w->s, orm_expire_object_members(w->s, user, NULL, 2), ORM_ARGUMENT, "missing");
    put(user, "age", orm_int(31));
    cr_assert_eq(orm_expire_object_members(w->s, user, MEMBERS("age", "nope")), ORM_ARGUMENT);
    cr_assert_eq(int_of(user, "age"), 31, "all or nothing");
    cr_assert_eq(orm_expire_object(NULL, user), ORM_ARGUMENT);
    cr_assert_eq(orm_expire_object_members(NULL, user, MEMBERS("age")), ORM_ARGUMENT);
    cr_assert_eq(orm_refresh_object_members(NULL, user, MEMBERS("age")), ORM_ARGUMENT);
    cr_assert_eq(orm_expire_all(NULL), ORM_ARGUMENT);
    fresh_user(w, "ann");
    cr_assert_eq(orm_flush(w->s), ORM_UNIQUE);
    cr_assert_eq(orm_expire_all(w->s), ORM_NEEDS_ROLLBACK);
    cr_assert_eq(orm_expire_object(w->s, user), ORM_NEEDS_ROLLBACK);
}

ALL(expire, text_that_a_c_string_cannot_hold)
{
    if (w->postgresql) {
        return; /* no such text is stored there */
    }
    orm_value value;
    orm_object *user = stored_user(w, "ann");
    behind(w, "UPDATE \"user\" SET email = 'a' || char(0) || 'b'");
    OK(w, orm_expire_object_members(w->s, user, MEMBERS("email")));
    orm_status rc = orm_read(user, "email", &value);
    if (w->builder == NULL) {
        refused(w->s, rc, ORM_DATA, "user.email");
    } else {
        OK(w, rc);
        cr_assert_eq(value.u.size, 3);
    }
}

/* ---- Out of the session
 * ------------------------------------------------------------------------------------------------- */

ALL(expunge, objects_stay)
{
    orm_object *user = stored_user(w, "ann"), *pending = fresh_user(w, "eve");
    put(user, "age", orm_int(98));
    OK(w, orm_expunge_object(w->s, user));
    OK(w, orm_expunge_object(w->s, pending));
    cr_assert_eq(orm_lifecycle_of(user), ORM_IS_DETACHED);
    cr_assert_eq(orm_lifecycle_of(pending), ORM_IS_TRANSIENT);
    cr_assert_not(orm_in_session(w->s, user));
    cr_assert_eq(int_of(user, "age"), 98);
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT age FROM \"user\""), "30");
    cr_assert_neq(get(w, w->user, 1), user);
    refused(w->s, orm_expunge_object(w->s, user), ORM_STATE, "expunge of a detached object");
    refused(w->s, orm_expunge_object(w->s, pending), ORM_STATE, "expunge of a transient object");
    refused(w->s, orm_add_object(w->s, user), ORM_STATE, "another object");
    OK(w, orm_expunge_all(w->s));
    OK(w, orm_add_objects(w->s, (orm_object *const[]){user, pending}, 2));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT age FROM \"user\" WHERE id = 1"), "98", "its change came with it");
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM \"user\""), "2");
}

ALL(expunge, the_transaction_goes_on)
{
    orm_object *user = stored_user(w, "ann"), *gone = stored_user(w, "bob"), *fresh = fresh_user(w, "eve");
    put(user, "age", orm_int(31));
    OK(w, orm_delete_object(w->s, gone));
    OK(w, orm_flush(w->s));
    OK(w, orm_expunge_all(w->s));
    cr_assert_eq(orm_lifecycle_of(user), ORM_IS_DETACHED);
    cr_assert_eq(orm_lifecycle_of(gone), ORM_IS_DETACHED);
    cr_assert_eq(orm_lifecycle_of(fresh), ORM_IS_DETACHED);
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM \"user\" WHERE age = 31 OR username = 'eve'"), "2");
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM \"user\""), "2");
    refused(w->s, orm_add_object(w->s, gone), ORM_STATE, "add of a detached object");
}

ALL(expunge, a_rollback_does_not_reach_what_is_out)
{
    orm_object *user = stored_user(w, "ann");
    put(user, "age", orm_int(31));
    OK(w, orm_flush(w->s));
    OK(w, orm_expunge_object(w->s, user));
    OK(w, orm_rollback(w->s));
    cr_assert_eq(orm_lifecycle_of(user), ORM_IS_DETACHED);
    cr_assert_eq(int_of(user, "age"), 31);
    OK(w, orm_free_object(w->s, user));
    cr_assert_eq(orm_expunge_object(NULL, user), ORM_ARGUMENT);
    cr_assert_eq(orm_free_object(NULL, user), ORM_ARGUMENT);
    cr_assert_eq(orm_expunge_all(NULL), ORM_ARGUMENT);
    refused(w->s, orm_expunge_object(w->s, NULL), ORM_ARGUMENT, "missing");
}

/* ---- What a flush has to do
 * --------------------------------------------------------------------------------------------- */

ALL(work, lists)
{
    orm_object *changed = stored_user(w, "ann"), *gone = stored_user(w, "bob"), *touched = stored_user(w, "cyd");
    orm_object *pending = fresh_user(w, "eve"), *fresh = orm_new_object(w->s, w->user), **list;
    size_t count;
    put(changed, "age", orm_int(31));
    put(gone, "age", orm_int(31));
    put(touched, "age", orm_int(30));
    OK(w, orm_delete_object(w->s, gone));
    const struct {
        orm_work work;
        const orm_object *object;
    } wanted[] = {{ORM_WORK_NEW, pending}, {ORM_WORK_DIRTY, changed}, {ORM_WORK_DELETED, gone}};
    OK(w, orm_refresh_object(w->s, touched));
    for (size_t i = 0; i < 3; i++) {
        OK(w, orm_work_list(w->s, wanted[i].work, &list, &count));
        cr_assert_eq(count, 1);
        cr_assert_eq(list[0], wanted[i].object);
    }
    cr_assert(orm_object_is_modified(changed));
    cr_assert(orm_object_is_modified(pending));
    cr_assert(orm_object_is_modified(fresh));
    cr_assert_not(orm_object_is_modified(touched));
    cr_assert_not(orm_object_is_modified(NULL));
    cr_assert(orm_in_session(w->s, gone));
    OK(w, orm_flush(w->s));
    cr_assert_not(orm_object_is_modified(changed));
    cr_assert_not(orm_object_is_modified(gone));
    cr_assert_not(orm_in_session(w->s, gone));
    cr_assert_not(orm_in_session(w->s, NULL));
    cr_assert_not(orm_in_session(NULL, changed));
    for (size_t i = 0; i < 3; i++) {
        OK(w, orm_work_list(w->s, wanted[i].work, &list, &count));
        cr_assert_eq(count, 0);
        cr_assert_null(list);
    }
    cr_assert_eq(orm_work_list(NULL, ORM_WORK_NEW, &list, &count), ORM_ARGUMENT);
    cr_assert_eq(orm_work_list(w->s, ORM_WORK_NEW, NULL, &count), ORM_ARGUMENT);
    orm_session *other = another(w);
    cr_assert_not(orm_in_session(other, changed));
    orm_session_close(&other);
}

ALL(work, queries_that_do_not_flush)
{
    int64_t count;
    fresh_user(w, "eve");
    cr_assert(orm_autoflush(w->s, false));
    OK(w, orm_query_count(orm_query_open(w->s, w->user), &count));
    cr_assert_eq(count, 0);
    cr_assert_null(get(w, w->user, 1));
    cr_assert_not(orm_autoflush(w->s, true));
    OK(w, orm_query_count(orm_query_open(w->s, w->user), &count));
    cr_assert_eq(count, 1);
    cr_assert_not(orm_autoflush(NULL, true));
}

/* ---- Merging
 * ------------------------------------------------------------------------------------------------------------ */

static orm_object *merged(orm_session *session, const orm_object *object)
{
    orm_object *target = NULL;
    expect_ok(session, orm_merge_object(session, object, &target), __FILE__, __LINE__);
    cr_assert_not_null(target);
    return target;
}

ALL(merge, given_members_alone)
{
    orm_object *user = stored_user(w, "ann"), *given = orm_new_object(w->s, w->user);
    put(given, "id", orm_int(1));
    put(given, "age", orm_int(31));
    put(given, "email", orm_null());
    cr_assert_eq(merged(w->s, given), user);
    cr_assert_str_eq(text_of(user, "username"), "ann");
    cr_assert_eq(int_of(user, "age"), 31);
    cr_assert(null_in(user, "email"), "orm_write put the NULL in");
    cr_assert_eq(orm_lifecycle_of(given), ORM_IS_TRANSIENT);
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT age FROM \"user\" WHERE email IS NULL AND username = 'ann'"), "31");
}

TYPED(merge, plain_members)
{
    stored_user(w, "ann");
    User *given = orm_new(w->s, User), *user;
    given->id = 1;
    given->active = false;
    OK(w, orm_merge(w->s, given, &user));
    cr_assert_not(user->active);
    cr_assert_eq(user->age.value, 30);
    user->active = true;
    given = orm_new(w->s, User);
    given->id = 1;
    orm_put(given->score, 0.5);
    user->active = false;
    OK(w, orm_merge(w->s, given, &user));
    cr_assert_not(user->active, "its default was not put in");
    cr_assert_eq(user->score.value, 0.5);
    OK(w, orm_write(&given->orm, "active", orm_bool(true)));
    OK(w, orm_merge(w->s, given, &user));
    cr_assert(user->active);
}

ALL(merge, rows_that_are_not_there)
{
    orm_object *given = orm_new_object(w->s, w->user), *nameless = orm_new_object(w->s, w->user);
    put(given, "id", orm_int(9));
    put(given, "username", orm_text("eve"));
    put(nameless, "username", orm_text("fay"));
    orm_object *first = merged(w->s, given), *second = merged(w->s, nameless), *third = merged(w->s, given);
    cr_assert_neq(first, given);
    cr_assert_eq(first, third, "the pending one was written first");
    cr_assert_eq(orm_lifecycle_of(second), ORM_IS_PERSISTENT);
    put(given, "username", orm_text("changed"));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM \"user\" WHERE id = 9 AND username = 'eve'"), "1");
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM \"user\""), "2");
}

ALL(merge, from_outside)
{
    orm_session *other = another(w);
    orm_object *user = stored_user(w, "ann");
    put(user, "age", orm_int(31));
    orm_object *there = merged(other, user);
    cr_assert_neq(there, user);
    cr_assert_eq(int_of(there, "age"), 31);
    OK(w, orm_session_clear(w->s));
    put(user, "email", orm_text("changed"));
    there = merged(other, user);
    expect_ok(other, orm_commit(other), __FILE__, __LINE__);
    cr_assert_str_eq(stored(w, "SELECT email FROM \"user\""), "changed");
    cr_assert_eq(merged(other, there), there);
    /* Of what is due nothing is known. */
    orm_object *here = get(w, w->user, 1);
    OK(w, orm_commit(w->s));
    put(here, "age", orm_int(32));
    behind(w, "UPDATE \"user\" SET email = 'behind'");
    expect_ok(other, orm_refresh_object(other, there), __FILE__, __LINE__);
    cr_assert_eq(merged(other, here), there);
    cr_assert_eq(int_of(there, "age"), 32);
    cr_assert_str_eq(text_of(there, "email"), "behind");
    orm_session_close(&other);
}

ALL(merge, an_object_that_was_rolled_back)
{
    orm_object *user = fresh_user(w, "ann");
    put(user, "age", orm_int(30));
    OK(w, orm_flush(w->s));
    OK(w, orm_rollback(w->s));
    orm_object *again = merged(w->s, user);
    cr_assert_neq(again, user);
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT age FROM \"user\" WHERE username = 'ann'"), "30");
}

ALL(merge, wrong_calls)
{
    orm_object *user = stored_user(w, "ann"), *out;
    orm_error error;
    orm_database *elsewhere = NULL;
    orm_session *other = NULL;
    const orm_model *const models[] = {w->user};
    const orm_schema schema = {models, 1};
    cr_assert_eq(orm_open("sqlite://", &schema, NULL, &elsewhere, &error), ORM_OK, "%s", error.message);
    cr_assert_eq(orm_session_open(elsewhere, &other, &error), ORM_OK);
    refused(other, orm_merge_object(other, user, &out), ORM_STATE, "another database");
    refused(w->s, orm_merge_object(w->s, NULL, &out), ORM_ARGUMENT, "missing");
    cr_assert_eq(orm_merge_object(NULL, user, &out), ORM_ARGUMENT);
    cr_assert_eq(orm_merge_object(w->s, user, NULL), ORM_ARGUMENT);
    orm_session_close(&other);
    orm_close(&elsewhere);
    orm_object *twice = orm_new_object(w->s, w->user);
    put(twice, "username", orm_text("bob"));
    fresh_user(w, "ann");
    cr_assert_eq(orm_merge_object(w->s, twice, &out), ORM_UNIQUE);
    cr_assert_null(out);
    cr_assert_eq(orm_merge_object(w->s, twice, &out), ORM_NEEDS_ROLLBACK);
}

/* ---- Out of memory
 * ------------------------------------------------------------------------------------------------------ */

static orm_status work(orm_session *s, orm_session *t)
{
    orm_status rc;
    orm_object **list;
    size_t count;
    User *user = orm_new(s, User), *there, *given = orm_new(t, User);
    ORM_TRY(orm_made(s, user));
    ORM_TRY(orm_made(t, given));
    user->username = "user";
    user->email = "a text of some length";
    ORM_TRY(orm_add(s, user));
    ORM_TRY(orm_work_list(s, ORM_WORK_NEW, &list, &count));
    cr_assert_eq(count, 1);
    json_t *document = json_pack("[s]", "a document");
    rc = orm_write(&user->orm, "meta", orm_json(document));
    json_decref(document);
    ORM_TRY(rc);
    ORM_TRY(orm_commit(s));
    ORM_TRY(orm_fresh(user));
    user->email = "a text of some length, changed";
    user->username = user->email;
    ORM_TRY(orm_expire_members(s, user, email, meta));
    ORM_TRY(orm_fresh(user));
    ORM_TRY(orm_merge(t, user, &there));
    cr_assert_str_eq(there->username, "a text of some length, changed");
    ORM_TRY(orm_refresh(s, user));
    ORM_TRY(orm_expunge(s, user));
    ORM_TRY(orm_free(s, user));
    ORM_TRY(orm_commit(t));
    given->username = "given";
    ORM_TRY(orm_merge(t, given, &there));
    ORM_TRY(orm_commit(t));
fail:
    return rc;
}

static orm_status scenario(void *context)
{
    world *w = context;
    orm_session *s = NULL, *t = NULL;
    orm_database *own = NULL;
    orm_error error;
    behind(w, "DELETE FROM \"user\"");
    orm_status rc;
    ORM_TRY(orm_open(w->url, &blog, NULL, &own, &error));
    ORM_TRY(orm_session_open(own, &s, &error));
    ORM_TRY(orm_session_open(own, &t, &error));
    ORM_TRY(work(s, t));
fail:
    orm_session_close(&t);
    orm_session_close(&s);
    orm_close(&own);
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

Test(merge, no_memory_sqlite)
{
    sweep(TYPED_SQLITE);
}

Test(merge, no_memory_postgresql)
{
    sweep(TYPED_POSTGRESQL);
}
