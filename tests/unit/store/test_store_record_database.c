/* SPDX-License-Identifier: Apache-2.0 */
/* Writes of records on a real database whose answers are lost, whose backends are killed and stopped: what is told has
 * to be what is there. */
#include "base/credential.h"
#include "check.h"
#include "database.h"
#include "store/store_record.h"

#include <signal.h>
#include <stdlib.h>

#define AWAIT_MS    10000
#define CONNECTIONS 6
#define COLLECTION  1000000 /* nobody else's */

struct bench {
    h2o_loop_t *loop;
    struct db *db;
    struct relay *relay;
    char *conninfo;
    PGconn *owner;
    int64_t account_id;
    char application[32];
};

static bool is_ready(const struct bench *bench)
{
    for (enum db_lane lane = 0; lane < DB_LANE__MAX; ++lane) {
        if (db_lane_state(bench->db, lane).ready != db_lane_state(bench->db, lane).connections)
            return false;
    }
    return true;
}

static int setup(void **state)
{
    struct bench *bench = calloc(1, sizeof(*bench));
    bench->loop = h2o_evloop_create();
    bench->owner = database_owner();
    bench->account_id = ident_random(IDENT_ACCOUNT);
    snprintf(bench->application, sizeof(bench->application), "record_test_%d", (int)getpid());
    char more[64];
    snprintf(more, sizeof(more), "application_name=%s", bench->application);
    bench->relay = database_relay(more, &bench->conninfo);
    bench->db = db_create(bench->loop, &(struct db_settings){bench->conninfo, CONNECTIONS, 2});
    assert_true(LOOP_UNTIL(bench->loop, AWAIT_MS, is_ready(bench)));
    *state = bench;
    return 0;
}

static int teardown(void **state)
{
    struct bench *bench = *state;
    db_destroy(bench->db);
    relay_stop(bench->relay);
    database_run(bench->owner, "delete from hallmark.record where account_id = %lld", (long long)bench->account_id);
    database_run(bench->owner, "delete from hallmark.idempotency where account_id = %lld",
                 (long long)bench->account_id);
    PQfinish(bench->owner);
    for (int i = 0; i < 3; ++i)
        loop_turn(bench->loop);
    h2o_evloop_destroy(bench->loop);
    free(bench->conninfo);
    free(bench);
    return 0;
}

#define test_on_bench(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

struct written {
    int times;
    struct record_written result;
    char request_id[REQUEST_ID_BYTES];
};

static void on_written(const struct record_written *result, void *cookie)
{
    struct written *written = cookie;
    ++written->times;
    assert_int_equal(written->times, 1);
    written->result = *result;
}

struct order {
    enum record_write_kind kind;
    int64_t record_id, expected_version;
    const char *document;
    const uint8_t *key, *body; /* digests; NULL: none */
};

static struct store_record_call *begin(struct bench *bench, const struct order *order, struct written *written)
{
    *written = (struct written){.times = 0};
    request_id_make(written->request_id);
    struct record_write write = {
        .kind = order->kind,
        .account_id = bench->account_id,
        .collection_id = COLLECTION,
        .record_id = order->record_id,
        .collection = SLICE("samples"),
        .document = slice_of(order->document),
        .expected_version = order->expected_version,
        .author = {.application_id = 1,
                   .application_name = SLICE("Tester"),
                   .client_id = SLICE("hmk_tester"),
                   .key_name = SLICE("Key"),
                   .holder_id = 1,
                   .token_jti = SLICE("jti"),
                   .request_id = slice_of(written->request_id),
                   .address = SLICE("192.0.2.1")},
    };
    if (order->key != NULL) {
        write.idempotency_key_digest = (h2o_iovec_t){(char *)order->key, DIGEST_BYTES};
        write.request_digest = (h2o_iovec_t){(char *)order->body, DIGEST_BYTES};
    }
    return store_record_write(bench->db, &write, on_written, written);
}

static enum record_write_result run(struct bench *bench, const struct order *order, struct written *written)
{
    begin(bench, order, written);
    assert_int_equal(written->times, 0);
    assert_true(LOOP_UNTIL(bench->loop, AWAIT_MS, written->times == 1));
    return written->result.result;
}

