/* The runner's eyes and hands in real databases: SQLite always, PostgreSQL through ORMSPEC_POSTGRES_URL or
 * fixtures/postgres. */
#include "base/process.h"
#include "database/database.h"
#include "world.h"

#include <criterion/criterion.h>
#include <libpq-fe.h>
#include <limits.h>
#include <sqlite3.h>

static json_t *json(const char *text)
{
    json_error_t error;
    json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    cr_assert_not_null(value, "%s: %s", text, error.text);
    return value;
}

static const char schema_text[] =
    "{\"name\":\"s\",\"models\":["
    "{\"name\":\"User\",\"table\":\"user\",\"columns\":[{\"name\":\"id\",\"type\":\"integer\",\"primary_key\":true},"
    "{\"name\":\"name\",\"type\":\"string\",\"length\":20,\"unique\":true,\"nullable\":false},{\"name\":\"active\","
    "\"type\":\"boolean\"},"
    "{\"name\":\"score\",\"type\":\"float\"},{\"name\":\"at\",\"type\":\"datetime\"},{\"name\":\"day\",\"type\":"
    "\"date\"},"
    "{\"name\":\"doc\",\"type\":\"json\"},{\"name\":\"bio\",\"type\":\"text\",\"server_default\":\"'none'\",\"index\":"
    "true},"
    "{\"name\":\"boss\",\"type\":\"integer\",\"foreign_key\":\"user.id\"}]},"
    "{\"name\":\"Post\",\"table\":\"post\",\"columns\":[{\"name\":\"id\",\"type\":\"integer\",\"primary_key\":true},"
    "{\"name\":\"user_id\",\"type\":\"integer\",\"foreign_key\":\"user.id\",\"on_delete\":\"cascade\"},{\"name\":\"n\","
    "\"type\":\"integer\"}],"
    "\"unique\":[[\"user_id\",\"n\"]]}],"
    "\"tables\":[]}";

static const char rows_text[] = "{\"post\":[[\"id\",\"user_id\"],[5,2]],"
                                "\"user\":[[\"id\",\"name\",\"active\",\"score\",\"at\",\"day\",\"doc\",\"boss\"],"
                                "[2,\"zoe\",true,{\"$\":\"float\",\"v\":\"0.1\"},\"2024-01-02T03:04:05.678901\",\"2024-"
                                "02-29\",{\"$\":\"json\",\"v\":{\"a\":[1,\"it's\"]}},2],"
                                "[7,\"Gr\\u00fc\\u00dfe\",false,null,null,null,null,2]]}";

struct bench {
    struct world world;
    struct database_server *server;
    struct database *database;
    json_t *schema, *facts;
};

/* The folder that we are in, or one above the test. */
static char *find_root(void)
{
    char place[PATH_MAX] = "";
    if (path_is_file("fixtures/postgres")) {
        cr_assert_not_null(getcwd(place, sizeof place));
        return memory_copy(place);
    }
    cr_assert_gt(readlink("/proc/self/exe", place, sizeof place - 1), 0);
    for (char *slash; (slash = strrchr(place, '/')) != NULL && slash > place;) {
        *slash = '\0';
        char *fixture = path_join(place, "fixtures/postgres");
        bool found = path_is_file(fixture);
        free(fixture);
        if (found) {
            return memory_copy(place);
        }
    }
    cr_assert_fail("neither this folder nor one above the test holds fixtures/postgres");
    return NULL;
}

static struct bench make_bench(enum spec_database kind)
{
    struct bench bench = {.world = world_make(),
                          .schema = json(schema_text),
                          .facts = json("{\"integer_bits\":32,\"sqlite_datetime\":\"text\"}")};
    char *root = find_root(), *problem = NULL;
    struct database_settings settings = {.kind = kind,
                                         .root = root,
                                         .scratch = bench.world.root,
                                         .url = getenv("ORMSPEC_POSTGRES_URL"),
                                         .interrupt_fd = -1};
    bench.server = database_server_start(&settings, &problem);
    cr_assert_not_null(bench.server, "%s", problem == NULL ? "" : problem);
    bench.database = database_make(bench.server, &problem);
    cr_assert_not_null(bench.database, "%s", problem == NULL ? "" : problem);
    free(root);
    return bench;
}

