/* All rows of a query at once: updates, deletes, and what objects of the session have of them. */
#include "query/evaluate.h"
#include "query/query.h"
#include <string.h>

/* ---- What is assigned ----------------------------------------------------------------------------------------------- */

bool orm__query_copy_assigned(const orm_query *from, orm_query *to)
{
    for (size_t i = 0; i < from->assigned_count; i++) {
        if (to->assigned_count == to->assigned_capacity &&
            !orm__grow(&to->assigned, sizeof *to->assigned, to->assigned_count, &to->assigned_capacity)) {
            return false;
        }
        to->assigned[to->assigned_count++] =
            (orm__assigned){from->assigned[i].field, orm__expr_hold(from->assigned[i].value)};
    }
    return true;
}

void orm__query_drop_assigned(orm_query *query)
{
    for (size_t i = 0; i < query->assigned_count; i++) {
        orm__expr_release(query->assigned[i].value);
    }
    orm__free(query->assigned);
    query->assigned = NULL;
    query->assigned_count = query->assigned_capacity = 0;
}

/* The expression is the query's from here on. The last of two values for one column counts. */
static orm_status put(orm_query *query, size_t field, orm_expr *held, orm_error *error)
{
    for (size_t i = 0; i < query->assigned_count; i++) {
        if (query->assigned[i].field == field) {
            orm__expr_release(query->assigned[i].value);
            query->assigned[i].value = held;
            return ORM_OK;
        }
    }
    if (query->assigned_count == query->assigned_capacity &&
        !orm__grow(&query->assigned, sizeof *query->assigned, query->assigned_count, &query->assigned_capacity)) {
        orm__expr_release(held);
        return orm__nomem(error);
    }
    query->assigned[query->assigned_count++] = (orm__assigned){field, held};
    return ORM_OK;
}

static const orm__field *field_of(const orm_query *query, orm_term column)
{
    const orm__mapper *mapper = query->mapper;
    if (column.model != mapper->model || column.alias != NULL || column.expr != NULL) {
        return NULL;
    }
    return column.name != NULL ? orm__field_named(mapper, column.name) : orm__field_at(mapper, column.offset);
}

static orm_status misfit(orm_query *query, const orm__field *field, orm_type given)
{
    return orm__fail(&query->error, ORM_DATA, "%s.%s is %s, not %s", query->mapper->model->struct_name, field->member,
                     orm__type_name(field->type), orm__type_name(given));
}

static bool goes_into(orm_type value, orm_type column)
{
    const bool numbers = (value == ORM_INTEGER || value == ORM_FLOAT) && (column == ORM_INTEGER || column == ORM_FLOAT);
    return value == ORM_NULL || value == column || numbers;
}

void orm_query_assign_term(orm_query *query, orm_term column, orm_term value)
{
    orm_expr *expr = orm__expr_of(value);
    if (!orm__query_take(query, expr, ORM__PLACE_VALUE, "assign")) {
        return;
    }
    const orm__field *field = field_of(query, column);
    if (field == NULL) {
        (void)orm__fail(&query->error, ORM_ARGUMENT, "%s has no column \"%.200s\" to be assigned to",
                        query->mapper->model->struct_name, column.name != NULL ? column.name : "?");
    } else if (!goes_into(expr->type, field->type)) {
        (void)misfit(query, field, expr->type);
    }
    if (query->error.status != ORM_OK) {
        orm__expr_release(expr);
        return;
    }
    (void)put(query, (size_t)(field - query->mapper->fields), expr, &query->error);
}

static void assign(orm_query *query, orm_term column, orm_value value)
{
    if (query == NULL || query->error.status != ORM_OK) {
        return;
    }
    const orm__field *field = field_of(query, column);
    const orm_type given = value.type;
    if (field != NULL && !orm__value_fits(&value, field->type)) {
        (void)misfit(query, field, given);
        return;
    }
    orm_query_assign_term(query, column, (orm_term){.expr = orm__expr_value(value)});
}

void orm_query_assign(orm_query *query, const char *member, orm_value value)
{
    assign(query, orm_named(orm_query_model(query), member).term, value);
}

static orm_value value_of_int(int64_t v)
{
    return orm_int(v);
}
static orm_value value_of_real(double v)
{
    return orm_real(v);
}
static orm_value value_of_bool(bool v)
{
    return orm_bool(v);
}
static orm_value value_of_text(const char *v)
{
    return orm_text(v);
}
static orm_value value_of_datetime(orm_datetime v)
{
    return orm_datetime_value(v);
}
static orm_value value_of_date(orm_date v)
{
    return orm_date_value(v);
}
static orm_value value_of_json(json_t *v)
{
    return orm_json(v);
}
static orm_value value_of_any(orm_value v)
{
    return v;
}

