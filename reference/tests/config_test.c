#include "config/url.h"
#include "support/support.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

Test(url, parts)
{
    static const struct {
        const char *url, *scheme, *user, *password, *host;
        int port;
        const char *database, *options[5]; /* name, value, … */
    } rows[] = {
        { "sqlite://", "sqlite", .database = NULL },
        { "sqlite:///", "sqlite", .database = "" },
        { "sqlite:///:memory:", "sqlite", .database = ":memory:" },
        { "sqlite:///app.db", "sqlite", .database = "app.db" },
        { "sqlite:////var/lib/app.db", "sqlite", .database = "/var/lib/app.db" },
        { "sqlite+pysqlite:///d.db", "sqlite", .database = "d.db" },
        { "sqlite:///a%20b.db", "sqlite", .database = "a%20b.db" },
        { "sqlite:///a b/é😀.db", "sqlite", .database = "a b/é😀.db" },
        { "sqlite:///q.db?bogus=5", "sqlite", .database = "q.db", .options = { "bogus", "5" } },
        { "sqlite:///file:f.db?mode=ro&uri=true", "sqlite", .database = "file:f.db",
          .options = { "mode", "ro", "uri", "true" } },
        { "sqlite:///a@b:c.db", "sqlite", .database = "a@b:c.db" },
        { "sqlite:///a/b@c.db", "sqlite", .database = "a/b@c.db" },
        { "postgresql://u:p@h:5433/d", "postgresql", "u", "p", "h", 5433, .database = "d" },
        { "postgresql+psycopg2://u:p@h/d", "postgresql", "u", "p", "h", 0, .database = "d" },
        { "postgresql+psycopg://u:p@h/d", "postgresql", "u", "p", "h", 0, .database = "d" },
        { "postgresql://us%65r:p%40ss%2Fw%3Ard@127.0.0.1:54331/probe", "postgresql", "user", "p@ss/w:rd", "127.0.0.1",
          54331, .database = "probe" },
        { "postgresql://u:a+b@h/d", "postgresql", "u", "a+b", "h", 0, .database = "d" },
        { "postgresql://u:a:b@h/d", "postgresql", "u", "a:b", "h", 0, .database = "d" },
        { "postgresql://u:12/3@h/d", "postgresql", "u", "12/3", "h", 0, .database = "d" },
        { "postgresql://u:a/b?c@h/d", "postgresql", "u", "a/b?c", "h", 0, .database = "d" },
        { "postgresql://u:5%zz%4@h/d", "postgresql", "u", "5%zz%4", "h", 0, .database = "d" },
        { "postgresql://u:@h/d", "postgresql", "u", "", "h", 0, .database = "d" },
        { "postgresql://u@h", "postgresql", "u", NULL, "h", 0, .database = NULL },
        { "postgresql://a@b@h/d", "postgresql", "a@b", NULL, "h", 0, .database = "d" },
        { "postgresql://h:5432/d?application_name=a@b", "postgresql", NULL, NULL, "h", 5432, .database = "d",
          .options = { "application_name", "a@b" } },
        { "postgresql://h:/d", "postgresql", NULL, NULL, "h", 0, .database = "d" },
        { "postgresql:///d", "postgresql", .database = "d" },
        { "postgresql://", "postgresql", .database = NULL },
        { "postgresql://h/pro%62e", "postgresql", NULL, NULL, "h", 0, .database = "pro%62e" },
        { "postgresql://u:p@[::1]:54331/x", "postgresql", "u", "p", "::1", 54331, .database = "x" },
        { "postgresql://[fe80::1]/x", "postgresql", NULL, NULL, "fe80::1", 0, .database = "x" },
        { "postgresql://[::1]:5432/x?application_name=a@b", "postgresql", NULL, NULL, "::1", 5432, .database = "x",
          .options = { "application_name", "a@b" } },
        { "postgresql://u:p@/d?host=/tmp/pg%20A&port=54331", "postgresql", "u", "p", NULL, 0, .database = "d",
          .options = { "host", "/tmp/pg A", "port", "54331" } },
        { "postgresql://h/d?application_name=pro+be%2B&", "postgresql", NULL, NULL, "h", 0, .database = "d",
          .options = { "application_name", "pro be+" } },
        { "postgresql://h?options=-csearch_path%3Dx", "postgresql", NULL, NULL, "h", 0, .database = NULL,
          .options = { "options", "-csearch_path=x" } },
        { "postgresql://h/d?", "postgresql", NULL, NULL, "h", 0, .database = "d" },
        { "postgresql://h/d?a=", "postgresql", NULL, NULL, "h", 0, .database = "d", .options = { "a", "" } },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        orm__url url;
        orm_error error = { 0 };
        cr_assert_eq(orm__url_parse(rows[i].url, &url, &error), ORM_OK, "%s: %s", rows[i].url, error.message);
        cr_assert(same(url.scheme, rows[i].scheme), "%s: scheme %s", rows[i].url, url.scheme);
        cr_assert(same(url.user, rows[i].user), "%s: user %s", rows[i].url, url.user);
        cr_assert(same(url.password, rows[i].password), "%s: password %s", rows[i].url, url.password);
        cr_assert(same(url.host, rows[i].host), "%s: host %s", rows[i].url, url.host);
        cr_assert_eq(url.port, rows[i].port, "%s: port %d", rows[i].url, url.port);
        cr_assert(same(url.database, rows[i].database), "%s: database %s", rows[i].url, url.database);
        size_t count = 0;
        for (; rows[i].options[count * 2] != NULL; count++) {
            const char *value = orm__url_option(&url, rows[i].options[count * 2]);
            cr_assert(same(value, rows[i].options[count * 2 + 1]), "%s: option %s", rows[i].url, value);
        }
        cr_assert_eq(url.option_count, count, "%s", rows[i].url);
        cr_assert_null(orm__url_option(&url, "none of them"));
        orm__url_free(&url);
    }
}

