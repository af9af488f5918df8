/* The categories that hold nothing, and what each of the others holds, in two statements. */
#include "shop.h"

orm_status program(orm_database *database, orm_session *s)
{
    static const char *const names[][2] = { { "drinks", "tea" }, { "drinks", "milk" }, { "tools", NULL } };
    orm_status rc;
    Category *group = NULL;
    Category_list found;
    for (size_t i = 0; i < 3; i++) {
        if (group == NULL || strcmp(group->name, names[i][0]) != 0) {
            group = orm_new(s, Category);
            ORM_TRY(orm_made(s, group));
            group->name = names[i][0];
            ORM_TRY(orm_add(s, group));
        }
        if (names[i][1] == NULL)
            continue;
        Category *part = orm_new(s, Category);
        ORM_TRY(orm_made(s, part));
        part->name = names[i][1];
        ORM_TRY(orm_append(group->parts, part));
    }
    ORM_TRY(orm_commit(s));

    Category_query empty = orm_query(s, Category);
    orm_filter(empty, orm_not(orm_has_any(empty, parts, NULL)));
    orm_filter(empty, orm_is_null(orm_col(empty, inside_id)));
    ORM_TRY(orm_all(empty, &found));
    orm_each (c, found)
        printf("%s holds nothing\n", c->name);

    uint64_t before = orm_statement_counts(database).select;
    Category_query full = orm_query(s, Category);
    orm_filter(full, orm_has_any(full, parts, NULL));
    orm_eager(full, parts, ORM_LAZY_SELECTIN);
    ORM_TRY(orm_all(full, &found));
    orm_each (c, found)
        ORM_EACH (part, c->parts)
            printf("%s holds %s\n", c->name, part->name);
    printf("%llu statements\n", (unsigned long long)(orm_statement_counts(database).select - before));
fail:
    return rc;
}
