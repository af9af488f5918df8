/* What the parts of the registry share while it is being made. */
#ifndef ORM_MODEL_MAKER_H
#define ORM_MODEL_MAKER_H
#include "base/error.h"
#include "model/mapper.h"

typedef struct orm__maker {
    const orm_schema *schema;
    orm__registry *registry;
    orm_error *error;
} orm__maker;

const char *orm__mapper_title(const orm__mapper *); /* how messages name a model, or a plain table */
orm_status orm__bad_field(const orm__maker *, const orm__mapper *, const orm__field *, const char *problem);

/* registry.c: what a key names. NULL, with the error: `who` is what the message begins with. */
const orm__field *orm__key_field(const orm__maker *, const orm_key *, const char *who, const orm__mapper **target);

/* reference.c: the foreign keys of all models; each column's own one has been taken already. */
orm_status orm__take_references(const orm__maker *, orm__mapper *);
/* relationship.c: all relationships of all models. */
orm_status orm__take_relationships(const orm__maker *);
#endif
