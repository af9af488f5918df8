/* Joins by condition and by foreign key, several models in one query, and copies of queries. */
#include "support/support.h"
#include "support/world.h"
#include "query/query.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static void fill(world *w)
{
    behind(w, "INSERT INTO \"user\" (id, username, age, active) VALUES"
              " (1, 'ann', 30, TRUE), (2, 'Bob', 25, TRUE), (3, 'cyd', NULL, TRUE), (4, 'dan', 25, TRUE)");
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

/* "1 3": the keys of a query's objects. */
static const char *keys_of(world *w, orm_query *query)
{
    static char keys[256];
    void **list;
    size_t count;
    keys[0] = '\0';
    OK(w, orm_query_all(query, &list, &count));
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(keys);
        snprintf(keys + used, sizeof keys - used, "%s%d", used > 0 ? " " : "", (int)int_of(list[i], "id"));
    }
    return keys;
}

static int64_t count_of(world *w, const orm_query *query)
{
    int64_t count = -1;
    OK(w, orm_query_count(orm_query_clone(query), &count));
    return count;
}

ALL(join, by_condition)
{
    fill(w);
    orm_query *query = orm_query_open(w->s, w->post);
    orm_query_join(query, w->user, NULL, ORM_INNER_JOIN, orm_eq(user(w, "id"), post(w, "user_id")));
    orm_query_order_by(query, orm_desc(user(w, "username")));
    orm_query_order_by(query, orm_asc(post(w, "id")));
    cr_assert_eq(count_of(w, query), 3);
    cr_assert_str_eq(keys_of(w, orm_query_clone(query)), "1 2 3");
    orm_query_filter(query, orm_eq(user(w, "username"), orm_text("ann")));
    orm_query_filter(query, orm_gt(post(w, "views"), orm_int(5)));
    cr_assert_str_eq(keys_of(w, query), "1");
}

ALL(join, by_foreign_key)
{
    fill(w);
    orm_query *query = orm_query_open(w->s, w->post); /* from the side of the key */
    orm_query_join(query, w->user, NULL, ORM_INNER_JOIN, NULL);
    orm_query_filter_by(query, "username", orm_text("ann")); /* of what was joined last */
    orm_query_order_by(query, orm_desc(post(w, "id")));
    cr_assert_str_eq(keys_of(w, query), "2 1");
    query = orm_query_open(w->s, w->user); /* from the other */
    orm_query_join(query, w->post, "best", ORM_INNER_JOIN, NULL);
    orm_query_filter_by(query, "views", orm_int(10));
    cr_assert_str_eq(keys_of(w, query), "1");
}

ALL(join, left)
{
    fill(w);
    orm_query *query = orm_query_open(w->s, w->user);
    orm_query_join(query, w->post, NULL, ORM_LEFT_JOIN, NULL);
    orm_query_filter(query, orm_is_null(post(w, "id")));
    orm_query_order_by(query, orm_asc(user(w, "id")));
    cr_assert_str_eq(keys_of(w, query), "3 4");
}

ALL(join, an_object_is_listed_once)
{
    fill(w);
    orm_object *found;
    orm_query *query = orm_query_open(w->s, w->user);
    orm_query_join(query, w->post, NULL, ORM_INNER_JOIN, NULL);
    orm_query_order_by(query, orm_asc(user(w, "id")));
    cr_assert_eq(count_of(w, query), 3, "rows are counted");
    orm_query *distinct = orm_query_clone(query);
    cr_assert_str_eq(keys_of(w, orm_query_clone(query)), "1 2");
    orm_query_filter_by(query, "user_id", orm_int(1));
    OK(w, orm_query_one(orm_query_clone(query), &found));
    cr_assert_eq(int_of(found, "id"), 1, "two rows, one object");
    OK(w, orm_query_first(query, &found));
    cr_assert_eq(int_of(found, "id"), 1);
    OK(w, orm_query_one_or_none(orm_query_clone(query = orm_query_open(w->s, w->pair)), &found));
    orm_query_close(&query);
    cr_assert_null(found);
    cr_assert_eq(orm_query_one(distinct, &found), ORM_MULTIPLE);
}

