/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "token/public_key.h"
#include "token_case.h"
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

static EVP_PKEY *rsa_with_exponent(unsigned bits, BN_ULONG exponent)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    BIGNUM *e = BN_new();
    assert_int_equal(BN_set_word(e, exponent), 1);
    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(context, (int)bits), 1);
    assert_int_equal(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, e), 1);
    assert_int_equal(EVP_PKEY_generate(context, &key), 1);
    EVP_PKEY_CTX_free(context);
    BN_free(e);
    return key;
}

static EVP_PKEY *rsa_for_pss_only(void)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048), 1);
    assert_int_equal(EVP_PKEY_generate(context, &key), 1);
    EVP_PKEY_CTX_free(context);
    return key;
}

static void check_refused(h2o_mem_pool_t *pool, const char *name, enum token_algorithm algorithm, EVP_PKEY *key)
{
    h2o_iovec_t der;
    const char *wrong = NULL;
    check(name, public_key_write(pool, key, &der));
    check(name, public_key_fault(algorithm, key) != NULL);
    check(name, public_key_read(algorithm, der, &wrong) == NULL);
    check(name, wrong != NULL && strlen(wrong) > 0);
    check(name, ERR_peek_error() == 0); /* TLS on this thread would read what is in it */
    EVP_PKEY_free(key);
}

static void keys_of_another_kind_are_refused(void **state)
{
    const struct {
        const char *name;
        enum token_algorithm algorithm;
        EVP_PKEY *key;
    } cases[] = {
        {"ES256 with P-384", TOKEN_ES256, EVP_EC_gen("P-384")},
        {"ES256 with P-521", TOKEN_ES256, EVP_EC_gen("P-521")},
        {"ES256 with P-224", TOKEN_ES256, EVP_EC_gen("P-224")},
        {"ES256 with secp256k1", TOKEN_ES256, EVP_EC_gen("secp256k1")},
        {"ES256 with brainpoolP256r1", TOKEN_ES256, EVP_EC_gen("brainpoolP256r1")},
        {"ES256 with Ed25519", TOKEN_ES256, EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")},
        {"ES256 with X25519", TOKEN_ES256, EVP_PKEY_Q_keygen(NULL, NULL, "X25519")},
        {"ES256 with RSA", TOKEN_ES256, token_case_key_of_jwk(token_case_rsa_jwk)},
        {"RS256 with P-256", TOKEN_RS256, EVP_EC_gen("P-256")},
        {"PS256 with Ed25519", TOKEN_PS256, EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")},
        {"RS256 with 512 bits", TOKEN_RS256, EVP_RSA_gen(512)},
        {"RS256 with 1024 bits", TOKEN_RS256, EVP_RSA_gen(1024)},
        {"RS256 with 2040 bits", TOKEN_RS256, EVP_RSA_gen(2040)},
        {"PS256 with 1024 bits", TOKEN_PS256, EVP_RSA_gen(1024)},
        {"RS256 with exponent 3", TOKEN_RS256, rsa_with_exponent(2048, 3)},
        {"PS256 with a key for PSS alone", TOKEN_PS256, rsa_for_pss_only()},
        {"EdDSA with Ed448", TOKEN_EDDSA, EVP_PKEY_Q_keygen(NULL, NULL, "ED448")},
        {"EdDSA with X25519", TOKEN_EDDSA, EVP_PKEY_Q_keygen(NULL, NULL, "X25519")},
        {"EdDSA with P-256", TOKEN_EDDSA, EVP_EC_gen("P-256")},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        check_refused(pool_of(state), cases[i].name, cases[i].algorithm, cases[i].key);
}

/* The curve by its numbers instead of its name: a known way to bring a generator of one's own along. */
static EVP_PKEY *p256_by_its_parameters(void)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1), 1);
    assert_int_equal(EVP_PKEY_CTX_set_ec_param_enc(context, OPENSSL_EC_EXPLICIT_CURVE), 1);
    assert_int_equal(EVP_PKEY_generate(context, &key), 1);
    EVP_PKEY_CTX_free(context);
    return key;
}

