#include "rows.h"
#include "expressions.h"
#include "values.h"
#include <string.h>

static bool raised(struct answer *a, orm_status rc)
{
    return call_raised(a->call, rc, orm_session_error(a->session->orm));
}

/* One item of the row in hand. */
static bool item(struct answer *a, orm_cursor *rows, size_t i, json_t **out)
{
    orm_value value;
    if (orm_cursor_object(rows, i) != NULL)
        return query_answer_object(a, orm_cursor_object(rows, i), out);
    if (orm_cursor_name(rows, i) == NULL) { /* an object's place, without one */
        *out = json_null();
        return true;
    }
    orm_status rc = orm_cursor_value(rows, i, &value);
    if (rc != ORM_OK)
        return raised(a, rc);
    *out = must(value_encode(&value));
    return true;
}

enum form { LISTS, NAMED, FIRST_ITEMS };

static bool row(struct answer *a, orm_cursor *rows, enum form form, json_t **out)
{
    json_t *value;
    if (form == FIRST_ITEMS)
        return item(a, rows, 0, out);
    *out = must(form == NAMED ? json_object() : json_array());
    for (size_t i = 0; i < orm_cursor_width(rows); i++) {
        if (!item(a, rows, i, &value))
            return json_decref(*out), false;
        if (form == NAMED)
            json_object_set_new(*out, orm_cursor_name(rows, i) != NULL ? orm_cursor_name(rows, i) : "?", value);
        else
            json_array_append_new(*out, value);
    }
    return true;
}

/* All rows, or the first; closes the cursor. */
static bool drain(struct answer *a, orm_cursor *rows, enum form form, bool first, json_t **out)
{
    json_t *list = must(json_array()), *one;
    bool fine = true;
    while (fine && (!first || json_array_size(list) == 0) && orm_next_row(rows))
        if ((fine = row(a, rows, form, &one)))
            json_array_append_new(list, one);
    orm_status rc = orm_cursor_close(&rows);
    if (fine && rc != ORM_OK)
        fine = raised(a, rc);
    if (fine)
        *out = !first ? json_incref(list) : json_array_size(list) > 0 ? json_incref(json_array_get(list, 0)) : json_null();
    json_decref(list);
    return fine;
}

static bool answer_rows(struct answer *a, orm_query *query, enum form form, bool first)
{
    orm_cursor *rows;
    orm_status rc = orm_query_rows(query, &rows);
    return rc == ORM_OK ? drain(a, rows, form, first, &a->call->result) : raised(a, rc);
}

bool rows_values(struct answer *a, orm_query *query, bool first)
{
    if (first)
        orm_query_limit(query, 1);
    return answer_rows(a, query, LISTS, first);
}

static bool end_rows(struct answer *a, orm_query *query, const json_t *end)
{
    (void)end;
    return answer_rows(a, query, LISTS, false);
}

static bool end_named_rows(struct answer *a, orm_query *query, const json_t *end)
{
    (void)end;
    return answer_rows(a, query, NAMED, false);
}

static bool end_scalars(struct answer *a, orm_query *query, const json_t *end)
{
    (void)end;
    return answer_rows(a, query, FIRST_ITEMS, false);
}

/* ["stream", rows at a time]: each object is read while it is there. */
static bool end_stream(struct answer *a, orm_query *query, const json_t *end)
{
    const json_t *batch = json_array_get(end, 1);
    orm_cursor *objects;
    if (a->read == NULL || !json_is_integer(batch) || json_integer_value(batch) < 1) {
        orm_query_close(&query);
        return call_bad(a->call, "stream takes a number of rows, and what is to be read of each object");
    }
    orm_query_batch(query, (size_t)json_integer_value(batch));
    orm_status rc = orm_query_stream(query, &objects);
    return rc == ORM_OK ? drain(a, objects, FIRST_ITEMS, false, &a->call->result) : raised(a, rc);
}

static bool end_scalar(struct answer *a, orm_query *query, const json_t *end)
{
    orm_value value;
    orm_status rc = orm_scalar_any(query, &value);
    (void)end;
    if (rc != ORM_OK)
        return raised(a, rc);
    a->call->result = must(value_encode(&value));
    return true;
}

static bool end_exists(struct answer *a, orm_query *query, const json_t *end)
{
    bool exists;
    orm_status rc = orm_query_exists(query, &exists);
    (void)end;
    if (rc != ORM_OK)
        return raised(a, rc);
    a->call->result = json_boolean(exists);
    return true;
}

static bool end_statement(struct answer *a, orm_query *query, const json_t *end)
{
    const char *sql;
    orm_status rc = orm_query_sql(query, &sql);
    (void)end;
    orm_query_close(&query);
    if (rc != ORM_OK)
        return raised(a, rc);
    a->call->result = must(json_string(sql));
    return true;
}

end_fn *rows_find(const char *name)
{
    static const struct { const char *name; end_fn *run; } ends[] = {
        { "rows", end_rows }, { "named_rows", end_named_rows }, { "scalars", end_scalars }, { "stream", end_stream },
        { "scalar", end_scalar }, { "exists", end_exists }, { "statement", end_statement },
    };
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (strcmp(ends[i].name, name) == 0)
            return ends[i].run;
    return NULL;
}

/* ---- SQL of one's own ---- */

static bool execute_rows(struct answer *a, const char *sql, const orm_binding *bindings, size_t count)
{
    orm_cursor *rows;
    orm_status rc = orm_execute_rows(a->session->orm, sql, bindings, count, &rows);
    if (rc != ORM_OK)
        return raised(a, rc);
    json_t *names = must(json_array()), *list;
    for (size_t i = 0; i < orm_cursor_width(rows); i++)
        json_array_append_new(names, must(json_string(orm_cursor_name(rows, i))));
    if (!drain(a, rows, LISTS, false, &list))
        return json_decref(names), false;
    a->call->result = must(json_pack("{s:o, s:o}", "columns", names, "rows", list));
    return true;
}

bool rows_execute(struct world *w, struct call *c)
{
    struct answer a = { .world = w, .call = c };
    const char *sql;
    json_t *values;
    bool rows = false;
    orm_binding *bindings;
    size_t count;
    int64_t changed;
    if (!call_text(c, "sql", true, &sql) || !call_object(c, "values", &values) || !call_flag(c, "rows", &rows) || !world_session(w, c, &a.session))
        return false;
    if (!expression_bindings(c, values, &bindings, &count))
        return false;
    if (rows)
        return execute_rows(&a, sql, bindings, count);
    orm_status rc = orm_execute(a.session->orm, sql, bindings, count, &changed);
    if (rc != ORM_OK)
        return raised(&a, rc);
    c->result = must(json_pack("{s:I}", "count", (json_int_t)changed));
    return true;
}
