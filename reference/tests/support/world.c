#include "model/mapper.h"
#include "support.h"
#include "world.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

int64_t ticks;

orm_value tick(orm_session *session)
{
    (void)session;
    return orm_int(++ticks);
}

static const orm_column user_columns[] = {
    ORM_COLUMN(User, id, .primary_key = true),
    ORM_COLUMN(User, username, .length = 80, .unique = true, .not_null = true),
    ORM_COLUMN(User, email),
    ORM_COLUMN(User, age),
    ORM_COLUMN(User, score),
    ORM_COLUMN(User, active, .default_value = ORM_BOOL(true)),
    ORM_COLUMN(User, born),
    ORM_COLUMN(User, created_at, .default_fn = orm_utcnow_value),
    ORM_COLUMN(User, meta),
};
ORM_MODEL(User, .columns = ORM_ARRAY(user_columns));
static const orm_column post_columns[] = {
    ORM_COLUMN(Post, id, .primary_key = true),
    ORM_COLUMN(Post, title, .length = 200, .not_null = true),
    ORM_COLUMN(Post, user_id, .foreign_key = ORM_KEY(User, id)),
    ORM_COLUMN(Post, views, .default_value = ORM_INT(0)),
    ORM_COLUMN(Post, ticks, .default_fn = tick, .onupdate_fn = tick),
    ORM_COLUMN(Post, rank, .server_default = "7"),
};
ORM_MODEL(Post, .columns = ORM_ARRAY(post_columns));
static const orm_column node_columns[] = {
    ORM_COLUMN(Node, id, .primary_key = true, .no_autoincrement = true),
    ORM_COLUMN(Node, parent_id, .foreign_key = ORM_KEY(Node, id)),
};
ORM_MODEL(Node, .columns = ORM_ARRAY(node_columns));
static const orm_column pair_columns[] = {
    ORM_COLUMN(Pair, a, .primary_key = true),
    ORM_COLUMN(Pair, b, .primary_key = true),
    ORM_COLUMN(Pair, label, .name = "the label"),
};
ORM_MODEL(Pair, .columns = ORM_ARRAY(pair_columns));
/* Children first: the order of foreign keys is the library's to find. */
ORM_SCHEMA(blog, &Node_model, &Post_model, &Pair_model, &User_model);

static orm_value memo_key(orm_session *session)
{
    const char *text = orm_format(session, "memo %lld", (long long)++ticks);
    return orm_text(text);
}

/* The table that a run-time model refers to by name. */
static const char *table_of(const orm_model *model, char buffer[64])
{
    if (model->table != NULL) {
        return model->table;
    }
    cr_assert(orm__table_name_of(model->struct_name, buffer, 64));
    return buffer;
}

/* ORM_KEY as a table and a column, whose name is the member's in all of these models. */
static void name_key(orm_key *key, char buffer[64])
{
    if (key->model != NULL) {
        key->table = table_of(key->model, buffer);
        key->model = NULL;
    }
}

static void build_relationship(world *w, const orm_relationship *typed)
{
    orm_relationship r = *typed;
    char names[2 * 4][64], secondary[64];
    r.target_name = typed->target->struct_name;
    r.backref = typed->back_member != NULL ? typed->back_member : typed->backref;
    r.back_member = NULL;
    if (typed->secondary != NULL) {
        r.secondary_table = table_of(typed->secondary, secondary);
    }
    for (size_t i = 0; i < 4; i++) {
        name_key(&r.foreign_key[i], names[i]);
        name_key(&r.target_key[i], names[4 + i]);
    }
    orm_builder_relationship(w->builder, &r);
}

static void build_model(world *w, const orm_model *typed)
{
    char name[64];
    if (typed->struct_name != NULL) {
        orm_builder_model(w->builder, typed->struct_name, typed->table);
    } else {
        orm_builder_table(w->builder, typed->table);
    }
    for (size_t k = 0; k < typed->columns.count; k++) {
        orm_column column = typed->columns.at[k];
        name_key(&column.foreign_key, name);
        orm_builder_column(w->builder, &column);
    }
    for (size_t k = 0; k < typed->foreign_keys.count; k++) {
        orm_foreign_key key = typed->foreign_keys.at[k];
        char names[8][64];
        for (size_t i = 0; i < 8; i++) {
            name_key(&key.to[i], names[i]);
        }
        orm_builder_foreign_key(w->builder, &key);
    }
    for (size_t k = 0; k < typed->relationships.count; k++) {
        build_relationship(w, &typed->relationships.at[k]);
    }
}

