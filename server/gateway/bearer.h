/* SPDX-License-Identifier: Apache-2.0 */
/* From the Authorization header to the principal behind it. What a token says is remembered under the digest of its
 * text, once its signature was checked; what it is worth is judged anew at every request. */
#ifndef HALLMARK_GATEWAY_BEARER_H
#define HALLMARK_GATEWAY_BEARER_H

#include "client/client_book.h"
#include "client/link_book.h"
#include "client/member_book.h"
#include "gateway/claims.h"
#include "gateway/contract.h"

/* Who asks. */
struct principal {
    struct claims *claims; /* the cache's or the pool's: valid in this turn of the loop only */
    struct client *client; /* a share */
    /* Of an office's key whose token names a client account: their link, a share; NULL when there is none. `linked`
     * once it was looked for. */
    struct office_link *link;
    bool linked;
    /* Whom the token speaks for, in its account, a share; NULL when they are no member or it speaks for nobody.
     * `met` once they were looked for. */
    struct member *member;
    bool met;
};

/* An office's key, with a token for another account than the office's own: then the link has its say. */
bool principal_needs_link(const struct principal *principal);

/* Stage CREDENTIAL: fills ask->principal, or refuses, or leaves to read the client, the link or the member and then
 * runs the contract from the start again, since the policy may have changed meanwhile. A switched-off account passes
 * here, and so does a link that opens nothing: their refusal is one of rights. */
contract_check bearer_check;

#endif
