/* A thousand rows in one commit. */
#include "shop.h"

orm_status program(orm_database *database, orm_session *s)
{
    orm_status rc;
    (void)database;
    int64_t count;
    for (int i = 0; i < 1000; i++) {
        Product *p = orm_new(s, Product);
        ORM_TRY(orm_made(s, p));
        p->title = orm_format(s, "product %d", i);
        p->price = i / 100.0;
        ORM_TRY(orm_add(s, p));
    }
    ORM_TRY(orm_commit(s));
    Product_query q = orm_query(s, Product);
    orm_filter(q, orm_ge(orm_col(q, price), 5.0));
    ORM_TRY(orm_count(q, &count));
    printf("%lld\n", (long long)count);
fail:
    return rc;
}
