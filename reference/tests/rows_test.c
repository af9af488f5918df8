/* Rows: what a query selects, streams, SQL of the user's, and what becomes of all that when something ends or fails. */
#include "query/query.h"
#include "support/support.h"
#include "support/world.h"
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

static void fill(world *w)
{
    behind(w, "INSERT INTO \"user\" (id, username, email, age, score, active, born, meta) VALUES"
              " (1, 'ann', 'a@x', 30, 1.5, TRUE, '2000-01-01', '{\"a\": 1}'), (2, 'Bob', NULL, 25, 2.5, TRUE, NULL, NULL),"
              " (3, 'cyd', 'c@x', NULL, NULL, TRUE, NULL, NULL), (4, 'dan', NULL, 25, 0.5, FALSE, NULL, NULL)");
    behind(w, "INSERT INTO post (id, title, user_id, views, ticks) VALUES (1, 'one', 1, 10, 0), (2, 'two', 1, 5, 0),"
              " (3, 'other', 2, 1, 0), (4, 'orphan', NULL, 7, 0)");
}

static orm_any_col user(world *w, const char *member)
{
    return orm_named(w->user, member);
}

static orm_any_col post(world *w, const char *member)
{
    return orm_named(w->post, member);
}

static orm_query *users(world *w)
{
    orm_query *query = orm_query_open(w->s, w->user);
    orm_query_order_by(query, orm_asc(user(w, "id")));
    return query;
}

/* All rows as text: "1 ann|2 Bob". */
static const char *text_of_rows(world *w, orm_cursor *rows)
{
    static char text[512];
    char number[32];
    text[0] = '\0';
    while (orm_next_row(rows)) {
        for (size_t i = 0; i < orm_cursor_width(rows); i++) {
            const size_t used = strlen(text);
            const char *between = i > 0 ? " " : used > 0 ? "|" : "";
            orm_value value;
            if (orm_cursor_name(rows, i) == NULL) {
                const orm_object *object = orm_cursor_object(rows, i);
                snprintf(text + used, sizeof text - used, "%s%s", between, object != NULL ? "object" : "-");
                continue;
            }
            OK(w, orm_cursor_value(rows, i, &value));
            switch (value.type) {
            case ORM_INTEGER:
                snprintf(text + used, sizeof text - used, "%s%lld", between, (long long)value.u.i);
                break;
            case ORM_FLOAT:
                snprintf(text + used, sizeof text - used, "%s%s", between, orm__float_text(value.u.r, number));
                break;
            case ORM_STRING:
                snprintf(text + used, sizeof text - used, "%s%.*s", between, (int)value.u.size, value.u.s);
                break;
            default:
                snprintf(text + used, sizeof text - used, "%s%s", between, value.type == ORM_NULL ? "NULL" : "?");
                break;
            }
        }
    }
    OK(w, orm_cursor_close(&rows));
    return text;
}

static const char *rows_of(world *w, orm_query *query)
{
    orm_cursor *rows;
    OK(w, orm_query_rows(query, &rows));
    return text_of_rows(w, rows);
}

ALL(rows, of_values)
{
    fill(w);
    orm_query *query = users(w);
    orm_query_select(query, user(w, "id").term, NULL);
    orm_query_select(query, orm_any_apply(ORM_UPPER, user(w, "username")).term, "name");
    orm_query_select(query, user(w, "score").term, NULL);
    orm_query_filter(query, orm_lt(user(w, "id"), orm_int(4)));
    orm_cursor *rows;
    OK(w, orm_query_rows(orm_query_clone(query), &rows));
    cr_assert_eq(orm_cursor_width(rows), 3);
    cr_assert_str_eq(orm_cursor_name(rows, 0), "id");
    cr_assert_str_eq(orm_cursor_name(rows, 1), "name");
    cr_assert_null(orm_cursor_name(rows, 3));
    cr_assert_str_eq(text_of_rows(w, rows), "1 ANN 1.5|2 BOB 2.5|3 CYD NULL");
    int64_t count;
    OK(w, orm_query_count(orm_query_clone(query), &count));
    cr_assert_eq(count, 3);
    void **list;
    size_t size;
    cr_assert_eq(orm_query_all(query, &list, &size), ORM_ARGUMENT);
    cr_assert_not_null(strstr(orm_session_error(w->s)->message, "use orm_rows"));
}

