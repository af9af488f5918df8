/* Rows that go in or are changed many at a time: as structs, as values, as objects. */
#include "support/support.h"
#include "support/world.h"
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USERS "SELECT count(*) FROM \"user\""
#define POSTS "SELECT count(*) FROM post"

static const char *const names[] = {"username", "age"};

static int64_t total(world *w, const char *sql)
{
    return strtoll(stored(w, sql), NULL, 10);
}

/* username and age, row by row; the texts are the caller's to free. */
static orm_value *some_users(size_t count, const char *prefix)
{
    orm_value *values = malloc(count * 2 * sizeof *values + count * 24);
    char *texts = (char *)(values + count * 2);
    cr_assert_not_null(values);
    for (size_t i = 0; i < count; i++) {
        snprintf(texts + i * 24, 24, "%s%zu", prefix, i);
        values[i * 2] = orm_text(texts + i * 24);
        values[i * 2 + 1] = i % 3 == 0 ? orm_null() : orm_int((int64_t)i);
    }
    return values;
}

ALL(many, values)
{
    enum { COUNT = 10000 }; /* more than are in hand at a time */
    orm_value *values = some_users(COUNT, "u");
    int64_t *keys = malloc(COUNT * sizeof *keys);
    OK(w, orm_insert_values(w->s, w->user, names, 2, values, COUNT, keys));
    cr_assert_eq(total(w, USERS), 0, "nothing before the commit");
    OK(w, orm_commit(w->s));
    cr_assert_eq(total(w, USERS), COUNT);
    cr_assert_eq(total(w, "SELECT count(*) FROM \"user\" WHERE age IS NULL"), (COUNT + 2) / 3);
    cr_assert_eq(total(w, "SELECT sum(age) FROM \"user\""), 33326667);
    cr_assert_eq(total(w, "SELECT count(*) FROM \"user\" WHERE active"), COUNT, "defaults");
    cr_assert_eq(total(w, "SELECT count(*) FROM \"user\" WHERE created_at IS NULL"), 0);
    for (size_t i = 0; i < COUNT; i += 997) {
        char sql[80], name[24];
        snprintf(sql, sizeof sql, "SELECT username FROM \"user\" WHERE id = %lld", (long long)keys[i]);
        snprintf(name, sizeof name, "u%zu", i);
        cr_assert_str_eq(stored(w, sql), name, "each row has its own key");
    }
    free(values);
    values = some_users(3, "v");
    OK(w, orm_insert_values(w->s, w->user, names, 2, values, 3, NULL));
    OK(w, orm_rollback(w->s));
    cr_assert_eq(total(w, USERS), COUNT);
    orm_object *next = fresh_user(w, "next");
    OK(w, orm_commit(w->s));
    cr_assert_gt(int_of(next, "id"), COUNT);
    free(values);
    free(keys);
}

ALL(many, statements)
{
    orm_value *values = some_users(100, "u");
    int64_t keys[100];
    OK(w, orm_insert_values(w->s, w->user, names, 2, values, 100, NULL));
    if (w->postgresql) {
        cr_assert_not_null(strstr(w->log, "COPY \"user\" (\"username\", \"age\", \"active\", \"created_at\") FROM STDIN\n"));
        cr_assert_null(strstr(w->log, "INSERT"));
    }
    forget(w);
    OK(w, orm_insert_values(w->s, w->user, names, 2, &values[0], 0, keys));
    cr_assert_str_eq(w->log, "", "no rows, no statement");
    OK(w, orm_rollback(w->s));
    forget(w);
    OK(w, orm_insert_values(w->s, w->user, names, 2, values, 100, keys));
    cr_assert_eq(strstr(w->log, "nextval") != NULL, w->postgresql, "%s", w->log);
    cr_assert_null(strstr(w->log, "RETURNING"));
    free(values);
}

