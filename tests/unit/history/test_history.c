/* SPDX-License-Identifier: Apache-2.0 */
/* Histories as a reader asks for them: of the account, of one record, at the plain path. */
#include "history/history.h"

#include "gateway_case.h"

#define BYTES "8388608" /* LIMIT_LIST_BYTES_MAX */
#define END   "9223372036854775807"
#define ALL   "/api2/public/history"
#define ONE   "/api2/public/customers/12/history"

static const char *headers_of(struct gateway_case *c, const char *scope)
{
    gateway_case_client(c, NULL);
    return gateway_case_headers(c, gateway_case_token(c, &(struct case_token){.scope = scope}), "");
}

static struct exchange *ask(struct gateway_case *c, const char *target, const char *headers, int status,
                            const char *code)
{
    return gateway_case_ask(c, &(struct loopback_request){.method = "GET", .target = target, .headers = headers},
                            status, code);
}

static void expect_all(struct gateway_case *c, const char *before, const char *limit)
{
    fake_db_expect(c->db, STATEMENT_HISTORY_LIST,
                   FAKE_TEXTS("7", "0", NULL, NULL, "0", "0", "0", END, before, limit, BYTES));
}

static void expect_one(struct gateway_case *c, const char *before, const char *limit)
{
    fake_db_expect(c->db, STATEMENT_HISTORY_LIST,
                   FAKE_TEXTS("7", "0", NULL, "customers", "12", "0", "0", END, before, limit, BYTES));
}

static void add_change(struct gateway_case *c, const char *id, const char *collection, const char *before,
                       const char *after)
{
    const char *method = before == NULL ? "POST" : after == NULL ? "DELETE" : "PUT";
    fake_db_row(c->db,
                FAKE_TEXTS(id, "1795299369000123", "33", "44", "0", "12", "3", "Invoice importer", c->client_id,
                           "Production", "jti", method, collection, "{}", "0198c0de-0000-7000-8000-000000000000",
                           before, after, NULL, "192.0.2.1",
                           "\\xab01000000000000000000000000000000000000000000000000000000000000", "0", NULL, NULL));
}

static bool says(const struct exchange *exchange, const char *text)
{
    h2o_iovec_t body = exchange_body(exchange);
    return memmem(body.base, body.len, text, strlen(text)) != NULL;
}

/* --- who may
 * ---------------------------------------------------------------------------------------------------------------------
 */

static void nobody_reads_without_the_right(void **state)
{
    static const char *const targets[] = {"/history", ALL, ONE};
    struct gateway_case *c = *state;
    for (size_t i = 0; i < COUNT_OF(targets); ++i)
        exchange_end(ask(c, targets[i], "", 401, "token_missing"));
    const char *headers = headers_of(c, "customers:read");
    for (size_t i = 0; i < COUNT_OF(targets); ++i)
        exchange_end(ask(c, targets[i], headers, 403, "insufficient_scope"));
    headers = headers_of(c, "history:read");
    exchange_end(ask(c, ONE, headers, 403, "insufficient_scope"));
}

/* The plain path takes a token for any api of ours, and for nothing else. */
static void the_plain_path_takes_each_audience(void **state)
{
    static const struct {
        const char *audience;
        int status;
    } cases[] = {{"https://erp.example", 200}, {"https://other.example", 200}, {"https://nobody.example", 401}};
    struct gateway_case *c = *state;
    gateway_case_client(c, NULL);
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        const char *headers =
            gateway_case_headers(c, gateway_case_token(c, &(struct case_token){.audience = cases[i].audience}), "");
        if (cases[i].status == 200)
            expect_all(c, "0", "101");
        exchange_end(ask(c, "/history", headers, cases[i].status, cases[i].status == 200 ? NULL : "invalid_token"));
    }
}

static void only_get_is_offered(void **state)
{
    static const char *const targets[] = {"/history", ALL, ONE};
    struct gateway_case *c = *state;
    const char *headers = gateway_case_headers(c, gateway_case_token(c, NULL), "");
    for (size_t i = 0; i < COUNT_OF(targets); ++i) {
        struct loopback_request request = {.method = "DELETE", .target = targets[i], .headers = headers};
        struct exchange *exchange = gateway_case_ask(c, &request, 405, "method_not_allowed");
        check_slice(targets[i], exchange_header(exchange, "allow"), SLICE("GET, HEAD, OPTIONS"));
        exchange_end(exchange);
    }
}

/* --- what is asked for
 * ------------------------------------------------------------------------------------------------------------ */

