/* SPDX-License-Identifier: Apache-2.0 */
/* What a reader of the history asks for. */
#ifndef HALLMARK_HISTORY_HISTORY_QUERY_H
#define HALLMARK_HISTORY_HISTORY_QUERY_H

#include "gateway/ask.h"
#include "gateway/page.h"

struct history_request {
    struct history_query query;
    struct scope_set readable; /* every scope that token, key, holder and template have together */
    int64_t page_size;
    h2o_iovec_t bound; /* of the cursor */
    bool of_record;    /* one record's history, by its path */
    bool narrowed;     /* by a filter or a cursor: then nothing found says nothing */
};

/* Stage REQUEST: reads the query's parameters into ask->request. What is not known is refused: a filter with a slip of
 * the pen would show more than was asked for. */
contract_check history_query_read;

/* The cursor that goes on behind this change; SLICE_NONE when it cannot be made. */
h2o_iovec_t history_query_cursor(const struct call *call, const struct history_request *request, int64_t last_id);

#endif
