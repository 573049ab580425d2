/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/webhook_event.h"

#include "base/text.h"

#define BODY_BYTES_USUAL  1024
#define CHANGED_BYTES_MAX 8000 /* with references of at most as much the whole stays below 20 kB */

void webhook_event_id(const struct webhook_event *event, char out[static IDENT_BYTES_MAX])
{
    ident_text(IDENT_EVENT, event->id, out);
}

static void add_ident(struct text *body, h2o_iovec_t name, enum ident_kind kind, int64_t id)
{
    char text[IDENT_BYTES_MAX];
    text_add_string_member(body, name, (h2o_iovec_t){text, ident_text(kind, id, text)});
}

/* What is JSON already. */
static void add_value(struct text *body, h2o_iovec_t name, h2o_iovec_t json)
{
    if (json.base == NULL)
        return;
    text_add_member(body, name);
    text_add(body, json);
}

static void add_change(struct text *body, const struct webhook_event *event)
{
    text_add_string_member(body, SLICE("collection"), event->collection);
    text_add_u64_member(body, SLICE("record"), (uint64_t)event->record_id);
    text_add_u64_member(body, SLICE("version"), (uint64_t)event->version);
    text_add_u64_member(body, SLICE("history_id"), (uint64_t)event->id);
    text_add_string_member(body, SLICE("application"), event->application_name);
    text_add_string_member(body, SLICE("key"), event->client_id);
    add_value(body, SLICE("external_references"), event->external_references);
    if (event->changed.len <= CHANGED_BYTES_MAX)
        add_value(body, SLICE("changed"), event->changed);
    add_value(body, SLICE("document"), event->document);
}

h2o_iovec_t webhook_event_body(h2o_mem_pool_t *pool, const struct webhook_event *event)
{
    struct text body;
    text_start(&body, pool, BODY_BYTES_USUAL);
    text_add_char(&body, '{');
    text_add_string_member(&body, SLICE("type"), event->type);
    text_add(&body, SLICE(",\"timestamp\":\""));
    text_add_time(&body, event->at_us);
    text_add(&body, SLICE("\",\"data\":{"));
    add_ident(&body, SLICE("id"), IDENT_EVENT, event->id);
    add_ident(&body, SLICE("account"), IDENT_ACCOUNT, event->account_id);
    add_ident(&body, SLICE("webhook"), IDENT_WEBHOOK, event->webhook_id);
    if (event->collection.base != NULL)
        add_change(&body, event);
    text_add(&body, SLICE("}}"));
    return text_slice(&body);
}
