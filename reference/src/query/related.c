/* Queries that follow relationships. */
#include "query/query.h"
#include <stdio.h>
#include <string.h>

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

/* ---- Joins
 * -------------------------------------------------------------------------------------------------------------- */

static orm__source *source_of_path(orm_query *query, const char *path, size_t size)
{
    for (size_t i = 0; size > 0 && i < query->select.source_count; i++) {
        const char *own = query->select.sources[i].path;
        if (own != NULL && strlen(own) == size && strncmp(own, path, size) == 0) {
            return &query->select.sources[i];
        }
    }
    return size == 0 ? &query->select.sources[0] : NULL;
}

/* The table between goes by its own name once; further joins of it give it another one. */
static const char *between_alias(orm_query *query, const orm__relation *r, char buffer[64])
{
    if (!orm__select_names(&query->select, r->secondary->table)) {
        return NULL;
    }
    (void)snprintf(buffer, 64, "%.40s_%zu", r->secondary->table, ++query->inner);
    return buffer;
}

void orm_query_join_related(orm_query *query, const char *path, const char *alias, orm_join_kind kind)
{
    if (!orm__query_open(query, "join")) {
        return;
    }
    const char *given = path != NULL ? path : "", *last = strrchr(given, '.');
    const size_t before = last != NULL ? (size_t)(last - given) : 0;
    const char *member = last != NULL ? last + 1 : given;
    const orm__source *from = source_of_path(query, given, before);
    if (from == NULL) {
        (void)orm__fail(&query->error, ORM_ARGUMENT, "\"%.*s\" is to be joined before \"%.200s\"", (int)before, given, given);
        return;
    }
    const orm__relation *r = orm__relation_named(from->mapper, member);
    if (r == NULL) {
        (void)orm__fail(&query->error, ORM_ARGUMENT, "%s has no relationship \"%.200s\"", from->mapper->model->struct_name,
                        member);
        return;
    }
    if (orm__select_names(&query->select, alias != NULL ? alias : r->target->table)) {
        (void)orm__fail(&query->error, ORM_ARGUMENT, "%s is joined twice as \"%.64s\" in a query of %s",
                        r->target->model->struct_name, alias != NULL ? alias : r->target->table,
                        query->mapper->model->struct_name);
        return;
    }
    char buffer[64], near_name[64], *own_path = orm__strdup(given);
    const char *near = NULL;
    const bool outer = kind == ORM_LEFT_JOIN;
    if (own_path == NULL) {
        (void)orm__nomem(&query->error);
        return;
    }
    const orm__mapper *near_mapper = from->mapper;
    if (from->alias != NULL) { /* the list of sources may move */
        (void)snprintf(near_name, sizeof near_name, "%s", from->alias);
        near = near_name;
    }
    if (r->secondary != NULL) {
        const char *between = between_alias(query, r, buffer);
        add_source(query, r->secondary, between, outer, true,
                   all_equal(near_mapper, near, r->own, r->secondary, between, r->near_key, r->own_count));
        add_source(query, r->target, alias, outer, false,
                   all_equal(r->secondary, between, r->far_key, r->target, alias, r->far, r->far_count));
    } else {
        add_source(query, r->target, alias, outer, false,
                   all_equal(near_mapper, near, r->own, r->target, alias, r->far, r->own_count));
    }
    if (query->error.status == ORM_OK) {
        query->select.sources[query->select.source_count - 1].path = own_path;
    } else {
        orm__free(own_path);
    }
}

/* ---- Conditions
 * --------------------------------------------------------------------------------------------------------- */

/* The relationship of a model that the query speaks of; NULL with the node that says why not. */
static const orm__relation *relation_of(const orm_query *query, const orm_model *model, const char *name, orm_expr **why)
{
    if (query == NULL) {
        *why = orm__expr_nomem();
        return NULL;
    }
    if (query->error.status != ORM_OK) { /* the query says it by itself */
        *why = orm__expr_broken(query->error.status, "%s", query->error.message);
        return NULL;
    }
    const orm__mapper *mapper = model == NULL ? query->mapper : orm__mapper_of(&query->session->database->registry, model);
    const orm__relation *r = mapper != NULL && name != NULL ? orm__relation_named(mapper, name) : NULL;
    if (r == NULL) {
        const char *known = model == NULL                ? query->mapper->model->struct_name
                            : model->struct_name != NULL ? model->struct_name
                                                         : "?";
        *why = orm__expr_broken(ORM_ARGUMENT, "%s has no relationship \"%.200s\"", known, name != NULL ? name : "(NULL)");
    }
    return r;
}

