/* What a flush has to do for relationships: first, with the database, who is deleted along; then, without it, which
 * columns get their values from other objects and which rows come and go between many and many. */
#include "session/plan.h"

/* ---- What changed
 * ------------------------------------------------------------------------------------------------------- */

/* Calls for each object that came into a changed collection (as often as it did), then for each that went out. */
typedef orm_status change_fn(void *context, orm__slot *, orm__state *item);

static orm_status each_of_list(orm__slot *slot, change_fn *came, change_fn *went, void *context)
{
    enum { BEFORE = 1, BOTH = 2 };
    const orm__list *now = slot->list, *before = slot->list_before;
    const uint64_t stamp = ++slot->owner->session->stamp;
    orm_status rc = ORM_OK;
    for (size_t i = 0; before != NULL && i < before->count; i++) {
        before->at[i]->state->stamp = stamp;
        before->at[i]->state->mark = BEFORE;
    }
    for (size_t i = 0; rc == ORM_OK && now != NULL && i < now->count; i++) {
        orm__state *item = now->at[i]->state;
        if (item->stamp == stamp && item->mark >= BEFORE) {
            item->mark = BOTH;
        } else if (came != NULL) {
            rc = came(context, slot, item);
        }
    }
    for (size_t i = 0; rc == ORM_OK && before != NULL && i < before->count; i++) {
        orm__state *item = before->at[i]->state;
        if (item->stamp == stamp && item->mark == BEFORE) {
            item->mark = 0;
            rc = went != NULL ? went(context, slot, item) : ORM_OK;
        }
    }
    return rc;
}

static orm_status each_of_journal(orm__slot *slot, change_fn *came, change_fn *went, void *context)
{
    const orm__journal *journal = slot->journal;
    orm_status rc = ORM_OK;
    orm__journal_mark(slot->owner->session, journal);
    for (size_t i = 0; rc == ORM_OK && i < journal->count; i++) {
        orm__state *item = journal->at[i].object->state;
        change_fn *visit = item->mark > 0 ? came : item->mark < 0 ? went : NULL;
        item->mark = 0;
        rc = visit != NULL ? visit(context, slot, item) : ORM_OK;
    }
    return rc;
}

/* Visitors must not use stamps. */
static orm_status each_change(orm__slot *slot, change_fn *came, change_fn *went, void *context)
{
    orm_status rc = ORM_OK;
    if (!slot->changed) {
        return ORM_OK;
    }
    if (slot->relation->many) {
        return slot->journal != NULL ? each_of_journal(slot, came, went, context)
                                     : each_of_list(slot, came, went, context);
    }
    if (slot->one != slot->one_before) {
        if (slot->one != NULL && came != NULL) {
            rc = came(context, slot, slot->one);
        }
        if (rc == ORM_OK && slot->known && slot->one_before != NULL && went != NULL) {
            rc = went(context, slot, slot->one_before);
        }
    }
    return rc;
}

/* Of a collection that is not loaded the other side knows better; a dynamic one has no better. */
static bool is_told_by_others(const orm__slot *slot)
{
    return slot->journal != NULL && slot->relation->lazy != ORM_LAZY_DYNAMIC;
}

static bool is_written(const orm__state *state)
{
    return orm__in_work(state) && !state->doomed;
}

/* ---- Who is deleted along
 * ----------------------------------------------------------------------------------------------- */

static orm_status keep(void *context, orm__slot *slot, orm__state *item)
{
    (void)context;
    if (item->doomed && slot->relation->direction == ORM__ONE_TO_MANY && !slot->relation->viewonly) {
        orm__set_lifecycle(item, item->lifecycle, false); /* it has found a new parent */
    }
    return ORM_OK;
}

struct orphans {
    orm__state *first; /* linked by `work`, the last by itself */
};

static void note_orphan(struct orphans *all, orm__state *state)
{
    if (state->work == NULL) {
        state->work = all->first != NULL ? all->first : state;
        all->first = state;
    }
}

static orm_status lose(void *context, orm__slot *slot, orm__state *item)
{
    (void)slot;
    if (item->lifecycle == ORM_IS_PERSISTENT && !item->doomed && orm__is_orphan(item)) {
        note_orphan(context, item);
    }
    return ORM_OK;
}

