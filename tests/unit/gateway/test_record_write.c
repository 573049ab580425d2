/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/record.h"

#include "base/codec.h"
#include "gateway_case.h"

#define COLLECTION "/api2/public/customers"
#define RECORD     "/api2/public/customers/12"
#define JSON       "content-type: application/json\r\n"
#define DIGEST     "\\xab01000000000000000000000000000000000000000000000000000000000000"
#define RECEIPT    "9:ab01000000000000000000000000000000000000000000000000000000000000"
#define BODY       "{\"Name\":\"x\",\"Price\":12.30}"

static h2o_iovec_t token_of(struct gateway_case *c)
{
    gateway_case_client(c, NULL);
    return gateway_case_token(c, &(struct case_token){.scope = "customers:write"});
}

/* What stands in each write: who does it. $-numbers are the statement's. */
#define AUTHOR(c, token)                                                                                               \
    "33", "Invoice importer", (c)->client_id, "Production", "44", "0", NULL, gateway_case_jti(c, token).base,          \
        FAKE_ANY, "192.0.2.7"

static void answer_with(struct gateway_case *c, const char *result)
{
    fake_db_row(c->db, FAKE_TEXTS(result, "12", "3", "9", DIGEST));
}

static struct exchange *ask(struct gateway_case *c, const struct loopback_request *given, int status, const char *code)
{
    struct loopback_request request = *given;
    request.peer = "192.0.2.7";
    return gateway_case_ask(c, &request, status, code);
}

/* --- the three writes
 * -------------------------------------------------------------------------------------------------------- */

static void post_answers_the_bare_id(void **state)
{
    struct gateway_case *c = *state;
    h2o_iovec_t token = token_of(c);
    fake_db_expect(
        c->db, STATEMENT_RECORD_CREATE,
        FAKE_TEXTS("7", "1", "customers", BODY, NULL, NULL, NULL, AUTHOR(c, token), FAKE_ANY, FAKE_ANY, FAKE_ANY));
    answer_with(c, "written");
    const char *headers = gateway_case_headers(c, token, JSON);
    struct exchange *exchange = ask(
        c,
        &(struct loopback_request){.method = "POST", .target = COLLECTION "/", .headers = headers, .body = SLICE(BODY)},
        200, NULL);
    check_slice("body", exchange_body(exchange), SLICE("12"));
    check_slice("type", exchange_header(exchange, "content-type"), SLICE("application/json"));
    check_slice("etag", exchange_header(exchange, "etag"), SLICE("\"3\""));
    check_slice("receipt", exchange_header(exchange, "hallmark-receipt"), SLICE(RECEIPT));
    assert_null(exchange_header(exchange, "idempotency-replayed").base);
    exchange_end(exchange);
    assert_int_equal(c->worker->counters.changes_written, 1);
}

static const struct {
    const char *target, *more, *body, *references, *version;
} puts_of_record[] = {
    {RECORD, "", BODY, NULL, "0"},
    {RECORD, "if-match: *\r\n", "{\"Id\":12,\"Name\":\"x\",\"Price\":12.30}", NULL, "0"},
    {COLLECTION, "if-match: \"2\"\r\n", "{\"Name\":\"x\",\"Price\":12.30,\"Id\":12}", NULL, "2"},
    {"/api2/public/v1.2/customers/12/", "",
     "{\"Name\":\"x\",\"ExternalReferences\":[{\"System\":\"s\",\"Id\":\"1\"}],\"Price\":12.30}", "{\"s\":\"1\"}", "0"},
};

static void put_replaces_by_path_or_by_id(void **state)
{
    struct gateway_case *c = *state;
    h2o_iovec_t token = token_of(c);
    for (size_t i = 0; i < COUNT_OF(puts_of_record); ++i) {
        fake_db_expect(c->db, STATEMENT_RECORD_REPLACE,
                       FAKE_TEXTS("7", "1", "12", "customers", BODY, puts_of_record[i].references,
                                  puts_of_record[i].version, NULL, NULL, AUTHOR(c, token), FAKE_ANY, FAKE_ANY, FAKE_ANY,
                                  FAKE_ANY));
        answer_with(c, "written");
        const char *headers =
            gateway_case_headers(c, token, slice_format(&c->pool, JSON "%s", puts_of_record[i].more).base);
        struct loopback_request request = {.method = "PUT",
                                           .target = puts_of_record[i].target,
                                           .headers = headers,
                                           .body = slice_of(puts_of_record[i].body)};
        struct exchange *exchange = ask(c, &request, 204, NULL);
        assert_int_equal(exchange_body(exchange).len, 0);
        check_slice("etag", exchange_header(exchange, "etag"), SLICE("\"3\""));
        check_slice("receipt", exchange_header(exchange, "hallmark-receipt"), SLICE(RECEIPT));
        exchange_end(exchange);
    }
}

