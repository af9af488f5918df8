#include "report/results.h"

#include "base/memory.h"
#include "base/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES = 1 << 30 };

/* ---- what may be wrong ------------------------------------------------------------------------------------------- */

struct reader {
    struct results *results;
    char *problem; /* the first */
};

static bool bad(struct reader *reader, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool bad(struct reader *reader, const char *format, ...)
{
    if (reader->problem == NULL) {
        va_list arguments;
        va_start(arguments, format);
        char *what = memory_vformat(format, arguments);
        va_end(arguments);
        const char *file = reader->results->file;
        reader->problem = memory_format("%s: %s", file == NULL ? "the results of the run" : file, what);
        free(what);
    }
    return false;
}

enum kind { TEXT, TEXTS, INTEGER, NUMBER, MAP, LIST, BOOLEAN, ANY };
struct member {
    const char *name;
    enum kind kind;
    bool required;
};

static bool is_kind(const json_t *json, enum kind kind)
{
    switch (kind) {
    case TEXT:
        return json_is_string(json);
    case INTEGER:
        return json_is_integer(json) && json_integer_value(json) >= 0;
    case NUMBER:
        return json_is_number(json) && json_number_value(json) >= 0;
    case MAP:
        return json_is_object(json);
    case BOOLEAN:
        return json_is_boolean(json);
    case TEXTS:
    case LIST:
        break;
    case ANY:
        return true;
    }
    bool good = json_is_array(json);
    for (size_t i = 0; kind == TEXTS && i < json_array_size(json); i++) {
        good = good && json_is_string(json_array_get(json, i));
    }
    return good;
}

/* Members that the table has must be of their kind; others are of a later version. */
static bool check_members(struct reader *reader, const json_t *json, const char *place, const struct member *members)
{
    static const char *const kinds[] = {
        [TEXT] = "text", [TEXTS] = "a list of texts", [INTEGER] = "a whole number", [NUMBER] = "a number",
        [MAP] = "a map", [LIST] = "a list",           [BOOLEAN] = "true or false"};
    if (!json_is_object(json)) {
        return bad(reader, "%s is not a map", place);
    }
    for (; members->name != NULL; members++) {
        const json_t *value = json_object_get(json, members->name);
        if (value == NULL && members->required) {
            return bad(reader, "%s lacks `%s`", place, members->name);
        }
        if (value != NULL && !is_kind(value, members->kind)) {
            return bad(reader, "%s.%s is not %s", place, members->name, kinds[members->kind]);
        }
    }
    return true;
}

const char *results_text(const json_t *map, const char *key)
{
    return json_string_value(json_object_get(map, key));
}

/* ---- the head ---------------------------------------------------------------------------------------------------- */

static bool database_parse(const char *name, enum spec_database *database)
{
    for (int i = 0; i < SPEC_DATABASES; i++) {
        if (strcmp(spec_database_name((enum spec_database)i), name) == 0) {
            *database = (enum spec_database)i;
            return true;
        }
    }
    return false;
}

static bool take_databases(struct reader *reader, const json_t *list)
{
    static const struct member members[] = {{"name", TEXT, true}, {"version", TEXT, true}, {NULL, ANY, false}};
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *json = json_array_get(list, i);
        enum spec_database database;
        if (!check_members(reader, json, "an item of `databases`", members)) {
            return false;
        }
        if (!database_parse(results_text(json, "name"), &database)) {
            return bad(reader, "there is no database '%s'", results_text(json, "name"));
        }
        if (reader->results->has[database]) {
            return bad(reader, "`databases` names %s twice", results_text(json, "name"));
        }
        reader->results->has[database] = true;
        reader->results->databases[database] = results_text(json, "version");
    }
    return true;
}

