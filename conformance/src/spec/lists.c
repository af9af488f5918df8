/* The closed lists: suite, capabilities, facts, error kinds, profiles. */
#include "base/path.h"
#include "spec/load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads spec/FILE, a map with one list under `key`. */
static const struct yaml *read_list(struct loader *loader, const char *file, const char *key)
{
    char *shown = path_join("spec", file), *path = path_join(loader->root, shown);
    const struct yaml *root = load_yaml(loader, path, shown);
    free(shown);
    free(path);
    const struct yaml_key keys[] = {{key, true}, {NULL, false}};
    return root != NULL && load_map(loader, root, file, keys) ? load_list(loader, root, key) : NULL;
}

static bool is_dotted(const char *name)
{
    for (;;) {
        size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
        if (length == 0) {
            return false;
        }
        if (name[length] == '\0') {
            return true;
        }
        if (name[length] != '.') {
            return false;
        }
        name += length + 1;
    }
}

/* The `name` of an entry: of the grammar, and not in `known` yet. NULL with a refusal. */
static const char *entry_name(struct loader *loader, const struct yaml *entry, const char *what,
                              const char *const *known)
{
    const char *name = load_text(loader, entry, "name");
    if (name == NULL) {
        return NULL;
    }
    const struct spec_place *place = &yaml_get(entry, "name")->place;
    if (!is_dotted(name)) {
        load_refuse(loader, place, "`%s` is no name: [a-z0-9_]+, parts joined by dots", name);
        return NULL;
    }
    if (load_has_name(known, name)) {
        load_refuse(loader, place, "%s `%s` is defined twice", what, name);
        return NULL;
    }
    return name;
}

static void load_suite(struct loader *loader)
{
    char *path = path_join(loader->root, "spec/suite.yaml");
    const struct yaml *root = load_yaml(loader, path, "spec/suite.yaml");
    free(path);
    static const struct yaml_key keys[] = {{"version", true}, {"protocol", true}, {NULL, false}};
    if (root == NULL || !load_map(loader, root, "suite.yaml", keys)) {
        return;
    }
    const struct yaml *version = yaml_get(root, "version"), *protocol = yaml_get(root, "protocol");
    unsigned major, minor, patch;
    char rest;
    if (sscanf(version->text, "%u.%u.%u%c", &major, &minor, &patch, &rest) != 3) {
        load_refuse(loader, &version->place, "`version` must be MAJOR.MINOR.PATCH");
    }
    loader->spec->version = version->text;
    if (protocol->kind != YAML_INTEGER || strtol(protocol->text, NULL, 10) != SPEC_PROTOCOL) {
        load_refuse(loader, &protocol->place, "`protocol` must be %d, the version that this runner speaks",
                    SPEC_PROTOCOL);
    }
}

static void load_capabilities(struct loader *loader)
{
    struct spec *spec = loader->spec;
    const struct yaml *list = read_list(loader, "capabilities.yaml", "capabilities");
    size_t count = list != NULL ? list->count : 0, made = 0;
    const char **names = arena_array(loader->arena, count + 1, sizeof *names);
    const char **says = arena_array(loader->arena, count + 1, sizeof *says);
    struct spec_place *places = arena_array(loader->arena, count + 1, sizeof *places);
    static const struct yaml_key keys[] = {{"name", true}, {"says", true}, {NULL, false}};
    for (size_t i = 0; i < count; i++) {
        const struct yaml *entry = list->items[i];
        if (!load_map(loader, entry, "a capability", keys)) {
            continue;
        }
        const char *name = entry_name(loader, entry, "capability", names), *text = load_text(loader, entry, "says");
        if (name != NULL && text != NULL) {
            names[made] = name;
            says[made] = text;
            places[made++] = yaml_get(entry, "name")->place;
        }
    }
    spec->capabilities = names;
    spec->capability_says = says;
    spec->capability_places = places;
}

static void load_kinds(struct loader *loader)
{
    const struct yaml *list = read_list(loader, "error-kinds.yaml", "kinds");
    size_t count = list != NULL ? list->count : 0, made = 0;
    const char **names = arena_array(loader->arena, count + 1, sizeof *names);
    static const struct yaml_key keys[] = {{"name", true},      {"says", true},    {"sqlalchemy", true},
                                           {"sqlstate", false}, {"sqlite", false}, {NULL, false}};
    for (size_t i = 0; i < count; i++) {
        const struct yaml *entry = list->items[i];
        if (!load_map(loader, entry, "an error kind", keys)) {
            continue;
        }
        for (const struct yaml_key *key = keys + 1; key->name != NULL; key++) {
            load_text(loader, entry, key->name);
        }
        const char *name = entry_name(loader, entry, "error kind", names);
        if (name != NULL) {
            names[made++] = name;
        }
    }
    loader->spec->kinds = names;
    for (size_t i = 0; i < made; i++) {
        for (size_t j = 0; j < made; j++) {
            size_t length = strlen(names[i]);
            if (strncmp(names[j], names[i], length) == 0 && names[j][length] == '.') {
                load_refuse(loader, &list->place, "error kind `%s` is a leaf, yet `%s` lies below it", names[i],
                            names[j]);
            }
        }
    }
}

