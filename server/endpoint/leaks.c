/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/leaks.h"

#include "base/clock.h"
#include "base/form.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "client/claims.h"
#include "http/reply.h"
#include "http/settle.h"
#include "store/store_actor.h"
#include "store/store_grant.h"
#include "store/store_leak.h"

#define PENALTY_OF_REPORTS "leaks" /* in the place of a client id */
#define LINE_BYTES_USUAL   256
#define US_PER_SECOND      1000000

struct report { /* in the request's pool */
    struct call *call;
    h2o_iovec_t secret, url, note;
    /* of an access token: what it says, and who ends it */
    struct access_token token;
    struct record_author author;
    char address[LIMIT_ADDRESS_BYTES_MAX];
    /* under way: at most one of them */
    struct rows_call *ending;
    struct store_grant_call *revoking;
    struct settling *settling;
};

/* --- ends --------------------------------------------------------------------------------------------------------- */

static void answer(void *cookie)
{
    struct report *report = cookie;
    report->settling = NULL;
    reply_json(report->call, 202, SLICE("{\"accepted\":true}"));
}

static void refuse(const struct report *report, enum err err, h2o_iovec_t detail)
{
    reply_error(report->call, err, detail);
}

static void report_gone(void *cookie)
{
    struct report *report = cookie;
    rows_call_cancel(&report->ending);
    store_grant_cancel(&report->revoking);
    settle_cancel(&report->settling);
    secret_wipe(report->secret.base, report->secret.len);
}

/* --- 1: what was sent --------------------------------------------------------------------------------------------- */

static const struct {
    h2o_iovec_t name;
    size_t offset, bytes_max;
} parameters[] = {
    {SLICE("secret"), offsetof(struct report, secret), LIMIT_TOKEN_BYTES_MAX},
    {SLICE("url"), offsetof(struct report, url), LIMIT_REPORT_TEXT_BYTES_MAX},
    {SLICE("note"), offsetof(struct report, note), LIMIT_REPORT_TEXT_BYTES_MAX},
};

#define PARAMETER_COUNT (sizeof(parameters) / sizeof(parameters[0]))

static h2o_iovec_t *field_of(struct report *report, size_t parameter)
{
    return (h2o_iovec_t *)((char *)report + parameters[parameter].offset);
}

static bool read_form(struct report *report)
{
    static const char *const repeatable[] = {NULL};
    struct form form;
    if (form_parse(report->call->pool, report->call->body, repeatable, &form) != ERR_NONE)
        return false;
    for (size_t i = 0; i < PARAMETER_COUNT; ++i)
        *field_of(report, i) = form_get(&form, parameters[i].name);
    return true;
}

static bool read_json(struct report *report)
{
    struct json_object object;
    struct json_fault fault;
    if (!json_scan_object(report->call->pool, report->call->body, &object, &fault))
        return false;
    for (size_t i = 0; i < PARAMETER_COUNT; ++i) {
        const struct json_member *member = json_find(&object, parameters[i].name);
        if (member != NULL && member->type != JSON_TYPE_STRING)
            return false;
        if (member != NULL)
            *field_of(report, i) = json_string_text(report->call->pool, member->value);
    }
    return true;
}

static const struct {
    h2o_iovec_t media_type;
    bool (*read)(struct report *report);
} media[] = {
    {SLICE("application/x-www-form-urlencoded"), read_form},
    {SLICE("application/json"), read_json},
};

/* SLICE_NONE, or what is wrong with the report. */
static h2o_iovec_t read_report(struct report *report)
{
    size_t kind = 0;
    while (kind < sizeof(media) / sizeof(media[0]) && !call_media_is(report->call, media[kind].media_type))
        ++kind;
    if (kind == sizeof(media) / sizeof(media[0]))
        return SLICE("The body must be sent as application/x-www-form-urlencoded or as application/json.");
    if (!media[kind].read(report))
        return SLICE("The body is not well formed: it has secret, and may have url and note, each once and a text.");
    if (report->secret.base == NULL)
        return SLICE("The parameter secret is missing.");
    for (size_t i = 0; i < PARAMETER_COUNT; ++i)
        if (field_of(report, i)->len > parameters[i].bytes_max)
            return slice_format(report->call->pool, "The parameter %s has more than %zu bytes.",
                                parameters[i].name.base, parameters[i].bytes_max);
    return SLICE_NONE;
}

/* --- 2: its end --------------------------------------------------------------------------------------------------- */

/* What a stranger wrote may have the secret in it, or others that were found beside it and live on: codes, refresh
 * tokens, access tokens, secrets of webhooks; as they are, or as they stand in a URL. No log may have them. */
static bool has_secret(h2o_iovec_t told)
{
    static const h2o_iovec_t marks[] = {
        SLICE("hms_"),   SLICE("hmc_"),   SLICE("hmr_"),   SLICE("hms%5f"), SLICE("hmc%5f"), SLICE("hmr%5f"),
        SLICE("hms%5F"), SLICE("hmc%5F"), SLICE("hmr%5F"), SLICE("whsec"),  SLICE("eyJ"), /* {" of a header */
    };
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); ++i)
        if (memmem(told.base, told.len, marks[i].base, marks[i].len) != NULL)
            return true;
    return false;
}

static void add_told(struct text *line, h2o_iovec_t name, h2o_iovec_t told)
{
    if (told.base != NULL)
        text_add_string_member(line, name, has_secret(told) ? SLICE("(withheld: there is a secret in it)") : told);
}

