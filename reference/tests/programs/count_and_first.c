/* Counts, and takes the first of several. */
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
    int64_t light;
    Product *cheapest;
    ORM_TRY(stock_up(s));
    Product_query q = orm_query(s, Product);
    orm_filter(q, orm_or(orm_is_null(orm_col(q, weight)), orm_lt(orm_col(q, weight), 200)));
    ORM_TRY(orm_count(q, &light));
    q = orm_query(s, Product);
    orm_order_by(q, orm_asc(orm_col(q, price)));
    ORM_TRY(orm_first(q, &cheapest));
    printf("%lld light ones; the cheapest is %s\n", (long long)light, cheapest->title);
fail:
    return rc;
}
