#ifndef ORM_BASE_ERROR_H
#define ORM_BASE_ERROR_H
#include <orm.h>

/* Fills the error (which may be NULL) and returns its status, so that `return orm__fail(…)` says both. Overlong text is cut at a whole character. */
orm_status orm__fail(orm_error *, orm_status, const char *format, ...) __attribute__((format(printf, 3, 4)));
orm_status orm__nomem(orm_error *);
void orm__error_clear(orm_error *);
#endif