static void free_bench(struct bench *bench)
{
    database_drop(bench->database);
    database_server_stop(bench->server);
    json_decref(bench->schema);
    json_decref(bench->facts);
    world_free(&bench->world);
}

/* ---- small words for what follows -------------------------------------------------------------------------------- */

/* `problem` is read after the call. */
#define FINE(call)                                                                                                     \
    do {                                                                                                               \
        enum database_status status_ = (call);                                                                         \
        cr_assert_eq(status_, DATABASE_FINE, "%s", problem == NULL ? "" : problem);                                    \
    } while (0)

static void expect_json(json_t *found, const char *wanted)
{
    json_t *value = json(wanted);
    char *said = json_dumps(found, JSON_ENCODE_ANY | JSON_COMPACT);
    cr_expect(json_equal(found, value), "%s, not %s", said, wanted);
    free(said);
    json_decref(value);
    json_decref(found);
}

static void expect_stored(struct bench *bench, const char *params_text, const char *wanted)
{
    json_t *params = json(params_text), *found = NULL;
    char *problem = NULL;
    FINE(database_stored(bench->database, params, &found, &problem));
    expect_json(found, wanted);
    json_decref(params);
}

static void expect_refused(struct bench *bench, enum database_status wanted, const char *kind, const char *params_text,
                           const char *says)
{
    json_t *params = json(params_text), *found = NULL;
    char *problem = NULL;
    enum database_status status =
        strcmp(kind, "stored") == 0  ? database_stored(bench->database, params, &found, &problem)
        : strcmp(kind, "shape") == 0 ? database_shape(bench->database, params, &found, &problem)
                                     : database_behind(bench->database, params, &problem);
    cr_expect_eq(status, wanted, "%s: %d", params_text, status);
    cr_expect(problem != NULL && strstr(problem, says) != NULL, "%s: %s", params_text, problem == NULL ? "" : problem);
    free(problem);
    json_decref(found);
    json_decref(params);
}

static void behind(struct bench *bench, const char *params_text)
{
    json_t *params = json(params_text);
    char *problem = NULL;
    FINE(database_behind(bench->database, params, &problem));
    json_decref(params);
}

static void load(struct bench *bench, const char *rows_json)
{
    json_t *rows = json(rows_json);
    char *problem = NULL;
    FINE(database_load(bench->database, rows, &problem));
    json_decref(rows);
}

static void make_tables(struct bench *bench)
{
    char *problem = NULL, *difference = NULL;
    database_use(bench->database, bench->schema, NULL, bench->facts);
    FINE(database_create_tables(bench->database, &problem));
    FINE(database_compare(bench->database, &difference, &problem));
    cr_expect_null(difference, "%s", difference);
    FINE(database_learn(bench->database, &problem));
}

/* ---- what holds on both ------------------------------------------------------------------------------------------ */

static void check_rows(struct bench *bench)
{
    load(bench, rows_text);
    expect_stored(
        bench, "{\"table\":\"user\",\"columns\":[\"id\",\"name\",\"active\",\"score\",\"at\",\"day\",\"doc\",\"bio\"]}",
        "[[2,\"zoe\",true,{\"$\":\"float\",\"v\":\"0.1\"},{\"$\":\"datetime\",\"v\":\"2024-01-02T03:04:05.678901\"},"
        "{\"$\":\"date\",\"v\":\"2024-02-29\"},{\"$\":\"json\",\"v\":{\"a\":[1,\"it's\"]}},\"none\"],"
        "[7,\"Gr\\u00fc\\u00dfe\",false,null,null,null,null,\"none\"]]");
    expect_stored(
        bench,
        "{\"table\":\"user\",\"columns\":\"name\",\"order\":[\"name\"],\"where\":{\"score\":null,\"active\":false}}",
        "[\"Gr\\u00fc\\u00dfe\"]");
    expect_stored(bench, "{\"table\":\"user\",\"count\":true}", "2");
    expect_stored(bench,
                  "{\"table\":\"user\",\"count\":true,\"where\":{\"at\":{\"$\":\"datetime\",\"v\":\"2024-01-02T03:04:"
                  "05.678901\"}}}",
                  "1");
    expect_stored(bench, "{\"table\":\"post\",\"columns\":[\"id\",\"n\"],\"raw\":true}", "[[\"5\",null]]");
}

