/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a matched command as a request. */
#ifndef HALLMARK_APP_REMOTE_WRITE_H
#define HALLMARK_APP_REMOTE_WRITE_H

#include "app/remote_match.h"

/* The path behind the prefix, in the pool; segments are percent-encoded. */
h2o_iovec_t remote_write_path(h2o_mem_pool_t *pool, const struct remote_match *match);

/* The query with its "?", "" when there is none; `page_size` is asked for where there are pages. In the pool. */
h2o_iovec_t remote_write_query(h2o_mem_pool_t *pool, const struct remote_match *match, int page_size);

/* The body of POST and PUT; SLICE_NONE for other methods. False, after having said which word of the command line
 * cannot be written so. */
__attribute__((warn_unused_result)) bool remote_write_body(h2o_mem_pool_t *pool, const struct remote_match *match,
                                                           h2o_iovec_t *out);

#endif
