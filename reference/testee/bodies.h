/* The bodies of revisions: the protocol's steps as the SQL and directives of a file. */
#ifndef TESTEE_BODIES_H
#define TESTEE_BODIES_H
#include "call.h"

/* A list of steps as text, in the call's memory; NULL when the list is absent. */
bool bodies_text(struct call *, const char *parameter, const char **out);
/* Gives sections of a revision's file another content; NULL leaves them alone. */
bool bodies_edit(struct call *, const char *path, const char *upgrade, const char *downgrade);
#endif
