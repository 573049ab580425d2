/* SPDX-License-Identifier: Apache-2.0 */
#include "console/end_session.h"

#include "base/clock.h"
#include "base/redirect_uri.h"
#include "console/escape.h"
#include "console/sessions.h"
#include "http/reply.h"
#include "store/store_logout.h"
#include "token/id_token_hint.h"
#include "token/subject.h"
#include "token/ticket.h"

#define ASK_PURPOSE     "logout request"
#define STATUS_REFUSED  400
#define URL_BYTES_USUAL 512

struct end_session { /* in the request's pool */
    struct visit *visit;
    struct form form; /* what the application asks */
    struct rows_call *finding;
    h2o_iovec_t salt; /* of an application that has subjects of its own; SLICE_NONE: it has none, or was not found */
    /* what is left of it once it was checked: also what the ticket holds */
    bool is_proven; /* by an ID token of ours */
    h2o_iovec_t client_id;
    h2o_iovec_t session;     /* which login it is of, as this client knows it; SLICE_NONE: none */
    h2o_iovec_t application; /* its name; SLICE_NONE: not told */
    h2o_iovec_t to;          /* where to go, state and all; SLICE_NONE: nowhere */
};

/* --- ends -------------------------------------------------------------------------------------------------------- */

static void end_session_gone(void *owner)
{
    struct end_session *end = owner;
    rows_call_cancel(&end->finding);
}

static void refuse(struct end_session *end, h2o_iovec_t detail)
{
    struct visit *visit = end->visit;
    struct text out;
    struct page_refused page = {.code = SLICE("invalid_request"),
                                .detail = detail,
                                .request = slice_of(visit->call->request_id),
                                .logout = true};
    visit->call->log_code = page.code;
    visit->call->log_detail = detail;
    visit_page_start(visit, &out);
    page_refused(&out, visit->language, &page);
    visit_page_send(visit, STATUS_REFUSED, &out);
}

/* --- the ticket of a request that was checked ----------------------------------------------------------------------
 */

static void set_claim(json_t *claims, const char *name, h2o_iovec_t value)
{
    if (value.base != NULL)
        json_object_set_new(claims, name, json_stringn(value.base, value.len));
}

/* Empty: there is nothing to keep. */
static h2o_iovec_t ticket_of(const struct end_session *end)
{
    struct call *call = end->visit->call;
    h2o_iovec_t ticket = SLICE("");
    if (end->application.base == NULL && end->session.base == NULL)
        return ticket;
    json_t *claims = json_pack("{s:b}", "proven", end->is_proven);
    set_claim(claims, "client", end->client_id);
    set_claim(claims, "session", end->session);
    set_claim(claims, "application", end->application);
    set_claim(claims, "to", end->to);
    if (!ticket_make(&call->worker->tickets, call->pool, ASK_PURPOSE, claims, clock_unix_s() + LIMIT_LOGIN_FORM_SECONDS,
                     &ticket))
        ticket = SLICE("");
    json_decref(claims);
    return ticket;
}

static h2o_iovec_t claim_of(h2o_mem_pool_t *pool, const json_t *claims, const char *name)
{
    const json_t *claim = json_object_get(claims, name);
    if (!json_is_string(claim))
        return SLICE_NONE;
    return slice_copy(pool, (h2o_iovec_t){(char *)json_string_value(claim), json_string_length(claim)});
}

/* One that is not ours, or too old, asks for nothing but to be logged out. */
static void open_ticket(struct end_session *end, h2o_iovec_t ticket)
{
    struct call *call = end->visit->call;
    json_t *claims = ticket_open(&call->worker->tickets, call->pool, ASK_PURPOSE, ticket, clock_unix_s());
    end->is_proven = json_is_true(json_object_get(claims, "proven"));
    end->client_id = claim_of(call->pool, claims, "client");
    end->session = claim_of(call->pool, claims, "session");
    end->application = claim_of(call->pool, claims, "application");
    end->to = claim_of(call->pool, claims, "to");
    json_decref(claims);
}

/* --- 1: what is asked --------------------------------------------------------------------------------------------- */

static void end_session_read(struct end_session *end);
static void end_session_opened(struct end_session *end);
static void end_session_decide(struct visit *visit, const struct session_row *session);

