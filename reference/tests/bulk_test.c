/* Updates and deletes of all rows of a query: what they change, and what objects of the session have of it. */
#include "support/support.h"
#include "support/world.h"
#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

static void fill(world *w)
{
    behind(w, "INSERT INTO \"user\" (id, username, age, score, email, active, created_at, born) VALUES"
              " (1, 'ann', 30, 1.5, 'a', TRUE, '2024-01-01 00:00:00.000000', '2000-01-01'),"
              " (2, 'Bob', 25, 2.5, 'b', FALSE, '2024-01-02 00:00:00.000000', '2000-01-02'),"
              " (3, 'cyd', NULL, NULL, NULL, TRUE, NULL, NULL),"
              " (4, 'dan', 25, 0.5, 'd', FALSE, NULL, '2000-01-04')");
    behind(w, "INSERT INTO post (id, title, views, ticks) VALUES (1, 'one', 1, 100), (2, 'two', NULL, 100)");
}

static orm_any_col col(world *w, const char *member)
{
    return orm_named(w->user, member);
}

static orm_query *where(world *w, orm_expr *condition)
{
    orm_query *query = orm_query_open(w->s, w->user);
    if (condition != NULL) {
        orm_query_filter(query, condition);
    }
    return query;
}

static int64_t update(world *w, orm_query *query, orm_sync how)
{
    int64_t n = -1;
    OK(w, orm_query_update(query, how, &n));
    return n;
}

static void refused(world *w, orm_query *query, orm_status wanted, const char *says)
{
    int64_t n = -1;
    orm_query_assign(query, "email", orm_text("x"));
    orm_query *copy = orm_query_clone(query);
    cr_assert_eq(orm_query_update(query, ORM_SYNC_AUTO, &n), wanted, "%s", orm_session_error(w->s)->message);
    cr_assert_eq(n, 0);
    cr_assert_not_null(strstr(orm_session_error(w->s)->message, says), "%s", orm_session_error(w->s)->message);
    cr_assert_eq(orm_query_delete(copy, ORM_SYNC_AUTO, NULL), wanted);
    cr_assert_str_eq(kinds(w), "");
}

ALL(bulk, updates_and_counts)
{
    fill(w);
    orm_query *query = where(w, orm_eq(col(w, "active"), orm_bool(false)));
    orm_query_assign(query, "active", orm_bool(true));
    orm_query_assign(query, "age", orm_int(1));
    orm_query_assign(query, "age", orm_int(7)); /* the last counts */
    cr_assert_eq(update(w, query, ORM_SYNC_AUTO), 2);
    cr_assert_str_eq(kinds(w), "UPDATE");
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM \"user\" WHERE age = 7"), "0", "nothing before the commit");
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM \"user\" WHERE age = 7"), "2");
    query = where(w, orm_eq(col(w, "id"), orm_int(99)));
    orm_query_assign(query, "email", orm_text("x"));
    OK(w, orm_query_update(query, ORM_SYNC_AUTO, NULL));
    int64_t n;
    OK(w, orm_query_delete(where(w, orm_gt(col(w, "id"), orm_int(2))), ORM_SYNC_AUTO, &n));
    cr_assert_eq(n, 2);
    OK(w, orm_rollback(w->s));
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM \"user\""), "4");
    OK(w, orm_query_delete(where(w, NULL), ORM_SYNC_AUTO, &n));
    cr_assert_eq(n, 4);
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM \"user\""), "0");
}

ALL(bulk, values_of_other_columns)
{
    fill(w);
    orm_query *query = where(w, orm_eq(col(w, "id"), orm_int(1)));
    orm_object *ann = get(w, w->user, 1);
    orm_query_assign_term(query, col(w, "username").term, col(w, "email").term);
    orm_query_assign_term(query, col(w, "email").term, col(w, "username").term);
    orm_query_assign_term(query, col(w, "score").term, col(w, "age").term);
    cr_assert_eq(update(w, query, ORM_SYNC_EVALUATE), 1);
    cr_assert_str_eq(text_of(ann, "username"), "a", "values are those of before");
    cr_assert_str_eq(text_of(ann, "email"), "ann");
    orm_value score;
    OK(w, orm_read(ann, "score", &score));
    cr_assert_eq(score.type, ORM_FLOAT);
    cr_assert_eq(score.u.r, 30);
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT email FROM \"user\" WHERE id = 1"), "ann");
}

