/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/codec.h"
#include "base/limits.h"
#include "token/jws_contexts.h"
#include "token_case.h"
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#define HEADER(alg) "{\"alg\":\"" alg "\",\"kid\":\"<kid>\",\"typ\":\"at+jwt\"}"
#define CLAIMS      "{\"sub\":\"somebody\"}"
#define P256_RAW    64
#define RSA_BYTES   256

static const char *const own_headers[] = {HEADER("ES256"), HEADER("RS256"), HEADER("PS256"), HEADER("EdDSA")};

/* The word of the fault, for messages that say something. What is out stays untouched on failure, and nothing is left
 * in the thread's error queue. */
static const char *verdict(struct token_case *c, h2o_iovec_t token)
{
    json_t *const untouched = json_true(), *payload = untouched;
    /* on the heap and exactly as long, so that ASan sees a read behind it */
    char *copy = malloc(token.len + 1);
    memcpy(copy, token.base == NULL ? "" : token.base, token.len);
    enum jws_fault fault = jws_verify(c->contexts, c->keys, SLICE("at+jwt"), (h2o_iovec_t){copy, token.len}, &payload);
    free(copy);
    check("payload", (fault == JWS_OK) == (payload != untouched));
    check("error queue", ERR_peek_error() == 0);
    if (fault == JWS_OK)
        json_decref(payload);
    return jws_fault_word(fault);
}

static void check_verdict(struct token_case *c, const char *name, h2o_iovec_t token, const char *wanted)
{
    check_slice(name, slice_of(verdict(c, token)), slice_of(wanted));
}

static h2o_iovec_t good_token(struct token_case *c, enum token_algorithm algorithm)
{
    return token_case_sign(c, algorithm, slice_of(own_headers[algorithm]), SLICE(CLAIMS));
}

/* --- form --------------------------------------------------------------------------------------------------------- */

