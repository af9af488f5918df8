/* Models made at run time. Everything is copied into the builder; orm_builder_finish lays the objects out and has the
 * registry check them. */
#include "base/error.h"
#include "base/text.h"
#include "model/mapper.h"
#include <jansson.h>
#include <stdio.h>
#include <string.h>

typedef struct built {
    orm_model model; /* first: text_form gets from the model to what surrounds it */
    orm_column *columns;
    size_t count, capacity;
    orm_unique *uniques;
    size_t unique_count, unique_capacity;
    orm_foreign_key *keys;
    size_t key_count, key_capacity;
    orm_relationship *relationships;
    size_t relationship_count, relationship_capacity;
    const char *repr;
    size_t repr_offset;
} built;

struct orm_builder {
    orm__arena arena;
    built **models;
    const orm_model **list;
    size_t count, capacity;
    orm_schema schema;
    orm_error error;
    bool finished;
};

orm_status orm_builder_open(orm_builder **out)
{
    *out = orm__alloc(sizeof **out);
    return *out == NULL ? ORM_NOMEM : ORM_OK;
}

static bool open_for(orm_builder *builder)
{
    if (builder == NULL || builder->error.status != ORM_OK) return false;
    if (builder->finished) orm__fail(&builder->error, ORM_STATE, "the schema is finished: nothing can be added");
    return !builder->finished;
}

/* NULL stays NULL. */
static const char *keep(orm_builder *builder, const char *text)
{
    if (text == NULL) return NULL;
    const char *copy = orm__arena_copy(&builder->arena, text, strlen(text));
    if (copy == NULL) orm__nomem(&builder->error);
    return copy;
}

static void add(orm_builder *builder, const char *name, const char *table)
{
    if (!open_for(builder)) return;
    built *b = orm__arena_alloc(&builder->arena, sizeof *b);
    if (b == NULL || !orm__grow(&builder->models, sizeof(built *), builder->count, &builder->capacity)) {
        orm__nomem(&builder->error);
        return;
    }
    builder->models[builder->count++] = b;
    b->model.struct_name = keep(builder, name);
    b->model.table = keep(builder, table);
}

void orm_builder_model(orm_builder *builder, const char *name, const char *table)
{
    if (name == NULL && open_for(builder)) orm__fail(&builder->error, ORM_MAPPING, "a model without a name");
    add(builder, name, table);
}

void orm_builder_table(orm_builder *builder, const char *table)
{
    add(builder, NULL, table);
}

/* The model that a call without one is about. */
static built *last(orm_builder *builder, const char *what)
{
    if (!open_for(builder)) return NULL;
    if (builder->count > 0) return builder->models[builder->count - 1];
    orm__fail(&builder->error, ORM_MAPPING, "%s comes before the first model or table", what);
    return NULL;
}

void orm_builder_column(orm_builder *builder, const orm_column *from)
{
    built *b = last(builder, "a column");
    if (b == NULL) return;
    if (!orm__grow(&b->columns, sizeof(orm_column), b->count, &b->capacity)) {
        orm__nomem(&builder->error);
        return;
    }
    orm_column column = *from;
    column.member = keep(builder, from->member != NULL ? from->member : from->name);
    column.name = keep(builder, from->name != NULL ? from->name : from->member);
    column.owner = NULL;
    column.storage = ORM_STORE_VALUE_;
    column.server_default = keep(builder, from->server_default);
    column.foreign_key.column = keep(builder, from->foreign_key.column);
    column.foreign_key.table = keep(builder, from->foreign_key.table);
    column.default_value = column.onupdate_value = orm_null();
    orm_column *kept = &b->columns[b->count++];
    *kept = column;
    if (!orm__value_copy(&builder->arena, &from->default_value, &kept->default_value) ||
        !orm__value_copy(&builder->arena, &from->onupdate_value, &kept->onupdate_value))
        orm__nomem(&builder->error);
}

