/* What a flush plans, which needs no database; and what is left when memory runs out anywhere. */
#include "base/error.h"
#include "session/plan.h"
#include "support/support.h"
#include "support/world.h"
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Plans
 * -------------------------------------------------------------------------------------------------------------- */

static orm_database *db;
static orm_session *s;

/* Opened, never connected: nothing listens there. */
static void open_nowhere(void)
{
    orm_error error;
    ticks = 0;
    cr_assert_eq(orm_open("postgresql://nobody@127.0.0.1:1/nowhere", &blog, NULL, &db, &error), ORM_OK, "%s",
                 error.message);
    cr_assert_eq(orm_session_open(db, &s, &error), ORM_OK);
}

static void close_nowhere(void)
{
    orm_session_close(&s);
    orm_close(&db);
}

TestSuite(plan, .init = open_nowhere, .fini = close_nowhere);

/* As if a query had found the row. */
static void *loaded(const orm_model *model, const orm_value *values)
{
    const orm__mapper *mapper = orm__mapper_of(&db->registry, model);
    orm__state *state = orm__state_make(s, mapper);
    orm_value row[16];
    orm_error error;
    memcpy(row, values, mapper->count * sizeof *row);
    cr_assert_eq(orm__state_load(state, row, false, &error), ORM_OK);
    state->lifecycle = ORM_IS_PERSISTENT;
    orm__identity_add(&s->identity, state);
    return state->object;
}

static Post *loaded_post(int64_t id)
{
    return loaded(&Post_model,
                  (orm_value[]){orm_int(id), orm_text("t"), orm_null(), orm_int(1), orm_int(5), orm_int(7)});
}

static Node *loaded_node(int64_t id, int64_t parent)
{
    return loaded(&Node_model, (orm_value[]){orm_int(id), parent != 0 ? orm_int(parent) : orm_null()});
}

static User *loaded_user(int64_t id)
{
    return loaded(&User_model, (orm_value[]){orm_int(id), orm_text("u"), orm_null(), orm_null(), orm_null(),
                                             orm_bool(true), orm_null(), orm_null(), orm_null()});
}

/* "update Post 1 [title ticks+] insert User [username]": + marks what the ORM itself gives. */
static const char *planned(void)
{
    static char text[2048];
    static const char *const names[] = {
        [ORM__DO_UPDATE] = "update", [ORM__DO_INSERT] = "insert", [ORM__DO_DELETE] = "delete"};
    orm__plan plan = {0};
    text[0] = '\0';
    cr_assert_eq(orm__plan_make(s, &plan), ORM_OK);
    for (size_t i = 0; i < plan.count; i++) {
        const orm__action *action = &plan.actions[i];
        const orm__mapper *mapper = action->state->mapper;
        size_t used = strlen(text);
        char key[32] = "";
        if (action->kind != ORM__DO_INSERT) {
            orm__key_text(mapper, &action->state->loaded[mapper->key[0]], key, sizeof key);
        }
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s %s%s%s", used > 0 ? " " : "",
                                 names[action->kind], mapper->model->struct_name, key[0] != '\0' ? " " : "", key);
        for (size_t k = 0; k < action->count; k++) {
            const orm__item *item = &plan.items[action->first + k];
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%s%s%s", k == 0 ? " [" : " ",
                                     mapper->fields[item->field].member, item->made ? "+" : "",
                                     k + 1 == action->count ? "]" : "");
        }
    }
    orm__plan_free(&plan);
    return text;
}

Test(plan, nothing_to_do)
{
    cr_assert_str_eq(planned(), "");
    loaded_post(1);
    User *u = orm_new(s, User);
    u->username = "transient";
    cr_assert_str_eq(planned(), "");
    cr_assert_eq(orm_flush(s), ORM_OK, "no connection is needed for nothing");
    cr_assert_eq(orm_commit(s), ORM_OK);
}

