/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/authentication.h"

#include "base/clock.h"
#include "http/admission.h"

#define NAME_BYTES_SHOWN_MAX 64 /* of a parameter in an error text */

/* --- ends -------------------------------------------------------------------------------------------------------- */

void authentication_refuse(struct authentication *authentication, struct refusal refusal)
{
    bool is_challenged = authentication->credentials.tried_header || authentication->always_challenge;
    refusal.basic_challenge = refusal.err == ERR_INVALID_CLIENT && is_challenged;
    reply_refusal(authentication->call, &refusal);
}

static void refuse(struct authentication *authentication, enum err err, h2o_iovec_t detail)
{
    authentication_refuse(authentication, (struct refusal){.err = err, .detail = detail});
}

static void refuse_slowed(struct authentication *authentication, int64_t wait_s)
{
    worker_count(&authentication->call->worker->counters.authentication_slowed);
    reply_refusal(authentication->call, &(struct refusal){.err = ERR_TOO_MANY_FAILURES, .retry_after_s = (int)wait_s});
}

/* The request is over. What was decoded out of header and body is wiped here; the router does so with header and body
 * themselves, whose bytes the library would hand to the next connection as they are. */
void authentication_end(struct authentication *authentication)
{
    static const h2o_iovec_t secrets[] = {{(char *)"client_secret", 13},
                                          {(char *)"code", 4},
                                          {(char *)"code_verifier", 13},
                                          {(char *)"refresh_token", 13},
                                          {(char *)"token", 5}};
    client_book_cancel(&authentication->fetch);
    secret_wipe(authentication->credentials.secret.base, authentication->credentials.secret.len);
    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); ++i) {
        h2o_iovec_t in_body = form_get(&authentication->form, secrets[i]);
        secret_wipe(in_body.base, in_body.len);
    }
}

/* --- 1: what was sent -------------------------------------------------------------------------------------------- */

static void find_client(struct authentication *authentication);

static h2o_iovec_t wrong_parameter(struct authentication *authentication)
{
    h2o_iovec_t wrong = authentication->form.wrong;
    if (wrong.len > NAME_BYTES_SHOWN_MAX)
        wrong.len = NAME_BYTES_SHOWN_MAX;
    return slice_format(authentication->call->pool, "Repeated or not well formed: %.*s.", SLICE_ARGS(wrong));
}

static enum err read_credentials(struct authentication *authentication, h2o_iovec_t *detail_out)
{
    static const char *const repeatable[] = {"resource", NULL};
    struct call *call = authentication->call;
    h2o_iovec_t authorization = call_header(call, SLICE("authorization"), NULL); /* two are refused at the edge */
    if (client_auth_in_query(call->pool, call->query)) {
        *detail_out =
            SLICE("A secret or token must not be sent in the URL: send it in the body, a client's secret in the "
                  "Authorization header or there.");
        return ERR_INVALID_REQUEST;
    }
    if (form_parse(call->pool, call->body, repeatable, &authentication->form) != ERR_NONE) {
        *detail_out = wrong_parameter(authentication);
        return ERR_INVALID_REQUEST;
    }
    enum err err = client_auth_read(call->pool, authorization, &authentication->form, &authentication->credentials);
    if (err == ERR_INVALID_REQUEST)
        *detail_out = SLICE("The request authenticates the client in more than one way; use exactly one.");
    return err;
}

