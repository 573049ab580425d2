/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/whoami.h"

#include "base/layer.h"
#include "base/member.h"
#include "gateway/ask.h"
#include "gateway/gateway.h"
#include "gateway/request.h"

#include <assert.h>

#define BODY_BYTES_USUAL 1024
#define US_PER_SECOND    1000000

struct tried { /* what `as` says; NULL in ask->request: nothing */
    enum method method;
    h2o_iovec_t method_name, path;
};

/* --- the order of refusal ---------------------------------------------------------------------------------------- */

static enum contract_step pass(struct ask *ask)
{
    (void)ask;
    return CONTRACT_PASSED;
}

/* OPTIONS is answered to everybody; token paths are no part of the gateway. */
static bool is_asked_of_the_gateway(const struct policy *policy, const struct tried *tried)
{
    return tried->method_name.len > 0 && tried->method != METHOD_OPTIONS &&
           policy_api_of_path(policy, tried->path) != NULL && policy_api_of_token_path(policy, tried->path) == NULL;
}

static enum contract_step read_query(struct ask *ask)
{
    struct form form;
    enum contract_step step = request_query(ask, &form);
    h2o_iovec_t path = step == CONTRACT_PASSED ? form_get(&form, SLICE("as")) : SLICE_NONE;
    if (step != CONTRACT_PASSED || path.base == NULL)
        return step;
    struct tried *tried = h2o_mem_alloc_pool(ask->call->pool, sizeof(*tried));
    tried->method_name = slice_cut(&path, ' ');
    tried->method = call_method_of(tried->method_name);
    tried->path = slice_cut(&path, '?');
    if (!is_asked_of_the_gateway(ask->call->worker->policy, tried))
        return ask_refuse(ask, ERR_INVALID_QUERY,
                          SLICE("as has to be a method, a space and a path under the prefix of an api, such as "
                                "as=GET%20/api/customers."));
    ask->request = tried;
    return CONTRACT_PASSED;
}

/* --- the answer -------------------------------------------------------------------------------------------------- */

static void add_word(struct text *list, h2o_iovec_t word)
{
    if (list->len > 0)
        text_add_char(list, ' ');
    text_add(list, word);
}

/* What becomes of each scope of the token: an array in the pool. */
static enum err *judge_scopes(const struct ask *ask)
{
    const struct scope_set *scopes = &ask->principal.claims->scopes;
    enum err *verdicts = h2o_mem_alloc_pool(ask->call->pool, (scopes->count + 1) * sizeof(*verdicts));
    for (size_t i = 0; i < scopes->count; ++i)
        verdicts[i] = right_of_scope(&ask->principal, scopes->tokens[i]);
    return verdicts;
}

/* The scopes of the token whose verdict this is; without verdicts all of them. */
static h2o_iovec_t scopes_with(const struct ask *ask, const enum err *verdicts, enum err verdict)
{
    struct text list;
    const struct scope_set *scopes = &ask->principal.claims->scopes;
    text_start(&list, ask->call->pool, BODY_BYTES_USUAL);
    for (size_t i = 0; i < scopes->count; ++i)
        if (verdicts == NULL || verdicts[i] == verdict)
            add_word(&list, scopes->tokens[i]);
    return text_slice(&list);
}

static void add_reductions(struct text *out, const struct ask *ask, const enum err *verdicts)
{
    for (enum err err = ERR_NONE + 1; err < ERR__MAX; ++err) {
        h2o_iovec_t missing = scopes_with(ask, verdicts, err);
        if (missing.len > 0)
            layer_add_entry(out, err, missing);
    }
}

/* What is left, and what took the rest away. */
static void add_scopes(struct text *out, const struct ask *ask)
{
    const enum err *verdicts = judge_scopes(ask);
    enum err account = right_to_account(&ask->principal);
    h2o_iovec_t all = scopes_with(ask, NULL, ERR_NONE);
    text_add_string_member(out, SLICE("scope"), all);
    text_add_string_member(out, SLICE("effective_scope"),
                           account == ERR_NONE ? scopes_with(ask, verdicts, ERR_NONE) : SLICE(""));
    text_add_member(out, SLICE("reduced"));
    text_add_char(out, '[');
    if (account != ERR_NONE)
        layer_add_entry(out, account, all);
    else
        add_reductions(out, ask, verdicts);
    text_add_char(out, ']');
}

