/* Carries a plan out: statements, then what each leaves in its object. */
#include "session/many.h"
#include "session/plan.h"
#include "sql/statement.h"
#include <stdlib.h>
#include <string.h>

enum { WORTH_AN_ARRAY = 4 }; /* so many new rows go together, where a dialect has arrays */

/* Neighbouring actions of one shape share their SQL. */
typedef struct shape {
    enum orm__action_kind kind;
    const orm__mapper *mapper;
    orm__text sql;
    size_t *fields, count;      /* columns that are sent */
    size_t *left, left_count;   /* INSERT: columns that the database gives a value */
    size_t *asked, asked_count; /* those of them that RETURNING answers */
    bool last_id;               /* the key comes from last_id instead */
} shape;

static bool same_shape(const shape *known, const orm__action *action, const orm__item *items)
{
    if (known->mapper != action->state->mapper || known->kind != action->kind || known->count != action->count) {
        return false;
    }
    for (size_t i = 0; i < action->count; i++) {
        if (known->fields[i] != items[i].field) {
            return false;
        }
    }
    return true;
}

static bool is_sent(const shape *known, size_t field)
{
    for (size_t i = 0; i < known->count; i++) {
        if (known->fields[i] == field) {
            return true;
        }
    }
    return false;
}

static orm_status take_shape(orm_session *session, shape *known, const orm__action *action, const orm__item *items)
{
    const orm__mapper *mapper = action->state->mapper;
    const orm__dialect *dialect = session->database->dialect;
    if (same_shape(known, action, items)) {
        return ORM_OK;
    }
    known->kind = action->kind;
    known->mapper = mapper;
    known->count = action->count;
    known->left_count = known->asked_count = 0;
    known->last_id = false;
    for (size_t i = 0; i < action->count; i++) {
        known->fields[i] = items[i].field;
    }
    for (size_t i = 0; action->kind == ORM__DO_INSERT && i < mapper->count; i++) {
        if (is_sent(known, i)) {
            continue;
        }
        known->left[known->left_count++] = i;
        if (mapper->fields[i].generated && !dialect->returns_key) {
            known->last_id = true;
        } else {
            known->asked[known->asked_count++] = i;
        }
    }
    orm__text_clear(&known->sql);
    switch (action->kind) {
    case ORM__DO_INSERT:
        orm__sql_insert(&known->sql, dialect, mapper, known->fields, known->count, known->asked, known->asked_count);
        break;
    case ORM__DO_UPDATE:
    case ORM__DO_REFER:
        orm__sql_update(&known->sql, dialect, mapper, known->fields, known->count);
        break;
    case ORM__DO_DELETE:
        orm__sql_delete(&known->sql, dialect, mapper);
        break;
    }
    if (known->sql.failed) {
        known->mapper = NULL;
        return orm__nomem(&session->error);
    }
    return ORM_OK;
}

/* What RETURNING and the driver tell of the columns that were left out, into the session's row, in the order of `left`.
 */
static orm_status read_left(orm_session *session, const shape *known, orm__cursor *cursor, bool has_row)
{
    const orm__mapper *mapper = known->mapper;
    if (known->asked_count > 0 ? !has_row : orm__changes(cursor) == 0) { /* a trigger may have had its way */
        return orm__fail(&session->error, ORM_FAILURE, "%s: the INSERT stored no row", mapper->model->struct_name);
    }
    for (size_t i = 0, column = 0; i < known->left_count; i++) {
        const orm__field *field = &mapper->fields[known->left[i]];
        orm_value value = orm_null();
        orm_status rc = ORM_OK;
        if (known->last_id && field->generated) {
            value = orm_int(session->database->dialect->last_id(session->connection->link));
        } else {
            rc = orm__column(cursor, column++, field->type, &value, &session->error);
        }
        if (rc == ORM_OK && value.type == ORM_STRING && !orm__own(&value, &value)) {
            rc = orm__nomem(&session->error);
        }
        if (rc != ORM_OK) {
            for (size_t k = 0; k < i; k++) {
                orm__disown(&session->row[k]);
            }
            return rc;
        }
        session->row[i] = value;
    }
    return ORM_OK;
}

