/* SQL text with values by name. */
#ifndef ORM_SQL_NAMED_H
#define ORM_SQL_NAMED_H
#include "base/text.h"
#include <orm.h>

/* The text between the names, `count` + 1 pieces that each end with NUL, and the values that stand between them, which
 * are borrowed from the bindings. All zero is none. */
typedef struct orm__pieces {
    orm__text text;
    orm_value *values;
    size_t count, capacity;
} orm__pieces;
/* :name stands for a value, but in quotes and comments; :: and \: are no names. ORM_ARGUMENT names one without a value;
 * ORM_NOMEM. */
orm_status orm__pieces_make(const char *sql, const orm_binding *, size_t count, orm__pieces *, orm_error *);
void orm__pieces_free(orm__pieces *);
#endif
