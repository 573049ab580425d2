/* SPDX-License-Identifier: Apache-2.0 */
#include "authorize/pushed.h"

#include "authorize/authorization.h"
#include "console/cookie.h"
#include "endpoint/authentication.h"

#define QUERY_BYTES_USUAL 1024
#define STATUS_CREATED    201

struct pushed { /* in the request's pool */
    struct authentication authentication;
    struct authorization authorization;
    char secret[COOKIE_SECRET_BYTES]; /* the last part of the request_uri */
};

static void pushed_gone(void *cookie)
{
    struct pushed *pushed = cookie;
    rows_call_cancel(&pushed->authorization.reading);
    secret_wipe(pushed->secret, sizeof(pushed->secret));
    authentication_end(&pushed->authentication);
}

static void refuse(struct pushed *pushed, enum err err, h2o_iovec_t detail)
{
    authentication_refuse(&pushed->authentication, (struct refusal){.err = err, .detail = detail});
}

static void refuse_outcome(struct pushed *pushed, enum db_outcome outcome)
{
    refuse(pushed, outcome == DB_REFUSED ? ERR_INTERNAL : ERR_OVERLOADED, SLICE_NONE);
}

/* --- 1: who asks ----------------------------------------------------------------------------------------------------
 */

static void pushed_known(struct authentication *authentication, const struct client *client);
static void client_found(enum db_outcome outcome, const void *rows, size_t count, void *cookie);

void pushed_start(struct call *call)
{
    struct pushed *pushed = h2o_mem_alloc_pool(call->pool, sizeof(*pushed));
    memset(pushed, 0, sizeof(*pushed));
    pushed->authentication = (struct authentication){.call = call, .known = pushed_known};
    pushed->authorization.call = call;
    call_on_gone(call, pushed_gone, pushed);
    authentication_start(&pushed->authentication);
}

static void pushed_known(struct authentication *authentication, const struct client *client)
{
    struct pushed *pushed = (struct pushed *)authentication;
    struct authorization *authorization = &pushed->authorization;
    h2o_iovec_t named = form_get(&authentication->form, SLICE("client_id"));
    if (!client_is_application(client)) {
        refuse(pushed, ERR_UNAUTHORIZED_CLIENT,
               SLICE("A key acts for itself; people are asked by an application's own client."));
        return;
    }
    if (named.base != NULL && !slice_equal(named, client->client_id)) {
        refuse(pushed, ERR_INVALID_REQUEST,
               SLICE("The parameter client_id names another client than the one that asks."));
        return;
    }
    authorization->form = authentication->form;
    authorization->client_id = slice_copy(authentication->call->pool, client->client_id);
    authorization->client_account_id = client->account_id;
    authorization->reading = store_authorize_client(authentication->call->worker->db, authorization->client_account_id,
                                                    authorization->client_id, client_found, pushed);
}

/* --- 2: what is asked -----------------------------------------------------------------------------------------------
 */

static void keep(struct pushed *pushed);

static void client_found(enum db_outcome outcome, const void *rows, size_t count, void *cookie)
{
    struct pushed *pushed = cookie;
    struct authorization *authorization = &pushed->authorization;
    authorization->reading = NULL;
    if (outcome != DB_DONE) {
        refuse_outcome(pushed, outcome);
        return;
    }
    if (count == 0) {
        refuse(pushed, ERR_INVALID_CLIENT, SLICE_NONE);
        return;
    }
    authorization->client = *(const struct authorize_client *)rows; /* its texts are for this turn alone */
    enum err err = authorization_check(authorization, CHECK_AT_PUSHED);
    if (err != ERR_NONE)
        refuse(pushed, err, authorization->detail);
    else
        keep(pushed);
}

/* --- 3: its name ----------------------------------------------------------------------------------------------------
 */

/* How the client proved who it is stays out of it. */
static bool is_credential(h2o_iovec_t name)
{
    return slice_equal(name, SLICE("client_secret")) || slice_equal(name, SLICE("client_id"));
}

static h2o_iovec_t query_of(const struct authorization *authorization)
{
    struct text query;
    text_start(&query, authorization->call->pool, QUERY_BYTES_USUAL);
    redirect_uri_add(&query, SLICE("client_id"), authorization->client_id);
    for (size_t i = 0; i < authorization->form.count; ++i)
        if (!is_credential(authorization->form.fields[i].name))
            redirect_uri_add(&query, authorization->form.fields[i].name, authorization->form.fields[i].value);
    return slice_from(text_slice(&query), 1); /* the '?' */
}

static void kept(enum db_outcome outcome, const void *rows, size_t count, void *cookie)
{
    struct pushed *pushed = cookie;
    struct call *call = pushed->authentication.call;
    const struct authorize_kept *row = rows;
    pushed->authorization.reading = NULL;
    if (outcome != DB_DONE || count == 0)
        refuse_outcome(pushed, outcome);
    else
        reply_json(call, STATUS_CREATED,
                   slice_format(call->pool, "{\"request_uri\":\"" REQUEST_URI_PREFIX "%s\",\"expires_in\":%lld}",
                                pushed->secret, (long long)row->seconds));
}

static void keep(struct pushed *pushed)
{
    struct authorization *authorization = &pushed->authorization;
    cookie_make_secret(pushed->secret);
    secret_digest(authorization->request_digest, slice_of(pushed->secret));
    authorization->reading = store_request_push(authorization->call->worker->db, authorization->client_account_id,
                                                authorization->request_digest, authorization->client_id,
                                                query_of(authorization), kept, pushed);
}
