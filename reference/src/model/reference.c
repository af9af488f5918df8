/* Foreign keys, those of one column and those of several, in one form. */
#include "model/maker.h"
#include <stdio.h>
#include <string.h>

enum { MOST_COLUMNS = sizeof(((orm_foreign_key *)0)->columns) / sizeof(((orm_foreign_key *)0)->columns[0]) };

static orm__reference *add(const orm__maker *m, orm__mapper *mapper, const size_t *fields, const size_t *to,
                           size_t count)
{
    size_t *copy = orm__arena_alloc(&m->registry->arena, 2 * count * sizeof *copy);
    if (copy == NULL) {
        (void)orm__nomem(m->error);
        return NULL;
    }
    memcpy(copy, fields, count * sizeof *copy);
    memcpy(copy + count, to, count * sizeof *copy);
    orm__reference *reference = &mapper->references[mapper->reference_count++];
    *reference = (orm__reference){.fields = copy, .to = copy + count, .count = count};
    return reference;
}

/* Are these columns, in whatever order, the primary key or a unique set? */
static bool unique_together(const orm__mapper *mapper, const size_t *fields, size_t count)
{
    size_t in_key = 0;
    for (size_t i = 0; i < count; i++) {
        in_key += mapper->fields[fields[i]].primary_key;
    }
    if (in_key == count && count == mapper->key_count) {
        return true;
    }
    for (size_t u = 0; u < mapper->model->uniques.count; u++) {
        const orm_unique *unique = &mapper->model->uniques.at[u];
        size_t size = 0, found = 0;
        for (; size < sizeof unique->columns / sizeof unique->columns[0] && unique->columns[size] != NULL; size++) {
            for (size_t i = 0; i < count; i++) {
                found += strcmp(mapper->fields[fields[i]].member, unique->columns[size]) == 0;
            }
        }
        if (size == count && found == count) {
            return true;
        }
    }
    return false;
}

static orm_status take_several(const orm__maker *m, orm__mapper *mapper, const orm_foreign_key *key, size_t number)
{
    size_t fields[MOST_COLUMNS], to[MOST_COLUMNS], count = 0;
    const orm__mapper *target = NULL;
    char who[256];
    (void)snprintf(who, sizeof who, "%s: foreign key %zu", orm__mapper_title(mapper), number);
    for (; count < MOST_COLUMNS && key->columns[count] != NULL; count++) {
        const orm__field *field = orm__field_named(mapper, key->columns[count]);
        const orm__mapper *there;
        if (field == NULL) {
            return orm__fail(m->error, ORM_MAPPING, "%s names '%s', which is no column", who, key->columns[count]);
        }
        const orm__field *far = orm__key_field(m, &key->to[count], who, &there);
        if (far == NULL) {
            return ORM_MAPPING;
        }
        if (target != NULL && there != target) {
            return orm__fail(m->error, ORM_MAPPING, "%s leads to %s and to %s", who, orm__mapper_title(target),
                             orm__mapper_title(there));
        }
        target = there;
        if (far->type != field->type) {
            return orm__fail(m->error, ORM_MAPPING, "%s: %s is %s, but %s.%s is %s", who, field->member,
                             orm__type_name(field->type), orm__mapper_title(target), far->member,
                             orm__type_name(far->type));
        }
        if ((key->on_delete == ORM_SET_NULL || key->on_update == ORM_SET_NULL) && !field->nullable) {
            return orm__bad_field(m, mapper, field, "set null on a column that cannot be null");
        }
        fields[count] = (size_t)(field - mapper->fields);
        to[count] = (size_t)(far - target->fields);
    }
    if (count == 0) {
        return orm__fail(m->error, ORM_MAPPING, "%s names no column", who);
    }
    if (count < MOST_COLUMNS && (key->to[count].column != NULL || key->to[count].model != NULL)) {
        return orm__fail(m->error, ORM_MAPPING, "%s has %zu columns and leads to more", who, count);
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (fields[i] == fields[k] || to[i] == to[k]) {
                return orm__fail(m->error, ORM_MAPPING, "%s names '%s' twice", who,
                                 fields[i] == fields[k] ? mapper->fields[fields[i]].member
                                                        : target->fields[to[i]].member);
            }
        }
    }
    if (!unique_together(target, to, count)) {
        return orm__fail(m->error, ORM_MAPPING, "%s: its columns of %s are neither the primary key nor unique together",
                         who, orm__mapper_title(target));
    }
    orm__reference *reference = add(m, mapper, fields, to, count);
    if (reference == NULL) {
        return ORM_NOMEM;
    }
    reference->target = target;
    reference->declared = key;
    return ORM_OK;
}

orm_status orm__take_references(const orm__maker *m, orm__mapper *mapper)
{
    const orm_foreign_keys *several = &mapper->model->foreign_keys;
    mapper->references =
        orm__arena_alloc(&m->registry->arena, (mapper->count + several->count) * sizeof *mapper->references);
    if (mapper->references == NULL) {
        return orm__nomem(m->error);
    }
    for (size_t i = 0; i < mapper->count; i++) {
        const orm__field *field = &mapper->fields[i];
        if (field->target == NULL) {
            continue;
        }
        orm__reference *reference = add(m, mapper, &i, &field->target_field, 1);
        if (reference == NULL) {
            return ORM_NOMEM;
        }
        reference->target = field->target;
    }
    for (size_t i = 0; i < several->count; i++) {
        orm_status rc = take_several(m, mapper, &several->at[i], i + 1);
        if (rc != ORM_OK) {
            return rc;
        }
    }
    return ORM_OK;
}
