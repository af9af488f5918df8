/* Savepoints: levels within the transaction. The database is told of one when it is first needed. */
#include "session/session.h"
#include <stdio.h>

enum { SQL_SIZE = 64 };

static const char *sql_of(const char *verb, size_t level, char sql[SQL_SIZE])
{
    (void)snprintf(sql, SQL_SIZE, "%s orm_%zu", verb, level);
    return sql;
}

orm_status orm__savepoints_send(orm_session *session)
{
    char sql[SQL_SIZE];
    while (session->savepoints_sent < session->savepoint_count) {
        const size_t level = session->savepoints_sent + 1;
        orm_status rc = orm__execute(session->connection, sql_of("SAVEPOINT", level, sql), &session->error);
        if (rc != ORM_OK) {
            return orm__session_broken(session, rc);
        }
        session->savepoints_sent = level;
    }
    return ORM_OK;
}

void orm__savepoints_forget(orm_session *session)
{
    session->savepoint_count = session->savepoints_sent = 0;
    session->lost = false;
}

static orm_status refuse_within_flush(orm_session *session)
{
    return orm__fail(&session->error, ORM_STATE, "a savepoint within a flush");
}

/* The level of an open savepoint, from 1. */
static orm_status find(orm_session *session, orm_savepoint savepoint, size_t *level)
{
    for (size_t i = 0; i < session->savepoint_count; i++) {
        if (session->savepoints[i] == savepoint.number) {
            *level = i + 1;
            return ORM_OK;
        }
    }
    return orm__fail(&session->error, ORM_STATE, "the savepoint has ended already, or is of another session");
}

orm_status orm_savepoint_begin(orm_session *session, orm_savepoint *out)
{
    if (session == NULL || out == NULL) {
        return ORM_ARGUMENT;
    }
    *out = (orm_savepoint){0};
    orm_status rc = session->flushing ? refuse_within_flush(session) : orm_flush(session);
    if (rc != ORM_OK) {
        return rc;
    }
    if (session->savepoint_count == session->savepoint_capacity &&
        !orm__grow(&session->savepoints, sizeof *session->savepoints, session->savepoint_count,
                   &session->savepoint_capacity)) {
        return orm__nomem(&session->error);
    }
    session->savepoints[session->savepoint_count++] = ++session->last_savepoint;
    *out = (orm_savepoint){session->last_savepoint};
    return ORM_OK;
}

orm_status orm_savepoint_commit(orm_session *session, orm_savepoint savepoint)
{
    char sql[SQL_SIZE];
    size_t level = 0;
    orm_status rc;
    if (session == NULL) {
        return ORM_ARGUMENT;
    }
    if (session->flushing) {
        return refuse_within_flush(session);
    }
    ORM_TRY(find(session, savepoint, &level));
    ORM_TRY(orm_flush(session));
    if (session->savepoints_sent >= level) {
        rc = orm__execute(session->connection, sql_of("RELEASE SAVEPOINT", level, sql), &session->error);
        if (rc != ORM_OK) {
            orm__session_flush_failed(session);
            return rc;
        }
        session->savepoints_sent = level - 1;
    }
    session->savepoint_count = level - 1;
    for (orm__state *state = session->first; state != NULL; state = state->next) {
        orm__layers_fold(state, level - 1);
    }
    return ORM_OK;
fail:
    return rc;
}

orm_status orm_savepoint_rollback(orm_session *session, orm_savepoint savepoint)
{
    char sql[SQL_SIZE];
    size_t level = 0;
    orm_status rc;
    if (session == NULL) {
        return ORM_ARGUMENT;
    }
    if (session->flushing) {
        return refuse_within_flush(session);
    }
    ORM_TRY(find(session, savepoint, &level));
    if (session->lost) {
        return orm__session_ready(session); /* nothing is left that could be kept */
    }
    if (session->savepoints_sent >= level) {
        rc = orm__execute(session->connection, sql_of("ROLLBACK TO SAVEPOINT", level, sql), &session->error);
        if (rc == ORM_OK) {
            rc = orm__execute(session->connection, sql_of("RELEASE SAVEPOINT", level, sql), &session->error);
        }
        if (rc != ORM_OK) {
            orm__session_lost(session);
            return rc;
        }
        session->savepoints_sent = level - 1;
    }
    orm__session_restore(session, level);
    session->savepoint_count = level - 1;
    return ORM_OK;
fail:
    return rc;
}
