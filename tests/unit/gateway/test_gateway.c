/* SPDX-License-Identifier: Apache-2.0 */
/* The contract seen from outside: each reason to refuse, with each method, and what is wrong first decides. */
#include "gateway/gateway.h"

#include "gateway_case.h"

#define COLLECTION "/api2/public/customers"
#define RECORD     "/api2/public/customers/12"
#define JSON       "content-type: application/json\r\n"

static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "TRACE", "FOO"};

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static bool on_record(const char *target)
{
    return strncmp(target, RECORD, strlen(RECORD)) == 0;
}

/* What the collection customers offers. */
static bool is_offered(const char *target, const char *method)
{
    if (is(method, "GET") || is(method, "HEAD") || is(method, "PUT"))
        return true;
    return is(method, on_record(target) ? "DELETE" : "POST");
}

static void expect(struct gateway_case *c, const char *method, const char *target, const char *headers, int status,
                   const char *code)
{
    gateway_case_expect(c, &(struct loopback_request){.method = method, .target = target, .headers = headers}, status,
                        code);
}

/* --- 404, 405
 * -------------------------------------------------------------------------------------------------------------- */

static void an_unknown_path_is_404_for_every_method(void **state)
{
    static const char *const targets[] = {"/api2/public",
                                          "/api2/public/",
                                          "/api2/public/unknown",
                                          "/api2/public/customers/x",
                                          "/api2/public/v9/customers",
                                          "/api2/public/customers/1/x",
                                          "/other/customers"};
    struct gateway_case *c = *state;
    const char *headers[] = {"", "authorization: Bearer x\r\n",
                             gateway_case_headers(c, gateway_case_token(c, NULL), "if-match: nonsense\r\n")};
    for (size_t t = 0; t < COUNT_OF(targets); ++t)
        for (size_t m = 0; m < COUNT_OF(methods); ++m)
            for (size_t h = 0; h < COUNT_OF(headers); ++h)
                expect(c, methods[m], targets[t], headers[h], 404, "not_found");
    expect(c, "OPTIONS", "/api2/public/unknown", "", 404, "not_found");
}

static const struct {
    const char *target, *allow;
} offers[] = {
    {"/api2/public/customers", "GET, HEAD, POST, PUT, OPTIONS"},
    {"/api2/public/v1.2/customers/", "GET, HEAD, POST, PUT, OPTIONS"},
    {"/api2/public/customers/12", "GET, HEAD, PUT, DELETE, OPTIONS"},
    {"/api2/public/products", "GET, HEAD, OPTIONS"},
    {"/api2/public/products/12", "GET, HEAD, OPTIONS"},
    {"/api2/public/customers/12/history", "GET, HEAD, OPTIONS"},
    {"/api2/public/products/12/history/", "GET, HEAD, OPTIONS"},
    {"/api2/public/history", "GET, HEAD, OPTIONS"},
};

static void a_method_that_is_not_there_is_405(void **state)
{
    struct gateway_case *c = *state;
    for (size_t i = 0; i < COUNT_OF(offers); ++i)
        for (size_t m = 0; m < COUNT_OF(methods); ++m) {
            h2o_iovec_t allow = slice_of(offers[i].allow), word;
            bool offered = false;
            while (allow.base != NULL && !offered) {
                word = slice_trim(slice_cut(&allow, ','));
                offered = slice_equal(word, slice_of(methods[m]));
            }
            struct loopback_request request = {.method = methods[m], .target = offers[i].target, .headers = ""};
            struct exchange *exchange =
                gateway_case_ask(c, &request, offered ? 401 : 405, offered ? "token_missing" : "method_not_allowed");
            check_slice(offers[i].target, exchange_header(exchange, "allow"),
                        offered ? SLICE_NONE : slice_of(offers[i].allow));
            exchange_end(exchange);
        }
}

