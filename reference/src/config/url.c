/* scheme[+driver]://[user[:password]@][host][:port][/database][?name=value&…]
 *
 * What is percent-encoded follows the described system: user, password and options are; host and database are not.
 * The first @ after a password ends it, so that an @ inside must be written %40. */
#include "config/url.h"
#include "base/error.h"
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *scheme, *driver;
} drivers[] = {
    { "sqlite", "pysqlite" },
    { "postgresql", "psycopg2" },
    { "postgresql", "psycopg" },
};

typedef struct parser {
    const char *start;
    orm__url *url;
    orm_error *error;
} parser;

/* Places are counted in bytes from 1: URLs are meant to be ASCII. */
static int place(const parser *p, const char *at)
{
    return (int)(at - p->start) + 1;
}

static orm_status copy(parser *p, const char *from, const char *end, const char **out)
{
    *out = orm__arena_copy(&p->url->arena, from, (size_t)(end - from));
    return *out == NULL ? orm__nomem(p->error) : ORM_OK;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* %XX becomes its byte; a % without two hexadecimal digits stays. */
static orm_status decode(parser *p, const char *from, const char *end, bool plus_is_space, const char **out)
{
    char *text = orm__arena_alloc(&p->url->arena, (size_t)(end - from) + 1), *to = text;
    if (text == NULL) return orm__nomem(p->error);
    for (const char *at = from; at < end; at++) {
        if (*at == '%' && end - at > 2 && hex_digit(at[1]) >= 0 && hex_digit(at[2]) >= 0) {
            *to = (char)(hex_digit(at[1]) * 16 + hex_digit(at[2]));
            if (*to++ == '\0')
                return orm__fail(p->error, ORM_CONFIG, "the database URL has a %%00 at character %d", place(p, at));
            at += 2;
        } else {
            *to++ = plus_is_space && *at == '+' ? ' ' : *at;
        }
    }
    *out = text;
    return ORM_OK;
}

static bool is_scheme_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '+';
}

static orm_status parse_scheme(parser *p, const char **rest)
{
    const char *end = p->start;
    while (is_scheme_character(*end)) end++;
    if (end == p->start || strncmp(end, "://", 3) != 0)
        return orm__fail(p->error, ORM_CONFIG,
                         "the database URL is malformed at character %d: it begins with sqlite:// or postgresql://",
                         place(p, end));
    *rest = end + 3;
    size_t size = (size_t)(end - p->start);
    const char *plus = memchr(p->start, '+', size);
    size_t name_size = plus == NULL ? size : (size_t)(plus - p->start);
    const char *known = NULL;
    for (size_t i = 0; i < sizeof drivers / sizeof drivers[0]; i++) {
        if (strlen(drivers[i].scheme) != name_size || memcmp(drivers[i].scheme, p->start, name_size) != 0) continue;
        known = drivers[i].scheme;
        if (plus == NULL || (strlen(drivers[i].driver) == size - name_size - 1 &&
                             memcmp(drivers[i].driver, plus + 1, size - name_size - 1) == 0)) {
            p->url->scheme = known;
            return ORM_OK;
        }
    }
    if (known != NULL)
        return orm__fail(p->error, ORM_CONFIG, "the database URL names an unknown driver '%.*s' for %s at character %d",
                         (int)(end - plus - 1), plus + 1, known, place(p, plus + 1));
    if (size == 8 && memcmp(p->start, "postgres", 8) == 0)
        return orm__fail(p->error, ORM_CONFIG,
                         "the database URL has the scheme 'postgres' at character 1: write postgresql://");
    return orm__fail(p->error, ORM_CONFIG,
                     "the database URL has an unknown scheme '%.*s' at character 1: sqlite and postgresql are known",
                     (int)size, p->start);
}

/* The @ that ends user and password, or NULL. `host:5432/db?x=a@b` has none: what follows its colon is a port. */
static const char *find_at(const char *from)
{
    if (*from == '[') return NULL; /* an IPv6 host, full of colons */
    size_t user = strcspn(from, ":/");
    if (from[user] == ':') {
        const char *password = from + user + 1;
        size_t port = strspn(password, "0123456789");
        bool is_port = password[port] == '/' || password[port] == '?' || password[port] == '\0';
        is_port = is_port && memchr(password, '@', strcspn(password, "?")) == NULL;
        if (!is_port && memchr(from, '@', user) == NULL) return strchr(password, '@');
    }
    size_t authority = strcspn(from, "/?");
    if (user < authority) authority = user;
    const char *last = NULL;
    for (const char *at = from; at < from + authority; at++)
        if (*at == '@') last = at;
    return last;
}

static orm_status parse_user(parser *p, const char **rest)
{
    const char *at = find_at(*rest);
    if (at == NULL) return ORM_OK;
    const char *colon = memchr(*rest, ':', (size_t)(at - *rest));
    orm_status rc = decode(p, *rest, colon != NULL ? colon : at, false, &p->url->user);
    if (rc == ORM_OK && colon != NULL) rc = decode(p, colon + 1, at, false, &p->url->password);
    *rest = at + 1;
    return rc;
}

