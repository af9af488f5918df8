#include "base/arena.h"
#include "base/base64.h"
#include "base/glob.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/path.h"
#include "base/text.h"
#include "base/utf8.h"
#include "world.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdint.h>
#include <sys/wait.h>

Test(glob, matches_whole_ids)
{
    static const struct {
        const char *pattern, *text;
        bool met;
    } rows[] = {
        {"*", "", true},
        {"*", "a.b/c/d", true},
        {"a.b/*", "a.b/c/d", true},
        {"a.b", "a.b/c", false},
        {"*/missing", "read.get/missing", true},
        {"*/missing", "read.get/missing/row", false},
        {"read.*get*", "read.all.get/x", true},
        {"a?c", "abc", true},
        {"a?c", "ac", false},
        {"", "", true},
        {"", "a", false},
        {"**a", "bca", true},
        {"*ab*ab", "abab", true},
        {"*ab*ab", "aba", false},
        {"a*b*c", "a123b456d", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(glob_match(rows[i].pattern, rows[i].text), rows[i].met, "%s on %s", rows[i].pattern, rows[i].text);
    }
}

Test(text, grows_drops_and_is_given_away)
{
    struct text text = {0};
    cr_assert_str_eq(text_get(&text), "");
    for (int i = 0; i < 100; i++) {
        text_format(&text, "%d,", i);
    }
    cr_expect_eq(text.length, 290);
    text_drop(&text, 286);
    cr_expect_str_eq(text_get(&text), ",99,");
    text_drop(&text, 100);
    cr_expect_str_eq(text_get(&text), "");
    text_add_char(&text, 'x');
    text_add(&text, "yz");
    text_add_bytes(&text, "\0!", 2);
    cr_expect_eq(text.length, 5);
    char *taken = text_take(&text);
    cr_expect_arr_eq(taken, "xyz\0!", 6);
    cr_expect_eq(text.length, 0);
    free(taken);
    taken = text_take(&text);
    cr_expect_str_eq(taken, "");
    free(taken);
    text_clear(&text);
    text_free(&text);
}

Test(arena, holds_small_and_large_pieces)
{
    struct arena arena = {0};
    char *first = arena_copy(&arena, "first");
    char *large = arena_array(&arena, 100, 1000);
    char *second = arena_format(&arena, "%s %d", "second", 2);
    memset(large, 'x', 100 * 1000);
    for (int i = 0; i < 5000; i++) {
        int *piece = arena_get(&arena, sizeof *piece);
        cr_assert_eq(*piece, 0);
        cr_assert_eq((uintptr_t)piece % _Alignof(max_align_t), 0);
        *piece = i;
    }
    cr_expect_str_eq(first, "first");
    cr_expect_str_eq(second, "second 2");
    arena_free(&arena);
    cr_expect_null(arena.blocks);
    arena_free(&arena);
}

static void want_too_much(void)
{
    free(memory_array(SIZE_MAX / 16, 32));
}

static void want_too_many(void)
{
    struct arena arena = {0};
    arena_array(&arena, SIZE_MAX, 2);
    arena_free(&arena);
}

static void want_almost_all(void)
{
    struct arena arena = {0};
    arena_get(&arena, SIZE_MAX - 1);
    arena_free(&arena);
}

static void grow_too_far(void)
{
    free(memory_resize(NULL, SIZE_MAX / 2, 4));
}

static void (*const wishes[])(void) = {want_too_much, want_too_many, want_almost_all, grow_too_far};

/* The wish is made before main: in a process that has nothing of Criterion's yet, so that leak checkers see only ours.
 */
__attribute__((constructor)) static void make_wish(void)
{
    const char *wish = getenv("BASE_TEST_WISH");
    if (wish != NULL) {
        wishes[*wish - '0']();
        _exit(0);
    }
}

Test(memory, ends_the_program_when_there_is_none)
{
    char self[4096] = "";
    cr_assert_gt(readlink("/proc/self/exe", self, sizeof self - 1), 0);
    for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++) {
        int ends[2];
        cr_assert_eq(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0) {
            dup2(ends[1], STDERR_FILENO);
            close(ends[0]);
            close(ends[1]);
            setenv("BASE_TEST_WISH", (const char[]){(char)('0' + i), '\0'}, 1);
            execl(self, self, (char *)NULL);
            _exit(127);
        }
        close(ends[1]);
        char told[64] = "";
        cr_expect_gt(read(ends[0], told, sizeof told - 1), 0);
        cr_expect_str_eq(told, "ormspec: out of memory\n");
        close(ends[0]);
        int status = 0;
        waitpid(child, &status, 0);
        cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 3, "wish %zu: status %d", i, status);
    }
}

