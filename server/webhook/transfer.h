/* SPDX-License-Identifier: Apache-2.0 */
/* One attempt to deliver, over libcurl's multi interface. Nothing of it is followed, guessed or taken from the
 * environment: no redirect, no proxy, no netrc; sizes and times are capped. */
#ifndef HALLMARK_WEBHOOK_TRANSFER_H
#define HALLMARK_WEBHOOK_TRANSFER_H

#include "base/text.h"
#include "webhook/outbox.h"
#include "webhook/target.h"
#include "webhook/verdict.h"

#include <curl/curl.h>

struct transfer_settings {
    struct target_rules rules;
    struct verdict_rules verdicts;
    int64_t timeout_ms;
};

struct transfer;

/* Makes the request; the delivery is not needed afterwards, the settings are. */
struct transfer *transfer_create(const struct delivery *delivery, const struct transfer_settings *settings);

/* The handle to add to a multi; NULL when nothing can be sent (transfer_end then says why). Its private pointer is the
 * transfer. */
CURL *transfer_handle(struct transfer *transfer);

/* The end of it, as curl told; judges the answer. */
struct verdict transfer_end(struct transfer *transfer, CURLcode code);

/* After the end: adds the object that the outbox records. */
void transfer_add_result(const struct transfer *transfer, struct text *results);

void transfer_destroy(struct transfer *transfer);

#endif