static orm_status find_orphans(orm__state *state, struct orphans *all)
{
    orm_status rc = ORM_OK;
    if (!is_written(state)) {
        return ORM_OK;
    }
    if (orm__is_orphan(state)) {
        if (state->lifecycle == ORM_IS_PERSISTENT) {
            note_orphan(all, state);
        } else if (state->orphaned) {
            orm__set_lifecycle(state, ORM_IS_TRANSIENT, false);
            return ORM_OK;
        }
    }
    for (size_t i = 0; rc == ORM_OK && i < state->mapper->relation_count; i++) {
        if (state->slots[i].relation->cascade & ORM_CASCADE_DELETE_ORPHAN) {
            rc = each_change(&state->slots[i], NULL, lose, all);
        }
    }
    return rc;
}

/* What the object leads to has to be known: it loses its key, or its row between many and many. */
static orm_status load_for_delete(orm__state *state)
{
    for (size_t i = 0; i < state->mapper->relation_count; i++) {
        orm__slot *slot = &state->slots[i];
        const orm__relation *r = slot->relation;
        orm_status rc = ORM_OK;
        if (r->viewonly || r->direction == ORM__MANY_TO_ONE || r->passive_deletes != ORM_LOAD_TO_DELETE) {
            continue;
        }
        if (r->lazy == ORM_LAZY_DYNAMIC) { /* known for this flush alone */
            orm__list_drop(slot->list);
            slot->list = NULL;
            rc = orm__slot_select(slot, &slot->list);
        } else {
            rc = orm__slot_fetch(slot);
        }
        if (rc != ORM_OK) {
            return rc;
        }
    }
    state->prepared = true;
    return ORM_OK;
}

static orm_status delete_orphans(struct orphans *all)
{
    orm_status rc = ORM_OK;
    for (orm__state *state = all->first, *next; state != NULL; state = next) {
        next = state->work != state ? state->work : NULL;
        state->work = NULL;
        all->first = next;
        if (rc == ORM_OK) {
            rc = orm__cascade_delete(state);
        }
    }
    return rc;
}

orm_status orm__relate_prepare(orm_session *session)
{
    orm_status rc = ORM_OK;
    if (session->database->registry.relation_count == 0) {
        return ORM_OK;
    }
    for (orm__state *state = session->first; state != NULL; state = state->next) {
        state->prepared = false;
        for (size_t i = 0; state->related && is_written(state) && i < state->mapper->relation_count; i++) {
            (void)each_change(&state->slots[i], keep, NULL, NULL);
        }
    }
    /* A delete may bring others along, which may be anywhere in the list. */
    for (bool again = true; rc == ORM_OK && again;) {
        again = false;
        for (orm__state *state = session->first; rc == ORM_OK && state != NULL; state = state->next) {
            struct orphans orphans = {0};
            if (state->related) {
                rc = find_orphans(state, &orphans);
                again = again || orphans.first != NULL;
                orm_status deleted = delete_orphans(&orphans);
                rc = rc == ORM_OK ? deleted : rc;
            }
            if (rc == ORM_OK && state->doomed && !state->prepared) {
                rc = load_for_delete(state);
            }
        }
    }
    return rc;
}

/* ---- Which columns get their value from others
 * --------------------------------------------------------------------------- */

typedef struct relating {
    orm_session *session;
    orm__plan *plan;
} relating;

static orm__sync *sync_of(const orm__state *state, size_t field)
{
    orm__sync *sync = state->syncs;
    while (sync != NULL && sync->field != field) {
        sync = sync->next;
    }
    return sync;
}

const orm__sync *orm__sync_of(const orm__state *state, size_t field)
{
    return sync_of(state, field);
}

/* The newest word counts. */
static orm_status sync(relating *all, orm__state *state, size_t field, const orm__state *source, size_t source_field,
                       bool later)
{
    orm__sync *known = sync_of(state, field);
    if (known == NULL) {
        known = orm__arena_alloc(&all->plan->arena, sizeof *known);
        if (known == NULL) {
            return orm__nomem(&all->session->error);
        }
        known->state = state;
        known->field = field;
        known->next = state->syncs;
        state->syncs = known;
        known->chain = all->plan->syncs;
        all->plan->syncs = known;
    }
    known->source = source;
    known->source_field = source_field;
    known->later = later;
    return ORM_OK;
}

/* The columns of `child` that refer to `parent`, or to nothing. `r` is the parent's side, or (`own`) the child's. */
static orm_status sync_key(relating *all, const orm__relation *r, bool own, orm__state *child,
                           const orm__state *parent)
{
    const size_t *to = own ? r->own : r->far, *from = own ? r->far : r->own;
    const bool later = r->post_update || (r->back != NULL && r->back->post_update);
    for (size_t i = 0; i < r->own_count; i++) {
        orm_status rc = sync(all, child, to[i], parent, from[i], later);
        if (rc != ORM_OK) {
            return rc;
        }
    }
    return ORM_OK;
}