static orm_expr *column_of(const orm__mapper *mapper, const char *alias, size_t field)
{
    return orm__expr_of(orm_any_of(alias, orm_named(mapper->model, mapper->fields[field].member)).term);
}

/* A column of the query around, where the name may mean another one within. */
static orm_expr *outer_column(const orm__mapper *mapper, const char *alias, size_t field)
{
    orm_expr *column = column_of(mapper, alias, field);
    if (column->kind == ORM__EXPR_COLUMN) {
        column->flag = true;
    }
    return column;
}

static orm_expr *compared(orm_expr *left, orm_expr *right)
{
    orm_expr *equal_to = orm__expr_over(ORM__EXPR_COMPARE, ORM_BOOLEAN, (orm_expr *const[]){left, right}, 2);
    if (equal_to->kind == ORM__EXPR_COMPARE) {
        equal_to->op = ORM_EQ;
    }
    return equal_to;
}

/* EXISTS over what the relationship leads to, where the condition (NULL: none) holds; it is taken. */
static orm_expr *exists(orm_query *query, const orm__relation *r, const char *alias, orm_expr *condition)
{
    orm__select inner = {0};
    orm_error error;
    orm_status rc = ORM_OK;
    char name[64];
    (void)snprintf(name, sizeof name, "%.40s_%zu", r->target->table, ++query->inner);
    ORM_TRY(orm__select_source(&inner, r->target, name, false, NULL, &error));
    inner.sources[0].inner = true;
    const orm__mapper *holder = r->target;
    const size_t *keys = r->far;
    if (r->secondary != NULL) {
        (void)snprintf(name, sizeof name, "%.40s_%zu", r->secondary->table, query->inner);
        orm_expr *on = orm__expr_take(all_equal(r->secondary, name, r->far_key, r->target, NULL, r->far, r->far_count), &error);
        ORM_TRY(orm__expr_check(on, ORM__PLACE_CONDITION, &error));
        ORM_TRY(orm__select_source(&inner, r->secondary, name, false, on, &error));
        holder = r->secondary;
        keys = r->near_key;
    }
    for (size_t i = 0; i < r->own_count; i++) {
        orm_expr *here = column_of(holder, r->secondary != NULL ? name : NULL, keys[i]);
        orm_expr *one = orm__expr_take(compared(here, outer_column(r->mapper, alias, r->own[i])), &error);
        ORM_TRY(orm__expr_check(one, ORM__PLACE_CONDITION, &error));
        ORM_TRY(orm__exprs_add(&inner.conditions, one, &error));
    }
    if (condition != NULL) {
        orm_expr *taken = orm__expr_take(condition, &error);
        rc = taken == NULL ? error.status : orm__expr_check(taken, ORM__PLACE_CONDITION, &error);
        condition = NULL;
        if (rc != ORM_OK) {
            orm__expr_release(taken);
            goto fail;
        }
        ORM_TRY(orm__exprs_add(&inner.conditions, taken, &error));
    }
    orm_expr *within = orm__expr_select(&inner, ORM_NULL);
    return orm__expr_over(ORM__EXPR_EXISTS, ORM_BOOLEAN, &within, 1);
fail:
    orm__select_free(&inner);
    if (condition != NULL) {
        orm_expr_free(condition);
    }
    return rc == ORM_NOMEM ? orm__expr_nomem() : orm__expr_broken(rc, "%s", error.message);
}

orm_expr *orm_query_any(orm_query *query, const orm_model *model, const char *alias, const char *name, bool many,
                        orm_expr *condition)
{
    orm_expr *why = NULL;
    const orm__relation *r = relation_of(query, model, name, &why);
    if (r != NULL && r->many != many) {
        why = orm__expr_broken(ORM_ARGUMENT, "%s.%s is %s", r->mapper->model->struct_name, r->member,
                               r->many ? "a collection: ask it for any" : "a single object: ask whether it has");
    }
    if (why != NULL) {
        if (condition != NULL) {
            orm_expr_free(condition);
        }
        return why;
    }
    return exists(query, r, alias, condition);
}

