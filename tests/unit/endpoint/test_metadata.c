/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/metadata.h"

#include "bed.h"

/* --- paths ------------------------------------------------------------------------------------------------------- */

static void check_status(struct bed *bed, const char *target, int status)
{
    struct exchange *exchange = bed_get(bed, target);
    if (exchange_status(exchange) != status)
        fail_msg("%s: %d instead of %d", target, exchange_status(exchange), status);
    exchange_end(exchange);
}

static void only_the_root_and_apis_have_metadata(void **state)
{
    static const char *const unknown[] = {
        METADATA_OAUTH_PATH "/",
        METADATA_OAUTH_PATH "/crm/",
        METADATA_OAUTH_PATH "/crm/contacts",
        METADATA_OAUTH_PATH "/crmx",
        METADATA_OAUTH_PATH "/api2",
        METADATA_OAUTH_PATH "x",
        METADATA_OAUTH_PATH "//crm",
        METADATA_OPENID_PATH "/",
        METADATA_OPENID_PATH "/other",
        METADATA_RESOURCE_PATH "/",
        METADATA_RESOURCE_PATH "/crm/",
        METADATA_RESOURCE_PATH "/crm/contacts",
        METADATA_RESOURCE_PATH "/api2/public/v1.1",
        METADATA_RESOURCE_PATH "/https://id.example",
        "/.well-known/",
        "/.well-known/OAUTH-AUTHORIZATION-SERVER",
    };
    for (size_t i = 0; i < COUNT_OF(unknown); ++i)
        check_status(*state, unknown[i], 404);
}

static void without_a_policy_nothing_is_told(void **state)
{
    struct bed *bed = *state;
    policy_release(bed->worker->policy);
    bed->worker->policy = NULL;
    check_status(bed, METADATA_OAUTH_PATH, 503);
    check_status(bed, METADATA_RESOURCE_PATH "/crm", 503);
}

static void without_apis_there_is_the_management_api_alone(void **state)
{
    struct bed *bed = *state;
    bed->policy.api_count = bed->policy.collection_count = 0;
    bed_build_policy(bed);
    check_status(bed, METADATA_RESOURCE_PATH, 404);
    check_status(bed, METADATA_RESOURCE_PATH "/crm", 404);
    struct exchange *exchange = bed_get(bed, METADATA_OAUTH_PATH);
    json_t *body = bed_json(exchange);
    assert_int_equal(json_array_size(json_object_get(body, "protected_resources")), 1);
    check_status(bed, METADATA_RESOURCE_PATH "/admin/v1", 200);
    check_status(bed, METADATA_RESOURCE_PATH "/admin", 404);
    json_decref(body);
    exchange_end(exchange);
}

static void it_is_only_read(void **state)
{
    struct bed *bed = *state;
    struct exchange *exchange = loopback_ask(
        bed->loopback, &(struct loopback_request){.method = "POST", .target = METADATA_OAUTH_PATH, .body = SLICE("x")});
    assert_int_equal(exchange_status(exchange), 405);
    check_slice("allow", exchange_header(exchange, "allow"), SLICE("GET, HEAD, OPTIONS"));
    exchange_end(exchange);
}

/* --- documents --------------------------------------------------------------------------------------------------- */

static char *text_of(const json_t *value)
{
    return json_dumps(value, JSON_PRESERVE_ORDER | JSON_INDENT(2));
}

/* tests/golden/metadata.json: path -> the document there, member for member in this order. */
static void documents_are_as_they_were_agreed(void **state)
{
    struct bed *bed = *state;
    json_error_t error;
    json_t *golden = json_load_file(GOLDEN_FOLDER "/metadata.json", JSON_REJECT_DUPLICATES, &error);
    if (golden == NULL)
        fail_msg("%s:%d: %s", error.source, error.line, error.text);
    const char *path;
    json_t *want;
    assert_true(json_object_size(golden) >= 4);
    json_object_foreach(golden, path, want)
    {
        struct exchange *exchange = bed_get(bed, path);
        check(path, exchange_status(exchange) == 200);
        check_slice(path, exchange_header(exchange, "content-type"), SLICE("application/json"));
        json_t *got = bed_json(exchange);
        char *want_text = text_of(want), *got_text = text_of(got);
        if (strcmp(want_text, got_text) != 0)
            fail_msg("%s is now\n%s", path, got_text);
        free(want_text);
        free(got_text);
        json_decref(got);
        exchange_end(exchange);
    }
    json_decref(golden);
}

