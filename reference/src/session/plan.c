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

static int compare_values(const orm_value *a, const orm_value *b)
{
    if (a->type != b->type) {
        return compare_size(a->type, b->type);
    }
    switch (a->type) {
    case ORM_INTEGER:
    case ORM_BOOLEAN:
        return a->u.i < b->u.i ? -1 : a->u.i > b->u.i;
    case ORM_FLOAT:
        return a->u.r < b->u.r ? -1 : a->u.r > b->u.r;
    case ORM_DATETIME:
        return a->u.t.us < b->u.t.us ? -1 : a->u.t.us > b->u.t.us;
    case ORM_DATE:
        return a->u.d.day < b->u.d.day ? -1 : a->u.d.day > b->u.d.day;
    case ORM_STRING: {
        size_t shorter = a->u.size < b->u.size ? a->u.size : b->u.size;
        int order = shorter > 0 ? memcmp(a->u.s, b->u.s, shorter) : 0;
        return order != 0 ? order : compare_size(a->u.size, b->u.size);
    }
    case ORM_NULL:
    case ORM_JSON:
        break;
    }
    return 0;
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
    for (size_t i = 0; order == 0 && i < mapper->key_count; i++) {
        order = compare_values(&a->state->loaded[mapper->key[i]], &b->state->loaded[mapper->key[i]]);
    }
    return order;
}

/* The doomed row that this one refers to by a foreign key into its own model, or NULL. */
static orm__state *doomed_target(const orm_session *session, const orm__state *state, size_t field)
{
    const orm__mapper *mapper = state->mapper;
    if (mapper->fields[field].target != mapper || mapper->key_count != 1 ||
        mapper->fields[field].target_field != mapper->key[0]) {
        return NULL;
    }
    orm__state *target = orm__identity_find(&session->identity, mapper, &state->loaded[field]);
    return target != NULL && target != state && target->doomed ? target : NULL;
}

static bool refers_to_itself(const orm__mapper *mapper)
{
    for (size_t i = 0; i < mapper->count; i++) {
        if (mapper->fields[i].target == mapper) {
            return true;
        }
    }
    return false;
}

/* Rows of one model that refer to each other go leaves first; those in a ring go in their old order. */
static bool order_deletes(const orm_session *session, orm__action *actions, size_t count)
{
    const size_t fields = actions[0].state->mapper->count;
    orm__state **done = orm__alloc(count * sizeof(orm__state *));
    size_t done_count = 0;
    if (done == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        actions[i].state->referrers = 0;
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t field = 0; field < fields; field++) {
            orm__state *target = doomed_target(session, actions[i].state, field);
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
        for (size_t field = 0; field < fields; field++) {
            orm__state *target = doomed_target(session, done[i], field);
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
        if (column->version) {
            if (!add_item(plan, action, i, orm_int(1), NULL, true)) {
                return false;
            }
            continue;
        }
        orm_value value = orm__member_read(field, state->object);
        if (is_unassigned_key(field, &value)) {
            continue;
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
        bool added = true;
        if (column->version) {
            added = add_item(plan, action, i, orm_int(state->loaded[i].u.i + 1), NULL, true);
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

orm_status orm__plan_make(orm_session *session, orm__plan *plan)
{
    for (orm__state *state = session->first; state != NULL; state = state->next) {
        bool added = true;
        if (state->lifecycle == ORM_IS_PENDING) {
            added = add_action(plan, ORM__DO_INSERT, state);
        } else if (state->lifecycle == ORM_IS_PERSISTENT && state->doomed) {
            added = add_action(plan, ORM__DO_DELETE, state);
        } else if (state->lifecycle == ORM_IS_PERSISTENT && orm__settle(state)) {
            added = add_action(plan, ORM__DO_UPDATE, state);
        }
        if (!added) {
            return orm__nomem(&session->error);
        }
    }
    if (!order_all(session, plan)) {
        return orm__nomem(&session->error);
    }
    for (size_t i = 0; i < plan->count; i++) {
        orm__action *action = &plan->actions[i];
        action->first = plan->item_count;
        if ((action->kind == ORM__DO_INSERT && !plan_insert(plan, action)) ||
            (action->kind == ORM__DO_UPDATE && !plan_update(plan, action))) {
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
    if (item->value.type == ORM_NULL && field->primary_key) {
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
        const bool apart = action->kind == ORM__DO_UPDATE || items[i].make != NULL || items[i].value.type == ORM_JSON;
        if (apart && !own_item(&items[i])) {
            ORM_TRY(orm__nomem(&session->error));
        }
    }
    if (action->kind == ORM__DO_INSERT && !own_row(items, action->count, &action->block)) {
        ORM_TRY(orm__nomem(&session->error));
    }
    if (action->kind == ORM__DO_UPDATE && !state->inserted) {
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
    *plan = (orm__plan){0};
}
