/* What one object leads to, changed in memory: always on both sides, and with what that means for the session's work. */
#include "session/session.h"

/* ---- Small questions
 * ---------------------------------------------------------------------------------------------------- */

bool orm__in_work(const orm__state *state)
{
    return state->lifecycle == ORM_IS_PENDING || state->lifecycle == ORM_IS_PERSISTENT;
}

/* Is a change noted until the collection is loaded, which a dynamic one never is? */
static bool is_noted(const orm__slot *slot)
{
    return slot->relation->lazy == ORM_LAZY_DYNAMIC || (!slot->loaded && orm__has_row(slot->owner));
}

/* The other side, or NULL. */
static orm__slot *back_of(const orm__slot *slot, orm__state *item)
{
    return slot->relation->back != NULL ? &item->slots[slot->relation->back->index] : NULL;
}

static const char *model_of(const orm__state *state)
{
    return state->mapper->model->struct_name;
}

bool orm__is_orphan(const orm__state *state)
{
    for (size_t i = 0; i < state->mapper->parent_count; i++) {
        const struct orm__parent *parent = &state->parents[i];
        if (!(state->mapper->parents[i]->cascade & ORM_CASCADE_DELETE_ORPHAN)) {
            continue;
        }
        if (parent->known ? parent->state == NULL : !orm__has_row(state)) {
            return true;
        }
    }
    return false;
}

/* ---- One side alone
 * ----------------------------------------------------------------------------------------------------- */

/* Objects that were taken out of something, linked by `work`; the last one points at itself. */
typedef struct leavers {
    orm__state *first;
} leavers;

static void note_leaver(leavers *list, orm__state *item)
{
    if (item->work == NULL) {
        item->work = list->first != NULL ? list->first : item;
        list->first = item;
    }
}

static void gained(const orm__slot *slot, orm__state *item)
{
    item->linked = true;
    if (slot->relation->parent != SIZE_MAX) {
        item->parents[slot->relation->parent] = (struct orm__parent){true, slot->owner};
        item->orphaned = false;
    }
}

static void lost(const orm__slot *slot, orm__state *item, leavers *list)
{
    if (slot->relation->parent != SIZE_MAX) {
        struct orm__parent *parent = &item->parents[slot->relation->parent];
        if (!parent->known || parent->state == slot->owner) {
            *parent = (struct orm__parent){.known = true};
            note_leaver(list, item);
        }
    }
}

/* Memory for one change of the slot. */
static bool reserve(orm__slot *slot)
{
    if (!slot->relation->many) {
        return true;
    }
    if (is_noted(slot)) {
        return orm__journal_reserve(&slot->journal);
    }
    orm__slot_touch(slot);
    return orm__list_reserve(&slot->list);
}

/* After a reserve; `at` SIZE_MAX: at the end. */
static void put_in(orm__slot *slot, size_t at, orm__state *item)
{
    orm__slot_touch(slot);
    if (!slot->relation->many) {
        slot->one = item;
        slot->loaded = true;
    } else if (is_noted(slot)) {
        orm__journal_put(slot->journal, item->object, false);
    } else {
        slot->loaded = true;
        if (!slot->relation->set || !orm__list_has(slot->list, item->object)) {
            orm__list_put(slot->list, at < slot->list->count ? at : slot->list->count, item->object);
        }
    }
    gained(slot, item);
}

/* After a reserve. The entry at `at`, or SIZE_MAX: the first of this object, if there is one. */
static void take_out(orm__slot *slot, size_t at, orm__state *item, leavers *list)
{
    orm__slot_touch(slot);
    if (!slot->relation->many) {
        slot->one = NULL;
        slot->loaded = true;
    } else if (is_noted(slot)) {
        orm__journal_put(slot->journal, item->object, true);
    } else {
        at = at != SIZE_MAX ? at : orm__list_find(slot->list, item->object);
        if (at == SIZE_MAX) {
            return;
        }
        orm__list_take(slot->list, at);
    }
    lost(slot, item, list);
}

