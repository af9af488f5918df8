/* The slots of an object as a whole: made, let go, taken back. */
#include "session/session.h"
#include <string.h>

void orm__slots_make(orm__state *state)
{
    for (size_t i = 0; i < state->mapper->relation_count; i++) {
        const orm__relation *relation = &state->mapper->relations[i];
        state->slots[i].owner = state;
        state->slots[i].relation = relation;
        if (relation->offset != 0) { /* both kinds of links are one pointer */
            orm_one_link link = {&state->slots[i]};
            memcpy((char *)state->object + relation->offset, &link, sizeof link);
        }
    }
}

static void forget_change(orm__slot *slot)
{
    if (slot->relation->many) {
        orm__list_drop(slot->list_before);
        slot->list_before = NULL;
    } else {
        slot->one_before = NULL;
    }
    slot->changed = slot->known = false;
}

static void forget_journal(orm__slot *slot)
{
    orm__journal_drop(slot->journal);
    slot->journal = NULL;
}

static void unload(orm__slot *slot)
{
    forget_change(slot);
    forget_journal(slot);
    if (slot->relation->many) {
        orm__list_drop(slot->list);
        slot->list = NULL;
    } else {
        slot->one = NULL;
    }
    slot->loaded = false;
}

void orm__slot_expire(orm__slot *slot)
{
    unload(slot);
    slot->how = 0;
    slot->inner = NULL;
}

bool orm__relinked_since(const orm__state *state, size_t level)
{
    return level == 0 || state->related || (state->relinked && state->relinked_level >= level);
}

void orm__slots_expire(orm__state *state, bool keep_changes)
{
    for (size_t i = 0; i < state->mapper->relation_count; i++) {
        orm__slot *slot = &state->slots[i];
        if (!keep_changes || !slot->changed) {
            unload(slot);
        }
        slot->how = 0;
        slot->inner = NULL;
    }
    for (size_t i = 0; i < state->mapper->parent_count; i++) {
        if (!keep_changes) {
            state->parents[i] = (struct orm__parent){0};
        }
    }
    state->related = state->related && keep_changes;
    state->relinked = false;
}

/* Nothing of it was ever written: at the next flush all counts as put there since. */
void orm__slots_unborn(orm__state *state)
{
    for (size_t i = 0; i < state->mapper->relation_count; i++) {
        orm__slot *slot = &state->slots[i];
        forget_change(slot);
        slot->changed = slot->known = slot->loaded;
        state->related = state->related || slot->changed;
    }
}

void orm__slots_flushed(orm__state *state)
{
    const size_t level = state->session->savepoint_count;
    state->relinked_level = state->relinked && state->relinked_level > level ? state->relinked_level : level;
    state->relinked = true;

    for (size_t i = 0; i < state->mapper->relation_count; i++) {
        orm__slot *slot = &state->slots[i];
        forget_change(slot);
        forget_journal(slot);
        if (slot->relation->many && !slot->loaded) { /* of a dynamic one that was looked at for a delete */
            orm__list_drop(slot->list);
            slot->list = NULL;
        }
    }
    state->related = false;
}

void orm__slots_revert(orm__state *state)
{
    for (size_t i = 0; i < state->mapper->relation_count; i++) {
        orm__slot *slot = &state->slots[i];
        forget_journal(slot);
        if (!slot->changed) {
            continue;
        }
        if (!slot->known) {
            unload(slot);
        } else if (slot->relation->many) {
            orm__list_drop(slot->list);
            slot->list = slot->list_before;
            slot->list_before = NULL;
        } else {
            slot->one = slot->one_before;
        }
        forget_change(slot);
    }
    state->related = false;
}

void orm__slots_release(orm__state *state)
{
    for (size_t i = 0; i < state->mapper->relation_count; i++) {
        unload(&state->slots[i]);
    }
}

/* ---- An object that goes
 * ------------------------------------------------------------------------------------------------------ */

static void forget_in_list(orm__list *list, const orm_object *object)
{
    if (!orm__list_has(list, object)) {
        return;
    }
    for (size_t at; (at = orm__list_find(list, object)) != SIZE_MAX;) {
        orm__list_take(list, at);
    }
}

static void forget_in_journal(orm__journal *journal, const orm_object *object)
{
    size_t kept = 0;
    for (size_t i = 0; i < journal->count; i++) {
        if (journal->at[i].object != object) {
            journal->at[kept++] = journal->at[i];
        }
    }
    journal->count = kept;
}

