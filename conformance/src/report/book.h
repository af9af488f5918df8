/* The specification as a book: one page. */
#ifndef REPORT_BOOK_H
#define REPORT_BOOK_H
#include "report/results.h"

struct book {
    const struct spec *spec;
    const char *root;              /* the project's folder: prose and lists are read from there */
    const struct results_set *set; /* verdicts to show beside the rules; no files: none */
    const char *report;            /* address of the report of the same files, or NULL: verdicts lead there */
};

/* False with *problem (to free) when a file of the specification cannot be read any more. */
bool book_write(const struct book *book, struct text *out, char **problem);

/* For its parts. ---- */
struct page;

/* book_chapters.c: [{name, title, count, behaviours}] */
json_t *book_chapters(const struct book *book, const struct page *page);
/* book_lists.c: a file of spec/ that holds one list of maps, as {about, columns, rows}. NULL with *problem. */
json_t *book_list(const struct book *book, const char *name, char **problem);
/* [{name, models: [{name, table, columns, more}]}] */
json_t *book_schemas(const struct spec *spec);
#endif
