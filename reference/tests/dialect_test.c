#include "support/both.h"
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- helpers --------------------------------------------------------------------------------------------------------
 */

static orm__link *connected(const db_place *place)
{
    orm__url url = resolved_url(place->url, NULL);
    orm__link *link;
    orm_error error = { 0 };
    cr_assert_eq(place->dialect->connect(&url, NULL, &link, &error), ORM_OK, "%s", error.message);
    orm__url_free(&url);
    return link;
}

static void execute(const db_place *place, orm__link *link, const char *sql)
{
    orm_error error = { 0 };
    cr_assert_eq(place->dialect->execute(link, sql, &error), ORM_OK, "%s: %s", sql, error.message);
}

/* Prepares, runs, answers whether there is a row; the statement is the caller's. */
static orm_status start(const db_place *place, orm__link *link, const char *sql, const orm_value *binds, size_t count,
                        orm__statement **statement, bool *has_row, orm_error *error)
{
    orm_type types[8];
    for (size_t i = 0; i < count; i++) types[i] = binds[i].type;
    *statement = NULL;
    orm_status rc = place->dialect->prepare(link, sql, count, types, statement, error);
    if (rc == ORM_OK) rc = place->dialect->run(link, *statement, binds, count, error);
    if (rc == ORM_OK) rc = place->dialect->step(link, *statement, has_row, error);
    return rc;
}

/* What one column of one row is; text and documents are the caller's to drop with the statement. */
static orm_status cell(const db_place *place, orm__link *link, const char *sql, orm_type type, orm_value *out,
                       orm_error *error)
{
    orm__statement *statement;
    bool has_row = false;
    orm_status rc = start(place, link, sql, NULL, 0, &statement, &has_row, error);
    cr_assert_eq(rc, ORM_OK, "%s: %s", sql, error->message);
    cr_assert(has_row, "%s", sql);
    rc = place->dialect->column(link, statement, 0, type, out, error);
    if (out->type == ORM_STRING) *out = orm_null(); /* it goes with the statement */
    place->dialect->finalize(link, statement);
    return rc;
}

static orm_status attempt(const db_place *place, orm__link *link, const char *sql, orm_error *error)
{
    orm__error_clear(error);
    orm__statement *statement;
    bool has_row;
    orm_status rc = start(place, link, sql, NULL, 0, &statement, &has_row, error);
    if (statement != NULL) place->dialect->finalize(link, statement);
    return rc;
}

static const char *const tables[] = {
    "CREATE TABLE parent (id INTEGER PRIMARY KEY NOT NULL, name VARCHAR(5) NOT NULL UNIQUE, a INTEGER, b INTEGER, "
    "UNIQUE (a, b), CHECK (a <> 13))",
    "CREATE TABLE child (id INTEGER PRIMARY KEY NOT NULL, parent_id INTEGER REFERENCES parent (id))",
};

static void make_tables(const db_place *place, orm__link *link)
{
    for (size_t i = 0; i < COUNT(tables); i++) execute(place, link, tables[i]);
    execute(place, link, "INSERT INTO parent VALUES (1, 'one', 1, 1)");
    execute(place, link, "INSERT INTO child VALUES (1, 1)");
}

/* ---- SQL pieces -----------------------------------------------------------------------------------------------------
 */

static void assert_text(orm__text *text, const char *expected)
{
    cr_assert_not(text->failed);
    cr_assert_str_eq(text->at == NULL ? "" : text->at, expected);
    orm__text_free(text);
}

Test(pieces, quote)
{
    orm__text text = { 0 };
    orm__quote(&text, "user");
    orm__quote(&text, "a\"b");
    orm__quote(&text, "");
    assert_text(&text, "\"user\"\"a\"\"b\"\"\"");
}

