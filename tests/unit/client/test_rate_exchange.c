/* SPDX-License-Identifier: Apache-2.0 */
#include "client/rate_exchange.h"

#include "base/clock.h"
#include "check.h"
#include "client/rate_table.h"
#include "fake_db.h"

#define NOW_S  INT64_C(1800000000) /* the start of a window of a minute: number 30000000 */
#define NOW_US (NOW_S * 1000000)
#define PERIOD "30000000"
#define END_US "1800000060000000"

struct scene {
    struct db *db;
    struct rate_table *table;
    struct rate_exchange *exchange;
    struct rate_cell *cells[RATE__MAX];
    struct rate_standing standings[RATE__MAX];
};

static int setup(void **state)
{
    static const struct rate_quota nothing[RATE__MAX];
    static struct scene scene;
    struct client_row row = {.number = 12, .application_id = 5, .key_requests = 32, .key_seconds = 60};
    secret_start();
    clock_set_for_test(NOW_US, 1000);
    scene = (struct scene){.db = fake_db_create(), .table = rate_table_create(nothing)};
    scene.exchange = rate_exchange_create(scene.table);
    rate_enter(scene.table, &row, true, scene.cells);
    *state = &scene;
    return 0;
}

static int teardown(void **state)
{
    struct scene *scene = *state;
    rate_leave(scene->cells[RATE_KEY]);
    rate_exchange_stop(scene->exchange);
    rate_exchange_destroy(scene->exchange);
    rate_table_destroy(scene->table);
    fake_db_destroy(scene->db);
    clock_set_for_test(0, 0);
    return 0;
}

static void take(struct scene *scene, int count)
{
    for (int i = 0; i < count; ++i)
        assert_int_equal(rate_take(scene->cells, clock_unix_us(), scene->standings), RATE__MAX);
}

static void expect_told(struct scene *scene, const char *count)
{
    if (count == NULL)
        fake_db_expect(scene->db, STATEMENT_RATE_EXCHANGE, FAKE_TEXTS(FAKE_ANY, "{}", "{}", "{}", "{}", FAKE_ANY));
    else
        fake_db_expect(scene->db, STATEMENT_RATE_EXCHANGE,
                       FAKE_TEXTS(FAKE_ANY, "{12}", "{" PERIOD "}", count, "{" END_US "}", FAKE_ANY));
}

static void run(struct scene *scene)
{
    rate_exchange_round(scene->exchange, scene->db);
    fake_db_turn(scene->db);
}

static void who_is_not_counted_asks_nothing(void **state)
{
    struct scene *scene = *state;
    clock_set_for_test(NOW_US + INT64_C(60000000), 1000);
    rate_leave(scene->cells[RATE_KEY]);
    rate_table_sweep(scene->table, 0, clock_unix_us());
    scene->cells[RATE_KEY] = NULL;
    run(scene); /* the fake database fails the test at any call */
}

static void what_comes_near_the_limit_is_told_once(void **state)
{
    struct scene *scene = *state;
    take(scene, 1); /* of 32: far from it */
    expect_told(scene, NULL);
    run(scene);
    take(scene, 1);
    expect_told(scene, "{2}");
    run(scene);
    expect_told(scene, NULL);
    run(scene);
    take(scene, 3);
    expect_told(scene, "{5}");
    run(scene);
}

static void a_window_that_is_over_is_no_news(void **state)
{
    struct scene *scene = *state;
    take(scene, 20);
    clock_set_for_test(NOW_US + INT64_C(60000000), 1000);
    expect_told(scene, NULL);
    run(scene);
}

static void what_was_not_done_is_told_again(void **state)
{
    struct scene *scene = *state;
    static const enum db_outcome outcomes[] = {DB_BUSY, DB_LOST};
    take(scene, 4);
    for (size_t i = 0; i < COUNT_OF(outcomes); ++i) {
        expect_told(scene, "{4}");
        fake_db_fail(scene->db, outcomes[i]);
        run(scene);
    }
    expect_told(scene, "{4}");
    fake_db_refuse(scene->db, "42P01");
    run(scene);
    expect_told(scene, "{4}");
    run(scene);
    expect_told(scene, NULL);
    fake_db_fail(scene->db, DB_LOST);
    run(scene);
    expect_told(scene, "{4}"); /* the database may have forgotten what it knew */
    run(scene);
}

static void one_is_under_way_at_most(void **state)
{
    struct scene *scene = *state;
    expect_told(scene, NULL);
    fake_db_hold(scene->db);
    rate_exchange_round(scene->exchange, scene->db);
    rate_exchange_round(scene->exchange, scene->db);
    fake_db_release(scene->db);
    fake_db_turn(scene->db);
}

static void the_others_count_too(void **state)
{
    struct scene *scene = *state;
    take(scene, 4);
    expect_told(scene, "{4}");
    fake_db_row(scene->db, FAKE_TEXTS("99", PERIOD, "1000")); /* nobody here */
    fake_db_row(scene->db, FAKE_TEXTS("12", PERIOD, "20"));
    fake_db_row(scene->db, FAKE_TEXTS("12", "29999999", "77")); /* the window before */
    run(scene);
    take(scene, 8);
    assert_int_equal(scene->standings[RATE_KEY].remaining, 0);
    assert_int_equal(rate_take(scene->cells, clock_unix_us(), scene->standings), RATE_KEY);
    clock_set_for_test(NOW_US + INT64_C(60000000), 1000);
    take(scene, 32); /* what they counted is over too */
}

static void more_than_a_counter_holds_is_full(void **state)
{
    struct scene *scene = *state;
    expect_told(scene, NULL);
    fake_db_row(scene->db, FAKE_TEXTS("12", PERIOD, "4294967296"));
    run(scene);
    assert_int_equal(rate_take(scene->cells, clock_unix_us(), scene->standings), RATE_KEY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define WITH_SCENE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
        WITH_SCENE(who_is_not_counted_asks_nothing),   WITH_SCENE(what_comes_near_the_limit_is_told_once),
        WITH_SCENE(a_window_that_is_over_is_no_news),  WITH_SCENE(what_was_not_done_is_told_again),
        WITH_SCENE(one_is_under_way_at_most),          WITH_SCENE(the_others_count_too),
        WITH_SCENE(more_than_a_counter_holds_is_full),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
