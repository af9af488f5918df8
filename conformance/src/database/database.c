#include "database/database.h"

#include "base/memory.h"
#include "database/driver.h"
#include "database/hold.h"
#include "database/shape.h"

#include <stdlib.h>
#include <string.h>

/* ---- servers and databases --------------------------------------------------------------------------------------- */

struct database_server *database_server_start(const struct database_settings *settings, char **problem)
{
    struct database_server *server = memory_get(sizeof *server);
    server->kind = settings->kind;
    server->scratch = memory_copy(settings->scratch);
    bool started = settings->kind == SPEC_SQLITE ? sqlite_server_start(server, settings, problem)
                                                 : postgresql_server_start(server, settings, problem);
    if (!started) {
        database_server_stop(server);
        return NULL;
    }
    return server;
}

void database_server_stop(struct database_server *server)
{
    if (server == NULL) {
        return;
    }
    if (server->kind == SPEC_POSTGRESQL) {
        postgresql_server_stop(server);
    }
    free(server->scratch);
    free(server);
}

const char *database_server_version(const struct database_server *server)
{
    return server->version;
}

const char *const *database_server_secrets(const struct database_server *server)
{
    static const char *const none[] = {NULL};
    return server->kind == SPEC_POSTGRESQL ? postgresql_secrets(server) : none;
}

void database_environment(const struct database *database, json_t *environment)
{
    json_object_set(environment, "url", json_object_get(database->address, "url"));
    if (database->server->kind == SPEC_POSTGRESQL) {
        postgresql_environment(database, environment);
    }
}

struct database *database_make(struct database_server *server, char **problem)
{
    return server->kind == SPEC_SQLITE ? sqlite_make(server, problem) : postgresql_make(server, problem);
}

void database_drop(struct database *database)
{
    if (database == NULL) {
        return;
    }
    char *problem = NULL;
    (void)hold_release(database, &problem); /* what was held goes with the rest */
    free(problem);
    database->driver->drop(database);
    json_decref(database->address);
    arena_free(&database->arena);
    free(database->name);
    free(database->clear);
    free(database->advance);
    free(database);
}

bool database_save(struct database *database, const char *path, char **problem)
{
    return database->driver->save(database, path, problem);
}

const json_t *database_address(const struct database *database)
{
    return database->address;
}

/* ---- the tables of a schema -------------------------------------------------------------------------------------- */

struct sql driver_sql(const struct database *database)
{
    return (struct sql){.dialect = database->server->kind, .facts = database->facts};
}

enum database_status driver_finish(struct database *database, struct sql *sql, driver_row *row, void *context,
                                   char **problem)
{
    enum database_status status = DATABASE_REFUSED;
    if (sql->problem != NULL) {
        *problem = sql->problem;
    } else {
        status = sql->out.length == 0 ? DATABASE_FINE
                                      : database->driver->run(database, sql->out.data, row, context, problem);
    }
    text_free(&sql->out);
    return status;
}

void database_use(struct database *database, const json_t *schema, const json_t *names, const json_t *facts)
{
    arena_free(&database->arena);
    database->arena = (struct arena){0};
    database->tables = tables_read(&database->arena, schema, names);
    database->facts = facts;
}

enum database_status database_create_tables(struct database *database, char **problem)
{
    struct sql sql = driver_sql(database);
    sql_create(&sql, &database->tables);
    return driver_finish(database, &sql, NULL, NULL, problem);
}

enum database_status database_learn(struct database *database, char **problem)
{
    return database->driver->learn(database, problem);
}

enum database_status database_clear(struct database *database, char **problem)
{
    enum database_status status = hold_release(database, problem);
    if (status != DATABASE_FINE) {
        return status;
    }
    if (database->clear == NULL || database->clear[0] == '\0') {
        return DATABASE_FINE;
    }
    return database->driver->run(database, database->clear, NULL, NULL, problem);
}

enum database_status database_load(struct database *database, const json_t *rows, char **problem)
{
    struct sql sql = driver_sql(database);
    sql_load(&sql, &database->tables, rows);
    text_add(&sql.out, database->advance != NULL ? database->advance : "");
    return driver_finish(database, &sql, NULL, NULL, problem);
}

/* ---- stored ------------------------------------------------------------------------------------------------------ */

struct reading {
    const struct database *database;
    const struct table *table;
    const json_t *columns; /* names: a list, or one text */
    json_t *rows;
    bool raw;
};

static json_t *read_value(const struct reading *reading, const struct cell *cell, const char *column)
{
    const struct column *described = table_find(reading->table, column);
    enum column_type type = described == NULL || reading->raw ? COLUMN_UNKNOWN : described->type;
    return cell_value(cell, type, reading->database->facts);
}

