/* SPDX-License-Identifier: Apache-2.0 */
#include "token/jws.h"

#include "base/codec.h"
#include "base/limits.h"
#include "token/jws_contexts.h"
#include "token/jws_header.h"
#include <assert.h>

static const char *const fault_words[] = {
    [JWS_OK] = "ok",
    [JWS_TOO_LONG] = "too_long",
    [JWS_SEGMENTS] = "segments",
    [JWS_ENCODING] = "encoding",
    [JWS_HEADER] = "header",
    [JWS_TYPE] = "type",
    [JWS_CRITICAL] = "critical",
    [JWS_UNKNOWN_KEY] = "unknown_key",
    [JWS_ALGORITHM] = "algorithm",
    [JWS_SIGNATURE] = "signature",
    [JWS_PAYLOAD] = "payload",
    [JWS_CLAIM] = "claim",
    [JWS_ISSUER] = "issuer",
    [JWS_AUDIENCE] = "audience",
    [JWS_NOT_YET] = "not_yet",
    [JWS_EXPIRED] = "expired",
};
_Static_assert(sizeof(fault_words) / sizeof(fault_words[0]) == JWS_FAULT__MAX, "each fault has a word");

const char *jws_fault_word(enum jws_fault fault)
{
    assert(fault < JWS_FAULT__MAX);
    return fault_words[fault];
}

/* --- signing --------------------------------------------------------------------------------------------------------
 */

static h2o_iovec_t header_for(h2o_mem_pool_t *pool, const struct signing_key *key, h2o_iovec_t type)
{
    return slice_equal(type, SLICE("at+jwt")) ? key->access_token_header : jws_header_write(pool, key, type);
}

bool jws_sign(struct jws_contexts *contexts, h2o_mem_pool_t *pool, const struct signing_key *key, h2o_iovec_t type,
              h2o_iovec_t payload, h2o_iovec_t *token_out)
{
    if (payload.len > LIMIT_TOKEN_BYTES_MAX)
        return false;
    h2o_iovec_t header = header_for(pool, key, type);
    size_t signature_bytes = jws_contexts_signature_bytes(key);
    size_t len = header.len + 1 + CODEC_BASE64URL_LEN(payload.len) + 1 + CODEC_BASE64URL_LEN(signature_bytes);
    if (len > LIMIT_TOKEN_BYTES_MAX)
        return false; /* nobody would accept it, we least of all */
    h2o_iovec_t token = {h2o_mem_alloc_pool(pool, len + 1), len};
    uint8_t *signature = h2o_mem_alloc_pool(pool, signature_bytes);
    char *at = (char *)memcpy(token.base, header.base, header.len) + header.len;
    *at++ = '.';
    at += codec_base64url_encode(at, payload.base, payload.len);
    h2o_iovec_t signed_text = {token.base, (size_t)(at - token.base)};
    if (!jws_contexts_sign(contexts, key, signed_text, signature))
        return false;
    *at++ = '.';
    at += codec_base64url_encode(at, signature, signature_bytes);
    *at = '\0';
    *token_out = token;
    return true;
}

/* --- checking -------------------------------------------------------------------------------------------------------
 */

#define DECODED_BYTES_MAX (LIMIT_TOKEN_BYTES_MAX / 4 * 3)

struct segments {
    h2o_iovec_t header, payload, signature;
};

static bool split(h2o_iovec_t token, struct segments *out)
{
    struct segments encoded;
    h2o_iovec_t rest = token;
    encoded.header = slice_cut(&rest, '.');
    encoded.payload = slice_cut(&rest, '.');
    encoded.signature = rest;
    *out = encoded;
    return encoded.header.len > 0 && encoded.payload.len > 0 && encoded.signature.len > 0 &&
           slice_find(encoded.signature, '.') == SIZE_MAX;
}

static bool decode_segment(h2o_iovec_t encoded, uint8_t **room, h2o_iovec_t *out)
{
    size_t len;
    if (!codec_base64url_decode(*room, &len, encoded))
        return false;
    *out = (h2o_iovec_t){(char *)*room, len};
    *room += len;
    return true;
}

static bool decode(const struct segments *encoded, uint8_t room[static DECODED_BYTES_MAX], struct segments *out)
{
    return decode_segment(encoded->header, &room, &out->header) &&
           decode_segment(encoded->payload, &room, &out->payload) &&
           decode_segment(encoded->signature, &room, &out->signature);
}

/* Our own access tokens bring the very header that we wrote; whatever else comes is read strictly. */
static enum jws_fault find_key(const struct key_set *keys, h2o_iovec_t type, h2o_iovec_t encoded, h2o_iovec_t decoded,
                               const struct signing_key **key_out)
{
    if (slice_equal(type, SLICE("at+jwt"))) {
        *key_out = jws_header_known(keys, encoded);
        if (*key_out != NULL)
            return JWS_OK;
    }
    return jws_header_read(keys, type, decoded, key_out);
}

static enum jws_fault read_payload(h2o_iovec_t json, json_t **payload_out)
{
    json_t *payload = json_loadb(json.base, json.len, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(payload)) {
        json_decref(payload);
        return JWS_PAYLOAD;
    }
    *payload_out = payload;
    return JWS_OK;
}

enum jws_fault jws_verify(struct jws_contexts *contexts, const struct key_set *keys, h2o_iovec_t type,
                          h2o_iovec_t token, json_t **payload_out)
{
    uint8_t room[DECODED_BYTES_MAX];
    struct segments encoded, decoded;
    const struct signing_key *key = NULL;
    if (token.len > LIMIT_TOKEN_BYTES_MAX)
        return JWS_TOO_LONG;
    if (!split(token, &encoded))
        return JWS_SEGMENTS;
    if (!decode(&encoded, room, &decoded))
        return JWS_ENCODING;
    enum jws_fault fault = find_key(keys, type, encoded.header, decoded.header, &key);
    if (fault != JWS_OK)
        return fault;
    h2o_iovec_t signed_text = {token.base, encoded.header.len + 1 + encoded.payload.len};
    if (!jws_contexts_check(contexts, key, signed_text, decoded.signature))
        return JWS_SIGNATURE;
    return read_payload(decoded.payload, payload_out);
}
