#include "spec/load.h"

#include "base/hash.h"
#include "base/memory.h"
#include "base/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_LIMIT = 16 * 1024 * 1024 };

static size_t file_order(const struct loader *loader, const char *file)
{
    for (size_t i = 0; i < loader->file_count; i++) {
        if (strcmp(loader->files[i], file) == 0) {
            return i;
        }
    }
    return loader->file_count;
}

void load_collect(void *context, const struct spec_place *place, const char *message)
{
    struct loader *loader = context;
    for (size_t i = 0; i < loader->refusal_count; i++) {
        const struct load_refusal *old = &loader->refusals[i];
        if (old->place.line == place->line && old->place.column == place->column &&
            strcmp(old->place.file, place->file) == 0 && strcmp(old->message, message) == 0) {
            return;
        }
    }
    if (loader->refusal_count == loader->refusal_room) {
        loader->refusal_room = loader->refusal_room ? loader->refusal_room * 2 : 16;
        loader->refusals = memory_resize(loader->refusals, loader->refusal_room, sizeof *loader->refusals);
    }
    loader->refusals[loader->refusal_count++] =
        (struct load_refusal){*place, memory_copy(message), file_order(loader, place->file)};
}

void load_refuse(struct loader *loader, const struct spec_place *place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *message = memory_vformat(format, arguments);
    va_end(arguments);
    load_collect(loader, place, message);
    free(message);
}

json_t *load_keep(struct loader *loader, json_t *json)
{
    struct spec_impl *impl = loader->spec->impl;
    if (impl->owned_count == impl->owned_room) {
        impl->owned_room = impl->owned_room ? impl->owned_room * 2 : 64;
        impl->owned = memory_resize(impl->owned, impl->owned_room, sizeof *impl->owned);
    }
    impl->owned[impl->owned_count++] = json;
    return json;
}

/* Edits (insert, delete, replace, swap of neighbours) between two short names. */
static size_t distance(const char *left, const char *right)
{
    enum { LIMIT = 40 };
    size_t m = strlen(left), n = strlen(right);
    if (m >= LIMIT || n >= LIMIT) {
        return LIMIT;
    }
    size_t rows[LIMIT + 1][LIMIT + 1];
    for (size_t i = 0; i <= m; i++) {
        for (size_t j = 0; j <= n; j++) {
            if (i == 0 || j == 0) {
                rows[i][j] = i + j;
                continue;
            }
            size_t best = rows[i - 1][j - 1] + (left[i - 1] != right[j - 1]);
            best = rows[i - 1][j] + 1 < best ? rows[i - 1][j] + 1 : best;
            best = rows[i][j - 1] + 1 < best ? rows[i][j - 1] + 1 : best;
            if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] &&
                rows[i - 2][j - 2] + 1 < best) {
                best = rows[i - 2][j - 2] + 1;
            }
            rows[i][j] = best;
        }
    }
    return rows[m][n];
}

const char *load_hint(struct loader *loader, const char *name, const void *names, size_t step)
{
    const char *best = NULL;
    size_t nearest = strlen(name) > 5 ? 3 : 2;
    for (const char *at = names;; at += step) {
        const char *candidate = *(const char *const *)(const void *)at;
        if (candidate == NULL) {
            break;
        }
        size_t far = distance(name, candidate);
        if (far < nearest) {
            nearest = far;
            best = candidate;
        }
    }
    return best != NULL ? arena_format(loader->arena, " (did you mean `%s`?)", best) : "";
}

bool load_has_name(const char *const *names, const char *name)
{
    for (; *names != NULL; names++) {
        if (strcmp(*names, name) == 0) {
            return true;
        }
    }
    return false;
}

bool load_map(struct loader *loader, const struct yaml *node, const char *what, const struct yaml_key *keys)
{
    return yaml_check_map(node, what, keys, load_collect, loader);
}

const char *load_text(struct loader *loader, const struct yaml *map, const char *key)
{
    const struct yaml *node = yaml_get(map, key);
    if (node == NULL) {
        return NULL;
    }
    if (node->kind != YAML_TEXT || strlen(node->text) != node->length) {
        load_refuse(loader, &node->place, "`%s` must be text, not %s", key,
                    node->kind == YAML_TEXT ? "text with U+0000" : yaml_kind_name(node));
        return NULL;
    }
    if (node->length == 0) {
        load_refuse(loader, &node->place, "`%s` must not be empty", key);
        return NULL;
    }
    return node->text;
}

