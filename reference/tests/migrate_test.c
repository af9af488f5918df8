/* Revisions on both databases: what survives a rebuild, a failure, a kill, and a second upgrade at the same time. */
#include "engine/engine.h"
#include "support/both.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const orm_schema nothing;

typedef struct scene {
    char url[1200], directory[700];
    orm_database *db;
    orm_migrations *m;
    bool sqlite;
} scene;

static orm_database *opened(const char *url, const orm_options *options)
{
    orm_database *db;
    orm_error error = { 0 };
    cr_assert_eq(orm_open(url, &nothing, options, &db, &error), ORM_OK, "%s", error.message);
    return db;
}

/* A file of SQLite, or an empty schema of PostgreSQL, and an empty directory of revisions. */
static void scene_open(scene *s, const db_place *place)
{
    orm_error error = { 0 };
    *s = (scene){ .sqlite = place->sqlite };
    snprintf(s->directory, sizeof s->directory, "%s/revisions", directory());
    if (place->sqlite)
        snprintf(s->url, sizeof s->url, "sqlite:///%s/a.db", directory());
    else
        snprintf(s->url, sizeof s->url, "%s", place->url);
    s->db = opened(s->url, NULL);
    cr_assert_eq(orm_migrations_init(s->directory, &error), ORM_OK, "%s", error.message);
    cr_assert_eq(orm_migrations_open(s->directory, &s->m, &error), ORM_OK, "%s", error.message);
}

static void scene_close(scene *s)
{
    char command[800];
    orm_migrations_close(&s->m);
    orm_close(&s->db);
    snprintf(command, sizeof command, "rm -r '%s'", s->directory);
    cr_assert_eq(system(command), 0);
    directory_done();
}

static void revise(scene *s, const char *id, const char *upgrade, const char *downgrade)
{
    const orm_revision *made;
    orm_error error = { 0 };
    const orm_new_revision given = { .id = id, .upgrade = upgrade, .downgrade = downgrade };
    cr_assert_eq(orm_migrations_revise(s->m, &given, &made, &error), ORM_OK, "%s", error.message);
    cr_assert_str_eq(made->id, id);
}

/* One value as text; "NULL", or "none" without a row. */
static const char *ask(scene *s, const char *sql)
{
    static char out[512];
    orm__connection *connection;
    orm__cursor cursor;
    orm_value value = orm_null();
    orm_error error = { 0 };
    bool has_row = false;
    cr_assert_eq(orm__acquire(s->db, &connection, &error), ORM_OK, "%s", error.message);
    orm_status rc = orm__start(connection, ORM__OTHER, sql, NULL, 0, false, &cursor, &error);
    if (rc == ORM_OK) {
        cr_assert_eq(orm__next(&cursor, &has_row, &error), ORM_OK, "%s", error.message);
        if (has_row) cr_assert_eq(orm__column(&cursor, 0, ORM_NULL, &value, &error), ORM_OK, "%s", error.message);
        if (!has_row) strcpy(out, "none");
        else if (value.type == ORM_NULL) strcpy(out, "NULL");
        else if (value.type == ORM_STRING) snprintf(out, sizeof out, "%.*s", (int)value.u.size, value.u.s);
        else snprintf(out, sizeof out, "%lld", (long long)value.u.i);
        orm__finish(&cursor);
    } else {
        snprintf(out, sizeof out, "%s", orm_status_kind(rc));
    }
    orm__release(connection);
    return out;
}

static void execute(scene *s, const char *sql)
{
    orm__connection *connection;
    orm_error error = { 0 };
    cr_assert_eq(orm__acquire(s->db, &connection, &error), ORM_OK, "%s", error.message);
    cr_assert_eq(orm__execute(connection, sql, &error), ORM_OK, "%s: %s", sql, error.message);
    orm__release(connection);
}

static orm_error upgrade(scene *s, const char *to)
{
    orm_error error = { 0 };
    orm_status rc = orm_migrate_upgrade(s->db, s->m, to, NULL, NULL, &error);
    cr_assert_eq(rc, error.status);
    return error;
}

