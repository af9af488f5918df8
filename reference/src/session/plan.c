#include "session/plan.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* ---- Which actions, in which order
 * -------------------------------------------------------------------------------------- */

static bool add_action(orm__plan *plan, enum orm__action_kind kind, orm__state *state)
{
    if (plan->count == plan->capacity &&
        !orm__grow(&plan->actions, sizeof *plan->actions, plan->count, &plan->capacity)) {
        return false;
    }
    plan->actions[plan->count++] = (orm__action){.kind = kind, .state = state};
    return true;
}

static int compare_size(size_t a, size_t b)
{
    return a < b ? -1 : a > b;
}

/* Does the row let go of one that it referred to? It makes room, where the key is unique. */
static bool lets_go(const orm__action *action)
{
    for (const orm__sync *sync = action->state->syncs; sync != NULL; sync = sync->next) {
        if (sync->source == NULL) {
            return true;
        }
    }
    return false;
}

static int compare_actions(const void *left, const void *right)
{
    const orm__action *a = left, *b = right;
    const orm__mapper *mapper = a->state->mapper;
    const bool last = a->kind == ORM__DO_DELETE;
    int order = compare_size(last, b->kind == ORM__DO_DELETE);
    if (order == 0) {
        order = compare_size(mapper->order, b->state->mapper->order);
        order = last ? -order : order;
    }
    order = order != 0 ? order : compare_size(a->kind, b->kind);
    if (order == 0 && a->kind == ORM__DO_INSERT) {
        order = a->state->order < b->state->order ? -1 : 1;
    }
    if (order == 0 && a->kind == ORM__DO_UPDATE) {
        order = (int)lets_go(b) - (int)lets_go(a);
    }
    for (size_t i = 0; order == 0 && i < mapper->key_count; i++) {
        order = orm__value_compare(&a->state->loaded[mapper->key[i]], &b->state->loaded[mapper->key[i]]);
    }
    return order;
}

/* The doomed row that this one refers to by a foreign key into its own model, or NULL. */
static orm__state *doomed_target(const orm_session *session, const orm__state *state, size_t number)
{
    const orm__mapper *mapper = state->mapper;
    const orm__reference *reference = &mapper->references[number];
    orm_value key[reference->count];
    if (reference->target != mapper || reference->count != mapper->key_count) {
        return NULL;
    }
    for (size_t k = 0; k < mapper->key_count; k++) {
        size_t i = 0;
        while (i < reference->count && reference->to[i] != mapper->key[k]) {
            i++;
        }
        if (i == reference->count) {
            return NULL;
        }
        key[k] = state->loaded[reference->fields[i]];
    }
    orm__state *target = orm__identity_find(&session->identity, mapper, key);
    return target != NULL && target != state && target->doomed ? target : NULL;
}

static bool refers_to_itself(const orm__mapper *mapper)
{
    for (size_t i = 0; i < mapper->reference_count; i++) {
        if (mapper->references[i].target == mapper) {
            return true;
        }
    }
    return false;
}

