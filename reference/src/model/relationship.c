/* Relationships, checked and resolved: which columns they go by, which two are sides of one, what they do to objects. */
#include "model/maker.h"
#include <stdio.h>
#include <string.h>

enum { MOST_KEYS = sizeof(((orm_relationship *)0)->foreign_key) / sizeof(orm_key) };

static const char *title(const orm__mapper *mapper)
{
    return orm__mapper_title(mapper);
}

static orm_status refuse(const orm__maker *m, const orm__relation *r, const char *problem)
{
    return orm__fail(m->error, ORM_MAPPING, "%s.%s: %s", title(r->mapper), r->member, problem);
}

const orm__relation *orm__relation_named(const orm__mapper *mapper, const char *member)
{
    for (size_t i = 0; i < mapper->relation_count; i++) {
        if (strcmp(mapper->relations[i].member, member) == 0) {
            return &mapper->relations[i];
        }
    }
    return NULL;
}

/* ---- Which there are
 * ---------------------------------------------------------------------------------------------------- */

static const char *back_name(const orm_relationship *declared)
{
    return declared->back_member != NULL ? declared->back_member : declared->backref;
}

static const orm__mapper *named_mapper(const orm__registry *registry, const char *name)
{
    for (size_t i = 0; i < registry->count; i++) {
        const orm__mapper *mapper = &registry->mappers[i];
        if (mapper->has_objects && strcmp(mapper->model->struct_name, name) == 0) {
            return mapper;
        }
    }
    return NULL;
}

/* The target, or NULL with the error. */
static orm__mapper *target_of(const orm__maker *m, const orm__mapper *mapper, size_t number)
{
    const orm_relationship *declared = &mapper->model->relationships.at[number];
    const char *name = declared->target_name;
    const orm__mapper *target = NULL;
    if (declared->member == NULL || *declared->member == '\0') {
        (void)orm__fail(m->error, ORM_MAPPING, "%s: relationship %zu has no name", title(mapper), number + 1);
        return NULL;
    }
    if (declared->target != NULL) {
        target = orm__mapper_of(m->registry, declared->target);
        name = declared->target->struct_name != NULL ? declared->target->struct_name : declared->target->table;
    } else if (name != NULL) {
        target = named_mapper(m->registry, name);
    }
    if (target == NULL || !target->has_objects) {
        (void)orm__fail(m->error, ORM_MAPPING, "%s.%s: its target '%s' is no model of the schema", title(mapper),
                        declared->member, name != NULL ? name : "(NULL)");
        return NULL;
    }
    return &m->registry->mappers[target->index];
}

static bool taken(const orm__mapper *mapper, const char *member)
{
    return orm__field_named(mapper, member) != NULL || orm__relation_named(mapper, member) != NULL;
}

static bool lies_badly(const orm__mapper *mapper, size_t offset)
{
    if (offset < sizeof(orm_object) || offset > mapper->size || sizeof(orm_one_link) > mapper->size - offset) {
        return true;
    }
    for (size_t i = 0; i < mapper->relation_count; i++) {
        if (mapper->relations[i].offset == offset) {
            return true;
        }
    }
    return orm__field_at(mapper, offset) != NULL;
}

/* A new side in its mapper's list, which has the room. */
static orm_status add_side(const orm__maker *m, orm__mapper *mapper, const orm__mapper *target, const char *member,
                           size_t offset, const orm_relationship *declared, orm__relation **out)
{
    if (taken(mapper, member)) {
        return orm__fail(m->error, ORM_MAPPING, "%s.%s: the model has a member of this name already", title(mapper),
                         member);
    }
    if (offset != 0 && lies_badly(mapper, offset)) {
        return orm__fail(m->error, ORM_MAPPING, "%s.%s: the member lies outside of its struct, or on another one",
                         title(mapper), member);
    }
    orm__relation *r = &mapper->relations[mapper->relation_count];
    *r = (orm__relation){.declared = declared,
                         .member = member,
                         .mapper = mapper,
                         .target = target,
                         .index = mapper->relation_count++,
                         .number = m->registry->relation_count++,
                         .offset = offset,
                         .parent = SIZE_MAX};
    *out = r;
    return ORM_OK;
}

/* ---- By which columns
 * --------------------------------------------------------------------------------------------------- */

