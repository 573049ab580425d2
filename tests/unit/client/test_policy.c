/* SPDX-License-Identifier: Apache-2.0 */
#include "client/policy.h"

#include "check.h"
#include "client/client_book.h"
#include "policy_case.h"
#include <pthread.h>

/* --- rows that make no sense ------------------------------------------------------------------------------------- */

static void rows_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    struct policy_source *source = policy_source_create();
    static const struct {
        const char *name, *prefix, *token_path, *audience, *algorithm;
        int64_t seconds;
    } apis[] = {
        {"", "/x", NULL, "urn:x", "ES256", 600},     {"x", "", NULL, "urn:x", "ES256", 600},
        {"x", "/", NULL, "urn:x", "ES256", 600},     {"x", "x", NULL, "urn:x", "ES256", 600},
        {"x", "/x/", NULL, "urn:x", "ES256", 600},   {"x", "/x//y", NULL, "urn:x", "ES256", 600},
        {"x", "/x/../y", NULL, "urn:x", "ES256", 1}, {"x", "/x%20", NULL, "urn:x", "ES256", 600},
        {"x", "/x", "", "urn:x", "ES256", 600},      {"x", "/x", "/x/", "urn:x", "ES256", 600},
        {"x", "/x", NULL, "", "ES256", 600},         {"x", "/x", NULL, "urn:x", "none", 600},
        {"x", "/x", NULL, "urn:x", "HS256", 600},    {"x", "/x", NULL, "urn:x", "", 600},
        {"x", "/x", NULL, "urn:x", "ES256", 0},      {"x", "/x", NULL, "urn:x", "ES256", -1},
    };
    for (size_t i = 0; i < COUNT_OF(apis); ++i) {
        struct api_row row = policy_case_apis[0];
        const char *wrong = NULL;
        row.name = slice_of(apis[i].name);
        row.prefix = slice_of(apis[i].prefix);
        row.token_path = slice_of(apis[i].token_path);
        row.audience = slice_of(apis[i].audience);
        row.algorithm = slice_of(apis[i].algorithm);
        row.token_seconds = apis[i].seconds;
        if (policy_source_put(source, POLICY_SET_APIS, &(struct policy_rows){.apis = &row, .count = 1}, &wrong))
            fail_msg("api %zu was accepted", i);
        assert_non_null(wrong);
    }
    policy_source_destroy(source);
}

static void collections_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    struct policy_source *source = policy_source_create();
    static const struct {
        const char *name, *path, *methods, *required;
    } cases[] = {
        {"", "x", "GET", "{}"},
        {"a b", "x", "GET", "{}"},
        {"a-name-of-more-characters-than-a-scope-token-may-have-in-all", "x", "GET", "{}"},
        {"x", "", "GET", "{}"},
        {"x", "x/y", "GET", "{}"},
        {"x", "x", "", "{}"},
        {"x", "x", "PATCH", "{}"},
        {"x", "x", "get", "{}"},
        {"x", "x", "GET  POST", "{}"},
        {"x", "x", "GET", ""},
        {"x", "x", "GET", "[]"},
        {"x", "x", "GET", "{\"a\":\"text\"}"},
        {"x", "x", "GET", "{\"a\":1}"},
        {"x", "x", "GET", "{\"a\":\"string\",\"a\":\"string\"}"},
        {"x", "x", "GET",
         "{\"a\":\"string\"} "
         "x"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct collection_row row = policy_case_collections[0];
        const char *wrong = NULL;
        row.name = slice_of(cases[i].name);
        row.path = slice_of(cases[i].path);
        row.methods = slice_of(cases[i].methods);
        row.required = slice_of(cases[i].required);
        if (policy_source_put(source, POLICY_SET_COLLECTIONS, &(struct policy_rows){.collections = &row, .count = 1},
                              &wrong))
            fail_msg("collection %zu was accepted", i);
        assert_non_null(wrong);
    }
    policy_source_destroy(source);
}

/* What was put before stays when the next rows are refused. */
static void refused_rows_change_nothing(void **state)
{
    (void)state;
    struct policy_case c;
    const char *wrong = NULL;
    policy_case_start(&c);
    struct policy_source *source = policy_case_source(&c);
    struct api_row rows[2] = {policy_case_apis[0], policy_case_apis[1]};
    rows[1].prefix = SLICE("/");
    assert_false(policy_source_put(source, POLICY_SET_APIS, &(struct policy_rows){.apis = rows, .count = 2}, &wrong));
    struct policy *policy = policy_build(source, policy_case_master, policy_case_issuer, &wrong);
    assert_int_equal(policy->api_count, 2);
    check_slice("second", policy->apis[1].prefix, SLICE("/crm"));
    policy_release(policy);
    policy_source_destroy(source);
}

