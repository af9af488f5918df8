/* Values against expectations, params put in place, conditions, and the truth table. */
#include "base/memory.h"
#include "judge/judge.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static json_t *json(const char *text)
{
    json_error_t error;
    json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    cr_assert_not_null(value, "%s: %s", text, error.text);
    return value;
}

struct world {
    struct judge_scope scope;
    json_t *bound, *facts, *environment;
};

static struct world world_of(enum spec_database database)
{
    struct world world = {
        .bound = json("{\"u\": {\"$\":\"obj\",\"v\":1,\"model\":\"User\"}, \"w\": {\"$\":\"obj\",\"v\":2}, \"n\": 5,"
                      " \"all\": [{\"$\":\"obj\",\"v\":1,\"model\":\"User\"}, {\"$\":\"obj\",\"v\":2}],"
                      " \"t\": {\"$\":\"datetime\",\"v\":\"2024-01-02T03:04:05\"}, \"tricky\": {\"~\":\"any\"}}"),
        .facts = json("{\"digits\": 6, \"keys\": \"off\"}"),
        .environment = json("{\"dir\": \"/tmp/x\", \"pg.user\": \"me\"}")};
    world.scope = (struct judge_scope){database, world.bound, world.facts, world.environment};
    return world;
}

static void free_world(struct world *world)
{
    json_decref(world->bound);
    json_decref(world->facts);
    json_decref(world->environment);
}

#define FLOAT(v) "{\"$\":\"float\",\"v\":\"" v "\"}"
#define TIME(v) "{\"$\":\"datetime\",\"v\":\"" v "\"}"
#define OBJ(v) "{\"$\":\"obj\",\"v\":" v "}"
#define DOC(v) "{\"$\":\"json\",\"v\":" v "}"

/* A row without `path` must hold; else the difference lies at `path` and is told as `why`. */
struct row {
    const char *expected, *actual, *path, *why;
};

static void expect_rows(const struct row *rows, size_t count)
{
    struct world world = world_of(SPEC_SQLITE);
    for (size_t i = 0; i < count; i++) {
        json_t *expected = json(rows[i].expected), *actual = json(rows[i].actual);
        char *path = NULL, *why = NULL;
        bool met = judge_match(&world.scope, expected, actual, &path, &why);
        cr_expect_eq(met, rows[i].path == NULL, "row %zu: %s on %s: %s", i, rows[i].expected, rows[i].actual,
                     why != NULL ? why : "met");
        if (rows[i].path != NULL && !met) {
            cr_expect_str_eq(path, rows[i].path, "row %zu: %s", i, path);
            cr_expect_str_eq(why, rows[i].why, "row %zu: %s", i, why);
        } else {
            cr_expect(met == (path == NULL) && met == (why == NULL));
        }
        free(path);
        free(why);
        json_decref(expected);
        json_decref(actual);
    }
    free_world(&world);
}

#define EXPECT_ROWS(rows) expect_rows((rows), sizeof(rows) / sizeof *(rows))

