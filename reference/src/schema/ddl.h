/* The statements that make and drop the tables of a registry, computed without a database. */
#ifndef ORM_SCHEMA_DDL_H
#define ORM_SCHEMA_DDL_H
#include "schema/shape.h"

typedef struct orm__ddl {
    char **at;
    size_t count, capacity;
} orm__ddl; /* all zero is an empty one */

/* Tables in the order of foreign keys, each with its indexes behind it; keys that close a cycle come last, where the
 * dialect can add them. `wanted` has a flag for each mapper of the registry, by index: the others are there already.
 * ORM_MAPPING for a name that the dialect would cut. ORM_NOMEM. Then the list is empty. */
orm_status orm__ddl_create(const orm__dialect *, const orm__registry *, const bool *wanted, orm__ddl *, orm_error *);
/* All tables, those that refer to others first; what is not there is passed by. */
orm_status orm__ddl_drop(const orm__dialect *, const orm__registry *, orm__ddl *, orm_error *);
orm_status orm__ddl_push(orm__ddl *, orm__text *statement, orm_error *); /* copies, and empties the text */
void orm__ddl_free(orm__ddl *);
#endif
