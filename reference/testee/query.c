#include "query.h"
#include "expressions.h"
#include "kept.h"
#include "members.h"
#include "relations.h"
#include "rows.h"
#include "values.h"
#include <string.h>

/* ---- steps ---- */

typedef bool step_fn(struct build *, const json_t *step);

static bool step_filter_by(struct build *b, const json_t *step)
{
    json_t *values = json_array_get(step, 1), *given;
    const char *member;
    orm_value value;
    if (!json_is_object(values) || json_array_size(step) != 2)
        return call_bad(b->call, "filter_by takes one object");
    json_object_foreach (values, member, given) {
        struct handle *h = NULL;
        const bool object = value_tagged(given, "obj") != NULL;
        if (object || (json_is_null(given) && world_relationship(b->world, b->model, member) != NULL)) {
            if (object && !world_object(b->world, b->call, given, &h))
                return false;
            orm_query_filter(b->query, orm_query_related(b->query, b->model, NULL, member, true, h != NULL ? h->object : NULL));
            continue;
        }
        if (!value_decode(b->call, given, member, &value))
            return false;
        orm_query_filter_by(b->query, member, value);
    }
    return true;
}

static bool step_filter(struct build *b, const json_t *step)
{
    for (size_t i = 1; i < json_array_size(step); i++) {
        orm_expr *e;
        if (!expression_condition(b, json_array_get(step, i), &e))
            return false;
        orm_query_filter(b->query, e);
    }
    return true;
}

static bool is_direction(const char *text)
{
    return text != NULL && (strcmp(text, "asc") == 0 || strcmp(text, "desc") == 0);
}

/* A name, -name, null, [operand, direction], [operand, direction, nulls], or an expression. */
static bool order(struct build *b, const json_t *item)
{
    const char *direction = json_string_value(json_array_get(item, 1)), *nulls = json_string_value(json_array_get(item, 2));
    const char *name = json_string_value(item);
    orm_any_col column;
    if (json_is_null(item)) {
        orm_query_order_reset(b->query);
        return true;
    }
    const bool given = is_direction(direction);
    bool descending = given ? *direction == 'd' : name != NULL && *name == '-';
    if (name != NULL ? !expression_column(b, name + (descending ? 1 : 0), &column)
                     : !expression_operand(b, given ? json_array_get(item, 0) : item, &column))
        return false;
    orm_expr *term = orm_order_term(column.term, descending);
    if (given && nulls != NULL)
        term = orm_order_nulls(term, strcmp(nulls, "nulls_first") == 0);
    orm_query_order_by(b->query, term);
    return true;
}

static bool step_order_by(struct build *b, const json_t *step)
{
    for (size_t i = 1; i < json_array_size(step); i++)
        if (!order(b, json_array_get(step, i)))
            return false;
    return true;
}

/* The number of limit or offset; null takes it away. */
static bool amount(struct build *b, const json_t *step, size_t *out)
{
    const json_t *number = json_array_get(step, 1);
    *out = ORM_NO_LIMIT;
    if (json_is_null(number))
        return true;
    if (!json_is_integer(number) || json_integer_value(number) < 0)
        return call_bad(b->call, "%s takes a number that is not negative, or null",
                        json_string_value(json_array_get(step, 0)));
    *out = (size_t)json_integer_value(number);
    return true;
}

static bool step_limit(struct build *b, const json_t *step)
{
    size_t n;
    if (!amount(b, step, &n))
        return false;
    orm_query_limit(b->query, n);
    return true;
}

static bool step_offset(struct build *b, const json_t *step)
{
    size_t n;
    if (!amount(b, step, &n))
        return false;
    orm_query_offset(b->query, n);
    return true;
}

static bool step_distinct(struct build *b, const json_t *step)
{
    (void)step;
    orm_query_distinct(b->query);
    return true;
}