/* ---- Both sides
 * --------------------------------------------------------------------------------------------------------- */

/* The item's side of a new pair, `slot` being the other one's. An item that has a single place here leaves the one that
 * had it. */
static orm_status join_back(orm__slot *slot, orm__state *item, leavers *list)
{
    orm__slot *back = back_of(slot, item), *former_slot = NULL;
    orm__state *former = NULL;
    bool known = false;
    if (back == NULL) {
        return ORM_OK;
    }
    if (!back->relation->many) {
        orm_status rc = orm__slot_peek(back, &known, &former);
        if (rc != ORM_OK) {
            return rc;
        }
        if (known && former == slot->owner) {
            back->one = former;
            back->loaded = true;
            return ORM_OK;
        }
        former_slot = known && former != NULL ? &former->slots[slot->relation->index] : NULL;
        /* Where both have a single place, the one that held the item until now is not told, as in the described system:
         * it shows the item until it is read again. */
        if (former_slot != NULL && !slot->relation->many && slot->relation->direction == ORM__ONE_TO_MANY) {
            former_slot = NULL;
        }
    }
    if (!reserve(back) || (former_slot != NULL && !reserve(former_slot))) {
        return orm__nomem(&slot->owner->session->error);
    }
    if (former_slot != NULL && (former_slot->relation->many || !former_slot->loaded || former_slot->one == item)) {
        take_out(former_slot, SIZE_MAX, item, list);
    }
    if (!back->relation->many && back->loaded && back->one != NULL) {
        lost(back, back->one, list);
    }
    put_in(back, SIZE_MAX, slot->owner);
    return ORM_OK;
}

/* The item's side of a pair that ends. */
static orm_status part_back(orm__slot *slot, orm__state *item, leavers *list)
{
    orm__slot *back = back_of(slot, item);
    orm__state *now = NULL;
    bool known = false;
    if (back == NULL) {
        return ORM_OK;
    }
    if (!back->relation->many) {
        orm_status rc = orm__slot_peek(back, &known, &now);
        if (rc != ORM_OK) {
            return rc;
        }
        if (known && now != slot->owner) {
            return ORM_OK; /* it has found another one meanwhile */
        }
    }
    if (!reserve(back)) {
        return orm__nomem(&slot->owner->session->error);
    }
    take_out(back, SIZE_MAX, slot->owner, list);
    return ORM_OK;
}

/* ---- The session's part
 * ------------------------------------------------------------------------------------------------- */

static bool cascades(const orm__slot *slot)
{
    return slot != NULL && slot->relation->cascade & ORM_CASCADE_SAVE_UPDATE;
}

/* A new pair brings the one into the work that the other one is part of. */
static orm_status bring_in(orm__slot *slot, orm__state *item)
{
    orm__state *owner = slot->owner;
    if (orm__in_work(owner) && !orm__in_work(item) && cascades(slot)) {
        return orm__cascade_add(owner->session, item, false);
    }
    if (orm__in_work(item) && !orm__in_work(owner) && cascades(back_of(slot, item))) {
        return orm__cascade_add(item->session, owner, false);
    }
    return ORM_OK;
}

/* A new object leaves the session's work, and takes with it what it was to be expunged with. */
static void leave_work(orm__state *state)
{
    orm__set_lifecycle(state, ORM_IS_TRANSIENT, false);
    for (size_t i = 0; i < state->mapper->relation_count; i++) {
        const orm__slot *slot = &state->slots[i];
        if (!(slot->relation->cascade & ORM_CASCADE_EXPUNGE)) {
            continue;
        }
        if (!slot->relation->many && slot->one != NULL && slot->one->lifecycle == ORM_IS_PENDING) {
            leave_work(slot->one);
        }
        for (size_t k = 0; slot->relation->many && slot->list != NULL && k < slot->list->count; k++) {
            if (slot->list->at[k]->state->lifecycle == ORM_IS_PENDING) {
                leave_work(slot->list->at[k]->state);
            }
        }
    }
}

