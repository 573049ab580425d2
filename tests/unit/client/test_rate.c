/* SPDX-License-Identifier: Apache-2.0 */
#include "client/rate.h"

#include "check.h"
#include "client/rate_table.h"
#include <pthread.h>

#define SECOND  INT64_C(1000000)
#define NOW_US  (INT64_C(1800000000) * SECOND) /* the start of a window of a minute */
#define MINUTE  (60 * SECOND)
#define THREADS 8

static const struct rate_quota nothing[RATE__MAX];

static struct client_row row_of(int64_t number, int64_t requests, int64_t application_requests)
{
    return (struct client_row){.number = number,
                               .application_id = 5,
                               .key_requests = requests,
                               .key_seconds = 60,
                               .application_requests = application_requests,
                               .application_seconds = 60};
}

struct scene {
    struct rate_table *table;
    struct rate_cell *cells[RATE__MAX];
    struct rate_standing standings[RATE__MAX];
};

static struct scene scene_of(int64_t requests, int64_t application_requests)
{
    struct scene scene = {.table = rate_table_create(nothing)};
    struct client_row row = row_of(1, requests, application_requests);
    rate_enter(scene.table, &row, true, scene.cells);
    return scene;
}

static void scene_end(struct scene *scene)
{
    for (enum rate_kind kind = 0; kind < RATE__MAX; ++kind)
        rate_leave(scene->cells[kind]);
    rate_table_destroy(scene->table);
}

static enum rate_kind take(struct scene *scene, int64_t now_us)
{
    return rate_take(scene->cells, now_us, scene->standings);
}

/* How many come through before the first is refused. */
static uint32_t passes(struct scene *scene, int64_t now_us)
{
    uint32_t count = 0;
    while (take(scene, now_us) == RATE__MAX)
        ++count;
    return count;
}

/* --- one thread -------------------------------------------------------------------------------------------------- */

static void exactly_the_limit_in_each_window(void **state)
{
    (void)state;
    struct scene scene = scene_of(3, 0);
    for (int window = 0; window < 3; ++window) {
        int64_t start = NOW_US + window * MINUTE;
        for (uint32_t left = 3; left-- > 0;) {
            assert_int_equal(take(&scene, start + SECOND), RATE__MAX);
            assert_int_equal(scene.standings[RATE_KEY].remaining, left);
            assert_int_equal(scene.standings[RATE_KEY].reset_s, 59);
            assert_int_equal(scene.standings[RATE_KEY].quota.requests, 3);
            assert_int_equal(scene.standings[RATE_APPLICATION].quota.requests, 0);
        }
        assert_int_equal(take(&scene, start + MINUTE - 1), RATE_KEY);
        assert_int_equal(scene.standings[RATE_KEY].remaining, 0);
        assert_int_equal(scene.standings[RATE_KEY].reset_s, 1); /* rounded up: then there is room */
    }
    scene_end(&scene);
}

static void a_refusal_takes_from_neither(void **state)
{
    (void)state;
    struct scene scene = scene_of(10, 4);
    assert_int_equal(passes(&scene, NOW_US), 4);
    for (int i = 0; i < 20; ++i)
        assert_int_equal(take(&scene, NOW_US), RATE_APPLICATION);
    assert_int_equal(scene.standings[RATE_KEY].remaining, 6);
    assert_int_equal(scene.standings[RATE_APPLICATION].remaining, 0);
    scene_end(&scene);

    scene = scene_of(2, 100);
    assert_int_equal(passes(&scene, NOW_US), 2);
    assert_int_equal(take(&scene, NOW_US), RATE_KEY);
    assert_int_equal(scene.standings[RATE_APPLICATION].remaining, 98); /* told all the same */
    scene_end(&scene);
}

static void keys_of_an_application_share_its_limit(void **state)
{
    (void)state;
    struct scene scene = scene_of(0, 5), other = {.table = scene.table};
    struct client_row row = row_of(2, 2, 5);
    rate_enter(scene.table, &row, true, other.cells);
    assert_ptr_equal(scene.cells[RATE_APPLICATION], other.cells[RATE_APPLICATION]);
    assert_null(scene.cells[RATE_KEY]);
    assert_int_equal(rate_cells(scene.table), 2);
    assert_int_equal(passes(&other, NOW_US), 2);
    assert_int_equal(passes(&scene, NOW_US), 3);
    for (enum rate_kind kind = 0; kind < RATE__MAX; ++kind)
        rate_leave(other.cells[kind]);
    scene_end(&scene);
}