/* {model or query, as, on} */
static bool step_join(struct build *b, const json_t *step)
{
    const orm_join_kind kind = strcmp(json_string_value(json_array_get(step, 0)), "join") == 0 ? ORM_INNER_JOIN : ORM_LEFT_JOIN;
    const json_t *join = json_array_get(step, 1), *inner = json_object_get(join, "query"), *on = json_object_get(join, "on");
    const char *name = json_string_value(json_object_get(join, "model")), *alias = json_string_value(json_object_get(join, "as"));
    const orm_model *model = NULL;
    orm_query *query = NULL;
    orm_expr *condition = NULL;
    if (json_is_string(join)) { /* a path of relationships: what it leads to is known by the path */
        const char *path = json_string_value(join);
        const orm_model *target = world_path(b->world, b->model, path);
        if (target != NULL)
            json_object_set_new(b->aliases, path, json_string(target->struct_name));
        orm_query_join_related(b->query, path, path, kind);
        return true;
    }
    if (inner != NULL ? !query_inner(b, inner, &query) : name == NULL || !world_model(b->world, b->call, name, &model))
        return inner == NULL && name == NULL ? call_lacks(b->call, "no join by a relationship") : false;
    if (alias != NULL)
        json_object_set_new(b->aliases, alias, inner != NULL ? json_null() : json_string(name));
    if (on != NULL && !expression_condition(b, on, &condition)) {
        orm_query_close(&query);
        return false;
    }
    if (query != NULL)
        orm_query_join_query(b->query, query, alias, kind, condition);
    else
        orm_query_join(b->query, model, alias, kind, condition);
    return true;
}

/* An operand, or {of, as}. */
static bool step_columns(struct build *b, const json_t *step)
{
    b->values = true;
    for (size_t i = 1; i < json_array_size(step); i++) {
        const json_t *item = json_array_get(step, i), *of = json_object_get(item, "of");
        orm_any_col column;
        if (!expression_operand(b, of != NULL ? of : item, &column))
            return false;
        orm_query_select(b->query, column.term, json_string_value(json_object_get(item, "as")));
    }
    return true;
}

static bool step_group_by(struct build *b, const json_t *step)
{
    for (size_t i = 1; i < json_array_size(step); i++) {
        orm_any_col column;
        if (!expression_operand(b, json_array_get(step, i), &column))
            return false;
        orm_query_group_by(b->query, column.term);
    }
    return true;
}

static bool step_having(struct build *b, const json_t *step)
{
    for (size_t i = 1; i < json_array_size(step); i++) {
        orm_expr *e;
        if (!expression_condition(b, json_array_get(step, i), &e))
            return false;
        orm_query_having(b->query, e);
    }
    return true;
}

static bool step_combine(struct build *b, const json_t *step)
{
    static const struct { const char *name; orm_combination how; } combinations[] = {
        { "union", ORM_UNION }, { "union_all", ORM_UNION_ALL }, { "intersect", ORM_INTERSECT }, { "except", ORM_EXCEPT },
    };
    const char *name = json_string_value(json_array_get(step, 0));
    orm_query *other;
    if (!query_inner(b, json_array_get(step, 1), &other))
        return false;
    for (size_t i = 0; i < sizeof combinations / sizeof combinations[0]; i++)
        if (strcmp(combinations[i].name, name) == 0)
            orm_query_combine(b->query, combinations[i].how, other);
    return true;
}

static bool step_for_update(struct build *b, const json_t *step)
{
    (void)step;
    orm_query_for_update(b->query);
    return true;
}

static bool step_members(struct build *b, const json_t *step)
{
    const bool only = strcmp(json_string_value(json_array_get(step, 0)), "load_only") == 0;
    for (size_t i = 1; i < json_array_size(step); i++)
        (only ? orm_query_load_only : orm_query_defer)(b->query, json_string_value(json_array_get(step, i)));
    return true;
}

