/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/siphash.h"

#include <openssl/evp.h>
#include <openssl/params.h>

#define LEN_MAX 200

static uint64_t from_bytes(const uint8_t bytes[static 8])
{
    uint64_t word = 0;
    for (int i = 7; i >= 0; --i)
        word = word << 8 | bytes[i];
    return word;
}

static uint64_t value_of_openssl(EVP_MAC_CTX *mac, const uint8_t key[static SIPHASH_KEY_BYTES], h2o_iovec_t bytes)
{
    uint8_t out[8];
    size_t len, size = sizeof(out);
    unsigned rounds_of_a_word = 1, rounds_at_the_end = 3;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_size_t("size", &size),
        OSSL_PARAM_construct_uint("c-rounds", &rounds_of_a_word),
        OSSL_PARAM_construct_uint("d-rounds", &rounds_at_the_end),
        OSSL_PARAM_construct_end(),
    };
    assert_int_equal(EVP_MAC_init(mac, key, SIPHASH_KEY_BYTES, params), 1);
    assert_int_equal(EVP_MAC_update(mac, (const uint8_t *)bytes.base, bytes.len), 1);
    assert_int_equal(EVP_MAC_final(mac, out, &len, sizeof(out)), 1);
    return from_bytes(out);
}

/* Every length up to some words, at every alignment. */
static void agrees_with_openssl(void **state)
{
    (void)state;
    EVP_MAC *algorithm = EVP_MAC_fetch(NULL, "SIPHASH", NULL);
    EVP_MAC_CTX *mac = EVP_MAC_CTX_new(algorithm);
    uint8_t key[SIPHASH_KEY_BYTES];
    char message[LEN_MAX + 8];
    for (size_t i = 0; i < sizeof(message); ++i)
        message[i] = (char)(i * 167 + 13);
    for (size_t len = 0; len <= LEN_MAX; ++len) {
        for (size_t i = 0; i < sizeof(key); ++i)
            key[i] = (uint8_t)(len * 31 + i * 97);
        h2o_iovec_t bytes = {message + len % 8, len};
        assert_true(siphash(key, bytes) == value_of_openssl(mac, key, bytes));
    }
    assert_true(siphash(key, SLICE_NONE) == value_of_openssl(mac, key, SLICE("")));
    EVP_MAC_CTX_free(mac);
    EVP_MAC_free(algorithm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_openssl),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
