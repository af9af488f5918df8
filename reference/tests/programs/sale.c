/* Prices of all products at once, and what nobody bought goes. */
#include "shop.h"

static orm_status stock_up(orm_session *s)
{
    static const struct { const char *title; double price; int weight; } goods[] = {
        { "Tea", 2.5, 100 }, { "Coffee", 4, 250 }, { "Cup", 7, 0 }, { "Sugar", 1, 500 },
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
    int64_t n;
    Product *coffee;
    Product_list left;
    (void)database;
    ORM_TRY(stock_up(s));
    ORM_TRY(orm_get_or_404(s, Product, 2, &coffee));

    Product_query dear = orm_query(s, Product);
    orm_filter(dear, orm_gt(orm_col(dear, price), 3));
    orm_assign(dear, price, 3);
    ORM_TRY(orm_update_all(dear, &n));
    printf("%lld are cheaper, coffee is %.2f\n", (long long)n, coffee->price);

    Product_query unweighed = orm_query(s, Product);
    orm_filter(unweighed, orm_is_null(orm_col(unweighed, weight)));
    orm_assign(unweighed, weight, orm_col(unweighed, id));
    ORM_TRY(orm_update_all(unweighed, &n));
    printf("%lld have a weight now\n", (long long)n);

    Product_query light = orm_query(s, Product);
    orm_filter(light, orm_lt(orm_col(light, weight), 200));
    ORM_TRY(orm_delete_all(light, &n));
    ORM_TRY(orm_commit(s));

    Product_query rest = orm_query(s, Product);
    orm_order_by(rest, orm_asc(orm_col(rest, id)));
    ORM_TRY(orm_all(rest, &left));
    printf("%lld are gone:", (long long)n);
    orm_each (p, left)
        printf(" [%s %.2f]", p->title, p->price);
    printf(" are left\n");
fail:
    return rc;
}
