/* Updates of many rows by their keys. */
#include "session/many.h"
#include "sql/statement.h"
#include <stdlib.h>
#include <string.h>

typedef struct batch {
    orm_session *session;
    orm__connection *connection;
    const orm__rows *rows;
    size_t *fields;      /* what is sent: columns to set, then the key */
    size_t *places;      /* the same, as places among the columns of the rows; SIZE_MAX: an onupdate */
    orm_type *types;
    size_t set_count, count;
    bool begun;          /* something may have been sent */
    orm_value *made;     /* of onupdate, by row and column */
    size_t made_count;
    orm__arena texts;
} batch;

static const char *name_of(const orm__mapper *mapper)
{
    return mapper->model->struct_name != NULL ? mapper->model->struct_name : mapper->table;
}

/* ---- Columns -------------------------------------------------------------------------------------------------------- */

static size_t place_of(const orm__rows *rows, size_t field)
{
    for (size_t i = 0; i < rows->field_count; i++) {
        if (rows->fields[i] == field) {
            return i;
        }
    }
    return SIZE_MAX;
}

static void add(batch *b, size_t field, size_t place)
{
    b->fields[b->count] = field;
    b->places[b->count] = place;
    b->types[b->count++] = b->rows->mapper->fields[field].type;
}

static orm_status choose(batch *b)
{
    const orm__mapper *mapper = b->rows->mapper;
    orm_error *error = &b->session->error;
    for (size_t i = 0; i < mapper->count; i++) {
        const orm_column *column = mapper->fields[i].column;
        const size_t place = place_of(b->rows, i);
        const bool onupdate = column->onupdate_fn != NULL || column->onupdate_value.type != ORM_NULL;
        if (!mapper->fields[i].primary_key && (place != SIZE_MAX || onupdate)) {
            add(b, i, place);
            b->made_count += place == SIZE_MAX;
        }
    }
    b->set_count = b->count;
    if (b->set_count == 0) {
        return orm__fail(error, ORM_ARGUMENT, "an update of rows of %s sets no column", name_of(mapper));
    }
    for (size_t i = 0; i < mapper->key_count; i++) {
        const size_t place = place_of(b->rows, mapper->key[i]);
        if (place == SIZE_MAX) {
            return orm__fail(error, ORM_ARGUMENT, "rows of %s are updated by their key, and %s is not given",
                             name_of(mapper), mapper->fields[mapper->key[i]].member);
        }
        add(b, mapper->key[i], place);
    }
    return ORM_OK;
}

/* ---- Values --------------------------------------------------------------------------------------------------------- */

static orm_status fit(const batch *b, size_t row, size_t field, orm_value *value)
{
    const orm__field *f = &b->rows->mapper->fields[field];
    const orm_type given = value->type;
    if (orm__value_fits(value, f->type)) {
        return ORM_OK;
    }
    return orm__fail(&b->session->error, ORM_DATA, "row %zu: %s.%s is %s, not %s", row + 1, name_of(b->rows->mapper),
                     f->member, orm__type_name(f->type), orm__type_name(given));
}

static orm_value read(const batch *b, size_t row, size_t column)
{
    if (b->places[column] == SIZE_MAX) {
        size_t before = 0;
        for (size_t i = 0; i < column; i++) {
            before += b->places[i] == SIZE_MAX;
        }
        return b->made[row * b->made_count + before];
    }
    orm_value value = b->rows->read(b->rows->context, row, b->places[column]);
    (void)orm__value_fits(&value, b->types[column]);
    if (b->rows->mapper->fields[b->fields[column]].storage == ORM_STORE_INT_ &&
        !b->rows->mapper->fields[b->fields[column]].primary_key &&
        orm__refers_to_nothing(&b->rows->mapper->fields[b->fields[column]], &value)) {
        value = orm_null();
    }
    return value;
}

/* All that may be wrong with values is found before the first row is sent; functions are called once for each row. */
static orm_status stage(batch *b)
{
    size_t at = 0;
    for (size_t row = 0; row < b->rows->count; row++) {
        for (size_t i = 0; i < b->count; i++) {
            const orm_column *column = b->rows->mapper->fields[b->fields[i]].column;
            orm_value value;
            if (b->places[i] != SIZE_MAX) {
                value = b->rows->read(b->rows->context, row, b->places[i]);
            } else {
                value = column->onupdate_fn != NULL ? column->onupdate_fn(b->session) : column->onupdate_value;
            }
            orm_status rc = fit(b, row, b->fields[i], &value);
            if (rc != ORM_OK) {
                return rc;
            }
            if (b->places[i] == SIZE_MAX && !orm__value_copy(&b->texts, &value, &b->made[at++])) {
                return orm__nomem(&b->session->error);
            }
        }
    }
    return ORM_OK;
}

/* ---- Rows ----------------------------------------------------------------------------------------------------------- */

static orm_status stale(const batch *b, const orm_value *key)
{
    char text[128] = "one of the rows";
    if (key != NULL) {
        orm__key_text(b->rows->mapper, key, text, sizeof text);
    }
    return orm__fail(&b->session->error, ORM_STALE, "%s %s: its row is gone, an update found nothing",
                     name_of(b->rows->mapper), text);
}

