/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/userinfo.h"

#include "base/clock.h"
#include "base/form.h"
#include "base/log.h"
#include "client/person_claims.h"
#include "client/right.h"
#include "http/admission.h"
#include "http/bearer_token.h"
#include "http/principal_search.h"
#include "token/subject.h"

#define BODY_BYTES_USUAL 512

struct userinfo_call { /* in the request's pool */
    struct call *call;
    h2o_iovec_t token;
    struct principal principal;
    struct principal_search search;
    struct rows_call *reading;
    /* copied from the claims, which end with their turn */
    h2o_iovec_t client_id;
    struct scope_set scopes;
};

/* --- ends -------------------------------------------------------------------------------------------------------- */

static void refuse(struct userinfo_call *userinfo, enum err err, h2o_iovec_t detail)
{
    reply_refusal(userinfo->call, &(struct refusal){.err = err, .detail = detail});
}

static void refuse_unread(struct userinfo_call *userinfo, enum db_outcome outcome)
{
    refuse(userinfo, outcome == DB_REFUSED ? ERR_INTERNAL : ERR_OVERLOADED, SLICE_NONE);
}

static void userinfo_gone(void *cookie)
{
    struct userinfo_call *userinfo = cookie;
    rows_call_cancel(&userinfo->reading);
    principal_search_end(&userinfo->search);
}

/* --- 1: the token --------------------------------------------------------------------------------------------------
 */

static void judge(struct userinfo_call *userinfo);

static bool is_in_query(const struct call *call)
{
    struct form query;
    return call->query.base != NULL && form_parse(call->pool, call->query, NULL, &query) == ERR_NONE &&
           form_get(&query, SLICE("access_token")).base != NULL;
}

/* What stands in a form beside the header, or instead of it. */
static enum err read_form(struct userinfo_call *userinfo, enum err in_header, h2o_iovec_t *detail_out)
{
    struct form form;
    const struct call *call = userinfo->call;
    if (call->method != METHOD_POST || !call_media_is(call, SLICE("application/x-www-form-urlencoded")))
        return in_header;
    if (form_parse(call->pool, call->body, NULL, &form) != ERR_NONE) {
        *detail_out = SLICE("The form is not well formed, or has a field twice.");
        return ERR_INVALID_REQUEST;
    }
    h2o_iovec_t token = form_get(&form, SLICE("access_token"));
    if (token.base == NULL)
        return in_header;
    if (in_header != ERR_TOKEN_MISSING)
        return ERR_TWO_CREDENTIALS;
    userinfo->token = token;
    return ERR_NONE;
}

static enum err read_token(struct userinfo_call *userinfo, h2o_iovec_t *detail_out)
{
    enum err err = bearer_token_read(userinfo->call, &userinfo->token);
    if (is_in_query(userinfo->call)) {
        *detail_out = SLICE("An access token is taken from the Authorization header or a form, not from the query.");
        return ERR_TWO_CREDENTIALS;
    }
    return err == ERR_TWO_CREDENTIALS ? err : read_form(userinfo, err, detail_out);
}

void userinfo_start(struct call *call)
{
    h2o_iovec_t detail = SLICE_NONE;
    struct userinfo_call *userinfo = h2o_mem_alloc_pool(call->pool, sizeof(*userinfo));
    *userinfo = (struct userinfo_call){.call = call};
    call_on_gone(call, userinfo_gone, userinfo);
    reply_header(call, SLICE("pragma"), SLICE("no-cache")); /* as whatever else tells what a token is worth */
    enum err err = read_token(userinfo, &detail);
    if (err == ERR_NONE)
        judge(userinfo);
    else
        refuse(userinfo, err, detail);
}

/* --- 2: whom it speaks for -----------------------------------------------------------------------------------------
 */

static void find_person(struct userinfo_call *userinfo);

/* What was read, or was not: client and policy may have changed meanwhile, so all is judged anew. */
static void principal_came(enum db_outcome outcome, void *cookie)
{
    struct userinfo_call *userinfo = cookie;
    if (outcome != DB_DONE)
        refuse_unread(userinfo, outcome);
    else if (worker_is_blind(userinfo->call->worker))
        refuse(userinfo, ERR_POLICY_STALE, SLICE_NONE);
    else
        judge(userinfo);
}

/* False: client or member are being read. */
static bool find_principal(struct userinfo_call *userinfo)
{
    userinfo->search.worker = userinfo->call->worker;
    userinfo->search.principal = &userinfo->principal;
    userinfo->search.come = principal_came;
    userinfo->search.cookie = userinfo;
    return principal_search(&userinfo->search);
}

static enum err judge_claims(struct userinfo_call *userinfo, int64_t now_us, h2o_iovec_t *detail_out)
{
    struct call *call = userinfo->call;
    enum jws_fault fault = JWS_OK;
    struct claims *claims = principal_claims(call->worker, call->pool, userinfo->token, NULL, now_us, &fault);
    userinfo->principal.claims = claims;
    if (claims == NULL) {
        call->log_detail = slice_of(jws_fault_word(fault));
        return ERR_INVALID_TOKEN;
    }
    if (claims_expired(claims, now_us))
        *detail_out = SLICE("The access token has expired; get a new one.");
    return claims_good(claims, call->worker->policy, NULL, now_us) ? ERR_NONE : ERR_INVALID_TOKEN;
}

