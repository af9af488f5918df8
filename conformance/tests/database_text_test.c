/* What the runner writes to databases and how it reads them, as far as no database is needed. */
#include "base/memory.h"
#include "database/cell.h"
#include "database/shape.h"
#include "database/sql.h"

#include <criterion/criterion.h>
#include <string.h>

static json_t *json(const char *text)
{
    json_error_t error;
    json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    cr_assert_not_null(value, "%s: %s", text, error.text);
    return value;
}

/* ---- literals ---------------------------------------------------------------------------------------------------- */

static const struct {
    enum column_type type;
    const char *value, *sqlite, *postgresql; /* "!…": refused with these words */
} literals[] = {
    {COLUMN_TEXT, "null", "NULL", "NULL"},
    {COLUMN_INTEGER, "-7", "-7", "'-7'"},
    {COLUMN_INTEGER, "{\"$\":\"int\",\"v\":\"9223372036854775807\"}", "9223372036854775807", "'9223372036854775807'"},
    {COLUMN_BOOLEAN, "true", "1", "'t'"},
    {COLUMN_BOOLEAN, "false", "0", "'f'"},
    {COLUMN_TEXT, "\"it's\"", "'it''s'", "'it''s'"},
    {COLUMN_TEXT, "\"back\\\\slash\"", "'back\\slash'", "'back\\slash'"},
    {COLUMN_TEXT, "\"a\\u0000b\"", "CAST(x'610062' AS TEXT)", "!U+0000"},
    {COLUMN_TEXT, "{\"$\":\"text\",\"v\":\"/w==\"}", "CAST(x'ff' AS TEXT)", "!UTF-8 only"},
    {COLUMN_UNKNOWN, "{\"$\":\"bytes\",\"v\":\"AP8=\"}", "x'00ff'", "'\\x00ff'"},
    {COLUMN_UNKNOWN, "{\"$\":\"bytes\",\"v\":\"?\"}", "!base64", "!base64"},
    {COLUMN_FLOAT, "{\"$\":\"float\",\"v\":\"0.1\"}", "0.1", "'0.1'"},
    {COLUMN_FLOAT, "2", "2.0", "'2.0'"},
    {COLUMN_FLOAT, "{\"$\":\"float\",\"v\":\"-Infinity\"}", "-9e999", "'-Infinity'"},
    {COLUMN_FLOAT, "{\"$\":\"float\",\"v\":\"NaN\"}", "NULL", "'NaN'"},
    {COLUMN_DATETIME, "\"2024-01-02T03:04:05\"", "'2024-01-02 03:04:05.000000'", "'2024-01-02 03:04:05.000000'"},
    {COLUMN_DATETIME, "{\"$\":\"datetime\",\"v\":\"2024-01-02T03:04:05.6\"}", "'2024-01-02 03:04:05.600000'",
     "'2024-01-02 03:04:05.600000'"},
    {COLUMN_DATETIME, "\"yesterday\"", "!'yesterday' is no datetime", "!'yesterday' is no datetime"},
    {COLUMN_DATE, "\"2024-02-29\"", "'2024-02-29'", "'2024-02-29'"},
    {COLUMN_DATE, "{\"$\":\"date\",\"v\":\"2024-02-29\"}", "'2024-02-29'", "'2024-02-29'"},
    {COLUMN_JSON, "{\"$\":\"json\",\"v\":{\"a\":\"it's\"}}", "'{\"a\":\"it''s\"}'", "'{\"a\":\"it''s\"}'"},
    {COLUMN_JSON, "{\"$\":\"json\",\"v\":null}", "'null'", "'null'"},
    {COLUMN_JSON, "[1,\"x\"]", "'[1,\"x\"]'", "'[1,\"x\"]'"},
    {COLUMN_JSON, "\"x\"", "'\"x\"'", "'\"x\"'"},
    {COLUMN_TEXT, "{\"$\":\"obj\",\"v\":1}", "!tagged 'obj'", "!tagged 'obj'"},
    {COLUMN_TEXT, "{\"$\":\"fn\",\"v\":\"utcnow\"}", "!tagged 'fn'", "!tagged 'fn'"},
};

