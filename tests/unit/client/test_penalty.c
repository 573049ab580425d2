/* SPDX-License-Identifier: Apache-2.0 */
/* The source itself: two threads give one client two cells so seldom that a test has to do it by hand. */
#include "client/penalty.c"

#include "check.h"
#include "fake_db.h"
#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>

#define NOW_S INT64_C(1800000000)

static const uint8_t key[DIGEST_BYTES] = "a key of tests";

static struct address address_of(const char *text)
{
    struct address address;
    assert_true(address_parse(slice_of(text), &address));
    return address;
}

static void fail_times(struct penalty_table *table, const char *client, const char *address, int times)
{
    struct address from = address_of(address);
    for (int i = 0; i < times; ++i)
        penalty_failed(table, slice_of(client), &from, NOW_S);
}

static int64_t wait_at(struct penalty_table *table, const char *client, const char *address, int64_t now_s)
{
    struct address from = address_of(address);
    return penalty_wait_s(table, slice_of(client), &from, now_s);
}

static int setup(void **state)
{
    secret_start();
    clock_set_for_test(NOW_S * 1000000, 1);
    *state = penalty_table_create(key);
    return 0;
}

static int teardown(void **state)
{
    penalty_table_destroy(*state);
    clock_set_for_test(0, 0);
    return 0;
}

#define test_with_table(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

/* --- counting ---------------------------------------------------------------------------------------------------- */

static void the_first_failures_are_free_and_then_the_wait_doubles(void **state)
{
    static const int64_t waits[] = {1, 2, 4, 8, 16, 32, 60, 60};
    assert_int_equal(wait_at(*state, "hmk_a", "192.0.2.1", NOW_S), 0);
    for (int i = 0; i < LIMIT_FAILURES_FREE; ++i) {
        fail_times(*state, "hmk_a", "192.0.2.1", 1);
        assert_int_equal(wait_at(*state, "hmk_a", "192.0.2.1", NOW_S), 0);
    }
    for (size_t i = 0; i < COUNT_OF(waits); ++i) {
        fail_times(*state, "hmk_a", "192.0.2.1", 1);
        assert_int_equal(wait_at(*state, "hmk_a", "192.0.2.1", NOW_S), waits[i]);
    }
    fail_times(*state, "hmk_a", "192.0.2.1", 1000);
    assert_int_equal(wait_at(*state, "hmk_a", "192.0.2.1", NOW_S), LIMIT_PENALTY_LAST_S);
}

static void a_wait_passes_with_time_and_failures_are_forgotten(void **state)
{
    struct address from = address_of("192.0.2.1");
    fail_times(*state, "hmk_a", "192.0.2.1", LIMIT_FAILURES_FREE + 4); /* 8 s */
    static const struct {
        int64_t later_s, wait_s;
    } cases[] = {{0, 8}, {1, 7}, {7, 1}, {8, 0}, {800, 0}, {-1, 8}, {-1000000, 8}};
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        assert_int_equal(wait_at(*state, "hmk_a", "192.0.2.1", NOW_S + cases[i].later_s), cases[i].wait_s);

    int64_t nearly = NOW_S + LIMIT_FAILURES_FORGET_S, later = nearly + 1;
    penalty_failed(*state, SLICE("hmk_a"), &from, nearly); /* goes on */
    assert_int_equal(wait_at(*state, "hmk_a", "192.0.2.1", nearly), 16);
    later = nearly + LIMIT_FAILURES_FORGET_S + 1;
    penalty_failed(*state, SLICE("hmk_a"), &from, later); /* starts over */
    assert_int_equal(wait_at(*state, "hmk_a", "192.0.2.1", later), 0);
}

static void a_success_clears_the_count(void **state)
{
    struct address from = address_of("192.0.2.1");
    fail_times(*state, "hmk_a", "192.0.2.1", 20);
    fail_times(*state, "hmk_b", "192.0.2.1", 20);
    penalty_succeeded(*state, SLICE("hmk_a"), &from);
    assert_int_equal(wait_at(*state, "hmk_a", "192.0.2.1", NOW_S), 0);
    assert_int_equal(wait_at(*state, "hmk_b", "192.0.2.1", NOW_S), 60);
    fail_times(*state, "hmk_a", "192.0.2.1", LIMIT_FAILURES_FREE);
    assert_int_equal(wait_at(*state, "hmk_a", "192.0.2.1", NOW_S), 0);
}

