/* orm_made and orm_each: what the macros promise beyond their types. */
#include "support/support.h"
#include "support/world.h"
#include <criterion/criterion.h>
#include <string.h>

ORM_DECLARE(Stranger);
struct Stranger {
    orm_object orm;
    int64_t id;
};
static const orm_column stranger_columns[] = { ORM_COLUMN(Stranger, id, .primary_key = true) };
ORM_MODEL(Stranger, .columns = ORM_ARRAY(stranger_columns));

ALL(made, tells_why_one_is_missing)
{
    orm_object *user = orm_new_object(w->s, w->user);
    cr_assert_eq(orm_made(w->s, user), ORM_OK);
    Stranger *stranger = orm_new(w->s, Stranger);
    cr_assert_null(stranger);
    cr_assert_eq(orm_made(w->s, user, stranger), ORM_ARGUMENT);
    cr_assert_not_null(strstr(orm_session_error(w->s)->message, "Stranger"));
    cr_assert_eq(orm_made(NULL, stranger), ORM_NOMEM);
}

Test(each, none_some_and_jumps)
{
    Stranger a = { .id = 1 }, b = { .id = 2 }, c = { .id = 4 }, *all[] = { &a, &b, &c };
    Stranger_list list = { .count = 0 };
    int64_t sum = 0;
    orm_each (o, list)
        sum += o->id;
    cr_assert_eq(sum, 0);
    list.at = all;
    list.count = 3;
    orm_each (o, list)
        sum += o->id;
    cr_assert_eq(sum, 7);
    orm_each (o, list) {
        if (o->id == 1) continue;
        sum += 10 * o->id;
        break;
    }
    cr_assert_eq(sum, 27);
    orm_each (o, list)
        orm_each (other, list)
            sum += o->id * other->id;
    cr_assert_eq(sum, 27 + 49);
}