Test(database_text, literals)
{
    for (size_t i = 0; i < sizeof literals / sizeof *literals; i++) {
        for (int dialect = 0; dialect < SPEC_DATABASES; dialect++) {
            json_t *value = json(literals[i].value);
            struct sql sql = {.dialect = (enum spec_database)dialect};
            sql_literal(&sql, literals[i].type, value);
            const char *wanted = dialect == SPEC_SQLITE ? literals[i].sqlite : literals[i].postgresql;
            if (wanted[0] == '!') {
                cr_expect(sql.problem != NULL && strstr(sql.problem, wanted + 1) != NULL, "%s: %s", literals[i].value,
                          sql.problem == NULL ? "" : sql.problem);
            } else {
                cr_expect_null(sql.problem);
                cr_expect_str_eq(text_get(&sql.out), wanted, "%s: %s", literals[i].value, text_get(&sql.out));
            }
            free(sql.problem);
            text_free(&sql.out);
            json_decref(value);
        }
    }
}

Test(database_text, a_datetime_as_milliseconds)
{
    json_t *facts = json("{\"sqlite_datetime\":\"epoch_ms\"}"), *value = json("\"1970-01-02T00:00:00.5\"");
    struct sql sql = {.dialect = SPEC_SQLITE, .facts = facts};
    sql_literal(&sql, COLUMN_DATETIME, value);
    cr_expect_str_eq(text_get(&sql.out), "86400500");
    text_free(&sql.out);
    json_decref(value);
    json_decref(facts);
}

/* ---- tables and statements --------------------------------------------------------------------------------------- */

static const char schema_text[] =
    "{\"name\":\"s\",\"models\":["
    "{\"name\":\"Post\",\"table\":\"post\",\"columns\":[{\"name\":\"id\",\"type\":\"integer\",\"primary_key\":true},"
    "{\"name\":\"title\",\"column\":\"head\\\"line\",\"type\":\"string\",\"length\":20,\"nullable\":false,\"index\":"
    "true},"
    "{\"name\":\"user_id\",\"type\":\"integer\",\"foreign_key\":\"user.id\",\"on_delete\":\"cascade\"},"
    "{\"name\":\"score\",\"type\":\"float\",\"server_default\":\"1.5\"}],\"unique\":[[\"title\",\"user_id\"]]},"
    "{\"name\":\"User\",\"columns\":[{\"name\":\"id\",\"type\":\"integer\",\"primary_key\":true},"
    "{\"name\":\"name\",\"type\":\"text\",\"unique\":true},{\"name\":\"doc\",\"type\":\"json\"},{\"name\":\"at\","
    "\"type\":\"datetime\"},"
    "{\"name\":\"boss\",\"type\":\"integer\",\"foreign_key\":\"user.id\"}]}],"
    "\"tables\":[{\"name\":\"pair\",\"columns\":[{\"name\":\"a\",\"type\":\"integer\",\"primary_key\":true},"
    "{\"name\":\"b\",\"type\":\"integer\",\"primary_key\":true}]}]}";

struct model {
    json_t *schema, *names;
    struct arena arena;
    struct tables tables;
};

static struct model make_model(void)
{
    struct model model = {.schema = json(schema_text), .names = json("{\"User\":\"user\",\"Post\":\"ignored\"}")};
    model.tables = tables_read(&model.arena, model.schema, model.names);
    return model;
}

static void free_model(struct model *model)
{
    arena_free(&model->arena);
    json_decref(model->schema);
    json_decref(model->names);
}

Test(database_text, tables_come_behind_those_they_refer_to)
{
    struct model model = make_model();
    cr_assert_eq(model.tables.count, 3);
    cr_expect_str_eq(model.tables.items[0].name, "user");
    cr_expect_str_eq(model.tables.items[1].name, "post");
    cr_expect_str_eq(model.tables.items[2].name, "pair");
    const struct table *post = tables_find(&model.tables, "post"), *pair = tables_find(&model.tables, "pair");
    cr_expect_null(tables_find(&model.tables, "ignored"));
    cr_expect(table_find(post, "id")->generated && !table_find(pair, "a")->generated);
    cr_expect_null(table_find(post, "title"), "columns go by their names in the database");
    cr_expect_str_eq(post->uniques[0][0], "head\"line");
    free_model(&model);
}

