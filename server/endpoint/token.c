/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/token.h"

#include "base/clock.h"
#include "base/text.h"
#include "endpoint/authentication.h"
#include "grants/grant.h"
#include "http/reply.h"

#define ANSWER_BYTES_BESIDE_TEXTS 128 /* names, quotes and numbers */

struct token_call { /* in the request's pool */
    struct authentication authentication;
    struct link_fetch *link_fetch;
    struct office_link *link; /* as it was read, a share; NULL: there is none */
    bool linked;              /* it was read */
    struct grant_ask *ask;    /* of a grant that asks the database; NULL: none */
};

/* --- ends -------------------------------------------------------------------------------------------------------- */

/* Nothing that is absent is sent as null or "": openid-client refuses such answers. At the token path of an api the
 * lifetime is said once more by the name that Comarch ERP XT gives it: a client that reads only that one would take
 * each token for an old one, and ask for another before every call. */
static void answer(struct token_call *token, const struct grant_yield *yield)
{
    struct call *call = token->authentication.call;
    struct text body;
    text_start(&body, call->pool,
               yield->access_token.len + yield->scope.len + yield->refresh_token.len + yield->id_token.len +
                   ANSWER_BYTES_BESIDE_TEXTS);
    text_add_char(&body, '{');
    text_add_member(&body, SLICE("access_token"));
    text_add_char(&body, '"');
    text_add(&body, yield->access_token); /* base64url and dots: nothing to escape */
    text_add_char(&body, '"');
    text_add_string_member(&body, SLICE("token_type"), SLICE("Bearer"));
    text_add_u64_member(&body, SLICE("expires_in"), (uint64_t)yield->expires_in);
    if (call->route == &token_route)
        text_add_u64_member(&body, SLICE("expires"), (uint64_t)yield->expires_in);
    text_add_string_member(&body, SLICE("scope"), yield->scope);
    if (yield->refresh_token.len > 0)
        text_add_string_member(&body, SLICE("refresh_token"), yield->refresh_token);
    if (yield->id_token.len > 0)
        text_add_string_member(&body, SLICE("id_token"), yield->id_token);
    text_add_char(&body, '}');
    worker_count(&call->worker->counters.tokens_issued);
    call->log_detail = yield->jti;
    reply_json(call, 200, text_slice(&body));
}

static void token_gone(void *cookie)
{
    struct token_call *token = cookie;
    if (token->ask != NULL)
        grant_cancel(token->ask);
    link_book_cancel(&token->link_fetch);
    office_link_release(token->link);
    authentication_end(&token->authentication);
}

/* --- what it may have ----------------------------------------------------------------------------------------- */

static enum err choose_grant(const struct token_call *token, const struct client *client, const struct grant **out,
                             h2o_iovec_t *detail_out)
{
    h2o_iovec_t name = form_get(&token->authentication.form, SLICE("grant_type"));
    const struct grant *grant = name.base == NULL ? NULL : grant_find(name);
    if (name.base == NULL) {
        *detail_out = SLICE("The parameter grant_type is missing.");
        return ERR_INVALID_REQUEST;
    }
    if (grant == NULL)
        return ERR_UNSUPPORTED_GRANT_TYPE;
    if ((grant->flags & GRANT_CONFIDENTIAL_ONLY) != 0 && token->authentication.credentials.method == CLIENT_AUTH_NONE)
        return ERR_UNAUTHORIZED_CLIENT;
    if ((grant->flags & GRANT_OF_KEYS) != 0 && client_is_application(client)) {
        *detail_out =
            SLICE("An application has no rights of its own: it acts for persons, or with a key of an account.");
        return ERR_UNAUTHORIZED_CLIENT;
    }
    if ((grant->flags & GRANT_OF_PERSONS) != 0 && !client_is_application(client)) {
        *detail_out = SLICE("A key acts for nobody but itself: it uses client_credentials.");
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
    struct worker *worker = token->authentication.call->worker;
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

static void token_link_fetched(enum db_outcome outcome, struct office_link *link, void *cookie)
{
    struct token_call *token = cookie;
    token->link_fetch = NULL;
    token->linked = true;
    if (outcome == DB_DONE && link != NULL) {
        office_link_share(link);
        token->link = link;
    }
    if (!authentication_failed_read(&token->authentication, outcome))
        authentication_again(&token->authentication);
}

static void refuse_grant(struct token_call *token, enum err err, const struct grant_ask *ask)
{
    authentication_refuse(
        &token->authentication,
        (struct refusal){.err = err, .detail = ask->detail, .cause = ask->cause, .missing = ask->missing});
}

/* What needs no database is answered in this turn. */
static enum err issue_now(struct token_call *token, const struct grant *grant, struct grant_ask *ask)
{
    struct grant_yield yield = {.scope = SLICE_NONE};
    enum err err = grant_judge_link(ask);
    if (err == ERR_NONE)
        err = grant->check(ask);
    if (err == ERR_NONE)
        err = grant->issue(ask, &yield);
    if (err == ERR_NONE)
        answer(token, &yield);
    return err;
}

static void token_granted(enum err err, struct grant_yield *yield, void *cookie)
{
    struct token_call *token = cookie;
    if (err != ERR_NONE)
        refuse_grant(token, err, token->ask);
    else
        answer(token, yield);
}

/* What does: the ask outlives this turn. */
static void issue_later(struct token_call *token, const struct grant *grant, const struct grant_ask *from)
{
    struct call *call = token->authentication.call;
    struct grant_ask *ask = h2o_mem_alloc_pool(call->pool, sizeof(*ask));
    char *address = h2o_mem_alloc_pool(call->pool, LIMIT_ADDRESS_BYTES_MAX);
    *ask = *from;
    ask->db = call->worker->db;
    ask->request_id = slice_of(call->request_id);
    ask->address = (h2o_iovec_t){address, address_text(&call->address, address)};
    ask->done = token_granted;
    ask->cookie = token;
    token->ask = ask;
    enum err err = grant->check(ask);
    call->log_account = ask->account_id;
    if (err == ERR_NONE)
        grant->start(ask);
    else
        refuse_grant(token, err, ask);
}

static void token_grant(struct authentication *authentication, const struct client *client)
{
    struct token_call *token = (struct token_call *)authentication;
    struct call *call = token->authentication.call;
    struct worker *worker = call->worker;
    const struct grant *grant = NULL;
    struct grant_ask ask = {.pool = call->pool,
                            .form = &token->authentication.form,
                            .policy = worker->policy,
                            .client = client,
                            .contexts = worker->jws,
                            .issuer = worker->settings->issuer,
                            .now_s = clock_unix_s(),
                            .detail = SLICE_NONE};
    enum err err = choose_grant(token, client, &grant, &ask.detail);
    if (err == ERR_NONE)
        err = choose_target(call, &ask);
    if (err == ERR_NONE && (grant->flags & GRANT_OF_PERSONS) != 0) {
        issue_later(token, grant, &ask);
        return;
    }
    if (err == ERR_NONE)
        err = grant_account(&ask);
    if (err == ERR_NONE && grant_needs_link(&ask) && !find_link(token, &ask))
        return;
    if (err == ERR_NONE)
        err = issue_now(token, grant, &ask);
    if (err != ERR_NONE)
        refuse_grant(token, err, &ask);
}

void token_start(struct call *call)
{
    struct token_call *token = h2o_mem_alloc_pool(call->pool, sizeof(*token));
    *token = (struct token_call){.authentication = {.call = call, .known = token_grant}};
    call_on_gone(call, token_gone, token);
    authentication_start(&token->authentication);
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
