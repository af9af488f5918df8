/* Pages of a query by number. A page keeps its query, to go on from there. */
#include "config/request.h"
#include "query/query.h"

enum { FIRST_PAGE = 1, USUAL_SIZE = 20 };

typedef struct place { /* which page, of which size */
    int64_t page, per_page;
} place;

static void drop_query(void *query)
{
    orm_query *mine = query;
    orm_query_close(&mine);
}

static orm_status no_page(orm_session *session, const char *what, int64_t number)
{
    return orm__fail(&session->error, ORM_NOT_FOUND, "there is no page: %s is %lld", what, (long long)number);
}

/* A number that is given, or else the request's, or else the usual one. */
static orm_status take_number(orm_session *session, const orm_paging *paging, const orm_opt_int *given,
                              const char *name, int64_t usual, int64_t *out)
{
    *out = given->has ? given->value : usual;
    if (given->has || paging->request == NULL) {
        return ORM_OK;
    }
    switch (orm__request_number(paging->request, name, out)) {
    case ORM__ARGUMENT_NUMBER:
        return ORM_OK;
    case ORM__ARGUMENT_NO_MEMORY:
        return orm__nomem(&session->error);
    case ORM__ARGUMENT_NO_NUMBER:
        if (!paging->lenient) {
            return orm__fail(&session->error, ORM_NOT_FOUND, "there is no page: %s of the request is no integer", name);
        }
        break;
    case ORM__ARGUMENT_ABSENT:
        break;
    }
    *out = usual;
    return ORM_OK;
}

static orm_status within(orm_session *session, bool lenient, place *at)
{
    if (at->page < 1 && !lenient) {
        return no_page(session, "the page", at->page);
    }
    if (at->per_page < 1 && !lenient) {
        return no_page(session, "the number of rows on a page", at->per_page);
    }
    at->page = at->page < 1 ? FIRST_PAGE : at->page;
    at->per_page = at->per_page < 1 ? USUAL_SIZE : at->per_page;
    return ORM_OK;
}

static orm_status find_place(orm_session *session, const orm_paging *paging, place *out)
{
    orm_status rc;
    ORM_TRY(take_number(session, paging, &paging->page, "page", FIRST_PAGE, &out->page));
    ORM_TRY(take_number(session, paging, &paging->per_page, "per_page", USUAL_SIZE, &out->per_page));
    if (paging->max_per_page.has && out->per_page > paging->max_per_page.value) {
        out->per_page = paging->max_per_page.value;
    }
    return within(session, paging->lenient, out);
fail:
    return rc;
}

/* The rows of a page. An offset that is beyond all counting is behind the last row too. */
static orm_status fetch(orm_query *query, const place *at, bool lenient, void ***items, size_t *count)
{
    int64_t offset;
    if (__builtin_mul_overflow(at->page - 1, at->per_page, &offset)) {
        offset = INT64_MAX;
    }
    query->select.has_limit = query->select.has_offset = true;
    query->select.limit = at->per_page;
    query->select.offset = offset;
    orm_status rc = orm__query_fetch(query, items, count);
    query->select.has_limit = query->select.has_offset = false;
    return rc == ORM_OK && *count == 0 && at->page != FIRST_PAGE && !lenient
               ? no_page(query->session, "the page", at->page)
               : rc;
}

static void fill(orm_page *out, orm_query *query, const place *at, int64_t total, size_t count)
{
    *out = (orm_page){.page = at->page, .per_page = at->per_page, .total = total, .query_ = query};
    if (total > 0) {
        out->pages = (total - 1) / at->per_page + 1;
    }
    if (count > 0) {
        out->first = (at->page - 1) * at->per_page + 1;
        out->last = out->first + (int64_t)count - 1;
    }
    out->has_prev = at->page > FIRST_PAGE;
    out->has_next = at->page < out->pages;
    out->prev_num = out->has_prev ? at->page - 1 : 0;
    out->next_num = out->has_next ? at->page + 1 : 0;
}

