/* Upgrades, downgrades, stamps, scripts. Each revision is a transaction of its own, which begins with a look at where the database is: of two that run at the same time
 * the second finds done what the first has done. */
#include "migrate/inspect.h"
#include "migrate/run.h"
#include <stdio.h>
#include <string.h>

static const char make_version_table[] =
    "CREATE TABLE " ORM__VERSION_TABLE " (\n    version_num VARCHAR(32) NOT NULL,\n    CONSTRAINT " ORM__VERSION_TABLE "_pkc PRIMARY KEY (version_num)\n)";

orm_status orm__run_sql(const orm__runner *r, const char *sql)
{
    if (r->write != NULL) {
        r->write(r->write_context, sql);
        r->write(r->write_context, ";\n\n");
    }
    return r->connection != NULL ? orm__execute(r->connection, sql, r->error) : ORM_OK;
}

orm_status orm__run_failed(const orm__runner *r, orm_status rc)
{
    if (r->error == NULL || rc == ORM_NOMEM || r->path == NULL) return rc;
    orm_error before = *r->error;
    orm__fail(r->error, rc, "%s:%zu: %s", r->path, r->line, before.message);
    memcpy(r->error->sqlstate, before.sqlstate, sizeof before.sqlstate);
    memcpy(r->error->table, before.table, sizeof before.table);
    memcpy(r->error->column, before.column, sizeof before.column);
    return rc;
}

/* ---- where the database is --------------------------------------------------------------------------------------- */

static orm_status has_version_table(orm__connection *connection, bool *there, orm_error *error)
{
    orm__cursor cursor;
    orm_value name = orm_text(ORM__VERSION_TABLE);
    orm_status rc = orm__start(connection, ORM__OTHER, connection->database->dialect->table_exists, &name, 1, false, &cursor, error);
    if (rc != ORM_OK) return rc;
    rc = orm__next(&cursor, there, error);
    orm__finish(&cursor);
    return rc;
}

static orm_status take_row(const orm_migrations *m, const orm_value *value, orm__revision_set *rows, orm_error *error)
{
    char id[ORM__LONGEST_REVISION * 4 + 1];
    snprintf(id, sizeof id, "%.*s", (int)value->u.size, value->u.s);
    const orm__revision *revision = orm__history_find(m, id);
    if (revision == NULL)
        return orm__fail(error, ORM_MIGRATION,
                         "the database is at the revision '%s', which is not in %s: is this the right directory? If so, `orm db stamp --purge REVISION` "
                         "says anew where it is",
                         id, m->directory);
    rows->at[revision->index] = true;
    return ORM_OK;
}

orm_status orm__read_rows(orm__connection *connection, const orm_migrations *m, orm__revision_set *rows, bool *has_table, orm_error *error)
{
    orm__cursor cursor = { 0 };
    orm_value value;
    bool has_row;
    orm_status rc;
    memset(rows->at, 0, rows->count);
    ORM_TRY(has_version_table(connection, has_table, error));
    if (!*has_table) return ORM_OK;
    ORM_TRY(orm__start(connection, ORM__OTHER, "SELECT version_num FROM " ORM__VERSION_TABLE, NULL, 0, false, &cursor, error));
    for (;;) {
        ORM_TRY(orm__next(&cursor, &has_row, error));
        if (!has_row) break;
        ORM_TRY(orm__column(&cursor, 0, ORM_STRING, &value, error));
        ORM_TRY(take_row(m, &value, rows, error));
    }
fail:
    orm__finish(&cursor);
    return rc;
}

