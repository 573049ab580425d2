/* SPDX-License-Identifier: Apache-2.0 */
#include "console/forgotten.h"

#include "console/guess.h"
#include "console/visit.h"
#include "http/reply.h"

#define FORGOTTEN_FORM "forgotten form"

struct forgotten {
    struct visit *visit;
    h2o_iovec_t email; /* as typed */
};

/* --- answers ------------------------------------------------------------------------------------------------------ */

static void show(struct forgotten *forgotten, int status, enum page_forgotten_state state, int64_t wait_s)
{
    struct visit *visit = forgotten->visit;
    struct text out;
    struct page_forgotten page = {.form = visit_ticket(visit, FORGOTTEN_FORM, json_object(), LIMIT_LOGIN_FORM_SECONDS),
                                  .email = forgotten->email,
                                  .state = state,
                                  .wait = wait_s};
    visit_page_start(visit, &out);
    page_forgotten(&out, visit->language, &page);
    if (wait_s > 0)
        reply_header(visit->call, SLICE("retry-after"), slice_format(visit->call->pool, "%lld", (long long)wait_s));
    visit_page_send(visit, status, &out);
}

/* --- 1: what was sent --------------------------------------------------------------------------------------------- */

static void ask(struct forgotten *forgotten);

void forgotten_start(struct call *call)
{
    struct visit *visit = visit_start(call);
    struct forgotten *forgotten = h2o_mem_alloc_pool(call->pool, sizeof(*forgotten));
    *forgotten = (struct forgotten){visit, form_get(&visit->form, SLICE("email"))};
    if (call->worker->settings->smtp_url == NULL)
        show(forgotten, 200, PAGE_FORGOTTEN_STATE_NEVER, 0);
    else if (call->method != METHOD_POST)
        show(forgotten, 200, PAGE_FORGOTTEN_STATE_ASK, 0);
    else if (!visit_open(visit, FORGOTTEN_FORM))
        show(forgotten, 400, PAGE_FORGOTTEN_STATE_STALE, 0);
    else
        ask(forgotten);
}

/* Of its shape alone, which tells nothing of who is known. */
static bool may_be_an_address(h2o_iovec_t email)
{
    return email.len <= LIMIT_EMAIL_BYTES_MAX && slice_find(email, '@') != SIZE_MAX &&
           slice_find(email, '\0') == SIZE_MAX && slice_is_utf8(email);
}

/* --- 2: asked for ------------------------------------------------------------------------------------------------- */

static void asked(enum db_outcome outcome, const void *rows, size_t count, void *cookie);

static void ask(struct forgotten *forgotten)
{
    struct visit *visit = forgotten->visit;
    struct guess guess;
    guess_of_forgotten(visit->call, forgotten->email, &guess);
    int64_t wait_s = guess_wait_s(visit->call, &guess);
    if (wait_s > 0) {
        show(forgotten, 429, PAGE_FORGOTTEN_STATE_SLOWED, wait_s);
        return;
    }
    guess_failed(visit->call, &guess);
    if (!may_be_an_address(forgotten->email))
        show(forgotten, 400, PAGE_FORGOTTEN_STATE_UNFIT, 0);
    else
        visit->rows = store_link_request_make(visit->call->worker->db, SLICE("forgotten"), forgotten->email,
                                              language_tag(visit->language), asked, forgotten);
}

static void asked(enum db_outcome outcome, const void *rows, size_t count, void *cookie)
{
    struct forgotten *forgotten = cookie;
    (void)rows, (void)count;
    forgotten->visit->rows = NULL;
    if (outcome != DB_DONE)
        visit_refuse(forgotten->visit, outcome);
    else
        show(forgotten, 200, PAGE_FORGOTTEN_STATE_SENT, 0);
}