static void delete_is_done_without_a_body(void **state)
{
    struct gateway_case *c = *state;
    h2o_iovec_t token = token_of(c);
    fake_db_expect(
        c->db, STATEMENT_RECORD_DELETE,
        FAKE_TEXTS("7", "1", "12", "customers", "2", NULL, NULL, AUTHOR(c, token), FAKE_ANY, FAKE_ANY, FAKE_ANY));
    answer_with(c, "written");
    const char *headers = gateway_case_headers(c, token, "if-match: \"2\"\r\n");
    struct exchange *exchange =
        ask(c, &(struct loopback_request){.method = "DELETE", .target = RECORD, .headers = headers}, 204, NULL);
    assert_int_equal(exchange_body(exchange).len, 0);
    assert_null(exchange_header(exchange, "etag").base);
    check_slice("receipt", exchange_header(exchange, "hallmark-receipt"), SLICE(RECEIPT));
    exchange_end(exchange);
}

/* --- asking again
 * ----------------------------------------------------------------------------------------------------------------- */

static const char *hex_digest(struct gateway_case *c, h2o_iovec_t bytes)
{
    uint8_t digest[DIGEST_BYTES];
    char hex[CODEC_HEX_LEN(DIGEST_BYTES)];
    secret_digest(digest, bytes);
    return slice_format(&c->pool, "\\x%.*s", (int)codec_hex_encode(hex, digest, DIGEST_BYTES), hex).base;
}

static void expect_delete(struct gateway_case *c, const char *key, const char *request)
{
    fake_db_expect(c->db, STATEMENT_RECORD_DELETE,
                   FAKE_TEXTS("7", "1", "12", "customers", "0", key, request, "33", FAKE_ANY, FAKE_ANY, FAKE_ANY,
                              FAKE_ANY, FAKE_ANY, FAKE_ANY, FAKE_ANY, FAKE_ANY, FAKE_ANY, FAKE_ANY, FAKE_ANY,
                              FAKE_ANY));
}

/* A write that says anything but "written" is looked up by its key before it is believed. */
static void expect_key(struct gateway_case *c, const char *result)
{
    fake_db_expect(c->db, STATEMENT_IDEMPOTENCY_FIND, FAKE_TEXTS("7", c->client_id, FAKE_ANY, FAKE_ANY));
    answer_with(c, result);
}

static void a_replay_gives_the_first_answer(void **state)
{
    static const struct {
        const char *header, *result;
    } cases[] = {{"idempotency-key: k-1\r\n", "written"}, {"idempotency-key: \"k-1\"\r\n", "replayed"}};
    struct gateway_case *c = *state;
    h2o_iovec_t token = token_of(c), line = slice_format(&c->pool, "6 %zu 0 DELETE%s", strlen(RECORD), RECORD);
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        expect_delete(c, hex_digest(c, SLICE("k-1")), hex_digest(c, line));
        answer_with(c, cases[i].result);
        if (i == 1)
            expect_key(c, "replayed");
        const char *headers = gateway_case_headers(c, token, cases[i].header);
        struct exchange *exchange =
            ask(c, &(struct loopback_request){.method = "DELETE", .target = RECORD, .headers = headers}, 204, NULL);
        check_slice("receipt", exchange_header(exchange, "hallmark-receipt"), SLICE(RECEIPT));
        check_slice("replayed", exchange_header(exchange, "idempotency-replayed"), i == 0 ? SLICE_NONE : SLICE("true"));
        exchange_end(exchange);
    }
    assert_int_equal(c->worker->counters.changes_written, 1);
}

/* Method, path and body: what differs in one of them is another request. */
static void requests_are_told_apart(void **state)
{
    struct gateway_case *c = *state;
    h2o_iovec_t token = token_of(c);
    const struct {
        const char *target;
        h2o_iovec_t body;
    } cases[] = {{RECORD, SLICE(BODY)}, {RECORD, SLICE(BODY " ")}, {RECORD "/", SLICE(BODY)}};
    for (size_t i = 0; i < COUNT_OF(cases); ++i) {
        h2o_iovec_t all = slice_format(&c->pool, "3 %zu %zu PUT%s%.*s", strlen(cases[i].target), cases[i].body.len,
                                       cases[i].target, SLICE_ARGS(cases[i].body));
        fake_db_expect(c->db, STATEMENT_RECORD_REPLACE,
                       FAKE_TEXTS("7", "1", "12", "customers", FAKE_ANY, NULL, "0", hex_digest(c, SLICE("k")),
                                  hex_digest(c, all), AUTHOR(c, token), FAKE_ANY, FAKE_ANY, FAKE_ANY, FAKE_ANY));
        answer_with(c, "written");
        const char *headers = gateway_case_headers(c, token, JSON "idempotency-key: k\r\n");
        exchange_end(ask(c,
                         &(struct loopback_request){
                             .method = "PUT", .target = cases[i].target, .headers = headers, .body = cases[i].body},
                         204, NULL));
    }
}

/* --- what only the database can tell
 * -------------------------------------------------------------------------------------------------- */

static const struct {
    const char *result;
    int status;
    const char *code;
} words[] = {{"missing", 404, "record_not_found"}, {"version_differs", 400, "version_mismatch"}};