Test(match, scalars_are_equal_in_type_and_value)
{
    static const struct row rows[] = {
        {"null", "null", NULL, NULL},
        {"null", "0", "$", "expected null, got 0"},
        {"0", "null", "$", "expected 0, got null"},
        {"true", "true", NULL, NULL},
        {"true", "false", "$", "expected true, got false"},
        {"true", "1", "$", "expected true, got 1"},
        {"1", "1", NULL, NULL},
        {"1", "2", "$", "expected 1, got 2"},
        {"1", "\"1\"", "$", "expected 1, got \"1\""},
        {"1", "1.0", "$", "expected 1, got the bare number 1.0"},
        {"1", FLOAT("1.0"), "$", "expected 1, got the float 1.0"},
        {FLOAT("1.0"), "1", "$", "expected the float 1.0, got 1"},
        {FLOAT("1.0"), "1.0", "$", "expected the float 1.0, got the bare number 1.0"},
        {FLOAT("0.1"), FLOAT("0.10000000000000001"), NULL, NULL},
        {FLOAT("0.1"), FLOAT("0.1000001"), "$", "expected the float 0.1, got the float 0.1000001"},
        {FLOAT("NaN"), FLOAT("NaN"), NULL, NULL},
        {FLOAT("NaN"), FLOAT("0.0"), "$", "expected the float NaN, got the float 0.0"},
        {FLOAT("Infinity"), FLOAT("1e999"), NULL, NULL},
        {FLOAT("-Infinity"), FLOAT("Infinity"), "$", "expected the float -Infinity, got the float Infinity"},
        {FLOAT("0.0"), FLOAT("-0.0"), NULL, NULL},
        {FLOAT("-0.0"), FLOAT("-0.0"), NULL, NULL},
        {FLOAT("-0.0"), FLOAT("0.0"), "$", "expected the float -0.0, got the float 0.0"},
        {FLOAT("1.5"), FLOAT("abc"), "$", "expected the float 1.5, got the float abc"},
        {"{\"$\":\"int\",\"v\":\"9223372036854775807\"}", "{\"$\":\"int\",\"v\":\"9223372036854775807\"}", NULL, NULL},
        {"{\"$\":\"int\",\"v\":\"9223372036854775807\"}", "9223372036854775807", NULL, NULL},
        {"{\"$\":\"int\",\"v\":\"9223372036854775808\"}", "{\"$\":\"int\",\"v\":\"9223372036854775807\"}", "$",
         "expected the integer 9223372036854775808, got the integer 9223372036854775807"},
        {"5", "{\"$\":\"int\",\"v\":\"005\"}", NULL, NULL},
        {"0", "{\"$\":\"int\",\"v\":\"-0\"}", NULL, NULL},
        {"\"a\"", "\"a\"", NULL, NULL},
        {"\"a\"", "\"b\"", "$", "expected \"a\", got \"b\""},
        {"\"a\\u0000b\"", "\"a\\u0000b\"", NULL, NULL},
        {"\"a\\u0000b\"", "\"a\\u0000c\"", "$", "expected \"a\\u0000b\", got \"a\\u0000c\""},
        {"{\"$\":\"text\",\"v\":\"YQ==\"}", "\"a\"", NULL, NULL},
        {"{\"$\":\"text\",\"v\":\"/w==\"}", "{\"$\":\"text\",\"v\":\"/w==\"}", NULL, NULL},
        {"{\"$\":\"text\",\"v\":\"/w==\"}", "{\"$\":\"bytes\",\"v\":\"/w==\"}", "$",
         "expected the text /w==, got the bytes /w=="},
        {"{\"$\":\"bytes\",\"v\":\"/w==\"}", "{\"$\":\"bytes\",\"v\":\"/w==\"}", NULL, NULL},
        {"{\"$\":\"bytes\",\"v\":\"/w==\"}", "{\"$\":\"bytes\",\"v\":\"!\"}", "$",
         "expected the bytes /w==, got the bytes !"},
        {TIME("2024-01-02T03:04:05"), TIME("2024-01-02T03:04:05.000000"), NULL, NULL},
        {TIME("2024-01-02T03:04:05.5"), TIME("2024-01-02T03:04:05.500"), NULL, NULL},
        {TIME("2024-01-02T03:04:05"), TIME("2024-01-02T03:04:06"), "$",
         "expected the datetime 2024-01-02T03:04:05, got the datetime 2024-01-02T03:04:06"},
        {TIME("2024-01-02T03:04:05"), "\"2024-01-02T03:04:05\"", "$",
         "expected the datetime 2024-01-02T03:04:05, got \"2024-01-02T03:04:05\""},
        {TIME("2024-01-02T03:04:05"), TIME("yesterday"), "$",
         "expected the datetime 2024-01-02T03:04:05, got the datetime yesterday"},
        {"{\"$\":\"date\",\"v\":\"2024-02-29\"}", "{\"$\":\"date\",\"v\":\"2024-02-29\"}", NULL, NULL},
        {"{\"$\":\"date\",\"v\":\"2024-02-29\"}", "{\"$\":\"date\",\"v\":\"2024-03-01\"}", "$",
         "expected the date 2024-02-29, got the date 2024-03-01"},
        {"null", "{\"$\":\"json\",\"v\":null}", "$", "expected null, got the document null"},
        {"null", "{\"$\":\"odd\",\"v\":1}", "$", "expected null, got the odd 1"},
        {"1", OBJ("1"), "$", "expected 1, got the object 1"},
    };
    EXPECT_ROWS(rows);
}

