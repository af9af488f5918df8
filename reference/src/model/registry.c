/* Models, checked once: a mistake in a table of columns is told here, by name, and not by a database later. */
#include "model/maker.h"
#include <stdio.h>
#include <string.h>

enum {
    LONGEST_TEXT = 10485760 /* PostgreSQL's limit of VARCHAR(n) */
};

typedef orm__maker maker;

const char *orm__mapper_title(const orm__mapper *mapper)
{
    return mapper->has_objects ? mapper->model->struct_name : mapper->table;
}

static const char *title(const orm__mapper *mapper)
{
    return orm__mapper_title(mapper);
}

orm_status orm__bad_field(const maker *m, const orm__mapper *mapper, const orm__field *field, const char *problem)
{
    return orm__fail(m->error, ORM_MAPPING, "%s.%s: %s", title(mapper), field->member, problem);
}

static orm_status bad_field(const maker *m, const orm__mapper *mapper, const orm__field *field, const char *problem)
{
    return orm__bad_field(m, mapper, field, problem);
}

static const char *name_problem(const char *name)
{
    if (*name == '\0') return "an empty name";
    if (!orm__utf8_valid(name, strlen(name))) return "a name that is not UTF-8";
    return NULL;
}

static orm_status take_table(const maker *m, orm__mapper *mapper)
{
    const orm_model *model = mapper->model;
    if (model->struct_name != NULL && *model->struct_name == '\0')
        return orm__fail(m->error, ORM_MAPPING, "model %zu of the schema has an empty name", mapper->index + 1);
    if (model->table != NULL) {
        mapper->table = model->table;
    } else if (model->struct_name == NULL) {
        return orm__fail(m->error, ORM_MAPPING, "model %zu of the schema has neither a name nor a table",
                         mapper->index + 1);
    } else {
        size_t size = 2 * strlen(model->struct_name) + 1;
        char *table = orm__arena_alloc(&m->registry->arena, size);
        if (table == NULL) return orm__nomem(m->error);
        if (!orm__table_name_of(model->struct_name, table, size))
            return orm__fail(m->error, ORM_MAPPING, "%s: no table name comes from this name", model->struct_name);
        mapper->table = table;
    }
    const char *problem = name_problem(mapper->table);
    if (problem != NULL)
        return orm__fail(m->error, ORM_MAPPING, "%s: the table \"%s\" has %s", title(mapper), mapper->table, problem);
    for (size_t i = 0; i < mapper->index; i++) {
        const orm__mapper *other = &m->registry->mappers[i];
        if (other->model == model) return orm__fail(m->error, ORM_MAPPING, "%s is in the schema twice", title(mapper));
        if (strcmp(other->table, mapper->table) == 0)
            return orm__fail(m->error, ORM_MAPPING, "%s and %s have the same table \"%s\"", title(other), title(mapper),
                             mapper->table);
        if (other->has_objects && mapper->has_objects && strcmp(other->model->struct_name, model->struct_name) == 0)
            return orm__fail(m->error, ORM_MAPPING, "there are two models %s", model->struct_name);
    }
    return ORM_OK;
}

static const struct {
    orm_type type;
    size_t size;
    bool scalar;
} storages[] = {
    [ORM_STORE_INT_] = { ORM_INTEGER, sizeof(int64_t), true },
    [ORM_STORE_REAL_] = { ORM_FLOAT, sizeof(double), true },
    [ORM_STORE_BOOL_] = { ORM_BOOLEAN, sizeof(bool), true },
    [ORM_STORE_DATETIME_] = { ORM_DATETIME, sizeof(orm_datetime), true },
    [ORM_STORE_DATE_] = { ORM_DATE, sizeof(orm_date), true },
    [ORM_STORE_OPT_INT_] = { ORM_INTEGER, sizeof(orm_opt_int), false },
    [ORM_STORE_OPT_REAL_] = { ORM_FLOAT, sizeof(orm_opt_real), false },
    [ORM_STORE_OPT_BOOL_] = { ORM_BOOLEAN, sizeof(orm_opt_bool), false },
    [ORM_STORE_OPT_DATETIME_] = { ORM_DATETIME, sizeof(orm_opt_datetime), false },
    [ORM_STORE_OPT_DATE_] = { ORM_DATE, sizeof(orm_opt_date), false },
    [ORM_STORE_TEXT_] = { ORM_STRING, sizeof(const char *), false },
    [ORM_STORE_JSON_] = { ORM_JSON, sizeof(json_t *), false },
    [ORM_STORE_VALUE_] = { ORM_NULL, sizeof(orm_value), false }, /* of any type */
};

