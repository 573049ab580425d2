/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/record.h"

#include "gateway_case.h"

#define LIST  "/api2/public/customers"
#define BYTES "8388608" /* LIMIT_LIST_BYTES_MAX */

static const char *headers_of(struct gateway_case *c)
{
    gateway_case_client(c, NULL);
    return gateway_case_headers(c, gateway_case_token(c, &(struct case_token){.scope = "customers:read"}), "");
}

static struct exchange *ask(struct gateway_case *c, const char *target, const char *headers)
{
    return gateway_case_ask(c, &(struct loopback_request){.method = "GET", .target = target, .headers = headers}, 200,
                            NULL);
}

static void expect_page(struct gateway_case *c, const char *filter, const char *after, const char *skip,
                        const char *limit)
{
    fake_db_expect(c->db, STATEMENT_RECORD_LIST, FAKE_TEXTS("7", "1", filter, after, skip, limit, BYTES));
}

static void expect_ordered(struct gateway_case *c, const char *keys, const char *descending, const char *values,
                           const char *after, const char *limit)
{
    fake_db_expect(c->db, STATEMENT_RECORD_LIST_ORDERED,
                   FAKE_TEXTS("7", "1", NULL, keys, descending, values, after, "0", limit, BYTES));
}

/* The address of the next page, without issuer and "; rel". */
static const char *next_target(struct gateway_case *c, const struct exchange *exchange)
{
    h2o_iovec_t link = exchange_header(exchange, "link"), start = SLICE("<https://id.example"),
                end = SLICE(">; rel=\"next\"");
    assert_true(slice_starts_with(link, start));
    check_slice("link", slice_from(link, link.len - end.len), end);
    return slice_copy(&c->pool, (h2o_iovec_t){link.base + start.len, link.len - start.len - end.len}).base;
}

static const struct {
    const char *query, *filter, *skip, *limit;
} queries[] = {
    {"", NULL, "0", "101"},
    {"/", NULL, "0", "101"},
    {"?", NULL, "0", "101"},
    {"?other=1", NULL, "0", "101"},
    {"?$top=5", NULL, "0", "6"},
    {"?$top=1000&$skip=1000000", NULL, "1000000", "1001"},
    {"?%24filter=Mail+eq+%27x%27&$skip=7", "strict (($.\"Mail\" == \"x\"))", "7", "101"},
};

static void the_query_becomes_parameters(void **state)
{
    struct gateway_case *c = *state;
    const char *headers = headers_of(c);
    for (size_t i = 0; i < COUNT_OF(queries); ++i) {
        expect_page(c, queries[i].filter, "0", queries[i].skip, queries[i].limit);
        struct exchange *exchange = ask(c, slice_format(&c->pool, LIST "%s", queries[i].query).base, headers);
        check_slice(queries[i].query, exchange_body(exchange), SLICE("[]"));
        assert_null(exchange_header(exchange, "link").base);
        exchange_end(exchange);
    }
}

static void the_last_page_has_no_link(void **state)
{
    struct gateway_case *c = *state;
    const char *headers = headers_of(c);
    expect_page(c, NULL, "0", "0", "3");
    fake_db_row(c->db, FAKE_TEXTS("4", "1", "{\"Id\": 4}"));
    fake_db_row(c->db, FAKE_TEXTS("5", "9", "{\"Id\": 5, \"A\": 0.10}"));
    struct exchange *exchange = ask(c, LIST "?$top=2", headers);
    check_slice("two of two", exchange_body(exchange), SLICE("[{\"Id\": 4},{\"Id\": 5, \"A\": 0.10}]"));
    assert_null(exchange_header(exchange, "link").base);
    exchange_end(exchange);
}