ALL(rows, of_groups)
{
    fill(w);
    orm_query *query = orm_query_open(w->s, w->user);
    orm_query_join(query, w->post, NULL, ORM_LEFT_JOIN, NULL);
    orm_query_select(query, user(w, "username").term, NULL);
    orm_query_select(query, orm_count_of(post(w, "id")).term, NULL);
    orm_query_select(query, orm_sum_of(post(w, "views")).term, NULL);
    orm_query_group_by(query, user(w, "username").term);
    orm_query_order_by(query, orm_asc(user(w, "username")));
    orm_query *some = orm_query_clone(query);
    cr_assert_str_eq(rows_of(w, query), "Bob 1 1|ann 2 15|cyd 0 NULL|dan 0 NULL");
    orm_query_having(some, orm_gt(orm_any(orm_count_of(post(w, "id"))), orm_int(0)));
    cr_assert_str_eq(rows_of(w, some), "Bob 1 1|ann 2 15");
    query = orm_query_open(w->s, w->user);
    orm_query_select(query, orm_count_rows().term, NULL);
    orm_query_select(query, orm_count_term(user(w, "age").term, true).term, NULL);
    orm_query_select(query, orm_average_term(user(w, "score").term).term, NULL);
    orm_query_select(query, orm_min_of(user(w, "username")).term, NULL);
    cr_assert_str_eq(rows_of(w, query), "4 2 1.5 Bob");
}

ALL(rows, of_objects_and_values)
{
    fill(w);
    orm_object *one = NULL, *other = NULL;
    orm_query *query = orm_query_open(w->s, w->post);
    orm_query_join(query, w->user, "writer", ORM_LEFT_JOIN, NULL);
    orm_query_select_object(query, w->post, NULL, &one);
    orm_query_select_object(query, w->user, "writer", &other);
    orm_query_select(query, orm_any_of("writer", user(w, "age")).term, NULL);
    orm_query_order_by(query, orm_asc(post(w, "id")));
    orm_cursor *rows;
    OK(w, orm_query_rows(query, &rows));
    cr_assert(orm_next_row(rows));
    cr_assert_eq(one, orm_cursor_object(rows, 0));
    cr_assert_str_eq(text_of(one, "title"), "one");
    cr_assert_str_eq(text_of(other, "username"), "ann");
    orm_object *ann = other;
    cr_assert(orm_next_row(rows));
    cr_assert_eq(other, ann);
    cr_assert_eq(one, get(w, w->post, 2), "objects of rows stay with the session");
    cr_assert_str_eq(text_of_rows(w, rows), "object object 25|object - NULL");
    cr_assert_null(other);
}

