#include "schema/ddl.h"
#include <string.h>

orm_status orm__ddl_push(orm__ddl *ddl, orm__text *statement, orm_error *error)
{
    char *copy = statement->failed ? NULL : orm__strndup(statement->at, statement->size);
    if (copy == NULL || !orm__grow(&ddl->at, sizeof(char *), ddl->count, &ddl->capacity)) {
        orm__free(copy);
        return orm__nomem(error);
    }
    ddl->at[ddl->count++] = copy;
    orm__text_clear(statement);
    return ORM_OK;
}

void orm__ddl_free(orm__ddl *ddl)
{
    for (size_t i = 0; i < ddl->count; i++) orm__free(ddl->at[i]);
    orm__free(ddl->at);
    *ddl = (orm__ddl){ 0 };
}

typedef struct making {
    const orm__dialect *dialect;
    const orm__registry *registry;
    const orm__shape *shape; /* its tables are those of registry->order */
    const bool *wanted;
} making;

/* A key to a table that does not exist yet when this one is made, which happens in a cycle only. */
static bool comes_later(void *context, const orm__shape_table *table, const orm__shape_set *key)
{
    const making *m = context;
    const orm__shape_table *target = orm__shape_table_named(m->shape, key->target);
    return m->dialect->alters_constraints && target > table && m->wanted[m->registry->order[target - m->shape->at]];
}

static orm_status check_names(const orm__dialect *dialect, const orm__shape_table *table, orm_error *error)
{
    if (dialect->longest_name == 0) return ORM_OK;
    if (strlen(table->name) > dialect->longest_name)
        return orm__fail(error, ORM_MAPPING, "the table \"%s\" has a name of more than %zu bytes, which %s would cut",
                         table->name, dialect->longest_name, dialect->name);
    for (size_t i = 0; i < table->count; i++)
        if (strlen(table->columns[i].name) > dialect->longest_name)
            return orm__fail(error, ORM_MAPPING,
                             "%s: the column \"%s\" has a name of more than %zu bytes, which %s would cut", table->name,
                             table->columns[i].name, dialect->longest_name, dialect->name);
    return ORM_OK;
}

orm_status orm__ddl_create(const orm__dialect *dialect, const orm__registry *registry, const bool *wanted,
                           orm__ddl *ddl, orm_error *error)
{
    orm__text statement = { 0 };
    orm__shape shape = { 0 };
    making m = { dialect, registry, &shape, wanted };
    orm_status rc;
    ORM_TRY(orm__shape_of_models(registry, &shape, error));
    for (size_t i = 0; i < registry->count; i++) /* in the order of the schema: the first mistake there is the one told */
        for (size_t k = 0; wanted[i] && k < registry->count; k++)
            if (registry->order[k] == i) ORM_TRY(check_names(dialect, &shape.at[k], error));
    for (size_t i = 0; i < shape.count; i++) {
        const orm__shape_table *table = &shape.at[i];
        if (!wanted[registry->order[i]]) continue;
        orm__ddl_create_table(&statement, dialect, table, comes_later, &m);
        ORM_TRY(orm__ddl_push(ddl, &statement, error));
        for (size_t k = 0; k < table->indexes.count; k++) {
            orm__ddl_create_index(&statement, table, &table->indexes.at[k]);
            ORM_TRY(orm__ddl_push(ddl, &statement, error));
        }
    }
    for (size_t i = 0; i < shape.count; i++) {
        const orm__shape_table *table = &shape.at[i];
        for (size_t k = 0; wanted[registry->order[i]] && k < table->keys.count; k++) {
            if (!comes_later(&m, table, &table->keys.at[k])) continue;
            orm__ddl_add_foreign_key(&statement, table, &table->keys.at[k]);
            ORM_TRY(orm__ddl_push(ddl, &statement, error));
        }
    }
    rc = ORM_OK;
fail:
    orm__text_free(&statement);
    orm__shape_free(&shape);
    if (rc != ORM_OK) orm__ddl_free(ddl);
    return rc;
}

orm_status orm__ddl_drop(const orm__dialect *dialect, const orm__registry *registry, orm__ddl *ddl, orm_error *error)
{
    orm__text statement = { 0 };
    orm__shape shape = { 0 };
    orm_status rc;
    ORM_TRY(orm__shape_of_models(registry, &shape, error));
    for (size_t i = 0; dialect->alters_constraints && i < shape.count; i++) {
        const orm__shape_table *table = &shape.at[i];
        for (size_t k = 0; k < table->keys.count; k++) {
            if (orm__shape_table_named(&shape, table->keys.at[k].target) <= table) continue;
            orm__text_add(&statement, "ALTER TABLE IF EXISTS ");
            orm__quote(&statement, table->name);
            orm__text_add(&statement, " DROP CONSTRAINT IF EXISTS ");
            orm__ddl_set_name(&statement, ORM__NAME_OF_FOREIGN_KEY, table, &table->keys.at[k]);
            ORM_TRY(orm__ddl_push(ddl, &statement, error));
        }
    }
    for (size_t i = shape.count; i-- > 0;) {
        orm__text_add(&statement, "DROP TABLE IF EXISTS ");
        orm__quote(&statement, shape.at[i].name);
        ORM_TRY(orm__ddl_push(ddl, &statement, error));
    }
    rc = ORM_OK;
fail:
    orm__text_free(&statement);
    orm__shape_free(&shape);
    if (rc != ORM_OK) orm__ddl_free(ddl);
    return rc;
}
