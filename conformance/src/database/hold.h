/* Work of the runner that others see later: in a transaction of its own that stays open for a while. Private to this
 * room. */
#ifndef DATABASE_HOLD_H
#define DATABASE_HOLD_H
#include "database/driver.h"

enum { HOLD_UNTIL_RELEASED = 0 };

/* Runs the statements in a new transaction, which is committed after so many milliseconds, or by hold_release. */
enum database_status hold_begin(struct database *database, const char *sql, int milliseconds, char **problem);
/* Commits what is held, if anything is, and waits for that. */
enum database_status hold_release(struct database *database, char **problem);
#endif
