/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/codec.h"
#include "token/ecdsa.h"
#include "token/jws_contexts.h"
#include "token_case.h"
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

/* RFC 7515 appendix A.2 and A.3, RFC 8037 appendix A.4. */
#define PAYLOAD "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
static const struct {
    const char *name, *signing_input, *signature;
    enum token_algorithm algorithm;
    bool deterministic;
} vectors[] = {
    {"RFC 7515 A.2", "eyJhbGciOiJSUzI1NiJ9." PAYLOAD,
     "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t"
     "1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12j"
     "zDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQ"
     "Ge77Rw",
     TOKEN_RS256, true},
    {"RFC 7515 A.3", "eyJhbGciOiJFUzI1NiJ9." PAYLOAD,
     "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q", TOKEN_ES256, false},
    {"RFC 8037 A.4", "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
     "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg", TOKEN_EDDSA, true},
};

static bool accepts(struct token_case *c, enum token_algorithm algorithm, h2o_iovec_t bytes, h2o_iovec_t signature)
{
    bool good = jws_contexts_check(c->contexts, c->active[algorithm], bytes, signature);
    check("the error queue is empty", ERR_peek_error() == 0); /* TLS on this thread would read what is in it */
    return good;
}

static h2o_iovec_t sign(struct token_case *c, enum token_algorithm algorithm, h2o_iovec_t bytes)
{
    const struct signing_key *key = c->active[algorithm];
    h2o_iovec_t signature = {h2o_mem_alloc_pool(&c->pool, jws_contexts_signature_bytes(key)),
                             jws_contexts_signature_bytes(key)};
    assert_true(jws_contexts_sign(c->contexts, key, bytes, (uint8_t *)signature.base));
    return signature;
}

static void signatures_of_the_wrong_length_are_refused(void **state)
{
    struct token_case *c = *state;
    static char zeros[1024];
    for (unsigned i = 0; i < TOKEN_ALGORITHM__MAX; ++i) {
        enum token_algorithm algorithm = (enum token_algorithm)i;
        const char *name = token_algorithm_name(algorithm).base;
        h2o_iovec_t good = sign(c, algorithm, SLICE("text"));
        for (size_t len = 0; len <= 2 * good.len; ++len) {
            char *copy = malloc(len + 1); /* exactly as long, so that ASan sees a read behind it */
            memset(copy, 0, len + 1);
            memcpy(copy, good.base, len < good.len ? len : good.len);
            check(name, accepts(c, algorithm, SLICE("text"), (h2o_iovec_t){copy, len}) == (len == good.len));
            free(copy);
        }
        check(name, !accepts(c, algorithm, SLICE("text"), (h2o_iovec_t){zeros, good.len}));
    }
}

static void each_changed_byte_is_refused(void **state)
{
    struct token_case *c = *state;
    for (unsigned i = 0; i < TOKEN_ALGORITHM__MAX; ++i) {
        enum token_algorithm algorithm = (enum token_algorithm)i;
        const char *name = token_algorithm_name(algorithm).base;
        h2o_iovec_t signature = sign(c, algorithm, SLICE("text"));
        for (size_t at = 0; at < signature.len; ++at) {
            signature.base[at] = (char)(signature.base[at] ^ 0x01);
            check(name, !accepts(c, algorithm, SLICE("text"), signature));
            signature.base[at] = (char)(signature.base[at] ^ 0x01);
        }
        check(name, accepts(c, algorithm, SLICE("text"), signature));
        check(name, !accepts(c, algorithm, SLICE("Text"), signature));
        check(name, !accepts(c, algorithm, SLICE("text\n"), signature));
        check(name, !accepts(c, algorithm, SLICE_NONE, signature));
    }
}

