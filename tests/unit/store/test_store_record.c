/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "fake_db.h"
#include "store/store_record.h"

/* --- one record --------------------------------------------------------------------------------- */

struct found {
    int times;
    struct record_read read;
    char document[64];
};

static void on_found(const struct record_read *read, void *cookie)
{
    struct found *found = cookie;
    ++found->times;
    found->read = *read;
    if (read->document.base != NULL)
        snprintf(found->document, sizeof(found->document), "%.*s", SLICE_ARGS(read->document));
}

static void test_a_record_is_found(void **state)
{
    (void)state;
    struct db *db = fake_db_create();
    fake_db_expect(db, STATEMENT_RECORD_FIND, FAKE_TEXTS("1", "2", "42"));
    fake_db_row(db, FAKE_TEXTS("7", "{\"Id\": 42}"));
    struct found found = {.times = 0};
    store_record_find(db, 1, 2, 42, on_found, &found);
    assert_int_equal(found.times, 0);
    fake_db_turn(db);
    assert_int_equal(found.times, 1);
    assert_int_equal(found.read.outcome, DB_DONE);
    assert_true(found.read.found);
    assert_int_equal(found.read.version, 7);
    assert_string_equal(found.document, "{\"Id\": 42}");
    fake_db_destroy(db);
}

static void test_no_record_is_found(void **state)
{
    static const enum db_outcome outcomes[] = {DB_DONE, DB_BUSY, DB_LOST, DB_REFUSED};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(outcomes); ++i) {
        struct db *db = fake_db_create();
        struct found found = {.times = 0};
        fake_db_expect(db, STATEMENT_RECORD_FIND, NULL);
        if (outcomes[i] == DB_REFUSED)
            fake_db_refuse(db, "XX000");
        else if (outcomes[i] != DB_DONE)
            fake_db_fail(db, outcomes[i]);
        store_record_find(db, 1, 2, 42, on_found, &found);
        fake_db_turn(db);
        assert_int_equal(found.times, 1);
        assert_int_equal(found.read.outcome, outcomes[i]);
        assert_false(found.read.found);
        assert_null(found.read.document.base);
        fake_db_destroy(db);
    }
}

/* --- pages --------------------------------------------------------------------------------------- */

struct listed {
    int times;
    enum db_outcome outcome;
    bool has_rows;
    size_t count;
    int64_t ids[4];
    bool has_order_values;
};

static void on_listed(enum db_outcome outcome, const struct record_page_row *rows, size_t count, void *cookie)
{
    struct listed *listed = cookie;
    *listed = (struct listed){.times = listed->times + 1, .outcome = outcome, .has_rows = rows != NULL, .count = count};
    for (size_t i = 0; i < count; ++i)
        listed->ids[i] = rows[i].id;
    listed->has_order_values = count != 0 && rows[0].order_values.base != NULL;
}

static void test_a_page_in_the_order_of_ids(void **state)
{
    (void)state;
    struct db *db = fake_db_create();
    fake_db_expect(db, STATEMENT_RECORD_LIST, FAKE_TEXTS("1", "2", "$.a == 1", "40", "3", "100", "8388608"));
    fake_db_row(db, FAKE_TEXTS("41", "1", "{}"));
    fake_db_row(db, FAKE_TEXTS("42", "1", "{}"));
    struct listed listed = {.times = 0};
    const struct record_query query = {
        .account_id = 1, .collection_id = 2, .filter = SLICE("$.a == 1"), .after_id = 40, .skip = 3, .limit = 100};
    store_record_list(db, &query, on_listed, &listed);
    fake_db_turn(db);
    assert_true(listed.times == 1 && listed.outcome == DB_DONE && listed.count == 2);
    assert_true(listed.ids[0] == 41 && listed.ids[1] == 42 && !listed.has_order_values);
    fake_db_destroy(db);
}

static void test_a_page_in_an_order_of_its_own(void **state)
{
    (void)state;
    struct db *db = fake_db_create();
    fake_db_expect(db, STATEMENT_RECORD_LIST_ORDERED,
                   FAKE_TEXTS("1", "2", NULL, "[\"Name\"]", "[true]", "[\"Ann\"]", "40", "0", "10", "8388608"));
    fake_db_row(db, FAKE_TEXTS("7", "1", "{}", "[\"Ann\"]"));
    struct listed listed = {.times = 0};
    const struct record_query query = {.account_id = 1,
                                       .collection_id = 2,
                                       .order_keys = SLICE("[\"Name\"]"),
                                       .order_descending = SLICE("[true]"),
                                       .after_values = SLICE("[\"Ann\"]"),
                                       .after_id = 40,
                                       .limit = 10};
    store_record_list(db, &query, on_listed, &listed);
    fake_db_turn(db);
    assert_true(listed.times == 1 && listed.count == 1 && listed.ids[0] == 7 && listed.has_order_values);
    fake_db_destroy(db);
}

static void test_empty_and_failed_pages(void **state)
{
    static const enum db_outcome outcomes[] = {DB_DONE, DB_BUSY, DB_LOST};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(outcomes); ++i) {
        struct db *db = fake_db_create();
        struct listed listed = {.times = 0};
        fake_db_expect(db, STATEMENT_RECORD_LIST, NULL);
        if (outcomes[i] != DB_DONE)
            fake_db_fail(db, outcomes[i]);
        store_record_list(db, &(struct record_query){.limit = 1}, on_listed, &listed);
        fake_db_turn(db);
        assert_true(listed.times == 1 && listed.outcome == outcomes[i] && listed.count == 0);
        assert_int_equal(listed.has_rows, outcomes[i] == DB_DONE);
        fake_db_destroy(db);
    }
}

static void test_cancelled(void **state)
{
    (void)state;
    struct db *db = fake_db_create();
    struct found found = {.times = 0};
    struct listed listed = {.times = 0};
    fake_db_expect(db, STATEMENT_RECORD_FIND, NULL);
    fake_db_expect_cancel(db);
    fake_db_expect(db, STATEMENT_RECORD_LIST, NULL);
    fake_db_expect_cancel(db);
    struct store_record_call *finding = store_record_find(db, 1, 2, 3, on_found, &found);
    struct store_record_call *listing = store_record_list(db, &(struct record_query){.limit = 1}, on_listed, &listed);
    store_record_cancel(&finding);
    store_record_cancel(&listing);
    store_record_cancel(&listing);
    assert_null(finding);
    assert_int_equal(fake_db_waiting(db), 0);
    fake_db_turn(db);
    assert_true(found.times == 0 && listed.times == 0);
    fake_db_destroy(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_record_is_found),          cmocka_unit_test(test_no_record_is_found),
        cmocka_unit_test(test_a_page_in_the_order_of_ids), cmocka_unit_test(test_a_page_in_an_order_of_its_own),
        cmocka_unit_test(test_empty_and_failed_pages),     cmocka_unit_test(test_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
