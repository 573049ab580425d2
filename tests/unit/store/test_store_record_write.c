/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "check.h"
#include "fake_db.h"
#include "store/store_record.h"

#include <stdlib.h>

#define REQUEST  "01890a5d-ac96-774b-bcce-b302099a8057"
#define KEY      "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"
#define KEY_HEX  "\\x6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b"
#define BODY     "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define BODY_HEX "\\x6262626262626262626262626262626262626262626262626262626262626262"
#define DIGEST   "\\xabababababababababababababababababababababababababababababababab"
#define NOW_MS   1000000

struct seen {
    int times;
    struct record_written written;
};

static void on_written(const struct record_written *written, void *cookie)
{
    struct seen *seen = cookie;
    ++seen->times;
    seen->written = *written;
}

static struct record_write write_of(enum record_write_kind kind, bool with_key)
{
    struct record_write write = {
        .kind = kind,
        .account_id = 1,
        .collection_id = 2,
        .record_id = kind == RECORD_CREATE ? 0 : 42,
        .collection = SLICE("customers"),
        .document = kind == RECORD_DELETE ? SLICE_NONE : SLICE("{\"a\":0.10}"),
        .external_references = SLICE_NONE,
        .expected_version = kind == RECORD_CREATE ? 0 : 3,
        .author = {.application_id = 77,
                   .application_name = SLICE("Acme Sync"),
                   .client_id = SLICE("hmk_x"),
                   .key_name = SLICE("Shop"),
                   .holder_id = 5,
                   .user_id = 0,
                   .person_name = SLICE_NONE,
                   .token_jti = SLICE("jti1"),
                   .request_id = SLICE(REQUEST),
                   .address = SLICE("192.0.2.1")},
    };
    if (with_key) {
        write.idempotency_key_digest = SLICE(KEY);
        write.request_digest = SLICE(BODY);
    }
    return write;
}

static struct store_record_call *start(struct db *db, bool with_key, struct seen *seen)
{
    const struct record_write write = write_of(RECORD_REPLACE, with_key);
    *seen = (struct seen){.times = 0};
    struct store_record_call *call = store_record_write(db, &write, on_written, seen);
    assert_int_equal(seen->times, 0);
    return call;
}

static void check_seen(const char *name, const struct seen *seen, enum record_write_result result)
{
    check(name, seen->times == 1);
    if (seen->written.result != result)
        fail_msg("case \"%s\": result %d, and not %d", name, (int)seen->written.result, (int)result);
}

/* --- the statements ------------------------------------------------------------------------------- */

static void test_the_parameters_of_each_kind(void **state)
{
    (void)state;
    struct db *db = fake_db_create();
    struct seen seen = {.times = 0};
    fake_db_expect(db, STATEMENT_RECORD_CREATE,
                   FAKE_TEXTS("1", "2", "customers", "{\"a\":0.10}", NULL, KEY_HEX, BODY_HEX, "77", "Acme Sync",
                              "hmk_x", "Shop", "5", "0", NULL, "jti1", REQUEST, "192.0.2.1", FAKE_ANY, FAKE_ANY,
                              FAKE_ANY));
    fake_db_row(db, FAKE_TEXTS("written", "42", "1", "90", DIGEST));
    fake_db_expect(db, STATEMENT_RECORD_REPLACE,
                   FAKE_TEXTS("1", "2", "42", "customers", "{\"a\":0.10}", NULL, "3", KEY_HEX, BODY_HEX, "77",
                              "Acme Sync", "hmk_x", "Shop", "5", "0", NULL, "jti1", REQUEST, "192.0.2.1", FAKE_ANY,
                              FAKE_ANY, FAKE_ANY, FAKE_ANY));
    fake_db_row(db, FAKE_TEXTS("written", "42", "4", "91", DIGEST));
    fake_db_expect(db, STATEMENT_RECORD_DELETE,
                   FAKE_TEXTS("1", "2", "42", "customers", "3", KEY_HEX, BODY_HEX, "77", "Acme Sync", "hmk_x", "Shop",
                              "5", "0", NULL, "jti1", REQUEST, "192.0.2.1", FAKE_ANY, FAKE_ANY, FAKE_ANY));
    fake_db_row(db, FAKE_TEXTS("written", "42", "5", "92", DIGEST));
    for (enum record_write_kind kind = RECORD_CREATE; kind <= RECORD_DELETE; ++kind) {
        const struct record_write write = write_of(kind, true);
        store_record_write(db, &write, on_written, &seen);
    }
    fake_db_turn(db);
    assert_int_equal(seen.times, 3);
    assert_int_equal(seen.written.version, 5);
    fake_db_destroy(db);
}

