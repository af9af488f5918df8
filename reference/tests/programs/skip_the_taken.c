/* Rows from elsewhere, some of which are there already: a savepoint undoes the refused one alone. */
#include "shop.h"

static orm_status take(orm_session *s, const char *email, bool *taken)
{
    orm_status rc, refused;
    orm_savepoint before;
    ORM_TRY(orm_savepoint_begin(s, &before));
    Customer *customer = orm_new(s, Customer);
    ORM_TRY(orm_made(s, customer));
    customer->name = customer->email = email;
    ORM_TRY(orm_add(s, customer));
    refused = orm_flush(s);
    *taken = refused == ORM_OK;
    if (refused == ORM_UNIQUE)
        return orm_savepoint_rollback(s, before);
    ORM_TRY(refused);
    ORM_TRY(orm_savepoint_commit(s, before));
fail:
    return rc;
}

orm_status program(orm_database *database, orm_session *s)
{
    static const char *const emails[] = { "ada@example.com", "bob@example.com", "ada@example.com", "cleo@example.com" };
    orm_status rc;
    int64_t count;
    (void)database;
    for (size_t i = 0; i < sizeof emails / sizeof emails[0]; i++) {
        bool taken;
        ORM_TRY(take(s, emails[i], &taken));
        printf("%s: %s\n", emails[i], taken ? "stored" : "there already");
    }
    ORM_TRY(orm_commit(s));
    ORM_TRY(orm_count(orm_query(s, Customer), &count));
    printf("%lld customers\n", (long long)count);
fail:
    return rc;
}