/* Has the reference just these columns? */
static bool has_keys(const orm__reference *reference, const orm__field *const *fields, size_t count,
                     const orm__mapper *holder)
{
    size_t found = 0;
    for (size_t i = 0; i < reference->count; i++) {
        for (size_t k = 0; k < count; k++) {
            found += &holder->fields[reference->fields[i]] == fields[k];
        }
    }
    return reference->count == count && found == count;
}

/* The columns that a list of keys names, all of `holder`. */
static orm_status take_keys(const orm__maker *m, const orm__relation *r, const orm_key *keys, const orm__mapper *holder,
                            const orm__field **fields, size_t *count)
{
    char who[256];
    (void)snprintf(who, sizeof who, "%s.%s: its foreign key", title(r->mapper), r->member);
    for (*count = 0; *count < MOST_KEYS && (keys[*count].column != NULL || keys[*count].model != NULL); ++*count) {
        const orm__mapper *there;
        fields[*count] = orm__key_field(m, &keys[*count], who, &there);
        if (fields[*count] == NULL) {
            return ORM_MAPPING;
        }
        if (there != holder) {
            return orm__fail(m->error, ORM_MAPPING, "%s names '%s' of %s, where a column of %s is meant", who,
                             fields[*count]->member, title(there), title(holder));
        }
    }
    return ORM_OK;
}

/* The one foreign key by which `holder` refers to `to`; another than `but`. */
static orm_status find_reference(const orm__maker *m, const orm__relation *r, const orm__mapper *holder,
                                 const orm__mapper *to, const orm_key *keys, const orm__reference *but,
                                 const orm__reference **out)
{
    const orm__field *fields[MOST_KEYS];
    size_t count, found = 0;
    orm_status rc = take_keys(m, r, keys, holder, fields, &count);
    if (rc != ORM_OK) {
        return rc;
    }
    for (size_t i = 0; i < holder->reference_count; i++) {
        const orm__reference *reference = &holder->references[i];
        if (reference->target == to && reference != but &&
            (count == 0 || has_keys(reference, fields, count, holder))) {
            *out = reference;
            found++;
        }
    }
    if (found == 1) {
        return ORM_OK;
    }
    if (found > 1) {
        return orm__fail(m->error, ORM_MAPPING,
                         "%s.%s: several foreign keys lead from %s to %s: it needs to say which (foreign_key)",
                         title(r->mapper), r->member, title(holder), title(to));
    }
    return orm__fail(m->error, ORM_MAPPING, "%s.%s: %s foreign key leads from %s to %s", title(r->mapper), r->member,
                     count == 0 ? "no" : "no such", title(holder), title(to));
}

static size_t count_references(const orm__mapper *holder, const orm__mapper *to)
{
    size_t count = 0;
    for (size_t i = 0; i < holder->reference_count; i++) {
        count += holder->references[i].target == to;
    }
    return count;
}

/* One to one: has the target the key, or this model? */
static orm_status find_holder(const orm__maker *m, orm__relation *r)
{
    const orm_key *key = &r->declared->foreign_key[0];
    size_t here = count_references(r->mapper, r->target), there = count_references(r->target, r->mapper);
    r->direction = ORM__MANY_TO_ONE;
    if (r->mapper == r->target) {
        return ORM_OK;
    }
    if (key->column != NULL) {
        const orm__mapper *holder;
        if (orm__key_field(m, key, r->member, &holder) == NULL) {
            return ORM_MAPPING;
        }
        r->direction = holder == r->mapper ? ORM__MANY_TO_ONE : ORM__ONE_TO_MANY;
        return ORM_OK;
    }
    if (here + there > 1) {
        return orm__fail(m->error, ORM_MAPPING,
                         "%s.%s: several foreign keys lead from %s to %s, or back: it needs to say which (foreign_key)",
                         title(r->mapper), r->member, title(r->mapper), title(r->target));
    }
    r->direction = there > 0 ? ORM__ONE_TO_MANY : ORM__MANY_TO_ONE;
    return ORM_OK;
}

static bool is_primary_key(const orm__mapper *mapper, const size_t *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!mapper->fields[fields[i]].primary_key) {
            return false;
        }
    }
    return count == mapper->key_count;
}

static orm_status take_direct(const orm__maker *m, orm__relation *r)
{
    const orm__reference *reference;
    const bool here = r->direction == ORM__MANY_TO_ONE;
    const orm__mapper *holder = here ? r->mapper : r->target, *to = here ? r->target : r->mapper;
    orm_status rc = find_reference(m, r, holder, to, r->declared->foreign_key, NULL, &reference);
    if (rc != ORM_OK) {
        return rc;
    }
    r->own = here ? reference->fields : reference->to;
    r->far = here ? reference->to : reference->fields;
    r->own_count = r->far_count = reference->count;
    r->by_key = here && is_primary_key(r->target, r->far, r->far_count);
    return ORM_OK;
}

