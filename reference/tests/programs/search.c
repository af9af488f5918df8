/* A search form: only the fields that were filled in become conditions. */
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

static orm_status search(orm_session *s, const char *text, const double *at_most)
{
    orm_status rc;
    Product_list list;
    Product_query q = orm_query(s, Product);
    if (text != NULL)
        orm_filter(q, orm_contains(orm_col(q, title), text));
    if (at_most != NULL)
        orm_filter(q, orm_le(orm_col(q, price), *at_most));
    orm_order_by(q, orm_asc(orm_col(q, id)));
    ORM_TRY(orm_all(q, &list));
    printf("%zu:", list.count);
    orm_each (p, list)
        printf(" [%s]", p->title);
    printf("\n");
fail:
    return rc;
}

orm_status program(orm_database *database, orm_session *s)
{
    orm_status rc;
    (void)database;
    const double four = 4;
    ORM_TRY(stock_up(s));
    ORM_TRY(search(s, NULL, NULL));
    ORM_TRY(search(s, "tea", NULL));
    ORM_TRY(search(s, NULL, &four));
    ORM_TRY(search(s, "tea", &four));
fail:
    return rc;
}
