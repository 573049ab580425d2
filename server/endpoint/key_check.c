/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/key_check.h"

#include "base/clock.h"
#include "base/layer.h"
#include "base/member.h"
#include "endpoint/authentication.h"

#define BODY_BYTES_USUAL 1024

/* --- the state ---------------------------------------------------------------------------------------------------- */

static bool is_off(const struct client *client, int64_t now_us)
{
    (void)now_us;
    return !client->client_active;
}

static bool is_unconfirmed(const struct client *client, int64_t now_us)
{
    (void)now_us;
    return client->is_waiting;
}

static bool is_of_an_application_that_is_off(const struct client *client, int64_t now_us)
{
    (void)now_us;
    return !client->application_active;
}

static bool is_of_a_closed_account(const struct client *client, int64_t now_us)
{
    (void)now_us;
    return !client->account_active;
}

static bool is_without_access(const struct client *client, int64_t now_us)
{
    (void)now_us;
    return client->access == ERR_API_ACCESS_OFF;
}

static bool is_without_grant(const struct client *client, int64_t now_us)
{
    (void)now_us;
    return client->access == ERR_ACCESS_NOT_GRANTED;
}

static bool is_without_plan(const struct client *client, int64_t now_us)
{
    (void)now_us;
    return client->access == ERR_PLAN_MISSING;
}

static bool is_too_early(const struct client *client, int64_t now_us)
{
    return now_us < client->not_before_us;
}

static bool is_over(const struct client *client, int64_t now_us)
{
    return now_us >= client->expires_us;
}

/* The first that fits; what is the key's own comes first, since that is what its admin looks at. */
static const struct {
    const char *word;
    bool (*fits)(const struct client *client, int64_t now_us);
} states[] = {
    {"waiting", is_unconfirmed},
    {"disabled", is_off},
    {"expired", is_over},
    {"not_yet", is_too_early},
    {"application_disabled", is_of_an_application_that_is_off},
    {"account_closed", is_of_a_closed_account},
    {"api_access_off", is_without_access},
    {"access_not_granted", is_without_grant},
    {"plan_missing", is_without_plan},
};

/* What may do nothing, for no reason of its row, was revoked. */
static h2o_iovec_t state_of(const struct client *client, bool usable)
{
    int64_t now_us = clock_unix_us();
    if (usable)
        return SLICE("active");
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); ++i)
        if (states[i].fits(client, now_us))
            return slice_of(states[i].word);
    return SLICE("revoked");
}

/* --- the answer --------------------------------------------------------------------------------------------------- */

static void add_scopes(struct text *out, const struct client *client, bool usable)
{
    struct text missing;
    text_add_string_member(out, SLICE("scope"), client->scopes.text);
    text_add_string_member(out, SLICE("effective_scope"), usable ? client->effective.text : SLICE(""));
    text_add_member(out, SLICE("reduced"));
    text_add_char(out, '[');
    text_start(&missing, out->pool, client->scopes.text.len + 1);
    for (size_t i = 0; i < client->scopes.count; ++i) {
        if (scope_set_has(&client->effective, client->scopes.tokens[i]))
            continue;
        if (missing.len > 0)
            text_add_char(&missing, ' ');
        text_add(&missing, client->scopes.tokens[i]);
    }
    if (missing.len > 0)
        layer_add_entry(out, ERR_HOLDER_RIGHT_MISSING, text_slice(&missing));
    text_add_char(out, ']');
}

static void answer(struct authentication *authentication, const struct client *client, bool usable)
{
    struct text out;
    text_start(&out, authentication->call->pool, BODY_BYTES_USUAL);
    text_add_char(&out, '{');
    text_add_string_member(&out, SLICE("client_id"), client->client_id);
    text_add_string_member(&out, SLICE("name"), client->name);
    text_add_member(&out, SLICE("application"));
    text_add_char(&out, '{');
    member_ident(&out, SLICE("id"), IDENT_APPLICATION, client->application_id);
    text_add_string_member(&out, SLICE("name"), client->application_name);
    text_add_char(&out, '}');
    member_ident(&out, SLICE("account"), IDENT_ACCOUNT, client->account_id);
    text_add_member(&out, SLICE("office"));
    text_add(&out, client->office ? SLICE("true") : SLICE("false"));
    text_add_string_member(&out, SLICE("state"), state_of(client, usable));
    if (client->is_waiting)
        text_add_string_member(
            &out, SLICE("waits_for"),
            SLICE("an admin of the account, other than the one who asked for the key, to confirm it"));
    add_scopes(&out, client, usable);
    if (client->not_before_us != 0)
        member_time(&out, SLICE("not_before"), client->not_before_us);
    if (client->expires_us != INT64_MAX)
        member_time(&out, SLICE("expires_at"), client->expires_us);
    text_add_char(&out, '}');
    reply_json(authentication->call, 200, text_slice(&out));
}

/* An application itself has no rights to tell of, and one without a secret has proven nothing. */
static void key_known(struct authentication *authentication, const struct client *client)
{
    if (client_is_application(client))
        authentication_refuse(
            authentication,
            (struct refusal){.err = ERR_UNAUTHORIZED_CLIENT,
                             .detail = SLICE("This is an application and no key: it has no rights of its own.")});
    else
        answer(authentication, client, true);
}

static void key_unusable(struct authentication *authentication, const struct client *client)
{
    if (client_is_application(client))
        authentication_refuse(authentication, (struct refusal){.err = ERR_INVALID_CLIENT});
    else
        answer(authentication, client, false);
}

static void key_check_gone(void *cookie)
{
    authentication_end(cookie);
}

void key_check_start(struct call *call)
{
    struct authentication *authentication = h2o_mem_alloc_pool(call->pool, sizeof(*authentication));
    *authentication = (struct authentication){.call = call, .known = key_known, .unusable = key_unusable};
    call_on_gone(call, key_check_gone, authentication);
    authentication_start(authentication);
}