static bool take_head(struct reader *reader)
{
    static const struct member members[] = {
        {"suite", MAP, true},      {"implementation", ANY, true}, {"databases", LIST, true},   {"selection", MAP, true},
        {"seconds", NUMBER, true}, {"started", TEXT, false},      {"options", MAP, false},     {"stopped", TEXT, false},
        {"totals", MAP, true},     {"results", LIST, true},       {"capabilities", MAP, true}, {"chapters", LIST, true},
        {NULL, ANY, false}};
    static const struct member suite[] = {{"version", TEXT, true}, {"sha256", TEXT, true}, {NULL, ANY, false}};
    static const struct member implementation[] = {
        {"name", TEXT, true}, {"version", TEXT, true}, {"capabilities", MAP, true}, {NULL, ANY, false}};
    static const struct member selection[] = {{"cases", INTEGER, true},
                                              {"chosen", INTEGER, true},
                                              {"shard", INTEGER, false},
                                              {"shards", INTEGER, false},
                                              {NULL, ANY, false}};
    struct results *results = reader->results;
    const json_t *json = results->json, *format = json_object_get(json, "format"),
                 *about = json_object_get(json, "implementation");
    if (!json_is_integer(format) || json_integer_value(format) != RESULTS_FORMAT) {
        char *said = format == NULL ? memory_copy("missing") : json_dumps(format, JSON_ENCODE_ANY | JSON_COMPACT);
        bad(reader, "no results file that this ormspec reads: `format` is %s, not %d", said, RESULTS_FORMAT);
        free(said);
        return false;
    }
    if (!check_members(reader, json, "the file", members) ||
        !check_members(reader, json_object_get(json, "suite"), "`suite`", suite) ||
        !check_members(reader, json_object_get(json, "selection"), "`selection`", selection) ||
        (!json_is_null(about) && !check_members(reader, about, "`implementation`", implementation)) ||
        !take_databases(reader, json_object_get(json, "databases"))) {
        return false;
    }
    results->suite = results_text(json_object_get(json, "suite"), "version");
    results->sha256 = results_text(json_object_get(json, "suite"), "sha256");
    results->name = json_is_null(about) ? "" : results_text(about, "name");
    results->version = json_is_null(about) ? "" : results_text(about, "version");
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(json, "capabilities"), name, value)
    {
        if (!json_is_string(value)) {
            return bad(reader, "`capabilities`.%s is not text", name);
        }
    }
    json_object_foreach(json_object_get(about, "capabilities"), name, value)
    {
        if (!json_is_string(value)) {
            return bad(reader, "`implementation`.capabilities.%s is not text", name);
        }
    }
    return true;
}

/* ---- chapters ---------------------------------------------------------------------------------------------------- */

static bool take_case(struct reader *reader, const json_t *json, const char *behaviour)
{
    static const struct member members[] = {{"id", TEXT, true},        {"place", TEXT, true},   {"steps", TEXTS, true},
                                            {"needs", TEXTS, false},   {"schema", TEXT, false}, {"rows", TEXT, false},
                                            {"fresh", BOOLEAN, false}, {NULL, ANY, false}};
    struct results *results = reader->results;
    if (!check_members(reader, json, "a case", members)) {
        return false;
    }
    const char *id = results_text(json, "id");
    size_t length = strlen(behaviour);
    if (strncmp(id, behaviour, length) != 0 || id[length] != '/') {
        return bad(reader, "the case %s stands under the behaviour %s", id, behaviour);
    }
    if (json_object_get(results->places, id) != NULL) {
        return bad(reader, "the case %s is there twice", id);
    }
    results->cases = memory_resize(results->cases, results->case_count + 1, sizeof *results->cases);
    json_object_set_new(results->places, id, json_integer((json_int_t)results->case_count));
    results->cases[results->case_count++] = json;
    return true;
}

struct level {
    const json_t *chapter, *behaviour;
};

/* `owners` grows with the cases of the results. */
static bool take_behaviour(struct reader *reader, const json_t *chapter, const json_t *json, struct level **owners)
{
    static const struct member members[] = {
        {"id", TEXT, true},          {"level", TEXT, true},     {"rule", TEXT, true},    {"source", TEXT, true},
        {"place", TEXT, true},       {"cases", LIST, true},     {"needs", TEXTS, false}, {"was", TEXTS, false},
        {"catalogue", TEXTS, false}, {"untested", TEXT, false}, {NULL, ANY, false}};
    if (!check_members(reader, json, "a behaviour", members)) {
        return false;
    }
    const json_t *cases = json_object_get(json, "cases");
    for (size_t i = 0; i < json_array_size(cases); i++) {
        if (!take_case(reader, json_array_get(cases, i), results_text(json, "id"))) {
            return false;
        }
        *owners = memory_resize(*owners, reader->results->case_count, sizeof **owners);
        (*owners)[reader->results->case_count - 1] = (struct level){chapter, json};
    }
    return true;
}