Test(match, lists_and_maps)
{
    static const struct row rows[] = {
        {"[]", "[]", NULL, NULL},
        {"[1, [2, \"x\"]]", "[1, [2, \"x\"]]", NULL, NULL},
        {"[1, [2, \"x\"]]", "[1, [2, \"y\"]]", "$[1][1]", "expected \"x\", got \"y\""},
        {"[1, 2]", "[2, 1]", "$[0]", "expected 1, got 2"},
        {"[1]", "[1, 2]", "$", "expected 1 item, got 2: expected [1], got [1, 2]"},
        {"[1, 2]", "[]", "$", "expected 2 items, got 0: expected [1, 2], got []"},
        {"[]", "{}", "$", "expected [], got {}"},
        {"{\"a\": 1}", "{\"a\": 1, \"b\": 2}", NULL, NULL},
        {"{\"a\": 1, \"b\": 2}", "{\"a\": 1}", "$.b", "expected 2, but the key is missing"},
        {"{\"a\": null}", "{}", "$.a", "expected null, but the key is missing"},
        {"{\"items\": [{}, {}, {\"the title\": \"x\"}]}", "{\"items\": [{}, {}, {\"the title\": \"y\"}]}",
         "$.items[2][\"the title\"]", "expected \"x\", got \"y\""},
        {"{\"a\": 1}", OBJ("1"), "$", "expected {a: 1}, got the object 1"},
        {"{\"a\": 1}", "null", "$", "expected {a: 1}, got null"},
    };
    EXPECT_ROWS(rows);
}

Test(match, documents_are_compared_whole)
{
    static const struct row rows[] = {
        {DOC("{\"a\": 1, \"b\": [1.5, null]}"), DOC("{\"b\": [1.5, null], \"a\": 1.0}"), NULL, NULL},
        {DOC("null"), DOC("null"), NULL, NULL},
        {DOC("{}"), DOC("{\"a\": 1}"), "$.a", "not expected in the document"},
        {DOC("{\"a\": 1}"), DOC("{}"), "$.a", "expected in the document, but missing"},
        {DOC("{\"a\": [1, 2]}"), DOC("{\"a\": [1, 3]}"), "$.a[1]", "expected 2, got 3"},
        {DOC("[1]"), DOC("[1, 2]"), "$", "expected 1 item, got 2"},
        {DOC("1"), DOC("true"), "$", "expected 1, got true"},
        {DOC("9007199254740993"), DOC("9007199254740992"), "$", "expected 9007199254740993, got 9007199254740992"},
        {DOC("{\"~\": \"any\"}"), DOC("{\"~\": \"any\"}"), NULL, NULL},
        {DOC("{\"~\": \"any\"}"), DOC("1"), "$", "expected any value but null, got 1"},
        {DOC("1"), "1", "$", "expected the document 1, got 1"},
    };
    EXPECT_ROWS(rows);
}

