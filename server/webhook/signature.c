/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/signature.h"

#include "base/codec.h"
#include "token/seal.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdlib.h>

#define ED25519_SIGNATURE_BYTES 64
#define BASE64_LEN(bytes)       (((bytes) + 2) / 3 * 4)

_Static_assert(SIGNATURE_SECRET_BYTES == DIGEST_BYTES, "a secret is a key of secret_mac");
_Static_assert(sizeof("whsec_") + BASE64_LEN(SIGNATURE_SECRET_BYTES) <= SIGNATURE_SHOWN_BYTES,
               "what is shown has room");

static const h2o_iovec_t words[] = {
    [SIGNATURE_HMAC] = {(char *)"hmac", 4}, [SIGNATURE_ED25519] = {(char *)"ed25519", 7}};

bool signature_kind_parse(h2o_iovec_t word, enum signature_kind *out)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); ++i) {
        if (slice_equal(word, words[i])) {
            *out = (enum signature_kind)i;
            return true;
        }
    }
    return false;
}

h2o_iovec_t signature_kind_word(enum signature_kind signing)
{
    return words[signing];
}

static EVP_PKEY *ed25519_key(const uint8_t secret[static SIGNATURE_SECRET_BYTES])
{
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret, SIGNATURE_SECRET_BYTES);
    assert(key != NULL); /* any 32 bytes are a seed */
    return key;
}

void signature_secret_shown(enum signature_kind signing, const uint8_t secret[static SIGNATURE_SECRET_BYTES],
                            char out[static SIGNATURE_SHOWN_BYTES])
{
    uint8_t public_key[SIGNATURE_SECRET_BYTES];
    size_t len = sizeof(public_key);
    const char *prefix = signing == SIGNATURE_HMAC ? "whsec_" : "whpk_";
    const uint8_t *shown = secret;
    if (signing == SIGNATURE_ED25519) {
        EVP_PKEY *key = ed25519_key(secret);
        int good = EVP_PKEY_get_raw_public_key(key, public_key, &len);
        assert(good == 1);
        EVP_PKEY_free(key);
        shown = public_key;
    }
    size_t at = strlen(prefix);
    memcpy(out, prefix, at);
    at += codec_base64_encode(out + at, shown, SIGNATURE_SECRET_BYTES);
    out[at] = '\0';
}

static h2o_iovec_t associated_data(h2o_mem_pool_t *pool, int64_t account_id, int64_t webhook_id)
{
    return slice_format(pool, "webhook secret %lld %lld", (long long)account_id, (long long)webhook_id);
}

bool signature_secret_close(h2o_mem_pool_t *pool, const uint8_t master[static DIGEST_BYTES], int64_t account_id,
                            int64_t webhook_id, const uint8_t secret[static SIGNATURE_SECRET_BYTES],
                            h2o_iovec_t *sealed_out)
{
    h2o_iovec_t plain = {(char *)secret, SIGNATURE_SECRET_BYTES};
    return seal_close(pool, master, associated_data(pool, account_id, webhook_id), plain, sealed_out);
}

bool signature_secret_open(const uint8_t master[static DIGEST_BYTES], int64_t account_id, int64_t webhook_id,
                           h2o_iovec_t sealed, uint8_t secret_out[static SIGNATURE_SECRET_BYTES])
{
    struct secret plain;
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    bool opened = seal_open(master, associated_data(&pool, account_id, webhook_id), sealed, &plain);
    h2o_mem_clear_pool(&pool);
    if (!opened)
        return false;
    bool good = plain.len == SIGNATURE_SECRET_BYTES;
    if (good)
        memcpy(secret_out, plain.base, SIGNATURE_SECRET_BYTES);
    secret_wipe(plain.base, plain.len);
    free(plain.base);
    return good;
}

bool signature_secret_reseal(h2o_mem_pool_t *pool, int64_t account_id, int64_t webhook_id, h2o_iovec_t sealed,
                             const uint8_t old_master[static DIGEST_BYTES],
                             const uint8_t new_master[static DIGEST_BYTES], h2o_iovec_t *sealed_out)
{
    uint8_t secret[SIGNATURE_SECRET_BYTES];
    *sealed_out = SLICE_NONE;
    if (sealed.base == NULL)
        return true;
    bool done = signature_secret_open(old_master, account_id, webhook_id, sealed, secret) &&
                signature_secret_close(pool, new_master, account_id, webhook_id, secret, sealed_out);
    secret_wipe(secret, sizeof(secret));
    return done;
}

static size_t sign_ed25519(const uint8_t secret[static SIGNATURE_SECRET_BYTES], h2o_iovec_t content,
                           uint8_t out[static ED25519_SIGNATURE_BYTES])
{
    size_t len = ED25519_SIGNATURE_BYTES;
    EVP_PKEY *key = ed25519_key(secret);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL && EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1 &&
                EVP_DigestSign(context, out, &len, (const uint8_t *)content.base, content.len) == 1;
    assert(good); /* it fails only when memory is out */
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return len;
}

void signature_add(struct text *value, enum signature_kind signing, const uint8_t secret[static SIGNATURE_SECRET_BYTES],
                   h2o_iovec_t id, int64_t timestamp, h2o_iovec_t body)
{
    uint8_t signature[ED25519_SIGNATURE_BYTES];
    char encoded[BASE64_LEN(ED25519_SIGNATURE_BYTES)];
    size_t len = DIGEST_BYTES;
    struct text content;
    text_start(&content, value->pool, id.len + body.len + 32);
    text_add_format(&content, "%.*s.%lld.", SLICE_ARGS(id), (long long)timestamp);
    text_add(&content, body);
    if (signing == SIGNATURE_HMAC)
        secret_mac(signature, secret, text_slice(&content));
    else
        len = sign_ed25519(secret, text_slice(&content), signature);
    len = codec_base64_encode(encoded, signature, len);
    text_add_format(value, "%s%s,%.*s", value->len == 0 ? "" : " ", signing == SIGNATURE_HMAC ? "v1" : "v1a", (int)len,
                    encoded);
}
