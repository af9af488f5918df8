/* Pages: which rows, which numbers, what a request says, and how one goes on from there. */
#include "config/request.h"
#include "support/support.h"
#include "support/world.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* ---- The integers of a query string ---------------------------------------------------------------------------- */

Test(request, numbers)
{
    static const struct {
        const char *query;
        enum orm__argument found;
        int64_t number;
    } rows[] = {
        {"", ORM__ARGUMENT_ABSENT, 0},
        {"&&", ORM__ARGUMENT_ABSENT, 0},
        {"pages=3", ORM__ARGUMENT_ABSENT, 0},
        {"PAGE=3", ORM__ARGUMENT_ABSENT, 0},
        {"=3", ORM__ARGUMENT_ABSENT, 0},
        {"page=3", ORM__ARGUMENT_NUMBER, 3},
        {"&a=1&page=3&page=4", ORM__ARGUMENT_NUMBER, 3},
        {"p%61g%65=%33", ORM__ARGUMENT_NUMBER, 3},
        {"page=+3+", ORM__ARGUMENT_NUMBER, 3},
        {"page=%2B3", ORM__ARGUMENT_NUMBER, 3},
        {"page=%2b3", ORM__ARGUMENT_NUMBER, 3},
        {"page=-3", ORM__ARGUMENT_NUMBER, -3},
        {"page=%09%0A3%C2%A0", ORM__ARGUMENT_NUMBER, 3},
        {"page=%D9%A3", ORM__ARGUMENT_NUMBER, 3},
        {"page=%F0%9D%9F%BF", ORM__ARGUMENT_NUMBER, 9},
        {"page=1_000", ORM__ARGUMENT_NUMBER, 1000},
        {"page=9223372036854775807", ORM__ARGUMENT_NUMBER, INT64_MAX},
        {"page=9223372036854775808", ORM__ARGUMENT_NUMBER, INT64_MAX},
        {"page=99999999999999999999999", ORM__ARGUMENT_NUMBER, INT64_MAX},
        {"page=-9223372036854775808", ORM__ARGUMENT_NUMBER, INT64_MIN},
        {"page=-9999999999999999999999", ORM__ARGUMENT_NUMBER, INT64_MIN},
        {"page", ORM__ARGUMENT_NO_NUMBER, 0},
        {"page=", ORM__ARGUMENT_NO_NUMBER, 0},
        {"page=+", ORM__ARGUMENT_NO_NUMBER, 0},
        {"page=-", ORM__ARGUMENT_NO_NUMBER, 0},
        {"page=abc&page=3", ORM__ARGUMENT_NO_NUMBER, 0},
        {"page=3x", ORM__ARGUMENT_NO_NUMBER, 0},
        {"page=3 3", ORM__ARGUMENT_NO_NUMBER, 0},
        {"page=- 3", ORM__ARGUMENT_NO_NUMBER, 0},
        {"page=_3", ORM__ARGUMENT_NO_NUMBER, 0},
        {"page=3_", ORM__ARGUMENT_NO_NUMBER, 0},
        {"page=3__3", ORM__ARGUMENT_NO_NUMBER, 0},
        {"page=3.0", ORM__ARGUMENT_NO_NUMBER, 0},
        {"page==3", ORM__ARGUMENT_NO_NUMBER, 0},
        {"page=3%", ORM__ARGUMENT_NO_NUMBER, 0},
        {"page=3%4", ORM__ARGUMENT_NO_NUMBER, 0},
        {"page=%G3", ORM__ARGUMENT_NO_NUMBER, 0},
        {"page=3%00", ORM__ARGUMENT_NO_NUMBER, 0},
        {"page=%FF3", ORM__ARGUMENT_NO_NUMBER, 0},
        {"page=%C2%B2", ORM__ARGUMENT_NO_NUMBER, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t number = 0;
        cr_assert_eq(orm__request_number(rows[i].query, "page", &number), rows[i].found, "%s", rows[i].query);
        cr_assert(rows[i].found != ORM__ARGUMENT_NUMBER || number == rows[i].number, "%s: %lld", rows[i].query,
                  (long long)number);
    }
    cr_assert_eq(orm_request_int("page=3", "page", 1), 3);
    cr_assert_eq(orm_request_int("page=x", "page", 1), 1);
    cr_assert_eq(orm_request_int("", "page", 7), 7);
    cr_assert_eq(orm_request_int(NULL, "page", 7), 7);
    cr_assert_eq(orm_request_int("page=3", NULL, 7), 7);
}

/* ---- Numbers of pages to show ----------------------------------------------------------------------------------- */

static const char *shown(int64_t pages, int64_t at, const orm_page_window *window)
{
    static char text[512];
    const orm_page page = {.page = at, .pages = pages};
    orm_page_iter iter = orm_iter_pages(&page, window);
    size_t used = 0;
    text[0] = '\0';
    for (int64_t n; used < sizeof text - 32 && orm_iter_pages_next(&iter, &n);) {
        used += (size_t)(n == ORM_PAGE_GAP ? snprintf(text + used, 8, " -")
                                           : snprintf(text + used, 32, " %lld", (long long)n));
    }
    return text;
}

Test(iter_pages, runs_and_gaps)
{
    static const struct {
        int64_t pages, at;
        const char *shows;
    } usual[] = {
        {0, 1, ""},
        {1, 1, " 1"},
        {3, 9, " 1 2 -"},
        {20, 7, " 1 2 - 5 6 7 8 9 10 11 - 19 20"},
        {20, 1, " 1 2 3 4 5 - 19 20"},
        {20, 20, " 1 2 - 18 19 20"},
        {10, 5, " 1 2 3 4 5 6 7 8 9 10"},
    };
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
        cr_assert_str_eq(shown(usual[i].pages, usual[i].at, NULL), usual[i].shows);
    }
    const orm_page_window none = {0, 0, 0, 0}, left = {3, 0, 0, 0}, negative = {-1, 1, 1, -1};
    const orm_page_window huge = {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX}, far = {0, INT64_MAX, INT64_MAX, 0};
    const orm_page_window away = {INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN};
    cr_assert_str_eq(shown(20, 7, &none), " - 7 -");
    cr_assert_str_eq(shown(20, 7, &left), " 1 2 3 - 7 -");
    cr_assert_str_eq(shown(10, 1, &negative), " 0 1 2 -");
    cr_assert_str_eq(shown(5, 2, &huge), " 1 2 3 4 5");
    cr_assert_str_eq(shown(5, 2, &far), " 1 2 3 4 5");
    cr_assert_not_null(shown(5, 2, &away));
}

