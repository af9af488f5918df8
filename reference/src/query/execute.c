/* Executing a query, which ends it. */
#include "query/query.h"
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

/* What stands between building and running: what may refuse, and changes that are to be written first. */
static orm_status prepare(orm_query *query)
{
    orm_status rc = orm__query_ready(query);
    return rc == ORM_OK ? orm__autoflush(query->session) : rc;
}

static orm_status start(orm_session *session, const orm__sql *sql, orm__cursor *cursor)
{
    orm__connection *connection;
    orm_status rc = orm__session_connect(session, false, &connection);
    if (rc != ORM_OK) {
        return rc;
    }
    rc = orm__start(connection, ORM__SELECT, sql->text.at, sql->binds, sql->count, !sql->changing, cursor,
                    &session->error);
    return rc == ORM_OK ? ORM_OK : orm__session_broken(session, rc);
}

static orm_status step(orm_session *session, orm__cursor *cursor, bool *has_row)
{
    orm_status rc = orm__next(cursor, has_row, &session->error);
    if (rc != ORM_OK) {
        orm__finish(cursor);
        return orm__session_broken(session, rc);
    }
    return ORM_OK;
}

typedef struct rows {
    orm_object **at;
    size_t count, capacity;
} rows;

static bool repeats(const orm_query *query)
{
    return query->select.source_count > 1;
}

/* Is the object there already? A join may give one several times. */
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
    const orm__entity entity = {query->mapper, 0};
    bool has_row = false;
    orm_status rc;
    session->queries++;
    ORM_TRY(orm__sql_select(&sql, &query->select, &session->error));
    ORM_TRY(start(session, &sql, &cursor));
    while (into->count < most) {
        ORM_TRY(step(session, &cursor, &has_row));
        if (!has_row) {
            break;
        }
        if (into->count == into->capacity && !orm__grow(&into->at, sizeof *into->at, into->count, &into->capacity)) {
            ORM_TRY(orm__nomem(&session->error));
        }
        ORM_TRY(orm__take_row(session, &entity, &cursor, &into->at[into->count]));
        if (!repeats(query) || !is_listed(session, into->at[into->count])) {
            into->count++;
        }
    }
fail:
    orm__finish(&cursor);
    orm__sql_free(&sql);
    return rc;
}

/* The first objects of a query, at most two: more is never looked at. NULL where there is none. */
static orm_status fetch_few(orm_query *query, size_t most, const orm_object *few[2])
{
    rows found = {0};
    few[0] = few[1] = NULL;
    orm_status rc = prepare(query);
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
    ORM_TRY(prepare(query));
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
    query->select.has_limit = true;
    query->select.limit = 1;
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

orm_status orm__query_number(orm_query *query, int64_t *out)
{
    orm__cursor cursor = {0};
    orm__sql sql = {0};
    bool has_row = false;
    orm_status rc;
    ORM_TRY(prepare(query));
    sql.dialect = query->session->database->dialect;
    ORM_TRY(orm__sql_count(&sql, &query->select, &query->session->error));
    ORM_TRY(start(query->session, &sql, &cursor));
    ORM_TRY(step(query->session, &cursor, &has_row));
    if (has_row) {
        orm_value value;
        ORM_TRY(orm__column(&cursor, 0, ORM_INTEGER, &value, &query->session->error));
        *out = value.u.i;
    }
fail:
    orm__finish(&cursor);
    orm__sql_free(&sql);
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
