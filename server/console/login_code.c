/* SPDX-License-Identifier: Apache-2.0 */
/* The second step, and what both steps end with. */
#include "console/login.h"

#include "base/clock.h"
#include "base/codec.h"
#include "client/totp.h"
#include "http/reply.h"

#define STATUS_WRONG    403
#define STATUS_SLOWED   429
#define DIGEST_TEXT_LEN CODEC_HEX_LEN(DIGEST_BYTES)

/* --- the page ------------------------------------------------------------------------------------------------------
 */

/* Who it is and with which password travels in the ticket; a change of the password makes it worthless. */
void login_show_code(struct login *login, int status, enum page_code_refused refused, int64_t wait_s)
{
    struct visit *visit = login->visit;
    struct text out;
    char digest[DIGEST_TEXT_LEN];
    login_allow_target(login);
    codec_hex_encode(digest, login->password_digest, DIGEST_BYTES);
    json_t *claims =
        json_pack("{s:I, s:s%, s:s%}", "user", (json_int_t)login->user_id, "password", digest, sizeof(digest), "onward",
                  login->onward.base == NULL ? "" : login->onward.base, login->onward.len);
    struct page_code page = {
        .form = visit_ticket(visit, VISIT_CODE, claims, LIMIT_SECOND_STEP_SECONDS), .refused = refused, .wait = wait_s};
    visit_page_start(visit, &out);
    page_code(&out, visit->language, &page);
    if (wait_s > 0)
        reply_header(visit->call, SLICE("retry-after"), slice_format(visit->call->pool, "%lld", (long long)wait_s));
    visit_page_send(visit, status, &out);
}

/* The step is bound to the hash as it is going to be kept. Should that fail, the person has to begin anew, once. */
void login_ask_code(struct login *login)
{
    if (login->fresh_hash.base != NULL) {
        store_login_rehash(login->visit->call->worker->db, login->user_id, login->old_hash, login->fresh_hash);
        secret_digest(login->password_digest, login->fresh_hash);
    }
    login_show_code(login, 200, PAGE_CODE_REFUSED_NO, 0);
}

/* --- 1: what was sent --------------------------------------------------------------------------------------------- */

static void code_found(enum db_outcome outcome, const void *rows, size_t count, void *cookie);

static void start_again(struct login *login)
{
    login_show(login, 400, PAGE_LOGIN_REFUSED_STALE, 0);
}

static bool read_claims(struct login *login)
{
    struct visit *visit = login->visit;
    login->user_id = json_integer_value(json_object_get(visit->claims, "user"));
    login->onward = visit_claim(visit, "onward");
    return login->user_id != 0 &&
           codec_hex_decode(login->password_digest, DIGEST_BYTES, visit_claim(visit, "password"));
}

void login_code_start(struct call *call)
{
    struct visit *visit = visit_start(call);
    struct login *login = login_of(visit);
    if (!visit_open(visit, VISIT_CODE) || !read_claims(login))
        start_again(login);
    else
        visit->rows = store_login_find_second(call->worker->db, login->user_id, code_found, login);
}

/* --- 2: whether it is right --------------------------------------------------------------------------------------- */

static void code_wrong(struct login *login)
{
    guess_failed(login->visit->call, &login->guess);
    worker_count(&login->visit->call->worker->counters.authentication_failed);
    login_show_code(login, STATUS_WRONG, PAGE_CODE_REFUSED_WRONG, 0);
}

static bool is_right(struct login *login, const struct login_row *row)
{
    uint8_t secret[TOTP_SECRET_BYTES];
    h2o_iovec_t code = form_get(&login->visit->form, SLICE("code"));
    login->has_recovery = totp_recovery_digest(code, login->recovery_digest); /* the database knows which there are */
    if (login->has_recovery)
        return true;
    if (!totp_open(login->visit->call->worker->settings->master_key, row->user_id, row->totp_sealed, secret))
        return false;
    bool right = totp_is_right(secret, code, clock_unix_s(), &login->step);
    secret_wipe(secret, sizeof(secret));
    return right;
}