Test(database_text, tables_in_a_cycle_all_come)
{
    json_t *schema = json("{\"models\":[{\"name\":\"A\",\"table\":\"a\",\"columns\":[{\"name\":\"b\",\"type\":"
                          "\"integer\",\"foreign_key\":\"b.id\"}]},"
                          "{\"name\":\"B\",\"table\":\"b\",\"columns\":[{\"name\":\"a\",\"type\":\"integer\",\"foreign_"
                          "key\":\"a.id\"}]}]}");
    struct arena arena = {0};
    struct tables tables = tables_read(&arena, schema, NULL);
    cr_assert_eq(tables.count, 2);
    cr_expect_str_eq(tables.items[0].name, "a");
    cr_expect_str_eq(tables.items[1].name, "b");
    arena_free(&arena);
    json_decref(schema);
}

static void expect_sql(struct sql *sql, const char *wanted)
{
    cr_expect_null(sql->problem, "%s", sql->problem);
    cr_expect_str_eq(text_get(&sql->out), wanted, "%s", text_get(&sql->out));
    text_clear(&sql->out);
}

Test(database_text, statements)
{
    struct model model = make_model();
    const struct table *user = tables_find(&model.tables, "user");
    struct sql sql = {.dialect = SPEC_SQLITE};
    json_t *rows = json("[[\"id\",\"name\",\"doc\"],[1,\"o'neil\",{\"a\":1}],[2,null,null]]"),
           *where = json("{\"id\":1,\"name\":null}");
    json_t *head = json("[[\"id\"]]"), *set = json("{\"name\":\"x\",\"at\":\"2024-01-01T00:00:00\"}"),
           *ragged = json("[[\"id\",\"name\"],[1]]");
    sql_insert(&sql, user, "user", rows);
    expect_sql(&sql,
               "INSERT INTO \"user\" (\"id\", \"name\", \"doc\") VALUES (1, 'o''neil', '{\"a\":1}'), (2, NULL, NULL);");
    sql_insert(&sql, user, "user", head);
    expect_sql(&sql, "");
    sql_update(&sql, user, "user", set, where);
    expect_sql(&sql, "UPDATE \"user\" SET \"name\" = 'x', \"at\" = '2024-01-01 00:00:00.000000' WHERE \"id\" = 1 AND "
                     "\"name\" IS NULL;");
    sql_delete(&sql, user, "user", NULL);
    expect_sql(&sql, "DELETE FROM \"user\";");
    sql_insert(&sql, user, "user", ragged);
    cr_expect(sql.problem != NULL && strstr(sql.problem, "row 1 of 'user' has 1 values for 2 columns") != NULL);
    free(sql.problem);
    text_free(&sql.out);
    json_decref(rows);
    json_decref(where);
    json_decref(head);
    json_decref(set);
    json_decref(ragged);
    free_model(&model);
}

Test(database_text, tables_made_by_the_runner)
{
    struct model model = make_model();
    json_t *facts = json("{\"integer_bits\":32}"), *wide = json("{\"integer_bits\":64}");
    struct sql sqlite = {.dialect = SPEC_SQLITE, .facts = facts},
               postgresql = {.dialect = SPEC_POSTGRESQL, .facts = wide};
    sql_create(&sqlite, &model.tables);
    expect_sql(
        &sqlite,
        "CREATE TABLE \"user\" (\"id\" INTEGER NOT NULL, \"name\" TEXT, \"doc\" JSON, \"at\" DATETIME, \"boss\" "
        "INTEGER, PRIMARY KEY (\"id\"), "
        "UNIQUE (\"name\"), FOREIGN KEY (\"boss\") REFERENCES \"user\" (\"id\") ON DELETE no action ON UPDATE no "
        "action);"
        "CREATE TABLE \"post\" (\"id\" INTEGER NOT NULL, \"head\"\"line\" VARCHAR(20) NOT NULL, \"user_id\" INTEGER, "
        "\"score\" FLOAT DEFAULT 1.5, "
        "PRIMARY KEY (\"id\"), FOREIGN KEY (\"user_id\") REFERENCES \"user\" (\"id\") ON DELETE cascade ON UPDATE no "
        "action, "
        "UNIQUE (\"head\"\"line\", \"user_id\"));CREATE INDEX \"ix_post_head\"\"line\" ON \"post\" (\"head\"\"line\");"
        "CREATE TABLE \"pair\" (\"a\" INTEGER NOT NULL, \"b\" INTEGER NOT NULL, PRIMARY KEY (\"a\", \"b\"));");
    sql_create(&postgresql, &model.tables);
    cr_expect(strstr(postgresql.out.data, "\"id\" bigserial NOT NULL") != NULL &&
              strstr(postgresql.out.data, "\"user_id\" bigint,") != NULL);
    cr_expect(
        strstr(postgresql.out.data,
               "ALTER TABLE \"post\" ADD FOREIGN KEY (\"user_id\") REFERENCES \"user\" (\"id\") ON DELETE cascade") !=
        NULL);
    text_free(&sqlite.out);
    text_free(&postgresql.out);
    json_decref(facts);
    json_decref(wide);
    free_model(&model);
}

