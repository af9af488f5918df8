/* A CREATE TABLE statement of SQLite taken apart, changed as ALTER TABLE would, and written again. Whatever liborm has no word for (checks, collations,
 * computed columns, WITHOUT ROWID) stays as it was written. Computed without a database. */
#ifndef ORM_MIGRATE_TABLE_TEXT_H
#define ORM_MIGRATE_TABLE_TEXT_H
#include "schema/shape.h"

enum orm__part_kind {
    ORM__PART_PRIMARY_KEY, ORM__PART_NOT_NULL, ORM__PART_NULL, ORM__PART_UNIQUE, ORM__PART_CHECK, ORM__PART_DEFAULT,
    ORM__PART_COLLATE, ORM__PART_REFERENCES, ORM__PART_COMPUTED
};
/* A constraint of a column, or of the table. */
typedef struct orm__part {
    enum orm__part_kind kind;
    const char *name;            /* NULL: none was given */
    const char *text;            /* all of it, with its name */
    const char *const *columns;  /* of the table's: those between its parentheses, "(a, b)" */
    size_t count;
} orm__part;
typedef struct orm__parts { orm__part *at; size_t count, capacity; } orm__parts;

typedef struct orm__text_column {
    const char *name, *written;  /* plain; as it stands in the statement */
    const char *type;            /* as written, or "" */
    orm__parts parts;
    bool computed;               /* SQLite makes its value */
    const char *source;          /* what its values are copied from: SQL; NULL: it is new */
    const char *test;            /* SQL that must hold for each of its values that is not NULL; NULL: none */
} orm__text_column;

typedef struct orm__table_text {
    orm__arena arena;
    const orm__dialect *dialect;
    const char *name;
    orm__text_column *columns;
    size_t count, capacity;
    orm__parts parts;            /* of the table */
    const char *options;         /* behind the parentheses */
    const char *dropped[64];     /* names of columns that are gone */
    size_t dropped_count;
} orm__table_text;

/* ORM_MIGRATION: the statement is none that liborm can take apart (a virtual table). */
orm_status orm__table_text_parse(orm__table_text *, const orm__dialect *, const char *sql, orm_error *);
void orm__table_text_free(orm__table_text *);
/* One action of ALTER TABLE, what stands behind the table's name. ORM_MIGRATION, ORM_NO_TABLE for a column or constraint that is not there. */
orm_status orm__table_text_alter(orm__table_text *, const char *action, size_t, orm_error *);
void orm__table_text_write(orm__text *, const orm__table_text *, const char *name); /* CREATE TABLE, under another name */
/* INSERT INTO `to` … SELECT … FROM the table */
void orm__table_text_copy(orm__text *, const orm__table_text *, const char *to);
/* Values of SQLite, which keeps anything in any column: how those of one type become another's (NULL: by themselves), and what holds for one that is
 * of the type (NULL: anything is). "%s" stands for the value. */
const char *orm__value_conversion(orm_type from, orm_type to);
const char *orm__value_test(orm_type);
void orm__put_value(orm__text *, const char *form, const char *value);
bool orm__table_text_counts_up(const orm__table_text *); /* AUTOINCREMENT */
#endif