static void options_tell_what_is_offered_to_everybody(void **state)
{
    struct gateway_case *c = *state;
    for (size_t i = 0; i < COUNT_OF(offers); ++i) {
        struct loopback_request request = {
            .method = "OPTIONS", .target = offers[i].target, .headers = "origin: https://app.example\r\n"};
        struct exchange *exchange = gateway_case_ask(c, &request, 204, NULL);
        check_slice(offers[i].target, exchange_header(exchange, "allow"), slice_of(offers[i].allow));
        check_slice(offers[i].target, exchange_header(exchange, "access-control-allow-methods"),
                    slice_of(offers[i].allow));
        check_slice(offers[i].target, exchange_header(exchange, "access-control-allow-origin"), SLICE("*"));
        assert_int_equal(exchange_body(exchange).len, 0);
        exchange_end(exchange);
    }
}

/* --- 401, 403
 * ----------------------------------------------------------------------------------------------------------------- */

static void each_method(struct gateway_case *c, const char *headers, int status, const char *code)
{
    static const char *const targets[] = {COLLECTION, RECORD, COLLECTION "/?$filter=nonsense", RECORD "?x=%zz"};
    for (size_t t = 0; t < COUNT_OF(targets); ++t)
        for (size_t m = 0; m < COUNT_OF(methods); ++m)
            if (is_offered(targets[t], methods[m]))
                expect(c, methods[m], targets[t], headers, status, code);
}

static void no_token_is_401_before_anything_is_read(void **state)
{
    each_method(*state, "if-match: nonsense\r\nidempotency-key: \"\r\n", 401, "token_missing");
    each_method(*state, "if-match: nonsense\r\nauthorization: Bearer nonsense\r\n", 401, "invalid_token");
}

static void a_switched_off_account_is_403_before_anything_is_read(void **state)
{
    struct gateway_case *c = *state;
    gateway_case_client(c, &(struct case_client){.off = true});
    each_method(c, gateway_case_headers(c, gateway_case_token(c, NULL), "if-match: nonsense\r\n"), 403,
                "api_access_off");
}

static const struct {
    const char *token, *key, *holder, *code;
} lacks[] = {
    {"notes:read", NULL, NULL, "insufficient_scope"}, {"", NULL, NULL, "insufficient_scope"},
    {NULL, "notes:read", NULL, "key_right_missing"},  {NULL, NULL, "notes:read", "holder_right_missing"},
    {NULL, NULL, "", "holder_right_missing"},
};

static void a_missing_right_is_403_before_anything_is_read(void **state)
{
    struct gateway_case *c = *state;
    for (size_t i = 0; i < COUNT_OF(lacks); ++i) {
        h2o_iovec_t token = gateway_case_token(c, &(struct case_token){.scope = lacks[i].token});
        gateway_case_client(c, &(struct case_client){.scopes = lacks[i].key, .permissions = lacks[i].holder});
        each_method(c, gateway_case_headers(c, token, "if-match: nonsense\r\n"), 403, lacks[i].code);
    }
}

static const struct {
    const char *method, *target, *scopes, *needed;
} needs[] = {
    {"GET", COLLECTION, "customers:write history:read", "customers:read"},
    {"HEAD", RECORD, "customers:write history:read", "customers:read"},
    {"POST", COLLECTION, "customers:read history:read", "customers:write"},
    {"PUT", RECORD, "customers:read history:read", "customers:write"},
    {"PUT", COLLECTION, "customers:read history:read", "customers:write"},
    {"DELETE", RECORD, "customers:read history:read", "customers:write"},
    {"GET", "/api2/public/history", "customers:read customers:write", "history:read"},
    {"GET", RECORD "/history", "customers:read customers:write", "customers:read history:read"},
    {"GET", RECORD "/history", "history:read", "customers:read history:read"},
};

