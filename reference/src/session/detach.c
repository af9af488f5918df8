/* Objects that outlive the work they were part of, and their way into a session again, the same or another. */
#include "session/session.h"

bool orm__is_loose(const orm_session *session, const orm__state *state)
{
    return state->loose || (state->lifecycle == ORM_IS_TRANSIENT && state->session != session);
}

orm_status orm__may_attach(orm_session *session, const orm__state *state)
{
    const orm__mapper *mapper = state->mapper;
    orm_value key[mapper->key_count];
    if (state->session->database != session->database) {
        return orm__fail(&session->error, ORM_STATE, "an object of another database (%s)", mapper->model->struct_name);
    }
    for (size_t i = 0; i < mapper->key_count; i++) {
        key[i] = state->loaded[mapper->key[i]];
    }
    if (state->loose && orm__identity_find(&session->identity, mapper, key) != NULL) {
        char text[128];
        orm__key_text(mapper, key, text, sizeof text);
        return orm__fail(&session->error, ORM_STATE, "the session has another object for %s %s",
                         mapper->model->struct_name, text);
    }
    return ORM_OK;
}

void orm__attach(orm_session *session, orm__state *state)
{
    if (state->session != session) {
        orm__state_unlink(state);
        orm__state_link(session, state);
    }
    if (state->loose) {
        state->loose = false;
        orm__set_lifecycle(state, ORM_IS_PERSISTENT, false);
        orm__state *former = orm__identity_add(&session->identity, state);
        if (former != NULL) { /* two of one list had the same key: the last one stays */
            orm__set_lifecycle(former, ORM_IS_DETACHED, false);
            former->loose = true;
        }
    }
}

static void detach(orm__state *state)
{
    const bool due = state->expired;
    orm__slots_revert(state);
    orm__state_rollback(state, 0);
    state->expired = due; /* what was read before stays readable */
    orm__set_lifecycle(state, ORM_IS_DETACHED, false);
    state->loose = true;
}

orm_status orm_session_clear(orm_session *session)
{
    if (session == NULL) {
        return ORM_ARGUMENT;
    }
    if (session->flushing) {
        return orm__fail(&session->error, ORM_STATE, "a clear within a flush");
    }
    orm__session_disconnect(session);
    for (orm__state *state = session->first; state != NULL; state = state->next) {
        orm__identity_remove(&session->identity, state);
        if (state->lifecycle == ORM_IS_PENDING || orm__inserted_since(state, 0)) {
            orm__state_unborn(state);
        } else if (state->lifecycle == ORM_IS_PERSISTENT || state->lifecycle == ORM_IS_DELETED) {
            detach(state);
        }
    }
    orm__savepoints_forget(session);
    session->trouble = ORM__NO_TROUBLE;
    orm__error_clear(&session->latched);
    return ORM_OK;
}

/* ---- One by one
 * --------------------------------------------------------------------------------------------------------- */

/* Members keep what the user put in. */
static void expunge(orm__state *state)
{
    const orm_lifecycle was = state->lifecycle;
    if (was == ORM_IS_PENDING) {
        orm__state_unborn(state);
        return;
    }
    orm__identity_remove(&state->session->identity, state);
    orm__layers_forget(state);
    orm__set_lifecycle(state, ORM_IS_DETACHED, false);
    state->loose = was == ORM_IS_PERSISTENT;
}

static bool is_worked_on(const orm__state *state)
{
    return state->lifecycle == ORM_IS_PENDING || state->lifecycle == ORM_IS_PERSISTENT ||
           state->lifecycle == ORM_IS_DELETED;
}

orm_status orm_expunge_object(orm_session *session, orm_object *object)
{
    if (session == NULL) {
        return ORM_ARGUMENT;
    }
    orm__state *state = orm__state_of(session, object);
    if (state == NULL) {
        return session->error.status;
    }
    if (session->flushing) {
        return orm__refuse_state(state, "within a flush, expunge");
    }
    if (!is_worked_on(state)) {
        return orm__refuse_state(state, "expunge");
    }
    orm__state *first;
    orm_status rc = orm__cascade_list(state, ORM_CASCADE_EXPUNGE, &first);
    for (orm__state *member = rc == ORM_OK ? first : NULL; member != NULL; member = orm__cascade_next(member)) {
        if (is_worked_on(member)) {
            expunge(member);
        }
    }
    return rc;
}

orm_status orm_expunge_all(orm_session *session)
{
    if (session == NULL) {
        return ORM_ARGUMENT;
    }
    if (session->flushing) {
        return orm__fail(&session->error, ORM_STATE, "an expunge within a flush");
    }
    for (orm__state *state = session->first; state != NULL; state = state->next) {
        if (is_worked_on(state)) {
            expunge(state);
        }
    }
    return ORM_OK;
}

orm_status orm_free_object(orm_session *session, orm_object *object)
{
    if (session == NULL) {
        return ORM_ARGUMENT;
    }
    orm__state *state = orm__state_of(session, object);
    if (state == NULL) {
        return session->error.status;
    }
    if (session->flushing) {
        return orm__refuse_state(state, "within a flush, free");
    }
    orm__state_free(state);
    return ORM_OK;
}
