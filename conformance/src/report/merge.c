#include "report/merge.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static bool refuse(char **problem, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool refuse(char **problem, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    *problem = memory_vformat(format, arguments);
    va_end(arguments);
    return false;
}

static json_int_t selection_of(const struct results *part, const char *name)
{
    return json_integer_value(json_object_get(json_object_get(part->json, "selection"), name));
}

static bool equal(const struct results *left, const struct results *right, const char *key)
{
    json_t *a = json_object_get(left->json, key), *b = json_object_get(right->json, key);
    return (a == NULL && b == NULL) || (a != NULL && b != NULL && json_equal(a, b));
}

/* Are they parts of one run? */
static bool check_kinship(const struct results *first, const struct results *part, char **problem)
{
    static const struct {
        const char *key, *what;
    } same[] = {{"suite", "suites"},
                {"implementation", "implementations, or what they say of themselves differs"},
                {"options", "choices of cases (`options`)"}};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        if (!equal(first, part, same[i].key)) {
            return refuse(problem, "%s and %s are of two %s", first->file, part->file, same[i].what);
        }
    }
    if (selection_of(first, "cases") != selection_of(part, "cases") ||
        selection_of(first, "chosen") != selection_of(part, "chosen")) {
        return refuse(problem, "%s and %s chose another number of cases", first->file, part->file);
    }
    for (int i = 0; i < SPEC_DATABASES; i++) {
        if (first->has[i] && part->has[i] && strcmp(first->databases[i], part->databases[i]) != 0) {
            return refuse(problem, "%s and %s have two versions of %s: %s and %s", first->file, part->file,
                          spec_database_name((enum spec_database)i), first->databases[i], part->databases[i]);
        }
    }
    const char *stopped = results_text(part->json, "stopped");
    return stopped == NULL || refuse(problem, "%s is not whole: %s", part->file, stopped);
}

/* Does every case of a database come exactly once? */
static bool check_database(const struct results_set *parts, enum spec_database database, char **problem)
{
    const char *name = spec_database_name(database);
    const struct results *first = NULL;
    json_t *seen = json_object();
    size_t found = 0;
    bool good = true;
    for (size_t i = 0; good && i < parts->count; i++) {
        const struct results *part = parts->items[i];
        if (!part->has[database]) {
            continue;
        }
        if (first == NULL) {
            first = part;
        } else if (selection_of(first, "shards") != selection_of(part, "shards")) {
            good =
                refuse(problem, "%s has %lld shards and %s has %lld", first->file,
                       (long long)selection_of(first, "shards"), part->file, (long long)selection_of(part, "shards"));
        }
        for (size_t j = 0; good && j < part->count; j++) {
            const struct results_item *item = &part->items[j];
            if (item->database != database || item->test == NULL) {
                continue;
            }
            const char *other = results_text(seen, item->id);
            if (other != NULL) {
                good = refuse(problem, "%s and %s overlap: both have a result of %s on %s", other, part->file, item->id,
                              name);
            }
            json_object_set_new(seen, item->id, json_string(part->file));
            found++;
        }
    }
    json_decref(seen);
    json_int_t shards = good && first != NULL ? selection_of(first, "shards") : 0;
    for (json_int_t shard = 1; good && shard <= shards; shard++) {
        bool there = false;
        for (size_t i = 0; i < parts->count; i++) {
            there = there || (parts->items[i]->has[database] && selection_of(parts->items[i], "shard") == shard);
        }
        if (!there) {
            good = refuse(problem, "a gap: shard %lld of %lld is missing on %s", (long long)shard, (long long)shards,
                          name);
        }
    }
    if (good && first != NULL && found < results_chosen(first)) {
        good = refuse(problem, "a gap: %zu of %zu cases have a result on %s", found, results_chosen(first), name);
    }
    return good;
}

/* ---- joining ----------------------------------------------------------------------------------------------------- */

/* The item of a list with that member, or -1. */
static int find(const json_t *list, const char *key, const char *value)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (strcmp(results_text(json_array_get(list, i), key), value) == 0) {
            return (int)i;
        }
    }
    return -1;
}

/* Joins what two lists have into the first, each item once, in an order that both agree with: what is new goes behind
 * its neighbour. `inner` names a list in an item to be joined the same way; NULL: none. */
static void join(json_t *list, const json_t *more, const char *key, const char *const *inner)
{
    int after = -1;
    for (size_t i = 0; i < json_array_size(more); i++) {
        json_t *item = json_array_get(more, i);
        int at = find(list, key, results_text(item, key));
        if (at < 0) {
            at = after + 1;
            json_array_insert(list, (size_t)at, item);
        } else if (inner[0] != NULL) {
            join(json_object_get(json_array_get(list, (size_t)at), inner[0]), json_object_get(item, inner[0]), "id",
                 inner + 1);
        }
        after = at;
    }
}

struct place {
    int line, column;
};

/* The end of "file:line:column". */
static struct place place_of(const json_t *json)
{
    struct place place = {0, 0};
    const char *text = results_text(json, "place"), *column = strrchr(text, ':');
    if (column != NULL) {
        const char *line = column;
        while (line > text && line[-1] != ':') {
            line--;
        }
        place = (struct place){atoi(line), atoi(column + 1)};
    }
    return place;
}

static int compare_places(const void *left, const void *right)
{
    struct place a = place_of(*(json_t *const *)left), b = place_of(*(json_t *const *)right);
    int lines = (a.line > b.line) - (a.line < b.line);
    return lines != 0 ? lines : (a.column > b.column) - (a.column < b.column);
}

