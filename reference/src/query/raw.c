/* SQL of the user's. */
#include "query/query.h"
#include <string.h>

/* Is it a statement that only reads? On SQLite the transaction begins with the first one that writes. */
static bool only_reads(const char *sql)
{
    static const char *const reading[] = {"SELECT", "VALUES", "EXPLAIN", "PRAGMA", "WITH"};
    static const char *const writing[] = {"INSERT", "UPDATE", "DELETE"};
    char word[8];
    bool reads = false, first = true;
    for (const char *at = sql; *at != '\0';) {
        size_t size = 0;
        for (; (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || *at == '_'; at++) {
            if (size + 1 < sizeof word) {
                word[size] = (char)(*at & ~0x20);
            }
            size++;
        }
        word[size < sizeof word ? size : sizeof word - 1] = '\0';
        for (size_t i = 0; size > 0 && first && i < sizeof reading / sizeof reading[0]; i++) {
            reads = reads || strcmp(word, reading[i]) == 0;
        }
        for (size_t i = 0; size > 0 && reads && i < sizeof writing / sizeof writing[0]; i++) {
            if (strcmp(word, writing[i]) == 0) {
                return false;
            }
        }
        first = first && size == 0;
        at += size == 0 ? 1 : 0;
    }
    return reads;
}

static enum orm__verb verb_of(const char *sql)
{
    static const struct {
        const char *word;
        enum orm__verb verb;
    } verbs[] = {
        {"SELECT", ORM__SELECT}, {"INSERT", ORM__INSERT}, {"UPDATE", ORM__UPDATE}, {"DELETE", ORM__DELETE}};
    const char *at = sql + strspn(sql, " \t\r\n(");
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        size_t k = 0;
        while (k < 6 && (at[k] & ~0x20) == verbs[i].word[k]) {
            k++;
        }
        if (k == 6) {
            return verbs[i].verb;
        }
    }
    return ORM__OTHER;
}

/* Runs the statement up to its first row. */
static orm_status run(orm_session *session, const char *sql, const orm_binding *bindings, size_t count,
                      orm__cursor *cursor)
{
    orm__pieces pieces = {0};
    orm__sql written = {.dialect = session->database->dialect};
    orm__connection *connection;
    orm_status rc;
    ORM_TRY(orm__session_ready(session));
    ORM_TRY(orm__pieces_make(sql, bindings, count, &pieces, &session->error));
    ORM_TRY(orm__sql_pieces(&written, &pieces, &session->error));
    ORM_TRY(orm__autoflush(session));
    ORM_TRY(orm__session_connect(session, !only_reads(sql), &connection));
    rc = orm__start(connection, verb_of(sql), written.text.at, written.binds, written.count, false, cursor,
                    &session->error);
    if (rc != ORM_OK) {
        rc = orm__session_broken(session, rc);
    }
fail:
    orm__sql_free(&written);
    orm__pieces_free(&pieces);
    return rc;
}

orm_status orm_execute(orm_session *session, const char *sql, const orm_binding *bindings, size_t count,
                       int64_t *changed)
{
    orm__cursor cursor = {0};
    bool has_row = true;
    if (changed != NULL) {
        *changed = 0;
    }
    if (session == NULL) {
        return ORM_ARGUMENT;
    }
    orm_status rc = run(session, sql, bindings, count, &cursor);
    while (rc == ORM_OK && has_row) {
        rc = orm__query_step(session, &cursor, &has_row);
    }
    if (rc == ORM_OK && changed != NULL) {
        *changed = (int64_t)orm__changes(&cursor);
    }
    orm__finish(&cursor);
    return rc;
}

orm_status orm_execute_rows(orm_session *session, const char *sql, const orm_binding *bindings, size_t count,
                            orm_cursor **out)
{
    orm__cursor cursor = {0};
    *out = NULL;
    if (session == NULL) {
        return ORM_ARGUMENT;
    }
    orm_status rc = run(session, sql, bindings, count, &cursor);
    if (rc == ORM_OK && orm__width(&cursor) == 0) {
        orm__finish(&cursor);
        return orm__fail(&session->error, ORM_ARGUMENT, "the statement gives no rows: orm_execute runs such");
    }
    return rc == ORM_OK ? orm__cursor_of(session, &cursor, out) : rc;
}

void orm_query_from_sql(orm_query *query, const char *sql, const orm_binding *bindings, size_t count)
{
    orm_expr *raw = orm_sql(sql, bindings, count);
    const bool empty = query == NULL || (query->select.conditions.count == 0 && query->select.order.count == 0 &&
                                         query->select.source_count == 1 && query->select.item_count == 0);
    if (query != NULL && query->error.status == ORM_OK && !empty) {
        (void)orm__fail(&query->error, ORM_ARGUMENT, "SQL of one's own after other steps in a query of %s",
                        orm__query_of(query));
    }
    if (orm__query_take(query, raw, ORM__PLACE_CONDITION, "from_sql")) {
        query->select.raw = raw;
    }
}
