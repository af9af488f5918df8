/* .env files, by python-dotenv's grammar: statements of one line, but for what stands in quotes.
 *
 *     export NAME = value   # comment        NAME                  'quoted name'="value"
 *
 * All memory of a file is one arena, which is wiped when it goes: what it holds is mostly secret. */
#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct dotenv {
    orm_dotenv seen; /* first: what orm.h shows */
    orm__arena arena;
    orm_setting *settings;
    size_t *unparsed, *slots; /* slots: where a name's setting is, plus 1; open addressing */
    size_t setting_room, unparsed_room, slot_count;
} dotenv;

typedef struct reader {
    dotenv *file;
    const char *at, *end;
    size_t line, expanded; /* expanded: bytes that interpolation has made so far */
    bool interpolate, environment_first;
    orm_error *error;
} reader;

typedef struct span {
    const char *at;
    size_t size;
} span;

/* ---- settings by name ---- */

static size_t *slot_of(const dotenv *file, const char *name, size_t size)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)name[i]) * 1099511628211u;
    for (size_t i = (size_t)hash & (file->slot_count - 1);; i = (i + 1) & (file->slot_count - 1)) {
        if (file->slots[i] == 0) return &file->slots[i];
        const char *known = file->settings[file->slots[i] - 1].name;
        if (strncmp(known, name, size) == 0 && known[size] == '\0') return &file->slots[i];
    }
}

static orm_setting *find(const dotenv *file, const char *name, size_t size)
{
    size_t *slot = file->slot_count == 0 ? NULL : slot_of(file, name, size);
    return slot == NULL || *slot == 0 ? NULL : &file->settings[*slot - 1];
}

static bool more_slots(dotenv *file)
{
    if (file->seen.count * 2 < file->slot_count) return true;
    size_t count = file->slot_count == 0 ? 16 : file->slot_count * 2;
    size_t *slots = orm__alloc(count * sizeof *slots);
    if (slots == NULL) return false;
    orm__free(file->slots);
    file->slots = slots, file->slot_count = count;
    for (size_t i = 0; i < file->seen.count; i++) {
        const char *name = file->settings[i].name;
        *slot_of(file, name, strlen(name)) = i + 1;
    }
    return true;
}

/* A name that comes again keeps its place and gets the new value. */
static orm_status put(reader *r, span name, const char *value)
{
    dotenv *file = r->file;
    orm_setting *known = find(file, name.at, name.size);
    if (known != NULL) {
        known->value = value;
        return ORM_OK;
    }
    const char *copy = orm__arena_copy(&file->arena, name.at, name.size);
    if (copy == NULL || !more_slots(file) ||
        !orm__grow(&file->settings, sizeof *file->settings, file->seen.count, &file->setting_room))
        return orm__nomem(r->error);
    *slot_of(file, copy, name.size) = file->seen.count + 1;
    file->settings[file->seen.count++] = (orm_setting){copy, value};
    return ORM_OK;
}

/* ---- interpolation: ${NAME}, ${NAME:-default} ---- */

/* The reference at `at`, which begins with "${"; NULL when it is none. What comes after it is returned. */
static const char *parse_reference(const char *at, const char *end, span *name, span *otherwise)
{
    const char *from = at + 2, *to = from;
    while (to < end && *to != '}' && *to != ':')
        to++;
    *name = (span){from, (size_t)(to - from)};
    *otherwise = (span){to, 0};
    if (end - to > 2 && to[0] == ':' && to[1] == '-') {
        for (from = to += 2; to < end && *to != '}';)
            to++;
        *otherwise = (span){from, (size_t)(to - from)};
    }
    return to < end && *to == '}' ? to + 1 : NULL;
}

/* Whose word counts when both file and environment know the name: the file's, unless it will not be put over the
 * environment's. */