ALL(join, with_itself)
{
    fill(w);
    orm_query *query = orm_query_open(w->s, w->user);
    orm_expr *on = orm_and(orm_eq(user(w, "age"), orm_any_of("other", user(w, "age"))),
                           orm_lt(user(w, "id"), orm_any_of("other", user(w, "id"))));
    orm_query_join(query, w->user, "other", ORM_INNER_JOIN, on);
    orm_query_filter(query, orm_eq(orm_any_of("other", user(w, "username")), orm_text("dan")));
    cr_assert_str_eq(keys_of(w, query), "2");
}

/* What orm__take_row gives for the second entity of a row. */
ALL(join, two_entities_in_one_row)
{
    fill(w);
    orm_query *query = orm_query_open(w->s, w->post);
    orm_query_join(query, w->user, NULL, ORM_LEFT_JOIN, NULL);
    orm_query_order_by(query, orm_asc(post(w, "id")));
    orm_error error;
    cr_assert_eq(orm__select_item(&query->select, 0, NULL, NULL, &error), ORM_OK);
    cr_assert_eq(orm__select_item(&query->select, 1, NULL, NULL, &error), ORM_OK);
    const orm__mapper *mappers[] = {query->select.sources[0].mapper, query->select.sources[1].mapper};
    orm__sql sql = {.dialect = w->s->database->dialect};
    orm__cursor cursor;
    orm__connection *connection;
    OK(w, orm__sql_select(&sql, &query->select, &w->s->error));
    OK(w, orm__session_connect(w->s, false, &connection));
    OK(w, orm__start(connection, ORM__SELECT, sql.text.at, NULL, 0, true, &cursor, &w->s->error));
    orm_object *posts[4], *users[4];
    for (int i = 0; i < 4; i++) {
        bool has_row;
        OK(w, orm__next(&cursor, &has_row, &w->s->error));
        cr_assert(has_row);
        OK(w, orm__take_row(w->s, &(orm__entity){.mapper = mappers[0]}, &cursor, &posts[i]));
        OK(w, orm__take_row(w->s, &(orm__entity){.mapper = mappers[1], .first = mappers[0]->count}, &cursor, &users[i]));
        cr_assert_eq(int_of(posts[i], "id"), i + 1);
    }
    orm__finish(&cursor);
    orm__sql_free(&sql);
    orm_query_close(&query);
    cr_assert_str_eq(text_of(users[0], "username"), "ann");
    cr_assert_eq(users[1], users[0]);
    cr_assert_str_eq(text_of(users[2], "username"), "Bob");
    cr_assert_null(users[3], "no partner");
}

ALL(join, refusals)
{
    fill(w);
    for (int i = 0; i < 9; i++) {
        orm_query *query = orm_query_open(w->s, w->user);
        const char *says = "";
        switch (i) {
        case 0:
            orm_query_join(query, w->pair, NULL, ORM_INNER_JOIN, NULL);
            says = "no foreign key between Pair and what a query of User joins already";
            break;
        case 1:
            orm_query_join(query, w->node, "a", ORM_INNER_JOIN, orm_eq(user(w, "id"), orm_int(1)));
            orm_query_join(query, w->node, "b", ORM_INNER_JOIN, NULL);
            says = "more than one foreign key between Node";
            break;
        case 2:
            orm_query_join(query, w->user, NULL, ORM_INNER_JOIN, orm_eq(user(w, "id"), orm_int(1)));
            says = "User is joined twice as \"user\"";
            break;
        case 3:
            orm_query_join(query, w->post, "x", ORM_INNER_JOIN, NULL);
            orm_query_join(query, w->post, "x", ORM_INNER_JOIN, NULL);
            says = "Post is joined twice as \"x\"";
            break;
        case 4:
            orm_query_limit(query, 1);
            orm_query_join(query, w->post, NULL, ORM_INNER_JOIN, NULL);
            says = "join after limit or offset";
            break;
        case 5:
            orm_query_join(query, w->post, NULL, ORM_INNER_JOIN, orm_eq(post(w, "nope"), orm_int(1)));
            says = "Post has no column \"nope\"";
            break;
        case 6:
            orm_query_join(query, NULL, NULL, ORM_INNER_JOIN, NULL);
            says = "(NULL) is no model";
            break;
        case 7:
            orm_query_join(query, w->post, NULL, ORM_INNER_JOIN, orm_asc(post(w, "id")));
            says = "a condition is wanted";
            break;
        default:
            orm_query_filter(query, orm_is_null(orm_any_of("boss", user(w, "id"))));
            says = "User.id of boss in a query of User";
            break;
        }
        orm_query *copy = orm_query_clone(query);
        int64_t count;
        void **list;
        size_t size;
        forget(w);
        cr_assert_eq(orm_query_all(query, &list, &size), ORM_ARGUMENT, "row %d", i);
        cr_assert_not_null(strstr(orm_session_error(w->s)->message, says), "row %d: %s", i,
                           orm_session_error(w->s)->message);
        cr_assert_eq(orm_query_count(copy, &count), ORM_ARGUMENT, "row %d", i);
        cr_assert_not_null(strstr(orm_session_error(w->s)->message, says), "row %d: %s", i,
                           orm_session_error(w->s)->message);
        cr_assert_str_eq(kinds(w), "");
    }
    orm_query_join(NULL, w->post, NULL, ORM_INNER_JOIN, orm_is_null(post(w, "id")));
    cr_assert_null(orm_query_clone(NULL));
}

