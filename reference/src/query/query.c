/* Building a query. */
#include "query/query.h"

static const char *name_of(const orm_model *model)
{
    return model == NULL                ? "(NULL)"
           : model->struct_name != NULL ? model->struct_name
           : model->table != NULL       ? model->table
                                        : "?";
}

orm_query *orm_query_open(orm_session *session, const orm_model *model)
{
    orm_query *query = orm__alloc(sizeof *query);
    if (query == NULL) {
        return NULL;
    }
    query->session = session;
    query->limit = query->offset = ORM_NO_LIMIT;
    query->mapper = session != NULL && model != NULL ? orm__mapper_of(&session->database->registry, model) : NULL;
    if (session == NULL) {
        (void)orm__fail(&query->error, ORM_ARGUMENT, "a query of %s without a session", name_of(model));
    } else if (query->mapper == NULL || !query->mapper->has_objects) {
        (void)orm__fail(&query->error, ORM_ARGUMENT, "%s is no model of this database", name_of(model));
    }
    return query;
}

void orm_query_close(orm_query **pointer)
{
    if (pointer == NULL || *pointer == NULL) {
        return;
    }
    orm_query *query = *pointer;
    *pointer = NULL;
    for (size_t i = 0; i < query->condition_count; i++) {
        orm_expr_free(query->conditions[i]);
    }
    for (size_t i = 0; i < query->order_count; i++) {
        orm_expr_free(query->order[i]);
    }
    orm__free(query->conditions);
    orm__free(query->order);
    orm__free(query);
}

const orm_model *orm_query_model(const orm_query *query)
{
    return query != NULL && query->mapper != NULL ? query->mapper->model : NULL;
}

/* Takes an expression over in any case; it stays only if nothing is wrong with it. */
static void take(orm_query *query, orm_expr *expr, bool as_order)
{
    orm_error error;
    orm_expr *taken = orm__expr_take(expr, &error);
    if (query == NULL) {
        orm_expr_free(taken);
        return;
    }
    orm_error *first = query->error.status == ORM_OK ? &query->error : NULL;
    if (taken == NULL) {
        if (first != NULL) {
            *first = error;
        }
        return;
    }
    orm_status rc = query->error.status;
    if (rc == ORM_OK && (query->limit != ORM_NO_LIMIT || query->offset != ORM_NO_LIMIT)) {
        rc = orm__fail(first, ORM_ARGUMENT, "%s after limit or offset in a query of %s",
                       as_order ? "order_by" : "filter", name_of(query->mapper->model));
    }
    if (rc == ORM_OK) {
        rc = orm__expr_check(taken, query->mapper, as_order, first);
    }
    orm_expr ***list = as_order ? &query->order : &query->conditions;
    size_t *count = as_order ? &query->order_count : &query->condition_count;
    size_t *capacity = as_order ? &query->order_capacity : &query->condition_capacity;
    if (rc == ORM_OK && *count == *capacity && !orm__grow(list, sizeof **list, *count, capacity)) {
        rc = orm__nomem(first);
    }
    if (rc == ORM_OK) {
        (*list)[(*count)++] = taken;
    } else {
        orm_expr_free(taken);
    }
}

void orm_query_filter(orm_query *query, orm_expr *expr)
{
    take(query, expr, false);
}

void orm_query_order_by(orm_query *query, orm_expr *expr)
{
    take(query, expr, true);
}

void orm_query_filter_by(orm_query *query, const char *member, orm_value value)
{
    if (query != NULL && query->error.status == ORM_OK) {
        take(query, orm_compare_any(orm_named(query->mapper->model, member), ORM_EQ, value), false);
    }
}

#define X(n, T)                                                                                                        \
    void orm_filter_by_##n(orm_query *query, size_t offset, T value)                                                   \
    {                                                                                                                  \
        if (query != NULL && query->error.status == ORM_OK) {                                                          \
            take(query, orm_compare_##n(orm_##n##_ref(query->mapper->model, offset), ORM_EQ, value), false);           \
        }                                                                                                              \
    }
ORM_EACH_TYPE_(X)
#undef X

static void set_count(orm_query *query, size_t *place, size_t n, const char *what)
{
    if (query->error.status != ORM_OK) {
        return;
    }
    if (n != ORM_NO_LIMIT && n > INT64_MAX) {
        (void)orm__fail(&query->error, ORM_ARGUMENT, "%s %zu in a query of %s is more than a database counts", what, n,
                        name_of(query->mapper->model));
        return;
    }
    *place = n;
}

void orm_query_limit(orm_query *query, size_t n)
{
    if (query != NULL) {
        set_count(query, &query->limit, n, "limit");
    }
}

void orm_query_offset(orm_query *query, size_t n)
{
    if (query != NULL) {
        set_count(query, &query->offset, n, "offset");
    }
}

void orm_query_distinct(orm_query *query)
{
    if (query != NULL) {
        query->distinct = true;
    }
}