Test(pieces, types_of_columns)
{
    static const struct {
        orm_type type;
        size_t length;
        bool generated;
        const char *sqlite, *postgresql;
    } rows[] = {
        { ORM_INTEGER, 0, false, "INTEGER", "INTEGER" },
        { ORM_INTEGER, 0, true, "INTEGER", "SERIAL" },
        { ORM_FLOAT, 0, false, "FLOAT", "FLOAT" },
        { ORM_BOOLEAN, 0, false, "BOOLEAN", "BOOLEAN" },
        { ORM_STRING, 80, false, "VARCHAR(80)", "VARCHAR(80)" },
        { ORM_STRING, 0, false, "TEXT", "TEXT" },
        { ORM_DATETIME, 0, false, "DATETIME", "TIMESTAMP WITHOUT TIME ZONE" },
        { ORM_DATE, 0, false, "DATE", "DATE" },
        { ORM_JSON, 0, false, "JSON", "JSON" },
        { ORM_NULL, 0, false, "", "" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        orm__text text = { 0 };
        orm__sqlite.type_name(&text, rows[i].type, rows[i].length, rows[i].generated);
        assert_text(&text, rows[i].sqlite);
        orm__postgresql.type_name(&text, rows[i].type, rows[i].length, rows[i].generated);
        assert_text(&text, rows[i].postgresql);
    }
}

Test(pieces, placeholders_likes_limits)
{
    orm__text text = { 0 };
    orm__sqlite.placeholder(&text, 3, ORM_INTEGER);
    assert_text(&text, "?");
    orm__postgresql.placeholder(&text, 3, ORM_INTEGER);
    assert_text(&text, "$3");
    orm__sqlite.like(&text, "a", "?", false);
    assert_text(&text, "a LIKE ?");
    orm__sqlite.like(&text, "a", "?", true);
    assert_text(&text, "lower(a) LIKE lower(?)");
    orm__postgresql.like(&text, "a", "$1", false);
    assert_text(&text, "a LIKE $1");
    orm__postgresql.like(&text, "a", "$1", true);
    assert_text(&text, "a ILIKE $1");
    static const struct {
        bool limit, offset;
        const char *sqlite, *postgresql;
    } rows[] = {
        { false, false, "", "" },
        { true, false, " LIMIT ?", " LIMIT $4" },
        { false, true, " LIMIT -1 OFFSET ?", " OFFSET $5" },
        { true, true, " LIMIT ? OFFSET ?", " LIMIT $4 OFFSET $5" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        orm__sqlite.limit(&text, rows[i].limit, 4, rows[i].offset, 5);
        assert_text(&text, rows[i].sqlite);
        orm__postgresql.limit(&text, rows[i].limit, 4, rows[i].offset, 5);
        assert_text(&text, rows[i].postgresql);
    }
}

/* ---- links ----------------------------------------------------------------------------------------------------------
 */

BOTH(describe)
{
    orm__link *link = connected(place);
    char name[256], user[64];
    cr_assert_eq(place->dialect->describe(link, name, user, NULL), ORM_OK);
    if (place->sqlite) cr_assert_str_eq(name, ":memory:");
    cr_assert_eq(*user == '\0', place->sqlite);
    cr_assert(place->dialect->alive(link));
    place->dialect->disconnect(link);
}

BOTH(transactions)
{
    orm__link *link = connected(place);
    cr_assert_not(place->dialect->in_transaction(link));
    execute(place, link, place->dialect->begin);
    cr_assert(place->dialect->in_transaction(link));
    execute(place, link, "CREATE TABLE t (v INTEGER)");
    execute(place, link, "ROLLBACK");
    cr_assert_not(place->dialect->in_transaction(link));
    execute(place, link, place->dialect->begin_schema);
    cr_assert(place->dialect->in_transaction(link));
    execute(place, link, "CREATE TABLE t (v INTEGER)");
    execute(place, link, "COMMIT");
    cr_assert_not(place->dialect->in_transaction(link));
    place->dialect->disconnect(link);
}

/* ---- values ---------------------------------------------------------------------------------------------------------
 */

static const char *column_for(orm_type type)
{
    static char name[64];
    orm__text text = { 0 };
    orm__postgresql.type_name(&text, type, 0, false); /* SQLite takes these names too, but for the next line */
    strcpy(name, type == ORM_DATETIME ? "TIMESTAMP" : text.at);
    orm__text_free(&text);
    return name;
}

BOTH(values_come_back)
{
    orm__link *link = connected(place);
    static const char long_text[] = "x'; DROP TABLE v;-- \\ \"%s ? $1 :n \r\n\t é😀 ";
    json_t *document = json_pack("{s:[i,{s:n}],s:s}", "b", 1, "c", "a", "é😀");
    json_t *five = json_integer(5), *real = json_real(1.0 / 3), *text = json_string("5"),
           *nul = json_stringn("a\0b", 3);
    const orm_value values[] = {
        orm_int(0),
        orm_int(-42),
        orm_int(2147483647),
        orm_bool(true),
        orm_bool(false),
        orm_real(0.1),
        orm_real(1.0 / 3),
        orm_real(5e-324),
        orm_real(-INFINITY),
        orm_text(""),
        orm_text(long_text),
        orm_text_n("abcdef", 3),
        orm_datetime_value(orm_datetime_at(1, 1, 1, 0, 0, 0, 0)),
        orm_datetime_value(orm_datetime_at(9999, 12, 31, 23, 59, 59, 999999)),
        orm_datetime_value(orm_datetime_at(1900, 1, 1, 0, 0, 0, 1)),
        orm_date_value(orm_date_at(2024, 2, 29)),
        orm_date_value(orm_date_at(1, 1, 1)),
        orm_date_value(orm_date_at(9999, 12, 31)),
        orm_json(document),
        orm_json(five),
        orm_json(real),
        orm_json(text),
        orm_json(nul),
        orm_json(json_null()),
        orm_json(json_true()),
    };
    for (size_t i = 0; i < COUNT(values); i++) {
        char sql[200];
        orm__text mark = { 0 };
        orm_error error = { 0 };
        orm__statement *statement;
        orm_value back;
        bool has_row;
        execute(place, link, "DROP TABLE IF EXISTS v");
        snprintf(sql, sizeof sql, "CREATE TABLE v (n INTEGER, v %s)",
                 place->sqlite && values[i].type == ORM_DATETIME ? "DATETIME" : column_for(values[i].type));
        execute(place, link, sql);
        place->dialect->placeholder(&mark, 1, values[i].type);
        snprintf(sql, sizeof sql, "INSERT INTO v (v) VALUES (%s)", mark.at);
        orm__text_free(&mark);
        cr_assert_eq(start(place, link, sql, &values[i], 1, &statement, &has_row, &error), ORM_OK, "value %zu: %s", i,
                     error.message);
        cr_assert_not(has_row);
        cr_assert_eq(place->dialect->changes(link, statement), 1);
        const orm_value null = orm_null();
        for (int again = 0; again < 3; again++) { /* NULL in the same statement, prepared or not */
            cr_assert_eq(place->dialect->run(link, statement, &null, 1, &error), ORM_OK, "%s", error.message);
            cr_assert_eq(place->dialect->run(link, statement, &values[i], 1, &error), ORM_OK, "%s", error.message);
        }
        place->dialect->finalize(link, statement);

        cr_assert_eq(start(place, link, "SELECT v FROM v", NULL, 0, &statement, &has_row, &error), ORM_OK, "%s",
                     error.message);
        size_t rows = 0, nulls = 0;
        while (has_row) {
            cr_assert_eq(place->dialect->column(link, statement, 0, values[i].type, &back, &error), ORM_OK,
                         "value %zu: %s", i, error.message);
            rows++;
            nulls += back.type == ORM_NULL;
            cr_assert(back.type == ORM_NULL || orm__value_equal(&back, &values[i]), "value %zu", i);
            if (back.type == ORM_STRING) cr_assert_eq(back.u.s[back.u.size], '\0');
            if (back.type == ORM_JSON) json_decref(back.u.j);
            cr_assert_eq(place->dialect->step(link, statement, &has_row, &error), ORM_OK);
        }
        cr_assert(rows == 7 && nulls == 3);
        cr_assert_eq(place->dialect->step(link, statement, &has_row, &error), ORM_OK);
        cr_assert_not(has_row, "after the end there is no row");
        place->dialect->finalize(link, statement);
    }
    json_decref(document);
    json_decref(five);
    json_decref(real);
    json_decref(text);
    json_decref(nul);
    place->dialect->disconnect(link);
}

BOTH(values_that_are_refused)
{
    orm__link *link = connected(place);
    const struct {
        orm_value value;
        bool on_sqlite, on_postgresql;
        const char *message;
    } rows[] = {
        { orm_text("\xFF"), true, true, "value 1 is text that is not UTF-8" },
        { orm_datetime_value(orm_datetime_at(0, 12, 31, 0, 0, 0, 0)), true, true,
          "value 1 is a datetime outside of the years 1 to 9999" },
        { orm_datetime_value(orm_datetime_at(10000, 1, 1, 0, 0, 0, 0)), true, true,
          "value 1 is a datetime outside of the years 1 to 9999" },
        { orm_date_value(orm_date_at(10000, 1, 1)), true, true, "value 1 is a date outside of the years 1 to 9999" },
        { orm_date_value(orm_date_at(0, 12, 31)), true, true, "value 1 is a date outside of the years 1 to 9999" },
        { orm_text_n("a\0b", 3), false, true, "value 1 is text with U+0000, which PostgreSQL cannot hold" },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        orm_error error = { 0 };
        orm__statement *statement;
        bool has_row;
        orm_status rc = start(place, link, place->sqlite ? "SELECT ?" : "SELECT $1", &rows[i].value, 1, &statement,
                              &has_row, &error);
        bool refused = place->sqlite ? rows[i].on_sqlite : rows[i].on_postgresql;
        cr_assert_eq(rc, refused ? ORM_DATA : ORM_OK, "row %zu", i);
        if (refused) cr_assert_str_eq(error.message, rows[i].message);
        place->dialect->finalize(link, statement);
    }
    place->dialect->disconnect(link);
}

BOTH(cells_of_another_type)
{
    static const struct {
        const char *sqlite, *postgresql;
        orm_type type;
        orm_status status;
    } rows[] = {
        { "SELECT 'x'", "SELECT 'x'::text", ORM_INTEGER, ORM_DATA },
        { "SELECT 1.5", "SELECT 1.5", ORM_INTEGER, ORM_DATA },
        { NULL, "SELECT 99999999999999999999", ORM_INTEGER, ORM_DATA },
        { "SELECT 'x'", "SELECT 'x'::text", ORM_FLOAT, ORM_DATA },
        { "SELECT 7", "SELECT 7", ORM_FLOAT, ORM_OK },
        { NULL, "SELECT 1.25::numeric", ORM_FLOAT, ORM_OK },
        { "SELECT 'true'", "SELECT 'true'::text", ORM_BOOLEAN, ORM_DATA },
        { "SELECT 5", NULL, ORM_BOOLEAN, ORM_OK },
        { "SELECT x'00'", NULL, ORM_STRING, ORM_DATA },
        { "SELECT CAST(x'61e962' AS TEXT)", NULL, ORM_STRING, ORM_DATA }, /* not UTF-8 */
        { "SELECT CAST(x'c080' AS TEXT)", NULL, ORM_STRING, ORM_DATA },   /* an overlong NUL */
        { "SELECT 'a' || char(0) || 'b'", NULL, ORM_STRING, ORM_OK },
        { "SELECT 5", NULL, ORM_STRING, ORM_DATA },
        { "SELECT 5", "SELECT 5", ORM_DATETIME, ORM_DATA },
        { "SELECT 'x'", "SELECT 'x'::text", ORM_DATETIME, ORM_DATA },
        { "SELECT '2024-02-30 00:00:00'", NULL, ORM_DATETIME, ORM_DATA },
        { "SELECT '2024-02-28 00:00:00' || char(0)", NULL, ORM_DATETIME, ORM_DATA },
        { "SELECT '2024-02-28T00:00:00'", "SELECT '2024-02-28'::timestamp", ORM_DATETIME, ORM_OK },
        { NULL, "SELECT 'infinity'::timestamp", ORM_DATETIME, ORM_DATA },
        { NULL, "SELECT '0044-03-15 BC'::timestamp", ORM_DATETIME, ORM_DATA },
        { NULL, "SELECT '10000-01-01'::timestamp", ORM_DATETIME, ORM_DATA },
        { NULL, "SELECT '-infinity'::date", ORM_DATE, ORM_DATA },
        { "SELECT '2024-02-28 00:00:00'", "SELECT '2024-02-28'::timestamp", ORM_DATE, ORM_DATA },
        { "SELECT '{bad'", "SELECT '{bad'::text", ORM_JSON, ORM_DATA },
        { "SELECT 1.25", NULL, ORM_JSON, ORM_OK },
        { "SELECT x'5B5D'", NULL, ORM_JSON, ORM_DATA },
        { "SELECT NULL", "SELECT NULL", ORM_JSON, ORM_OK },
    };
    orm__link *link = connected(place);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *sql = place->sqlite ? rows[i].sqlite : rows[i].postgresql;
        if (sql == NULL) continue;
        orm_error error = { 0 };
        orm_value value;
        cr_assert_eq(cell(place, link, sql, rows[i].type, &value, &error), rows[i].status, "%s as %s", sql,
                     orm__type_name(rows[i].type));
        if (rows[i].status == ORM_DATA)
            cr_assert_not_null(strstr(error.message, "the column holds no "), "%s", error.message);
        orm__value_drop(&value);
    }
    place->dialect->disconnect(link);
}

BOTH(cells_as_what_they_are)
{
    static const struct {
        const char *sql;
        orm_type sqlite, postgresql;
    } rows[] = {
        { "SELECT NULL", ORM_NULL, ORM_NULL },
        { "SELECT 5", ORM_INTEGER, ORM_INTEGER },
        { "SELECT count(*) FROM parent", ORM_INTEGER, ORM_INTEGER },
        { "SELECT CAST(1.5 AS FLOAT)", ORM_FLOAT, ORM_FLOAT },
        { "SELECT 1 = 1", ORM_INTEGER, ORM_BOOLEAN },
        { "SELECT CAST('2024-01-02' AS DATE)", ORM_INTEGER, ORM_DATE },
        { "SELECT CAST('2024-01-02' AS TIMESTAMP)", ORM_INTEGER, ORM_DATETIME },
        { "SELECT CAST('[1]' AS JSON)", ORM_INTEGER, ORM_JSON },
    };
    orm__link *link = connected(place);
    make_tables(place, link);
    for (size_t i = 0; i < COUNT(rows); i++) {
        orm_value value;
        orm_error error = { 0 };
        cr_assert_eq(cell(place, link, rows[i].sql, ORM_NULL, &value, &error), ORM_OK, "%s: %s", rows[i].sql,
                     error.message);
        cr_assert_eq(value.type, place->sqlite ? rows[i].sqlite : rows[i].postgresql, "%s is %s", rows[i].sql,
                     orm__type_name(value.type));
        orm__value_drop(&value);
    }
    place->dialect->disconnect(link);
}

/* ---- errors ---------------------------------------------------------------------------------------------------------
 */

BOTH(errors)
{
    static const struct {
        const char *sql;
        orm_status sqlite, postgresql;
        const char *sqlstate, *table, *column;
    } rows[] = {
        { "INSERT INTO parent VALUES (1, 'two', 2, 2)", ORM_UNIQUE, ORM_UNIQUE, "23505", "parent", "id" },
        { "INSERT INTO parent VALUES (2, 'one', 2, 2)", ORM_UNIQUE, ORM_UNIQUE, "23505", "parent", "name" },
        { "INSERT INTO parent VALUES (2, 'two', 1, 1)", ORM_UNIQUE, ORM_UNIQUE, "23505", "parent", "a, b" },
        { "UPDATE parent SET name = NULL", ORM_NOT_NULL, ORM_NOT_NULL, "23502", "parent", "name" },
        { "INSERT INTO child VALUES (2, 99)", ORM_FOREIGN_KEY, ORM_FOREIGN_KEY, "23503", "child", "" },
        { "DELETE FROM parent", ORM_FOREIGN_KEY, ORM_FOREIGN_KEY, "23503", "child", "" },
        { "INSERT INTO parent VALUES (2, 'two', 13, 2)", ORM_CHECK, ORM_CHECK, "23514", "parent", "" },
        { "INSERT INTO parent VALUES (2, 'toolong', 2, 2)", ORM_OK, ORM_DATA, "22001", "", "" },
        { "INSERT INTO parent VALUES (3, 'three', 3000000000, 2)", ORM_OK, ORM_DATA, "22003", "", "" },
        { "INSERT INTO parent (id, name) VALUES ('x', 'x')", ORM_DATA, ORM_DATA, "22P02", "", "" },
        { "SELECT * FROM nope", ORM_NO_TABLE, ORM_NO_TABLE, "42P01", "nope", "" },
        { "SELECT \"nope\" FROM parent", ORM_NO_TABLE, ORM_NO_TABLE, "42703", "", "" },
        { "INSERT INTO parent (zz) VALUES (1)", ORM_NO_TABLE, ORM_NO_TABLE, "42703", "", "" },
        { "CREATE TABLE parent (id INTEGER)", ORM_EXISTS, ORM_EXISTS, "42P07", "", "" },
        { "selec 1", ORM_FAILURE, ORM_FAILURE, "42601", "", "" },
        { "SELECT 1 / 0", ORM_OK, ORM_DATA, "22012", "", "" },
        { "", ORM_ARGUMENT, ORM_OK, "", "", "" },
    };
    orm__link *link = connected(place);
    make_tables(place, link);
    for (size_t i = 0; i < COUNT(rows); i++) {
        orm_error error;
        if (!place->sqlite && *rows[i].sql == '\0') continue;
        orm_status expected = place->sqlite ? rows[i].sqlite : rows[i].postgresql;
        orm_status rc = attempt(place, link, rows[i].sql, &error);
        cr_assert_eq(rc, expected, "%s: %s, %s", rows[i].sql, orm_status_text(rc), error.message);
        if (expected == ORM_OK) continue;
        cr_assert_eq(error.status, expected);
        cr_assert(*error.message != '\0');
        cr_assert_str_eq(error.sqlstate, place->sqlite ? "" : rows[i].sqlstate);
        bool tells = !place->sqlite || expected == ORM_UNIQUE || expected == ORM_NOT_NULL || expected == ORM_NO_TABLE;
        cr_assert_str_eq(error.table, tells ? rows[i].table : "", "%s: table %s", rows[i].sql, error.table);
        cr_assert_str_eq(error.column, tells ? rows[i].column : "", "%s: column %s", rows[i].sql, error.column);
        orm_error executed = { 0 };
        cr_assert_eq(place->dialect->execute(link, rows[i].sql, &executed), *rows[i].sql == '\0' ? ORM_OK : expected,
                     "%s", rows[i].sql);
        cr_assert_eq(attempt(place, link, rows[i].sql, NULL), expected, "nobody listens");
    }
    place->dialect->disconnect(link);
}

BOTH(statements_and_their_values)
{
    orm__link *link = connected(place);
    make_tables(place, link);
    orm_error error = { 0 };
    orm__statement *statement = NULL;
    const orm_value values[] = { orm_int(1), orm_int(2) };
    bool has_row;
    orm_status rc = start(place, link, place->sqlite ? "SELECT ?, ?, ?" : "SELECT $1, $2, $3", values, 2, &statement,
                          &has_row, &error);
    cr_assert_neq(rc, ORM_OK, "fewer values than placeholders");
    if (statement != NULL) place->dialect->finalize(link, statement);
    rc = start(place, link, "SELECT 1; SELECT 2", NULL, 0, &statement, &has_row, &error);
    cr_assert_neq(rc, ORM_OK, "two statements in one");
    if (statement != NULL) place->dialect->finalize(link, statement);

    cr_assert_eq(start(place, link, "UPDATE parent SET a = 5 WHERE id > 0", NULL, 0, &statement, &has_row, &error),
                 ORM_OK);
    cr_assert_eq(place->dialect->changes(link, statement), 1);
    place->dialect->finalize(link, statement);
    cr_assert_eq(start(place, link, "UPDATE parent SET a = 5 WHERE id < 0", NULL, 0, &statement, &has_row, &error),
                 ORM_OK);
    cr_assert_eq(place->dialect->changes(link, statement), 0);
    place->dialect->reset(link, statement);
    cr_assert_eq(place->dialect->step(link, statement, &has_row, &error), ORM_OK);
    cr_assert_not(has_row);
    place->dialect->finalize(link, statement);
    place->dialect->disconnect(link);
}

BOTH(key_of_an_insert)
{
    orm__link *link = connected(place);
    execute(place, link,
            place->sqlite ? "CREATE TABLE k (id INTEGER NOT NULL, v INTEGER, PRIMARY KEY (id))"
                          : "CREATE TABLE k (id SERIAL NOT NULL, v INTEGER, PRIMARY KEY (id))");
    for (int i = 1; i <= 3; i++) {
        char sql[100];
        snprintf(sql, sizeof sql, "INSERT INTO k %s%s", place->dialect->empty_insert,
                 place->dialect->returns_key ? " RETURNING id" : "");
        orm__statement *statement;
        bool has_row;
        orm_error error = { 0 };
        cr_assert_eq(start(place, link, sql, NULL, 0, &statement, &has_row, &error), ORM_OK, "%s", error.message);
        orm_value id = orm_int(place->dialect->last_id(link));
        if (place->dialect->returns_key) {
            cr_assert(has_row);
            cr_assert_eq(place->dialect->column(link, statement, 0, ORM_INTEGER, &id, &error), ORM_OK);
        }
        cr_assert_eq(id.u.i, i);
        cr_assert_eq(place->dialect->changes(link, statement), 1);
        place->dialect->finalize(link, statement);
    }
    place->dialect->disconnect(link);
}

/* ---- SQLite alone ---------------------------------------------------------------------------------------------------
 */

Test(sqlite, foreign_keys_may_be_off)
{
    const db_place here = { &orm__sqlite, "sqlite://?foreign_keys=off", true };
    orm__link *link = connected(&here);
    make_tables(&here, link);
    execute(&here, link, "INSERT INTO child VALUES (2, 99)");
    orm__sqlite.disconnect(link);
}

Test(sqlite, locked, .fini = directory_done)
{
    char text[220];
    snprintf(text, sizeof text, "sqlite:///%s/a.db?timeout=0.05", directory());
    const db_place here = { &orm__sqlite, text, true };
    orm__link *one = connected(&here), *two = connected(&here);
    execute(&here, one, "CREATE TABLE t (v INTEGER)");
    execute(&here, one, "BEGIN IMMEDIATE");
    orm_error error = { 0 };
    cr_assert_eq(orm__sqlite.execute(two, "BEGIN IMMEDIATE", &error), ORM_LOCKED);
    cr_assert_str_eq(error.message, "database is locked");
    execute(&here, two, "SELECT * FROM t");
    execute(&here, one, "COMMIT");
    execute(&here, two, "BEGIN IMMEDIATE");
    orm__sqlite.disconnect(one);
    orm__sqlite.disconnect(two);
}

Test(sqlite, read_only, .fini = directory_done)
{
    char text[220];
    snprintf(text, sizeof text, "sqlite:///%s/a.db", directory());
    const db_place here = { &orm__sqlite, text, true };
    orm__link *link = connected(&here);
    execute(&here, link, "CREATE TABLE t (v INTEGER)");
    orm__sqlite.disconnect(link);
    snprintf(text, sizeof text, "sqlite:///file:%s/a.db?mode=ro&uri=true", directory());
    link = connected(&here);
    execute(&here, link, "SELECT * FROM t");
    orm_error error = { 0 };
    cr_assert_eq(orm__sqlite.execute(link, "INSERT INTO t VALUES (1)", &error), ORM_FAILURE);
    cr_assert_str_eq(error.message, "attempt to write a readonly database");
    orm__sqlite.disconnect(link);
}

/* ---- PostgreSQL alone -----------------------------------------------------------------------------------------------
 */

static db_place on_postgresql(void)
{
    const db_place here = { &orm__postgresql, postgres_url(), false };
    if (here.url == NULL) cr_skip("ORMSPEC_POSTGRES_URL names no server");
    return here;
}

Test(postgresql, spoiled_transaction, .fini = postgres_done)
{
    const db_place here = on_postgresql();
    orm__link *link = connected(&here);
    orm_error error;
    execute(&here, link, "BEGIN");
    cr_assert_eq(attempt(&here, link, "SELECT 1 / 0", &error), ORM_DATA);
    cr_assert_eq(attempt(&here, link, "SELECT 1", &error), ORM_ABORTED);
    cr_assert(orm__postgresql.in_transaction(link));
    cr_assert_eq(orm__postgresql.execute(link, "COMMIT", &error), ORM_ABORTED, "a rollback is no commit");
    cr_assert_not(orm__postgresql.in_transaction(link));
    execute(&here, link, "BEGIN");
    execute(&here, link, "COMMIT");
    orm__postgresql.disconnect(link);
}

static int64_t count_of(const db_place *place, orm__link *link, const char *sql)
{
    orm_value value;
    orm_error error = { 0 };
    cr_assert_eq(cell(place, link, sql, ORM_INTEGER, &value, &error), ORM_OK, "%s", error.message);
    return value.u.i;
}

Test(postgresql, prepares_at_the_second_run_and_gives_names_back, .fini = postgres_done)
{
    static const char prepared[] = "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'orm\\_%'";
    const db_place here = on_postgresql();
    orm__link *link = connected(&here);
    orm__statement *statement;
    orm_error error = { 0 };
    bool has_row;
    cr_assert_eq(start(&here, link, "SELECT 1", NULL, 0, &statement, &has_row, &error), ORM_OK);
    cr_assert_eq(count_of(&here, link, prepared), 0);
    for (int i = 0; i < 3; i++) cr_assert_eq(orm__postgresql.run(link, statement, NULL, 0, &error), ORM_OK);
    cr_assert_eq(count_of(&here, link, prepared), 1);
    execute(&here, link, "BEGIN");
    cr_assert_eq(attempt(&here, link, "SELECT 1 / 0", &error), ORM_DATA);
    orm__postgresql.finalize(link, statement);
    execute(&here, link, "ROLLBACK");
    cr_assert_eq(count_of(&here, link, prepared), 1, "in a spoiled transaction nothing can be given back");
    cr_assert_eq(start(&here, link, "SELECT 2", NULL, 0, &statement, &has_row, &error), ORM_OK);
    cr_assert_eq(orm__postgresql.run(link, statement, NULL, 0, &error), ORM_OK);
    cr_assert_eq(count_of(&here, link, prepared), 1, "the next preparation does it");
    orm__postgresql.finalize(link, statement);
    cr_assert_eq(count_of(&here, link, prepared), 0);
    orm__postgresql.disconnect(link);
}

Test(postgresql, prepares_anew_after_a_change_of_the_schema, .fini = postgres_done)
{
    const db_place here = on_postgresql();
    orm__link *link = connected(&here), *other = connected(&here);
    execute(&here, link, "CREATE TABLE t (v INTEGER)");
    execute(&here, link, "INSERT INTO t VALUES (1)");
    orm__statement *statement;
    orm_error error = { 0 };
    bool has_row;
    cr_assert_eq(start(&here, link, "SELECT v FROM t", NULL, 0, &statement, &has_row, &error), ORM_OK);
    cr_assert_eq(orm__postgresql.run(link, statement, NULL, 0, &error), ORM_OK);
    execute(&here, other, "ALTER TABLE t ALTER COLUMN v TYPE TEXT");
    cr_assert_eq(orm__postgresql.run(link, statement, NULL, 0, &error), ORM_OK, "outside of a transaction at once: %s",
                 error.message);
    execute(&here, other, "ALTER TABLE t ALTER COLUMN v TYPE VARCHAR(5)");
    execute(&here, link, "BEGIN");
    cr_assert_eq(orm__postgresql.run(link, statement, NULL, 0, &error), ORM_FAILURE,
                 "inside the transaction is spoiled");
    cr_assert_str_eq(error.sqlstate, "0A000");
    execute(&here, link, "ROLLBACK");
    execute(&here, link, "BEGIN");
    cr_assert_eq(orm__postgresql.run(link, statement, NULL, 0, &error), ORM_OK, "the next one is not: %s",
                 error.message);
    execute(&here, link, "COMMIT");
    execute(&here, link, "DEALLOCATE ALL");
    cr_assert_eq(orm__postgresql.run(link, statement, NULL, 0, &error), ORM_OK, "%s", error.message);
    orm__postgresql.finalize(link, statement);
    orm__postgresql.disconnect(link);
    orm__postgresql.disconnect(other);
}

Test(postgresql, lost_connection, .fini = postgres_done)
{
    const db_place here = on_postgresql();
    orm__link *link = connected(&here), *other = connected(&here);
    orm_error error = { 0 };
    char sql[100];
    snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%lld)",
             (long long)count_of(&here, link, "SELECT pg_backend_pid()"));
    execute(&here, other, sql);
    for (int i = 0; i < 100 && orm__postgresql.alive(link); i++) usleep(20000);
    cr_assert_not(orm__postgresql.alive(link));
    cr_assert_eq(attempt(&here, link, "SELECT 1", &error), ORM_FAILURE);
    cr_assert(*error.message != '\0' && strchr(error.message, '\n') == NULL);
    orm__postgresql.disconnect(link);
    cr_assert(orm__postgresql.alive(other));
    orm__postgresql.disconnect(other);
}

