/* What a person has to decide or should know before changes are made: asked of the rows that the database has. */
#ifndef ORM_MIGRATE_JUDGE_H
#define ORM_MIGRATE_JUDGE_H
#include "engine/engine.h"
#include "migrate/compare.h"

/* In a transaction, which the caller rolls back. */
orm_status orm__judge(orm__connection *, orm__differences *, orm_error *);
#endif
