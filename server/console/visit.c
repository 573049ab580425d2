/* SPDX-License-Identifier: Apache-2.0 */
#include "console/visit.h"

#include "base/clock.h"
#include "base/codec.h"
#include "console/cookie.h"
#include "console/escape.h"
#include "http/reply.h"
#include "store/store_actor.h"

#include <assert.h>

#define PAGE_BYTES_USUAL 8192
#define US_PER_SECOND    INT64_C(1000000)
#define ONWARD_PURPOSE   "continue"
#define DIGEST_TEXT_LEN  CODEC_HEX_LEN(DIGEST_BYTES)

/* --- start and end ------------------------------------------------------------------------------------------------ */

static void visit_gone(void *cookie)
{
    struct visit *visit = cookie;
    static const h2o_iovec_t secrets[] = {SLICE("password"), SLICE("again"), SLICE("old"), SLICE("code")};
    if (visit->owner != NULL)
        visit->owner_gone(visit->owner);
    rows_call_cancel(&visit->rows);
    hash_job_cancel(&visit->hash);
    settle_cancel(&visit->settling);
    json_decref(visit->claims);
    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); ++i) {
        h2o_iovec_t typed = form_get(&visit->form, secrets[i]);
        secret_wipe(typed.base, typed.len);
    }
}

static void read_form(struct call *call, h2o_iovec_t text, struct form *out)
{
    static const char *const repeatable[] = {"scope", "resource", NULL}; /* boxes that were ticked; RFC 8707 */
    if (form_parse(call->pool, text, repeatable, out) != ERR_NONE)
        out->count = 0;
}

/* A language that is asked for stays chosen. */
static void choose_language(struct visit *visit)
{
    struct call *call = visit->call;
    h2o_iovec_t asked = form_get(&visit->query, SLICE("ui_locales"));
    visit->language =
        language_choose(asked, cookie_get(call, COOKIE_LANGUAGE), call_header(call, SLICE("accept-language"), NULL));
    if (asked.base != NULL)
        cookie_set(call, COOKIE_LANGUAGE, language_tag(visit->language));
}

struct visit *visit_start(struct call *call)
{
    struct visit *visit = h2o_mem_alloc_pool(call->pool, sizeof(*visit));
    memset(visit, 0, sizeof(*visit));
    visit->call = call;
    call_on_gone(call, visit_gone, visit);
    read_form(call, call->query, &visit->query);
    if (call->method == METHOD_POST)
        read_form(call, call->body, &visit->form);
    choose_language(visit);
    return visit;
}

/* --- the ticket of a form ----------------------------------------------------------------------------------------- */

static void digest_text(const uint8_t digest[static DIGEST_BYTES], char out[static DIGEST_TEXT_LEN + 1])
{
    out[codec_hex_encode(out, digest, DIGEST_BYTES)] = '\0';
}

/* The digest of the browser's cookie, in hex; a browser without one gets one. */
static void bind_to_browser(struct visit *visit, char out[static DIGEST_TEXT_LEN + 1])
{
    uint8_t digest[DIGEST_BYTES];
    char fresh[COOKIE_SECRET_BYTES];
    if (!cookie_digest(cookie_get(visit->call, COOKIE_FORM), digest)) {
        cookie_make_secret(fresh);
        cookie_set(visit->call, COOKIE_FORM, slice_of(fresh));
        secret_digest(digest, slice_of(fresh));
    }
    digest_text(digest, out);
}

h2o_iovec_t visit_ticket(struct visit *visit, const char *purpose, json_t *claims, int64_t seconds)
{
    char browser[DIGEST_TEXT_LEN + 1];
    h2o_iovec_t ticket = SLICE("");
    struct call *call = visit->call;
    bind_to_browser(visit, browser);
    if (json_object_set_new(claims, "browser", json_string(browser)) != 0 ||
        !ticket_make(&call->worker->tickets, call->pool, purpose, claims, clock_unix_s() + seconds, &ticket))
        ticket = SLICE(""); /* then the form is refused when it is sent */
    json_decref(claims);
    return ticket;
}

/* Browsers say who sends a form (Fetch Metadata); those that say nothing are held by the cookie alone. */
static bool is_sent_by_another_site(const struct call *call)
{
    h2o_iovec_t site = call_header(call, SLICE("sec-fetch-site"), NULL);
    return site.base != NULL && !slice_equal(site, SLICE("same-origin")) && !slice_equal(site, SLICE("none"));
}

static bool is_of_this_browser(const struct visit *visit)
{
    uint8_t digest[DIGEST_BYTES];
    char browser[DIGEST_TEXT_LEN + 1];
    h2o_iovec_t bound = visit_claim(visit, "browser");
    if (bound.len != DIGEST_TEXT_LEN || !cookie_digest(cookie_get(visit->call, COOKIE_FORM), digest))
        return false;
    digest_text(digest, browser);
    return secret_equal(bound.base, browser, DIGEST_TEXT_LEN);
}

bool visit_open(struct visit *visit, const char *purpose)
{
    struct call *call = visit->call;
    h2o_iovec_t ticket = form_get(&visit->form, SLICE("form"));
    assert(visit->claims == NULL);
    if (ticket.base == NULL || is_sent_by_another_site(call))
        return false;
    visit->claims = ticket_open(&call->worker->tickets, call->pool, purpose, ticket, clock_unix_s());
    if (visit->claims != NULL && is_of_this_browser(visit))
        return true;
    json_decref(visit->claims);
    visit->claims = NULL;
    return false;
}

