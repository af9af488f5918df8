#include "session/joined.h"
#include <stdio.h>
#include <string.h>

typedef struct orm__join_node {
    const orm__relation *relation;
    const orm__choice *inner; /* of its target */
    orm__way way;             /* which ends at the target */
    struct orm__join_node *owner; /* NULL: the query's own objects */
    orm__entity entity;
    orm_object *now; /* of the row in hand */
    orm__list *objects;
} node;

/* ---- The select
 * --------------------------------------------------------------------------------------------------------- */

typedef struct making {
    orm__joined *joined;
    orm_error *error;
    char path[512]; /* of the owner, for joins of the query's own */
} making;

static bool joins_many(const orm__mapper *mapper, const orm__choice *choices, const orm__way *way)
{
    for (size_t i = 0; i < mapper->relation_count; i++) {
        const orm__relation *r = &mapper->relations[i];
        const orm__choice *choice = orm__choice_find(choices, r);
        const orm__way inner = {r->target, way};
        if (orm__eager_how(r, choice, way) == ORM_LAZY_JOINED &&
            (r->many || joins_many(r->target, choice != NULL ? choice->inner : NULL, &inner))) {
            return true;
        }
    }
    return false;
}

bool orm__joined_any(const orm__mapper *mapper, const orm__choice *choices, const orm__way *way)
{
    for (size_t i = 0; i < mapper->relation_count; i++) {
        const orm__relation *r = &mapper->relations[i];
        const orm_lazy how = orm__eager_how(r, orm__choice_find(choices, r), way);
        if (how == ORM_LAZY_JOINED || how == ORM_LAZY_OWN_JOIN) {
            return true;
        }
    }
    return false;
}

static orm_status take_expr(orm_expr *made, enum orm__place place, orm_expr **out, orm_error *error)
{
    *out = orm__expr_take(made, error);
    if (*out == NULL) {
        return error->status;
    }
    orm_status rc = orm__expr_check(*out, place, error);
    if (rc != ORM_OK) {
        orm__expr_release(*out);
        *out = NULL;
    }
    return rc;
}

/* A limit counts objects, not rows: the query goes in as a table, its order goes out by columns of its own. */
static orm_status wrap(const orm__select *from, orm__select *to, orm_error *error)
{
    orm__select inner = {0}, result = {0};
    char label[32];
    orm_expr *held;
    orm_status rc;
    const orm__mapper *mapper = from->sources[0].mapper;
    ORM_TRY(orm__select_copy(from, &inner, error));
    inner.for_update = false;
    ORM_TRY(orm__select_item(&inner, 0, NULL, NULL, error));
    for (size_t i = 0; i < inner.order.count; i++) {
        (void)snprintf(label, sizeof label, "order_%zu", i + 1);
        const orm_expr *order = inner.order.at[i];
        ORM_TRY(orm__select_item(&inner, 0, orm__expr_hold(order->children[0]), label, error));
        orm_expr *column = orm__expr_label(orm__source_name(&inner.sources[0]), label, order->children[0]->type);
        orm_expr *made = orm__expr_over(ORM__EXPR_ORDER, ORM_NULL, &column, 1);
        if (made->kind == ORM__EXPR_ORDER) {
            made->flag = order->flag;
            made->nulls = order->nulls;
        }
        ORM_TRY(take_expr(made, ORM__PLACE_ORDER, &held, error));
        ORM_TRY(orm__exprs_add(&result.order, held, error));
    }
    bool *deferred = NULL;
    if (from->sources[0].deferred != NULL) {
        deferred = orm__alloc(mapper->count * sizeof *deferred);
        if (deferred == NULL) {
            ORM_TRY(orm__nomem(error));
        }
        memcpy(deferred, from->sources[0].deferred, mapper->count * sizeof *deferred);
    }
    rc = orm__select_derived(&result, &inner, NULL, false, NULL, error);
    if (rc != ORM_OK) {
        orm__free(deferred);
        goto fail;
    }
    result.sources[0].mapper = mapper;
    result.sources[0].deferred = deferred;
    *to = result;
    return ORM_OK;
fail:
    orm__select_free(&inner);
    orm__select_free(&result);
    return rc;
}

/* The columns of one source are those of another. */
static orm_status equal(const orm__mapper *a, const char *a_alias, const size_t *a_fields, const orm__mapper *b,
                        const char *b_alias, const size_t *b_fields, size_t count, orm_expr **out, orm_error *error)
{
    orm_expr *parts[count];
    for (size_t i = 0; i < count; i++) {
        orm_any_col left = orm_any_of(a_alias, orm_named(a->model, a->fields[a_fields[i]].member));
        orm_any_col right = orm_any_of(b_alias, orm_named(b->model, b->fields[b_fields[i]].member));
        parts[i] = orm_compare_any_cols(left, ORM_EQ, right);
    }
    return take_expr(count == 1 ? parts[0] : orm_junction(true, parts, count), ORM__PLACE_CONDITION, out, error);
}

