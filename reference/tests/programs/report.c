/* Reads a model by its columns, whatever they are. */
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

static void show(const orm_value *value)
{
    switch (value->type) {
    case ORM_NULL: printf(" -"); break;
    case ORM_INTEGER: printf(" %lld", (long long)value->u.i); break;
    case ORM_FLOAT: printf(" %.1f", value->u.r); break;
    case ORM_STRING: printf(" %.*s", (int)value->u.size, value->u.s); break;
    case ORM_BOOLEAN: case ORM_DATETIME: case ORM_DATE: case ORM_JSON: printf(" ?"); break;
    }
}

orm_status program(orm_database *database, orm_session *s)
{
    orm_status rc;
    (void)database;
    Product_list list;
    orm_value value;
    ORM_TRY(stock_up(s));
    Product_query q = orm_query(s, Product);
    orm_order_by(q, orm_asc(orm_col(q, id)));
    ORM_TRY(orm_all(q, &list));
    orm_each (p, list) {
        for (size_t i = 0; i < Product_model.columns.count; i++) {
            ORM_TRY(orm_read(&p->orm, Product_model.columns.at[i].member, &value));
            show(&value);
        }
        printf("\n");
    }
fail:
    return rc;
}