ALL(bulk, onupdate_once_for_all_rows)
{
    fill(w);
    ticks = 0;
    orm_object *one = get(w, w->post, 1);
    orm_query *query = orm_query_open(w->s, w->post);
    orm_query_assign(query, "title", orm_text("x"));
    cr_assert_eq(update(w, query, ORM_SYNC_AUTO), 2);
    cr_assert_eq(ticks, 1);
    cr_assert_eq(int_of(one, "ticks"), 1, "objects have it too");
    query = orm_query_open(w->s, w->post);
    cr_assert_eq(update(w, query, ORM_SYNC_AUTO), 2, "nothing is assigned but what is always");
    query = orm_query_open(w->s, w->post);
    orm_query_assign(query, "ticks", orm_int(50));
    cr_assert_eq(update(w, query, ORM_SYNC_FETCH), 2);
    cr_assert_eq(int_of(one, "ticks"), 50);
    cr_assert_eq(ticks, 2);
    OK(w, orm_rollback(w->s));
    cr_assert_eq(int_of(one, "ticks"), 100);
    cr_assert_eq(orm_query_update(where(w, NULL), ORM_SYNC_AUTO, NULL), ORM_ARGUMENT, "there is nothing to assign");
}

/* Conditions as rows see them and as memory does: the objects that follow are those whose rows were changed. */
ALL(bulk, conditions_in_memory)
{
    fill(w);
    const orm_value some[] = {orm_int(25), orm_null()}, none[] = {orm_null()}, reals[] = {orm_real(0.5), orm_int(30)};
    orm_expr *conditions[] = {
        orm_eq(col(w, "username"), orm_text("Bob")),
        orm_ne(col(w, "username"), orm_text("Bob")),
        orm_eq(col(w, "age"), orm_null()),
        orm_ne(col(w, "age"), orm_null()),
        orm_ne(col(w, "age"), orm_int(25)),
        orm_lt(col(w, "age"), orm_int(30)),
        orm_le(col(w, "age"), orm_int(25)),
        orm_gt(col(w, "score"), orm_int(1)),
        orm_ge(col(w, "score"), orm_real(1.5)),
        orm_eq(col(w, "active"), orm_bool(true)),
        orm_gt(col(w, "created_at"), orm_datetime_value(orm_datetime_at(2024, 1, 1, 12, 0, 0, 0))),
        orm_ge(col(w, "born"), orm_date_value(orm_date_at(2000, 1, 2))),
        orm_in(col(w, "age"), some, 2),
        orm_in(col(w, "age"), none, 1),
        orm_in(col(w, "age"), some, 0),
        orm_not_in(col(w, "age"), some, 0),
        orm_not_in(col(w, "age"), some, 1),
        orm_not_in(col(w, "age"), some, 2),
        orm_in(col(w, "score"), reals, 2),
        orm_not(orm_eq(col(w, "age"), orm_int(25))),
        orm_not(orm_is_null(col(w, "email"))),
        orm_not(orm_and(orm_eq(col(w, "active"), orm_bool(true)), orm_gt(col(w, "age"), orm_int(1)))),
        orm_or(orm_eq(col(w, "age"), orm_int(30)), orm_is_null(col(w, "score"))),
        orm_and(orm_eq(col(w, "active"), orm_bool(true)), orm_is_not_null(col(w, "email"))),
        orm_junction(true, NULL, 0),
        orm_junction(false, NULL, 0),
        orm_compare_terms(col(w, "age").term, ORM_GT, col(w, "score").term),
        orm_compare_terms(col(w, "id").term, ORM_NE, col(w, "id").term),
    };
    for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
        orm_object *users[4];
        bool wanted[4] = {false};
        void **list;
        size_t count;
        orm_query *query = where(w, conditions[i]), *same = orm_query_clone(query);
        OK(w, orm_query_all(query, &list, &count));
        for (size_t k = 0; k < count; k++) {
            wanted[int_of(list[k], "id") - 1] = true;
        }
        for (int64_t id = 1; id <= 4; id++) {
            users[id - 1] = get(w, w->user, id);
            OK(w, orm_fresh_object(users[id - 1]));
        }
        orm_query_assign(same, "email", orm_text("hit"));
        cr_assert_eq(update(w, same, ORM_SYNC_EVALUATE), (int64_t)count, "condition %zu", i);
        forget(w);
        for (size_t k = 0; k < 4; k++) {
            const char *email = text_of(users[k], "email");
            cr_assert_eq(email != NULL && strcmp(email, "hit") == 0, wanted[k], "condition %zu, user %zu", i, k + 1);
        }
        cr_assert_str_eq(kinds(w), "", "nothing was read again");
        OK(w, orm_rollback(w->s));
        cr_assert_str_eq(text_of(users[0], "email"), "a");
    }
}

