/* Inside of the loader: what its parts share. */
#ifndef SPEC_LOAD_H
#define SPEC_LOAD_H
#include "base/arena.h"
#include "base/text.h"
#include "spec/spec.h"
#include "spec/yaml.h"

/* The loader's memory, owned by the spec. */
struct spec_impl {
    struct arena arena;
    json_t **owned;
    size_t owned_count, owned_room;
};

struct load_refusal {
    struct spec_place place;
    char *message;
    size_t file; /* files are told in the order in which they were read */
};

struct loader {
    struct spec *spec;
    struct arena *arena;
    const char *root;
    struct load_refusal *refusals;
    size_t refusal_count, refusal_room;
    struct text hashes; /* one line for each file read: the spec's own hash is over these */
    const char **files; /* shown names in reading order */
    size_t file_count, file_room;
    const struct yaml **id_nodes; /* ids and old ids of all chapters, to find duplicates */
    size_t id_count, id_room;
    bool wrong_schema; /* the schema in hand is wrong on purpose */
};

/* A spec_report whose context is the loader: collects, without repeating itself. */
void load_collect(void *loader, const struct spec_place *place, const char *message);
void load_refuse(struct loader *loader, const struct spec_place *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Hands a new reference to the spec; gives it back. */
json_t *load_keep(struct loader *loader, json_t *json);
/* " (did you mean `x`?)", or "". `names` is an array of pointers to text, each `step` bytes after the last, ended by
 * NULL. */
const char *load_hint(struct loader *loader, const char *name, const void *names, size_t step);
bool load_has_name(const char *const *names, const char *name);
bool load_map(struct loader *loader, const struct yaml *node, const char *what, const struct yaml_key *keys);
/* Text of a map's key, or NULL when it is missing or, reported, no text or empty. */
const char *load_text(struct loader *loader, const struct yaml *map, const char *key);
/* A boolean of a map's key; `fallback` when it is missing or, reported, none. */
bool load_boolean(struct loader *loader, const struct yaml *map, const char *key, bool fallback);
/* A list node of a map's key, or NULL when it is missing or, reported, no list. */
const struct yaml *load_list(struct loader *loader, const struct yaml *map, const char *key);
/* A NULL-ended list of texts; empty when the key is missing. */
const char **load_texts(struct loader *loader, const struct yaml *map, const char *key);
/* Reads PATH (shown as `shown`) as YAML. */
struct yaml *load_yaml(struct loader *loader, const char *path, const char *shown);
/* Is it a YAML file by its name? One that ends in .yml is refused: it would lie there unread. */
bool load_is_yaml(struct loader *loader, const char *shown);
bool load_is_word(const char *text); /* [A-Za-z0-9_-]+ */

/* value.c: typed conversion. A refused value stands as null. New references. */
enum load_use { LOAD_PARAM, LOAD_EXPECT, LOAD_FIXTURE };
json_t *load_value(struct loader *loader, const struct yaml *node, enum load_use use);
/* The name of the operator that a node is ("db"), or NULL. */
const char *load_operator_name(const struct yaml *node);
bool load_is_var(const struct yaml *node);
/* What a node may stand for: the branches of `db` and `fact`, else the node itself. Other operators and variables stand
 * for nothing known here. */
typedef void load_visit(void *context, const struct yaml *branch);
void load_branches(const struct yaml *node, load_visit *visit, void *context);

/* expand.c: placeholders of one row put in. NULL: left out. */
struct load_row {
    const struct yaml *header; /* NULL: a case without a table */
    const struct yaml *cells;
};
struct yaml *load_expand(struct loader *loader, struct yaml *node, const struct load_row *row);
bool load_is_placeholder(const struct yaml *node);
/* Counts for each header column (but the first) the placeholders that name it. */
void load_count_uses(const struct yaml *node, const struct yaml *header, size_t *uses);
bool load_is_omit(const struct yaml *node);

/* lists.c */
void load_lists(struct loader *loader);
/* schema.c */
void load_schemas(struct loader *loader);
/* rows.c */
void load_rows(struct loader *loader);
/* Does a typed value fit a column's type? Else what it should be. */
const char *load_misfit(const char *type, const json_t *value);
const struct spec_rows *load_find_rows(const struct spec *spec, const struct spec_schema *schema, const char *name);

/* query.c: checks `q` and `end` of a query and adds the capabilities they need. */
struct load_needs {
    const char **names;
    size_t count, room;
};
void load_need(struct load_needs *needs, const char *name);
void load_query(struct loader *loader, const struct yaml *params, struct load_needs *needs);
/* ends.c: checks an end that has operands of its own; false: it is no such end. */
bool load_own_end(struct loader *loader, const struct yaml *node, const char *name, struct load_needs *needs);
/* {model, q}: a query without an end, within another. */
void load_inner_query(struct loader *loader, const struct yaml *node, struct load_needs *needs);

/* expression.c */
void load_expression(struct loader *loader, const struct yaml *node, struct load_needs *needs);
bool load_is_expression(const char *name);
/* A column's name, or an expression; `what` has it as its operand. */
void load_operand(struct loader *loader, const struct yaml *node, struct load_needs *needs, const char *what);

/* migration.c: checks the params of `migrate` together and adds the capabilities they need. */
void load_migrate(struct loader *loader, const struct yaml *params, struct load_needs *needs);

/* A map of values, with {$: col}, {$: expr} and {$: query} among them. */
void load_assigned(struct loader *loader, const struct yaml *values, struct load_needs *needs);

/* step.c */
void load_step(struct loader *loader, const struct yaml *node, struct spec_step *step, struct load_needs *needs);
json_t *load_when(struct loader *loader, const struct yaml *node);

/* chapter.c */
void load_chapter(struct loader *loader, const char *path, const char *shown, struct spec_chapter *chapter);
#endif