static orm_status add_source(making *m, const orm__mapper *mapper, const char *alias, orm_expr *on, bool between)
{
    orm__select *select = &m->joined->select;
    orm_status rc = orm__select_source(select, mapper, alias, true, on, m->error);
    if (rc == ORM_OK) {
        select->sources[select->source_count - 1].between = between;
    }
    return rc;
}

static orm_status join(making *m, const orm__relation *r, const char *near, const char *alias)
{
    orm_expr *on;
    orm_status rc;
    char between[64];
    if (r->secondary == NULL) {
        ORM_TRY(equal(r->mapper, near, r->own, r->target, alias, r->far, r->own_count, &on, m->error));
        return add_source(m, r->target, alias, on, false);
    }
    (void)snprintf(between, sizeof between, "%s_between", alias);
    ORM_TRY(equal(r->mapper, near, r->own, r->secondary, between, r->near_key, r->own_count, &on, m->error));
    ORM_TRY(add_source(m, r->secondary, between, on, true));
    ORM_TRY(equal(r->secondary, between, r->far_key, r->target, alias, r->far, r->far_count, &on, m->error));
    rc = add_source(m, r->target, alias, on, false);
fail:
    return rc;
}

static orm_status add_order(making *m, const orm__relation *r, const char *alias)
{
    for (size_t i = 0; i < r->order_count; i++) {
        orm_any_col column = orm_any_of(alias, orm_named(r->target->model, r->target->fields[r->order[i].field].member));
        orm_expr *order;
        orm_status rc = take_expr(orm_order_term(column.term, r->order[i].descending), ORM__PLACE_ORDER, &order, m->error);
        if (rc == ORM_OK) {
            rc = orm__exprs_add(&m->joined->select.order, order, m->error);
        }
        if (rc != ORM_OK) {
            return rc;
        }
    }
    return ORM_OK;
}

static node *add_node(making *m, const orm__relation *r, const orm__choice *choice, const orm__way *way, node *owner)
{
    orm__joined *joined = m->joined;
    node *made = orm__alloc(sizeof *made);
    if (made == NULL || !orm__grow(&joined->at, sizeof *joined->at, joined->count, &joined->capacity)) {
        orm__free(made);
        (void)orm__nomem(m->error);
        return NULL;
    }
    *made = (node){.relation = r,
                   .inner = choice != NULL ? choice->inner : NULL,
                   .way = {r->target, way},
                   .owner = owner,
                   .entity = {.mapper = r->target, .first = joined->width}};
    joined->width += r->target->count;
    joined->many = joined->many || r->many;
    joined->at[joined->count++] = made;
    return made;
}

