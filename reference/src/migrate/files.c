/* The files of a directory of revisions: reading, headers, writing. */
#include "migrate/history.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char mark[] = "-- orm:";
enum { LARGEST_FILE = 64 * 1024 * 1024 };

static orm_status file_error(const char *path, const char *what, orm_error *error)
{
    return errno == ENOMEM ? orm__nomem(error) : orm__fail(error, ORM_CONFIG, "%s: %s: %s", path, what, strerror(errno));
}

orm_status orm__file_read(const char *path, orm__text *out, orm_error *error)
{
    char piece[4096];
    FILE *file = fopen(path, "rbe");
    if (file == NULL) return file_error(path, "cannot be read", error);
    for (size_t size; (size = fread(piece, 1, sizeof piece, file)) > 0 && out->size < LARGEST_FILE;)
        orm__text_add_n(out, piece, size);
    bool failed = ferror(file) != 0;
    fclose(file);
    if (failed) return file_error(path, "cannot be read", error);
    if (out->size >= LARGEST_FILE) return orm__fail(error, ORM_MIGRATION, "%s: a revision of more than 64 MiB", path);
    orm__text_add(out, "");
    return out->failed ? orm__nomem(error) : ORM_OK;
}

static bool write_all(int to, const char *at, size_t size)
{
    while (size > 0) {
        ssize_t written = write(to, at, size);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        at += written;
        size -= (size_t)written;
    }
    return fsync(to) == 0;
}

