#include "engine/engine.h"
#include "schema/ddl.h"
#include "support/both.h"
#include <stdio.h>
#include <string.h>

typedef struct Author {
    orm_object orm;
    int64_t id;
    const char *username, *email, *bio;
    double score;
    orm_opt_bool active;
    orm_opt_date born;
    orm_opt_datetime created_at;
    json_t *meta;
    int64_t boss;
} Author;
typedef struct Article {
    orm_object orm;
    int64_t id, views;
    const char *slug;
    orm_opt_int author_id, parent_id;
} Article;
extern const orm_model Author_model, Article_model, tagged_model;
static const orm_column author_columns[] = {
    ORM_COLUMN(Author, id, .primary_key = true),
    ORM_COLUMN(Author, username, .length = 80, .unique = true, .not_null = true),
    ORM_COLUMN(Author, email, .length = 120, .name = "e\"mail", .index = true, .unique = true),
    ORM_COLUMN(Author, bio, .server_default = "'none; ' || '--'"),
    ORM_COLUMN(Author, score),
    ORM_COLUMN(Author, active, .index = true),
    ORM_COLUMN(Author, born),
    ORM_COLUMN(Author, created_at, .server_default = "CURRENT_TIMESTAMP"),
    ORM_COLUMN(Author, meta),
};
static const orm_column article_columns[] = {
    ORM_COLUMN(Article, id, .primary_key = true, .no_autoincrement = true),
    ORM_COLUMN(Article, views, .server_default = "7"),
    ORM_COLUMN(Article, slug, .length = 20),
    ORM_COLUMN(Article, author_id, .foreign_key = ORM_KEY(Author, id), .on_delete = ORM_CASCADE,
               .on_update = ORM_RESTRICT),
    ORM_COLUMN(Article, parent_id, .foreign_key = ORM_KEY(Article, id), .on_delete = ORM_SET_NULL,
               .on_update = ORM_SET_DEFAULT),
};
static const orm_unique article_uniques[] = { { { "slug", "author_id" } }, { { "views" } } };
static const orm_column tagged_columns[] = {
    ORM_TABLE_COLUMN("article id", ORM_INTEGER, .primary_key = true, .foreign_key = ORM_KEY(Article, id)),
    ORM_TABLE_COLUMN("tag", ORM_STRING, .primary_key = true, .length = 5),
};
ORM_MODEL(Author, .columns = ORM_ARRAY(author_columns));
ORM_MODEL(Article, .columns = ORM_ARRAY(article_columns), .uniques = ORM_ARRAY(article_uniques));
ORM_TABLE(tagged, .columns = ORM_ARRAY(tagged_columns));
ORM_SCHEMA(journal, &tagged_model, &Article_model, &Author_model);

/* Two tables that refer to each other. */
typedef struct Hen {
    orm_object orm;
    int64_t id;
    orm_opt_int egg_id;
} Hen;
typedef struct Egg {
    orm_object orm;
    int64_t id;
    orm_opt_int hen_id;
} Egg;
extern const orm_model Hen_model, Egg_model;
static const orm_column hen_columns[] = {
    ORM_COLUMN(Hen, id, .primary_key = true),
    ORM_COLUMN(Hen, egg_id, .foreign_key = ORM_KEY(Egg, id)),
};
static const orm_column egg_columns[] = {
    ORM_COLUMN(Egg, id, .primary_key = true),
    ORM_COLUMN(Egg, hen_id, .foreign_key = ORM_KEY(Hen, id)),
};
ORM_MODEL(Hen, .columns = ORM_ARRAY(hen_columns));
ORM_MODEL(Egg, .columns = ORM_ARRAY(egg_columns));
ORM_SCHEMA(cycle, &Hen_model, &Egg_model);

/* ---- statements -----------------------------------------------------------------------------------------------------
 */

static char *joined(const orm__ddl *ddl)
{
    orm__text text = { 0 };
    for (size_t i = 0; i < ddl->count; i++) {
        orm__text_add(&text, ddl->at[i]);
        orm__text_add(&text, ";\n");
    }
    orm__text_add(&text, "");
    cr_assert_not(text.failed);
    return text.at;
}