bool load_boolean(struct loader *loader, const struct yaml *map, const char *key, bool fallback)
{
    const struct yaml *node = yaml_get(map, key);
    if (node == NULL) {
        return fallback;
    }
    if (node->kind != YAML_BOOLEAN) {
        load_refuse(loader, &node->place, "`%s` must be true or false, not %s", key, yaml_kind_name(node));
        return fallback;
    }
    return node->text[0] == 't';
}

const struct yaml *load_list(struct loader *loader, const struct yaml *map, const char *key)
{
    const struct yaml *node = yaml_get(map, key);
    if (node != NULL && node->kind != YAML_LIST) {
        load_refuse(loader, &node->place, "`%s` must be a list, not %s", key, yaml_kind_name(node));
        return NULL;
    }
    return node;
}

const char **load_texts(struct loader *loader, const struct yaml *map, const char *key)
{
    const struct yaml *list = load_list(loader, map, key);
    size_t count = 0;
    const char **texts = arena_array(loader->arena, (list != NULL ? list->count : 0) + 1, sizeof *texts);
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        const struct yaml *item = list->items[i];
        if (item->kind != YAML_TEXT || item->length == 0 || strlen(item->text) != item->length) {
            load_refuse(loader, &item->place, "an item of `%s` must be text, not %s", key,
                        item->kind == YAML_TEXT ? "empty" : yaml_kind_name(item));
        } else if (load_has_name(texts, item->text)) {
            load_refuse(loader, &item->place, "`%s` is twice in `%s`", item->text, key);
        } else {
            texts[count++] = item->text;
        }
    }
    return texts;
}

bool load_is_word(const char *text)
{
    size_t length = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
    return length > 0 && text[length] == '\0';
}

bool load_is_yaml(struct loader *loader, const char *shown)
{
    if (path_ends(shown, ".yml")) {
        struct spec_place place = {arena_copy(loader->arena, shown), 1, 1};
        load_refuse(loader, &place, "this file would not be read: its name must end in .yaml");
    }
    return path_ends(shown, ".yaml");
}

struct yaml *load_yaml(struct loader *loader, const char *path, const char *shown)
{
    const char *name = arena_copy(loader->arena, shown);
    if (loader->file_count == loader->file_room) {
        loader->file_room = loader->file_room ? loader->file_room * 2 : 16;
        loader->files = memory_resize(loader->files, loader->file_room, sizeof *loader->files);
    }
    loader->files[loader->file_count++] = name;
    size_t length = 0;
    char *text = path_read(path, FILE_LIMIT, &length);
    if (text == NULL) {
        struct spec_place place = {name, 1, 1};
        load_refuse(loader, &place, "cannot be read: %s", strerror(errno));
        return NULL;
    }
    char sum[65];
    hash_sha256(text, length, sum);
    text_format(&loader->hashes, "%s  %s\n", sum, name);
    struct yaml *root = yaml_parse(loader->arena, text, length, name, load_collect, loader);
    free(text);
    return root;
}

static bool is_list_file(const char *name)
{
    static const char *const names[] = {"suite.yaml",       "capabilities.yaml", "facts.yaml",
                                        "error-kinds.yaml", "profiles.yaml",     NULL};
    return load_has_name(names, name);
}

struct chapter_file {
    char *path, *shown;
};
struct chapter_files {
    struct chapter_file *items;
    size_t count;
};

static void add_chapter_file(struct chapter_files *files, char *path, char *shown)
{
    for (size_t i = 0; i < files->count; i++) {
        struct chapter_file *old = &files->items[i];
        if (strcmp(path_name(old->path), path_name(path)) == 0) {
            free(old->path);
            free(old->shown);
            *old = (struct chapter_file){path, shown};
            return;
        }
    }
    files->items = memory_resize(files->items, files->count + 1, sizeof *files->items);
    files->items[files->count++] = (struct chapter_file){path, shown};
}

static void add_chapter_folder(struct loader *loader, struct chapter_files *files, const char *folder,
                               const char *shown, bool has_lists)
{
    char **names = path_list(folder);
    if (names == NULL) {
        struct spec_place place = {arena_copy(loader->arena, shown), 1, 1};
        load_refuse(loader, &place, "the folder cannot be read: %s", strerror(errno));
        return;
    }
    size_t before = files->count;
    for (char **name = names; *name != NULL; name++) {
        char *path = path_join(folder, *name), *display = path_join(shown, *name);
        if (load_is_yaml(loader, display) && !(has_lists && is_list_file(*name))) {
            add_chapter_file(files, path, display);
        } else {
            free(path);
            free(display);
        }
    }
    if (!has_lists && files->count == before && names[0] == NULL) {
        struct spec_place place = {arena_copy(loader->arena, shown), 1, 1};
        load_refuse(loader, &place, "no chapter (*.yaml) in this folder");
    }
    path_list_free(names);
}

