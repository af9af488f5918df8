/* .env files: the grammar beside what the specification has of it, files, the environment, URLs for users. */
#include "support/support.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static orm_dotenv *parse(const char *text, const orm_dotenv_options *options)
{
    orm_dotenv *file;
    orm_error error = {0};
    cr_assert_eq(orm_dotenv_parse(text, strlen(text), options, &file, &error), ORM_OK, "%s: %s", text, error.message);
    return file;
}

static const char *write_file(const char *folder, const char *name, const char *text)
{
    static char path[ORM_PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
    return path;
}

Test(dotenv, one_value)
{
    static const struct {
        const char *text, *name, *value;
    } rows[] = {
        {"A=b", "A", "b"},
        {"A", "A", NULL},
        {"export A = b # c", "A", "b"},
        {"'A b'='c d'", "A b", "c d"},
        {"'A\nb'=1", "A\nb", "1"},
        {"A=\"x\\ty\\\"z\\q\"", "A", "x\ty\"z\\q"},
        {"A='x\\ty\\'z'", "A", "x\\ty'z"},
        {"A='b\\'", "A", "b\\"},       /* no other quote closes it */
        {"A='b\\' # '", "A", "b' # "}, /* one does */
        {"A=b\xC2\xA0#c", "A", "b"},
        {"A=b\xE2\x80\xA8", "A", "b"},
        {"A=\xC2\xA0", "A", ""},
        {"A=$A${A", "A", "$A${A"},
        {"A=${A:-${B}}", "A", "${B}"},
        {"\n\n\v A=1", "A", "1"},
        {"A=1\nA=${A}${A}\nA=${A}${A}", "A", "1111"},
    };
    unsetenv("A");
    for (size_t i = 0; i < COUNT(rows); i++) {
        orm_dotenv *file = parse(rows[i].text, NULL);
        cr_assert_eq(file->count, 1, "%s: %zu", rows[i].text, file->count);
        cr_assert_eq(file->unparsed_count, 0, "%s", rows[i].text);
        cr_assert_str_eq(file->at[0].name, rows[i].name);
        if (rows[i].value == NULL)
            cr_assert_null(file->at[0].value);
        else
            cr_assert_str_eq(file->at[0].value, rows[i].value, "%s: %s", rows[i].text, file->at[0].value);
        orm_dotenv_close(&file);
        cr_assert_null(file);
    }
}

Test(dotenv, statements_that_are_none)
{
    orm_dotenv *file = parse("# one\n\nA B\nC=1\n=2\nD=\"4\nexport \nE=5 6\n'F\n", NULL);
    static const size_t lines[] = {3, 5, 6, 7, 9};
    cr_assert_eq(file->count, 2);
    cr_assert_str_eq(orm_dotenv_get(file, "C"), "1");
    cr_assert_eq(file->unparsed_count, COUNT(lines));
    for (size_t i = 0; i < COUNT(lines); i++)
        cr_assert_eq(file->unparsed[i], lines[i], "%zu", file->unparsed[i]);
    orm_dotenv_close(&file);
}

Test(dotenv, many_names)
{
    char *text = malloc(200000), *end = text;
    *text = '\0';
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 5000; i++)
            end += sprintf(end, "NAME_%d=%d\n", i, i + round);
    orm_dotenv *file = parse(text, NULL);
    cr_assert_eq(file->count, 5000);
    for (int i = 0; i < 5000; i += 7) {
        char name[32], value[32];
        snprintf(name, sizeof name, "NAME_%d", i);
        snprintf(value, sizeof value, "%d", i + 1);
        cr_assert_str_eq(orm_dotenv_get(file, name), value);
        cr_assert_str_eq(file->at[i].name, name);
    }
    cr_assert_null(orm_dotenv_get(file, "NAME_"));
    orm_dotenv_close(&file);
    file = parse("", NULL);
    cr_assert_null(orm_dotenv_get(file, "A"));
    orm_dotenv_close(&file);
    free(text);
}

