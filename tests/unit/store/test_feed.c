/* SPDX-License-Identifier: Apache-2.0 */
/* The feed on a real database. Others may change policy there at the same time: only our own subjects count. */
#include "base/secret.h"
#include "check.h"
#include "database.h"
#include "store/feed.h"

#include <stdlib.h>

#define AWAIT_MS    10000
#define PROMPT_MS   450  /* less than a beat: so it came by notification */
#define MANY        1200 /* more than two reads */
#define SUBJECT_LEN 64

struct bench {
    h2o_loop_t *loop;
    struct feed *feed;
    struct relay *relay;
    char *conninfo;
    PGconn *owner;
    char prefix[32]; /* of our subjects */
    bool applies;    /* tells the feed so */
    int resets, changes, ours;
    int64_t reset_through, last_id;
    struct policy_change last; /* of ours; its subject is in the next */
    char last_subject[SUBJECT_LEN];
};

static void on_changes(const struct policy_change *changes, size_t count, void *cookie)
{
    struct bench *bench = cookie;
    assert_true(count > 0);
    for (size_t i = 0; i < count; ++i) {
        assert_true(changes[i].id > bench->last_id); /* in order, and each once */
        bench->last_id = changes[i].id;
        ++bench->changes;
        char subject[SUBJECT_LEN];
        snprintf(subject, sizeof(subject), "%.*s", SLICE_ARGS(changes[i].subject));
        if (strstr(subject, bench->prefix) == NULL)
            continue;
        ++bench->ours;
        bench->last = changes[i];
        strcpy(bench->last_subject, subject);
    }
    if (bench->applies)
        feed_applied(bench->feed, bench->last_id);
}

static void on_reset(int64_t through, void *cookie)
{
    struct bench *bench = cookie;
    ++bench->resets;
    bench->reset_through = bench->last_id = through;
    if (bench->applies)
        feed_applied(bench->feed, through);
}

static int setup(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    bench->loop = h2o_evloop_create();
    bench->owner = database_owner();
    bench->applies = true;
    snprintf(bench->prefix, sizeof(bench->prefix), "feed_test_%d_", (int)getpid());
    bench->relay = database_relay("", &bench->conninfo);
    bench->feed = feed_create(bench->loop, bench->conninfo, (struct feed_callbacks){on_changes, on_reset, bench});
    assert_int_equal(bench->resets, 0); /* never inside */
    assert_true(feed_age_ms(bench->feed) > LIMIT_FEED_DEAD_MS);
    *state = bench;
    return 0;
}

static void bench_stop(struct bench *bench)
{
    feed_destroy(bench->feed);
    bench->feed = NULL;
}

static int teardown(void **state)
{
    struct bench *bench = *state;
    bench_stop(bench);
    relay_stop(bench->relay);
    database_run(bench->owner, "delete from hallmark.revocation where subject like '%s%%'", bench->prefix);
    PQfinish(bench->owner);
    for (int i = 0; i < 3; ++i)
        loop_turn(bench->loop);
    h2o_evloop_destroy(bench->loop);
    free(bench->conninfo);
    free(bench);
    return 0;
}

#define test_on_bench(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

static void await_sight(struct bench *bench)
{
    assert_true(
        LOOP_UNTIL(bench->loop, AWAIT_MS, bench->resets == 1 && feed_age_ms(bench->feed) < LIMIT_FEED_SILENCE_MS));
}

static void change(struct bench *bench, int number)
{
    database_run(bench->owner,
                 "insert into hallmark.revocation (kind, subject, account_id, until) values ('jti', '%s%d', 7, now() + "
                 "interval '1 hour')",
                 bench->prefix, number);
}

/* As if its notification had been lost: without triggers nobody is told. */
static void change_in_silence(struct bench *bench, const char *kind, const char *subject)
{
    database_run(bench->owner,
                 "begin; select pg_advisory_xact_lock(7203, 1); set local session_replication_role = replica;"
                 "insert into hallmark.policy_change (id, kind, account_id, subject)"
                 " values (nextval('hallmark.policy_change_id_seq'), '%s', 7, '%s%s'); commit",
                 kind, bench->prefix, subject);
}

