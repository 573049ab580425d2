/* SPDX-License-Identifier: Apache-2.0 */
#include "history/history_page.h"

#include "gateway/read_note.h"
#include "history/change_text.h"
#include "history/history_query.h"
#include "http/worker.h"

#define CHANGE_BYTES_USUAL 1024

/* How many changes the answer takes: reading their documents is work, so these count, whether or not much of them is
 * shown. One at least. */
static size_t rows_that_fit(const struct history_row *rows, size_t count)
{
    size_t bytes = 0, fit = 0;
    while (fit < count) {
        bytes += rows[fit].before.len + rows[fit].after.len + CHANGE_BYTES_USUAL;
        if (fit > 0 && bytes > LIMIT_LIST_BYTES_MAX)
            break;
        ++fit;
    }
    return fit;
}

static void add_next(struct text *out, struct call *call, const struct history_request *request, int64_t last_id)
{
    static const char *const dropped[] = {"page_token", NULL};
    h2o_iovec_t token = history_query_cursor(call, request, last_id);
    if (token.base == NULL)
        return;
    h2o_iovec_t link = page_link(call, dropped, "page_token", token);
    if (link.base != NULL)
        reply_header(call, SLICE("link"), link);
    text_add_string_member(out, SLICE("next_page_token"), token);
}

static void history_listed(enum db_outcome outcome, const struct history_row *rows, size_t count, void *cookie)
{
    struct ask *ask = cookie;
    struct call *call = ask->call;
    const struct history_request *request = ask->request;
    struct text out;
    ask->history_call = NULL;
    if (outcome != DB_DONE) {
        ask_database_failed(ask, outcome);
        return;
    }
    if (count == 0 && request->of_record && !request->narrowed) {
        struct refusal refusal = {.err = ERR_RECORD_NOT_FOUND};
        contract_refuse(call, CONTRACT_RECORD, &refusal);
        return;
    }
    size_t shown = rows_that_fit(rows, count < (size_t)request->page_size ? count : (size_t)request->page_size);
    if (!read_note(ask, request->query.account_id, shown)) {
        ask_database_failed(ask, DB_BUSY);
        return;
    }
    text_start(&out, call->pool, CHANGE_BYTES_USUAL * (shown + 1));
    text_add(&out, SLICE("{\"changes\":["));
    for (size_t i = 0; i < shown; ++i) {
        if (i > 0)
            text_add_char(&out, ',');
        change_text_add(&out, &rows[i], &request->readable);
    }
    text_add_char(&out, ']');
    if (shown < count)
        add_next(&out, call, request, rows[shown - 1].id);
    else if (count > 0)
        text_add_string_member(&out, SLICE("archived"), rows[0].archived);
    text_add_char(&out, '}');
    contract_succeed(call, CONTRACT_ANSWERED, text_slice(&out));
}

enum contract_step history_page_start(struct ask *ask)
{
    const struct history_request *request = ask->request;
    ask->history_call = store_history_list(ask->call->worker->db, &request->query, history_listed, ask);
    return CONTRACT_LEFT;
}
