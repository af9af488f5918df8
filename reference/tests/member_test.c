/* Members of objects: what is borrowed, what is copied, what a default gives; on both databases. */
#include "support/support.h"
#include "support/world.h"
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* ---- Typed members
 * ------------------------------------------------------------------------------------------------------ */

TYPED(member, members_are_borrowed_until_the_flush)
{
    char name[] = "ann", mail[] = "a@x";
    json_t *meta = json_pack("{s:i}", "a", 1);
    User *u = orm_new(w->s, User);
    u->username = name;
    u->email = mail;
    u->meta = meta;
    strcpy(u->note, "mine");
    orm_put(u->age, 30);
    orm_put(u->born, orm_date_at(2000, 2, 29));
    OK(w, orm_add(w->s, u));
    OK(w, orm_flush(w->s));
    memset(name, 'X', 3);
    memset(mail, 'X', 3);
    json_decref(meta);
    cr_assert_str_eq(u->username, "ann");
    cr_assert_str_eq(u->email, "a@x");
    cr_assert_eq(json_integer_value(json_object_get(u->meta, "a")), 1);
    cr_assert_str_eq(u->note, "mine");
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(u->username, "ann", "a plain member shows the last known value");
    forget(w);
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(kinds(w), "");
    User *again = NULL;
    OK(w, orm_get(w->s, User, 1, &again));
    cr_assert_eq(again, u);
    cr_assert(u->age.has && u->age.value == 30);
    cr_assert_eq(u->born.value.day, orm_date_at(2000, 2, 29).day);
}

TYPED(member, texts_may_be_passed_around)
{
    User *a = orm_new(w->s, User), *b = orm_new(w->s, User);
    a->username = "a";
    a->email = "mail of a";
    b->username = "b";
    b->email = "mail of b";
    OK(w, orm_add_all(w->s, a, b));
    OK(w, orm_commit(w->s));
    OK(w, orm_fresh(a));
    OK(w, orm_fresh(b));
    /* Both texts belong to the rows that the same flush replaces. */
    const char *kept = a->email;
    a->email = b->email;
    b->email = kept;
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT email FROM \"user\" WHERE id = 1"), "mail of b");
    cr_assert_str_eq(stored(w, "SELECT email FROM \"user\" WHERE id = 2"), "mail of a");
    OK(w, orm_fresh(a));
    a->email = a->username;
    a->username = "other";
    OK(w, orm_flush(w->s));
    cr_assert_str_eq(a->email, "a");
    a->email = a->username;
    OK(w, orm_refresh(w->s, b));
    OK(w, orm_commit(w->s));
    /* A change that points into the row survives that the row is read again. */
    a->email = a->username;
    int64_t count;
    OK(w, orm_count(orm_query(w->s, User), &count));
    OK(w, orm_fresh(a));
    cr_assert_str_eq(a->email, "other");
}

TYPED(member, plain_members_have_their_defaults_at_once)
{
    User *u = orm_new(w->s, User);
    cr_assert(u->active);
    cr_assert_not(u->created_at.has);
    u->username = "a";
    u->active = false;
    OK(w, orm_add(w->s, u));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM \"user\" WHERE CAST(active AS INTEGER) = 0"), "1");
    orm_value value;
    OK(w, orm_write(&u->orm, "active", orm_bool(true)));
    cr_assert(u->active);
    cr_assert_eq(orm_write(&u->orm, "active", orm_null()), ORM_DATA);
    cr_assert_eq(orm_write(&u->orm, "email", orm_text_n("a\0b", 3)), ORM_DATA);
    OK(w, orm_read(&u->orm, "active", &value));
    cr_assert(value.type == ORM_BOOLEAN && value.u.i == 1);
}

