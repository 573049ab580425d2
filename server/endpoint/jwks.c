/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/jwks.h"

#include "http/reply.h"

/* A key is published a day before it signs, so this only bounds how long a withdrawn one is still believed by those who
 * cache. */
#define MAX_AGE_S 300

void jwks_start(struct call *call)
{
    reply_document(call, SLICE("application/json"), slice_copy(call->pool, key_set_jwks(call->worker->policy->keys)),
                   MAX_AGE_S);
}

void jwks_pem_start(struct call *call)
{
    static const h2o_iovec_t ending = SLICE(".pem");
    h2o_iovec_t kid = slice_from(call->path, sizeof(JWKS_PEM_PATH) - 1);
    const struct signing_key *key = NULL;
    if (kid.len == TOKEN_KID_BYTES + ending.len && slice_equal(slice_from(kid, TOKEN_KID_BYTES), ending))
        key = key_set_find(call->worker->policy->keys, (h2o_iovec_t){kid.base, TOKEN_KID_BYTES});
    if (key == NULL)
        reply_error(call, ERR_NOT_FOUND, SLICE("There is no signing key with this id."));
    else
        reply_document(call, SLICE("application/x-pem-file"), slice_copy(call->pool, key->pem), MAX_AGE_S);
}