/* What the testee would insert next gets the key behind the largest loaded one; after clearing, the first. */
static void check_keys(struct bench *bench)
{
    char *problem = NULL;
    behind(bench, "{\"sql\":\"INSERT INTO \\\"user\\\" (name) VALUES ('next')\"}");
    expect_stored(bench, "{\"table\":\"user\",\"columns\":\"id\",\"where\":{\"name\":\"next\"}}", "[8]");
    behind(bench, "{\"insert\":\"user\",\"rows\":[[\"id\",\"name\"],[20,\"x\"]]}");
    behind(bench, "{\"sql\":\"INSERT INTO \\\"user\\\" (name) VALUES ('after')\"}");
    expect_stored(bench, "{\"table\":\"user\",\"columns\":\"id\",\"where\":{\"name\":\"after\"}}", "[21]");
    FINE(database_clear(bench->database, &problem));
    expect_stored(bench, "{\"table\":\"user\",\"count\":true}", "0");
    expect_stored(bench, "{\"table\":\"post\",\"count\":true}", "0");
    behind(bench, "{\"sql\":\"INSERT INTO \\\"user\\\" (name) VALUES ('first')\"}");
    expect_stored(bench, "{\"table\":\"user\",\"columns\":\"id\"}", "[1]");
}

static void check_changes(struct bench *bench)
{
    behind(bench, "{\"update\":\"user\",\"set\":{\"bio\":\"b\",\"active\":true},\"where\":{\"id\":1}}");
    expect_stored(bench, "{\"table\":\"user\",\"columns\":[\"bio\",\"active\"]}", "[[\"b\",true]]");
    behind(bench, "{\"delete\":\"user\",\"where\":{\"id\":1}}");
    expect_stored(bench, "{\"table\":\"user\",\"columns\":\"id\"}", "[]");
    behind(bench, "{\"fill\":\"user\",\"count\":3,\"number\":[\"id\"],\"cycle\":{\"name\":[\"a\",\"b\",\"c\"],\"bio\":[\"x\",null]}}");
    expect_stored(bench, "{\"table\":\"user\",\"columns\":[\"id\",\"name\",\"bio\"]}",
                  "[[1,\"a\",\"x\"],[2,\"b\",null],[3,\"c\",\"x\"]]");
    behind(bench, "{\"delete\":\"user\"}");
    behind(bench, "{\"fill\":\"user\",\"count\":0,\"number\":[\"id\"]}");
    expect_stored(bench, "{\"table\":\"user\",\"count\":true}", "0");
    behind(bench, "{\"sql\":{\"sqlite\":\"CREATE TABLE odd (a INTEGER); INSERT INTO odd VALUES "
                  "(1)\",\"postgresql\":\"CREATE TABLE odd (a integer); INSERT INTO odd VALUES (1)\"}}");
    expect_stored(bench, "{\"table\":\"odd\",\"columns\":[\"a\"]}", "[[1]]");
}

static void check_refusals(struct bench *bench)
{
    expect_refused(bench, DATABASE_REFUSED, "stored", "{\"table\":\"nowhere\",\"columns\":\"a\"}", "nowhere");
    expect_refused(bench, DATABASE_REFUSED, "stored", "{\"table\":\"user\",\"columns\":[]}", "columns");
    expect_refused(bench, DATABASE_REFUSED, "stored", "{\"table\":\"user\",\"columns\":[1]}", "columns");
    expect_refused(bench, DATABASE_REFUSED, "stored", "{\"columns\":\"a\"}", "table");
    expect_refused(bench, DATABASE_REFUSED, "stored", "{\"table\":\"user\",\"count\":true,\"where\":{\"at\":\"soon\"}}",
                   "'soon' is no datetime");
    expect_refused(bench, DATABASE_REFUSED, "shape", "{}", "table");
    expect_refused(bench, DATABASE_REFUSED, "behind", "{}", "there is no");
    expect_refused(bench, DATABASE_REFUSED, "behind", "{\"sql\":\"NONSENSE\"}", "NONSENSE");
    /* All or nothing. */
    expect_refused(bench, DATABASE_CONFLICT, "behind",
                   "{\"sql\":\"INSERT INTO \\\"user\\\" (id, name) VALUES (1, 'a'); INSERT INTO \\\"user\\\" (id, "
                   "name) VALUES (2, 'a')\"}",
                   "");
    expect_stored(bench, "{\"table\":\"user\",\"count\":true}", "0");
    expect_refused(bench, DATABASE_CONFLICT, "behind", "{\"insert\":\"user\",\"rows\":[[\"id\",\"name\"],[1,null]]}",
                   "");
}