Test(plan, what_an_insert_sends)
{
    Post *p = orm_new(s, Post);
    cr_assert_eq(orm_add(s, p), ORM_OK);
    cr_assert_str_eq(planned(), "insert Post [title user_id views+ ticks+]",
                     "the key and the server default are the database's to give");
    orm_put(p->views, 3);
    orm_put(p->rank, 1);
    p->id = 9;
    cr_assert_str_eq(planned(), "insert Post [id title user_id views ticks+ rank]");
    cr_assert_eq(ticks, 0, "a plan calls no functions");
}

Test(plan, what_an_update_sends)
{
    Post *p = loaded_post(1);
    p->title = "t";
    cr_assert_str_eq(planned(), "");
    p->title = "new";
    cr_assert_str_eq(planned(), "update Post 1 [title ticks+]");
    orm_put(p->ticks, 6);
    cr_assert_str_eq(planned(), "update Post 1 [title ticks]");
    p->title = "t";
    cr_assert_str_eq(planned(), "update Post 1 [ticks]");
    orm_put(p->ticks, 5);
    cr_assert_str_eq(planned(), "");
    p->id = 4;
    orm_put_null(p->views);
    cr_assert_str_eq(planned(), "update Post 1 [id views ticks+]");
}

Test(plan, order_of_models_and_kinds)
{
    Post *changed = loaded_post(2), *doomed = loaded_post(1), *also = loaded_post(3);
    User *doomed_user = loaded_user(7);
    Post *p = orm_new(s, Post);
    User *first = orm_new(s, User), *second = orm_new(s, User);
    Pair *pair = orm_new(s, Pair);
    cr_assert_eq(orm_add_all(s, p, second, first, pair), ORM_OK);
    second->username = "second";
    changed->title = "x";
    also->title = "y";
    cr_assert_eq(orm_delete(s, doomed_user), ORM_OK);
    cr_assert_eq(orm_delete(s, doomed), ORM_OK);
    const char *plan = planned();
    const char *user = strstr(plan, "insert User"), *again = strstr(user + 1, "insert User"),
               *two = strstr(plan, "update Post 2"), *three = strstr(plan, "update Post 3"),
               *post = strstr(plan, "insert Post"), *no_post = strstr(plan, "delete Post 1"),
               *no_user = strstr(plan, "delete User 7");
    cr_assert(user < again && again < two && two < three && three < post && post < no_post && no_post < no_user, "%s",
              plan);
    cr_assert_not_null(strstr(plan, "insert Pair [a b label]"));
    cr_assert_eq(orm_rollback(s), ORM_OK);
    cr_assert_str_eq(planned(), "");
}

Test(plan, inserts_keep_the_order_of_their_adding)
{
    orm__plan plan = {0};
    User *users[50];
    for (size_t i = 0; i < 50; i++) {
        users[i] = orm_new(s, User);
    }
    for (size_t i = 0; i < 50; i++) {
        cr_assert_eq(orm_add(s, users[i * 7 % 50]), ORM_OK);
    }
    cr_assert_eq(orm__plan_make(s, &plan), ORM_OK);
    for (size_t i = 0; i < 50; i++) {
        cr_assert_eq(plan.actions[i].state->object, &users[i * 7 % 50]->orm);
    }
    orm__plan_free(&plan);
}

Test(plan, deletes_of_a_tree_go_leaves_first)
{
    /* 1 ← 2 ← 3, 1 ← 4, 5 refers to itself, 6 and 7 to each other, 9 to a row that stays. */
    Node *nodes[] = {loaded_node(1, 0), loaded_node(2, 1), loaded_node(3, 2), loaded_node(4, 1),
                     loaded_node(5, 5), loaded_node(6, 7), loaded_node(7, 6), loaded_node(9, 8)};
    loaded_node(8, 0);
    for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
        cr_assert_eq(orm_delete(s, nodes[i]), ORM_OK);
    }
    cr_assert_str_eq(planned(), "delete Node 3 delete Node 4 delete Node 5 delete Node 9 delete Node 2 delete Node 1 "
                                "delete Node 6 delete Node 7");
}