static int64_t create(struct bench *bench, const char *document)
{
    struct written written;
    assert_int_equal(run(bench, &(struct order){.kind = RECORD_CREATE, .document = document}, &written),
                     RECORD_WRITTEN);
    return written.result.record_id;
}

static long long history_rows_of(struct bench *bench, const char *request_id)
{
    return database_number(bench->owner, "select count(*) from hallmark.change_history where request_id = '%s'",
                           request_id);
}

/* --- the life of a record ------------------------------------------------------------------------- */

static void test_the_life_of_a_record(void **state)
{
    struct bench *bench = *state;
    struct written written;
    int64_t id = create(bench, "{\"price\": 12.30}");
    assert_int_equal(
        run(bench, &(struct order){.kind = RECORD_REPLACE, .record_id = id, .expected_version = 2, .document = "{}"},
            &written),
        RECORD_VERSION_DIFFERS);
    assert_int_equal(written.result.version, 1);
    assert_int_equal(
        run(bench,
            &(struct order){
                .kind = RECORD_REPLACE, .record_id = id, .expected_version = 1, .document = "{\"price\": 0.10}"},
            &written),
        RECORD_WRITTEN);
    assert_int_equal(written.result.version, 2);
    assert_int_equal(
        run(bench,
            &(struct order){.kind = RECORD_REPLACE, .record_id = id + 1000000, .expected_version = 0, .document = "{}"},
            &written),
        RECORD_MISSING);
    assert_int_equal(
        run(bench, &(struct order){.kind = RECORD_DELETE, .record_id = id, .expected_version = 0, .document = NULL},
            &written),
        RECORD_WRITTEN);
    assert_int_equal(written.result.version, 3);
    assert_true(written.result.history_id > 0);
    assert_int_equal(
        run(bench, &(struct order){.kind = RECORD_DELETE, .record_id = id, .expected_version = 0, .document = NULL},
            &written),
        RECORD_MISSING);
    assert_int_equal(database_number(bench->owner,
                                     "select count(*) from hallmark.change_history where account_id = %lld",
                                     (long long)bench->account_id),
                     3);
}

static void test_what_jsonb_cannot_hold_is_refused(void **state)
{
    static const char *const documents[] = {"{\"a\": \"\\u0000\"}", "{\"a\": 1e200000}", "{\"a\": \"\\ud800\"}", "[1",
                                            ""};
    struct bench *bench = *state;
    for (size_t i = 0; i < COUNT_OF(documents); ++i) {
        struct written written;
        check(documents[i],
              run(bench, &(struct order){.kind = RECORD_CREATE, .document = documents[i]}, &written) == RECORD_REFUSED);
        check(documents[i], history_rows_of(bench, written.request_id) == 0);
    }
}

/* --- many at once ----------------------------------------------------------------------------------- */

#define WRITERS 200

static void test_many_writers_of_one_record(void **state)
{
    struct bench *bench = *state;
    static struct written written[WRITERS];
    int64_t id = create(bench, "{\"n\": 0}");
    for (int i = 0; i < WRITERS; ++i)
        begin(bench,
              &(struct order){.kind = RECORD_REPLACE, .record_id = id, .expected_version = 0, .document = "{\"n\": 1}"},
              &written[i]);
    bool seen[WRITERS + 2] = {false};
    int done = 0;
    for (int i = 0; i < WRITERS; ++i) {
        assert_true(LOOP_UNTIL(bench->loop, AWAIT_MS, written[i].times == 1));
        if (written[i].result.result == RECORD_BUSY)
            continue; /* it waited too long for the others */
        assert_int_equal(written[i].result.result, RECORD_WRITTEN);
        assert_in_range(written[i].result.version, 2, WRITERS + 1);
        assert_false(seen[written[i].result.version]); /* each version once */
        seen[written[i].result.version] = true;
        ++done;
    }
    assert_true(done > 0);
    for (int version = 2; version < done + 2; ++version)
        assert_true(seen[version]);
}

