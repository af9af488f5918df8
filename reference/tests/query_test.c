/* Queries from end to end: which rows, in which order, and what is refused. */
#include "support/world.h"
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* 1 ann 30 1.5 "likes 100% wool", 2 Bob 25 2.5 "under_score", 3 cyd NULL NULL NULL, 4 dan 25 0.5 "back\slash" */
static void fill(world *w)
{
    behind(w, "INSERT INTO \"user\" (id, username, age, score, email, active, created_at, born) VALUES"
              " (1, 'ann', 30, 1.5, 'likes 100% wool', TRUE, '2024-01-01 00:00:00.000000', '2000-01-01'),"
              " (2, 'Bob', 25, 2.5, 'under_score', FALSE, '2024-01-02 00:00:00.000000', '2000-01-02'),"
              " (3, 'cyd', NULL, NULL, NULL, TRUE, '2024-01-03 00:00:00.000000', NULL),"
              " (4, 'dan', 25, 0.5, 'back slash', FALSE, NULL, '2000-01-04')");
}

/* The names of a query's objects: "ann Bob". */
static const char *names_of(world *w, orm_query *query)
{
    static char names[256];
    void **list;
    size_t count;
    names[0] = '\0';
    OK(w, orm_query_all(query, &list, &count));
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", used > 0 ? " " : "", text_of(list[i], "username"));
    }
    return names;
}

static orm_any_col col(world *w, const char *member)
{
    return orm_named(w->user, member);
}

static orm_query *where(world *w, orm_expr *expr)
{
    orm_query *query = orm_query_open(w->s, w->user);
    orm_query_filter(query, expr);
    orm_query_order_by(query, orm_asc(col(w, "id")));
    return query;
}

ALL(query, conditions)
{
    fill(w);
    const orm_value some[] = {orm_int(25), orm_null()}, none[] = {orm_null()};
    const orm_text_col name = orm_named_text(w->user, "username"), email = orm_named_text(w->user, "email");
#define ROW(e, names)                                                                                                  \
    {                                                                                                                  \
        (e), (names), (names)                                                                                          \
    }
    const struct {
        orm_expr *expr;
        const char *sqlite, *postgresql;
    } rows[] = {
        ROW(orm_eq(col(w, "username"), orm_text("bob")), ""),
        ROW(orm_eq(col(w, "username"), orm_text("Bob")), "Bob"),
        ROW(orm_eq(col(w, "username"), orm_text("' OR 1=1 --")), ""),
        ROW(orm_eq(col(w, "age"), orm_null()), "cyd"),
        ROW(orm_ne(col(w, "age"), orm_null()), "ann Bob dan"),
        ROW(orm_ne(col(w, "age"), orm_int(25)), "ann"),
        ROW(orm_lt(col(w, "age"), orm_int(30)), "Bob dan"),
        ROW(orm_ge(col(w, "age"), orm_int(30)), "ann"),
        ROW(orm_eq(col(w, "age"), orm_int(INT64_C(1) << 40)), ""),
        ROW(orm_gt(col(w, "score"), orm_int(1)), "ann Bob"),
        ROW(orm_eq(col(w, "active"), orm_bool(false)), "Bob dan"),
        ROW(orm_gt(col(w, "created_at"), orm_datetime_value(orm_datetime_at(2024, 1, 1, 23, 0, 0, 0))), "Bob cyd"),
        ROW(orm_le(col(w, "born"), orm_date_value(orm_date_at(2000, 1, 2))), "ann Bob"),
        ROW(orm_in(col(w, "age"), some, 2), "Bob dan"),
        ROW(orm_in(col(w, "age"), none, 1), ""),
        ROW(orm_in(col(w, "age"), some, 0), ""),
        ROW(orm_not_in(col(w, "age"), some, 2), ""),
        ROW(orm_not_in(col(w, "age"), some, 1), "ann"),
        ROW(orm_not_in(col(w, "age"), some, 0), "ann Bob cyd dan"),
        ROW(orm_not(orm_in(col(w, "age"), some, 0)), "ann Bob cyd dan"),
        ROW(orm_between(col(w, "age"), orm_int(25), orm_int(30)), "ann Bob dan"),
        ROW(orm_between(col(w, "age"), orm_int(30), orm_int(25)), ""),
        ROW(orm_not(orm_eq(col(w, "age"), orm_int(25))), "ann"),
        ROW(orm_or(orm_eq(col(w, "age"), orm_int(30)), orm_is_null(col(w, "age"))), "ann cyd"),
        ROW(orm_and(orm_or(orm_eq(col(w, "username"), orm_text("ann")), orm_eq(col(w, "age"), orm_int(25))),
                    orm_gt(col(w, "score"), orm_int(2))),
            "Bob"),
        ROW(orm_or(orm_eq(col(w, "username"), orm_text("ann")),
                   orm_and(orm_eq(col(w, "age"), orm_int(25)), orm_gt(col(w, "score"), orm_int(2)))),
            "ann Bob"),
        ROW(orm_compare_terms(col(w, "age").term, ORM_GT, col(w, "score").term), "ann Bob dan"),
        ROW(orm_compare_terms(col(w, "email").term, ORM_EQ, col(w, "username").term), ""),
        {orm_like(name, "b%"), "Bob", ""},
        ROW(orm_like(name, "_nn"), "ann"),
        ROW(orm_ilike(name, "b%"), "Bob"),
        {orm_contains(email, "WOOL"), "ann", ""},
        ROW(orm_contains(email, "wool"), "ann"),
        ROW(orm_contains(email, "%"), "ann Bob dan"),
        ROW(orm_contains(email, ""), "ann Bob dan"),
        ROW(orm_startswith(name, "a"), "ann"),
        ROW(orm_endswith(name, "n"), "ann dan"),
        ROW(orm_is_null(orm_named(w->user, "meta")), "ann Bob cyd dan"),
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_assert_str_eq(names_of(w, where(w, rows[i].expr)), w->postgresql ? rows[i].postgresql : rows[i].sqlite,
                         "row %zu", i);
    }
}

