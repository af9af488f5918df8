/* Rebuilding a table of SQLite: a new one beside it, all rows copied, the old one dropped, the new one under its name; then its indexes and
 * triggers as they were. Foreign keys are not enforced meanwhile, and other tables, views and triggers go on naming it. */
#include "migrate/run.h"
#include "migrate/table_text.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

typedef struct kept { /* an index or trigger of the table, a view */
    const char *name, *sql, *columns;
    bool sound; /* of a view: it could be asked before */
} kept;
typedef struct kept_list {
    kept *at;
    size_t count, capacity;
} kept_list;

typedef struct rebuilding {
    orm__runner *runner;
    orm__arena arena;
    const char *table, *sql;
    kept_list belongings, views;
    int64_t sequence; /* of AUTOINCREMENT; -1: none */
    orm__table_text text;
} rebuilding;

static orm_status nomem(const rebuilding *b)
{
    return orm__nomem(b->runner->error);
}

static bool copy_value(rebuilding *b, const orm_value *value, const char **out)
{
    *out = NULL;
    if (value->type != ORM_STRING) return true;
    *out = orm__arena_copy(&b->arena, value->u.s, value->u.size);
    return *out != NULL;
}

/* Rows of up to three texts; `table` is bound where the query asks for it. */
static orm_status read_kept(rebuilding *b, const char *sql, const char *table, size_t cells, kept_list *out)
{
    orm_error *error = b->runner->error;
    orm_value name = table != NULL ? orm_text(table) : orm_null(), cell;
    orm__cursor cursor = { 0 };
    bool has_row;
    orm_status rc;
    ORM_TRY(orm__start(b->runner->connection, ORM__OTHER, sql, &name, table != NULL ? 1 : 0, false, &cursor, error));
    for (;;) {
        kept one = { 0 };
        const char **texts[] = { &one.name, &one.sql, &one.columns };
        ORM_TRY(orm__next(&cursor, &has_row, error));
        if (!has_row) break;
        for (size_t i = 0; i < cells; i++) {
            ORM_TRY(orm__column(&cursor, i, ORM_NULL, &cell, error));
            if (!copy_value(b, &cell, texts[i])) ORM_TRY(nomem(b));
        }
        if (!orm__grow(&out->at, sizeof *out->at, out->count, &out->capacity)) ORM_TRY(nomem(b));
        out->at[out->count++] = one;
    }
fail:
    orm__finish(&cursor);
    return rc;
}

static orm_status read_sequence(rebuilding *b)
{
    orm_value name = orm_text(b->table), value = orm_null();
    orm__cursor cursor = { 0 };
    bool has_row;
    orm_status rc;
    b->sequence = -1;
    if (!orm__table_text_counts_up(&b->text)) return ORM_OK;
    ORM_TRY(orm__start(b->runner->connection, ORM__OTHER, "SELECT seq FROM sqlite_sequence WHERE name = ?", &name, 1, false, &cursor,
                       b->runner->error));
    ORM_TRY(orm__next(&cursor, &has_row, b->runner->error));
    if (has_row) ORM_TRY(orm__column(&cursor, 0, ORM_INTEGER, &value, b->runner->error));
    if (value.type == ORM_INTEGER) b->sequence = value.u.i;
fail:
    orm__finish(&cursor);
    return rc;
}

static orm_status read_table(rebuilding *b, const char *table)
{
    kept_list found = { 0 };
    orm_status rc;
    ORM_TRY(read_kept(b, "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name = ? COLLATE NOCASE", table, 2, &found));
    if (found.count == 0) ORM_TRY(orm__fail(b->runner->error, ORM_NO_TABLE, "there is no table \"%s\"", table));
    b->table = found.at[0].name;
    b->sql = found.at[0].sql;
    ORM_TRY(orm__table_text_parse(&b->text, b->runner->dialect, b->sql, b->runner->error));
    ORM_TRY(read_kept(b,
                      "SELECT m.name, m.sql, (SELECT group_concat(i.name, char(10)) FROM pragma_index_info(m.name) AS i WHERE m.type = 'index') "
                      "FROM sqlite_master AS m WHERE m.type IN ('index', 'trigger') AND m.tbl_name = ? COLLATE NOCASE AND m.sql IS NOT NULL "
                      "ORDER BY m.type, m.rowid",
                      b->table, 3, &b->belongings));
    ORM_TRY(read_kept(b, "SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY name", NULL, 1, &b->views));
fail:
    orm__free(found.at);
    return rc;
}

