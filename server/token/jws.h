/* SPDX-License-Identifier: Apache-2.0 */
/* JSON Web Signature, compact form (RFC 7515), strictly: the key decides the algorithm, never the header (RFC 8725
 * section 3.1). */
#ifndef HALLMARK_TOKEN_JWS_H
#define HALLMARK_TOKEN_JWS_H

#include "token/key_set.h"
#include <jansson.h>

/* One thread's contexts, one per key and direction, made on first use and kept (a fresh one costs a seventh of a
 * signature). */
struct jws_contexts;
struct jws_contexts *jws_contexts_create(void);
void jws_contexts_destroy(struct jws_contexts *contexts);

/* header.payload.signature in the pool. `type` is the typ value, such as "at+jwt"; the header has alg, kid, typ and
 * nothing else. False also when the token would be longer than LIMIT_TOKEN_BYTES_MAX. */
__attribute__((warn_unused_result)) bool jws_sign(struct jws_contexts *contexts, h2o_mem_pool_t *pool,
                                                  const struct signing_key *key, h2o_iovec_t type, h2o_iovec_t payload,
                                                  h2o_iovec_t *token_out);

/* For our log and the tests; a client hears only that the token is not valid. */
enum jws_fault {
    JWS_OK,
    JWS_TOO_LONG,
    JWS_SEGMENTS,    /* not exactly three, or an empty one */
    JWS_ENCODING,    /* base64url that is not canonical */
    JWS_HEADER,      /* not a JSON object, duplicate members, wrong types */
    JWS_TYPE,        /* typ is not the expected one (compared without case, with or without "application/") */
    JWS_CRITICAL,    /* crit or b64 present */
    JWS_UNKNOWN_KEY, /* no kid, or none of ours */
    JWS_ALGORITHM,   /* alg is not the key's */
    JWS_SIGNATURE,
    JWS_PAYLOAD, /* not a JSON object, duplicate members */
    JWS_CLAIM,   /* a claim is missing or has the wrong type */
    JWS_ISSUER,
    JWS_AUDIENCE,
    JWS_NOT_YET,
    JWS_EXPIRED,
    JWS_FAULT__MAX,
};
const char *jws_fault_word(enum jws_fault fault); /* "signature", ... */

/* Checks form, header and signature, and hands the payload over as jansson object (the caller decrefs). jku, x5u, jwk,
 * x5c in the header are never followed or read. */
__attribute__((warn_unused_result)) enum jws_fault jws_verify(struct jws_contexts *contexts, const struct key_set *keys,
                                                              h2o_iovec_t type, h2o_iovec_t token,
                                                              json_t **payload_out);

#endif