/* A new object that its last parent let go is of no interest any more. */
static void let_go(leavers *list)
{
    for (orm__state *item = list->first, *next; item != NULL; item = next) {
        next = item->work != item ? item->work : NULL;
        item->work = NULL;
        if (!orm__is_orphan(item)) {
            continue;
        }
        item->orphaned = true;
        if (item->lifecycle == ORM_IS_PENDING) {
            leave_work(item);
        }
    }
    list->first = NULL;
}

/* An object comes to another session with all that it leads to and that leads to it. */
orm_status orm__bring(orm_session *to, orm__state *state)
{
    orm__state *first = NULL, *next;
    orm_status rc = ORM_OK;
    if (state->session->database != to->database) {
        return orm__fail(&to->error, ORM_STATE, "an object of another database (%s)", model_of(state));
    }
    orm__slots_component(state, &first);
    for (orm__state *member = first; rc == ORM_OK && member != NULL; member = member->work) {
        if (orm__in_work(member) || member->lifecycle == ORM_IS_DELETED) {
            rc = orm__fail(&to->error, ORM_STATE, "an object of another session (%s)", model_of(member));
        }
    }
    for (orm__state *member = first; member != NULL; member = next) {
        next = member->work;
        member->work = NULL;
        if (rc == ORM_OK) {
            orm__state_unlink(member);
            orm__state_link(to, member);
        }
    }
    return rc;
}

orm_status orm__together(orm__state *a, orm__state *b)
{
    if (a->session == b->session) {
        return ORM_OK;
    }
    const bool a_works = orm__in_work(a) || a->lifecycle == ORM_IS_DELETED;
    const bool b_works = orm__in_work(b) || b->lifecycle == ORM_IS_DELETED;
    if (a_works && b_works) {
        return orm__fail(&a->session->error, ORM_STATE, "an object of another session (%s)", model_of(b));
    }
    return a_works || !b_works ? orm__bring(a->session, b) : orm__bring(b->session, a);
}

/* ---- What a program calls
 * ----------------------------------------------------------------------------------------------- */

static orm_status no_slot(void)
{
    return ORM_ARGUMENT; /* the struct was made by no session, so there is none to tell */
}

static orm_status take_item(orm__slot *slot, const void *object, orm__state **out)
{
    const orm_object *item = object;
    orm_error *error = &slot->owner->session->error;
    const orm__relation *r = slot->relation;
    if (item == NULL || item->state == NULL) {
        return orm__fail(error, ORM_ARGUMENT, "%s.%s: %s", model_of(slot->owner), r->member,
                         item == NULL ? "an object is missing (NULL)" : "an object that no session made: use orm_new");
    }
    if (item->state->mapper->model != r->target->model) {
        return orm__fail(error, ORM_ARGUMENT, "%s.%s leads to %s, and not to %s", model_of(slot->owner), r->member,
                         r->target->model->struct_name, model_of(item->state));
    }
    *out = item->state;
    const struct orm__parent *parent = r->single_parent ? &item->state->parents[r->parent] : NULL;
    if (parent != NULL && parent->state != NULL && parent->state != slot->owner) {
        return orm__fail(error, ORM_ARGUMENT, "%s.%s: the %s is held by another %s, and can have one parent only",
                         model_of(slot->owner), r->member, model_of(item->state), model_of(slot->owner));
    }
    return orm__together(slot->owner, item->state);
}

/* A collection that is about to be changed or read. */
static orm_status open_list(orm__slot *slot)
{
    if (slot->relation->lazy == ORM_LAZY_DYNAMIC) {
        return ORM_OK;
    }
    return orm__slot_load(slot);
}

