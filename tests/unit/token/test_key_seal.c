/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "token/key_seal.h"
#include "token/seal.h"
#include "token_case.h"
#include <openssl/err.h>

static const uint8_t other_master[DIGEST_BYTES] = "a master key of somebody else's";

#define KID "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"

static h2o_iovec_t close_example(h2o_mem_pool_t *pool)
{
    EVP_PKEY *key = token_case_key_of_jwk(token_case_ed25519_jwk);
    h2o_iovec_t sealed;
    assert_true(key_seal_close(pool, SLICE(KID), TOKEN_EDDSA, key, token_case_master, &sealed));
    EVP_PKEY_free(key);
    return sealed;
}

static bool opens(h2o_iovec_t kid, enum token_algorithm algorithm, h2o_iovec_t sealed, const uint8_t *master)
{
    EVP_PKEY *key = key_seal_open(kid, algorithm, sealed, master);
    EVP_PKEY_free(key);
    return key != NULL;
}

static void each_changed_byte_is_refused(void **state)
{
    h2o_iovec_t sealed = close_example(pool_of(state));
    for (size_t i = 0; i < sealed.len; ++i) {
        sealed.base[i] = (char)(sealed.base[i] ^ 0x20);
        check("changed byte", !opens(SLICE(KID), TOKEN_EDDSA, sealed, token_case_master));
        sealed.base[i] = (char)(sealed.base[i] ^ 0x20);
    }
    assert_true(opens(SLICE(KID), TOKEN_EDDSA, sealed, token_case_master));
}

static void a_seal_is_bound_to_its_row(void **state)
{
    h2o_iovec_t sealed = close_example(pool_of(state));
    check("another master", !opens(SLICE(KID), TOKEN_EDDSA, sealed, other_master));
    check("another kid",
          !opens(SLICE("oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"), TOKEN_EDDSA, sealed, token_case_master));
    check("no kid", !opens(SLICE(""), TOKEN_EDDSA, sealed, token_case_master));
    check("another algorithm", !opens(SLICE(KID), TOKEN_ES256, sealed, token_case_master));
    check("nothing sealed", !opens(SLICE(KID), TOKEN_EDDSA, SLICE_NONE, token_case_master));
}

/* A seal that opens, with something else in it. */
static void what_is_no_private_key_is_refused(void **state)
{
    h2o_mem_pool_t *pool = pool_of(state);
    h2o_iovec_t associated = SLICE("signing key EdDSA " KID), sealed = close_example(pool);
    struct secret plain;
    assert_true(seal_open(token_case_master, associated, sealed, &plain));
    h2o_iovec_t longer = slice_format(pool, "%*s", (int)plain.len + 1, "");
    memcpy(longer.base, plain.base, plain.len);
    const h2o_iovec_t cases[] = {
        SLICE_NONE, SLICE("not DER at all"), longer, {plain.base, plain.len - 1}, SLICE("\x30\x00"),
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        assert_true(seal_close(pool, token_case_master, associated, cases[i], &sealed));
        check("no key", !opens(SLICE(KID), TOKEN_EDDSA, sealed, token_case_master));
        check("no key", ERR_peek_error() == 0);
    }
    free(plain.base);
}

static void private_keys_of_each_kind_come_back(void **state)
{
    static const struct {
        const char *jwk;
        enum token_algorithm algorithm;
    } cases[] = {
        {token_case_p256_jwk, TOKEN_ES256},
        {token_case_rsa_jwk, TOKEN_RS256},
        {token_case_rsa_jwk, TOKEN_PS256},
        {token_case_ed25519_jwk, TOKEN_EDDSA},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        EVP_PKEY *key = token_case_key_of_jwk(cases[i].jwk);
        h2o_iovec_t sealed;
        assert_true(key_seal_close(pool_of(state), SLICE(KID), cases[i].algorithm, key, token_case_master, &sealed));
        EVP_PKEY *back = key_seal_open(SLICE(KID), cases[i].algorithm, sealed, token_case_master);
        assert_non_null(back);
        assert_int_equal(EVP_PKEY_eq(back, key), 1);
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, back, NULL);
        assert_int_equal(EVP_PKEY_private_check(context), 1);
        EVP_PKEY_CTX_free(context);
        EVP_PKEY_free(back);
        EVP_PKEY_free(key);
    }
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
        test_with_pool(each_changed_byte_is_refused),
        test_with_pool(a_seal_is_bound_to_its_row),
        test_with_pool(what_is_no_private_key_is_refused),
        test_with_pool(private_keys_of_each_kind_come_back),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
