/* Joins. */
#include "query/query.h"
#include <string.h>

static const char *name_of(const orm_model *model)
{
    return model->struct_name != NULL ? model->struct_name : model->table != NULL ? model->table : "?";
}

/* The condition of the first foreign key of all that *found counts, else NULL. */
static orm_expr *by_key(const orm__source *child, const orm__source *parent, size_t *found)
{
    orm_expr *on = NULL;
    for (size_t i = 0; i < child->mapper->count; i++) {
        const orm__field *field = &child->mapper->fields[i];
        if (field->target != parent->mapper) {
            continue;
        }
        if ((*found)++ == 0) {
            const orm__field *key = &parent->mapper->fields[field->target_field];
            orm_any_col from = orm_named(child->mapper->model, field->member),
                        to = orm_named(parent->mapper->model, key->member);
            on = orm_compare_any_cols(orm_any_of(child->alias, from), ORM_EQ, orm_any_of(parent->alias, to));
        }
    }
    return on;
}

/* By the only foreign key between the new source and those before it. NULL, with the error stuck, when there is none or
 * more than one. */
static orm_expr *only_key(orm_query *query, const orm__source *joined)
{
    orm_expr *on = NULL;
    size_t found = 0;
    for (size_t i = 0; i < query->select.source_count; i++) {
        const orm__source *source = &query->select.sources[i];
        orm_expr *there = by_key(joined, source, &found);
        orm_expr *back = by_key(source, joined, &found); /* of a model to itself: both ways, which is no answer */
        on = on != NULL ? on : there != NULL ? there : back;
    }
    if (found == 1) {
        return on;
    }
    orm_expr_free(on);
    (void)orm__fail(&query->error, ORM_ARGUMENT, "%s foreign key between %s and what a query of %s joins already",
                    found == 0 ? "no" : "more than one", name_of(joined->mapper->model), name_of(query->mapper->model));
    return NULL;
}

void orm_query_join(orm_query *query, const orm_model *model, const char *alias, orm_join_kind kind, orm_expr *on)
{
    const bool taken = on == NULL ? orm__query_open(query, "join")
                                  : orm__query_take(query, on, ORM__PLACE_CONDITION, "join");
    if (!taken) {
        return;
    }
    const orm__mapper *mapper = model != NULL ? orm__mapper_of(&query->session->database->registry, model) : NULL;
    if (mapper == NULL) {
        (void)orm__fail(&query->error, ORM_ARGUMENT, "%s is no model of this database",
                        model != NULL ? name_of(model) : "(NULL)");
    } else if (orm__select_names(&query->select, alias != NULL ? alias : mapper->table)) {
        (void)orm__fail(&query->error, ORM_ARGUMENT, "%s is joined twice as \"%.64s\" in a query of %s", name_of(model),
                        alias != NULL ? alias : mapper->table, name_of(query->mapper->model));
    } else if (on == NULL) { /* the alias is only read */
        on = only_key(query, &(orm__source){.mapper = mapper, .alias = (char *)(uintptr_t)alias});
        on = orm__query_take(query, on, ORM__PLACE_CONDITION, "join") ? on : NULL;
    }
    if (query->error.status == ORM_OK) {
        (void)orm__select_source(&query->select, mapper, alias, kind == ORM_LEFT_JOIN, on, &query->error);
    } else {
        orm__expr_release(on);
    }
}