orm_status orm_link_set(orm_one_link link, const void *object)
{
    orm__slot *slot = link.slot;
    orm__state *to = NULL, *old = NULL;
    leavers list = {0};
    bool known = false;
    orm_status rc;
    if (slot == NULL || slot->relation->many) {
        return no_slot();
    }
    if (object != NULL) {
        ORM_TRY(take_item(slot, object, &to));
    }
    const bool keyed = slot->relation->direction == ORM__MANY_TO_ONE && slot->relation->by_key;
    if (!keyed && slot->owner->lifecycle == ORM_IS_PERSISTENT) {
        ORM_TRY(orm__slot_fetch(slot)); /* the key of who was there is to be taken away */
    }
    ORM_TRY(orm__slot_peek(slot, &known, &old));
    if (known && old == to) {
        slot->one = to;
        slot->loaded = true;
        return ORM_OK;
    }
    if (old != NULL) {
        ORM_TRY(part_back(slot, old, &list));
    }
    if (to != NULL) {
        ORM_TRY(join_back(slot, to, &list));
    }
    if (known && !slot->loaded) { /* what memory told is what was there */
        slot->one = old;
        slot->loaded = true;
    }
    orm__slot_touch(slot);
    if (old != NULL) {
        lost(slot, old, &list);
    }
    slot->one = to;
    slot->loaded = true;
    if (to != NULL) {
        gained(slot, to);
    }
    let_go(&list);
    return to != NULL ? bring_in(slot, to) : ORM_OK;
fail:
    let_go(&list);
    return rc;
}

orm_status orm_link_follow(orm_one_link link, void *out)
{
    orm__slot *slot = link.slot;
    if (out == NULL) {
        return ORM_ARGUMENT;
    }
    *(void **)out = NULL;
    if (slot == NULL || slot->relation->many) {
        return no_slot();
    }
    orm_status rc = orm__slot_load(slot);
    if (rc == ORM_OK && slot->one != NULL) {
        *(void **)out = slot->one->object;
    }
    return rc;
}

/* ---- Collections
 * -------------------------------------------------------------------------------------------------------- */

static orm_status put(orm__slot *slot, size_t at, orm__state *item)
{
    leavers list = {0};
    orm_status rc;
    if (slot->relation->set && slot->loaded && orm__list_has(slot->list, item->object)) {
        return ORM_OK;
    }
    if (!reserve(slot)) {
        return orm__nomem(&slot->owner->session->error);
    }
    ORM_TRY(join_back(slot, item, &list));
    put_in(slot, at, item);
    let_go(&list);
    return bring_in(slot, item);
fail:
    let_go(&list);
    return rc;
}

orm_status orm_link_append(orm_many_link link, const void *object)
{
    orm__state *item;
    orm_status rc;
    if (link.slot == NULL || !link.slot->relation->many) {
        return no_slot();
    }
    ORM_TRY(take_item(link.slot, object, &item));
    ORM_TRY(open_list(link.slot));
    return put(link.slot, SIZE_MAX, item);
fail:
    return rc;
}

static size_t size_of(const orm__slot *slot)
{
    return slot->list != NULL ? slot->list->count : 0;
}

/* A position of a collection in memory; `within`: of an entry that is there. */
static orm_status check_place(orm__slot *slot, size_t at, bool within)
{
    orm_error *error = &slot->owner->session->error;
    if (slot->relation->lazy == ORM_LAZY_DYNAMIC) {
        return orm__fail(error, ORM_ARGUMENT, "%s.%s is dynamic: its entries have no positions",
                         model_of(slot->owner), slot->relation->member);
    }
    orm_status rc = orm__slot_load(slot);
    if (rc == ORM_OK && (within ? at >= size_of(slot) : at > size_of(slot))) {
        rc = orm__fail(error, ORM_ARGUMENT, "%s.%s has no position %zu: it has %zu entries", model_of(slot->owner),
                       slot->relation->member, at, size_of(slot));
    }
    return rc;
}

orm_status orm_link_insert(orm_many_link link, size_t at, const void *object)
{
    orm__state *item;
    orm_status rc;
    if (link.slot == NULL || !link.slot->relation->many) {
        return no_slot();
    }
    ORM_TRY(take_item(link.slot, object, &item));
    ORM_TRY(check_place(link.slot, at, false));
    return put(link.slot, at, item);
fail:
    return rc;
}

