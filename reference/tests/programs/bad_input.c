/* What a program sees when the input is wrong. */
#include "shop.h"

orm_status program(orm_database *database, orm_session *s)
{
    orm_status rc;
    (void)database;
    Customer *nobody = orm_new(s, Customer);
    orm_datetime moment;
    ORM_TRY(orm_made(s, nobody));
    printf("2024-02-30 is %s\n", orm_datetime_parse("2024-02-30 00:00:00", &moment) ? "a day" : "no day");
    ORM_TRY(orm_add(s, nobody));
    rc = orm_commit(s);
    printf("%s: %s\n", orm_status_kind(rc), orm_session_error(s)->column);
    printf("then %s\n", orm_status_kind(orm_flush(s)));
    ORM_TRY(orm_rollback(s));
    rc = orm_write(&nobody->orm, "name", orm_int(5));
    printf("%s\n", orm_session_error(s)->message);
    rc = rc == ORM_DATA ? ORM_OK : rc;
    ORM_TRY(rc);
fail:
    return rc;
}
