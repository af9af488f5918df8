/* What a relationship leads to, from memory or from the database. */
#include "session/eager.h"
#include "sql/related.h"

static bool merge(orm_session *session, const orm__journal *journal, orm__list *from, orm__list **out)
{
    *out = NULL;
    orm__journal_mark(session, journal);
    const uint64_t stamp = session->stamp;
    orm__list *merged = orm__list_make((from != NULL ? from->count : 0) + journal->count);
    if (merged == NULL) {
        return false;
    }
    for (size_t i = 0; from != NULL && i < from->count; i++) {
        orm__state *state = from->at[i]->state;
        if (state->stamp != stamp || state->mark >= 0) {
            orm__list_put(merged, merged->count, from->at[i]);
        }
        if (state->stamp == stamp) {
            state->mark = 0; /* it is in already */
        }
    }
    for (size_t i = 0; i < journal->count; i++) {
        orm__state *state = journal->at[i].object->state;
        if (state->mark > 0) {
            orm__list_put(merged, merged->count, state->object);
            state->mark = 0;
        }
    }
    *out = merged;
    return true;
}

static void fill_one(orm__slot *slot, orm__state *state)
{
    slot->one = state;
    slot->loaded = true;
    if (state != NULL) {
        state->linked = true;
    }
}

bool orm__slot_fill(orm__slot *slot, orm__list *list)
{
    if (!slot->relation->many) {
        fill_one(slot, list != NULL && list->count > 0 ? list->at[0]->state : NULL);
        orm__list_drop(list);
        return true;
    }
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        list->at[i]->state->linked = true;
    }
    if (slot->journal != NULL) {
        orm__list *merged;
        if (!merge(slot->owner->session, slot->journal, list, &merged)) {
            return false;
        }
        orm__journal_drop(slot->journal);
        slot->journal = NULL;
        slot->list_before = list;
        slot->known = true;
        list = merged;
    }
    slot->list = list;
    slot->loaded = true;
    return true;
}

/* ---- Single objects by their key
 * ---------------------------------------------------------------------------------------- */

/* A plain integer says with 0 that it refers to nothing, where what it refers to counts its keys up. */
bool orm__refers_to_nothing(const orm__field *field, const orm_value *value)
{
    return value->type == ORM_NULL ||
           (field->storage == ORM_STORE_INT_ && value->u.i == 0 && field->target != NULL &&
            field->target->fields[field->target_field].generated);
}

/* The values of `own`, as the object has them or as the row had them. False: one of them is NULL. */
static bool own_key(const orm__slot *slot, bool as_loaded, orm_value *key)
{
    const orm__relation *r = slot->relation;
    bool whole = true;
    for (size_t i = 0; i < r->own_count; i++) {
        const orm__field *field = &r->mapper->fields[r->own[i]];
        key[i] = as_loaded ? slot->owner->loaded[r->own[i]] : orm__member_read(field, slot->owner->object);
        whole = whole && key[i].type != ORM_NULL &&
                !(r->direction == ORM__MANY_TO_ONE && orm__refers_to_nothing(field, &key[i]));
    }
    return whole;
}

bool orm__slot_key(const orm__slot *slot, orm_value *key)
{
    return own_key(slot, slot->relation->direction != ORM__MANY_TO_ONE, key);
}

/* In the order of the target's primary key. */
static void target_key(const orm__relation *r, const orm_value *own, orm_value *key)
{
    for (size_t k = 0; k < r->target->key_count; k++) {
        for (size_t i = 0; i < r->far_count; i++) {
            if (r->far[i] == r->target->key[k]) {
                key[k] = own[i];
            }
        }
    }
}

orm_status orm__slot_peek(orm__slot *slot, bool *known, orm__state **out)
{
    const orm__relation *r = slot->relation;
    const orm__state *owner = slot->owner;
    *known = slot->loaded || !orm__has_row(owner);
    *out = slot->loaded ? slot->one : NULL;
    if (*known || r->direction != ORM__MANY_TO_ONE || owner->expired || owner->lifecycle == ORM_IS_DETACHED) {
        return ORM_OK;
    }
    orm_value own[r->own_count], key[r->own_count];
    if (!own_key(slot, true, own)) {
        *known = true;
        return ORM_OK;
    }
    if (r->by_key) {
        target_key(r, own, key);
        *out = orm__identity_find(&owner->session->identity, r->target, key);
        if (*out != NULL && (*out)->expired) {
            *out = NULL; /* whether its row is still there, nobody knows */
        }
        *known = *out != NULL;
    }
    return ORM_OK;
}

