/* What the fuzzers have collected (fixtures/fuzz), once more: each input comes back without a finding. */
#include "support/fuzz.h"
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t run_all(const char *name, void (*target)(const uint8_t *, size_t))
{
    const char *root = getenv("ORMSPEC_ROOT");
    char folder[2048], path[4096];
    snprintf(folder, sizeof folder, "%s/fixtures/fuzz/%s", root != NULL ? root : ".", name);
    DIR *entries = opendir(folder);
    cr_assert_not_null(entries, "%s", folder);
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        if (entry->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        FILE *file = fopen(path, "rb");
        cr_assert_not_null(file, "%s", path);
        /* of the exact size, so that valgrind and ASan see a read behind the end */
        fseek(file, 0, SEEK_END);
        long size = ftell(file);
        rewind(file);
        uint8_t *data = malloc(size > 0 ? (size_t)size : 1);
        cr_assert_eq(fread(data, 1, (size_t)size, file), (size_t)size, "%s", path);
        target(data, (size_t)size);
        free(data);
        fclose(file);
        count++;
    }
    closedir(entries);
    return count;
}

Test(fuzz, dotenv)
{
    cr_assert_gt(run_all("dotenv", fuzz_dotenv), 10);
}

Test(fuzz, url)
{
    cr_assert_gt(run_all("url", fuzz_url), 10);
}

Test(fuzz, password)
{
    cr_assert_gt(run_all("password", fuzz_password), 10);
}