/* Where the member lies, and whether it is what the column says. */
static orm_status check_storage(const maker *m, const orm__mapper *mapper, const orm__field *field)
{
    const orm_column *column = field->column;
    if (field->storage < 0 || (size_t)field->storage >= sizeof storages / sizeof storages[0])
        return bad_field(m, mapper, field, "no kind of member that liborm knows");
    if (field->type <= ORM_NULL || field->type > ORM_JSON)
        return bad_field(m, mapper, field, "a column without a type");
    if (field->storage != ORM_STORE_VALUE_ && storages[field->storage].type != field->type)
        return bad_field(m, mapper, field, "the column's type is not the member's");
    if (!mapper->has_objects) return ORM_OK;
    if (column->owner != NULL && column->owner != mapper->model)
        return bad_field(m, mapper, field, "the column is of another model");
    if (mapper->run_time != (field->storage == ORM_STORE_VALUE_))
        return bad_field(m, mapper, field, "columns of a struct and of run-time models do not mix");
    if (field->offset < sizeof(orm_object) || field->offset > mapper->size ||
        storages[field->storage].size > mapper->size - field->offset)
        return bad_field(m, mapper, field, "the member lies outside of its struct");
    return ORM_OK;
}

static orm_status check_default(const maker *m, const orm__mapper *mapper, const orm__field *field,
                                const orm_value *constant, orm_value_fn *fn, const char *what)
{
    orm_value value = *constant;
    const char *problem = NULL;
    if (constant->type != ORM_NULL && fn != NULL)
        problem = "is given as a value and as a function";
    else if (!orm__value_fits(&value, field->type))
        problem = "is of another type than the column";
    else if (value.type == ORM_STRING && !orm__utf8_valid(value.u.s, value.u.size))
        problem = "is not UTF-8";
    if (problem == NULL) return ORM_OK;
    return orm__fail(m->error, ORM_MAPPING, "%s.%s: the %s %s", title(mapper), field->member, what, problem);
}

static orm_status check_field(const maker *m, const orm__mapper *mapper, const orm__field *field)
{
    const orm_column *column = field->column;
    const char *problem = name_problem(field->name);
    if (problem != NULL)
        return orm__fail(m->error, ORM_MAPPING, "%s.%s: the column has %s", title(mapper), field->member, problem);
    orm_status rc = check_storage(m, mapper, field);
    if (rc != ORM_OK) return rc;
    if (column->length > 0 && field->type != ORM_STRING) return bad_field(m, mapper, field, "only text has a length");
    if (column->length > LONGEST_TEXT)
        return bad_field(m, mapper, field, "a length of more than 10485760, which PostgreSQL refuses");
    if (column->primary_key && field->type == ORM_JSON)
        return bad_field(m, mapper, field, "JSON cannot be a primary key");
    if ((column->unique || column->index) && field->type == ORM_JSON)
        return bad_field(m, mapper, field, "JSON cannot be unique or indexed");
    if (column->server_default != NULL && column->server_default[strspn(column->server_default, " \t\r\n")] == '\0')
        return bad_field(m, mapper, field, "the server default is empty");
    if (column->version && (column->primary_key || field->type != ORM_INTEGER || column->onupdate_fn != NULL ||
                            column->onupdate_value.type != ORM_NULL))
        return bad_field(m, mapper, field, "a version is a plain integer: no key, no onupdate");
    rc = check_default(m, mapper, field, &column->default_value, column->default_fn, "default");
    if (rc == ORM_OK) rc = check_default(m, mapper, field, &column->onupdate_value, column->onupdate_fn, "onupdate");
    if (rc != ORM_OK) return rc;
    for (const orm__field *other = mapper->fields; other < field; other++) {
        if (strcmp(other->member, field->member) == 0)
            return bad_field(m, mapper, field, "the member is in the model twice");
        if (strcmp(other->name, field->name) == 0)
            return orm__fail(m->error, ORM_MAPPING, "%s.%s: the column \"%s\" is in the table twice", title(mapper),
                             field->member, field->name);
        if (mapper->has_objects && field->offset < other->offset + storages[other->storage].size &&
            other->offset < field->offset + storages[field->storage].size)
            return bad_field(m, mapper, field, "two members lie in the same place");
    }
    return ORM_OK;
}

