/* What is done to one object is done to those that it leads to. */
#include "session/session.h"

/* Objects linked by `work`, the last one by itself, so that one that is in the list has a `work`. */
typedef struct line {
    orm__state *first, *last;
} line;

static void join(line *to, orm__state *state)
{
    if (state->work != NULL) {
        return;
    }
    if (to->last != NULL) {
        to->last->work = state;
    } else {
        to->first = state;
    }
    state->work = state;
    to->last = state;
}

static orm__state *after(const orm__state *state)
{
    return state->work != state ? state->work : NULL;
}

static void dissolve(orm__state *first)
{
    for (orm__state *state = first, *next; state != NULL; state = next) {
        next = after(state);
        state->work = NULL;
    }
}

/* ---- Save and update
 * ---------------------------------------------------------------------------------------------------- */

static bool join_outside(void *context, orm__state *state)
{
    if (!orm__in_work(state)) {
        join(context, state);
    }
    return true;
}

static orm_status may_add(orm_session *session, orm__state *state)
{
    if (orm__is_loose(session, state)) {
        return orm__may_attach(session, state);
    }
    if (state->lifecycle <= ORM_IS_PERSISTENT) {
        return ORM_OK;
    }
    return orm__fail(&session->error, ORM_STATE, "add of a %s object (%s)",
                     state->lifecycle == ORM_IS_DELETED ? "deleted" : "detached", state->mapper->model->struct_name);
}

static void add(orm_session *session, orm__state *state)
{
    if (orm__is_loose(session, state)) {
        orm__attach(session, state);
    }
    if (state->lifecycle == ORM_IS_TRANSIENT) {
        orm__set_lifecycle(state, ORM_IS_PENDING, false);
        state->order = ++session->added;
        state->orphaned = false;
    } else {
        orm__set_lifecycle(state, state->lifecycle, false);
    }
}

orm_status orm__cascade_add(orm_session *session, orm__state *state, bool checked)
{
    line all = {0};
    orm_status rc = ORM_OK;
    if (state->session != session && !orm__in_work(state) && (rc = orm__bring(session, state)) != ORM_OK) {
        return rc;
    }
    join(&all, state);
    for (orm__state *member = all.first; rc == ORM_OK && member != NULL; member = after(member)) {
        rc = checked && member == state ? ORM_OK : may_add(session, member);
        for (size_t i = 0; rc == ORM_OK && i < member->mapper->relation_count; i++) {
            if (member->mapper->relations[i].cascade & ORM_CASCADE_SAVE_UPDATE) {
                (void)orm__slot_each(&member->slots[i], join_outside, &all);
            }
        }
    }
    for (orm__state *member = all.first; rc == ORM_OK && member != NULL; member = after(member)) {
        add(session, member);
    }
    dissolve(all.first);
    return rc;
}

/* ---- The others
 * --------------------------------------------------------------------------------------------------------- */

static bool join_any(void *context, orm__state *state)
{
    join(context, state);
    return true;
}

/* What is not loaded is left out where the database sees to it, else it is loaded, or *missed tells that it was not. */
static orm_status follow(line *all, orm__slot *slot, unsigned cascade, bool load, bool *missed)
{
    const bool dynamic = slot->relation->lazy == ORM_LAZY_DYNAMIC;
    orm__list *list = NULL;
    if (!slot->loaded && orm__has_row(slot->owner) &&
        !(cascade == ORM_CASCADE_DELETE && slot->relation->passive_deletes != ORM_LOAD_TO_DELETE)) {
        *missed = true;
        orm_status rc = !load ? ORM_OK : dynamic ? orm__slot_select(slot, &list) : orm__slot_fetch(slot);
        if (rc != ORM_OK) {
            return rc;
        }
    }
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        join(all, list->at[i]->state);
    }
    orm__list_drop(list);
    (void)orm__slot_each(slot, join_any, all);
    return ORM_OK;
}

static orm_status list_all(orm__state *state, unsigned cascade, bool load, line *all, bool *missed)
{
    orm_status rc = ORM_OK;
    join(all, state);
    for (orm__state *member = state; rc == ORM_OK && member != NULL; member = after(member)) {
        for (size_t i = 0; rc == ORM_OK && i < member->mapper->relation_count; i++) {
            if (member->mapper->relations[i].cascade & cascade) {
                rc = follow(all, &member->slots[i], cascade, load, missed);
            }
        }
    }
    if (rc != ORM_OK) {
        dissolve(all->first);
        all->first = NULL;
    }
    return rc;
}

orm_status orm__cascade_list(orm__state *state, unsigned cascade, orm__state **first)
{
    line all = {0};
    bool missed = false;
    orm_status rc = list_all(state, cascade, false, &all, &missed);
    *first = all.first;
    return rc;
}

orm__state *orm__cascade_next(orm__state *state)
{
    orm__state *next = after(state);
    state->work = NULL;
    return next;
}

orm_status orm__cascade_delete(orm__state *state)
{
    line all = {0};
    bool missed = false;
    orm_status rc = list_all(state, ORM_CASCADE_DELETE, false, &all, &missed);
    if (rc == ORM_OK && missed) { /* what waits is written before the database is asked */
        dissolve(all.first);
        all = (line){0};
        rc = orm__autoflush(state->session);
        if (rc == ORM_OK) {
            rc = list_all(state, ORM_CASCADE_DELETE, true, &all, &missed);
        }
    }
    for (orm__state *member = all.first, *next; member != NULL; member = next) {
        next = orm__cascade_next(member);
        if (member->lifecycle == ORM_IS_PERSISTENT) {
            orm__set_lifecycle(member, ORM_IS_PERSISTENT, true);
        }
    }
    return rc;
}