static void check_shape(struct bench *bench)
{
    json_t *params = json("{\"table\":\"post\"}"), *shape = NULL;
    char *problem = NULL;
    FINE(database_shape(bench->database, params, &shape, &problem));
    json_decref(params);
    json_t *columns = json_object_get(shape, "columns");
    for (size_t i = 0; i < json_array_size(columns); i++) {
        json_object_del(json_array_get(columns, i), "declared");
    }
    expect_json(
        shape,
        "{\"columns\":[{\"name\":\"id\",\"nullable\":false,\"default\":false,\"type\":\"integer\",\"length\":null},"
        "{\"name\":\"user_id\",\"nullable\":true,\"default\":false,\"type\":\"integer\",\"length\":null},"
        "{\"name\":\"n\",\"nullable\":true,\"default\":false,\"type\":\"integer\",\"length\":null}],"
        "\"primary_key\":[\"id\"],\"unique\":[[\"user_id\",\"n\"]],"
        "\"foreign_keys\":[{\"columns\":[\"user_id\"],\"table\":\"user\",\"to\":[\"id\"],\"on_delete\":\"cascade\","
        "\"on_update\":\"no action\"}],"
        "\"indexes\":[]}");
    behind(bench, "{\"sql\":\"CREATE UNIQUE INDEX odd_index ON post (n, id)\"}");
    params = json("{\"table\":\"post\"}");
    FINE(database_shape(bench->database, params, &shape, &problem));
    expect_json(json_incref(json_object_get(shape, "indexes")), "[{\"columns\":[\"n\",\"id\"],\"unique\":true}]");
    json_decref(shape);
    json_decref(params);
    params = json("{\"table\":\"user\"}");
    FINE(database_shape(bench->database, params, &shape, &problem));
    const json_t *bio = json_array_get(json_object_get(shape, "columns"), 7);
    cr_expect(json_is_true(json_object_get(bio, "default")), "a default of the database");
    cr_expect(json_is_false(json_object_get(json_array_get(json_object_get(shape, "columns"), 0), "default")),
              "a generated key is no default");
    json_decref(shape);
    json_decref(params);
    params = json("{\"table\":\"no'where\"}");
    FINE(database_shape(bench->database, params, &shape, &problem));
    expect_json(shape, "null");
    json_decref(params);
}

static void check_difference(struct bench *bench)
{
    char *problem = NULL, *difference = NULL;
    behind(bench, "{\"sql\":\"ALTER TABLE post RENAME COLUMN n TO m\"}");
    FINE(database_compare(bench->database, &difference, &problem));
    cr_expect_str_eq(difference, "table post: column n is missing in the database");
    free(difference);
}

/* The next database knows nothing of the one before. */
static void check_next(struct bench *bench)
{
    char *problem = NULL;
    database_drop(bench->database);
    bench->database = database_make(bench->server, &problem);
    cr_assert_not_null(bench->database, "%s", problem);
    database_use(bench->database, NULL, NULL, bench->facts);
    json_t *params = json("{\"table\":\"odd\"}"), *shape = NULL;
    FINE(database_shape(bench->database, params, &shape, &problem));
    expect_json(shape, "null");
    json_decref(params);
    FINE(database_clear(bench->database, &problem));
    make_tables(bench);
    load(bench, "{}");
    load(bench, rows_text);
    expect_stored(bench, "{\"table\":\"user\",\"count\":true}", "2");
}