static orm_status take_fields(const maker *m, orm__mapper *mapper)
{
    const orm_model *model = mapper->model;
    if (model->columns.count == 0 || model->columns.at == NULL)
        return orm__fail(m->error, ORM_MAPPING, "%s has no columns", title(mapper));
    mapper->fields = orm__arena_alloc(&m->registry->arena, model->columns.count * sizeof *mapper->fields);
    mapper->key = orm__arena_alloc(&m->registry->arena, model->columns.count * sizeof *mapper->key);
    if (mapper->fields == NULL || mapper->key == NULL) return orm__nomem(m->error);
    mapper->run_time = mapper->has_objects && model->columns.at[0].storage == ORM_STORE_VALUE_;
    for (size_t i = 0; i < model->columns.count; i++) {
        const orm_column *column = &model->columns.at[i];
        const char *member = mapper->has_objects ? column->member : column->name;
        if (member == NULL || *member == '\0')
            return orm__fail(m->error, ORM_MAPPING, "%s: column %zu has no name", title(mapper), i + 1);
        orm__field *field = &mapper->fields[i];
        *field = (orm__field){
            .column = column,
            .member = member,
            .name = column->name != NULL ? column->name : member,
            .type = column->type,
            .storage = column->storage,
            .offset = column->offset,
            .primary_key = column->primary_key,
            .unique = column->unique,
            .index = column->index,
        };
        orm_status rc = check_field(m, mapper, field);
        if (rc != ORM_OK) return rc;
        field->nullable = !column->primary_key && !column->not_null && !storages[column->storage].scalar;
        if (column->primary_key) mapper->key[mapper->key_count++] = i;
        if (column->version && mapper->has_version) return bad_field(m, mapper, field, "a second version of the model");
        if (column->version) {
            mapper->has_version = true;
            mapper->version = i;
        }
        mapper->count++;
    }
    if (mapper->has_objects && mapper->key_count == 0)
        return orm__fail(m->error, ORM_MAPPING, "%s has no primary key", title(mapper));
    return ORM_OK;
}

static orm_status check_uniques(const maker *m, const orm__mapper *mapper)
{
    const size_t most = sizeof mapper->model->uniques.at->columns / sizeof mapper->model->uniques.at->columns[0];
    for (size_t i = 0; i < mapper->model->uniques.count; i++) {
        const orm_unique *unique = &mapper->model->uniques.at[i];
        if (unique->columns[0] == NULL)
            return orm__fail(m->error, ORM_MAPPING, "%s: unique set %zu names no column", title(mapper), i + 1);
        for (size_t k = 0; k < most && unique->columns[k] != NULL; k++) {
            const orm__field *field = orm__field_named(mapper, unique->columns[k]);
            if (field == NULL)
                return orm__fail(m->error, ORM_MAPPING, "%s: unique set %zu names '%s', which is no column",
                                 title(mapper), i + 1, unique->columns[k]);
            if (field->type == ORM_JSON) return bad_field(m, mapper, field, "JSON cannot be unique or indexed");
            for (size_t other = 0; other < k; other++)
                if (strcmp(unique->columns[other], unique->columns[k]) == 0)
                    return orm__fail(m->error, ORM_MAPPING, "%s: unique set %zu names '%s' twice", title(mapper), i + 1,
                                     unique->columns[k]);
        }
    }
    return ORM_OK;
}