/* The version table's rows become those of `wanted`, with as few statements as possible. */
static orm_status write_rows(const orm__runner *r, const orm_migrations *m, const orm__revision_set *rows, const orm__revision_set *wanted)
{
    enum { SIZE = 200 };
    char sql[SIZE];
    size_t old = SIZE_MAX, changed = SIZE_MAX;
    orm_status rc;
    for (size_t i = 0; i < m->count; i++) { /* one goes and another comes: an update */
        if (rows->at[i] && !wanted->at[i] && old == SIZE_MAX) old = i;
        if (!rows->at[i] && wanted->at[i] && changed == SIZE_MAX) changed = i;
    }
    bool update = old != SIZE_MAX && changed != SIZE_MAX;
    for (size_t i = 0; i < m->count; i++)
        if (rows->at[i] && !wanted->at[i] && !(update && i == old)) {
            snprintf(sql, SIZE, "DELETE FROM " ORM__VERSION_TABLE " WHERE version_num = '%s'", m->at[i].seen.id);
            ORM_TRY(orm__run_sql(r, sql));
        }
    if (update) {
        snprintf(sql, SIZE, "UPDATE " ORM__VERSION_TABLE " SET version_num = '%s' WHERE version_num = '%s'", m->at[changed].seen.id,
                 m->at[old].seen.id);
        ORM_TRY(orm__run_sql(r, sql));
    }
    for (size_t i = 0; i < m->count; i++)
        if (!rows->at[i] && wanted->at[i] && !(update && i == changed)) {
            snprintf(sql, SIZE, "INSERT INTO " ORM__VERSION_TABLE " (version_num) VALUES ('%s')", m->at[i].seen.id);
            ORM_TRY(orm__run_sql(r, sql));
        }
    rc = ORM_OK;
fail:
    return rc;
}

/* ---- one revision ------------------------------------------------------------------------------------------------ */

static orm_status read_steps(const orm__runner *r, const orm__revision *revision, bool down, orm__steps *steps)
{
    orm__text text = { 0 };
    orm_status rc;
    ORM_TRY(orm__file_read(revision->seen.path, &text, r->error));
    ORM_TRY(orm__steps_read(steps, revision->seen.path, text.at, text.size - 1, r->dialect, down, r->error));
    if (steps->decision != NULL)
        rc = orm__fail(r->error, ORM_MIGRATION, "%s:%zu: the revision waits for a decision: %s", revision->seen.path, steps->decision_line,
                       steps->decision);
    else if (steps->irreversible)
        rc = orm__fail(r->error, ORM_MIGRATION, "%s: the revision %s cannot be undone", revision->seen.path, revision->seen.id);
    if (rc != ORM_OK) orm__steps_free(steps);
fail:
    orm__text_free(&text);
    return rc;
}

static orm_status run_steps(orm__runner *r, const orm__steps *steps)
{
    for (size_t i = 0; i < steps->count;) {
        const orm__step *step = &steps->at[i];
        size_t together = 1;
        orm_status rc;
        r->line = step->line;
        if (step->kind == ORM__STEP_ALTER && r->dialect->rebuilds) {
            while (i + together < steps->count && steps->at[i + together].kind == ORM__STEP_ALTER &&
                   strcmp(steps->at[i + together].table, step->table) == 0)
                together++;
            rc = orm__rebuild(r, step, together);
        } else {
            rc = orm__run_sql(r, step->text);
            if (rc != ORM_OK) rc = orm__run_failed(r, rc);
        }
        if (rc != ORM_OK) return rc;
        i += together;
    }
    return ORM_OK;
}

/* How many rows break a foreign key; SIZE_MAX when that cannot be said, because a key refers to nothing that it could refer to. */
static orm_status count_violations(const orm__runner *r, size_t *count, char table[64], char target[64])
{
    orm_error why;
    orm__cursor cursor;
    orm_value value;
    bool has_row;
    *count = 0;
    orm_status rc = orm__start(r->connection, ORM__OTHER, r->dialect->violations, NULL, 0, false, &cursor, &why);
    while (rc == ORM_OK && (rc = orm__next(&cursor, &has_row, &why)) == ORM_OK && has_row) {
        if (++*count > 1) continue;
        char *names[] = { table, target };
        for (size_t i = 0; rc == ORM_OK && i < 2; i++) {
            rc = orm__column(&cursor, i, ORM_STRING, &value, &why);
            if (rc == ORM_OK && value.type == ORM_STRING) snprintf(names[i], 64, "%.*s", (int)value.u.size, value.u.s);
        }
    }
    orm__finish(&cursor);
    if (rc == ORM_NOMEM) return orm__nomem(r->error);
    if (rc != ORM_OK) {
        *count = SIZE_MAX;
        if (r->error != NULL) *r->error = why;
    }
    return ORM_OK;
}