static const char *const wrong_queries[] = {
    "?x=1",
    "?page_size=0",
    "?page_size=1001",
    "?page_size=x",
    "?page_token=x",
    "?from=yesterday",
    "?to=2026-13-01",
    "?application=33",
    "?application=usr_0000000002i",
    "?key=hmk_x",
    "?record=0",
    "?record=-1",
    "?record=x",
    "?user=44",
    "?user=app_0000000000X",
    "?from=2026-01-01&from=2026-01-02",
    "?collection=%zz",
};

static void wrong_queries_are_refused(void **state)
{
    struct gateway_case *c = *state;
    const char *headers = headers_of(c, NULL);
    for (size_t i = 0; i < COUNT_OF(wrong_queries); ++i)
        exchange_end(ask(c, slice_format(&c->pool, ALL "%s", wrong_queries[i]).base, headers, 400, "invalid_query"));
    exchange_end(ask(c, ONE "?collection=notes", headers, 400, "invalid_query"));
    exchange_end(ask(c, ONE "?record=13", headers, 400, "invalid_query"));
}

static void filters_become_parameters(void **state)
{
    struct gateway_case *c = *state;
    const char *headers = headers_of(c, NULL);
    fake_db_expect(c->db, STATEMENT_HISTORY_LIST,
                   FAKE_TEXTS("7", "33", c->client_id, "notes", "5", "44", "1795219200000000", "1795305600500000", "0",
                              "11", BYTES));
    h2o_iovec_t target = slice_format(
        &c->pool,
        ALL "?application=app_0000000000X&key=%s&collection=notes&record=5&user=usr_0000000000i&from=2026-11-21"
            "&to=2026-11-22T01:00:00.5%%2B01:00&page_size=10",
        c->client_id);
    struct exchange *exchange = ask(c, target.base, headers, 200, NULL);
    check_slice("none", exchange_body(exchange), SLICE("{\"changes\":[]}"));
    exchange_end(exchange);
}

/* --- what is answered
 * --------------------------------------------------------------------------------------------------------------- */

static void values_of_collections_that_may_not_be_read_are_withheld(void **state)
{
    struct gateway_case *c = *state;
    const char *headers = headers_of(c, "history:read notes:read");
    expect_all(c, "0", "101");
    add_change(c, "9", "customers", "{\"Id\": 12, \"Hidden\": \"old\"}", "{\"Id\": 12, \"Hidden\": \"new\"}");
    add_change(c, "8", "notes", NULL, "{\"Id\": 12, \"Shown\": 1.50}");
    struct exchange *exchange = ask(c, ALL, headers, 200, NULL);
    assert_false(says(exchange, "Hidden"));
    assert_true(says(exchange, "\"withheld\":true},{\"id\":8"));
    assert_true(says(exchange, "\"fields\":[{\"name\":\"Shown\",\"new\":1.50}]"));
    assert_true(says(exchange, "Invoice importer changed customers 12 with the key \\\"Production\\\""));
    exchange_end(exchange);
}

/* What the token has is not enough: key and holder count as they are now. */
static void values_follow_the_rights_of_now(void **state)
{
    struct gateway_case *c = *state;
    const char *headers = gateway_case_headers(c, gateway_case_token(c, NULL), "");
    gateway_case_client(c, &(struct case_client){.permissions = "history:read"});
    expect_all(c, "0", "101");
    add_change(c, "9", "customers", "{\"Hidden\": 1}", NULL);
    struct exchange *exchange = ask(c, ALL, headers, 200, NULL);
    assert_true(says(exchange, "\"withheld\":true"));
    assert_false(says(exchange, "Hidden"));
    exchange_end(exchange);
}

static const char *next_token(struct gateway_case *c, const struct exchange *exchange)
{
    h2o_iovec_t body = exchange_body(exchange);
    json_t *page = json_loadb(body.base, body.len, 0, NULL);
    const char *token =
        slice_copy(&c->pool, slice_of(json_string_value(json_object_get(page, "next_page_token")))).base;
    json_decref(page);
    h2o_iovec_t link = slice_format(&c->pool, "page_token=%s>; rel=\"next\"", token),
                header = exchange_header(exchange, "link");
    check_slice("link", slice_from(header, header.len - link.len), link);
    return token;
}

