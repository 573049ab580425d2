/* SPDX-License-Identifier: Apache-2.0 */
#include "bed.h"

#include <signal.h>

#define AWAIT_MS  5000
#define PROMPT_MS 100  /* "at once", on a machine that does something else as well */
#define BACK_MS   2000 /* the server is back within this of the database */
#define KILLS     10

static struct db_lane_state lane_state(const struct bed *bed, enum db_lane lane)
{
    return db_lane_state(bed->db, lane);
}

/* --- the queue -------------------------------------------------------------------------------- */

static void test_a_full_queue_refuses_at_once(void **state)
{
    struct bed *bed = *state;
    bed_open(bed, 1, 1);
    struct tally sleeping = {0}, waiting = {0}, refused = {0};
    bed_ask(bed, &sleeping, STATEMENT_TEST_SLEEP, 300);
    assert_true(LOOP_UNTIL(bed->loop, AWAIT_MS, lane_state(bed, DB_LANE_WRITE).in_flight == 1));
    for (int i = 0; i < LIMIT_DB_QUEUE_MAX; ++i)
        bed_ask(bed, &waiting, STATEMENT_TEST_SLEEP, 0);
    int64_t asked_ms = loop_now_ms();
    for (int i = 0; i < 10; ++i)
        bed_ask(bed, &refused, STATEMENT_TEST_SLEEP, 0);
    assert_int_equal(refused.answered, 0); /* not inside the start */
    assert_int_equal(lane_state(bed, DB_LANE_WRITE).waiting, LIMIT_DB_QUEUE_MAX);
    bed_await(bed, &refused, PROMPT_MS);
    assert_int_equal(refused.outcomes[DB_BUSY], 10);
    assert_in_range(refused.last_ms - asked_ms, 0, PROMPT_MS);
    assert_int_equal(waiting.answered, 0);
    assert_true(lane_state(bed, DB_LANE_WRITE).refused_busy >= 10);
    bed_await(bed, &sleeping, AWAIT_MS);
    bed_await(bed, &waiting, AWAIT_MS);
    assert_int_equal(waiting.outcomes[DB_DONE] + waiting.outcomes[DB_BUSY], LIMIT_DB_QUEUE_MAX);
}

static void test_what_waits_too_long_is_refused(void **state)
{
    struct bed *bed = *state;
    bed_open(bed, 1, 1);
    struct tally sleeping = {0}, late = {0};
    bed_ask(bed, &sleeping, STATEMENT_TEST_SLEEP, LIMIT_DB_WAIT_MS + 150);
    int64_t asked_ms = loop_now_ms();
    bed_ask(bed, &late, STATEMENT_TEST_INSERT, 1);
    bed_await(bed, &late, AWAIT_MS);
    assert_int_equal(late.outcomes[DB_BUSY], 1);
    assert_in_range(late.last_ms - asked_ms, LIMIT_DB_WAIT_MS, LIMIT_DB_WAIT_MS + 2 * PROMPT_MS);
    bed_await(bed, &sleeping, AWAIT_MS);
    assert_int_equal(sleeping.outcomes[DB_DONE], 1);
    assert_int_equal(database_number(bed->owner, "select count(*) from written"), 0);
}

static void test_writes_use_all_connections_and_then_wait(void **state)
{
    struct bed *bed = *state;
    bed_open(bed, 3, 1);
    struct tally tally = {0};
    int64_t started_ms = loop_now_ms();
    for (int i = 0; i < 6; ++i)
        bed_ask(bed, &tally, STATEMENT_TEST_SLEEP, 200);
    assert_true(LOOP_UNTIL(bed->loop, AWAIT_MS, lane_state(bed, DB_LANE_WRITE).in_flight == 3));
    assert_int_equal(lane_state(bed, DB_LANE_WRITE).waiting, 3);
    bed_await(bed, &tally, AWAIT_MS);
    assert_int_equal(tally.outcomes[DB_DONE], 6);
    assert_in_range(tally.last_ms - started_ms, 400, 1000); /* two rounds of three, not six in a row */
}

/* The connection used last is used first: of many, a thin load keeps one warm. */
static void test_a_thin_load_stays_on_one_connection(void **state)
{
    struct bed *bed = *state;
    bed_open(bed, 4, 1);
    struct db_parameters none;
    db_parameters_start(&none);
    struct tally tally = {0};
    int64_t backend = 0;
    for (int i = 0; i < 20; ++i) {
        bed_ask_with(bed, &tally, STATEMENT_TEST_BACKEND, &none);
        bed_await(bed, &tally, AWAIT_MS);
        assert_true(backend == 0 || backend == tally.number);
        backend = tally.number;
    }
}