/* A right secret is never delayed by somebody else's wrong ones. */
static void others_are_not_slowed(void **state)
{
    static const struct {
        const char *client, *address;
        bool slowed;
    } cases[] = {
        {"hmk_a", "192.0.2.1", true}, {"hmk_a", "192.0.2.2", false},       {"hmk_b", "192.0.2.1", false},
        {"hmk_", "192.0.2.1", false}, {"hmk_a", "::ffff:192.0.2.1", true}, {"hmk_a", "c000:201::", false},
    };
    fail_times(*state, "hmk_a", "192.0.2.1", 20);
    for (size_t i = 0; i < COUNT_OF(cases); ++i)
        check(cases[i].address, (wait_at(*state, cases[i].client, cases[i].address, NOW_S) > 0) == cases[i].slowed);
}

/* Whoever has one address of a /64 has them all. */
static void an_ipv6_site_is_one_address(void **state)
{
    char address[INET6_ADDRSTRLEN];
    for (int i = 0; i < 20; ++i) {
        snprintf(address, sizeof(address), "2001:db8:1:2::%x", i + 1);
        fail_times(*state, "hmk_a", address, 1);
    }
    assert_true(wait_at(*state, "hmk_a", "2001:db8:1:2:ffff::1", NOW_S) > 0);
    assert_int_equal(wait_at(*state, "hmk_a", "2001:db8:1:3::1", NOW_S), 0);
}

static void sockets_without_address_count_too(void **state)
{
    struct address none = {.family = 0};
    for (int i = 0; i < 20; ++i)
        penalty_failed(*state, SLICE("hmk_a"), &none, NOW_S);
    assert_true(penalty_wait_s(*state, SLICE("hmk_a"), &none, NOW_S) > 0);
}

/* --- a full table ------------------------------------------------------------------------------------------------ */

/* A flood of names that fail once each fills every cell; who failed often stays, and nobody else waits. */
static void a_flood_neither_hides_who_failed_often_nor_slows_others(void **state)
{
    char client[32];
    fail_times(*state, "hmk_often", "192.0.2.1", 20);
    for (int i = 0; i < 400000; ++i) {
        snprintf(client, sizeof(client), "hmk_%d", i);
        fail_times(*state, client, "192.0.2.9", 1);
    }
    assert_int_equal(wait_at(*state, "hmk_often", "192.0.2.1", NOW_S), 60);
    for (int i = 0; i < 400000; ++i) {
        snprintf(client, sizeof(client), "hmk_%d", i);
        assert_int_equal(wait_at(*state, client, "192.0.2.10", NOW_S), 0);
    }
}

/* --- threads ----------------------------------------------------------------------------------------------------- */

enum { THREADS = 4, EACH = 20000 };

static void *fail_and_succeed(void *argument)
{
    struct penalty_table *table = argument;
    struct address from = address_of("192.0.2.1");
    char client[32];
    for (int i = 0; i < EACH; ++i) {
        snprintf(client, sizeof(client), "hmk_%d", i % 50);
        penalty_failed(table, slice_of(client), &from, NOW_S);
        (void)penalty_wait_s(table, slice_of(client), &from, NOW_S);
        if (i % 7 == 0)
            penalty_succeeded(table, slice_of(client), &from);
    }
    return NULL;
}

static void *fail_a_few_times(void *argument)
{
    fail_times(argument, "hmk_parallel", "192.0.2.1", 4);
    return NULL;
}

static void in_parallel(void *(*run)(void *), void *argument)
{
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; ++i)
        assert_int_equal(pthread_create(&threads[i], NULL, run, argument), 0);
    for (size_t i = 0; i < THREADS; ++i)
        pthread_join(threads[i], NULL);
}

