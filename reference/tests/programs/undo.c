/* A rollback brings members and keys back. */
#include "shop.h"

orm_status program(orm_database *database, orm_session *s)
{
    orm_status rc;
    (void)database;
    Product *tea = orm_new(s, Product);
    ORM_TRY(orm_made(s, tea));
    tea->title = "Tea", tea->price = 2.5;
    ORM_TRY(orm_add(s, tea));
    ORM_TRY(orm_commit(s));
    tea->price = 99;
    ORM_TRY(orm_flush(s));
    ORM_TRY(orm_rollback(s));
    ORM_TRY(orm_fresh(tea));
    printf("%.2f\n", tea->price);
fail:
    return rc;
}
