/* A directory of revisions in memory: what the headers of its files say, and who comes after whom. */
#ifndef ORM_MIGRATE_HISTORY_H
#define ORM_MIGRATE_HISTORY_H
#include "base/error.h"
#include "base/memory.h"
#include "base/text.h"
#include <orm.h>

enum { ORM__LONGEST_REVISION = 32 };      /* characters of an id: the version table's column */
#define ORM__VERSIONS "versions"          /* the folder in the directory */

typedef struct orm__revision {
    orm_revision seen;                    /* what the user sees; its text lies in the history's arena */
    size_t index;
    size_t *down, *needs, *up;            /* indexes: what it comes after; that and what it depends on; what comes after it */
    size_t down_count, needs_count, up_count;
    size_t down_capacity, needs_capacity, up_capacity;
} orm__revision;

struct orm_migrations {
    char *directory;
    orm__arena arena;
    orm__revision *at;                    /* in the order of the history: what is needed comes first */
    size_t count, capacity;
    struct orm_migrations *before;        /* as it was read before: the user may hold on to its revisions */
};

/* A set of revisions: a flag for each, by index. */
typedef struct orm__revision_set { bool *at; size_t count; } orm__revision_set;
orm_status orm__set_open(orm__revision_set *, const orm_migrations *, orm_error *);
void orm__set_free(orm__revision_set *);
bool orm__set_is_empty(const orm__revision_set *);

/* files.c */
orm_status orm__history_read(orm_migrations *, orm_error *);                       /* all headers, then orm__history_link */
orm_status orm__history_reload(orm_migrations *, orm_error *);                     /* a file came */
/* The members of a set as a list, the newest first. */
orm_status orm__history_list(orm_migrations *, const orm__revision_set *, orm_revisions *, orm_error *);
orm_status orm__file_read(const char *path, orm__text *, orm_error *);
orm_status orm__file_write(const char *path, const orm__text *, orm_error *);      /* a new one, whole or not at all; ORM_MIGRATION when it is there */
/* The header of one file's text into `out`, whose text lies in the arena. Errors name `path` and the line. */
orm_status orm__header_parse(orm__arena *, const char *path, const char *text, size_t, orm_revision *out, orm_error *);
void orm__header_write(orm__text *, const orm_revision *);
/* "ID_some_words.sql" */
void orm__file_name(orm__text *, const char *id, const char *message);
/* A new revision whose bodies are ready. */
orm_status orm__write_generated(orm_migrations *, const orm_new_revision *, const orm__text *bodies, const orm_revision **out, orm_error *);
orm_status orm__revision_id_check(const char *id, const char *what, orm_error *);

/* graph.c */
orm_status orm__history_link(orm_migrations *, orm_error *);                       /* finds parents, refuses cycles, sorts */
const orm__revision *orm__history_find(const orm_migrations *, const char *id);    /* by the whole id; NULL */
/* Adds to the set all that its members need / all that needs a member of it. */
void orm__set_ancestors(const orm_migrations *, orm__revision_set *);
void orm__set_descendants(const orm_migrations *, orm__revision_set *);
/* Leaves only the members that no other member comes after. */
void orm__set_tops(const orm_migrations *, orm__revision_set *);

/* names.c: what a person says for a revision. `current` is where the database is, or NULL when that is not known. */
typedef struct orm__target {
    orm__revision_set set;                /* the revisions meant; empty: base */
    orm__revision_set walked;             /* what X-n passed by, X included and the end not */
    bool relative;                        /* there is a `walked` */
    bool is_base;
} orm__target;
enum orm__naming { ORM__FOR_UPGRADE, ORM__FOR_DOWNGRADE, ORM__FOR_PLACE };
orm_status orm__target_find(const orm_migrations *, const char *name, enum orm__naming, const orm__revision_set *current, orm__target *, orm_error *);
void orm__target_free(orm__target *);
orm_status orm__target_one(const orm_migrations *, const char *name, const orm__target *, const orm__revision **, orm_error *); /* exactly one */
#endif
