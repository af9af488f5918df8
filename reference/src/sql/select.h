/* A SELECT as data: what a query builds and `render.c` writes. All zero is an empty one; it owns all that it points to
 * but mappers and variables. */
#ifndef ORM_SQL_SELECT_H
#define ORM_SQL_SELECT_H
#include "sql/expr.h"

typedef struct orm__select orm__select;

/* A table of FROM, or a query in its place. In SQL it goes by its alias, or else by its table's name. Expressions find it
 * by model and alias. */
typedef struct orm__source {
    const orm__mapper *mapper; /* NULL: a query whose items are known by their labels alone */
    char *alias;               /* NULL: none */
    char *path;                /* of relationships, by which the query joined it; NULL: not so */
    bool inner;                /* of a query within another: has its alias for SQL alone, and is found without it */
    bool outer;                /* LEFT OUTER JOIN */
    bool between;              /* the table between many and many, which nobody asks for by itself */
    bool *deferred;            /* by field: not a part of its entity; NULL: all are */
    orm_expr *on;              /* NULL: of the first, which is joined to nothing */
    orm__select *derived;      /* NULL: the mapper's table */
} orm__source;

/* What a row has: the entity of a source, or where there is an expression, its value. */
typedef struct orm__selected {
    size_t source;
    orm_expr *expr;
    char *label;    /* NULL: none */
    void *variable; /* the user's, of the storage ORM_STORE_…; an object's is a pointer to a pointer. NULL: none */
    int storage;
} orm__selected;

typedef struct orm__exprs {
    orm_expr **at;
    size_t count, capacity;
} orm__exprs;

struct orm__select {
    orm__source *sources; /* at least one, of which the others are joins */
    size_t source_count, source_capacity;
    orm__selected *items; /* none: the entity of the first source */
    size_t item_count, item_capacity;
    orm__exprs conditions, having; /* joined by AND */
    orm__exprs groups, order;
    bool distinct, has_limit, has_offset, for_update;
    int64_t limit, offset;
    orm_combination combination; /* of two queries: then there is nothing else */
    orm__select *left, *right;
    orm_expr *raw; /* the user's own SQL, whose columns are the first source's */
};

void orm__select_free(orm__select *); /* what it owns; leaves it empty */
/* Expressions are shared. ORM_NOMEM leaves *to empty. */
orm_status orm__select_copy(const orm__select *from, orm__select *to, orm_error *);
/* Each adds one; the expression, which somebody took, is the list's from now on, also when that fails. Names are copied. */
orm_status orm__select_source(orm__select *, const orm__mapper *, const char *alias, bool outer, orm_expr *on,
                              orm_error *);
orm_status orm__select_item(orm__select *, size_t source, orm_expr *, const char *label, orm_error *);
orm_status orm__exprs_add(orm__exprs *, orm_expr *, orm_error *);
void orm__exprs_clear(orm__exprs *);
/* Both queries, which are empty afterwards in any case, become the first source of *select, under the name of the table
 * that they are about. ORM_ARGUMENT: they do not fit. */
orm_status orm__select_combine(orm__select *, orm_combination, orm__select *other, orm_error *);
/* A query in the place of a table: *derived is empty afterwards, in any case. */
orm_status orm__select_derived(orm__select *, orm__select *derived, const char *alias, bool outer, orm_expr *on,
                               orm_error *);

bool orm__select_names(const orm__select *, const char *name); /* does a source go by it in SQL? */
const char *orm__source_name(const orm__source *);
/* The source of a model and alias (NULL: none), or SIZE_MAX. */
size_t orm__select_find(const orm__select *, const orm_model *, const char *alias);
/* The same of a column, which may be one of a query's labels. */
size_t orm__select_find_column(const orm__select *, const orm_expr *column);
/* The name under which an item that is no entity is known outside: its label, its column's, or one made up from its
 * number; in `buffer`, or borrowed. */
const char *orm__select_label(const orm__select *, size_t item, char buffer[32]);
/* The columns of an item in a row. */
size_t orm__select_width(const orm__select *, size_t item);
#endif