static void a_refusal_says_which_scopes_are_needed(void **state)
{
    struct gateway_case *c = *state;
    gateway_case_client(c, NULL);
    for (size_t i = 0; i < COUNT_OF(needs); ++i) {
        h2o_iovec_t token = gateway_case_token(c, &(struct case_token){.scope = needs[i].scopes});
        struct loopback_request request = {
            .method = needs[i].method, .target = needs[i].target, .headers = gateway_case_headers(c, token, "")};
        struct exchange *exchange = gateway_case_ask(c, &request, 403, "insufficient_scope");
        h2o_iovec_t challenge = slice_format(&c->pool, "error=\"insufficient_scope\", scope=\"%s\"", needs[i].needed);
        h2o_iovec_t header = exchange_header(exchange, "www-authenticate");
        assert_true(header.len > challenge.len);
        check_slice(needs[i].target, slice_from(header, header.len - challenge.len), challenge);
        exchange_end(exchange);
    }
}

static void keys_and_holders_are_challenged_too(void **state)
{
    struct gateway_case *c = *state;
    gateway_case_client(c, &(struct case_client){.permissions = "notes:read"});
    struct loopback_request request = {
        .method = "GET", .target = RECORD, .headers = gateway_case_headers(c, gateway_case_token(c, NULL), "")};
    struct exchange *exchange = gateway_case_ask(c, &request, 403, "holder_right_missing");
    h2o_iovec_t header = exchange_header(exchange, "www-authenticate");
    assert_non_null(strstr(header.base, "error=\"insufficient_scope\", scope=\"customers:read\""));
    assert_non_null(memmem(exchange_body(exchange).base, exchange_body(exchange).len,
                           H2O_STRLIT("What is missing: customers:read.")));
    exchange_end(exchange);
}

/* --- 400 before 404 of a record
 * -------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name, *method, *target, *headers;
    h2o_iovec_t body;
    const char *code;
} wrong[] = {
    {"bad If-Match", "PUT", RECORD, JSON "if-match: 7\r\n", SLICE("{\"Name\":\"x\"}"), "invalid_header"},
    {"bad If-Match", "DELETE", RECORD, "if-match: W/\"7\"\r\n", SLICE_NONE, "invalid_header"},
    {"If-None-Match on a write", "DELETE", RECORD, "if-none-match: *\r\n", SLICE_NONE, "invalid_header"},
    {"bad Idempotency-Key", "DELETE", RECORD, "idempotency-key: a b\r\n", SLICE_NONE, "invalid_header"},
    {"bad Idempotency-Key", "POST", COLLECTION, JSON "idempotency-key: \"\"\r\n", SLICE("{\"Name\":\"x\"}"),
     "invalid_header"},
    {"no media type", "POST", COLLECTION, "", SLICE("{\"Name\":\"x\"}"), "wrong_media_type"},
    {"form", "PUT", RECORD, "content-type: application/x-www-form-urlencoded\r\n", SLICE("Name=x"), "wrong_media_type"},
    {"no body", "POST", COLLECTION, JSON, SLICE_NONE, "invalid_json"},
    {"no JSON", "PUT", RECORD, JSON, SLICE("{"), "invalid_json"},
    {"required member missing", "PUT", RECORD, JSON, SLICE("{}"), "invalid_member"},
    {"Id in a new record", "POST", COLLECTION, JSON, SLICE("{\"Name\":\"x\",\"Id\":5}"), "invalid_member"},
    {"Id of another record", "PUT", RECORD, JSON, SLICE("{\"Name\":\"x\",\"Id\":13}"), "invalid_member"},
    {"no Id for the collection", "PUT", COLLECTION, JSON, SLICE("{\"Name\":\"x\"}"), "invalid_member"},
    {"Id zero for the collection", "PUT", COLLECTION, JSON, SLICE("{\"Name\":\"x\",\"Id\":0}"), "invalid_member"},
    {"bad query", "GET", COLLECTION "?$filter=%zz", "", SLICE_NONE, "invalid_query"},
    {"filter twice", "GET", COLLECTION "?$filter=A+eq+1&$filter=A+eq+2", "", SLICE_NONE, "invalid_query"},
    {"bad filter", "GET", COLLECTION "?$filter=A+is+1", "", SLICE_NONE, "invalid_query"},
    {"bad order", "GET", COLLECTION "?$orderby=A+up", "", SLICE_NONE, "invalid_query"},
    {"bad skip", "GET", COLLECTION "?$skip=-1", "", SLICE_NONE, "invalid_query"},
    {"skip too far", "GET", COLLECTION "?$skip=1000001", "", SLICE_NONE, "invalid_query"},
    {"page too large", "GET", COLLECTION "?$top=1001", "", SLICE_NONE, "invalid_query"},
    {"option that we do not have", "GET", COLLECTION "?$select=Name", "", SLICE_NONE, "invalid_query"},
    {"cursor of nobody", "GET", COLLECTION "?$skiptoken=x", "", SLICE_NONE, "invalid_query"},
    {"unknown filter of the history", "GET", "/api2/public/history?aplication=x", "", SLICE_NONE, "invalid_query"},
};

/* The database is not asked: an unexpected call fails the test. */
static void a_wrong_request_is_400_before_the_record_is_looked_for(void **state)
{
    struct gateway_case *c = *state;
    h2o_iovec_t token = gateway_case_token(c, NULL);
    gateway_case_client(c, NULL);
    for (size_t i = 0; i < COUNT_OF(wrong); ++i) {
        const char *headers = gateway_case_headers(c, token, wrong[i].headers);
        gateway_case_expect(
            c,
            &(struct loopback_request){
                .method = wrong[i].method, .target = wrong[i].target, .headers = headers, .body = wrong[i].body},
            400, wrong[i].code);
    }
}