static void other_spellings_are_refused(void **state)
{
    h2o_mem_pool_t *pool = pool_of(state);
    EVP_PKEY *key = token_case_key_of_jwk(token_case_p256_jwk), *explicit_key = p256_by_its_parameters();
    EVP_PKEY *compressed_key = EVP_PKEY_dup(key);
    h2o_iovec_t der, explicit_der, compressed_der;
    const char *wrong = NULL;
    assert_int_equal(EVP_PKEY_set_utf8_string_param(compressed_key, "point-format", "compressed"), 1);
    assert_true(public_key_write(pool, key, &der));
    assert_true(public_key_write(pool, explicit_key, &explicit_der));
    assert_true(public_key_write(pool, compressed_key, &compressed_der));
    assert_true(explicit_der.len > 2 * der.len && compressed_der.len < der.len);

    check("curve by its numbers", public_key_read(TOKEN_ES256, explicit_der, &wrong) == NULL);
    check("compressed point", public_key_read(TOKEN_ES256, compressed_der, &wrong) == NULL);
    for (size_t len = 0; len < der.len; ++len) {
        uint8_t *copy = malloc(len + 1);
        memcpy(copy, der.base, len);
        check("cut", public_key_read(TOKEN_ES256, (h2o_iovec_t){(char *)copy, len}, &wrong) == NULL);
        free(copy);
    }
    h2o_iovec_t longer = slice_format(pool, "%*s", (int)der.len + 1, "");
    memcpy(longer.base, der.base, der.len);
    check("a byte behind", public_key_read(TOKEN_ES256, longer, &wrong) == NULL);
    check("PEM", public_key_read(TOKEN_ES256, SLICE("-----BEGIN PUBLIC KEY-----\n"), &wrong) == NULL);
    check("nothing", public_key_read(TOKEN_ES256, SLICE_NONE, &wrong) == NULL);
    check("error queue", ERR_peek_error() == 0);
    EVP_PKEY_free(key);
    EVP_PKEY_free(explicit_key);
    EVP_PKEY_free(compressed_key);
}

static void points_off_the_curve_are_refused(void **state)
{
    EVP_PKEY *key = token_case_key_of_jwk(token_case_p256_jwk);
    h2o_iovec_t der;
    const char *wrong = NULL;
    assert_true(public_key_write(pool_of(state), key, &der));
    der.base[der.len - 1] = (char)(der.base[der.len - 1] ^ 1);
    assert_null(public_key_read(TOKEN_ES256, der, &wrong));
    assert_non_null(wrong);
    EVP_PKEY_free(key);
}

static void keys_of_the_right_kind_are_read(void **state)
{
    static const struct {
        const char *name, *jwk;
        enum token_algorithm algorithm;
    } cases[] = {
        {"P-256", token_case_p256_jwk, TOKEN_ES256},
        {"RSA for RS256", token_case_rsa_jwk, TOKEN_RS256},
        {"RSA for PS256", token_case_rsa_jwk, TOKEN_PS256},
        {"Ed25519", token_case_ed25519_jwk, TOKEN_EDDSA},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        EVP_PKEY *key = token_case_key_of_jwk(cases[i].jwk);
        h2o_iovec_t der;
        const char *wrong = NULL;
        check(cases[i].name, public_key_write(pool_of(state), key, &der));
        EVP_PKEY *back = public_key_read(cases[i].algorithm, der, &wrong);
        check(cases[i].name, back != NULL && wrong == NULL && EVP_PKEY_eq(back, key) == 1);
        EVP_PKEY_free(back);
        EVP_PKEY_free(key);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_pool(keys_of_another_kind_are_refused),
        test_with_pool(other_spellings_are_refused),
        test_with_pool(points_off_the_curve_are_refused),
        test_with_pool(keys_of_the_right_kind_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