TYPED(join, typed_macros)
{
    fill(w);
    Post_list posts;
    User_list users;
    Post_query q = orm_query(w->s, Post);
    orm_join_on(q, User, orm_eq(ORM_COL(User, id), orm_col(q, user_id)));
    orm_filter(q, orm_eq(ORM_COL(User, username), "ann"));
    orm_filter_by(q, views, 5);
    Post_query again = orm_clone(q);
    OK(w, orm_all(q, &posts));
    cr_assert_eq(posts.count, 1);
    cr_assert_str_eq(posts.at[0]->title, "two");
    orm_filter_by(again, title, "one");
    OK(w, orm_all(again, &posts));
    cr_assert_eq(posts.count, 0);
    User_query pairs = orm_query(w->s, User);
    orm_join_as(pairs, User, "other", orm_and(orm_eq(orm_col(pairs, age), orm_of("other", ORM_COL(User, age))),
                                              orm_ne(orm_col(pairs, id), orm_of("other", ORM_COL(User, id)))));
    orm_order_by(pairs, orm_asc(orm_of("other", ORM_COL(User, id))));
    OK(w, orm_all(pairs, &users));
    cr_assert_eq(users.count, 2);
    cr_assert_str_eq(users.at[0]->username, "dan");
    User_query idle = orm_query(w->s, User);
    orm_left_join_to(idle, Post);
    orm_filter(idle, orm_is_null(ORM_COL(Post, id)));
    orm_order_by(idle, orm_asc(orm_col(idle, id)));
    OK(w, orm_all(idle, &users));
    cr_assert_eq(users.count, 2);
    cr_assert_str_eq(users.at[0]->username, "cyd");
}

static orm_status join_and_copy(orm_session *s)
{
    User_query q = orm_query(s, User);
    User_list users;
    orm_left_join_to(q, Post);
    orm_join_as(q, User, "other", orm_and(orm_lt(orm_of("other", ORM_COL(User, id)), 3),
                                          orm_eq(orm_col(q, id), orm_of("other", ORM_COL(User, id)))));
    orm_filter(q, orm_or(orm_like(orm_col(q, username), "x"), orm_in(ORM_COL(User, username), ((const char *[]){"ann", "dan"}), 2)));
    orm_order_by(q, orm_asc(orm_col(q, id)));
    User_query copy = orm_clone(q);
    orm_status rc = orm_all(q, &users), again = orm_all(copy, &users);
    cr_assert(again != ORM_OK || users.count == 1);
    return rc != ORM_OK ? rc : again;
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
    for (int i = 0; i < 3; i++) {
        User *user = orm_new(s, User);
        ORM_TRY(orm_made(s, user));
        user->username = (const char *[]){"ann", "Bob", "dan"}[i];
        ORM_TRY(orm_add(s, user));
    }
    rc = join_and_copy(s);
fail:
    orm_session_close(&s);
    orm_close(&db);
    return rc;
}

Test(join, memory_runs_out)
{
    faults_sweep(from_open_to_close, NULL);
}
