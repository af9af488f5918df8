/* Rows one after another: objects of a stream, values of a selection, what SQL of the user's gives. */
#include "query/query.h"
#include <jansson.h>
#include <stddef.h>
#include <string.h>

enum { STREAM_BATCH = 1000 };

typedef struct item {
    orm__entity entity; /* no mapper: a value */
    size_t *at;         /* of `entity`, owned */
    orm_object *object; /* of the current row */
    bool passes;        /* the object goes with the row */
    size_t column;
    orm_type type; /* to be read as */
    orm_value value;
    char *name;
    void *variable;
    int storage;
} item;

struct orm_cursor {
    orm__running running; /* first: what the session ends */
    orm_session *session;
    orm_status status;
    bool has_row, streams;
    size_t count;
    item items[];
};

static void forget_row(orm_cursor *cursor)
{
    for (size_t i = 0; i < cursor->count; i++) {
        item *one = &cursor->items[i];
        if (one->passes && one->object != NULL) {
            orm__pass(one->object);
        }
        one->object = NULL;
        one->passes = false;
        orm__value_drop(&one->value);
    }
    cursor->has_row = false;
}

/* An object that was to go with its row stays: the cursor no longer says when. */
static void keep_objects(orm_cursor *cursor)
{
    for (size_t i = 0; i < cursor->count; i++) {
        if (cursor->items[i].passes && cursor->items[i].object != NULL) {
            cursor->items[i].object->state->passing = NULL;
            cursor->items[i].passes = false;
        }
    }
}

static void destroy(orm__running *running)
{
    orm_cursor *cursor = (orm_cursor *)running;
    keep_objects(cursor);
    forget_row(cursor);
    orm__finish(&running->cursor);
    if (running->link != NULL) {
        *running->link = running->next;
        if (running->next != NULL) {
            running->next->link = running->link;
        }
    }
    for (size_t i = 0; i < cursor->count; i++) {
        orm__free(cursor->items[i].at);
        orm__free(cursor->items[i].name);
    }
    orm__free(cursor);
}

static orm_cursor *make(orm_session *session, size_t count)
{
    orm_cursor *cursor = orm__alloc(offsetof(orm_cursor, items) + count * sizeof(item));
    if (cursor == NULL) {
        return NULL;
    }
    cursor->session = session;
    cursor->count = count;
    cursor->running.destroy = destroy;
    cursor->running.next = session->running;
    cursor->running.link = &session->running;
    if (session->running != NULL) {
        session->running->link = &cursor->running.next;
    }
    session->running = &cursor->running;
    return cursor;
}

orm_status orm_cursor_close(orm_cursor **pointer)
{
    if (pointer == NULL || *pointer == NULL) {
        return ORM_OK;
    }
    const orm_status status = (*pointer)->status;
    destroy(&(*pointer)->running);
    *pointer = NULL;
    return status;
}

/* ---- Opening
 * ------------------------------------------------------------------------------------------------------------ */

static orm_type type_of(int storage)
{
    static const orm_type types[] = {
        [ORM_STORE_INT_] = ORM_INTEGER,       [ORM_STORE_OPT_INT_] = ORM_INTEGER,
        [ORM_STORE_REAL_] = ORM_FLOAT,        [ORM_STORE_OPT_REAL_] = ORM_FLOAT,
        [ORM_STORE_BOOL_] = ORM_BOOLEAN,      [ORM_STORE_OPT_BOOL_] = ORM_BOOLEAN,
        [ORM_STORE_DATETIME_] = ORM_DATETIME, [ORM_STORE_OPT_DATETIME_] = ORM_DATETIME,
        [ORM_STORE_DATE_] = ORM_DATE,         [ORM_STORE_OPT_DATE_] = ORM_DATE,
        [ORM_STORE_TEXT_] = ORM_STRING,       [ORM_STORE_JSON_] = ORM_JSON,
        [ORM_STORE_VALUE_] = ORM_NULL};
    return types[storage];
}

/* What the query selects becomes the cursor's items. */
static orm_status take_items(const orm_query *query, orm_cursor *cursor)
{
    const orm__select *select = &query->select;
    orm_error *error = &query->session->error;
    size_t column = 0;
    char buffer[32];
    for (size_t i = 0; i < cursor->count; i++) {
        const orm__selected *selected = select->item_count > 0 ? &select->items[i] : NULL;
        item *one = &cursor->items[i];
        one->column = column;
        column += orm__select_width(select, i);
        if (selected == NULL || selected->expr == NULL) {
            const size_t source = selected != NULL ? selected->source : 0;
            orm_status rc = orm__query_entity(query, source, one->column, &cursor->running.cursor, &one->entity, &one->at);
            if (rc != ORM_OK) {
                return rc;
            }
            one->variable = selected != NULL ? selected->variable : NULL;
            continue;
        }
        one->variable = selected->variable;
        one->storage = selected->storage;
        one->type = selected->variable != NULL ? type_of(selected->storage) : ORM_NULL;
        one->type = one->type == ORM_NULL ? selected->expr->type : one->type;
        one->name = orm__strdup(orm__select_label(select, i, buffer));
        if (one->name == NULL) {
            return orm__nomem(error);
        }
    }
    return ORM_OK;
}

