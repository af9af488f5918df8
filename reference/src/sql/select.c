/* SELECT as data. */
#include "sql/select.h"
#include "base/error.h"
#include <stdio.h>
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

static void free_one(orm__select *select)
{
    if (select != NULL) {
        orm__select_free(select);
        orm__free(select);
    }
}

static void free_source(orm__source *source)
{
    orm__free(source->alias);
    orm__free(source->path);
    orm__free(source->deferred);
    orm__expr_release(source->on);
    free_one(source->derived);
}

void orm__select_free(orm__select *select)
{
    for (size_t i = 0; i < select->source_count; i++) {
        free_source(&select->sources[i]);
    }
    for (size_t i = 0; i < select->item_count; i++) {
        orm__free(select->items[i].label);
        orm__expr_release(select->items[i].expr);
    }
    orm__free(select->sources);
    orm__free(select->items);
    orm__exprs_clear(&select->conditions);
    orm__exprs_clear(&select->having);
    orm__exprs_clear(&select->groups);
    orm__exprs_clear(&select->order);
    free_one(select->left);
    free_one(select->right);
    orm__expr_release(select->raw);
    *select = (orm__select){0};
}

/* The source's parts are the select's from now on, also when it fails. */
static orm_status add_source(orm__select *select, orm__source source, const char *alias, orm_error *error)
{
    if (alias != NULL && (source.alias = orm__strdup(alias)) == NULL) {
        free_source(&source);
        return orm__nomem(error);
    }
    if (select->source_count == select->source_capacity &&
        !orm__grow(&select->sources, sizeof source, select->source_count, &select->source_capacity)) {
        free_source(&source);
        return orm__nomem(error);
    }
    select->sources[select->source_count++] = source;
    return ORM_OK;
}

orm_status orm__select_source(orm__select *select, const orm__mapper *mapper, const char *alias, bool outer,
                              orm_expr *on, orm_error *error)
{
    return add_source(select, (orm__source){.mapper = mapper, .outer = outer, .on = on}, alias, error);
}

/* *from in memory of its own, *from empty; NULL: no memory, and *from is freed. */
static orm__select *moved(orm__select *from)
{
    orm__select *select = orm__alloc(sizeof *select);
    if (select == NULL) {
        orm__select_free(from);
        return NULL;
    }
    *select = *from;
    *from = (orm__select){0};
    return select;
}