static void signatures_of_another_key_are_refused(void **state)
{
    struct token_case *c = *state, *other;
    assert_int_equal(token_case_setup((void **)&other), 0);
    assert_true(accepts(c, TOKEN_RS256, SLICE("text"), sign(other, TOKEN_RS256, SLICE("text")))); /* the same key */
    assert_false(accepts(c, TOKEN_PS256, SLICE("text"), sign(other, TOKEN_PS256, SLICE("text"))));
    assert_false(accepts(c, TOKEN_RS256, SLICE("text"), sign(c, TOKEN_PS256, SLICE("text"))));
    assert_false(accepts(c, TOKEN_PS256, SLICE("text"), sign(c, TOKEN_RS256, SLICE("text"))));
    assert_false(accepts(c, TOKEN_ES256, SLICE("text"), sign(c, TOKEN_EDDSA, SLICE("text"))));
    assert_false(accepts(c, TOKEN_EDDSA, SLICE("text"), sign(c, TOKEN_ES256, SLICE("text"))));
    token_case_teardown((void **)&other);
}

/* --- ECDSA -------------------------------------------------------------------------------------------------------- */

#define ZERO  "0000000000000000000000000000000000000000000000000000000000000000"
#define ONE   "0000000000000000000000000000000000000000000000000000000000000001"
#define ORDER "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"

static void psychic_signatures_are_refused(void **state)
{
    struct token_case *c = *state;
    static const char *const cases[] = {ZERO ZERO,   ZERO ONE,  ONE ZERO,  ONE ONE,
                                        ORDER ORDER, ORDER ONE, ONE ORDER, ORDER ZERO};
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        uint8_t raw[ECDSA_RAW_BYTES];
        assert_true(codec_hex_decode(raw, sizeof(raw), slice_of(cases[i])));
        check(cases[i], !accepts(c, TOKEN_ES256, SLICE("text"), (h2o_iovec_t){(char *)raw, sizeof(raw)}));
    }
}

/* A key for which (r, 1) with a small r signs the text: Q = (R - hG) / r, with R a point whose x is r. Nobody knows its
 * private half, but r + n and 1 + n fit into 32 bytes, which no signature by chance would do. */
static EVP_PKEY *key_for_small_numbers(h2o_mem_pool_t *pool, h2o_iovec_t bytes, BN_ULONG *r_out)
{
    uint8_t digest[DIGEST_BYTES], point[65];
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    EC_POINT *small = EC_POINT_new(group), *q = EC_POINT_new(group);
    BIGNUM *r = BN_new(), *h = BN_new();
    BN_CTX *numbers = BN_CTX_new();
    secret_digest(digest, bytes);
    BN_bin2bn(digest, sizeof(digest), h);
    BN_ULONG x = 1;
    while (BN_set_word(r, x) == 1 && EC_POINT_set_compressed_coordinates(group, small, r, 0, numbers) != 1)
        ++x;
    assert_int_equal(EC_POINT_mul(group, q, h, NULL, NULL, numbers), 1);
    assert_int_equal(EC_POINT_invert(group, q, numbers), 1);
    assert_int_equal(EC_POINT_add(group, q, q, small, numbers), 1);
    assert_non_null(BN_mod_inverse(r, r, EC_GROUP_get0_order(group), numbers));
    assert_int_equal(EC_POINT_mul(group, q, NULL, q, r, numbers), 1);
    assert_int_equal(EC_POINT_point2oct(group, q, POINT_CONVERSION_UNCOMPRESSED, point, sizeof(point), numbers), 65);
    ERR_clear_error(); /* of the x that are on no point */
    h2o_iovec_t first = token_case_encode(pool, (h2o_iovec_t){(char *)point + 1, 32});
    h2o_iovec_t second = token_case_encode(pool, (h2o_iovec_t){(char *)point + 33, 32});
    h2o_iovec_t jwk = slice_format(pool, "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%.*s\",\"y\":\"%.*s\"}",
                                   SLICE_ARGS(first), SLICE_ARGS(second));
    BN_CTX_free(numbers);
    BN_free(r);
    BN_free(h);
    EC_POINT_free(small);
    EC_POINT_free(q);
    EC_GROUP_free(group);
    *r_out = x;
    return token_case_key_of_jwk(jwk.base);
}

