/* The directory as the user has it: opening, asking, new revisions. */
#include "migrate/history.h"
#include "migrate/run.h"
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* ---- opening ----------------------------------------------------------------------------------------------------- */

static void drop_history(orm_migrations *m)
{
    for (size_t i = 0; i < m->count; i++) {
        orm__free(m->at[i].down);
        orm__free(m->at[i].needs);
        orm__free(m->at[i].up);
    }
    orm__free(m->at);
    orm__arena_free(&m->arena);
    m->at = NULL;
    m->count = m->capacity = 0;
}

orm_status orm_migrations_open(const char *directory, orm_migrations **out, orm_error *error)
{
    *out = NULL;
    orm__error_clear(error);
    orm_status rc;
    orm_migrations *m = orm__alloc(sizeof *m);
    if (m == NULL) return orm__nomem(error);
    m->directory = orm__strdup(directory);
    if (m->directory == NULL) ORM_TRY(orm__nomem(error));
    ORM_TRY(orm__history_read(m, error));
    *out = m;
    return ORM_OK;
fail:
    orm_migrations_close(&m);
    return rc;
}

void orm_migrations_close(orm_migrations **pointer)
{
    orm_migrations *m = *pointer;
    *pointer = NULL;
    if (m != NULL) orm__free(m->directory);
    while (m != NULL) {
        orm_migrations *before = m->before;
        drop_history(m);
        orm__free(m);
        m = before;
    }
}

orm_status orm__history_reload(orm_migrations *m, orm_error *error)
{
    orm_migrations fresh = { .directory = m->directory };
    orm_migrations *before = orm__alloc(sizeof *before);
    if (before == NULL) return orm__nomem(error);
    orm_status rc = orm__history_read(&fresh, error);
    if (rc != ORM_OK) {
        drop_history(&fresh);
        orm__free(before);
        return rc;
    }
    *before = *m;
    before->directory = NULL;
    fresh.before = before;
    *m = fresh;
    return ORM_OK;
}

/* ---- asking ------------------------------------------------------------------------------------------------------ */

orm_status orm__history_list(orm_migrations *m, const orm__revision_set *set, orm_revisions *out, orm_error *error)
{
    size_t count = 0;
    const orm_revision **list = orm__arena_alloc(&m->arena, (m->count + 1) * sizeof *list);
    if (list == NULL) return orm__nomem(error);
    for (size_t i = m->count; i-- > 0;)
        if (set->at[i]) list[count++] = &m->at[i].seen;
    *out = (orm_revisions){ list, count };
    return ORM_OK;
}

orm_status orm_migrations_find(orm_migrations *m, const char *name, orm_revisions *out, orm_error *error)
{
    orm__target target;
    *out = (orm_revisions){ 0 };
    orm__error_clear(error);
    orm_status rc = orm__target_find(m, name, ORM__FOR_PLACE, NULL, &target, error);
    if (rc != ORM_OK) return rc;
    rc = orm__history_list(m, &target.set, out, error);
    orm__target_free(&target);
    return rc;
}

static orm_status read_current(orm_database *database, const orm_migrations *m, orm__revision_set *rows, orm_error *error)
{
    orm__connection *connection;
    bool has_table;
    if (database == NULL) return ORM_OK;
    orm_status rc = orm__acquire(database, &connection, error);
    if (rc != ORM_OK) return rc;
    rc = orm__read_rows(connection, m, rows, &has_table, error);
    orm__release(connection);
    return rc;
}

/* Does an end of a range ask where the database is? */
static bool is_about_current(const char *name)
{
    return strstr(name, "current") != NULL || name[0] == '+' || name[0] == '-' || strstr(name, "@+") != NULL || strstr(name, "@-") != NULL;
}

/* From `from` on, and down to it. */
static orm_status cut(const orm_migrations *m, const char *name, bool from, const orm__revision_set *current, orm__revision_set *listed,
                      orm_error *error)
{
    orm__target target;
    orm_status rc = orm__target_find(m, name, ORM__FOR_PLACE, current, &target, error);
    if (rc != ORM_OK) return rc;
    if (from) {
        orm__set_descendants(m, &target.set);
        if (target.is_base) memset(target.set.at, true, m->count);
    } else {
        orm__set_ancestors(m, &target.set);
    }
    for (size_t i = 0; i < m->count; i++) listed->at[i] = listed->at[i] && target.set.at[i];
    orm__target_free(&target);
    return ORM_OK;
}

