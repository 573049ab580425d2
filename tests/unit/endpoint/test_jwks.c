/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/jwks.h"

#include "bed.h"
#include "token/key_set.h"
#include <openssl/pem.h>

/* --- one key ----------------------------------------------------------------------------------------------------- */

static void what_names_no_key_is_not_found(void **state)
{
    struct bed *bed = *state;
    const char *kid = key_set_at(bed->worker->policy->keys, 0)->kid;
    char targets[8][128];
    snprintf(targets[0], sizeof(targets[0]), JWKS_PEM_PATH);
    snprintf(targets[1], sizeof(targets[1]), JWKS_PEM_PATH "%s", kid);
    snprintf(targets[2], sizeof(targets[2]), JWKS_PEM_PATH "%s.PEM", kid);
    snprintf(targets[3], sizeof(targets[3]), JWKS_PEM_PATH "%.42sx.pem", kid);
    snprintf(targets[4], sizeof(targets[4]), JWKS_PEM_PATH "%s.pem/", kid);
    snprintf(targets[5], sizeof(targets[5]), JWKS_PEM_PATH "x/%.41s.pem", kid);
    snprintf(targets[6], sizeof(targets[6]), JWKS_PEM_PATH "%.42s.pem", kid);
    snprintf(targets[7], sizeof(targets[7]), JWKS_PEM_PATH "..%%2f%s.pem", kid);
    for (size_t i = 0; i < COUNT_OF(targets); ++i) {
        struct exchange *exchange = bed_get(bed, targets[i]);
        check(targets[i], exchange_status(exchange) == 404);
        exchange_end(exchange);
    }
}

static void each_key_is_there_as_pem(void **state)
{
    struct bed *bed = *state;
    const struct key_set *keys = bed->worker->policy->keys;
    assert_int_equal(key_set_count(keys), 2);
    for (size_t i = 0; i < key_set_count(keys); ++i) {
        const struct signing_key *key = key_set_at(keys, i);
        char target[128];
        snprintf(target, sizeof(target), JWKS_PEM_PATH "%s.pem", key->kid);
        struct exchange *exchange = bed_get(bed, target);
        assert_int_equal(exchange_status(exchange), 200);
        check_slice("type", exchange_header(exchange, "content-type"), SLICE("application/x-pem-file"));
        check_slice("cache", exchange_header(exchange, "cache-control"), SLICE("public, max-age=300"));
        h2o_iovec_t pem = exchange_body(exchange);
        assert_null(memmem(pem.base, pem.len, "PRIVATE", 7));
        BIO *bio = BIO_new_mem_buf(pem.base, (int)pem.len);
        EVP_PKEY *read = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
        assert_int_equal(EVP_PKEY_eq(read, key->public_key), 1);
        EVP_PKEY_free(read);
        BIO_free(bio);
        exchange_end(exchange);
    }
}

/* --- all of them ------------------------------------------------------------------------------------------------- */

/* Item 113: nothing private, and each key can be told from the others without guessing. */
static void item_113_the_set_has_public_keys_only(void **state)
{
    static const char *const private_members[] = {"d", "p", "q", "dp", "dq", "qi", "k", "oth", "priv"};
    struct bed *bed = *state;
    struct exchange *exchange = bed_get(bed, JWKS_PATH);
    assert_int_equal(exchange_status(exchange), 200);
    check_slice("type", exchange_header(exchange, "content-type"), SLICE("application/json"));
    json_t *body = bed_json(exchange), *keys = json_object_get(body, "keys");
    assert_int_equal(json_object_size(body), 1);
    assert_int_equal(json_array_size(keys), 2); /* the next one is published before it signs */
    for (size_t i = 0; i < json_array_size(keys); ++i) {
        const json_t *key = json_array_get(keys, i);
        for (size_t j = 0; j < COUNT_OF(private_members); ++j)
            check(private_members[j], json_object_get(key, private_members[j]) == NULL);
        assert_string_equal(bed_string(key, "use"), "sig");
        assert_string_equal(bed_string(key, "alg"), "ES256");
        assert_string_equal(bed_string(key, "kty"), "EC");
        assert_int_equal(strlen(bed_string(key, "kid")), TOKEN_KID_BYTES);
    }
    assert_string_not_equal(bed_string(json_array_get(keys, 0), "kid"), bed_string(json_array_get(keys, 1), "kid"));
    assert_string_equal(bed_string(json_array_get(keys, 0), "kid"),
                        key_set_active(bed->worker->policy->keys, TOKEN_ES256)->kid);
    json_decref(body);
    exchange_end(exchange);
}

static void the_set_may_be_kept_and_changes_with_the_keys(void **state)
{
    struct bed *bed = *state;
    char headers[160];
    struct exchange *exchange = bed_get(bed, JWKS_PATH);
    h2o_iovec_t etag = exchange_header(exchange, "etag");
    check_slice("cache", exchange_header(exchange, "cache-control"), SLICE("public, max-age=300"));
    snprintf(headers, sizeof(headers), "origin: https://app.example\r\nif-none-match: %.*s\r\n", SLICE_ARGS(etag));
    exchange_end(exchange);

    const struct loopback_request again = {.method = "GET", .target = JWKS_PATH, .headers = headers};
    exchange = loopback_ask(bed->loopback, &again);
    assert_int_equal(exchange_status(exchange), 304);
    check_slice("cors", exchange_header(exchange, "access-control-allow-origin"), SLICE("*"));
    exchange_end(exchange);

    bed_build_policy(bed); /* with new keys */
    exchange = loopback_ask(bed->loopback, &again);
    assert_int_equal(exchange_status(exchange), 200);
    exchange_end(exchange);
}

/* The answer may still be on its way when the snapshot goes. */
static void an_answer_outlives_its_policy(void **state)
{
    struct bed *bed = *state;
    struct exchange *exchange = bed_get(bed, JWKS_PATH);
    bed_build_policy(bed);
    json_decref(bed_json(exchange));
    exchange_end(exchange);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_on_bed(what_names_no_key_is_not_found),        test_on_bed(each_key_is_there_as_pem),
        test_on_bed(item_113_the_set_has_public_keys_only), test_on_bed(the_set_may_be_kept_and_changes_with_the_keys),
        test_on_bed(an_answer_outlives_its_policy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
