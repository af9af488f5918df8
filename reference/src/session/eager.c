#include "session/joined.h"
#include "sql/related.h"
#include "sql/statement.h"
#include <stdio.h>
#include <stdlib.h>

enum { BATCH = 500 };

/* ---- Choices
 * ------------------------------------------------------------------------------------------------------------ */

const orm__choice *orm__choice_find(const orm__choice *list, const orm__relation *relation)
{
    while (list != NULL && list->relation != relation) {
        list = list->next;
    }
    return list;
}

orm__choice *orm__choice_add(orm__choice **list, const orm__relation *relation)
{
    for (; *list != NULL; list = &(*list)->next) {
        if ((*list)->relation == relation) {
            return *list;
        }
    }
    *list = orm__alloc(sizeof **list);
    if (*list != NULL) {
        (*list)->relation = relation;
    }
    return *list;
}

void orm__choices_free(orm__choice *list)
{
    for (orm__choice *next; list != NULL; list = next) {
        next = list->next;
        orm__choices_free(list->inner);
        orm__free(list);
    }
}

bool orm__choices_copy(const orm__choice *from, orm__choice **to)
{
    *to = NULL;
    for (; from != NULL; from = from->next, to = &(*to)->next) {
        *to = orm__alloc(sizeof **to);
        if (*to == NULL) {
            return false;
        }
        **to = (orm__choice){.relation = from->relation, .made = from->made, .how = from->how};
        if (!orm__choices_copy(from->inner, &(*to)->inner)) {
            return false;
        }
    }
    return true;
}

static bool is_eager(orm_lazy how)
{
    return how == ORM_LAZY_JOINED || how == ORM_LAZY_SUBQUERY || how == ORM_LAZY_SELECTIN;
}

orm_lazy orm__eager_how(const orm__relation *r, const orm__choice *choice, const orm__way *way)
{
    if (choice != NULL && choice->made) {
        return choice->how;
    }
    for (; is_eager(r->lazy) && way != NULL; way = way->outer) {
        if (way->mapper == r->target) {
            return ORM_LAZY_SELECT;
        }
    }
    return is_eager(r->lazy) ? r->lazy : ORM_LAZY_SELECT;
}

bool orm__eager_any(const orm__mapper *mapper, const orm__choice *choices)
{
    for (size_t i = 0; i < mapper->relation_count; i++) {
        if (is_eager(mapper->relations[i].lazy)) {
            return true;
        }
    }
    return choices != NULL;
}

/* ---- Owners by their keys
 * ----------------------------------------------------------------------------------------------- */

typedef struct owner {
    orm__slot *slot;
    orm__list *found;
    orm_value *key; /* of the batch's values */
    size_t number;  /* equal keys stay in the order of the objects */
} owner;

typedef struct batch {
    orm_session *session;
    const orm__relation *relation;
    const orm__way *way; /* which ends at the target */
    const orm__choice *inner;
    owner *owners;
    orm_value *keys;
    size_t count;
} batch;

static int compare_keys(const orm_value *a, const orm_value *b, size_t count)
{
    int order = 0;
    for (size_t i = 0; order == 0 && i < count; i++) {
        order = orm__value_compare(&a[i], &b[i]);
    }
    return order;
}

static int compare_owners(const void *left, const void *right)
{
    const owner *a = left, *b = right;
    const int order = compare_keys(a->key, b->key, a->slot->relation->own_count);
    return order != 0 ? order : (a->number < b->number ? -1 : 1);
}

/* Who needs it. A key that is NULL leads nowhere, which needs no database. */
static orm_status gather(batch *all, const orm__list *objects)
{
    const orm__relation *r = all->relation;
    orm_status rc = ORM_OK;
    all->owners = orm__alloc(objects->count * sizeof *all->owners);
    all->keys = orm__alloc(objects->count * r->own_count * sizeof *all->keys);
    if (all->owners == NULL || all->keys == NULL) {
        return orm__nomem(&all->session->error);
    }
    for (size_t i = 0; rc == ORM_OK && i < objects->count; i++) {
        orm__slot *slot = &objects->at[i]->state->slots[r->index];
        orm_value *key = &all->keys[all->count * r->own_count];
        if (slot->loaded || !orm__has_row(slot->owner)) {
            continue;
        }
        if (!orm__slot_key(slot, key)) {
            rc = orm__slot_fill(slot, NULL) ? ORM_OK : orm__nomem(&all->session->error);
            continue;
        }
        all->owners[all->count] = (owner){.slot = slot, .key = key, .number = all->count};
        all->count++;
    }
    qsort(all->owners, all->count, sizeof *all->owners, compare_owners);
    return rc;
}