static void test_one_key_many_times_is_one_write(void **state)
{
    struct bench *bench = *state;
    static struct written written[WRITERS];
    uint8_t key[DIGEST_BYTES], body[DIGEST_BYTES], other[DIGEST_BYTES];
    secret_random(key, sizeof(key));
    secret_random(body, sizeof(body));
    secret_random(other, sizeof(other));
    for (int i = 0; i < WRITERS; ++i)
        begin(bench,
              &(struct order){.kind = RECORD_CREATE, .document = "{}", .key = key, .body = i % 10 == 9 ? other : body},
              &written[i]);
    int counts[RECORD_FAILED + 1] = {0};
    int64_t record_id = 0;
    for (int i = 0; i < WRITERS; ++i) {
        assert_true(LOOP_UNTIL(bench->loop, AWAIT_MS, written[i].times == 1));
        ++counts[written[i].result.result];
        if (written[i].result.result == RECORD_KEY_REUSED)
            continue;
        assert_true(record_id == 0 || record_id == written[i].result.record_id);
        record_id = written[i].result.record_id;
    }
    assert_int_equal(counts[RECORD_WRITTEN], 1);
    assert_int_equal(counts[RECORD_WRITTEN] + counts[RECORD_REPLAYED] + counts[RECORD_KEY_REUSED], WRITERS);
    assert_true(counts[RECORD_KEY_REUSED] == WRITERS / 10 || counts[RECORD_KEY_REUSED] == WRITERS - WRITERS / 10);
    assert_int_equal(database_number(bench->owner, "select count(*) from hallmark.record where account_id = %lld",
                                     (long long)bench->account_id),
                     1);
}

/* --- lost answers ------------------------------------------------------------------------------------- */

static void test_a_lost_answer_is_found_again(void **state)
{
    static const enum record_write_kind kinds[] = {RECORD_CREATE, RECORD_REPLACE, RECORD_DELETE};
    struct bench *bench = *state;
    for (size_t i = 0; i < COUNT_OF(kinds); ++i) {
        int64_t id = kinds[i] == RECORD_CREATE ? 0 : create(bench, "{}");
        uint64_t lost = db_lane_state(bench->db, DB_LANE_WRITE).lost;
        struct written written;
        relay_lose_answers(bench->relay, true);
        begin(bench,
              &(struct order){.kind = kinds[i],
                              .record_id = id,
                              .expected_version = 0,
                              .document = kinds[i] == RECORD_DELETE ? NULL : "{\"a\": 1}"},
              &written);
        assert_true(LOOP_UNTIL(bench->loop, AWAIT_MS, db_lane_state(bench->db, DB_LANE_WRITE).lost > lost));
        assert_int_equal(written.times, 0);
        relay_lose_answers(bench->relay, false);
        assert_true(LOOP_UNTIL(bench->loop, AWAIT_MS, written.times == 1));
        assert_int_equal(written.result.result, RECORD_WRITTEN);
        assert_int_equal(written.result.version, kinds[i] == RECORD_CREATE ? 1 : 2);
        assert_true(written.result.record_id == id || kinds[i] == RECORD_CREATE);
        assert_int_equal(history_rows_of(bench, written.request_id), 1);
        static const uint8_t none[DIGEST_BYTES];
        assert_memory_not_equal(written.result.digest, none, DIGEST_BYTES);
    }
}

/* A record that somebody has locked: the write waits inside its backend when the connection goes. */
static void test_a_write_that_hangs_is_ended_and_not_done(void **state)
{
    struct bench *bench = *state;
    int64_t id = create(bench, "{}");
    database_run(bench->owner, "begin; select from hallmark.record where account_id = %lld and id = %lld for update",
                 (long long)bench->account_id, (long long)id);
    struct written written;
    begin(bench,
          &(struct order){.kind = RECORD_REPLACE, .record_id = id, .expected_version = 0, .document = "{\"a\": 1}"},
          &written);
    assert_true(LOOP_UNTIL(bench->loop, AWAIT_MS, db_lane_state(bench->db, DB_LANE_WRITE).in_flight == 1));
    LOOP_UNTIL(bench->loop, 50, false); /* it has reached the lock */
    relay_cut(bench->relay);
    assert_true(LOOP_UNTIL(bench->loop, AWAIT_MS, written.times == 1));
    assert_int_equal(written.result.result, RECORD_BUSY);
    database_run(bench->owner, "commit");
    assert_int_equal(history_rows_of(bench, written.request_id), 0);
}

