/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/token.h"

#include "base/clock.h"
#include "base/text.h"
#include "client/client_auth.h"
#include "grants/grant.h"
#include "http/admission.h"
#include "http/reply.h"

#define ANSWER_BYTES_BESIDE_TEXTS 96 /* names, quotes and numbers */
#define NAME_BYTES_SHOWN_MAX      64 /* of a parameter in an error text */

struct token_call { /* in the request's pool */
    struct call *call;
    struct client_credentials credentials;
    struct client_fetch *fetch; /* under way; NULL: none */
    struct link_fetch *link_fetch;
    struct office_link *link; /* as it was read, a share; NULL: there is none */
    bool linked;              /* it was read */
    struct form form;
};

/* --- ends -------------------------------------------------------------------------------------------------------- */

/* RFC 6749 section 5.2: after an Authorization header invalid_client is 401 with a challenge of its scheme; without one
 * it is 400, since a 401 without a challenge is none, and a challenge that nobody tried makes openid-client hide the
 * body's error code. */
static void refuse_as(struct token_call *token, struct refusal refusal)
{
    refusal.basic_challenge = refusal.err == ERR_INVALID_CLIENT && token->credentials.tried_header;
    reply_refusal(token->call, &refusal);
}

static void refuse(struct token_call *token, enum err err, h2o_iovec_t detail)
{
    refuse_as(token, (struct refusal){.err = err, .detail = detail});
}

static void refuse_slowed(struct token_call *token, int64_t wait_s)
{
    worker_count(&token->call->worker->counters.authentication_slowed);
    reply_refusal(token->call, &(struct refusal){.err = ERR_TOO_MANY_FAILURES, .retry_after_s = (int)wait_s});
}

/* Nothing that is absent is sent as null or "": openid-client refuses such answers. At the token path of an api the
 * lifetime is said once more by the name that Comarch ERP XT gives it: a client that reads only that one would take
 * each token for an old one, and ask for another before every call. */
static void answer(struct token_call *token, const struct grant_yield *yield)
{
    struct call *call = token->call;
    struct text body;
    text_start(&body, call->pool, yield->access_token.len + yield->scope.len + ANSWER_BYTES_BESIDE_TEXTS);
    text_add_char(&body, '{');
    text_add_member(&body, SLICE("access_token"));
    text_add_char(&body, '"');
    text_add(&body, yield->access_token); /* base64url and dots: nothing to escape */
    text_add_char(&body, '"');
    text_add_string_member(&body, SLICE("token_type"), SLICE("Bearer"));
    text_add_u64_member(&body, SLICE("expires_in"), (uint64_t)yield->expires_in);
    if (policy_api_of_token_path(call->worker->policy, call->path) != NULL)
        text_add_u64_member(&body, SLICE("expires"), (uint64_t)yield->expires_in);
    text_add_string_member(&body, SLICE("scope"), yield->scope);
    text_add_char(&body, '}');
    worker_count(&call->worker->counters.tokens_issued);
    call->log_detail = yield->jti;
    reply_json(call, 200, text_slice(&body));
}

/* The request is over. What was decoded out of header and body is wiped here; the router does so with header and body
 * themselves, whose bytes the library would hand to the next connection as they are. */
static void token_gone(void *cookie)
{
    struct token_call *token = cookie;
    h2o_iovec_t in_body = form_get(&token->form, SLICE("client_secret"));
    client_book_cancel(&token->fetch);
    link_book_cancel(&token->link_fetch);
    office_link_release(token->link);
    secret_wipe(token->credentials.secret.base, token->credentials.secret.len);
    secret_wipe(in_body.base, in_body.len);
}

/* --- 1: what was sent -------------------------------------------------------------------------------------------- */

static void token_find_client(struct token_call *token);

static h2o_iovec_t wrong_parameter(struct token_call *token)
{
    h2o_iovec_t wrong = token->form.wrong;
    if (wrong.len > NAME_BYTES_SHOWN_MAX)
        wrong.len = NAME_BYTES_SHOWN_MAX;
    return slice_format(token->call->pool, "Repeated or not well formed: %.*s.", SLICE_ARGS(wrong));
}

static enum err read_credentials(struct token_call *token, h2o_iovec_t *detail_out)
{
    static const char *const repeatable[] = {"resource", NULL};
    struct call *call = token->call;
    h2o_iovec_t authorization = call_header(call, SLICE("authorization"), NULL); /* two are refused at the edge */
    if (client_auth_in_query(call->pool, call->query)) {
        *detail_out =
            SLICE("A secret must not be sent in the URL: send it in the Authorization header or in the body.");
        return ERR_INVALID_REQUEST;
    }
    if (form_parse(call->pool, call->body, repeatable, &token->form) != ERR_NONE) {
        *detail_out = wrong_parameter(token);
        return ERR_INVALID_REQUEST;
    }
    enum err err = client_auth_read(call->pool, authorization, &token->form, &token->credentials);
    if (err == ERR_INVALID_REQUEST)
        *detail_out = SLICE("The request authenticates the client in more than one way; use exactly one.");
    return err;
}

