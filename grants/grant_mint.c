/* SPDX-License-Identifier: Apache-2.0 */
#include "grants/grant.h"

#include "base/log.h"

#define US_PER_SECOND 1000000

/* A token does not outlive its client. The end of a client within a second counts as that second's end: the gateway
 * looks at the client too. */
static int64_t expiry_of(const struct grant_ask *ask)
{
    int64_t by_lifetime = ask->now_s + ask->api->token_seconds;
    int64_t by_client = ask->client->expires_us / US_PER_SECOND + (ask->client->expires_us % US_PER_SECOND != 0);
    return by_client < by_lifetime ? by_client : by_lifetime;
}

const struct signing_key *grant_signing_key(const struct grant_ask *ask, enum token_algorithm algorithm)
{
    const struct signing_key *key = key_set_active(ask->policy->keys, algorithm);
    if (key == NULL)
        log_event(LOG_LEVEL_ERROR, "no_active_signing_key", "\"algorithm\":\"%.*s\"",
                  SLICE_ARGS(token_algorithm_name(algorithm)));
    return key;
}

enum err grant_mint(struct grant_ask *ask, struct access_token *token, struct grant_yield *yield)
{
    const struct signing_key *key = grant_signing_key(ask, ask->api->algorithm);
    token->issuer = ask->issuer;
    token->audience = ask->api->audience;
    token->client_id = ask->client->client_id;
    token->application_id = ask->client->application_id;
    token->generation += ask->client->generation + (ask->link == NULL ? 0 : ask->link->generation);
    token->scope = ask->granted.text;
    token->issued_at = ask->now_s;
    token->expires_at = expiry_of(ask);
    if (key == NULL)
        return ERR_INTERNAL;
    if (token->expires_at <= token->issued_at) /* the client has ended since it was judged */
        return ERR_INVALID_CLIENT;
    if (!access_token_mint(ask->contexts, ask->pool, key, token, &yield->access_token))
        return ERR_INTERNAL;
    yield->expires_in = token->expires_at - ask->now_s;
    yield->jti = token->jti;
    return ERR_NONE;
}
