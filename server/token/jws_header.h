/* SPDX-License-Identifier: Apache-2.0 */
/* The header of a JWS: written once per key, read strictly from everybody. */
#ifndef HALLMARK_TOKEN_JWS_HEADER_H
#define HALLMARK_TOKEN_JWS_HEADER_H

#include "token/jws.h"

/* {"alg":...,"kid":...,"typ":...}, encoded; in the pool. */
h2o_iovec_t jws_header_write(h2o_mem_pool_t *pool, const struct signing_key *key, h2o_iovec_t type);

/* The key whose own access token header this is, byte for byte; NULL when it is some other header. */
const struct signing_key *jws_header_known(const struct key_set *keys, h2o_iovec_t encoded);

/* Reads a decoded header: the only way to a key for what jws_header_known does not know. */
__attribute__((warn_unused_result)) enum jws_fault
jws_header_read(const struct key_set *keys, h2o_iovec_t type, h2o_iovec_t json, const struct signing_key **key_out);

#endif
