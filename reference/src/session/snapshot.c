/* Members against rows: what changed, what was flushed, what a rollback brings back. */
#include "session/session.h"
#include <jansson.h>
#include <string.h>

bool orm__own(const orm_value *from, orm_value *to)
{
    orm_value copy = *from;
    if (from->type == ORM_STRING) {
        char *text = orm__strndup(from->u.s != NULL ? from->u.s : "", from->u.size);
        if (text == NULL) {
            return false;
        }
        copy.u.s = text;
    } else if (from->type == ORM_JSON) {
        copy.u.j = json_deep_copy(from->u.j);
        if (copy.u.j == NULL) {
            return false;
        }
    }
    *to = copy;
    return true;
}

void orm__disown(orm_value *value)
{
    if (value->type == ORM_STRING) {
        orm__free((void *)(uintptr_t)value->u.s);
    } else if (value->type == ORM_JSON) {
        json_decref(value->u.j);
    }
    *value = (orm_value){.type = ORM_NULL};
}

static const void *pointer_at(const void *object, size_t offset)
{
    const void *pointer;
    memcpy(&pointer, (const char *)object + offset, sizeof pointer);
    return pointer;
}

bool orm__changed(const orm__state *state, size_t i)
{
    const orm__field *field = &state->mapper->fields[i];
    const orm_value *loaded = &state->loaded[i];
    if (state->mapper->has_version && state->mapper->version == i) {
        return false; /* not the user's to change */
    }
    if (state->marks[i] & ORM__FORCED) {
        return true;
    }
    /* A member that still points at what was loaded needs no look at the text. */
    if (field->storage == ORM_STORE_TEXT_) {
        const void *pointer = pointer_at(state->object, field->offset);
        if (pointer == (loaded->type == ORM_STRING ? loaded->u.s : NULL)) {
            return false;
        }
    }
    orm_value now = orm__member_read(field, state->object);
    if (now.type == loaded->type && now.type == ORM_STRING && now.u.s == loaded->u.s && now.u.size == loaded->u.size) {
        return false;
    }
    if (now.type == loaded->type && now.type == ORM_JSON && now.u.j == loaded->u.j) {
        return false; /* a document changed in place is not noticed, as in the described system */
    }
    if (now.type != ORM_NULL && loaded->type == ORM_NULL && field->storage <= ORM_STORE_DATE_) {
        /* A scalar that cannot be NULL stands for a NULL of the database with 0. */
        orm_value zero = {.type = now.type};
        return !orm__value_equal(&now, &zero);
    }
    return !orm__value_equal(&now, loaded);
}

static void drop_written(orm__state *state, size_t i)
{
    if (state->written != NULL) {
        orm__disown(&state->written[i]);
    }
    state->marks[i] &= (unsigned char)~ORM__FORCED;
}

void orm__forced(orm__state *state, size_t i)
{
    state->marks[i] |= ORM__FORCED;
    state->clean = false;
}

bool orm__settle(orm__state *state)
{
    bool dirty = false;
    if (state->clean && memcmp(state->image, state->object, state->mapper->size) == 0) {
        return false;
    }
    for (size_t i = 0; i < state->mapper->count; i++) {
        const orm__field *field = &state->mapper->fields[i];
        if (orm__changed(state, i)) {
            dirty = true;
        } else if (field->storage == ORM_STORE_TEXT_ || field->storage == ORM_STORE_JSON_ ||
                   (field->storage == ORM_STORE_VALUE_ && (field->type == ORM_STRING || field->type == ORM_JSON))) {
            orm__state_write_member(state, i);
            drop_written(state, i);
        }
    }
    if (!dirty) {
        memcpy(state->image, state->object, state->mapper->size);
    }
    state->clean = !dirty;
    return dirty;
}

static void release_loaded(orm__state *state, size_t i)
{
    orm_value *loaded = &state->loaded[i];
    state->clean = false;
    if (loaded->type == ORM_STRING && !(state->marks[i] & ORM__OWNED)) {
        *loaded = (orm_value){.type = ORM_NULL};
    } else {
        orm__disown(loaded);
    }
    state->marks[i] &= (unsigned char)~ORM__OWNED;
}

