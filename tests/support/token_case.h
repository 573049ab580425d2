/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of server/token share: a set with one active key of each algorithm (the example keys of the RFCs where
 * there are any), and tokens put together by hand, so that every part of one can be wrong while the signature is right.
 */
#ifndef HALLMARK_TESTS_TOKEN_CASE_H
#define HALLMARK_TESTS_TOKEN_CASE_H

#include "token/jws.h"
#include "token/key_make.h"

/* RFC 7515 appendix A.2 and A.3, RFC 8037 appendix A.1. */
extern const char token_case_rsa_jwk[], token_case_p256_jwk[], token_case_ed25519_jwk[];

extern const uint8_t token_case_master[DIGEST_BYTES];

struct token_case {
    h2o_mem_pool_t pool;
    struct key_set *keys;
    struct jws_contexts *contexts;
    const struct signing_key *active[TOKEN_ALGORITHM__MAX];
};

/* For cmocka's group setup: *state is a struct token_case. */
int token_case_setup(void **state);
int token_case_teardown(void **state);

/* From a JWK with or without private members; aborts on anything else. */
EVP_PKEY *token_case_key_of_jwk(const char *jwk);

/* One row of a set; the texts are in the pool. Takes over nothing. */
struct key_material token_case_row(h2o_mem_pool_t *pool, enum token_algorithm algorithm, const char *state,
                                   EVP_PKEY *key);

h2o_iovec_t token_case_encode(h2o_mem_pool_t *pool, h2o_iovec_t bytes);

/* `text` with every "<kid>" replaced by the key's kid. */
h2o_iovec_t token_case_with_kid(h2o_mem_pool_t *pool, h2o_iovec_t text, const struct signing_key *key);

/* header.payload, encoded. */
h2o_iovec_t token_case_signing_input(h2o_mem_pool_t *pool, h2o_iovec_t header, h2o_iovec_t payload);

h2o_iovec_t token_case_join(h2o_mem_pool_t *pool, h2o_iovec_t signing_input, h2o_iovec_t signature);

/* A token with this very header and payload, signed as the key's algorithm wants it whatever the header says. "<kid>"
 * in the header is replaced. */
h2o_iovec_t token_case_sign(struct token_case *c, enum token_algorithm algorithm, h2o_iovec_t header,
                            h2o_iovec_t payload);

/* The last segment, decoded. */
h2o_iovec_t token_case_signature(h2o_mem_pool_t *pool, h2o_iovec_t token);

#endif