/* Rows of one model that refer to each other go leaves first; those in a ring go in their old order. */
static bool order_deletes(const orm_session *session, orm__action *actions, size_t count)
{
    const size_t references = actions[0].state->mapper->reference_count;
    orm__state **done = orm__alloc(count * sizeof(orm__state *));
    size_t done_count = 0;
    if (done == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        actions[i].state->referrers = 0;
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < references; k++) {
            orm__state *target = doomed_target(session, actions[i].state, k);
            if (target != NULL) {
                target->referrers++;
            }
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (actions[i].state->referrers == 0) {
            done[done_count++] = actions[i].state;
        }
    }
    for (size_t i = 0; i < done_count; i++) {
        for (size_t k = 0; k < references; k++) {
            orm__state *target = doomed_target(session, done[i], k);
            if (target != NULL && --target->referrers == 0) {
                done[done_count++] = target;
            }
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (actions[i].state->referrers > 0) {
            done[done_count++] = actions[i].state;
        }
    }
    for (size_t i = 0; i < count; i++) {
        actions[i].state = done[i];
    }
    orm__free(done);
    return true;
}

static bool is_ordered(const orm__plan *plan)
{
    for (size_t i = 1; i < plan->count; i++) {
        if (compare_actions(&plan->actions[i - 1], &plan->actions[i]) > 0) {
            return false;
        }
    }
    return true;
}

static bool order_all(const orm_session *session, orm__plan *plan)
{
    if (!is_ordered(plan)) {
        qsort(plan->actions, plan->count, sizeof *plan->actions, compare_actions);
    }
    for (size_t i = 0, next; i < plan->count; i = next) {
        const orm__mapper *mapper = plan->actions[i].state->mapper;
        for (next = i + 1; next < plan->count && plan->actions[next].kind == plan->actions[i].kind &&
                           plan->actions[next].state->mapper == mapper;) {
            next++;
        }
        if (plan->actions[i].kind == ORM__DO_DELETE && next - i > 1 && refers_to_itself(mapper) &&
            !order_deletes(session, &plan->actions[i], next - i)) {
            return false;
        }
    }
    return true;
}

/* ---- New rows that need each other's keys
 * ------------------------------------------------------------------------------- */

/* The next new row, from `*from` on, whose key this action takes; NULL: no more. */
static const orm__state *needed(const orm__action *action, const orm__sync **from)
{
    for (; action->kind != ORM__DO_DELETE && *from != NULL; *from = (*from)->next) {
        const orm__state *source = (*from)->source;
        if (!(*from)->later && source != NULL && source->lifecycle == ORM_IS_PENDING) {
            *from = (*from)->next;
            return source;
        }
    }
    return NULL;
}

/* `referrers` has the place of each INSERT, counted from 1. */
static bool needs_order(orm__plan *plan)
{
    bool needs = false;
    if (plan->syncs == NULL) {
        return false;
    }
    for (size_t i = 0; i < plan->count; i++) {
        plan->actions[i].state->referrers = i + 1;
    }
    for (size_t i = 0; !needs && i < plan->count; i++) {
        const orm__sync *from = plan->actions[i].state->syncs;
        for (const orm__state *source; (source = needed(&plan->actions[i], &from)) != NULL;) {
            needs = needs || source->referrers > i;
        }
    }
    return needs;
}

static orm_status cycle(orm_session *session, const orm__state *one, const orm__state *other)
{
    const char *a = one->mapper->model->struct_name, *b = other->mapper->model->struct_name;
    if (one == other) {
        return orm__fail(&session->error, ORM_CYCLE, "a new %s needs its own key to be stored (post_update helps)", a);
    }
    return orm__fail(&session->error, ORM_CYCLE,
                     "a new %s and a new %s each need the other's key to be stored (post_update helps)", a, b);
}

/* Depth first, in the order that there is: what an action needs goes before it. */
static orm_status order_needs(orm_session *session, orm__plan *plan)
{
    enum { NEW, OPEN, DONE };
    orm__action *ordered = orm__alloc(plan->count * sizeof *ordered);
    size_t *stack = orm__alloc(plan->count * sizeof *stack), done = 0;
    unsigned char *marks = orm__alloc(plan->count);
    orm_status rc = ORM_OK;
    if (ordered == NULL || stack == NULL || marks == NULL) {
        ORM_TRY(orm__nomem(&session->error));
    }
    for (size_t i = 0; i < plan->count; i++) {
        size_t depth = 0;
        if (marks[i] == DONE) {
            continue;
        }
        stack[depth++] = i;
        while (depth > 0) {
            const size_t top = stack[depth - 1];
            const orm__action *action = &plan->actions[top];
            const orm__sync *from = action->state->syncs;
            const orm__state *source;
            marks[top] = OPEN;
            while ((source = needed(action, &from)) != NULL && marks[source->referrers - 1] == DONE) {
            }
            if (source == NULL) {
                marks[top] = DONE;
                ordered[done++] = *action;
                depth--;
            } else if (marks[source->referrers - 1] == OPEN) {
                ORM_TRY(cycle(session, action->state, source));
            } else {
                stack[depth++] = source->referrers - 1;
            }
        }
    }
    memcpy(plan->actions, ordered, plan->count * sizeof *ordered);
fail:
    orm__free(ordered);
    orm__free(stack);
    orm__free(marks);
    return rc;
}

/* Keys that are written after both rows: one more UPDATE for each object, before the deletes. */
static bool add_later(orm__plan *plan)
{
    size_t first_delete = plan->count, added = 0;
    while (first_delete > 0 && plan->actions[first_delete - 1].kind == ORM__DO_DELETE) {
        first_delete--;
    }
    for (const orm__sync *sync = plan->syncs; sync != NULL; sync = sync->chain) {
        bool first = sync->later;
        for (const orm__sync *other = sync->state->syncs; first && other != sync; other = other->next) {
            first = !other->later;
        }
        if (!first) {
            continue;
        }
        if (!add_action(plan, ORM__DO_REFER, sync->state)) {
            return false;
        }
        orm__action refer = plan->actions[plan->count - 1], *place = &plan->actions[first_delete + added++];
        memmove(place + 1, place, (size_t)(&plan->actions[plan->count - 1] - place) * sizeof *place);
        *place = refer;
    }
    return true;
}

/* ---- Which columns
 * ------------------------------------------------------------------------------------------------------ */

static bool add_item(orm__plan *plan, orm__action *action, size_t field, orm_value value, orm_value_fn *make, bool made)
{
    if (plan->item_count == plan->item_capacity &&
        !orm__grow(&plan->items, sizeof *plan->items, plan->item_count, &plan->item_capacity)) {
        return false;
    }
    plan->items[plan->item_count++] = (orm__item){.field = field, .value = value, .make = make, .made = made};
    action->count++;
    return true;
}

/* The value that a sync comes to, where that is known already. */
static bool is_known(const orm__sync *sync, orm_value *value)
{
    *value = orm_null();
    if (sync->source == NULL) {
        return true;
    }
    if (sync->source->lifecycle == ORM_IS_PENDING || orm__changed(sync->source, sync->source_field)) {
        return false;
    }
    *value = sync->source->loaded[sync->source_field];
    return true;
}

static bool add_sync(orm__plan *plan, orm__action *action, const orm__sync *sync)
{
    orm_value value;
    const bool known = is_known(sync, &value);
    if (!add_item(plan, action, sync->field, value, NULL, true)) {
        return false;
    }
    if (!known) {
        plan->items[plan->item_count - 1].source = sync->source;
        plan->items[plan->item_count - 1].source_field = sync->source_field;
    }
    return true;
}

/* Does the column of a stored row get another value? */
static bool is_news(const orm__sync *sync)
{
    orm_value value;
    return !is_known(sync, &value) || !orm__value_equal(&value, &sync->state->loaded[sync->field]) ||
           orm__changed(sync->state, sync->field);
}

static bool has_news(const orm__state *state)
{
    for (const orm__sync *sync = state->syncs; sync != NULL; sync = sync->next) {
        if (!sync->later && is_news(sync)) {
            return true;
        }
    }
    return false;
}

/* A generated key that cannot be NULL says so with 0. */
static bool is_unassigned_key(const orm__field *field, const orm_value *value)
{
    return field->generated && field->storage == ORM_STORE_INT_ && value->u.i == 0;
}

/* A column that is left out gets its value from the database: a generated key, a server default. */
static bool plan_insert(orm__plan *plan, orm__action *action)
{
    const orm__state *state = action->state;
    for (size_t i = 0; i < state->mapper->count; i++) {
        const orm__field *field = &state->mapper->fields[i];
        const orm_column *column = field->column;
        const bool plain = field->storage <= ORM_STORE_DATE_;
        const orm__sync *sync = plan->syncs != NULL ? orm__sync_of(state, i) : NULL; /* most flushes have none */
        if (column->version) {
            if (!add_item(plan, action, i, orm_int(1), NULL, true)) {
                return false;
            }
            continue;
        }
        if (sync != NULL && !sync->later && (sync->source != NULL || plain)) {
            if (!add_sync(plan, action, sync)) {
                return false;
            }
            continue;
        }
        orm_value value = sync != NULL && !sync->later ? orm_null() : orm__member_read(field, state->object);
        if (is_unassigned_key(field, &value)) {
            continue;
        }
        if (orm__refers_to_nothing(field, &value)) {
            value = orm_null();
        }
        orm_value_fn *make = NULL;
        bool made = false;
        if (!plain && value.type == ORM_NULL) {
            /* A NULL counts as not given where something else can give the value. */
            made = column->default_fn != NULL || column->default_value.type != ORM_NULL;
            if (!made && (field->generated || column->server_default != NULL)) {
                continue;
            }
            make = column->default_fn;
            value = column->default_value;
        }
        if (!add_item(plan, action, i, value, make, made)) {
            return false;
        }
    }
    return true;
}

static bool plan_update(orm__plan *plan, orm__action *action)
{
    const orm__state *state = action->state;
    for (size_t i = 0; i < state->mapper->count; i++) {
        const orm__field *field = &state->mapper->fields[i];
        const orm_column *column = field->column;
        const orm__sync *sync = plan->syncs != NULL ? orm__sync_of(state, i) : NULL; /* most flushes have none */
        bool added = true;
        if (column->version) {
            added = add_item(plan, action, i, orm_int(state->loaded[i].u.i + 1), NULL, true);
        } else if (sync != NULL && !sync->later) {
            added = !is_news(sync) || add_sync(plan, action, sync);
        } else if (orm__changed(state, i)) {
            orm_value value = orm__member_read(field, state->object);
            if (is_unassigned_key(field, &value)) {
                value = orm_null();
            }
            added = add_item(plan, action, i, value, NULL, false);
        } else if (column->onupdate_fn != NULL || column->onupdate_value.type != ORM_NULL) {
            added = add_item(plan, action, i, column->onupdate_value, column->onupdate_fn, true);
        }
        if (!added) {
            return false;
        }
    }
    return true;
}

static bool plan_refer(orm__plan *plan, orm__action *action)
{
    for (const orm__sync *sync = action->state->syncs; sync != NULL; sync = sync->next) {
        const bool fresh = action->state->lifecycle == ORM_IS_PENDING;
        if (sync->later && (fresh ? sync->source != NULL : is_news(sync)) && !add_sync(plan, action, sync)) {
            return false;
        }
    }
    if (action->count == 0 || !action->state->mapper->has_version) {
        return true;
    }
    const size_t version = action->state->mapper->version;
    if (!add_item(plan, action, version, orm_null(), NULL, true)) {
        return false;
    }
    plan->items[plan->item_count - 1].source = action->state; /* one more than it is by then */
    plan->items[plan->item_count - 1].source_field = version;
    return true;
}

orm_status orm__plan_make(orm_session *session, orm__plan *plan)
{
    orm_status rc = orm__relate(session, plan);
    if (rc != ORM_OK) {
        return rc;
    }
    for (orm__state *state = session->first; state != NULL; state = state->next) {
        bool added = true;
        if (state->lifecycle == ORM_IS_PENDING) {
            added = add_action(plan, ORM__DO_INSERT, state);
        } else if (state->lifecycle == ORM_IS_PERSISTENT && state->doomed) {
            added = add_action(plan, ORM__DO_DELETE, state);
        } else if (state->lifecycle == ORM_IS_PERSISTENT && (orm__settle(state) || (plan->syncs != NULL && has_news(state)))) {
            added = add_action(plan, ORM__DO_UPDATE, state);
        }
        if (!added) {
            return orm__nomem(&session->error);
        }
    }
    if (!order_all(session, plan)) {
        return orm__nomem(&session->error);
    }
    if (needs_order(plan) && (rc = order_needs(session, plan)) != ORM_OK) {
        return rc;
    }
    if (!add_later(plan)) {
        return orm__nomem(&session->error);
    }
    for (size_t i = 0; i < plan->count; i++) {
        orm__action *action = &plan->actions[i];
        action->first = plan->item_count;
        if ((action->kind == ORM__DO_INSERT && !plan_insert(plan, action)) ||
            (action->kind == ORM__DO_UPDATE && !plan_update(plan, action)) ||
            (action->kind == ORM__DO_REFER && !plan_refer(plan, action))) {
            return orm__nomem(&session->error);
        }
    }
    return ORM_OK;
}

/* ---- Values of our own
 * -------------------------------------------------------------------------------------------------- */

static orm_status refuse(orm_session *session, const orm__state *state, const orm__field *field, orm_status status,
                         const char *why)
{
    orm_error *error = &session->error;
    (void)orm__fail(error, status, "%s.%s: %s", state->mapper->model->struct_name, field->member, why);
    strncpy(error->table, state->mapper->table, sizeof error->table - 1);
    strncpy(error->column, field->name, sizeof error->column - 1);
    return status;
}

static orm_status stage_item(orm_session *session, const orm__state *state, orm__item *item)
{
    const orm__field *field = &state->mapper->fields[item->field];
    if (item->make != NULL) {
        item->value = item->make(session);
        const orm_type given = item->value.type;
        if (!orm__value_fits(&item->value, field->type)) {
            char why[96];
            orm__text text = {0};
            orm__text_format(&text, "its function gives %s, the column is %s", orm__type_name(given),
                             orm__type_name(field->type));
            strncpy(why, text.failed ? "its function gives another type" : text.at, sizeof why - 1);
            why[sizeof why - 1] = '\0';
            orm__text_free(&text);
            item->value = orm_null();
            return refuse(session, state, field, ORM_DATA, why);
        }
    } else {
        (void)orm__value_fits(&item->value, field->type); /* an integer for a float column becomes one */
    }
    if (item->value.type == ORM_STRING && field->storage == ORM_STORE_TEXT_ &&
        memchr(item->value.u.s, '\0', item->value.u.size) != NULL) {
        item->value = orm_null();
        return refuse(session, state, field, ORM_DATA, "a text with a NUL inside does not fit a C string");
    }
    if (item->value.type == ORM_NULL && field->primary_key && item->source == NULL) {
        return refuse(session, state, field, ORM_NOT_NULL, "a key needs a value");
    }
    return ORM_OK;
}

/* One item's text or document, in memory of its own. On failure the item holds nothing of the user's. */
static bool own_item(orm__item *item)
{
    orm_value copy;
    if (!orm__own(&item->value, &copy)) {
        item->value = orm_null();
        return false;
    }
    item->value = copy;
    item->owned = true;
    return true;
}

/* The texts of a new row together; what functions gave was copied before, since a function may use its memory again. */
static bool own_row(orm__item *items, size_t count, char **block)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        size += items[i].value.type == ORM_STRING && !items[i].owned ? items[i].value.u.size + 1 : 0;
    }
    char *at = size > 0 ? orm__alloc(size) : NULL;
    if (size > 0 && at == NULL) {
        return false;
    }
    *block = at;
    for (size_t i = 0; i < count; i++) {
        orm_value *value = &items[i].value;
        if (value->type == ORM_STRING && !items[i].owned) {
            if (value->u.size > 0) {
                memcpy(at, value->u.s, value->u.size);
            }
            value->u.s = at;
            at += value->u.size + 1;
        }
    }
    return true;
}