/* Can the view be asked? Then nothing is wrong with it. */
static orm_status try_view(rebuilding *b, const kept *view, bool *sound, orm_error *why)
{
    orm__text sql = { 0 };
    orm__cursor cursor;
    orm__text_add(&sql, "SELECT 1 FROM ");
    orm__quote(&sql, view->name);
    orm__text_add(&sql, " LIMIT 0");
    orm_status rc = sql.failed ? nomem(b) : orm__start(b->runner->connection, ORM__OTHER, sql.at, NULL, 0, false, &cursor, why);
    orm__text_free(&sql);
    *sound = rc == ORM_OK;
    if (rc == ORM_OK) orm__finish(&cursor);
    return rc == ORM_NOMEM ? nomem(b) : ORM_OK;
}

static orm_status look_at_views(rebuilding *b, bool after)
{
    for (size_t i = 0; i < b->views.count; i++) {
        kept *view = &b->views.at[i];
        orm_error why;
        bool sound;
        orm_status rc = try_view(b, view, &sound, &why);
        if (rc != ORM_OK) return rc;
        if (after && view->sound && !sound)
            return orm__fail(b->runner->error, ORM_MIGRATION, "the view \"%s\" needs what the table \"%s\" would not have any more: %s",
                             view->name, b->table, why.message);
        view->sound = sound;
    }
    return ORM_OK;
}

static orm_status run(rebuilding *b, orm__text *sql)
{
    orm_status rc = sql->failed ? nomem(b) : orm__run_sql(b->runner, sql->at);
    orm__text_free(sql);
    return rc;
}

/* Every row is there, and every value that was turned into another type is of it. */
static orm_status check_copy(rebuilding *b, const char *made)
{
    orm__text sql = { 0 };
    orm__cursor cursor = { 0 };
    orm_value bad;
    bool has_row;
    orm_status rc;
    orm__text_add(&sql, "SELECT (SELECT count(*) FROM ");
    orm__quote(&sql, b->table);
    orm__text_add(&sql, ") - count(*)");
    for (size_t i = 0; i < b->text.count; i++)
        if (b->text.columns[i].test != NULL)
            orm__text_format(&sql, ", count(*) FILTER (WHERE %s IS NOT NULL AND NOT COALESCE(%s, 0))", b->text.columns[i].written,
                             b->text.columns[i].test);
    orm__text_add(&sql, " FROM ");
    orm__quote(&sql, made);
    if (sql.failed) ORM_TRY(nomem(b));
    ORM_TRY(orm__start(b->runner->connection, ORM__OTHER, sql.at, NULL, 0, false, &cursor, b->runner->error));
    ORM_TRY(orm__next(&cursor, &has_row, b->runner->error));
    ORM_TRY(orm__column(&cursor, 0, ORM_INTEGER, &bad, b->runner->error));
    if (bad.u.i != 0)
        ORM_TRY(orm__fail(b->runner->error, ORM_FAILURE, "the copy of the table \"%s\" lacks %lld of its rows", b->table, (long long)bad.u.i));
    for (size_t i = 0, cell = 1; i < b->text.count; i++) {
        if (b->text.columns[i].test == NULL) continue;
        ORM_TRY(orm__column(&cursor, cell++, ORM_INTEGER, &bad, b->runner->error));
        if (bad.u.i != 0)
            ORM_TRY(orm__fail(b->runner->error, ORM_DATA, "%lld values of \"%s\".\"%s\" are no %s", (long long)bad.u.i, b->table,
                              b->text.columns[i].name, b->text.columns[i].type));
    }
fail:
    orm__finish(&cursor);
    orm__text_free(&sql);
    return rc;
}

