/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "loopback.h"
#include "policy_case.h"

#include "http/reply.h"

/* Stands for feed_age_ms (see tests.cmake): the router asks nothing else of the feed. */
static int64_t feed_age;

int64_t __wrap_feed_age_ms(const struct feed *feed);

int64_t __wrap_feed_age_ms(const struct feed *feed)
{
    (void)feed;
    return feed_age;
}

/* Each handler says its name and what it was given. */
static void say(struct call *call, const char *name)
{
    const struct api *api = route_api(call);
    reply_json(call, 200,
               slice_format(call->pool, "%s %.*s %zu", name, api == NULL ? 1 : (int)api->name.len,
                            api == NULL ? "-" : api->name.base, call->body.len));
}

#define HANDLER(name)                                                                                                  \
    static void name(struct call *call)                                                                                \
    {                                                                                                                  \
        say(call, #name);                                                                                              \
    }
HANDLER(exact)
HANDLER(form)
HANDLER(under_keys)
HANDLER(under_keys_deep)
HANDLER(one_key)
HANDLER(alive)
HANDLER(token)
HANDLER(gateway)
HANDLER(metrics)

#define GET  METHOD_BIT(METHOD_GET)
#define POST METHOD_BIT(METHOD_POST)
#define PUT  METHOD_BIT(METHOD_PUT)

static const struct route rows[] = {
    {SLICE("/exact"), GET | PUT, ROUTE_PROBLEM, ROUTE_MEDIA_ANY, 0, 10, exact},
    {SLICE("/form"), POST, ROUTE_OAUTH, ROUTE_MEDIA_FORM, ROUTE_CORS, 10, form},
    {SLICE("/plain-form"), POST, ROUTE_PROBLEM, ROUTE_MEDIA_FORM, 0, 10, form},
    {SLICE("/keys/"), GET, ROUTE_PROBLEM, ROUTE_MEDIA_NONE, ROUTE_PREFIX, 0, under_keys},
    {SLICE("/keys/deep/"), GET, ROUTE_PROBLEM, ROUTE_MEDIA_NONE, ROUTE_PREFIX, 0, under_keys_deep},
    {SLICE("/keys/one"), GET, ROUTE_PROBLEM, ROUTE_MEDIA_NONE, 0, 0, one_key},
    {SLICE("/alive"), GET, ROUTE_PROBLEM, ROUTE_MEDIA_NONE, ROUTE_WITHOUT_POLICY, 0, alive},
};
static const struct route operations_rows[] = {
    {SLICE("/metrics"), GET, ROUTE_PROBLEM, ROUTE_MEDIA_NONE, ROUTE_WITHOUT_POLICY, 0, metrics},
};
static const struct route token_row = {SLICE("{api}/token"), POST, ROUTE_OAUTH, ROUTE_MEDIA_ANY, ROUTE_CORS, 10, token};
static const struct route gateway_row = {
    SLICE("{api}"), GET, ROUTE_PROBLEM, ROUTE_MEDIA_ANY, ROUTE_EVERY_METHOD | ROUTE_CORS, 10, gateway};
static const struct routes routes = {
    .rows = rows,
    .count = COUNT_OF(rows),
    .token = &token_row,
    .gateway = &gateway_row,
    .operations = operations_rows,
    .operations_count = COUNT_OF(operations_rows),
};
static const struct settings settings = {.issuer = SLICE("https://id.example"), .cache_megabytes = 1};

static int setup(void **state)
{
    struct policy_case policy;
    struct loopback *loopback = loopback_create(&settings, &routes);
    policy_case_start(&policy);
    loopback_worker(loopback)->policy = policy_case_build(&policy);
    feed_age = 0;
    *state = loopback;
    return 0;
}

static int teardown(void **state)
{
    loopback_destroy(*state);
    return 0;
}

#define FORM       "content-type: application/x-www-form-urlencoded\r\n"
#define BODY(text) .body = SLICE(text)
#define ASK(request_method, request_target, ...)                                                                       \
    {                                                                                                                  \
        .method = (request_method), .target = (request_target), ##__VA_ARGS__                                          \
    }

/* `answer` is the body of a 200, else the code. */
struct route_case {
    const char *name;
    struct loopback_request request;
    int status;
    const char *answer;
};

static const struct route_case cases[] = {
    /* what is nowhere */
    {"root", ASK("GET", "/"), 404, "not_found"},
    {"unknown", ASK("GET", "/unknown"), 404, "not_found"},
    {"longer", ASK("GET", "/exactly"), 404, "not_found"},
    {"below", ASK("GET", "/exact/x"), 404, "not_found"},
    {"slash behind", ASK("GET", "/exact/"), 404, "not_found"},
    {"two slashes", ASK("GET", "//exact"), 404, "not_found"},
    {"dot", ASK("GET", "/./exact"), 404, "not_found"},
    {"dots", ASK("GET", "/alive/../exact"), 404, "not_found"},
    {"escaped letter", ASK("GET", "/%65xact"), 404, "not_found"},
    {"escaped slash", ASK("GET", "/keys%2fone"), 404, "not_found"},
    {"escaped NUL", ASK("GET", "/exact%00"), 404, "not_found"},
    {"path parameter", ASK("GET", "/exact;a"), 404, "not_found"},
    {"backslash", ASK("GET", "/keys\\one"), 404, "not_found"},
    {"upper case", ASK("GET", "/EXACT"), 404, "not_found"},
    {"name of a row", ASK("GET", "/{api}/token"), 404, "not_found"},
    {"operations from outside", ASK("GET", "/metrics"), 404, "not_found"},
    {"public at operations", ASK("GET", "/exact", .operations = true), 404, "not_found"},
    {"api at operations", ASK("GET", "/crm", .operations = true), 404, "not_found"},
    /* rows */
    {"exact", ASK("GET", "/exact"), 200, "exact - 0"},
    {"query", ASK("GET", "/exact?a=%2f"), 200, "exact - 0"},
    {"empty query", ASK("GET", "/exact?"), 200, "exact - 0"},
    {"below a prefix", ASK("GET", "/keys/two"), 200, "under_keys - 0"},
    {"far below a prefix", ASK("GET", "/keys/two/three"), 200, "under_keys - 0"},
    {"exact row first", ASK("GET", "/keys/one"), 200, "one_key - 0"},
    {"longest prefix", ASK("GET", "/keys/deep/one"), 200, "under_keys_deep - 0"},
    {"the prefix itself", ASK("GET", "/keys/"), 404, "not_found"},
    {"operations", ASK("GET", "/metrics", .operations = true), 200, "metrics - 0"},
    /* apis */
    {"token path", ASK("POST", "/api2/public/token", BODY("abc")), 200, "token erp 3"},
    {"token path of none", ASK("POST", "/crm/token"), 200, "gateway crm 0"},
    {"collection", ASK("GET", "/api2/public/customers"), 200, "gateway erp 0"},
    {"api itself", ASK("GET", "/crm"), 200, "gateway crm 0"},
    {"beside an api", ASK("GET", "/crmx"), 404, "not_found"},
    {"above an api", ASK("GET", "/api2"), 404, "not_found"},
    {"any method of a gateway", ASK("PATCH", "/crm/contacts"), 200, "gateway crm 0"},
    {"OPTIONS of a gateway", ASK("OPTIONS", "/crm/contacts"), 200, "gateway crm 0"},
    /* methods */
    {"other method", ASK("DELETE", "/exact"), 405, "method_not_allowed"},
    {"unknown method", ASK("BREW", "/exact"), 405, "method_not_allowed"},
    {"GET of a token path", ASK("GET", "/api2/public/token"), 405, "method_not_allowed"},
    {"HEAD without GET", ASK("HEAD", "/form"), 405, ""},
    /* bodies */
    {"body at its limit", ASK("PUT", "/exact", BODY("0123456789")), 200, "exact - 10"},
    {"body over its limit", ASK("PUT", "/exact", BODY("0123456789a")), 413, "content_too_large"},
    {"body where none belongs", ASK("GET", "/alive", BODY("0")), 413, "content_too_large"},
    {"empty body where none belongs", ASK("GET", "/alive", BODY("")), 200, "alive - 0"},
    {"form", ASK("POST", "/form", .headers = FORM, BODY("a=b")), 200, "form - 3"},
    {"form with a parameter",
     ASK("POST", "/form", .headers = "content-type: APPLICATION/x-www-form-urlencoded ; charset=x\r\n", BODY("a=b")),
     200, "form - 3"},
    {"form without a type", ASK("POST", "/form", BODY("a=b")), 400, "invalid_request"},
    {"form of another type", ASK("POST", "/form", .headers = "content-type: application/json\r\n", BODY("{}")), 400,
     "invalid_request"},
    {"longer type",
     ASK("POST", "/form", .headers = "content-type: application/x-www-form-urlencodedx\r\n", BODY("a=b")), 400,
     "invalid_request"},
    {"plain form of another type", ASK("POST", "/plain-form", BODY("a=b")), 400, "wrong_media_type"},
    /* the head again */
    {"two Authorizations", ASK("GET", "/exact", .headers = "authorization: a\r\nauthorization: b\r\n"), 400,
     "malformed_http"},
    {"fragment", ASK("GET", "/exact#a"), 400, "malformed_http"},
};

static bool is_answered_with(const struct exchange *exchange, const char *answer)
{
    h2o_iovec_t body = exchange_body(exchange);
    char code[100];
    if (exchange_status(exchange) == 200)
        return slice_equal(body, slice_of(answer));
    snprintf(code, sizeof(code), answer[0] == '\0' ? "" : "\"%s\"", answer);
    return answer[0] == '\0' ? body.len == 0 : memmem(body.base, body.len, code, strlen(code)) != NULL;
}

static void test_cases(void **state)
{
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct exchange *exchange = loopback_ask(*state, &cases[i].request);
        check(cases[i].name, exchange_status(exchange) == cases[i].status);
        check(cases[i].name, is_answered_with(exchange, cases[i].answer));
        check(cases[i].name,
              exchange_closes(exchange) == (cases[i].status == 413 || strcmp(cases[i].answer, "malformed_http") == 0));
        exchange_end(exchange);
    }
}

