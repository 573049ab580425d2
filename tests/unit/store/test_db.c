/* SPDX-License-Identifier: Apache-2.0 */
#include "bed.h"

#define AWAIT_MS 5000

/* --- answers ---------------------------------------------------------------------------------- */

static void test_an_error_in_a_batch_is_one_calls_error(void **state)
{
    struct bed *bed = *state;
    bed_open(bed, 1, 1);
    struct tally good = {0}, bad = {0};
    for (int i = 0; i < 200; ++i) {
        bed_ask(bed, &good, STATEMENT_TEST_DIVIDE, i + 1);
        if (i % 50 == 7)
            bed_ask(bed, &bad, STATEMENT_TEST_DIVIDE, 0);
    }
    bed_await(bed, &good, AWAIT_MS);
    bed_await(bed, &bad, AWAIT_MS);
    assert_int_equal(good.outcomes[DB_DONE], 200);
    assert_int_equal(bad.outcomes[DB_REFUSED], 4);
    assert_string_equal(bad.sqlstate, "22012");
    assert_int_equal(db_lane_state(bed->db, DB_LANE_READ).waiting, 0);
    assert_int_equal(db_lane_state(bed->db, DB_LANE_READ).in_flight, 0);
}

static void test_a_refused_commit_is_no_answer_before(void **state)
{
    struct bed *bed = *state;
    bed_open(bed, 1, 1);
    struct tally tally = {0};
    bed_ask(bed, &tally, STATEMENT_TEST_DEFERRED, 7);
    bed_await(bed, &tally, AWAIT_MS);
    assert_int_equal(tally.outcomes[DB_DONE], 1);
    bed_ask(bed, &tally, STATEMENT_TEST_DEFERRED, 7); /* the INSERT is fine; its commit is not */
    bed_await(bed, &tally, AWAIT_MS);
    assert_int_equal(tally.outcomes[DB_REFUSED], 1);
    assert_string_equal(tally.sqlstate, "23505");
    bed_ask(bed, &tally, STATEMENT_TEST_DEFERRED, 8);
    bed_await(bed, &tally, AWAIT_MS);
    assert_int_equal(tally.outcomes[DB_DONE], 2);
    assert_int_equal(database_number(bed->owner, "select count(*) from checked_at_commit"), 2);
}

static void test_what_the_database_gives_up_is_busy(void **state)
{
    struct bed *bed = *state;
    bed_open(bed, 2, 1);
    struct tally tally = {0};
    int64_t started_ms = loop_now_ms();
    bed_ask(bed, &tally, STATEMENT_TEST_SLEEP, 10000);
    bed_await(bed, &tally, AWAIT_MS);
    assert_int_equal(tally.outcomes[DB_BUSY], 1); /* statement_timeout, not our own deadline */
    assert_in_range(tally.last_ms - started_ms, LIMIT_DB_CANCEL_MS - 100, LIMIT_DB_STATEMENT_MS - 100);
    assert_int_equal(db_lane_state(bed->db, DB_LANE_WRITE).ready, 2); /* and the connection lives */
}

static void test_a_server_that_became_read_only_is_left(void **state)
{
    struct bed *bed = *state;
    bed_open(bed, 1, 1);
    struct db_parameters none;
    db_parameters_start(&none);
    struct tally before = {0}, tally = {0}, after = {0};
    bed_ask_with(bed, &before, STATEMENT_TEST_BACKEND, &none);
    bed_await(bed, &before, AWAIT_MS);
    bed_ask_with(bed, &tally, STATEMENT_TEST_READ_ONLY, &none);
    bed_await(bed, &tally, AWAIT_MS);
    assert_int_equal(tally.outcomes[DB_BUSY], 1);
    assert_int_equal(db_lane_state(bed->db, DB_LANE_WRITE).ready, 0);
    bed_ask_with(bed, &after, STATEMENT_TEST_BACKEND, &none);
    bed_await(bed, &after, AWAIT_MS);
    assert_int_not_equal(before.number, after.number);
}

static void test_rows_come_whole(void **state)
{
    struct bed *bed = *state;
    bed_open(bed, 1, 1);
    struct tally tally = {0};
    bed_ask(bed, &tally, STATEMENT_TEST_SERIES, 100000);
    bed_await(bed, &tally, AWAIT_MS);
    assert_int_equal(tally.rows, 100000);
    assert_int_equal(tally.number, 100000);
    bed_ask(bed, &tally, STATEMENT_TEST_SERIES, 0);
    bed_await(bed, &tally, AWAIT_MS);
    assert_int_equal(tally.outcomes[DB_DONE], 2);
    assert_int_equal(tally.rows, 0);
}

/* They are on no connection by name. */
static void test_statements_of_administration_run_unprepared(void **state)
{
    struct bed *bed = *state;
    bed_open(bed, 1, 1);
    struct tally tally = {0};
    bed_ask(bed, &tally, STATEMENT_TEST_UNPREPARED, 7);
    bed_await(bed, &tally, AWAIT_MS);
    assert_int_equal(tally.rows, 7);
    bed_ask(bed, &tally, STATEMENT_TEST_UNPREPARED_LIST, 9);
    bed_await(bed, &tally, AWAIT_MS);
    assert_int_equal(tally.rows, 9);
    assert_int_equal(tally.outcomes[DB_DONE], 2);
}

