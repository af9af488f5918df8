/* Objects that leave a session and come back, on both databases. */
#include "support/support.h"
#include "support/world.h"
#include <criterion/criterion.h>
#include <string.h>

static orm_object *stored_user(world *w, const char *name)
{
    orm_object *user = fresh_user(w, name);
    OK(w, orm_commit(w->s));
    OK(w, orm_refresh_object(w->s, user));
    return user;
}

static void refused(orm_session *session, orm_status got, orm_status wanted, const char *says)
{
    cr_assert_eq(got, wanted, "status %d: %s", (int)got, orm_session_error(session)->message);
    cr_assert_not_null(strstr(orm_session_error(session)->message, says), "%s", orm_session_error(session)->message);
}

static orm_session *another(world *w)
{
    orm_session *session = NULL;
    orm_error error;
    cr_assert_eq(orm_session_open(w->db, &session, &error), ORM_OK);
    return session;
}

ALL(detach, what_was_read_stays)
{
    orm_object *user = stored_user(w, "ann");
    OK(w, orm_session_clear(w->s));
    cr_assert_eq(orm_lifecycle_of(user), ORM_IS_DETACHED);
    behind(w, "UPDATE \"user\" SET username = 'behind'");
    forget(w);
    cr_assert_str_eq(text_of(user, "username"), "ann");
    cr_assert_str_eq(kinds(w), "", "nothing is asked of the database");
    orm_object *again = get(w, w->user, 1);
    cr_assert_neq(again, user, "the session knows nothing of it");
    cr_assert_str_eq(text_of(again, "username"), "behind");
}

ALL(detach, what_is_due_cannot_be_read)
{
    orm_value value;
    orm_object *user = fresh_user(w, "ann");
    OK(w, orm_commit(w->s));
    OK(w, orm_session_clear(w->s));
    refused(w->s, orm_read(user, "username", &value), ORM_DETACHED, "User");
    refused(w->s, orm_fresh_object(user), ORM_DETACHED, "User");
    put(user, "username", orm_text("given"));
    cr_assert_str_eq(text_of(user, "username"), "given", "what was put in needs no row");
    refused(w->s, orm_refresh_object(w->s, user), ORM_STATE, "detached");
    refused(w->s, orm_delete_object(w->s, user), ORM_STATE, "detached");
}

ALL(detach, what_was_not_committed_is_gone)
{
    orm_object *user = stored_user(w, "ann"), *gone = stored_user(w, "bob");
    OK(w, orm_refresh_object(w->s, user));
    put(user, "username", orm_text("flushed"));
    OK(w, orm_delete_object(w->s, gone));
    orm_object *fresh = fresh_user(w, "new");
    OK(w, orm_flush(w->s));
    orm_object *pending = fresh_user(w, "pending");
    put(user, "email", orm_text("unflushed"));
    OK(w, orm_session_clear(w->s));
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM \"user\" WHERE username IN ('ann', 'bob')"), "2");
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM \"user\""), "2");
    cr_assert_str_eq(text_of(user, "username"), "ann");
    cr_assert_null(text_of(user, "email"));
    cr_assert_eq(orm_lifecycle_of(gone), ORM_IS_DETACHED);
    cr_assert_eq(orm_lifecycle_of(fresh), ORM_IS_TRANSIENT);
    cr_assert_eq(orm_lifecycle_of(pending), ORM_IS_TRANSIENT);
    OK(w, orm_add_object(w->s, fresh));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM \"user\" WHERE username = 'new'"), "1");
}

ALL(detach, an_object_comes_back)
{
    orm_object *user = stored_user(w, "ann");
    OK(w, orm_session_clear(w->s));
    put(user, "username", orm_text("changed"));
    OK(w, orm_add_object(w->s, user));
    cr_assert_eq(orm_lifecycle_of(user), ORM_IS_PERSISTENT);
    cr_assert_eq(get(w, w->user, 1), user);
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT username FROM \"user\""), "changed");
    OK(w, orm_delete_object(w->s, user));
    OK(w, orm_commit(w->s));
    OK(w, orm_session_clear(w->s));
    refused(w->s, orm_add_object(w->s, user), ORM_STATE, "add of a detached object");
}

ALL(detach, the_same_value_is_written_where_the_row_is_unknown)
{
    orm_object *user = fresh_user(w, "ann");
    OK(w, orm_commit(w->s));
    OK(w, orm_session_clear(w->s));
    behind(w, "UPDATE \"user\" SET username = 'behind'");
    put(user, "username", orm_text("ann"));
    OK(w, orm_add_object(w->s, user));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT username FROM \"user\""), "ann");
}

