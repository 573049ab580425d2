/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/health.h"

#include "bed.h"

/* The feed is played by the test: the linker puts this in the place of feed_age_ms. */
static int64_t feed_is_old_ms;

int64_t __wrap_feed_age_ms(const struct feed *feed);
int64_t __wrap_feed_age_ms(const struct feed *feed)
{
    (void)feed;
    return feed_is_old_ms;
}

static int setup(void **state)
{
    static char feed;
    bed_setup(state);
    struct bed *bed = *state;
    bed->worker->feed = (struct feed *)(void *)&feed;
    feed_is_old_ms = 0;
    return 0;
}

#define test_with_feed(test) cmocka_unit_test_setup_teardown(test, setup, bed_teardown)

static struct exchange *ask_ready(struct bed *bed)
{
    return bed_get(bed, "/health/ready");
}

static void expect_schema(struct bed *bed, int difference)
{
    char number[16];
    snprintf(number, sizeof(number), "%d", migration_at(migration_count() - 1)->number + difference);
    fake_db_expect(bed->db, STATEMENT_MIGRATION_LATEST, FAKE_NONE);
    fake_db_row(bed->db, FAKE_TEXTS(number));
}

/* Ends the exchange. `wrong` names the one check that fails; NULL: none. */
static void check_ready(struct exchange *exchange, const char *wrong)
{
    static const char *const names[] = {"policy", "feed", "database", "schema"};
    json_t *body = bed_json(exchange), *checks = json_object_get(body, "checks");
    const char *name = wrong == NULL ? "ready" : wrong;
    check(name, exchange_status(exchange) == (wrong == NULL ? 200 : 503));
    check(name, strcmp(bed_string(body, "status"), wrong == NULL ? "ready" : "not ready") == 0);
    check(name, (exchange_header(exchange, "retry-after").base != NULL) == (wrong != NULL));
    check(name, json_object_size(checks) == COUNT_OF(names));
    for (size_t i = 0; i < COUNT_OF(names); ++i)
        if (wrong != NULL && strcmp(names[i], wrong) == 0)
            check(name, json_is_false(json_object_get(checks, names[i])));
    if (wrong == NULL)
        for (size_t i = 0; i < COUNT_OF(names); ++i)
            check(names[i], json_is_true(json_object_get(checks, names[i])));
    check_slice(name, exchange_header(exchange, "cache-control"), SLICE("no-store"));
    json_decref(body);
    exchange_end(exchange);
}

/* --- ready ------------------------------------------------------------------------------------------------------- */

static void without_policy_or_feed_it_is_not_ready(void **state)
{
    struct bed *bed = *state;
    expect_schema(bed, 0);
    feed_is_old_ms = LIMIT_FEED_DEAD_MS + 1;
    check_ready(ask_ready(bed), "feed");

    struct feed *feed = bed->worker->feed;
    expect_schema(bed, 0);
    bed->worker->feed = NULL;
    check_ready(ask_ready(bed), "feed");
    bed->worker->feed = feed;
    feed_is_old_ms = 0;

    expect_schema(bed, 0);
    policy_release(bed->worker->policy);
    bed->worker->policy = NULL;
    check_ready(ask_ready(bed), "policy");
}

static void a_lane_without_connection_is_told_at_once(void **state)
{
    struct bed *bed = *state;
    for (unsigned lane = 0; lane < DB_LANE__MAX; ++lane) {
        fake_db_set_lane_state(bed->db, (enum db_lane)lane, (struct db_lane_state){.connections = 2, .ready = 0});
        check_ready(ask_ready(bed), "database"); /* nobody is asked */
        fake_db_set_lane_state(bed->db, (enum db_lane)lane, (struct db_lane_state){.connections = 2, .ready = 1});
    }
}