static void test_what_the_statement_says_without_a_key(void **state)
{
    static const struct {
        const char *word, *record_id, *version, *history_id, *digest;
        enum record_write_result result;
    } cases[] = {
        {"written", "42", "4", "90", DIGEST, RECORD_WRITTEN},
        {"missing", "42", "0", "0", NULL, RECORD_MISSING},
        {"version_differs", "42", "9", "0", NULL, RECORD_VERSION_DIFFERS},
        {"something new", "42", "9", "0", NULL, RECORD_FAILED},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct db *db = fake_db_create();
        fake_db_expect(db, STATEMENT_RECORD_REPLACE, NULL);
        fake_db_row(
            db, FAKE_TEXTS(cases[i].word, cases[i].record_id, cases[i].version, cases[i].history_id, cases[i].digest));
        struct seen seen;
        start(db, false, &seen);
        fake_db_turn(db);
        check_seen(cases[i].word, &seen, cases[i].result);
        check(cases[i].word, seen.written.record_id == 42);
        check(cases[i].word, seen.written.version == atoll(cases[i].version));
        check(cases[i].word, seen.written.history_id == atoll(cases[i].history_id));
        check(cases[i].word, seen.written.digest[31] == (cases[i].digest == NULL ? 0 : 0xab));
        fake_db_destroy(db);
    }
}

static void test_what_the_database_refuses(void **state)
{
    static const struct {
        const char *sqlstate; /* NULL: DB_BUSY */
        enum record_write_result result;
    } cases[] = {
        {NULL, RECORD_BUSY},       {"22P05", RECORD_REFUSED}, /* a NUL in a string */
        {"22003", RECORD_REFUSED},                            /* a number that is out of range */
        {"54000", RECORD_REFUSED},                            /* a string that is too long for jsonb */
        {"23514", RECORD_FAILED},  {"42501", RECORD_FAILED},  {"XX000", RECORD_FAILED},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct db *db = fake_db_create();
        fake_db_expect(db, STATEMENT_RECORD_REPLACE, NULL);
        if (cases[i].sqlstate == NULL)
            fake_db_fail(db, DB_BUSY);
        else
            fake_db_refuse(db, cases[i].sqlstate);
        struct seen seen;
        start(db, false, &seen);
        fake_db_turn(db);
        check_seen(cases[i].sqlstate == NULL ? "busy" : cases[i].sqlstate, &seen, cases[i].result);
        fake_db_destroy(db);
    }
}

/* --- idempotency keys ------------------------------------------------------------------------------- */

static void test_a_key_that_may_have_been_used(void **state)
{
    static const struct {
        const char *name, *word;
        enum db_outcome look;
        const char *found; /* NULL: no row */
        enum record_write_result result;
    } cases[] = {
        {"the same request, at this moment", "conflict", DB_DONE, "replayed", RECORD_REPLAYED},
        {"another request", "conflict", DB_DONE, "key_reused", RECORD_KEY_REUSED},
        {"the key was forgotten meanwhile", "conflict", DB_DONE, NULL, RECORD_BUSY},
        {"the same deletion", "missing", DB_DONE, "replayed", RECORD_REPLAYED},
        {"the same change", "version_differs", DB_DONE, "replayed", RECORD_REPLAYED},
        {"another request, and missing", "missing", DB_DONE, "key_reused", RECORD_KEY_REUSED},
        {"really missing", "missing", DB_DONE, NULL, RECORD_MISSING},
        {"really another version", "version_differs", DB_DONE, NULL, RECORD_VERSION_DIFFERS},
        {"nothing was written, but nobody can look", "conflict", DB_BUSY, NULL, RECORD_BUSY},
        {"nothing was written, and the look was lost", "missing", DB_LOST, NULL, RECORD_BUSY},
        {"the look is refused", "conflict", DB_REFUSED, NULL, RECORD_FAILED},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct db *db = fake_db_create();
        fake_db_expect(db, STATEMENT_RECORD_REPLACE, NULL);
        fake_db_row(db, FAKE_TEXTS(cases[i].word, "42", "9", "0", NULL));
        fake_db_expect(db, STATEMENT_IDEMPOTENCY_FIND, FAKE_TEXTS("1", "hmk_x", KEY_HEX, BODY_HEX));
        if (cases[i].look == DB_REFUSED)
            fake_db_refuse(db, "42501");
        else if (cases[i].look != DB_DONE)
            fake_db_fail(db, cases[i].look);
        else if (cases[i].found != NULL)
            fake_db_row(db, FAKE_TEXTS(cases[i].found, "42", "4", "90", DIGEST));
        struct seen seen;
        start(db, true, &seen);
        fake_db_turn(db);
        check_seen(cases[i].name, &seen, cases[i].result);
        if (cases[i].result == RECORD_REPLAYED)
            check(cases[i].name,
                  seen.written.version == 4 && seen.written.history_id == 90 && seen.written.digest[0] == 0xab);
        if (cases[i].result == RECORD_VERSION_DIFFERS)
            check(cases[i].name, seen.written.version == 9);
        fake_db_destroy(db);
    }
}