static void a_link_goes_on_behind_the_last_row(void **state)
{
    struct gateway_case *c = *state;
    const char *headers = headers_of(c);
    expect_page(c, "strict (($.\"A\" == 1))", "0", "10", "3");
    for (int id = 4; id < 7; ++id)
        fake_db_row(c->db, FAKE_TEXTS(slice_format(&c->pool, "%d", id).base, "1",
                                      slice_format(&c->pool, "{\"Id\": %d}", id).base));
    struct exchange *exchange = ask(c, LIST "?$filter=A+eq+1&$skip=10&$top=2", headers);
    check_slice("two of three", exchange_body(exchange), SLICE("[{\"Id\": 4},{\"Id\": 5}]"));
    const char *next = next_target(c, exchange);
    exchange_end(exchange);
    assert_true(slice_starts_with(slice_of(next), SLICE(LIST "?$filter=A+eq+1&$top=2&$skiptoken=")));

    expect_page(c, "strict (($.\"A\" == 1))", "5", "0", "3");
    exchange_end(ask(c, next, headers));
}

static void an_order_goes_on_behind_the_last_values(void **state)
{
    struct gateway_case *c = *state;
    const char *headers = headers_of(c);
    expect_ordered(c, "[\"Price\",\"Id\"]", "[true,false]", NULL, "0", "2");
    fake_db_row(c->db, FAKE_TEXTS("9", "1", "{\"Id\": 9, \"Price\": 12.30}", "[12.30, 9]"));
    fake_db_row(c->db, FAKE_TEXTS("4", "1", "{\"Id\": 4, \"Price\": 12.3}", "[12.3, 4]"));
    struct exchange *exchange = ask(c, LIST "?$orderby=Price+desc,Id&$top=1", headers);
    const char *next = next_target(c, exchange);
    exchange_end(exchange);

    expect_ordered(c, "[\"Price\",\"Id\"]", "[true,false]", "[12.30, 9]", "9", "2");
    exchange_end(ask(c, next, headers));
}

static const char *const other_pages[] = {
    LIST "?$skiptoken=%s",
    LIST "?$orderby=Price&$skiptoken=%s",
    LIST "?$filter=A+eq+1&$orderby=Price+desc&$skiptoken=%s",
    LIST "?$orderby=Price+desc&$skip=1&$skiptoken=%s",
    "/api2/public/notes?$orderby=Price+desc&$skiptoken=%s",
};

static void a_cursor_belongs_to_its_query_and_account(void **state)
{
    struct gateway_case *c = *state;
    const char *headers = headers_of(c);
    expect_ordered(c, "[\"Price\"]", "[true]", NULL, "0", "2");
    fake_db_row(c->db, FAKE_TEXTS("9", "1", "{\"Id\": 9}", "[null]"));
    fake_db_row(c->db, FAKE_TEXTS("4", "1", "{\"Id\": 4}", "[null]"));
    struct exchange *exchange = ask(c, LIST "?$orderby=Price+desc&$top=1", headers);
    const char *token = strstr(next_target(c, exchange), "skiptoken=") + strlen("skiptoken=");
    exchange_end(exchange);
    const char *all = gateway_case_headers(c, gateway_case_token(c, NULL), "");
    for (size_t i = 0; i < COUNT_OF(other_pages); ++i) {
        h2o_iovec_t format = slice_of(other_pages[i]);
        h2o_iovec_t target = slice_format(&c->pool, "%.*s%s", (int)format.len - 2, format.base, token);
        gateway_case_expect(c, &(struct loopback_request){.method = "GET", .target = target.base, .headers = all}, 400,
                            "invalid_query");
    }
    expect_ordered(c, "[\"Price\"]", "[true]", "[null]", "9", "101");
    exchange_end(ask(c, slice_format(&c->pool, LIST "?$orderby=Price+desc&$skiptoken=%s", token).base,
                     headers)); /* another $top is no other query */
}

/* The statement cuts a page behind LIMIT_LIST_BYTES_MAX: one row more than the answer may hold. */
static void a_page_is_cut_by_its_bytes(void **state)
{
    struct gateway_case *c = *state;
    const char *headers = headers_of(c);
    h2o_iovec_t large = {h2o_mem_alloc_pool(&c->pool, LIMIT_RECORD_BYTES_MAX + 1), LIMIT_RECORD_BYTES_MAX};
    memset(large.base, ' ', large.len);
    memcpy(large.base, "{}", 2);
    large.base[large.len] = '\0';
    expect_page(c, NULL, "0", "0", "101");
    for (int id = 1; id <= 9; ++id)
        fake_db_row(c->db, FAKE_TEXTS(slice_format(&c->pool, "%d", id).base, "1", large.base));
    struct exchange *exchange = ask(c, LIST, headers);
    assert_in_range(exchange_body(exchange).len, LIMIT_LIST_BYTES_MAX - LIMIT_RECORD_BYTES_MAX, LIMIT_LIST_BYTES_MAX);
    const char *next = next_target(c, exchange);
    exchange_end(exchange);
    expect_page(c, NULL, "7", "0", "101");
    exchange_end(ask(c, next, headers));
}

