#include "report/record.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

void report_take(struct report_run *run, struct report_result *result)
{
    if (run->count == run->capacity) {
        run->capacity = run->capacity == 0 ? 256 : 2 * run->capacity;
        run->results = memory_resize(run->results, run->capacity, sizeof(struct report_result *));
    }
    run->results[run->count++] = result;
}

struct report_result *report_add(struct report_run *run, const char *id, enum spec_database database)
{
    struct report_result *result = memory_get(sizeof *result);
    result->id = memory_copy(id);
    result->database = database;
    report_take(run, result);
    return result;
}

void report_free(struct report_result *result)
{
    free(result->id);
    json_decref(result->expected);
    json_decref(result->actual);
    free(result->path);
    free(result->message);
    free(result->happened);
    free(result->group);
    free(result->transcript);
    free(result->kept);
    free(result->wire);
    free(result->errors);
    free(result);
}

static int compare(const void *left, const void *right)
{
    const struct report_result *a = *(const struct report_result *const *)left,
                               *b = *(const struct report_result *const *)right;
    if (a->database != b->database) {
        return a->database < b->database ? -1 : 1;
    }
    if (a->order != b->order) {
        return a->order < b->order ? -1 : 1;
    }
    return strcmp(a->id, b->id);
}

void report_sort(struct report_run *run)
{
    if (run->count > 0) {
        qsort(run->results, run->count, sizeof(struct report_result *), compare);
    }
}

void report_clear(struct report_run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        report_free(run->results[i]);
    }
    free(run->results);
    free(run->again);
    free(run->doctor);
    free(run->setting);
    for (int i = 0; i < SPEC_DATABASES; i++) {
        free(run->databases_again[i]);
    }
    json_decref(run->implementation);
    json_decref(run->options);
    *run = (struct report_run){0};
}

int report_status(const struct report_run *run)
{
    size_t failed = 0, judged = 0, broken = 0;
    for (size_t i = 0; i < run->count; i++) {
        enum judge_verdict verdict = run->results[i]->verdict;
        broken += verdict == JUDGE_BROKEN;
        failed += judge_column(verdict) == 1;
        judged += judge_is_judged(verdict);
    }
    return broken > 0 ? 3 : failed > 0 || judged == 0 ? 1 : 0;
}