ALL(bulk, what_memory_cannot_tell)
{
    fill(w);
    orm_object *ann = get(w, w->user, 1), *bob = get(w, w->user, 2);
    int64_t n;
    orm_expr *beyond[] = {orm_like(orm_named_text(w->user, "username"), "a%"), orm_lt(col(w, "username"), orm_text("b"))};
    for (size_t i = 0; i < 2; i++) {
        orm_query *query = where(w, beyond[i]), *second, *third;
        orm_query_assign(query, "email", orm_text("hit"));
        second = orm_query_clone(query);
        third = orm_query_clone(query);
        forget(w);
        cr_assert_eq(orm_query_update(query, ORM_SYNC_EVALUATE, &n), ORM_ARGUMENT);
        cr_assert_str_eq(kinds(w), "");
        OK(w, orm_query_update(second, ORM_SYNC_AUTO, &n));
        cr_assert(n >= 1);
        cr_assert_str_eq(kinds(w), "UPDATE");
        cr_assert_str_eq(text_of(ann, "email"), "hit");
        cr_assert_str_eq(text_of(bob, "email"), i == 0 ? "b" : "hit");
        cr_assert_str_eq(kinds(w), "");
        OK(w, orm_rollback(w->s));
        cr_assert_str_eq(text_of(ann, "email"), "a");
        OK(w, orm_query_update(third, ORM_SYNC_NONE, &n));
        cr_assert_str_eq(text_of(ann, "email"), "a", "as it was known");
        OK(w, orm_refresh_object(w->s, ann));
        cr_assert_str_eq(text_of(ann, "email"), "hit");
        OK(w, orm_rollback(w->s));
        OK(w, orm_fresh_object(ann));
        OK(w, orm_fresh_object(bob));
    }
}

ALL(bulk, objects_that_are_due_or_changed)
{
    fill(w);
    orm_object *ann = get(w, w->user, 1), *bob = get(w, w->user, 2);
    OK(w, orm_commit(w->s));
    orm_query *query = where(w, orm_eq(col(w, "age"), orm_int(30)));
    orm_query_assign(query, "age", orm_int(31));
    cr_assert_eq(update(w, query, ORM_SYNC_AUTO), 1);
    cr_assert_eq(int_of(ann, "age"), 31, "an object that is due is read");
    cr_assert_eq(int_of(bob, "age"), 25);
    (void)orm_autoflush(w->s, false);
    put(bob, "age", orm_int(26));
    query = where(w, orm_is_not_null(col(w, "age")));
    orm_query_assign(query, "age", orm_int(1));
    cr_assert_eq(update(w, query, ORM_SYNC_AUTO), 3);
    cr_assert_eq(int_of(ann, "age"), 1);
    cr_assert_eq(int_of(bob, "age"), 26, "the user's own value is still to be written");
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT age FROM \"user\" WHERE id = 2"), "26");
    OK(w, orm_fresh_object(ann));
    OK(w, orm_expire_object_members(w->s, ann, (const char *const[]){"email"}, 1));
    query = where(w, orm_eq(col(w, "email"), orm_text("a")));
    orm_query_assign(query, "email", orm_text("new"));
    cr_assert_eq(update(w, query, ORM_SYNC_AUTO), 1);
    cr_assert_str_eq(text_of(ann, "email"), "new");
}

