/* What objects lead to: both sides in memory, and what the flush makes of it; on both databases, typed and run-time. */
#include "session/session.h"
#include "support/family.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static orm_object *added(world *w, const orm_model *model, const char *name)
{
    orm_object *object = make(w, model, name);
    OK(w, orm_add_object(w->s, object));
    return object;
}

static void refused(world *w, orm_status got, orm_status wanted, const char *says)
{
    cr_assert_eq(got, wanted, "status %d: %s", (int)got, orm_session_error(w->s)->message);
    cr_assert_not_null(strstr(orm_session_error(w->s)->message, says), "%s", orm_session_error(w->s)->message);
}

/* ---- Both sides
 * --------------------------------------------------------------------------------------------------------- */

FAMILY(link, append_and_set_are_two_sides)
{
    orm_object *a = make(w, k->author, "a"), *b = make(w, k->book, "b"), *c = make(w, k->book, "c");
    cr_assert_eq(count_of(a, "books"), 0);
    cr_assert_null(one_of(b, "author"));
    OK(w, append(a, "books", b));
    cr_assert_eq(one_of(b, "author"), a);
    OK(w, set_one(c, "author", a));
    cr_assert_str_eq(texts_of(a, "books"), "b c");
    cr_assert(null_in(b, "author_id"), "the key comes at the flush");
    OK(w, take_out(a, "books", b));
    cr_assert_null(one_of(b, "author"));
    OK(w, set_one(c, "author", NULL));
    cr_assert_eq(count_of(a, "books"), 0);
    cr_assert_str_eq(kinds(w), "");
}

FAMILY(link, moving_leaves_the_former_parent)
{
    orm_object *a = make(w, k->author, "a"), *z = make(w, k->author, "z"), *b = make(w, k->book, "b");
    OK(w, append(a, "books", b));
    OK(w, append(z, "books", b));
    cr_assert_eq(count_of(a, "books"), 0);
    cr_assert_eq(one_of(b, "author"), z);
    OK(w, set_one(b, "author", a));
    cr_assert_eq(count_of(z, "books"), 0);
    cr_assert_str_eq(texts_of(a, "books"), "b");
}

FAMILY(link, an_object_twice_in_a_list)
{
    orm_object *a = added(w, k->author, "a"), *b = make(w, k->book, "b");
    OK(w, append(a, "books", b));
    OK(w, append(a, "books", b));
    cr_assert_eq(count_of(a, "books"), 2);
    OK(w, take_out(a, "books", b));
    cr_assert_eq(one_of(b, "author"), a, "the other entry keeps them together");
    OK(w, append(a, "books", b));
    OK(w, orm_commit(w->s));
    cr_assert_eq(count_of(a, "books"), 1);
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM book"), "1");
}

FAMILY(link, one_to_one_is_single_on_both_sides)
{
    orm_object *a = added(w, k->author, "a"), *f = make(w, k->sheet, "f"), *g = make(w, k->sheet, "g");
    OK(w, set_one(a, "sheet", f));
    cr_assert_eq(one_of(f, "author"), a);
    OK(w, set_one(a, "sheet", g));
    cr_assert_null(one_of(f, "author"));
    OK(w, set_one(f, "author", a));
    cr_assert_eq(one_of(a, "sheet"), f);
    cr_assert_null(one_of(g, "author"));
    OK(w, orm_commit(w->s));
    forget(w);
    OK(w, set_one(a, "sheet", g));
    OK(w, orm_add_object(w->s, g));
    OK(w, orm_commit(w->s));
    const char *sent = kinds(w);
    cr_assert_str_eq(sent, "SELECT SELECT UPDATE UPDATE", "%s", sent);
    cr_assert_str_eq(stored(w, "SELECT author_id FROM sheet WHERE text = 'f'"), "NULL");
    cr_assert_str_eq(stored(w, "SELECT author_id FROM sheet WHERE text = 'g'"), "1");
    OK(w, set_one(a, "sheet", f));
    OK(w, orm_commit(w->s)); /* whichever comes first by its key: the place is given up before it is taken */
    cr_assert_str_eq(stored(w, "SELECT author_id FROM sheet WHERE text = 'f'"), "1");
}

