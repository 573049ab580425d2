/* SPDX-License-Identifier: Apache-2.0 */
#include "console/password_change.h"

#include "console/cookie.h"
#include "console/guess.h"
#include "console/password.h"
#include "console/visit.h"
#include "http/reply.h"

#define CHANGE_PATH   SLICE("/password/change")
#define CHANGE_FORM   "password change form"
#define STATUS_STALE  400
#define STATUS_UNFIT  400
#define STATUS_WRONG  403
#define STATUS_SLOWED 429
#define STATUS_BUSY   503

struct change { /* in the request's pool; wiped with the request */
    struct visit *visit;
    struct guess guess;
    int64_t user_id, session_id;
    h2o_iovec_t name, email;
    uint8_t old_digest[DIGEST_BYTES]; /* of the hash that the old password was checked against */
    char cookie[COOKIE_SECRET_BYTES]; /* of the session to come */
};

/* --- the page ----------------------------------------------------------------------------------------------------- */

static void show_waiting(struct change *change, int status, enum page_password_change_refused refused, int64_t wait_s)
{
    struct visit *visit = change->visit;
    struct text out;
    json_t *claims = json_pack("{s:I}", "session", (json_int_t)change->session_id);
    struct page_password_change page = {.form = visit_ticket(visit, CHANGE_FORM, claims, LIMIT_FRESH_LOGIN_S),
                                        .name = change->name,
                                        .email = change->email,
                                        .refused = refused,
                                        .wait = wait_s};
    visit_page_start(visit, &out);
    page_password_change(&out, visit->language, &page);
    if (wait_s > 0)
        reply_header(visit->call, SLICE("retry-after"), slice_format(visit->call->pool, "%lld", (long long)wait_s));
    visit_page_send(visit, status, &out);
}

static void show(struct change *change, int status, enum page_password_change_refused refused)
{
    show_waiting(change, status, refused, 0);
}

/* --- 1: who it is ------------------------------------------------------------------------------------------------- */

static void judge(struct change *change);

static void change_gone(void *cookie)
{
    struct change *change = cookie;
    secret_wipe(change->cookie, sizeof(change->cookie));
}

/* The form is one that this login was given. */
static bool is_own_form(struct change *change)
{
    struct visit *visit = change->visit;
    return visit_open(visit, CHANGE_FORM) &&
           json_integer_value(json_object_get(visit->claims, "session")) == change->session_id;
}

static void found(struct visit *visit, const struct session_row *session)
{
    struct call *call = visit->call;
    struct change *change = h2o_mem_alloc_pool(call->pool, sizeof(*change));
    if (!visit_is_fresh(visit, session, CHANGE_PATH))
        return;
    *change = (struct change){.visit = visit,
                              .user_id = session->user_id,
                              .session_id = session->id,
                              .name = slice_copy(call->pool, session->name),
                              .email = slice_copy(call->pool, session->email)};
    visit->owner = change;
    visit->owner_gone = change_gone;
    if (call->method != METHOD_POST)
        show(change, 200, PAGE_PASSWORD_CHANGE_REFUSED_NO);
    else if (!is_own_form(change))
        show(change, STATUS_STALE, PAGE_PASSWORD_CHANGE_REFUSED_STALE);
    else
        judge(change);
}

void password_change_start(struct call *call)
{
    visit_find_session(visit_start(call), found);
}

/* --- 2: whether they know the old one ----------------------------------------------------------------------------- */

static void known(enum db_outcome outcome, const void *rows, size_t count, void *cookie);
static void checked(bool is_right, const char *fresh, void *cookie);

static bool is_slowed(struct change *change)
{
    int64_t wait_s = guess_wait_s(change->visit->call, &change->guess);
    if (wait_s == 0)
        return false;
    worker_count(&change->visit->call->worker->counters.authentication_slowed);
    show_waiting(change, STATUS_SLOWED, PAGE_PASSWORD_CHANGE_REFUSED_SLOWED, wait_s);
    return true;
}

static void wrong(struct change *change)
{
    guess_failed(change->visit->call, &change->guess);
    worker_count(&change->visit->call->worker->counters.authentication_failed);
    show(change, STATUS_WRONG, PAGE_PASSWORD_CHANGE_REFUSED_WRONG);
}