orm_status orm_migrations_history(orm_migrations *m, orm_database *database, const char *range, orm_revisions *out, orm_error *error)
{
    orm__revision_set listed = { 0 }, current = { 0 };
    orm__text from = { 0 };
    orm_status rc;
    *out = (orm_revisions){ 0 };
    orm__error_clear(error);
    const char *colon = range != NULL ? strchr(range, ':') : NULL;
    if (range != NULL && colon == NULL) return orm__fail(error, ORM_MIGRATION, "a range is FROM:TO, FROM: or :TO, not '%.80s'", range);
    ORM_TRY(orm__set_open(&listed, m, error));
    ORM_TRY(orm__set_open(&current, m, error));
    memset(listed.at, true, m->count);
    if (colon != NULL) {
        orm__text_add_n(&from, range, (size_t)(colon - range));
        orm__text_add(&from, "");
        if (from.failed) ORM_TRY(orm__nomem(error));
        if (is_about_current(from.at) || is_about_current(colon + 1)) {
            if (database == NULL) ORM_TRY(orm__fail(error, ORM_MIGRATION, "'%s' asks where a database is, and none is given", range));
            ORM_TRY(read_current(database, m, &current, error));
        }
        if (from.size > 0) ORM_TRY(cut(m, from.at, true, &current, &listed, error));
        if (colon[1] != '\0') ORM_TRY(cut(m, colon + 1, false, &current, &listed, error));
    }
    ORM_TRY(orm__history_list(m, &listed, out, error));
fail:
    orm__text_free(&from);
    orm__set_free(&listed);
    orm__set_free(&current);
    return rc;
}

/* ---- new revisions ----------------------------------------------------------------------------------------------- */

typedef struct writing {
    orm_migrations *m;
    const orm_new_revision *given;
    orm_revision header;
    char id[ORM__LONGEST_REVISION + 1], date[32];
    char *message;
    const char **down, **depends, *label[1];
    orm_error *error;
} writing;

static orm_status make_id(writing *w)
{
    unsigned char bytes[6];
    if (w->given->id != NULL) {
        orm_status rc = orm__revision_id_check(w->given->id, "revision", w->error);
        if (rc != ORM_OK) return rc;
        strcpy(w->id, w->given->id);
        if (orm__history_find(w->m, w->id) != NULL)
            return orm__fail(w->error, ORM_MIGRATION, "the revision %s is there already", w->id);
        return ORM_OK;
    }
    do {
        if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) return orm__fail(w->error, ORM_FAILURE, "there are no random numbers");
        for (size_t i = 0; i < sizeof bytes; i++) snprintf(w->id + 2 * i, 3, "%02x", bytes[i]);
    } while (orm__history_find(w->m, w->id) != NULL);
    return ORM_OK;
}

/* One line: what is not a plain character becomes a space. */
static orm_status make_message(writing *w)
{
    w->message = orm__strdup(w->given->message != NULL ? w->given->message : "");
    if (w->message == NULL) return orm__nomem(w->error);
    for (char *at = w->message; *at != '\0'; at++)
        if ((unsigned char)*at < ' ') *at = ' ';
    return ORM_OK;
}

/* The ids of a set. */
static orm_status ids_of(writing *w, const orm__revision_set *set, const char ***out, size_t *count)
{
    *out = orm__alloc((w->m->count + 1) * sizeof **out);
    if (*out == NULL) return orm__nomem(w->error);
    for (size_t i = 0; i < w->m->count; i++)
        if (set->at[i]) (*out)[(*count)++] = w->m->at[i].seen.id;
    return ORM_OK;
}

static orm_status find_down(writing *w)
{
    const char *head = w->given->head != NULL ? w->given->head : "head";
    orm__target target;
    orm_status rc = orm__target_find(w->m, head, ORM__FOR_PLACE, NULL, &target, w->error);
    if (rc != ORM_OK) return rc;
    for (size_t i = 0; i < w->m->count; i++)
        if (target.set.at[i] && w->m->at[i].up_count > 0 && !w->given->splice)
            ORM_TRY(orm__fail(w->error, ORM_MIGRATION, "the revision %s is no head, others come after it: to begin a branch there say so (--splice)",
                              w->m->at[i].seen.id));
    ORM_TRY(ids_of(w, &target.set, &w->down, &w->header.down_count));
fail:
    orm__target_free(&target);
    return rc;
}

static orm_status find_depends(writing *w)
{
    orm__revision_set all = { 0 };
    orm_status rc = ORM_OK;
    if (w->given->depends_count == 0) return ORM_OK;
    ORM_TRY(orm__set_open(&all, w->m, w->error));
    for (size_t i = 0; i < w->given->depends_count; i++) {
        orm__target target;
        ORM_TRY(orm__target_find(w->m, w->given->depends[i], ORM__FOR_PLACE, NULL, &target, w->error));
        for (size_t k = 0; k < w->m->count; k++) all.at[k] = all.at[k] || target.set.at[k];
        orm__target_free(&target);
    }
    ORM_TRY(ids_of(w, &all, &w->depends, &w->header.depends_count));
fail:
    orm__set_free(&all);
    return rc;
}