static void finish_insert(orm_session *session, orm__action *action, orm__item *items, const shape *known)
{
    orm__state *state = action->state;
    for (size_t i = 0; i < action->count; i++) {
        orm__state_set(state, items[i].field, items[i].value, items[i].owned);
        items[i].owned = false;
        if (items[i].made) {
            state->marks[items[i].field] |= ORM__MADE;
        }
    }
    for (size_t i = 0; i < known->left_count; i++) {
        orm__state_set(state, known->left[i], session->row[i], true);
        state->marks[known->left[i]] |= ORM__MADE;
    }
    orm__free(state->block);
    state->block = action->block;
    action->block = NULL;
    orm__set_lifecycle(state, ORM_IS_PERSISTENT, false);
    state->expired = false;
    state->inserted = state->touched = true;
    state->as_made = false;
    orm__state *former = orm__identity_add(&session->identity, state);
    if (former != NULL) { /* its row went behind our back, or this one could not have been inserted */
        orm__set_lifecycle(former, ORM_IS_DETACHED, false);
    }
}

static void finish_update(orm_session *session, orm__action *action, orm__item *items)
{
    orm__state *state = action->state;
    bool key_changed = false;
    for (size_t i = 0; i < action->count; i++) {
        key_changed = key_changed || state->mapper->fields[items[i].field].primary_key;
    }
    if (key_changed) {
        orm__identity_remove(&session->identity, state);
    }
    for (size_t i = 0; i < action->count; i++) {
        const size_t field = items[i].field;
        if (!state->inserted && !(state->marks[field] & ORM__BEGUN)) {
            state->begun[field] = state->loaded[field];
            state->loaded[field] = orm_null();
            state->marks[field] |= ORM__BEGUN;
            state->touched = true;
        }
        orm__state_set(state, field, items[i].value, items[i].owned);
        items[i].owned = false;
    }
    if (key_changed) {
        orm__state *former = orm__identity_add(&session->identity, state);
        if (former != NULL) {
            orm__set_lifecycle(former, ORM_IS_DETACHED, false);
        }
    }
}

static void finish_delete(orm_session *session, orm__state *state)
{
    orm__identity_remove(&session->identity, state);
    orm__set_lifecycle(state, ORM_IS_DELETED, false);
    state->touched = true;
}

/* Values that other objects have by now. */
static orm_status resolve(orm_session *session, const orm__action *action, orm__item *items)
{
    for (size_t i = 0; i < action->count; i++) {
        const orm__state *source = items[i].source;
        orm_value value;
        if (source == NULL) {
            continue;
        }
        if (!orm__own(&source->loaded[items[i].source_field], &value)) {
            return orm__nomem(&session->error);
        }
        if (source == action->state && source->mapper->fields[items[i].field].column->version) {
            value.u.i++;
        }
        items[i].value = value;
        items[i].owned = true;
    }
    return ORM_OK;
}

static orm_status carry_out(orm_session *session, orm__connection *connection, orm__action *action, orm__item *items,
                            shape *known)
{
    static const enum orm__verb verbs[] = {
        [ORM__DO_UPDATE] = ORM__UPDATE,
        [ORM__DO_INSERT] = ORM__INSERT,
        [ORM__DO_REFER] = ORM__UPDATE,
        [ORM__DO_DELETE] = ORM__DELETE};
    orm__state *state = action->state;
    const orm__mapper *mapper = state->mapper;
    orm__cursor cursor = {0};
    size_t count = 0;
    bool has_row = false;
    orm_status rc;
    if (action->kind == ORM__DO_REFER && action->count == 0) {
        return ORM_OK;
    }
    ORM_TRY(resolve(session, action, items));
    ORM_TRY(take_shape(session, known, action, items));
    for (size_t i = 0; i < action->count; i++) {
        session->binds[count++] = items[i].value;
    }
    for (size_t i = 0; action->kind != ORM__DO_INSERT && i < mapper->key_count; i++) {
        session->binds[count++] = state->loaded[mapper->key[i]];
    }
    if (action->kind != ORM__DO_INSERT && mapper->has_version) {
        session->binds[count++] = state->loaded[mapper->version];
    }
    ORM_TRY(orm__start(connection, verbs[action->kind], known->sql.at, session->binds, count, true, &cursor,
                       &session->error));
    ORM_TRY(orm__next(&cursor, &has_row, &session->error));
    if (action->kind == ORM__DO_INSERT) {
        ORM_TRY(read_left(session, known, &cursor, has_row));
    } else if ((action->kind != ORM__DO_DELETE || mapper->has_version) && orm__changes(&cursor) == 0) {
        char key[128];
        orm__key_text(mapper, &session->binds[action->count], key, sizeof key);
        ORM_TRY(orm__fail(&session->error, ORM_STALE, "%s %s: its row is gone%s, %s found nothing",
                          mapper->model->struct_name, key, mapper->has_version ? ", or of another version" : "",
                          action->kind == ORM__DO_UPDATE ? "an update" : "a delete"));
    }
    orm__finish(&cursor);
    switch (action->kind) {
    case ORM__DO_INSERT:
        finish_insert(session, action, items, known);
        break;
    case ORM__DO_UPDATE:
    case ORM__DO_REFER:
        finish_update(session, action, items);
        break;
    case ORM__DO_DELETE:
        finish_delete(session, state);
        break; /* a row that is gone already is as good as deleted */
    }
    return ORM_OK;
fail:
    orm__finish(&cursor);
    return rc;
}

