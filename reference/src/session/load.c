/* Rows to objects, through the identity map. */
#include "session/eager.h"
#include "sql/statement.h"

/* ---- States
 * ------------------------------------------------------------------------------------------------------------- */

static size_t aligned(size_t size)
{
    const size_t unit = _Alignof(max_align_t);
    return (size + unit - 1) / unit * unit;
}

orm__state *orm__state_make(orm_session *session, const orm__mapper *mapper)
{
    const size_t object_at = aligned(sizeof(orm__state)), image_at = object_at + aligned(mapper->size);
    const size_t loaded_at = image_at + aligned(mapper->size);
    const size_t slots_at = loaded_at + mapper->count * sizeof(orm_value);
    const size_t parents_at = slots_at + mapper->relation_count * sizeof(orm__slot);
    const size_t marks_at = parents_at + mapper->parent_count * sizeof(struct orm__parent);
    char *memory = orm__alloc(marks_at + mapper->count);
    if (memory == NULL) {
        return NULL;
    }
    orm__state *state = (orm__state *)(void *)memory;
    state->mapper = mapper;
    state->object = (orm_object *)(void *)(memory + object_at);
    state->object->model = mapper->model;
    state->object->state = state;
    state->image = memory + image_at;
    state->loaded = (orm_value *)(void *)(memory + loaded_at);
    state->slots = (orm__slot *)(void *)(memory + slots_at);
    state->parents = (struct orm__parent *)(void *)(memory + parents_at);
    state->marks = (unsigned char *)memory + marks_at;
    orm__slots_make(state);
    orm__state_link(session, state);
    session->made++;
    return state;
}

void orm__state_link(orm_session *session, orm__state *state)
{
    state->session = session;
    state->previous = session->last;
    state->next = NULL;
    if (session->last != NULL) {
        session->last->next = state;
    } else {
        session->first = state;
    }
    session->last = state;
    state->stamp = state->listed = 0; /* those of another session say nothing here */
}

void orm__state_unlink(orm__state *state)
{
    orm_session *session = state->session;
    if (state->passing != NULL) {
        *state->passing = NULL;
        state->passing = NULL;
    }
    if (state->previous != NULL) {
        state->previous->next = state->next;
    } else {
        session->first = state->next;
    }
    if (state->next != NULL) {
        state->next->previous = state->previous;
    } else {
        session->last = state->previous;
    }
}

void orm__state_free(orm__state *state)
{
    orm__set_lifecycle(state, ORM_IS_DETACHED, false);
    orm__identity_remove(&state->session->identity, state);
    orm__slots_forget(state);
    orm__state_unlink(state);
    orm__state_release(state);
    orm__free(state);
}

/* ---- Rows
 * --------------------------------------------------------------------------------------------------------------- */

static void drop_row(orm_value *row, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        orm__value_drop(&row[i]);
    }
}

static size_t place_of(const orm__entity *entity, size_t field)
{
    return entity->at != NULL ? entity->at[field] : entity->first + field;
}

/* All columns into the session's row: texts are borrowed from the cursor, documents are the row's. */
static orm_status read_row(orm_session *session, const orm__entity *entity, orm__cursor *cursor)
{
    const orm__mapper *mapper = entity->mapper;
    orm_value *row = session->row;
    for (size_t i = 0; i < mapper->count; i++) {
        row[i] = orm_null();
        const size_t place = place_of(entity, i);
        orm_status rc = place != SIZE_MAX
                            ? orm__column(cursor, place, mapper->fields[i].type, &row[i], &session->error)
                            : ORM_OK;
        if (rc != ORM_OK) {
            drop_row(row, i);
            return rc;
        }
    }
    return ORM_OK;
}

/* The object that the session holds for the current row; *out is NULL where there is none, *absent tells that there is
 * no row either. */
static orm_status find_row(orm_session *session, const orm__entity *entity, orm__cursor *cursor, orm__state **out,
                           bool *absent)
{
    const orm__mapper *mapper = entity->mapper;
    orm_value *key = session->row;
    *absent = false;
    for (size_t i = 0; i < mapper->key_count; i++) {
        key[i] = orm_null();
        const size_t field = mapper->key[i];
        orm_status rc =
            orm__column(cursor, place_of(entity, field), mapper->fields[field].type, &key[i], &session->error);
        if (rc != ORM_OK) {
            drop_row(key, i);
            return rc;
        }
        *absent = *absent || key[i].type == ORM_NULL;
    }
    *out = orm__identity_find(&session->identity, mapper, key);
    drop_row(key, mapper->key_count);
    return ORM_OK;
}