FAMILY(link, many_to_many_from_both_sides)
{
    orm_object *b = added(w, k->book, "b"), *x = make(w, k->label, "x"), *y = make(w, k->label, "y");
    OK(w, append(b, "labels", x));
    OK(w, append(y, "books", b));
    cr_assert_str_eq(texts_of(b, "labels"), "x y");
    cr_assert_str_eq(texts_of(x, "books"), "b");
    forget(w);
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(kinds(w), "INSERT INSERT INSERT INSERT INSERT");
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM book_labels WHERE weight = 5"), "2", "the table's own defaults");
    cr_assert_str_eq(texts_of(b, "labels"), "y x", "its order_by");
    (void)count_of(x, "books");
    OK(w, take_out(b, "labels", x));
    cr_assert_eq(count_of(x, "books"), 0);
    forget(w);
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(kinds(w), "DELETE");
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM label"), "2");
    orm_object *c = added(w, k->book, "c"), *z = make(w, k->label, "z");
    OK(w, append(c, "labels", z));
    OK(w, append(z, "books", c));
    cr_assert_eq(orm_commit(w->s), ORM_UNIQUE, "a pair said twice is stored twice");
    OK(w, orm_rollback(w->s));
    cr_assert_str_eq(texts_of(b, "labels"), "y");
}

FAMILY(link, many_to_many_with_itself)
{
    orm_object *a = added(w, k->author, "a"), *b = make(w, k->author, "b"), *c = make(w, k->author, "c");
    OK(w, append(a, "follows", b));
    OK(w, append(a, "follows", c));
    OK(w, append(b, "follows", a));
    OK(w, orm_commit(w->s));
    cr_assert_eq(count_of(a, "follows"), 2);
    cr_assert_str_eq(texts_of(a, "followers"), "b");
    cr_assert_str_eq(texts_of(c, "followers"), "a");
    OK(w, orm_delete_object(w->s, a));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM follows"), "0");
}

FAMILY(link, a_key_of_two_columns)
{
    orm_object *p = make(w, k->place, NULL), *v = make(w, k->visit, NULL), *u = make(w, k->visit, NULL);
    put(p, "x", orm_int(3));
    put(p, "y", orm_int(4));
    OK(w, set_one(v, "place", p));
    OK(w, append(p, "visits", u));
    OK(w, orm_add_object(w->s, v));
    OK(w, orm_commit(w->s));
    cr_assert_eq(int_of(u, "place_x"), 3);
    cr_assert_eq(int_of(v, "place_y"), 4);
    cr_assert_eq(count_of(p, "visits"), 2);
    OK(w, orm_session_clear(w->s));
    orm_object *found = get(w, k->visit, 1);
    cr_assert_eq(int_of(one_of(found, "place"), "x"), 3);
    OK(w, set_one(found, "place", NULL));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM visit WHERE place_x IS NULL AND place_y IS NULL"), "1");
    put(found, "place_x", orm_int(3));
    cr_assert_null(one_of(found, "place"), "half a key leads nowhere");
}

