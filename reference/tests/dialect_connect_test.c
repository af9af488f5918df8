#include "dialect/sqlite.h"
#include "support/both.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- URLs -----------------------------------------------------------------------------------------------------------
 */

Test(urls, sqlite_files, .fini = directory_done)
{
    const char *root = directory();
    static const struct {
        const char *url, *database; /* %s is the root */
    } rows[] = {
        { "sqlite:///app.db", "%s/made/for/it/app.db" },
        { "sqlite:///sub/app.db", "%s/made/for/it/sub/app.db" },
        { "sqlite:///a%20b.db?bogus=5", "%s/made/for/it/a%%20b.db" },
        { "sqlite:////tmp/x.db", "/tmp/x.db" },
        { "sqlite:///file:f.db?uri=true", "file:%s/made/for/it/f.db" },
        { "sqlite:///file:f.db?mode=ro&uri=true&timeout=1", "file:%s/made/for/it/f.db?mode=ro" },
        { "sqlite:///file:/tmp/f.db?uri=true&mode=ro&x%26=a%3D%23", "file:/tmp/f.db?mode=ro&x%%26=a%%3D%%23" },
        { "sqlite:///file:f.db", "%s/made/for/it/file:f.db" },
    };
    char made[200];
    snprintf(made, sizeof made, "%s/made/for/it", root);
    const orm_options options = { .root = made };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char expected[400], *to = expected;
        for (const char *at = rows[i].database; *at != '\0'; at++) {
            if (*at != '%')
                *to++ = *at;
            else if (*++at == '%')
                *to++ = '%';
            else
                to += sprintf(to, "%s", root);
        }
        *to = '\0';
        orm__url url = resolved_url(rows[i].url, &options);
        cr_assert_str_eq(url.database, expected, "%s is %s", rows[i].url, url.database);
        orm__url_free(&url);
    }
    cr_assert_eq(access(made, F_OK), 0, "the root is made");
    char sub[220];
    snprintf(sub, sizeof sub, "%s/sub", made);
    cr_assert_neq(access(sub, F_OK), 0, "what lies below it is not");
}

Test(urls, sqlite_relative_without_root, .fini = directory_done)
{
    cr_assert_eq(chdir(directory()), 0);
    char cwd[200], expected[240];
    cr_assert_not_null(getcwd(cwd, sizeof cwd));
    snprintf(expected, sizeof expected, "%s/app.db", cwd);
    orm__url url = resolved_url("sqlite:///app.db", NULL);
    cr_assert_str_eq(url.database, expected);
    orm__url_free(&url);
    const orm_options options = { .root = "in?here" };
    snprintf(expected, sizeof expected, "file:%s/in%%3Fhere/app.db", cwd);
    url = resolved_url("sqlite:///file:app.db?uri=1", &options);
    cr_assert_str_eq(url.database, expected);
    orm__url_free(&url);
    cr_assert_eq(access("in?here", F_OK), 0);
}

Test(urls, sqlite_in_memory)
{
    static const char *const rows[] = { "sqlite://", "sqlite:///",
                                        "sqlite:///:memory:", "sqlite:///file::memory:?uri=true",
                                        "sqlite:///file:x?mode=memory&uri=true" };
    char last[100] = "";
    for (size_t i = 0; i < COUNT(rows); i++) {
        orm__url url;
        bool in_memory = false;
        cr_assert_eq(orm__url_parse(rows[i], &url, NULL), ORM_OK);
        cr_assert_eq(orm__sqlite.resolve(&url, NULL, &in_memory, NULL), ORM_OK);
        cr_assert(in_memory, "%s", rows[i]);
        cr_assert_str_neq(url.database, last, "each is a database of its own");
        strcpy(last, url.database);
        orm__url_free(&url);
    }
}

