/* Rows as they are given: values, structs, or objects that are to stay out of the unit of work. */
#include "session/many.h"
#include <string.h>

static const char *name_of(const orm_model *model)
{
    return model == NULL ? "(NULL)" : model->struct_name != NULL ? model->struct_name : model->table;
}

static orm_status find_mapper(orm_session *session, const orm_model *model, const orm__mapper **out)
{
    *out = model != NULL ? orm__mapper_of(&session->database->registry, model) : NULL;
    const char *name = name_of(model);
    return *out != NULL ? ORM_OK
                        : orm__fail(&session->error, ORM_ARGUMENT, "%s is no model of this database", name != NULL ? name : "?");
}

/* ---- Columns -------------------------------------------------------------------------------------------------------- */

/* The fields that the members name, or all; for orm__free. */
static orm_status find_fields(orm_session *session, const orm__mapper *mapper, const char *const *members, size_t count,
                              size_t **out)
{
    size_t *fields = orm__alloc((count + 1) * sizeof *fields);
    if (fields == NULL) {
        return orm__nomem(&session->error);
    }
    for (size_t i = 0; i < count; i++) {
        const orm__field *field = members == NULL      ? &mapper->fields[i]
                                  : members[i] != NULL ? orm__field_named(mapper, members[i])
                                                       : NULL;
        bool twice = false;
        for (size_t k = 0; field != NULL && k < i; k++) {
            twice = twice || fields[k] == (size_t)(field - mapper->fields);
        }
        if (field == NULL || twice) {
            orm__free(fields);
            return orm__fail(&session->error, ORM_ARGUMENT, "%s %s \"%.200s\"%s", name_of(mapper->model),
                             field == NULL ? "has no column" : "has the column", members[i] != NULL ? members[i] : "(NULL)",
                             field == NULL ? "" : " once, and rows give it twice");
        }
        fields[i] = (size_t)(field - mapper->fields);
    }
    *out = fields;
    return ORM_OK;
}

static orm_status missing(orm_session *session, const char *what, size_t count)
{
    return orm__fail(&session->error, ORM_ARGUMENT, "%zu %s are missing (NULL)", count, what);
}

/* ---- Values and structs --------------------------------------------------------------------------------------------- */

typedef struct values {
    const orm_value *at;
    size_t width;
} values;

static orm_value read_value(const void *context, size_t row, size_t i)
{
    const values *v = context;
    return v->at[row * v->width + i];
}

typedef struct structs {
    const char *at;
    const orm__mapper *mapper;
    const size_t *fields;
} structs;

static orm_value read_struct(const void *context, size_t row, size_t i)
{
    const structs *s = context;
    return orm__member_read(&s->mapper->fields[s->fields[i]], s->at + row * s->mapper->size);
}

static orm_status write_values(orm_session *session, const orm_model *model, const char *const *members,
                               size_t member_count, const orm_value *at, size_t count, bool inserts, int64_t *keys)
{
    const orm__mapper *mapper;
    size_t *fields = NULL;
    orm_status rc;
    if (session == NULL) {
        return ORM_ARGUMENT;
    }
    ORM_TRY(find_mapper(session, model, &mapper));
    if ((members == NULL && member_count > 0) || (at == NULL && count > 0 && member_count > 0)) {
        ORM_TRY(missing(session, members == NULL ? "members" : "rows", members == NULL ? member_count : count));
    }
    ORM_TRY(find_fields(session, mapper, members, member_count, &fields));
    const values context = {at, member_count};
    const orm__rows rows = {mapper, count, fields, member_count, read_value, &context};
    rc = inserts ? orm__insert_many(session, &rows, keys) : orm__update_many(session, &rows);
fail:
    orm__free(fields);
    return rc;
}

orm_status orm_insert_values(orm_session *session, const orm_model *model, const char *const *members,
                             size_t member_count, const orm_value *at, size_t count, int64_t *keys)
{
    return write_values(session, model, members, member_count, at, count, true, keys);
}

orm_status orm_update_values(orm_session *session, const orm_model *model, const char *const *members,
                             size_t member_count, const orm_value *at, size_t count)
{
    return write_values(session, model, members, member_count, at, count, false, NULL);
}