/* The backend that ran a call is named to its callback. */
struct witness {
    struct db_call *call;
    bool came;
    struct db_backend told, seen;
};

static void on_witness(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    struct witness *witness = cookie;
    witness->came = true;
    assert_int_equal(outcome, DB_DONE);
    witness->told = db_call_backend(witness->call);
    witness->seen = (struct db_backend){db_result_i64(result, 0, 0), db_result_i64(result, 0, 1)};
}

static void test_the_backend_of_a_call_is_known(void **state)
{
    struct bed *bed = *state;
    bed_open(bed, 1, 1);
    struct db_parameters none;
    db_parameters_start(&none);
    struct witness witness = {0};
    witness.call = db_call_start(bed->db, STATEMENT_TEST_BACKEND, &none, on_witness, &witness);
    assert_true(LOOP_UNTIL(bed->loop, AWAIT_MS, witness.came));
    assert_true(witness.seen.pid > 0);
    assert_int_equal(witness.told.pid, witness.seen.pid);
    assert_int_equal(witness.told.started_us, witness.seen.started_us);
}

/* --- cancelling ------------------------------------------------------------------------------- */

static void on_never(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    (void)outcome;
    (void)result;
    (void)cookie;
    fail_msg("a cancelled call called back");
}

static struct db_call *ask_never(struct bed *bed, enum statement statement, int64_t number)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, number);
    return db_call_start(bed->db, statement, &parameters, on_never, NULL);
}

static void test_a_cancelled_call_never_calls_back(void **state)
{
    struct bed *bed = *state;
    bed_open(bed, 1, 1);
    struct db_call *flying = ask_never(bed, STATEMENT_TEST_INSERT, 41);
    assert_true(LOOP_UNTIL(bed->loop, AWAIT_MS, db_lane_state(bed->db, DB_LANE_WRITE).in_flight == 1));
    struct db_call *waiting = ask_never(bed, STATEMENT_TEST_INSERT, 42);
    struct db_call *pausing = db_call_pause(bed->db, 1, on_never, NULL);
    struct db_call *aborted = ask_never(bed, STATEMENT_TEST_DIVIDE, 1);
    struct tally tally = {0};
    db_call_cancel(&flying);
    db_call_cancel(&waiting);
    db_call_cancel(&pausing);
    db_call_cancel(&aborted);
    assert_null(flying);
    db_call_cancel(&flying); /* NULL inside is a no-op */
    bed_ask(bed, &tally, STATEMENT_TEST_INSERT, 43);
    bed_await(bed, &tally, AWAIT_MS);
    LOOP_UNTIL(bed->loop, 200, false);
    assert_int_equal(database_number(bed->owner, "select count(*) from written where value in (41, 43)"), 2);
    assert_int_equal(database_number(bed->owner, "select count(*) from written where value = 42"), 0);
}

/* The answer of one call cancels another that landed with it, one that will be aborted by an error, and itself. */
struct canceller {
    struct db_call *self, *others[2];
    bool came;
};

static void on_canceller(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    (void)result;
    struct canceller *canceller = cookie;
    assert_int_equal(outcome, DB_DONE);
    canceller->came = true;
    for (size_t i = 0; i < COUNT_OF(canceller->others); ++i)
        db_call_cancel(&canceller->others[i]);
    db_call_cancel(&canceller->self);
}

static void test_a_callback_may_cancel_its_neighbours_and_itself(void **state)
{
    struct bed *bed = *state;
    bed_open(bed, 1, 1);
    struct canceller canceller = {0};
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, 1);
    canceller.self = db_call_start(bed->db, STATEMENT_TEST_DIVIDE, &parameters, on_canceller, &canceller);
    canceller.others[0] = ask_never(bed, STATEMENT_TEST_DIVIDE, 1);
    struct tally bad = {0}, good = {0};
    bed_ask(bed, &bad, STATEMENT_TEST_DIVIDE, 0);
    canceller.others[1] = ask_never(bed, STATEMENT_TEST_DIVIDE, 2);
    bed_ask(bed, &good, STATEMENT_TEST_DIVIDE, 4);
    bed_await(bed, &bad, AWAIT_MS);
    bed_await(bed, &good, AWAIT_MS);
    assert_true(canceller.came);
    assert_int_equal(bad.outcomes[DB_REFUSED], 1);
    assert_int_equal(good.number, 25);
}

/* A callback starts the next call, many times over. */
struct chain {
    struct bed *bed;
    int left;
    bool inside;
};

static void chain_start(struct chain *chain);

static void on_chain(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    (void)result;
    struct chain *chain = cookie;
    assert_false(chain->inside);
    assert_int_equal(outcome, DB_DONE);
    if (--chain->left > 0)
        chain_start(chain);
}

static void chain_start(struct chain *chain)
{
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, 1);
    chain->inside = true;
    db_call_start(chain->bed->db, STATEMENT_TEST_DIVIDE, &parameters, on_chain, chain);
    chain->inside = false;
}

