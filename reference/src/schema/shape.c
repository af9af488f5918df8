#include "schema/shape.h"
#include <string.h>

enum { LONGEST_NAME = 63 };

void orm__shape_free(orm__shape *shape)
{
    for (size_t i = 0; i < shape->count; i++) {
        orm__free(shape->at[i].columns);
        orm__free(shape->at[i].uniques.at);
        orm__free(shape->at[i].indexes.at);
        orm__free(shape->at[i].keys.at);
    }
    orm__free(shape->at);
    orm__arena_free(&shape->arena);
    *shape = (orm__shape){ 0 };
}

orm__shape_table *orm__shape_table_named(const orm__shape *shape, const char *name)
{
    for (size_t i = 0; i < shape->count; i++)
        if (strcmp(shape->at[i].name, name) == 0) return &shape->at[i];
    return NULL;
}

orm__shape_column *orm__shape_column_named(const orm__shape_table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->columns[i].name, name) == 0) return &table->columns[i];
    return NULL;
}

orm__shape_table *orm__shape_add_table(orm__shape *shape, const char *name)
{
    const char *copy = orm__arena_copy(&shape->arena, name, strlen(name));
    if (copy == NULL || !orm__grow(&shape->at, sizeof *shape->at, shape->count, &shape->capacity)) return NULL;
    shape->at[shape->count] = (orm__shape_table){ .name = copy };
    return &shape->at[shape->count++];
}

orm__shape_column *orm__shape_add_column(orm__shape *shape, orm__shape_table *table, const char *name)
{
    const char *copy = orm__arena_copy(&shape->arena, name, strlen(name));
    if (copy == NULL || !orm__grow(&table->columns, sizeof *table->columns, table->count, &table->capacity)) return NULL;
    table->columns[table->count] = (orm__shape_column){ .name = copy };
    return &table->columns[table->count++];
}

orm__shape_set *orm__shape_add_set(orm__shape_sets *sets)
{
    if (!orm__grow(&sets->at, sizeof *sets->at, sets->count, &sets->capacity)) return NULL;
    sets->at[sets->count] = (orm__shape_set){ .plain = true };
    return &sets->at[sets->count++];
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

/* The name from `start` on, cut where it must be, and a hash of `of`. */
static void append_hash(orm__text *name, size_t start, const char *of, size_t size)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < size; i++) hash = (hash ^ (unsigned char)of[i]) * 16777619u;
    if (name->size > start + LONGEST_NAME - 9) {
        size_t end = start + LONGEST_NAME - 9;
        while (((unsigned char)name->at[end] & 0xC0) == 0x80) end--; /* a character stays whole */
        name->size = end;
    }
    orm__text_format(name, "_%08x", hash);
}

void orm__conventional_name(orm__text *out, enum orm__named named, const char *table, const char *const *columns,
                            size_t count)
{
    static const char *const ends[] = { [ORM__NAME_OF_KEY] = "_pkey",          [ORM__NAME_OF_UNIQUE] = "_key",
                                        [ORM__NAME_OF_FOREIGN_KEY] = "_fkey",  [ORM__NAME_OF_INDEX] = "",
                                        [ORM__NAME_OF_CHECK] = "_check" };
    size_t start = out->size;
    orm__text_format(out, "%s%s", named == ORM__NAME_OF_INDEX ? "ix_" : "", table);
    for (size_t i = 0; i < count; i++) orm__text_format(out, "_%s", columns[i]);
    orm__text_add(out, ends[named]);
    if (!out->failed && out->size - start > LONGEST_NAME) append_hash(out, start, out->at + start, out->size - start);
}

/* ---- from models ------------------------------------------------------------------------------------------------- */

static bool is_name_of(const orm__shape_sets *sets, const orm__shape_set *not_this, const char *name)
{
    for (size_t i = 0; i < sets->count; i++)
        if (&sets->at[i] != not_this && sets->at[i].name != NULL && strcmp(sets->at[i].name, name) == 0) return true;
    return false;
}