/* Of a token that nobody stands behind any more, and of one that is nobody's business here. */
static struct refusal judge_principal(const struct userinfo_call *userinfo, int64_t now_us)
{
    const struct principal *principal = &userinfo->principal;
    if (!principal_fits(principal, userinfo->call->worker->policy, now_us))
        return (struct refusal){.err = ERR_INVALID_TOKEN};
    enum err account = right_to_account(principal);
    if (account != ERR_NONE)
        return (struct refusal){.err = account};
    if (!principal_speaks_for_person(principal))
        return (struct refusal){.err = ERR_INSUFFICIENT_SCOPE,
                                .detail = SLICE("The access token of a key speaks for nobody: a person has to give one "
                                                "to the application, with the scope openid."),
                                .scope = SLICE("openid")};
    if (right_of_scope(principal, SLICE("openid")) != ERR_NONE)
        return (struct refusal){.err = ERR_INSUFFICIENT_SCOPE, .missing = SLICE("openid"), .scope = SLICE("openid")};
    return (struct refusal){.err = ERR_NONE};
}

static void judge(struct userinfo_call *userinfo)
{
    struct call *call = userinfo->call;
    int64_t now_us = clock_unix_us();
    struct refusal refusal = {.err = ERR_NONE};
    refusal.err = judge_claims(userinfo, now_us, &refusal.detail);
    if (refusal.err == ERR_NONE && !find_principal(userinfo))
        return;
    if (refusal.err == ERR_NONE)
        refusal = judge_principal(userinfo, now_us);
    const struct client *client = userinfo->principal.client;
    if (refusal.err == ERR_NONE) {
        call->log_client = slice_copy(call->pool, client->client_id);
        call->log_account = userinfo->principal.claims->account_id;
    }
    if (refusal.err == ERR_NONE && admission_from_here(call, client, &refusal) &&
        admission_pass(call, client, now_us, &refusal))
        find_person(userinfo);
    else
        reply_refusal(call, &refusal);
}

/* --- 3: what they tell ---------------------------------------------------------------------------------------------
 */

static void person_found(enum db_outcome outcome, const void *rows, size_t count, void *cookie);

static void find_person(struct userinfo_call *userinfo)
{
    struct call *call = userinfo->call;
    const struct claims *claims = userinfo->principal.claims;
    userinfo->client_id = call->log_client;
    scope_set_intersect(call->pool, &claims->scopes, &claims->scopes, &userinfo->scopes); /* a copy */
    userinfo->reading =
        store_person_find(call->worker->db, claims->account_id, claims->family_id, person_found, userinfo);
}

static h2o_iovec_t body_of(const struct userinfo_call *userinfo, const struct person_row *person, bool is_signed)
{
    struct text body;
    h2o_mem_pool_t *pool = userinfo->call->pool;
    text_start(&body, pool, BODY_BYTES_USUAL);
    text_add_char(&body, '{');
    if (is_signed) {
        text_add_string_member(&body, SLICE("iss"), userinfo->call->worker->settings->issuer);
        text_add_string_member(&body, SLICE("aud"), userinfo->client_id);
    }
    text_add_string_member(&body, SLICE("sub"), subject_text(pool, person->user_id, person->subject_salt));
    person_claims_add(&body, person, &userinfo->scopes, SLICE_NONE);
    text_add_char(&body, '}');
    return text_slice(&body);
}

/* An unsigned answer would be another one than the application takes. */
static void answer_signed(struct userinfo_call *userinfo, const struct person_row *person)
{
    struct worker *worker = userinfo->call->worker;
    enum token_algorithm algorithm;
    const struct signing_key *key = NULL;
    h2o_iovec_t body = body_of(userinfo, person, true), token;
    if (token_algorithm_parse(person->userinfo_alg, &algorithm))
        key = key_set_active(worker->policy->keys, algorithm);
    if (key != NULL && jws_sign(worker->jws, userinfo->call->pool, key, SLICE("JWT"), body, &token)) {
        reply_text(userinfo->call, 200, SLICE("application/jwt"), token);
        return;
    }
    log_event(LOG_LEVEL_ERROR, "userinfo_not_signed", "\"algorithm\":\"%.*s\",\"why\":\"%s\"",
              SLICE_ARGS(person->userinfo_alg), key == NULL ? "no active signing key" : "the key cannot sign");
    refuse(userinfo, ERR_INTERNAL, SLICE_NONE);
}

static void person_found(enum db_outcome outcome, const void *rows, size_t count, void *cookie)
{
    struct userinfo_call *userinfo = cookie;
    const struct person_row *person = rows;
    userinfo->reading = NULL;
    if (outcome != DB_DONE)
        refuse_unread(userinfo, outcome);
    else if (worker_is_blind(userinfo->call->worker))
        refuse(userinfo, ERR_POLICY_STALE, SLICE_NONE);
    else if (count == 0)
        refuse(userinfo, ERR_INVALID_TOKEN, SLICE_NONE);
    else if (person->userinfo_alg.base != NULL)
        answer_signed(userinfo, person);
    else
        reply_json(userinfo->call, 200, body_of(userinfo, person, false));
}