TYPED(rows, into_variables)
{
    fill(w);
    const char *name, *email;
    int64_t id;
    orm_opt_int age;
    double score = 0;
    orm_opt_real maybe_score;
    bool active;
    orm_opt_date born;
    json_t *meta;
    orm_cursor *rows;
    User_query q = orm_query(w->s, User);
    orm_select_into(q, orm_col(q, id), &id);
    orm_select_into(q, orm_col(q, username), &name);
    orm_select_into(q, orm_col(q, email), &email);
    orm_select_into(q, orm_col(q, age), &age);
    orm_select_into(q, orm_col(q, score), &maybe_score);
    orm_select_into(q, orm_col(q, active), &active);
    orm_select_into(q, orm_col(q, born), &born);
    orm_select_into(q, orm_col(q, meta), &meta);
    orm_order_by(q, orm_asc(orm_col(q, id)));
    User_query again = orm_clone(q);
    OK(w, orm_rows(q, &rows));
    cr_assert(orm_next_row(rows));
    cr_assert(id == 1 && strcmp(name, "ann") == 0 && strcmp(email, "a@x") == 0 && age.has && age.value == 30);
    cr_assert(maybe_score.has && maybe_score.value == 1.5 && active && born.has);
    cr_assert_eq(born.value.day, orm_date_at(2000, 1, 1).day);
    cr_assert_eq(json_integer_value(json_object_get(meta, "a")), 1);
    cr_assert(orm_next_row(rows) && orm_next_row(rows));
    cr_assert(id == 3 && !age.has && !maybe_score.has && !born.has && meta == NULL);
    OK(w, orm_cursor_close(&rows));
    cr_assert_null(rows);
    OK(w, orm_cursor_close(&rows));
    orm_limit(again, 1);
    OK(w, orm_rows(again, &rows));
    cr_assert(orm_next_row(rows));
    cr_assert_eq(id, 1, "a copy fills the same variables");
    cr_assert_not(orm_next_row(rows));
    cr_assert_not(orm_next_row(rows));
    OK(w, orm_cursor_close(&rows));

    q = orm_query(w->s, User);
    orm_select_into(q, orm_col(q, score), &score);
    orm_order_by(q, orm_asc(orm_col(q, id)));
    OK(w, orm_rows(q, &rows));
    cr_assert(orm_next_row(rows) && orm_next_row(rows));
    cr_assert_eq(score, 2.5);
    cr_assert_not(orm_next_row(rows), "a double has no room for NULL");
    cr_assert_eq(orm_cursor_close(&rows), ORM_DATA);
    cr_assert_not_null(strstr(orm_session_error(w->s)->message, "item 0 of the row (score) is NULL"));
}

TYPED(rows, one_value)
{
    fill(w);
    int64_t number;
    orm_opt_int maybe;
    const char *name;
    json_t *meta;
    User_query q = orm_query(w->s, User);
    orm_select(q, orm_col(q, username));
    orm_filter_by(q, id, 2);
    OK(w, orm_scalar(q, &name));
    cr_assert_str_eq(name, "Bob");
    q = orm_query(w->s, User);
    orm_select(q, orm_col(q, meta));
    orm_filter_by(q, id, 1);
    OK(w, orm_scalar(q, &meta));
    cr_assert_eq(json_object_size(meta), 1);
    for (int i = 0; i < 5; i++) {
        static const orm_status wanted[] = {ORM_MULTIPLE, ORM_NOT_FOUND, ORM_DATA, ORM_ARGUMENT, ORM_OK};
        q = orm_query(w->s, User);
        if (i != 3) {
            orm_select(q, orm_col(q, age));
        }
        if (i > 0) {
            orm_filter_by(q, id, i == 1 ? 99 : i == 2 ? 3 : 1);
        }
        User_query copy = orm_clone(q);
        cr_assert_eq(orm_scalar(q, &number), wanted[i], "row %d: %s", i, orm_session_error(w->s)->message);
        const orm_status nullable = wanted[i] == ORM_NOT_FOUND || wanted[i] == ORM_DATA ? ORM_OK : wanted[i];
        maybe = (orm_opt_int){true, 77};
        cr_assert_eq(orm_scalar(copy, &maybe), nullable, "row %d", i);
        cr_assert(i != 1 || !maybe.has);
        cr_assert(i != 2 || !maybe.has);
    }
    cr_assert_eq(number, 30);
    bool any;
    q = orm_query(w->s, User);
    orm_filter_by(q, age, 25);
    OK(w, orm_exists(orm_clone(q), &any));
    cr_assert(any);
    orm_filter_by(q, age, 26);
    OK(w, orm_exists(q, &any));
    cr_assert_not(any);
    cr_assert_eq(orm_query_exists(NULL, &any), ORM_NOMEM);
    cr_assert_eq(orm_query_rows(NULL, &(orm_cursor *){NULL}), ORM_NOMEM);
}

static size_t objects_in(const orm_session *s)
{
    size_t count = 0;
    for (const orm__state *state = s->first; state != NULL; state = state->next) {
        count++;
    }
    return count;
}