Test(match, operators)
{
    static const struct row rows[] = {
        {"{\"~\":\"any\"}", "0", NULL, NULL},
        {"{\"~\":\"any\"}", "null", "$", "expected a value, got null"},
        {"{\"~\":\"type\",\"v\":\"integer\"}", "1", NULL, NULL},
        {"{\"~\":\"type\",\"v\":\"integer\"}", FLOAT("1.0"), "$",
         "expected a value of the type integer, got the float 1.0"},
        {"{\"~\":\"type\",\"v\":\"null\"}", "null", NULL, NULL},
        {"{\"~\":\"type\",\"v\":\"float\"}", FLOAT("1.0"), NULL, NULL},
        {"{\"~\":\"type\",\"v\":\"float\"}", "1.0", "$", "expected a value of the type float, got the bare number 1.0"},
        {"{\"~\":\"type\",\"v\":\"boolean\"}", "false", NULL, NULL},
        {"{\"~\":\"type\",\"v\":\"text\"}", "{\"$\":\"text\",\"v\":\"/w==\"}", NULL, NULL},
        {"{\"~\":\"type\",\"v\":\"datetime\"}", TIME("2024-01-02T03:04:05"), NULL, NULL},
        {"{\"~\":\"type\",\"v\":\"date\"}", "{\"$\":\"date\",\"v\":\"2024-02-29\"}", NULL, NULL},
        {"{\"~\":\"type\",\"v\":\"json\"}", DOC("1"), NULL, NULL},
        {"{\"~\":\"type\",\"v\":\"bytes\"}", "{\"$\":\"bytes\",\"v\":\"\"}", NULL, NULL},
        {"{\"~\":\"type\",\"v\":\"object\"}", OBJ("1"), NULL, NULL},
        {"{\"~\":\"type\",\"v\":\"map\"}", OBJ("1"), "$", "expected a value of the type map, got the object 1"},
        {"{\"~\":\"type\",\"v\":\"map\"}", "{}", NULL, NULL},
        {"{\"~\":\"type\",\"v\":\"list\"}", "[]", NULL, NULL},
        {"{\"~\":\"type\",\"v\":\"list\"}", "{\"$\":\"odd\"}", "$",
         "expected a value of the type list, got {\"$\":\"odd\"}"},
        {"{\"~\":\"same\",\"v\":\"u\"}", OBJ("1"), NULL, NULL},
        {"{\"~\":\"same\",\"v\":\"u\"}", OBJ("2"), "$", "expected `u`, which is the object 1 (User), got the object 2"},
        {"{\"~\":\"same\",\"v\":\"u\"}", "1", "$", "expected `u`, which is the object 1 (User), got 1"},
        {"{\"~\":\"same\",\"v\":\"x\"}", OBJ("2"), "$", "`x` is not bound"},
        {"{\"~\":\"same\",\"v\":\"n\"}", "5", "$", "`n` is no object"},
        {"{\"~\":\"other\",\"v\":\"u\"}", OBJ("2"), NULL, NULL},
        {"{\"~\":\"other\",\"v\":\"u\"}", OBJ("1"), "$",
         "expected another object than `u`, which is the object 1 (User), got the object 1"},
        {"{\"~\":\"other\",\"v\":\"u\"}", "null", "$",
         "expected another object than `u`, which is the object 1 (User), got null"},
        {"{\"~\":\"unordered\",\"v\":[1, 2, 2]}", "[2, 1, 2]", NULL, NULL},
        {"{\"~\":\"unordered\",\"v\":[1, 2, 2]}", "[2, 1, 1]", "$", "no item for 2 in [2, 1, 1]"},
        {"{\"~\":\"unordered\",\"v\":[1]}", "[1, 3]", "$[1]", "3 is one too many: expected 1, got 2 items"},
        {"{\"~\":\"unordered\",\"v\":[1]}", "1", "$", "expected in any order [1], got 1"},
        {"{\"~\":\"unordered\",\"v\":[{\"~\":\"any\"}, 1]}", "[1, 2]", NULL, NULL},
        {"{\"~\":\"unordered\",\"v\":[{\"~\":\"any\"}, {\"~\":\"one_of\",\"v\":[1,2]}, 1]}", "[1, 2, 3]", NULL, NULL},
        {"{\"~\":\"match\",\"v\":\"^a.c$\"}", "\"abc\"", NULL, NULL},
        {"{\"~\":\"match\",\"v\":\"^a.c$\"}", "\"abcd\"", "$", "expected text that matches ^a.c$, got \"abcd\""},
        {"{\"~\":\"match\",\"v\":\"1\"}", "1", "$", "expected text that matches 1, got 1"},
        {"{\"~\":\"match\",\"v\":\"(\"}", "\"(\"", "$", "`(` is no regular expression"},
        {"{\"~\":\"one_of\",\"v\":[1, null]}", "null", NULL, NULL},
        {"{\"~\":\"one_of\",\"v\":[1, null]}", "2", "$", "expected one of [1, null], got 2"},
        {"{\"~\":\"not\",\"v\":null}", "2", NULL, NULL},
        {"{\"a\": {\"~\":\"not\",\"v\":2}}", "{\"a\": 2}", "$.a", "expected anything but 2, got 2"},
        {"{\"~\":\"db\",\"sqlite\":1,\"postgresql\":2}", "1", NULL, NULL},
        {"[{\"~\":\"db\",\"sqlite\":1,\"postgresql\":2}]", "[2]", "$[0]", "expected 1, got 2"},
        {"{\"~\":\"fact\",\"name\":\"digits\",\"cases\":{\"3\":1,\"6\":2}}", "2", NULL, NULL},
        {"{\"~\":\"fact\",\"name\":\"keys\",\"cases\":{\"on\":1,\"off\":2}}", "1", "$", "expected 2, got 1"},
        {"{\"~\":\"fact\",\"name\":\"digits\",\"cases\":{\"3\":1}}", "1", "$",
         "the fact `digits` is `6`, which has no case here"},
        {"{\"~\":\"env\",\"v\":\"${dir}/${pg.user}.db\"}", "\"/tmp/x/me.db\"", NULL, NULL},
        {"{\"~\":\"env\",\"v\":\"${pg.host}\"}", "\"x\"", "$", "${pg.host} has no value on sqlite"},
        {"{\"$\":\"var\",\"v\":\"n\"}", "5", NULL, NULL},
        {"{\"$\":\"var\",\"v\":\"n\"}", "6", "$", "expected 5, got 6"},
        {"[{\"$\":\"var\",\"v\":\"u\"}, {\"~\":\"any\"}]", "[" OBJ("1") ", 1]", NULL, NULL},
        {"{\"$\":\"var\",\"v\":\"all\"}", "[" OBJ("1") ", " OBJ("2") "]", NULL, NULL},
        {"{\"$\":\"var\",\"v\":\"missing\"}", "1", "$", "`missing` is not bound"},
        {"{\"$\":\"var\",\"v\":\"tricky\"}", "1", "$", "expected any value but null, got 1"},
        {"{\"~\":\"odd\"}", "1", "$", "unknown operator `odd`"},
    };
    EXPECT_ROWS(rows);
}