static void a_missing_record_and_another_version_are_told(void **state)
{
    struct gateway_case *c = *state;
    h2o_iovec_t token = token_of(c);
    for (size_t i = 0; i < COUNT_OF(words); ++i) {
        expect_delete(c, NULL, NULL);
        answer_with(c, words[i].result);
        struct loopback_request request = {
            .method = "DELETE", .target = RECORD, .headers = gateway_case_headers(c, token, "")};
        struct exchange *exchange = ask(c, &request, words[i].status, words[i].code);
        assert_null(exchange_header(exchange, "hallmark-receipt").base);
        bool tells_version =
            memmem(exchange_body(exchange).base, exchange_body(exchange).len, H2O_STRLIT("has version 3 now")) != NULL;
        assert_int_equal(tells_version, words[i].status == 400);
        exchange_end(exchange);
    }
    assert_int_equal(c->worker->counters.changes_written, 0);
}

static void a_key_used_for_another_request_is_400(void **state)
{
    struct gateway_case *c = *state;
    h2o_iovec_t token = token_of(c);
    expect_delete(c, FAKE_ANY, FAKE_ANY);
    answer_with(c, "key_reused");
    expect_key(c, "key_reused");
    const char *headers = gateway_case_headers(c, token, "idempotency-key: k\r\n");
    exchange_end(ask(c, &(struct loopback_request){.method = "DELETE", .target = RECORD, .headers = headers}, 400,
                     "idempotency_key_reused"));
}

static const struct {
    const char *sqlstate; /* NULL: no connection */
    int status;
    const char *code;
} refusals[] = {{NULL, 503, "overloaded"}, {"22P05", 400, "invalid_json"}, {"42P01", 500, "server_error"}};

static void what_the_database_refuses_is_told_apart_from_what_it_cannot(void **state)
{
    struct gateway_case *c = *state;
    h2o_iovec_t token = token_of(c);
    for (size_t i = 0; i < COUNT_OF(refusals); ++i) {
        fake_db_expect(c->db, STATEMENT_RECORD_REPLACE, NULL);
        if (refusals[i].sqlstate == NULL)
            fake_db_fail(c->db, DB_BUSY);
        else
            fake_db_refuse(c->db, refusals[i].sqlstate);
        const char *headers = gateway_case_headers(c, token, JSON);
        struct loopback_request request = {.method = "PUT", .target = RECORD, .headers = headers, .body = SLICE(BODY)};
        exchange_end(ask(c, &request, refusals[i].status, refusals[i].code));
    }
}

/* The connection broke behind the statement: what was written is found by the request's id. */
static void a_lost_answer_is_looked_up(void **state)
{
    struct gateway_case *c = *state;
    h2o_iovec_t token = token_of(c);
    struct loopback_request request = {
        .method = "DELETE", .target = RECORD, .headers = gateway_case_headers(c, token, "")};
    for (size_t found = 0; found < 2; ++found) {
        expect_delete(c, NULL, NULL);
        fake_db_fail(c->db, DB_LOST);
        fake_db_expect(c->db, STATEMENT_BACKEND_END, NULL);
        fake_db_row(c->db, FAKE_TEXTS("f"));
        fake_db_expect(c->db, STATEMENT_WRITE_FIND, FAKE_TEXTS("7", FAKE_ANY));
        if (found)
            fake_db_row(c->db, FAKE_TEXTS("12", "3", "9", DIGEST));
        struct exchange *exchange = ask(c, &request, found ? 204 : 503, found ? NULL : "overloaded");
        check_slice("receipt", exchange_header(exchange, "hallmark-receipt"), found ? SLICE(RECEIPT) : SLICE_NONE);
        exchange_end(exchange);
    }
}

static void a_client_may_vanish_meanwhile(void **state)
{
    struct gateway_case *c = *state;
    h2o_iovec_t token = token_of(c);
    struct loopback_request request = {
        .method = "DELETE", .target = RECORD, .headers = gateway_case_headers(c, token, "")};
    expect_delete(c, NULL, NULL);
    answer_with(c, "written");
    gateway_case_expect(c, &request, 204, NULL);
    expect_delete(c, NULL, NULL);
    fake_db_expect_cancel(c->db);
    exchange_end(loopback_start(c->loopback, &request));
    assert_int_equal(fake_db_waiting(c->db), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_with_gateway(post_answers_the_bare_id),
        test_with_gateway(put_replaces_by_path_or_by_id),
        test_with_gateway(delete_is_done_without_a_body),
        test_with_gateway(a_replay_gives_the_first_answer),
        test_with_gateway(requests_are_told_apart),
        test_with_gateway(a_missing_record_and_another_version_are_told),
        test_with_gateway(a_key_used_for_another_request_is_400),
        test_with_gateway(what_the_database_refuses_is_told_apart_from_what_it_cannot),
        test_with_gateway(a_lost_answer_is_looked_up),
        test_with_gateway(a_client_may_vanish_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
