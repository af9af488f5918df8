#include "ends.h"
#include "expressions.h"
#include "values.h"
#include <stdlib.h>
#include <string.h>

static bool wrong(struct answer *a, orm_query *query, const char *what)
{
    orm_query_close(&query);
    return call_bad(a->call, "%s", what);
}

/* ---- pages ---- */

/* An integer of the map, also one that JSON's numbers of this protocol do not carry; null is not given. */
static bool number(const json_t *map, const char *name, bool *given, int64_t *out)
{
    const json_t *value = json_object_get(map, name), *tagged = value_tagged(value, "int");
    char *end;
    *given = value != NULL && !json_is_null(value);
    if (!*given)
        return true;
    if (json_is_string(tagged)) {
        *out = strtoll(json_string_value(tagged), &end, 10); /* beyond 64 bits: the nearest */
        return *end == '\0';
    }
    *out = json_integer_value(value);
    return json_is_integer(value);
}

static bool flag(const json_t *map, const char *name, bool fallback, bool *out)
{
    const json_t *value = json_object_get(map, name);
    *out = value != NULL ? json_is_true(value) : fallback;
    return value == NULL || json_is_boolean(value);
}

static bool paging_of(const json_t *map, orm_paging *out)
{
    const json_t *request = json_object_get(map, "request");
    bool strict, count, statement; /* the last asks for another way to say the same, of which there is none */
    if (!number(map, "page", &out->page.has, &out->page.value) || !number(map, "per_page", &out->per_page.has, &out->per_page.value) ||
        !number(map, "max_per_page", &out->max_per_page.has, &out->max_per_page.value) || !flag(map, "error_out", true, &strict) ||
        !flag(map, "count", true, &count) || !flag(map, "statement", false, &statement))
        return false;
    out->lenient = !strict;
    out->no_count = !count;
    out->request = json_string_value(request);
    return request == NULL || json_is_string(request);
}

static bool window_of(const json_t *map, orm_page_window *out)
{
    struct { const char *name; int64_t *value; } parts[] = {
        { "left_edge", &out->left_edge }, { "left_current", &out->left_current }, { "right_current", &out->right_current }, { "right_edge", &out->right_edge },
    };
    *out = (orm_page_window)ORM_PAGE_WINDOW;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const int64_t usual = *parts[i].value;
        bool given;
        if (!number(map, parts[i].name, &given, parts[i].value))
            return false;
        *parts[i].value = given ? *parts[i].value : usual;
    }
    return true;
}

static json_t *maybe(bool has, int64_t number)
{
    const orm_value value = has ? orm_int(number) : orm_null();
    return must(value_encode(&value));
}

static json_t *is(int64_t number)
{
    return maybe(true, number);
}

static bool answer_page(struct answer *a, const orm_page *page, void *const *items, size_t count, const json_t *window)
{
    orm_page_window edges;
    json_t *list;
    int64_t at;
    if (!query_answer_list(a, items, count, &list))
        return false;
    json_t *result = a->call->result = must(json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:o, s:o, s:o}",
        "items", list, "page", is(page->page), "per_page", is(page->per_page), "pages", is(page->pages),
        "first", is(page->first), "last", is(page->last), "has_prev", page->has_prev, "has_next", page->has_next,
        "total", maybe(page->total != ORM_NOT_COUNTED, page->total), "prev_num", maybe(page->has_prev, page->prev_num),
        "next_num", maybe(page->has_next, page->next_num)));
    if (window == NULL)
        return true;
    if (!window_of(window, &edges))
        return call_bad(a->call, "window takes four integers");
    json_t *numbers = must(json_array());
    for (orm_page_iter iter = orm_iter_pages(page, &edges); orm_iter_pages_next(&iter, &at);)
        json_array_append_new(numbers, maybe(at != ORM_PAGE_GAP, at));
    json_object_set_new(result, "iter_pages", numbers);
    return true;
}