FAMILY(link, positions)
{
    orm_object *a = make(w, k->author, "a"), *b[4], *popped = NULL;
    orm_many_link books;
    const char *const names[] = {"p", "q", "r", "s"};
    OK(w, orm_many_named(a, "books", &books));
    for (size_t i = 0; i < 4; i++) {
        b[i] = make(w, k->book, names[i]);
    }
    refused(w, orm_link_pop(books, ORM_LAST, &popped), ORM_ARGUMENT, "Author.books has no position 0: it has 0 entries");
    OK(w, orm_link_append(books, b[2]));
    OK(w, orm_link_insert(books, 0, b[0]));
    OK(w, orm_link_insert(books, 1, b[1]));
    OK(w, orm_link_insert(books, 3, b[3]));
    cr_assert_str_eq(texts_of(a, "books"), "p q r s");
    refused(w, orm_link_insert(books, 5, b[0]), ORM_ARGUMENT, "no position 5");
    OK(w, orm_link_pop(books, 1, &popped));
    cr_assert_eq(popped, b[1]);
    cr_assert_null(one_of(b[1], "author"));
    OK(w, orm_link_replace(books, 0, b[1]));
    cr_assert_null(one_of(b[0], "author"));
    OK(w, orm_link_replace(books, 0, b[1]));
    cr_assert_str_eq(texts_of(a, "books"), "q r s");
    refused(w, orm_link_replace(books, 3, b[0]), ORM_ARGUMENT, "no position 3");
    OK(w, orm_link_pop(books, ORM_LAST, &popped));
    cr_assert_eq(popped, b[3]);
    OK(w, orm_link_assign(books, (const void *const[]){b[3], b[1], b[0]}, 3));
    cr_assert_str_eq(texts_of(a, "books"), "s q p");
    cr_assert_null(one_of(b[2], "author"));
    bool holds = true;
    OK(w, orm_link_contains(books, b[2], &holds));
    cr_assert_not(holds);
    OK(w, orm_link_contains(books, b[0], &holds));
    cr_assert(holds);
    OK(w, orm_link_assign(books, NULL, 0));
    size_t size = 9;
    OK(w, orm_link_count(books, &size));
    cr_assert_eq(size, 0);
}

FAMILY(link, what_is_refused)
{
    orm_object *a = added(w, k->author, "a"), *b = make(w, k->book, "b");
    orm_one_link one;
    orm_many_link many;
    refused(w, append(a, "books", NULL), ORM_ARGUMENT, "Author.books: an object is missing (NULL)");
    refused(w, append(a, "books", a), ORM_ARGUMENT, "Author.books leads to Book, and not to Author");
    refused(w, set_one(b, "author", b), ORM_ARGUMENT, "Book.author leads to Author, and not to Book");
    refused(w, take_out(a, "books", b), ORM_ARGUMENT, "Author.books: the Book to take out is not in it");
    refused(w, orm_one_named(a, "books", &one), ORM_ARGUMENT, "Author.books is a collection");
    refused(w, orm_many_named(b, "author", &many), ORM_ARGUMENT, "Book.author is a single object");
    refused(w, orm_many_named(b, "nothing", &many), ORM_ARGUMENT, "Book has no relationship \"nothing\"");
    refused(w, orm_one_named(b, NULL, &one), ORM_ARGUMENT, "Book has no relationship \"(NULL)\"");
    OK(w, orm_many_named(a, "books", &many));
    refused(w, orm_link_assign(many, NULL, 2), ORM_ARGUMENT, "a list of 2 objects is missing (NULL)");
    cr_assert_eq(orm_link_set((orm_one_link){NULL}, a), ORM_ARGUMENT);
    cr_assert_eq(orm_link_append((orm_many_link){NULL}, a), ORM_ARGUMENT);
    orm_object other = {.model = k->book};
    refused(w, append(a, "books", &other), ORM_ARGUMENT, "an object that no session made: use orm_new");
}

/* ---- The session
 * -------------------------------------------------------------------------------------------------------- */

FAMILY(link, objects_come_into_the_session_together)
{
    orm_object *a = make(w, k->author, "a"), *b = make(w, k->book, "b"), *c = make(w, k->book, "c"),
               *x = make(w, k->label, "x");
    OK(w, append(a, "books", b));
    OK(w, append(a, "books", c));
    OK(w, append(c, "labels", x));
    OK(w, orm_add_object(w->s, b));
    cr_assert_eq(orm_lifecycle_of(a), ORM_IS_PENDING);
    cr_assert_eq(orm_lifecycle_of(c), ORM_IS_PENDING);
    cr_assert_eq(orm_lifecycle_of(x), ORM_IS_PENDING);
    OK(w, orm_flush(w->s));
    orm_object *d = make(w, k->book, "d"), *e = make(w, k->book, "e");
    OK(w, append(a, "books", d));
    OK(w, set_one(e, "author", a));
    cr_assert_eq(orm_lifecycle_of(d), ORM_IS_PENDING);
    cr_assert_eq(orm_lifecycle_of(e), ORM_IS_PENDING);
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(texts_of(a, "books"), "b c d e");
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM book WHERE author_id = 1"), "4");
}

