/* SPDX-License-Identifier: Apache-2.0 */
/* From an access token's text to what it says, and from there to who is behind it (client/principal.h). What a token
 * says is remembered under the digest of its text, once its signature was checked; what it is worth is judged anew by
 * whoever asks. */
#ifndef HALLMARK_HTTP_PRINCIPAL_SEARCH_H
#define HALLMARK_HTTP_PRINCIPAL_SEARCH_H

#include "client/principal.h"
#include "http/worker.h"

/* The claims of a token that we made, whatever audience it is for (`likely`: as claims_check says) and whatever may
 * have happened since; the cache's, or in the pool: valid in this turn of the loop only. NULL: it is none of our
 * tokens, and *fault_out says why. There is a policy. */
struct claims *principal_claims(struct worker *worker, h2o_mem_pool_t *pool, h2o_iovec_t text, const struct api *likely,
                                int64_t now_us, enum jws_fault *fault_out);

/* What was looked for has been read, or has not (any outcome but DB_DONE). Meanwhile the policy may have changed, or
 * gone (NULL: sight was lost), and claims have ended: so whoever asked begins anew. */
typedef void principal_come(enum db_outcome outcome, void *cookie);

struct principal_search { /* in the request's pool; zero but for the next four */
    struct worker *worker;
    struct principal *principal;
    principal_come *come;
    void *cookie;
    /* under way: at most one of them */
    struct client_fetch *client_fetch;
    struct link_fetch *link_fetch;
    struct member_fetch *member_fetch;
};

/* Fills the principal of its claims (which are there): client, and where they have a say link and member. True: all
 * were looked for. False: one is being read; its claims are NULL now, and `come` fires once, never inside, unless the
 * search is ended. */
__attribute__((warn_unused_result)) bool principal_search(struct principal_search *search);

/* Cancels what is under way and lets the principal's shares go. */
void principal_search_end(struct principal_search *search);

#endif
