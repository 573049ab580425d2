/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of scope-tokens (RFC 6749 section 3.3). A permission is the same words held by a member. */
#ifndef HALLMARK_BASE_SCOPE_H
#define HALLMARK_BASE_SCOPE_H

#include "base/err.h"
#include "base/slice.h"

/* Sorted, without repeats. `text` is the canonical form: the tokens in this order, one space between. The whole set is
 * one allocation when made by scope_set_parse. */
struct scope_set {
    h2o_iovec_t text;
    h2o_iovec_t *tokens;
    size_t count;
};

/* Parses a space-separated list. pool NULL: one malloc block that scope_set_free frees. ERR_INVALID_SCOPE on a
 * character outside %x21 / %x23-5B / %x5D-7E, a token longer than LIMIT_SCOPE_BYTES_MAX, more than LIMIT_SCOPES_MAX
 * tokens, a leading, trailing or double space. An empty text is the empty set. Linear but for sorting: a megabyte is
 * refused at once. */
__attribute__((warn_unused_result)) enum err scope_set_parse(h2o_mem_pool_t *pool, h2o_iovec_t text,
                                                             struct scope_set *out);

void scope_set_free(struct scope_set *set); /* only for sets parsed with pool NULL; wipes nothing, clears the struct */

bool scope_set_has(const struct scope_set *set, h2o_iovec_t token);
bool scope_set_covers(const struct scope_set *set, const struct scope_set *subset);

/* The tokens that stand in both; in the pool. */
void scope_set_intersect(h2o_mem_pool_t *pool, const struct scope_set *a, const struct scope_set *b,
                         struct scope_set *out);

/* The first token of `subset` that `set` has not; SLICE_NONE when it covers it. For messages. */
h2o_iovec_t scope_set_missing(const struct scope_set *set, const struct scope_set *subset);

/* One of OpenID's scopes: what an application may know of a person. Nobody has them as a permission. */
bool scope_is_identity(h2o_iovec_t token);

/* Each of them. */
#define SCOPE_IDENTITY_COUNT 4
h2o_iovec_t scope_identity_at(size_t index);

/* Words of the management API (keys:write, all-accounts:read, ...): no token has them but one for that API alone. The
 * history's own, history:read, is none: histories are read at the apis too. No collection has such a name
 * (hallmark.collection's checks). */
bool scope_is_administrative(h2o_iovec_t token);

/* True for a well-formed scope-token. */
bool scope_token_ok(h2o_iovec_t token);

#endif
