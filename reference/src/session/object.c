/* Objects from outside: made, added, deleted, read and written by member. */
#include "session/session.h"
#include <string.h>

/* The default of a member that cannot say "not given" is put into it at once. */
static orm_status give_plain_defaults(orm_session *session, orm__state *state)
{
    for (size_t i = 0; i < state->mapper->count; i++) {
        const orm__field *field = &state->mapper->fields[i];
        const orm_column *column = field->column;
        if (field->storage > ORM_STORE_DATE_ ||
            (column->default_fn == NULL && column->default_value.type == ORM_NULL)) {
            continue;
        }
        orm_value value = column->default_fn != NULL ? column->default_fn(session) : column->default_value;
        if (!orm__member_write(field, state->object, &value)) {
            return orm__fail(&session->error, ORM_DATA, "%s.%s: its default is %s, the column %s",
                             state->mapper->model->struct_name, field->member, orm__type_name(value.type),
                             orm__type_name(field->type));
        }
    }
    return ORM_OK;
}

void *orm_new_object(orm_session *session, const orm_model *model)
{
    if (session == NULL || model == NULL) {
        return NULL;
    }
    const orm__mapper *mapper = orm__mapper_of(&session->database->registry, model);
    if (mapper == NULL || !mapper->has_objects) {
        const char *name = model->struct_name != NULL ? model->struct_name : model->table;
        (void)orm__fail(&session->error, ORM_ARGUMENT, "%s is no model of this database", name != NULL ? name : "?");
        return NULL;
    }
    orm__state *state = orm__state_make(session, mapper);
    if (state == NULL) {
        orm__session_latch_nomem(session, "a new object");
        return NULL;
    }
    if (give_plain_defaults(session, state) != ORM_OK) {
        orm__state_free(state);
        return NULL;
    }
    memcpy(state->image, state->object, mapper->size);
    state->as_made = true;
    return state->object;
}

orm__state *orm__state_of(orm_session *session, const orm_object *object)
{
    if (object == NULL || object->state == NULL) {
        (void)orm__fail(&session->error, ORM_ARGUMENT,
                        object == NULL ? "an object is missing (NULL)" : "an object that no session made: use orm_new");
        return NULL;
    }
    if (object->state->session != session) {
        (void)orm__fail(&session->error, ORM_STATE, "an object of another session (%s)", object->model->struct_name);
        return NULL;
    }
    return object->state;
}

static const char *const lifecycles[] = {"transient", "pending", "persistent", "deleted", "detached"};

orm_status orm__refuse_state(const orm__state *state, const char *what)
{
    return orm__fail(&state->session->error, ORM_STATE, "%s of a %s object (%s)", what, lifecycles[state->lifecycle],
                     state->mapper->model->struct_name);
}

static orm_status may_add(orm_session *session, const orm_object *object)
{
    if (object != NULL && object->state != NULL && orm__is_loose(session, object->state)) {
        return orm__may_attach(session, object->state);
    }
    const orm__state *state = orm__state_of(session, object);
    if (state == NULL) {
        return session->error.status;
    }
    return state->lifecycle > ORM_IS_PERSISTENT ? orm__refuse_state(state, "add") : ORM_OK;
}

orm_status orm_add_object(orm_session *session, orm_object *object)
{
    return orm_add_objects(session, &object, 1);
}

orm_status orm_add_objects(orm_session *session, orm_object *const *objects, size_t count)
{
    if (session == NULL) {
        return ORM_ARGUMENT;
    }
    if (objects == NULL && count > 0) {
        return orm__fail(&session->error, ORM_ARGUMENT, "a list of %zu objects is missing (NULL)", count);
    }
    for (size_t i = 0; i < count; i++) {
        orm_status rc = may_add(session, objects[i]);
        if (rc != ORM_OK) {
            return rc;
        }
    }
    for (size_t i = 0; i < count; i++) {
        orm_status rc = orm__cascade_add(session, objects[i]->state, true);
        if (rc != ORM_OK) {
            return rc;
        }
    }
    return ORM_OK;
}

orm_status orm_delete_object(orm_session *session, orm_object *object)
{
    if (session == NULL) {
        return ORM_ARGUMENT;
    }
    orm_status rc = orm__session_ready(session);
    if (rc != ORM_OK) {
        return rc;
    }
    orm__state *state = orm__state_of(session, object);
    if (state == NULL) {
        return session->error.status;
    }
    if (state->lifecycle != ORM_IS_PERSISTENT) {
        return orm__refuse_state(state, "delete");
    }
    return orm__cascade_delete(state);
}