Test(url, faults_are_named_with_their_place)
{
    static const struct {
        const char *url, *message;
    } rows[] = {
        { NULL, "there is no database URL" },
        { "", "the database URL is empty" },
        { "just text", "malformed at character 5" },
        { "sqlite:/app.db", "malformed at character 7" },
        { " sqlite://", "malformed at character 1" },
        { "://x", "malformed at character 1" },
        { "sqlite", "malformed at character 7" },
        { "SQLITE://", "unknown scheme 'SQLITE' at character 1" },
        { "foodb://h/x", "unknown scheme 'foodb' at character 1" },
        { "postgres://u:secret@h/x", "'postgres' at character 1: write postgresql://" },
        { "postgresql+nodriver://h/x", "unknown driver 'nodriver' for postgresql at character 12" },
        { "sqlite+psycopg2://", "unknown driver 'psycopg2' for sqlite at character 8" },
        { "postgresql+://h/x", "unknown driver '' for postgresql" },
        { "sqlite://app.db", "a host at character 10" },
        { "sqlite://u:secret@/app.db", "a host at character 10" },
        { "sqlite://:5/app.db", "a host at character 10" },
        { "postgresql://u:secret@h:abc/x", "no port number (1 to 65535) at character 25" },
        { "postgresql://u:secret@h:0/x", "no port number" },
        { "postgresql://u:secret@h:65536/x", "no port number" },
        { "postgresql://u:secret@h:123456/x", "no port number" },
        { "postgresql://u:secret@h:5 /x", "no port number" },
        { "postgresql://u:secret:secret/x", "no port number (1 to 65535) at character 16" },
        { "postgresql://u:secret@secret@h/x", "a second '@' at character 29: in a user or password write %40" },
        { "postgresql://[::1/x", "a '[' without ']' at character 14" },
        { "postgresql://[::1]x/d", "malformed at character 19, after the host" },
        { "postgresql://u:a%00secret@h/x", "a %00 at character 17" },
        { "postgresql://h/x?password", "an option that is not name=value at character 18" },
        { "postgresql://h/x?a=1&=secret", "an option that is not name=value at character 22" },
        { "postgresql://h/x?password=secret&password=secret", "the option 'password' twice, again at character 34" },
        { "postgresql://h/x?a=%00", "a %00 at character 20" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        orm__url url;
        orm_error error = { 0 };
        cr_assert_eq(orm__url_parse(rows[i].url, &url, &error), ORM_CONFIG, "%s", rows[i].url);
        cr_assert_eq(error.status, ORM_CONFIG);
        cr_assert_not_null(strstr(error.message, rows[i].message), "%s: %s", rows[i].url, error.message);
        cr_assert_null(strstr(error.message, "secret"), "%s: %s", rows[i].url, error.message);
        cr_assert_null(url.arena.head);
    }
    orm__url url;
    cr_assert_eq(orm__url_parse("nothing", &url, NULL), ORM_CONFIG);
}

static orm_status parse(void *text)
{
    orm__url url;
    orm_status rc = orm__url_parse(text, &url, NULL);
    if (rc == ORM_OK) orm__url_free(&url);
    return rc;
}

Test(url, every_allocation_may_fail)
{
    char full[2048] = "postgresql://user:password@host:5432/database?", *end = full + strlen(full);
    for (int i = 0; i < 40; i++) end += sprintf(end, "a_long_option_name_%d=a_long_value&", i);
    faults_sweep(parse, full);
}