FAMILY(link, rollback_takes_links_back)
{
    orm_object *a = added(w, k->author, "a"), *z = added(w, k->author, "z"), *b = make(w, k->book, "b");
    OK(w, append(a, "books", b));
    OK(w, orm_commit(w->s));
    OK(w, set_one(b, "author", z));
    orm_object *c = make(w, k->book, "c");
    OK(w, append(a, "books", c));
    OK(w, orm_flush(w->s));
    OK(w, orm_rollback(w->s));
    cr_assert_eq(one_of(b, "author"), a);
    cr_assert_str_eq(texts_of(a, "books"), "b");
    cr_assert_eq(count_of(z, "books"), 0);
    cr_assert_eq(orm_lifecycle_of(c), ORM_IS_TRANSIENT);
    cr_assert_eq(one_of(c, "author"), a, "a new object keeps what was put into it");
    OK(w, orm_add_object(w->s, c));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(texts_of(a, "books"), "b c");
}

FAMILY(link, a_savepoint_takes_links_back)
{
    orm_object *a = added(w, k->author, "a"), *b = make(w, k->book, "b"), *c = make(w, k->book, "c");
    orm_savepoint point;
    OK(w, append(a, "books", b));
    OK(w, orm_savepoint_begin(w->s, &point));
    OK(w, append(a, "books", c));
    OK(w, take_out(a, "books", b));
    OK(w, orm_flush(w->s));
    OK(w, orm_savepoint_rollback(w->s, point));
    cr_assert_str_eq(texts_of(a, "books"), "b");
    cr_assert_eq(orm_lifecycle_of(c), ORM_IS_TRANSIENT);
    OK(w, orm_savepoint_begin(w->s, &point));
    OK(w, append(a, "books", c));
    OK(w, orm_savepoint_commit(w->s, point));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(texts_of(a, "books"), "b c");
}

FAMILY(link, new_objects_that_a_rollback_undoes_can_be_added_again)
{
    orm_object *a = make(w, k->author, "a"), *b = make(w, k->book, "b"), *x = make(w, k->label, "x");
    OK(w, append(a, "books", b));
    OK(w, append(b, "labels", x));
    OK(w, orm_add_object(w->s, a));
    OK(w, orm_flush(w->s));
    OK(w, orm_rollback(w->s));
    cr_assert_str_eq(texts_of(a, "books"), "b");
    OK(w, orm_add_object(w->s, a));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM book JOIN author ON author.id = author_id"), "1");
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM book_labels"), "1");
}

FAMILY(link, key_and_object)
{
    orm_object *a = added(w, k->author, "a"), *z = added(w, k->author, "z"), *b = added(w, k->book, "b");
    OK(w, orm_flush(w->s));
    put(b, "author_id", orm_int(1));
    OK(w, set_one(b, "author", z));
    OK(w, orm_flush(w->s));
    cr_assert_eq(int_of(b, "author_id"), 2, "the object wins");
    put(b, "author_id", orm_int(1));
    OK(w, orm_flush(w->s));
    cr_assert_eq(one_of(b, "author"), z, "what is loaded stays until it expires");
    OK(w, orm_commit(w->s));
    cr_assert_eq(one_of(b, "author"), a);
    orm_object *c = make(w, k->book, "c");
    put(c, "author_id", orm_int(2));
    OK(w, orm_add_object(w->s, c));
    cr_assert_null(one_of(c, "author"), "an object without a row loads nothing");
    OK(w, orm_flush(w->s));
    cr_assert_eq(one_of(c, "author"), z);
}

