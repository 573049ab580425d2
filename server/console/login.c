/* SPDX-License-Identifier: Apache-2.0 */
#include "console/login.h"

#include "base/clock.h"
#include "http/reply.h"

#define STATUS_WRONG  403 /* 401 would want a challenge that browsers answer with a window of their own */
#define STATUS_STALE  400
#define STATUS_SLOWED 429
#define STATUS_BUSY   503

struct login *login_of(struct visit *visit)
{
    struct login *login = h2o_mem_alloc_pool(visit->call->pool, sizeof(*login));
    memset(login, 0, sizeof(*login));
    login->visit = visit;
    return login;
}

static void tell_when(struct visit *visit, int64_t wait_s)
{
    if (wait_s > 0)
        reply_header(visit->call, SLICE("retry-after"), slice_format(visit->call->pool, "%lld", (long long)wait_s));
}

/* What the person was sent here after. */
static enum page_login_done done_before(const struct visit *visit)
{
    if (form_get(&visit->query, SLICE("left")).base != NULL)
        return PAGE_LOGIN_DONE_LEFT;
    return form_get(&visit->query, SLICE("password")).base != NULL ? PAGE_LOGIN_DONE_PASSWORD : PAGE_LOGIN_DONE_NO;
}

void login_allow_target(struct login *login)
{
    struct visit_onward onward;
    (void)visit_read_onward(login->visit->call, login->onward, &onward);
    login->visit->page_allowed.form_target = onward.form_target;
}

/* What was typed stays, but for the password. */
void login_show(struct login *login, int status, enum page_login_refused refused, int64_t wait_s)
{
    struct visit *visit = login->visit;
    struct text out;
    login_allow_target(login);
    json_t *claims =
        json_pack("{s:s%}", "onward", login->onward.base == NULL ? "" : login->onward.base, login->onward.len);
    struct page_login page = {.form = visit_ticket(visit, VISIT_LOGIN, claims, LIMIT_LOGIN_FORM_SECONDS),
                              .onward = login->onward,
                              .email = login->email,
                              .refused = refused,
                              .wait = wait_s,
                              .done = done_before(visit)};
    visit_page_start(visit, &out);
    page_login(&out, visit->language, &page);
    tell_when(visit, wait_s);
    visit_page_send(visit, status, &out);
}

/* --- 1: what was sent --------------------------------------------------------------------------------------------- */

static void login_check(struct login *login);

void login_start(struct call *call)
{
    struct visit *visit = visit_start(call);
    struct login *login = login_of(visit);
    if (call->method != METHOD_POST) {
        struct visit_onward onward;
        h2o_iovec_t ticket = form_get(&visit->query, SLICE("continue"));
        login->onward = visit_read_onward(call, ticket, &onward) ? ticket : SLICE_NONE;
        login->email = onward.hint;
        login_show(login, 200, PAGE_LOGIN_REFUSED_NO, 0);
        return;
    }
    login->email = form_get(&visit->form, SLICE("email"));
    if (!visit_open(visit, VISIT_LOGIN)) {
        login_show(login, STATUS_STALE, PAGE_LOGIN_REFUSED_STALE, 0);
        return;
    }
    login->onward = visit_claim(visit, "onward");
    login_check(login);
}

/* --- 2: whether it is right ----------------------------------------------------------------------------------------
 */

static void login_found(enum db_outcome outcome, const void *rows, size_t count, void *cookie);

static bool is_slowed(struct login *login)
{
    int64_t wait_s = guess_wait_s(login->visit->call, &login->guess);
    if (wait_s == 0)
        return false;
    worker_count(&login->visit->call->worker->counters.authentication_slowed);
    login_show(login, STATUS_SLOWED, PAGE_LOGIN_REFUSED_SLOWED, wait_s);
    return true;
}

static void login_wrong(struct login *login)
{
    guess_failed(login->visit->call, &login->guess);
    worker_count(&login->visit->call->worker->counters.authentication_failed);
    login_show(login, STATUS_WRONG, PAGE_LOGIN_REFUSED_WRONG, 0);
}

static void login_check(struct login *login)
{
    struct visit *visit = login->visit;
    h2o_iovec_t password = form_get(&visit->form, SLICE("password"));
    guess_of_email(visit->call, login->email, &login->guess);
    if (is_slowed(login))
        return;
    if (login->email.len == 0 || password.len == 0 || password.len > LIMIT_PASSWORD_BYTES_MAX)
        login_wrong(login);
    else
        visit->rows = store_login_find(visit->call->worker->db, login->email, login_found, login);
}

static void login_checked(bool is_right, const char *fresh, void *cookie);

/* What the answer to a right password needs. */
struct login_known {
    struct login *login;
    bool active, has_second;
    h2o_iovec_t password_hash;
};

/* Known or not, active or not, the same work is done. */
static void login_found(enum db_outcome outcome, const void *rows, size_t count, void *cookie)
{
    struct login *login = cookie;
    struct visit *visit = login->visit;
    const struct login_row *row = count > 0 ? rows : NULL;
    struct login_known *known = h2o_mem_alloc_pool(visit->call->pool, sizeof(*known));
    visit->rows = NULL;
    if (outcome != DB_DONE) {
        visit_refuse(visit, outcome);
        return;
    }
    *known = (struct login_known){.login = login};
    if (row != NULL && row->password_hash.base != NULL) {
        *known = (struct login_known){login, row->active, row->totp_sealed.base != NULL,
                                      slice_copy(visit->call->pool, row->password_hash)};
        login->user_id = row->user_id;
        memcpy(login->password_digest, row->password_digest, DIGEST_BYTES);
    }
    visit->hash = hash_job_check(visit->call->worker, form_get(&visit->form, SLICE("password")), known->password_hash,
                                 login_checked, known);
    if (visit->hash == NULL)
        login_show(login, STATUS_BUSY, PAGE_LOGIN_REFUSED_BUSY, LIMIT_PASSWORD_RETRY_S);
}

/* --- 3: what comes next --------------------------------------------------------------------------------------------
 */

static void login_checked(bool is_right, const char *fresh, void *cookie)
{
    struct login_known *known = cookie;
    struct login *login = known->login;
    login->visit->hash = NULL;
    if (is_slowed(login)) /* those that failed while this one waited count already */
        return;
    if (!is_right || !known->active) {
        login_wrong(login);
        return;
    }
    guess_succeeded(login->visit->call, &login->guess);
    if (fresh != NULL) {
        login->old_hash = known->password_hash;
        login->fresh_hash = slice_copy(login->visit->call->pool, slice_of(fresh));
    }
    if (known->has_second)
        login_ask_code(login);
    else
        login_begin_session(login, login_wrong);
}
