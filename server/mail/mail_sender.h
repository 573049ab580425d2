/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the links that were asked for by mail and sends what waits, on a thread of its own with one blocking connection
 * to the database, one mail at a time; no transaction is open while one is under way. Every node with a relay runs it:
 * each mail is leased by one. What a node that died had taken goes out again when the lease ends, with the same
 * Message-ID; the link in it works once, however often it arrives. */
#ifndef HALLMARK_MAIL_MAIL_SENDER_H
#define HALLMARK_MAIL_MAIL_SENDER_H

#include "base/text.h"
#include "http/settings.h"

struct mail_sender;

/* NULL when the settings name no relay. They stay the caller's. */
struct mail_sender *mail_sender_start(const struct settings *settings);

/* Cuts off what is under way, gives it back, and waits three seconds at most. NULL is a no-op. */
void mail_sender_stop(struct mail_sender *sender);

/* Counters of this process, and what waits in the database, as Prometheus text. Any thread. */
void mail_sender_metrics(struct text *text);

#endif