FAMILY(link, unchanged_links_write_nothing)
{
    orm_object *a = added(w, k->author, "a"), *b = make(w, k->book, "b"), *x = make(w, k->label, "x");
    OK(w, append(a, "books", b));
    OK(w, append(b, "labels", x));
    OK(w, orm_commit(w->s));
    OK(w, orm_fresh_object(a));
    cr_assert_eq(one_of(b, "author"), a);
    (void)count_of(b, "labels");
    forget(w);
    OK(w, set_one(b, "author", a));
    OK(w, take_out(b, "labels", x));
    OK(w, append(b, "labels", x));
    OK(w, orm_flush(w->s));
    cr_assert_str_eq(kinds(w), "");
}

FAMILY(link, a_new_tree_in_any_order)
{
    orm_object *r = make(w, k->branch, "r"), *c = make(w, k->branch, "c"), *g = make(w, k->branch, "g");
    OK(w, orm_add_object(w->s, g));
    OK(w, orm_add_object(w->s, c));
    OK(w, set_one(g, "parent", c));
    OK(w, append(r, "children", c));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT p.name FROM branch n JOIN branch p ON p.id = n.parent_id WHERE n.name = 'g'"), "c");
    cr_assert_str_eq(stored(w, "SELECT p.name FROM branch n JOIN branch p ON p.id = n.parent_id WHERE n.name = 'c'"), "r");
    cr_assert_null(one_of(r, "parent"));
}

FAMILY(link, rows_that_need_each_other)
{
    orm_object *a = make(w, k->branch, "a"), *b = make(w, k->branch, "b");
    OK(w, set_one(a, "parent", b));
    OK(w, set_one(b, "parent", a));
    OK(w, orm_add_object(w->s, a));
    refused(w, orm_flush(w->s), ORM_CYCLE, "a new Branch and a new Branch each need the other's key to be stored");
    OK(w, orm_rollback(w->s));
    OK(w, set_one(b, "parent", NULL));
    OK(w, set_one(a, "parent", a));
    OK(w, orm_add_object(w->s, a));
    refused(w, orm_flush(w->s), ORM_CYCLE, "a new Branch needs its own key to be stored");
    OK(w, orm_rollback(w->s));
}

/* ---- Deletes
 * ------------------------------------------------------------------------------------------------------------ */

FAMILY(link, a_deleted_parent_leaves_its_children)
{
    orm_object *a = added(w, k->author, "a"), *b = make(w, k->book, "b");
    OK(w, append(a, "books", b));
    OK(w, orm_commit(w->s));
    OK(w, orm_fresh_object(a));
    OK(w, orm_delete_object(w->s, a));
    forget(w);
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(kinds(w), "SELECT SELECT SELECT SELECT UPDATE DELETE", "books, sheet, follows, followers");
    cr_assert_null(one_of(b, "author"));
    cr_assert_str_eq(stored(w, "SELECT author_id FROM book"), "NULL");
}

FAMILY(link, orphans_and_trees_go)
{
    orm_object *c = added(w, k->crate, "c"), *i = make(w, k->item, "i"), *j = make(w, k->item, "j"),
               *l = make(w, k->item, "l");
    OK(w, append(c, "items", i));
    OK(w, append(c, "items", j));
    OK(w, append(c, "items", l));
    OK(w, take_out(c, "items", l));
    cr_assert_eq(orm_lifecycle_of(l), ORM_IS_TRANSIENT, "of no interest any more");
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM item"), "2");
    OK(w, take_out(c, "items", i));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT name FROM item"), "j");
    orm_object *d = added(w, k->crate, "d");
    OK(w, append(d, "items", j));
    OK(w, orm_commit(w->s));
    cr_assert_eq(int_of(j, "crate_id"), 2, "a move is no loss");
    OK(w, orm_delete_object(w->s, d));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM item"), "0");
    cr_assert_eq(orm_lifecycle_of(j), ORM_IS_DETACHED);

    orm_object *r = added(w, k->branch, "r"), *s = make(w, k->branch, "s"), *t = make(w, k->branch, "t");
    OK(w, append(r, "children", s));
    OK(w, append(s, "children", t));
    OK(w, orm_commit(w->s));
    OK(w, orm_delete_object(w->s, r));
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(stored(w, "SELECT count(*) FROM branch"), "0");
}