static void take_row(void *context, const struct cell *cells, size_t count)
{
    struct reading *reading = context;
    if (json_is_string(reading->columns)) {
        json_array_append_new(reading->rows, read_value(reading, &cells[0], json_string_value(reading->columns)));
        return;
    }
    json_t *row = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(row,
                              read_value(reading, &cells[i], json_string_value(json_array_get(reading->columns, i))));
    }
    json_array_append_new(reading->rows, row);
}

static void take_count(void *context, const struct cell *cells, size_t count)
{
    (void)count;
    *(int64_t *)context = cells[0].integer;
}

static void select_columns(struct sql *sql, const json_t *columns, bool raw)
{
    size_t count = json_is_array(columns) ? json_array_size(columns) : 1;
    for (size_t i = 0; i < count; i++) {
        const json_t *name = json_is_array(columns) ? json_array_get(columns, i) : columns;
        text_add(&sql->out, i > 0 ? ", " : "");
        text_add(&sql->out, raw ? "CAST(" : "");
        sql_identifier(sql, json_string_value(name));
        text_add(&sql->out, raw ? " AS TEXT)" : "");
    }
}

/* By `order`, else by the primary key, else by the columns read. */
static void order_rows(struct sql *sql, const struct table *table, const json_t *order, const json_t *columns)
{
    const char *joint = " ORDER BY ";
    if (order == NULL) {
        for (size_t i = 0; table != NULL && i < table->column_count; i++) {
            if (table->columns[i].primary_key) {
                text_add(&sql->out, joint);
                sql_identifier(sql, table->columns[i].name);
                joint = ", ";
            }
        }
        if (strcmp(joint, ", ") == 0) {
            return;
        }
        size_t count = json_is_array(columns) ? json_array_size(columns) : 1;
        for (size_t i = 0; i < count; i++) {
            text_format(&sql->out, "%s%zu", joint, i + 1);
            joint = ", ";
        }
        return;
    }
    for (size_t i = 0; i < json_array_size(order); i++) {
        text_add(&sql->out, joint);
        sql_identifier(sql, json_string_value(json_array_get(order, i)));
        joint = ", ";
    }
}

static bool all_text(const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (!json_is_string(json_array_get(list, i))) {
            return false;
        }
    }
    return true;
}

enum database_status database_stored(struct database *database, const json_t *params, json_t **result, char **problem)
{
    const char *name = json_string_value(json_object_get(params, "table"));
    const json_t *columns = json_object_get(params, "columns"), *order = json_object_get(params, "order");
    bool counted = json_is_true(json_object_get(params, "count")), raw = json_is_true(json_object_get(params, "raw"));
    if (name == NULL ||
        (!counted && !json_is_string(columns) && (json_array_size(columns) == 0 || !all_text(columns))) ||
        !all_text(order)) {
        *problem = memory_copy("stored: `table` and either `columns` (names) or `count: true` are needed");
        return DATABASE_REFUSED;
    }
    const struct table *table = tables_find(&database->tables, name);
    struct sql sql = driver_sql(database);
    text_add(&sql.out, "SELECT ");
    if (counted) {
        text_add(&sql.out, "count(*)");
    } else {
        select_columns(&sql, columns, raw);
    }
    text_add(&sql.out, " FROM ");
    sql_identifier(&sql, name);
    sql_where(&sql, table, json_object_get(params, "where"));
    enum database_status status;
    if (counted) {
        int64_t count = 0;
        status = driver_finish(database, &sql, take_count, &count, problem);
        *result = status == DATABASE_FINE ? json_integer(count) : NULL;
        return status;
    }
    order_rows(&sql, table, order, columns);
    struct reading reading = {
        .database = database, .table = table, .columns = columns, .rows = json_array(), .raw = raw};
    status = driver_finish(database, &sql, take_row, &reading, problem);
    if (status != DATABASE_FINE) {
        json_decref(reading.rows);
        reading.rows = NULL;
    }
    *result = reading.rows;
    return status;
}

/* ---- shape ------------------------------------------------------------------------------------------------------- */

static void take_shape(void *context, const struct cell *cells, size_t count)
{
    (void)count;
    json_decref(*(json_t **)context);
    *(json_t **)context = json_loadb(cells[0].bytes, cells[0].length, 0, NULL);
}

static enum database_status read_shape(struct database *database, const char *table, json_t **shape, char **problem)
{
    struct sql sql = driver_sql(database);
    const char *slot = strstr(database->driver->shape, "%s");
    json_t *name = json_string(table);
    text_add_bytes(&sql.out, database->driver->shape, (size_t)(slot - database->driver->shape));
    sql_literal(&sql, COLUMN_TEXT, name);
    text_add(&sql.out, slot + strlen("%s"));
    json_decref(name);
    *shape = NULL;
    enum database_status status = driver_finish(database, &sql, take_shape, shape, problem);
    if (status == DATABASE_FINE && *shape == NULL) {
        *shape = json_null();
    } else if (status == DATABASE_FINE) {
        shape_finish(*shape);
    }
    return status;
}

