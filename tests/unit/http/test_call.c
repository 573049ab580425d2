/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "loopback.h"

#include "http/reply.h"

static struct call *seen; /* the call that the handler was started with */
static int times_gone;
static bool answers_at_once;

static void gone(void *cookie)
{
    assert_ptr_equal(cookie, &times_gone);
    ++times_gone;
}

static void start(struct call *call)
{
    seen = call;
    call_on_gone(call, gone, &times_gone);
    if (answers_at_once)
        reply_json(call, 200, SLICE("{}"));
}

#define EVERY ((1u << METHOD__MAX) - 1)

static const struct route rows[] = {
    {SLICE("/problem"), EVERY, ROUTE_PROBLEM, ROUTE_MEDIA_ANY, ROUTE_WITHOUT_POLICY | ROUTE_EVERY_METHOD, 100, start},
    {SLICE("/oauth"), EVERY, ROUTE_OAUTH, ROUTE_MEDIA_ANY, ROUTE_WITHOUT_POLICY, 100, start},
};
static const struct routes routes = {.rows = rows, .count = COUNT_OF(rows)};
static struct settings settings = {.issuer = SLICE("https://id.example"), .cache_megabytes = 1};

static int setup(void **state)
{
    *state = loopback_create(&settings, &routes);
    times_gone = 0;
    answers_at_once = true;
    return 0;
}

static int teardown(void **state)
{
    loopback_destroy(*state);
    return 0;
}

static struct exchange *start_get(void **state, const char *target, const char *headers, const char *peer)
{
    return loopback_start(
        *state, &(struct loopback_request){.method = "GET", .target = target, .headers = headers, .peer = peer});
}

/* --- what a call knows ----------------------------------------------------------------------------------------------
 */

static void test_target(void **state)
{
    static const struct {
        const char *target;
        h2o_iovec_t query;
    } cases[] = {
        {"/problem", SLICE_NONE},
        {"/problem?", SLICE("")},
        {"/problem?a=b", SLICE("a=b")},
        {"/problem?a=%3f?b", SLICE("a=%3f?b")},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct exchange *exchange = start_get(state, cases[i].target, NULL, NULL);
        check_slice(cases[i].target, seen->path, SLICE("/problem"));
        check_slice(cases[i].target, seen->query, cases[i].query);
        check(cases[i].target, (seen->query.base == NULL) == (cases[i].query.base == NULL));
        exchange_end(exchange);
    }
}

static void test_method(void **state)
{
    static const struct {
        const char *name;
        enum method method;
    } cases[] = {
        {"BREW", METHOD_OTHER},    {"PATCH", METHOD_OTHER},     {"GETX", METHOD_OTHER}, {"GE", METHOD_OTHER},
        {"GET", METHOD_GET},       {"HEAD", METHOD_HEAD},       {"POST", METHOD_POST},  {"PUT", METHOD_PUT},
        {"DELETE", METHOD_DELETE}, {"OPTIONS", METHOD_OPTIONS},
    };
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct exchange *exchange =
            loopback_start(*state, &(struct loopback_request){.method = cases[i].name, .target = "/problem"});
        check(cases[i].name, seen->method == cases[i].method);
        exchange_end(exchange);
    }
}

static void test_header(void **state)
{
    bool twice = true;
    struct exchange *exchange = start_get(state, "/problem", "accept: a\r\nx-own: b\r\nx-own: c\r\nempty:\r\n", NULL);
    check_slice("known to the library", call_header(seen, SLICE("accept"), &twice), SLICE("a"));
    assert_false(twice);
    check_slice("the first of two", call_header(seen, SLICE("x-own"), &twice), SLICE("b"));
    assert_true(twice);
    h2o_iovec_t empty = call_header(seen, SLICE("empty"), NULL);
    assert_true(empty.base != NULL && empty.len == 0);
    assert_null(call_header(seen, SLICE("absent"), &twice).base);
    assert_false(twice);
    exchange_end(exchange);
}

static const struct {
    const char *name, *trusted, *peer, *headers, *address;
} addresses[] = {
    {"nobody is trusted", "", "192.0.2.9", "x-forwarded-for: 198.51.100.1\r\n", "192.0.2.9"},
    {"peer is not trusted", "10.0.0.0/8", "192.0.2.9", "x-forwarded-for: 198.51.100.1\r\n", "192.0.2.9"},
    {"nothing forwarded", "10.0.0.0/8", "10.0.0.1", NULL, "10.0.0.1"},
    {"forwarded", "10.0.0.0/8", "10.0.0.1", "x-forwarded-for: 198.51.100.1\r\n", "198.51.100.1"},
    {"forged in front", "10.0.0.0/8", "10.0.0.1", "x-forwarded-for: 127.0.0.1, 198.51.100.1\r\n", "198.51.100.1"},
    {"over two proxies", "10.0.0.0/8", "10.0.0.1", "x-forwarded-for: 198.51.100.1, 10.0.0.2\r\n", "198.51.100.1"},
    {"several lines", "10.0.0.0/8", "10.0.0.1",
     "x-forwarded-for: 127.0.0.1\r\nx-forwarded-for: 198.51.100.1\r\nx-forwarded-for: 10.0.0.2,10.0.0.3\r\n",
     "198.51.100.1"},
    {"IPv6", "2001:db8::/32", "2001:db8::1", "x-forwarded-for: 2001:0DB9::0001\r\n", "2001:db9::1"},
};