/* A stopped backend can be neither asked nor ended: nobody knows, and that is what is told, before the deadline of the
 * whole answer. */
static void test_a_stopped_backend_leaves_the_outcome_unknown(void **state)
{
    struct bench *bench = *state;
    int64_t id = create(bench, "{}");
    database_run(bench->owner, "begin; select from hallmark.record where account_id = %lld and id = %lld for update",
                 (long long)bench->account_id, (long long)id);
    struct written written;
    begin(bench,
          &(struct order){.kind = RECORD_REPLACE, .record_id = id, .expected_version = 0, .document = "{\"a\": 1}"},
          &written);
    assert_true(LOOP_UNTIL(bench->loop, AWAIT_MS, db_lane_state(bench->db, DB_LANE_WRITE).in_flight == 1));
    LOOP_UNTIL(bench->loop, 50, false);
    pid_t backend = (pid_t)database_number(
        bench->owner, "select pid from pg_stat_activity where application_name = '%s' and wait_event_type = 'Lock'",
        bench->application);
    int64_t started_ms = loop_now_ms();
    if (kill(backend, SIGSTOP) != 0)
        fail_msg("the test may not stop a backend: run it as root or as PostgreSQL's user");
    bool told = LOOP_UNTIL(bench->loop, AWAIT_MS, written.times == 1);
    int64_t took_ms = loop_now_ms() - started_ms;
    kill(backend, SIGCONT);
    database_run(bench->owner, "commit");
    assert_true(told);
    assert_int_equal(written.result.result, RECORD_OUTCOME_UNKNOWN);
    assert_in_range(took_ms, LIMIT_DB_OUTCOME_MS - 200, LIMIT_ANSWER_MS - 1);
}

/* --- kills under load ------------------------------------------------------------------------------------ */

static void kill_all(struct bench *bench)
{
    database_run(bench->owner, "select pg_terminate_backend(pid) from pg_stat_activity where application_name = '%s'",
                 bench->application);
}

static void test_under_kills_what_is_told_is_what_is_there(void **state)
{
    struct bench *bench = *state;
    static struct written written[WRITERS];
    int counts[RECORD_FAILED + 1] = {0};
    for (int round = 0; round < 5; ++round) {
        for (int i = 0; i < WRITERS; ++i) {
            begin(bench, &(struct order){.kind = RECORD_CREATE, .document = "{\"a\": 1}"}, &written[i]);
            if (i % 50 == 25)
                kill_all(bench);
            if (i % 5 == 0)
                loop_turn(bench->loop);
            if (i % 50 == 49)
                relay_cut(bench->relay);
        }
        for (int i = 0; i < WRITERS; ++i) {
            assert_true(LOOP_UNTIL(bench->loop, AWAIT_MS, written[i].times == 1));
            enum record_write_result result = written[i].result.result;
            ++counts[result];
            assert_true(result == RECORD_WRITTEN || result == RECORD_BUSY);
            assert_int_equal(history_rows_of(bench, written[i].request_id), result == RECORD_WRITTEN ? 1 : 0);
        }
    }
    print_message("%d written, %d busy; %d answers were lost\n", counts[RECORD_WRITTEN], counts[RECORD_BUSY],
                  (int)db_lane_state(bench->db, DB_LANE_WRITE).lost);
    assert_true(counts[RECORD_WRITTEN] > 0);
    assert_int_equal(database_number(bench->owner, "select count(*) from hallmark.record where account_id = %lld",
                                     (long long)bench->account_id),
                     counts[RECORD_WRITTEN]);
}

int main(void)
{
    secret_start();
    const struct CMUnitTest tests[] = {
        test_on_bench(test_the_life_of_a_record),
        test_on_bench(test_what_jsonb_cannot_hold_is_refused),
        test_on_bench(test_many_writers_of_one_record),
        test_on_bench(test_one_key_many_times_is_one_write),
        test_on_bench(test_a_lost_answer_is_found_again),
        test_on_bench(test_a_write_that_hangs_is_ended_and_not_done),
        test_on_bench(test_a_stopped_backend_leaves_the_outcome_unknown),
        test_on_bench(test_under_kills_what_is_told_is_what_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
