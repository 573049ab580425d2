/* SPDX-License-Identifier: Apache-2.0 */
#include "client/claims.h"

#include "base/limits.h"
#include "token/jws_header.h"

#include <inttypes.h>
#include <stdio.h>

#define NUMBER_BYTES_MAX 24 /* an int64 in decimal digits, and a NUL */
#define NUMBERS          4  /* that are written as texts */
#define US_PER_SECOND    1000000

/* --- checking ------------------------------------------------------------------------------------------------------
 */

enum jws_fault claims_check(const struct policy *policy, struct jws_contexts *contexts, h2o_mem_pool_t *pool,
                            h2o_iovec_t text, h2o_iovec_t issuer, const struct api *likely, int64_t now_s,
                            struct access_token *out)
{
    enum jws_fault fault = JWS_AUDIENCE;
    if (likely != NULL)
        fault = access_token_check(contexts, policy->keys, pool, text, issuer, likely->audience, now_s, out);
    for (const struct api *api = policy->apis; api <= policy->management && fault == JWS_AUDIENCE; ++api)
        fault = access_token_check(contexts, policy->keys, pool, text, issuer, api->audience, now_s, out);
    return fault;
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

static h2o_iovec_t append(char **at, h2o_iovec_t text)
{
    h2o_iovec_t copy = {memcpy(*at, text.base, text.len), text.len};
    *at += text.len;
    return copy;
}

static h2o_iovec_t append_number(char **at, int64_t number)
{
    char text[NUMBER_BYTES_MAX];
    int len = snprintf(text, sizeof(text), "%" PRId64, number);
    return append(at, (h2o_iovec_t){text, (size_t)len});
}

static struct scope_set append_scopes(char **at, const struct scope_set *scopes, h2o_iovec_t *tokens)
{
    for (size_t i = 0; i < scopes->count; ++i)
        tokens[i] = append(at, scopes->tokens[i]);
    return (struct scope_set){SLICE_NONE, tokens, scopes->count};
}

size_t claims_bytes(const struct access_token *token, const struct scope_set *scopes)
{
    return sizeof(struct claims) + token->client_id.len + token->audience.len + token->jti.len +
           NUMBERS * NUMBER_BYTES_MAX + scopes->text.len + scopes->count * sizeof(h2o_iovec_t);
}

struct claims *claims_write(void *block, const struct access_token *token, const struct scope_set *scopes)
{
    struct claims *claims = block;
    h2o_iovec_t *tokens = (h2o_iovec_t *)(claims + 1);
    char *at = (char *)(tokens + scopes->count);
    *claims = (struct claims){.account_id = token->account_id,
                              .application_id = token->application_id,
                              .generation = token->generation,
                              .issued_at = token->issued_at,
                              .expires_at = token->expires_at,
                              .user_id = token->user_id,
                              .grant_id = token->grant_id,
                              .family_id = token->family_id,
                              .scopes = append_scopes(&at, scopes, tokens)};
    claims->client_id = append(&at, token->client_id);
    claims->audience = append(&at, token->audience);
    claims->jti = append(&at, token->jti);
    claims->application = append_number(&at, token->application_id);
    claims->account = append_number(&at, token->account_id);
    claims->grant = append_number(&at, token->grant_id);
    claims->family = append_number(&at, token->family_id);
    return claims;
}

bool claims_note_key(struct claims *claims, const struct key_set *keys, h2o_iovec_t token_text)
{
    const struct signing_key *key = jws_header_known(keys, slice_cut(&token_text, '.'));
    claims->key_generation = key_set_generation(keys);
    if (key != NULL)
        memcpy(claims->kid, key->kid, sizeof(claims->kid));
    return key != NULL;
}

/* --- judging ------------------------------------------------------------------------------------------------------ */

bool claims_key_is_ours(struct claims *claims, const struct key_set *keys)
{
    if (claims->key_generation == key_set_generation(keys))
        return true;
    if (key_set_find(keys, slice_of(claims->kid)) == NULL)
        return false;
    claims->key_generation = key_set_generation(keys);
    return true;
}

/* On the way of every request: nearly always nothing is revoked, and then nothing is looked up. */
bool claims_revoked(const struct claims *claims, const struct policy *policy, int64_t now_us)
{
    bool is_revoked = policy_revoked(policy, SLICE("jti"), claims->jti, now_us) ||
                      policy_revoked(policy, SLICE("client"), claims->client_id, now_us) ||
                      policy_revoked(policy, SLICE("application"), claims->application, now_us) ||
                      policy_revoked(policy, SLICE("account"), claims->account, now_us);
    if (is_revoked || claims->user_id == 0)
        return is_revoked;
    return policy_revoked(policy, SLICE("family"), claims->family, now_us) ||
           policy_revoked(policy, SLICE("grant"), claims->grant, now_us);
}

bool claims_expired(const struct claims *claims, int64_t now_us)
{
    return now_us / US_PER_SECOND >= claims->expires_at;
}

static bool audience_fits(const struct claims *claims, const struct policy *policy, const struct api *api)
{
    return api == NULL ? policy_api_of_audience(policy, claims->audience) != NULL
                       : slice_equal(claims->audience, api->audience);
}

/* A token may lie in the future when it was remembered before the clock was set back. */
bool claims_good(struct claims *claims, const struct policy *policy, const struct api *api, int64_t now_us)
{
    return claims->issued_at <= now_us / US_PER_SECOND + LIMIT_CLOCK_SKEW_SECONDS && !claims_expired(claims, now_us) &&
           audience_fits(claims, policy, api) && claims_key_is_ours(claims, policy->keys) &&
           !claims_revoked(claims, policy, now_us);
}