static orm_status take_secondary(const orm__maker *m, orm__relation *r)
{
    const orm_relationship *declared = r->declared;
    const orm__reference *near = NULL, *far = NULL;
    const char *name = declared->secondary_table;
    for (size_t i = 0; i < m->registry->count; i++) {
        const orm__mapper *mapper = &m->registry->mappers[i];
        if (declared->secondary != NULL ? mapper->model == declared->secondary
                                        : name != NULL && strcmp(mapper->table, name) == 0) {
            r->secondary = mapper;
        }
    }
    if (declared->secondary != NULL) {
        name = declared->secondary->table != NULL ? declared->secondary->table : declared->secondary->struct_name;
    }
    if (name == NULL) {
        return refuse(m, r, "many to many goes through a table between them (secondary)");
    }
    if (r->secondary == NULL) {
        return orm__fail(m->error, ORM_MAPPING, "%s.%s: its secondary table '%s' is not in the schema",
                         title(r->mapper), r->member, name);
    }
    /* Where both sides are of one model, a key that is named leaves the other one for the other side. */
    const bool far_first = declared->foreign_key[0].column == NULL && declared->target_key[0].column != NULL;
    orm_status rc = ORM_OK;
    if (far_first) {
        rc = find_reference(m, r, r->secondary, r->target, declared->target_key, NULL, &far);
    }
    if (rc == ORM_OK) {
        rc = find_reference(m, r, r->secondary, r->mapper, declared->foreign_key, far, &near);
    }
    if (rc == ORM_OK && !far_first) {
        const bool named = declared->foreign_key[0].column != NULL;
        rc = find_reference(m, r, r->secondary, r->target, declared->target_key, named ? near : NULL, &far);
    }
    if (rc != ORM_OK) {
        return rc;
    }
    r->own = near->to;
    r->near_key = near->fields;
    r->own_count = near->count;
    r->far = far->to;
    r->far_key = far->fields;
    r->far_count = far->count;
    return ORM_OK;
}

static orm_status resolve(const orm__maker *m, orm__relation *r)
{
    const bool secondary = r->declared->secondary != NULL || r->declared->secondary_table != NULL;
    switch (r->declared->kind) {
    case ORM_KIND_ONE_TO_MANY:
        r->direction = secondary ? ORM__MANY_TO_MANY : ORM__ONE_TO_MANY;
        break;
    case ORM_KIND_MANY_TO_MANY:
        r->direction = ORM__MANY_TO_MANY;
        break;
    case ORM_KIND_MANY_TO_ONE:
        r->direction = ORM__MANY_TO_ONE;
        break;
    case ORM_KIND_ONE_TO_ONE: {
        orm_status rc = find_holder(m, r);
        if (rc != ORM_OK) {
            return rc;
        }
        break;
    }
    case ORM_KIND_NONE_:
    default:
        return refuse(m, r, "no kind of relationship that liborm knows");
    }
    r->many = r->declared->kind == ORM_KIND_ONE_TO_MANY || r->declared->kind == ORM_KIND_MANY_TO_MANY;
    if (secondary && r->direction != ORM__MANY_TO_MANY) {
        return refuse(m, r, "a secondary table is for many to many");
    }
    if (!secondary && r->declared->target_key[0].column != NULL) {
        return refuse(m, r, "a target_key is for many to many");
    }
    return r->direction == ORM__MANY_TO_MANY ? take_secondary(m, r) : take_direct(m, r);
}

/* ---- Two sides
 * ---------------------------------------------------------------------------------------------------------- */

static void mirror(const orm__relation *r, orm__relation *back)
{
    back->direction = r->direction == ORM__ONE_TO_MANY   ? ORM__MANY_TO_ONE
                      : r->direction == ORM__MANY_TO_ONE ? ORM__ONE_TO_MANY
                                                         : ORM__MANY_TO_MANY;
    back->many =
        back->direction != ORM__MANY_TO_ONE && r->declared->kind != ORM_KIND_ONE_TO_ONE && !r->declared->back.scalar;
    back->own = r->far;
    back->far = r->own;
    back->own_count = r->far_count;
    back->far_count = r->own_count;
    back->secondary = r->secondary;
    back->near_key = r->far_key;
    back->far_key = r->near_key;
    back->by_key =
        back->direction == ORM__MANY_TO_ONE && is_primary_key(back->target, back->far, back->far_count);
}

