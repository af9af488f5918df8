/* Executing a query, which ends it. */
#include "query/query.h"
#include "session/joined.h"
#include <string.h>

orm_status orm__query_ready(orm_query *query)
{
    orm_session *session = query->session;
    if (query->error.status != ORM_OK) {
        if (session != NULL) {
            session->error = query->error;
        }
        return query->error.status;
    }
    return orm__session_ready(session);
}

orm_status orm__query_prepare(orm_query *query)
{
    orm_session *session = query->session;
    orm_status rc = orm__query_ready(query);
    if (rc == ORM_OK && query->assigned_count > 0) {
        return orm__fail(&session->error, ORM_ARGUMENT, "what a query assigns is for orm_update_all");
    }
    return rc == ORM_OK ? orm__autoflush(session) : rc;
}

orm_status orm__query_start(orm_session *session, const orm__sql *sql, size_t batch, orm__cursor *cursor)
{
    orm__connection *connection;
    orm_status rc = orm__session_connect(session, false, &connection);
    if (rc != ORM_OK) {
        return rc;
    }
    rc = batch == 0 ? orm__start(connection, ORM__SELECT, sql->text.at, sql->binds, sql->count, !sql->changing, cursor,
                                 &session->error)
                    : orm__start_batches(connection, sql->text.at, sql->binds, sql->count, batch, cursor,
                                         &session->error);
    return rc == ORM_OK ? ORM_OK : orm__session_broken(session, rc);
}

orm_status orm__query_step(orm_session *session, orm__cursor *cursor, bool *has_row)
{
    orm_status rc = orm__next(cursor, has_row, &session->error);
    if (rc != ORM_OK) {
        orm__finish(cursor);
        return orm__session_broken(session, rc);
    }
    return ORM_OK;
}

/* By the names of the columns that the user's SQL gives. */
static orm_status place_by_name(const orm_query *query, const orm__mapper *mapper, orm__cursor *cursor, size_t *at)
{
    orm_error *error = &query->session->error;
    for (size_t i = 0; i < mapper->count; i++) {
        at[i] = SIZE_MAX;
        for (size_t k = 0; at[i] == SIZE_MAX && k < orm__width(cursor); k++) {
            const char *name = orm__column_name(cursor, k);
            if (name == NULL) {
                return orm__nomem(error);
            }
            at[i] = strcmp(name, mapper->fields[i].name) == 0 ? k : SIZE_MAX;
        }
        if (at[i] == SIZE_MAX && mapper->fields[i].primary_key) {
            return orm__fail(error, ORM_ARGUMENT, "the SQL of a query of %s gives no column \"%.64s\"",
                             orm__query_of(query), mapper->fields[i].name);
        }
    }
    return ORM_OK;
}

orm_status orm__query_entity(const orm_query *query, size_t number, size_t first, orm__cursor *cursor,
                             orm__entity *entity, size_t **at)
{
    const orm__source *source = &query->select.sources[number];
    *entity = (orm__entity){.mapper = source->mapper, .first = first};
    *at = NULL;
    if (query->select.raw == NULL && source->deferred == NULL) {
        return ORM_OK;
    }
    *at = orm__alloc(source->mapper->count * sizeof(size_t));
    if (*at == NULL) {
        return orm__nomem(&query->session->error);
    }
    entity->at = *at;
    if (query->select.raw != NULL) {
        return place_by_name(query, source->mapper, cursor, *at);
    }
    for (size_t i = 0; i < source->mapper->count; i++) {
        (*at)[i] = source->deferred[i] ? SIZE_MAX : first++;
    }
    return ORM_OK;
}

typedef struct rows {
    orm_object **at;
    size_t count, capacity;
} rows;

static bool repeats(const orm_query *query)
{
    return query->select.source_count > 1 || query->select.sources[0].derived != NULL || query->select.raw != NULL;
}

/* Is the object there already? A join may give one several times, and so may a combination. */
static bool is_listed(orm_session *session, const orm_object *object)
{
    const bool listed = object->state->listed == session->queries;
    object->state->listed = session->queries;
    return listed;
}

