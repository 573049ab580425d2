/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "fake_db.h"
#include "store/store_client.h"

#define ID      "hmk_000000010123456789abcdCCCCCC"
#define DIGEST1 "\\x0101010101010101010101010101010101010101010101010101010101010101"
#define DIGEST2 "\\x0202020202020202020202020202020202020202020202020202020202020202"
#define NO_END  "9223372036854775807"

struct seen {
    int times;
    enum db_outcome outcome;
    bool found;
    struct client_row row;
    char texts[256]; /* the row's texts, which are gone after the callback */
};

static void on_client(enum db_outcome outcome, const struct client_row *row, void *cookie)
{
    struct seen *seen = cookie;
    ++seen->times;
    seen->outcome = outcome;
    seen->found = row != NULL;
    if (row == NULL)
        return;
    seen->row = *row;
    snprintf(seen->texts, sizeof(seen->texts), "%.*s|%.*s|%.*s|%.*s|%.*s|%.*s", SLICE_ARGS(row->client_id),
             SLICE_ARGS(row->name), SLICE_ARGS(row->application_name), SLICE_ARGS(row->holder_name),
             SLICE_ARGS(row->scopes), SLICE_ARGS(row->holder_permissions));
}

static void find(struct db *db, struct seen *seen)
{
    *seen = (struct seen){.times = 0};
    store_client_find(db, 1, SLICE(ID), on_client, seen);
    assert_int_equal(seen->times, 0);
    fake_db_turn(db);
    assert_int_equal(seen->times, 1);
}

static void test_a_client_with_all_that_decides_about_it(void **state)
{
    (void)state;
    struct db *db = fake_db_create();
    fake_db_expect(db, STATEMENT_CLIENT_FIND, FAKE_TEXTS("1", ID));
    fake_db_row(db, FAKE_TEXTS("1", ID, "Shop", "77", "Acme Sync", "5", "Ann", "customers:read",
                               "customers:read customers:write", "3", "1000", "2000", "t", "f", "t", "f", "t", "f",
                               DIGEST1, "55", DIGEST2, NO_END, "12", "0", "60", "-1", "-1", "3", "4", "10.0.0.0/8",
                               "plan missing", "f", "0", "f"));
    struct seen seen;
    find(db, &seen);
    assert_int_equal(seen.outcome, DB_DONE);
    assert_string_equal(seen.texts, ID "|Shop|Acme Sync|Ann|customers:read|customers:read customers:write");
    assert_int_equal(seen.row.account_id, 1);
    assert_int_equal(seen.row.application_id, 77);
    assert_int_equal(seen.row.holder_id, 5);
    assert_int_equal(seen.row.generation, 3);
    assert_int_equal(seen.row.not_before_us, 1000);
    assert_int_equal(seen.row.expires_us, 2000);
    assert_true(seen.row.client_active && seen.row.account_active && seen.row.holder_active);
    assert_false(seen.row.application_active || seen.row.api_access || seen.row.office);
    assert_int_equal(seen.row.secret_count, 2);
    assert_int_equal(seen.row.secrets[0].digest[31], 1);
    assert_int_equal(seen.row.secrets[0].not_after_us, 55);
    assert_int_equal(seen.row.secrets[1].digest[0], 2);
    assert_true(seen.row.secrets[1].not_after_us == INT64_MAX);
    assert_int_equal(seen.row.number, 12);
    assert_int_equal(seen.row.secrets[0].number, 3);
    assert_int_equal(seen.row.secrets[1].number, 4);
    assert_int_equal(seen.row.addresses.len, strlen("10.0.0.0/8"));
    assert_int_equal(seen.row.access_shut.len, strlen("plan missing"));
    assert_int_equal(seen.row.key_requests, 0);
    assert_int_equal(seen.row.key_seconds, 60);
    assert_int_equal(seen.row.application_requests, -1);
    fake_db_destroy(db);
}

static void test_how_many_secrets(void **state)
{
    static const struct {
        const char *name, *first, *first_end, *second, *second_end;
        size_t count;
        uint8_t digest;
    } cases[] = {
        {"none", NULL, NULL, NULL, NULL, 0, 0},
        {"one", DIGEST1, NO_END, NULL, NULL, 1, 1},
        {"only the second", NULL, NULL, DIGEST2, NO_END, 1, 2},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct db *db = fake_db_create();
        fake_db_expect(db, STATEMENT_CLIENT_FIND, NULL);
        fake_db_row(db, FAKE_TEXTS("1", ID, "", "7", "", "0", "", "", "", "1", "0", NO_END, "t", "t", "t", "t", "f",
                                   "f", cases[i].first, cases[i].first_end, cases[i].second, cases[i].second_end, "1",
                                   "-1", "-1", "-1", "-1", NULL, NULL, "", "", "f", "0", "f"));
        struct seen seen;
        find(db, &seen);
        check(cases[i].name, seen.row.secret_count == cases[i].count);
        check(cases[i].name, seen.row.secrets[0].digest[0] == cases[i].digest);
        fake_db_destroy(db);
    }
}

static void test_no_client(void **state)
{
    static const enum db_outcome outcomes[] = {DB_DONE, DB_BUSY, DB_LOST, DB_REFUSED};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(outcomes); ++i) {
        struct db *db = fake_db_create();
        fake_db_expect(db, STATEMENT_CLIENT_FIND, NULL);
        if (outcomes[i] == DB_REFUSED)
            fake_db_refuse(db, "XX000");
        else if (outcomes[i] != DB_DONE)
            fake_db_fail(db, outcomes[i]);
        struct seen seen;
        find(db, &seen);
        assert_int_equal(seen.outcome, outcomes[i]);
        assert_false(seen.found);
        fake_db_destroy(db);
    }
}

static void test_cancelled(void **state)
{
    (void)state;
    struct db *db = fake_db_create();
    fake_db_expect(db, STATEMENT_CLIENT_FIND, NULL);
    fake_db_expect_cancel(db);
    struct seen seen = {.times = 0};
    struct store_client_call *call = store_client_find(db, 1, SLICE(ID), on_client, &seen);
    store_client_cancel(&call);
    assert_null(call);
    store_client_cancel(&call);
    fake_db_turn(db);
    assert_int_equal(seen.times, 0);
    fake_db_destroy(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_client_with_all_that_decides_about_it),
        cmocka_unit_test(test_how_many_secrets),
        cmocka_unit_test(test_no_client),
        cmocka_unit_test(test_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
