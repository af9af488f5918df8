/* The runner's own eyes and hands: databases that it makes, watches and changes behind a testee's back. */
#ifndef DATABASE_DATABASE_H
#define DATABASE_DATABASE_H
#include "spec/spec.h"

struct database_server; /* where databases are made: a folder, or a PostgreSQL server */
struct database;        /* one database, and the runner's connection to it */

enum database_status {
    DATABASE_FINE,
    DATABASE_REFUSED,  /* a statement failed: no such table or column, a literal of a wrong form */
    DATABASE_CONFLICT, /* a constraint stood against it */
    DATABASE_LOCKED,   /* somebody held a lock for longer than DATABASE_LOCK_SECONDS */
    DATABASE_LOST,     /* the database itself cannot do its work */
};
enum { DATABASE_LOCK_SECONDS = 5 };

struct database_settings {
    enum spec_database kind;
    const char *root;    /* the project's folder: fixtures/postgres is there */
    const char *scratch; /* an existing folder for files */
    const char *url;     /* of a PostgreSQL server; NULL: a throwaway one */
    int interrupt_fd;    /* readable when the run is to end; -1: none */
};

/* NULL with *problem (to free, as every problem here) when it cannot be had. */
struct database_server *database_server_start(const struct database_settings *settings, char **problem);
void database_server_stop(struct database_server *server);
/* "3.40.1", "15.8". */
const char *database_server_version(const struct database_server *server);
/* The password of a server that somebody else runs, as it is and as a URL has it: for nobody's eyes. NULL-ended. */
const char *const *database_server_secrets(const struct database_server *server);
/* What `env` may name besides `dir`: {"url": …} of the database, and on PostgreSQL {"pg.host": …} as far as the server
 * has it. `pg.dbname` is that of the database. */
void database_environment(const struct database *database, json_t *environment);

/* A new, empty database. Any thread may make, use and drop its own. */
struct database *database_make(struct database_server *server, char **problem);
/* Closes and deletes it, whoever is still connected; NULL is fine. */
void database_drop(struct database *database);
/* Writes a copy of what is committed: a database file of SQLite, a script for psql. False with *problem. */
bool database_save(struct database *database, const char *path, char **problem);
/* What `open` takes: url, dialect and the parts. Borrowed. */
const json_t *database_address(const struct database *database);

/* Which tables there will be, and how their values are to be read. Both stay borrowed; `names` as tables_read has it.
 */
void database_use(struct database *database, const json_t *schema, const json_t *names, const json_t *facts);
enum database_status database_create_tables(struct database *database, char **problem);
/* To be called once the tables are there: finds what counts their keys. */
enum database_status database_learn(struct database *database, char **problem);
/* All rows of all tables go, and keys start from the beginning. */
enum database_status database_clear(struct database *database, char **problem);
/* {table: [[column, …], [value, …], …]}; keys go on behind the loaded ones. */
enum database_status database_load(struct database *database, const json_t *rows, char **problem);

/* The runner's steps, params as spec/README.md has them, with nothing left to resolve. */
enum database_status database_stored(struct database *database, const json_t *params, json_t **result, char **problem);
enum database_status database_shape(struct database *database, const json_t *params, json_t **result, char **problem);
enum database_status database_behind(struct database *database, const json_t *params, char **problem);

/* How the tables differ from the schema in what every case relies on: tables, columns, types, nullability, primary,
 * unique and foreign keys. *difference (to free) is NULL when they do not. */
enum database_status database_compare(struct database *database, char **difference, char **problem);
#endif
