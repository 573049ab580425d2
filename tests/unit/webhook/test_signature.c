/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/codec.h"
#include "webhook/signature.h"

#include <openssl/evp.h>

static const uint8_t master[DIGEST_BYTES] = "a master key for this test only", other[DIGEST_BYTES] = "another";

/* RFC 8032 section 7.1, test 1. */
static const char ed25519_seed[] = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
static const char ed25519_public[] = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

static void a_secret_opens_for_its_webhook_only(void **state)
{
    uint8_t secret[SIGNATURE_SECRET_BYTES] = "secret", opened[SIGNATURE_SECRET_BYTES] = "untouched";
    h2o_iovec_t sealed, shorter;
    assert_true(signature_secret_close(pool_of(state), master, 11, 22, secret, &sealed));
    assert_false(signature_secret_open(other, 11, 22, sealed, opened));
    assert_false(signature_secret_open(master, 12, 22, sealed, opened));
    assert_false(signature_secret_open(master, 11, 23, sealed, opened));
    shorter = (h2o_iovec_t){sealed.base, sealed.len - 1};
    assert_false(signature_secret_open(master, 11, 22, shorter, opened));
    assert_false(signature_secret_open(master, 11, 22, SLICE_NONE, opened));
    assert_string_equal((char *)opened, "untouched");
    assert_true(signature_secret_open(master, 11, 22, sealed, opened));
    assert_memory_equal(opened, secret, sizeof(secret));
}

static void knows_its_kinds(void **state)
{
    (void)state;
    enum signature_kind kind = SIGNATURE_ED25519;
    assert_false(signature_kind_parse(SLICE(""), &kind));
    assert_false(signature_kind_parse(SLICE("HMAC"), &kind));
    assert_false(signature_kind_parse(SLICE("hmac "), &kind));
    assert_false(signature_kind_parse(SLICE_NONE, &kind));
    assert_int_equal(kind, SIGNATURE_ED25519);
    assert_true(signature_kind_parse(SLICE("hmac"), &kind));
    assert_int_equal(kind, SIGNATURE_HMAC);
    assert_true(signature_kind_parse(SLICE("ed25519"), &kind));
    assert_int_equal(kind, SIGNATURE_ED25519);
    check_slice("word", signature_kind_word(SIGNATURE_ED25519), SLICE("ed25519"));
}

/* The example of the specification; its key has 24 bytes, and HMAC fills a key up with zeros. */
static void signs_with_hmac(void **state)
{
    uint8_t secret[SIGNATURE_SECRET_BYTES] = {0};
    size_t len;
    struct text value;
    assert_true(codec_base64_decode(secret, &len, SLICE("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")));
    text_start(&value, pool_of(state), 8);
    signature_add(&value, SIGNATURE_HMAC, secret, SLICE("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330,
                  SLICE("{\"test\": 2432232314}"));
    check_slice("v1", text_slice(&value), SLICE("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    signature_add(&value, SIGNATURE_HMAC, secret, SLICE("m"), 1, SLICE(""));
    assert_non_null(memchr(value.base, ' ', value.len));
}

static void signs_with_ed25519(void **state)
{
    uint8_t secret[SIGNATURE_SECRET_BYTES], public_key[SIGNATURE_SECRET_BYTES], signature[64];
    char shown[SIGNATURE_SHOWN_BYTES];
    static const char content[] = "evt_1.1614265330.{}";
    size_t len;
    struct text value;
    assert_true(codec_hex_decode(secret, sizeof(secret), slice_of(ed25519_seed)));
    signature_secret_shown(SIGNATURE_ED25519, secret, shown);
    assert_memory_equal(shown, "whpk_", 5);
    assert_true(codec_base64_decode(public_key, &len, slice_from(slice_of(shown), 5)));
    char hex[CODEC_HEX_LEN(SIGNATURE_SECRET_BYTES)];
    codec_hex_encode(hex, public_key, len);
    check_slice("public key", (h2o_iovec_t){hex, sizeof(hex)}, slice_of(ed25519_public));

    text_start(&value, pool_of(state), 8);
    signature_add(&value, SIGNATURE_ED25519, secret, SLICE("evt_1"), 1614265330, SLICE("{}"));
    assert_memory_equal(value.base, "v1a,", 4);
    assert_true(codec_base64_decode(signature, &len, slice_from(text_slice(&value), 4)));
    EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, sizeof(public_key));
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestVerifyInit(context, NULL, NULL, NULL, key), 1);
    assert_int_equal(EVP_DigestVerify(context, signature, len, (const uint8_t *)content, strlen(content)), 1);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
}

static void shows_the_secret_of_hmac(void **state)
{
    (void)state;
    uint8_t secret[SIGNATURE_SECRET_BYTES], again[SIGNATURE_SECRET_BYTES];
    char shown[SIGNATURE_SHOWN_BYTES];
    size_t len;
    secret_random(secret, sizeof(secret));
    signature_secret_shown(SIGNATURE_HMAC, secret, shown);
    assert_memory_equal(shown, "whsec_", 6);
    assert_true(codec_base64_decode(again, &len, slice_from(slice_of(shown), 6)));
    assert_int_equal(len, sizeof(secret));
    assert_memory_equal(again, secret, len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_pool(a_secret_opens_for_its_webhook_only),
        cmocka_unit_test(knows_its_kinds),
        test_with_pool(signs_with_hmac),
        test_with_pool(signs_with_ed25519),
        cmocka_unit_test(shows_the_secret_of_hmac),
    };
    secret_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
