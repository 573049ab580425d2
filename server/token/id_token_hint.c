/* SPDX-License-Identifier: Apache-2.0 */
#include "token/id_token_hint.h"

static h2o_iovec_t text_of(const json_t *value)
{
    if (!json_is_string(value))
        return SLICE_NONE;
    return (h2o_iovec_t){(char *)json_string_value(value), json_string_length(value)};
}

static enum jws_fault read_claims(h2o_mem_pool_t *pool, const json_t *claims, h2o_iovec_t issuer,
                                  struct id_token_hint *out)
{
    const json_t *audience = json_object_get(claims, "aud"), *session = json_object_get(claims, "sid");
    h2o_iovec_t subject = text_of(json_object_get(claims, "sub"));
    if (!slice_equal(text_of(json_object_get(claims, "iss")), issuer))
        return JWS_ISSUER;
    if (json_array_size(audience) == 1)
        audience = json_array_get(audience, 0);
    if (text_of(audience).len == 0)
        return JWS_AUDIENCE;
    if (subject.len == 0 || (session != NULL && text_of(session).len == 0))
        return JWS_CLAIM;
    out->client_id = slice_copy(pool, text_of(audience));
    out->subject = slice_copy(pool, subject);
    out->session = session == NULL ? SLICE_NONE : slice_copy(pool, text_of(session));
    return JWS_OK;
}

enum jws_fault id_token_hint_check(struct jws_contexts *contexts, const struct key_set *keys, h2o_mem_pool_t *pool,
                                   h2o_iovec_t text, h2o_iovec_t issuer, struct id_token_hint *out)
{
    json_t *claims;
    enum jws_fault fault = jws_verify(contexts, keys, ID_TOKEN_TYPE, text, &claims);
    if (fault != JWS_OK)
        return fault;
    fault = read_claims(pool, claims, issuer, out);
    json_decref(claims);
    return fault;
}