#define X(n, T)                                                                                                        \
    void orm_assign_##n(orm_query *query, size_t offset, T value)                                                      \
    {                                                                                                                  \
        assign(query, (orm_term){.model = orm_query_model(query), .offset = offset}, value_of_##n(value));             \
    }                                                                                                                  \
    void orm_assign_##n##_col(orm_query *query, size_t offset, orm_##n##_col value)                                    \
    {                                                                                                                  \
        orm_query_assign_term(query, (orm_term){.model = orm_query_model(query), .offset = offset}, value.term);       \
    }
ORM_EACH_TYPE_(X)
#undef X

void orm_query_assign_null(orm_query *query, size_t offset)
{
    assign(query, (orm_term){.model = orm_query_model(query), .offset = offset}, orm_null());
}

/* ---- What is refused ------------------------------------------------------------------------------------------------ */

static const char *what_it_has(const orm__select *select)
{
    return select->left != NULL                    ? "another combined with it"
           : select->raw != NULL                   ? "SQL of one's own"
           : select->has_limit || select->has_offset ? "a limit or offset"
           : select->order.count > 0               ? "an order"
           : select->distinct                      ? "distinct"
           : select->source_count > 1              ? "a join"
           : select->groups.count > 0              ? "groups"
           : select->having.count > 0              ? "a condition on groups"
           : select->item_count > 0                ? "columns of its own"
                                                   : NULL;
}

/* The statement is about the rows of one table, all that the conditions leave. */
static orm_status may_run(orm_query *query, orm_sync how, const char *what)
{
    orm_status rc = orm__query_ready(query);
    if (rc != ORM_OK) {
        return rc;
    }
    orm_error *error = &query->session->error;
    const char *name = query->mapper->model->struct_name, *has = what_it_has(&query->select);
    if (has != NULL) {
        return orm__fail(error, ORM_ARGUMENT, "%s of all rows of a query of %s that has %s", what, name, has);
    }
    if (how > ORM_SYNC_NONE) {
        return orm__fail(error, ORM_ARGUMENT, "%s of all rows of a query of %s: no such way for objects to follow (%d)",
                         what, name, (int)how);
    }
    return ORM_OK;
}

/* ---- How objects follow --------------------------------------------------------------------------------------------- */

static bool is_held(const orm__state *state, const orm__mapper *mapper)
{
    return state->mapper == mapper && state->lifecycle == ORM_IS_PERSISTENT && state->mapped;
}

static bool is_stale(const orm__state *state)
{
    return state->expired || state->due;
}

static bool all_evaluable(const orm_query *query)
{
    for (size_t i = 0; i < query->select.conditions.count; i++) {
        if (!orm__evaluable(query->select.conditions.at[i])) {
            return false;
        }
    }
    return true;
}

static bool all_values_evaluable(const orm_query *query)
{
    for (size_t i = 0; i < query->assigned_count; i++) {
        if (!orm__evaluable_value(query->assigned[i].value)) {
            return false;
        }
    }
    return true;
}

/* ORM_SYNC_AUTO becomes one of the others: in memory where that tells as much as the database would. */
static orm_status choose(const orm_query *query, bool deletes, orm_sync *how)
{
    bool held = false, stale = false;
    for (const orm__state *state = query->session->first; state != NULL; state = state->next) {
        if (is_held(state, query->mapper)) {
            held = true;
            stale = stale || is_stale(state);
        }
    }
    if (*how == ORM_SYNC_EVALUATE && !all_evaluable(query)) {
        return orm__fail(&query->session->error, ORM_ARGUMENT,
                         "a condition of %s is not evaluated in memory: ask the database (ORM_SYNC_FETCH)",
                         query->mapper->model->struct_name);
    }
    if (*how == ORM_SYNC_AUTO) {
        const bool in_memory = all_evaluable(query) && all_values_evaluable(query) && !(deletes && stale);
        *how = in_memory ? ORM_SYNC_EVALUATE : ORM_SYNC_FETCH;
    }
    *how = held ? *how : ORM_SYNC_NONE;
    return ORM_OK;
}

static bool matches(const orm_query *query, const orm__state *state)
{
    for (size_t i = 0; i < query->select.conditions.count; i++) {
        if (orm__evaluate(query->select.conditions.at[i], state) != ORM__TRUE) {
            return false;
        }
    }
    return true;
}

/* All values are those of before, as in SQL, so they are worked out before any is put in place. */
static orm_status take_values(const orm_query *query, orm__state *state, orm_value *values, bool *known)
{
    orm_status rc = ORM_OK;
    for (size_t i = 0; i < query->assigned_count; i++) {
        const orm_expr *expr = query->assigned[i].value;
        known[i] = !is_stale(state) && orm__evaluable_value(expr) && orm__evaluate_value(expr, state, &values[i]);
    }
    /* A text may be one of the object's own, which goes when another takes its place. */
    size_t owned = 0;
    for (; rc == ORM_OK && owned < query->assigned_count; owned++) {
        orm_value copy = orm_null();
        rc = !known[owned] || orm__own(&values[owned], &copy) ? ORM_OK : orm__nomem(&query->session->error);
        values[owned] = copy;
    }
    for (size_t i = 0; rc == ORM_OK && i < query->assigned_count; i++) {
        const size_t field = query->assigned[i].field;
        if (known[i] && orm__value_fits(&values[i], state->mapper->fields[field].type)) {
            rc = orm__state_assign(state, field, &values[i]);
        } else {
            orm__state_member_due(state, field);
        }
    }
    for (size_t i = 0; i < owned; i++) {
        orm__disown(&values[i]);
    }
    return rc;
}

static orm_status follow_in_memory(orm_query *query, bool deletes)
{
    const size_t count = query->assigned_count;
    orm_status rc = ORM_OK;
    orm_value *values = orm__alloc((count + 1) * (sizeof(orm_value) + sizeof(bool)));
    bool *known = (bool *)(values + count + 1);
    if (values == NULL) {
        return orm__nomem(&query->session->error);
    }
    for (orm__state *state = query->session->first; rc == ORM_OK && state != NULL; state = state->next) {
        if (!is_held(state, query->mapper) || state->expired || (!state->due && !matches(query, state))) {
            continue; /* an expired one is read again anyhow */
        }
        if (!deletes) {
            rc = take_values(query, state, values, known);
        } else if (!state->due) {
            rc = orm__state_gone(state);
        }
    }
    orm__free(values);
    return rc;
}

/* One row of RETURNING: the key, then what was assigned. */
static orm_status follow_row(orm_query *query, orm__cursor *cursor, bool deletes)
{
    orm_session *session = query->session;
    const orm__mapper *mapper = query->mapper;
    orm_value *row = session->row;
    orm_status rc = ORM_OK;
    size_t at = 0, read = 0;
    for (; rc == ORM_OK && at < mapper->key_count; at++) {
        rc = orm__column(cursor, at, mapper->fields[mapper->key[at]].type, &row[read], &session->error);
        read += rc == ORM_OK;
    }
    orm__state *state = rc == ORM_OK ? orm__identity_find(&session->identity, mapper, row) : NULL;
    for (size_t i = 0; i < read; i++) {
        orm__value_drop(&row[i]);
    }
    if (state == NULL || !is_held(state, mapper)) {
        return rc;
    }
    if (deletes) {
        return orm__state_gone(state);
    }
    for (size_t i = 0; rc == ORM_OK && i < query->assigned_count && !state->expired; i++) {
        const size_t field = query->assigned[i].field;
        orm_value value = orm_null();
        rc = orm__column(cursor, at + i, mapper->fields[field].type, &value, &session->error);
        rc = rc == ORM_OK ? orm__state_assign(state, field, &value) : rc;
        orm__value_drop(&value);
    }
    return rc;
}

/* What could not be followed is read again. */
static void forget_what_is_known(const orm_query *query)
{
    for (orm__state *state = query->session->first; state != NULL; state = state->next) {
        if (is_held(state, query->mapper)) {
            state->expired = true;
        }
    }
}

/* ---- Running -------------------------------------------------------------------------------------------------------- */

static orm_status send(orm_query *query, const orm__sql *sql, enum orm__verb verb, orm_sync how, int64_t *changed)
{
    orm_session *session = query->session;
    orm__connection *connection;
    orm__cursor cursor = {0};
    bool has_row = false;
    orm_status rc = orm__session_connect(session, true, &connection);
    if (rc != ORM_OK) {
        return rc;
    }
    rc = orm__start(connection, verb, sql->text.at, sql->binds, sql->count, !sql->changing, &cursor, &session->error);
    if (rc == ORM_OK) {
        rc = orm__next(&cursor, &has_row, &session->error);
    }
    if (rc != ORM_OK) {
        orm__finish(&cursor);
        return orm__session_broken(session, rc);
    }
    orm_status followed = ORM_OK;
    while (rc == ORM_OK && has_row) {
        followed = followed == ORM_OK ? follow_row(query, &cursor, verb == ORM__DELETE) : followed;
        rc = orm__next(&cursor, &has_row, &session->error);
    }
    *changed = (int64_t)orm__changes(&cursor);
    orm__finish(&cursor);
    if (rc != ORM_OK) {
        return orm__session_broken(session, rc);
    }
    if (how == ORM_SYNC_EVALUATE) {
        followed = follow_in_memory(query, verb == ORM__DELETE);
    }
    if (followed != ORM_OK) {
        forget_what_is_known(query);
    }
    return followed;
}

/* The key, and for an update all that it assigns. The key itself may be assigned: then rows cannot be told apart by it. */
static orm_status columns_wanted(const orm_query *query, bool deletes, size_t **out, size_t *count)
{
    const orm__mapper *mapper = query->mapper;
    const size_t assigned = deletes ? 0 : query->assigned_count;
    size_t *wanted = orm__alloc((mapper->key_count + assigned) * sizeof *wanted);
    if (wanted == NULL) {
        return orm__nomem(&query->session->error);
    }
    memcpy(wanted, mapper->key, mapper->key_count * sizeof *wanted);
    for (size_t i = 0; i < assigned; i++) {
        wanted[mapper->key_count + i] = query->assigned[i].field;
    }
    *out = wanted;
    *count = mapper->key_count + assigned;
    return ORM_OK;
}

static bool assigns_a_key(const orm_query *query)
{
    for (size_t i = 0; i < query->assigned_count; i++) {
        if (query->mapper->fields[query->assigned[i].field].primary_key) {
            return true;
        }
    }
    return false;
}

/* Columns with an onupdate that are not assigned get its value, which is made once for all rows. */
static orm_status add_onupdate(orm_query *query)
{
    const orm__mapper *mapper = query->mapper;
    orm_error *error = &query->session->error;
    for (size_t i = 0; i < mapper->count; i++) {
        const orm_column *column = mapper->fields[i].column;
        bool given = column->onupdate_fn == NULL && column->onupdate_value.type == ORM_NULL;
        for (size_t k = 0; k < query->assigned_count; k++) {
            given = given || query->assigned[k].field == i;
        }
        if (given) {
            continue;
        }
        orm_value value = column->onupdate_fn != NULL ? column->onupdate_fn(query->session) : column->onupdate_value;
        const orm_type type = value.type;
        if (!orm__value_fits(&value, mapper->fields[i].type)) {
            return orm__fail(error, ORM_DATA, "%s.%s: its function gives %s, the column is %s",
                             mapper->model->struct_name, mapper->fields[i].member, orm__type_name(type),
                             orm__type_name(mapper->fields[i].type));
        }
        orm_expr *held = orm__expr_take(orm__expr_value(value), error);
        orm_status rc = held->kind == ORM__EXPR_BROKEN ? orm__nomem(error) : put(query, i, held, error);
        if (rc != ORM_OK) {
            return rc;
        }
    }
    if (query->assigned_count == 0) {
        return orm__fail(error, ORM_ARGUMENT, "an update of %s assigns nothing", mapper->model->struct_name);
    }
    return ORM_OK;
}

static orm_status run(orm_query *query, bool deletes, orm_sync how, int64_t *changed)
{
    orm_session *session = query->session;
    size_t *wanted = NULL, wanted_count = 0;
    orm__sql sql = {0};
    orm_status rc;
    ORM_TRY(may_run(query, how, deletes ? "a delete" : "an update"));
    if (!deletes) {
        ORM_TRY(add_onupdate(query));
    } else if (query->assigned_count > 0) {
        ORM_TRY(orm__fail(&session->error, ORM_ARGUMENT, "a delete of all rows of a query of %s that assigns",
                          query->mapper->model->struct_name));
    }
    ORM_TRY(orm__autoflush(session));
    ORM_TRY(choose(query, deletes, &how));
    const bool rekeys = !deletes && assigns_a_key(query) && how == ORM_SYNC_FETCH;
    if (how == ORM_SYNC_FETCH && !rekeys) {
        ORM_TRY(columns_wanted(query, deletes, &wanted, &wanted_count));
    }
    sql.dialect = session->database->dialect;
    if (deletes) {
        ORM_TRY(orm__sql_delete_all(&sql, &query->select, wanted, wanted_count, &session->error));
    } else {
        ORM_TRY(orm__sql_update_all(&sql, &query->select, query->assigned, query->assigned_count, wanted, wanted_count,
                                    &session->error));
    }
    ORM_TRY(send(query, &sql, deletes ? ORM__DELETE : ORM__UPDATE, how, changed));
    if (rekeys) {
        forget_what_is_known(query);
    }
fail:
    orm__free(wanted);
    orm__sql_free(&sql);
    return rc;
}

static orm_status run_and_close(orm_query *query, bool deletes, orm_sync how, int64_t *out)
{
    int64_t changed = 0;
    if (out != NULL) {
        *out = 0;
    }
    if (query == NULL) {
        return ORM_NOMEM; /* orm_query_open had none */
    }
    orm_status rc = run(query, deletes, how, &changed);
    if (rc == ORM_OK && out != NULL) {
        *out = changed;
    }
    orm_query_close(&query);
    return rc;
}

orm_status orm_query_update(orm_query *query, orm_sync how, int64_t *changed)
{
    return run_and_close(query, false, how, changed);
}

orm_status orm_query_delete(orm_query *query, orm_sync how, int64_t *deleted)
{
    return run_and_close(query, true, how, deleted);
}