static void a_seal_that_does_not_open_makes_no_policy(void **state)
{
    (void)state;
    static const uint8_t other_master[DIGEST_BYTES] = "another";
    struct policy_case c;
    const char *wrong = NULL;
    policy_case_start(&c);
    struct policy_source *source = policy_case_source(&c);
    assert_null(policy_build(source, other_master, policy_case_issuer, &wrong));
    assert_non_null(wrong);
    struct policy *policy = policy_build(source, policy_case_master, policy_case_issuer, &wrong);
    assert_non_null(policy);
    policy_release(policy);
    policy_source_destroy(source);
}

/* --- what is served ---------------------------------------------------------------------------------------------- */

static void an_api_that_this_version_cannot_serve_is_left_out_with_its_collections(void **state)
{
    (void)state;
    for (int round = 0; round < 2; ++round) {
        struct policy_case c;
        policy_case_start(&c);
        if (round == 0)
            c.apis[0].backing = SLICE("upstream");
        else
            c.apis[0].credential = SLICE("x_api_key");
        struct policy *policy = policy_case_build(&c);
        assert_int_equal(policy->api_count, 1);
        assert_int_equal(policy->collection_count, 1);
        check_slice("left", policy->apis[0].name, SLICE("crm"));
        assert_null(policy_api_of_path(policy, SLICE("/api2/public/customers")));
        assert_null(policy_api_of_token_path(policy, SLICE("/api2/public/token")));
        policy_release(policy);
    }
}

static void a_collection_of_an_unknown_api_is_left_out(void **state)
{
    (void)state;
    struct policy_case c;
    policy_case_start(&c);
    c.collections[0].api_id = 99;
    struct policy *policy = policy_case_build(&c);
    assert_int_equal(policy->collection_count, 2);
    assert_null(policy_collection(policy, &policy->apis[0], SLICE_NONE, SLICE("customers")));
    assert_non_null(policy_collection(policy, &policy->apis[0], SLICE_NONE, SLICE("products")));
    policy_release(policy);
}

static void nothing_at_all_is_a_policy_too(void **state)
{
    (void)state;
    struct policy_case c;
    policy_case_start(&c);
    c.api_count = c.collection_count = 0;
    c.without_keys = true;
    struct policy *policy = policy_case_build(&c);
    assert_null(policy_api_of_path(policy, SLICE("/")));
    assert_null(policy_api_of_audience(policy, SLICE("")));
    assert_int_equal(key_set_count(policy->keys), 0);
    assert_false(policy_revoked(policy, SLICE("jti"), SLICE("x"), 0));
    policy_release(policy);
}

static void rows_outlive_their_source_and_its_next_rows(void **state)
{
    (void)state;
    struct policy_case c;
    const char *wrong = NULL;
    policy_case_start(&c);
    char name[] = "customers", required[] = "{\"N\\u0061me\":\"integer\"}";
    c.collections[0].name = (h2o_iovec_t){name, sizeof(name) - 1};
    c.collections[0].required = (h2o_iovec_t){required, sizeof(required) - 1};
    struct policy_source *source = policy_case_source(&c);
    memset(name, 'x', sizeof(name));
    memset(required, 'x', sizeof(required));
    struct policy *policy = policy_build(source, policy_case_master, policy_case_issuer, &wrong);
    struct policy *next = policy_build(source, policy_case_master, policy_case_issuer, &wrong);
    assert_true(next->generation > policy->generation);
    assert_ptr_equal(next->keys, policy->keys); /* made once */
    policy_release(next);
    assert_true(policy_source_put(source, POLICY_SET_COLLECTIONS, &(struct policy_rows){.count = 0}, &wrong));
    policy_source_destroy(source);

    const struct collection *customers = policy_collection(policy, &policy->apis[0], SLICE_NONE, SLICE("customers"));
    check_slice("scope", customers->scope_write, SLICE("customers:write"));
    assert_int_equal(customers->required_count, 1);
    check_slice("required", customers->required[0].name, SLICE("Name"));
    assert_true(customers->required[0].integer);
    policy_release(policy);
}

