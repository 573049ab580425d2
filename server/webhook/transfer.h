/* SPDX-License-Identifier: Apache-2.0 */
/* One attempt to tell a receiver of one event, over libcurl's multi interface. Nothing of it is followed, guessed or
 * taken from the environment: no redirect, no proxy, no netrc; sizes and times are capped. */
#ifndef HALLMARK_WEBHOOK_TRANSFER_H
#define HALLMARK_WEBHOOK_TRANSFER_H

#include "base/text.h"
#include "store/store_webhook.h"
#include "webhook/target.h"
#include "webhook/verdict.h"

#include <curl/curl.h>

struct transfer_settings {
    struct target_rules rules;
    const uint8_t *master_key; /* DIGEST_BYTES */
    int64_t timeout_ms;
};

struct transfer;

/* Makes the request; the event is not needed afterwards. */
struct transfer *transfer_create(const struct webhook_event *event, const struct transfer_settings *settings);

/* The handle to add to a multi; NULL when nothing can be sent (transfer_end then says why). Its private pointer is the
 * transfer. */
CURL *transfer_handle(struct transfer *transfer);

/* The end of it, as curl told; judges the answer. */
struct verdict transfer_end(struct transfer *transfer, CURLcode code);

/* After the end: adds the object that store_webhook_record takes. */
void transfer_add_result(const struct transfer *transfer, struct text *results);

void transfer_destroy(struct transfer *transfer);

#endif
