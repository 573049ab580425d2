/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/revoke.h"

#include "base/clock.h"
#include "client/claims.h"
#include "endpoint/authentication.h"
#include "http/settle.h"
#include "store/store_grant.h"
#include "token/access_token.h"

#define US_PER_SECOND 1000000

struct revoke_call { /* in the request's pool */
    struct authentication authentication;
    struct store_grant_call *ending; /* under way; NULL: none */
    struct settling *settling;
    struct record_author author;
    char address[LIMIT_ADDRESS_BYTES_MAX];
};

/* --- ends -------------------------------------------------------------------------------------------------------- */

static void answer(void *cookie)
{
    struct revoke_call *revoke = cookie;
    revoke->settling = NULL;
    reply_json(revoke->authentication.call, 200, SLICE("{}"));
}

static void revoke_gone(void *cookie)
{
    struct revoke_call *revoke = cookie;
    store_grant_cancel(&revoke->ending);
    settle_cancel(&revoke->settling);
    authentication_end(&revoke->authentication);
}

/* --- 1: whose token it is ---------------------------------------------------------------------------------------- */

static void revoke_known(struct authentication *authentication, const struct client *client);

void revoke_start(struct call *call)
{
    struct revoke_call *revoke = h2o_mem_alloc_pool(call->pool, sizeof(*revoke));
    *revoke = (struct revoke_call){.authentication = {.call = call, .known = revoke_known}};
    call_on_gone(call, revoke_gone, revoke);
    authentication_start(&revoke->authentication);
}

/* Of whichever api the token is; false: it is none that is good now. */
static bool read_access_token(const struct call *call, h2o_iovec_t text, struct access_token *out)
{
    struct worker *worker = call->worker;
    return claims_check(worker->policy, worker->jws, call->pool, text, worker->settings->issuer, NULL, clock_unix_s(),
                        out) == JWS_OK;
}

static struct record_author author_of(struct revoke_call *revoke, const struct client *client)
{
    const struct call *call = revoke->authentication.call;
    size_t address_len = address_text(&call->address, revoke->address);
    return (struct record_author){.application_id = client->application_id,
                                  .application_name = client->application_name,
                                  .client_id = client->client_id,
                                  .key_name = client->name,
                                  .holder_id = client->holder_id,
                                  .person_name = SLICE_NONE,
                                  .token_jti = SLICE_NONE,
                                  .request_id = slice_of(call->request_id),
                                  .address = {revoke->address, address_len}};
}

/* --- 2: its end -------------------------------------------------------------------------------------------------- */

/* A revocation that could not be stored is told as such, so that the client asks again (RFC 7009 section 2.2.1). */
static void token_ended(enum db_outcome outcome, const struct grant_row *row, void *cookie)
{
    struct revoke_call *revoke = cookie;
    struct call *call = revoke->authentication.call;
    revoke->ending = NULL;
    if (outcome != DB_DONE)
        reply_error(call, outcome == DB_REFUSED ? ERR_INTERNAL : ERR_OVERLOADED, SLICE_NONE);
    else if (row->result == GRANT_REFUSED)
        answer(revoke);
    else
        revoke->settling = settle_start(call->worker, answer, revoke);
}

/* token_type_hint is a hint alone: the text says what it is. */
static void revoke_known(struct authentication *authentication, const struct client *client)
{
    struct revoke_call *revoke = (struct revoke_call *)authentication;
    struct call *call = authentication->call;
    h2o_iovec_t text = form_get(&authentication->form, SLICE("token"));
    struct grant_claim claim = {.client_id = client->client_id, .author = &revoke->author};
    struct access_token token;
    revoke->author = author_of(revoke, client);
    if (text.base == NULL) {
        reply_error(call, ERR_INVALID_REQUEST, SLICE("The parameter token is missing."));
        return;
    }
    if (credential_check(CREDENTIAL_REFRESH_TOKEN, text, &claim.account_id)) {
        secret_digest(claim.digest, text);
        revoke->ending = store_refresh_revoke(call->worker->db, &claim, token_ended, revoke);
    } else if (read_access_token(call, text, &token) && slice_equal(token.client_id, client->client_id)) {
        claim.account_id = token.account_id;
        revoke->ending = store_access_revoke(call->worker->db, &claim, token.jti, token.expires_at * US_PER_SECOND,
                                             token_ended, revoke);
    } else {
        answer(revoke);
    }
}
