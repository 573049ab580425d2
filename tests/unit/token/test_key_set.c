/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "token/key_seal.h"
#include "token_case.h"
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <pthread.h>

static const uint8_t other_master[DIGEST_BYTES] = "a master key of somebody else's";

static struct key_material row_of(h2o_mem_pool_t *pool, enum token_algorithm algorithm, const char *state,
                                  const char *jwk)
{
    EVP_PKEY *key = token_case_key_of_jwk(jwk);
    struct key_material row = token_case_row(pool, algorithm, state, key);
    EVP_PKEY_free(key);
    return row;
}

static struct key_material made_row(h2o_mem_pool_t *pool, enum token_algorithm algorithm, const char *state)
{
    struct made_key made;
    assert_true(key_make(pool, algorithm, token_case_master, &made));
    return (struct key_material){slice_copy(pool, slice_of(made.kid)), token_algorithm_name(algorithm), slice_of(state),
                                 made.public_der, made.sealed};
}

/* A good row goes before it and one after it: neither may leak, and the kid told is that of the bad one. */
static void check_refused(h2o_mem_pool_t *pool, const char *name, struct key_material bad)
{
    const struct key_material rows[] = {row_of(pool, TOKEN_EDDSA, "active", token_case_ed25519_jwk), bad,
                                        row_of(pool, TOKEN_RS256, "active", token_case_rsa_jwk)};
    const char *wrong = NULL;
    h2o_iovec_t wrong_kid = SLICE_NONE;
    check(name, key_set_create(rows, COUNT_OF(rows), token_case_master, &wrong, &wrong_kid) == NULL);
    check(name, wrong != NULL && strlen(wrong) > 0);
    check_slice(name, wrong_kid, bad.kid);
}

static void rows_with_wrong_words_are_refused(void **state)
{
    static const struct {
        const char *name, *algorithm, *state;
    } cases[] = {
        {"HS256", "HS256", "active"},
        {"none", "none", "active"},
        {"lower case", "es256", "active"},
        {"no algorithm", "", "active"},
        {"state withdrawn", "ES256", "withdrawn"},
        {"state in capitals", "ES256", "ACTIVE"},
        {"no state", "ES256", ""},
    };
    struct key_material good = row_of(pool_of(state), TOKEN_ES256, "active", token_case_p256_jwk);
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct key_material bad = good;
        bad.algorithm = slice_of(cases[i].algorithm);
        bad.state = slice_of(cases[i].state);
        check_refused(pool_of(state), cases[i].name, bad);
    }
}

static void rows_with_a_wrong_key_are_refused(void **state)
{
    h2o_mem_pool_t *pool = pool_of(state);
    struct key_material good = row_of(pool, TOKEN_ES256, "active", token_case_p256_jwk), bad = good;
    struct key_material other = made_row(pool, TOKEN_ES256, "active");
    bad.algorithm = SLICE("RS256");
    check_refused(pool, "another algorithm", bad);
    bad = good;
    bad.public_der = other.public_der;
    check_refused(pool, "public key of another row", bad);
    bad.kid = other.kid;
    check_refused(pool, "public key and kid of another row", bad);
    bad = good;
    bad.state = SLICE("retiring"); /* no seal says what its kid has to be */
    bad.kid = other.kid;
    check_refused(pool, "kid of another key", bad);
    bad.kid = SLICE("key-1");
    check_refused(pool, "kid that is no thumbprint", bad);
    bad.kid = (h2o_iovec_t){good.kid.base, good.kid.len - 1};
    check_refused(pool, "kid cut short", bad);
    bad.kid = SLICE("");
    check_refused(pool, "no kid", bad);
    bad = good;
    bad.public_der = SLICE("not DER");
    check_refused(pool, "no public key", bad);
    bad = row_of(pool, TOKEN_EDDSA, "active", token_case_ed25519_jwk);
    check_refused(pool, "the same key twice", bad);
}

