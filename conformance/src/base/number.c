#include "base/number.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Digits with an optional sign, fraction and exponent: what strtod takes beside it (hexadecimal, "inf") is refused. */
static bool is_decimal(const char *text)
{
    text += *text == '-';
    size_t whole = strspn(text, "0123456789");
    if (whole == 0) {
        return false;
    }
    text += whole;
    if (*text == '.') {
        size_t fraction = strspn(text + 1, "0123456789");
        if (fraction == 0) {
            return false;
        }
        text += 1 + fraction;
    }
    if (*text == 'e' || *text == 'E') {
        text++;
        text += *text == '-' || *text == '+';
        size_t exponent = strspn(text, "0123456789");
        if (exponent == 0) {
            return false;
        }
        text += exponent;
    }
    return *text == '\0';
}

bool number_parse_float(const char *text, double *value)
{
    if (strcmp(text, "NaN") == 0) {
        *value = (double)NAN;
    } else if (strcmp(text, "Infinity") == 0) {
        *value = (double)INFINITY;
    } else if (strcmp(text, "-Infinity") == 0) {
        *value = -(double)INFINITY;
    } else if (is_decimal(text)) {
        *value = strtod(text, NULL);
    } else {
        return false;
    }
    return true;
}

void number_format_float(double value, char *out)
{
    if (isnan(value)) {
        strcpy(out, "NaN");
        return;
    }
    if (isinf(value)) {
        strcpy(out, value > 0 ? "Infinity" : "-Infinity");
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, 32, "%.*g", digits, value);
        double back = strtod(out, NULL);
        if (back >= value && back <= value) {
            break;
        }
    }
    if (strpbrk(out, ".e") == NULL) {
        strcat(out, ".0");
    }
}

bool number_parse_int(const char *text, int64_t *value)
{
    const char *digits = text + (*text == '-');
    size_t count = strspn(digits, "0123456789");
    if (count == 0 || digits[count] != '\0' || (digits[0] == '0' && count > 1)) {
        return false;
    }
    errno = 0;
    long long got = strtoll(text, NULL, 10);
    if (errno == ERANGE) {
        return false;
    }
    *value = got;
    return true;
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar; the year begins in March, so that the leap day is its
 * last. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    int64_t era = year / 400, of_era = year - era * 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool read_digits(const char **text, int count, int64_t *value)
{
    *value = 0;
    for (int i = 0; i < count; i++, (*text)++) {
        if (!isdigit((unsigned char)**text)) {
            return false;
        }
        *value = *value * 10 + (**text - '0');
    }
    return true;
}

static bool read_char(const char **text, char wanted)
{
    return *(*text)++ == wanted;
}

static bool read_date(const char **text, int64_t *days)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t year, month, day;
    if (!read_digits(text, 4, &year) || !read_char(text, '-') || !read_digits(text, 2, &month) ||
        !read_char(text, '-') || !read_digits(text, 2, &day) || year < 1 || month < 1 || month > 12 || day < 1) {
        return false;
    }
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (day > lengths[month - 1] + (month == 2 && leap)) {
        return false;
    }
    *days = days_of(year, month, day);
    return true;
}

bool number_parse_date(const char *text, int64_t *days)
{
    return read_date(&text, days) && *text == '\0';
}

bool number_parse_datetime(const char *text, int64_t *microseconds)
{
    int64_t days, hour, minute, second, fraction = 0;
    if (!read_date(&text, &days) || !read_char(&text, 'T') || !read_digits(&text, 2, &hour) || !read_char(&text, ':') ||
        !read_digits(&text, 2, &minute) || !read_char(&text, ':') || !read_digits(&text, 2, &second) || hour > 23 ||
        minute > 59 || second > 59) {
        return false;
    }
    if (*text == '.') {
        text++;
        int digits = 0;
        for (; digits < 6 && isdigit((unsigned char)*text); digits++) {
            fraction = fraction * 10 + (*text++ - '0');
        }
        if (digits == 0) {
            return false;
        }
        for (; digits < 6; digits++) {
            fraction *= 10;
        }
    }
    *microseconds = ((days * 24 + hour) * 60 + minute) * 60 * 1000000 + second * 1000000 + fraction;
    return *text == '\0';
}

void number_format_datetime(int64_t microseconds, char *out)
{
    int64_t day = INT64_C(86400) * 1000000;
    int64_t days = microseconds / day, rest = microseconds % day;
    if (rest < 0) {
        rest += day;
        days--;
    }
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097, of_era = shifted - era * 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t part = (5 * of_year + 2) / 153;
    int month = (int)(part < 10 ? part + 3 : part - 9);
    int year = (int)(year_of_era + era * 400 + (month <= 2));
    int second = (int)(rest / 1000000), fraction = (int)(rest % 1000000);
    int length = snprintf(out, 40, "%04d-%02d-%02dT%02d:%02d:%02d", year, month,
                          (int)(of_year - (153 * part + 2) / 5 + 1), second / 3600, second / 60 % 60, second % 60);
    if (fraction != 0 && length > 0 && length < 32) {
        snprintf(out + length, 8, ".%06d", fraction);
    }
}