typedef struct guard { /* of foreign keys that are not enforced while a revision runs */
    bool active;
    size_t before;
} guard;

static orm_status guard_begin(const orm__runner *r, bool enforced, guard *g)
{
    char table[64] = "", target[64] = "";
    *g = (guard){ .active = enforced && r->connection != NULL && r->dialect->violations != NULL };
    return g->active ? count_violations(r, &g->before, table, target) : ORM_OK;
}

static orm_status guard_end(const orm__runner *r, const guard *g)
{
    char table[64] = "", target[64] = "";
    size_t after;
    if (!g->active || g->before == SIZE_MAX) return ORM_OK;
    orm_status rc = count_violations(r, &after, table, target);
    if (rc != ORM_OK || after <= g->before) return rc;
    if (after == SIZE_MAX) return r->error != NULL ? r->error->status : ORM_FAILURE;
    return orm__fail(r->error, ORM_FOREIGN_KEY, "after it rows of \"%s\" would refer to none of \"%s\"", table, target);
}

/* Where the database is, as what was run and as the rows that say so. */
typedef struct position {
    orm__revision_set rows, applied;
    bool has_table;
} position;

static void position_free(position *p)
{
    orm__set_free(&p->rows);
    orm__set_free(&p->applied);
}

static orm_status position_open(position *p, const orm_migrations *m, orm_error *error)
{
    orm_status rc;
    *p = (position){ 0 };
    ORM_TRY(orm__set_open(&p->rows, m, error));
    ORM_TRY(orm__set_open(&p->applied, m, error));
    return ORM_OK;
fail:
    position_free(p);
    return rc;
}

static void position_close_over(position *p, const orm_migrations *m)
{
    memcpy(p->applied.at, p->rows.at, p->rows.count);
    orm__set_ancestors(m, &p->applied);
}

static orm_status position_read(position *p, orm__connection *connection, const orm_migrations *m, orm_error *error)
{
    orm_status rc = orm__read_rows(connection, m, &p->rows, &p->has_table, error);
    if (rc == ORM_OK) position_close_over(p, m);
    return rc;
}

/* The rows after `revision` has been run or undone. */
static orm_status move_to(const orm__runner *r, const orm_migrations *m, position *p, const orm__revision *revision, bool down)
{
    orm__revision_set wanted;
    orm_status rc = orm__set_open(&wanted, m, r->error);
    if (rc != ORM_OK) return rc;
    p->applied.at[revision->index] = !down;
    memcpy(wanted.at, p->applied.at, p->applied.count);
    orm__set_tops(m, &wanted);
    rc = write_rows(r, m, &p->rows, &wanted);
    memcpy(p->rows.at, wanted.at, wanted.count);
    orm__set_free(&wanted);
    return rc;
}

static void say_revision(const orm__runner *r, const orm__revision *revision, bool down)
{
    char text[ORM__LONGEST_REVISION + 32];
    if (r->write == NULL) return;
    snprintf(text, sizeof text, "-- %s %s", down ? "downgrade" : "upgrade", revision->seen.id);
    r->write(r->write_context, text);
    if (*revision->seen.message != '\0') {
        r->write(r->write_context, ": ");
        r->write(r->write_context, revision->seen.message);
    }
    r->write(r->write_context, "\n\n");
}