/* ---- cells ------------------------------------------------------------------------------------------------------- */

#define BYTES(text) .bytes = text, .length = sizeof(text) - 1
static const struct {
    struct cell cell;
    enum column_type type;
    const char *value;
} cells[] = {
    {{.kind = CELL_NULL}, COLUMN_TEXT, "null"},
    {{.kind = CELL_INTEGER, .integer = 7}, COLUMN_INTEGER, "7"},
    {{.kind = CELL_INTEGER, .integer = INT64_MIN}, COLUMN_INTEGER, "{\"$\":\"int\",\"v\":\"-9223372036854775808\"}"},
    {{.kind = CELL_INTEGER, .integer = 1}, COLUMN_BOOLEAN, "true"},
    {{.kind = CELL_INTEGER, .integer = 2}, COLUMN_BOOLEAN, "2"},
    {{.kind = CELL_INTEGER, .integer = 42}, COLUMN_JSON, "{\"$\":\"json\",\"v\":42}"},
    {{.kind = CELL_INTEGER, .integer = 5}, COLUMN_DATETIME, "5"},
    {{.kind = CELL_REAL, .real = 1.25}, COLUMN_JSON, "{\"$\":\"json\",\"v\":1.25}"},
    {{.kind = CELL_REAL, .real = 0.1}, COLUMN_FLOAT, "{\"$\":\"float\",\"v\":\"0.1\"}"},
    {{.kind = CELL_BOOLEAN, .integer = 1}, COLUMN_UNKNOWN, "true"},
    {{.kind = CELL_BYTES, BYTES("\0\xff")}, COLUMN_UNKNOWN, "{\"$\":\"bytes\",\"v\":\"AP8=\"}"},
    {{.kind = CELL_TEXT, BYTES("a\0b")}, COLUMN_TEXT, "\"a\\u0000b\""},
    {{.kind = CELL_TEXT, BYTES("\xff")}, COLUMN_TEXT, "{\"$\":\"text\",\"v\":\"/w==\"}"},
    {{.kind = CELL_TEXT, BYTES("abc")}, COLUMN_INTEGER, "\"abc\""},
    {{.kind = CELL_TEXT, BYTES("2024-01-02 03:04:05.600000")},
     COLUMN_DATETIME,
     "{\"$\":\"datetime\",\"v\":\"2024-01-02T03:04:05.600000\"}"},
    {{.kind = CELL_TEXT, BYTES("2024-01-02T03:04:05Z")},
     COLUMN_DATETIME,
     "{\"$\":\"datetime\",\"v\":\"2024-01-02T03:04:05\"}"},
    {{.kind = CELL_TEXT, BYTES("2024-01-02 03:04:05.678+00:00")},
     COLUMN_DATETIME,
     "{\"$\":\"datetime\",\"v\":\"2024-01-02T03:04:05.678000\"}"},
    {{.kind = CELL_DATETIME, BYTES("2024-01-02 03:04:05+00")},
     COLUMN_UNKNOWN,
     "{\"$\":\"datetime\",\"v\":\"2024-01-02T03:04:05\"}"},
    {{.kind = CELL_TEXT, BYTES("soon")}, COLUMN_DATETIME, "\"soon\""},
    {{.kind = CELL_TEXT, BYTES("2024-01-02 03:04:05")}, COLUMN_TEXT, "\"2024-01-02 03:04:05\""},
    {{.kind = CELL_TEXT, BYTES("2024-02-29")}, COLUMN_DATE, "{\"$\":\"date\",\"v\":\"2024-02-29\"}"},
    {{.kind = CELL_DATE, BYTES("2024-02-29")}, COLUMN_UNKNOWN, "{\"$\":\"date\",\"v\":\"2024-02-29\"}"},
    {{.kind = CELL_TEXT, BYTES("2023-02-29")}, COLUMN_DATE, "\"2023-02-29\""},
    {{.kind = CELL_TEXT, BYTES("a text much longer than a date")}, COLUMN_DATE, "\"a text much longer than a date\""},
    {{.kind = CELL_TEXT, BYTES("{\"a\": [1, null]}")}, COLUMN_JSON, "{\"$\":\"json\",\"v\":{\"a\":[1,null]}}"},
    {{.kind = CELL_TEXT, BYTES("null")}, COLUMN_JSON, "{\"$\":\"json\",\"v\":null}"},
    {{.kind = CELL_JSON, BYTES("[]")}, COLUMN_UNKNOWN, "{\"$\":\"json\",\"v\":[]}"},
    {{.kind = CELL_TEXT, BYTES("{oops")}, COLUMN_JSON, "\"{oops\""},
};