static orm_status look_up(const reader *r, span name, span otherwise, span *out)
{
    const orm_setting *own = find(r->file, name.at, name.size);
    const char *value = NULL;
    *out = otherwise;
    if (own == NULL || r->environment_first) {
        char *asked = orm__arena_copy(&r->file->arena, name.at, name.size);
        if (asked == NULL) return orm__nomem(r->error);
        value = getenv(asked);
    }
    if (value != NULL)
        *out = (span){value, strlen(value)};
    else if (own != NULL)
        *out = (span){own->value != NULL ? own->value : "", own->value != NULL ? strlen(own->value) : 0};
    return ORM_OK;
}

/* The size of the interpolated text, and with `to` the text itself. */
static orm_status expand(const reader *r, span text, char *to, size_t *size)
{
    const char *at = text.at, *end = text.at + text.size;
    *size = 0;
    while (at < end) {
        span name, part = {at, 1};
        const char *next = end - at > 2 && at[0] == '$' && at[1] == '{' ? parse_reference(at, end, &name, &part) : NULL;
        if (next == NULL)
            part = (span){at, 1}, next = at + 1;
        else {
            orm_status rc = look_up(r, name, part, &part);
            if (rc != ORM_OK) return rc;
        }
        if (part.size > SIZE_MAX / 4 - *size) return orm__nomem(r->error);
        if (to != NULL) memcpy(to + *size, part.at, part.size);
        *size += part.size;
        at = next;
    }
    return ORM_OK;
}

static orm_status interpolate(reader *r, span text, const char **out)
{
    enum { EXPANDED_MOST = 16 * 1024 * 1024 }; /* a value that doubles itself a few dozen times would fill the memory */
    size_t size;
    orm_status rc = expand(r, text, NULL, &size);
    if (rc != ORM_OK) return rc;
    if (size > EXPANDED_MOST - r->expanded)
        return orm__fail(r->error, ORM_DATA, "line %zu: the values have more than 16 MiB", r->line);
    r->expanded += size;
    char *to = orm__arena_alloc(&r->file->arena, size + 1);
    if (to == NULL) return orm__nomem(r->error);
    *out = to;
    return expand(r, text, to, &size);
}

/* ---- the grammar ---- */

static char peek(const reader *r)
{
    return r->at < r->end ? *r->at : '\0'; /* there is no NUL in the text */
}

/* Moves on, counting lines. */
static void advance(reader *r, size_t size)
{
    for (const char *to = r->at + size; r->at < to; r->at++)
        r->line += *r->at == '\n';
}

static void skip_blanks(reader *r, bool lines)
{
    for (size_t size; (lines || peek(r) != '\n') && (size = orm__space_size(r->at, r->end)) > 0;)
        advance(r, size);
}

/* `export` with a blank behind it is a word of shells; else it is a name like any other. */
static void skip_export(reader *r)
{
    static const char word[] = "export";
    const size_t size = sizeof word - 1;
    if ((size_t)(r->end - r->at) <= size || memcmp(r->at, word, size) != 0) return;
    if (r->at[size] == '\n' || orm__space_size(r->at + size, r->end) == 0) return;
    r->at += size;
    skip_blanks(r, false);
}

static bool read_name(reader *r, span *name)
{
    const char *from = r->at, *to = from;
    if (*from == '\'') {
        const char *close = memchr(from + 1, '\'', (size_t)(r->end - from - 1));
        *name = (span){from + 1, close == NULL ? 0 : (size_t)(close - from - 1)};
        if (name->size == 0) return false;
        advance(r, name->size + 2);
        return true;
    }
    while (to < r->end && *to != '=' && *to != '#' && orm__space_size(to, r->end) == 0)
        to++;
    *name = (span){from, (size_t)(to - from)};
    r->at = to;
    return name->size > 0;
}