ALL(bulk, deleted_objects)
{
    fill(w);
    orm_object *ann = get(w, w->user, 1), *bob = get(w, w->user, 2), *dan = get(w, w->user, 4);
    OK(w, orm_query_delete(where(w, orm_eq(col(w, "age"), orm_int(25))), ORM_SYNC_EVALUATE, NULL));
    cr_assert_eq(orm_lifecycle_of(bob), ORM_IS_DELETED);
    cr_assert_eq(orm_lifecycle_of(ann), ORM_IS_PERSISTENT);
    cr_assert_str_eq(text_of(bob, "username"), "Bob");
    cr_assert_null(get(w, w->user, 2));
    OK(w, orm_rollback(w->s));
    cr_assert_eq(orm_lifecycle_of(bob), ORM_IS_PERSISTENT);
    cr_assert_eq(get(w, w->user, 2), bob);
    OK(w, orm_commit(w->s)); /* all are due: the database tells which go */
    int64_t n;
    OK(w, orm_query_delete(where(w, orm_eq(col(w, "age"), orm_int(25))), ORM_SYNC_AUTO, &n));
    cr_assert_eq(n, 2);
    cr_assert_eq(orm_lifecycle_of(dan), ORM_IS_DELETED);
    OK(w, orm_rollback(w->s));
    OK(w, orm_query_delete(where(w, orm_eq(col(w, "id"), orm_int(4))), ORM_SYNC_NONE, &n));
    cr_assert_eq(orm_lifecycle_of(dan), ORM_IS_PERSISTENT);
    OK(w, orm_commit(w->s));
    orm_value value;
    cr_assert_eq(orm_read(dan, "username", &value), ORM_STALE);
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM \"user\""), "3");
}

ALL(bulk, keys_that_change)
{
    fill(w);
    orm_object *ann = get(w, w->user, 1), *dan = get(w, w->user, 4);
    orm_query *query = where(w, orm_eq(col(w, "id"), orm_int(4)));
    orm_query_assign(query, "id", orm_int(40));
    cr_assert_eq(update(w, query, ORM_SYNC_EVALUATE), 1);
    cr_assert_eq(get(w, w->user, 40), dan);
    cr_assert_null(get(w, w->user, 4));
    OK(w, orm_rollback(w->s));
    cr_assert_eq(get(w, w->user, 4), dan);
    query = where(w, orm_like(orm_named_text(w->user, "username"), "dan"));
    orm_query_assign(query, "id", orm_int(40));
    cr_assert_eq(update(w, query, ORM_SYNC_AUTO), 1);
    cr_assert_eq(int_of(ann, "id"), 1);
    orm_value value;
    cr_assert_eq(orm_read(dan, "username", &value), ORM_STALE, "the key by which it was known is nobody's");
}