Test(base64, there_and_back)
{
    static const struct {
        const char *plain, *coded;
    } rows[] = {{"", ""},        {"f", "Zg=="},          {"fo", "Zm8="},
                {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}, {"\xff\xfe\xfd", "//79"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *coded = base64_encode(rows[i].plain, strlen(rows[i].plain));
        cr_expect_str_eq(coded, rows[i].coded);
        size_t length;
        unsigned char *back = base64_decode(coded, &length);
        cr_assert_not_null(back);
        cr_expect_eq(length, strlen(rows[i].plain));
        cr_expect_str_eq((char *)back, rows[i].plain);
        free(back);
        free(coded);
    }
    static const char *const bad[] = {"Z", "Zg=", "Zg", "Z===", "=Zg=", "Zg==Zg==", "Zm 9", "Zm9!", "Zm\n9"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        size_t length;
        cr_expect_null(base64_decode(bad[i], &length), "%s", bad[i]);
    }
}

Test(number, floats)
{
    static const struct {
        const char *text;
        double value;
    } good[] = {{"1.5", 1.5},       {"0.1", 0.1}, {"-0.0", -0.0},  {"1e3", 1000},
                {"5E-324", 5e-324}, {"-12", -12}, {"1.25e+2", 125}};
    double value;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        cr_expect(number_parse_float(good[i].text, &value), "%s", good[i].text);
        cr_expect(value <= good[i].value && value >= good[i].value, "%s", good[i].text);
    }
    cr_expect(number_parse_float("NaN", &value) && isnan(value));
    cr_expect(number_parse_float("Infinity", &value) && isinf(value) && value > 0);
    cr_expect(number_parse_float("-Infinity", &value) && isinf(value) && value < 0);
    static const char *const bad[] = {"",   "-",    "nan",  "inf", "0x10", "1.",  ".5",
                                      "1e", "1.5 ", " 1.5", "1,5", "+1",   "1e5x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_expect_not(number_parse_float(bad[i], &value), "%s", bad[i]);
    }
    static const struct {
        double value;
        const char *text;
    } shown[] = {{1.5, "1.5"},
                 {0.1, "0.1"},
                 {1, "1.0"},
                 {1e300, "1e+300"},
                 {1.0 / 3, "0.3333333333333333"},
                 {-0.0, "-0.0"},
                 {(double)NAN, "NaN"},
                 {(double)INFINITY, "Infinity"},
                 {-(double)INFINITY, "-Infinity"},
                 {5e-324, "4.94065645841247e-324"}};
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        char text[32];
        number_format_float(shown[i].value, text);
        cr_expect_str_eq(text, shown[i].text);
    }
}

Test(number, integers)
{
    int64_t value;
    cr_expect(number_parse_int("0", &value) && value == 0);
    cr_expect(number_parse_int("-0", &value) && value == 0);
    cr_expect(number_parse_int("-9223372036854775808", &value) && value == INT64_MIN);
    cr_expect(number_parse_int("9223372036854775807", &value) && value == INT64_MAX);
    static const char *const bad[] = {
        "9223372036854775808", "-9223372036854775809", "", "-", "01", "-01", "1 ", "+1", "1.0", "0x1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_expect_not(number_parse_int(bad[i], &value), "%s", bad[i]);
    }
}

Test(number, moments)
{
    static const struct {
        const char *text;
        int64_t value;
        const char *shown;
    } good[] = {{"1970-01-01T00:00:00", 0, "1970-01-01T00:00:00"},
                {"1970-01-01T00:00:00.5", 500000, "1970-01-01T00:00:00.500000"},
                {"1969-12-31T23:59:59.999999", -1, "1969-12-31T23:59:59.999999"},
                {"2000-02-29T12:00:00.000000", INT64_C(951825600000000), "2000-02-29T12:00:00"},
                {"2024-01-02T03:04:05.678901", INT64_C(1704164645678901), "2024-01-02T03:04:05.678901"},
                {"0001-01-01T00:00:00", INT64_C(-62135596800000000), "0001-01-01T00:00:00"},
                {"9999-12-31T23:59:59", INT64_C(253402300799000000), "9999-12-31T23:59:59"}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t value = 7;
        cr_expect(number_parse_datetime(good[i].text, &value), "%s", good[i].text);
        cr_expect_eq(value, good[i].value, "%s: %lld", good[i].text, (long long)value);
        char shown[40];
        number_format_datetime(value, shown);
        cr_expect_str_eq(shown, good[i].shown);
    }
    static const char *const bad[] = {
        "2023-02-29T00:00:00",  "2024-13-01T00:00:00", "2024-00-01T00:00:00",  "2024-01-32T00:00:00",
        "1900-02-29T00:00:00",  "2024-01-02 03:04:05", "2024-01-02T24:00:00",  "2024-01-02T03:60:00",
        "2024-01-02T03:04:60",  "2024-01-02T03:04",    "2024-01-02T03:04:05.", "2024-01-02T03:04:05.1234567",
        "2024-01-02T03:04:05Z", "24-01-02T03:04:05",   "0000-01-01T00:00:00",  ""};
    int64_t value;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_expect_not(number_parse_datetime(bad[i], &value), "%s", bad[i]);
    }
    cr_expect(number_parse_date("2024-02-29", &value) && value == 19782);
    cr_expect_not(number_parse_date("2024-02-30", &value));
    cr_expect_not(number_parse_date("2024-02-29T", &value));
}

