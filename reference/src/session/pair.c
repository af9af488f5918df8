/* The rows between many and many, written. */
#include "session/plan.h"
#include "sql/related.h"

/* Neighbouring rows of one relationship share their SQL. */
typedef struct shape {
    const orm__relation *relation;
    bool out;
    orm__text sql;
    size_t *others, other_count; /* columns of a new row that are neither key: they have defaults */
    orm_value *binds;
} shape;

static bool is_key(const orm__relation *r, size_t field)
{
    for (size_t i = 0; i < r->own_count; i++) {
        if (r->near_key[i] == field) {
            return true;
        }
    }
    for (size_t i = 0; i < r->far_count; i++) {
        if (r->far_key[i] == field) {
            return true;
        }
    }
    return false;
}

static orm_status take_shape(orm_session *session, shape *known, const orm__pair *pair)
{
    const orm__relation *r = pair->relation;
    const orm__dialect *dialect = session->database->dialect;
    if (known->relation == r && known->out == pair->out) {
        return ORM_OK;
    }
    known->relation = NULL;
    known->out = pair->out;
    known->other_count = 0;
    for (size_t i = 0; !pair->out && i < r->secondary->count; i++) {
        const orm_column *column = r->secondary->fields[i].column;
        if (!is_key(r, i) && (column->default_fn != NULL || column->default_value.type != ORM_NULL)) {
            known->others[known->other_count++] = i;
        }
    }
    orm__text_clear(&known->sql);
    if (pair->out) {
        orm__sql_unpair(&known->sql, dialect, r);
    } else {
        orm__sql_pair(&known->sql, dialect, r, known->others, known->other_count);
    }
    if (known->sql.failed) {
        return orm__nomem(&session->error);
    }
    known->relation = r;
    return ORM_OK;
}

static orm_status check_row(orm_session *session, const orm__pair *pair, uint64_t rows)
{
    char one[128], other[128];
    const orm__relation *r = pair->relation;
    if (rows == 1) {
        return ORM_OK;
    }
    orm__state_key_text(pair->one, one, sizeof one);
    orm__state_key_text(pair->other, other, sizeof other);
    return orm__fail(&session->error, ORM_STALE, "\"%s\" has %s row for %s %s and %s %s, where one was to go",
                     r->secondary->table, rows == 0 ? "no" : "more than one", r->mapper->model->struct_name, one,
                     r->target->model->struct_name, other);
}

static orm_status write(orm_session *session, orm__connection *connection, const orm__pair *pair, shape *known)
{
    const orm__relation *r = pair->relation;
    orm__cursor cursor = {0};
    bool has_row = false;
    size_t count = 0;
    orm_status rc;
    ORM_TRY(take_shape(session, known, pair));
    for (size_t i = 0; i < r->own_count; i++) {
        known->binds[count++] = pair->one->loaded[r->own[i]];
    }
    for (size_t i = 0; i < r->far_count; i++) {
        known->binds[count++] = pair->other->loaded[r->far[i]];
    }
    for (size_t i = 0; i < known->other_count; i++) {
        const orm_column *column = r->secondary->fields[known->others[i]].column;
        known->binds[count++] = column->default_fn != NULL ? column->default_fn(session) : column->default_value;
    }
    ORM_TRY(orm__start(connection, pair->out ? ORM__DELETE : ORM__INSERT, known->sql.at, known->binds, count, true,
                       &cursor, &session->error));
    ORM_TRY(orm__next(&cursor, &has_row, &session->error));
    if (pair->out) {
        ORM_TRY(check_row(session, pair, orm__changes(&cursor)));
    }
fail:
    orm__finish(&cursor);
    return rc;
}

orm_status orm__pairs_write(orm_session *session, orm__connection *connection, const orm__plan *plan)
{
    size_t widest = 0;
    orm_status rc = ORM_OK;
    for (size_t i = 0; i < plan->pair_count; i++) {
        const size_t columns = plan->pairs[i].relation->secondary->count;
        widest = columns > widest ? columns : widest;
    }
    if (plan->pair_count == 0) {
        return ORM_OK;
    }
    shape known = {.others = orm__alloc(widest * sizeof(size_t)), .binds = orm__alloc(widest * sizeof(orm_value))};
    if (known.others == NULL || known.binds == NULL) {
        rc = orm__nomem(&session->error);
    }
    for (int out = 1; out >= 0; out--) {
        for (size_t i = 0; rc == ORM_OK && i < plan->pair_count; i++) {
            if (plan->pairs[i].out == (out == 1)) {
                rc = write(session, connection, &plan->pairs[i], &known);
            }
        }
    }
    orm__text_free(&known.sql);
    orm__free(known.others);
    orm__free(known.binds);
    return rc;
}