/* Typing errors are told as such before anything is looked up: the checksum says nothing about which keys there are. */
static enum err check_shape(struct token_call *token, h2o_iovec_t *detail_out)
{
    struct call *call = token->call;
    const struct client_credentials *credentials = &token->credentials;
    if (!credential_check(CREDENTIAL_CLIENT_ID, credentials->client_id, &call->log_account)) {
        *detail_out =
            SLICE("The client id is not one of ours: it is mistyped or cut, since its checksum does not fit.");
        return ERR_INVALID_CLIENT;
    }
    call->log_client = slice_copy(call->pool, credentials->client_id); /* the log comes after the body is gone */
    if (credentials->method == CLIENT_AUTH_NONE ||
        credential_check(CREDENTIAL_CLIENT_SECRET, credentials->secret, NULL))
        return ERR_NONE;
    *detail_out =
        SLICE("The client secret is not one of ours: it is mistyped or cut, since its checksum does not fit.");
    return ERR_INVALID_CLIENT;
}

void token_start(struct call *call)
{
    struct token_call *token = h2o_mem_alloc_pool(call->pool, sizeof(*token));
    h2o_iovec_t detail = SLICE_NONE;
    *token = (struct token_call){.call = call};
    call_on_gone(call, token_gone, token);

    enum err err = read_credentials(token, &detail);
    if (err == ERR_NONE)
        err = check_shape(token, &detail);
    if (err == ERR_INVALID_CLIENT)
        worker_count(&call->worker->counters.authentication_failed);
    if (err != ERR_NONE)
        refuse(token, err, detail);
    else
        token_find_client(token);
}

/* --- 2: who it is ------------------------------------------------------------------------------------------------ */

static void token_client_fetched(enum db_outcome outcome, struct client *client, void *cookie);
static void token_client_known(struct token_call *token, struct client *client);

static int64_t penalty_of(const struct token_call *token)
{
    struct call *call = token->call;
    return penalty_wait_s(call->worker->penalties, token->credentials.client_id, &call->address, clock_unix_s());
}

static void token_find_client(struct token_call *token)
{
    struct worker *worker = token->call->worker;
    int64_t wait_s = penalty_of(token);
    if (wait_s > 0) {
        refuse_slowed(token, wait_s);
        return;
    }
    struct client *client = client_book_find(worker->clients, token->credentials.client_id);
    if (client != NULL) {
        worker_count(&worker->counters.client_cache_hits);
        token_client_known(token, client);
        return;
    }
    worker_count(&worker->counters.client_cache_misses);
    token->fetch = client_book_fetch(worker->clients, token->credentials.client_id, token_client_fetched, token);
}

/* Many requests may have waited for this answer together: each is one guess, so those that failed before this one count
 * already. */
static void token_client_fetched(enum db_outcome outcome, struct client *client, void *cookie)
{
    struct token_call *token = cookie;
    token->fetch = NULL;
    int64_t wait_s = penalty_of(token);
    if (outcome == DB_REFUSED)
        refuse(token, ERR_INTERNAL, SLICE_NONE);
    else if (outcome != DB_DONE)
        refuse(token, ERR_OVERLOADED, SLICE_NONE);
    else if (token->call->worker->policy == NULL) /* sight was lost meanwhile */
        refuse(token, ERR_POLICY_STALE, SLICE_NONE);
    else if (wait_s > 0)
        refuse_slowed(token, wait_s);
    else
        token_client_known(token, client);
}

/* An application without any secret is a public client; no grant of ours serves those yet. */
static bool is_public(const struct token_call *token, const struct client *client)
{
    return token->credentials.method == CLIENT_AUTH_NONE && client != NULL && client->account_id == 0 &&
           client->secret_count == 0;
}

/* Unknown, wrong and switched off are one answer after the same work. Only our log hears which it was. */
static enum err judge_client(struct token_call *token, const struct client *client)
{
    const struct policy *policy = token->call->worker->policy;
    int64_t now_us = clock_unix_us();
    bool is_right = client_secret_right(client, token->credentials.secret, now_us) || is_public(token, client);
    bool is_usable = client != NULL && client_usable(client, now_us, true) == ERR_NONE &&
                     !policy_revoked_client(policy, client, now_us);
    if (is_right && is_usable)
        return ERR_NONE;
    token->call->log_detail = client == NULL ? SLICE("unknown client")
                              : is_right     ? SLICE("client switched off")
                                             : SLICE("wrong secret");
    return ERR_INVALID_CLIENT;
}

static void token_grant(struct token_call *token, const struct client *client);

static void token_client_known(struct token_call *token, struct client *client)
{
    struct call *call = token->call;
    struct penalty_table *penalties = call->worker->penalties;
    if (judge_client(token, client) != ERR_NONE) {
        penalty_failed(penalties, token->credentials.client_id, &call->address, clock_unix_s());
        worker_count(&call->worker->counters.authentication_failed);
        refuse(token, ERR_INVALID_CLIENT, SLICE_NONE);
        return;
    }
    if (!is_public(token, client))
        penalty_succeeded(penalties, token->credentials.client_id, &call->address);
    struct refusal refusal;
    if (admission_pass(call, client, clock_unix_us(), &refusal))
        token_grant(token, client);
    else
        reply_refusal(call, &refusal);
}

