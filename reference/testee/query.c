#include "query.h"
#include "ends.h"
#include "members.h"
#include "relations.h"
#include "values.h"
#include <string.h>

struct build { struct call *call; const orm_model *model; orm_query *query; };

/* ---- expressions ---- */

static bool expression(struct build *, const json_t *, orm_expr **);

enum shape { JUNCTION, NOT, COMPARE, IN, BETWEEN, NULLNESS, LIKE };

static const struct operator {
    const char *name;
    enum shape shape;
    int which;
    size_t size; /* of the list; 0: any */
} operators[] = {
    { "and", JUNCTION, true, 0 }, { "or", JUNCTION, false, 0 }, { "not", NOT, 0, 2 },
    { "eq", COMPARE, ORM_EQ, 3 }, { "ne", COMPARE, ORM_NE, 3 }, { "lt", COMPARE, ORM_LT, 3 },
    { "le", COMPARE, ORM_LE, 3 }, { "gt", COMPARE, ORM_GT, 3 }, { "ge", COMPARE, ORM_GE, 3 },
    { "in", IN, false, 3 }, { "not_in", IN, true, 3 }, { "between", BETWEEN, 0, 4 },
    { "is_null", NULLNESS, true, 2 }, { "is_not_null", NULLNESS, false, 2 },
    { "like", LIKE, ORM_LIKE, 3 }, { "ilike", LIKE, ORM_ILIKE, 3 }, { "contains", LIKE, ORM_CONTAINS, 3 },
    { "startswith", LIKE, ORM_STARTSWITH, 3 }, { "endswith", LIKE, ORM_ENDSWITH, 3 },
};

/* All of `list` from `first` on, joined. */
static bool junction(struct build *b, const json_t *list, size_t first, bool all, orm_expr **out)
{
    size_t count = json_array_size(list) - first, made = 0;
    orm_expr **parts = call_alloc(b->call, (count + 1) * sizeof *parts);
    for (; made < count; made++)
        if (!expression(b, json_array_get(list, first + made), &parts[made]))
            break;
    if (made == count) {
        *out = orm_junction(all, parts, count);
        return true;
    }
    while (made > 0)
        orm_expr_free(parts[--made]);
    return false;
}

/* Of a column and a value, or of two columns. */
static bool compare(struct build *b, const char *member, orm_op op, const json_t *given, orm_expr **out)
{
    const json_t *other = value_tagged(given, "col");
    orm_any_col column = orm_named(b->model, member);
    orm_value value;
    if (json_is_string(other)) {
        *out = orm_compare_terms(column.term, op, orm_named(b->model, json_string_value(other)).term);
        return true;
    }
    if (!value_decode(b->call, given, member, &value))
        return false;
    *out = orm_compare_any(column, op, value);
    return true;
}

static bool in(struct build *b, const char *member, bool not_in, const json_t *list, orm_expr **out)
{
    if (!json_is_array(list))
        return call_bad(b->call, "%s: in takes a list", member);
    orm_value *values = call_alloc(b->call, (json_array_size(list) + 1) * sizeof *values);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!value_decode(b->call, json_array_get(list, i), member, &values[i]))
            return false;
    *out = orm_in_any(orm_named(b->model, member), not_in, values, json_array_size(list));
    return true;
}

static bool between(struct build *b, const char *member, const json_t *low, const json_t *high, orm_expr **out)
{
    orm_expr *above, *below;
    if (!compare(b, member, ORM_GE, low, &above))
        return false;
    if (!compare(b, member, ORM_LE, high, &below)) {
        orm_expr_free(above);
        return false;
    }
    *out = orm_and(above, below);
    return true;
}

static bool like(struct build *b, const char *member, orm_like_kind kind, const json_t *text, orm_expr **out)
{
    if (!json_is_string(text) || strlen(json_string_value(text)) != json_string_length(text))
        return call_bad(b->call, "%s: like and its kin take text", member);
    *out = orm_like_text(orm_named_text(b->model, member), kind, json_string_value(text));
    return true;
}

static bool of_column(struct build *b, const struct operator *op, const json_t *e, orm_expr **out)
{
    const char *member = json_string_value(json_array_get(e, 1));
    const json_t *operand = json_array_get(e, 2);
    if (member == NULL)
        return call_bad(b->call, "%s lacks its column", op->name);
    switch (op->shape) {
    case COMPARE:  return compare(b, member, (orm_op)op->which, operand, out);
    case IN:       return in(b, member, op->which, operand, out);
    case BETWEEN:  return between(b, member, operand, json_array_get(e, 3), out);
    case LIKE:     return like(b, member, (orm_like_kind)op->which, operand, out);
    case NULLNESS: break;
    case JUNCTION: case NOT: return false; /* not of a column */
    }
    *out = orm_null_term(orm_named(b->model, member).term, op->which);
    return true;
}