ALL(rows, a_stream_lets_its_objects_go)
{
    fill(w);
    orm_object *kept = get(w, w->user, 2), *object;
    for (size_t batch = 1; batch <= 5; batch += 2) {
        orm_cursor *stream;
        orm_query *query = users(w);
        orm_query_batch(query, batch);
        forget(w);
        OK(w, orm_query_stream(query, &stream));
        for (int64_t id = 1; id <= 4; id++) {
            cr_assert(orm_cursor_next(stream, &object));
            cr_assert_eq(int_of(object, "id"), id);
            cr_assert_eq(object == kept, id == 2);
            cr_assert_eq(objects_in(w->s), id == 2 ? 1 : 2, "the one that is kept, and the one in hand");
        }
        cr_assert_not(orm_cursor_next(stream, &object));
        cr_assert_null(object);
        OK(w, orm_cursor_close(&stream));
        cr_assert_str_eq(kinds(w), "SELECT");
        cr_assert_eq(objects_in(w->s), 1);
    }
}

ALL(rows, a_stream_keeps_what_was_changed)
{
    fill(w);
    orm_object *object;
    orm_cursor *stream;
    orm_query *query = users(w);
    orm_query_batch(query, 2);
    OK(w, orm_query_stream(query, &stream));
    while (orm_cursor_next(stream, &object)) {
        if (int_of(object, "id") % 2 == 0) {
            put(object, "email", orm_text("changed"));
        }
        if (int_of(object, "id") == 3) {
            OK(w, orm_flush(w->s)); /* between the rows */
        }
        if (int_of(object, "id") == 1) {
            OK(w, orm_free_object(w->s, object)); /* the stream does not touch it again */
        }
    }
    OK(w, orm_cursor_close(&stream));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM \"user\" WHERE email = 'changed'"), "2");
    OK(w, orm_query_stream(users(w), &stream));
    cr_assert(orm_cursor_next(stream, &object));
    OK(w, orm_cursor_close(&stream));
    cr_assert_eq(int_of(object, "id"), 1, "closed early: the object in hand stays");
}

ALL(rows, end_with_the_transaction)
{
    fill(w);
    for (int i = 0; i < 3; i++) {
        orm_cursor *rows;
        orm_object *object;
        orm_query *query = users(w);
        orm_query_batch(query, i == 2 ? 0 : 1);
        OK(w, orm_query_stream(query, &rows));
        cr_assert(orm_cursor_next(rows, &object));
        OK(w, i == 0 ? orm_commit(w->s) : orm_rollback(w->s));
        cr_assert_not(orm_cursor_next(rows, &object));
        cr_assert_eq(orm_cursor_close(&rows), ORM_STATE);
        cr_assert_not_null(strstr(orm_session_error(w->s)->message, "transaction ended"));
    }
    orm_cursor *left; /* to the session */
    OK(w, orm_query_rows(users(w), &left));
    cr_assert(orm_next_row(left));
}

ALL(rows, two_at_a_time)
{
    fill(w);
    orm_cursor *outer, *inner;
    orm_object *a, *b;
    int pairs = 0;
    OK(w, orm_query_stream(users(w), &outer));
    while (orm_cursor_next(outer, &a)) {
        OK(w, orm_query_stream(users(w), &inner)); /* the same SQL */
        while (orm_cursor_next(inner, &b)) {
            pairs += int_of(a, "id") < int_of(b, "id") ? 1 : 0;
        }
        OK(w, orm_cursor_close(&inner));
    }
    OK(w, orm_cursor_close(&outer));
    cr_assert_eq(pairs, 6);
}

