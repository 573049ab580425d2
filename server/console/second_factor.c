/* SPDX-License-Identifier: Apache-2.0 */
#include "console/second_factor.h"

#include "base/clock.h"
#include "base/codec.h"
#include "client/totp_factor.h"
#include "console/escape.h"
#include "console/visit.h"
#include "http/reply.h"

#define FACTOR_PATH  SLICE("/second-factor")
#define FACTOR_FORM  "second factor form"
#define SEALED_BYTES 256 /* of a sealed secret, at most */

struct setting { /* in the request's pool */
    struct visit *visit;
    int64_t user_id, session_id;
    h2o_iovec_t name, email;
    int64_t step;
    struct totp_factor factor; /* wiped with the request */
};

/* --- pages -------------------------------------------------------------------------------------------------------- */

static void send_page(struct setting *setting, int status, struct page_second_factor *page, json_t *claims)
{
    struct visit *visit = setting->visit;
    struct text out;
    json_object_set_new(claims, "session", json_integer(setting->session_id));
    page->form = visit_ticket(visit, FACTOR_FORM, claims, LIMIT_FRESH_LOGIN_S);
    page->name = setting->name;
    page->email = setting->email;
    visit_page_start(visit, &out);
    page_second_factor(&out, visit->language, page);
    visit_page_send(visit, status, &out);
}

static void show_on(struct setting *setting)
{
    send_page(setting, 200, &(struct page_second_factor){.state = PAGE_SECOND_FACTOR_STATE_ON}, json_object());
}

/* What authenticators read (the key URI format that they share). */
static h2o_iovec_t uri_of(const struct setting *setting, const char *secret)
{
    struct text out;
    struct call *call = setting->visit->call;
    h2o_iovec_t issuer = call->worker->settings->issuer;
    text_start(&out, call->pool, 256);
    text_add(&out, SLICE("otpauth://totp/"));
    escape_add(&out, ESCAPE_PART, setting->email);
    text_add_format(&out, "?secret=%s&issuer=", secret);
    escape_add(&out, ESCAPE_PART, slice_from(issuer, slice_find(issuer, ':') + strlen("://")));
    return text_slice(&out);
}

/* The secret travels in the form, sealed and bound to the person, until a code of it is entered. */
static void show_off(struct setting *setting, int status, enum page_second_factor_refused refused)
{
    struct call *call = setting->visit->call;
    h2o_iovec_t sealed;
    char text[TOTP_BASE32_BYTES], hex[CODEC_HEX_LEN(SEALED_BYTES)];
    if (!totp_seal(call->pool, call->worker->settings->master_key, setting->user_id, setting->factor.secret, &sealed) ||
        sealed.len > SEALED_BYTES) {
        reply_error(call, ERR_INTERNAL, SLICE_NONE);
        return;
    }
    totp_secret_text(setting->factor.secret, text);
    struct page_second_factor page = {.state = PAGE_SECOND_FACTOR_STATE_OFF,
                                      .refused = refused,
                                      .secret = slice_of(text),
                                      .uri = uri_of(setting, text)};
    size_t len = codec_hex_encode(hex, sealed.base, sealed.len);
    send_page(setting, status, &page, json_pack("{s:s%}", "sealed", hex, len));
    secret_wipe(text, sizeof(text));
}

static void show_codes(struct setting *setting)
{
    struct page_second_factor_codes rows[TOTP_RECOVERY_CODES];
    for (size_t i = 0; i < TOTP_RECOVERY_CODES; ++i)
        rows[i].code = slice_of(setting->factor.codes[i]);
    struct page_second_factor page = {
        .state = PAGE_SECOND_FACTOR_STATE_CODES, .codes = rows, .codes_count = TOTP_RECOVERY_CODES};
    send_page(setting, 200, &page, json_object());
}

/* --- 1: who it is ------------------------------------------------------------------------------------------------- */

static void known(enum db_outcome outcome, const void *rows, size_t count, void *cookie);

static void setting_gone(void *cookie)
{
    struct setting *setting = cookie;
    secret_wipe(&setting->factor, sizeof(setting->factor));
}

static void found(struct visit *visit, const struct session_row *session)
{
    struct call *call = visit->call;
    struct setting *setting = h2o_mem_alloc_pool(call->pool, sizeof(*setting));
    if (!visit_is_fresh(visit, session, FACTOR_PATH))
        return;
    *setting = (struct setting){.visit = visit,
                                .user_id = session->user_id,
                                .session_id = session->id,
                                .name = slice_copy(call->pool, session->name),
                                .email = slice_copy(call->pool, session->email)};
    visit->owner = setting;
    visit->owner_gone = setting_gone;
    visit->rows = store_login_find_second(call->worker->db, setting->user_id, known, setting);
}

