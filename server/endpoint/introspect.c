/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/introspect.h"

#include "base/clock.h"
#include "client/right.h"
#include "endpoint/authentication.h"
#include "endpoint/introspect_answer.h"
#include "http/principal_search.h"
#include "store/store_refresh.h"

#define US_PER_SECOND 1000000

struct introspect_call { /* in the request's pool */
    struct authentication authentication;
    struct store_refresh_call *refresh_call; /* under way; NULL: none */
    struct refresh_row *refresh;             /* as it was read, in the pool; NULL: there is none */
    bool refresh_read;
    struct principal principal;
    struct principal_search search;
};

/* --- ends -------------------------------------------------------------------------------------------------------- */

static void introspect_gone(void *cookie)
{
    struct introspect_call *introspect = cookie;
    store_refresh_cancel(&introspect->refresh_call);
    principal_search_end(&introspect->search);
    authentication_end(&introspect->authentication);
}

/* What was read, or was not: client and policy may have changed meanwhile, so all is judged anew. */
static void go_on(struct introspect_call *introspect, enum db_outcome outcome)
{
    if (!authentication_failed_read(&introspect->authentication, outcome))
        authentication_again(&introspect->authentication);
}

/* --- 1: who asks about what --------------------------------------------------------------------------------------- */

static void introspect_known(struct authentication *authentication, const struct client *client);

void introspect_start(struct call *call)
{
    struct introspect_call *introspect = h2o_mem_alloc_pool(call->pool, sizeof(*introspect));
    *introspect =
        (struct introspect_call){.authentication = {.call = call, .known = introspect_known, .always_challenge = true}};
    call_on_gone(call, introspect_gone, introspect);
    authentication_start(&introspect->authentication);
}

/* Without a secret nothing is proven: whoever has an application's name could ask (RFC 7662 section 2.1). */
static bool may_ask(struct introspect_call *introspect, const struct client *client, h2o_iovec_t token)
{
    struct refusal refusal = {.err = ERR_NONE};
    if (client->is_public)
        refusal = (struct refusal){.err = ERR_INVALID_CLIENT,
                                   .detail = SLICE("Only a client that has a secret may ask about tokens.")};
    else if (token.base == NULL)
        refusal = (struct refusal){.err = ERR_INVALID_REQUEST, .detail = SLICE("The parameter token is missing.")};
    if (refusal.err != ERR_NONE)
        authentication_refuse(&introspect->authentication, refusal);
    return refusal.err == ERR_NONE;
}

/* --- 2: a refresh token ------------------------------------------------------------------------------------------- */

static void refresh_found(enum db_outcome outcome, const struct refresh_row *row, void *cookie)
{
    struct introspect_call *introspect = cookie;
    h2o_mem_pool_t *pool = introspect->authentication.call->pool;
    introspect->refresh_call = NULL;
    introspect->refresh_read = true;
    if (row != NULL) {
        introspect->refresh = h2o_mem_alloc_pool(pool, sizeof(*row));
        *introspect->refresh = *row;
        introspect->refresh->scopes = slice_copy(pool, row->scopes);
        introspect->refresh->resource = slice_copy(pool, row->resource);
    }
    go_on(introspect, outcome);
}

static void read_refresh_token(struct introspect_call *introspect, const struct client *client, h2o_iovec_t token,
                               int64_t account_id)
{
    uint8_t digest[DIGEST_BYTES];
    secret_digest(digest, token);
    introspect->refresh_call = store_refresh_find(introspect->authentication.call->worker->db, account_id, digest,
                                                  client->client_id, refresh_found, introspect);
}

/* As an access token of the same family would say it, so that one judgement is for both. */
static struct claims *claims_of_refresh(h2o_mem_pool_t *pool, const struct client *client, int64_t account_id,
                                        const struct refresh_row *row)
{
    struct scope_set scopes;
    struct access_token token = {.audience = row->resource,
                                 .client_id = client->client_id,
                                 .jti = SLICE(""),
                                 .account_id = account_id,
                                 .application_id = client->application_id,
                                 .generation = client->generation + row->generation,
                                 .issued_at = row->issued_us / US_PER_SECOND,
                                 .expires_at = row->ends_us / US_PER_SECOND,
                                 .user_id = row->user_id,
                                 .grant_id = row->grant_id,
                                 .family_id = row->family_id};
    if (scope_set_parse(pool, row->scopes, &scopes) != ERR_NONE) /* the schema's checks rule it out */
        return NULL;
    return claims_write(h2o_mem_alloc_pool(pool, claims_bytes(&token, &scopes)), &token, &scopes);
}

/* --- 3: what it is worth ------------------------------------------------------------------------------------------ */

/* Lives in one turn of the loop. */
struct question {
    struct introspect_asker asker;
    const struct policy *policy;
    h2o_iovec_t token;
    bool is_refresh;
    int64_t account_id, now_us; /* the account of a refresh token: its route */
    const struct api *told_as;  /* the asker's api, or NULL: it asks about its own token */
};

