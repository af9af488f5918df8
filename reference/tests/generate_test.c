/* Revisions that are generated: what stands in them, that they run on the other database too, and what is asked of a person. */
#include "engine/engine.h"
#include "migrate/compare.h"
#include "migrate/render.h"
#include "support/both.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const orm_column tag_columns[] = { ORM_TABLE_COLUMN("id", ORM_INTEGER, .primary_key = true),
                                          ORM_TABLE_COLUMN("name", ORM_STRING, .length = 20, .unique = true) };
static const orm_column item_1_columns[] = { ORM_TABLE_COLUMN("id", ORM_INTEGER, .primary_key = true),
                                             ORM_TABLE_COLUMN("a", ORM_STRING, .length = 20, .not_null = true),
                                             ORM_TABLE_COLUMN("b", ORM_INTEGER, .server_default = "1", .index = true),
                                             ORM_TABLE_COLUMN("made", ORM_DATETIME, .server_default = "CURRENT_TIMESTAMP") };
static const orm_column item_2_columns[] = { ORM_TABLE_COLUMN("id", ORM_INTEGER, .primary_key = true),
                                             ORM_TABLE_COLUMN("a", ORM_STRING, .unique = true),
                                             ORM_TABLE_COLUMN("b", ORM_FLOAT, .server_default = "2.5"),
                                             ORM_TABLE_COLUMN("tag_id", ORM_INTEGER, .foreign_key = { .table = "tag", .column = "id" },
                                                              .on_delete = ORM_CASCADE) };
static const orm_model item_1 = { .table = "item", .columns = ORM_ARRAY(item_1_columns) };
static const orm_model item_2 = { .table = "item", .columns = ORM_ARRAY(item_2_columns) };
static const orm_model tag = { .table = "tag", .columns = ORM_ARRAY(tag_columns) };
static const orm_model *const models_1[] = { &item_1 }, *const models_2[] = { &item_2, &tag };
static const orm_schema first = { models_1, 1 }, second = { models_2, 2 };

static orm_status shape_of(const orm_schema *schema, orm__shape *out)
{
    orm__registry registry;
    orm_status rc = orm__registry_make(schema, &registry, NULL);
    if (rc != ORM_OK) return rc;
    rc = orm__shape_of_models(&registry, out, NULL);
    orm__registry_free(&registry);
    return rc;
}

static const char upgrade_sqlite[] =
    "CREATE TABLE \"tag\" (\n    \"id\" INTEGER NOT NULL,\n    \"name\" VARCHAR(20),\n    CONSTRAINT \"tag_pkey\" PRIMARY KEY (\"id\"),\n"
    "    CONSTRAINT \"tag_name_key\" UNIQUE (\"name\")\n);\n"
    "DROP INDEX \"ix_item_b\";\n"
    "-- orm: alter table \"item\" add column \"tag_id\" INTEGER CONSTRAINT \"item_tag_id_fkey\" REFERENCES \"tag\" (\"id\") ON DELETE CASCADE\n"
    "-- orm: alter table \"item\" alter column \"a\" type TEXT\n"
    "-- orm: alter table \"item\" alter column \"a\" drop not null\n"
    "-- orm: alter table \"item\" alter column \"b\" type FLOAT\n"
    "-- orm: alter table \"item\" alter column \"b\" set default (2.5)\n"
    "-- orm: alter table \"item\" add CONSTRAINT \"item_a_key\" UNIQUE (\"a\")\n"
    "-- orm: alter table \"item\" drop column \"made\"\n";
static const char downgrade_sqlite[] =
    "-- orm: alter table \"item\" drop constraint \"item_tag_id_fkey\"\n"
    "-- orm: alter table \"item\" add column \"made\" DATETIME DEFAULT (CURRENT_TIMESTAMP)\n"
    "-- orm: alter table \"item\" drop constraint \"item_a_key\"\n"
    "-- orm: alter table \"item\" alter column \"b\" set default (1)\n"
    "-- orm: alter table \"item\" alter column \"b\" type INTEGER\n"
    "-- orm: alter table \"item\" alter column \"a\" set not null\n"
    "-- orm: alter table \"item\" alter column \"a\" type VARCHAR(20)\n"
    "-- orm: alter table \"item\" drop column \"tag_id\"\n"
    "CREATE INDEX \"ix_item_b\" ON \"item\" (\"b\");\n"
    "DROP TABLE \"tag\";\n";