/* --- a lost answer ---------------------------------------------------------------------------------- */

static struct db *db_that_loses_a_write(void)
{
    struct db *db = fake_db_create();
    clock_set_for_test(0, NOW_MS);
    fake_db_expect(db, STATEMENT_RECORD_REPLACE, NULL);
    fake_db_fail(db, DB_LOST);
    fake_db_backend(db, (struct db_backend){4711, 1700000000000001});
    return db;
}

static void expect_backend(struct db *db, const char *alive)
{
    fake_db_expect(db, STATEMENT_BACKEND_END, FAKE_TEXTS("4711", "1700000000000001"));
    fake_db_row(db, FAKE_TEXTS(alive));
}

static void expect_look(struct db *db)
{
    fake_db_expect(db, STATEMENT_WRITE_FIND, FAKE_TEXTS("1", REQUEST));
}

static void pass(struct db *db, int64_t ms)
{
    clock_set_for_test(0, clock_monotonic_ms() + ms);
    fake_db_turn(db);
}

static void end(struct db *db)
{
    fake_db_destroy(db);
    clock_set_for_test(0, 0);
}

static void test_a_lost_write_that_was_done(void **state)
{
    (void)state;
    struct db *db = db_that_loses_a_write();
    struct seen seen;
    start(db, false, &seen);
    expect_backend(db, "t");
    fake_db_turn(db);
    assert_int_equal(seen.times, 0); /* the backend may still commit */
    expect_backend(db, "t");
    pass(db, 60);
    assert_int_equal(seen.times, 0);
    expect_backend(db, "f");
    expect_look(db);
    fake_db_row(db, FAKE_TEXTS("42", "4", "90", DIGEST));
    pass(db, 60);
    check_seen("done", &seen, RECORD_WRITTEN);
    assert_int_equal(seen.written.record_id, 42);
    assert_int_equal(seen.written.version, 4);
    assert_int_equal(seen.written.history_id, 90);
    assert_int_equal(seen.written.digest[5], 0xab);
    assert_int_equal(fake_db_waiting(db), 0); /* the deadline is gone too */
    end(db);
}

static void test_a_lost_write_that_was_not_done(void **state)
{
    (void)state;
    struct db *db = db_that_loses_a_write();
    struct seen seen;
    start(db, true, &seen);
    expect_backend(db, "f");
    expect_look(db);
    fake_db_turn(db);
    check_seen("not done", &seen, RECORD_BUSY);
    end(db);
}

static void test_the_look_is_repeated_while_the_database_is_away(void **state)
{
    static const enum db_outcome failures[] = {DB_BUSY, DB_LOST};
    (void)state;
    struct db *db = db_that_loses_a_write();
    struct seen seen;
    start(db, false, &seen);
    for (size_t i = 0; i < COUNT_OF(failures); ++i) {
        fake_db_expect(db, STATEMENT_BACKEND_END, NULL);
        fake_db_fail(db, failures[i]);
        pass(db, 60);
    }
    expect_backend(db, "f");
    for (size_t i = 0; i < COUNT_OF(failures); ++i) { /* the backend is not asked for again: gone is gone */
        expect_look(db);
        fake_db_fail(db, failures[i]);
        pass(db, 60);
    }
    assert_int_equal(seen.times, 0);
    expect_look(db);
    fake_db_row(db, FAKE_TEXTS("42", "4", "90", DIGEST));
    pass(db, 60);
    check_seen("done", &seen, RECORD_WRITTEN);
    end(db);
}