static void assert_create(const orm_schema *schema, const orm__dialect *dialect, const bool *wanted,
                          const char *expected)
{
    orm__registry registry;
    orm__ddl ddl = { 0 };
    orm_error error = { 0 };
    cr_assert_eq(orm__registry_make(schema, &registry, &error), ORM_OK, "%s", error.message);
    cr_assert_eq(orm__ddl_create(dialect, &registry, wanted, &ddl, &error), ORM_OK);
    char *text = joined(&ddl);
    cr_assert_str_eq(text, expected, "%s", text);
    orm__free(text);
    orm__ddl_free(&ddl);
    orm__registry_free(&registry);
}

static void assert_drop(const orm_schema *schema, const orm__dialect *dialect, const char *expected)
{
    orm__registry registry;
    orm__ddl ddl = { 0 };
    cr_assert_eq(orm__registry_make(schema, &registry, NULL), ORM_OK);
    cr_assert_eq(orm__ddl_drop(dialect, &registry, &ddl, NULL), ORM_OK);
    char *text = joined(&ddl);
    cr_assert_str_eq(text, expected, "%s", text);
    orm__free(text);
    orm__ddl_free(&ddl);
    orm__registry_free(&registry);
}

static const bool all[] = { true, true, true };

#define AFTER_AUTHOR                                                                                             \
    ");\n"                                                                                                       \
    "CREATE UNIQUE INDEX \"ix_author_e\"\"mail\" ON \"author\" (\"e\"\"mail\");\n"                               \
    "CREATE INDEX \"ix_author_active\" ON \"author\" (\"active\");\n"                                            \
    "CREATE TABLE \"article\" (\n"                                                                               \
    "    \"id\" INTEGER NOT NULL,\n"                                                                             \
    "    \"views\" INTEGER DEFAULT (7) NOT NULL,\n"                                                              \
    "    \"slug\" VARCHAR(20),\n"                                                                                \
    "    \"author_id\" INTEGER,\n"                                                                               \
    "    \"parent_id\" INTEGER,\n"                                                                               \
    "    CONSTRAINT \"article_pkey\" PRIMARY KEY (\"id\"),\n"                                                    \
    "    CONSTRAINT \"article_slug_author_id_key\" UNIQUE (\"slug\", \"author_id\"),\n"                          \
    "    CONSTRAINT \"article_views_key\" UNIQUE (\"views\"),\n"                                                 \
    "    CONSTRAINT \"article_author_id_fkey\" FOREIGN KEY (\"author_id\") REFERENCES \"author\" (\"id\") ON DELETE CASCADE ON UPDATE RESTRICT,\n"     \
    "    CONSTRAINT \"article_parent_id_fkey\" FOREIGN KEY (\"parent_id\") REFERENCES \"article\" (\"id\") ON DELETE SET NULL ON UPDATE SET DEFAULT\n" \
    ");\n"                                                                                                       \
    "CREATE TABLE \"tagged\" (\n"                                                                                \
    "    \"article id\" INTEGER NOT NULL,\n"                                                                     \
    "    \"tag\" VARCHAR(5) NOT NULL,\n"                                                                         \
    "    CONSTRAINT \"tagged_pkey\" PRIMARY KEY (\"article id\", \"tag\"),\n"                                                               \
    "    CONSTRAINT \"tagged_article id_fkey\" FOREIGN KEY (\"article id\") REFERENCES \"article\" (\"id\")\n"                                         \
    ");\n"

Test(statements, create_sqlite)
{
    assert_create(&journal, &orm__sqlite, all,
                  "CREATE TABLE \"author\" (\n"
                  "    \"id\" INTEGER NOT NULL,\n"
                  "    \"username\" VARCHAR(80) NOT NULL,\n"
                  "    \"e\"\"mail\" VARCHAR(120),\n"
                  "    \"bio\" TEXT DEFAULT ('none; ' || '--'),\n"
                  "    \"score\" FLOAT NOT NULL,\n"
                  "    \"active\" BOOLEAN,\n"
                  "    \"born\" DATE,\n"
                  "    \"created_at\" DATETIME DEFAULT (CURRENT_TIMESTAMP),\n"
                  "    \"meta\" JSON,\n"
                  "    CONSTRAINT \"author_pkey\" PRIMARY KEY (\"id\"),\n"
                  "    CONSTRAINT \"author_username_key\" UNIQUE (\"username\")\n" AFTER_AUTHOR);
}

