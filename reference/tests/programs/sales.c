/* A report: what sells, who buys, who does not. Groups of joined rows into variables of the program. */
#include "shop.h"
#include <inttypes.h>

static orm_status fill(orm_session *s)
{
    static const char *const names[] = { "Ada", "Bob", "Cy" };
    static const struct { const char *title; double price; } goods[] = { { "Tea", 2.5 }, { "Coffee", 4 }, { "Cup", 7 } };
    static const int64_t sold[][3] = { { 1, 1, 10 }, { 1, 2, 1 }, { 2, 1, 5 }, { 2, 1, 2 } }; /* customer, product, pieces */
    orm_status rc;
    for (size_t i = 0; i < 3; i++) {
        Customer *c = orm_new(s, Customer);
        Product *p = orm_new(s, Product);
        ORM_TRY(orm_made(s, c, p));
        c->name = names[i], c->email = orm_format(s, "%s@example.com", names[i]);
        p->title = goods[i].title, p->price = goods[i].price;
        ORM_TRY(orm_add_all(s, c, p));
    }
    ORM_TRY(orm_flush(s)); /* the keys are there from here on */
    for (size_t i = 0; i < 4; i++) {
        Purchase *b = orm_new(s, Purchase);
        ORM_TRY(orm_made(s, b));
        b->customer_id = sold[i][0], b->product_id = sold[i][1], b->pieces = sold[i][2];
        ORM_TRY(orm_add(s, b));
    }
    rc = orm_commit(s);
fail:
    return rc;
}

/* Title, pieces, turnover; what was never bought has no row here. */
static orm_status by_product(orm_session *s)
{
    const char *title;
    int64_t pieces;
    double turnover;
    orm_cursor *rows;
    orm_status rc;
    Purchase_query q = orm_query(s, Purchase);
    const orm_int_col sum = orm_sum_of(orm_col(q, pieces)); /* of one column: as often as you like */
    orm_join_on(q, Product, orm_eq(ORM_COL(Product, id), orm_col(q, product_id)));
    orm_select_into(q, ORM_COL(Product, title), &title);
    orm_select_into(q, sum, &pieces);
    orm_select_into(q, orm_sum_of(orm_times(ORM_COL(Product, price), orm_as_real(orm_col(q, pieces)))), &turnover);
    orm_group_by(q, ORM_COL(Product, title));
    orm_having(q, orm_gt(sum, 0));
    orm_order_by(q, orm_desc(sum));
    ORM_TRY(orm_rows(q, &rows));
    while (orm_next_row(rows))
        printf("%-6s %2" PRId64 " %5.1f\n", title, pieces, turnover);
    rc = orm_cursor_close(&rows);
fail:
    return rc;
}

/* Everybody, with the last product that they bought, if any. */
static orm_status by_customer(orm_session *s)
{
    const char *name;
    orm_opt_int pieces;
    int64_t purchases;
    orm_cursor *rows;
    orm_status rc;
    Customer_query q = orm_query(s, Customer);
    orm_left_join_on(q, Purchase, orm_eq(ORM_COL(Purchase, customer_id), orm_col(q, id)));
    orm_select_into(q, orm_upper(orm_col(q, name)), &name);
    orm_select_into(q, orm_count_of(ORM_COL(Purchase, id)), &purchases);
    orm_select_into(q, orm_max_of(ORM_COL(Purchase, pieces)), &pieces); /* NULL where nothing was bought */
    orm_group_by(q, orm_upper(orm_col(q, name)));
    orm_order_by(q, orm_asc(orm_upper(orm_col(q, name))));
    ORM_TRY(orm_rows(q, &rows));
    while (orm_next_row(rows))
        printf("%s bought %" PRId64 " times, %s%" PRId64 " at most\n", name, purchases, pieces.has ? "" : "or ", pieces.value);
    rc = orm_cursor_close(&rows);
fail:
    return rc;
}

static orm_status numbers(orm_session *s)
{
    orm_status rc;
    bool any;
    double dearest;
    orm_opt_real mean;
    Product_query q = orm_query(s, Product), idle = orm_query(s, Product);
    orm_select(q, orm_max_of(orm_col(q, price)));
    ORM_TRY(orm_scalar(q, &dearest));

    q = orm_query(s, Product);
    orm_filter(q, orm_gt(orm_col(q, price), 100));
    orm_select(q, orm_avg_of(orm_col(q, price)));
    ORM_TRY(orm_scalar(q, &mean));

    Purchase_query sold = orm_query(s, Purchase);
    orm_select(sold, orm_col(sold, product_id));
    orm_filter(idle, orm_not_in_rows(orm_col(idle, id), sold));
    ORM_TRY(orm_exists(orm_clone(idle), &any));
    printf("dearest %.1f, mean of the dear ones %s, unsold: %s", dearest, mean.has ? "?" : "none", any ? "" : "none");
    Product_cursor products;
    Product *p;
    ORM_TRY(orm_stream(idle, &products));
    while (orm_next(products, &p))
        printf("%s\n", p->title);
    rc = orm_cursor_close(&products.cursor);
fail:
    return rc;
}

orm_status program(orm_database *database, orm_session *s)
{
    orm_status rc;
    (void)database;
    ORM_TRY(fill(s));
    ORM_TRY(by_product(s));
    ORM_TRY(by_customer(s));
    rc = numbers(s);
fail:
    return rc;
}