/* The text between quotes, as it stands. A backslash keeps a quote from closing, unless no other quote can close. */
static bool read_quoted(reader *r, char quote, span *raw)
{
    const char *from = r->at + 1, *to = from, *fallback = NULL;
    while (to < r->end && *to != quote) {
        bool escaped = *to == '\\' && to + 1 < r->end && to[1] == quote;
        if (escaped) fallback = to + 1;
        to += escaped ? 2 : 1;
    }
    if (to >= r->end) to = fallback;
    if (to == NULL) return false;
    *raw = (span){from, (size_t)(to - from)};
    advance(r, (size_t)(to + 1 - r->at));
    return true;
}

static char *unescape(reader *r, span raw, char quote)
{
    static const char codes[] = "\\'\"abfnrtv", values[] = "\\'\"\a\b\f\n\r\t\v";
    const size_t known = quote == '"' ? sizeof codes - 1 : 2;
    char *text = orm__arena_alloc(&r->file->arena, raw.size + 1), *to = text;
    for (size_t i = 0; text != NULL && i < raw.size; i++) {
        const char *code = raw.at[i] == '\\' && i + 1 < raw.size ? memchr(codes, raw.at[i + 1], known) : NULL;
        *to++ = code != NULL ? values[code - codes] : raw.at[i];
        i += code != NULL;
    }
    return text;
}

/* To the end of the line, without a comment (a # behind white space) and the white space at its end. */
static span read_plain(reader *r)
{
    const char *from = r->at, *kept = from, *at = from;
    while (at < r->end && *at != '\n') {
        size_t blank = orm__space_size(at, r->end);
        at += blank > 0 ? blank : 1;
        if (blank == 0)
            kept = at;
        else if (at < r->end && *at == '#')
            break;
    }
    while (at < r->end && *at != '\n')
        at++;
    r->at = at;
    return (span){from, (size_t)(kept - from)};
}

/* False: not parsed, and *rc says whether the fault is the text's (ORM_OK). */
static bool read_value(reader *r, const char **out, orm_status *rc)
{
    span text;
    char quote = peek(r);
    if (quote == '\'' || quote == '"') {
        if (!read_quoted(r, quote, &text)) return false;
        const char *plain = unescape(r, text, quote);
        if (plain == NULL) {
            *rc = orm__nomem(r->error);
            return false;
        }
        text = (span){plain, strlen(plain)};
    } else {
        text = read_plain(r);
    }
    if (r->interpolate)
        *rc = interpolate(r, text, out);
    else if ((*out = orm__arena_copy(&r->file->arena, text.at, text.size)) == NULL)
        *rc = orm__nomem(r->error);
    return *rc == ORM_OK;
}

static void skip_line(reader *r)
{
    while (r->at < r->end && *r->at != '\n')
        r->at++;
    advance(r, r->at < r->end);
}

/* A comment and the line's end. */
static bool read_end(reader *r)
{
    skip_blanks(r, false);
    if (peek(r) != '#' && peek(r) != '\n' && r->at < r->end) return false;
    skip_line(r);
    return true;
}

static bool read_statement(reader *r, orm_status *rc)
{
    span name = {NULL, 0};
    const char *value = NULL;
    skip_export(r);
    if (r->at == r->end) return false;
    if (*r->at != '#') {
        if (!read_name(r, &name)) return false;
        skip_blanks(r, false);
        if (peek(r) == '=') {
            advance(r, 1);
            skip_blanks(r, false);
            if (!read_value(r, &value, rc)) return false;
        }
    }
    if (!read_end(r)) return false;
    if (name.at != NULL) *rc = put(r, name, value);
    return true;
}

static orm_status read_all(reader *r)
{
    dotenv *file = r->file;
    orm_status rc = ORM_OK;
    for (skip_blanks(r, true); r->at < r->end && rc == ORM_OK; skip_blanks(r, true)) {
        size_t line = r->line;
        if (read_statement(r, &rc) || rc != ORM_OK) continue;
        skip_line(r);
        if (!orm__grow(&file->unparsed, sizeof *file->unparsed, file->seen.unparsed_count, &file->unparsed_room))
            return orm__nomem(r->error);
        file->unparsed[file->seen.unparsed_count++] = line;
    }
    file->seen.at = file->settings;
    file->seen.unparsed = file->unparsed;
    return rc;
}