/* Item 48: guessing in parallel gains nothing, since no failure is lost. */
static void item_48_parallel_failures_all_count(void **state)
{
    in_parallel(fail_and_succeed, *state); /* for the thread sanitizer */
    for (int round = 0; round < 200; ++round) {
        struct address from = address_of("192.0.2.1");
        fail_times(*state, "hmk_parallel", "192.0.2.1", 1); /* has its cell */
        in_parallel(fail_a_few_times, *state);
        assert_int_equal(wait_at(*state, "hmk_parallel", "192.0.2.1", NOW_S), 60); /* 17 failures */
        penalty_succeeded(*state, SLICE("hmk_parallel"), &from);
    }
}

/* --- saving and loading ------------------------------------------------------------------------------------------ */

static void nothing_changed_nothing_saved(void **state)
{
    struct db *db = fake_db_create(); /* expects no call */
    penalty_save(*state, db);
    assert_int_equal(fake_db_waiting(db), 0);
    fake_db_destroy(db);
}

static void a_cell_is_saved_once_and_again_after_a_change(void **state)
{
    struct db *db = fake_db_create();
    fail_times(*state, "hmk_a", "192.0.2.1", 3);
    fake_db_expect(db, STATEMENT_AUTH_FAILURE_SAVE, FAKE_TEXTS(FAKE_ANY, "{3}", "{1800000000000000}"));
    penalty_save(*state, db);
    penalty_save(*state, db); /* one is under way */
    fake_db_turn(db);
    penalty_save(*state, db); /* nothing new */
    fail_times(*state, "hmk_a", "192.0.2.1", 1);
    clock_set_for_test((NOW_S + 5) * 1000000, 1);
    fake_db_expect(db, STATEMENT_AUTH_FAILURE_SAVE, FAKE_TEXTS(FAKE_ANY, "{4}", "{1800000000000000}"));
    penalty_save(*state, db);
    fake_db_turn(db);
    fake_db_destroy(db);
}

static void what_was_not_saved_is_saved_again(void **state)
{
    static const enum db_outcome outcomes[] = {DB_BUSY, DB_LOST};
    struct db *db = fake_db_create();
    fail_times(*state, "hmk_a", "192.0.2.1", 3);
    for (size_t i = 0; i < COUNT_OF(outcomes); ++i) {
        fake_db_expect(db, STATEMENT_AUTH_FAILURE_SAVE, FAKE_TEXTS(FAKE_ANY, "{3}", FAKE_ANY));
        fake_db_fail(db, outcomes[i]);
        penalty_save(*state, db);
        fake_db_turn(db);
    }
    fake_db_expect(db, STATEMENT_AUTH_FAILURE_SAVE, FAKE_TEXTS(FAKE_ANY, "{3}", FAKE_ANY));
    fake_db_refuse(db, "57014");
    penalty_save(*state, db);
    fail_times(*state, "hmk_a", "192.0.2.1", 1); /* meanwhile */
    fake_db_turn(db);
    fake_db_expect(db, STATEMENT_AUTH_FAILURE_SAVE, FAKE_TEXTS(FAKE_ANY, "{4}", FAKE_ANY));
    penalty_save(*state, db);
    fake_db_turn(db);
    penalty_save(*state, db);
    fake_db_destroy(db);
}

static void who_succeeded_meanwhile_is_not_marked_again(void **state)
{
    struct db *db = fake_db_create();
    struct address from = address_of("192.0.2.1");
    fail_times(*state, "hmk_a", "192.0.2.1", 3);
    fake_db_expect(db, STATEMENT_AUTH_FAILURE_SAVE, NULL);
    fake_db_fail(db, DB_LOST);
    penalty_save(*state, db);
    penalty_succeeded(*state, SLICE("hmk_a"), &from);
    fake_db_turn(db);
    penalty_save(*state, db); /* no call is expected */
    fake_db_destroy(db);
}