static orm_status clear_key(void *context, orm__slot *slot, orm__state *item)
{
    return is_written(item) ? sync_key(context, slot->relation, false, item, NULL) : ORM_OK;
}

static orm_status give_key(void *context, orm__slot *slot, orm__state *item)
{
    return is_written(item) ? sync_key(context, slot->relation, false, item, slot->owner) : ORM_OK;
}

static bool is_parent(const orm__slot *slot)
{
    return slot->relation->direction == ORM__ONE_TO_MANY && !slot->relation->viewonly;
}

/* Children that are left behind: by what changed, and by a parent that is deleted. */
static orm_status clear_keys(relating *all, orm__slot *slot)
{
    orm_status rc = ORM_OK;
    if (!is_parent(slot) || slot->relation->passive_deletes == ORM_PASSIVE_DELETES_ALL) {
        return ORM_OK;
    }
    if (slot->changed && !is_told_by_others(slot)) {
        rc = each_change(slot, NULL, clear_key, all);
    }
    if (rc != ORM_OK || !slot->owner->doomed) {
        return rc;
    }
    if (!slot->relation->many) {
        return slot->one != NULL ? clear_key(all, slot, slot->one) : ORM_OK;
    }
    for (size_t i = 0; rc == ORM_OK && slot->list != NULL && i < slot->list->count; i++) {
        rc = clear_key(all, slot, slot->list->at[i]->state);
    }
    return rc;
}

static orm_status give_keys(relating *all, orm__slot *slot)
{
    if (!is_parent(slot) || !slot->changed || is_told_by_others(slot) || !is_written(slot->owner)) {
        return ORM_OK;
    }
    return each_change(slot, give_key, NULL, all);
}

/* The child's own word comes last. */
static orm_status take_key(relating *all, orm__slot *slot)
{
    const orm__relation *r = slot->relation;
    if (r->direction != ORM__MANY_TO_ONE || r->viewonly || !orm__in_work(slot->owner)) {
        return ORM_OK;
    }
    if (slot->owner->doomed) { /* rows that need each other are parted before they go */
        const bool later = r->post_update || (r->back != NULL && r->back->post_update);
        return later && slot->owner->lifecycle == ORM_IS_PERSISTENT ? sync_key(all, r, true, slot->owner, NULL) : ORM_OK;
    }
    if (!slot->changed || (slot->known && slot->one == slot->one_before)) {
        return ORM_OK;
    }
    if (slot->one != NULL && !orm__in_work(slot->one)) {
        return ORM_OK; /* it has no row, and is to get none */
    }
    return sync_key(all, r, true, slot->owner, slot->one);
}

/* ---- Rows between many and many
 * ----------------------------------------------------------------------------------------- */

/* An open table of the pairs' numbers + 1, by what they pair. */
static size_t place_of(const orm__plan *plan, const orm__pair *pair)
{
    uint64_t hash = ((uint64_t)(uintptr_t)pair->one * 31 + (uint64_t)(uintptr_t)pair->other) * UINT64_C(0x9e3779b97f4a7c15);
    size_t i = (size_t)(hash >> 32) & (plan->pair_index_size - 1);
    for (; plan->pair_index[i] != 0; i = (i + 1) & (plan->pair_index_size - 1)) {
        const orm__pair *known = &plan->pairs[plan->pair_index[i] - 1];
        if (known->relation == pair->relation && known->one == pair->one && known->other == pair->other) {
            break;
        }
    }
    return i;
}

static orm_status index_pairs(orm_session *session, orm__plan *plan)
{
    size_t size = 16;
    while (size < 2 * plan->pair_count + 2) {
        size *= 2;
    }
    plan->pair_index = orm__alloc(size * sizeof *plan->pair_index);
    if (plan->pair_index == NULL) {
        return orm__nomem(&session->error);
    }
    plan->pair_index_size = size;
    for (size_t i = 0; i < plan->pair_count; i++) {
        plan->pair_index[place_of(plan, &plan->pairs[i])] = i + 1;
    }
    return ORM_OK;
}

