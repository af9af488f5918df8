/* A model or plain table while its schema is read. Private to this room. */
#ifndef SPEC_SOURCE_H
#define SPEC_SOURCE_H
#include "spec/load.h"

struct source {
    const struct yaml *node;     /* NULL: refused */
    const struct yaml **columns; /* maps */
    size_t column_count;
    const struct yaml **relationships; /* maps */
    size_t relationship_count;
    const char *table; /* in the database */
    bool is_model;
};

struct sources {
    const struct source *items;
    size_t count;
};

/* schema.c */
const struct source *source_of_model(const struct sources *sources, const char *name);
const struct source *source_of_table(const struct sources *sources, const char *table);
/* By the member's name, or by the name in the database. */
const struct yaml *source_column(const struct source *source, const char *name, bool stored);
/* Where the columns of a table lead: the table that each of them, in this order, refers to with one foreign key, of one
 * column or of several. NULL: nowhere together. */
const char *source_leads_to(struct loader *loader, const struct source *source, const char *const *columns,
                            size_t count);
/* "table.column" in two parts; false: it is not that. */
bool source_split(struct loader *loader, const char *reference, const char **table, const char **column);

/* relationship.c */
void relationship_read(struct loader *loader, const struct yaml *list, struct source *source);
void relationship_check(struct loader *loader, const struct sources *sources);
/* In the long forms that go over the wire. A new reference. */
json_t *relationship_json(struct loader *loader, const struct source *source);
#endif
