/* Kinds, conditions, and the one truth table of verdicts. */
#include "judge/judge.h"

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
    const char *name = judge_operator(error);
    if (name == NULL) {
        return false;
    }
    char *problem = NULL;
    const json_t *chosen = judge_choose(scope, error, &problem);
    free(problem);
    return chosen != NULL && judge_kind(scope, chosen, kind);
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
