/* SPDX-License-Identifier: Apache-2.0 */
#include "authorize/authorize.h"

#include "authorize/authorization.h"
#include "authorize/consent.h"
#include "authorize/pushed.h"
#include "http/reply.h"

/* --- start and end --------------------------------------------------------------------------------------------------
 */

static void authorization_gone(void *cookie)
{
    struct authorization *authorization = cookie;
    rows_call_cancel(&authorization->reading);
    store_grant_cancel(&authorization->issuing);
    secret_wipe(authorization->code, sizeof(authorization->code));
}

struct authorization *authorization_start(struct call *call)
{
    struct authorization *authorization = h2o_mem_alloc_pool(call->pool, sizeof(*authorization));
    memset(authorization, 0, sizeof(*authorization));
    authorization->call = call;
    authorization->visit = visit_start(call);
    authorization->visit->owner = authorization;
    authorization->visit->owner_gone = authorization_gone;
    return authorization;
}

/* --- 1: the parameters ----------------------------------------------------------------------------------------------
 */

static void open_pushed(struct authorization *authorization);
static void find_client(struct authorization *authorization);

/* What another site posted comes without the cookie of the session (SameSite=Lax), so the browser is asked to come
 * again by itself. */
static void come_again(struct authorization *authorization)
{
    enum err err = authorization_read(authorization, authorization->call->body);
    if (err == ERR_NONE)
        err = authorization_fits(authorization);
    if (err != ERR_NONE)
        authorization_refuse(authorization, err);
    else
        reply_see_other(authorization->call, authorization_again(authorization));
}

static void authorize_start(struct call *call)
{
    struct authorization *authorization = authorization_start(call);
    authorization->go_on = authorization_find_person;
    if (call->method == METHOD_POST)
        come_again(authorization);
    else
        authorization_begin(authorization, call->query);
}

void authorization_begin(struct authorization *authorization, h2o_iovec_t parameters)
{
    enum err err = authorization_read(authorization, parameters);
    h2o_iovec_t request_uri = form_get(&authorization->form, SLICE("request_uri"));
    if (err == ERR_NONE && request_uri.base == NULL)
        err = authorization_fits(authorization);
    if (err != ERR_NONE)
        authorization_refuse(authorization, err);
    else if (request_uri.base == NULL)
        find_client(authorization);
    else if (!slice_starts_with(request_uri, SLICE(REQUEST_URI_PREFIX)))
        authorization_refuse(authorization, ERR_INVALID_REQUEST_URI);
    else {
        authorization->request_uri = request_uri;
        open_pushed(authorization);
    }
}

/* --- 2: what was pushed ---------------------------------------------------------------------------------------------
 */

/* RFC 9126 section 4: of what the browser brings only client_id and request_uri count. */
static void pushed_opened(enum db_outcome outcome, const void *rows, size_t count, void *cookie)
{
    struct authorization *authorization = cookie;
    const struct authorize_pushed *pushed = rows;
    authorization->reading = NULL;
    if (outcome != DB_DONE)
        authorization_failed(authorization, outcome);
    else if (count == 0)
        authorization_refuse(authorization, ERR_INVALID_REQUEST_URI);
    else if (authorization_read(authorization, slice_copy(authorization->call->pool, pushed->query)) != ERR_NONE)
        authorization_refuse(authorization, ERR_INTERNAL);
    else
        find_client(authorization);
}

static void open_pushed(struct authorization *authorization)
{
    secret_digest(authorization->request_digest,
                  slice_from(authorization->request_uri, sizeof(REQUEST_URI_PREFIX) - 1));
    authorization->reading =
        store_request_open(authorization->call->worker->db, authorization->client_account_id,
                           authorization->request_digest, authorization->client_id, pushed_opened, authorization);
}

/* --- 3: the client, and the checks ----------------------------------------------------------------------------------
 */

static void copy_client(h2o_mem_pool_t *pool, const struct authorize_client *from, struct authorize_client *to)
{
    *to = *from;
    to->name = slice_copy(pool, from->name);
    to->maker = slice_copy(pool, from->maker);
    to->redirect_uris = slice_copy(pool, from->redirect_uris);
    to->scopes = slice_copy(pool, from->scopes);
    if (from->subject_salt.base != NULL)
        to->subject_salt = slice_copy(pool, from->subject_salt);
}

static void client_found(enum db_outcome outcome, const void *rows, size_t count, void *cookie)
{
    struct authorization *authorization = cookie;
    authorization->reading = NULL;
    if (outcome != DB_DONE) {
        authorization_failed(authorization, outcome);
        return;
    }
    if (count == 0) {
        authorization->detail = SLICE("There is no such application, or it may not ask people now.");
        authorization_refuse(authorization, ERR_INVALID_REQUEST);
        return;
    }
    copy_client(authorization->call->pool, rows, &authorization->client);
    enum err err = authorization_check(authorization, CHECK_AT_AUTHORIZE);
    if (err != ERR_NONE)
        authorization_refuse(authorization, err);
    else
        authorization->go_on(authorization);
}

static void find_client(struct authorization *authorization)
{
    authorization->reading = store_authorize_client(authorization->call->worker->db, authorization->client_account_id,
                                                    authorization->client_id, client_found, authorization);
}

/* --- routes ---------------------------------------------------------------------------------------------------------
 */

static const struct route rows[] = {
    {.path = SLICE(AUTHORIZE_PATH),
     .methods = METHOD_BIT(METHOD_GET) | METHOD_BIT(METHOD_POST),
     .style = ROUTE_PAGE,
     .media = ROUTE_MEDIA_FORM,
     .body_max = LIMIT_FORM_BYTES_MAX,
     .start = authorize_start},
    {.path = SLICE(CONSENT_PATH),
     .methods = METHOD_BIT(METHOD_POST),
     .style = ROUTE_PAGE,
     .media = ROUTE_MEDIA_FORM,
     .body_max = LIMIT_FORM_BYTES_MAX,
     .start = consent_start},
    {.path = SLICE(PUSHED_PATH),
     .methods = METHOD_BIT(METHOD_POST),
     .style = ROUTE_OAUTH,
     .media = ROUTE_MEDIA_FORM,
     .flags = ROUTE_CORS,
     .body_max = LIMIT_FORM_BYTES_MAX,
     .start = pushed_start},
};

const struct route *authorize_routes(size_t *count_out)
{
    *count_out = sizeof(rows) / sizeof(rows[0]);
    return rows;
}