/* --- 3: what it may have ----------------------------------------------------------------------------------------- */

static enum err choose_grant(const struct token_call *token, const struct client *client, const struct grant **out,
                             h2o_iovec_t *detail_out)
{
    h2o_iovec_t name = form_get(&token->form, SLICE("grant_type"));
    const struct grant *grant = name.base == NULL ? NULL : grant_find(name);
    if (name.base == NULL) {
        *detail_out = SLICE("The parameter grant_type is missing.");
        return ERR_INVALID_REQUEST;
    }
    if (grant == NULL)
        return ERR_UNSUPPORTED_GRANT_TYPE;
    if ((grant->flags & GRANT_CONFIDENTIAL_ONLY) != 0 && token->credentials.method == CLIENT_AUTH_NONE)
        return ERR_UNAUTHORIZED_CLIENT;
    if ((grant->flags & GRANT_OF_KEYS) != 0 && client_is_application(client)) {
        *detail_out =
            SLICE("An application has no rights of its own: it acts for persons, or with a key of an account.");
        return ERR_UNAUTHORIZED_CLIENT;
    }
    *out = grant;
    return ERR_NONE;
}

/* The policy is the one of this moment: it may have changed while the client was waited for, and the api with it.
 * Whoever came by an api's own token path gets no token for another one. */
static enum err choose_target(const struct call *call, struct grant_ask *ask)
{
    const struct api *of_path = policy_api_of_token_path(ask->policy, call->path);
    if (of_path == NULL && call->route == &token_route) {
        ask->detail = SLICE("The api of this token path is gone.");
        return ERR_INVALID_TARGET;
    }
    return grant_target(ask->policy, ask->form, of_path, &ask->api, &ask->detail);
}

static void token_link_fetched(enum db_outcome outcome, struct office_link *link, void *cookie);

/* The link of an office's key to the account that the request names. False: it is being read. */
static bool find_link(struct token_call *token, struct grant_ask *ask)
{
    struct worker *worker = token->call->worker;
    h2o_iovec_t client_id = ask->client->client_id;
    struct office_link *link = token->linked ? token->link : link_book_find(worker->links, client_id, ask->account_id);
    ask->link = link; /* borrowed for this turn */
    if (!token->linked && link == NULL) {
        worker_count(&worker->counters.link_cache_misses);
        token->link_fetch = link_book_fetch(worker->links, client_id, ask->account_id, token_link_fetched, token);
        return false;
    }
    if (!token->linked)
        worker_count(&worker->counters.link_cache_hits);
    return true;
}

/* Client and policy may have changed meanwhile: both are asked anew, and the secret with them. */
static void token_link_fetched(enum db_outcome outcome, struct office_link *link, void *cookie)
{
    struct token_call *token = cookie;
    token->link_fetch = NULL;
    token->linked = true;
    if (outcome == DB_DONE && link != NULL) {
        office_link_share(link);
        token->link = link;
    }
    if (outcome == DB_REFUSED)
        refuse(token, ERR_INTERNAL, SLICE_NONE);
    else if (outcome != DB_DONE)
        refuse(token, ERR_OVERLOADED, SLICE_NONE);
    else if (token->call->worker->policy == NULL)
        refuse(token, ERR_POLICY_STALE, SLICE_NONE);
    else
        token_find_client(token);
}

static void token_grant(struct token_call *token, const struct client *client)
{
    struct call *call = token->call;
    struct worker *worker = call->worker;
    const struct grant *grant = NULL;
    struct grant_yield yield = {.scope = SLICE_NONE};
    struct grant_ask ask = {.pool = call->pool,
                            .form = &token->form,
                            .policy = worker->policy,
                            .client = client,
                            .contexts = worker->jws,
                            .issuer = worker->settings->issuer,
                            .now_s = clock_unix_s(),
                            .detail = SLICE_NONE};
    enum err err = choose_grant(token, client, &grant, &ask.detail);
    if (err == ERR_NONE)
        err = choose_target(call, &ask);
    if (err == ERR_NONE)
        err = grant_account(&ask);
    if (err == ERR_NONE && grant_needs_link(&ask) && !find_link(token, &ask))
        return;
    if (err == ERR_NONE)
        err = grant_judge_link(&ask);
    if (err == ERR_NONE)
        err = grant->check(&ask);
    if (err == ERR_NONE)
        err = grant->issue(&ask, &yield);
    if (err != ERR_NONE)
        refuse_as(token,
                  (struct refusal){.err = err, .detail = ask.detail, .cause = ask.cause, .missing = ask.missing});
    else
        answer(token, &yield);
}

const struct route token_route = {
    .path = {(char *)"{token path of an api}", sizeof("{token path of an api}") - 1},
    .methods = METHOD_BIT(METHOD_POST),
    .style = ROUTE_OAUTH,
    .media = ROUTE_MEDIA_FORM,
    .flags = ROUTE_CORS,
    .body_max = LIMIT_FORM_BYTES_MAX,
    .start = token_start,
};
