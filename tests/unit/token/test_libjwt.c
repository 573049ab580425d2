/* SPDX-License-Identifier: Apache-2.0 */
/* libjwt as second implementation: what one signs the other accepts, for the algorithms and the one typ that libjwt
 * knows. */
#include "check.h"

#include "token_case.h"
#include <jwt.h>
#include <openssl/pem.h>

#define CLAIMS "{\"sub\":\"somebody\",\"n\":7,\"list\":[1,\"two\"]}"

static const struct {
    enum token_algorithm ours;
    jwt_alg_t theirs;
} algorithms[] = {{TOKEN_ES256, JWT_ALG_ES256}, {TOKEN_RS256, JWT_ALG_RS256}};

static void libjwt_accepts_what_we_sign(void **state)
{
    struct token_case *c = *state;
    for (size_t i = 0; i < COUNT_OF(algorithms); ++i) {
        const struct signing_key *key = c->active[algorithms[i].ours];
        h2o_iovec_t token;
        for (unsigned round = 0; round < 50; ++round) {
            jwt_t *jwt = NULL;
            assert_true(jws_sign(c->contexts, &c->pool, key, SLICE("JWT"), SLICE(CLAIMS), &token));
            assert_int_equal(jwt_decode(&jwt, token.base, (const uint8_t *)key->pem.base, (int)key->pem.len), 0);
            assert_int_equal(jwt_get_alg(jwt), algorithms[i].theirs);
            check_slice("sub", slice_of(jwt_get_grant(jwt, "sub")), SLICE("somebody"));
            check_slice("kid", slice_of(jwt_get_header(jwt, "kid")), slice_of(key->kid));
            jwt_free(jwt);
        }
    }
}

static void libjwt_refuses_what_we_sign_when_it_was_changed(void **state)
{
    struct token_case *c = *state;
    for (size_t i = 0; i < COUNT_OF(algorithms); ++i) {
        const struct signing_key *key = c->active[algorithms[i].ours];
        h2o_iovec_t token;
        jwt_t *jwt = NULL;
        assert_true(jws_sign(c->contexts, &c->pool, key, SLICE("JWT"), SLICE(CLAIMS), &token));
        char *changed = strrchr(token.base, '.') + 10;
        *changed = *changed == 'A' ? 'B' : 'A';
        assert_int_not_equal(jwt_decode(&jwt, token.base, (const uint8_t *)key->pem.base, (int)key->pem.len), 0);
    }
}

static void we_accept_what_libjwt_signs(void **state)
{
    struct token_case *c = *state;
    for (size_t i = 0; i < COUNT_OF(algorithms); ++i) {
        const struct signing_key *key = c->active[algorithms[i].ours];
        BIO *bio = BIO_new(BIO_s_mem());
        char *pem;
        assert_int_equal(PEM_write_bio_PrivateKey(bio, key->private_key, NULL, NULL, 0, NULL, NULL), 1);
        long pem_len = BIO_get_mem_data(bio, &pem);
        for (unsigned round = 0; round < 50; ++round) {
            jwt_t *jwt = NULL;
            json_t *claims = NULL, *wanted = json_loads(CLAIMS, 0, NULL);
            assert_int_equal(jwt_new(&jwt), 0);
            assert_int_equal(jwt_add_grants_json(jwt, CLAIMS), 0);
            assert_int_equal(jwt_add_header(jwt, "kid", key->kid), 0);
            assert_int_equal(jwt_set_alg(jwt, algorithms[i].theirs, (const uint8_t *)pem, (int)pem_len), 0);
            char *token = jwt_encode_str(jwt);
            assert_int_equal(jws_verify(c->contexts, c->keys, SLICE("JWT"), slice_of(token), &claims), JWS_OK);
            assert_true(json_equal(claims, wanted));
            assert_int_equal(jws_verify(c->contexts, c->keys, SLICE("at+jwt"), slice_of(token), &claims), JWS_TYPE);
            json_decref(claims);
            json_decref(wanted);
            free(token);
            jwt_free(jwt);
        }
        BIO_free(bio);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(libjwt_accepts_what_we_sign),
        cmocka_unit_test(libjwt_refuses_what_we_sign_when_it_was_changed),
        cmocka_unit_test(we_accept_what_libjwt_signs),
    };
    return cmocka_run_group_tests(tests, token_case_setup, token_case_teardown);
}