static void test_a_callback_may_start_the_next_call(void **state)
{
    struct bed *bed = *state;
    bed_open(bed, 1, 1);
    struct chain chain = {bed, 500, false};
    chain_start(&chain);
    assert_true(LOOP_UNTIL(bed->loop, AWAIT_MS, chain.left == 0));
}

static void on_pause(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    assert_int_equal(outcome, DB_DONE);
    assert_null(result);
    *(int64_t *)cookie = loop_now_ms();
}

static void test_a_pause_ends_after_its_time(void **state)
{
    struct bed *bed = *state;
    bed_open(bed, 1, 1);
    int64_t ended_ms = 0, started_ms = loop_now_ms();
    db_call_pause(bed->db, 120, on_pause, &ended_ms);
    assert_true(LOOP_UNTIL(bed->loop, AWAIT_MS, ended_ms != 0));
    assert_in_range(ended_ms - started_ms, 120, 400);
}

/* --- the end ---------------------------------------------------------------------------------- */

/* Asks again whenever it is refused, as a caller may, but gives up when even the pause is refused. */
struct stubborn {
    struct bed *bed;
    int answers;
    bool gave_up;
};

static void on_stubborn_pause(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    (void)result;
    struct stubborn *stubborn = cookie;
    assert_int_equal(outcome, DB_BUSY);
    stubborn->gave_up = true;
}

static void on_stubborn(enum db_outcome outcome, const struct db_result *result, void *cookie)
{
    (void)result;
    struct stubborn *stubborn = cookie;
    assert_true(outcome == DB_LOST || outcome == DB_BUSY);
    if (stubborn->answers++ == 0) {
        struct db_parameters parameters;
        db_parameters_start(&parameters);
        db_add_i64(&parameters, 1);
        db_call_start(stubborn->bed->db, STATEMENT_TEST_SERIES, &parameters, on_stubborn, stubborn);
    } else {
        db_call_pause(stubborn->bed->db, 1, on_stubborn_pause, stubborn);
    }
    assert_in_range(db_lane_state(stubborn->bed->db, DB_LANE_WRITE).connections, 0, 2);
}

static void test_destroying_answers_every_call(void **state)
{
    struct bed *bed = *state;
    bed_open(bed, 2, 1);
    struct tally tally = {0};
    struct stubborn stubborn = {bed, 0, false};
    struct db_parameters parameters;
    db_parameters_start(&parameters);
    db_add_i64(&parameters, 1000);
    db_call_start(bed->db, STATEMENT_TEST_SLEEP, &parameters, on_stubborn, &stubborn);
    for (int i = 0; i < 50; ++i) {
        bed_ask(bed, &tally, STATEMENT_TEST_SLEEP, 1000);
        bed_ask(bed, &tally, STATEMENT_TEST_SLEEP_LIST, 1000);
        bed_ask(bed, &tally, STATEMENT_TEST_SLEEP_READ, 1000);
    }
    struct db_call *never = ask_never(bed, STATEMENT_TEST_SLEEP_READ, 1000);
    assert_true(LOOP_UNTIL(bed->loop, AWAIT_MS, db_lane_state(bed->db, DB_LANE_WRITE).in_flight == 2));
    db_call_cancel(&never);
    bed_close(bed);
    assert_int_equal(tally.answered, tally.asked);
    assert_true(tally.outcomes[DB_LOST] > 0);
    assert_true(tally.outcomes[DB_BUSY] > 0);
    assert_int_equal(tally.outcomes[DB_LOST] + tally.outcomes[DB_BUSY], tally.asked);
    assert_true(stubborn.gave_up);
}

static void start_without_parameters(enum statement statement)
{
    struct db *db = db_create(h2o_evloop_create(), &(struct db_settings){"host=/nowhere", 1, 1});
    struct db_parameters none;
    db_parameters_start(&none);
    db_call_start(db, statement, &none, on_never, NULL);
}

static void start_with_a_wrong_count(void)
{
    start_without_parameters(STATEMENT_TEST_ECHO);
}

static void start_well(void)
{
    start_without_parameters(STATEMENT_TEST_BACKEND);
}

static void test_a_programmers_error_ends_the_program(void **state)
{
    (void)state;
    assert_true(aborts(start_with_a_wrong_count));
    assert_false(aborts(start_well));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_on_bed(test_an_error_in_a_batch_is_one_calls_error),
        test_on_bed(test_a_refused_commit_is_no_answer_before),
        test_on_bed(test_what_the_database_gives_up_is_busy),
        test_on_bed(test_a_server_that_became_read_only_is_left),
        test_on_bed(test_rows_come_whole),
        test_on_bed(test_statements_of_administration_run_unprepared),
        test_on_bed(test_the_backend_of_a_call_is_known),
        test_on_bed(test_a_cancelled_call_never_calls_back),
        test_on_bed(test_a_callback_may_cancel_its_neighbours_and_itself),
        test_on_bed(test_a_callback_may_start_the_next_call),
        test_on_bed(test_a_pause_ends_after_its_time),
        test_on_bed(test_destroying_answers_every_call),
        cmocka_unit_test(test_a_programmers_error_ends_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
