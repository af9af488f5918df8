/* Changes one member; nothing is saved by hand. */
#include "shop.h"

orm_status program(orm_database *database, orm_session *s)
{
    orm_status rc;
    (void)database;
    orm_counts before;
    Customer *ann = orm_new(s, Customer);
    ORM_TRY(orm_made(s, ann));
    ann->name = "Ann";
    ORM_TRY(orm_add(s, ann));
    ORM_TRY(orm_commit(s));
    before = orm_statement_counts(database);
    ann->name = "Anna";
    ORM_TRY(orm_commit(s));
    ORM_TRY(orm_commit(s)); /* nothing to do */
    ORM_TRY(orm_fresh(ann));
    printf("%s, seen %s, %llu update\n", ann->name, ann->seen_at.has ? "now" : "never",
           (unsigned long long)(orm_statement_counts(database).update - before.update));
fail:
    return rc;
}
