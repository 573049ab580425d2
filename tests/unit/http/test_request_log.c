/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "loopback.h"

#include "base/clock.h"
#include "http/reply.h"

#include <jansson.h>

#define NOW_US INT64_C(1795298529000123) /* 2026-11-21T22:02:09.000123Z */

/* What the handler tells of itself before it answers. */
static struct {
    h2o_iovec_t client, detail, route;
    int64_t account, lasts_us;
} told;

static void start(struct call *call)
{
    call->log_client = told.client;
    call->log_detail = told.detail;
    call->log_account = told.account;
    if (told.route.base != NULL)
        call->log_route = told.route;
    clock_set_for_test(NOW_US + told.lasts_us, 0);
    reply_json(call, 200, SLICE("{}"));
}

static const struct route rows[] = {
    {SLICE("/row"), METHOD_BIT(METHOD_GET), ROUTE_PROBLEM, ROUTE_MEDIA_NONE, ROUTE_WITHOUT_POLICY, 0, start},
};
static const struct routes routes = {.rows = rows, .count = COUNT_OF(rows)};
static const struct settings settings = {.issuer = SLICE("https://id.example"), .cache_megabytes = 1};

struct logged {
    struct loopback *loopback;
    int fds[2];
    char line[8192];
    char id[REQUEST_ID_BYTES];
};

static int setup(void **state)
{
    static struct logged logged;
    memset(&logged, 0, sizeof(logged));
    memset(&told, 0, sizeof(told));
    logged.loopback = loopback_create(&settings, &routes);
    assert_int_equal(pipe(logged.fds), 0);
    log_start(logged.fds[1], LOG_LEVEL_INFO);
    log_stop(); /* lines go straight into the pipe */
    clock_set_for_test(NOW_US, 0);
    *state = &logged;
    return 0;
}

static int teardown(void **state)
{
    struct logged *logged = *state;
    clock_set_for_test(0, 0);
    loopback_destroy(logged->loopback);
    close(logged->fds[0]);
    close(logged->fds[1]);
    return 0;
}

static void ask(struct logged *logged, const char *method, const char *target)
{
    struct exchange *exchange =
        loopback_ask(logged->loopback, &(struct loopback_request){.method = method, .target = target});
    h2o_iovec_t id = exchange_header(exchange, "x-request-id");
    memcpy(logged->id, id.base, id.len);
    exchange_end(exchange);
    ssize_t len = read(logged->fds[0], logged->line, sizeof(logged->line) - 1);
    assert_true(len > 0);
    logged->line[len] = '\0';
}

static void check_line(const struct logged *logged, const char *format)
{
    char wanted[1000];
    snprintf(
        wanted, sizeof(wanted),
        "{\"ts\":\"2026-11-21T22:02:09.000123Z\",\"level\":\"info\",\"event\":\"request\",\"request_id\":\"%s\"%s}\n",
        logged->id, format);
    assert_string_equal(logged->line, wanted);
}

static void test_least(void **state)
{
    ask(*state, "GET", "/row");
    check_line(*state,
               ",\"method\":\"GET\",\"route\":\"/row\",\"status\":200,\"dur_ms\":0.000,\"address\":\"127.0.0.1\"");
}

static void test_most(void **state)
{
    told.client = SLICE("hmk_0000000000000000000000000000");
    told.detail = SLICE("expired");
    told.account = 42;
    told.lasts_us = 12345;
    told.route = SLICE("customers");
    ask(*state, "GET", "/row?secret=mark");
    check_line(*state, ",\"method\":\"GET\",\"route\":\"customers\",\"status\":200,\"dur_ms\":12.345,\"client\":\"hmk_"
                       "0000000000000000000000000000\","
                       "\"account\":\"acc_0000000g\",\"detail\":\"expired\",\"address\":\"127.0.0.1\"");
}

static void test_refusals(void **state)
{
    ask(*state, "GET", "/nowhere/mark");
    check_line(
        *state,
        ",\"method\":\"GET\",\"status\":503,\"dur_ms\":0.000,\"code\":\"policy_stale\",\"address\":\"127.0.0.1\"");
    ask(*state, "BREW", "/row");
    check_line(
        *state,
        ",\"method\":\"other\",\"route\":\"/row\",\"status\":405,\"dur_ms\":0.000,\"code\":\"method_not_allowed\","
        "\"address\":\"127.0.0.1\"");
    ask(*state, "GET", "/row#mark");
    check_line(
        *state,
        ",\"method\":\"GET\",\"status\":400,\"dur_ms\":0.000,\"code\":\"malformed_http\",\"address\":\"127.0.0.1\"");
}

/* A clock that is set back makes no negative duration. */
static void test_clock_set_back(void **state)
{
    told.lasts_us = -5000000;
    ask(*state, "GET", "/row");
    check_line(*state,
               ",\"method\":\"GET\",\"route\":\"/row\",\"status\":200,\"dur_ms\":0.000,\"address\":\"127.0.0.1\"");
}

/* Whatever comes in a text, the line stays one line of JSON, and bounded. */
static void test_hostile_texts(void **state)
{
    struct logged *logged = *state;
    static char zeros[10000], quotes[10000], letters[10000], bytes[256];
    memset(quotes, '"', sizeof(quotes));
    memset(letters, 'a', sizeof(letters));
    for (size_t i = 0; i < sizeof(bytes); ++i)
        bytes[i] = (char)i;
    const h2o_iovec_t texts[] = {{zeros, sizeof(zeros)},
                                 {quotes, sizeof(quotes)},
                                 {letters, sizeof(letters)},
                                 {bytes, sizeof(bytes)},
                                 SLICE("\n\"}\n{\"a\":\"b"),
                                 {letters, 66},
                                 {zeros, 66},
                                 {zeros, 67},
                                 SLICE("")};
    for (size_t i = 0; i < COUNT_OF(texts); ++i) {
        told.client = told.detail = told.route = texts[i];
        told.account = INT64_MAX >> 17;
        ask(logged, "GET", "/row");
        assert_ptr_equal(strchr(logged->line, '\n'), logged->line + strlen(logged->line) - 1);
        json_t *line = json_loads(logged->line, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
        assert_non_null(line);
        assert_string_equal(json_string_value(json_object_get(line, "address")), "127.0.0.1");
        assert_int_equal(json_integer_value(json_object_get(line, "status")), 200);
        json_decref(line);
    }
}

static void test_counters(void **state)
{
    struct logged *logged = *state;
    struct worker_counters *counters = &loopback_worker(logged->loopback)->counters;
    static const int64_t durations[] = {0, 100, 101, 1000, 5000000, 5000001, 3600000000};
    static const size_t buckets[] = {0, 0, 1, 3, 14, 15, 15};
    uint64_t sum = 0;
    for (size_t i = 0; i < COUNT_OF(durations); ++i) {
        uint64_t before = counters->duration_buckets[buckets[i]];
        told.lasts_us = durations[i];
        clock_set_for_test(NOW_US, 0);
        ask(logged, "GET", "/row");
        assert_int_equal(counters->duration_buckets[buckets[i]], before + 1);
        sum += (uint64_t)durations[i];
    }
    ask(logged, "BREW", "/row");
    assert_int_equal(counters->duration_sum_us, sum);
    assert_int_equal(counters->requests, COUNT_OF(durations) + 1);
    assert_int_equal(counters->answers[2], COUNT_OF(durations));
    assert_int_equal(counters->answers[4], 1);
    assert_int_equal(counters->malformed_http, 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_least),          TEST(test_most),          TEST(test_refusals),
        TEST(test_clock_set_back), TEST(test_hostile_texts), TEST(test_counters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
