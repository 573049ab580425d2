/* SPDX-License-Identifier: Apache-2.0 */
#include "mail/relay_verdict.h"

#include <assert.h>
#include <stddef.h>

#define SECOND         INT64_C(1000)
#define MINUTE         (60 * SECOND)
#define SPREAD_DIVISOR 5

static const int64_t delays_ms[] = {10 * SECOND, 30 * SECOND, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE};

/* Replies that are about us and not about the mail: authentication (RFC 4954), and a relay that serves nobody now. */
static const long about_us[] = {521, 530, 534, 535, 538};

const char *relay_result_word(enum relay_result result)
{
    static const char *const words[RELAY__MAX] = {"sent", "waiting", "failed"};
    assert(result < RELAY__MAX);
    return words[result];
}

static bool is_about_us(long reply)
{
    for (size_t i = 0; i < sizeof(about_us) / sizeof(about_us[0]); ++i)
        if (about_us[i] == reply)
            return true;
    return false;
}

/* libcurl says CURLE_SEND_ERROR when MAIL, RCPT or DATA was refused, and CURLE_WEIRD_SERVER_REPLY when what came behind
 * DATA was; but also when the greeting was, which is no word about this mail. */
enum relay_result relay_verdict(CURLcode code, long reply, bool told)
{
    if (code == CURLE_OK)
        return RELAY_SENT;
    bool judged = code == CURLE_SEND_ERROR || (code == CURLE_WEIRD_SERVER_REPLY && told);
    return judged && reply >= 500 && reply < 600 && !is_about_us(reply) ? RELAY_REFUSED : RELAY_LATER;
}

int64_t relay_delay_ms(int64_t attempt, uint32_t dice)
{
    size_t last = sizeof(delays_ms) / sizeof(delays_ms[0]) - 1;
    assert(attempt > 0);
    int64_t delay = delays_ms[(size_t)attempt - 1 < last ? (size_t)attempt - 1 : last];
    return delay + delay / SPREAD_DIVISOR * (int64_t)(dice % 1000) / 1000;
}