/* What is wrong with the new one is said first: it costs nothing, and tells nothing of the old one. */
static void judge(struct change *change)
{
    struct visit *visit = change->visit;
    h2o_iovec_t old = form_get(&visit->form, SLICE("old"));
    enum password_fault fault = password_fault_of(visit);
    guess_of_email(visit->call, change->email, &change->guess);
    if (fault == PASSWORD_UNFIT)
        show(change, STATUS_UNFIT, PAGE_PASSWORD_CHANGE_REFUSED_UNFIT);
    else if (fault == PASSWORD_DIFFERENT)
        show(change, STATUS_UNFIT, PAGE_PASSWORD_CHANGE_REFUSED_DIFFERENT);
    else if (is_slowed(change))
        return;
    else if (old.len == 0 || old.len > LIMIT_PASSWORD_BYTES_MAX)
        wrong(change);
    else
        visit->rows = store_login_find_second(visit->call->worker->db, change->user_id, known, change);
}

static void known(enum db_outcome outcome, const void *rows, size_t count, void *cookie)
{
    struct change *change = cookie;
    struct visit *visit = change->visit;
    struct worker *worker = visit->call->worker;
    const struct login_row *row = count > 0 ? rows : NULL;
    visit->rows = NULL;
    if (outcome != DB_DONE || row == NULL) {
        visit_refuse(visit, outcome == DB_DONE ? DB_REFUSED : outcome);
        return;
    }
    memcpy(change->old_digest, row->password_digest, DIGEST_BYTES);
    visit->hash = hash_job_check(worker, form_get(&visit->form, SLICE("old")), row->password_hash, checked, change);
    if (visit->hash == NULL)
        show_waiting(change, STATUS_BUSY, PAGE_PASSWORD_CHANGE_REFUSED_BUSY, LIMIT_PASSWORD_RETRY_S);
}

/* --- 3: the new one ----------------------------------------------------------------------------------------------- */

static void hashed(bool is_made, const char *fresh, void *cookie);
static void set(enum db_outcome outcome, const void *rows, size_t count, void *cookie);

static void checked(bool is_right, const char *fresh, void *cookie)
{
    struct change *change = cookie;
    struct visit *visit = change->visit;
    struct worker *worker = visit->call->worker;
    (void)fresh;
    visit->hash = NULL;
    if (is_slowed(change)) /* those that failed while this one waited count already */
        return;
    if (!is_right) {
        wrong(change);
        return;
    }
    guess_succeeded(visit->call, &change->guess);
    visit->hash = hash_job_make(worker, form_get(&visit->form, SLICE("password")), hashed, change);
    if (visit->hash == NULL)
        show_waiting(change, STATUS_BUSY, PAGE_PASSWORD_CHANGE_REFUSED_BUSY, LIMIT_PASSWORD_RETRY_S);
}

static void hashed(bool is_made, const char *fresh, void *cookie)
{
    struct change *change = cookie;
    struct visit *visit = change->visit;
    uint8_t digest[DIGEST_BYTES];
    visit->hash = NULL;
    if (!is_made) {
        reply_error(visit->call, ERR_OVERLOADED, SLICE_NONE);
        return;
    }
    cookie_make_secret(change->cookie);
    secret_digest(digest, slice_of(change->cookie));
    struct password_new password = {change->user_id, change->session_id, change->old_digest, slice_of(fresh), digest};
    visit->rows = store_password_change(visit->call->worker->db, &password,
                                        visit_actor(visit, change->user_id, change->name), set, change);
}

static void set(enum db_outcome outcome, const void *rows, size_t count, void *cookie)
{
    struct change *change = cookie;
    struct visit *visit = change->visit;
    (void)rows;
    visit->rows = NULL;
    if (outcome != DB_DONE) {
        visit_refuse(visit, outcome); /* should it have been set, they log in with it */
        return;
    }
    if (count == 0) {
        reply_see_other(visit->call, CHANGE_PATH); /* somebody was quicker, or the login is too old now */
        return;
    }
    cookie_set(visit->call, COOKIE_SESSION, slice_of(change->cookie));
    visit_settle(visit, SLICE("/sessions?password=changed"));
}
