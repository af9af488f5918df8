/* Opening, closing, the pool of idle connections. */
#include "engine/cache.h"
#include "engine/engine.h"
#include <errno.h>
#include <string.h>
#include <time.h>

enum { MOST_IDLE = 5, MOST_USED = 15, WAIT_MS = 30000 };

orm_status orm_open(const char *url, const orm_schema *schema, const orm_options *options, orm_database **out,
                    orm_error *error)
{
    *out = NULL;
    orm__error_clear(error);
    orm_status rc;
    bool in_memory = false;
    orm_database *database = orm__alloc(sizeof *database);
    if (database == NULL) return orm__nomem(error);
    if (pthread_mutex_init(&database->lock, NULL) != 0) {
        orm__free(database);
        return orm__nomem(error);
    }
    if (pthread_cond_init(&database->returned, NULL) != 0) {
        pthread_mutex_destroy(&database->lock);
        orm__free(database);
        return orm__nomem(error);
    }
    ORM_TRY(orm__url_parse(url, &database->url, error));
    database->dialect = orm__dialect_named(database->url.scheme);
    if (database->dialect == NULL)
        ORM_TRY(orm__fail(error, ORM_CONFIG, "there is no dialect for '%s'", database->url.scheme));
    if (options != NULL) database->options = *options;
    if (options != NULL && options->root != NULL) {
        database->root = orm__strdup(options->root);
        if (database->root == NULL) ORM_TRY(orm__nomem(error));
        database->options.root = database->root;
    }
    ORM_TRY(orm__registry_make(schema, &database->registry, error));
    ORM_TRY(database->dialect->resolve(&database->url, &database->options, &in_memory, error));
    database->in_memory = in_memory;
    *out = database;
    return ORM_OK;
fail:
    orm_close(&database);
    return rc;
}

static void close_connection(orm__connection *connection)
{
    if (connection == NULL) return;
    const orm__dialect *dialect = connection->database->dialect;
    for (orm__statement *statement; (statement = orm__cache_pop(connection->cache)) != NULL;)
        dialect->finalize(connection->link, statement);
    dialect->disconnect(connection->link);
    orm__free(connection->cache);
    orm__free(connection);
}

void orm_close(orm_database **pointer)
{
    orm_database *database = *pointer;
    *pointer = NULL;
    if (database == NULL) return;
    while (database->idle != NULL) {
        orm__connection *next = database->idle->next;
        close_connection(database->idle);
        database->idle = next;
    }
    close_connection(database->anchor);
    orm__registry_free(&database->registry);
    orm__url_free(&database->url);
    orm__free(database->root);
    pthread_cond_destroy(&database->returned);
    pthread_mutex_destroy(&database->lock);
    orm__free(database);
}

static orm_status connect_new(orm_database *database, orm__connection **out, orm_error *error)
{
    orm_status rc;
    orm__connection *connection = orm__alloc(sizeof *connection);
    if (connection == NULL) return orm__nomem(error);
    connection->database = database;
    connection->cache = orm__alloc(sizeof *connection->cache);
    if (connection->cache == NULL) ORM_TRY(orm__nomem(error));
    ORM_TRY(database->dialect->connect(&database->url, &database->options, &connection->link, error));
    *out = connection;
    return ORM_OK;
fail:
    orm__free(connection->cache);
    orm__free(connection);
    return rc;
}

/* Without an anchor a database in memory would go with its last connection. */
static orm_status drop_anchor(orm_database *database, orm_error *error)
{
    pthread_mutex_lock(&database->lock);
    orm_status rc = database->anchor != NULL ? ORM_OK : connect_new(database, &database->anchor, error);
    pthread_mutex_unlock(&database->lock);
    return rc;
}

static orm__connection *pop_idle(orm_database *database)
{
    pthread_mutex_lock(&database->lock);
    orm__connection *connection = database->idle;
    if (connection != NULL) {
        database->idle = connection->next;
        database->idle_count--;
        connection->next = NULL;
    }
    pthread_mutex_unlock(&database->lock);
    return connection;
}

static struct timespec deadline(int milliseconds)
{
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_sec += milliseconds / 1000;
    at.tv_nsec += (long)(milliseconds % 1000) * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return at;
}