static void required_members_have_their_types(void **state)
{
    (void)state;
    struct policy_case c;
    policy_case_start(&c);
    c.collections[0].required =
        SLICE("{\"s\":\"string\",\"n\":\"number\",\"i\":\"integer\",\"b\":\"boolean\",\"o\":\"object\","
              "\"a\":\"array\",\"x\":\"any\"}");
    static const struct required_member wanted[] = {
        {SLICE("s"), JSON_TYPE_STRING, false, false}, {SLICE("n"), JSON_TYPE_NUMBER, false, false},
        {SLICE("i"), JSON_TYPE_NUMBER, false, true},  {SLICE("b"), JSON_TYPE_BOOLEAN, false, false},
        {SLICE("o"), JSON_TYPE_OBJECT, false, false}, {SLICE("a"), JSON_TYPE_ARRAY, false, false},
        {SLICE("x"), JSON_TYPE_NULL, true, false},
    };
    struct policy *policy = policy_case_build(&c);
    const struct collection *customers = policy_collection(policy, &policy->apis[0], SLICE_NONE, SLICE("customers"));
    assert_int_equal(customers->required_count, COUNT_OF(wanted));
    for (size_t i = 0; i < COUNT_OF(wanted); ++i) {
        check_slice("name", customers->required[i].name, wanted[i].name);
        assert_int_equal(customers->required[i].any, wanted[i].any);
        assert_int_equal(customers->required[i].integer, wanted[i].integer);
        if (!wanted[i].any)
            assert_int_equal(customers->required[i].type, wanted[i].type);
    }
    policy_release(policy);
}

/* --- looking up -------------------------------------------------------------------------------------------------- */

static void apis_are_found_by_path(void **state)
{
    (void)state;
    static const struct {
        const char *path, *api;
    } cases[] = {
        {"/", NULL},
        {"", NULL},
        {"/api2", NULL},
        {"/api2/publi", NULL},
        {"/api2/publicx", NULL},
        {"/api2/public", "erp"},
        {"/api2/public/", "erp"},
        {"/api2/public/customers/1", "erp"},
        {"/crm/x", "crm"},
        {"/CRM/x", NULL},
        {"/api2/public/deep", "crm"},
        {"/api2/public/deep/x", "crm"},
        {"/api2/public/deeper", "erp"},
    };
    struct policy_case c;
    for (int swapped = 0; swapped < 2; ++swapped) {
        policy_case_start(&c);
        c.apis[swapped] = policy_case_apis[0];
        c.apis[1 - swapped] = policy_case_apis[1];
        struct policy *policy = policy_case_build(&c);
        for (size_t i = 0; i < 10; ++i) {
            const struct api *api = policy_api_of_path(policy, slice_of(cases[i].path));
            check_slice(cases[i].path, api == NULL ? SLICE_NONE : api->name, slice_of(cases[i].api));
        }
        policy_release(policy);

        c.apis[1 - swapped].prefix = SLICE("/api2/public/deep"); /* the longest prefix wins, in whatever order */
        policy = policy_case_build(&c);
        for (size_t i = 10; i < COUNT_OF(cases); ++i)
            check_slice(cases[i].path, policy_api_of_path(policy, slice_of(cases[i].path))->name,
                        slice_of(cases[i].api));
        policy_release(policy);
    }
}

static void apis_are_found_by_token_path_and_audience(void **state)
{
    (void)state;
    struct policy_case c;
    policy_case_start(&c);
    struct policy *policy = policy_case_build(&c);
    assert_ptr_equal(policy_api_of_token_path(policy, SLICE("/api2/public/token")), &policy->apis[0]);
    assert_null(policy_api_of_token_path(policy, SLICE("/api2/public/token/")));
    assert_null(policy_api_of_token_path(policy, SLICE("")));
    assert_null(policy_api_of_token_path(policy, SLICE_NONE));
    assert_ptr_equal(policy_api_of_audience(policy, SLICE("urn:example:crm")), &policy->apis[1]);
    assert_null(policy_api_of_audience(policy, SLICE("urn:example:crm/")));
    assert_null(policy_api_of_audience(policy, SLICE("URN:example:crm")));
    policy_release(policy);
}

/* It can be neither listed, nor reached by a path of the gateway, nor pushed aside by an api of the same audience. */
static void the_management_api_is_no_row(void **state)
{
    (void)state;
    struct policy_case c;
    policy_case_start(&c);
    c.apis[1].audience = SLICE("https://id.example/admin/v1");
    struct policy *policy = policy_case_build(&c);
    check_slice("audience", policy->management->audience, SLICE("https://id.example/admin/v1"));
    assert_ptr_equal(policy_api_of_audience(policy, SLICE("https://id.example/admin/v1")), policy->management);
    assert_ptr_equal(policy->management, policy->apis + policy->api_count);
    assert_null(policy_api_of_path(policy, SLICE("/admin/v1/accounts")));
    assert_null(policy_api_of_token_path(policy, SLICE_NONE));
    policy_release(policy);
}