Test(iter_pages, as_a_loop)
{
    Post_page posts = {.numbers = {.page = 10, .pages = 20}};
    int64_t sum = 0, gaps = 0;
    orm_each_page (n, posts) {
        if (n == ORM_PAGE_GAP) {
            gaps++;
            continue;
        }
        if (n == 19) {
            break;
        }
        sum += n;
    }
    cr_assert_eq(gaps, 2);
    cr_assert_eq(sum, 1 + 2 + 8 + 9 + 10 + 11 + 12 + 13 + 14);
}

/* ---- Pages of a query ------------------------------------------------------------------------------------------- */

static void fill(world *w, int rows)
{
    char sql[160];
    for (int i = 1; i <= rows; i++) {
        snprintf(sql, sizeof sql, "INSERT INTO post (id, title) VALUES (%d, 'post %d')", i, i);
        behind(w, sql);
    }
}

static orm_query *by_id(world *w)
{
    orm_query *query = orm_query_open(w->s, w->post);
    orm_query_order_by(query, orm_asc(orm_named(w->post, "id")));
    return query;
}

typedef struct got {
    void **items;
    size_t count;
    orm_page page;
} got;

static orm_status paginate(world *w, const orm_paging *paging, got *out)
{
    return orm_query_paginate(by_id(w), paging, &out->items, &out->count, &out->page);
}

