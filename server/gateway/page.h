/* SPDX-License-Identifier: Apache-2.0 */
/* Pages: a cursor says where the next one begins and travels as a ticket, so that only we can make one; the address of
 * the next page stands in a Link header (RFC 8288). */
#ifndef HALLMARK_GATEWAY_PAGE_H
#define HALLMARK_GATEWAY_PAGE_H

#include "http/call.h"

struct page_cursor {
    int64_t account_id;
    h2o_iovec_t bound;  /* digest of what is being paged through, see page_bound */
    int64_t id;         /* of the last row */
    int64_t passed;     /* rows before the next page, from the first on */
    h2o_iovec_t values; /* what the last row was ordered by, as JSON text; SLICE_NONE: by its id alone */
};

/* A digest of parts (collection, filter, order, ...): a cursor is good only where all of them are the same again. */
h2o_iovec_t page_bound(h2o_mem_pool_t *pool, const h2o_iovec_t *parts, size_t count);

/* The cursor as text that an address can carry as it is; SLICE_NONE when it cannot be made. It lives for a day. */
h2o_iovec_t page_cursor_text(const struct call *call, const char *purpose, const struct page_cursor *cursor);

/* False when the text is not ours, of another purpose or account, bound to something else, or too old. */
__attribute__((warn_unused_result)) bool page_cursor_open(const struct call *call, const char *purpose,
                                                          h2o_iovec_t text, int64_t account_id, h2o_iovec_t bound,
                                                          struct page_cursor *out);

/* The value of a Link header to the next page: this request's address without the `dropped` parameters (NULL at the
 * end), and with `parameter` set to `value`, which are taken as they are. SLICE_NONE when it would be longer than an
 * address may be. */
h2o_iovec_t page_link(const struct call *call, const char *const *dropped, const char *parameter, h2o_iovec_t value);

#endif
