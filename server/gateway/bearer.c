/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/bearer.h"

#include "base/cache.h"
#include "base/credential.h"
#include "gateway/ask.h"
#include "gateway/request.h"
#include "http/admission.h"
#include "http/worker.h"

#define SCHEME        "bearer"
#define US_PER_SECOND 1000000

/* --- the header ------------------------------------------------------------------------------------------------ */

/* A token in the address is written into logs and histories of browsers, so it is refused even when it comes alone. */
static bool has_token_elsewhere(const struct call *call)
{
    h2o_iovec_t name = SLICE("access_token");
    return request_has_field(call->pool, call->query, name) ||
           (request_media_is(call, SLICE("application/x-www-form-urlencoded")) &&
            request_has_field(call->pool, call->body, name));
}

static enum contract_step read_header(struct ask *ask, h2o_iovec_t *token_out)
{
    bool twice = false;
    h2o_iovec_t header = call_header(ask->call, SLICE("authorization"), &twice);
    if (twice)
        return ask_refuse(ask, ERR_TWO_CREDENTIALS, SLICE_NONE);
    if (has_token_elsewhere(ask->call))
        return ask_refuse(
            ask, ERR_TWO_CREDENTIALS,
            SLICE("An access token is taken from the Authorization header only, not from the query or a form."));
    if (header.base == NULL)
        return ask_refuse(ask, ERR_TOKEN_MISSING, SLICE_NONE);
    h2o_iovec_t token = header;
    h2o_iovec_t scheme = slice_cut(&token, ' ');
    if (!slice_equal_ignoring_case(scheme, SLICE(SCHEME)))
        return ask_refuse(ask, ERR_TOKEN_MISSING, SLICE_NONE);
    token = slice_trim(token);
    if (token.len == 0)
        return ask_refuse(ask, ERR_INVALID_TOKEN, SLICE_NONE);
    *token_out = token;
    return CONTRACT_PASSED;
}

/* --- the token --------------------------------------------------------------------------------------------------- */

/* The signature is checked against the audience of the api; at the plain path of the history that of any api of ours
 * will do. */
static enum jws_fault check_signature(const struct ask *ask, h2o_iovec_t text, struct access_token *out)
{
    struct worker *worker = ask->call->worker;
    const struct policy *policy = worker->policy;
    enum jws_fault fault = JWS_AUDIENCE;
    for (size_t i = 0; i < policy->api_count && fault == JWS_AUDIENCE; ++i)
        if (ask->target.api == NULL || ask->target.api == &policy->apis[i])
            fault = access_token_check(worker->jws, policy->keys, ask->call->pool, text, worker->settings->issuer,
                                       policy->apis[i].audience, ask->now_us / US_PER_SECOND, out);
    return fault;
}

/* The request gets claims of its own, since the cache may throw out what it was just given. */
static struct claims *remember(struct ask *ask, h2o_iovec_t text, h2o_iovec_t digest, const struct access_token *token,
                               const struct scope_set *scopes)
{
    struct worker *worker = ask->call->worker;
    size_t bytes = claims_bytes(token, scopes);
    struct claims *claims = claims_write(h2o_mem_alloc_pool(ask->call->pool, bytes), token, scopes);
    if (claims_note_key(claims, worker->policy->keys, text)) {
        struct claims *kept = claims_write(h2o_mem_alloc(bytes), token, scopes);
        claims_note_key(kept, worker->policy->keys, text);
        (void)cache_put(worker->tokens, digest, kept, bytes);
    }
    return claims;
}

/* Nobody but a person or the client itself is behind a token of ours (RFC 9068 section 2.2). */
static bool subject_fits(const struct access_token *token)
{
    return token->user_id != 0 || slice_equal(token->subject, token->client_id);
}

static struct claims *check_token(struct ask *ask, h2o_iovec_t text, h2o_iovec_t digest)
{
    struct access_token token;
    struct scope_set scopes = {SLICE_NONE, NULL, 0};
    enum jws_fault fault = check_signature(ask, text, &token);
    if (fault == JWS_OK && (!credential_check(CREDENTIAL_CLIENT_ID, token.client_id, NULL) || !subject_fits(&token) ||
                            scope_set_parse(ask->call->pool, token.scope, &scopes) != ERR_NONE))
        fault = JWS_CLAIM;
    if (fault == JWS_OK)
        return remember(ask, text, digest, &token, &scopes);
    ask->call->log_detail = slice_of(jws_fault_word(fault));
    return NULL;
}

