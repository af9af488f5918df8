/* For tests: results files made of a few words. */
#ifndef TESTS_DOCUMENTS_H
#define TESTS_DOCUMENTS_H
#include "base/memory.h"
#include "report/results.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline json_t *document_behaviour(const char *id, int line, const char *was, const char *const *cases)
{
    json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:o, s:[]}", "id", id, "level", "must", "rule", "R.", "source", "s",
                             "place", json_sprintf("spec/c.yaml:%d:5", line), "cases");
    if (was != NULL) {
        json_object_set_new(json, "was", json_pack("[s]", was));
    }
    for (size_t i = 0; cases[i] != NULL; i++) {
        json_array_append_new(json_object_get(json, "cases"),
                              json_pack("{s:s, s:o, s:[s]}", "id", cases[i], "place",
                                        json_sprintf("spec/c.yaml:%d:%d", line + 1, (int)i + 1), "steps",
                                        "query: {model: User, end: count}\nexpect: 0"));
    }
    return json;
}

/* Six cases, of which the results name some: "c.one/a sqlite pass" and so on, separated by commas. */
static inline json_t *document(const char *results)
{
    static const char *const one[] = {"c.one/a", "c.one/b", "c.one/t/x", "c.one/t/y", NULL}, *const two[] = {"c.two/a",
                                                                                                             "c.two/b",
                                                                                                             NULL};
    json_t *json = json_pack(
        "{s:i, s:{s:s, s:s}, s:{s:s, s:s, s:{s:s}}, s:[], s:f, s:s, s:{s:i, s:i}, s:{s:i, s:i, s:i, s:{}}, "
        "s:[], s:{s:s}, s:[{s:s, s:s, s:[o, o]}]}",
        "format", 2, "suite", "version", "1.2.3", "sha256",
        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", "implementation", "name", "Thing",
        "version", "1.0", "capabilities", "core", "native", "databases", "seconds", 1.5, "started",
        "2026-11-22T10:00:00Z", "selection", "cases", 6, "chosen", 6, "totals", "passed", 0, "failed", 0, "skipped", 0,
        "verdicts", "results", "capabilities", "core", "The core.", "chapters", "name", "c", "title", "C", "behaviours",
        document_behaviour("c.one", 10, NULL, one), document_behaviour("c.two", 20, NULL, two));
    int counts[JUDGE_VERDICTS] = {0}, columns[3] = {0}, databases[SPEC_DATABASES] = {0};
    for (const char *at = results; *at != '\0';) {
        char id[64], database[16], name[16];
        int length = 0;
        enum judge_verdict verdict;
        cr_assert_eq(sscanf(at, "%63s %15s %15[a-z]%n", id, database, name, &length), 3, "%s", at);
        cr_assert(judge_verdict_parse(name, &verdict));
        json_t *result =
            json_pack("{s:s, s:s, s:s, s:f}", "id", id, "database", database, "verdict", name, "milliseconds", 1.0);
        if (verdict != JUDGE_PASS) {
            json_object_set_new(result, "message", json_sprintf("why %s", name));
        }
        json_array_append_new(json_object_get(json, "results"), result);
        counts[verdict]++;
        columns[judge_column(verdict)]++;
        databases[strcmp(database, "sqlite") == 0 ? SPEC_SQLITE : SPEC_POSTGRESQL]++;
        at += length;
        at += strspn(at, ", ");
    }
    json_t *totals = json_object_get(json, "totals"), *verdicts = json_object_get(totals, "verdicts");
    for (int i = 0; i < JUDGE_VERDICTS; i++) {
        json_object_set_new(verdicts, judge_verdict_name((enum judge_verdict)i), json_integer(counts[i]));
    }
    json_object_set_new(totals, "passed", json_integer(columns[0]));
    json_object_set_new(totals, "failed", json_integer(columns[1]));
    json_object_set_new(totals, "skipped", json_integer(columns[2]));
    for (int i = 0; i < SPEC_DATABASES; i++) {
        if (databases[i] > 0) {
            json_array_append_new(json_object_get(json, "databases"),
                                  json_pack("{s:s, s:s}", "name", spec_database_name((enum spec_database)i), "version",
                                            i == SPEC_SQLITE ? "3.40.1" : "15.8"));
        }
    }
    return json;
}

static inline struct results *document_take(json_t *json, const char *file)
{
    char *problem = NULL;
    struct results *results = results_take(json, file, &problem);
    cr_assert_not_null(results, "%s", problem);
    return results;
}

#define WHOLE(database)                                                                                                \
    "c.one/a " database " pass, c.one/b " database " fail, c.one/t/x " database " pass, c.one/t/y " database           \
    " skipped, c.two/a " database " known, c.two/b " database " pass"

/* Puts a value at a path "results.0.verdict"; NULL takes it away. */
static inline json_t *document_with(const char *path, json_t *value)
{
    json_t *root = document(WHOLE("sqlite")), *at = root;
    char *copy = memory_copy(path), *rest = copy;
    for (char *word; (word = strsep(&rest, ".")) != NULL;) {
        if (rest != NULL) {
            at = json_is_array(at) ? json_array_get(at, (size_t)atoi(word)) : json_object_get(at, word);
            cr_assert_not_null(at, "%s", path);
        } else if (json_is_array(at)) {
            json_array_set_new(at, (size_t)atoi(word), value);
        } else if (value == NULL) {
            json_object_del(at, word);
        } else {
            json_object_set_new(at, word, value);
        }
    }
    free(copy);
    return root;
}

static inline struct results_set documents_set(size_t count, json_t **documents)
{
    struct results_set set = {0};
    for (size_t i = 0; i < count; i++) {
        char *file = memory_format("%c.json", (char)('a' + i));
        results_set_add(&set, document_take(documents[i], file));
        free(file);
    }
    results_set_label(&set);
    return set;
}
#endif