Test(statements, create_postgresql)
{
    assert_create(&journal, &orm__postgresql, all,
                  "CREATE TABLE \"author\" (\n"
                  "    \"id\" SERIAL NOT NULL,\n"
                  "    \"username\" VARCHAR(80) NOT NULL,\n"
                  "    \"e\"\"mail\" VARCHAR(120),\n"
                  "    \"bio\" TEXT DEFAULT ('none; ' || '--'),\n"
                  "    \"score\" FLOAT NOT NULL,\n"
                  "    \"active\" BOOLEAN,\n"
                  "    \"born\" DATE,\n"
                  "    \"created_at\" TIMESTAMP WITHOUT TIME ZONE DEFAULT (CURRENT_TIMESTAMP),\n"
                  "    \"meta\" JSON,\n"
                  "    CONSTRAINT \"author_pkey\" PRIMARY KEY (\"id\"),\n"
                  "    CONSTRAINT \"author_username_key\" UNIQUE (\"username\")\n" AFTER_AUTHOR);
}

Test(statements, only_what_is_wanted)
{
    static const bool none[] = { false, false, false }, first[] = { true, false, false };
    assert_create(&journal, &orm__postgresql, none, "");
    assert_create(&journal, &orm__postgresql, first,
                  "CREATE TABLE \"tagged\" (\n"
                  "    \"article id\" INTEGER NOT NULL,\n"
                  "    \"tag\" VARCHAR(5) NOT NULL,\n"
                  "    CONSTRAINT \"tagged_pkey\" PRIMARY KEY (\"article id\", \"tag\"),\n"
                  "    CONSTRAINT \"tagged_article id_fkey\" FOREIGN KEY (\"article id\") REFERENCES \"article\" (\"id\")\n"
                  ");\n");
}

#define HEN_AND_EGG(id, egg_key)                                 \
    "CREATE TABLE \"egg\" (\n"                                   \
    "    \"id\" " id " NOT NULL,\n"                              \
    "    \"hen_id\" INTEGER,\n"                                  \
    "    CONSTRAINT \"egg_pkey\" PRIMARY KEY (\"id\")" egg_key "\n"                      \
    ");\n"                                                       \
    "CREATE TABLE \"hen\" (\n"                                   \
    "    \"id\" " id " NOT NULL,\n"                              \
    "    \"egg_id\" INTEGER,\n"                                  \
    "    CONSTRAINT \"hen_pkey\" PRIMARY KEY (\"id\"),\n"        \
    "    CONSTRAINT \"hen_egg_id_fkey\" FOREIGN KEY (\"egg_id\") REFERENCES \"egg\" (\"id\")\n" \
    ");\n"

Test(statements, cycles)
{
    static const bool egg[] = { false, true };
    assert_create(&cycle, &orm__sqlite, all,
                  HEN_AND_EGG("INTEGER", ",\n    CONSTRAINT \"egg_hen_id_fkey\" FOREIGN KEY (\"hen_id\") REFERENCES \"hen\" (\"id\")"));
    assert_create(&cycle, &orm__postgresql, all,
                  HEN_AND_EGG("SERIAL", "") "ALTER TABLE \"egg\" ADD CONSTRAINT \"egg_hen_id_fkey\" FOREIGN KEY "
                                            "(\"hen_id\") REFERENCES \"hen\" (\"id\");\n");
    assert_create(&cycle, &orm__postgresql, egg,
                  "CREATE TABLE \"egg\" (\n"
                  "    \"id\" SERIAL NOT NULL,\n"
                  "    \"hen_id\" INTEGER,\n"
                  "    CONSTRAINT \"egg_pkey\" PRIMARY KEY (\"id\"),\n"
                  "    CONSTRAINT \"egg_hen_id_fkey\" FOREIGN KEY (\"hen_id\") REFERENCES \"hen\" (\"id\")\n"
                  ");\n");
}

Test(statements, drop)
{
    assert_drop(
        &journal, &orm__sqlite,
        "DROP TABLE IF EXISTS \"tagged\";\nDROP TABLE IF EXISTS \"article\";\nDROP TABLE IF EXISTS \"author\";\n");
    assert_drop(
        &journal, &orm__postgresql,
        "DROP TABLE IF EXISTS \"tagged\";\nDROP TABLE IF EXISTS \"article\";\nDROP TABLE IF EXISTS \"author\";\n");
    assert_drop(&cycle, &orm__sqlite, "DROP TABLE IF EXISTS \"hen\";\nDROP TABLE IF EXISTS \"egg\";\n");
    assert_drop(&cycle, &orm__postgresql,
                "ALTER TABLE IF EXISTS \"egg\" DROP CONSTRAINT IF EXISTS \"egg_hen_id_fkey\";\n"
                "DROP TABLE IF EXISTS \"hen\";\nDROP TABLE IF EXISTS \"egg\";\n");
}