/* Keys of two columns, tables that need each other, a table between two: made, compared, filled and cleared. */
static const char linked_text[] =
    "{\"name\":\"l\",\"models\":["
    "{\"name\":\"Team\",\"table\":\"team\",\"columns\":[{\"name\":\"id\",\"type\":\"integer\",\"primary_key\":true},"
    "{\"name\":\"captain_id\",\"type\":\"integer\",\"foreign_key\":\"player.id\"}]},"
    "{\"name\":\"Player\",\"table\":\"player\",\"columns\":[{\"name\":\"id\",\"type\":\"integer\",\"primary_key\":"
    "true},{\"name\":\"team_id\",\"type\":\"integer\",\"nullable\":false,\"foreign_key\":\"team.id\"}]},"
    "{\"name\":\"Seat\",\"table\":\"seat\",\"columns\":[{\"name\":\"id\",\"type\":\"integer\",\"primary_key\":true},"
    "{\"name\":\"row\",\"type\":\"integer\",\"column\":\"place_row\"},{\"name\":\"n\",\"type\":\"integer\"}],"
    "\"foreign_keys\":[{\"columns\":[\"row\",\"n\"],\"table\":\"place\",\"to\":[\"r\",\"n\"],\"on_delete\":\"restrict\"}]},"
    "{\"name\":\"Place\",\"table\":\"place\",\"columns\":[{\"name\":\"r\",\"type\":\"integer\",\"primary_key\":true},"
    "{\"name\":\"n\",\"type\":\"integer\",\"primary_key\":true}]}],"
    "\"tables\":[{\"name\":\"team_seats\",\"columns\":[{\"name\":\"team_id\",\"type\":\"integer\",\"primary_key\":true,"
    "\"foreign_key\":\"team.id\"},{\"name\":\"seat_id\",\"type\":\"integer\",\"primary_key\":true,\"foreign_key\":"
    "\"seat.id\"}]}]}";

static void check_links(struct bench *bench)
{
    char *problem = NULL, *difference = NULL;
    json_t *schema = json(linked_text);
    database_drop(bench->database);
    bench->database = database_make(bench->server, &problem);
    cr_assert_not_null(bench->database, "%s", problem);
    database_use(bench->database, schema, NULL, bench->facts);
    FINE(database_create_tables(bench->database, &problem));
    FINE(database_learn(bench->database, &problem));
    FINE(database_compare(bench->database, &difference, &problem));
    cr_expect_null(difference, "%s", difference);
    for (int i = 0; i < 2; i++) {
        load(bench, "{\"team_seats\":[[\"team_id\",\"seat_id\"],[1,4]],\"seat\":[[\"id\",\"place_row\",\"n\"],[4,2,3]],"
                    "\"team\":[[\"id\",\"captain_id\"],[1,7]],\"player\":[[\"id\",\"team_id\"],[7,1],[8,1]],"
                    "\"place\":[[\"r\",\"n\"],[2,3]]}");
        expect_stored(bench, "{\"table\":\"player\",\"columns\":[\"id\",\"team_id\"]}", "[[7,1],[8,1]]");
        expect_stored(bench, "{\"table\":\"team_seats\",\"columns\":[\"team_id\",\"seat_id\"]}", "[[1,4]]");
        FINE(database_clear(bench->database, &problem));
        expect_stored(bench, "{\"table\":\"team\",\"count\":true}", "0");
    }
    behind(bench, "{\"sql\":{\"postgresql\":\"ALTER TABLE seat DROP CONSTRAINT seat_place_row_n_fkey\",\"sqlite\":"
                  "\"DROP TABLE seat; CREATE TABLE seat (id INTEGER PRIMARY KEY, place_row INTEGER, n INTEGER)\"}}");
    FINE(database_compare(bench->database, &difference, &problem));
    cr_expect_str_eq(difference, "table seat: the foreign key from place_row, … to place is missing in the database");
    free(difference);
    database_use(bench->database, NULL, NULL, bench->facts);
    json_decref(schema);
}