static orm_status check_label(writing *w)
{
    if (w->given->label == NULL) return ORM_OK;
    orm_status rc = orm__revision_id_check(w->given->label, "label", w->error);
    for (size_t i = 0; rc == ORM_OK && i < w->m->count; i++)
        for (size_t k = 0; k < w->m->at[i].seen.label_count; k++)
            if (strcmp(w->m->at[i].seen.labels[k], w->given->label) == 0)
                return orm__fail(w->error, ORM_MIGRATION, "the label %s is that of the revision %s", w->given->label, w->m->at[i].seen.id);
    w->label[0] = w->given->label;
    w->header.labels = w->label;
    w->header.label_count = 1;
    return rc;
}

static void add_body(orm__text *out, const char *section, const char *body)
{
    orm__text_format(out, "\n-- orm: %s\n", section);
    if (body == NULL) return;
    orm__text_add(out, body);
    if (out->size > 0 && out->at[out->size - 1] != '\n') orm__text_char(out, '\n');
}

static void free_writing(writing *w)
{
    orm__free(w->message);
    orm__free(w->down);
    orm__free(w->depends);
}

/* The file, and the history with it; a file that the history does not bear goes again. `bodies` NULL: those of the options. */
static orm_status write_revision(writing *w, const orm__text *bodies, const orm_revision **out)
{
    orm__text path = { 0 }, text = { 0 };
    orm_status rc;
    char id[sizeof w->id];
    orm_datetime now = orm_utcnow();
    ORM_TRY(make_id(w));
    ORM_TRY(make_message(w));
    ORM_TRY(check_label(w));
    ORM_TRY(find_depends(w));
    orm_datetime_text(now, w->date);
    w->date[19] = '\0'; /* without the fraction */
    strcpy(id, w->id);
    w->header.id = w->id;
    w->header.message = w->message;
    w->header.date = w->date;
    w->header.down = w->down;
    w->header.depends = w->depends;
    orm__header_write(&text, &w->header);
    if (bodies != NULL) {
        if (bodies->failed) ORM_TRY(orm__nomem(w->error));
        orm__text_add_n(&text, bodies->at, bodies->size);
    } else {
        add_body(&text, "upgrade", w->given->upgrade);
        add_body(&text, "downgrade", w->given->downgrade);
    }
    orm__text_format(&path, "%s/" ORM__VERSIONS "/", w->m->directory);
    orm__file_name(&path, w->id, w->message);
    if (path.failed || text.failed) ORM_TRY(orm__nomem(w->error));
    ORM_TRY(orm__file_write(path.at, &text, w->error));
    rc = orm__history_reload(w->m, w->error);
    if (rc != ORM_OK)
        unlink(path.at);
    else
        *out = &orm__history_find(w->m, id)->seen;
fail:
    orm__text_free(&path);
    orm__text_free(&text);
    return rc;
}

static const orm_new_revision plain;

orm_status orm_migrations_revise(orm_migrations *m, const orm_new_revision *given, const orm_revision **out, orm_error *error)
{
    writing w = { .m = m, .given = given != NULL ? given : &plain, .error = error };
    *out = NULL;
    orm__error_clear(error);
    orm_status rc = find_down(&w);
    if (rc == ORM_OK) rc = write_revision(&w, NULL, out);
    free_writing(&w);
    return rc;
}

orm_status orm_migrations_merge(orm_migrations *m, const char *const *names, size_t count, const orm_new_revision *given,
                                const orm_revision **out, orm_error *error)
{
    writing w = { .m = m, .given = given != NULL ? given : &plain, .error = error };
    orm__revision_set all = { 0 };
    orm_status rc;
    *out = NULL;
    orm__error_clear(error);
    ORM_TRY(orm__set_open(&all, m, error));
    for (size_t i = 0; i < count; i++) {
        orm__target target;
        ORM_TRY(orm__target_find(m, names[i], ORM__FOR_PLACE, NULL, &target, error));
        for (size_t k = 0; k < m->count; k++) all.at[k] = all.at[k] || target.set.at[k];
        orm__target_free(&target);
    }
    if (orm__set_is_empty(&all)) ORM_TRY(orm__fail(error, ORM_MIGRATION, "there is nothing to merge"));
    ORM_TRY(ids_of(&w, &all, &w.down, &w.header.down_count));
    ORM_TRY(write_revision(&w, NULL, out));
fail:
    orm__set_free(&all);
    free_writing(&w);
    return rc;
}

/* For what is generated: the bodies are ready. */
orm_status orm__write_generated(orm_migrations *m, const orm_new_revision *given, const orm__text *bodies, const orm_revision **out,
                                orm_error *error)
{
    writing w = { .m = m, .given = given != NULL ? given : &plain, .error = error };
    *out = NULL;
    orm_status rc = find_down(&w);
    if (rc == ORM_OK) rc = write_revision(&w, bodies, out);
    free_writing(&w);
    return rc;
}
