/* SPDX-License-Identifier: Apache-2.0 */
#include "http/admission.h"

#include "base/text.h"

#define FIELD_BYTES_USUAL 96

static const struct {
    h2o_iovec_t policy; /* a string, as structured fields and JSON have it */
    const char *who;
    size_t counter; /* in struct worker_counters */
} rows[RATE__MAX] = {
    [RATE_KEY] = {SLICE("\"key\""), "this key", offsetof(struct worker_counters, rate_limited_key)},
    [RATE_APPLICATION] = {SLICE("\"application\""), "all keys of this application together",
                          offsetof(struct worker_counters, rate_limited_application)},
};

static void add_item(struct text *list, h2o_iovec_t policy, h2o_iovec_t first, uint64_t first_value, h2o_iovec_t second,
                     uint64_t second_value)
{
    if (list->len > 0)
        text_add(list, SLICE(", "));
    text_add(list, policy);
    text_add(list, first);
    text_add_u64(list, first_value);
    text_add(list, second);
    text_add_u64(list, second_value);
}

/* Two structured fields, each a list with an item for each limit; names and numbers need no escape. */
static void add_fields(struct call *call, const struct rate_standing standings[static RATE__MAX])
{
    struct text policies, state;
    text_start(&policies, call->pool, FIELD_BYTES_USUAL);
    text_start(&state, call->pool, FIELD_BYTES_USUAL);
    for (enum rate_kind kind = 0; kind < RATE__MAX; ++kind) {
        const struct rate_standing *at = &standings[kind];
        if (at->quota.requests == 0)
            continue;
        add_item(&policies, rows[kind].policy, SLICE(";q="), at->quota.requests, SLICE(";w="), at->quota.seconds);
        add_item(&state, rows[kind].policy, SLICE(";r="), at->remaining, SLICE(";t="), (uint64_t)at->reset_s);
    }
    reply_header(call, SLICE("ratelimit-policy"), text_slice(&policies));
    reply_header(call, SLICE("ratelimit"), text_slice(&state));
}

/* Until every limit that is used up has room again: whoever waits so long is not refused for the other one then. */
static int wait_s(const struct rate_standing standings[static RATE__MAX])
{
    int longest = 1;
    for (enum rate_kind kind = 0; kind < RATE__MAX; ++kind)
        if (standings[kind].quota.requests > 0 && standings[kind].remaining == 0 && standings[kind].reset_s > longest)
            longest = standings[kind].reset_s;
    return longest;
}

bool admission_count(struct call *call, const struct client *client, int64_t now_us, struct refusal *out)
{
    struct rate_standing standings[RATE__MAX];
    if (call->admitted)
        return true;
    call->admitted = true;
    enum rate_kind refused = rate_take(client->rates, now_us, standings);
    add_fields(call, standings);
    if (refused == RATE__MAX)
        return true;
    int retry_after_s = wait_s(standings);
    worker_count((_Atomic uint64_t *)((char *)&call->worker->counters + rows[refused].counter));
    *out = (struct refusal){
        .err = ERR_RATE_LIMITED,
        .retry_after_s = retry_after_s,
        .violated = rows[refused].policy,
        .detail = slice_format(call->pool, "The limit of %u requests in %u s for %s is used up; try again in %d s.",
                               standings[refused].quota.requests, standings[refused].quota.seconds, rows[refused].who,
                               retry_after_s)};
    return false;
}

bool admission_from_here(struct call *call, const struct client *client, struct refusal *out)
{
    char address[LIMIT_ADDRESS_BYTES_MAX];
    if (client_address_allowed(client, &call->address))
        return true;
    h2o_iovec_t seen = {address, address_text(&call->address, address)};
    *out = (struct refusal){
        .err = ERR_ADDRESS_NOT_ALLOWED,
        .detail =
            slice_format(call->pool, "The key may not be used from the address %.*s; an account admin can allow it.",
                         SLICE_ARGS(seen))};
    return false;
}
