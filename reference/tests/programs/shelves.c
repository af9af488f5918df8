/* A key of two columns. */
#include "shop.h"

orm_status program(orm_database *database, orm_session *s)
{
    orm_status rc;
    (void)database;
    Stock *a = orm_new(s, Stock), *b = orm_new(s, Stock), *found;
    ORM_TRY(orm_made(s, a, b));
    a->product_id = 1, a->shelf = 2, a->pieces = 30;
    b->product_id = 1, b->shelf = 3, b->pieces = 5;
    ORM_TRY(orm_add_all(s, a, b));
    ORM_TRY(orm_commit(s));
    ORM_TRY(orm_get2(s, Stock, 1, 3, &found));
    printf("shelf %lld: %lld\n", (long long)found->shelf, (long long)found->pieces);
    rc = orm_get2_or_404(s, Stock, 1, 4, &found);
    printf("shelf 4: %s\n", orm_status_text(rc));
    rc = rc == ORM_NOT_FOUND ? ORM_OK : rc;
    ORM_TRY(rc);
fail:
    return rc;
}