/* Begun is the transaction; its commit is the caller's too. */
static orm_status run_revision(orm__runner *r, const orm_migrations *m, position *p, const orm__revision *revision, bool down,
                               const orm__steps *steps, bool enforced)
{
    guard g;
    orm_status rc;
    if (!p->has_table) ORM_TRY(orm__run_sql(r, make_version_table));
    p->has_table = true;
    say_revision(r, revision, down);
    ORM_TRY(guard_begin(r, enforced, &g));
    r->path = revision->seen.path;
    rc = run_steps(r, steps);
    if (rc != ORM_OK) return rc;
    rc = guard_end(r, &g);
    if (rc != ORM_OK && r->error != NULL) {
        orm_error before = *r->error;
        rc = orm__fail(r->error, rc, "%s: %s", revision->seen.path, before.message);
    }
    if (rc == ORM_OK) rc = move_to(r, m, p, revision, down);
fail:
    return rc;
}

/* ---- plans ------------------------------------------------------------------------------------------------------- */

/* What is run or undone: members of `plan` that are not applied, or are. */
typedef struct plan {
    orm__revision_set members;
    bool down;
} plan;

static const orm__revision *next_of(const orm_migrations *m, const plan *p, const position *at)
{
    for (size_t n = 0; n < m->count; n++) {
        size_t i = p->down ? m->count - 1 - n : n;
        if (p->members.at[i] && at->applied.at[i] == p->down) return &m->at[i];
    }
    return NULL;
}

static orm_status plan_upgrade(const orm_migrations *m, const char *to, const position *at, plan *out, orm_error *error)
{
    orm__target target;
    orm_status rc = orm__target_find(m, to, ORM__FOR_UPGRADE, &at->rows, &target, error);
    if (rc != ORM_OK) return rc;
    memcpy(out->members.at, target.set.at, target.set.count);
    orm__set_ancestors(m, &out->members);
    orm__target_free(&target);
    return ORM_OK;
}

static orm_status plan_downgrade(const orm_migrations *m, const char *to, const position *at, plan *out, orm_error *error)
{
    orm__target target;
    orm_status rc = orm__target_find(m, to, ORM__FOR_DOWNGRADE, &at->rows, &target, error);
    if (rc != ORM_OK) return rc;
    bool any = false;
    for (size_t i = 0; i < m->count; i++) {
        if (target.set.at[i] && !at->applied.at[i]) {
            rc = orm__fail(error, ORM_MIGRATION, "'%s' is no revision to go back to: %s was not run", to, m->at[i].seen.id);
            goto done;
        }
        any = any || (target.relative && target.walked.at[i] && at->applied.at[i]);
    }
    if (target.relative && !any) {
        rc = orm__fail(error, ORM_MIGRATION, "'%s': there is nothing to undo", to);
        goto done;
    }
    if (target.relative)
        memcpy(out->members.at, target.walked.at, target.walked.count);
    else if (target.is_base)
        memset(out->members.at, true, m->count);
    else
        memcpy(out->members.at, target.set.at, target.set.count);
    orm__set_descendants(m, &out->members);
    for (size_t i = 0; !target.relative && !target.is_base && i < m->count; i++)
        if (target.set.at[i]) out->members.at[i] = false;
done:
    orm__target_free(&target);
    return rc;
}

static orm_status make_plan(const orm_migrations *m, const char *to, const position *at, plan *out, orm_error *error)
{
    return out->down ? plan_downgrade(m, to, at, out, error) : plan_upgrade(m, to, at, out, error);
}

/* ---- on a database ----------------------------------------------------------------------------------------------- */

typedef struct going {
    orm_progress_fn *progress;
    void *context;
} going;