static h2o_iovec_t body_of(struct bed *bed, h2o_mem_pool_t *pool, const char *target)
{
    struct exchange *exchange = bed_get(bed, target);
    check(target, exchange_status(exchange) == 200);
    h2o_iovec_t body = slice_copy(pool, exchange_body(exchange));
    exchange_end(exchange);
    return body;
}

static void every_form_is_the_same_document(void **state)
{
    static const char *const paths[] = {METADATA_OPENID_PATH, METADATA_OAUTH_PATH "/api2/public",
                                        METADATA_OPENID_PATH "/api2/public", METADATA_OAUTH_PATH "/crm"};
    struct bed *bed = *state;
    h2o_mem_pool_t pool;
    h2o_mem_init_pool(&pool);
    h2o_iovec_t first = body_of(bed, &pool, METADATA_OAUTH_PATH);
    for (size_t i = 0; i < COUNT_OF(paths); ++i)
        check_slice(paths[i], body_of(bed, &pool, paths[i]), first);
    check_slice("the first api", body_of(bed, &pool, METADATA_RESOURCE_PATH),
                body_of(bed, &pool, METADATA_RESOURCE_PATH "/api2/public"));
    h2o_mem_clear_pool(&pool);
}

/* Item 112, RFC 8414 section 3.3: clients compare byte for byte. */
static void item_112_the_issuer_is_the_configured_one(void **state)
{
    static const char *const issuers[] = {"https://id.example", "http://127.0.0.1:8080",
                                          "https://xn--bcher-kva.example:8443"};
    struct bed *bed = *state;
    for (size_t i = 0; i < COUNT_OF(issuers); ++i) {
        bed->settings.issuer = slice_of(issuers[i]);
        struct exchange *exchange =
            loopback_ask(bed->loopback, &(struct loopback_request){.method = "GET",
                                                                   .target = METADATA_OAUTH_PATH,
                                                                   .headers = "x-forwarded-host: evil.example\r\n"
                                                                              "x-forwarded-proto: http\r\n"
                                                                              "forwarded: host=evil.example\r\n"});
        json_t *body = bed_json(exchange);
        assert_string_equal(bed_string(body, "issuer"), issuers[i]);
        assert_true(strncmp(bed_string(body, "token_endpoint"), issuers[i], strlen(issuers[i])) == 0);
        json_decref(body);
        exchange_end(exchange);
    }
}

/* Only what is true: whoever reads a member may rely on it. */
static void nothing_is_promised_that_is_not_there(void **state)
{
    struct bed *bed = *state;
    struct exchange *exchange = bed_get(bed, METADATA_OAUTH_PATH);
    json_t *body = bed_json(exchange), *value;
    static const char *const absent[] = {"registration_endpoint"};
    const char *name;
    for (size_t i = 0; i < COUNT_OF(absent); ++i)
        check(absent[i], json_object_get(body, absent[i]) == NULL);
    json_object_foreach(body, name, value)
    {
        check(name, !json_is_null(value));
        check(name, !json_is_array(value) || json_array_size(value) > 0);
    }
    json_t *methods = json_object_get(body, "token_endpoint_auth_methods_supported");
    assert_string_equal(json_string_value(json_array_get(methods, 0)), "client_secret_basic");
    json_decref(body);
    exchange_end(exchange);
}

