/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/record.h"

#include "gateway_case.h"

#define RECORD   "/api2/public/customers/12"
#define DOCUMENT "{\"Id\": 12, \"Name\": \"x\", \"Price\": 12.30}"

static const char *headers_of(struct gateway_case *c, const char *more)
{
    gateway_case_client(c, NULL);
    return gateway_case_headers(c, gateway_case_token(c, &(struct case_token){.scope = "customers:read"}), more);
}

static void expect_find(struct gateway_case *c, bool found)
{
    fake_db_expect(c->db, STATEMENT_RECORD_FIND, FAKE_TEXTS("7", "1", "12"));
    if (found)
        fake_db_row(c->db, FAKE_TEXTS("3", DOCUMENT));
}

static void a_record_that_is_not_there_is_404(void **state)
{
    static const char *const methods[] = {"GET", "HEAD"};
    struct gateway_case *c = *state;
    const char *headers = headers_of(c, "");
    for (size_t i = 0; i < COUNT_OF(methods); ++i) {
        expect_find(c, false);
        gateway_case_expect(c, &(struct loopback_request){.method = methods[i], .target = RECORD, .headers = headers},
                            404, "record_not_found");
    }
}

static const struct {
    enum db_outcome outcome;
    int status;
    const char *code;
} failures[] = {{DB_BUSY, 503, "overloaded"}, {DB_LOST, 503, "overloaded"}, {DB_REFUSED, 500, "server_error"}};

static void a_database_that_fails_is_ours(void **state)
{
    struct gateway_case *c = *state;
    const char *headers = headers_of(c, "");
    for (size_t i = 0; i < COUNT_OF(failures); ++i) {
        expect_find(c, false);
        if (failures[i].outcome == DB_REFUSED)
            fake_db_refuse(c->db, "42P01");
        else
            fake_db_fail(c->db, failures[i].outcome);
        struct loopback_request request = {.method = "GET", .target = RECORD, .headers = headers};
        struct exchange *exchange = gateway_case_ask(c, &request, failures[i].status, failures[i].code);
        check_slice("retry", exchange_header(exchange, "retry-after"),
                    failures[i].status == 503 ? SLICE("1") : SLICE_NONE);
        exchange_end(exchange);
    }
}

static void a_record_is_answered_as_it_stands(void **state)
{
    static const char *const targets[] = {RECORD, RECORD "/", "/api2/public/v1.2/customers/12", RECORD "?x=1"};
    struct gateway_case *c = *state;
    const char *headers = headers_of(c, "");
    for (size_t i = 0; i < COUNT_OF(targets); ++i) {
        expect_find(c, true);
        struct exchange *exchange = gateway_case_ask(
            c, &(struct loopback_request){.method = "GET", .target = targets[i], .headers = headers}, 200, NULL);
        check_slice(targets[i], exchange_body(exchange), SLICE(DOCUMENT));
        check_slice(targets[i], exchange_header(exchange, "etag"), SLICE("\"3\""));
        check_slice(targets[i], exchange_header(exchange, "content-type"), SLICE("application/json"));
        check_slice(targets[i], exchange_header(exchange, "cache-control"), SLICE("no-store"));
        exchange_end(exchange);
    }
}

static void head_is_get_without_the_body(void **state)
{
    struct gateway_case *c = *state;
    const char *headers = headers_of(c, "");
    expect_find(c, true);
    struct exchange *exchange = gateway_case_ask(
        c, &(struct loopback_request){.method = "HEAD", .target = RECORD, .headers = headers}, 200, NULL);
    check_slice("etag", exchange_header(exchange, "etag"), SLICE("\"3\""));
    assert_int_equal(exchange_body(exchange).len, 0);
    exchange_end(exchange);
}

static void a_known_version_is_not_sent_again(void **state)
{
    struct gateway_case *c = *state;
    const char *known = headers_of(c, "if-none-match: \"2\", W/\"3\"\r\n");
    expect_find(c, true);
    struct exchange *exchange =
        gateway_case_ask(c, &(struct loopback_request){.method = "GET", .target = RECORD, .headers = known}, 304, NULL);
    check_slice("etag", exchange_header(exchange, "etag"), SLICE("\"3\""));
    assert_int_equal(exchange_body(exchange).len, 0);
    exchange_end(exchange);

    const char *older = headers_of(c, "if-none-match: \"2\"\r\n");
    expect_find(c, true);
    gateway_case_expect(c, &(struct loopback_request){.method = "GET", .target = RECORD, .headers = older}, 200, NULL);
}

static void a_client_may_vanish_meanwhile(void **state)
{
    struct gateway_case *c = *state;
    const char *headers = headers_of(c, "");
    expect_find(c, true); /* fills the memory of clients */
    gateway_case_expect(c, &(struct loopback_request){.method = "GET", .target = RECORD, .headers = headers}, 200,
                        NULL);
    expect_find(c, true);
    fake_db_expect_cancel(c->db);
    struct exchange *exchange =
        loopback_start(c->loopback, &(struct loopback_request){.method = "GET", .target = RECORD, .headers = headers});
    assert_int_equal(fake_db_waiting(c->db), 1);
    exchange_end(exchange);
    assert_int_equal(fake_db_waiting(c->db), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_gateway(a_record_that_is_not_there_is_404), test_with_gateway(a_database_that_fails_is_ours),
        test_with_gateway(a_record_is_answered_as_it_stands), test_with_gateway(head_is_get_without_the_body),
        test_with_gateway(a_known_version_is_not_sent_again), test_with_gateway(a_client_may_vanish_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
