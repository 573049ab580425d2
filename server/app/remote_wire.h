/* SPDX-License-Identifier: Apache-2.0 */
/* One request to a server that is administered over HTTP, and its answer. */
#ifndef HALLMARK_APP_REMOTE_WIRE_H
#define HALLMARK_APP_REMOTE_WIRE_H

#include "base/slice.h"

struct remote_request {
    const char *method;
    h2o_iovec_t url;                       /* whole */
    h2o_iovec_t body;                      /* SLICE_NONE: without one */
    const char *media;                     /* of the body */
    h2o_iovec_t authorization;             /* the header's value; its copies are wiped */
    h2o_iovec_t if_match, idempotency_key; /* SLICE_NONE: without */
};

struct remote_answer {
    long status;
    h2o_iovec_t body;              /* in the pool; for the caller to wipe if it has a secret */
    h2o_iovec_t media, etag, link; /* SLICE_NONE: without; in the pool */
    bool is_repeated;              /* Idempotent-Replayed */
};

enum remote_outcome {
    REMOTE_ANSWERED, /* whatever the status */
    REMOTE_NOT_SENT, /* nobody was reached: nothing happened */
    REMOTE_LOST,     /* it was sent, or may have been, and the answer did not come */
    REMOTE_REFUSED,  /* the answer is larger than LIMIT_REMOTE_ANSWER_BYTES_MAX */
};

struct remote_wire;

/* `ca_file` may be NULL. Proxies are those of the environment, as libcurl takes them, but never for plain HTTP: that
 * goes to this very machine alone. No redirect is followed, and no .netrc read. */
struct remote_wire *remote_wire_open(h2o_mem_pool_t *pool, const char *ca_file);
void remote_wire_close(struct remote_wire *wire); /* NULL is a no-op */

/* Waits for the answer, LIMIT_REMOTE_ANSWER_MS at most. On anything but REMOTE_ANSWERED *wrong_out is what went wrong,
 * in the pool. What changes something never goes out on a connection that was used before: whoever ends an idle one
 * leaves open whether it was heard. */
enum remote_outcome remote_wire_ask(struct remote_wire *wire, const struct remote_request *request,
                                    struct remote_answer *answer, h2o_iovec_t *wrong_out);

#endif