/* Of an object that is there twice the other entry keeps the two together. */
static orm_status take(orm__slot *slot, size_t at, orm__state *item)
{
    leavers list = {0};
    orm_status rc = ORM_OK;
    bool again = false;
    if (!is_noted(slot)) {
        for (size_t i = 0; !again && i < slot->list->count; i++) {
            again = i != at && slot->list->at[i] == item->object;
        }
    }
    if (!reserve(slot)) {
        return orm__nomem(&slot->owner->session->error);
    }
    if (again) {
        orm__slot_touch(slot);
        orm__list_take(slot->list, at);
        return ORM_OK;
    }
    ORM_TRY(part_back(slot, item, &list));
    take_out(slot, at, item, &list);
fail:
    let_go(&list);
    return rc;
}

orm_status orm_link_replace(orm_many_link link, size_t at, const void *object)
{
    orm__state *item;
    orm_status rc;
    if (link.slot == NULL || !link.slot->relation->many) {
        return no_slot();
    }
    ORM_TRY(take_item(link.slot, object, &item));
    ORM_TRY(check_place(link.slot, at, true));
    if (link.slot->list->at[at] == item->object) {
        return ORM_OK;
    }
    ORM_TRY(take(link.slot, at, link.slot->list->at[at]->state));
    return put(link.slot, at, item);
fail:
    return rc;
}

orm_status orm_link_remove(orm_many_link link, const void *object)
{
    orm__slot *slot = link.slot;
    orm__state *item;
    orm_status rc;
    if (slot == NULL || !slot->relation->many) {
        return no_slot();
    }
    ORM_TRY(take_item(slot, object, &item));
    ORM_TRY(open_list(slot));
    const bool dynamic = slot->relation->lazy == ORM_LAZY_DYNAMIC;
    const size_t at = dynamic || !orm__list_has(slot->list, object) ? SIZE_MAX : orm__list_find(slot->list, object);
    if (!dynamic && at == SIZE_MAX) {
        return orm__fail(&slot->owner->session->error, ORM_ARGUMENT, "%s.%s: the %s to take out is not in it",
                         model_of(slot->owner), slot->relation->member, model_of(item));
    }
    return take(slot, at, item);
fail:
    return rc;
}

orm_status orm_link_pop(orm_many_link link, size_t at, void *out)
{
    orm__slot *slot = link.slot;
    orm_status rc;
    if (out != NULL) {
        *(void **)out = NULL;
    }
    if (slot == NULL || !slot->relation->many) {
        return no_slot();
    }
    ORM_TRY(check_place(slot, 0, false));
    at = at == ORM_LAST && size_of(slot) > 0 ? size_of(slot) - 1 : at;
    ORM_TRY(check_place(slot, at == ORM_LAST ? 0 : at, true));
    orm_object *object = slot->list->at[at];
    ORM_TRY(take(slot, at, object->state));
    if (out != NULL) {
        *(void **)out = object;
    }
fail:
    return rc;
}

/* What is in `list` and not in `other` is marked with the session's new stamp and `mark`, once each. */
static uint64_t mark_all(orm_session *session, const orm__list *list, int mark)
{
    const uint64_t stamp = ++session->stamp;
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        list->at[i]->state->stamp = stamp;
        list->at[i]->state->mark = mark;
    }
    return stamp;
}