void end_session_start(struct call *call)
{
    struct visit *visit = visit_start(call);
    struct end_session *end = h2o_mem_alloc_pool(call->pool, sizeof(*end));
    h2o_iovec_t ticket = form_get(&visit->query, SLICE("ask"));
    *end = (struct end_session){.visit = visit, .salt = SLICE_NONE};
    visit->owner = end;
    visit->owner_gone = end_session_gone;
    if (call->method != METHOD_POST && ticket.base != NULL) {
        open_ticket(end, ticket);
        end_session_opened(end);
        return;
    }
    if (form_parse(call->pool, call->method == METHOD_POST ? call->body : call->query, NULL, &end->form) != ERR_NONE)
        refuse(end, SLICE("The parameters are not well formed, or one comes twice."));
    else
        end_session_read(end);
}

static void end_session_ticket_found(enum db_outcome outcome, const void *rows, size_t count, void *cookie);

/* The ticket shows in the browser, so that it cannot hold what the client's subjects are made with. */
static void end_session_opened(struct end_session *end)
{
    int64_t account_id;
    if (end->session.base == NULL || !credential_check(CREDENTIAL_CLIENT_ID, end->client_id, &account_id))
        visit_find_session(end->visit, end_session_decide);
    else
        end->finding = store_logout_client(end->visit->call->worker->db, account_id, end->client_id, SLICE_NONE,
                                           end_session_ticket_found, end);
}

static void take_salt(struct end_session *end, const struct logout_client *client)
{
    if (client != NULL && client->subject_salt.base != NULL)
        end->salt = slice_copy(end->visit->call->pool, client->subject_salt);
}

static void end_session_ticket_found(enum db_outcome outcome, const void *rows, size_t count, void *cookie)
{
    struct end_session *end = cookie;
    end->finding = NULL;
    take_salt(end, count == 0 ? NULL : rows);
    if (outcome != DB_DONE)
        visit_refuse(end->visit, outcome);
    else
        visit_find_session(end->visit, end_session_decide);
}

/* The hint and client_id have to name the same client (section 2). */
static const char *read_client(struct end_session *end)
{
    struct call *call = end->visit->call;
    h2o_iovec_t hint = form_get(&end->form, SLICE("id_token_hint"));
    struct id_token_hint told = {.client_id = SLICE_NONE, .session = SLICE_NONE};
    end->client_id = form_get(&end->form, SLICE("client_id"));
    if (hint.base == NULL)
        return NULL;
    if (id_token_hint_check(call->worker->jws, call->worker->policy->keys, call->pool, hint,
                            call->worker->settings->issuer, &told) != JWS_OK)
        return "id_token_hint is no ID token of this server, or was altered, or its key has been withdrawn.";
    if (end->client_id.base != NULL && !slice_equal(end->client_id, told.client_id))
        return "id_token_hint was made for another client than client_id says.";
    end->is_proven = true;
    end->session = told.session;
    end->client_id = told.client_id;
    return NULL;
}

static void end_session_checked(struct end_session *end);
static void end_session_client_found(enum db_outcome outcome, const void *rows, size_t count, void *cookie);

static void end_session_read(struct end_session *end)
{
    int64_t account_id;
    h2o_iovec_t redirect = form_get(&end->form, SLICE("post_logout_redirect_uri"));
    const char *fault = read_client(end);
    if (fault == NULL && redirect.base != NULL && end->client_id.base == NULL)
        fault =
            "post_logout_redirect_uri says where to, but neither id_token_hint nor client_id says for which client.";
    if (fault == NULL && end->client_id.base != NULL &&
        !credential_check(CREDENTIAL_CLIENT_ID, end->client_id, &account_id))
        fault = "client_id is not one of ours; look for a typing error.";
    if (fault != NULL)
        refuse(end, slice_of(fault));
    else if (end->client_id.base == NULL)
        end_session_checked(end);
    else
        end->finding = store_logout_client(end->visit->call->worker->db, account_id, end->client_id, redirect,
                                           end_session_client_found, end);
}

/* --- 2: whether it may ------------------------------------------------------------------------------------------- */