/* The objects of all rows, or the first `most`. */
static orm_status fetch(orm_query *query, size_t most, rows *into)
{
    orm_session *session = query->session;
    orm__sql sql = {.dialect = session->database->dialect};
    orm__cursor cursor = {0};
    orm__joined joined = {0};
    orm__entity entity;
    orm_object *object;
    size_t *at = NULL;
    bool has_row = false;
    orm_status rc;
    session->queries++;
    if (query->select.item_count > 0) {
        ORM_TRY(orm__fail(&session->error, ORM_ARGUMENT, "a query of %s that selects values has no objects: use orm_rows",
                          orm__query_of(query)));
    }
    const orm__way way = {query->mapper, NULL};
    ORM_TRY(orm__joined_make(session, &query->select, &way, query->choices, &joined));
    ORM_TRY(orm__sql_select(&sql, joined.count > 0 ? &joined.select : &query->select, &session->error));
    ORM_TRY(orm__query_start(session, &sql, 0, &cursor));
    ORM_TRY(orm__query_entity(query, 0, 0, &cursor, &entity, &at));
    while (into->count < most || joined.many) {
        ORM_TRY(orm__query_step(session, &cursor, &has_row));
        if (!has_row) {
            break;
        }
        if (into->count == into->capacity && !orm__grow(&into->at, sizeof *into->at, into->count, &into->capacity)) {
            ORM_TRY(orm__nomem(&session->error));
        }
        ORM_TRY(orm__take_row(session, &entity, &cursor, &object));
        into->at[into->count] = object;
        if (!(repeats(query) || joined.many) || !is_listed(session, object)) {
            into->count++;
        }
        ORM_TRY(orm__joined_row(session, &joined, &cursor, object));
    }
    orm__finish(&cursor);
    ORM_TRY(orm__joined_fill(session, &joined));
    ORM_TRY(orm__query_eager(query, into->at, into->count));
    rc = orm__joined_rest(session, &joined);
fail:
    orm__joined_free(&joined);
    orm__finish(&cursor);
    orm__sql_free(&sql);
    orm__free(at);
    return rc;
}

/* The first objects of a query, at most two: more is never looked at. NULL where there is none. */
static orm_status fetch_few(orm_query *query, size_t most, const orm_object *few[2])
{
    rows found = {0};
    few[0] = few[1] = NULL;
    orm_status rc = orm__query_prepare(query);
    if (rc == ORM_OK) {
        rc = fetch(query, most, &found);
    }
    for (size_t i = 0; rc == ORM_OK && i < found.count; i++) {
        few[i] = found.at[i];
    }
    orm__free(found.at);
    return rc;
}

static orm_status no_query(void)
{
    return ORM_NOMEM; /* orm_query_open had none, and a query without memory has no session to tell */
}

static orm_status not_found(const orm_query *query)
{
    return orm__fail(&query->session->error, ORM_NOT_FOUND, "no %s where one was required",
                     query->mapper->model->struct_name);
}

orm_status orm__query_fetch(orm_query *query, void ***out, size_t *count)
{
    rows found = {0};
    void **list = NULL;
    orm_status rc;
    ORM_TRY(orm__query_prepare(query));
    ORM_TRY(fetch(query, SIZE_MAX, &found));
    if (found.count > 0) {
        list = orm__arena_alloc(&query->session->arena, found.count * sizeof *list);
        if (list == NULL) {
            ORM_TRY(orm__nomem(&query->session->error));
        }
        memcpy(list, found.at, found.count * sizeof *list);
    }
    *out = list;
    *count = found.count;
fail:
    orm__free(found.at);
    return rc;
}

orm_status orm_query_all(orm_query *query, void ***out, size_t *count)
{
    *out = NULL;
    *count = 0;
    if (query == NULL) {
        return no_query();
    }
    orm_status rc = orm__query_fetch(query, out, count);
    orm_query_close(&query);
    return rc;
}

static orm_status first(orm_query *query, void *out, bool required)
{
    const orm_object *few[2];
    orm__give(out, NULL);
    if (query == NULL) {
        return no_query();
    }
    if (query->select.raw == NULL) {
        query->select.has_limit = true;
        query->select.limit = 1;
    }
    orm_status rc = fetch_few(query, 1, few);
    if (rc == ORM_OK && few[0] == NULL && required) {
        rc = not_found(query);
    }
    if (rc == ORM_OK) {
        orm__give(out, few[0]);
    }
    orm_query_close(&query);
    return rc;
}