static void put_number(uint8_t out[static ECDSA_NUMBER_BYTES], BN_ULONG small, bool beyond)
{
    BIGNUM *order = NULL, *number = BN_new();
    assert_true(BN_hex2bn(&order, ORDER) > 0);
    assert_int_equal(BN_set_word(number, small), 1);
    if (beyond)
        assert_int_equal(BN_add(number, number, order), 1);
    assert_int_equal(BN_bn2binpad(number, out, ECDSA_NUMBER_BYTES), ECDSA_NUMBER_BYTES);
    BN_free(order);
    BN_free(number);
}

static void numbers_beyond_the_order_are_refused(void **state)
{
    struct token_case *c = *state;
    static const struct {
        const char *name;
        bool r_beyond, s_beyond, good;
    } cases[] = {
        {"r and s", false, false, true},
        {"r + n", true, false, false},
        {"s + n", false, true, false},
        {"both + n", true, true, false},
    };
    BN_ULONG r;
    struct signing_key key = {.algorithm = TOKEN_ES256, .generation = UINT64_MAX};
    key.public_key = key_for_small_numbers(&c->pool, SLICE("text"), &r);
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        uint8_t raw[ECDSA_RAW_BYTES];
        put_number(raw, r, cases[i].r_beyond);
        put_number(raw + ECDSA_NUMBER_BYTES, 1, cases[i].s_beyond);
        h2o_iovec_t signature = {(char *)raw, sizeof(raw)};
        check(cases[i].name, jws_contexts_check(c->contexts, &key, SLICE("text"), signature) == cases[i].good);
    }
    EVP_PKEY_free(key.public_key);
}

static void der_is_refused(void **state)
{
    struct token_case *c = *state;
    h2o_iovec_t raw = sign(c, TOKEN_ES256, SLICE("text"));
    uint8_t der[ECDSA_DER_BYTES_MAX];
    size_t len = ecdsa_der_from_raw(der, (const uint8_t *)raw.base);
    assert_false(accepts(c, TOKEN_ES256, SLICE("text"), (h2o_iovec_t){(char *)der, len}));
    assert_false(accepts(c, TOKEN_ES256, SLICE("text"), (h2o_iovec_t){(char *)der, ECDSA_RAW_BYTES}));
}

/* (r, n - s) is a signature of the same text, for everybody: ECDSA has two for one, so nothing may go by the token's
 * bytes. */
static void the_other_root_is_the_same_signature(void **state)
{
    struct token_case *c = *state;
    h2o_iovec_t signature = sign(c, TOKEN_ES256, SLICE("text"));
    uint8_t *s = (uint8_t *)signature.base + ECDSA_NUMBER_BYTES;
    BIGNUM *order = NULL, *number = BN_bin2bn(s, ECDSA_NUMBER_BYTES, NULL);
    assert_true(BN_hex2bn(&order, ORDER) > 0);
    assert_int_equal(BN_sub(number, order, number), 1);
    assert_int_equal(BN_bn2binpad(number, s, ECDSA_NUMBER_BYTES), ECDSA_NUMBER_BYTES);
    assert_true(accepts(c, TOKEN_ES256, SLICE("text"), signature));
    BN_free(order);
    BN_free(number);
}

/* --- RSA ------------------------------------------------------------------------------------------------------------
 */

struct rsa_form {
    const char *name;
    int padding, salt;
    const char *digest, *mask_digest;
};