static orm_error downgrade(scene *s, const char *to)
{
    orm_error error = { 0 };
    orm_status rc = orm_migrate_downgrade(s->db, s->m, to, NULL, NULL, &error);
    cr_assert_eq(rc, error.status);
    return error;
}

#define FINE(call) do { orm_error fine_ = (call); cr_assert_eq(fine_.status, ORM_OK, "%s", fine_.message); } while (0)
#define ASK(s, sql, wanted) do { const char *got_ = ask(s, sql); cr_assert_str_eq(got_, wanted, "%s: %s", sql, got_); } while (0)

/* ---- rebuilds ---- */

static const char parent_and_child[] =
    "CREATE TABLE parent (id INTEGER PRIMARY KEY, a VARCHAR(20), b INTEGER DEFAULT 1 NOT NULL);\n"
    "CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL REFERENCES parent (id) ON DELETE CASCADE);\n"
    "CREATE INDEX parent_b ON parent (b);\n"
    "CREATE VIEW bs AS SELECT b FROM parent;\n"
    "INSERT INTO parent (id, a, b) VALUES (1, 'one', 10), (2, 'two', 20);\n"
    "INSERT INTO child (id, parent_id) VALUES (1, 1), (2, 1), (3, 2);\n";

BOTH(a_rebuild_keeps_rows_children_indexes_triggers_and_views)
{
    scene s;
    scene_open(&s, place);
    revise(&s, "a1", parent_and_child, "DROP VIEW bs; DROP TABLE child; DROP TABLE parent;");
    revise(&s, "b1",
           "-- orm: alter table parent drop column a\n"
           "-- orm: alter table parent add column c VARCHAR(5) DEFAULT ('new') NOT NULL\n"
           "-- orm: alter table parent add constraint b_unique UNIQUE (b)\n",
           "-- orm: alter table parent drop constraint b_unique\n-- orm: alter table parent drop column c\n"
           "-- orm: alter table parent add column a VARCHAR(20)\n");
    FINE(upgrade(&s, "a1"));
    if (s.sqlite) execute(&s, "CREATE TRIGGER no_nines BEFORE INSERT ON parent WHEN new.b = 9 BEGIN SELECT RAISE(ABORT, 'nine'); END");
    FINE(upgrade(&s, NULL));
    ASK(&s, "SELECT count(*) FROM parent", "2");
    ASK(&s, "SELECT count(*) FROM child", "3");
    ASK(&s, "SELECT c FROM parent WHERE id = 2", "new");
    ASK(&s, "SELECT sum(b) FROM bs", "30");
    ASK(&s, "SELECT a FROM parent", "schema.no_table");
    ASK(&s, "INSERT INTO parent (id, b) VALUES (3, 10)", "integrity.unique");
    if (s.sqlite) {
        ASK(&s, "SELECT count(*) FROM sqlite_master WHERE name IN ('parent_b', 'no_nines')", "2");
        ASK(&s, "INSERT INTO parent (id, b) VALUES (3, 9)", "integrity.check");
        ASK(&s, "PRAGMA foreign_keys", "1");
    }
    ASK(&s, "DELETE FROM parent WHERE id = 1", "none"); /* cascades again */
    ASK(&s, "SELECT count(*) FROM child", "1");
    FINE(downgrade(&s, NULL));
    ASK(&s, "SELECT a FROM parent WHERE id = 2", "NULL");
    ASK(&s, "SELECT version_num FROM alembic_version", "a1");
    FINE(downgrade(&s, "base"));
    ASK(&s, "SELECT 1 FROM parent", "schema.no_table");
    scene_close(&s);
}

