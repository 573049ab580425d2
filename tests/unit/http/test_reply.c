/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "loopback.h"

#include "http/reply.h"

/* What the next request is answered with. */
static void (*answer)(struct call *call);

static void start(struct call *call)
{
    answer(call);
}

static void json(struct call *call)
{
    reply_json(call, 201, SLICE("{\"a\":1}"));
}

static void text(struct call *call)
{
    reply_text(call, 200, SLICE("text/plain"), SLICE("a 1\n"));
}

static void nothing(struct call *call)
{
    reply_empty(call, 204);
}

static void nothing_of_200(struct call *call)
{
    reply_empty(call, 200);
}

static void document(struct call *call)
{
    reply_document(call, SLICE("application/json"), SLICE("{\"b\":2}"), 60);
}

static void options(struct call *call)
{
    reply_options(call, METHOD_BIT(METHOD_PUT));
}

static void with_header(struct call *call)
{
    char value[] = "</a?b>; rel=\"next\"";
    reply_header(call, SLICE("link"), (h2o_iovec_t){value, sizeof(value) - 1});
    memset(value, 'x', sizeof(value)); /* it was copied */
    reply_json(call, 200, SLICE("[]"));
}

static void refusal(struct call *call)
{
    reply_error(call, ERR_NOT_FOUND, SLICE("No."));
}

#define EVERY ((1u << METHOD__MAX) - 1)
#define CORS  ROUTE_WITHOUT_POLICY | ROUTE_CORS | ROUTE_EVERY_METHOD

static const struct route rows[] = {
    {SLICE("/plain"), EVERY, ROUTE_PROBLEM, ROUTE_MEDIA_ANY, ROUTE_WITHOUT_POLICY | ROUTE_EVERY_METHOD, 100, start},
    {SLICE("/cors"), EVERY, ROUTE_PROBLEM, ROUTE_MEDIA_ANY, CORS, 100, start},
    {SLICE("/oauth"), EVERY, ROUTE_OAUTH, ROUTE_MEDIA_ANY, CORS, 100, start},
};
static const struct routes routes = {
    .rows = rows, .count = COUNT_OF(rows), .operations = rows, .operations_count = COUNT_OF(rows)};
static const struct settings settings = {.issuer = SLICE("https://id.example"), .cache_megabytes = 1};
static const struct settings behind_proxy = {
    .issuer = SLICE("https://id.example"), .cache_megabytes = 1, .behind_proxy = true};

static int setup(void **state)
{
    *state = loopback_create(&settings, &routes);
    return 0;
}

static int setup_behind_proxy(void **state)
{
    *state = loopback_create(&behind_proxy, &routes);
    return 0;
}

static int teardown(void **state)
{
    loopback_destroy(*state);
    return 0;
}

#define ASK(request_method, request_target, ...)                                                                       \
    {                                                                                                                  \
        .method = (request_method), .target = (request_target), ##__VA_ARGS__                                          \
    }
#define ORIGIN       .headers = "origin: https://app.example\r\n"
#define KNOWN(value) .headers = "if-none-match: " value "\r\n"
#define ETAG         "\"CrGm05TNMBlfBkK2euEYDA\""
#define EXPOSED                                                                                                        \
    "WWW-Authenticate, DPoP-Nonce, Retry-After, RateLimit, RateLimit-Policy, ETag, Link, Location, Hallmark-Receipt, " \
    "Idempotency-Replayed"
#define ABSENT SLICE_NONE

