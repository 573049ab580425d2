/* SPDX-License-Identifier: Apache-2.0 */
#include "history/changes.h"

#include "base/clock.h"
#include "gateway/read_note.h"
#include "gateway/request.h"
#include "history/change_text.h"
#include "history/changes_cursor.h"
#include "history/changes_wait.h"
#include "history/history_ask.h"
#include "store/store_changes.h"

#define WAIT_SECONDS_MAX   30
#define SCAN_MOST          1000 /* changes of other collections that one answer passes over */
#define CHANGE_BYTES_USUAL 1024
#define MS_PER_SECOND      1000

struct changes_request {
    struct changes_query query;
    struct scope_set readable; /* every scope that token, key and holder have together */
    int64_t wait_seconds, page_size;
};

/* --- what is asked for ------------------------------------------------------------------------------------------- */

static enum contract_step check_names(struct ask *ask, const struct form *form)
{
    static const h2o_iovec_t known[] = {SLICE("since"), SLICE("collection"), SLICE("wait"), SLICE("page_size")};
    for (size_t i = 0; i < form->count; ++i) {
        bool taken = false;
        for (size_t j = 0; j < sizeof(known) / sizeof(known[0]); ++j)
            taken |= slice_equal(form->fields[i].name, known[j]);
        if (!taken)
            return ask_refuse(
                ask, ERR_INVALID_QUERY,
                slice_format(ask->call->pool, "There is no parameter %.*s here.", SLICE_ARGS(form->fields[i].name)));
    }
    return CONTRACT_PASSED;
}

static enum contract_step read_numbers(struct ask *ask, const struct form *form, struct changes_request *request)
{
    enum contract_step step = request_number(ask, form, SLICE("wait"), WAIT_SECONDS_MAX, &request->wait_seconds);
    if (step == CONTRACT_PASSED)
        step = request_number(ask, form, SLICE("page_size"), LIMIT_PAGE_MAX, &request->page_size);
    if (step == CONTRACT_PASSED && request->page_size == 0)
        return ask_refuse(ask, ERR_INVALID_QUERY, SLICE("page_size has to be 1 or more."));
    return step;
}

static enum contract_step read_since(struct ask *ask, const struct form *form, struct changes_request *request)
{
    h2o_iovec_t since = form_get(form, SLICE("since"));
    if (since.base != NULL && !changes_cursor_parse(since, request->query.account_id, &request->query.after))
        return ask_refuse(ask, ERR_INVALID_QUERY,
                          SLICE("since is the next of an earlier answer, of the same account."));
    return CONTRACT_PASSED;
}

static enum contract_step changes_read(struct ask *ask)
{
    const struct principal *principal = &ask->principal;
    struct changes_request *request = h2o_mem_alloc_pool(ask->call->pool, sizeof(*request));
    struct form form;
    *request = (struct changes_request){.page_size = LIMIT_PAGE_DEFAULT};
    request->query.account_id = principal->claims->account_id;
    request->readable = right_scopes(ask->call->pool, principal);
    ask->request = request;
    enum contract_step step = request_query(ask, &form);
    if (step == CONTRACT_PASSED)
        step = check_names(ask, &form);
    if (step == CONTRACT_PASSED)
        step = read_numbers(ask, &form, request);
    if (step == CONTRACT_PASSED)
        step = read_since(ask, &form, request);
    if (step != CONTRACT_PASSED)
        return step;
    request->query.collection = form_get(&form, SLICE("collection"));
    request->query.most = request->page_size;
    request->query.scan_most = request->query.collection.base == NULL ? request->page_size : SCAN_MOST;
    return step;
}

/* --- what is answered -------------------------------------------------------------------------------------------- */

static void add_change(struct text *out, const struct change_row *change, const struct scope_set *readable)
{
    change_text_add(out, &change->row, readable);
    --out->len; /* its closing brace */
    text_add_format(out, ",\"sequence\":%lld}", (long long)change->sequence);
}

/* How many changes the answer takes; one at least. */
static size_t rows_that_fit(const struct change_row *rows, size_t count)
{
    size_t bytes = 0, fit = 0;
    while (fit < count && rows[fit].sequence != 0) {
        bytes += rows[fit].row.before.len + rows[fit].row.after.len + CHANGE_BYTES_USUAL;
        if (fit > 0 && bytes > LIMIT_LIST_BYTES_MAX)
            break;
        ++fit;
    }
    return fit;
}

