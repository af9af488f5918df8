/* Objects, or some of their members, that are to be read anew: at the next occasion, or now. */
#include "session/session.h"

/* The object is persistent, and has all these members. */
static orm_status may_expire(orm_session *session, const orm_object *object, const char *const *members, size_t count,
                             const char *what)
{
    size_t field;
    orm_status rc = orm__session_ready(session);
    if (rc != ORM_OK) {
        return rc;
    }
    const orm__state *state = orm__state_of(session, object);
    if (state == NULL) {
        return session->error.status;
    }
    if (state->lifecycle != ORM_IS_PERSISTENT) {
        return orm__refuse_state(state, what);
    }
    if (members == NULL && count > 0) {
        return orm__fail(&session->error, ORM_ARGUMENT, "a list of %zu members is missing (NULL)", count);
    }
    for (size_t i = 0; i < count; i++) {
        if (orm__relation_named(state->mapper, members[i] != NULL ? members[i] : "") == NULL &&
            (rc = orm__find_field(object, members[i], &field)) != ORM_OK) {
            return rc;
        }
    }
    return ORM_OK;
}

static void expire(orm__state *state)
{
    for (size_t i = 0; i < state->mapper->count; i++) {
        orm__state_give_up(state, i);
    }
    orm__slots_expire(state, false);
    state->expired = true;
}

/* What the cascade leads to is expired with it. */
static orm_status expire_all(orm__state *state, bool itself)
{
    orm__state *first;
    orm_status rc = orm__cascade_list(state, ORM_CASCADE_REFRESH_EXPIRE, &first);
    for (orm__state *member = rc == ORM_OK ? first : NULL; member != NULL; member = orm__cascade_next(member)) {
        if (member->lifecycle == ORM_IS_PERSISTENT && (itself || member != state)) {
            expire(member);
        }
    }
    return rc;
}

static void expire_members(orm__state *state, const char *const *members, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const orm__relation *relation = orm__relation_named(state->mapper, members[i]);
        if (relation != NULL) {
            orm__slot_expire(&state->slots[relation->index]);
            continue;
        }
        size_t field = (size_t)(orm__field_named(state->mapper, members[i]) - state->mapper->fields);
        orm__state_give_up(state, field);
        state->marks[field] |= ORM__DUE;
        state->due = true;
    }
}

orm_status orm_expire_object(orm_session *session, orm_object *object)
{
    if (session == NULL) {
        return ORM_ARGUMENT;
    }
    orm_status rc = may_expire(session, object, NULL, 0, "expire");
    return rc == ORM_OK ? expire_all(object->state, true) : rc;
}

orm_status orm_expire_object_members(orm_session *session, orm_object *object, const char *const *members, size_t count)
{
    if (session == NULL) {
        return ORM_ARGUMENT;
    }
    orm_status rc = may_expire(session, object, members, count, "expire");
    if (rc == ORM_OK) {
        expire_members(object->state, members, count);
    }
    return rc;
}

orm_status orm_expire_all(orm_session *session)
{
    if (session == NULL) {
        return ORM_ARGUMENT;
    }
    orm_status rc = orm__session_ready(session);
    for (orm__state *state = session->first; rc == ORM_OK && state != NULL; state = state->next) {
        if (state->lifecycle == ORM_IS_PERSISTENT) {
            expire(state);
        }
    }
    return rc;
}

orm_status orm_refresh_object(orm_session *session, orm_object *object)
{
    if (session == NULL) {
        return ORM_ARGUMENT;
    }
    orm_status rc = may_expire(session, object, NULL, 0, "refresh");
    if (rc == ORM_OK) {
        rc = expire_all(object->state, false);
    }
    if (rc == ORM_OK) {
        orm__slots_expire(object->state, false);
        rc = orm__reload(object->state, ORM__ALL);
    }
    return rc;
}

orm_status orm_refresh_object_members(orm_session *session, orm_object *object, const char *const *members,
                                      size_t count)
{
    if (session == NULL) {
        return ORM_ARGUMENT;
    }
    orm_status rc = may_expire(session, object, members, count, "refresh");
    if (rc != ORM_OK) {
        return rc;
    }
    orm__state *state = object->state;
    expire_members(state, members, count);
    rc = orm__freshen(state);
    for (size_t i = 0; rc == ORM_OK && i < count; i++) {
        const orm__relation *relation = orm__relation_named(state->mapper, members[i]);
        if (relation != NULL && relation->lazy != ORM_LAZY_DYNAMIC) {
            rc = orm__slot_fetch(&state->slots[relation->index]);
        }
    }
    return rc;
}