/* --- sight ------------------------------------------------------------------------------------- */

static void test_it_begins_with_a_reset_and_is_proven_again_and_again(void **state)
{
    struct bench *bench = *state;
    await_sight(bench);
    assert_true(bench->reset_through >= 0);
    for (int i = 0; i < 30; ++i) { /* three seconds: several beats */
        LOOP_UNTIL(bench->loop, 100, false);
        assert_in_range(feed_age_ms(bench->feed), 0, LIMIT_FEED_SILENCE_MS - 1);
    }
    assert_int_equal(bench->resets, 1);
}

static void test_a_change_comes_at_once(void **state)
{
    struct bench *bench = *state;
    await_sight(bench);
    for (int i = 0; i < 10; ++i) {
        change(bench, i);
        assert_true(LOOP_UNTIL(bench->loop, PROMPT_MS, bench->ours == i + 1));
        assert_int_equal(bench->last.kind, POLICY_REVOCATION);
        assert_int_equal(bench->last.account_id, 7);
        char subject[SUBJECT_LEN];
        snprintf(subject, sizeof(subject), "jti:%s%d", bench->prefix, i);
        assert_string_equal(bench->last_subject, subject);
    }
    assert_int_equal(bench->resets, 1);
}

static void test_each_kind_has_its_word(void **state)
{
    static const struct {
        const char *word;
        enum policy_kind kind;
    } cases[] = {
        {"client", POLICY_CLIENT},           {"member", POLICY_MEMBER}, {"account", POLICY_ACCOUNT},
        {"application", POLICY_APPLICATION}, {"api", POLICY_API},       {"signing_key", POLICY_SIGNING_KEY},
        {"revocation", POLICY_REVOCATION},
    };
    assert_int_equal(COUNT_OF(cases), POLICY__MAX);
    struct bench *bench = *state;
    await_sight(bench);
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        change_in_silence(bench, cases[i].word, cases[i].word);
        assert_true(LOOP_UNTIL(bench->loop, AWAIT_MS, bench->ours == (int)i + 1));
        check(cases[i].word, bench->last.kind == cases[i].kind);
    }
}

static void test_a_lost_notification_is_made_up_for_by_the_next_beat(void **state)
{
    struct bench *bench = *state;
    await_sight(bench);
    int64_t changed_ms = loop_now_ms();
    change_in_silence(bench, "client", "unheard");
    assert_true(LOOP_UNTIL(bench->loop, AWAIT_MS, bench->ours == 1));
    assert_in_range(loop_now_ms() - changed_ms, 0, 1000); /* other nodes follow within a second */
    assert_int_equal(bench->resets, 1);
}

static void test_many_changes_come_in_order_and_once(void **state)
{
    struct bench *bench = *state;
    await_sight(bench);
    database_run(bench->owner,
                 "insert into hallmark.revocation (kind, subject, account_id, until)"
                 " select 'jti', '%s' || i, 7, now() + interval '1 hour' from generate_series(1, %d) as i",
                 bench->prefix, MANY);
    assert_true(LOOP_UNTIL(bench->loop, AWAIT_MS, bench->ours >= MANY));
    LOOP_UNTIL(bench->loop, 1200, false);
    assert_int_equal(bench->ours, MANY);
    assert_true(feed_age_ms(bench->feed) < LIMIT_FEED_SILENCE_MS);
}

/* Ids of transactions that were rolled back are never seen, and nobody waits for them. */
static void test_gaps_are_no_losses(void **state)
{
    struct bench *bench = *state;
    await_sight(bench);
    for (int i = 0; i < 5; ++i) {
        database_run(bench->owner, "begin");
        change(bench, 100 + i);
        database_run(bench->owner, "rollback");
        change(bench, i);
        assert_true(LOOP_UNTIL(bench->loop, PROMPT_MS, bench->ours == i + 1));
    }
    LOOP_UNTIL(bench->loop, 1200, false);
    assert_int_equal(bench->ours, 5);
    assert_true(feed_age_ms(bench->feed) < LIMIT_FEED_SILENCE_MS);
}

