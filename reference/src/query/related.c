/* Queries that follow relationships. */
#include "query/query.h"

/* column of one source = column of another */
static orm_expr *equal(const orm__mapper *a, const char *a_alias, size_t a_field, const orm__mapper *b,
                       const char *b_alias, size_t b_field)
{
    orm_any_col left = orm_named(a->model, a->fields[a_field].member);
    orm_any_col right = orm_named(b->model, b->fields[b_field].member);
    return orm_compare_any_cols(orm_any_of(a_alias, left), ORM_EQ, orm_any_of(b_alias, right));
}

/* The condition of the far table, or of the table between: that its columns are those of the other one. */
static orm_expr *all_equal(const orm__mapper *a, const char *a_alias, const size_t *a_fields, const orm__mapper *b,
                           const char *b_alias, const size_t *b_fields, size_t count)
{
    orm_expr *parts[count];
    for (size_t i = 0; i < count; i++) {
        parts[i] = equal(a, a_alias, a_fields[i], b, b_alias, b_fields[i]);
    }
    return count == 1 ? parts[0] : orm_junction(true, parts, count);
}

static void add_source(orm_query *query, const orm__mapper *mapper, const char *alias, bool outer, bool between,
                       orm_expr *on)
{
    if (!orm__query_take(query, on, ORM__PLACE_CONDITION, "join")) {
        return;
    }
    if (orm__select_source(&query->select, mapper, alias, outer, on, &query->error) == ORM_OK) {
        query->select.sources[query->select.source_count - 1].between = between;
    }
}

orm_query *orm_link_query(orm_many_link link)
{
    orm__slot *slot = link.slot;
    if (slot == NULL) {
        return orm_query_open(NULL, NULL);
    }
    const orm__relation *r = slot->relation;
    const orm__state *owner = slot->owner;
    orm_query *query = orm_query_open(owner->session, r->target->model);
    if (query == NULL || query->error.status != ORM_OK) {
        return query;
    }
    if (!orm__has_row(owner) || owner->lifecycle == ORM_IS_DETACHED) {
        (void)orm__fail(&query->error, ORM_DETACHED, "%s.%s: its object has no row in a session to ask by",
                        owner->mapper->model->struct_name, r->member);
        return query;
    }
    const orm__mapper *holder = r->secondary != NULL ? r->secondary : r->target;
    if (r->secondary != NULL) {
        add_source(query, r->secondary, NULL, false, true,
                   all_equal(r->secondary, NULL, r->far_key, r->target, NULL, r->far, r->far_count));
    }
    for (size_t i = 0; i < r->own_count; i++) {
        const orm__field *field = &holder->fields[r->secondary != NULL ? r->near_key[i] : r->far[i]];
        orm_query_filter(query,
                         orm_compare_any(orm_named(holder->model, field->member), ORM_EQ, owner->loaded[r->own[i]]));
    }
    for (size_t i = 0; i < r->order_count; i++) {
        orm_any_col column = orm_named(r->target->model, r->target->fields[r->order[i].field].member);
        orm_query_order_by(query, orm_order_term(column.term, r->order[i].descending));
    }
    return query;
}
