/* Inserts of many rows: a bounded number at a time, by COPY where there is one, else by one statement again and again. */
#include "session/many.h"
#include "sql/statement.h"
#include <string.h>

enum { AT_A_TIME = 4096 };

typedef struct batch {
    orm_session *session;
    orm__connection *connection;
    const orm__rows *rows;
    const size_t *given; /* by field: its place among the columns of the rows; SIZE_MAX: it is not there */
    orm_value *values;   /* of all fields of the rows in hand, row by row */
    bool *left;          /* the same: the database gives the value */
    bool *made;          /* the same: the value is a copy of our own */
    orm__arena texts;    /* of such copies */
    size_t *sent, sent_count;
    orm_type *types;     /* of what is sent */
    int64_t *keys;       /* of the rows in hand, or NULL */
    size_t first;        /* of a run, among the rows in hand */
    bool begun;          /* something may have been sent */
} batch;

/* ---- Values --------------------------------------------------------------------------------------------------------- */

static orm_status misfit(const batch *b, size_t row, const orm__field *field, orm_type given, const char *who)
{
    const orm__mapper *mapper = b->rows->mapper;
    const char *name = mapper->model->struct_name != NULL ? mapper->model->struct_name : mapper->table;
    return orm__fail(&b->session->error, ORM_DATA, "row %zu: %s.%s is %s, not %s%s", row + 1, name, field->member,
                     orm__type_name(field->type), orm__type_name(given), who);
}

/* A key of 0 that the database generates is not given, and so is a foreign key of 0 in a plain member. */
static bool is_nothing(const orm__field *field, const orm_value *value)
{
    return field->storage == ORM_STORE_INT_ && value->type == ORM_INTEGER && value->u.i == 0 &&
           (field->generated || orm__refers_to_nothing(field, value));
}

static orm_status stage_default(batch *b, size_t row, const orm__field *field, size_t at)
{
    const orm_column *column = field->column;
    orm_value value = column->default_value;
    if (column->default_fn != NULL) {
        value = column->default_fn(b->session);
        const orm_type type = value.type;
        if (!orm__value_fits(&value, field->type)) {
            return misfit(b, row, field, type, ": its function's");
        }
        if (value.type == ORM_STRING || value.type == ORM_JSON) {
            orm_value copy;
            if (!orm__value_copy(&b->texts, &value, &copy)) {
                return orm__nomem(&b->session->error);
            }
            value = copy;
            b->made[at] = true;
        }
    }
    b->values[at] = value;
    return ORM_OK;
}

static orm_status stage_field(batch *b, size_t row, size_t in_hand, size_t i)
{
    const orm__mapper *mapper = b->rows->mapper;
    const orm__field *field = &mapper->fields[i];
    const orm_column *column = field->column;
    const size_t at = in_hand * mapper->count + i;
    const bool given = b->given[i] != SIZE_MAX;
    orm_value value = given ? b->rows->read(b->rows->context, row, b->given[i]) : orm_null();
    const orm_type type = value.type;
    b->left[at] = false;
    b->values[at] = orm_null();
    if (!orm__value_fits(&value, field->type)) {
        return misfit(b, row, field, type, "");
    }
    if (is_nothing(field, &value)) {
        value = orm_null();
    }
    if (column->version) {
        b->values[at] = orm_int(1);
    } else if (value.type != ORM_NULL) {
        b->values[at] = value;
    } else if (column->default_fn != NULL || column->default_value.type != ORM_NULL) {
        return stage_default(b, row, field, at);
    } else {
        b->left[at] = !given || field->generated || column->server_default != NULL;
    }
    return ORM_OK;
}

static orm_status stage(batch *b, size_t first, size_t count)
{
    for (size_t row = 0; row < count; row++) {
        for (size_t i = 0; i < b->rows->mapper->count; i++) {
            orm_status rc = stage_field(b, first + row, row, i);
            if (rc != ORM_OK) {
                return rc;
            }
        }
    }
    return ORM_OK;
}

static void unstage(batch *b, size_t count)
{
    for (size_t at = 0; at < count * b->rows->mapper->count; at++) {
        if (b->made[at]) {
            orm__value_drop(&b->values[at]);
            b->made[at] = false;
        }
    }
    orm__arena_reset(&b->texts);
}

/* ---- A run of rows with the same columns ------------------------------------------------------------------------------ */

static const orm_value *cell(const void *context, size_t row, size_t column)
{
    const batch *b = context;
    return &b->values[(b->first + row) * b->rows->mapper->count + b->sent[column]];
}