static const struct {
    const char *name;
    struct loopback_request request;
    void (*answer)(struct call *call);
    int status;
    h2o_iovec_t body;
    const char *header;
    h2o_iovec_t value;
} cases[] = {
    {"json", ASK("GET", "/plain"), json, 201, SLICE("{\"a\":1}"), "content-type", SLICE("application/json")},
    {"json is not stored", ASK("GET", "/plain"), json, 201, SLICE("{\"a\":1}"), "cache-control", SLICE("no-store")},
    {"no pragma here", ASK("GET", "/plain"), json, 201, SLICE("{\"a\":1}"), "pragma", ABSENT},
    {"OAuth has pragma", ASK("GET", "/oauth"), json, 201, SLICE("{\"a\":1}"), "pragma", SLICE("no-cache")},
    {"HEAD", ASK("HEAD", "/plain"), json, 201, SLICE(""), "content-type", SLICE("application/json")},
    {"text", ASK("GET", "/plain"), text, 200, SLICE("a 1\n"), "content-type", SLICE("text/plain")},
    {"text is not stored", ASK("GET", "/plain"), text, 200, SLICE("a 1\n"), "cache-control", SLICE("no-store")},
    {"nothing", ASK("PUT", "/plain"), nothing, 204, SLICE(""), "content-type", ABSENT},
    {"nothing is not stored", ASK("PUT", "/plain"), nothing, 204, SLICE(""), "cache-control", SLICE("no-store")},
    {"nothing of 200", ASK("POST", "/oauth"), nothing_of_200, 200, SLICE(""), "pragma", SLICE("no-cache")},
    {"header", ASK("GET", "/plain"), with_header, 200, SLICE("[]"), "link", SLICE("</a?b>; rel=\"next\"")},
    {"document", ASK("GET", "/plain"), document, 200, SLICE("{\"b\":2}"), "cache-control", SLICE("public, max-age=60")},
    {"tag of a document", ASK("GET", "/plain"), document, 200, SLICE("{\"b\":2}"), "etag", SLICE(ETAG)},
    {"document that is known", ASK("GET", "/plain", KNOWN(ETAG)), document, 304, SLICE(""), "etag", SLICE(ETAG)},
    {"known weakly", ASK("GET", "/plain", KNOWN("W/" ETAG)), document, 304, SLICE(""), "cache-control",
     SLICE("public, max-age=60")},
    {"known among others", ASK("GET", "/plain", KNOWN("\"x\" ,W/\"y\", " ETAG)), document, 304, SLICE(""),
     "content-type", ABSENT},
    {"any is known", ASK("HEAD", "/plain", KNOWN("*")), document, 304, SLICE(""), "etag", SLICE(ETAG)},
    {"another is known", ASK("GET", "/plain", KNOWN("\"x\"")), document, 200, SLICE("{\"b\":2}"), "etag", SLICE(ETAG)},
    {"tag without quotes", ASK("GET", "/plain", KNOWN("CrGm05TNMBlfBkK2euEYDA")), document, 200, SLICE("{\"b\":2}"),
     "etag", SLICE(ETAG)},
    {"nosniff", ASK("GET", "/plain"), json, 201, SLICE("{\"a\":1}"), "x-content-type-options", SLICE("nosniff")},
    {"no referrer", ASK("GET", "/plain"), nothing, 204, SLICE(""), "referrer-policy", SLICE("no-referrer")},
    {"plain HTTP", ASK("GET", "/plain"), json, 201, SLICE("{\"a\":1}"), "strict-transport-security", ABSENT},
    {"TLS", ASK("GET", "/plain", .tls = true), json, 201, SLICE("{\"a\":1}"), "strict-transport-security",
     SLICE("max-age=31536000; includeSubDomains")},
    {"no server", ASK("GET", "/plain"), json, 201, SLICE("{\"a\":1}"), "server", ABSENT},
    /* other origins */
    {"origin without CORS", ASK("GET", "/plain", ORIGIN), json, 201, SLICE("{\"a\":1}"), "access-control-allow-origin",
     ABSENT},
    {"CORS without origin", ASK("GET", "/cors"), json, 201, SLICE("{\"a\":1}"), "access-control-allow-origin", ABSENT},
    {"CORS", ASK("GET", "/cors", ORIGIN), json, 201, SLICE("{\"a\":1}"), "access-control-allow-origin", SLICE("*")},
    {"no credentials with CORS", ASK("GET", "/cors", ORIGIN), json, 201, SLICE("{\"a\":1}"),
     "access-control-allow-credentials", ABSENT},
    {"what CORS exposes", ASK("GET", "/cors", ORIGIN), nothing, 204, SLICE(""), "access-control-expose-headers",
     SLICE(EXPOSED)},
    {"options", ASK("OPTIONS", "/cors", ORIGIN), options, 204, SLICE(""), "allow", SLICE("PUT, OPTIONS")},
    {"methods of CORS", ASK("OPTIONS", "/cors", ORIGIN), options, 204, SLICE(""), "access-control-allow-methods",
     SLICE("PUT, OPTIONS")},
    {"headers of CORS", ASK("OPTIONS", "/cors", ORIGIN), options, 204, SLICE(""), "access-control-allow-headers",
     SLICE("Authorization, Content-Type, MCP-Protocol-Version, DPoP, Idempotency-Key, If-Match, If-None-Match")},
    {"options without CORS", ASK("OPTIONS", "/plain", ORIGIN), options, 204, SLICE(""), "access-control-allow-methods",
     ABSENT},
    {"options without origin", ASK("OPTIONS", "/cors"), options, 204, SLICE(""), "access-control-allow-methods",
     ABSENT},
};

