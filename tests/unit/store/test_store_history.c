/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "fake_db.h"
#include "store/store_history.h"

#define REQUEST "01890a5d-ac96-774b-bcce-b302099a8057"
#define DIGEST  "\\xabababababababababababababababababababababababababababababababab"

struct seen {
    int times;
    enum db_outcome outcome;
    bool has_rows;
    size_t count;
};

static void on_rows(enum db_outcome outcome, const struct history_row *rows, size_t count, void *cookie)
{
    struct seen *seen = cookie;
    *seen = (struct seen){seen->times + 1, outcome, rows != NULL, count};
    if (count == 0)
        return;
    const struct history_row *row = &rows[0];
    assert_int_equal(row->id, 90);
    assert_int_equal(row->at_us, 1700000000000001);
    assert_int_equal(row->application_id, 77);
    assert_int_equal(row->holder_id, 5);
    assert_int_equal(row->user_id, 0);
    assert_int_equal(row->record_id, 42);
    assert_int_equal(row->version, 3);
    check_slice("application", row->application_name, SLICE("Acme Sync"));
    check_slice("client", row->client_id, SLICE("hmk_x"));
    check_slice("key", row->key_name, SLICE("Shop"));
    check_slice("token", row->token_jti, SLICE("jti1"));
    check_slice("method", row->method, SLICE("PUT"));
    check_slice("collection", row->collection, SLICE("customers"));
    check_slice("references", row->external_references, SLICE("{}"));
    check_slice("request", row->request_id, SLICE(REQUEST));
    check_slice("before", row->before, SLICE("{\"a\": 1}"));
    check_slice("after", row->after, SLICE("{\"a\": 2}"));
    assert_null(row->person.base);
    check_slice("address", row->address, SLICE("192.0.2.1"));
    assert_int_equal(row->digest[0], 0xab);
    assert_int_equal(row->digest[31], 0xab);
    check_slice("the second row", rows[1].method, SLICE("POST"));
    assert_null(rows[1].before.base);
    check_slice("archived", rows[1].archived, SLICE("Up to then."));
}

static void test_a_page(void **state)
{
    (void)state;
    struct db *db = fake_db_create();
    fake_db_expect(db, STATEMENT_HISTORY_LIST,
                   FAKE_TEXTS("1", "77", "hmk_x", "customers", "42", "5", "100", "200", "91", "50", "8388608"));
    fake_db_row(db, FAKE_TEXTS("90", "1700000000000001", "77", "5", "0", "42", "3", "Acme Sync", "hmk_x", "Shop",
                               "jti1", "PUT", "customers", "{}", REQUEST, "{\"a\": 1}", "{\"a\": 2}", NULL, "192.0.2.1",
                               DIGEST, "0", NULL, NULL));
    fake_db_row(db, FAKE_TEXTS("89", "1700000000000000", "77", "0", "6", "42", "2", "Acme Sync", "hmk_x", "Shop",
                               "jti1", "POST", "customers", "{}", REQUEST, NULL, "{\"a\": 1}", "Ann", NULL, DIGEST, "8",
                               "Office Ltd", "Up to then."));
    struct seen seen = {.times = 0};
    store_history_list(db,
                       &(struct history_query){.account_id = 1,
                                               .application_id = 77,
                                               .client_id = SLICE("hmk_x"),
                                               .collection = SLICE("customers"),
                                               .record_id = 42,
                                               .user_id = 5,
                                               .from_us = 100,
                                               .to_us = 200,
                                               .before_id = 91,
                                               .limit = 50},
                       on_rows, &seen);
    fake_db_turn(db);
    assert_int_equal(seen.times, 1);
    assert_int_equal(seen.count, 2);
    fake_db_destroy(db);
}

static void test_no_filter_is_null(void **state)
{
    (void)state;
    struct db *db = fake_db_create();
    fake_db_expect(db, STATEMENT_HISTORY_LIST,
                   FAKE_TEXTS("1", "0", NULL, NULL, "0", "0", "0", "9223372036854775807", "0", "100", FAKE_ANY));
    struct seen seen = {.times = 0};
    store_history_list(db, &(struct history_query){.account_id = 1, .to_us = INT64_MAX, .limit = 100}, on_rows, &seen);
    fake_db_turn(db);
    assert_true(seen.times == 1 && seen.outcome == DB_DONE && seen.has_rows && seen.count == 0);
    fake_db_destroy(db);
}

static void test_failed_and_cancelled(void **state)
{
    static const enum db_outcome outcomes[] = {DB_BUSY, DB_LOST};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(outcomes); ++i) {
        struct db *db = fake_db_create();
        struct seen seen = {.times = 0};
        fake_db_expect(db, STATEMENT_HISTORY_LIST, NULL);
        fake_db_fail(db, outcomes[i]);
        store_history_list(db, &(struct history_query){.limit = 1}, on_rows, &seen);
        fake_db_turn(db);
        assert_true(seen.times == 1 && seen.outcome == outcomes[i] && !seen.has_rows && seen.count == 0);
        fake_db_expect(db, STATEMENT_HISTORY_LIST, NULL);
        fake_db_expect_cancel(db);
        struct store_history_call *call = store_history_list(db, &(struct history_query){.limit = 1}, on_rows, &seen);
        store_history_cancel(&call);
        store_history_cancel(&call);
        fake_db_turn(db);
        assert_int_equal(seen.times, 1);
        fake_db_destroy(db);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_page),
        cmocka_unit_test(test_no_filter_is_null),
        cmocka_unit_test(test_failed_and_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