/* The same models again, made at run time, and one of their own. */
static const orm_schema *build(world *w, const orm_schema *typed)
{
    const orm_schema *schema = NULL;
    orm_error error;
    cr_assert_eq(orm_builder_open(&w->builder), ORM_OK);
    for (size_t i = 0; i < typed->count; i++) {
        build_model(w, typed->models[i]);
    }
    orm_builder_model(w->builder, "Memo", "memo");
    orm_builder_column(
        w->builder,
        &(orm_column){.name = "code", .type = ORM_STRING, .length = 20, .primary_key = true, .default_fn = memo_key});
    orm_builder_column(w->builder, &(orm_column){.name = "state", .type = ORM_STRING, .server_default = "'new'"});
    orm_builder_column(w->builder,
                       &(orm_column){.name = "body", .type = ORM_STRING, .default_value = ORM_TEXT("empty")});
    orm_builder_column(w->builder, &(orm_column){.name = "stamp", .type = ORM_STRING, .onupdate_fn = memo_key});
    cr_assert_eq(orm_builder_finish(w->builder, &schema, &error), ORM_OK, "%s", error.message);
    return schema;
}

static void log_statement(void *context, const char *sql)
{
    world *w = context;
    size_t used = strlen(w->log);
    snprintf(w->log + used, sizeof w->log - used, "%s\n", sql);
}

static void open_postgresql(world *w)
{
    const char *url = postgres_url();
    if (url == NULL) {
        cr_skip("ORMSPEC_POSTGRES_URL names no server");
    }
    snprintf(w->url, sizeof w->url, "%s", url);
    w->pg = PQconnectdb(w->url);
    cr_assert_eq(PQstatus(w->pg), CONNECTION_OK, "%s", PQerrorMessage(w->pg));
}

static void open_sqlite(world *w)
{
    char path[512];
    snprintf(path, sizeof path, "%s/a.db", directory());
    snprintf(w->url, sizeof w->url, "sqlite:///%s", path);
    cr_assert_eq(sqlite3_open(path, &w->lite), SQLITE_OK);
    sqlite3_busy_timeout(w->lite, 5000);
}

const orm_model *world_model(const world *w, const char *name)
{
    return orm_schema_find(w->schema, name);
}

void world_open(world *w, variant v)
{
    world_open_with(w, v, &blog);
}

void world_open_with(world *w, variant v, const orm_schema *typed)
{
    *w = (world){.postgresql = v == TYPED_POSTGRESQL || v == RUN_TIME_POSTGRESQL};
    ticks = 0;
    if (w->postgresql) {
        open_postgresql(w);
    } else {
        open_sqlite(w);
    }
    w->schema = v == RUN_TIME_SQLITE || v == RUN_TIME_POSTGRESQL ? build(w, typed) : typed;
    w->user = world_model(w, "User");
    w->post = world_model(w, "Post");
    w->node = world_model(w, "Node");
    w->pair = world_model(w, "Pair");
    w->memo = world_model(w, "Memo");
    orm_error error = {0};
    orm_options options = {.log = log_statement, .log_context = w};
    cr_assert_eq(orm_open(w->url, w->schema, &options, &w->db, &error), ORM_OK, "%s", error.message);
    cr_assert_eq(orm_create_all(w->db, &error), ORM_OK, "%s", error.message);
    cr_assert_eq(orm_session_open(w->db, &w->s, &error), ORM_OK, "%s", error.message);
    forget(w);
}

void world_close(world *w)
{
    orm_session_close(&w->s);
    orm_close(&w->db);
    orm_builder_close(&w->builder);
    if (w->pg != NULL) {
        PQfinish(w->pg);
        postgres_done();
    }
    if (w->lite != NULL) {
        sqlite3_close(w->lite);
        directory_done();
    }
}

