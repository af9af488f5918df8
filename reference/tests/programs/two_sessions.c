/* Two sessions on one database: what one commits the other reads. */
#include "shop.h"

orm_status program(orm_database *database, orm_session *s)
{
    orm_status rc;
    orm_session *other = NULL;
    orm_error error;
    Product *mine = orm_new(s, Product), *theirs;
    ORM_TRY(orm_made(s, mine));
    mine->title = "Tea", mine->price = 2.5;
    ORM_TRY(orm_add(s, mine));
    ORM_TRY(orm_commit(s));
    ORM_TRY(orm_session_open(database, &other, &error));
    ORM_TRY(orm_get_or_404(other, Product, mine->id, &theirs));
    theirs->price = 3;
    ORM_TRY(orm_commit(other));
    orm_session_close(&other);
    ORM_TRY(orm_fresh(mine));
    printf("%.2f\n", mine->price);
fail:
    orm_session_close(&other);
    return rc;
}
