/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/bearer.h"

#include "gateway/ask.h"
#include "gateway/request.h"
#include "http/admission.h"
#include "http/bearer_token.h"

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
    enum err err = bearer_token_read(ask->call, token_out);
    if (err != ERR_TWO_CREDENTIALS && has_token_elsewhere(ask->call))
        return ask_refuse(
            ask, ERR_TWO_CREDENTIALS,
            SLICE("An access token is taken from the Authorization header only, not from the query or a form."));
    return err == ERR_NONE ? CONTRACT_PASSED : ask_refuse(ask, err, SLICE_NONE);
}

/* --- judging --------------------------------------------------------------------------------------------------- */

static enum contract_step refuse_audience(struct ask *ask)
{
    h2o_iovec_t has = ask->principal.claims->audience, needs = ask->target.api->audience;
    return ask_refuse(ask, ERR_INVALID_TOKEN,
                      slice_format(ask->call->pool,
                                   "The access token is for %.*s, and this call needs one for %.*s: ask for it at the "
                                   "token endpoint with resource=%.*s.",
                                   SLICE_ARGS(has), SLICE_ARGS(needs), SLICE_ARGS(needs)));
}

/* At the plain paths of the history a token for any api of ours will do (history/history_ask.h). */
static enum contract_step judge_claims(struct ask *ask)
{
    struct claims *claims = ask->principal.claims;
    const struct policy *policy = ask->call->worker->policy;
    const struct api *api = ask->target.api;
    if (claims_expired(claims, ask->now_us))
        return ask_refuse(ask, ERR_INVALID_TOKEN, SLICE("The access token has expired; get a new one."));
    if (claims_good(claims, policy, api, ask->now_us))
        return CONTRACT_PASSED;
    bool is_for_another = api != NULL && claims_good(claims, policy, NULL, ask->now_us);
    return is_for_another ? refuse_audience(ask) : ask_refuse(ask, ERR_INVALID_TOKEN, SLICE_NONE);
}

static enum contract_step judge_principal(struct ask *ask)
{
    const struct client *client = ask->principal.client;
    if (!principal_fits(&ask->principal, ask->call->worker->policy, ask->now_us))
        return ask_refuse(ask, ERR_INVALID_TOKEN, SLICE_NONE);
    ask->call->log_client = slice_copy(ask->call->pool, client->client_id);
    ask->call->log_account = ask->principal.claims->account_id;
    if (!admission_from_here(ask->call, client, &ask->refusal))
        return CONTRACT_REFUSED;
    return admission_pass(ask->call, client, ask->now_us, &ask->refusal) ? CONTRACT_PASSED : CONTRACT_REFUSED;
}

/* --- in order of time ------------------------------------------------------------------------------------------ */

static void refuse_unread(struct ask *ask, enum err err, const struct api *api)
{
    struct refusal refusal = {.err = err, .api = api};
    contract_refuse(ask->call, CONTRACT_CREDENTIAL, &refusal);
}

static void principal_came(enum db_outcome outcome, void *cookie)
{
    struct ask *ask = cookie;
    const struct worker *worker = ask->call->worker;
    if (worker_is_blind(worker)) /* sight was lost meanwhile */
        refuse_unread(ask, ERR_POLICY_STALE, NULL);
    else if (outcome != DB_DONE)
        refuse_unread(ask, outcome == DB_REFUSED ? ERR_INTERNAL : ERR_OVERLOADED,
                      policy_api_of_path(worker->policy, ask->call->path));
    else
        contract_run(ask);
}

static enum contract_step read_token(struct ask *ask)
{
    h2o_iovec_t token = SLICE_NONE;
    enum jws_fault fault;
    enum contract_step step = read_header(ask, &token);
    if (step != CONTRACT_PASSED)
        return step;
    ask->principal.claims =
        principal_claims(ask->call->worker, ask->call->pool, token, ask->target.api, ask->now_us, &fault);
    if (ask->principal.claims != NULL)
        return CONTRACT_PASSED;
    ask->call->log_detail = slice_of(jws_fault_word(fault));
    return ask_refuse(ask, ERR_INVALID_TOKEN, SLICE_NONE);
}

static enum contract_step find_principal(struct ask *ask)
{
    ask->search.worker = ask->call->worker;
    ask->search.principal = &ask->principal;
    ask->search.come = principal_came;
    ask->search.cookie = ask;
    return principal_search(&ask->search) ? CONTRACT_PASSED : CONTRACT_LEFT;
}

enum contract_step bearer_check(struct ask *ask)
{
    enum contract_step step = read_token(ask);
    if (step == CONTRACT_PASSED)
        step = judge_claims(ask);
    if (step == CONTRACT_PASSED)
        step = find_principal(ask);
    return step == CONTRACT_PASSED ? judge_principal(ask) : step;
}
