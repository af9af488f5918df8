/* SELECT as data. */
#include "sql/select.h"
#include "base/error.h"
#include <string.h>

void orm__exprs_clear(orm__exprs *list)
{
    for (size_t i = 0; i < list->count; i++) {
        orm__expr_release(list->at[i]);
    }
    orm__free(list->at);
    *list = (orm__exprs){0};
}

orm_status orm__exprs_add(orm__exprs *list, orm_expr *held, orm_error *error)
{
    if (list->count == list->capacity && !orm__grow(&list->at, sizeof(orm_expr *), list->count, &list->capacity)) {
        orm__expr_release(held);
        return orm__nomem(error);
    }
    list->at[list->count++] = held;
    return ORM_OK;
}

void orm__select_free(orm__select *select)
{
    for (size_t i = 0; i < select->source_count; i++) {
        orm__free(select->sources[i].alias);
        orm__expr_release(select->sources[i].on);
    }
    for (size_t i = 0; i < select->item_count; i++) {
        orm__free(select->items[i].label);
        orm__expr_release(select->items[i].expr);
    }
    orm__free(select->sources);
    orm__free(select->items);
    orm__exprs_clear(&select->conditions);
    orm__exprs_clear(&select->order);
    *select = (orm__select){0};
}

orm_status orm__select_source(orm__select *select, const orm__mapper *mapper, const char *alias, bool outer,
                              orm_expr *on, orm_error *error)
{
    orm__source source = {.mapper = mapper, .outer = outer, .on = on};
    if (alias != NULL && (source.alias = orm__strdup(alias)) == NULL) {
        orm__expr_release(on);
        return orm__nomem(error);
    }
    if (select->source_count == select->source_capacity &&
        !orm__grow(&select->sources, sizeof source, select->source_count, &select->source_capacity)) {
        orm__free(source.alias);
        orm__expr_release(on);
        return orm__nomem(error);
    }
    select->sources[select->source_count++] = source;
    return ORM_OK;
}

orm_status orm__select_item(orm__select *select, size_t source, orm_expr *expr, const char *label, orm_error *error)
{
    orm__selected item = {.source = source, .expr = expr};
    if (label != NULL && (item.label = orm__strdup(label)) == NULL) {
        orm__expr_release(expr);
        return orm__nomem(error);
    }
    if (select->item_count == select->item_capacity &&
        !orm__grow(&select->items, sizeof item, select->item_count, &select->item_capacity)) {
        orm__free(item.label);
        orm__expr_release(expr);
        return orm__nomem(error);
    }
    select->items[select->item_count++] = item;
    return ORM_OK;
}

static orm_status copy_list(const orm__exprs *from, orm__exprs *to, orm_error *error)
{
    for (size_t i = 0; i < from->count; i++) {
        orm_status rc = orm__exprs_add(to, orm__expr_hold(from->at[i]), error);
        if (rc != ORM_OK) {
            return rc;
        }
    }
    return ORM_OK;
}

orm_status orm__select_copy(const orm__select *from, orm__select *to, orm_error *error)
{
    orm_status rc;
    *to = (orm__select){.distinct = from->distinct,
                        .has_limit = from->has_limit,
                        .has_offset = from->has_offset,
                        .limit = from->limit,
                        .offset = from->offset};
    for (size_t i = 0; i < from->source_count; i++) {
        const orm__source *source = &from->sources[i];
        ORM_TRY(orm__select_source(to, source->mapper, source->alias, source->outer, orm__expr_hold(source->on), error));
        to->sources[i].between = source->between;
    }
    for (size_t i = 0; i < from->item_count; i++) {
        const orm__selected *item = &from->items[i];
        ORM_TRY(orm__select_item(to, item->source, orm__expr_hold(item->expr), item->label, error));
    }
    ORM_TRY(copy_list(&from->conditions, &to->conditions, error));
    ORM_TRY(copy_list(&from->order, &to->order, error));
    return ORM_OK;
fail:
    orm__select_free(to);
    return rc;
}

bool orm__select_names(const orm__select *select, const char *name)
{
    for (size_t i = 0; i < select->source_count; i++) {
        const orm__source *source = &select->sources[i];
        if (strcmp(source->alias != NULL ? source->alias : source->mapper->table, name) == 0) {
            return true;
        }
    }
    return false;
}

size_t orm__select_find(const orm__select *select, const orm_model *model, const char *alias)
{
    for (size_t i = 0; i < select->source_count; i++) {
        const orm__source *source = &select->sources[i];
        const bool same = alias == NULL || source->alias == NULL ? source->alias == alias
                                                                 : strcmp(source->alias, alias) == 0;
        if (same && source->mapper->model == model) {
            return i;
        }
    }
    return SIZE_MAX;
}