Test(plan, staging_makes_the_values_ours)
{
    char title[] = "title";
    orm__plan plan = {0};
    Post *p = orm_new(s, Post), *q = loaded_post(1);
    p->title = title;
    q->title = title;
    cr_assert_eq(orm_add(s, p), ORM_OK);
    cr_assert_eq(orm__plan_make(s, &plan), ORM_OK);
    cr_assert_eq(orm__plan_stage(s, &plan), ORM_OK);
    cr_assert_eq(ticks, 2, "one call for each row that needs one");
    memset(title, 'X', 5);
    for (size_t i = 0; i < plan.item_count; i++) {
        if (plan.items[i].value.type == ORM_STRING) {
            cr_assert_str_eq(plan.items[i].value.u.s, "title");
        }
    }
    orm__plan_free(&plan);
}

static orm_value text_for_a_number(orm_session *session)
{
    (void)session;
    return orm_text("no number");
}

typedef struct Odd {
    orm_object orm;
    int64_t id;
    orm_opt_int n;
    int64_t plain;
} Odd;
static const orm_column odd_columns[] = {
    {.member = "id", .offset = offsetof(Odd, id), .type = ORM_INTEGER, .storage = ORM_STORE_INT_, .primary_key = true},
    {.member = "n",
     .offset = offsetof(Odd, n),
     .type = ORM_INTEGER,
     .storage = ORM_STORE_OPT_INT_,
     .default_fn = text_for_a_number},
};
static const orm_model Odd_model = {.struct_name = "Odd", .size = sizeof(Odd), .columns = ORM_ARRAY(odd_columns)};
static const orm_column plain_columns[] = {
    {.member = "id", .offset = offsetof(Odd, id), .type = ORM_INTEGER, .storage = ORM_STORE_INT_, .primary_key = true},
    {.member = "plain",
     .offset = offsetof(Odd, plain),
     .type = ORM_INTEGER,
     .storage = ORM_STORE_INT_,
     .default_fn = text_for_a_number},
};
static const orm_model Plain_model = {.struct_name = "Plain", .size = sizeof(Odd), .columns = ORM_ARRAY(plain_columns)};
ORM_SCHEMA(odd_schema, &Odd_model, &Plain_model);

Test(plan, functions_that_give_another_type)
{
    orm_database *odd_db = NULL;
    orm_session *session = NULL;
    orm_error error;
    cr_assert_eq(orm_open("sqlite://", &odd_schema, NULL, &odd_db, &error), ORM_OK, "%s", error.message);
    cr_assert_eq(orm_session_open(odd_db, &session, &error), ORM_OK);
    cr_assert_null(orm_new_object(session, &Plain_model));
    cr_assert_eq(orm_session_error(session)->status, ORM_DATA);
    Odd *odd = orm_new(session, Odd);
    cr_assert_eq(orm_add(session, odd), ORM_OK);
    cr_assert_eq(orm_flush(session), ORM_DATA);
    cr_assert_not_null(
        strstr(orm_session_error(session)->message, "Odd.n: its function gives text, the column is integer"));
    cr_assert_eq(orm_flush(session), ORM_NEEDS_ROLLBACK);
    orm_session_close(&session);
    orm_close(&odd_db);
}

/* A function of a default may use the session, but not flush it, roll it back or free what is being flushed. */
static orm_status inner[3];
static orm_object *inner_object;

static orm_value meddle(orm_session *session)
{
    inner[0] = orm_flush(session);
    inner[1] = orm_rollback(session);
    inner[2] = orm_free_object(session, inner_object);
    return orm_int(1);
}