orm_status orm__file_write(const char *path, const orm__text *text, orm_error *error)
{
    orm__text passing = { 0 }; /* under this name nobody reads it */
    orm_status rc;
    int to = -1;
    orm__text_format(&passing, "%s.%ld.new", path, (long)getpid());
    if (passing.failed || text->failed) ORM_TRY(orm__nomem(error));
    to = open(passing.at, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (to < 0 || !write_all(to, text->at, text->size)) ORM_TRY(file_error(passing.at, "cannot be written", error));
    if (link(passing.at, path) != 0)
        ORM_TRY(errno == EEXIST ? orm__fail(error, ORM_MIGRATION, "%s is there already", path)
                                : file_error(path, "cannot be written", error));
    rc = ORM_OK;
fail:
    if (to >= 0) {
        close(to);
        unlink(passing.at);
    }
    orm__text_free(&passing);
    return rc;
}

/* ---- headers ----------------------------------------------------------------------------------------------------- */

static bool is_id_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

orm_status orm__revision_id_check(const char *id, const char *what, orm_error *error)
{
    static const char *const taken[] = { "head", "heads", "base", "current" };
    size_t size = strlen(id);
    if (size == 0) return orm__fail(error, ORM_MIGRATION, "an empty %s", what);
    if (size > ORM__LONGEST_REVISION)
        return orm__fail(error, ORM_MIGRATION, "the %s '%s' has more than %d characters", what, id, ORM__LONGEST_REVISION);
    for (const char *at = id; *at != '\0'; at++)
        if (!is_id_character(*at))
            return orm__fail(error, ORM_MIGRATION, "the %s '%s' has a '%c' in it: letters, digits, _ and . are allowed", what,
                             id, *at);
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
        if (strcmp(id, taken[i]) == 0)
            return orm__fail(error, ORM_MIGRATION, "the %s '%s' has a meaning of its own", what, id);
    return ORM_OK;
}

typedef struct place {
    orm__arena *arena;
    const char *path;
    size_t line;
    orm_error *error;
} place;

static bool is_between(char c)
{
    return c == ' ' || c == '\t' || c == ',';
}

/* Names with commas or spaces between them, into the arena. */
static orm_status take_list(const place *p, const char *text, size_t size, const char *what, const char *const **out,
                            size_t *count)
{
    const char **list = orm__arena_alloc(p->arena, (size / 2 + 1) * sizeof *list);
    if (list == NULL) return orm__nomem(p->error);
    if (*out != NULL) return orm__fail(p->error, ORM_MIGRATION, "%s:%zu: there is such a line already", p->path, p->line);
    for (const char *at = text, *end = text + size; at < end;) {
        const char *stop = at;
        while (stop < end && !is_between(*stop)) stop++;
        if (stop > at) {
            char *name = orm__arena_copy(p->arena, at, (size_t)(stop - at));
            orm_error why;
            if (name == NULL) return orm__nomem(p->error);
            if (orm__revision_id_check(name, what, &why) != ORM_OK)
                return orm__fail(p->error, ORM_MIGRATION, "%s:%zu: %s", p->path, p->line, why.message);
            list[(*count)++] = name;
        }
        at = stop + (stop < end);
    }
    *out = list;
    return ORM_OK;
}

static orm_status take_text(const place *p, const char *text, size_t size, const char **out)
{
    if (*out != NULL) return orm__fail(p->error, ORM_MIGRATION, "%s:%zu: there is such a line already", p->path, p->line);
    *out = orm__arena_copy(p->arena, text, size);
    return *out == NULL ? orm__nomem(p->error) : ORM_OK;
}

static bool is_key(const char *text, size_t size, const char *key)
{
    return strlen(key) == size && memcmp(text, key, size) == 0;
}

static orm_status take_line(const place *p, orm_revision *out, bool *body, const char *line, size_t size)
{
    size_t key = 0;
    while (key < size && line[key] != ' ' && line[key] != '\t') key++;
    size_t value = key;
    while (value < size && (line[value] == ' ' || line[value] == '\t')) value++;
    const char *text = line + value;
    size_t rest = size - value;
    if (is_key(line, key, "upgrade") || is_key(line, key, "downgrade")) {
        *body = true;
        return ORM_OK;
    }
    if (is_key(line, key, "revision")) {
        orm_status rc = take_text(p, text, rest, &out->id);
        orm_error why;
        if (rc != ORM_OK || orm__revision_id_check(out->id, "revision", &why) == ORM_OK) return rc;
        return orm__fail(p->error, ORM_MIGRATION, "%s:%zu: %s", p->path, p->line, why.message);
    }
    if (is_key(line, key, "revises")) {
        if (is_key(text, rest, "base")) rest = 0;
        return take_list(p, text, rest, "revision", &out->down, &out->down_count);
    }
    if (is_key(line, key, "depends")) return take_list(p, text, rest, "revision", &out->depends, &out->depends_count);
    if (is_key(line, key, "label")) return take_list(p, text, rest, "label", &out->labels, &out->label_count);
    if (is_key(line, key, "message")) return take_text(p, text, rest, &out->message);
    if (is_key(line, key, "date")) return take_text(p, text, rest, &out->date);
    return orm__fail(p->error, ORM_MIGRATION,
                     "%s:%zu: there is no '%s %.*s': known are revision, revises, depends, label, message, date, upgrade, downgrade",
                     p->path, p->line, mark, (int)(key < 40 ? key : 40), line);
}

orm_status orm__header_parse(orm__arena *arena, const char *path, const char *text, size_t size, orm_revision *out,
                             orm_error *error)
{
    place p = { .arena = arena, .path = path, .error = error };
    bool body = false;
    *out = (orm_revision){ 0 };
    for (const char *at = text, *end = text + size; at < end && !body;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (stop == NULL) stop = end;
        const char *next = stop + (stop < end);
        p.line++;
        while (at < stop && (*at == ' ' || *at == '\t')) at++;
        while (stop > at && (stop[-1] == ' ' || stop[-1] == '\t' || stop[-1] == '\r')) stop--;
        size_t length = (size_t)(stop - at), skip = strlen(mark);
        if (length >= skip && memcmp(at, mark, skip) == 0) {
            for (at += skip; at < stop && (*at == ' ' || *at == '\t'); at++) {}
            orm_status rc = take_line(&p, out, &body, at, (size_t)(stop - at));
            if (rc != ORM_OK) return rc;
        } else if (length > 0 && !(length >= 2 && memcmp(at, "--", 2) == 0)) {
            return orm__fail(error, ORM_MIGRATION, "%s:%zu: before the first line '%s upgrade' or '%s downgrade' only comments stand",
                             path, p.line, mark, mark);
        }
        at = next;
    }
    if (out->id == NULL)
        return orm__fail(error, ORM_MIGRATION, "%s: there is no line '%s revision ID'", path, mark);
    if (out->message == NULL) out->message = "";
    if (out->date == NULL) out->date = "";
    out->path = orm__arena_copy(arena, path, strlen(path));
    return out->path == NULL ? orm__nomem(error) : ORM_OK;
}

static void add_list(orm__text *out, const char *key, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i == 0) orm__text_format(out, "%s %s ", mark, key);
        orm__text_format(out, "%s%s", i > 0 ? ", " : "", list[i]);
    }
    if (count > 0) orm__text_char(out, '\n');
}

void orm__header_write(orm__text *out, const orm_revision *revision)
{
    orm__text_format(out, "%s revision %s\n", mark, revision->id);
    if (revision->down_count == 0) orm__text_format(out, "%s revises base\n", mark);
    add_list(out, "revises", revision->down, revision->down_count);
    add_list(out, "depends", revision->depends, revision->depends_count);
    add_list(out, "label", revision->labels, revision->label_count);
    if (*revision->message != '\0') orm__text_format(out, "%s message %s\n", mark, revision->message);
    orm__text_format(out, "%s date %s\n", mark, revision->date);
}

