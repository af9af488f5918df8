/* Several results files as one table: chapters of behaviours and their cases down, runs across. */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H
#include "report/results.h"

/* A run: a file on one of its databases. */
struct page_column {
    size_t file; /* in the set */
    const struct results *results;
    const char *label;
    enum spec_database database;
    bool leads; /* the first of its label */
    struct results_totals totals;
    double milliseconds;
};

/* Ids are those of now: what a file's suite calls by an old id stands under the new one. */
struct page_case {
    const char *id;
    const json_t **texts;              /* for each file: the case as it tells it, or NULL */
    const struct results_item **items; /* for each column, or NULL */
};
struct page_behaviour {
    const char *id;
    const json_t **texts; /* for each file, or NULL */
    const json_t *text;   /* the first of them */
    struct page_case **cases;
    size_t case_count;
};
struct page_chapter {
    const char *name, *title;
    struct page_behaviour **behaviours;
    size_t behaviour_count;
};

struct page {
    const struct results_set *set;
    struct page_column *columns;
    size_t column_count;
    struct page_chapter *chapters;
    size_t chapter_count;
    const json_t *capabilities; /* {name: what it says}, of all files */
    size_t behaviour_count, case_count;
    struct page_impl *impl;
};

struct page page_make(const struct results_set *set);
/* The id that a case of before has now: as it is, unless its behaviour got another. */
const char *page_id(const struct page *page, const char *id);
/* By the id of now; NULL: no file tells it. */
const struct page_case *page_find_case(const struct page *page, const char *id);
const struct page_behaviour *page_find_behaviour(const struct page *page, const char *id);
/* The worst of a behaviour's results in a column, and the case that it is of; NULL: it has none there. */
const struct results_item *page_worst(const struct page_behaviour *behaviour, size_t column, const char **id);
void page_free(struct page *page);
#endif
