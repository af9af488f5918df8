/* What a query selects, and how its rows are put together. */
#include "query/query.h"
#include <string.h>

void orm_query_select(orm_query *query, orm_term term, const char *label)
{
    orm_expr *expr = orm__expr_of(term);
    if (orm__query_take(query, expr, ORM__PLACE_VALUE, NULL)) {
        (void)orm__select_item(&query->select, 0, expr, label, &query->error);
    }
}

static void select_into(orm_query *query, orm_term term, void *variable, int storage)
{
    const size_t before = query != NULL ? query->select.item_count : 0;
    orm_query_select(query, term, NULL);
    if (query != NULL && query->select.item_count > before) {
        query->select.items[before].variable = variable;
        query->select.items[before].storage = storage;
    }
}

enum { /* of the variables of a kind */
       STORE_int = ORM_STORE_INT_,
       STORE_opt_int = ORM_STORE_OPT_INT_,
       STORE_real = ORM_STORE_REAL_,
       STORE_opt_real = ORM_STORE_OPT_REAL_,
       STORE_bool = ORM_STORE_BOOL_,
       STORE_opt_bool = ORM_STORE_OPT_BOOL_,
       STORE_text = ORM_STORE_TEXT_,
       STORE_datetime = ORM_STORE_DATETIME_,
       STORE_opt_datetime = ORM_STORE_OPT_DATETIME_,
       STORE_date = ORM_STORE_DATE_,
       STORE_opt_date = ORM_STORE_OPT_DATE_,
       STORE_json = ORM_STORE_JSON_,
       STORE_any = ORM_STORE_VALUE_
};

#define X(n, c, T)                                                                                                     \
    void orm_select_##n(orm_query *query, orm_##c##_col column, T *variable)                                           \
    {                                                                                                                  \
        select_into(query, column.term, variable, STORE_##n);                                                          \
    }                                                                                                                  \
    void orm_fetch_##n(orm_cursor *cursor, size_t item, T *variable)                                                   \
    {                                                                                                                  \
        orm__cursor_bind(cursor, item, variable, STORE_##n);                                                           \
    }                                                                                                                  \
    orm_status orm_scalar_##n(orm_query *query, T *variable)                                                           \
    {                                                                                                                  \
        return orm__query_scalar(query, variable, STORE_##n);                                                          \
    }
ORM_EACH_VARIABLE_(X)
#undef X

void orm_query_select_object(orm_query *query, const orm_model *model, const char *alias, void *out)
{
    if (!orm__query_open(query, NULL)) {
        return;
    }
    const size_t source = model != NULL ? orm__select_find(&query->select, model, alias) : SIZE_MAX;
    if (source == SIZE_MAX || !query->select.sources[source].mapper->has_objects) {
        (void)orm__fail(&query->error, ORM_ARGUMENT, "%s%s%.64s is selected, and a query of %s joins no such model",
                        model == NULL ? "(NULL)" : model->struct_name != NULL ? model->struct_name : model->table,
                        alias != NULL ? " as " : "", alias != NULL ? alias : "", orm__query_of(query));
        return;
    }
    const size_t at = query->select.item_count;
    if (orm__select_item(&query->select, source, NULL, NULL, &query->error) == ORM_OK) {
        query->select.items[at].variable = out;
    }
}

void orm_query_group_by(orm_query *query, orm_term term)
{
    orm_expr *expr = orm__expr_of(term);
    if (orm__query_take(query, expr, ORM__PLACE_VALUE, "group_by")) {
        (void)orm__exprs_add(&query->select.groups, expr, &query->error);
    }
}

void orm_query_having(orm_query *query, orm_expr *expr)
{
    if (orm__query_take(query, expr, ORM__PLACE_CONDITION, "having")) {
        (void)orm__exprs_add(&query->select.having, expr, &query->error);
    }
}

/* Which members are read later: `only` the others of this one, or this one. */
static void set_deferred(orm_query *query, const char *member, bool only)
{
    if (!orm__query_open(query, NULL)) {
        return;
    }
    orm__source *source = &query->select.sources[0];
    const orm__field *field = member != NULL ? orm__field_named(query->mapper, member) : NULL;
    if (field == NULL) {
        (void)orm__fail(&query->error, ORM_ARGUMENT, "%s has no column \"%.200s\"", orm__query_of(query),
                        member != NULL ? member : "(NULL)");
        return;
    }
    if (source->deferred == NULL) {
        source->deferred = orm__alloc(query->mapper->count * sizeof(bool));
        if (source->deferred == NULL) {
            (void)orm__nomem(&query->error);
            return;
        }
        for (size_t i = 0; only && i < query->mapper->count; i++) {
            source->deferred[i] = !query->mapper->fields[i].primary_key;
        }
    }
    source->deferred[field - query->mapper->fields] = !only && !field->primary_key;
}

void orm_query_load_only(orm_query *query, const char *member)
{
    set_deferred(query, member, true);
}

void orm_query_defer(orm_query *query, const char *member)
{
    set_deferred(query, member, false);
}
