/* A unique email that is taken: tell, roll back, go on. */
#include "shop.h"

orm_status program(orm_database *database, orm_session *s)
{
    orm_status rc;
    (void)database;
    Customer *ann = orm_new(s, Customer), *thief = orm_new(s, Customer);
    ORM_TRY(orm_made(s, ann, thief));
    ann->name = "Ann", ann->email = "ann@example.com";
    ORM_TRY(orm_add(s, ann));
    ORM_TRY(orm_commit(s));
    thief->name = "Eve", thief->email = "ann@example.com";
    ORM_TRY(orm_add(s, thief));
    rc = orm_commit(s);
    printf("%s at %s.%s\n", orm_status_kind(rc), orm_session_error(s)->table, orm_session_error(s)->column);
    ORM_TRY(orm_rollback(s));
    thief->email = "eve@example.com";
    ORM_TRY(orm_add(s, thief));
    ORM_TRY(orm_commit(s));
    printf("%s has id %lld\n", thief->name, (long long)thief->id);
fail:
    return rc;
}
