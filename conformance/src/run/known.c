#include "run/known.h"

#include "base/glob.h"
#include "base/memory.h"
#include "base/number.h"
#include "spec/yaml.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char version_form[] = "`versions` has the form 'name < 1.2, name >= 1.0' with < <= > >= == !=";

/* ---- versions ---------------------------------------------------------------------------------------------------- */

static int compare_versions(const char *a, const char *b)
{
    for (;;) {
        char *rest_a, *rest_b;
        unsigned long long number_a =
            isdigit((unsigned char)*a) ? strtoull(a, &rest_a, 10) : (rest_a = (char *)a, 0ULL);
        unsigned long long number_b =
            isdigit((unsigned char)*b) ? strtoull(b, &rest_b, 10) : (rest_b = (char *)b, 0ULL);
        if (number_a != number_b) {
            return number_a < number_b ? -1 : 1;
        }
        size_t text_a = strcspn(rest_a, "."), text_b = strcspn(rest_b, ".");
        /* 2.0rc1 comes before 2.0, as 2.0 ends where the other goes on with a letter. */
        if (text_a != text_b || strncmp(rest_a, rest_b, text_a) != 0) {
            if (text_a == 0 || text_b == 0) {
                return text_a == 0 ? 1 : -1;
            }
            return strcmp(rest_a, rest_b) < 0 ? -1 : 1;
        }
        a = rest_a + text_a;
        b = rest_b + text_b;
        if (*a == '\0' && *b == '\0') {
            return 0;
        }
        a += *a == '.';
        b += *b == '.';
    }
}

static const char *const operators[] = {"<=", ">=", "==", "!=", "<", ">"};

bool known_version_holds(const char *version, const char *operator, const char * wanted)
{
    int order = compare_versions(version, wanted);
    bool equal = operator[1] == '=';
    switch (operator[0]) {
    case '<':
        return order < 0 || (equal && order == 0);
    case '>':
        return order > 0 || (equal && order == 0);
    case '=':
        return order == 0;
    default:
        return order != 0;
    }
}

/* One condition; `text` goes behind it and the comma. False when it has not the form. */
static bool read_condition(const char **text, char *name, const char **operator, char * wanted, size_t size)
{
    const char *at = *text + strspn(*text, " ");
    size_t length = strcspn(at, " <>=!,");
    if (length == 0 || length >= size) {
        return false;
    }
    memcpy(name, at, length);
    name[length] = '\0';
    at += length;
    at += strspn(at, " ");
    *operator= NULL;
    for (size_t i = 0; i < sizeof operators / sizeof *operators && *operator== NULL; i++) {
        if (strncmp(at, operators[i], strlen(operators[i])) == 0) {
            *operator= operators[i];
            at += strlen(operators[i]);
        }
    }
    at += strspn(at, " ");
    length = strcspn(at, " ,");
    if (*operator== NULL || length == 0 || length >= size) {
        return false;
    }
    memcpy(wanted, at, length);
    wanted[length] = '\0';
    at += length;
    at += strspn(at, " ");
    if (*at == ',') {
        at += 1 + strspn(at + 1, " ");
        *text = at;
        return *at != '\0';
    }
    *text = at;
    return *at == '\0';
}

