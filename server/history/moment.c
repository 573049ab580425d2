/* SPDX-License-Identifier: Apache-2.0 */
#include "history/moment.h"

#define US_PER_SECOND    INT64_C(1000000)
#define SECONDS_PER_DAY  86400
#define DAY_BYTES        10 /* YYYY-MM-DD */
#define SECOND_BYTES     19 /* YYYY-MM-DDThh:mm:ss */
#define OFFSET_BYTES     6  /* +hh:mm */
#define FRACTION_DIGITS  6
#define DAYS_BEFORE_1970 719528 /* from the first of January of the year 0 */

static const unsigned days_of_month[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The signs of the pattern where it has signs, digits where it has 0. */
static bool looks_like(h2o_iovec_t text, const char *pattern)
{
    if (text.len != strlen(pattern))
        return false;
    for (size_t i = 0; i < text.len; ++i)
        if (pattern[i] == '0' ? !is_digit(text.base[i]) : text.base[i] != pattern[i])
            return false;
    return true;
}

static unsigned number_at(h2o_iovec_t text, size_t at, size_t digits)
{
    unsigned number = 0;
    for (size_t i = at; i < at + digits; ++i)
        number = number * 10 + (unsigned)(text.base[i] - '0');
    return number;
}

static bool is_leap(unsigned year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days since 1970 of YYYY-MM-DD. */
static bool parse_day(h2o_iovec_t text, int64_t *days_out)
{
    unsigned year = number_at(text, 0, 4), month = number_at(text, 5, 2), day = number_at(text, 8, 2);
    if (month < 1 || month > 12 || day < 1 || day > days_of_month[month - 1] + (month == 2 && is_leap(year)))
        return false;
    int64_t days = (int64_t)year * 365 + day - 1 - DAYS_BEFORE_1970;
    if (year > 0) /* leap days of the years before; the year 0 is one */
        days += (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400 + 1;
    for (unsigned i = 0; i + 1 < month; ++i)
        days += days_of_month[i];
    *days_out = days + (month > 2 && is_leap(year));
    return true;
}

/* Seconds east of UTC; the zone is cut off from *text. */
static bool take_zone(h2o_iovec_t *text, int64_t *seconds_out)
{
    if (text->len > 0 && text->base[text->len - 1] == 'Z') {
        --text->len;
        *seconds_out = 0;
        return true;
    }
    if (text->len < OFFSET_BYTES)
        return false;
    h2o_iovec_t zone = slice_from(*text, text->len - OFFSET_BYTES);
    bool is_east = zone.base[0] == '+';
    if (!looks_like(zone, is_east ? "+00:00" : "-00:00") || number_at(zone, 1, 2) > 23 || number_at(zone, 4, 2) > 59)
        return false;
    int64_t seconds = number_at(zone, 1, 2) * 3600 + number_at(zone, 4, 2) * 60;
    *seconds_out = is_east ? seconds : -seconds;
    text->len -= OFFSET_BYTES;
    return true;
}

/* Microseconds of ".5"; nothing is none. */
static bool parse_fraction(h2o_iovec_t text, int64_t *us_out)
{
    int64_t us = 0;
    if (text.len == 1 || text.len > 1 + FRACTION_DIGITS || (text.len > 0 && text.base[0] != '.'))
        return false;
    for (size_t i = 1; i <= FRACTION_DIGITS; ++i) {
        if (i < text.len && !is_digit(text.base[i]))
            return false;
        us = us * 10 + (i < text.len ? text.base[i] - '0' : 0);
    }
    *us_out = us;
    return true;
}

bool moment_parse(h2o_iovec_t text, int64_t *us_out)
{
    int64_t days, east, us = 0, seconds = 0;
    if (looks_like(text, "0000-00-00")) {
        if (!parse_day(text, &days))
            return false;
        *us_out = days * SECONDS_PER_DAY * US_PER_SECOND;
        return true;
    }
    if (!take_zone(&text, &east) || text.len < SECOND_BYTES || !parse_fraction(slice_from(text, SECOND_BYTES), &us))
        return false;
    text.len = SECOND_BYTES;
    if (!looks_like(text, "0000-00-00T00:00:00") || !parse_day(text, &days) || number_at(text, 11, 2) > 23 ||
        number_at(text, 14, 2) > 59 || number_at(text, 17, 2) > 59)
        return false;
    seconds = number_at(text, 11, 2) * 3600 + number_at(text, 14, 2) * 60 + number_at(text, 17, 2) - east;
    *us_out = (days * SECONDS_PER_DAY + seconds) * US_PER_SECOND + us;
    return true;
}