/* One statement cannot save one name twice. */
static void a_client_with_two_cells_is_saved_by_two_statements(void **state)
{
    struct penalty_table *table = *state;
    struct address from = address_of("192.0.2.1");
    struct place place = place_of(table, SLICE("hmk_a"), &from);
    struct db *db = fake_db_create();
    fail_times(table, "hmk_other", "192.0.2.1", 1);
    fail_times(table, "hmk_a", "192.0.2.1", 2);
    place.line[LINE_CELLS - 1] = cell_of(place.tag, NOW_S, 12) | DIRTY_BIT;
    fake_db_expect(db, STATEMENT_AUTH_FAILURE_SAVE, NULL);
    penalty_save(table, db);
    assert_int_equal(table->saving_count, 2);
    fake_db_turn(db);
    fake_db_expect(db, STATEMENT_AUTH_FAILURE_SAVE, FAKE_TEXTS(FAKE_ANY, "{12}", FAKE_ANY));
    penalty_save(table, db);
    fake_db_turn(db);
    penalty_save(table, db);
    fake_db_destroy(db);
    assert_int_equal(wait_at(table, "hmk_a", "192.0.2.1", NOW_S), 2); /* the greater count */
}

static void many_cells_take_several_statements(void **state)
{
    struct db *db = fake_db_create();
    char client[32];
    for (int i = 0; i < 1200; ++i) {
        snprintf(client, sizeof(client), "hmk_%d", i);
        fail_times(*state, client, "192.0.2.1", 1);
    }
    for (int i = 0; i < 3; ++i) {
        fake_db_expect(db, STATEMENT_AUTH_FAILURE_SAVE, NULL);
        penalty_save(*state, db);
        fake_db_turn(db);
    }
    penalty_save(*state, db); /* all are saved */
    fake_db_destroy(db);
}

static void a_table_may_end_while_it_saves_and_loads(void **state)
{
    (void)state;
    struct db *db = fake_db_create();
    struct penalty_table *table = penalty_table_create(key);
    fail_times(table, "hmk_a", "192.0.2.1", 3);
    fake_db_expect(db, STATEMENT_AUTH_FAILURE_SAVE, NULL);
    fake_db_expect_cancel(db);
    penalty_save(table, db);
    fake_db_expect(db, STATEMENT_AUTH_FAILURE_LIST, NULL);
    fake_db_expect_cancel(db);
    penalty_load(table, db, NULL, NULL);
    penalty_table_destroy(table);
    penalty_table_destroy(NULL);
    fake_db_destroy(db);
}

static void count_done(void *cookie)
{
    ++*(int *)cookie;
}

/* The name of a cell as it stands in the database: line and tag of the keyed hash, and zeros. Nodes of two versions may
 * share a database, so it never changes. */
static void name_cell(char out[static 33], const char *client, const char *ipv4)
{
    struct address from = address_of(ipv4);
    char bytes[64];
    int len = snprintf(bytes, sizeof(bytes), "%s%c", client, 4);
    memcpy(bytes + len, from.bytes, sizeof(from.bytes));
    uint64_t hash = siphash(key, (h2o_iovec_t){bytes, (size_t)len + sizeof(from.bytes)});
    snprintf(out, 33, "%08x%08x%016x", (unsigned)(hash % LINES), (unsigned)(hash >> 32), 0);
}

static void load_row(struct penalty_table *table, const char *cell, const char *failures, const char *last_at_us)
{
    struct db *db = fake_db_create();
    int done = 0;
    fake_db_expect(db, STATEMENT_AUTH_FAILURE_LIST, FAKE_NONE);
    fake_db_row(db, FAKE_TEXTS(cell, failures, last_at_us));
    penalty_load(table, db, count_done, &done);
    assert_int_equal(done, 0);
    fake_db_turn(db);
    assert_int_equal(done, 1);
    fake_db_destroy(db);
}