enum database_status database_shape(struct database *database, const json_t *params, json_t **result, char **problem)
{
    const char *table = json_string_value(json_object_get(params, "table"));
    if (table == NULL) {
        *problem = memory_copy("shape: `table` is needed");
        return DATABASE_REFUSED;
    }
    return read_shape(database, table, result, problem);
}

enum database_status database_compare(struct database *database, char **difference, char **problem)
{
    *difference = NULL;
    for (size_t i = 0; i < database->tables.count && *difference == NULL; i++) {
        json_t *shape;
        enum database_status status = read_shape(database, database->tables.items[i].name, &shape, problem);
        if (status != DATABASE_FINE) {
            return status;
        }
        *difference = shape_difference(&database->tables.items[i], shape, database->server->kind, database->facts);
        json_decref(shape);
    }
    return DATABASE_FINE;
}

/* ---- behind ------------------------------------------------------------------------------------------------------ */

/* The rows of `fill`, as `insert` takes them. */
static json_t *fill_rows(const json_t *params)
{
    const json_int_t count = json_integer_value(json_object_get(params, "count"));
    json_t *number = json_object_get(params, "number"), *cycle = json_object_get(params, "cycle");
    json_t *rows = json_array(), *header = json_array(), *name;
    const char *column;
    json_t *values;
    size_t at;
    json_array_foreach(number, at, name)
    {
        json_array_append(header, name);
    }
    json_object_foreach(cycle, column, values)
    {
        json_array_append_new(header, json_string(column));
    }
    json_array_append_new(rows, header);
    for (json_int_t i = 1; i <= count; i++) {
        json_t *row = json_array();
        for (size_t k = 0; k < json_array_size(number); k++) {
            json_array_append_new(row, json_integer(i));
        }
        json_object_foreach(cycle, column, values)
        {
            json_array_append(row, json_array_get(values, (size_t)(i - 1) % json_array_size(values)));
        }
        json_array_append_new(rows, row);
    }
    return rows;
}

static enum database_status disconnect(struct database *database, char **problem)
{
    if (database->driver->disconnect == NULL) {
        *problem = memory_copy("behind: connections to SQLite cannot be ended");
        return DATABASE_REFUSED;
    }
    return database->driver->run(database, database->driver->disconnect, NULL, NULL, problem);
}

static enum database_status change(struct database *database, struct sql *sql, const json_t *hold, char **problem)
{
    if (!json_is_true(hold) && !json_is_integer(hold)) {
        return driver_finish(database, sql, NULL, NULL, problem);
    }
    enum database_status status = DATABASE_REFUSED;
    if (sql->problem != NULL) {
        *problem = sql->problem;
    } else {
        status = hold_begin(database, text_get(&sql->out), (int)json_integer_value(hold), problem);
    }
    text_free(&sql->out);
    return status;
}

enum database_status database_behind(struct database *database, const json_t *params, char **problem)
{
    if (json_is_true(json_object_get(params, "release"))) {
        return hold_release(database, problem);
    }
    if (json_is_true(json_object_get(params, "disconnect"))) {
        return disconnect(database, problem);
    }
    const char *fill = json_string_value(json_object_get(params, "fill"));
    const char *insert = json_string_value(json_object_get(params, "insert")),
               *update = json_string_value(json_object_get(params, "update"));
    const char *delete = json_string_value(json_object_get(params, "delete"));
    const json_t *own = json_object_get(params, "sql"), *where = json_object_get(params, "where");
    struct sql sql = driver_sql(database);
    if (fill != NULL) {
        json_t *rows = fill_rows(params);
        sql_insert(&sql, tables_find(&database->tables, fill), fill, rows);
        text_add(&sql.out, database->advance != NULL ? database->advance : "");
        json_decref(rows);
    } else if (insert != NULL) {
        sql_insert(&sql, tables_find(&database->tables, insert), insert, json_object_get(params, "rows"));
        text_add(&sql.out, database->advance != NULL ? database->advance : "");
    } else if (update != NULL) {
        sql_update(&sql, tables_find(&database->tables, update), update, json_object_get(params, "set"), where);
    } else if (delete != NULL) {
        sql_delete(&sql, tables_find(&database->tables, delete), delete, where);
    } else {
        const char *text = json_string_value(
            json_is_object(own) ? json_object_get(own, spec_database_name(database->server->kind)) : own);
        if (text == NULL) {
            *problem = memory_format("behind: there is no `insert`, `update`, `delete`, `fill`, or `sql` for %s",
                                     spec_database_name(database->server->kind));
            return DATABASE_REFUSED;
        }
        text_add(&sql.out, text);
    }
    return change(database, &sql, json_object_get(params, "hold"), problem);
}
