/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a $filter or $orderby, one after another. */
#ifndef HALLMARK_GATEWAY_FILTER_TOKEN_H
#define HALLMARK_GATEWAY_FILTER_TOKEN_H

#include "base/slice.h"

enum filter_token_kind {
    FILTER_TOKEN_END,
    FILTER_TOKEN_NAME, /* an operator, a constant, or a path of members: what it is, its place decides */
    FILTER_TOKEN_STRING,
    FILTER_TOKEN_NUMBER,
    FILTER_TOKEN_DATE,
    FILTER_TOKEN_OPEN,
    FILTER_TOKEN_CLOSE,
    FILTER_TOKEN_COMMA,
    FILTER_TOKEN_WRONG,
};

struct filter_token {
    enum filter_token_kind kind;
    h2o_iovec_t text; /* STRING: its characters; DATE: without datetime''; otherwise as written */
    const char *at;   /* where it begins */
    const char *what; /* WRONG: why */
};

/* Takes the next word from the front of *rest. A string with doubled quotes is unfolded into the pool. */
struct filter_token filter_token_next(h2o_mem_pool_t *pool, h2o_iovec_t *rest);

/* Which character of the whole text that is, counted from 1: characters, not bytes, since that is what a person counts.
 */
size_t filter_token_position(h2o_iovec_t text, const char *at);

#endif
