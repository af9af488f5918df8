#include "base/error.h"
#include "base/text.h"
#include "base/value.h"
#include "support/support.h"
#include <criterion/criterion.h>
#include <float.h>
#include <jansson.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- memory ---------------------------------------------------------------------------------------------------------
 */

Test(memory, hook_is_told_sizes_and_gets_all_back)
{
    faults_start(0, false);
    char *text = orm__strdup("abc");
    text = orm__realloc(text, 1000);
    cr_assert_str_eq(text, "abc");
    char *zeros = orm__alloc(100);
    for (size_t i = 0; i < 100; i++) cr_assert_eq(zeros[i], 0);
    char *nul = orm__strndup("a\0b", 3);
    cr_assert_eq(memcmp(nul, "a\0b", 4), 0);
    cr_assert_eq(faults_live(), 3);
    orm__free(nul);
    orm__free(zeros);
    orm__free(text);
    orm__free(NULL);
    cr_assert_eq(faults_live(), 0);
    cr_assert_eq(faults_stop(), 4);
}

Test(memory, too_large_is_refused)
{
    cr_assert_null(orm__alloc(SIZE_MAX));
    cr_assert_null(orm__strndup("", SIZE_MAX));
    orm__arena arena = { 0 };
    cr_assert_null(orm__arena_alloc(&arena, SIZE_MAX));
    cr_assert_null(orm__arena_copy(&arena, "", SIZE_MAX));
    size_t capacity = SIZE_MAX / 2;
    int *array = NULL;
    cr_assert_not(orm__grow(&array, sizeof *array, capacity, &capacity));
    cr_assert_eq(capacity, SIZE_MAX / 2);
}

Test(memory, array_grows_and_keeps_its_items)
{
    int *array = NULL;
    size_t count = 0, capacity = 0;
    for (int i = 0; i < 1000; i++) {
        cr_assert(orm__grow(&array, sizeof *array, count, &capacity));
        array[count++] = i;
    }
    for (int i = 0; i < 1000; i++) cr_assert_eq(array[i], i);
    orm__free(array);
}

static bool all_are(const char *bytes, size_t size, char value)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != value) return false;
    return true;
}

