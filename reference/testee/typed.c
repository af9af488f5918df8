/* The world's models as compiled-in structs, and their members as a program reaches them: u->username. */
#include "typed.h"
#include "define.h"
#include "members.h"
#include <stdio.h>
#include <string.h>

/* ---- the models ---- */

bool define_models(struct call *c, const json_t *schema, struct models *out)
{
    const char *name = json_string_value(json_object_get(schema, "name")), *hash = json_string_value(json_object_get(schema, "sha256"));
    if (name == NULL || hash == NULL)
        return call_bad(c, "a schema lacks its name or hash");
    size_t size = strlen(name) + strlen(hash) + 2;
    char *wanted = call_alloc(c, size);
    snprintf(wanted, size, "%s@%s", name, hash);
    for (size_t i = 0; typed_schemas[i] != NULL; i++)
        if (strcmp(typed_schemas[i]->name_and_hash, wanted) == 0) {
            *out = (struct models){ .schema = typed_schemas[i]->schema };
            return true;
        }
    return call_lacks(c, "the schema %s is not compiled in", wanted);
}

void define_announce(json_t *hello)
{
    json_t *schemas = must(json_array());
    for (size_t i = 0; typed_schemas[i] != NULL; i++)
        json_array_append_new(schemas, must(json_string(typed_schemas[i]->name_and_hash)));
    json_object_set_new(hello, "models", must(json_string("static")));
    json_object_set_new(hello, "schemas", schemas);
}

/* A plain scalar has its default from the beginning, so that nothing can be seen of it being late. */
bool define_offers(const char *capability)
{
    return strcmp(capability, "late_defaults") != 0;
}

/* ---- members ---- */

const struct typed_model *typed_model_of(const orm_model *model)
{
    for (size_t i = 0; typed_schemas[i] != NULL; i++)
        for (size_t k = 0; k < typed_schemas[i]->count; k++)
            if (typed_schemas[i]->models[k].model == model)
                return &typed_schemas[i]->models[k];
    return NULL;
}

static const struct typed_member *member_of(const orm_model *model, const char *name)
{
    const struct typed_model *typed = typed_model_of(model);
    for (size_t n = 0; typed != NULL && n < typed->count; n++)
        if (strcmp(typed->members[n].name, name) == 0)
            return &typed->members[n];
    return NULL;
}

bool member_get(struct call *c, struct session *session, orm_object *object, const char *name, orm_value *out)
{
    const struct typed_member *member = member_of(object->model, name);
    if (member == NULL)
        return call_raised_text(c, ORM_ARGUMENT, "%s has no member %s", object->model->struct_name, name);
    /* What is due is read again first, as orm_read does it; the value is the plain member's. */
    orm_status rc = orm_read(object, name, out);
    if (rc != ORM_OK)
        return call_raised(c, rc, orm_session_error(session->orm));
    *out = member->get(object);
    orm_lifecycle lifecycle = orm_lifecycle_of(object);
    if (member->key && out->u.i == 0 && (lifecycle == ORM_IS_TRANSIENT || lifecycle == ORM_IS_PENDING))
        *out = orm_null();
    return true;
}

bool member_put(struct call *c, struct session *session, orm_object *object, const char *name, const orm_value *value)
{
    const struct typed_member *member = member_of(object->model, name);
    const orm_value none = orm_int(0);
    bool unassign = member != NULL && member->key && value->type == ORM_NULL;
    struct typed_put put = { .call = c, .session = session->orm, .member = name, .value = unassign ? &none : value };
    return member != NULL ? member->put(&put, object)
                          : call_raised_text(c, ORM_ARGUMENT, "%s has no member %s", object->model->struct_name, name);
}

/* What a compiler would refuse. */
static bool misfit(const struct typed_put *put)
{
    return call_raised_text(put->call, ORM_DATA, "%s: a value of another type than the member's", put->member);
}