orm_status orm__select_derived(orm__select *select, orm__select *derived, const char *alias, bool outer, orm_expr *on,
                               orm_error *error)
{
    orm__source source = {.outer = outer, .on = on, .derived = moved(derived)};
    if (source.derived == NULL) {
        free_source(&source);
        return orm__nomem(error);
    }
    return add_source(select, source, alias, error);
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

/* ---- Copies
 * ------------------------------------------------------------------------------------------------------------- */

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

static orm_status copy_one(const orm__select *from, orm__select **to, orm_error *error)
{
    if (from == NULL) {
        return ORM_OK;
    }
    orm__select copy, *own;
    orm_status rc = orm__select_copy(from, &copy, error);
    if (rc == ORM_OK && (own = moved(&copy)) != NULL) {
        *to = own;
        return ORM_OK;
    }
    return rc != ORM_OK ? rc : orm__nomem(error);
}

static orm_status copy_source(const orm__source *from, orm__select *to, orm_error *error)
{
    orm__source source = {
        .mapper = from->mapper, .outer = from->outer, .between = from->between, .inner = from->inner};
    orm_status rc = copy_one(from->derived, &source.derived, error);
    if (rc != ORM_OK) {
        return rc;
    }
    if (from->path != NULL && (source.path = orm__strdup(from->path)) == NULL) {
        free_source(&source);
        return orm__nomem(error);
    }
    if (from->deferred != NULL) {
        source.deferred = orm__alloc(from->mapper->count * sizeof(bool));
        if (source.deferred == NULL) {
            free_source(&source);
            return orm__nomem(error);
        }
        memcpy(source.deferred, from->deferred, from->mapper->count * sizeof(bool));
    }
    source.on = orm__expr_hold(from->on);
    return add_source(to, source, from->alias, error);
}

orm_status orm__select_copy(const orm__select *from, orm__select *to, orm_error *error)
{
    orm_status rc;
    *to = (orm__select){.distinct = from->distinct,
                        .has_limit = from->has_limit,
                        .has_offset = from->has_offset,
                        .for_update = from->for_update,
                        .limit = from->limit,
                        .offset = from->offset,
                        .combination = from->combination,
                        .raw = orm__expr_hold(from->raw)};
    for (size_t i = 0; i < from->source_count; i++) {
        ORM_TRY(copy_source(&from->sources[i], to, error));
    }
    for (size_t i = 0; i < from->item_count; i++) {
        const orm__selected *item = &from->items[i];
        ORM_TRY(orm__select_item(to, item->source, orm__expr_hold(item->expr), item->label, error));
        to->items[i].variable = item->variable;
        to->items[i].storage = item->storage;
    }
    ORM_TRY(copy_list(&from->conditions, &to->conditions, error));
    ORM_TRY(copy_list(&from->having, &to->having, error));
    ORM_TRY(copy_list(&from->groups, &to->groups, error));
    ORM_TRY(copy_list(&from->order, &to->order, error));
    ORM_TRY(copy_one(from->left, &to->left, error));
    ORM_TRY(copy_one(from->right, &to->right, error));
    return ORM_OK;
fail:
    orm__select_free(to);
    return rc;
}

/* ---- Combinations
 * ------------------------------------------------------------------------------------------------------- */

static bool is_entity(const orm__select *select)
{
    return select->item_count == 0;
}

static orm_status fit(const orm__select *a, const orm__select *b, orm_error *error)
{
    const char *name = orm__source_name(&a->sources[0]), *other = orm__source_name(&b->sources[0]);
    if (is_entity(a) != is_entity(b) || a->item_count != b->item_count) {
        return orm__fail(error, ORM_ARGUMENT, "a query of \"%s\" is combined with one of \"%s\" that selects something else",
                         name, other);
    }
    if (is_entity(a) && a->sources[0].mapper != b->sources[0].mapper) {
        return orm__fail(error, ORM_ARGUMENT, "a query of \"%s\" is combined with one of \"%s\"", name, other);
    }
    return ORM_OK;
}

/* The items of the combination: what the left one selects, now columns of it. */
static orm_status lift_items(orm__select *select, const orm__select *left, orm_error *error)
{
    char buffer[32];
    for (size_t i = 0; i < left->item_count; i++) {
        const orm__selected *item = &left->items[i];
        if (item->expr == NULL) {
            return orm__fail(error, ORM_ARGUMENT, "a query that selects objects beside values is not combined");
        }
        const char *label = orm__select_label(left, i, buffer);
        orm_expr *column =
            orm__expr_take(orm__expr_label(orm__source_name(&left->sources[0]), label, item->expr->type), error);
        orm_status rc = orm__expr_check(column, ORM__PLACE_VALUE, error);
        if (rc != ORM_OK) {
            orm__expr_release(column);
            return rc;
        }
        rc = orm__select_item(select, 0, column, item->label, error);
        if (rc != ORM_OK) {
            return rc;
        }
        select->items[i].variable = item->variable;
        select->items[i].storage = item->storage;
    }
    return ORM_OK;
}

orm_status orm__select_combine(orm__select *select, orm_combination how, orm__select *other, orm_error *error)
{
    orm__select result = {0}, both = {.combination = how};
    const orm__mapper *mapper = select->sources[0].mapper;
    orm_status rc;
    ORM_TRY(fit(select, other, error));
    ORM_TRY(lift_items(&result, select, error));
    both.left = moved(select);
    both.right = moved(other);
    if (both.left == NULL || both.right == NULL) {
        ORM_TRY(orm__nomem(error));
    }
    /* Both go by the name of their table, so that what is said about its columns is said about the result. */
    ORM_TRY(orm__select_derived(&result, &both, NULL, false, NULL, error));
    result.sources[0].mapper = mapper;
    *select = result;
    return ORM_OK;
fail:
    orm__select_free(&both);
    orm__select_free(&result);
    orm__select_free(select);
    orm__select_free(other);
    return rc;
}

/* ---- Names
 * -------------------------------------------------------------------------------------------------------------- */

const char *orm__source_name(const orm__source *source)
{
    return source->alias != NULL ? source->alias : source->mapper->table;
}

bool orm__select_names(const orm__select *select, const char *name)
{
    for (size_t i = 0; i < select->source_count; i++) {
        if (strcmp(orm__source_name(&select->sources[i]), name) == 0) {
            return true;
        }
    }
    return false;
}

size_t orm__select_find(const orm__select *select, const orm_model *model, const char *alias)
{
    for (size_t i = 0; i < select->source_count; i++) {
        const orm__source *source = &select->sources[i];
        const char *own = source->inner ? NULL : source->alias;
        const bool same = alias == NULL || own == NULL ? own == alias : strcmp(own, alias) == 0;
        if (same && source->mapper != NULL && source->mapper->model == model) {
            return i;
        }
    }
    return SIZE_MAX;
}

size_t orm__select_find_column(const orm__select *select, const orm_expr *column)
{
    if (column->model != NULL) {
        return orm__select_find(select, column->model, column->alias);
    }
    for (size_t i = 0; i < select->source_count; i++) {
        if (select->sources[i].derived != NULL && strcmp(orm__source_name(&select->sources[i]), column->alias) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* The name that the item has by nature, or NULL. */
static const char *own_label(const orm__select *select, size_t i)
{
    const orm__selected *item = &select->items[i];
    if (item->label != NULL) {
        return item->label;
    }
    if (item->expr == NULL || item->expr->kind != ORM__EXPR_COLUMN) {
        return NULL;
    }
    const size_t source = orm__select_find_column(select, item->expr);
    if (item->expr->column == NULL) {
        return item->expr->label;
    }
    return source != SIZE_MAX ? orm__expr_field(select->sources[source].mapper, item->expr->column)->name : NULL;
}

const char *orm__select_label(const orm__select *select, size_t item, char buffer[32])
{
    const char *label = own_label(select, item);
    for (size_t i = 0; label != NULL && select->items[item].label == NULL && i < item; i++) {
        const char *before = own_label(select, i);
        if (before != NULL && strcmp(before, label) == 0) {
            label = NULL; /* two columns of one name */
        }
    }
    if (label == NULL) {
        (void)snprintf(buffer, 32, "c%zu", item + 1);
    }
    return label != NULL ? label : buffer;
}

size_t orm__select_width(const orm__select *select, size_t item)
{
    if (item < select->item_count && select->items[item].expr != NULL) {
        return 1;
    }
    const orm__source *source = &select->sources[item < select->item_count ? select->items[item].source : 0];
    size_t width = source->mapper->count;
    for (size_t i = 0; source->deferred != NULL && i < source->mapper->count; i++) {
        width -= source->deferred[i] ? 1 : 0;
    }
    return width;
}
