/* SPDX-License-Identifier: Apache-2.0 */
/* Dates of a $filter. Records hold dates as strings, some with a time and some without, some with seconds and fractions
 * and some without: a date literal becomes a predicate that finds the same moment in each spelling. */
#ifndef HALLMARK_GATEWAY_FILTER_DATE_H
#define HALLMARK_GATEWAY_FILTER_DATE_H

#include "base/text.h"

#define FILTER_DATE_BYTES_MAX 32

enum filter_date_part { FILTER_DATE_DAY, FILTER_DATE_MINUTE, FILTER_DATE_SECOND, FILTER_DATE_FRACTION };

struct filter_date {
    char text[FILTER_DATE_BYTES_MAX]; /* the shortest spelling of the moment, without Z; NUL-terminated */
    size_t len;
    enum filter_date_part last; /* the last part that the shortest spelling has */
};

/* YYYY-MM-DD[Thh:mm[:ss[.f]][Z]], a day that exists. NULL, or a literal that says what is wrong. */
const char *filter_date_read(h2o_iovec_t text, struct filter_date *out);

/* Adds a predicate over the jsonpath `member`. What is no string is unknown to it. */
void filter_date_add_equal(struct text *out, h2o_iovec_t member, const struct filter_date *date);
void filter_date_add_less(struct text *out, h2o_iovec_t member, const struct filter_date *date);
void filter_date_add_is_date(struct text *out, h2o_iovec_t member);

#endif