Test(match, near)
{
    static const struct row rows[] = {
        {"{\"~\":\"near\",\"v\":" TIME("2024-01-02T03:04:05") ",\"s\":1}", TIME("2024-01-02T03:04:06"), NULL, NULL},
        {"{\"~\":\"near\",\"v\":" TIME("2024-01-02T03:04:05") ",\"s\":1}", TIME("2024-01-02T03:04:03.9"), "$",
         "expected the datetime 2024-01-02T03:04:05 within 1 s, got the datetime 2024-01-02T03:04:03.9"},
        {"{\"~\":\"near\",\"v\":{\"$\":\"var\",\"v\":\"t\"},\"s\":" FLOAT("0.5") "}", TIME("2024-01-02T03:04:05.5"),
         NULL, NULL},
        {"{\"~\":\"near\",\"v\":{\"$\":\"var\",\"v\":\"q\"},\"s\":1}", TIME("2024-01-02T03:04:05.5"), "$",
         "`q` is not bound"},
        {"{\"~\":\"near\",\"v\":" FLOAT("1.5") ",\"s\":" FLOAT("0.25") "}", FLOAT("1.75"), NULL, NULL},
        {"{\"~\":\"near\",\"v\":" FLOAT("1.5") ",\"s\":" FLOAT("0.25") "}", FLOAT("1.8"), "$",
         "expected the float 1.5 within 0.25, got the float 1.8"},
        {"{\"~\":\"near\",\"v\":\"now\",\"s\":60}", TIME("2001-01-01T00:00:00"), "$",
         "expected now within 60 s, got the datetime 2001-01-01T00:00:00"},
        {"{\"~\":\"near\",\"v\":\"now\",\"s\":60}", "null", "$", "expected now within 60 s, got null"},
    };
    EXPECT_ROWS(rows);
    struct world world = world_of(SPEC_POSTGRESQL);
    char now[40];
    time_t clock = time(NULL);
    struct tm parts;
    gmtime_r(&clock, &parts);
    strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%S", &parts);
    json_t *expected = json("{\"~\":\"near\",\"v\":\"now\",\"s\":60}"),
           *actual = json_pack("{s:s, s:s}", "$", "datetime", "v", now);
    char *path, *why;
    cr_expect(judge_match(&world.scope, expected, actual, &path, &why));
    json_decref(expected);
    json_decref(actual);
    free_world(&world);
}

