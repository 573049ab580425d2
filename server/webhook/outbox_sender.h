/* SPDX-License-Identifier: Apache-2.0 */
/* Sends what stands in the outboxes, each on a thread of its own with one blocking connection to the database, so that
 * none waits for another; many transfers are under way at once, and no transaction is open while one is. Every node may
 * run it: each delivery is leased by one. What a node that died had taken goes out again when the lease ends, with the
 * same id. */
#ifndef HALLMARK_WEBHOOK_OUTBOX_SENDER_H
#define HALLMARK_WEBHOOK_OUTBOX_SENDER_H

#include "base/text.h"
#include "http/settings.h"
#include "store/db_sync.h"

struct outbox_senders;

/* The settings stay the caller's. `prepare` is run on each new connection, on a sender's thread: it says in whose name
 * the history tells what is changed there (a webhook that stops); false gives the connection up. */
struct outbox_senders *outbox_senders_start(const struct settings *settings, bool (*prepare)(struct db_sync *db));

/* Lets what is under way end for a second, gives the rest back, and waits three at most. */
void outbox_senders_stop(struct outbox_senders *senders);

/* Counters of this process, as Prometheus text. Any thread. */
void outbox_senders_metrics(struct text *text);

#endif