orm_status orm__take_row(orm_session *session, const orm__entity *entity, orm__cursor *cursor, orm_object **out)
{
    orm__state *state = NULL;
    bool made = false, absent;
    orm_status rc;
    *out = NULL;
    ORM_TRY(find_row(session, entity, cursor, &state, &absent));
    if (absent) {
        return ORM_OK;
    }
    if (state == NULL) {
        state = orm__state_make(session, entity->mapper);
        if (state == NULL) {
            ORM_TRY(orm__nomem(&session->error));
        }
        made = true;
    }
    if (made || state->expired) {
        ORM_TRY(read_row(session, entity, cursor));
        ORM_TRY(orm__state_load(state, session->row, !made, &session->error));
        for (size_t i = 0; entity->at != NULL && i < entity->mapper->count; i++) {
            if (entity->at[i] == SIZE_MAX) {
                orm__state_defer(state, i);
            }
        }
    } else if (state->due && entity->at == NULL) {
        ORM_TRY(read_row(session, entity, cursor));
        ORM_TRY(orm__state_load_due(state, session->row, &session->error));
    }
    if (made) {
        orm__set_lifecycle(state, ORM_IS_PERSISTENT, false);
        (void)orm__identity_add(&session->identity, state);
    }
    *out = state->object;
    return ORM_OK;
fail:
    if (made) {
        orm__state_free(state);
    }
    return rc;
}

void orm__pass(orm_object *object)
{
    orm__state *state = object->state;
    state->passing = NULL;
    const bool held = state->linked || state->related || state->relinked;
    if (state->lifecycle == ORM_IS_PERSISTENT && !state->doomed && !state->touched && !held && !orm__settle(state)) {
        orm__state_free(state);
    }
}

/* SELECT of one key, made once for each model. */
static const char *get_sql(orm_session *session, const orm__mapper *mapper)
{
    char **sql = &session->get_sql[mapper->index];
    if (*sql == NULL) {
        orm__text text = {0};
        orm__sql_get(&text, session->database->dialect, mapper);
        if (text.failed) {
            orm__text_free(&text);
            return NULL;
        }
        *sql = text.at;
    }
    return *sql;
}

static orm_status start_get(orm_session *session, const orm__mapper *mapper, const orm_value *key, orm__cursor *cursor,
                            bool *has_row)
{
    orm__connection *connection;
    orm_status rc;
    const char *sql = get_sql(session, mapper);
    if (sql == NULL) {
        return orm__nomem(&session->error);
    }
    ORM_TRY(orm__session_connect(session, false, &connection));
    rc = orm__start(connection, ORM__SELECT, sql, key, mapper->key_count, true, cursor, &session->error);
    if (rc == ORM_OK) {
        rc = orm__next(cursor, has_row, &session->error);
    }
    if (rc != ORM_OK) {
        orm__finish(cursor);
        return orm__session_broken(session, rc);
    }
    return ORM_OK;
fail:
    return rc;
}

orm_status orm__load_key(orm_session *session, const orm__mapper *mapper, const orm_value *key, orm_object **out)
{
    orm__cursor cursor = {0};
    bool has_row = false;
    *out = NULL;
    orm_status rc = start_get(session, mapper, key, &cursor, &has_row);
    if (rc == ORM_OK && has_row) {
        rc = orm__take_row(session, &(orm__entity){.mapper = mapper}, &cursor, out);
    }
    orm__finish(&cursor);
    return rc == ORM_OK && *out != NULL ? orm__eager_load_one((*out)->state) : rc;
}

orm_status orm__reload(orm__state *state, enum orm__what what)
{
    orm_session *session = state->session;
    const orm__mapper *mapper = state->mapper;
    orm__cursor cursor = {0};
    bool has_row = false;
    orm_value key[mapper->key_count];
    for (size_t i = 0; i < mapper->key_count; i++) {
        key[i] = state->loaded[mapper->key[i]];
    }
    orm_status rc = start_get(session, mapper, key, &cursor, &has_row);
    if (rc == ORM_OK && !has_row) {
        char text[128];
        orm__key_text(mapper, key, text, sizeof text);
        rc = orm__fail(&session->error, ORM_STALE, "%s %s: its row is gone", mapper->model->struct_name, text);
    }
    if (rc == ORM_OK) {
        rc = read_row(session, &(orm__entity){.mapper = mapper}, &cursor);
    }
    if (rc == ORM_OK) {
        rc = what == ORM__DUE_ONES
                 ? orm__state_load_due(state, session->row, &session->error)
                 : orm__state_load(state, session->row, what == ORM__ALL_BUT_CHANGES, &session->error);
    }
    orm__finish(&cursor);
    return rc == ORM_OK && what != ORM__DUE_ONES ? orm__eager_load_one(state) : rc;
}

orm_status orm__freshen(orm__state *state)
{
    if (!state->expired && !state->due) {
        return ORM_OK;
    }
    if (state->lifecycle == ORM_IS_DETACHED) {
        return orm__fail(&state->session->error, ORM_DETACHED, "a detached %s cannot be read again",
                         state->mapper->model->struct_name);
    }
    if (state->lifecycle != ORM_IS_PERSISTENT) {
        return ORM_OK;
    }
    return orm__reload(state, state->expired ? ORM__ALL_BUT_CHANGES : ORM__DUE_ONES);
}