ALL(bulk, refusals)
{
    fill(w);
    orm_query *query = where(w, NULL);
    orm_query_limit(query, 1);
    refused(w, query, ORM_ARGUMENT, "limit or offset");
    query = where(w, NULL);
    orm_query_assign(query, "email", orm_text("x"));
    orm_query_offset(query, 1);
    cr_assert_eq(orm_query_update(query, ORM_SYNC_AUTO, NULL), ORM_ARGUMENT);
    query = where(w, NULL);
    orm_query_order_by(query, orm_asc(col(w, "id")));
    refused(w, query, ORM_ARGUMENT, "an order");
    query = where(w, NULL);
    orm_query_distinct(query);
    refused(w, query, ORM_ARGUMENT, "distinct");
    query = orm_query_open(w->s, w->post);
    orm_query_join(query, w->user, NULL, ORM_INNER_JOIN, NULL);
    orm_query_assign(query, "title", orm_text("x"));
    cr_assert_eq(orm_query_update(query, ORM_SYNC_AUTO, NULL), ORM_ARGUMENT);
    query = where(w, NULL);
    orm_query_assign(query, "nope", orm_int(1));
    refused(w, query, ORM_ARGUMENT, "no column \"nope\"");
    query = where(w, NULL);
    orm_query_assign_term(query, orm_named(w->post, "title").term, col(w, "email").term);
    refused(w, query, ORM_ARGUMENT, "no column");
    query = where(w, NULL);
    orm_query_assign(query, "age", orm_text("seven"));
    refused(w, query, ORM_DATA, "User.age is integer, not text");
    query = where(w, NULL);
    orm_query_assign_term(query, col(w, "age").term, col(w, "email").term);
    refused(w, query, ORM_DATA, "User.age is integer, not text");
    query = where(w, NULL);
    orm_query_assign_term(query, col(w, "username").term, orm_named(w->post, "title").term);
    refused(w, query, ORM_ARGUMENT, "Post.title");
    query = where(w, NULL);
    orm_query_assign(query, "age", orm_int(1));
    cr_assert_eq(orm_query_update(query, (orm_sync)77, NULL), ORM_ARGUMENT);
    cr_assert_eq(orm_query_delete(where(w, NULL), (orm_sync)77, NULL), ORM_ARGUMENT);
    cr_assert_eq(orm_query_update(NULL, ORM_SYNC_AUTO, NULL), ORM_NOMEM);
    cr_assert_eq(orm_query_delete(NULL, ORM_SYNC_AUTO, NULL), ORM_NOMEM);
    orm_query_assign(NULL, "age", orm_int(1));
}

ALL(bulk, failures)
{
    fill(w);
    int64_t n;
    orm_query *query = where(w, NULL);
    orm_query_assign(query, "username", orm_text("same"));
    cr_assert_eq(orm_query_update(query, ORM_SYNC_AUTO, &n), ORM_UNIQUE);
    cr_assert_eq(orm_query_count(where(w, NULL), &n), w->postgresql ? ORM_ABORTED : ORM_OK);
    OK(w, orm_rollback(w->s));
    query = where(w, NULL);
    orm_query_assign(query, "username", orm_null());
    cr_assert_eq(orm_query_update(query, ORM_SYNC_AUTO, &n), ORM_NOT_NULL);
    OK(w, orm_rollback(w->s));
    behind(w, "UPDATE post SET user_id = 1");
    cr_assert_eq(orm_query_delete(where(w, NULL), ORM_SYNC_AUTO, &n), ORM_FOREIGN_KEY);
    OK(w, orm_rollback(w->s));
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM \"user\" WHERE username = 'same'"), "0");
}

TYPED(bulk, computed_values)
{
    fill(w);
    int64_t n;
    Post *one, *two;
    OK(w, orm_get(w->s, Post, 1, &one));
    OK(w, orm_get(w->s, Post, 2, &two));
    Post_query q = orm_query(w->s, Post);
    orm_assign(q, views, orm_plus(orm_col(q, views), 1));
    orm_assign(q, title, orm_upper(orm_col(q, title)));
    forget(w);
    OK(w, orm_update_all(q, &n));
    cr_assert_eq(n, 2);
    cr_assert_str_eq(kinds(w), "UPDATE");
    cr_assert_eq(one->views.value, 2, "as the database answered");
    cr_assert_str_eq(one->title, "ONE");
    cr_assert(!two->views.has);
    q = orm_query(w->s, Post);
    orm_assign(q, views, orm_times(orm_minus(orm_col(q, views), 5), 3));
    OK(w, orm_update_all_with(q, ORM_SYNC_EVALUATE, &n));
    cr_assert_eq(one->views.value, -9);
    cr_assert(!two->views.has);
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT views FROM post WHERE id = 1"), "-9");
    q = orm_query(w->s, Post);
    orm_group_by(q, orm_col(q, title));
    orm_assign(q, views, 1);
    cr_assert_eq(orm_update_all(q, &n), ORM_ARGUMENT);
    Post_list posts;
    q = orm_query(w->s, Post);
    orm_assign(q, views, 1);
    cr_assert_eq(orm_all(q, &posts), ORM_ARGUMENT, "what is assigned is for an update");
}

