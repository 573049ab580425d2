/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "base/codec.h"
#include "token/jws_header.h"
#include "token_case.h"

#define AT "\"typ\":\"at+jwt\""

/* "<kid>" stands for the kid of the ES256 key. */
static const struct {
    const char *name;
    h2o_iovec_t json;
    enum jws_fault fault;
} cases[] = {
    /* no JSON object */
    {"empty", {"", 0}, JWS_HEADER},
    {"array", {"[\"alg\"]", 7}, JWS_HEADER},
    {"string", {"\"at+jwt\"", 8}, JWS_HEADER},
    {"null", {"null", 4}, JWS_HEADER},
    {"number", {"1", 1}, JWS_HEADER},
    {"not closed", {"{\"alg\":\"ES256\"", 14}, JWS_HEADER},
    {"comma at the end", {"{\"alg\":\"ES256\",}", 16}, JWS_HEADER},
    {"single quotes", {"{'alg':'ES256'}", 15}, JWS_HEADER},
    {"two objects", {"{}{}", 4}, JWS_HEADER},
    {"byte behind", {"{}x", 3}, JWS_HEADER},
    {"NUL behind", {"{}\0", 3}, JWS_HEADER},
    {"byte order mark", {"\xef\xbb\xbf{}", 5}, JWS_HEADER},
    {"invalid UTF-8", {"{\"a\":\"\xff\"}", 9}, JWS_HEADER},

    /* duplicates, also in other spellings and deeper */
    {"alg twice", SLICE("{\"alg\":\"none\",\"alg\":\"ES256\",\"kid\":\"<kid>\"," AT "}"), JWS_HEADER},
    {"alg twice, the right one first", SLICE("{\"alg\":\"ES256\",\"alg\":\"none\",\"kid\":\"<kid>\"," AT "}"),
     JWS_HEADER},
    {"alg twice, equal", SLICE("{\"alg\":\"ES256\",\"alg\":\"ES256\",\"kid\":\"<kid>\"," AT "}"), JWS_HEADER},
    {"alg twice, once escaped", SLICE("{\"alg\":\"ES256\",\"\\u0061lg\":\"none\",\"kid\":\"<kid>\"," AT "}"),
     JWS_HEADER},
    {"kid twice", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\",\"kid\":\"x\"," AT "}"), JWS_HEADER},
    {"typ twice", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\"," AT "," AT "}"), JWS_HEADER},
    {"unknown member twice", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\"," AT ",\"x\":1,\"x\":2}"), JWS_HEADER},
    {"twice inside", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\"," AT ",\"jwk\":{\"d\":1,\"d\":2}}"), JWS_HEADER},

    /* typ */
    {"empty object", SLICE("{}"), JWS_TYPE},
    {"no typ", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\"}"), JWS_TYPE},
    {"typ JWT, an ID token", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\",\"typ\":\"JWT\"}"), JWS_TYPE},
    {"typ logout+jwt", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\",\"typ\":\"logout+jwt\"}"), JWS_TYPE},
    {"typ dpop+jwt", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\",\"typ\":\"dpop+jwt\"}"), JWS_TYPE},
    {"typ client-authentication+jwt",
     SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\",\"typ\":\"client-authentication+jwt\"}"), JWS_TYPE},
    {"typ at+jwt with blank", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\",\"typ\":\"at+jwt \"}"), JWS_TYPE},
    {"typ at jwt", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\",\"typ\":\"at jwt\"}"), JWS_TYPE},
    {"typ xat+jwt", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\",\"typ\":\"xat+jwt\"}"), JWS_TYPE},
    {"typ at+jwt+x", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\",\"typ\":\"at+jwt+x\"}"), JWS_TYPE},
    {"typ text/at+jwt", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\",\"typ\":\"text/at+jwt\"}"), JWS_TYPE},
    {"typ application/ twice",
     SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\",\"typ\":\"application/application/at+jwt\"}"), JWS_TYPE},
    {"typ with as much before it", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\",\"typ\":\"application_at+jwt\"}"),
     JWS_TYPE},
    {"typ application/", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\",\"typ\":\"application/\"}"), JWS_TYPE},
    {"typ empty", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\",\"typ\":\"\"}"), JWS_TYPE},
    {"typ null", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\",\"typ\":null}"), JWS_HEADER},
    {"typ in an array", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\",\"typ\":[\"at+jwt\"]}"), JWS_HEADER},
    {"typ by another name", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\",\"Typ\":\"at+jwt\"}"), JWS_TYPE},

    /* extensions */
    {"crit", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\"," AT ",\"crit\":[\"exp\"],\"exp\":1}"), JWS_CRITICAL},
    {"crit, empty", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\"," AT ",\"crit\":[]}"), JWS_CRITICAL},
    {"crit, null", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\"," AT ",\"crit\":null}"), JWS_CRITICAL},
    {"crit, escaped", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\"," AT ",\"\\u0063rit\":[\"x\"]}"), JWS_CRITICAL},
    {"crit names alg", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\"," AT ",\"crit\":[\"alg\"]}"), JWS_CRITICAL},
    {"b64 false", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\"," AT ",\"b64\":false}"), JWS_CRITICAL},
    {"b64 false and crit", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\"," AT ",\"b64\":false,\"crit\":[\"b64\"]}"),
     JWS_CRITICAL},
    {"b64 true", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\"," AT ",\"b64\":true}"), JWS_CRITICAL},

    /* kid */
    {"no kid", SLICE("{\"alg\":\"ES256\"," AT "}"), JWS_UNKNOWN_KEY},
    {"kid empty", SLICE("{\"alg\":\"ES256\",\"kid\":\"\"," AT "}"), JWS_UNKNOWN_KEY},
    {"kid with ../", SLICE("{\"alg\":\"ES256\",\"kid\":\"../../../../../../dev/null\"," AT "}"), JWS_UNKNOWN_KEY},
    {"kid with SQL", SLICE("{\"alg\":\"ES256\",\"kid\":\"x' UNION SELECT 'key'--\"," AT "}"), JWS_UNKNOWN_KEY},
    {"kid as long as one of ours",
     SLICE("{\"alg\":\"ES256\",\"kid\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"," AT "}"), JWS_UNKNOWN_KEY},
    {"kid with a letter more", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>A\"," AT "}"), JWS_UNKNOWN_KEY},
    {"kid with a blank before", SLICE("{\"alg\":\"ES256\",\"kid\":\" <kid>\"," AT "}"), JWS_UNKNOWN_KEY},
    {"kid with NUL behind, escaped", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\\u0000\"," AT "}"), JWS_HEADER},
    {"kid with NUL behind, raw", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\0\"," AT "}"), JWS_HEADER},
    {"kid with NUL inside", SLICE("{\"alg\":\"ES256\",\"kid\":\"a\\u0000b\"," AT "}"), JWS_HEADER},
    {"kid is a number", SLICE("{\"alg\":\"ES256\",\"kid\":1," AT "}"), JWS_HEADER},
    {"kid in an array", SLICE("{\"alg\":\"ES256\",\"kid\":[\"<kid>\"]," AT "}"), JWS_HEADER},
    {"kid is an object", SLICE("{\"alg\":\"ES256\",\"kid\":{}," AT "}"), JWS_HEADER},
    {"kid null", SLICE("{\"alg\":\"ES256\",\"kid\":null," AT "}"), JWS_HEADER},

    /* alg */
    {"no alg", SLICE("{\"kid\":\"<kid>\"," AT "}"), JWS_ALGORITHM},
    {"none", SLICE("{\"alg\":\"none\",\"kid\":\"<kid>\"," AT "}"), JWS_ALGORITHM},
    {"None", SLICE("{\"alg\":\"None\",\"kid\":\"<kid>\"," AT "}"), JWS_ALGORITHM},
    {"nOnE", SLICE("{\"alg\":\"nOnE\",\"kid\":\"<kid>\"," AT "}"), JWS_ALGORITHM},
    {"NONE", SLICE("{\"alg\":\"NONE\",\"kid\":\"<kid>\"," AT "}"), JWS_ALGORITHM},
    {"HS256", SLICE("{\"alg\":\"HS256\",\"kid\":\"<kid>\"," AT "}"), JWS_ALGORITHM},
    {"RS256 with an EC key", SLICE("{\"alg\":\"RS256\",\"kid\":\"<kid>\"," AT "}"), JWS_ALGORITHM},
    {"PS256 with an EC key", SLICE("{\"alg\":\"PS256\",\"kid\":\"<kid>\"," AT "}"), JWS_ALGORITHM},
    {"EdDSA with an EC key", SLICE("{\"alg\":\"EdDSA\",\"kid\":\"<kid>\"," AT "}"), JWS_ALGORITHM},
    {"ES384", SLICE("{\"alg\":\"ES384\",\"kid\":\"<kid>\"," AT "}"), JWS_ALGORITHM},
    {"ES256K", SLICE("{\"alg\":\"ES256K\",\"kid\":\"<kid>\"," AT "}"), JWS_ALGORITHM},
    {"es256", SLICE("{\"alg\":\"es256\",\"kid\":\"<kid>\"," AT "}"), JWS_ALGORITHM},
    {"ES256 with a blank", SLICE("{\"alg\":\"ES256 \",\"kid\":\"<kid>\"," AT "}"), JWS_ALGORITHM},
    {"alg empty", SLICE("{\"alg\":\"\",\"kid\":\"<kid>\"," AT "}"), JWS_ALGORITHM},
    {"alg in an array", SLICE("{\"alg\":[\"ES256\"],\"kid\":\"<kid>\"," AT "}"), JWS_HEADER},
    {"alg in an array with none", SLICE("{\"alg\":[\"none\",\"ES256\"],\"kid\":\"<kid>\"," AT "}"), JWS_HEADER},
    {"alg is an object", SLICE("{\"alg\":{\"ES256\":1},\"kid\":\"<kid>\"," AT "}"), JWS_HEADER},
    {"alg is a number", SLICE("{\"alg\":256,\"kid\":\"<kid>\"," AT "}"), JWS_HEADER},
    {"alg true", SLICE("{\"alg\":true,\"kid\":\"<kid>\"," AT "}"), JWS_HEADER},
    {"alg null", SLICE("{\"alg\":null,\"kid\":\"<kid>\"," AT "}"), JWS_HEADER},
    {"alg with NUL", SLICE("{\"alg\":\"ES256\\u0000\",\"kid\":\"<kid>\"," AT "}"), JWS_HEADER},

    /* what is right */
    {"as we write it", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\"," AT "}"), JWS_OK},
    {"other order and blanks", SLICE(" { \"typ\" : \"at+jwt\" ,\n\t\"kid\":\"<kid>\",\r\"alg\":\"ES256\" } "), JWS_OK},
    {"escaped letters", SLICE("{\"\\u0061lg\":\"\\u0045S256\",\"kid\":\"<kid>\"," AT "}"), JWS_OK},
    {"typ in capitals", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\",\"typ\":\"AT+JWT\"}"), JWS_OK},
    {"typ in full", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\",\"typ\":\"application/at+jwt\"}"), JWS_OK},
    {"typ in full, capitals", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\",\"typ\":\"Application/AT+jwt\"}"), JWS_OK},
    {"unknown members", SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\"," AT ",\"cty\":\"x\",\"x\":[{}]}"), JWS_OK},
    {"keys brought along are not read",
     SLICE("{\"alg\":\"ES256\",\"kid\":\"<kid>\"," AT
           ",\"jku\":\"https://evil.example/jwks\",\"x5u\":\"file:///etc/passwd\","
           "\"jwk\":{\"kty\":\"oct\",\"k\":\"AA\"},\"x5c\":[\"AA\"],\"x5t\":5}"),
     JWS_OK},
};

