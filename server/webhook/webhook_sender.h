/* SPDX-License-Identifier: Apache-2.0 */
/* Sends what stands in the outbox, on a thread of its own with one blocking connection to the database; many transfers
 * are under way at once, and no transaction is open while one is. Every node may run it: each event is leased by one.
 * What a node that died had taken goes out again when the lease ends, with the same id. */
#ifndef HALLMARK_WEBHOOK_WEBHOOK_SENDER_H
#define HALLMARK_WEBHOOK_WEBHOOK_SENDER_H

#include "base/text.h"
#include "http/settings.h"
#include "store/db_sync.h"

struct webhook_sender;

/* The settings stay the caller's. `prepare` is run on each new connection, on the sender's thread: it says in whose
 * name the history tells what is changed there (a webhook that stops); false gives the connection up. */
struct webhook_sender *webhook_sender_start(const struct settings *settings, bool (*prepare)(struct db_sync *db));

/* Lets what is under way end for a second, gives the rest back, and waits three at most. */
void webhook_sender_stop(struct webhook_sender *sender);

/* Counters of this process, as Prometheus text. Any thread. */
void webhook_sender_metrics(struct text *text);

#endif
