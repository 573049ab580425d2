/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/codec.h"
#include "token/jwk.h"
#include "token/public_key.h"
#include "token_case.h"
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

/* RFC 7638 section 3.1. */
static const char example_of_7638[] =
    "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\""
    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknj"
    "hMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQ"
    "vRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzK"
    "nqDKgw\"}";

static const struct {
    const char *name, *jwk, *thumbprint;
    enum token_algorithm algorithm;
} examples[] = {
    {"RFC 7638 section 3.1", example_of_7638, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", TOKEN_RS256},
    {"RFC 8037 appendix A.3", token_case_ed25519_jwk, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", TOKEN_EDDSA},
    {"RFC 7515 appendix A.3, as jwcrypto has it", token_case_p256_jwk, "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U",
     TOKEN_ES256},
    {"RFC 7515 appendix A.2, as jwcrypto has it", token_case_rsa_jwk, "IsUn6_e04MaShXFIISMp4kG62LWzMIPy_MvSA5pJgX8",
     TOKEN_PS256},
};

static void keys_of_other_kinds_are_refused(void **state)
{
    static const struct {
        const char *name, *type, *group;
    } cases[] = {{"X25519", "X25519", NULL}, {"Ed448", "ED448", NULL}, {"DH", "DH", "ffdhe2048"}};
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, cases[i].type, NULL);
        EVP_PKEY *key = NULL;
        char kid[TOKEN_KID_BYTES + 1] = "untouched";
        h2o_iovec_t jwk = SLICE("untouched");
        assert_int_equal(EVP_PKEY_keygen_init(context), 1);
        if (cases[i].group != NULL)
            assert_int_equal(EVP_PKEY_CTX_set_group_name(context, cases[i].group), 1);
        assert_int_equal(EVP_PKEY_generate(context, &key), 1);
        check(cases[i].name, !jwk_thumbprint(key, kid));
        check(cases[i].name, !jwk_write(pool_of(state), key, SLICE("kid"), TOKEN_EDDSA, &jwk));
        check(cases[i].name, ERR_peek_error() == 0);
        check_slice(cases[i].name, slice_of(kid), SLICE("untouched"));
        check_slice(cases[i].name, jwk, SLICE("untouched"));
        EVP_PKEY_free(key);
        EVP_PKEY_CTX_free(context);
    }
}

static void thumbprints_are_those_of_the_rfcs(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(examples); ++i) {
        EVP_PKEY *key = token_case_key_of_jwk(examples[i].jwk);
        char kid[TOKEN_KID_BYTES + 1];
        check(examples[i].name, jwk_thumbprint(key, kid));
        check_slice(examples[i].name, slice_of(kid), slice_of(examples[i].thumbprint));
        EVP_PKEY_free(key);
    }
}

static void public_members_are_written_and_no_private_one(void **state)
{
    static const char *const private_members[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"};
    static const char *const public_members[] = {"kty", "crv", "x", "y", "n", "e"};
    for (size_t i = 0; i < COUNT_OF(examples); ++i) {
        const char *name = examples[i].name;
        EVP_PKEY *key = token_case_key_of_jwk(examples[i].jwk);
        h2o_iovec_t jwk;
        check(name, jwk_write(pool_of(state), key, SLICE("a kid"), examples[i].algorithm, &jwk));
        json_t *written = json_loadb(jwk.base, jwk.len, JSON_REJECT_DUPLICATES, NULL);
        json_t *wanted = json_loads(examples[i].jwk, 0, NULL);
        for (size_t j = 0; j < COUNT_OF(public_members); ++j) {
            json_t *member = json_object_get(wanted, public_members[j]);
            check(name, member == NULL || json_equal(member, json_object_get(written, public_members[j])));
        }
        for (size_t j = 0; j < COUNT_OF(private_members); ++j)
            check(name, json_object_get(written, private_members[j]) == NULL);
        check_slice(name, slice_of(json_string_value(json_object_get(written, "kid"))), SLICE("a kid"));
        check_slice(name, slice_of(json_string_value(json_object_get(written, "use"))), SLICE("sig"));
        check_slice(name, slice_of(json_string_value(json_object_get(written, "alg"))),
                    token_algorithm_name(examples[i].algorithm));
        json_decref(written);
        json_decref(wanted);
        EVP_PKEY_free(key);
    }
}

/* RFC 7518 section 6.2.1.2: a coordinate has 32 bytes also when the first ones are zero. */
static void coordinates_keep_their_zeros(void **state)
{
    static const BN_ULONG scalars[] = {0x17b /* the least whose point has such an x */, 0x2b /* such a y */};
    for (size_t i = 0; i < COUNT_OF(scalars); ++i) {
        EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
        EC_POINT *point = EC_POINT_new(group);
        BIGNUM *d = BN_new();
        uint8_t bytes[65];
        assert_int_equal(BN_set_word(d, scalars[i]), 1);
        assert_int_equal(EC_POINT_mul(group, point, d, NULL, NULL, NULL), 1);
        assert_int_equal(EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, bytes, sizeof(bytes), NULL),
                         65);
        h2o_iovec_t x = token_case_encode(pool_of(state), (h2o_iovec_t){(char *)bytes + 1, 32});
        h2o_iovec_t y = token_case_encode(pool_of(state), (h2o_iovec_t){(char *)bytes + 33, 32});
        assert_int_equal(bytes[i == 0 ? 1 : 33], 0);
        h2o_iovec_t text =
            slice_format(pool_of(state), "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%.*s\",\"y\":\"%.*s\"}",
                         SLICE_ARGS(x), SLICE_ARGS(y));
        EVP_PKEY *key = token_case_key_of_jwk(text.base);
        h2o_iovec_t jwk,
            start = slice_format(pool_of(state), "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%.*s\",\"y\":\"%.*s\",",
                                 SLICE_ARGS(x), SLICE_ARGS(y));
        assert_true(jwk_write(pool_of(state), key, SLICE("kid"), TOKEN_ES256, &jwk));
        assert_true(slice_starts_with(jwk, start));
        EVP_PKEY_free(key);
        BN_free(d);
        EC_POINT_free(point);
        EC_GROUP_free(group);
    }
}

static void pem_is_what_openssl_reads(void **state)
{
    for (size_t i = 0; i < COUNT_OF(examples); ++i) {
        EVP_PKEY *key = token_case_key_of_jwk(examples[i].jwk);
        h2o_iovec_t der;
        assert_true(public_key_write(pool_of(state), key, &der));
        h2o_iovec_t pem = jwk_pem(pool_of(state), der);
        BIO *bio = BIO_new_mem_buf(pem.base, (int)pem.len), *wanted = BIO_new(BIO_s_mem());
        EVP_PKEY *back = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
        char *bytes;
        check(examples[i].name, back != NULL && EVP_PKEY_eq(back, key) == 1);
        assert_int_equal(PEM_write_bio_PUBKEY(wanted, key), 1);
        size_t len = (size_t)BIO_get_mem_data(wanted, &bytes);
        check_slice(examples[i].name, pem, (h2o_iovec_t){bytes, len});
        BIO_free(bio);
        BIO_free(wanted);
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
        test_with_pool(keys_of_other_kinds_are_refused),
        test_with_pool(thumbprints_are_those_of_the_rfcs),
        test_with_pool(public_members_are_written_and_no_private_one),
        test_with_pool(coordinates_keep_their_zeros),
        test_with_pool(pem_is_what_openssl_reads),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
