/* Dates: comparisons, NULL, text. */
#include "shop.h"

orm_status program(orm_database *database, orm_session *s)
{
    orm_status rc;
    (void)database;
    Customer_list list;
    char text[32];
    static const char *const born[] = { "1980-02-29", "2001-01-01", NULL };
    for (size_t i = 0; i < 3; i++) {
        Customer *c = orm_new(s, Customer);
        orm_date day;
        ORM_TRY(orm_made(s, c));
        c->name = orm_format(s, "customer %zu", i);
        if (born[i] != NULL && orm_date_parse(born[i], &day))
            orm_put(c->born, day);
        ORM_TRY(orm_add(s, c));
    }
    Customer_query q = orm_query(s, Customer);
    orm_filter(q, orm_lt(orm_col(q, born), orm_date_at(2000, 1, 1)));
    ORM_TRY(orm_all(q, &list)); /* flushes first */
    orm_each (c, list)
        printf("%s: %s\n", c->name, orm_date_text(c->born.value, text));
    q = orm_query(s, Customer);
    orm_filter(q, orm_is_null(orm_col(q, born)));
    ORM_TRY(orm_all(q, &list));
    orm_each (c, list)
        printf("%s: unknown\n", c->name);
fail:
    return rc;
}
