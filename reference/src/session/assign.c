/* What a statement about many rows did to an object that the session holds: as a flush of it alone would leave it. */
#include "session/session.h"
#include <string.h>

/* Everything that may fail, before anything changes. */
static bool make_room(orm__state *state, size_t field)
{
    if (!orm__layer_open(state)) {
        return false;
    }
    if (state->inserted) {
        return true;
    }
    if (state->begun == NULL && (state->begun = orm__alloc(state->mapper->count * sizeof(orm_value))) == NULL) {
        return false;
    }
    return state->marks[field] & ORM__BEGUN || orm__own_loaded(state, field);
}

void orm__state_member_due(orm__state *state, size_t field)
{
    if (!orm__changed(state, field)) {
        state->marks[field] |= ORM__DUE;
        state->due = true;
    }
}

orm_status orm__state_assign(orm__state *state, size_t field, const orm_value *value)
{
    orm_session *session = state->session;
    const bool is_key = state->mapper->fields[field].primary_key;
    orm_value copy;
    if (orm__changed(state, field)) {
        return ORM_OK; /* the user's own value is still to be written */
    }
    if (value->type == ORM_STRING && state->mapper->fields[field].storage == ORM_STORE_TEXT_ &&
        memchr(value->u.s, '\0', value->u.size) != NULL) {
        orm__state_member_due(state, field); /* that it does not fit is for the read to say */
        return ORM_OK;
    }
    if (!make_room(state, field) || !orm__own(value, &copy)) {
        return orm__nomem(&session->error);
    }
    if (is_key) {
        orm__identity_remove(&session->identity, state);
    }
    if (!state->inserted && !(state->marks[field] & ORM__BEGUN)) {
        state->begun[field] = state->loaded[field];
        state->loaded[field] = orm_null();
        state->marks[field] |= ORM__BEGUN;
        state->touched = true;
    }
    orm__state_set(state, field, copy, true);
    orm__state *former = is_key ? orm__identity_add(&session->identity, state) : NULL;
    if (former != NULL) {
        orm__set_lifecycle(former, ORM_IS_DETACHED, false);
    }
    return ORM_OK;
}

orm_status orm__state_gone(orm__state *state)
{
    orm_session *session = state->session;
    if (!orm__layer_open(state)) {
        return orm__nomem(&session->error);
    }
    orm__identity_remove(&session->identity, state);
    orm__set_lifecycle(state, ORM_IS_DELETED, false);
    state->touched = true;
    return ORM_OK;
}
