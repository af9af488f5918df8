/* An object's members by name. members.c reaches the columns of run-time models, typed.c the plain members of compiled structs. */
#ifndef TESTEE_MEMBERS_H
#define TESTEE_MEMBERS_H
#include "handles.h"

bool member_get(struct call *, struct session *, orm_object *, const char *name, orm_value *out);
bool member_put(struct call *, struct session *, orm_object *, const char *name, const orm_value *);
#endif