static void what_the_database_says_goes_before_the_defaults(void **state)
{
    (void)state;
    static const struct rate_quota defaults[RATE__MAX] = {{7, 10}, {9, 20}};
    static const struct {
        const char *name;
        int64_t requests, application_requests;
        uint32_t want, application_want; /* 0: no cell */
    } cases[] = {
        {"nothing said", -1, -1, 7, 9},
        {"no limit for the key", 0, -1, 0, 9},
        {"no limit at all", 0, 0, 0, 0},
        {"limits of their own", 3, 1000000000, 3, 1000000000},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct rate_table *table = rate_table_create(defaults);
        struct rate_cell *cells[RATE__MAX];
        struct client_row row = row_of(1, cases[i].requests, cases[i].application_requests);
        rate_enter(table, &row, true, cells);
        check(cases[i].name, (cells[0] == NULL ? 0 : rate_quota_of(cells[0]).requests) == cases[i].want);
        check(cases[i].name, (cells[1] == NULL ? 0 : rate_quota_of(cells[1]).requests) == cases[i].application_want);
        rate_table_destroy(table);
    }
}

/* A row that was read before a change does not undo it; one that was read after it holds for every thread at once. */
static void the_newest_row_decides(void **state)
{
    (void)state;
    struct scene scene = scene_of(100, 0);
    struct rate_cell *again[RATE__MAX];
    struct client_row lower = row_of(1, 2, 0), stale = row_of(1, 100, 0);
    assert_int_equal(take(&scene, NOW_US), RATE__MAX);
    rate_enter(scene.table, &lower, true, again);
    assert_ptr_equal(again[RATE_KEY], scene.cells[RATE_KEY]);
    rate_leave(again[RATE_KEY]);
    rate_enter(scene.table, &stale, false, again);
    rate_leave(again[RATE_KEY]);
    assert_int_equal(passes(&scene, NOW_US), 1); /* what was counted before stays counted */
    scene_end(&scene);
}

/* --- clocks ------------------------------------------------------------------------------------------------------ */

static void a_clock_that_jumps_harms_for_a_window_at_most(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int64_t jump_us;
        uint32_t at_once, window_later;
    } cases[] = {
        {"forward by a day", 86400 * SECOND, 3, 3},
        {"back by a day", -86400 * SECOND, 3, 3},
        {"back by two windows", -2 * MINUTE, 3, 3},
        {"back into the window before: what was used up stays so, until that window is over", -30 * SECOND, 0, 0},
        {"within the window", 20 * SECOND, 0, 3},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct scene scene = scene_of(3, 0);
        check(cases[i].name, passes(&scene, NOW_US) == 3);
        int64_t now_us = NOW_US + cases[i].jump_us;
        check(cases[i].name, passes(&scene, now_us) == cases[i].at_once);
        check(cases[i].name, scene.standings[RATE_KEY].reset_s <= 2 * 60);
        int64_t later_us = now_us + MINUTE;
        check(cases[i].name, passes(&scene, later_us) == cases[i].window_later);
        check(cases[i].name, passes(&scene, later_us + MINUTE) == 3);
        scene_end(&scene);
    }
}

/* Threads read their clocks before they count: one that is late by a moment must not begin the old window anew. */
static void a_late_thread_counts_in_the_window_that_holds(void **state)
{
    (void)state;
    struct scene scene = scene_of(3, 0);
    assert_int_equal(take(&scene, NOW_US + MINUTE), RATE__MAX);
    assert_int_equal(take(&scene, NOW_US + MINUTE - 1), RATE__MAX);
    assert_int_equal(take(&scene, NOW_US + MINUTE), RATE__MAX);
    assert_int_equal(take(&scene, NOW_US + MINUTE - 1), RATE_KEY);
    assert_int_equal(take(&scene, NOW_US + MINUTE), RATE_KEY);
    scene_end(&scene);
}

/* --- the table --------------------------------------------------------------------------------------------------- */

static void sweep_all(struct rate_table *table, int64_t now_us)
{
    for (size_t at = rate_cells(table); rate_table_next(table, &at) != NULL;)
        rate_table_sweep(table, at, now_us);
}