static h2o_iovec_t rsa_sign(struct token_case *c, enum token_algorithm algorithm, const struct rsa_form *form)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *options;
    size_t len = jws_contexts_signature_bytes(c->active[algorithm]);
    h2o_iovec_t signature = {h2o_mem_alloc_pool(&c->pool, len), len};
    assert_int_equal(
        EVP_DigestSignInit_ex(context, &options, form->digest, NULL, NULL, c->active[algorithm]->private_key, NULL), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(options, form->padding), 1);
    if (form->padding == RSA_PKCS1_PSS_PADDING) {
        assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(options, form->salt), 1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_mgf1_md_name(options, form->mask_digest, NULL), 1);
    }
    assert_int_equal(EVP_DigestSign(context, (uint8_t *)signature.base, &len, (const uint8_t *)"text", 4), 1);
    EVP_MD_CTX_free(context);
    return signature;
}

static void rsa_signatures_of_another_form_are_refused(void **state)
{
    struct token_case *c = *state;
    static const struct rsa_form pss_forms[] = {
        {"no salt", RSA_PKCS1_PSS_PADDING, 0, "SHA256", "SHA256"},
        {"salt of 20", RSA_PKCS1_PSS_PADDING, 20, "SHA256", "SHA256"},
        {"salt of 31", RSA_PKCS1_PSS_PADDING, 31, "SHA256", "SHA256"},
        {"salt of 33", RSA_PKCS1_PSS_PADDING, 33, "SHA256", "SHA256"},
        {"longest salt", RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_MAX, "SHA256", "SHA256"},
        {"MGF1 with SHA-1", RSA_PKCS1_PSS_PADDING, 32, "SHA256", "SHA1"},
        {"MGF1 with SHA-512", RSA_PKCS1_PSS_PADDING, 32, "SHA256", "SHA512"},
        {"SHA-512", RSA_PKCS1_PSS_PADDING, 32, "SHA512", "SHA512"},
        {"PKCS #1", RSA_PKCS1_PADDING, 0, "SHA256", NULL},
    };
    static const struct rsa_form pkcs1_forms[] = {
        {"SHA-1", RSA_PKCS1_PADDING, 0, "SHA1", NULL},
        {"SHA-384", RSA_PKCS1_PADDING, 0, "SHA384", NULL},
        {"SHA-512", RSA_PKCS1_PADDING, 0, "SHA512", NULL},
        {"PSS", RSA_PKCS1_PSS_PADDING, 32, "SHA256", "SHA256"},
    };
    static const struct rsa_form right[] = {{"PSS", RSA_PKCS1_PSS_PADDING, 32, "SHA256", "SHA256"},
                                            {"PKCS #1", RSA_PKCS1_PADDING, 0, "SHA256", NULL}};
    for (size_t i = 0; i < COUNT_OF(pss_forms); ++i)
        check(pss_forms[i].name, !accepts(c, TOKEN_PS256, SLICE("text"), rsa_sign(c, TOKEN_PS256, &pss_forms[i])));
    for (size_t i = 0; i < COUNT_OF(pkcs1_forms); ++i)
        check(pkcs1_forms[i].name, !accepts(c, TOKEN_RS256, SLICE("text"), rsa_sign(c, TOKEN_RS256, &pkcs1_forms[i])));
    assert_true(accepts(c, TOKEN_PS256, SLICE("text"), rsa_sign(c, TOKEN_PS256, &right[0])));
    assert_true(accepts(c, TOKEN_RS256, SLICE("text"), rsa_sign(c, TOKEN_RS256, &right[1])));
}

/* The signature plus the modulus is the same number modulo it. */
static void rsa_signatures_beyond_the_modulus_are_refused(void **state)
{
    struct token_case *c = *state;
    BIGNUM *modulus = NULL, *number = BN_new();
    assert_int_equal(EVP_PKEY_get_bn_param(c->active[TOKEN_RS256]->public_key, "n", &modulus), 1);
    unsigned tried = 0;
    for (unsigned i = 0; i < 1000 && tried < 3; ++i) {
        h2o_iovec_t text = slice_format(&c->pool, "text %u", i), signature = sign(c, TOKEN_RS256, text);
        BN_bin2bn((const uint8_t *)signature.base, (int)signature.len, number);
        BN_add(number, number, modulus);
        if (BN_num_bytes(number) > (int)signature.len)
            continue;
        BN_bn2binpad(number, (uint8_t *)signature.base, (int)signature.len);
        check("beyond the modulus", !accepts(c, TOKEN_RS256, text, signature));
        ++tried;
    }
    assert_int_equal(tried, 3);
    BN_free(modulus);
    BN_free(number);
}