void orm_builder_unique(orm_builder *builder, const char *const *members, size_t count)
{
    built *b = last(builder, "a unique set");
    if (b == NULL) return;
    orm_unique unique = { { NULL } };
    const size_t most = sizeof unique.columns / sizeof unique.columns[0];
    if (count > most) {
        orm__fail(&builder->error, ORM_MAPPING, "%s: a unique set of %zu columns; %zu are possible",
                  b->model.struct_name != NULL ? b->model.struct_name : b->model.table, count, most);
        return;
    }
    for (size_t i = 0; i < count; i++) unique.columns[i] = keep(builder, members[i]);
    if (!orm__grow(&b->uniques, sizeof(orm_unique), b->unique_count, &b->unique_capacity)) {
        orm__nomem(&builder->error);
        return;
    }
    b->uniques[b->unique_count++] = unique;
}

static void keep_all(orm_builder *builder, const char **names, size_t count)
{
    for (size_t i = 0; i < count; i++) names[i] = keep(builder, names[i]);
}

static void keep_keys(orm_builder *builder, orm_key *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        keys[i].column = keep(builder, keys[i].column);
        keys[i].table = keep(builder, keys[i].table);
    }
}

#define SIZE_OF(array) (sizeof(array) / sizeof((array)[0]))

void orm_builder_foreign_key(orm_builder *builder, const orm_foreign_key *from)
{
    built *b = last(builder, "a foreign key");
    if (b == NULL) return;
    if (!orm__grow(&b->keys, sizeof *b->keys, b->key_count, &b->key_capacity)) {
        orm__nomem(&builder->error);
        return;
    }
    orm_foreign_key *key = &b->keys[b->key_count++];
    *key = *from;
    keep_all(builder, key->columns, SIZE_OF(key->columns));
    keep_keys(builder, key->to, SIZE_OF(key->to));
}

void orm_builder_relationship(orm_builder *builder, const orm_relationship *from)
{
    built *b = last(builder, "a relationship");
    if (b == NULL) return;
    if (!orm__grow(&b->relationships, sizeof *b->relationships, b->relationship_count, &b->relationship_capacity)) {
        orm__nomem(&builder->error);
        return;
    }
    orm_relationship *r = &b->relationships[b->relationship_count++];
    *r = *from;
    r->owner = r->target = NULL;
    r->secondary = NULL;
    r->offset = r->back_offset = 0;
    const char **names[] = { &r->member, &r->back_member, &r->target_name, &r->backref, &r->back_populates,
                             &r->secondary_table };
    for (size_t i = 0; i < SIZE_OF(names); i++) *names[i] = keep(builder, *names[i]);
    keep_keys(builder, r->foreign_key, SIZE_OF(r->foreign_key));
    keep_keys(builder, r->target_key, SIZE_OF(r->target_key));
    keep_all(builder, r->order_by, SIZE_OF(r->order_by));
    keep_all(builder, r->back.order_by, SIZE_OF(r->back.order_by));
}

void orm_builder_repr(orm_builder *builder, const char *member)
{
    built *b = last(builder, "a text form");
    if (b != NULL) b->repr = keep(builder, member);
}

/* snprintf's contract; NULL is "None", as in the described system. */
static int text_form(const void *object, char *buffer, size_t size)
{
    const built *b = (const built *)(const void *)((const orm_object *)object)->model;
    const orm_value *value = (const orm_value *)(const void *)((const char *)object + b->repr_offset);
    const char *name = b->model.struct_name;
    char text[32];
    switch (value->type) {
    case ORM_NULL: return snprintf(buffer, size, "<%s None>", name);
    case ORM_INTEGER: return snprintf(buffer, size, "<%s %lld>", name, (long long)value->u.i);
    case ORM_BOOLEAN: return snprintf(buffer, size, "<%s %s>", name, value->u.i ? "True" : "False");
    case ORM_FLOAT: return snprintf(buffer, size, "<%s %s>", name, orm__float_text(value->u.r, text));
    case ORM_STRING: return snprintf(buffer, size, "<%s %.*s>", name, (int)value->u.size, value->u.s);
    case ORM_DATETIME: return snprintf(buffer, size, "<%s %s>", name, orm_datetime_text(value->u.t, text));
    case ORM_DATE: return snprintf(buffer, size, "<%s %s>", name, orm_date_text(value->u.d, text));
    case ORM_JSON: break;
    }
    char *document = orm__json_text(value->u.j);
    int length = snprintf(buffer, size, "<%s %s>", name, document != NULL ? document : "json");
    orm__free(document);
    return length;
}

