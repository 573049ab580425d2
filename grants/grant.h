/* SPDX-License-Identifier: Apache-2.0 */
/* A grant is a row: its name, the parameters it declares, its flags, a pure check, an optional look-up, and what it
 * issues. Client authentication has been done before any of it, once for all grants. */
#ifndef HALLMARK_GRANTS_GRANT_H
#define HALLMARK_GRANTS_GRANT_H

#include "base/err.h"
#include "base/form.h"
#include "client/client_book.h"
#include "client/policy.h"
#include "token/access_token.h"

enum grant_flag {
    GRANT_CONFIDENTIAL_ONLY = 1, /* a public client gets unauthorized_client */
};

struct grant_ask { /* what a token request wants; lives in the request's pool */
    h2o_mem_pool_t *pool;
    const struct form *form;
    const struct policy *policy;
    const struct client *client;
    struct jws_contexts *contexts;
    h2o_iovec_t issuer;
    const struct api *api; /* the audience: by `resource`, by the token path, or the default */
    int64_t now_s;
    struct scope_set granted; /* set by check: what issue is going to grant */
    h2o_iovec_t detail;       /* set beside an error: one sentence for the developer */
};

struct grant_yield { /* what a grant hands back */
    h2o_iovec_t access_token;
    int64_t expires_in;
    h2o_iovec_t scope; /* SLICE_NONE when it equals what was asked (then the answer leaves it out) */
    h2o_iovec_t jti;   /* for the log */
};

struct grant {
    h2o_iovec_t name;
    unsigned flags;
    enum err (*check)(struct grant_ask *ask); /* pure: of the ask it sets granted, or detail */
    enum err (*issue)(struct grant_ask *ask, struct grant_yield *yield); /* what needs no database */
};

const struct grant *grant_find(h2o_iovec_t name);
size_t grant_count(void);
const struct grant *grant_at(size_t index); /* for the metadata */

/* The api that a token request is for (RFC 8707): each `resource` must be the audience of one api; two different ones
 * are ERR_INVALID_TARGET; none: the api whose token path was used, else the first api. ERR_INVALID_TARGET when there is
 * none. */
__attribute__((warn_unused_result)) enum err grant_target(const struct policy *policy, const struct form *form,
                                                          const struct api *of_token_path, const struct api **out,
                                                          h2o_iovec_t *detail_out);

/* Narrows: what was asked (parameter scope, SLICE_NONE: everything) against what the client may now. ERR_INVALID_SCOPE
 * names the first scope that it may not. Without a parameter the result is the whole effective set. */
__attribute__((warn_unused_result)) enum err grant_narrow_scope(struct grant_ask *ask, h2o_iovec_t asked,
                                                                struct scope_set *out);

#endif
