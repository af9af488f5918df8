/* Kinds, conditions, and the one truth table of verdicts. */
#include "judge/judge.h"

#include "base/memory.h"
#include "judge/parts.h"

#include <stdlib.h>
#include <string.h>

static bool is_kind(const char *wanted, const char *kind)
{
    size_t length = strlen(wanted);
    return strncmp(wanted, kind, length) == 0 && (kind[length] == '\0' || kind[length] == '.');
}

bool judge_kind(const struct judge_scope *scope, const json_t *error, const char *kind)
{
    if (json_is_string(error)) {
        return is_kind(json_string_value(error), kind);
    }
    for (size_t i = 0; i < json_array_size(error); i++) {
        if (judge_kind(scope, json_array_get(error, i), kind)) {
            return true;
        }
    }
    if (judge_operator(error) == NULL) {
        const json_t *inner = json_object_get(error, "kind");
        return inner != NULL && judge_kind(scope, inner, kind);
    }
    char *problem = NULL;
    const json_t *chosen = judge_choose(scope, error, &problem);
    free(problem);
    return chosen != NULL && judge_kind(scope, chosen, kind);
}

bool judge_error(const struct judge_scope *scope, const json_t *error, const json_t *data, const char *message,
                 char **why)
{
    static const char *const told[] = {"table", "column", "sqlstate"};
    const char *kind = json_string_value(json_object_get(data, "kind"));
    char *problem = NULL;
    if (judge_operator(error) != NULL) {
        const json_t *chosen = judge_choose(scope, error, &problem);
        *why = problem;
        return chosen != NULL && judge_error(scope, chosen, data, message, why);
    }
    if (kind == NULL || !judge_kind(scope, error, kind)) {
        *why = memory_format("it raised %s: %s", kind != NULL ? kind : "nothing", message);
        return false;
    }
    for (size_t i = 0; json_is_object(error) && i < sizeof told / sizeof *told; i++) {
        const json_t *wanted = json_object_get(error, told[i]), *given = json_object_get(data, told[i]);
        char *path = NULL, *difference = NULL;
        if (wanted == NULL || judge_match(scope, wanted, given != NULL ? given : json_null(), &path, &difference)) {
            continue;
        }
        *why = memory_format("its `%s`: %s", told[i], difference);
        free(path);
        free(difference);
        return false;
    }
    const char *hidden = json_string_value(json_object_get(error, "without"));
    if (hidden != NULL && strstr(message, hidden) != NULL) {
        *why = memory_format("its message says \"%s\": %s", hidden, message);
        return false;
    }
    return true;
}

bool judge_when(const struct judge_scope *scope, const json_t *when)
{
    if (when == NULL) {
        return true;
    }
    if (json_is_string(when)) {
        return strcmp(json_string_value(when), spec_database_name(scope->database)) == 0;
    }
    const char *fact = json_string_value(json_object_get(when, "fact"));
    const json_t *value = fact != NULL ? json_object_get(scope->facts, fact) : NULL;
    return value != NULL && json_equal((json_t *)value, json_object_get(when, "is"));
}

/* One row for each verdict: its name, and the column of the last line (0 passed, 1 failed, 2 skipped). */
static const struct {
    const char *name;
    int column;
} verdicts[JUDGE_VERDICTS] = {
    [JUDGE_PASS] = {"pass", 0},       [JUDGE_FAIL] = {"fail", 1},
    [JUDGE_ERROR] = {"error", 1},     [JUDGE_UNSUPPORTED] = {"unsupported", 2},
    [JUDGE_SKIPPED] = {"skipped", 2}, [JUDGE_KNOWN] = {"known", 2},
    [JUDGE_STALE] = {"stale", 1},     [JUDGE_BROKEN] = {"broken", 1},
};

/* outcome × is there a known failure for it */
static const enum judge_verdict decisions[JUDGE_OUTCOMES][2] = {
    [JUDGE_MET] = {JUDGE_PASS, JUDGE_STALE},
    [JUDGE_NOT_MET] = {JUDGE_FAIL, JUDGE_KNOWN},
    [JUDGE_MISBEHAVED] = {JUDGE_ERROR, JUDGE_KNOWN},
    [JUDGE_UNDECLARED] = {JUDGE_UNSUPPORTED, JUDGE_UNSUPPORTED},
    [JUDGE_DEMANDED] = {JUDGE_FAIL, JUDGE_KNOWN},
    [JUDGE_NOT_RUN] = {JUDGE_SKIPPED, JUDGE_SKIPPED},
    [JUDGE_SUITE_FAULT] = {JUDGE_BROKEN, JUDGE_BROKEN},
};

const char *judge_verdict_name(enum judge_verdict verdict)
{
    return verdicts[verdict].name;
}

enum judge_verdict judge_decide(enum judge_outcome outcome, bool known)
{
    return decisions[outcome][known];
}

int judge_column(enum judge_verdict verdict)
{
    return verdicts[verdict].column;
}

bool judge_is_judged(enum judge_verdict verdict)
{
    return verdict != JUDGE_SKIPPED && verdict != JUDGE_UNSUPPORTED;
}

bool judge_verdict_parse(const char *name, enum judge_verdict *verdict)
{
    for (int i = 0; i < JUDGE_VERDICTS; i++) {
        if (strcmp(judge_verdict_name((enum judge_verdict)i), name) == 0) {
            *verdict = (enum judge_verdict)i;
            return true;
        }
    }
    return false;
}
