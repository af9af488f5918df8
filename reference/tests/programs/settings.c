/* A JSON document. */
#include "shop.h"

orm_status program(orm_database *database, orm_session *s)
{
    orm_status rc;
    (void)database;
    Customer *ann = orm_new(s, Customer);
    ORM_TRY(orm_made(s, ann));
    ann->name = "Ann";
    ann->settings = orm_take_json(s, json_pack("{s:s, s:[i, i]}", "theme", "dark", "sizes", 1, 2));
    ORM_TRY(orm_add(s, ann));
    ORM_TRY(orm_commit(s));
    ORM_TRY(orm_fresh(ann));
    printf("%s, %zu sizes\n", json_string_value(json_object_get(ann->settings, "theme")),
           json_array_size(json_object_get(ann->settings, "sizes")));
    json_t *changed = orm_take_json(s, json_deep_copy(ann->settings)); /* a document is replaced, not changed in place */
    json_object_set_new(changed, "theme", json_string("light"));
    ann->settings = changed;
    ORM_TRY(orm_commit(s));
    ORM_TRY(orm_fresh(ann));
    printf("%s\n", json_string_value(json_object_get(ann->settings, "theme")));
fail:
    return rc;
}
