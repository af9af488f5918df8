/* A SELECT as data: what a query builds and `render.c` writes. All zero is an empty one; it owns all that it points to
 * but mappers. */
#ifndef ORM_SQL_SELECT_H
#define ORM_SQL_SELECT_H
#include "sql/expr.h"

typedef struct orm__select orm__select;

/* A table of FROM. In SQL it goes by its alias, or else by its table's name. Expressions find it by model and alias. */
typedef struct orm__source {
    const orm__mapper *mapper;
    char *alias;  /* NULL: none */
    bool outer;   /* LEFT OUTER JOIN */
    bool between; /* the table between many and many, which nobody asks for by itself */
    orm_expr *on; /* NULL: of the first, which is joined to nothing */
} orm__source;

/* What a row has: the entity of a source, or where there is an expression, its value. */
typedef struct orm__selected {
    size_t source;
    orm_expr *expr;
    char *label; /* NULL: none */
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
    orm__exprs conditions; /* joined by AND */
    orm__exprs order;
    bool distinct, has_limit, has_offset;
    int64_t limit, offset;
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
bool orm__select_names(const orm__select *, const char *name); /* does a source go by it in SQL? */
/* The source of a model and alias (NULL: none), or SIZE_MAX. */
size_t orm__select_find(const orm__select *, const orm_model *, const char *alias);
#endif
