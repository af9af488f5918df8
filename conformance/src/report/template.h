/* Pages from templates (report/html) and a view, which is JSON. What a template may hold:
 *
 *     {{name}}                 the value as text, escaped for HTML; a name of the view or of what is around it
 *     {{{name}}}               the same, as it stands
 *     {{#name}}…{{/name}}      for each item of a list; once for a map, and for what is not null, false, 0, "" or empty
 *     {{^name}}…{{/name}}      the opposite
 *     {{.}}                    the item itself
 *     {{>file.html}}           another template, in the same view
 *
 * Blanks at the start of a line are left out, and so are the ends of lines that hold nothing
 * but marks that steer, and of a file's last line. */
#ifndef REPORT_TEMPLATE_H
#define REPORT_TEMPLATE_H
#include "base/text.h"

#include <jansson.h>
#include <stdbool.h>

/* False with *problem (to free) when a name is not in the view, a section does not end, or a file is not there. */
bool template_fill(const char *file, const json_t *view, struct text *out, char **problem);
/* The same for a template that is given as text. */
bool template_fill_text(const char *text, const json_t *view, struct text *out, char **problem);
#endif
