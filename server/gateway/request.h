/* SPDX-License-Identifier: Apache-2.0 */
/* What the gateway reads from the head of a request: query parameters, the media type, conditions (RFC 9110 section 13)
 * and the Idempotency-Key. */
#ifndef HALLMARK_GATEWAY_REQUEST_H
#define HALLMARK_GATEWAY_REQUEST_H

#include "base/form.h"
#include "gateway/contract.h"

/* True when such a field stands in form-encoded text, whether or not the rest of it is well formed. */
bool request_has_field(h2o_mem_pool_t *pool, h2o_iovec_t encoded, h2o_iovec_t name);

/* True when Content-Type comes once and is this type; parameters behind it count not, but for a charset other than
 * UTF-8. */
bool request_media_is(const struct call *call, h2o_iovec_t media_type);

/* Reads the query; refuses with invalid_query. */
enum contract_step request_query(struct ask *ask, struct form *out);

/* A decimal number of a query parameter, at most `max`; *out is untouched when it is absent. Refuses with
 * invalid_query. Blanks around it do not count: public clients of Comarch ERP XT write "$skip=0 &$top=5". */
enum contract_step request_number(struct ask *ask, const struct form *query, h2o_iovec_t name, int64_t max,
                                  int64_t *out);

/* If-Match of a write: "*" or one strong tag that is a version. *version_out is 0 for any. Refuses with invalid_header;
 * If-None-Match too, since no write here can keep its promise. */
enum contract_step request_expected_version(struct ask *ask, int64_t *version_out);

/* True when If-None-Match has this version's tag, or is "*". */
bool request_has_version(const struct call *call, int64_t version);

/* The Idempotency-Key, with or without quotes; SLICE_NONE when absent. Refuses with invalid_header. */
enum contract_step request_idempotency_key(struct ask *ask, h2o_iovec_t *key_out);

/* The SHA-256 of some bytes; in the pool. */
h2o_iovec_t request_digest_of(h2o_mem_pool_t *pool, h2o_iovec_t bytes);

/* The digest of a whole request: method, path and body. */
h2o_iovec_t request_digest(const struct call *call);

/* The strong entity tag of a version, for ETag: "12" with its quotes; in the pool. */
h2o_iovec_t request_tag(h2o_mem_pool_t *pool, int64_t version);

#endif
