/* What a session has to do, and what it holds. */
#include "session/session.h"

bool orm_in_session(const orm_session *session, const orm_object *object)
{
    const orm__state *state = object != NULL ? object->state : NULL;
    return session != NULL && state != NULL && state->session == session &&
           (state->lifecycle == ORM_IS_PENDING || state->lifecycle == ORM_IS_PERSISTENT);
}

static bool has_changes(const orm__state *state)
{
    if (state->related) {
        return true;
    }
    for (size_t i = 0; i < state->mapper->count; i++) {
        if (orm__changed(state, i)) {
            return true;
        }
    }
    return false;
}

bool orm_object_is_modified(const orm_object *object)
{
    const orm__state *state = object != NULL ? object->state : NULL;
    if (state == NULL || state->lifecycle == ORM_IS_DELETED) {
        return false;
    }
    return state->lifecycle == ORM_IS_TRANSIENT || state->lifecycle == ORM_IS_PENDING || has_changes(state);
}

static bool is_on_list(const orm__state *state, orm_work work)
{
    switch (work) {
    case ORM_WORK_NEW:
        return state->lifecycle == ORM_IS_PENDING;
    case ORM_WORK_DIRTY:
        return state->lifecycle == ORM_IS_PERSISTENT && !state->doomed && has_changes(state);
    case ORM_WORK_DELETED:
        return state->lifecycle == ORM_IS_PERSISTENT && state->doomed;
    }
    return false;
}

orm_status orm_work_list(orm_session *session, orm_work work, orm_object ***out, size_t *count)
{
    if (out == NULL || count == NULL || session == NULL) {
        return ORM_ARGUMENT;
    }
    *out = NULL;
    *count = 0;
    size_t size = 0;
    for (const orm__state *state = session->first; state != NULL; state = state->next) {
        size += is_on_list(state, work);
    }
    if (size == 0) {
        return ORM_OK;
    }
    orm_object **list = orm__arena_alloc(&session->arena, size * sizeof *list);
    if (list == NULL) {
        return orm__nomem(&session->error);
    }
    for (const orm__state *state = session->first; state != NULL; state = state->next) {
        if (is_on_list(state, work)) {
            list[(*count)++] = state->object;
        }
    }
    *out = list;
    return ORM_OK;
}

bool orm_autoflush(orm_session *session, bool on)
{
    const bool was = session != NULL && !session->quiet;
    if (session != NULL) {
        session->quiet = !on;
    }
    return was;
}