static bool step_sql(struct build *b, const json_t *step)
{
    const char *sql = json_string_value(json_array_get(step, 1));
    orm_binding *bindings;
    size_t count;
    if (sql == NULL)
        return call_bad(b->call, "sql lacks its text");
    if (!expression_bindings(b->call, json_array_get(step, 2), &bindings, &count))
        return false;
    orm_query_from_sql(b->query, sql, bindings, count);
    return true;
}

/* How a relationship is loaded for this query. */
static bool step_load(struct build *b, const json_t *step)
{
    static const struct { const char *name; orm_lazy how; } ways[] = {
        { "select", ORM_LAZY_SELECT }, { "joined", ORM_LAZY_JOINED }, { "subquery", ORM_LAZY_SUBQUERY },
        { "selectin", ORM_LAZY_SELECTIN }, { "raise", ORM_LAZY_RAISE }, { "noload", ORM_LAZY_NOLOAD },
        { "contains", ORM_LAZY_OWN_JOIN },
    };
    const char *path = json_string_value(json_array_get(step, 1)), *how = json_string_value(json_array_get(step, 2));
    if (path == NULL || how == NULL)
        return call_bad(b->call, "load takes a relationship and a strategy");
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        if (strcmp(ways[i].name, how) == 0) {
            orm_query_load(b->query, path, ways[i].how);
            return true;
        }
    return call_lacks(b->call, "no way %s to load", how);
}

static const struct { const char *name; step_fn *apply; } steps[] = {
    { "filter_by", step_filter_by }, { "filter", step_filter }, { "order_by", step_order_by },
    { "limit", step_limit }, { "offset", step_offset }, { "distinct", step_distinct },
    { "join", step_join }, { "outer_join", step_join }, { "columns", step_columns }, { "group_by", step_group_by },
    { "having", step_having }, { "union", step_combine }, { "union_all", step_combine }, { "intersect", step_combine },
    { "except", step_combine }, { "for_update", step_for_update }, { "load_only", step_members }, { "defer", step_members },
    { "sql", step_sql }, { "load", step_load },
};

static bool apply(struct build *b, const json_t *step)
{
    const char *name = json_string_value(json_array_get(step, 0));
    if (name == NULL)
        return call_bad(b->call, "a step is a list that begins with its name");
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (strcmp(steps[i].name, name) == 0)
            return steps[i].apply(b, step);
    return call_lacks(b->call, "no query step %s", name);
}

/* All of a list of steps, or none of the query. */
static bool apply_all(struct build *b, const json_t *list)
{
    b->aliases = must(json_object());
    bool fine = list == NULL || json_is_array(list) || call_bad(b->call, "q is no list");
    for (size_t i = 0; fine && i < json_array_size(list); i++)
        fine = apply(b, json_array_get(list, i));
    json_decref(b->aliases);
    b->aliases = NULL;
    if (!fine)
        orm_query_close(&b->query);
    return fine;
}

bool query_inner(const struct build *outer, const json_t *given, orm_query **out)
{
    struct build b = { .world = outer->world, .call = outer->call, .session = outer->session, .outer = outer };
    const char *name = json_string_value(json_object_get(given, "model"));
    *out = NULL;
    if (name == NULL)
        return call_bad(b.call, "a query within a query lacks its model");
    if (!world_model(b.world, b.call, name, &b.model))
        return false;
    b.query = orm_query_open(b.session->orm, b.model);
    if (!apply_all(&b, json_object_get(given, "q")))
        return false;
    *out = b.query;
    return true;
}

