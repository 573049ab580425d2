/* SPDX-License-Identifier: Apache-2.0 */
#include "client/history_reads.h"

#include "base/secret.h"
#include "check.h"
#include "fake_db.h"

#define WAIT_MS 3000 /* for a save that is due after one second */
#define REQUEST "01890000-0000-7000-8000-000000000001"
#define ROW(account, tail)                                                                                             \
    "{\"account\":" account ",\"at_us\":5,\"request\":\"" REQUEST "\",\"application\":\"Robot \\\"A\\\"\","            \
    "\"key\":\"hmk_a\"," tail "}"

struct scene {
    h2o_loop_t *loop;
    struct db *db;
    struct history_reads *reads;
    struct address home;
};

static int setup(void **state)
{
    static struct scene scene;
    secret_start();
    scene = (struct scene){.loop = h2o_evloop_create(), .db = fake_db_create()};
    scene.reads = history_reads_create(scene.loop, scene.db);
    assert_true(address_parse(SLICE("192.0.2.1"), &scene.home));
    *state = &scene;
    return 0;
}

static int teardown(void **state)
{
    struct scene *scene = *state;
    history_reads_stop(scene->reads);
    history_reads_destroy(scene->reads);
    fake_db_destroy(scene->db);
    h2o_evloop_destroy(scene->loop);
    return 0;
}

static bool add(struct scene *scene, int64_t account_id, int64_t user_id, h2o_iovec_t query)
{
    return history_reads_add(scene->reads, &(struct history_read){.account_id = account_id,
                                                                  .user_id = user_id,
                                                                  .at_us = 5,
                                                                  .given = 3,
                                                                  .application_name = SLICE("Robot \"A\""),
                                                                  .client_id = SLICE("hmk_a"),
                                                                  .request_id = SLICE(REQUEST),
                                                                  .path = SLICE("/history"),
                                                                  .query = query,
                                                                  .address = &scene->home});
}

static void run_until_saving(struct scene *scene)
{
    uint64_t end = h2o_now(scene->loop) + WAIT_MS;
    while (!history_reads_is_saving(scene->reads) && h2o_now(scene->loop) < end)
        h2o_evloop_run(scene->loop, 50);
    assert_true(history_reads_is_saving(scene->reads));
}

static void rows_go_together(void **state)
{
    struct scene *scene = *state;
    assert_true(add(scene, 7, 0, SLICE_NONE));
    assert_true(add(scene, 8, 9, SLICE("filter=a\\b")));
    fake_db_expect(
        scene->db, STATEMENT_HISTORY_READ_SAVE,
        FAKE_TEXTS("[" ROW("7", "\"address\":\"192.0.2.1\",\"question\":\"/history\",\"given\":3") "," ROW(
            "8", "\"user\":9,\"address\":\"192.0.2.1\",\"question\":\"/history?filter=a\\\\b\",\"given\":3") "]"));
    run_until_saving(scene);
    fake_db_turn(scene->db);
    assert_int_equal(history_reads_waiting(scene->reads), 0);
}

/* It may have been done: told again it stands once all the same. What came meanwhile goes behind it. */
static void what_was_not_confirmed_is_told_again(void **state)
{
    struct scene *scene = *state;
    static const enum db_outcome outcomes[] = {DB_BUSY, DB_LOST};
    assert_true(add(scene, 7, 0, SLICE_NONE));
    const char *row = "[" ROW("7", "\"address\":\"192.0.2.1\",\"question\":\"/history\",\"given\":3") "]";
    for (size_t i = 0; i < 2; ++i) {
        fake_db_expect(scene->db, STATEMENT_HISTORY_READ_SAVE, FAKE_TEXTS(row));
        fake_db_fail(scene->db, outcomes[i]);
        run_until_saving(scene);
        assert_true(add(scene, 8, 0, SLICE_NONE));
        fake_db_turn(scene->db);
        assert_int_equal(history_reads_waiting(scene->reads), 2 + i);
    }
    fake_db_expect(scene->db, STATEMENT_HISTORY_READ_SAVE, FAKE_TEXTS(row));
    run_until_saving(scene);
    fake_db_turn(scene->db);
    assert_int_equal(history_reads_waiting(scene->reads), 2);
    fake_db_expect(scene->db, STATEMENT_HISTORY_READ_SAVE, NULL);
    run_until_saving(scene);
    fake_db_turn(scene->db);
    assert_int_equal(history_reads_waiting(scene->reads), 0);
}

static void half_a_batch_goes_at_once_and_a_full_log_says_so(void **state)
{
    struct scene *scene = *state;
    for (int i = 1; i < LIMIT_HISTORY_READS_MAX / 2; ++i)
        assert_true(add(scene, 7, 0, SLICE_NONE));
    assert_false(history_reads_is_saving(scene->reads));
    fake_db_expect(scene->db, STATEMENT_HISTORY_READ_SAVE, NULL);
    fake_db_fail(scene->db, DB_LOST);
    assert_true(add(scene, 7, 0, SLICE_NONE));
    assert_true(history_reads_is_saving(scene->reads));
    for (int i = 0; i < LIMIT_HISTORY_READS_MAX; ++i)
        assert_true(add(scene, 7, 0, SLICE_NONE));
    assert_false(add(scene, 7, 0, SLICE_NONE));
    fake_db_turn(scene->db);
    assert_false(add(scene, 7, 0, SLICE_NONE));
    fake_db_expect(scene->db, STATEMENT_HISTORY_READ_SAVE, NULL);
    run_until_saving(scene);
    fake_db_turn(scene->db);
    fake_db_expect(scene->db, STATEMENT_HISTORY_READ_SAVE, NULL);
    run_until_saving(scene);
    assert_true(add(scene, 7, 0, SLICE_NONE));
    fake_db_turn(scene->db);
    assert_int_equal(history_reads_waiting(scene->reads), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define WITH_SCENE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
        WITH_SCENE(rows_go_together),
        WITH_SCENE(what_was_not_confirmed_is_told_again),
        WITH_SCENE(half_a_batch_goes_at_once_and_a_full_log_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
