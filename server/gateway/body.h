/* SPDX-License-Identifier: Apache-2.0 */
/* The body of a write: strict JSON, with what its collection requires. What is stored is the text that was sent,
 * without the two members that the store keeps apart: Id and ExternalReferences. Numbers and unknown members stay as
 * they were written. */
#ifndef HALLMARK_GATEWAY_BODY_H
#define HALLMARK_GATEWAY_BODY_H

#include "base/err.h"
#include "client/policy.h"

struct body {
    h2o_iovec_t document;            /* a JSON object; in the pool or the text itself */
    h2o_iovec_t external_references; /* a JSON object {"system":"id"}; SLICE_NONE: none were sent */
    int64_t id;                      /* the member Id; 0: absent, null or zero */
};

struct body_fault {
    enum err err;       /* ERR_INVALID_JSON, ERR_INVALID_MEMBER, ERR_RECORD_TOO_LARGE */
    h2o_iovec_t where;  /* a JSON pointer; SLICE_NONE: the whole is meant */
    h2o_iovec_t detail; /* a sentence */
};

__attribute__((warn_unused_result)) bool body_read(h2o_mem_pool_t *pool, h2o_iovec_t text,
                                                   const struct collection *collection, struct body *out,
                                                   struct body_fault *fault);

#endif
