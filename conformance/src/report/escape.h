/* Text of strangers, made fit for where it goes. What is not UTF-8 becomes U+FFFD, and a control character its picture
 * (U+2400 and on): neither a terminal nor a browser nor an XML parser gets the character itself. */
#ifndef REPORT_ESCAPE_H
#define REPORT_ESCAPE_H
#include "base/text.h"

/* UTF-8 without control characters but line feed and tab. `text` may be NULL. */
void escape_plain(struct text *out, const char *text);
/* For HTML, and for XML between tags. */
void escape_markup(struct text *out, const char *text);
/* For an attribute of XML, which would lose line ends. */
void escape_attribute(struct text *out, const char *text);
/* On one line, for a description or a directive of TAP. */
void escape_tap(struct text *out, const char *text);
#endif