/* A node that stood still for so long that the changes which it did not see have been dropped meanwhile. */
static void test_changes_that_were_dropped_unseen_are_a_reset(void **state)
{
    struct bench *bench = *state;
    await_sight(bench);
    change(bench, 1);
    assert_true(LOOP_UNTIL(bench->loop, PROMPT_MS, bench->ours == 1));
    change(bench, 2); /* the loop does not turn */
    change(bench, 3);
    long long newest = database_number(bench->owner, "select max(id) from hallmark.policy_change");
    database_run(bench->owner, "delete from hallmark.policy_change where id < %lld", newest);
    assert_true(LOOP_UNTIL(bench->loop, AWAIT_MS, bench->resets == 2));
    assert_true(bench->reset_through >= newest);
    assert_int_equal(bench->ours, 1);
    change(bench, 4);
    assert_true(LOOP_UNTIL(bench->loop, AWAIT_MS, bench->ours == 2));
}

/* What every node has seen may be dropped. */
static void test_changes_that_were_dropped_after_they_were_seen_are_no_loss(void **state)
{
    struct bench *bench = *state;
    await_sight(bench);
    change(bench, 1);
    change(bench, 2);
    assert_true(LOOP_UNTIL(bench->loop, PROMPT_MS, bench->ours == 2));
    database_run(bench->owner, "delete from hallmark.policy_change where id < %lld", (long long)bench->last_id);
    change(bench, 3);
    assert_true(LOOP_UNTIL(bench->loop, PROMPT_MS, bench->ours == 3));
    assert_int_equal(bench->resets, 1);
}

/* --- loss of sight -------------------------------------------------------------------------------- */

static void test_a_new_connection_is_a_reset(void **state)
{
    struct bench *bench = *state;
    await_sight(bench);
    change(bench, 1);
    assert_true(LOOP_UNTIL(bench->loop, PROMPT_MS, bench->ours == 1));
    int64_t seen = bench->last_id;
    relay_down(bench->relay);
    LOOP_UNTIL(bench->loop, 300, false);
    change(bench, 2); /* unseen: it is before the reset */
    long long newest = database_number(bench->owner, "select max(id) from hallmark.policy_change");
    relay_up(bench->relay);
    assert_true(LOOP_UNTIL(bench->loop, AWAIT_MS, bench->resets == 2));
    assert_true(bench->reset_through > seen && bench->reset_through >= newest);
    assert_int_equal(bench->ours, 1);
    change(bench, 3);
    assert_true(LOOP_UNTIL(bench->loop, AWAIT_MS, bench->ours == 2));
}

static void test_silence_grows_old_and_ends(void **state)
{
    struct bench *bench = *state;
    await_sight(bench);
    relay_stall(bench->relay, true);
    assert_true(LOOP_UNTIL(bench->loop, AWAIT_MS, feed_age_ms(bench->feed) > LIMIT_FEED_DEAD_MS));
    relay_stall(bench->relay, false);
    assert_true(LOOP_UNTIL(bench->loop, AWAIT_MS, feed_age_ms(bench->feed) < LIMIT_FEED_SILENCE_MS));
    assert_int_equal(bench->resets, 2); /* the silent connection was given up */
}

static void test_what_may_not_be_read_is_not_proven(void **state)
{
    struct bench *bench = *state;
    await_sight(bench);
    database_run(bench->owner, "revoke select on hallmark.policy_change from hallmark_server");
    bool grew_old = LOOP_UNTIL(bench->loop, AWAIT_MS, feed_age_ms(bench->feed) > LIMIT_FEED_SILENCE_MS);
    database_run(bench->owner, "grant select on hallmark.policy_change to hallmark_server");
    assert_true(grew_old);
    assert_true(LOOP_UNTIL(bench->loop, AWAIT_MS, feed_age_ms(bench->feed) < LIMIT_FEED_BEAT_MS));
}

