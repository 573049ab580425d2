/* SPDX-License-Identifier: Apache-2.0 */
/* Raw signatures in the form of JOSE (RFC 7518 section 3, RFC 8037) under the contexts of one thread. A context belongs
 * to a key by the generation of its set and its index; the first key of another set drops all that were kept. */
#ifndef HALLMARK_TOKEN_JWS_CONTEXTS_H
#define HALLMARK_TOKEN_JWS_CONTEXTS_H

#include "token/jws.h"

/* Of every signature that this key makes, to the byte. */
size_t jws_contexts_signature_bytes(const struct signing_key *key);

/* The key has its private half. `signature_out` has room for jws_contexts_signature_bytes. */
__attribute__((warn_unused_result)) bool jws_contexts_sign(struct jws_contexts *contexts, const struct signing_key *key,
                                                           h2o_iovec_t bytes, uint8_t *signature_out);

__attribute__((warn_unused_result)) bool jws_contexts_check(struct jws_contexts *contexts,
                                                            const struct signing_key *key, h2o_iovec_t bytes,
                                                            h2o_iovec_t signature);

#endif
