/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/webhook_outbox.h"

#include "base/clock.h"
#include "base/credential.h"
#include "store/store_webhook.h"
#include "webhook/signature.h"
#include "webhook/webhook_event.h"

#define PAUSE_SECONDS    (5 * 24 * 3600) /* of nothing but failures: then the webhook stops */
#define HEADERS          4
#define SIGNATURES_BYTES 256
#define IDENTITY_BYTES   256

/* --- a delivery --------------------------------------------------------------------------------------------------- */

static void add_number(struct text *members, h2o_iovec_t name, int64_t value)
{
    text_add_member(members, name);
    text_add_i64(members, value);
}

static h2o_iovec_t identity_of(h2o_mem_pool_t *pool, const struct webhook_event *event)
{
    struct text members;
    text_start(&members, pool, IDENTITY_BYTES);
    add_number(&members, SLICE("account_id"), event->account_id);
    add_number(&members, SLICE("webhook_id"), event->webhook_id);
    add_number(&members, SLICE("collection_id"), event->collection_id);
    add_number(&members, SLICE("record_id"), event->record_id);
    add_number(&members, SLICE("id"), event->id);
    text_add_string_member(&members, SLICE("type"), event->type);
    return text_slice(&members);
}

/* What is signed, and with whose secrets. */
struct signed_content {
    const struct webhook_event *event;
    const uint8_t *master_key;
    h2o_iovec_t id, body;
    int64_t timestamp;
};

static bool add_signature(struct text *value, const struct signed_content *content, h2o_iovec_t sealed)
{
    uint8_t secret[SIGNATURE_SECRET_BYTES];
    enum signature_kind signing;
    const struct webhook_event *event = content->event;
    if (!signature_kind_parse(event->signing, &signing) ||
        !signature_secret_open(content->master_key, event->account_id, event->webhook_id, sealed, secret))
        return false;
    signature_add(value, signing, secret, content->id, content->timestamp, content->body);
    secret_wipe(secret, sizeof(secret));
    return true;
}

/* The headers of Standard Webhooks; false when a secret does not open. */
static bool add_headers(h2o_mem_pool_t *pool, const struct signed_content *content, struct delivery *delivery)
{
    h2o_iovec_t *lines = h2o_mem_alloc_pool(pool, HEADERS * sizeof(*lines));
    const struct webhook_event *event = content->event;
    struct text value;
    text_start(&value, pool, SIGNATURES_BYTES);
    if (!add_signature(&value, content, event->sealed) ||
        (event->old_sealed.base != NULL && !add_signature(&value, content, event->old_sealed)))
        return false;
    lines[0] = slice_format(pool, "webhook-id: %.*s", SLICE_ARGS(content->id));
    lines[1] = slice_format(pool, "webhook-timestamp: %lld", (long long)content->timestamp);
    lines[2] = slice_format(pool, "webhook-signature: %.*s", SLICE_ARGS(text_slice(&value)));
    lines[3] = SLICE("Content-Type: application/json");
    delivery->headers = lines;
    delivery->header_count = HEADERS;
    return true;
}

static struct delivery delivery_of(h2o_mem_pool_t *pool, const struct settings *settings,
                                   const struct webhook_event *event)
{
    char id[IDENT_BYTES_MAX];
    struct delivery delivery = {.identity = identity_of(pool, event),
                                .attempt = event->attempt,
                                .url = event->url,
                                .body = webhook_event_body(pool, event)};
    webhook_event_id(event, id);
    struct signed_content content = {.event = event,
                                     .master_key = settings->master_key,
                                     .id = slice_of(id),
                                     .body = delivery.body,
                                     .timestamp = clock_unix_s()};
    if (!add_headers(pool, &content, &delivery))
        delivery.fault = "its secret does not open with this master key";
    return delivery;
}

/* --- the outbox --------------------------------------------------------------------------------------------------- */

static bool lease(struct db_sync *db, const struct settings *settings, const struct outbox_lease *lease,
                  h2o_mem_pool_t *pool, const struct delivery **deliveries_out, size_t *count_out)
{
    const struct webhook_event *events;
    if (!store_webhook_lease(db, lease->number, lease->seconds, lease->most, lease->each, pool, &events, count_out))
        return false;
    struct delivery *deliveries = h2o_mem_alloc_pool(pool, (*count_out + 1) * sizeof(*deliveries));
    for (size_t i = 0; i < *count_out; ++i)
        deliveries[i] = delivery_of(pool, settings, &events[i]);
    *deliveries_out = deliveries;
    return true;
}

static void tell_stopped(const struct webhook_stopped *stopped)
{
    char account[IDENT_BYTES_MAX], webhook[IDENT_BYTES_MAX], reason[256];
    ident_text(IDENT_ACCOUNT, stopped->account_id, account);
    ident_text(IDENT_WEBHOOK, stopped->webhook_id, webhook);
    log_event(LOG_LEVEL_WARN, "webhook_stopped",
              "\"account\":\"%s\",\"webhook\":\"%s\",\"state\":\"%.*s\",\"reason\":%s", account, webhook,
              SLICE_ARGS(stopped->state), log_quote(reason, sizeof(reason), stopped->reason));
}

static bool record(struct db_sync *db, int64_t lease_number, h2o_iovec_t results, h2o_mem_pool_t *pool)
{
    const struct webhook_stopped *stopped;
    size_t count;
    if (!store_webhook_record(db, lease_number, results, PAUSE_SECONDS, pool, &stopped, &count))
        return false;
    for (size_t i = 0; i < count; ++i)
        tell_stopped(&stopped[i]);
    return true;
}

const struct outbox webhook_outbox = {
    .name = "webhooks",
    .counter = "hallmark_webhook_deliveries_total",
    .gauge = "hallmark_webhook_transfers",
    .transfers_max = LIMIT_WEBHOOK_TRANSFERS_MAX,
    .rules = {.attempts_max = VERDICT_ATTEMPTS_MAX, .asked_s_max = VERDICT_ASKED_S_MAX},
    .lease = lease,
    .record = record,
    .release = store_webhook_release,
};