static void forget_in_slot(orm__slot *slot, const orm__state *state)
{
    if (slot->relation->target != state->mapper) {
        return;
    }
    if (slot->journal != NULL) {
        forget_in_journal(slot->journal, state->object);
    }
    if (slot->relation->many) {
        forget_in_list(slot->list, state->object);
        if (slot->list_before != slot->list) {
            forget_in_list(slot->list_before, state->object);
        }
        return;
    }
    if (slot->one_before == state) {
        slot->one_before = NULL;
        slot->known = false;
    }
    if (slot->one == state) {
        slot->one = NULL;
        slot->loaded = slot->changed; /* what a change led to goes with it; else it can be loaded again */
    }
}

/* Takes the object out in place, also of lists that a loop holds: a loop that meets its own end sooner is better than
 * one that meets freed memory. */
void orm__slots_forget(orm__state *gone)
{
    if (!gone->linked) {
        return;
    }
    for (orm__state *state = gone->session->first; state != NULL; state = state->next) {
        for (size_t i = 0; i < state->mapper->relation_count; i++) {
            forget_in_slot(&state->slots[i], gone);
        }
        for (size_t i = 0; i < state->mapper->parent_count; i++) {
            if (state->parents[i].state == gone) {
                state->parents[i] = (struct orm__parent){0};
            }
        }
    }
    gone->linked = false;
}

/* ---- What hangs together
 * ----------------------------------------------------------------------------------------------------- */

bool orm__slot_each(orm__slot *slot, bool (*visit)(void *, orm__state *), void *context)
{
    if (!slot->relation->many) {
        return slot->one == NULL || visit(context, slot->one);
    }
    for (size_t i = 0; slot->list != NULL && i < slot->list->count; i++) {
        if (!visit(context, slot->list->at[i]->state)) {
            return false;
        }
    }
    for (size_t i = 0; slot->journal != NULL && i < slot->journal->count; i++) {
        if (!visit(context, slot->journal->at[i].object->state)) {
            return false;
        }
    }
    return true;
}

struct component {
    uint64_t stamp;
    orm__state *first;
};

static bool add_member(void *context, orm__state *state)
{
    struct component *all = context;
    if (state->stamp != all->stamp) {
        state->stamp = all->stamp;
        state->work = all->first;
        all->first = state;
    }
    return true;
}

static bool is_outside(void *context, orm__state *state)
{
    return state->stamp != *(const uint64_t *)context;
}

/* What was there before is a lead too: a rollback may bring it back. */
static void add_led(struct component *all, orm__state *state)
{
    for (size_t i = 0; i < state->mapper->relation_count; i++) {
        orm__slot *slot = &state->slots[i];
        (void)orm__slot_each(slot, add_member, all);
        if (!slot->relation->many && slot->one_before != NULL) {
            (void)add_member(all, slot->one_before);
        }
        for (size_t k = 0; slot->relation->many && slot->list_before != NULL && k < slot->list_before->count; k++) {
            (void)add_member(all, slot->list_before->at[k]->state);
        }
    }
    for (size_t i = 0; i < state->mapper->parent_count; i++) {
        if (state->parents[i].state != NULL) {
            (void)add_member(all, state->parents[i].state);
        }
    }
}

static bool leads_inside(orm__state *state, uint64_t stamp)
{
    for (size_t i = 0; i < state->mapper->relation_count; i++) {
        if (!orm__slot_each(&state->slots[i], is_outside, &stamp)) {
            return true;
        }
    }
    return false;
}

void orm__slots_component(orm__state *state, orm__state **first)
{
    struct component all = {.stamp = ++state->session->stamp};
    (void)add_member(&all, state);
    /* New members come to the front, and are looked at in the next round. */
    for (orm__state *done = NULL, *front = all.first; front != done;) {
        for (orm__state *member = front; member != done; member = member->work) {
            add_led(&all, member);
        }
        done = front;
        if (all.first == done && state->linked) {
            for (orm__state *other = state->session->first; other != NULL; other = other->next) {
                if (other->stamp != all.stamp && leads_inside(other, all.stamp)) {
                    (void)add_member(&all, other);
                }
            }
        }
        front = all.first;
    }
    *first = all.first;
}

/* ---- One slot
 * ------------------------------------------------------------------------------------------------------------------ */

orm_lazy orm__slot_lazy(const orm__slot *slot)
{
    return slot->how != 0 ? (orm_lazy)(slot->how - 1) : slot->relation->lazy;
}

bool orm__has_row(const orm__state *state)
{
    return state->lifecycle != ORM_IS_TRANSIENT && state->lifecycle != ORM_IS_PENDING;
}

void orm__slot_touch(orm__slot *slot)
{
    if (!slot->changed) {
        slot->changed = true;
        slot->known = slot->loaded || !orm__has_row(slot->owner);
        if (slot->relation->many) {
            slot->list_before = orm__list_share(slot->list);
        } else {
            slot->one_before = slot->one;
        }
    }
    slot->owner->related = true;
}