static orm_status paginate(orm_query *query, const orm_paging *paging, void ***items, size_t *count, orm_page *out)
{
    orm_session *session = query->session;
    int64_t total = ORM_NOT_COUNTED;
    place at = {0};
    orm_status rc;
    ORM_TRY(orm__query_ready(query));
    if (query->select.has_limit || query->select.has_offset) {
        ORM_TRY(orm__fail(&session->error, ORM_ARGUMENT, "a query of %s that is limited has no pages",
                          query->mapper->model->struct_name));
    }
    ORM_TRY(find_place(session, paging, &at));
    ORM_TRY(fetch(query, &at, paging->lenient, items, count));
    if (!paging->no_count) {
        ORM_TRY(orm__query_number(query, &total));
    }
    ORM_TRY(orm__session_keep(session, query, drop_query));
    fill(out, query, &at, total, *count);
    return ORM_OK;
fail:
    *items = NULL;
    *count = 0;
    orm_query_close(&query);
    return rc;
}

orm_status orm_query_paginate(orm_query *query, const orm_paging *paging, void ***items, size_t *count, orm_page *out)
{
    static const orm_paging usual = {.lenient = false};
    *items = NULL;
    *count = 0;
    *out = (orm_page){.total = ORM_NOT_COUNTED};
    if (query == NULL) {
        return ORM_NOMEM; /* orm_query_open had none */
    }
    return paginate(query, paging != NULL ? paging : &usual, items, count, out);
}

orm_status orm_page_turn(orm_page *page, int64_t by, unsigned flags, void ***items, size_t *count)
{
    orm_query *query = page->query_;
    const bool lenient = flags & ORM_PAGE_LENIENT;
    void **rows = NULL;
    size_t found = 0;
    orm_status rc;
    if (query == NULL) {
        return ORM_ARGUMENT; /* a page that no query gave */
    }
    place at = {.per_page = page->per_page};
    if (__builtin_add_overflow(page->page, by, &at.page)) {
        at.page = by < 0 ? 0 : INT64_MAX;
    }
    ORM_TRY(within(query->session, lenient, &at));
    ORM_TRY(fetch(query, &at, lenient, &rows, &found));
    fill(page, query, &at, page->total, found);
    *items = rows;
    *count = found;
    return ORM_OK;
fail:
    return rc;
}

/* ---- Numbers of pages to show ----------------------------------------------------------------------------------- */

static int64_t plus(int64_t a, int64_t b)
{
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? (b < 0 ? INT64_MIN + 1 : INT64_MAX) : sum;
}

static int64_t minus(int64_t a, int64_t b)
{
    int64_t difference;
    return __builtin_sub_overflow(a, b, &difference) ? (b < 0 ? INT64_MAX : INT64_MIN + 1) : difference;
}

static int64_t less(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t more(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Three runs of numbers, each up to but without its end, with a gap where one does not follow the one before. */
orm_page_iter orm_iter_pages(const orm_page *page, const orm_page_window *window)
{
    static const orm_page_window usual = ORM_PAGE_WINDOW;
    const orm_page_window *w = window != NULL ? window : &usual;
    orm_page_iter iter = {0};
    const int64_t end = page->pages + 1;
    if (end == 1) {
        return iter;
    }
    iter.from_[0] = 1;
    iter.to_[0] = less(plus(1, w->left_edge), end);
    if (iter.to_[0] != end) {
        iter.from_[1] = more(iter.to_[0], minus(page->page, w->left_current));
        iter.to_[1] = less(plus(plus(page->page, w->right_current), 1), end);
        iter.gap_[1] = iter.from_[1] > iter.to_[0];
    }
    if (iter.to_[0] != end && iter.to_[1] != end) {
        iter.from_[2] = more(iter.to_[1], minus(end, w->right_edge));
        iter.to_[2] = end;
        iter.gap_[2] = iter.from_[2] > iter.to_[1];
    }
    return iter;
}

bool orm_iter_pages_next(orm_page_iter *iter, int64_t *number)
{
    for (; iter->run_ < 3; iter->run_++) {
        const int run = iter->run_;
        if (iter->gap_[run]) {
            iter->gap_[run] = false;
            *number = ORM_PAGE_GAP;
            return true;
        }
        if (iter->from_[run] < iter->to_[run]) {
            *number = iter->from_[run]++;
            return true;
        }
    }
    return false;
}
