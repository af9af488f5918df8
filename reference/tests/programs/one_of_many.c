/* one() wants exactly one. */
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
    Product *p;
    ORM_TRY(stock_up(s));
    Product_query q = orm_query(s, Product);
    orm_filter_by(q, title, "Cup");
    ORM_TRY(orm_one(q, &p));
    printf("%s: %s\n", p->title, p->weight.has ? "weighed" : "not weighed");
    rc = orm_one(orm_query(s, Product), &p);
    printf("all: %s\n", orm_status_kind(rc));
    q = orm_query(s, Product);
    orm_filter_by(q, title, "Milk");
    rc = orm_one(q, &p);
    printf("milk: %s\n", orm_status_kind(rc));
    rc = ORM_OK;
    ORM_TRY(rc);
fail:
    return rc;
}
