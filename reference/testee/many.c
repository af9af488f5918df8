#include "many.h"
#include "values.h"
#include <string.h>

/* Rows as liborm takes them: the members that any of them names, and the values row by row, NULL where one is not named. */
struct table { const orm_model *model; const char **members; size_t width, count; orm_value *values; };

static size_t place_of(struct table *t, const char *member)
{
    size_t i = 0;
    while (i < t->width && strcmp(t->members[i], member) != 0)
        i++;
    if (i == t->width)
        t->members[t->width++] = member;
    return i;
}

/* Rows of the list from `first` on. */
static bool take_rows(struct call *c, const json_t *list, size_t first, size_t count, struct table *t)
{
    json_t *given;
    const char *member;
    size_t named = 0;
    t->count = count;
    t->width = 0;
    for (size_t r = 0; r < count; r++)
        named += json_object_size(json_array_get(list, first + r));
    t->members = call_alloc(c, (named + 1) * sizeof *t->members);
    for (size_t r = 0; r < count; r++)
        json_object_foreach (json_array_get(list, first + r), member, given)
            place_of(t, member);
    t->values = call_alloc(c, (count * t->width + 1) * sizeof *t->values);
    for (size_t r = 0; r < count; r++) {
        if (!json_is_object(json_array_get(list, first + r)))
            return call_bad(c, "a row is a map of members");
        json_object_foreach (json_array_get(list, first + r), member, given)
            if (!value_decode(c, given, member, &t->values[r * t->width + place_of(t, member)]))
                return false;
    }
    return true;
}

static bool find_list(struct world *w, struct call *c, struct table *t, json_t **list, struct session **s)
{
    const char *name;
    return call_text(c, "model", true, &name) && world_model(w, c, name, &t->model) && call_array(c, "rows", list) && world_session(w, c, s);
}

/* Do both rows name the same members? */
static bool same_members(json_t *a, const json_t *b)
{
    const char *member;
    json_t *given;
    json_object_foreach (a, member, given)
        if (json_object_get(b, member) == NULL)
            return false;
    return json_object_size(a) == json_object_size(b);
}

static bool judged(struct call *c, struct session *s, orm_status rc)
{
    return rc == ORM_OK ? true : call_raised(c, rc, orm_session_error(s->orm));
}

bool many_insert_rows(struct world *w, struct call *c)
{
    struct table t = { 0 };
    struct session *s;
    json_t *list;
    bool with_keys = false, statement = false; /* the latter asks for another way to say the same, of which there is none */
    if (!find_list(w, c, &t, &list, &s) || !call_flag(c, "keys", &with_keys) || !call_flag(c, "statement", &statement) ||
        !take_rows(c, list, 0, json_array_size(list), &t))
        return false;
    int64_t *keys = with_keys ? call_alloc(c, (t.count + 1) * sizeof *keys) : NULL;
    if (!judged(c, s, orm_insert_values(s->orm, t.model, t.members, t.width, t.values, t.count, keys)))
        return false;
    if (with_keys)
        c->result = must(json_array());
    for (size_t i = 0; with_keys && i < t.count; i++) {
        const orm_value key = orm_int(keys[i]);
        json_array_append_new(c->result, must(value_encode(&key)));
    }
    return true;
}

bool many_insert_objects(struct world *w, struct call *c)
{
    json_t *list;
    struct session *s;
    struct handle *handle;
    bool with_keys = false;
    if (!call_array(c, "objs", &list) || !call_flag(c, "keys", &with_keys) || !world_session(w, c, &s))
        return false;
    orm_object **objects = call_alloc(c, (json_array_size(list) + 1) * sizeof *objects);
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (!world_object(w, c, json_array_get(list, i), &handle))
            return false;
        objects[i] = handle->object;
    }
    return judged(c, s, orm_insert_objects(s->orm, objects, json_array_size(list), with_keys));
}

bool many_update_rows(struct world *w, struct call *c)
{
    struct table t = { 0 };
    struct session *s;
    json_t *list;
    if (!find_list(w, c, &t, &list, &s))
        return false;
    for (size_t first = 0, next; first < json_array_size(list); first = next) {
        for (next = first + 1; same_members(json_array_get(list, first), json_array_get(list, next)) && next < json_array_size(list);)
            next++;
        if (!take_rows(c, list, first, next - first, &t) ||
            !judged(c, s, orm_update_values(s->orm, t.model, t.members, t.width, t.values, t.count)))
            return false;
    }
    return true;
}
