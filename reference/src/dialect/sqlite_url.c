/* From a URL to what sqlite3_open_v2 takes. */
#include "dialect/sqlite.h"
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* Meant for us, or for the described system's driver: a file: URI does not get them. */
static const char *const own_options[] = {
    "uri", "timeout", "foreign_keys", "check_same_thread", "isolation_level", "detect_types", "cached_statements",
};

static bool is_own(const char *name)
{
    for (size_t i = 0; i < sizeof own_options / sizeof own_options[0]; i++)
        if (strcmp(own_options[i], name) == 0) return true;
    return false;
}

static bool parse_switch(const char *text, bool *out)
{
    static const char *const words[][2] = { { "off", "on" }, { "false", "true" }, { "no", "yes" }, { "0", "1" } };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        for (int on = 0; on <= 1; on++)
            if (strcasecmp(words[i][on], text) == 0) {
                *out = on;
                return true;
            }
    return false;
}

orm_status orm__sqlite_settings(const orm__url *url, const orm_options *options, orm__sqlite_set *out, orm_error *error)
{
    *out = (orm__sqlite_set){ .foreign_keys = options == NULL || options->foreign_keys == ORM_FOREIGN_KEYS_ON,
                              .timeout_ms = 5000 };
    const char *keys = orm__url_option(url, "foreign_keys"), *timeout = orm__url_option(url, "timeout"),
               *uri = orm__url_option(url, "uri");
    if (keys != NULL && !parse_switch(keys, &out->foreign_keys))
        return orm__fail(error, ORM_CONFIG, "the database URL's option foreign_keys is on or off, not '%s'", keys);
    if (uri != NULL && !parse_switch(uri, &out->uri))
        return orm__fail(error, ORM_CONFIG, "the database URL's option uri is true or false, not '%s'", uri);
    double seconds = 5;
    if (timeout != NULL && (!orm__float_parse(timeout, &seconds) || !(seconds >= 0 && seconds <= 86400)))
        return orm__fail(error, ORM_CONFIG, "the database URL's option timeout is a number of seconds, not '%s'",
                         timeout);
    out->timeout_ms = (int)(seconds * 1000);
    return ORM_OK;
}

/* As mkdir -p. The path is changed while it works and then whole again. */
static bool make_directories(char *path)
{
    for (char *at = path + 1;; at++) {
        if (*at != '/' && *at != '\0') continue;
        char kept = *at;
        *at = '\0';
        bool made = mkdir(path, 0777) == 0 || errno == EEXIST;
        *at = kept;
        if (!made) return false;
        if (kept == '\0') break;
    }
    struct stat found;
    if (stat(path, &found) != 0) return false;
    errno = ENOTDIR;
    return S_ISDIR(found.st_mode);
}

/* Into `out`, with / at its end. */
static orm_status add_root(orm__text *out, const orm_options *options, orm_error *error)
{
    orm_status rc;
    char *cwd = NULL;
    const char *root = options == NULL ? NULL : options->root;
    size_t start = out->size;
    if (root == NULL || *root != '/') {
        cwd = getcwd(NULL, 0);
        if (cwd == NULL)
            ORM_TRY(errno == ENOMEM
                        ? orm__nomem(error)
                        : orm__fail(error, ORM_CONFIG, "the working directory is not to be had: %s", strerror(errno)));
        orm__text_add(out, cwd);
        orm__text_char(out, '/');
    }
    if (root != NULL) orm__text_add(out, root);
    if (out->failed) ORM_TRY(orm__nomem(error));
    if (root != NULL && !make_directories(out->at + start))
        ORM_TRY(
            orm__fail(error, ORM_CONFIG, "the directory '%s' for databases cannot be made: %s", root, strerror(errno)));
    if (out->at[out->size - 1] != '/') orm__text_char(out, '/');
    rc = ORM_OK;
fail:
    free(cwd);
    return rc;
}

/* In a file: URI, %, ? and # of a plain path have a meaning; so have & and = between options. */
static void add_escaped(orm__text *out, const char *from, const char *special)
{
    for (; *from != '\0'; from++) {
        if (strchr(special, *from) != NULL)
            orm__text_format(out, "%%%02X", (unsigned)(unsigned char)*from);
        else
            orm__text_char(out, *from);
    }
}

static orm_status file_uri(const orm__url *url, const orm_options *options, orm__text *out, orm_error *error)
{
    const char *path = url->database + strlen("file:");
    orm__text_add(out, "file:");
    if (*path != '/') {
        orm__text root = { 0 };
        orm_status rc = add_root(&root, options, error);
        if (rc == ORM_OK && !root.failed) add_escaped(out, root.at, "%?#");
        out->failed = out->failed || root.failed;
        orm__text_free(&root);
        if (rc != ORM_OK) return rc;
    }
    orm__text_add(out, path);
    char before = '?';
    for (size_t i = 0; i < url->option_count; i++) {
        if (is_own(url->options[i][0])) continue;
        orm__text_char(out, before);
        add_escaped(out, url->options[i][0], "%?#&=");
        orm__text_char(out, '=');
        add_escaped(out, url->options[i][1], "%?#&=");
        before = '&';
    }
    return ORM_OK;
}

orm_status orm__sqlite_resolve(orm__url *url, const orm_options *options, bool *in_memory, orm_error *error)
{
    static atomic_uint memory_count;
    orm__text name = { 0 };
    orm__sqlite_set set;
    orm_status rc;
    ORM_TRY(orm__sqlite_settings(url, options, &set, error));
    const char *path = url->database, *mode = orm__url_option(url, "mode");
    bool uri = set.uri && path != NULL && strncmp(path, "file:", 5) == 0;
    *in_memory = path == NULL || *path == '\0' || strcmp(path, ":memory:") == 0 ||
                 (uri && (strcmp(path, "file:") == 0 || strcmp(path, "file::memory:") == 0 ||
                          (mode != NULL && strcmp(mode, "memory") == 0)));
    if (*in_memory) {
        orm__text_format(&name, "file:" ORM__SQLITE_MEMORY "%u?vfs=memdb", atomic_fetch_add(&memory_count, 1));
    } else if (uri) {
        ORM_TRY(file_uri(url, options, &name, error));
    } else {
        if (*path != '/') ORM_TRY(add_root(&name, options, error));
        orm__text_add(&name, path);
    }
    url->database = name.failed ? NULL : orm__arena_copy(&url->arena, name.at, name.size);
    if (url->database == NULL) ORM_TRY(orm__nomem(error));
    rc = ORM_OK;
fail:
    orm__text_free(&name);
    return rc;
}