bool orm__own_loaded(orm__state *state, size_t i)
{
    orm_value *loaded = &state->loaded[i];
    if (loaded->type != ORM_STRING || state->marks[i] & ORM__OWNED) {
        return true;
    }
    const char *in_block = loaded->u.s;
    orm_value copy;
    if (!orm__own(loaded, &copy)) {
        return false;
    }
    *loaded = copy;
    state->marks[i] |= ORM__OWNED;
    state->clean = false;
    if (orm__member_read(&state->mapper->fields[i], state->object).u.s == in_block) {
        orm__state_write_member(state, i);
    }
    return true;
}

bool orm__pack_texts(orm_value *values, size_t count, char **block)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        size += values[i].type == ORM_STRING ? values[i].u.size + 1 : 0;
    }
    *block = NULL;
    if (size == 0) {
        return true;
    }
    char *at = orm__alloc(size);
    if (at == NULL) {
        return false;
    }
    *block = at;
    for (size_t i = 0; i < count; i++) {
        if (values[i].type == ORM_STRING) {
            if (values[i].u.size > 0) {
                memcpy(at, values[i].u.s, values[i].u.size);
            }
            values[i].u.s = at;
            at += values[i].u.size + 1;
        }
    }
    return true;
}

void orm__state_write_member(orm__state *state, size_t i)
{
    (void)orm__member_write(&state->mapper->fields[i], state->object, &state->loaded[i]);
}

/* A change that outlives the row it was made on: its text may lie in the old row, so it gets memory of its own. */
static bool keep_change(orm__state *state, size_t i)
{
    const orm__field *field = &state->mapper->fields[i];
    orm_value now = orm__member_read(field, state->object);
    if (now.type != ORM_STRING && now.type != ORM_JSON) {
        return true;
    }
    if (state->written == NULL && (state->written = orm__alloc(state->mapper->count * sizeof(orm_value))) == NULL) {
        return false;
    }
    orm_value copy;
    if (!orm__own(&now, &copy)) {
        return false;
    }
    orm__disown(&state->written[i]);
    state->written[i] = copy;
    (void)orm__member_write(field, state->object, &copy);
    return true;
}

static orm_status check_text(const orm__mapper *mapper, size_t i, const orm_value *value, orm_error *error)
{
    if (mapper->fields[i].storage != ORM_STORE_TEXT_ || value->type != ORM_STRING ||
        memchr(value->u.s, '\0', value->u.size) == NULL) {
        return ORM_OK;
    }
    return orm__fail(error, ORM_DATA, "%s.%s: the text of the row has a NUL inside, which a C string cannot hold",
                     mapper->table, mapper->fields[i].name);
}

static void forget_due(orm__state *state)
{
    for (size_t i = 0; state->due && i < state->mapper->count; i++) {
        state->marks[i] &= (unsigned char)~ORM__DUE;
    }
    state->due = false;
}

void orm__state_defer(orm__state *state, size_t i)
{
    state->marks[i] |= ORM__DUE;
    state->due = true;
}

orm_status orm__state_load(orm__state *state, orm_value *values, bool keep, orm_error *error)
{
    const orm__mapper *mapper = state->mapper;
    char *block = NULL;
    orm_status rc = ORM_OK;
    for (size_t i = 0; i < mapper->count; i++) {
        ORM_TRY(check_text(mapper, i, &values[i], error));
    }
    /* All members are read before any text goes: one may point at another's. */
    for (size_t i = 0; i < mapper->count; i++) {
        state->marks[i] &= (unsigned char)~ORM__KEPT;
        if (keep && orm__changed(state, i)) {
            state->marks[i] |= ORM__KEPT;
            if (!keep_change(state, i)) {
                rc = orm__nomem(error);
                goto fail;
            }
        }
    }
    if (!orm__pack_texts(values, mapper->count, &block)) {
        rc = orm__nomem(error);
        goto fail;
    }
    for (size_t i = 0; i < mapper->count; i++) {
        release_loaded(state, i);
        state->loaded[i] = values[i];
        if (!(state->marks[i] & ORM__KEPT)) {
            orm__state_write_member(state, i);
            drop_written(state, i);
        }
    }
    orm__free(state->block);
    state->block = block;
    state->expired = false;
    forget_due(state);
    return ORM_OK;
fail:
    for (size_t i = 0; i < mapper->count; i++) {
        orm__value_drop(&values[i]);
    }
    return rc;
}