static void test_cases(void **state)
{
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        answer = cases[i].answer;
        struct exchange *exchange = loopback_ask(*state, &cases[i].request);
        check(cases[i].name, exchange_status(exchange) == cases[i].status);
        check_slice(cases[i].name, exchange_body(exchange), cases[i].body);
        check_slice(cases[i].name, exchange_header(exchange, cases[i].header), cases[i].value);
        check(cases[i].name, !exchange_closes(exchange));
        exchange_end(exchange);
    }
}

static void check_refusal(void **state, struct loopback_request request, const char *header, h2o_iovec_t value)
{
    answer = refusal;
    struct exchange *exchange = loopback_ask(*state, &request);
    assert_int_equal(exchange_status(exchange), 404);
    check_slice(request.target, exchange_header(exchange, header), value);
    exchange_end(exchange);
}

/* Pages of other origins have to see why they were refused, and the id that finds it in the log. */
static void test_refusals_have_all_that_too(void **state)
{
    check_refusal(state, (struct loopback_request)ASK("GET", "/cors", ORIGIN), "access-control-allow-origin",
                  SLICE("*"));
    check_refusal(state, (struct loopback_request)ASK("GET", "/plain", .tls = true), "strict-transport-security",
                  SLICE("max-age=31536000; includeSubDomains"));
    check_refusal(state, (struct loopback_request)ASK("GET", "/plain"), "x-content-type-options", SLICE("nosniff"));
    check_refusal(state, (struct loopback_request)ASK("GET", "/plain"), "cache-control", SLICE("no-store"));
    struct exchange *exchange = loopback_ask(*state, &(struct loopback_request)ASK("GET", "/plain"));
    h2o_iovec_t id = exchange_header(exchange, "x-request-id"), body = exchange_body(exchange);
    assert_int_equal(id.len, REQUEST_ID_BYTES - 1);
    assert_non_null(memmem(body.base, body.len, id.base, id.len));
    exchange_end(exchange);
}

static void test_behind_proxy(void **state)
{
    h2o_iovec_t strict = SLICE("max-age=31536000; includeSubDomains");
    check_refusal(state, (struct loopback_request)ASK("GET", "/plain"), "strict-transport-security", strict);
    check_refusal(state, (struct loopback_request)ASK("GET", "/plain", .operations = true), "strict-transport-security",
                  ABSENT);
}

/* --- what no handler may do
 * --------------------------------------------------------------------------------------------- */

static void split_header(struct call *call)
{
    reply_header(call, SLICE("link"), SLICE("a\r\nset-cookie: b"));
}

static void unknown_status(struct call *call)
{
    reply_json(call, 299, SLICE("{}"));
}

static void twice(struct call *call)
{
    json(call);
    json(call);
}

static void ask_for_abort(void)
{
    struct loopback *loopback = loopback_create(&settings, &routes);
    (void)loopback_ask(loopback, &(struct loopback_request)ASK("GET", "/plain"));
}

static void test_misuse_aborts(void **state)
{
    (void)state;
    answer = split_header;
    assert_true(aborts(ask_for_abort));
    answer = unknown_status;
    assert_true(aborts(ask_for_abort));
    answer = twice;
    assert_true(aborts(ask_for_abort));
    answer = json;
    assert_false(aborts(ask_for_abort));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cases, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals_have_all_that_too, setup, teardown),
        cmocka_unit_test_setup_teardown(test_behind_proxy, setup_behind_proxy, teardown),
        cmocka_unit_test(test_misuse_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
