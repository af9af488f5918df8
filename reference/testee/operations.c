#include "operations.h"
#include "define.h"
#include "ends.h"
#include "many.h"
#include "members.h"
#include "migrate.h"
#include "query.h"
#include "relations.h"
#include "rows.h"
#include "sessions.h"
#include "settings.h"
#include "values.h"
#include <stdio.h>
#include <string.h>

enum { PROTOCOL = 1 };

static bool judged(struct call *c, struct session *s, orm_status rc)
{
    return rc == ORM_OK ? true : call_raised(c, rc, orm_session_error(s->orm));
}

/* ---- the implementation and its database ---- */

static const char *const capabilities[] = {
    "core", "url", "ddl", "table_names", "repr", "filter", "not_found", "constraints", "defaults", "onupdate",
    "server_default", "tx", "uow", "dirty", "changed_columns", "identity", "expiry", "refresh", "late_defaults",
    "query_refusals", "stats", "composite_key", "tables", "fk_actions", "three_valued", "like", "chaining", "autoflush",
    "sessions", "detached", "default_repr", "type_checks", "states", "work_lists", "no_autoflush", "expire",
    "refresh_members", "expunge", "merge", "savepoints", "version", "hashing", "dotenv",
    "pool", "dispose", "pre_ping", "error_places", "sqlstate", "hidden_values",
    "bulk_update", "bulk_delete", "bulk_sync", "bulk_refusals", "bulk_insert", "bulk_insert_keys", "bulk_update_rows",
    "expressions", "distinct_from", "like_escape", "nulls_order", "order_reset", "joins", "derived", "subqueries",
    "columns", "aggregates", "set_operations", "row_locks", "partial", "sql_text", "exists", "scalar", "stream", "rows",
    "statement_text", "saved_queries", "lookup", "execute",
    "migrate", "migrate.autogenerate", "migrate.branches", "migrate.script", "migrate.alter", "migrate.version_table",
    "paginate", "page_bounds", "page_window", "page_walk", "paginate_request",
    "foreign_keys_on", "foreign_keys_off", "rel.one_to_many", "rel.one_to_one", "rel.many_to_many", "rel.sync", "rel.positions",
    "rel.save", "rel.nullify", "rel.lazy", "rel.raise", "rel.noload", "rel.dynamic", "rel.kept", "rel.join", "rel.exists", "rel.compare",
    "rel.eager", "rel.strategies", "rel.delete_cascade",
    "rel.delete_orphan", "rel.passive_deletes", "rel.cascades",
    "rel.sets", "rel.trees", "rel.composite", "rel.post_update", "rel.order_by", "rel.viewonly",
};

static bool op_hello(struct world *w, struct call *c)
{
    (void)w;
    if (json_integer_value(json_object_get(c->params, "protocol")) != PROTOCOL)
        return call_bad(c, "this testee speaks protocol %d", PROTOCOL);
    char version[32], sqlite[32], libpq[32];
    json_t *native = must(json_object());
    for (size_t i = 0; i < sizeof capabilities / sizeof capabilities[0]; i++)
        if (define_offers(capabilities[i]))
            json_object_set_new(native, capabilities[i], json_string("native"));
    c->result = must(json_pack("{s:i, s:s, s:s, s:s, s:[s, s], s:o, s:{s:i, s:s, s:s, s:s, s:i, s:s}, s:{s:s, s:s}}",
        "protocol", PROTOCOL, "name", "liborm", "version", orm_version_of("liborm", version), "language", "C",
        "databases", "sqlite", "postgresql", "capabilities", native,
        "facts", "datetime_digits", 6, "type_check", "assignment", "sqlite_datetime", "text", "sqlite_foreign_keys", "on", "integer_bits", 32, "idle_reconnect", "silent",
        "versions", "sqlite", orm_version_of("sqlite", sqlite), "libpq", orm_version_of("libpq", libpq)));
    define_announce(c->result);
    return true;
}

static bool op_open(struct world *w, struct call *c)
{
    return world_open(w, c);
}

static bool op_dispose(struct world *w, struct call *c)
{
    orm_database *database;
    if (!world_database(w, c, &database))
        return false;
    orm_dispose(database);
    return true;
}

static bool op_ping(struct world *w, struct call *c)
{
    orm_database *database;
    orm_error error;
    char name[256], user[64];
    if (!world_database(w, c, &database))
        return false;
    orm_status rc = orm_ping(database, name, user, &error);
    if (rc != ORM_OK)
        return call_raised(c, rc, &error);
    c->result = must(json_pack("{s:s, s:s?}", "database", name, "user", *user != '\0' ? user : NULL));
    return true;
}

