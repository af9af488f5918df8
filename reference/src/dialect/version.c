/* Which libraries are at work: drivers may be other than those compiled against. */
#include <libpq-fe.h>
#include <orm.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

const char *orm_version_of(const char *library, char buffer[32])
{
    if (strcmp(library, "liborm") == 0)
        snprintf(buffer, 32, "%s", ORM_VERSION);
    else if (strcmp(library, "sqlite") == 0)
        snprintf(buffer, 32, "%s", sqlite3_libversion());
    else if (strcmp(library, "libpq") == 0)
        snprintf(buffer, 32, "%d.%d", PQlibVersion() / 10000, PQlibVersion() % 10000); /* as releases since 10 count */
    else
        return NULL;
    return buffer;
}