static bool same_columns(const size_t *a, size_t a_count, const size_t *b, size_t b_count)
{
    size_t found = 0;
    for (size_t i = 0; i < a_count; i++) {
        for (size_t k = 0; k < b_count; k++) {
            found += a[i] == b[k];
        }
    }
    return a_count == b_count && found == a_count;
}

static orm_status populate_back(const orm__maker *m, orm__relation *r)
{
    const char *name = r->declared->back_populates;
    const orm__relation *other = orm__relation_named(r->target, name);
    if (other == NULL) {
        return orm__fail(m->error, ORM_MAPPING, "%s.%s: back_populates names '%s', which is no relationship of %s",
                         title(r->mapper), r->member, name, title(r->target));
    }
    if (other->target != r->mapper) {
        return orm__fail(m->error, ORM_MAPPING, "%s.%s: back_populates names %s.%s, which leads to %s",
                         title(r->mapper), r->member, title(other->mapper), name, title(other->target));
    }
    const char *there = other->declared->back_populates;
    if (there == NULL || strcmp(there, r->member) != 0 || other == r) {
        return orm__fail(m->error, ORM_MAPPING, "%s.%s: back_populates names %s.%s, which does not say the same",
                         title(r->mapper), r->member, title(other->mapper), name);
    }
    const bool across = r->direction == ORM__MANY_TO_MANY;
    if (across ? other->direction != ORM__MANY_TO_MANY || other->secondary != r->secondary
               : other->direction == ORM__MANY_TO_MANY || other->direction == r->direction) {
        return orm__fail(m->error, ORM_MAPPING, "%s.%s and %s.%s cannot be two sides of one relationship: %s",
                         title(r->mapper), r->member, title(other->mapper), name,
                         across || other->direction == ORM__MANY_TO_MANY
                             ? "they do not go through one secondary table"
                             : "one of them has to be on the side of the key");
    }
    if (!same_columns(r->own, r->own_count, other->far, other->far_count) ||
        !same_columns(r->far, r->far_count, other->own, other->own_count) ||
        (across && !same_columns(r->near_key, r->own_count, other->far_key, other->far_count))) {
        return orm__fail(m->error, ORM_MAPPING,
                         "%s.%s and %s.%s cannot be two sides of one relationship: they go by different columns",
                         title(r->mapper), r->member, title(other->mapper), name);
    }
    r->back = other;
    r->leads = r->number < other->number;
    return ORM_OK;
}

/* ---- What they do
 * ------------------------------------------------------------------------------------------------------- */

static orm_side own_side(const orm_relationship *declared)
{
    orm_side side = {.lazy = declared->lazy,
                     .cascade = declared->cascade,
                     .passive_deletes = declared->passive_deletes,
                     .single_parent = declared->single_parent,
                     .post_update = declared->post_update,
                     .viewonly = declared->viewonly,
                     .set = declared->set};
    memcpy(side.order_by, declared->order_by, sizeof side.order_by);
    return side;
}

static orm_status take_order(const orm__maker *m, orm__relation *r, const orm_side *side)
{
    enum { MOST = sizeof side->order_by / sizeof side->order_by[0] };
    struct orm__order *order = NULL;
    for (size_t i = 0; i < MOST && side->order_by[i] != NULL; i++) {
        const bool descending = side->order_by[i][0] == '-';
        const orm__field *field = orm__field_named(r->target, side->order_by[i] + descending);
        if (field == NULL) {
            return orm__fail(m->error, ORM_MAPPING, "%s.%s: its order_by names '%s', which is no column of %s",
                             title(r->mapper), r->member, side->order_by[i] + descending, title(r->target));
        }
        if (field->type == ORM_JSON) {
            return refuse(m, r, "JSON has no order");
        }
        if (order == NULL && (order = orm__arena_alloc(&m->registry->arena, MOST * sizeof *order)) == NULL) {
            return orm__nomem(m->error);
        }
        order[r->order_count].field = (size_t)(field - r->target->fields);
        order[r->order_count++].descending = descending;
    }
    r->order = order;
    return ORM_OK;
}

