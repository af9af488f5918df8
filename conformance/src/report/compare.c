#include "report/compare.h"

#include "base/memory.h"
#include "report/escape.h"

#include <stdlib.h>
#include <string.h>

/* One row for each kind of difference, in the order in which they are told. */
enum kind { FAILS, LOST, UNJUDGED, PASSES, CHANGED, OTHERWISE, ADDED, GONE, KINDS };
static const struct {
    const char *title;
    int sense; /* -1 worse, 1 better, 0 neither */
} kinds[KINDS] = {
    [FAILS] = {"fails now", -1},
    [LOST] = {"passed, and is not judged any more", -1},
    [UNJUDGED] = {"passed, and has no result any more", -1},
    [PASSES] = {"passes now", 1},
    [CHANGED] = {"another verdict", 0},
    [OTHERWISE] = {"fails in another way", 0},
    [ADDED] = {"new", 0},
    [GONE] = {"gone", 0},
};

struct pair {
    const struct results_item *old, *new; /* one may be NULL */
    enum kind kind;
};

struct comparison {
    const struct results *old, *new;
    bool across; /* databases */
    struct pair *pairs;
    size_t count, room, same;
};

/* ---- who is who -------------------------------------------------------------------------------------------------- */

/* {id of before: id of now} for behaviours. */
static json_t *renames_of(const struct results *results)
{
    json_t *renames = json_object();
    size_t i, j, k;
    json_t *chapter, *behaviour, *was;
    json_array_foreach(json_object_get(results->json, "chapters"), i, chapter)
    {
        json_array_foreach(json_object_get(chapter, "behaviours"), j, behaviour)
        {
            json_array_foreach(json_object_get(behaviour, "was"), k, was)
            {
                json_object_set(renames, json_string_value(was), json_object_get(behaviour, "id"));
            }
        }
    }
    return renames;
}

static char *name_now(const json_t *renames, const char *id)
{
    const char *slash = strchr(id, '/');
    char *behaviour = slash == NULL ? memory_copy(id) : memory_copy_bytes(id, (size_t)(slash - id));
    const char *now = results_text(renames, behaviour);
    free(behaviour);
    return now == NULL ? memory_copy(id) : memory_format("%s%s", now, slash == NULL ? "" : slash);
}

static char *key_of(const struct comparison *comparison, enum spec_database database, const char *id)
{
    return memory_format("%s %s", comparison->across ? "" : spec_database_name(database), id);
}

/* ---- kinds ------------------------------------------------------------------------------------------------------- */

static bool same_text(const char *left, const char *right)
{
    return (left == NULL && right == NULL) || (left != NULL && right != NULL && strcmp(left, right) == 0);
}

/* KINDS: it is the same. */
static enum kind kind_of(const struct comparison *comparison, const struct results_item *old,
                         const struct results_item *new)
{
    if (new == NULL) {
        bool same_suite = strcmp(comparison->old->sha256, comparison->new->sha256) == 0;
        return old->verdict == JUDGE_PASS && same_suite ? UNJUDGED : GONE;
    }
    bool fails = judge_column(new->verdict) == 1;
    if (old == NULL) {
        return fails ? FAILS : ADDED;
    }
    if (fails && judge_column(old->verdict) != 1) {
        return FAILS;
    }
    if (old->verdict != new->verdict) {
        return new->verdict == JUDGE_PASS ? PASSES : old->verdict == JUDGE_PASS ? LOST : CHANGED;
    }
    bool same = !fails || (same_text(results_text(old->json, "message"), results_text(new->json, "message")) &&
                           json_integer_value(json_object_get(old->json, "step")) ==
                               json_integer_value(json_object_get(new->json, "step")));
    return same ? KINDS : OTHERWISE;
}

static void add(struct comparison *comparison, const struct results_item *old, const struct results_item *new)
{
    enum kind kind = kind_of(comparison, old, new);
    if (kind == KINDS) {
        comparison->same++;
        return;
    }
    if (comparison->count == comparison->room) {
        comparison->room = comparison->room == 0 ? 64 : 2 * comparison->room;
        comparison->pairs = memory_resize(comparison->pairs, comparison->room, sizeof *comparison->pairs);
    }
    comparison->pairs[comparison->count++] = (struct pair){old, new, kind};
}

