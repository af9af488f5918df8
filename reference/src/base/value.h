/* Values: equality, copies, and the text forms that both databases share. */
#ifndef ORM_BASE_VALUE_H
#define ORM_BASE_VALUE_H
#include "base/memory.h"
#include <orm.h>

const char *orm__type_name(orm_type);
/* Floats by their bits (a NaN equals itself), text by bytes, documents by json_equal; values of different types differ. */
bool orm__value_equal(const orm_value *, const orm_value *);
/* Less than 0, 0 or more, as they are sorted: by type, then by value. Documents are all alike. */
int orm__value_compare(const orm_value *, const orm_value *);
/* Text is copied into the arena; a JSON document is deep-copied (the caller ends it with orm__value_drop). */
bool orm__value_copy(orm__arena *, const orm_value *from, orm_value *to) __attribute__((warn_unused_result));
void orm__value_drop(orm_value *); /* lets a copied document go; makes it ORM_NULL */
/* May a value of this type stand in a column of that type? NULL always; an integer in a float column becomes one in *value. */
bool orm__value_fits(orm_value *value, orm_type column);
bool orm__utf8_valid(const char *, size_t);
char *orm__json_text(const json_t *) __attribute__((warn_unused_result)); /* orm__free it; NULL: no memory, or not a document */
json_t *orm__json_parse(const char *, size_t); /* NULL: not JSON */
char *orm__float_text(double, char buffer[32]); /* shortest text that reads back; "NaN", "Infinity" */
bool orm__float_parse(const char *, double *);  /* all of the text, with a point whatever the locale says */
#endif