/* ---- text ---- */

/* As UTF-8 with \n at the ends of lines, into `text`, which has room for twice the size. */
static orm_status decode(const char *from, size_t size, orm_encoding encoding, char *text, size_t *out,
                         orm_error *error)
{
    const char *at = from, *end = from + size;
    size_t line = 1;
    char *to = text;
    if (encoding == ORM_UTF_8_SIG && size >= 3 && memcmp(at, "\xEF\xBB\xBF", 3) == 0) at += 3;
    while (at < end) {
        unsigned char byte = (unsigned char)*at;
        size_t width = encoding == ORM_LATIN_1 ? 1 : orm__utf8_size(at, end);
        if (byte == '\0') return orm__fail(error, ORM_DATA, "line %zu: a NUL byte", line);
        if (width == 0) return orm__fail(error, ORM_DATA, "line %zu: not UTF-8", line);
        line += byte == '\n';
        if (byte == '\r') {
            *to++ = '\n';
            line++;
            at += end - at > 1 && at[1] == '\n' ? 2 : 1;
        } else if (encoding == ORM_LATIN_1 && byte >= 0x80) {
            *to++ = (char)(0xC0 | byte >> 6);
            *to++ = (char)(0x80 | (byte & 0x3F));
            at++;
        } else {
            memcpy(to, at, width);
            to += width, at += width;
        }
    }
    *out = (size_t)(to - text);
    return ORM_OK;
}

static orm_status parse(const char *text, size_t size, const orm_dotenv_options *options, bool environment_first,
                        orm_dotenv **out, orm_error *error)
{
    static const orm_dotenv_options usual;
    *out = NULL;
    if (options == NULL) options = &usual;
    dotenv *file = orm__alloc(sizeof *file);
    if (file == NULL) return orm__nomem(error);
    orm_status rc;
    char *decoded = size > SIZE_MAX / 4 ? NULL : orm__arena_alloc(&file->arena, size * 2 + 1);
    if (decoded == NULL) ORM_TRY(orm__nomem(error));
    size_t decoded_size = 0;
    ORM_TRY(decode(text, size, options->encoding, decoded, &decoded_size, error));
    reader r = {file, decoded, decoded + decoded_size, 1, 0, !options->no_interpolation, environment_first, error};
    ORM_TRY(read_all(&r));
    *out = &file->seen;
    return ORM_OK;
fail:
    *out = &file->seen;
    orm_dotenv_close(out);
    return rc;
}

/* A file that is not there, or no plain file, has no text: *out stays NULL. */
static orm_status read_file(const char *path, orm__arena *arena, const char **out, size_t *size, orm_error *error)
{
    enum { FILE_MOST = 16 * 1024 * 1024 };
    struct stat about;
    orm_status rc = ORM_OK;
    *out = NULL, *size = 0;
    if (stat(path, &about) != 0 || !S_ISREG(about.st_mode)) return ORM_OK;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return orm__fail(error, ORM_CONFIG, "%s: %s", path, strerror(errno));
    if (about.st_size > FILE_MOST) ORM_TRY(orm__fail(error, ORM_CONFIG, "%s: more than 16 MiB", path));
    char *text = orm__arena_alloc(arena, (size_t)about.st_size + 1);
    if (text == NULL) ORM_TRY(orm__nomem(error));
    for (ssize_t got; *size < (size_t)about.st_size; *size += (size_t)got) {
        do
            got = read(fd, text + *size, (size_t)about.st_size - *size);
        while (got < 0 && errno == EINTR);
        if (got < 0) ORM_TRY(orm__fail(error, ORM_CONFIG, "%s: %s", path, strerror(errno)));
        if (got == 0) break;
    }
    *out = text;
fail:
    close(fd);
    return rc;
}

/* ---- what orm.h has ---- */