static void test_a_slow_lane_does_not_stop_the_others(void **state)
{
    struct bed *bed = *state;
    bed_open(bed, 1, 1);
    struct tally slow = {0}, quick = {0};
    bed_ask(bed, &slow, STATEMENT_TEST_SLEEP, 800);
    bed_ask(bed, &slow, STATEMENT_TEST_SLEEP_LIST, 800);
    for (int i = 0; i < 1000; ++i)
        bed_ask(bed, &quick, STATEMENT_TEST_DIVIDE, 1);
    bed_await(bed, &quick, AWAIT_MS);
    assert_int_equal(quick.outcomes[DB_DONE], 1000);
    assert_int_equal(slow.answered, 0);
    bed_await(bed, &slow, AWAIT_MS);
    assert_int_equal(slow.outcomes[DB_DONE], 2);
}

static void test_the_pipeline_is_bounded(void **state)
{
    struct bed *bed = *state;
    bed_open(bed, 1, 1);
    struct tally tally = {0};
    for (int i = 0; i < LIMIT_DB_QUEUE_MAX; ++i)
        bed_ask(bed, &tally, STATEMENT_TEST_DIVIDE, 1);
    unsigned most = 0;
    while (tally.answered < tally.asked) {
        loop_turn(bed->loop);
        unsigned now = lane_state(bed, DB_LANE_READ).in_flight;
        most = now > most ? now : most;
    }
    assert_int_equal(most, LIMIT_DB_PIPELINE_MAX);
    assert_int_equal(tally.outcomes[DB_DONE], LIMIT_DB_QUEUE_MAX);
}

/* --- losses ----------------------------------------------------------------------------------- */

static void terminate_all(struct bed *bed)
{
    database_run(bed->owner, "select pg_terminate_backend(pid) from pg_stat_activity where application_name = '%s'",
                 bed->schema);
}

static void ask_a_thousand(struct bed *bed, struct tally *tally)
{
    for (int i = 0; i < 800; ++i)
        bed_ask(bed, tally, STATEMENT_TEST_DIVIDE, 1);
    for (int i = 0; i < 150; ++i)
        bed_ask(bed, tally, STATEMENT_TEST_SLEEP, i % 10 == 0 ? 20 : 1);
    for (int i = 0; i < 50; ++i)
        bed_ask(bed, tally, STATEMENT_TEST_SERIES, 1000);
}

static void test_killed_backends_cost_no_callback(void **state)
{
    struct bed *bed = *state;
    bed_open(bed, 4, 2);
    struct tally tally = {0};
    for (int round = 0; round < KILLS; ++round) {
        ask_a_thousand(bed, &tally);
        for (int turn = 0; turn < round; ++turn) /* each round at another moment */
            loop_turn(bed->loop);
        terminate_all(bed);
        bed_await(bed, &tally, AWAIT_MS);
        assert_true(LOOP_UNTIL(bed->loop, BACK_MS, bed_is_ready(bed)));
    }
    assert_int_equal(tally.answered, KILLS * 1000);
    assert_int_equal(tally.outcomes[DB_REFUSED], 0);
    assert_true(tally.outcomes[DB_LOST] + tally.outcomes[DB_BUSY] > 0);
    tally = (struct tally){0};
    ask_a_thousand(bed, &tally);
    bed_await(bed, &tally, AWAIT_MS);
    assert_int_equal(tally.outcomes[DB_DONE], 1000);
}

static void test_cut_connections_cost_no_callback(void **state)
{
    struct bed *bed = *state;
    bed_open(bed, 4, 2);
    struct tally tally = {0};
    for (int round = 0; round < KILLS; ++round) {
        ask_a_thousand(bed, &tally);
        for (int turn = 0; turn < round; ++turn)
            loop_turn(bed->loop);
        relay_cut(bed->relay);
        bed_await(bed, &tally, AWAIT_MS);
        assert_true(LOOP_UNTIL(bed->loop, BACK_MS, bed_is_ready(bed)));
    }
    assert_int_equal(tally.answered, KILLS * 1000);
    assert_true(tally.outcomes[DB_LOST] > 0);
}

/* A write is DB_LOST when it may have been done, and DB_BUSY only when it was not. */
static void test_a_busy_write_was_not_done_and_a_done_one_was(void **state)
{
    struct bed *bed = *state;
    bed_open(bed, 4, 1);
    struct tally tallies[400] = {{0}};
    for (size_t i = 0; i < COUNT_OF(tallies); ++i) {
        bed_ask(bed, &tallies[i], STATEMENT_TEST_INSERT, (int64_t)i);
        if (i % 40 == 39)
            terminate_all(bed);
        if (i % 4 == 3)
            loop_turn(bed->loop);
    }
    int lost = 0;
    for (size_t i = 0; i < COUNT_OF(tallies); ++i) {
        bed_await(bed, &tallies[i], AWAIT_MS);
        long long rows = database_number(bed->owner, "select count(*) from written where value = %zu", i);
        assert_true(tallies[i].outcomes[DB_DONE] == 0 || rows == 1);
        assert_true(tallies[i].outcomes[DB_BUSY] == 0 || rows == 0);
        lost += tallies[i].outcomes[DB_LOST];
    }
    print_message("%d of %zu writes lost their answer\n", lost, COUNT_OF(tallies));
}