/* Behaviours and cases are in the order of their file. */
static void sort_places(json_t *list)
{
    size_t count = json_array_size(list);
    json_t **items = memory_array(count + 1, sizeof *items);
    for (size_t i = 0; i < count; i++) {
        items[i] = json_incref(json_array_get(list, i));
    }
    qsort(items, count, sizeof *items, compare_places);
    json_array_clear(list);
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(list, items[i]);
    }
    free(items);
}

static json_t *join_chapters(const struct results_set *parts)
{
    static const char *const inner[] = {"behaviours", "cases", NULL};
    json_t *chapters = json_deep_copy(json_object_get(parts->items[0]->json, "chapters")), *chapter, *behaviour;
    size_t i, j;
    for (i = 1; i < parts->count; i++) {
        json_t *copy = json_deep_copy(json_object_get(parts->items[i]->json, "chapters"));
        join(chapters, copy, "name", inner);
        json_decref(copy);
    }
    json_array_foreach(chapters, i, chapter)
    {
        sort_places(json_object_get(chapter, "behaviours"));
        json_array_foreach(json_object_get(chapter, "behaviours"), j, behaviour)
        {
            sort_places(json_object_get(behaviour, "cases"));
        }
    }
    return chapters;
}

/* Prerequisites first, each once unless the parts disagree; then the cases in the order of the chapters. */
static void join_results(const struct results_set *parts, enum spec_database database, const json_t *chapters,
                         json_t *results)
{
    json_t *by_id = json_object(), *told = json_object(), *chapter, *behaviour, *test;
    size_t i, j, k;
    for (i = 0; i < parts->count; i++) {
        for (j = 0; j < parts->items[i]->count; j++) {
            const struct results_item *item = &parts->items[i]->items[j];
            if (item->database != database) {
                continue;
            }
            if (item->test != NULL) {
                json_object_set(by_id, item->id, (json_t *)item->json);
                continue;
            }
            char *key = memory_format("%s %s", judge_verdict_name(item->verdict), item->id);
            if (json_object_get(told, key) == NULL) {
                json_object_set_new(told, key, json_true());
                json_array_append(results, (json_t *)item->json);
            }
            free(key);
        }
    }
    json_array_foreach(chapters, i, chapter)
    {
        json_array_foreach(json_object_get(chapter, "behaviours"), j, behaviour)
        {
            json_array_foreach(json_object_get(behaviour, "cases"), k, test)
            {
                json_t *result = json_object_get(by_id, results_text(test, "id"));
                if (result != NULL) {
                    json_array_append(results, result);
                }
            }
        }
    }
    json_decref(by_id);
    json_decref(told);
}

static json_t *count_totals(const json_t *results)
{
    json_int_t columns[3] = {0}, verdicts[JUDGE_VERDICTS] = {0};
    for (size_t i = 0; i < json_array_size(results); i++) {
        enum judge_verdict verdict;
        if (judge_verdict_parse(results_text(json_array_get(results, i), "verdict"), &verdict)) {
            verdicts[verdict]++;
            columns[judge_column(verdict)]++;
        }
    }
    json_t *json = json_object();
    for (int i = 0; i < JUDGE_VERDICTS; i++) {
        json_object_set_new(json, judge_verdict_name((enum judge_verdict)i), json_integer(verdicts[i]));
    }
    return json_pack("{s:I, s:I, s:I, s:o}", "passed", columns[0], "failed", columns[1], "skipped", columns[2],
                     "verdicts", json);
}

static json_t *joined(const struct results_set *parts)
{
    json_t *json = json_copy(parts->items[0]->json), *databases = json_array(), *results = json_array(),
           *chapters = join_chapters(parts), *selection = json_copy(json_object_get(json, "selection"));
    double seconds = 0;
    const char *started = NULL;
    for (size_t i = 0; i < parts->count; i++) {
        const char *began = results_text(parts->items[i]->json, "started");
        seconds += json_number_value(json_object_get(parts->items[i]->json, "seconds"));
        started = began != NULL && (started == NULL || strcmp(began, started) < 0) ? began : started;
    }
    for (int i = 0; i < SPEC_DATABASES; i++) {
        const char *version = NULL;
        for (size_t j = 0; j < parts->count && version == NULL; j++) {
            version = parts->items[j]->databases[i];
        }
        if (version != NULL) {
            json_array_append_new(databases, json_pack("{s:s, s:s}", "name", spec_database_name((enum spec_database)i),
                                                       "version", version));
            join_results(parts, (enum spec_database)i, chapters, results);
        }
    }
    json_object_del(selection, "shard");
    json_object_del(selection, "shards");
    json_object_set_new(json, "selection", selection);
    json_object_set_new(json, "databases", databases);
    json_object_set_new(json, "seconds", json_real(seconds));
    if (started != NULL) {
        json_object_set_new(json, "started", json_string(started));
    }
    json_object_set_new(json, "chapters", chapters);
    json_object_set_new(json, "results", results);
    json_object_set_new(json, "totals", count_totals(results));
    return json;
}

struct results *merge(const struct results_set *parts, char **problem)
{
    for (size_t i = 0; i < parts->count; i++) {
        if (!check_kinship(parts->items[0], parts->items[i], problem)) {
            return NULL;
        }
    }
    for (int i = 0; i < SPEC_DATABASES; i++) {
        if (!check_database(parts, (enum spec_database)i, problem)) {
            return NULL;
        }
    }
    return results_take(joined(parts), NULL, problem);
}
