/* orm_create_all and orm_drop_all: each one transaction, which leaves all tables or none. */
#include "engine/engine.h"
#include "schema/ddl.h"

static orm_status table_is_there(orm__connection *connection, const char *table, bool *there, orm_error *error)
{
    orm__cursor cursor;
    orm_value name = orm_text(table);
    orm_status rc =
        orm__start(connection, ORM__OTHER, connection->database->dialect->table_exists, &name, 1, true, &cursor, error);
    if (rc != ORM_OK) return rc;
    rc = orm__next(&cursor, there, error);
    orm__finish(&cursor);
    return rc;
}

static orm_status run_all(orm__connection *connection, const orm__ddl *ddl, orm_error *error)
{
    for (size_t i = 0; i < ddl->count; i++) {
        orm_status rc = orm__execute(connection, ddl->at[i], error);
        if (rc != ORM_OK) return rc;
    }
    return orm__execute(connection, "COMMIT", error);
}

orm_status orm_create_all(orm_database *database, orm_error *error)
{
    orm__error_clear(error);
    orm_status rc;
    orm__connection *connection = NULL;
    orm__ddl ddl = { 0 };
    const orm__registry *registry = &database->registry;
    bool *wanted = orm__alloc(registry->count * sizeof *wanted);
    if (wanted == NULL) ORM_TRY(orm__nomem(error));
    ORM_TRY(orm__acquire(database, &connection, error));
    ORM_TRY(orm__execute(connection, database->dialect->begin_schema, error));
    for (size_t i = 0; i < registry->count; i++) {
        bool there;
        ORM_TRY(table_is_there(connection, registry->mappers[i].table, &there, error));
        wanted[i] = !there;
    }
    ORM_TRY(orm__ddl_create(database->dialect, registry, wanted, &ddl, error));
    ORM_TRY(run_all(connection, &ddl, error));
    rc = ORM_OK;
fail:
    orm__release(connection);
    orm__ddl_free(&ddl);
    orm__free(wanted);
    return rc;
}

orm_status orm_drop_all(orm_database *database, orm_error *error)
{
    orm__error_clear(error);
    orm_status rc;
    orm__connection *connection = NULL;
    orm__ddl ddl = { 0 };
    ORM_TRY(orm__ddl_drop(database->dialect, &database->registry, &ddl, error));
    ORM_TRY(orm__acquire(database, &connection, error));
    ORM_TRY(orm__execute(connection, database->dialect->begin_schema, error));
    if (database->dialect->before_drop != NULL)
        ORM_TRY(orm__execute(connection, database->dialect->before_drop, error));
    ORM_TRY(run_all(connection, &ddl, error));
    rc = ORM_OK;
fail:
    orm__release(connection);
    orm__ddl_free(&ddl);
    return rc;
}
