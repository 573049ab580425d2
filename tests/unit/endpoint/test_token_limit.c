/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of requests at the token endpoint. BED_NOW_US is the start of a minute. */
#include "bed.h"

static void check_fields(const struct exchange *exchange, const char *limit)
{
    check_slice("policy", exchange_header(exchange, "ratelimit-policy"), SLICE("\"key\";q=2;w=60"));
    check_slice("limit", exchange_header(exchange, "ratelimit"), slice_of(limit));
}

static void a_used_up_limit_is_told_as_oauth_tells_errors(void **state)
{
    struct bed *bed = *state;
    static const char *const left[] = {"\"key\";r=1;t=60", "\"key\";r=0;t=60"};
    bed->client.requests = "2";
    bed_tell_client(bed);
    for (size_t i = 0; i < COUNT_OF(left); ++i) {
        struct exchange *exchange = bed_ask_token(bed, NULL, BED_GRANT);
        assert_int_equal(exchange_status(exchange), 200);
        check_fields(exchange, left[i]);
        exchange_end(exchange);
    }
    struct exchange *refused = bed_ask_token(bed, NULL, BED_GRANT);
    check_slice("retry", exchange_header(refused, "retry-after"), SLICE("60"));
    check_fields(refused, left[1]);
    bed_check_refusal("used up", refused, 429, "rate_limited");
    assert_int_equal(bed->worker->counters.rate_limited_key, 1);
    assert_int_equal(bed->worker->counters.tokens_issued, 2);

    clock_set_for_test(BED_NOW_US + INT64_C(60000000), 0);
    struct exchange *later = bed_ask_token(bed, NULL, BED_GRANT);
    assert_int_equal(exchange_status(later), 200);
    exchange_end(later);
}

/* Else whoever knows a client id could use up its limit. */
static void who_does_not_prove_himself_counts_for_nobody(void **state)
{
    struct bed *bed = *state;
    bed->client.requests = "2";
    bed_tell_client(bed);
    for (int i = 0; i < 5; ++i)
        bed_check_refusal("wrong secret", bed_ask_token(bed, bed_basic(bed->client_id, bed->wrong_secret), BED_GRANT),
                          401, "invalid_client");
    struct exchange *exchange = bed_ask_token(bed, NULL, BED_GRANT);
    check_fields(exchange, "\"key\";r=1;t=60");
    exchange_end(exchange);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_on_bed(a_used_up_limit_is_told_as_oauth_tells_errors),
        test_on_bed(who_does_not_prove_himself_counts_for_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