Test(database_text, cells)
{
    json_t *facts = json("{\"sqlite_datetime\":\"text\"}");
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        json_t *value = cell_value(&cells[i].cell, cells[i].type, facts), *wanted = json(cells[i].value);
        char *said = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        cr_expect(json_equal(value, wanted), "row %zu: %s, not %s", i, said, cells[i].value);
        free(said);
        json_decref(value);
        json_decref(wanted);
    }
    json_decref(facts);
}

Test(database_text, a_datetime_from_milliseconds)
{
    json_t *facts = json("{\"sqlite_datetime\":\"epoch_ms\"}"),
           *wanted = json("{\"$\":\"datetime\",\"v\":\"1970-01-02T00:00:00.500000\"}");
    struct cell cell = {.kind = CELL_INTEGER, .integer = 86400500};
    json_t *value = cell_value(&cell, COLUMN_DATETIME, facts);
    cr_expect(json_equal(value, wanted));
    json_decref(value);
    json_decref(wanted);
    json_decref(facts);
}

/* ---- shapes ------------------------------------------------------------------------------------------------------ */

static const struct {
    const char *declared, *type;
    int length; /* 0: null */
} types[] = {
    {"INTEGER", "integer", 0},
    {"bigint", "integer", 0},
    {"VARCHAR(80)", "string", 80},
    {"character varying(120)", "string", 120},
    {"varchar", "string", 0},
    {"TEXT", "text", 0},
    {"BOOLEAN", "boolean", 0},
    {"bool", "boolean", 0},
    {"tinyint(1)", "boolean", 0},
    {"tinyint(4)", "integer", 0},
    {"double precision", "float", 0},
    {"REAL", "float", 0},
    {"DATETIME", "datetime", 0},
    {"timestamp(6) without time zone", "datetime", 0},
    {"timestamp with time zone", "datetime", 0},
    {"date", "date", 0},
    {"jsonb", "json", 0},
    {"numeric(10,2)", "other", 0},
    {"", "other", 0},
    {"(", "other", 0},
    {"a type whose name is longer than any type's name that there is, or ever was", "other", 0},
};

Test(database_text, types_in_one_normal_form)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        json_t *shape = json_pack("{s:[{s:s}]}", "columns", "declared", types[i].declared);
        shape_finish(shape);
        json_t *column = json_array_get(json_object_get(shape, "columns"), 0),
               *length = json_object_get(column, "length");
        cr_expect_str_eq(json_string_value(json_object_get(column, "type")), types[i].type, "%s", types[i].declared);
        cr_expect(types[i].length == 0 ? json_is_null(length) : json_integer_value(length) == types[i].length, "%s",
                  types[i].declared);
        json_decref(shape);
    }
}

#define COLUMN(name, declared, nullable)                                                                               \
    "{\"name\":\"" name "\",\"declared\":\"" declared "\",\"nullable\":" nullable ",\"default\":false}"
#define USER(name, doc, at, boss, rest)                                                                                \
    "{\"columns\":[" COLUMN("id", "INTEGER", "false") "," name "," doc "," at "," boss "]," rest "}"