Test(memory, arena_pieces_are_aligned_zeroed_and_apart)
{
    orm__arena arena = { 0 };
    static const size_t sizes[] = { 0, 1, 15, 16, 17, 200, 1024, 5000, 70000, 3 };
    char *pieces[120];
    for (size_t i = 0; i < COUNT(pieces); i++) {
        size_t size = sizes[i % COUNT(sizes)];
        pieces[i] = orm__arena_alloc(&arena, size);
        cr_assert_not_null(pieces[i]);
        cr_assert_eq((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
        cr_assert(all_are(pieces[i], size, 0), "piece %zu", i);
        memset(pieces[i], (int)i + 1, size);
    }
    for (size_t i = 0; i < COUNT(pieces); i++)
        cr_assert(all_are(pieces[i], sizes[i % COUNT(sizes)], (char)(i + 1)), "piece %zu", i);
    orm__arena_free(&arena);
    cr_assert_null(arena.head);
}

Test(memory, arena_reset_keeps_one_block)
{
    faults_start(0, false);
    orm__arena arena = { 0 };
    orm__arena_reset(&arena);
    for (int i = 0; i < 100; i++) cr_assert_not_null(orm__arena_alloc(&arena, 100));
    cr_assert_gt(faults_live(), 1);
    orm__arena_reset(&arena);
    cr_assert_eq(faults_live(), 1);
    char *again = orm__arena_copy(&arena, "a\0b", 3);
    cr_assert_eq(memcmp(again, "a\0b", 4), 0);
    cr_assert_eq(faults_live(), 1);
    orm__arena_free(&arena);
    cr_assert_eq(faults_live(), 0);
    faults_stop();
}

static orm_status many_pieces(void *context)
{
    (void)context;
    orm__arena arena = { 0 };
    orm__text text = { 0 };
    int *array = NULL;
    size_t capacity = 0;
    bool enough = true;
    for (size_t i = 0; i < 50 && enough; i++) {
        enough = orm__arena_alloc(&arena, i * 20) != NULL && orm__grow(&array, sizeof *array, i, &capacity);
        if (enough) array[i] = 0;
    }
    for (int i = 0; i < 50; i++) orm__text_format(&text, "%d %s", i, "a text that makes it grow");
    enough = enough && !text.failed;
    orm__text_free(&text);
    orm__free(array);
    orm__arena_free(&arena);
    return enough ? ORM_OK : ORM_NOMEM;
}

Test(memory, every_allocation_may_fail)
{
    faults_sweep(many_pieces, NULL);
}

/* ---- text -----------------------------------------------------------------------------------------------------------
 */

Test(text, grows)
{
    orm__text text = { 0 };
    orm__text_add(&text, "a");
    orm__text_char(&text, 'b');
    orm__text_add_n(&text, "c\0d", 3);
    orm__text_format(&text, "%d-%s", 42, "x");
    cr_assert_eq(text.size, 9);
    cr_assert_eq(memcmp(text.at, "abc\0d42-x", 10), 0);
    orm__text_clear(&text);
    cr_assert_str_eq(text.at, "");
    for (int i = 0; i < 10000; i++) orm__text_add(&text, "0123456789");
    cr_assert_eq(text.size, 100000);
    cr_assert_eq(strlen(text.at), 100000);
    orm__text_free(&text);
    cr_assert_null(text.at);
}

Test(text, failure_sticks_until_cleared)
{
    orm__text text = { 0 };
    faults_start(1, false);
    orm__text_add(&text, "lost");
    cr_assert(text.failed);
    orm__text_add(&text, "there would be memory");
    orm__text_format(&text, "%d", 1);
    cr_assert(text.failed);
    cr_assert_eq(text.size, 0);
    orm__text_clear(&text);
    orm__text_add(&text, "again");
    cr_assert_not(text.failed);
    cr_assert_str_eq(text.at, "again");
    orm__text_free(&text);
    faults_stop();
}

/* ---- error ----------------------------------------------------------------------------------------------------------
 */

Test(error, statuses_have_kind_text_and_http)
{
    static const struct {
        orm_status status;
        const char *kind;
        int http;
    } rows[] = {
        { ORM_OK, "", 200 },           { ORM_NOT_FOUND, "not_found", 404 },   { ORM_UNIQUE, "integrity.unique", 500 },
        { ORM_CONFIG, "config", 500 }, { ORM_ABORTED, "state.aborted", 500 }, { ORM_STATUS_COUNT_, "", 500 },
        { (orm_status)-1, "", 500 },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        cr_assert_str_eq(orm_status_kind(rows[i].status), rows[i].kind);
        cr_assert_eq(orm_http_status(rows[i].status), rows[i].http);
    }
    for (int status = 0; status < ORM_STATUS_COUNT_; status++)
        cr_assert(strlen(orm_status_text((orm_status)status)) > 0);
    cr_assert_str_eq(orm_status_text((orm_status)99), "no status of liborm");
}

Test(error, is_filled_and_answered)
{
    orm_error error = { .table = "old", .column = "old", .sqlstate = "12345" };
    cr_assert_eq(orm__fail(&error, ORM_DATA, "%s is %d", "x", 5), ORM_DATA);
    cr_assert_eq(error.status, ORM_DATA);
    cr_assert_str_eq(error.message, "x is 5");
    cr_assert_str_eq(error.table, "");
    cr_assert_str_eq(error.sqlstate, "");
    cr_assert_eq(orm__nomem(&error), ORM_NOMEM);
    cr_assert_eq(error.status, ORM_NOMEM);
    orm__error_clear(&error);
    cr_assert_eq(error.status, ORM_OK);
    cr_assert_eq(orm__fail(NULL, ORM_CHECK, "nobody listens"), ORM_CHECK);
    cr_assert_eq(orm__nomem(NULL), ORM_NOMEM);
    orm__error_clear(NULL);
}

Test(error, long_message_ends_with_a_whole_character)
{
    static const char *const characters[] = { "x", "é", "€", "😀" };
    for (size_t c = 0; c < COUNT(characters); c++) {
        for (size_t lead = 0; lead < 4; lead++) {
            orm__text text = { 0 };
            orm__text_add_n(&text, "abcd", lead);
            while (text.size < 600) orm__text_add(&text, characters[c]);
            orm_error error;
            orm__fail(&error, ORM_DATA, "%s", text.at);
            size_t size = strlen(error.message);
            cr_assert(orm__utf8_valid(error.message, size), "%s after %zu bytes is cut in two", characters[c], lead);
            cr_assert_geq(size, 508);
            orm__text_free(&text);
        }
    }
}

/* ---- values ---------------------------------------------------------------------------------------------------------
 */

Test(value, null_pointers_are_null)
{
    cr_assert_eq(orm_text(NULL).type, ORM_NULL);
    cr_assert_eq(orm_text_n(NULL, 5).type, ORM_NULL);
    cr_assert_eq(orm_json(NULL).type, ORM_NULL);
    cr_assert_eq(orm_text("").type, ORM_STRING);
    cr_assert_eq(orm_text("é").u.size, 2);
}

Test(value, equality)
{
    json_t *one = json_pack("{s:i,s:[i]}", "a", 1, "b", 2), *same = json_pack("{s:[i],s:i}", "b", 2, "a", 1),
           *other = json_pack("[i]", 1);
    const orm_value values[] = {
        orm_null(),
        orm_int(0),
        orm_int(1),
        orm_bool(false),
        orm_bool(true),
        orm_real(0.0),
        orm_real(-0.0),
        orm_real(NAN),
        orm_text(""),
        orm_text("a"),
        orm_text_n("a\0", 2),
        orm_text("b"),
        orm_json(one),
        orm_json(other),
        orm_json(json_null()),
        orm_date_value((orm_date){ 0 }),
        orm_date_value((orm_date){ 1 }),
        orm_datetime_value((orm_datetime){ 0 }),
        orm_datetime_value((orm_datetime){ 1 }),
    };
    for (size_t i = 0; i < COUNT(values); i++)
        for (size_t k = 0; k < COUNT(values); k++)
            cr_assert_eq(orm__value_equal(&values[i], &values[k]), i == k, "values %zu and %zu", i, k);
    orm_value copy = orm_json(same);
    cr_assert(orm__value_equal(&values[12], &copy));
    json_decref(one);
    json_decref(same);
    json_decref(other);
}

Test(value, copies_are_deep)
{
    orm__arena arena = { 0 };
    char text[] = "a\0b";
    orm_value from = orm_text_n(text, 3), to;
    cr_assert(orm__value_copy(&arena, &from, &to));
    text[0] = 'z';
    cr_assert_eq(memcmp(to.u.s, "a\0b", 4), 0);
    json_t *document = json_pack("[i]", 1);
    from = orm_json(document);
    cr_assert(orm__value_copy(&arena, &from, &to));
    json_array_append_new(document, json_integer(2));
    cr_assert_eq(json_array_size(to.u.j), 1);
    orm__value_drop(&to);
    cr_assert_eq(to.type, ORM_NULL);
    json_decref(document);
    orm__arena_free(&arena);
}

Test(value, fits_its_column)
{
    static const orm_type types[] = {
        ORM_INTEGER, ORM_FLOAT, ORM_BOOLEAN, ORM_STRING, ORM_DATETIME, ORM_DATE, ORM_JSON
    };
    for (size_t i = 0; i < COUNT(types); i++) {
        for (size_t k = 0; k < COUNT(types); k++) {
            orm_value value = { .type = types[k] };
            bool fits = types[i] == types[k] || (types[i] == ORM_FLOAT && types[k] == ORM_INTEGER);
            cr_assert_eq(orm__value_fits(&value, types[i]), fits, "%s in %s", orm__type_name(types[k]),
                         orm__type_name(types[i]));
        }
        orm_value null = orm_null();
        cr_assert(orm__value_fits(&null, types[i]));
    }
    orm_value three = orm_int(3);
    cr_assert(orm__value_fits(&three, ORM_FLOAT));
    cr_assert_eq(three.type, ORM_FLOAT);
    cr_assert_eq(three.u.r, 3.0);
}

Test(value, utf8)
{
    static const struct {
        const char *text;
        bool valid;
    } rows[] = {
        { "", true },
        { "abc", true },
        { "\xC2\x80", true },
        { "é€😀", true },
        { "\xED\x9F\xBF", true },
        { "\xEE\x80\x80", true },
        { "\xF4\x8F\xBF\xBF", true },
        { "\x80", false },
        { "\xC0\x80", false },
        { "\xC1\xBF", false },
        { "\xC3", false },
        { "\xC3(", false },
        { "\xE0\x80\x80", false },
        { "\xE0\x9F\xBF", false },
        { "\xED\xA0\x80", false },
        { "\xE2\x82", false },
        { "\xE2\x82(", false },
        { "\xF0\x80\x80\x80", false },
        { "\xF4\x90\x80\x80", false },
        { "\xF5\x80\x80\x80", false },
        { "\xFF", false },
        { "ok\xF0\x9F\x98", false },
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        cr_assert_eq(orm__utf8_valid(rows[i].text, strlen(rows[i].text)), rows[i].valid, "row %zu", i);
}

Test(value, json)
{
    static const struct {
        const char *text, *back;
    } rows[] = {
        { "null", "null" },
        { " 5 ", "5" },
        { "\"a\\u0000b\"", "\"a\\u0000b\"" },
        { "{\"b\": [1, 1.5, true, null], \"a\": \"é\"}", "{\"b\":[1,1.5,true,null],\"a\":\"é\"}" },
        { "", NULL },
        { "{bad", NULL },
        { "1 2", NULL },
        { "[1,]", NULL },
        { "\"\xFF\"", NULL },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        json_t *document = orm__json_parse(rows[i].text, strlen(rows[i].text));
        cr_assert_eq(document != NULL, rows[i].back != NULL, "%s", rows[i].text);
        if (document == NULL) continue;
        char *text = orm__json_text(document);
        cr_assert_str_eq(text, rows[i].back);
        orm__free(text);
        json_decref(document);
    }
    cr_assert_null(orm__json_text(NULL));
}

/* ---- floats ---------------------------------------------------------------------------------------------------------
 */

static void assert_float(double r, const char *text)
{
    char buffer[32];
    cr_assert_str_eq(orm__float_text(r, buffer), text);
    double back;
    cr_assert(orm__float_parse(buffer, &back), "%s", text);
    cr_assert(memcmp(&r, &back, sizeof r) == 0 || isnan(r), "%s", text);
}

Test(floats, shortest_text_that_reads_back)
{
    assert_float(0.0, "0");
    assert_float(-0.0, "-0");
    assert_float(0.1, "0.1");
    assert_float(1.5, "1.5");
    assert_float(-2.25, "-2.25");
    assert_float(1.0 / 3, "0.3333333333333333");
    assert_float(1e22, "1e+22");
    assert_float(123456789.0, "123456789");
    assert_float(DBL_MAX, "1.7976931348623157e+308");
    assert_float(5e-324, "5e-324");
    assert_float(2e-310, "2e-310");
    assert_float(0.30000000000000004, "0.30000000000000004");
    assert_float(5e15, "5e+15");
    assert_float(NAN, "NaN");
    assert_float(INFINITY, "Infinity");
    assert_float(-INFINITY, "-Infinity");
}

Test(floats, any_bits_read_back)
{
    uint64_t bits = 88172645463325252u;
    for (int i = 0; i < 2000; i++) {
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        double r, back;
        memcpy(&r, &bits, sizeof r);
        if (isnan(r)) continue;
        char buffer[32];
        cr_assert(orm__float_parse(orm__float_text(r, buffer), &back) && back == r, "%a", r);
    }
}

Test(floats, locale_does_not_matter)
{
    if (setlocale(LC_NUMERIC, "de_DE.UTF-8") == NULL && setlocale(LC_NUMERIC, "fr_FR.UTF-8") == NULL)
        cr_skip("no locale with a comma is installed");
    assert_float(0.1, "0.1");
    assert_float(1.5e-7, "1.5e-07");
    assert_float(1e22, "1e+22");
}

Test(floats, what_is_none)
{
    static const char *const rows[] = { "", " 1", "1 ", "abc", "1,5", "0x10", "--1", "+", "1e", "1.5.2" };
    double r = 7;
    for (size_t i = 0; i < COUNT(rows); i++) cr_assert_not(orm__float_parse(rows[i], &r), "'%s'", rows[i]);
    cr_assert_eq(r, 7);
}

/* ---- dates ----------------------------------------------------------------------------------------------------------
 */

static void check_day(int year, int month, int day, int32_t number)
{
    char buffer[32], text[32];
    orm_date date = orm_date_at(year, month, day), parsed = { 0 };
    snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
    cr_assert_eq(date.day, number, "%s is day %d, not %d", text, date.day, number);
    cr_assert_str_eq(orm_date_text(date, buffer), text);
    cr_assert(orm_date_parse(text, &parsed) && parsed.day == number, "%s", text);
}

/* Counted day by day; every day is checked around the edges and of late, of other years the first and last of some
 * months. */
Test(dates, of_years_1_to_9999)
{
    static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int32_t number = -719162;
    for (int year = 1; year <= 9999; year++) {
        bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        bool all = year <= 4 || (year >= 1999 && year <= 2004) || year >= 9998;
        for (int month = 1; month <= 12; month++) {
            int length = lengths[month - 1] + (leap && month == 2);
            for (int day = 1; all && day <= length; day++) check_day(year, month, day, number + day - 1);
            if (month == 2 || month == 12) check_day(year, month, length, number + length - 1);
            if (month == 3) check_day(year, month, 1, number);
            number += length;
        }
    }
    cr_assert_eq(number, 2932897);
}

Test(dates, moments)
{
    static const struct {
        const char *text;
        int64_t us;
        const char *back;
    } rows[] = {
        { "1970-01-01 00:00:00", 0, "1970-01-01 00:00:00.000000" },
        { "1970-01-01T00:00:01.5", 1500000, "1970-01-01 00:00:01.500000" },
        { "1969-12-31 23:59:59.999999", -1, "1969-12-31 23:59:59.999999" },
        { "2024-02-29 23:59:59.678901", 1709251199678901, "2024-02-29 23:59:59.678901" },
        { "2024-01-02 03:04:05.1", 1704164645100000, "2024-01-02 03:04:05.100000" },
        { "0001-01-01 00:00:00", -62135596800000000, "0001-01-01 00:00:00.000000" },
        { "9999-12-31 23:59:59.999999", 253402300799999999, "9999-12-31 23:59:59.999999" },
    };
    char buffer[32];
    for (size_t i = 0; i < COUNT(rows); i++) {
        orm_datetime moment;
        cr_assert(orm_datetime_parse(rows[i].text, &moment), "%s", rows[i].text);
        cr_assert_eq(moment.us, rows[i].us, "%s", rows[i].text);
        cr_assert_str_eq(orm_datetime_text(moment, buffer), rows[i].back);
    }
    cr_assert_eq(orm_datetime_at(2024, 2, 29, 23, 59, 59, 678901).us, 1709251199678901);
}

Test(dates, what_is_none)
{
    static const char *const moments[] = {
        "",
        "2024-01-02",
        "2024-01-02 03:04",
        "2024-01-02  03:04:05",
        "2024-01-02 03:04:05.",
        "2024-01-02 03:04:05.1234567",
        "2024-01-02 03:04:05Z",
        "2024-01-02 03:04:05+00:00",
        "2024-01-02 24:00:00",
        "2024-01-02 23:60:00",
        "2024-01-02 23:59:60",
        "2023-02-29 00:00:00",
        "0000-01-01 00:00:00",
        "2024-13-01 00:00:00",
        "2024-00-01 00:00:00",
        "2024-01-00 00:00:00",
        "2024-04-31 00:00:00",
        "1900-02-29 00:00:00",
        "10000-01-01 00:00:00",
        "-024-01-01 00:00:00",
        "infinity",
        "2024-1-2 03:04:05",
    };
    static const char *const dates[] = { "",         "2024-1-02",  "2024-01-32", "2024-02-30", "2024-01-02 ",
                                         "20240102", "2024/01/02", "0000-12-31" };
    orm_datetime moment = { 7 };
    orm_date date = { 7 };
    for (size_t i = 0; i < COUNT(moments); i++)
        cr_assert_not(orm_datetime_parse(moments[i], &moment), "'%s'", moments[i]);
    for (size_t i = 0; i < COUNT(dates); i++) cr_assert_not(orm_date_parse(dates[i], &date), "'%s'", dates[i]);
    cr_assert_eq(moment.us, 7);
    cr_assert_eq(date.day, 7);
}

Test(dates, arithmetic_of_days_that_do_not_exist)
{
    char buffer[32];
    cr_assert_str_eq(orm_date_text(orm_date_at(2023, 2, 30), buffer), "2023-03-02");
    cr_assert_str_eq(orm_date_text(orm_date_at(2023, 13, 1), buffer), "2024-01-01");
    cr_assert_str_eq(orm_date_text(orm_date_at(2023, 0, 1), buffer), "2022-12-01");
    cr_assert_str_eq(orm_datetime_text(orm_datetime_at(2024, 1, 1, 24, 0, 60, 1000000), buffer),
                     "2024-01-02 00:01:01.000000");
    orm_datetime_at(INT32_MAX, 12, 31, 0, 0, 0, 0); /* wraps, and is not undefined */
    cr_assert(strlen(orm_datetime_text((orm_datetime){ INT64_MIN }, buffer)) < 32);
    cr_assert(strlen(orm_datetime_text((orm_datetime){ INT64_MAX }, buffer)) < 32);
    cr_assert(strlen(orm_date_text((orm_date){ INT32_MIN }, buffer)) < 32);
}

Test(dates, now_is_now)
{
    int64_t before = (int64_t)time(NULL) * 1000000;
    orm_value now = orm_utcnow_value(NULL);
    cr_assert_eq(now.type, ORM_DATETIME);
    cr_assert_geq(now.u.t.us, before);
    cr_assert_lt(now.u.t.us, before + 60000000);
}