/* What others see only later: until it is released, for a while, or until the rows are cleared. */
static void check_held(struct bench *bench)
{
    static const char counted[] = "{\"table\":\"post\",\"count\":true}";
    char *problem = NULL;
    behind(bench, "{\"delete\":\"post\"}");
    behind(bench, "{\"release\":true}");
    behind(bench, "{\"insert\":\"post\",\"rows\":[[\"id\"],[501]],\"hold\":true}");
    expect_stored(bench, counted, "0");
    behind(bench, "{\"release\":true}");
    expect_stored(bench, counted, "1");
    behind(bench, "{\"insert\":\"post\",\"rows\":[[\"id\"],[502]],\"hold\":50}");
    expect_refused(bench, DATABASE_CONFLICT, "behind", "{\"insert\":\"post\",\"rows\":[[\"id\"],[502]]}", ": ");
    expect_stored(bench, counted, "2");
    behind(bench, "{\"release\":true}");
    /* One hold ends another, and clearing ends all. */
    behind(bench, "{\"insert\":\"post\",\"rows\":[[\"id\"],[504]],\"hold\":4000}");
    behind(bench, "{\"insert\":\"post\",\"rows\":[[\"id\"],[505]],\"hold\":true}");
    expect_stored(bench, counted, "3");
    FINE(database_clear(bench->database, &problem));
    expect_stored(bench, counted, "0");
    expect_refused(bench, DATABASE_REFUSED, "behind", "{\"sql\":\"NONSENSE\",\"hold\":true}", "NONSENSE");
    behind(bench, "{\"insert\":\"post\",\"rows\":[[\"id\"],[506]],\"hold\":true}"); /* goes with the database */
}

static void check_all(struct bench *bench)
{
    make_tables(bench);
    check_rows(bench);
    check_keys(bench);
    check_changes(bench);
    check_refusals(bench);
    check_shape(bench);
    check_difference(bench);
    check_links(bench);
    check_next(bench);
}

/* ---- SQLite ------------------------------------------------------------------------------------------------------ */

Test(database_live, sqlite)
{
    struct bench bench = make_bench(SPEC_SQLITE);
    const json_t *address = database_address(bench.database);
    char *url = memory_format("sqlite:///%s", json_string_value(json_object_get(address, "path")));
    cr_expect_str_eq(json_string_value(json_object_get(address, "url")), url);
    json_t *environment = json_object();
    database_environment(bench.database, environment);
    cr_expect_eq(json_object_size(environment), 1);
    cr_expect_str_eq(json_string_value(json_object_get(environment, "url")), url);
    cr_expect_str_eq(database_server_version(bench.server), sqlite3_libversion());
    check_all(&bench);
    json_decref(environment);
    free(url);
    free_bench(&bench);
}

Test(database_live, sqlite_counters_start_again)
{
    struct bench bench = make_bench(SPEC_SQLITE);
    char *problem = NULL;
    database_use(bench.database, bench.schema, NULL, bench.facts);
    behind(&bench, "{\"sql\":\"CREATE TABLE \\\"user\\\" (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT); CREATE "
                   "TABLE post (id INTEGER PRIMARY KEY)\"}");
    FINE(database_learn(bench.database, &problem));
    behind(&bench, "{\"sql\":\"INSERT INTO \\\"user\\\" (id, name) VALUES (40, 'a')\"}");
    FINE(database_clear(bench.database, &problem));
    behind(&bench, "{\"sql\":\"INSERT INTO \\\"user\\\" (name) VALUES ('b')\"}");
    expect_stored(&bench, "{\"table\":\"user\",\"columns\":\"id\"}", "[1]");
    free_bench(&bench);
}

Test(database_live, sqlite_held)
{
    struct bench bench = make_bench(SPEC_SQLITE);
    make_tables(&bench);
    check_held(&bench);
    expect_refused(&bench, DATABASE_REFUSED, "behind", "{\"disconnect\":true}", "cannot be ended");
    free_bench(&bench);
}