void behind(world *w, const char *sql)
{
    if (w->pg != NULL) {
        PGresult *result = PQexec(w->pg, sql);
        cr_assert(PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK, "%s: %s",
                  sql, PQerrorMessage(w->pg));
        PQclear(result);
    } else {
        char *message = NULL;
        cr_assert_eq(sqlite3_exec(w->lite, sql, NULL, NULL, &message), SQLITE_OK, "%s: %s", sql, message);
    }
}

const char *stored(world *w, const char *sql)
{
    static char value[256];
    snprintf(value, sizeof value, "none");
    if (w->pg != NULL) {
        PGresult *result = PQexec(w->pg, sql);
        cr_assert_eq(PQresultStatus(result), PGRES_TUPLES_OK, "%s: %s", sql, PQerrorMessage(w->pg));
        if (PQntuples(result) > 0) {
            snprintf(value, sizeof value, "%s", PQgetisnull(result, 0, 0) ? "NULL" : PQgetvalue(result, 0, 0));
        }
        PQclear(result);
    } else {
        sqlite3_stmt *statement = NULL;
        cr_assert_eq(sqlite3_prepare_v2(w->lite, sql, -1, &statement, NULL), SQLITE_OK, "%s: %s", sql,
                     sqlite3_errmsg(w->lite));
        if (sqlite3_step(statement) == SQLITE_ROW) {
            const char *text = (const char *)sqlite3_column_text(statement, 0);
            snprintf(value, sizeof value, "%s", text != NULL ? text : "NULL");
        }
        sqlite3_finalize(statement);
    }
    return value;
}

void forget(world *w)
{
    w->log[0] = '\0';
}

const char *kinds(world *w)
{
    static char list[1024];
    list[0] = '\0';
    for (const char *line = w->log; *line != '\0'; line = strchr(line, '\n') + 1) {
        static const char *const all[] = {"SELECT", "INSERT", "UPDATE", "DELETE"};
        for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
            if (strncmp(line, all[i], 6) == 0) {
                size_t used = strlen(list);
                snprintf(list + used, sizeof list - used, "%s%s", used > 0 ? " " : "", all[i]);
            }
        }
    }
    forget(w);
    return list;
}

void expect_ok(orm_session *s, orm_status rc, const char *file, int line)
{
    cr_assert_eq(rc, ORM_OK, "%s:%d: status %d: %s", file, line, (int)rc, orm_session_error(s)->message);
}

void put(orm_object *object, const char *member, orm_value value)
{
    cr_assert_eq(orm_write(object, member, value), ORM_OK, "%s", member);
}

static orm_value value_of(orm_object *object, const char *member)
{
    orm_value value = orm_null();
    orm_status rc = orm_read(object, member, &value);
    cr_assert_eq(rc, ORM_OK, "%s: status %d", member, (int)rc);
    return value;
}

int64_t int_of(orm_object *object, const char *member)
{
    orm_value value = value_of(object, member);
    cr_assert(value.type == ORM_INTEGER || value.type == ORM_BOOLEAN, "%s is of type %d", member, (int)value.type);
    return value.u.i;
}

const char *text_of(orm_object *object, const char *member)
{
    orm_value value = value_of(object, member);
    cr_assert(value.type == ORM_STRING || value.type == ORM_NULL, "%s is of type %d", member, (int)value.type);
    return value.type == ORM_NULL ? NULL : value.u.s;
}

bool null_in(orm_object *object, const char *member)
{
    return value_of(object, member).type == ORM_NULL;
}

orm_object *fresh_user(world *w, const char *name)
{
    orm_object *user = orm_new_object(w->s, w->user);
    cr_assert_not_null(user, "%s", orm_session_error(w->s)->message);
    put(user, "username", orm_text(name));
    OK(w, orm_add_object(w->s, user));
    return user;
}

orm_object *get(world *w, const orm_model *model, int64_t key)
{
    orm_object *object = NULL;
    OK(w, orm_get_object(w->s, model, (orm_value[]){orm_int(key)}, 1, &object));
    return object;
}
