/* Dates and moments: proleptic Gregorian, no zones, no leap seconds. */
#include "base/value.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { MICROSECONDS = 1000000 };
static const int64_t day_us = (int64_t)86400 * MICROSECONDS;

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/* Years begin in March here, so that the leap day is the last of its year. A month that does not exist counts on into
 * other years. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t months = year * 12 + (month - 1) - 2;
    int64_t y = floor_div(months, 12), m = months - y * 12;
    int64_t leaps = floor_div(y, 4) - floor_div(y, 100) + floor_div(y, 400);
    return y * 365 + leaps + (153 * m + 2) / 5 + day - 1 - 719468;
}

static void civil_of(int64_t days, int64_t *year, int *month, int *day)
{
    days += 719468;
    int64_t era = floor_div(days, 146097), in_era = days - era * 146097;
    int64_t y = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int64_t in_year = in_era - (365 * y + y / 4 - y / 100);
    int64_t m = (5 * in_year + 2) / 153;
    *day = (int)(in_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = y + era * 400 + (m >= 10);
}

orm_datetime orm_utcnow(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (orm_datetime){ (int64_t)now.tv_sec * MICROSECONDS + now.tv_nsec / 1000 };
}

orm_datetime orm_datetime_at(int year, int month, int day, int hour, int minute, int second, int microsecond)
{
    int64_t seconds = ((int64_t)hour * 60 + minute) * 60 + second;
    /* unsigned: an absurd year wraps instead of being undefined */
    uint64_t us = (uint64_t)days_of(year, month, day) * (uint64_t)day_us + (uint64_t)seconds * MICROSECONDS +
                  (uint64_t)(int64_t)microsecond;
    return (orm_datetime){ (int64_t)us };
}

orm_date orm_date_at(int year, int month, int day)
{
    return (orm_date){ (int32_t)days_of(year, month, day) };
}

/* Exactly `count` digits. */
static bool digits(const char **at, int count, int *out)
{
    int value = 0;
    for (int i = 0; i < count; i++, (*at)++) {
        if (**at < '0' || **at > '9') return false;
        value = value * 10 + (**at - '0');
    }
    *out = value;
    return true;
}

static bool skip(const char **at, char c)
{
    if (**at != c) return false;
    (*at)++;
    return true;
}

static bool parse_day(const char **at, int *year, int *month, int *day)
{
    if (!digits(at, 4, year) || !skip(at, '-') || !digits(at, 2, month) || !skip(at, '-') || !digits(at, 2, day))
        return false;
    static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = *year % 4 == 0 && (*year % 100 != 0 || *year % 400 == 0);
    return *year >= 1 && *month >= 1 && *month <= 12 && *day >= 1 &&
           *day <= lengths[*month - 1] + (leap && *month == 2);
}

bool orm_date_parse(const char *text, orm_date *out)
{
    int year, month, day;
    if (!parse_day(&text, &year, &month, &day) || *text != '\0') return false;
    *out = orm_date_at(year, month, day);
    return true;
}

bool orm_datetime_parse(const char *text, orm_datetime *out)
{
    int year, month, day, hour, minute, second, us = 0;
    if (!parse_day(&text, &year, &month, &day) || (!skip(&text, 'T') && !skip(&text, ' '))) return false;
    if (!digits(&text, 2, &hour) || !skip(&text, ':') || !digits(&text, 2, &minute) || !skip(&text, ':') ||
        !digits(&text, 2, &second))
        return false;
    if (hour > 23 || minute > 59 || second > 59) return false;
    if (skip(&text, '.')) {
        int count = 0;
        for (; count < 6 && *text >= '0' && *text <= '9'; count++, text++) us = us * 10 + (*text - '0');
        if (count == 0) return false;
        for (; count < 6; count++) us *= 10;
    }
    if (*text != '\0') return false;
    *out = orm_datetime_at(year, month, day, hour, minute, second, us);
    return true;
}

const char *orm_datetime_text(orm_datetime moment, char buffer[32])
{
    int64_t in_day = moment.us % day_us;
    if (in_day < 0) in_day += day_us;
    size_t size = strlen(orm_date_text((orm_date){ (int32_t)floor_div(moment.us, day_us) }, buffer));
    unsigned second = (unsigned)(in_day / MICROSECONDS), us = (unsigned)(in_day % MICROSECONDS);
    snprintf(buffer + size, 32 - size, " %02u:%02u:%02u.%06u", second / 3600 % 24, second / 60 % 60, second % 60, us);
    return buffer;
}

const char *orm_date_text(orm_date date, char buffer[32])
{
    int64_t year;
    int month, day;
    civil_of(date.day, &year, &month, &day);
    snprintf(buffer, 32, "%04lld-%02d-%02d", (long long)year, month, day);
    return buffer;
}