static orm_status open_cursor(orm_query *query, bool streams, orm_cursor **out)
{
    orm_cursor *cursor = NULL;
    orm__sql sql = {0};
    orm_status rc;
    *out = NULL;
    if (query == NULL) {
        return ORM_NOMEM; /* orm_query_open had none */
    }
    ORM_TRY(orm__query_prepare(query));
    orm_session *session = query->session;
    const orm__select *select = &query->select;
    sql.dialect = session->database->dialect;
    if (streams && select->item_count > 0 && select->items[0].expr != NULL) {
        ORM_TRY(orm__fail(&session->error, ORM_ARGUMENT, "a query of %s that selects values has no objects: use orm_rows",
                          orm__query_of(query)));
    }
    ORM_TRY(orm__sql_select(&sql, select, &session->error));
    cursor = make(session, select->item_count > 0 ? select->item_count : 1);
    if (cursor == NULL) {
        ORM_TRY(orm__nomem(&session->error));
    }
    cursor->streams = streams;
    const size_t usual = streams ? STREAM_BATCH : 0;
    ORM_TRY(orm__query_start(session, &sql, query->batch != ORM_NO_LIMIT ? query->batch : usual,
                             &cursor->running.cursor));
    ORM_TRY(take_items(query, cursor));
    *out = cursor;
    cursor = NULL;
fail:
    if (cursor != NULL) {
        destroy(&cursor->running);
    }
    orm__sql_free(&sql);
    orm_query_close(&query);
    return rc;
}

orm_status orm__cursor_of(orm_session *session, orm__cursor *running, orm_cursor **out)
{
    const size_t count = orm__width(running);
    orm_cursor *cursor = make(session, count);
    orm_status rc;
    if (cursor == NULL) {
        orm__finish(running);
        return orm__nomem(&session->error);
    }
    cursor->running.cursor = *running;
    for (size_t i = 0; i < count; i++) {
        const char *name = orm__column_name(running, i);
        cursor->items[i].column = i;
        cursor->items[i].name = name != NULL ? orm__strdup(name) : NULL;
        if (cursor->items[i].name == NULL) {
            ORM_TRY(orm__nomem(&session->error));
        }
    }
    *out = cursor;
    return ORM_OK;
fail:
    destroy(&cursor->running);
    return rc;
}

orm_status orm_query_stream(orm_query *query, orm_cursor **out)
{
    return open_cursor(query, true, out);
}

orm_status orm_query_rows(orm_query *query, orm_cursor **out)
{
    return open_cursor(query, false, out);
}

/* ---- Steps
 * -------------------------------------------------------------------------------------------------------------- */

static orm_status take_object(orm_cursor *cursor, item *one)
{
    orm_session *session = cursor->session;
    const uint64_t before = session->made;
    orm_status rc = orm__take_row(session, &one->entity, &cursor->running.cursor, &one->object);
    if (rc != ORM_OK) {
        return rc;
    }
    if (cursor->streams && session->made != before && one->object != NULL) {
        one->passes = true;
        one->object->state->passing = &one->object;
    }
    if (one->variable != NULL) {
        orm__give(one->variable, one->object);
    }
    return ORM_OK;
}

static const char *name_of(const orm_cursor *cursor, size_t i)
{
    return cursor->items[i].name != NULL ? cursor->items[i].name : "";
}

/* The value into a variable of the user's. */
static orm_status put(orm_cursor *cursor, size_t i)
{
    const item *one = &cursor->items[i];
    orm_error *error = &cursor->session->error;
    if (one->value.type == ORM_NULL && one->storage <= ORM_STORE_DATE_) {
        return orm__fail(error, ORM_DATA, "item %zu of the row (%.64s) is NULL, for which its variable has no room", i,
                         name_of(cursor, i));
    }
    const orm__field field = {.storage = one->storage, .type = one->value.type};
    if (!orm__member_write(&field, one->variable, &one->value)) {
        return orm__fail(error, ORM_DATA, "item %zu of the row (%.64s) has a NUL inside, which a C string cannot hold", i,
                         name_of(cursor, i));
    }
    return ORM_OK;
}

static orm_status read_row(orm_cursor *cursor)
{
    orm_status rc;
    for (size_t i = 0; i < cursor->count; i++) {
        item *one = &cursor->items[i];
        if (one->entity.mapper != NULL) {
            ORM_TRY(take_object(cursor, one));
            continue;
        }
        ORM_TRY(orm__column(&cursor->running.cursor, one->column, one->type, &one->value, &cursor->session->error));
        if (one->variable != NULL) {
            ORM_TRY(put(cursor, i));
        }
    }
    return ORM_OK;
fail:
    return rc;
}