/* ---- New rows together
 * -------------------------------------------------------------------------------------------------- */

typedef struct together {
    orm_session *session;
    orm__plan *plan;
    size_t first, count; /* of the plan's actions */
    int64_t *keys;       /* that were reserved; NULL: the rows have their own */
    orm_value one;       /* scratch */
} together;

/* Every value is known by now: none is that of an object which has no row yet. */
static bool is_ready(const orm__action *action, const orm__item *items)
{
    for (size_t i = 0; i < action->count; i++) {
        if (items[i].source != NULL && items[i].source->lifecycle == ORM_IS_PENDING) {
            return false;
        }
    }
    return true;
}

/* How many of the actions from here on are INSERTs of one shape. */
static size_t count_alike(const orm__plan *plan, size_t first)
{
    const orm__action *action = &plan->actions[first];
    const orm__item *items = &plan->items[action->first];
    size_t count = 0;
    for (; first + count < plan->count; count++) {
        const orm__action *other = &plan->actions[first + count];
        const orm__item *theirs = &plan->items[other->first];
        bool alike = other->kind == ORM__DO_INSERT && other->state->mapper == action->state->mapper &&
                     other->count == action->count && is_ready(other, theirs);
        for (size_t i = 0; alike && i < action->count; i++) {
            alike = theirs[i].field == items[i].field;
        }
        if (!alike) {
            break;
        }
    }
    return count;
}

/* Rows are told apart by a key that is theirs before they are sent: their own, or one that was reserved. What else the
 * database gives them it answers by that key. */
static bool may_go_together(const shape *known, bool *reserves)
{
    const orm__mapper *mapper = known->mapper;
    *reserves = mapper->key_count == 1 && mapper->fields[mapper->key[0]].generated && !is_sent(known, mapper->key[0]);
    return known->count > 0 && (*reserves || known->left_count == 0);
}

static const orm_value *cell(const void *context, size_t row, size_t column)
{
    const together *t = context;
    const orm__action *action = &t->plan->actions[t->first + row];
    if (column < action->count) {
        return &t->plan->items[action->first + column].value;
    }
    orm_value *one = (orm_value *)(uintptr_t)&t->one;
    *one = orm_int(t->keys[row]);
    return one;
}

static int compare_keys(const void *left, const void *right)
{
    int64_t a, b;
    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return (a > b) - (a < b);
}