static void collections_are_found_by_api_version_and_segment(void **state)
{
    (void)state;
    static const struct {
        const char *api, *version, *segment, *name;
    } cases[] = {
        {"erp", NULL, "customers", "customers"},
        {"erp", "v1.1", "customers", "customers"},
        {"erp", "v1.2", "customers", "customers"},
        {"erp", "v1.3", "customers", NULL},
        {"erp", "", "customers", NULL},
        {"erp", "v1", "customers", NULL},
        {"erp", "v1.1", "products", NULL},
        {"erp", NULL, "products", "products"},
        {"erp", NULL, "contacts", NULL},
        {"crm", NULL, "contacts", "customers"},
        {"crm", NULL, "customers", NULL},
        {"erp", NULL, "Customers", NULL},
        {"erp", NULL, "", NULL},
    };
    struct policy_case c;
    policy_case_start(&c);
    struct policy *policy = policy_case_build(&c);
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        const struct api *api = &policy->apis[strcmp(cases[i].api, "crm") == 0];
        const struct collection *found =
            policy_collection(policy, api, slice_of(cases[i].version), slice_of(cases[i].segment));
        check_slice(cases[i].segment, found == NULL ? SLICE_NONE : found->name, slice_of(cases[i].name));
        check(cases[i].segment, found == NULL || found->api == api);
    }
    unsigned all = METHOD_BIT(METHOD_GET) | METHOD_BIT(METHOD_HEAD) | METHOD_BIT(METHOD_POST) | METHOD_BIT(METHOD_PUT) |
                   METHOD_BIT(METHOD_DELETE) | METHOD_BIT(METHOD_OPTIONS);
    unsigned reads = METHOD_BIT(METHOD_GET) | METHOD_BIT(METHOD_HEAD) | METHOD_BIT(METHOD_OPTIONS);
    assert_int_equal(policy_collection(policy, &policy->apis[0], SLICE_NONE, SLICE("customers"))->methods, all);
    assert_int_equal(policy_collection(policy, &policy->apis[0], SLICE_NONE, SLICE("products"))->methods, reads);
    policy_release(policy);
}

/* --- revocations ------------------------------------------------------------------------------------------------- */

static void a_client_is_revoked_with_its_application_or_account(void **state)
{
    (void)state;
    static const struct client client = {.client_id = SLICE("hmk_x"), .application_id = 5, .account_id = 7};
    static const struct {
        const char *kind, *subject;
        bool revoked;
    } cases[] = {
        {"client", "hmk_x", true},    {"client", "hmk_", false}, {"application", "5", true},
        {"application", "7", false},  {"account", "7", true},    {"account", "5", false},
        {"jti", "hmk_x", false},      {"account", "07", false},  {"grant", "5", false},
        {"application", "55", false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct policy_case c;
        struct revocation_row row = {slice_of(cases[i].kind), slice_of(cases[i].subject), 1, 1000};
        policy_case_start(&c);
        c.revocations = &row;
        c.revocation_count = 1;
        struct policy *policy = policy_case_build(&c);
        check(cases[i].kind, policy_revoked_client(policy, &client, 999) == cases[i].revoked);
        check("until", !policy_revoked_client(policy, &client, 1000));
        policy_release(policy);
    }
}

/* --- references -------------------------------------------------------------------------------------------------- */

static void *share_and_release(void *argument)
{
    struct policy *policy = argument;
    for (int i = 0; i < 20000; ++i)
        policy_release(policy_share(policy));
    policy_release(policy);
    return NULL;
}

static void threads_share_a_policy(void **state)
{
    (void)state;
    struct policy_case c;
    pthread_t threads[4];
    policy_case_start(&c);
    struct policy *policy = policy_case_build(&c);
    for (size_t i = 0; i < COUNT_OF(threads); ++i)
        assert_int_equal(pthread_create(&threads[i], NULL, share_and_release, policy_share(policy)), 0);
    policy_release(policy);
    for (size_t i = 0; i < COUNT_OF(threads); ++i)
        pthread_join(threads[i], NULL);
    policy_release(NULL); /* the leak checker sees that the last one freed it */
}

static int start_secrets(void **state)
{
    (void)state;
    secret_start();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_that_make_no_sense_are_refused),
        cmocka_unit_test(collections_that_make_no_sense_are_refused),
        cmocka_unit_test(refused_rows_change_nothing),
        cmocka_unit_test(a_seal_that_does_not_open_makes_no_policy),
        cmocka_unit_test(an_api_that_this_version_cannot_serve_is_left_out_with_its_collections),
        cmocka_unit_test(a_collection_of_an_unknown_api_is_left_out),
        cmocka_unit_test(nothing_at_all_is_a_policy_too),
        cmocka_unit_test(rows_outlive_their_source_and_its_next_rows),
        cmocka_unit_test(required_members_have_their_types),
        cmocka_unit_test(apis_are_found_by_path),
        cmocka_unit_test(apis_are_found_by_token_path_and_audience),
        cmocka_unit_test(the_management_api_is_no_row),
        cmocka_unit_test(collections_are_found_by_api_version_and_segment),
        cmocka_unit_test(a_client_is_revoked_with_its_application_or_account),
        cmocka_unit_test(threads_share_a_policy),
    };
    return cmocka_run_group_tests(tests, start_secrets, NULL);
}
