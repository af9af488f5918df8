#include "relations.h"
#include "links.h"
#include "query.h"
#include "values.h"
#include <string.h>

/* ---- reading ---- */

/* The name up to the first dot; *rest is what follows it, or NULL. */
static const char *split(struct call *c, const char *path, const char **rest)
{
    const char *dot = strchr(path, '.');
    *rest = dot != NULL ? dot + 1 : NULL;
    if (dot == NULL)
        return path;
    char *first = call_alloc(c, (size_t)(dot - path) + 1);
    memcpy(first, path, (size_t)(dot - path));
    return first;
}

bool relation_is(orm_object *object, const char *name)
{
    struct link link;
    char first[128];
    size_t size = strcspn(name, ".");
    if (size >= sizeof first)
        return false;
    memcpy(first, name, size);
    first[size] = '\0';
    return link_find(object, first, &link);
}

static bool judged(struct call *c, struct session *s, orm_status rc)
{
    return rc == ORM_OK ? true : call_raised(c, rc, orm_session_error(s->orm));
}

/* The object itself, or what the rest of the path finds in it. */
static bool read_object(struct call *c, struct session *s, orm_object *object, const char *rest, json_t **out)
{
    if (object == NULL) {
        *out = json_null();
        return true;
    }
    if (rest == NULL) {
        *out = world_handle(s->world, s, object);
        return true;
    }
    json_t *name = must(json_string(rest));
    bool read = query_read(c, s, object, name, out);
    json_decref(name);
    return read;
}

bool relation_get(struct call *c, struct session *s, orm_object *object, const char *path, json_t **out)
{
    const char *rest, *name = split(c, path, &rest);
    struct link link;
    orm_object *one, **objects;
    size_t count;
    if (!link_find(object, name, &link))
        return call_raised_text(c, ORM_ARGUMENT, "%s has no relationship %s", object->model->struct_name, name);
    if (!link.many)
        return judged(c, s, link_follow(&link, &one)) && read_object(c, s, one, rest, out);
    if (!judged(c, s, link_list(&link, &objects, &count)))
        return false;
    /* To read one of them may change the collection's memory. */
    orm_object **kept = call_alloc(c, (count + 1) * sizeof *kept);
    if (count > 0)
        memcpy(kept, objects, count * sizeof *kept);
    json_t *list = must(json_array()), *item;
    for (size_t i = 0; i < count; i++) {
        if (!read_object(c, s, kept[i], rest, &item)) {
            json_decref(list);
            return false;
        }
        json_array_append_new(list, item);
    }
    *out = list;
    return true;
}

/* ---- writing ---- */

/* A handle; what else is given where an object is meant, the ORM's type would refuse. */
static bool take_object(struct call *c, struct session *s, const char *name, const json_t *given, orm_object **out)
{
    struct handle *h;
    if (value_tagged(given, "obj") == NULL)
        return call_raised_text(c, ORM_ARGUMENT, "%s leads to objects, and is given something else", name);
    if (!world_object(s->world, c, given, &h))
        return false;
    *out = h->object;
    return true;
}

static bool take_objects(struct call *c, struct session *s, const char *name, const json_t *list, orm_object ***out)
{
    size_t count = json_array_size(list);
    *out = call_alloc(c, (count + 1) * sizeof **out);
    for (size_t i = 0; i < count; i++)
        if (!take_object(c, s, name, json_array_get(list, i), &(*out)[i]))
            return false;
    return true;
}

bool relation_put(struct call *c, struct session *s, orm_object *object, const char *name, const json_t *given)
{
    struct link link;
    orm_object *one = NULL, **objects;
    if (!link_find(object, name, &link))
        return call_raised_text(c, ORM_ARGUMENT, "%s has no relationship %s", object->model->struct_name, name);
    if (!link.many) {
        if (!json_is_null(given) && !take_object(c, s, name, given, &one))
            return false;
        return judged(c, s, link_set(&link, one));
    }
    if (!json_is_array(given))
        return call_raised_text(c, ORM_ARGUMENT, "%s is a collection, and is given no list", name);
    return take_objects(c, s, name, given, &objects) && judged(c, s, link_assign(&link, objects, json_array_size(given)));
}

/* ---- the operation ---- */

struct rel {
    struct world *world;
    struct call *call;
    struct session *session;
    struct link link;
    orm_object **objects;
    size_t count;
    size_t at; /* ORM_LAST: not given */
};

