/* What an object outside of the session's work holds, copied onto the session's object for its row. */
#include "session/session.h"
#include <string.h>

static bool has_row(const orm__state *state)
{
    return state->lifecycle != ORM_IS_TRANSIENT && state->lifecycle != ORM_IS_PENDING;
}

/* Was the member of an object without a row put in by its user? */
static bool is_given(const orm__state *state, size_t i)
{
    const orm__field *field = &state->mapper->fields[i];
    if (state->marks[i] & ORM__GIVEN) {
        return true;
    }
    if (!state->as_made) {
        return orm__member_read(field, state->object).type != ORM_NULL;
    }
    const char *at = (const char *)state->object + field->offset, *as_made = state->image + field->offset;
    return memcmp(at, as_made, orm__member_size(field)) != 0;
}

static bool is_copied(const orm__state *from, size_t i)
{
    if (!has_row(from)) {
        return is_given(from, i);
    }
    return (!from->expired && !(from->marks[i] & ORM__DUE)) || orm__changed(from, i);
}

/* The key by which the object's row is looked for. False: it has none yet. */
static bool key_of(const orm__state *state, orm_value *key)
{
    const orm__mapper *mapper = state->mapper;
    for (size_t i = 0; i < mapper->key_count; i++) {
        const orm__field *field = &mapper->fields[mapper->key[i]];
        key[i] = has_row(state) ? state->loaded[mapper->key[i]] : orm__member_read(field, state->object);
        if (key[i].type == ORM_NULL || (field->generated && field->storage == ORM_STORE_INT_ && key[i].u.i == 0)) {
            return false;
        }
    }
    return true;
}

/* What was read from an older row must not go over a newer one. */
static orm_status check_version(orm_session *session, const orm__state *from, orm__state *target)
{
    const orm__mapper *mapper = from->mapper;
    if (!mapper->has_version || !is_copied(from, mapper->version)) {
        return ORM_OK;
    }
    orm_status rc = orm__freshen(target);
    if (rc != ORM_OK) {
        return rc;
    }
    const orm__field *field = &mapper->fields[mapper->version];
    const orm_value given = orm__member_read(field, from->object), now = target->loaded[mapper->version];
    return orm__value_equal(&given, &now)
               ? ORM_OK
               : orm__fail(&session->error, ORM_STALE, "%s: merged from another version than the row's",
                           mapper->model->struct_name);
}

static orm_status copy_members(const orm__state *from, orm_object *to)
{
    const orm__mapper *mapper = from->mapper;
    for (size_t i = 0; i < mapper->count; i++) {
        orm_value value = orm__member_read(&mapper->fields[i], from->object);
        if (!is_copied(from, i) || mapper->fields[i].column->version || (mapper->fields[i].primary_key && value.type == ORM_NULL)) {
            continue;
        }
        orm_status rc = orm_write(to, mapper->fields[i].member, value);
        if (rc != ORM_OK) {
            return rc;
        }
    }
    return ORM_OK;
}

static orm_status find(orm_session *session, const orm__mapper *mapper, const orm_value *key, orm_object **out)
{
    const orm__state *known = orm__identity_find(&session->identity, mapper, key);
    if (known != NULL) {
        *out = known->object;
        return ORM_OK;
    }
    return orm__load_key(session, mapper, key, out);
}

static orm_status copy_of(orm_session *session, const orm__state *from, orm_object **out)
{
    orm_object *made = orm_new_object(session, from->mapper->model);
    orm_status rc = made != NULL ? copy_members(from, made) : session->error.status;
    if (rc == ORM_OK) {
        rc = orm_add_object(session, made);
    }
    if (rc != ORM_OK && made != NULL) {
        orm__state_free(made->state);
        return rc;
    }
    *out = made;
    return rc;
}

/* ---- With what it leads to
 * ---------------------------------------------------------------------------------------------- */

/* Objects that have been merged point with `work` at what they were merged into. */
typedef struct merging {
    orm_session *session;
    orm__state **sources;
    size_t count, capacity;
} merging;

static orm_status merge(merging *, orm__state *from, const orm__relation *by, orm__state **out);