FAMILY(link, a_missing_parent)
{
    orm_object *i = added(w, k->item, "i");
    refused(w, orm_flush(w->s), ORM_NOT_NULL, "");
    cr_assert_str_eq(orm_session_error(w->s)->column, "crate_id");
    OK(w, orm_rollback(w->s));
    put(i, "crate_id", orm_int(99));
    OK(w, orm_add_object(w->s, i));
    refused(w, orm_flush(w->s), ORM_FOREIGN_KEY, "");
    OK(w, orm_rollback(w->s));
}

FAMILY(link, rows_between_that_went_behind)
{
    orm_object *b = added(w, k->book, "b"), *x = make(w, k->label, "x");
    OK(w, append(b, "labels", x));
    OK(w, orm_commit(w->s));
    (void)count_of(b, "labels");
    if (w->postgresql) {
        OK(w, orm_rollback(w->s));
        (void)count_of(b, "labels");
    }
    behind(w, "DELETE FROM book_labels");
    OK(w, take_out(b, "labels", x));
    refused(w, orm_flush(w->s), ORM_STALE, "\"book_labels\" has no row for Book 1 and Label 1");
    OK(w, orm_rollback(w->s));
    cr_assert_eq(count_of(b, "labels"), 0);
}

/* ---- Loading
 * ------------------------------------------------------------------------------------------------------------ */

FAMILY(link, loaded_at_the_first_access_and_kept)
{
    orm_object *a = added(w, k->author, "a"), *b = make(w, k->book, "b"), *lonely = added(w, k->book, "lonely");
    OK(w, append(a, "books", b));
    OK(w, orm_commit(w->s));
    OK(w, orm_session_clear(w->s));
    a = get(w, k->author, 1);
    forget(w);
    cr_assert_eq(count_of(a, "books"), 1);
    cr_assert_str_eq(kinds(w), "SELECT");
    behind(w, "UPDATE book SET author_id = NULL");
    cr_assert_str_eq(texts_of(a, "books"), "b");
    orm_object **books;
    (void)many_of(a, "books", &books);
    cr_assert_eq(one_of(books[0], "author"), a);
    cr_assert_str_eq(kinds(w), "", "the parent is in the session");
    lonely = get(w, k->book, 1);
    forget(w);
    cr_assert_null(one_of(lonely, "author"));
    cr_assert_str_eq(kinds(w), "", "a NULL key leads nowhere");
    OK(w, orm_commit(w->s));
    cr_assert_eq(count_of(a, "books"), 0);
    cr_assert_str_eq(kinds(w), "SELECT SELECT", "the row, then the collection");
    OK(w, orm_session_clear(w->s));
    cr_assert_eq(count_of(a, "books"), 0, "what was loaded stays readable");
    orm_many_link follows;
    void **none;
    size_t count;
    OK(w, orm_many_named(a, "follows", &follows));
    refused(w, orm_link_list(follows, &none, &count), ORM_DETACHED, "Author.follows was not loaded");
}

FAMILY(link, changes_wait_for_a_collection_that_is_not_loaded)
{
    orm_object *a = added(w, k->author, "a"), *b = make(w, k->book, "b"), *c = make(w, k->book, "c");
    OK(w, append(a, "books", b));
    OK(w, append(a, "books", c));
    OK(w, orm_commit(w->s));
    OK(w, orm_session_clear(w->s));
    a = get(w, k->author, 1);
    b = get(w, k->book, 1);
    orm_object *d = make(w, k->book, "d");
    forget(w);
    OK(w, set_one(d, "author", a));
    OK(w, set_one(b, "author", NULL));
    cr_assert_str_eq(kinds(w), "");
    (void)orm_autoflush(w->s, false);
    cr_assert_str_eq(texts_of(a, "books"), "c d");
    cr_assert_str_eq(kinds(w), "SELECT");
    (void)orm_autoflush(w->s, true);
    OK(w, orm_commit(w->s));
    cr_assert_str_eq(texts_of(a, "books"), "c d");
    cr_assert_str_eq(stored(w, "SELECT author_id FROM book WHERE title = 'b'"), "NULL");
}