ALL(page, numbers)
{
    got all;
    fill(w, 7);
    OK(w, paginate(w, &(orm_paging){.page = ORM_SOME(2), .per_page = ORM_SOME(3)}, &all));
    cr_assert_eq(all.count, 3);
    cr_assert_eq(int_of(all.items[0], "id"), 4);
    cr_assert_eq(all.page.page, 2);
    cr_assert_eq(all.page.per_page, 3);
    cr_assert_eq(all.page.total, 7);
    cr_assert_eq(all.page.pages, 3);
    cr_assert_eq(all.page.first, 4);
    cr_assert_eq(all.page.last, 6);
    cr_assert(all.page.has_prev && all.page.has_next);
    cr_assert_eq(all.page.prev_num, 1);
    cr_assert_eq(all.page.next_num, 3);
    cr_assert_str_eq(kinds(w), "SELECT SELECT");
    OK(w, paginate(w, NULL, &all));
    cr_assert_eq(all.count, 7);
    cr_assert_eq(all.page.per_page, 20);
    cr_assert(!all.page.has_prev && !all.page.has_next);
    cr_assert_eq(all.page.prev_num, 0);
    cr_assert_eq(all.page.next_num, 0);
    forget(w);
    OK(w, paginate(w, &(orm_paging){.per_page = ORM_SOME(3), .no_count = true}, &all));
    cr_assert_eq(all.page.total, ORM_NOT_COUNTED);
    cr_assert_eq(all.page.pages, 0);
    cr_assert_not(all.page.has_next);
    cr_assert_str_eq(kinds(w), "SELECT");
}

ALL(page, what_is_not_there)
{
    static const orm_paging none[] = {
        {.page = ORM_SOME(0)},
        {.page = ORM_SOME(-1)},
        {.page = ORM_SOME(INT64_MIN)},
        {.per_page = ORM_SOME(0)},
        {.per_page = ORM_SOME(INT64_MIN)},
        {.max_per_page = ORM_SOME(0)},
        {.page = ORM_SOME(4), .per_page = ORM_SOME(3)},
        {.page = ORM_SOME(INT64_MAX), .per_page = ORM_SOME(INT64_MAX)},
        {.request = "page=abc"},
        {.request = "page=0"},
        {.request = "per_page="},
        {.request = "page=99999999999999999999"},
    };
    got all;
    fill(w, 7);
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        cr_assert_eq(paginate(w, &none[i], &all), ORM_NOT_FOUND, "%zu", i);
        cr_assert_eq(orm_session_error(w->s)->status, ORM_NOT_FOUND);
        cr_assert_null(all.items);
        cr_assert_eq(all.count, 0);
        cr_assert_null(all.page.query_);
        orm_paging lenient = none[i];
        lenient.lenient = true;
        OK(w, paginate(w, &lenient, &all));
        cr_assert_eq(all.page.total, 7);
        cr_assert_eq(all.count, all.page.page == 1 ? 7 : 0, "%zu", i);
    }
}

ALL(page, of_a_request)
{
    got all;
    fill(w, 7);
    OK(w, paginate(w, &(orm_paging){.request = "page=2&per_page=5"}, &all));
    cr_assert_eq(all.page.page, 2);
    cr_assert_eq(all.page.per_page, 5);
    OK(w, paginate(w, &(orm_paging){.page = ORM_SOME(1), .max_per_page = ORM_SOME(4), .request = "page=x&per_page=500"}, &all));
    cr_assert_eq(all.count, 4);
    OK(w, paginate(w, &(orm_paging){.request = ""}, &all));
    cr_assert_eq(all.count, 7);
}

ALL(page, turned)
{
    got all;
    fill(w, 7);
    OK(w, paginate(w, &(orm_paging){.per_page = ORM_SOME(3)}, &all));
    forget(w);
    OK(w, orm_page_turn(&all.page, 1, ORM_PAGE_STRICT, &all.items, &all.count));
    cr_assert_str_eq(kinds(w), "SELECT");
    cr_assert_eq(int_of(all.items[0], "id"), 4);
    cr_assert_eq(all.page.total, 7);
    OK(w, orm_page_turn(&all.page, 1, ORM_PAGE_STRICT, &all.items, &all.count));
    cr_assert_eq(all.count, 1);
    cr_assert_not(all.page.has_next);
    cr_assert_eq(orm_page_turn(&all.page, 1, ORM_PAGE_STRICT, &all.items, &all.count), ORM_NOT_FOUND);
    cr_assert_eq(all.page.page, 3);
    cr_assert_eq(all.count, 1);
    OK(w, orm_page_turn(&all.page, 1, ORM_PAGE_LENIENT, &all.items, &all.count));
    cr_assert_eq(all.page.page, 4);
    cr_assert_eq(all.count, 0);
    OK(w, orm_page_turn(&all.page, INT64_MAX, ORM_PAGE_LENIENT, &all.items, &all.count));
    cr_assert_eq(all.page.page, INT64_MAX);
    OK(w, orm_page_turn(&all.page, -INT64_MAX, ORM_PAGE_LENIENT, &all.items, &all.count));
    cr_assert_eq(all.page.page, 1);
    cr_assert_eq(orm_page_turn(&all.page, -1, ORM_PAGE_STRICT, &all.items, &all.count), ORM_NOT_FOUND);
    cr_assert_eq(orm_page_turn(&all.page, INT64_MIN, ORM_PAGE_STRICT, &all.items, &all.count), ORM_NOT_FOUND);
    OK(w, orm_page_turn(&all.page, -1, ORM_PAGE_LENIENT, &all.items, &all.count));
    cr_assert_eq(all.page.page, 1);
    cr_assert_eq(all.count, 3);
    orm_page nobodys = {.page = 1};
    cr_assert_eq(orm_page_turn(&nobodys, 1, ORM_PAGE_LENIENT, &all.items, &all.count), ORM_ARGUMENT);
}

