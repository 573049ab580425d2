/* SPDX-License-Identifier: Apache-2.0 */
#include "token/jwk.h"

#include "base/codec.h"
#include "base/text.h"
#include <openssl/core_names.h>
#include <openssl/err.h>

#define P256_COORDINATE_BYTES 32
#define ED25519_POINT_BYTES   32
#define PEM_LINE_BYTES        64
#define JWK_CAPACITY          256 /* more than any but an RSA key needs */

static void add_base64url_member(struct text *text, h2o_iovec_t name, const uint8_t *bytes, size_t len)
{
    char *encoded = h2o_mem_alloc_pool(text->pool, CODEC_BASE64URL_LEN(len));
    text_add_string_member(text, name, (h2o_iovec_t){encoded, codec_base64url_encode(encoded, bytes, len)});
}

/* `len` 0: as many bytes as the number needs (RFC 7518 section 2, Base64urlUInt). */
static bool add_number_member(struct text *text, h2o_iovec_t name, EVP_PKEY *key, const char *parameter, size_t len)
{
    BIGNUM *number = NULL;
    if (EVP_PKEY_get_bn_param(key, parameter, &number) != 1)
        return false;
    size_t needed = (size_t)BN_num_bytes(number), width = len == 0 ? needed : len;
    uint8_t *bytes = h2o_mem_alloc_pool(text->pool, width);
    bool fits = BN_bn2binpad(number, bytes, (int)width) == (int)width;
    BN_free(number);
    if (fits)
        add_base64url_member(text, name, bytes, width);
    return fits;
}

static bool add_point_member(struct text *text, h2o_iovec_t name, EVP_PKEY *key)
{
    uint8_t point[ED25519_POINT_BYTES];
    size_t len = sizeof(point);
    if (EVP_PKEY_get_raw_public_key(key, point, &len) != 1)
        return false;
    add_base64url_member(text, name, point, len);
    return true;
}

/* The required members in the order of their names, as RFC 7638 section 3.2 wants them. */
static bool add_required_members(struct text *text, EVP_PKEY *key)
{
    if (EVP_PKEY_is_a(key, "EC")) {
        text_add_string_member(text, SLICE("crv"), SLICE("P-256"));
        text_add_string_member(text, SLICE("kty"), SLICE("EC"));
        return add_number_member(text, SLICE("x"), key, OSSL_PKEY_PARAM_EC_PUB_X, P256_COORDINATE_BYTES) &&
               add_number_member(text, SLICE("y"), key, OSSL_PKEY_PARAM_EC_PUB_Y, P256_COORDINATE_BYTES);
    }
    if (EVP_PKEY_is_a(key, "RSA")) {
        if (!add_number_member(text, SLICE("e"), key, OSSL_PKEY_PARAM_RSA_E, 0))
            return false;
        text_add_string_member(text, SLICE("kty"), SLICE("RSA"));
        return add_number_member(text, SLICE("n"), key, OSSL_PKEY_PARAM_RSA_N, 0);
    }
    text_add_string_member(text, SLICE("crv"), SLICE("Ed25519"));
    text_add_string_member(text, SLICE("kty"), SLICE("OKP"));
    return EVP_PKEY_is_a(key, "ED25519") && add_point_member(text, SLICE("x"), key);
}

bool jwk_thumbprint(EVP_PKEY *key, char kid_out[static TOKEN_KID_BYTES + 1])
{
    _Static_assert(CODEC_BASE64URL_LEN(DIGEST_BYTES) == TOKEN_KID_BYTES, "a kid is an encoded digest");
    h2o_mem_pool_t pool;
    struct text text;
    uint8_t digest[DIGEST_BYTES];
    h2o_mem_init_pool(&pool);
    text_start(&text, &pool, JWK_CAPACITY);
    text_add_char(&text, '{');
    bool done = add_required_members(&text, key);
    text_add_char(&text, '}');
    secret_digest(digest, text_slice(&text));
    h2o_mem_clear_pool(&pool);
    if (done)
        kid_out[codec_base64url_encode(kid_out, digest, sizeof(digest))] = '\0';
    else
        ERR_clear_error();
    return done;
}

bool jwk_write(h2o_mem_pool_t *pool, EVP_PKEY *key, h2o_iovec_t kid, enum token_algorithm algorithm, h2o_iovec_t *out)
{
    struct text text;
    text_start(&text, pool, JWK_CAPACITY);
    text_add_char(&text, '{');
    if (!add_required_members(&text, key)) {
        ERR_clear_error();
        return false;
    }
    text_add_string_member(&text, SLICE("kid"), kid);
    text_add_string_member(&text, SLICE("use"), SLICE("sig"));
    text_add_string_member(&text, SLICE("alg"), token_algorithm_name(algorithm));
    text_add_char(&text, '}');
    *out = text_slice(&text);
    return true;
}

h2o_iovec_t jwk_pem(h2o_mem_pool_t *pool, h2o_iovec_t public_der)
{
    struct text text;
    char *encoded = h2o_mem_alloc_pool(pool, (public_der.len + 2) / 3 * 4);
    h2o_iovec_t rest = {encoded, codec_base64_encode(encoded, public_der.base, public_der.len)};
    text_start(&text, pool, rest.len + JWK_CAPACITY);
    text_add(&text, SLICE("-----BEGIN PUBLIC KEY-----\n"));
    while (rest.len > 0) {
        size_t line = rest.len < PEM_LINE_BYTES ? rest.len : PEM_LINE_BYTES;
        text_add(&text, (h2o_iovec_t){rest.base, line});
        text_add_char(&text, '\n');
        rest = slice_from(rest, line);
    }
    text_add(&text, SLICE("-----END PUBLIC KEY-----\n"));
    return text_slice(&text);
}