/* What a row does not give, the database or the model gives; runs of rows with the same columns go together. */
ALL(many, mixed_columns)
{
    ticks = 0;
    const char *const members[] = {"title", "views", "rank", "id"};
    const orm_value rows[] = {
        orm_text("a"), orm_null(), orm_null(), orm_null(),
        orm_text("b"), orm_int(5), orm_int(6), orm_null(),
        orm_text("c"), orm_null(), orm_null(), orm_int(50),
        orm_text("d"), orm_int(0), orm_null(), orm_int(0),
    };
    int64_t keys[4];
    OK(w, orm_insert_values(w->s, w->post, members, 4, rows, 4, keys));
    OK(w, orm_commit(w->s));
    cr_assert_eq(keys[0], 1);
    cr_assert_eq(keys[2], 50);
    cr_assert_str_eq(stored(w, "SELECT rank FROM post WHERE title = 'a'"), "7");
    cr_assert_str_eq(stored(w, "SELECT rank FROM post WHERE title = 'b'"), "6");
    cr_assert_str_eq(stored(w, "SELECT views FROM post WHERE title = 'a'"), "0");
    cr_assert_str_eq(stored(w, "SELECT views FROM post WHERE title = 'b'"), "5");
    cr_assert_str_eq(stored(w, "SELECT id FROM post WHERE title = 'c'"), "50");
    cr_assert_eq(ticks, 4, "once for each row");
    cr_assert_eq(total(w, "SELECT sum(ticks) FROM post"), 10);
    /* A row of which everything is left to the database. */
    forget(w);
    cr_assert_eq(orm_insert_values(w->s, w->post, NULL, 0, NULL, 1, NULL), ORM_NOT_NULL);
    OK(w, orm_rollback(w->s));
}

ALL(many, every_type)
{
    const char *const members[] = {"username", "email", "age", "score", "active", "born", "created_at", "meta"};
    json_t *document = json_pack("{s:[i,s,n]}", "a", 1, "t\tn\n\\N");
    const orm_value rows[] = {
        orm_text("tab\tand\nline\rand \\ and \\N and \\."), orm_text(""), orm_int(INT32_MIN), orm_real(-0.1), orm_bool(false),
        orm_date_value(orm_date_at(1, 1, 1)), orm_datetime_value(orm_datetime_at(1969, 12, 31, 23, 59, 59, 1)), orm_json(document),
        orm_text("two"), orm_null(), orm_null(), orm_int(3), orm_bool(true),
        orm_null(), orm_datetime_value(orm_datetime_at(9999, 12, 31, 23, 59, 59, 999999)), orm_json(json_null()),
    };
    int64_t keys[2];
    OK(w, orm_insert_values(w->s, w->user, members, 8, rows, 2, keys));
    json_decref(document);
    for (int again = 0; again < 2; again++) {
        orm_object *one = get(w, w->user, keys[0]), *two = get(w, w->user, keys[1]);
        orm_value value;
        for (size_t i = 0; i < 16; i++) {
            OK(w, orm_read(i < 8 ? one : two, members[i % 8], &value));
            cr_assert_eq(value.type, i == 11 ? ORM_FLOAT : rows[i].type, "value %zu", i);
        }
        cr_assert_str_eq(text_of(one, "username"), "tab\tand\nline\rand \\ and \\N and \\.");
        cr_assert_str_eq(text_of(one, "email"), "");
        OK(w, orm_read(one, "created_at", &value));
        cr_assert_eq(value.u.t.us, orm_datetime_at(1969, 12, 31, 23, 59, 59, 1).us);
        OK(w, orm_read(one, "born", &value));
        cr_assert_eq(value.u.d.day, orm_date_at(1, 1, 1).day);
        OK(w, orm_read(one, "meta", &value));
        cr_assert_str_eq(json_string_value(json_array_get(json_object_get(value.u.j, "a"), 1)), "t\tn\n\\N");
        OK(w, orm_commit(w->s));
    }
}