Test(statements, long_names_are_cut_and_stay_apart)
{
    static const char *const columns[] = { "a_column_with_a_name_of_fifty_bytes_in_all_which_is_1",
                                           "a_column_with_a_name_of_fifty_bytes_in_all_which_is_2",
                                           "éééééééééééééééééééééééééééééé", "c" };
    orm__text one = { 0 }, two = { 0 }, three = { 0 }, names = { 0 };
    orm__conventional_name(&one, ORM__NAME_OF_FOREIGN_KEY, "a_table", &columns[0], 1);
    orm__conventional_name(&two, ORM__NAME_OF_FOREIGN_KEY, "a_table", &columns[1], 1);
    orm__conventional_name(&three, ORM__NAME_OF_INDEX, "a_table", &columns[2], 1);
    cr_assert_eq(one.size, 63);
    cr_assert_eq(strncmp(one.at, "a_table_a_column_with_a_name_of_fifty_bytes_in_all_whi_", 55), 0, "%s", one.at);
    cr_assert_eq(strncmp(one.at, two.at, 55), 0);
    cr_assert_str_neq(one.at, two.at);
    cr_assert_leq(three.size, 63);
    cr_assert(orm__utf8_valid(three.at, three.size), "%s", three.at);
    orm__conventional_name(&names, ORM__NAME_OF_KEY, "t", NULL, 0);
    orm__text_char(&names, ' ');
    orm__conventional_name(&names, ORM__NAME_OF_UNIQUE, "t", (const char *const[]){ "a", "b" }, 2);
    orm__text_char(&names, ' ');
    orm__conventional_name(&names, ORM__NAME_OF_INDEX, "t", &columns[3], 1);
    orm__text_char(&names, ' ');
    orm__conventional_name(&names, ORM__NAME_OF_CHECK, "t", &columns[3], 1);
    cr_assert_str_eq(names.at, "t_pkey t_a_b_key ix_t_c t_c_check");
    orm__text_free(&one);
    orm__text_free(&two);
    orm__text_free(&three);
    orm__text_free(&names);
}

/* "a_b" with "c", and "a" with "b" and "c": one name by the convention. */
Test(statements, names_that_would_be_one)
{
    static const orm_column columns[] = { ORM_TABLE_COLUMN("c", ORM_INTEGER, .unique = true) };
    static const orm_column others[] = { ORM_TABLE_COLUMN("b", ORM_INTEGER), ORM_TABLE_COLUMN("c", ORM_INTEGER) };
    static const orm_unique uniques[] = { { { "b", "c" } }, { { "b", "c" } } };
    static const orm_model first = { .table = "a_b", .columns = ORM_ARRAY(columns) };
    static const orm_model second = { .table = "a", .columns = ORM_ARRAY(others), .uniques = ORM_ARRAY(uniques) };
    static const orm_model *const models[] = { &first, &second };
    const orm_schema schema = { models, 2 };
    orm__registry registry;
    orm__shape shape;
    cr_assert_eq(orm__registry_make(&schema, &registry, NULL), ORM_OK);
    cr_assert_eq(orm__shape_of_models(&registry, &shape, NULL), ORM_OK);
    const orm__shape_table *a = orm__shape_table_named(&shape, "a"), *a_b = orm__shape_table_named(&shape, "a_b");
    cr_assert_str_eq(a_b->uniques.at[0].name, "a_b_c_key");
    cr_assert_eq(a->uniques.count, 1, "the same columns twice are one constraint");
    cr_assert_eq(strncmp(a->uniques.at[0].name, "a_b_c_key_", 10), 0, "%s", a->uniques.at[0].name);
    cr_assert_eq(strlen(a->uniques.at[0].name), 18);
    orm__shape_free(&shape);
    orm__registry_free(&registry);
}

static orm_status compute(void *dialect)
{
    orm__registry registry;
    orm__ddl ddl = { 0 }, drop = { 0 };
    orm_status rc = orm__registry_make(&journal, &registry, NULL);
    if (rc != ORM_OK) return rc;
    rc = orm__ddl_create(dialect, &registry, all, &ddl, NULL);
    if (rc == ORM_OK) rc = orm__ddl_drop(dialect, &registry, &drop, NULL);
    orm__ddl_free(&ddl);
    orm__ddl_free(&drop);
    orm__registry_free(&registry);
    return rc;
}