/* Each judgement is SLICE_NONE, or for our log alone why the token is told as inactive. */
static h2o_iovec_t find_claims(struct introspect_call *introspect, const struct question *question)
{
    struct call *call = introspect->authentication.call;
    enum jws_fault fault = JWS_OK;
    struct claims *claims = NULL;
    if (!question->is_refresh)
        claims = principal_claims(call->worker, call->pool, question->token, NULL, question->now_us, &fault);
    else if (introspect->refresh != NULL)
        claims = claims_of_refresh(call->pool, question->asker.client, question->account_id, introspect->refresh);
    introspect->principal.claims = claims;
    if (claims != NULL)
        return SLICE_NONE;
    return question->is_refresh ? SLICE("no refresh token of this client that lives") : slice_of(jws_fault_word(fault));
}

/* The api for which the asker hears of these claims. What belongs to one account does not look into another. */
static const struct api *api_of_asker(const struct introspect_asker *asker, const struct claims *claims)
{
    bool is_in_reach = asker->client->account_id == 0 || asker->client->account_id == claims->account_id;
    return asker->api != NULL && is_in_reach && slice_equal(asker->api->audience, claims->audience) ? asker->api : NULL;
}

/* A refresh token goes on while the api that the person was asked for is there. */
static bool refresh_is_good(const struct claims *claims, const struct question *question)
{
    return !claims_expired(claims, question->now_us) && !claims_revoked(claims, question->policy, question->now_us) &&
           (claims->audience.len == 0 || policy_api_of_audience(question->policy, claims->audience) != NULL);
}

static h2o_iovec_t judge_claims(struct claims *claims, struct question *question)
{
    question->told_as = question->is_refresh ? NULL : api_of_asker(&question->asker, claims);
    if (question->told_as == NULL && !slice_equal(claims->client_id, question->asker.client->client_id))
        return SLICE("of another audience and another client");
    bool is_good = question->is_refresh ? refresh_is_good(claims, question)
                                        : claims_good(claims, question->policy, NULL, question->now_us);
    return is_good ? SLICE_NONE : SLICE("expired, or revoked by itself or by what it hangs on");
}

static h2o_iovec_t judge_principal(const struct principal *principal, const struct question *question)
{
    if (!principal_fits(principal, question->policy, question->now_us))
        return SLICE("its client, person or account is not active now, or has a newer generation");
    if (!principal_speaks_for_person(principal) && !principal->client->holder_active)
        return SLICE("the holder of its key is no active member");
    enum err account = right_to_account(principal);
    return account == ERR_NONE ? SLICE_NONE : err_row(account)->code;
}

/* --- in order of time --------------------------------------------------------------------------------------------- */

static void principal_came(enum db_outcome outcome, void *cookie)
{
    go_on(cookie, outcome);
}

static bool find_principal(struct introspect_call *introspect)
{
    introspect->search.worker = introspect->authentication.call->worker;
    introspect->search.principal = &introspect->principal;
    introspect->search.come = principal_came;
    introspect->search.cookie = introspect;
    return principal_search(&introspect->search);
}

static void judge(struct introspect_call *introspect, struct question *question)
{
    struct call *call = introspect->authentication.call;
    struct principal *principal = &introspect->principal;
    h2o_iovec_t why = find_claims(introspect, question);
    if (why.base == NULL)
        why = judge_claims(principal->claims, question);
    if (why.base == NULL && !find_principal(introspect))
        return;
    if (why.base == NULL)
        why = judge_principal(principal, question);
    call->log_detail = why;
    if (why.base == NULL)
        introspect_answer_active(call, &question->asker, principal, question->told_as, question->is_refresh);
    else
        introspect_answer_inactive(call, &question->asker);
}

static struct introspect_asker asker_of(const struct policy *policy, const struct client *client)
{
    struct introspect_asker asker = {client, NULL};
    for (size_t i = 0; i < policy->api_count; ++i)
        if (policy->apis[i].id == client->introspects)
            asker.api = &policy->apis[i];
    return asker;
}

/* token_type_hint is a hint alone: the text says what it is (RFC 7662 section 2.1). */
static void introspect_known(struct authentication *authentication, const struct client *client)
{
    struct introspect_call *introspect = (struct introspect_call *)authentication;
    const struct policy *policy = authentication->call->worker->policy;
    struct question question = {.asker = asker_of(policy, client),
                                .policy = policy,
                                .token = form_get(&authentication->form, SLICE("token")),
                                .now_us = clock_unix_us()};
    if (!may_ask(introspect, client, question.token))
        return;
    question.is_refresh = credential_check(CREDENTIAL_REFRESH_TOKEN, question.token, &question.account_id);
    if (question.is_refresh && !introspect->refresh_read)
        read_refresh_token(introspect, client, question.token, question.account_id);
    else
        judge(introspect, &question);
}
