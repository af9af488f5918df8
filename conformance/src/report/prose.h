/* Markdown as a part of a page. */
#ifndef REPORT_PROSE_H
#define REPORT_PROSE_H
#include "base/text.h"

#include <jansson.h>

struct prose {
    const char *id;      /* of the part; ids of its headings begin with it */
    int shift;           /* levels that its headings go down */
    const json_t *links; /* {end of a path: where it is on the page}: "protocol.md": "#protocol" */
    const json_t *words; /* {code: where it is told}: "facts.yaml": "#facts" */
    const json_t *needs; /* the same, but only for code in a table's column `needs`: "uow": "#capability-uow" */
};

/* Adds the text as HTML; raw HTML in it is left out. A link that leads to none of `links` and nowhere in the net
 * becomes text. Gives the headings of the first two levels: [{id, title}]. The first heading is the part's own: it is
 * left out, and given as its first title. */
json_t *prose_add(const char *markdown, size_t length, const struct prose *prose, struct text *out);
#endif