static const orm_column meddling_columns[] = {
    {.member = "id", .offset = offsetof(Odd, id), .type = ORM_INTEGER, .storage = ORM_STORE_INT_, .primary_key = true},
    {.member = "n",
     .offset = offsetof(Odd, n),
     .type = ORM_INTEGER,
     .storage = ORM_STORE_OPT_INT_,
     .default_fn = meddle},
};
static const orm_model Meddling_model = {
    .struct_name = "Meddling", .size = sizeof(Odd), .columns = ORM_ARRAY(meddling_columns)};
ORM_SCHEMA(meddling_schema, &Meddling_model);

Test(plan, functions_that_meddle)
{
    orm_database *own = NULL;
    orm_session *session = NULL;
    orm_error error;
    cr_assert_eq(orm_open("sqlite://", &meddling_schema, NULL, &own, &error), ORM_OK, "%s", error.message);
    cr_assert_eq(orm_create_all(own, &error), ORM_OK, "%s", error.message);
    cr_assert_eq(orm_session_open(own, &session, &error), ORM_OK);
    inner_object = orm_new_object(session, &Meddling_model);
    cr_assert_eq(orm_add_object(session, inner_object), ORM_OK);
    cr_assert_eq(orm_commit(session), ORM_OK);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(inner[i], ORM_STATE, "%zu", i);
    }
    orm_session_close(&session);
    orm_close(&own);
}

/* ---- Keys ---------------------------------------------------------------------------------------------------------
 */