bool orm_dotenv_find(const char *directory, const char *name, char path[ORM_PATH_SIZE])
{
    char start[ORM_PATH_SIZE];
    struct stat about;
    path[0] = '\0';
    if (realpath(directory != NULL ? directory : ".", start) == NULL) return false;
    if (name == NULL) name = ".env";
    size_t size = strlen(start), name_size = strlen(name);
    while (size > 1 && start[size - 1] == '/')
        size--;
    for (;;) {
        size_t folder = size == 1 ? 0 : size; /* the root is a slash already */
        if (folder + 1 + name_size < ORM_PATH_SIZE) {
            memcpy(path, start, folder);
            path[folder] = '/';
            memcpy(path + folder + 1, name, name_size + 1);
            if (stat(path, &about) == 0 && S_ISREG(about.st_mode)) return true;
        }
        if (size <= 1) break;
        while (size > 1 && start[size - 1] != '/')
            size--;
        if (size > 1) size--;
    }
    path[0] = '\0';
    return false;
}

orm_status orm_dotenv_parse(const char *text, size_t size, const orm_dotenv_options *options, orm_dotenv **out,
                            orm_error *error)
{
    return parse(text, size, options, false, out, error);
}

static orm_status open_file(const char *path, const orm_dotenv_options *options, bool environment_first,
                            orm_dotenv **out, orm_error *error)
{
    char found[ORM_PATH_SIZE];
    orm__arena arena = {0};
    const char *text;
    size_t size;
    *out = NULL;
    if (path == NULL && !orm_dotenv_find(NULL, NULL, found)) found[0] = '\0';
    orm_status rc = read_file(path != NULL ? path : found, &arena, &text, &size, error);
    if (rc == ORM_OK) rc = parse(text != NULL ? text : "", size, options, environment_first, out, error);
    orm__arena_wipe(&arena);
    if (rc == ORM_DATA && error != NULL) {
        orm_error inner = *error;
        orm__fail(error, ORM_DATA, "%s: %s", path != NULL ? path : found, inner.message);
    }
    return rc;
}

orm_status orm_dotenv_open(const char *path, const orm_dotenv_options *options, orm_dotenv **out, orm_error *error)
{
    return open_file(path, options, false, out, error);
}

orm_status orm_dotenv_load(const char *path, const orm_dotenv_options *options, bool *loaded, orm_error *error)
{
    bool override = options != NULL && options->override;
    orm_dotenv *file;
    if (loaded != NULL) *loaded = false;
    orm_status rc = open_file(path, options, !override, &file, error);
    for (size_t i = 0; rc == ORM_OK && i < file->count; i++) {
        const orm_setting *setting = &file->at[i];
        if (setting->value == NULL || setenv(setting->name, setting->value, override) == 0) continue;
        rc = errno == ENOMEM
                 ? orm__nomem(error)
                 : orm__fail(error, ORM_DATA, "'%s' cannot be the name of an environment variable", setting->name);
    }
    if (rc == ORM_OK && loaded != NULL) *loaded = file->count > 0;
    orm_dotenv_close(&file);
    return rc;
}

const char *orm_dotenv_get(const orm_dotenv *seen, const char *name)
{
    const orm_setting *setting = find((const dotenv *)seen, name, strlen(name));
    return setting != NULL ? setting->value : NULL;
}

void orm_dotenv_close(orm_dotenv **seen)
{
    dotenv *file = (dotenv *)*seen;
    *seen = NULL;
    if (file == NULL) return;
    orm__arena_wipe(&file->arena);
    orm__free(file->settings);
    orm__free(file->unparsed);
    orm__free(file->slots);
    orm__free(file);
}

orm_status orm_getenv(const char *name, const char **out, orm_error *error)
{
    *out = getenv(name);
    return *out != NULL ? ORM_OK
                        : orm__fail(error, ORM_CONFIG,
                                    "the environment variable %s is not set: export it, or put it into .env", name);
}
