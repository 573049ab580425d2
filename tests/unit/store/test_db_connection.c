/* SPDX-License-Identifier: Apache-2.0 */
/* Which host is connected to, when some of several are away. */
#include "bed.h"

#include <stdlib.h>

#define AWAIT_MS (LIMIT_DB_CONNECT_MS + 5000)

/* Lanes on two hosts: one that the test spoils, and that of the bed behind it. */
struct pair {
    struct bed *bed;
    struct relay *first;
    char conninfo[1024];
};

static struct pair pair_open(struct bed *bed)
{
    struct pair pair = {.bed = bed};
    char *unused;
    pair.first = database_relay("", &unused);
    free(unused);
    const char *rest = strstr(bed->conninfo, " user=");
    snprintf(pair.conninfo, sizeof(pair.conninfo), "host=%s,%s port=" RELAY_PORT "%s", relay_folder(pair.first),
             relay_folder(bed->relay), rest);
    return pair;
}

static void pair_connect(struct pair *pair)
{
    pair->bed->db = db_create(pair->bed->loop, &(struct db_settings){pair->conninfo, 1, 1});
    assert_true(LOOP_UNTIL(pair->bed->loop, AWAIT_MS, bed_is_ready(pair->bed)));
}

static void check_works(struct bed *bed)
{
    struct tally tally = {0};
    bed_ask(bed, &tally, STATEMENT_TEST_DIVIDE, 4);
    bed_await(bed, &tally, AWAIT_MS);
    assert_int_equal(tally.outcomes[DB_DONE], 1);
    assert_int_equal(tally.number, 25);
}

static void test_the_first_host_is_used(void **state)
{
    struct pair pair = pair_open(*state);
    relay_down(pair.bed->relay);
    pair_connect(&pair);
    check_works(pair.bed);
    bed_close(pair.bed);
    relay_stop(pair.first);
}

static void test_a_host_that_refuses_is_passed_over(void **state)
{
    struct pair pair = pair_open(*state);
    relay_down(pair.first);
    int64_t started_ms = loop_now_ms();
    pair_connect(&pair);
    assert_true(loop_now_ms() - started_ms < LIMIT_DB_CONNECT_MS);
    check_works(pair.bed);
    bed_close(pair.bed);
    relay_stop(pair.first);
}

/* It takes connections and says nothing: libpq alone would wait for it for ever. */
static void test_a_host_that_is_silent_is_passed_over(void **state)
{
    struct pair pair = pair_open(*state);
    relay_stall(pair.first, true);
    pair_connect(&pair);
    check_works(pair.bed);
    bed_close(pair.bed);
    relay_stop(pair.first);
}

static void test_a_host_that_goes_away_is_left_for_the_other(void **state)
{
    struct pair pair = pair_open(*state);
    pair_connect(&pair);
    check_works(pair.bed);
    relay_down(pair.first);
    assert_true(LOOP_UNTIL(pair.bed->loop, AWAIT_MS, !bed_is_ready(pair.bed)));
    assert_true(LOOP_UNTIL(pair.bed->loop, AWAIT_MS, bed_is_ready(pair.bed)));
    check_works(pair.bed);
    bed_close(pair.bed);
    relay_stop(pair.first);
}

/* With several hosts the writable one is looked for: a session that is read-only is refused as a standby is. */
static void test_a_read_only_server_is_not_connected_to(void **state)
{
    struct pair pair = pair_open(*state);
    char *options = strstr(pair.conninfo, "options='");
    assert_non_null(options);
    strcpy(options, "options='-c default_transaction_read_only=on'");
    pair.bed->db = db_create(pair.bed->loop, &(struct db_settings){pair.conninfo, 1, 1});
    LOOP_UNTIL(pair.bed->loop, 500, false);
    assert_int_equal(db_lane_state(pair.bed->db, DB_LANE_READ).ready, 0);
    struct tally tally = {0};
    bed_ask(pair.bed, &tally, STATEMENT_TEST_DIVIDE, 4);
    bed_await(pair.bed, &tally, AWAIT_MS);
    assert_int_equal(tally.outcomes[DB_BUSY], 1);
    bed_close(pair.bed);
    relay_stop(pair.first);
}

/* Nobody can connect to it, and nobody waits for it. */
static void test_a_malformed_connection_string_is_busy(void **state)
{
    static const char *const texts[] = {"colour=green", "postgresql://[::1", "host=no.such.host.invalid",
                                        "host=/nowhere", "hostaddr=300.1.1.1"};
    struct bed *bed = *state;
    for (size_t i = 0; i < COUNT_OF(texts); ++i) {
        bed->db = db_create(bed->loop, &(struct db_settings){texts[i], 1, 1});
        struct tally tally = {0};
        bed_ask(bed, &tally, STATEMENT_TEST_DIVIDE, 4);
        assert_int_equal(tally.answered, 0);
        bed_await(bed, &tally, AWAIT_MS);
        check(texts[i], tally.outcomes[DB_BUSY] == 1);
        bed_close(bed);
    }
}

static void test_every_connection_comes_back(void **state)
{
    struct bed *bed = *state;
    bed_open(bed, 1, 1);
    char settings[512];
    snprintf(settings, sizeof(settings), "application_name = '%s'", bed->schema);
    assert_int_equal(database_number(bed->owner, "select count(*) from pg_stat_activity where %s", settings), 3);
    relay_cut(bed->relay); /* and after a loss it is so again */
    assert_true(LOOP_UNTIL(bed->loop, AWAIT_MS, !bed_is_ready(bed)));
    assert_true(LOOP_UNTIL(bed->loop, AWAIT_MS, bed_is_ready(bed)));
    assert_int_equal(database_number(bed->owner, "select count(*) from pg_stat_activity where %s", settings), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_on_bed(test_the_first_host_is_used),
        test_on_bed(test_a_host_that_refuses_is_passed_over),
        test_on_bed(test_a_host_that_is_silent_is_passed_over),
        test_on_bed(test_a_host_that_goes_away_is_left_for_the_other),
        test_on_bed(test_a_read_only_server_is_not_connected_to),
        test_on_bed(test_a_malformed_connection_string_is_busy),
        test_on_bed(test_every_connection_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
