/* SPDX-License-Identifier: Apache-2.0 */
#include "authorize/authorization.h"
#include "http/reply.h"

#define STATUS_REFUSED  400
#define URL_BYTES_USUAL 512

/* What comes back to the client (RFC 6749 sections 4.1.2 and 4.1.2.1; RFC 9207). A member that is empty is left out. */
struct answer {
    h2o_iovec_t code, error, description;
};

/* --- where to -------------------------------------------------------------------------------------------------------
 */

/* What was not what a state may be is not repeated. */
static h2o_iovec_t state_of(const struct authorization *authorization)
{
    h2o_iovec_t state = form_get(&authorization->form, SLICE("state"));
    for (size_t i = 0; i < state.len; ++i)
        if (state.base[i] < ' ' || state.base[i] > '~')
            return SLICE_NONE;
    return state;
}

/* --- how ------------------------------------------------------------------------------------------------------------
 */

static void send_redirect(struct authorization *authorization, const struct answer *answer)
{
    struct call *call = authorization->call;
    const struct {
        h2o_iovec_t name, value;
    } members[] = {
        {SLICE("code"), answer->code},
        {SLICE("error"), answer->error},
        {SLICE("error_description"), answer->description},
        {SLICE("state"), state_of(authorization)},
        {SLICE("iss"), call->worker->settings->issuer},
    };
    struct text url;
    text_start(&url, call->pool, URL_BYTES_USUAL);
    text_add(&url, authorization->redirect_uri);
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); ++i)
        if (members[i].value.len > 0)
            redirect_uri_add(&url, members[i].name, members[i].value);
    reply_see_other(call, text_slice(&url));
}

/* A page whose form goes to the client: by the script, or when the person presses the button. */
static void send_form(struct authorization *authorization, const struct answer *answer)
{
    struct visit *visit = authorization->visit;
    struct text out;
    struct page_form_post page = {.to = authorization->redirect_uri,
                                  .application = authorization->client.name,
                                  .code = answer->code,
                                  .error = answer->error,
                                  .description = answer->description,
                                  .state = state_of(authorization),
                                  .issuer = authorization->call->worker->settings->issuer};
    visit->page_allowed = (struct page_allowed){
        redirect_uri_form_target(authorization->call->pool, authorization->redirect_uri), .script = true};
    visit_page_start(visit, &out);
    page_form_post(&out, visit->language, &page);
    visit_page_send(visit, 200, &out);
}

static void deliver(struct authorization *authorization, const struct answer *answer)
{
    if (authorization->form_post)
        send_form(authorization, answer);
    else
        send_redirect(authorization, answer);
}

/* --- what -----------------------------------------------------------------------------------------------------------
 */

/* Where nobody may be sent to, the person reads it; the developer's sentence stands beside it, in English. */
static void show_refusal(struct authorization *authorization, h2o_iovec_t code, h2o_iovec_t detail)
{
    struct visit *visit = authorization->visit;
    struct text out;
    struct page_refused page = {.code = code, .detail = detail, .request = slice_of(authorization->call->request_id)};
    visit_page_start(visit, &out);
    page_refused(&out, visit->language, &page);
    visit_page_send(visit, STATUS_REFUSED, &out);
}

void authorization_refuse(struct authorization *authorization, enum err err)
{
    const struct err_row *row = err_row(err);
    h2o_iovec_t detail = authorization->detail.base == NULL ? row->text : authorization->detail;
    struct call *call = authorization->call;
    call->log_code = row->code;
    call->log_detail = detail;
    if (authorization->request_uri.base != NULL && authorization->may_redirect)
        store_request_spend(call->worker->db, authorization->client_account_id, authorization->request_digest);
    if (authorization->may_redirect)
        deliver(authorization, &(struct answer){.error = row->code, .description = detail});
    else
        show_refusal(authorization, row->code, detail);
}

void authorization_answer(struct authorization *authorization, h2o_iovec_t code)
{
    deliver(authorization, &(struct answer){.code = code});
}

void authorization_failed(struct authorization *authorization, enum db_outcome outcome)
{
    visit_refuse(authorization->visit, outcome);
}