static void add_state(struct end_session *end, h2o_iovec_t redirect)
{
    h2o_iovec_t state = form_get(&end->form, SLICE("state"));
    struct text url;
    text_start(&url, end->visit->call->pool, URL_BYTES_USUAL);
    text_add(&url, redirect);
    if (state.base != NULL)
        redirect_uri_add(&url, SLICE("state"), state);
    end->to = text_slice(&url);
}

/* Who proves that a person was here may be gone since: then only the redirect is refused. */
static void end_session_client_found(enum db_outcome outcome, const void *rows, size_t count, void *cookie)
{
    struct end_session *end = cookie;
    const struct logout_client *client = rows;
    bool is_active = count > 0 && client->active;
    h2o_iovec_t redirect = form_get(&end->form, SLICE("post_logout_redirect_uri"));
    end->finding = NULL;
    take_salt(end, count == 0 ? NULL : client);
    if (outcome != DB_DONE)
        visit_refuse(end->visit, outcome);
    else if (!is_active && (!end->is_proven || redirect.base != NULL))
        refuse(end, SLICE("There is no such client, or its application is switched off."));
    else if (redirect.base != NULL && !client->registered)
        refuse(end, SLICE("post_logout_redirect_uri is none of those that are registered for this application; they "
                          "are compared byte for byte."));
    else {
        if (is_active)
            end->application = slice_copy(end->visit->call->pool, client->name);
        if (redirect.base != NULL)
            add_state(end, redirect);
        end_session_checked(end);
    }
}

/* A form of another site comes without the cookie of the session; the same as a link has it. */
static void end_session_checked(struct end_session *end)
{
    struct visit *visit = end->visit;
    h2o_iovec_t locales = form_get(&end->form, SLICE("ui_locales"));
    struct text url;
    if (visit->call->method != METHOD_POST) {
        visit_find_session(visit, end_session_decide);
        return;
    }
    text_start(&url, visit->call->pool, URL_BYTES_USUAL);
    text_add(&url, SLICE(END_SESSION_PATH));
    redirect_uri_add(&url, SLICE("ask"), ticket_of(end));
    if (locales.base != NULL)
        redirect_uri_add(&url, SLICE("ui_locales"), locales);
    reply_see_other(visit->call, text_slice(&url));
}

/* --- 3: whether the person is asked ------------------------------------------------------------------------------- */

static void show(struct end_session *end, const struct page_logout *page)
{
    struct visit *visit = end->visit;
    struct text out;
    visit_page_start(visit, &out);
    page_logout(&out, visit->language, page);
    visit_page_send(visit, 200, &out);
}

static bool is_of(const struct end_session *end, const struct session_row *session)
{
    return end->session.base != NULL &&
           slice_equal(end->session, subject_session(end->visit->call->pool, session->id, end->salt));
}

static h2o_iovec_t target_of(const struct end_session *end)
{
    return end->to.base == NULL ? SLICE(END_SESSION_PATH) : end->to;
}

/* The form goes to POST /logout (console/sessions.h). */
static void ask_person(struct end_session *end, const struct session_row *session)
{
    struct visit *visit = end->visit;
    json_t *claims = json_pack("{s:I}", "session", (json_int_t)session->id);
    set_claim(claims, SESSION_CLAIM_TO, target_of(end));
    if (end->to.base != NULL)
        visit->page_allowed.form_target = redirect_uri_form_target(visit->call->pool, end->to);
    show(end, &(struct page_logout){.form = visit_ticket(visit, VISIT_SESSION, claims, LIMIT_SESSION_SECONDS),
                                    .ask = ticket_of(end),
                                    .application = end->application,
                                    .name = session->name,
                                    .email = session->email});
}

/* Nobody is logged in. */
static void finish(struct end_session *end)
{
    if (end->is_proven && end->to.base != NULL)
        reply_see_other(end->visit->call, end->to);
    else
        show(end,
             &(struct page_logout){.ask = ticket_of(end),
                                   .application = end->application,
                                   .back = end->to.base != NULL && escape_url_is_safe(end->to) ? end->to : SLICE_NONE});
}

static void end_session_decide(struct visit *visit, const struct session_row *session)
{
    struct end_session *end = visit->owner;
    if (session == NULL)
        finish(end);
    else if (is_of(end, session))
        sessions_log_out(visit, session, target_of(end));
    else
        ask_person(end, session);
}
