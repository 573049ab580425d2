/* SPDX-License-Identifier: Apache-2.0 */
/* Who is behind an access token, as they are now. Finding them is for http/principal_search.h; judging is here, once
 * for the gateway and for whoever else is asked whether a token is good. Pure. */
#ifndef HALLMARK_CLIENT_PRINCIPAL_H
#define HALLMARK_CLIENT_PRINCIPAL_H

#include "client/claims.h"
#include "client/client_book.h"
#include "client/link_book.h"
#include "client/member_book.h"

struct principal {
    struct claims *claims; /* the cache's or the pool's: valid in this turn of the loop only */
    /* A share; NULL: there is none of that name. `known` once it was looked for. */
    struct client *client;
    bool known;
    /* Of an office's key whose token names a client account: their link, a share; NULL when there is none. `linked`
     * once it was looked for. */
    struct office_link *link;
    bool linked;
    /* Whom the token speaks for, in its account, a share; NULL when they are no member or it speaks for nobody.
     * `met` once they were looked for. */
    struct member *member;
    bool met;
};

/* Of a token that was checked: nobody but a person or the client itself is behind one of ours (RFC 9068 section 2.2),
 * and its scopes are well formed. They are parsed into the pool. */
__attribute__((warn_unused_result)) bool principal_read(h2o_mem_pool_t *pool, const struct access_token *token,
                                                        struct scope_set *scopes_out);

bool principal_speaks_for_person(const struct principal *principal);

/* An office's key, with a token for another account than the office's own: then the link has its say. The client is
 * there. */
bool principal_needs_link(const struct principal *principal);

/* Whether client, person and account stand behind the token still. All of them were looked for. A switched-off account
 * passes here, and so does a link that opens nothing: their refusal is one of rights (client/right.h). */
bool principal_fits(const struct principal *principal, const struct policy *policy, int64_t now_us);

/* Lets go of the shares. */
void principal_release(struct principal *principal);

#endif