/* Indexes, and the constraints that have one, share their names in the whole database; foreign keys in their table. */
static bool is_taken(const orm__shape *shape, const orm__shape_table *table, const orm__shape_set *set, const char *name)
{
    if (is_name_of(&table->keys, set, name)) return true;
    for (size_t i = 0; i < shape->count; i++) {
        const orm__shape_table *other = &shape->at[i];
        if (is_name_of(&other->uniques, set, name) || is_name_of(&other->indexes, set, name) ||
            (other->key_name != NULL && strcmp(other->key_name, name) == 0))
            return true;
    }
    return false;
}

/* "a_b" and "c", "a" and "b_c" make one name: the second gets a hash of its parts. */
static void tell_apart(orm__text *name, const orm__shape_table *table, const orm__shape_set *set)
{
    orm__text parts = { 0 };
    orm__text_format(&parts, "%s\n%s", table->name, set->target != NULL ? set->target : "");
    for (size_t i = 0; i < set->count; i++) orm__text_format(&parts, "\n%s", set->columns[i]);
    if (parts.failed)
        name->failed = true;
    else
        append_hash(name, 0, parts.at, parts.size);
    orm__text_free(&parts);
}

/* The set's columns, and its name: the one given, or that of the convention. */
static orm_status fill(orm__shape *shape, const orm__shape_table *table, orm__shape_set *set, enum orm__named named,
                       const char *given, const char *const *columns, size_t count, orm_error *error)
{
    orm__text name = { 0 };
    set->columns = orm__arena_alloc(&shape->arena, (count + 1) * sizeof *set->columns);
    if (set->columns == NULL) return orm__nomem(error);
    memcpy(set->columns, columns, count * sizeof *columns);
    set->count = count;
    set->named = given != NULL;
    if (given != NULL)
        orm__text_add(&name, given);
    else
        orm__conventional_name(&name, named, table->name, columns, count);
    if (given == NULL && !name.failed && is_taken(shape, table, set, name.at)) tell_apart(&name, table, set);
    set->name = name.failed ? NULL : orm__arena_copy(&shape->arena, name.at, name.size);
    orm__text_free(&name);
    return set->name == NULL ? orm__nomem(error) : ORM_OK;
}

static bool has_unique(const orm__shape_table *table, const char *const *columns, size_t count)
{
    for (size_t i = 0; i < table->uniques.count; i++) {
        const orm__shape_set *set = &table->uniques.at[i];
        size_t same = 0;
        while (set->count == count && same < count && strcmp(set->columns[same], columns[same]) == 0) same++;
        if (same == count) return true;
    }
    return false;
}

static orm_status add_unique(orm__shape *shape, orm__shape_table *table, const char *const *columns, size_t count,
                             orm_error *error)
{
    if (has_unique(table, columns, count)) return ORM_OK;
    orm__shape_set *set = orm__shape_add_set(&table->uniques);
    if (set == NULL) return orm__nomem(error);
    return fill(shape, table, set, ORM__NAME_OF_UNIQUE, NULL, columns, count, error);
}

static orm_status add_foreign_key(orm__shape *shape, orm__shape_table *table, const orm__mapper *mapper,
                                  const orm__reference *reference, orm_error *error)
{
    enum { MOST = sizeof reference->declared->columns / sizeof reference->declared->columns[0] };
    const char *columns[MOST];
    const orm_column *column = mapper->fields[reference->fields[0]].column;
    const orm_foreign_key *several = reference->declared;
    orm__shape_set *set = orm__shape_add_set(&table->keys);
    if (set == NULL) return orm__nomem(error);
    set->to = orm__arena_alloc(&shape->arena, reference->count * sizeof *set->to);
    if (set->to == NULL) return orm__nomem(error);
    set->target = reference->target->table;
    for (size_t i = 0; i < reference->count; i++) {
        columns[i] = mapper->fields[reference->fields[i]].name;
        set->to[i] = reference->target->fields[reference->to[i]].name;
    }
    set->on_delete = several != NULL ? several->on_delete : column->on_delete;
    set->on_update = several != NULL ? several->on_update : column->on_update;
    return fill(shape, table, set, ORM__NAME_OF_FOREIGN_KEY, NULL, columns, reference->count, error);
}