static void add_page(struct text *out, const struct changes_request *request, const struct change_row *rows,
                     size_t shown)
{
    text_add(out, SLICE("{\"changes\":["));
    for (size_t i = 0; i < shown; ++i) {
        if (i > 0)
            text_add_char(out, ',');
        add_change(out, &rows[i], &request->readable);
    }
    text_add_char(out, ']');
}

static void answer(struct ask *ask, const struct change_row *rows, size_t count)
{
    const struct changes_request *request = ask->request;
    size_t shown = rows_that_fit(rows, count), told = rows[0].sequence == 0 ? 0 : count;
    int64_t place = shown < told ? rows[shown - 1].sequence : rows[0].next_place;
    char next[CHANGES_CURSOR_BYTES];
    struct text out;
    if (!read_note(ask, request->query.account_id, shown)) {
        ask_database_failed(ask, DB_BUSY);
        return;
    }
    text_start(&out, ask->call->pool, CHANGE_BYTES_USUAL * (shown + 1));
    add_page(&out, request, rows, shown);
    changes_cursor_text(request->query.account_id, place > 0 ? place : request->query.after, next);
    text_add_format(&out, ",\"next\":\"%s\",\"more\":%s}", next, rows[0].more || shown < told ? "true" : "false");
    contract_succeed(ask->call, CONTRACT_ANSWERED, text_slice(&out));
}

/* --- waiting ----------------------------------------------------------------------------------------------------- */

/* Rights may have changed meanwhile: all is judged anew, and by nobody who no longer sees what was revoked. */
static void woken(void *cookie)
{
    struct ask *ask = cookie;
    ask->waiter = NULL;
    call_deadline_resume(ask->call);
    principal_release(&ask->principal);
    if (worker_is_blind(ask->call->worker))
        contract_refuse(ask->call, CONTRACT_CREDENTIAL, &(struct refusal){.err = ERR_POLICY_STALE});
    else
        contract_run(ask);
}

static bool wait_for_more(struct ask *ask)
{
    const struct changes_request *request = ask->request;
    struct worker *worker = ask->call->worker;
    int64_t now = clock_monotonic_ms();
    if (ask->wait_until_ms == 0)
        ask->wait_until_ms = now + request->wait_seconds * MS_PER_SECOND;
    if (now >= ask->wait_until_ms || worker->ctx.shutdown_requested)
        return false;
    call_deadline_pause(ask->call);
    ask->waiter =
        changes_wait_start(worker, request->query.account_id, request->query.after, ask->wait_until_ms, woken, ask);
    return true;
}

/* The feed leaves nothing out silently: who wants to go on without what was archived is told from where. */
static void refuse_archived(struct ask *ask, const struct change_row *row)
{
    const struct changes_request *request = ask->request;
    char cursor[CHANGES_CURSOR_BYTES];
    changes_cursor_text(request->query.account_id, row->resumes, cursor);
    struct refusal refusal = {.err = ERR_ARCHIVED,
                              .detail = slice_format(ask->call->pool,
                                                     "What comes next is no longer here. %.*s The changes that are "
                                                     "here follow since=%s",
                                                     SLICE_ARGS(row->archived), cursor)};
    contract_refuse(ask->call, CONTRACT_RECORD, &refusal);
}

static void changes_listed(enum db_outcome outcome, const struct change_row *rows, size_t count, void *cookie)
{
    struct ask *ask = cookie;
    ask->changes_call = NULL;
    if (outcome != DB_DONE)
        ask_database_failed(ask, outcome);
    else if (rows[0].archived.base != NULL)
        refuse_archived(ask, &rows[0]);
    else if (rows[0].next_place != 0 || !wait_for_more(ask))
        answer(ask, rows, count);
}

static enum contract_step changes_start(struct ask *ask)
{
    const struct changes_request *request = ask->request;
    ask->changes_call = store_changes_list(ask->call->worker->db, &request->query, changes_listed, ask);
    return CONTRACT_LEFT;
}

/* --- the route --------------------------------------------------------------------------------------------------- */

static void start(struct call *call)
{
    static const struct action action = {RIGHT_HISTORY, changes_read, changes_start};
    history_ask_start(call, &action);
}

const struct route changes_route = {.path = SLICE("/changes"),
                                    .methods = METHOD_BIT(METHOD_GET),
                                    .style = ROUTE_PROBLEM,
                                    .media = ROUTE_MEDIA_ANY,
                                    .flags = ROUTE_CORS,
                                    .body_max = LIMIT_FORM_BYTES_MAX,
                                    .start = start};