static bool is_unique_alone(const orm__mapper *mapper, const orm__field *field)
{
    if (field->unique || (field->primary_key && mapper->key_count == 1)) return true;
    for (size_t i = 0; i < mapper->model->uniques.count; i++) {
        const orm_unique *unique = &mapper->model->uniques.at[i];
        if (unique->columns[1] == NULL && strcmp(unique->columns[0], field->member) == 0) return true;
    }
    return false;
}

static const orm__mapper *mapper_of_table(const orm__registry *registry, const char *table)
{
    for (size_t i = 0; i < registry->count; i++)
        if (strcmp(registry->mappers[i].table, table) == 0) return &registry->mappers[i];
    return NULL;
}

static const orm__field *field_of_column(const orm__mapper *mapper, const char *name)
{
    for (size_t i = 0; i < mapper->count; i++)
        if (strcmp(mapper->fields[i].name, name) == 0) return &mapper->fields[i];
    return NULL;
}

/* ORM_KEY names a model and a member, a run-time model a table and a column. */
const orm__field *orm__key_field(const maker *m, const orm_key *key, const char *who, const orm__mapper **out)
{
    if (key->model != NULL && key->table != NULL) {
        (void)orm__fail(m->error, ORM_MAPPING, "%s names a model and a table", who);
        return NULL;
    }
    if (key->column == NULL) {
        (void)orm__fail(m->error, ORM_MAPPING, "%s names no column", who);
        return NULL;
    }
    const orm__mapper *target =
        key->model != NULL ? orm__mapper_of(m->registry, key->model) : mapper_of_table(m->registry, key->table);
    if (target == NULL) {
        (void)orm__fail(m->error, ORM_MAPPING, "%s names %s '%s', which is not in the schema", who,
                        key->model != NULL ? "the model" : "the table",
                        key->table != NULL                ? key->table
                        : key->model->struct_name != NULL ? key->model->struct_name
                                                          : key->model->table);
        return NULL;
    }
    const orm__field *to = key->model != NULL && target->has_objects ? orm__field_named(target, key->column)
                                                                     : field_of_column(target, key->column);
    if (to == NULL)
        (void)orm__fail(m->error, ORM_MAPPING, "%s names '%s', which is no column of %s", who, key->column,
                        title(target));
    *out = target;
    return to;
}

static orm_status take_foreign_key(const maker *m, orm__mapper *mapper, orm__field *field)
{
    const orm_key *key = &field->column->foreign_key;
    if (key->model == NULL && key->table == NULL) {
        if (key->column != NULL) return bad_field(m, mapper, field, "the foreign key names a column and no table");
        if (field->column->on_delete != ORM_NO_ACTION || field->column->on_update != ORM_NO_ACTION)
            return bad_field(m, mapper, field, "on_delete and on_update are for foreign keys");
        return ORM_OK;
    }
    char who[256];
    (void)snprintf(who, sizeof who, "%s.%s: the foreign key", title(mapper), field->member);
    const orm__mapper *target;
    const orm__field *to = orm__key_field(m, key, who, &target);
    if (to == NULL) return ORM_MAPPING;
    if (to->type != field->type)
        return orm__fail(m->error, ORM_MAPPING, "%s.%s is %s, but its foreign key's %s.%s is %s", title(mapper),
                         field->member, orm__type_name(field->type), title(target), to->member,
                         orm__type_name(to->type));
    if (!is_unique_alone(target, to))
        return orm__fail(m->error, ORM_MAPPING, "%s.%s: the foreign key's %s.%s is neither unique nor the primary key",
                         title(mapper), field->member, title(target), to->member);
    if ((field->column->on_delete == ORM_SET_NULL || field->column->on_update == ORM_SET_NULL) && !field->nullable)
        return bad_field(m, mapper, field, "set null on a column that cannot be null");
    field->target = target;
    field->target_field = (size_t)(to - target->fields);
    return ORM_OK;
}

static bool refers(const orm__mapper *mapper, size_t field)
{
    for (size_t i = 0; i < mapper->reference_count; i++)
        for (size_t k = 0; k < mapper->references[i].count; k++)
            if (mapper->references[i].fields[k] == field) return true;
    return false;
}

