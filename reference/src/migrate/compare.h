/* Two shapes compared: an ordered list of changes, each with what was before and what comes after, so that it can be undone. */
#ifndef ORM_MIGRATE_COMPARE_H
#define ORM_MIGRATE_COMPARE_H
#include "schema/shape.h"

typedef struct orm__difference {
    orm_change_kind kind;
    const orm__shape_table *before, *after;  /* the table as it is and as it should be; one is NULL where it comes or goes */
    const orm__shape_column *old, *new_;
    const orm__shape_set *old_set, *new_set;
    const char *decision, *undo_decision;    /* what a person has to decide before it is done, or undone; NULL: nothing */
    const char *note;                        /* what a person should know; NULL: nothing */
} orm__difference;

typedef struct orm__differences {
    orm_changes seen;                        /* first: what the user holds */
    orm__difference *at;
    size_t count, capacity;
    orm__shape live, models;
    orm__arena arena;                        /* of what the user sees, and of notes */
} orm__differences;

/* `live` and `models` are filled by the caller and freed with the rest. In the order in which changes can be made: foreign keys that go, new tables, changes in tables
 * (new columns and constraints before those that go), foreign keys that come, tables that go. */
orm_status orm__compare(orm__differences *, const orm__syntax *, const orm_compare_options *, orm_error *);
orm_status orm__differences_tell(orm__differences *, orm_error *); /* fills `seen` */
void orm__differences_free(orm__differences *);
bool orm__same_sql(const orm__syntax *, const char *, const char *); /* the same but for space and the case of words */
/* A change of a type that the database may have made without the model being able to say it: INTEGER and BIGINT, JSON and JSONB. */
bool orm__same_type(const orm__shape_column *live, const orm__shape_column *model);
#endif