static orm_status replace(rebuilding *b)
{
    orm__text made = { 0 }, sql = { 0 };
    orm_status rc;
    orm__text_format(&made, "orm__new_%s", b->table);
    if (made.failed) ORM_TRY(nomem(b));
    orm__table_text_write(&sql, &b->text, made.at);
    ORM_TRY(run(b, &sql));
    orm__table_text_copy(&sql, &b->text, made.at);
    ORM_TRY(run(b, &sql));
    ORM_TRY(check_copy(b, made.at));
    orm__text_add(&sql, "DROP TABLE ");
    orm__quote(&sql, b->table);
    ORM_TRY(run(b, &sql));
    /* else the renaming looks at views and triggers, for which the table is away */
    ORM_TRY(orm__run_sql(b->runner, "PRAGMA legacy_alter_table = ON"));
    orm__text_add(&sql, "ALTER TABLE ");
    orm__quote(&sql, made.at);
    orm__text_add(&sql, " RENAME TO ");
    orm__quote(&sql, b->table);
    ORM_TRY(run(b, &sql));
    ORM_TRY(orm__run_sql(b->runner, "PRAGMA legacy_alter_table = OFF"));
    if (b->sequence >= 0) { /* the highest key may have been a row's that is gone */
        orm__text_format(&sql, "UPDATE sqlite_sequence SET seq = %lld WHERE name = '", (long long)b->sequence);
        for (const char *at = b->table; *at != '\0'; at++) orm__text_add(&sql, *at == '\'' ? "''" : (char[]){ *at, '\0' });
        orm__text_char(&sql, '\'');
        ORM_TRY(run(b, &sql));
    }
fail:
    if (rc != ORM_OK) b->runner->dialect->execute(b->runner->connection->link, "PRAGMA legacy_alter_table = OFF", NULL);
    orm__text_free(&made);
    orm__text_free(&sql);
    return rc;
}

/* An index of a column that is gone goes with it. */
static bool is_of_dropped(const rebuilding *b, const kept *index)
{
    for (size_t i = 0; index->columns != NULL && i < b->text.dropped_count; i++) {
        const char *name = b->text.dropped[i];
        size_t size = strlen(name);
        for (const char *at = index->columns; at != NULL; at = strchr(at, '\n')) {
            at += *at == '\n';
            if (strncasecmp(at, name, size) == 0 && (at[size] == '\n' || at[size] == '\0')) return true;
        }
    }
    return false;
}

static orm_status alter(rebuilding *b, const orm__step *step)
{
    b->runner->line = step->line;
    orm_status rc = orm__table_text_alter(&b->text, step->action, strlen(step->action), b->runner->error);
    return rc == ORM_OK ? ORM_OK : orm__run_failed(b->runner, rc);
}

orm_status orm__rebuild(orm__runner *runner, const orm__step *steps, size_t count)
{
    rebuilding b = { .runner = runner };
    orm_status rc;
    runner->line = steps[0].line;
    ORM_TRY(read_table(&b, steps[0].table));
    for (size_t i = 0; i < count; i++) {
        rc = alter(&b, &steps[i]);
        if (rc != ORM_OK) goto told;
    }
    runner->line = steps[0].line;
    ORM_TRY(read_sequence(&b));
    ORM_TRY(look_at_views(&b, false));
    ORM_TRY(replace(&b));
    for (size_t i = 0; i < b.belongings.count; i++)
        if (!is_of_dropped(&b, &b.belongings.at[i])) ORM_TRY(orm__run_sql(runner, b.belongings.at[i].sql));
    ORM_TRY(look_at_views(&b, true));
fail:
    if (rc != ORM_OK) rc = orm__run_failed(runner, rc);
told:
    orm__table_text_free(&b.text);
    orm__free(b.belongings.at);
    orm__free(b.views.at);
    orm__arena_free(&b.arena);
    return rc;
}
