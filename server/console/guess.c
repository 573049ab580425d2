/* SPDX-License-Identifier: Apache-2.0 */
#include "console/guess.h"

#include "base/clock.h"
#include "base/codec.h"
#include "console/cookie.h"

#include <jansson.h>
#include <stdio.h>

#define KNOWN_PURPOSE  "known browser"
#define NAME_DIGITS    32
#define SECONDS_OF_DAY 86400

/* The address as it is looked up: without regard to case. */
static void digest_email(h2o_mem_pool_t *pool, h2o_iovec_t email, char out[static NAME_DIGITS + 1])
{
    uint8_t digest[DIGEST_BYTES];
    h2o_iovec_t small = slice_copy(pool, email);
    for (size_t i = 0; i < small.len; ++i)
        if (small.base[i] >= 'A' && small.base[i] <= 'Z')
            small.base[i] = (char)(small.base[i] - 'A' + 'a');
    secret_digest(digest, small);
    out[codec_hex_encode(out, digest, NAME_DIGITS / 2)] = '\0';
}

static bool is_known(struct call *call, const char *person)
{
    h2o_iovec_t ticket = cookie_get(call, COOKIE_KNOWN);
    json_t *claims =
        ticket.len == 0 ? NULL : ticket_open(&call->worker->tickets, call->pool, KNOWN_PURPOSE, ticket, clock_unix_s());
    const char *known = json_string_value(json_object_get(claims, "person"));
    bool found = known != NULL && strcmp(known, person) == 0;
    json_decref(claims);
    return found;
}

void guess_of_email(struct call *call, h2o_iovec_t email, struct guess *out)
{
    char person[NAME_DIGITS + 1];
    digest_email(call->pool, email, person);
    snprintf(out->name, sizeof(out->name), "login %s", person);
    snprintf(out->part, sizeof(out->part), "logins %c", person[0]);
    out->is_known = is_known(call, person);
}

void guess_of_code(struct call *call, int64_t user_id, h2o_iovec_t email, struct guess *out)
{
    char person[NAME_DIGITS + 1];
    digest_email(call->pool, email, person);
    snprintf(out->name, sizeof(out->name), "code %lld", (long long)user_id);
    snprintf(out->part, sizeof(out->part), "codes %c", person[0]);
    out->is_known = is_known(call, person);
}

void guess_of_forgotten(struct call *call, h2o_iovec_t email, struct guess *out)
{
    char person[NAME_DIGITS + 1];
    digest_email(call->pool, email, person);
    snprintf(out->name, sizeof(out->name), "forgotten %s", person);
    snprintf(out->part, sizeof(out->part), "forgotten %c", person[0]);
    out->is_known = true;
}

static const struct address everywhere = {.family = 0};

int64_t guess_wait_s(const struct call *call, const struct guess *guess)
{
    struct penalty_table *table = call->worker->penalties;
    int64_t now_s = clock_unix_s(), longest = penalty_wait_s(table, slice_of(guess->name), &call->address, now_s);
    int64_t others[] = {
        penalty_wait_s(table, slice_of(guess->part), &call->address, now_s),
        guess->is_known ? 0 : penalty_wait_s(table, slice_of(guess->name), &everywhere, now_s),
    };
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); ++i)
        longest = others[i] > longest ? others[i] : longest;
    return longest;
}

void guess_failed(const struct call *call, const struct guess *guess)
{
    struct penalty_table *table = call->worker->penalties;
    int64_t now_s = clock_unix_s();
    penalty_failed(table, slice_of(guess->name), &call->address, now_s);
    penalty_failed(table, slice_of(guess->part), &call->address, now_s);
    penalty_failed(table, slice_of(guess->name), &everywhere, now_s);
}

void guess_succeeded(const struct call *call, const struct guess *guess)
{
    penalty_succeeded(call->worker->penalties, slice_of(guess->name), &call->address);
    penalty_succeeded(call->worker->penalties, slice_of(guess->name), &everywhere);
}

void guess_know_browser(struct call *call, h2o_iovec_t email)
{
    char person[NAME_DIGITS + 1];
    h2o_iovec_t ticket;
    digest_email(call->pool, email, person);
    json_t *claims = json_pack("{s:s}", "person", person);
    if (claims != NULL && ticket_make(&call->worker->tickets, call->pool, KNOWN_PURPOSE, claims,
                                      clock_unix_s() + (int64_t)LIMIT_KNOWN_BROWSER_DAYS * SECONDS_OF_DAY, &ticket))
        cookie_set(call, COOKIE_KNOWN, ticket);
    json_decref(claims);
}