static orm_status take_cascade(const orm__maker *m, orm__relation *r, unsigned given)
{
    const unsigned writes = ORM_CASCADE_SAVE_UPDATE | ORM_CASCADE_DELETE | ORM_CASCADE_DELETE_ORPHAN;
    r->cascade = given;
    if (given == 0) {
        r->cascade = r->viewonly ? ORM_CASCADE_MERGE : ORM_CASCADE_SAVE_UPDATE | ORM_CASCADE_MERGE;
    } else if (given == ORM_CASCADE_NONE) {
        r->cascade = 0;
    } else if (given & ~(unsigned)(ORM_CASCADE_ALL | ORM_CASCADE_DELETE_ORPHAN)) {
        return refuse(m, r, "no cascade that liborm knows");
    }
    if (r->viewonly && r->cascade & writes) {
        return refuse(m, r, "what is only viewed cascades no writes");
    }
    if (r->cascade & ORM_CASCADE_DELETE_ORPHAN && r->direction != ORM__ONE_TO_MANY && !r->single_parent) {
        return refuse(m, r,
                      "DELETE_ORPHAN is for the one side of one to many: on another side it needs single_parent");
    }
    if (r->passive_deletes == ORM_PASSIVE_DELETES_ALL &&
        r->cascade & (ORM_CASCADE_DELETE | ORM_CASCADE_DELETE_ORPHAN)) {
        return refuse(m, r, "what is deleted with its object cannot be left to the database altogether");
    }
    return ORM_OK;
}

static orm_status take_options(const orm__maker *m, orm__relation *r, const orm_side *side)
{
    r->lazy = side->lazy;
    r->passive_deletes = side->passive_deletes;
    r->single_parent = side->single_parent;
    r->post_update = side->post_update;
    r->viewonly = side->viewonly;
    r->set = side->set;
    if ((int)side->lazy < 0 || side->lazy > ORM_LAZY_DYNAMIC) {
        return refuse(m, r, "no way of loading that liborm knows");
    }
    if ((int)side->passive_deletes < 0 || side->passive_deletes > ORM_PASSIVE_DELETES_ALL) {
        return refuse(m, r, "no passive_deletes that liborm knows");
    }
    if (side->lazy == ORM_LAZY_DYNAMIC && !r->many) {
        return refuse(m, r, "a single object cannot be dynamic");
    }
    if (side->set && !r->many) {
        return refuse(m, r, "a single object is no set");
    }
    if (side->post_update && r->direction == ORM__MANY_TO_MANY) {
        return refuse(m, r, "post_update is for keys, and many to many has rows of its own");
    }
    orm_status rc = take_cascade(m, r, side->cascade);
    return rc == ORM_OK ? take_order(m, r, side) : rc;
}

/* ---- All of it
 * ---------------------------------------------------------------------------------------------------------- */

/* How many sides each model will have. */
static orm_status make_room(const orm__maker *m, size_t *counts)
{
    orm__registry *registry = m->registry;
    for (size_t i = 0; i < registry->count; i++) {
        const orm__mapper *mapper = &registry->mappers[i];
        const orm_relationships *list = &mapper->model->relationships;
        if (list->count > 0 && !mapper->has_objects) {
            return orm__fail(m->error, ORM_MAPPING, "%s: a plain table has no relationships", title(mapper));
        }
        counts[i] += list->count;
        for (size_t k = 0; k < list->count; k++) {
            const orm__mapper *target = target_of(m, mapper, k);
            if (target == NULL) {
                return ORM_MAPPING;
            }
            counts[target->index] += back_name(&list->at[k]) != NULL;
        }
    }
    for (size_t i = 0; i < registry->count; i++) {
        orm__mapper *mapper = &registry->mappers[i];
        if (counts[i] > 0 && (mapper->relations = orm__arena_alloc(&registry->arena,
                                                                   counts[i] * sizeof *mapper->relations)) == NULL) {
            return orm__nomem(m->error);
        }
    }
    return ORM_OK;
}

static orm_status check_declaration(const orm__maker *m, const orm__mapper *mapper, const orm_relationship *declared)
{
    const char *problem = NULL;
    if (declared->owner != NULL && declared->owner != mapper->model) {
        problem = "the relationship is of another model";
    } else if ((declared->backref != NULL || declared->back_member != NULL) && declared->back_populates != NULL) {
        problem = "its other side is declared here (backref) and there (back_populates)";
    } else if (declared->backref != NULL && declared->back_member != NULL) {
        problem = "its other side has a member, and needs no backref";
    } else if (declared->secondary != NULL && declared->secondary_table != NULL) {
        problem = "its secondary table is given as a table and by name";
    } else if (declared->backref != NULL && *declared->backref == '\0') {
        problem = "its backref has an empty name";
    }
    return problem == NULL ? ORM_OK
                           : orm__fail(m->error, ORM_MAPPING, "%s.%s: %s", title(mapper), declared->member, problem);
}

