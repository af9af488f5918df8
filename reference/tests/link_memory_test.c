/* Links when memory runs out anywhere: nothing is lost, nothing is read that was freed, and the database holds all of a
 * transaction or nothing. And what many children cost. */
#include "session/session.h"
#include "support/family.h"
#include "support/support.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Every way of changing links once, in three transactions. */
static orm_status work(orm_session *s)
{
    orm_status rc;
    Author *a = orm_new(s, Author), *z = orm_new(s, Author);
    Book *b = orm_new(s, Book), *c = orm_new(s, Book), *d = orm_new(s, Book);
    Label *x = orm_new(s, Label), *y = orm_new(s, Label);
    Sheet *f = orm_new(s, Sheet), *g = orm_new(s, Sheet);
    Branch *r = orm_new(s, Branch), *q = orm_new(s, Branch);
    size_t count = 0;
    bool holds;
    ORM_TRY(orm_made(s, a, z, b, c, d, x, y, f, g, r, q));
    a->name = "a";
    ORM_TRY(orm_append(a->books, b));
    ORM_TRY(orm_set(c->author, a));
    ORM_TRY(orm_insert_at(a->books, 0, d));
    ORM_TRY(orm_append(b->labels, x));
    ORM_TRY(orm_append(y->books, b));
    ORM_TRY(orm_append(a->follows, z));
    ORM_TRY(orm_set(a->sheet, f));
    ORM_TRY(orm_set(q->parent, r));
    ORM_TRY(orm_add_all(s, b, q));
    ORM_TRY(orm_commit(s));
    const int64_t author = a->id, branch = r->id;

    ORM_TRY(orm_remove(a->books, d));
    ORM_TRY(orm_set(d->author, z));
    ORM_TRY(orm_set(f->author, NULL));
    ORM_TRY(orm_set(g->author, a));
    Label_list labels = {0};
    ORM_TRY(orm_list(b->labels, &labels));
    ORM_TRY(orm_clear(b->labels));
    ORM_EACH (book, a->books) {
        ORM_TRY(orm_append(book->labels, y));
        count++;
    }
    ORM_TRY(orm_holds(a->books, c, &holds));
    ORM_TRY(orm_replace_at(a->books, 0, d));
    ORM_TRY(orm_commit(s));

    Author *found = NULL;
    ORM_TRY(orm_session_clear(s));
    ORM_TRY(orm_get(s, Author, author, &found));
    ORM_TRY(orm_size(found->books, &count));
    ORM_TRY(orm_set(b->author, found)); /* detached until now */
    ORM_TRY(orm_commit(s));
    ORM_TRY(orm_delete(s, found));
    Branch *root = NULL;
    ORM_TRY(orm_get(s, Branch, branch, &root));
    ORM_TRY(orm_delete(s, root));
    ORM_TRY(orm_commit(s));
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
    behind(w, "DELETE FROM book_labels; DELETE FROM follows; DELETE FROM sheet; DELETE FROM book; DELETE FROM label; "
              "DELETE FROM author; DELETE FROM branch");
    ORM_TRY(orm_open(w->url, &family, NULL, &own, &error));
    ORM_TRY(orm_session_open(own, &session, &error));
    ORM_TRY(work(session));
fail:
    if (session != NULL && rc == ORM_NOMEM && orm_rollback(session) != ORM_OK) {
        rc = ORM_FAILURE;
    }
    orm_session_close(&session);
    orm_close(&own);
    /* No transaction is stored by half: a book of the first one has its author and its labels. */
    const char *authors = stored(w, "SELECT count(*) FROM author");
    const char count = authors[0];
    cr_assert(count == '0' || count == '1' || count == '2', "%s authors", authors);
    if (count == '0') {
        cr_assert_str_eq(stored(w, "SELECT count(*) FROM book"), "0");
        cr_assert_str_eq(stored(w, "SELECT count(*) FROM book_labels"), "0");
    } else {
        cr_assert_str_eq(stored(w, "SELECT count(*) FROM book"), "3");
        cr_assert_str_eq(stored(w, "SELECT count(*) FROM branch"), count == '2' ? "2" : "0");
    }
    cr_assert(rc != ORM_OK || count == '1');
    return rc;
}

static void sweep(variant v)
{
    world w;
    kin k;
    family_open(&w, v, &k);
    orm_session_close(&w.s);
    orm_close(&w.db);
    faults_sweep(scenario, &w);
    world_close(&w);
}

Test(links, no_memory_sqlite)
{
    sweep(TYPED_SQLITE);
}

Test(links, no_memory_postgresql)
{
    sweep(TYPED_POSTGRESQL);
}

/* ---- Many
 * --------------------------------------------------------------------------------------------------------------- */

enum { MANY = 100000 };

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* What is done `count` times must not cost more each time. Measured on few and on many: 16 times as many may take 16
 * times as long, and some; squared it would be 256. */
static void expect_linear(double (*measure)(world *, size_t), world *w, const char *what)
{
    double few = measure(w, MANY / 16), many = measure(w, MANY);
    cr_assert_lt(many, 60 * few + 0.05, "%s: %d in %.3f s, %d in %.3f s", what, MANY / 16, few, MANY, many);
}

static double append_many(world *w, size_t count)
{
    Author *a = orm_new(w->s, Author);
    OK(w, orm_add(w->s, a));
    const double start = seconds();
    for (size_t i = 0; i < count; i++) {
        Book *b = orm_new(w->s, Book);
        OK(w, orm_append(a->books, b));
    }
    const double appended = seconds() - start;
    OK(w, orm_rollback(w->s));
    OK(w, orm_expunge_all(w->s));
    return appended;
}

static double set_many(world *w, size_t count)
{
    Author *a = orm_new(w->s, Author);
    OK(w, orm_add(w->s, a));
    OK(w, orm_commit(w->s)); /* its books are not loaded */
    const double start = seconds();
    for (size_t i = 0; i < count; i++) {
        Book *b = orm_new(w->s, Book);
        OK(w, orm_set(b->author, a));
    }
    const double set = seconds() - start;
    OK(w, orm_rollback(w->s));
    OK(w, orm_expunge_all(w->s));
    return set;
}

static double flush_many(world *w, size_t count)
{
    Author *a = orm_new(w->s, Author);
    OK(w, orm_add(w->s, a));
    for (size_t i = 0; i < count; i++) {
        Book *b = orm_new(w->s, Book);
        OK(w, orm_append(a->books, b));
    }
    const double start = seconds();
    OK(w, orm_flush(w->s));
    const double flushed = seconds() - start;
    OK(w, orm_rollback(w->s));
    OK(w, orm_expunge_all(w->s));
    return flushed;
}

static double clear_many(world *w, size_t count)
{
    Author *a = orm_new(w->s, Author);
    for (size_t i = 0; i < count; i++) {
        Book *b = orm_new(w->s, Book);
        OK(w, orm_append(a->books, b));
    }
    const double start = seconds();
    OK(w, orm_clear(a->books));
    const double cleared = seconds() - start;
    return cleared;
}

Test(links, many_children)
{
    world w;
    kin k;
    if (getenv("FAULTS") != NULL) {
        cr_skip("under valgrind time says nothing");
    }
    family_open(&w, TYPED_SQLITE, &k);
    expect_linear(append_many, &w, "append");
    expect_linear(set_many, &w, "set");
    expect_linear(flush_many, &w, "flush");
    expect_linear(clear_many, &w, "clear");
    world_close(&w);
}
