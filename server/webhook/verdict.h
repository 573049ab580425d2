/* SPDX-License-Identifier: Apache-2.0 */
/* What an answer of a receiver means, and when it is tried again: at once, after 5 s, 5 min, 30 min, 2, 5, 10, 14, 20
 * and 24 hours, a little spread. */
#ifndef HALLMARK_WEBHOOK_VERDICT_H
#define HALLMARK_WEBHOOK_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#define VERDICT_ATTEMPTS_MAX 10
#define VERDICT_ASKED_S_MAX  (24 * 3600) /* no longer than the longest delay of our own */

enum verdict_result { VERDICT_DELIVERED, VERDICT_RETRY, VERDICT_GIVEN_UP, VERDICT_GONE, VERDICT__MAX };

struct verdict {
    enum verdict_result result;
    int64_t delay_ms; /* VERDICT_RETRY: until the next attempt */
    int64_t hold_ms;  /* how long nothing at all is sent to this receiver */
};

struct verdict_rules {
    int64_t attempts_max; /* at most VERDICT_ATTEMPTS_MAX */
    int64_t asked_s_max;  /* how far a receiver may put off the next attempt: at most VERDICT_ASKED_S_MAX */
    int refused;          /* a status that ends it, however few attempts there were; 0: none */
};

/* status 0: no answer came. retry_after_s: what the receiver asked for, 0 when it did not. `dice` is any random number.
 * 2xx is success; a redirect is a failure and never followed; 410 ends the subscription; 429 and 503 with Retry-After
 * hold the receiver's other events too. */
struct verdict verdict_of(const struct verdict_rules *rules, int status, int64_t retry_after_s, int64_t attempt,
                          uint32_t dice);

/* "delivered", ...: as the table of deliveries has it. */
const char *verdict_word(enum verdict_result result);

#endif
