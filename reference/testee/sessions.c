#include "sessions.h"
#include <string.h>

static bool judged(struct call *c, struct session *s, orm_status rc)
{
    return rc == ORM_OK ? true : call_raised(c, rc, orm_session_error(s->orm));
}

/* The session, and the object of the parameter `obj`, or NULL where there is none. */
static bool take(struct world *w, struct call *c, struct session **s, struct handle **h)
{
    const json_t *given = json_object_get(c->params, "obj");
    *h = NULL;
    return (given == NULL || world_object(w, c, given, h)) && world_session(w, c, s);
}

static bool take_object(struct world *w, struct call *c, struct session **s, struct handle **h)
{
    if (json_object_get(c->params, "obj") == NULL)
        return call_bad(c, "the parameter obj is missing");
    return take(w, c, s, h);
}

/* The parameter `names`, or NULL where there is none. */
static bool take_names(struct call *c, const char *const **out, size_t *count)
{
    json_t *list, *item;
    size_t i;
    *out = NULL;
    *count = 0;
    if (json_object_get(c->params, "names") == NULL)
        return true;
    if (!call_array(c, "names", &list))
        return false;
    const char **names = call_alloc(c, (json_array_size(list) + 1) * sizeof *names);
    json_array_foreach (list, i, item)
        if ((names[i] = json_string_value(item)) == NULL)
            return call_bad(c, "a name is not text");
    *out = names;
    *count = json_array_size(list);
    return true;
}

bool op_refresh(struct world *w, struct call *c)
{
    struct session *s;
    struct handle *h;
    const char *const *names;
    size_t count;
    if (!take_object(w, c, &s, &h) || !take_names(c, &names, &count))
        return false;
    return judged(c, s, names == NULL ? orm_refresh_object(s->orm, h->object)
                                      : orm_refresh_object_members(s->orm, h->object, names, count));
}

bool op_expire(struct world *w, struct call *c)
{
    struct session *s;
    struct handle *h;
    const char *const *names;
    size_t count;
    if (!take(w, c, &s, &h) || !take_names(c, &names, &count))
        return false;
    if (h == NULL)
        return judged(c, s, orm_expire_all(s->orm));
    return judged(c, s, names == NULL ? orm_expire_object(s->orm, h->object)
                                      : orm_expire_object_members(s->orm, h->object, names, count));
}

bool op_expunge(struct world *w, struct call *c)
{
    struct session *s;
    struct handle *h;
    if (!take(w, c, &s, &h))
        return false;
    return judged(c, s, h != NULL ? orm_expunge_object(s->orm, h->object) : orm_expunge_all(s->orm));
}

bool op_merge(struct world *w, struct call *c)
{
    struct session *s;
    struct handle *h;
    orm_object *merged;
    if (!take_object(w, c, &s, &h) || !judged(c, s, orm_merge_object(s->orm, h->object, &merged)))
        return false;
    c->result = world_handle(w, s, merged);
    return true;
}

bool op_state(struct world *w, struct call *c)
{
    static const char *const names[] = {
        [ORM_IS_TRANSIENT] = "transient", [ORM_IS_PENDING] = "pending", [ORM_IS_PERSISTENT] = "persistent",
        [ORM_IS_DELETED] = "deleted", [ORM_IS_DETACHED] = "detached",
    };
    struct session *s;
    struct handle *h;
    if (!take_object(w, c, &s, &h))
        return false;
    c->result = must(json_string(names[orm_lifecycle_of(h->object)]));
    return true;
}

bool op_contains(struct world *w, struct call *c)
{
    struct session *s;
    struct handle *h;
    if (!take_object(w, c, &s, &h))
        return false;
    c->result = json_boolean(orm_in_session(s->orm, h->object));
    return true;
}

bool op_work(struct world *w, struct call *c)
{
    static const struct { const char *name; orm_work work; } lists[] = {
        { "new", ORM_WORK_NEW }, { "dirty", ORM_WORK_DIRTY }, { "deleted", ORM_WORK_DELETED },
    };
    struct session *s;
    if (!world_session(w, c, &s))
        return false;
    c->result = must(json_object());
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        orm_object **objects;
        size_t count;
        if (!judged(c, s, orm_work_list(s->orm, lists[i].work, &objects, &count)))
            return false;
        json_t *list = must(json_array());
        json_object_set_new(c->result, lists[i].name, list);
        for (size_t k = 0; k < count; k++)
            json_array_append_new(list, world_handle(w, s, objects[k]));
    }
    return true;
}

bool op_is_modified(struct world *w, struct call *c)
{
    struct session *s;
    struct handle *h;
    if (!take_object(w, c, &s, &h))
        return false;
    c->result = json_boolean(orm_object_is_modified(h->object));
    return true;
}

bool op_autoflush(struct world *w, struct call *c)
{
    struct session *s;
    bool on = true;
    if (!call_flag(c, "on", &on) || !world_session(w, c, &s))
        return false;
    orm_autoflush(s->orm, on);
    return true;
}

/* ---- savepoints ---- */

bool op_savepoint(struct world *w, struct call *c)
{
    struct session *s;
    const char *name;
    orm_savepoint began;
    if (!call_text(c, "name", true, &name) || !world_session(w, c, &s) || !judged(c, s, orm_savepoint_begin(s->orm, &began)))
        return false;
    json_object_set_new(s->savepoints, name, must(json_integer((json_int_t)began.number)));
    return true;
}

static bool end_savepoint(struct world *w, struct call *c, orm_status (*end)(orm_session *, orm_savepoint))
{
    struct session *s;
    const char *name;
    if (!call_text(c, "name", true, &name) || !world_session(w, c, &s))
        return false;
    const json_t *number = json_object_get(s->savepoints, name);
    if (number == NULL)
        return call_bad(c, "there is no savepoint %s", name);
    return judged(c, s, end(s->orm, (orm_savepoint){ (uint64_t)json_integer_value(number) }));
}

bool op_savepoint_commit(struct world *w, struct call *c)
{
    return end_savepoint(w, c, orm_savepoint_commit);
}

bool op_savepoint_rollback(struct world *w, struct call *c)
{
    return end_savepoint(w, c, orm_savepoint_rollback);
}