static orm_status one_by_one(batch *b)
{
    orm_session *session = b->session;
    orm__text sql = {0};
    orm__cursor cursor = {0};
    orm_status rc;
    orm__sql_update_row(&sql, session->database->dialect, b->rows->mapper, b->fields, b->set_count, b->count);
    if (sql.failed) {
        ORM_TRY(orm__nomem(&session->error));
    }
    for (size_t row = 0; row < b->rows->count; row++) {
        bool has_row = false;
        for (size_t i = 0; i < b->count; i++) {
            session->binds[i] = read(b, row, i);
        }
        if (cursor.statement == NULL) {
            ORM_TRY(orm__start(b->connection, ORM__UPDATE, sql.at, session->binds, b->count, true, &cursor,
                               &session->error));
        } else {
            ORM_TRY(orm__again(&cursor, ORM__UPDATE, sql.at, session->binds, b->count, &session->error));
        }
        ORM_TRY(orm__next(&cursor, &has_row, &session->error));
        if (orm__changes(&cursor) == 0) {
            ORM_TRY(stale(b, &session->binds[b->set_count]));
        }
    }
fail:
    orm__finish(&cursor);
    orm__text_free(&sql);
    return rc;
}

static const orm_value *cell(const void *context, size_t row, size_t column)
{
    const batch *b = context;
    b->session->row[column] = read(b, row, column);
    return &b->session->row[column];
}

static orm_status by_arrays(batch *b)
{
    orm_session *session = b->session;
    const orm__grid grid = {b, b->rows->count, b->count, b->types, cell};
    orm__text sql = {0};
    orm__cursor cursor = {0};
    orm_status rc = ORM_OK;
    orm__sql_update_arrays(&sql, session->database->dialect, b->rows->mapper, b->fields, b->set_count, b->count);
    if (sql.failed) {
        ORM_TRY(orm__nomem(&session->error));
    }
    for (size_t first = 0, taken; first < grid.rows; first += taken) {
        ORM_TRY(orm__start_arrays(b->connection, ORM__UPDATE, sql.at, &grid, first, &taken, &cursor, &session->error));
        const bool found = orm__changes(&cursor) == taken;
        orm__finish(&cursor);
        if (!found) {
            ORM_TRY(stale(b, NULL));
        }
    }
fail:
    orm__finish(&cursor);
    orm__text_free(&sql);
    return rc;
}

static int compare_keys(const void *left, const void *right)
{
    int64_t a, b;
    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    return (a > b) - (a < b);
}

/* Rows with one integer key that differ in it can go together: with one twice, the last has to win. */
static orm_status differ(const batch *b, bool *out)
{
    const orm__mapper *mapper = b->rows->mapper;
    *out = mapper->key_count == 1 && mapper->fields[mapper->key[0]].type == ORM_INTEGER;
    if (!*out) {
        return ORM_OK;
    }
    int64_t *keys = orm__alloc(b->rows->count * sizeof *keys);
    if (keys == NULL) {
        return orm__nomem(&b->session->error);
    }
    for (size_t row = 0; row < b->rows->count; row++) {
        const orm_value key = read(b, row, b->set_count);
        *out = *out && key.type == ORM_INTEGER;
        keys[row] = key.u.i;
    }
    qsort(keys, b->rows->count, sizeof *keys, compare_keys);
    for (size_t i = 1; i < b->rows->count; i++) {
        *out = *out && keys[i - 1] != keys[i];
    }
    orm__free(keys);
    return ORM_OK;
}

/* Objects of these rows are read again, but for what the user changed. */
static void tell_objects(const batch *b)
{
    const orm__mapper *mapper = b->rows->mapper;
    orm_value *key = b->session->binds;
    for (size_t row = 0; mapper->has_objects && row < b->rows->count; row++) {
        for (size_t i = 0; i < mapper->key_count; i++) {
            key[i] = read(b, row, b->set_count + i);
        }
        orm__state *state = orm__identity_find(&b->session->identity, mapper, key);
        for (size_t i = 0; state != NULL && i < b->set_count; i++) {
            orm__state_member_due(state, b->fields[i]);
        }
    }
}

static orm_status run(batch *b)
{
    bool together = false;
    orm_status rc;
    ORM_TRY(choose(b));
    if (b->made_count > 0) {
        b->made = orm__alloc(b->rows->count * b->made_count * sizeof *b->made);
        if (b->made == NULL) {
            ORM_TRY(orm__nomem(&b->session->error));
        }
    }
    ORM_TRY(stage(b));
    ORM_TRY(orm__session_connect(b->session, true, &b->connection));
    b->begun = true;
    if (b->session->database->dialect->run_arrays != NULL) {
        ORM_TRY(differ(b, &together));
    }
    if (together) {
        ORM_TRY(by_arrays(b));
    } else {
        ORM_TRY(one_by_one(b));
    }
    tell_objects(b);
fail:
    return rc;
}

orm_status orm__update_many(orm_session *session, const orm__rows *rows)
{
    const size_t width = rows->mapper->count;
    batch b = {.session = session, .rows = rows};
    orm_status rc = orm__session_ready(session);
    if (rc != ORM_OK || rows->count == 0) {
        return rc;
    }
    if (session->flushing) {
        return orm__fail(&session->error, ORM_STATE, "an update of many rows within a flush");
    }
    b.fields = orm__alloc(width * (2 * sizeof(size_t) + sizeof(orm_type)));
    if (b.fields == NULL) {
        return orm__nomem(&session->error);
    }
    b.places = b.fields + width;
    b.types = (orm_type *)(void *)(b.places + width);
    session->flushing = true;
    rc = run(&b);
    session->flushing = false;
    for (size_t i = 0; b.made != NULL && i < rows->count * b.made_count; i++) {
        orm__value_drop(&b.made[i]);
    }
    orm__arena_free(&b.texts);
    orm__free(b.made);
    orm__free(b.fields);
    if (rc != ORM_OK && b.begun) {
        orm__session_flush_failed(session);
    }
    return rc;
}
