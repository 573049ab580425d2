/* SPDX-License-Identifier: Apache-2.0 */
#include "base/calendar.h"

#define MONTHS           12
#define DAYS_OF_YEAR     365
#define DAYS_BEFORE_1970 719528 /* from the first of January of the year 0 */

static const unsigned days_of_month[MONTHS] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

struct day {
    unsigned year, month, day;
};

bool calendar_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool calendar_fits(h2o_iovec_t text, const char *pattern)
{
    if (text.len > strlen(pattern))
        return false;
    for (size_t i = 0; i < text.len; ++i)
        if (pattern[i] == '0' ? !calendar_is_digit(text.base[i]) : text.base[i] != pattern[i])
            return false;
    return true;
}

unsigned calendar_number(h2o_iovec_t text, size_t at, size_t digits)
{
    unsigned number = 0;
    for (size_t i = at; i < at + digits; ++i)
        number = number * 10 + (unsigned)(text.base[i] - '0');
    return number;
}

static struct day day_of(h2o_iovec_t text)
{
    return (struct day){calendar_number(text, 0, 4), calendar_number(text, 5, 2), calendar_number(text, 8, 2)};
}

static bool is_leap(unsigned year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

bool calendar_has_day(h2o_iovec_t text)
{
    struct day at = day_of(text);
    return at.month >= 1 && at.month <= MONTHS && at.day >= 1 &&
           at.day <= days_of_month[at.month - 1] + (at.month == 2 && is_leap(at.year));
}

int64_t calendar_days(h2o_iovec_t text)
{
    struct day at = day_of(text);
    int64_t days = (int64_t)at.year * DAYS_OF_YEAR + at.day - 1 - DAYS_BEFORE_1970;
    if (at.year > 0) /* leap days of the years before; the year 0 is one */
        days += (at.year - 1) / 4 - (at.year - 1) / 100 + (at.year - 1) / 400 + 1;
    for (unsigned i = 0; i + 1 < at.month; ++i)
        days += days_of_month[i];
    return days + (at.month > 2 && is_leap(at.year));
}