BOTH(values_that_do_not_fit_a_new_type_stop_it)
{
    scene s;
    scene_open(&s, place);
    revise(&s, "a1", "CREATE TABLE t (id INTEGER PRIMARY KEY, a VARCHAR(20)); INSERT INTO t VALUES (1, '5'), (2, 'hello');", "DROP TABLE t;");
    revise(&s, "b1", "-- orm: alter table t alter column a type INTEGER using CAST(a AS INTEGER)\n", NULL);
    revise(&s, "c1", "-- orm: alter table t alter column a type INTEGER\n", NULL);
    FINE(upgrade(&s, "a1"));
    orm_error error = upgrade(&s, s.sqlite ? "c1" : "b1");
    if (s.sqlite) { /* what USING says is done, as it stands there; without it a value is not spoilt */
        cr_assert_eq(error.status, ORM_OK, "%s", error.message);
        ASK(&s, "SELECT a FROM t WHERE id = 2", "0");
    } else {
        cr_assert_eq(error.status, ORM_DATA, "%s", error.message);
        ASK(&s, "SELECT a FROM t WHERE id = 2", "hello");
    }
    scene_close(&s);
}

Test(sqlite, a_value_is_not_turned_into_zero, .fini = directory_done)
{
    const db_place here = { &orm__sqlite, "sqlite://", true };
    scene s;
    scene_open(&s, &here);
    revise(&s, "a1", "CREATE TABLE t (id INTEGER PRIMARY KEY, a VARCHAR(20)); INSERT INTO t VALUES (1, '5'), (2, 'hello');", NULL);
    revise(&s, "b1", "-- orm: alter table t alter column a type INTEGER\n", NULL);
    orm_error error = upgrade(&s, NULL);
    cr_assert_eq(error.status, ORM_DATA, "%s", error.message);
    cr_assert_not_null(strstr(error.message, "b1.sql:6: 1 values of \"t\".\"a\" are no INTEGER"), "%s", error.message);
    ASK(&s, "SELECT a FROM t WHERE id = 2", "hello");
    ASK(&s, "SELECT version_num FROM alembic_version", "a1");
    scene_close(&s);
}

Test(sqlite, what_a_rebuild_refuses, .fini = directory_done)
{
    static const struct {
        const char *upgrade, *message;
        orm_status status;
    } rows[] = {
        { "-- orm: alter table nope drop column a", "b1.sql:6: there is no table \"nope\"", ORM_NO_TABLE },
        { "-- orm: alter table parent drop column b", "the view \"bs\" needs what the table \"parent\" would not have any more", ORM_MIGRATION },
        { "DELETE FROM parent WHERE id = 1;", "after it rows of \"child\" would refer to none of \"parent\"", ORM_FOREIGN_KEY },
        { "DROP TABLE parent;", "child", ORM_FOREIGN_KEY },
        { "-- orm: alter table parent alter column a set not null\n-- orm: alter table parent add CHECK (b > 10)", "CHECK constraint failed", ORM_CHECK },
        { "SELECT 1; COMMIT; SELECT 2;", "a revision is one transaction: COMMIT has no place in it", ORM_MIGRATION },
        { "SELECT 1", "has no ; before the next line", ORM_MIGRATION },
        { "-- orm: decide what?", "waits for a decision: what?", ORM_MIGRATION },
        { "-- orm: irreversible", "cannot be undone", ORM_MIGRATION },
        { "-- orm: alterr table t", "there is no '-- orm: alterr table t'", ORM_MIGRATION },
    };
    const db_place here = { &orm__sqlite, "sqlite://", true };
    for (size_t i = 0; i < COUNT(rows); i++) {
        scene s;
        scene_open(&s, &here);
        revise(&s, "a1", parent_and_child, NULL);
        revise(&s, "b1", rows[i].upgrade, NULL);
        FINE(upgrade(&s, "a1"));
        orm_error error = upgrade(&s, NULL);
        cr_expect_eq(error.status, rows[i].status, "%s: %s", rows[i].upgrade, error.message);
        cr_expect_not_null(strstr(error.message, rows[i].message), "%s: %s", rows[i].upgrade, error.message);
        ASK(&s, "SELECT version_num FROM alembic_version", "a1");
        ASK(&s, "SELECT count(*) FROM parent", "2");
        ASK(&s, "SELECT count(*) FROM child", "3");
        ASK(&s, "PRAGMA foreign_keys", "1");
        scene_close(&s);
    }
}

