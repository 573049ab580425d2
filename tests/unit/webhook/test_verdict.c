/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "webhook/verdict.h"

#define HOUR_MS (INT64_C(3600) * 1000)

static const struct verdict_rules rules = {.attempts_max = VERDICT_ATTEMPTS_MAX, .asked_s_max = VERDICT_ASKED_S_MAX};

static void judges_answers(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int status;
        int64_t retry_after_s;
        enum verdict_result result;
        int64_t least_ms, hold_ms;
    } cases[] = {
        {"no answer", 0, 0, VERDICT_RETRY, 5000, 0},
        {"redirect", 301, 0, VERDICT_RETRY, 5000, 0},
        {"redirect to elsewhere", 307, 0, VERDICT_RETRY, 5000, 0},
        {"not modified", 304, 0, VERDICT_RETRY, 5000, 0},
        {"client's fault", 404, 0, VERDICT_RETRY, 5000, 0},
        {"server's fault", 500, 0, VERDICT_RETRY, 5000, 0},
        {"slow down", 429, 0, VERDICT_RETRY, 5000, 0},
        {"slow down for a while", 429, 120, VERDICT_RETRY, 120000, 120000},
        {"unavailable for a moment", 503, 1, VERDICT_RETRY, 5000, 1000},
        {"server's fault with a time", 500, 60, VERDICT_RETRY, 60000, 0},
        {"for ever", 429, INT64_MAX, VERDICT_RETRY, 24 * HOUR_MS, 24 * HOUR_MS},
        {"a time in the past", 429, -5, VERDICT_RETRY, 5000, 0},
        {"gone", 410, 0, VERDICT_GONE, 0, 0},
        {"good", 200, 0, VERDICT_DELIVERED, 0, 0},
        {"good without content", 204, 60, VERDICT_DELIVERED, 0, 0},
        {"the last of the good", 299, 0, VERDICT_DELIVERED, 0, 0},
        {"informational", 199, 0, VERDICT_RETRY, 5000, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct verdict verdict = verdict_of(&rules, cases[i].status, cases[i].retry_after_s, 1, 0);
        check(cases[i].name, verdict.result == cases[i].result);
        check(cases[i].name, verdict.delay_ms == cases[i].least_ms);
        check(cases[i].name, verdict.hold_ms == cases[i].hold_ms);
    }
}

static void waits_longer_each_time_and_ends(void **state)
{
    (void)state;
    static const int64_t delays_ms[] = {5000,         300000,       1800000,      2 * HOUR_MS, 5 * HOUR_MS,
                                        10 * HOUR_MS, 14 * HOUR_MS, 20 * HOUR_MS, 24 * HOUR_MS};
    assert_int_equal(COUNT_OF(delays_ms), VERDICT_ATTEMPTS_MAX - 1);
    for (size_t i = 0; i < COUNT_OF(delays_ms); ++i) {
        for (uint32_t dice = 0; dice < 5000; dice += 333) {
            struct verdict verdict = verdict_of(&rules, 500, 0, (int64_t)i + 1, dice);
            assert_int_equal(verdict.result, VERDICT_RETRY);
            assert_true(verdict.delay_ms >= delays_ms[i]);
            assert_true(verdict.delay_ms <= delays_ms[i] / 5 * 6);
        }
    }
    assert_int_equal(verdict_of(&rules, 500, 0, VERDICT_ATTEMPTS_MAX, 1).result, VERDICT_GIVEN_UP);
    assert_int_equal(verdict_of(&rules, 0, 0, 1000, UINT32_MAX).result, VERDICT_GIVEN_UP);
    assert_int_equal(verdict_of(&rules, 200, 0, 1000, 1).result, VERDICT_DELIVERED);
    struct verdict spread[] = {verdict_of(&rules, 500, 0, 5, 1), verdict_of(&rules, 500, 0, 5, 999)};
    assert_true(spread[0].delay_ms != spread[1].delay_ms);
}

/* As the outbox of logout tokens has them: a few attempts within an hour, and a word that ends it. */
static void ends_sooner_by_rules_of_its_own(void **state)
{
    (void)state;
    static const struct verdict_rules few = {.attempts_max = 4, .asked_s_max = 600, .refused = 400};
    int64_t whole_ms = 0;
    for (int64_t attempt = 1; attempt < few.attempts_max; ++attempt) {
        struct verdict verdict = verdict_of(&few, 503, INT64_MAX, attempt, 999);
        assert_int_equal(verdict.result, VERDICT_RETRY);
        whole_ms += verdict.delay_ms;
    }
    assert_true(whole_ms < HOUR_MS);
    assert_int_equal(verdict_of(&few, 503, INT64_MAX, few.attempts_max, 1).result, VERDICT_GIVEN_UP);
    assert_int_equal(verdict_of(&few, 400, 60, 1, 1).result, VERDICT_GIVEN_UP);
    assert_int_equal(verdict_of(&rules, 400, 60, 1, 1).result, VERDICT_RETRY);
    assert_int_equal(verdict_of(&few, 0, 0, 1, 1).result, VERDICT_RETRY);
}

static void has_words(void **state)
{
    (void)state;
    assert_string_equal(verdict_word(VERDICT_DELIVERED), "delivered");
    assert_string_equal(verdict_word(VERDICT_RETRY), "retry");
    assert_string_equal(verdict_word(VERDICT_GIVEN_UP), "given_up");
    assert_string_equal(verdict_word(VERDICT_GONE), "gone");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges_answers),
        cmocka_unit_test(waits_longer_each_time_and_ends),
        cmocka_unit_test(ends_sooner_by_rules_of_its_own),
        cmocka_unit_test(has_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