Test(words, are_short_and_whole)
{
    json_t *list = json_array();
    for (int i = 0; i < 100; i++) {
        json_array_append_new(list, json_string("é"));
    }
    char *words = judge_words(list);
    cr_expect_leq(strlen(words), 203);
    cr_expect_str_eq(words + strlen(words) - strlen("…"), "…");
    json_t *back = json_string(words);
    cr_expect_not_null(back, "cut within a character");
    json_decref(back);
    free(words);
    words = judge_words(NULL);
    cr_expect_str_eq(words, "nothing");
    free(words);
    json_decref(list);
}

static void expect_resolved(const struct world *world, const char *params, const char *wanted)
{
    json_t *given = json(params);
    char *problem = NULL;
    json_t *made = judge_resolve(&world->scope, given, &problem);
    if (made == NULL) {
        cr_expect_str_eq(problem, wanted, "%s: %s", params, problem);
    } else {
        char *text = json_dumps(made, JSON_COMPACT | JSON_ENCODE_ANY);
        cr_expect_str_eq(text, wanted, "%s: %s", params, text);
        free(text);
    }
    free(problem);
    json_decref(made);
    json_decref(given);
}

Test(resolve, puts_this_runs_values_in)
{
    static const char *const rows[][2] = {
        {"{}", "{}"},
        {"{\"obj\": {\"$\":\"var\",\"v\":\"u\"}, \"name\": \"x\"}", "{\"obj\":{\"$\":\"obj\",\"v\":1},\"name\":\"x\"}"},
        {"{\"objs\": {\"$\":\"var\",\"v\":\"all\"}}", "{\"objs\":[{\"$\":\"obj\",\"v\":1},{\"$\":\"obj\",\"v\":2}]}"},
        {"[{\"$\":\"var\",\"v\":\"n\"}, {\"$\":\"float\",\"v\":\"1.5\"}]", "[5,{\"$\":\"float\",\"v\":\"1.5\"}]"},
        {"{\"a\": {\"$\":\"json\",\"v\":{\"~\":\"omit\"}}}", "{\"a\":{\"$\":\"json\",\"v\":{\"~\":\"omit\"}}}"},
        {"{\"a\": {\"~\":\"omit\"}, \"b\": [1, {\"~\":\"omit\"}, 2]}", "{\"b\":[1,2]}"},
        {"{\"a\": {\"~\":\"db\",\"sqlite\":{\"~\":\"omit\"},\"postgresql\":1}, \"b\": "
         "{\"~\":\"db\",\"sqlite\":[{\"$\":\"var\",\"v\":\"n\"}],\"postgresql\":1}}",
         "{\"b\":[5]}"},
        {"{\"a\": {\"~\":\"fact\",\"name\":\"digits\",\"cases\":{\"6\":\"six\"}}}", "{\"a\":\"six\"}"},
        {"{\"a\": {\"~\":\"fact\",\"name\":\"digits\",\"cases\":{\"7\":\"six\"}}}",
         "the fact `digits` is `6`, which has no case here"},
        {"{\"url\": {\"~\":\"env\",\"v\":\"sqlite:///${dir}/a.db\"}}", "{\"url\":\"sqlite:////tmp/x/a.db\"}"},
        {"{\"url\": {\"~\":\"env\",\"v\":\"plain\"}}", "{\"url\":\"plain\"}"},
        {"[{\"~\":\"env\",\"v\":\"${pg.host}\"}]", "${pg.host} has no value on sqlite"},
        {"{\"obj\": {\"$\":\"var\",\"v\":\"nobody\"}}", "`nobody` is not bound"},
        {"{\"obj\": {\"~\":\"any\"}}", "the operator `any` cannot stand in params"},
        {"{\"~\":\"omit\"}", "`omit` leaves nothing to send"},
    };
    struct world world = world_of(SPEC_SQLITE);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        expect_resolved(&world, rows[i][0], rows[i][1]);
    }
    free_world(&world);
    world = world_of(SPEC_POSTGRESQL);
    expect_resolved(&world, "{\"a\": {\"~\":\"db\",\"sqlite\":1,\"postgresql\":2}}", "{\"a\":2}");
    free_world(&world);
}