/* ---- failures ---- */

BOTH(a_failure_half_way_leaves_the_revision_before)
{
    char path[800];
    scene s;
    scene_open(&s, place);
    revise(&s, "a1", "CREATE TABLE t1 (id INTEGER PRIMARY KEY);", NULL);
    revise(&s, "b1", "CREATE TABLE t2 (id INTEGER PRIMARY KEY);\nSELECT * FROM no_such_table;\nCREATE TABLE t3 (id INTEGER PRIMARY KEY);", NULL);
    revise(&s, "c1", "CREATE TABLE t4 (id INTEGER PRIMARY KEY);", NULL);
    orm_error error = upgrade(&s, NULL);
    cr_assert_eq(error.status, ORM_NO_TABLE, "%s", error.message);
    cr_assert_not_null(strstr(error.message, "b1.sql:7: "), "%s", error.message);
    ASK(&s, "SELECT version_num FROM alembic_version", "a1");
    ASK(&s, "SELECT 1 FROM t2", "schema.no_table");
    snprintf(path, sizeof path, "sed -i '/no_such_table/d' '%s/versions/b1.sql'", s.directory);
    cr_assert_eq(system(path), 0);
    FINE(upgrade(&s, NULL));
    ASK(&s, "SELECT version_num FROM alembic_version", "c1");
    ASK(&s, "SELECT count(*) FROM t3", "0");
    scene_close(&s);
}

/* ---- kills ---- */

/* What a child has from its parent. */
static void leave(scene *s)
{
    orm_migrations_close(&s->m);
    orm_close(&s->db);
}

typedef struct countdown { int left; } countdown;

static void stop_at_zero(void *context, const char *sql)
{
    countdown *c = context;
    (void)sql;
    if (c->left-- == 0) raise(SIGSTOP); /* and is killed there */
}

/* A process that upgrades, and is killed before its n-th statement is sent. True: it came to its end before. */
static bool upgrade_until(scene *s, int statement)
{
    int status;
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        countdown c = { statement };
        orm_database *db = NULL;
        orm_options options = { .log = stop_at_zero, .log_context = &c };
        bool fine = orm_open(s->url, &nothing, &options, &db, NULL) == ORM_OK && orm_migrate(db, s->directory, NULL) == ORM_OK;
        orm_close(&db);
        leave(s);
        _exit(fine ? 0 : 1);
    }
    cr_assert_eq(waitpid(child, &status, WUNTRACED), child);
    if (WIFEXITED(status)) {
        cr_assert_eq(WEXITSTATUS(status), 0);
        return true;
    }
    cr_assert(WIFSTOPPED(status));
    cr_assert_eq(kill(child, SIGKILL), 0);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFSIGNALED(status));
    return false;
}

BOTH(killed_at_any_statement_the_next_upgrade_finishes)
{
    int points = 0;
    const int stride = getenv("FAULTS") != NULL ? 7 : 1; /* under valgrind a few are enough */
    for (bool through = false; !through; points += stride) {
        scene s;
        scene_open(&s, place);
        revise(&s, "a1", parent_and_child, "DROP VIEW bs; DROP TABLE child; DROP TABLE parent;");
        revise(&s, "b1",
               "-- orm: alter table parent drop column a\n-- orm: alter table parent add column c VARCHAR(5) DEFAULT ('new') NOT NULL\n"
               "UPDATE parent SET c = 'old' WHERE id = 1;\n",
               NULL);
        through = upgrade_until(&s, points);
        const char *at = ask(&s, "SELECT version_num FROM alembic_version");
        cr_assert(strcmp(at, "none") == 0 || strcmp(at, "a1") == 0 || strcmp(at, "b1") == 0 || strcmp(at, "schema.no_table") == 0, "%s", at);
        if (strcmp(at, "a1") == 0) ASK(&s, "SELECT count(a) FROM parent", "2");
        FINE(upgrade(&s, NULL));
        ASK(&s, "SELECT version_num FROM alembic_version", "b1");
        ASK(&s, "SELECT count(*) FROM parent", "2");
        ASK(&s, "SELECT count(*) FROM child", "3");
        ASK(&s, "SELECT c FROM parent WHERE id = 1", "old");
        if (s.sqlite) ASK(&s, "PRAGMA integrity_check", "ok");
        execute(&s, "DROP TABLE child");
        execute(&s, "DROP VIEW bs");
        execute(&s, "DROP TABLE parent");
        execute(&s, "DROP TABLE alembic_version");
        scene_close(&s);
    }
    cr_assert_gt(points, 15);
}