/* ---- From the database
 * -------------------------------------------------------------------------------------------------- */

static const char *sql_of(orm_session *session, const orm__relation *r)
{
    char **sql = &session->link_sql[r->number];
    if (*sql == NULL) {
        orm__text text = {0};
        orm__sql_related(&text, session->database->dialect, r);
        if (text.failed) {
            orm__text_free(&text);
            return NULL;
        }
        *sql = text.at;
    }
    return *sql;
}

/* All rows for one key, or the first. */
static orm_status select_rows(orm_session *session, const orm__relation *r, const orm_value *key,
                              const orm__choice *choices, orm__list **out)
{
    const orm__entity entity = {.mapper = r->target};
    const char *sql = sql_of(session, r);
    orm__connection *connection;
    orm__cursor cursor = {0};
    orm_object *object;
    bool has_row = false;
    orm_status rc;
    *out = NULL;
    if (sql == NULL) {
        return orm__nomem(&session->error);
    }
    ORM_TRY(orm__session_connect(session, false, &connection));
    rc = orm__start(connection, ORM__SELECT, sql, key, r->own_count, true, &cursor, &session->error);
    while (rc == ORM_OK && (rc = orm__next(&cursor, &has_row, &session->error)) == ORM_OK && has_row) {
        ORM_TRY(orm__take_row(session, &entity, &cursor, &object));
        if (r->secondary != NULL && orm__list_has(*out, object)) {
            continue; /* two rows between, one object */
        }
        if (!orm__list_reserve(out)) {
            ORM_TRY(orm__nomem(&session->error));
        }
        orm__list_put(*out, (*out)->count, object);
        if (!r->many) {
            break;
        }
    }
    orm__finish(&cursor);
    if (rc != ORM_OK) {
        rc = orm__session_broken(session, rc);
    }
    if (rc == ORM_OK && *out != NULL && !session->flushing && orm__eager_any(r->target, choices)) {
        const orm__way from = {r->mapper, NULL}, way = {r->target, &from};
        rc = orm__eager_load(session, &way, choices, *out, NULL);
    }
fail:
    orm__finish(&cursor);
    if (rc != ORM_OK) {
        orm__list_drop(*out);
        *out = NULL;
    }
    return rc;
}

static orm_status fetch_by_key(orm__slot *slot, const orm_value *own)
{
    const orm__relation *r = slot->relation;
    orm_session *session = slot->owner->session;
    orm_value key[r->own_count];
    orm_object *object = NULL;
    orm_status rc = ORM_OK;
    target_key(r, own, key);
    orm__state *state = orm__identity_find(&session->identity, r->target, key);
    if (state == NULL || state->expired) {
        rc = orm__load_key(session, r->target, key, &object);
        state = object != NULL ? object->state : NULL;
    }
    if (rc == ORM_OK) {
        fill_one(slot, state);
    }
    if (rc == ORM_OK && state != NULL && slot->inner != NULL && !session->flushing) {
        const orm__way from = {r->mapper, NULL}, way = {r->target, &from};
        rc = orm__eager_load_state(state, &way, slot->inner);
    }
    return rc;
}

static orm_status fetch_list(orm__slot *slot, const orm_value *own)
{
    orm_session *session = slot->owner->session;
    orm__list *list = NULL;
    orm_status rc = select_rows(session, slot->relation, own, slot->inner, &list);
    if (rc != ORM_OK) {
        return rc;
    }
    if (!orm__slot_fill(slot, list)) {
        orm__list_drop(list);
        return orm__nomem(&session->error);
    }
    return ORM_OK;
}

orm_status orm__slot_fetch(orm__slot *slot)
{
    const orm__relation *r = slot->relation;
    orm_value own[r->own_count];
    if (slot->loaded || !orm__has_row(slot->owner)) {
        return ORM_OK;
    }
    /* An object that a flush deletes needs no look at its row. */
    orm_status rc = slot->owner->session->flushing ? ORM_OK : orm__freshen(slot->owner);
    if (rc != ORM_OK) {
        return rc;
    }
    if (orm__slot_key(slot, own)) {
        return r->by_key ? fetch_by_key(slot, own) : fetch_list(slot, own);
    }
    return orm__slot_fill(slot, NULL) ? ORM_OK : orm__nomem(&slot->owner->session->error);
}

/* Is there nothing to ask the database for, because the object is known or the key is NULL? */
static bool in_memory(orm__slot *slot)
{
    const orm__relation *r = slot->relation;
    orm_value own[r->own_count], key[r->own_count];
    if (!r->by_key || slot->owner->expired) {
        return false;
    }
    if (!own_key(slot, false, own)) {
        return true;
    }
    target_key(r, own, key);
    const orm__state *state = orm__identity_find(&slot->owner->session->identity, r->target, key);
    return state != NULL && !state->expired;
}