bool orm_next_row(orm_cursor *cursor)
{
    if (cursor == NULL || cursor->status != ORM_OK) {
        return false;
    }
    orm__running *running = &cursor->running;
    forget_row(cursor);
    if (running->cut) {
        cursor->status = orm__fail(&cursor->session->error, ORM_STATE, "the transaction ended under rows that were being read");
        return false;
    }
    if (running->cursor.statement == NULL) {
        return false; /* after the last */
    }
    cursor->status = orm__query_step(cursor->session, &running->cursor, &cursor->has_row);
    if (cursor->status == ORM_OK && cursor->has_row) {
        cursor->status = read_row(cursor);
        cursor->has_row = cursor->status == ORM_OK;
    }
    if (!cursor->has_row) {
        keep_objects(cursor);
        orm__finish(&running->cursor);
    }
    return cursor->has_row;
}

bool orm_cursor_next(orm_cursor *cursor, void *out)
{
    const bool has_row = orm_next_row(cursor);
    orm__give(out, has_row ? cursor->items[0].object : NULL);
    return has_row;
}

size_t orm_cursor_width(const orm_cursor *cursor)
{
    return cursor != NULL ? cursor->count : 0;
}

const char *orm_cursor_name(const orm_cursor *cursor, size_t i)
{
    return cursor != NULL && i < cursor->count ? cursor->items[i].name : NULL;
}

orm_object *orm_cursor_object(const orm_cursor *cursor, size_t i)
{
    return cursor != NULL && i < cursor->count ? cursor->items[i].object : NULL;
}

orm_status orm_cursor_value(orm_cursor *cursor, size_t i, orm_value *out)
{
    *out = orm_null();
    if (cursor == NULL) {
        return ORM_ARGUMENT;
    }
    if (!cursor->has_row || i >= cursor->count || cursor->items[i].entity.mapper != NULL) {
        return orm__fail(&cursor->session->error, ORM_ARGUMENT, "%s%zu",
                         cursor->has_row ? "the row has no value at item " : "there is no row, and no item ", i);
    }
    *out = cursor->items[i].value;
    return ORM_OK;
}

void orm__cursor_bind(orm_cursor *cursor, size_t i, void *variable, int storage)
{
    if (cursor == NULL || cursor->status != ORM_OK) {
        return;
    }
    if (i >= cursor->count || cursor->items[i].entity.mapper != NULL) {
        cursor->status = orm__fail(&cursor->session->error, ORM_ARGUMENT, "a variable for item %zu of rows that have %zu%s", i,
                                   cursor->count, i < cursor->count ? ", where it is an object" : "");
        return;
    }
    item *one = &cursor->items[i];
    one->variable = variable;
    one->storage = storage;
    one->type = type_of(storage) != ORM_NULL ? type_of(storage) : one->type;
}

/* ---- One value
 * ---------------------------------------------------------------------------------------------------------- */

/* What outlives the row is the session's. */
static orm_status keep_value(orm_session *session, orm_value *value)
{
    if (value->type == ORM_STRING) {
        value->u.s = orm__arena_copy(&session->arena, value->u.s, value->u.size);
        return value->u.s != NULL ? ORM_OK : orm__nomem(&session->error);
    }
    if (value->type == ORM_JSON) {
        value->u.j = orm_take_json(session, json_incref(value->u.j));
        return value->u.j != NULL ? ORM_OK : session->error.status;
    }
    return ORM_OK;
}

orm_status orm__query_scalar(orm_query *query, void *variable, int storage)
{
    orm_cursor *cursor = NULL;
    orm_status rc = ORM_OK;
    orm_value value = {.type = ORM_NULL};
    if (query != NULL && query->error.status == ORM_OK) {
        if (query->select.item_count != 1 || query->select.items[0].expr == NULL) {
            (void)orm__fail(&query->error, ORM_ARGUMENT, "scalar of a query of %s that does not select one value",
                            orm__query_of(query));
        } else if (!query->select.has_limit || query->select.limit > 2) {
            query->select.has_limit = true; /* two are enough to know */
            query->select.limit = 2;
        }
    }
    ORM_TRY(orm_query_rows(query, &cursor));
    orm__cursor_bind(cursor, 0, NULL, storage);
    const bool found = orm_next_row(cursor);
    if (found) {
        value = cursor->items[0].value;
        ORM_TRY(keep_value(cursor->session, &value));
    }
    orm_error *error = &cursor->session->error;
    if (found && orm_next_row(cursor)) {
        ORM_TRY(orm__fail(error, ORM_MULTIPLE, "more than one row where one value was required"));
    }
    ORM_TRY(cursor->status);
    if (value.type == ORM_NULL && storage <= ORM_STORE_DATE_) {
        ORM_TRY(found ? orm__fail(error, ORM_DATA, "the value is NULL, for which its variable has no room")
                      : orm__fail(error, ORM_NOT_FOUND, "no row where one value was required"));
    }
    const orm__field field = {.storage = storage, .type = value.type};
    if (!orm__member_write(&field, variable, &value)) {
        ORM_TRY(orm__fail(error, ORM_DATA, "the value has a NUL inside, which a C string cannot hold"));
    }
fail:
    if (cursor != NULL) {
        destroy(&cursor->running);
    }
    return rc;
}