FAMILY(link, an_access_writes_first)
{
    orm_object *a = added(w, k->author, "a");
    OK(w, orm_commit(w->s));
    OK(w, orm_session_clear(w->s));
    a = get(w, k->author, 1);
    orm_object *b = added(w, k->book, "b");
    put(b, "author_id", orm_int(1));
    forget(w);
    cr_assert_eq(count_of(a, "books"), 1);
    cr_assert_str_eq(kinds(w), "INSERT SELECT");
}

FAMILY(link, expiry_of_one_collection)
{
    orm_object *a = added(w, k->author, "a"), *b = make(w, k->book, "b");
    OK(w, append(a, "books", b));
    OK(w, orm_flush(w->s));
    behind(w, "SELECT 1");
    cr_assert(orm_link_loaded(a->state->slots[0].relation->many ? &a->state->slots[0] : NULL));
    OK(w, orm_expire_object_members(w->s, a, (const char *const[]){"books"}, 1));
    forget(w);
    cr_assert_str_eq(text_of(a, "name"), "a");
    cr_assert_str_eq(kinds(w), "");
    cr_assert_eq(count_of(a, "books"), 1);
    cr_assert_str_eq(kinds(w), "SELECT");
    OK(w, orm_refresh_object_members(w->s, a, (const char *const[]){"books"}, 1));
    cr_assert_str_eq(kinds(w), "SELECT");
    cr_assert_eq(count_of(a, "books"), 1);
    cr_assert_str_eq(kinds(w), "");
    cr_assert_eq(orm_expire_object_members(w->s, a, (const char *const[]){"nothing"}, 1), ORM_ARGUMENT);
}

/* ---- Memory
 * ------------------------------------------------------------------------------------------------------------- */

FAMILY(link, freed_objects_are_in_nothing)
{
    orm_object *a = added(w, k->author, "a"), *b = make(w, k->book, "b"), *c = make(w, k->book, "c"),
               *x = make(w, k->label, "x");
    OK(w, append(a, "books", b));
    OK(w, append(a, "books", c));
    OK(w, append(b, "labels", x));
    OK(w, orm_flush(w->s));
    OK(w, orm_free_object(w->s, b));
    cr_assert_str_eq(texts_of(a, "books"), "c");
    cr_assert_eq(count_of(x, "books"), 0);
    OK(w, orm_free_object(w->s, a));
    orm_object *again = one_of(c, "author");
    cr_assert_str_eq(text_of(again, "name"), "a", "it is loaded again");
    OK(w, orm_commit(w->s));
}

FAMILY(link, between_sessions)
{
    orm_session *other;
    orm_error error;
    cr_assert_eq(orm_session_open(w->db, &other, &error), ORM_OK);
    orm_object *a = make(w, k->author, "a"), *b = make(w, k->book, "b");
    OK(w, append(a, "books", b));
    orm_object *c = orm_new_object(other, k->book);
    cr_assert_eq(append(a, "books", c), ORM_OK, "nobody works on either");
    cr_assert_eq(c->state->session, w->s);
    cr_assert_eq(orm_add_object(other, b), ORM_OK);
    cr_assert_eq(a->state->session, other, "all that hangs together comes along");
    cr_assert_eq(c->state->session, other);
    cr_assert_eq(orm_commit(other), ORM_OK, "%s", orm_session_error(other)->message);
    orm_object *here = get(w, k->author, 1);
    cr_assert_eq(append(here, "books", b), ORM_STATE);
    cr_assert_not_null(strstr(orm_session_error(w->s)->message, "an object of another session"));
    cr_assert_eq(orm_session_clear(other), ORM_OK);
    OK(w, set_one(b, "author", here));
    cr_assert_eq(b->state->session, w->s);
    cr_assert_eq(orm_lifecycle_of(b), ORM_IS_PERSISTENT);
    orm_session_close(&other);
    OK(w, orm_commit(w->s));
}