ALL(rows, of_sql)
{
    fill(w);
    orm_cursor *rows;
    int64_t changed, id;
    orm_opt_int age;
    orm_value wrong;
    OK(w, orm_execute_rows(w->s, "SELECT id AS key, age FROM \"user\" WHERE age = :age OR id = :id -- :none\n ORDER BY id",
                           ORM_BINDS(orm_bind("age", 25), orm_bind("id", 3)), &rows));
    cr_assert_str_eq(orm_cursor_name(rows, 0), "key");
    cr_assert_eq(orm_cursor_value(rows, 0, &wrong), ORM_ARGUMENT, "there is no row yet");
    orm_fetch(rows, 0, &id);
    orm_fetch(rows, 1, &age);
    cr_assert(orm_next_row(rows) && id == 2 && age.has && age.value == 25);
    cr_assert(orm_next_row(rows) && id == 3 && !age.has);
    cr_assert_str_eq(text_of_rows(w, rows), "4 25");
    OK(w, orm_execute_rows(w->s, "SELECT 1", ORM_NO_BINDS, &rows));
    orm_fetch(rows, 1, &id);
    cr_assert_not(orm_next_row(rows));
    cr_assert_eq(orm_cursor_close(&rows), ORM_ARGUMENT);
    OK(w, orm_execute(w->s, "UPDATE \"user\" SET email = :e WHERE age = :a",
                      ORM_BINDS(orm_bind("e", "it's ? $1 :a"), orm_bind("a", 25)), &changed));
    cr_assert_eq(changed, 2);
    OK(w, orm_rollback(w->s));
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM \"user\" WHERE email = 'it''s ? $1 :a'"), "0");
    OK(w, orm_execute(w->s, "WITH n AS (SELECT 4 AS id) DELETE FROM \"user\" WHERE id IN (SELECT id FROM n)", ORM_NO_BINDS, NULL));
    OK(w, orm_rollback(w->s));
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM \"user\""), "4", "a statement that begins otherwise writes too");
    put(fresh_user(w, "pending"), "id", orm_int(50));
    OK(w, orm_execute_rows(w->s, "SELECT count(*) FROM \"user\"", ORM_NO_BINDS, &rows));
    cr_assert_str_eq(text_of_rows(w, rows), "5", "what is pending is flushed first");
    cr_assert_eq(orm_execute(w->s, "SELECT :a", ORM_NO_BINDS, NULL), ORM_ARGUMENT);
    cr_assert_eq(orm_execute(w->s, NULL, ORM_NO_BINDS, NULL), ORM_ARGUMENT);
    cr_assert_eq(orm_execute(w->s, "SELECT", NULL, 2, NULL), ORM_ARGUMENT);
    cr_assert_eq(orm_execute(NULL, "SELECT 1", ORM_NO_BINDS, NULL), ORM_ARGUMENT);
    cr_assert_eq(orm_execute_rows(NULL, "SELECT 1", ORM_NO_BINDS, &rows), ORM_ARGUMENT);
    OK(w, orm_execute(w->s, "SELECT 1", ORM_NO_BINDS, NULL));
    cr_assert_eq(orm_execute(w->s, "NO SUCH STATEMENT", ORM_NO_BINDS, NULL), ORM_FAILURE);
}

ALL(rows, of_sql_as_objects)
{
    fill(w);
    orm_object *found;
    orm_value value;
    orm_query *query = orm_query_open(w->s, w->user);
    orm_query_from_sql(query, "SELECT username, id FROM \"user\" WHERE id = :id", ORM_BINDS(orm_bind("id", 1)));
    orm_query *late = orm_query_clone(query);
    OK(w, orm_query_one(query, &found));
    forget(w);
    cr_assert_str_eq(text_of(found, "username"), "ann");
    cr_assert_str_eq(kinds(w), "");
    OK(w, orm_read(found, "age", &value));
    cr_assert_eq(value.u.i, 30);
    cr_assert_str_eq(kinds(w), "SELECT");
    orm_query_filter_by(late, "id", orm_int(1));
    cr_assert_eq(orm_query_one(late, &found), ORM_ARGUMENT);
    query = orm_query_open(w->s, w->user);
    orm_query_from_sql(query, "SELECT username FROM \"user\"", ORM_NO_BINDS);
    cr_assert_eq(orm_query_first(query, &found), ORM_ARGUMENT);
    cr_assert_not_null(strstr(orm_session_error(w->s)->message, "gives no column \"id\""));
    query = users(w);
    orm_query_from_sql(query, "SELECT 1", ORM_NO_BINDS);
    cr_assert_eq(orm_query_first(query, &found), ORM_ARGUMENT);
}