static bool op_define(struct world *w, struct call *c)
{
    json_t *schema, *tables = must(json_object());
    struct models models = { 0 };
    c->result = must(json_pack("{s:o}", "tables", tables));
    if (!call_object(c, "schema", &schema) || schema == NULL)
        return schema == NULL ? call_bad(c, "the parameter schema is missing") : false;
    if (!define_models(c, schema, &models))
        return false;
    models.passwords = settings_passwords(schema);
    if (!world_define(w, c, &models))
        return false;
    for (size_t i = 0; i < w->models.schema->count; i++) {
        const orm_model *model = w->models.schema->models[i];
        if (model->struct_name != NULL)
            json_object_set_new(tables, model->struct_name, must(json_string(orm_table_name(w->database, model))));
    }
    return true;
}

static bool ddl(struct world *w, struct call *c, orm_status (*act)(orm_database *, orm_error *))
{
    orm_database *database;
    orm_error error;
    if (!world_database(w, c, &database))
        return false;
    orm_status rc = act(database, &error);
    return rc == ORM_OK ? true : call_raised(c, rc, &error);
}

static bool op_create_all(struct world *w, struct call *c)
{
    return ddl(w, c, orm_create_all);
}

static bool op_drop_all(struct world *w, struct call *c)
{
    return ddl(w, c, orm_drop_all);
}

static bool op_stats(struct world *w, struct call *c)
{
    bool reset = false;
    orm_database *database;
    if (!call_flag(c, "reset", &reset) || !world_database(w, c, &database))
        return false;
    orm_counts now = orm_statement_counts(database), then = w->counted;
    c->result = must(json_pack("{s:I, s:I, s:I, s:I}",
        "select", (json_int_t)(now.select - then.select), "insert", (json_int_t)(now.insert - then.insert),
        "update", (json_int_t)(now.update - then.update), "delete", (json_int_t)(now.delete_ - then.delete_)));
    if (reset)
        w->counted = now;
    return true;
}

static bool op_reset(struct world *w, struct call *c)
{
    return world_reset(w, c);
}

/* ---- objects ---- */

static bool write_all(struct call *c, struct session *s, orm_object *object, json_t *values)
{
    const char *member;
    json_t *given;
    orm_value value;
    json_object_foreach (values, member, given)
        if (relation_is(object, member)) {
            if (!relation_put(c, s, object, member, given))
                return false;
        } else if (!value_decode(c, given, member, &value) || !member_put(c, s, object, member, &value))
            return false;
    return true;
}

static bool op_new(struct world *w, struct call *c)
{
    const char *name;
    const orm_model *model;
    struct session *s;
    json_t *values;
    if (!call_text(c, "model", true, &name) || !world_model(w, c, name, &model) || !call_object(c, "values", &values))
        return false;
    if (!world_session(w, c, &s))
        return false;
    orm_object *object = orm_new_object(s->orm, model);
    if (object == NULL)
        return call_raised(c, ORM_NOMEM, orm_session_error(s->orm));
    if (write_all(c, s, object, values)) {
        c->result = world_handle(w, s, object);
        return true;
    }
    if (orm_free_object(s->orm, object) != ORM_OK) /* nobody will ask for it: it goes with its session */
        fprintf(stderr, "orm-testee: free: %s\n", orm_session_error(s->orm)->message);
    return false;
}

/* The object of the parameter `obj`. */
static bool object_of(struct world *w, struct call *c, struct handle **out)
{
    return world_object(w, c, json_object_get(c->params, "obj"), out);
}

static bool op_get(struct world *w, struct call *c)
{
    struct handle *h;
    const json_t *name = json_object_get(c->params, "name"), *names = json_object_get(c->params, "names");
    if ((name == NULL) == (names == NULL))
        return call_bad(c, "get takes either name or names");
    return object_of(w, c, &h) && query_read(c, h->session, h->object, name != NULL ? name : names, &c->result);
}

static bool op_set(struct world *w, struct call *c)
{
    struct handle *h;
    json_t *values;
    return object_of(w, c, &h) && call_object(c, "values", &values) && write_all(c, h->session, h->object, values);
}

static bool op_repr(struct world *w, struct call *c)
{
    struct handle *h;
    if (!object_of(w, c, &h))
        return false;
    int size = orm_repr_object(h->object, NULL, 0);
    if (size < 0)
        return call_raised(c, ORM_FAILURE, orm_session_error(h->session->orm));
    char *text = call_alloc(c, (size_t)size + 1);
    orm_repr_object(h->object, text, (size_t)size + 1);
    orm_value value = orm_text(text);
    c->result = must(value_encode(&value));
    return true;
}

