/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "token/jwk.h"
#include "token/key_make.h"
#include "token/key_seal.h"
#include "token/public_key.h"
#include "token_case.h"
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

static const uint8_t new_master[DIGEST_BYTES] = "the master key that comes next";

static void a_key_of_another_kind_makes_no_row(void **state)
{
    const struct {
        const char *name;
        enum token_algorithm algorithm;
        EVP_PKEY *key;
    } cases[] = {
        {"P-384", TOKEN_ES256, EVP_EC_gen("P-384")},
        {"1024 bits", TOKEN_RS256, EVP_RSA_gen(1024)},
        {"Ed448", TOKEN_EDDSA, EVP_PKEY_Q_keygen(NULL, NULL, "ED448")},
        {"Ed25519 for PS256", TOKEN_PS256, token_case_key_of_jwk(token_case_ed25519_jwk)},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct made_key made = {.kid = "untouched"};
        check(cases[i].name,
              !key_make_from_private(pool_of(state), cases[i].algorithm, cases[i].key, token_case_master, &made));
        check_slice(cases[i].name, slice_of(made.kid), SLICE("untouched"));
        EVP_PKEY_free(cases[i].key);
    }
}

/* A private key is needed; a public one has nothing to seal. */
static void a_public_key_makes_no_row(void **state)
{
    static const char *const jwks[] = {
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
        "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}",
    };
    static const enum token_algorithm algorithms[] = {TOKEN_EDDSA, TOKEN_ES256};
    for (size_t i = 0; i < COUNT_OF(jwks); ++i) {
        EVP_PKEY *key = token_case_key_of_jwk(jwks[i]);
        struct made_key made;
        check(jwks[i], !key_make_from_private(pool_of(state), algorithms[i], key, token_case_master, &made));
        check(jwks[i], ERR_peek_error() == 0);
        EVP_PKEY_free(key);
    }
}

static void made_keys_fit_their_algorithm(void **state)
{
    h2o_mem_pool_t *pool = pool_of(state);
    for (unsigned i = 0; i < TOKEN_ALGORITHM__MAX; ++i) {
        enum token_algorithm algorithm = (enum token_algorithm)i;
        const char *name = token_algorithm_name(algorithm).base, *wrong = NULL;
        struct made_key made, other;
        char kid[TOKEN_KID_BYTES + 1];
        check(name, key_make(pool, algorithm, token_case_master, &made));
        check(name, key_make(pool, algorithm, token_case_master, &other));
        check(name, strcmp(made.kid, other.kid) != 0);
        EVP_PKEY *public_key = public_key_read(algorithm, made.public_der, &wrong);
        EVP_PKEY *private_key = key_seal_open(slice_of(made.kid), algorithm, made.sealed, token_case_master);
        check(name, public_key != NULL && private_key != NULL && EVP_PKEY_eq(public_key, private_key) == 1);
        check(name, jwk_thumbprint(public_key, kid) && strcmp(kid, made.kid) == 0);
        EVP_PKEY_free(public_key);
        EVP_PKEY_free(private_key);
    }
}

static void a_new_seal_needs_the_old_master(void **state)
{
    h2o_mem_pool_t *pool = pool_of(state);
    struct made_key made;
    h2o_iovec_t again = SLICE("untouched");
    assert_true(key_make(pool, TOKEN_ES256, token_case_master, &made));
    h2o_iovec_t kid = slice_of(made.kid);
    check("wrong master", !key_reseal(pool, kid, TOKEN_ES256, made.sealed, new_master, token_case_master, &again));
    check("wrong algorithm", !key_reseal(pool, kid, TOKEN_RS256, made.sealed, token_case_master, new_master, &again));
    check("wrong kid",
          !key_reseal(pool, SLICE("other"), TOKEN_ES256, made.sealed, token_case_master, new_master, &again));
    check("nothing", !key_reseal(pool, kid, TOKEN_ES256, SLICE_NONE, token_case_master, new_master, &again));
    check_slice("untouched", again, SLICE("untouched"));
}

static void a_new_seal_opens_with_the_new_master_alone(void **state)
{
    h2o_mem_pool_t *pool = pool_of(state);
    struct made_key made;
    h2o_iovec_t again;
    const char *wrong;
    assert_true(key_make(pool, TOKEN_EDDSA, token_case_master, &made));
    h2o_iovec_t kid = slice_of(made.kid);
    assert_true(key_reseal(pool, kid, TOKEN_EDDSA, made.sealed, token_case_master, new_master, &again));
    assert_null(key_seal_open(kid, TOKEN_EDDSA, again, token_case_master));
    EVP_PKEY *key = key_seal_open(kid, TOKEN_EDDSA, again, new_master);
    EVP_PKEY *public_key = public_key_read(TOKEN_EDDSA, made.public_der, &wrong);
    assert_non_null(key);
    assert_int_equal(EVP_PKEY_eq(key, public_key), 1);
    EVP_PKEY_free(key);
    EVP_PKEY_free(public_key);
}

static int start(void **state)
{
    (void)state;
    secret_start();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_pool(a_key_of_another_kind_makes_no_row),
        test_with_pool(a_public_key_makes_no_row),
        test_with_pool(made_keys_fit_their_algorithm),
        test_with_pool(a_new_seal_needs_the_old_master),
        test_with_pool(a_new_seal_opens_with_the_new_master_alone),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