orm_status orm_query_first(orm_query *query, void *out)
{
    return first(query, out, false);
}

orm_status orm_query_first_or_404(orm_query *query, void *out)
{
    return first(query, out, true);
}

static orm_status one(orm_query *query, void *out, bool required, orm_status several)
{
    const orm_object *few[2];
    orm__give(out, NULL);
    if (query == NULL) {
        return no_query();
    }
    /* Two are enough to know, unless they may be the same. */
    if (!repeats(query) && (!query->select.has_limit || query->select.limit > 2)) {
        query->select.has_limit = true;
        query->select.limit = 2;
    }
    orm_status rc = fetch_few(query, 2, few);
    if (rc == ORM_OK && few[1] != NULL) {
        rc = orm__fail(&query->session->error, several, "more than one %s where one was required",
                       query->mapper->model->struct_name);
    } else if (rc == ORM_OK && few[0] == NULL && required) {
        rc = not_found(query);
    }
    if (rc == ORM_OK) {
        orm__give(out, few[0]);
    }
    orm_query_close(&query);
    return rc;
}

orm_status orm_query_one(orm_query *query, void *out)
{
    return one(query, out, true, ORM_MULTIPLE);
}

orm_status orm_query_one_or_none(orm_query *query, void *out)
{
    return one(query, out, false, ORM_MULTIPLE);
}

orm_status orm_query_one_or_404(orm_query *query, void *out)
{
    return one(query, out, true, ORM_NOT_FOUND);
}

/* A statement of one value in one row. */
typedef orm_status write_fn(orm__sql *, const orm__select *, orm_error *);
static orm_status ask(orm_query *query, write_fn *write, orm_type type, orm_value *out)
{
    orm__cursor cursor = {0};
    orm__sql sql = {0};
    bool has_row = false;
    orm_status rc;
    ORM_TRY(orm__query_prepare(query));
    sql.dialect = query->session->database->dialect;
    ORM_TRY(write(&sql, &query->select, &query->session->error));
    ORM_TRY(orm__query_start(query->session, &sql, 0, &cursor));
    ORM_TRY(orm__query_step(query->session, &cursor, &has_row));
    if (has_row) {
        ORM_TRY(orm__column(&cursor, 0, type, out, &query->session->error));
    }
fail:
    orm__finish(&cursor);
    orm__sql_free(&sql);
    return rc;
}

orm_status orm__query_number(orm_query *query, int64_t *out)
{
    orm_value value = {.type = ORM_INTEGER};
    orm_status rc = ask(query, orm__sql_count, ORM_INTEGER, &value);
    *out = rc == ORM_OK ? value.u.i : 0;
    return rc;
}

orm_status orm_query_count(orm_query *query, int64_t *out)
{
    *out = 0;
    if (query == NULL) {
        return no_query();
    }
    orm_status rc = orm__query_number(query, out);
    orm_query_close(&query);
    return rc;
}

orm_status orm_query_exists(orm_query *query, bool *out)
{
    orm_value value = {.type = ORM_BOOLEAN};
    *out = false;
    if (query == NULL) {
        return no_query();
    }
    orm_status rc = ask(query, orm__sql_exists, ORM_BOOLEAN, &value);
    *out = rc == ORM_OK && value.u.i != 0;
    orm_query_close(&query);
    return rc;
}

orm_status orm_query_sql(const orm_query *query, const char **out)
{
    *out = NULL;
    if (query == NULL) {
        return no_query();
    }
    if (query->error.status != ORM_OK || query->session == NULL) {
        if (query->session != NULL) {
            query->session->error = query->error;
        }
        return query->error.status;
    }
    orm_session *session = query->session;
    orm__sql sql = {.dialect = session->database->dialect};
    orm_status rc = orm__sql_select(&sql, &query->select, &session->error);
    if (rc == ORM_OK && (*out = orm__arena_copy(&session->arena, sql.text.at, sql.text.size)) == NULL) {
        rc = orm__nomem(&session->error);
    }
    orm__sql_free(&sql);
    return rc;
}