#define SCALAR(n, T, orm_kind, from, to) \
    orm_value typed_get_##n(T v) { return to(v); } \
    orm_value typed_get_opt_##n(orm_opt_##n v) { return v.has ? to(v.value) : orm_null(); } \
    bool typed_put_##n(const struct typed_put *put, T *member) \
    { \
        if (put->value->type != orm_kind) \
            return misfit(put); \
        *member = put->value->from; \
        return true; \
    } \
    bool typed_put_opt_##n(const struct typed_put *put, orm_opt_##n *member) \
    { \
        if (put->value->type != orm_kind && put->value->type != ORM_NULL) \
            return misfit(put); \
        if (put->value->type == ORM_NULL) \
            orm_put_null(*member); \
        else \
            orm_put(*member, put->value->from); \
        return true; \
    }
SCALAR(int, int64_t, ORM_INTEGER, u.i, orm_int)
SCALAR(bool, bool, ORM_BOOLEAN, u.i != 0, orm_bool)
SCALAR(datetime, orm_datetime, ORM_DATETIME, u.t, orm_datetime_value)
SCALAR(date, orm_date, ORM_DATE, u.d, orm_date_value)

orm_value typed_get_real(double v)
{
    return orm_real(v);
}

orm_value typed_get_opt_real(orm_opt_real v)
{
    return v.has ? orm_real(v.value) : orm_null();
}

bool typed_put_real(const struct typed_put *put, double *member)
{
    if (put->value->type != ORM_FLOAT && put->value->type != ORM_INTEGER)
        return misfit(put);
    *member = put->value->type == ORM_FLOAT ? put->value->u.r : (double)put->value->u.i; /* as C converts */
    return true;
}

bool typed_put_opt_real(const struct typed_put *put, orm_opt_real *member)
{
    double value = 0;
    if (put->value->type == ORM_NULL)
        return orm_put_null(*member), true;
    if (!typed_put_real(put, &value))
        return false;
    return orm_put(*member, value), true;
}

orm_value typed_get_text(const char *v)
{
    return orm_text(v);
}

bool typed_put_text(const struct typed_put *put, const char **member)
{
    const orm_value *value = put->value;
    if (value->type == ORM_NULL)
        return *member = NULL, true;
    if (value->type != ORM_STRING)
        return misfit(put);
    if (memchr(value->u.s, '\0', value->u.size) != NULL)
        return call_raised_text(put->call, ORM_DATA, "%s: a C string ends at its NUL", put->member);
    char *text = call_alloc(put->call, value->u.size + 1);
    memcpy(text, value->u.s, value->u.size);
    *member = must((void *)(uintptr_t)orm_str(put->session, text)); /* the request's text does not live until the flush */
    return true;
}

orm_value typed_get_json(json_t *v)
{
    return orm_json(v);
}

bool typed_put_json(const struct typed_put *put, json_t **member)
{
    if (put->value->type == ORM_NULL)
        return *member = NULL, true;
    if (put->value->type != ORM_JSON)
        return misfit(put);
    *member = must(orm_take_json(put->session, must(json_deep_copy(put->value->u.j))));
    return true;
}

/* ---- the text form ---- */

int typed_repr(const char *model, orm_value value, char *buffer, size_t size)
{
    char text[32];
    switch (value.type) {
    case ORM_INTEGER:  return snprintf(buffer, size, "<%s %lld>", model, (long long)value.u.i);
    case ORM_STRING:   return snprintf(buffer, size, "<%s %s>", model, value.u.s);
    case ORM_BOOLEAN:  return snprintf(buffer, size, "<%s %s>", model, value.u.i ? "True" : "False");
    case ORM_DATETIME: return snprintf(buffer, size, "<%s %s>", model, orm_datetime_text(value.u.t, text));
    case ORM_DATE:     return snprintf(buffer, size, "<%s %s>", model, orm_date_text(value.u.d, text));
    case ORM_FLOAT:    return snprintf(buffer, size, "<%s %g>", model, value.u.r);
    case ORM_NULL: case ORM_JSON: break;
    }
    return snprintf(buffer, size, "<%s %s>", model, value.type == ORM_NULL ? "None" : "json");
}