Test(dotenv, refused_text)
{
    static const struct {
        const char *text;
        size_t size;
        orm_encoding encoding;
        const char *message;
    } rows[] = {
        {"A=1\nB=\xE9\n", 8, ORM_UTF_8, "line 2: not UTF-8"},
        {"A=\xC0\x80", 4, ORM_UTF_8, "line 1: not UTF-8"},
        {"A=\xED\xA0\x80", 5, ORM_UTF_8_SIG, "line 1: not UTF-8"},
        {"A=\xF0\x9F\x94", 5, ORM_UTF_8, "line 1: not UTF-8"},
        {"A=1\r\rB=\0", 8, ORM_LATIN_1, "line 3: a NUL byte"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        orm_dotenv *file;
        orm_error error = {0};
        const orm_dotenv_options options = {.encoding = rows[i].encoding};
        cr_assert_eq(orm_dotenv_parse(rows[i].text, rows[i].size, &options, &file, &error), ORM_DATA);
        cr_assert_str_eq(error.message, rows[i].message);
        cr_assert_null(file);
    }
}

/* A file that would grow into gigabytes. */
Test(dotenv, interpolation_has_an_end)
{
    char text[4096] = "A=xxxxxxxxxxxxxxxx\n", *end = text + strlen(text);
    for (int i = 0; i < 40; i++)
        end += sprintf(end, "A=${A}${A}\n");
    orm_dotenv *file;
    orm_error error = {0};
    cr_assert_eq(orm_dotenv_parse(text, strlen(text), NULL, &file, &error), ORM_DATA);
    cr_assert_not_null(strstr(error.message, "more than 16 MiB"), "%s", error.message);
}

Test(dotenv, encodings)
{
    orm_dotenv *file = parse("\xEF\xBB\xBF"
                             "A=\xC3\xA9",
                             &(orm_dotenv_options){.encoding = ORM_UTF_8_SIG});
    cr_assert_str_eq(orm_dotenv_get(file, "A"), "\xC3\xA9");
    orm_dotenv_close(&file);
    file = parse("\xEF\xBB\xBF"
                 "A=1",
                 NULL);
    cr_assert_str_eq(orm_dotenv_get(file, "\xEF\xBB\xBF"
                                          "A"),
                     "1");
    orm_dotenv_close(&file);
    file = parse("A=\xE9", &(orm_dotenv_options){.encoding = ORM_LATIN_1});
    cr_assert_str_eq(orm_dotenv_get(file, "A"), "\xC3\xA9");
    orm_dotenv_close(&file);
}

Test(dotenv, loaded_into_the_environment, .fini = directory_done)
{
    const char *path = write_file(directory(), ".env", "ORM_A=file\nORM_B=${ORM_A}\nORM_C\nORM_D=\n");
    bool loaded = false;
    setenv("ORM_A", "environment", 1);
    unsetenv("ORM_B"), unsetenv("ORM_C"), unsetenv("ORM_D");
    cr_assert_eq(orm_dotenv_load(path, NULL, &loaded, NULL), ORM_OK);
    cr_assert(loaded);
    cr_assert_str_eq(getenv("ORM_A"), "environment");
    cr_assert_str_eq(getenv("ORM_B"), "environment");
    cr_assert_null(getenv("ORM_C"));
    cr_assert_str_eq(getenv("ORM_D"), "");
    cr_assert_eq(orm_dotenv_load(path, &(orm_dotenv_options){.override = true}, NULL, NULL), ORM_OK);
    cr_assert_str_eq(getenv("ORM_A"), "file");
    cr_assert_str_eq(getenv("ORM_B"), "file");
    const char *value;
    orm_error error = {0};
    cr_assert_eq(orm_getenv("ORM_D", &value, NULL), ORM_OK);
    cr_assert_str_eq(value, "");
    cr_assert_eq(orm_getenv("ORM_C", &value, &error), ORM_CONFIG);
    cr_assert_not_null(strstr(error.message, "the environment variable ORM_C is not set"), "%s", error.message);
}

Test(dotenv, files_that_cannot_be, .fini = directory_done)
{
    const char *folder = directory();
    orm_error error = {0};
    bool loaded = true;
    orm_dotenv *file;
    cr_assert_eq(orm_dotenv_load(folder, NULL, &loaded, &error), ORM_OK);
    cr_assert_not(loaded);
    cr_assert_eq(orm_dotenv_open("/no/such/.env", NULL, &file, &error), ORM_OK);
    cr_assert_eq(file->count, 0);
    orm_dotenv_close(&file);
    const char *path = write_file(folder, "bad", "A=1\nB=\xE9secret\n");
    cr_assert_eq(orm_dotenv_open(path, NULL, &file, &error), ORM_DATA);
    cr_assert_null(file);
    cr_assert_not_null(strstr(error.message, "/bad: line 2: not UTF-8"), "%s", error.message);
    path = write_file(folder, "name", "'ORM=A'=secret\n");
    cr_assert_eq(orm_dotenv_load(path, NULL, &loaded, &error), ORM_DATA);
    cr_assert_str_eq(error.message, "'ORM=A' cannot be the name of an environment variable");
    path = write_file(folder, "large", "A=1\n");
    cr_assert_eq(truncate(path, 32 * 1024 * 1024), 0);
    cr_assert_eq(orm_dotenv_open(path, NULL, &file, &error), ORM_CONFIG);
    cr_assert_not_null(strstr(error.message, "more than 16 MiB"), "%s", error.message);
    path = write_file(folder, "closed", "A=1\n");
    if (geteuid() == 0) return; /* whom no mode stops */
    chmod(path, 0);
    cr_assert_eq(orm_dotenv_open(path, NULL, &file, &error), ORM_CONFIG);
}

Test(dotenv, found_upwards, .fini = directory_done)
{
    char below[ORM_PATH_SIZE], path[ORM_PATH_SIZE], wanted[ORM_PATH_SIZE];
    const char *folder = directory();
    bool loaded = false;
    snprintf(below, sizeof below, "%s/a", folder);
    cr_assert_eq(mkdir(below, 0700), 0);
    cr_assert(realpath(write_file(folder, ".env", "ORM_FOUND=1\n"), wanted) == wanted);
    cr_assert(orm_dotenv_find(below, NULL, path));
    cr_assert_str_eq(path, wanted);
    cr_assert_not(orm_dotenv_find(below, ".env-that-nobody-has", path));
    cr_assert_str_empty(path);
    cr_assert_not(orm_dotenv_find("/no/such/directory", NULL, path));
    cr_assert_not(orm_dotenv_find("/", ".env-that-nobody-has", path));
    cr_assert_eq(chdir(below), 0);
    unsetenv("ORM_FOUND");
    cr_assert_eq(orm_dotenv_load(NULL, NULL, &loaded, NULL), ORM_OK);
    cr_assert(loaded);
    cr_assert_str_eq(getenv("ORM_FOUND"), "1");
    cr_assert_eq(chdir("/"), 0);
    cr_assert_eq(rmdir(below), 0);
}

static orm_status read_all(void *text)
{
    orm_dotenv *file;
    orm_status rc = orm_dotenv_parse(text, strlen(text), NULL, &file, NULL);
    orm_dotenv_close(&file);
    return rc;
}

static orm_status open_file(void *path)
{
    orm_dotenv *file;
    orm_status rc = orm_dotenv_open(path, NULL, &file, NULL);
    orm_dotenv_close(&file);
    return rc;
}

static orm_status take_apart(void *text)
{
    orm_url *url;
    orm_status rc = orm_url_parse(text, &url, NULL);
    orm_url_close(&url);
    return rc;
}

Test(dotenv, every_allocation_may_fail, .fini = directory_done)
{
    char text[2048] = "A='1'\nB=\"${A}2\"\nC=${B:-x}\n'\n'\n'\n", *end = text + strlen(text);
    for (int i = 0; i < 40; i++)
        end += sprintf(end, "NAME_%d=${A}\n", i);
    faults_sweep(read_all, text);
    faults_sweep(open_file, (char *)write_file(directory(), ".env", text));
    faults_sweep(take_apart, (char[]){"postgresql://u:p@/d?host=a:1&host=b:2"});
}

Test(url, for_users)
{
    orm_url *url;
    orm_error error = {0};
    cr_assert_eq(orm_url_parse("postgresql+psycopg2://u:p%40@h:5/d?host=a:1&host=b:2", &url, NULL), ORM_OK);
    cr_assert_str_eq(url->dialect, "postgresql");
    cr_assert_str_eq(url->user, "u");
    cr_assert_str_eq(url->password, "p@");
    cr_assert_str_eq(url->host, "h");
    cr_assert_eq(url->port, 5);
    cr_assert_str_eq(url->database, "d");
    cr_assert_eq(url->option_count, 2);
    cr_assert_str_eq(url->options[1][0], "host");
    cr_assert_str_eq(url->options[1][1], "b:2");
    orm_url_close(&url);
    cr_assert_null(url);
    orm_url_close(&url);
    cr_assert_eq(orm_url_parse("sqlite://host/d", &url, &error), ORM_CONFIG);
    cr_assert_null(url);
    cr_assert_eq(orm_url_parse("sqlite:///d?host=a&host=b", &url, &error), ORM_CONFIG);
    cr_assert_not_null(strstr(error.message, "the option 'host' twice"));
}