static void other_than_three_segments_is_refused(void **state)
{
    struct token_case *c = *state;
    h2o_iovec_t good = good_token(c, TOKEN_ES256), rest = good;
    h2o_iovec_t header = slice_cut(&rest, '.'), payload = slice_cut(&rest, '.'), signature = rest;
    const struct {
        const char *name;
        h2o_iovec_t token;
    } cases[] = {
        {"nothing", SLICE_NONE},
        {"empty", SLICE("")},
        {"a dot", SLICE(".")},
        {"two dots", SLICE("..")},
        {"three dots", SLICE("...")},
        {"one segment", header},
        {"two segments", slice_format(&c->pool, "%.*s.%.*s", SLICE_ARGS(header), SLICE_ARGS(payload))},
        {"no header", slice_format(&c->pool, ".%.*s.%.*s", SLICE_ARGS(payload), SLICE_ARGS(signature))},
        {"no payload", slice_format(&c->pool, "%.*s..%.*s", SLICE_ARGS(header), SLICE_ARGS(signature))},
        {"no signature", slice_format(&c->pool, "%.*s.%.*s.", SLICE_ARGS(header), SLICE_ARGS(payload))},
        {"four segments", slice_format(&c->pool, "%.*s.%.*s", SLICE_ARGS(good), SLICE_ARGS(signature))},
        {"five segments, as JWE", slice_format(&c->pool, "%.*s.e30.e30", SLICE_ARGS(good))},
        {"dot before", slice_format(&c->pool, ".%.*s", SLICE_ARGS(good))},
        {"dot behind", slice_format(&c->pool, "%.*s.", SLICE_ARGS(good))},
        {"JSON form", SLICE("{\"payload\":\"\",\"signature\":\"\"}")},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        check_verdict(c, cases[i].name, cases[i].token, "segments");
    check_verdict(c, "good", good, "ok");
}

/* Each byte that is no digit, in front of, inside and behind each segment. */
static void other_alphabets_are_refused(void **state)
{
    struct token_case *c = *state;
    static const h2o_iovec_t intruders[] = {{"=", 1},  {"==", 2}, {"+", 1},  {"/", 1},        {" ", 1},   {"\n", 1},
                                            {"\r", 1}, {"\t", 1}, {"\0", 1}, {"\xc3\xa9", 2}, {"%2e", 3}, {"!", 1}};
    h2o_iovec_t good = good_token(c, TOKEN_ES256);
    size_t first_dot = slice_find(good, '.'),
           second_dot = first_dot + 1 + slice_find(slice_from(good, first_dot + 1), '.');
    const size_t places[] = {
        0, 1, first_dot - 1, first_dot, first_dot + 1, second_dot, second_dot + 1, good.len - 1, good.len};
    for (size_t i = 0; i < COUNT_OF(intruders); ++i)
        for (size_t j = 0; j < COUNT_OF(places); ++j) {
            size_t at = places[j], len = intruders[i].len;
            h2o_iovec_t token = {h2o_mem_alloc_pool(&c->pool, good.len + len), good.len + len};
            memcpy(token.base, good.base, at);
            memcpy(token.base + at, intruders[i].base, len);
            memcpy(token.base + at + len, good.base + at, good.len - at);
            check_verdict(c, "put in", token, "encoding");
        }
}

static void the_standard_alphabet_is_refused(void **state)
{
    struct token_case *c = *state;
    static const char *const swaps[] = {"-+", "_/"};
    for (size_t i = 0; i < COUNT_OF(swaps); ++i) {
        h2o_iovec_t token = good_token(c, TOKEN_ES256);
        while (slice_find(token, swaps[i][0]) == SIZE_MAX)
            token = good_token(c, TOKEN_ES256);
        token.base[slice_find(token, swaps[i][0])] = swaps[i][1];
        check_verdict(c, swaps[i], token, "encoding");
    }
}

/* The same bytes in another spelling: the bits of the last digit that say nothing. */
static void tail_bits_are_refused(void **state)
{
    struct token_case *c = *state;
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    h2o_iovec_t good = good_token(c, TOKEN_ES256); /* 64 bytes: the last digit has two bits */
    char *last = &good.base[good.len - 1];
    size_t value = (size_t)(strchr(digits, *last) - digits);
    for (size_t tail = 1; tail < 16; ++tail) {
        *last = digits[value + tail];
        check_verdict(c, "tail", good, "encoding");
    }
    *last = digits[value];
    check_verdict(c, "no tail", good, "ok");
    check_verdict(c, "one digit over", slice_format(&c->pool, "%.*sAAA", SLICE_ARGS(good)), "encoding");
}

static void every_cut_is_refused(void **state)
{
    struct token_case *c = *state;
    h2o_iovec_t good = good_token(c, TOKEN_EDDSA);
    for (size_t len = 0; len < good.len; ++len) {
        check("cut at the end", strcmp(verdict(c, (h2o_iovec_t){good.base, len}), "ok") != 0);
        check("cut at the start", strcmp(verdict(c, slice_from(good, good.len - len)), "ok") != 0);
    }
}

static void every_changed_character_is_refused(void **state)
{
    struct token_case *c = *state;
    h2o_iovec_t good = good_token(c, TOKEN_EDDSA);
    for (size_t at = 0; at < good.len; ++at)
        for (unsigned bit = 0; bit < 8; ++bit) {
            good.base[at] = (char)(good.base[at] ^ 1 << bit);
            check("changed", strcmp(verdict(c, good), "ok") != 0);
            good.base[at] = (char)(good.base[at] ^ 1 << bit);
        }
    check_verdict(c, "unchanged", good, "ok");
}

static void long_tokens_are_refused_before_anything_else(void **state)
{
    struct token_case *c = *state;
    enum { HUGE_BYTES = 9 * 1024 * 1024 };
    h2o_iovec_t payload = slice_format(&c->pool, "{\"x\":\"%*s\"}", 5931, "");
    h2o_iovec_t longest = token_case_sign(c, TOKEN_ES256, slice_of(own_headers[TOKEN_ES256]), payload);
    while (longest.len < LIMIT_TOKEN_BYTES_MAX - 1) {
        payload = slice_format(&c->pool, "{\"x\":\"%*s\"}", (int)payload.len - 7, "");
        longest = token_case_sign(c, TOKEN_ES256, slice_of(own_headers[TOKEN_ES256]), payload);
    }
    assert_in_range(longest.len, LIMIT_TOKEN_BYTES_MAX - 1, LIMIT_TOKEN_BYTES_MAX);
    check_verdict(c, "longest", longest, "ok");
    payload = slice_format(&c->pool, "{\"x\":\"%*s\"}", (int)payload.len - 6, "");
    check_verdict(c, "too long, signed", token_case_sign(c, TOKEN_ES256, slice_of(own_headers[TOKEN_ES256]), payload),
                  "too_long");
    char *huge = malloc(HUGE_BYTES);
    memset(huge, 'A', HUGE_BYTES);
    check_verdict(c, "9 MiB", (h2o_iovec_t){huge, HUGE_BYTES}, "too_long");
    free(huge);
    h2o_iovec_t kid = slice_format(&c->pool, "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"%*s\"}", 10240, "x");
    check_verdict(c, "kid of 10 kB", token_case_sign(c, TOKEN_ES256, kid, SLICE(CLAIMS)), "too_long");
    kid = slice_format(&c->pool, "{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"%*s\"}", 5000, "x");
    check_verdict(c, "kid of 5 kB", token_case_sign(c, TOKEN_ES256, kid, SLICE(CLAIMS)), "unknown_key");
}

/* --- whose key, which algorithm -------------------------------------------------------------------------------------
 */

static void unsigned_tokens_are_refused(void **state)
{
    struct token_case *c = *state;
    static const char *const names[] = {"none", "None", "NONE", "nOnE", "", "null"};
    for (size_t i = 0; i < COUNT_OF(names); ++i) {
        h2o_iovec_t header = slice_format(&c->pool, "{\"alg\":\"%s\",\"kid\":\"%s\",\"typ\":\"at+jwt\"}", names[i],
                                          c->active[TOKEN_ES256]->kid);
        h2o_iovec_t input = token_case_signing_input(&c->pool, header, SLICE(CLAIMS));
        check_verdict(c, "without signature", slice_format(&c->pool, "%.*s.", SLICE_ARGS(input)), "segments");
        check_verdict(c, "with some signature", token_case_join(&c->pool, input, SLICE("x")), "algorithm");
        check_verdict(c, "with a right one", token_case_sign(c, TOKEN_ES256, header, SLICE(CLAIMS)), "algorithm");
    }
}

/* The classic: what is public of a key, used as the secret of a MAC. */
static void public_keys_are_no_mac_secrets(void **state)
{
    struct token_case *c = *state;
    for (unsigned i = 0; i < TOKEN_ALGORITHM__MAX; ++i) {
        const struct signing_key *key = c->active[i];
        uint8_t *der = NULL, mac[EVP_MAX_MD_SIZE];
        unsigned mac_len;
        int der_len = i2d_PUBKEY(key->public_key, &der);
        const h2o_iovec_t secrets[] = {
            key->pem,  {key->pem.base, key->pem.len - 1}, {(char *)der, (size_t)der_len}, key->jwk, slice_of(key->kid),
            SLICE(""),
        };
        h2o_iovec_t header = token_case_with_kid(&c->pool, SLICE(HEADER("HS256")), key);
        h2o_iovec_t input = token_case_signing_input(&c->pool, header, SLICE(CLAIMS));
        for (size_t j = 0; j < COUNT_OF(secrets); ++j) {
            HMAC(EVP_sha256(), secrets[j].base, (int)secrets[j].len, (const uint8_t *)input.base, input.len, mac,
                 &mac_len);
            check_verdict(c, "HS256", token_case_join(&c->pool, input, (h2o_iovec_t){(char *)mac, mac_len}),
                          "algorithm");
        }
        OPENSSL_free(der);
    }
}

/* Each key under each other algorithm's name, and signed as that other algorithm signs. */
static void keys_have_one_algorithm(void **state)
{
    struct token_case *c = *state;
    for (unsigned kid_of = 0; kid_of < TOKEN_ALGORITHM__MAX; ++kid_of)
        for (unsigned named = 0; named < TOKEN_ALGORITHM__MAX; ++named)
            for (unsigned signed_by = 0; signed_by < TOKEN_ALGORITHM__MAX; ++signed_by) {
                h2o_iovec_t header = token_case_with_kid(&c->pool, slice_of(own_headers[named]), c->active[kid_of]);
                h2o_iovec_t token = token_case_sign(c, (enum token_algorithm)signed_by, header, SLICE(CLAIMS));
                const char *wanted = named != kid_of ? "algorithm" : signed_by != kid_of ? "signature" : "ok";
                check_verdict(c, own_headers[named], token, wanted);
            }
}

static void keys_that_come_along_are_not_trusted(void **state)
{
    struct token_case *c = *state, *attacker;
    assert_int_equal(token_case_setup((void **)&attacker), 0);
    const struct signing_key *theirs = attacker->active[TOKEN_PS256];
    h2o_iovec_t header = slice_format(&c->pool, "{\"alg\":\"PS256\",\"kid\":\"%s\",\"typ\":\"at+jwt\",\"jwk\":%.*s}",
                                      c->active[TOKEN_PS256]->kid, SLICE_ARGS(theirs->jwk));
    check_verdict(c, "our kid, their jwk", token_case_sign(attacker, TOKEN_PS256, header, SLICE(CLAIMS)), "signature");
    header = slice_format(&c->pool, "{\"alg\":\"PS256\",\"kid\":\"%s\",\"typ\":\"at+jwt\",\"jwk\":%.*s}", theirs->kid,
                          SLICE_ARGS(theirs->jwk));
    check_verdict(c, "their kid, their jwk", token_case_sign(attacker, TOKEN_PS256, header, SLICE(CLAIMS)),
                  "unknown_key");
    header = slice_format(&c->pool, "{\"alg\":\"PS256\",\"typ\":\"at+jwt\",\"jwk\":%.*s}", SLICE_ARGS(theirs->jwk));
    check_verdict(c, "no kid, their jwk", token_case_sign(attacker, TOKEN_PS256, header, SLICE(CLAIMS)), "unknown_key");
    header = slice_format(&c->pool,
                          "{\"alg\":\"PS256\",\"kid\":\"%s\",\"typ\":\"at+jwt\",\"jku\":\"https://evil.example/\"}",
                          c->active[TOKEN_PS256]->kid);
    check_verdict(c, "our kid, their jku", token_case_sign(attacker, TOKEN_PS256, header, SLICE(CLAIMS)), "signature");
    check_verdict(c, "our signature, any jku", token_case_sign(c, TOKEN_PS256, header, SLICE(CLAIMS)), "ok");
    token_case_teardown((void **)&attacker);
}

/* --- signature
 * --------------------------------------------------------------------------------------------------------- */

static void wrong_signatures_are_refused(void **state)
{
    struct token_case *c = *state;
    static char zeros[2 * RSA_BYTES];
    h2o_iovec_t header = token_case_with_kid(&c->pool, slice_of(own_headers[TOKEN_ES256]), c->active[TOKEN_ES256]);
    h2o_iovec_t input = token_case_signing_input(&c->pool, header, SLICE(CLAIMS));
    h2o_iovec_t other = good_token(c, TOKEN_ES256);
    const struct {
        const char *name;
        h2o_iovec_t signature;
    } cases[] = {
        {"psychic, r and s zero", {zeros, P256_RAW}},
        {"psychic, as DER", SLICE("\x30\x06\x02\x01\x00\x02\x01\x00")},
        {"one byte", {zeros, 1}},
        {"63 bytes", {zeros, P256_RAW - 1}},
        {"65 bytes", {zeros, P256_RAW + 1}},
        {"as long as RSA", {zeros, RSA_BYTES}},
        {"of another text", token_case_signature(&c->pool, token_case_sign(c, TOKEN_ES256, header, SLICE("{}")))},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        check_verdict(c, cases[i].name, token_case_join(&c->pool, input, cases[i].signature), "signature");
    check_verdict(c, "its own", token_case_join(&c->pool, input, token_case_signature(&c->pool, other)), "ok");
}

/* --- payload ---------------------------------------------------------------------------------------------------------
 */

static void payloads_are_objects_without_duplicates(void **state)
{
    struct token_case *c = *state;
    static const struct {
        const char *name;
        h2o_iovec_t json;
        const char *verdict;
    } cases[] = {
        {"array", {"[1]", 3}, "payload"},
        {"string", {"\"x\"", 3}, "payload"},
        {"number", {"1", 1}, "payload"},
        {"null", {"null", 4}, "payload"},
        {"not JSON", {"sub=1", 5}, "payload"},
        {"cut", {"{\"sub\":\"x\"", 10}, "payload"},
        {"comma at the end", {"{\"sub\":\"x\",}", 12}, "payload"},
        {"byte behind", {"{}x", 3}, "payload"},
        {"NUL behind", {"{}\0", 3}, "payload"},
        {"NUL and more JSON", {"{}\0{}", 5}, "payload"},
        {"two objects", {"{}{}", 4}, "payload"},
        {"member twice", {"{\"sub\":\"a\",\"sub\":\"b\"}", 21}, "payload"},
        {"member twice, once escaped", {"{\"sub\":\"a\",\"s\\u0075b\":\"b\"}", 26}, "payload"},
        {"member twice, deeper", {"{\"x\":[{\"a\":1,\"a\":1}]}", 21}, "payload"},
        {"byte order mark", {"\xef\xbb\xbf{}", 5}, "payload"},
        {"invalid UTF-8", {"{\"a\":\"\xc0\xaf\"}", 10}, "payload"},
        {"lone surrogate", {"{\"a\":\"\\ud800\"}", 14}, "payload"},
        {"NUL in a string", {"{\"a\":\"\\u0000\"}", 14}, "payload"},
        {"NUL in a name", {"{\"a\\u0000\":1}", 13}, "payload"},
        {"2^63", {"{\"exp\":9223372036854775808}", 27}, "payload"},
        {"1e400", {"{\"exp\":1e400}", 13}, "payload"},
        {"infinity", {"{\"exp\":Infinity}", 16}, "payload"},
        {"hexadecimal", {"{\"exp\":0x10}", 12}, "payload"},
        {"leading zero", {"{\"exp\":010}", 11}, "payload"},
        {"empty object", {"{}", 2}, "ok"},
        {"blanks around", {" {\n} ", 5}, "ok"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        h2o_iovec_t token = token_case_sign(c, TOKEN_EDDSA, slice_of(own_headers[TOKEN_EDDSA]), cases[i].json);
        check_verdict(c, cases[i].name, token, cases[i].verdict);
    }
    static char brackets[5000] = "{\"a\":";
    memset(brackets + 5, '[', sizeof(brackets) - 5);
    h2o_iovec_t deep = {brackets, sizeof(brackets)};
    check_verdict(c, "5,000 deep", token_case_sign(c, TOKEN_EDDSA, slice_of(own_headers[TOKEN_EDDSA]), deep),
                  "payload");
}

/* --- signing
 * ------------------------------------------------------------------------------------------------------------ */

static void tokens_that_nobody_would_accept_are_not_made(void **state)
{
    struct token_case *c = *state;
    static const int lens[] = {LIMIT_TOKEN_BYTES_MAX / 4 * 3, LIMIT_TOKEN_BYTES_MAX, LIMIT_TOKEN_BYTES_MAX + 1,
                               1 << 20};
    for (size_t i = 0; i < COUNT_OF(lens); ++i) {
        h2o_iovec_t payload = slice_format(&c->pool, "%*s", lens[i], ""), token = SLICE("untouched");
        assert_false(jws_sign(c->contexts, &c->pool, c->active[TOKEN_ES256], SLICE("at+jwt"), payload, &token));
        check_slice("untouched", token, SLICE("untouched"));
    }
}

static void each_algorithm_and_type_goes_round(void **state)
{
    struct token_case *c = *state;
    static const char *const types[] = {"at+jwt", "JWT", "logout+jwt"};
    for (unsigned i = 0; i < TOKEN_ALGORITHM__MAX; ++i)
        for (size_t j = 0; j < COUNT_OF(types); ++j) {
            h2o_iovec_t token, payload = SLICE("{\"sub\":\"somebody\",\"n\":1}");
            json_t *claims;
            assert_true(jws_sign(c->contexts, &c->pool, c->active[i], slice_of(types[j]), payload, &token));
            assert_int_equal(token.base[token.len], '\0');
            for (size_t k = 0; k < COUNT_OF(types); ++k) {
                enum jws_fault fault = jws_verify(c->contexts, c->keys, slice_of(types[k]), token, &claims);
                check(types[k], fault == (k == j ? JWS_OK : JWS_TYPE));
                if (fault != JWS_OK)
                    continue;
                check_slice("sub", slice_of(json_string_value(json_object_get(claims, "sub"))), SLICE("somebody"));
                assert_int_equal(json_object_size(claims), 2);
                json_decref(claims);
            }
        }
}

/* A token with our very header takes the short way; one whose header says the same in other words takes the long one.
 */
static void both_ways_to_a_key_lead_to_the_same_checks(void **state)
{
    struct token_case *c = *state;
    static const char *const headers[] = {HEADER("ES256"), "{\"typ\":\"at+jwt\",\"alg\":\"ES256\",\"kid\":\"<kid>\"}"};
    for (size_t i = 0; i < COUNT_OF(headers); ++i) {
        h2o_iovec_t token = token_case_sign(c, TOKEN_ES256, slice_of(headers[i]), SLICE(CLAIMS));
        check_verdict(c, headers[i], token, "ok");
        token.base[token.len - 5] = token.base[token.len - 5] == 'A' ? 'B' : 'A';
        check_verdict(c, headers[i], token, "signature");
        check_verdict(c, headers[i], token_case_sign(c, TOKEN_ES256, slice_of(headers[i]), SLICE("[]")), "payload");
        check_verdict(c, headers[i],
                      token_case_sign(c, TOKEN_EDDSA,
                                      token_case_with_kid(&c->pool, slice_of(headers[i]), c->active[TOKEN_ES256]),
                                      SLICE(CLAIMS)),
                      "signature");
    }
}

static void tokens_of_next_and_retiring_keys_are_accepted(void **state)
{
    struct token_case *c = *state;
    static const char *const states[] = {"next", "active", "retiring"};
    EVP_PKEY *private_key = token_case_key_of_jwk(token_case_p256_jwk);
    h2o_iovec_t token = good_token(c, TOKEN_ES256);
    for (size_t i = 0; i < COUNT_OF(states); ++i) {
        const char *wrong;
        h2o_iovec_t wrong_kid;
        struct key_material row = token_case_row(&c->pool, TOKEN_ES256, states[i], private_key);
        struct key_set *keys = key_set_create(&row, 1, token_case_master, &wrong, &wrong_kid);
        struct token_case other = {.keys = keys, .contexts = c->contexts};
        check_verdict(&other, states[i], token, "ok");
        check_verdict(&other, states[i], good_token(c, TOKEN_EDDSA), "unknown_key");
        key_set_release(keys);
    }
    EVP_PKEY_free(private_key);
}

static void faults_have_words_of_their_own(void **state)
{
    (void)state;
    for (unsigned i = 0; i < JWS_FAULT__MAX; ++i)
        for (unsigned j = 0; j < i; ++j)
            assert_string_not_equal(jws_fault_word((enum jws_fault)i), jws_fault_word((enum jws_fault)j));
    assert_string_equal(jws_fault_word(JWS_SIGNATURE), "signature");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_than_three_segments_is_refused),
        cmocka_unit_test(other_alphabets_are_refused),
        cmocka_unit_test(the_standard_alphabet_is_refused),
        cmocka_unit_test(tail_bits_are_refused),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(every_changed_character_is_refused),
        cmocka_unit_test(long_tokens_are_refused_before_anything_else),
        cmocka_unit_test(unsigned_tokens_are_refused),
        cmocka_unit_test(public_keys_are_no_mac_secrets),
        cmocka_unit_test(keys_have_one_algorithm),
        cmocka_unit_test(keys_that_come_along_are_not_trusted),
        cmocka_unit_test(wrong_signatures_are_refused),
        cmocka_unit_test(payloads_are_objects_without_duplicates),
        cmocka_unit_test(tokens_that_nobody_would_accept_are_not_made),
        cmocka_unit_test(each_algorithm_and_type_goes_round),
        cmocka_unit_test(both_ways_to_a_key_lead_to_the_same_checks),
        cmocka_unit_test(tokens_of_next_and_retiring_keys_are_accepted),
        cmocka_unit_test(faults_have_words_of_their_own),
    };
    return cmocka_run_group_tests(tests, token_case_setup, token_case_teardown);
}
