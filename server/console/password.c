/* SPDX-License-Identifier: Apache-2.0 */
#include "console/password.h"

#include "client/password.h"
#include "console/cookie.h"
#include "console/visit.h"
#include "http/reply.h"

#define PASSWORD_FORM "password form"

struct change {
    struct visit *visit;
    h2o_iovec_t link;
    uint8_t digest[DIGEST_BYTES];
    int64_t user_id;
    h2o_iovec_t name, email;
};

/* --- answers ------------------------------------------------------------------------------------------------------ */

static void show(struct change *change, int status, enum page_password_refused refused)
{
    struct visit *visit = change->visit;
    struct text out;
    json_t *claims = json_pack("{s:s%}", "link", change->link.base == NULL ? "" : change->link.base, change->link.len);
    struct page_password page = {.form = visit_ticket(visit, PASSWORD_FORM, claims, LIMIT_LOGIN_FORM_SECONDS),
                                 .name = change->name,
                                 .email = change->email,
                                 .refused = refused};
    visit_page_start(visit, &out);
    page_password(&out, visit->language, &page);
    visit_page_send(visit, status, &out);
}

/* Spent, too old, mistyped, or of somebody who is disabled: one answer. */
static void show_spent(struct change *change)
{
    change->link = SLICE_NONE;
    show(change, 400, PAGE_PASSWORD_REFUSED_SPENT);
}

/* --- 1: whose link it is ------------------------------------------------------------------------------------------ */

static void link_found(enum db_outcome outcome, const void *rows, size_t count, void *cookie);

void password_start(struct call *call)
{
    struct visit *visit = visit_start(call);
    struct change *change = h2o_mem_alloc_pool(call->pool, sizeof(*change));
    memset(change, 0, sizeof(*change));
    change->visit = visit;
    if (call->method != METHOD_POST)
        change->link = form_get(&visit->query, SLICE("link"));
    else if (visit_open(visit, PASSWORD_FORM))
        change->link = visit_claim(visit, "link");
    if (cookie_digest(change->link, change->digest))
        visit->rows = store_password_link_find(call->worker->db, change->digest, link_found, change);
    else
        show_spent(change);
}

static void judge(struct change *change);

static void link_found(enum db_outcome outcome, const void *rows, size_t count, void *cookie)
{
    struct change *change = cookie;
    const struct password_link_row *row = count > 0 ? rows : NULL;
    h2o_mem_pool_t *pool = change->visit->call->pool;
    change->visit->rows = NULL;
    if (outcome != DB_DONE) {
        visit_refuse(change->visit, outcome);
        return;
    }
    if (row == NULL) {
        show_spent(change);
        return;
    }
    change->user_id = row->user_id;
    change->name = slice_copy(pool, row->name);
    change->email = slice_copy(pool, row->email);
    if (change->visit->call->method == METHOD_POST)
        judge(change);
    else
        show(change, 200, PAGE_PASSWORD_REFUSED_NO);
}

/* --- 2: the new password -------------------------------------------------------------------------------------------
 */

static void hashed(bool is_made, const char *fresh, void *cookie);

/* Both were typed by the same person: nothing is learnt from how long this takes. */
static bool are_the_same(h2o_iovec_t one, h2o_iovec_t other)
{
    return one.len == other.len && (one.len == 0 || secret_equal(one.base, other.base, one.len));
}

enum password_fault password_fault_of(const struct visit *visit)
{
    h2o_iovec_t password = form_get(&visit->form, SLICE("password")), again = form_get(&visit->form, SLICE("again"));
    if (password_wrong(password) != NULL)
        return PASSWORD_UNFIT;
    return are_the_same(password, again) ? PASSWORD_FITS : PASSWORD_DIFFERENT;
}

static void judge(struct change *change)
{
    struct visit *visit = change->visit;
    struct worker *worker = visit->call->worker;
    h2o_iovec_t password = form_get(&visit->form, SLICE("password"));
    enum password_fault fault = password_fault_of(visit);
    if (fault == PASSWORD_UNFIT)
        show(change, 400, PAGE_PASSWORD_REFUSED_UNFIT);
    else if (fault == PASSWORD_DIFFERENT)
        show(change, 400, PAGE_PASSWORD_REFUSED_DIFFERENT);
    else if ((visit->hash = hash_job_make(worker, password, hashed, change)) == NULL)
        show(change, 503, PAGE_PASSWORD_REFUSED_BUSY);
}

/* --- 3: set --------------------------------------------------------------------------------------------------------
 */

static void set(enum db_outcome outcome, const void *rows, size_t count, void *cookie);

static void hashed(bool is_made, const char *fresh, void *cookie)
{
    struct change *change = cookie;
    struct call *call = change->visit->call;
    change->visit->hash = NULL;
    if (!is_made) {
        reply_error(call, ERR_OVERLOADED, SLICE_NONE);
        return;
    }
    change->visit->rows =
        store_password_link_use(call->worker->db, change->digest, slice_of(fresh),
                                visit_actor(change->visit, change->user_id, change->name), set, change);
}

static void set(enum db_outcome outcome, const void *rows, size_t count, void *cookie)
{
    struct change *change = cookie;
    (void)rows;
    change->visit->rows = NULL;
    if (outcome != DB_DONE)
        visit_refuse(change->visit, outcome);
    else if (count == 0)
        show_spent(change); /* somebody was quicker */
    else
        visit_settle(change->visit, SLICE("/login?password=set"));
}