static struct claims *find_claims(struct ask *ask, h2o_iovec_t text)
{
    struct worker *worker = ask->call->worker;
    uint8_t digest[DIGEST_BYTES];
    h2o_iovec_t key = {(char *)digest, sizeof(digest)};
    secret_digest(digest, text);
    struct claims *claims = cache_find(worker->tokens, key);
    if (claims == NULL) {
        worker_count(&worker->counters.token_cache_misses);
        return check_token(ask, text, key);
    }
    worker_count(&worker->counters.token_cache_hits);
    return claims;
}

/* --- judging --------------------------------------------------------------------------------------------------- */

static bool audience_fits(const struct claims *claims, const struct policy *policy, const struct api *api)
{
    return api == NULL ? policy_api_of_audience(policy, claims->audience) != NULL
                       : slice_equal(claims->audience, api->audience);
}

/* The client as it is now, beside what the token said of it. An application acts for persons alone, and for any
 * account when it is known to all; a key acts for nobody, and in its own account unless it is an office's. */
static bool client_fits(const struct claims *claims, const struct client *client, int64_t now_us)
{
    enum err usable;
    if (client == NULL || claims->account_id == 0 || claims->generation != client->generation ||
        claims->application_id != client->application_id)
        return false;
    if (client_is_application(client) != (claims->user_id != 0))
        return false;
    bool serves_all = client->account_id == 0 ? client_is_application(client) : client->office;
    if (client->account_id != claims->account_id && !serves_all)
        return false;
    usable = client_usable(client, now_us, false);
    return usable != ERR_INVALID_TOKEN;
}

/* The person whom the token speaks for, and their account: an application's own (account 0) says nothing of it. */
static bool member_fits(const struct principal *principal)
{
    enum err usable = principal->claims->user_id == 0 ? ERR_NONE : member_usable(principal->member);
    return usable != ERR_INVALID_TOKEN;
}

static enum contract_step judge_claims(struct ask *ask)
{
    struct claims *claims = ask->principal.claims;
    const struct policy *policy = ask->call->worker->policy;
    int64_t now_s = ask->now_us / US_PER_SECOND;
    if (claims->issued_at > now_s + LIMIT_CLOCK_SKEW_SECONDS) /* it was remembered before the clock was set back */
        return ask_refuse(ask, ERR_INVALID_TOKEN, SLICE_NONE);
    if (now_s >= claims->expires_at)
        return ask_refuse(ask, ERR_INVALID_TOKEN, SLICE("The access token has expired; get a new one."));
    if (!audience_fits(claims, policy, ask->target.api) || !claims_key_is_ours(claims, policy->keys) ||
        claims_revoked(claims, policy, ask->now_us))
        return ask_refuse(ask, ERR_INVALID_TOKEN, SLICE_NONE);
    return CONTRACT_PASSED;
}

bool principal_needs_link(const struct principal *principal)
{
    return principal->client->office && principal->claims->account_id != principal->client->account_id;
}

/* What the link says of rights is asked later; that its account is closed, or the office's own revoked, ends the token
 * as it ends any other. */
static bool link_fits(const struct principal *principal, const struct policy *policy, int64_t now_us)
{
    return (principal->link == NULL || principal->link->account_active) &&
           !policy_revoked_client(policy, principal->client, now_us);
}

static enum contract_step judge_principal(struct ask *ask)
{
    const struct principal *principal = &ask->principal;
    const struct client *client = principal->client;
    if (!client_fits(principal->claims, client, ask->now_us) || !member_fits(principal) ||
        (principal_needs_link(principal) && !link_fits(principal, ask->call->worker->policy, ask->now_us)))
        return ask_refuse(ask, ERR_INVALID_TOKEN, SLICE_NONE);
    ask->call->log_client = slice_copy(ask->call->pool, client->client_id);
    ask->call->log_account = ask->principal.claims->account_id;
    if (!admission_from_here(ask->call, client, &ask->refusal))
        return CONTRACT_REFUSED;
    return admission_pass(ask->call, client, ask->now_us, &ask->refusal) ? CONTRACT_PASSED : CONTRACT_REFUSED;
}

/* --- in order of time ------------------------------------------------------------------------------------------ */

static void refuse_blind(struct ask *ask)
{
    struct refusal refusal = {.err = ERR_POLICY_STALE};
    contract_refuse(ask->call, CONTRACT_CREDENTIAL, &refusal);
}

static void refuse_client(struct ask *ask, enum db_outcome outcome)
{
    struct refusal refusal = {.err = ERR_OVERLOADED,
                              .api = policy_api_of_path(ask->call->worker->policy, ask->call->path)};
    if (outcome == DB_DONE)
        refusal.err = ERR_INVALID_TOKEN;
    if (outcome == DB_REFUSED)
        refusal.err = ERR_INTERNAL;
    contract_refuse(ask->call, CONTRACT_CREDENTIAL, &refusal);
}