/* A single integer key that nothing else gives a value to. */
static void find_generated(orm__mapper *mapper)
{
    if (mapper->key_count != 1) return;
    orm__field *field = &mapper->fields[mapper->key[0]];
    const orm_column *column = field->column;
    field->generated = field->type == ORM_INTEGER && !column->no_autoincrement && !refers(mapper, mapper->key[0]) &&
                       column->default_fn == NULL && column->default_value.type == ORM_NULL &&
                       column->server_default == NULL;
}

/* Depth first: targets come before who refers to them; a model that is being visited closes a cycle and is passed by.
 */
static void visit(orm__registry *registry, orm__mapper *mapper, unsigned char *seen, size_t *next)
{
    if (seen[mapper->index]) return;
    seen[mapper->index] = 1;
    for (size_t i = 0; i < mapper->reference_count; i++)
        if (!mapper->references[i].later) visit(registry, &registry->mappers[mapper->references[i].target->index], seen, next);
    mapper->order = *next;
    registry->order[(*next)++] = mapper->index;
}

static orm_status make_order(const maker *m)
{
    orm__registry *registry = m->registry;
    registry->order = orm__arena_alloc(&registry->arena, registry->count * sizeof *registry->order);
    unsigned char *seen = orm__arena_alloc(&registry->arena, registry->count);
    if (registry->order == NULL || seen == NULL) return orm__nomem(m->error);
    size_t next = 0;
    for (size_t i = 0; i < registry->count; i++) visit(registry, &registry->mappers[i], seen, &next);
    return ORM_OK;
}

orm_status orm__registry_make(const orm_schema *schema, orm__registry *registry, orm_error *error)
{
    *registry = (orm__registry){ 0 };
    maker m = { schema, registry, error };
    size_t count = schema == NULL ? 0 : schema->count;
    orm_status rc;
    registry->mappers = orm__arena_alloc(&registry->arena, count * sizeof *registry->mappers);
    if (registry->mappers == NULL) ORM_TRY(orm__nomem(error));
    for (size_t i = 0; i < count; i++) {
        const orm_model *model = schema->models[i];
        if (model == NULL) ORM_TRY(orm__fail(error, ORM_MAPPING, "model %zu of the schema is NULL", i + 1));
        orm__mapper *mapper = &registry->mappers[i];
        *mapper =
            (orm__mapper){ .model = model, .has_objects = model->struct_name != NULL, .size = model->size, .index = i };
        ORM_TRY(take_table(&m, mapper));
        ORM_TRY(take_fields(&m, mapper));
        ORM_TRY(check_uniques(&m, mapper));
        registry->count++;
    }
    for (size_t i = 0; i < count; i++) {
        orm__mapper *mapper = &registry->mappers[i];
        for (size_t k = 0; k < mapper->count; k++) ORM_TRY(take_foreign_key(&m, mapper, &mapper->fields[k]));
        ORM_TRY(orm__take_references(&m, mapper));
        find_generated(mapper);
    }
    ORM_TRY(orm__take_relationships(&m));
    ORM_TRY(make_order(&m));
    return ORM_OK;
fail:
    orm__registry_free(registry);
    return rc;
}

void orm__registry_free(orm__registry *registry)
{
    orm__arena_free(&registry->arena);
    *registry = (orm__registry){ 0 };
}

const orm__mapper *orm__mapper_of(const orm__registry *registry, const orm_model *model)
{
    for (size_t i = 0; i < registry->count; i++)
        if (registry->mappers[i].model == model) return &registry->mappers[i];
    return NULL;
}

const orm__field *orm__field_named(const orm__mapper *mapper, const char *member)
{
    for (size_t i = 0; i < mapper->count; i++)
        if (strcmp(mapper->fields[i].member, member) == 0) return &mapper->fields[i];
    return NULL;
}

const orm__field *orm__field_at(const orm__mapper *mapper, size_t offset)
{
    for (size_t i = 0; i < mapper->count; i++)
        if (mapper->fields[i].offset == offset) return &mapper->fields[i];
    return NULL;
}
