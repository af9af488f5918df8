#include "links.h"

bool link_find(orm_object *object, const char *name, struct link *out)
{
    *out = (struct link){ .object = object };
    if (orm_one_named(object, name, &out->one) == ORM_OK)
        return true;
    out->many = true;
    return orm_many_named(object, name, &out->all) == ORM_OK;
}

orm_status link_set(const struct link *link, orm_object *object)
{
    return orm_link_set(link->one, object);
}

orm_status link_follow(const struct link *link, orm_object **out)
{
    return orm_link_follow(link->one, out);
}

orm_status link_append(const struct link *link, orm_object *object)
{
    return orm_link_append(link->all, object);
}

orm_status link_insert(const struct link *link, size_t at, orm_object *object)
{
    return orm_link_insert(link->all, at, object);
}

orm_status link_replace(const struct link *link, size_t at, orm_object *object)
{
    return orm_link_replace(link->all, at, object);
}

orm_status link_remove(const struct link *link, orm_object *object)
{
    return orm_link_remove(link->all, object);
}

orm_status link_pop(const struct link *link, size_t at, orm_object **out)
{
    return orm_link_pop(link->all, at, out);
}

orm_status link_assign(const struct link *link, orm_object *const *objects, size_t count)
{
    return orm_link_assign(link->all, (const void *const *)objects, count);
}

orm_status link_list(const struct link *link, orm_object ***out, size_t *count)
{
    void **objects = NULL;
    orm_status rc = orm_link_list(link->all, &objects, count);
    *out = (orm_object **)objects;
    return rc;
}

orm_status link_count(const struct link *link, size_t *out)
{
    return orm_link_count(link->all, out);
}

orm_status link_contains(const struct link *link, orm_object *object, bool *out)
{
    return orm_link_contains(link->all, object, out);
}

orm_query *link_query(const struct link *link)
{
    return orm_link_query(link->all);
}

bool link_loaded(const struct link *link)
{
    return orm_link_loaded(link->many ? link->all.slot : link->one.slot);
}