Test(postgresql, large_integers_compare_as_such, .fini = postgres_done)
{
    const db_place here = on_postgresql();
    orm__link *link = connected(&here);
    execute(&here, link, "CREATE TABLE t (v INTEGER)");
    const orm_value large = orm_int(INT64_C(1) << 40);
    orm__statement *statement;
    orm_error error = { 0 };
    bool has_row;
    cr_assert_eq(start(&here, link, "SELECT v FROM t WHERE v < $1", &large, 1, &statement, &has_row, &error), ORM_OK,
                 "%s", error.message);
    orm__postgresql.finalize(link, statement);
    cr_assert_eq(start(&here, link, "INSERT INTO t VALUES ($1)", &large, 1, &statement, &has_row, &error), ORM_DATA);
    cr_assert_str_eq(error.sqlstate, "22003");
    orm__postgresql.finalize(link, statement);
    orm__postgresql.disconnect(link);
}

/* ---- memory ---------------------------------------------------------------------------------------------------------
 */

static orm_status everything(void *context)
{
    const db_place *place = context;
    const orm__dialect *dialect = place->dialect;
    orm__url url = { 0 };
    orm__link *link = NULL;
    orm__statement *statement = NULL;
    orm_value back = orm_null();
    json_t *document =
        json_pack("[s]", "a text of some length, so that the buffer has to grow more than once in the course");
    const orm_value values[] = { orm_int(1), orm_text("a"), orm_json(document), orm_real(1.5),
                                 orm_date_value((orm_date){ 5 }) };
    const orm_type types[] = { ORM_INTEGER, ORM_STRING, ORM_JSON, ORM_FLOAT, ORM_DATE };
    bool in_memory, has_row;
    orm_status rc;
    ORM_TRY(orm__url_parse(place->url, &url, NULL));
    ORM_TRY(dialect->resolve(&url, NULL, &in_memory, NULL));
    ORM_TRY(dialect->connect(&url, NULL, &link, NULL));
    ORM_TRY(dialect->prepare(link, place->sqlite ? "SELECT ?, ?, ?, ?, ?" : "SELECT $1, $2, $3, $4, $5", 5, types,
                             &statement, NULL));
    for (int i = 0; i < 3; i++) ORM_TRY(dialect->run(link, statement, values, 5, NULL));
    ORM_TRY(dialect->step(link, statement, &has_row, NULL));
    ORM_TRY(dialect->column(link, statement, 2, ORM_JSON, &back, NULL));
fail:
    orm__value_drop(&back);
    if (statement != NULL) dialect->finalize(link, statement);
    if (link != NULL) dialect->disconnect(link);
    orm__url_free(&url);
    json_decref(document);
    return rc;
}

BOTH(every_allocation_may_fail)
{
    struct db_place here = *place;
    faults_sweep(everything, &here);
}
