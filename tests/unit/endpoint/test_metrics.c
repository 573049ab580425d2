/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/metrics.h"

#include "bed.h"

/* Two workers, both on this thread: each is asked by a message, and answers when its own loop turns. */
struct two {
    struct bed *bed;
    struct loopback *other_loopback;
    struct worker *other;
    struct worker *all[2];
    struct worker *const *all_of_one;
};

static struct two two;

static int setup(void **state)
{
    bed_setup(state);
    two.bed = *state;
    two.other_loopback = loopback_create(&two.bed->settings, two.bed->worker->routes);
    two.other = loopback_worker(two.other_loopback);
    two.all[0] = two.bed->worker;
    two.all[1] = two.other;
    two.all_of_one = two.bed->worker->all;
    two.bed->worker->all = two.all;
    two.bed->worker->all_count = 2;
    two.other->index = 1;
    return 0;
}

static int teardown(void **state)
{
    two.bed->worker->all = two.all_of_one;
    two.bed->worker->all_count = 1;
    loopback_destroy(two.other_loopback);
    return bed_teardown(state);
}

#define test_with_two(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

static struct exchange *start(void)
{
    return loopback_start(two.bed->loopback,
                          &(struct loopback_request){.method = "GET", .target = "/metrics", .operations = true});
}

static struct exchange *scrape(void)
{
    struct exchange *exchange = start();
    worker_turn(two.other); /* which has been asked, and reports */
    assert_true(exchange_wait(exchange));
    assert_int_equal(exchange_status(exchange), 200);
    return exchange;
}

/* The value of a series, "name{labels}"; fails when there is not exactly one. */
static double value_of(const struct exchange *exchange, const char *series)
{
    h2o_iovec_t rest = exchange_body(exchange), name = slice_of(series);
    double value = 0;
    int times = 0;
    while (rest.base != NULL) {
        h2o_iovec_t line = slice_cut(&rest, '\n');
        if (!slice_starts_with(line, name) || line.base[name.len] != ' ')
            continue;
        char number[64];
        snprintf(number, sizeof(number), "%.*s", SLICE_ARGS(slice_from(line, name.len + 1)));
        value = strtod(number, NULL);
        ++times;
    }
    if (times != 1)
        fail_msg("%s stands there %d times", series, times);
    return value;
}

#define check_value(exchange, series, wanted) check(series, value_of(exchange, series) == (wanted))

/* --- who may ------------------------------------------------------------------------------------------------------ */

static void the_public_listener_tells_nothing(void **state)
{
    struct bed *bed = *state;
    struct exchange *exchange = bed_get(bed, "/metrics");
    assert_int_equal(exchange_status(exchange), 404);
    exchange_end(exchange);
}

static void it_answers_whatever_state_the_server_is_in(void **state)
{
    struct bed *bed = *state;
    policy_release(bed->worker->policy);
    bed->worker->policy = NULL;
    exchange_end(scrape());
}

static void whoever_hangs_up_leaves_nothing_behind(void **state)
{
    (void)state;
    exchange_end(start()); /* before anybody has reported */
    struct exchange *exchange = start();
    worker_turn(two.other); /* one of two has */
    exchange_end(exchange);
    for (int turn = 0; turn < 4; ++turn) { /* the others report to nobody; the leak checker sees the rest */
        worker_turn(two.other);
        worker_turn(two.bed->worker);
    }
}

/* --- figures ----------------------------------------------------------------------------------------------------- */

static void counters_are_summed_over_the_workers(void **state)
{
    struct worker_counters *here = &two.bed->worker->counters, *there = &two.other->counters;
    (void)state;
    here->tokens_issued = 3;
    there->tokens_issued = UINT64_C(1) << 40;
    there->authentication_slowed = 5;
    here->answers[0] = 1;
    here->answers[2] = 7;
    there->answers[2] = 8;
    here->answers[5] = 2;
    here->connections_open = 4;
    there->connections_open = 6;
    struct exchange *exchange = scrape();
    check_value(exchange, "hallmark_tokens_issued_total", 3 + (double)(UINT64_C(1) << 40));
    check_value(exchange, "hallmark_authentication_slowed_total", 5);
    check_value(exchange, "hallmark_authentication_failed_total", 0);
    check_value(exchange, "hallmark_answers_total{class=\"none\"}", 1);
    check_value(exchange, "hallmark_answers_total{class=\"2xx\"}", 15);
    check_value(exchange, "hallmark_answers_total{class=\"5xx\"}", 2);
    check_value(exchange, "hallmark_connections_open", 10);
    check_value(exchange, "hallmark_workers", 2);
    exchange_end(exchange);
}

static void durations_are_cumulative(void **state)
{
    struct worker_counters *here = &two.bed->worker->counters, *there = &two.other->counters;
    char series[128];
    double before = -1;
    (void)state;
    for (size_t i = 0; i < WORKER_DURATION_BUCKETS; ++i) {
        here->duration_buckets[i] = 1;
        there->duration_buckets[i] = 2;
    }
    here->duration_sum_us = 1500000;
    there->duration_sum_us = 250;
    struct exchange *exchange = scrape();
    for (size_t i = 0; i < WORKER_DURATION_BUCKETS - 1; ++i) {
        double bound = (double)worker_duration_bounds_us[i] / 1e6;
        assert_true(bound > before);
        before = bound;
        snprintf(series, sizeof(series), "http_server_request_duration_seconds_bucket{le=\"%g\"}", bound);
        check_value(exchange, series, 3.0 * (double)(i + 1));
    }
    check_value(exchange, "http_server_request_duration_seconds_bucket{le=\"+Inf\"}", 3.0 * WORKER_DURATION_BUCKETS);
    check_value(exchange, "http_server_request_duration_seconds_count", 3.0 * WORKER_DURATION_BUCKETS);
    check_value(exchange, "http_server_request_duration_seconds_sum", 1.50025);
    exchange_end(exchange);
}

