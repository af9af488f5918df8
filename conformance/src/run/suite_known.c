/* The list of known failures: found and checked before a run, rewritten after it. */
#include "base/memory.h"
#include "base/path.h"
#include "run/complain.h"
#include "run/known_write.h"
#include "run/parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_BYTES = 16 * 1024 * 1024 };

/* NULL: there is no such list. To free. */
static char *known_path(const struct run_options *options)
{
    bool is_name = strpbrk(options->impl, "/ ") == NULL;
    return options->known != NULL ? memory_copy(options->known)
           : is_name ? memory_format("%s/conformance/adapters/%s/known.yaml", options->root, options->impl)
                     : NULL;
}

/* Everything that an entry may name. Those from `*made` on are to free. */
static struct strings all_ids(const struct suite *suite, size_t *made)
{
    struct strings ids = {0};
    for (size_t i = 0; suite->selection.ids[i] != NULL; i++) {
        strings_add(&ids, suite->selection.ids[i]);
    }
    *made = ids.count;
    for (size_t i = 0; i < suite->spec->schema_count; i++) {
        for (size_t j = 0; prerequisite_steps[j] != NULL; j++) {
            strings_add(&ids, memory_format("schema/%s/%s", suite->spec->schemas[i]->name, prerequisite_steps[j]));
        }
    }
    return ids;
}

static void free_ids(struct strings *ids, size_t made)
{
    for (size_t i = made; i < ids->count; i++) {
        free((char *)ids->items[i]);
    }
    strings_free(ids);
}

bool suite_read_known(struct suite *suite)
{
    const struct run_options *options = suite->options;
    char *path = known_path(options);
    size_t refused = 0;
    bool good = true;
    if (options->write_known && path == NULL) {
        complain("--write-known: a command has no list of its own: name one with --known FILE");
        return false;
    }
    bool expected = options->known != NULL && !options->write_known;
    if (path != NULL && (expected || access(path, F_OK) == 0)) {
        good = known_read(&suite->known, path, complain_place, &refused);
    }
    free(path);
    if (!good) {
        return false;
    }
    static const char *const none[] = {NULL};
    size_t made;
    struct strings ids = all_ids(suite, &made);
    good = known_match(&suite->known, ids.count > 0 ? ids.items : none, complain_place, &refused);
    free_ids(&ids, made);
    return good;
}

/* In one step, so that nobody finds half a list. */
static bool replace_file(const char *path, const char *text)
{
    char *beside = memory_format("%s.new", path);
    FILE *file = fopen(beside, "we");
    bool good = file != NULL && fputs(text, file) >= 0;
    good = (file == NULL || fclose(file) == 0) && good;
    good = good && rename(beside, path) == 0;
    if (!good) {
        complain("--write-known %s: %s", path, strerror(errno));
        unlink(beside);
    }
    free(beside);
    return good;
}

/* What was made must read back. */
static bool check_text(const char *path, const char *text)
{
    struct known known;
    char *beside = memory_format("%s.new", path);
    size_t refused = 0;
    FILE *file = fopen(beside, "we");
    bool good = file != NULL && fputs(text, file) >= 0;
    good = (file == NULL || fclose(file) == 0) && good;
    if (!good) {
        complain("--write-known %s: %s", beside, strerror(errno));
    } else {
        good = known_read(&known, beside, complain_place, &refused);
        known_free(&known);
    }
    unlink(beside);
    free(beside);
    return good;
}

static bool write_list(struct known_rewrite *rewrite, const char *path)
{
    char *problem = NULL, *text = known_rewrite(rewrite, &problem);
    if (text == NULL) {
        complain("--write-known: %s", problem);
        free(problem);
        return false;
    }
    bool same = strcmp(text, rewrite->text == NULL ? "" : rewrite->text) == 0 ||
                (rewrite->text == NULL && rewrite->added == 0);
    bool good = same || (check_text(path, text) && replace_file(path, text));
    if (good) {
        printf("%s: %zu entries added, %zu removed, %zu narrowed%s\n", path, rewrite->added, rewrite->removed,
               rewrite->narrowed, same ? ": nothing to write" : "");
        if (rewrite->expired > 0) {
            printf("%zu failures have an entry that is expired: renew it by hand, or mend them\n", rewrite->expired);
        }
    }
    free(text);
    return good;
}

bool suite_write_known(const struct suite *suite)
{
    const struct report_run *record = &suite->record;
    char *path = known_path(suite->options);
    size_t made, length = 0;
    struct strings ids = all_ids(suite, &made);
    struct known_news *news = memory_array(record->count + 1, sizeof *news);
    for (size_t i = 0; i < record->count; i++) {
        const struct report_result *result = record->results[i];
        news[i] = (struct known_news){.id = result->id,
                                      .database = result->database,
                                      .verdict = result->verdict,
                                      .message = result->message};
    }
    char *text = path_read(path, FILE_BYTES, &length);
    struct known_rewrite rewrite = {.known = &suite->known,
                                    .text = text,
                                    .ids = ids.items,
                                    .news = news,
                                    .count = record->count};
    for (size_t i = 0; i < record->database_count; i++) {
        rewrite.ran[record->databases[i].kind] = true;
    }
    bool good = write_list(&rewrite, path);
    free(text);
    free(news);
    free_ids(&ids, made);
    free(path);
    return good;
}