/* A place among those that may have a connection. */
static orm_status take_place(orm_database *database, orm_error *error)
{
    const size_t most = database->options.pool_size > 0 ? database->options.pool_size : MOST_USED;
    const int wait = database->options.pool_timeout_ms != 0 ? database->options.pool_timeout_ms : WAIT_MS;
    struct timespec end = deadline(wait > 0 ? wait : 0);
    int code = 0;
    pthread_mutex_lock(&database->lock);
    while (database->used_count >= most && wait > 0 && code != ETIMEDOUT)
        code = pthread_cond_timedwait(&database->returned, &database->lock, &end);
    const bool free_one = database->used_count < most;
    database->used_count += free_one;
    pthread_mutex_unlock(&database->lock);
    return free_one ? ORM_OK
                    : orm__fail(error, ORM_BUSY, "all %zu connections are in use (pool_size), and none came back", most);
}

static void leave_place(orm_database *database)
{
    pthread_mutex_lock(&database->lock);
    database->used_count--;
    pthread_cond_signal(&database->returned);
    pthread_mutex_unlock(&database->lock);
}

static orm_status idle_or_new(orm_database *database, orm__connection **out, orm_error *error)
{
    for (orm__connection *idle; (idle = pop_idle(database)) != NULL;) {
        if (database->dialect->alive(idle->link)) {
            *out = idle;
            return ORM_OK;
        }
        close_connection(idle);
    }
    if (database->in_memory) {
        orm_status rc = drop_anchor(database, error);
        if (rc != ORM_OK) return rc;
    }
    /* Asked before it is made: what is disposed of meanwhile includes it. */
    pthread_mutex_lock(&database->lock);
    const uint64_t generation = database->generation;
    pthread_mutex_unlock(&database->lock);
    orm_status rc = connect_new(database, out, error);
    if (rc == ORM_OK) (*out)->generation = generation;
    return rc;
}

orm_status orm__acquire(orm_database *database, orm__connection **out, orm_error *error)
{
    *out = NULL;
    orm_status rc = take_place(database, error);
    if (rc == ORM_OK && (rc = idle_or_new(database, out, error)) != ORM_OK) leave_place(database);
    return rc;
}

void orm__release(orm__connection *connection)
{
    if (connection == NULL) return;
    orm_database *database = connection->database;
    const orm__dialect *dialect = database->dialect;
    bool clean = !dialect->in_transaction(connection->link) || orm__execute(connection, "ROLLBACK", NULL) == ORM_OK;
    bool kept = clean && dialect->alive(connection->link);
    pthread_mutex_lock(&database->lock);
    kept = kept && database->idle_count < MOST_IDLE && connection->generation == database->generation;
    if (kept) {
        connection->next = database->idle;
        database->idle = connection;
        database->idle_count++;
    }
    pthread_mutex_unlock(&database->lock);
    if (!kept) close_connection(connection);
    leave_place(database);
}

void orm_dispose(orm_database *database)
{
    if (database == NULL) return;
    pthread_mutex_lock(&database->lock);
    orm__connection *idle = database->idle;
    database->idle = NULL;
    database->idle_count = 0;
    database->generation++;
    pthread_mutex_unlock(&database->lock);
    while (idle != NULL) {
        orm__connection *next = idle->next;
        close_connection(idle);
        idle = next;
    }
}

orm_status orm_ping(orm_database *database, char name[256], char user[64], orm_error *error)
{
    char names[256], users[64];
    orm__connection *connection;
    orm__error_clear(error);
    orm_status rc = orm__acquire(database, &connection, error);
    if (rc != ORM_OK) return rc;
    rc = database->dialect->describe(connection->link, names, users, error);
    if (rc == ORM_OK && name != NULL) strcpy(name, names);
    if (rc == ORM_OK && user != NULL) strcpy(user, users);
    orm__release(connection);
    return rc;
}

orm_counts orm_statement_counts(orm_database *database)
{
    pthread_mutex_lock(&database->lock);
    orm_counts counts = database->counts;
    pthread_mutex_unlock(&database->lock);
    return counts;
}

const char *orm_table_name(orm_database *database, const orm_model *model)
{
    const orm__mapper *mapper = orm__mapper_of(&database->registry, model);
    return mapper == NULL ? NULL : mapper->table;
}
