/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "fake_db.h"
#include "store/store_policy.h"

static const enum statement statements[POLICY_SET__MAX] = {STATEMENT_API_LIST, STATEMENT_COLLECTION_LIST,
                                                           STATEMENT_SIGNING_KEY_LIST, STATEMENT_REVOCATION_LIST};

struct seen {
    int times;
    enum db_outcome outcome;
    enum policy_set set;
    bool has_rows;
    size_t count;
    void (*look)(const struct policy_rows *rows);
};

static void on_rows(enum db_outcome outcome, enum policy_set set, const struct policy_rows *rows, void *cookie)
{
    struct seen *seen = cookie;
    ++seen->times;
    seen->outcome = outcome;
    seen->set = set;
    seen->has_rows = rows != NULL;
    if (rows == NULL)
        return;
    seen->count = rows->count;
    assert_int_equal(rows->apis != NULL, set == POLICY_SET_APIS);
    assert_int_equal(rows->collections != NULL, set == POLICY_SET_COLLECTIONS);
    assert_int_equal(rows->signing_keys != NULL, set == POLICY_SET_SIGNING_KEYS);
    assert_int_equal(rows->revocations != NULL, set == POLICY_SET_REVOCATIONS);
    if (seen->look != NULL)
        seen->look(rows);
}

static struct seen read_set(struct db *db, enum policy_set set, void (*look)(const struct policy_rows *rows))
{
    struct seen seen = {.look = look};
    store_policy_read(db, set, on_rows, &seen);
    assert_int_equal(seen.times, 0);
    fake_db_turn(db);
    assert_int_equal(seen.times, 1);
    assert_int_equal(seen.set, set);
    return seen;
}

static void look_at_apis(const struct policy_rows *rows)
{
    const struct api_row *api = &rows->apis[1];
    assert_int_equal(api->id, 9);
    check_slice("name", api->name, SLICE("second"));
    check_slice("prefix", api->prefix, SLICE("/api2"));
    check_slice("token path", api->token_path, SLICE("/api2/token"));
    check_slice("audience", api->audience, SLICE("https://b"));
    check_slice("algorithm", api->algorithm, SLICE("RS256"));
    check_slice("credential", api->credential, SLICE("bearer"));
    check_slice("backing", api->backing, SLICE("upstream"));
    check_slice("upstream", api->upstream, SLICE("http://c"));
    assert_int_equal(api->token_seconds, 300);
    assert_null(rows->apis[0].token_path.base);
    assert_null(rows->apis[0].upstream.base);
}

static void test_apis(void **state)
{
    (void)state;
    struct db *db = fake_db_create();
    fake_db_expect(db, STATEMENT_API_LIST, FAKE_NONE);
    fake_db_row(db, FAKE_TEXTS("8", "first", "/api", NULL, "https://a", "ES256", "bearer", "store", NULL, "600"));
    fake_db_row(db, FAKE_TEXTS("9", "second", "/api2", "/api2/token", "https://b", "RS256", "bearer", "upstream",
                               "http://c", "300"));
    assert_int_equal(read_set(db, POLICY_SET_APIS, look_at_apis).count, 2);
    fake_db_destroy(db);
}

static void look_at_collections(const struct policy_rows *rows)
{
    const struct collection_row *collection = &rows->collections[0];
    assert_int_equal(collection->collection_id, 4);
    assert_int_equal(collection->api_id, 8);
    check_slice("name", collection->name, SLICE("customers"));
    check_slice("singular", collection->singular, SLICE("customer"));
    check_slice("path", collection->path, SLICE("clients"));
    check_slice("versions", collection->versions, SLICE("v1 v2"));
    check_slice("methods", collection->methods, SLICE("GET POST"));
    check_slice("required", collection->required, SLICE("{\"Name\": \"string\"}"));
}