Test(utf8, finds_the_first_bad_byte)
{
    static const struct {
        const char *bytes;
        size_t valid;
    } rows[] = {{"", 0},
                {"abc", 3},
                {"\xC3\xA9t\xC3\xA9", 5},
                {"\xE2\x82\xAC", 3},
                {"\xF0\x9F\x98\x80", 4},
                {"a\xFF", 1},
                {"a\xC3", 1},
                {"\xC0\x80", 0},
                {"\xE0\x9F\xBF", 0},
                {"\xED\xA0\x80", 0},
                {"\xF4\x90\x80\x80", 0},
                {"\xF0\x8F\xBF\xBF", 0},
                {"\x80", 0},
                {"ab\xE2\x82", 2},
                {"\xC3(", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_expect_eq(utf8_valid(rows[i].bytes, strlen(rows[i].bytes)), rows[i].valid, "row %zu", i);
    }
}

Test(hash, sha256_of_known_texts)
{
    char sum[65];
    hash_sha256("", 0, sum);
    cr_expect_str_eq(sum, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    hash_sha256("abc", 3, sum);
    cr_expect_str_eq(sum, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

Test(path, parts_and_files)
{
    static const struct {
        const char *folder, *name, *joined;
    } joins[] = {{"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"/", "b", "/b"}, {"a", "/b", "/b"}, {"", "b", "b"}};
    for (size_t i = 0; i < sizeof joins / sizeof *joins; i++) {
        char *joined = path_join(joins[i].folder, joins[i].name);
        cr_expect_str_eq(joined, joins[i].joined);
        free(joined);
    }
    static const char *const folders[][2] = {{"a/b/c", "a/b"}, {"a", "."}, {"/a", "/"}};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char *folder = path_folder(folders[i][0]);
        cr_expect_str_eq(folder, folders[i][1]);
        free(folder);
    }
    cr_expect_str_eq(path_name("a/b.c"), "b.c");
    cr_expect_str_eq(path_name("b.c"), "b.c");
    cr_expect(path_ends("x.yaml", ".yaml"));
    cr_expect_not(path_ends("yaml", ".yaml"));

    struct world world = world_make();
    char *file = path_join(world.root, "spec/suite.yaml");
    cr_expect(path_is_file(file) && !path_is_folder(file) && !path_is_executable(file));
    cr_expect(path_is_folder(world.root) && !path_is_file(world.root));
    size_t length = 0;
    char *text = path_read(file, 1000, &length);
    cr_expect_str_eq(text, "version: 1.2.3\nprotocol: 1\n");
    cr_expect_eq(length, strlen(text));
    free(text);
    cr_expect_null(path_read(file, 5, &length));
    cr_expect_eq(errno, EFBIG);
    cr_expect_null(path_read("/no/such/file", 5, &length));
    cr_expect_eq(errno, ENOENT);
    cr_expect_null(path_read(world.root, 5, &length));
    world_write(&world, "list/b", "");
    world_write(&world, "list/a", "");
    world_write(&world, "list/c.old", "");
    world_write(&world, "list/.hidden", "");
    char *folder = path_join(world.root, "list");
    char **names = path_list(folder);
    cr_assert_not_null(names);
    cr_expect_str_eq(names[0], "a");
    cr_expect_str_eq(names[1], "b");
    cr_expect_str_eq(names[2], "c.old");
    cr_expect_null(names[3]);
    path_list_free(names);
    char *hidden = path_join(folder, ".hidden");
    remove(hidden);
    free(hidden);
    cr_expect_null(path_list("/no/such/folder"));
    free(folder);
    free(file);
    world_free(&world);
}
