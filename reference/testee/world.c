#include "world.h"
#include "kept.h"
#include "settings.h"
#include "values.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Not in the world: liborm's default functions get no more than their session. */
static int64_t world_ticks;

orm_value world_tick(orm_session *session)
{
    (void)session;
    return orm_int(++world_ticks);
}

static const orm_schema no_models;

static void log_statement(void *context, const char *sql)
{
    (void)context;
    fprintf(stderr, "sql: %s\n", sql);
}

/* A database of these models, by the parameters of an open. */
static bool connect(struct world *w, struct call *c, const orm_schema *schema, const json_t *by, orm_database **out)
{
    orm_options options = {
        .root = json_string_value(json_object_get(by, "root")),
        .foreign_keys = json_is_false(json_object_get(by, "foreign_keys")) ? ORM_FOREIGN_KEYS_OFF : ORM_FOREIGN_KEYS_ON,
        .pool_size = (size_t)json_integer_value(json_object_get(by, "pool_size")),
        .pool_timeout_ms = (int)json_integer_value(json_object_get(by, "pool_timeout_ms")),
        .log = w->log ? log_statement : NULL,
    };
    orm_error error;
    orm_status rc = orm_open(json_string_value(json_object_get(by, "url")), schema != NULL ? schema : &no_models, &options, out, &error);
    return rc == ORM_OK ? true : call_raised(c, rc, &error);
}

static void close_sessions(struct world *w)
{
    while (w->sessions != NULL) {
        struct session *next = w->sessions->next;
        orm_session_close(&w->sessions->orm);
        json_decref(w->sessions->savepoints);
        free(w->sessions);
        w->sessions = next;
    }
    handles_clear(&w->handles);
}

static void take_database(struct world *w, orm_database *database)
{
    kept_clear(w);
    close_sessions(w);
    orm_close(&w->database);
    w->database = database;
    w->counted = (orm_counts){ 0 };
    world_ticks = 0;
}

/* What liborm does in any case, and what it never does. */
static bool options_known(struct call *c)
{
    const char *text;
    bool flag, pre_ping = true, hide_values = true;
    if (!call_text(c, "url", false, &text) || !call_text(c, "root", false, &text) ||
        !call_flag(c, "foreign_keys", &flag) || !call_flag(c, "pre_ping", &pre_ping) ||
        !call_flag(c, "hide_values", &hide_values))
        return false;
    return pre_ping && hide_values ? true : call_lacks(c, "pre_ping and hide_values are always on");
}

bool world_open(struct world *w, struct call *c)
{
    orm_database *database = NULL;
    if (!options_known(c) || !connect(w, c, w->models.schema, c->params, &database))
        return false;
    json_decref(w->opening);
    w->opening = json_incref(c->params);
    w->opened = true;
    take_database(w, database);
    return true;
}

void models_free(struct models *models)
{
    orm_builder_close(&models->builder);
    json_decref(models->passwords);
    *models = (struct models){ 0 };
}

bool world_define(struct world *w, struct call *c, struct models *models)
{
    orm_database *database = NULL;
    json_t *nowhere = must(json_pack("{s:s}", "url", "sqlite://")); /* to check the models all the same */
    bool fine = connect(w, c, models->schema, w->opened ? w->opening : nowhere, &database);
    json_decref(nowhere);
    if (!fine) {
        models_free(models);
        return false;
    }
    take_database(w, database);
    models_free(&w->models);
    w->models = *models;
    return true;
}

/* liborm keeps idle connections, so that closing them all is a new database object. */
bool world_reset(struct world *w, struct call *c)
{
    orm_database *database = NULL;
    settings_restore(w);
    if (w->opened && !connect(w, c, w->models.schema, w->opening, &database))
        return false;
    take_database(w, database);
    return true;
}

void world_free(struct world *w)
{
    take_database(w, NULL);
    handles_free(&w->handles);
    models_free(&w->models);
    settings_restore(w);
    json_decref(w->opening);
}

bool world_database(struct world *w, struct call *c, orm_database **out)
{
    *out = w->database;
    return w->opened ? true : call_bad(c, "no database was opened");
}

bool world_session(struct world *w, struct call *c, struct session **out)
{
    const char *name;
    orm_database *database;
    orm_error error;
    if (!call_text(c, "session", false, &name) || !world_database(w, c, &database))
        return false;
    if (name == NULL)
        name = "main";
    for (struct session *s = w->sessions; s != NULL; s = s->next)
        if (strcmp(s->name, name) == 0)
            return *out = s, true;
    struct session *made = must(calloc(1, sizeof *made + strlen(name) + 1));
    strcpy(made->name, name);
    made->world = w;
    orm_status rc = orm_session_open(database, &made->orm, &error);
    if (rc != ORM_OK) {
        free(made);
        return call_raised(c, rc, &error);
    }
    made->savepoints = must(json_object());
    made->next = w->sessions;
    *out = w->sessions = made;
    return true;
}

bool world_model(struct world *w, struct call *c, const char *name, const orm_model **out)
{
    *out = w->models.schema != NULL ? orm_schema_find(w->models.schema, name) : NULL;
    return *out != NULL && (*out)->struct_name != NULL ? true : call_bad(c, "no model %s was defined", name);
}

const struct relationship *world_relationship(const struct world *w, const orm_model *model, const char *name)
{
    static struct relationship found;
    const orm_schema *schema = w->models.schema;
    for (size_t i = 0; i < schema->count; i++)
        for (size_t k = 0; k < schema->models[i]->relationships.count; k++) {
            const orm_relationship *r = &schema->models[i]->relationships.at[k];
            const orm_model *target = r->target != NULL ? r->target : orm_schema_find(schema, r->target_name);
            const char *back = r->back_member != NULL ? r->back_member : r->backref;
            found = (struct relationship){ name, schema->models[i] == model ? target : schema->models[i] };
            if (schema->models[i] == model && strcmp(r->member, name) == 0)
                return &found;
            if (target == model && back != NULL && strcmp(back, name) == 0)
                return found.target = schema->models[i], &found;
        }
    return NULL;
}

const orm_model *world_path(const struct world *w, const orm_model *model, const char *path)
{
    char name[128];
    while (model != NULL && *path != '\0') {
        const size_t size = strcspn(path, ".");
        snprintf(name, sizeof name, "%.*s", (int)size, path);
        const struct relationship *r = world_relationship(w, model, name);
        model = r != NULL ? r->target : NULL;
        path += size + (path[size] == '.');
    }
    return model;
}

json_t *world_handle(struct world *w, struct session *session, orm_object *object)
{
    return must(json_pack("{s:s, s:I, s:s}", "$", "obj", "v", (json_int_t)handle_of(&w->handles, session, object),
                          "model", object->model->struct_name));
}

bool world_object(struct world *w, struct call *c, const json_t *given, struct handle **out)
{
    const json_t *number = value_tagged(given, "obj");
    if (!json_is_integer(number))
        return call_bad(c, "where an object is meant is none");
    return handle_find(&w->handles, c, json_integer_value(number), out);
}