static bool each(struct rel *r, orm_status (*act)(const struct link *, orm_object *))
{
    for (size_t i = 0; i < r->count; i++)
        if (!judged(r->call, r->session, act(&r->link, r->objects[i])))
            return false;
    return true;
}

static bool do_append(struct rel *r)
{
    return each(r, link_append);
}

static bool do_remove(struct rel *r)
{
    return each(r, link_remove);
}

/* Several come in their order. */
static bool do_insert(struct rel *r)
{
    for (size_t i = r->count; i-- > 0;)
        if (!judged(r->call, r->session, link_insert(&r->link, r->at, r->objects[i])))
            return false;
    return true;
}

static bool only_one(struct rel *r)
{
    return r->count == 1 ? true : call_bad(r->call, "%zu objects where one is meant", r->count);
}

static bool do_replace(struct rel *r)
{
    return only_one(r) && judged(r->call, r->session, link_replace(&r->link, r->at, r->objects[0]));
}

static bool do_pop(struct rel *r)
{
    orm_object *object;
    if (!judged(r->call, r->session, link_pop(&r->link, r->at, &object)))
        return false;
    r->call->result = world_handle(r->world, r->session, object);
    return true;
}

static bool do_clear(struct rel *r)
{
    return judged(r->call, r->session, link_assign(&r->link, NULL, 0));
}

static bool do_contains(struct rel *r)
{
    bool contains;
    if (!only_one(r) || !judged(r->call, r->session, link_contains(&r->link, r->objects[0], &contains)))
        return false;
    r->call->result = json_boolean(contains);
    return true;
}

static bool do_count(struct rel *r)
{
    size_t count;
    if (!judged(r->call, r->session, link_count(&r->link, &count)))
        return false;
    r->call->result = must(json_integer((json_int_t)count));
    return true;
}

static bool do_loaded(struct rel *r)
{
    r->call->result = json_boolean(link_loaded(&r->link));
    return true;
}

static const struct { const char *name; bool (*run)(struct rel *); bool of_one_too; } deeds[] = {
    { "append", do_append, false }, { "insert", do_insert, false }, { "remove", do_remove, false },
    { "replace", do_replace, false }, { "pop", do_pop, false }, { "clear", do_clear, false },
    { "contains", do_contains, false }, { "count", do_count, false }, { "loaded", do_loaded, true },
};

static bool take_place(struct call *c, size_t *out)
{
    const json_t *at = json_object_get(c->params, "at");
    *out = ORM_LAST;
    if (at == NULL)
        return true;
    if (!json_is_integer(at) || json_integer_value(at) < 0)
        return call_bad(c, "at is no position");
    *out = (size_t)json_integer_value(at);
    return true;
}

/* The relationship of the parameters `obj` and `name`. */
static bool take_link(struct world *w, struct call *c, struct session **s, struct link *link)
{
    const char *name;
    struct handle *h;
    if (!call_text(c, "name", true, &name) || !world_object(w, c, json_object_get(c->params, "obj"), &h))
        return false;
    *s = h->session;
    return link_find(h->object, name, link)
               ? true : call_raised_text(c, ORM_ARGUMENT, "%s has no relationship %s", h->object->model->struct_name, name);
}

bool op_rel(struct world *w, struct call *c)
{
    struct rel r = { .world = w, .call = c };
    const char *deed, *name;
    json_t *list = json_object_get(c->params, "objs");
    if (!call_text(c, "do", true, &deed) || !take_link(w, c, &r.session, &r.link) || !take_place(c, &r.at))
        return false;
    name = json_string_value(json_object_get(c->params, "name"));
    if (list != NULL && !json_is_array(list))
        return call_bad(c, "objs is no list");
    r.count = json_array_size(list);
    if (!take_objects(c, r.session, name, list, &r.objects))
        return false;
    for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++)
        if (strcmp(deeds[i].name, deed) == 0) {
            if (!r.link.many && !deeds[i].of_one_too)
                return call_raised_text(c, ORM_ARGUMENT, "%s is no collection", name);
            return deeds[i].run(&r);
        }
    return call_lacks(c, "rel cannot %s", deed);
}

bool relation_query(struct world *w, struct call *c, struct session **s, orm_query **out)
{
    struct link link;
    if (!take_link(w, c, s, &link))
        return false;
    if (!link.many)
        return call_raised_text(c, ORM_ARGUMENT, "a query over what is no collection");
    *out = link_query(&link);
    return *out != NULL ? true : call_raised(c, ORM_NOMEM, NULL);
}