static void code_found(enum db_outcome outcome, const void *rows, size_t count, void *cookie)
{
    struct login *login = cookie;
    struct visit *visit = login->visit;
    const struct login_row *row = count > 0 ? rows : NULL;
    visit->rows = NULL;
    if (outcome != DB_DONE) {
        visit_refuse(visit, outcome);
        return;
    }
    if (row == NULL || !row->active || row->totp_sealed.base == NULL ||
        !secret_equal(row->password_digest, login->password_digest, DIGEST_BYTES)) {
        start_again(login);
        return;
    }
    login->email = slice_copy(visit->call->pool, row->email);
    guess_of_code(visit->call, login->user_id, login->email, &login->guess);
    int64_t wait_s = guess_wait_s(visit->call, &login->guess);
    if (wait_s > 0)
        login_show_code(login, STATUS_SLOWED, PAGE_CODE_REFUSED_SLOWED, wait_s);
    else if (is_right(login, row))
        login_begin_session(login, code_wrong);
    else
        code_wrong(login);
}

/* --- 3: the session ----------------------------------------------------------------------------------------------- */

static void session_begun(enum db_outcome outcome, const void *rows, size_t count, void *cookie);

/* What the browser calls itself, cut between two characters. */
static h2o_iovec_t program_of(const struct call *call)
{
    h2o_iovec_t name = call_header(call, SLICE("user-agent"), NULL);
    if (name.base == NULL || !slice_is_utf8(name))
        return SLICE("");
    while (name.len > LIMIT_PROGRAM_BYTES_MAX || (name.len > 0 && !slice_is_utf8(name)))
        --name.len;
    return name;
}

void login_begin_session(struct login *login, void (*not_begun)(struct login *login))
{
    struct call *call = login->visit->call;
    uint8_t digest[DIGEST_BYTES], old_digest[DIGEST_BYTES];
    char address[LIMIT_ADDRESS_BYTES_MAX];
    bool has_old = cookie_digest(cookie_get(call, COOKIE_SESSION), old_digest);
    bool has_second = login->step != 0 || login->has_recovery;
    login->not_begun = not_begun;
    cookie_make_secret(login->cookie);
    secret_digest(digest, slice_of(login->cookie));
    address_text(&call->address, address);
    login->visit->rows = store_session_begin(
        call->worker->db,
        &(struct session_new){.user_id = login->user_id,
                              .password_digest = login->password_digest,
                              .step = login->step,
                              .recovery_digest = login->has_recovery ? login->recovery_digest : NULL,
                              .digest = digest,
                              .methods = has_second ? SLICE("{pwd,otp,mfa}") : SLICE("{pwd}"),
                              .address = slice_of(address),
                              .program = program_of(call),
                              .old_digest = has_old ? old_digest : NULL,
                              .actor = visit_actor(login->visit, login->user_id, SLICE_NONE)},
        session_begun, login);
}

static void session_begun(enum db_outcome outcome, const void *rows, size_t count, void *cookie)
{
    struct login *login = cookie;
    struct call *call = login->visit->call;
    (void)rows;
    login->visit->rows = NULL;
    if (outcome != DB_DONE) {
        visit_refuse(login->visit, outcome); /* should it have begun, nobody has its cookie */
        return;
    }
    if (count == 0) {
        login->not_begun(login);
        return;
    }
    struct visit_onward onward;
    bool has_onward = visit_read_onward(call, login->onward, &onward);
    if (login->fresh_hash.base != NULL) /* now, since the session was bound to the old hash */
        store_login_rehash(call->worker->db, login->user_id, login->old_hash, login->fresh_hash);
    guess_succeeded(call, &login->guess);
    guess_know_browser(call, login->email);
    cookie_set(call, COOKIE_SESSION, slice_of(login->cookie));
    secret_wipe(login->cookie, sizeof(login->cookie));
    reply_see_other(call, has_onward ? onward.target : SLICE("/sessions"));
}