static void rows_with_a_wrong_seal_are_refused(void **state)
{
    h2o_mem_pool_t *pool = pool_of(state);
    struct key_material good = row_of(pool, TOKEN_ES256, "active", token_case_p256_jwk), bad = good;
    struct key_material other = made_row(pool, TOKEN_ES256, "active");
    EVP_PKEY *other_key = EVP_EC_gen("P-256");
    bad.sealed = other.sealed;
    check_refused(pool, "seal of another row", bad);
    bad.sealed = SLICE_NONE;
    check_refused(pool, "no seal, active", bad);
    bad.state = SLICE("next");
    check_refused(pool, "no seal, next", bad);
    bad = good;
    assert_true(key_seal_close(pool, good.kid, TOKEN_ES256, other_key, token_case_master, &bad.sealed));
    check_refused(pool, "another private key under this kid", bad);
    assert_true(key_seal_close(pool, good.kid, TOKEN_ES256, other_key, other_master, &bad.sealed));
    check_refused(pool, "sealed under another master", bad);
    EVP_PKEY_free(other_key);
}

static struct key_set *set_of(const struct key_material *rows, size_t count)
{
    const char *wrong = NULL;
    h2o_iovec_t wrong_kid;
    struct key_set *set = key_set_create(rows, count, token_case_master, &wrong, &wrong_kid);
    if (set == NULL)
        fail_msg("%s", wrong);
    return set;
}

static void private_halves_are_there_for_keys_that_sign(void **state)
{
    h2o_mem_pool_t *pool = pool_of(state);
    struct key_material rows[] = {
        row_of(pool, TOKEN_ES256, "retiring", token_case_p256_jwk),
        row_of(pool, TOKEN_RS256, "next", token_case_rsa_jwk),
        row_of(pool, TOKEN_EDDSA, "active", token_case_ed25519_jwk),
    };
    rows[0].sealed = SLICE_NONE; /* of a retiring key nothing private is read */
    struct key_set *set = set_of(rows, COUNT_OF(rows));
    assert_int_equal(key_set_count(set), COUNT_OF(rows));
    for (size_t i = 0; i < COUNT_OF(rows); ++i) {
        const struct signing_key *key = key_set_at(set, i);
        assert_ptr_equal(key_set_find(set, rows[i].kid), key);
        assert_int_equal(key->index, i);
        assert_int_equal(key->generation, key_set_generation(set));
        assert_true((key->private_key != NULL) == (i != 0));
        assert_non_null(key->public_key);
        assert_true(slice_starts_with(key->pem, SLICE("-----BEGIN PUBLIC KEY-----\n")));
    }
    key_set_release(set);
}

static void only_the_active_key_signs(void **state)
{
    h2o_mem_pool_t *pool = pool_of(state);
    const struct key_material rows[] = {
        made_row(pool, TOKEN_ES256, "retiring"),
        made_row(pool, TOKEN_ES256, "next"),
        made_row(pool, TOKEN_ES256, "active"),
        row_of(pool, TOKEN_EDDSA, "next", token_case_ed25519_jwk),
        row_of(pool, TOKEN_RS256, "retiring", token_case_rsa_jwk),
    };
    struct key_set *set = set_of(rows, COUNT_OF(rows));
    assert_ptr_equal(key_set_active(set, TOKEN_ES256), key_set_at(set, 2));
    assert_null(key_set_active(set, TOKEN_EDDSA));
    assert_null(key_set_active(set, TOKEN_RS256));
    assert_null(key_set_active(set, TOKEN_PS256));
    key_set_release(set);
}

static void unknown_kids_find_nothing(void **state)
{
    h2o_mem_pool_t *pool = pool_of(state);
    struct key_material row = row_of(pool, TOKEN_ES256, "active", token_case_p256_jwk);
    struct key_set *set = set_of(&row, 1);
    h2o_iovec_t changed = slice_copy(pool, row.kid);
    changed.base[42] = changed.base[42] == 'A' ? 'B' : 'A';
    assert_null(key_set_find(set, SLICE_NONE));
    assert_null(key_set_find(set, SLICE("")));
    assert_null(key_set_find(set, changed));
    assert_null(key_set_find(set, (h2o_iovec_t){row.kid.base, row.kid.len - 1}));
    assert_null(key_set_find(set, slice_format(pool, "%.*s=", SLICE_ARGS(row.kid))));
    assert_non_null(key_set_find(set, row.kid));
    key_set_release(set);
}