/* What the database gave one row, into the session's row in the order of `left`; the first column answered is the key. */
static orm_status read_answer(together *t, const shape *known, orm__cursor *cursor, size_t first, size_t rows, size_t *row)
{
    orm_session *session = t->session;
    const orm__mapper *mapper = known->mapper;
    orm_value key = orm_null();
    orm_status rc = orm__column(cursor, 0, ORM_INTEGER, &key, &session->error);
    const int64_t *found = rc == ORM_OK ? bsearch(&key.u.i, t->keys + first, rows, sizeof *t->keys, compare_keys) : NULL;
    if (found == NULL) {
        return rc != ORM_OK ? rc
                            : orm__fail(&session->error, ORM_FAILURE, "%s: the database changed the key of a new row",
                                        mapper->model->struct_name);
    }
    *row = (size_t)(found - t->keys);
    for (size_t i = 0, column = 1; i < known->left_count; i++) {
        orm_value value = key;
        if (known->left[i] != mapper->key[0]) {
            rc = orm__column(cursor, column++, mapper->fields[known->left[i]].type, &value, &session->error);
            if (rc == ORM_OK && value.type == ORM_STRING && !orm__own(&value, &value)) {
                rc = orm__nomem(&session->error);
            }
        }
        if (rc != ORM_OK) {
            for (size_t k = 0; k < i; k++) {
                orm__disown(&session->row[k]);
            }
            return rc;
        }
        session->row[i] = value;
    }
    return ORM_OK;
}

static void finish_one(together *t, size_t row, const shape *known)
{
    orm__action *action = &t->plan->actions[t->first + row];
    finish_insert(t->session, action, &t->plan->items[action->first], known);
}

/* The rows of one statement: each either has been answered, or has what it was sent with. */
static orm_status finish_rows(together *t, const shape *known, orm__cursor *cursor, size_t first, size_t rows)
{
    orm_session *session = t->session;
    if (orm__changes(cursor) != rows) { /* a trigger may have had its way */
        return orm__fail(&session->error, ORM_FAILURE, "%s: an INSERT of %zu rows stored %llu",
                         known->mapper->model->struct_name, rows, (unsigned long long)orm__changes(cursor));
    }
    for (size_t i = 0; i < rows; i++) {
        size_t row = first + i;
        if (known->left_count > 1) {
            bool has_row = false;
            orm_status rc = orm__next(cursor, &has_row, &session->error);
            if (rc == ORM_OK && has_row) {
                rc = read_answer(t, known, cursor, first, rows, &row);
            }
            if (rc != ORM_OK || !has_row) {
                return rc;
            }
        } else if (known->left_count == 1) {
            session->row[0] = orm_int(t->keys[row]);
        }
        finish_one(t, row, known);
    }
    return ORM_OK;
}

static orm_status send_together(together *t, orm__connection *connection, const shape *known)
{
    orm_session *session = t->session;
    const orm__mapper *mapper = known->mapper;
    const bool reserved = t->keys != NULL;
    const size_t sent_count = known->count + reserved, width = mapper->count;
    orm__text sql = {0};
    orm__cursor cursor = {0};
    size_t returning_count = 0;
    orm_status rc = ORM_OK;
    size_t *sent = orm__alloc(width * (2 * sizeof(size_t) + sizeof(orm_type)) + sizeof(size_t));
    if (sent == NULL) {
        return orm__nomem(&session->error);
    }
    size_t *returning = sent + width;
    orm_type *types = (orm_type *)(void *)(returning + width + 1);
    for (size_t i = 0; i < sent_count; i++) {
        sent[i] = i < known->count ? known->fields[i] : mapper->key[0];
        types[i] = mapper->fields[sent[i]].type;
    }
    if (known->left_count > 1) {
        returning[returning_count++] = mapper->key[0];
        for (size_t i = 0; i < known->left_count; i++) {
            if (known->left[i] != mapper->key[0]) {
                returning[returning_count++] = known->left[i];
            }
        }
    }
    orm__sql_insert_arrays(&sql, session->database->dialect, mapper, sent, sent_count, returning, returning_count);
    if (sql.failed) {
        ORM_TRY(orm__nomem(&session->error));
    }
    const orm__grid grid = {t, t->count, sent_count, types, cell};
    for (size_t first = 0, taken; first < t->count; first += taken) {
        ORM_TRY(orm__start_arrays(connection, ORM__INSERT, sql.at, &grid, first, &taken, &cursor, &session->error));
        ORM_TRY(finish_rows(t, known, &cursor, first, taken));
        orm__finish(&cursor);
    }
fail:
    orm__finish(&cursor);
    orm__text_free(&sql);
    orm__free(sent);
    return rc;
}