TYPED(many, structs)
{
    User rows[3] = {
        {.username = "a", .age = ORM_SOME(30), .active = false},
        {.username = "b", .email = "b@x"},
        {.id = 77, .username = "c", .active = true},
    };
    int64_t keys[3];
    OK(w, orm_insert_rows(w->s, User, rows, 3, keys, id, username, email, age));
    cr_assert_eq(keys[0], 1);
    cr_assert_eq(keys[2], 77);
    OK(w, orm_commit(w->s));
    cr_assert_eq(total(w, "SELECT count(*) FROM \"user\" WHERE active"), 3, "a member that is not named has its default");
    OK(w, orm_query_delete(orm_query_open(w->s, w->user), ORM_SYNC_AUTO, NULL));
    OK(w, orm_insert_all(w->s, User, rows, 3, NULL));
    OK(w, orm_commit(w->s));
    cr_assert_eq(total(w, "SELECT count(*) FROM \"user\" WHERE active"), 1, "a plain member is what it is");
    cr_assert_str_eq(stored(w, "SELECT age FROM \"user\" WHERE username = 'a'"), "30");
    cr_assert_eq(total(w, "SELECT count(*) FROM \"user\" WHERE created_at IS NULL"), 0);
    Post posts[2] = {{.title = "x", .user_id = ORM_SOME(77)}, {.title = "y"}};
    OK(w, orm_insert_rows(w->s, Post, posts, 2, NULL, title, user_id));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT user_id FROM post WHERE title = 'x'"), "77");
    Pair pairs[2] = {{.a = 1, .b = "one", .label = "x"}, {.a = 1, .b = "two"}};
    OK(w, orm_insert_all(w->s, Pair, pairs, 2, NULL));
    pairs[0].label = "changed";
    pairs[1].label = "set";
    OK(w, orm_update_rows(w->s, Pair, pairs, 2, a, b, label));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT \"the label\" FROM pair WHERE b = 'two'"), "set");
    cr_assert_eq(orm_insert_all(w->s, Pair, pairs, 2, keys), ORM_ARGUMENT, "the key is not generated");
}

ALL(many, objects)
{
    orm_object *list[5];
    for (size_t i = 0; i < 3; i++) {
        char name[8];
        snprintf(name, sizeof name, "u%zu", i);
        list[i] = orm_new_object(w->s, w->user);
        put(list[i], "username", orm_text(name));
    }
    for (size_t i = 3; i < 5; i++) {
        list[i] = orm_new_object(w->s, w->post);
        put(list[i], "title", orm_text("t"));
    }
    OK(w, orm_insert_objects(w->s, list, 5, false));
    cr_assert_eq(orm_lifecycle_of(list[0]), ORM_IS_TRANSIENT);
    OK(w, orm_commit(w->s));
    cr_assert_eq(total(w, USERS), 3);
    cr_assert_eq(total(w, POSTS), 2);
    behind(w, "DELETE FROM \"user\"");
    OK(w, orm_insert_objects(w->s, list, 5, true));
    cr_assert_neq(int_of(list[2], "id"), 0);
    cr_assert_eq(int_of(list[4], "id"), int_of(list[3], "id") + 1);
    cr_assert_neq(get(w, w->user, int_of(list[0], "id")), list[0], "it is not the session's");
    OK(w, orm_commit(w->s));
    orm_object *pending = fresh_user(w, "pending");
    cr_assert_eq(orm_insert_objects(w->s, &pending, 1, false), ORM_STATE);
    cr_assert_eq(orm_insert_objects(w->s, NULL, 1, false), ORM_ARGUMENT);
    OK(w, orm_insert_objects(w->s, NULL, 0, false));
}

