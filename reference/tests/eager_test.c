/* What is loaded with a query, how many statements that takes, and what a query may ask of relationships; on both
 * databases, typed and run-time. */
#include "session/session.h"
#include "support/family.h"
#include "support/support.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { AUTHORS = 10, BOOKS = 2 };

/* Authors a0 …, each with books, each book with a label of its own and one that all have. */
static void fill(world *w, const kin *k, size_t authors)
{
    char name[32];
    orm_object *common = make(w, k->label, "common");
    for (size_t i = 0; i < authors; i++) {
        (void)snprintf(name, sizeof name, "a%zu", i);
        orm_object *a = make(w, k->author, name);
        OK(w, orm_add_object(w->s, a));
        for (size_t n = 0; n < BOOKS; n++) {
            (void)snprintf(name, sizeof name, "b%zu_%zu", i, n);
            orm_object *b = make(w, k->book, name), *own = make(w, k->label, name);
            OK(w, append(a, "books", b));
            OK(w, append(b, "labels", common));
            OK(w, append(b, "labels", own));
        }
    }
    OK(w, orm_commit(w->s));
    OK(w, orm_session_clear(w->s));
    forget(w);
}

static size_t selects(world *w)
{
    const char *sent = kinds(w);
    size_t count = 0;
    for (const char *at = sent; (at = strstr(at, "SELECT")) != NULL; at++) {
        count++;
    }
    return count;
}

static orm_query *authors(world *w, const kin *k)
{
    orm_query *q = orm_query_open(w->s, k->author);
    orm_query_order_by(q, orm_order_term(orm_named(k->author, "id").term, false));
    return q;
}

static size_t all_of(world *w, orm_query *q, void ***out)
{
    size_t count = 0;
    OK(w, orm_query_all(q, out, &count));
    return count;
}

/* Books and labels that are reached from the authors. */
static size_t reach(world *w, void **objects, size_t count, bool labels)
{
    size_t reached = 0;
    for (size_t i = 0; i < count; i++) {
        orm_object **books;
        const size_t n = many_of(objects[i], "books", &books);
        for (size_t b = 0; b < n; b++) {
            reached += labels ? count_of(books[b], "labels") : 1;
        }
    }
    (void)w;
    return reached;
}

FAMILY(eager, statements_of_each_way)
{
    static const struct {
        orm_lazy how;
        size_t found, statements;
    } ways[] = {
        {ORM_LAZY_SELECT, 20, 11}, {ORM_LAZY_SELECTIN, 20, 2}, {ORM_LAZY_SUBQUERY, 20, 2},
        {ORM_LAZY_JOINED, 20, 1},  {ORM_LAZY_NOLOAD, 0, 1},
    };
    fill(w, k, AUTHORS);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        void **found;
        orm_query *q = authors(w, k);
        orm_query_load(q, "books", ways[i].how);
        const size_t count = all_of(w, q, &found);
        cr_assert_eq(count, AUTHORS);
        cr_assert_eq(reach(w, found, count, false), ways[i].found, "way %d", (int)ways[i].how);
        const size_t sent = selects(w);
        cr_assert_eq(sent, ways[i].statements, "way %d: %zu", (int)ways[i].how, sent);
        OK(w, orm_session_clear(w->s));
    }
}

FAMILY(eager, every_depth)
{
    static const struct {
        orm_lazy outer, inner;
        size_t statements;
    } ways[] = {
        {ORM_LAZY_JOINED, ORM_LAZY_JOINED, 1},     {ORM_LAZY_JOINED, ORM_LAZY_SELECTIN, 2},
        {ORM_LAZY_SELECTIN, ORM_LAZY_JOINED, 2},   {ORM_LAZY_SELECTIN, ORM_LAZY_SELECTIN, 3},
        {ORM_LAZY_SUBQUERY, ORM_LAZY_SUBQUERY, 3}, {ORM_LAZY_SUBQUERY, ORM_LAZY_JOINED, 2},
    };
    fill(w, k, AUTHORS);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        void **found;
        orm_query *q = authors(w, k);
        orm_query_load(q, "books", ways[i].outer);
        orm_query_load(q, "books.labels", ways[i].inner);
        const size_t count = all_of(w, q, &found);
        cr_assert_eq(reach(w, found, count, true), 2 * AUTHORS * BOOKS);
        const size_t sent = selects(w);
        cr_assert_eq(sent, ways[i].statements, "row %zu: %zu", i, sent);
        cr_assert_str_eq(texts_of(found[0], "books"), "b0_0 b0_1");
        OK(w, orm_session_clear(w->s));
        forget(w);
    }
}

