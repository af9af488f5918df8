/* An object's relationships by name. links.c reaches those of run-time models, typed_links.c the members of compiled structs. */
#ifndef TESTEE_LINKS_H
#define TESTEE_LINKS_H
#include <orm.h>

struct link {
    bool many;
    orm_one_link one;
    orm_many_link all;
    orm_object *object;
    const struct typed_link *typed;
};

bool link_find(orm_object *, const char *name, struct link *); /* false: no relationship of this name */
orm_status link_set(const struct link *, orm_object *);        /* of one object; NULL: none */
orm_status link_follow(const struct link *, orm_object **);
orm_status link_append(const struct link *, orm_object *); /* these are of collections */
orm_status link_insert(const struct link *, size_t at, orm_object *);
orm_status link_replace(const struct link *, size_t at, orm_object *);
orm_status link_remove(const struct link *, orm_object *);
orm_status link_pop(const struct link *, size_t at, orm_object **); /* ORM_LAST */
orm_status link_assign(const struct link *, orm_object *const *, size_t);
orm_status link_list(const struct link *, orm_object ***, size_t *);
orm_status link_count(const struct link *, size_t *);
orm_status link_contains(const struct link *, orm_object *, bool *);
orm_query *link_query(const struct link *);
bool link_loaded(const struct link *); /* of either */
#endif