static void choose_sent(batch *b)
{
    const orm__mapper *mapper = b->rows->mapper;
    b->sent_count = 0;
    for (size_t i = 0; i < mapper->count; i++) {
        if (!b->left[b->first * mapper->count + i]) {
            b->types[b->sent_count] = mapper->fields[i].type;
            b->sent[b->sent_count++] = i;
        }
    }
}

static bool is_generated(const orm__mapper *mapper)
{
    return mapper->key_count == 1 && mapper->fields[mapper->key[0]].generated;
}

/* Keys that the database is to give are taken from it before, so that none is told by the order of an answer. */
static orm_status give_keys(batch *b, size_t count, bool *known)
{
    const orm__mapper *mapper = b->rows->mapper;
    const size_t key = mapper->key[0];
    orm_status rc = orm__reserve_keys(b->session, b->connection, mapper, &b->keys[b->first], count, known);
    for (size_t row = b->first; rc == ORM_OK && *known && row < b->first + count; row++) {
        b->values[row * mapper->count + key] = orm_int(b->keys[row]);
        b->left[row * mapper->count + key] = false;
    }
    return rc;
}

static orm_status copy(batch *b, size_t count)
{
    orm__text sql = {0};
    const orm__grid grid = {b, count, b->sent_count, b->types, cell};
    orm__sql_copy(&sql, b->rows->mapper, b->sent, b->sent_count);
    orm_status rc = sql.failed ? orm__nomem(&b->session->error)
                               : orm__copy(b->connection, sql.at, &grid, &b->session->error);
    orm__text_free(&sql);
    return rc;
}

static orm_status take_key(batch *b, orm__cursor *cursor, size_t row, bool has_row)
{
    const orm__dialect *dialect = b->session->database->dialect;
    orm_value value = orm_null();
    if (!dialect->returns_key) {
        b->keys[row] = dialect->last_id(b->connection->link);
        return ORM_OK;
    }
    orm_status rc = has_row ? orm__column(cursor, 0, ORM_INTEGER, &value, &b->session->error)
                            : orm__fail(&b->session->error, ORM_FAILURE, "the INSERT stored no row");
    b->keys[row] = value.type == ORM_INTEGER ? value.u.i : 0;
    return rc;
}

static orm_status one_by_one(batch *b, size_t count, bool asks_key)
{
    const orm__mapper *mapper = b->rows->mapper;
    const orm__dialect *dialect = b->session->database->dialect;
    orm__text sql = {0};
    orm__cursor cursor = {0};
    orm_status rc;
    orm__sql_insert(&sql, dialect, mapper, b->sent, b->sent_count, mapper->key, asks_key && dialect->returns_key);
    if (sql.failed) {
        ORM_TRY(orm__nomem(&b->session->error));
    }
    for (size_t row = b->first; row < b->first + count; row++) {
        bool has_row = false;
        for (size_t i = 0; i < b->sent_count; i++) {
            b->session->binds[i] = b->values[row * mapper->count + b->sent[i]];
        }
        if (cursor.statement == NULL) {
            ORM_TRY(orm__start(b->connection, ORM__INSERT, sql.at, b->session->binds, b->sent_count, true, &cursor,
                               &b->session->error));
        } else {
            ORM_TRY(orm__again(&cursor, ORM__INSERT, sql.at, b->session->binds, b->sent_count, &b->session->error));
        }
        ORM_TRY(orm__next(&cursor, &has_row, &b->session->error));
        if (asks_key) {
            ORM_TRY(take_key(b, &cursor, row, has_row));
        }
    }
fail:
    orm__finish(&cursor);
    orm__text_free(&sql);
    return rc;
}

static orm_status send(batch *b, size_t count)
{
    const orm__mapper *mapper = b->rows->mapper;
    const orm__dialect *dialect = b->session->database->dialect;
    const size_t at = b->first * mapper->count, key = mapper->key_count > 0 ? mapper->key[0] : 0;
    bool asks_key = b->keys != NULL && b->left[at + key], known = false;
    orm_status rc;
    if (asks_key && dialect->copy != NULL) {
        ORM_TRY(give_keys(b, count, &known));
        asks_key = !known;
    }
    for (size_t row = b->first; b->keys != NULL && !asks_key && row < b->first + count; row++) {
        b->keys[row] = b->values[row * mapper->count + key].u.i;
    }
    choose_sent(b);
    if (dialect->copy != NULL && b->sent_count > 0 && !asks_key) {
        ORM_TRY(copy(b, count));
    } else {
        ORM_TRY(one_by_one(b, count, asks_key));
    }
fail:
    return rc;
}