/* *done stays false where rows have to go one by one. */
static orm_status carry_out_together(orm_session *session, orm__connection *connection, orm__plan *plan, size_t first,
                                     size_t count, shape *known, bool *done)
{
    together t = {.session = session, .plan = plan, .first = first, .count = count};
    bool reserves = false, counted = true;
    orm_status rc;
    ORM_TRY(take_shape(session, known, &plan->actions[first], &plan->items[plan->actions[first].first]));
    if (!may_go_together(known, &reserves)) {
        return ORM_OK;
    }
    if (reserves) {
        t.keys = orm__alloc(count * sizeof *t.keys);
        if (t.keys == NULL) {
            ORM_TRY(orm__nomem(&session->error));
        }
        ORM_TRY(orm__reserve_keys(session, connection, known->mapper, t.keys, count, &counted));
        for (size_t i = 1; i < count; i++) {
            counted = counted && t.keys[i - 1] < t.keys[i];
        }
    }
    if (counted) {
        for (size_t i = 0; i < count; i++) {
            orm__action *action = &plan->actions[first + i];
            ORM_TRY(resolve(session, action, &plan->items[action->first]));
        }
        ORM_TRY(send_together(&t, connection, known));
        *done = true;
    }
fail:
    orm__free(t.keys);
    return rc;
}

static orm_status run_plan(orm_session *session, orm__plan *plan)
{
    orm__connection *connection;
    const bool arrays = session->database->dialect->run_arrays != NULL;
    bool paired = false;
    size_t widest = 0, apart = 0;
    for (size_t i = 0; i < session->database->registry.count; i++) {
        widest = session->database->registry.mappers[i].count > widest ? session->database->registry.mappers[i].count
                                                                       : widest;
    }
    size_t *numbers = orm__alloc(3 * widest * sizeof *numbers);
    shape known = {.fields = numbers, .left = numbers + widest, .asked = numbers + 2 * widest};
    orm_status rc;
    if (numbers == NULL) {
        return orm__nomem(&session->error);
    }
    ORM_TRY(orm__session_connect(session, true, &connection));
    for (size_t i = 0; i <= plan->count; i++) {
        orm__action *action = &plan->actions[i];
        if ((i == plan->count || action->kind == ORM__DO_DELETE) && !paired) {
            ORM_TRY(orm__pairs_write(session, connection, plan));
            paired = true;
        }
        if (i == plan->count) {
            break;
        }
        const bool looks = arrays && action->kind == ORM__DO_INSERT && i >= apart;
        const size_t alike = looks ? count_alike(plan, i) : 0;
        bool done = false;
        if (alike >= WORTH_AN_ARRAY) {
            ORM_TRY(carry_out_together(session, connection, plan, i, alike, &known, &done));
            apart = i + alike; /* those that do not go together are not looked at again */
            i += done ? alike - 1 : 0;
        }
        if (!done) {
            ORM_TRY(carry_out(session, connection, action, &plan->items[action->first], &known));
        }
    }
fail:
    orm__text_free(&known.sql);
    orm__free(numbers);
    return rc;
}

orm_status orm_flush(orm_session *session)
{
    orm__plan plan = {0};
    orm_status rc;
    if (session == NULL) {
        return ORM_ARGUMENT;
    }
    if (session->flushing) {
        return orm__fail(&session->error, ORM_STATE, "a flush within a flush");
    }
    if ((rc = orm__session_ready(session)) != ORM_OK) {
        return rc;
    }
    session->flushing = true;
    if (session->latched.status != ORM_OK) {
        session->error = session->latched;
        ORM_TRY(session->latched.status);
    }
    ORM_TRY(orm__relate_prepare(session));
    ORM_TRY(orm__plan_make(session, &plan));
    if (plan.count > 0 || plan.pair_count > 0) {
        ORM_TRY(orm__plan_stage(session, &plan));
        ORM_TRY(run_plan(session, &plan));
    }
    if (session->database->registry.relation_count > 0) {
        orm__relate_flushed(session);
    }
    orm__plan_free(&plan);
    session->flushing = false;
    return ORM_OK;
fail:
    orm__plan_free(&plan);
    session->flushing = false;
    orm__session_flush_failed(session);
    return rc;
}
