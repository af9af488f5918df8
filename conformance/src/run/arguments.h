/* Options of a command line. What is not in the table is refused by name. */
#ifndef RUN_ARGUMENTS_H
#define RUN_ARGUMENTS_H
#include <stdbool.h>
#include <stddef.h>

/* Borrowed texts; NULL-ended once it has one. */
struct strings {
    const char **items;
    size_t count;
};
void strings_add(struct strings *strings, const char *text);
void strings_free(struct strings *strings);

enum argument_kind { ARGUMENT_FLAG, ARGUMENT_TEXT, ARGUMENT_LIST, ARGUMENT_NUMBER };
struct argument {
    const char *name; /* "--only"; the table ends with NULL */
    enum argument_kind kind;
    void *target;             /* bool, const char *, struct strings, double */
    bool *given;              /* of a number; may be NULL */
    const char *value, *help; /* "GLOB", "judge these cases only" */
};

/* `--name VALUE` or `--name=VALUE`; `--` ends the options. What is no option goes to `others`. False with *problem (to
 * free). */
bool arguments_parse(const struct argument *table, int count, char **words, struct strings *others, char **problem);
/* One line for each. */
void arguments_print(const struct argument *table);
#endif