TYPED(member, documents)
{
    User *u = orm_new(w->s, User);
    u->username = "a";
    u->meta = orm_take_json(w->s, json_pack("[i]", 1));
    OK(w, orm_add(w->s, u));
    OK(w, orm_commit(w->s));
    OK(w, orm_fresh(u));
    forget(w);
    u->meta = orm_take_json(w->s, json_pack("[i]", 1));
    OK(w, orm_flush(w->s));
    cr_assert_str_eq(kinds(w), "", "an equal document is no change");
    u->meta = orm_take_json(w->s, json_null());
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT CAST(meta AS TEXT) FROM \"user\""), "null", "JSON null is not SQL NULL");
    OK(w, orm_fresh(u));
    cr_assert(json_is_null(u->meta));
    u->meta = NULL;
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT meta FROM \"user\""), "NULL");
    u->meta = orm_take_json(w->s, json_pack("{s:s}", "k", "v"));
    OK(w, orm_flush(w->s));
    OK(w, orm_rollback(w->s));
    cr_assert_null(u->meta);
}

TYPED(member, a_null_behind_a_plain_member)
{
    User *u = orm_new(w->s, User);
    u->username = "a";
    OK(w, orm_add(w->s, u));
    OK(w, orm_commit(w->s));
    if (w->postgresql) {
        behind(w, "ALTER TABLE \"user\" ALTER active DROP NOT NULL; UPDATE \"user\" SET active = NULL");
    } else {
        behind(w, "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = replace(sql, '\"active\" BOOLEAN NOT "
                  "NULL', '\"active\" BOOLEAN')"
                  " WHERE name = 'user'; PRAGMA writable_schema = RESET; UPDATE \"user\" SET active = NULL");
    }
    orm_value value;
    OK(w, orm_fresh(u));
    cr_assert_not(u->active);
    OK(w, orm_read(&u->orm, "active", &value));
    cr_assert_eq(value.type, ORM_NULL);
    forget(w);
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(kinds(w), "", "it is no change that the member shows 0");
    u->active = true;
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(kinds(w), "UPDATE");
}

/* ---- Memory
 * ------------------------------------------------------------------------------------------------------------- */

TYPED(member, texts_do_not_pile_up)
{
    User *u = orm_new(w->s, User);
    u->username = "a";
    OK(w, orm_add(w->s, u));
    OK(w, orm_commit(w->s));
    orm_session *s = NULL;
    faults_start(0, false);
    orm_database *db = NULL;
    orm_error error;
    cr_assert_eq(orm_open(w->url, &blog, NULL, &db, &error), ORM_OK, "%s", error.message);
    cr_assert_eq(orm_session_open(db, &s, &error), ORM_OK);
    size_t live = 0;
    for (int i = 0; i < 300; i++) {
        char mail[32];
        snprintf(mail, sizeof mail, "mail %d", i);
        expect_ok(s, orm_get(s, User, 1, &u), __FILE__, __LINE__);
        u->email = mail;
        expect_ok(s, orm_flush(s), __FILE__, __LINE__);
        expect_ok(s, orm_write(&u->orm, "email", orm_text("by member")), __FILE__, __LINE__);
        expect_ok(s, i % 3 == 0 ? orm_rollback(s) : i % 3 == 1 ? orm_commit(s) : orm_refresh(s, u), __FILE__, __LINE__);
        if (i == 60) {
            live = faults_live();
        }
        cr_assert(i < 60 || faults_live() <= live + 4, "%zu blocks after %d rounds, %zu before", faults_live(), i,
                  live);
    }
    orm_session_close(&s);
    orm_close(&db);
    cr_assert_eq(faults_live(), 0);
    faults_stop();
}