static void test_what_cannot_be_found_out_in_time_is_unknown(void **state)
{
    (void)state;
    struct db *db = db_that_loses_a_write();
    struct seen seen;
    fake_db_always(db, STATEMENT_BACKEND_END);
    fake_db_row(db, FAKE_TEXTS("t"));
    start(db, false, &seen);
    fake_db_turn(db);
    while (clock_monotonic_ms() < NOW_MS + LIMIT_DB_OUTCOME_MS - 100) {
        pass(db, 60);
        assert_int_equal(seen.times, 0);
    }
    pass(db, 100);
    check_seen("unknown", &seen, RECORD_OUTCOME_UNKNOWN);
    assert_int_equal(fake_db_waiting(db), 0);
    end(db);
}

/* The time counts from the start of the write, and a look that hangs does not stop it. */
static void test_a_look_that_hangs_is_left_at_the_deadline(void **state)
{
    (void)state;
    struct db *db = db_that_loses_a_write();
    fake_db_hold(db);
    struct seen seen;
    start(db, false, &seen);
    clock_set_for_test(0, NOW_MS + LIMIT_DB_STATEMENT_MS);
    fake_db_release(db);
    fake_db_expect(db, STATEMENT_BACKEND_END, NULL);
    fake_db_expect_cancel(db);
    fake_db_turn(db);
    pass(db, LIMIT_DB_OUTCOME_MS - LIMIT_DB_STATEMENT_MS - 1);
    assert_int_equal(seen.times, 0);
    pass(db, 1);
    check_seen("unknown", &seen, RECORD_OUTCOME_UNKNOWN);
    end(db);
}

static void test_the_end_of_the_lanes_ends_the_search(void **state)
{
    (void)state;
    struct db *db = db_that_loses_a_write();
    struct seen seen;
    start(db, false, &seen);
    expect_backend(db, "t");
    fake_db_turn(db);
    db_destroy(db);
    check_seen("unknown", &seen, RECORD_OUTCOME_UNKNOWN);
    clock_set_for_test(0, 0);
}

static void test_cancelled_at_every_step(void **state)
{
    (void)state;
    for (int step = 0; step < 5; ++step) {
        struct db *db = fake_db_create();
        clock_set_for_test(0, NOW_MS);
        struct seen seen;
        fake_db_expect(db, STATEMENT_RECORD_REPLACE, NULL);
        if (step == 0)
            fake_db_expect_cancel(db); /* the write itself */
        else if (step == 1)
            fake_db_row(db, FAKE_TEXTS("conflict", "42", "9", "0", NULL));
        else
            fake_db_fail(db, DB_LOST);
        if (step == 1)
            fake_db_expect(db, STATEMENT_IDEMPOTENCY_FIND, NULL); /* the look at the key */
        if (step >= 2)
            fake_db_expect(db, STATEMENT_BACKEND_END, NULL); /* the end of the backend */
        if (step == 3)
            fake_db_row(db, FAKE_TEXTS("t")); /* the pause behind it */
        if (step == 4) {
            fake_db_row(db, FAKE_TEXTS("f"));
            fake_db_expect(db, STATEMENT_WRITE_FIND, NULL); /* the look for the write */
        }
        if (step == 1 || step == 2 || step == 4)
            fake_db_expect_cancel(db);
        struct store_record_call *call = start(db, true, &seen);
        fake_db_turn(db);
        assert_int_equal(seen.times, 0);
        store_record_cancel(&call);
        assert_null(call);
        assert_int_equal(fake_db_waiting(db), 0);
        pass(db, LIMIT_DB_OUTCOME_MS);
        assert_int_equal(seen.times, 0);
        end(db);
    }
}

int main(void)
{
    secret_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_parameters_of_each_kind),
        cmocka_unit_test(test_what_the_statement_says_without_a_key),
        cmocka_unit_test(test_what_the_database_refuses),
        cmocka_unit_test(test_a_key_that_may_have_been_used),
        cmocka_unit_test(test_a_lost_write_that_was_done),
        cmocka_unit_test(test_a_lost_write_that_was_not_done),
        cmocka_unit_test(test_the_look_is_repeated_while_the_database_is_away),
        cmocka_unit_test(test_what_cannot_be_found_out_in_time_is_unknown),
        cmocka_unit_test(test_a_look_that_hangs_is_left_at_the_deadline),
        cmocka_unit_test(test_the_end_of_the_lanes_ends_the_search),
        cmocka_unit_test(test_cancelled_at_every_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