static void a_count_outlives_who_remembers_it(void **state)
{
    (void)state;
    struct scene scene = scene_of(3, 0);
    struct client_row row = row_of(1, 3, 0);
    struct rate_cell *cell = scene.cells[RATE_KEY];
    assert_int_equal(passes(&scene, NOW_US), 3);
    rate_leave(cell);
    sweep_all(scene.table, NOW_US + MINUTE - 1); /* the window is not over */
    rate_enter(scene.table, &row, true, scene.cells);
    assert_ptr_equal(scene.cells[RATE_KEY], cell);
    assert_int_equal(passes(&scene, NOW_US), 0);
    sweep_all(scene.table, NOW_US + MINUTE); /* it is held */
    assert_int_equal(rate_cells(scene.table), 1);
    rate_leave(cell);
    sweep_all(scene.table, NOW_US + MINUTE);
    assert_int_equal(rate_cells(scene.table), 0);
    size_t at = rate_cells(scene.table);
    assert_null(rate_table_next(scene.table, &at));
    scene.cells[RATE_KEY] = NULL;
    scene_end(&scene);
}

/* Each of those in use is seen once, whichever go meanwhile. */
static void every_cell_in_use_is_seen_once(void **state)
{
    (void)state;
    struct rate_table *table = rate_table_create(nothing);
    struct rate_cell *cells[100][RATE__MAX], *cell;
    int seen[100] = {0};
    for (int64_t i = 0; i < 100; ++i) {
        struct client_row row = row_of(i + 1, 3, 0);
        rate_enter(table, &row, true, cells[i]);
        if (i % 3 == 0)
            rate_leave(cells[i][RATE_KEY]);
    }
    for (size_t at = rate_cells(table); (cell = rate_table_next(table, &at)) != NULL;) {
        ++seen[atomic_load(&cell->subject) - 1];
        rate_table_sweep(table, at, NOW_US);
    }
    for (size_t i = 0; i < 100; ++i) {
        assert_int_equal(seen[i], 1);
        assert_int_equal(rate_table_find(table, (int64_t)i + 1) != NULL, i % 3 != 0);
    }
    assert_int_equal(rate_cells(table), 66);
    rate_table_destroy(table);
}

/* Numbers whose places in the table are one and the same: what is given back between them does not hide those behind.
 */
static void a_gap_hides_nobody(void **state)
{
    (void)state;
    struct rate_table *table = rate_table_create(nothing);
    struct rate_cell *cells[LIMIT_RATE_PROBES + 1][RATE__MAX];
    int64_t numbers[LIMIT_RATE_PROBES + 1];
    size_t count = 0;
    for (int64_t number = 1; count <= LIMIT_RATE_PROBES; ++number)
        if (((uint64_t)number * UINT64_C(0x9e3779b97f4a7c15) >> 32 & (LIMIT_RATE_CELLS - 1)) == 77)
            numbers[count++] = number;
    for (size_t i = 0; i <= LIMIT_RATE_PROBES; ++i) {
        struct client_row row = row_of(numbers[i], 3, 0);
        rate_enter(table, &row, true, cells[i]);
    }
    assert_null(cells[LIMIT_RATE_PROBES][RATE_KEY]); /* no room: uncounted, and told */
    assert_int_equal(rate_full(table), 1);
    rate_leave(cells[10][RATE_KEY]);
    sweep_all(table, NOW_US);
    for (size_t i = 0; i < LIMIT_RATE_PROBES; ++i)
        assert_ptr_equal(rate_table_find(table, numbers[i]), i == 10 ? NULL : cells[i][RATE_KEY]);
    struct client_row row = row_of(numbers[LIMIT_RATE_PROBES], 3, 0);
    rate_enter(table, &row, true, cells[LIMIT_RATE_PROBES]);
    assert_ptr_equal(cells[LIMIT_RATE_PROBES][RATE_KEY], cells[10][RATE_KEY]);
    rate_table_destroy(table);
}

/* --- many threads ------------------------------------------------------------------------------------------------ */

struct racer {
    pthread_t thread;
    pthread_barrier_t *start;
    struct scene scene;
    int64_t now_us;
    uint32_t tries, passed;
};

static void *race(void *argument)
{
    struct racer *racer = argument;
    pthread_barrier_wait(racer->start);
    for (uint32_t i = 0; i < racer->tries; ++i)
        racer->passed += take(&racer->scene, racer->now_us) == RATE__MAX;
    return NULL;
}