static bool take_chapters(struct reader *reader, struct level **owners)
{
    static const struct member members[] = {
        {"name", TEXT, true}, {"title", TEXT, true}, {"behaviours", LIST, true}, {NULL, ANY, false}};
    const json_t *chapters = json_object_get(reader->results->json, "chapters");
    json_t *ids = json_object();
    bool good = true;
    for (size_t i = 0; good && i < json_array_size(chapters); i++) {
        const json_t *chapter = json_array_get(chapters, i), *behaviours = json_object_get(chapter, "behaviours");
        good = check_members(reader, chapter, "a chapter", members);
        for (size_t j = 0; good && j < json_array_size(behaviours); j++) {
            const json_t *behaviour = json_array_get(behaviours, j);
            good = take_behaviour(reader, chapter, behaviour, owners);
            const char *id = good ? results_text(behaviour, "id") : NULL;
            if (good && json_object_get(ids, id) != NULL) {
                good = bad(reader, "the behaviour %s is there twice", id);
            } else if (good) {
                json_object_set_new(ids, id, json_true());
            }
        }
    }
    json_decref(ids);
    return good;
}

/* ---- results ----------------------------------------------------------------------------------------------------- */

static bool is_prerequisite(const char *id)
{
    static const char *const heads[] = {"schema/", "testee/", "database/"};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        if (strncmp(id, heads[i], strlen(heads[i])) == 0) {
            return true;
        }
    }
    return false;
}

static bool take_item(struct reader *reader, const json_t *json, const struct level *owners, json_t *seen)
{
    static const struct member members[] = {{"id", TEXT, true},        {"database", TEXT, true},
                                            {"verdict", TEXT, true},   {"milliseconds", NUMBER, true},
                                            {"step", INTEGER, false},  {"place", TEXT, false},
                                            {"path", TEXT, false},     {"message", TEXT, false},
                                            {"happened", TEXT, false}, {"wire", TEXTS, false},
                                            {"stderr", TEXTS, false},  {"capability", TEXT, false},
                                            {"again", TEXT, false},    {"transcript", TEXT, false},
                                            {"kept", TEXT, false},     {NULL, ANY, false}};
    struct results *results = reader->results;
    if (!check_members(reader, json, "a result", members)) {
        return false;
    }
    struct results_item item = {.id = results_text(json, "id"),
                                .milliseconds = json_number_value(json_object_get(json, "milliseconds")),
                                .json = json};
    const char *database = results_text(json, "database"), *verdict = results_text(json, "verdict");
    if (!database_parse(database, &item.database) || !results->has[item.database]) {
        return bad(reader, "the result of %s is on %s, which `databases` does not name", item.id, database);
    }
    if (!judge_verdict_parse(verdict, &item.verdict)) {
        return bad(reader, "the result of %s on %s: there is no verdict '%s'", item.id, database, verdict);
    }
    const json_t *place = json_object_get(results->places, item.id);
    if (place != NULL) {
        size_t index = (size_t)json_integer_value(place);
        item.test = results->cases[index];
        item.behaviour = owners[index].behaviour;
        item.chapter = owners[index].chapter;
    } else if (!is_prerequisite(item.id)) {
        return bad(reader, "there is a result of %s, but no such case in `chapters`", item.id);
    }
    json_int_t step = json_integer_value(json_object_get(json, "step"));
    if (item.test != NULL && step > (json_int_t)json_array_size(json_object_get(item.test, "steps"))) {
        return bad(reader, "the result of %s on %s ends at step %lld, which the case does not have", item.id, database,
                   (long long)step);
    }
    char *key = memory_format("%d %s", (int)item.database, item.id);
    bool twice = json_object_get(seen, key) != NULL;
    json_object_set_new(seen, key, json_true());
    free(key);
    if (twice && item.test != NULL) {
        return bad(reader, "there are two results of %s on %s", item.id, database);
    }
    results->items[results->count++] = item;
    return true;
}

static bool take_results(struct reader *reader, const struct level *owners)
{
    const json_t *list = json_object_get(reader->results->json, "results");
    json_t *seen = json_object();
    bool good = true;
    reader->results->items = memory_array(json_array_size(list) + 1, sizeof *reader->results->items);
    for (size_t i = 0; good && i < json_array_size(list); i++) {
        good = take_item(reader, json_array_get(list, i), owners, seen);
    }
    json_decref(seen);
    return good;
}

