/* SPDX-License-Identifier: Apache-2.0 */
/* Dates and times in a text, by their places: YYYY-MM-DDThh:mm:ss (RFC 3339 section 5.6), or a beginning of it. */
#ifndef HALLMARK_BASE_CALENDAR_H
#define HALLMARK_BASE_CALENDAR_H

#include "base/slice.h"

#define CALENDAR_DAY_BYTES    10 /* YYYY-MM-DD */
#define CALENDAR_MINUTE_BYTES 16 /* and Thh:mm */
#define CALENDAR_SECOND_BYTES 19 /* and :ss */

bool calendar_is_digit(char c);

/* True when `text` is as long as the pattern, or a beginning of it, with its signs, and digits where it has 0. */
bool calendar_fits(h2o_iovec_t text, const char *pattern);

/* The digits have to be there. */
unsigned calendar_number(h2o_iovec_t text, size_t at, size_t digits);

/* Of a text that begins with 0000-00-00: whether that month has that day; and its days since 1970, in the calendar of
 * today however early it is. */
bool calendar_has_day(h2o_iovec_t text);
int64_t calendar_days(h2o_iovec_t text);

#endif
