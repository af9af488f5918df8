/* A results file: what a run found out, as one JSON document (spec/results.schema.json). Every output is made from it,
 * whether it comes from a run or from a file. */
#ifndef REPORT_RESULTS_H
#define REPORT_RESULTS_H
#include "base/text.h"
#include "judge/judge.h"

/* Raised when a reader that was right becomes wrong. New keys do not raise it. */
enum { RESULTS_FORMAT = 2 };

struct results_item {
    const char *id;
    enum spec_database database;
    enum judge_verdict verdict;
    double milliseconds;
    const json_t *json;                       /* of the result */
    const json_t *chapter, *behaviour, *test; /* NULL: it is no case, but what comes before ("schema/blog/shape") */
};

struct results_totals {
    size_t verdicts[JUDGE_VERDICTS];
    size_t passed, failed, skipped, judged;
};

/* All texts lie in the document. */
struct results {
    json_t *json;
    char *file; /* its name, or NULL: from a run */
    const char *suite, *sha256;
    const char *name, *version; /* of the implementation; "" when it never said */
    bool has[SPEC_DATABASES];
    const char *databases[SPEC_DATABASES]; /* their versions, "" when unknown */
    struct results_item *items;            /* as in the file: by database, then in the order of the specification */
    size_t count;
    struct results_totals totals;
    json_t *places;       /* {case id: place in `cases`} */
    const json_t **cases; /* of all cases that the document tells */
    size_t case_count;
};

/* Checks the document and takes it over. What is not as the schema says, or adds up to other totals than it claims, is
 * refused: NULL, and *problem (to free) is one line. `file` is for messages; NULL: a run. */
struct results *results_take(json_t *document, const char *file, char **problem);
struct results *results_read(const char *path, char **problem);
void results_free(struct results *results);

struct results_totals results_count(const struct results_item *items, size_t count);
/* Adds the results of one database only. */
struct results_totals results_count_on(const struct results *results, enum spec_database database);
/* Text of a member, or NULL. */
const char *results_text(const json_t *map, const char *key);
/* Cases that the run chose on each database, before shards; and how many of a database have a result. */
size_t results_chosen(const struct results *results);
size_t results_cases_on(const struct results *results, enum spec_database database);
/* Why it is only a part of what was chosen (to free), or NULL: it is whole. */
char *results_lack(const struct results *results);

/* Several files side by side. */
struct results_set {
    struct results **items;
    char **labels; /* the implementation's name, and what else is needed to tell it from the others */
    size_t count;
};
/* Takes it over. */
void results_set_add(struct results_set *set, struct results *results);
/* Call it after the last one was added, before any output. */
void results_set_label(struct results_set *set);
void results_set_free(struct results_set *set);

/* print.c: the whole story of a result, for a person. */
void results_print(const struct results_item *item, bool color, struct text *out);
/* Everything after the last result: names by verdict, and the last line. */
void results_print_summary(const struct results *results, bool color, struct text *out);
/* Both, of all files. */
void results_print_set(const struct results_set *set, bool color, struct text *out);

void results_junit(const struct results_set *set, struct text *out);
void results_tap(const struct results_set *set, struct text *out);
/* badge.c: an SVG image. False with *problem (to free) when the files are not of one implementation. */
bool results_badge(const struct results_set *set, struct text *out, char **problem);
/* The document as text. */
void results_write(const struct results *results, struct text *out);
#endif
