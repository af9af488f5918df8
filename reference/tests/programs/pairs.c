/* A model joined to itself, rows of two objects each, parts of objects, and a union. */
#include "shop.h"

orm_status program(orm_database *database, orm_session *s)
{
    static const struct { const char *title; double price; } goods[] = {
        { "Tea", 2.5 }, { "Coffee", 4 }, { "Cup", 7 }, { "Milk", 2.5 },
    };
    orm_status rc;
    (void)database;
    for (size_t i = 0; i < 4; i++) {
        Product *p = orm_new(s, Product);
        ORM_TRY(orm_made(s, p));
        p->title = goods[i].title, p->price = goods[i].price;
        ORM_TRY(orm_add(s, p));
    }
    ORM_TRY(orm_commit(s));

    Product *one, *other;
    orm_cursor *rows;
    Product_query q = orm_query(s, Product);
    orm_join_as(q, Product, "other", orm_and(orm_eq(orm_col(q, price), orm_of("other", ORM_COL(Product, price))),
                                             orm_lt(orm_col(q, id), orm_of("other", ORM_COL(Product, id)))));
    orm_select_object(q, Product, NULL, &one);
    orm_select_object(q, Product, "other", &other);
    ORM_TRY(orm_rows(q, &rows));
    while (orm_next_row(rows))
        printf("%s costs as much as %s\n", one->title, other->title);
    ORM_TRY(orm_cursor_close(&rows));

    Product_list list;
    Product_query cheap = orm_query(s, Product), long_names = orm_query(s, Product);
    orm_filter(cheap, orm_lt(orm_col(cheap, price), 3));
    orm_filter(long_names, orm_gt(orm_length(orm_col(long_names, title)), 3));
    orm_union(cheap, long_names);
    orm_order_by(cheap, orm_desc(orm_lower(orm_col(cheap, title))));
    ORM_TRY(orm_all(cheap, &list));
    orm_each (p, list)
        printf("%s%s", p->title, p == list.at[list.count - 1] ? "\n" : ", ");

    ORM_TRY(orm_session_clear(s));
    q = orm_query(s, Product);
    orm_load_only(q, title);
    orm_filter_by(q, id, 3);
    ORM_TRY(orm_one(q, &one));
    printf("%s for %.1f", one->title, one->price); /* the price was not asked for */
    ORM_TRY(orm_fresh(one));
    printf(", and on a second look for %.1f\n", one->price);
fail:
    return rc;
}