/* --- Ed25519
 * ---------------------------------------------------------------------------------------------------------- */

/* RFC 8032 section 5.1.7: S has to be below L, else one signature has several spellings. */
static void ed25519_s_beyond_the_order_is_refused(void **state)
{
    struct token_case *c = *state;
    static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,       0xd6,
                                      0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
    h2o_iovec_t signature = sign(c, TOKEN_EDDSA, SLICE("text"));
    uint8_t *s = (uint8_t *)signature.base + 32;
    for (unsigned times = 1; times <= 8; ++times) {
        unsigned carry = 0;
        for (size_t i = 0; i < sizeof(order); ++i) {
            carry += (unsigned)s[i] + order[i];
            s[i] = (uint8_t)carry;
            carry >>= 8;
        }
        check("S + L", !accepts(c, TOKEN_EDDSA, SLICE("text"), signature));
    }
}

/* --- what has to work
 * ------------------------------------------------------------------------------------------------- */

static void vectors_of_the_rfcs(void **state)
{
    struct token_case *c = *state;
    for (size_t i = 0; i < COUNT_OF(vectors); ++i) {
        h2o_iovec_t bytes = slice_of(vectors[i].signing_input), encoded = slice_of(vectors[i].signature);
        uint8_t raw[512];
        size_t len;
        assert_true(codec_base64url_decode(raw, &len, encoded));
        check(vectors[i].name, accepts(c, vectors[i].algorithm, bytes, (h2o_iovec_t){(char *)raw, len}));
        raw[len / 2] ^= 0x10;
        check(vectors[i].name, !accepts(c, vectors[i].algorithm, bytes, (h2o_iovec_t){(char *)raw, len}));
        if (vectors[i].deterministic)
            check_slice(vectors[i].name, token_case_encode(&c->pool, sign(c, vectors[i].algorithm, bytes)), encoded);
    }
}

static void contexts_are_used_again_and_again(void **state)
{
    struct token_case *c = *state;
    for (unsigned round = 0; round < 20; ++round)
        for (unsigned i = 0; i < TOKEN_ALGORITHM__MAX; ++i) {
            enum token_algorithm algorithm = (enum token_algorithm)i;
            h2o_iovec_t text = slice_format(&c->pool, "round %u", round), signature = sign(c, algorithm, text);
            check("round", accepts(c, algorithm, text, signature));
            check("round, other text", !accepts(c, algorithm, SLICE("other"), signature));
            check("round, after a refusal", accepts(c, algorithm, text, signature));
        }
}

/* Two sets whose keys stand at the same places: a context of one must never serve the other. */
static void contexts_follow_the_set(void **state)
{
    struct token_case *c = *state, *other;
    assert_int_equal(token_case_setup((void **)&other), 0);
    assert_int_equal(c->active[TOKEN_PS256]->index, other->active[TOKEN_PS256]->index);
    struct token_case mixed = *other;
    mixed.contexts = c->contexts;
    for (unsigned round = 0; round < 3; ++round) {
        h2o_iovec_t ours = sign(c, TOKEN_PS256, SLICE("text")), theirs = sign(&mixed, TOKEN_PS256, SLICE("text"));
        assert_true(accepts(c, TOKEN_PS256, SLICE("text"), ours));
        assert_false(accepts(c, TOKEN_PS256, SLICE("text"), theirs));
        assert_true(accepts(&mixed, TOKEN_PS256, SLICE("text"), theirs));
        assert_false(accepts(&mixed, TOKEN_PS256, SLICE("text"), ours));
    }
    token_case_teardown((void **)&other);
}