/* The next revision of the plan, in a transaction. *done: none is left. */
static orm_status go_one_step(orm__runner *r, const orm_migrations *m, position *at, const plan *p, const going *g, bool enforced, bool *done)
{
    orm__steps steps = { 0 };
    orm_status rc;
    const orm__revision *revision = next_of(m, p, at);
    *done = revision == NULL;
    if (*done) return ORM_OK;
    ORM_TRY(orm__execute(r->connection, r->dialect->begin_schema, r->error));
    ORM_TRY(position_read(at, r->connection, m, r->error)); /* somebody may have been faster */
    revision = next_of(m, p, at);
    *done = revision == NULL;
    if (*done) return orm__execute(r->connection, "ROLLBACK", r->error);
    ORM_TRY(read_steps(r, revision, p->down, &steps));
    if (g->progress != NULL) g->progress(g->context, &revision->seen, p->down);
    ORM_TRY(run_revision(r, m, at, revision, p->down, &steps, enforced));
    ORM_TRY(orm__execute(r->connection, "COMMIT", r->error));
fail:
    orm__steps_free(&steps);
    return rc;
}

static orm_status go(orm_database *database, orm_migrations *m, const char *to, bool down, const going *g, orm_error *error)
{
    orm__runner r = { .dialect = database->dialect, .error = error };
    plan p = { .down = down };
    position at = { 0 };
    bool enforced = false, switched = false, done = false;
    orm_status rc;
    orm__error_clear(error);
    ORM_TRY(position_open(&at, m, error));
    ORM_TRY(orm__set_open(&p.members, m, error));
    ORM_TRY(orm__acquire(database, &r.connection, error));
    ORM_TRY(position_read(&at, r.connection, m, error));
    ORM_TRY(make_plan(m, to, &at, &p, error));
    if (r.dialect->enforce != NULL) {
        r.dialect->enforce(r.connection->link, false, &enforced);
        switched = true;
    }
    while (!done) ORM_TRY(go_one_step(&r, m, &at, &p, g, enforced, &done));
fail:
    if (rc != ORM_OK && r.connection != NULL && r.dialect->in_transaction(r.connection->link))
        r.dialect->execute(r.connection->link, "ROLLBACK", NULL);
    if (switched) r.dialect->enforce(r.connection->link, enforced, &(bool){ false });
    if (r.connection != NULL) orm__release(r.connection);
    orm__set_free(&p.members);
    position_free(&at);
    return rc;
}

orm_status orm_migrate_upgrade(orm_database *database, orm_migrations *m, const char *to, orm_progress_fn *progress, void *context,
                               orm_error *error)
{
    const going g = { progress, context };
    return go(database, m, to != NULL ? to : "head", false, &g, error);
}

orm_status orm_migrate_downgrade(orm_database *database, orm_migrations *m, const char *to, orm_progress_fn *progress, void *context,
                                 orm_error *error)
{
    const going g = { progress, context };
    return go(database, m, to != NULL ? to : "-1", true, &g, error);
}

orm_status orm_migrate(orm_database *database, const char *directory, orm_error *error)
{
    orm_migrations *m;
    orm_status rc = orm_migrations_open(directory, &m, error);
    if (rc != ORM_OK) return rc;
    rc = orm_migrate_upgrade(database, m, NULL, NULL, NULL, error);
    orm_migrations_close(&m);
    return rc;
}

orm_status orm_migrate_current(orm_database *database, orm_migrations *m, orm_revisions *out, orm_error *error)
{
    orm__connection *connection = NULL;
    orm__revision_set rows = { 0 };
    bool has_table;
    orm_status rc;
    *out = (orm_revisions){ 0 };
    orm__error_clear(error);
    ORM_TRY(orm__set_open(&rows, m, error));
    ORM_TRY(orm__acquire(database, &connection, error));
    ORM_TRY(orm__read_rows(connection, m, &rows, &has_table, error));
    ORM_TRY(orm__history_list(m, &rows, out, error));
fail:
    if (connection != NULL) orm__release(connection);
    orm__set_free(&rows);
    return rc;
}

/* ---- stamps ------------------------------------------------------------------------------------------------------ */