ALL(page, refused)
{
    got all;
    orm_query *query = by_id(w);
    orm_query_limit(query, 3);
    cr_assert_eq(orm_query_paginate(query, NULL, &all.items, &all.count, &all.page), ORM_ARGUMENT);
    query = by_id(w);
    orm_query_offset(query, 3);
    cr_assert_eq(orm_query_paginate(query, NULL, &all.items, &all.count, &all.page), ORM_ARGUMENT);
    query = by_id(w);
    orm_query_filter(query, orm_eq(orm_named(w->post, "nope"), orm_int(1)));
    cr_assert_eq(orm_query_paginate(query, NULL, &all.items, &all.count, &all.page), ORM_ARGUMENT);
    cr_assert_eq(orm_query_paginate(NULL, NULL, &all.items, &all.count, &all.page), ORM_NOMEM);
}

TYPED(page, in_a_program)
{
    Post_page posts;
    char titles[128] = "";
    fill(w, 7);
    Post_query q = orm_query(w->s, Post);
    orm_order_by(q, orm_desc(orm_col(q, id)));
    OK(w, orm_paginate(q, 2, 3, ORM_PAGE_LENIENT, &posts));
    orm_each (post, posts.items) {
        strcat(titles, post->title);
    }
    cr_assert_str_eq(titles, "post 4post 3post 2");
    cr_assert(posts.has_prev && posts.has_next);
    cr_assert_eq(posts.total, 7);
    cr_assert_eq(posts.numbers.pages, posts.pages);
    OK(w, orm_next_page(&posts, ORM_PAGE_STRICT));
    cr_assert_eq(posts.items.count, 1);
    cr_assert_str_eq(posts.items.at[0]->title, "post 1");
    cr_assert_eq(orm_next_page(&posts, ORM_PAGE_STRICT), ORM_NOT_FOUND);
    OK(w, orm_prev_page(&posts, ORM_PAGE_STRICT));
    cr_assert_eq(posts.page, 2);
    q = orm_query(w->s, Post);
    OK(w, orm_paginate_with(q, &posts, .request = "per_page=2", .no_count = true));
    cr_assert_eq(posts.items.count, 2);
    cr_assert_eq(posts.total, ORM_NOT_COUNTED);
}

static orm_status walk(void *context)
{
    const char *url = context;
    orm_database *database = NULL;
    orm_session *session = NULL;
    orm_error error;
    Post_page posts;
    orm_status rc;
    ORM_TRY(orm_open(url, &blog, NULL, &database, &error));
    ORM_TRY(orm_create_all(database, &error));
    ORM_TRY(orm_session_open(database, &session, &error));
    for (int i = 0; i < 3; i++) {
        Post *post = orm_new(session, Post);
        ORM_TRY(orm_made(session, post));
        post->title = "t";
        ORM_TRY(orm_add(session, post));
    }
    Post_query q = orm_query(session, Post);
    orm_order_by(q, orm_asc(orm_col(q, id)));
    ORM_TRY(orm_paginate_with(q, &posts, .request = "page=1&per_page=2"));
    cr_assert_eq(posts.items.count, 2);
    ORM_TRY(orm_next_page(&posts, ORM_PAGE_STRICT));
    cr_assert_eq(posts.items.count, 1);
fail:
    orm_session_close(&session);
    orm_close(&database);
    return rc;
}

Test(page, without_memory)
{
    char url[] = "sqlite://";
    faults_sweep(walk, url);
}
