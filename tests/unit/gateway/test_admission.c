/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of requests at the gateway: what the answers say, and when a request is counted. */
#include "base/clock.h"
#include "gateway_case.h"

#define RECORD "/api2/public/customers/42"
#define NOW_US INT64_C(1800000010000000) /* ten seconds into a minute */

static void answer_record(struct gateway_case *c)
{
    fake_db_expect(c->db, STATEMENT_RECORD_FIND, NULL);
}

static struct exchange *get(struct gateway_case *c, h2o_iovec_t token, int status, const char *code)
{
    struct loopback_request request = {
        .method = "GET", .target = RECORD, .headers = gateway_case_headers(c, token, "")};
    return gateway_case_ask(c, &request, status, code);
}

/* There is no such record: the request has come through to the database, and that is what matters here. */
static struct exchange *passes(struct gateway_case *c, h2o_iovec_t token)
{
    answer_record(c);
    return get(c, token, 404, "record_not_found");
}

static void check_fields(struct exchange *exchange, const char *policy, const char *limit)
{
    check_slice("policy", exchange_header(exchange, "ratelimit-policy"), slice_of(policy));
    check_slice("limit", exchange_header(exchange, "ratelimit"), slice_of(limit));
    exchange_end(exchange);
}

static void without_a_limit_nothing_is_said(void **state)
{
    struct gateway_case *c = *state;
    h2o_iovec_t token = gateway_case_token(c, NULL);
    gateway_case_client(c, NULL);
    struct exchange *exchange = passes(c, token);
    assert_null(exchange_header(exchange, "ratelimit").base);
    assert_null(exchange_header(exchange, "ratelimit-policy").base);
    exchange_end(exchange);
    assert_int_equal(rate_cells(c->worker->rates), 0);
}

static void answers_tell_the_limit_and_what_is_left(void **state)
{
    struct gateway_case *c = *state;
    clock_set_for_test(NOW_US, 0);
    h2o_iovec_t token = gateway_case_token(c, NULL);
    gateway_case_client(c, &(struct case_client){.requests = "2"});
    check_fields(passes(c, token), "\"key\";q=2;w=60", "\"key\";r=1;t=50");
    check_fields(passes(c, token), "\"key\";q=2;w=60", "\"key\";r=0;t=50");

    struct exchange *refused = get(c, token, 429, "rate_limited");
    check_slice("retry", exchange_header(refused, "retry-after"), SLICE("50"));
    assert_null(exchange_header(refused, "www-authenticate").base);
    assert_non_null(strstr(exchange_body(refused).base, "\"violated-policies\":[\"key\"]"));
    check_fields(refused, "\"key\";q=2;w=60", "\"key\";r=0;t=50");
    assert_int_equal(c->worker->counters.rate_limited_key, 1);

    clock_set_for_test(NOW_US + 50 * INT64_C(1000000), 0); /* as long as it said */
    check_fields(passes(c, token), "\"key\";q=2;w=60", "\"key\";r=1;t=60");
}

static void both_limits_are_told_and_the_narrower_one_refuses(void **state)
{
    struct gateway_case *c = *state;
    clock_set_for_test(NOW_US, 0);
    h2o_iovec_t token = gateway_case_token(c, NULL);
    gateway_case_client(c, &(struct case_client){.requests = "5", .application_requests = "1"});
    check_fields(passes(c, token), "\"key\";q=5;w=60, \"application\";q=1;w=60",
                 "\"key\";r=4;t=50, \"application\";r=0;t=50");
    check_fields(get(c, token, 429, "rate_limited"), "\"key\";q=5;w=60, \"application\";q=1;w=60",
                 "\"key\";r=4;t=50, \"application\";r=0;t=50");
    assert_int_equal(c->worker->counters.rate_limited_application, 1);
    assert_int_equal(c->worker->counters.rate_limited_key, 0);
}