static orm_status add_declared(const orm__maker *m, orm__mapper *mapper, size_t number)
{
    const orm_relationship *declared = &mapper->model->relationships.at[number];
    orm__mapper *target = target_of(m, mapper, number);
    orm__relation *r, *back;
    orm_status rc;
    ORM_TRY(check_declaration(m, mapper, declared));
    ORM_TRY(add_side(m, mapper, target, declared->member, declared->offset, declared, &r));
    ORM_TRY(resolve(m, r));
    r->leads = true;
    const orm_side side = own_side(declared);
    ORM_TRY(take_options(m, r, &side));
    if (back_name(declared) != NULL) {
        if (taken(target, back_name(declared))) {
            ORM_TRY(orm__fail(m->error, ORM_MAPPING,
                              "%s.%s: its other side is to be '%s', and %s has a member of this name already",
                              title(mapper), r->member, back_name(declared), title(target)));
        }
        ORM_TRY(add_side(m, target, mapper, back_name(declared), declared->back_offset, declared, &back));
        mirror(r, back);
        ORM_TRY(take_options(m, back, &declared->back));
        r->back = back;
        back->back = r;
    }
fail:
    return rc;
}

/* In memory two sides agree only when both are written. */
static void part_views(orm__relation *r)
{
    if (r->back != NULL && (r->viewonly || r->back->viewonly)) {
        r->leads = true;
        r->back = NULL;
    }
}

static void mark_later(const orm__maker *m, const orm__relation *r)
{
    const bool here = r->direction == ORM__MANY_TO_ONE;
    const orm__mapper *holder = &m->registry->mappers[(here ? r->mapper : r->target)->index];
    for (size_t i = 0; r->post_update && i < holder->reference_count; i++) {
        orm__reference *reference = &holder->references[i];
        reference->later = reference->later || reference->fields == (here ? r->own : r->far);
    }
}

static orm_status list_parents(const orm__maker *m, orm__mapper *mapper)
{
    orm__registry *registry = m->registry;
    for (int fill = 0; fill <= 1; fill++) {
        mapper->parent_count = 0;
        for (size_t i = 0; i < registry->count; i++) {
            for (size_t k = 0; k < registry->mappers[i].relation_count; k++) {
                orm__relation *r = &registry->mappers[i].relations[k];
                if (r->target != mapper || !(r->single_parent || r->cascade & ORM_CASCADE_DELETE_ORPHAN)) {
                    continue;
                }
                if (fill) {
                    r->parent = mapper->parent_count;
                    mapper->parents[r->parent] = r;
                }
                mapper->parent_count++;
            }
        }
        if (!fill && mapper->parent_count > 0) {
            mapper->parents = orm__arena_alloc(&registry->arena, mapper->parent_count * sizeof *mapper->parents);
            if (mapper->parents == NULL) {
                return orm__nomem(m->error);
            }
        }
    }
    return ORM_OK;
}

orm_status orm__take_relationships(const orm__maker *m)
{
    orm__registry *registry = m->registry;
    size_t *counts = orm__arena_alloc(&registry->arena, (registry->count + 1) * sizeof *counts);
    orm_status rc;
    if (counts == NULL) {
        return orm__nomem(m->error);
    }
    ORM_TRY(make_room(m, counts));
    for (size_t i = 0; i < registry->count; i++) {
        orm__mapper *mapper = &registry->mappers[i];
        for (size_t k = 0; k < mapper->model->relationships.count; k++) {
            ORM_TRY(add_declared(m, mapper, k));
        }
    }
    for (size_t i = 0; i < registry->count; i++) {
        orm__mapper *mapper = &registry->mappers[i];
        for (size_t k = 0; k < mapper->relation_count; k++) {
            orm__relation *r = &mapper->relations[k];
            if (r->declared->back_populates != NULL) {
                ORM_TRY(populate_back(m, r));
            }
        }
    }
    for (size_t i = 0; i < registry->count; i++) {
        for (size_t k = 0; k < registry->mappers[i].relation_count; k++) {
            mark_later(m, &registry->mappers[i].relations[k]);
            part_views(&registry->mappers[i].relations[k]);
        }
        ORM_TRY(list_parents(m, &registry->mappers[i]));
    }
fail:
    return rc;
}
