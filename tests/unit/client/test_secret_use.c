/* SPDX-License-Identifier: Apache-2.0 */
#include "client/secret_use.h"

#include "base/secret.h"
#include "check.h"
#include "fake_db.h"

#define ACTOR   FAKE_ANY
#define WAIT_MS 3000 /* for a save that is due after one second */

struct scene {
    h2o_loop_t *loop;
    struct db *db;
    struct secret_uses *uses;
    struct address home, away;
};

static int setup(void **state)
{
    static struct scene scene;
    secret_start();
    scene = (struct scene){.loop = h2o_evloop_create(), .db = fake_db_create()};
    scene.uses = secret_uses_create(scene.loop, scene.db);
    assert_true(address_parse(SLICE("192.0.2.1"), &scene.home));
    assert_true(address_parse(SLICE("2001:db8::7"), &scene.away));
    *state = &scene;
    return 0;
}

static int teardown(void **state)
{
    struct scene *scene = *state;
    secret_uses_stop(scene->uses);
    secret_uses_destroy(scene->uses);
    fake_db_destroy(scene->db);
    h2o_evloop_destroy(scene->loop);
    return 0;
}

static void use(struct scene *scene, const char *client_id, int64_t number, const struct address *address,
                int64_t now_us)
{
    secret_uses_add(scene->uses, 7, slice_of(client_id), number, address, now_us);
}

/* Turns the loop until a save has been sent, and answers it. */
static void run_until_saving(struct scene *scene)
{
    uint64_t end = h2o_now(scene->loop) + WAIT_MS;
    while (!secret_uses_is_saving(scene->uses) && h2o_now(scene->loop) < end)
        h2o_evloop_run(scene->loop, 50);
    assert_true(secret_uses_is_saving(scene->uses));
}

static void run(struct scene *scene)
{
    run_until_saving(scene);
    fake_db_turn(scene->db);
    assert_false(secret_uses_is_saving(scene->uses));
}

static void uses_come_together_before_they_are_told(void **state)
{
    struct scene *scene = *state;
    use(scene, "hmk_a", 1, &scene->home, 100);
    use(scene, "hmk_a", 2, &scene->home, 200);
    use(scene, "hmk_a", 1, &scene->away, 300);
    use(scene, "hmk_a", 1, &scene->home, 250); /* a clock that was set back */
    use(scene, "hmk_b", 1, &scene->home, 400);
    assert_int_equal(secret_uses_waiting(scene->uses), 3);
    fake_db_expect(scene->db, STATEMENT_SECRET_USE_SAVE,
                   FAKE_TEXTS("{7,7,7}", "{hmk_a,hmk_a,hmk_b}", "{1,2,1}", "{3,1,1}", "{300,200,400}",
                              "{2001:db8::7,192.0.2.1,192.0.2.1}", ACTOR));
    run(scene);
    assert_int_equal(secret_uses_waiting(scene->uses), 0);

    use(scene, "hmk_a", 1, &scene->home, 500); /* what was told is not told again */
    fake_db_expect(scene->db, STATEMENT_SECRET_USE_SAVE,
                   FAKE_TEXTS("{7}", "{hmk_a}", "{1}", "{1}", "{500}", "{192.0.2.1}", ACTOR));
    run(scene);
}

static void what_was_not_done_is_told_with_the_next(void **state)
{
    struct scene *scene = *state;
    use(scene, "hmk_a", 1, &scene->home, 100);
    fake_db_expect(scene->db, STATEMENT_SECRET_USE_SAVE, NULL);
    fake_db_fail(scene->db, DB_BUSY);
    run_until_saving(scene);
    use(scene, "hmk_a", 1, &scene->away, 150); /* while it is under way */
    fake_db_turn(scene->db);
    assert_int_equal(secret_uses_waiting(scene->uses), 1);
    fake_db_expect(scene->db, STATEMENT_SECRET_USE_SAVE,
                   FAKE_TEXTS("{7}", "{hmk_a}", "{1}", "{2}", "{150}", "{2001:db8::7}", ACTOR));
    run(scene);
}

/* It may have been done: telling it again could end a secret too early. */
static void what_may_have_been_done_is_not_told_again(void **state)
{
    struct scene *scene = *state;
    use(scene, "hmk_a", 1, &scene->home, 100);
    fake_db_expect(scene->db, STATEMENT_SECRET_USE_SAVE, NULL);
    fake_db_fail(scene->db, DB_LOST);
    run(scene);
    assert_int_equal(secret_uses_waiting(scene->uses), 0);
}

/* More secrets than fit between two saves: one goes out early, and nothing is lost. */
static void many_secrets_are_told_early(void **state)
{
    struct scene *scene = *state;
    for (int64_t number = 1; number <= LIMIT_SECRET_USES_MAX; ++number)
        use(scene, "hmk_many", number, &scene->home, number);
    assert_false(secret_uses_is_saving(scene->uses));
    fake_db_expect(scene->db, STATEMENT_SECRET_USE_SAVE, NULL);
    use(scene, "hmk_one_more", 1, &scene->home, 1);
    assert_true(secret_uses_is_saving(scene->uses));
    assert_int_equal(secret_uses_waiting(scene->uses), 1);
    fake_db_turn(scene->db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define WITH_SCENE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
        WITH_SCENE(uses_come_together_before_they_are_told),
        WITH_SCENE(what_was_not_done_is_told_with_the_next),
        WITH_SCENE(what_may_have_been_done_is_not_told_again),
        WITH_SCENE(many_secrets_are_told_early),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