/* Values too long for an address: the next page is counted. */
static void a_cursor_that_does_not_fit_is_a_count(void **state)
{
    struct gateway_case *c = *state;
    const char *headers = headers_of(c);
    h2o_iovec_t values = {h2o_mem_alloc_pool(&c->pool, LIMIT_URI_BYTES_MAX + 1), LIMIT_URI_BYTES_MAX};
    memset(values.base, 'x', values.len);
    memcpy(values.base, "[\"", 2);
    memcpy(values.base + values.len - 2, "\"]", 3);
    expect_ordered(c, "[\"Text\"]", "[false]", NULL, "0", "2");
    fake_db_row(c->db, FAKE_TEXTS("9", "1", "{\"Id\": 9}", values.base));
    fake_db_row(c->db, FAKE_TEXTS("4", "1", "{\"Id\": 4}", values.base));
    struct exchange *exchange = ask(c, LIST "?$orderby=Text&$top=1", headers);
    assert_string_equal(next_target(c, exchange), LIST "?$orderby=Text&$top=1&$skip=1");
    exchange_end(exchange);
}

static void a_next_page_that_cannot_be_named_is_400(void **state)
{
    struct gateway_case *c = *state;
    const char *headers = headers_of(c);
    h2o_iovec_t target = slice_format(&c->pool, LIST "?x=%-*d", LIMIT_URI_BYTES_MAX - (int)strlen(LIST "?x="), 1);
    for (size_t i = 0; i < target.len; ++i)
        if (target.base[i] == ' ')
            target.base[i] = 'x';
    expect_page(c, NULL, "0", "0", "101");
    for (int id = 1; id <= 101; ++id)
        fake_db_row(c->db, FAKE_TEXTS("1", "1", "{}"));
    gateway_case_expect(c, &(struct loopback_request){.method = "GET", .target = target.base, .headers = headers}, 400,
                        "invalid_query");
}

static void no_rows_may_be_asked_for(void **state)
{
    struct gateway_case *c = *state;
    const char *headers = headers_of(c);
    expect_page(c, NULL, "0", "0", "1");
    fake_db_row(c->db, FAKE_TEXTS("1", "1", "{}"));
    struct exchange *exchange = ask(c, LIST "?$top=0", headers);
    check_slice("none", exchange_body(exchange), SLICE("[]"));
    assert_null(exchange_header(exchange, "link").base);
    exchange_end(exchange);
}

static void a_database_that_fails_is_ours(void **state)
{
    struct gateway_case *c = *state;
    const char *headers = headers_of(c);
    expect_page(c, NULL, "0", "0", "101");
    fake_db_fail(c->db, DB_BUSY);
    gateway_case_expect(c, &(struct loopback_request){.method = "GET", .target = LIST, .headers = headers}, 503,
                        "overloaded");
    expect_page(c, NULL, "0", "0", "101");
    fake_db_refuse(c->db, "XX000");
    gateway_case_expect(c, &(struct loopback_request){.method = "GET", .target = LIST, .headers = headers}, 500,
                        "server_error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_gateway(the_query_becomes_parameters),
        test_with_gateway(the_last_page_has_no_link),
        test_with_gateway(a_link_goes_on_behind_the_last_row),
        test_with_gateway(an_order_goes_on_behind_the_last_values),
        test_with_gateway(a_cursor_belongs_to_its_query_and_account),
        test_with_gateway(a_page_is_cut_by_its_bytes),
        test_with_gateway(a_cursor_that_does_not_fit_is_a_count),
        test_with_gateway(a_next_page_that_cannot_be_named_is_400),
        test_with_gateway(no_rows_may_be_asked_for),
        test_with_gateway(a_database_that_fails_is_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