/* The new content, in place of the old: what goes is parted, what comes is joined, what stays is not touched. */
static orm_status assign(orm__slot *slot, orm__list *fresh)
{
    orm_session *session = slot->owner->session;
    orm__list *old = orm__list_share(slot->list);
    leavers list = {0};
    orm_status rc = ORM_OK;
    const bool noted = is_noted(slot);
    enum { OLD = 1, STAYS, NEW };
    uint64_t stamp = mark_all(session, old, OLD);
    for (size_t i = 0; i < fresh->count; i++) {
        orm__state *item = fresh->at[i]->state;
        if (item->stamp != stamp) {
            item->stamp = stamp;
            item->mark = NEW;
        } else if (item->mark == OLD) {
            item->mark = STAYS;
        }
    }
    /* Loading and cascades use stamps of their own: what is to be done is found first. */
    orm__list *gone = orm__list_make(old != NULL ? old->count : 0), *come = orm__list_make(fresh->count);
    if (gone == NULL || come == NULL) {
        ORM_TRY(orm__nomem(&session->error));
    }
    for (size_t i = 0; old != NULL && i < old->count; i++) {
        orm__state *item = old->at[i]->state;
        if (item->mark == OLD) {
            item->mark = 0;
            orm__list_put(gone, gone->count, item->object);
        }
    }
    for (size_t i = 0; i < fresh->count; i++) {
        orm__state *item = fresh->at[i]->state;
        if (item->mark == NEW) {
            item->mark = 0;
            orm__list_put(come, come->count, item->object);
        }
    }
    for (size_t i = 0; i < gone->count; i++) {
        orm__state *item = gone->at[i]->state;
        if (noted && !reserve(slot)) {
            ORM_TRY(orm__nomem(&session->error));
        }
        ORM_TRY(part_back(slot, item, &list));
        if (noted) {
            take_out(slot, SIZE_MAX, item, &list);
        } else {
            lost(slot, item, &list);
        }
    }
    for (size_t i = 0; i < come->count; i++) {
        orm__state *item = come->at[i]->state;
        if (noted && !reserve(slot)) {
            ORM_TRY(orm__nomem(&session->error));
        }
        ORM_TRY(join_back(slot, item, &list));
        if (noted) {
            put_in(slot, SIZE_MAX, item);
        } else {
            gained(slot, item);
        }
    }
    if (!noted) {
        orm__slot_touch(slot);
        orm__list_drop(slot->list);
        slot->list = orm__list_share(fresh);
        slot->loaded = true;
    }
    let_go(&list);
    for (size_t i = 0; i < come->count; i++) {
        ORM_TRY(bring_in(slot, come->at[i]->state));
    }
fail:
    let_go(&list);
    orm__list_drop(old);
    orm__list_drop(gone);
    orm__list_drop(come);
    return rc;
}

orm_status orm_link_assign(orm_many_link link, const void *const *objects, size_t count)
{
    orm__slot *slot = link.slot;
    orm__list *fresh = NULL;
    orm_status rc;
    if (slot == NULL || !slot->relation->many) {
        return no_slot();
    }
    if (objects == NULL && count > 0) {
        return orm__fail(&slot->owner->session->error, ORM_ARGUMENT, "%s.%s: a list of %zu objects is missing (NULL)",
                         model_of(slot->owner), slot->relation->member, count);
    }
    fresh = orm__list_make(count);
    if (fresh == NULL) {
        ORM_TRY(orm__nomem(&slot->owner->session->error));
    }
    for (size_t i = 0; i < count; i++) {
        orm__state *item;
        ORM_TRY(take_item(slot, objects[i], &item));
        if (!slot->relation->set || !orm__list_has(fresh, item->object)) {
            orm__list_put(fresh, fresh->count, item->object);
        }
    }
    const bool dynamic = slot->relation->lazy == ORM_LAZY_DYNAMIC;
    if (dynamic) {
        orm__list *now = NULL;
        ORM_TRY(orm__slot_select(slot, &now));
        orm__list_drop(slot->list);
        slot->list = now; /* only for the comparison */
    } else {
        ORM_TRY(orm__slot_load(slot));
    }
    rc = assign(slot, fresh);
    if (dynamic) {
        orm__list_drop(slot->list);
        slot->list = NULL;
    }
fail:
    orm__list_drop(fresh);
    return rc;
}

/* What is in it, shared; NULL is nothing. */
static orm_status look_at(orm__slot *slot, orm__list **out)
{
    *out = NULL;
    if (slot->relation->lazy == ORM_LAZY_DYNAMIC) {
        return orm__slot_select(slot, out);
    }
    orm_status rc = orm__slot_load(slot);
    if (rc == ORM_OK) {
        *out = orm__list_share(slot->list);
    }
    return rc;
}