static void pages_go_on_behind_the_last_change(void **state)
{
    struct gateway_case *c = *state;
    const char *headers = headers_of(c, NULL);
    expect_all(c, "0", "3");
    for (int id = 9; id > 6; --id)
        add_change(c, slice_format(&c->pool, "%d", id).base, "notes", NULL, "{}");
    struct exchange *exchange = ask(c, ALL "?page_size=2", headers, 200, NULL);
    assert_true(says(exchange, "\"id\":8,") && !says(exchange, "\"id\":7,"));
    const char *token = next_token(c, exchange);
    exchange_end(exchange);

    expect_all(c, "8", "3");
    exchange_end(ask(c, slice_format(&c->pool, ALL "?page_size=2&page_token=%s", token).base, headers, 200, NULL));
    exchange_end(ask(c, slice_format(&c->pool, ALL "?collection=notes&page_token=%s", token).base, headers, 400,
                     "invalid_query"));
    exchange_end(ask(c, slice_format(&c->pool, ONE "?page_token=%s", token).base, headers, 400, "invalid_query"));
}

static void pages_are_cut_by_what_has_to_be_read(void **state)
{
    struct gateway_case *c = *state;
    const char *headers = headers_of(c, "history:read");
    h2o_iovec_t large = {h2o_mem_alloc_pool(&c->pool, LIMIT_RECORD_BYTES_MAX + 1), LIMIT_RECORD_BYTES_MAX};
    memset(large.base, ' ', large.len);
    memcpy(large.base, "{}", 2);
    large.base[large.len] = '\0';
    expect_all(c, "0", "101");
    for (int id = 9; id > 4; --id)
        add_change(c, slice_format(&c->pool, "%d", id).base, "notes", large.base, large.base);
    struct exchange *exchange = ask(c, ALL, headers, 200, NULL);
    assert_true(says(exchange, "\"id\":7,") && !says(exchange, "\"id\":6,"));
    next_token(c, exchange);
    exchange_end(exchange);
}

/* --- one record
 * ------------------------------------------------------------------------------------------------------------------------
 */

static void a_record_without_any_change_is_404(void **state)
{
    struct gateway_case *c = *state;
    const char *headers = headers_of(c, "customers:read history:read");
    expect_one(c, "0", "101");
    exchange_end(ask(c, ONE, headers, 404, "record_not_found"));
    /* With a filter nothing found says nothing of the record. */
    fake_db_expect(c->db, STATEMENT_HISTORY_LIST,
                   FAKE_TEXTS("7", "0", NULL, "customers", "12", "0", "0", "0", "0", "101", BYTES));
    exchange_end(ask(c, ONE "?to=1970-01-01", headers, 200, NULL));
}

static void a_record_has_a_history_when_it_is_gone(void **state)
{
    struct gateway_case *c = *state;
    const char *headers = headers_of(c, "customers:read history:read");
    expect_one(c, "0", "101");
    add_change(c, "9", "customers", "{\"Id\": 12, \"A\": 1}", NULL);
    add_change(c, "8", "customers", NULL, "{\"Id\": 12, \"A\": 1}");
    struct exchange *exchange = ask(c, ONE "/", headers, 200, NULL);
    assert_true(says(exchange, "deleted customers 12"));
    assert_true(says(exchange, "\"fields\":[{\"name\":\"A\",\"old\":1}]"));
    exchange_end(exchange);
}

static void a_database_that_fails_is_ours(void **state)
{
    struct gateway_case *c = *state;
    const char *headers = headers_of(c, NULL);
    expect_all(c, "0", "101");
    fake_db_fail(c->db, DB_LOST);
    exchange_end(ask(c, ALL, headers, 503, "overloaded"));
    expect_one(c, "0", "101");
    fake_db_refuse(c->db, "XX000");
    exchange_end(ask(c, ONE, headers, 500, "server_error"));
}

static void a_client_may_vanish_meanwhile(void **state)
{
    struct gateway_case *c = *state;
    struct loopback_request request = {.method = "GET", .target = ALL, .headers = headers_of(c, NULL)};
    expect_all(c, "0", "101");
    gateway_case_expect(c, &request, 200, NULL);
    expect_all(c, "0", "101");
    fake_db_expect_cancel(c->db);
    exchange_end(loopback_start(c->loopback, &request));
    assert_int_equal(fake_db_waiting(c->db), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_gateway(nobody_reads_without_the_right),
        test_with_gateway(the_plain_path_takes_each_audience),
        test_with_gateway(only_get_is_offered),
        test_with_gateway(wrong_queries_are_refused),
        test_with_gateway(filters_become_parameters),
        test_with_gateway(values_of_collections_that_may_not_be_read_are_withheld),
        test_with_gateway(values_follow_the_rights_of_now),
        test_with_gateway(pages_go_on_behind_the_last_change),
        test_with_gateway(pages_are_cut_by_what_has_to_be_read),
        test_with_gateway(a_record_without_any_change_is_404),
        test_with_gateway(a_record_has_a_history_when_it_is_gone),
        test_with_gateway(a_database_that_fails_is_ours),
        test_with_gateway(a_client_may_vanish_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