FAMILY(eager, a_limit_counts_objects)
{
    static const orm_lazy ways[] = {ORM_LAZY_JOINED, ORM_LAZY_SUBQUERY, ORM_LAZY_SELECTIN};
    fill(w, k, 4);
    for (size_t i = 0; i < 3; i++) {
        void **found;
        orm_query *q = orm_query_open(w->s, k->author);
        orm_query_order_by(q, orm_order_term(orm_named(k->author, "name").term, true));
        orm_query_limit(q, 2);
        orm_query_offset(q, 1);
        orm_query_load(q, "books", ways[i]);
        orm_query_load(q, "books.labels", ways[i]);
        cr_assert_eq(all_of(w, q, &found), 2);
        forget(w);
        cr_assert_str_eq(text_of(found[0], "name"), "a2");
        cr_assert_str_eq(texts_of(found[0], "books"), "b2_0 b2_1");
        cr_assert_eq(reach(w, found, 2, true), 8);
        cr_assert_eq(selects(w), 0);
        orm_object *first;
        q = authors(w, k);
        orm_query_load(q, "books", ways[i]);
        OK(w, orm_query_first(q, &first));
        forget(w);
        cr_assert_eq(count_of(first, "books"), BOOKS);
        cr_assert_eq(selects(w), 0);
        OK(w, orm_session_clear(w->s));
    }
}

FAMILY(eager, batches_of_500_keys)
{
    void **found;
    for (size_t i = 0; i < 1001; i++) {
        OK(w, orm_add_object(w->s, make(w, k->author, NULL)));
    }
    OK(w, orm_commit(w->s));
    OK(w, orm_session_clear(w->s));
    orm_query *q = authors(w, k);
    orm_query_load(q, "books", ORM_LAZY_SELECTIN);
    forget(w);
    cr_assert_eq(all_of(w, q, &found), 1001);
    cr_assert_eq(selects(w), 4);
    cr_assert_eq(count_of(found[1000], "books"), 0);
}

FAMILY(eager, single_objects)
{
    static const orm_lazy ways[] = {ORM_LAZY_JOINED, ORM_LAZY_SUBQUERY, ORM_LAZY_SELECTIN};
    fill(w, k, 3);
    for (size_t i = 0; i < 3; i++) {
        void **found;
        orm_query *q = orm_query_open(w->s, k->book);
        orm_query_load(q, "author", ways[i]);
        const size_t count = all_of(w, q, &found);
        cr_assert_eq(selects(w), ways[i] == ORM_LAZY_JOINED ? 1 : 2);
        for (size_t n = 0; n < count; n++) {
            cr_assert_not_null(one_of(found[n], "author"));
        }
        cr_assert_eq(selects(w), 0);
        OK(w, orm_session_clear(w->s));
    }
}

FAMILY(eager, raise_and_later_levels)
{
    void **found, **none;
    size_t count;
    orm_many_link books;
    fill(w, k, 2);
    orm_query *q = authors(w, k);
    orm_query_load(q, "books", ORM_LAZY_RAISE);
    (void)all_of(w, q, &found);
    OK(w, orm_many_named(found[0], "books", &books));
    cr_assert_eq(orm_link_list(books, &none, &count), ORM_NOT_LOADED);
    OK(w, orm_session_clear(w->s));
    q = authors(w, k);
    orm_query_load(q, "books.labels", ORM_LAZY_SELECTIN); /* goes for the books when they are loaded */
    (void)all_of(w, q, &found);
    forget(w);
    cr_assert_eq(reach(w, found, 1, true), 2 * BOOKS);
    cr_assert_eq(selects(w), 2);
}

FAMILY(eager, what_is_loaded_stays)
{
    void **found;
    fill(w, k, 1);
    (void)all_of(w, authors(w, k), &found);
    orm_object *a = found[0], *b = make(w, k->book, "new");
    (void)count_of(a, "books");
    (void)orm_autoflush(w->s, false);
    OK(w, append(a, "books", b));
    orm_query *q = authors(w, k);
    orm_query_load(q, "books", ORM_LAZY_JOINED);
    (void)all_of(w, q, &found);
    cr_assert_str_eq(texts_of(a, "books"), "b0_0 b0_1 new");
    q = authors(w, k);
    orm_query_load(q, "books", ORM_LAZY_SELECTIN);
    (void)all_of(w, q, &found);
    cr_assert_eq(count_of(a, "books"), 3);
}