static void load_chapters(struct loader *loader, const char *const *extra)
{
    struct chapter_files files = {0};
    char *folder = path_join(loader->root, "spec");
    add_chapter_folder(loader, &files, folder, "spec", true);
    free(folder);
    for (; extra != NULL && *extra != NULL; extra++) {
        if (path_is_folder(*extra)) {
            add_chapter_folder(loader, &files, *extra, *extra, false);
        } else {
            add_chapter_file(&files, memory_copy(*extra), memory_copy(*extra));
        }
    }
    loader->spec->chapters = arena_array(loader->arena, files.count, sizeof *loader->spec->chapters);
    for (size_t i = 0; i < files.count; i++) {
        load_chapter(loader, files.items[i].path, files.items[i].shown,
                     &loader->spec->chapters[loader->spec->chapter_count++]);
        free(files.items[i].path);
        free(files.items[i].shown);
    }
    free(files.items);
}

static int compare_refusals(const void *left, const void *right)
{
    const struct load_refusal *a = left, *b = right;
    if (a->file != b->file) {
        return a->file < b->file ? -1 : 1;
    }
    int files = strcmp(a->place.file, b->place.file);
    if (files != 0) {
        return files;
    }
    if (a->place.line != b->place.line) {
        return a->place.line < b->place.line ? -1 : 1;
    }
    if (a->place.column != b->place.column) {
        return a->place.column < b->place.column ? -1 : 1;
    }
    return strcmp(a->message, b->message);
}

static bool report_all(struct loader *loader, spec_report *report, void *context)
{
    if (loader->refusal_count != 0) {
        qsort(loader->refusals, loader->refusal_count, sizeof *loader->refusals, compare_refusals);
    }
    for (size_t i = 0; i < loader->refusal_count; i++) {
        report(context, &loader->refusals[i].place, loader->refusals[i].message);
        free(loader->refusals[i].message);
    }
    free(loader->refusals);
    return loader->refusal_count != 0;
}

struct spec *spec_load(const char *root, const char *const *extra, spec_report *report, void *context)
{
    memory_guard_json();
    struct spec *spec = memory_get(sizeof *spec);
    spec->impl = memory_get(sizeof *spec->impl);
    struct loader loader = {.spec = spec, .arena = &spec->impl->arena, .root = root};
    load_lists(&loader);
    /* Without the closed lists every name would be unknown: their own refusals come first. */
    if (loader.refusal_count == 0) {
        load_schemas(&loader);
        load_rows(&loader);
        load_chapters(&loader, extra);
    }
    char *sum = arena_get(loader.arena, 65);
    hash_sha256(text_get(&loader.hashes), loader.hashes.length, sum);
    spec->sha256 = sum;
    bool refused = report_all(&loader, report, context);
    text_free(&loader.hashes);
    free(loader.files);
    free(loader.id_nodes);
    if (refused) {
        spec_free(spec);
        return NULL;
    }
    return spec;
}

void spec_free(struct spec *spec)
{
    if (spec == NULL) {
        return;
    }
    for (size_t i = 0; i < spec->impl->owned_count; i++) {
        json_decref(spec->impl->owned[i]);
    }
    free(spec->impl->owned);
    arena_free(&spec->impl->arena);
    free(spec->impl);
    free(spec);
}

bool spec_has_capability(const struct spec *spec, const char *name)
{
    return load_has_name(spec->capabilities, name);
}

bool spec_has_kind(const struct spec *spec, const char *name, bool prefix)
{
    size_t length = strlen(name);
    for (const char **kind = spec->kinds; *kind != NULL; kind++) {
        if (strcmp(*kind, name) == 0 || (prefix && strncmp(*kind, name, length) == 0 && (*kind)[length] == '.')) {
            return true;
        }
    }
    return false;
}

const struct spec_fact *spec_find_fact(const struct spec *spec, const char *name)
{
    for (size_t i = 0; i < spec->fact_count; i++) {
        if (strcmp(spec->facts[i].name, name) == 0) {
            return &spec->facts[i];
        }
    }
    return NULL;
}

const struct spec_profile *spec_find_profile(const struct spec *spec, const char *name)
{
    for (size_t i = 0; i < spec->profile_count; i++) {
        if (strcmp(spec->profiles[i].name, name) == 0) {
            return &spec->profiles[i];
        }
    }
    return NULL;
}

const struct spec_schema *spec_find_schema(const struct spec *spec, const char *name)
{
    for (size_t i = 0; i < spec->schema_count; i++) {
        if (strcmp(spec->schemas[i]->name, name) == 0) {
            return spec->schemas[i];
        }
    }
    return NULL;
}