static void test_collections(void **state)
{
    (void)state;
    struct db *db = fake_db_create();
    fake_db_expect(db, STATEMENT_COLLECTION_LIST, FAKE_NONE);
    fake_db_row(
        db, FAKE_TEXTS("4", "8", "customers", "customer", "clients", "v1 v2", "GET POST", "{\"Name\": \"string\"}"));
    assert_int_equal(read_set(db, POLICY_SET_COLLECTIONS, look_at_collections).count, 1);
    fake_db_destroy(db);
}

static void look_at_signing_keys(const struct policy_rows *rows)
{
    const struct signing_key_row *key = &rows->signing_keys[0];
    check_slice("kid", key->kid, SLICE("k1"));
    check_slice("algorithm", key->algorithm, SLICE("ES256"));
    check_slice("state", key->state, SLICE("active"));
    check_slice("public", key->public_der, (h2o_iovec_t){(char *)"\x30\x00", 2});
    check_slice("sealed", key->sealed, (h2o_iovec_t){(char *)"\x01\x02\x03", 3});
}

static void test_signing_keys(void **state)
{
    (void)state;
    struct db *db = fake_db_create();
    fake_db_expect(db, STATEMENT_SIGNING_KEY_LIST, FAKE_NONE);
    fake_db_row(db, FAKE_TEXTS("k1", "ES256", "active", "\\x3000", "\\x010203"));
    assert_int_equal(read_set(db, POLICY_SET_SIGNING_KEYS, look_at_signing_keys).count, 1);
    fake_db_destroy(db);
}

static void look_at_revocations(const struct policy_rows *rows)
{
    const struct revocation_row *revocation = &rows->revocations[0];
    check_slice("kind", revocation->kind, SLICE("jti"));
    check_slice("subject", revocation->subject, SLICE("abc"));
    assert_int_equal(revocation->account_id, 1);
    assert_int_equal(revocation->until_us, 123);
}

static void test_revocations(void **state)
{
    (void)state;
    struct db *db = fake_db_create();
    fake_db_expect(db, STATEMENT_REVOCATION_LIST, FAKE_NONE);
    fake_db_row(db, FAKE_TEXTS("jti", "abc", "1", "123"));
    assert_int_equal(read_set(db, POLICY_SET_REVOCATIONS, look_at_revocations).count, 1);
    fake_db_destroy(db);
}

static void test_empty_and_failed(void **state)
{
    static const enum db_outcome outcomes[] = {DB_DONE, DB_BUSY, DB_LOST, DB_REFUSED};
    (void)state;
    for (enum policy_set set = 0; set < POLICY_SET__MAX; ++set) {
        for (size_t i = 0; i < COUNT_OF(outcomes); ++i) {
            struct db *db = fake_db_create();
            fake_db_expect(db, statements[set], FAKE_NONE);
            if (outcomes[i] == DB_REFUSED)
                fake_db_refuse(db, "42501");
            else if (outcomes[i] != DB_DONE)
                fake_db_fail(db, outcomes[i]);
            struct seen seen = read_set(db, set, NULL);
            assert_int_equal(seen.outcome, outcomes[i]);
            assert_int_equal(seen.has_rows, outcomes[i] == DB_DONE);
            assert_int_equal(seen.count, 0);
            fake_db_destroy(db);
        }
    }
}

/* Until a change of policy has been read nothing is proven, and at last every request is refused. So the sets must not
 * wait behind lists, which anybody can make as slow as a statement may be. */
static void test_no_set_waits_behind_lists(void **state)
{
    (void)state;
    for (enum policy_set set = 0; set < POLICY_SET__MAX; ++set)
        check(statement_row(statements[set])->name, statement_row(statements[set])->lane == STATEMENT_LANE_READ);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_apis),
        cmocka_unit_test(test_collections),
        cmocka_unit_test(test_signing_keys),
        cmocka_unit_test(test_revocations),
        cmocka_unit_test(test_empty_and_failed),
        cmocka_unit_test(test_no_set_waits_behind_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