/* Rows of every type of key, written by growing key, whatever the order of their changes. */
Test(keys, of_every_type)
{
    static const struct {
        orm_type type;
        orm_value keys[3];
        const char *texts[3];
    } rows[] = {
        {ORM_INTEGER,
         {ORM_INT(-5), ORM_INT(0), ORM_INT(INT64_C(1) << 40)},
         {"<Row -5>", "<Row 0>", "<Row 1099511627776>"}},
        {ORM_FLOAT, {ORM_REAL(-1.5), ORM_REAL(0.0), ORM_REAL(0.1)}, {"<Row -1.5>", "<Row 0>", "<Row 0.1>"}},
        {ORM_STRING, {ORM_TEXT(""), ORM_TEXT("a"), ORM_TEXT("ab")}, {"<Row >", "<Row a>", "<Row ab>"}},
        {ORM_BOOLEAN, {ORM_BOOL(0), ORM_BOOL(1)}, {"<Row False>", "<Row True>"}},
        {ORM_DATE,
         {{ORM_DATE, {.d = {-1}}}, {ORM_DATE, {.d = {0}}}, {ORM_DATE, {.d = {1}}}},
         {"<Row 1969-12-31>", "<Row 1970-01-01>", "<Row 1970-01-02>"}},
        {ORM_DATETIME,
         {{ORM_DATETIME, {.t = {-1}}}, {ORM_DATETIME, {.t = {0}}}, {ORM_DATETIME, {.t = {1}}}},
         {"<Row 1969-12-31 23:59:59.999999>", "<Row 1970-01-01 00:00:00.000000>", "<Row 1970-01-01 00:00:00.000001>"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        orm_builder *builder = NULL;
        const orm_schema *schema = NULL;
        orm_database *own = NULL;
        orm_session *session = NULL;
        orm_error error;
        cr_assert_eq(orm_builder_open(&builder), ORM_OK);
        orm_builder_model(builder, "Row", NULL);
        orm_builder_column(builder, &(orm_column){.name = "id", .type = rows[i].type, .primary_key = true});
        orm_builder_column(builder, &(orm_column){.name = "n", .type = ORM_INTEGER});
        cr_assert_eq(orm_builder_finish(builder, &schema, &error), ORM_OK, "%s", error.message);
        cr_assert_eq(orm_open("sqlite://", schema, NULL, &own, &error), ORM_OK, "%s", error.message);
        cr_assert_eq(orm_create_all(own, &error), ORM_OK, "%s", error.message);
        cr_assert_eq(orm_session_open(own, &session, &error), ORM_OK);
        const size_t count = rows[i].type == ORM_BOOLEAN ? 2 : 3;
        orm_object *objects[3], *found;
        for (size_t k = count; k-- > 0;) {
            objects[k] = orm_new_object(session, schema->models[0]);
            put(objects[k], "id", rows[i].keys[k]);
            expect_ok(session, orm_add_object(session, objects[k]), __FILE__, __LINE__);
        }
        expect_ok(session, orm_commit(session), __FILE__, __LINE__);
        orm__plan plan = {0};
        for (size_t k = 0; k < count; k++) {
            char text[64];
            expect_ok(session, orm_get_object(session, schema->models[0], &rows[i].keys[k], 1, &found), __FILE__,
                      __LINE__);
            cr_assert_eq(found, objects[k]);
            put(found, "n", orm_int(1));
            orm_repr_object(found, text, sizeof text);
            cr_assert_str_eq(text, rows[i].texts[k]);
        }
        cr_assert_eq(orm__plan_make(session, &plan), ORM_OK);
        cr_assert_eq(plan.count, count);
        for (size_t k = 0; k < count; k++) {
            cr_assert_eq(plan.actions[k].state->object, objects[k], "type %d, row %zu", (int)rows[i].type, k);
        }
        orm__plan_free(&plan);
        expect_ok(session, orm_commit(session), __FILE__, __LINE__);
        orm_session_close(&session);
        orm_close(&own);
        orm_builder_close(&builder);
    }
}

/* Many objects, also where there is no memory for a larger table. */
Test(keys, of_a_crowd)
{
    enum { CROWD = 500 };
    open_nowhere();
    User *users[CROWD];
    for (int64_t id = 0; id < CROWD; id++) {
        users[id] = loaded_user(id * 64);
        if (id == 100) {
            faults_start(1, true);
            orm__state *state = users[id]->orm.state;
            for (int again = 0; again < 100; again++) {
                cr_assert_null(orm__identity_add(&s->identity, state));
            }
            faults_stop();
        }
    }
    for (int64_t id = 0; id < CROWD; id += 2) {
        cr_assert_eq(orm_free(s, users[id]), ORM_OK);
    }
    for (int64_t id = 0; id < CROWD; id++) {
        orm__state *state = orm__identity_find(&s->identity, orm__mapper_of(&db->registry, &User_model),
                                               (orm_value[]){orm_int(id * 64)});
        cr_assert_eq(state != NULL ? state->object : NULL, id % 2 == 1 ? &users[id]->orm : NULL);
    }
    close_nowhere();
}

/* ---- Out of memory
 * ------------------------------------------------------------------------------------------------------ */

/* The whole of a session's work; what of it is done in which transaction is known, so the rows tell whether each was
 * all or nothing. */
static orm_status work(orm_session *session, const orm_model *user_model, const orm_model *post_model)
{
    orm_object *users[3], *post;
    orm_value value;
    void **list;
    size_t count;
    int64_t number;
    orm_status rc;
    for (size_t i = 0; i < 3; i++) {
        const char *name = orm_format(session, "user %zu", i);
        users[i] = orm_new_object(session, user_model);
        if (name == NULL || users[i] == NULL) {
            return ORM_NOMEM;
        }
        ORM_TRY(orm_write(users[i], "username", orm_text(name)));
        ORM_TRY(orm_write(users[i], "email", orm_text("a text of some length that goes into memory of its own")));
    }
    json_t *document = json_pack("{s:[i,s]}", "list", 1, "two");
    rc = orm_write(users[1], "meta", orm_json(document));
    json_decref(document);
    ORM_TRY(rc);
    ORM_TRY(orm_add_objects(session, users, 3));
    post = orm_new_object(session, post_model);
    if (post == NULL) {
        return ORM_NOMEM;
    }
    ORM_TRY(orm_write(post, "title", orm_text("a title")));
    ORM_TRY(orm_add_object(session, post));
    ORM_TRY(orm_commit(session)); /* 3 users, 1 post */

    ORM_TRY(orm_write(users[0], "email", orm_text("changed")));
    ORM_TRY(orm_read(users[0], "username", &value));
    ORM_TRY(orm_write(post, "title", orm_text("changed")));
    ORM_TRY(orm_flush(session));
    ORM_TRY(orm_write(users[0], "email", orm_text("changed again")));
    ORM_TRY(orm_delete_object(session, users[2]));
    orm_query *query = orm_query_open(session, user_model);
    orm_query_filter(query,
                     orm_or(orm_contains(orm_named_text(user_model, "username"), "user"),
                            orm_not(orm_in(orm_named(user_model, "id"), ((orm_value[]){orm_int(1), orm_int(2)}), 2))));
    orm_query_order_by(query, orm_desc(orm_named(user_model, "id")));
    ORM_TRY(orm_query_all(query, &list, &count));
    cr_assert_eq(count, 2);
    ORM_TRY(orm_refresh_object(session, users[1]));
    ORM_TRY(orm_commit(session)); /* 2 users, 2 changes */

    ORM_TRY(orm_write(users[1], "email", orm_text("never stored")));
    ORM_TRY(orm_flush(session));
    ORM_TRY(orm_rollback(session));
    ORM_TRY(orm_get_object(session, user_model, (orm_value[]){orm_int(2)}, 1, &users[1]));
    ORM_TRY(orm_read(users[1], "email", &value));
    query = orm_query_open(session, user_model);
    orm_query_filter_by(query, "username", orm_text("user 0"));
    orm_query_limit(query, 5);
    ORM_TRY(orm_query_count(query, &number));
    cr_assert_eq(number, 1);
fail:
    return rc;
}

static orm_status scenario(void *context)
{
    world *w = context;
    orm_session *session = NULL;
    orm_database *own = NULL;
    orm_error error;
    behind(w, w->postgresql ? "TRUNCATE \"user\", post RESTART IDENTITY" : "DELETE FROM post; DELETE FROM \"user\"");
    orm_status rc;
    ORM_TRY(orm_open(w->url, &blog, NULL, &own, &error));
    ORM_TRY(orm_session_open(own, &session, &error));
    ORM_TRY(work(session, &User_model, &Post_model));
fail:;
    /* A session that ran out of memory is of use again after a rollback. */
    if (session != NULL && rc == ORM_NOMEM && orm_rollback(session) != ORM_OK) {
        rc = ORM_FAILURE;
    }
    orm_session_close(&session);
    orm_close(&own);
    const char *users = stored(w, "SELECT count(*) FROM \"user\"");
    static const char all[] =
        "SELECT count(*) FROM \"user\" CROSS JOIN post WHERE email = 'changed again' AND title = 'changed'";
    static const char none[] = "SELECT count(*) FROM \"user\" WHERE email LIKE 'changed%' OR email LIKE 'never%'";
    char count = users[0];
    cr_assert(strcmp(users, "0") == 0 || strcmp(users, "2") == 0 || strcmp(users, "3") == 0, "%s users", users);
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM post"), count == '0' ? "0" : "1");
    cr_assert_str_eq(stored(w, count == '2' ? all : none), count == '2' ? "1" : "0");
    cr_assert(rc != ORM_OK || count == '2');
    return rc;
}

Test(flush, no_memory_sqlite)
{
    world w;
    world_open(&w, TYPED_SQLITE);
    orm_session_close(&w.s);
    orm_close(&w.db);
    faults_sweep(scenario, &w);
    world_close(&w);
}

Test(flush, no_memory_postgresql)
{
    world w;
    world_open(&w, TYPED_POSTGRESQL);
    orm_session_close(&w.s);
    orm_close(&w.db);
    faults_sweep(scenario, &w);
    world_close(&w);
}

/* ---- Many new objects at once ---------------------------------------------------------------------------------------- */

ALL(flush, many_new_objects)
{
    enum { COUNT = 9000 };
    orm_object **posts = malloc(COUNT * sizeof *posts);
    for (size_t i = 0; i < COUNT; i++) {
        char title[24];
        snprintf(title, sizeof title, "post %zu", i);
        posts[i] = orm_new_object(w->s, w->post);
        put(posts[i], "title", orm_text(title));
        if (i == 100) {
            put(posts[i], "id", orm_int(1000000)); /* a key of its own is another shape */
        }
        OK(w, orm_add_object(w->s, posts[i]));
    }
    ticks = 0;
    forget(w);
    OK(w, orm_flush(w->s));
    if (w->postgresql) {
        cr_assert_not_null(strstr(w->log, "unnest("), "%s", w->log);
        cr_assert_not_null(strstr(w->log, "RETURNING \"id\", \"rank\""));
        cr_assert_str_eq(kinds(w), "SELECT INSERT INSERT SELECT INSERT INSERT");
    }
    cr_assert_eq(int_of(posts[100], "id"), 1000000);
    cr_assert_eq(int_of(posts[0], "id"), 1);
    cr_assert_eq(int_of(posts[0], "rank"), 7, "what the database gave");
    cr_assert_eq(int_of(posts[COUNT - 1], "rank"), 7);
    cr_assert_eq(ticks, COUNT);
    for (size_t i = 1; i < COUNT; i++) {
        cr_assert(i == 100 || i == 101 || int_of(posts[i], "id") > int_of(posts[i - 1], "id"), "keys grow as objects came");
    }
    OK(w, orm_commit(w->s));
    for (size_t i = 0; i < COUNT; i += 499) {
        char sql[80], title[24];
        snprintf(sql, sizeof sql, "SELECT title FROM post WHERE id = %lld", (long long)int_of(posts[i], "id"));
        snprintf(title, sizeof title, "post %zu", i);
        cr_assert_str_eq(stored(w, sql), title);
        cr_assert_eq(get(w, w->post, int_of(posts[i], "id")), posts[i]);
    }
    free(posts);
}

ALL(flush, many_that_fail)
{
    orm_object *users[6];
    for (size_t i = 0; i < 6; i++) {
        users[i] = fresh_user(w, i == 5 ? "u0" : (const char *const[]){"u0", "u1", "u2", "u3", "u4"}[i]);
    }
    cr_assert_eq(orm_flush(w->s), ORM_UNIQUE);
    OK(w, orm_rollback(w->s));
    cr_assert_eq(orm_lifecycle_of(users[0]), ORM_IS_TRANSIENT);
    put(users[5], "username", orm_text("u5"));
    OK(w, orm_add_objects(w->s, users, 6));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM \"user\""), "6");
}

/* Keys that the model gives itself, and keys of two columns. */
ALL(flush, many_with_keys_of_their_own)
{
    orm_object *nodes[8], *pairs[8];
    for (int64_t i = 0; i < 8; i++) {
        nodes[i] = orm_new_object(w->s, w->node);
        put(nodes[i], "id", orm_int(100 - i));
        if (i > 0) {
            put(nodes[i], "parent_id", orm_int(100));
        }
        pairs[i] = orm_new_object(w->s, w->pair);
        put(pairs[i], "a", orm_int(1));
        put(pairs[i], "b", orm_text((const char *const[]){"a", "b", "c", "d", "e", "f", "g", "h"}[i]));
    }
    OK(w, orm_add_objects(w->s, nodes, 8));
    OK(w, orm_add_objects(w->s, pairs, 8));
    forget(w);
    OK(w, orm_commit(w->s));
    if (w->postgresql) {
        cr_assert_str_eq(kinds(w), "INSERT INSERT");
    }
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM node WHERE parent_id = 100"), "7");
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM pair"), "8");
    cr_assert_eq(get(w, w->node, 93), nodes[7]);
}