/* A kind that a later version knows: whatever it means, what is cached may be wrong. */
static void test_an_unknown_kind_is_a_reset(void **state)
{
    struct bench *bench = *state;
    await_sight(bench);
    database_run(bench->owner, "alter table hallmark.policy_change drop constraint policy_change_kind_check");
    change_in_silence(bench, "weather", "sunny");
    bool was_reset = LOOP_UNTIL(bench->loop, AWAIT_MS, bench->resets == 2);
    database_run(bench->owner,
                 "delete from hallmark.policy_change where kind = 'weather';"
                 "alter table hallmark.policy_change add constraint policy_change_kind_check check (kind in"
                 " ('client', 'member', 'account', 'application', 'api', 'signing_key', 'revocation'))");
    assert_true(was_reset);
    assert_int_equal(bench->ours, 0);
    change(bench, 1);
    assert_true(LOOP_UNTIL(bench->loop, AWAIT_MS, bench->ours == 1));
}

/* --- what the node tells ------------------------------------------------------------------------------ */

static bool is_told(struct bench *bench, int64_t applied)
{
    return database_number(bench->owner, "select count(*) from hallmark.node where applied = %lld",
                           (long long)applied) == 1;
}

static void test_the_node_tells_how_far_its_threads_are_and_leaves(void **state)
{
    struct bench *bench = *state;
    await_sight(bench);
    assert_true(LOOP_UNTIL(bench->loop, PROMPT_MS, is_told(bench, bench->reset_through)));
    bench->applies = false; /* its threads are slow now */
    change(bench, 1);
    assert_true(LOOP_UNTIL(bench->loop, PROMPT_MS, bench->ours == 1));
    LOOP_UNTIL(bench->loop, 700, false);
    assert_false(is_told(bench, bench->last_id));
    feed_applied(bench->feed, bench->last_id + 1); /* what it has not seen yet, it cannot have applied */
    LOOP_UNTIL(bench->loop, 700, false);
    assert_false(is_told(bench, bench->last_id + 1));
    feed_applied(bench->feed, bench->last_id);
    assert_true(LOOP_UNTIL(bench->loop, PROMPT_MS, is_told(bench, bench->last_id)));
    bench_stop(bench);
    int64_t last = bench->last_id;
    assert_true(LOOP_UNTIL(bench->loop, AWAIT_MS, !is_told(bench, last)));
}

/* A node whose threads do not apply what it has heard must not pass for one that has. */
static void test_what_is_not_applied_is_not_proven(void **state)
{
    struct bench *bench = *state;
    await_sight(bench);
    bench->applies = false;
    change(bench, 1);
    assert_true(LOOP_UNTIL(bench->loop, PROMPT_MS, bench->ours == 1));
    assert_true(LOOP_UNTIL(bench->loop, AWAIT_MS, feed_age_ms(bench->feed) > LIMIT_FEED_SILENCE_MS));
    feed_applied(bench->feed, bench->last_id);
    assert_true(LOOP_UNTIL(bench->loop, AWAIT_MS, feed_age_ms(bench->feed) < LIMIT_FEED_BEAT_MS));
    assert_int_equal(bench->resets, 1);
}

int main(void)
{
    secret_start();
    const struct CMUnitTest tests[] = {
        test_on_bench(test_it_begins_with_a_reset_and_is_proven_again_and_again),
        test_on_bench(test_a_change_comes_at_once),
        test_on_bench(test_each_kind_has_its_word),
        test_on_bench(test_a_lost_notification_is_made_up_for_by_the_next_beat),
        test_on_bench(test_many_changes_come_in_order_and_once),
        test_on_bench(test_gaps_are_no_losses),
        test_on_bench(test_a_new_connection_is_a_reset),
        test_on_bench(test_silence_grows_old_and_ends),
        test_on_bench(test_changes_that_were_dropped_unseen_are_a_reset),
        test_on_bench(test_changes_that_were_dropped_after_they_were_seen_are_no_loss),
        test_on_bench(test_what_may_not_be_read_is_not_proven),
        test_on_bench(test_an_unknown_kind_is_a_reset),
        test_on_bench(test_what_is_not_applied_is_not_proven),
        test_on_bench(test_the_node_tells_how_far_its_threads_are_and_leaves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