TYPED(member, memory_of_the_sessions_life)
{
    cr_assert_str_eq(orm_str(w->s, "text"), "text");
    cr_assert_str_eq(orm_format(w->s, "%d-%s", 7, "x"), "7-x");
    json_t *document = orm_take_json(w->s, json_object());
    cr_assert(json_is_object(document));
    for (int i = 0; i < 40; i++) {
        cr_assert_not_null(orm_take_json(w->s, json_integer(i)));
    }
    faults_start(1, true);
    const char *text = orm_str(
        w->s, "a text that is too long for what is left of the block it would have to fit in, if there were any"
              "a text that is too long for what is left of the block it would have to fit in, if there were any");
    for (int i = 0; i < 200 && text != NULL; i++) {
        text = orm_format(w->s, "%0200d", i);
    }
    faults_stop();
    cr_assert_null(text);
    cr_assert_eq(orm_flush(w->s), ORM_NOMEM);
    cr_assert_not_null(strstr(orm_session_error(w->s)->message, "out of memory for a text"));
    OK(w, orm_rollback(w->s));
    OK(w, orm_flush(w->s));
}

/* ---- Run-time models alone
 * ---------------------------------------------------------------------------------------------- */

static void member_defaults_of_text(world *w)
{
    orm_object *memos[2], *found;
    for (size_t i = 0; i < 2; i++) {
        memos[i] = orm_new_object(w->s, w->memo);
        OK(w, orm_add_object(w->s, memos[i]));
    }
    OK(w, orm_flush(w->s));
    cr_assert_str_eq(text_of(memos[0], "code"), "memo 1");
    cr_assert_str_eq(text_of(memos[1], "code"), "memo 2");
    cr_assert_str_eq(text_of(memos[0], "state"), "new");
    cr_assert_str_eq(text_of(memos[0], "body"), "empty");
    OK(w, orm_get_object(w->s, w->memo, (orm_value[]){orm_text("memo 2")}, 1, &found));
    cr_assert_eq(found, memos[1]);
    OK(w, orm_rollback(w->s));
    cr_assert(null_in(memos[0], "code"));
    cr_assert(null_in(memos[0], "state"));
    put(memos[0], "body", orm_text_n("a\0b", 3));
    OK(w, orm_add_object(w->s, memos[0]));
    if (w->postgresql) {
        cr_assert_eq(orm_commit(w->s), ORM_DATA);
        return;
    }
    OK(w, orm_commit(w->s));
    orm_value value;
    OK(w, orm_read(memos[0], "body", &value));
    cr_assert_eq(value.u.size, 3);
}

static void member_onupdate_of_text(world *w)
{
    orm_object *memo = orm_new_object(w->s, w->memo);
    put(memo, "stamp", orm_text("by hand"));
    OK(w, orm_add_object(w->s, memo));
    OK(w, orm_commit(w->s));
    OK(w, orm_refresh_object(w->s, memo));
    put(memo, "body", orm_text("new"));
    OK(w, orm_flush(w->s));
    cr_assert_str_eq(text_of(memo, "stamp"), "memo 2");
    OK(w, orm_rollback(w->s));
    orm_value value = *(orm_value *)(void *)((char *)memo + w->memo->columns.at[3].offset);
    cr_assert_str_eq(value.u.s, "by hand", "the member itself has it again, before the row is read");
    cr_assert_str_eq(text_of(memo, "stamp"), "by hand");
    cr_assert_str_eq(text_of(memo, "body"), "empty");
}

Test(member, onupdate_of_text_sqlite)
{
    world w;
    world_open(&w, RUN_TIME_SQLITE);
    member_onupdate_of_text(&w);
    world_close(&w);
}

Test(member, onupdate_of_text_postgresql)
{
    world w;
    world_open(&w, RUN_TIME_POSTGRESQL);
    member_onupdate_of_text(&w);
    world_close(&w);
}

Test(member, defaults_of_text_sqlite)
{
    world w;
    world_open(&w, RUN_TIME_SQLITE);
    member_defaults_of_text(&w);
    world_close(&w);
}

Test(member, defaults_of_text_postgresql)
{
    world w;
    world_open(&w, RUN_TIME_POSTGRESQL);
    member_defaults_of_text(&w);
    world_close(&w);
}