static orm_status add_pair(relating *all, orm__slot *slot, orm__state *item, bool out)
{
    orm__plan *plan = all->plan;
    const orm__relation *r = slot->relation;
    const bool leads = r->leads || r->back == NULL;
    orm__pair pair = {.relation = leads ? r : r->back,
                      .one = leads ? slot->owner : item,
                      .other = leads ? item : slot->owner,
                      .out = out};
    if (!leads && plan->pair_index[place_of(plan, &pair)] != 0) {
        return ORM_OK; /* the other side has said so */
    }
    if (plan->pair_count == plan->pair_capacity &&
        !orm__grow(&plan->pairs, sizeof *plan->pairs, plan->pair_count, &plan->pair_capacity)) {
        return orm__nomem(&all->session->error);
    }
    plan->pairs[plan->pair_count++] = pair;
    return ORM_OK;
}

static orm_status pair_in(void *context, orm__slot *slot, orm__state *item)
{
    return is_written(item) ? add_pair(context, slot, item, false) : ORM_OK;
}

static orm_status pair_out(void *context, orm__slot *slot, orm__state *item)
{
    return orm__has_row(item) ? add_pair(context, slot, item, true) : ORM_OK;
}

/* Of an object that goes: what is stored, whatever was changed since. */
static orm_status pair_all_out(relating *all, orm__slot *slot)
{
    const orm__list *stored = slot->loaded && slot->changed ? slot->list_before : slot->list;
    const uint64_t stamp = ++all->session->stamp;
    orm_status rc = ORM_OK;
    for (size_t i = 0; rc == ORM_OK && stored != NULL && i < stored->count; i++) {
        orm__state *item = stored->at[i]->state;
        if (item->stamp != stamp) {
            item->stamp = stamp;
            rc = pair_out(all, slot, item);
        }
    }
    return rc;
}

static orm_status pair_up(relating *all, orm__slot *slot)
{
    if (slot->owner->doomed) {
        return pair_all_out(all, slot);
    }
    if (!slot->changed || is_told_by_others(slot) || !is_written(slot->owner)) {
        return ORM_OK;
    }
    return each_change(slot, pair_in, pair_out, all);
}

static bool is_between(const orm__slot *slot)
{
    return slot->relation->direction == ORM__MANY_TO_MANY && !slot->relation->viewonly;
}

static orm_status pair_leading(relating *all, orm__slot *slot)
{
    const bool leads = slot->relation->leads || slot->relation->back == NULL;
    return is_between(slot) && leads ? pair_up(all, slot) : ORM_OK;
}

static orm_status pair_following(relating *all, orm__slot *slot)
{
    const bool leads = slot->relation->leads || slot->relation->back == NULL;
    return is_between(slot) && !leads ? pair_up(all, slot) : ORM_OK;
}

/* ---- All of it
 * ---------------------------------------------------------------------------------------------------------- */

typedef orm_status step_fn(relating *, orm__slot *);

static orm_status each_slot(relating *all, step_fn *step)
{
    for (orm__state *state = all->session->first; state != NULL; state = state->next) {
        if (!state->related && !state->doomed) {
            continue;
        }
        for (size_t i = 0; i < state->mapper->relation_count; i++) {
            orm_status rc = step(all, &state->slots[i]);
            if (rc != ORM_OK) {
                return rc;
            }
        }
    }
    return ORM_OK;
}

orm_status orm__relate(orm_session *session, orm__plan *plan)
{
    relating all = {session, plan};
    orm_status rc;
    bool any = false;
    if (session->database->registry.relation_count == 0) {
        return ORM_OK;
    }
    for (orm__state *state = session->first; !any && state != NULL; state = state->next) {
        any = state->related || state->doomed;
    }
    if (!any) {
        return ORM_OK;
    }
    ORM_TRY(each_slot(&all, clear_keys));
    ORM_TRY(each_slot(&all, give_keys));
    ORM_TRY(each_slot(&all, take_key));
    ORM_TRY(each_slot(&all, pair_leading));
    ORM_TRY(index_pairs(session, plan));
    ORM_TRY(each_slot(&all, pair_following));
fail:
    return rc;
}

void orm__relate_free(orm__plan *plan)
{
    for (orm__sync *one = plan->syncs; one != NULL; one = one->chain) {
        one->state->syncs = NULL;
    }
    orm__free(plan->pairs);
    orm__free(plan->pair_index);
    orm__arena_free(&plan->arena);
}

void orm__relate_flushed(orm_session *session)
{
    for (orm__state *state = session->first; state != NULL; state = state->next) {
        if ((state->related || state->prepared) && orm__has_row(state)) {
            orm__slots_flushed(state);
            state->prepared = false;
        }
    }
}