/* By `model`, of the query that `base` has kept, or of an object's collection; with the call's own steps. */
static bool build_query(struct world *w, struct call *c, struct build *b)
{
    const json_t *base = json_object_get(c->params, "base");
    const char *name;
    *b = (struct build){ .world = w, .call = c };
    if (json_object_get(c->params, "obj") != NULL) {
        if (!relation_query(w, c, &b->session, &b->query))
            return false;
        b->model = orm_query_model(b->query);
        return apply_all(b, json_object_get(c->params, "q"));
    }
    if (!world_session(w, c, &b->session))
        return false;
    if (base != NULL) {
        const struct kept_query *kept;
        if (!kept_find(w, c, base, &kept))
            return false;
        b->model = kept->model;
        b->query = orm_query_clone(kept->query);
        b->values = kept->values;
    } else {
        if (!call_text(c, "model", true, &name) || !world_model(w, c, name, &b->model))
            return false;
        b->query = orm_query_open(b->session->orm, b->model);
    }
    return apply_all(b, json_object_get(c->params, "q"));
}

bool query_build(struct world *w, struct call *c)
{
    struct build b;
    if (!build_query(w, c, &b))
        return false;
    c->result = kept_add(w, b.query, b.model, b.values);
    return true;
}

/* ---- ends ---- */

bool query_read(struct call *c, struct session *session, orm_object *object, const json_t *names, json_t **out)
{
    json_t *values, *value, *name;
    orm_value raw;
    size_t i;
    if (json_is_string(names)) {
        if (relation_is(object, json_string_value(names)))
            return relation_get(c, session, object, json_string_value(names), out);
        if (!member_get(c, session, object, json_string_value(names), &raw))
            return false;
        *out = must(value_encode(&raw));
        return true;
    }
    if (!json_is_array(names))
        return call_bad(c, "neither a name nor a list of names to read");
    values = must(json_object());
    json_array_foreach (names, i, name) {
        if (!json_is_string(name) || !query_read(c, session, object, name, &value)) {
            json_decref(values);
            return json_is_string(name) ? false : call_bad(c, "a name to read is not text");
        }
        json_object_set_new(values, json_string_value(name), value);
    }
    *out = values;
    return true;
}

bool query_answer_object(struct answer *a, orm_object *object, json_t **out)
{
    if (object == NULL) {
        *out = json_null();
        return true;
    }
    if (a->read != NULL)
        return query_read(a->call, a->session, object, a->read, out);
    *out = world_handle(a->world, a->session, object);
    return true;
}

/* An end that gives one object or none. */
static bool answer_status(struct answer *a, orm_status rc, orm_object *object)
{
    if (rc != ORM_OK)
        return call_raised(a->call, rc, orm_session_error(a->session->orm));
    return query_answer_object(a, object, &a->call->result);
}

bool query_answer_list(struct answer *a, void *const *objects, size_t count, json_t **out)
{
    json_t *list = must(json_array()), *item;
    for (size_t i = 0; i < count; i++) {
        if (!query_answer_object(a, objects[i], &item)) {
            json_decref(list);
            return false;
        }
        json_array_append_new(list, item);
    }
    *out = list;
    return true;
}

static bool answer_all(struct answer *a, orm_query *query)
{
    void **objects = NULL;
    size_t count = 0;
    orm_status rc = orm_query_all(query, &objects, &count);
    if (rc != ORM_OK)
        return call_raised(a->call, rc, orm_session_error(a->session->orm));
    return query_answer_list(a, objects, count, &a->call->result);
}

static bool answer_count(struct answer *a, orm_query *query)
{
    int64_t count = 0;
    orm_status rc = orm_query_count(query, &count);
    if (rc != ORM_OK)
        return call_raised(a->call, rc, orm_session_error(a->session->orm));
    a->call->result = must(json_integer(count));
    return true;
}

typedef orm_status one_fn(orm_query *, void *out);

static const struct { const char *name; one_fn *run; } ones[] = {
    { "first", orm_query_first }, { "one", orm_query_one }, { "one_or_none", orm_query_one_or_none },
    { "first_or_404", orm_query_first_or_404 }, { "one_or_404", orm_query_one_or_404 },
};

static bool answer_one(struct answer *a, one_fn *run, orm_query *query)
{
    orm_object *object = NULL;
    orm_status rc = run(query, &object);
    return answer_status(a, rc, object);
}