/* Where the database is after the stamp: at the target, and on branches that have nothing to do with it where it was. */
static orm_status stamped(const orm_migrations *m, const char *to, const orm__revision_set *rows, orm__revision_set *out, orm_error *error)
{
    orm__target target;
    orm__revision_set below = { 0 };
    orm_status rc = orm__target_find(m, to, ORM__FOR_PLACE, rows, &target, error);
    if (rc != ORM_OK) return rc;
    ORM_TRY(orm__set_open(&below, m, error));
    if (!target.is_base) {
        orm__revision_set above = { .at = out->at, .count = out->count };
        memcpy(below.at, target.set.at, m->count);
        memcpy(above.at, target.set.at, m->count);
        orm__set_ancestors(m, &below);
        orm__set_descendants(m, &above);
        for (size_t i = 0; i < m->count; i++) {
            bool elsewhere = rows->at[i] && !below.at[i] && !above.at[i];
            out->at[i] = target.set.at[i] || elsewhere;
        }
    }
fail:
    orm__set_free(&below);
    orm__target_free(&target);
    return rc;
}

orm_status orm_migrate_stamp(orm_database *database, orm_migrations *m, const char *to, bool purge, orm_error *error)
{
    orm__runner r = { .dialect = database->dialect, .error = error };
    position at = { 0 };
    orm__revision_set wanted = { 0 };
    orm_status rc;
    orm__error_clear(error);
    ORM_TRY(position_open(&at, m, error));
    ORM_TRY(orm__set_open(&wanted, m, error));
    ORM_TRY(orm__acquire(database, &r.connection, error));
    ORM_TRY(orm__execute(r.connection, r.dialect->begin_schema, error));
    if (purge) {
        ORM_TRY(has_version_table(r.connection, &at.has_table, error));
        if (at.has_table) ORM_TRY(orm__execute(r.connection, "DELETE FROM " ORM__VERSION_TABLE, error));
    } else {
        ORM_TRY(position_read(&at, r.connection, m, error));
    }
    ORM_TRY(stamped(m, to != NULL ? to : "head", &at.rows, &wanted, error));
    if (!at.has_table) ORM_TRY(orm__run_sql(&r, make_version_table));
    ORM_TRY(write_rows(&r, m, &at.rows, &wanted));
    ORM_TRY(orm__execute(r.connection, "COMMIT", error));
fail:
    if (r.connection != NULL) orm__release(r.connection); /* an open transaction is rolled back */
    orm__set_free(&wanted);
    position_free(&at);
    return rc;
}

/* ---- scripts ----------------------------------------------------------------------------------------------------- */

typedef struct script {
    orm_database *scratch; /* SQLite: where the script is tried; NULL: nowhere */
    const char *begin, *end;
} script;

static orm_status script_open(script *s, orm__runner *r)
{
    static const orm_schema nothing = { 0 };
    s->begin = r->dialect->rebuilds ? "PRAGMA foreign_keys = OFF;\n\nBEGIN IMMEDIATE" : "BEGIN";
    s->end = r->dialect->rebuilds ? "COMMIT;\n\nPRAGMA foreign_keys = ON" : "COMMIT";
    if (!r->dialect->rebuilds) return ORM_OK;
    orm_status rc = orm_open("sqlite://", &nothing, &(orm_options){ .foreign_keys = ORM_FOREIGN_KEYS_OFF }, &s->scratch, r->error);
    return rc == ORM_OK ? orm__acquire(s->scratch, &r->connection, r->error) : rc;
}

static void script_close(script *s, orm__runner *r)
{
    if (r->connection != NULL) orm__release(r->connection);
    orm_close(&s->scratch);
}

/* The transaction's frame is the script's alone. */
static void frame(const orm__runner *r, const char *sql)
{
    if (r->write == NULL) return;
    r->write(r->write_context, sql);
    r->write(r->write_context, ";\n\n");
}

static orm_status script_steps(orm__runner *r, const orm_migrations *m, const script *s, position *at, const plan *p)
{
    for (const orm__revision *revision; (revision = next_of(m, p, at)) != NULL;) {
        orm__steps steps;
        orm_status rc = read_steps(r, revision, p->down, &steps);
        if (rc != ORM_OK) return rc;
        frame(r, s->begin);
        rc = run_revision(r, m, at, revision, p->down, &steps, false);
        orm__steps_free(&steps);
        if (rc != ORM_OK) return rc;
        frame(r, s->end);
    }
    return ORM_OK;
}

