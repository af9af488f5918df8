/* Inside of judge: what its parts share. */
#ifndef JUDGE_PARTS_H
#define JUDGE_PARTS_H
#include "base/text.h"
#include "judge/judge.h"

/* The tag of a tagged value ("datetime"), or NULL. */
const char *judge_tag(const json_t *value);
/* The name of an operator ("db"), or NULL. */
const char *judge_operator(const json_t *value);
/* What `db` and `fact` stand for here (borrowed); NULL with *problem (malloced). */
const json_t *judge_choose(const struct judge_scope *scope, const json_t *operator, char ** problem);
/* The text of `env`; a new reference, or NULL with *problem. */
json_t *judge_environment(const struct judge_scope *scope, const json_t *operator, char ** problem);
#endif