ALL(rows, parts_of_objects)
{
    fill(w);
    orm_object *found;
    orm_query *query = users(w);
    orm_query_load_only(query, "username");
    orm_query_load_only(query, "age");
    orm_query_filter_by(query, "id", orm_int(1));
    forget(w);
    OK(w, orm_query_one(query, &found));
    cr_assert_str_eq(text_of(found, "username"), "ann");
    cr_assert_eq(int_of(found, "age"), 30);
    cr_assert_str_eq(kinds(w), "SELECT");
    put(found, "age", orm_int(31));
    cr_assert_str_eq(text_of(found, "email"), "a@x");
    cr_assert_eq(int_of(found, "age"), 31, "what was changed stays");
    cr_assert_str_eq(kinds(w), "SELECT");
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT email FROM \"user\" WHERE age = 31"), "a@x");
    query = users(w);
    orm_query_defer(query, "username");
    orm_query_defer(query, "id"); /* the key is always read */
    orm_query_filter_by(query, "id", orm_int(2));
    OK(w, orm_query_one(query, &found));
    cr_assert_str_eq(text_of(found, "username"), "Bob");
    query = users(w);
    orm_query_defer(query, "nope");
    cr_assert_eq(orm_query_first(query, &found), ORM_ARGUMENT);
}

ALL(rows, queries_of_queries)
{
    fill(w);
    orm_object *found;
    orm_query *inner = orm_query_open(w->s, w->post), *query = users(w);
    orm_query_select(inner, post(w, "user_id").term, NULL);
    orm_query_filter(query, orm_in_query(user(w, "id").term, false, inner));
    orm_query_select(query, user(w, "username").term, NULL);
    cr_assert_str_eq(rows_of(w, query), "ann|Bob");
    inner = orm_query_open(w->s, w->post);
    orm_query_filter(inner, orm_eq(post(w, "user_id"), user(w, "id"))); /* of the query around it */
    query = users(w);
    orm_query_filter(query, orm_not(orm_exists_query(inner)));
    orm_query_select(query, user(w, "username").term, NULL);
    cr_assert_str_eq(rows_of(w, query), "cyd|dan");
    inner = orm_query_open(w->s, w->user);
    orm_query_select(inner, orm_any_apply(ORM_MAX, user(w, "age")).term, NULL);
    query = users(w);
    orm_query_filter(query, orm_eq(user(w, "age"), orm_query_value(inner)));
    OK(w, orm_query_one(query, &found));
    cr_assert_eq(int_of(found, "id"), 1);
    inner = orm_query_open(w->s, w->post);
    orm_query_select(inner, post(w, "user_id").term, "owner");
    orm_query_select(inner, orm_sum_of(post(w, "views")).term, "views");
    orm_query_group_by(inner, post(w, "user_id").term);
    query = users(w);
    orm_query_join_query(query, inner, "sums", ORM_LEFT_JOIN, orm_eq(orm_any_label("sums", "owner"), user(w, "id")));
    orm_query_select(query, user(w, "username").term, NULL);
    orm_query_select(query, orm_int_label("sums", "views").term, NULL);
    cr_assert_str_eq(rows_of(w, query), "ann 15|Bob 1|cyd NULL|dan NULL");
    for (int how = ORM_UNION; how <= ORM_EXCEPT; how++) {
        static const char *const wanted[] = {"Bob|ann|cyd", "Bob|Bob|ann|cyd", "Bob", "ann"};
        orm_query *other = orm_query_open(w->s, w->user);
        query = orm_query_open(w->s, w->user);
        orm_query_filter(query, orm_le(user(w, "id"), orm_int(2)));
        orm_query_filter(other, orm_in(user(w, "id"), ((orm_value[]){orm_int(2), orm_int(3)}), 2));
        orm_query_select(query, user(w, "username").term, NULL);
        orm_query_select(other, user(w, "username").term, NULL);
        orm_query_limit(other, 9);
        orm_query_combine(query, (orm_combination)how, other);
        orm_query_order_by(query, orm_asc(user(w, "username")));
        cr_assert_str_eq(rows_of(w, query), wanted[how]);
    }
}