static void check_header(void **state, const struct loopback_request *request, const char *header, h2o_iovec_t value)
{
    struct exchange *exchange = loopback_ask(*state, request);
    check_slice(request->target, exchange_header(exchange, header), value);
    exchange_end(exchange);
}

static void test_allow(void **state)
{
    check_header(state, &(struct loopback_request)ASK("DELETE", "/exact"), "allow", SLICE("GET, HEAD, PUT, OPTIONS"));
    check_header(state, &(struct loopback_request)ASK("GET", "/form"), "allow", SLICE("POST, OPTIONS"));
    check_header(state, &(struct loopback_request)ASK("OPTIONS", "/exact"), "allow", SLICE("GET, HEAD, PUT, OPTIONS"));
    check_header(state, &(struct loopback_request)ASK("OPTIONS", "/api2/public/token"), "allow",
                 SLICE("POST, OPTIONS"));
    check_header(state, &(struct loopback_request)ASK("GET", "/exact"), "allow", SLICE_NONE);
}

static void test_allow_text(void **state)
{
    h2o_mem_pool_t pool;
    (void)state;
    h2o_mem_init_pool(&pool);
    check_slice("none", route_allow_text(&pool, 0), SLICE(""));
    check_slice("head", route_allow_text(&pool, METHOD_BIT(METHOD_HEAD)), SLICE("HEAD"));
    check_slice("other", route_allow_text(&pool, METHOD_BIT(METHOD_OTHER)), SLICE(""));
    check_slice("all", route_allow_text(&pool, (1u << METHOD__MAX) - 1),
                SLICE("GET, HEAD, POST, PUT, DELETE, OPTIONS"));
    h2o_mem_clear_pool(&pool);
}