/* A value, or a list of values. */
static bool key_of(struct answer *a, const json_t *given, orm_value **key, size_t *count)
{
    if (given == NULL)
        return call_bad(a->call, "the key is missing");
    *count = json_is_array(given) ? json_array_size(given) : 1;
    *key = call_alloc(a->call, (*count + 1) * sizeof **key);
    for (size_t i = 0; i < *count; i++)
        if (!value_decode(a->call, json_is_array(given) ? json_array_get(given, i) : given, "key", &(*key)[i]))
            return false;
    return true;
}

static bool answer_get(struct answer *a, orm_query *query, const json_t *end)
{
    orm_value *key;
    size_t count;
    orm_object *object = NULL;
    if (!key_of(a, json_array_get(end, 1), &key, &count)) {
        orm_query_close(&query);
        return false;
    }
    orm_status rc = orm_query_get(query, key, count, &object);
    return answer_status(a, rc, object);
}

static bool answer_get_or_404(struct answer *a, const orm_model *model, const json_t *end)
{
    orm_value *key;
    size_t count;
    orm_object *object = NULL;
    if (!key_of(a, json_array_get(end, 1), &key, &count))
        return false;
    orm_status rc = orm_get_object_or_404(a->session->orm, model, key, count, &object);
    return answer_status(a, rc, object);
}

static one_fn *find_one(const char *end)
{
    for (size_t i = 0; i < sizeof ones / sizeof ones[0]; i++)
        if (strcmp(ones[i].name, end) == 0)
            return ones[i].run;
    return NULL;
}

bool query_lookup(struct world *w, struct call *c)
{
    struct answer a = { .world = w, .call = c };
    const char *name;
    const orm_model *model;
    orm_value *key;
    size_t count;
    orm_object *object = NULL;
    if (!call_text(c, "model", true, &name) || !world_model(w, c, name, &model) || !world_session(w, c, &a.session))
        return false;
    if (!key_of(&a, json_object_get(c->params, "key"), &key, &count))
        return false;
    orm_status rc = orm_get_object(a.session->orm, model, key, count, &object);
    return answer_status(&a, rc, object);
}

bool query_run(struct world *w, struct call *c)
{
    const json_t *list = json_object_get(c->params, "q"), *end = json_object_get(c->params, "end");
    const char *ending = json_string_value(json_is_array(end) ? json_array_get(end, 0) : end);
    struct build b;
    struct answer a = { .world = w, .call = c, .read = json_object_get(c->params, "read") };
    if (ending == NULL)
        return call_bad(c, "the end is missing");
    bool by_key = json_is_array(end), get = by_key && strcmp(ending, "get") == 0;
    bool all = !by_key && strcmp(ending, "all") == 0, count = !by_key && strcmp(ending, "count") == 0;
    one_fn *one = by_key ? NULL : find_one(ending);
    bool or_404 = by_key && strcmp(ending, "get_or_404") == 0 && json_array_size(list) == 0 &&
                  json_object_get(c->params, "model") != NULL;
    end_fn *own = ends_find(ending);
    if (own == NULL)
        own = rows_find(ending);
    if (!get && !all && !count && one == NULL && own == NULL && !or_404)
        return call_lacks(c, "no end %s%s", ending, by_key && json_array_size(list) > 0 ? " after steps" : "");
    if (!build_query(w, c, &b))
        return false;
    a.session = b.session;
    if (or_404) {
        orm_query_close(&b.query);
        return answer_get_or_404(&a, b.model, end);
    }
    a.build = &b;
    if (own != NULL)
        return own(&a, b.query, by_key ? end : NULL);
    if (get)
        return answer_get(&a, b.query, end);
    if ((all || one == orm_query_first) && b.values)
        return rows_values(&a, b.query, !all);
    if (all)
        return answer_all(&a, b.query);
    return count ? answer_count(&a, b.query) : answer_one(&a, one, b.query);
}