static void lanes_and_caches_are_reported_by_their_workers(void **state)
{
    struct bed *bed = *state;
    (void)state;
    fake_db_set_lane_state(
        bed->db, DB_LANE_WRITE,
        (struct db_lane_state){.connections = 4, .ready = 3, .in_flight = 2, .waiting = 1, .lost = 9});
    fake_db_set_lane_state(two.other->db, DB_LANE_WRITE,
                           (struct db_lane_state){.connections = 4, .ready = 1, .refused_busy = UINT64_C(1) << 33});
    bed_tell_client(bed);
    exchange_end(bed_ask_token(bed, NULL, BED_GRANT));
    struct exchange *exchange = scrape();
    check_value(exchange, "hallmark_db_connections{lane=\"write\"}", 8);
    check_value(exchange, "hallmark_db_connections_ready{lane=\"write\"}", 4);
    check_value(exchange, "hallmark_db_connections_ready{lane=\"read\"}", 2);
    check_value(exchange, "hallmark_db_statements_in_flight{lane=\"write\"}", 2);
    check_value(exchange, "hallmark_db_statements_waiting{lane=\"write\"}", 1);
    check_value(exchange, "hallmark_db_statements_lost_total{lane=\"write\"}", 9);
    check_value(exchange, "hallmark_db_statements_busy_total{lane=\"write\"}", (double)(UINT64_C(1) << 33));
    check_value(exchange, "hallmark_client_cache_entries", 1);
    check_value(exchange, "hallmark_token_cache_entries", 0);
    exchange_end(exchange);
}

static void the_process_is_described(void **state)
{
    (void)state;
    struct exchange *exchange = scrape();
    check_value(exchange, "hallmark_build_info{version=\"" HALLMARK_VERSION "\"}", 1);
    assert_true(value_of(exchange, "process_resident_memory_bytes") > 1e6);
    assert_true(value_of(exchange, "process_open_fds") > 3);
    assert_true(value_of(exchange, "process_max_fds") >= value_of(exchange, "process_open_fds"));
    exchange_end(exchange);
}

/* --- form -------------------------------------------------------------------------------------------------------- */

/* Prometheus' text format, version 0.0.4: each family is introduced once, before its series; no series comes twice;
 * names hold to the conventions; and no label has a value that outsiders choose. */
static void every_line_is_well_formed(void **state)
{
    char families[64][80], series[256][160];
    size_t family_count = 0, series_count = 0;
    (void)state;
    struct exchange *exchange = scrape();
    check_slice("type", exchange_header(exchange, "content-type"), SLICE("text/plain; version=0.0.4; charset=utf-8"));
    check_slice("cache", exchange_header(exchange, "cache-control"), SLICE("no-store"));
    h2o_iovec_t rest = exchange_body(exchange);
    assert_int_equal(rest.base[rest.len - 1], '\n');
    --rest.len;
    while (rest.base != NULL) {
        char line[512], name[160], type[16];
        h2o_iovec_t cut = slice_cut(&rest, '\n');
        snprintf(line, sizeof(line), "%.*s", SLICE_ARGS(cut));
        if (sscanf(line, "# HELP %79s", families[family_count]) == 1) {
            for (size_t i = 0; i < family_count; ++i)
                check(line, strcmp(families[i], families[family_count]) != 0);
            check(line, strncmp(families[family_count], "hallmark_", 9) == 0 ||
                            strncmp(families[family_count], "process_", 8) == 0 ||
                            strncmp(families[family_count], "http_", 5) == 0);
            assert_true(++family_count < COUNT_OF(families));
        } else if (sscanf(line, "# TYPE %159s %15s", name, type) == 2) {
            check(line, strcmp(name, families[family_count - 1]) == 0);
            bool is_total = strcmp(name + strlen(name) - strlen("_total"), "_total") == 0;
            check(line, is_total == (strcmp(type, "counter") == 0));
        } else {
            size_t len = strcspn(line, " ");
            const char *family = families[family_count - 1];
            check(line, strncmp(line, family, strlen(family)) == 0);
            snprintf(series[series_count], sizeof(series[0]), "%.*s", (int)len, line);
            for (size_t i = 0; i < series_count; ++i)
                check(line, strcmp(series[i], series[series_count]) != 0);
            assert_true(++series_count < COUNT_OF(series));
            char *end;
            (void)strtod(line + len, &end);
            check(line, end > line + len + 1 && *end == '\0');
        }
    }
    assert_true(family_count > 20);
    exchange_end(exchange);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_two(the_public_listener_tells_nothing),
        test_with_two(it_answers_whatever_state_the_server_is_in),
        test_with_two(whoever_hangs_up_leaves_nothing_behind),
        test_with_two(counters_are_summed_over_the_workers),
        test_with_two(durations_are_cumulative),
        test_with_two(lanes_and_caches_are_reported_by_their_workers),
        test_with_two(the_process_is_described),
        test_with_two(every_line_is_well_formed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