static const char upgrade_postgresql[] =
    "CREATE TABLE \"tag\" (\n    \"id\" SERIAL NOT NULL,\n    \"name\" VARCHAR(20),\n    CONSTRAINT \"tag_pkey\" PRIMARY KEY (\"id\"),\n"
    "    CONSTRAINT \"tag_name_key\" UNIQUE (\"name\")\n);\n"
    "DROP INDEX \"ix_item_b\";\n"
    "ALTER TABLE \"item\" ADD COLUMN \"tag_id\" INTEGER;\n"
    "ALTER TABLE \"item\" ALTER COLUMN \"a\" TYPE TEXT;\n"
    "ALTER TABLE \"item\" ALTER COLUMN \"a\" DROP NOT NULL;\n"
    "ALTER TABLE \"item\" ALTER COLUMN \"b\" DROP DEFAULT;\n"
    "ALTER TABLE \"item\" ALTER COLUMN \"b\" TYPE FLOAT USING CAST(\"b\" AS FLOAT);\n"
    "ALTER TABLE \"item\" ALTER COLUMN \"b\" SET DEFAULT (2.5);\n"
    "ALTER TABLE \"item\" ALTER COLUMN \"b\" SET DEFAULT (2.5);\n"
    "ALTER TABLE \"item\" ADD CONSTRAINT \"item_a_key\" UNIQUE (\"a\");\n"
    "ALTER TABLE \"item\" DROP COLUMN \"made\";\n"
    "ALTER TABLE \"item\" ADD CONSTRAINT \"item_tag_id_fkey\" FOREIGN KEY (\"tag_id\") REFERENCES \"tag\" (\"id\") ON DELETE CASCADE;\n";

static orm_status render_all(void *context)
{
    const bool *check = context;
    orm__differences d = { 0 };
    orm__text texts[4] = { 0 };
    orm_status rc;
    ORM_TRY(shape_of(&first, &d.live));
    ORM_TRY(shape_of(&second, &d.models));
    ORM_TRY(orm__compare(&d, &orm__sqlite.syntax, NULL, NULL));
    ORM_TRY(orm__differences_tell(&d, NULL));
    ORM_TRY(orm__render(&texts[0], &d, &orm__sqlite, false, NULL));
    ORM_TRY(orm__render(&texts[1], &d, &orm__sqlite, true, NULL));
    ORM_TRY(orm__render(&texts[2], &d, &orm__postgresql, false, NULL));
    ORM_TRY(orm__render(&texts[3], &d, &orm__postgresql, true, NULL));
    if (*check) {
        cr_expect_str_eq(texts[0].at, upgrade_sqlite, "%s", texts[0].at);
        cr_expect_str_eq(texts[1].at, downgrade_sqlite, "%s", texts[1].at);
        cr_expect_str_eq(texts[2].at, upgrade_postgresql, "%s", texts[2].at);
        cr_expect_not_null(strstr(texts[3].at, "ADD COLUMN \"made\" TIMESTAMP WITHOUT TIME ZONE DEFAULT (CURRENT_TIMESTAMP);\n"), "%s", texts[3].at);
        cr_expect_str_eq(d.seen.at[0].text, "table \"tag\" is new");
        cr_expect_eq(d.seen.count, 10);
    }
fail:
    for (size_t i = 0; i < 4; i++) orm__text_free(&texts[i]);
    orm__differences_free(&d);
    return rc;
}

Test(generate, one_comparison_for_both_databases)
{
    cr_assert_eq(render_all(&(bool){ true }), ORM_OK);
}

Test(generate, every_allocation_may_fail)
{
    faults_sweep(render_all, &(bool){ false });
}

/* ---- on databases ---- */

static orm_database *opened(const char *url, const orm_schema *schema)
{
    orm_database *db;
    orm_error error = { 0 };
    cr_assert_eq(orm_open(url, schema, NULL, &db, &error), ORM_OK, "%s", error.message);
    return db;
}

static const orm_revision *generate(orm_database *db, orm_migrations *m, const char *id)
{
    const orm_revision *made;
    orm_error error = { 0 };
    const orm_new_revision given = { .id = id };
    cr_assert_eq(orm_migrate_generate(db, m, &given, NULL, NULL, &made, &error), ORM_OK, "%s", error.message);
    return made;
}

static void upgrade(orm_database *db, orm_migrations *m, bool down)
{
    orm_error error = { 0 };
    orm_status rc = down ? orm_migrate_downgrade(db, m, NULL, NULL, NULL, &error) : orm_migrate_upgrade(db, m, NULL, NULL, NULL, &error);
    cr_assert_eq(rc, ORM_OK, "%s", error.message);
}

static size_t differences(const char *url, const orm_schema *schema)
{
    orm_database *db = opened(url, schema);
    orm_changes *changes;
    orm_error error = { 0 };
    cr_assert_eq(orm_migrate_compare(db, NULL, &changes, &error), ORM_OK, "%s", error.message);
    size_t count = changes->count;
    for (size_t i = 0; i < count; i++) fprintf(stderr, "%s\n", changes->at[i].text);
    orm_changes_close(&changes);
    orm_close(&db);
    return count;
}