/* A request whose token is not valid is nobody's; one that is refused later on is counted. */
static void what_is_counted(void **state)
{
    struct gateway_case *c = *state;
    clock_set_for_test(NOW_US, 0);
    h2o_iovec_t good = gateway_case_token(c, NULL), old = gateway_case_token(c, &(struct case_token){.generation = 4}),
                narrow = gateway_case_token(c, &(struct case_token){.scope = "notes:read"});
    gateway_case_client(c, &(struct case_client){.requests = "3"});
    exchange_end(get(c, old, 401, "invalid_token"));
    exchange_end(get(c, old, 401, "invalid_token"));
    check_fields(passes(c, good), "\"key\";q=3;w=60", "\"key\";r=2;t=50");
    check_fields(get(c, narrow, 403, "insufficient_scope"), "\"key\";q=3;w=60", "\"key\";r=1;t=50");
    check_fields(passes(c, good), "\"key\";q=3;w=60", "\"key\";r=0;t=50");
    exchange_end(get(c, narrow, 429, "rate_limited")); /* before the right is looked at */
    exchange_end(get(c, old, 401, "invalid_token"));   /* and behind the token */
}

/* The limit that the database names goes before the server's own, and a change of it holds at the next request. */
static void a_change_holds_at_once(void **state)
{
    struct gateway_case *c = *state;
    clock_set_for_test(NOW_US, 0);
    h2o_iovec_t token = gateway_case_token(c, NULL);
    gateway_case_client(c, &(struct case_client){.requests = "1"});
    exchange_end(passes(c, token));
    exchange_end(get(c, token, 429, "rate_limited"));
    gateway_case_client(c, &(struct case_client){.requests = "2"});
    check_fields(passes(c, token), "\"key\";q=2;w=60", "\"key\";r=0;t=50");
    exchange_end(get(c, token, 429, "rate_limited"));
    gateway_case_client(c, &(struct case_client){.requests = "0"});
    exchange_end(passes(c, token));
}

/* It is refused before it is counted: a stranger uses nobody's limit up. */
static void a_token_from_elsewhere_is_refused_and_not_counted(void **state)
{
    struct gateway_case *c = *state;
    const char *headers = gateway_case_headers(c, gateway_case_token(c, NULL), "");
    const struct loopback_request record = {.method = "GET", .target = "/api2/public/customers", .headers = headers};
    gateway_case_client(c, &(struct case_client){.addresses = "192.0.2.0/24", .requests = "1"});
    for (int i = 0; i < 3; ++i) {
        struct exchange *exchange = gateway_case_ask(c, &record, 403, "address_not_allowed");
        h2o_iovec_t body = exchange_body(exchange);
        assert_non_null(memmem(body.base, body.len, "\"layer\":\"address\"", 17));
        assert_non_null(memmem(body.base, body.len, "127.0.0.1", 9));
        assert_null(exchange_header(exchange, "ratelimit").base);
        exchange_end(exchange);
    }
    gateway_case_expect(c, &(struct loopback_request){.method = "GET", .target = "/whoami", .headers = headers}, 403,
                        "address_not_allowed");
    gateway_case_expect(c, &(struct loopback_request){.method = "GET", .target = "/api2/public/nothing"}, 404,
                        "not_found");
    const struct loopback_request from_there = {
        .method = "GET", .target = "/whoami", .headers = headers, .peer = "192.0.2.200"};
    gateway_case_expect(c, &from_there, 200, NULL);
    gateway_case_expect(c, &from_there, 429, "rate_limited");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_gateway(without_a_limit_nothing_is_said),
        test_with_gateway(answers_tell_the_limit_and_what_is_left),
        test_with_gateway(both_limits_are_told_and_the_narrower_one_refuses),
        test_with_gateway(what_is_counted),
        test_with_gateway(a_change_holds_at_once),
        test_with_gateway(a_token_from_elsewhere_is_refused_and_not_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