ALL(many, failures)
{
    orm_value *values = some_users(100, "u");
    orm_object *before = fresh_user(w, "before");
    OK(w, orm_flush(w->s));
    values[150] = values[0];
    cr_assert_eq(orm_insert_values(w->s, w->user, names, 2, values, 100, NULL), ORM_UNIQUE);
    cr_assert_eq(orm_flush(w->s), ORM_NEEDS_ROLLBACK);
    OK(w, orm_rollback(w->s));
    cr_assert_eq(orm_lifecycle_of(before), ORM_IS_TRANSIENT);
    cr_assert_eq(total(w, USERS), 0);
    values[150] = orm_null();
    cr_assert_eq(orm_insert_values(w->s, w->user, names, 2, values, 100, NULL), ORM_NOT_NULL);
    OK(w, orm_rollback(w->s));
    values[150] = orm_text_n("\xff", 1);
    cr_assert_eq(orm_insert_values(w->s, w->user, names, 2, values, 100, NULL), ORM_DATA);
    OK(w, orm_rollback(w->s));
    values[150] = orm_text_n("a\0b", 3);
    cr_assert_eq(orm_insert_values(w->s, w->user, names, 2, values, 100, NULL), w->postgresql ? ORM_DATA : ORM_OK);
    OK(w, orm_rollback(w->s));
    values[150] = orm_text("v");
    const char *const posts[] = {"title", "user_id"};
    values[151] = orm_int(99);
    cr_assert_eq(orm_insert_values(w->s, w->post, posts, 2, &values[150], 1, NULL), ORM_FOREIGN_KEY);
    OK(w, orm_rollback(w->s));
    behind(w, "DROP TABLE pair");
    cr_assert_eq(orm_insert_values(w->s, w->pair, (const char *const[]){"a", "b"}, 2, (orm_value[]){orm_int(1), orm_text("x")}, 1, NULL),
                 ORM_NO_TABLE);
    OK(w, orm_rollback(w->s));
    OK(w, orm_insert_values(w->s, w->user, names, 2, values, 100, NULL));
    OK(w, orm_commit(w->s));
    cr_assert_eq(total(w, USERS), 100);
    free(values);
}

/* What is wrong with the call itself spoils nothing. */
ALL(many, refusals)
{
    const orm_value row[] = {orm_text("a"), orm_int(1)};
    fresh_user(w, "pending");
    OK(w, orm_flush(w->s));
    cr_assert_eq(orm_insert_values(w->s, w->user, (const char *const[]){"username", "nope"}, 2, row, 1, NULL), ORM_ARGUMENT);
    cr_assert_not_null(strstr(orm_session_error(w->s)->message, "no column \"nope\""));
    cr_assert_eq(orm_insert_values(w->s, w->user, (const char *const[]){"username", "username"}, 2, row, 1, NULL), ORM_ARGUMENT);
    cr_assert_eq(orm_insert_values(w->s, w->user, (const char *const[]){"username", NULL}, 2, row, 1, NULL), ORM_ARGUMENT);
    cr_assert_eq(orm_insert_values(w->s, w->user, (const char *const[]){"username", "active"}, 2, row, 1, NULL), ORM_DATA);
    cr_assert_not_null(strstr(orm_session_error(w->s)->message, "row 1: User.active is boolean, not integer"));
    cr_assert_eq(orm_insert_values(w->s, w->user, names, 2, NULL, 1, NULL), ORM_ARGUMENT);
    cr_assert_eq(orm_insert_values(w->s, w->user, NULL, 2, row, 1, NULL), ORM_ARGUMENT);
    cr_assert_eq(orm_insert_values(w->s, NULL, names, 2, row, 1, NULL), ORM_ARGUMENT);
    cr_assert_eq(orm_insert_values(NULL, w->user, names, 2, row, 1, NULL), ORM_ARGUMENT);
    cr_assert_eq(orm_insert_structs(NULL, w->user, row, 1, NULL, NULL, 0), ORM_ARGUMENT);
    cr_assert_eq(orm_insert_objects(NULL, NULL, 0, false), ORM_ARGUMENT);
    cr_assert_eq(orm_insert_structs(w->s, w->user, NULL, 1, NULL, NULL, 0), ORM_ARGUMENT);
    cr_assert_eq(orm_update_values(w->s, w->user, names, 2, row, 1), ORM_ARGUMENT);
    cr_assert_not_null(strstr(orm_session_error(w->s)->message, "id is not given"));
    cr_assert_eq(orm_update_values(w->s, w->user, (const char *const[]){"id"}, 1, &row[1], 1), ORM_ARGUMENT);
    cr_assert_eq(orm_update_values(w->s, w->user, (const char *const[]){"username", "id"}, 2, (orm_value[]){orm_int(1), orm_int(1)}, 1), ORM_DATA);
    OK(w, orm_commit(w->s));
    cr_assert_eq(total(w, USERS), 1);
}