static void a_database_that_does_not_answer_is_not_ready(void **state)
{
    static const enum db_outcome outcomes[] = {DB_BUSY, DB_LOST};
    struct bed *bed = *state;
    for (size_t i = 0; i < COUNT_OF(outcomes); ++i) {
        fake_db_expect(bed->db, STATEMENT_MIGRATION_LATEST, FAKE_NONE);
        fake_db_fail(bed->db, outcomes[i]);
        check_ready(ask_ready(bed), "database");
    }
}

static void an_older_schema_is_not_ready_and_a_newer_one_is(void **state)
{
    struct bed *bed = *state;
    expect_schema(bed, -1);
    check_ready(ask_ready(bed), "schema");
    fake_db_expect(bed->db, STATEMENT_MIGRATION_LATEST, FAKE_NONE); /* no row */
    check_ready(ask_ready(bed), "schema");
    fake_db_expect(bed->db, STATEMENT_MIGRATION_LATEST, FAKE_NONE);
    fake_db_refuse(bed->db, "42P01");
    check_ready(ask_ready(bed), "schema");
    expect_schema(bed, 1);
    check_ready(ask_ready(bed), NULL);
}

static void with_everything_in_place_it_is_ready(void **state)
{
    struct bed *bed = *state;
    feed_is_old_ms = LIMIT_FEED_DEAD_MS;
    expect_schema(bed, 0);
    check_ready(ask_ready(bed), NULL);
}

static void whoever_hangs_up_ends_the_question(void **state)
{
    struct bed *bed = *state;
    fake_db_expect(bed->db, STATEMENT_MIGRATION_LATEST, FAKE_NONE);
    fake_db_expect_cancel(bed->db);
    struct exchange *exchange =
        loopback_start(bed->loopback, &(struct loopback_request){.method = "GET", .target = "/health/ready"});
    assert_int_equal(fake_db_waiting(bed->db), 1);
    exchange_end(exchange);
    assert_int_equal(fake_db_waiting(bed->db), 0);
}

/* --- alive ------------------------------------------------------------------------------------------------------- */

/* Whatever else is wrong: a process that answers is not restarted. */
static void alive_asks_nobody(void **state)
{
    struct bed *bed = *state;
    policy_release(bed->worker->policy);
    bed->worker->policy = NULL;
    feed_is_old_ms = INT64_MAX;
    for (int operations = 0; operations < 2; ++operations) {
        struct exchange *exchange = loopback_ask(
            bed->loopback,
            &(struct loopback_request){.method = "GET", .target = "/health/alive", .operations = operations != 0});
        assert_int_equal(exchange_status(exchange), 200);
        check_slice("body", exchange_body(exchange), SLICE("{\"status\":\"alive\"}"));
        exchange_end(exchange);
    }
}

static void both_listeners_tell_readiness(void **state)
{
    struct bed *bed = *state;
    expect_schema(bed, 0);
    check_ready(
        loopback_ask(bed->loopback,
                     &(struct loopback_request){.method = "GET", .target = "/health/ready", .operations = true}),
        NULL);
}

static void there_is_nothing_else_under_health(void **state)
{
    static const char *const targets[] = {"/health", "/health/", "/health/alive/", "/health/readyx", "/health/alive/x"};
    struct bed *bed = *state;
    for (size_t i = 0; i < COUNT_OF(targets); ++i) {
        struct exchange *exchange = bed_get(bed, targets[i]);
        check(targets[i], exchange_status(exchange) == 404);
        exchange_end(exchange);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_feed(without_policy_or_feed_it_is_not_ready),
        test_with_feed(a_lane_without_connection_is_told_at_once),
        test_with_feed(a_database_that_does_not_answer_is_not_ready),
        test_with_feed(an_older_schema_is_not_ready_and_a_newer_one_is),
        test_with_feed(with_everything_in_place_it_is_ready),
        test_with_feed(whoever_hangs_up_ends_the_question),
        test_with_feed(alive_asks_nobody),
        test_with_feed(both_listeners_tell_readiness),
        test_with_feed(there_is_nothing_else_under_health),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