static void add_principal(struct text *out, const struct principal *principal)
{
    const struct client *client = principal->client;
    text_add_string_member(out, SLICE("client_id"), client->client_id);
    text_add_string_member(out, SLICE("name"), client->name);
    text_add_member(out, SLICE("application"));
    text_add_char(out, '{');
    member_ident(out, SLICE("id"), IDENT_APPLICATION, client->application_id);
    text_add_string_member(out, SLICE("name"), client->application_name);
    text_add_char(out, '}');
    if (principal->claims->user_id != 0)
        member_ident(out, SLICE("user"), IDENT_USER, principal->claims->user_id);
    if (client->office)
        member_ident(out, SLICE("office"), IDENT_ACCOUNT, client->account_id);
    if (!client->office || principal_needs_link(principal))
        member_ident(out, SLICE("account"), IDENT_ACCOUNT, principal->claims->account_id);
    if (principal->link != NULL)
        text_add_string_member(out, SLICE("template"), principal->link->template_name);
}

/* Goes through the gateway's own checks with another method and path, up to where the body would be read. What it finds
 * belongs to this request alone: nothing of it is held, and the log tells of whoami. */
static enum contract_step try_it(struct ask *ask, struct ask *trial)
{
    const struct tried *tried = ask->request;
    enum contract_stage stage;
    h2o_iovec_t log_route = ask->call->log_route;
    *trial = (struct ask){.call = ask->call,
                          .checks = gateway_checks,
                          .method = tried->method,
                          .path = tried->path,
                          .now_us = ask->now_us,
                          .principal = ask->principal};
    enum contract_step step = contract_judge(trial, CONTRACT_REQUEST, &stage);
    ask->call->log_route = log_route;
    return step;
}

static int status_of_success(enum method method)
{
    bool has_no_body = method == METHOD_PUT || method == METHOD_DELETE;
    return contract_status_of_success(has_no_body ? CONTRACT_DONE : CONTRACT_ANSWERED);
}

static void add_refusal(struct text *out, const struct refusal *refusal)
{
    const struct err_row *row = err_row(refusal->err);
    text_add(out, SLICE(",\"allowed\":false"));
    text_add_u64_member(out, SLICE("status"), (uint64_t)row->status);
    text_add_string_member(out, SLICE("code"), row->code);
    text_add_string_member(out, SLICE("detail"), refusal->detail.base != NULL ? refusal->detail : row->text);
    layer_add_members(out, refusal->err, refusal->missing);
}

static void add_trial(struct text *out, struct ask *ask)
{
    const struct tried *tried = ask->request;
    struct ask trial;
    enum contract_step step = try_it(ask, &trial);
    assert(step != CONTRACT_LEFT); /* who asks is known, so there is nothing to wait for */
    text_add_member(out, SLICE("as"));
    text_add_char(out, '{');
    text_add_string_member(out, SLICE("method"), tried->method_name);
    text_add_string_member(out, SLICE("path"), tried->path);
    if (step == CONTRACT_REFUSED) {
        add_refusal(out, &trial.refusal);
    } else {
        text_add(out, SLICE(",\"allowed\":true"));
        text_add_u64_member(out, SLICE("status"), (uint64_t)status_of_success(tried->method));
    }
    text_add_char(out, '}');
}

static enum contract_step answer(struct ask *ask)
{
    struct text out;
    const struct principal *principal = &ask->principal;
    text_start(&out, ask->call->pool, BODY_BYTES_USUAL);
    text_add_char(&out, '{');
    add_principal(&out, principal);
    add_scopes(&out, ask);
    member_time(&out, SLICE("expires_at"), principal->claims->expires_at * US_PER_SECOND);
    if (ask->request != NULL)
        add_trial(&out, ask);
    text_add_char(&out, '}');
    contract_succeed(ask->call, CONTRACT_ANSWERED, text_slice(&out));
    return CONTRACT_LEFT;
}

/* Rights are told and not asked for. */
static contract_check *const checks[CONTRACT_STAGE__MAX] = {
    [CONTRACT_COLLECTION] = pass, [CONTRACT_METHOD] = pass,        [CONTRACT_CREDENTIAL] = bearer_check,
    [CONTRACT_RIGHT] = pass,      [CONTRACT_REQUEST] = read_query, [CONTRACT_RECORD] = answer,
};

static void whoami_start(struct call *call)
{
    contract_run(ask_create(call, checks));
}

const struct route whoami_route = {.path = SLICE("/whoami"),
                                   .methods = METHOD_BIT(METHOD_GET),
                                   .style = ROUTE_PROBLEM,
                                   .media = ROUTE_MEDIA_ANY,
                                   .flags = ROUTE_CORS,
                                   .body_max = LIMIT_FORM_BYTES_MAX,
                                   .start = whoami_start};