static int status_of(void **state, const char *method, const char *target)
{
    struct exchange *exchange = loopback_ask(*state, &(struct loopback_request)ASK(method, target));
    int status = exchange_status(exchange);
    exchange_end(exchange);
    return status;
}

/* Without sight of revocations nothing that needs them is answered; what needs none goes on. */
static void check_blindness(void **state, bool is_blind)
{
    int status = is_blind ? 503 : 200;
    assert_int_equal(status_of(state, "GET", "/exact"), status);
    assert_int_equal(status_of(state, "GET", "/keys/one"), status);
    assert_int_equal(status_of(state, "POST", "/api2/public/token"), status);
    assert_int_equal(status_of(state, "PATCH", "/crm/contacts"), status);
    assert_int_equal(status_of(state, "GET", "/alive"), 200);
    assert_int_equal(status_of(state, "OPTIONS", "/exact"), 204);
    assert_int_equal(status_of(state, "DELETE", "/exact"), 405);
}

static void test_dead_feed(void **state)
{
    struct worker *worker = loopback_worker(*state);
    worker->feed = (struct feed *)&feed_age; /* never looked into */
    check_blindness(state, false);
    feed_age = LIMIT_FEED_DEAD_MS;
    check_blindness(state, false);
    feed_age = LIMIT_FEED_DEAD_MS + 1;
    check_blindness(state, true);
    check_header(state, &(struct loopback_request)ASK("GET", "/exact"), "retry-after", SLICE("1"));
    feed_age = 0;
    check_blindness(state, false);
}

static void test_no_policy(void **state)
{
    struct worker *worker = loopback_worker(*state);
    policy_release(worker->policy);
    worker->policy = NULL;
    check_blindness(state, true);
    assert_int_equal(status_of(state, "GET", "/unknown"), 503); /* it might be an api's */
    assert_int_equal(status_of(state, "GET", "/%65xact"), 404); /* that is no path of an api */
}

/* A body's end is trusted to be the end: what the connection has read behind it is thrown away with it. */
static void test_bytes_behind_the_body(void **state)
{
    struct exchange *exchange =
        loopback_ask(*state, &(struct loopback_request)ASK("PUT", "/exact", BODY("abc"), .behind = SLICE("GET /")));
    assert_int_equal(exchange_status(exchange), 200);
    assert_true(exchange_closes(exchange));
    exchange_end(exchange);
    exchange = loopback_ask(*state,
                            &(struct loopback_request)ASK("GET", "/exact", .behind = SLICE("GET /alive HTTP/1.1\r\n")));
    assert_int_equal(exchange_status(exchange), 200);
    assert_false(exchange_closes(exchange)); /* without a body there is nothing to misread: it is the next request */
    exchange_end(exchange);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cases, setup, teardown),
        cmocka_unit_test_setup_teardown(test_allow, setup, teardown),
        cmocka_unit_test(test_allow_text),
        cmocka_unit_test_setup_teardown(test_dead_feed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_policy, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bytes_behind_the_body, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