/* RFC 8414 section 2: no algorithm is promised that nothing can be signed with; clients would wait for it. */
static void without_a_key_no_algorithm_is_promised(void **state)
{
    struct bed *bed = *state;
    bed->policy.without_keys = true;
    bed_build_policy(bed);
    struct exchange *exchange = bed_get(bed, METADATA_OAUTH_PATH);
    json_t *body = bed_json(exchange);
    assert_null(json_object_get(body, "introspection_signing_alg_values_supported"));
    assert_non_null(json_object_get(body, "introspection_endpoint"));
    json_decref(body);
    exchange_end(exchange);
}

/* A collection that can only be read has no scope to write it; one that two apis offer is named once. */
static void scopes_are_those_that_do_something(void **state)
{
    struct bed *bed = *state;
    bed->policy.collections[0].methods = SLICE("DELETE");
    bed_build_policy(bed);
    static const struct {
        const char *path, *scopes;
    } cases[] = {
        {METADATA_OAUTH_PATH,
         "[\"customers:read\",\"customers:write\",\"email\",\"history:read\",\"offline_access\",\"openid\","
         "\"products:read\",\"profile\"]"},
        {METADATA_RESOURCE_PATH "/api2/public", "[\"customers:write\",\"history:read\",\"products:read\"]"},
        {METADATA_RESOURCE_PATH "/crm", "[\"customers:read\",\"customers:write\",\"history:read\"]"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct exchange *exchange = bed_get(bed, cases[i].path);
        json_t *body = bed_json(exchange);
        char *scopes = json_dumps(json_object_get(body, "scopes_supported"), JSON_COMPACT);
        assert_string_equal(scopes, cases[i].scopes);
        free(scopes);
        json_decref(body);
        exchange_end(exchange);
    }
}

/* --- reading it often, and from browsers ------------------------------------------------------------------------- */

static void documents_may_be_kept_and_read_from_browsers(void **state)
{
    static const char *const paths[] = {METADATA_OAUTH_PATH, METADATA_OPENID_PATH "/crm", METADATA_RESOURCE_PATH,
                                        METADATA_RESOURCE_PATH "/crm"};
    struct bed *bed = *state;
    for (size_t i = 0; i < COUNT_OF(paths); ++i) {
        char headers[128];
        struct exchange *exchange = loopback_ask(
            bed->loopback, &(struct loopback_request){
                               .method = "GET", .target = paths[i], .headers = "origin: https://app.example\r\n"});
        check_slice(paths[i], exchange_header(exchange, "access-control-allow-origin"), SLICE("*"));
        check_slice(paths[i], exchange_header(exchange, "cache-control"), SLICE("public, max-age=300"));
        check_slice(paths[i], exchange_header(exchange, "vary"), SLICE("origin"));
        h2o_iovec_t etag = exchange_header(exchange, "etag");
        check(paths[i], etag.len > 2);
        snprintf(headers, sizeof(headers), "if-none-match: %.*s\r\n", SLICE_ARGS(etag));
        exchange_end(exchange);
        exchange = loopback_ask(bed->loopback,
                                &(struct loopback_request){.method = "GET", .target = paths[i], .headers = headers});
        check(paths[i], exchange_status(exchange) == 304);
        check_slice(paths[i], exchange_header(exchange, "vary"), SLICE("origin")); /* without an origin too */
        check(paths[i], exchange_body(exchange).len == 0);
        exchange_end(exchange);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_on_bed(only_the_root_and_apis_have_metadata),
        test_on_bed(without_a_policy_nothing_is_told),
        test_on_bed(without_apis_there_is_the_management_api_alone),
        test_on_bed(it_is_only_read),
        test_on_bed(documents_are_as_they_were_agreed),
        test_on_bed(every_form_is_the_same_document),
        test_on_bed(item_112_the_issuer_is_the_configured_one),
        test_on_bed(nothing_is_promised_that_is_not_there),
        test_on_bed(without_a_key_no_algorithm_is_promised),
        test_on_bed(scopes_are_those_that_do_something),
        test_on_bed(documents_may_be_kept_and_read_from_browsers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