ALL(detach, one_row_has_one_object)
{
    orm_object *user = stored_user(w, "ann");
    OK(w, orm_session_clear(w->s));
    orm_object *here = get(w, w->user, 1);
    refused(w->s, orm_add_object(w->s, user), ORM_STATE, "another object for User 1");
    cr_assert_eq(orm_lifecycle_of(user), ORM_IS_DETACHED);
    OK(w, orm_session_clear(w->s));
    OK(w, orm_add_objects(w->s, (orm_object *const[]){ user, here }, 2));
    cr_assert_eq(get(w, w->user, 1), here, "the last of two");
    cr_assert_eq(orm_lifecycle_of(user), ORM_IS_DETACHED);
}

ALL(detach, another_session_takes_it)
{
    orm_session *other = another(w);
    orm_object *user = stored_user(w, "ann"), *fresh = orm_new_object(w->s, w->user), *found;
    put(fresh, "username", orm_text("bob"));
    cr_assert_eq(orm_add_object(other, user), ORM_STATE, "a session works on it");
    OK(w, orm_session_clear(w->s));
    expect_ok(other, orm_add_objects(other, (orm_object *const[]){ user, fresh }, 2), __FILE__, __LINE__);
    orm_session_close(&w->s);
    put(user, "email", orm_text("x"));
    expect_ok(other, orm_commit(other), __FILE__, __LINE__);
    cr_assert_str_eq(stored(w, "SELECT email FROM \"user\" WHERE username = 'ann'"), "x");
    expect_ok(other, orm_get_object(other, w->user, (orm_value[]){ orm_int(2) }, 1, &found), __FILE__, __LINE__);
    cr_assert_eq(found, fresh);
    orm_session_close(&other);
}

ALL(detach, another_database_does_not)
{
    orm_error error;
    orm_database *elsewhere = NULL;
    orm_session *other = NULL;
    orm_object *user = stored_user(w, "ann");
    const orm_model *const models[] = { w->user };
    const orm_schema schema = { models, 1 };
    cr_assert_eq(orm_open("sqlite://", &schema, NULL, &elsewhere, &error), ORM_OK, "%s", error.message);
    cr_assert_eq(orm_session_open(elsewhere, &other, &error), ORM_OK);
    OK(w, orm_session_clear(w->s));
    refused(other, orm_add_object(other, user), ORM_STATE, "another database");
    orm_session_close(&other);
    orm_close(&elsewhere);
}

ALL(detach, a_failed_flush_is_over)
{
    stored_user(w, "ann");
    fresh_user(w, "ann");
    cr_assert_eq(orm_commit(w->s), ORM_UNIQUE);
    cr_assert_eq(orm_flush(w->s), ORM_NEEDS_ROLLBACK);
    OK(w, orm_session_clear(w->s));
    fresh_user(w, "bob");
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM \"user\""), "2");
    cr_assert_eq(orm_session_clear(NULL), ORM_ARGUMENT);
}

static orm_session *flushing;
static orm_status cleared;

static orm_value clear_within(orm_session *session)
{
    flushing = session;
    cleared = orm_session_clear(session);
    return orm_int(1);
}

Test(detach, not_within_a_flush)
{
    orm_builder *builder = NULL;
    const orm_schema *schema = NULL;
    orm_database *db = NULL;
    orm_session *s = NULL;
    orm_error error;
    cr_assert_eq(orm_builder_open(&builder), ORM_OK);
    orm_builder_model(builder, "Thing", NULL);
    orm_builder_column(builder, &(orm_column){ .name = "id", .type = ORM_INTEGER, .primary_key = true });
    orm_builder_column(builder, &(orm_column){ .name = "n", .type = ORM_INTEGER, .default_fn = clear_within });
    cr_assert_eq(orm_builder_finish(builder, &schema, &error), ORM_OK);
    cr_assert_eq(orm_open("sqlite://", schema, NULL, &db, &error), ORM_OK);
    cr_assert_eq(orm_create_all(db, &error), ORM_OK);
    cr_assert_eq(orm_session_open(db, &s, &error), ORM_OK);
    orm_object *thing = orm_new_object(s, orm_schema_find(schema, "Thing"));
    cr_assert_eq(orm_add_object(s, thing), ORM_OK);
    cr_assert_eq(orm_commit(s), ORM_OK, "%s", orm_session_error(s)->message);
    cr_assert_eq(flushing, s);
    cr_assert_eq(cleared, ORM_STATE);
    orm_session_close(&s);
    orm_close(&db);
    orm_builder_close(&builder);
}
