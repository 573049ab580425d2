/* SPDX-License-Identifier: Apache-2.0 */
/* The strict second look at the head of an HTTP/1 request. The library's parser forgives what a front proxy may read in
 * another way (two Content-Length fields, folded lines, bare line feeds, ...); here it is refused, so that there is one
 * reading of every request. */
#ifndef HALLMARK_HTTP_HEAD_CHECK_H
#define HALLMARK_HTTP_HEAD_CHECK_H

#include "base/err.h"

struct head {
    h2o_iovec_t method, target; /* in the raw text */
    size_t length;              /* of the whole head, its empty line included */
    bool chunked;
};

/* `raw` begins with the head (an empty line before it is forgiven, as RFC 9112 section 2.2 wants) and may go on behind
 * it. Returns ERR_NONE, ERR_MALFORMED_HTTP, ERR_URI_TOO_LONG or ERR_HEAD_TOO_LARGE; for the errors *detail_out is a
 * sentence that says what was wrong (a literal). Names of fields are compared without case, since the library lowers
 * them in place. */
__attribute__((warn_unused_result)) enum err head_check(h2o_iovec_t raw, struct head *out, h2o_iovec_t *detail_out);

#endif
