/* Two products at a time. */
#include "shop.h"

static orm_status stock_up(orm_session *s)
{
    static const struct { const char *title; double price; int weight; } goods[] = {
        { "Tea", 2.5, 100 }, { "Green tea", 3.5, 100 }, { "Coffee", 4, 250 }, { "Cup", 7, 0 }, { "100% cocoa", 5, 200 },
    };
    orm_status rc;
    for (size_t i = 0; i < sizeof goods / sizeof goods[0]; i++) {
        Product *p = orm_new(s, Product);
        ORM_TRY(orm_made(s, p));
        p->title = goods[i].title;
        p->price = goods[i].price;
        if (goods[i].weight > 0)
            orm_put(p->weight, goods[i].weight);
        ORM_TRY(orm_add(s, p));
    }
    rc = orm_commit(s);
fail:
    return rc;
}

orm_status program(orm_database *database, orm_session *s)
{
    orm_status rc;
    (void)database;
    Product_page products;
    ORM_TRY(stock_up(s));
    Product_query q = orm_query(s, Product);
    orm_order_by(q, orm_asc(orm_col(q, title)));
    ORM_TRY(orm_paginate(q, 1, 2, ORM_PAGE_STRICT, &products));
    printf("%lld products\n", (long long)products.total);
    for (;;) {
        printf("page %lld of %lld:", (long long)products.page, (long long)products.pages);
        orm_each (p, products.items)
            printf(" [%s]", p->title);
        printf("\n");
        if (!products.has_next)
            break;
        ORM_TRY(orm_next_page(&products, ORM_PAGE_STRICT));
    }
    rc = orm_next_page(&products, ORM_PAGE_STRICT);
    printf("page %lld: %d\n", (long long)products.page + 1, orm_http_status(rc));
    rc = ORM_OK;
fail:
    return rc;
}
