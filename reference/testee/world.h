/* What lives between requests: the models, the opened database, its sessions and objects. */
#ifndef TESTEE_WORLD_H
#define TESTEE_WORLD_H
#include "handles.h"

struct models { /* of the last define */
    orm_builder *builder;
    const orm_schema *schema;
    json_t *passwords; /* {model: the member that holds its password hash} */
};

struct world {
    struct models models;
    bool opened;
    json_t *opening;                   /* the parameters of the last open */
    orm_database *database;            /* NULL until there was an open */
    struct session *sessions;
    struct handles handles;
    struct kept_query *kept;
    int64_t last_kept;
    orm_counts counted;                /* at the last reset of stats */
    char **environment;                /* as it was, once an operation changed it; else NULL */
    bool log;                          /* statements go to standard error */
};

orm_value world_tick(orm_session *); /* the default `tick` */

bool world_open(struct world *, struct call *);                           /* by the call's parameters */
bool world_define(struct world *, struct call *, struct models *);       /* takes the models over, also when it fails */
bool world_reset(struct world *, struct call *);
void world_free(struct world *);
void models_free(struct models *);
bool world_database(struct world *, struct call *, orm_database **);      /* fails before an open */
bool world_session(struct world *, struct call *, struct session **);     /* the call's own, made when it is new */
bool world_model(struct world *, struct call *, const char *name, const orm_model **);
/* A relationship of a model, its own or one that another model made in it; NULL: none. */
struct relationship { const char *name; const orm_model *target; };
const struct relationship *world_relationship(const struct world *, const orm_model *, const char *name);
const orm_model *world_path(const struct world *, const orm_model *, const char *path); /* where "posts.tags" leads; NULL: nowhere */
json_t *world_handle(struct world *, struct session *, orm_object *);
/* The parameter `obj`, or one item of `objs`. */
bool world_object(struct world *, struct call *, const json_t *, struct handle **);
#endif
