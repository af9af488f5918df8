/* The specification in memory: chapters of behaviours, their cases multiplied by their tables, and the closed lists. */
#ifndef SPEC_SPEC_H
#define SPEC_SPEC_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* The protocol's version. */
#define SPEC_PROTOCOL 1

enum spec_database { SPEC_SQLITE, SPEC_POSTGRESQL, SPEC_DATABASES };
enum spec_level { SPEC_MUST, SPEC_SHOULD, SPEC_MAY };

struct yaml; /* spec/yaml.h */

/* Where something stands: lines and columns count from 1. */
struct spec_place {
    const char *file;
    int line, column;
};

/* What a step's operation is and takes. One static table, taken from spec/protocol.md, serves the loader, lint, explain
 * and run. */
enum spec_param_kind {
    SPEC_PARAM_ANY,
    SPEC_PARAM_TEXT,
    SPEC_PARAM_BOOLEAN,
    SPEC_PARAM_OBJECT,
    SPEC_PARAM_OBJECTS,
    SPEC_PARAM_MAP,
    SPEC_PARAM_LIST,
    SPEC_PARAM_CONTENT /* text, or bytes */
};
struct spec_param {
    const char *name;
    enum spec_param_kind kind;
    bool required;
};
struct spec_operation {
    const char *name;
    const char *needs;               /* a capability, or NULL */
    bool own;                        /* the runner's: never sent */
    bool hidden;                     /* hello, reset: no step of a case may name it */
    const struct spec_param *params; /* ends with a NULL name */
};
const struct spec_operation *spec_operation_find(const char *name);
const struct spec_operation *spec_operations(size_t *count);

/* Steps and ends of queries, and the capability that each needs. */
struct spec_query_part {
    const char *name;
    const char *needs;
    bool key; /* an end that takes a key: [get, 1] */
};
const struct spec_query_part *spec_query_step_find(const char *name);
const struct spec_query_part *spec_query_end_find(const char *name);
const char *spec_database_name(enum spec_database database);
const char *spec_level_name(enum spec_level level);

struct spec_step {
    const struct spec_operation *operation;
    json_t *params; /* objects as {"$":"var","v":name}; reals as {"$":"float",…}; operators {"~":…} still in place */
    const char *bind; /* `as`, or NULL */
    json_t *expect;   /* NULL: not judged */
    json_t *error;    /* a kind (string), a list of kinds, a `db` operator of these, or NULL */
    json_t *when;     /* NULL: always */
    struct spec_place place;
    const struct yaml *source; /* as written, with the table's row put in */
};

struct spec_behaviour;
struct spec_case {
    const char *id; /* behaviour/case or behaviour/case/row */
    const struct spec_behaviour *behaviour;
    const struct yaml *source;        /* as written: the rows of a table share it */
    const struct spec_schema *schema; /* NULL: none */
    const char *rows_name;            /* of the file of rows, or NULL */
    json_t *rows;                     /* {table: [[column, …], [value, …], …]}, or NULL */
    json_t *when;                     /* NULL: always */
    const char **needs; /* the behaviour's, the case's, its steps' and their queries'; unique; NULL-ended */
    bool fresh;       /* a database of its own */
    bool with_tables; /* the tables are made, with this enforcement of foreign keys on SQLite */
    bool foreign_keys;
    struct spec_step *steps;
    size_t step_count;
    struct spec_place place;
};

struct spec_behaviour {
    const char *id;
    enum spec_level level;
    const char *rule, *source, *untested;   /* untested: NULL when there are cases */
    const char **was, **catalogue, **needs; /* NULL-ended */
    const struct spec_chapter *chapter;
    struct spec_case *cases; /* multiplied by their tables */
    size_t case_count;
    struct spec_place place;
};

struct spec_chapter {
    const char *name; /* the file's name without .yaml */
    const char *title;
    struct spec_behaviour *behaviours;
    size_t behaviour_count;
};

struct spec_schema {
    const char *name;
    const char *sha256; /* hexadecimal */
    json_t *json;       /* as `define` sends it: name, sha256, models with `table` filled in, tables */
    json_t *tables;     /* {name in the database: the model or plain table of `json` that lies there}; derived names are
                           filled in */
    bool derive_names;
    bool wrong;         /* on purpose, as its name says: only a `define` step may name it */
    struct spec_place place;
};

/* One file of fixtures/rows/SCHEMA. */
struct spec_rows {
    const char *name;
    const struct spec_schema *schema;
    json_t *json; /* {table: [[column, …], [value, …], …]}; the cases that use it hold the same object */
    struct spec_place place;
};

struct spec_fact {
    const char *name;
    json_t *fallback, *values; /* values: list, or NULL for any integer */
    struct spec_place place;
};
struct spec_profile {
    const char *name;
    const char **capabilities; /* with those of what it includes; NULL-ended */
};

struct spec {
    const char *version; /* the suite's */
    const char *sha256;  /* over all loaded files, in order */
    struct spec_chapter *chapters;
    size_t chapter_count;
    struct spec_schema **schemas;
    size_t schema_count;
    struct spec_rows *rows;
    size_t row_count;
    const char **capabilities, **capability_says; /* NULL-ended, parallel */
    const struct spec_place *capability_places;   /* parallel */
    const char **kinds;                           /* NULL-ended: the leaves */
    struct spec_fact *facts;
    size_t fact_count;
    struct spec_profile *profiles;
    size_t profile_count;
    struct spec_impl *impl; /* the loader's memory */
};

/* Reads ROOT/spec and ROOT/fixtures, and `extra` chapter files or folders (a chapter of the same file name replaces;
 * NULL-ended, may be NULL). Errors go to `report`, one line each, "file:line:column: message"; NULL is returned when
 * there was any. */
typedef void spec_report(void *context, const struct spec_place *place, const char *message);
struct spec *spec_load(const char *root, const char *const *extra, spec_report *report, void *context);
void spec_free(struct spec *spec);

bool spec_has_capability(const struct spec *spec, const char *name);
/* A leaf, or with `prefix` also an inner node of the tree ("integrity"). */
bool spec_has_kind(const struct spec *spec, const char *name, bool prefix);
const struct spec_fact *spec_find_fact(const struct spec *spec, const char *name);
const struct spec_profile *spec_find_profile(const struct spec *spec, const char *name);
const struct spec_schema *spec_find_schema(const struct spec *spec, const char *name);

/* Parts of a schema's JSON: a model by its name, a column of a model or plain table by its name there, or by its name
 * in the database. */
const json_t *spec_find_model(const struct spec_schema *schema, const char *name);
const json_t *spec_find_column(const json_t *table, const char *name);
const json_t *spec_find_stored(const json_t *table, const char *name);
const char *spec_stored_name(const json_t *column);
/* Where the relationship `name` of a model leads, also one that another model's backref makes: the model's name, or
 * NULL. `many` is set when it is a collection. */
const char *spec_find_target(const struct spec_schema *schema, const json_t *model, const char *name, bool *many);
#endif
