/* SPDX-License-Identifier: Apache-2.0 */
/* A parsed $filter and the jsonpath that it becomes; between filter.c, which parses, and filter_jsonpath.c, which
 * writes. */
#ifndef HALLMARK_GATEWAY_FILTER_JSONPATH_H
#define HALLMARK_GATEWAY_FILTER_JSONPATH_H

#include "gateway/filter_date.h"

enum filter_kind { FILTER_COMPARE, FILTER_AND, FILTER_OR, FILTER_NOT };
enum filter_operator { FILTER_EQ, FILTER_NE, FILTER_GT, FILTER_GE, FILTER_LT, FILTER_LE, FILTER_OPERATOR__MAX };
enum filter_literal { FILTER_NULL, FILTER_TRUE, FILTER_FALSE, FILTER_NUMBER, FILTER_STRING, FILTER_DATE };

struct filter_node {
    enum filter_kind kind;
    const struct filter_node *left, *right; /* AND, OR; NOT has left only */
    /* COMPARE */
    enum filter_operator operator;
    enum filter_literal literal;
    h2o_iovec_t path;  /* names with '/' between them */
    h2o_iovec_t value; /* NUMBER: as written; STRING: its characters */
    struct filter_date date;
};

/* Adds the whole jsonpath of a filter. */
void filter_jsonpath_add(struct text *out, const struct filter_node *filter);

#endif