static void raise_alarm(struct report *report, const struct leak_row *leak)
{
    struct call *call = report->call;
    struct text line;
    call->log_client = slice_copy(call->pool, leak->client_id);
    text_start(&line, call->pool, LINE_BYTES_USUAL);
    text_add_string_member(&line, SLICE("client"), leak->client_id);
    text_add_string_member(&line, SLICE("key"), leak->name);
    if (leak->secret_number != 0)
        text_add_u64_member(&line, SLICE("secret_number"), (uint64_t)leak->secret_number);
    text_add_string_member(&line, SLICE("request"), slice_of(call->request_id));
    add_told(&line, SLICE("url"), report->url);
    add_told(&line, SLICE("note"), report->note);
    log_event(LOG_LEVEL_WARN, "secret_leaked", "%.*s", SLICE_ARGS(text_slice(&line)));
    report->settling = settle_start(call->worker, answer, report);
}

/* It counts against who reports, and is answered as if something had ended. */
static void ended_nothing(struct report *report)
{
    const struct call *call = report->call;
    penalty_failed(call->worker->penalties, SLICE(PENALTY_OF_REPORTS), &call->address, clock_unix_s());
    answer(report);
}

static void leak_ended(enum db_outcome outcome, const void *rows, size_t count, void *cookie)
{
    struct report *report = cookie;
    report->ending = NULL;
    if (outcome != DB_DONE)
        refuse(report, outcome == DB_REFUSED ? ERR_INTERNAL : ERR_OVERLOADED, SLICE_NONE);
    else if (count == 0)
        ended_nothing(report);
    else
        raise_alarm(report, rows);
}

static void end_secret(struct report *report, enum leak_kind kind, int64_t account_id)
{
    struct call *call = report->call;
    uint8_t digest[DIGEST_BYTES];
    secret_digest(digest, report->secret);
    report->ending = store_leak_end(call->worker->db, kind, account_id, digest,
                                    store_actor_text(call->pool, &report->author), leak_ended, report);
    secret_wipe(digest, sizeof(digest));
}

static void token_ended(enum db_outcome outcome, const struct grant_row *row, void *cookie)
{
    struct report *report = cookie;
    struct leak_row leak = {.client_id = report->token.client_id, .name = SLICE("an access token")};
    (void)row; /* there is one: a token that is good can be revoked */
    report->revoking = NULL;
    if (outcome != DB_DONE)
        refuse(report, outcome == DB_REFUSED ? ERR_INTERNAL : ERR_OVERLOADED, SLICE_NONE);
    else
        raise_alarm(report, &leak);
}

/* One alone, until it would have ended by itself: what it was had with may be in good hands. */
static void end_access_token(struct report *report)
{
    struct call *call = report->call;
    struct worker *worker = call->worker;
    struct grant_claim claim = {.author = &report->author};
    if (claims_check(worker->policy, worker->jws, call->pool, report->secret, worker->settings->issuer, NULL,
                     clock_unix_s(), &report->token) != JWS_OK) {
        ended_nothing(report);
        return;
    }
    claim.account_id = report->token.account_id;
    claim.client_id = report->token.client_id;
    report->revoking = store_access_revoke(worker->db, &claim, report->token.jti,
                                           report->token.expires_at * US_PER_SECOND, token_ended, report);
}

/* --- in order of time --------------------------------------------------------------------------------------------- */

/* {" is how the header of a JWT begins. */
static bool looks_like_access_token(h2o_iovec_t text)
{
    return slice_starts_with(text, SLICE("eyJ")) && slice_find(text, '.') != SIZE_MAX;
}

static void end_what_it_is(struct report *report)
{
    struct call *call = report->call;
    int64_t account_id = 0;
    report->author =
        (struct record_author){.application_name = SLICE("leak report"),
                               .request_id = slice_of(call->request_id),
                               .address = {report->address, address_text(&call->address, report->address)}};
    if (credential_check(CREDENTIAL_CLIENT_SECRET, report->secret, &account_id))
        end_secret(report, LEAK_CLIENT_SECRET, account_id);
    else if (credential_check(CREDENTIAL_REFRESH_TOKEN, report->secret, &account_id))
        end_secret(report, LEAK_REFRESH_TOKEN, account_id);
    else if (looks_like_access_token(report->secret))
        end_access_token(report);
    else
        refuse(
            report, ERR_INVALID_REQUEST,
            SLICE("This is no client secret, refresh token or access token of ours: it is mistyped or cut, since its "
                  "checksum does not fit."));
}

void leaks_start(struct call *call)
{
    struct report *report = h2o_mem_alloc_pool(call->pool, sizeof(*report));
    *report = (struct report){.call = call};
    call_on_gone(call, report_gone, report);

    h2o_iovec_t wrong = read_report(report);
    if (wrong.base != NULL) {
        refuse(report, ERR_INVALID_REQUEST, wrong);
        return;
    }
    int64_t wait_s = penalty_wait_s(call->worker->penalties, SLICE(PENALTY_OF_REPORTS), &call->address, clock_unix_s());
    if (wait_s > 0)
        reply_refusal(call, &(struct refusal){.err = ERR_TOO_MANY_FAILURES,
                                              .retry_after_s = (int)wait_s,
                                              .detail = SLICE("Too many reports of secrets that are none from this "
                                                              "address; wait and try again.")});
    else
        end_what_it_is(report);
}
