/* An object outlives its session's work and goes into another session. */
#include "shop.h"

orm_status program(orm_database *database, orm_session *s)
{
    orm_status rc;
    orm_session *other = NULL;
    orm_error error;
    Product *tea = orm_new(s, Product);
    ORM_TRY(orm_made(s, tea));
    tea->title = "Tea", tea->price = 2.5;
    ORM_TRY(orm_add(s, tea));
    ORM_TRY(orm_commit(s));
    ORM_TRY(orm_refresh(s, tea)); /* read, so that it can be looked at without a session */
    ORM_TRY(orm_session_clear(s));
    printf("%s, %s\n", tea->title, orm_lifecycle_of(&tea->orm) == ORM_IS_DETACHED ? "detached" : "?");
    ORM_TRY(orm_session_open(database, &other, &error));
    ORM_TRY(orm_add(other, tea));
    tea->title = "Old tea";
    ORM_TRY(orm_commit(other));
    ORM_TRY(orm_fresh(tea));
    printf("%s\n", tea->title);
fail:
    orm_session_close(&other);
    return rc;
}
