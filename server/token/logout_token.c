/* SPDX-License-Identifier: Apache-2.0 */
#include "token/logout_token.h"

#include "base/member.h"
#include <assert.h>

#define CLAIMS_BYTES_USUAL 512
#define TYPE               "logout+jwt"
#define EVENT              "http://schemas.openid.net/event/backchannel-logout"

static h2o_iovec_t write_claims(h2o_mem_pool_t *pool, const struct logout_token *token)
{
    struct text claims;
    text_start(&claims, pool, CLAIMS_BYTES_USUAL);
    text_add_char(&claims, '{');
    text_add_string_member(&claims, SLICE("iss"), token->issuer);
    text_add_string_member(&claims, SLICE("sub"), token->subject);
    text_add_string_member(&claims, SLICE("aud"), token->audience);
    text_add_u64_member(&claims, SLICE("iat"), (uint64_t)token->issued_at);
    text_add_u64_member(&claims, SLICE("exp"), (uint64_t)token->expires_at);
    text_add_string_member(&claims, SLICE("jti"), token->id);
    text_add_string_member(&claims, SLICE("sid"), token->session);
    text_add(&claims, SLICE(",\"events\":{\"" EVENT "\":{}}}"));
    return text_slice(&claims);
}

bool logout_token_mint(struct jws_contexts *contexts, h2o_mem_pool_t *pool, const struct signing_key *key,
                       const struct logout_token *token, h2o_iovec_t *text_out)
{
    assert(token->issuer.len > 0 && token->subject.len > 0 && token->audience.len > 0 && token->session.len > 0);
    assert(token->id.len > 0 && token->issued_at < token->expires_at);
    return jws_sign(contexts, pool, key, SLICE(TYPE), write_claims(pool, token), text_out);
}