#define LONG_NAME "a_name_of_sixty_four_bytes_which_is_one_too_many_for_a_postgres_"

Test(statements, names_that_the_database_would_cut)
{
    static const orm_column short_columns[] = { ORM_TABLE_COLUMN("id", ORM_INTEGER, .primary_key = true) };
    static const orm_column long_columns[] = { ORM_TABLE_COLUMN(LONG_NAME, ORM_INTEGER, .primary_key = true) };
    static const orm_model long_table = { .table = LONG_NAME, .columns = ORM_ARRAY(short_columns) };
    static const orm_model long_column = { .table = "t", .columns = ORM_ARRAY(long_columns) };
    static const struct {
        const orm_model *model;
        const char *message;
    } rows[] = {
        { &long_table, "the table \"" LONG_NAME "\" has a name of more than 63 bytes, which postgresql would cut" },
        { &long_column, "t: the column \"" LONG_NAME "\" has a name of more than 63 bytes, which postgresql would cut" },
    };
    const bool wanted = true, there = false;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const orm_schema schema = { &rows[i].model, 1 };
        orm__registry registry;
        orm__ddl ddl = { 0 };
        orm_error error = { 0 };
        cr_assert_eq(orm__registry_make(&schema, &registry, &error), ORM_OK, "%s", error.message);
        cr_expect_eq(orm__ddl_create(&orm__postgresql, &registry, &wanted, &ddl, &error), ORM_MAPPING);
        cr_expect_str_eq(error.message, rows[i].message, "%s", error.message);
        cr_expect_eq(ddl.count, 0);
        cr_expect_eq(orm__ddl_create(&orm__postgresql, &registry, &there, &ddl, &error), ORM_OK);
        orm__ddl_free(&ddl);
        cr_expect_eq(orm__ddl_create(&orm__sqlite, &registry, &wanted, &ddl, &error), ORM_OK);
        orm__ddl_free(&ddl);
        orm__registry_free(&registry);
    }
}

Test(statements, every_allocation_may_fail)
{
    orm__dialect dialect = orm__postgresql;
    faults_sweep(compute, &dialect);
}

/* ---- on databases ---------------------------------------------------------------------------------------------------
 */

static orm_database *opened(const db_place *place, const orm_schema *schema)
{
    orm_database *database;
    orm_error error = { 0 };
    cr_assert_eq(orm_open(place->url, schema, NULL, &database, &error), ORM_OK, "%s", error.message);
    return database;
}

static orm_status run(orm_database *database, const char *sql)
{
    orm__connection *connection;
    cr_assert_eq(orm__acquire(database, &connection, NULL), ORM_OK);
    orm_status rc = orm__execute(connection, sql, NULL);
    orm__release(connection);
    return rc;
}

static void create(orm_database *database)
{
    orm_error error = { .status = ORM_DATA };
    cr_assert_eq(orm_create_all(database, &error), ORM_OK, "%s", error.message);
    cr_assert_eq(error.status, ORM_OK);
}

static void drop(orm_database *database)
{
    orm_error error = { 0 };
    cr_assert_eq(orm_drop_all(database, &error), ORM_OK, "%s", error.message);
}

BOTH(create_and_drop)
{
    orm_database *database = opened(place, &journal);
    create(database);
    cr_assert_eq(run(database, "INSERT INTO \"author\" (username, score) VALUES ('ann', 1)"), ORM_OK);
    create(database);
    cr_assert_eq(run(database, "INSERT INTO \"author\" (username, score) VALUES ('ann', 1)"), ORM_UNIQUE,
                 "rows stay, constraints hold");
    cr_assert_eq(run(database, "INSERT INTO \"author\" (username) VALUES ('bob')"), ORM_NOT_NULL);
    cr_assert_eq(run(database, "INSERT INTO article (id, author_id) VALUES (1, 1)"), ORM_OK,
                 "the server default stands in");
    cr_assert_eq(run(database, "INSERT INTO article (id, author_id) VALUES (2, 1)"), ORM_UNIQUE, "7 is taken");
    cr_assert_eq(run(database, "INSERT INTO article (id, views, author_id) VALUES (2, 8, 99)"), ORM_FOREIGN_KEY);
    cr_assert_eq(run(database, "DELETE FROM \"author\""), ORM_OK, "its articles go with it");
    cr_assert_eq(run(database, "INSERT INTO article (id, views) VALUES (1, 1)"), ORM_OK);
    drop(database);
    cr_assert_eq(run(database, "SELECT 1 FROM article"), ORM_NO_TABLE);
    drop(database);
    create(database);
    cr_assert_eq(run(database, "INSERT INTO article (id) VALUES (1)"), ORM_OK, "the new tables are empty");
    orm_close(&database);
}

