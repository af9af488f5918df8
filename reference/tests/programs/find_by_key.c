/* Looks up by key, with and without an error for none. */
#include "shop.h"

orm_status program(orm_database *database, orm_session *s)
{
    orm_status rc;
    (void)database;
    Product *tea = orm_new(s, Product), *found, *none;
    ORM_TRY(orm_made(s, tea));
    tea->title = "Tea";
    tea->price = 2.5;
    ORM_TRY(orm_add(s, tea));
    ORM_TRY(orm_commit(s));
    ORM_TRY(orm_get(s, Product, tea->id, &found));
    ORM_TRY(orm_get(s, Product, 99, &none));
    printf("%s, the same object: %s; 99: %s\n", found->title, found == tea ? "yes" : "no", none == NULL ? "none" : "?");
    rc = orm_get_or_404(s, Product, 99, &none);
    printf("HTTP %d\n", orm_http_status(rc));
    rc = rc == ORM_NOT_FOUND ? ORM_OK : rc;
    ORM_TRY(rc);
fail:
    return rc;
}