orm_status orm_link_list(orm_many_link link, void ***out, size_t *count)
{
    orm__list *list;
    if (out == NULL || count == NULL) {
        return ORM_ARGUMENT;
    }
    *out = NULL;
    *count = 0;
    if (link.slot == NULL || !link.slot->relation->many) {
        return no_slot();
    }
    orm__slot *slot = link.slot;
    orm_status rc = look_at(slot, &list);
    if (rc == ORM_OK && list != NULL && list->count > 0) {
        void **at = (void **)list->at;
        if (slot->relation->lazy == ORM_LAZY_DYNAMIC) { /* nobody keeps it: it lives as a query's list does */
            at = (void **)orm__arena_copy(&slot->owner->session->arena, list->at, list->count * sizeof *list->at);
            rc = at != NULL ? ORM_OK : orm__nomem(&slot->owner->session->error);
        }
        *out = at;
        *count = at != NULL ? list->count : 0;
    }
    orm__list_drop(list);
    return rc;
}

orm_status orm_link_count(orm_many_link link, size_t *out)
{
    orm__slot *slot = link.slot;
    if (out == NULL || slot == NULL || !slot->relation->many) {
        return no_slot();
    }
    *out = 0;
    if (slot->relation->lazy == ORM_LAZY_DYNAMIC) {
        return orm__slot_count(slot, out);
    }
    orm_status rc = orm__slot_load(slot);
    *out = rc == ORM_OK ? size_of(slot) : 0;
    return rc;
}

orm_status orm_link_contains(orm_many_link link, const void *object, bool *out)
{
    orm__list *list;
    if (out == NULL || link.slot == NULL || !link.slot->relation->many) {
        return no_slot();
    }
    orm_status rc = look_at(link.slot, &list);
    *out = rc == ORM_OK && orm__list_has(list, object);
    orm__list_drop(list);
    return rc;
}

bool orm_link_loaded(const struct orm__slot *slot)
{
    return slot != NULL && slot->relation->lazy != ORM_LAZY_DYNAMIC && (slot->loaded || !orm__has_row(slot->owner));
}

static orm_status named(const orm_object *object, const char *name, bool many, orm__slot **out)
{
    *out = NULL;
    if (object == NULL || object->state == NULL) {
        return ORM_ARGUMENT;
    }
    orm__state *state = object->state;
    const orm__relation *r = name != NULL ? orm__relation_named(state->mapper, name) : NULL;
    if (r == NULL) {
        return orm__fail(&state->session->error, ORM_ARGUMENT, "%s has no relationship \"%.200s\"", model_of(state),
                         name != NULL ? name : "(NULL)");
    }
    if (r->many != many) {
        return orm__fail(&state->session->error, ORM_ARGUMENT, "%s.%s is %s", model_of(state), r->member,
                         r->many ? "a collection" : "a single object");
    }
    *out = &state->slots[r->index];
    return ORM_OK;
}

orm_status orm_one_named(const orm_object *object, const char *name, orm_one_link *out)
{
    return named(object, name, false, &out->slot);
}

orm_status orm_many_named(const orm_object *object, const char *name, orm_many_link *out)
{
    return named(object, name, true, &out->slot);
}

/* ---- Loops
 * -------------------------------------------------------------------------------------------------------------- */

orm_status orm_walk_start(orm_walk *walk, orm_many_link link)
{
    orm__list *list;
    *walk = (orm_walk){0};
    if (link.slot == NULL || !link.slot->relation->many) {
        return no_slot();
    }
    orm_status rc = look_at(link.slot, &list);
    walk->list = list;
    return rc;
}

void *orm_walk_next(orm_walk *walk)
{
    const orm__list *list = walk->list;
    return list != NULL && walk->at < list->count ? list->at[walk->at++] : NULL;
}

void orm_walk_end(orm_walk *walk)
{
    orm__list_drop(walk->list);
    walk->list = NULL;
}