#define NAME COLUMN("name", "TEXT", "true")
#define DOC COLUMN("doc", "JSON", "true")
#define AT COLUMN("at", "DATETIME", "true")
#define BOSS COLUMN("boss", "INTEGER", "true")
#define KEY "\"primary_key\":[\"id\"]"
#define UNIQUE "\"unique\":[[\"name\"]]"
#define REFERENCE                                                                                                      \
    "\"foreign_keys\":[{\"columns\":[\"boss\"],\"table\":\"user\",\"to\":[\"id\"],\"on_delete\":\"cascade\",\"on_"     \
    "update\":\"no action\"}]"
#define INDEXES "\"indexes\":[]"
static const struct {
    const char *shape, *difference; /* NULL: none */
} shapes[] = {
    {USER(NAME, DOC, AT, BOSS, KEY "," UNIQUE "," REFERENCE "," INDEXES), NULL},
    {USER(NAME, COLUMN("doc", "text", "true"), AT, BOSS, KEY "," UNIQUE "," REFERENCE "," INDEXES), NULL},
    {USER(NAME, DOC, COLUMN("at", "text", "true"), BOSS, KEY "," UNIQUE "," REFERENCE "," INDEXES), NULL},
    {USER(NAME, DOC, AT, BOSS,
          KEY ",\"unique\":[]," REFERENCE ",\"indexes\":[{\"columns\":[\"name\"],\"unique\":true}]"),
     NULL},
    {"null", "table user is missing in the database"},
    {USER(COLUMN("nom", "TEXT", "true"), DOC, AT, BOSS, KEY "," UNIQUE "," REFERENCE "," INDEXES),
     "table user: column name is missing in the database"},
    {USER(COLUMN("name", "INTEGER", "true"), DOC, AT, BOSS, KEY "," UNIQUE "," REFERENCE "," INDEXES),
     "table user: column name is of type text in the schema, INTEGER in the database"},
    {USER(COLUMN("name", "TEXT", "false"), DOC, AT, BOSS, KEY "," UNIQUE "," REFERENCE "," INDEXES),
     "table user: column name is nullable in the schema, NOT NULL in the database"},
    {USER(NAME, DOC, AT, BOSS, KEY ",\"unique\":[]," REFERENCE "," INDEXES),
     "table user: column name is not unique in the database"},
    {USER(NAME, DOC, AT, BOSS,
          KEY ",\"unique\":[]," REFERENCE ",\"indexes\":[{\"columns\":[\"name\"],\"unique\":false}]"),
     "table user: column name is not unique in the database"},
    {USER(NAME, DOC, AT, BOSS, KEY "," UNIQUE ",\"foreign_keys\":[]," INDEXES),
     "table user: the foreign key from boss to user.id is missing in the database"},
    {USER(NAME, DOC, AT, BOSS, "\"primary_key\":[\"id\",\"name\"]," UNIQUE "," REFERENCE "," INDEXES),
     "table user: its primary key in the database is [\"id\",\"name\"]"},
    {USER(NAME, DOC, AT, BOSS "," COLUMN("extra", "TEXT", "true"), KEY "," UNIQUE "," REFERENCE "," INDEXES),
     "table user has 6 columns in the database, 5 in the schema"},
};

Test(database_text, differences)
{
    struct model model = make_model();
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        json_t *shape = json(shapes[i].shape);
        shape_finish(shape);
        char *difference = shape_difference(tables_find(&model.tables, "user"), shape, SPEC_SQLITE, NULL);
        cr_expect(shapes[i].difference == NULL ? difference == NULL
                                               : difference != NULL && strcmp(difference, shapes[i].difference) == 0,
                  "row %zu: %s", i, difference == NULL ? "none" : difference);
        free(difference);
        json_decref(shape);
    }
    free_model(&model);
}

Test(database_text, lists_without_order_are_sorted)
{
    json_t *shape = json("{\"columns\":[],\"unique\":[[\"b\"],[\"a\",\"c\"],[\"a\"]],\"indexes\":[{\"columns\":[\"z\"]}"
                         ",{\"columns\":[\"y\"]}],\"foreign_keys\":[]}");
    json_t *unique = json("[[\"a\",\"c\"],[\"a\"],[\"b\"]]");
    shape_finish(shape);
    cr_expect(json_equal(json_object_get(shape, "unique"), unique));
    cr_expect_str_eq(json_string_value(json_array_get(
                         json_object_get(json_array_get(json_object_get(shape, "indexes"), 0), "columns"), 0)),
                     "y");
    json_decref(unique);
    json_decref(shape);
}