static bool paginate(struct answer *a, orm_query *query, const json_t *end)
{
    const json_t *map = json_array_get(end, 1), *then = json_object_get(map, "then");
    orm_paging paging = { .lenient = false };
    orm_page page;
    void **items;
    size_t count;
    if ((end != NULL && !json_is_object(map)) || !paging_of(map, &paging))
        return wrong(a, query, "paginate takes a map of integers and flags");
    orm_status rc = orm_query_paginate(query, &paging, &items, &count, &page);
    for (size_t i = 0; rc == ORM_OK && i < json_array_size(then); i++) {
        const json_t *step = json_array_get(then, i);
        const char *name = json_string_value(json_is_array(step) ? json_array_get(step, 0) : step);
        bool strict = false, next = name != NULL && strcmp(name, "next") == 0;
        if (name == NULL || (!next && strcmp(name, "prev") != 0) || !flag(json_array_get(step, 1), "error_out", false, &strict))
            return call_bad(a->call, "then takes next and prev");
        rc = orm_page_turn(&page, next ? 1 : -1, strict ? ORM_PAGE_STRICT : ORM_PAGE_LENIENT, &items, &count);
    }
    if (rc != ORM_OK)
        return call_raised(a->call, rc, orm_session_error(a->session->orm));
    return answer_page(a, &page, items, count, json_object_get(map, "window"));
}

bool ends_request_argument(struct world *w, struct call *c)
{
    const char *request, *name;
    const json_t *fallback = json_object_get(c->params, "default");
    (void)w;
    if (!call_text(c, "request", true, &request) || !call_text(c, "name", true, &name))
        return false;
    if (!json_is_integer(fallback))
        return call_bad(c, "the default of an integer is an integer");
    orm_value value = orm_int(orm_request_int(request, name, json_integer_value(fallback)));
    c->result = must(value_encode(&value));
    return true;
}

/* ---- all rows ---- */

/* How objects follow: the operand at `at`, or the usual way. */
static bool sync_of(const json_t *end, size_t at, orm_sync *out)
{
    const json_t *given = json_array_get(end, at);
    const char *name = json_string_value(given);
    *out = ORM_SYNC_AUTO;
    if (given == NULL)
        return true;
    *out = json_is_false(given)                              ? ORM_SYNC_NONE
           : name != NULL && strcmp(name, "evaluate") == 0   ? ORM_SYNC_EVALUATE
           : name != NULL && strcmp(name, "fetch") == 0      ? ORM_SYNC_FETCH
                                                             : (orm_sync)(ORM_SYNC_NONE + 1); /* the library refuses it */
    return name != NULL || json_is_false(given);
}

static bool answer_number(struct answer *a, orm_status rc, int64_t number)
{
    const orm_value value = orm_int(number);
    if (rc != ORM_OK)
        return call_raised(a->call, rc, orm_session_error(a->session->orm));
    a->call->result = must(value_encode(&value));
    return true;
}

static bool update(struct answer *a, orm_query *query, const json_t *end)
{
    json_t *values = json_array_get(end, 1), *given;
    const orm_model *model = orm_query_model(query);
    const char *member;
    int64_t changed = 0;
    orm_sync sync;
    if (!json_is_object(values) || !sync_of(end, 2, &sync))
        return wrong(a, query, "update takes a map, and how the session follows");
    json_object_foreach (values, member, given) {
        const json_t *column = value_tagged(given, "col"), *computed = value_tagged(given, "expr");
        orm_value value;
        orm_any_col term;
        if (column != NULL || computed != NULL) {
            if (!expression_operand(a->build, column != NULL ? column : computed, &term)) {
                orm_query_close(&query);
                return false;
            }
            orm_query_assign_term(query, orm_named(model, member).term, term.term);
        } else if (value_decode(a->call, given, member, &value)) {
            orm_query_assign(query, member, value);
        } else {
            orm_query_close(&query);
            return false;
        }
    }
    orm_status rc = orm_query_update(query, sync, &changed);
    return answer_number(a, rc, changed);
}

static bool delete(struct answer *a, orm_query *query, const json_t *end)
{
    int64_t deleted = 0;
    orm_sync sync;
    if (!sync_of(end, 1, &sync))
        return wrong(a, query, "delete takes how the session follows");
    orm_status rc = orm_query_delete(query, sync, &deleted);
    return answer_number(a, rc, deleted);
}

/* ---- the table ---- */

static const struct { const char *name; end_fn *run; } ends[] = {
    { "paginate", paginate }, { "update", update }, { "delete", delete },
};

end_fn *ends_find(const char *name)
{
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (strcmp(ends[i].name, name) == 0)
            return ends[i].run;
    return NULL;
}
