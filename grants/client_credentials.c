/* SPDX-License-Identifier: Apache-2.0 */
#include "grants/client_credentials.h"

#include "base/log.h"

#define US_PER_SECOND 1000000

static enum err check(struct grant_ask *ask)
{
    return grant_narrow_scope(ask, form_get(ask->form, SLICE("scope")), &ask->granted);
}

/* A token does not outlive its key. The end of a key within a second counts as that second's end: the gateway looks at
 * the key too. */
static int64_t expiry_of(const struct grant_ask *ask)
{
    int64_t by_lifetime = ask->now_s + ask->api->token_seconds;
    int64_t by_client = ask->client->expires_us / US_PER_SECOND + (ask->client->expires_us % US_PER_SECOND != 0);
    return by_client < by_lifetime ? by_client : by_lifetime;
}

/* Nobody stands behind the request but the client, so it is the subject itself (RFC 9068 section 2.2); a client id is
 * never a user's id. There is no refresh token: the client has its secret (RFC 6749 section 4.4.3). */
static enum err issue(struct grant_ask *ask, struct grant_yield *yield)
{
    const struct client *client = ask->client;
    const struct signing_key *key = key_set_active(ask->policy->keys, ask->api->algorithm);
    struct access_token token = {.issuer = ask->issuer,
                                 .audience = ask->api->audience,
                                 .subject = client->client_id,
                                 .client_id = client->client_id,
                                 .scope = ask->granted.text,
                                 .account_id = ask->account_id,
                                 .application_id = client->application_id,
                                 .generation = client->generation,
                                 .issued_at = ask->now_s,
                                 .expires_at = expiry_of(ask)};
    if (key == NULL) {
        log_event(LOG_LEVEL_ERROR, "no_active_signing_key", "\"algorithm\":\"%.*s\"",
                  SLICE_ARGS(token_algorithm_name(ask->api->algorithm)));
        return ERR_INTERNAL;
    }
    if (token.expires_at <= token.issued_at) /* the key has ended since the client was judged */
        return ERR_INVALID_CLIENT;
    if (!access_token_mint(ask->contexts, ask->pool, key, &token, &yield->access_token))
        return ERR_INTERNAL;
    yield->expires_in = token.expires_at - ask->now_s;
    /* What was asked is granted as a whole or refused, so it needs no repeating. */
    yield->scope = form_get(ask->form, SLICE("scope")).base == NULL ? token.scope : SLICE_NONE;
    yield->jti = token.jti;
    return ERR_NONE;
}

const struct grant client_credentials_grant = {
    .name = {(char *)"client_credentials", sizeof("client_credentials") - 1},
    .flags = GRANT_CONFIDENTIAL_ONLY | GRANT_OF_KEYS,
    .check = check,
    .issue = issue,
};
