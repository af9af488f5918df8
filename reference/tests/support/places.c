/* Places for databases: a schema on the PostgreSQL server, a directory. */
#include "both.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char url[1024], path[64];

static void on_server(const char *before, const char *after)
{
    char sql[128];
    snprintf(sql, sizeof sql, "%s liborm_test_%ld%s", before, (long)getpid(), after);
    orm__url server;
    orm__link *link;
    orm_error error = { 0 };
    cr_assert_eq(orm__url_parse(getenv("ORMSPEC_POSTGRES_URL"), &server, &error), ORM_OK, "%s", error.message);
    cr_assert_eq(orm__postgresql.connect(&server, NULL, &link, &error), ORM_OK, "%s", error.message);
    cr_assert_eq(orm__postgresql.execute(link, sql, &error), ORM_OK, "%s", error.message);
    orm__postgresql.disconnect(link);
    orm__url_free(&server);
}

const char *postgres_url(void)
{
    const char *server = getenv("ORMSPEC_POSTGRES_URL");
    if (server == NULL || *server == '\0') return NULL;
    if (*url == '\0') {
        on_server("CREATE SCHEMA", "");
        snprintf(url, sizeof url, "%s%coptions=-csearch_path%%3Dliborm_test_%ld", server,
                 strchr(server, '?') != NULL ? '&' : '?', (long)getpid());
    }
    return url;
}

void postgres_done(void)
{
    if (*url != '\0') on_server("DROP SCHEMA", " CASCADE");
    *url = '\0';
}

const char *directory(void)
{
    if (*path == '\0') {
        strcpy(path, "/tmp/liborm-test-XXXXXX");
        cr_assert_not_null(mkdtemp(path));
    }
    return path;
}

static void remove_all(const char *name)
{
    DIR *dir = opendir(name);
    if (dir != NULL) {
        for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
            char inner[512];
            if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
            snprintf(inner, sizeof inner, "%s/%s", name, entry->d_name);
            remove_all(inner);
        }
        closedir(dir);
    }
    remove(name);
}

void directory_done(void)
{
    if (*path != '\0') remove_all(path);
    *path = '\0';
}

orm__url resolved_url(const char *text, const orm_options *options)
{
    orm__url made;
    orm_error error = { 0 };
    bool in_memory;
    cr_assert_eq(orm__url_parse(text, &made, &error), ORM_OK, "%s", error.message);
    const orm__dialect *dialect = strcmp(made.scheme, "sqlite") == 0 ? &orm__sqlite : &orm__postgresql;
    cr_assert_eq(dialect->resolve(&made, options, &in_memory, &error), ORM_OK, "%s", error.message);
    return made;
}
