/* SPDX-License-Identifier: Apache-2.0 */
#include "authorize/consent.h"

#include "authorize/authorization.h"
#include "http/reply.h"

/* --- 6: what the person said ----------------------------------------------------------------------------------------
 */

static void client_known(struct authorization *authorization);
static void person_known(struct visit *visit, const struct session_row *session);

void consent_start(struct call *call)
{
    struct authorization *authorization = authorization_start(call);
    struct visit *visit = authorization->visit;
    h2o_iovec_t again = visit_open(visit, VISIT_CONSENT) ? visit_claim(visit, "again") : SLICE_NONE;
    if (again.base == NULL) {
        authorization->detail = SLICE("This page was open for too long, or was sent from another one. Go back to the "
                                      "application and begin anew.");
        authorization_refuse(authorization, ERR_INVALID_REQUEST);
        return;
    }
    (void)slice_cut(&again, '?');
    authorization->go_on = client_known;
    authorization_begin(authorization, again);
}

static void client_known(struct authorization *authorization)
{
    visit_find_session(authorization->visit, person_known);
}

static bool is_ticked(const struct visit *visit, h2o_iovec_t scope)
{
    for (size_t i = 0; i < visit->form.count; ++i)
        if (slice_equal(visit->form.fields[i].name, SLICE("scope")) && slice_equal(visit->form.fields[i].value, scope))
            return true;
    return consent_is_fixed(scope);
}

/* Of what was offered; anything else that comes does not count. */
static void read_ticked(const struct authorization *authorization, struct scope_set *out)
{
    const struct visit *visit = authorization->visit;
    h2o_mem_pool_t *pool = authorization->call->pool;
    struct scope_set offered, ticked = {SLICE_NONE, NULL, 0};
    if (scope_set_parse(pool, visit_claim(visit, "offered"), &offered) != ERR_NONE)
        offered.count = 0;
    ticked.tokens = h2o_mem_alloc_pool(pool, (offered.count + 1) * sizeof(*ticked.tokens));
    for (size_t i = 0; i < offered.count; ++i)
        if (is_ticked(visit, offered.tokens[i]))
            ticked.tokens[ticked.count++] = offered.tokens[i];
    scope_set_intersect(pool, &offered, &ticked, out);
}

static void ask_again(struct authorization *authorization, int64_t account_id);

static void person_known(struct visit *visit, const struct session_row *session)
{
    struct authorization *authorization = visit->owner;
    struct scope_set ticked;
    int64_t account_id = json_integer_value(json_object_get(visit->claims, "account"));
    bool is_same = session != NULL && session->id == json_integer_value(json_object_get(visit->claims, "session"));
    authorization_take_session(authorization, session);
    read_ticked(authorization, &ticked);
    if (!is_same || authorization_falls_short(authorization))
        reply_see_other(authorization->call, authorization_again(authorization));
    else if (!slice_equal(form_get(&visit->form, SLICE("answer")), SLICE("allow")))
        authorization_refuse(authorization, ERR_ACCESS_DENIED);
    else if (ticked.count == 0)
        ask_again(authorization, account_id);
    else
        consent_issue(authorization, account_id, &ticked);
}

/* --- 6b: nothing was ticked -----------------------------------------------------------------------------------------
 */

static void account_found(enum db_outcome outcome, const void *rows, size_t count, void *cookie)
{
    struct authorization *authorization = cookie;
    authorization->reading = NULL;
    if (outcome != DB_DONE)
        authorization_failed(authorization, outcome);
    else if (count == 0)
        reply_see_other(authorization->call, authorization_again(authorization));
    else
        consent_show(authorization, rows, true);
}

static void ask_again(struct authorization *authorization, int64_t account_id)
{
    authorization->reading = store_authorize_accounts(
        authorization->call->worker->db, authorization->session.user_id, authorization->client.application_id,
        authorization->client_account_id, account_id, 1, account_found, authorization);
}

/* --- 7: the code ----------------------------------------------------------------------------------------------------
 */

/* Nothing was kept: what the page said is no longer so. */
static void refuse_late(struct authorization *authorization)
{
    authorization->detail = SLICE("Meanwhile the person, the account or the application may no longer, or the pushed "
                                  "request was used; begin anew.");
    authorization_refuse(authorization, ERR_ACCESS_DENIED);
}

static void issued(enum db_outcome outcome, int64_t grant_id, void *cookie)
{
    struct authorization *authorization = cookie;
    authorization->issuing = NULL;
    if (outcome != DB_DONE)
        authorization_failed(authorization, outcome);
    else if (grant_id == 0)
        refuse_late(authorization);
    else
        authorization_answer(authorization, slice_of(authorization->code));
}

static struct record_author author_of(const struct authorization *authorization, h2o_iovec_t address)
{
    return (struct record_author){.application_id = authorization->client.application_id,
                                  .application_name = authorization->client.name,
                                  .client_id = authorization->client_id,
                                  .key_name = SLICE_NONE,
                                  .user_id = authorization->session.user_id,
                                  .person_name = authorization->session.name,
                                  .token_jti = SLICE_NONE,
                                  .request_id = slice_of(authorization->call->request_id),
                                  .address = address};
}

/* As the session has them, for the database. Who insists on the acr of one factor is told of that one: both are true
 * of a login with two, and "mfa" (RFC 8176), by which they are told apart, says no more than what stands beside it. */
static h2o_iovec_t methods_of(const struct authorization *authorization)
{
    h2o_iovec_t words[LIMIT_LOGIN_METHODS_MAX], rest = authorization->session.methods;
    size_t count = 0;
    while (rest.len > 0 && count < LIMIT_LOGIN_METHODS_MAX) {
        words[count] = slice_cut(&rest, ' ');
        count += authorization->acr != ACR_ONE || !slice_equal(words[count], SLICE("mfa"));
    }
    return text_braced_words(authorization->call->pool, words, count);
}

void consent_issue(struct authorization *authorization, int64_t account_id, const struct scope_set *scopes)
{
    struct call *call = authorization->call;
    char address[LIMIT_ADDRESS_BYTES_MAX];
    size_t address_len = address_text(&call->address, address);
    struct record_author author = author_of(authorization, (h2o_iovec_t){address, address_len});
    struct code_issue issue = {.account_id = account_id,
                               .user_id = authorization->session.user_id,
                               .application_id = authorization->client.application_id,
                               .client_account_id = authorization->client_account_id,
                               .client_id = authorization->client_id,
                               .grant_id = ident_random(IDENT_GRANT),
                               .family_id = ident_random(IDENT_FAMILY),
                               .redirect_uri = authorization->redirect_uri,
                               .redirect_sent = authorization->redirect_sent,
                               .code_challenge = authorization->code_challenge,
                               .scopes = text_braced_words(call->pool, scopes->tokens, scopes->count),
                               .resource = authorization->resource,
                               .nonce = authorization->nonce,
                               .auth_time_us = authorization->session.created_us,
                               .methods = methods_of(authorization),
                               .id_token_claims = authorization->id_token_claims,
                               .session_id = authorization->session.id,
                               .request_digest =
                                   authorization->request_uri.base == NULL ? NULL : authorization->request_digest,
                               .author = &author};
    credential_make(CREDENTIAL_CODE, account_id, authorization->code);
    secret_digest(issue.digest, slice_of(authorization->code));
    authorization->issuing = store_code_issue(call->worker->db, &issue, issued, authorization);
}