static void what_was_saved_slows_after_a_restart(void **state)
{
    struct db *db = fake_db_create();
    struct penalty_table *after = penalty_table_create(key);
    char name[33], array[64], cell[64];
    name_cell(name, "hmk_a", "192.0.2.1");
    snprintf(array, sizeof(array), "{\"\\\\x%s\"}", name);
    snprintf(cell, sizeof(cell), "\\x%s", name);
    fail_times(*state, "hmk_a", "192.0.2.1", 14);
    fake_db_expect(db, STATEMENT_AUTH_FAILURE_SAVE, FAKE_TEXTS(array, "{14}", "{1800000000000000}"));
    penalty_save(*state, db);
    fake_db_turn(db);

    load_row(after, cell, "14", "1800000000000000");
    assert_int_equal(wait_at(after, "hmk_a", "192.0.2.1", NOW_S + 1), 7);
    assert_int_equal(wait_at(after, "hmk_a", "192.0.2.2", NOW_S + 1), 0);
    fail_times(after, "hmk_a", "192.0.2.1", 1);
    assert_int_equal(wait_at(after, "hmk_a", "192.0.2.1", NOW_S), 16);
    penalty_table_destroy(after);
    fake_db_destroy(db);
}

/* Requests are served while the rows are on their way. */
static void failures_from_before_and_after_the_rows_came_add_up(void **state)
{
    char name[33], cell[64];
    name_cell(name, "hmk_a", "192.0.2.1");
    snprintf(cell, sizeof(cell), "\\x%s", name);
    fail_times(*state, "hmk_a", "192.0.2.1", 2);
    load_row(*state, cell, "9", "1799999999000000");
    assert_int_equal(wait_at(*state, "hmk_a", "192.0.2.1", NOW_S), 1);
    load_row(*state, cell, "2147483647", "1800000000000000");
    assert_int_equal(wait_at(*state, "hmk_a", "192.0.2.1", NOW_S), 60);
}

static void rows_that_are_not_ours_are_passed_over(void **state)
{
    static const char *const cells[] = {"\\x", "\\x00", "\\xffffffff000000010000000000000000",
                                        "\\x00002000000000010000000000000000", "\\x0000000000000001000000000000000000"};
    for (size_t i = 0; i < COUNT_OF(cells); ++i)
        load_row(*state, cells[i], "20", "1800000000000000");
    load_row(*state, "\\x00000000000000010000000000000000", "0", "1800000000000000");
    load_row(*state, "\\x00000000000000010000000000000000", "-5", "1800000000000000");
    assert_int_equal(wait_at(*state, "hmk_a", "192.0.2.1", NOW_S), 0);
}

static void a_load_that_fails_is_told_too(void **state)
{
    static const enum db_outcome outcomes[] = {DB_BUSY, DB_LOST};
    struct db *db = fake_db_create();
    int done = 0;
    for (size_t i = 0; i < COUNT_OF(outcomes); ++i) {
        fake_db_expect(db, STATEMENT_AUTH_FAILURE_LIST, FAKE_NONE);
        fake_db_fail(db, outcomes[i]);
        penalty_load(*state, db, count_done, &done);
        fake_db_turn(db);
    }
    fake_db_expect(db, STATEMENT_AUTH_FAILURE_LIST, FAKE_NONE);
    fake_db_refuse(db, "42P01");
    penalty_load(*state, db, count_done, &done);
    fake_db_turn(db);
    assert_int_equal(done, 3);
    fake_db_destroy(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_table(the_first_failures_are_free_and_then_the_wait_doubles),
        test_with_table(a_wait_passes_with_time_and_failures_are_forgotten),
        test_with_table(a_success_clears_the_count),
        test_with_table(others_are_not_slowed),
        test_with_table(an_ipv6_site_is_one_address),
        test_with_table(sockets_without_address_count_too),
        test_with_table(a_flood_neither_hides_who_failed_often_nor_slows_others),
        test_with_table(item_48_parallel_failures_all_count),
        test_with_table(nothing_changed_nothing_saved),
        test_with_table(a_cell_is_saved_once_and_again_after_a_change),
        test_with_table(what_was_not_saved_is_saved_again),
        test_with_table(who_succeeded_meanwhile_is_not_marked_again),
        test_with_table(a_client_with_two_cells_is_saved_by_two_statements),
        test_with_table(many_cells_take_several_statements),
        test_with_table(a_table_may_end_while_it_saves_and_loads),
        test_with_table(what_was_saved_slows_after_a_restart),
        test_with_table(failures_from_before_and_after_the_rows_came_add_up),
        test_with_table(rows_that_are_not_ours_are_passed_over),
        test_with_table(a_load_that_fails_is_told_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