static orm_status parse_host(parser *p, const char **rest)
{
    const char *at = *rest;
    if (*at == '[') {
        const char *end = at + strcspn(at, "]/?");
        if (*end != ']')
            return orm__fail(p->error, ORM_CONFIG, "the database URL has a '[' without ']' at character %d",
                             place(p, at));
        orm_status rc = copy(p, at + 1, end, &p->url->host);
        if (rc != ORM_OK) return rc;
        at = end + 1;
        if (strchr(":/?", *at) == NULL)
            return orm__fail(p->error, ORM_CONFIG, "the database URL is malformed at character %d, after the host",
                             place(p, at));
    } else {
        const char *end = at + strcspn(at, ":/?");
        /* a second @ stands most likely in a password, which must not be taken for a host and shown */
        const char *stray = memchr(at, '@', (size_t)(end - at));
        if (stray != NULL)
            return orm__fail(p->error, ORM_CONFIG,
                             "the database URL has a second '@' at character %d: in a user or password write %%40",
                             place(p, stray));
        if (end > at) {
            orm_status rc = copy(p, at, end, &p->url->host);
            if (rc != ORM_OK) return rc;
        }
        at = end;
    }
    if (*at == ':') {
        const char *digits = at + 1, *end = digits + strcspn(digits, "/?");
        size_t size = strspn(digits, "0123456789");
        long port = size > 0 && size <= 5 ? strtol(digits, NULL, 10) : 0;
        if (digits + size != end || (size > 0 && (port < 1 || port > 65535)))
            return orm__fail(p->error, ORM_CONFIG, "the database URL has no port number (1 to 65535) at character %d",
                             place(p, digits));
        p->url->port = (int)port;
        at = end;
    }
    *rest = at;
    return ORM_OK;
}

static orm_status parse_options(parser *p, const char *at)
{
    size_t count = 1;
    for (const char *c = at; *c != '\0'; c++) count += *c == '&';
    const char *(*options)[2] = orm__arena_alloc(&p->url->arena, count * sizeof *options);
    if (options == NULL) return orm__nomem(p->error);
    p->url->options = options;
    while (*at != '\0') {
        const char *end = at + strcspn(at, "&"), *equals = memchr(at, '=', (size_t)(end - at));
        if (end > at) {
            if (equals == NULL || equals == at)
                return orm__fail(p->error, ORM_CONFIG,
                                 "the database URL has an option that is not name=value at character %d", place(p, at));
            const char **option = options[p->url->option_count];
            orm_status rc = decode(p, at, equals, true, &option[0]);
            if (rc == ORM_OK) rc = decode(p, equals + 1, end, true, &option[1]);
            if (rc != ORM_OK) return rc;
            bool repeatable = strcmp(option[0], "host") == 0 && strcmp(p->url->scheme, "postgresql") == 0;
            for (size_t i = 0; i < p->url->option_count && !repeatable; i++)
                if (strcmp(options[i][0], option[0]) == 0)
                    return orm__fail(p->error, ORM_CONFIG,
                                     "the database URL has the option '%s' twice, again at character %d", option[0],
                                     place(p, at));
            p->url->option_count++;
        }
        at = *end == '&' ? end + 1 : end;
    }
    return ORM_OK;
}

/* A file has no host: sqlite://app.db is a mistake for sqlite:///app.db. */
static orm_status check_sqlite(parser *p, const char *authority)
{
    const orm__url *url = p->url;
    if (url->host == NULL && url->user == NULL && url->port == 0) return ORM_OK;
    return orm__fail(p->error, ORM_CONFIG,
                     "the database URL has a host at character %d, which SQLite has not: "
                     "sqlite:///relative.db, sqlite:////absolute/path.db, sqlite:// (in memory)",
                     place(p, authority));
}

orm_status orm__url_parse(const char *text, orm__url *url, orm_error *error)
{
    *url = (orm__url){ 0 };
    if (text == NULL) return orm__fail(error, ORM_CONFIG, "there is no database URL");
    if (*text == '\0') return orm__fail(error, ORM_CONFIG, "the database URL is empty");
    parser p = { text, url, error };
    const char *at = text;
    orm_status rc;
    ORM_TRY(parse_scheme(&p, &at));
    const char *authority = at;
    ORM_TRY(parse_user(&p, &at));
    ORM_TRY(parse_host(&p, &at));
    if (strcmp(url->scheme, "sqlite") == 0) ORM_TRY(check_sqlite(&p, authority));
    if (*at == '/') {
        const char *end = at + 1 + strcspn(at + 1, "?");
        ORM_TRY(copy(&p, at + 1, end, &url->database));
        at = end;
    }
    if (*at == '?') ORM_TRY(parse_options(&p, at + 1));
    return ORM_OK;
fail:
    orm__url_free(url);
    return rc;
}

void orm__url_free(orm__url *url)
{
    orm__arena_wipe(&url->arena);
    *url = (orm__url){ 0 };
}

const char *orm__url_option(const orm__url *url, const char *name)
{
    for (size_t i = 0; i < url->option_count; i++)
        if (strcmp(url->options[i][0], name) == 0) return url->options[i][1];
    return NULL;
}

typedef struct public_url {
    orm_url seen; /* first: what orm.h shows */
    orm__url url;
} public_url;

orm_status orm_url_parse(const char *text, orm_url **out, orm_error *error)
{
    *out = NULL;
    public_url *made = orm__alloc(sizeof *made);
    if (made == NULL) return orm__nomem(error);
    orm_status rc = orm__url_parse(text, &made->url, error);
    if (rc != ORM_OK) {
        orm__free(made);
        return rc;
    }
    const orm__url *url = &made->url;
    made->seen = (orm_url){ url->scheme, url->user, url->password, url->host, url->database, url->port, url->options, url->option_count };
    *out = &made->seen;
    return ORM_OK;
}

void orm_url_close(orm_url **seen)
{
    public_url *url = (public_url *)*seen;
    *seen = NULL;
    if (url == NULL) return;
    orm__url_free(&url->url);
    orm__free(url);
}
