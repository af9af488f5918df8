/* Running statements. */
#include "engine/cache.h"
#include "engine/engine.h"

static void tell(orm_database *database, const char *sql)
{
    if (database->options.log != NULL) database->options.log(database->options.log_context, sql);
}

static void count_statement(orm_database *database, enum orm__verb verb)
{
    pthread_mutex_lock(&database->lock);
    switch (verb) {
    case ORM__SELECT: database->counts.select++; break;
    case ORM__INSERT: database->counts.insert++; break;
    case ORM__UPDATE: database->counts.update++; break;
    case ORM__DELETE: database->counts.delete_++; break;
    case ORM__OTHER: break;
    }
    pthread_mutex_unlock(&database->lock);
}

static orm_status prepare(orm__connection *connection, const char *sql, const orm_value *binds, size_t count,
                          orm__statement **out, orm_error *error)
{
    orm_type few[16] = { ORM_NULL }, *types = few;
    if (count > sizeof few / sizeof few[0]) {
        types = orm__alloc(count * sizeof *types);
        if (types == NULL) return orm__nomem(error);
    }
    /* Arrays have their types in the SQL. */
    for (size_t i = 0; i < count; i++) types[i] = binds != NULL ? binds[i].type : ORM_NULL;
    orm_status rc = connection->database->dialect->prepare(connection->link, sql, count, types, out, error);
    if (types != few) orm__free(types);
    return rc;
}

/* An idle cached statement, or a new one, which is cached where that may be. */
static orm_status take_statement(orm__connection *connection, const char *sql, const orm_value *binds, size_t count,
                                 bool cacheable, orm__cursor *cursor, orm_error *error)
{
    orm__cached *entry = cacheable ? orm__cache_find(connection->cache, sql) : NULL;
    if (entry != NULL && !entry->busy) {
        entry->busy = true;
        cursor->entry = entry;
        cursor->statement = entry->statement;
        return ORM_OK;
    }
    orm_status rc = prepare(connection, sql, binds, count, &cursor->statement, error);
    if (rc != ORM_OK || !cacheable || entry != NULL) return rc;
    orm__statement *evicted;
    cursor->entry = orm__cache_add(connection->cache, sql, cursor->statement, &evicted);
    if (cursor->entry == NULL) return ORM_OK; /* no memory to keep it: it runs all the same */
    cursor->entry->busy = true;
    if (evicted != NULL) connection->database->dialect->finalize(connection->link, evicted);
    return ORM_OK;
}

orm_status orm__start(orm__connection *connection, enum orm__verb verb, const char *sql, const orm_value *binds,
                      size_t count, bool cacheable, orm__cursor *cursor, orm_error *error)
{
    *cursor = (orm__cursor){ .connection = connection };
    orm_status rc;
    ORM_TRY(take_statement(connection, sql, binds, count, cacheable, cursor, error));
    tell(connection->database, sql);
    count_statement(connection->database, verb);
    ORM_TRY(connection->database->dialect->run(connection->link, cursor->statement, binds, count, error));
    return ORM_OK;
fail:
    orm__finish(cursor);
    return rc;
}

orm_status orm__again(orm__cursor *cursor, enum orm__verb verb, const char *sql, const orm_value *binds, size_t count,
                      orm_error *error)
{
    orm_database *database = cursor->connection->database;
    tell(database, sql);
    count_statement(database, verb);
    orm_status rc = database->dialect->run(cursor->connection->link, cursor->statement, binds, count, error);
    if (rc != ORM_OK) orm__finish(cursor);
    return rc;
}

orm_status orm__start_arrays(orm__connection *connection, enum orm__verb verb, const char *sql, const orm__grid *grid,
                             size_t first, size_t *taken, orm__cursor *cursor, orm_error *error)
{
    *cursor = (orm__cursor){ .connection = connection };
    orm_status rc;
    ORM_TRY(take_statement(connection, sql, NULL, grid->columns, true, cursor, error));
    tell(connection->database, sql);
    count_statement(connection->database, verb);
    ORM_TRY(connection->database->dialect->run_arrays(connection->link, cursor->statement, grid, first, taken, error));
    return ORM_OK;
fail:
    orm__finish(cursor);
    return rc;
}

orm_status orm__copy(orm__connection *connection, const char *sql, const orm__grid *grid, orm_error *error)
{
    tell(connection->database, sql);
    count_statement(connection->database, ORM__INSERT);
    return connection->database->dialect->copy(connection->link, sql, grid, error);
}

orm_status orm__next(orm__cursor *cursor, bool *has_row, orm_error *error)
{
    return cursor->connection->database->dialect->step(cursor->connection->link, cursor->statement, has_row, error);
}

orm_status orm__column(orm__cursor *cursor, size_t i, orm_type type, orm_value *out, orm_error *error)
{
    return cursor->connection->database->dialect->column(cursor->connection->link, cursor->statement, i, type, out,
                                                         error);
}

orm_status orm__start_batches(orm__connection *connection, const char *sql, const orm_value *binds, size_t count,
                              size_t batch, orm__cursor *cursor, orm_error *error)
{
    const orm__dialect *dialect = connection->database->dialect;
    if (batch == 0 || dialect->run_in_batches == NULL)
        return orm__start(connection, ORM__SELECT, sql, binds, count, false, cursor, error);
    *cursor = (orm__cursor){ .connection = connection };
    orm_status rc;
    ORM_TRY(prepare(connection, sql, binds, count, &cursor->statement, error));
    tell(connection->database, sql);
    count_statement(connection->database, ORM__SELECT);
    ORM_TRY(dialect->run_in_batches(connection->link, cursor->statement, binds, count, batch, error));
    return ORM_OK;
fail:
    orm__finish(cursor);
    return rc;
}

size_t orm__width(orm__cursor *cursor)
{
    return cursor->connection->database->dialect->width(cursor->connection->link, cursor->statement);
}

const char *orm__column_name(orm__cursor *cursor, size_t i)
{
    return cursor->connection->database->dialect->column_name(cursor->connection->link, cursor->statement, i);
}

uint64_t orm__changes(orm__cursor *cursor)
{
    return cursor->connection->database->dialect->changes(cursor->connection->link, cursor->statement);
}

void orm__finish(orm__cursor *cursor)
{
    if (cursor->statement != NULL) {
        const orm__dialect *dialect = cursor->connection->database->dialect;
        if (cursor->entry != NULL) {
            dialect->reset(cursor->connection->link, cursor->statement);
            cursor->entry->busy = false;
        } else {
            dialect->finalize(cursor->connection->link, cursor->statement);
        }
    }
    *cursor = (orm__cursor){ 0 };
}

orm_status orm__execute(orm__connection *connection, const char *sql, orm_error *error)
{
    tell(connection->database, sql);
    return connection->database->dialect->execute(connection->link, sql, error);
}