static bool op_release(struct world *w, struct call *c)
{
    json_t *list, *item;
    size_t i;
    struct handle *h;
    if (!call_array(c, "objs", &list))
        return false;
    json_array_foreach (list, i, item) {
        if (!world_object(w, c, item, &h))
            return false;
        handle_forget(h);
    }
    return true;
}

/* ---- sessions ---- */

/* Does something with the session and one object. */
static bool with_object(struct world *w, struct call *c, orm_status (*act)(orm_session *, orm_object *))
{
    struct handle *h;
    struct session *s;
    if (!object_of(w, c, &h) || !world_session(w, c, &s) || !judged(c, s, act(s->orm, h->object)))
        return false;
    h->session = s; /* adding an object may take it over */
    return true;
}

struct objects { orm_object **at; struct handle **handles; size_t count; };

/* The objects of the parameter `objs`. */
static bool objects_of(struct world *w, struct call *c, struct objects *out)
{
    json_t *list;
    if (!call_array(c, "objs", &list))
        return false;
    out->count = json_array_size(list);
    out->at = call_alloc(c, (out->count + 1) * sizeof *out->at);
    out->handles = call_alloc(c, (out->count + 1) * sizeof *out->handles);
    for (size_t i = 0; i < out->count; i++) {
        if (!world_object(w, c, json_array_get(list, i), &out->handles[i]))
            return false;
        out->at[i] = out->handles[i]->object;
    }
    return true;
}

static orm_status add_objects(struct session *s, const struct objects *objects)
{
    orm_status rc = orm_add_objects(s->orm, objects->at, objects->count);
    for (size_t i = 0; rc == ORM_OK && i < objects->count; i++)
        objects->handles[i]->session = s;
    return rc;
}

static bool op_add(struct world *w, struct call *c)
{
    return with_object(w, c, orm_add_object);
}

static bool op_delete(struct world *w, struct call *c)
{
    return with_object(w, c, orm_delete_object);
}

static bool op_add_all(struct world *w, struct call *c)
{
    struct objects objects;
    struct session *s;
    return objects_of(w, c, &objects) && world_session(w, c, &s) && judged(c, s, add_objects(s, &objects));
}

/* An intent is durable or undone. In a transaction that `begin` opened its end decides instead. */
static bool finish_intent(struct call *c, struct session *s, orm_status rc)
{
    if (rc == ORM_OK)
        rc = s->begun ? orm_flush(s->orm) : orm_commit(s->orm);
    if (judged(c, s, rc))
        return true;
    if (!s->begun && orm_rollback(s->orm) != ORM_OK)
        fprintf(stderr, "orm-testee: rollback: %s\n", orm_session_error(s->orm)->message);
    return false;
}

static bool op_store(struct world *w, struct call *c)
{
    struct objects objects;
    struct session *s;
    return objects_of(w, c, &objects) && world_session(w, c, &s) && finish_intent(c, s, add_objects(s, &objects));
}

static bool op_remove(struct world *w, struct call *c)
{
    struct objects objects;
    struct session *s;
    orm_status rc = ORM_OK;
    if (!objects_of(w, c, &objects) || !world_session(w, c, &s))
        return false;
    for (size_t i = 0; i < objects.count && rc == ORM_OK; i++)
        rc = orm_delete_object(s->orm, objects.at[i]);
    return finish_intent(c, s, rc);
}

static bool op_flush(struct world *w, struct call *c)
{
    struct session *s;
    return world_session(w, c, &s) && judged(c, s, orm_flush(s->orm));
}

/* A session of liborm begins its transactions by itself. */
static bool op_begin(struct world *w, struct call *c)
{
    struct session *s;
    if (!world_session(w, c, &s))
        return false;
    s->begun = true;
    return true;
}

static bool end_transaction(struct world *w, struct call *c, orm_status (*end)(orm_session *))
{
    struct session *s;
    if (!world_session(w, c, &s) || !judged(c, s, end(s->orm)))
        return false;
    s->begun = false;
    return true;
}

static bool op_commit(struct world *w, struct call *c)
{
    return end_transaction(w, c, orm_commit);
}

static bool op_rollback(struct world *w, struct call *c)
{
    return end_transaction(w, c, orm_rollback);
}

static bool op_close(struct world *w, struct call *c)
{
    return end_transaction(w, c, orm_session_clear);
}

/* ---- the table ---- */

