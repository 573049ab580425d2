/* SPDX-License-Identifier: Apache-2.0 */
#include "history/moment.h"

#include "base/calendar.h"

#define US_PER_SECOND   INT64_C(1000000)
#define SECONDS_PER_DAY 86400
#define OFFSET_BYTES    6 /* +hh:mm */
#define FRACTION_DIGITS 6

/* The whole pattern, not a beginning of it. */
static bool looks_like(h2o_iovec_t text, const char *pattern)
{
    return text.len == strlen(pattern) && calendar_fits(text, pattern);
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
    if (!looks_like(zone, is_east ? "+00:00" : "-00:00") || calendar_number(zone, 1, 2) > 23 ||
        calendar_number(zone, 4, 2) > 59)
        return false;
    int64_t seconds = calendar_number(zone, 1, 2) * 3600 + calendar_number(zone, 4, 2) * 60;
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
        if (i < text.len && !calendar_is_digit(text.base[i]))
            return false;
        us = us * 10 + (i < text.len ? text.base[i] - '0' : 0);
    }
    *us_out = us;
    return true;
}

bool moment_parse(h2o_iovec_t text, int64_t *us_out)
{
    int64_t east, us = 0, seconds = 0;
    if (looks_like(text, "0000-00-00")) {
        if (!calendar_has_day(text))
            return false;
        *us_out = calendar_days(text) * SECONDS_PER_DAY * US_PER_SECOND;
        return true;
    }
    if (!take_zone(&text, &east) || text.len < CALENDAR_SECOND_BYTES ||
        !parse_fraction(slice_from(text, CALENDAR_SECOND_BYTES), &us))
        return false;
    text.len = CALENDAR_SECOND_BYTES;
    if (!looks_like(text, "0000-00-00T00:00:00") || !calendar_has_day(text) || calendar_number(text, 11, 2) > 23 ||
        calendar_number(text, 14, 2) > 59 || calendar_number(text, 17, 2) > 59)
        return false;
    seconds =
        calendar_number(text, 11, 2) * 3600 + calendar_number(text, 14, 2) * 60 + calendar_number(text, 17, 2) - east;
    *us_out = (calendar_days(text) * SECONDS_PER_DAY + seconds) * US_PER_SECOND + us;
    return true;
}