ALL(rows, refusals)
{
    fill(w);
    for (int i = 0; i < 13; i++) {
        orm_query *query = orm_query_open(w->s, w->user), *other = orm_query_open(w->s, w->post);
        const char *says = "";
        bool given = false;
        switch (i) {
        case 0:
            orm_query_combine(query, ORM_UNION, other), given = true;
            says = "a query of \"user\" is combined with one of \"post\"";
            break;
        case 1:
            orm_query_select(query, user(w, "id").term, NULL);
            orm_query_combine(query, ORM_UNION, other), given = true;
            says = "selects something else";
            break;
        case 2:
            orm_query_combine(query, (orm_combination)9, other), given = true;
            says = "no such combination (9)";
            break;
        case 3:
            orm_query_filter_by(other, "nope", orm_int(1));
            orm_query_combine(query, ORM_UNION, other), given = true;
            says = "Post has no column \"nope\"";
            break;
        case 4:
            orm_query_filter(query, orm_in_query(user(w, "id").term, false, other)), given = true;
            says = "has to select one value";
            break;
        case 5:
            orm_query_select(other, post(w, "title").term, NULL);
            orm_query_filter(query, orm_in_query(user(w, "id").term, false, other)), given = true;
            says = "User.id is integer";
            break;
        case 6:
            orm_query_join_query(query, other, NULL, ORM_INNER_JOIN, orm_is_null(user(w, "id"))), given = true;
            says = "joined without a name";
            break;
        case 7:
            orm_query_join_query(query, other, "user", ORM_INNER_JOIN, orm_is_null(user(w, "id"))), given = true;
            says = "two joins are called \"user\"";
            break;
        case 8:
            orm_query_select_object(query, w->post, NULL, NULL);
            says = "joins no such model";
            break;
        case 9:
            orm_query_limit(query, 1);
            orm_query_group_by(query, user(w, "id").term);
            says = "group_by after limit";
            break;
        case 10:
            orm_query_group_by(query, user(w, "nope").term);
            says = "nope";
            break;
        case 11:
            orm_query_filter(query, orm_eq(orm_any_label("sums", "views"), orm_int(1)));
            says = "sums.views in a query of User";
            break;
        default:
            orm_query_having(query, orm_asc(user(w, "id")));
            says = "a condition is wanted";
            break;
        }
        if (!given) {
            orm_query_close(&other);
        }
        orm_cursor *rows;
        forget(w);
        cr_assert_eq(orm_query_rows(query, &rows), ORM_ARGUMENT, "row %d", i);
        cr_assert_not_null(strstr(orm_session_error(w->s)->message, says), "row %d: %s", i,
                           orm_session_error(w->s)->message);
        cr_assert_null(rows);
        cr_assert_str_eq(kinds(w), "");
    }
    /* Without memory for a query everything else goes on, and nothing leaks. */
    orm_query_select(NULL, user(w, "id").term, NULL);
    orm_query_select_object(NULL, w->user, NULL, NULL);
    orm_query_group_by(NULL, user(w, "id").term);
    orm_query_having(NULL, orm_is_null(user(w, "id")));
    orm_query_order_reset(NULL);
    orm_query_for_update(NULL);
    orm_query_batch(NULL, 1);
    orm_query_load_only(NULL, "id");
    orm_query_from_sql(NULL, "SELECT 1", ORM_NO_BINDS);
    orm_query_combine(NULL, ORM_UNION, orm_query_open(w->s, w->user));
    orm_query_join_query(NULL, NULL, "x", ORM_INNER_JOIN, orm_is_null(user(w, "id")));
    orm_expr_free(orm_exists_query(NULL));
    const char *sql;
    cr_assert_eq(orm_query_sql(NULL, &sql), ORM_NOMEM);
    cr_assert_not(orm_next_row(NULL));
    cr_assert_eq(orm_cursor_width(NULL), 0);
    cr_assert_null(orm_cursor_name(NULL, 0));
    cr_assert_null(orm_cursor_object(NULL, 0));
    cr_assert_eq(orm_cursor_value(NULL, 0, &(orm_value){0}), ORM_ARGUMENT);
}

