/* Sessions: opened and closed, committed and rolled back, and the memory that lives as long as they do. */
#include "session/eager.h"
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool make_scratch(orm_session *session)
{
    const orm__registry *registry = &session->database->registry;
    size_t widest = 1;
    for (size_t i = 0; i < registry->count; i++) {
        widest = registry->mappers[i].count > widest ? registry->mappers[i].count : widest;
    }
    session->row = orm__alloc(widest * sizeof(orm_value));
    session->binds = orm__alloc(2 * widest * sizeof(orm_value));
    session->get_sql = orm__alloc((registry->count + 1) * sizeof(char *));
    session->link_sql = orm__alloc((registry->relation_count + 1) * sizeof(char *));
    return session->row != NULL && session->binds != NULL && session->get_sql != NULL && session->link_sql != NULL &&
           orm__identity_make(&session->identity);
}

typedef struct orm__kept {
    struct orm__kept *next;
    void *thing;
    void (*drop)(void *);
} orm__kept;

orm_status orm__session_keep(orm_session *session, void *thing, void (*drop)(void *))
{
    orm__kept *kept = orm__alloc(sizeof *kept);
    if (kept == NULL) {
        return orm__nomem(&session->error);
    }
    *kept = (orm__kept){.next = session->kept, .thing = thing, .drop = drop};
    session->kept = kept;
    return ORM_OK;
}

static void drop_kept(orm_session *session)
{
    for (orm__kept *kept = session->kept, *next; kept != NULL; kept = next) {
        next = kept->next;
        kept->drop(kept->thing);
        orm__free(kept);
    }
    session->kept = NULL;
}

orm_status orm_session_open(orm_database *database, orm_session **out, orm_error *error)
{
    if (out == NULL || database == NULL) {
        return orm__fail(error, ORM_ARGUMENT, "a session needs a database, and a place to put it");
    }
    *out = NULL;
    orm_session *session = orm__alloc(sizeof *session);
    if (session == NULL) {
        return orm__nomem(error);
    }
    session->database = database;
    if (!make_scratch(session)) {
        orm_session_close(&session);
        return orm__nomem(error);
    }
    *out = session;
    return ORM_OK;
}

void orm_session_close(orm_session **pointer)
{
    if (pointer == NULL || *pointer == NULL) {
        return;
    }
    orm_session *session = *pointer;
    *pointer = NULL;
    orm__session_disconnect(session);
    drop_kept(session);
    while (session->running != NULL) {
        session->running->destroy(session->running);
    }
    for (orm__state *state = session->first, *next; state != NULL; state = next) {
        next = state->next;
        orm__state_release(state);
        orm__free(state);
    }
    for (size_t i = 0; i < session->document_count; i++) {
        json_decref(session->documents[i]);
    }
    for (size_t i = 0; session->get_sql != NULL && i < session->database->registry.count; i++) {
        orm__free(session->get_sql[i]);
    }
    orm__free(session->documents);
    orm__free(session->savepoints);
    orm__free(session->get_sql);
    for (size_t i = 0; session->link_sql != NULL && i < session->database->registry.relation_count; i++) {
        orm__free(session->link_sql[i]);
    }
    orm__free(session->link_sql);
    orm__choices_free(session->choices);
    orm__free(session->row);
    orm__free(session->binds);
    orm__identity_free(&session->identity);
    orm__arena_free(&session->arena);
    orm__free(session);
}

const orm_error *orm_session_error(const orm_session *session)
{
    static const orm_error none = {.status = ORM_ARGUMENT, .message = "there is no session (NULL)"};
    return session != NULL ? &session->error : &none;
}

orm_status orm_commit(orm_session *session)
{
    if (session == NULL) {
        return ORM_ARGUMENT;
    }
    orm_status rc = orm_flush(session);
    if (rc != ORM_OK) {
        return rc;
    }
    if (session->begun) {
        rc = orm__execute(session->connection, "COMMIT", &session->error);
        if (rc != ORM_OK) {
            orm__session_lost(session);
            return rc;
        }
        session->begun = false;
    }
    orm__session_disconnect(session);
    orm__savepoints_forget(session);
    for (orm__state *state = session->first; state != NULL; state = state->next) {
        orm__state_commit(state);
    }
    return ORM_OK;
}

orm_status orm_rollback(orm_session *session)
{
    if (session == NULL) {
        return ORM_ARGUMENT;
    }
    if (session->flushing) {
        return orm__fail(&session->error, ORM_STATE, "a rollback within a flush");
    }
    orm__session_disconnect(session);
    orm__session_restore(session, 0);
    orm__savepoints_forget(session);
    return ORM_OK;
}

/* ---- Memory of the session's life
 * --------------------------------------------------------------------------------------- */

const char *orm_str(orm_session *session, const char *text)
{
    if (session == NULL || text == NULL) {
        return NULL;
    }
    const char *copy = orm__arena_copy(&session->arena, text, strlen(text));
    if (copy == NULL) {
        orm__session_latch_nomem(session, "a text");
    }
    return copy;
}

const char *orm_format(orm_session *session, const char *format, ...)
{
    va_list arguments, again;
    char *text = NULL;
    if (session == NULL) {
        return NULL;
    }
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    if (length >= 0) {
        text = orm__arena_alloc(&session->arena, (size_t)length + 1);
    }
    if (text != NULL) {
        (void)vsnprintf(text, (size_t)length + 1, format, again);
    }
    va_end(again);
    va_end(arguments);
    if (text == NULL) {
        orm__session_latch_nomem(session, "a text");
    }
    return text;
}

json_t *orm_take_json(orm_session *session, json_t *document)
{
    if (session == NULL || document == NULL) {
        json_decref(document);
        return NULL;
    }
    if (session->document_count == session->document_capacity &&
        !orm__grow(&session->documents, sizeof(json_t *), session->document_count, &session->document_capacity)) {
        json_decref(document);
        orm__session_latch_nomem(session, "a document");
        return NULL;
    }
    session->documents[session->document_count++] = document;
    return document;
}