Test(urls, bad_options, .fini = directory_done)
{
    char blocked[200];
    snprintf(blocked, sizeof blocked, "%s/file", directory());
    FILE *file = fopen(blocked, "w");
    cr_assert_not_null(file);
    fclose(file);
    const orm_options options = { .root = blocked };
    static const struct {
        const char *url, *message;
    } rows[] = {
        { "sqlite:///a.db?foreign_keys=maybe", "foreign_keys is on or off, not 'maybe'" },
        { "sqlite:///a.db?timeout=long", "timeout is a number of seconds, not 'long'" },
        { "sqlite:///a.db?timeout=-1", "timeout is a number of seconds, not '-1'" },
        { "sqlite:///a.db?timeout=NaN", "timeout is a number of seconds, not 'NaN'" },
        { "sqlite:///a.db?uri=2", "uri is true or false, not '2'" },
        { "sqlite:///a.db", "cannot be made" },
        { "postgresql://h/d?bogus=secret", "option 'bogus' is none of PostgreSQL's" },
        { "postgresql://h/d?host=a:1&host=b:2", "several hosts in two ways" },
        { "postgresql:///d?host=a&host=b&port=5", "several hosts in two ways" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        orm__url url;
        orm_error error = { 0 };
        bool in_memory;
        cr_assert_eq(orm__url_parse(rows[i].url, &url, &error), ORM_OK);
        const orm__dialect *dialect = *rows[i].url == 's' ? &orm__sqlite : &orm__postgresql;
        cr_assert_eq(dialect->resolve(&url, &options, &in_memory, &error), ORM_CONFIG, "%s", rows[i].url);
        cr_assert_not_null(strstr(error.message, rows[i].message), "%s: %s", rows[i].url, error.message);
        cr_assert_null(strstr(error.message, "secret"));
        orm__url_free(&url);
    }
}

Test(urls, sqlite_settings)
{
    static const struct {
        const char *url;
        bool off;
        orm__sqlite_set set;
    } rows[] = {
        { "sqlite://", false, { .foreign_keys = true, .timeout_ms = 5000 } },
        { "sqlite://", true, { .foreign_keys = false, .timeout_ms = 5000 } },
        { "sqlite://?foreign_keys=ON&timeout=0.25", true, { .foreign_keys = true, .timeout_ms = 250 } },
        { "sqlite:///x?foreign_keys=off&uri=yes", false, { .foreign_keys = false, .uri = true, .timeout_ms = 5000 } },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const orm_options options = { .foreign_keys = rows[i].off ? ORM_FOREIGN_KEYS_OFF : ORM_FOREIGN_KEYS_ON };
        orm__url url;
        orm__sqlite_set set;
        cr_assert_eq(orm__url_parse(rows[i].url, &url, NULL), ORM_OK);
        cr_assert_eq(orm__sqlite_settings(&url, &options, &set, NULL), ORM_OK);
        cr_assert_eq(set.foreign_keys, rows[i].set.foreign_keys, "row %zu", i);
        cr_assert_eq(set.uri, rows[i].set.uri, "row %zu", i);
        cr_assert_eq(set.timeout_ms, rows[i].set.timeout_ms, "row %zu", i);
        orm__url_free(&url);
    }
}

/* ---- connections ----------------------------------------------------------------------------------------------------
 */

Test(connections, that_fail, .fini = directory_done)
{
    char url_of_directory[200];
    snprintf(url_of_directory, sizeof url_of_directory, "sqlite:///%s", directory());
    const struct {
        const char *url, *message;
    } rows[] = {
        { url_of_directory, "unable to open database file" },
        { "sqlite:////no/such/directory/a.db", "unable to open database file" },
        { "sqlite:///file:/no-such.db?mode=ro&uri=true", "unable to open database file" },
        { "postgresql://user:secret@127.0.0.1:1/x", "Connection refused" },
        { "postgresql://user:secret@/x?host=/no/such/directory", "No such file" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        orm__url url = resolved_url(rows[i].url, NULL);
        orm__link *link;
        orm_error error = { 0 };
        const orm__dialect *dialect = *rows[i].url == 's' ? &orm__sqlite : &orm__postgresql;
        cr_assert_eq(dialect->connect(&url, NULL, &link, &error), ORM_CONNECT, "%s", rows[i].url);
        cr_assert_not_null(strstr(error.message, rows[i].message), "%s", error.message);
        cr_assert_null(strstr(error.message, "secret"), "%s", error.message);
        cr_assert_null(strchr(error.message, '\n'));
        orm__url_free(&url);
    }
}

Test(connections, no_database_file, .fini = directory_done)
{
    char path[200], text[220];
    snprintf(path, sizeof path, "%s/garbage.db", directory());
    snprintf(text, sizeof text, "sqlite:///%s", path);
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    for (int i = 0; i < 200; i++) fputs("this is no database ", file);
    fclose(file);
    orm__url url = resolved_url(text, NULL);
    orm__link *link;
    orm_error error;
    char name[256], user[64];
    cr_assert_eq(orm__sqlite.connect(&url, NULL, &link, &error), ORM_OK);
    cr_assert(orm__sqlite.alive(link));
    cr_assert_eq(orm__sqlite.describe(link, name, user, &error), ORM_FAILURE);
    cr_assert_str_eq(error.message, "file is not a database");
    cr_assert_not(orm__sqlite.alive(link), "a broken one is not used again");
    orm__sqlite.disconnect(link);
    orm__url_free(&url);
}