Test(kind, is_met_by_itself_by_its_branch_or_by_one_of_a_list)
{
    static const struct {
        const char *error, *kind;
        bool met;
    } rows[] = {
        {"\"data\"", "data", true},
        {"\"data\"", "database.locked", false},
        {"\"integrity\"", "integrity.unique", true},
        {"\"integrity.unique\"", "integrity", false},
        {"\"integrity.unique\"", "integrity.uniqueness", false},
        {"[\"data\", \"not_found\"]", "not_found", true},
        {"[\"data\", \"not_found\"]", "multiple", false},
        {"{\"~\":\"db\",\"sqlite\":\"data\",\"postgresql\":\"config\"}", "data", true},
        {"{\"~\":\"db\",\"sqlite\":\"data\",\"postgresql\":\"config\"}", "config", false},
        {"{\"~\":\"fact\",\"name\":\"keys\",\"cases\":{\"on\":\"data\",\"off\":[\"config\"]}}", "config", true},
        {"{\"~\":\"fact\",\"name\":\"nothing\",\"cases\":{}}", "config", false},
    };
    struct world world = world_of(SPEC_SQLITE);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *error = json(rows[i].error);
        cr_expect_eq(judge_kind(&world.scope, error, rows[i].kind), rows[i].met, "%s on %s", rows[i].error,
                     rows[i].kind);
        json_decref(error);
    }
    json_t *nothing = json("{}");
    cr_expect_not(judge_kind(&world.scope, nothing, "data"));
    json_decref(nothing);
    free_world(&world);
}

