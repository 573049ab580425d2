/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "loopback.h"

#include <pthread.h>
#include <stdlib.h>

static void test_lanes(void **state)
{
    static const struct {
        unsigned connections, threads, needed;
        bool is_enough;
        unsigned lists, writes; /* of one thread, beside its one to read */
    } cases[] = {
        {0, 1, 9, false, 0, 0},  {8, 1, 9, false, 0, 0},   {9, 1, 9, true, 1, 1},    {11, 1, 9, true, 1, 3},
        {12, 1, 9, true, 2, 3},  {11, 2, 12, false, 0, 0}, {12, 2, 12, true, 1, 1},  {13, 2, 12, true, 1, 1},
        {28, 2, 12, true, 2, 8}, {27, 4, 18, true, 1, 3},  {27, 8, 30, false, 0, 0}, {103, 8, 30, true, 2, 9},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct settings settings = {.database = "d", .db_connections = cases[i].connections};
        struct db_settings lanes = {.conninfo = "untouched"};
        unsigned needed = 0;
        assert_int_equal(worker_lanes(&settings, cases[i].threads, &lanes, &needed), cases[i].is_enough);
        assert_int_equal(needed, cases[i].needed);
        assert_string_equal(lanes.conninfo, cases[i].is_enough ? "d" : "untouched");
        assert_int_equal(lanes.list_connections, cases[i].lists);
        assert_int_equal(lanes.write_connections, cases[i].writes);
        /* never more than the process may have */
        assert_true(!cases[i].is_enough ||
                    6 + cases[i].threads * (1 + cases[i].lists + cases[i].writes) <= cases[i].connections);
    }
}

static const struct routes routes;
static const struct settings settings = {.issuer = SLICE("https://id.example"), .cache_megabytes = 1};

static int setup(void **state)
{
    *state = loopback_create(&settings, &routes);
    return 0;
}

static int teardown(void **state)
{
    loopback_destroy(*state);
    return 0;
}

static void test_has_what_its_requests_use(void **state)
{
    const struct worker *worker = loopback_worker(*state);
    assert_non_null(worker->db);
    assert_non_null(worker->jws);
    assert_non_null(worker->clients);
    assert_non_null(worker->tokens);
    assert_null(worker->policy);
    assert_null(worker->feed);
}

#define SENDERS  4
#define MESSAGES 1000

struct sender {
    pthread_t id;
    struct worker *worker;
    int last; /* touched on the worker's thread only */
};

struct numbered {
    struct sender *sender;
    int number;
};

static pthread_t home;
static int received;

static void receive(struct worker *worker, void *argument)
{
    struct numbered *message = argument;
    assert_ptr_equal(worker, message->sender->worker);
    assert_true(pthread_equal(pthread_self(), home));
    assert_int_equal(message->number, message->sender->last + 1);
    message->sender->last = message->number;
    ++received;
    free(message);
}

static void *send_all(void *cookie)
{
    struct sender *sender = cookie;
    for (int i = 1; i <= MESSAGES; ++i) {
        struct numbered *message = malloc(sizeof(*message));
        *message = (struct numbered){sender, i};
        worker_send(sender->worker, receive, message);
    }
    return NULL;
}

static void test_messages_run_on_its_thread_in_order(void **state)
{
    struct sender senders[SENDERS] = {{0}};
    home = pthread_self();
    received = 0;
    for (size_t i = 0; i < SENDERS; ++i) {
        senders[i].worker = loopback_worker(*state);
        assert_int_equal(pthread_create(&senders[i].id, NULL, send_all, &senders[i]), 0);
    }
    while (received < SENDERS * MESSAGES)
        worker_turn(loopback_worker(*state));
    for (size_t i = 0; i < SENDERS; ++i) {
        pthread_join(senders[i].id, NULL);
        assert_int_equal(senders[i].last, MESSAGES);
    }
}

static void send_another(struct worker *worker, void *argument)
{
    int *left = argument;
    if (--*left > 0)
        worker_send(worker, send_another, left);
}

static void test_message_may_send_another(void **state)
{
    int left = 3;
    worker_send(loopback_worker(*state), send_another, &left);
    assert_int_equal(left, 3); /* never inside */
    while (left > 0)
        worker_flush(loopback_worker(*state));
}

/* --- timers ------------------------------------------------------------------------------------------------------ */

#define HOUR_MS  3600000
#define ALARM_MS 10
#define TURNS    4 /* one sleeps as long as a turn may, since the timer lies in the future; the next has to find it */

static int rung;

static void ring(h2o_timeout_entry_t *entry)
{
    (void)entry;
    ++rung;
}

static void test_timers_go_on_when_the_clock_is_set_back(void **state)
{
    struct worker *worker = loopback_worker(*state);
    h2o_loop_t *loop = worker->ctx.loop;
    h2o_timeout_t alarm;
    h2o_timeout_entry_t early = {.cb = ring}, late = {.cb = ring};
    rung = 0;
    h2o_timeout_init(loop, &alarm, ALARM_MS);
    h2o_timeout_link(loop, &alarm, &early); /* before the clock went ahead */
    loop->_now += HOUR_MS;                  /* the clock was ahead until now */
    h2o_timeout_link(loop, &alarm, &late);
    for (int i = 0; i < TURNS && rung < 2; ++i)
        worker_turn(worker);
    assert_int_equal(rung, 2);
    h2o_timeout_dispose(loop, &alarm);
}

static void test_bounds_rise(void **state)
{
    (void)state;
    for (size_t i = 1; i < WORKER_DURATION_BUCKETS - 1; ++i)
        assert_true(worker_duration_bounds_us[i - 1] < worker_duration_bounds_us[i]);
    assert_int_equal(worker_duration_bounds_us[WORKER_DURATION_BUCKETS - 2], LIMIT_ANSWER_MS * 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lanes),
        cmocka_unit_test_setup_teardown(test_has_what_its_requests_use, setup, teardown),
        cmocka_unit_test_setup_teardown(test_messages_run_on_its_thread_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_message_may_send_another, setup, teardown),
        cmocka_unit_test_setup_teardown(test_timers_go_on_when_the_clock_is_set_back, setup, teardown),
        cmocka_unit_test(test_bounds_rise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