/* The source that the query has joined by this path. */
static size_t own_source(const orm__select *select, const char *path)
{
    for (size_t i = 0; i < select->source_count; i++) {
        if (select->sources[i].path != NULL && strcmp(select->sources[i].path, path) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

static orm_status make_nodes(making *m, const orm__mapper *mapper, const orm__choice *choices, const orm__way *way,
                             node *owner, const char *alias)
{
    orm__joined *joined = m->joined;
    const size_t used = strlen(m->path);
    orm_status rc = ORM_OK;
    for (size_t i = 0; rc == ORM_OK && i < mapper->relation_count; i++) {
        const orm__relation *r = &mapper->relations[i];
        const orm__choice *choice = orm__choice_find(choices, r);
        const orm_lazy how = orm__eager_how(r, choice, way);
        char name[48];
        size_t source;
        if (how != ORM_LAZY_JOINED && how != ORM_LAZY_OWN_JOIN) {
            continue;
        }
        (void)snprintf(m->path + used, sizeof m->path - used, "%s%s", used > 0 ? "." : "", r->member);
        const char *here = name;
        if (how == ORM_LAZY_JOINED) {
            (void)snprintf(name, sizeof name, "%.30s_j%zu", r->target->table, joined->count + 1);
            ORM_TRY(join(m, r, alias, name));
            source = joined->select.source_count - 1;
        } else {
            source = own_source(&joined->select, m->path);
            if (source == SIZE_MAX) {
                ORM_TRY(orm__fail(m->error, ORM_ARGUMENT, "the query does not join \"%.200s\"", m->path));
            }
            here = joined->select.sources[source].alias;
        }
        node *made = add_node(m, r, choice, way, owner);
        if (made == NULL) {
            ORM_TRY(ORM_NOMEM);
        }
        ORM_TRY(orm__select_item(&joined->select, source, NULL, NULL, m->error));
        if (how == ORM_LAZY_JOINED) {
            ORM_TRY(add_order(m, r, name));
        }
        rc = make_nodes(m, r->target, made->inner, &made->way, made, here);
        m->path[used] = '\0';
    }
fail:
    return rc;
}

orm_status orm__joined_make(orm_session *session, const orm__select *own, const orm__way *way,
                            const orm__choice *choices, orm__joined *joined)
{
    making m = {.joined = joined, .error = &session->error};
    const bool counted = own->has_limit || own->has_offset || own->distinct || own->groups.count > 0;
    orm_status rc;
    if (own->raw != NULL || own->item_count > 0 || !orm__joined_any(way->mapper, choices, way)) {
        return ORM_OK;
    }
    joined->root = *way;
    if (counted && joins_many(way->mapper, choices, way)) {
        ORM_TRY(wrap(own, &joined->select, m.error));
    } else {
        ORM_TRY(orm__select_copy(own, &joined->select, m.error));
    }
    ORM_TRY(orm__select_item(&joined->select, 0, NULL, NULL, m.error));
    joined->width = orm__select_width(&joined->select, 0);
    rc = make_nodes(&m, way->mapper, choices, &joined->root, NULL, joined->select.sources[0].alias);
fail:
    return rc;
}

/* ---- The rows
 * ------------------------------------------------------------------------------------------------------------- */

static orm_status put_object(orm_session *session, orm__joined *joined, node *of, orm_object *owner)
{
    orm__slot *slot = &owner->state->slots[of->relation->index];
    if (slot->loaded && !slot->filling) {
        return ORM_OK;
    }
    if (!slot->filling) {
        if (joined->filling_count == joined->filling_capacity &&
            !orm__grow(&joined->filling, sizeof *joined->filling, joined->filling_count, &joined->filling_capacity)) {
            return orm__nomem(&session->error);
        }
        joined->filling[joined->filling_count++] = slot;
        slot->filling = true;
    }
    if (of->now == NULL) {
        return ORM_OK;
    }
    if (!slot->relation->many) {
        slot->one = slot->one != NULL ? slot->one : of->now->state;
        return ORM_OK;
    }
    if (orm__list_has(slot->list, of->now)) {
        return ORM_OK;
    }
    if (!orm__list_reserve(&slot->list)) {
        return orm__nomem(&session->error);
    }
    orm__list_put(slot->list, slot->list->count, of->now);
    return ORM_OK;
}

orm_status orm__joined_row(orm_session *session, orm__joined *joined, orm__cursor *cursor, orm_object *root)
{
    for (size_t i = 0; i < joined->count; i++) {
        node *of = joined->at[i];
        orm_object *owner = of->owner != NULL ? of->owner->now : root;
        of->now = NULL;
        if (owner == NULL) {
            continue;
        }
        orm_status rc = orm__take_row(session, &of->entity, cursor, &of->now);
        if (rc == ORM_OK) {
            rc = put_object(session, joined, of, owner);
        }
        if (rc != ORM_OK) {
            return rc;
        }
        if (of->now == NULL || orm__list_has(of->objects, of->now)) {
            continue;
        }
        if (!orm__list_reserve(&of->objects)) {
            return orm__nomem(&session->error);
        }
        orm__list_put(of->objects, of->objects->count, of->now);
    }
    return ORM_OK;
}

orm_status orm__joined_fill(orm_session *session, orm__joined *joined)
{
    while (joined->filling_count > 0) {
        orm__slot *slot = joined->filling[joined->filling_count - 1];
        if (!slot->relation->many) {
            slot->loaded = true;
            if (slot->one != NULL) {
                slot->one->linked = true;
            }
        } else {
            orm__list *list = slot->list;
            slot->list = NULL;
            if (!orm__slot_fill(slot, list)) {
                orm__list_drop(list);
                slot->filling = false;
                joined->filling_count--;
                return orm__nomem(&session->error);
            }
        }
        slot->filling = false;
        joined->filling_count--;
    }
    return ORM_OK;
}

orm_status orm__joined_rest(orm_session *session, orm__joined *joined)
{
    orm_status rc = ORM_OK;
    for (size_t i = 0; rc == ORM_OK && i < joined->count; i++) {
        const node *of = joined->at[i];
        if (of->objects != NULL) {
            rc = orm__eager_load(session, &of->way, of->inner, of->objects, NULL);
        }
    }
    return rc;
}

void orm__joined_free(orm__joined *joined)
{
    for (size_t i = 0; i < joined->filling_count; i++) { /* what failed on the way is not loaded */
        orm__slot *slot = joined->filling[i];
        slot->filling = false;
        if (slot->relation->many) {
            orm__list_drop(slot->list);
            slot->list = NULL;
        } else {
            slot->one = NULL;
        }
    }
    for (size_t i = 0; i < joined->count; i++) {
        orm__list_drop(joined->at[i]->objects);
        orm__free(joined->at[i]);
    }
    orm__free(joined->at);
    orm__free(joined->filling);
    orm__select_free(&joined->select);
}