static const struct operation {
    const char *name;
    bool (*run)(struct world *, struct call *);
    const char *parameters[20];
} operations[] = {
    { "hello",      op_hello,      { "protocol", "suite" } },
    { "open",       op_open,       { "url", "root", "foreign_keys", "dialect", "path", "socket", "host", "port", "user",
                                     "password", "dbname", "pool_size", "pool_timeout_ms", "pre_ping", "hide_values" } },
    { "dispose",    op_dispose,    { 0 } },
    { "ping",       op_ping,       { 0 } },
    { "define",     op_define,     { "schema" } },
    { "create_all", op_create_all, { 0 } },
    { "drop_all",   op_drop_all,   { 0 } },
    { "new",        op_new,        { "model", "values", "session" } },
    { "get",        op_get,        { "obj", "name", "names", "session" } },
    { "set",        op_set,        { "obj", "values", "session" } },
    { "rel",        op_rel,        { "obj", "name", "do", "objs", "at", "session" } },
    { "store",      op_store,      { "objs", "session" } },
    { "remove",     op_remove,     { "objs", "session" } },
    { "query",      query_run,     { "model", "base", "obj", "name", "q", "end", "read", "session" } },
    { "build",      query_build,   { "model", "base", "q", "session" } },
    { "lookup",     query_lookup,  { "model", "key", "session" } },
    { "execute",    rows_execute,  { "sql", "values", "rows", "session" } },
    { "repr",       op_repr,       { "obj", "session" } },
    { "add",        op_add,        { "obj", "session" } },
    { "add_all",    op_add_all,    { "objs", "session" } },
    { "delete",     op_delete,     { "obj", "session" } },
    { "flush",      op_flush,      { "session" } },
    { "refresh",    op_refresh,    { "obj", "names", "session" } },
    { "expire",     op_expire,     { "obj", "names", "session" } },
    { "expunge",    op_expunge,    { "obj", "session" } },
    { "merge",      op_merge,      { "obj", "session" } },
    { "state",      op_state,      { "obj", "session" } },
    { "contains",   op_contains,   { "obj", "session" } },
    { "work",       op_work,       { "session" } },
    { "is_modified", op_is_modified, { "obj", "session" } },
    { "autoflush",  op_autoflush,  { "on", "session" } },
    { "begin",      op_begin,      { "session" } },
    { "commit",     op_commit,     { "session" } },
    { "rollback",   op_rollback,   { "session" } },
    { "close",      op_close,      { "session" } },
    { "savepoint",  op_savepoint,  { "name", "session" } },
    { "savepoint_commit",   op_savepoint_commit,   { "name", "session" } },
    { "savepoint_rollback", op_savepoint_rollback, { "name", "session" } },
    { "stats",      op_stats,      { "reset" } },
    { "release",    op_release,    { "objs", "session" } },
    { "hash_password",  op_hash_password,  { "password", "method", "salt_length" } },
    { "set_password",   op_set_password,   { "obj", "password", "method", "session" } },
    { "check_password", op_check_password, { "obj", "hash", "password", "session" } },
    { "parse_dotenv",   op_parse_dotenv,   { "text", "path", "interpolate", "encoding", "environment" } },
    { "load_dotenv",    op_load_dotenv,    { "path", "dir", "filename", "override", "interpolate", "encoding", "environment", "names" } },
    { "find_dotenv",    op_find_dotenv,    { "dir", "filename" } },
    { "getenv",         op_getenv,         { "name" } },
    { "parse_url",      op_parse_url,      { "url" } },
    { "insert_rows",    many_insert_rows,    { "model", "rows", "keys", "statement", "session" } },
    { "insert_objects", many_insert_objects, { "objs", "keys", "session" } },
    { "update_rows",    many_update_rows,    { "model", "rows", "session" } },
    { "request_argument", ends_request_argument, { "request", "name", "default" } },
    { "migrate",        op_migrate,        { "do", "dir", "message", "rev_id", "head", "splice", "branch_label", "depends_on", "upgrade",
                                             "downgrade", "irreversible", "compare_type", "compare_server_default", "revision",
                                             "revisions", "to", "sql", "purge", "range" } },
    { "reset",      op_reset,      { 0 } },
};

static bool takes(const struct operation *o, const char *parameter)
{
    for (size_t i = 0; i < sizeof o->parameters / sizeof o->parameters[0] && o->parameters[i] != NULL; i++)
        if (strcmp(o->parameters[i], parameter) == 0)
            return true;
    return false;
}

bool operation_run(struct world *w, struct call *c, const char *method)
{
    const char *parameter;
    json_t *value;
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        if (strcmp(operations[i].name, method) != 0)
            continue;
        json_object_foreach (c->params, parameter, value)
            if (!takes(&operations[i], parameter))
                return call_lacks(c, "%s has no parameter %s", method, parameter);
        return operations[i].run(w, c);
    }
    return call_lacks(c, "no operation %s", method);
}