BOTH(only_what_is_missing)
{
    orm_database *database = opened(place, &journal);
    cr_assert_eq(run(database, "CREATE TABLE \"author\" (id INTEGER PRIMARY KEY, other INTEGER)"), ORM_OK);
    create(database);
    cr_assert_eq(run(database, "SELECT other FROM \"author\""), ORM_OK, "what is there stays as it is");
    cr_assert_eq(run(database, "SELECT username FROM \"author\""), ORM_NO_TABLE);
    cr_assert_eq(run(database, "SELECT slug FROM article"), ORM_OK);
    orm_close(&database);
}

BOTH(all_or_nothing)
{
    static const orm_column good_columns[] = { ORM_TABLE_COLUMN("id", ORM_INTEGER, .primary_key = true) };
    static const orm_column bad_columns[] = { ORM_TABLE_COLUMN("id", ORM_INTEGER,
                                                               .server_default = "no such function (") };
    static const orm_model good = { .table = "good", .columns = ORM_ARRAY(good_columns) };
    static const orm_model bad = { .table = "bad", .columns = ORM_ARRAY(bad_columns) };
    static const orm_model *const models[] = { &good, &bad };
    const orm_schema schema = { models, 2 };
    orm_database *database = opened(place, &schema);
    orm_error error = { 0 };
    cr_assert_eq(orm_create_all(database, &error), ORM_FAILURE);
    cr_assert(*error.message != '\0');
    cr_assert_eq(run(database, "SELECT 1 FROM good"), ORM_NO_TABLE);
    orm_close(&database);
}

BOTH(tables_that_refer_to_each_other)
{
    orm_database *database = opened(place, &cycle);
    create(database);
    cr_assert_eq(run(database, "INSERT INTO hen VALUES (1, NULL)"), ORM_OK);
    cr_assert_eq(run(database, "INSERT INTO egg VALUES (1, 1)"), ORM_OK);
    cr_assert_eq(run(database, "UPDATE hen SET egg_id = 1"), ORM_OK);
    cr_assert_eq(run(database, "INSERT INTO egg VALUES (2, 99)"), ORM_FOREIGN_KEY);
    create(database);
    drop(database);
    cr_assert_eq(run(database, "SELECT 1 FROM hen"), ORM_NO_TABLE);
    cr_assert_eq(run(database, "SELECT 1 FROM egg"), ORM_NO_TABLE);
    drop(database);
    orm_close(&database);
}

BOTH(drop_with_rows_of_strangers)
{
    orm_database *database = opened(place, &cycle);
    create(database);
    cr_assert_eq(run(database, "CREATE TABLE stranger (hen_id INTEGER REFERENCES hen (id))"), ORM_OK);
    cr_assert_eq(run(database, "INSERT INTO hen VALUES (1, NULL)"), ORM_OK);
    cr_assert_eq(run(database, "INSERT INTO stranger VALUES (1)"), ORM_OK);
    orm_error error = { 0 };
    cr_assert_neq(orm_drop_all(database, &error), ORM_OK, "a row outside still refers to one of ours");
    cr_assert_eq(run(database, "SELECT 1 FROM hen"), ORM_OK, "and nothing is dropped");
    cr_assert_eq(run(database, "SELECT 1 FROM egg"), ORM_OK);
    orm_close(&database);
}

BOTH(no_models)
{
    static const orm_schema none = { NULL, 0 };
    orm_database *database = opened(place, &none);
    create(database);
    drop(database);
    orm_close(&database);
}

static orm_status create_in_memory(void *context)
{
    orm_database *database = NULL;
    orm_status rc;
    ORM_TRY(orm_open("sqlite://", context, NULL, &database, NULL));
    ORM_TRY(orm_create_all(database, NULL));
    ORM_TRY(orm_drop_all(database, NULL));
fail:
    orm_close(&database);
    return rc;
}

Test(sqlite, every_allocation_may_fail)
{
    orm_schema schema = journal;
    faults_sweep(create_in_memory, &schema);
}