/* False, and the call is over, when what was read did not come or sight was lost meanwhile. */
static bool has_come(struct ask *ask, enum db_outcome outcome)
{
    bool is_blind = ask->call->worker->policy == NULL;
    if (is_blind)
        refuse_blind(ask);
    else if (outcome != DB_DONE)
        refuse_client(ask, outcome);
    return !is_blind && outcome == DB_DONE;
}

static void client_came(enum db_outcome outcome, struct client *client, void *cookie)
{
    struct ask *ask = cookie;
    ask->fetch = NULL;
    if (!has_come(ask, outcome))
        return;
    if (client == NULL) {
        refuse_client(ask, outcome);
        return;
    }
    client_share(client);
    ask->principal.client = client;
    contract_run(ask);
}

static enum contract_step find_client(struct ask *ask)
{
    struct worker *worker = ask->call->worker;
    h2o_iovec_t client_id = ask->principal.claims->client_id;
    struct client *client = client_book_find(worker->clients, client_id);
    if (client == NULL) {
        worker_count(&worker->counters.client_cache_misses);
        ask->fetch = client_book_fetch(worker->clients, client_id, client_came, ask);
        ask->principal.claims = NULL; /* found again afterwards: a token lives in the cache, not in the ask */
        return CONTRACT_LEFT;
    }
    worker_count(&worker->counters.client_cache_hits);
    client_share(client);
    ask->principal.client = client;
    return CONTRACT_PASSED;
}

static void link_came(enum db_outcome outcome, struct office_link *link, void *cookie)
{
    struct ask *ask = cookie;
    ask->link_fetch = NULL;
    if (!has_come(ask, outcome))
        return;
    if (link != NULL)
        office_link_share(link);
    ask->principal.link = link;
    ask->principal.linked = true;
    contract_run(ask);
}

static enum contract_step find_link(struct ask *ask)
{
    struct worker *worker = ask->call->worker;
    const struct claims *claims = ask->principal.claims;
    struct office_link *link = link_book_find(worker->links, claims->client_id, claims->account_id);
    if (link == NULL) {
        worker_count(&worker->counters.link_cache_misses);
        ask->link_fetch = link_book_fetch(worker->links, claims->client_id, claims->account_id, link_came, ask);
        ask->principal.claims = NULL;
        return CONTRACT_LEFT;
    }
    worker_count(&worker->counters.link_cache_hits);
    office_link_share(link);
    ask->principal.link = link;
    ask->principal.linked = true;
    return CONTRACT_PASSED;
}

static void member_came(enum db_outcome outcome, struct member *member, void *cookie)
{
    struct ask *ask = cookie;
    ask->member_fetch = NULL;
    if (!has_come(ask, outcome))
        return;
    if (member != NULL)
        member_share(member);
    ask->principal.member = member;
    ask->principal.met = true;
    contract_run(ask);
}

static enum contract_step find_member(struct ask *ask)
{
    struct worker *worker = ask->call->worker;
    const struct claims *claims = ask->principal.claims;
    struct member *member = member_book_find(worker->members, claims->account_id, claims->user_id);
    if (member == NULL) {
        worker_count(&worker->counters.member_cache_misses);
        ask->member_fetch = member_book_fetch(worker->members, claims->account_id, claims->user_id, member_came, ask);
        ask->principal.claims = NULL;
        return CONTRACT_LEFT;
    }
    worker_count(&worker->counters.member_cache_hits);
    member_share(member);
    ask->principal.member = member;
    ask->principal.met = true;
    return CONTRACT_PASSED;
}

static enum contract_step read_token(struct ask *ask)
{
    h2o_iovec_t token = SLICE_NONE;
    enum contract_step step = read_header(ask, &token);
    if (step != CONTRACT_PASSED)
        return step;
    ask->principal.claims = find_claims(ask, token);
    return ask->principal.claims != NULL ? CONTRACT_PASSED : ask_refuse(ask, ERR_INVALID_TOKEN, SLICE_NONE);
}

enum contract_step bearer_check(struct ask *ask)
{
    enum contract_step step = read_token(ask);
    if (step == CONTRACT_PASSED)
        step = judge_claims(ask);
    if (step == CONTRACT_PASSED && ask->principal.client == NULL)
        step = find_client(ask);
    if (step == CONTRACT_PASSED && principal_needs_link(&ask->principal) && !ask->principal.linked)
        step = find_link(ask);
    if (step == CONTRACT_PASSED && ask->principal.claims->user_id != 0 && !ask->principal.met)
        step = find_member(ask);
    return step == CONTRACT_PASSED ? judge_principal(ask) : step;
}