h2o_iovec_t visit_claim(const struct visit *visit, const char *name)
{
    const json_t *claim = json_object_get(visit->claims, name);
    if (!json_is_string(claim))
        return SLICE_NONE;
    return (h2o_iovec_t){(char *)json_string_value(claim), json_string_length(claim)};
}

/* --- where to go on ----------------------------------------------------------------------------------------------- */

static const char *text_or_empty(h2o_iovec_t text)
{
    return text.base == NULL ? "" : text.base;
}

h2o_iovec_t visit_login_location(struct call *call, const struct visit_onward *onward)
{
    h2o_iovec_t ticket;
    assert(escape_url_is_safe(onward->target) && onward->target.base[0] == '/');
    json_t *claims = json_pack("{s:s%, s:s%, s:s%}", "to", onward->target.base, onward->target.len, "form_target",
                               text_or_empty(onward->form_target), onward->form_target.len, "hint",
                               text_or_empty(onward->hint), onward->hint.len);
    bool made = claims != NULL && ticket_make(&call->worker->tickets, call->pool, ONWARD_PURPOSE, claims,
                                              clock_unix_s() + LIMIT_LOGIN_FORM_SECONDS, &ticket);
    json_decref(claims);
    return made ? slice_format(call->pool, "/login?continue=%.*s", SLICE_ARGS(ticket)) : SLICE("/login");
}

static h2o_iovec_t claimed(h2o_mem_pool_t *pool, const json_t *claims, const char *name)
{
    const char *text = json_string_value(json_object_get(claims, name));
    return text == NULL || *text == '\0' ? SLICE_NONE : slice_copy(pool, slice_of(text));
}

bool visit_read_onward(struct call *call, h2o_iovec_t ticket, struct visit_onward *out)
{
    json_t *claims = ticket.len == 0
                         ? NULL
                         : ticket_open(&call->worker->tickets, call->pool, ONWARD_PURPOSE, ticket, clock_unix_s());
    *out = (struct visit_onward){claimed(call->pool, claims, "to"), claimed(call->pool, claims, "form_target"),
                                 claimed(call->pool, claims, "hint")};
    json_decref(claims);
    if (out->target.len > 0 && out->target.base[0] == '/' && escape_url_is_safe(out->target))
        return true;
    *out = (struct visit_onward){SLICE_NONE, SLICE_NONE, SLICE_NONE};
    return false;
}

/* --- who it is ---------------------------------------------------------------------------------------------------- */

static void visit_session_found(enum db_outcome outcome, const void *rows, size_t count, void *cookie)
{
    struct visit *visit = cookie;
    const struct session_row *session = count > 0 ? rows : NULL;
    visit->rows = NULL;
    if (outcome != DB_DONE) {
        visit_refuse(visit, outcome);
        return;
    }
    if (session != NULL && clock_unix_us() - session->seen_us > (int64_t)LIMIT_SESSION_TOUCH_S * US_PER_SECOND)
        store_session_touch(visit->call->worker->db, session->user_id, session->id);
    visit->then(visit, session);
}

void visit_find_session(struct visit *visit, void (*then)(struct visit *visit, const struct session_row *session))
{
    uint8_t digest[DIGEST_BYTES];
    visit->then = then;
    if (!cookie_digest(cookie_get(visit->call, COOKIE_SESSION), digest))
        secret_digest(digest, SLICE_NONE); /* nobody's: then the answer comes in the same way */
    visit->rows = store_session_find(visit->call->worker->db, digest, visit_session_found, visit);
}

bool visit_is_fresh(struct visit *visit, const struct session_row *session, h2o_iovec_t path)
{
    struct call *call = visit->call;
    if (session != NULL && clock_unix_us() - session->created_us < LIMIT_FRESH_LOGIN_S * US_PER_SECOND)
        return true;
    h2o_iovec_t hint = session == NULL ? SLICE_NONE : slice_copy(call->pool, session->email);
    reply_see_other(call, visit_login_location(call, &(struct visit_onward){.target = path, .hint = hint}));
    return false;
}

h2o_iovec_t visit_actor(const struct visit *visit, int64_t user_id, h2o_iovec_t name)
{
    const struct call *call = visit->call;
    char address[LIMIT_ADDRESS_BYTES_MAX];
    address_text(&call->address, address);
    return store_actor_text(call->pool, &(struct record_author){.application_name = SLICE("hallmark"),
                                                                .user_id = user_id,
                                                                .person_name = name,
                                                                .request_id = slice_of(call->request_id),
                                                                .address = slice_of(address)});
}

static void settled(void *cookie)
{
    struct visit *visit = cookie;
    visit->settling = NULL;
    reply_see_other(visit->call, visit->onward);
}

void visit_settle(struct visit *visit, h2o_iovec_t target)
{
    visit->onward = target;
    visit->settling = settle_start(visit->call->worker, settled, visit);
}

/* --- answers ------------------------------------------------------------------------------------------------------ */

void visit_page_start(struct visit *visit, struct text *out)
{
    text_start(out, visit->call->pool, PAGE_BYTES_USUAL);
}

void visit_page_send(struct visit *visit, int status, const struct text *out)
{
    reply_page(visit->call, status, text_slice(out), &visit->page_allowed);
}

void visit_refuse(struct visit *visit, enum db_outcome outcome)
{
    reply_error(visit->call, outcome == DB_REFUSED ? ERR_INTERNAL : ERR_OVERLOADED, SLICE_NONE);
}
