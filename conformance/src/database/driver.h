/* What the two databases do each in its own way. Private to this room. */
#ifndef DATABASE_DRIVER_H
#define DATABASE_DRIVER_H
#include "database/cell.h"
#include "database/database.h"
#include "database/sql.h"

#include <stdatomic.h>

/* Called for each row of a result. */
typedef void driver_row(void *context, const struct cell *cells, size_t count);

struct driver {
    /* With `row` one query; else statements, all or none. */
    enum database_status (*run)(struct database *database, const char *sql, driver_row *row, void *context,
                                char **problem);
    /* A query of one row and one column: the structure of the table whose name, as a literal, takes the place of %s.
     * JSON as spec/README.md has it for `shape`, but without `type` and `length`, and unsorted. No row: there is no
     * such table. */
    const char *shape;
    /* Finds database->clear and database->advance. */
    enum database_status (*learn)(struct database *database, char **problem);
    /* A second connection that has run the statements in a transaction, which is open yet. */
    enum database_status (*begin_second)(struct database *database, const char *sql, void **connection, char **problem);
    /* Commits it and closes the connection, in any case. */
    enum database_status (*commit_second)(void *connection, char **problem);
    /* SQL that ends everybody else's connections and waits until they are gone; NULL: nobody can. */
    const char *disconnect;
    bool (*save)(struct database *database, const char *path, char **problem);
    /* Closes the connection and deletes the database. */
    void (*drop)(struct database *database);
};

struct database_server {
    enum spec_database kind;
    char version[32];
    char *scratch;
    atomic_uint made;              /* databases so far: their names count on */
    struct postgresql *postgresql; /* NULL for SQLite */
};

struct database {
    struct database_server *server;
    const struct driver *driver;
    void *connection;
    char *name; /* of the database, or the path of its file */
    json_t *address;
    struct arena arena; /* of `tables`; renewed by database_use */
    struct tables tables;
    const json_t *facts;
    char *clear;   /* SQL: delete all rows, keys start from the beginning */
    struct hold *hold; /* NULL: nothing is held */
    char *advance; /* SQL: put what counts keys behind the largest ones; NULL: nothing to do */
};

/* SQL for this database, to be filled and run. */
struct sql driver_sql(const struct database *database);
enum database_status driver_finish(struct database *database, struct sql *sql, driver_row *row, void *context,
                                   char **problem);

bool sqlite_server_start(struct database_server *server, const struct database_settings *settings, char **problem);
struct database *sqlite_make(struct database_server *server, char **problem);
bool postgresql_server_start(struct database_server *server, const struct database_settings *settings, char **problem);
void postgresql_server_stop(struct database_server *server);
struct database *postgresql_make(struct database_server *server, char **problem);
const char *const *postgresql_secrets(const struct database_server *server);
void postgresql_environment(const struct database *database, json_t *environment);
#endif