void orm__file_name(orm__text *out, const char *id, const char *message)
{
    enum { LONGEST_WORDS = 40 };
    orm__text_add(out, id);
    size_t start = out->size;
    bool gap = true;
    for (const char *at = message; *at != '\0' && out->size - start < LONGEST_WORDS; at++) {
        bool letter = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9');
        if (letter && gap) orm__text_char(out, '_');
        if (letter) orm__text_char(out, (char)(*at >= 'A' && *at <= 'Z' ? *at - 'A' + 'a' : *at));
        gap = !letter;
    }
    orm__text_add(out, ".sql");
}

/* ---- the directory ----------------------------------------------------------------------------------------------- */

static orm_status add_file(orm_migrations *m, const char *name, orm_error *error)
{
    orm__text path = { 0 }, text = { 0 };
    orm_status rc;
    orm__text_format(&path, "%s/" ORM__VERSIONS "/%s", m->directory, name);
    if (path.failed || !orm__grow(&m->at, sizeof *m->at, m->count, &m->capacity)) ORM_TRY(orm__nomem(error));
    ORM_TRY(orm__file_read(path.at, &text, error));
    m->at[m->count] = (orm__revision){ 0 };
    ORM_TRY(orm__header_parse(&m->arena, path.at, text.at, text.size, &m->at[m->count].seen, error));
    m->count++;
fail:
    orm__text_free(&path);
    orm__text_free(&text);
    return rc;
}

static bool is_revision_file(const char *name)
{
    size_t size = strlen(name);
    return *name != '.' && size > 4 && strcmp(name + size - 4, ".sql") == 0;
}

orm_status orm__history_read(orm_migrations *m, orm_error *error)
{
    orm__text path = { 0 };
    orm_status rc;
    DIR *folder = NULL;
    orm__text_format(&path, "%s/" ORM__VERSIONS, m->directory);
    if (path.failed) ORM_TRY(orm__nomem(error));
    folder = opendir(path.at);
    if (folder == NULL)
        ORM_TRY(errno == ENOENT || errno == ENOTDIR
                    ? orm__fail(error, ORM_MIGRATION, "%s is no directory of revisions: `orm db init` makes one", m->directory)
                    : file_error(path.at, "cannot be read", error));
    errno = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL; errno = 0)
        if (is_revision_file(entry->d_name)) ORM_TRY(add_file(m, entry->d_name, error));
    if (errno != 0) ORM_TRY(file_error(path.at, "cannot be read", error));
    ORM_TRY(orm__history_link(m, error));
fail:
    if (folder != NULL) closedir(folder);
    orm__text_free(&path);
    return rc;
}

static const char readme[] =
    "Revisions of the database's tables, one file each in versions/. `orm db --help` says how to work with them.\n"
    "\n"
    "A file begins with its header, lines of `-- orm:`: its id, what it comes after (`revises`), a message, a date.\n"
    "Then come sections of SQL: `-- orm: upgrade` and `-- orm: downgrade`, each for both databases, or for one:\n"
    "`-- orm: upgrade sqlite`, `-- orm: upgrade postgresql`. They run in the order of the file.\n"
    "\n"
    "A line `-- orm: alter table \"user\" …` says what PostgreSQL's ALTER TABLE says, on both databases: where SQLite\n"
    "has no such statement the table is rebuilt, with its rows, indexes and triggers. A line `-- orm: decide …` is a\n"
    "question to you: the revision runs when you have answered it in the SQL and taken the line away.\n"
    "`-- orm: irreversible` in a downgrade refuses it.\n"
    "\n"
    "A revision is one transaction: it has no BEGIN and no COMMIT. Foreign keys are checked at its end.\n";

static orm_status make_directory(const char *path, orm_error *error)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST) return ORM_OK;
    return file_error(path, "cannot be made", error);
}

/* ORM_MIGRATION when something lies in it; what is not there is empty. */
static orm_status is_empty(const char *path, orm_error *error)
{
    DIR *folder = opendir(path);
    if (folder == NULL) return errno == ENOENT ? ORM_OK : file_error(path, "cannot be read", error);
    bool empty = true;
    for (struct dirent *entry; empty && (entry = readdir(folder)) != NULL;)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    closedir(folder);
    return empty ? ORM_OK : orm__fail(error, ORM_MIGRATION, "%s is there already, and it is not empty", path);
}

orm_status orm_migrations_init(const char *directory, orm_error *error)
{
    orm__text path = { 0 }, text = { 0 };
    orm_status rc;
    orm__error_clear(error);
    ORM_TRY(is_empty(directory, error));
    ORM_TRY(make_directory(directory, error));
    orm__text_format(&path, "%s/" ORM__VERSIONS, directory);
    if (path.failed) ORM_TRY(orm__nomem(error));
    ORM_TRY(make_directory(path.at, error));
    orm__text_clear(&path);
    orm__text_format(&path, "%s/README", directory);
    orm__text_add(&text, readme);
    if (path.failed) ORM_TRY(orm__nomem(error));
    ORM_TRY(orm__file_write(path.at, &text, error));
fail:
    orm__text_free(&path);
    orm__text_free(&text);
    return rc;
}
