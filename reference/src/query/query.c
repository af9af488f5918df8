/* Building a query. */
#include "query/query.h"

static const char *name_of(const orm_model *model)
{
    return model == NULL                ? "(NULL)"
           : model->struct_name != NULL ? model->struct_name
           : model->table != NULL       ? model->table
                                        : "?";
}

const char *orm__query_of(const orm_query *query)
{
    return query->mapper != NULL ? name_of(query->mapper->model) : "?";
}

orm_query *orm_query_open(orm_session *session, const orm_model *model)
{
    orm_query *query = orm__alloc(sizeof *query);
    if (query == NULL) {
        return NULL;
    }
    query->session = session;
    query->batch = ORM_NO_LIMIT;
    query->mapper = session != NULL && model != NULL ? orm__mapper_of(&session->database->registry, model) : NULL;
    if (session == NULL) {
        (void)orm__fail(&query->error, ORM_ARGUMENT, "a query of %s without a session", name_of(model));
    } else if (query->mapper == NULL || !query->mapper->has_objects) {
        (void)orm__fail(&query->error, ORM_ARGUMENT, "%s is no model of this database", name_of(model));
    } else {
        (void)orm__select_source(&query->select, query->mapper, NULL, false, NULL, &query->error);
    }
    return query;
}

orm_query *orm_query_clone(const orm_query *query)
{
    orm_query *copy = query != NULL ? orm__alloc(sizeof *copy) : NULL;
    if (copy == NULL) {
        return NULL;
    }
    copy->session = query->session;
    copy->mapper = query->mapper;
    copy->error = query->error;
    copy->batch = query->batch;
    orm_error error;
    if (orm__select_copy(&query->select, &copy->select, &error) != ORM_OK && copy->error.status == ORM_OK) {
        copy->error = error;
    }
    if (!orm__query_copy_assigned(query, copy) && copy->error.status == ORM_OK) {
        (void)orm__nomem(&copy->error);
    }
    return copy;
}

void orm_query_close(orm_query **pointer)
{
    if (pointer == NULL || *pointer == NULL) {
        return;
    }
    orm_query *query = *pointer;
    *pointer = NULL;
    orm__select_free(&query->select);
    orm__choices_free(query->choices);
    orm__query_drop_assigned(query);
    orm__free(query);
}

const orm_model *orm_query_model(const orm_query *query)
{
    return query != NULL && query->mapper != NULL ? query->mapper->model : NULL;
}

bool orm__query_open(orm_query *query, const char *step)
{
    if (query == NULL || query->error.status != ORM_OK) {
        return false;
    }
    const orm__select *select = &query->select;
    if (step != NULL && (select->has_limit || select->has_offset || select->raw != NULL)) {
        (void)orm__fail(&query->error, ORM_ARGUMENT, "%s after %s in a query of %s", step,
                        select->raw != NULL ? "SQL of one's own" : "limit or offset", name_of(query->mapper->model));
    }
    return query->error.status == ORM_OK;
}

bool orm__query_give(orm_query *query, orm__select *select, orm_error *error)
{
    *select = (orm__select){0};
    if (query == NULL) {
        (void)orm__nomem(error); /* orm_query_open had none */
        return false;
    }
    if (query->error.status != ORM_OK) {
        *error = query->error;
        orm_query_close(&query);
        return false;
    }
    *select = query->select;
    query->select = (orm__select){0};
    orm_query_close(&query);
    return true;
}

bool orm__query_take(orm_query *query, orm_expr *expr, enum orm__place place, const char *step)
{
    orm_error error, *first = query != NULL && query->error.status == ORM_OK ? &query->error : NULL;
    orm_expr *held = orm__expr_take(expr, first != NULL ? first : &error);
    if (held != NULL && orm__query_open(query, step) && orm__expr_check(held, place, first) == ORM_OK) {
        return true;
    }
    orm__expr_release(held);
    return false;
}

void orm_query_filter(orm_query *query, orm_expr *expr)
{
    if (orm__query_take(query, expr, ORM__PLACE_CONDITION, "filter")) {
        (void)orm__exprs_add(&query->select.conditions, expr, &query->error);
    }
}

void orm_query_order_by(orm_query *query, orm_expr *expr)
{
    if (orm__query_take(query, expr, ORM__PLACE_ORDER, "order_by")) {
        (void)orm__exprs_add(&query->select.order, expr, &query->error);
    }
}

void orm_query_filter_by(orm_query *query, const char *member, orm_value value)
{
    if (query != NULL && query->error.status == ORM_OK) {
        const orm__source *last = &query->select.sources[query->select.source_count - 1];
        while (last->between) {
            last--;
        }
        orm_any_col column = orm_any_of(last->alias, orm_named(last->mapper->model, member));
        orm_query_filter(query, orm_compare_any(column, ORM_EQ, value));
    }
}

#define X(n, T)                                                                                                        \
    void orm_filter_by_##n(orm_query *query, size_t offset, T value)                                                   \
    {                                                                                                                  \
        if (query != NULL && query->error.status == ORM_OK) {                                                          \
            orm_query_filter(query, orm_compare_##n(orm_##n##_ref(query->mapper->model, offset), ORM_EQ, value));      \
        }                                                                                                              \
    }
ORM_EACH_TYPE_(X)
#undef X

static void set_count(orm_query *query, bool *has, int64_t *place, size_t n, const char *what)
{
    if (query->error.status != ORM_OK) {
        return;
    }
    if (n != ORM_NO_LIMIT && n > INT64_MAX) {
        (void)orm__fail(&query->error, ORM_ARGUMENT, "%s %zu in a query of %s is more than a database counts", what, n,
                        name_of(query->mapper->model));
        return;
    }
    *has = n != ORM_NO_LIMIT;
    *place = *has ? (int64_t)n : 0;
}

void orm_query_limit(orm_query *query, size_t n)
{
    if (query != NULL && query->select.raw != NULL) {
        (void)orm__query_open(query, "limit");
    } else if (query != NULL) {
        set_count(query, &query->select.has_limit, &query->select.limit, n, "limit");
    }
}

void orm_query_offset(orm_query *query, size_t n)
{
    if (query != NULL && query->select.raw != NULL) {
        (void)orm__query_open(query, "offset");
    } else if (query != NULL) {
        set_count(query, &query->select.has_offset, &query->select.offset, n, "offset");
    }
}

void orm_query_distinct(orm_query *query)
{
    if (orm__query_open(query, query != NULL && query->select.raw != NULL ? "distinct" : NULL)) {
        query->select.distinct = true;
    }
}

void orm_query_order_reset(orm_query *query)
{
    if (orm__query_open(query, NULL)) {
        orm__exprs_clear(&query->select.order);
    }
}

void orm_query_for_update(orm_query *query)
{
    if (orm__query_open(query, NULL)) {
        query->select.for_update = true;
    }
}

void orm_query_batch(orm_query *query, size_t rows)
{
    if (query != NULL) {
        query->batch = rows;
    }
}