/* The object for the row, with the members of the given one. */
static orm_status merge_row(orm_session *session, const orm__state *from, orm__state **out)
{
    const orm__mapper *mapper = from->mapper;
    orm_value key[mapper->key_count];
    orm_object *target = NULL;
    orm_status rc;
    if (key_of(from, key)) {
        ORM_TRY(find(session, mapper, key, &target));
    }
    if (target != NULL) {
        ORM_TRY(check_version(session, from, target->state));
        ORM_TRY(copy_members(from, target));
    } else {
        ORM_TRY(copy_of(session, from, &target));
    }
    *out = target->state;
fail:
    return rc;
}

static orm_status merge_one(merging *all, const orm__slot *slot, orm__slot *to)
{
    orm__state *target = NULL;
    if (slot->one != NULL) {
        orm_status rc = merge(all, slot->one, slot->relation, &target);
        if (rc != ORM_OK) {
            return rc;
        }
    }
    return orm_link_set((orm_one_link){to}, target != NULL ? target->object : NULL);
}

static orm_status merge_list(merging *all, const orm__slot *slot, orm__slot *to)
{
    orm__list *from = orm__list_share(slot->list); /* a merge may take something out of it */
    const size_t count = from != NULL ? from->count : 0;
    const void **targets = orm__alloc((count + 1) * sizeof *targets);
    orm_status rc = targets != NULL ? orm__slot_fetch(to) : orm__nomem(&all->session->error);
    for (size_t i = 0; rc == ORM_OK && i < count; i++) {
        orm__state *target;
        rc = merge(all, from->at[i]->state, slot->relation, &target);
        targets[i] = rc == ORM_OK ? target->object : NULL;
    }
    if (rc == ORM_OK) {
        rc = orm_link_assign((orm_many_link){to}, targets, count);
    }
    orm__free(targets);
    orm__list_drop(from);
    return rc;
}

static orm_status merge(merging *all, orm__state *from, const orm__relation *by, orm__state **out)
{
    orm_status rc;
    if (orm_in_session(all->session, from->object) || from->work != NULL) {
        *out = from->work != NULL ? from->work : from;
        return ORM_OK;
    }
    if (all->count == all->capacity && !orm__grow(&all->sources, sizeof *all->sources, all->count, &all->capacity)) {
        return orm__nomem(&all->session->error);
    }
    ORM_TRY(merge_row(all->session, from, out));
    from->work = *out;
    all->sources[all->count++] = from;
    for (size_t i = 0; i < from->mapper->relation_count; i++) {
        const orm__slot *slot = &from->slots[i];
        const orm__relation *r = slot->relation;
        /* The way that led here needs no merge back. */
        if (!slot->loaded || !(r->cascade & ORM_CASCADE_MERGE) || (by != NULL && r->back == by)) {
            continue;
        }
        ORM_TRY(r->many ? merge_list(all, slot, &(*out)->slots[i]) : merge_one(all, slot, &(*out)->slots[i]));
    }
fail:
    return rc;
}

orm_status orm_merge_object(orm_session *session, const orm_object *object, void *out)
{
    orm_object *target = NULL;
    orm__state *merged = NULL;
    orm_status rc;
    if (session == NULL || out == NULL) {
        return ORM_ARGUMENT;
    }
    memcpy(out, &target, sizeof target);
    if (object == NULL || object->state == NULL) {
        return orm__fail(&session->error, ORM_ARGUMENT, "an object is missing (NULL), or no session made it");
    }
    if (object->state->session->database != session->database) {
        return orm__fail(&session->error, ORM_STATE, "an object of another database (%s)", object->model->struct_name);
    }
    ORM_TRY(orm__session_ready(session));
    ORM_TRY(orm__autoflush(session));
    merging all = {.session = session};
    const bool quiet = session->quiet;
    session->quiet = true;
    rc = merge(&all, object->state, NULL, &merged);
    session->quiet = quiet;
    for (size_t i = 0; i < all.count; i++) {
        all.sources[i]->work = NULL;
    }
    orm__free(all.sources);
    if (rc == ORM_OK) {
        target = merged->object;
        memcpy(out, &target, sizeof target);
    }
fail:
    return rc;
}
