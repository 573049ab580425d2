/* SPDX-License-Identifier: Apache-2.0 */
#include "token/id_token.h"

#include "base/codec.h"
#include "base/member.h"
#include <assert.h>

#define CLAIMS_FRAME_BYTES 512 /* names, numbers and identifiers: all that is not one of the texts */

bool id_token_algorithm(enum token_algorithm algorithm)
{
    return algorithm == TOKEN_ES256 || algorithm == TOKEN_RS256 || algorithm == TOKEN_PS256;
}

/* Section 3.1.3.6: the left half of the digest that belongs to the algorithm, which for all three is SHA-256. */
static void add_access_token_hash(struct text *claims, h2o_iovec_t access_token)
{
    uint8_t digest[DIGEST_BYTES];
    char half[CODEC_BASE64URL_LEN(DIGEST_BYTES / 2)];
    secret_digest(digest, access_token);
    size_t len = codec_base64url_encode(half, digest, DIGEST_BYTES / 2);
    text_add_string_member(claims, SLICE("at_hash"), (h2o_iovec_t){half, len});
}

/* RFC 8176: mfa stands among the methods when there was more than one factor. */
static void add_methods(struct text *claims, h2o_iovec_t methods)
{
    bool has_two = false;
    if (methods.len == 0)
        return;
    text_add_member(claims, SLICE("amr"));
    text_add_char(claims, '[');
    while (methods.base != NULL) {
        h2o_iovec_t method = slice_cut(&methods, ' ');
        has_two = has_two || slice_equal(method, SLICE("mfa"));
        if (claims->base[claims->len - 1] != '[')
            text_add_char(claims, ',');
        text_add_json_string(claims, method);
    }
    text_add_char(claims, ']');
    text_add_string_member(claims, SLICE("acr"), has_two ? SLICE(ID_TOKEN_ACR_TWO) : SLICE(ID_TOKEN_ACR_ONE));
}

static h2o_iovec_t write_claims(h2o_mem_pool_t *pool, const struct id_token *token)
{
    struct text claims;
    text_start(&claims, pool, CLAIMS_FRAME_BYTES + token->issuer.len + token->nonce.len + token->more.len);
    text_add_char(&claims, '{');
    text_add_string_member(&claims, SLICE("iss"), token->issuer);
    text_add_string_member(&claims, SLICE("sub"), token->subject);
    text_add_string_member(&claims, SLICE("aud"), token->audience);
    text_add_u64_member(&claims, SLICE("exp"), (uint64_t)token->expires_at);
    text_add_u64_member(&claims, SLICE("iat"), (uint64_t)token->issued_at);
    text_add_u64_member(&claims, SLICE("auth_time"), (uint64_t)token->auth_time);
    text_add_string_member(&claims, SLICE("nonce"), token->nonce);
    add_access_token_hash(&claims, token->access_token);
    add_methods(&claims, token->methods);
    text_add_string_member(&claims, SLICE("sid"), token->session);
    if (token->more.len > 0) {
        text_add_char(&claims, ',');
        text_add(&claims, token->more);
    }
    text_add_char(&claims, '}');
    return text_slice(&claims);
}

bool id_token_mint(struct jws_contexts *contexts, h2o_mem_pool_t *pool, const struct signing_key *key,
                   const struct id_token *token, h2o_iovec_t *text_out)
{
    assert(token->issuer.len > 0 && token->subject.len > 0 && token->audience.len > 0 && token->access_token.len > 0);
    assert(token->auth_time >= 0 && token->issued_at < token->expires_at);
    assert(id_token_algorithm(key->algorithm));
    return jws_sign(contexts, pool, key, SLICE("JWT"), write_claims(pool, token), text_out);
}