static void test_a_lost_answer_of_a_done_write_is_lost_and_not_busy(void **state)
{
    struct bed *bed = *state;
    bed_open(bed, 1, 1);
    struct tally tally = {0};
    relay_lose_answers(bed->relay, true);
    bed_ask(bed, &tally, STATEMENT_TEST_INSERT, 5);
    bed_await(bed, &tally, AWAIT_MS);
    assert_int_equal(tally.outcomes[DB_LOST], 1);
    assert_int_equal(database_number(bed->owner, "select count(*) from written where value = 5"), 1);
    relay_lose_answers(bed->relay, false);
}

/* A backend that is ended in a statement tells so before its result, and has done nothing; one that is ended in a
 * commit may have committed. */
static void test_a_backend_that_says_why_it_ends(void **state)
{
    struct bed *bed = *state;
    bed_open(bed, 1, 1);
    struct db_parameters none;
    db_parameters_start(&none);
    struct tally in_statement = {0}, in_commit = {0}, after = {0};
    bed_ask_with(bed, &in_statement, STATEMENT_TEST_END_BACKEND, &none);
    bed_await(bed, &in_statement, AWAIT_MS);
    assert_int_equal(in_statement.outcomes[DB_BUSY], 1);
    bed_ask(bed, &in_commit, STATEMENT_TEST_END_AT_COMMIT, 1);
    bed_await(bed, &in_commit, AWAIT_MS);
    assert_int_equal(in_commit.outcomes[DB_LOST], 1);
    bed_ask(bed, &after, STATEMENT_TEST_INSERT, 1);
    bed_await(bed, &after, AWAIT_MS);
    assert_int_equal(after.outcomes[DB_DONE], 1);
}

/* A stopped backend answers nothing, and its connection says nothing. */
static void test_a_stopped_backend_is_left_at_the_deadline(void **state)
{
    struct bed *bed = *state;
    bed_open(bed, 2, 1);
    struct db_parameters none;
    db_parameters_start(&none);
    struct tally tally = {0}, stopped = {0}, after = {0};
    bed_ask_with(bed, &tally, STATEMENT_TEST_BACKEND, &none);
    bed_await(bed, &tally, AWAIT_MS);
    pid_t backend = (pid_t)tally.number;
    if (kill(backend, SIGSTOP) != 0)
        fail_msg("the test may not stop a backend: run it as root or as PostgreSQL's user");
    int64_t asked_ms = loop_now_ms();
    bed_ask(bed, &stopped, STATEMENT_TEST_INSERT, 1); /* goes to the one used last */
    bed_ask(bed, &after, STATEMENT_TEST_INSERT, 2);
    bed_await(bed, &after, AWAIT_MS);
    bed_await(bed, &stopped, AWAIT_MS);
    kill(backend, SIGCONT);
    assert_int_equal(after.outcomes[DB_DONE], 1);
    assert_int_equal(stopped.outcomes[DB_LOST], 1);
    assert_in_range(stopped.last_ms - asked_ms, LIMIT_DB_STATEMENT_MS, LIMIT_DB_STATEMENT_MS + 2 * PROMPT_MS);
    assert_true(LOOP_UNTIL(bed->loop, BACK_MS, bed_is_ready(bed)));
}

static void test_a_silent_network_is_left_at_the_deadline(void **state)
{
    struct bed *bed = *state;
    bed_open(bed, 2, 1);
    struct tally reads = {0};
    relay_stall(bed->relay, true);
    for (int i = 0; i < 300; ++i)
        bed_ask(bed, &reads, STATEMENT_TEST_DIVIDE, 1);
    bed_await(bed, &reads, AWAIT_MS);
    assert_int_equal(reads.outcomes[DB_LOST], LIMIT_DB_PIPELINE_MAX); /* in flight */
    assert_int_equal(reads.outcomes[DB_BUSY], 300 - LIMIT_DB_PIPELINE_MAX);
    relay_stall(bed->relay, false);
    assert_true(LOOP_UNTIL(bed->loop, LIMIT_DB_CONNECT_MS + BACK_MS, bed_is_ready(bed)));
}

/* --- down and up ------------------------------------------------------------------------------ */