void second_factor_start(struct call *call)
{
    visit_find_session(visit_start(call), found);
}

/* --- 2: what is asked for ----------------------------------------------------------------------------------------- */

static void stored(enum db_outcome outcome, const void *rows, size_t count, void *cookie);
static void switched_off(enum db_outcome outcome, const void *rows, size_t count, void *cookie);

static bool read_sealed(struct setting *setting)
{
    struct visit *visit = setting->visit;
    h2o_iovec_t hex = visit_claim(visit, "sealed");
    uint8_t sealed[SEALED_BYTES];
    size_t len = hex.len / 2;
    return hex.len > 0 && len <= sizeof(sealed) && codec_hex_decode(sealed, len, hex) &&
           totp_open(visit->call->worker->settings->master_key, setting->user_id, (h2o_iovec_t){(char *)sealed, len},
                     setting->factor.secret);
}

static void switch_on(struct setting *setting)
{
    struct visit *visit = setting->visit;
    struct call *call = visit->call;
    h2o_iovec_t sealed;
    if (!read_sealed(setting)) {
        show_off(setting, 400, PAGE_SECOND_FACTOR_REFUSED_STALE);
    } else if (!totp_is_right(setting->factor.secret, form_get(&visit->form, SLICE("code")), clock_unix_s(),
                              &setting->step)) {
        show_off(setting, 403, PAGE_SECOND_FACTOR_REFUSED_WRONG);
    } else if (!totp_seal(call->pool, call->worker->settings->master_key, setting->user_id, setting->factor.secret,
                          &sealed)) {
        reply_error(call, ERR_INTERNAL, SLICE_NONE);
    } else {
        struct factor_new factor = {setting->user_id, setting->session_id, sealed, setting->step,
                                    totp_factor_digests(call->pool, &setting->factor)};
        visit->rows = store_totp_begin(call->worker->db, &factor, visit_actor(visit, setting->user_id, setting->name),
                                       stored, setting);
    }
}

static void change(struct setting *setting)
{
    struct visit *visit = setting->visit;
    struct db *db = visit->call->worker->db;
    if (form_get(&visit->form, SLICE("codes")).base != NULL)
        visit->rows = store_recovery_renew(db, setting->user_id, setting->session_id,
                                           totp_factor_digests(visit->call->pool, &setting->factor), stored, setting);
    else if (form_get(&visit->form, SLICE("off")).base != NULL)
        visit->rows = store_totp_end(db, setting->user_id, setting->session_id,
                                     visit_actor(visit, setting->user_id, setting->name), switched_off, setting);
    else
        show_on(setting);
}

/* The form is one that this login was given. */
static bool is_own_form(struct setting *setting)
{
    struct visit *visit = setting->visit;
    return visit_open(visit, FACTOR_FORM) &&
           json_integer_value(json_object_get(visit->claims, "session")) == setting->session_id;
}

static void known(enum db_outcome outcome, const void *rows, size_t count, void *cookie)
{
    struct setting *setting = cookie;
    struct visit *visit = setting->visit;
    const struct login_row *row = count > 0 ? rows : NULL;
    visit->rows = NULL;
    if (outcome != DB_DONE || row == NULL) {
        visit_refuse(visit, outcome == DB_DONE ? DB_REFUSED : outcome);
        return;
    }
    bool is_on = row->totp_sealed.base != NULL, posted = visit->call->method == METHOD_POST;
    bool own = posted && is_own_form(setting);
    totp_factor_make(&setting->factor);
    if (is_on && own)
        change(setting);
    else if (is_on)
        show_on(setting);
    else if (own)
        switch_on(setting);
    else
        show_off(setting, posted ? 400 : 200,
                 posted ? PAGE_SECOND_FACTOR_REFUSED_STALE : PAGE_SECOND_FACTOR_REFUSED_NO);
}

/* --- 3: done ------------------------------------------------------------------------------------------------------ */

static void stored(enum db_outcome outcome, const void *rows, size_t count, void *cookie)
{
    struct setting *setting = cookie;
    (void)rows;
    setting->visit->rows = NULL;
    if (outcome != DB_DONE)
        visit_refuse(setting->visit, outcome);
    else if (count == 0)
        reply_see_other(setting->visit->call, FACTOR_PATH); /* somebody was quicker, or the login is too old now */
    else
        show_codes(setting);
}

static void switched_off(enum db_outcome outcome, const void *rows, size_t count, void *cookie)
{
    struct setting *setting = cookie;
    (void)rows, (void)count;
    setting->visit->rows = NULL;
    if (outcome != DB_DONE)
        visit_refuse(setting->visit, outcome);
    else
        reply_see_other(setting->visit->call, FACTOR_PATH);
}