Test(error, is_met_by_all_that_it_names)
{
    static const struct {
        const char *error, *data, *why; /* NULL: it is met */
    } rows[] = {
        {"\"data\"", "{\"kind\":\"data\"}", NULL},
        {"\"data\"", "{\"kind\":\"config\"}", "it raised config: of a secret"},
        {"{\"kind\":\"data\",\"table\":\"t\"}", "{\"kind\":\"data\",\"table\":\"t\",\"column\":\"c\"}", NULL},
        {"{\"kind\":[\"config\",\"data\"],\"table\":\"t\"}", "{\"kind\":\"data\",\"table\":\"t\"}", NULL},
        {"{\"kind\":\"data\",\"table\":\"t\"}", "{\"kind\":\"config\",\"table\":\"t\"}", "it raised config"},
        {"{\"kind\":\"data\",\"table\":\"t\"}", "{\"kind\":\"data\",\"table\":\"u\"}", "its `table`: "},
        {"{\"kind\":\"data\",\"column\":\"c\"}", "{\"kind\":\"data\"}", "its `column`: "},
        {"{\"kind\":\"data\",\"column\":{\"~\":\"one_of\",\"v\":[\"c\",null]}}", "{\"kind\":\"data\"}", NULL},
        {"{\"kind\":\"data\",\"sqlstate\":\"22003\"}", "{\"kind\":\"data\",\"sqlstate\":\"22003\"}", NULL},
        {"{\"kind\":\"data\",\"sqlstate\":\"22003\"}", "{\"kind\":\"data\",\"sqlstate\":\"22001\"}", "its `sqlstate`: "},
        {"{\"kind\":\"data\",\"without\":\"nothing\"}", "{\"kind\":\"data\"}", NULL},
        {"{\"kind\":\"data\",\"without\":\"secret\"}", "{\"kind\":\"data\"}", "its message says \"secret\": of a secret"},
        {"{\"~\":\"db\",\"sqlite\":{\"kind\":\"data\",\"table\":\"t\"},\"postgresql\":\"config\"}",
         "{\"kind\":\"data\",\"table\":\"u\"}", "its `table`: "},
        {"{\"~\":\"fact\",\"name\":\"nothing\",\"cases\":{}}", "{\"kind\":\"data\"}", ""},
    };
    struct world world = world_of(SPEC_SQLITE);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *error = json(rows[i].error), *data = json(rows[i].data);
        char *why = NULL;
        bool met = judge_error(&world.scope, error, data, "of a secret", &why);
        cr_expect_eq(met, rows[i].why == NULL, "%s", rows[i].error);
        cr_expect(met ? why == NULL : why != NULL && strstr(why, rows[i].why) == why, "%s: %s", rows[i].error, why);
        free(why);
        json_decref(data);
        json_decref(error);
    }
    free_world(&world);
}

Test(when, asks_the_database_or_a_fact)
{
    static const struct {
        const char *when;
        bool sqlite, postgresql;
    } rows[] = {
        {"\"sqlite\"", true, false},
        {"\"postgresql\"", false, true},
        {"{\"fact\":\"digits\",\"is\":6}", true, true},
        {"{\"fact\":\"digits\",\"is\":3}", false, false},
        {"{\"fact\":\"keys\",\"is\":\"off\"}", true, true},
        {"{\"fact\":\"missing\",\"is\":6}", false, false},
    };
    struct world sqlite = world_of(SPEC_SQLITE), postgresql = world_of(SPEC_POSTGRESQL);
    cr_expect(judge_when(&sqlite.scope, NULL));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *when = json(rows[i].when);
        cr_expect_eq(judge_when(&sqlite.scope, when), rows[i].sqlite, "%s", rows[i].when);
        cr_expect_eq(judge_when(&postgresql.scope, when), rows[i].postgresql, "%s", rows[i].when);
        json_decref(when);
    }
    free_world(&sqlite);
    free_world(&postgresql);
}

Test(verdict, the_truth_table)
{
    static const struct {
        enum judge_outcome outcome;
        bool known;
        const char *name;
        int column;
    } rows[] = {
        {JUDGE_MET, false, "pass", 0},
        {JUDGE_MET, true, "stale", 1},
        {JUDGE_NOT_MET, false, "fail", 1},
        {JUDGE_NOT_MET, true, "known", 2},
        {JUDGE_MISBEHAVED, false, "error", 1},
        {JUDGE_MISBEHAVED, true, "known", 2},
        {JUDGE_UNDECLARED, false, "unsupported", 2},
        {JUDGE_UNDECLARED, true, "unsupported", 2},
        {JUDGE_DEMANDED, false, "fail", 1},
        {JUDGE_DEMANDED, true, "known", 2},
        {JUDGE_NOT_RUN, false, "skipped", 2},
        {JUDGE_NOT_RUN, true, "skipped", 2},
        {JUDGE_SUITE_FAULT, false, "broken", 1},
        {JUDGE_SUITE_FAULT, true, "broken", 1},
    };
    cr_expect_eq(sizeof rows / sizeof *rows, 2 * JUDGE_OUTCOMES);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum judge_verdict verdict = judge_decide(rows[i].outcome, rows[i].known);
        cr_expect_str_eq(judge_verdict_name(verdict), rows[i].name, "row %zu", i);
        cr_expect_eq(judge_column(verdict), rows[i].column, "row %zu", i);
    }
}
