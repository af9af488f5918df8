/* Comparing models with the database, and the revision that comes of it. */
#include "migrate/inspect.h"
#include "migrate/judge.h"
#include "migrate/render.h"
#include "migrate/run.h"
#include <string.h>

/* Defaults of the models as the database would keep them, for those that it may have. */
static orm_status keep_defaults(orm__connection *connection, orm__differences *d, orm_error *error)
{
    size_t count = 0, capacity = 0;
    const orm__shape_column **columns = NULL;
    orm__shape_column **all = NULL;
    const char **kept = NULL;
    orm_status rc = ORM_OK;
    for (size_t i = 0; i < d->models.count; i++) {
        orm__shape_table *model = &d->models.at[i];
        const orm__shape_table *live = orm__shape_table_named(&d->live, model->name);
        for (size_t k = 0; live != NULL && k < model->count; k++) {
            const orm__shape_column *there = orm__shape_column_named(live, model->columns[k].name);
            if (there == NULL || there->default_ == NULL || model->columns[k].default_ == NULL) continue;
            if (!orm__grow(&all, sizeof *all, count, &capacity)) ORM_TRY(orm__nomem(error));
            all[count++] = &model->columns[k];
        }
    }
    if (count == 0) goto fail;
    columns = orm__alloc(count * sizeof *columns);
    kept = orm__alloc(count * sizeof *kept);
    if (columns == NULL || kept == NULL) ORM_TRY(orm__nomem(error));
    for (size_t i = 0; i < count; i++) columns[i] = all[i];
    ORM_TRY(orm__inspect_defaults(connection, &d->arena, columns, count, kept, error));
    for (size_t i = 0; i < count; i++) all[i]->kept = kept[i];
fail:
    orm__free(all);
    orm__free(columns);
    orm__free(kept);
    return rc;
}

/* In a transaction, which is rolled back: a table for defaults may come and go in it. */
static orm_status compare(orm_database *database, orm__connection *connection, const orm_compare_options *options, orm__differences *d,
                          orm_error *error)
{
    orm_status rc;
    ORM_TRY(orm__execute(connection, "BEGIN", error));
    ORM_TRY(orm__shape_of_models(&database->registry, &d->models, error));
    ORM_TRY(orm__inspect(connection, &d->live, error));
    if (options == NULL || !options->ignore_defaults) ORM_TRY(keep_defaults(connection, d, error));
    ORM_TRY(orm__compare(d, &database->dialect->syntax, options, error));
    ORM_TRY(orm__judge(connection, d, error));
    ORM_TRY(orm__differences_tell(d, error));
    ORM_TRY(orm__execute(connection, "ROLLBACK", error));
fail:
    return rc;
}

static orm_status open_differences(orm__differences **out, orm_error *error)
{
    *out = orm__alloc(sizeof **out);
    return *out == NULL ? orm__nomem(error) : ORM_OK;
}

void orm_changes_close(orm_changes **pointer)
{
    orm__differences *d = (orm__differences *)*pointer; /* it is the first member */
    *pointer = NULL;
    if (d == NULL) return;
    orm__differences_free(d);
    orm__free(d);
}

orm_status orm_migrate_compare(orm_database *database, const orm_compare_options *options, orm_changes **out, orm_error *error)
{
    orm__differences *d = NULL;
    orm__connection *connection = NULL;
    orm_status rc;
    *out = NULL;
    orm__error_clear(error);
    ORM_TRY(open_differences(&d, error));
    ORM_TRY(orm__acquire(database, &connection, error));
    ORM_TRY(compare(database, connection, options, d, error));
    *out = &d->seen;
    d = NULL;
fail:
    if (connection != NULL) orm__release(connection);
    orm_changes_close((orm_changes **)&d);
    return rc;
}

/* ---- the revision ------------------------------------------------------------------------------------------------ */

static orm_status is_at_heads(orm__connection *connection, const orm_migrations *m, orm_error *error)
{
    orm__revision_set rows;
    bool has_table;
    orm_status rc = orm__set_open(&rows, m, error);
    if (rc != ORM_OK) return rc;
    ORM_TRY(orm__read_rows(connection, m, &rows, &has_table, error));
    for (size_t i = 0; i < m->count; i++)
        if (rows.at[i] != (m->at[i].up_count == 0))
            ORM_TRY(orm__fail(error, ORM_MIGRATION,
                              "the database is not up to date: run `orm db upgrade` first, so that only what is new is found (see %s)",
                              m->at[i].seen.id));
fail:
    orm__set_free(&rows);
    return rc;
}

static orm_status add_section(orm__text *out, const orm__differences *d, const char *dialect, bool down, orm_error *error)
{
    orm__text_format(out, "\n-- orm: %s %s\n", down ? "downgrade" : "upgrade", dialect);
    return orm__render(out, d, orm__dialect_named(dialect), down, error);
}

static orm_status add_bodies(orm__text *out, const orm__differences *d, orm_error *error)
{
    static const char *const dialects[] = { "sqlite", "postgresql" };
    bool decisions = false;
    orm_status rc;
    orm__text_add(out, "--\n-- Found by comparing the models with the database:\n");
    for (size_t i = 0; i < d->count; i++) {
        orm__text_format(out, "--   %s\n", d->seen.at[i].text);
        decisions = decisions || d->at[i].decision != NULL;
    }
    orm__text_add(out, "-- Read it before you run it, and change what is not meant. A rename cannot be seen: it looks like one thing that goes and another that\n"
                       "-- comes. Checks, views, triggers and comments are not compared.\n");
    if (decisions) orm__text_add(out, "-- Lines of `decide` below wait for you: until they are gone this revision does not run.\n");
    for (int down = 0; down < 2; down++)
        for (size_t i = 0; i < 2; i++) ORM_TRY(add_section(out, d, dialects[i], down != 0, error));
    if (out->failed) ORM_TRY(orm__nomem(error));
    return ORM_OK;
fail:
    return rc;
}

orm_status orm_migrate_generate(orm_database *database, orm_migrations *m, const orm_new_revision *given, const orm_compare_options *options,
                                orm_changes **changes, const orm_revision **out, orm_error *error)
{
    orm__differences *d = NULL;
    orm__connection *connection = NULL;
    orm__text bodies = { 0 };
    orm_status rc;
    *out = NULL;
    if (changes != NULL) *changes = NULL;
    orm__error_clear(error);
    ORM_TRY(open_differences(&d, error));
    ORM_TRY(orm__acquire(database, &connection, error));
    ORM_TRY(is_at_heads(connection, m, error));
    ORM_TRY(compare(database, connection, options, d, error));
    if (d->count > 0) {
        ORM_TRY(add_bodies(&bodies, d, error));
        ORM_TRY(orm__write_generated(m, given, &bodies, out, error));
    }
    if (changes != NULL) {
        *changes = &d->seen;
        d = NULL;
    }
fail:
    if (connection != NULL) orm__release(connection);
    orm__text_free(&bodies);
    orm_changes_close((orm_changes **)&d);
    return rc;
}
