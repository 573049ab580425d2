/* SPDX-License-Identifier: Apache-2.0 */
/* What became of a mail at the relay, and when it is tried again: after 10 s, 30 s, 2, 5 and 10 minutes, then every 15,
 * a little spread, for as long as its link works. */
#ifndef HALLMARK_MAIL_RELAY_VERDICT_H
#define HALLMARK_MAIL_RELAY_VERDICT_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

enum relay_result { RELAY_SENT, RELAY_LATER, RELAY_REFUSED, RELAY__MAX };

/* "sent", "waiting", "failed": as the table of mails has it. */
const char *relay_result_word(enum relay_result result);

/* `reply`: the last reply code of the relay (RFC 5321 section 4.2), 0 when there was none; `told`: the whole mail was
 * handed over. Refused for good is what the relay answers with 5yz to this mail; when it does not take our login, or no
 * mail at all, that is mended by people, and the mail waits. */
enum relay_result relay_verdict(CURLcode code, long reply, bool told);

int64_t relay_delay_ms(int64_t attempt, uint32_t dice);

#endif