Test(database_live, postgresql_held)
{
    struct bench bench = make_bench(SPEC_POSTGRESQL);
    make_tables(&bench);
    check_held(&bench);
    PGconn *other = PQconnectdb(json_string_value(json_object_get(database_address(bench.database), "url")));
    cr_assert_eq(PQstatus(other), CONNECTION_OK, "%s", PQerrorMessage(other));
    behind(&bench, "{\"disconnect\":true}");
    PGresult *result = PQexec(other, "SELECT 1");
    cr_expect_eq(PQresultStatus(result), PGRES_FATAL_ERROR);
    PQclear(result);
    PQfinish(other);
    behind(&bench, "{\"disconnect\":true}");
    expect_stored(&bench, "{\"table\":\"post\",\"count\":true}", "0");
    free_bench(&bench);
}

Test(database_live, sqlite_lock)
{
    struct bench bench = make_bench(SPEC_SQLITE);
    make_tables(&bench);
    sqlite3 *other;
    cr_assert_eq(sqlite3_open(json_string_value(json_object_get(database_address(bench.database), "path")), &other),
                 SQLITE_OK);
    cr_assert_eq(sqlite3_exec(other, "BEGIN IMMEDIATE; INSERT INTO \"user\" (name) VALUES ('mine')", NULL, NULL, NULL),
                 SQLITE_OK);
    expect_stored(&bench, "{\"table\":\"user\",\"count\":true}", "0"); /* reading goes on beside an open write */
    double start = process_now();
    expect_refused(&bench, DATABASE_LOCKED, "behind", "{\"delete\":\"user\"}",
                   "is locked: somebody else held a transaction open for 5 s");
    cr_expect(process_now() - start > 4 && process_now() - start < 20);
    cr_assert_eq(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    behind(&bench, "{\"delete\":\"user\"}");
    sqlite3_close(other);
    free_bench(&bench);
}

Test(database_live, sqlite_is_lost)
{
    struct bench bench = make_bench(SPEC_SQLITE);
    char *problem = NULL;
    char *path = strdup(json_string_value(json_object_get(database_address(bench.database), "path")));
    make_tables(&bench);
    FILE *file = fopen(path, "r+");
    cr_assert_not_null(file);
    fputs("this is no database any more, whatever it was before; and so on, over the whole of the first page of it",
          file);
    fclose(file);
    expect_refused(&bench, DATABASE_LOST, "stored", "{\"table\":\"user\",\"count\":true}",
                   "SQLite: file is not a database");
    database_drop(bench.database);
    cr_expect_not(access(path, F_OK) == 0, "the file is gone");
    free(path);
    char *nowhere = path_join(bench.world.root, "no/such/folder");
    struct database_settings settings = {.kind = SPEC_SQLITE, .scratch = nowhere, .interrupt_fd = -1};
    struct database_server *server = database_server_start(&settings, &problem);
    bench.database = database_make(server, &problem);
    cr_expect_null(bench.database);
    cr_expect(problem != NULL && strstr(problem, nowhere) != NULL, "%s", problem);
    database_server_stop(server);
    free(problem);
    free(nowhere);
    free_bench(&bench);
}

/* ---- PostgreSQL -------------------------------------------------------------------------------------------------- */

Test(database_live, postgresql)
{
    struct bench bench = make_bench(SPEC_POSTGRESQL);
    const json_t *address = database_address(bench.database);
    const char *dbname = json_string_value(json_object_get(address, "dbname"));
    cr_expect_str_eq(json_string_value(json_object_get(address, "dialect")), "postgresql");
    cr_expect(strstr(json_string_value(json_object_get(address, "url")), dbname) != NULL);
    json_t *environment = json_object();
    database_environment(bench.database, environment);
    cr_expect_str_eq(json_string_value(json_object_get(environment, "pg.dbname")), dbname);
    cr_expect_gt(strlen(database_server_version(bench.server)), 0);
    check_all(&bench);

    /* A lock that somebody holds ends the waiting. */
    char *problem = NULL,
         *url = memory_copy(json_string_value(json_object_get(database_address(bench.database), "url")));
    PGconn *other = PQconnectdb(url);
    cr_assert_eq(PQstatus(other), CONNECTION_OK, "%s", PQerrorMessage(other));
    PQclear(PQexec(other, "BEGIN; INSERT INTO post (id) VALUES (77); LOCK TABLE \"user\" IN SHARE MODE"));
    expect_stored(&bench, "{\"table\":\"post\",\"count\":true}", "1");
    expect_refused(&bench, DATABASE_LOCKED, "behind", "{\"delete\":\"user\"}",
                   "is locked: somebody else held a transaction open for 5 s");
    /* Own sessions count for nothing after a failure: the connection is usable again. */
    expect_refused(&bench, DATABASE_REFUSED, "behind", "{\"sql\":\"SELECT 1/0\"}", "division by zero");
    expect_stored(&bench, "{\"table\":\"user\",\"count\":true}", "2");
    /* A database that is lost is told apart from a statement that is wrong. */
    expect_refused(&bench, DATABASE_LOST, "behind", "{\"sql\":\"SELECT pg_terminate_backend(pg_backend_pid())\"}",
                   "PostgreSQL:");
    expect_refused(&bench, DATABASE_LOST, "stored", "{\"table\":\"user\",\"count\":true}", "PostgreSQL:");
    database_drop(bench.database);
    bench.database = database_make(bench.server, &problem);
    cr_assert_not_null(bench.database, "%s", problem);
    PQfinish(other);

    /* Whoever is still connected does not keep a used database from being made new. */
    free(url);
    url = memory_copy(json_string_value(json_object_get(database_address(bench.database), "url")));
    other = PQconnectdb(url);
    PQclear(PQexec(other, "CREATE SCHEMA strange; CREATE TABLE strange.t (a integer); BEGIN; LOCK TABLE strange.t"));
    double start = process_now();
    check_next(&bench);
    cr_expect_lt(process_now() - start, 4.0, "nobody was waited for");
    cr_expect_str_eq(json_string_value(json_object_get(database_address(bench.database), "url")), url,
                     "it is the same one");
    PQfinish(other);
    json_decref(environment);
    free(url);
    free_bench(&bench);
}

static const struct {
    const char *url, *says;
} servers[] = {
    {"postgresql://nobody@127.0.0.1:1/nothing", "cannot be reached"},
    {"postgresql://nobody@127.0.0.1:1/nothing?colour=red", "the URL of the PostgreSQL server"},
    {"postgresql://[", "the URL of the PostgreSQL server"},
};

Test(database_live, postgresql_that_cannot_be_reached)
{
    for (size_t i = 0; i < sizeof servers / sizeof *servers; i++) {
        struct database_settings settings = {.kind = SPEC_POSTGRESQL,
                                             .root = "/nonexistent",
                                             .scratch = "/tmp",
                                             .url = servers[i].url,
                                             .interrupt_fd = -1};
        char *problem = NULL;
        cr_expect_null(database_server_start(&settings, &problem));
        cr_expect(problem != NULL && strstr(problem, servers[i].says) != NULL && strchr(problem, '\n') == NULL, "%s",
                  problem == NULL ? "" : problem);
        free(problem);
    }
}

static const struct {
    const char *script, *says;
} fixtures[] = {
    {NULL, "fixtures/postgres: cannot be started: No such file"},
    {"#!/bin/sh\necho 'no initdb here' >&2\nexit 3\n", "did not start: no initdb here"},
    {"#!/bin/sh\necho 'not JSON'\nread x\n", "did not start"},
    {"#!/bin/sh\necho '{\"url\": \"postgresql://a@127.0.0.1:1/b\"}'\nread x\n", "cannot be reached"},
};

Test(database_live, postgresql_fixture_that_fails)
{
    for (size_t i = 0; i < sizeof fixtures / sizeof *fixtures; i++) {
        struct world world = world_make();
        if (fixtures[i].script != NULL) {
            world_write(&world, "fixtures/postgres", fixtures[i].script);
            char *path = path_join(world.root, "fixtures/postgres");
            chmod(path, 0755);
            free(path);
        }
        struct database_settings settings = {
            .kind = SPEC_POSTGRESQL, .root = world.root, .scratch = world.root, .interrupt_fd = -1};
        char *problem = NULL;
        cr_expect_null(database_server_start(&settings, &problem));
        cr_expect(problem != NULL && strstr(problem, fixtures[i].says) != NULL, "%s", problem == NULL ? "" : problem);
        free(problem);
        world_free(&world);
    }
}