static void test_address(void **state)
{
    for (size_t i = 0; i < COUNT_OF(addresses); ++i) {
        char text[LIMIT_ADDRESS_BYTES_MAX];
        assert_true(cidr_list_parse(slice_of(addresses[i].trusted), &settings.trusted_proxies));
        struct exchange *exchange = start_get(state, "/problem", addresses[i].headers, addresses[i].peer);
        size_t len = address_text(&seen->address, text);
        check_slice(addresses[i].name, (h2o_iovec_t){text, len}, slice_of(addresses[i].address));
        exchange_end(exchange);
        cidr_list_free(&settings.trusted_proxies);
    }
}

/* --- how a call ends ------------------------------------------------------------------------------------------------
 */

static void test_gone_after_the_answer(void **state)
{
    struct exchange *exchange = start_get(state, "/problem", NULL, NULL);
    assert_true(exchange_is_answered(exchange));
    assert_int_equal(times_gone, 0);
    exchange_end(exchange);
    assert_int_equal(times_gone, 1);
}

static void test_gone_without_an_answer(void **state)
{
    answers_at_once = false;
    struct exchange *exchange = start_get(state, "/problem", NULL, NULL);
    exchange_end(exchange);
    assert_int_equal(times_gone, 1);
    assert_int_equal(loopback_worker(*state)->counters.answers[0], 1);
}

static void not_called(void *cookie)
{
    (void)cookie;
    fail_msg("a hook that was replaced has run");
}

static void test_last_hook_counts(void **state)
{
    answers_at_once = false;
    struct exchange *exchange = start_get(state, "/problem", NULL, NULL);
    call_on_gone(seen, not_called, NULL);
    call_on_gone(seen, gone, &times_gone);
    exchange_end(exchange);
    assert_int_equal(times_gone, 1);
}

static void test_deadline(void **state)
{
    struct worker *worker = loopback_worker(*state);
    worker->answer_deadline.timeout = 20; /* milliseconds; LIMIT_ANSWER_MS is for real clients */
    answers_at_once = false;
    struct exchange *exchange = start_get(state, "/problem", NULL, NULL);
    assert_false(exchange_is_answered(exchange));
    assert_true(exchange_wait(exchange));
    assert_int_equal(times_gone, 1); /* what was under way is cancelled before the answer */
    assert_int_equal(exchange_status(exchange), 503);
    check_slice("retry", exchange_header(exchange, "retry-after"), SLICE("1"));
    assert_int_equal(worker->counters.answers_late, 1);
    exchange_end(exchange);
    assert_int_equal(times_gone, 1);
}

/* Who is told that nothing was done asks again, and a write that was done after all would be done twice. */
static void test_deadline_of_a_write_tells_that_it_may_have_been_done(void **state)
{
    static const struct {
        const char *method, *target, *code;
    } cases[] = {
        {"GET", "/problem", "overloaded"},      {"POST", "/problem", "outcome_unknown"},
        {"PUT", "/problem", "outcome_unknown"}, {"DELETE", "/problem", "outcome_unknown"},
        {"POST", "/oauth", "overloaded"},
    };
    loopback_worker(*state)->answer_deadline.timeout = 20;
    answers_at_once = false;
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        struct loopback_request request = {.method = cases[i].method, .target = cases[i].target};
        struct exchange *exchange = loopback_ask(*state, &request);
        h2o_iovec_t body = exchange_body(exchange);
        check(cases[i].method, memmem(body.base, body.len, cases[i].code, strlen(cases[i].code)) != NULL);
        check(cases[i].target, exchange_status(exchange) == 503);
        exchange_end(exchange);
    }
}

static void test_no_deadline_after_the_answer(void **state)
{
    struct worker *worker = loopback_worker(*state);
    worker->answer_deadline.timeout = 1;
    struct exchange *exchange = start_get(state, "/problem", NULL, NULL);
    for (int i = 0; i < 3; ++i)
        worker_turn(worker); /* each waits longer than that */
    assert_int_equal(exchange_status(exchange), 200);
    assert_int_equal(worker->counters.answers_late, 0);
    exchange_end(exchange);
}

/* --- secrets --------------------------------------------------------------------------------------------------------
 */

static bool input_has(const struct exchange *exchange, const char *mark)
{
    h2o_iovec_t input = exchange_input(exchange);
    return memmem(input.base, input.len, mark, strlen(mark)) != NULL;
}

static void test_secrets_are_wiped(void **state)
{
    struct loopback_request request = {.method = "POST",
                                       .target = "/oauth",
                                       .headers = "authorization: Basic mark1\r\n",
                                       .body = SLICE("client_secret=mark2")};
    struct exchange *exchange = loopback_start(*state, &request);
    assert_true(input_has(exchange, "mark1") && input_has(exchange, "mark2"));
    exchange_dispose(exchange);
    assert_false(input_has(exchange, "mark1"));
    assert_false(input_has(exchange, "mark2"));
    exchange_free(exchange);
    request.target = "/problem";
    request.body = SLICE("a record of a megabyte is not wiped");
    exchange = loopback_start(*state, &request);
    exchange_dispose(exchange);
    assert_false(input_has(exchange, "mark1"));
    assert_true(input_has(exchange, "megabyte"));
    exchange_free(exchange);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_target),
        TEST(test_method),
        TEST(test_header),
        TEST(test_address),
        TEST(test_gone_after_the_answer),
        TEST(test_gone_without_an_answer),
        TEST(test_last_hook_counts),
        TEST(test_deadline),
        TEST(test_deadline_of_a_write_tells_that_it_may_have_been_done),
        TEST(test_no_deadline_after_the_answer),
        TEST(test_secrets_are_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
