/* A database's tables as a shape. */
#ifndef ORM_MIGRATE_INSPECT_H
#define ORM_MIGRATE_INSPECT_H
#include "engine/engine.h"
#include "schema/shape.h"

#define ORM__VERSION_TABLE "alembic_version"

/* All tables but the version table. The connection may be in a transaction. */
orm_status orm__inspect(orm__connection *, orm__shape *, orm_error *);
/* How the database would keep these columns' defaults: `columns` of any tables, whose default_ is not NULL; into `out`, in the arena. Where it keeps
 * the text as it is that is the text. Needs a transaction, which the caller rolls back. */
orm_status orm__inspect_defaults(orm__connection *, orm__arena *, const orm__shape_column *const *columns, size_t count, const char **out, orm_error *);
/* Does the query have a row? No binds. */
orm_status orm__any_row(orm__connection *, const char *sql, bool *any, orm_error *);
#endif