ALL(many, updates)
{
    enum { COUNT = 9000 };
    const char *const members[] = {"id", "email", "age"};
    orm_value *values = some_users(COUNT, "u"), *changes = malloc(COUNT * 3 * sizeof *changes);
    int64_t *keys = malloc(COUNT * sizeof *keys);
    OK(w, orm_insert_values(w->s, w->user, names, 2, values, COUNT, keys));
    OK(w, orm_commit(w->s));
    orm_object *held = get(w, w->user, keys[5]), *changed = get(w, w->user, keys[6]);
    (void)orm_autoflush(w->s, false);
    put(changed, "age", orm_int(-1));
    for (size_t i = 0; i < COUNT; i++) {
        changes[i * 3] = orm_int(keys[i]);
        changes[i * 3 + 1] = i % 2 == 0 ? orm_text("even") : orm_null();
        changes[i * 3 + 2] = orm_int(7);
    }
    OK(w, orm_update_values(w->s, w->user, members, 3, changes, COUNT));
    cr_assert_eq(int_of(held, "age"), 7, "an object is read again");
    cr_assert_eq(int_of(changed, "age"), -1, "but for what the user changed");
    OK(w, orm_commit(w->s));
    cr_assert_eq(total(w, "SELECT count(*) FROM \"user\" WHERE age = 7"), COUNT - 1);
    cr_assert_eq(total(w, "SELECT count(*) FROM \"user\" WHERE email = 'even'"), COUNT / 2);
    changes[3] = changes[0];
    OK(w, orm_update_values(w->s, w->user, members, 3, changes, 2));
    OK(w, orm_commit(w->s));
    cr_assert_eq(total(w, "SELECT count(*) FROM \"user\" WHERE email = 'even'"), COUNT / 2 - 1, "the last of two wins");
    changes[3] = orm_int(-5);
    cr_assert_eq(orm_update_values(w->s, w->user, members, 3, changes, 2), ORM_STALE);
    cr_assert_eq(orm_flush(w->s), ORM_NEEDS_ROLLBACK);
    OK(w, orm_rollback(w->s));
    cr_assert_eq(total(w, "SELECT count(*) FROM \"user\" WHERE email = 'even'"), COUNT / 2 - 1);
    free(values);
    free(changes);
    free(keys);
}

ALL(many, onupdate_for_each_row)
{
    ticks = 0;
    const char *const titles[] = {"title"}, *const members[] = {"title", "id"};
    OK(w, orm_insert_values(w->s, w->post, titles, 1, (orm_value[]){orm_text("a"), orm_text("b")}, 2, NULL));
    OK(w, orm_update_values(w->s, w->post, members, 2, (orm_value[]){orm_text("x"), orm_int(2), orm_text("y"), orm_int(1)}, 2));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT ticks FROM post WHERE title = 'x'"), "3");
    cr_assert_str_eq(stored(w, "SELECT ticks FROM post WHERE title = 'y'"), "4");
    cr_assert_eq(ticks, 4);
}