static orm_status send_runs(batch *b, size_t count)
{
    const size_t width = b->rows->mapper->count;
    for (size_t next; b->first < count; b->first = next) {
        for (next = b->first + 1;
             next < count && memcmp(&b->left[next * width], &b->left[b->first * width], width * sizeof *b->left) == 0;) {
            next++;
        }
        orm_status rc = send(b, next - b->first);
        if (rc != ORM_OK) {
            return rc;
        }
    }
    return ORM_OK;
}

/* ---- All rows -------------------------------------------------------------------------------------------------------- */

/* One piece of memory for all that is as wide as the model or as long as a batch. */
static bool make_room(batch *b, size_t **given)
{
    const size_t width = b->rows->mapper->count;
    const size_t rows = b->rows->count < AT_A_TIME ? b->rows->count : AT_A_TIME, cells = rows * width;
    char *memory = orm__alloc(cells * (sizeof(orm_value) + 2 * sizeof(bool)) +
                              width * (2 * sizeof(size_t) + sizeof(orm_type)));
    if (memory == NULL) {
        return false;
    }
    b->values = (orm_value *)(void *)memory;
    *given = (size_t *)(void *)(b->values + cells);
    b->sent = *given + width;
    b->types = (orm_type *)(void *)(b->sent + width);
    b->left = (bool *)(void *)(b->types + width);
    b->made = b->left + cells;
    return true;
}

static orm_status run(batch *b, int64_t *keys)
{
    orm_status rc = orm__session_connect(b->session, true, &b->connection);
    for (size_t done = 0; rc == ORM_OK && done < b->rows->count;) {
        const size_t rest = b->rows->count - done, count = rest < AT_A_TIME ? rest : AT_A_TIME;
        b->first = 0;
        b->keys = keys != NULL ? keys + done : NULL;
        rc = stage(b, done, count);
        if (rc == ORM_OK) {
            b->begun = true;
            rc = send_runs(b, count);
        }
        unstage(b, count);
        done += count;
    }
    return rc;
}

orm_status orm__insert_many(orm_session *session, const orm__rows *rows, int64_t *keys)
{
    batch b = {.session = session, .rows = rows};
    size_t *given = NULL;
    orm_status rc = orm__session_ready(session);
    if (rc != ORM_OK || rows->count == 0) {
        return rc;
    }
    if (session->flushing) {
        return orm__fail(&session->error, ORM_STATE, "an insert of many rows within a flush");
    }
    if (keys != NULL && !is_generated(rows->mapper)) {
        return orm__fail(&session->error, ORM_ARGUMENT, "the keys of \"%s\" are not generated: none are answered",
                         rows->mapper->table);
    }
    if (!make_room(&b, &given)) {
        return orm__nomem(&session->error);
    }
    for (size_t i = 0; i < rows->mapper->count; i++) {
        given[i] = SIZE_MAX;
    }
    for (size_t i = 0; i < rows->field_count; i++) {
        given[rows->fields[i]] = i;
    }
    b.given = given;
    session->flushing = true; /* functions of defaults may use the session, but not flush it */
    rc = run(&b, keys);
    session->flushing = false;
    orm__arena_free(&b.texts);
    orm__free(b.values);
    if (rc != ORM_OK && b.begun) {
        orm__session_flush_failed(session);
    }
    return rc;
}

orm_status orm__reserve_keys(orm_session *session, orm__connection *connection, const orm__mapper *mapper,
                             int64_t *keys, size_t count, bool *known)
{
    orm__text table = {0};
    orm__cursor cursor = {0};
    bool has_row = false;
    orm_status rc = ORM_OK;
    orm__quote(&table, mapper->table);
    *known = true;
    if (table.failed) {
        ORM_TRY(orm__nomem(&session->error));
    }
    const orm_value binds[] = {orm_text(table.at), orm_text(mapper->fields[mapper->key[0]].name), orm_int((int64_t)count)};
    ORM_TRY(orm__start(connection, ORM__SELECT, session->database->dialect->reserve_keys, binds, 3, true, &cursor,
                       &session->error));
    for (size_t i = 0; i < count && *known; i++) {
        orm_value key = orm_null();
        ORM_TRY(orm__next(&cursor, &has_row, &session->error));
        if (has_row) {
            ORM_TRY(orm__column(&cursor, 0, ORM_INTEGER, &key, &session->error));
        }
        *known = key.type == ORM_INTEGER;
        keys[i] = key.u.i;
    }
fail:
    orm__finish(&cursor);
    orm__text_free(&table);
    return rc;
}