static void drop_items(orm__item *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (items[i].owned) {
            orm__disown(&items[i].value);
        }
        items[i].owned = false;
        items[i].value = orm_null();
    }
}

static orm_status stage_action(orm_session *session, orm__plan *plan, orm__action *action)
{
    orm__state *state = action->state;
    orm__item *items = &plan->items[action->first];
    orm_status rc;
    if (!orm__layer_open(state)) {
        return orm__nomem(&session->error);
    }
    for (size_t i = 0; i < action->count; i++) {
        ORM_TRY(stage_item(session, state, &items[i]));
        const bool apart = action->kind != ORM__DO_INSERT || items[i].make != NULL || items[i].value.type == ORM_JSON;
        if (apart && !own_item(&items[i])) {
            ORM_TRY(orm__nomem(&session->error));
        }
    }
    if (action->kind == ORM__DO_INSERT && !own_row(items, action->count, &action->block)) {
        ORM_TRY(orm__nomem(&session->error));
    }
    if ((action->kind == ORM__DO_UPDATE || action->kind == ORM__DO_REFER) && !state->inserted) {
        if (state->begun == NULL && (state->begun = orm__alloc(state->mapper->count * sizeof(orm_value))) == NULL) {
            ORM_TRY(orm__nomem(&session->error));
        }
        for (size_t i = 0; i < action->count; i++) {
            if (!(state->marks[items[i].field] & ORM__BEGUN) && !orm__own_loaded(state, items[i].field)) {
                ORM_TRY(orm__nomem(&session->error));
            }
        }
    }
    return ORM_OK;
fail:
    drop_items(items, action->count);
    return rc;
}

orm_status orm__plan_stage(orm_session *session, orm__plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        orm_status rc = stage_action(session, plan, &plan->actions[i]);
        if (rc != ORM_OK) {
            return rc;
        }
        plan->staged++;
    }
    return ORM_OK;
}

void orm__plan_free(orm__plan *plan)
{
    for (size_t i = 0; i < plan->staged; i++) {
        drop_items(&plan->items[plan->actions[i].first], plan->actions[i].count);
        orm__free(plan->actions[i].block);
    }
    orm__free(plan->actions);
    orm__free(plan->items);
    orm__relate_free(plan);
    *plan = (orm__plan){0};
}
