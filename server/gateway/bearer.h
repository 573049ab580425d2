/* SPDX-License-Identifier: Apache-2.0 */
/* From the Authorization header to the principal behind it. What a token says is remembered under the digest of its
 * text, once its signature was checked; what it is worth is judged anew at every request. */
#ifndef HALLMARK_GATEWAY_BEARER_H
#define HALLMARK_GATEWAY_BEARER_H

#include "client/client_book.h"
#include "client/link_book.h"
#include "gateway/contract.h"
#include "token/access_token.h"

/* What a checked token says: facts, never a verdict. One block, so that the cache can free it. */
struct claims {
    h2o_iovec_t client_id, audience, jti;
    h2o_iovec_t application, account; /* their ids as decimal numbers, as revocations name them */
    struct scope_set scopes;
    int64_t account_id, application_id, generation, issued_at, expires_at;
    char kid[TOKEN_KID_BYTES + 1];
    uint64_t key_generation; /* of the newest key set that has the key */
};

/* Who asks. */
struct principal {
    struct claims *claims; /* the cache's or the pool's: valid in this turn of the loop only */
    struct client *client; /* a share */
    /* Of an office's key whose token names a client account: their link, a share; NULL when there is none. `linked`
     * once it was looked for. */
    struct office_link *link;
    bool linked;
};

/* An office's key, with a token for another account than the office's own: then the link has its say. */
bool principal_needs_link(const struct principal *principal);

/* Stage CREDENTIAL: fills ask->principal, or refuses, or leaves to read the client or the link and then runs the
 * contract from the start again, since the policy may have changed meanwhile. A switched-off account passes here, and
 * so does a link that opens nothing: their refusal is one of rights. */
contract_check bearer_check;

#endif
