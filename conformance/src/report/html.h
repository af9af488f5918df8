/* Pages for a browser: one file that needs no other. */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H
#include "report/page.h"

/* The report of all files. */
void html_report(const struct results_set *set, struct text *out);

/* For the parts of a page (views of the templates in report/html). ---- */

/* One row for each verdict: its name, letter and mark, colour, and what it says to a reader. */
struct html_verdict {
    char letter;
    const char *mark, *class, *says;
};
const struct html_verdict *html_verdict(enum judge_verdict verdict);

/* Colours and code of a page, with the hashes that let a browser take these and no others. */
void html_add_assets(json_t *view, const char *const *styles, const char *script);
/* Fills a template that is part of the program: what is wrong with it is our own mistake, and ends the program. */
void html_fill(const char *file, const json_t *view, struct text *out);

/* A step as written ("new: {model: User}\nas: u") as {do, with, more}. */
json_t *html_step(const char *text);
/* {letter, mark, link, title} of a result in a column; `item` NULL: none. `link`: an address, or NULL. */
json_t *html_mark(const struct results_item *item, const char *link, const char *title);

/* behaviours.c: {before, chapters} and what failed. */
json_t *html_before(const struct page *page);
json_t *html_chapters(const struct page *page);
json_t *html_failures(const struct page *page);
/* Where the story of a result is (to free), or NULL when it has none. */
char *html_anchor(size_t column, const struct results_item *item, const char *id);
/* What marks say, in words: "pass 3, unsupported 2" (to free). */
char *html_spoken(const size_t *verdicts);
/* "liborm on sqlite" (to free). */
char *html_where(const struct page_column *column);
#endif
