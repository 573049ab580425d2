/* SPDX-License-Identifier: Apache-2.0 */
#include "client/policy_revocations.h"

#include "base/secret.h"
#include "check.h"
#include <stdlib.h>

static void what_is_not_there_is_not_revoked(void **state)
{
    (void)state;
    static const struct revocation_row row = {SLICE("jti"), SLICE("abc"), 1, 1000};
    static const struct {
        const char *kind, *subject;
        int64_t now_us;
        bool revoked;
    } cases[] = {
        {"jti", "abc", 999, true},  {"jti", "abc", INT64_MIN, true}, {"jti", "abc", 1000, false},
        {"jti", "abd", 999, false}, {"jti", "ab", 999, false},       {"jti", "abcd", 999, false},
        {"jti", "", 999, false},    {"grant", "abc", 999, false},    {"", "abc", 999, false},
        {"JTI", "abc", 999, false}, {"jt", "iabc", 999, false},      {"jtia", "bc", 999, false},
    };
    struct policy_revocations *revocations = policy_revocations_create(&row, 1);
    struct policy_revocations *none = policy_revocations_create(NULL, 0);
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        h2o_iovec_t kind = slice_of(cases[i].kind), subject = slice_of(cases[i].subject);
        check(cases[i].subject,
              policy_revocations_has(revocations, kind, subject, cases[i].now_us) == cases[i].revoked);
        check(cases[i].subject, !policy_revocations_has(none, kind, subject, cases[i].now_us));
    }
    assert_int_equal(policy_revocations_count(none), 0);
    policy_revocations_release(revocations);
    policy_revocations_release(none);
    policy_revocations_release(NULL);
}

static void the_later_of_two_ends_counts(void **state)
{
    (void)state;
    static const struct revocation_row rows[] = {
        {SLICE("jti"), SLICE("a"), 1, 10}, {SLICE("jti"), SLICE("a"), 2, 30}, {SLICE("jti"), SLICE("a"), 3, 20}};
    struct policy_revocations *revocations = policy_revocations_create(rows, COUNT_OF(rows));
    assert_true(policy_revocations_has(revocations, SLICE("jti"), SLICE("a"), 29));
    assert_false(policy_revocations_has(revocations, SLICE("jti"), SLICE("a"), 30));
    policy_revocations_release(revocations);
}

/* Rows are copied, and each of very many is found. */
static void a_hundred_thousand_are_found(void **state)
{
    (void)state;
    enum { COUNT = 100000, BYTES = 16 };
    struct revocation_row *rows = calloc(COUNT, sizeof(*rows));
    char *texts = calloc(COUNT, BYTES), wanted[BYTES];
    for (int i = 0; i < COUNT; ++i) {
        int len = snprintf(texts + i * BYTES, BYTES, "%x", i * 7);
        rows[i] = (struct revocation_row){SLICE("jti"), {texts + i * BYTES, (size_t)len}, 1, i + 1};
    }
    struct policy_revocations *revocations = policy_revocations_create(rows, COUNT);
    memset(texts, 'x', (size_t)COUNT * BYTES);
    for (int i = 0; i < COUNT; ++i) {
        snprintf(wanted, sizeof(wanted), "%x", i * 7);
        assert_true(policy_revocations_has(revocations, SLICE("jti"), slice_of(wanted), i));
        assert_false(policy_revocations_has(revocations, SLICE("jti"), slice_of(wanted), i + 1));
        snprintf(wanted, sizeof(wanted), "%x", i * 7 + 1);
        assert_false(policy_revocations_has(revocations, SLICE("jti"), slice_of(wanted), 0));
    }
    policy_revocations_release(policy_revocations_share(revocations));
    policy_revocations_release(revocations);
    free(rows);
    free(texts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_there_is_not_revoked),
        cmocka_unit_test(the_later_of_two_ends_counts),
        cmocka_unit_test(a_hundred_thousand_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
