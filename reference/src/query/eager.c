/* What a query loads together with its objects. */
#include "query/query.h"
#include <string.h>

static orm_status check(orm_query *query, const orm__relation *r, orm_lazy how)
{
    const char *model = r->mapper->model->struct_name;
    if ((int)how < 0 || how > ORM_LAZY_OWN_JOIN || how == ORM_LAZY_DYNAMIC) {
        return orm__fail(&query->error, ORM_ARGUMENT, "%s.%s: no way of loading that a query can choose (%d)", model,
                         r->member, (int)how);
    }
    if (r->lazy == ORM_LAZY_DYNAMIC) {
        return orm__fail(&query->error, ORM_ARGUMENT, "%s.%s is dynamic: it is never loaded", model, r->member);
    }
    return ORM_OK;
}

/* The relationship that the path begins with; *path goes on behind it. */
static const orm__relation *step(orm_query *query, const orm__mapper *mapper, const char **path)
{
    const size_t size = strcspn(*path, ".");
    for (size_t i = 0; i < mapper->relation_count; i++) {
        const orm__relation *r = &mapper->relations[i];
        if (strlen(r->member) == size && strncmp(r->member, *path, size) == 0) {
            *path += size + ((*path)[size] == '.');
            return r;
        }
    }
    (void)orm__fail(&query->error, ORM_ARGUMENT, "%s has no relationship \"%.*s\"", mapper->model->struct_name,
                    size < 200 ? (int)size : 200, *path);
    return NULL;
}

void orm_query_load(orm_query *query, const char *path, orm_lazy how)
{
    if (query == NULL || query->error.status != ORM_OK) {
        return;
    }
    const orm__mapper *mapper = query->mapper;
    orm__choice **list = &query->choices;
    const char *rest = path != NULL ? path : "";
    do {
        const orm__relation *r = step(query, mapper, &rest);
        const bool last = *rest == '\0';
        if (r == NULL || (last && check(query, r, how) != ORM_OK)) {
            return;
        }
        orm__choice *choice = orm__choice_add(list, r);
        if (choice == NULL) {
            (void)orm__nomem(&query->error);
            return;
        }
        if (last) {
            choice->made = true;
            choice->how = how;
        }
        list = &choice->inner;
        mapper = r->target;
    } while (*rest != '\0');
}

orm_status orm__query_eager(orm_query *query, orm_object *const *objects, size_t count)
{
    const orm__way way = {query->mapper, NULL};
    if (count == 0 || !orm__eager_any(query->mapper, query->choices)) {
        return ORM_OK;
    }
    orm__list *list = orm__list_make(count);
    if (list == NULL) {
        return orm__nomem(&query->session->error);
    }
    memcpy(list->at, objects, count * sizeof *list->at);
    list->count = count;
    orm_status rc = orm__eager_load(query->session, &way, query->choices, list, &query->select);
    orm__list_drop(list);
    return rc;
}
