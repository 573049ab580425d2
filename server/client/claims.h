/* SPDX-License-Identifier: Apache-2.0 */
/* What is remembered of an access token whose signature was checked. */
#ifndef HALLMARK_CLIENT_CLAIMS_H
#define HALLMARK_CLIENT_CLAIMS_H

#include "client/policy.h"
#include "token/access_token.h"

/* What a checked token says: facts, never a verdict. One block, so that the cache can free it. */
struct claims {
    h2o_iovec_t client_id, audience, jti;
    h2o_iovec_t application, account; /* their ids as decimal numbers, as revocations name them */
    struct scope_set scopes;
    int64_t account_id, application_id, generation, issued_at, expires_at;
    int64_t user_id, grant_id, family_id; /* of a token that speaks for a person; else 0 */
    h2o_iovec_t grant, family;            /* the same as decimal numbers */
    char kid[TOKEN_KID_BYTES + 1];
    uint64_t key_generation; /* of the newest key set that has the key */
};

/* Checks a token's text (token/access_token.h) for the audiences of ours, the management API's among them; each that it
 * is not for costs a verification, so the likely one (NULL: none is) comes first. out->audience says which it was. */
__attribute__((warn_unused_result)) enum jws_fault
claims_check(const struct policy *policy, struct jws_contexts *contexts, h2o_mem_pool_t *pool, h2o_iovec_t text,
             h2o_iovec_t issuer, const struct api *likely, int64_t now_s, struct access_token *out);

/* How large the block is, and what it holds, written into `block` of that size. */
size_t claims_bytes(const struct access_token *token, const struct scope_set *scopes);
struct claims *claims_write(void *block, const struct access_token *token, const struct scope_set *scopes);

/* Which key signed it, so that the claims die with it. False: the header is not one that we write. */
bool claims_note_key(struct claims *claims, const struct key_set *keys, h2o_iovec_t token_text);

/* False once the key was withdrawn. */
bool claims_key_is_ours(struct claims *claims, const struct key_set *keys);

/* Whether anything that the token hangs on was revoked before its time. */
bool claims_revoked(const struct claims *claims, const struct policy *policy, int64_t now_us);

bool claims_expired(const struct claims *claims, int64_t now_us);

/* Whether the token itself is good now at this api (NULL: at any of ours): its times, its audience, its key, and that
 * nothing was revoked. Who is behind it is for principal_fits to say. */
bool claims_good(struct claims *claims, const struct policy *policy, const struct api *api, int64_t now_us);

#endif
