/* Changes as the SQL and directives of a revision's section. */
#ifndef ORM_MIGRATE_RENDER_H
#define ORM_MIGRATE_RENDER_H
#include "migrate/compare.h"

/* The body of one section, each statement ended by ";\n". `down`: the exact reverse. ORM_MIGRATION for what no line can say. */
orm_status orm__render(orm__text *, const orm__differences *, const orm__dialect *, bool down, orm_error *);
/* SQL that turns a column's value into another type; NULL: the database does it by itself. `type` is the new one in the dialect's words. */
void orm__render_cast(orm__text *, const orm__shape_column *old, const orm__shape_column *new_, const char *type);
/* Can SQLite add such a column without a rebuild? */
bool orm__is_constant(const orm__syntax *, const char *expression);
#endif