static void load_fact(struct loader *loader, const struct yaml *entry, const char *const *known)
{
    static const struct yaml_key keys[] = {{"name", true},    {"type", false}, {"values", false},
                                           {"default", true}, {"says", true},  {NULL, false}};
    if (!load_map(loader, entry, "a fact", keys)) {
        return;
    }
    struct spec_fact fact = {.name = entry_name(loader, entry, "fact", known), .place = entry->place};
    const struct yaml *type = yaml_get(entry, "type"), *fallback = yaml_get(entry, "default");
    bool has_values = yaml_get(entry, "values") != NULL;
    load_text(loader, entry, "says");
    if ((type == NULL) != has_values) {
        load_refuse(loader, &entry->place, "a fact has either `type: integer` or `values`");
        return;
    }
    if (type != NULL && !yaml_is_text(type, "integer")) {
        load_refuse(loader, &type->place, "the only type of a fact is `integer`; else list its `values`");
        return;
    }
    if (has_values) {
        const char **values = load_texts(loader, entry, "values");
        fact.values = load_keep(loader, json_array());
        for (const char **value = values; *value != NULL; value++) {
            json_array_append_new(fact.values, json_string(*value));
        }
        if (fallback->kind != YAML_TEXT || !load_has_name(values, fallback->text)) {
            load_refuse(loader, &fallback->place, "the default of a fact must be one of its `values`");
            return;
        }
    } else if (fallback->kind != YAML_INTEGER) {
        load_refuse(loader, &fallback->place, "the default of an integer fact must be an integer, not %s",
                    yaml_kind_name(fallback));
        return;
    }
    fact.fallback = load_keep(loader, load_value(loader, fallback, LOAD_FIXTURE));
    if (fact.name != NULL) {
        loader->spec->facts[loader->spec->fact_count++] = fact;
    }
}

static void load_facts(struct loader *loader)
{
    const struct yaml *list = read_list(loader, "facts.yaml", "facts");
    size_t count = list != NULL ? list->count : 0;
    loader->spec->facts = arena_array(loader->arena, count, sizeof *loader->spec->facts);
    const char **known = arena_array(loader->arena, count + 1, sizeof *known);
    for (size_t i = 0; i < count; i++) {
        load_fact(loader, list->items[i], known);
        size_t made = loader->spec->fact_count;
        if (made != 0) {
            known[made - 1] = loader->spec->facts[made - 1].name;
        }
    }
}

static void load_profile(struct loader *loader, const struct yaml *entry, const char *const *known)
{
    static const struct yaml_key keys[] = {
        {"name", true}, {"says", true}, {"includes", false}, {"capabilities", true}, {NULL, false}};
    if (!load_map(loader, entry, "a profile", keys)) {
        return;
    }
    struct spec *spec = loader->spec;
    const char *name = entry_name(loader, entry, "profile", known);
    load_text(loader, entry, "says");
    struct load_needs all = {0};
    const struct yaml *includes = load_list(loader, entry, "includes");
    for (size_t i = 0; includes != NULL && i < includes->count; i++) {
        const struct spec_profile *other = spec_find_profile(spec, includes->items[i]->text);
        if (other == NULL) {
            load_refuse(loader, &includes->items[i]->place, "profile `%s` is not defined above",
                        includes->items[i]->text);
        }
        for (const char **one = other != NULL ? other->capabilities : NULL; one != NULL && *one != NULL; one++) {
            load_need(&all, *one);
        }
    }
    const struct yaml *list = load_list(loader, entry, "capabilities");
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        const struct yaml *item = list->items[i];
        if (!spec_has_capability(spec, item->text)) {
            load_refuse(loader, &item->place, "unknown capability `%s`%s", item->text,
                        load_hint(loader, item->text, spec->capabilities, sizeof *spec->capabilities));
            continue;
        }
        size_t before = all.count;
        load_need(&all, item->text);
        if (all.count == before) {
            load_refuse(loader, &item->place, "capability `%s` is in this profile already", item->text);
        }
    }
    const char **names = arena_array(loader->arena, all.count + 1, sizeof *names);
    if (all.count != 0) {
        memcpy(names, all.names, all.count * sizeof *names);
    }
    free(all.names);
    if (name != NULL) {
        spec->profiles[spec->profile_count++] = (struct spec_profile){name, names};
    }
}

static void load_profiles(struct loader *loader)
{
    const struct yaml *list = read_list(loader, "profiles.yaml", "profiles");
    size_t count = list != NULL ? list->count : 0;
    loader->spec->profiles = arena_array(loader->arena, count, sizeof *loader->spec->profiles);
    const char **known = arena_array(loader->arena, count + 1, sizeof *known);
    for (size_t i = 0; i < count; i++) {
        load_profile(loader, list->items[i], known);
        size_t made = loader->spec->profile_count;
        if (made != 0) {
            known[made - 1] = loader->spec->profiles[made - 1].name;
        }
    }
}

void load_lists(struct loader *loader)
{
    load_suite(loader);
    load_capabilities(loader);
    load_kinds(loader);
    load_facts(loader);
    load_profiles(loader);
}
