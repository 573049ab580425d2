/* SPDX-License-Identifier: Apache-2.0 */
#include "token/public_key.h"

#include "base/limits.h"
#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#define WORD_BYTES_MAX 40 /* longer ones are none that we want */

static bool has_word(EVP_PKEY *key, const char *parameter, const char *wanted)
{
    char word[WORD_BYTES_MAX];
    return EVP_PKEY_get_utf8_string_param(key, parameter, word, sizeof(word), NULL) == 1 && strcmp(word, wanted) == 0;
}

/* A curve that is given by its numbers may be P-256 in all but its generator, so it has to go by its name. */
static const char *fault_of_p256(EVP_PKEY *key)
{
    if (!EVP_PKEY_is_a(key, "EC"))
        return "not an elliptic curve key";
    if (!has_word(key, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1"))
        return "the curve is not P-256";
    bool usual =
        has_word(key, OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_GROUP) &&
        has_word(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED);
    return usual ? NULL : "the key is written in an unusual form";
}

static bool has_usual_exponent(EVP_PKEY *key)
{
    BIGNUM *exponent = NULL;
    bool usual = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1 && BN_is_word(exponent, RSA_F4);
    BN_free(exponent);
    return usual;
}

static const char *fault_of_rsa(EVP_PKEY *key)
{
    if (!EVP_PKEY_is_a(key, "RSA"))
        return "not an RSA key";
    if (EVP_PKEY_get_bits(key) < LIMIT_RSA_BITS_MIN)
        return "the RSA key is too short";
    return has_usual_exponent(key) ? NULL : "the RSA exponent is not 65537";
}

static const char *fault_of_ed25519(EVP_PKEY *key)
{
    return EVP_PKEY_is_a(key, "ED25519") ? NULL : "not an Ed25519 key";
}

const char *public_key_fault(enum token_algorithm algorithm, EVP_PKEY *key)
{
    static const char *(*const faults[TOKEN_ALGORITHM__MAX])(EVP_PKEY * key) = {
        [TOKEN_ES256] = fault_of_p256,
        [TOKEN_RS256] = fault_of_rsa,
        [TOKEN_PS256] = fault_of_rsa,
        [TOKEN_EDDSA] = fault_of_ed25519,
    };
    assert(algorithm < TOKEN_ALGORITHM__MAX);
    const char *fault = faults[algorithm](key);
    ERR_clear_error();
    return fault;
}

/* One key, one spelling: bytes behind the end, or lengths in more bytes than they need, do not come out as they went
 * in. */
static bool is_canonical(EVP_PKEY *key, h2o_iovec_t der)
{
    uint8_t *written = NULL;
    int len = i2d_PUBKEY(key, &written);
    bool same = len > 0 && slice_equal((h2o_iovec_t){(char *)written, (size_t)len}, der);
    OPENSSL_free(written);
    return same;
}

EVP_PKEY *public_key_read(enum token_algorithm algorithm, h2o_iovec_t der, const char **wrong_out)
{
    const uint8_t *at = (const uint8_t *)der.base;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)der.len);
    const char *wrong = NULL;
    if (key == NULL || !is_canonical(key, der))
        wrong = "the public key is not readable";
    else
        wrong = public_key_fault(algorithm, key);
    ERR_clear_error();
    if (wrong == NULL)
        return key;
    EVP_PKEY_free(key);
    *wrong_out = wrong;
    return NULL;
}

bool public_key_write(h2o_mem_pool_t *pool, EVP_PKEY *key, h2o_iovec_t *der_out)
{
    uint8_t *written = NULL;
    int len = i2d_PUBKEY(key, &written);
    if (len > 0)
        *der_out = slice_copy(pool, (h2o_iovec_t){(char *)written, (size_t)len});
    else
        ERR_clear_error();
    OPENSSL_free(written);
    return len > 0;
}
