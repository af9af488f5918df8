/* Testees that do nothing, to find cases that such a testee passes. They greet, open and define as a right one does, so
 * that cases are reached; to everything else each has one way to answer. */
#ifndef RUN_NULL_TESTEE_H
#define RUN_NULL_TESTEE_H
#include "spec/spec.h"

enum null_kind {
    NULL_NULL,   /* null, where the protocol allows it */
    NULL_EMPTY,  /* of the answers that the protocol allows the emptiest */
    NULL_FULL,   /* … one that is not empty: true, 1, an object */
    NULL_ECHO,   /* what it was told: a member has the value that it was given, else some part of the request */
    NULL_ABSENT, /* no such method */
    NULL_EXIT,   /* it ends */
    NULL_ERROR,  /* an error of one kind */
    NULL_KINDS
};
const char *null_kind_name(enum null_kind kind);
const char *null_kind_says(enum null_kind kind);

/* Answers the requests on standard input until it ends. It declares the capabilities, "core,url,…"; `error` is for
 * NULL_ERROR. */
void null_testee_serve(const char *capabilities, enum null_kind kind, const char *error);

/* A result for the request that has the form that the protocol wants, if any is found: a new reference. `told` is {handle:
 * {member: value}}, or NULL. */
json_t *null_answer(enum null_kind kind, const char *method, const json_t *params, json_t *told);
#endif
