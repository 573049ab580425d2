/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/filter_date.h"

#include "base/calendar.h"

#include <assert.h>

#define FRACTION_DIGITS_MAX 9

static const char not_a_date[] =
    "a date has the form YYYY-MM-DD, YYYY-MM-DDThh:mm or YYYY-MM-DDThh:mm:ss, with Z or nothing behind it";

/* --- reading --------------------------------------------------------------------------------------------------- */

static bool time_exists(h2o_iovec_t text)
{
    return (text.len < CALENDAR_MINUTE_BYTES ||
            (calendar_number(text, 11, 2) < 24 && calendar_number(text, 14, 2) < 60)) &&
           (text.len < CALENDAR_SECOND_BYTES || calendar_number(text, 17, 2) < 60);
}

/* The fraction is cut off from *text; false when there is a point and no digits, or too many. */
static bool take_fraction(h2o_iovec_t *text, h2o_iovec_t *fraction_out)
{
    *fraction_out = slice_from(*text, CALENDAR_SECOND_BYTES);
    if (fraction_out->len == 0)
        return true;
    text->len = CALENDAR_SECOND_BYTES;
    if (fraction_out->base[0] != '.' || fraction_out->len < 2 || fraction_out->len > 1 + FRACTION_DIGITS_MAX)
        return false;
    for (size_t i = 1; i < fraction_out->len; ++i)
        if (!calendar_is_digit(fraction_out->base[i]))
            return false;
    while (fraction_out->len > 0 && fraction_out->base[fraction_out->len - 1] == '0')
        --fraction_out->len;
    return true;
}

/* Leaves out what is zero at the end: 2020-01-31T00:00:00 is 2020-01-31. */
static void shorten(struct filter_date *date, h2o_iovec_t fraction)
{
    h2o_iovec_t text = {date->text, date->len};
    date->last = FILTER_DATE_FRACTION;
    if (fraction.len > 1)
        return;
    date->len = text.len < CALENDAR_SECOND_BYTES ? text.len : CALENDAR_SECOND_BYTES;
    date->last = FILTER_DATE_SECOND;
    if (text.len >= CALENDAR_SECOND_BYTES && calendar_number(text, 17, 2) != 0)
        return;
    date->len = text.len < CALENDAR_MINUTE_BYTES ? text.len : CALENDAR_MINUTE_BYTES;
    date->last = FILTER_DATE_MINUTE;
    if (text.len >= CALENDAR_MINUTE_BYTES && (calendar_number(text, 11, 2) != 0 || calendar_number(text, 14, 2) != 0))
        return;
    date->len = CALENDAR_DAY_BYTES;
    date->last = FILTER_DATE_DAY;
}

const char *filter_date_read(h2o_iovec_t text, struct filter_date *out)
{
    struct filter_date date;
    h2o_iovec_t fraction;
    if (text.len > CALENDAR_DAY_BYTES && text.base[text.len - 1] == 'Z')
        --text.len;
    if (!take_fraction(&text, &fraction) || !calendar_fits(text, "0000-00-00T00:00:00") ||
        (text.len != CALENDAR_DAY_BYTES && text.len != CALENDAR_MINUTE_BYTES && text.len != CALENDAR_SECOND_BYTES))
        return not_a_date;
    if (!calendar_has_day(text) || !time_exists(text))
        return "there is no such day or time";
    date.len = text.len + fraction.len;
    assert(date.len < sizeof(date.text));
    memcpy(date.text, text.base, text.len);
    memcpy(date.text + text.len, fraction.base, fraction.len);
    shorten(&date, fraction);
    date.text[date.len] = '\0';
    *out = date;
    return NULL;
}

/* --- writing --------------------------------------------------------------------------------------------------- */

void filter_date_add_is_date(struct text *out, h2o_iovec_t member)
{
    text_add(out, member);
    text_add(out, SLICE(" like_regex \"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?Z?)?$\""));
}

/* The shortest spelling, then whatever adds nothing to it. */
void filter_date_add_equal(struct text *out, h2o_iovec_t member, const struct filter_date *date)
{
    static const char *const tails[] = {
        [FILTER_DATE_DAY] = "(T00:00(:00([.]0+)?)?Z?)?",
        [FILTER_DATE_MINUTE] = "(:00([.]0+)?)?Z?",
        [FILTER_DATE_SECOND] = "([.]0+)?Z?",
        [FILTER_DATE_FRACTION] = "0*Z?",
    };
    text_add(out, member);
    text_add(out, SLICE(" like_regex \"^"));
    for (const char *at = date->text; *at != '\0'; ++at)
        text_add(out, *at == '.' ? SLICE("[.]") : (h2o_iovec_t){(char *)at, 1});
    text_add(out, slice_of(tails[date->last]));
    text_add(out, SLICE("$\""));
}

static bool ends_a_part(size_t len)
{
    return len == CALENDAR_MINUTE_BYTES || len == CALENDAR_SECOND_BYTES || len > CALENDAR_SECOND_BYTES + 1;
}

/* An earlier moment has the smaller text, but for one case: Z is greater than the signs and digits with which a longer
 * text goes on. So those few earlier moments that are a beginning of ours with Z behind it are named. */
void filter_date_add_less(struct text *out, h2o_iovec_t member, const struct filter_date *date)
{
    text_add_char(out, '(');
    filter_date_add_is_date(out, member);
    text_add(out, SLICE(" && ("));
    text_add(out, member);
    text_add_format(out, " < \"%s\"", date->text);
    for (size_t len = CALENDAR_MINUTE_BYTES; len < date->len; ++len)
        if (ends_a_part(len)) {
            text_add(out, SLICE(" || "));
            text_add(out, member);
            text_add_format(out, " == \"%.*sZ\"", (int)len, date->text);
        }
    text_add(out, SLICE("))"));
}
