/* SPDX-License-Identifier: Apache-2.0 */
/* One mail as it goes over the wire (RFC 5322, MIME): plain text in UTF-8, quoted-printable. Whatever names and texts
 * hold, they end no header: they are written as quoted strings or encoded words (RFC 2047), and line ends in them are
 * blanks. */
#ifndef HALLMARK_MAIL_MAIL_MESSAGE_H
#define HALLMARK_MAIL_MAIL_MESSAGE_H

#include "mail/mailbox.h"

struct mail_message {
    struct mailbox from, to; /* their addresses satisfy mailbox_is_address */
    int64_t date_us;
    h2o_iovec_t id;       /* left of the @ of its Message-ID: the same whenever it is sent again */
    h2o_iovec_t language; /* a tag */
    h2o_iovec_t text;     /* its first line is the subject, what follows the blank line behind it the body */
};

/* In the pool, every line ended by CR LF, none longer than 998 bytes. */
h2o_iovec_t mail_message_text(h2o_mem_pool_t *pool, const struct mail_message *message);

#endif
