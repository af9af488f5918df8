/* Deletes a customer; the database deletes what belongs to it. */
#include "shop.h"

orm_status program(orm_database *database, orm_session *s)
{
    orm_status rc;
    (void)database;
    int64_t left;
    Customer *ann = orm_new(s, Customer);
    Product *tea = orm_new(s, Product);
    ORM_TRY(orm_made(s, ann, tea));
    ann->name = "Ann", tea->title = "Tea";
    ORM_TRY(orm_add_all(s, ann, tea));
    ORM_TRY(orm_flush(s)); /* keys are there from here on */
    Purchase *bought = orm_new(s, Purchase);
    ORM_TRY(orm_made(s, bought));
    bought->customer_id = ann->id, bought->product_id = tea->id;
    ORM_TRY(orm_add(s, bought));
    ORM_TRY(orm_commit(s));
    ORM_TRY(orm_delete(s, ann));
    ORM_TRY(orm_commit(s));
    ORM_TRY(orm_count(orm_query(s, Purchase), &left));
    printf("%lld purchases left\n", (long long)left);
fail:
    return rc;
}
