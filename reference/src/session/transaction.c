/* The session and its connection: taken at the first use, given back when the transaction ends. */
#include "session/session.h"
#include <string.h>

enum { MOST_TRIES = 8 }; /* more than a database keeps idle connections */

orm_status orm__session_ready(orm_session *session)
{
    if (session->trouble == ORM__NO_TROUBLE) {
        return ORM_OK;
    }
    const bool failed = session->trouble == ORM__FLUSH_FAILED;
    const orm_status refusal = failed ? ORM_NEEDS_ROLLBACK : ORM_ABORTED;
    if (session->error.status != refusal) {
        /* The first refusal quotes what happened, with its table and column; later ones say the same. */
        char before[sizeof session->error.message];
        memcpy(before, session->error.message, sizeof before);
        orm_error kept = session->error;
        (void)orm__fail(&session->error, refusal, "%s: roll back first (%s)",
                        failed ? "a flush failed" : "the transaction is aborted", before);
        memcpy(session->error.sqlstate, kept.sqlstate, sizeof kept.sqlstate);
        memcpy(session->error.table, kept.table, sizeof kept.table);
        memcpy(session->error.column, kept.column, sizeof kept.column);
    }
    return refusal;
}

void orm__session_disconnect(orm_session *session)
{
    for (orm__running *running = session->running; running != NULL; running = running->next) {
        running->cut = running->cut || running->cursor.statement != NULL;
        orm__finish(&running->cursor);
    }
    if (session->connection != NULL) {
        orm__release(session->connection);
        session->connection = NULL;
    }
    session->begun = false;
}

void orm__session_lost(orm_session *session)
{
    orm__session_disconnect(session);
    session->trouble = ORM__FLUSH_FAILED;
    session->lost = true;
}

void orm__session_flush_failed(orm_session *session)
{
    const orm__dialect *dialect = session->database->dialect;
    const orm__connection *connection = session->connection;
    /* With a savepoint there is something to go back to, as long as the database still has its transaction. */
    if (session->savepoint_count == 0 || !session->begun) {
        orm__session_disconnect(session);
    } else if (!dialect->alive(connection->link) || !dialect->in_transaction(connection->link)) {
        orm__session_disconnect(session);
        session->lost = true;
    }
    session->trouble = ORM__FLUSH_FAILED;
}

orm_status orm__session_broken(orm_session *session, orm_status status)
{
    orm__connection *connection = session->connection;
    if (connection == NULL) {
        return status;
    }
    const orm__dialect *dialect = session->database->dialect;
    /* The transaction goes with its connection; and SQLite takes one back by itself when its disk fails. */
    const bool alive = dialect->alive(connection->link);
    if (!alive || (session->begun && !dialect->in_transaction(connection->link))) {
        const bool lost = session->begun;
        orm__session_disconnect(session);
        session->trouble = lost ? ORM__FLUSH_FAILED : ORM__NO_TROUBLE;
        session->lost = session->lost || lost;
    } else if (session->begun && dialect->aborts && !session->flushing) {
        session->trouble = ORM__ABORTED;
    }
    return status;
}

orm_status orm__session_connect(orm_session *session, bool to_write, orm__connection **out)
{
    const orm__dialect *dialect = session->database->dialect;
    orm_status rc = orm__session_ready(session);
    if (rc != ORM_OK) {
        return rc;
    }
    const bool begins = !session->begun && (to_write || !dialect->begins_at_write);
    /* An idle connection may have died meanwhile, which its BEGIN tells. Nothing is lost then: take another. */
    for (int tries = 1;; tries++) {
        if (session->connection == NULL &&
            (rc = orm__acquire(session->database, &session->connection, &session->error)) != ORM_OK) {
            return rc;
        }
        if (!begins) {
            break;
        }
        orm_error error;
        orm__error_clear(&error);
        rc = orm__execute(session->connection, dialect->begin, &error);
        if (rc == ORM_OK) {
            session->begun = true;
            break;
        }
        const bool alive = dialect->alive(session->connection->link);
        orm__session_disconnect(session);
        if (alive || tries == MOST_TRIES) {
            session->error = error;
            return rc;
        }
    }
    *out = session->connection;
    return session->begun && session->savepoints_sent < session->savepoint_count ? orm__savepoints_send(session) : ORM_OK;
}

void orm__session_restore(orm_session *session, size_t level)
{
    /* First all that goes: keys leave the map before others come back to it, and members are read before texts are
     * freed. */
    for (orm__state *state = session->first; state != NULL; state = state->next) {
        const bool inserted = orm__inserted_since(state, level);
        if (state->mapped && (inserted || orm__rekeyed_since(state, level))) {
            orm__identity_remove(&session->identity, state);
        }
        if (state->lifecycle == ORM_IS_PENDING || inserted) {
            orm__state_unborn(state);
        }
    }
    for (orm__state *state = session->first; state != NULL; state = state->next) {
        if (state->lifecycle != ORM_IS_PERSISTENT && state->lifecycle != ORM_IS_DELETED) {
            continue;
        }
        if (orm__relinked_since(state, level)) {
            orm__slots_expire(state, false);
        }
        /* What a savepoint has not touched stays as it is. */
        const bool touched = state->touched && state->level >= level;
        if (level > 0 && !touched && (state->lifecycle == ORM_IS_DELETED || !(state->doomed || orm__settle(state)))) {
            continue;
        }
        orm__state_rollback(state, level);
        orm__state *former = state->mapped ? NULL : orm__identity_add(&session->identity, state);
        if (former != NULL) {
            orm__set_lifecycle(former, ORM_IS_DETACHED, false);
        }
    }
    session->trouble = ORM__NO_TROUBLE;
    orm__error_clear(&session->latched);
}

void orm__session_latch_nomem(orm_session *session, const char *what)
{
    (void)orm__fail(&session->error, ORM_NOMEM, "out of memory for %s", what);
    if (session->latched.status == ORM_OK) {
        session->latched = session->error;
    }
}

orm_status orm__autoflush(orm_session *session)
{
    return session->flushing || session->quiet ? ORM_OK : orm_flush(session);
}

void orm__set_lifecycle(orm__state *state, orm_lifecycle lifecycle, bool doomed)
{
    const bool before = state->lifecycle == ORM_IS_PENDING || state->doomed;
    const bool after = lifecycle == ORM_IS_PENDING || doomed;
    state->lifecycle = lifecycle;
    state->doomed = doomed;
    state->session->waiting += (size_t)after - (size_t)before;
}
