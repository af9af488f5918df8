/* A delivery list goes in at once, and its prices are put right at once. */
#include "shop.h"

enum { ROWS = 2000 };

orm_status program(orm_database *database, orm_session *s)
{
    static Product rows[ROWS];
    static char titles[ROWS][16];
    static int64_t keys[ROWS];
    orm_status rc;
    int64_t count;
    Product *last;
    (void)database;
    for (int i = 0; i < ROWS; i++) {
        snprintf(titles[i], sizeof titles[i], "product %d", i);
        rows[i].title = titles[i];
        rows[i].price = i / 100.0;
    }
    ORM_TRY(orm_insert_rows(s, Product, rows, ROWS, keys, title, price));
    ORM_TRY(orm_commit(s));
    ORM_TRY(orm_get_or_404(s, Product, keys[ROWS - 1], &last));
    printf("%s costs %.2f\n", last->title, last->price);

    for (int i = 0; i < ROWS; i++) {
        rows[i].id = keys[i];
        rows[i].price *= 2;
    }
    ORM_TRY(orm_update_rows(s, Product, rows, ROWS, id, price));
    ORM_TRY(orm_fresh(last));
    printf("%s costs %.2f\n", last->title, last->price);
    ORM_TRY(orm_commit(s));

    Product_query q = orm_query(s, Product);
    orm_filter(q, orm_ge(orm_col(q, price), 20.0));
    ORM_TRY(orm_count(q, &count));
    printf("%lld cost 20 or more\n", (long long)count);
fail:
    return rc;
}
