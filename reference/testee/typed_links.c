/* Relationships of compiled-in structs: each is changed and read by the member's own macros, in the functions that the generated sources make. */
#include "links.h"
#include "typed.h"
#include <string.h>

bool link_find(orm_object *object, const char *name, struct link *out)
{
    const struct typed_model *model = typed_model_of(object->model);
    *out = (struct link){ .object = object };
    for (size_t i = 0; model != NULL && i < model->link_count; i++)
        if (strcmp(model->links[i].name, name) == 0) {
            out->typed = &model->links[i];
            out->many = out->typed->append != NULL;
            return true;
        }
    return false;
}

orm_status link_set(const struct link *link, orm_object *object)
{
    return link->typed->set(link->object, object);
}

orm_status link_follow(const struct link *link, orm_object **out)
{
    return link->typed->follow(link->object, out);
}

orm_status link_append(const struct link *link, orm_object *object)
{
    return link->typed->append(link->object, object);
}

orm_status link_insert(const struct link *link, size_t at, orm_object *object)
{
    return link->typed->insert(link->object, at, object);
}

orm_status link_replace(const struct link *link, size_t at, orm_object *object)
{
    return link->typed->replace(link->object, at, object);
}

orm_status link_remove(const struct link *link, orm_object *object)
{
    return link->typed->remove(link->object, object);
}

orm_status link_pop(const struct link *link, size_t at, orm_object **out)
{
    return link->typed->pop(link->object, at, out);
}

orm_status link_assign(const struct link *link, orm_object *const *objects, size_t count)
{
    return link->typed->assign(link->object, objects, count);
}

orm_status link_list(const struct link *link, orm_object ***out, size_t *count)
{
    return link->typed->list(link->object, out, count);
}

orm_status link_count(const struct link *link, size_t *out)
{
    return link->typed->count(link->object, out);
}

orm_status link_contains(const struct link *link, orm_object *object, bool *out)
{
    return link->typed->contains(link->object, object, out);
}

orm_query *link_query(const struct link *link)
{
    return link->typed->query(link->object);
}

bool link_loaded(const struct link *link)
{
    return link->typed->loaded(link->object);
}
