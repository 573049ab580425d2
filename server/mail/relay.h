/* SPDX-License-Identifier: Apache-2.0 */
/* The SMTP relay that takes our mails, over libcurl: one connection, kept between two mails. TLS is required and its
 * certificate checked, but for a relay on loopback by smtp://, where the address that was connected to is checked. */
#ifndef HALLMARK_MAIL_RELAY_H
#define HALLMARK_MAIL_RELAY_H

#include "http/settings.h"
#include "mail/relay_verdict.h"
#include <stdatomic.h>

#define RELAY_DETAIL_BYTES 200 /* of the relay's last line, or of what went wrong, NUL included; printable ASCII */

/* smtp://host, smtps://host, either with a port, nothing behind; an IPv6 host in brackets. */
bool relay_url_is_good(const char *url);
/* By its name: 127.0.0.0/8, [::1] or localhost. */
bool relay_url_is_loopback(const char *url);

struct relay;

/* The settings stay the caller's, and `stop`: once it is true what is under way ends within a second or so. */
struct relay *relay_create(const struct settings *settings, const atomic_bool *stop);
void relay_destroy(struct relay *relay);

/* Blocks until the relay has taken the mail or has not. From and to satisfy mailbox_is_address; the message is that of
 * mail_message.h. */
enum relay_result relay_send(struct relay *relay, h2o_iovec_t from, h2o_iovec_t to, h2o_iovec_t message,
                             char detail_out[static RELAY_DETAIL_BYTES]);

#endif