/* In the order of the new file; then what only the old one has. */
static void compare(struct comparison *comparison)
{
    json_t *before = json_object(), *renames = renames_of(comparison->new);
    for (size_t i = 0; i < comparison->old->count; i++) {
        char *now = name_now(renames, comparison->old->items[i].id),
             *key = key_of(comparison, comparison->old->items[i].database, now);
        json_object_set_new(before, key, json_integer((json_int_t)i));
        free(key);
        free(now);
    }
    for (size_t i = 0; i < comparison->new->count; i++) {
        const struct results_item *item = &comparison->new->items[i];
        char *key = key_of(comparison, item->database, item->id);
        const json_t *place = json_object_get(before, key);
        add(comparison, place == NULL ? NULL : &comparison->old->items[json_integer_value(place)], item);
        json_object_del(before, key);
        free(key);
    }
    const char *key;
    json_t *place;
    json_object_foreach(before, key, place)
    {
        add(comparison, &comparison->old->items[json_integer_value(place)], NULL);
    }
    json_decref(before);
    json_decref(renames);
}

/* ---- telling ----------------------------------------------------------------------------------------------------- */

static void print_head(const char *which, const struct results *results, struct text *out)
{
    text_format(out, "%s  ", which);
    escape_plain(out, *results->name == '\0' ? "(no implementation)" : results->name);
    text_add_char(out, ' ');
    escape_plain(out, results->version);
    const char *separator = " on";
    for (int i = 0; i < SPEC_DATABASES; i++) {
        if (results->has[i]) {
            text_format(out, "%s %s ", separator, spec_database_name((enum spec_database)i));
            escape_plain(out, results->databases[i]);
            separator = ",";
        }
    }
    text_format(out, ", suite %s (%.8s)", results->suite, results->sha256);
    char *lack = results_lack(results);
    if (lack != NULL) {
        text_add(out, "; not whole: ");
        escape_plain(out, lack);
    }
    free(lack);
    text_add_char(out, '\n');
}

static void print_pair(const struct comparison *comparison, const struct pair *pair, struct text *out)
{
    const struct results_item *item = pair->new != NULL ? pair->new : pair->old;
    text_add(out, "    ");
    escape_plain(out, item->id);
    if (!comparison->across) {
        text_format(out, " [%s]", spec_database_name(item->database));
    }
    text_format(out, "  %s → %s\n", pair->old == NULL ? "none" : judge_verdict_name(pair->old->verdict),
                pair->new == NULL ? "none" : judge_verdict_name(pair->new->verdict));
    if (pair->old != NULL && pair->new != NULL &&strcmp(pair->old->id, pair->new->id) != 0) {
        text_add(out, "      was ");
        escape_plain(out, pair->old->id);
        text_add_char(out, '\n');
    }
    const char *message = pair->new == NULL ? NULL : results_text(pair->new->json, "message");
    if (message != NULL) {
        text_add(out, "      ");
        escape_plain(out, message);
        text_add_char(out, '\n');
    }
}

static size_t print_kind(const struct comparison *comparison, enum kind kind, bool color, size_t shown,
                         struct text *out)
{
    static const char *const colors[] = {"\033[31m", "", "\033[32m"};
    size_t count = 0;
    struct text names = {0};
    for (size_t i = 0; i < comparison->count; i++) {
        if (comparison->pairs[i].kind == kind && (shown == 0 || count++ < shown)) {
            print_pair(comparison, &comparison->pairs[i], &names);
            count += shown == 0;
        }
    }
    if (count > 0) {
        text_format(out, "%s%s%s (%zu):\n%s", color ? colors[kinds[kind].sense + 1] : "", kinds[kind].title,
                    color ? "\033[0m" : "", count, text_get(&names));
    }
    if (shown > 0 && count > shown) {
        text_format(out, "    … and %zu more, which --all names\n", count - shown);
    }
    text_free(&names);
    return count;
}

bool compare_print(const struct results *old, const struct results *new, bool color, size_t shown, struct text *out,
                   bool *worse, char **problem)
{
    struct comparison comparison = {.old = old, .new = new};
    bool common = false;
    int old_count = 0, new_count = 0;
    for (int i = 0; i < SPEC_DATABASES; i++) {
        common = common || (old->has[i] && new->has[i]);
        old_count += old->has[i];
        new_count += new->has[i];
    }
    comparison.across = !common && old_count == 1 && new_count == 1;
    if (!common && !comparison.across) {
        *problem = memory_copy("the two files have no database in common");
        return false;
    }
    compare(&comparison);
    print_head("old", old, out);
    print_head("new", new, out);
    size_t senses[3] = {0}, added = 0, gone = 0;
    for (int kind = 0; kind < KINDS; kind++) {
        size_t count = print_kind(&comparison, (enum kind)kind, color, shown, out);
        *(kind == ADDED ? &added : kind == GONE ? &gone : &senses[kinds[kind].sense + 1]) += count;
    }
    text_format(out, "%zu worse, %zu better, %zu otherwise changed, %zu new, %zu gone, %zu the same\n", senses[0],
                senses[2], senses[1], added, gone, comparison.same);
    *worse = senses[0] > 0;
    free(comparison.pairs);
    return true;
}
