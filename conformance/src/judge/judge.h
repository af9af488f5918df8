/* What holds: values against expectations, and the one truth table of verdicts. */
#ifndef JUDGE_JUDGE_H
#define JUDGE_JUDGE_H
#include "spec/spec.h"

/* What expectations and params may refer to. */
struct judge_scope {
    enum spec_database database;
    json_t *bound;       /* {name: value}, values as they came over the wire */
    json_t *facts;       /* {name: value}, complete */
    json_t *environment; /* {"dir": …, "pg.host": …}: text for `env` */
};

/* Puts operators of params in place (var, db, fact, env, omit) and gives a new value; NULL with *problem (malloced
 * text) when a name is unknown. */
json_t *judge_resolve(const struct judge_scope *scope, const json_t *params, char **problem);

/* Does `actual` meet `expected`? On false *path (malloced; "$.items[2].title") names the first difference and *why says
 * it in words. */
bool judge_match(const struct judge_scope *scope, const json_t *expected, const json_t *actual, char **path,
                 char **why);

/* A value in short readable words, as failure texts use them (malloced): `"a"`, `the float 1.5`, `the object 3`, `[1,
 * 2]`. */
char *judge_words(const json_t *value);

/* Does the kind meet the `error` of a step? Of one that also says where or how, its kind alone is looked at. */
bool judge_kind(const struct judge_scope *scope, const json_t *error, const char *kind);
/* Does all that was told with an error? `data` is the answer's own, its kind included. On false *why says it in words.
 */
bool judge_error(const struct judge_scope *scope, const json_t *error, const json_t *data, const char *message,
                 char **why);

/* Does `when` hold? NULL holds. */
bool judge_when(const struct judge_scope *scope, const json_t *when);

enum judge_verdict {
    JUDGE_PASS,
    JUDGE_FAIL,
    JUDGE_ERROR,
    JUDGE_UNSUPPORTED,
    JUDGE_SKIPPED,
    JUDGE_KNOWN,
    JUDGE_STALE,
    JUDGE_BROKEN,
    JUDGE_VERDICTS
};
const char *judge_verdict_name(enum judge_verdict verdict);

/* What happened to a case, before known failures are looked at. */
enum judge_outcome {
    JUDGE_MET,         /* every step held */
    JUDGE_NOT_MET,     /* a step did not */
    JUDGE_MISBEHAVED,  /* crash, hang, protocol */
    JUDGE_UNDECLARED,  /* a capability is not declared */
    JUDGE_DEMANDED,    /* not declared, and a profile demands it */
    JUDGE_NOT_RUN,     /* a filter, `when`, a failed prerequisite */
    JUDGE_SUITE_FAULT, /* the suite or its database failed */
    JUDGE_OUTCOMES
};
/* The truth table: outcome × is there a known failure for it. */
enum judge_verdict judge_decide(enum judge_outcome outcome, bool known);
/* 0 passed, 1 failed, 2 skipped: the column of the last line. */
int judge_column(enum judge_verdict verdict);
/* Was the implementation looked at at all? Neither skipped nor unsupported. */
bool judge_is_judged(enum judge_verdict verdict);
/* False when it is no verdict's name. */
bool judge_verdict_parse(const char *name, enum judge_verdict *verdict);
#endif