static orm_status write_structs(orm_session *session, const orm_model *model, const void *at, size_t count,
                                const char *const *members, size_t member_count, bool inserts, int64_t *keys)
{
    const orm__mapper *mapper;
    size_t *fields = NULL;
    orm_status rc;
    if (session == NULL) {
        return ORM_ARGUMENT;
    }
    ORM_TRY(find_mapper(session, model, &mapper));
    if (!mapper->has_objects || mapper->run_time) {
        ORM_TRY(orm__fail(&session->error, ORM_ARGUMENT, "%s has no structs: its rows are given as values",
                          name_of(model)));
    }
    if (at == NULL && count > 0) {
        ORM_TRY(missing(session, "rows", count));
    }
    const size_t field_count = members != NULL ? member_count : mapper->count;
    ORM_TRY(find_fields(session, mapper, members, field_count, &fields));
    const structs context = {at, mapper, fields};
    const orm__rows rows = {mapper, count, fields, field_count, read_struct, &context};
    rc = inserts ? orm__insert_many(session, &rows, keys) : orm__update_many(session, &rows);
fail:
    orm__free(fields);
    return rc;
}

orm_status orm_insert_structs(orm_session *session, const orm_model *model, const void *at, size_t count, int64_t *keys,
                              const char *const *members, size_t member_count)
{
    return write_structs(session, model, at, count, members, member_count, true, keys);
}

orm_status orm_update_structs(orm_session *session, const orm_model *model, const void *at, size_t count,
                              const char *const *members, size_t member_count)
{
    return write_structs(session, model, at, count, members, member_count, false, NULL);
}

/* ---- Objects -------------------------------------------------------------------------------------------------------- */

typedef struct objects {
    orm_object *const *at;
    const orm__mapper *mapper;
} objects;

static orm_value read_object(const void *context, size_t row, size_t i)
{
    const objects *o = context;
    return orm__member_read(&o->mapper->fields[i], o->at[row]);
}

static orm_status may_insert(orm_session *session, orm_object *const *at, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const orm__state *state = orm__state_of(session, at[i]);
        if (state == NULL) {
            return session->error.status;
        }
        if (state->lifecycle != ORM_IS_TRANSIENT) {
            return orm__refuse_state(state, "an insert past the unit of work");
        }
    }
    return ORM_OK;
}

/* Objects of one model, one after another in the list. */
static orm_status insert_run(orm_session *session, orm_object *const *at, size_t count, bool with_keys)
{
    const orm__mapper *mapper = at[0]->state->mapper;
    const objects context = {at, mapper};
    const bool generated = mapper->key_count == 1 && mapper->fields[mapper->key[0]].generated;
    size_t *fields = NULL;
    int64_t *keys = NULL;
    orm_status rc;
    ORM_TRY(find_fields(session, mapper, NULL, mapper->count, &fields));
    if (with_keys && generated && (keys = orm__alloc(count * sizeof *keys)) == NULL) {
        ORM_TRY(orm__nomem(&session->error));
    }
    const orm__rows rows = {mapper, count, fields, mapper->count, read_object, &context};
    ORM_TRY(orm__insert_many(session, &rows, keys));
    for (size_t i = 0; keys != NULL && i < count; i++) {
        const orm_value key = orm_int(keys[i]);
        (void)orm__member_write(&mapper->fields[mapper->key[0]], at[i], &key);
    }
fail:
    orm__free(keys);
    orm__free(fields);
    return rc;
}

orm_status orm_insert_objects(orm_session *session, orm_object *const *at, size_t count, bool with_keys)
{
    if (session == NULL) {
        return ORM_ARGUMENT;
    }
    orm_status rc = at == NULL && count > 0 ? missing(session, "objects", count) : may_insert(session, at, count);
    for (size_t i = 0, next; rc == ORM_OK && i < count; i = next) {
        for (next = i + 1; next < count && at[next]->state->mapper == at[i]->state->mapper;) {
            next++;
        }
        rc = insert_run(session, &at[i], next - i, with_keys);
    }
    return rc;
}
