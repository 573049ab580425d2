/* SPDX-License-Identifier: Apache-2.0 */
#include "grants/grant.h"

struct counted { /* the scopes of a token, by where they are of use */
    size_t administrative, of_apis;
    h2o_iovec_t first; /* of the administrative ones */
};

/* history:read and the OpenID scopes go with either. */
static struct counted count(const struct scope_set *scopes)
{
    struct counted counted = {.administrative = 0};
    for (size_t i = 0; i < scopes->count; ++i) {
        h2o_iovec_t scope = scopes->tokens[i];
        if (scope_is_administrative(scope) && counted.administrative++ == 0)
            counted.first = scope;
        counted.of_apis +=
            !scope_is_administrative(scope) && !scope_is_identity(scope) && !slice_equal(scope, SLICE("history:read"));
    }
    return counted;
}

static enum err fail(struct grant_ask *ask, enum err err, h2o_iovec_t scope, const char *why)
{
    ask->detail = slice_format(ask->pool, "The scope %.*s is for the management API alone: %s resource=%.*s.",
                               SLICE_ARGS(scope), why, SLICE_ARGS(ask->policy->management->audience));
    return err;
}

static enum err choose(struct grant_ask *ask, const struct counted *counted, bool asked)
{
    bool has_both = counted->administrative > 0 && counted->of_apis > 0;
    if (ask->api != NULL)
        return ERR_NONE;
    if (has_both && asked)
        return fail(ask, ERR_INVALID_TARGET, counted->first,
                    "ask for it and for the scopes of an api in two requests, or, to hand the others on, with");
    if (counted->administrative > 0 && !has_both) {
        ask->api = ask->policy->management;
    } else if (ask->policy->api_count > 0) {
        ask->api = ask->policy->apis;
    } else {
        ask->detail = SLICE("There is no api here to issue tokens for.");
        return ERR_INVALID_TARGET;
    }
    return ERR_NONE;
}

static void leave_out(h2o_mem_pool_t *pool, struct scope_set *scopes)
{
    h2o_iovec_t *tokens = h2o_mem_alloc_pool(pool, (scopes->count + 1) * sizeof(*tokens));
    struct scope_set kept = {SLICE_NONE, tokens, 0}, all = *scopes;
    for (size_t i = 0; i < all.count; ++i)
        if (!scope_is_administrative(all.tokens[i]))
            tokens[kept.count++] = all.tokens[i];
    scope_set_intersect(pool, &all, &kept, scopes);
}

enum err grant_audience(struct grant_ask *ask, struct scope_set *scopes, bool asked)
{
    struct counted counted = count(scopes);
    enum err err = choose(ask, &counted, asked);
    if (err != ERR_NONE || counted.administrative == 0 || ask->api == ask->policy->management)
        return err;
    if (asked || counted.administrative == scopes->count)
        return fail(ask, ERR_INVALID_SCOPE, counted.first, "ask for it with");
    leave_out(ask->pool, scopes);
    return ERR_NONE;
}