static void release(batch *all)
{
    for (size_t i = 0; i < all->count; i++) {
        orm__list_drop(all->owners[i].found);
    }
    orm__free(all->owners);
    orm__free(all->keys);
}

/* The first owner with this key, or `count`. */
static size_t find_owner(const batch *all, const orm_value *key)
{
    size_t low = 0, high = all->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (compare_keys(all->owners[middle].key, key, all->relation->own_count) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* One row: whose is it? `once`: a row may come several times for one owner. */
static orm_status give_row(batch *all, orm__cursor *cursor, const size_t *places, bool once, orm__joined *joined)
{
    const orm__relation *r = all->relation;
    orm_session *session = all->session;
    orm_value key[r->own_count];
    orm_object *object;
    orm_status rc = orm__take_row(session, &(orm__entity){.mapper = r->target}, cursor, &object);
    if (rc == ORM_OK && object != NULL && joined != NULL) {
        rc = orm__joined_row(session, joined, cursor, object);
    }
    for (size_t i = 0; rc == ORM_OK && i < r->own_count; i++) {
        rc = orm__column(cursor, places[i], r->mapper->fields[r->own[i]].type, &key[i], &session->error);
    }
    if (rc != ORM_OK || object == NULL) {
        return rc;
    }
    for (size_t i = find_owner(all, key); i < all->count && compare_keys(all->owners[i].key, key, r->own_count) == 0; i++) {
        owner *to = &all->owners[i];
        if ((once && orm__list_has(to->found, object)) || (!r->many && to->found != NULL)) {
            continue;
        }
        if (!orm__list_reserve(&to->found)) {
            return orm__nomem(&session->error);
        }
        orm__list_put(to->found, to->found->count, object);
    }
    return ORM_OK;
}

static orm_status give_rows(batch *all, orm__cursor *cursor, const size_t *places, bool once, orm__joined *joined)
{
    for (;;) {
        bool has_row = false;
        orm_status rc = orm__next(cursor, &has_row, &all->session->error);
        if (rc != ORM_OK) {
            orm__finish(cursor);
            return orm__session_broken(all->session, rc);
        }
        if (!has_row) {
            return ORM_OK;
        }
        rc = give_row(all, cursor, places, once, joined);
        if (rc != ORM_OK) {
            return rc;
        }
    }
}

/* What was found is what there is; *targets gets each object once. */
static orm_status fill_all(batch *all, orm__list **targets)
{
    for (size_t i = 0; i < all->count; i++) {
        owner *to = &all->owners[i];
        for (size_t k = 0; to->found != NULL && k < to->found->count; k++) {
            if (orm__list_has(*targets, to->found->at[k])) {
                continue;
            }
            if (!orm__list_reserve(targets)) {
                return orm__nomem(&all->session->error);
            }
            orm__list_put(*targets, (*targets)->count, to->found->at[k]);
        }
        if (!orm__slot_fill(to->slot, to->found)) {
            return orm__nomem(&all->session->error);
        }
        to->found = NULL;
    }
    return ORM_OK;
}

/* ---- By the query that found the owners
 * --------------------------------------------------------------------------------- */

/* Can the query stand within another for the keys alone? What its order or number depends on besides, cannot. */
static bool may_be_inner(const orm__select *select)
{
    const bool counted = select->has_limit || select->has_offset;
    return select->raw == NULL && select->left == NULL && select->groups.count == 0 && select->item_count == 0 &&
           select->sources[0].derived == NULL && !(select->distinct && counted);
}

static orm_status take_expr(orm_expr *made, enum orm__place place, orm_expr **out, orm_error *error)
{
    *out = orm__expr_take(made, error);
    orm_status rc = *out == NULL ? error->status : orm__expr_check(*out, place, error);
    if (rc != ORM_OK) {
        orm__expr_release(*out);
        *out = NULL;
    }
    return rc;
}

static orm_expr *column_of(const orm__mapper *mapper, const char *alias, size_t field)
{
    return orm__expr_of(orm_any_of(alias, orm_named(mapper->model, mapper->fields[field].member)).term);
}

static orm_expr *same(orm_expr *left, orm_expr *right)
{
    orm_expr *made = orm__expr_over(ORM__EXPR_COMPARE, ORM_BOOLEAN, (orm_expr *const[]){left, right}, 2);
    if (made->kind == ORM__EXPR_COMPARE) {
        made->op = ORM_EQ;
    }
    return made;
}

/* The owners' keys as the query finds them. */
static orm_status keys_of(const orm__relation *r, const orm__select *from, orm__select *inner, orm_error *error)
{
    char label[32];
    orm_expr *held;
    orm_status rc;
    ORM_TRY(orm__select_copy(from, inner, error));
    inner->for_update = false;
    if (!inner->has_limit && !inner->has_offset) {
        orm__exprs_clear(&inner->order);
        inner->distinct = true;
    }
    for (size_t i = 0; i < r->own_count; i++) {
        (void)snprintf(label, sizeof label, "key_%zu", i + 1);
        ORM_TRY(take_expr(column_of(r->mapper, inner->sources[0].alias, r->own[i]), ORM__PLACE_VALUE, &held, error));
        ORM_TRY(orm__select_item(inner, 0, held, label, error));
    }
    return ORM_OK;
fail:
    orm__select_free(inner);
    return rc;
}

static const orm__mapper *holder_of(const orm__relation *r)
{
    return r->secondary != NULL ? r->secondary : r->target;
}

static size_t held_key(const orm__relation *r, size_t i)
{
    return r->secondary != NULL ? r->near_key[i] : r->far[i];
}

/* The target, beside the table between, in its order. */
static orm_status targets_of(const orm__relation *r, orm__select *to, orm_error *error)
{
    orm_expr *held, *parts[r->far_count];
    orm_status rc;
    ORM_TRY(orm__select_source(to, r->target, NULL, false, NULL, error));
    if (r->secondary != NULL) {
        for (size_t i = 0; i < r->far_count; i++) {
            parts[i] = same(column_of(r->target, NULL, r->far[i]), column_of(r->secondary, NULL, r->far_key[i]));
        }
        ORM_TRY(take_expr(orm_junction(true, parts, r->far_count), ORM__PLACE_CONDITION, &held, error));
        ORM_TRY(orm__select_source(to, r->secondary, NULL, false, held, error));
    }
    for (size_t i = 0; i < r->order_count; i++) {
        orm_any_col column = orm_named(r->target->model, r->target->fields[r->order[i].field].member);
        ORM_TRY(take_expr(orm_order_term(column.term, r->order[i].descending), ORM__PLACE_ORDER, &held, error));
        ORM_TRY(orm__exprs_add(&to->order, held, error));
    }
fail:
    return rc;
}

/* Runs the select, which has no items yet: each row is a target with what comes along by joins, and whose it is. */
static orm_status run_select(batch *all, orm__select *select, bool by_label, bool once)
{
    const orm__relation *r = all->relation;
    orm_session *session = all->session;
    orm__joined joined = {0};
    orm__sql sql = {.dialect = session->database->dialect};
    orm__connection *connection;
    orm__cursor cursor = {0};
    orm_expr *held;
    char label[32];
    size_t places[r->own_count];
    orm_status rc;
    ORM_TRY(orm__joined_make(session, select, all->way, all->inner, &joined));
    orm__select *to = joined.count > 0 ? &joined.select : select;
    if (joined.count == 0) {
        ORM_TRY(orm__select_item(select, 0, NULL, NULL, &session->error));
        joined.width = r->target->count;
    }
    for (size_t i = 0; i < r->own_count; i++) {
        (void)snprintf(label, sizeof label, "key_%zu", i + 1);
        orm_expr *key = by_label ? orm__expr_label("owners", label, r->mapper->fields[r->own[i]].type)
                                 : column_of(holder_of(r), NULL, held_key(r, i));
        ORM_TRY(take_expr(key, ORM__PLACE_VALUE, &held, &session->error));
        ORM_TRY(orm__select_item(to, 0, held, NULL, &session->error));
        places[i] = joined.width + i;
    }
    ORM_TRY(orm__sql_select(&sql, to, &session->error));
    ORM_TRY(orm__session_connect(session, false, &connection));
    rc = orm__start(connection, ORM__SELECT, sql.text.at, sql.binds, sql.count, !sql.changing, &cursor, &session->error);
    if (rc != ORM_OK) {
        ORM_TRY(orm__session_broken(session, rc));
    }
    ORM_TRY(give_rows(all, &cursor, places, once || joined.many, &joined));
    orm__finish(&cursor);
    ORM_TRY(orm__joined_fill(session, &joined));
    rc = orm__joined_rest(session, &joined);
fail:
    orm__finish(&cursor);
    orm__sql_free(&sql);
    orm__joined_free(&joined);
    return rc;
}

static orm_status outer_of(const orm__relation *r, const orm__select *from, orm__select *to, orm_error *error)
{
    orm__select inner = {0};
    char label[32];
    orm_expr *held, *parts[r->own_count];
    orm_status rc;
    ORM_TRY(targets_of(r, to, error));
    ORM_TRY(keys_of(r, from, &inner, error));
    for (size_t i = 0; i < r->own_count; i++) {
        (void)snprintf(label, sizeof label, "key_%zu", i + 1);
        const orm_type type = r->mapper->fields[r->own[i]].type;
        parts[i] = same(column_of(holder_of(r), NULL, held_key(r, i)), orm__expr_label("owners", label, type));
    }
    rc = take_expr(orm_junction(true, parts, r->own_count), ORM__PLACE_CONDITION, &held, error);
    if (rc != ORM_OK) {
        orm__select_free(&inner);
        goto fail;
    }
    rc = orm__select_derived(to, &inner, "owners", false, held, error);
fail:
    return rc;
}

static orm_status load_by_query(batch *all, const orm__select *from)
{
    const orm__relation *r = all->relation;
    orm__select select = {0};
    orm_status rc = outer_of(r, from, &select, &all->session->error);
    if (rc == ORM_OK) {
        rc = run_select(all, &select, true, r->secondary != NULL || from->source_count > 1);
    }
    orm__select_free(&select);
    return rc;
}

/* By keys of one column, with what comes along by joins. */
static orm_status ask_joined(batch *all, const orm_value *keys, size_t count)
{
    const orm__relation *r = all->relation;
    orm_error *error = &all->session->error;
    orm__select select = {0};
    orm_expr *held;
    orm_status rc;
    ORM_TRY(targets_of(r, &select, error));
    orm_any_col column = orm_named(holder_of(r)->model, holder_of(r)->fields[held_key(r, 0)].member);
    ORM_TRY(take_expr(orm_in_any(column, false, keys, count), ORM__PLACE_CONDITION, &held, error));
    ORM_TRY(orm__exprs_add(&select.conditions, held, error));
    rc = run_select(all, &select, false, r->secondary != NULL);
fail:
    orm__select_free(&select);
    return rc;
}

/* ---- By keys
 * ------------------------------------------------------------------------------------------------------------ */

static orm_status ask(batch *all, const orm_value *binds, size_t keys)
{
    const orm__relation *r = all->relation;
    orm_session *session = all->session;
    orm__connection *connection;
    orm__cursor cursor = {0};
    orm__text sql = {0};
    size_t places[r->own_count];
    orm_status rc;
    orm__sql_related_many(&sql, session->database->dialect, r, keys);
    if (sql.failed) {
        ORM_TRY(orm__nomem(&session->error));
    }
    for (size_t i = 0; i < r->own_count; i++) {
        places[i] = orm__sql_related_owner(r, i);
    }
    ORM_TRY(orm__session_connect(session, false, &connection));
    rc = orm__start(connection, ORM__SELECT, sql.at, binds, keys * r->own_count, keys == BATCH, &cursor, &session->error);
    if (rc != ORM_OK) {
        ORM_TRY(orm__session_broken(session, rc));
    }
    rc = give_rows(all, &cursor, places, r->secondary != NULL, NULL);
fail:
    orm__finish(&cursor);
    orm__text_free(&sql);
    return rc;
}

static orm_status load_by_keys(batch *all)
{
    const size_t width = all->relation->own_count;
    orm_value *binds = orm__alloc(BATCH * width * sizeof *binds);
    orm_status rc = binds != NULL ? ORM_OK : orm__nomem(&all->session->error);
    size_t keys = 0;
    for (size_t i = 0; rc == ORM_OK && i < all->count; i++) {
        const owner *one = &all->owners[i];
        const bool again = i > 0 && compare_keys(one->key, all->owners[i - 1].key, width) == 0;
        for (size_t k = 0; !again && k < width; k++) {
            binds[keys * width + k] = one->key[k];
        }
        keys += !again;
        if (keys == BATCH || (i + 1 == all->count && keys > 0)) {
            const bool joins = width == 1 && orm__joined_any(all->relation->target, all->inner, all->way);
            rc = joins ? ask_joined(all, binds, keys) : ask(all, binds, keys);
            keys = 0;
        }
    }
    orm__free(binds);
    return rc;
}

/* ---- One relationship after another
 * ------------------------------------------------------------------------------------- */

static orm_status load_one(orm_session *session, const orm__relation *r, const orm__choice *choice, const orm__way *way,
                           const orm__list *objects, const orm__select *select)
{
    const orm__way inner = {r->target, way};
    batch all = {.session = session, .relation = r, .way = &inner, .inner = choice != NULL ? choice->inner : NULL};
    orm__list *targets = NULL;
    orm_status rc;
    ORM_TRY(gather(&all, objects));
    ORM_TRY(all.count == 0                                 ? ORM_OK
            : select != NULL && may_be_inner(select) ? load_by_query(&all, select)
                                                           : load_by_keys(&all));
    ORM_TRY(fill_all(&all, &targets));
    if (targets != NULL) {
        rc = orm__eager_load(session, &inner, all.inner, targets, NULL);
    }
fail:
    release(&all);
    orm__list_drop(targets);
    return rc;
}

static void tell(const orm__relation *r, orm_lazy how, const orm__list *objects)
{
    for (size_t i = 0; i < objects->count; i++) {
        orm__slot *slot = &objects->at[i]->state->slots[r->index];
        if (!slot->loaded) {
            slot->how = (unsigned char)(how + 1);
        }
    }
}

/* What is loaded later goes by the query's choices then. */
static orm_status tell_inner(orm_session *session, const orm__relation *r, const orm__choice *inner, const orm__list *objects)
{
    orm__choice *copy = NULL, *kept = orm__alloc(sizeof *kept);
    if (kept == NULL || !orm__choices_copy(inner, &copy)) {
        orm__choices_free(copy);
        orm__free(kept);
        return orm__nomem(&session->error);
    }
    *kept = (orm__choice){.kept = true, .inner = copy, .next = session->choices};
    session->choices = kept;
    for (size_t i = 0; i < objects->count; i++) {
        orm__slot *slot = &objects->at[i]->state->slots[r->index];
        if (!slot->loaded) {
            slot->inner = copy;
        }
    }
    return ORM_OK;
}

orm_status orm__eager_load(orm_session *session, const orm__way *way, const orm__choice *choices,
                           const orm__list *objects, const orm__select *select)
{
    const orm__mapper *mapper = way->mapper;
    orm_status rc = ORM_OK;
    for (size_t i = 0; rc == ORM_OK && i < mapper->relation_count; i++) {
        const orm__relation *r = &mapper->relations[i];
        const orm__choice *choice = orm__choice_find(choices, r);
        const orm_lazy how = orm__eager_how(r, choice, way);
        if (is_eager(how)) {
            rc = load_one(session, r, choice, way, objects, how == ORM_LAZY_SUBQUERY ? select : NULL);
            continue;
        }
        if (choice != NULL && choice->made && how != ORM_LAZY_OWN_JOIN) {
            tell(r, how, objects);
        }
        if (choice != NULL && choice->inner != NULL && how == ORM_LAZY_SELECT) {
            rc = tell_inner(session, r, choice->inner, objects);
        }
    }
    return rc;
}

orm_status orm__eager_load_state(orm__state *state, const orm__way *way, const orm__choice *choices)
{
    orm__list *list = NULL;
    if (!orm__eager_any(state->mapper, choices)) {
        return ORM_OK;
    }
    if (!orm__list_reserve(&list)) {
        return orm__nomem(&state->session->error);
    }
    orm__list_put(list, 0, state->object);
    orm_status rc = orm__eager_load(state->session, way, choices, list, NULL);
    orm__list_drop(list);
    return rc;
}

orm_status orm__eager_load_one(orm__state *state)
{
    const orm__way way = {state->mapper, NULL};
    return orm__eager_load_state(state, &way, NULL);
}