static void an_empty_set_is_a_set(void **state)
{
    (void)state;
    struct key_set *set = set_of(NULL, 0);
    check_slice("JWKS", key_set_jwks(set), SLICE("{\"keys\":[]}"));
    assert_null(key_set_find(set, SLICE("")));
    assert_null(key_set_active(set, TOKEN_ES256));
    key_set_release(set);
    key_set_release(NULL);
}

static void jwks_has_every_key_and_the_active_ones_first(void **state)
{
    h2o_mem_pool_t *pool = pool_of(state);
    const struct key_material rows[] = {
        made_row(pool, TOKEN_ES256, "retiring"),
        made_row(pool, TOKEN_PS256, "next"),
        made_row(pool, TOKEN_ES256, "active"),
        row_of(pool, TOKEN_RS256, "active", token_case_rsa_jwk),
        row_of(pool, TOKEN_EDDSA, "retiring", token_case_ed25519_jwk),
    };
    static const size_t order[] = {2, 3, 1, 0, 4};
    _Static_assert(COUNT_OF(order) == COUNT_OF(rows), "each has its place");
    struct key_set *set = set_of(rows, COUNT_OF(rows));
    h2o_iovec_t text = key_set_jwks(set);
    json_t *jwks = json_loadb(text.base, text.len, JSON_REJECT_DUPLICATES, NULL);
    json_t *keys = json_object_get(jwks, "keys");
    assert_int_equal(json_object_size(jwks), 1);
    assert_int_equal(json_array_size(keys), COUNT_OF(rows));
    for (size_t i = 0; i < COUNT_OF(order); ++i) {
        json_t *own = json_loadb(key_set_at(set, order[i])->jwk.base, key_set_at(set, order[i])->jwk.len, 0, NULL);
        assert_true(json_equal(json_array_get(keys, i), own));
        check_slice("kid", slice_of(json_string_value(json_object_get(own, "kid"))), rows[order[i]].kid);
        json_decref(own);
    }
    json_decref(jwks);
    key_set_release(set);
}

static void sets_have_generations_of_their_own(void **state)
{
    (void)state;
    struct key_set *a = set_of(NULL, 0), *b = set_of(NULL, 0);
    assert_true(key_set_generation(a) != 0);
    assert_true(key_set_generation(a) != key_set_generation(b));
    key_set_release(a);
    key_set_release(b);
}

#define SHARES 20000

static void *share_and_release(void *cookie)
{
    for (int i = 0; i < SHARES; ++i) {
        struct key_set *set = key_set_share(cookie);
        assert_non_null(key_set_jwks(set).base);
        key_set_release(set);
    }
    return NULL;
}

static void threads_share_a_set(void **state)
{
    struct key_material row = row_of(pool_of(state), TOKEN_ES256, "active", token_case_p256_jwk);
    struct key_set *set = set_of(&row, 1);
    pthread_t threads[2];
    for (size_t i = 0; i < COUNT_OF(threads); ++i)
        assert_int_equal(pthread_create(&threads[i], NULL, share_and_release, set), 0);
    for (size_t i = 0; i < COUNT_OF(threads); ++i)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    check_slice("kid", slice_of(key_set_at(set, 0)->kid), row.kid);
    key_set_release(set);
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
        cmocka_unit_test(
            sets_have_generations_of_their_own), /* first, since the first set is the one that might have 0 */
        test_with_pool(rows_with_wrong_words_are_refused),
        test_with_pool(rows_with_a_wrong_key_are_refused),
        test_with_pool(rows_with_a_wrong_seal_are_refused),
        test_with_pool(private_halves_are_there_for_keys_that_sign),
        test_with_pool(only_the_active_key_signs),
        test_with_pool(unknown_kids_find_nothing),
        cmocka_unit_test(an_empty_set_is_a_set),
        test_with_pool(jwks_has_every_key_and_the_active_ones_first),
        test_with_pool(threads_share_a_set),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
