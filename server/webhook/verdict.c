/* SPDX-License-Identifier: Apache-2.0 */
#include "webhook/verdict.h"

#include <assert.h>

#define MS_PER_SECOND  1000
#define SECOND         INT64_C(1000)
#define MINUTE         (60 * SECOND)
#define HOUR           (60 * MINUTE)
#define SPREAD_DIVISOR 5 /* a delay is up to a fifth longer, so that what failed together does not return together */

enum { STATUS_GONE = 410, STATUS_TOO_MANY = 429, STATUS_UNAVAILABLE = 503 };

/* Behind attempt 1, 2, ... */
static const int64_t delays_ms[VERDICT_ATTEMPTS_MAX - 1] = {
    5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR,
};

const char *verdict_word(enum verdict_result result)
{
    static const char *const words[VERDICT__MAX] = {"delivered", "retry", "given_up", "gone"};
    assert(result < VERDICT__MAX);
    return words[result];
}

static int64_t asked_ms(const struct verdict_rules *rules, int64_t retry_after_s)
{
    if (retry_after_s <= 0)
        return 0;
    return (retry_after_s < rules->asked_s_max ? retry_after_s : rules->asked_s_max) * MS_PER_SECOND;
}

struct verdict verdict_of(const struct verdict_rules *rules, int status, int64_t retry_after_s, int64_t attempt,
                          uint32_t dice)
{
    assert(attempt > 0 && rules->attempts_max <= VERDICT_ATTEMPTS_MAX);
    int64_t asked = asked_ms(rules, retry_after_s);
    if (status >= 200 && status < 300)
        return (struct verdict){.result = VERDICT_DELIVERED};
    if (status == STATUS_GONE)
        return (struct verdict){.result = VERDICT_GONE};
    struct verdict verdict = {.result = VERDICT_GIVEN_UP};
    if (status == STATUS_TOO_MANY || status == STATUS_UNAVAILABLE)
        verdict.hold_ms = asked;
    if (attempt >= rules->attempts_max || (status != 0 && status == rules->refused))
        return verdict;
    int64_t delay = delays_ms[attempt - 1];
    verdict.result = VERDICT_RETRY;
    verdict.delay_ms = delay + delay / SPREAD_DIVISOR * (int64_t)(dice % 1000) / 1000;
    if (verdict.delay_ms < asked)
        verdict.delay_ms = asked;
    return verdict;
}