/* An object is its header and then one value for each column. */
static orm_status lay_out(orm_builder *builder, built *b)
{
    const size_t unit = _Alignof(orm_value);
    size_t offset = (sizeof(orm_object) + unit - 1) / unit * unit;
    for (size_t i = 0; i < b->count; i++, offset += sizeof(orm_value)) {
        b->columns[i].offset = offset;
        if (b->repr != NULL && b->columns[i].member != NULL && strcmp(b->columns[i].member, b->repr) == 0)
            b->repr_offset = offset;
    }
    b->model.size = b->model.struct_name != NULL ? offset : 0;
    b->model.columns = (orm_columns){ b->columns, b->count };
    b->model.uniques = (orm_uniques){ b->uniques, b->unique_count };
    b->model.foreign_keys = (orm_foreign_keys){ b->keys, b->key_count };
    b->model.relationships = (orm_relationships){ b->relationships, b->relationship_count };
    if (b->repr == NULL) return ORM_OK;
    if (b->model.struct_name == NULL || b->repr_offset == 0)
        return orm__fail(&builder->error, ORM_MAPPING, "%s: the text form names '%s', which is no member",
                         b->model.struct_name != NULL ? b->model.struct_name : b->model.table, b->repr);
    b->model.repr = text_form;
    return ORM_OK;
}

orm_status orm_builder_finish(orm_builder *builder, const orm_schema **out, orm_error *error)
{
    *out = NULL;
    if (builder == NULL) return orm__fail(error, ORM_ARGUMENT, "there is no builder");
    orm_status rc;
    if (!builder->finished && open_for(builder)) {
        builder->list = orm__arena_alloc(&builder->arena, builder->count * sizeof *builder->list);
        if (builder->list == NULL) ORM_TRY(orm__nomem(&builder->error));
        for (size_t i = 0; i < builder->count; i++) {
            ORM_TRY(lay_out(builder, builder->models[i]));
            builder->list[i] = &builder->models[i]->model;
        }
        builder->schema = (orm_schema){ builder->list, builder->count };
        orm__registry registry;
        ORM_TRY(orm__registry_make(&builder->schema, &registry, &builder->error));
        orm__registry_free(&registry);
        builder->finished = true;
    }
    ORM_TRY(builder->error.status);
    *out = &builder->schema;
    orm__error_clear(error);
    return ORM_OK;
fail:
    if (error != NULL) *error = builder->error;
    return rc;
}

const orm_model *orm_schema_find(const orm_schema *schema, const char *name)
{
    for (size_t i = 0; schema != NULL && i < schema->count; i++) {
        const orm_model *model = schema->models[i];
        const char *own = model->struct_name != NULL ? model->struct_name : model->table;
        if (own != NULL && strcmp(own, name) == 0) return model;
    }
    return NULL;
}

void orm_builder_close(orm_builder **pointer)
{
    orm_builder *builder = *pointer;
    *pointer = NULL;
    if (builder == NULL) return;
    for (size_t i = 0; i < builder->count; i++) {
        built *b = builder->models[i];
        for (size_t k = 0; k < b->count; k++) {
            orm__value_drop(&b->columns[k].default_value);
            orm__value_drop(&b->columns[k].onupdate_value);
        }
        orm__free(b->columns);
        orm__free(b->uniques);
        orm__free(b->keys);
        orm__free(b->relationships);
    }
    orm__free(builder->models);
    orm__arena_free(&builder->arena);
    orm__free(builder);
}