static orm_status add_index(orm__shape *shape, orm__shape_table *table, const orm__field *field, orm_error *error)
{
    orm__shape_set *set = orm__shape_add_set(&table->indexes);
    if (set == NULL) return orm__nomem(error);
    set->unique = field->unique;
    return fill(shape, table, set, ORM__NAME_OF_INDEX, NULL, &field->name, 1, error);
}

static orm_status add_sets(orm__shape *shape, orm__shape_table *table, const orm__mapper *mapper, orm_error *error)
{
    orm_status rc;
    for (size_t i = 0; i < mapper->count; i++) {
        const orm__field *field = &mapper->fields[i];
        if (field->unique && !field->index) ORM_TRY(add_unique(shape, table, &field->name, 1, error));
        if (field->index) ORM_TRY(add_index(shape, table, field, error));
    }
    for (size_t i = 0; i < mapper->reference_count; i++)
        ORM_TRY(add_foreign_key(shape, table, mapper, &mapper->references[i], error));
    for (size_t i = 0; i < mapper->model->uniques.count; i++) {
        const orm_unique *unique = &mapper->model->uniques.at[i];
        const char *columns[sizeof unique->columns / sizeof unique->columns[0]];
        size_t count = 0;
        for (; count < sizeof columns / sizeof columns[0] && unique->columns[count] != NULL; count++)
            columns[count] = orm__field_named(mapper, unique->columns[count])->name;
        ORM_TRY(add_unique(shape, table, columns, count, error));
    }
    return ORM_OK;
fail:
    return rc;
}

static orm_status add_mapper(orm__shape *shape, const orm__mapper *mapper, orm_error *error)
{
    orm__text name = { 0 };
    orm__shape_table *table = orm__shape_add_table(shape, mapper->table);
    if (table == NULL) return orm__nomem(error);
    for (size_t i = 0; i < mapper->count; i++) {
        const orm__field *field = &mapper->fields[i];
        orm__shape_column *column = orm__shape_add_column(shape, table, field->name);
        if (column == NULL) return orm__nomem(error);
        column->type = (orm__shape_type){ .type = field->type, .length = field->column->length };
        column->nullable = field->nullable;
        column->generated = field->generated;
        column->default_ = field->column->server_default;
    }
    table->key = orm__arena_alloc(&shape->arena, (mapper->key_count + 1) * sizeof *table->key);
    if (table->key == NULL) return orm__nomem(error);
    for (size_t i = 0; i < mapper->key_count; i++) table->key[i] = mapper->fields[mapper->key[i]].name;
    table->key_count = mapper->key_count;
    if (table->key_count > 0) {
        orm__conventional_name(&name, ORM__NAME_OF_KEY, table->name, NULL, 0);
        table->key_name = name.failed ? NULL : orm__arena_copy(&shape->arena, name.at, name.size);
        orm__text_free(&name);
        if (table->key_name == NULL) return orm__nomem(error);
    }
    return add_sets(shape, table, mapper, error);
}

orm_status orm__shape_of_models(const orm__registry *registry, orm__shape *shape, orm_error *error)
{
    *shape = (orm__shape){ 0 };
    for (size_t i = 0; i < registry->count; i++) {
        orm_status rc = add_mapper(shape, &registry->mappers[registry->order[i]], error);
        if (rc != ORM_OK) {
            orm__shape_free(shape);
            return rc;
        }
    }
    return ORM_OK;
}