static void run_command(const char *what, const char *path)
{
    char command[900];
    snprintf(command, sizeof command, "%s '%s'", what, path);
    cr_assert_eq(system(command), 0);
}

BOTH(what_one_database_generates_the_other_runs)
{
    char folder[700], lite[800], revisions[750];
    const char *server = postgres_url();
    if (server == NULL) cr_skip("ORMSPEC_POSTGRES_URL names no server");
    snprintf(folder, sizeof folder, "%s", directory());
    snprintf(lite, sizeof lite, "sqlite:///%s/a.db", folder);
    snprintf(revisions, sizeof revisions, "%s/revisions", folder);
    const char *here = place->sqlite ? lite : server, *there = place->sqlite ? server : lite;
    orm_migrations *m;
    orm_error error = { 0 };
    cr_assert_eq(orm_migrations_init(revisions, &error), ORM_OK, "%s", error.message);
    cr_assert_eq(orm_migrations_open(revisions, &m, &error), ORM_OK, "%s", error.message);
    orm_database *one = opened(here, &first);
    cr_assert_not_null(generate(one, m, "a1"));
    upgrade(one, m, false);
    cr_assert_null(generate(one, m, "x1"));
    orm_close(&one);
    one = opened(here, &second);
    cr_assert_not_null(generate(one, m, "b1"));
    upgrade(one, m, false);
    orm_close(&one);
    cr_assert_eq(differences(here, &second), 0);
    orm_database *other = opened(there, &second);
    upgrade(other, m, false);
    cr_assert_eq(differences(there, &second), 0);
    upgrade(other, m, true);
    cr_assert_eq(differences(there, &first), 0);
    upgrade(other, m, false);
    cr_assert_eq(differences(there, &second), 0);
    orm_close(&other);
    orm_migrations_close(&m);
    run_command("rm -r", revisions);
    if (place->sqlite)
        postgres_done();
    else
        directory_done();
}

/* The question stands in the file, and the revision waits until it is answered. */
Test(sqlite, a_decision_is_asked, .fini = directory_done)
{
    static const orm_column after_columns[] = { ORM_TABLE_COLUMN("id", ORM_INTEGER, .primary_key = true),
                                                ORM_TABLE_COLUMN("n", ORM_INTEGER, .not_null = true) };
    static const orm_column before_columns[] = { ORM_TABLE_COLUMN("id", ORM_INTEGER, .primary_key = true) };
    static const orm_model before = { .table = "t", .columns = ORM_ARRAY(before_columns) }, after = { .table = "t", .columns = ORM_ARRAY(after_columns) };
    static const orm_model *const before_models[] = { &before }, *const after_models[] = { &after };
    const orm_schema one = { before_models, 1 }, two = { after_models, 1 };
    char url[800], revisions[750];
    orm_migrations *m;
    orm_changes *changes;
    const orm_revision *made;
    orm_error error = { 0 };
    snprintf(url, sizeof url, "sqlite:///%s/a.db", directory());
    snprintf(revisions, sizeof revisions, "%s/revisions", directory());
    orm_database *db = opened(url, &one);
    cr_assert_eq(orm_create_all(db, &error), ORM_OK, "%s", error.message);
    orm__connection *connection;
    cr_assert_eq(orm__acquire(db, &connection, &error), ORM_OK);
    cr_assert_eq(orm__execute(connection, "INSERT INTO t VALUES (1)", &error), ORM_OK);
    orm__release(connection);
    orm_close(&db);
    db = opened(url, &two);
    cr_assert_eq(orm_migrations_init(revisions, &error), ORM_OK);
    cr_assert_eq(orm_migrations_open(revisions, &m, &error), ORM_OK);
    cr_assert_eq(orm_migrate_generate(db, m, NULL, NULL, &changes, &made, &error), ORM_OK, "%s", error.message);
    cr_assert_eq(changes->count, 1);
    cr_assert_not_null(changes->at[0].decision);
    cr_assert_eq(orm_migrate_upgrade(db, m, NULL, NULL, NULL, &error), ORM_MIGRATION);
    cr_assert_not_null(strstr(error.message, "waits for a decision"), "%s", error.message);
    run_command("sed -i -e '/^-- orm: decide/d' -e 's/\"n\" INTEGER NOT NULL/\"n\" INTEGER DEFAULT (7) NOT NULL/'", made->path);
    upgrade(db, m, false);
    orm_changes_close(&changes);
    orm_migrations_close(&m);
    orm_close(&db);
    run_command("rm -r", revisions);
}