/* A set may go while its contexts are kept: they hold what they need. */
static void contexts_outlive_their_set(void **state)
{
    (void)state;
    struct token_case *old, *new;
    assert_int_equal(token_case_setup((void **)&old), 0);
    assert_int_equal(token_case_setup((void **)&new), 0);
    struct jws_contexts *contexts = old->contexts;
    old->contexts = NULL; /* the teardown frees none */
    uint8_t signature[ECDSA_RAW_BYTES];
    assert_true(jws_contexts_sign(contexts, old->active[TOKEN_ES256], SLICE("text"), signature));
    token_case_teardown((void **)&old);
    assert_true(jws_contexts_sign(contexts, new->active[TOKEN_ES256], SLICE("text"), signature));
    jws_contexts_destroy(contexts);
    token_case_teardown((void **)&new);
}

/* Keys that their algorithm cannot use never get into a set; should one, nothing is signed, and no context is left half
 * made. */
static void keys_that_cannot_sign_make_no_signature(void **state)
{
    struct token_case *c = *state;
    EVP_PKEY *unfit = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
    for (unsigned i = 0; i < TOKEN_ALGORITHM__MAX; ++i) {
        struct signing_key key = *c->active[i];
        struct jws_contexts *contexts = jws_contexts_create();
        uint8_t *out = h2o_mem_alloc_pool(&c->pool, jws_contexts_signature_bytes(&key));
        h2o_iovec_t token = SLICE("untouched"), signature = sign(c, key.algorithm, SLICE("text"));
        key.private_key = key.public_key = unfit;
        for (unsigned round = 0; round < 2; ++round) {
            check("sign", !jws_contexts_sign(contexts, &key, SLICE("text"), out));
            check("check", !jws_contexts_check(contexts, &key, SLICE("text"), signature));
            check("token", !jws_sign(contexts, &c->pool, &key, SLICE("at+jwt"), SLICE("{}"), &token));
            check("error queue", ERR_peek_error() == 0);
        }
        check_slice("token", token, SLICE("untouched"));
        jws_contexts_destroy(contexts);
    }
    EVP_PKEY_free(unfit);
}

static const struct signing_key *retiring;
static struct jws_contexts *retiring_contexts;

static void sign_with_retiring_key(void)
{
    uint8_t signature[ECDSA_RAW_BYTES];
    if (jws_contexts_sign(retiring_contexts, retiring, SLICE("text"), signature))
        _exit(1);
}

static void signing_with_a_retiring_key_is_a_bug(void **state)
{
    struct token_case *c = *state;
    struct signing_key key = *c->active[TOKEN_ES256];
    key.private_key = NULL;
    retiring = &key;
    retiring_contexts = c->contexts;
    assert_true(aborts(sign_with_retiring_key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signatures_of_the_wrong_length_are_refused),
        cmocka_unit_test(each_changed_byte_is_refused),
        cmocka_unit_test(signatures_of_another_key_are_refused),
        cmocka_unit_test(psychic_signatures_are_refused),
        cmocka_unit_test(numbers_beyond_the_order_are_refused),
        cmocka_unit_test(der_is_refused),
        cmocka_unit_test(the_other_root_is_the_same_signature),
        cmocka_unit_test(rsa_signatures_of_another_form_are_refused),
        cmocka_unit_test(rsa_signatures_beyond_the_modulus_are_refused),
        cmocka_unit_test(ed25519_s_beyond_the_order_is_refused),
        cmocka_unit_test(vectors_of_the_rfcs),
        cmocka_unit_test(contexts_are_used_again_and_again),
        cmocka_unit_test(contexts_follow_the_set),
        cmocka_unit_test(contexts_outlive_their_set),
        cmocka_unit_test(keys_that_cannot_sign_make_no_signature),
        cmocka_unit_test(signing_with_a_retiring_key_is_a_bug),
    };
    return cmocka_run_group_tests(tests, token_case_setup, token_case_teardown);
}