orm_status orm_made_objects(const orm_session *session, const void *const *objects, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (objects[i] == NULL) {
            return session != NULL && session->error.status != ORM_OK ? session->error.status : ORM_NOMEM;
        }
    }
    return ORM_OK;
}

orm_lifecycle orm_lifecycle_of(const orm_object *object)
{
    return object != NULL && object->state != NULL ? object->state->lifecycle : ORM_IS_TRANSIENT;
}

orm_status orm_fresh_object(orm_object *object)
{
    if (object == NULL || object->state == NULL) {
        return ORM_ARGUMENT;
    }
    return orm__freshen(object->state);
}

/* ---- By member
 * ---------------------------------------------------------------------------------------------------------- */

orm_status orm__find_field(const orm_object *object, const char *member, size_t *out)
{
    const orm__mapper *mapper = object->state->mapper;
    const orm__field *field = member != NULL ? orm__field_named(mapper, member) : NULL;
    if (field == NULL) {
        return orm__fail(&object->state->session->error, ORM_ARGUMENT, "%s has no column \"%.200s\"",
                         mapper->model->struct_name, member != NULL ? member : "(NULL)");
    }
    *out = (size_t)(field - mapper->fields);
    return ORM_OK;
}

orm_status orm_read(orm_object *object, const char *member, orm_value *out)
{
    size_t i;
    orm_status rc;
    if (object == NULL || object->state == NULL || out == NULL) {
        return ORM_ARGUMENT;
    }
    orm__state *state = object->state;
    ORM_TRY(orm__find_field(object, member, &i));
    /* What the user has just put in needs no row. */
    if ((state->expired || state->marks[i] & ORM__DUE) && !orm__changed(state, i)) {
        ORM_TRY(orm__freshen(state));
    }
    *out = orm__member_read(&state->mapper->fields[i], object);
    if (out->type != ORM_NULL && state->lifecycle != ORM_IS_TRANSIENT && state->lifecycle != ORM_IS_PENDING &&
        state->loaded[i].type == ORM_NULL && !orm__changed(state, i)) {
        *out = state->loaded[i]; /* NULL in the row, which a plain scalar shows as 0 */
    }
    return ORM_OK;
fail:
    return rc;
}

orm_status orm_write(orm_object *object, const char *member, orm_value value)
{
    size_t i;
    orm_status rc;
    orm_value copy;
    if (object == NULL || object->state == NULL) {
        return ORM_ARGUMENT;
    }
    orm__state *state = object->state;
    orm_error *error = &state->session->error;
    ORM_TRY(orm__find_field(object, member, &i));
    const orm__field *field = &state->mapper->fields[i];
    const char *model = state->mapper->model->struct_name;
    if (!orm__value_fits(&value, field->type)) {
        return orm__fail(error, ORM_DATA, "%s.%s is %s, not %s", model, field->member, orm__type_name(field->type),
                         orm__type_name(value.type));
    }
    if (value.type == ORM_NULL && field->storage <= ORM_STORE_DATE_) {
        return orm__fail(error, ORM_DATA, "%s.%s cannot be NULL: its member has no room for that", model,
                         field->member);
    }
    if (value.type == ORM_STRING && field->storage == ORM_STORE_TEXT_ &&
        memchr(value.u.s, '\0', value.u.size) != NULL) {
        return orm__fail(error, ORM_DATA, "%s.%s: a text with a NUL inside does not fit a C string", model,
                         field->member);
    }
    const bool large = value.type == ORM_STRING || value.type == ORM_JSON;
    if (large && state->written == NULL &&
        (state->written = orm__alloc(state->mapper->count * sizeof(orm_value))) == NULL) {
        return orm__nomem(error);
    }
    if (!orm__own(&value, &copy)) {
        return orm__nomem(error);
    }
    (void)orm__member_write(field, object, &copy);
    if (state->written != NULL) {
        orm__disown(&state->written[i]);
    }
    if (large) {
        state->written[i] = copy;
    }
    if (state->expired || state->marks[i] & ORM__DUE) {
        orm__forced(state, i);
    }
    if (state->lifecycle == ORM_IS_TRANSIENT || state->lifecycle == ORM_IS_PENDING) {
        state->marks[i] |= ORM__GIVEN;
    }
    return ORM_OK;
fail:
    return rc;
}