static void headers_are_judged_one_by_one(void **state)
{
    struct token_case *c = *state;
    const struct signing_key *wanted = c->active[TOKEN_ES256];
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        const struct signing_key *key = NULL;
        h2o_iovec_t json = token_case_with_kid(&c->pool, cases[i].json, wanted);
        enum jws_fault fault = jws_header_read(c->keys, SLICE("at+jwt"), json, &key);
        check_slice(cases[i].name, slice_of(jws_fault_word(fault)), slice_of(jws_fault_word(cases[i].fault)));
        check(cases[i].name, key == (fault == JWS_OK ? wanted : NULL));
    }
}

static void deep_headers_are_judged_without_harm(void **state)
{
    struct token_case *c = *state;
    const struct signing_key *key = NULL;
    char brackets[6000];
    memset(brackets, '[', sizeof(brackets));
    assert_int_equal(jws_header_read(c->keys, SLICE("at+jwt"), (h2o_iovec_t){brackets, sizeof(brackets)}, &key),
                     JWS_HEADER);
}

static void only_the_exact_header_is_known(void **state)
{
    struct token_case *c = *state;
    for (unsigned i = 0; i < TOKEN_ALGORITHM__MAX; ++i) {
        const struct signing_key *key = c->active[i];
        h2o_iovec_t own = jws_header_write(&c->pool, key, SLICE("at+jwt"));
        assert_ptr_equal(jws_header_known(c->keys, own), key);
        assert_null(jws_header_known(c->keys, (h2o_iovec_t){own.base, own.len - 1}));
        assert_null(jws_header_known(c->keys, slice_from(own, 1)));
        assert_null(jws_header_known(c->keys, slice_format(&c->pool, "%.*sA", SLICE_ARGS(own))));
        assert_null(jws_header_known(c->keys, jws_header_write(&c->pool, key, SLICE("JWT"))));
        for (size_t at = 0; at < own.len; ++at) {
            h2o_iovec_t changed = slice_copy(&c->pool, own);
            changed.base[at] = changed.base[at] == 'A' ? 'B' : 'A';
            check("changed", jws_header_known(c->keys, changed) == NULL);
        }
    }
    assert_null(jws_header_known(c->keys, SLICE("")));
}

static void headers_have_three_members(void **state)
{
    struct token_case *c = *state;
    for (unsigned i = 0; i < TOKEN_ALGORITHM__MAX; ++i) {
        const struct signing_key *key = c->active[i];
        h2o_iovec_t encoded = jws_header_write(&c->pool, key, SLICE("JWT")),
                    name = token_algorithm_name(key->algorithm);
        h2o_iovec_t wanted =
            slice_format(&c->pool, "{\"alg\":\"%.*s\",\"kid\":\"%s\",\"typ\":\"JWT\"}", SLICE_ARGS(name), key->kid);
        check_slice(name.base, encoded, token_case_encode(&c->pool, wanted));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_are_judged_one_by_one),
        cmocka_unit_test(deep_headers_are_judged_without_harm),
        cmocka_unit_test(only_the_exact_header_is_known),
        cmocka_unit_test(headers_have_three_members),
    };
    return cmocka_run_group_tests(tests, token_case_setup, token_case_teardown);
}