FAMILY(eager, joins_and_their_rows)
{
    void **found;
    int64_t rows = 0;
    fill(w, k, 3);
    orm_query *q = authors(w, k);
    orm_query_join_related(q, "books", "books", ORM_INNER_JOIN);
    orm_query_filter(q, orm_compare_any(orm_any_of("books", orm_named(k->book, "title")), ORM_EQ, orm_text("b1_1")));
    orm_query_load(q, "books", ORM_LAZY_OWN_JOIN);
    cr_assert_eq(all_of(w, q, &found), 1);
    forget(w);
    cr_assert_str_eq(texts_of(found[0], "books"), "b1_1", "as filtered");
    cr_assert_eq(selects(w), 0);
    q = authors(w, k);
    orm_query_join_related(q, "books", NULL, ORM_INNER_JOIN);
    orm_query_join_related(q, "books.labels", NULL, ORM_INNER_JOIN);
    OK(w, orm_query_count(q, &rows));
    cr_assert_eq(rows, 12);
    q = authors(w, k);
    orm_query_load(q, "books", ORM_LAZY_OWN_JOIN);
    size_t count;
    cr_assert_eq(orm_query_all(q, &found, &count), ORM_ARGUMENT);
    cr_assert_str_eq(orm_session_error(w->s)->message, "the query does not join \"books\"");
}

static int64_t count(world *w, orm_query *q, orm_expr *condition)
{
    int64_t rows = -1;
    orm_query_filter(q, condition);
    OK(w, orm_query_count(q, &rows));
    return rows;
}

static orm_expr *titled(const kin *k, const char *title)
{
    return orm_compare_any(orm_named(k->book, "title"), ORM_EQ, orm_text(title));
}

FAMILY(eager, conditions_on_relationships)
{
    fill(w, k, 3);
    OK(w, orm_add_object(w->s, make(w, k->author, "lonely")));
    orm_object *lone = make(w, k->book, "lone");
    OK(w, orm_add_object(w->s, lone));
    OK(w, orm_commit(w->s));
    orm_query *q = orm_query_open(w->s, k->author);
    cr_assert_eq(count(w, q, orm_query_any(q, NULL, NULL, "books", true, NULL)), 3);
    q = orm_query_open(w->s, k->author);
    cr_assert_eq(count(w, q, orm_not(orm_query_any(q, NULL, NULL, "books", true, NULL))), 1);
    q = orm_query_open(w->s, k->author);
    cr_assert_eq(count(w, q, orm_query_any(q, NULL, NULL, "books", true, titled(k, "b1_0"))), 1);
    q = orm_query_open(w->s, k->author);
    orm_expr *own = orm_compare_any(orm_named(k->label, "name"), ORM_EQ, orm_text("b2_1"));
    orm_expr *labelled = orm_query_any(q, k->book, NULL, "labels", true, own);
    cr_assert_eq(count(w, q, orm_query_any(q, NULL, NULL, "books", true, labelled)), 1);
    q = orm_query_open(w->s, k->book);
    orm_expr *by = orm_compare_any(orm_named(k->author, "name"), ORM_EQ, orm_text("a1"));
    cr_assert_eq(count(w, q, orm_query_any(q, NULL, NULL, "author", false, by)), BOOKS);
    orm_object *author = get(w, k->author, 1);
    q = orm_query_open(w->s, k->book);
    cr_assert_eq(count(w, q, orm_query_related(q, NULL, NULL, "author", true, author)), BOOKS);
    q = orm_query_open(w->s, k->book);
    cr_assert_eq(count(w, q, orm_query_related(q, NULL, NULL, "author", false, author)), 2 * BOOKS + 1);
    q = orm_query_open(w->s, k->book);
    cr_assert_eq(count(w, q, orm_query_related(q, NULL, NULL, "author", true, NULL)), 1);
    q = orm_query_open(w->s, k->book);
    cr_assert_eq(count(w, q, orm_query_related(q, NULL, NULL, "author", false, NULL)), 3 * BOOKS);
    q = orm_query_open(w->s, k->author);
    cr_assert_eq(count(w, q, orm_query_contains(q, NULL, NULL, "books", get(w, k->book, 1))), 1);
    q = orm_query_open(w->s, k->author);
    cr_assert_eq(count(w, q, orm_query_contains(q, NULL, NULL, "books", lone)), 0);
    q = orm_query_open(w->s, k->book);
    cr_assert_eq(count(w, q, orm_query_contains(q, NULL, NULL, "labels", get(w, k->label, 1))), 3 * BOOKS);
    q = orm_query_open(w->s, k->author);
    cr_assert_eq(count(w, q, orm_query_any(q, NULL, NULL, "follows", true, NULL)), 0, "a model with itself");
}

static void refused(world *w, orm_query *q, orm_expr *condition, const char *says)
{
    int64_t rows;
    if (condition != NULL) {
        orm_query_filter(q, condition);
    }
    cr_assert_eq(orm_query_count(q, &rows), ORM_ARGUMENT, "%s", says);
    cr_assert_str_eq(orm_session_error(w->s)->message, says);
}

