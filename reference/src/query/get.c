/* Objects by their key. */
#include "query/query.h"
#include <string.h>

void orm__give(void *out, const orm_object *object)
{
    memcpy(out, &object, sizeof object);
}

/* The key as its columns have it: *is_null when a part is NULL, which no row's key is. */
static orm_status take_key(orm_session *session, const orm_model *model, const orm__mapper *mapper,
                           const orm_value *key, size_t count, orm_value *own, bool *is_null)
{
    orm_error *error = &session->error;
    *is_null = false;
    if (key == NULL || count != mapper->key_count) {
        return orm__fail(error, ORM_ARGUMENT, "the key of %s has %zu columns, %zu values are given", model->struct_name,
                         mapper->key_count, key != NULL ? count : 0);
    }
    for (size_t i = 0; i < count; i++) {
        const orm__field *field = &mapper->fields[mapper->key[i]];
        own[i] = key[i];
        if (!orm__value_fits(&own[i], field->type)) {
            return orm__fail(error, ORM_DATA, "%s.%s is %s, looked up by %s", model->struct_name, field->member,
                             orm__type_name(field->type), orm__type_name(key[i].type));
        }
        *is_null = *is_null || own[i].type == ORM_NULL;
    }
    return ORM_OK;
}

/* What has this key in the session or the database. An expired object whose row is gone is nothing to get. */
static orm_status find(orm_session *session, const orm__mapper *mapper, const orm_value *key, orm_object **out)
{
    orm__state *state = orm__identity_find(&session->identity, mapper, key);
    if (state == NULL || state->expired) {
        return orm__load_key(session, mapper, key, out);
    }
    *out = state->object;
    return ORM_OK;
}

static orm_status lookup(orm_session *session, const orm__mapper *mapper, const orm_value *key, orm_object **out)
{
    const bool known = orm__identity_find(&session->identity, mapper, key) != NULL;
    orm_status rc;
    /* Something pending may be about to get this key. */
    if (!known && session->waiting > 0) {
        ORM_TRY(orm__autoflush(session));
    }
    ORM_TRY(find(session, mapper, key, out));
    /* So may an object whose key was changed: all are looked at only when nothing else is found. */
    if (*out == NULL && !known) {
        ORM_TRY(orm__autoflush(session));
        orm__state *state = orm__identity_find(&session->identity, mapper, key);
        *out = state != NULL ? state->object : NULL;
    }
    return ORM_OK;
fail:
    return rc;
}

orm_status orm_get_object(orm_session *session, const orm_model *model, const orm_value *key, size_t count, void *out)
{
    orm_object *object = NULL;
    bool is_null;
    orm_status rc;
    if (out == NULL || session == NULL) {
        return ORM_ARGUMENT;
    }
    orm__give(out, NULL);
    const orm__mapper *mapper = model != NULL ? orm__mapper_of(&session->database->registry, model) : NULL;
    if (mapper == NULL || !mapper->has_objects) {
        const char *name = model == NULL ? "(NULL)" : model->struct_name != NULL ? model->struct_name : model->table;
        return orm__fail(&session->error, ORM_ARGUMENT, "%s is no model of this database", name != NULL ? name : "?");
    }
    orm_value own[mapper->key_count];
    ORM_TRY(take_key(session, model, mapper, key, count, own, &is_null));
    ORM_TRY(orm__session_ready(session));
    if (!is_null) {
        ORM_TRY(lookup(session, mapper, own, &object));
    }
    orm__give(out, object);
    return ORM_OK;
fail:
    return rc;
}

orm_status orm_get_object_or_404(orm_session *session, const orm_model *model, const orm_value *key, size_t count,
                                 void *out)
{
    orm_status rc = orm_get_object(session, model, key, count, out);
    if (rc != ORM_OK) {
        return rc;
    }
    orm_object *object;
    memcpy(&object, out, sizeof object);
    if (object != NULL) {
        return ORM_OK;
    }
    char text[128];
    orm__key_text(orm__mapper_of(&session->database->registry, model), key, text, sizeof text);
    return orm__fail(&session->error, ORM_NOT_FOUND, "no %s with the key %s", model->struct_name, text);
}

orm_status orm_query_get(orm_query *query, const orm_value *key, size_t count, void *out)
{
    orm__give(out, NULL);
    if (query == NULL) {
        return ORM_NOMEM; /* orm_query_open had none */
    }
    orm_session *session = query->session;
    orm_status rc = query->error.status;
    if (rc != ORM_OK) {
        if (session != NULL) {
            session->error = query->error;
        }
    } else if (query->select.conditions.count > 0 || query->select.has_limit || query->select.has_offset) {
        rc = orm__fail(&session->error, ORM_ARGUMENT, "get by key in a query of %s that is filtered or limited",
                       query->mapper->model->struct_name);
    } else {
        rc = orm_get_object(session, query->mapper->model, key, count, out);
    }
    orm_query_close(&query);
    return rc;
}