TYPED(bulk, in_a_program)
{
    fill(w);
    int64_t n;
    User *ann, *bob;
    OK(w, orm_get(w->s, User, 1, &ann));
    OK(w, orm_get(w->s, User, 2, &bob));
    User_query q = orm_query(w->s, User);
    orm_filter_by(q, active, false);
    orm_assign(q, active, true);
    orm_assign(q, age, 40);
    orm_assign(q, score, 1);
    orm_assign(q, email, orm_col(q, username));
    orm_assign(q, created_at, orm_datetime_at(2024, 2, 29, 0, 0, 0, 0));
    orm_assign_none(q, born);
    OK(w, orm_update_all(q, &n));
    cr_assert_eq(n, 2);
    cr_assert(bob->active && bob->age.has && bob->age.value == 40 && bob->score.value == 1);
    cr_assert_str_eq(bob->email, "Bob");
    cr_assert(!bob->born.has);
    cr_assert_eq(bob->created_at.value.us, orm_datetime_at(2024, 2, 29, 0, 0, 0, 0).us);
    cr_assert_str_eq(ann->email, "a");
    q = orm_query(w->s, User);
    orm_filter_by(q, id, 1);
    orm_assign(q, email, NULL);
    json_t *document = json_pack("{s:i}", "a", 1);
    orm_assign(q, meta, document);
    json_decref(document);
    OK(w, orm_update_all_with(q, ORM_SYNC_FETCH, &n));
    cr_assert_null(ann->email);
    cr_assert_eq(json_integer_value(json_object_get(ann->meta, "a")), 1);
    q = orm_query(w->s, User);
    orm_filter(q, orm_gt(orm_col(q, id), 2));
    OK(w, orm_delete_all(q, &n));
    cr_assert_eq(n, 2);
    OK(w, orm_rollback(w->s));
    cr_assert_str_eq(ann->email, "a");
    cr_assert(!bob->active);
}

typedef struct faulty {
    world *w;
    orm_sync how;
    bool deletes;
} faulty;

static orm_status attempt(void *context)
{
    const faulty *f = context;
    orm_database *database = NULL;
    orm_session *s = NULL;
    orm_error error;
    void **users;
    size_t count;
    orm_status rc;
    ORM_TRY(orm_open(f->w->url, &blog, NULL, &database, &error));
    ORM_TRY(orm_session_open(database, &s, &error));
    orm_query *query = orm_query_open(s, f->w->user), *all = orm_query_open(s, f->w->user);
    orm_query_filter(query, orm_in_any(orm_named(f->w->user, "username"), false, (orm_value[]){orm_text("ann"), orm_text("cyd")}, 2));
    if (!f->deletes) {
        orm_query_assign(query, "email", orm_text("a text that is rather long"));
        orm_query_assign_term(query, orm_named(f->w->user, "age").term, orm_named(f->w->user, "id").term);
    }
    rc = orm_query_all(all, &users, &count);
    if (rc == ORM_OK) {
        rc = f->deletes ? orm_query_delete(query, f->how, NULL) : orm_query_update(query, f->how, NULL);
    } else {
        orm_query_close(&query);
    }
    if (orm_rollback(s) != ORM_OK) {
        cr_assert_fail("a rollback needs no memory");
    }
fail:
    orm_session_close(&s);
    orm_close(&database);
    return rc;
}

TYPED(bulk, without_memory)
{
    fill(w);
    for (int deletes = 0; deletes <= 1; deletes++) {
        faulty evaluate = {w, ORM_SYNC_EVALUATE, deletes}, fetch = {w, ORM_SYNC_FETCH, deletes};
        faults_sweep(attempt, &evaluate);
        faults_sweep(attempt, &fetch);
    }
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM \"user\" WHERE email = 'a'"), "1");
}
