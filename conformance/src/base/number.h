/* Numbers, dates and times as the protocol writes them. */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H
#include <stdbool.h>
#include <stdint.h>

/* The largest integer that travels as itself: 2^53 - 1. */
#define NUMBER_PLAIN_MAX INT64_C(9007199254740991)

/* Decimal text, "NaN", "Infinity", "-Infinity". The whole text must be used. */
bool number_parse_float(const char *text, double *value);
/* The shortest text that reads back to the same number; `out` of 32 bytes. */
void number_format_float(double value, char *out);
/* Optional minus and digits, no leading zero; false when it is none or does not fit. */
bool number_parse_int(const char *text, int64_t *value);

/* "2024-01-02T03:04:05.678901", 0 to 6 digits of fraction, as microseconds since 1970. */
bool number_parse_datetime(const char *text, int64_t *microseconds);
/* With 0 or 6 digits; `out` of 40 bytes. */
void number_format_datetime(int64_t microseconds, char *out);
/* "2024-02-29", as days since 1970. */
bool number_parse_date(const char *text, int64_t *days);
#endif
