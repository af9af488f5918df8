#include "kept.h"
#include "values.h"
#include <stdlib.h>

json_t *kept_add(struct world *w, orm_query *query, const orm_model *model, bool values)
{
    struct kept_query *kept = must(calloc(1, sizeof *kept));
    *kept = (struct kept_query){ .next = w->kept, .number = --w->last_kept, .query = query, .model = model, .values = values };
    w->kept = kept;
    return must(json_pack("{s:s, s:I, s:s}", "$", "obj", "v", (json_int_t)kept->number, "model", model->struct_name));
}

bool kept_find(struct world *w, struct call *c, const json_t *handle, const struct kept_query **out)
{
    const json_t *number = value_tagged(handle, "obj");
    for (struct kept_query *kept = w->kept; json_is_integer(number) && kept != NULL; kept = kept->next)
        if (kept->number == json_integer_value(number))
            return *out = kept, true;
    return call_bad(c, "where a query is meant is none");
}

void kept_clear(struct world *w)
{
    while (w->kept != NULL) {
        struct kept_query *kept = w->kept;
        w->kept = kept->next;
        orm_query_close(&kept->query);
        free(kept);
    }
}