static bool expression(struct build *b, const json_t *e, orm_expr **out)
{
    const char *name = json_string_value(json_array_get(e, 0));
    const struct operator *op = NULL;
    if (name == NULL)
        return call_bad(b->call, "an expression is a list that begins with its operator");
    for (size_t i = 0; op == NULL && i < sizeof operators / sizeof operators[0]; i++)
        if (strcmp(operators[i].name, name) == 0)
            op = &operators[i];
    if (op == NULL)
        return call_lacks(b->call, "no operator %s", name);
    if (op->size != 0 && json_array_size(e) != op->size)
        return call_bad(b->call, "%s with %zu operands", name, json_array_size(e) - 1);
    if (op->shape == JUNCTION)
        return junction(b, e, 1, op->which, out);
    if (op->shape != NOT)
        return of_column(b, op, e, out);
    orm_expr *inner;
    if (!expression(b, json_array_get(e, 1), &inner))
        return false;
    *out = orm_not(inner);
    return true;
}

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
        if (!expression(b, json_array_get(step, i), &e))
            return false;
        orm_query_filter(b->query, e);
    }
    return true;
}

static bool step_order_by(struct build *b, const json_t *step)
{
    for (size_t i = 1; i < json_array_size(step); i++) {
        const json_t *item = json_array_get(step, i);
        const char *direction = json_string_value(json_array_get(item, 1));
        const char *member = json_string_value(json_is_array(item) ? json_array_get(item, 0) : item);
        if (member == NULL)
            return call_bad(b->call, "order_by takes names of columns");
        bool descending = direction != NULL ? strcmp(direction, "desc") == 0 : !json_is_array(item) && *member == '-';
        if (direction == NULL && descending)
            member++;
        orm_query_order_by(b->query, orm_order_term(orm_named(b->model, member).term, descending));
    }
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

static const struct { const char *name; step_fn *apply; } steps[] = {
    { "filter_by", step_filter_by }, { "filter", step_filter }, { "order_by", step_order_by },
    { "limit", step_limit }, { "offset", step_offset }, { "distinct", step_distinct },
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

/* The key of ["get", key]. */
static bool key_of(struct answer *a, const json_t *end, orm_value **key, size_t *count)
{
    const json_t *given = json_array_get(end, 1);
    if (json_array_size(end) != 2)
        return call_bad(a->call, "%s takes one key", json_string_value(json_array_get(end, 0)));
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
    if (!key_of(a, end, &key, &count)) {
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
    if (!key_of(a, end, &key, &count))
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

bool query_run(struct world *w, struct call *c)
{
    const char *name;
    const json_t *list = json_object_get(c->params, "q"), *end = json_object_get(c->params, "end");
    const char *ending = json_string_value(json_is_array(end) ? json_array_get(end, 0) : end);
    struct build b = { .call = c };
    struct answer a = { .world = w, .call = c, .read = json_object_get(c->params, "read") };
    const bool of_collection = json_object_get(c->params, "obj") != NULL;
    if (!of_collection &&
        (!call_text(c, "model", true, &name) || !world_model(w, c, name, &b.model) || !world_session(w, c, &a.session)))
        return false;
    if (list != NULL && !json_is_array(list))
        return call_bad(c, "q is no list");
    if (ending == NULL)
        return call_bad(c, "the end is missing");
    bool by_key = json_is_array(end), get = by_key && strcmp(ending, "get") == 0;
    bool all = !by_key && strcmp(ending, "all") == 0, count = !by_key && strcmp(ending, "count") == 0;
    one_fn *one = by_key ? NULL : find_one(ending);
    if (by_key && strcmp(ending, "get_or_404") == 0 && json_array_size(list) == 0 && !of_collection)
        return answer_get_or_404(&a, b.model, end);
    end_fn *own = ends_find(ending);
    if (!get && !all && !count && one == NULL && own == NULL)
        return call_lacks(c, "no end %s%s", ending, by_key && json_array_size(list) > 0 ? " after steps" : "");
    if (!of_collection)
        b.query = orm_query_open(a.session->orm, b.model);
    else if (!relation_query(w, c, &a.session, &b.query))
        return false;
    b.model = orm_query_model(b.query);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!apply(&b, json_array_get(list, i))) {
            orm_query_close(&b.query);
            return false;
        }
    if (own != NULL)
        return own(&a, b.query, by_key ? end : NULL);
    if (get)
        return answer_get(&a, b.query, end);
    if (all)
        return answer_all(&a, b.query);
    return count ? answer_count(&a, b.query) : answer_one(&a, one, b.query);
}