/* All of them ask in the same window. */
static uint32_t race_all(struct scene *scene, uint32_t tries, int64_t now_us)
{
    pthread_barrier_t start;
    struct racer racers[THREADS];
    uint32_t passed = 0;
    pthread_barrier_init(&start, NULL, THREADS);
    for (size_t i = 0; i < THREADS; ++i) {
        racers[i] = (struct racer){.start = &start, .scene = *scene, .now_us = now_us, .tries = tries};
        assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; ++i) {
        pthread_join(racers[i].thread, NULL);
        passed += racers[i].passed;
    }
    pthread_barrier_destroy(&start);
    return passed;
}

static void eight_threads_pass_exactly_the_limit(void **state)
{
    (void)state;
    struct scene scene = scene_of(20001, 0);
    for (int window = 0; window < 5; ++window) {
        assert_int_equal(race_all(&scene, 5000, NOW_US + window * MINUTE), 20001);
        assert_int_equal(passes(&scene, NOW_US + window * MINUTE), 0);
    }
    scene_end(&scene);
}

static void eight_threads_below_the_limit_are_never_refused(void **state)
{
    (void)state;
    struct scene scene = scene_of(THREADS * 5000, THREADS * 5000);
    assert_int_equal(race_all(&scene, 5000, NOW_US), THREADS * 5000);
    assert_int_equal(race_all(&scene, 1, NOW_US), 0);
    scene_end(&scene);
}

/* The key's count is given back each time that the application refuses. */
static void eight_threads_and_two_limits(void **state)
{
    (void)state;
    struct scene scene = scene_of(30000, 20001);
    assert_int_equal(race_all(&scene, 5000, NOW_US), 20001);
    assert_int_equal(take(&scene, NOW_US), RATE_APPLICATION);
    assert_int_equal(scene.standings[RATE_KEY].remaining, 30000 - 20001);
    scene_end(&scene);
}

/* Clients are remembered and forgotten while others sweep: in one window nobody gets more than his limit. */
struct guest {
    pthread_t thread;
    struct rate_table *table;
    _Atomic bool *over;
    uint32_t passed;
};

static void *come_and_go(void *argument)
{
    struct guest *guest = argument;
    struct client_row row = row_of(1, 1000, 0);
    for (int i = 0; i < 1000; ++i) {
        struct scene scene;
        rate_enter(guest->table, &row, true, scene.cells);
        guest->passed += take(&scene, NOW_US) == RATE__MAX;
        rate_leave(scene.cells[RATE_KEY]);
    }
    return NULL;
}

static void *sweep(void *argument)
{
    struct guest *guest = argument;
    while (!atomic_load(guest->over))
        sweep_all(guest->table, NOW_US);
    return NULL;
}

static void who_comes_and_goes_is_counted_all_the_same(void **state)
{
    (void)state;
    struct rate_table *table = rate_table_create(nothing);
    _Atomic bool over = false;
    struct guest guests[4], sweeper = {.table = table, .over = &over};
    uint32_t passed = 0;
    pthread_create(&sweeper.thread, NULL, sweep, &sweeper);
    for (size_t i = 0; i < COUNT_OF(guests); ++i) {
        guests[i] = (struct guest){.table = table};
        pthread_create(&guests[i].thread, NULL, come_and_go, &guests[i]);
    }
    for (size_t i = 0; i < COUNT_OF(guests); ++i) {
        pthread_join(guests[i].thread, NULL);
        passed += guests[i].passed;
    }
    atomic_store(&over, true);
    pthread_join(sweeper.thread, NULL);
    assert_int_equal(passed, 1000);
    rate_table_destroy(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exactly_the_limit_in_each_window),
        cmocka_unit_test(a_refusal_takes_from_neither),
        cmocka_unit_test(keys_of_an_application_share_its_limit),
        cmocka_unit_test(what_the_database_says_goes_before_the_defaults),
        cmocka_unit_test(the_newest_row_decides),
        cmocka_unit_test(a_clock_that_jumps_harms_for_a_window_at_most),
        cmocka_unit_test(a_late_thread_counts_in_the_window_that_holds),
        cmocka_unit_test(a_count_outlives_who_remembers_it),
        cmocka_unit_test(every_cell_in_use_is_seen_once),
        cmocka_unit_test(a_gap_hides_nobody),
        cmocka_unit_test(eight_threads_pass_exactly_the_limit),
        cmocka_unit_test(eight_threads_below_the_limit_are_never_refused),
        cmocka_unit_test(eight_threads_and_two_limits),
        cmocka_unit_test(who_comes_and_goes_is_counted_all_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
