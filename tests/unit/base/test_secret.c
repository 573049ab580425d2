/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/codec.h"
#include "base/secret.h"
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <pthread.h>

static void check_bytes(const char *name, const uint8_t got[static DIGEST_BYTES], const char *want_hex)
{
    char hex[CODEC_HEX_LEN(DIGEST_BYTES)];
    codec_hex_encode(hex, got, DIGEST_BYTES);
    check_slice(name, (h2o_iovec_t){hex, sizeof(hex)}, slice_of(want_hex));
}

/* FIPS 180-4 */
static void digests(void **state)
{
    (void)state;
    static const struct {
        h2o_iovec_t bytes;
        const char *name, *hex;
    } cases[] = {
        {{NULL, 0}, "none", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {{"", 0}, "empty", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {{"abc", 3}, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56},
         "two blocks",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        uint8_t digest[DIGEST_BYTES];
        secret_digest(digest, cases[i].bytes);
        check_bytes(cases[i].name, digest, cases[i].hex);
    }
}

/* RFC 4231. HMAC fills a short key up with zeros and replaces one above a block by its digest, so that our keys of 32
 * bytes can stand for those of the vectors. */
static void authenticates(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        h2o_iovec_t key, bytes;
        const char *hex;
    } cases[] = {
        {"1",
         {"\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b", 20},
         {"Hi There", 8},
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"2",
         {"Jefe", 4},
         {"what do ya want for nothing?", 28},
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {"4",
         {"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19", 25},
         {"\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd"
          "\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd\xcd",
          50},
         "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
    };
    uint8_t mac[DIGEST_BYTES];
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        uint8_t key[DIGEST_BYTES] = {0};
        memcpy(key, cases[i].key.base, cases[i].key.len);
        secret_mac(mac, key, cases[i].bytes);
        check_bytes(cases[i].name, mac, cases[i].hex);
    }
    uint8_t key[DIGEST_BYTES];
    char long_key[131];
    memset(long_key, 0xaa, sizeof(long_key));
    secret_digest(key, (h2o_iovec_t){long_key, sizeof(long_key)});
    secret_mac(mac, key, SLICE("Test Using Larger Than Block-Size Key - Hash Key First"));
    check_bytes("6", mac, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    secret_mac(
        mac, key,
        SLICE(
            "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be "
            "hashed before being used by the HMAC algorithm."));
    check_bytes("7", mac, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

/* RFC 5869 test case 3 (no salt, no info), in its two steps: the first block of its output is all that we use. */
static void extracts_and_expands(void **state)
{
    (void)state;
    static const uint8_t no_salt[DIGEST_BYTES];
    char input[22];
    uint8_t extracted[DIGEST_BYTES], output[DIGEST_BYTES];
    memset(input, 0x0b, sizeof(input));
    secret_mac(extracted, no_salt, (h2o_iovec_t){input, sizeof(input)});
    check_bytes("extract", extracted, "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04");
    secret_mac(output, extracted, SLICE("\x01"));
    check_bytes("expand", output, "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

static void derive_by_openssl(uint8_t out[static DIGEST_BYTES], uint8_t *master, const char *purpose)
{
    EVP_KDF *hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(hkdf);
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char[]){"SHA256"}, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, master, DIGEST_BYTES),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (char *)purpose, strlen(purpose)),
        OSSL_PARAM_END,
    };
    assert_int_equal(EVP_KDF_derive(context, out, DIGEST_BYTES, parameters), 1);
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(hkdf);
}

static void derives_as_openssl_does(void **state)
{
    (void)state;
    static const char of_two_blocks[] =
        "a purpose with more characters than one block of the digest has bytes, which is sixty-four";
    static const char *const purposes[] = {"", "page cursor", of_two_blocks};
    uint8_t master[DIGEST_BYTES], ours[DIGEST_BYTES], theirs[DIGEST_BYTES];
    for (size_t i = 0; i < 50; ++i) {
        const char *purpose = purposes[i % COUNT_OF(purposes)];
        secret_random(master, sizeof(master));
        secret_derive(ours, master, purpose);
        derive_by_openssl(theirs, master, purpose);
        assert_memory_equal(ours, theirs, DIGEST_BYTES);
    }
    for (uint8_t i = 0; i < DIGEST_BYTES; ++i)
        master[i] = i;
    secret_derive(ours, master, "page cursor");
    check_bytes("frozen", ours, "a7ef3c2ff363b282b272d38be8a5cfa416a7ce8414cac458c7b0a40761b2479c");
}

static void compares_every_byte(void **state)
{
    (void)state;
    uint8_t a[DIGEST_BYTES], b[DIGEST_BYTES];
    secret_random(a, sizeof(a));
    memcpy(b, a, sizeof(b));
    assert_true(secret_equal(a, b, sizeof(a)));
    assert_true(secret_equal(NULL, NULL, 0));
    for (size_t bit = 0; bit < sizeof(a) * 8; ++bit) {
        b[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(secret_equal(a, b, sizeof(a)));
        b[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    b[31] ^= 1;
    assert_true(secret_equal(a, b, 31));
}

static void wipes(void **state)
{
    (void)state;
    uint8_t bytes[5] = {1, 2, 3, 4, 5};
    secret_wipe(NULL, 0);
    secret_wipe(NULL, 7);
    secret_wipe(bytes + 1, 3);
    assert_memory_equal(bytes, "\x01\x00\x00\x00\x05", 5);
}

/* A bit that was never set or never clear in 200 draws would be 1 in 10^57. */
static void randomness_reaches_every_bit(void **state)
{
    (void)state;
    uint8_t bytes[70], ones[68] = {0}, zeros[68] = {0};
    bytes[0] = 0x11, bytes[69] = 0x22;
    for (int i = 0; i < 200; ++i) {
        secret_random(bytes + 1, 68);
        for (size_t j = 0; j < 68; ++j) {
            ones[j] |= bytes[j + 1];
            zeros[j] |= (uint8_t)~bytes[j + 1];
        }
    }
    for (size_t j = 0; j < 68; ++j) {
        assert_int_equal(ones[j], 0xff);
        assert_int_equal(zeros[j], 0xff);
    }
    assert_int_equal(bytes[0], 0x11);
    assert_int_equal(bytes[69], 0x22);
    secret_random(bytes, 0);
}

static void *digest_many_times(void *cookie)
{
    bool *right = cookie;
    uint8_t want[DIGEST_BYTES], mac[DIGEST_BYTES], digest[DIGEST_BYTES], key[DIGEST_BYTES] = "key";
    secret_mac(mac, key, SLICE("bytes"));
    secret_digest(want, SLICE("bytes"));
    *right = true;
    for (int i = 0; i < 2000; ++i) {
        uint8_t again[DIGEST_BYTES];
        secret_digest(digest, SLICE("bytes"));
        secret_mac(again, key, SLICE("bytes"));
        *right = *right && secret_equal(digest, want, DIGEST_BYTES) && secret_equal(again, mac, DIGEST_BYTES);
    }
    return NULL;
}

/* The leak checker sees whether a thread gives back what it made. */
static void serves_threads(void **state)
{
    (void)state;
    pthread_t threads[8];
    bool right[8] = {false};
    for (size_t i = 0; i < COUNT_OF(threads); ++i)
        assert_int_equal(pthread_create(&threads[i], NULL, digest_many_times, &right[i]), 0);
    for (size_t i = 0; i < COUNT_OF(threads); ++i) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(right[i]);
    }
}

static void digest_something(void)
{
    uint8_t digest[DIGEST_BYTES];
    secret_digest(digest, SLICE("abc"));
}

/* The first test: nothing has started yet. */
static void needs_a_start(void **state)
{
    (void)state;
    assert_true(aborts(digest_something));
    secret_start();
    secret_start();
    assert_false(aborts(digest_something));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(needs_a_start),
        cmocka_unit_test(digests),
        cmocka_unit_test(authenticates),
        cmocka_unit_test(extracts_and_expands),
        cmocka_unit_test(derives_as_openssl_does),
        cmocka_unit_test(compares_every_byte),
        cmocka_unit_test(wipes),
        cmocka_unit_test(randomness_reaches_every_bit),
        cmocka_unit_test(serves_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