static orm_status refuse(const orm__slot *slot, orm_status status, const char *why)
{
    return orm__fail(&slot->owner->session->error, status, "%s.%s %s", slot->owner->mapper->model->struct_name,
                     slot->relation->member, why);
}

static orm_status may_ask(const orm__slot *slot)
{
    if (slot->owner->lifecycle == ORM_IS_DETACHED) {
        return refuse(slot, ORM_DETACHED, "was not loaded, and its object is in no session");
    }
    return ORM_OK;
}

orm_status orm__slot_load(orm__slot *slot)
{
    orm_status rc;
    if (slot->loaded || !orm__has_row(slot->owner)) {
        return ORM_OK;
    }
    switch (orm__slot_lazy(slot)) {
    case ORM_LAZY_RAISE:
        return refuse(slot, ORM_NOT_LOADED, "was not loaded, and an access may not load it");
    case ORM_LAZY_DYNAMIC:
        return refuse(slot, ORM_ARGUMENT, "is dynamic: it is never loaded");
    case ORM_LAZY_NOLOAD:
        return orm__slot_fill(slot, NULL) ? ORM_OK : orm__nomem(&slot->owner->session->error);
    default:
        break;
    }
    ORM_TRY(may_ask(slot));
    if (slot->relation->by_key) {
        ORM_TRY(orm__freshen(slot->owner));
    }
    if (!in_memory(slot)) {
        ORM_TRY(orm__autoflush(slot->owner->session));
    }
    return orm__slot_fetch(slot);
fail:
    return rc;
}

orm_status orm__slot_select(orm__slot *slot, orm__list **out)
{
    const orm__relation *r = slot->relation;
    orm_session *session = slot->owner->session;
    orm_value own[r->own_count];
    orm_status rc;
    *out = NULL;
    if (!orm__has_row(slot->owner)) {
        return slot->journal == NULL || merge(session, slot->journal, NULL, out) ? ORM_OK : orm__nomem(&session->error);
    }
    ORM_TRY(may_ask(slot));
    ORM_TRY(orm__autoflush(session));
    ORM_TRY(orm__freshen(slot->owner));
    return own_key(slot, true, own) ? select_rows(session, r, own, NULL, out) : ORM_OK;
fail:
    return rc;
}

/* SELECT count(*) of what would be loaded. */
static orm_status count_rows(orm_session *session, const orm__relation *r, const orm_value *key, int64_t *out)
{
    orm__connection *connection;
    orm__cursor cursor = {0};
    orm__text text = {0};
    orm_value value = orm_null();
    bool has_row = false;
    orm_status rc;
    const char *sql = sql_of(session, r);
    orm__text_format(&text, "SELECT count(*) FROM (%s) AS \"counted\"", sql != NULL ? sql : "");
    if (sql == NULL || text.failed) {
        ORM_TRY(orm__nomem(&session->error));
    }
    ORM_TRY(orm__session_connect(session, false, &connection));
    rc = orm__start(connection, ORM__SELECT, text.at, key, r->own_count, true, &cursor, &session->error);
    if (rc == ORM_OK) {
        rc = orm__next(&cursor, &has_row, &session->error);
    }
    if (rc != ORM_OK) {
        orm__finish(&cursor);
        ORM_TRY(orm__session_broken(session, rc));
    }
    ORM_TRY(orm__column(&cursor, 0, ORM_INTEGER, &value, &session->error));
    *out = value.u.i;
fail:
    orm__finish(&cursor);
    orm__text_free(&text);
    return rc;
}

orm_status orm__slot_count(orm__slot *slot, size_t *out)
{
    orm_session *session = slot->owner->session;
    orm_value own[slot->relation->own_count];
    int64_t count = 0;
    orm_status rc;
    *out = 0;
    if (!orm__has_row(slot->owner)) {
        orm__list *list;
        rc = orm__slot_select(slot, &list);
        *out = list != NULL ? list->count : 0;
        orm__list_drop(list);
        return rc;
    }
    ORM_TRY(may_ask(slot));
    ORM_TRY(orm__autoflush(session));
    ORM_TRY(orm__freshen(slot->owner));
    if (own_key(slot, true, own)) {
        ORM_TRY(count_rows(session, slot->relation, own, &count));
        *out = (size_t)count;
    }
fail:
    return rc;
}