FAMILY(eager, what_a_query_refuses)
{
    orm_query *q = authors(w, k);
    orm_query_load(q, "nothing", ORM_LAZY_JOINED);
    refused(w, q, NULL, "Author has no relationship \"nothing\"");
    q = authors(w, k);
    orm_query_load(q, "books.nothing", ORM_LAZY_JOINED);
    refused(w, q, NULL, "Book has no relationship \"nothing\"");
    q = authors(w, k);
    orm_query_load(q, "books", ORM_LAZY_DYNAMIC);
    refused(w, q, NULL, "Author.books: no way of loading that a query can choose (6)");
    q = authors(w, k);
    orm_query_join_related(q, "name", NULL, ORM_INNER_JOIN);
    refused(w, q, NULL, "Author has no relationship \"name\"");
    q = authors(w, k);
    orm_query_join_related(q, "books.labels", NULL, ORM_INNER_JOIN);
    refused(w, q, NULL, "\"books\" is to be joined before \"books.labels\"");
    q = authors(w, k);
    orm_query_join_related(q, "follows", NULL, ORM_INNER_JOIN);
    refused(w, q, NULL, "Author is joined twice as \"author\" in a query of Author");
    q = authors(w, k);
    refused(w, q, orm_query_any(q, NULL, NULL, "books", false, NULL), "Author.books is a collection: ask it for any");
    q = authors(w, k);
    refused(w, q, orm_query_any(q, NULL, NULL, "sheet", true, titled(k, "x")),
            "Author.sheet is a single object: ask whether it has");
    q = authors(w, k);
    refused(w, q, orm_query_contains(q, NULL, NULL, "books", NULL), "Author.books: an object is missing (NULL)");
    orm_object *b = make(w, k->book, "b");
    q = authors(w, k);
    refused(w, q, orm_query_related(q, NULL, NULL, "books", true, b),
            "Author.books is a collection: ask whether it contains the object");
    q = authors(w, k);
    refused(w, q, orm_query_related(q, NULL, NULL, "sheet", true, b), "Author.sheet leads to Sheet, and not to Book");
    q = authors(w, k);
    refused(w, q, orm_query_contains(q, NULL, NULL, "sheet", make(w, k->sheet, "s")), "Author.sheet is no collection");
}

/* ---- Memory
 * ------------------------------------------------------------------------------------------------------------- */

static orm_status work(orm_session *s)
{
    static const orm_lazy ways[] = {ORM_LAZY_JOINED, ORM_LAZY_SUBQUERY, ORM_LAZY_SELECTIN};
    orm_status rc = ORM_OK;
    size_t reached = 0;
    for (size_t i = 0; i < 9; i++) {
        Author_list found = {0};
        Author_query q = orm_query(s, Author);
        orm_order_by(q, orm_asc(orm_col(q, name)));
        orm_eager(q, books, ways[i / 3]);
        orm_eager_through(q, books, labels, ways[i % 3]);
        if (i % 2 == 0) {
            orm_limit(q, 2);
        }
        ORM_TRY(orm_all(q, &found));
        orm_each (author, found) {
            ORM_EACH (book, author->books) {
                ORM_EACH (label, book->labels) {
                    reached += label->id > 0;
                }
            }
        }
        ORM_TRY(orm_session_clear(s));
    }
    Author_list some = {0};
    Author_query q = orm_query(s, Author);
    orm_join(q, books);
    orm_filter(q, orm_has_any(q, books, orm_eq(ORM_COL(Book, title), "b1_0")));
    orm_eager(q, books, ORM_LAZY_OWN_JOIN);
    ORM_TRY(orm_all(q, &some));
    rc = reached == 72 && some.count == 1 ? ORM_OK : ORM_FAILURE;
fail:
    return rc;
}

static orm_status scenario(void *context)
{
    world *w = context;
    orm_database *own = NULL;
    orm_session *session = NULL;
    orm_error error = {0};
    orm_status rc;
    ORM_TRY(orm_open(w->url, &family, NULL, &own, &error));
    ORM_TRY(orm_session_open(own, &session, &error));
    ORM_TRY(work(session));
fail:
    orm_session_close(&session);
    orm_close(&own);
    return rc;
}

Test(eager, no_memory)
{
    world w;
    kin k;
    family_open(&w, TYPED_SQLITE, &k);
    fill(&w, &k, 2);
    orm_session_close(&w.s);
    orm_close(&w.db);
    faults_sweep(scenario, &w);
    world_close(&w);
}