static bool is_condition_list(const char *text)
{
    char name[64], wanted[64];
    const char *operator;
    do {
        if (!read_condition(&text, name, &operator, wanted, sizeof name)) {
            return false;
        }
    } while (*text != '\0');
    return true;
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

static const char *text_of(const struct yaml *map, const char *key, bool *good, spec_report *report, void *context)
{
    const struct yaml *node = yaml_get(map, key);
    if (node == NULL) {
        return NULL;
    }
    if (node->kind != YAML_TEXT || node->length == 0) {
        yaml_refuse(report, context, &node->place, "`%s` must be text", key);
        *good = false;
        return NULL;
    }
    return node->text;
}

static bool read_entry(struct known_entry *entry, const struct yaml *node, spec_report *report, void *context)
{
    static const struct yaml_key keys[] = {{"case", true}, {"database", false}, {"versions", false}, {"reason", true},
                                           {"url", false}, {"expires", false},  {NULL, false}};
    if (!yaml_check_map(node, "a known failure", keys, report, context)) {
        return false;
    }
    bool good = true;
    *entry = (struct known_entry){.pattern = text_of(node, "case", &good, report, context),
                                  .versions = text_of(node, "versions", &good, report, context),
                                  .reason = text_of(node, "reason", &good, report, context),
                                  .url = text_of(node, "url", &good, report, context),
                                  .expires = text_of(node, "expires", &good, report, context),
                                  .place = node->place,
                                  .holds = true};
    const char *database = text_of(node, "database", &good, report, context);
    bool found = database == NULL;
    for (int i = 0; i < SPEC_DATABASES; i++) {
        entry->databases[i] = database == NULL || strcmp(database, spec_database_name((enum spec_database)i)) == 0;
        found = found || entry->databases[i];
    }
    if (!found) {
        yaml_refuse(report, context, &yaml_get(node, "database")->place, "there is no database '%s'", database);
        good = false;
    }
    int64_t days;
    if (entry->expires != NULL && !number_parse_date(entry->expires, &days)) {
        yaml_refuse(report, context, &yaml_get(node, "expires")->place,
                    "`expires` is a date such as 2026-12-31, not '%s'", entry->expires);
        good = false;
    }
    if (entry->versions != NULL && !is_condition_list(entry->versions)) {
        yaml_refuse(report, context, &yaml_get(node, "versions")->place, "%s", version_form);
        good = false;
    }
    return good;
}

bool known_read(struct known *known, const char *path, spec_report *report, void *context)
{
    *known = (struct known){0};
    known->path = arena_copy(&known->arena, path);
    struct yaml *list = yaml_read(&known->arena, path, path, report, context);
    if (list == NULL) {
        return false;
    }
    if (list->kind != YAML_LIST) {
        yaml_refuse(report, context, &list->place, "known failures are a list, not %s", yaml_kind_name(list));
        return false;
    }
    known->entries = arena_array(&known->arena, list->count + 1, sizeof *known->entries);
    known->count = list->count;
    bool good = true;
    for (size_t i = 0; i < list->count; i++) {
        good = read_entry(&known->entries[i], list->items[i], report, context) && good;
    }
    return good;
}

void known_free(struct known *known)
{
    arena_free(&known->arena);
    *known = (struct known){0};
}

/* ---- use --------------------------------------------------------------------------------------------------------- */

bool known_apply(struct known *known, const json_t *versions, const char *today, spec_report *report, void *context)
{
    bool good = true;
    for (size_t i = 0; i < known->count; i++) {
        struct known_entry *entry = &known->entries[i];
        entry->holds = true;
        entry->expired = entry->expires != NULL && strcmp(today, entry->expires) > 0;
        for (const char *text = entry->versions; text != NULL && *text != '\0';) {
            char name[64], wanted[64];
            const char *operator;
            read_condition(&text, name, &operator, wanted, sizeof name);
            const char *version = json_string_value(json_object_get(versions, name));
            if (version == NULL) {
                yaml_refuse(report, context, &entry->place, "the implementation names no version of '%s'", name);
                good = false;
                break;
            }
            entry->holds = entry->holds && known_version_holds(version, operator, wanted);
        }
    }
    return good;
}

bool known_match(const struct known *known, const char *const *ids, spec_report *report, void *context)
{
    bool good = true;
    for (size_t i = 0; i < known->count; i++) {
        bool found = false;
        for (size_t j = 0; ids[j] != NULL && !found; j++) {
            found = glob_match(known->entries[i].pattern, ids[j]);
        }
        if (!found) {
            yaml_refuse(report, context, &known->entries[i].place, "the known failure '%s' matches no case",
                        known->entries[i].pattern);
            good = false;
        }
    }
    return good;
}

const struct known_entry *known_find(const struct known *known, const char *id, enum spec_database database)
{
    const struct known_entry *expired = NULL;
    for (size_t i = 0; i < known->count; i++) {
        const struct known_entry *entry = &known->entries[i];
        if (entry->holds && entry->databases[database] && glob_match(entry->pattern, id)) {
            if (!entry->expired) {
                return entry;
            }
            expired = expired == NULL ? entry : expired;
        }
    }
    return expired;
}
