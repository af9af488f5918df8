/* Stores one customer and shows what the database filled in. */
#include "shop.h"

orm_status program(orm_database *database, orm_session *s)
{
    orm_status rc;
    (void)database;
    Customer *ann = orm_new(s, Customer);
    ORM_TRY(orm_made(s, ann));
    ann->name = "Ann";
    ann->email = "ann@example.com";
    orm_put(ann->born, orm_date_at(1999, 12, 31));
    ORM_TRY(orm_add(s, ann));
    ORM_TRY(orm_commit(s));
    printf("customer %lld, %s, created %s\n", (long long)ann->id, ann->active ? "active" : "not active",
           ann->created_at.has ? "now" : "never");
fail:
    return rc;
}