static void faults_of_bodies_have_a_place(void **state)
{
    struct gateway_case *c = *state;
    gateway_case_client(c, NULL);
    const char *headers = gateway_case_headers(c, gateway_case_token(c, NULL), JSON);
    struct loopback_request request = {
        .method = "POST", .target = COLLECTION, .headers = headers, .body = SLICE("{\"Name\":{\"a/b\":[1,1e99]}}")};
    struct exchange *exchange = gateway_case_ask(c, &request, 400, "invalid_json");
    h2o_iovec_t body = exchange_body(exchange);
    assert_non_null(memmem(body.base, body.len, H2O_STRLIT("\"pointer\":\"/Name/a~1b/1\"")));
    exchange_end(exchange);
}

static void a_record_over_its_limit_is_400(void **state)
{
    struct gateway_case *c = *state;
    gateway_case_client(c, NULL);
    h2o_iovec_t body = {h2o_mem_alloc_pool(&c->pool, LIMIT_RECORD_BYTES_MAX + 1), LIMIT_RECORD_BYTES_MAX + 1};
    memset(body.base, ' ', body.len);
    const char *headers = gateway_case_headers(c, gateway_case_token(c, NULL), JSON);
    gateway_case_expect(c,
                        &(struct loopback_request){.method = "PUT", .target = RECORD, .headers = headers, .body = body},
                        400, "record_too_large");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_gateway(an_unknown_path_is_404_for_every_method),
        test_with_gateway(a_method_that_is_not_there_is_405),
        test_with_gateway(options_tell_what_is_offered_to_everybody),
        test_with_gateway(no_token_is_401_before_anything_is_read),
        test_with_gateway(a_switched_off_account_is_403_before_anything_is_read),
        test_with_gateway(a_missing_right_is_403_before_anything_is_read),
        test_with_gateway(a_refusal_says_which_scopes_are_needed),
        test_with_gateway(keys_and_holders_are_challenged_too),
        test_with_gateway(a_wrong_request_is_400_before_the_record_is_looked_for),
        test_with_gateway(faults_of_bodies_have_a_place),
        test_with_gateway(a_record_over_its_limit_is_400),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