/* ---- two at the same time ---- */

BOTH(two_upgrades_at_the_same_time)
{
    pid_t children[4];
    scene s;
    scene_open(&s, place);
    revise(&s, "a1", "CREATE TABLE t1 (id INTEGER PRIMARY KEY);", NULL);
    revise(&s, "b1", "CREATE TABLE t2 (id INTEGER PRIMARY KEY); INSERT INTO t1 VALUES (1);", NULL);
    revise(&s, "c1", "-- orm: alter table t1 add column a INTEGER\nINSERT INTO t1 VALUES (2, 3);", NULL);
    for (size_t i = 0; i < COUNT(children); i++) {
        children[i] = fork();
        cr_assert_geq(children[i], 0);
        if (children[i] == 0) {
            orm_database *db = NULL;
            orm_status rc = orm_open(s.url, &nothing, NULL, &db, NULL);
            if (rc == ORM_OK) rc = orm_migrate(db, s.directory, NULL);
            orm_close(&db);
            leave(&s);
            _exit(rc);
        }
    }
    for (size_t i = 0; i < COUNT(children); i++) {
        int status;
        cr_assert_eq(waitpid(children[i], &status, 0), children[i]);
        cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == ORM_OK, "%s", orm_status_text((orm_status)WEXITSTATUS(status)));
    }
    ASK(&s, "SELECT version_num FROM alembic_version", "c1");
    ASK(&s, "SELECT count(*) FROM t1", "2");
    scene_close(&s);
}

/* ---- memory ---- */

static orm_status many_steps(void *context)
{
    scene *s = context;
    orm_database *db = NULL;
    orm_migrations *m = NULL;
    orm_revisions found;
    orm_status rc;
    ORM_TRY(orm_open("sqlite://", &nothing, NULL, &db, NULL));
    ORM_TRY(orm_migrations_open(s->directory, &m, NULL));
    ORM_TRY(orm_migrate_upgrade(db, m, NULL, NULL, NULL, NULL));
    ORM_TRY(orm_migrate_current(db, m, &found, NULL));
    cr_assert_eq(found.count, 1);
    ORM_TRY(orm_migrations_history(m, db, "-1:current", &found, NULL));
    cr_assert_eq(found.count, 2);
    ORM_TRY(orm_migrate_downgrade(db, m, "base", NULL, NULL, NULL));
    ORM_TRY(orm_migrate_stamp(db, m, "head", false, NULL));
fail:
    orm_migrations_close(&m);
    orm_close(&db);
    return rc;
}

Test(sqlite, every_allocation_may_fail, .fini = directory_done)
{
    const db_place here = { &orm__sqlite, "sqlite://", true };
    scene s;
    scene_open(&s, &here);
    revise(&s, "a1", "CREATE TABLE t (id INTEGER PRIMARY KEY, a VARCHAR(20)); CREATE INDEX t_a ON t (a);", "DROP TABLE t;");
    revise(&s, "b1", "-- orm: alter table t drop column a\n-- orm: alter table t add column c TEXT DEFAULT ('x') NOT NULL\n",
           "-- orm: alter table t drop column c\n-- orm: alter table t add column a VARCHAR(20)\n");
    faults_sweep(many_steps, &s);
    scene_close(&s);
}
