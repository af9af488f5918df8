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
    orm__state_rollback(state);
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
        if (state->lifecycle == ORM_IS_PENDING || state->inserted) {
            orm__state_unborn(state);
        } else if (state->lifecycle == ORM_IS_PERSISTENT || state->lifecycle == ORM_IS_DELETED) {
            detach(state);
        }
    }
    session->trouble = ORM__NO_TROUBLE;
    orm__error_clear(&session->latched);
    return ORM_OK;
}