/* Typing errors are told as such before anything is looked up: the checksum says nothing about which keys there are. */
static enum err check_shape(struct authentication *authentication, h2o_iovec_t *detail_out)
{
    struct call *call = authentication->call;
    const struct client_credentials *credentials = &authentication->credentials;
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

void authentication_start(struct authentication *authentication)
{
    h2o_iovec_t detail = SLICE_NONE;
    enum err err = read_credentials(authentication, &detail);
    if (err == ERR_NONE)
        err = check_shape(authentication, &detail);
    if (err == ERR_INVALID_CLIENT)
        worker_count(&authentication->call->worker->counters.authentication_failed);
    if (err != ERR_NONE)
        refuse(authentication, err, detail);
    else
        find_client(authentication);
}

/* --- 2: who it is ------------------------------------------------------------------------------------------------ */

static void client_fetched(enum db_outcome outcome, struct client *client, void *cookie);
static void client_known(struct authentication *authentication, struct client *client);

static int64_t penalty_of(const struct authentication *authentication)
{
    struct call *call = authentication->call;
    return penalty_wait_s(call->worker->penalties, authentication->credentials.client_id, &call->address,
                          clock_unix_s());
}

static void find_client(struct authentication *authentication)
{
    struct worker *worker = authentication->call->worker;
    int64_t wait_s = penalty_of(authentication);
    if (wait_s > 0) {
        refuse_slowed(authentication, wait_s);
        return;
    }
    struct client *client = client_book_find(worker->clients, authentication->credentials.client_id);
    if (client != NULL) {
        worker_count(&worker->counters.client_cache_hits);
        client_known(authentication, client);
        return;
    }
    worker_count(&worker->counters.client_cache_misses);
    authentication->fetch =
        client_book_fetch(worker->clients, authentication->credentials.client_id, client_fetched, authentication);
}

bool authentication_failed_read(struct authentication *authentication, enum db_outcome outcome)
{
    enum err err = ERR_NONE;
    if (outcome == DB_REFUSED)
        err = ERR_INTERNAL;
    else if (outcome != DB_DONE)
        err = ERR_OVERLOADED;
    else if (worker_is_blind(authentication->call->worker)) /* sight was lost meanwhile */
        err = ERR_POLICY_STALE;
    if (err != ERR_NONE)
        refuse(authentication, err, SLICE_NONE);
    return err != ERR_NONE;
}

/* Many requests may have waited for this answer together: each is one guess, so those that failed before this one count
 * already. */
static void client_fetched(enum db_outcome outcome, struct client *client, void *cookie)
{
    struct authentication *authentication = cookie;
    authentication->fetch = NULL;
    if (authentication_failed_read(authentication, outcome))
        return;
    int64_t wait_s = penalty_of(authentication);
    if (wait_s > 0)
        refuse_slowed(authentication, wait_s);
    else
        client_known(authentication, client);
}

void authentication_again(struct authentication *authentication)
{
    find_client(authentication);
}

/* A client that was made without a secret, and shows none. One whose secrets have all ended is not that. */
static bool is_public(const struct authentication *authentication, const struct client *client)
{
    return authentication->credentials.method == CLIENT_AUTH_NONE && client != NULL && client->is_public;
}

enum verdict { VERDICT_WRONG, VERDICT_UNUSABLE, VERDICT_ELSEWHERE, VERDICT_KNOWN };

/* Unknown, wrong and switched off are judged by the same work. Our log hears which it was. */
static enum verdict judge_client(struct authentication *authentication, const struct client *client)
{
    const struct policy *policy = authentication->call->worker->policy;
    int64_t now_us = clock_unix_us();
    authentication->secret_number = client_secret_right(client, authentication->credentials.secret, now_us);
    bool is_right = authentication->secret_number != 0 || is_public(authentication, client);
    bool is_usable = client != NULL && client_usable(client, now_us, true) == ERR_NONE &&
                     !policy_revoked_client(policy, client, now_us);
    if (is_right && is_usable)
        return client_address_allowed(client, &authentication->call->address) ? VERDICT_KNOWN : VERDICT_ELSEWHERE;
    authentication->call->log_detail = client == NULL ? SLICE("unknown client")
                                       : is_right     ? SLICE("client switched off")
                                                      : SLICE("wrong secret");
    return is_right ? VERDICT_UNUSABLE : VERDICT_WRONG;
}

static void failed(struct authentication *authentication, const struct client *client, enum verdict verdict)
{
    struct call *call = authentication->call;
    penalty_failed(call->worker->penalties, authentication->credentials.client_id, &call->address, clock_unix_s());
    worker_count(&call->worker->counters.authentication_failed);
    if (verdict == VERDICT_UNUSABLE && authentication->unusable != NULL &&
        client_address_allowed(client, &call->address))
        authentication->unusable(authentication, client);
    else
        refuse(authentication, ERR_INVALID_CLIENT, SLICE_NONE);
}

/* The secret is right, so it is no guess, and its holder has to hear what is wrong. RFC 6749 section 5.2 has no better
 * word than that this client may not. */
static void refuse_elsewhere(struct authentication *authentication, const struct client *client)
{
    struct refusal refusal;
    (void)admission_from_here(authentication->call, client, &refusal);
    refusal.cause = refusal.err;
    refusal.err = ERR_UNAUTHORIZED_CLIENT;
    authentication->call->log_detail = SLICE("address not allowed");
    authentication_refuse(authentication, refusal);
}

static void note_use(struct authentication *authentication, const struct client *client)
{
    struct call *call = authentication->call;
    if (authentication->secret_number != 0 && !authentication->use_told && call->worker->uses != NULL)
        secret_uses_add(call->worker->uses, client->account_id, client->client_id, authentication->secret_number,
                        &call->address, clock_unix_us());
    authentication->use_told = true;
}

static void client_known(struct authentication *authentication, struct client *client)
{
    struct call *call = authentication->call;
    enum verdict verdict = judge_client(authentication, client);
    if (verdict == VERDICT_ELSEWHERE) {
        refuse_elsewhere(authentication, client);
        return;
    }
    if (verdict != VERDICT_KNOWN) {
        failed(authentication, client, verdict);
        return;
    }
    if (!is_public(authentication, client))
        penalty_succeeded(call->worker->penalties, authentication->credentials.client_id, &call->address);
    note_use(authentication, client);
    struct refusal refusal;
    if (admission_pass(call, client, clock_unix_us(), &refusal))
        authentication->known(authentication, client);
    else
        reply_refusal(call, &refusal);
}