static bool check_total(struct reader *reader, const json_t *claims, const char *name, size_t found)
{
    const json_t *claim = json_object_get(claims, name);
    if (!json_is_integer(claim) || json_integer_value(claim) != (json_int_t)found) {
        return bad(reader, "its totals are not those of its results: `%s` is %lld, and %zu results are", name,
                   (long long)json_integer_value(claim), found);
    }
    return true;
}

static bool check_totals(struct reader *reader)
{
    struct results *results = reader->results;
    const json_t *claims = json_object_get(results->json, "totals"), *verdicts = json_object_get(claims, "verdicts");
    results->totals = results_count(results->items, results->count);
    for (int i = 0; i < JUDGE_VERDICTS; i++) {
        if (!check_total(reader, verdicts, judge_verdict_name((enum judge_verdict)i), results->totals.verdicts[i])) {
            return false;
        }
    }
    if (!check_total(reader, claims, "passed", results->totals.passed) ||
        !check_total(reader, claims, "failed", results->totals.failed) ||
        !check_total(reader, claims, "skipped", results->totals.skipped)) {
        return false;
    }
    for (int i = 0; i < SPEC_DATABASES; i++) {
        size_t cases = results_cases_on(results, (enum spec_database)i), chosen = results_chosen(results);
        if (cases > chosen) {
            return bad(reader, "it has results of %zu cases on %s, but %zu were chosen", cases,
                       spec_database_name((enum spec_database)i), chosen);
        }
    }
    const json_t *selection = json_object_get(results->json, "selection");
    json_int_t shard = json_integer_value(json_object_get(selection, "shard")),
               shards = json_integer_value(json_object_get(selection, "shards")),
               all = json_integer_value(json_object_get(selection, "cases"));
    if (shard > shards || (shards > 0 && shard == 0) || all < (json_int_t)results_chosen(results)) {
        return bad(reader, "`selection` is impossible: shard %lld of %lld, %zu of %lld cases", (long long)shard,
                   (long long)shards, results_chosen(results), (long long)all);
    }
    return true;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

struct results *results_take(json_t *document, const char *file, char **problem)
{
    struct results *results = memory_get(sizeof *results);
    *results =
        (struct results){.json = document, .file = file == NULL ? NULL : memory_copy(file), .places = json_object()};
    struct reader reader = {.results = results};
    struct level *owners = NULL;
    if (take_head(&reader) && take_chapters(&reader, &owners) && take_results(&reader, owners)) {
        check_totals(&reader);
    }
    free(owners);
    *problem = reader.problem;
    if (reader.problem != NULL) {
        results_free(results);
        return NULL;
    }
    return results;
}

struct results *results_read(const char *path, char **problem)
{
    size_t length;
    char *text = path_read(path, FILE_BYTES, &length);
    if (text == NULL) {
        *problem = memory_format("%s: %s", path, strerror(errno));
        return NULL;
    }
    json_error_t error;
    json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    free(text);
    if (json == NULL) {
        *problem = memory_format("%s:%d:%d: no results file: %s", path, error.line, error.column, error.text);
        return NULL;
    }
    return results_take(json, path, problem);
}

void results_free(struct results *results)
{
    if (results == NULL) {
        return;
    }
    json_decref(results->json);
    json_decref(results->places);
    free(results->cases);
    free(results->items);
    free(results->file);
    free(results);
}

/* ---- counts ------------------------------------------------------------------------------------------------------ */

static void add_item(struct results_totals *totals, const struct results_item *item)
{
    size_t *columns[] = {&totals->passed, &totals->failed, &totals->skipped};
    totals->verdicts[item->verdict]++;
    ++*columns[judge_column(item->verdict)];
    totals->judged += judge_is_judged(item->verdict);
}

struct results_totals results_count(const struct results_item *items, size_t count)
{
    struct results_totals totals = {0};
    for (size_t i = 0; i < count; i++) {
        add_item(&totals, &items[i]);
    }
    return totals;
}

struct results_totals results_count_on(const struct results *results, enum spec_database database)
{
    struct results_totals totals = {0};
    for (size_t i = 0; i < results->count; i++) {
        if (results->items[i].database == database) {
            add_item(&totals, &results->items[i]);
        }
    }
    return totals;
}

size_t results_chosen(const struct results *results)
{
    return (size_t)json_integer_value(json_object_get(json_object_get(results->json, "selection"), "chosen"));
}

size_t results_cases_on(const struct results *results, enum spec_database database)
{
    size_t count = 0;
    for (size_t i = 0; i < results->count; i++) {
        count += results->items[i].database == database && results->items[i].test != NULL;
    }
    return count;
}

char *results_lack(const struct results *results)
{
    const json_t *selection = json_object_get(results->json, "selection"),
                 *shards = json_object_get(selection, "shards");
    const char *stopped = results_text(results->json, "stopped");
    if (stopped != NULL) {
        return memory_copy(stopped);
    }
    if (shards != NULL) {
        return memory_format("shard %lld of %lld", (long long)json_integer_value(json_object_get(selection, "shard")),
                             (long long)json_integer_value(shards));
    }
    for (int i = 0; i < SPEC_DATABASES; i++) {
        size_t cases = results_cases_on(results, (enum spec_database)i);
        if (results->has[i] && cases < results_chosen(results)) {
            return memory_format("%zu of %zu cases have a result on %s", cases, results_chosen(results),
                                 spec_database_name((enum spec_database)i));
        }
    }
    return NULL;
}

static int add_to_text(const char *bytes, size_t length, void *text)
{
    text_add_bytes(text, bytes, length);
    return 0;
}

void results_write(const struct results *results, struct text *out)
{
    json_dump_callback(results->json, add_to_text, out, JSON_INDENT(1));
    text_add_char(out, '\n');
}

/* ---- several ----------------------------------------------------------------------------------------------------- */

void results_set_add(struct results_set *set, struct results *results)
{
    set->items = memory_resize(set->items, set->count + 1, sizeof *set->items);
    set->items[set->count++] = results;
}

/* Two files of one label whose databases differ are one implementation, not two. */
static bool clash(const struct results_set *set, size_t one, size_t other)
{
    if (one == other || strcmp(set->labels[one], set->labels[other]) != 0) {
        return false;
    }
    for (int i = 0; i < SPEC_DATABASES; i++) {
        if (set->items[one]->has[i] && set->items[other]->has[i]) {
            return true;
        }
    }
    return false;
}

/* Adds a detail to those labels that clash, where it tells them apart. */
static void distinguish(struct results_set *set, char *(*tell)(const struct results *results))
{
    char **details = memory_array(set->count, sizeof *details);
    bool *needed = memory_array(set->count, sizeof *needed);
    for (size_t i = 0; i < set->count; i++) {
        details[i] = tell(set->items[i]);
    }
    for (size_t i = 0; i < set->count; i++) {
        for (size_t j = 0; j < set->count; j++) {
            needed[i] = needed[i] || (clash(set, i, j) && strcmp(details[i], details[j]) != 0);
        }
    }
    for (size_t i = 0; i < set->count; i++) {
        if (needed[i]) {
            char *label = memory_format("%s %s", set->labels[i], details[i]);
            free(set->labels[i]);
            set->labels[i] = label;
        }
        free(details[i]);
    }
    free(details);
    free(needed);
}

static char *tell_version(const struct results *results)
{
    return memory_copy(results->version);
}

static char *tell_suite(const struct results *results)
{
    return memory_format("(suite %s, %.8s)", results->suite, results->sha256);
}

static char *tell_name(const struct results *results)
{
    const char *name = results->file == NULL ? "this run" : path_name(results->file);
    size_t length = strlen(name) - (path_ends(name, ".json") ? strlen(".json") : 0);
    return memory_format("(%.*s)", (int)length, name);
}

static char *tell_file(const struct results *results)
{
    return memory_format("(%s)", results->file == NULL ? "this run" : results->file);
}

void results_set_label(struct results_set *set)
{
    set->labels = memory_array(set->count, sizeof *set->labels);
    for (size_t i = 0; i < set->count; i++) {
        const char *name = set->items[i]->name;
        set->labels[i] = memory_copy(*name == '\0' ? "(no implementation)" : name);
    }
    distinguish(set, tell_version);
    distinguish(set, tell_suite);
    distinguish(set, tell_name);
    distinguish(set, tell_file);
}

void results_set_free(struct results_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        results_free(set->items[i]);
        if (set->labels != NULL) {
            free(set->labels[i]);
        }
    }
    free(set->items);
    free(set->labels);
    *set = (struct results_set){0};
}