static void test_a_database_that_is_down_is_busy_at_once_and_back_soon(void **state)
{
    struct bed *bed = *state;
    bed_open(bed, 4, 2);
    relay_down(bed->relay);
    assert_true(LOOP_UNTIL(bed->loop, AWAIT_MS, lane_state(bed, DB_LANE_WRITE).ready == 0));
    LOOP_UNTIL(bed->loop, 3 * LIMIT_DB_RETRY_LAST_MS, false); /* the back-off is at its longest */
    struct tally tally = {0};
    for (int i = 0; i < 100; ++i) {
        int64_t asked_ms = loop_now_ms();
        bed_ask(bed, &tally, STATEMENT_TEST_DIVIDE, 1);
        bed_ask(bed, &tally, STATEMENT_TEST_INSERT, i);
        bed_ask(bed, &tally, STATEMENT_TEST_SERIES, 1);
        bed_await(bed, &tally, AWAIT_MS);
        assert_in_range(tally.last_ms - asked_ms, 0, PROMPT_MS);
    }
    assert_int_equal(tally.outcomes[DB_BUSY], 300);
    relay_up(bed->relay);
    int64_t up_ms = loop_now_ms();
    assert_true(LOOP_UNTIL(bed->loop, BACK_MS, bed_is_ready(bed)));
    print_message("back %d ms after the database\n", (int)(loop_now_ms() - up_ms));
    tally = (struct tally){0};
    bed_ask(bed, &tally, STATEMENT_TEST_DIVIDE, 1);
    bed_await(bed, &tally, AWAIT_MS);
    assert_int_equal(tally.outcomes[DB_DONE], 1);
}

/* A short break is not seen by callers whose statement was not on its way. */
static void test_a_call_waits_for_the_first_attempt_to_connect(void **state)
{
    struct bed *bed = *state;
    bed_open(bed, 1, 1);
    relay_cut(bed->relay);
    assert_true(LOOP_UNTIL(bed->loop, AWAIT_MS, lane_state(bed, DB_LANE_WRITE).ready == 0));
    struct tally tally = {0};
    bed_ask(bed, &tally, STATEMENT_TEST_INSERT, 1);
    bed_await(bed, &tally, AWAIT_MS);
    assert_int_equal(tally.outcomes[DB_DONE], 1);
}

static void test_a_database_without_our_tables_is_busy(void **state)
{
    struct bed *bed = *state;
    database_run(bed->owner, "alter table written rename to unwritten");
    bed->db = db_create(bed->loop, &(struct db_settings){bed->conninfo, 1, 1});
    assert_true(LOOP_UNTIL(bed->loop, AWAIT_MS, lane_state(bed, DB_LANE_READ).ready == 1));
    LOOP_UNTIL(bed->loop, 2 * LIMIT_DB_RETRY_FIRST_MS, false);
    struct tally tally = {0};
    int64_t asked_ms = loop_now_ms();
    bed_ask(bed, &tally, STATEMENT_TEST_INSERT, 1);
    bed_await(bed, &tally, AWAIT_MS);
    assert_int_equal(tally.outcomes[DB_BUSY], 1);
    assert_in_range(tally.last_ms - asked_ms, 0, PROMPT_MS);
    database_run(bed->owner, "alter table unwritten rename to written"); /* migrated at last */
    assert_true(LOOP_UNTIL(bed->loop, BACK_MS, bed_is_ready(bed)));
    bed_ask(bed, &tally, STATEMENT_TEST_INSERT, 1);
    bed_await(bed, &tally, AWAIT_MS);
    assert_int_equal(tally.outcomes[DB_DONE], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_on_bed(test_a_full_queue_refuses_at_once),
        test_on_bed(test_what_waits_too_long_is_refused),
        test_on_bed(test_writes_use_all_connections_and_then_wait),
        test_on_bed(test_a_thin_load_stays_on_one_connection),
        test_on_bed(test_a_slow_lane_does_not_stop_the_others),
        test_on_bed(test_the_pipeline_is_bounded),
        test_on_bed(test_killed_backends_cost_no_callback),
        test_on_bed(test_cut_connections_cost_no_callback),
        test_on_bed(test_a_busy_write_was_not_done_and_a_done_one_was),
        test_on_bed(test_a_lost_answer_of_a_done_write_is_lost_and_not_busy),
        test_on_bed(test_a_backend_that_says_why_it_ends),
        test_on_bed(test_a_stopped_backend_is_left_at_the_deadline),
        test_on_bed(test_a_silent_network_is_left_at_the_deadline),
        test_on_bed(test_a_database_that_is_down_is_busy_at_once_and_back_soon),
        test_on_bed(test_a_call_waits_for_the_first_attempt_to_connect),
        test_on_bed(test_a_database_without_our_tables_is_busy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