/* The values of an object's columns: its row's, or of a new one its members'. */
static orm_value value_in(const orm__state *state, size_t field)
{
    return orm__has_row(state) ? state->loaded[field] : orm__member_read(&state->mapper->fields[field], state->object);
}

/* own = the values, or (`none`) own is NULL. */
static orm_expr *key_is(const orm__relation *r, const char *alias, const orm__state *object)
{
    orm_expr *parts[r->own_count];
    for (size_t i = 0; i < r->own_count; i++) {
        orm_any_col column = orm_any_of(alias, orm_named(r->mapper->model, r->mapper->fields[r->own[i]].member));
        parts[i] = object != NULL ? orm_compare_any(column, ORM_EQ, value_in(object, r->far[i]))
                                  : orm_null_term(column.term, true);
    }
    return r->own_count == 1 ? parts[0] : orm_junction(true, parts, r->own_count);
}

static orm_expr *take_object(const orm__relation *r, const orm_object *object, orm_expr **why)
{
    if (object != NULL && (object->state == NULL || object->state->mapper->model != r->target->model)) {
        *why = orm__expr_broken(ORM_ARGUMENT, "%s.%s leads to %s, and not to %s", r->mapper->model->struct_name, r->member,
                                r->target->model->struct_name, object->model != NULL ? object->model->struct_name : "?");
    }
    return *why;
}

orm_expr *orm_query_related(orm_query *query, const orm_model *model, const char *alias, const char *name, bool equal_to,
                            const void *object)
{
    orm_expr *why = NULL;
    const orm_object *given = object;
    const orm__relation *r = relation_of(query, model, name, &why);
    if (r == NULL || take_object(r, given, &why) != NULL) {
        return why;
    }
    if (r->many && given != NULL) {
        return orm__expr_broken(ORM_ARGUMENT, "%s.%s is a collection: ask whether it contains the object",
                                r->mapper->model->struct_name, r->member);
    }
    if (r->direction != ORM__MANY_TO_ONE && given == NULL) {
        orm_expr *some = exists(query, r, alias, NULL);
        return equal_to ? orm_not(some) : some;
    }
    orm_expr *same = key_is(r, alias, given != NULL ? given->state : NULL);
    if (equal_to) {
        return same;
    }
    if (given == NULL) {
        return orm_not(same);
    }
    /* One that leads nowhere leads to another one too. */
    return orm_or(orm_not(same), key_is(r, alias, NULL));
}

orm_expr *orm_query_contains(orm_query *query, const orm_model *model, const char *alias, const char *name,
                             const void *object)
{
    orm_expr *why = NULL;
    const orm_object *given = object;
    const orm__relation *r = relation_of(query, model, name, &why);
    if (r == NULL || take_object(r, given, &why) != NULL) {
        return why;
    }
    if (!r->many || given == NULL) {
        return orm__expr_broken(ORM_ARGUMENT, given == NULL ? "%s.%s: an object is missing (NULL)" : "%s.%s is no collection",
                                r->mapper->model->struct_name, r->member);
    }
    orm_expr *parts[r->far_count + 1];
    size_t count = 0;
    for (size_t i = 0; i < r->far_count; i++) {
        orm_value value = value_in(given->state, r->far[i]);
        orm_any_col column = r->secondary != NULL
                                 ? orm_named(r->target->model, r->target->fields[r->far[i]].member)
                                 : orm_any_of(alias, orm_named(r->mapper->model, r->mapper->fields[r->own[i]].member));
        /* A key that is NULL is in no collection. */
        parts[count++] = value.type == ORM_NULL ? orm_in_any(column, false, NULL, 0) : orm_compare_any(column, ORM_EQ, value);
    }
    orm_expr *same = count == 1 ? parts[0] : orm_junction(true, parts, count);
    return r->secondary != NULL ? exists(query, r, alias, same) : same;
}