ALL(rows, the_text_of_a_query)
{
    const char *sql;
    orm_query *query = users(w);
    orm_query_filter_by(query, "username", orm_text("secret"));
    forget(w);
    OK(w, orm_query_sql(query, &sql));
    cr_assert_not_null(strstr(sql, w->postgresql ? "\"username\" = $1 ORDER BY" : "\"username\" = ? ORDER BY"));
    cr_assert_null(strstr(sql, "secret"));
    cr_assert_str_eq(kinds(w), "");
    orm_query_filter_by(query, "nope", orm_int(1));
    cr_assert_eq(orm_query_sql(query, &sql), ORM_ARGUMENT);
    orm_query_close(&query);
}

/* ---- Out of memory
 * ------------------------------------------------------------------------------------------------------ */

static orm_status read_much(orm_session *s)
{
    orm_status rc;
    orm_cursor *rows;
    const char *name;
    int64_t count;
    User *u;
    User_cursor stream;
    User_query inner = orm_query(s, User), q = orm_query(s, User), other = orm_query(s, User);
    orm_select(inner, orm_max_of(orm_col(inner, id)));
    orm_filter(q, orm_or(orm_in_rows(orm_col(q, id), inner), orm_sql("id < :n", ORM_BINDS(orm_bind("n", 9)))));
    orm_select_into(q, orm_concat(orm_lower(orm_col(q, username)), "!"), &name);
    orm_select_into(q, orm_case(orm_contains_literal(orm_col(q, username), "%"), orm_int_literal(1), orm_coalesce(orm_col(q, age), 0)), &count);
    orm_select_as(q, orm_plus(orm_col(q, id), 1), "next");
    orm_group_by(q, orm_col(q, username));
    orm_group_by(q, orm_col(q, age));
    orm_group_by(q, orm_col(q, id));
    orm_having(q, orm_ge(orm_count_rows(), 1));
    orm_order_by(q, orm_nulls_last(orm_desc(orm_call_int("abs", orm_any(orm_neg(orm_col(q, id)))))));
    User_query copy = orm_clone(q);
    orm_query_close(&copy.query);
    ORM_TRY(orm_rows(q, &rows));
    while (orm_next_row(rows)) {
        cr_assert_eq(name[strlen(name) - 1], '!');
    }
    ORM_TRY(orm_cursor_close(&rows));
    q = orm_query(s, User);
    orm_union(q, other);
    other.query = NULL;
    orm_filter(q, orm_exists_query(orm_query_clone(q.query)));
    ORM_TRY(orm_first(q, &u));
    q = orm_query(s, User);
    orm_load_only(q, username);
    ORM_TRY(orm_stream(q, &stream));
    while (orm_next(stream, &u)) {
        cr_assert_not_null(u);
    }
    ORM_TRY(orm_cursor_close(&stream.cursor));
    q = orm_query(s, User);
    orm_select(q, orm_min_of(orm_col(q, username)));
    ORM_TRY(orm_scalar(q, &name));
    ORM_TRY(orm_execute_rows(s, "SELECT username AS who FROM \"user\" WHERE id > :a", ORM_BINDS(orm_bind("a", 0)), &rows));
    orm_fetch(rows, 0, &name);
    while (orm_next_row(rows)) {
        cr_assert_not_null(name);
    }
    ORM_TRY(orm_cursor_close(&rows));
    ORM_TRY(orm_execute(s, "DELETE FROM \"user\" WHERE id = :a", ORM_BINDS(orm_bind("a", 1)), &count));
fail:
    orm_query_close(&other.query);
    return rc;
}

static orm_status from_open_to_close(void *context)
{
    (void)context;
    orm_database *db = NULL;
    orm_session *s = NULL;
    orm_error error = {0};
    orm_status rc;
    ORM_TRY(orm_open("sqlite://", &blog, NULL, &db, &error));
    ORM_TRY(orm_create_all(db, &error));
    ORM_TRY(orm_session_open(db, &s, &error));
    for (int i = 0; i < 2; i++) {
        User *fresh = orm_new(s, User);
        ORM_TRY(orm_made(s, fresh));
        fresh->username = (const char *[]){"ann", "Bob"}[i];
        ORM_TRY(orm_add(s, fresh));
    }
    rc = read_much(s);
fail:
    orm_session_close(&s);
    orm_close(&db);
    return rc;
}

Test(rows, memory_runs_out)
{
    faults_sweep(from_open_to_close, NULL);
}