/* A generated key that no sequence counts is asked for row by row. */
ALL(many, keys_that_nothing_counts)
{
    if (!w->postgresql) {
        return;
    }
    behind(w, "ALTER SEQUENCE user_id_seq OWNED BY NONE");
    orm_value *values = some_users(5, "u");
    int64_t keys[5];
    OK(w, orm_insert_values(w->s, w->user, names, 2, values, 5, keys));
    OK(w, orm_commit(w->s));
    char sql[80];
    snprintf(sql, sizeof sql, "SELECT username FROM \"user\" WHERE id = %lld", (long long)keys[3]);
    cr_assert_str_eq(stored(w, sql), "u3");
    free(values);
}

Test(many, rows_of_a_plain_table)
{
    static const orm_column columns[] = {
        {.name = "a", .type = ORM_INTEGER, .primary_key = true},
        {.name = "b", .type = ORM_STRING, .primary_key = true},
        {.name = "weight", .type = ORM_FLOAT, .default_value = ORM_REAL(0.5)},
    };
    orm_builder *builder;
    const orm_schema *schema;
    orm_database *database;
    orm_session *s;
    orm_error error;
    const char *url = postgres_url();
    const char *const members[] = {"a", "b"};
    for (int i = 0; i < (url != NULL ? 2 : 1); i++) {
        cr_assert_eq(orm_builder_open(&builder), ORM_OK);
        orm_builder_table(builder, "link");
        for (size_t k = 0; k < 3; k++) {
            orm_builder_column(builder, &columns[k]);
        }
        cr_assert_eq(orm_builder_finish(builder, &schema, &error), ORM_OK, "%s", error.message);
        cr_assert_eq(orm_open(i == 0 ? "sqlite://" : url, schema, NULL, &database, &error), ORM_OK);
        cr_assert_eq(orm_create_all(database, &error), ORM_OK);
        cr_assert_eq(orm_session_open(database, &s, &error), ORM_OK);
        const orm_model *link = orm_schema_find(schema, "link");
        const orm_value rows[] = {orm_int(1), orm_text("x"), orm_int(1), orm_text("y")};
        cr_assert_eq(orm_insert_values(s, link, members, 2, rows, 2, NULL), ORM_OK);
        cr_assert_eq(orm_update_values(s, link, (const char *const[]){"weight", "a", "b"}, 3,
                                       (orm_value[]){orm_int(2), orm_int(1), orm_text("y")}, 1), ORM_OK);
        cr_assert_eq(orm_insert_structs(s, link, rows, 2, NULL, NULL, 0), ORM_ARGUMENT);
        cr_assert_eq(orm_commit(s), ORM_OK);
        cr_assert_eq(orm_insert_values(s, link, members, 2, rows, 2, NULL), ORM_UNIQUE);
        orm_session_close(&s);
        orm_close(&database);
        orm_builder_close(&builder);
    }
    postgres_done();
}

/* ---- Without memory --------------------------------------------------------------------------------------------- */

static orm_status everything(void *context)
{
    const world *w = context;
    orm_database *database = NULL;
    orm_session *s = NULL;
    orm_error error;
    orm_status rc;
    User users[3] = {{.username = "a"}, {.username = "b", .email = "x"}, {.username = "c"}};
    int64_t keys[3];
    Post *post = NULL;
    ORM_TRY(orm_open(w->url, &blog, NULL, &database, &error));
    ORM_TRY(orm_session_open(database, &s, &error));
    ORM_TRY(orm_insert_rows(s, User, users, 3, keys, username, email));
    for (size_t i = 0; i < 3; i++) {
        users[i].id = keys[i];
        users[i].email = "changed";
    }
    ORM_TRY(orm_update_rows(s, User, users, 3, id, email));
    post = orm_new(s, Post);
    ORM_TRY(orm_made(s, post));
    post->title = "t";
    ORM_TRY(orm_insert_objects(s, (orm_object *[]){&post->orm}, 1, true));
    cr_assert_neq(post->id, 0);
fail:
    orm_session_close(&s);
    orm_close(&database);
    return rc;
}

TYPED(many, without_memory)
{
    faults_sweep(everything, w);
    cr_assert_eq(total(w, USERS), 0);
}