ALL(query, filter_by)
{
    fill(w);
    orm_query *query = orm_query_open(w->s, w->user);
    orm_query_filter_by(query, "age", orm_int(25));
    orm_query_filter_by(query, "username", orm_text("dan"));
    cr_assert_str_eq(names_of(w, query), "dan");
    query = orm_query_open(w->s, w->user);
    orm_query_filter_by(query, "age", orm_null());
    cr_assert_str_eq(names_of(w, query), "cyd");
}

ALL(query, order_limit_offset)
{
    fill(w);
    static const struct {
        const char *order[2];
        bool descending[2];
        size_t limit, offset;
        const char *names;
        int64_t count;
    } rows[] = {
        {{"id"}, {true}, ORM_NO_LIMIT, ORM_NO_LIMIT, "dan cyd Bob ann", 4},
        {{"active", "id"}, {false, true}, ORM_NO_LIMIT, ORM_NO_LIMIT, "dan Bob cyd ann", 4},
        {{"username"}, {false}, ORM_NO_LIMIT, ORM_NO_LIMIT, "Bob ann cyd dan", 4},
        {{"id"}, {false}, 2, ORM_NO_LIMIT, "ann Bob", 2},
        {{"id"}, {false}, 0, ORM_NO_LIMIT, "", 0},
        {{"id"}, {false}, 99, 0, "ann Bob cyd dan", 4},
        {{"id"}, {false}, 2, 1, "Bob cyd", 2},
        {{"id"}, {false}, ORM_NO_LIMIT, 3, "dan", 1},
        {{"id"}, {false}, ORM_NO_LIMIT, 9, "", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t count = -1;
        for (int counts = 0; counts <= 1; counts++) {
            orm_query *query = orm_query_open(w->s, w->user);
            for (size_t k = 0; k < 2 && rows[i].order[k] != NULL; k++) {
                orm_query_order_by(query, orm_order_term(col(w, rows[i].order[k]).term, rows[i].descending[k]));
            }
            orm_query_limit(query, rows[i].limit);
            orm_query_offset(query, rows[i].offset);
            if (counts) {
                OK(w, orm_query_count(query, &count));
            } else {
                cr_assert_str_eq(names_of(w, query), rows[i].names, "row %zu", i);
            }
        }
        cr_assert_eq(count, rows[i].count, "row %zu", i);
    }
    orm_query *query = where(w, orm_is_not_null(col(w, "id")));
    orm_query_limit(query, 3);
    orm_query_limit(query, 1);
    cr_assert_str_eq(names_of(w, query), "ann", "the last limit wins");
    query = where(w, orm_is_not_null(col(w, "id")));
    orm_query_limit(query, 1);
    orm_query_limit(query, ORM_NO_LIMIT);
    orm_query_filter_by(query, "age", orm_int(25));
    cr_assert_str_eq(names_of(w, query), "Bob dan", "a limit that was taken away is none");
}

ALL(query, single_objects)
{
    fill(w);
    orm_object *found;
    const orm_error *error = orm_session_error(w->s);
    OK(w, orm_query_first(where(w, orm_eq(col(w, "age"), orm_int(25))), &found));
    cr_assert_eq(int_of(found, "id"), 2);
    OK(w, orm_query_first(where(w, orm_eq(col(w, "age"), orm_int(1))), &found));
    cr_assert_null(found);
    OK(w, orm_query_first_or_404(where(w, orm_eq(col(w, "age"), orm_int(30))), &found));
    cr_assert_eq(int_of(found, "id"), 1);
    cr_assert_eq(orm_query_first_or_404(where(w, orm_eq(col(w, "age"), orm_int(1))), &found), ORM_NOT_FOUND);
    cr_assert_null(found);
    cr_assert_not_null(strstr(error->message, "no User"), "%s", error->message);
    OK(w, orm_query_one(where(w, orm_eq(col(w, "age"), orm_int(30))), &found));
    cr_assert_eq(int_of(found, "id"), 1);
    cr_assert_eq(orm_query_one(where(w, orm_eq(col(w, "age"), orm_int(1))), &found), ORM_NOT_FOUND);
    cr_assert_eq(orm_query_one(where(w, orm_eq(col(w, "age"), orm_int(25))), &found), ORM_MULTIPLE);
    cr_assert_null(found);
    cr_assert_not_null(strstr(error->message, "more than one User"), "%s", error->message);
    OK(w, orm_query_one_or_none(where(w, orm_eq(col(w, "age"), orm_int(1))), &found));
    cr_assert_null(found);
    cr_assert_eq(orm_query_one_or_none(where(w, orm_eq(col(w, "age"), orm_int(25))), &found), ORM_MULTIPLE);
    orm_query *query = where(w, orm_eq(col(w, "age"), orm_int(25)));
    orm_query_limit(query, 1);
    OK(w, orm_query_one(query, &found));
    cr_assert_eq(int_of(found, "id"), 2);
}

ALL(query, by_key)
{
    fill(w);
    orm_object *ann = NULL, *again = NULL;
    OK(w, orm_get_object(w->s, w->user, (orm_value[]){orm_int(1)}, 1, &ann));
    cr_assert_str_eq(text_of(ann, "username"), "ann");
    forget(w);
    OK(w, orm_get_object_or_404(w->s, w->user, (orm_value[]){orm_int(1)}, 1, &again));
    cr_assert_eq(again, ann);
    cr_assert_str_eq(kinds(w), "");
    OK(w, orm_get_object(w->s, w->user, (orm_value[]){orm_int(99)}, 1, &again));
    cr_assert_null(again);
    OK(w, orm_get_object(w->s, w->user, (orm_value[]){orm_null()}, 1, &again));
    cr_assert_null(again);
    cr_assert_eq(orm_get_object_or_404(w->s, w->user, (orm_value[]){orm_int(99)}, 1, &again), ORM_NOT_FOUND);
    cr_assert_not_null(strstr(orm_session_error(w->s)->message, "no User with the key 99"));
    /* Spelt as a query. */
    OK(w, orm_query_get(orm_query_open(w->s, w->user), (orm_value[]){orm_int(1)}, 1, &again));
    cr_assert_eq(again, ann);
    cr_assert_eq(orm_query_get(where(w, orm_eq(col(w, "age"), orm_int(25))), (orm_value[]){orm_int(1)}, 1, &again),
                 ORM_ARGUMENT);
    cr_assert_null(again);
    cr_assert_eq(orm_query_get(orm_query_open(w->s, NULL), (orm_value[]){orm_int(1)}, 1, &again), ORM_ARGUMENT);
}

ALL(query, queries_flush_first)
{
    orm_object *found;
    int64_t count;
    fresh_user(w, "pending");
    OK(w, orm_query_count(orm_query_open(w->s, w->user), &count));
    cr_assert_eq(count, 1);
    cr_assert_str_eq(kinds(w), "INSERT SELECT");
    orm_object *user = fresh_user(w, "five");
    put(user, "id", orm_int(5));
    OK(w, orm_get_object(w->s, w->user, (orm_value[]){orm_int(5)}, 1, &found));
    cr_assert_eq(found, user);
    cr_assert_str_eq(kinds(w), "INSERT");
    fresh_user(w, "five");
    cr_assert_eq(orm_query_count(orm_query_open(w->s, w->user), &count), ORM_UNIQUE);
    cr_assert_eq(orm_query_count(orm_query_open(w->s, w->user), &count), ORM_NEEDS_ROLLBACK);
}

ALL(query, one_object_for_one_row)
{
    fill(w);
    void **first, **second;
    size_t count;
    OK(w, orm_query_all(orm_query_open(w->s, w->user), &first, &count));
    cr_assert_eq(count, 4);
    OK(w, orm_query_all(where(w, orm_is_not_null(col(w, "id"))), &second, &count));
    cr_assert_eq(count, 4);
    for (size_t i = 0; i < 4; i++) {
        cr_assert_eq(first[i], second[i]);
    }
    orm_query *query = orm_query_open(w->s, w->user);
    orm_query_filter_by(query, "age", orm_int(1));
    OK(w, orm_query_all(query, &first, &count));
    cr_assert_eq(count, 0);
    cr_assert_null(first);
}

ALL(query, distinct)
{
    fill(w);
    int64_t count;
    orm_query *query = orm_query_open(w->s, w->pair);
    orm_query_distinct(query);
    OK(w, orm_query_count(query, &count));
    cr_assert_eq(count, 0);
    behind(w, "INSERT INTO pair (a, b) VALUES (1, 'x'), (1, 'y')");
    query = orm_query_open(w->s, w->pair);
    orm_query_distinct(query);
    orm_query_filter_by(query, "a", orm_int(1));
    OK(w, orm_query_count(query, &count));
    cr_assert_eq(count, 2);
}

/* The first error sticks, is told by what executes the query, and nothing was sent. */
ALL(query, refusals)
{
    fill(w);
    void **list;
    size_t size;
    int64_t count;
    for (int i = 0; i < 12; i++) {
        orm_query *query = orm_query_open(i == 10 ? NULL : w->s, i == 11 ? NULL : w->user);
        const char *says = NULL;
        orm_status status = ORM_ARGUMENT;
        switch (i) {
        case 0:
            orm_query_filter_by(query, "nope", orm_int(1));
            says = "User has no column \"nope\"";
            break;
        case 1:
            orm_query_filter_by(query, "age", orm_text("x"));
            says = "User.age";
            status = ORM_DATA;
            break;
        case 2:
            orm_query_limit(query, 1);
            orm_query_filter_by(query, "age", orm_int(1));
            says = "filter after limit or offset";
            break;
        case 3:
            orm_query_offset(query, 0);
            orm_query_filter(query, orm_is_null(col(w, "age")));
            says = "filter after limit or offset";
            break;
        case 4:
            orm_query_limit(query, 1);
            orm_query_order_by(query, orm_asc(col(w, "age")));
            says = "order_by after limit or offset";
            break;
        case 5:
            orm_query_order_by(query, orm_asc(col(w, "nope")));
            says = "nope";
            break;
        case 6:
            orm_query_filter(query, NULL);
            says = "missing";
            break;
        case 7:
            orm_query_filter(query, orm_eq(orm_named(w->post, "id"), orm_int(1)));
            says = "neither"; /* Post might still be joined: what comes later is known to be wrong first */
            break;
        case 8:
            orm_query_filter(query, orm_asc(col(w, "id")));
            says = "a condition is wanted";
            break;
        case 9:
            orm_query_limit(query, (size_t)INT64_MAX + 1);
            says = "limit";
            break;
        case 10:
            says = NULL;
            break; /* no session that could tell */
        default:
            says = "no model";
            break;
        }
        /* What comes later does not hide it. */
        orm_query_filter_by(query, "neither", orm_int(1));
        orm_query_filter(query, orm_eq(orm_named(NULL, "x"), orm_int(1)));
        orm_query_order_by(query, NULL);
        orm_query_limit(query, SIZE_MAX - 1);
        orm_query_distinct(query);
        forget(w);
        orm_status rc = i % 2 == 0 ? orm_query_all(query, &list, &size) : orm_query_count(query, &count);
        cr_assert_eq(rc, status, "row %d: status %d: %s", i, (int)rc, orm_session_error(w->s)->message);
        cr_assert(says == NULL || strstr(orm_session_error(w->s)->message, says) != NULL, "row %d: %s", i,
                  orm_session_error(w->s)->message);
        cr_assert_str_eq(kinds(w), "");
    }
    OK(w, orm_query_count(orm_query_open(w->s, w->user), &count));
    cr_assert_eq(count, 4);
}

/* orm_query_open that had no memory gives NULL, which every call takes. */
Test(query, no_query)
{
    void **list;
    size_t size;
    int64_t count;
    orm_object *found;
    orm_query *none = NULL;
    cr_assert_null(orm_query_model(NULL));
    orm_query_filter(NULL, orm_is_null(ORM_COL(User, age)));
    orm_query_order_by(NULL, orm_asc(ORM_COL(User, age)));
    orm_query_filter_by(NULL, "age", orm_int(1));
    orm_filter_by_int(NULL, offsetof(User, id), 1);
    orm_query_limit(NULL, 1);
    orm_query_offset(NULL, 1);
    orm_query_distinct(NULL);
    orm_query_close(&none);
    orm_query_close(NULL);
    cr_assert_eq(orm_query_all(NULL, &list, &size), ORM_NOMEM);
    cr_assert_eq(orm_query_count(NULL, &count), ORM_NOMEM);
    cr_assert_eq(orm_query_first(NULL, &found), ORM_NOMEM);
    cr_assert_eq(orm_query_one(NULL, &found), ORM_NOMEM);
    cr_assert_eq(orm_query_get(NULL, (orm_value[]){orm_int(1)}, 1, &found), ORM_NOMEM);
}

TYPED(query, typed_macros)
{
    fill(w);
    User_query q = orm_query(w->s, User);
    orm_filter_by(q, active, false);
    orm_filter(q, orm_or(orm_contains(orm_col(q, username), "o"), orm_eq(orm_col(q, age), 25)));
    orm_order_by(q, orm_desc(orm_col(q, created_at)));
    orm_order_by(q, orm_asc(orm_col(q, id)));
    orm_limit(q, 5);
    User_list users;
    OK(w, orm_all(q, &users));
    cr_assert_eq(users.count, 2);
    cr_assert_str_eq(users.at[w->postgresql ? 1 : 0]->username, "Bob", "where NULL is sorted differs");
    User *u = NULL;
    q = orm_query(w->s, User);
    orm_filter_by(q, born, orm_date_at(2000, 1, 4));
    orm_filter_by(q, score, 0.5);
    orm_filter_by(q, username, "dan");
    OK(w, orm_one(q, &u));
    cr_assert_eq(u->id, 4);
    cr_assert(u->score.has && u->score.value == 0.5);
    cr_assert_not(u->created_at.has);
    OK(w, orm_get(w->s, User, 2, &u));
    cr_assert_str_eq(u->username, "Bob");
    cr_assert_eq(orm_get_or_404(w->s, User, 77, &u), ORM_NOT_FOUND);
    q = orm_query(w->s, User);
    orm_filter_by(q, created_at, orm_datetime_at(2024, 1, 3, 0, 0, 0, 0));
    OK(w, orm_first_or_404(q, &u));
    cr_assert_str_eq(u->username, "cyd");
    q = orm_query(w->s, User);
    orm_filter_by(q, meta, NULL);
    int64_t count;
    OK(w, orm_count(q, &count));
    cr_assert_eq(count, 4);
    q = orm_query(w->s, User);
    orm_offset(q, 3);
    orm_distinct(q);
    orm_query_close(&q.query);
}

TYPED(query, rows_that_do_not_fit)
{
    if (w->postgresql) {
        return; /* which has no values of another type than the column's */
    }
    fill(w);
    behind(w, "UPDATE \"user\" SET age = 'abc' WHERE id = 3");
    User_list users;
    cr_assert_eq(orm_all(orm_query(w->s, User), &users), ORM_DATA);
    behind(w, "UPDATE \"user\" SET age = 3, email = CAST(x'610062' AS TEXT) WHERE id = 3");
    cr_assert_eq(orm_all(orm_query(w->s, User), &users), ORM_DATA);
    cr_assert_not_null(strstr(orm_session_error(w->s)->message, "user.email"), "%s", orm_session_error(w->s)->message);
    behind(w, "UPDATE \"user\" SET email = NULL WHERE id = 3");
    OK(w, orm_all(orm_query(w->s, User), &users));
    cr_assert_eq(users.count, 4);
}