/* Members that are not due lie in the old block, so that a text gets an allocation of its own. */
static orm_status own_due(const orm__state *state, orm_value *values, unsigned char *owned, orm_error *error)
{
    const orm__mapper *mapper = state->mapper;
    for (size_t i = 0; i < mapper->count; i++) {
        if (!(state->marks[i] & ORM__DUE) || values[i].type != ORM_STRING) {
            continue;
        }
        orm_status rc = check_text(mapper, i, &values[i], error);
        if (rc != ORM_OK) {
            return rc;
        }
        if (!orm__own(&values[i], &values[i])) {
            return orm__nomem(error);
        }
        owned[i] = 1;
    }
    return ORM_OK;
}

orm_status orm__state_load_due(orm__state *state, orm_value *values, orm_error *error)
{
    const orm__mapper *mapper = state->mapper;
    unsigned char owned[mapper->count];
    memset(owned, 0, mapper->count);
    orm_status rc;
    ORM_TRY(own_due(state, values, owned, error));
    for (size_t i = 0; i < mapper->count; i++) {
        state->marks[i] &= (unsigned char)~ORM__KEPT;
        if (orm__changed(state, i)) { /* also one that is not due: it may point at a text that goes */
            state->marks[i] |= ORM__KEPT;
            if (!keep_change(state, i)) {
                ORM_TRY(orm__nomem(error));
            }
        }
    }
    for (size_t i = 0; i < mapper->count; i++) {
        if (!(state->marks[i] & ORM__DUE)) {
            orm__value_drop(&values[i]);
            continue;
        }
        release_loaded(state, i);
        state->loaded[i] = values[i];
        state->marks[i] |= owned[i] ? ORM__OWNED : 0;
        if (!(state->marks[i] & ORM__KEPT)) {
            orm__state_give_up(state, i);
        }
    }
    forget_due(state);
    return ORM_OK;
fail:
    for (size_t i = 0; i < mapper->count; i++) {
        if (owned[i]) {
            orm__disown(&values[i]);
        } else {
            orm__value_drop(&values[i]);
        }
    }
    return rc;
}

void orm__state_give_up(orm__state *state, size_t i)
{
    orm__state_write_member(state, i);
    drop_written(state, i);
}

void orm__state_restore(orm__state *state, size_t i)
{
    release_loaded(state, i);
    state->loaded[i] = state->begun[i];
    state->begun[i] = (orm_value){.type = ORM_NULL};
    state->marks[i] |= ORM__OWNED;
    state->marks[i] &= (unsigned char)~ORM__BEGUN;
}

void orm__state_set(orm__state *state, size_t i, orm_value value, bool owned)
{
    release_loaded(state, i);
    state->loaded[i] = value;
    if (owned && value.type == ORM_STRING) {
        state->marks[i] |= ORM__OWNED;
    }
    orm__state_write_member(state, i);
    drop_written(state, i);
}

void orm__state_release(orm__state *state)
{
    orm__layers_forget(state);
    for (size_t i = 0; i < state->mapper->count; i++) {
        release_loaded(state, i);
        drop_written(state, i);
    }
    orm__slots_release(state);
    orm__free(state->begun);
    orm__free(state->written);
    orm__free(state->block);
}

void orm__state_commit(orm__state *state)
{
    orm__layers_forget(state);
    if (state->lifecycle == ORM_IS_DELETED) {
        orm__set_lifecycle(state, ORM_IS_DETACHED, false);
    }
    state->expired = state->lifecycle == ORM_IS_PERSISTENT;
    if (state->expired) {
        orm__slots_expire(state, false);
    }
}

/* A row that never was: the object keeps what the user gave it and loses what the INSERT gave it. */
void orm__state_unborn(orm__state *state)
{
    orm__layers_fold(state, 0);
    for (size_t i = 0; i < state->mapper->count; i++) {
        if (state->marks[i] & ORM__MADE && !orm__changed(state, i)) {
            orm_value none = {.type = ORM_NULL};
            (void)orm__member_write(&state->mapper->fields[i], state->object, &none);
        }
        state->marks[i] &= (unsigned char)~ORM__FORCED;
    }
    orm__set_lifecycle(state, ORM_IS_TRANSIENT, false);
    state->expired = false;
    forget_due(state);
    orm__layers_forget(state);
    orm__slots_unborn(state);
}

void orm__state_rollback(orm__state *state, size_t level)
{
    orm__layers_restore(state, level);
    for (size_t i = 0; i < state->mapper->count; i++) {
        orm__state_give_up(state, i);
    }
    orm__set_lifecycle(state, ORM_IS_PERSISTENT, false);
    state->expired = true;
}
