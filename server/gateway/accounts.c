/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/accounts.h"

#include "base/member.h"
#include "gateway/ask.h"
#include "gateway/page.h"
#include "gateway/request.h"
#include "http/worker.h"

#define PURPOSE             "accounts" /* of the cursor's ticket */
#define ACCOUNT_BYTES_USUAL 256

/* --- the order of refusal ---------------------------------------------------------------------------------------- */

static enum contract_step pass(struct ask *ask)
{
    (void)ask;
    return CONTRACT_PASSED;
}

/* A list is no right to any of its accounts; but an office whose API access is off has none. */
static enum contract_step check_access(struct ask *ask)
{
    enum err access = ask->principal.client->access;
    return access == ERR_NONE ? CONTRACT_PASSED : ask_refuse(ask, access, SLICE_NONE);
}

static enum contract_step read_page(struct ask *ask, const struct form *form, struct link_accounts *request)
{
    struct page_cursor cursor;
    h2o_iovec_t token = form_get(form, SLICE("page_token"));
    enum contract_step step = request_number(ask, form, SLICE("page_size"), LIMIT_PAGE_MAX, &request->most);
    if (step != CONTRACT_PASSED)
        return step;
    if (request->most == 0)
        return ask_refuse(ask, ERR_INVALID_QUERY, SLICE("page_size has to be 1 or more."));
    if (token.base == NULL)
        return CONTRACT_PASSED;
    if (!page_cursor_open(ask->call, PURPOSE, token, request->office_account_id, request->client_id, &cursor))
        return ask_refuse(ask, ERR_INVALID_QUERY, SLICE("page_token is used as it was given, within a day."));
    request->after_id = cursor.id;
    return CONTRACT_PASSED;
}

static enum contract_step read_query(struct ask *ask)
{
    const struct principal *principal = &ask->principal;
    struct link_accounts *request = h2o_mem_alloc_pool(ask->call->pool, sizeof(*request));
    struct form form;
    *request =
        (struct link_accounts){.office_account_id = principal->client->account_id,
                               .only_account_id = principal_needs_link(principal) ? principal->claims->account_id : 0,
                               .most = LIMIT_PAGE_DEFAULT,
                               .client_id = slice_copy(ask->call->pool, principal->client->client_id)};
    ask->request = request;
    enum contract_step step = request_query(ask, &form);
    return step == CONTRACT_PASSED ? read_page(ask, &form, request) : step;
}

/* --- the answer -------------------------------------------------------------------------------------------------- */

static void add_account(struct text *out, const struct link_account_row *row)
{
    text_add_char(out, '{');
    member_ident(out, SLICE("account"), IDENT_ACCOUNT, row->account_id);
    text_add_string_member(out, SLICE("name"), row->name);
    text_add_string_member(out, SLICE("state"), row->state);
    text_add_member(out, SLICE("template"));
    text_add_char(out, '{');
    member_ident(out, SLICE("id"), IDENT_TEMPLATE, row->template_id);
    text_add_string_member(out, SLICE("name"), row->template_name);
    text_add_u64_member(out, SLICE("version"), (uint64_t)row->template_version);
    text_add_char(out, '}');
    text_add_string_member(out, SLICE("scopes"), row->scopes);
    text_add_char(out, '}');
}

static void add_next(struct text *out, struct call *call, const struct link_accounts *request, int64_t last_id)
{
    static const char *const dropped[] = {"page_token", NULL};
    struct page_cursor cursor = {
        .account_id = request->office_account_id, .bound = request->client_id, .id = last_id, .values = SLICE_NONE};
    h2o_iovec_t token = page_cursor_text(call, PURPOSE, &cursor);
    if (token.base == NULL)
        return;
    h2o_iovec_t link = page_link(call, dropped, "page_token", token);
    if (link.base != NULL)
        reply_header(call, SLICE("link"), link);
    text_add_string_member(out, SLICE("next_page_token"), token);
}

static void accounts_listed(enum db_outcome outcome, const void *rows, size_t count, void *cookie)
{
    const struct link_account_row *accounts = rows;
    struct ask *ask = cookie;
    const struct link_accounts *request = ask->request;
    struct text out;
    ask->accounts_call = NULL;
    if (outcome != DB_DONE) {
        ask_database_failed(ask, outcome);
        return;
    }
    size_t shown = count < (size_t)request->most ? count : (size_t)request->most;
    text_start(&out, ask->call->pool, ACCOUNT_BYTES_USUAL * (shown + 1));
    text_add(&out, SLICE("{\"accounts\":["));
    for (size_t i = 0; i < shown; ++i) {
        if (i > 0)
            text_add_char(&out, ',');
        add_account(&out, &accounts[i]);
    }
    text_add_char(&out, ']');
    if (shown < count)
        add_next(&out, ask->call, request, accounts[shown - 1].account_id);
    text_add_char(&out, '}');
    contract_succeed(ask->call, CONTRACT_ANSWERED, text_slice(&out));
}

/* One row more than asked for tells whether there is a next page. */
static enum contract_step start_list(struct ask *ask)
{
    struct link_accounts which = *(const struct link_accounts *)ask->request;
    ++which.most;
    ask->accounts_call = store_link_accounts(ask->call->worker->db, &which, accounts_listed, ask);
    return CONTRACT_LEFT;
}

static contract_check *const checks[CONTRACT_STAGE__MAX] = {
    [CONTRACT_COLLECTION] = pass,    [CONTRACT_METHOD] = pass,        [CONTRACT_CREDENTIAL] = bearer_check,
    [CONTRACT_RIGHT] = check_access, [CONTRACT_REQUEST] = read_query, [CONTRACT_RECORD] = start_list,
};

static void accounts_start(struct call *call)
{
    contract_run(ask_create(call, checks));
}

const struct route accounts_route = {.path = SLICE("/oauth2/accounts"),
                                     .methods = METHOD_BIT(METHOD_GET),
                                     .style = ROUTE_PROBLEM,
                                     .media = ROUTE_MEDIA_ANY,
                                     .flags = ROUTE_CORS,
                                     .body_max = LIMIT_FORM_BYTES_MAX,
                                     .start = accounts_start};
