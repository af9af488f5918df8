/* Categories within categories: made as a tree, listed, moved, deleted with what they hold. */
#include "shop.h"

static Category *category(orm_session *s, const char *name, Category *inside)
{
    Category *c = orm_new(s, Category);
    if (c == NULL)
        return NULL;
    c->name = name;
    return inside == NULL || orm_append(inside->parts, c) == ORM_OK ? c : NULL;
}

static orm_status list(Category *of, int depth)
{
    orm_status rc;
    printf("%*s%s\n", 2 * depth, "", of->name);
    ORM_EACH (part, of->parts)
        ORM_TRY(list(part, depth + 1));
fail:
    return rc;
}

orm_status program(orm_database *database, orm_session *s)
{
    orm_status rc;
    int64_t count;
    (void)database;
    Category *goods = category(s, "goods", NULL);
    ORM_TRY(orm_made(s, goods));
    Category *drinks = category(s, "drinks", goods), *food = category(s, "food", goods);
    ORM_TRY(orm_made(s, drinks, food));
    Category *tea = category(s, "tea", food);
    ORM_TRY(orm_made(s, tea, category(s, "green", tea), category(s, "black", tea)));
    ORM_TRY(orm_add(s, tea)); /* and all it hangs together with, up and down */
    ORM_TRY(orm_commit(s));
    ORM_TRY(list(goods, 0));

    ORM_TRY(orm_set(tea->inside, drinks)); /* tea is no food */
    ORM_TRY(orm_commit(s));
    ORM_TRY(list(goods, 0));

    ORM_TRY(orm_delete(s, drinks));
    ORM_TRY(orm_commit(s));
    ORM_TRY(list(goods, 0));
    ORM_TRY(orm_count(orm_query(s, Category), &count));
    printf("%lld are left\n", (long long)count);
fail:
    return rc;
}