/* "from:to", or "to". */
static orm_status split(const char *range, bool both, char from[256], char to[256], orm_error *error)
{
    const char *colon = strchr(range, ':');
    size_t size = colon != NULL ? (size_t)(colon - range) : 0;
    const char *rest = colon != NULL ? colon + 1 : range;
    if (colon == NULL && both)
        return orm__fail(error, ORM_MIGRATION, "a script of a downgrade needs to know where the database is: write FROM:TO, as in %s:%s", "head", range);
    if (size >= 256 || strlen(rest) >= 256) return orm__fail(error, ORM_MIGRATION, "there is no revision '%.60s…'", range);
    memcpy(from, range, size);
    from[size] = '\0';
    if (size == 0) strcpy(from, "base");
    strcpy(to, rest);
    return ORM_OK;
}

/* The place that the script begins at: nothing is known of a database. */
static orm_status begin_at(const orm_migrations *m, const char *from, position *at, orm_error *error)
{
    orm__target target;
    orm_status rc = orm__target_find(m, from, ORM__FOR_PLACE, &at->rows, &target, error);
    if (rc != ORM_OK) return rc;
    memcpy(at->rows.at, target.set.at, m->count);
    at->has_table = !target.is_base;
    position_close_over(at, m);
    orm__target_free(&target);
    return ORM_OK;
}

static orm_status script_stamp(orm__runner *r, const orm_migrations *m, const script *s, position *at, const char *to)
{
    orm__revision_set wanted;
    orm_status rc = orm__set_open(&wanted, m, r->error);
    if (rc != ORM_OK) return rc;
    ORM_TRY(stamped(m, to, &at->rows, &wanted, r->error));
    frame(r, s->begin);
    if (!at->has_table) ORM_TRY(orm__run_sql(r, make_version_table));
    ORM_TRY(write_rows(r, m, &at->rows, &wanted));
    frame(r, s->end);
fail:
    orm__set_free(&wanted);
    return rc;
}

orm_status orm_migrate_script(orm_database *database, orm_migrations *m, orm_script_kind kind, const char *range, orm_write_fn *write,
                              void *context, orm_error *error)
{
    orm__runner r = { .dialect = database->dialect, .error = error };
    script s = { 0 };
    plan p = { .down = kind == ORM_SCRIPT_DOWNGRADE }, before = { 0 };
    position at = { 0 }, tried = { 0 };
    char from[256], to[256];
    orm_status rc;
    orm__error_clear(error);
    ORM_TRY(split(range != NULL ? range : "head", kind == ORM_SCRIPT_DOWNGRADE, from, to, error));
    ORM_TRY(position_open(&at, m, error));
    ORM_TRY(position_open(&tried, m, error));
    ORM_TRY(orm__set_open(&p.members, m, error));
    ORM_TRY(orm__set_open(&before.members, m, error));
    ORM_TRY(begin_at(m, from, &at, error));
    if (kind != ORM_SCRIPT_STAMP) {
        ORM_TRY(make_plan(m, to, &at, &p, error));
        ORM_TRY(script_open(&s, &r));
        memcpy(before.members.at, at.applied.at, m->count); /* what the database in memory has to have */
        if (s.scratch != NULL) ORM_TRY(script_steps(&r, m, &s, &tried, &before));
        r.write = write;
        r.write_context = context;
        ORM_TRY(script_steps(&r, m, &s, &at, &p));
    } else {
        s.begin = "BEGIN";
        s.end = "COMMIT";
        r.write = write;
        r.write_context = context;
        ORM_TRY(script_stamp(&r, m, &s, &at, to));
    }
fail:
    script_close(&s, &r);
    orm__set_free(&p.members);
    orm__set_free(&before.members);
    position_free(&at);
    position_free(&tried);
    return rc;
}
